/* test_mutate_aws_lost.c - what is read when how a change of AWS ended is not known, and what is
 * said where that does not tell: a call of a function that left one line, several, none or no log;
 * a state that may not be read any more; keys and accounts that are gone. Nothing is called failed
 * that is only not known, and nothing is sent again. R-58 C-08 A-17 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/engine/aws_play.h"

#define START(request)                                                                             \
    "{\"timestamp\":1764000000000,\"message\":\"START RequestId: " request " Version: "            \
    "$LATEST\\n\"}"
#define REPORT(request, more)                                                                      \
    "{\"timestamp\":1764000000900,\"message\":\"REPORT RequestId: " request                        \
    "\\tDuration: 900.00 ms\\t" more "\\n\"}"
#define SINCE(events)                                                                              \
    "{\"service\":\"logs\",\"operation\":\"FilterLogEvents\",\"without\":\"\\\"limit\\\":\","      \
    "\"after\":\"lambda:Invoke\",\"json\":{\"events\":[" events "]}}"
#define OTHERS(events)                                                                             \
    "{\"service\":\"logs\",\"operation\":\"FilterLogEvents\",\"without\":\"\\\"limit\\\":\","      \
    "\"json\":{\"events\":[" events "]}}"
#define BEFORE(events)                                                                             \
    "{\"service\":\"logs\",\"operation\":\"FilterLogEvents\",\"match\":\"\\\"limit\\\":50\","      \
    "\"json\":{\"events\":[" events "]}}"
#define NO_LOG                                                                                     \
    "{\"service\":\"logs\",\"status\":400,\"error\":\"ResourceNotFoundException\",\"message\":"    \
    "\"The specified log group does not exist.\"}"
#define DENIED(service)                                                                            \
    "{\"service\":\"" service "\",\"status\":403,\"error\":\"AccessDenied\",\"message\":\"not "    \
    "authorized\"}"
#define COUNTED                                                                                    \
    "{\"service\":\"cloudwatch\",\"after\":\"lambda:Invoke\",\"json\":{\"Datapoints\":{\"member\"" \
    ":{\"Sum\":\"3\"}}}}"

/* A call of a function whose answer is lost; `ran`: Lambda got it. */
struct lost {
    const char *rules; /* what its log and its count say then */
    bool ran;
    enum mutation_state want;
    const char *said;
};

static const struct lost calls[] = {
    {"[" SINCE(START("a1") "," REPORT("a1", "")) "]", true, MUTATION_VERIFIED,
     "(request a1) and ended, the only one since an hour before it; what it answered is not known"},
    {"[" SINCE(START("a1") "," REPORT("a1", "Status: timeout")) "]", true, MUTATION_FAILED,
     "(request a1) and ended as timeout"},
    {"[" SINCE(
         "{\"timestamp\":1,\"message\":\"{\\\"type\\\":\\\"platform.start\\\",\\\"record\\\":"
         "{\\\"requestId\\\":\\\"j1\\\",\\\"version\\\":\\\"$LATEST\\\"}}\"},"
         "{\"timestamp\":2,\"message\":\"{\\\"type\\\":\\\"platform.report\\\",\\\"record\\\":"
         "{\\\"requestId\\\":\\\"j1\\\",\\\"status\\\":\\\"success\\\"}}\"}") "]",
     true, MUTATION_VERIFIED, "(request j1) and ended, the only one"},
    {"[" SINCE(START("a1")) "]", true, MUTATION_UNKNOWN, "(request a1) and has not ended yet"},
    /* Others call it, too. */
    {"[" SINCE(START("a1") "," REPORT("a1", "") "," START("b2")) "]", true, MUTATION_UNKNOWN,
     "2 calls began within a minute of it (requests a1, b2): others call it, too"},
    {"[" SINCE(START("a1") "," REPORT("a1", "")) "," BEFORE(START("z9")) "]", true,
     MUTATION_UNKNOWN,
     "it was called 1 times in the hour before as well, so it is likely this one"},
    /* A version is another program, and the program's own words are no line of Lambda's. */
    {"[" OTHERS(
         "{\"timestamp\":1,\"message\":\"START RequestId: v7 Version: 7\\n\"},"
         "{\"timestamp\":2,\"message\":\"I START RequestId: fake Version: $LATEST\\n\"}") "]",
     false, MUTATION_FAILED, "none that began since: it did not run"},
    /* Nothing. */
    {"[" BEFORE(START("z9") "," REPORT("z9", "")) "]", false, MUTATION_FAILED,
     "its log has calls of other times, and none that began since: it did not run"},
    {"[" NO_LOG "]", false, MUTATION_FAILED,
     "it has no log; CloudWatch counts no call: it did not run"},
    {"[" NO_LOG "," COUNTED "]", true, MUTATION_UNKNOWN,
     "it has no log; CloudWatch counts 3 calls in these minutes, and does not say whose"},
    {"[" DENIED("logs") "]", false, MUTATION_FAILED,
     "not authorized; CloudWatch counts no call: it did not run"},
    {"[" DENIED("logs") "," COUNTED "]", true, MUTATION_UNKNOWN, "does not say whose"},
    {"[" DENIED("logs") "," DENIED("cloudwatch") "]", true, MUTATION_UNKNOWN,
     "the count of its calls cannot be read: cloudwatch GetMetricStatistics: "},
};

static const char *cut_of(bool ran)
{
    return ran ? ",\"cut\":true" : ",\"cut\":true,\"status\":500";
}

static void check_unknown_or(struct play *p, const char *id, const struct lost *c)
{
    const struct mutation *mu = world_mutation(p->world, id);

    play_is(p, id, c->want);
    play_has(p->scene, c->said, mu->text, c->said);
    assert_true(mu->ended && mutation_is_over(mu));
    assert_false(mu->verified && c->want == MUTATION_UNKNOWN);
    play_sent(p, 2);
    assert_null(world_unfinished(p->world)); /* it is not looked at again */
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct play p;
        const char *id;

        play_begin(&p, play_scene("aws.lambda.invoke"), cut_of(calls[i].ran));
        awsfake_add(p.fake, SINCE(""));
        awsfake_add(p.fake, calls[i].rules);
        id = play_propose(&p, false);
        p.world->jump = true;
        world_approve(p.world, id);
        assert_int_equal(p.world->unknowns, 1);
        check_unknown_or(&p, id, &calls[i]);
        play_end(&p);
    }
}

/* Some looks later the lines would be there. */
static void minutes_later(void *ctx)
{
    struct play *p = ctx;

    if (awsfake_count(p->fake, "logs:FilterLogEvents") < 8)
        return;
    p->world->clock.now_by += 200000;
    p->world->turned = NULL;
}

/* A line that is not there yet says nothing: it is looked for until it would be. */
static void test_call_seen_late(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    play_begin(&p, play_scene("aws.lambda.invoke"), ",\"cut\":true");
    awsfake_add(p.fake, "[" BEFORE("") "," SINCE(START("a1") "," REPORT("a1", "")) "]");
    awsfake_add(p.fake, "{\"service\":\"logs\",\"without\":\"\\\"limit\\\":\",\"times\":3,"
                        "\"json\":{\"events\":[]}}");
    id = play_propose(&p, false);
    p.world->turned = minutes_later;
    p.world->turned_ctx = &p;
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_VERIFIED);
    assert_null(p.world->turned);
    play_end(&p);
}

/* ---- kill -9 inside the call ---- */

static _Noreturn void run_child(struct play *p)
{
    const char *id;

    world_open(p->world);
    play_watch(p);
    id = play_propose(p, false);
    p->world->kill_at = EV_MUTATION_UNKNOWN; /* behind its request, before anything is read */
    p->world->kill_left = 1;
    world_approve(p->world, id);
    _exit(9);
}

static void killed(const struct lost *c)
{
    struct play p = {.scene = play_scene("aws.lambda.invoke"), .fake = awsfake_open("[]")};
    char *session;
    int status;
    pid_t pid;

    awsfake_env(p.fake);
    play_script(&p, cut_of(c->ran));
    awsfake_add(p.fake, SINCE(""));
    awsfake_add(p.fake, c->rules);
    play_open_world(&p);
    pid = fork();
    if (pid == 0)
        run_child(&p);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    session = world_unfinished(p.world);
    assert_non_null(session);
    p.world->jump = true;
    world_resume(p.world, session);
    check_unknown_or(&p, engine_model(p.world->engine)->mutations.items[0].id, c);
    free(session);
    play_end(&p);
}

static void test_calls_killed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        killed(&calls[i]);
}

/* It answered that the function failed: what a log says of others is not asked. */
static void test_call_refused(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    play_begin(&p, play_scene("aws.lambda.invoke"), "");
    awsfake_add(p.fake,
                "{\"service\":\"lambda\",\"operation\":\"Invoke\",\"match\":\"x\",\"headers\":{"
                "\"X-Amz-Function-Error\":\"Unhandled\"},\"json\":{\"errorMessage\":\"boom\"}}");
    id = play_propose(&p, false);
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_FAILED);
    play_has(p.scene, "the end", world_mutation(p.world, id)->text, "boom");
    assert_int_equal(awsfake_count(p.fake, "logs:FilterLogEvents"), 0);
    assert_int_equal(p.world->unknowns, 0);
    play_end(&p);
}

/* ---- a state that cannot be read ---- */

/* All that the row asks is denied, but for what it changes. */
static void deny(const struct scene *s, struct buf *out)
{
    const char *start = "[";

    for (const char *const *u = act_uses(act_find(s->operation)); *u; u++) {
        const char *colon = strchr(*u, ':');

        if (strcmp(*u, s->change) == 0 || strncmp(*u, "sts:", 4) == 0)
            continue;
        buf_addf(out,
                 "%s{\"service\":\"%.*s\",\"operation\":\"%s\",\"status\":403,\"error\":"
                 "\"AccessDenied\",\"message\":\"not any more\"}",
                 start, (int)(colon - *u), *u, colon + 1);
        start = ",";
    }
    buf_addc(out, ']');
}

/* `lost`: the answer got lost; else it was good, and only what it did cannot be read. */
static void unread(const struct scene *s, bool lost)
{
    struct buf rules = BUF_INIT(8192);
    const struct mutation *mu;
    struct play p;
    const char *id;

    deny(s, &rules);
    play_begin(&p, s, lost ? ",\"cut\":true" : "");
    id = play_propose(&p, false);
    p.meanwhile = buf_cstr(&rules);
    p.world->jump = lost;
    p.late = !lost;
    world_approve(p.world, id);
    mu = world_mutation(p.world, id);
    play_is(&p, id, MUTATION_UNKNOWN);
    play_has(s, "the end", mu->text, "not any more");
    assert_true(mu->ended && mutation_is_over(mu) && !mu->back_started);
    play_sent(&p, play_once(s));
    play_end(&p);
    buf_release(&rules);
}

static void test_unread(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        unread(s, true);
        if (!s->slow) /* its answer says it all */
            unread(s, false);
    }
}

/* The account is not configured any more when a cut run is found out: that is no answer of AWS, not
 * even to whether an instance is gone. */
static void test_account_gone(void **state)
{
    struct play p = {.scene = play_scene("aws.ec2.terminate"), .fake = awsfake_open("[]")};
    const struct mutation *mu;
    char *session;
    int status;
    pid_t pid;

    (void)state;
    awsfake_env(p.fake);
    play_script(&p, ",\"cut\":true,\"status\":500");
    play_open_world(&p);
    pid = fork();
    if (pid == 0)
        run_child(&p);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    session = world_unfinished(p.world);
    assert_non_null(session);
    p.world->aws = false;
    p.world->jump = true;
    world_resume(p.world, session);
    mu = &engine_model(p.world->engine)->mutations.items[0];
    play_is(&p, mu->id, MUTATION_UNKNOWN);
    play_has(p.scene, "the end", mu->text, "no account of AWS is configured any more");
    free(session);
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),        cmocka_unit_test(test_call_seen_late),
        cmocka_unit_test(test_calls_killed), cmocka_unit_test(test_call_refused),
        cmocka_unit_test(test_unread),       cmocka_unit_test(test_account_gone),
    };

    return cmocka_run_group_tests(tests, play_load, play_free);
}

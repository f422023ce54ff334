/* test_mutate_aws.c - every row that changes something in AWS, against scripted answers: a dry run
 * and an unanswered request send no change, an approved one is sent once, read back and undone;
 * what is not reached is rolled back where the row says so; an answer that got lost, or a kill -9
 * behind the call, ends as unknown and is found out by reading, and nothing is sent again. The
 * scenes are aws_scenes.json: what is read changes when the change was asked for and answered well.
 * R-39 R-58 R-62 C-08 A-09 A-10 A-11 A-17 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/service/aws/catalogue.h"
#include "tests/unit/engine/aws_play.h"

/* What went over the wire stands in the row, or in that of its undo. A-17 */
static void only_uses(struct play *p, const char *undo)
{
    struct buf log = BUF_INIT((size_t)1 << 20);
    const struct act_def *defs[2] = {act_find(p->scene->operation), *undo ? act_find(undo) : NULL};
    struct str rest, line, service, operation;

    awsfake_log(p->fake, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line) && line.len) {
        char use[200];
        bool found = false;

        str_split(&line, ' ', &service);
        str_split(&line, ' ', &operation);
        snprintf(use, sizeof(use), "%.*s:%.*s", STR_FMT(service), STR_FMT(operation));
        for (size_t i = 0; i < 2; i++)
            for (const char *const *u = defs[i] ? act_uses(defs[i]) : NULL; u && *u; u++)
                found = found || strcmp(*u, use) == 0;
        if (!found)
            fail_msg("%s sent %s, and does not say so", p->scene->operation, use);
    }
    buf_release(&log);
}

/* And what a row says it uses was sent in some scene of it. A-17 */
static void test_all_used(void **state)
{
    unsigned unused = 0;

    (void)state;
    if (getenv("RB_SCENE"))
        skip();
    for (const struct act_def *const *d = act_table(); *d; d++) {
        for (const char *const *u = act_uses(*d); u && *u; u++) {
            char name[300];

            snprintf(name, sizeof(name), "%s %s", act_name(*d), *u);
            if (play_used(name))
                continue;
            printf("# %s: named, and never sent\n", name);
            unused++;
        }
    }
    assert_int_equal(unused, 0);
}

/* ---- the tests ---- */

/* R-39 C-08 */
static void test_dry_and_unanswered(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const struct approval *a;
        const struct mutation *mu;
        const char *id;

        play_begin(&p, s, "");
        id = play_propose(&p, true);
        mu = world_mutation(p.world, id);
        play_is(&p, id, MUTATION_DRY_RUN);
        assert_int_equal(mu->calls.count, play_once(s));
        play_has(s, "the call", mu->calls.items[0], play_bare(s->change));
        play_sent(&p, 0);
        id = play_propose(&p, false);
        a = model_approval(engine_model(p.world->engine), id);
        if (!a)
            fail_msg("%s: nobody is asked: %s", s->name, world_mutation(p.world, id)->text);
        assert_int_equal(a->state, APPROVAL_WAITING);
        play_has(s, "before", a->before, s->before);
        play_has(s, "after", a->after, s->after);
        play_has(s, "the account", a->account, "AWS account 123456789012");
        assert_true(*a->effect && *a->blast && *a->cost && *a->watch);
        play_sent(&p, 0);
        play_end(&p);
    }
}

static void undone(struct play *p, const char *id)
{
    struct err err = ERR_INIT;
    const char *back;

    if (!*p->scene->undo) {
        assert_int_equal(engine_undo(p->world->engine, id, &back, &err), ERR_INPUT);
        return;
    }
    assert_ok(engine_undo(p->world->engine, id, &back, &err), &err);
    world_settle(p->world);
    world_approve(p->world, back);
    play_is(p, back, MUTATION_VERIFIED);
    assert_true(awsfake_count(p->fake, p->scene->undo) > 0);
    assert_string_equal(world_mutation(p->world, id)->undone_by, back);
}

static void test_done_and_undone(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const char *id;

        play_begin(&p, s, "");
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_is(&p, id, MUTATION_VERIFIED);
        play_sent(&p, play_once(s));
        play_wire_has(&p, s->wire);
        undone(&p, id);
        only_uses(&p, world_mutation(p.world, id)->rollback_operation);
        play_end(&p);
    }
}

/* It is answered well, and what was to be reached is not: by itself back to what was. */
static void test_rolled_back(void **state)
{
    size_t played = 0;

    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const char *id;

        if (!*s->stuck) {
            assert_false(s->rolls_back);
            continue;
        }
        play_begin(&p, s, "");
        p.stuck = true;
        id = play_propose(&p, false);
        assert_true(world_mutation(p.world, id)->rolls_back);
        world_approve(p.world, id);
        play_is(&p, id, MUTATION_ROLLED_BACK);
        play_wire_has(&p, s->back);
        play_end(&p);
        played++;
    }
    assert_true(played >= 8);
}

/* AWS refuses it: nothing was done, and nothing is taken back. */
static void test_refused(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        char more[200];
        const char *id;

        play_begin(&p, s, "");
        snprintf(more, sizeof(more),
                 "{\"operation\":\"%s\",\"without\":\"DryRun\",\"status\":400,\"error\":"
                 "\"IncorrectState\",\"message\":\"not now\"}",
                 play_bare(s->change));
        awsfake_add(p.fake, more);
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_is(&p, id, MUTATION_FAILED);
        play_has(s, "the end", world_mutation(p.world, id)->text, "IncorrectState: not now");
        assert_true(awsfake_count(p.fake, s->change) <= play_once(s));
        play_end(&p);
    }
}

/* Throttled, surely nothing was done: only what bears a token is sent again. */
static void test_throttled(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        char more[200];
        const char *id;

        if (s->trial)
            continue;
        play_begin(&p, s, "");
        snprintf(more, sizeof(more),
                 "{\"operation\":\"%s\",\"times\":1,\"status\":400,\"error\":\"Throttling\"}",
                 play_bare(s->change));
        awsfake_add(p.fake, more);
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_is(&p, id, s->token ? MUTATION_VERIFIED : MUTATION_FAILED);
        assert_int_equal(p.world->unknowns, 0);
        play_sent(&p, s->token ? 2 : 1);
        play_end(&p);
    }
}

/* The connection ends behind the request: done or not, reading says it, and it is not sent again.
 */
static void lost(const struct scene *s, bool done)
{
    struct play p;
    const char *id;

    play_begin(&p, s, done ? ",\"cut\":true" : ",\"cut\":true,\"status\":500");
    id = play_propose(&p, false);
    p.world->jump = !done || s->slow; /* its time is over at the first look */
    world_approve(p.world, id);
    play_is(&p, id, done ? MUTATION_VERIFIED : MUTATION_FAILED);
    assert_int_equal(p.world->unknowns, 1);
    play_sent(&p, play_once(s));
    play_end(&p);
}

static void test_answer_lost(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        lost(s, true);
        lost(s, false);
    }
}

/* A service that failed may have done it. */
static void test_server_failed(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    play_begin(&p, &play_scenes[1], ",\"status\":500,\"error\":\"InternalError\"");
    id = play_propose(&p, false);
    p.world->jump = true;
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_FAILED);
    assert_int_equal(p.world->unknowns, 1);
    play_sent(&p, 2);
    play_end(&p);
}

/* ---- kill -9 ---- */

static _Noreturn void run_child(struct play *p, enum event_type at)
{
    const char *id;

    world_open(p->world);
    play_watch(p);
    id = play_propose(p, false);
    p->world->kill_at = at;
    p->world->kill_left = 1;
    world_approve(p->world, id);
    _exit(9);
}

static void killed(const struct scene *s, enum event_type at, size_t calls,
                   enum mutation_state want, const char *said)
{
    struct play p = {.scene = s, .fake = awsfake_open("[]")};
    char *session;
    int status;
    pid_t pid;

    awsfake_env(p.fake);
    play_script(&p, at == EV_MUTATION_UNKNOWN ? ",\"cut\":true" : "");
    play_open_world(&p);
    pid = fork();
    if (pid == 0)
        run_child(&p, at);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    play_sent(&p, calls);
    session = world_unfinished(p.world);
    assert_non_null(session);
    p.world->jump = want == MUTATION_FAILED;
    world_resume(p.world, session);
    play_is(&p, engine_model(p.world->engine)->mutations.items[0].id, want);
    play_has(s, "the end", engine_model(p.world->engine)->mutations.items[0].text, said);
    play_sent(&p, calls);
    free(session);
    play_end(&p);
}

/* In front of the call, behind its request, and behind its answer. R-58 */
static void test_killed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7; i += 5) { /* an instance is started; a service is scaled */
        const struct scene *s = &play_scenes[i];

        killed(s, EV_MUTATION_STARTED, 0, MUTATION_FAILED, "");
        killed(s, EV_MUTATION_UNKNOWN, play_once(s), MUTATION_VERIFIED, "");
        killed(s, EV_MUTATION_ENDED, play_once(s), MUTATION_VERIFIED, "");
    }
    /* What the change was answered is in the journal; an answer that got lost is not. */
    killed(play_scene("aws.route53.weight"), EV_MUTATION_ENDED, 1, MUTATION_VERIFIED,
           "and all name servers have it");
    killed(play_scene("aws.route53.weight"), EV_MUTATION_UNKNOWN, 1, MUTATION_VERIFIED,
           "the change's id was lost with its answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dry_and_unanswered), cmocka_unit_test(test_done_and_undone),
        cmocka_unit_test(test_rolled_back),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_throttled),          cmocka_unit_test(test_answer_lost),
        cmocka_unit_test(test_server_failed),      cmocka_unit_test(test_killed),
        cmocka_unit_test(test_all_used),
    };

    return cmocka_run_group_tests(tests, play_load, play_free);
}

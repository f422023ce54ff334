/* test_playbooks_aws.c - every built-in playbook that changes something in AWS, said in words,
 * shown, and run to its end against scripted answers: done, seen to hold and taken back; refused by
 * a person, by AWS, and because what it speaks of is not there; an answer that got lost is found
 * out by reading, or stays unknown; a dry run asks nothing at all. Looks that fail keep nobody from
 * closing a way in, and open none again. R-76 A-11 C-01 C-07 C-08 C-29 */
#include <stdlib.h>
#include <string.h>

#include "runbook/engine/plan.h"
#include "runbook/engine/procedure.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/unit/engine/aws_play.h"

/* What is looked at in front of the change and behind it, beside the scene's own rules. */
struct book {
    const char *name, *words, *scene;
    const char *act, *check;      /* steps */
    const char *open, *closed;    /* rules of before the change and after it */
    const char *fact;             /* what the look before says */
    const char *look;             /* "ec2:DescribeSecurityGroups": what both looks ask */
    const char *absent, *missing; /* words that name what is not there, and what is said then */
};

#define GROUP(rules)                                                                               \
    "{\"operation\":\"DescribeSecurityGroups\",\"region\":\"eu-west-1\"%s,\"json\":{"              \
    "\"securityGroupInfo\":{\"item\":[{\"groupId\":\"sg-1\",\"groupName\":\"web\"" rules "}]}}}"
#define SSH                                                                                        \
    ",\"ipPermissions\":{\"item\":[{\"ipProtocol\":\"tcp\",\"fromPort\":\"22\",\"toPort\":\"22\"," \
    "\"ipRanges\":{\"item\":[{\"cidrIp\":\"0.0.0.0/0\"}]}}]}"
/* A report that comes at once, and no findings of others. */
#define REST                                                                                       \
    "[{\"operation\":\"GenerateCredentialReport\",\"json\":{\"State\":\"COMPLETE\"}},"             \
    "{\"operation\":\"GetCredentialReport\",\"json\":{\"ReportFormat\":\"text/csv\",\"Content\":"  \
    "\"dXNlcgo=\"}}]"

static const struct book books[] = {
    {"security-group-revoke", "revoke security group rule group=sg-1 rule=sgr-1 region=eu-west-1",
     "revoke a rule", "revoke", "check", GROUP(SSH), GROUP(""),
     "A security group opens a way in to everybody", "ec2:DescribeSecurityGroups",
     "revoke security group rule group=sg-1 rule=sgr-9 region=eu-west-1", "sgr-9"},
};
#define EACH_BOOK(b)                                                                               \
    for (const struct book *b = books; b < books + sizeof(books) / sizeof(books[0]); b++)

/* ---- a playbook being played ---- */

static const struct scene *scene_named(const char *name)
{
    const struct scene *found = play_scenes;

    EACH_SCENE(s)
    if (strcmp(s->name, name) == 0)
        found = s;
    assert_string_equal(found->name, name);
    return found;
}

/* `fmt` with a member that says when it counts. */
static void add_when(struct play *p, const char *fmt, const char *word, const char *operation)
{
    char when[200], rule[2048];

    snprintf(when, sizeof(when), ",\"%s\":\"%s\"", word, operation);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(rule, sizeof(rule), fmt, when);
#pragma GCC diagnostic pop
    awsfake_add(p->fake, rule);
}

static void begin(struct play *p, const struct book *b, const char *more)
{
    const struct scene *s = scene_named(b->scene);

    play_begin(p, s, more);
    setenv("AWS_REGION", "us-east-1", 1); /* what is looked at is where the words say */
    add_when(p, b->closed, "after", s->change);
    add_when(p, b->open, "before", s->change);
    awsfake_add(p->fake, REST);
}

static void say(struct play *p, const char *text)
{
    struct intent_sink to = engine_intents(p->world->engine);
    struct intent in = {.type = INTENT_PLAN, .text = text};

    to.submit(to.ctx, &in);
}

static void until_quiet(struct play *p)
{
    int64_t until = clock_system()->now_ms(clock_system()) + ACT_DEADLINE_MS;

    while ((engine_procedure_busy(p->world->engine) || engine_mutating(p->world->engine)) &&
           clock_system()->now_ms(clock_system()) < until)
        loop_turn(p->world->loop, true);
    assert_false(engine_procedure_busy(p->world->engine));
}

static const struct model *model_of(struct play *p)
{
    return engine_model(p->world->engine);
}

/* What was said last. */
static const char *said(struct play *p)
{
    const struct model *m = model_of(p);

    for (size_t i = m->items.count; i-- > 0;)
        if (m->items.items[i].kind == ITEM_TEXT)
            return m->items.items[i].text;
    return "";
}

static void says(struct play *p, const char *words)
{
    play_has(p->scene, "the answer", said(p), words);
}

static void says_not(struct play *p, const char *words)
{
    if (strstr(said(p), words))
        fail_msg("%s: it says '%s': %s", p->scene->name, words, said(p));
}

static const struct procedure_run *run_of(struct play *p)
{
    assert_int_equal(model_of(p)->procedures.count, 1);
    return &model_of(p)->procedures.items[0];
}

static void ends(struct play *p, enum procedure_state want)
{
    const struct procedure_run *r = run_of(p);

    if (r->state == want)
        return;
    VEC_EACH (s, &r->steps)
        print_message("%s: %s: %s\n", s->id, step_state_name(s->state), s->text);
    fail_msg("%s is %s: %s", p->scene->name, procedure_state_name(r->state), r->text);
}

static const struct step_run *step_is(struct play *p, const char *id, enum step_state want)
{
    const struct step_run *s = procedure_step_run(run_of(p), id);

    assert_non_null(s);
    if (s->state != want)
        fail_msg("%s, %s: it is %s: %s", p->scene->name, id, step_state_name(s->state), s->text);
    return s;
}

/* To the question: everything was looked at, nothing was changed. The mutation's id. */
static const char *until_asked(struct play *p, const struct book *b, const char *words)
{
    const struct approval *a;

    say(p, words);
    say(p, "run");
    until_quiet(p);
    if (!model_of(p)->approvals.count)
        fail_msg("%s: nobody is asked: %s", b->name, said(p));
    a = &model_of(p)->approvals.items[0];
    assert_int_equal(a->state, APPROVAL_WAITING);
    play_sent(p, 0);
    return a->id;
}

static void approve(struct play *p, const char *id)
{
    world_approve(p->world, id);
    until_quiet(p);
}

/* ---- the tests ---- */

static void test_dry(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        struct play p;

        begin(&p, b, "");
        say(&p, b->words);
        says(&p, b->name);
        says(&p, p.scene->operation);
        says(&p, "way back: ");
        says_not(&p, "when a later step fails");
        say(&p, "dry-run");
        until_quiet(&p);
        says(&p, p.scene->operation);
        assert_int_equal(awsfake_count(p.fake, NULL), 0);
        assert_int_equal(model_of(&p)->procedures.count, 0);
        play_end(&p);
    }
}

/* Done, seen to hold, said as it is afterwards; and back by the word of a person. */
static void test_done_and_undone(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        struct err err = ERR_INIT;
        const char *id, *back;
        size_t before;
        struct play p;

        begin(&p, b, "");
        id = until_asked(&p, b, b->words);
        before = awsfake_count(p.fake, b->look);
        assert_true(before > 0);
        approve(&p, id);
        ends(&p, PROCEDURE_COMPLETED);
        assert_string_equal(step_is(&p, b->act, STEP_DONE)->mutation, id);
        step_is(&p, b->check, STEP_DONE);
        play_is(&p, id, MUTATION_VERIFIED);
        play_sent(&p, play_once(p.scene));
        play_wire_has(&p, p.scene->wire);
        assert_true(awsfake_count(p.fake, b->look) > before); /* it was looked at again */
        says(&p, "Seen at first, and not any more");
        says(&p, b->fact);
        says_not(&p, "Abnormal");
        assert_ok(engine_undo(p.world->engine, id, &back, &err), &err);
        until_quiet(&p);
        approve(&p, back);
        play_is(&p, back, MUTATION_VERIFIED);
        assert_true(awsfake_count(p.fake, p.scene->undo) > 0);
        play_end(&p);
    }
}

/* A person says no, AWS says no, and what it speaks of is not there. */
static void test_refused(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        struct intent no = {.type = INTENT_DISAPPROVE, .text = "not now"};
        struct intent_sink to;
        char more[300];
        struct play p;

        begin(&p, b, "");
        no.approval = until_asked(&p, b, b->words);
        to = engine_intents(p.world->engine);
        to.submit(to.ctx, &no);
        until_quiet(&p);
        ends(&p, PROCEDURE_REFUSED);
        step_is(&p, b->act, STEP_REFUSED);
        step_is(&p, b->check, STEP_PENDING);
        play_sent(&p, 0);
        play_end(&p);

        begin(&p, b, "");
        snprintf(more, sizeof(more),
                 "{\"operation\":\"%s\",\"without\":\"DryRun\",\"status\":400,\"error\":"
                 "\"IncorrectState\",\"message\":\"not now\"}",
                 play_bare(p.scene->change));
        awsfake_add(p.fake, more);
        approve(&p, until_asked(&p, b, b->words));
        ends(&p, PROCEDURE_FAILED);
        play_has(p.scene, "the step", step_is(&p, b->act, STEP_FAILED)->text, "not now");
        step_is(&p, b->check, STEP_PENDING);
        says(&p, "not now"); /* and what was seen still is */
        says(&p, b->fact);
        says(&p, "Abnormal");
        play_end(&p);

        begin(&p, b, "");
        say(&p, b->absent);
        say(&p, "run");
        until_quiet(&p);
        assert_true(procedure_is_over(run_of(&p)));
        play_has(p.scene, "the step", step_is(&p, b->act, STEP_REFUSED)->text, b->missing);
        assert_int_equal(model_of(&p)->approvals.count, 0);
        play_sent(&p, 0);
        play_end(&p);
    }
}

/* The connection ends behind the request: it is read, and nothing is sent again. */
static void test_answer_lost(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        for (int done = 0; done < 2; done++) {
            const char *id;
            struct play p;

            begin(&p, b, done ? ",\"cut\":true" : ",\"cut\":true,\"status\":500");
            id = until_asked(&p, b, b->words);
            p.world->jump = !done;
            approve(&p, id);
            assert_int_equal(p.world->unknowns, 1);
            play_is(&p, id, done ? MUTATION_VERIFIED : MUTATION_FAILED);
            ends(&p, done ? PROCEDURE_COMPLETED : PROCEDURE_FAILED);
            step_is(&p, b->act, done ? STEP_DONE : STEP_FAILED);
            step_is(&p, b->check, done ? STEP_DONE : STEP_PENDING);
            play_sent(&p, play_once(p.scene));
            play_end(&p);
        }
    }
}

#define DENIED "\"status\":403,\"error\":\"UnauthorizedOperation\",\"message\":\"not any more\""

/* Lost, and reading is denied from then on: that is unknown, never called done or failed. */
static void test_unknown(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        const char *id;
        struct play p;

        begin(&p, b, ",\"cut\":true");
        id = until_asked(&p, b, b->words);
        p.meanwhile =
            "[{\"service\":\"ec2\",\"without\":\"DryRun\",\"match\":\"SecurityGroupRules\"," DENIED
            "}]";
        p.world->jump = true;
        approve(&p, id);
        play_is(&p, id, MUTATION_UNKNOWN);
        assert_true(procedure_is_over(run_of(&p)));
        play_has(p.scene, "the step", procedure_step_run(run_of(&p), b->act)->text, "not any more");
        step_is(&p, b->check, STEP_PENDING);
        play_sent(&p, play_once(p.scene));
        play_end(&p);
    }
}

/* A look that is denied: the way in is closed all the same, and stays closed; that nobody saw it is
 * said, and that nothing abnormal was seen is not. */
static void test_looks_denied(void **state)
{
    (void)state;
    EACH_BOOK(b)
    {
        char rule[400];
        const char *id;
        struct play p;

        begin(&p, b, "");
        id = until_asked(&p, b, b->words);
        snprintf(rule, sizeof(rule), "{\"operation\":\"%s\"," DENIED "}", play_bare(b->look));
        awsfake_add(p.fake, rule);
        approve(&p, id);
        ends(&p, PROCEDURE_COMPLETED);
        play_is(&p, id, MUTATION_VERIFIED);
        assert_int_equal(awsfake_count(p.fake, p.scene->undo), 0);
        says(&p, "Not answered, so not in this");
        says(&p, play_bare(b->look));
        says_not(&p, "not any more:\n"); /* it is not known to be gone */
        says(&p, b->fact);
        play_end(&p);

        begin(&p, b, "");
        awsfake_add(p.fake, "[{\"service\":\"cloudtrail\"," DENIED "}]");
        awsfake_add(p.fake, rule);
        awsfake_add(p.fake, "[{\"service\":\"iam\"," DENIED "},{\"service\":\"securityhub\"," DENIED
                            "},{\"service\":\"guardduty\"," DENIED "}]");
        id = until_asked(&p, b, b->words);
        approve(&p, id);
        play_is(&p, id, MUTATION_VERIFIED);
        assert_int_equal(awsfake_count(p.fake, p.scene->undo), 0);
        play_end(&p);
    }
}

#define OWN                                                                                        \
    "playbook: own\nversion: \"1.0.0\"\nsummary: \"x\"\nmatch: {intent: remediate}\nsteps:\n"      \
    "  - {id: revoke, act: aws.ec2.revoke-rule, with: {group: sg-1, rule: sgr-1, region: "         \
    "eu-west-1}}\n"                                                                                \
    "  - {id: look, tool: aws_query, with: {service: ec2, operation: DescribeVpcs, region: "       \
    "eu-west-1}, on_error: abort}\n"

/* One that does not say otherwise: a step behind the change fails, and the change is taken back, by
 * a question of its own. */
static void test_rolled_back(void **state)
{
    struct plan_intent in = {.what = PLAN_REMEDIATE,
                             .resource = "security_group",
                             .scope = "",
                             .max_cost_usd = -1,
                             .confidence = 1};
    struct arena *a = arena_new(0);
    const char *run, *id, *back;
    struct err err = ERR_INIT;
    struct playbook book;
    struct plan plan;
    struct play p;

    (void)state;
    begin(&p, &books[0], "");
    awsfake_add(p.fake, "{\"operation\":\"DescribeVpcs\"," DENIED "}");
    assert_ok(playbook_parse(STR_LIT(OWN), "own.yaml", a, &book, &err), &err);
    assert_ok(plan_make(&in, &book, "it was named", a, &plan, &err), &err);
    assert_ok(engine_plan_start(p.world->engine, &plan, false, &run, &err), &err);
    until_quiet(&p);
    id = model_of(&p)->approvals.items[0].id;
    approve(&p, id);
    play_is(&p, id, MUTATION_VERIFIED);
    assert_int_equal(awsfake_count(p.fake, p.scene->undo), 0);
    assert_int_equal(model_of(&p)->approvals.count, 2); /* the way back is asked for */
    back = model_of(&p)->approvals.items[1].id;
    approve(&p, back);
    play_is(&p, back, MUTATION_VERIFIED);
    assert_true(awsfake_count(p.fake, p.scene->undo) > 0);
    ends(&p, PROCEDURE_ROLLED_BACK);
    step_is(&p, "revoke", STEP_ROLLED_BACK);
    play_end(&p);
    arena_free(a);
}

/* ---- those that only look ---- */

static const struct look {
    const char *name, *words, *rules;
    const char *asked, *said;
} looks[] = {
    {"security-group-review", "review security groups region=eu-west-1",
     "{\"operation\":\"DescribeSecurityGroups\",\"region\":\"eu-west-1\",\"json\":{"
     "\"securityGroupInfo\":{\"item\":[{\"groupId\":\"sg-1\",\"groupName\":\"web\"" SSH "}]}}}",
     "cloudtrail:LookupEvents", "A security group opens a way in to everybody"},
    {"cost-analysis", "why is the bill so high?",
     "{\"service\":\"ce\",\"operation\":\"GetCostAndUsage\",\"json\":{\"ResultsByTime\":[{"
     "\"TimePeriod\":{\"Start\":\"2026-11-20\",\"End\":\"2026-11-21\"},\"Groups\":[{\"Keys\":["
     "\"Amazon RDS\"],\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"12.5\",\"Unit\":\"USD\"}}}]}]}}",
     "ce:GetCostAndUsage", "Amazon RDS"},
};

/* What went out is no change of its service's definition. */
static void only_reads(struct play *p)
{
    struct aws_catalogue *all = aws_catalogue_new(NULL, 0);
    struct buf log = BUF_INIT(PLAY_TEXT_MAX);
    struct str rest, line, service, operation;
    const struct aws_service *s;
    const struct aws_list *l;
    size_t n = 0;

    awsfake_log(p->fake, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line) && line.len) {
        struct err err = ERR_INIT;

        str_split(&line, ' ', &service);
        str_split(&line, ' ', &operation);
        assert_ok(aws_catalogue_get(all, service, &s, &err), &err);
        if (!aws_catalogue_change(s, operation, &l, &err))
            fail_msg("%.*s was sent", STR_FMT(operation));
        n++;
    }
    assert_true(n > 2);
    buf_release(&log);
    aws_catalogue_free(all);
}

static void test_looks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        const struct look *k = &looks[i];
        struct play p;

        play_begin(&p, scene_named(books[0].scene), "");
        setenv("AWS_REGION", "us-east-1", 1);
        awsfake_add(p.fake, REST);
        awsfake_add(p.fake, k->rules);
        say(&p, k->words);
        says(&p, k->name);
        say(&p, "run");
        until_quiet(&p);
        ends(&p, PROCEDURE_COMPLETED);
        assert_true(awsfake_count(p.fake, k->asked) > 0);
        says(&p, k->said);
        only_reads(&p);
        assert_int_equal(model_of(&p)->mutations.count, 0);
        play_end(&p);
    }
}

/* No playbook that changes something in AWS is left out. */
static void test_all_are_played(void **state)
{
    struct playbooks *all;
    struct err err = ERR_INIT;
    size_t n = 0;

    (void)state;
    assert_ok(playbooks_load(NULL, &all, &err), &err);
    for (size_t i = 0; i < playbooks_count(all); i++) {
        const struct playbook *book = playbooks_at(all, i);
        bool changes = false, played = false;

        for (size_t k = 0; k < book->step_count; k++)
            changes = changes || (book->steps[k].kind == PLAYBOOK_ACT &&
                                  strncmp(book->steps[k].name, "aws.", 4) == 0);
        EACH_BOOK(b)
        played = played || strcmp(b->name, book->name) == 0;
        if (changes && !played)
            fail_msg("%s changes something in AWS, and is not played", book->name);
        n += changes;
    }
    assert_int_equal(n, sizeof(books) / sizeof(books[0]));
    playbooks_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_played),  cmocka_unit_test(test_dry),
        cmocka_unit_test(test_done_and_undone), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_answer_lost),     cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_looks_denied),    cmocka_unit_test(test_rolled_back),
        cmocka_unit_test(test_looks),
    };

    return cmocka_run_group_tests(tests, play_load, play_free);
}

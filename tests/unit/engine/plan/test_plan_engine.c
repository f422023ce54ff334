/* test_plan_engine.c - plans in a session: what is shown and what is started by whom. A dry run
 * makes no call, a plan of a model starts by a person's word only, and what is run of one is said
 * in facts. C-01, C-02, C-07, C-08, C-29, A-29. */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"
#include "tests/lib/victim.h"

#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/engine/mutate.h"
#include "runbook/engine/plan.h"
#include "runbook/engine/procedure.h"
#include "runbook/service/host.h"
#include "runbook/tool/toolenv.h"

#define DEADLINE_MS 120000

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    const struct model *m;
    char *dir;
    pid_t victim;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct engine_options opts = {.version = "test", .environment = "dev", .loose = true};
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err = ERR_INIT;

    f->dir = tmpdir_new();
    f->victim = victim_start();
    f->loop = loop_new(clock_system());
    rng_seed_system(&f->rng);
    f->env.loop = f->loop;
    f->env.hosts = host_pool_new(f->loop, NULL);
    opts.loop = f->loop;
    opts.rng = &f->rng;
    opts.tools = &f->env;
    opts.state_dir = f->dir;
    f->engine = engine_new(&opts);
    f->m = engine_model(f->engine);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    host_pool_free(f->env.hosts);
    loop_free(f->loop);
    victim_end(f->victim);
    tmpdir_free(f->dir);
    free(f);
    return 0;
}

static void say(struct fixture *f, enum intent_type type, const char *text)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .text = text};

    to.submit(to.ctx, &in);
}

static void until_quiet(struct fixture *f)
{
    int64_t end = clock_system()->now_ms(clock_system()) + DEADLINE_MS;

    while ((engine_procedure_busy(f->engine) || engine_mutating(f->engine)) &&
           clock_system()->now_ms(clock_system()) < end)
        loop_turn(f->loop, true);
    assert_false(engine_procedure_busy(f->engine));
}

/* The last thing that was said. */
static const char *said(const struct fixture *f)
{
    for (size_t i = f->m->items.count; i-- > 0;) {
        if (f->m->items.items[i].kind == ITEM_TEXT)
            return f->m->items.items[i].text;
    }
    return "";
}

static void says(const struct fixture *f, const char *part)
{
    if (!strstr(said(f), part))
        fail_msg("\"%s\" does not say \"%s\"", said(f), part);
}

static void renice_sentence(const struct fixture *f, char out[64])
{
    snprintf(out, 64, "renice process %d", (int)f->victim);
}

static void test_shown_and_dry(void **state)
{
    struct fixture *f = *state;
    int was = victim_nice(f->victim);
    char text[64];

    say(f, INTENT_PLAN, "");
    says(f, "Say what is wrong");
    say(f, INTENT_PLAN, "run");
    says(f, "There is no plan yet");
    say(f, INTENT_PLAN, "do the thing");
    says(f, "What is to be done?");
    renice_sentence(f, text);
    say(f, INTENT_PLAN, text);
    says(f, "Plan plan-");
    says(f, "host.process.renice");
    says(f, "policy: approve");
    say(f, INTENT_PLAN, "dry-run");
    says(f, "host.process.renice host=local sudo=false pid=");
    until_quiet(f);
    assert_int_equal(f->m->tools.count, 0); /* nothing was asked, nothing was done */
    assert_int_equal(f->m->mutations.count, 0);
    assert_int_equal(f->m->procedures.count, 0);
    assert_int_equal(victim_nice(f->victim), was);
}

/* A person's word starts it; the change waits for their answer, and is done after it. */
static void test_run(void **state)
{
    struct fixture *f = *state;
    struct intent_sink to = engine_intents(f->engine);
    const struct procedure_run *r;
    struct intent yes = {.type = INTENT_APPROVE};
    char text[64];

    renice_sentence(f, text);
    say(f, INTENT_PLAN, text);
    say(f, INTENT_PLAN, "run");
    until_quiet(f);
    assert_int_equal(f->m->procedures.count, 1);
    r = &f->m->procedures.items[0];
    assert_string_equal(r->kind, "plan");
    assert_int_equal(r->steps.items[0].state, STEP_DONE);
    assert_int_equal(r->steps.items[2].state, STEP_PENDING);
    assert_int_equal(f->m->approvals.count, 1);
    assert_int_equal(f->m->approvals.items[0].state, APPROVAL_WAITING);
    yes.approval = f->m->approvals.items[0].id;
    yes.fingerprint = f->m->approvals.items[0].fingerprint;
    to.submit(to.ctx, &yes);
    until_quiet(f);
    assert_int_equal(f->m->procedures.items[0].state, PROCEDURE_COMPLETED);
    assert_int_equal(victim_nice(f->victim), 15);
    says(f, "facts"); /* the last step looked, and what it saw is said */
}

#define INTENT(confidence, filters)                                                                \
    "{\"intent_type\":\"remediate\",\"target\":{\"resource_type\":\"unit\",\"scope\":\"dev\","     \
    "\"filters\":{\"action\":\"restart\"" filters                                                  \
    "}},\"goal\":\"restore\",\"confidence\":" confidence "}"

/* A model proposes: shown, and not started by /plan run, which means the person's own. */
static void test_suggested(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    const char *id = NULL;
    char text[64], run[64];

    assert_int_equal(engine_plan_suggest(f->engine, STR_LIT("{\"intent_type\":\"explode\"}"),
                                         "llm:x", &id, &err),
                     ERR_INPUT);
    assert_non_null(strstr(err.msg, "/intent_type: \"explode\" is none of"));
    assert_int_equal(engine_plan_suggest(f->engine, str_from(INTENT("0.79", ",\"unit\":\"a\"")),
                                         "llm:x", &id, &err),
                     ERR_DENIED);
    assert_int_equal(
        engine_plan_suggest(f->engine, str_from(INTENT("0.8", "")), "llm:x", &id, &err),
        ERR_DENIED);
    assert_non_null(strstr(err.msg, "Which unit?"));
    assert_int_equal(f->m->items.count, 0);
    assert_ok(engine_plan_suggest(f->engine, str_from(INTENT("0.8", ",\"unit\":\"no.service\"")),
                                  "llm:x", &id, &err),
              &err);
    says(f, "/plan run plan-");
    say(f, INTENT_PLAN, "run");
    says(f, "There is no plan yet");
    assert_int_equal(f->m->procedures.count, 0);
    renice_sentence(f, text);
    say(f, INTENT_PLAN, text);
    snprintf(run, sizeof(run), "run plan-%s", "000000000000");
    say(f, INTENT_PLAN, run);
    says(f, "There is no such plan");
    snprintf(run, sizeof(run), "run %s", id);
    say(f, INTENT_PLAN, run); /* by its id, by the person */
    until_quiet(f);
    assert_int_equal(f->m->procedures.count, 1);
    assert_string_equal(f->m->procedures.items[0].id, id);
    assert_int_equal(f->m->procedures.items[0].state,
                     PROCEDURE_REFUSED); /* there is no such unit */
    says(f, "Steps that failed");
}

/* the level is that of the worst step. */
static void test_levels(void **state)
{
    static const struct {
        const char *text, *level;
    } table[] = {{"the disk is full", "L0"},
                 {"renice process 4711", "L1"},
                 {"start unit=nginx.service", "L2"},
                 {"kill process 4711", "L2"}};
    struct arena *a = arena_new(0);
    struct playbooks *books;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(playbooks_load(NULL, &books, &err), &err);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct playbook *book;
        struct plan_intent in;
        struct plan p;
        const char *why;

        intent_from_words(str_from(table[i].text), a, &in);
        in.scope = "dev";
        assert_ok(playbooks_choose(books, &in, a, &book, &why, &err), &err);
        assert_ok(plan_make(&in, book, why, a, &p, &err), &err);
        assert_string_equal(plan_level(&p), table[i].level);
    }
    playbooks_free(books);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shown_and_dry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_suggested, setup, teardown),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

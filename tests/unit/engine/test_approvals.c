/* test_approvals.c - what the engine makes of an answer: it counts once, in time, and for exactly
 * what was shown. R-58 */
#include "tests/lib/demo_approval.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/engine_priv.h"

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    char *dir;
};

static struct engine *open_engine(struct fixture *f)
{
    struct engine_options opts = {
        .loop = f->loop, .rng = &f->rng, .tools = &f->env, .state_dir = f->dir, .version = "test"};

    return engine_new(&opts);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    f->dir = tmpdir_new();
    f->loop = loop_new(clock_system());
    rng_seed(&f->rng, 7);
    f->env.loop = f->loop;
    f->engine = open_engine(f);
    *state = f;
    return engine_open(f->engine, &spec, &err) ? -1 : 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f);
    return 0;
}

static const struct approval *ask(struct fixture *f, int64_t for_ms)
{
    struct ev_approval_requested r = demo_failover(loop_wall_ms(f->loop));

    r.id = NULL;
    r.expires_ms = for_ms ? loop_wall_ms(f->loop) + for_ms : 0;
    return model_approval(engine_model(f->engine), engine_request_approval(f->engine, &r));
}

static void answer(struct fixture *f, enum intent_type type, const char *id,
                   const char *fingerprint)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .approval = id, .fingerprint = fingerprint};

    to.submit(to.ctx, &in);
}

static bool said(struct fixture *f, const char *part)
{
    VEC_EACH (it, &engine_model(f->engine)->items) {
        if (it->kind == ITEM_ERROR && strstr(it->text, part))
            return true;
    }
    return false;
}

static void test_granted_once(void **state)
{
    struct fixture *f = *state;
    const struct approval *a = ask(f, 0);

    assert_string_equal(a->id, "A1");
    assert_false(a->forged);
    assert_in_range(a->expires_ms - loop_wall_ms(f->loop), 299000, 300000);
    answer(f, INTENT_APPROVE, "A1", a->fingerprint);
    assert_int_equal(a->state, APPROVAL_GRANTED);
    assert_string_equal(a->decided_by, "user");
    answer(f, INTENT_APPROVE, "A1", a->fingerprint);
    assert_true(said(f, "answered already"));
}

static void test_only_what_was_shown(void **state)
{
    struct fixture *f = *state;
    const struct approval *a = ask(f, 0);
    struct ev_approval_requested r = demo_failover(loop_wall_ms(f->loop));
    char shown[65];

    memcpy(shown, a->fingerprint, sizeof(shown));
    answer(f, INTENT_APPROVE, "A1", NULL);
    answer(f, INTENT_APPROVE, "A1", "0123");
    assert_int_equal(a->state, APPROVAL_WAITING);
    r.id = "A1";
    r.effect = "another one";
    engine_request_approval(f->engine, &r);
    a = model_approval(engine_model(f->engine), "A1");
    answer(f, INTENT_APPROVE, "A1", shown); /* the answer to what it was before */
    assert_int_equal(a->state, APPROVAL_WAITING);
    assert_true(said(f, "changed after it was shown"));
    answer(f, INTENT_DISAPPROVE, "A1", NULL); /* a refusal needs no fingerprint */
    assert_int_equal(a->state, APPROVAL_REJECTED);
    answer(f, INTENT_APPROVE, "A9", "x");
    assert_true(said(f, "no such request"));
}

static void test_silence_refuses(void **state)
{
    struct fixture *f = *state;
    const struct approval *a = ask(f, 30);
    int64_t deadline = clock_system()->now_ms(clock_system()) + 10000;

    while (a->state == APPROVAL_WAITING && clock_system()->now_ms(clock_system()) < deadline)
        loop_turn(f->loop, true);
    assert_int_equal(a->state, APPROVAL_EXPIRED);
    answer(f, INTENT_APPROVE, "A1", a->fingerprint);
    assert_int_equal(a->state, APPROVAL_EXPIRED);
}

/* A process that ends leaves nothing that a later one could say yes to. */
static void test_ends_with_the_run(void **state)
{
    struct fixture *f = *state;
    struct journal_report report = {0};
    struct err err;
    char *id;

    ask(f, 0);
    id = xstrdup(engine_model(f->engine)->id);
    assert_ok(engine_close(f->engine, "done", 0, &err), &err);
    assert_int_equal(model_approval(engine_model(f->engine), "A1")->state, APPROVAL_EXPIRED);
    engine_free(f->engine);
    f->engine = open_engine(f);
    assert_ok(engine_resume(f->engine, id, &report, &err), &err);
    assert_int_equal(model_approvals_waiting(engine_model(f->engine)), 0);
    free(id);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_granted_once),
        TEST(test_only_what_was_shown),
        TEST(test_silence_refuses),
        TEST(test_ends_with_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_remember.c - answers that count again: yes for this session to exactly the same, and never,
 * also in later sessions; shown, taken back, and kept by persons only. U-03 R-58 */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"
#include "tests/lib/victim.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/host.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/engine_priv.h"

#define DEADLINE_MS 60000

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    char *dir;
    pid_t victim;
    int base;
};

static void open_session(struct fixture *f)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct engine_options opts = {.loop = f->loop,
                                  .rng = &f->rng,
                                  .tools = &f->env,
                                  .state_dir = f->dir,
                                  .version = "test",
                                  .environment = "dev",
                                  .loose = false};
    struct err err;

    f->engine = engine_new(&opts);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->victim = victim_start();
    f->base = victim_nice(f->victim);
    f->loop = loop_new(clock_system());
    rng_seed_system(&f->rng);
    f->env.loop = f->loop;
    f->env.hosts = host_pool_new(f->loop, NULL);
    open_session(f);
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

static void settle(struct fixture *f)
{
    int64_t end = clock_system()->now_ms(clock_system()) + DEADLINE_MS;

    while (engine_mutating(f->engine) && clock_system()->now_ms(clock_system()) < end)
        loop_turn(f->loop, true);
    assert_false(engine_mutating(f->engine));
}

static const struct mutation *propose(struct fixture *f, const char *operation, const char *args,
                                      const char *actor)
{
    struct mutate_request r = {
        .operation = operation, .args = str_from(args), .why = "a test", .actor = actor};
    const char *id = NULL;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    settle(f);
    return model_mutation(engine_model(f->engine), id);
}

static const struct mutation *nicer(struct fixture *f, int by, const char *actor)
{
    char *args = xasprintf("{\"pid\":\"%d\",\"nice\":\"%d\"}", (int)f->victim, f->base + by);
    const struct mutation *mu = propose(f, "host.process.renice", args, actor);

    free(args);
    return mu;
}

static void submit(struct fixture *f, enum intent_type type, const char *id, const char *text)
{
    struct intent_sink to = engine_intents(f->engine);
    const struct approval *a = model_approval(engine_model(f->engine), id);
    char print[65] = "";
    struct intent in = {.type = type, .approval = id, .text = text, .fingerprint = print};

    if (a)
        memcpy(print, a->fingerprint, sizeof(print));
    to.submit(to.ctx, &in);
    settle(f);
}

static int nice_of(const struct fixture *f)
{
    return victim_nice(f->victim) - f->base;
}

static void reset(struct fixture *f)
{
    if (setpriority(PRIO_PROCESS, (id_t)f->victim, f->base))
        skip(); /* only root may */
}

static size_t kept(struct fixture *f)
{
    return engine_model(f->engine)->kept.count;
}

static void yes_for_the_session(struct fixture *f)
{
    const struct mutation *mu = nicer(f, 3, NULL);

    assert_int_equal(mu->state, MUTATION_PLANNED);
    submit(f, INTENT_APPROVE, mu->id, NULL);
    submit(f, INTENT_REMEMBER, mu->id, "session");
    assert_int_equal(kept(f), 1);
    assert_int_equal(nice_of(f), 3);
}

/* The same once more is not asked; another value is, and so is another session. */
static void test_session(void **state)
{
    struct fixture *f = *state;
    const struct mutation *mu;

    yes_for_the_session(f);
    reset(f);
    mu = nicer(f, 3, NULL);
    assert_int_equal(mu->state, MUTATION_VERIFIED);
    assert_string_equal(mu->decision, "allow");
    assert_null(model_approval(engine_model(f->engine), mu->id));
    mu = nicer(f, 5, NULL);
    assert_int_equal(mu->state, MUTATION_PLANNED); /* it is asked */
    submit(f, INTENT_DISAPPROVE, mu->id, NULL);
    assert_int_equal(nice_of(f), 3);
    engine_free(f->engine);
    open_session(f);
    reset(f);
    assert_int_equal(kept(f), 0);
    mu = nicer(f, 3, NULL);
    assert_int_equal(mu->state, MUTATION_PLANNED);
    assert_int_equal(nice_of(f), 0);
}

static void test_forgotten(void **state)
{
    struct fixture *f = *state;
    const struct mutation *mu;

    yes_for_the_session(f);
    submit(f, INTENT_FORGET, NULL, "R1");
    assert_int_equal(kept(f), 0);
    reset(f);
    mu = nicer(f, 3, NULL);
    assert_int_equal(mu->state, MUTATION_PLANNED);
    assert_int_equal(nice_of(f), 0);
}

/* What a model proposes is asked, whatever was remembered; and its own yes is not kept. */
static void test_not_of_a_model(void **state)
{
    struct fixture *f = *state;
    const struct mutation *mu;

    yes_for_the_session(f);
    reset(f);
    mu = nicer(f, 3, "llm:x");
    assert_int_equal(mu->state, MUTATION_PLANNED);
    assert_int_equal(nice_of(f), 0);
    submit(f, INTENT_APPROVE, mu->id, NULL);
    submit(f, INTENT_REMEMBER, mu->id, "session");
    assert_int_equal(kept(f), 1); /* the person's own, and no more */
}

/* Before an answer, after a no, and for a high risk nothing is kept. */
static void test_not_kept(void **state)
{
    struct fixture *f = *state;
    const struct mutation *mu = nicer(f, 3, NULL);
    char *args = xasprintf("{\"pid\":\"%d\",\"signal\":\"STOP\"}", (int)f->victim);

    submit(f, INTENT_REMEMBER, mu->id, "session");
    assert_int_equal(kept(f), 0);
    submit(f, INTENT_DISAPPROVE, mu->id, NULL);
    submit(f, INTENT_REMEMBER, mu->id, "session");
    submit(f, INTENT_REMEMBER, "nothing", "session");
    submit(f, INTENT_REMEMBER, NULL, "session host.process.renice *");
    assert_int_equal(kept(f), 0);
    mu = propose(f, "host.process.signal", args, NULL);
    submit(f, INTENT_APPROVE, mu->id, NULL);
    assert_true(mu->started);
    submit(f, INTENT_REMEMBER, mu->id, "session");
    assert_int_equal(kept(f), 0);
    free(args);
}

static void test_never(void **state)
{
    struct fixture *f = *state;
    const struct mutation *mu = nicer(f, 3, NULL);

    submit(f, INTENT_REMEMBER, mu->id, "never");
    submit(f, INTENT_DISAPPROVE, mu->id, NULL);
    mu = nicer(f, 4, NULL); /* other parameters, the same thing */
    assert_int_equal(mu->state, MUTATION_REFUSED);
    assert_string_equal(mu->decision, "deny");
    engine_free(f->engine);
    open_session(f); /* and in another session */
    mu = nicer(f, 3, NULL);
    assert_string_equal(mu->decision, "deny");
    submit(f, INTENT_FORGET, NULL, "N1");
    mu = nicer(f, 3, NULL);
    assert_int_equal(mu->state, MUTATION_PLANNED);
    submit(f, INTENT_DISAPPROVE, mu->id, NULL);
    submit(f, INTENT_REMEMBER, NULL, "never host.process.* *");
    mu = nicer(f, 3, NULL);
    assert_string_equal(mu->decision, "deny");
    assert_int_equal(nice_of(f), 0);
}

/* A list of noes that cannot be read is no list without any. */
static void test_never_is_broken(void **state)
{
    struct fixture *f = *state;
    struct mutate_request r = {.operation = "host.process.renice",
                               .args = STR_LIT("{\"pid\":1,\"nice\":3}")};
    char *path = path_join(f->dir, "never.json");
    const char *id;
    struct err err;

    engine_free(f->engine);
    assert_ok(file_write_atomic(path, STR_LIT("{"), 0600, &err), &err);
    open_session(f);
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_DENIED);
    assert_non_null(strstr(err.msg, "never.json"));
    free(path);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_session),  TEST(test_forgotten), TEST(test_not_of_a_model),
        TEST(test_not_kept), TEST(test_never),     TEST(test_never_is_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

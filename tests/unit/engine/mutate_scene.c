/* mutate_scene.c - see mutate_scene.h. */
#include "tests/unit/engine/mutate_scene.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/victim.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/service/host.h"

#define DEADLINE_MS 60000

void changes_start_engine(struct fixture *f)
{
    struct engine_options opts = {.loop = f->loop,
                                  .rng = &f->rng,
                                  .tools = &f->env,
                                  .state_dir = f->dir,
                                  .version = "test",
                                  .environment = "dev",
                                  .loose = true,
                                  .keep_requests = f->keep};

    f->engine = engine_new(&opts);
}

void changes_open_loop(struct fixture *f)
{
    f->loop = loop_new(clock_system());
    rng_seed_system(&f->rng);
    f->env.loop = f->loop;
    f->env.hosts = host_pool_new(f->loop, NULL);
    changes_start_engine(f);
}

void changes_open_session(struct fixture *f)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

void changes_close_loop(struct fixture *f)
{
    engine_free(f->engine);
    host_pool_free(f->env.hosts);
    loop_free(f->loop);
}

static void new_victim(struct fixture *f)
{
    f->victim = victim_start();
    f->base = victim_nice(f->victim);
}

int changes_setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    char *path;

    f->dir = tmpdir_new();
    f->bin = tmpdir_new();
    f->count = path_join(f->bin, "count");
    path = xasprintf("%s:/usr/bin:/bin", f->bin);
    setenv("PATH", path, 1);
    free(path);
    victim_count_renices(f->bin, f->count);
    new_victim(f);
    changes_open_loop(f);
    changes_open_session(f);
    *state = f;
    return 0;
}

int changes_teardown(void **state)
{
    struct fixture *f = *state;

    changes_close_loop(f);
    victim_end(f->victim);
    free(f->count);
    tmpdir_free(f->bin);
    tmpdir_free(f->dir);
    free(f);
    return 0;
}

int changes_times_run(const struct fixture *f)
{
    return victim_renices(f->count);
}

void changes_until_settled(struct fixture *f)
{
    int64_t end = clock_system()->now_ms(clock_system()) + DEADLINE_MS;

    while (engine_mutating(f->engine) && clock_system()->now_ms(clock_system()) < end)
        loop_turn(f->loop, true);
    assert_false(engine_mutating(f->engine));
}

const char *changes_propose_nice(struct fixture *f, int nice, bool dry)
{
    char *args = xasprintf("{\"pid\":\"%d\",\"nice\":\"%d\"}", (int)f->victim, f->base + nice);
    struct mutate_request r = {.operation = "host.process.renice",
                               .args = str_from(args),
                               .why = "a test",
                               .dry_run = dry};
    const char *id = NULL;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    changes_until_settled(f);
    free(args);
    return id;
}

const struct mutation *changes_mutation(struct fixture *f, const char *id)
{
    const struct mutation *mu = model_mutation(engine_model(f->engine), id);

    assert_non_null(mu);
    return mu;
}

void changes_answer(struct fixture *f, enum intent_type type, const char *id, const char *print)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .approval = id, .fingerprint = print};

    to.submit(to.ctx, &in);
    changes_until_settled(f);
}

void changes_approve(struct fixture *f, const char *id)
{
    const struct approval *a = model_approval(engine_model(f->engine), id);
    char print[65];

    assert_non_null(a);
    memcpy(print, a->fingerprint, sizeof(print));
    changes_answer(f, INTENT_APPROVE, id, print);
}

void changes_new_victim(struct fixture *f)
{
    victim_end(f->victim);
    new_victim(f);
}

/* The program again, and another process: of one resource there are fewer. */
void changes_restart(struct fixture *f)
{
    changes_close_loop(f);
    changes_open_loop(f);
    changes_open_session(f);
    changes_new_victim(f);
}

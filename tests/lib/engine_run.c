/* engine_run.c - see engine_run.h. */
#include "tests/lib/engine_run.h"

#include <stdlib.h>

#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include "runbook/base/mem.h"

#define DEADLINE_MS 60000

static void settled(void *ctx)
{
    engine_settled(((struct engine_run *)ctx)->engine);
}

static void make(struct engine_run *r, const struct engine_limits *limits)
{
    struct engine_options opts = {
        .loop = r->loop, .rng = &r->rng, .tools = &r->env, .state_dir = r->dir, .version = "test"};

    if (limits)
        opts.limits = *limits;
    r->engine = engine_new(&opts);
    r->m = engine_model(r->engine);
}

struct engine_run *engine_run_new(const struct engine_limits *limits)
{
    struct engine_run *r = xcalloc(1, sizeof(*r));

    r->dir = tmpdir_new();
    r->arena = arena_new(0);
    r->loop = loop_new(clock_system());
    rng_seed(&r->rng, 7);
    r->env.loop = r->loop;
    make(r, limits);
    loop_on_settled(r->loop, settled, r);
    return r;
}

void engine_run_free(struct engine_run *r)
{
    engine_free(r->engine);
    loop_free(r->loop);
    tmpdir_free(r->dir);
    arena_free(r->arena);
    free(r);
}

void engine_run_again(struct engine_run *r, const struct engine_limits *limits)
{
    engine_free(r->engine);
    make(r, limits);
}

void engine_run_open(struct engine_run *r, const struct session_spec *spec)
{
    struct err err = ERR_INIT;

    assert_ok(engine_open(r->engine, spec, &err), &err);
}

void engine_run_submit(struct engine_run *r, enum intent_type type, const char *hypothesis,
                       const char *text)
{
    struct intent_sink to = engine_intents(r->engine);
    struct intent in = {.type = type, .hypothesis = hypothesis, .text = text};

    to.submit(to.ctx, &in);
}

static int64_t now_ms(void)
{
    return clock_system()->now_ms(clock_system());
}

void engine_run_wait(struct engine_run *r)
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    while (engine_busy(r->engine) && now_ms() < deadline)
        loop_turn(r->loop, true);
    assert_false(engine_busy(r->engine));
    for (int i = 0; i < 3; i++) /* the ended turn is put away */
        loop_turn(r->loop, false);
}

void engine_run_until(struct engine_run *r, bool (*seen)(const struct model *m))
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    while (!seen(r->m) && now_ms() < deadline)
        loop_turn(r->loop, true);
    assert_true(seen(r->m));
}

void tool_answer_buf(struct tool_call *c, struct buf *body)
{
    struct tool_result t = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    t.body = *body;
    snprintf(t.summary, sizeof(t.summary), "answer");
    tool_call_finish(c, &t);
}

void tool_answer(struct tool_call *c, const char *json)
{
    struct buf body = BUF_INIT((size_t)1 << 20);

    buf_adds(&body, json);
    tool_answer_buf(c, &body);
}

void tool_refuse(struct tool_call *c, enum tool_status status, enum err_code code, const char *why)
{
    struct tool_result t = {.status = status};
    struct err err;

    err_set(&err, code, "%s", why);
    tool_result_fail(&t, &err);
    t.status = status;
    tool_call_finish(c, &t);
}

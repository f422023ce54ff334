/* primitive_tool.c - the primitives as rows of the tool registry, so that plans, skills and models
 * call them like any other tool. A call asks all its sources at once and answers when the last one
 * has; what did not answer is named in the result. Nothing here changes anything. */
#include "plan_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/tool/toolenv.h"

#define TIMEOUT_MS 90000
#define RESULT_MAX ((size_t)4 << 20)

struct primitives {
    struct tool_runner *runner;
    struct tool_env *env;
    struct tool_def *defs;
    const struct tool_def **rows;
    struct tool_more more;
};

struct work;
struct asked { /* one query of a call */
    struct work *work;
    struct primitive_query *query;
    tool_id id;
};
struct work {
    struct tool_call *call;
    const struct primitive *primitive;
    struct arena *arena;
    struct primitive_query queries[PRIMITIVE_QUERIES_MAX];
    struct asked asked[PRIMITIVE_QUERIES_MAX];
    size_t count, open;
};

static void free_work(struct work *w)
{
    for (size_t i = 0; i < w->count; i++)
        buf_release(&w->queries[i].answer);
    arena_free(w->arena);
    free(w);
}

static enum err_code failed(const struct work *w, struct err *err)
{
    if (w->primitive->missing)
        return err_set(err, ERR_NOT_FOUND, "%s needs %s, which is not supported yet",
                       w->primitive->name, w->primitive->missing);
    if (!w->count)
        return err_set(err, ERR_NOT_FOUND, "%s asks %s, and none of it is configured",
                       w->primitive->name, primitive_sources(w->primitive));
    for (size_t i = 0; i < w->count; i++) {
        if (w->queries[i].status == TOOL_OK || w->queries[i].status == TOOL_EMPTY)
            return ERR_OK;
    }
    *err = w->queries[0].err;
    return err->code ? err_wrap(err, "%s", w->queries[0].tool)
                     : err_set(err, ERR_REMOTE, "%s did not answer", w->queries[0].tool);
}

/* Everything has ended: facts, and what is missing of them. */
static void finish(struct work *w)
{
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    struct fact_count n = {0};
    struct json_writer out;
    struct err err = ERR_INIT;

    buf_init(&r.body, RESULT_MAX);
    if (failed(w, &err)) {
        tool_result_fail(&r, &err);
    } else {
        json_writer_init(&out, &r.body);
        primitive_result(w->primitive, tool_call_args(w->call), w->queries, w->count, w->arena,
                         &out, &n, r.summary, sizeof(r.summary));
        r.rows = (int64_t)n.facts;
    }
    tool_call_set_data(w->call, NULL);
    tool_call_finish(w->call, &r);
    free_work(w);
}

static void on_answer(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct asked *a = ctx;
    struct primitive_query *q = a->query;

    (void)id;
    (void)duration_ms;
    a->id = 0;
    q->ended = true;
    q->status = result->status;
    q->err = result->err;
    q->answer = result->body;
    buf_init(&result->body, 0);
    snprintf(q->summary, sizeof(q->summary), "%s", result->summary);
    if (--a->work->open == 0)
        finish(a->work);
}

static const struct primitive *primitive_of(const struct tool_call *c)
{
    return primitive_find(tool_call_def(c)->name);
}

static void start(struct tool_call *c)
{
    struct primitives *p = tool_call_env(c)->primitives;
    struct work *w = xcalloc(1, sizeof(*w));

    w->call = c;
    w->primitive = primitive_of(c);
    w->arena = arena_new(65536);
    w->count = w->primitive->missing ? 0
                                     : primitive_queries(w->primitive, p->env, tool_call_args(c),
                                                         w->arena, w->queries);
    tool_call_set_data(c, w);
    for (size_t i = 0; i < w->count; i++) {
        struct primitive_query *q = &w->queries[i];

        w->asked[i] = (struct asked){.work = w, .query = q};
        if (tool_run(p->runner, q->tool, str_from(q->args), on_answer, &w->asked[i],
                     &w->asked[i].id, &q->err))
            q->status = TOOL_ERROR;
        else
            w->open++;
    }
    if (!w->open)
        finish(w);
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    for (size_t i = 0; w && i < w->count; i++) {
        if (w->asked[i].id)
            tool_run_cancel(tool_call_env(c)->primitives->runner, w->asked[i].id);
    }
}

struct primitives *primitives_new(struct loop *l, struct tool_env *env)
{
    struct primitives *p = xcalloc(1, sizeof(*p));
    size_t n = 0;

    while (primitive_at(n))
        n++;
    p->env = env;
    p->runner = tool_runner_new(l, env);
    p->defs = xcalloc(n + 1, sizeof(*p->defs));
    p->rows = xcalloc(n + 1, sizeof(*p->rows));
    for (size_t i = 0; i < n; i++) {
        const struct primitive *row = primitive_at(i);

        p->defs[i] = (struct tool_def){.name = row->name,
                                       .help = row->help,
                                       .params = primitive_params(row),
                                       .risk = RISK_READ,
                                       .timeout_ms = TIMEOUT_MS,
                                       .start = start,
                                       .cancel = cancel};
        p->rows[i] = &p->defs[i];
    }
    p->more.rows = p->rows;
    env->own = &p->more;
    env->primitives = p;
    return p;
}

void primitives_free(struct primitives *p)
{
    if (!p)
        return;
    tool_runner_free(p->runner);
    p->env->own = NULL;
    p->env->primitives = NULL;
    free(p->rows);
    free(p->defs);
    free(p);
}

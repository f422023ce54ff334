/* host_common.c - see host_common.h. */
#include "host_common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/tool/toolenv.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define EVENTS_SHOWN 60

struct work {
    struct tool_call *call;
    struct host_pool *pool;
    uint64_t id; /* of the collection; 0 once it has ended */
    host_render_fn *render;
    char *host;
    int64_t now_ms;
    struct buf bundle, body;
    char summary[256];
    int64_t rows;
    struct err err;
};

static void free_work(struct work *w)
{
    buf_release(&w->bundle);
    buf_release(&w->body);
    free(w->host);
    free(w);
}

void host_finish(struct tool_call *c, const struct err *err, struct buf *body, int64_t rows,
                 const char *summary)
{
    struct tool_result r = {.content_type = "application/json", .rows = rows};

    if (err->code) {
        tool_result_fail(&r, err);
    } else {
        r.status = rows ? TOOL_OK : TOOL_EMPTY;
        r.body = *body;
        buf_init(body, body->max);
        snprintf(r.summary, sizeof(r.summary), "%s", summary);
    }
    tool_call_set_data(c, NULL);
    tool_call_finish(c, &r);
}

static void answer(struct work *w)
{
    host_finish(w->call, &w->err, &w->body, w->rows, w->summary);
    free_work(w);
}

static void render(void *ctx)
{
    struct work *w = ctx;
    struct arena *arena = arena_new(0);
    struct json_writer out;
    struct host_answer a = {.host = w->host,
                            .now_ms = w->now_ms,
                            .bundle = buf_str(&w->bundle),
                            .arena = arena,
                            .out = &out,
                            .summary = w->summary};

    json_writer_init(&out, &w->body);
    if (!w->render(&a, &w->err))
        buf_check(&w->body, "the answer", &w->err);
    w->rows = a.rows;
    arena_free(arena);
}

static void rendered(void *ctx, bool canceled)
{
    struct work *w = ctx;

    if (canceled)
        err_set(&w->err, ERR_CANCELED, "canceled");
    answer(w);
}

static void collected(void *ctx, struct str bundle, const struct err *err)
{
    struct work *w = ctx;

    w->id = 0;
    if (err->code) {
        w->err = *err;
        answer(w);
        return;
    }
    w->now_ms = loop_wall_ms(tool_call_loop(w->call));
    buf_add_str(&w->bundle, bundle);
    loop_job(tool_call_loop(w->call), render, rendered, w);
}

static void fail_now(struct tool_call *c, const struct err *err)
{
    struct tool_result r = {.content_type = "application/json"};

    tool_result_fail(&r, err);
    tool_call_finish(c, &r);
}

void host_tool_start(struct tool_call *c, struct host_request *req, host_render_fn *fn)
{
    struct host_pool *pool = tool_call_env(c)->hosts;
    struct err err = ERR_INIT;
    struct work *w;

    if (!pool) {
        err_set(&err, ERR_NOT_FOUND, "no host may be looked at in this run");
        fail_now(c, &err);
        return;
    }
    w = xcalloc(1, sizeof(*w));
    w->call = c;
    w->pool = pool;
    w->render = fn;
    w->host = xstrdup(value_cstr_or(tool_call_args(c), "host", HOST_LOCAL));
    buf_init(&w->bundle, HOST_BUNDLE_MAX);
    buf_init(&w->body, ANSWER_MAX);
    req->host = w->host;
    tool_call_set_data(c, w);
    w->id = host_collect(pool, req, collected, w);
}

/* A collection ends at once; a reading job under way finishes the call when it is done. */
void host_tool_cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (!w || !w->id)
        return;
    host_cancel(w->pool, w->id);
    err_set(&w->err, ERR_CANCELED, "canceled");
    answer(w);
}

int64_t host_arg_duration(const struct value *args, const char *name, int64_t fallback)
{
    int64_t ms;

    return duration_parse(value_str_or(args, name, ""), &ms) ? ms : fallback;
}

void host_cite(const struct value *args, struct buf *out, const char *what)
{
    buf_addf(out, "host:%s: %s", value_cstr_or(args, "host", HOST_LOCAL), what);
}

void host_put_num(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    if (isfinite(v))
        json_number(w, fabs(v) < 1000 ? round(v * 1e5) / 1e5 : round(v * 10) / 10);
    else
        json_null(w);
}

void host_put_gaps(struct json_writer *w, const struct host_gap *gaps, size_t count)
{
    json_key(w, "gaps");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "what", gaps[i].what);
        json_put_cstr(w, "why", gaps[i].why);
        json_put_cstr(w, "code", err_code_name(gaps[i].code));
        json_object_end(w);
    }
    json_array_end(w);
}

void host_put_kernel_events(struct json_writer *w, const struct host_kernel_event *e, size_t count)
{
    json_key(w, "kernel_events");
    json_array_begin(w);
    for (size_t i = count > EVENTS_SHOWN ? count - EVENTS_SHOWN : 0; i < count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "kind", e[i].kind);
        json_put_int(w, "ts_ms", e[i].ts_ms);
        host_put_num(w, "age_s", e[i].age_s);
        json_put_int(w, "level", e[i].level);
        if (e[i].pid)
            json_put_int(w, "pid", e[i].pid);
        if (e[i].comm)
            json_put_cstr(w, "command", e[i].comm);
        json_put_cstr(w, "text", e[i].text);
        json_object_end(w);
    }
    json_array_end(w);
}

void host_put_fields(struct json_writer *w, const struct host_field *f, size_t count)
{
    for (size_t i = 0; i < count; i++)
        host_put_num(w, f[i].key, f[i].value);
}

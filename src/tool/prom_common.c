/* prom_common.c - see prom_common.h. */
#include "prom_common.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/tool/toolenv.h"

struct sent {
    uint64_t id; /* prom_id or am_id */
    prom_summary_fn *prom_summary;
    am_summary_fn *am_summary;
};

static void finish(struct tool_call *c, struct tool_result *r)
{
    free(tool_call_data(c));
    tool_call_set_data(c, NULL);
    tool_call_finish(c, r);
}

void prom_tool_fail(struct tool_call *c, const struct err *err)
{
    struct tool_result r = {.content_type = "application/json"};

    tool_result_fail(&r, err);
    finish(c, &r);
}

static void take_body(struct tool_result *r, struct buf *body)
{
    r->body = *body;
    *body = (struct buf)BUF_INIT(body->max);
}

static void on_prom(void *ctx, const struct prom_reply *reply)
{
    struct tool_call *c = ctx;
    struct sent *s = tool_call_data(c);
    struct tool_result r = {.content_type = "application/json"};

    if (reply->state == PROM_ERROR) {
        prom_tool_fail(c, &reply->err);
        return;
    }
    r.status = reply->state == PROM_EMPTY ? TOOL_EMPTY : TOOL_OK;
    r.rows = (int64_t)reply->rows;
    s->prom_summary(reply, r.summary, sizeof(r.summary));
    take_body(&r, reply->body);
    finish(c, &r);
}

static void on_am(void *ctx, const struct am_reply *reply)
{
    struct tool_call *c = ctx;
    struct sent *s = tool_call_data(c);
    struct tool_result r = {.content_type = "application/json"};

    if (reply->state == PROM_ERROR) {
        prom_tool_fail(c, &reply->err);
        return;
    }
    r.status = reply->state == PROM_EMPTY ? TOOL_EMPTY : TOOL_OK;
    r.rows = (int64_t)reply->rows;
    s->am_summary(reply, r.summary, sizeof(r.summary));
    take_body(&r, reply->body);
    finish(c, &r);
}

static struct sent *new_sent(struct tool_call *c)
{
    struct sent *s = xcalloc(1, sizeof(*s));

    tool_call_set_data(c, s);
    return s;
}

void prom_tool_send(struct tool_call *c, const struct prom_request *req, prom_summary_fn *summary)
{
    struct prometheus *p = tool_call_env(c)->prometheus;
    struct sent *s;
    struct err err;

    if (!p) {
        err_set(&err, ERR_NOT_FOUND,
                "no Prometheus is configured: give --prometheus URL or name one in config.yaml");
        prom_tool_fail(c, &err);
        return;
    }
    s = new_sent(c);
    s->prom_summary = summary;
    s->id = prometheus_send(p, req, on_prom, c);
}

void am_tool_send(struct tool_call *c, const struct am_request *req, am_summary_fn *summary)
{
    struct alertmanager *am = tool_call_env(c)->alertmanager;
    struct sent *s;
    struct err err;

    if (!am) {
        err_set(&err, ERR_NOT_FOUND, "no Alertmanager is configured: name one in config.yaml");
        prom_tool_fail(c, &err);
        return;
    }
    s = new_sent(c);
    s->am_summary = summary;
    s->id = alertmanager_send(am, req, on_am, c);
}

static void finish_canceled(struct tool_call *c)
{
    struct err err;

    err_set(&err, ERR_CANCELED, "canceled");
    prom_tool_fail(c, &err);
}

void prom_tool_cancel(struct tool_call *c)
{
    struct sent *s = tool_call_data(c);

    if (!s)
        return;
    prometheus_cancel(tool_call_env(c)->prometheus, s->id);
    finish_canceled(c);
}

void am_tool_cancel(struct tool_call *c)
{
    struct sent *s = tool_call_data(c);

    if (!s)
        return;
    alertmanager_cancel(tool_call_env(c)->alertmanager, s->id);
    finish_canceled(c);
}

int64_t prom_arg_time(const struct value *args, const char *name, int64_t fallback)
{
    int64_t ms;

    return time_parse(value_str_or(args, name, ""), &ms) ? ms : fallback;
}

int64_t prom_arg_duration(const struct value *args, const char *name, int64_t fallback)
{
    int64_t ms;

    return duration_parse(value_str_or(args, name, ""), &ms) ? ms : fallback;
}

static void add_warning(const struct prom_reply *reply, char *out, size_t size, int at)
{
    if (at > 0 && (size_t)at < size && reply->warnings.count)
        snprintf(out + at, size - (size_t)at, "; warning: %s", reply->warnings.items[0]);
}

void prom_samples_summary(const struct prom_reply *reply, char *out, size_t size)
{
    struct buf step = BUF_INIT(64);
    int n;

    if (reply->state == PROM_EMPTY) {
        n = snprintf(out, size, "empty: no series matches in this window");
    } else if (reply->type == PROM_MATRIX) {
        promql_duration(&step, reply->step_ms);
        n = snprintf(out, size, "%zu series, %zu samples%s%s", reply->rows, reply->samples,
                     reply->step_ms ? ", step " : "", reply->step_ms ? buf_cstr(&step) : "");
    } else {
        n = snprintf(out, size, "%zu series", reply->rows);
    }
    add_warning(reply, out, size, n);
    buf_release(&step);
}

void prom_cite_window(const struct value *args, struct buf *out)
{
    const char *start = value_cstr_or(args, "start", NULL), *end = value_cstr_or(args, "end", NULL);

    if (start)
        buf_addf(out, " from %s", start);
    if (end)
        buf_addf(out, " to %s", end);
}

bool prom_tool_available(const struct tool_env *env)
{
    return env->prometheus != NULL;
}

bool am_tool_available(const struct tool_env *env)
{
    return env->alertmanager != NULL;
}

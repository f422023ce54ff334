/* client.c - typed calls of one Prometheus server: see prometheus.h. Rides on rest.h. */
#include "runbook/service/prometheus.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "src/service/rest.h"

struct prometheus {
    struct rest *rest;
    struct prom_caps caps;
};

struct query {
    enum prom_api api;
    struct prom_caps caps;
    prom_done_fn *done;
    void *ctx;
    struct prom_reply reply;
};

enum err_code prometheus_new(struct loop *l, struct http_client *http,
                             const struct prometheus_options *opts, struct prometheus **ret,
                             struct err *err)
{
    struct rest_options ro = {.name = "Prometheus",
                              .url = opts->url,
                              .auth = opts->auth,
                              .user = opts->user,
                              .secret = opts->secret,
                              .tls = opts->tls,
                              .headers = opts->headers,
                              .header_count = opts->header_count,
                              .timeout_ms = opts->timeout_ms,
                              .max_body_bytes = opts->max_body_bytes};
    struct rest *rest;
    struct prometheus *p;

    if (rest_new(l, http, &ro, &rest, err))
        return err->code;
    p = xcalloc(1, sizeof(*p));
    p->rest = rest;
    p->caps = opts->caps;
    *ret = p;
    return ERR_OK;
}

void prometheus_free(struct prometheus *p)
{
    if (!p)
        return;
    rest_free(p->rest);
    free(p);
}

const char *prometheus_url(const struct prometheus *p)
{
    return rest_url(p->rest);
}

void prometheus_cancel(struct prometheus *p, prom_id id)
{
    rest_cancel(p->rest, id);
}

static void check_samples(struct query *q, struct rest_reply *r)
{
    struct prom_caps caps = q->caps;
    struct prom_answer a;

    caps.count_only = true;
    if (prom_decode(buf_str(&r->body), &caps, r->arena, &a, &r->err))
        return;
    q->reply.type = a.type;
    q->reply.rows = a.series_count + a.names.count;
    q->reply.samples = a.sample_count;
    q->reply.warnings = a.warnings;
    if (a.type == PROM_MATRIX && a.sample_count == 0 && a.histogram_count == 0)
        q->reply.rows = 0;
}

static void check(void *ctx, struct rest_reply *r)
{
    struct query *q = ctx;
    struct str body = buf_str(&r->body);
    struct prom_alerts alerts;
    struct prom_rules rules;
    struct prom_targets targets;
    struct prom_metas metas;
    struct prom_build build;

    switch (q->api) {
    case PROM_API_QUERY:
    case PROM_API_RANGE:
    case PROM_API_SERIES:
    case PROM_API_LABELS:
    case PROM_API_LABEL_VALUES:
        check_samples(q, r);
        break;
    case PROM_API_METADATA:
        if (!prom_decode_metadata(body, r->arena, &metas, &r->err))
            q->reply.rows = metas.count;
        break;
    case PROM_API_ALERTS:
        if (!prom_decode_alerts(body, r->arena, &alerts, &r->err))
            q->reply.rows = alerts.count;
        break;
    case PROM_API_RULES:
        if (!prom_decode_rules(body, r->arena, &rules, &r->err))
            q->reply.rows = rules.count;
        break;
    case PROM_API_TARGETS:
        if (!prom_decode_targets(body, r->arena, &targets, &r->err))
            q->reply.rows = targets.count + targets.dropped;
        break;
    case PROM_API_BUILD:
        if (!prom_decode_build(body, r->arena, &build, &r->err))
            q->reply.rows = 1;
        break;
    case PROM_APIS:
        break;
    }
}

static void done(void *ctx, struct rest_reply *r)
{
    struct query *q = ctx;

    q->reply.err = r->err;
    q->reply.body = &r->body;
    q->reply.http_status = r->http_status;
    q->reply.duration_ms = r->duration_ms;
    q->reply.state = r->err.code ? PROM_ERROR : q->reply.rows ? PROM_DATA : PROM_EMPTY;
    q->done(q->ctx, &q->reply);
}

static void fail(int status, const char *content_type, struct str body, struct err *err)
{
    prom_http_error(status, content_type, body, err);
}

prom_id prometheus_send(struct prometheus *p, const struct prom_request *req, prom_done_fn *done_fn,
                        void *ctx)
{
    static const struct rest_ops ops = {check, done, free, fail};
    struct query *q = xcalloc(1, sizeof(*q));
    struct buf path = BUF_INIT(4096), params = BUF_INIT(1 << 20);
    struct rest_request rr = {.timeout_ms = req->timeout_ms};
    struct err err = ERR_INIT;
    prom_id id;

    *q = (struct query){.api = req->api, .caps = p->caps, .done = done_fn, .ctx = ctx};
    if (prom_request_build(req, &path, &params, &rr.post, &q->reply.step_ms, &err))
        rr.refused = &err;
    rr.path = buf_str(&path);
    rr.params = buf_str(&params);
    id = rest_send(p->rest, &rr, &ops, q);
    buf_release(&path);
    buf_release(&params);
    return id;
}

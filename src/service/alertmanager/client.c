/* client.c - typed calls of one Alertmanager: see alertmanager.h. Rides on rest.h. */
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/alertmanager.h"
#include "src/service/rest.h"

struct alertmanager {
    struct rest *rest;
};

struct query {
    enum am_api api;
    am_done_fn *done;
    void *ctx;
    struct am_reply reply;
};

enum err_code alertmanager_new(struct loop *l, struct http_client *http,
                               const struct alertmanager_options *opts, struct alertmanager **ret,
                               struct err *err)
{
    struct rest_options ro = {.name = "Alertmanager",
                              .url = opts->url,
                              .auth = opts->auth,
                              .user = opts->user,
                              .secret = opts->secret,
                              .tls = opts->tls,
                              .timeout_ms = opts->timeout_ms,
                              .max_body_bytes = opts->max_body_bytes};
    struct rest *rest;
    struct alertmanager *am;

    if (rest_new(l, http, &ro, &rest, err))
        return err->code;
    am = xcalloc(1, sizeof(*am));
    am->rest = rest;
    *ret = am;
    return ERR_OK;
}

void alertmanager_free(struct alertmanager *am)
{
    if (!am)
        return;
    rest_free(am->rest);
    free(am);
}

const char *alertmanager_url(const struct alertmanager *am)
{
    return rest_url(am->rest);
}

void alertmanager_cancel(struct alertmanager *am, am_id id)
{
    rest_cancel(am->rest, id);
}

static void check(void *ctx, struct rest_reply *r)
{
    struct query *q = ctx;
    struct str body = buf_str(&r->body);
    struct am_alerts alerts;
    struct am_groups groups;
    struct am_silences silences;
    struct am_status status;

    switch (q->api) {
    case AM_API_ALERTS:
        if (!am_decode_alerts(body, r->arena, &alerts, &r->err))
            q->reply.rows = alerts.count;
        break;
    case AM_API_GROUPS:
        if (!am_decode_groups(body, r->arena, &groups, &r->err))
            q->reply.rows = groups.count;
        break;
    case AM_API_SILENCES:
        if (!am_decode_silences(body, r->arena, &silences, &r->err))
            q->reply.rows = silences.count;
        break;
    case AM_API_STATUS:
        if (!am_decode_status(body, r->arena, &status, &r->err))
            q->reply.rows = 1;
        break;
    case AM_APIS:
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

/* An error of API v2 is a JSON string, or {"code":400,"message":"..."}. */
static void fail(int status, const char *content_type, struct str body, struct err *err)
{
    struct arena *a = arena_new(1024);
    const struct value *root;
    struct err ignored;

    if (!json_parse(a, body, &root, &ignored)) {
        if (root->type == VALUE_STRING)
            body = root->u.string;
        else if (value_get(root, "message"))
            body = value_str_or(root, "message", "");
    }
    rest_http_error("Alertmanager", status, content_type, body, err);
    arena_free(a);
}

static void build(const struct am_request *req, struct buf *params)
{
    for (size_t i = 0; i < req->filter_count; i++) {
        buf_adds(params, params->len ? "&filter=" : "filter=");
        url_encode(params, str_from(req->filters[i]));
    }
    if (req->no_silenced)
        buf_adds(params, params->len ? "&silenced=false" : "silenced=false");
    if (req->no_inhibited)
        buf_adds(params, params->len ? "&inhibited=false" : "inhibited=false");
}

am_id alertmanager_send(struct alertmanager *am, const struct am_request *req, am_done_fn *done_fn,
                        void *ctx)
{
    static const struct rest_ops ops = {check, done, free, fail};
    static const char *const paths[AM_APIS] = {"/api/v2/alerts", "/api/v2/alerts/groups",
                                               "/api/v2/silences", "/api/v2/status"};
    struct query *q = xcalloc(1, sizeof(*q));
    struct buf params = BUF_INIT(1 << 20);
    struct rest_request rr = {.path = str_from(paths[req->api]), .timeout_ms = req->timeout_ms};
    am_id id;

    *q = (struct query){.api = req->api, .done = done_fn, .ctx = ctx};
    build(req, &params);
    rr.params = buf_str(&params);
    id = rest_send(am->rest, &rr, &ops, q);
    buf_release(&params);
    return id;
}

static void check_nothing(void *ctx, struct rest_reply *r)
{
    (void)ctx;
    (void)r;
}

am_id alertmanager_call(struct alertmanager *am, const char *method, const char *path,
                        struct str json, am_done_fn *done_fn, void *ctx)
{
    static const struct rest_ops ops = {check_nothing, done, free, fail};
    struct query *q = xcalloc(1, sizeof(*q));
    struct rest_request rr = {.path = str_from(path), .json = json};

    if (strcmp(method, "GET") != 0)
        rr.method = method;
    *q = (struct query){.api = AM_APIS, .done = done_fn, .ctx = ctx};
    return rest_send(am->rest, &rr, &ops, q);
}

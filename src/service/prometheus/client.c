/* client.c - requests under way: see prometheus.h.
 * A call owns its body and its reply's texts until done() returns. While its answer is checked on
 * the thread pool it cannot be freed, so a canceled call is cut off from the client and frees
 * itself. */
#include "runbook/service/prometheus.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"

#define BODY_MAX ((size_t)64 << 20)
#define TIMEOUT_MS 30000
#define RETRIES 2
#define INLINE_CHECK_BYTES ((size_t)128 << 10) /* checked in about a millisecond */

struct call {
    struct call *next, *prev;
    struct prometheus *p; /* NULL: canceled, or the client is gone */
    prom_id id;
    prom_done_fn *done;
    void *ctx;
    enum prom_api api;
    struct prom_caps caps;
    xfer_id xfer;
    loop_id timer;
    bool in_job;
    struct arena *arena; /* the reply's texts */
    struct buf body;
    struct prom_reply reply;
};

struct prometheus {
    struct loop *loop;
    struct http_client *http;
    struct prometheus_options opts;
    struct http_tls tls;
    char *url;
    char *user;
    struct secret *secret;
    struct call *calls;
    prom_id next_id;
};

static enum err_code check_url(const char *url, struct err *err)
{
    struct str s = str_from(url), rest;
    size_t host;

    if (!url || !s.len)
        return err_set(err, ERR_INPUT,
                       "the Prometheus URL is empty: give one like http://127.0.0.1:9090");
    if (!str_starts(s, "http://") && !str_starts(s, "https://"))
        return err_set(err, ERR_INPUT, "the Prometheus URL must begin with http:// or https://");
    host = str_starts(s, "https://") ? 8 : 7;
    rest = (struct str){s.ptr + host, s.len - host};
    if (rest.len == 0 || strcspn(rest.ptr, "/") == 0)
        return err_set(err, ERR_INPUT, "the Prometheus URL names no host");
    if (memchr(rest.ptr, '@', strcspn(rest.ptr, "/")))
        return err_set(
            err, ERR_INPUT,
            "the Prometheus URL holds a user: put user and password into the configuration");
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c <= ' ' || c == 0x7F || c == '?' || c == '#')
            return err_set(err, ERR_INPUT, "the Prometheus URL must end with host, port and path");
    }
    return ERR_OK;
}

enum err_code prometheus_new(struct loop *l, struct http_client *http,
                             const struct prometheus_options *opts, struct prometheus **ret,
                             struct err *err)
{
    struct prometheus *p;
    size_t len;

    if (check_url(opts->url, err))
        return err->code;
    p = xcalloc(1, sizeof(*p));
    len = strlen(opts->url);
    while (len && opts->url[len - 1] == '/')
        len--;
    p->loop = l;
    p->http = http;
    p->opts = *opts;
    p->url = xstrndup(opts->url, len);
    p->user = opts->user ? xstrdup(opts->user) : NULL;
    p->secret = opts->secret ? secret_dup(opts->secret) : NULL;
    if (opts->tls)
        p->tls = *opts->tls;
    p->opts.timeout_ms = opts->timeout_ms > 0 ? opts->timeout_ms : TIMEOUT_MS;
    p->opts.max_body_bytes = opts->max_body_bytes ? opts->max_body_bytes : BODY_MAX;
    *ret = p;
    return ERR_OK;
}

static void call_free(struct call *c)
{
    arena_free(c->arena);
    buf_release(&c->body);
    free(c);
}

static void unlink_call(struct call *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->p->calls = c->next;
    c->p = NULL;
}

/* Stop it silently. What the thread pool works on frees itself when it comes back. */
static void drop(struct call *c)
{
    struct prometheus *p = c->p;

    unlink_call(c);
    if (c->timer)
        loop_timer_cancel(p->loop, c->timer);
    if (c->xfer) {
        http_cancel(p->http, c->xfer); /* on_done comes, and frees */
        return;
    }
    if (!c->in_job)
        call_free(c);
}

void prometheus_free(struct prometheus *p)
{
    if (!p)
        return;
    while (p->calls)
        drop(p->calls);
    free(p->url);
    free(p->user);
    secret_free(p->secret);
    free(p);
}

const char *prometheus_url(const struct prometheus *p)
{
    return p->url;
}

void prometheus_cancel(struct prometheus *p, prom_id id)
{
    for (struct call *c = p->calls; c; c = c->next) {
        if (c->id == id) {
            drop(c);
            return;
        }
    }
}

static void deliver(struct call *c)
{
    prom_done_fn *done = c->done;

    if (c->reply.err.code) {
        c->reply.state = PROM_ERROR;
        err_wrap(&c->reply.err, "Prometheus %s", c->p->url);
    } else {
        c->reply.state = c->reply.rows ? PROM_DATA : PROM_EMPTY;
    }
    LOG(LOG_PROM, "call %llu: HTTP %d, %zu bytes, %zu rows%s%s", (unsigned long long)c->id,
        c->reply.http_status, c->body.len, c->reply.rows, c->reply.err.code ? ": " : "",
        c->reply.err.msg);
    unlink_call(c);
    done(c->ctx, &c->reply);
    call_free(c);
}

static void deliver_later(void *ctx)
{
    struct call *c = ctx;

    c->timer = 0;
    deliver(c);
}

static void check_samples(struct call *c)
{
    struct prom_caps caps = c->caps;
    struct prom_answer a;

    caps.count_only = true;
    if (prom_decode(buf_str(&c->body), &caps, c->arena, &a, &c->reply.err))
        return;
    c->reply.type = a.type;
    c->reply.rows = a.series_count + a.names.count;
    c->reply.samples = a.sample_count;
    c->reply.warnings = a.warnings;
    if (a.type == PROM_MATRIX && a.sample_count == 0 && a.histogram_count == 0)
        c->reply.rows = 0;
}

static void check_small(struct call *c)
{
    struct arena *a = arena_new(0);
    struct str body = buf_str(&c->body);
    struct err *err = &c->reply.err;
    struct prom_alerts alerts = {0};
    struct prom_rules rules = {0};
    struct prom_targets targets = {0};
    struct prom_metas metas = {0};
    struct prom_build build;

    if (c->api == PROM_API_ALERTS && !prom_decode_alerts(body, a, &alerts, err))
        c->reply.rows = alerts.count;
    else if (c->api == PROM_API_RULES && !prom_decode_rules(body, a, &rules, err))
        c->reply.rows = rules.count;
    else if (c->api == PROM_API_TARGETS && !prom_decode_targets(body, a, &targets, err))
        c->reply.rows = targets.count + targets.dropped;
    else if (c->api == PROM_API_METADATA && !prom_decode_metadata(body, a, &metas, err))
        c->reply.rows = metas.count;
    else if (c->api == PROM_API_BUILD && !prom_decode_build(body, a, &build, err))
        c->reply.rows = 1;
    arena_free(a);
}

/* On any thread: touches only what the call owns. */
static void check_work(void *ctx)
{
    struct call *c = ctx;

    switch (c->api) {
    case PROM_API_QUERY:
    case PROM_API_RANGE:
    case PROM_API_SERIES:
    case PROM_API_LABELS:
    case PROM_API_LABEL_VALUES:
        check_samples(c);
        break;
    case PROM_API_METADATA:
    case PROM_API_ALERTS:
    case PROM_API_RULES:
    case PROM_API_TARGETS:
    case PROM_API_BUILD:
    case PROM_APIS:
        check_small(c);
        break;
    }
}

static void check_done(void *ctx, bool canceled)
{
    struct call *c = ctx;

    c->in_job = false;
    if (!c->p) {
        call_free(c);
        return;
    }
    if (canceled)
        err_set(&c->reply.err, ERR_CANCELED, "canceled");
    deliver(c);
}

static void on_data(void *ctx, struct str piece)
{
    struct call *c = ctx;

    buf_add_str(&c->body, piece); /* http stops at the same cap */
}

static void check_answer(struct call *c, const struct http_result *r)
{
    struct str body = buf_str(&c->body);

    if (str_ifind(str_from(r->content_type), STR_LIT("text/html")) >= 0) {
        prom_http_error((int)r->status, r->content_type, body, &c->reply.err);
        deliver(c);
    } else if (body.len <= INLINE_CHECK_BYTES) {
        check_work(c);
        deliver(c);
    } else {
        c->in_job = true;
        loop_job(c->p->loop, check_work, check_done, c);
    }
}

static void on_done(void *ctx, const struct http_result *r)
{
    struct call *c = ctx;

    c->xfer = 0;
    if (!c->p) {
        call_free(c);
        return;
    }
    c->reply.http_status = (int)r->status;
    c->reply.duration_ms = r->duration_ms;
    if (r->err.code) {
        c->reply.err = r->err;
    } else if (buf_check(&c->body, "the answer", &c->reply.err)) {
        err_wrap(&c->reply.err, "narrow the query");
    } else if (r->status < 200 || r->status >= 300) {
        buf_clear(&c->body);
        buf_add_str(&c->body, r->body);
        prom_http_error((int)r->status, r->content_type, r->body, &c->reply.err);
    } else {
        check_answer(c, r);
        return;
    }
    deliver(c);
}

static void send_http(struct call *c, struct str path, struct str params, bool post,
                      int64_t timeout_ms)
{
    static const struct http_callbacks callbacks = {.on_data = on_data, .on_done = on_done};
    struct prometheus *p = c->p;
    char *url = xasprintf("%s%.*s%s%.*s", p->url, STR_FMT(path), post || !params.len ? "" : "?",
                          post ? 0 : (int)params.len, params.ptr ? params.ptr : "");
    struct http_request req = {.method = post ? "POST" : "GET",
                               .url = url,
                               .headers = p->opts.headers,
                               .header_count = p->opts.header_count,
                               .auth = p->opts.auth,
                               .user = p->user,
                               .secret = p->secret,
                               .tls = p->opts.tls ? &p->tls : NULL,
                               .timeout_ms = timeout_ms > 0 ? timeout_ms : p->opts.timeout_ms,
                               .max_body_bytes = p->opts.max_body_bytes,
                               .retries = RETRIES,
                               .may_repeat = true,
                               .stream = true,
                               .follow_redirects = true};

    if (post) {
        req.body = params;
        req.content_type = "application/x-www-form-urlencoded";
    }
    c->xfer = http_send(p->http, &req, &callbacks, c);
    free(url);
}

prom_id prometheus_send(struct prometheus *p, const struct prom_request *req, prom_done_fn *done,
                        void *ctx)
{
    struct call *c = xcalloc(1, sizeof(*c));
    struct buf path = BUF_INIT(4096), params = BUF_INIT(1 << 20);
    bool post = false;

    c->p = p;
    c->id = ++p->next_id;
    c->done = done;
    c->ctx = ctx;
    c->api = req->api;
    c->caps = p->opts.caps;
    c->arena = arena_new(512);
    buf_init(&c->body, p->opts.max_body_bytes);
    c->reply.body = &c->body;
    c->next = p->calls;
    if (c->next)
        c->next->prev = c;
    p->calls = c;
    if (prom_request_build(req, &path, &params, &post, &c->reply.step_ms, &c->reply.err))
        c->timer = loop_timer(p->loop, 0, deliver_later, c);
    else
        send_http(c, buf_str(&path), buf_str(&params), post, req->timeout_ms);
    buf_release(&path);
    buf_release(&params);
    return c->id;
}

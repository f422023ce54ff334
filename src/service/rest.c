/* rest.c - see rest.h. */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"

#define BODY_MAX ((size_t)64 << 20)
#define TIMEOUT_MS 30000
#define RETRIES 2
#define INLINE_CHECK_BYTES ((size_t)128 << 10) /* checked in about a millisecond */

struct call {
    struct call *next, *prev;
    struct rest *r; /* NULL: canceled, or the client is gone */
    rest_id id;
    const struct rest_ops *ops;
    void *ctx;
    xfer_id xfer;
    loop_id timer;
    bool in_job;
    struct rest_reply reply;
};

struct rest {
    struct loop *loop;
    struct http_client *http;
    struct rest_options opts;
    struct http_tls tls;
    char *url;
    char *user;
    struct secret *secret;
    struct call *calls;
    rest_id next_id;
};

static enum err_code check_url(const char *name, const char *url, struct err *err)
{
    struct str s = str_from(url), rest;
    size_t host;

    if (!s.len)
        return err_set(err, ERR_INPUT, "the %s URL is empty", name);
    if (!str_starts(s, "http://") && !str_starts(s, "https://"))
        return err_set(err, ERR_INPUT, "the %s URL must begin with http:// or https://", name);
    host = str_starts(s, "https://") ? 8 : 7;
    rest = (struct str){s.ptr + host, s.len - host};
    if (rest.len == 0 || *rest.ptr == '/')
        return err_set(err, ERR_INPUT, "the %s URL names no host", name);
    if (memchr(rest.ptr, '@', strcspn(rest.ptr, "/")))
        return err_set(err, ERR_INPUT,
                       "the %s URL holds a user: put user and password into the configuration",
                       name);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c <= ' ' || c == 0x7F || c == '?' || c == '#')
            return err_set(err, ERR_INPUT, "the %s URL must end with host, port and path", name);
    }
    return ERR_OK;
}

enum err_code rest_new(struct loop *l, struct http_client *http, const struct rest_options *opts,
                       struct rest **ret, struct err *err)
{
    struct rest *r;
    size_t len;

    if (check_url(opts->name, opts->url, err))
        return err->code;
    r = xcalloc(1, sizeof(*r));
    len = strlen(opts->url);
    while (opts->url[len - 1] == '/')
        len--;
    r->loop = l;
    r->http = http;
    r->opts = *opts;
    r->url = xstrndup(opts->url, len);
    r->user = opts->user ? xstrdup(opts->user) : NULL;
    r->secret = opts->secret ? secret_dup(opts->secret) : NULL;
    if (opts->tls)
        r->tls = *opts->tls;
    r->opts.timeout_ms = opts->timeout_ms > 0 ? opts->timeout_ms : TIMEOUT_MS;
    r->opts.max_body_bytes = opts->max_body_bytes ? opts->max_body_bytes : BODY_MAX;
    *ret = r;
    return ERR_OK;
}

static void call_free(struct call *c)
{
    c->ops->free(c->ctx);
    arena_free(c->reply.arena);
    buf_release(&c->reply.body);
    free(c);
}

static void unlink_call(struct call *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->r->calls = c->next;
    c->r = NULL;
}

static void drop(struct call *c)
{
    struct rest *r = c->r;

    unlink_call(c);
    if (c->timer)
        loop_timer_cancel(r->loop, c->timer);
    if (c->xfer)
        http_abandon(r->http, c->xfer);
    if (!c->in_job)
        call_free(c);
}

void rest_free(struct rest *r)
{
    if (!r)
        return;
    while (r->calls)
        drop(r->calls);
    free(r->url);
    free(r->user);
    secret_free(r->secret);
    free(r);
}

const char *rest_url(const struct rest *r)
{
    return r->url;
}

void rest_cancel(struct rest *r, rest_id id)
{
    for (struct call *c = r->calls; c; c = c->next) {
        if (c->id == id) {
            drop(c);
            return;
        }
    }
}

static void deliver(struct call *c)
{
    if (c->reply.err.code)
        err_wrap(&c->reply.err, "%s %s", c->r->opts.name, c->r->url);
    LOG(LOG_PROM, "%s call %llu: HTTP %d, %zu bytes%s%s", c->r->opts.name,
        (unsigned long long)c->id, c->reply.http_status, c->reply.body.len,
        c->reply.err.code ? ": " : "", c->reply.err.msg);
    unlink_call(c);
    c->ops->done(c->ctx, &c->reply);
    call_free(c);
}

static void on_refused(void *ctx)
{
    struct call *c = ctx;

    c->timer = 0;
    deliver(c);
}

static void check_work(void *ctx)
{
    struct call *c = ctx;

    c->ops->check(c->ctx, &c->reply);
}

static void check_done(void *ctx, bool canceled)
{
    struct call *c = ctx;

    c->in_job = false;
    if (!c->r) {
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

    buf_add_str(&c->reply.body, piece); /* http stops at the same cap */
}

static void check_answer(struct call *c)
{
    if (c->reply.body.len <= INLINE_CHECK_BYTES) {
        check_work(c);
        deliver(c);
        return;
    }
    c->in_job = true;
    loop_job(c->r->loop, check_work, check_done, c);
}

static void on_done(void *ctx, const struct http_result *res)
{
    struct call *c = ctx;
    bool html = str_ifind(str_from(res->content_type), STR_LIT("text/html")) >= 0;

    c->xfer = 0;
    c->reply.http_status = (int)res->status;
    c->reply.duration_ms = res->duration_ms;
    if (res->err.code) {
        c->reply.err = res->err;
    } else if (res->status < 200 || res->status >= 300) {
        buf_clear(&c->reply.body);
        buf_add_str(&c->reply.body, res->body);
        c->ops->fail((int)res->status, res->content_type, res->body, &c->reply.err);
    } else if (html) {
        c->ops->fail((int)res->status, res->content_type, buf_str(&c->reply.body), &c->reply.err);
    } else if (!buf_check(&c->reply.body, "the answer", &c->reply.err)) {
        check_answer(c);
        return;
    }
    deliver(c);
}

static xfer_id send_http(struct call *c, const struct rest_request *q)
{
    static const struct http_callbacks callbacks = {.on_data = on_data, .on_done = on_done};
    struct rest *r = c->r;
    bool in_url = !q->post && q->params.len;
    char *url = xasprintf("%s%.*s%s%.*s", r->url, STR_FMT(q->path), in_url ? "?" : "",
                          in_url ? (int)q->params.len : 0, in_url ? q->params.ptr : "");
    struct http_request req = {.method = q->post ? "POST" : "GET",
                               .url = url,
                               .headers = r->opts.headers,
                               .header_count = r->opts.header_count,
                               .auth = r->opts.auth,
                               .user = r->user,
                               .secret = r->secret,
                               .tls = r->opts.tls ? &r->tls : NULL,
                               .timeout_ms = q->timeout_ms > 0 ? q->timeout_ms : r->opts.timeout_ms,
                               .max_body_bytes = r->opts.max_body_bytes,
                               .retries = RETRIES,
                               .may_repeat =
                                   true, /* all but those with a method of their own only read */
                               .stream = true,
                               .follow_redirects = true};
    xfer_id id;

    if (q->method) {
        req.method = q->method;
        req.body = q->json;
        req.content_type = q->json.len ? "application/json" : NULL;
        req.retries = 0;
        req.may_repeat = req.follow_redirects = false;
    }
    if (q->post) {
        req.body = q->params;
        req.content_type = "application/x-www-form-urlencoded";
    }
    id = http_send(r->http, &req, &callbacks, c);
    free(url);
    return id;
}

rest_id rest_send(struct rest *r, const struct rest_request *req, const struct rest_ops *ops,
                  void *ctx)
{
    struct call *c = xcalloc(1, sizeof(*c));

    c->r = r;
    c->id = ++r->next_id;
    c->ops = ops;
    c->ctx = ctx;
    c->reply.arena = arena_new(512);
    buf_init(&c->reply.body, r->opts.max_body_bytes);
    c->next = r->calls;
    if (c->next)
        c->next->prev = c;
    r->calls = c;
    if (req->refused) {
        c->reply.err = *req->refused;
        c->timer = loop_timer(r->loop, 0, on_refused, c);
    } else {
        c->xfer = send_http(c, req);
    }
    return c->id;
}

/* The title of an HTML page: where a proxy or a login page says what it is. */
static struct str html_title(struct str body)
{
    ptrdiff_t from = str_ifind(body, STR_LIT("<title>")), to;

    if (from < 0)
        return (struct str){0};
    body = (struct str){body.ptr + from + 7, body.len - (size_t)from - 7};
    to = str_ifind(body, STR_LIT("</title>"));
    return to < 0 ? (struct str){0} : str_trim((struct str){body.ptr, (size_t)to});
}

enum err_code rest_status_code(int status)
{
    switch (status) {
    case 400:
        return ERR_INPUT;
    case 401:
    case 403:
    case 407:
        return ERR_DENIED;
    case 404:
        return ERR_NOT_FOUND;
    case 408:
    case 504:
        return ERR_TIMEOUT;
    case 413:
        return ERR_LIMIT;
    case 429:
    case 502:
    case 503:
        return ERR_AGAIN;
    default:
        return ERR_REMOTE;
    }
}

const char *rest_advice(int status)
{
    if (status == 401 || status == 403)
        return "; check the user and the password or token";
    if (status == 404)
        return "; is the URL right, with its path prefix?";
    if (status >= 300 && status < 400)
        return "; give the URL that it redirects to";
    return "";
}

enum err_code rest_http_error(const char *name, int status, const char *content_type,
                              struct str body, struct err *err)
{
    struct buf seen = BUF_INIT(4096);
    struct str trimmed = str_trim(body);
    bool html = str_ifind(str_from(content_type), STR_LIT("text/html")) >= 0 ||
                (trimmed.len && *trimmed.ptr == '<');
    int width;

    text_sanitize(&seen, text_fit(html ? html_title(body) : trimmed, 200, &width), false, false);
    if (html)
        err_set(err, rest_status_code(status),
                "HTTP %d with an HTML page (%s), not from %s: a proxy or a login page?%s", status,
                seen.len ? buf_cstr(&seen) : "untitled", name, rest_advice(status));
    else
        err_set(err, rest_status_code(status), "HTTP %d%s%s%s", status, seen.len ? ": " : "",
                buf_cstr(&seen), rest_advice(status));
    buf_release(&seen);
    return err->code;
}

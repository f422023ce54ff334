/* call_send.c - one HTTP request of a call: its headers and signature, its bytes, its clocks, and
 * what its end means. Repeating is decided in call.c; the HTTP client repeats nothing here. */
#include "src/llm/llm_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/net/sigv4.h"

#define BODY_MAX ((size_t)64 << 20)
#define LINGER_MS 1000
#define HEADERS_MAX 8
#define GO_ON                                                                                      \
    "The connection was lost while you answered; everything up to here arrived. Go on exactly "    \
    "where your text stops, in the middle of a word if need be. Repeat nothing, and do not "       \
    "mention the interruption."

/* ---- attempts ---- */

void attempt_free(struct attempt *at)
{
    struct llm *m = at->m;

    for (size_t i = 0; i < m->attempts.count; i++)
        if (m->attempts.items[i] == at) {
            m->attempts.items[i] = m->attempts.items[--m->attempts.count];
            break;
        }
    loop_timer_cancel(m->loop, at->linger);
    if (at->xfer)
        http_abandon(m->http, at->xfer);
    free(at);
}

static void on_linger(void *ctx)
{
    struct attempt *at = ctx;

    at->linger = 0;
    http_cancel(at->m->http, at->xfer);
}

void call_orphan(struct call *c, bool stop)
{
    struct attempt *at = c->attempt;

    loop_timer_cancel(c->m->loop, c->watch);
    c->watch = 0;
    c->attempt = NULL;
    if (!at)
        return;
    at->call = NULL;
    if (stop)
        http_cancel(c->m->http, at->xfer);
    else /* its last bytes are on the way: the connection can be used again */
        at->linger = loop_timer(c->m->loop, LINGER_MS, on_linger, at);
}

static void fail(struct call *c, enum llm_failure f, const struct err *why, int64_t wait_ms,
                 int word)
{
    call_orphan(c, true);
    call_failed(c, f, why, wait_ms, word);
}

/* ---- clocks ---- */

static void on_watch(void *ctx)
{
    struct call *c = ctx;
    bool first = c->byte_ms < c->sent_ms;
    int64_t limit_ms = first ? c->m->first_byte_ms : c->m->idle_ms;
    int64_t left_ms = (first ? c->sent_ms : c->byte_ms) + limit_ms - loop_now_ms(c->m->loop);
    char within[TIME_TEXT_MAX];
    struct err err = ERR_INIT;

    c->watch = 0;
    if (left_ms > 0) {
        c->watch = loop_timer(c->m->loop, left_ms, on_watch, c);
        return;
    }
    duration_format(limit_ms, within);
    err_set(&err, ERR_TIMEOUT, first ? "no answer within %s" : "the answer stood still for %s",
            within);
    fail(c, LLM_FAIL_TIMEOUT, &err, -1, -1);
}

static void arm_watch(struct call *c)
{
    int64_t ms = c->m->first_byte_ms < c->m->idle_ms ? c->m->first_byte_ms : c->m->idle_ms;

    c->watch = loop_timer(c->m->loop, ms, on_watch, c);
}

/* ---- what comes ---- */

static void on_data(void *ctx, struct str piece)
{
    struct attempt *at = ctx;
    struct call *c = at->call;
    struct err err = ERR_INIT;
    enum err_code rc;

    if (!c)
        return;
    c->byte_ms = loop_now_ms(c->m->loop);
    if (c->first_byte_ms < 0)
        c->first_byte_ms = c->byte_ms - c->sent_ms;
    rc = c->wire->feed(c->reader, piece, &err);
    if (c->canceled)
        return;
    if (rc) {
        fail(c, c->answer->failure ? c->answer->failure : LLM_FAIL_PROTOCOL, &err, -1, -1);
    } else if (c->answer->whole) {
        call_orphan(c, false);
        call_finished(c);
    }
}

/* Source: both official SDKs; seconds may have a fraction. -1: nothing usable was said. */
int64_t retry_after_ms(const char *ms, const char *after, int64_t wall_ms)
{
    double n;
    int64_t at;

    if (ms && num_f64(str_trim(str_from(ms)), &n) && n > 0 && n < 1e12)
        return (int64_t)n;
    if (!after)
        return -1;
    if (num_f64(str_trim(str_from(after)), &n))
        return n > 0 && n < 1e9 ? (int64_t)(n * 1000) : -1;
    if (time_parse_http(str_from(after), &at) && at > wall_ms)
        return at - wall_ms;
    return -1;
}

static void refused(struct call *c, const struct http_result *r)
{
    const char *should = r->header(r, "x-should-retry"), *id = r->header(r, "request-id");
    int64_t wait_ms = retry_after_ms(r->header(r, "retry-after-ms"), r->header(r, "retry-after"),
                                     loop_wall_ms(c->m->loop));
    struct err err = ERR_INIT;
    enum llm_failure f;
    struct str body_id;
    int word = cstr_eq(should, "true") ? 1 : cstr_eq(should, "false") ? 0 : -1;

    f = refusal_http((int)r->status, r->content_type, r->body, c->answer->arena, &body_id, &err);
    if (!id)
        id = r->header(r, "x-request-id");
    if (!id)
        id = r->header(r, "x-amzn-requestid");
    c->answer->request_id = id ? str_from(arena_strdup(c->answer->arena, id)) : body_id;
    call_failed(c, f, &err, wait_ms, word);
}

static enum llm_failure kind_of(enum err_code code)
{
    switch (code) {
    case ERR_TIMEOUT:
        return LLM_FAIL_TIMEOUT;
    case ERR_NET:
    case ERR_IO:
    case ERR_AGAIN:
    case ERR_CANCELED:
        return LLM_FAIL_NET;
    case ERR_INPUT:
    case ERR_DENIED:
    case ERR_NOT_FOUND:
        return LLM_FAIL_CONFIG;
    case ERR_OK:
    case ERR_LIMIT:
    case ERR_REMOTE:
        return LLM_FAIL_PROTOCOL;
    }
    return LLM_FAIL_PROTOCOL;
}

static void ended(struct call *c, const struct http_result *r)
{
    struct err err = ERR_INIT;

    bool refusal = r->status && (r->status < 200 || r->status >= 300);

    if (r->err.code && !refusal) {
        call_failed(c, kind_of(r->err.code), &r->err, -1, -1);
    } else if (refusal) { /* be its body cut */
        refused(c, r);
    } else if (c->wire->end(c->reader, &err)) {
        call_failed(c, c->answer->failure ? c->answer->failure : LLM_FAIL_NET, &err, -1, -1);
    } else {
        call_finished(c);
    }
}

static void on_done(void *ctx, const struct http_result *r)
{
    struct attempt *at = ctx;
    struct call *c = at->call;

    at->xfer = 0;
    attempt_free(at);
    if (!c)
        return;
    c->attempt = NULL;
    call_orphan(c, false);
    ended(c, r);
}

/* ---- what is sent ---- */

/* The request with what was said so far behind it, when there is something to go on with. */
static const struct llm_request *with_cut(struct call *c, struct llm_block *note,
                                          struct llm_message *messages, struct llm_request *ret)
{
    if (!answer_has_text(c->answer))
        return c->req;
    *ret = *c->req;
    *note = (struct llm_block){.type = LLM_TEXT, .text = STR_LIT(GO_ON)};
    memcpy(messages, c->req->messages, c->req->message_count * sizeof(*messages));
    messages[ret->message_count++] = answer_message(c->answer);
    messages[ret->message_count++] = (struct llm_message){LLM_USER, note, 1};
    ret->messages = messages;
    return ret;
}

static enum err_code write_body(struct call *c, struct buf *body, struct err *err)
{
    struct target *t = call_target(c);
    struct wire_target wt = {.provider = t->provider,
                             .model = t->model,
                             .origin = t->origin,
                             .max_tokens = t->max_tokens,
                             .temperature = t->temperature,
                             .thinking = t->thinking};
    struct llm_message *messages = xcalloc(c->req->message_count + 2, sizeof(*messages));
    struct llm_request changed;
    struct llm_block note;
    const struct llm_request *req = with_cut(c, &note, messages, &changed);
    struct json_writer w;

    wt.cut = req != c->req;
    json_writer_init(&w, body);
    t->wire->write(&wt, req, &w);
    free(messages);
    if (body->ptr) /* what was read before a key was known may repeat it */
        key_hide(c->m, body->ptr, body->len);
    return buf_check(body, "the request to the model", err);
}

static void make_url(const struct target *t, struct buf *out)
{
    struct wire_target wt = {.provider = t->provider, .model = t->model, .origin = t->origin};

    buf_adds(out, t->base_url);
    t->wire->path(&wt, out);
}

struct sending {
    struct http_header headers[HEADERS_MAX];
    size_t count;
    struct sigv4 sig;
};

static void add(struct sending *s, const char *name, const char *value)
{
    if (s->count < HEADERS_MAX)
        s->headers[s->count++] = (struct http_header){name, value};
}

/* "https://host:443/path?query" as host and target; a default port is not in Host. */
static void split_url(const char *url, struct str *ret_host, struct str *ret_target)
{
    struct str rest = str_from(url);
    ptrdiff_t at = str_find(rest, STR_LIT("://"));
    size_t skip = at < 0 ? 0 : (size_t)at + 3;
    const char *slash;

    rest = (struct str){rest.ptr + skip, rest.len - skip};
    slash = memchr(rest.ptr, '/', rest.len);
    ret_host->ptr = rest.ptr;
    ret_host->len = slash ? (size_t)(slash - rest.ptr) : rest.len;
    *ret_target = slash ? (struct str){slash, rest.len - ret_host->len} : STR_LIT("/");
    if (str_starts(str_from(url), "https:") && str_ends(*ret_host, ":443"))
        ret_host->len -= 4;
    if (str_starts(str_from(url), "http:") && str_ends(*ret_host, ":80"))
        ret_host->len -= 3;
}

static void sign(struct call *c, const char *url, struct str body, struct sending *s)
{
    struct sigv4_header host = {.name = STR_LIT("host")};
    struct sigv4_request r = {.method = "POST", .headers = &host, .header_count = 1, .body = body};
    struct sigv4_options o = {.access_key = secret_reveal(c->key.aws_id),
                              .secret_key = secret_reveal(c->key.aws_secret),
                              .session_token = secret_reveal(c->key.aws_token),
                              .region = call_target(c)->region,
                              .service = "bedrock",
                              .wall_ms = loop_wall_ms(c->m->loop)};

    if (!o.region)
        o.region = "us-east-1";
    split_url(url, &host.value, &r.target);
    sigv4_sign(&o, &r, &s->sig);
    add(s, "X-Amz-Date", s->sig.date);
    if (o.session_token.len)
        add(s, "X-Amz-Security-Token", o.session_token.ptr);
    add(s, "Authorization", buf_cstr(&s->sig.authorization));
}

static void authorise(struct call *c, const char *url, struct str body, struct sending *s,
                      struct http_request *req)
{
    const struct target *t = call_target(c);

    if (t->wire == &wire_anthropic)
        add(s, "anthropic-version", t->api_version ? t->api_version : "2026-10-21");
    if (c->key.key && t->provider->auth == AUTH_API_KEY) {
        add(s, "api-key", secret_reveal(c->key.key).ptr);
    } else if (c->key.key) {
        req->auth = HTTP_AUTH_BEARER;
        req->secret = c->key.key;
    } else if (c->key.aws_id) {
        sign(c, url, body, s);
    }
}

static void start(struct call *c, const char *url, struct str body)
{
    static const struct http_callbacks callbacks = {on_data, NULL, on_done};
    struct sending s = {.count = 0};
    struct attempt *at = xcalloc(1, sizeof(*at));
    struct http_request req = {.method = "POST",
                               .url = url,
                               .headers = s.headers,
                               .body = body,
                               .content_type = "application/json",
                               .connect_timeout_ms = 10000,
                               .timeout_ms = c->m->total_ms,
                               .max_body_bytes = BODY_MAX,
                               .may_repeat = true, /* a connection may be used again */
                               .stream = true};

    sigv4_init(&s.sig);
    add(&s, "Accept",
        call_target(c)->wire == &wire_bedrock ? "application/vnd.amazon.eventstream"
                                              : "text/event-stream, application/json");
    authorise(c, url, body, &s, &req);
    req.header_count = s.count;
    at->m = c->m;
    at->call = c;
    *VEC_PUSH(&c->m->attempts) = at;
    c->attempt = at;
    at->xfer = http_send(c->m->http, &req, &callbacks, at);
    sigv4_release(&s.sig);
}

void call_send(struct call *c)
{
    struct target *t = call_target(c);
    struct buf body = BUF_INIT(BODY_MAX), url = BUF_INIT(8192);
    struct err err = ERR_INIT;

    if (c->reader)
        c->wire->close(c->reader);
    c->wire = t->wire;
    c->reader = NULL;
    c->tries++;
    c->requests++;
    c->sent_ms = loop_now_ms(c->m->loop);
    c->byte_ms = c->sent_ms - 1;
    c->first_byte_ms = -1;
    if (write_body(c, &body, &err)) {
        call_failed(c, LLM_FAIL_CONTEXT, &err, -1, 0);
        buf_release(&body);
        return;
    }
    make_url(t, &url);
    c->reader = t->wire->open(c->answer);
    arm_watch(c);
    LOG(LOG_LLM, "call %llu: request %u to %s, %zu bytes", (unsigned long long)c->id, c->requests,
        t->origin, body.len);
    start(c, buf_cstr(&url), buf_str(&body));
    buf_release(&body);
    buf_release(&url);
}

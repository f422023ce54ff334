/* http.c - a server at a URL: each message is a POST, whose answer is JSON or an event stream; what
 * the server says unasked comes on a stream of a GET. A stream that breaks off is asked for again,
 * from the last event on, where events have ids. A session that the server has forgotten is begun
 * anew. Source: MCP 2025-11-25, transports, "Streamable HTTP". */
#include "src/mcp/mcp_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/net/sse.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define RETRY_MS 1000
#define RETRY_LONGEST_MS 60000
#define RESUMES_MAX 5
#define SESSION_MAX 512
#define EVENT_ID_MAX 1024

struct http_link {
    struct mcp_transport base;
    struct loop *loop;
    struct http_client *http;
    char *session; /* NULL: none */
    VEC(struct post *) posts;
};

/* One request of HTTP, or a chain of them when it is resumed. */
struct post {
    struct http_link *link;
    uint64_t request; /* 0: no answer is expected */
    bool listens;     /* the GET for what the server says unasked */
    bool initializes; /* its answer begins the session */
    xfer_id xfer;
    bool begun, is_json;
    struct buf json;
    struct sse_parser *sse;
    char *last_event;
    unsigned resumes;
    int64_t wait_ms;
    loop_id resume_timer;
};

static void send_post(struct post *p, struct str body);

static struct mcp_client *client_of(const struct post *p)
{
    return p->link->base.client;
}

static void post_free(struct post *p)
{
    struct http_link *l = p->link;

    for (size_t i = 0; i < l->posts.count; i++) {
        if (l->posts.items[i] == p)
            l->posts.items[i--] = l->posts.items[--l->posts.count];
    }
    loop_timer_cancel(l->loop, p->resume_timer);
    sse_free(p->sse);
    buf_release(&p->json);
    free(p->last_event);
    free(p);
}

static struct post *post_new(struct http_link *l, uint64_t request)
{
    struct post *p = xcalloc(1, sizeof(*p));

    p->link = l;
    p->request = request;
    p->wait_ms = RETRY_MS;
    buf_init(&p->json, MCP_MESSAGE_MAX);
    *VEC_PUSH(&l->posts) = p;
    return p;
}

/* ---- what comes ---- */

/* Visible ASCII only, as the standard wants, so that it is safe in a header. */
static bool visible(const char *s, size_t max)
{
    size_t n = 0;

    for (; s[n]; n++) {
        if (s[n] < 0x21 || s[n] > 0x7e)
            return false;
    }
    return n > 0 && n <= max;
}

static void on_head(void *ctx, const struct http_result *head)
{
    struct post *p = ctx;
    const char *session = head->header(head, "mcp-session-id");

    p->is_json = strncmp(head->content_type, "application/json", 16) == 0;
    if (p->initializes && session && visible(session, SESSION_MAX)) {
        free(p->link->session);
        p->link->session = xstrdup(session);
    }
}

static void on_event(void *ctx, const struct sse_event *ev)
{
    struct post *p = ctx;

    if (p->link->base.closed)
        return;
    if (ev->id.len && ev->id.len <= EVENT_ID_MAX) {
        free(p->last_event);
        p->last_event = xstrndup(ev->id.ptr, ev->id.len);
        if (!visible(p->last_event, EVENT_ID_MAX)) {
            free(p->last_event);
            p->last_event = NULL;
        }
    }
    if (ev->data.len && (!ev->type.len || str_eq_c(ev->type, "message")))
        client_on_message(client_of(p), ev->data);
}

static void on_data(void *ctx, struct str piece)
{
    struct post *p = ctx;
    struct err err = ERR_INIT;

    if (p->link->base.closed)
        return;
    p->begun = true;
    if (p->is_json && buf_add_str(&p->json, piece))
        return;
    if (!p->is_json && !p->sse)
        p->sse = sse_new(MCP_MESSAGE_MAX, on_event, p);
    if (!p->is_json && !sse_feed(p->sse, piece, &err))
        return;
    err_set(&err, ERR_LIMIT, "it sent a message of more than %zu bytes", MCP_MESSAGE_MAX);
    client_on_lost(client_of(p), &err);
}

/* ---- how it ended ---- */

static void on_resume_due(void *ctx)
{
    struct post *p = ctx;

    p->resume_timer = 0;
    send_post(p, (struct str){"", 0});
}

/* Ask again for what is missing, with a GET. */
static void resume(struct post *p)
{
    int64_t said_ms = p->sse ? sse_retry_ms(p->sse) : -1;

    if (said_ms >= 0)
        p->wait_ms = said_ms > RETRY_LONGEST_MS ? RETRY_LONGEST_MS : said_ms;
    else if (p->resumes > 1 && p->wait_ms < RETRY_LONGEST_MS)
        p->wait_ms *= 2;
    sse_free(p->sse);
    p->sse = NULL;
    p->begun = p->is_json = false;
    p->resume_timer = loop_timer(p->link->loop, p->wait_ms, on_resume_due, p);
}

static void listen_ended(struct post *p, const struct http_result *r)
{
    if (r->status >= 400 && r->status < 500) { /* 405: it offers none */
        post_free(p);
        return;
    }
    p->resumes = p->begun ? 0 : p->resumes + 1;
    resume(p);
}

static void describe_status(const struct http_result *r, struct err *err)
{
    struct buf words = BUF_INIT(400);
    struct arena *arena = arena_new(0);
    const struct value *v = NULL;
    struct err ignored;

    if (!json_parse(arena, r->body, &v, &ignored))
        safe_line(value_str_or(v, "error.message", ""), 200, &words);
    if (r->status == 401 || r->status == 403)
        err_set(
            err, ERR_DENIED,
            "HTTP %ld: it wants a key: set its 'token' or a header in mcp.servers (OAuth is not "
            "supported) %s",
            r->status, buf_cstr(&words));
    else
        err_set(err, r->status == 404 ? ERR_NOT_FOUND : ERR_REMOTE, "HTTP %ld %s", r->status,
                buf_cstr(&words));
    buf_release(&words);
    arena_free(arena);
}

/* The server has forgotten the session (404): all is begun anew. */
static bool session_lost(struct post *p, const struct http_result *r)
{
    struct err err = ERR_INIT;

    if (r->err.code || r->status != 404 || !p->link->session || p->listens)
        return false;
    err_set(&err, ERR_AGAIN, "it has forgotten the session");
    free(p->link->session);
    p->link->session = NULL;
    client_on_lost(client_of(p), &err);
    return true;
}

/* Why a request will not be answered; ERR_OK: it may still be, by a resumed stream. */
static void judge(struct post *p, const struct http_result *r, struct err *err)
{
    *err = r->err;
    if (!err->code && (r->status < 200 || r->status > 299))
        describe_status(r, err);
    else if (!err->code && p->is_json && !client_on_message(client_of(p), buf_str(&p->json)))
        err_set(err, ERR_REMOTE, "its answer is no JSON");
    else if (!err->code && !p->is_json && !p->sse)
        err_set(err, ERR_REMOTE, "HTTP %ld without an answer", r->status);
    else if (!err->code && !p->is_json && strncmp(r->content_type, "text/event-stream", 17) != 0)
        err_set(err, ERR_REMOTE, "it answered with '%.60s', not with JSON or events",
                r->content_type);
}

static void on_done(void *ctx, const struct http_result *r)
{
    struct post *p = ctx;
    struct http_link *l = p->link;
    struct err err;

    p->xfer = 0;
    if (l->base.closed)
        return;
    if (session_lost(p, r))
        return;
    if (p->listens) {
        listen_ended(p, r);
        return;
    }
    if (!p->request) {
        post_free(p);
        return;
    }
    judge(p, r, &err);
    if (l->base.closed)
        return;
    if (client_waits_for(client_of(p), p->request)) {
        if ((!err.code || err.code == ERR_NET || err.code == ERR_TIMEOUT) && p->last_event &&
            p->resumes++ < RESUMES_MAX) {
            resume(p);
            return;
        }
        if (!err.code)
            err_set(&err, ERR_NET, "its answer broke off");
        client_on_unanswered(client_of(p), p->request, &err);
    }
    if (!l->base.closed)
        post_free(p);
}

/* ---- what goes ---- */

static size_t put_headers(const struct post *p, bool get, struct http_header *to)
{
    const struct mcp_client *c = client_of(p);
    size_t n = 0;

    for (size_t i = 0; i < c->spec.header_count; i++)
        to[n++] = c->spec.headers[i];
    to[n++] = (struct http_header){"Accept", get ? "text/event-stream"
                                                 : "application/json, text/event-stream"};
    if (p->link->session)
        to[n++] = (struct http_header){"Mcp-Session-Id", p->link->session};
    if (c->protocol[0])
        to[n++] = (struct http_header){"MCP-Protocol-Version", c->protocol};
    if (get && p->last_event)
        to[n++] = (struct http_header){"Last-Event-ID", p->last_event};
    return n;
}

/* With a body a POST; without one the GET that listens or resumes. */
static void send_post(struct post *p, struct str body)
{
    static const struct http_callbacks callbacks = {
        .on_head = on_head, .on_data = on_data, .on_done = on_done};
    const struct mcp_client *c = client_of(p);
    struct http_header *headers = xcalloc(c->spec.header_count + 4, sizeof(*headers));
    struct http_request req = {.method = body.len ? "POST" : "GET",
                               .url = c->spec.url,
                               .headers = headers,
                               .header_count = put_headers(p, !body.len, headers),
                               .body = body,
                               .content_type = body.len ? "application/json" : NULL,
                               .auth = c->spec.token ? HTTP_AUTH_BEARER : HTTP_AUTH_NONE,
                               .secret = c->spec.token,
                               .timeout_ms = DAY_MS, /* the client has its own deadlines */
                               .max_body_bytes = BUF_NO_MAX,
                               .stream = true};

    p->xfer = http_send(p->link->http, &req, &callbacks, p);
    free(headers);
}

static bool send_message(struct mcp_transport *t, struct str json, uint64_t request)
{
    struct http_link *l = (struct http_link *)t;
    struct post *p = post_new(l, request);

    p->initializes = request && !t->client->protocol[0];
    send_post(p, json);
    return true;
}

static void forget(struct mcp_transport *t, uint64_t request)
{
    struct http_link *l = (struct http_link *)t;

    for (size_t i = 0; i < l->posts.count; i++) {
        struct post *p = l->posts.items[i];

        if (p->request != request)
            continue;
        if (p->xfer) {
            http_cancel(l->http, p->xfer); /* its end frees the post */
        } else {
            post_free(p);
        }
        return;
    }
}

static void listen_to(struct mcp_transport *t)
{
    struct http_link *l = (struct http_link *)t;
    struct post *p = post_new(l, 0);

    p->listens = true;
    send_post(p, (struct str){"", 0});
}

static void say_goodbye(struct http_link *l)
{
    const struct mcp_client *c = l->base.client;
    struct http_header *headers = xcalloc(c->spec.header_count + 4, sizeof(*headers));
    struct post p = {.link = l};
    struct http_request req = {.method = "DELETE",
                               .url = c->spec.url,
                               .headers = headers,
                               .header_count = put_headers(&p, false, headers),
                               .auth = c->spec.token ? HTTP_AUTH_BEARER : HTTP_AUTH_NONE,
                               .secret = c->spec.token,
                               .timeout_ms = 2000};

    mcp_goodbye(c->owner, &req);
    free(headers);
}

static void close_link(struct mcp_transport *t)
{
    struct http_link *l = (struct http_link *)t;

    while (l->posts.count) {
        struct post *p = l->posts.items[l->posts.count - 1];

        if (p->xfer)
            http_abandon(l->http, p->xfer);
        post_free(p);
    }
    if (l->session)
        say_goodbye(l);
    VEC_RELEASE(&l->posts);
    free(l->session);
    free(l);
}

static const struct mcp_transport_ops http_ops = {
    .send = send_message, .forget = forget, .ready = listen_to, .close = close_link};

struct mcp_transport *mcp_http_open(struct mcp_client *c)
{
    struct http_link *l = xcalloc(1, sizeof(*l));

    l->base = (struct mcp_transport){.ops = &http_ops, .client = c};
    l->loop = c->loop;
    l->http = c->http;
    return &l->base;
}

/* client.c - one server: handshake, what it asks of us, and being lost and found again.
 *
 *   OFF -> STARTING -> READY          initialize, initialized, tools/list
 *            |  ^        |
 *            v  |        v
 *          WAITING <-----+            lost: again after 1, 2, 4 ... 60 s, give or take
 *            |
 *            v
 *          FAILED                     what trying again would not mend, or five times in a row
 */
#include "src/mcp/mcp_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define FIRST_WAIT_MS 1000
#define LONGEST_WAIT_MS 60000
#define FAILURES_MAX 5
#define NOISE_MAX 1000
#define DEFAULT_START_MS 30000
#define DEFAULT_TIMEOUT_MS 60000

static const char *const protocols[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05",
                                        NULL};

static void connect_now(void *ctx);

static void set_state(struct mcp_client *c, enum mcp_state state)
{
    if (c->state == state)
        return;
    c->state = state;
    LOG(LOG_NET, "mcp %s: %s %s", c->spec.name, mcp_state_name(state), c->err.msg);
    mcp_changed(c->owner, c);
}

/* ---- lost and found ---- */

static void bury(void *ctx)
{
    struct mcp_client *c = ctx;

    loop_timer_cancel(c->loop, c->bury_timer);
    c->bury_timer = 0;
    VEC_EACH (t, &c->dead)
        (*t)->ops->close(*t);
    c->dead.count = 0;
}

/* Not at once: this may be a callback of the transport's. */
static void drop_transport(struct mcp_client *c)
{
    struct mcp_transport *t = c->transport;

    c->transport = NULL;
    c->listing = c->list_again = false;
    loop_timer_cancel(c->loop, c->start_timer);
    c->start_timer = 0;
    if (!t)
        return;
    t->closed = true;
    *VEC_PUSH(&c->dead) = t;
    if (!c->bury_timer)
        c->bury_timer = loop_timer(c->loop, 0, bury, c);
}

static bool may_mend(enum err_code code)
{
    return code != ERR_NOT_FOUND && code != ERR_DENIED && code != ERR_INPUT;
}

static int64_t wait_ms(struct mcp_client *c)
{
    int64_t ms = FIRST_WAIT_MS;

    for (unsigned i = 1; i < c->failures && ms < LONGEST_WAIT_MS; i++)
        ms *= 2;
    if (ms > LONGEST_WAIT_MS)
        ms = LONGEST_WAIT_MS;
    return ms - (int64_t)rng_below(c->rng, (uint64_t)ms / 4);
}

/* All of it is gone: requests fail, and it is tried again where that may help. */
static void lose(struct mcp_client *c, const struct err *err)
{
    struct err told = *err;

    c->err = *err;
    drop_transport(c);
    c->failures++;
    err_wrap(&told, "the connection is lost");
    told.code = ERR_NET;
    if (may_mend(err->code) && c->failures <= FAILURES_MAX) {
        c->retry_timer = loop_timer(c->loop, wait_ms(c), connect_now, c);
        set_state(c, MCP_WAITING);
    } else {
        set_state(c, MCP_FAILED);
    }
    client_fail_all(c, &told);
}

void client_on_lost(struct mcp_client *c, const struct err *err)
{
    if (c->transport)
        lose(c, err);
}

static void on_start_timeout(void *ctx)
{
    struct mcp_client *c = ctx;
    struct err err = ERR_INIT;
    char text[TIME_TEXT_MAX];

    c->start_timer = 0;
    duration_format(c->spec.start_timeout_ms, text);
    err_set(&err, ERR_TIMEOUT, "it was not ready within %s", text);
    lose(c, &err);
}

/* ---- the handshake ---- */

static char *keep(struct mcp_client *c, const struct value *info, const char *key)
{
    struct buf text = BUF_INIT(200);
    char *copy;

    (void)c;
    safe_line(value_str_or(info, key, ""), 120, &text);
    copy = xstrdup(buf_cstr(&text));
    buf_release(&text);
    return copy;
}

static bool known_protocol(struct str version)
{
    for (const char *const *p = protocols; *p; p++) {
        if (str_eq_c(version, *p))
            return true;
    }
    return false;
}

static void read_server(struct mcp_client *c, const struct value *result)
{
    const struct value *caps = value_get(result, "capabilities");
    const struct value *info = value_get(result, "serverInfo");

    snprintf(c->protocol, sizeof(c->protocol), "%s", value_cstr_or(result, "protocolVersion", ""));
    free(c->title);
    free(c->version);
    c->title = keep(c, info, value_get(info, "title") ? "title" : "name");
    c->version = keep(c, info, "version");
    c->has_tools = value_get(caps, "tools") != NULL;
    c->has_resources = value_get(caps, "resources") != NULL;
    c->has_prompts = value_get(caps, "prompts") != NULL;
}

static void on_initialized(void *ctx, const struct mcp_reply *reply)
{
    struct mcp_client *c = ctx;
    struct buf out = BUF_INIT(256);
    struct str version = value_str_or(reply->result, "protocolVersion", "");
    struct err err = reply->err;

    if (!c->transport) /* lost meanwhile: that was dealt with */
        return;
    if (!err.code && !known_protocol(version)) {
        struct buf text = BUF_INIT(80);

        safe_line(version, 20, &text);
        err_set(&err, ERR_INPUT, "it speaks MCP '%s', which is not known here", buf_cstr(&text));
        buf_release(&text);
    }
    if (err.code) {
        lose(c, &err);
        return;
    }
    read_server(c, reply->result);
    rpc_request(&out, 0, "notifications/initialized", (struct str){"", 0}, false);
    c->transport->ops->send(c->transport, buf_str(&out), 0);
    buf_release(&out);
    if (c->transport->ops->ready)
        c->transport->ops->ready(c->transport);
    client_list_tools(c);
}

static void connect_now(void *ctx)
{
    struct mcp_client *c = ctx;
#define HELLO(capabilities)                                                                        \
    STR_LIT("{\"protocolVersion\":\"2025-11-25\",\"capabilities\":" capabilities                   \
            ",\"clientInfo\":{\"name\":\"runbook\",\"version\":\"" PACKAGE_VERSION "\"}}")
    struct str params = c->spec.roots ? HELLO("{\"roots\":{}}") : HELLO("{}");
    struct err err = ERR_INIT;

    c->retry_timer = 0;
    c->protocol[0] = 0;
    c->noise = 0;
    c->transport = c->spec.argv ? mcp_stdio_open(c) : mcp_http_open(c);
    c->start_timer = loop_timer(c->loop, c->spec.start_timeout_ms, on_start_timeout, c);
    set_state(c, MCP_STARTING);
    if (client_send_call(c, "initialize", params, on_initialized, NULL, c, NULL, &err))
        lose(c, &err);
}

/* ---- tools ---- */

static void on_tools(void *ctx, const struct mcp_reply *reply)
{
    struct mcp_client *c = ctx;

    if (!c->transport)
        return;
    c->listing = false;
    if (reply->err.code && c->state == MCP_STARTING) {
        lose(c, &reply->err);
        return;
    }
    client_tools_listed(c, reply);
    loop_timer_cancel(c->loop, c->start_timer);
    c->start_timer = 0;
    c->failures = 0;
    if (!reply->err.code)
        err_clear(&c->err);
    if (c->state == MCP_READY)
        mcp_changed(c->owner, c);
    set_state(c, MCP_READY);
    if (c->list_again)
        client_list_tools(c);
}

void client_list_tools(struct mcp_client *c)
{
    struct mcp_reply none = {.err = ERR_INIT};
    struct err err = ERR_INIT;

    c->list_again = c->listing; /* what is being listed may be old already */
    if (c->listing)
        return;
    c->listing = true;
    if (!c->has_tools) {
        on_tools(c, &none);
    } else if (mcp_list(c, "tools/list", on_tools, c, &err)) {
        none.err = err;
        on_tools(c, &none);
    }
}

/* ---- messages ---- */

/* The folders that the user named for this server. Source: client/roots. */
static void put_roots(const struct mcp_client *c, const struct value *id, struct buf *out)
{
    struct buf json = BUF_INIT(65536), uri = BUF_INIT(8192);
    struct json_writer w;

    json_writer_init(&w, &json);
    json_object_begin(&w);
    json_key(&w, "roots");
    json_array_begin(&w);
    for (const char *const *r = c->spec.roots; *r; r++) {
        struct str rest = str_from(*r), part;

        buf_clear(&uri);
        buf_adds(&uri, "file://");
        while (str_split(&rest, '/', &part)) {
            if (!part.len)
                continue;
            buf_addc(&uri, '/');
            url_encode(&uri, part);
        }
        json_object_begin(&w);
        json_put_str(&w, "uri", buf_str(&uri));
        json_put_cstr(&w, "name", path_base(*r));
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    rpc_result(out, id, buf_cstr(&json));
    buf_release(&json);
    buf_release(&uri);
}

static void answer_request(struct mcp_client *c, const struct rpc_message *m)
{
    struct buf out = BUF_INIT(MCP_MESSAGE_MAX);

    if (strcmp(m->method, "ping") == 0)
        rpc_result(&out, m->id, "{}");
    else if (strcmp(m->method, "roots/list") == 0 && c->spec.roots)
        put_roots(c, m->id, &out);
    else if (strcmp(m->method, "sampling/createMessage") == 0) /* Source: client/sampling, errors */
        rpc_error(&out, m->id, -1,
                  "sampling is refused: no server asks a model through this client");
    else
        rpc_error(&out, m->id, -32601, "this client does not offer that");
    c->transport->ops->send(c->transport, buf_str(&out), 0);
    buf_release(&out);
}

static void on_notification(struct mcp_client *c, const struct rpc_message *m)
{
    if (strcmp(m->method, "notifications/progress") == 0)
        client_on_progress(c, m->params);
    else if (strcmp(m->method, "notifications/tools/list_changed") == 0 && c->state == MCP_READY)
        client_list_tools(c);
    else if (strcmp(m->method, "notifications/message") == 0)
        client_on_log(c, value_str_or(m->params, "data", ""));
}

static void on_one(struct mcp_client *c, const struct value *v)
{
    struct rpc_message m;
    struct mcp_call *call;

    rpc_read(v, &m);
    switch (m.kind) {
    case RPC_BAD:
        c->noise++;
        break;
    case RPC_REQUEST:
        answer_request(c, &m);
        break;
    case RPC_NOTIFICATION:
        on_notification(c, &m);
        break;
    case RPC_RESULT:
    case RPC_ERROR:
        call = m.answers ? client_find_call(c, m.answers) : NULL;
        if (call)
            client_finish_call(c, call, m.result, &m.err);
        else
            c->noise++; /* an answer to nothing, or too late */
        break;
    }
}

bool client_on_message(struct mcp_client *c, struct str json)
{
    struct arena *arena = arena_new(0);
    const struct value *v;
    struct err err = ERR_INIT;
    bool good = !json_parse(arena, json, &v, &err);

    if (!good)
        c->noise++;
    else if (v->type == VALUE_ARRAY) { /* a batch, of the protocol of 2025-03-26 */
        for (size_t i = 0; c->transport && i < value_count(v); i++)
            on_one(c, value_at(v, i));
    } else {
        on_one(c, v);
    }
    arena_free(arena);
    if (c->noise > NOISE_MAX && c->transport) {
        err_set(&err, ERR_INPUT, "it sent %d messages that are none", NOISE_MAX);
        lose(c, &err);
    }
    return good;
}

/* The end of what it says is kept. */
void client_on_log(struct mcp_client *c, struct str text)
{
    if (text.len > MCP_LOG_MAX) {
        text.ptr += text.len - MCP_LOG_MAX;
        text.len = MCP_LOG_MAX;
    }
    if (c->log.len + text.len > MCP_LOG_MAX)
        buf_cut(&c->log, 0, c->log.len + text.len - MCP_LOG_MAX);
    buf_add_str(&c->log, text);
    if (text.len && text.ptr[text.len - 1] != '\n' && c->log.len < MCP_LOG_MAX && !c->spec.argv)
        buf_addc(&c->log, '\n');
}

/* ---- life ---- */

static void copy_spec(struct mcp_client *c, const struct mcp_spec *from)
{
    struct arena *a = c->arena;
    struct mcp_spec *s = &c->spec;
    struct http_header *headers = arena_array(a, from->header_count + 1, sizeof(*headers));
    struct mcp_risk *risks = arena_array(a, from->risk_count + 1, sizeof(*risks));
    const char *const *lists[] = {from->argv, from->env, from->roots};
    const char **copies[] = {NULL, NULL, NULL};

    *s = *from;
    s->name = arena_strdup(a, from->name);
    s->url = arena_strdup(a, from->url);
    for (size_t k = 0; k < 3; k++) {
        size_t n = 0;

        while (lists[k] && lists[k][n])
            n++;
        copies[k] = lists[k] ? arena_array(a, n + 1, sizeof(char *)) : NULL;
        for (size_t i = 0; i < n; i++)
            copies[k][i] = arena_strdup(a, lists[k][i]);
    }
    s->argv = copies[0];
    s->env = copies[1];
    s->roots = copies[2];
    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct http_header){arena_strdup(a, from->headers[i].name),
                                          arena_strdup(a, from->headers[i].value)};
    s->headers = headers;
    for (size_t i = 0; i < from->risk_count; i++)
        risks[i] = (struct mcp_risk){arena_strdup(a, from->risks[i].tool), from->risks[i].risk};
    s->risks = risks;
    s->token = from->token ? secret_dup(from->token) : NULL;
    if (s->start_timeout_ms <= 0)
        s->start_timeout_ms = DEFAULT_START_MS;
    if (s->timeout_ms <= 0)
        s->timeout_ms = DEFAULT_TIMEOUT_MS;
}

struct mcp_client *client_new(struct mcp *owner, const struct mcp_spec *spec)
{
    struct mcp_client *c = xcalloc(1, sizeof(*c));

    c->owner = owner;
    c->loop = mcp_loop(owner);
    c->http = mcp_http(owner);
    c->rng = mcp_rng(owner);
    c->arena = arena_new(0);
    copy_spec(c, spec);
    buf_init(&c->log, MCP_LOG_MAX);
    buf_init(&c->log_shown, MCP_LOG_MAX * 8);
    return c;
}

void client_start(struct mcp_client *c)
{
    if (c->state == MCP_OFF)
        connect_now(c);
}

void client_end(struct mcp_client *c)
{
    if (c->transport && c->transport->ops->end)
        c->transport->ops->end(c->transport);
}

bool client_ended(const struct mcp_client *c)
{
    return !c->transport || !c->transport->ops->ended || c->transport->ops->ended(c->transport);
}

void client_free(struct mcp_client *c)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_CANCELED, "the program ends");
    drop_transport(c);
    bury(c);
    VEC_RELEASE(&c->dead);
    loop_timer_cancel(c->loop, c->retry_timer);
    c->state = MCP_OFF;
    client_fail_all(c, &err);
    client_rows_free(c);
    secret_free((struct secret *)(uintptr_t)c->spec.token);
    buf_release(&c->log);
    buf_release(&c->log_shown);
    free(c->title);
    free(c->version);
    arena_free(c->arena);
    free(c);
}

void mcp_status(const struct mcp_client *c, struct mcp_status *ret)
{
    struct buf *shown = &((struct mcp_client *)(uintptr_t)c)->log_shown;

    buf_clear(shown);
    text_sanitize(shown, buf_str(&c->log), true, false);
    *ret = (struct mcp_status){.name = c->spec.name,
                               .state = c->state,
                               .protocol = c->protocol,
                               .title = c->title ? c->title : "",
                               .version = c->version ? c->version : "",
                               .tools = c->has_tools,
                               .resources = c->has_resources,
                               .prompts = c->has_prompts,
                               .tool_count = c->own_tools,
                               .err = c->err,
                               .log = buf_cstr(shown)};
}

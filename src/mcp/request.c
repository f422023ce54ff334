/* request.c - requests of one server: each has an id and a deadline, and is answered, canceled or
 * given up exactly once. */
#include "src/mcp/mcp_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

struct mcp_call *client_find_call(struct mcp_client *c, uint64_t id)
{
    struct mcp_call *call = c->calls;

    while (call && call->id != id)
        call = call->next;
    return call;
}

/* Off the list first: what the callback does may end others. */
void client_finish_call(struct mcp_client *c, struct mcp_call *call, const struct value *result,
                        const struct err *err)
{
    struct mcp_reply reply = {.err = *err, .result = err->code ? NULL : result};
    struct mcp_call **at = &c->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    c->call_count--;
    loop_timer_cancel(c->loop, call->timer);
    if (err->code)
        err_wrap(&reply.err, "%s: %s", c->spec.name, call->method);
    call->fn(call->ctx, &reply);
    free(call);
}

static void tell_server_canceled(struct mcp_client *c, const struct mcp_call *call,
                                 const char *reason)
{
    struct buf out = BUF_INIT(1024);
    char params[200];

    if (!c->transport || strcmp(call->method, "initialize") == 0)
        return;
    snprintf(params, sizeof(params), "{\"requestId\":%llu,\"reason\":\"%s\"}",
             (unsigned long long)call->id, reason);
    rpc_request(&out, 0, "notifications/cancelled", str_from(params), false);
    c->transport->ops->send(c->transport, buf_str(&out), 0);
    if (c->transport->ops->forget)
        c->transport->ops->forget(c->transport, call->id);
    buf_release(&out);
}

static void on_timeout(void *ctx)
{
    struct mcp_call *call = ctx;
    struct err err = ERR_INIT;
    char text[TIME_TEXT_MAX];

    call->timer = 0;
    duration_format(call->timeout_ms, text);
    err_set(&err, ERR_TIMEOUT, "no answer within %s", text);
    tell_server_canceled(call->client, call, "timeout");
    client_finish_call(call->client, call, NULL, &err);
}

static struct mcp_call *add_call(struct mcp_client *c, const char *method, mcp_reply_fn *fn,
                                 mcp_progress_fn *progress, void *ctx)
{
    struct mcp_call *call = xcalloc(1, sizeof(*call));

    *call = (struct mcp_call){.id = ++c->last_id,
                              .fn = fn,
                              .progress = progress,
                              .ctx = ctx,
                              .timeout_ms = c->spec.timeout_ms,
                              .client = c,
                              .next = c->calls};
    snprintf(call->method, sizeof(call->method), "%s", method);
    call->timer = loop_timer(c->loop, call->timeout_ms, on_timeout, call);
    c->calls = call;
    c->call_count++;
    return call;
}

enum err_code client_send_call(struct mcp_client *c, const char *method, struct str params,
                               mcp_reply_fn *fn, mcp_progress_fn *progress, void *ctx,
                               uint64_t *ret_id, struct err *err)
{
    struct buf out = BUF_INIT(MCP_MESSAGE_MAX);
    uint64_t id = c->last_id + 1;
    bool sent;

    if (c->call_count >= MCP_REQUESTS_MAX)
        return err_set(err, ERR_LIMIT, "%s: %d requests are waiting already", c->spec.name,
                       MCP_REQUESTS_MAX);
    rpc_request(&out, id, method, params, progress != NULL);
    sent = !out.full && c->transport->ops->send(c->transport, buf_str(&out), id);
    buf_release(&out);
    if (!sent)
        return err_set(err, ERR_LIMIT, "%s: %s cannot be sent: it is too large, or too much waits",
                       c->spec.name, method);
    add_call(c, method, fn, progress, ctx);
    if (ret_id)
        *ret_id = id;
    return ERR_OK;
}

enum err_code mcp_request(struct mcp_client *c, const char *method, struct str params,
                          mcp_reply_fn *fn, mcp_progress_fn *progress, void *ctx, uint64_t *ret_id,
                          struct err *err)
{
    if (c->state == MCP_READY || (c->state == MCP_STARTING && c->listing))
        return client_send_call(c, method, params, fn, progress, ctx, ret_id, err);
    if (c->err.code)
        return err_set(err, ERR_NET, "the MCP server %s is not connected (%s): %s", c->spec.name,
                       mcp_state_name(c->state), c->err.msg);
    return err_set(err, ERR_AGAIN, "the MCP server %s is not connected yet", c->spec.name);
}

void mcp_request_cancel(struct mcp_client *c, uint64_t id)
{
    struct mcp_call *call = client_find_call(c, id);
    struct err err = ERR_INIT;

    if (!call)
        return;
    err_set(&err, ERR_CANCELED, "canceled");
    tell_server_canceled(c, call, "the user canceled it");
    client_finish_call(c, call, NULL, &err);
}

void client_fail_all(struct mcp_client *c, const struct err *err)
{
    while (c->calls)
        client_finish_call(c, c->calls, NULL, err);
}

bool client_waits_for(const struct mcp_client *c, uint64_t request)
{
    const struct mcp_call *call = c->calls;

    while (call && call->id != request)
        call = call->next;
    return call != NULL;
}

void client_on_progress(struct mcp_client *c, const struct value *p)
{
    double token = value_num_or(p, "progressToken", 0);
    struct mcp_call *call =
        token >= 1 && token < 1e15 ? client_find_call(c, (uint64_t)token) : NULL;
    struct buf text = BUF_INIT(600);

    if (call && call->progress) {
        loop_timer_cancel(c->loop, call->timer);
        call->timer = loop_timer(c->loop, call->timeout_ms, on_timeout, call);
        safe_line(value_str_or(p, "message", ""), 200, &text);
        call->progress(call->ctx, value_num_or(p, "progress", 0), value_num_or(p, "total", 0),
                       buf_str(&text));
    }
    buf_release(&text);
}

void client_on_unanswered(struct mcp_client *c, uint64_t request, const struct err *err)
{
    struct mcp_call *call = client_find_call(c, request);

    if (call)
        client_finish_call(c, call, NULL, err);
}

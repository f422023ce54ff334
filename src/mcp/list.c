/* list.c - lists that come in pages. A server that gives the same cursor twice, or more than can be
 * meant, is stopped: what it gave so far is the list. */
#include "src/mcp/mcp_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

struct listing {
    struct mcp_client *client;
    const char *member; /* "tools" */
    char method[48];
    struct buf items; /* JSON, joined by commas */
    size_t count, pages;
    char *cursor;
    mcp_reply_fn *fn;
    void *ctx;
};

static const char *member_of(const char *method)
{
    return strcmp(method, "tools/list") == 0                 ? "tools"
           : strcmp(method, "resources/list") == 0           ? "resources"
           : strcmp(method, "resources/templates/list") == 0 ? "resourceTemplates"
                                                             : "prompts";
}

static void done(struct listing *l, const struct err *err)
{
    struct mcp_reply reply = {.err = *err};
    struct arena *arena = arena_new(0);
    struct buf all = BUF_INIT(MCP_LIST_BYTES_MAX + 2);

    buf_addf(&all, "[%s]", buf_cstr(&l->items));
    if (!err->code)
        json_parse(arena, buf_str(&all), &reply.result, &reply.err);
    l->fn(l->ctx, &reply);
    buf_release(&all);
    arena_free(arena);
    buf_release(&l->items);
    free(l->cursor);
    free(l);
}

static void on_page(void *ctx, const struct mcp_reply *reply);

static enum err_code ask(struct listing *l, struct err *err)
{
    struct buf params = BUF_INIT(65536);
    struct json_writer w;
    enum err_code rc;

    json_writer_init(&w, &params);
    json_object_begin(&w);
    if (l->cursor)
        json_put_cstr(&w, "cursor", l->cursor);
    json_object_end(&w);
    rc = mcp_request(l->client, l->method, buf_str(&params), on_page, NULL, l, NULL, err);
    buf_release(&params);
    return rc;
}

/* False: no more is taken. */
static bool add_items(struct listing *l, const struct value *page)
{
    VALUE_EACH (item, value_get(page, l->member)) {
        struct buf json = BUF_INIT(MCP_MESSAGE_MAX);
        struct json_writer w;
        bool room;

        json_writer_init(&w, &json);
        json_value(&w, item);
        room = l->count < MCP_ITEMS_MAX && l->items.len + json.len + 1 < l->items.max;
        if (room) {
            buf_adds(&l->items, l->count++ ? "," : "");
            buf_add_str(&l->items, buf_str(&json));
        }
        buf_release(&json);
        if (!room)
            return false;
    }
    return true;
}

static bool next_cursor(struct listing *l, const struct value *page)
{
    struct str cursor = value_str_or(page, "nextCursor", "");
    bool again = l->cursor && str_eq_c(cursor, l->cursor);

    if (!cursor.len || cursor.len > 16384 || again || ++l->pages >= MCP_PAGES_MAX)
        return false;
    free(l->cursor);
    l->cursor = xstrndup(cursor.ptr, cursor.len);
    return true;
}

static void on_page(void *ctx, const struct mcp_reply *reply)
{
    struct listing *l = ctx;
    struct err err = reply->err;

    if (err.code || !add_items(l, reply->result) || !next_cursor(l, reply->result) || ask(l, &err))
        done(l, &err);
}

enum err_code mcp_list(struct mcp_client *c, const char *method, mcp_reply_fn *fn, void *ctx,
                       struct err *err)
{
    struct listing *l = xcalloc(1, sizeof(*l));

    l->client = c;
    l->member = member_of(method);
    l->fn = fn;
    l->ctx = ctx;
    memcpy(l->method, method, strlen(method) + 1);
    buf_init(&l->items, MCP_LIST_BYTES_MAX);
    if (ask(l, err)) {
        buf_release(&l->items);
        free(l);
        return err->code;
    }
    return ERR_OK;
}

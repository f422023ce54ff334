/* mcp.c - all servers, and the list of their rows, which is made anew when one changes. */
#include "src/mcp/mcp_priv.h"

#include <ctype.h>
#include <stdlib.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"

#define NAME_MAX_BYTES 24
#define SERVERS_MAX 32
#define END_WAIT_MS 300

struct mcp {
    struct loop *loop;
    struct http_client *http;
    struct rng own_rng, *rng;
    VEC(struct mcp_client *) clients;
    VEC(const struct tool_def *) rows; /* ends with NULL */
    VEC(void *) old_rows;              /* lists that somebody may still walk this turn */
    loop_id drop_timer;
    struct tool_more more;
    void (*changed)(void *ctx, struct mcp_client *c);
    void *ctx;
    mcp_tool_progress_fn *progressed;
    void *progressed_ctx;
    VEC(xfer_id) goodbyes;
    unsigned goodbyes_left;
};

struct loop *mcp_loop(const struct mcp *m)
{
    return m->loop;
}

struct http_client *mcp_http(const struct mcp *m)
{
    return m->http;
}

struct rng *mcp_rng(const struct mcp *m)
{
    return m->rng;
}

struct mcp *mcp_new(struct loop *l, struct http_client *http, struct rng *rng)
{
    struct mcp *m = xcalloc(1, sizeof(*m));

    m->loop = l;
    m->http = http;
    m->rng = rng ? rng : &m->own_rng;
    if (!rng)
        rng_seed_system(&m->own_rng);
    return m;
}

static bool name_ok(const char *name)
{
    size_t n = 0;

    for (; name && name[n]; n++) {
        if (!isalnum((unsigned char)name[n]) && name[n] != '-' && name[n] != '_')
            return false;
    }
    return n > 0 && n <= NAME_MAX_BYTES;
}

enum err_code mcp_add(struct mcp *m, const struct mcp_spec *spec, struct err *err)
{
    if (!name_ok(spec->name))
        return err_set(err, ERR_INPUT,
                       "mcp.servers: '%.40s' is no name: letters, digits, '-' and '_', at most %d",
                       spec->name ? spec->name : "", NAME_MAX_BYTES);
    if (mcp_find(m, spec->name))
        return err_set(err, ERR_INPUT, "mcp.servers: '%s' is there twice", spec->name);
    if (!spec->argv == !spec->url)
        return err_set(err, ERR_INPUT, "mcp.servers.%s: it needs either a command or a url",
                       spec->name);
    if (m->clients.count >= SERVERS_MAX)
        return err_set(err, ERR_LIMIT, "mcp.servers: there are more than %d", SERVERS_MAX);
    *VEC_PUSH(&m->clients) = client_new(m, spec);
    return ERR_OK;
}

void mcp_start(struct mcp *m)
{
    VEC_EACH (c, &m->clients)
        client_start(*c);
}

/* ---- rows ---- */

static void drop_old_rows(void *ctx)
{
    struct mcp *m = ctx;

    m->drop_timer = 0;
    VEC_EACH (old, &m->old_rows)
        free(*old);
    m->old_rows.count = 0;
}

/* A server that is lost for a moment keeps its rows: a call says then that it is not connected. */
static void make_rows(struct mcp *m)
{
    if (m->rows.items)
        *VEC_PUSH(&m->old_rows) = m->rows.items;
    m->rows.items = NULL;
    m->rows.count = m->rows.cap = 0;
    VEC_EACH (c, &m->clients) {
        for (size_t i = 0; (*c)->state != MCP_FAILED && i < mcp_tool_count(*c); i++) {
            struct mcp_tool_info t;

            mcp_tool_at(*c, i, &t);
            *VEC_PUSH(&m->rows) = t.row;
        }
    }
    *VEC_PUSH(&m->rows) = NULL;
    m->more.rows = m->rows.items;
    if (!m->drop_timer)
        m->drop_timer = loop_timer(m->loop, 0, drop_old_rows, m);
}

const struct tool_more *mcp_rows(const struct mcp *m)
{
    return &m->more;
}

void mcp_on_change(struct mcp *m, void (*fn)(void *ctx, struct mcp_client *c), void *ctx)
{
    m->changed = fn;
    m->ctx = ctx;
}

void mcp_changed(struct mcp *m, struct mcp_client *c)
{
    make_rows(m);
    if (m->changed)
        m->changed(m->ctx, c);
}

void mcp_on_progress(struct mcp *m, mcp_tool_progress_fn *fn, void *ctx)
{
    m->progressed = fn;
    m->progressed_ctx = ctx;
}

void mcp_progressed(struct mcp *m, struct mcp_client *c, const char *tool, const char *text)
{
    LOG(LOG_NET, "mcp %s: %s: %s", c->spec.name, tool, text);
    if (m->progressed)
        m->progressed(m->progressed_ctx, tool, text);
}

/* ---- the end ---- */

static void on_goodbye_said(void *ctx, const struct http_result *r)
{
    (void)r;
    ((struct mcp *)ctx)->goodbyes_left--;
}

void mcp_goodbye(struct mcp *m, const struct http_request *req)
{
    static const struct http_callbacks callbacks = {.on_done = on_goodbye_said};

    m->goodbyes_left++;
    *VEC_PUSH(&m->goodbyes) = http_send(m->http, req, &callbacks, m);
}

static bool all_ended(const struct mcp *m)
{
    VEC_EACH (c, &m->clients) {
        if (!client_ended(*c))
            return false;
    }
    return true;
}

static void on_wait_over(void *ctx)
{
    *(bool *)ctx = true;
}

void mcp_free(struct mcp *m)
{
    bool over = false;
    loop_id timer;

    if (!m)
        return;
    m->changed = NULL;
    VEC_EACH (c, &m->clients)
        client_end(*c);
    timer = loop_timer(m->loop, END_WAIT_MS, on_wait_over, &over);
    while (!over && !all_ended(m) && loop_turn(m->loop, true))
        ;
    VEC_EACH (c, &m->clients)
        client_free(*c);
    while (!over && m->goodbyes_left && loop_turn(m->loop, true))
        ;
    VEC_EACH (id, &m->goodbyes)
        http_abandon(m->http, *id);
    VEC_RELEASE(&m->goodbyes);
    loop_timer_cancel(m->loop, timer);
    loop_timer_cancel(m->loop, m->drop_timer);
    drop_old_rows(m);
    VEC_RELEASE(&m->old_rows);
    VEC_RELEASE(&m->rows);
    VEC_RELEASE(&m->clients);
    free(m);
}

/* ---- looking ---- */

size_t mcp_count(const struct mcp *m)
{
    return m->clients.count;
}

struct mcp_client *mcp_at(const struct mcp *m, size_t index)
{
    return index < m->clients.count ? m->clients.items[index] : NULL;
}

struct mcp_client *mcp_find(const struct mcp *m, const char *name)
{
    VEC_EACH (c, &m->clients) {
        if (strcmp((*c)->spec.name, name) == 0)
            return *c;
    }
    return NULL;
}

const char *mcp_state_name(enum mcp_state s)
{
    switch (s) {
    case MCP_OFF:
        return "off";
    case MCP_STARTING:
        return "starting";
    case MCP_READY:
        return "ready";
    case MCP_WAITING:
        return "waiting";
    case MCP_FAILED:
        return "failed";
    }
    return "";
}

bool mcp_settled(const struct mcp_client *c)
{
    return c->state != MCP_OFF && c->state != MCP_STARTING;
}

/* doctor_mcp.c - the MCP servers that are configured: do they answer, and what may a model call? */
#include "src/app/doctor.h"

#include "runbook/net/http.h"
#include "src/app/mcp_servers.h"

#define GROUP "MCP servers"
#define WAIT_MS 8000

static void on_late(void *ctx)
{
    *(bool *)ctx = true;
}

static void wait_for_all(struct mcp *m, struct loop *l)
{
    bool late = false, settled = false;
    loop_id timer = loop_timer(l, WAIT_MS, on_late, &late);

    while (!late && !settled && loop_turn(l, true)) {
        settled = true;
        for (size_t i = 0; i < mcp_count(m); i++)
            settled = settled && mcp_settled(mcp_at(m, i));
    }
    loop_timer_cancel(l, timer);
}

static void show(struct doctor *d, const struct mcp_client *c)
{
    struct mcp_tool_info t;
    struct mcp_status s;
    size_t reading = 0;

    mcp_status(c, &s);
    for (size_t i = 0; mcp_tool_at(c, i, &t); i++)
        reading += t.row->risk == RISK_READ;
    if (s.state == MCP_READY)
        doctor_add(d, GROUP, s.name, reading ? CHECK_OK : CHECK_NOTE,
                   "%s %s, MCP %s: %zu tools%s%s; a model may call %zu%s", s.title, s.version,
                   s.protocol, s.tool_count, s.resources ? ", resources" : "",
                   s.prompts ? ", prompts" : "", reading,
                   reading ? "" : ", none is classified as read in mcp.servers");
    else if (s.err.code)
        doctor_add(d, GROUP, s.name, CHECK_FAILED, "%s", s.err.msg);
    else
        doctor_add(d, GROUP, s.name, CHECK_FAILED, "it was not ready within 8 s");
}

void doctor_mcp(struct doctor *d)
{
    struct http_options opts = {.user_agent = "runbook/" PACKAGE_VERSION, .rng = app_rng(d->app)};
    struct http_client *http;
    struct loop *l;
    struct mcp *m;
    struct err err;

    if (!d->config || !config_count(d->config, "mcp.servers"))
        return;
    l = loop_new(d->app->clock);
    http = http_client_new(l, &opts);
    m = mcp_new(l, http, app_rng(d->app));
    if (mcp_add_configured(m, d->config, &err)) {
        doctor_add(d, GROUP, "configuration", CHECK_FAILED, "%s", err.msg);
    } else {
        mcp_start(m);
        wait_for_all(m, l);
        for (size_t i = 0; i < mcp_count(m); i++)
            show(d, mcp_at(m, i));
    }
    mcp_free(m);
    http_client_free(http);
    loop_free(l);
}

/* refresh.c - the resources and alerts read again, without an investigation: the same queries as
 * in one, recorded as tool calls, with no turn, no hypothesis and no verdict. What the last
 * conclusion says stays. */
#include <string.h>

#include "alerts.h"
#include "host_resources.h"
#include "inventory_priv.h"
#include "metrics_priv.h"
#include "runbook/codec/json.h"
#include "security.h"

static void one_is_over(struct investigation *inv)
{
    if (--inv->refreshing)
        return;
    if (inv->on_refreshed)
        inv->on_refreshed(inv->refreshed_ctx);
    else
        investigation_end_refresh(inv);
}

static void note_failure(struct investigation *inv, const char *what,
                         const struct tool_result *result)
{
    struct err err = result->err;

    if (!err.code)
        err_set(&err, ERR_NOT_FOUND, "%s", *result->summary ? result->summary : "no answer");
    engine_say_error(inv->engine, arena_printf(inv->arena, "read %s again", what), &err);
}

/* ---- machines ---- */

static void on_snapshot(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *result)
{
    const char *host = ctx;
    struct host_view v = {.arena = inv->arena, .host = host};
    struct err err = ERR_INIT;

    (void)query;
    if (result->status == TOOL_OK &&
        !json_parse(inv->arena, buf_str(&result->body), &v.snapshot, &err))
        host_publish_resources(inv, &v);
    else if (result->status != TOOL_CANCELED)
        note_failure(inv, host, result);
    one_is_over(inv);
}

static size_t ask_host(struct investigation *inv, const char *host)
{
    struct buf args = BUF_INIT(8192);
    struct inv_query q = {.tool = "host_snapshot", .hypothesis = ""};
    struct json_writer w;
    size_t asked;

    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_cstr(&w, "host", host);
    json_object_end(&w);
    q.args_json = buf_str(&args);
    q.title = arena_printf(inv->arena, "state of %s, again", host);
    asked = inv_query(inv, &q, on_snapshot, arena_strdup(inv->arena, host)) != 0;
    buf_release(&args);
    return asked;
}

/* ---- servers ---- */

static void on_targets(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    struct metrics mm = {.inv = inv, .arena = inv->arena};
    struct err err = ERR_INIT;

    (void)ctx;
    (void)query;
    if ((result->status == TOOL_OK || result->status == TOOL_EMPTY) &&
        !prom_decode_targets(buf_str(&result->body), inv->arena, &mm.targets, &err))
        metrics_see_targets(&mm);
    else if (result->status != TOOL_CANCELED)
        note_failure(inv, "the scrape targets", result);
    one_is_over(inv);
}

static void on_alerts(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    (void)ctx;
    (void)query;
    if (result->status != TOOL_OK && result->status != TOOL_EMPTY &&
        result->status != TOOL_CANCELED)
        note_failure(inv, "the alerts", result);
    one_is_over(inv); /* they were published with the answer */
}

/* ---- AWS ---- */

static void on_findings(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *result)
{
    (void)ctx;
    (void)query;
    if (result->status != TOOL_OK && result->status != TOOL_EMPTY &&
        result->status != TOOL_CANCELED)
        note_failure(inv, "the security of AWS", result);
    one_is_over(inv); /* they were published with the answer */
}

static void ask_security(struct investigation *inv)
{
    inv->refreshing = 1;
    inv->refreshing += security_ask_all(inv, on_findings, NULL);
    one_is_over(inv);
}

/* ---- all of them ---- */

void refresh_ask(struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    if (inv->security) {
        ask_security(inv);
        return;
    }
    inv->refreshing = 1; /* until all are asked */
    VEC_EACH (t, &m->targets) {
        struct inv_query targets = {"prometheus_targets", STR_LIT("{}"), "",
                                    "scrape targets, again"};

        if (strncmp(*t, "host:", 5) == 0)
            inv->refreshing += ask_host(inv, *t + 5);
        else if (strncmp(*t, "prometheus:", 11) == 0)
            inv->refreshing += inv_query(inv, &targets, on_targets, NULL) != 0;
    }
    inv->refreshing += alerts_ask(inv, on_alerts, NULL);
    one_is_over(inv);
}

bool engine_refreshing(const struct engine *e)
{
    return e->inv && e->inv->refresh;
}

static void refresh(struct engine *e, bool security)
{
    struct err err;

    if (!security)
        (void)inventory_scan(e);
    if (e->inv || e->ended) {
        err_set(&err, ERR_AGAIN, "%s",
                e->inv && !engine_refreshing(e) ? "an investigation is running, which reads them"
                                                : "they are being read already");
        engine_say_error(e, "not read again", &err);
        return;
    }
    engine_open_deferred(e, security ? "What is not safe?" : "What is here?");
    investigation_refresh(e);
    e->inv->security = security;
}

void engine_refresh(struct engine *e)
{
    refresh(e, false);
}

void engine_security(struct engine *e)
{
    refresh(e, true);
}

/* agent_cost.c - money and time before and after a request: fuses are checked against what it may
 * cost at most, the ledger is written before it leaves, and what it did cost is told. */
#include "agent_priv.h"

#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/log.h"

#define ANSWER_TOKENS 4096

static const char *user(void)
{
    const struct passwd *pw = getpwuid(getuid());

    return pw ? pw->pw_name : "";
}

static const struct price *price(const struct agent *a)
{
    return price_find(a->inv->engine->opts.prices, a->provider, a->model);
}

static struct ledger_entry entry(const struct agent *a, const char *id)
{
    const struct model *m = inv_model(a->inv);

    return (struct ledger_entry){.ts_ms = loop_wall_ms(inv_loop(a->inv)),
                                 .id = id,
                                 .session = m->id,
                                 .user = user(),
                                 .provider = a->provider,
                                 .model = a->model,
                                 .turn = m->turn};
}

/* A ledger that cannot be written does not end the investigation; the fuses then go by what this
 * session knows. */
static void gather(struct agent *a, struct cost_spent *s)
{
    const struct model *m = inv_model(a->inv);
    int64_t now = loop_wall_ms(inv_loop(a->inv));
    struct err err;

    if (!a->inv->engine->ledger ||
        ledger_spent(a->inv->engine->ledger, now, m->id, user(), s, &err)) {
        s->usd_incident = s->usd_day = m->cost.usd;
        s->tokens_incident = m->cost.input_tokens + m->cost.output_tokens;
    }
    s->tool_calls = (int64_t)m->llm_tools;
    s->minutes = m->turn_started_ms ? (m->last_ms - m->turn_started_ms) / 60000 : 0;
}

enum err_code agent_book(struct agent *a, struct err *err)
{
    struct engine *e = a->inv->engine;
    struct cost_spent spent = {0};
    struct cost_projected next = {.usd = price_at_most(price(a), a->context_tokens, ANSWER_TOKENS),
                                  .tokens = a->context_tokens + ANSWER_TOKENS};
    struct err ledger_err;
    struct ledger_entry le;

    gather(a, &spent);
    if (cost_check(&e->fuses, &spent, &next, NULL, err) != FUSE_NONE)
        return err->code;
    a->bookings++;
    snprintf(a->booking, sizeof(a->booking), "t%lld.%d", (long long)inv_model(a->inv)->turn,
             a->bookings);
    le = entry(a, a->booking);
    le.booked = true;
    le.usd = next.usd;
    le.use.input = a->context_tokens;
    if (e->ledger && ledger_book(e->ledger, &le, &ledger_err))
        LOG(LOG_ENGINE, "ledger: %s", ledger_err.msg);
    return ERR_OK;
}

static void tell_cost(struct agent *a, const struct token_use *use, double usd)
{
    struct event ev = {.type = EV_COST_UPDATED, .actor = "engine"};
    const struct model *m = inv_model(a->inv);

    struct cost_spent spent = {0};

    gather(a, &spent);
    ev.u.cost_updated.usd = m->cost.usd + (isnan(usd) ? 0 : usd);
    ev.u.cost_updated.calls = m->cost.calls + 1;
    ev.u.cost_updated.unpriced = m->cost.unpriced + isnan(usd);
    ev.u.cost_updated.cache_read_tokens = m->cost.cache_read_tokens + use->cache_read;
    ev.u.cost_updated.cache_write_tokens = m->cost.cache_write_tokens + use->cache_write;
    ev.u.cost_updated.usd_day = spent.usd_day;
    ev.u.cost_updated.usd_limit = a->inv->engine->fuses.usd_incident;
    ev.u.cost_updated.usd_day_limit = a->inv->engine->fuses.usd_day;
    ev.u.cost_updated.input_tokens =
        m->cost.input_tokens + use->input + use->cache_read + use->cache_write;
    ev.u.cost_updated.output_tokens = m->cost.output_tokens + use->output;
    inv_publish(a->inv, &ev);
}

double agent_settle(struct agent *a)
{
    struct token_use use = {a->usage.input, a->usage.output, a->usage.cache_read,
                            a->usage.cache_write};
    double usd = price_of(price(a), &use);
    struct ledger_entry le = entry(a, a->booking);
    struct err err;

    le.usd = usd;
    le.use = use;
    if (a->inv->engine->ledger && ledger_settle(a->inv->engine->ledger, &le, &err))
        LOG(LOG_ENGINE, "ledger: %s", err.msg);
    tell_cost(a, &use, usd);
    return usd;
}

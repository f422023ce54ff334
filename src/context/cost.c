/* cost.c - the fuses, see cost.h. In the order in which a person can do something about them: what
 * passes by waiting comes last. */
#include "runbook/context/cost.h"

#include <math.h>
#include <stdio.h>

#define MINUTE_MS 60000

void cost_limits_default(struct cost_limits *l)
{
    *l = (struct cost_limits){.usd_incident = 2,
                              .usd_day = 20,
                              .tokens_incident = 2000000,
                              .tool_calls = 200,
                              .minutes = 60,
                              .calls_per_minute = 30};
}

const char *fuse_name(enum fuse fuse)
{
    static const char *const names[] = {"none",
                                        "usd_per_incident",
                                        "usd_per_day",
                                        "tokens_per_incident",
                                        "tool_calls_per_incident",
                                        "minutes_per_incident",
                                        "calls_per_minute",
                                        "unknown_price"};

    return names[fuse];
}

static enum fuse blow_usd(enum fuse fuse, const char *what, double limit, double spent, double next,
                          struct err *err)
{
    char a[32], b[32], c[32];

    cost_format(limit, a);
    cost_format(spent, b);
    cost_format(next, c);
    if (limit <= 0)
        err_set(err, ERR_LIMIT, "no money may be spent on a model: cost.%s is 0", fuse_name(fuse));
    else
        err_set(err, ERR_LIMIT,
                "the limit of %s for %s is reached: %s were spent, and the next call may cost up "
                "to %s; cost.%s raises it",
                a, what, b, c, fuse_name(fuse));
    return fuse;
}

static enum fuse blow(enum fuse fuse, const char *what, int64_t limit, int64_t spent, int64_t next,
                      struct err *err)
{
    err_set(err, ERR_LIMIT,
            "the limit of %lld %s for this incident is reached: %lld so far, and the next call may "
            "take %lld more; cost.%s raises it",
            (long long)limit, what, (long long)spent, (long long)next, fuse_name(fuse));
    return fuse;
}

static bool over(int64_t limit, int64_t sum)
{
    return limit != COST_NO_LIMIT && sum > limit;
}

/* A limit of 0 means that none is wanted at all, also of a call that costs nothing that is known.
 */
static bool over_usd(double limit, double spent, double next)
{
    if (limit < 0)
        return false;
    return limit <= 0 || spent + (isnan(next) ? 0 : next) > limit ||
           (isnan(next) && spent >= limit);
}

static enum fuse rate(const struct cost_limits *l, const struct cost_spent *s, int64_t *ret_wait_ms,
                      struct err *err)
{
    int64_t wait = MINUTE_MS - s->oldest_call_ms;

    if (wait < 1)
        wait = 1;
    if (ret_wait_ms)
        *ret_wait_ms = wait;
    err_set(err, ERR_AGAIN,
            "%lld call%s a minute %s allowed for a user: the next one in %lld s; "
            "cost.calls_per_minute raises it",
            (long long)l->calls_per_minute, l->calls_per_minute == 1 ? "" : "s",
            l->calls_per_minute == 1 ? "is" : "are", (long long)((wait + 999) / 1000));
    return FUSE_RATE;
}

enum fuse cost_check(const struct cost_limits *l, const struct cost_spent *s,
                     const struct cost_projected *p, int64_t *ret_wait_ms, struct err *err)
{
    if (over_usd(l->usd_incident, s->usd_incident, p->usd))
        return blow_usd(FUSE_USD_INCIDENT, "one incident", l->usd_incident, s->usd_incident, p->usd,
                        err);
    if (over_usd(l->usd_day, s->usd_day, p->usd))
        return blow_usd(FUSE_USD_DAY, "today", l->usd_day, s->usd_day, p->usd, err);
    if (isnan(p->usd) && l->refuse_unknown_price) {
        err_set(err, ERR_LIMIT,
                "the price of this model is not known, and cost.refuse_unknown_price is on: add "
                "the model to the file that cost.prices names");
        return FUSE_UNKNOWN_PRICE;
    }
    if (over(l->tokens_incident, s->tokens_incident + p->tokens))
        return blow(FUSE_TOKENS, "tokens", l->tokens_incident, s->tokens_incident, p->tokens, err);
    if (over(l->tool_calls, s->tool_calls + p->tool_calls))
        return blow(FUSE_TOOL_CALLS, "tool calls", l->tool_calls, s->tool_calls, p->tool_calls,
                    err);
    if (l->minutes != COST_NO_LIMIT && s->minutes >= l->minutes)
        return blow(FUSE_MINUTES, "minutes", l->minutes, s->minutes, 1, err);
    if (l->calls_per_minute != COST_NO_LIMIT && s->calls_last_minute >= l->calls_per_minute)
        return rate(l, s, ret_wait_ms, err);
    return FUSE_NONE;
}

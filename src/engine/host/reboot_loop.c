/* reboot_loop.c - the machine itself starts again and again, or has just started. One start is a
 * change that may explain something; three within an hour are the fault. */
#include <math.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"hour", 3600000.0, "ms", "starts of an upgrade lie further apart"},
    {"often", 3, "count", "two may be an upgrade"},
    {"just", 900.0, "s", "what starts with the machine is still starting"},
    {.name = NULL},
};
#define HOUR_MS LIMIT(0)
#define OFTEN LIMIT(1)
#define JUST_S LIMIT(2)

static int starts_within(struct host_view *v, double ms)
{
    double now = hv_num(v->snapshot, "taken_ms");
    int n = 0;

    VALUE_EACH (b, value_get(v->snapshot, "boots_ms"))
        n += b->type == VALUE_NUMBER && b->u.number <= now && now - b->u.number <= ms;
    return n;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double up = hv_num(v->snapshot, "uptime_s");
    int n = starts_within(v, HOUR_MS);

    f->metric = "starts";
    f->unit = "count";
    f->value = n;
    f->threshold = OFTEN;
    f->evidence = isnan(up) ? "when the machine started is not known"
                            : arena_printf(v->arena, "the machine has been up for %s",
                                           hv_human(v->arena, up, "seconds"));
    if (n < OFTEN && !(up < JUST_S))
        return;
    f->strength = n >= OFTEN ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = n >= OFTEN;
    f->severity = n >= OFTEN ? 0.9 : 0.35;
    f->claim = arena_printf(
        v->arena, n >= OFTEN ? "%s restarts again and again" : "%s has just restarted", v->host);
    if (n >= OFTEN) {
        f->evidence =
            arena_printf(v->arena, "the machine started %d times within an hour (limit 3)", n);
        f->second = arena_printf(v->arena, "it is up for %s", hv_human(v->arena, up, "seconds"));
    }
}

static const struct host_proposal proposals[] = {
    {.action = "read the end of the log before each start of {host}",
     .command = "journalctl -b -1 -n 100",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "the machine stays up for an hour"},
    {.action = NULL},
};
static const char *const checks[] = {"last -x reboot shutdown | head", "journalctl -b -1 -n 100",
                                     NULL};

const struct host_pattern host_pattern_reboot_loop = {
    .id = "reboot_loop",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_SERVICE | WORDS_ERRORS,
    .rank = 8,
    .claim = "%s restarts again and again",
    .rationale =
        "everything on a machine that restarts is down until it is back, and caches are cold",
    .refutes = "fewer than three starts within an hour, the last longer than 15 minutes ago",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

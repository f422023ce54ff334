/* resets.c - connection attempts that are refused, or connections that are reset, all the time. The
 * kernel counts them but does not say whose they are, and an attempt that is refused is gone at
 * once. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"failed_min", 10.0, "1/s", "a second: a program that tries two addresses makes fewer"},
    {"failed_share", 0.5, "ratio", "of the attempts"},
    {"resets_min", 20.0, "1/s", "a second: established connections that end by a reset"},
    {.name = NULL},
};
#define FAILED_MIN LIMIT(0)
#define FAILED_SHARE LIMIT(1)
#define RESETS_MIN LIMIT(2)

static void find(struct host_view *v, struct host_finding *f)
{
    double failed = net_count(value_get(v->snapshot, "network"), "attempt_fail_rate"),
           opened = net_count(value_get(v->snapshot, "network"), "open_rate"),
           resets = net_count(value_get(v->snapshot, "network"), "estab_reset_rate");
    double share = opened > 0 ? failed / opened : 0;

    f->metric = "failed_connects";
    f->unit = "connections/s";
    f->value = failed;
    f->threshold = FAILED_MIN;
    f->evidence =
        arena_printf(v->arena,
                     "%.1f of %.1f connection attempts a second fail (limit %.0f and half "
                     "of them), %.1f connections a second are reset (limit %.0f)",
                     failed, opened, FAILED_MIN, resets, RESETS_MIN);
    if ((failed < FAILED_MIN || share < FAILED_SHARE) && resets < RESETS_MIN)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.65;
    f->second = arena_printf(v->arena, "%.1f resets a second are sent by this machine",
                             net_count(value_get(v->snapshot, "network"), "reset_rate"));
    f->claim = failed >= FAILED_MIN && share >= FAILED_SHARE
                   ? arena_printf(v->arena, "connection attempts of %s are refused", v->host)
                   : arena_printf(v->arena, "connections of %s are reset", v->host);
}

static const char *const checks[] = {
    "which port refuses: tcpdump -ni any 'tcp[tcpflags] & tcp-rst != 0' on {host}",
    "who tries: the logs of the programs of {host} for 'connection refused'",
    NULL,
};

const struct host_pattern host_pattern_resets = {
    .id = "resets",
    .kind = "network",
    .category = CATEGORY_DEPENDENCY,
    .words = WORDS_NETWORK | WORDS_ERRORS,
    .rank = 15,
    .claim = "connections of %s are refused or reset",
    .rationale = "a port on which nobody listens answers each attempt with a reset",
    .refutes = "few attempts that fail, and few resets",
    .limits = limits,
    .find = find,
    .checks = checks,
};

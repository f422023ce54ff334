/* conntrack.c - the connection table is full. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"full", 0.95, "ratio", "from there on new connections are about to be dropped"},
    {"lost", 1.0, "entries/s", "it is not only full, somebody is hurt"},
    {.name = NULL},
};
#define FULL LIMIT(0)
#define LOST_MIN LIMIT(1)

static void find(struct host_view *v, struct host_finding *f)
{
    f->metric = "conntrack_used";
    hv_table_full(v, f, "tracked connections", hv_num(v->snapshot, "limits.conntrack"),
                  hv_num(v->snapshot, "limits.conntrack_max"), FULL);
    hv_with_event(v, f, "conntrack_full");
    if (f->strength == STRENGTH_STRONG && !f->second &&
        hv_num(v->snapshot, "limits.conntrack_lost_rate") >= LOST_MIN)
        f->second = arena_printf(
            v->arena, "%.0f entries a second found no room, or took that of another connection",
            hv_num(v->snapshot, "limits.conntrack_lost_rate"));
}

static const struct host_proposal proposals[] = {
    {.action = "see what fills the table of {host}, by state and by peer",
     .command = "conntrack -S; conntrack -L | head",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = "make the table of {host} larger until its filling is understood",
     .command = "sysctl -w net.netfilter.nf_conntrack_max=N",
     .rollback = "sysctl -w net.netfilter.nf_conntrack_max=N, with the former number",
     .risk = APPROVAL_MEDIUM,
     .watch = "nf_conntrack_count stays below the maximum"},
    {.action = NULL},
};

static const char *const checks[] = {
    "the table of {host}: sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
    NULL,
};

const struct host_pattern host_pattern_conntrack = {
    .id = "conntrack",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_SCALING,
    .rank = 14,
    .claim = "the connection table of %s is full",
    .rationale = "packets of new connections are dropped when conntrack is full",
    .refutes = "conntrack below 95 % of its maximum",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

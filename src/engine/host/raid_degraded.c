/* raid_degraded.c - an array of disks without all of its members. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *bad = NULL;

    f->metric = "raid_members_missing";
    f->unit = "count";
    f->threshold = 0;
    f->value = 0;
    f->evidence = "no array of disks misses a member";
    VALUE_EACH (r, value_get(v->snapshot, "raids")) {
        double missing = hv_num(r, "wanted") - hv_num(r, "active");

        if (missing > f->value) {
            f->value = missing;
            bad = r;
        }
    }
    if (!bad)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.6; /* it still serves, slower and without a reserve */
    f->resource = hv_key(v, "raid", hv_str(bad, "name"));
    f->claim = arena_printf(v->arena, "array %s of %s is degraded", hv_str(bad, "name"), v->host);
    f->evidence = arena_printf(v->arena, "%s (%s) has %.0f of %.0f members [%s]",
                               hv_str(bad, "name"), hv_str(bad, "level"), hv_num(bad, "active"),
                               hv_num(bad, "wanted"), hv_str(bad, "members"));
    if (*hv_str(bad, "failed"))
        f->second =
            arena_printf(v->arena, "failed: %s%s", hv_str(bad, "failed"),
                         value_bool_or(bad, "rebuilding", false) ? "; it is being rebuilt" : "");
    else
        f->second = value_bool_or(bad, "rebuilding", false)
                        ? "it is being rebuilt, which takes the disks' time"
                        : "no member is marked as failed: one was taken out or never came up";
}

static const struct host_proposal proposals[] = {
    {.action = "replace the failed member of {raid} and let it rebuild",
     .command = "mdadm --detail /dev/{raid}",
     .rollback = "nothing is changed by looking; a member that was added can be removed",
     .risk = APPROVAL_LOW,
     .watch = "/proc/mdstat shows all members"},
    {.action = NULL},
};
static const char *const checks[] = {"mdadm --detail /dev/{raid}", "smartctl -a of its members",
                                     NULL};

const struct host_pattern host_pattern_raid_degraded = {
    .id = "raid_degraded",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_LATENCY,
    .rank = 13,
    .claim = "an array of disks of %s is degraded",
    .rationale = "the rest of the members do the work, and the next failure loses data",
    .refutes = "all members active in /proc/mdstat",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

/* thin_pool.c - a pool of thin volumes without room: the volumes above look half empty and fail. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"full", 0.95, "ratio", "lvm.conf(5) extends at 70 to 80 % where that is configured"},
    {.name = NULL},
};
#define FULL LIMIT(0)

static double fullness(const struct value *t)
{
    double d = hv_num(t, "data_used"), m = hv_num(t, "meta_used");

    return fmax(isnan(d) ? 0 : d, isnan(m) ? 0 : m);
}

static bool broken(const struct value *t)
{
    return value_bool_or(t, "failed", false) || value_bool_or(t, "read_only", false);
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *worst;

    f->metric = "thin_pool_used";
    f->unit = "ratio";
    f->threshold = FULL;
    f->evidence = "no pool of thin volumes is full";
    VALUE_EACH (t, value_get(v->snapshot, "thin_pools"))
        hv_choose(v, &c, t, broken(t) ? fmax(1, fullness(t)) : fullness(t), hv_str(t, "name"),
                  hv_names(v, hv_str(t, "name")));
    worst = c.item;
    f->value = worst ? c.score : 0;
    if (!worst || f->value < FULL)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value >= 1 ? 1 : 0.85;
    f->named = c.named;
    f->one_of = c.identity;
    f->resource = hv_key(v, "pool", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "thin pool %s of %s %s", hv_str(worst, "name"), v->host,
                            broken(worst) ? "has failed" : "is full");
    f->evidence = arena_printf(v->arena,
                               "%.0f %% of the data and %.0f %% of the metadata of pool "
                               "%s are used (limit 95 %%)",
                               hv_num(worst, "data_used") * 100, hv_num(worst, "meta_used") * 100,
                               hv_str(worst, "name"));
    f->second = broken(worst) ? "the kernel took it out of service or made it read-only"
                              : "volumes above show free room that the pool does not have";
}

static const struct host_proposal proposals[] = {
    {.action = "extend pool {pool}, or discard what the volumes no longer need",
     .command = "lvextend -L +10G {pool}",
     .rollback = "none possible: a pool cannot be made smaller",
     .risk = APPROVAL_HIGH,
     .watch = "dmsetup status shows less than 80 %"},
    {.action = NULL},
};
static const char *const checks[] = {"lvs -a -o +data_percent,metadata_percent, as root", NULL};

const struct host_pattern host_pattern_thin_pool = {
    .id = "thin_pool",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_ERRORS,
    .rank = 14,
    .several = HOST_SAME_MAX,
    .claim = "a thin pool of %s is full",
    .rationale = "writes to every volume of a full pool wait and then fail",
    .refutes = "pools below 95 % of data and metadata",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

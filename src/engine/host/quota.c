/* quota.c - somebody has used up a quota: for that user the disk is full, for nobody else. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"full", 0.99, "ratio", "of the hard limit"},
    {.name = NULL},
};
#define FULL LIMIT(0)

static double used(const struct value *q)
{
    double bytes = hv_num(q, "hard") > 0 ? hv_num(q, "used") / hv_num(q, "hard") : 0;
    double files = hv_num(q, "files_hard") > 0 ? hv_num(q, "files") / hv_num(q, "files_hard") : 0;

    return fmax(isnan(bytes) ? 0 : bytes, isnan(files) ? 0 : files);
}

static const char *identity(struct host_view *v, const struct value *q)
{
    return arena_printf(v->arena, "%s %s on %s",
                        value_bool_or(q, "group", false) ? "group" : "user", hv_str(q, "who"),
                        hv_str(q, "device"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *worst;
    bool files;

    f->metric = "quota_used";
    f->unit = "ratio";
    f->threshold = FULL;
    VALUE_EACH (q, value_get(v->snapshot, "quotas"))
        hv_choose(v, &c, q, used(q), identity(v, q), hv_names(v, hv_str(q, "who")));
    worst = c.item;
    f->value = worst ? used(worst) : 0;
    f->named = c.named;
    f->one_of = c.identity;
    f->evidence = worst ? arena_printf(v->arena,
                                       "the fullest quota, of %s, is %.0f %% used (limit "
                                       "99 %%)",
                                       hv_str(worst, "who"), f->value * 100)
                        : "no quota is set";
    if (!worst || f->value < FULL)
        return;
    files = hv_num(worst, "files_hard") > 0 &&
            hv_num(worst, "files") / hv_num(worst, "files_hard") >= f->value;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.8;
    f->resource = hv_key(v, "quota", hv_str(worst, "who"));
    f->claim = arena_printf(v->arena, "%s %s of %s has used up the quota on %s",
                            value_bool_or(worst, "group", false) ? "group" : "user",
                            hv_str(worst, "who"), v->host, hv_str(worst, "device"));
    f->evidence = arena_printf(v->arena, "%.0f %% of the hard limit for %s is used", f->value * 100,
                               files ? "files" : "bytes");
    f->second = files ? arena_printf(v->arena, "%.0f of %.0f files", hv_num(worst, "files"),
                                     hv_num(worst, "files_hard"))
                      : arena_printf(v->arena, "%s of %s",
                                     hv_human(v->arena, hv_num(worst, "used"), "bytes"),
                                     hv_human(v->arena, hv_num(worst, "hard"), "bytes"));
}

static const struct host_proposal proposals[] = {
    {.action = "raise the quota of {quota}, or remove what is not needed",
     .command = "edquota -u {quota}",
     .rollback = "set the old limits again",
     .risk = APPROVAL_MEDIUM,
     .watch = "repquota -a shows room"},
    {.action = NULL},
};
static const char *const checks[] = {"repquota -a, as root", NULL};

const struct host_pattern host_pattern_quota = {
    .id = "quota",
    .kind = "disk",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_DISK | WORDS_ERRORS,
    .rank = 15,
    .several = HOST_SAME_MAX,
    .claim = "a quota of %s is used up",
    .rationale = "writes of that user fail with 'quota exceeded' while the disk has room",
    .refutes = "every quota below 99 % of its hard limit",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

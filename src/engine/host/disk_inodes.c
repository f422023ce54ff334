/* disk_inodes.c - no inode is left: writes of new files fail although blocks are free. */
#include <math.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"full", 0.97, "ratio", "as for blocks"},
    {.name = NULL},
};
#define FULL LIMIT(0)

static struct host_culprit who_makes_them(struct host_view *v, const struct value *fs)
{
    const char *mount = hv_str(fs, "mount");
    double used = hv_num(fs, "inodes") * hv_num(fs, "inodes_used");

    return (struct host_culprit){
        .statement = arena_printf(v->arena, "one folder fills %s of %s", mount, v->host),
        .resource = hv_key(v, "fs", mount),
        .metric = "folder_entries",
        .unit = "count",
        .strength = STRENGTH_WEAK,
        .before = NAN,
        .after = used,
        .threshold = SHARE_OF_MOST,
        .follow = FOLLOW_DISK,
        .path = mount,
        .weight = 1,
        .evidence = arena_printf(v->arena, "%.0f of %.0f inodes are used on %s", used,
                                 hv_num(fs, "inodes"), mount),
    };
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *worst;

    f->metric = "inodes_used";
    f->unit = "ratio";
    f->threshold = FULL;
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (st_counts(v, fs))
            st_choose(v, &c, fs, hv_num(fs, "inodes_used"));
    }
    worst = c.item;
    f->value = worst && hv_num(worst, "inodes_used") > 0 ? hv_num(worst, "inodes_used") : 0;
    f->named = c.named;
    f->one_of = c.identity;
    f->mount = worst ? hv_str(worst, "mount") : NULL;
    f->evidence = arena_printf(v->arena, "%s%.0f %% of the inodes of %s are used (limit %.0f %%)",
                               c.named ? "" : "at most ", f->value * 100,
                               c.named ? f->mount : "a filesystem", FULL * 100);
    if (c.named) {
        f->resource = hv_key(v, "fs", f->mount);
        f->claim = arena_printf(v->arena, "%s of %s has no inodes left", f->mount, v->host);
    }
    if (!worst || !(f->value >= FULL))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 1;
    f->resource = hv_key(v, "fs", hv_str(worst, "mount"));
    f->claim =
        arena_printf(v->arena, "%s of %s has no inodes left", hv_str(worst, "mount"), v->host);
    f->evidence = arena_printf(v->arena, "%.1f %% of the inodes of %s are used (limit %.0f %%)",
                               f->value * 100, hv_str(worst, "mount"), FULL * 100);
    f->second = arena_printf(v->arena, "%s are free there, so that is not the reason",
                             hv_human(v->arena, hv_num(worst, "available"), "bytes"));
    hv_add_culprit(f, who_makes_them(v, worst));
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    st_read_usage(v, c, answer, true, r);
}

static const struct host_proposal proposals[] = {
    {.action = "stop what makes files in {folder}, then remove the ones that are not needed",
     .command = "find {folder} -xdev -type f -mmin +60",
     .rollback = "none possible for what was removed: archive it first",
     .risk = APPROVAL_HIGH,
     .watch = "df -i shows free inodes"},
    {.action = NULL},
};
static const char *const checks[] = {
    "df -i {fs}; du -x --inodes --max-depth=3 {fs} | sort -n | tail",
    NULL,
};

const struct host_pattern host_pattern_disk_inodes = {
    .id = "disk_inodes",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_ERRORS,
    .rank = 4,
    .several = HOST_SAME_MAX,
    .claim = "a filesystem of %s has no inodes left",
    .rationale = "each file needs an inode; without one, creating files fails with 'no space'",
    .refutes = "free inodes on every filesystem",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

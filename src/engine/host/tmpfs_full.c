/* tmpfs_full.c - a filesystem in memory is full: /tmp, /run or /dev/shm. */
#include <math.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"full", 0.97, "ratio", "writers fail or are about to"},
    {.name = NULL},
};
#define FULL LIMIT(0)

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *worst;
    const char *mount;

    f->metric = "tmpfs_used";
    f->unit = "ratio";
    f->threshold = FULL;
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (st_counts(v, fs) && st_tmpfs(fs))
            st_choose(v, &c, fs, hv_num(fs, "used"));
    }
    worst = c.item;
    mount = worst ? hv_str(worst, "mount") : "";
    f->value = worst ? hv_num(worst, "used") : 0;
    f->named = c.named;
    f->one_of = c.identity;
    f->mount = worst ? mount : NULL;
    f->evidence = arena_printf(v->arena, "%s is %.0f %% used (limit %.0f %%)",
                               c.named ? mount : "the fullest tmpfs", f->value * 100, FULL * 100);
    if (c.named) {
        f->resource = hv_key(v, "fs", mount);
        f->claim = arena_printf(v->arena, "%s of %s, files in memory, is full", mount, v->host);
    }
    if (!worst || !(f->value >= FULL))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.9;
    f->resource = hv_key(v, "fs", mount);
    f->claim = arena_printf(v->arena, "%s of %s, files in memory, is full", mount, v->host);
    f->evidence = arena_printf(v->arena, "%s (tmpfs) is %.1f %% used (limit %.0f %%)", mount,
                               f->value * 100, FULL * 100);
    f->second = arena_printf(v->arena, "%s available of %s, taken from memory",
                             hv_human(v->arena, hv_num(worst, "available"), "bytes"),
                             hv_human(v->arena, hv_num(worst, "total"), "bytes"));
    hv_add_culprit(
        f, (struct host_culprit){
               .statement = arena_printf(v->arena, "one file fills %s of %s", mount, v->host),
               .resource = f->resource,
               .metric = "file_bytes",
               .unit = "bytes",
               .strength = STRENGTH_WEAK,
               .before = NAN,
               .after = hv_num(worst, "total") - hv_num(worst, "free"),
               .threshold = SHARE_OF_ONE,
               .follow = FOLLOW_DISK,
               .path = mount,
               .weight = 1,
               .evidence = f->evidence,
           });
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    st_read_usage(v, c, answer, false, r);
}

static const struct host_proposal proposals[] = {
    {.action = "move {file} to a disk, once nobody writes it",
     .command = "mv {file} /var/tmp/",
     .rollback = "move it back",
     .risk = APPROVAL_MEDIUM,
     .watch = "df shows room in the tmpfs"},
    {.action = "make {fs} larger until it is cleaned",
     .command = "mount -o remount,size=150% {fs}",
     .rollback = "mount -o remount,size=OLD {fs}",
     .risk = APPROVAL_MEDIUM,
     .watch = "available memory stays above 10 %"},
    {.action = NULL},
};

const struct host_pattern host_pattern_tmpfs_full = {
    .id = "tmpfs_full",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_ERRORS | WORDS_MEMORY,
    .rank = 6,
    .several = HOST_SAME_MAX,
    .claim = "a tmpfs of %s is full",
    .rationale = "programs that need a scratch file or a socket fail, and the memory is gone",
    .refutes = "room on every tmpfs",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
};

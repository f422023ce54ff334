/* disk_full.c - no block is left on a filesystem: who filled it, a file or a folder. Memory drawn
 * as files (tmpfs) and inodes have patterns of their own. */
#include <math.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"full", 0.97, "ratio", "nearly every writer fails or is about to"},
    {"full_to_the_last", 0.995, "ratio", "what is left is reserved for root"},
    {.name = NULL},
};
#define FULL LIMIT(0)
#define FULL_TO_THE_LAST LIMIT(1)

static struct host_culprit who_fills(struct host_view *v, const struct value *fs)
{
    const char *mount = hv_str(fs, "mount");
    double used = hv_num(fs, "total") - hv_num(fs, "free");

    return (struct host_culprit){
        .statement = arena_printf(v->arena, "one file fills %s of %s", mount, v->host),
        .resource = hv_key(v, "fs", mount),
        .metric = "file_bytes",
        .unit = "bytes",
        .strength = STRENGTH_WEAK,
        .before = NAN,
        .after = used,
        .threshold = SHARE_OF_ONE,
        .follow = FOLLOW_DISK,
        .path = mount,
        .weight = hv_num(fs, "used"),
        .evidence =
            arena_printf(v->arena, "%s of %s are used on %s", hv_human(v->arena, used, "bytes"),
                         hv_human(v->arena, hv_num(fs, "total"), "bytes"), mount),
    };
}

/* The one that the question names, or the fullest. */
static struct host_choice choose(struct host_view *v)
{
    struct host_choice c = {.item = NULL};

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (st_counts(v, fs) && !st_tmpfs(fs))
            st_choose(v, &c, fs, hv_num(fs, "used"));
    }
    return c;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct host_choice c = choose(v);
    const struct value *worst = c.item;
    const char *mount = worst ? hv_str(worst, "mount") : "";
    double deleted;

    f->value = worst ? hv_num(worst, "used") : 0;
    f->metric = "filesystem_used";
    f->unit = "ratio";
    f->threshold = FULL;
    f->named = c.named;
    f->one_of = c.identity;
    f->mount = worst ? mount : NULL;
    f->evidence = worst ? arena_printf(v->arena, "%s%s%s is %.0f %% used (limit %.0f %%)",
                                       c.named ? "" : "the fullest filesystem, ", mount,
                                       c.named ? "" : ",", f->value * 100, FULL * 100)
                        : "no filesystem could be asked";
    if (c.named) {
        f->resource = hv_key(v, "fs", mount);
        f->claim = arena_printf(v->arena, "%s of %s is full", mount, v->host);
    }
    if (!(f->value >= FULL))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value >= FULL_TO_THE_LAST ? 1 : 0.85;
    f->resource = hv_key(v, "fs", mount);
    f->claim = arena_printf(v->arena, "%s of %s is full", mount, v->host);
    f->evidence = arena_printf(v->arena, "%s is %.1f %% used (limit %.0f %%)", mount,
                               f->value * 100, FULL * 100);
    f->second = arena_printf(v->arena, "%s available of %s, %.1f %% of inodes used",
                             hv_human(v->arena, hv_num(worst, "available"), "bytes"),
                             hv_human(v->arena, hv_num(worst, "total"), "bytes"),
                             hv_num(worst, "inodes_used") * 100);
    /* What deleted files hold is explained by deleted_open; a walk would not find it. */
    st_deleted_most(v, mount, &deleted);
    if (deleted >= SHARE_OF_ONE * (hv_num(worst, "total") - hv_num(worst, "free")))
        f->severity = 0.8;
    else
        hv_add_culprit(f, who_fills(v, worst));
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    st_read_usage(v, c, answer, false, r);
}

static const struct host_proposal proposals[] = {
    {.action = "stop what writes {file}, then compress or move it to another filesystem",
     .command = "gzip {file}",
     .rollback = "gunzip {file}.gz, once there is room",
     .risk = APPROVAL_MEDIUM,
     .watch = "df shows free blocks and the writers recover"},
    {.action = "empty {file}, when it is a log that nobody needs any more",
     .command = "truncate -s 0 {file}",
     .act = "host.log.truncate path={file}",
     .rollback = "none possible for what was in it: keep its end first",
     .risk = APPROVAL_HIGH,
     .watch = "df shows free blocks and the writers recover"},
    {.action = "delete {file}, when nobody needs it",
     .command = "rm {file}",
     .act = "host.file.delete path={file}",
     .rollback = "none possible",
     .risk = APPROVAL_HIGH,
     .watch = "df shows free blocks and the writers recover"},
    {.action = "remove or archive what is no longer needed below {folder}",
     .command = "find {folder} -xdev -type f -mtime +7",
     .rollback = "none possible for what was removed: archive it first",
     .risk = APPROVAL_HIGH,
     .watch = "df shows free blocks and the writers recover"},
    {.action = "see what takes the space of {fs}, or grow it",
     .command = "du -xh --max-depth=2 {fs}",
     .rollback = "nothing is changed by looking; a filesystem that was grown stays so",
     .risk = APPROVAL_LOW,
     .watch = "df shows free blocks"},
    {.action = NULL},
};
static const char *const checks[] = {
    "df -h {fs}; du -xh --max-depth=2 {fs} | sort -h | tail",
    "lsof +L1, as root: deleted files that are still open",
    NULL,
};

const struct host_pattern host_pattern_disk_full = {
    .id = "disk_full",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_ERRORS | WORDS_DATABASE,
    .rank = 3,
    .several = HOST_SAME_MAX,
    .claim = "a filesystem of %s is full",
    .rationale = "writes fail when no block is left",
    .refutes = "free blocks on every filesystem",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

/* disk_full.c - no block or no inode is left. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define FULL 0.97         /* nearly every writer fails or is about to */
#define SHARE_OF_ONE 0.25 /* of what is used: a file that large is worth naming */

static double fullness(const struct value *fs)
{
    if (!value_bool_or(fs, "known", false) || value_bool_or(fs, "read_only", false) ||
        hv_num(fs, "total") < 1048576)
        return 0;
    return fmax(hv_num(fs, "used"), hv_num(fs, "inodes_used"));
}

static struct host_culprit largest_file(struct host_view *v, const struct value *fs)
{
    const char *mount = hv_str(fs, "mount");

    return (struct host_culprit){
        .statement = arena_printf(v->arena, "one file fills %s of %s", mount, v->host),
        .resource = hv_key(v, "fs", mount),
        .metric = "file_bytes",
        .unit = "bytes",
        .strength = STRENGTH_WEAK,
        .before = NAN,
        .after = hv_num(fs, "total") - hv_num(fs, "free"),
        .threshold = SHARE_OF_ONE,
        .follow = FOLLOW_DISK,
        .path = mount,
        .weight = hv_num(fs, "used"),
        .evidence =
            arena_printf(v->arena, "%s of %s are used on %s",
                         hv_human(v->arena, hv_num(fs, "total") - hv_num(fs, "free"), "bytes"),
                         hv_human(v->arena, hv_num(fs, "total"), "bytes"), mount),
    };
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    bool inodes;

    f->metric = "filesystem_used";
    f->unit = "ratio";
    f->threshold = FULL;
    f->value = 0;
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (value_bool_or(fs, "known", false) && (!worst || fullness(fs) > f->value)) {
            f->value = fullness(fs);
            worst = fs;
        }
    }
    f->evidence =
        worst
            ? arena_printf(v->arena, "the fullest filesystem, %s, is %.0f %% used (limit %.0f %%)",
                           hv_str(worst, "mount"), f->value * 100, FULL * 100)
            : "no filesystem could be asked";
    if (f->value < FULL)
        return;
    inodes = hv_num(worst, "inodes_used") >= FULL && hv_num(worst, "used") < FULL;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value >= 0.995 ? 1 : 0.85;
    f->resource = hv_key(v, "fs", hv_str(worst, "mount"));
    f->claim = arena_printf(v->arena, inodes ? "%s of %s has no inodes left" : "%s of %s is full",
                            hv_str(worst, "mount"), v->host);
    f->evidence =
        arena_printf(v->arena, "%s is %.1f %% used (limit %.0f %%)%s", hv_str(worst, "mount"),
                     f->value * 100, FULL * 100, inodes ? ", counted in inodes" : "");
    f->second = arena_printf(v->arena, "%s available of %s, %.1f %% of inodes used",
                             hv_human(v->arena, hv_num(worst, "available"), "bytes"),
                             hv_human(v->arena, hv_num(worst, "total"), "bytes"),
                             hv_num(worst, "inodes_used") * 100);
    if (!inodes)
        f->culprits[f->culprit_count++] = largest_file(v, worst);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const struct value *top = value_at(value_get(answer, "files"), 0);
    struct arena *a = v->arena;
    const char *path, *holder = "";
    bool deleted;

    r->strength = STRENGTH_NONE;
    if (!top) {
        r->evidence = arena_printf(a, "no large file was found below %s", c->path);
        return;
    }
    path = hv_str(top, "path");
    deleted = value_bool_or(top, "deleted", false);
    r->after = hv_num(top, "bytes");
    if (hv_num(top, "pid") > 0)
        holder = arena_printf(a, ", held open by process %.0f (%s)", hv_num(top, "pid"),
                              hv_str(top, "command"));
    r->evidence =
        arena_printf(a, "the largest file is %s: %s, %.0f %% of what is used%s%s%s", path,
                     hv_human(a, r->after, "bytes"), hv_num(top, "share") * 100,
                     deleted ? ", deleted but still open" : "", holder,
                     value_bool_or(answer, "partial", false) ? " (the walk was cut)" : "");
    if (hv_num(top, "share") < SHARE_OF_ONE)
        return;
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->statement = arena_printf(a, "%s fills %s of %s: %s%s%s", path, c->path, v->host,
                                hv_human(a, r->after, "bytes"),
                                deleted ? ", deleted but still open" : "", holder);
    r->resource = hv_key(v, "file", path);
}

const struct host_pattern host_pattern_disk_full = {
    .id = "disk_full",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_ERRORS | WORDS_DATABASE,
    .rank = 3,
    .claim = "a filesystem of %s is full",
    .rationale = "writes fail when no block or no inode is left",
    .refutes = "free blocks and free inodes on every filesystem",
    .find = find,
    .read = read_answer,
};

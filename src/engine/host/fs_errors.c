/* fs_errors.c - the kernel finds a filesystem damaged. */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "patterns.h"

static const char *const kinds[] = {"fs_error", NULL};
static const struct host_limit limits[] = {
    {"recent", 1800.0, "s", "older errors belong to another incident"},
    {"warnings", 1.5, "1/s", "of its driver: one alone may be about a mount or a single folder"},
    {.name = NULL},
};
#define RECENT_S LIMIT(0)
#define WARNINGS LIMIT(1)

/* As the kernel calls its device, "dm-0" or "sdb1"; else by its device file; "" for none. */
static const char *disk_of(const struct value *fs)
{
    const char *slash = strrchr(hv_str(fs, "device"), '/');

    return *hv_str(fs, "disk") ? hv_str(fs, "disk") : slash ? slash + 1 : "";
}

/* The filesystem whose device the message names: "EXT4-fs error (device sdb1): ...". */
static const struct value *damaged(struct host_view *v, const char *text)
{
    const struct value *best = NULL;
    size_t longest = 0;

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        const char *name = disk_of(fs);

        if (strlen(name) > longest && strstr(text, name)) {
            longest = strlen(name);
            best = fs;
        }
    }
    return best;
}

/* The device that the message names: "(device sdb1)", "XFS (sdb1)"; "" when it names none. */
static const char *device_in(struct host_view *v, const char *text)
{
    const char *at = strstr(text, "(device "), *end;

    at = at ? at + 8 : strchr(text, '(');
    at = at && *at == '(' ? at + 1 : at;
    end = at ? strpbrk(at, "): ") : NULL;
    return end && end > at && *end == ')' ? arena_printf(v->arena, "%.*s", (int)(end - at), at)
                                          : "";
}

/* ---- what the filesystem counts itself, for everybody to read ---- */

static bool has_errors(struct host_view *v, const struct value *fs)
{
    return hv_num(fs, "errors") > 0 &&
           (hv_num(fs, "error_rate") > 0 || hv_num(fs, "error_age_s") <= RECENT_S);
}

/* One with errors before one that only warns. */
static const struct value *complains(struct host_view *v)
{
    const struct value *warns = NULL;

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (has_errors(v, fs))
            return fs;
        if (hv_num(fs, "warning_rate") >= WARNINGS)
            warns = fs;
    }
    return warns;
}

static void by_counters(struct host_view *v, struct host_finding *f, const struct value *fs)
{
    bool errors = has_errors(v, fs);
    const char *mount = hv_str(fs, "mount"), *disk = disk_of(fs);
    struct arena *a = v->arena;

    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->resource = hv_key(v, "fs", mount);
    f->value = errors ? hv_num(fs, "errors") : hv_num(fs, "warning_rate");
    f->second = arena_printf(a, "%s is mounted on %s; which words go with it the kernel's log says",
                             disk, mount);
    if (errors) {
        f->claim = arena_printf(a, "the filesystem %s of %s is damaged", mount, v->host);
        f->evidence = arena_printf(
            a, "the filesystem keeps %.0f errors of %s, the last of %s ago, the first of %s ago",
            f->value, disk, hv_human(a, hv_num(fs, "error_age_s"), "seconds"),
            hv_human(a, hv_num(fs, "first_error_age_s"), "seconds"));
        return;
    }
    f->claim =
        arena_printf(a, "the filesystem %s of %s cannot do what it is asked for", mount, v->host);
    f->evidence = arena_printf(a,
                               "the driver of %s counts %.1f warnings a second: reads or writes "
                               "fail, or a folder has no room for names",
                               disk, f->value);
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *e, *fs, *counts = complains(v);

    f->metric = "filesystem_errors";
    kernel_finding(v, f, kinds,
                   "no filesystem counts errors, and the kernel log has none of them "
                   "from the last 30 minutes",
                   0.85);
    if (!kernel_count(v, kinds, &e)) {
        if (counts)
            by_counters(v, f, counts);
        return;
    }
    fs = damaged(v, hv_str(e, "text"));
    if (!fs && *device_in(v, hv_str(e, "text"))) { /* what is not mounted any more hurts nobody */
        f->strength = STRENGTH_WEAK;
        f->direct = false;
        f->severity = 0.3;
        if (counts)
            by_counters(v, f, counts);
    }
    if (!fs)
        return;
    f->resource = hv_key(v, "fs", hv_str(fs, "mount"));
    f->claim =
        arena_printf(v->arena, "the filesystem %s of %s is damaged", hv_str(fs, "mount"), v->host);
    if (!f->second)
        f->second = arena_printf(v->arena, "%s is mounted on %s", hv_str(fs, "device"),
                                 hv_str(fs, "mount"));
}

static const struct host_proposal proposals[] = {
    {.action = "stop what writes to {fs}, unmount it and repair it",
     .command = "umount {fs} && fsck -n DEVICE",
     .rollback = "mount {fs}; a repair itself cannot be undone: take an image first",
     .risk = APPROVAL_HIGH,
     .watch = "no further message of the kernel"},
    {.action = NULL},
};
static const char *const checks[] = {"dmesg -T | grep -i -e ext4 -e xfs -e btrfs, as root", NULL};

const struct host_pattern host_pattern_fs_errors = {
    .id = "fs_errors",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_ERRORS | WORDS_DISK | WORDS_DATABASE,
    .rank = 10,
    .claim = "a filesystem of %s is damaged",
    .rationale = "reads and writes of damaged parts fail, and the whole may turn read-only",
    .refutes = "no error that a filesystem counts, and none in the kernel log of 30 minutes",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

/* fs_errors.c - the kernel finds a filesystem damaged. */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "patterns.h"

static const char *const kinds[] = {"fs_error", NULL};

/* The filesystem whose device the message names: "EXT4-fs error (device sdb1): ...". */
static const struct value *damaged(struct host_view *v, const char *text)
{
    const struct value *best = NULL;
    size_t longest = 0;

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        const char *slash = strrchr(hv_str(fs, "device"), '/'), *name = slash ? slash + 1 : "";

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

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *e, *fs;

    f->metric = "filesystem_errors";
    kernel_finding(v, f, kinds, "no filesystem error in the kernel log of the last 30 minutes",
                   0.85);
    if (!kernel_count(v, kinds, &e))
        return;
    fs = damaged(v, hv_str(e, "text"));
    if (!fs && *device_in(v, hv_str(e, "text"))) { /* what is not mounted any more hurts nobody */
        f->strength = STRENGTH_WEAK;
        f->direct = false;
        f->severity = 0.3;
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
    .refutes = "no filesystem error in the kernel log of the last 30 minutes",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

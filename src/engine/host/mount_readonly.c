/* mount_readonly.c - a filesystem that became read-only: fstab says otherwise, or the kernel says
 * that it stopped writing after an error. One that is meant to be read-only is no fault. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"day", 86400.0, "s", "the kernel said it since"},
    {.name = NULL},
};
#define DAY_S LIMIT(0)

/* What the kernel said when it stopped writing, of this device where it names one. */
static const struct value *reason(struct host_view *v, const char *device)
{
    const char *slash = strrchr(device, '/'), *name = slash ? slash + 1 : device;
    const struct value *best = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        const char *text = hv_str(e, "text");

        if (strcmp(hv_str(e, "kind"), "fs_error") != 0 || !(hv_num(e, "age_s") <= DAY_S))
            continue;
        if (*name && strstr(text, name))
            best = e;
    }
    return best;
}

/* The filesystem itself keeps when it last met an error, for everybody to read. */
static bool had_errors(struct host_view *v, const struct value *fs)
{
    return hv_num(fs, "errors") > 0 && hv_num(fs, "error_age_s") <= DAY_S;
}

/* One that the question names first, else one that fstab wants otherwise. */
static struct host_choice broken(struct host_view *v)
{
    struct host_choice c = {.item = NULL};

    VALUE_EACH (m, value_get(v->snapshot, "mounts")) {
        const struct value *fs = st_fs(v, hv_str(m, "mount"));

        if (strcmp(hv_str(m, "trouble"), "read_only") == 0)
            hv_choose(v, &c, m, 2, hv_str(m, "mount"), fs && st_named(v, fs));
    }
    /* Without a line in fstab, only the kernel's own word counts, or the filesystem's. */
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (value_bool_or(fs, "read_only", false) &&
            (reason(v, hv_str(fs, "device")) || had_errors(v, fs)))
            st_choose(v, &c, fs, 1);
    }
    return c;
}

static const char *why_text(struct host_view *v, const struct value *m, const struct value *why)
{
    const struct value *fs = st_fs(v, hv_str(m, "mount"));

    if (why)
        return arena_printf(v->arena, "kernel, %s ago: %s",
                            hv_human(v->arena, hv_num(why, "age_s"), "seconds"),
                            hv_str(why, "text"));
    if (fs && had_errors(v, fs))
        return arena_printf(v->arena, "the filesystem keeps %.0f errors, the last of %s ago",
                            hv_num(fs, "errors"),
                            hv_human(v->arena, hv_num(fs, "error_age_s"), "seconds"));
    return arena_printf(v->arena,
                        "/etc/fstab wants it with \"%s\"; the kernel log that can be read does not "
                        "say why",
                        hv_str(m, "detail"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct host_choice c = broken(v);
    const struct value *m = c.item, *why = m ? reason(v, hv_str(m, "device")) : NULL;

    f->metric = "read_only";
    f->unit = "count";
    f->threshold = 0;
    f->value = m != NULL;
    f->evidence = "no filesystem is read-only that should not be";
    if (!m)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.95;
    f->named = c.named;
    f->one_of = c.identity;
    f->mount = hv_str(m, "mount");
    f->resource = hv_key(v, "fs", hv_str(m, "mount"));
    f->claim = arena_printf(v->arena, "%s of %s has become read-only", hv_str(m, "mount"), v->host);
    f->evidence = arena_printf(v->arena, "%s (%s on %s) is mounted read-only", hv_str(m, "mount"),
                               hv_str(m, "type"), hv_str(m, "device"));
    f->second = why_text(v, m, why);
}

static const struct host_proposal proposals[] = {
    {.action = "check the disk below {fs}, repair the filesystem unmounted, then mount it again",
     .command = "umount {fs} && fsck -n DEVICE",
     .rollback = "mount {fs}",
     .risk = APPROVAL_HIGH,
     .watch = "the kernel log stays quiet and a test file can be written"},
    {.action = "make {fs} writable again, when the reason is known and gone",
     .command = "mount -o remount,rw {fs}",
     .rollback = "mount -o remount,ro {fs}",
     .risk = APPROVAL_HIGH,
     .watch = "the kernel does not take it back"},
    {.action = NULL},
};
static const char *const checks[] = {"dmesg | grep -i -e remount -e ext4 -e xfs -e btrfs, as root",
                                     "smartctl -a of the disk below", NULL};

const struct host_pattern host_pattern_mount_readonly = {
    .id = "mount_readonly",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_ERRORS | WORDS_DATABASE,
    .rank = 5,
    .several = HOST_SAME_MAX,
    .claim = "a filesystem of %s has become read-only",
    .rationale = "the kernel stops writing to a filesystem whose disk or structure fails",
    .refutes = "every filesystem that fstab wants writable is writable",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

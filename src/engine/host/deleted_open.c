/* deleted_open.c - deleted files that a process still holds open: no folder shows them, and their
 * blocks come back only when the last descriptor is closed. They are to blame only where the
 * filesystem runs out of room. */
#include <math.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"nearly_full", 0.90, "ratio", "with more room they harm nobody"},
    {"full", 0.97, "ratio", "writers fail"},
    {.name = NULL},
};
#define NEARLY_FULL LIMIT(0)
#define FULL LIMIT(1)

static void blame(struct host_view *v, struct host_finding *f, const struct value *fs,
                  const struct value *file, double held)
{
    struct arena *a = v->arena;
    const struct value *p = hv_process(v, hv_num(file, "pid"));
    double used = hv_num(fs, "total") - hv_num(fs, "free");
    const char *who =
        p ? st_process_text(v, p)
          : arena_printf(a, "process %.0f (%s)", hv_num(file, "pid"), hv_str(file, "command"));

    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = hv_num(fs, "used") >= FULL ? 1 : 0.6;
    f->value = held / used;
    f->mount = hv_str(fs, "mount");
    f->resource = arena_printf(a, "host:%s/process:%.0f(%s)", v->host, hv_num(file, "pid"),
                               hv_str(file, "command"));
    f->claim = arena_printf(a, "%s of %s holds deleted files of %s on %s", who, v->host,
                            hv_human(a, held, "bytes"), hv_str(fs, "mount"));
    f->evidence = arena_printf(a, "%s was deleted but is still open in process %.0f: %s of %s",
                               hv_str(file, "path"), hv_num(file, "pid"),
                               hv_human(a, hv_num(file, "bytes"), "bytes"), hv_str(fs, "mount"));
    f->second =
        arena_printf(a, "%s is %.1f %% used, %.0f %% of it by deleted files of that process",
                     hv_str(fs, "mount"), hv_num(fs, "used") * 100, f->value * 100);
}

static void find(struct host_view *v, struct host_finding *f)
{
    f->metric = "deleted_bytes";
    f->unit = "ratio";
    f->threshold = SHARE_OF_ONE;
    f->value = 0;
    f->evidence = "no process holds a large deleted file on a filesystem that is nearly full";
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        double held, used = hv_num(fs, "total") - hv_num(fs, "free");
        const struct value *file = st_deleted_most(v, hv_str(fs, "mount"), &held);

        if (file && st_counts(v, fs) && hv_num(fs, "used") >= NEARLY_FULL &&
            held >= SHARE_OF_ONE * used && held / used > f->value)
            blame(v, f, fs, file, held);
    }
}

static const struct host_proposal proposals[] = {
    {.action = "restart or reload process {pid} ({command}), so that it closes the deleted files",
     .command = "kill -HUP {pid}",
     .act = "host.process.signal pid={pid} signal=HUP command={command}",
     .rollback = "none needed: the files have no name any more",
     .risk = APPROVAL_MEDIUM,
     .watch = "df shows the room again"},
    {.action = "cut the deleted file without a restart",
     .command = "ls -l /proc/{pid}/fd | grep deleted",
     .rollback = "none possible: what the file held is gone; copy /proc/{pid}/fd/N first",
     .risk = APPROVAL_HIGH,
     .watch = "df shows the room again"},
    {.action = NULL},
};
static const char *const checks[] = {"lsof +L1, as root: deleted files that are still open", NULL};

const struct host_pattern host_pattern_deleted_open = {
    .id = "deleted_open",
    .kind = "disk",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_DISK | WORDS_ERRORS,
    .rank = 5,
    .claim = "a process of %s holds deleted files open",
    .rationale = "the room of a deleted file comes back when the last process closes it",
    .refutes = "no deleted file of a share worth naming is open",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

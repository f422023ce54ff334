/* host_patterns_io.c - full filesystems, saturated disks, stuck processes, what the kernel
 * complains of. */
#include <math.h>
#include <string.h>

#include "host_patterns.h"

#define FULL 0.97         /* nearly every writer fails or is about to */
#define SHARE_OF_ONE 0.25 /* of what is used: a file that large is worth naming */
#define KERNEL_RECENT_S 1800.0

static double fullness(const struct value *fs)
{
    if (!value_bool_or(fs, "known", false) || value_bool_or(fs, "read_only", false) ||
        hv_num(fs, "total") < 1048576)
        return 0;
    return fmax(hv_num(fs, "used"), hv_num(fs, "inodes_used"));
}

/* Memory drawn as files says nothing of the disks, unless it is all there is. */
static bool holds_files(const struct value *fs)
{
    return strcmp(hv_str(fs, "type"), "tmpfs") != 0 || strcmp(hv_str(fs, "mount"), "/") == 0;
}

const char *host_filesystems_unasked(const struct host_view *v)
{
    const struct value *all = value_get(v->snapshot, "filesystems");
    const char *first = "";

    if (value_count(all) == 0)
        return "no mounted filesystem could be asked how full it is";
    VALUE_EACH (fs, all) {
        if (value_bool_or(fs, "known", false) && holds_files(fs))
            return NULL;
        first = *first ? first : hv_str(fs, "mount");
    }
    return arena_printf(v->arena, "no filesystem of a disk said how full it is (seen: %s%s)", first,
                        value_count(all) > 1 ? " and others" : "");
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

void pattern_disk_full(struct host_view *v, struct host_finding *f)
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

void read_disk(struct host_view *v, const struct host_culprit *c, const struct value *answer,
               struct host_reading *r)
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

void pattern_disk_io(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *worst = NULL;
    double some = hv_num(s, "pressure.io.some"), full = hv_num(s, "pressure.io.full");

    f->metric = "disk_busy";
    f->unit = "ratio";
    f->threshold = 0.95;
    f->value = 0;
    VALUE_EACH (d, value_get(s, "disks")) {
        if (hv_num(d, "busy") > f->value) {
            f->value = hv_num(d, "busy");
            worst = d;
        }
    }
    f->evidence = arena_printf(
        v->arena, "the busiest disk was busy %.0f %% of the time (limit 95 %%), I/O stalls %.0f %%",
        f->value * 100, isnan(some) ? 0 : some * 100);
    /* A fast disk can be busy all the time and still serve: waiting must show as well. */
    if (!worst || f->value < f->threshold || hv_num(worst, "await_ms") < 20 ||
        !(full >= 0.20 || some >= 0.50))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.9, 0.5 + full / 2);
    f->resource = hv_key(v, "disk", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "disk %s of %s is saturated", hv_str(worst, "name"), v->host);
    f->second = arena_printf(
        v->arena, "a request took %.0f ms, every task stalled on I/O for %.0f %% of the window",
        hv_num(worst, "await_ms"), full * 100);
}

static const struct value *recent_event(struct host_view *v, const char *const *kinds,
                                        double within_s)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        for (const char *const *k = kinds; *k; k++) {
            if (strcmp(hv_str(e, "kind"), *k) == 0 && hv_num(e, "age_s") <= within_s)
                last = e;
        }
    }
    return last;
}

void pattern_stuck(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"hung_task", NULL};
    const struct value *e = recent_event(v, kinds, KERNEL_RECENT_S), *first = NULL;
    double stuck = hv_num(v->snapshot, "limits.d_state");

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!first && strcmp(hv_str(p, "state"), "D") == 0)
            first = p;
    }
    f->metric = "processes_in_d_state";
    f->unit = "count";
    f->value = stuck;
    f->threshold = 8;
    f->evidence = arena_printf(v->arena, "%.0f processes in uninterruptible sleep (limit 8)%s",
                               stuck, e ? ", and the kernel reports hung tasks" : "");
    if (!e && !(stuck >= 8 && hv_num(v->snapshot, "pressure.io.full") >= 0.3))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.8;
    if (e)
        f->second = arena_printf(v->arena, "kernel: %s", hv_str(e, "text"));
    else if (first)
        f->second =
            arena_printf(v->arena, "one of them: process %.0f (%s) waits in %s",
                         hv_num(first, "pid"), hv_str(first, "command"), hv_str(first, "wchan"));
    if (e && hv_num(e, "pid") > 0)
        f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                                   hv_str(e, "command"));
    else if (first)
        f->resource = hv_process_key(v, first);
}

void pattern_kernel(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"io_error",  "fs_error", "mce",     "lockup", "kernel_bug",
                                        "link_down", "nic",      "thermal", NULL};
    const struct value *e = recent_event(v, kinds, KERNEL_RECENT_S);
    int count = 0;

    VALUE_EACH (x, value_get(v->snapshot, "kernel_events")) {
        for (const char *const *k = kinds; *k; k++)
            count += strcmp(hv_str(x, "kind"), *k) == 0 && hv_num(x, "age_s") <= KERNEL_RECENT_S;
    }
    f->metric = "kernel_errors";
    f->unit = "count";
    f->value = count;
    f->threshold = 0;
    f->evidence = "no hardware or filesystem error in the kernel log of the last 30 minutes";
    if (!e)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.75;
    f->evidence =
        arena_printf(v->arena, "%s ago: %s", hv_human(v->arena, hv_num(e, "age_s"), "seconds"),
                     hv_str(e, "text"));
    if (count > 1)
        f->second = arena_printf(v->arena, "%d such messages in the last 30 minutes", count);
}

/* disk_slow.c - a device that takes long although little is asked of it, that answers nobody, or
 * that reports errors: the device is to blame, not its users. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"slow", 100.0, "ms", "a healthy rotating disk needs 10 to 20"},
    {"few_iops", 60.0, "1/s", "less than one rotating disk does"},
    {"few_bps", (10 * MIB), "bytes/s", "a rotating disk does ten times as much"},
    {"ops_min", 3.0, "count", "a single slow request proves nothing"},
    {"recent", 1800.0, "s", "older errors belong to another incident"},
    {"waiters", 1.0, "count", "in state D: a counter that was left behind holds up nobody"},
    {.name = NULL},
};
#define SLOW_MS LIMIT(0)
#define FEW_IOPS LIMIT(1)
#define FEW_BPS LIMIT(2)
#define OPS_MIN LIMIT(3)
#define RECENT_S LIMIT(4)
#define WAITERS LIMIT(5)

static const struct value *slowest(struct host_view *v)
{
    double window = hv_num(v->snapshot, "window_s");
    const struct value *worst = NULL;

    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        double bps = hv_num(d, "read_rate") + hv_num(d, "write_rate");

        if (hv_num(d, "await_ms") >= SLOW_MS && hv_num(d, "iops") <= FEW_IOPS &&
            hv_num(d, "iops") * (window > 0 ? window : 1) >= OPS_MIN && bps <= FEW_BPS &&
            (!worst || hv_num(d, "await_ms") > hv_num(worst, "await_ms")))
            worst = d;
    }
    return worst;
}

/* Does somebody still use it? An error of a disk that was taken away is over with it. */
static bool in_use(struct host_view *v, const struct value *disk)
{
    if (hv_num(disk, "iops") > 0 || hv_num(disk, "in_flight") > 0)
        return true;
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (strstr(hv_str(fs, "device"), hv_str(disk, "name")) ||
            strcmp(hv_str(fs, "disk"), hv_str(disk, "name")) == 0)
            return true;
    }
    return false;
}

/* The last I/O error of the kernel that names a disk. */
static const struct value *failing(struct host_view *v, const struct value **ret_event)
{
    const struct value *found = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (strcmp(hv_str(e, "kind"), "io_error") != 0 || !(hv_num(e, "age_s") <= RECENT_S))
            continue;
        VALUE_EACH (d, value_get(v->snapshot, "disks")) {
            const char *name = hv_str(d, "name"), *at = strstr(hv_str(e, "text"), name);

            if (*name && at) {
                found = d;
                *ret_event = e;
            }
        }
    }
    return found;
}

/* Requests are under way, none comes back, and somebody waits. Of this disk, or of the first one.
 */
static const struct value *stalled(struct host_view *v, const struct value *snapshot,
                                   const char *name)
{
    if (!(hv_num(snapshot, "limits.d_state") >= WAITERS))
        return NULL;
    VALUE_EACH (d, value_get(snapshot, "disks")) {
        if (value_bool_or(d, "stalled", false) && (!name || strcmp(hv_str(d, "name"), name) == 0))
            return d;
    }
    return NULL;
}

static void by_stall(struct host_view *v, struct host_finding *f, const struct value *d)
{
    struct arena *a = v->arena;
    const char *name = hv_str(d, "name");
    double n = hv_num(d, "in_flight");

    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.95;
    f->value = n;
    f->metric = "requests_under_way";
    f->unit = "count";
    f->threshold = 0;
    f->resource = hv_key(v, "disk", name);
    f->claim = arena_printf(a, "a disk of %s answers nobody", v->host);
    f->evidence =
        arena_printf(a, "%.0f request%s of disk %s under way, and in %.1f s none was answered", n,
                     n == 1 ? "" : "s", name, hv_num(v->snapshot, "window_s"));
    hv_add_culprit(
        f, (struct host_culprit){.statement = arena_printf(
                                     a, "disk %s of %s hangs: %.0f request%s %s no answer", name,
                                     v->host, n, n == 1 ? "" : "s", n == 1 ? "gets" : "get"),
                                 .resource = f->resource,
                                 .evidence = f->evidence,
                                 .metric = f->metric,
                                 .unit = f->unit,
                                 .strength = STRENGTH_STRONG,
                                 .before = NAN,
                                 .after = n,
                                 .follow = FOLLOW_TREE,
                                 .path = name,
                                 .weight = 1});
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const struct value *disk = stalled(v, answer, c->path);

    r->direct = true;
    r->before = c->after;
    r->after = disk ? hv_num(disk, "in_flight") : 0;
    r->strength = disk ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->evidence =
        disk ? arena_printf(v->arena,
                            "a second look over %.1f s: %.0f under way at disk %s, none "
                            "answered; in state D: %.0f",
                            hv_num(answer, "window_s"), r->after, c->path,
                            hv_num(answer, "limits.d_state"))
             : arena_printf(v->arena, "a second look: disk %s answers, or nobody waits any more",
                            c->path);
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *e = NULL, *bad = failing(v, &e), *slow = slowest(v);
    const struct value *hung = bad ? NULL : stalled(v, v->snapshot, NULL);
    const struct value *d = bad ? bad : slow;
    struct arena *a = v->arena;

    f->metric = "disk_await";
    f->unit = "ms";
    f->threshold = SLOW_MS;
    f->value = d ? hv_num(d, "await_ms") : 0;
    f->evidence = "no disk is slow with little to do or answers nobody, and the kernel reports no "
                  "I/O error";
    if (hung)
        by_stall(v, f, hung);
    if (!d || f->culprit_count)
        return;
    f->strength = slow || in_use(v, d) ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = f->strength == STRENGTH_STRONG;
    f->severity = !f->direct ? 0.3 : bad ? 0.95 : 0.85;
    f->resource = hv_key(v, "disk", hv_str(d, "name"));
    f->claim = arena_printf(a, "disk %s of %s %s", hv_str(d, "name"), v->host,
                            bad ? "reports errors" : "is slow with little to do");
    f->evidence =
        arena_printf(a,
                     "a request of disk %s takes %.0f ms at %.0f requests and %s a "
                     "second",
                     hv_str(d, "name"), f->value, hv_num(d, "iops"),
                     hv_human(a, hv_num(d, "read_rate") + hv_num(d, "write_rate"), "bytes"));
    f->second = e ? arena_printf(a, "kernel, %s ago: %s",
                                 hv_human(a, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"))
                  : arena_printf(a,
                                 "its users ask for less than one rotating disk does (%.0f of "
                                 "%.0f requests a second)",
                                 hv_num(d, "iops"), FEW_IOPS);
}

static const struct host_proposal proposals[] = {
    {.action = "see the health of disk {disk}, and replace it or move its data",
     .command = "smartctl -a /dev/{disk}",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "requests take less than 20 ms and the kernel log is quiet"},
    {.action = NULL},
};
static const char *const checks[] = {"iostat -x 1 5", "dmesg | grep {disk}, as root",
                                     "in a cloud: the throttling figures of the volume", NULL};

const struct host_pattern host_pattern_disk_slow = {
    .id = "disk_slow",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_LATENCY | WORDS_DATABASE,
    .rank = 10,
    .claim = "a disk of %s is slow or fails",
    .rationale = "a failing or throttled device answers late whatever is asked of it",
    .refutes = "requests of less than 100 ms where little is asked, and no I/O error of the kernel",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

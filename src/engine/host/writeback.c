/* writeback.c - so much was written and is not on a device yet that the kernel makes writers wait
 * (balance_dirty_pages). */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

/* Between the middle of the threshold and the background threshold, with the usual settings at
 * three quarters, writers run free; above it the kernel slows them down so that it stays near seven
 * eighths. Source: Linux mm/page-writeback.c, dirty_freerun_ceiling(). */
static const struct host_limit limits[] = {
    {"dirty", 0.80, "ratio", "of the threshold: above three quarters writers are slowed down"},
    {"stall_some", 0.20, "ratio", "of the window somebody waited for a device"},
    {"wrote", MIB, "bytes/s", "of the writer that is named"},
    {"waiters", 2.0, "count", "of a device at a limit of its own: one job alone hurts nobody"},
    {"kept", MIB / 8, "bytes/s", "at the second look: the worse it gets, the less it can write"},
    {.name = NULL},
};
#define DIRTY LIMIT(0)
#define STALL_SOME LIMIT(1)
#define WROTE LIMIT(2)
#define WAITERS LIMIT(3)
#define KEPT LIMIT(4)

static int throttled(struct host_view *v)
{
    int n = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes"))
        n += strstr(hv_str(p, "wchan"), "balance_dirty_pages") != NULL;
    return n;
}

/* Who waits for a device, whatever for: where a process waits is for its owner to see. */
static int waiters(struct host_view *v)
{
    int n = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes"))
        n += !value_bool_or(p, "kernel", false) && strcmp(hv_str(p, "state"), "D") == 0;
    return n;
}

/* The device that is held to a limit of its own, when what is unwritten has reached it and it is
 * being written: "strict_limit" of Linux Documentation/ABI/testing/sysfs-class-bdi. */
static const struct value *limited(struct host_view *v, double unwritten)
{
    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        if (hv_num(d, "dirty_limit") > 0 && hv_num(d, "write_rate") > 0 &&
            unwritten >= DIRTY * hv_num(d, "dirty_limit"))
            return d;
    }
    return NULL;
}

/* A call that waits for room is counted when it returns, the pages that it made dirty at once. */
static double writes(const struct value *p)
{
    double given = hv_num(p, "wrote_rate"), dirtied = hv_num(p, "write_rate");

    return fmax(isnan(given) ? 0 : given, isnan(dirtied) ? 0 : dirtied);
}

static const struct value *top_writer(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (writes(p) > (best ? writes(best) : WROTE) && !value_bool_or(p, "kernel", false))
            best = p;
    }
    return best;
}

static void blame(struct host_view *v, struct host_finding *f, const struct value *p)
{
    struct arena *a = v->arena;

    hv_add_culprit(
        f, st_process_culprit(v, p,
                              arena_printf(a, "%s of %s writes faster than the disk takes it",
                                           st_process_text(v, p), v->host),
                              arena_printf(a, "it gives %s a second to write()",
                                           hv_human(a, writes(p), "bytes"))));
    f->culprits[f->culprit_count - 1].after = writes(p);
    f->culprits[f->culprit_count - 1].threshold = KEPT;
}

/* Nobody's bytes are to be seen: the limit and those who wait tell. */
static bool by_limit(struct host_view *v, struct host_finding *f, double unwritten)
{
    const struct value *d = limited(v, unwritten);
    struct arena *a = v->arena;

    if (!d || waiters(v) < WAITERS || !(hv_num(v->snapshot, "kernel_state.io_unknown") > 0))
        return false;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.7;
    f->value = unwritten / hv_num(d, "dirty_limit");
    f->evidence = arena_printf(a,
                               "%s wait to be written, and disk %s may have %s of its own and no "
                               "more; it takes %s a second",
                               hv_human(a, unwritten, "bytes"), hv_str(d, "name"),
                               hv_human(a, hv_num(d, "dirty_limit"), "bytes"),
                               hv_human(a, hv_num(d, "write_rate"), "bytes"));
    f->second = arena_printf(a,
                             "%d processes wait for a device, somebody for %.0f %% of the window; "
                             "who writes most is for root to see",
                             waiters(v), hv_num(v->snapshot, "pressure.io.some") * 100);
    return true;
}

static double amount(double bytes)
{
    return isnan(bytes) ? 0 : bytes;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double limit = hv_num(v->snapshot, "memory.dirty_threshold");
    double unwritten = amount(hv_num(v->snapshot, "memory.dirty")) +
                       amount(hv_num(v->snapshot, "memory.writeback"));
    double some = hv_num(v->snapshot, "pressure.io.some");
    const struct value *p = top_writer(v);
    int waiting = throttled(v);

    f->metric = "dirty_memory";
    f->unit = "ratio";
    f->threshold = DIRTY;
    f->value = limit > 0 ? unwritten / limit : 0;
    f->evidence = arena_printf(
        v->arena, "%.0f %% of the limit for unwritten data is used (limit 80 %%)", f->value * 100);
    if (some >= STALL_SOME && !waiting && !p && by_limit(v, f, unwritten))
        return;
    /* One device, or one group, can be at a limit of its own: who is held up says so. */
    if (!(some >= STALL_SOME && waiting) && !(f->value >= DIRTY && (some >= STALL_SOME || waiting)))
        return;
    f->strength = p && st_victim(v, p) ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = f->strength == STRENGTH_STRONG;
    f->severity = f->direct ? 0.7 : 0.35;
    f->evidence = arena_printf(v->arena,
                               "%s wait to be written, %.0f %% of the limit at which "
                               "writers are stopped",
                               hv_human(v->arena, unwritten, "bytes"), f->value * 100);
    f->second =
        waiting
            ? arena_printf(v->arena, "%d processes are held up in balance_dirty_pages", waiting)
            : arena_printf(v->arena, "tasks stalled on I/O for %.0f %% of the window", some * 100);
    if (p && f->direct)
        blame(v, f, p);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    struct st_writing w = st_read_files(answer);

    r->before = c->after;
    r->after = fmax(w.wrote, w.moved);
    r->direct = true;
    r->strength = r->after >= c->threshold ? STRENGTH_STRONG : STRENGTH_NONE;
    r->evidence = arena_printf(v->arena, "over a second look it wrote %s a second%s%s",
                               hv_human(v->arena, r->after, "bytes"), w.path ? " to " : "",
                               w.path ? w.path : "");
}

static const struct host_proposal proposals[] = {
    {.action = "slow process {pid} ({command}) down, or pause it until the rest is written",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "Dirty of /proc/meminfo falls"},
    {.action = NULL},
};
static const char *const checks[] = {"grep -e Dirty -e Writeback: /proc/meminfo, a few times",
                                     NULL};

const struct host_pattern host_pattern_writeback = {
    .id = "writeback",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_LATENCY,
    .rank = 12,
    .claim = "writers of %s wait until older data is on the disk",
    .rationale = "beyond a limit of unwritten data the kernel stops whoever writes",
    .refutes =
        "unwritten data below 80 % of the limit and nobody held up for it, or nobody else who "
        "waits",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

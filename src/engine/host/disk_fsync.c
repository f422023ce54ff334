/* disk_fsync.c - somebody makes the disk flush its cache again and again: each flush stops what
 * others write. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"flushes", 100.0, "1/s", "a second; journals of a busy database need tens"},
    {"flush_share", 0.20, "ratio", "of the time goes into flushes"},
    {"stall_some", 0.25, "ratio", "and somebody waits for it"},
    {"bytes_a_call", 65536.0, "bytes", "who writes more at once is not held up by its flushes"},
    {.name = NULL},
};
#define FLUSHES LIMIT(0)
#define FLUSH_SHARE LIMIT(1)
#define STALL_SOME LIMIT(2)
#define BYTES_A_CALL LIMIT(3)

static double flush_share(const struct value *d)
{
    double share = hv_num(d, "flush_rate") * hv_num(d, "flush_ms") / 1000;

    return isnan(share) ? 0 : share;
}

/* Who writes to the device, little by little. */
static const struct value *small_writer(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double rate = hv_num(p, "write_rate"), calls = hv_num(p, "write_calls");

        if (!(rate > 0) || !(calls > 0) || rate / calls > BYTES_A_CALL ||
            value_bool_or(p, "kernel", false))
            continue;
        if (!best || rate > hv_num(best, "write_rate"))
            best = p;
    }
    return best;
}

static void blame(struct host_view *v, struct host_finding *f, const struct value *p)
{
    struct arena *a = v->arena;

    hv_add_culprit(
        f, st_process_culprit(v, p,
                              arena_printf(a, "%s of %s makes the disk flush all the time",
                                           st_process_text(v, p), v->host),
                              arena_printf(a,
                                           "it makes %.0f small writes a second that reach the "
                                           "device at once",
                                           hv_num(p, "write_calls"))));
    f->culprits[f->culprit_count - 1].after = hv_num(p, "write_rate");
    f->culprits[f->culprit_count - 1].threshold = hv_num(p, "write_rate") / 4;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double some = hv_num(v->snapshot, "pressure.io.some");
    const struct value *worst = NULL, *p;

    f->metric = "flush_time";
    f->unit = "ratio";
    f->threshold = FLUSH_SHARE;
    f->value = 0;
    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        if (hv_num(d, "flush_rate") >= FLUSHES && flush_share(d) > f->value) {
            f->value = flush_share(d);
            worst = d;
        }
    }
    f->evidence = worst ? arena_printf(v->arena,
                                       "disk %s flushes %.0f times a second, %.0f %% of the time, "
                                       "I/O stalls %.0f %%",
                                       hv_str(worst, "name"), hv_num(worst, "flush_rate"),
                                       f->value * 100, isnan(some) ? 0 : some * 100)
                        : "no disk flushes a hundred times a second";
    if (!worst || f->value < FLUSH_SHARE || !(some >= STALL_SOME))
        return;
    p = small_writer(v);
    f->strength = STRENGTH_STRONG;
    f->severity = fmin(0.9, 0.5 + some / 2);
    f->tentative = p != NULL;
    f->resource = hv_key(v, "disk", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "disk %s of %s spends its time on flushes",
                            hv_str(worst, "name"), v->host);
    if (p)
        blame(v, f, p);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double rate = hv_num(answer, "write_rate"), calls = hv_num(answer, "write_calls");
    struct st_writing w = st_read_files(answer);
    bool on = rate >= c->threshold && calls > 0 && rate / calls <= BYTES_A_CALL;

    r->before = c->after;
    r->after = rate;
    r->direct = true;
    r->strength = on ? STRENGTH_STRONG : STRENGTH_NONE;
    r->evidence =
        arena_printf(v->arena, "it goes on: %.0f writes and %s to the device a second%s%s",
                     isnan(calls) ? 0 : calls, hv_human(v->arena, isnan(rate) ? 0 : rate, "bytes"),
                     w.path ? ", to " : "", w.path ? w.path : "");
}

static const struct host_proposal proposals[] = {
    {.action = "let process {pid} ({command}) sync in groups, or put its file on another disk",
     .command = "",
     .rollback = "its former configuration",
     .risk = APPROVAL_MEDIUM,
     .watch = "flushes below 100 a second"},
    {.action = "give process {pid} ({command}) the lowest I/O priority until then",
     .command = "ionice -c 3 -p {pid}",
     .rollback = "ionice -c 2 -n 4 -p {pid}",
     .risk = APPROVAL_LOW,
     .watch = "others wait less"},
    {.action = NULL},
};
static const char *const checks[] = {"strace -c -f -e trace=fsync,fdatasync -p PID, as root", NULL};

const struct host_pattern host_pattern_disk_fsync = {
    .id = "disk_fsync",
    .kind = "disk",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_DISK | WORDS_LATENCY | WORDS_DATABASE,
    .rank = 11,
    .claim = "somebody makes a disk of %s flush all the time",
    .rationale = "a flush waits for the device and holds up the journal that all writers share",
    .refutes = "fewer than 100 flushes a second, or nobody who waits",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

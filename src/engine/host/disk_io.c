/* disk_io.c - a disk that is busy all the time while its users wait, and who keeps it busy. A copy
 * that is meant saturates a disk too, but then nobody else waits: that is a doubt, no fault. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"busy", 0.95, "ratio", "of the time, with a request under way"},
    {"slow", 20.0, "ms", "a healthy disk under load needs less"},
    {"stall_all", 0.20, "ratio", "of the window nobody could go on"},
    {"stall_some", 0.50, "ratio", "of the window somebody could not go on"},
    {"share", 0.5, "ratio", "of the bytes of all processes: then it is that one"},
    {.name = NULL},
};
#define BUSY LIMIT(0)
#define SLOW_MS LIMIT(1)
#define STALL_ALL LIMIT(2)
#define STALL_SOME LIMIT(3)
#define SHARE LIMIT(4)

static double all_io(struct host_view *v)
{
    double sum = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes"))
        sum += st_io_rate(p);
    return sum;
}

static void blame(struct host_view *v, struct host_finding *f, const struct value *p)
{
    struct arena *a = v->arena;

    hv_add_culprit(
        f, st_process_culprit(
               v, p, arena_printf(a, "%s of %s saturates the disk", st_process_text(v, p), v->host),
               arena_printf(a, "it reads %s and writes %s a second, %.0f %% of all",
                            hv_human(a, hv_num(p, "read_rate"), "bytes"),
                            hv_human(a, hv_num(p, "write_rate"), "bytes"),
                            st_io_rate(p) / all_io(v) * 100)));
    f->culprits[f->culprit_count - 1].after = st_io_rate(p);
    f->culprits[f->culprit_count - 1].threshold = st_io_rate(p) / 4;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *worst = st_busiest_disk(v, &f->value), *top, *victim;
    double some = hv_num(s, "pressure.io.some"), full = hv_num(s, "pressure.io.full");

    f->metric = "disk_busy";
    f->unit = "ratio";
    f->threshold = BUSY;
    f->evidence = arena_printf(
        v->arena, "the busiest disk was busy %.0f %% of the time (limit 95 %%), I/O stalls %.0f %%",
        f->value * 100, isnan(some) ? 0 : some * 100);
    /* A fast disk can be busy all the time and still serve: waiting must show as well. */
    if (!worst || f->value < BUSY || hv_num(worst, "await_ms") < SLOW_MS ||
        !(full >= STALL_ALL || some >= STALL_SOME))
        return;
    top = st_top_process(v, "io", all_io(v) * SHARE);
    victim = st_victim(v, top);
    f->strength = !top || victim ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = f->strength == STRENGTH_STRONG;
    f->severity = f->direct ? fmin(0.9, 0.5 + full / 2) : 0.4;
    f->resource = hv_key(v, "disk", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "disk %s of %s is saturated", hv_str(worst, "name"), v->host);
    f->second = arena_printf(
        v->arena, "a request took %.0f ms, every task stalled on I/O for %.0f %% of the window%s%s",
        hv_num(worst, "await_ms"), full * 100, victim ? ", as " : "",
        victim ? st_process_text(v, victim) : "");
    if (top && victim)
        blame(v, f, top);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    struct st_writing w = st_read_files(answer);

    r->before = c->after;
    r->after = w.moved;
    r->direct = true;
    r->strength = w.moved >= c->threshold ? STRENGTH_STRONG : STRENGTH_NONE;
    r->evidence = arena_printf(v->arena, "over a second look it moved %s a second%s%s",
                               hv_human(v->arena, w.moved, "bytes"), w.path ? ", writing " : "",
                               w.path ? w.path : "");
}

static const struct host_proposal proposals[] = {
    {.action = "give process {pid} ({command}) the lowest I/O priority",
     .command = "ionice -c 3 -p {pid}",
     .rollback = "ionice -c 2 -n 4 -p {pid}",
     .risk = APPROVAL_LOW,
     .watch = "requests of the disk take less than 20 ms"},
    {.action = "pause process {pid} ({command}) until the load is lower",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "requests of the disk take less than 20 ms"},
    {.action = NULL},
};
static const char *const checks[] = {"iostat -x 1 3", "pidstat -d 1 3, as root", NULL};

const struct host_pattern host_pattern_disk_io = {
    .id = "disk_io",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_LATENCY | WORDS_DATABASE,
    .rank = 9,
    .claim = "a disk of %s is saturated",
    .rationale = "processes wait for their reads and writes",
    .refutes =
        "idle time on every disk, no I/O pressure, or nobody who waits but the one who works",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

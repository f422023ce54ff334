/* disk_io.c - a disk that is busy all the time while its users wait. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
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

const struct host_pattern host_pattern_disk_io = {
    .id = "disk_io",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK | WORDS_LATENCY | WORDS_DATABASE,
    .rank = 9,
    .claim = "a disk of %s is saturated",
    .rationale = "processes wait for their reads and writes",
    .refutes = "idle time on every disk, or no I/O pressure",
    .find = find,
};

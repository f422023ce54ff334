/* file_handles.c - file descriptors near the limit. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    double share = 0;

    f->metric = "file_descriptors";
    hv_table_full(v, f, "open files of the machine", hv_num(v->snapshot, "limits.files"),
                  hv_num(v->snapshot, "limits.files_max"), 0.95);
    hv_with_event(v, f, "files_full");
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double x = hv_num(p, "fds") / hv_num(p, "fd_limit");

        if (isfinite(x) && x > share && hv_num(p, "fd_limit") >= 16) {
            share = x;
            worst = p;
        }
    }
    if (!worst || share < 0.95)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->resource = hv_process_key(v, worst);
    f->claim = arena_printf(v->arena, "process %.0f (%s) of %s has used up its file descriptors",
                            hv_num(worst, "pid"), hv_str(worst, "command"), v->host);
    f->second =
        arena_printf(v->arena, "process %.0f (%s) has %.0f descriptors open, its limit is %.0f",
                     hv_num(worst, "pid"), hv_str(worst, "command"), hv_num(worst, "fds"),
                     hv_num(worst, "fd_limit"));
}

const struct host_pattern host_pattern_file_handles = {
    .id = "file_handles",
    .kind = "limits",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_NETWORK | WORDS_SERVICE,
    .rank = 13,
    .claim = "a process of %s has used up its file descriptors",
    .rationale = "open() and accept() fail at the limit",
    .refutes = "descriptors below 95 % of every limit",
    .find = find,
};

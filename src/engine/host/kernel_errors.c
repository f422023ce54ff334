/* kernel_errors.c - what the kernel complains of. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define KERNEL_RECENT_S 1800.0

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"io_error",  "fs_error", "mce",     "lockup", "kernel_bug",
                                        "link_down", "nic",      "thermal", NULL};
    const struct value *e = hv_recent_event(v, kinds, KERNEL_RECENT_S);
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

const struct host_pattern host_pattern_kernel_errors = {
    .id = "kernel_errors",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_ERRORS | WORDS_DISK | WORDS_SERVICE,
    .rank = 11,
    .claim = "the kernel of %s reports failing hardware or a failing filesystem",
    .rationale = "hardware and filesystem errors surface as random failures above",
    .refutes = "no such message in the kernel log of the last 30 minutes",
    .find = find,
};

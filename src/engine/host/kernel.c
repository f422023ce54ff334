/* kernel.c - see kernel.h. */
#include "kernel.h"

#include <math.h>
#include <string.h>

const struct host_limit kernel_limits[] = {
    {"kernel_recent", 1800.0, "s", "older messages belong to another incident"},
    {.name = NULL},
};

int kernel_count(struct host_view *v, const char *const *kinds, const struct value **ret)
{
    int n = 0;

    *ret = NULL;
    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        for (const char *const *k = kinds; *k; k++) {
            if (strcmp(hv_str(e, "kind"), *k) == 0 && hv_num(e, "age_s") <= KERNEL_RECENT_S) {
                *ret = e;
                n++;
            }
        }
    }
    return n;
}

void kernel_finding(struct host_view *v, struct host_finding *f, const char *const *kinds,
                    const char *quiet, double severity)
{
    const struct value *e;
    int n = kernel_count(v, kinds, &e);

    f->unit = "count";
    f->value = n;
    f->threshold = 0;
    f->evidence = quiet;
    if (!e)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = severity;
    f->evidence =
        arena_printf(v->arena, "kernel, %s ago: %s",
                     hv_human(v->arena, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"));
    if (n > 1)
        f->second = arena_printf(v->arena, "%d such messages in the last 30 minutes", n);
}

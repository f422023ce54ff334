/* entropy_low.c - programs wait for random numbers. Kernels since 5.18 keep 256 bits and never make
 * anybody wait after the start, so few bits alone say nothing there. Source: random(4). */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"low_bits", 100.0, "bits", "a key needs more"},
    {"old_pool", 1024.0, "bits", "bits; the pool of a kernel that blocks has 4096"},
    {.name = NULL},
};
#define LOW_BITS LIMIT(0)
#define OLD_POOL LIMIT(1)

static const struct value *waiting(struct host_view *v)
{
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const char *at = hv_str(p, "wchan");

        if (strstr(at, "random_read") || strstr(at, "wait_for_random_bytes"))
            return p;
    }
    return NULL;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double bits = hv_num(v->snapshot, "kernel_state.entropy");
    double pool = hv_num(v->snapshot, "kernel_state.entropy_pool");
    const struct value *p = waiting(v);

    f->metric = "entropy";
    f->unit = "bits";
    f->value = isnan(bits) ? 0 : bits;
    f->threshold = LOW_BITS;
    f->evidence = "nobody waits for random numbers";
    if (!p && !(bits < LOW_BITS && pool >= OLD_POOL))
        return;
    f->strength = p ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = p != NULL;
    f->severity = p ? 0.7 : 0.3;
    f->resource = p ? hv_process_key(v, p) : NULL;
    f->evidence = arena_printf(v->arena, "%.0f bits of %.0f are left for random numbers",
                               isnan(bits) ? 0 : bits, isnan(pool) ? 0 : pool);
    if (p)
        f->second = arena_printf(v->arena, "process %.0f (%s) waits in %s", hv_num(p, "pid"),
                                 hv_str(p, "command"), hv_str(p, "wchan"));
}

static const struct host_proposal proposals[] = {
    {.action = "give {host} a source of random numbers: a hardware or virtual one, or rngd",
     .command = "systemctl start rngd",
     .rollback = "systemctl stop rngd",
     .risk = APPROVAL_LOW,
     .watch = "/proc/sys/kernel/random/entropy_avail rises"},
    {.action = NULL},
};

const struct host_pattern host_pattern_entropy_low = {
    .id = "entropy_low",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_LATENCY | WORDS_SERVICE,
    .rank = 19,
    .claim = "programs of %s wait for random numbers",
    .rationale = "keys and tokens cannot be made until the kernel has gathered randomness",
    .refutes = "nobody who waits in random_read, and a pool that does not block",
    .limits = limits,
    .find = find,
    .proposals = proposals,
};

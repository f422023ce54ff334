/* kernel_lockup.c - the kernel itself is stuck or faulty: soft lockups, stalls, oopses. A mark that
 * it carries from an earlier error says that, but not when: a doubt. Marks for modules of others
 * are normal. Source: Linux Documentation/admin-guide/tainted-kernels.rst. */
#include <math.h>

#include "kernel.h"
#include "patterns.h"

static const struct {
    int bit;
    const char *text;
} marks[] = {
    {4, "a machine check has happened"},
    {5, "a bad page of memory was met"},
    {7, "a part of it has died (oops)"},
    {14, "a soft lockup has happened"},
};

/* What the marks say, or NULL. */
static const char *marked(struct host_view *v)
{
    double mask = hv_num(v->snapshot, "kernel_state.tainted");

    for (size_t i = 0; mask > 0 && mask < 1e9 && i < sizeof(marks) / sizeof(*marks); i++) {
        if ((int64_t)mask >> marks[i].bit & 1)
            return arena_printf(v->arena, "the kernel is marked (%.0f): %s since it started", mask,
                                marks[i].text);
    }
    return NULL;
}

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"lockup", "kernel_bug", NULL};

    f->metric = "kernel_lockups";
    kernel_finding(v, f, kinds, "no lockup, stall or oops of the kernel in the last 30 minutes",
                   0.9);
    if (f->strength == STRENGTH_STRONG) {
        f->second = f->second ? f->second : marked(v);
    } else if (marked(v)) {
        f->strength = STRENGTH_WEAK;
        f->severity = 0.3;
        f->claim = arena_printf(v->arena, "the kernel of %s has met an error before", v->host);
        f->evidence = marked(v);
    }
}

static const struct host_proposal proposals[] = {
    {.action = "move the work away from {host}, keep the kernel log, and restart the machine",
     .command = "systemctl reboot",
     .rollback = "none possible once it restarts",
     .risk = APPROVAL_CRITICAL,
     .watch = "no further message after the restart"},
    {.action = NULL},
};
static const char *const checks[] = {
    "cat /proc/sys/kernel/tainted", "dmesg -T | grep -A 30 -e lockup -e 'BUG:' -e Oops, as root",
    "on a virtual machine: is the hypervisor overcommitted?", NULL};

const struct host_pattern host_pattern_kernel_lockup = {
    .id = "kernel_lockup",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_LATENCY | WORDS_ERRORS | WORDS_CPU,
    .rank = 9,
    .claim = "the kernel of %s is stuck or faulty",
    .rationale = "a processor that is stuck in the kernel serves nobody, and an oops leaves locks",
    .refutes = "no lockup, stall or oops in the kernel log",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

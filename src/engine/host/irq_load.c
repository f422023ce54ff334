/* irq_load.c - a processor is busy with interrupts. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"irq_busy", 0.40, "ratio", "of one processor's time"},
    {"sends", 0.1, "cores", "in the kernel: it makes packets"},
    {.name = NULL},
};
#define IRQ_BUSY LIMIT(0)
#define SENDS LIMIT(1)

/* The loudest source on that processor. Interrupts of timers and between processors come with any
 * work. Source: Linux Documentation/filesystems/proc.rst, the rows of /proc/interrupts. */
static const struct value *source(struct host_view *v, double cpu)
{
    static const char *const always[] = {"LOC", "RES", "CAL", "TLB", "RCU", "SCHED", "TIMER", NULL};
    const struct value *best = NULL;

    VALUE_EACH (i, value_get(v->snapshot, "irqs")) {
        bool skip = hv_num(i, "cpu") != cpu;

        for (const char *const *a = always; *a; a++)
            skip = skip || strcmp(hv_str(i, "name"), *a) == 0;
        if (!skip && (!best || hv_num(i, "rate") > hv_num(best, "rate")))
            best = i;
    }
    return best;
}

static const struct value *busiest_nic(struct host_view *v)
{
    const struct value *best = NULL;
    double most = 0;

    VALUE_EACH (n, value_get(v->snapshot, "nics")) {
        double x = hv_num(n, "rx_packets");

        if (x > most) {
            most = x;
            best = n;
        }
    }
    return best;
}

/* Who runs there and spends its time in the kernel: packets of this machine itself have a sender.
 */
static const struct value *sender(struct host_view *v, double cpu)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!cpu_may_blame(p) || hv_num(p, "core") != cpu || !(hv_num(p, "system") >= SENDS))
            continue;
        if (!best || hv_num(p, "system") > hv_num(best, "system"))
            best = p;
    }
    return best;
}

static void name_it(struct host_view *v, struct host_finding *f, int cpu)
{
    const struct value *irq = source(v, cpu), *nic = busiest_nic(v), *p = sender(v, cpu);
    bool packets = irq && strncmp(hv_str(irq, "name"), "NET_", 4) == 0 && nic;
    bool own = packets && strcmp(hv_str(nic, "name"), "lo") == 0 && p;

    if (own)
        f->resource = hv_process_key(v, p);
    else if (packets)
        f->resource = hv_key(v, "nic", hv_str(nic, "name"));
    else if (irq)
        f->resource = hv_key(v, "irq", hv_str(irq, "name"));
    f->claim = arena_printf(v->arena, "processor %d of %s spends its time on interrupts%s%s%s%s",
                            cpu, v->host, irq ? ": " : "", irq ? hv_str(irq, "name") : "",
                            packets ? ", packets of " : "", packets ? hv_str(nic, "name") : "");
    if (own)
        f->claim = arena_printf(v->arena, "%s, sent by %s", f->claim, cpu_label(v, p));
    if (packets)
        f->second = arena_printf(v->arena, "%s received %.0f packets a second", hv_str(nic, "name"),
                                 hv_num(nic, "rx_packets"));
    else if (irq)
        f->second =
            arena_printf(v->arena, "%s came %.0f times a second, %.0f %% of it there",
                         hv_str(irq, "name"), hv_num(irq, "rate"), hv_num(irq, "share") * 100);
}

static void find(struct host_view *v, struct host_finding *f)
{
    int cpu = 0, worst = 0;

    f->metric = "irq_time";
    f->unit = "ratio";
    f->threshold = IRQ_BUSY;
    f->value = 0;
    VALUE_EACH (c, value_path(v->snapshot, "cpu.per_cpu_irq")) {
        if (c->type == VALUE_NUMBER && c->u.number > f->value) {
            f->value = c->u.number;
            worst = cpu;
        }
        cpu++;
    }
    f->evidence = arena_printf(
        v->arena, "processor %d spent %.0f %% of its time on interrupts (limit %.0f %%)", worst,
        f->value * 100, IRQ_BUSY * 100);
    if (f->value < IRQ_BUSY)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.5 + f->value / 2);
    name_it(v, f, worst);
}

static const struct host_proposal proposals[] = {
    {.action = "spread the packets of {nic} over the processors",
     .command = "ethtool -X {nic} equal 2",
     .rollback = "ethtool -X {nic} default",
     .risk = APPROVAL_MEDIUM,
     .watch = "time on interrupts of each processor: mpstat -P ALL 1"},
    {.action = "see why process {pid} ({command}) sends so much",
     .command = "strace -c -f -p {pid}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = NULL},
};

static const char *const checks[] = {
    "interrupts of {host}: cat /proc/interrupts /proc/softirqs, twice",
    NULL,
};

const struct host_pattern host_pattern_irq_load = {
    .id = "irq_load",
    .kind = "cpu",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_CPU | WORDS_LATENCY | WORDS_NETWORK,
    .rank = 23,
    .claim = "a processor of %s is busy with interrupts",
    .rationale = "what runs on a processor that serves interrupts stands still meanwhile",
    .refutes = "no processor that spends 40 % of its time on interrupts",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

/* nic_errors.c - an interface loses packets. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"lost", 10.0, "1/s", "fewer are ordinary"},
    {"dropped", 0.01, "ratio", "of the packets: fewer drops are packets that nobody wants"},
    {.name = NULL},
};
#define LOST LIMIT(0)
#define DROPPED LIMIT(1)

/* What an interface loses in a second. */
static double lost_of(struct host_view *v, const struct value *n)
{
    double errors = hv_num(n, "rx_errors") + hv_num(n, "tx_errors");
    double drops = hv_num(n, "rx_drops") + hv_num(n, "tx_drops");
    double packets = hv_num(n, "rx_packets") + hv_num(n, "tx_packets");

    return errors + (drops >= DROPPED * packets ? drops : 0);
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    double softnet = hv_num(v->snapshot, "network.softnet_drop_rate");

    f->metric = "nic_drops";
    f->unit = "packets/s";
    f->threshold = LOST;
    f->value = 0;
    VALUE_EACH (n, value_get(v->snapshot, "nics")) {
        if (lost_of(v, n) > f->value) {
            f->value = lost_of(v, n);
            worst = n;
        }
    }
    f->evidence = arena_printf(v->arena, "%.1f errors and drops a second on %s (limit 10)",
                               f->value, worst ? hv_str(worst, "name") : "any interface");
    if (!worst || f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.6;
    f->resource = hv_key(v, "nic", hv_str(worst, "name"));
    f->claim =
        arena_printf(v->arena, "interface %s of %s drops packets", hv_str(worst, "name"), v->host);
    if (softnet >= 1)
        f->second = arena_printf(
            v->arena, "%.1f packets a second are dropped before the stack (softnet)", softnet);
    hv_add_culprit(f, (struct host_culprit){.statement = f->claim,
                                            .resource = f->resource,
                                            .evidence = f->evidence,
                                            .strength = STRENGTH_STRONG,
                                            .before = NAN,
                                            .after = f->value,
                                            .threshold = f->threshold,
                                            .follow = FOLLOW_TREE,
                                            .path = hv_str(worst, "name"),
                                            .weight = 1});
}

/* A burst that is over loses nothing any more. */
static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    VALUE_EACH (n, value_get(answer, "nics")) {
        if (strcmp(hv_str(n, "name"), c->path) != 0)
            continue;
        r->after = lost_of(v, n);
        r->direct = true;
        r->strength = r->after >= LOST ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
        r->evidence =
            arena_printf(v->arena, "a second look over %.1f s: %.1f errors and drops a second",
                         hv_num(answer, "window_s"), r->after);
        return;
    }
    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second look: interface %s is gone", c->path);
}

static const struct host_proposal proposals[] = {
    {.action = "read what interface {nic} drops for: ring, CRC, or the queue of the kernel",
     .command = "ethtool -S {nic}; ethtool -g {nic}; cat /proc/net/softnet_stat",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the counters of ip -s link show {nic} stand still"},
    {.action = NULL},
};

static const char *const checks[] = {
    "cable, transceiver and switch port of {nic}: ethtool {nic}, ethtool -m {nic}",
    NULL,
};

const struct host_pattern host_pattern_nic_errors = {
    .id = "nic_errors",
    .kind = "network",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_NETWORK,
    .rank = 18,
    .claim = "an interface of %s drops packets",
    .rationale = "a full ring or a bad link loses packets",
    .refutes = "no errors and less than 1 % drops on every interface",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

/* close_wait.c - connections that the peer closed and the process never does: CLOSE-WAIT ends only
 * by its own close(), so many that last are a leak of descriptors. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"leaked", 50.0, "count", "a program that is merely slow to close has a few, for a moment"},
    {"kept", 0.9, "ratio", "of those that were there at first; a few may end"},
    {.name = NULL},
};
#define LEAKED LIMIT(0)
#define KEPT LIMIT(1)

/* By one process, or, where it cannot be seen, at one port. */
static double leaked_by(const struct value *snapshot, int64_t pid, double port)
{
    double sum = 0;

    VALUE_EACH (g, value_get(snapshot, "connections")) {
        if (net_pid(value_get(g, "own")) == pid && (pid || hv_num(g, "port") == port))
            sum += net_count(g, "close_wait_lasting");
    }
    return sum;
}

static struct host_culprit leaker(struct host_view *v, const struct value *g, double count,
                                  const char *evidence)
{
    const struct value *own = value_get(g, "own");

    return (struct host_culprit){
        .statement =
            arena_printf(v->arena, "%s of %s does not close connections that its peers have closed",
                         net_who(v, own), v->host),
        .resource = net_key(v, own, g),
        .port = (int64_t)net_count(g, "port"),
        .evidence = evidence,
        .metric = "close_wait",
        .unit = "connections",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = count,
        .threshold = LEAKED,
        .follow = FOLLOW_TREE,
        .pid = net_pid(own),
        .weight = 1,
    };
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL, *own, *p;

    f->metric = "close_wait";
    f->unit = "connections";
    f->value = 0;
    f->threshold = LEAKED;
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        double n = leaked_by(v->snapshot, net_pid(value_get(g, "own")), hv_num(g, "port"));

        if (n > f->value) {
            f->value = n;
            worst = g;
        }
    }
    f->evidence = arena_printf(v->arena,
                               "at most %.0f connections of one process stay in CLOSE-WAIT "
                               "(limit %.0f)",
                               f->value, LEAKED);
    if (!worst || f->value < LEAKED)
        return;
    own = value_get(worst, "own");
    p = hv_process(v, (double)net_pid(own));
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.9, 0.7 + f->value / 5000);
    f->resource = net_key(v, own, worst);
    f->evidence = arena_printf(v->arena, "%s has %.0f connections in CLOSE-WAIT (limit %.0f)",
                               net_who(v, own), f->value, LEAKED);
    if (p && hv_num(p, "fd_limit") > 0)
        f->second = arena_printf(v->arena, "it has %.0f descriptors open, its limit is %.0f",
                                 hv_num(p, "fds"), hv_num(p, "fd_limit"));
    hv_add_culprit(f, leaker(v, worst, f->value, f->evidence));
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double n = leaked_by(answer, c->pid, (double)c->port);

    r->before = c->after;
    r->after = n;
    r->evidence = arena_printf(v->arena, "%.1f s later %.0f of its connections are in CLOSE-WAIT",
                               hv_num(answer, "window_s"), n);
    r->strength = n >= LEAKED && n >= KEPT * c->after ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = r->strength == STRENGTH_STRONG;
}

static const struct host_proposal proposals[] = {
    {.action = "restart process {pid} ({command}) in a quiet moment: its descriptors come back",
     .command = "",
     .rollback = "none possible: its connections are closed",
     .risk = APPROVAL_HIGH,
     .watch = "CLOSE-WAIT of the new process does not grow again; the fault is a missing close()"},
    {.action = NULL},
};

static const char *const checks[] = {
    "which peers the connections of {host} in CLOSE-WAIT have: ss -tnp state close-wait",
    NULL,
};

const struct host_pattern host_pattern_close_wait = {
    .id = "close_wait",
    .kind = "network",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_NETWORK | WORDS_ERRORS | WORDS_SERVICE,
    .rank = 14,
    .claim = "a process of %s does not close its connections",
    .rationale = "each connection that is never closed holds a descriptor until none is left",
    .refutes = "few connections that stay in CLOSE-WAIT",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

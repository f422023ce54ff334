/* accept_backlog.c - a listener whose accept queue is full. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"overflows", 1.0, "1/s", "a single one is a burst that fitted a moment later"},
    {.name = NULL},
};
#define OVERFLOWS LIMIT(0)

/* A queue is full at its limit; the kernel takes one more before it drops (Linux,
 * sk_acceptq_is_full). */
static bool queue_full(const struct value *l)
{
    double backlog = hv_num(l, "backlog");

    return hv_num(l, "queue") > 0 && hv_num(l, "queue") >= backlog && !isnan(backlog);
}

static const struct value *fullest_listener(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (queue_full(l) && (!best || hv_num(l, "queue") > hv_num(best, "queue")))
            best = l;
    }
    return best;
}

/* Where the limits cannot be seen (no ss on the machine) but queues overflow: the one that waits
 * most. */
static bool may_be_full(const struct value *l)
{
    double backlog = hv_num(l, "backlog");

    return hv_num(l, "queue") > 0 && !(backlog >= 0);
}

static const struct value *longest_queue(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (may_be_full(l) && (!best || hv_num(l, "queue") > hv_num(best, "queue")))
            best = l;
    }
    return best;
}

static const char *limit_words(struct host_view *v, const struct value *l)
{
    if (may_be_full(l))
        return "the limit is not known without ss (package iproute2)";
    return arena_printf(v->arena, "the limit is %.0f", hv_num(l, "backlog"));
}

static const char *owner(struct host_view *v, const struct value *l)
{
    if (hv_num(l, "pid") > 0)
        return arena_printf(v->arena, " of process %.0f (%s)", hv_num(l, "pid"),
                            hv_str(l, "command"));
    return "";
}

static const char *port_key(struct host_view *v, const struct value *l)
{
    return hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(l, "port")));
}

static struct host_culprit full_listener(struct host_view *v, const struct value *l)
{
    return (struct host_culprit){
        .statement = arena_printf(
            v->arena,
            "the accept queue of port %.0f%s of %s overflows: connections are not accepted",
            hv_num(l, "port"), owner(v, l), v->host),
        .resource = port_key(v, l),
        .evidence =
            arena_printf(v->arena, "port %.0f%s: %.0f connections wait for accept(), %s",
                         hv_num(l, "port"), owner(v, l), hv_num(l, "queue"), limit_words(v, l)),
        .metric = "accept_queue",
        .unit = "connections",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = hv_num(l, "queue"),
        .threshold = hv_num(l, "backlog"),
        .follow = FOLLOW_TREE,
        .pid = (int64_t)hv_num(l, "pid"),
        .port = (int64_t)hv_num(l, "port"),
        .weight = 1,
    };
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *l = fullest_listener(v);
    double rate = hv_num(s, "network.listen_overflow_rate");

    f->metric = "listen_overflows";
    f->unit = "connections/s";
    f->value = isnan(rate) ? 0 : rate;
    f->threshold = 0;
    f->evidence =
        arena_printf(v->arena, "no accept queue is full, %.1f overflows a second", f->value);
    if (!l && rate >= OVERFLOWS)
        l = longest_queue(v);
    if (!l && !(rate >= OVERFLOWS))
        return;
    if (!l) { /* it overflows in bursts: nobody can be named from here */
        f->strength = STRENGTH_WEAK;
        f->severity = 0.5;
        f->evidence =
            arena_printf(v->arena, "%.1f connections a second overflowed an accept queue", rate);
        return;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = rate > 0 ? 0.95 : 0.75;
    f->resource = port_key(v, l);
    f->evidence =
        arena_printf(v->arena, "port %.0f%s: %.0f connections are in the accept queue, %s",
                     hv_num(l, "port"), owner(v, l), hv_num(l, "queue"), limit_words(v, l));
    f->second =
        rate > 0
            ? arena_printf(v->arena,
                           "%.1f connections a second overflowed (TcpExt ListenOverflows)", rate)
            : NULL;
    f->culprits[f->culprit_count++] = full_listener(v, l);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    bool full;

    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second look: port %lld is not listening any more",
                               (long long)c->port);
    VALUE_EACH (l, value_get(answer, "listeners")) {
        if (hv_num(l, "port") != (double)c->port)
            continue;
        r->after = hv_num(l, "queue");
        r->evidence = arena_printf(v->arena, "%.1f s later %.0f connections wait on port %lld, %s",
                                   hv_num(answer, "window_s"), r->after, (long long)c->port,
                                   limit_words(v, l));
        full = queue_full(l) || may_be_full(l);
        r->strength = full ? STRENGTH_STRONG : STRENGTH_NONE;
        r->direct = full;
        if (full)
            return;
    }
}

static const struct host_proposal proposals[] = {
    {.action = "see why the program behind port {port} does not accept: a dump of its threads",
     .command = "ss -ltnp 'sport = :{port}'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "Recv-Q of the listener falls below Send-Q"},
    {.action = NULL},
};

static const char *const checks[] = {
    "accept queues of {host}: ss -ltn, Recv-Q beside Send-Q",
    "overflows of {host}: nstat -az TcpExtListenOverflows, twice",
    NULL,
};

const struct host_pattern host_pattern_accept_backlog = {
    .id = "accept_backlog",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_LATENCY | WORDS_ERRORS | WORDS_SCALING,
    .rank = 4,
    .claim = "a listener of %s does not accept its connections",
    .rationale =
        "connections beyond the accept queue are dropped and retried by clients after a second",
    .refutes = "accept queues below their limits and no overflow counted",
    .limits = limits,
    .find = find,
    .checks = checks,
    .proposals = proposals,
    .read = read_answer,
};

/* deadlock.c - a service whose threads all wait for locks while clients queue up. A service that is
 * idle waits too, but for its sockets, and nobody queues. Of another user's service neither its
 * process nor its threads are seen: then it is named by its port, where nobody has been accepted
 * for seconds although there is room in the queue, and the same one still waits at the second look.
 */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"idle_cores", 0.005, "cores", "a thread that waits for a lock uses nothing"},
    {"threads", 2.0, "count", "one thread does not wait for itself"},
    {"queue", 1.0, "count", "a client that waits"},
    {"unserved", 2.0, "s", "accept() takes milliseconds, also in a service that is late"},
    {"same", 0.7, "ratio", "of the time since: else another one is the first in the queue"},
    {.name = NULL},
};
#define IDLE_CORES LIMIT(0)
#define THREADS LIMIT(1)
#define QUEUE LIMIT(2)
#define UNSERVED_S LIMIT(3)
#define SAME LIMIT(4)
#define UNSEEN "unseen"

static const struct value *silent(struct host_view *v, const struct value **ret_listener)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const struct value *l = process_listener(v, p);

        if (!l || !(hv_num(l, "queue") >= QUEUE) || hv_num(p, "cpu") > IDLE_CORES ||
            hv_num(p, "threads") < THREADS || strcmp(hv_str(p, "state"), "S") != 0)
            continue;
        if (!best || hv_num(l, "queue") > hv_num(*ret_listener, "queue")) {
            best = p;
            *ret_listener = l;
        }
    }
    return best;
}

/* Connections to a listener of somebody else of which none was ever accepted. A queue that is full
 * is told by accept_backlog, and who serves one client at a time has accepted that one. */
static bool is_unserved(struct host_view *v, const struct value *snapshot, const struct value *g)
{
    const struct value *l = net_is_in(g) ? net_listener(snapshot, net_count(g, "port")) : NULL;

    return l && !net_pid(value_get(g, "own")) && !(hv_num(l, "pid") > 0) && !net_queue_full(l) &&
           net_count(g, "unaccepted") >= net_count(g, "established") &&
           net_count(g, "unaccepted_s") >= UNSERVED_S;
}

static const struct value *unserved(struct host_view *v)
{
    const struct value *worst = NULL;

    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (is_unserved(v, v->snapshot, g) &&
            (!worst || net_count(g, "unaccepted_s") > net_count(worst, "unaccepted_s")))
            worst = g;
    }
    return worst;
}

static void blame_port(struct host_view *v, struct host_finding *f, const struct value *g)
{
    double port = net_count(g, "port");

    f->value = net_count(g, "unaccepted");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.85;
    f->resource = net_key(v, NULL, g);
    f->evidence = arena_printf(
        v->arena, "none of %.0f connections to port %.0f was accepted, the first waits for %.1f s",
        f->value, port, net_count(g, "unaccepted_s"));
    f->claim = arena_printf(v->arena, "a service of %s accepts nobody: port %.0f", v->host, port);
    hv_add_culprit(
        f, (struct host_culprit){
               .statement = arena_printf(v->arena,
                                         "what listens on port %.0f of %s stands still: it accepts "
                                         "nobody; whose it is and where its threads wait is not "
                                         "to be seen",
                                         port, v->host),
               .resource = f->resource,
               .evidence = f->evidence,
               .strength = STRENGTH_STRONG,
               .before = NAN,
               .after = net_count(g, "unaccepted_s"),
               .threshold = UNSERVED_S,
               .follow = FOLLOW_TREE,
               .port = (int64_t)port,
               .path = UNSEEN,
               .weight = 1});
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *l = NULL, *p = silent(v, &l), *g = p ? NULL : unserved(v);

    f->metric = "waiting_connections";
    f->unit = "count";
    f->threshold = 1;
    f->value = 0;
    f->evidence = "no service of several threads stands still while connections wait for it";
    if (g)
        blame_port(v, f, g);
    if (!p)
        return;
    f->value = hv_num(l, "queue");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.93;
    f->resource = hv_process_key(v, p);
    hv_add_culprit(
        f, process_culprit(
               v, p,
               arena_printf(v->arena,
                            "%s of %s is deadlocked: its threads wait for each other while "
                            "%.0f connections wait on port %.0f",
                            process_name(v, p), v->host, f->value, hv_num(l, "port")),
               arena_printf(v->arena,
                            "%.0f connections wait on port %.0f, and its %.0f threads used "
                            "%.3f cores",
                            f->value, hv_num(l, "port"), hv_num(p, "threads"), hv_num(p, "cpu"))));
    f->evidence = f->culprits[0].evidence;
}

/* Between two looks, by the clock that is read beside the connections where it is known. */
static double seconds_between(const struct value *first, const struct value *later)
{
    double up = hv_num(later, "uptime_s") - hv_num(first, "uptime_s");

    return up > 0 ? up : (hv_num(later, "taken_ms") - hv_num(first, "taken_ms")) / 1000;
}

/* Is the one that was the first in the queue still there? */
static void read_port(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                      struct host_reading *r)
{
    double later_s = seconds_between(v->snapshot, answer);

    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "%.1f s later port %lld accepts its connections", later_s,
                               (long long)c->port);
    VALUE_EACH (g, value_get(answer, "connections")) {
        double waits_s = net_count(g, "unaccepted_s");

        if (hv_num(g, "port") != (double)c->port || !is_unserved(v, answer, g) ||
            !(waits_s >= c->after + SAME * later_s))
            continue;
        r->after = waits_s;
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->evidence =
            arena_printf(v->arena,
                         "%.1f s later still none of %.0f connections to port %lld is "
                         "accepted, the first waits for %.1f s",
                         later_s, net_count(g, "unaccepted"), (long long)c->port, waits_s);
    }
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double asked = hv_num(answer, "tasks_asked"), locked = hv_num(answer, "tasks_in_futex");

    if (c->path && strcmp(c->path, UNSEEN) == 0) {
        read_port(v, c, answer, r);
        return;
    }
    r->after = locked;
    r->direct = true;
    r->evidence = arena_printf(
        v->arena, "watched for %.1f s it used %.3f cores; %.0f of its %.0f threads wait for a lock",
        hv_num(answer, "window_s"), hv_num(answer, "cpu_mean"), locked, asked);
    if (!(asked > 0))
        r->strength = STRENGTH_NONE; /* other users' threads cannot be asked */
    else
        r->strength =
            locked >= THREADS && locked == asked && hv_num(answer, "cpu_mean") <= IDLE_CORES
                ? STRENGTH_STRONG
                : STRENGTH_CONTRADICTS;
}

static const char *const checks[] = {
    "threads of the service on {host}: gdb -p PID -batch -ex 'thread apply all bt'",
    "where its threads wait on {host}, as root: ss -ltnp, cat /proc/PID/task/*/wchan",
    NULL,
};

const struct host_pattern host_pattern_deadlock = {
    .id = "deadlock",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_LATENCY | WORDS_SERVICE | WORDS_NETWORK,
    .rank = 38,
    .claim = "a service of %s stands still",
    .rationale = "threads that wait for each other answer nobody and use nothing",
    .refutes = "a thread that waits for its sockets, or runs",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = process_proposals,
    .checks = checks,
};

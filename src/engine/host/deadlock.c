/* deadlock.c - a service whose threads all wait for locks while clients queue up. A service that is
 * idle waits too, but for its sockets, and nobody queues. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"idle_cores", 0.005, "cores", "a thread that waits for a lock uses nothing"},
    {"threads", 2.0, "count", "one thread does not wait for itself"},
    {"queue", 1.0, "count", "a client that waits"},
    {.name = NULL},
};
#define IDLE_CORES LIMIT(0)
#define THREADS LIMIT(1)
#define QUEUE LIMIT(2)

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

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *l = NULL, *p = silent(v, &l);

    f->metric = "waiting_connections";
    f->unit = "count";
    f->threshold = 1;
    f->value = 0;
    f->evidence = "no service of several threads stands still while connections wait for it";
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

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double asked = hv_num(answer, "tasks_asked"), locked = hv_num(answer, "tasks_in_futex");

    (void)c;
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
    "where its threads wait on {host}: cat /proc/PID/task/*/wchan",
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

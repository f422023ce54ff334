/* stopped.c - a process that somebody stopped, or that hangs in a debugger. What has a terminal was
 * stopped there by hand, and no client waits for it. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static bool is_stopped(const struct value *p)
{
    const char *state = hv_str(p, "state");

    return strcmp(state, "T") == 0 || strcmp(state, "t") == 0;
}

/* Of its session, as services are; what a shell starts is in the shell's. */
static bool is_leader(const struct value *p)
{
    double session = hv_num(p, "session");

    return isnan(session) || session == hv_num(p, "pid");
}

static double queue_of(const struct value *l)
{
    return l && hv_num(l, "queue") > 0 ? hv_num(l, "queue") : 0;
}

/* One that clients wait for counts most; then the oldest. */
static const struct value *worst_of(struct host_view *v, double *ret_count)
{
    const struct value *best = NULL;
    double most = -1;

    *ret_count = 0;
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const struct value *l = is_stopped(p) ? process_listener(v, p) : NULL;
        double points = queue_of(l) + (l ? 1 : 0) + (is_leader(p) ? 0.5 : 0);

        if (!is_stopped(p) || (value_bool_or(p, "tty", false) && !l))
            continue;
        ++*ret_count;
        if (points > most) {
            most = points;
            best = p;
        }
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double count;
    const struct value *p = worst_of(v, &count), *l = p ? process_listener(v, p) : NULL;
    const struct value *tracer = p ? hv_process(v, hv_num(p, "tracer")) : NULL;

    f->metric = "stopped_processes";
    f->unit = "count";
    f->value = count;
    f->threshold = 0;
    f->evidence = "no process is stopped";
    if (!p)
        return;
    if (!l && !is_leader(p)) { /* a job of somebody's shell, or a helper: nobody can tell */
        f->strength = STRENGTH_WEAK;
        f->severity = 0.3;
        f->resource = hv_process_key(v, p);
        f->evidence = arena_printf(v->arena, "%s is stopped, but it is no service of its own",
                                   process_name(v, p));
        return;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    f->severity = queue_of(l) > 0 ? 0.97 : l ? 0.9 : 0.8;
    f->resource = hv_process_key(v, p);
    f->claim = arena_printf(v->arena, "a process of %s is stopped", v->host);
    hv_add_culprit(
        f, process_culprit(
               v, p,
               arena_printf(v->arena, "%s of %s is stopped%s%s", process_name(v, p), v->host,
                            hv_num(p, "tracer") > 0 ? ", traced by process " : " by a signal",
                            hv_num(p, "tracer") > 0
                                ? arena_printf(v->arena, "%.0f (%s)", hv_num(p, "tracer"),
                                               tracer ? hv_str(tracer, "command") : "?")
                                : ""),
               l ? arena_printf(
                       v->arena, "it is stopped (state %s) and is to serve port %.0f%s",
                       hv_str(p, "state"), hv_num(l, "port"),
                       queue_of(l) > 0
                           ? arena_printf(v->arena, ", where %.0f connections wait", queue_of(l))
                           : "")
                 : arena_printf(v->arena, "it is stopped (state %s)%s", hv_str(p, "state"),
                                value_bool_or(p, "tty", false) ? "" : ", and has no terminal")));
    f->evidence = f->culprits[0].evidence;
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    int stopped = 0, all = 0;

    (void)c;
    VALUE_EACH (s, value_get(answer, "samples")) {
        stopped += is_stopped(s);
        all++;
    }
    r->direct = true;
    r->after = stopped;
    r->evidence = arena_printf(v->arena, "watched for %.1f s it was stopped in %d of %d samples",
                               hv_num(answer, "window_s"), stopped, all);
    r->strength = all && stopped == all ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
}

static const struct host_proposal proposals[] = {
    {.action = "let process {pid} ({command}) go on",
     .command = "kill -CONT {pid}",
     .rollback = "kill -STOP {pid}",
     .risk = APPROVAL_LOW,
     .watch = "its state: ps -o stat -p {pid}"},
    {.action = NULL},
};

static const char *const checks[] = {
    "stopped processes of {host}: ps -eo stat,pid,tty,args | grep ^T",
    NULL,
};

const struct host_pattern host_pattern_stopped = {
    .id = "stopped",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_LATENCY | WORDS_SERVICE | WORDS_ERRORS | WORDS_NETWORK,
    .rank = 33,
    .claim = "a process of %s is stopped",
    .rationale = "a stopped process holds its sockets and locks, and does nothing",
    .refutes = "no process in state T without a terminal",
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

/* unix_backlog.c - a local socket whose listener does not accept: connect() blocks, or fails with
 * EAGAIN, when more connections wait than its backlog. Source: unix(7), Linux net/unix/af_unix.c
 * (the queue is full when it is longer than its limit). */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static bool is_full(const struct value *u)
{
    return net_count(u, "queue") > net_count(u, "backlog");
}

static const char *holder(struct host_view *v, const struct value *u)
{
    if (hv_num(u, "pid") > 0)
        return arena_printf(v->arena, " of process %.0f (%s)", hv_num(u, "pid"),
                            hv_str(u, "command"));
    return "";
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;

    f->metric = "unix_queue";
    f->unit = "connections";
    f->value = 0;
    f->threshold = 0;
    f->evidence = "no local socket has more connections waiting than its limit";
    VALUE_EACH (u, value_get(v->snapshot, "unix_listeners")) {
        if (is_full(u) && net_count(u, "queue") > f->value) {
            f->value = net_count(u, "queue");
            worst = u;
        }
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.9;
    f->threshold = net_count(worst, "backlog");
    f->resource = hv_key(v, "socket", hv_str(worst, "path"));
    f->evidence =
        arena_printf(v->arena, "%s%s: %.0f connections wait for accept(), the limit is %.0f",
                     hv_str(worst, "path"), holder(v, worst), f->value, f->threshold);
    f->culprits[f->culprit_count++] = (struct host_culprit){
        .statement = arena_printf(v->arena, "socket %s%s of %s is not accepted from",
                                  hv_str(worst, "path"), holder(v, worst), v->host),
        .resource = hv_num(worst, "pid") > 0 ? hv_process_key(v, worst) : f->resource,
        .evidence = f->evidence,
        .metric = f->metric,
        .unit = f->unit,
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = f->value,
        .threshold = f->threshold,
        .follow = FOLLOW_TREE,
        .pid = (int64_t)net_count(worst, "pid"),
        .path = hv_str(worst, "path"),
        .weight = 1};
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second look: %s is not there any more", c->path);
    VALUE_EACH (u, value_get(answer, "unix_listeners")) {
        if (strcmp(hv_str(u, "path"), c->path) != 0)
            continue;
        r->after = net_count(u, "queue");
        r->evidence =
            arena_printf(v->arena,
                         "%.1f s later %.0f connections wait at %s, the limit is "
                         "%.0f",
                         hv_num(answer, "window_s"), r->after, c->path, net_count(u, "backlog"));
        r->strength = is_full(u) ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
        r->direct = is_full(u);
        return;
    }
}

static const struct host_proposal proposals[] = {
    {.action = "see why process {pid} ({command}) does not accept",
     .command = "cat /proc/{pid}/wchan /proc/{pid}/status; ls -l /proc/{pid}/fd",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the queue of the socket empties: ss -xl"},
    {.action = NULL},
};

static const char *const checks[] = {"local sockets of {host}: ss -xl, Recv-Q beside Send-Q", NULL};

const struct host_pattern host_pattern_unix_backlog = {
    .id = "unix_backlog",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_LATENCY | WORDS_ERRORS,
    .rank = 10,
    .claim = "a local socket of %s is not accepted from",
    .rationale = "clients of a full local socket wait in connect()",
    .refutes = "no local socket with more connections than its limit",
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

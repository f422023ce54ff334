/* cpu_pinned.c - processes that may use one processor only wait for it while others are idle. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"
#include "runbook/base/num.h"

static const struct host_limit limits[] = {
    {"waits", 0.30, "ratio", "of the window, for a processor that it could have elsewhere"},
    {"uses", 0.10, "cores", "cores: it wants to run"},
    {"idle", 0.50, "ratio", "of another processor"},
    {.name = NULL},
};
#define WAITS LIMIT(0)
#define USES LIMIT(1)
#define IDLE LIMIT(2)

/* How many processors "0-3,8" names; 0 when it is not such a list. */
static int count_allowed(const char *list)
{
    struct str rest = str_from(list), piece, from;
    int n = 0;

    while (str_split(&rest, ',', &piece)) {
        int64_t a, b;

        if (!str_split(&piece, '-', &from) || !num_i64(from, &a))
            return 0;
        b = a;
        if (piece.ptr && !num_i64(piece, &b))
            return 0;
        if (b < a || b > 65535)
            return 0;
        n += (int)(b - a + 1);
    }
    return n;
}

static double idlest(struct host_view *v)
{
    double most = 0;

    VALUE_EACH (c, value_path(v->snapshot, "cpu.per_cpu")) {
        if (c->type == VALUE_NUMBER)
            most = fmax(most, 1 - c->u.number);
    }
    return most;
}

static bool pinned(struct host_view *v, const struct value *p)
{
    int allowed = count_allowed(hv_str(p, "allowed"));

    return allowed > 0 && allowed < hv_num(v->snapshot, "cpu.count") && cpu_may_blame(p) &&
           !value_bool_or(p, "fresh", false);
}

/* The one that uses most of the processor that the victim waits for. */
static const struct value *neighbour(struct host_view *v, const struct value *victim)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (p == victim || !pinned(v, p) || !(hv_num(p, "cpu") >= USES) ||
            strcmp(hv_str(p, "allowed"), hv_str(victim, "allowed")) != 0)
            continue;
        if (!best || hv_num(p, "cpu") > hv_num(best, "cpu"))
            best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL, *other;
    double idle = idlest(v);

    f->metric = "process_wait";
    f->unit = "ratio";
    f->threshold = WAITS;
    f->value = 0;
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (pinned(v, p) && hv_num(p, "cpu") >= USES && hv_num(p, "wait") > f->value) {
            f->value = hv_num(p, "wait");
            worst = p;
        }
    }
    f->evidence = worst ? arena_printf(v->arena,
                                       "%s may use processors %s only and waited %.0f %% of the "
                                       "time (limit %.0f %%); the idlest one was %.0f %% idle",
                                       cpu_label(v, worst), hv_str(worst, "allowed"),
                                       f->value * 100, WAITS * 100, idle * 100)
                        : "no process that is bound to some processors waits for one";
    if (!worst || f->value < WAITS || idle < IDLE)
        return;
    other = neighbour(v, worst);
    if (other && hv_num(other, "cpu") < hv_num(worst, "cpu"))
        other = worst;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->resource = hv_process_key(v, other ? other : worst);
    f->claim = arena_printf(v->arena,
                            "%s of %s is bound to processors %s and keeps others of them "
                            "waiting while %.0f %% of another one is idle",
                            cpu_label(v, other ? other : worst), v->host, hv_str(worst, "allowed"),
                            idle * 100);
    f->second =
        arena_printf(v->arena, "%s is bound to the same processors and used %.2f cores",
                     cpu_label(v, other ? other : worst), hv_num(other ? other : worst, "cpu"));
}

static const struct host_proposal proposals[] = {
    {.action = "let process {pid} ({command}) use all processors",
     .command = "taskset -a -p ffffffff {pid}",
     .rollback = "taskset -a -p with the mask that it had",
     .risk = APPROVAL_LOW,
     .watch = "its run-queue wait in /proc/{pid}/schedstat"},
    {.action = NULL},
};

static const char *const checks[] = {
    "which processors who may use on {host}: grep Cpus_allowed_list /proc/*/status",
    NULL,
};

const struct host_pattern host_pattern_cpu_pinned = {
    .id = "cpu_pinned",
    .kind = "cpu",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
    .rank = 22,
    .claim = "processes of %s are bound to a processor that is not enough for them",
    .rationale = "an affinity that is too narrow makes work wait beside idle processors",
    .refutes = "no bound process that waits 30 % of the time, or no idle processor",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

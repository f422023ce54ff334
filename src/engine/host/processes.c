/* processes.c - process ids are used up: of the machine, of a control group, of a user. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"full", 0.90, "ratio", "of the machine's ids"},
    {"refused", 10.0, "s", "since the kernel refused one: older ones are over"},
    {"group_full", 0.95, "ratio", "of the group's or the user's"},
    {"zombies", 100.0, "count", "then they are why"},
    {.name = NULL},
};
#define FULL LIMIT(0)
#define REFUSED_S LIMIT(1)
#define GROUP_FULL LIMIT(2)
#define ZOMBIES LIMIT(3)

/* The most frequent command of that group, as far as its processes were looked at. */
static const struct value *parent_in(struct host_view *v, const char *group)
{
    const struct value *best = NULL;
    size_t n = strlen(group);

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const char *own = hv_str(p, "pids_group");

        own = *own ? own : hv_str(p, "cgroup");
        if (strncmp(own, group, n) != 0 || (own[n] && own[n] != '/'))
            continue;
        if (!best || hv_num(p, "children") > hv_num(best, "children"))
            best = p;
    }
    return best;
}

static void by_group(struct host_view *v, struct host_finding *f)
{
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        const struct value *p;

        if (!(hv_num(c, "pids") >= GROUP_FULL * hv_num(c, "pids_limit")) ||
            !(hv_num(c, "pids_limit") > 0))
            continue;
        p = parent_in(v, hv_str(c, "path"));
        f->strength = STRENGTH_STRONG;
        f->direct = true;
        f->severity = 0.92;
        f->resource = hv_key(v, "cgroup", hv_str(c, "path"));
        f->claim = arena_printf(v->arena, "group %s of %s has reached its limit of processes%s%s",
                                hv_str(c, "path"), v->host, p ? "; most are children of " : "",
                                p ? process_name(v, p) : "");
        f->evidence = arena_printf(v->arena, "group %s: %.0f tasks of %.0f", hv_str(c, "path"),
                                   hv_num(c, "pids"), hv_num(c, "pids_limit"));
        f->second =
            arena_printf(v->arena, "%.0f forks a second were refused (limit %.0f %% of its tasks)",
                         fmax(0, hv_num(c, "pids_fail_rate")), GROUP_FULL * 100);
    }
}

/* RLIMIT_NPROC counts all threads of a user; root is above it. */
static void by_user(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!(hv_num(p, "uid") > 0) || !(hv_num(p, "task_limit") > 0) ||
            !(hv_num(p, "tasks_of_user") >= GROUP_FULL * hv_num(p, "task_limit")))
            continue;
        if (!worst || hv_num(p, "children") + hv_num(p, "threads") >
                          hv_num(worst, "children") + hv_num(worst, "threads"))
            worst = p;
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.92;
    f->resource = hv_process_key(v, worst);
    f->claim = arena_printf(v->arena,
                            "user %.0f of %s has reached its limit of processes; most are "
                            "those of %s",
                            hv_num(worst, "uid"), v->host, process_name(v, worst));
    f->evidence = arena_printf(v->arena, "user %.0f has %.0f tasks of %.0f that it may have",
                               hv_num(worst, "uid"), hv_num(worst, "tasks_of_user"),
                               hv_num(worst, "task_limit"));
    f->second =
        arena_printf(v->arena, "%s has %.0f children and %.0f threads", process_name(v, worst),
                     hv_num(worst, "children"), hv_num(worst, "threads"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    static const char *const kinds[] = {"pids_limit", NULL};
    double max = fmin(hv_num(s, "limits.pid_max"), hv_num(s, "limits.threads_max"));

    f->metric = "threads";
    hv_table_full(v, f, "threads", hv_num(s, "limits.threads"), max, FULL);
    if (hv_recent_event(v, kinds, REFUSED_S))
        hv_with_event(v, f, "pids_limit");
    if (f->strength == STRENGTH_STRONG && !f->second && hv_num(s, "limits.zombies") >= ZOMBIES)
        f->second =
            arena_printf(v->arena, "%.0f of them are zombies that their parents do not reap",
                         hv_num(s, "limits.zombies"));
    by_user(v, f);
    by_group(v, f);
}

static const struct host_proposal proposals[] = {
    {.action = "raise the limit of processes of group {cgroup}",
     .command = "",
     .rollback = "set pids.max back to what it was",
     .risk = APPROVAL_MEDIUM,
     .watch = "pids.current beside pids.max",
     .act = "host.cgroup.limit group={cgroup} limit=pids value=+50%"},
    {.action = "see what process {pid} ({command}) started",
     .command = "ps --ppid {pid} -o pid,etime,args | head -50",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = NULL},
};

static const char *const checks[] = {
    "processes by user on {host}: ps -eLo user= | sort | uniq -c",
    NULL,
};

const struct host_pattern host_pattern_processes = {
    .id = "processes",
    .kind = "limits",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_LATENCY,
    .rank = 16,
    .claim = "%s runs out of process ids",
    .rationale = "fork() fails at the limit",
    .refutes = "threads below 90 % of the limits, few zombies",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

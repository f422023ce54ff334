/* duplicate_runs.c - one job runs several times at once, because it is started again before it is
 * done. Workers of one service share their session; these do not, and each is younger than the one
 * before by the time between two starts. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"runs", 3.0, "count", "of one command at once"},
    {"apart", 1.0, "s", "between the oldest and the youngest, for each of them"},
    {"uses_cores", 0.5, "cores", "together: else it may be meant, and harms nobody"},
    {"uses_memory", 0.10, "ratio", "of the machine's"},
    {.name = NULL},
};
#define RUNS LIMIT(0)
#define APART_S LIMIT(1)
#define USES_CORES LIMIT(2)
#define USES_MEMORY LIMIT(3)

struct runs {
    double count, cpu, rss, oldest_s, youngest_s;
    const struct value *oldest;
};

/* Looks at the leaders of sessions: a run is one, with what it started. */
static struct runs runs_of(struct host_view *v, const struct value *of)
{
    struct runs r = {.youngest_s = INFINITY};

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "session") != hv_num(p, "pid") || value_bool_or(p, "tty", false) ||
            strcmp(hv_str(p, "cmdline"), hv_str(of, "cmdline")) != 0 ||
            hv_num(p, "uid") != hv_num(of, "uid"))
            continue;
        r.count++;
        r.cpu += hv_num(p, "tree_cpu");
        r.rss += hv_num(p, "rss");
        r.youngest_s = fmin(r.youngest_s, hv_num(p, "age_s"));
        if (hv_num(p, "age_s") > r.oldest_s) {
            r.oldest_s = hv_num(p, "age_s");
            r.oldest = p;
        }
    }
    return r;
}

static bool is_off(struct host_view *v, const struct runs *r)
{
    return r->count >= RUNS && r->oldest &&
           r->oldest_s - r->youngest_s >= APART_S * (r->count - 1) &&
           (r->cpu >= USES_CORES || r->rss >= USES_MEMORY * hv_num(v->snapshot, "memory.total"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct runs r, best = {0};

    f->metric = "runs_at_once";
    f->unit = "count";
    f->threshold = RUNS;
    f->evidence = "no job runs three times at once";
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "same") < RUNS || hv_num(p, "session") != hv_num(p, "pid") ||
            !*hv_str(p, "cmdline") || value_bool_or(p, "tty", false))
            continue;
        r = runs_of(v, p);
        if (is_off(v, &r) && r.cpu + r.count / 100 > best.cpu + best.count / 100)
            best = r;
    }
    if (!best.oldest)
        return;
    f->value = best.count;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.95;
    f->resource = hv_process_key(v, best.oldest);
    f->claim = arena_printf(v->arena, "%s of %s runs %.0f times at once", cpu_label(v, best.oldest),
                            v->host, best.count);
    f->evidence = arena_printf(
        v->arena,
        "%.0f runs of the same command, each in a session of its own, the oldest %s, the "
        "youngest %s old",
        best.count, hv_human(v->arena, best.oldest_s, "seconds"),
        hv_human(v->arena, best.youngest_s, "seconds"));
    f->second = arena_printf(v->arena, "together they use %.2f cores and %s of memory", best.cpu,
                             hv_human(v->arena, best.rss, "bytes"));
}

static const struct host_proposal proposals[] = {
    {.action = "end the older runs of {command} and let one finish",
     .command = "kill {pid}",
     .rollback = "none possible, the job must be run again",
     .risk = APPROVAL_HIGH,
     .watch = "how many runs there are: pgrep -fc {command}"},
    {.action = "let the job be started only when it is not running",
     .command = "",
     .rollback = "take the lock out of its crontab line again",
     .risk = APPROVAL_LOW,
     .watch = "runs at once, over the next starts"},
    {.action = NULL},
};

static const char *const checks[] = {
    "runs of the job on {host}: ps -eo pid,sid,etime,args --sort=etime; crontab -l; systemctl "
    "list-timers",
    NULL,
};

const struct host_pattern host_pattern_duplicate_runs = {
    .id = "duplicate_runs",
    .kind = "process",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_LATENCY | WORDS_CPU | WORDS_SCALING | WORDS_SERVICE,
    .rank = 37,
    .claim = "a job of %s runs several times at once",
    .rationale = "runs that overlap slow each other down, so that more of them overlap",
    .refutes = "fewer than three runs of one command in sessions of their own",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

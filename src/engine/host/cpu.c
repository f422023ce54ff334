/* cpu.c - see cpu.h. */
#include "cpu.h"

#include <math.h>
#include <string.h>

#include "several.h"

const struct host_limit cpu_limits[] = {
    {"cpu_busy_saturated", 0.90, "ratio", "of all processors: nothing is left for a burst"},
    {"cpu_pressure_saturated", 0.10, "ratio", "of the window some task waited for a processor"},
    {"cpu_victim_wait", 0.20, "ratio", "share of the time that a victim's first thread waited"},
    {"cpu_at_work_bytes", 262144, "bytes/s", "a second, read and written: it computes on data"},
    {"cpu_at_work_slices", 100, "1/s", "a second: it hands data on, to a pipe or a socket"},
    {"lasting", 6.0, "s", "a process that is younger at the end of the watch may just be at work"},
    {"victim_age", 5.0, "s", "what has just started waits for its turn like everything"},
    {"runner_cores", 0.25, "cores", "what its ended children used, over its whole life"},
    {"runner_min", 1.0, "s", "shorter ones are commands of a shell"},
    {"minor_part", 0.4, "ratio", "of all cores: who waits does so for the others as well"},
    {"gives_way", 10.0, "count", "the nice value of work that is meant to come last"},
    {"there", 3.0, "s", "what started a moment ago is somebody's work"},
    {"whole_core", 0.97, "cores", "it never hands on work"},
    {"keeps_on", 0.5, "ratio", "of what it used at first"},
    {"never_idle", 0.02, "cores", "in each sample"},
    {.name = NULL},
};
#define LASTING_S CPU_LIMIT(5)
#define VICTIM_AGE_S CPU_LIMIT(6)
#define RUNNER_CORES CPU_LIMIT(7)
#define RUNNER_MIN_S CPU_LIMIT(8)
#define MINOR_PART CPU_LIMIT(9)
#define GIVES_WAY CPU_LIMIT(10)
#define THERE_S CPU_LIMIT(11)
#define WHOLE_CORE CPU_LIMIT(12)
#define KEEPS_ON CPU_LIMIT(13)
#define NEVER_IDLE CPU_LIMIT(14)

bool cpu_may_blame(const struct value *p)
{
    return hv_num(p, "pid") > 1 && !value_bool_or(p, "kernel", false);
}

bool cpu_gives_way(struct host_view *v, const struct value *p)
{
    double policy = hv_num(p, "policy"); /* Source: sched(7); 3 is SCHED_BATCH, 5 SCHED_IDLE */

    return hv_num(p, "nice") >= GIVES_WAY || policy == 5 || policy == 3;
}

bool cpu_is_ancestor(struct host_view *v, const struct value *p, const struct value *child)
{
    for (int depth = 0; child && depth < 32; depth++) {
        if (hv_num(child, "ppid") == hv_num(p, "pid"))
            return true;
        child = hv_process(v, hv_num(child, "ppid"));
    }
    return false;
}

static bool runs_a_job(struct host_view *v, const struct value *p)
{
    double used = hv_num(p, "children_s"), age = hv_num(p, "age_s");

    return used >= RUNNER_MIN_S && age > 0 && used / age >= RUNNER_CORES;
}

/* Within its session: a shell that built all day says nothing of what it started as a service. */
const struct value *cpu_job_of(struct host_view *v, const struct value *p)
{
    double session = hv_num(p, "session");

    for (int depth = 0; p && depth < 12; depth++) {
        if (hv_num(p, "pid") <= 1 || hv_num(p, "session") != session)
            return NULL;
        if (runs_a_job(v, p))
            return p;
        p = hv_process(v, hv_num(p, "ppid"));
    }
    return NULL;
}

static bool serves(struct host_view *v, const struct value *p)
{
    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (hv_num(l, "pid") > 0 && hv_num(l, "pid") == hv_num(p, "pid"))
            return true;
    }
    return false;
}

const struct value *cpu_victim(struct host_view *v, const struct value *tree)
{
    const struct value *worst = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!(hv_num(p, "wait") >= CPU_VICTIM_WAIT) || !cpu_may_blame(p) ||
            value_bool_or(p, "fresh", false) || hv_num(p, "age_s") < VICTIM_AGE_S)
            continue;
        if (tree && (hv_num(p, "pid") == hv_num(tree, "pid") || cpu_is_ancestor(v, tree, p)))
            continue;
        if (cpu_job_of(v, p) || (cpu_gives_way(v, p) && !serves(v, p)))
            continue; /* another job that competes, or one that asked to come last */
        if (!worst || hv_num(p, "wait") > hv_num(worst, "wait"))
            worst = p;
    }
    return worst;
}

const char *cpu_label(struct host_view *v, const struct value *p)
{
    const char *cmd = hv_str(p, "cmdline");

    return arena_printf(v->arena, "process %.0f (%s%s%.80s)", hv_num(p, "pid"),
                        hv_str(p, "command"), *cmd ? ": " : "", cmd);
}

/* `lasting`: how many cores it must use on average while it is watched. */
struct host_culprit cpu_single(struct host_view *v, const struct value *p, double cpus,
                               double lasting)
{
    double cpu = hv_num(p, "cpu"), kernel = hv_num(p, "system");

    return (struct host_culprit){
        .statement =
            arena_printf(v->arena, "%s of %s burns %.2f cores", cpu_label(v, p), v->host, cpu),
        .resource = hv_process_key(v, p),
        .evidence = arena_printf(
            v->arena, "%s used %.2f cores of %.0f in the window%s, %.2f over its life of %s",
            cpu_label(v, p), cpu, cpus, kernel >= 0.5 * cpu ? ", most of it in the kernel" : "",
            hv_num(p, "cpu_mean"), hv_human(v->arena, hv_num(p, "age_s"), "seconds")),
        .metric = "process_cpu_cores",
        .unit = "cores",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = cpu,
        .threshold = lasting,
        .follow = FOLLOW_PROCESS,
        .pid = (int64_t)hv_num(p, "pid"),
        .weight = fmin(1, 2 * cpu / cpus),
    };
}

bool cpu_counts(struct host_view *v, const struct value *p)
{
    return cpu_may_blame(p) && !value_bool_or(p, "fresh", false) && hv_num(p, "age_s") >= THERE_S &&
           !(v->taken_count && hv_taken(v, hv_process_key(v, p)));
}

const struct value *cpu_busiest(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes"))
        if (cpu_counts(v, p) && (!best || hv_num(p, "cpu") > hv_num(best, "cpu")))
            best = p;
    return best;
}

static bool is_kin(struct host_view *v, const struct value *p, const struct value *q)
{
    double parent = hv_num(q, "ppid"), session = hv_num(q, "session");

    return p == q || cpu_is_ancestor(v, p, q) || cpu_is_ancestor(v, q, p) ||
           (parent > 1 && parent == hv_num(p, "ppid")) ||
           (session > 1 && session == hv_num(p, "session")) ||
           strcmp(hv_str(p, "command"), hv_str(q, "command")) == 0;
}

const struct value *cpu_behind(struct host_view *v, const struct value *p, double least)
{
    const struct value *best = NULL;

    VALUE_EACH (q, value_get(v->snapshot, "processes")) {
        if (!(hv_num(q, "cpu") >= least) || !cpu_counts(v, q) || is_kin(v, p, q) ||
            cpu_gives_way(v, q) || cpu_job_of(v, q))
            continue;
        if (!best || hv_num(q, "cpu") > hv_num(best, "cpu"))
            best = q;
    }
    return best;
}

bool cpu_is_saturated(struct host_view *v)
{
    const struct value *s = v->snapshot;
    double busy = hv_num(s, "cpu.busy") + hv_num(s, "cpu.steal");
    bool known = value_bool_or(value_path(s, "pressure.cpu"), "known", false);

    if (!(busy >= CPU_BUSY_SATURATED))
        return false;
    return known ? hv_num(s, "pressure.cpu.some") >= CPU_PRESSURE_SATURATED
                 : hv_num(s, "cpu.running") > hv_num(s, "cpu.count");
}

/* What says that it works on something; NULL: nothing does. */
static const char *at_work(struct host_view *v, const struct value *a)
{
    double moved = hv_num(a, "moved_rate"), slices = hv_num(a, "slice_rate");

    if (moved >= CPU_AT_WORK_BYTES)
        return arena_printf(v->arena, "it reads and writes %s a second meanwhile: it works on data",
                            hv_human(v->arena, moved, "bytes"));
    /* A processor that others want is taken away as often: then it says nothing. */
    if (slices >= CPU_AT_WORK_SLICES && !cpu_is_saturated(v) && hv_num(a, "cpu_min") < WHOLE_CORE)
        return arena_printf(v->arena, "it stops for others %.0f times a second: it hands work on",
                            slices);
    return NULL;
}

/* Packers, copiers, compilers and their like work through data until they are done. Where nobody
 * may see what one reads and writes, that it is busy says nothing. */
static bool works_by_nature(const struct value *p)
{
    static const char *const names[] = {
        "gzip",   "pigz",      "bzip2",   "pbzip2", "xz",    "zstd",   "lz4", "lzop",    "7z",
        "7za",    "zip",       "unzip",   "brotli", "tar",   "cpio",   "cp",  "dd",      "rsync",
        "scp",    "md5sum",    "sha1sum", "cc1",    "ld",    "as",     "gpg", "cc1plus", "rustc",
        "ffmpeg", "sha256sum", "restic",  "borg",   "clang", "pg_dump"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(hv_str(p, "command"), names[i]) == 0)
            return true;
    }
    return false;
}

static void read_process(struct host_view *v, const struct host_culprit *c, const struct value *a,
                         struct host_reading *r)
{
    const struct value *p = hv_process(v, (double)c->pid), *victim = cpu_victim(v, p);
    double mean = hv_num(a, "cpu_mean"), min = hv_num(a, "cpu_min"), span = hv_num(a, "window_s");
    double age = (p ? hv_num(p, "age_s") : 0) + span;
    bool minor = mean < MINOR_PART * hv_num(v->snapshot, "cpu.count");
    const char *work = victim && !minor ? NULL : at_work(v, a);
    bool lasts = mean >= KEEPS_ON * c->after && mean >= c->threshold && min >= NEVER_IDLE &&
                 !value_bool_or(a, "ended", false);

    r->after = mean;
    r->evidence = arena_printf(v->arena, "watched for %.1f s it used %.2f cores, never below %.2f",
                               span, mean, min);
    r->strength = lasts ? STRENGTH_NONE : STRENGTH_CONTRADICTS;
    if (lasts && age < LASTING_S) {
        r->evidence = arena_printf(
            v->arena, "%s, but it is only %.0f s old: it may just be at work", r->evidence, age);
    } else if (lasts && minor && isnan(hv_num(a, "moved_rate")) && cpu_is_saturated(v)) {
        r->evidence = arena_printf(
            v->arena, "%s: one of many, and this user may not see what it works on", r->evidence);
    } else if (lasts && !victim && isnan(hv_num(a, "moved_rate")) && works_by_nature(p)) {
        r->evidence = arena_printf(v->arena,
                                   "%s: its like works through data, and this user may not see "
                                   "whether it does",
                                   r->evidence);
    } else if (lasts && work) {
        r->evidence = arena_printf(v->arena, "%s; %s", r->evidence, work);
    } else if (lasts) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        if (victim)
            r->evidence =
                arena_printf(v->arena, "%s, while %s waited %.0f %% of the time for a processor",
                             r->evidence, cpu_label(v, victim), hv_num(victim, "wait") * 100);
    }
}

static void read_tree(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                      struct host_reading *r)
{
    struct host_view later = *v;
    const struct value *p;
    double t;

    later.snapshot = answer;
    p = hv_process(&later, (double)c->pid);
    t = p ? hv_num(p, "tree_cpu") : 0;
    r->after = t;
    r->evidence = arena_printf(
        v->arena, "a second look over %.1f s: the tree used %.2f cores, processors %.0f %% busy",
        hv_num(answer, "window_s"), t, hv_num(answer, "cpu.busy") * 100);
    r->direct = true;
    r->strength = t >= KEEPS_ON * c->after && cpu_is_saturated(&later) ? STRENGTH_STRONG
                                                                       : STRENGTH_CONTRADICTS;
    /* A job is to blame only as long as somebody waits for it. */
    if (r->strength == STRENGTH_STRONG && p && cpu_job_of(&later, p) && !cpu_victim(&later, p)) {
        r->strength = STRENGTH_NONE;
        r->evidence =
            arena_printf(v->arena, "%s, and nothing outside of it waited any more", r->evidence);
    }
}

void cpu_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
              struct host_reading *r)
{
    if (c->follow == FOLLOW_PROCESS)
        read_process(v, c, answer, r);
    else
        read_tree(v, c, answer, r);
}

const struct host_proposal cpu_proposals[] = {
    {.action = "let process {pid} ({command}) give way to all others",
     .command = "renice -n 15 -p {pid}",
     .act = "host.process.renice pid={pid} nice=15 command={command}",
     .rollback = "renice -n 0 -p {pid}, as root",
     .risk = APPROVAL_LOW,
     .watch = "cpu pressure falls below 10 %"},
    {.action = "see what process {pid} ({command}) computes before it is ended",
     .command = "perf top -p {pid}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the functions that take the time"},
    {.action = "end process {pid} ({command}) when nobody needs it",
     .command = "kill {pid}",
     .act = "host.process.signal pid={pid} signal=TERM command={command}",
     .rollback = "none possible, it must be started again",
     .risk = APPROVAL_HIGH,
     .watch = "processors of {host} less than 90 % busy"},
    {.action = NULL},
};

const char *const cpu_checks[] = {
    "who runs on {host}: top -b -n 2 -d 2, the second picture",
    "pressure of {host}: cat /proc/pressure/cpu, twice",
    NULL,
};

/* file_handles.c - open files near the limit, or on the way there. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"full", 0.95, "ratio", "of the limit"},
    {"part", 0.50, "ratio", "of it, and growing: worth a watch"},
    {"soon", 900.0, "s", "until the limit is reached"},
    {"rises", 5.0, "1/s", "files a second"},
    {"age_min", 3.0, "s", "what has just started opens its files"},
    {"limit_min", 16.0, "count", "smaller limits are set for programs that need no files"},
    {"rising", 0.6, "ratio", "of the samples of the second look"},
    {.name = NULL},
};
#define FULL LIMIT(0)
#define PART LIMIT(1)
#define SOON_S LIMIT(2)
#define RISES LIMIT(3)
#define AGE_MIN_S LIMIT(4)
#define LIMIT_MIN LIMIT(5)
#define RISING LIMIT(6)

static double eta(struct host_view *v, const struct value *p)
{
    double rate = hv_num(p, "fd_rate"), left = hv_num(p, "fd_limit") - hv_num(p, "fds");

    return rate >= RISES && left > 0 ? left / rate : INFINITY;
}

static bool may_leak(struct host_view *v, const struct value *p)
{
    double share = hv_num(p, "fds") / hv_num(p, "fd_limit");

    return !value_bool_or(p, "fresh", false) && hv_num(p, "age_s") >= AGE_MIN_S &&
           (eta(v, p) <= SOON_S || (share >= PART && hv_num(p, "fd_rate") > 0));
}

static void leaking(struct host_view *v, struct host_finding *f, const struct value *p)
{
    struct host_culprit c = process_culprit(
        v, p,
        arena_printf(v->arena, "%s of %s leaks open files: %.0f of %.0f", process_name(v, p),
                     v->host, hv_num(p, "fds"), hv_num(p, "fd_limit")),
        arena_printf(v->arena, "it has %.0f files open of %.0f and opens %.0f more a second",
                     hv_num(p, "fds"), hv_num(p, "fd_limit"), hv_num(p, "fd_rate")));

    c.after = hv_num(p, "fds");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.95, 0.8 + hv_num(p, "fds") / hv_num(p, "fd_limit") / 5);
    f->value = hv_num(p, "fds");
    f->threshold = hv_num(p, "fd_limit");
    f->resource = hv_process_key(v, p);
    f->claim = arena_printf(v->arena, "a process of %s leaks open files", v->host);
    f->evidence = c.evidence;
    hv_add_culprit(f, c);
}

static void used_up(struct host_view *v, struct host_finding *f, const struct value *p)
{
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.95;
    f->resource = hv_process_key(v, p);
    f->claim = arena_printf(v->arena, "%s of %s has used up its file descriptors",
                            process_name(v, p), v->host);
    f->evidence = arena_printf(v->arena, "%s has %.0f descriptors open, its limit is %.0f",
                               process_name(v, p), hv_num(p, "fds"), hv_num(p, "fd_limit"));
    f->second = arena_printf(v->arena, "that is %.0f %% of what it may have (limit %.0f %%)",
                             hv_num(p, "fds") / hv_num(p, "fd_limit") * 100, FULL * 100);
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL, *leak = NULL;
    double share = 0;

    f->metric = "file_descriptors";
    hv_table_full(v, f, "open files of the machine", hv_num(v->snapshot, "limits.files"),
                  hv_num(v->snapshot, "limits.files_max"), FULL);
    hv_with_event(v, f, "files_full");
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double x = hv_num(p, "fds") / hv_num(p, "fd_limit");

        if (!isfinite(x) || hv_num(p, "fd_limit") < LIMIT_MIN)
            continue;
        if (x > share) {
            share = x;
            worst = p;
        }
        if (may_leak(v, p) && (!leak || eta(v, p) < eta(v, leak)))
            leak = p;
    }
    if (worst && share >= FULL)
        used_up(v, f, worst);
    else if (leak && f->strength != STRENGTH_STRONG)
        leaking(v, f, leak);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double rate = hv_num(answer, "fd_rate"), rising = hv_num(answer, "fd_rising");
    double limit = hv_num(answer, "fd_limit");

    (void)c;
    r->before = hv_num(answer, "fds_start");
    r->after = hv_num(answer, "fds");
    r->direct = true;
    r->evidence = arena_printf(
        v->arena,
        "watched for %.1f s it went from %.0f to %.0f of %.0f open files, rising in %.0f %% "
        "of the samples",
        hv_num(answer, "window_s"), r->before, r->after, limit, isnan(rising) ? 0 : rising * 100);
    if (isnan(rate) || isnan(r->after))
        r->strength = STRENGTH_NONE;
    else
        r->strength =
            (rate > 0 && rising >= RISING && r->after > r->before) || r->after >= FULL * limit
                ? STRENGTH_STRONG
                : STRENGTH_CONTRADICTS;
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) has open so often",
     .command =
         "ls -l /proc/{pid}/fd | sed 's/.*-> //; s/[0-9]*]//' | sort | uniq -c | sort -rn | head",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "which kind of file grows"},
    {.action = "give process {pid} ({command}) room until it is mended",
     .command = "prlimit --nofile=65536 -p {pid}",
     .rollback = "prlimit --nofile with the limit that it had",
     .risk = APPROVAL_LOW,
     .watch = "its open files"},
    {.action = NULL},
};

static const char *const checks[] = {
    "open files of {host}: for p in /proc/[0-9]*; do echo $(ls $p/fd | wc -l) $p; done | sort -n | "
    "tail",
    NULL,
};

const struct host_pattern host_pattern_file_handles = {
    .id = "file_handles",
    .kind = "limits",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_NETWORK | WORDS_SERVICE | WORDS_LATENCY,
    .rank = 13,
    .claim = "a process of %s has used up its file descriptors",
    .rationale = "open() and accept() fail at the limit",
    .refutes = "descriptors below 95 % of every limit, and none that grows towards it",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

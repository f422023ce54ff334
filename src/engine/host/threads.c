/* threads.c - a process starts threads without end. Many threads that are there and wait are a
 * matter of taste; growth is the fault. */
#include <math.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"many", 200.0, "count", "below it growth is a program that warms up"},
    {"rises", 5.0, "1/s", "threads a second"},
    {.name = NULL},
};
#define MANY LIMIT(0)
#define RISES LIMIT(1)

static const struct value *grower(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (value_bool_or(p, "fresh", false) || !(hv_num(p, "threads") >= MANY) ||
            !(hv_num(p, "thread_rate") >= RISES))
            continue;
        if (!best || hv_num(p, "thread_rate") > hv_num(best, "thread_rate"))
            best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *p = grower(v);

    f->metric = "process_threads";
    f->unit = "count";
    f->threshold = MANY;
    f->evidence = arena_printf(v->arena, "no process of more than %.0f threads starts more", MANY);
    if (!p)
        return;
    f->value = hv_num(p, "threads");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.95, 0.8 + f->value / 10000);
    f->resource = hv_process_key(v, p);
    hv_add_culprit(
        f,
        process_culprit(v, p,
                        arena_printf(v->arena, "%s of %s starts threads without end: %.0f",
                                     process_name(v, p), v->host, f->value),
                        arena_printf(v->arena, "it has %.0f threads and starts %.0f more a second",
                                     f->value, hv_num(p, "thread_rate"))));
    f->evidence = f->culprits[0].evidence;
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double limit = hv_num(v->snapshot, "limits.threads_max");

    (void)c;
    r->before = hv_num(answer, "threads_start");
    r->after = hv_num(answer, "threads");
    r->direct = true;
    r->evidence =
        arena_printf(v->arena,
                     "watched for %.1f s it went from %.0f to %.0f threads; the machine has "
                     "room for %.0f",
                     hv_num(answer, "window_s"), r->before, r->after, limit);
    r->strength = hv_num(answer, "thread_rate") >= RISES / 2 && r->after >= MANY
                      ? STRENGTH_STRONG
                      : STRENGTH_CONTRADICTS;
}

static const char *const checks[] = {
    "threads of {host}: ps -eo nlwp,pid,args --sort=-nlwp | head, twice",
    NULL,
};

const struct host_pattern host_pattern_threads = {
    .id = "threads",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_LATENCY | WORDS_ERRORS | WORDS_SCALING | WORDS_MEMORY,
    .rank = 34,
    .claim = "a process of %s starts threads without end",
    .rationale = "each thread takes memory and a process id, and waits for the same lock",
    .refutes = "no process of more than 200 threads whose number grows",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = process_proposals,
    .checks = checks,
};

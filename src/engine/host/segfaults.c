/* segfaults.c - one program that crashes again and again. A single crash is a doubt. */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"often", 3, "count", "within half an hour"},
    {"over", 300.0, "s", "a program that has not crashed for so long is well again"},
    {"pause_min", 15.0, "s", "what crashed each second is watched that long"},
    {.name = NULL},
};
#define OFTEN LIMIT(0)
#define OVER_S LIMIT(1)
#define PAUSE_MIN_S LIMIT(2)

/* "app[4242]: segfault at ..." and "traps: app[4242] general protection": the program's name. */
static const char *program(struct host_view *v, const char *text)
{
    const char *from = strncmp(text, "traps: ", 7) == 0 ? text + 7 : text, *at = strchr(from, '[');

    if (!at || at == from || at - from > 15)
        return "";
    return arena_printf(v->arena, "%.*s", (int)(at - from), from);
}

static int crashes_of(struct host_view *v, const char *name)
{
    int n = 0;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        n += strcmp(hv_str(e, "kind"), "segfault") == 0 && hv_num(e, "age_s") <= KERNEL_RECENT_S &&
             strcmp(program(v, hv_str(e, "text")), name) == 0;
    }
    return n;
}

static const char *most_crashed(struct host_view *v, int *ret_count, const struct value **ret_last)
{
    const char *best = NULL;

    *ret_count = 0;
    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        const char *name = program(v, hv_str(e, "text"));
        int n;

        if (strcmp(hv_str(e, "kind"), "segfault") != 0 || !*name)
            continue;
        n = crashes_of(v, name);
        if (n > 0 && (n > *ret_count || (best && strcmp(name, best) == 0 &&
                                         hv_num(e, "age_s") < hv_num(*ret_last, "age_s")))) {
            *ret_count = n;
            *ret_last = e;
            best = name;
        }
    }
    return best;
}

/* Does it go on? Then the last crash is not much longer ago than the one before it was to that. */
static bool goes_on(struct host_view *v, const char *name, double last_s)
{
    double before_s = INFINITY;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        double age = hv_num(e, "age_s");

        if (strcmp(hv_str(e, "kind"), "segfault") == 0 && age > last_s && age < before_s &&
            strcmp(program(v, hv_str(e, "text")), name) == 0)
            before_s = age;
    }
    return last_s <= fmin(OVER_S, fmax(PAUSE_MIN_S, 2 * (before_s - last_s)));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *last = NULL;
    bool often;
    const char *name;
    int n;

    f->metric = "segfaults";
    f->unit = "count";
    f->threshold = OFTEN;
    name = most_crashed(v, &n, &last);
    f->value = n;
    f->evidence = "no program crashed in the last 30 minutes, as far as the kernel says";
    if (!name || hv_num(last, "age_s") > OVER_S)
        return;
    often = n >= OFTEN && goes_on(v, name, hv_num(last, "age_s"));
    f->strength = often ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = often;
    f->severity = often ? 0.75 : 0.3;
    f->resource = hv_key(v, "program", name);
    f->claim = arena_printf(v->arena, "%s of %s crashes%s", name, v->host,
                            often ? " again and again" : "");
    f->evidence =
        arena_printf(v->arena, "%s crashed %d times in the last 30 minutes (limit 3)", name, n);
    f->second =
        arena_printf(v->arena, "the last time %s ago: %s",
                     hv_human(v->arena, hv_num(last, "age_s"), "seconds"), hv_str(last, "text"));
}

static const struct host_proposal proposals[] = {
    {.action = "go back to the version of {program} that did not crash, and keep a core dump",
     .command = "coredumpctl list {program}",
     .rollback = "install the newer version again",
     .risk = APPROVAL_MEDIUM,
     .watch = "no further crash in the kernel log"},
    {.action = NULL},
};
static const char *const checks[] = {"coredumpctl info {program}", "what was upgraded before?",
                                     NULL};

const struct host_pattern host_pattern_segfaults = {
    .id = "segfaults",
    .kind = "service",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_ERRORS | WORDS_SERVICE,
    .rank = 12,
    .claim = "a program of %s crashes again and again",
    .rationale = "what crashes drops its requests and its connections",
    .refutes = "fewer than three crashes of one program in half an hour",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

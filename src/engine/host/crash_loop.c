/* crash_loop.c - a program dies and is started again, over and over. That something keeps starting
 * short processes is no proof, shells do nothing else; that the kernel saw the same name crash is.
 */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"crashes", 3, "count", "of one name"},
    {"within", 600.0, "s", "and that near"},
    {"recent", 120.0, "s", "the last one"},
    {"still", 3.0, "times", "times the time between two crashes: then it has stopped"},
    {"still_min", 1.0, "s", "looking takes as long"},
    {.name = NULL},
};
#define CRASHES LIMIT(0)
#define WITHIN_S LIMIT(1)
#define RECENT_S LIMIT(2)
#define STILL LIMIT(3)
#define STILL_MIN_S LIMIT(4)

/* "name[123]: segfault at ...", "traps: name[123] general protection ..." */
static struct str crashed_name(const char *text)
{
    const char *bracket = strchr(text, '['), *from = bracket;

    if (!bracket)
        return (struct str){text, 0};
    while (from > text && from[-1] != ' ')
        from--;
    return (struct str){from, (size_t)(bracket - from)};
}

static bool is_crash(struct host_view *v, const struct value *e)
{
    return strcmp(hv_str(e, "kind"), "segfault") == 0 && hv_num(e, "age_s") <= WITHIN_S;
}

static int crashes_of(struct host_view *v, struct str name)
{
    int n = 0;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        n += is_crash(v, e) && str_eq(crashed_name(hv_str(e, "text")), name);
    }
    return n;
}

/* Seconds between two crashes. */
static double interval(struct host_view *v, struct str name, int count)
{
    double first = 0, last = INFINITY;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (is_crash(v, e) && str_eq(crashed_name(hv_str(e, "text")), name)) {
            first = fmax(first, hv_num(e, "age_s"));
            last = fmin(last, hv_num(e, "age_s"));
        }
    }
    return count > 1 ? (first - last) / (count - 1) : 0;
}

/* Who starts it: the parent of one that runs now. */
static const struct value *starter(struct host_view *v, struct str name)
{
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (str_eq(str_from(hv_str(p, "command")), name) && hv_num(p, "age_s") < WITHIN_S &&
            hv_num(p, "ppid") > 1 && hv_process(v, hv_num(p, "ppid")))
            return hv_process(v, hv_num(p, "ppid"));
    }
    return NULL;
}

static const char *name_of(struct host_view *v, const struct value *e)
{
    struct str name = crashed_name(hv_str(e, "text"));

    return arena_strndup(v->arena, name.ptr, name.len);
}

/* The last one that is listed of that name; NULL: none. */
static const struct value *latest(struct host_view *v, const char *name)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (name && is_crash(v, e) && hv_num(e, "age_s") <= RECENT_S &&
            str_eq_c(crashed_name(hv_str(e, "text")), name))
            last = e;
    }
    return last;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *last, *by;
    struct str name;
    int most;
    bool over;

    f->metric = "crashes";
    f->unit = "count";
    f->threshold = CRASHES;
    f->evidence = "the kernel log tells of no program that crashed several times in ten minutes";
    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        int n = is_crash(v, e) && hv_num(e, "age_s") <= RECENT_S
                    ? crashes_of(v, crashed_name(hv_str(e, "text")))
                    : 0;

        if (n > 0)
            hv_choose(v, &c, e, n, name_of(v, e), hv_names(v, name_of(v, e)));
    }
    last = latest(v, c.identity);
    name = str_from(last ? c.identity : "");
    most = last ? (int)c.score : 0;
    f->value = most;
    if (!last || most < CRASHES || !name.len)
        return;
    f->one_of = c.identity;
    f->named = c.named;
    by = starter(v, name);
    over = !by && hv_num(last, "age_s") > fmax(STILL_MIN_S, STILL * interval(v, name, most));
    f->strength = over ? STRENGTH_WEAK : STRENGTH_STRONG;
    f->direct = !over;
    f->severity = over ? 0.4 : fmin(0.97, 0.85 + most / 500.0);
    f->evidence = arena_printf(
        v->arena, "%.*s crashed %d times in ten minutes (limit %.0f), last %s ago", STR_FMT(name),
        most, CRASHES, hv_human(v->arena, hv_num(last, "age_s"), "seconds"));
    f->second = arena_printf(v->arena, "kernel: %s", hv_str(last, "text"));
    f->claim = arena_printf(v->arena, "%.*s of %s %s%s%s", STR_FMT(name), v->host,
                            over ? "crashed again and again, and has stopped"
                                 : "crashes and is started again",
                            by ? " by " : "", by ? process_name(v, by) : "");
    if (by)
        f->resource = hv_process_key(v, by);
    else
        f->resource = hv_key(v, "program", arena_printf(v->arena, "%.*s", STR_FMT(name)));
}

static const struct host_proposal proposals[] = {
    {.action = "keep the next core of what process {pid} ({command}) starts",
     .command = "coredumpctl list | tail; cat /proc/sys/kernel/core_pattern",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "where it crashes"},
    {.action = "halt process {pid} ({command}), which starts it again and again",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "crashes in the kernel log"},
    {.action = NULL},
};

static const char *const checks[] = {
    "crashes of {host}: dmesg | grep -e segfault -e traps; coredumpctl list",
    "what was deployed on {host} before the first crash",
    NULL,
};

const struct host_pattern host_pattern_crash_loop = {
    .id = "crash_loop",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY | WORDS_LATENCY,
    .rank = 35,
    .several = HOST_SAME_MAX,
    .claim = "a program of %s crashes and is started again",
    .rationale = "a program that dies at once serves nobody, and its start costs everybody",
    .refutes = "fewer than three crashes of one name in ten minutes",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

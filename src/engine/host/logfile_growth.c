/* logfile_growth.c - a log that grows far faster than anybody reads. A copy or a build writes more,
 * but not by appending to a log; a log that grows normally does so by kilobytes a second. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"fast", MIB, "bytes/s", "a second: 86 GB a day"},
    {"very_fast", (10 * MIB), "bytes/s", "whatever the room"},
    {"day", 86400.0, "s", "with more room somebody rotates it in time"},
    {"soon", 3600.0, "s", "nobody rotates or cleans that fast"},
    {.name = NULL},
};
#define FAST LIMIT(0)
#define VERY_FAST LIMIT(1)
#define DAY_S LIMIT(2)
#define SOON_S LIMIT(3)

static bool log_name(const char *path)
{
    size_t len = strlen(path);

    return (len > 4 && strcmp(path + len - 4, ".log") == 0) || strstr(path, "/log/") ||
           strstr(path, "/logs/") || strstr(path, ".log.");
}

struct growth {
    const struct value *process; /* who writes, or NULL */
    const char *path;
    double rate, room_s;
};
#define LOGS_MAX 2 /* that are followed */

/* The fastest first. */
struct growing {
    struct growth logs[LOGS_MAX];
    int count;
};

static double room_s(struct host_view *v, const char *path, double rate)
{
    const struct value *fs = st_fs_of(v, path);
    double room = fs ? hv_num(fs, "available") : NAN;

    return isnan(room) ? INFINITY : room / rate;
}

static void take(struct host_view *v, struct growing *g, const struct value *p, const char *path,
                 double rate)
{
    struct growth x = {p, path, rate, room_s(v, path, rate)};
    int at = g->count < LOGS_MAX ? g->count : LOGS_MAX - 1;

    if (!(rate >= VERY_FAST || (rate >= FAST && x.room_s <= DAY_S)) ||
        (g->count == LOGS_MAX && rate <= g->logs[at].rate))
        return;
    for (; at > 0 && g->logs[at - 1].rate < rate; at--)
        g->logs[at] = g->logs[at - 1];
    g->logs[at] = x;
    g->count += g->count < LOGS_MAX;
}

/* Less is in it than was written in the window: that went elsewhere. */
static bool too_small(struct host_view *v, const struct value *file, double rate)
{
    return hv_num(file, "size") < rate * hv_num(v->snapshot, "window_s");
}

static struct growing fastest(struct host_view *v)
{
    struct growing g = {.count = 0};

    VALUE_EACH (f, value_get(v->snapshot, "written")) {
        const struct value *p = hv_process(v, hv_num(f, "pid"));
        double rate = p ? hv_num(p, "wrote_rate") : NAN;

        if (rate >= FAST && (value_bool_or(f, "append", false) || log_name(hv_str(f, "path"))) &&
            !too_small(v, f, rate))
            take(v, &g, p, hv_str(f, "path"), rate);
    }
    if (g.count)
        return g;
    VALUE_EACH (l, value_get(v->snapshot, "logs")) {
        if (hv_num(l, "rate") >= FAST)
            take(v, &g, NULL, hv_str(l, "path"), hv_num(l, "rate"));
    }
    return g;
}

static void blame(struct host_view *v, struct host_finding *f, const struct growth *g)
{
    struct arena *a = v->arena;
    struct host_culprit c = st_process_culprit(
        v, g->process,
        arena_printf(a, "%s of %s floods %s", st_process_text(v, g->process), v->host, g->path),
        arena_printf(a, "it writes %s a second and has %s open, which is as large",
                     hv_human(a, g->rate, "bytes"), g->path));

    c.path = g->path;
    c.threshold = FAST / 2;
    hv_add_culprit(f, c);
}

/* NULL: not known, or two of them. */
static const char *mount_of(struct host_view *v, const struct growing *g)
{
    const struct value *first = st_fs_of(v, g->logs[0].path);

    for (int i = 1; i < g->count; i++) {
        if (st_fs_of(v, g->logs[i].path) != first)
            return NULL;
    }
    return first ? hv_str(first, "mount") : NULL;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct growing g = fastest(v);
    const struct growth *first = g.logs;
    struct arena *a = v->arena;

    f->metric = "logfile_growth";
    f->unit = "bytes";
    f->threshold = FAST;
    f->value = g.count ? first->rate : 0;
    f->evidence = "no log grows by a megabyte a second";
    if (!g.count)
        return;
    f->strength = STRENGTH_STRONG;
    f->severity = first->room_s <= SOON_S ? 0.75 : 0.6;
    f->claim = arena_printf(a, "log %s of %s grows too fast", first->path, v->host);
    f->evidence = arena_printf(
        a, "%s grows by %s a second%s%s", first->path, hv_human(a, first->rate, "bytes"),
        isfinite(first->room_s) ? ", its filesystem is full in " : "",
        isfinite(first->room_s) ? hv_human(a, first->room_s, "seconds") : "");
    f->resource = hv_key(v, "file", first->path);
    f->mount = mount_of(v, &g);
    if (!first->process) { /* its size was taken at both ends of the window */
        f->direct = true;
        f->second = arena_printf(a,
                                 "its size was taken twice, %.1f s apart; who writes it is for "
                                 "root or its owner to see",
                                 hv_num(v->snapshot, "window_s"));
        return;
    }
    f->tentative = true;
    for (int i = 0; i < g.count; i++)
        blame(v, f, &g.logs[i]);
    if (g.count > 1) { /* the second look says which */
        f->resource = NULL;
        f->claim = arena_printf(a, "a log of %s grows too fast", v->host);
        f->evidence = arena_printf(a, "writers of %s and of %s write %s and %s a second",
                                   first->path, g.logs[1].path, hv_human(a, first->rate, "bytes"),
                                   hv_human(a, g.logs[1].rate, "bytes"));
    }
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const struct value *file = NULL;
    double rate;

    VALUE_EACH (f, value_get(answer, "files")) {
        if (strcmp(hv_str(f, "path"), c->path) == 0)
            file = f;
    }
    rate = file ? hv_num(file, "rate") : 0;
    r->before = c->after;
    r->after = rate;
    r->direct = true;
    r->strength = rate >= c->threshold ? STRENGTH_STRONG : STRENGTH_NONE;
    r->evidence = arena_printf(v->arena, "over a second look %s grew by %s a second", c->path,
                               hv_human(v->arena, rate, "bytes"));
}

static const struct host_proposal proposals[] = {
    {.action = "lower the log level of process {pid} ({command}), or stop what makes it complain",
     .command = "",
     .rollback = "set the old log level again",
     .risk = APPROVAL_LOW,
     .watch = "the file stops growing"},
    {.action = "cut {file} after keeping its end",
     .command = "tail -c 1M {file} > /var/tmp/kept && truncate -s 0 {file}",
     .rollback = "none possible for the cut part; the end is in /var/tmp/kept",
     .risk = APPROVAL_MEDIUM,
     .watch = "df shows the room",
     .act = "host.log.truncate path={file}"},
    {.action = "halt process {pid} ({command}), which floods its log, until the reason is known",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "the file stops growing"},
    {.action = NULL},
};
static const char *const checks[] = {"ls -l the file twice, and read what it repeats", NULL};

const struct host_pattern host_pattern_logfile_growth = {
    .id = "logfile_growth",
    .kind = "disk",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_DISK | WORDS_ERRORS,
    .rank = 8,
    .claim = "a logfile of %s grows too fast",
    .rationale = "a flood of lines costs the disk its room and time, and says that something fails",
    .refutes = "logs that grow by less than a megabyte a second",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

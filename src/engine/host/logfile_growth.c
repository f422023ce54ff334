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

static double room_s(struct host_view *v, const char *path, double rate)
{
    const struct value *fs = st_fs_of(v, path);
    double room = fs ? hv_num(fs, "available") : NAN;

    return isnan(room) ? INFINITY : room / rate;
}

static void take(struct host_view *v, struct growth *g, struct growth other)
{
    bool bad = other.rate >= VERY_FAST || (other.rate >= FAST && other.room_s <= DAY_S);

    if (bad && (!g->path || other.rate > g->rate))
        *g = other;
}

static struct growth fastest(struct host_view *v)
{
    struct growth g = {0};

    VALUE_EACH (f, value_get(v->snapshot, "written")) {
        const struct value *p = hv_process(v, hv_num(f, "pid"));
        double rate = p ? hv_num(p, "wrote_rate") : NAN;

        if (rate >= FAST && (value_bool_or(f, "append", false) || log_name(hv_str(f, "path"))))
            take(v, &g,
                 (struct growth){p, hv_str(f, "path"), rate, room_s(v, hv_str(f, "path"), rate)});
    }
    VALUE_EACH (l, value_get(v->snapshot, "logs")) {
        double rate = hv_num(l, "rate");

        if (!g.path && rate >= FAST)
            take(
                v, &g,
                (struct growth){NULL, hv_str(l, "path"), rate, room_s(v, hv_str(l, "path"), rate)});
    }
    return g;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct growth g = fastest(v);
    struct arena *a = v->arena;

    f->metric = "logfile_growth";
    f->unit = "bytes";
    f->threshold = FAST;
    f->value = g.path ? g.rate : 0;
    f->evidence = "no log grows by a megabyte a second";
    if (!g.path)
        return;
    f->strength = STRENGTH_STRONG;
    f->severity = g.room_s <= SOON_S ? 0.75 : 0.6;
    f->claim = arena_printf(a, "log %s of %s grows too fast", g.path, v->host);
    f->evidence =
        arena_printf(a, "%s grows by %s a second%s%s", g.path, hv_human(a, g.rate, "bytes"),
                     isfinite(g.room_s) ? ", its filesystem is full in " : "",
                     isfinite(g.room_s) ? hv_human(a, g.room_s, "seconds") : "");
    f->resource = hv_key(v, "file", g.path);
    if (!g.process) { /* its size was taken at both ends of the window */
        f->direct = true;
        f->second = arena_printf(a,
                                 "its size was taken twice, %.1f s apart; who writes it is for "
                                 "root or its owner to see",
                                 hv_num(v->snapshot, "window_s"));
        return;
    }
    f->tentative = true;
    hv_add_culprit(f,
                   st_process_culprit(v, g.process,
                                      arena_printf(a, "%s of %s floods %s",
                                                   st_process_text(v, g.process), v->host, g.path),
                                      arena_printf(a, "it writes %s a second and appends to %s",
                                                   hv_human(a, g.rate, "bytes"), g.path)));
    f->culprits[f->culprit_count - 1].path = g.path;
    f->culprits[f->culprit_count - 1].threshold = FAST / 2;
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
     .watch = "df shows the room"},
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

/* host_patterns_memory.c - growth under a limit, the whole machine short of memory, OOM kills.
 *
 * Growing is normal while a program starts or compiles. A leak is growth that goes on while it is
 * watched and that would reach a limit that exists: of the control group, of the process
 * (RLIMIT_AS, RLIMIT_DATA), or the machine's own memory. */
#include <math.h>
#include <string.h>

#include "host_patterns.h"

#define MIB 1048576.0
#define RECENT_S 900.0 /* an OOM kill that may explain a report of now */
#define FRESH_S 120.0
#define EXHAUSTED_IN_S 900 /* growth that reaches its limit later than this can wait */
#define GROWTH_MIN 65536.0 /* bytes a second */

struct limit {
    const char *name, *kind;
    double used, max, rate;
};

static bool is_or_holds(const char *group, const char *path)
{
    size_t len = strlen(group);

    return strncmp(group, path, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || group[len - 1] == '/');
}

static void consider(struct limit *best, double *best_eta, struct limit l)
{
    double eta = l.rate > 0 ? (l.max - l.used) / l.rate : INFINITY;

    if (!(l.max > 0) || !isfinite(l.max) || !(l.rate >= GROWTH_MIN))
        return;
    if (eta < *best_eta) {
        *best = l;
        *best_eta = eta;
    }
}

/* The limit that this process reaches first at its present rate. */
static bool nearest_limit(struct host_view *v, const struct value *p, struct limit *ret,
                          double *ret_eta)
{
    const char *group = hv_str(p, "cgroup");

    *ret_eta = INFINITY;
    consider(ret, ret_eta,
             (struct limit){"its address space limit", "rlimit", hv_num(p, "vm"),
                            hv_num(p, "as_limit"), hv_num(p, "vm_rate")});
    consider(ret, ret_eta,
             (struct limit){"its data limit", "rlimit", hv_num(p, "data"), hv_num(p, "data_limit"),
                            hv_num(p, "vm_rate")});
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        const char *path = hv_str(c, "path");

        if (!*group || !is_or_holds(path, group) || !(hv_num(c, "memory_limit") > 0))
            continue;
        consider(ret, ret_eta,
                 (struct limit){arena_printf(v->arena, "the limit of group %s", path), "cgroup",
                                hv_num(c, "memory"), hv_num(c, "memory_limit"),
                                hv_num(p, "rss_rate")});
    }
    return isfinite(*ret_eta);
}

static struct host_culprit grower(struct host_view *v, const struct value *p, const struct limit *l,
                                  double eta)
{
    struct arena *a = v->arena;
    const char *cmd = hv_str(p, "cmdline");

    return (struct host_culprit){
        .statement = arena_printf(a, "process %.0f (%s%s%.80s) of %s leaks memory towards %s of %s",
                                  hv_num(p, "pid"), hv_str(p, "command"), *cmd ? ": " : "", cmd,
                                  v->host, l->name, hv_human(a, l->max, "bytes")),
        .resource = hv_process_key(v, p),
        .evidence = arena_printf(
            a, "%s of %s (%.0f %% of %s), growing by %s a second: reached in %s",
            hv_human(a, l->used, "bytes"), hv_human(a, l->max, "bytes"), l->used / l->max * 100,
            l->name, hv_human(a, l->rate, "bytes"), hv_human(a, eta, "seconds")),
        .metric = "process_memory",
        .unit = "bytes",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = l->used,
        .threshold = l->max,
        .follow = FOLLOW_PROCESS,
        .pid = (int64_t)hv_num(p, "pid"),
        .path = l->kind,
        .weight = fmin(1, l->used / l->max),
    };
}

void pattern_memory_limit(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    struct limit best = {0}, l = {0};
    double best_eta = EXHAUSTED_IN_S, eta;

    f->metric = "process_memory";
    f->unit = "bytes";
    f->evidence = "no process grows towards a limit of its own or of its group";
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (value_bool_or(p, "fresh", false) || !nearest_limit(v, p, &l, &eta) || eta >= best_eta)
            continue;
        best_eta = eta;
        best = l;
        worst = p;
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.6 + 0.3 * fmin(1, best.used / best.max);
    f->value = best.used;
    f->threshold = best.max;
    f->resource = hv_process_key(v, worst);
    f->culprits[f->culprit_count++] = grower(v, worst, &best, best_eta);
    f->evidence = f->culprits[0].evidence;
}

void read_memory(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r)
{
    bool address_space = c->path && strcmp(c->path, "rlimit") == 0;
    double rate = hv_num(answer, address_space ? "vm_rate" : "rss_rate");
    double rising = hv_num(answer, address_space ? "vm_rising" : "rss_rising");

    r->before = hv_num(answer, address_space ? "vm_start" : "rss_start");
    r->after = hv_num(answer, address_space ? "vm" : "rss");
    r->evidence = arena_printf(
        v->arena,
        "watched for %.1f s it went from %s to %s, %s a second, rising in %.0f %% of the samples",
        hv_num(answer, "window_s"), hv_human(v->arena, r->before, "bytes"),
        hv_human(v->arena, r->after, "bytes"), hv_human(v->arena, rate, "bytes"), rising * 100);
    if (c->path && strcmp(c->path, "host") == 0) { /* being large is its part */
        r->strength = r->after >= 0.8 * c->after ? STRENGTH_STRONG : STRENGTH_NONE;
        r->direct = true;
    } else if (rate >= GROWTH_MIN && rising >= 0.5 && r->after > r->before) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else {
        r->strength = value_bool_or(answer, "ended", false) ? STRENGTH_NONE : STRENGTH_CONTRADICTS;
    }
}

static const struct value *largest(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!best || hv_num(p, "rss") > hv_num(best, "rss"))
            best = p;
    }
    return best;
}

void pattern_memory_host(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = largest(v);
    double total = hv_num(s, "memory.total"), avail = hv_num(s, "memory.available"),
           left = avail / total;
    double stall = hv_num(s, "pressure.memory.some"), full = hv_num(s, "pressure.memory.full");
    double swap = hv_num(s, "memory.swap_in_rate") + hv_num(s, "memory.swap_out_rate");
    bool thrash = swap >= 1000 && full >= 0.05,
         low = left < 0.05 || (left < 0.10 && stall >= 0.10) || full >= 0.20;

    f->metric = "memory_available";
    f->unit = "ratio";
    f->value = left;
    f->threshold = 0.05;
    f->evidence = arena_printf(v->arena,
                               "%.0f %% of memory available (limit 5 %%), stalls %.0f %% of the "
                               "time, %.0f pages/s swapped",
                               left * 100, isnan(stall) ? 0 : stall * 100, isnan(swap) ? 0 : swap);
    if (!low && !thrash)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.7 + (isnan(full) ? 0 : full));
    f->second =
        thrash || full >= 0.05
            ? arena_printf(v->arena, "every task stalled on memory for %.0f %% of the window",
                           full * 100)
            : arena_printf(v->arena, "swap: %s free of %s",
                           hv_human(v->arena, hv_num(s, "memory.swap_free"), "bytes"),
                           hv_human(v->arena, hv_num(s, "memory.swap_total"), "bytes"));
    if (p && hv_num(p, "rss") >= 0.25 * (total - avail)) {
        struct limit l = {"the memory of the machine", "host", hv_num(p, "rss"), total,
                          hv_num(p, "rss_rate")};
        struct host_culprit c = grower(v, p, &l, avail / fmax(1, l.rate));

        c.statement =
            arena_printf(v->arena, "process %.0f (%s) of %s holds %s of %s", hv_num(p, "pid"),
                         hv_str(p, "command"), v->host, hv_human(v->arena, l.used, "bytes"),
                         hv_human(v->arena, total, "bytes"));
        c.evidence = arena_printf(v->arena, "its resident memory is %s, %.0f %% of all",
                                  hv_human(v->arena, l.used, "bytes"), l.used / total * 100);
        f->culprits[f->culprit_count++] = c;
    }
}

static const struct value *recent_oom(struct host_view *v)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (strcmp(hv_str(e, "kind"), "oom_kill") == 0 && hv_num(e, "age_s") <= RECENT_S)
            last = e;
    }
    return last;
}

static const struct value *killing_group(struct host_view *v)
{
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        if (hv_num(c, "oom_kill_rate") > 0)
            return c;
    }
    return NULL;
}

void pattern_oom(struct host_view *v, struct host_finding *f)
{
    const struct value *e = recent_oom(v), *c = killing_group(v);
    double rate = hv_num(v->snapshot, "memory.oom_kill_rate");

    f->metric = "oom_kills";
    f->unit = "kills/s";
    f->value = isnan(rate) ? 0 : rate;
    f->threshold = 0;
    f->evidence = "no OOM kill in the window, none in the kernel log of the last 15 minutes";
    if (!e && !c && !(rate > 0))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    /* One that is over explains less than one that goes on. */
    f->severity = c || rate > 0 || (e && hv_num(e, "age_s") <= FRESH_S) ? 0.9 : 0.6;
    if (e) {
        f->evidence =
            arena_printf(v->arena, "%s ago the kernel wrote: %s",
                         hv_human(v->arena, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"));
        f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                                   hv_str(e, "command"));
        f->claim =
            arena_printf(v->arena, "the kernel of %s killed process %.0f (%s) for want of memory",
                         v->host, hv_num(e, "pid"), hv_str(e, "command"));
    } else {
        f->evidence = arena_printf(v->arena, "%.1f OOM kills a second in the window", f->value);
    }
    if (c)
        f->second = arena_printf(
            v->arena, "group %s is at %s of %s and has %.0f OOM kills", hv_str(c, "path"),
            hv_human(v->arena, hv_num(c, "memory"), "bytes"),
            hv_human(v->arena, hv_num(c, "memory_limit"), "bytes"), hv_num(c, "oom_kills"));
    else if (hv_num(v->snapshot, "memory.oom_kills") > 0)
        f->second = arena_printf(v->arena, "the kernel counts %.0f OOM kills since its start",
                                 hv_num(v->snapshot, "memory.oom_kills"));
}

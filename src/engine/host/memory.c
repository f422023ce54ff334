/* memory.c - see memory.h. */
#include "memory.h"

#include <math.h>
#include <string.h>

const struct host_limit memory_limits[] = {
    {"memory_growth_min", 65536.0, "bytes/s", "programs that work grow and shrink by less"},
    {"stays", 0.8, "ratio", "of its size at first"},
    {"rising", 0.5, "ratio", "of the samples of the second look"},
    {.name = NULL},
};
#define STAYS MEMORY_LIMIT(1)
#define RISING MEMORY_LIMIT(2)

bool memory_is_or_holds(const char *group, const char *path)
{
    size_t len = strlen(group);

    return strncmp(group, path, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || (len && group[len - 1] == '/'));
}

const struct value *memory_largest_in(struct host_view *v, const char *group)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const char *own = hv_str(p, "cgroup");

        if (!*own || !memory_is_or_holds(group, own) || value_bool_or(p, "kernel", false))
            continue;
        if (!best || hv_num(p, "rss") > hv_num(best, "rss"))
            best = p;
    }
    return best;
}

struct host_culprit memory_grower(struct host_view *v, const struct value *p,
                                  const struct memory_limit *l, double eta)
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

void memory_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
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
        r->strength = r->after >= STAYS * c->after ? STRENGTH_STRONG : STRENGTH_NONE;
        r->direct = true;
    } else if (rate >= MEMORY_GROWTH_MIN && rising >= RISING && r->after > r->before) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else {
        r->strength = value_bool_or(answer, "ended", false) ? STRENGTH_NONE : STRENGTH_CONTRADICTS;
    }
}

const struct host_proposal memory_proposals[] = {
    {.action = "keep what process {pid} ({command}) holds in memory for its developers",
     .command = "cat /proc/{pid}/smaps_rollup; pmap -x {pid} | sort -k3 -n | tail",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "which mapping grows"},
    {.action = "restart process {pid} ({command}) before it reaches its limit",
     .command = "kill {pid}",
     .rollback = "none possible, it must be started again",
     .risk = APPROVAL_HIGH,
     .watch = "its resident memory, for an hour",
     .act = "host.process.signal pid={pid} signal=TERM command={command}"},
    {.action = "raise the memory limit of group {cgroup}, or make it smaller",
     .command = "",
     .rollback = "set the limit back to what it was",
     .risk = APPROVAL_MEDIUM,
     .watch = "hits of its limit: memory.events or memory.failcnt",
     .act = "host.cgroup.limit group={cgroup} limit=memory value=+50%"},
    {.action = NULL},
};

const char *const memory_checks[] = {
    "memory of {host}: free -m; cat /proc/pressure/memory",
    "who grows on {host}: ps -eo pid,rss,args --sort=-rss | head, twice",
    NULL,
};

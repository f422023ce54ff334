/* parse_cgroup.c - limits and their effects per control group, v2 and v1 (also both at once).
 * A section holds "<group>/<file>:<line of that file>" lines, as grep -H writes them below the
 * mount. Source of the files: Linux Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/{memory,cpuacct}.rst. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"

#define GROUPS_MAX 4096
#define NO_LIMIT 9e18 /* v1 writes 2^63 rounded down to a page for "none" */

enum key {
    K_CURRENT,
    K_LIMIT,
    K_INACTIVE,
    K_OOM,
    K_FAIL,
    K_QUOTA,
    K_PERIOD,
    K_PERIODS,
    K_THROTTLED,
    K_THROTTLED_US,
    K_PIDS,
    K_PIDS_MAX,
    K_PIDS_FAIL,
    K_HIGH,
    K_HIGH_HITS,
    K_CPU_SOME,
    K_MEM_SOME,
    K_MEM_FULL,
    K_CPU_US,
    KEYS
};

struct group {
    const char *path;
    double v[2][KEYS];
};
struct groups {
    struct map *by_path;
    struct group *items;
    size_t count, cap;
};

/* File, first word of its line ("" for a single number), what it is, and its unit. */
static const struct {
    const char *file, *word;
    enum key key;
    double factor;
} rows[] = {
    {"memory.current", "", K_CURRENT, 1},
    {"memory.usage_in_bytes", "", K_CURRENT, 1},
    {"memory.max", "", K_LIMIT, 1},
    {"memory.limit_in_bytes", "", K_LIMIT, 1},
    {"memory.stat", "inactive_file", K_INACTIVE, 1},
    {"memory.stat", "total_inactive_file", K_INACTIVE, 1},
    {"memory.events", "oom_kill", K_OOM, 1},
    {"memory.oom_control", "oom_kill", K_OOM, 1},
    {"memory.events", "max", K_FAIL, 1},
    {"memory.failcnt", "", K_FAIL, 1},
    {"cpu.cfs_quota_us", "", K_QUOTA, 1},
    {"cpu.cfs_period_us", "", K_PERIOD, 1},
    {"cpu.stat", "nr_periods", K_PERIODS, 1},
    {"cpu.stat", "nr_throttled", K_THROTTLED, 1},
    {"cpu.stat", "throttled_usec", K_THROTTLED_US, 1},
    {"cpu.stat", "throttled_time", K_THROTTLED_US, 1e-3},
    {"pids.current", "", K_PIDS, 1},
    {"pids.max", "", K_PIDS_MAX, 1},
    {"pids.events", "max", K_PIDS_FAIL, 1},
    {"memory.high", "", K_HIGH, 1},
    {"memory.events", "high", K_HIGH_HITS, 1},
    {"cpu.stat", "usage_usec", K_CPU_US, 1},
    {"cpuacct.usage", "", K_CPU_US, 1e-3},
};

static struct group *group_of(struct parse *p, struct groups *g, struct str path)
{
    size_t at = (size_t)(uintptr_t)map_get(g->by_path, path);
    struct group *ret;

    if (at)
        return &g->items[at - 1];
    if (g->count >= GROUPS_MAX)
        return NULL;
    ret = VEC_PUSH(g);
    ret->path = arena_printf(p->arena, "/%s", parse_text(p, path, 500));
    for (int i = 0; i < 2 * KEYS; i++)
        ret->v[i / KEYS][i % KEYS] = NAN;
    map_set(g->by_path, path, (void *)(uintptr_t)g->count);
    return ret;
}

static void set_value(struct group *g, int phase, struct str file, struct str line)
{
    struct str rest = line, word = parse_word(&rest), second = parse_word(&rest);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool single = !*rows[i].word;
        struct str num = single ? word : second;

        if (!str_eq_c(file, rows[i].file) || (!single && !str_eq_c(word, rows[i].word)))
            continue;
        g->v[phase][rows[i].key] = str_eq_c(num, "max") || str_eq_c(num, "-1")
                                       ? INFINITY
                                       : parse_num(num, NAN) * rows[i].factor;
    }
    if (str_ends(file, ".pressure")) { /* "some avg10=0.25 avg60=1.16 avg300=0.44 total=7921459" */
        bool cpu = str_eq_c(file, "cpu.pressure"), some = str_eq_c(word, "some");
        ptrdiff_t at = str_find(line, STR_LIT("total="));
        enum key key = cpu ? K_CPU_SOME : some ? K_MEM_SOME : K_MEM_FULL;

        if (at >= 0 && (some || !cpu))
            g->v[phase][key] =
                parse_num((struct str){line.ptr + at + 6, line.len - (size_t)at - 6}, NAN);
    }
    if (str_eq_c(file, "cpu.max")) { /* "max 100000" or "50000 100000" */
        g->v[phase][K_QUOTA] = str_eq_c(word, "max") ? INFINITY : parse_num(word, NAN);
        g->v[phase][K_PERIOD] = parse_num(second, NAN);
    }
}

/* "a/b/memory.current:123": the file's name is what stands between the last slash before it and
 * ":". */
static void cgroup_line(struct parse *p, struct groups *all, int phase, struct str line)
{
    if (str_starts(line, "./"))
        line = (struct str){line.ptr + 2, line.len - 2};
    for (size_t i = 0; i < line.len; i++) {
        struct str left = {line.ptr, i}, file = left;
        struct group *g;

        if (line.ptr[i] != ':')
            continue;
        while (left.len && left.ptr[left.len - 1] != '/')
            left.len--;
        file = (struct str){left.ptr + left.len, i - left.len};
        if (!str_starts(file, "memory.") && !str_starts(file, "cpu.") &&
            !str_starts(file, "pids.") && !str_starts(file, "cpuacct."))
            continue;
        g = group_of(p, all, (struct str){left.ptr, left.len ? left.len - 1 : 0});
        if (g)
            set_value(g, phase, file, (struct str){line.ptr + i + 1, line.len - i - 1});
        return;
    }
}

static void read_phase(struct parse *p, struct groups *all, int phase)
{
    struct str text = parse_section(p, "cgroup", phase, phase == 1), line;

    while (str_line(&text, &line))
        cgroup_line(p, all, phase, line);
}

static double used(const double v[KEYS])
{
    double inactive = isnan(v[K_INACTIVE]) ? 0 : v[K_INACTIVE];

    return v[K_CURRENT] > inactive ? v[K_CURRENT] - inactive : v[K_CURRENT];
}

static void set_group(const struct parse *p, const struct group *g, struct host_cgroup *c)
{
    const double *a = g->v[0], *b = g->v[1];
    double periods = b[K_PERIODS] - a[K_PERIODS];

    c->path = g->path;
    c->mem_bytes = used(b);
    c->mem_limit = b[K_LIMIT] >= NO_LIMIT ? INFINITY : b[K_LIMIT];
    c->oom_kills = b[K_OOM];
    c->oom_kill_rate = parse_rate(p, a[K_OOM], b[K_OOM]);
    c->mem_fail_rate = parse_rate(p, a[K_FAIL], b[K_FAIL]);
    c->cpu_quota = b[K_PERIOD] > 0 ? b[K_QUOTA] / b[K_PERIOD] : INFINITY;
    c->throttled = periods > 0 ? fmax(0, (b[K_THROTTLED] - a[K_THROTTLED]) / periods) : 0;
    if (isnan(c->throttled))
        c->throttled = 0;
    c->throttled_rate = parse_rate(p, a[K_THROTTLED_US], b[K_THROTTLED_US]) / 1e6;
    if (isnan(c->throttled_rate))
        c->throttled_rate = 0;
    c->pids = b[K_PIDS];
    c->pids_limit = b[K_PIDS_MAX];
    c->pids_fail_rate = parse_rate(p, a[K_PIDS_FAIL], b[K_PIDS_FAIL]);
    c->mem_rate = p->window_s > 0 ? (used(b) - used(a)) / p->window_s : NAN;
    c->mem_high = b[K_HIGH];
    c->high_rate = parse_rate(p, a[K_HIGH_HITS], b[K_HIGH_HITS]);
    c->cpu_some = parse_rate(p, a[K_CPU_SOME], b[K_CPU_SOME]) / 1e6;
    c->mem_some = parse_rate(p, a[K_MEM_SOME], b[K_MEM_SOME]) / 1e6;
    c->mem_full = parse_rate(p, a[K_MEM_FULL], b[K_MEM_FULL]) / 1e6;
    c->cpu = parse_rate(p, a[K_CPU_US], b[K_CPU_US]) / 1e6;
}

/* A group without any limit and any event would only be noise. */
static bool worth(const struct host_cgroup *c)
{
    return isfinite(c->mem_limit) || isfinite(c->cpu_quota) || isfinite(c->pids_limit) ||
           isfinite(c->mem_high) || c->oom_kills > 0 || c->cpu_some >= 0.1 || c->mem_some >= 0.1;
}

void parse_cgroups(struct parse *p, struct host_snapshot *s)
{
    struct groups all = {.by_path = map_new()};

    read_phase(p, &all, 0);
    read_phase(p, &all, 1);
    for (size_t i = 0; i < all.count; i++) {
        struct host_cgroup c = {0};

        set_group(p, &all.items[i], &c);
        if (worth(&c))
            *VEC_PUSH(&s->cgroups) = c;
    }
    VEC_RELEASE(&all);
    map_free(all.by_path);
}

/* host_top.c - who uses most of what, in a few words that a condition can test.
 * {"host","cores","busy","memory_used","swap_used","pressure":{"cpu","memory","io"},
 *  "cpu","memory","growth","io","files": the process that leads, or absent:
 *     {"pid","command","cmdline","uid","nice","state","age_s","cpu","rss","rss_share","rss_rate","io_rate",
 *      "fds","fds_share","cgroup","unit"},
 *  "runaway": as "cpu", when it keeps a core busy, is no kernel thread, does not give way and is
 *  older than six seconds; "hoard": as "memory", from a quarter of the memory on;
 *  "zombies","stuck","stopped","gaps":[...]} */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host_common.h"

#define RUNAWAY_CORES 0.8 /* one core, less what others take of it while it is watched */
#define RUNAWAY_AGE_S 6.0 /* doc/HOSTS.md: younger ones are starting */
#define GIVES_WAY 10
#define HOARD_SHARE 0.25

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "window_ms",
     .type = PARAM_INT,
     .fallback = "1000",
     .min = 100,
     .max = 60000,
     .help = "How long it is watched, in milliseconds."},
    {NULL},
};

static double fd_share(const struct host_process *p)
{
    return p->fds >= 0 && p->fd_limit > 0 ? (double)p->fds / (double)p->fd_limit : NAN;
}

/* The last part of the group that names a service; "": none. */
static const char *unit_of(struct arena *arena, const char *cgroup)
{
    const char *slash = cgroup ? strrchr(cgroup, '/') : NULL;

    return slash && str_ends(str_from(slash), ".service") ? arena_strdup(arena, slash + 1) : "";
}

static void put(struct host_answer *a, const struct host_snapshot *s, const char *key,
                const struct host_process *p)
{
    char state[2] = {p->state, '\0'};
    struct json_writer *w = a->out;

    json_key(w, key);
    json_object_begin(w);
    json_put_int(w, "pid", p->pid);
    json_put_cstr(w, "command", p->comm);
    json_put_cstr(w, "cmdline", p->cmdline ? p->cmdline : "");
    json_put_int(w, "uid", p->uid);
    json_put_int(w, "nice", p->nice);
    json_put_cstr(w, "state", state);
    HOST_PUT(w, {"age_s", p->age_s}, {"cpu", p->cpu}, {"rss", p->rss_bytes},
             {"rss_share", p->rss_bytes / s->mem_total}, {"rss_rate", p->rss_rate},
             {"io_rate", host_process_io(p)}, {"fds", (double)p->fds}, {"fds_share", fd_share(p)});
    json_put_cstr(w, "cgroup", p->cgroup ? p->cgroup : "");
    json_put_cstr(w, "unit", unit_of(a->arena, p->cgroup));
    json_object_end(w);
}

enum lead { L_CPU, L_MEMORY, L_GROWTH, L_IO, L_FILES, L_COUNT };

static double measure(const struct host_process *p, enum lead l)
{
    switch (l) {
    case L_CPU:
        return p->cpu;
    case L_MEMORY:
        return p->rss_bytes;
    case L_GROWTH:
        return p->rss_rate;
    case L_IO:
        return host_process_io(p);
    case L_FILES:
        return fd_share(p);
    case L_COUNT:
        break;
    }
    return NAN;
}

static const struct host_process *leader(const struct host_snapshot *s, enum lead l)
{
    const struct host_process *best = NULL;
    double most = 0;

    VEC_EACH (p, &s->processes) {
        double v = measure(p, l);

        if (!p->kernel && isfinite(v) && v > most) {
            most = v;
            best = p;
        }
    }
    return best;
}

static bool is_runaway(const struct host_process *p)
{
    return p && p->cpu >= RUNAWAY_CORES && p->nice < GIVES_WAY && p->age_s > RUNAWAY_AGE_S;
}

static void put_counts(struct json_writer *w, const struct host_snapshot *s)
{
    int64_t zombies = 0, stuck = 0, stopped = 0;

    VEC_EACH (p, &s->processes) {
        zombies += p->zombies;
        stuck += p->state == 'D' && !p->kernel;
        stopped += p->state == 'T';
    }
    json_put_int(w, "zombies", zombies);
    json_put_int(w, "stuck", stuck);
    json_put_int(w, "stopped", stopped);
    json_key(w, "pressure");
    json_object_begin(w);
    HOST_PUT(w, {"cpu", s->psi_cpu.known ? s->psi_cpu.some : NAN},
             {"memory", s->psi_memory.known ? s->psi_memory.some : NAN},
             {"io", s->psi_io.known ? s->psi_io.some : NAN});
    json_object_end(w);
}

static void put_all(struct host_answer *a, const struct host_snapshot *s)
{
    static const char *const keys[L_COUNT] = {"cpu", "memory", "growth", "io", "files"};
    const struct host_process *cpu = leader(s, L_CPU), *mem = leader(s, L_MEMORY);

    json_put_cstr(a->out, "host", a->host);
    HOST_PUT(a->out, {"cores", (double)s->cpus}, {"busy", s->cpu.busy},
             {"memory_used", 1 - s->mem_available / s->mem_total},
             {"swap_used", s->swap_total > 0 ? 1 - s->swap_free / s->swap_total : 0});
    put_counts(a->out, s);
    for (int l = 0; l < L_COUNT; l++) {
        const struct host_process *p = leader(s, (enum lead)l);

        if (p)
            put(a, s, keys[l], p);
    }
    if (is_runaway(cpu))
        put(a, s, "runaway", cpu);
    if (mem && mem->rss_bytes / s->mem_total >= HOARD_SHARE)
        put(a, s, "hoard", mem);
    snprintf(a->summary, 256,
             "%.0f %% busy; most processor: %.60s (%.1f cores); most memory: %.60s",
             s->cpu.busy * 100, cpu ? cpu->comm : "nobody", cpu ? cpu->cpu : 0.0,
             mem ? mem->comm : "nobody");
}

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_snapshot s;
    enum err_code rc = host_snapshot_parse(&s, a->arena, a->bundle, a->host, a->now_ms, err);

    if (!rc) {
        json_object_begin(a->out);
        put_all(a, &s);
        host_put_gaps(a->out, s.gaps.items, s.gaps.count);
        json_object_end(a->out);
        a->rows = (int64_t)s.processes.count;
    }
    host_snapshot_release(&s);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "who uses most processor, memory, disk and files");
}

static void start(struct tool_call *c)
{
    struct host_request req = {.what = HOST_SNAPSHOT,
                               .window_ms = value_i64_or(tool_call_args(c), "window_ms", 1000)};

    host_tool_start(c, &req, render);
}

const struct tool_def tool_host_top = {
    .name = "host_top",
    .help = "Name who uses most processor, memory, disk and files on a machine, and runaways.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 30000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};

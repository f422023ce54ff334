/* parse_system.c - processor, memory, pressure and kernel-wide limits.
 * Source of the formats: Linux Documentation/filesystems/proc.rst and accounting/psi.rst. */
#include "parse_priv.h"

#include <stdio.h>

#define CPUS_MAX 4096

struct cpu_times {
    double user, nice, system, idle, iowait, irq, softirq, steal;
};

static bool read_times(struct str line, struct cpu_times *t)
{
    struct str probe = line;

    if (!parse_word(&probe).len)
        return false;
    t->user = parse_next(&line);
    t->nice = parse_next(&line);
    t->system = parse_next(&line);
    t->idle = parse_next(&line);
    t->iowait = parse_next(&line);
    t->irq = parse_next(&line);
    t->softirq = parse_next(&line);
    t->steal = parse_next(&line);
    return true;
}

/* Idle and iowait may run backwards by a tick. */
static double delta(double a, double b)
{
    return b > a ? b - a : 0;
}

static void set_cpu(struct host_cpu *c, const struct cpu_times *a, const struct cpu_times *b)
{
    double user = delta(a->user, b->user) + delta(a->nice, b->nice);
    double system = delta(a->system, b->system), idle = delta(a->idle, b->idle);
    double irq = delta(a->irq, b->irq) + delta(a->softirq, b->softirq);
    double iowait = delta(a->iowait, b->iowait), steal = delta(a->steal, b->steal);
    double total = user + system + idle + irq + iowait + steal;

    if (total <= 0) {
        c->idle = 1;
        return;
    }
    *c = (struct host_cpu){.user = user / total,
                           .system = system / total,
                           .irq = irq / total,
                           .iowait = iowait / total,
                           .steal = steal / total,
                           .idle = idle / total};
    c->busy = c->user + c->system + c->irq;
    c->softirq = delta(a->softirq, b->softirq) / total;
    c->nice = delta(a->nice, b->nice) / total;
}

/* The line of that processor at or after *rest: both files have them first and in the same order.
 */
static bool find_cpu(struct str *rest, struct str name, struct cpu_times *ret)
{
    struct str line;

    while (str_starts(*rest, "cpu") && str_line(rest, &line)) {
        if (str_eq(parse_word(&line), name))
            return read_times(line, ret);
    }
    return false;
}

static void parse_cpu(struct parse *p, struct host_snapshot *s)
{
    struct str t0 = parse_section(p, "proc/stat", 0, true),
               t1 = parse_section(p, "proc/stat", 1, true);
    struct str line, all = t1;
    struct cpu_times a = {0}, b = {0};

    s->cpu.idle = 1;
    if (read_times(parse_line_of(t0, "cpu "), &a) && read_times(parse_line_of(t1, "cpu "), &b))
        set_cpu(&s->cpu, &a, &b);
    while (str_line(&all, &line) && str_starts(line, "cpu") && s->per_cpu.count < CPUS_MAX) {
        struct str word = parse_word(&line);

        if (word.len > 3 && find_cpu(&t0, word, &a) && read_times(line, &b))
            set_cpu(VEC_PUSH(&s->per_cpu), &a, &b);
    }
    s->cpus = s->per_cpu.count ? (int)s->per_cpu.count : 1;
    s->running = parse_field(t1, "procs_running");
    s->blocked = parse_field(t1, "procs_blocked");
    s->fork_rate = parse_rate(p, parse_field(t0, "processes"), parse_field(t1, "processes"));
    s->ctxt_rate = parse_rate(p, parse_field(t0, "ctxt"), parse_field(t1, "ctxt"));
}

static double one_number(struct parse *p, const char *name)
{
    struct str text = parse_section(p, name, 1, false);

    return parse_num(parse_word(&text), NAN);
}

/* A second, may be negative. */
static double growth(const struct parse *p, struct str t0, struct str t1, const char *key)
{
    double a = parse_field(t0, key), b = parse_field(t1, key);

    return p->window_s > 0 ? (b - a) / p->window_s : NAN;
}

static void parse_memory(struct parse *p, struct host_snapshot *s)
{
    struct str m = parse_section(p, "proc/meminfo", 1, true);
    const struct {
        const char *key;
        double *to;
    } fields[] = {
        {"MemTotal", &s->mem_total},
        {"MemAvailable", &s->mem_available},
        {"MemFree", &s->mem_free},
        {"SwapTotal", &s->swap_total},
        {"SwapFree", &s->swap_free},
        {"Cached", &s->mem_cached},
        {"Dirty", &s->mem_dirty},
        {"SUnreclaim", &s->slab_unreclaim},
        {"Shmem", &s->shmem},
        {"CommitLimit", &s->commit_limit},
        {"Committed_AS", &s->committed},
        {"Slab", &s->slab},
        {"PageTables", &s->page_tables},
        {"Hugepagesize", &s->huge_bytes},
    };
    const struct str m0 = parse_section(p, "proc/meminfo", 0, false);

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        *fields[i].to = parse_field(m, fields[i].key) * 1024;
    s->slab_rate = growth(p, m0, m, "SUnreclaim") * 1024;
    s->shmem_rate = growth(p, m0, m, "Shmem") * 1024;
    s->huge_total = parse_field(m, "HugePages_Total");
    s->huge_free = parse_field(m, "HugePages_Free");
    s->huge_reserved = parse_field(m, "HugePages_Rsvd");
    s->overcommit = isnan(one_number(p, "proc/sys/vm/overcommit_memory"))
                        ? -1
                        : (int)one_number(p, "proc/sys/vm/overcommit_memory");
    if (isnan(s->mem_available)) /* before Linux 3.14 */
        s->mem_available = s->mem_free + s->mem_cached;
}

static void parse_vmstat(struct parse *p, struct host_snapshot *s)
{
    struct str t0 = parse_section(p, "proc/vmstat", 0, true),
               t1 = parse_section(p, "proc/vmstat", 1, true);

    s->swap_in_rate = parse_rate(p, parse_field(t0, "pswpin"), parse_field(t1, "pswpin"));
    s->swap_out_rate = parse_rate(p, parse_field(t0, "pswpout"), parse_field(t1, "pswpout"));
    s->majflt_rate = parse_rate(p, parse_field(t0, "pgmajfault"), parse_field(t1, "pgmajfault"));
    s->oom_kills = parse_field(t1, "oom_kill");
    s->oom_kill_rate = parse_rate(p, parse_field(t0, "oom_kill"), s->oom_kills);
    s->direct_reclaim_rate =
        parse_rate(p, parse_field(t0, "pgscan_direct"), parse_field(t1, "pgscan_direct"));
    s->compact_stall_rate =
        parse_rate(p, parse_field(t0, "compact_stall"), parse_field(t1, "compact_stall"));
    s->compact_fail_rate =
        parse_rate(p, parse_field(t0, "compact_fail"), parse_field(t1, "compact_fail"));
    s->thp_fallback_rate =
        parse_rate(p, parse_field(t0, "thp_fault_fallback"), parse_field(t1, "thp_fault_fallback"));
    s->alloc_stall_rate =
        parse_rate(p, parse_field(t0, "allocstall_normal") + parse_field(t0, "allocstall_movable"),
                   parse_field(t1, "allocstall_normal") + parse_field(t1, "allocstall_movable"));
    s->refault_rate = parse_rate(p, parse_field(t0, "workingset_refault_file"),
                                 parse_field(t1, "workingset_refault_file"));
}

/* "some avg10=0.25 avg60=1.16 avg300=0.44 total=7921459" */
static double psi_value(struct str line, const char *key)
{
    struct str word;
    size_t len = strlen(key);

    for (word = parse_word(&line); word.len; word = parse_word(&line)) {
        if (str_starts(word, key))
            return parse_num((struct str){word.ptr + len, word.len - len}, NAN);
    }
    return NAN;
}

static double psi_share(const struct parse *p, struct str t0, struct str t1, const char *kind)
{
    double rate = parse_rate(p, psi_value(parse_line_of(t0, kind), "total="),
                             psi_value(parse_line_of(t1, kind), "total="));

    return isnan(rate) ? 0 : fmin(rate / 1e6, 1);
}

static void parse_psi(struct parse *p, const char *name, struct host_psi *psi)
{
    struct str t0 = parse_section(p, name, 0, false), t1 = parse_section(p, name, 1, true);
    double avg;

    if (!t1.len)
        return;
    psi->known = true;
    psi->some = psi_share(p, t0, t1, "some ");
    psi->full = psi_share(p, t0, t1, "full ");
    avg = psi_value(parse_line_of(t1, "some "), "avg10=");
    psi->some_avg10 = isnan(avg) ? 0 : avg / 100;
    avg = psi_value(parse_line_of(t1, "full "), "avg10=");
    psi->full_avg10 = isnan(avg) ? 0 : avg / 100;
}

static void parse_limits(struct parse *p, struct host_snapshot *s)
{
    struct str nr = parse_section(p, "proc/sys/fs/file-nr", 1, false);
    struct str range = parse_section(p, "proc/sys/net/ipv4/ip_local_port_range", 1, false);

    s->files_open = parse_next(&nr);
    parse_word(&nr);
    s->files_max = parse_num(parse_word(&nr), NAN);
    s->pid_max = one_number(p, "proc/sys/kernel/pid_max");
    s->threads_max = one_number(p, "proc/sys/kernel/threads-max");
    s->conntrack = one_number(p, "proc/sys/net/netfilter/nf_conntrack_count");
    s->conntrack_max = one_number(p, "proc/sys/net/netfilter/nf_conntrack_max");
    s->port_low = parse_num(parse_word(&range), NAN);
    s->port_high = parse_num(parse_word(&range), NAN);
}

static void parse_identity(struct parse *p, struct host_snapshot *s)
{
    struct str name = parse_line_of(parse_section(p, "etc/os-release", 1, false), "PRETTY_NAME=");
    struct str clock = parse_section(p, "clock", 1, false),
               up = parse_section(p, "proc/uptime", 1, true);
    struct str sync = parse_section(p, "clock/synced", 1, false);

    if (name.len >= 2 && name.ptr[0] == '"')
        name = (struct str){name.ptr + 1, name.len - 2};
    s->os = parse_text(p, name, 100);
    s->kernel =
        parse_text(p, str_trim(parse_section(p, "proc/sys/kernel/osrelease", 1, false)), 100);
    s->taken_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    s->uptime_s = parse_next(&up);
    s->clock_synced = -1;
    sync = str_trim(sync);
    if (str_ends(sync, "yes"))
        s->clock_synced = 1;
    else if (str_ends(sync, "no"))
        s->clock_synced = 0;
}

void parse_system(struct parse *p, struct host_snapshot *s)
{
    struct str load = parse_section(p, "proc/loadavg", 1, true);

    s->window_s = p->window_s;
    parse_identity(p, s);
    parse_cpu(p, s);
    s->load1 = parse_next(&load);
    s->load5 = parse_next(&load);
    s->load15 = parse_next(&load);
    parse_memory(p, s);
    parse_vmstat(p, s);
    parse_psi(p, "proc/pressure/cpu", &s->psi_cpu);
    parse_psi(p, "proc/pressure/memory", &s->psi_memory);
    parse_psi(p, "proc/pressure/io", &s->psi_io);
    parse_limits(p, s);
}

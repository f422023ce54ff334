/* host_snapshot.c - the state of one machine over a short window.
 *
 * Shares are 0-1, rates a second, sizes bytes; null: not known, or no limit.
 * {"host","taken_ms","window_s","uptime_s","os","kernel",
 *  "clock":{"synced":bool|null,"skew_s"},
 *  "cpu":{"count","busy","user","system","irq","iowait","steal","max_busy","per_cpu":[busy...],
 *         "load1","load5","load15","running","blocked","fork_rate","switch_rate","softirq","nice","mhz",
 *         "mhz_max","thermal_rate","per_cpu_irq":[irq...]},
 *  "pressure":{"cpu"|"memory"|"io":{"known","some","full","some_avg10","full_avg10"}},
 *  "memory":{"total","available","free","swap_total","swap_free","swap_in_rate","swap_out_rate",
 *         "major_fault_rate","direct_reclaim_rate","oom_kills","oom_kill_rate","slab","shmem","dirty",
 *         "cached","slab_rate","shmem_rate","page_tables","commit_limit","committed","overcommit",
 *         "huge_total","huge_free","huge_reserved","huge_bytes","compact_stall_rate","compact_fail_rate",
 *         "thp_fallback_rate","alloc_stall_rate","refault_rate"},
 *  "limits":{"processes","pid_max","threads","threads_max","files","files_max","conntrack",
 *         "conntrack_max","conntrack_lost_rate","ports","time_wait","zombies","d_state","stopped"},
 *  "network":{"retransmit_rate","out_rate","reset_rate","attempt_fail_rate","syn_retransmit_rate",
 *         "listen_overflow_rate","listen_drop_rate","listen_overflows","listen_drops",
 *         "udp_buffer_error_rate","softnet_drop_rate","established","orphans","connections","open_rate",
 *         "estab_reset_rate","timeout_rate","syn_cookies_rate","syn_cookies_failed_rate",
 *         "request_queue_full_rate","unreachable_rate","frag_fail_rate"},       more:
 * host_snapshot_net.c
 *  "processes":[{"pid","ppid","command","cmdline","state","cpu","tree_cpu","cpu_mean","age_s","nice","threads",
 *         "rss","rss_rate","vm","vm_rate","data","swap","as_limit","data_limit","fds","fd_limit","cgroup",
 *         "wchan","uid","major_fault_rate","fresh","user","system","reaped_cpu","children_s","wait","slices","fd_rate",
 *         "thread_rate","session","tty","core","policy","children","zombies","fresh_children","youngest_s",
 *         "stopped_children","allowed","task_limit","tasks_of_user","cpu_group","pids_group","same","tracer",
 *         "files":[path...]}],                                  the ones that matter, by tree_cpu
 *  "filesystems":[{"mount","device","type","read_only","known","total","free","available","used","inodes",
 *         "inodes_used"}],
 *  "disks":[{"name","busy","read_rate","write_rate","iops","await_ms","in_flight"}],
 *  "nics":[{"name","rx_rate","tx_rate","rx_packets","rx_errors","rx_drops","tx_packets","tx_errors",
 *         "tx_drops"}],
 *  "listeners":[{"proto","addr","port","queue","backlog","pid","command"}],
 *  "cgroups":[{"path","memory","memory_limit","oom_kills","oom_kill_rate","limit_hit_rate","cpu_quota",
 *         "throttled","throttled_rate","pids","pids_limit","memory_rate","memory_high","high_rate",
 *         "cpu_some","memory_some","memory_full","cpu","pids_fail_rate"}],
 *  "irqs":[{"name","soft","cpu","rate","share"}],"shm":[{"id","creator","bytes","attached"}],
 *  "locks":[{"holder","waiter","type","inode"}],
 *  "restarts":[{"pid","command","child","child_command","age_s","child_age_s","children","reaped_cpu",
 *         "cpu","child_cmdline","ended","gone"}],
 *  "units":{"systemd","total","list":[{"name","active","sub","result","load","file_state","type","triggered_by",
 *         "wanted_by","listen","unwanted","restarts","exit_status","changed_ms","started_ms",
 *         "pid"}]},                             failed, restarted, on the way, or stopped though
 * enabled "kernel_events":[{"kind","ts_ms","age_s","level","pid","command","text"}],
 *  "gaps":[{"what","why","code"}]} */
#include "host_common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"

#define LISTENERS_SHOWN 200
#define CPUS_SHOWN 512

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "window_ms",
     .type = PARAM_INT,
     .fallback = "1000",
     .min = 50,
     .max = 60000,
     .help = "Time between the two samples that rates come from, in milliseconds."},
    {NULL},
};

static void put_cpu(struct json_writer *w, const struct host_snapshot *s)
{
    double max = 0;

    VEC_EACH (c, &s->per_cpu)
        max = fmax(max, c->busy);
    json_key(w, "cpu");
    json_object_begin(w);
    json_put_int(w, "count", s->cpus);
    HOST_PUT(w, {"busy", s->cpu.busy}, {"user", s->cpu.user}, {"system", s->cpu.system},
             {"irq", s->cpu.irq}, {"iowait", s->cpu.iowait}, {"steal", s->cpu.steal},
             {"max_busy", max}, {"load1", s->load1}, {"load5", s->load5}, {"load15", s->load15},
             {"running", s->running}, {"blocked", s->blocked}, {"fork_rate", s->fork_rate},
             {"switch_rate", s->ctxt_rate}, {"softirq", s->cpu.softirq}, {"nice", s->cpu.nice},
             {"mhz", s->mhz}, {"mhz_max", s->mhz_max}, {"thermal_rate", s->thermal_rate});
    json_key(w, "per_cpu");
    json_array_begin(w);
    for (size_t i = 0; i < s->per_cpu.count && i < CPUS_SHOWN; i++)
        json_number(w, round(s->per_cpu.items[i].busy * 1000) / 1000);
    json_array_end(w);
    json_key(w, "per_cpu_irq");
    json_array_begin(w);
    for (size_t i = 0; i < s->per_cpu.count && i < CPUS_SHOWN; i++)
        json_number(w, round(s->per_cpu.items[i].irq * 1000) / 1000);
    json_array_end(w);
    json_object_end(w);
}

static void put_psi(struct json_writer *w, const char *key, const struct host_psi *p)
{
    json_key(w, key);
    json_object_begin(w);
    json_put_bool(w, "known", p->known);
    HOST_PUT(w, {"some", p->some}, {"full", p->full}, {"some_avg10", p->some_avg10},
             {"full_avg10", p->full_avg10});
    json_object_end(w);
}

static void put_memory(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "pressure");
    json_object_begin(w);
    put_psi(w, "cpu", &s->psi_cpu);
    put_psi(w, "memory", &s->psi_memory);
    put_psi(w, "io", &s->psi_io);
    json_object_end(w);
    json_key(w, "memory");
    json_object_begin(w);
    HOST_PUT(w, {"total", s->mem_total}, {"available", s->mem_available}, {"free", s->mem_free},
             {"swap_total", s->swap_total}, {"swap_free", s->swap_free},
             {"swap_in_rate", s->swap_in_rate}, {"swap_out_rate", s->swap_out_rate},
             {"major_fault_rate", s->majflt_rate}, {"direct_reclaim_rate", s->direct_reclaim_rate},
             {"oom_kills", s->oom_kills}, {"oom_kill_rate", s->oom_kill_rate},
             {"slab", s->slab_unreclaim}, {"shmem", s->shmem}, {"dirty", s->mem_dirty},
             {"writeback", s->mem_writeback}, {"dirty_threshold", s->dirty_threshold},
             {"cached", s->mem_cached}, {"slab_rate", s->slab_rate}, {"shmem_rate", s->shmem_rate},
             {"page_tables", s->page_tables}, {"commit_limit", s->commit_limit},
             {"committed", s->committed}, {"overcommit", s->overcommit < 0 ? NAN : s->overcommit},
             {"huge_total", s->huge_total}, {"huge_free", s->huge_free},
             {"huge_reserved", s->huge_reserved}, {"huge_bytes", s->huge_bytes},
             {"compact_stall_rate", s->compact_stall_rate},
             {"compact_fail_rate", s->compact_fail_rate},
             {"thp_fallback_rate", s->thp_fallback_rate}, {"alloc_stall_rate", s->alloc_stall_rate},
             {"refault_rate", s->refault_rate});
    json_object_end(w);
}

static void put_limits(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "limits");
    json_object_begin(w);
    HOST_PUT(w, {"processes", s->process_count}, {"pid_max", s->pid_max}, {"threads", s->threads},
             {"threads_max", s->threads_max}, {"files", s->files_open}, {"files_max", s->files_max},
             {"conntrack", s->conntrack}, {"conntrack_max", s->conntrack_max},
             {"conntrack_lost_rate", s->conntrack_lost_rate}, {"ports", s->port_high - s->port_low},
             {"time_wait", s->tcp_time_wait}, {"zombies", s->zombies}, {"d_state", s->d_state},
             {"stopped", s->stopped});
    json_object_end(w);
    json_key(w, "network");
    json_object_begin(w);
    HOST_PUT(w, {"retransmit_rate", s->tcp_retrans_rate}, {"out_rate", s->tcp_out_rate},
             {"reset_rate", s->tcp_reset_rate}, {"attempt_fail_rate", s->tcp_attempt_fail_rate},
             {"syn_retransmit_rate", s->syn_retrans_rate},
             {"listen_overflow_rate", s->listen_overflow_rate},
             {"listen_drop_rate", s->listen_drop_rate}, {"listen_overflows", s->listen_overflows},
             {"listen_drops", s->listen_drops}, {"udp_buffer_error_rate", s->udp_rcvbuf_err_rate},
             {"softnet_drop_rate", s->softnet_drop_rate}, {"established", s->tcp_established},
             {"orphans", s->tcp_orphans}, {"connections", s->tcp_conns},
             {"open_rate", s->tcp_opens_rate}, {"estab_reset_rate", s->tcp_estab_reset_rate},
             {"timeout_rate", s->tcp_timeouts_rate}, {"syn_cookies_rate", s->tcp_syn_cookies_rate},
             {"syn_cookies_failed_rate", s->tcp_syn_cookies_failed_rate},
             {"request_queue_full_rate", s->reqq_full_rate},
             {"unreachable_rate", s->icmp_unreach_rate}, {"frag_fail_rate", s->frag_fail_rate});

    json_object_end(w);
}

static void put_nics(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "nics");
    json_array_begin(w);
    VEC_EACH (n, &s->nics) {
        json_object_begin(w);
        json_put_cstr(w, "name", n->name);
        HOST_PUT(w, {"rx_rate", n->rx_bps}, {"tx_rate", n->tx_bps}, {"rx_packets", n->rx_pps},
                 {"rx_errors", n->rx_errors}, {"rx_drops", n->rx_drops}, {"tx_packets", n->tx_pps},
                 {"tx_errors", n->tx_errors}, {"tx_drops", n->tx_drops});
        json_object_end(w);
    }
    json_array_end(w);
}

/* The fullest queues first, so that a cut never hides one. */
static int by_queue(const void *a, const void *b)
{
    const struct host_listener *x = *(const struct host_listener *const *)a;
    const struct host_listener *y = *(const struct host_listener *const *)b;

    if (x->queue != y->queue)
        return x->queue < y->queue ? 1 : -1;
    return x->port - y->port;
}

static void put_listeners(struct host_answer *a, const struct host_snapshot *s)
{
    struct json_writer *w = a->out;
    const struct host_listener **list =
        arena_array(a->arena, s->listeners.count + 1, sizeof(const struct host_listener *));
    size_t n = 0;

    VEC_EACH (l, &s->listeners)
        list[n++] = l;
    qsort(list, n, sizeof(*list), by_queue);
    json_key(w, "listeners");
    json_array_begin(w);
    for (size_t i = 0; i < n && i < LISTENERS_SHOWN; i++) {
        json_object_begin(w);
        json_put_cstr(w, "proto", list[i]->proto);
        json_put_cstr(w, "addr", list[i]->addr);
        json_put_int(w, "port", list[i]->port);
        json_put_int(w, "queue", list[i]->queue);
        host_put_num(w, "backlog", list[i]->backlog < 0 ? NAN : (double)list[i]->backlog);
        json_put_int(w, "pid", list[i]->pid);
        json_put_cstr(w, "command", list[i]->comm);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_head(struct json_writer *w, const struct host_snapshot *s)
{
    json_put_cstr(w, "host", s->host);
    json_put_int(w, "taken_ms", s->taken_ms);
    HOST_PUT(w, {"window_s", s->window_s}, {"uptime_s", s->uptime_s});
    json_put_cstr(w, "os", s->os);
    json_put_cstr(w, "kernel", s->kernel);
    json_key(w, "clock");
    json_object_begin(w);
    json_key(w, "synced");
    if (s->clock_synced < 0)
        json_null(w);
    else
        json_bool(w, s->clock_synced);
    host_put_num(w, "skew_s", s->skew_s);
    host_put_num(w, "jump_s", s->clock_jump_s);
    json_object_end(w);
}

static void summarise(const struct host_snapshot *s, char out[256])
{
    double fullest = 0;
    const char *mount = "-";
    char mem[48];

    VEC_EACH (f, &s->filesystems) {
        if (f->known && !f->read_only && f->used >= fullest) {
            fullest = f->used;
            mount = f->mount;
        }
    }
    num_human(s->mem_available, "bytes", mem);
    snprintf(out, 256,
             "cpu %.0f %% busy, load %.2f, %s memory available, %.60s %.0f %% full, %.0f processes",
             s->cpu.busy * 100, s->load1, mem, mount, fullest * 100, s->process_count);
}

enum err_code host_snapshot_render(struct host_answer *a, struct err *err)
{
    struct host_snapshot s;
    enum err_code rc = host_snapshot_parse(&s, a->arena, a->bundle, a->host, a->now_ms, err);

    if (rc)
        goto done;
    json_object_begin(a->out);
    put_head(a->out, &s);
    put_cpu(a->out, &s);
    put_memory(a->out, &s);
    put_limits(a->out, &s);
    host_put_processes(a, &s);
    host_put_storage(a->out, &s);
    put_nics(a->out, &s);
    put_listeners(a, &s);
    host_put_network(a->out, &s);
    host_put_cgroups(a->out, &s);
    host_put_tasks(a->out, &s);
    host_put_units(a->out, &s);
    host_put_kernel_events(a->out, s.kernel_events.items, s.kernel_events.count);
    host_put_gaps(a->out, s.gaps.items, s.gaps.count);
    json_object_end(a->out);
    summarise(&s, a->summary);
    a->rows = 1;
done:
    host_snapshot_release(&s);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "/proc, /sys, sockets, units");
    buf_addf(out, " sampled over %lld ms", (long long)value_i64_or(args, "window_ms", 1000));
}

static void start(struct tool_call *c)
{
    int64_t window_ms = value_i64_or(tool_call_args(c), "window_ms", 1000);

    host_tool_start(c, &(struct host_request){.what = HOST_SNAPSHOT, .window_ms = window_ms},
                    host_snapshot_render);
}

const struct tool_def tool_host_snapshot = {
    .name = "host_snapshot",
    .help = "Read the state of a Linux machine: load, memory, pressure, disks, sockets, processes, "
            "units.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 90000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};

/* host_process.c - one process watched over a window: does it keep a core busy, does it grow?
 * {"host","pid","ppid","command","cmdline","exe","cwd","cgroup","ended","window_s","cpu_mean","cpu_min",
 *  "rss","rss_rate","rss_rising","vm","vm_rate","vm_rising","data","fds","fd_rate","as_limit","data_limit",
 *  "fd_limit","fd_rising","fds_start","threads_start","threads","thread_rate","wait","moved_rate","slice_rate","tasks_asked",
 *  "tasks_in_futex","wchan","samples":[{"at_s","cpu","rss","vm","state"}],"gaps":[...]}
 * rising: share of the intervals in which it grew; rates by least squares. No row when it is gone.
 */
#include "host_common.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "pid",
     .type = PARAM_INT,
     .required = true,
     .min = 1,
     .max = 4194304,
     .help = "The process."},
    {.name = "window_ms",
     .type = PARAM_INT,
     .fallback = "2500",
     .min = 100,
     .max = 60000,
     .help = "How long it is watched, in milliseconds."},
    {.name = "samples",
     .type = PARAM_INT,
     .fallback = "6",
     .min = 2,
     .max = 60,
     .help = "How often it is read."},
    {NULL},
};

static void put_samples(struct json_writer *w, const struct host_watch *p)
{
    json_key(w, "samples");
    json_array_begin(w);
    VEC_EACH (s, &p->samples) {
        char state[2] = {s->state, '\0'};

        json_object_begin(w);
        host_put_num(w, "at_s", s->at_s);
        host_put_num(w, "cpu", s->cpu);
        host_put_num(w, "rss", s->rss_bytes);
        host_put_num(w, "vm", s->vm_bytes);
        json_put_cstr(w, "state", state);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_watch(struct host_answer *a, const struct host_watch *p)
{
    const struct host_watch_sample *last =
        p->samples.count ? &p->samples.items[p->samples.count - 1] : NULL;
    struct json_writer *w = a->out;

    json_object_begin(w);
    json_put_cstr(w, "host", a->host);
    json_put_int(w, "pid", p->pid);
    json_put_int(w, "ppid", p->ppid);
    json_put_cstr(w, "command", p->comm);
    json_put_cstr(w, "cmdline", p->cmdline);
    json_put_cstr(w, "exe", p->exe);
    json_put_cstr(w, "cwd", p->cwd);
    json_put_cstr(w, "cgroup", p->cgroup);
    json_put_bool(w, "ended", p->ended);
    host_put_num(w, "window_s", last ? last->at_s : 0);
    host_put_num(w, "cpu_mean", p->cpu_mean);
    host_put_num(w, "cpu_min", p->cpu_min);
    host_put_num(w, "rss_start", p->samples.count ? p->samples.items[0].rss_bytes : NAN);
    host_put_num(w, "rss", last ? last->rss_bytes : NAN);
    host_put_num(w, "rss_rate", p->rss_rate);
    host_put_num(w, "rss_rising", p->rss_rising);
    host_put_num(w, "vm_start", p->samples.count ? p->samples.items[0].vm_bytes : NAN);
    host_put_num(w, "vm", last ? last->vm_bytes : NAN);
    host_put_num(w, "vm_rate", p->vm_rate);
    host_put_num(w, "vm_rising", p->vm_rising);
    host_put_num(w, "data", last ? last->data_bytes : NAN);
    host_put_num(w, "fds", last ? last->fds : NAN);
    host_put_num(w, "fd_rate", p->fd_rate);
    host_put_num(w, "as_limit", p->as_limit);
    host_put_num(w, "data_limit", p->data_limit);
    host_put_num(w, "fd_limit", p->fd_limit);
    host_put_num(w, "fd_rising", p->fd_rising);
    host_put_num(w, "fds_start", p->samples.count ? p->samples.items[0].fds : NAN);
    host_put_num(w, "threads_start", p->samples.count ? (double)p->samples.items[0].threads : NAN);
    host_put_num(w, "threads", last ? (double)last->threads : NAN);
    host_put_num(w, "thread_rate", p->thread_rate);
    host_put_num(w, "wait", p->wait_mean);
    host_put_num(w, "moved_rate", p->moved_rate);
    host_put_num(w, "slice_rate", p->slice_rate);
    json_put_int(w, "tasks_asked", p->tasks);
    json_put_int(w, "tasks_in_futex", p->futex_tasks);
    json_put_cstr(w, "wchan", p->wchan);
    put_samples(w, p);
    host_put_gaps(w, p->gaps.items, p->gaps.count);
    json_object_end(w);
}

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_watch p;
    enum err_code rc = host_watch_parse(&p, a->arena, a->bundle, err);
    char rss[48], rate[48];

    if (!rc) {
        put_watch(a, &p);
        a->rows = p.samples.count > 1;
        num_human(p.samples.count ? p.samples.items[p.samples.count - 1].rss_bytes : 0, "bytes",
                  rss);
        num_human(fabs(p.rss_rate), "bytes", rate);
        if (a->rows)
            snprintf(a->summary, 256, "%d (%.40s): %.2f cores, %s resident, %s%s/s%s", p.pid,
                     p.comm, p.cpu_mean, rss, p.rss_rate < 0 ? "-" : "+", rate,
                     p.ended ? ", it ended" : "");
        else
            snprintf(a->summary, 256, "the process has ended");
    }
    host_watch_release(&p);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "/proc/");
    buf_addf(out, "%lld over %lld ms", (long long)value_i64_or(args, "pid", 0),
             (long long)value_i64_or(args, "window_ms", 0));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct host_request req = {.what = HOST_WATCH,
                               .pid = (int32_t)value_i64_or(args, "pid", 0),
                               .window_ms = value_i64_or(args, "window_ms", 2500),
                               .samples = (int)value_i64_or(args, "samples", 6)};

    host_tool_start(c, &req, render);
}

const struct tool_def tool_host_process = {
    .name = "host_process",
    .help = "Watch one process of a machine: its use of processor and memory over a few seconds.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 90000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};

/* host_files.c - what one process writes: bytes to devices, and the files that grow by it.
 * {"host","pid","command","cmdline","wchan","window_s","read_rate","write_rate","wrote_rate",
 *  "write_calls","files":[{"pid","path","size","bytes","rate","append","deleted"}],"gaps":[...]}
 * wrote_rate: bytes given to write(); files: open for writing by it or a child, fastest first. */
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
     .fallback = "1500",
     .min = 200,
     .max = 60000,
     .help = "Time between the two looks, in milliseconds."},
    {NULL},
};

static void put(struct host_answer *a, const struct host_files *f)
{
    struct json_writer *w = a->out;

    json_object_begin(w);
    json_put_cstr(w, "host", a->host);
    json_put_int(w, "pid", f->pid);
    json_put_cstr(w, "command", f->comm);
    json_put_cstr(w, "cmdline", f->cmdline);
    json_put_cstr(w, "wchan", f->wchan);
    host_put_num(w, "window_s", f->window_s);
    host_put_num(w, "read_rate", f->read_bps);
    host_put_num(w, "write_rate", f->write_bps);
    host_put_num(w, "wrote_rate", f->wrote_bps);
    host_put_num(w, "write_calls", f->write_calls);
    json_key(w, "files");
    json_array_begin(w);
    VEC_EACH (o, &f->files)
        host_put_open_file(w, o);
    json_array_end(w);
    host_put_gaps(w, f->gaps.items, f->gaps.count);
    json_object_end(w);
}

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_files f;
    enum err_code rc = host_files_parse(&f, a->arena, a->bundle, err);
    char written[48] = "unknown";

    if (!rc) {
        put(a, &f);
        a->rows = *f.comm != '\0';
        if (isfinite(f.wrote_bps))
            num_human(f.wrote_bps, "bytes", written);
        if (a->rows)
            snprintf(a->summary, 256, "%d (%.40s): writes %s/s, %zu files open for writing%s%.100s",
                     f.pid, f.comm, written, f.files.count, f.files.count ? ", first: " : "",
                     f.files.count ? f.files.items[0].path : "");
        else
            snprintf(a->summary, 256, "the process has ended");
    }
    host_files_release(&f);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "/proc/");
    buf_addf(out, "%lld/io and its open files over %lld ms",
             (long long)value_i64_or(args, "pid", 0),
             (long long)value_i64_or(args, "window_ms", 1500));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct host_request req = {.what = HOST_FILES,
                               .pid = (int32_t)value_i64_or(args, "pid", 0),
                               .window_ms = value_i64_or(args, "window_ms", 1500)};

    host_tool_start(c, &req, render);
}

const struct tool_def tool_host_files = {
    .name = "host_files",
    .help = "See what one process of a machine writes, and which of its open files grow.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 90000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};

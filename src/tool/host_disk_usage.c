/* host_disk_usage.c - the largest files of one filesystem, and who holds them open.
 * {"host","path","used","total","available","inodes_used","files_seen","bytes_seen","partial",
 *  "files":[{"path","bytes","size","modified_ms","deleted","pid","command","holders","share"}],
 *  "folders":[{"path","bytes","files","entries","own_entries","share","inode_share","newest_ms",
 *  "uid"}],"workers":[{"pid","command","how","path"}],"gaps":[...]}
 * bytes: what it occupies; share: of what the filesystem holds; deleted: no name any more, but
 * open. */
#include "host_common.h"

#include <stdio.h>

#include "runbook/base/num.h"

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "path",
     .type = PARAM_STRING,
     .required = true,
     .help = "A folder, usually a mount point."},
    {.name = "min_bytes",
     .type = PARAM_INT,
     .fallback = "1048576",
     .min = 0,
     .max = 1e15,
     .help = "Smaller files are only counted."},
    {.name = "timeout_ms",
     .type = PARAM_INT,
     .fallback = "12000",
     .min = 500,
     .max = 120000,
     .help = "The walk ends after this time with what it has found, in milliseconds."},
    {NULL},
};

static void put_files(struct json_writer *w, const struct host_disk_usage *d)
{
    double used = d->fs.total_bytes - d->fs.free_bytes;

    json_key(w, "files");
    json_array_begin(w);
    VEC_EACH (f, &d->files) {
        json_object_begin(w);
        json_put_cstr(w, "path", f->path);
        host_put_num(w, "bytes", f->disk_bytes);
        host_put_num(w, "size", f->size_bytes);
        json_put_int(w, "modified_ms", f->mtime_ms);
        json_put_bool(w, "deleted", f->deleted);
        json_put_int(w, "pid", f->pid);
        json_put_cstr(w, "command", f->comm);
        json_put_int(w, "holders", f->holders);
        host_put_num(w, "share", used > 0 ? f->disk_bytes / used : 0);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_folders(struct json_writer *w, const struct host_disk_usage *d)
{
    double used = d->fs.total_bytes - d->fs.free_bytes, inodes = d->fs.inodes - d->fs.inodes_free;

    json_key(w, "folders");
    json_array_begin(w);
    VEC_EACH (f, &d->folders) {
        json_object_begin(w);
        json_put_cstr(w, "path", f->path);
        host_put_num(w, "bytes", f->bytes);
        host_put_num(w, "files", f->files);
        host_put_num(w, "entries", f->entries);
        host_put_num(w, "own_entries", f->own_entries);
        host_put_num(w, "share", used > 0 ? f->bytes / used : 0);
        host_put_num(w, "inode_share", inodes > 0 ? f->entries / inodes : 0);
        json_put_int(w, "newest_ms", f->newest_ms);
        json_put_int(w, "uid", f->uid);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "workers");
    json_array_begin(w);
    VEC_EACH (k, &d->workers) {
        json_object_begin(w);
        json_put_int(w, "pid", k->pid);
        json_put_cstr(w, "command", k->comm);
        json_put_cstr(w, "how", k->how);
        json_put_cstr(w, "path", k->path);
        json_object_end(w);
    }
    json_array_end(w);
}

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_disk_usage d;
    enum err_code rc = host_disk_parse(&d, a->arena, a->bundle, err);
    struct json_writer *w = a->out;
    char size[48] = "";

    if (rc)
        goto done;
    json_object_begin(w);
    json_put_cstr(w, "host", a->host);
    json_put_cstr(w, "path", d.path);
    host_put_num(w, "used", d.fs.used);
    host_put_num(w, "total", d.fs.total_bytes);
    host_put_num(w, "available", d.fs.avail_bytes);
    host_put_num(w, "inodes_used", d.fs.inodes_used);
    host_put_num(w, "files_seen", d.files_seen);
    host_put_num(w, "bytes_seen", d.bytes_seen);
    json_put_bool(w, "partial", d.partial);
    json_put_int(w, "now_ms", d.now_ms);
    put_files(w, &d);
    put_folders(w, &d);
    host_put_gaps(w, d.gaps.items, d.gaps.count);
    json_object_end(w);
    a->rows = (int64_t)(d.files.count + d.folders.count);
    if (d.files.count) {
        num_human(d.files.items[0].disk_bytes, "bytes", size);
        snprintf(a->summary, 256, "largest: %.120s, %s%s%s", d.files.items[0].path, size,
                 d.files.items[0].deleted ? ", deleted but open" : "",
                 d.partial ? " (walk was cut)" : "");
    } else {
        snprintf(a->summary, 256, "no large file below %.150s", d.path);
    }
done:
    host_disk_release(&d);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "files below ");
    buf_adds(out, value_cstr_or(args, "path", ""));
}

static void refuse(struct tool_call *c, const char *path)
{
    struct tool_result r = {.content_type = "application/json"};
    struct err err = ERR_INIT;

    err_set(&err, ERR_INPUT, "'path' must begin with '/', not \"%.100s\"", path);
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct host_request req = {.what = HOST_DISK,
                               .path = value_cstr_or(args, "path", ""),
                               .min_bytes = value_i64_or(args, "min_bytes", 1 << 20),
                               .timeout_ms = value_i64_or(args, "timeout_ms", 12000)};

    if (req.path[0] != '/')
        refuse(c, req.path);
    else
        host_tool_start(c, &req, render);
}

const struct tool_def tool_host_disk_usage = {
    .name = "host_disk_usage",
    .help = "Find the largest files of a filesystem, deleted ones that are still open included.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 150000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};

/* parse_io.c - who reads and writes: bytes of each process, the files that the writers have open,
 * deleted ones that are still held, the growth of logs; and what one process writes (HOST_FILES).
 * Source of the numbers: Linux Documentation/filesystems/proc.rst, /proc/PID/io. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define WRITTEN_MAX 200
#define UNLINKED_MAX 50
#define LOGS_MAX 30
#define LOGS_READ_MAX 600

struct io_line {
    int32_t pid;
    double read, write, wrote, calls;
};

static bool io_line(struct str line, struct io_line *ret)
{
    int64_t pid;

    if (!num_i64(parse_word(&line), &pid) || pid <= 0 || pid > INT32_MAX || !str_trim(line).len)
        return false;
    ret->pid = (int32_t)pid;
    ret->read = parse_next(&line);
    ret->write = parse_next(&line);
    ret->wrote = parse_next(&line);
    ret->calls = parse_next(&line);
    return true;
}

struct io_lines {
    struct io_line *items;
    size_t count, cap;
};

static int by_pid(const void *a, const void *b)
{
    int32_t x = ((const struct io_line *)a)->pid, y = ((const struct io_line *)b)->pid;

    return (x > y) - (x < y);
}

static void read_io(struct str text, struct io_lines *out)
{
    struct io_line io;
    struct str line;

    while (str_line(&text, &line) && out->count < (size_t)1 << 18) {
        if (io_line(line, &io))
            *VEC_PUSH(out) = io;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), by_pid);
}

static const struct io_line *find_io(const struct io_lines *all, int32_t pid)
{
    struct io_line key = {.pid = pid};

    return all->count ? bsearch(&key, all->items, all->count, sizeof(key), by_pid) : NULL;
}

/* "denied 12 cut 0": how many could not be read; the others ended meanwhile. */
static int64_t io_denied(struct parse *p)
{
    struct str text = parse_section(p, "procio", 1, false), line;
    double n = 0;

    while (str_line(&text, &line)) {
        if (str_starts(line, "denied "))
            parse_word(&line), n = parse_num(parse_word(&line), 0);
    }
    return (int64_t)n;
}

/* One that started in the window has moved all its bytes in it. */
static void process_rates(struct parse *p, struct host_snapshot *s)
{
    struct io_lines t0 = {0}, t1 = {0};
    double w = p->window_s > 0 ? p->window_s : 1;
    int64_t denied = io_denied(p);

    read_io(parse_section(p, "procio", 0, false), &t0);
    read_io(parse_section(p, "procio", 1, false), &t1);
    VEC_EACH (pr, &s->processes) {
        const struct io_line *b = find_io(&t1, pr->pid), *a = find_io(&t0, pr->pid), none = {0};

        pr->read_bps = pr->write_bps = pr->wrote_bps = pr->write_calls = NAN;
        s->io_unknown += !b && !pr->kernel && pr->state != 'Z' && (t1.count || denied);
        if (!a && !pr->fresh)
            continue;
        a = a ? a : &none;
        if (!b)
            continue;
        pr->read_bps = fmax(0, b->read - a->read) / w;
        pr->write_bps = fmax(0, b->write - a->write) / w;
        pr->wrote_bps = fmax(0, b->wrote - a->wrote) / w;
        pr->write_calls = fmax(0, b->calls - a->calls) / w;
    }
    if (s->io_unknown > denied)
        s->io_unknown = denied;
    VEC_RELEASE(&t0);
    VEC_RELEASE(&t1);
}

/* ---- files: "pid append dev inode size blocks mtime links path" ---- */

static bool file_line(struct parse *p, struct str line, struct host_open_file *f)
{
    static const char gone[] = " (deleted)";
    struct str path;

    *f = (struct host_open_file){.rate = NAN};
    f->pid = (int32_t)(parse_i64(parse_word(&line), 0) & INT32_MAX);
    f->append = str_eq_c(parse_word(&line), "1");
    if (f->pid <= 0 || !num_u64(parse_word(&line), &f->dev) ||
        !num_u64(parse_word(&line), &f->inode))
        return false;
    f->size_bytes = parse_next(&line);
    f->disk_bytes = parse_next(&line) * 512;
    f->mtime_ms = (int64_t)fmin(parse_next(&line), 4e12) * 1000;
    f->deleted = str_eq_c(parse_word(&line), "0");
    if (line.len < 2 || line.ptr[1] != '/')
        return false;
    path = (struct str){line.ptr + 1, line.len - 1};
    if (f->deleted && str_ends(path, gone))
        path.len -= sizeof(gone) - 1;
    f->path = parse_text(p, path, 1024);
    return true;
}

/* The mount with the longest name that the path begins with. */
static const char *mount_of(const struct host_snapshot *s, const char *path)
{
    const char *best = NULL;

    VEC_EACH (fs, &s->filesystems) {
        size_t len = strlen(fs->mount);
        bool below = strcmp(fs->mount, "/") == 0 ||
                     (strncmp(path, fs->mount, len) == 0 && (path[len] == '/' || !path[len]));

        if (below && (!best || len > strlen(best)))
            best = fs->mount;
    }
    return best;
}

static const char *comm_of(const struct host_snapshot *s, int32_t pid)
{
    const struct host_process *pr = host_snapshot_process(s, pid);

    return pr ? pr->comm : NULL;
}

static void read_written(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "written", 1, false), line;
    struct host_open_file f;

    while (str_line(&text, &line) && s->written.count < WRITTEN_MAX) {
        if (!file_line(p, line, &f))
            continue;
        f.mount = mount_of(s, f.path);
        f.comm = comm_of(s, f.pid);
        *VEC_PUSH(&s->written) = f;
    }
}

static int by_disk_bytes(const void *a, const void *b)
{
    const struct host_open_file *x = a, *y = b;

    return (x->disk_bytes < y->disk_bytes) - (x->disk_bytes > y->disk_bytes);
}

/* "dev" of stat(2) is that of a mount in mountinfo, or it is memory that no mount shows. */
static const char *mount_of_dev(struct parse *p, uint64_t dev)
{
    uint64_t major = ((dev >> 8) & 0xfff) | ((dev >> 32) & ~(uint64_t)0xfff);
    uint64_t minor = (dev & 0xff) | ((dev >> 12) & 0xffffff00);
    const char *want =
        arena_printf(p->arena, "%llu:%llu", (unsigned long long)major, (unsigned long long)minor);
    struct str text = parse_section(p, "proc/self/mountinfo", 1, false), line;

    while (str_line(&text, &line)) {
        parse_word(&line);
        parse_word(&line);
        if (!str_eq_c(parse_word(&line), want))
            continue;
        parse_word(&line);
        return parse_octal(p, parse_word(&line), 1024);
    }
    return NULL;
}

/* "pid dev inode bytes path". A file that many hold counts once, for the first. */
static void read_unlinked(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "unlinked", 1, false), line;

    while (str_line(&text, &line) && s->unlinked.count < 2000) {
        struct host_open_file f = {.rate = NAN, .deleted = true};
        bool seen = false;

        f.pid = (int32_t)(parse_i64(parse_word(&line), 0) & INT32_MAX);
        if (f.pid <= 0 || !num_u64(parse_word(&line), &f.dev) ||
            !num_u64(parse_word(&line), &f.inode))
            continue;
        f.disk_bytes = f.size_bytes = parse_next(&line);
        if (line.len < 2 || line.ptr[1] != '/')
            continue;
        VEC_EACH (o, &s->unlinked)
            seen = seen || (o->dev == f.dev && o->inode == f.inode);
        f.mount = seen ? NULL : mount_of_dev(p, f.dev);
        if (!f.mount)
            continue;
        f.path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
        f.comm = comm_of(s, f.pid);
        *VEC_PUSH(&s->unlinked) = f;
    }
    if (s->unlinked.count)
        qsort(s->unlinked.items, s->unlinked.count, sizeof(*s->unlinked.items), by_disk_bytes);
    if (s->unlinked.count > UNLINKED_MAX)
        s->unlinked.count = UNLINKED_MAX;
}

/* ---- "size mtime path" at both ends ---- */

static bool size_line(struct str line, double *ret_size, struct str *ret_path)
{
    *ret_size = parse_next(&line);
    parse_word(&line);
    if (line.len < 2 || line.ptr[1] != '/')
        return false;
    *ret_path = (struct str){line.ptr + 1, line.len - 1};
    return true;
}

static int by_rate(const void *a, const void *b)
{
    const struct host_log_size *x = a, *y = b;

    if (x->rate != y->rate)
        return x->rate < y->rate ? 1 : -1;
    return strcmp(x->path, y->path);
}

static void read_logs(struct parse *p, struct host_snapshot *s)
{
    struct str before = parse_section(p, "logsizes", 0, false), line, path;
    struct str text = parse_section(p, "logsizes", 1, false);
    double w = p->window_s > 0 ? p->window_s : 1, size, old;
    int left = LOGS_READ_MAX;

    while (left-- > 0 && str_line(&text, &line)) {
        struct str all = before, was, name;
        double grown = 0;

        if (!size_line(line, &size, &path))
            continue;
        while (str_line(&all, &was)) {
            if (size_line(was, &old, &name) && str_eq(name, path))
                grown = size - old;
        }
        if (grown > 0)
            *VEC_PUSH(&s->logs) = (struct host_log_size){
                .path = parse_text(p, path, 1024), .size_bytes = size, .rate = grown / w};
    }
    if (s->logs.count)
        qsort(s->logs.items, s->logs.count, sizeof(*s->logs.items), by_rate);
    if (s->logs.count > LOGS_MAX)
        s->logs.count = LOGS_MAX;
}

/* What the person who looks may not see, and what to do about it. */
static void note_blind(struct parse *p, struct host_snapshot *s)
{
    struct str scan = parse_section(p, "fdscan", 1, false);
    double all = parse_next(&scan);

    s->fds_denied = (int64_t)parse_next(&scan);
    if (s->fds_denied > 0)
        parse_gap(p,
                  arena_printf(p->arena,
                               "open files and sockets of %lld of %.0f processes of "
                               "this machine",
                               (long long)s->fds_denied, all),
                  ERR_DENIED,
                  "they belong to other users: look as root, or with CAP_SYS_PTRACE, to see who "
                  "holds a port or a deleted file");
    if (s->io_unknown > 0)
        parse_gap(p,
                  arena_printf(p->arena, "bytes read and written by %lld process%s",
                               (long long)s->io_unknown, s->io_unknown == 1 ? "" : "es"),
                  ERR_DENIED,
                  "/proc/PID/io of other users' processes needs root; who loads a disk is judged "
                  "by the processes that wait instead");
}

void parse_io(struct parse *p, struct host_snapshot *s)
{
    struct str vmstat = parse_section(p, "proc/vmstat", 1, false);
    struct str mem = parse_section(p, "proc/meminfo", 1, false);

    process_rates(p, s);
    read_written(p, s);
    read_unlinked(p, s);
    read_logs(p, s);
    note_blind(p, s);
    s->mem_writeback = parse_field(mem, "Writeback") * 1024;
    s->dirty_threshold = parse_field(vmstat, "nr_dirty_threshold") * p->page_bytes;
}

/* ---- one process: HOST_FILES ---- */

static void sum_io(struct str text, double out[4])
{
    struct io_line io;
    struct str line;

    for (int i = 0; i < 4; i++)
        out[i] = NAN;
    while (str_line(&text, &line)) {
        if (!io_line(line, &io))
            continue;
        for (int i = 0; i < 4; i++)
            out[i] = isnan(out[i]) ? 0 : out[i];
        out[0] += io.read;
        out[1] += io.write;
        out[2] += io.wrote;
        out[3] += io.calls;
    }
}

static int by_file_rate(const void *a, const void *b)
{
    const struct host_open_file *x = a, *y = b;
    double r = isnan(x->rate) ? 0 : x->rate, q = isnan(y->rate) ? 0 : y->rate;

    if (r != q)
        return r < q ? 1 : -1;
    return (x->size_bytes < y->size_bytes) - (x->size_bytes > y->size_bytes);
}

static void read_files(struct parse *p, struct host_files *ret)
{
    struct str before = parse_section(p, "written", 0, false), line;
    struct str text = parse_section(p, "written", 1, true);
    struct host_open_file f, was;

    while (str_line(&text, &line) && ret->files.count < WRITTEN_MAX) {
        struct str all = before, old;

        if (!file_line(p, line, &f)) {
            if (str_starts(line, "denied "))
                parse_gap(p, arena_printf(p->arena, "open files of process %d", ret->pid),
                          ERR_DENIED, "it belongs to another user: look as root");
            continue;
        }
        while (str_line(&all, &old)) {
            if (file_line(p, old, &was) && was.dev == f.dev && was.inode == f.inode &&
                p->window_s > 0)
                f.rate = (f.size_bytes - was.size_bytes) / p->window_s;
        }
        if (isnan(f.rate) && p->window_s > 0)
            f.rate = f.size_bytes / p->window_s; /* it was made meanwhile */
        *VEC_PUSH(&ret->files) = f;
    }
    if (ret->files.count)
        qsort(ret->files.items, ret->files.count, sizeof(*ret->files.items), by_file_rate);
}

enum err_code host_files_parse(struct host_files *ret, struct arena *arena, struct str bundle,
                               struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    double a[4], b[4];
    enum err_code rc;

    *ret = (struct host_files){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    ret->window_s = p.window_s;
    ret->pid = (int32_t)(parse_i64(str_trim(parse_section(&p, "pid", 1, true)), 0) & INT32_MAX);
    ret->comm = parse_text(&p, str_trim(parse_section(&p, "comm", 1, false)), 64);
    ret->wchan = parse_text(&p, str_trim(parse_section(&p, "wchan", 1, false)), 64);
    ret->cmdline = parse_cmdline(&p, parse_section(&p, "cmdline", 1, false));
    sum_io(parse_section(&p, "procio", 0, false), a);
    sum_io(parse_section(&p, "procio", 1, false), b);
    for (int i = 0; i < 4; i++)
        b[i] = p.window_s > 0 ? fmax(0, b[i] - a[i]) / p.window_s : NAN;
    ret->read_bps = b[0];
    ret->write_bps = b[1];
    ret->wrote_bps = b[2];
    ret->write_calls = b[3];
    if (isnan(a[0]))
        ret->read_bps = ret->write_bps = ret->wrote_bps = ret->write_calls = NAN;
    read_files(&p, ret);
    if (!p.bundle.complete)
        parse_gap(&p, "files", ERR_TIMEOUT, "the collection was cut");
done:
    parse_end(&p);
    return rc;
}

void host_files_release(struct host_files *f)
{
    VEC_RELEASE(&f->files);
    VEC_RELEASE(&f->gaps);
}

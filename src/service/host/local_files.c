/* local_files.c - walks over files: the largest of a mount, and what changed.
 * A walk never leaves its filesystem, follows no link, and ends at its deadline or its count. A
 * name with a line feed is passed over (the format has one file a line) but its bytes are counted.
 */
#include "collect_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define WALK_DEPTH 64
#define WALK_ENTRIES 4000000
#define TOP_FILES 200
#define CHANGED_MAX 2000
#define OPEN_FDS 400000

struct walk {
    struct local *l;
    dev_t dev;
    int depth_max;
    int64_t left;
    int64_t deadline_ms; /* 0: that of the collection */
    bool partial;
    int64_t denied; /* folders that may not be opened */
    void (*file)(struct walk *w, const char *path, const struct stat *st);
    void *ctx;
};

static bool stop(struct walk *w)
{
    int64_t until_ms = w->l->deadline_ms;

    if (w->deadline_ms && w->deadline_ms < until_ms)
        until_ms = w->deadline_ms;
    if (w->left > 0 && ((w->left & 255) || local_now_ms() < until_ms))
        return false;
    w->partial = true;
    return true;
}

static void walk_dir(struct walk *w, int fd, struct buf *path, int depth);

static void walk_entry(struct walk *w, int fd, const char *name, struct buf *path, int depth)
{
    size_t len = path->len;
    struct stat st;

    w->left--;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_dev != w->dev)
        return;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return;
    if (!buf_addf(path, "%s%s", path->len && path->ptr[path->len - 1] == '/' ? "" : "/", name))
        return;
    if (S_ISREG(st.st_mode)) {
        w->file(w, buf_cstr(path), &st);
    } else if (depth < w->depth_max) {
        int sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (sub >= 0)
            walk_dir(w, sub, path, depth + 1);
        else
            w->denied += errno == EACCES;
    }
    buf_truncate(path, len);
}

/* Takes over fd. */
static void walk_dir(struct walk *w, int fd, struct buf *path, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *de;

    if (!dir) {
        close(fd);
        return;
    }
    while (!stop(w) && (de = readdir(dir)) != NULL) {
        if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
            walk_entry(w, fd, de->d_name, path, depth);
    }
    closedir(dir);
}

/* `path` is absolute, below the root option. False with errno when it cannot be opened. */
static bool walk_start(struct walk *w, const char *path)
{
    int fd = local_open(w->l, path[0] == '/' ? path + 1 : path, O_RDONLY | O_DIRECTORY);
    struct buf name = BUF_INIT(4096);
    struct stat st;

    if (fd < 0)
        return false;
    if (fstat(fd, &st)) {
        close(fd);
        return false;
    }
    w->dev = st.st_dev;
    w->left = w->left ? w->left : WALK_ENTRIES;
    buf_adds(&name, path);
    walk_dir(w, fd, &name, 0);
    buf_release(&name);
    return true;
}

/* ---- the largest files ---- */

struct top_file {
    char *path;
    struct stat st;
};
struct disk_walk {
    struct top_file top[TOP_FILES]; /* smallest at `low` once full */
    size_t count, low;
    int64_t min_bytes;
    double seen, bytes;
};

static void find_low(struct disk_walk *d)
{
    d->low = 0;
    for (size_t i = 1; i < d->count; i++) {
        if (d->top[i].st.st_blocks < d->top[d->low].st.st_blocks)
            d->low = i;
    }
}

static void disk_file(struct walk *w, const char *path, const struct stat *st)
{
    struct disk_walk *d = w->ctx;
    struct top_file *slot;

    d->seen++;
    d->bytes += (double)st->st_blocks * 512;
    if ((int64_t)st->st_blocks * 512 < d->min_bytes || strchr(path, '\n'))
        return;
    if (d->count < TOP_FILES) {
        slot = &d->top[d->count++];
    } else {
        slot = &d->top[d->low];
        if (slot->st.st_blocks >= st->st_blocks)
            return;
        free(slot->path);
    }
    slot->path = xstrdup(path);
    slot->st = *st;
    if (d->count == TOP_FILES)
        find_low(d);
}

static void file_row(struct local *l, const struct stat *st, const char *path)
{
    buf_addf(&l->out, "%llu %llu %lld %lld %lld %lu %s\n", (unsigned long long)st->st_dev,
             (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_blocks,
             (long long)st->st_mtim.tv_sec, (unsigned long)st->st_nlink, path);
}

struct open_scan {
    struct local *l;
    dev_t dev;
    const struct disk_walk *d;
    struct buf open, deleted, comms;
    int left;
};

static bool is_top(const struct disk_walk *d, ino_t inode)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->top[i].st.st_ino == inode)
            return true;
    }
    return false;
}

static void open_fd(struct open_scan *sc, int dir_fd, const char *name, int32_t pid)
{
    char target[4096];
    struct stat st;
    ssize_t n;

    if (fstatat(dir_fd, name, &st, 0) || !S_ISREG(st.st_mode) || st.st_dev != sc->dev)
        return;
    if (st.st_nlink && !is_top(sc->d, st.st_ino))
        return;
    if (!st.st_nlink && (int64_t)st.st_blocks * 512 < sc->d->min_bytes)
        return;
    buf_addf(&sc->open, "%llu %llu %lld %lld %lld %lu /proc/%d/fd/%s\n",
             (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, (long long)st.st_size,
             (long long)st.st_blocks, (long long)st.st_mtim.tv_sec, (unsigned long)st.st_nlink, pid,
             name);
    n = readlinkat(dir_fd, name, target, sizeof(target));
    if (!st.st_nlink && n > 0 && !memchr(target, '\n', (size_t)n))
        buf_addf(&sc->deleted, "%llu %llu %.*s\n", (unsigned long long)st.st_dev,
                 (unsigned long long)st.st_ino, (int)n, target);
}

static void open_comm(struct open_scan *sc, int proc_fd, int32_t pid)
{
    struct err err = ERR_INIT;
    char path[24];
    struct str comm;

    snprintf(path, sizeof(path), "%d/comm", pid);
    buf_clear(&sc->l->scratch);
    if (file_read_at(proc_fd, path, &sc->l->scratch, &err))
        return;
    comm = buf_str(&sc->l->scratch);
    if (comm.len && comm.ptr[comm.len - 1] == '\n')
        comm.len--;
    if (comm.len && !memchr(comm.ptr, '\n', comm.len))
        buf_addf(&sc->comms, "%d %.*s\n", pid, STR_FMT(comm));
}

static bool open_pid(void *ctx, int proc_fd, int32_t pid)
{
    struct open_scan *sc = ctx;
    size_t before = sc->open.len;
    struct dirent *de;
    char path[24];
    DIR *dir;
    int fd;

    snprintf(path, sizeof(path), "%d/fd", pid);
    fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    while (sc->left-- > 0 && (de = readdir(dir)) != NULL) {
        if (de->d_name[0] != '.')
            open_fd(sc, fd, de->d_name, pid);
    }
    closedir(dir);
    if (sc->open.len != before)
        open_comm(sc, proc_fd, pid);
    return sc->left > 0;
}

static void open_files(struct local *l, const struct disk_walk *d, dev_t dev)
{
    struct open_scan sc = {.l = l, .dev = dev, .d = d, .left = OPEN_FDS};

    sc.open.max = sc.deleted.max = sc.comms.max = (size_t)1 << 20;
    local_each_pid(l, open_pid, &sc);
    local_section(l, "open", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.open));
    local_section(l, "deleted", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.deleted));
    local_section(l, "comms", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.comms));
    buf_release(&sc.open);
    buf_release(&sc.deleted);
    buf_release(&sc.comms);
}

static void disk_statfs(struct local *l)
{
    struct statvfs v;
    int rc = statvfs(l->req.path, &v);

    local_section(l, "path", 1, ERR_OK);
    buf_adds(&l->out, l->req.path);
    local_section(l, "statfs", 1, rc ? ERR_NOT_FOUND : ERR_OK);
    if (!rc)
        buf_addf(&l->out, "- %llu %llu %llu %lu %llu %llu", (unsigned long long)v.f_blocks,
                 (unsigned long long)v.f_bfree, (unsigned long long)v.f_bavail, v.f_frsize,
                 (unsigned long long)v.f_files, (unsigned long long)v.f_ffree);
}

void local_disk(struct local *l)
{
    struct disk_walk *d = xcalloc(1, sizeof(*d));
    struct walk w = {.l = l, .depth_max = WALK_DEPTH, .file = disk_file, .ctx = d};
    int64_t deadline_ms = l->deadline_ms;
    bool opened;

    d->min_bytes = l->req.min_bytes;
    local_conf(l);
    disk_statfs(l);
    w.deadline_ms =
        deadline_ms - (deadline_ms - local_now_ms()) / 4; /* the rest: who holds them open */
    opened = walk_start(&w, l->req.path);
    local_section(l, "files", 1, opened ? ERR_OK : errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
    for (size_t i = 0; i < d->count; i++)
        file_row(l, &d->top[i].st, d->top[i].path);
    local_section(l, "walk", 1, ERR_OK);
    buf_addf(&l->out, "%.0f %.0f %s %lld", d->seen, d->bytes, w.partial ? "partial" : "whole",
             (long long)w.denied);
    if (opened)
        open_files(l, d, w.dev);
    for (size_t i = 0; i < d->count; i++)
        free(d->top[i].path);
    free(d);
}

/* ---- what changed ---- */

struct change_walk {
    time_t since;
    int left;
};

static void changed_file(struct walk *w, const char *path, const struct stat *st)
{
    struct change_walk *c = w->ctx;

    if (st->st_mtim.tv_sec < c->since || c->left <= 0 || strchr(path, '\n'))
        return;
    c->left--;
    buf_addf(&w->l->out, "%lld %s\n", (long long)st->st_mtim.tv_sec, path);
}

static void changed_below(struct local *l, const char *path, int depth)
{
    struct change_walk c = {.since = time(NULL) - (time_t)(l->req.since_ms / 1000),
                            .left = CHANGED_MAX};
    struct walk w = {.l = l, .depth_max = depth, .left = 200000, .file = changed_file, .ctx = &c};

    walk_start(&w, path);
}

void local_changes(struct local *l)
{
    static const char *const deploy[] = {"/opt", "/srv", "/usr/local", "/var/www"};
    time_t now = time(NULL);
    struct tm tm;

    local_conf(l);
    local_section(l, "tz", 1, ERR_OK);
    buf_addf(&l->out, "%ld", localtime_r(&now, &tm) ? tm.tm_gmtoff : 0L);
    local_tail(l, "dpkg", "var/log/dpkg.log", (size_t)512 << 10);
    local_section(l, "etc", 1, ERR_OK);
    changed_below(l, "/etc", 8);
    local_section(l, "deploy", 1, ERR_OK);
    for (size_t i = 0; i < sizeof(deploy) / sizeof(*deploy); i++)
        changed_below(l, deploy[i], 5);
}

/* ---- for others ---- */

struct each_file {
    local_file_fn *fn;
    void *ctx;
};

static void pass_file(struct walk *w, const char *path, const struct stat *st)
{
    const struct each_file *e = w->ctx;

    e->fn(e->ctx, path, st);
}

void local_each_file(struct local *l, const char *path, int depth, local_file_fn *fn, void *ctx)
{
    struct each_file e = {fn, ctx};
    struct walk w = {.l = l, .depth_max = depth, .left = 20000, .file = pass_file, .ctx = &e};

    walk_start(&w, path);
}

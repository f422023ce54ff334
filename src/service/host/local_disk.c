/* local_disk.c - who fills a filesystem of this machine: its largest files and folders, and the
 * processes that are at work in them. A name with a line feed is passed over (the format has one
 * file a line) but its bytes are counted. */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"

#define WALK_DEPTH 64
#define TOP_FILES 200
#define TOP_DIRS 64
#define OPEN_FDS 400000

/* ---- the largest files ---- */

struct top_file {
    char *path;
    struct stat st;
};
struct top_dir {
    char *path;
    struct walk_sum own, all;
    double key; /* what it is kept for */
};
struct top_dirs {
    struct top_dir items[TOP_DIRS];
    size_t count;
};
/* Files that are being written: they may be small still, and grow. */
#define RECENT_S 60
#define RECENT_MIN (64 << 10)
#define RECENT_FILES 40

struct disk_walk {
    struct top_file recent[RECENT_FILES];
    size_t recent_count;
    time_t now;
    struct top_file top[TOP_FILES]; /* smallest at `low` once full */
    size_t count, low;
    struct top_dirs by_bytes, by_entries;
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
    if (strchr(path, '\n'))
        return;
    if (st->st_mtim.tv_sec >= d->now - RECENT_S && st->st_size >= RECENT_MIN &&
        st->st_blocks * 512 < d->min_bytes && d->recent_count < RECENT_FILES)
        d->recent[d->recent_count++] = (struct top_file){xstrdup(path), *st};
    if ((int64_t)st->st_blocks * 512 < d->min_bytes)
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

static void keep_dir(struct top_dirs *t, double key, const char *path, const struct walk_sum *own,
                     const struct walk_sum *all)
{
    struct top_dir *slot = t->items;

    if (t->count < TOP_DIRS) {
        slot = &t->items[t->count++];
    } else {
        for (size_t i = 1; i < t->count; i++)
            slot = t->items[i].key < slot->key ? &t->items[i] : slot;
        if (slot->key >= key)
            return;
        free(slot->path);
    }
    *slot = (struct top_dir){xstrdup(path), *own, *all, key};
}

static void disk_dir(struct walk *w, const char *path, const struct walk_sum *own,
                     const struct walk_sum *all)
{
    struct disk_walk *d = w->ctx;

    if (strchr(path, '\n'))
        return;
    keep_dir(&d->by_bytes, all->bytes, path, own, all);
    keep_dir(&d->by_entries, all->entries, path, own, all);
}

/* The deepest folder that holds half of what was seen: where the trouble is. */
static const char *focus(const struct top_dirs *t, double whole)
{
    const char *best = NULL;

    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i].key >= whole / 2 && (!best || strlen(t->items[i].path) > strlen(best)))
            best = t->items[i].path;
    }
    return best && strcmp(best, "/") != 0 ? best : NULL;
}

static double whole_of(const struct top_dirs *t)
{
    double most = 0;

    for (size_t i = 0; i < t->count; i++)
        most = t->items[i].key > most ? t->items[i].key : most;
    return most;
}

/* "bytes files entries own-entries newest uid path" */
static void dir_rows(struct local *l, const struct top_dirs *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct top_dir *d = &t->items[i];

        buf_addf(&l->out, "%.0f %.0f %.0f %.0f %lld %lld %s\n", d->all.bytes, d->all.files,
                 d->all.entries, d->own.entries, (long long)d->all.newest_s, (long long)d->all.uid,
                 d->path);
    }
}

static void free_dirs(struct top_dirs *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->items[i].path);
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
    struct buf open, deleted, near, comms;
    const char *focus[2]; /* folders of interest, or NULL */
    bool near_wanted;     /* of this process; the walk itself is not at work there */
    int left, seen, denied;
};

static bool is_top(const struct disk_walk *d, ino_t inode)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->top[i].st.st_ino == inode)
            return true;
    }
    for (size_t i = 0; i < d->recent_count; i++) {
        if (d->recent[i].st.st_ino == inode)
            return true;
    }
    return false;
}

/* "pid how path": who is at work in a folder of interest. */
static void near_path(struct open_scan *sc, int32_t pid, const char *how, const char *path)
{
    for (int i = 0; i < 2; i++) {
        size_t len = sc->focus[i] ? strlen(sc->focus[i]) : 0;

        if (len && strncmp(path, sc->focus[i], len) == 0 && (!path[len] || path[len] == '/') &&
            !strchr(path, '\n')) {
            buf_addf(&sc->near, "%d %s %s\n", pid, how, path);
            return;
        }
    }
}

static void near_link(struct open_scan *sc, int dir_fd, const char *name, int32_t pid,
                      const char *how)
{
    char target[4096];
    ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);

    if (n <= 0)
        return;
    target[n] = '\0';
    near_path(sc, pid, how, target);
}

/* Its working folder, and its arguments. */
static void near_process(struct open_scan *sc, int proc_fd, int32_t pid)
{
    struct err err = ERR_INIT;
    struct str rest, arg;
    char path[24];

    snprintf(path, sizeof(path), "%d/cwd", pid);
    near_link(sc, proc_fd, path, pid, "cwd");
    snprintf(path, sizeof(path), "%d/cmdline", pid);
    buf_clear(&sc->l->scratch);
    if (file_read_at(proc_fd, path, &sc->l->scratch, &err))
        return;
    rest = buf_str(&sc->l->scratch);
    while (str_split(&rest, '\0', &arg)) {
        char *text = xstrndup(arg.ptr, arg.len < 4096 ? arg.len : 4096);

        near_path(sc, pid, "arg", text);
        free(text);
    }
}

static void open_fd(struct open_scan *sc, int dir_fd, const char *name, int32_t pid)
{
    char target[4096];
    struct stat st;
    ssize_t n;

    if (sc->near_wanted)
        near_link(sc, dir_fd, name, pid, "file");

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
    size_t before = sc->open.len, near = sc->near.len;
    struct dirent *de;
    char path[24];
    DIR *dir;
    int fd;

    sc->near_wanted = pid != getpid() && (sc->focus[0] || sc->focus[1]);
    if (sc->near_wanted)
        near_process(sc, proc_fd, pid);
    snprintf(path, sizeof(path), "%d/fd", pid);
    fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    sc->seen++;
    sc->denied += fd < 0 && errno == EACCES;
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir) {
        while (sc->left-- > 0 && (de = readdir(dir)) != NULL) {
            if (de->d_name[0] != '.')
                open_fd(sc, fd, de->d_name, pid);
        }
        closedir(dir);
    } else if (fd >= 0) {
        close(fd);
    }
    if (sc->open.len != before || sc->near.len != near)
        open_comm(sc, proc_fd, pid);
    return sc->left > 0;
}

static void open_files(struct local *l, const struct disk_walk *d, dev_t dev)
{
    struct open_scan sc = {.l = l, .dev = dev, .d = d, .left = OPEN_FDS};

    sc.focus[0] = focus(&d->by_bytes, whole_of(&d->by_bytes));
    sc.focus[1] = focus(&d->by_entries, whole_of(&d->by_entries));
    sc.open.max = sc.deleted.max = sc.near.max = sc.comms.max = (size_t)1 << 20;
    local_each_pid(l, open_pid, &sc);
    local_section(l, "open", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.open));
    local_section(l, "deleted", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.deleted));
    local_section(l, "near", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.near));
    local_section(l, "fdscan", 1, ERR_OK);
    buf_addf(&l->out, "%d %d %s", sc.seen, sc.denied, sc.left > 0 ? "whole" : "cut");
    local_section(l, "comms", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.comms));
    buf_release(&sc.open);
    buf_release(&sc.deleted);
    buf_release(&sc.near);
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
    struct walk w = {.l = l, .depth_max = WALK_DEPTH, .file = disk_file, .dir = disk_dir, .ctx = d};
    int64_t deadline_ms = l->deadline_ms;
    bool opened;

    d->min_bytes = l->req.min_bytes;
    d->now = time(NULL);
    local_conf(l);
    disk_statfs(l);
    w.deadline_ms =
        deadline_ms - (deadline_ms - local_now_ms()) / 4; /* the rest: who holds them open */
    opened = walk_start(&w, l->req.path);
    local_section(l, "files", 1, opened ? ERR_OK : errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
    for (size_t i = 0; i < d->count; i++)
        file_row(l, &d->top[i].st, d->top[i].path);
    for (size_t i = 0; i < d->recent_count; i++)
        file_row(l, &d->recent[i].st, d->recent[i].path);
    local_section(l, "dirs", 1, ERR_OK);
    dir_rows(l, &d->by_bytes);
    dir_rows(l, &d->by_entries);
    local_section(l, "walk", 1, ERR_OK);
    buf_addf(&l->out, "%.0f %.0f %s %lld", d->seen, d->bytes, w.partial ? "partial" : "whole",
             (long long)w.denied);
    if (opened)
        open_files(l, d, w.dev);
    for (size_t i = 0; i < d->count; i++)
        free(d->top[i].path);
    for (size_t i = 0; i < d->recent_count; i++)
        free(d->recent[i].path);
    free_dirs(&d->by_bytes);
    free_dirs(&d->by_entries);
    free(d);
}

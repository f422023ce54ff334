/* walk.c - see walk.h. */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

/* What the kernel knows without asking a server: a folder may be the mount of one that is silent,
 * and stat() of it would never come back. */
static bool walk_stat(int fd, const char *name, struct stat *st)
{
    struct statx x;

    if (statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
              STATX_BASIC_STATS, &x))
        return errno == ENOSYS && fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
    *st = (struct stat){.st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
                        .st_ino = x.stx_ino,
                        .st_mode = x.stx_mode,
                        .st_nlink = x.stx_nlink,
                        .st_uid = x.stx_uid,
                        .st_size = (off_t)x.stx_size,
                        .st_blocks = (blkcnt_t)x.stx_blocks,
                        .st_mtim = {.tv_sec = x.stx_mtime.tv_sec, .tv_nsec = x.stx_mtime.tv_nsec}};
    return true;
}

static void sum_add(struct walk_sum *to, const struct walk_sum *from)
{
    to->entries += from->entries;
    to->files += from->files;
    to->bytes += from->bytes;
    if (from->files > 0 && from->newest_s >= to->newest_s) {
        to->newest_s = from->newest_s;
        to->uid = from->uid;
    }
}

static void walk_dir(struct walk *w, int fd, struct buf *path, int depth, struct walk_sum *up);

static void walk_entry(struct walk *w, int fd, const char *name, struct buf *path, int depth,
                       struct walk_sum *own, struct walk_sum *all)
{
    size_t len = path->len;
    struct stat st;

    w->left--;
    own->entries++;
    if (!walk_stat(fd, name, &st) || st.st_dev != w->dev)
        return;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return;
    if (!buf_addf(path, "%s%s", path->len && path->ptr[path->len - 1] == '/' ? "" : "/", name))
        return;
    if (S_ISREG(st.st_mode)) {
        sum_add(own, &(struct walk_sum){.files = 1,
                                        .bytes = (double)st.st_blocks * 512,
                                        .newest_s = st.st_mtim.tv_sec,
                                        .uid = st.st_uid});
        w->file(w, buf_cstr(path), &st);
    } else if (depth < w->depth_max) {
        int sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        own->bytes += (double)st.st_blocks * 512;
        if (sub >= 0)
            walk_dir(w, sub, path, depth + 1, all);
        else
            w->denied += errno == EACCES && strcmp(name, "lost+found") != 0;
    }
    buf_truncate(path, len);
}

/* Takes over fd; adds what is in it and below to *up. */
static void walk_dir(struct walk *w, int fd, struct buf *path, int depth, struct walk_sum *up)
{
    struct walk_sum own = {0}, all = {0};
    DIR *dir = fdopendir(fd);
    struct dirent *de;

    if (!dir) {
        close(fd);
        return;
    }
    while (!stop(w) && (de = readdir(dir)) != NULL) {
        if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
            walk_entry(w, fd, de->d_name, path, depth, &own, &all);
    }
    closedir(dir);
    sum_add(&all, &own);
    if (w->dir)
        w->dir(w, buf_cstr(path), &own, &all);
    sum_add(up, &all);
}

bool walk_start(struct walk *w, const char *path)
{
    int fd = local_open(w->l, path[0] == '/' ? path + 1 : path, O_RDONLY | O_DIRECTORY);
    struct buf name = BUF_INIT(4096);
    struct walk_sum sum = {0};
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
    walk_dir(w, fd, &name, 0, &sum);
    buf_release(&name);
    return true;
}

/* ---- for those who want nothing but the files ---- */

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

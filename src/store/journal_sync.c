/* journal_sync.c - getting a journal to the disk: fsync on a worker, those who wait for it, and
 * trying again when writing or syncing failed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"

#define SYNC_EVERY_MS 100
#define RETRY_EVERY_MS 1000
#define TAIL_KEEP ((size_t)1 << 20) /* a larger, empty tail gives its memory back */

static void on_retry(void *ctx);

/* ---- errors, and telling those who wait ---- */

void journal_tell(void *ctx)
{
    struct journal *j = ctx;
    struct err e = j->error;
    __typeof__(j->failed) told = j->failed;

    j->tell_timer = 0;
    memset(&j->failed, 0, sizeof(j->failed));
    if (!e.code) /* written again meanwhile, but not yet known to be on disk */
        err_set(&e, ERR_AGAIN, "%s could not be written at first", j->path);
    VEC_EACH (w, &told)
        w->fn(w->ctx, &e);
    VEC_RELEASE(&told);
}

void journal_fail(struct journal *j, enum trouble t, const struct err *e)
{
    if (!j->error.code)
        LOG(LOG_STORE, "journal %s: %s", j->id, e->msg);
    j->error = *e;
    j->trouble = t;
    VEC_EACH (w, &j->waiters)
        *VEC_PUSH(&j->failed) = *w;
    j->waiters.count = 0;
    if (j->failed.count && !j->tell_timer)
        j->tell_timer = loop_timer(j->loop, 0, journal_tell, j);
    if (!j->retry_timer)
        j->retry_timer = loop_timer(j->loop, RETRY_EVERY_MS, on_retry, j);
}

/* ---- fsync ---- */

/* On a worker. */
static void sync_work(void *ctx)
{
    struct sync_job *s = ctx;
    struct stat mine, there;
    struct err err;

    if (FAULT_POINT("journal.fsync")) {
        s->errnum = EIO;
        return;
    }
    if (fdatasync(s->fd) || fstat(s->fd, &mine)) {
        s->errnum = errno;
        return;
    }
    s->size_bytes = (uint64_t)mine.st_size;
    if (lstat(s->path, &there))
        s->gone = errno == ENOENT || errno == ENOTDIR;
    else
        s->replaced = there.st_ino != mine.st_ino || there.st_dev != mine.st_dev;
    if (!s->gone && s->sync_dir && dir_sync(s->dir, &err))
        s->errnum = EIO;
}

static void forget_synced(struct journal *j, uint64_t upto)
{
    if (upto > j->synced) {
        buf_cut(&j->tail, 0, (size_t)(upto - j->synced));
        j->synced = upto;
    }
    if (j->tail.len == 0 && j->tail.cap > TAIL_KEEP)
        buf_release(&j->tail);
}

/* Everything up to `upto` is on disk. The callbacks may do anything, so they run last. */
static void synced_upto(struct journal *j, uint64_t upto)
{
    VEC(struct waiter) ready = {0};
    size_t n = 0;

    forget_synced(j, upto);
    while (n < j->waiters.count && j->waiters.items[n].end <= upto)
        *VEC_PUSH(&ready) = j->waiters.items[n++];
    if (n) {
        j->waiters.count -= n;
        memmove(j->waiters.items, j->waiters.items + n, j->waiters.count * sizeof(struct waiter));
    }
    VEC_EACH (w, &ready)
        w->fn(w->ctx, &(struct err)ERR_INIT);
    VEC_RELEASE(&ready);
}

/* Judge what the worker saw. */
static enum trouble sync_trouble(const struct journal *j, struct err *err)
{
    const struct sync_job *s = &j->sync;

    if (s->errnum) {
        err_errno(err, s->errnum, "sync %s", j->path);
        return TROUBLE_SYNC;
    }
    if (s->replaced) {
        err_set(err, ERR_IO, "%s was replaced by another program", j->path);
        return TROUBLE_FOREIGN;
    }
    if (s->gone) {
        err_set(err, ERR_IO, "%s was deleted by another program", j->path);
        return TROUBLE_GONE;
    }
    if (s->size_bytes < s->from) {
        err_set(err, ERR_IO, "%s was cut from %llu to %llu bytes by another program", j->path,
                (unsigned long long)s->upto, (unsigned long long)s->size_bytes);
        return TROUBLE_FOREIGN;
    }
    if (s->size_bytes < s->upto) { /* what was cut off is still in memory */
        err_set(err, ERR_IO, "%s was cut by another program", j->path);
        return TROUBLE_SYNC;
    }
    return TROUBLE_NONE;
}

static enum err_code restore(struct journal *j, struct err *err);

static void sync_done(void *ctx, bool canceled)
{
    struct sync_job *s = ctx;
    struct journal *j = (struct journal *)((char *)s - offsetof(struct journal, sync));
    enum trouble t;
    struct err err;

    s->id = 0;
    if (canceled) {
        journal_schedule_sync(j);
        return;
    }
    t = sync_trouble(j, &err);
    if (t == TROUBLE_GONE && restore(j, &err) == ERR_OK) {
        t = TROUBLE_NONE;
        s->upto = j->written;
    }
    if (t) {
        journal_fail(j, t, &err);
        return;
    }
    j->dir_synced = true;
    journal_schedule_sync(j);
    synced_upto(j, s->upto);
}

static bool nothing_to_sync(const struct journal *j)
{
    return j->written == j->synced && j->waiters.count == 0;
}

static void start_sync(struct journal *j)
{
    if (j->sync.id || j->trouble || nothing_to_sync(j))
        return;
    j->sync = (struct sync_job){.fd = j->fd,
                                .from = j->synced,
                                .upto = j->written,
                                .path = j->path,
                                .dir = j->dir,
                                .sync_dir = !j->dir_synced};
    j->sync.id = loop_job(j->loop, sync_work, sync_done, &j->sync);
}

static void on_sync_timer(void *ctx)
{
    struct journal *j = ctx;

    j->sync_timer = 0;
    start_sync(j);
}

/* At once when somebody waits, else within SYNC_EVERY_MS; not while one runs or the disk fails. */
void journal_schedule_sync(struct journal *j)
{
    int64_t now_ms, due_ms;
    bool hurry = j->waiters.count > 0;

    if (j->sync.id || j->trouble || nothing_to_sync(j))
        return;
    if (j->sync_timer && !hurry)
        return;
    now_ms = loop_now_ms(j->loop);
    due_ms = now_ms + (hurry ? 0 : SYNC_EVERY_MS);
    if (j->sync_timer && j->sync_due_ms <= due_ms)
        return;
    if (j->sync_timer)
        loop_timer_cancel(j->loop, j->sync_timer);
    j->sync_due_ms = due_ms;
    j->sync_timer = loop_timer(j->loop, due_ms - now_ms, on_sync_timer, j);
}

/* So much is unsynced that memory would grow: the caller waits for the disk. */
void journal_sync_now(struct journal *j)
{
    struct err err;

    if (fdatasync(j->fd)) {
        err_errno(&err, errno, "sync %s", j->path);
        journal_fail(j, TROUBLE_SYNC, &err);
        return;
    }
    forget_synced(j, j->written); /* those who wait are told by a job, never inside an append */
}

/* ---- trying again ---- */

static enum err_code copy_old(struct journal *j, int to, struct err *err)
{
    struct buf piece = BUF_INIT((size_t)1 << 20);
    enum err_code rc = ERR_OK;

    for (uint64_t at = 0; !rc && at < j->synced;) {
        size_t want = j->synced - at < piece.max ? (size_t)(j->synced - at) : piece.max;
        ssize_t n = pread(j->fd, buf_reserve(&piece, want), want, (off_t)at);

        if (n <= 0) {
            rc = err_errno(err, n < 0 ? errno : EIO, "read %s again", j->path);
            break;
        }
        rc = fd_write_all(to, (struct str){piece.ptr, (size_t)n}, err);
        at += (uint64_t)n;
    }
    buf_release(&piece);
    return rc;
}

/* The whole journal into a new file at `path`, fsynced; its descriptor is locked. */
enum err_code journal_write_whole(struct journal *j, const char *dir, const char *path, int *ret_fd,
                                  struct err *err)
{
    enum err_code rc;
    int fd;

    if (dir_make(dir, err) || journal_open_file(path, O_CREAT | O_EXCL, &fd, err))
        return err->code;
    rc = copy_old(j, fd, err);
    if (!rc)
        rc = fd_write_all(fd, buf_str(&j->tail), err);
    if (!rc && fsync(fd))
        rc = err_errno(err, errno, "sync %s", path);
    if (!rc)
        rc = dir_sync(dir, err);
    if (rc) {
        unlink(path);
        close(fd);
        return err_wrap(err, "write %s again", path);
    }
    *ret_fd = fd;
    return ERR_OK;
}

static enum err_code restore(struct journal *j, struct err *err)
{
    int fd;

    if (journal_write_whole(j, j->dir, j->path, &fd, err))
        return err->code;
    flock(j->fd, LOCK_UN);
    close(j->fd);
    j->fd = fd;
    j->written = journal_end(j);
    j->dir_synced = true;
    return ERR_OK;
}

/* One more try to get everything into the file. */
enum trouble journal_try_again(struct journal *j, struct err *err)
{
    enum trouble t = TROUBLE_NONE;

    switch (j->trouble) {
    case TROUBLE_NONE:
    case TROUBLE_WRITE:
        t = journal_write_pending(j, err);
        break;
    case TROUBLE_SYNC:
        j->written = j->synced; /* the same bytes over the same bytes */
        t = journal_write_unchecked(j, err);
        break;
    case TROUBLE_GONE:
        t = restore(j, err) ? TROUBLE_GONE : TROUBLE_NONE;
        break;
    case TROUBLE_FOREIGN:
        *err = j->error;
        t = TROUBLE_FOREIGN;
        break;
    }
    if (!t)
        err_clear(&j->error);
    j->trouble = t;
    return t;
}

static void on_retry(void *ctx)
{
    struct journal *j = ctx;
    struct err err;

    loop_timer_cancel(j->loop, j->retry_timer);
    j->retry_timer = 0;
    if (j->trouble == TROUBLE_FOREIGN)
        return; /* nothing of ours can heal it; journal_close() writes elsewhere */
    if (journal_try_again(j, &err))
        journal_fail(j, j->trouble, &err);
    else
        journal_schedule_sync(j);
}

enum err_code journal_sync_all(struct journal *j, struct err *err)
{
    j->sync = (struct sync_job){.fd = j->fd,
                                .from = j->synced,
                                .upto = j->written,
                                .path = j->path,
                                .dir = j->dir,
                                .sync_dir = !j->dir_synced};
    sync_work(&j->sync);
    j->trouble = sync_trouble(j, err);
    if (!j->trouble)
        return ERR_OK;
    if (j->trouble == TROUBLE_GONE && !restore(j, err))
        return ERR_OK;
    return err->code;
}

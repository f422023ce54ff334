/* journal.c - the one writer of a journal.
 * `tail` holds every byte that is not known to be on disk: [synced, written) stands in the file,
 * [written, synced + tail.len) could not be written yet. So a failed fsync, whose pages the kernel
 * has dropped by then, is answered by writing the same bytes again. Invariant: the file never holds
 * a part of a line for longer than one call; a short write is cut back to the last whole line.
 * Source: fsync(2), and "Can Applications Recover from fsync Failures?", USENIX ATC 2020. */
#include "runbook/store/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define SYNC_EVERY_MS 100
#define RETRY_EVERY_MS 1000
#define UNSYNCED_MAX ((size_t)64 << 20) /* beyond it an append waits for the disk */
#define TAIL_KEEP ((size_t)1 << 20)     /* a larger, empty tail gives its memory back */
#define NAME_MAX_LEN 64                 /* of a type or an actor */
#define HEAD_MAX 512                    /* bytes of a line around its data */

struct waiter {
    uint64_t end; /* file offset behind its line */
    void (*fn)(void *ctx, const struct err *e);
    void *ctx;
};

enum trouble {
    TROUBLE_NONE,
    TROUBLE_WRITE,   /* lines wait in memory */
    TROUBLE_SYNC,    /* what was written since the last fsync is written again */
    TROUBLE_GONE,    /* the file was deleted: it is made again */
    TROUBLE_FOREIGN, /* another program replaced or cut it: nothing more is written there */
};

/* What one fsync on a worker takes and gives. */
struct sync_job {
    loop_id id; /* 0: none runs */
    int fd;
    uint64_t from, upto;    /* what was on disk before, and what will be */
    const char *path, *dir; /* the journal's own, which outlives the job */
    bool sync_dir;
    int errnum;
    bool gone, replaced;
    uint64_t size_bytes;
};

struct journal {
    struct loop *loop;
    char *id, *dir, *path;
    int fd;
    uint64_t seq, synced, written;
    char prev[SHA256_HEX];
    struct buf tail;
    VEC(struct waiter) waiters;
    VEC(struct waiter) failed; /* to be told `error` */
    struct err error;
    enum trouble trouble;
    struct sync_job sync;
    bool dir_synced;
    loop_id sync_timer, retry_timer, tell_timer;
    int64_t sync_due_ms;
    int64_t stamp_s; /* second that `stamp` shows */
    char stamp[TIME_TEXT_MAX];
};

static void on_retry(void *ctx);

/* ---- names and files ---- */

bool journal_id_valid(const char *id)
{
    size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    return n > 0 && n <= 128 && !id[n] && id[0] != '.';
}

bool journal_in_use(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool used;

    if (fd < 0)
        return false;
    used = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
    close(fd);
    return used;
}

static struct journal *new_journal(struct loop *l, const char *dir, const char *id)
{
    struct journal *j = xcalloc(1, sizeof(*j));

    j->loop = l;
    j->id = xstrdup(id);
    j->dir = xstrdup(dir);
    j->path = xasprintf("%s/%s.jsonl", dir, id);
    j->fd = -1;
    j->stamp_s = INT64_MIN;
    memcpy(j->prev, JOURNAL_NO_PREV, SHA256_HEX);
    buf_init(&j->tail, BUF_NO_MAX);
    return j;
}

static void free_journal(struct journal *j)
{
    if (j->fd >= 0) {
        flock(j->fd, LOCK_UN);
        close(j->fd);
    }
    buf_release(&j->tail);
    VEC_RELEASE(&j->waiters);
    VEC_RELEASE(&j->failed);
    free(j->id);
    free(j->dir);
    free(j->path);
    free(j);
}

static enum err_code lock_file(int fd, const char *path, struct err *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno == EWOULDBLOCK)
        return err_set(err, ERR_AGAIN, "%s is open in another runbook", path);
    return err_errno(err, errno, "lock %s", path);
}

static enum err_code open_file(const char *path, int flags, int *ret_fd, struct err *err)
{
    int fd;

    if (FAULT_POINT("journal.open"))
        return err_errno(err, EACCES, "open %s", path);
    fd = open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return err_errno(err, errno, "open %s", path);
    if (lock_file(fd, path, err)) {
        close(fd);
        return err->code;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static enum err_code check_id(const char *id, struct err *err)
{
    if (journal_id_valid(id))
        return ERR_OK;
    return err_set(err, ERR_INPUT, "'%.80s' is no session id: letters, digits, '-', '_' and '.'",
                   id);
}

enum err_code journal_create(struct loop *l, const char *dir, const char *id, struct journal **ret,
                             struct err *err)
{
    struct journal *j;

    if (check_id(id, err) || dir_make(dir, err))
        return err->code;
    j = new_journal(l, dir, id);
    if (open_file(j->path, O_CREAT | O_EXCL, &j->fd, err)) {
        free_journal(j);
        return err_wrap(err, "create the journal");
    }
    *ret = j;
    return ERR_OK;
}

/* ---- opening an old one ---- */

/* Keep the bytes from `at` to the end beside the journal, then cut them off. */
static enum err_code set_torn_aside(struct journal *j, uint64_t at, size_t len, struct err *err)
{
    char *path = xasprintf("%s.torn", j->path);
    struct buf bytes = BUF_INIT(BUF_NO_MAX);
    enum err_code rc = ERR_OK;
    ssize_t n;
    int fd;

    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = err_errno(err, errno, "open %s", path);
        goto done;
    }
    n = pread(j->fd, buf_reserve(&bytes, len), len, (off_t)at);
    if (n < 0)
        rc = err_errno(err, errno, "read %s", j->path);
    else
        rc = fd_write_all(fd, (struct str){bytes.ptr, (size_t)n}, err);
    if (!rc && (FAULT_POINT("journal.torn") || fsync(fd)))
        rc = err_errno(err, errno, "sync %s", path);
    if (!rc && (ftruncate(j->fd, (off_t)at) || fsync(j->fd)))
        rc = err_errno(err, errno, "cut the torn last line off %s", j->path);
    close(fd);
done:
    buf_release(&bytes);
    free(path);
    return rc;
}

static enum err_code recover(struct journal *j, struct journal_scan *s, struct err *err)
{
    struct journal_report *rep = s->report;
    struct stat st;

    if (fstat(j->fd, &st))
        return err_errno(err, errno, "stat %s", j->path);
    if (rep->bad_line && s->bad_is_last) {
        rep->torn_bytes = (size_t)((uint64_t)st.st_size - rep->size_bytes);
        rep->bad_line = 0;
        rep->why[0] = '\0';
    }
    if (rep->bad_line)
        return err_set(err, ERR_INPUT, "%s: %s; it is not continued", j->path, rep->why);
    if (rep->torn_bytes)
        return set_torn_aside(j, rep->size_bytes, rep->torn_bytes, err);
    return ERR_OK;
}

enum err_code journal_open(struct loop *l, const char *dir, const char *id,
                           void (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal **ret, struct journal_report *report, struct err *err)
{
    struct journal_scan s = {.verify = true, .each = fn, .ctx = ctx, .report = report};
    struct journal *j;
    enum err_code rc;

    memset(report, 0, sizeof(*report));
    if (check_id(id, err))
        return err->code;
    j = new_journal(l, dir, id);
    s.name = j->path;
    rc = open_file(j->path, 0, &j->fd, err);
    if (!rc)
        rc = journal_scan_fd(j->fd, &s, err);
    if (!rc)
        rc = recover(j, &s, err);
    if (rc) {
        free_journal(j);
        return err_wrap(err, "open the journal");
    }
    j->seq = s.last_seq;
    j->synced = j->written = report->size_bytes;
    memcpy(j->prev, report->last_hash, SHA256_HEX);
    *ret = j;
    return ERR_OK;
}

/* ---- errors, and telling those who wait ---- */

static void on_tell(void *ctx)
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

static void fail(struct journal *j, enum trouble t, const struct err *e)
{
    if (!j->error.code)
        LOG(LOG_STORE, "journal %s: %s", j->id, e->msg);
    j->error = *e;
    j->trouble = t;
    VEC_EACH (w, &j->waiters)
        *VEC_PUSH(&j->failed) = *w;
    j->waiters.count = 0;
    if (j->failed.count && !j->tell_timer)
        j->tell_timer = loop_timer(j->loop, 0, on_tell, j);
    if (!j->retry_timer)
        j->retry_timer = loop_timer(j->loop, RETRY_EVERY_MS, on_retry, j);
}

static uint64_t end_of(const struct journal *j)
{
    return j->synced + j->tail.len;
}

/* ---- writing ---- */

static ssize_t write_some(struct journal *j, const char *from, size_t len)
{
    if (FAULT_POINT("journal.write")) { /* the disk fills up in the middle of a line */
        if (pwrite(j->fd, from, len / 2, (off_t)j->written) >= 0)
            errno = ENOSPC;
        return -1;
    }
    return pwrite(j->fd, from, len, (off_t)j->written);
}

/* All that waits, or as many whole lines of it as fit. */
static enum err_code write_pending(struct journal *j, struct err *err)
{
    int errnum = 0;

    while (j->written < end_of(j)) {
        size_t at = (size_t)(j->written - j->synced), len = j->tail.len - at;
        ssize_t n = write_some(j, j->tail.ptr + at, len);
        const char *lf;

        if (n < 0 && errno == EINTR)
            continue;
        if (n == (ssize_t)len) {
            j->written += len;
            break;
        }
        errnum = n < 0 ? errno : ENOSPC;
        lf = n > 0 ? memrchr(j->tail.ptr + at, '\n', (size_t)n) : NULL;
        if (lf)
            j->written += (size_t)(lf + 1 - (j->tail.ptr + at));
        if (n <= 0 || !lf)
            break;
        errnum = 0; /* part was taken: the next try says why the rest was not */
    }
    if (!errnum)
        return ERR_OK;
    if (ftruncate(j->fd, (off_t)j->written))
        LOG(LOG_STORE, "journal %s: cut back: %s", j->id, strerror(errno));
    return err_errno(err, errnum, "write %s", j->path);
}

static void add_head(struct journal *j, const char *type, const char *actor, int64_t ts_ms)
{
    struct json_writer w;
    int64_t s = ts_ms / 1000;

    if (s != j->stamp_s || ts_ms < 0) {
        time_format_rfc3339(ts_ms, j->stamp);
        j->stamp_s = s;
    } else { /* "2026-02-04T10:00:00.123Z" */
        j->stamp[20] = (char)('0' + ts_ms % 1000 / 100);
        j->stamp[21] = (char)('0' + ts_ms % 100 / 10);
        j->stamp[22] = (char)('0' + ts_ms % 10);
    }
    buf_addf(&j->tail, "{\"seq\":%llu,\"ts\":\"", (unsigned long long)j->seq + 1);
    buf_adds(&j->tail, j->stamp);
    buf_adds(&j->tail, "\",\"type\":\"");
    buf_adds(&j->tail, type);
    buf_adds(&j->tail, "\",\"actor\":");
    json_writer_init(&w, &j->tail);
    json_cstring(&w, actor);
    buf_adds(&j->tail, ",\"prev\":\"");
    buf_add(&j->tail, j->prev, SHA256_HEX - 1);
    buf_adds(&j->tail, "\",\"data\":");
}

static bool type_valid(const char *type)
{
    size_t n = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789._");

    return n > 0 && n <= NAME_MAX_LEN && !type[n];
}

static enum err_code check_line(const struct journal *j, const char *type, const char *actor,
                                struct str data, struct err *err)
{
    if (!type_valid(type))
        return err_set(err, ERR_INPUT, "journal: '%.80s' is no event type", type);
    if (data.len < 2 || data.ptr[0] != '{' || data.ptr[data.len - 1] != '}' ||
        memchr(data.ptr, '\n', data.len))
        return err_set(err, ERR_INPUT, "journal: the data of '%s' is no object on one line", type);
    if (data.len + 6 * strlen(actor) + HEAD_MAX > JOURNAL_LINE_MAX)
        return err_set(err, ERR_LIMIT, "journal: '%s' is larger than %zu bytes", type,
                       JOURNAL_LINE_MAX);
    if (journal_pending_bytes(j) + data.len > JOURNAL_PENDING_MAX)
        return err_set(err, ERR_LIMIT, "journal: %zu MiB wait for the disk, '%s' is not kept: %s",
                       JOURNAL_PENDING_MAX >> 20, type, j->error.msg);
    return ERR_OK;
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

static bool ends_before(const struct waiter *w, uint64_t end)
{
    return w->end <= end;
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
    while (n < j->waiters.count && ends_before(&j->waiters.items[n], upto))
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

static void schedule_sync(struct journal *j);
static enum err_code restore(struct journal *j, struct err *err);

static void sync_done(void *ctx, bool canceled)
{
    struct sync_job *s = ctx;
    struct journal *j = (struct journal *)((char *)s - offsetof(struct journal, sync));
    enum trouble t;
    struct err err;

    s->id = 0;
    if (canceled) {
        schedule_sync(j);
        return;
    }
    t = sync_trouble(j, &err);
    if (t == TROUBLE_GONE && restore(j, &err) == ERR_OK) {
        t = TROUBLE_NONE;
        s->upto = j->written;
    }
    if (t) {
        fail(j, t, &err);
        return;
    }
    j->dir_synced = true;
    schedule_sync(j);
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
static void schedule_sync(struct journal *j)
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
static void sync_now(struct journal *j)
{
    struct err err;

    if (fdatasync(j->fd)) {
        err_errno(&err, errno, "sync %s", j->path);
        fail(j, TROUBLE_SYNC, &err);
        return;
    }
    forget_synced(j, j->written); /* those who wait are told by a job, never inside an append */
}

enum err_code journal_append(struct journal *j, const char *type, const char *actor, int64_t ts_ms,
                             struct str data_json,
                             void (*on_durable)(void *ctx, const struct err *e), void *ctx,
                             uint64_t *ret_seq, struct err *err)
{
    size_t start = j->tail.len;

    if (check_line(j, type, actor, data_json, err))
        return err->code;
    add_head(j, type, actor, ts_ms);
    buf_add_str(&j->tail, data_json);
    buf_addc(&j->tail, '}');
    hash_sha256_hex((struct str){j->tail.ptr + start, j->tail.len - start}, j->prev);
    buf_addc(&j->tail, '\n');
    if (ret_seq)
        *ret_seq = j->seq + 1;
    j->seq++;
    if (on_durable)
        *VEC_PUSH(&j->waiters) = (struct waiter){end_of(j), on_durable, ctx};
    if (!j->trouble && write_pending(j, err))
        fail(j, TROUBLE_WRITE, err);
    else if (j->trouble)
        fail(j, j->trouble, &j->error);
    if (j->trouble) {
        *err = j->error;
        return err->code;
    }
    if (j->tail.len > UNSYNCED_MAX)
        sync_now(j);
    schedule_sync(j);
    return ERR_OK;
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
static enum err_code write_whole(struct journal *j, const char *dir, const char *path, int *ret_fd,
                                 struct err *err)
{
    enum err_code rc;
    int fd;

    if (dir_make(dir, err) || open_file(path, O_CREAT | O_EXCL, &fd, err))
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

    if (write_whole(j, j->dir, j->path, &fd, err))
        return err->code;
    flock(j->fd, LOCK_UN);
    close(j->fd);
    j->fd = fd;
    j->written = end_of(j);
    j->dir_synced = true;
    return ERR_OK;
}

/* One more try to get everything into the file. */
static enum err_code try_again(struct journal *j, struct err *err)
{
    enum err_code rc = ERR_OK;

    switch (j->trouble) {
    case TROUBLE_NONE:
    case TROUBLE_WRITE:
        rc = write_pending(j, err);
        break;
    case TROUBLE_SYNC:
        j->written = j->synced;
        rc = write_pending(j, err);
        break;
    case TROUBLE_GONE:
        rc = restore(j, err);
        break;
    case TROUBLE_FOREIGN:
        *err = j->error;
        rc = err->code;
        break;
    }
    if (rc)
        return rc;
    j->trouble = TROUBLE_NONE;
    err_clear(&j->error);
    return ERR_OK;
}

static void on_retry(void *ctx)
{
    struct journal *j = ctx;
    struct err err;

    loop_timer_cancel(j->loop, j->retry_timer);
    j->retry_timer = 0;
    if (j->trouble == TROUBLE_FOREIGN)
        return; /* nothing of ours can heal it; journal_close() writes elsewhere */
    if (try_again(j, &err))
        fail(j, j->trouble, &err);
    else
        schedule_sync(j);
}

/* ---- what it knows ---- */

uint64_t journal_seq(const struct journal *j)
{
    return j->seq;
}

const char *journal_path(const struct journal *j)
{
    return j->path;
}

const char *journal_id(const struct journal *j)
{
    return j->id;
}

size_t journal_pending_bytes(const struct journal *j)
{
    return (size_t)(end_of(j) - j->written);
}

const struct err *journal_error(const struct journal *j)
{
    return &j->error;
}

/* ---- closing ---- */

static enum err_code finish_file(struct journal *j, struct err *err)
{
    enum err_code rc = try_again(j, err);

    if (rc)
        return rc;
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

static enum err_code finish_elsewhere(struct journal *j, const char *dir, char **ret_path,
                                      struct err *err)
{
    char *path = xasprintf("%s/%s.jsonl", dir, j->id);
    struct err second;
    int fd;

    if (write_whole(j, dir, path, &fd, &second)) {
        free(path);
        return err_set(err, err->code, "%.200s; and elsewhere: %.200s", err->msg, second.msg);
    }
    close(fd);
    *ret_path = path;
    return ERR_OK;
}

static void stop_timers(struct journal *j)
{
    loop_timer_cancel(j->loop, j->sync_timer);
    loop_timer_cancel(j->loop, j->retry_timer);
    loop_timer_cancel(j->loop, j->tell_timer);
    if (j->sync.id)
        loop_job_drop(j->loop, j->sync.id);
    j->sync.id = 0;
}

enum err_code journal_close(struct journal *j, const char *fallback_dir, char **ret_fallback,
                            struct err *err)
{
    enum err_code rc;

    if (ret_fallback)
        *ret_fallback = NULL;
    stop_timers(j);
    if (j->failed.count)
        on_tell(j);
    rc = finish_file(j, err);
    if (rc && fallback_dir && ret_fallback)
        rc = finish_elsewhere(j, fallback_dir, ret_fallback, err);
    VEC_EACH (w, &j->waiters)
        w->fn(w->ctx, rc ? err : &(struct err)ERR_INIT);
    free_journal(j);
    return rc;
}

/* journal.c - the one writer of a journal.
 * `tail` holds every byte that is not known to be on disk: [synced, written) stands in the file,
 * [written, synced + tail.len) could not be written yet. So a failed fsync, whose pages the kernel
 * has dropped by then, is answered by writing the same bytes again. Invariant: the file never holds
 * a part of a line for longer than one call; a short write is cut back to the last whole line.
 * Source: fsync(2), and "Can Applications Recover from fsync Failures?", USENIX ATC 2020. */
#include "runbook/store/journal.h"

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
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define UNSYNCED_MAX ((size_t)64 << 20) /* beyond it an append waits for the disk */
#define NAME_MAX_LEN 64                 /* of a type */
#define HEAD_MAX 512                    /* bytes of a line around its data */

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

enum err_code journal_open_file(const char *path, int flags, int *ret_fd, struct err *err)
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
    if (journal_open_file(j->path, O_CREAT | O_EXCL, &j->fd, err)) {
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
    rc = journal_open_file(j->path, 0, &j->fd, err);
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

/* ---- writing ---- */

static ssize_t write_some(struct journal *j, const char *from, size_t len, uint64_t at)
{
    if (FAULT_POINT("journal.write")) { /* the disk fills up in the middle of a line */
        if (pwrite(j->fd, from, len / 2, (off_t)at) >= 0)
            errno = ENOSPC;
        return -1;
    }
    return pwrite(j->fd, from, len, (off_t)at);
}

/* Is the file as we left it? What another program cut off is written again as far as it is still
 * known; what it added would break our lines, so it is kept beside the journal. */
static enum trouble check_size(struct journal *j, struct err *err)
{
    struct stat st;
    uint64_t size;

    if (fstat(j->fd, &st)) {
        err_errno(err, errno, "stat %s", j->path);
        return TROUBLE_WRITE;
    }
    size = (uint64_t)st.st_size;
    if (size > j->written)
        return set_torn_aside(j, j->written, (size_t)(size - j->written), err) ? TROUBLE_WRITE
                                                                               : TROUBLE_NONE;
    if (size < j->synced) {
        err_set(err, ERR_IO, "%s was cut from %llu to %llu bytes by another program", j->path,
                (unsigned long long)j->written, (unsigned long long)size);
        return TROUBLE_FOREIGN;
    }
    if (size < j->written)
        j->written = j->synced;
    return TROUBLE_NONE;
}

/* Write from `written` on: all, or as many whole lines as fit. Returns an errno value. */
static int write_lines(struct journal *j)
{
    const char *from = j->tail.ptr + (j->written - j->synced), *lf;
    size_t len = (size_t)(journal_end(j) - j->written), done = 0;
    int errnum = 0;

    while (!errnum && done < len) {
        ssize_t n = write_some(j, from + done, len - done, j->written + done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            errnum = n == 0 ? EIO : errno;
    }
    lf = done ? memrchr(from, '\n', done) : NULL;
    if (lf)
        j->written += (size_t)(lf + 1 - from);
    return errnum;
}

enum trouble journal_write_unchecked(struct journal *j, struct err *err)
{
    int errnum = write_lines(j);

    if (!errnum)
        return TROUBLE_NONE;
    if (ftruncate(j->fd, (off_t)j->written))
        LOG(LOG_STORE, "journal %s: cut back: %s", j->id, strerror(errno));
    err_errno(err, errnum, "write %s", j->path);
    err->code = ERR_IO; /* never one that would say that a line was refused */
    return TROUBLE_WRITE;
}

/* All that waits in memory. */
enum trouble journal_write_pending(struct journal *j, struct err *err)
{
    enum trouble t = check_size(j, err);

    return t ? t : journal_write_unchecked(j, err);
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

enum err_code journal_append(struct journal *j, const char *type, const char *actor, int64_t ts_ms,
                             struct str data_json,
                             void (*on_durable)(void *ctx, const struct err *e), void *ctx,
                             uint64_t *ret_seq, struct err *err)
{
    size_t start = j->tail.len;
    enum trouble t;

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
        *VEC_PUSH(&j->waiters) = (struct waiter){journal_end(j), on_durable, ctx};
    if (j->trouble) {
        *err = j->error;
        t = j->trouble;
    } else {
        t = journal_write_pending(j, err);
    }
    if (t) {
        journal_fail(j, t, err);
        return err->code;
    }
    if (j->tail.len > UNSYNCED_MAX)
        journal_sync_now(j);
    journal_schedule_sync(j);
    return ERR_OK;
}

/* ---- what it knows ---- */

uint64_t journal_seq(const struct journal *j)
{
    return j->seq;
}

const char *journal_hash(const struct journal *j)
{
    return j->prev;
}

const char *journal_path(const struct journal *j)
{
    return j->path;
}

size_t journal_pending_bytes(const struct journal *j)
{
    return (size_t)(journal_end(j) - j->written);
}

const struct err *journal_error(const struct journal *j)
{
    return &j->error;
}

/* ---- closing ---- */

static enum err_code finish_file(struct journal *j, struct err *err)
{
    if (journal_try_again(j, err))
        return err->code;
    return journal_sync_all(j, err);
}

static enum err_code finish_elsewhere(struct journal *j, const char *dir, char **ret_path,
                                      struct err *err)
{
    char *path = xasprintf("%s/%s.jsonl", dir, j->id);
    struct err first = *err, second;
    int fd;

    if (journal_write_whole(j, dir, path, &fd, &second)) {
        free(path);
        return err_set(err, first.code, "%.200s; and elsewhere: %.200s", first.msg, second.msg);
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
        journal_tell(j);
    rc = finish_file(j, err);
    if (rc && fallback_dir && ret_fallback)
        rc = finish_elsewhere(j, fallback_dir, ret_fallback, err);
    VEC_EACH (w, &j->waiters)
        w->fn(w->ctx, rc ? err : &(struct err)ERR_INIT);
    free_journal(j);
    return rc;
}

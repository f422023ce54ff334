/* journal_priv.h - what the writer (journal.c) and the reader (journal_read.c) share. */
#ifndef RUNBOOK_STORE_JOURNAL_PRIV_H
#define RUNBOOK_STORE_JOURNAL_PRIV_H

#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/store/journal.h"

#define JOURNAL_NO_PREV "0000000000000000000000000000000000000000000000000000000000000000"

struct journal_scan {
    const char *name; /* for messages */
    bool verify;
    bool (*fn)(void *ctx, const struct journal_record *r);   /* may be NULL; false stops */
    void (*each)(void *ctx, const struct journal_record *r); /* may be NULL */
    void *ctx;
    struct journal_report *report;
    /* Go on behind lines that were verified before; NULL: from the beginning. */
    const char *from_hash;
    uint64_t from, from_lines;
    uint64_t few; /* stop after so many lines; 0: all */
    struct journal_mark *marks;
    size_t mark_count;
    uint64_t last_seq;
    bool bad_is_last; /* the bad line is the last one and no JSON: it may have been torn */
};

/* Read `fd` from its start to its end. */
enum err_code journal_scan_fd(int fd, struct journal_scan *s, struct err *err);

/* ---- the writer: journal.c writes, journal_sync.c gets it to the disk and tries again ---- */

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

static inline uint64_t journal_end(const struct journal *j) /* file offset behind all lines */
{
    return j->synced + j->tail.len;
}

/* journal.c */
enum err_code journal_open_file(const char *path, int flags, int *ret_fd, struct err *err);
enum trouble journal_write_pending(struct journal *j, struct err *err);
/* Without looking whether the file is as it was left. */
enum trouble journal_write_unchecked(struct journal *j, struct err *err);

/* journal_sync.c */
/* Remember, tell those who wait from the loop, try again in a second. */
void journal_fail(struct journal *j, enum trouble t, const struct err *e);
void journal_tell(void *ctx); /* those who wait for bad news, now */
/* At once when somebody waits, else within 100 ms; not while one runs or the disk fails. */
void journal_schedule_sync(struct journal *j);
/* So much is unsynced that memory would grow: the caller waits for the disk. */
void journal_sync_now(struct journal *j);
/* One more try to get everything into the file. */
enum trouble journal_try_again(struct journal *j, struct err *err);
/* fsync here and now: everything is on disk, or why not. */
enum err_code journal_sync_all(struct journal *j, struct err *err);
/* The whole journal into a new file at `path`, fsynced; its descriptor is locked. */
enum err_code journal_write_whole(struct journal *j, const char *dir, const char *path, int *ret_fd,
                                  struct err *err);

#endif

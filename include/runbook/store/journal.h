/* journal.h - the append-only, hash-chained file of one investigation: <dir>/<id>.jsonl.
 * A line is {"seq":17,"ts":"...Z","type":"...","actor":"...","prev":"<sha256 of line
 * 16>","data":{...}} and ends in LF; the hash is taken over the bytes of the line before it without
 * its LF, line 1 has a prev of 64 zeros, seq counts from 1 without a gap. A line of a later schema
 * says "v":2 or more. This module knows lines, not what events mean. One writer: the file is locked
 * (flock) while it is open for appending; a second opener gets ERR_AGAIN. A torn last line (no LF,
 * or no JSON) is moved to <id>.jsonl.torn and reported. Appending writes at once (it survives kill
 * -9) and is fsynced in groups, at most 100 ms apart, on the thread pool; a durable append is on
 * disk when its callback runs. When the disk is full the lines are kept in memory (bounded) and
 * tried again each second, and never is half a line left in the file; journal_error() tells. A file
 * that was deleted under us is written again from what is still open; what another program cut off
 * since the last fsync is written again, what it added is moved to <id>.jsonl.torn, and a replaced
 * file is left alone and reported. */
#ifndef RUNBOOK_STORE_JOURNAL_H
#define RUNBOOK_STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"

#define JOURNAL_LINE_MAX ((size_t)4 << 20)
#define JOURNAL_PENDING_MAX                                                                        \
    ((size_t)16 << 20)   /* bytes kept in memory while they cannot be written */
#define JOURNAL_SCHEMA 1 /* of lines without "v" */

struct journal; /* opaque: an open journal for appending */

struct journal_record {
    uint64_t seq;
    int64_t ts_ms;
    struct str type, actor;
    struct str prev;          /* hash of the line before, as this line states it */
    const struct value *data; /* lives in the reader's arena until the next record */
};

/* What a read or verify found. */
struct journal_report {
    uint64_t lines;      /* good lines */
    uint64_t bad_line;   /* first line that does not fit, from 1; 0: none */
    char why[256];       /* "line 12: prev does not match the hash of line 11" */
    size_t torn_bytes;   /* bytes of a torn last line */
    uint64_t size_bytes; /* of the file up to the end of the last good line */
    uint64_t newer;      /* lines of a later schema ("v" above ours), skipped */
    char last_hash[SHA256_HEX];
};

/* Check the chain alone, much faster: what the lines say is not read (the last one is). Of each
 * line in `marks` the hash is noted; "" when there are fewer lines. */
struct journal_mark {
    uint64_t line; /* 0: none */
    char hash[SHA256_HEX];
};
enum err_code journal_verify(const char *path, struct journal_mark *marks, size_t mark_count,
                             struct journal_report *report, struct err *err);

/* Create <dir>/<id>.jsonl (dir is made, 0700; the file 0600). */
enum err_code journal_create(struct loop *l, const char *dir, const char *id, struct journal **ret,
                             struct err *err);
/* Letters, digits, '-', '_' and '.', not starting with '.', at most 128: safe as a file name. */
bool journal_id_valid(const char *id);
/* Open for appending: reads it through, handing every record to `fn` (may be NULL), recovers a torn
 * tail. A line whose hash does not fit is ERR_INPUT: a broken chain is not continued. */
enum err_code journal_open(struct loop *l, const char *dir, const char *id,
                           void (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal **ret, struct journal_report *report, struct err *err);
/* Read without a lock and without changing anything: verify, replay, list. The journal may be being
 * written: an incomplete last line is reported as torn_bytes, not as an error. `fn` (may be NULL)
 * returns false to stop early. With `verify` the chain is checked and reading ends at the first
 * line that does not fit; else lines are only parsed, and one that cannot be is skipped. Either way
 * report->bad_line tells, and ERR_OK only means that the file could be read. */
enum err_code journal_read(const char *path, bool verify,
                           bool (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal_report *report, struct err *err);

/* Append one line. `data_json` is one JSON object on one line. `on_durable` (may be NULL) runs on
 * the loop when the line is fsynced, with ERR_OK, or with the error that keeps it from the disk for
 * now; exactly once, never from inside this call. Returns the error of the write itself, after
 * which the line is still queued in memory and retried (and *ret_seq is set). Only ERR_INPUT and
 * ERR_LIMIT mean that the line was refused: it has no number and no callback. */
enum err_code journal_append(struct journal *j, const char *type, const char *actor, int64_t ts_ms,
                             struct str data_json,
                             void (*on_durable)(void *ctx, const struct err *e), void *ctx,
                             uint64_t *ret_seq, struct err *err);
uint64_t journal_seq(const struct journal *j);     /* of the last line */
const char *journal_hash(const struct journal *j); /* of the last line; 64 zeros before the first */
const char *journal_path(const struct journal *j);
size_t journal_pending_bytes(const struct journal *j);    /* kept in memory because of an error */
const struct err *journal_error(const struct journal *j); /* why; code ERR_OK when all is written */
/* Write what is pending, fsync, unlock, free; callbacks that still wait run inside this call. When
 * lines cannot be written to their place they are written to `fallback_dir` (may be NULL) as
 * <id>.jsonl, the whole journal, and *ret_fallback (the caller frees) names it. ERR_OK means every
 * line is on disk somewhere. */
enum err_code journal_close(struct journal *j, const char *fallback_dir, char **ret_fallback,
                            struct err *err);

/* Is somebody appending to the journal at `path` now? */
bool journal_in_use(const char *path);

#endif

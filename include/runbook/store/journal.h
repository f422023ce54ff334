/* journal.h - the append-only, hash-chained file of one investigation: <dir>/<id>.jsonl.
 * A line is {"seq":17,"ts":"...Z","type":"...","actor":"...","prev":"<sha256 of line 16>","data":{...}}
 * and ends in LF; line 1 has prev of 64 zeros. This module knows lines, not what events mean. One
 * writer: the file is locked (flock) while it is open for appending; a second opener gets ERR_AGAIN.
 * A torn last line (no LF, or no JSON) is moved to <id>.jsonl.torn and reported. Appending writes at
 * once (it survives kill -9) and is fsynced in groups, at most 100 ms apart, on the thread pool;
 * a durable append is on disk when its callback runs. When the disk is full the lines are kept in
 * memory (bounded) and tried again; journal_state() tells. */
#ifndef RUNBOOK_STORE_JOURNAL_H
#define RUNBOOK_STORE_JOURNAL_H

#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"

#define JOURNAL_LINE_MAX ((size_t)4 << 20)

struct journal; /* opaque: an open journal for appending */

struct journal_record {
    uint64_t seq;
    int64_t ts_ms;
    struct str type, actor;
    const struct value *data; /* lives in the reader's arena until the next record */
};

/* What a read or verify found. */
struct journal_report {
    uint64_t lines;      /* good lines */
    uint64_t bad_line;   /* first line that does not fit, from 1; 0: none */
    char why[256];       /* "line 12: prev does not match the hash of line 11" */
    size_t torn_bytes;   /* bytes of a torn last line */
    uint64_t newer;      /* lines of a later schema ("v" above ours), skipped */
    char last_hash[SHA256_HEX];
};

/* Create <dir>/<id>.jsonl (dir is made, 0700; the file 0600). */
enum err_code journal_create(struct loop *l, const char *dir, const char *id, struct journal **ret,
                             struct err *err);
/* Open for appending: reads it through, handing every record to `fn` (may be NULL), recovers a torn
 * tail. A line whose hash does not fit is ERR_INPUT: a broken chain is not continued. */
enum err_code journal_open(struct loop *l, const char *dir, const char *id,
                           void (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal **ret, struct journal_report *report, struct err *err);
/* Read without a lock and without changing anything: verify, replay, list. The journal may be being
 * written: an incomplete last line is reported as torn_bytes, not as an error. `fn` returns false to
 * stop early. With `verify` the chain is checked (else lines are only parsed). */
enum err_code journal_read(const char *path, bool verify,
                           bool (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal_report *report, struct err *err);

/* Append one line. `data_json` is one JSON object. `on_durable` (may be NULL) runs on the loop when
 * the line is fsynced, with ERR_OK, or with the error that kept it from the disk. Returns the error
 * of the write itself, after which the line is still queued in memory and retried. */
enum err_code journal_append(struct journal *j, const char *type, const char *actor, int64_t ts_ms,
                             struct str data_json, void (*on_durable)(void *ctx, const struct err *e),
                             void *ctx, uint64_t *ret_seq, struct err *err);
uint64_t journal_seq(const struct journal *j); /* of the last line */
const char *journal_path(const struct journal *j);
const char *journal_id(const struct journal *j);
size_t journal_pending_bytes(const struct journal *j); /* kept in memory because of an error */
const struct err *journal_error(const struct journal *j); /* why; code ERR_OK when all is written */
/* Write what is pending, fsync, unlock, free. When lines cannot be written to their place they are
 * written to `fallback_dir` (may be NULL) as <id>.jsonl, the whole journal, and *ret_fallback (the
 * caller frees) names it. ERR_OK means every line is on disk somewhere. */
enum err_code journal_close(struct journal *j, const char *fallback_dir, char **ret_fallback,
                            struct err *err);

#endif

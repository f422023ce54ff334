/* audit.h - what people answered to mutations, and the signed heads of all chains.
 * <state>/audit/approvals.jsonl has the lines of a journal (store/journal.h): numbered, each with
 * the hash of the one before it. Every session appends to the same file, under a lock, and each
 * line is on disk when audit_append() returns. The first line after midnight (UTC) goes to a new
 * file; the old one becomes approvals-YYYY-MM-DD.jsonl, mode 0400, and the new one begins with a
 * line "audit.continues" that names it and its last hash. Files older than the retention are
 * deleted. audit/heads.jsonl holds signed heads: "so many lines, the last one with this hash", of
 * this file and of journals, as a chain cannot show that its own end is missing. The key is
 * audit/key (Ed25519, 0600, made at first use), its public half audit/key.pub. These calls block
 * for an fsync. */
#ifndef RUNBOOK_STORE_AUDIT_H
#define RUNBOOK_STORE_AUDIT_H

#include "runbook/codec/hash.h"
#include "runbook/codec/sign.h"
#include "runbook/codec/value.h"
#include "runbook/store/journal.h"

#define AUDIT_KEEP_DAYS 2557 /* seven years */
#define AUDIT_APPROVALS "approvals"

/* Append a line of `type` ("approval.granted") and sign the new head. `data_json` is an object on
 * one line. *ret_seq may be NULL. */
enum err_code audit_append(const char *state_dir, const char *type, const char *actor,
                           int64_t ts_ms, struct str data_json, int keep_days, uint64_t *ret_seq,
                           struct err *err);

/* Note the head of a chain, signed: `name` is a session's id. */
enum err_code audit_sign(const char *state_dir, const char *name, uint64_t lines, const char *hash,
                         int64_t ts_ms, struct err *err);

/* The key, made when there is none and `make` says so; ERR_NOT_FOUND else. A private key that
 * others can read is ERR_DENIED. */
enum err_code audit_key(const char *state_dir, bool make, struct sign_key **ret, struct err *err);

/* Every signed head, read once. A line that is no good, or that the key did not sign, is counted.
 */
struct audit_head {
    const char *name;
    uint64_t lines;
    char hash[SHA256_HEX];
    int64_t ts_ms;
};
struct audit_heads; /* opaque */
enum err_code audit_heads_load(const char *state_dir, struct audit_heads **ret, struct err *err);
void audit_heads_free(struct audit_heads *h); /* NULL is fine */
size_t audit_heads_bad(const struct audit_heads *h);
const char *audit_heads_fingerprint(const struct audit_heads *h); /* "" without a key */
/* The one with the most lines; NULL: none was signed. Files of approvals are signed as
 * "approvals-YYYY-MM-DD", by the day of the line. */
const struct audit_head *audit_heads_last(const struct audit_heads *h, const char *name);
/* The one that was signed last of those whose name begins so. */
const struct audit_head *audit_heads_latest(const struct audit_heads *h, const char *prefix);

/* The files of approvals, the oldest first, the present one last. */
struct audit_files {
    char **paths;
    size_t count;
};
enum err_code audit_files_list(const char *state_dir, struct audit_files *ret, struct err *err);
void audit_files_release(struct audit_files *f);

/* Does a chain end where its head says? `seen` is the hash of line head->lines of it, or "" when
 * there are fewer lines. False says why. */
bool audit_head_fits(const struct audit_head *head, uint64_t lines, const char *seen, char *why,
                     size_t size);

/* Send one line to a datagram socket of a log: /dev/log, or journald's own. False: it did not take
 * it. `journald`: its native protocol, `fields` as "RUNBOOK_KEY=value" lines ahead of the message.
 */
bool audit_forward(const char *socket_path, bool journald, const char *fields, struct str line);

#endif

/* index.h - the sessions of a state folder, found without reading their journals again.
 * SQLite over <state>/scratchpad: one row a journal, words of titles, questions and statements for
 * a search, and which blobs a journal cites. A refresh reads only the journals whose size or time
 * of change differs, so the index may be deleted at any moment. It also remembers how many lines
 * each journal had and their last hash: a journal that was cut, or whose last line was edited, no
 * longer fits what was seen before, which the chain alone cannot show. */
#ifndef RUNBOOK_STORE_INDEX_H
#define RUNBOOK_STORE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/hash.h"
#include "runbook/store/db.h"

struct session_info {
    const char *id, *title, *query, *host, *path;
    int64_t opened_ms, closed_ms, last_ms; /* 0: no such event; last: of the newest line */
    const char *verdict;                   /* "" before there is one */
    const char *root_cause, *category;
    double confidence; /* of the root cause, else of the conclusion; NaN when there is none */
    int64_t events, size_bytes;
    const char *problem; /* "" or what is wrong with the journal, for people */
};

struct session_list {
    struct arena *arena; /* all strings live here */
    VEC(struct session_info) items;
    size_t total;     /* that matched, before the limit */
    size_t refreshed; /* journals that had to be read */
    bool no_index;    /* the index could not be used (read-only folder): everything was read */
    struct db_notice notice;
};

struct session_query {
    const char *words; /* all of them, as prefixes, in title, question and statements; NULL: any */
    const char *verdict; /* NULL: any */
    size_t limit;        /* 0: all */
};

/* Newest first. Blocking. A folder that does not exist gives an empty list. */
enum err_code session_list_load(const char *state_dir, const struct session_query *q,
                                struct session_list *ret, struct err *err);
void session_list_release(struct session_list *l);

/* The id of one session: itself, a unique beginning of it, or "last". ERR_NOT_FOUND, or ERR_INPUT
 * naming two that fit. The caller frees. */
enum err_code session_find(const char *state_dir, const char *text, char **ret_id, struct err *err);
char *session_path(const char *state_dir, const char *id); /* of its journal; the caller frees */

/* What the index remembers of a journal that no longer fits it. */
struct session_memory {
    bool known;
    uint64_t lines;
    char last_hash[SHA256_HEX];
};
/* Looks only, and does not make an index. Without one nothing is known. */
void session_recall(const char *state_dir, const char *id, struct session_memory *ret);

struct session_removed {
    size_t blobs, kept; /* kept: too young while another session runs */
};
/* Delete the journal, what was set aside of it, and the blobs that no other journal cites.
 * ERR_AGAIN while somebody writes it. */
enum err_code session_remove(const char *state_dir, const char *id, int64_t now_ms,
                             struct session_removed *ret, struct err *err);

extern const struct db_schema index_schema; /* for a db of one's own: work functions below */
/* Bring the rows up to date with the folder `scratchpad`. */
enum err_code index_refresh(struct sqlite3 *sql, const char *scratchpad, size_t *ret_read,
                            struct err *err);

#endif

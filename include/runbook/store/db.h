/* db.h - SQLite: open, migrate, run, close, on the calling thread (a worker's, where there is a
 * loop). WAL, synchronous NORMAL, busy timeout, 0600. A file that is corrupt or newer than we know
 * is moved aside (<path>.damaged, <path>.newer) and rebuilt, as it is only an index over the
 * journals, and that is reported. */
#ifndef RUNBOOK_STORE_DB_H
#define RUNBOOK_STORE_DB_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"

struct sqlite3;

/* What is in a file: step N is the SQL that takes version N to N + 1, each in one transaction. A
 * step that was released never changes. */
struct db_schema {
    const char *name;         /* "index", for messages */
    const char *const *steps; /* NULL-terminated */
};

/* Fills *err and returns its code. When the file turns out to be corrupt it runs a second time on
 * the rebuilt one, so it must start over. */
typedef enum err_code db_work_fn(struct sqlite3 *sql, void *ctx, struct err *err);

struct db_notice {
    char text[256]; /* "" when there is nothing to tell */
};
/* `path` ":memory:" is a file that nobody keeps. `ret_notice` may be NULL. */
enum err_code db_run_sync(const char *path, const struct db_schema *schema, db_work_fn *work,
                          void *ctx, struct db_notice *ret_notice, struct err *err);

/* For work functions: the error SQLite has now, "what: message". Full, read-only, busy and corrupt
 * map to IO, DENIED, AGAIN and INPUT. */
enum err_code db_error(struct sqlite3 *sql, struct err *err, const char *what);
/* Run statements that give no rows. */
enum err_code db_exec(struct sqlite3 *sql, const char *text, struct err *err);

#endif

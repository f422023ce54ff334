/* db.h - SQLite behind one thread of its own (never the loop's): open, migrate, statements,
 * batches. WAL, synchronous NORMAL, busy timeout, 0600. A file that is corrupt or newer than we
 * know is moved aside (<path>.damaged, <path>.newer) and rebuilt, as it is only an index over the
 * journals, and that is reported. A file that was deleted while it was open is made again. Requests
 * run in order; answers come back on the loop. */
#ifndef RUNBOOK_STORE_DB_H
#define RUNBOOK_STORE_DB_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/loop/loop.h"

struct db; /* opaque: the handle on the loop's side */
struct sqlite3;

/* What is in a file: step N is the SQL that takes version N to N + 1, each in one transaction. A
 * step that was released never changes. */
struct db_schema {
    const char *name;         /* "index", for messages */
    const char *const *steps; /* NULL-terminated */
};

/* Work on the database's thread. `ctx` is owned by the request; fills *err and returns its code.
 * When the file turns out to be corrupt it runs a second time on the rebuilt one, so it must start
 * over. */
typedef enum err_code db_work_fn(struct sqlite3 *sql, void *ctx, struct err *err);
typedef void db_done_fn(void *ctx, const struct err *err); /* on the loop, exactly once */

/* Opens lazily on the first request. `path` is copied, `schema` is borrowed; ":memory:" keeps it in
 * memory. */
struct db *db_new(struct loop *l, const char *path, const struct db_schema *schema);
void db_free(struct db *d); /* finishes what is queued (its done runs inside), closes, joins */
void db_run(struct db *d, db_work_fn *work, db_done_fn *done, void *ctx);
/* What was moved aside last, "" when nothing was. */
const char *db_notice(const struct db *d);

struct db_notice {
    char text[256]; /* "" when there is nothing to tell */
};
/* The same without a loop, on the calling thread: for one-shot commands. `ret_notice` may be NULL.
 */
enum err_code db_run_sync(const char *path, const struct db_schema *schema, db_work_fn *work,
                          void *ctx, struct db_notice *ret_notice, struct err *err);

/* For work functions: the error SQLite has now, "what: message". Full, read-only, busy and corrupt
 * map to IO, DENIED, AGAIN and INPUT. */
enum err_code db_error(struct sqlite3 *sql, struct err *err, const char *what);
/* Run statements that give no rows. */
enum err_code db_exec(struct sqlite3 *sql, const char *text, struct err *err);

#endif

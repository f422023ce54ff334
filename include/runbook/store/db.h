/* db.h - SQLite behind one thread of its own (never the loop's): open, migrate, statements, batches.
 * WAL, synchronous NORMAL, busy timeout, 0600. A file that is corrupt or newer than we know is moved
 * aside and rebuilt (it is only an index over the journals), and that is reported. Requests run in
 * order; answers come back on the loop. */
#ifndef RUNBOOK_STORE_DB_H
#define RUNBOOK_STORE_DB_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/loop/loop.h"

struct db;      /* opaque: the handle on the loop's side */
struct sqlite3;

/* Work on the database's thread. `ctx` is owned by the request; fills *err and returns its code. */
typedef enum err_code db_work_fn(struct sqlite3 *sql, void *ctx, struct err *err);
typedef void db_done_fn(void *ctx, const struct err *err); /* on the loop, exactly once */

/* Opens lazily on the first request. `path` is copied. */
struct db *db_new(struct loop *l, const char *path);
void db_free(struct db *d); /* finishes what is queued, closes, joins */
void db_run(struct db *d, db_work_fn *work, db_done_fn *done, void *ctx);
/* The same without a loop, on the calling thread: for one-shot commands. */
enum err_code db_run_sync(const char *path, db_work_fn *work, void *ctx, struct err *err);

#endif

/* db_priv.h - one open database file, on whatever thread uses it. */
#ifndef RUNBOOK_STORE_DB_PRIV_H
#define RUNBOOK_STORE_DB_PRIV_H

#include <sqlite3.h>
#include <sys/types.h>

#include "runbook/store/db.h"

struct db_conn {
    const char *path; /* borrowed */
    const struct db_schema *schema;
    sqlite3 *sql; /* NULL: not open */
    dev_t dev;    /* of the file when it was opened */
    ino_t ino;
    struct db_notice notice;
};

/* Open when needed, run, rebuild when corrupt. */
enum err_code db_conn_run(struct db_conn *c, db_work_fn *work, void *ctx, struct err *err);
void db_conn_close(struct db_conn *c);

#endif

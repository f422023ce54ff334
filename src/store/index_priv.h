/* index_priv.h - statements over the index, shared by index.c and sessions.c. */
#ifndef RUNBOOK_STORE_INDEX_PRIV_H
#define RUNBOOK_STORE_INDEX_PRIV_H

#include <sqlite3.h>

#include "runbook/store/index.h"

/* ERR_OK and a statement with nothing bound. */
enum err_code sql_prepare(sqlite3 *sql, const char *text, sqlite3_stmt **ret, struct err *err);
/* Run to the end, reset. */
enum err_code sql_run(sqlite3 *sql, sqlite3_stmt *st, struct err *err);
void sql_bind(sqlite3_stmt *st, int at, const char *text); /* copied by SQLite; NULL binds "" */

#endif

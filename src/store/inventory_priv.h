/* inventory_priv.h - what the files of the inventory share. */
#ifndef RUNBOOK_SRC_STORE_INVENTORY_PRIV_H
#define RUNBOOK_SRC_STORE_INVENTORY_PRIV_H

#include <sqlite3.h>

#include "runbook/store/inventory.h"

/* Columns of a struct inv_kept, in the order inv_read_kept() takes them. */
#define INV_COLUMNS                                                                                \
    "account, region, service, kind, rid, name, arn, state, health, created, tags, first_ms,"      \
    " last_ms, gone_ms"
#define INV_COLUMN_COUNT 14
void inv_read_kept(sqlite3_stmt *st, int from, struct inv_kept *ret); /* borrows the row */

const char *inv_column(sqlite3_stmt *st, int at); /* "" for NULL */
void inv_bind(sqlite3_stmt *st, int at, const char *text);
/* What is behind the last slash or colon: of an address or an ARN the name. */
const char *inv_tail(const char *text);
/* "elbv2:target-group" in two; without a colon both are "". */
#define INV_KIND_MAX 128
void inv_split_kind(const char *kind, char service[INV_KIND_MAX], char ret_kind[INV_KIND_MAX]);

#endif

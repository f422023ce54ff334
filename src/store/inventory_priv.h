/* inventory_priv.h - what the files of the inventory share. */
#ifndef RUNBOOK_SRC_STORE_INVENTORY_PRIV_H
#define RUNBOOK_SRC_STORE_INVENTORY_PRIV_H

#include <sqlite3.h>
#include <stdbool.h>

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

/* ---- a scan that is being written: inventory.c ---- */

struct inv_saving {
    const struct inv_scan *s;
    struct inv_outcome *ret;
    sqlite3 *sql;
    sqlite3_stmt **st;       /* of inventory.c */
    sqlite3_int64 *ids;      /* of the resources; 0: it came twice */
    sqlite3_int64 first_new; /* rows from here on were made by this scan */
    bool *changed;           /* by resource: that counts already */
    struct err *err;
};

enum err_code inv_failed(struct inv_saving *v);
/* Once, and ready for the next. */
enum err_code inv_step(struct inv_saving *v, sqlite3_stmt *st);

/* ---- inventory_says.c ---- */

/* What resources say of each other; their rows are there. */
enum err_code inv_save_relations(struct inv_saving *v);

/* ---- inventory_merge.c ---- */

/* Is there a resource that a service of `stands_for` listed itself, with this ARN, or with its id
 * where its list has no ARNs? `st` is of INV_KNOWN. */
#define INV_KNOWN                                                                                  \
    "SELECT 1 FROM resource WHERE gone_ms=0 AND stands_for='' AND ((arn<>'' AND arn=?1) OR"        \
    " (rid IN (?2, ?3) AND arn='' AND account=?4 AND region IN (?5, 'global') AND"                 \
    " instr(?6, ' ' || service || ' '))) LIMIT 1"
bool inv_is_known(sqlite3_stmt *st, const char *account, const char *region, const char *arn,
                  const char *stands_for);
/* Rows that only stood for what is known now go, with all that was kept of them. */
enum err_code inv_drop_known(sqlite3 *sql, struct err *err);

#endif

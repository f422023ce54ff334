/* inventory_merge.c - what a list of tags said of a resource goes when the resource's own service
 * has listed it: nothing is in the inventory twice, whichever was scanned first. */
#include "src/store/inventory_priv.h"

#include <string.h>

/* "parameter/orders/url" of "arn:aws:ssm:eu-west-1:1:parameter/orders/url". */
static const char *rest_of(const char *arn)
{
    for (int i = 0; i < 5 && arn; i++) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return arn ? arn : "";
}

bool inv_is_known(sqlite3_stmt *st, const char *account, const char *region, const char *arn,
                  const char *stands_for)
{
    const char *slash = strchr(rest_of(arn), '/');
    bool known;

    inv_bind(st, 1, arn);
    inv_bind(st, 2, inv_tail(arn));
    inv_bind(st, 3, slash ? slash : inv_tail(arn));
    inv_bind(st, 4, account);
    inv_bind(st, 5, region);
    inv_bind(st, 6, stands_for);
    known = sqlite3_step(st) == SQLITE_ROW;
    sqlite3_reset(st);
    return known;
}

static enum err_code drop(sqlite3_stmt *const *st, size_t count, sqlite3_int64 id)
{
    int rc = SQLITE_DONE;

    for (size_t i = 0; i < count && rc == SQLITE_DONE; i++) {
        sqlite3_bind_int64(st[i], 1, id);
        rc = sqlite3_step(st[i]);
        sqlite3_reset(st[i]);
    }
    return rc == SQLITE_DONE ? ERR_OK : ERR_IO;
}

enum err_code inv_drop_known(sqlite3 *sql, struct err *err)
{
    static const char rows[] = "SELECT id, account, region, arn, stands_for FROM resource"
                               " WHERE stands_for<>'' ORDER BY id";
    static const char known[] = INV_KNOWN;
    const char *const texts[] = {"DELETE FROM relation WHERE source=?1",
                                 "DELETE FROM record WHERE resource=?1",
                                 "DELETE FROM change WHERE resource=?1",
                                 "DELETE FROM resource WHERE id=?1",
                                 known,
                                 rows};
    sqlite3_stmt *st[6] = {NULL};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < 6 && !rc; i++)
        if (sqlite3_prepare_v2(sql, texts[i], -1, &st[i], NULL) != SQLITE_OK)
            rc = ERR_IO;
    while (!rc && sqlite3_step(st[5]) == SQLITE_ROW)
        if (inv_is_known(st[4], inv_column(st[5], 1), inv_column(st[5], 2), inv_column(st[5], 3),
                         inv_column(st[5], 4)))
            rc = drop(st, 4, sqlite3_column_int64(st[5], 0));
    if (rc)
        (void)db_error(sql, err, "inventory");
    for (size_t i = 0; i < 6; i++)
        sqlite3_finalize(st[i]);
    return rc ? err->code : ERR_OK;
}

/* inventory_read.c - scans, what changed between them, and what was there. */
#include "src/store/inventory_priv.h"

struct reading {
    void *fn_ctx;
    inv_scan_fn *scan_fn;
    inv_change_fn *change_fn;
    inv_kept_fn *kept_fn;
    int64_t after, upto;
    bool gone;
};

static enum err_code scans_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct reading *r = ctx;
    sqlite3_stmt *st = NULL;
    int rc;

    if (sqlite3_prepare_v2(sql, "SELECT * FROM scan ORDER BY id", -1, &st, NULL) != SQLITE_OK)
        return db_error(sql, err, "inventory");
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_scan_row row = {.scan = sqlite3_column_int64(st, 0),
                                   .begun_ms = sqlite3_column_int64(st, 1),
                                   .ended_ms = sqlite3_column_int64(st, 2),
                                   .scope = inv_column(st, 3),
                                   .seen = (size_t)sqlite3_column_int64(st, 4),
                                   .added = (size_t)sqlite3_column_int64(st, 5),
                                   .changed = (size_t)sqlite3_column_int64(st, 6),
                                   .gone = (size_t)sqlite3_column_int64(st, 7),
                                   .failed = (size_t)sqlite3_column_int64(st, 8)};

        r->scan_fn(r->fn_ctx, &row);
    }
    if (rc != SQLITE_DONE)
        (void)db_error(sql, err, "inventory");
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

enum err_code inventory_scans(const char *path, inv_scan_fn *fn, void *ctx, struct err *err)
{
    struct reading r = {.fn_ctx = ctx, .scan_fn = fn};

    return db_run_sync(path, &inventory_schema, scans_work, &r, NULL, err);
}

static int64_t last_scan(sqlite3 *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t last = 0;

    if (sqlite3_prepare_v2(sql, "SELECT max(id) FROM scan", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        last = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return last;
}

static enum err_code diff_work(sqlite3 *sql, void *ctx, struct err *err)
{
    static const char text[] =
        "SELECT c.scan, s.ended_ms, c.what, r.account, r.region, r.service, r.kind, r.rid, r.name,"
        " c.field, c.before, c.after FROM change c JOIN resource r ON r.id=c.resource"
        " JOIN scan s ON s.id=c.scan WHERE c.scan>?1 AND c.scan<=?2"
        " ORDER BY c.scan, r.service, r.kind, r.region, r.account, r.rid, c.rowid";
    struct reading *r = ctx;
    int64_t last = last_scan(sql);
    sqlite3_stmt *st = NULL;
    int rc;

    if (!last || r->upto > last || r->after > last)
        return err_set(err, ERR_NOT_FOUND,
                       last ? "there is no such scan; the last is %lld" : "nothing was scanned yet",
                       (long long)last);
    if (sqlite3_prepare_v2(sql, text, -1, &st, NULL) != SQLITE_OK)
        return db_error(sql, err, "inventory");
    sqlite3_bind_int64(st, 1, r->after < 0 ? last - 1 : r->after);
    sqlite3_bind_int64(st, 2, r->upto ? r->upto : last);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_change c = {.scan = sqlite3_column_int64(st, 0),
                               .at_ms = sqlite3_column_int64(st, 1),
                               .what = inv_column(st, 2),
                               .account = inv_column(st, 3),
                               .region = inv_column(st, 4),
                               .service = inv_column(st, 5),
                               .kind = inv_column(st, 6),
                               .id = inv_column(st, 7),
                               .name = inv_column(st, 8),
                               .field = inv_column(st, 9),
                               .before = inv_column(st, 10),
                               .after = inv_column(st, 11)};

        r->change_fn(r->fn_ctx, &c);
    }
    if (rc != SQLITE_DONE)
        (void)db_error(sql, err, "inventory");
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

enum err_code inventory_diff(const char *path, int64_t after, int64_t upto, inv_change_fn *fn,
                             void *ctx, struct err *err)
{
    struct reading r = {.fn_ctx = ctx, .change_fn = fn, .after = after, .upto = upto};

    return db_run_sync(path, &inventory_schema, diff_work, &r, NULL, err);
}

void inv_read_kept(sqlite3_stmt *st, int from, struct inv_kept *ret)
{
    const char *text[INV_COLUMN_COUNT];

    for (int i = 0; i < 11; i++)
        text[i] = inv_column(st, from + i);
    *ret = (struct inv_kept){.r = {.account = text[0],
                                   .region = text[1],
                                   .service = text[2],
                                   .kind = text[3],
                                   .id = text[4],
                                   .name = text[5],
                                   .arn = text[6],
                                   .state = text[7],
                                   .health = text[8],
                                   .created = text[9],
                                   .tags = text[10]},
                             .first_ms = sqlite3_column_int64(st, from + 11),
                             .last_ms = sqlite3_column_int64(st, from + 12),
                             .gone_ms = sqlite3_column_int64(st, from + 13)};
}

static enum err_code list_work(sqlite3 *sql, void *ctx, struct err *err)
{
    static const char text[] = "SELECT " INV_COLUMNS " FROM resource WHERE ?1 OR gone_ms=0"
                               " ORDER BY service, kind, region, account, name, rid";
    struct reading *r = ctx;
    sqlite3_stmt *st = NULL;
    int rc;

    if (sqlite3_prepare_v2(sql, text, -1, &st, NULL) != SQLITE_OK)
        return db_error(sql, err, "inventory");
    sqlite3_bind_int(st, 1, r->gone);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_kept k;

        inv_read_kept(st, 0, &k);
        r->kept_fn(r->fn_ctx, &k);
    }
    if (rc != SQLITE_DONE)
        (void)db_error(sql, err, "inventory");
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

enum err_code inventory_list(const char *path, bool gone, inv_kept_fn *fn, void *ctx,
                             struct err *err)
{
    struct reading r = {.fn_ctx = ctx, .kept_fn = fn, .gone = gone};

    return db_run_sync(path, &inventory_schema, list_work, &r, NULL, err);
}

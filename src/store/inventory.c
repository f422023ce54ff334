/* inventory.c - see inventory.h: what a scan found is written; what it says of others is in
 * inventory_says.c. */
#include "src/store/inventory_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

enum {
    ST_FIND,
    ST_ADD,
    ST_UPDATE,
    ST_TOUCH,
    ST_CHANGE,
    ST_GONE_LIST,
    ST_GONE,
    ST_RECORD,
    ST_KEEP_RECORD,
    ST_KNOWN,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [ST_FIND] = "SELECT id, name, state, tags, arn, health, created, gone_ms, last_scan FROM"
                " resource WHERE account=?1 AND region=?2 AND service=?3 AND kind=?4 AND rid=?5",
    [ST_ADD] = "INSERT OR IGNORE INTO resource(account, region, service, kind, rid, name, arn, "
               "state, health,"
               " created, tags, record, first_ms, last_ms, last_scan, gone_ms, stands_for)"
               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,'',?12,?12,?13,0,?14)",
    [ST_UPDATE] = "UPDATE resource SET name=?6, arn=?7, state=?8, health=?9, created=?10, tags=?11,"
                  " last_ms=?12, last_scan=?13, gone_ms=0"
                  " WHERE account=?1 AND region=?2 AND service=?3 AND kind=?4 AND rid=?5",
    [ST_TOUCH] = "UPDATE resource SET last_ms=?1, last_scan=?2, gone_ms=0 WHERE id=?3",
    [ST_CHANGE] = "INSERT INTO change VALUES(?1,?2,?3,?4,?5,?6)",
    [ST_GONE_LIST] = "SELECT id FROM resource WHERE account=?1 AND region=?2 AND service=?3"
                     " AND gone_ms=0 AND last_scan<?4",
    [ST_GONE] = "UPDATE resource SET gone_ms=?1 WHERE id=?2",
    [ST_RECORD] = "SELECT packed FROM record WHERE resource=?1",
    [ST_KEEP_RECORD] = "INSERT OR REPLACE INTO record VALUES(?1,?2)",
    [ST_KNOWN] = INV_KNOWN,
};

enum err_code inv_failed(struct inv_saving *v)
{
    return db_error(v->sql, v->err, "inventory");
}

enum err_code inv_step(struct inv_saving *v, sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);

    sqlite3_reset(st);
    return rc == SQLITE_DONE ? ERR_OK : inv_failed(v);
}

static enum err_code add_change(struct inv_saving *v, sqlite3_int64 resource, const char *what,
                                const char *field, const char *before, const char *after)
{
    sqlite3_stmt *st = v->st[ST_CHANGE];

    sqlite3_bind_int64(st, 1, v->ret->scan);
    sqlite3_bind_int64(st, 2, resource);
    inv_bind(st, 3, what);
    inv_bind(st, 4, field);
    inv_bind(st, 5, before);
    inv_bind(st, 6, after);
    return inv_step(v, st);
}

/* ---- a resource ---- */

static void bind_place(sqlite3_stmt *st, const struct inv_resource *r, const char *id)
{
    inv_bind(st, 1, r->account);
    inv_bind(st, 2, r->region);
    inv_bind(st, 3, r->service);
    inv_bind(st, 4, r->kind);
    inv_bind(st, 5, id);
}

static enum err_code write_row(struct inv_saving *v, sqlite3_stmt *st, const struct inv_resource *r,
                               const char *id)
{
    bind_place(st, r, id);
    inv_bind(st, 6, r->name);
    inv_bind(st, 7, r->arn);
    inv_bind(st, 8, r->state);
    inv_bind(st, 9, r->health);
    inv_bind(st, 10, r->created);
    inv_bind(st, 11, r->tags);
    sqlite3_bind_int64(st, 12, v->s->ended_ms);
    sqlite3_bind_int64(st, 13, v->ret->scan);
    return inv_step(v, st);
}

struct differing {
    struct inv_saving *v;
    sqlite3_int64 resource;
    bool any;
};

static void on_differs(void *to, const char *field, const char *before, const char *after)
{
    struct differing *d = to;

    d->any = true;
    if (!d->v->err->code)
        (void)add_change(d->v, d->resource, "changed", field, before, after);
}

/* Records are written behind all rows: pages are then filled one after the other. */
static enum err_code keep_record(struct inv_saving *v, size_t i)
{
    const struct inv_resource *r = &v->s->resources[i];
    sqlite3_int64 id = v->ids[i];
    sqlite3_stmt *get = v->st[ST_RECORD], *put = v->st[ST_KEEP_RECORD];
    struct differing d = {v, id, false};
    bool same = false;

    if (!r->record.len || !id)
        return ERR_OK;
    if (id < v->first_new) {
        sqlite3_bind_int64(get, 1, id);
        if (sqlite3_step(get) == SQLITE_ROW) {
            struct str before = {sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0)};

            same = str_eq(before, r->record);
            if (!same && v->s->differ)
                v->s->differ(before, r->record, on_differs, &d);
        }
        sqlite3_reset(get);
    }
    v->ret->changed += d.any && !v->changed[i];
    if (same || v->err->code)
        return v->err->code;
    sqlite3_bind_int64(put, 1, id);
    sqlite3_bind_blob(put, 2, r->record.ptr, (int)r->record.len, SQLITE_STATIC);
    return inv_step(v, put);
}

/* What differs from the row that `st` stands on; *ret_stale: the row is to be written. */
static enum err_code compare(struct inv_saving *v, sqlite3_stmt *st, const struct inv_resource *r,
                             bool *ret_differs, bool *ret_stale)
{
    const struct {
        const char *field;
        int at;
        const char *now;
        bool told;
    } fields[] = {{"name", 1, r->name, true},      {"state", 2, r->state, true},
                  {"tags", 3, r->tags, true},      {"arn", 4, r->arn, false},
                  {"health", 5, r->health, false}, {"created", 6, r->created, false}};
    sqlite3_int64 id = sqlite3_column_int64(st, 0);

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *before = inv_column(st, fields[i].at);

        if (strcmp(before, fields[i].now) == 0)
            continue;
        *ret_stale = true;
        *ret_differs = *ret_differs || fields[i].told;
        if (fields[i].told && add_change(v, id, "changed", fields[i].field, before, fields[i].now))
            return v->err->code;
    }
    return ERR_OK;
}

static enum err_code touch(struct inv_saving *v, sqlite3_int64 id)
{
    sqlite3_stmt *st = v->st[ST_TOUCH];

    sqlite3_bind_int64(st, 1, v->s->ended_ms);
    sqlite3_bind_int64(st, 2, v->ret->scan);
    sqlite3_bind_int64(st, 3, id);
    return inv_step(v, st);
}

static enum err_code save_known(struct inv_saving *v, sqlite3_stmt *find,
                                const struct inv_resource *r, const char *id, size_t i)
{
    bool back = sqlite3_column_int64(find, 7) != 0, differs = false, stale = false;
    sqlite3_int64 row = sqlite3_column_int64(find, 0);

    if (sqlite3_column_int64(find, 8) == v->ret->scan)
        return ERR_OK; /* it came twice */
    v->ids[i] = row;
    if (back && add_change(v, row, "back", "", "", ""))
        return v->err->code;
    if (compare(v, find, r, &differs, &stale))
        return v->err->code;
    v->changed[i] = differs || back;
    v->ret->added += back;
    v->ret->changed += differs && !back;
    return stale ? write_row(v, v->st[ST_UPDATE], r, id) : touch(v, row);
}

/* *ret_known: there is one of that id. */
static enum err_code save_new(struct inv_saving *v, const struct inv_resource *r, const char *id,
                              size_t i, bool *ret_known)
{
    inv_bind(v->st[ST_ADD], 14, r->stands_for);
    if (write_row(v, v->st[ST_ADD], r, id))
        return v->err->code;
    *ret_known = sqlite3_changes(v->sql) == 0;
    if (*ret_known)
        return ERR_OK;
    v->ret->added++;
    v->ids[i] = sqlite3_last_insert_rowid(v->sql);
    return add_change(v, v->ids[i], "added", "", "", "");
}

static int find_row(struct inv_saving *v, const struct inv_resource *r, const char *id)
{
    sqlite3_reset(v->st[ST_FIND]);
    bind_place(v->st[ST_FIND], r, id);
    return sqlite3_step(v->st[ST_FIND]);
}

/* Two services of one name in two clusters: the second is known by its ARN. */
static bool is_another(struct inv_saving *v, const struct inv_resource *r)
{
    sqlite3_stmt *find = v->st[ST_FIND];
    const char *arn = inv_column(find, 4);

    return *arn && *r->arn && strcmp(arn, r->arn) != 0 && strcmp(r->arn, r->id) != 0 &&
           sqlite3_column_int64(find, 8) == v->ret->scan;
}

static enum err_code save_one(struct inv_saving *v, size_t i)
{
    const struct inv_resource *r = &v->s->resources[i];
    sqlite3_stmt *find = v->st[ST_FIND];
    const char *id = r->id;
    bool stands = r->stands_for && *r->stands_for;
    bool known = false;
    enum err_code rc;
    int got;

    if (stands && inv_is_known(v->st[ST_KNOWN], r->account, r->region, r->arn, r->stands_for))
        return ERR_OK;
    if (v->first_new == 1) { /* the first scan: hardly anything is there */
        rc = save_new(v, r, id, i, &known);
        if (rc || !known)
            return rc;
    }
    got = *r->arn && strcmp(r->arn, id) != 0 ? find_row(v, r, r->arn) : SQLITE_DONE;

    if (got == SQLITE_ROW) {
        id = r->arn;
    } else {
        got = find_row(v, r, id);
        if (got == SQLITE_ROW && is_another(v, r)) {
            id = r->arn;
            got = SQLITE_DONE;
        }
    }
    if (got == SQLITE_ROW)
        rc = save_known(v, find, r, id, i);
    else if (got == SQLITE_DONE)
        rc = save_new(v, r, id, i, &known);
    else
        rc = inv_failed(v);
    sqlite3_reset(find);
    return rc;
}

/* ---- the whole ---- */

static enum err_code mark_gone(struct inv_saving *v, const struct inv_place *p)
{
    sqlite3_stmt *list = v->st[ST_GONE_LIST], *gone = v->st[ST_GONE];
    enum err_code rc = ERR_OK;
    int got;

    inv_bind(list, 1, p->account);
    inv_bind(list, 2, p->region);
    inv_bind(list, 3, p->service);
    sqlite3_bind_int64(list, 4, v->ret->scan);
    while (!rc && (got = sqlite3_step(list)) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(list, 0);

        sqlite3_bind_int64(gone, 1, v->s->ended_ms);
        sqlite3_bind_int64(gone, 2, id);
        rc = inv_step(v, gone);
        if (!rc)
            rc = add_change(v, id, "gone", "", "", "");
        v->ret->gone++;
    }
    sqlite3_reset(list);
    return rc;
}

static enum err_code begin_scan(struct inv_saving *v)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc;

    if (sqlite3_prepare_v2(v->sql, "INSERT INTO scan VALUES(NULL,?1,?2,?3,0,0,0,0,0)", -1, &st,
                           NULL) != SQLITE_OK)
        return inv_failed(v);
    sqlite3_bind_int64(st, 1, v->s->begun_ms);
    sqlite3_bind_int64(st, 2, v->s->ended_ms);
    inv_bind(st, 3, v->s->scope);
    rc = inv_step(v, st);
    sqlite3_finalize(st);
    v->ret->scan = sqlite3_last_insert_rowid(v->sql);
    return rc;
}

static enum err_code end_scan(struct inv_saving *v, size_t troubles)
{
    char text[200];

    (void)snprintf(text, sizeof(text),
                   "UPDATE scan SET seen=%zu, added=%zu, changed=%zu, gone=%zu, failed=%zu"
                   " WHERE id=%lld",
                   v->ret->seen, v->ret->added, v->ret->changed, v->ret->gone, troubles,
                   (long long)v->ret->scan);
    return db_exec(v->sql, text, v->err);
}

/* Not what came twice, nor what only stood for others. */
static enum err_code count_seen(struct inv_saving *v)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc = ERR_OK;

    if (sqlite3_prepare_v2(v->sql, "SELECT count(*) FROM resource WHERE last_scan=?1", -1, &st,
                           NULL) != SQLITE_OK)
        return inv_failed(v);
    sqlite3_bind_int64(st, 1, v->ret->scan);
    if (sqlite3_step(st) == SQLITE_ROW)
        v->ret->seen = (size_t)sqlite3_column_int64(st, 0);
    else
        rc = inv_failed(v);
    sqlite3_finalize(st);
    return rc;
}

static enum err_code save_all(struct inv_saving *v)
{
    size_t troubles = 0;

    if (begin_scan(v))
        return v->err->code;
    for (size_t i = 0; i < v->s->resource_count; i++)
        if (save_one(v, i))
            return v->err->code;
    for (size_t i = 0; i < v->s->resource_count; i++)
        if (keep_record(v, i))
            return v->err->code;
    if (inv_save_relations(v) || inv_drop_known(v->sql, v->err))
        return v->err->code;
    if (count_seen(v))
        return v->err->code;
    for (size_t i = 0; i < v->s->place_count; i++) {
        troubles += !v->s->places[i].whole;
        if (v->s->places[i].whole && mark_gone(v, &v->s->places[i]))
            return v->err->code;
    }
    return end_scan(v, troubles);
}

static sqlite3_int64 next_row(sqlite3 *sql)
{
    sqlite3_stmt *st = NULL;
    sqlite3_int64 last = 0;

    if (sqlite3_prepare_v2(sql, "SELECT max(id) FROM resource", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        last = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return last + 1;
}

static enum err_code save_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct inv_saving *v = ctx;
    struct err ignored = ERR_INIT;
    sqlite3_stmt *st[STATEMENTS] = {NULL};
    enum err_code rc = ERR_OK;

    v->sql = sql;
    v->st = st;
    v->err = err;
    *err = (struct err)ERR_INIT;
    v->ids = xcalloc(v->s->resource_count + 1, sizeof(*v->ids));
    v->changed = xcalloc(v->s->resource_count + 1, sizeof(*v->changed));
    v->ret->added = v->ret->changed = v->ret->gone = 0;
    for (int i = 0; i < STATEMENTS && !rc; i++)
        if (sqlite3_prepare_v2(sql, texts[i], -1, &st[i], NULL) != SQLITE_OK)
            rc = inv_failed(v);
    if (!rc) /* 32 MiB: the index of what is named does not fit into SQLite's two */
        rc = db_exec(sql, "PRAGMA cache_size=-32768; BEGIN IMMEDIATE", err);
    if (!rc) {
        v->first_new = next_row(sql);
        rc = save_all(v);
        if (!rc)
            rc = db_exec(sql, "COMMIT", err);
        if (rc)
            (void)db_exec(sql, "ROLLBACK", &ignored);
    }
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(st[i]);
    v->st = NULL;
    free(v->ids);
    free(v->changed);
    v->ids = NULL;
    v->changed = NULL;
    return rc;
}

enum err_code inventory_save(const char *path, const struct inv_scan *s, struct inv_outcome *ret,
                             struct err *err)
{
    struct inv_saving v = {.s = s, .ret = ret};

    *ret = (struct inv_outcome){0};
    return db_run_sync(path, &inventory_schema, save_work, &v, &ret->notice, err);
}

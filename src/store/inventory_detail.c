/* inventory_detail.c - one resource with all that is kept of it, and what is around some of them.
 * What one resource says of another is a text; here it becomes that other one: an ARN is one
 * resource, an id or a name is one of that kind in the same account and region, a host name is the
 * resource that says it is its own ("alias"). */
#include "src/store/inventory_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"

#define CHANGES_MAX 100

enum {
    ST_FIND,
    ST_ROW,
    ST_SEED,
    ST_RECORD,
    ST_OUT,
    ST_IN,
    ST_EXACT,
    ST_TAIL,
    ST_ALIAS,
    ST_CHANGES,
    STATEMENTS
};

#define PREFIXED                                                                                   \
    "s.account, s.region, s.service, s.kind, s.rid, s.name, s.arn, s.state, s.health, s.created,"  \
    " s.tags, s.first_ms, s.last_ms, s.gone_ms"
/* In the same account and region, or of a service without regions. */
#define NEAR(t) t "account=?5 AND (" t "region=?6 OR " t "region='global' OR ?6='global')"

/* The index of ARNs holds those that there are, and is taken only when that is said. */
#define ARN_IS " (arn<>'' AND arn=?1)"

static const char *const texts[STATEMENTS] = {
    [ST_FIND] =
        "SELECT id, said_scan, about_scan, " INV_COLUMNS " FROM resource WHERE (rid=?1 OR" ARN_IS
        " OR (name<>rid AND name=?1)) AND (?2='' OR account=?2) AND (?3='' OR region=?3)"
        " AND (?4='' OR service=?4) AND (?5='' OR kind=?5)"
        " ORDER BY gone_ms>0, rid<>?1, last_ms DESC, id LIMIT 1",
    [ST_ROW] = "SELECT id, said_scan, about_scan, " INV_COLUMNS " FROM resource WHERE id=?1",
    [ST_SEED] = "SELECT id, " INV_COLUMNS " FROM resource WHERE (rid=?1 OR" ARN_IS
                " OR (name<>rid AND name=?1)) AND gone_ms=0"
                " AND ((?2='' AND ?3='') OR account=?2 OR account=?3)"
                " AND (?4='' OR region=?4 OR region='global') ORDER BY rid<>?1, id LIMIT 8",
    [ST_RECORD] = "SELECT packed FROM record WHERE resource=?1",
    [ST_OUT] =
        "SELECT type, inverse, target, kind, first_ms FROM relation WHERE source=?1"
        " AND last_scan>=iif(about, ?3, ?2) AND type<>'alias' ORDER BY type, inverse, kind, target",
    [ST_IN] = "SELECT r.type, r.inverse, r.first_ms, s.id, " PREFIXED
              " FROM relation r JOIN resource s ON s.id=r.source"
              " WHERE r.target IN (SELECT ?1 UNION SELECT ?2 UNION SELECT ?3 UNION SELECT target"
              " FROM relation WHERE source=?7 AND type='alias') AND r.type<>'alias'"
              " AND (r.kind=?4 OR (r.kind='' AND (r.target<>?3 OR ?3=?1)))"
              " AND r.last_scan>=iif(r.about, s.about_scan, s.said_scan) AND s.gone_ms=0"
              " AND (r.target=?2 OR instr(r.target, '.') OR (" NEAR(
                  "s.") "))"
                        " ORDER BY r.type, r.inverse, s.service, s.kind, s.name LIMIT 1000",
    [ST_EXACT] = "SELECT id, " INV_COLUMNS " FROM resource WHERE (rid=?1 OR" ARN_IS
                 " OR (?3<>'' AND name<>rid AND name=?1)) AND (?3='' OR service=?3)"
                 " AND (?4='' OR kind=?4) AND (arn=?1 OR (" NEAR(
                     "") "))"
                         " ORDER BY gone_ms>0, last_ms DESC LIMIT 1",
    [ST_TAIL] = "SELECT id, " INV_COLUMNS " FROM resource WHERE rid=?1 AND service=?3"
                " AND (?4='' OR kind=?4) AND (" NEAR("") ") ORDER BY gone_ms>0 LIMIT 1",
    [ST_ALIAS] = "SELECT s.id, " PREFIXED " FROM relation r JOIN resource s ON s.id=r.source"
                 " WHERE r.target=?1 AND r.type='alias' AND (?3='' OR s.service=?3)"
                 " AND (?4='' OR s.kind=?4) AND (instr(r.target, '.') OR (" NEAR(
                     "s.") "))"
                           " ORDER BY s.gone_ms>0 LIMIT 1",
    [ST_CHANGES] = "SELECT c.scan, s.ended_ms, c.what, c.field, c.before, c.after FROM change c"
                   " JOIN scan s ON s.id=c.scan WHERE c.resource=?1 ORDER BY c.rowid DESC LIMIT ?2",
};

struct told {
    sqlite3_int64 other;
    char type[24];
    bool inverse;
};

struct detail {
    const struct inv_resource *key;
    const struct inv_detail_callbacks *cb;
    void *ctx;
    sqlite3 *sql;
    sqlite3_stmt *st[STATEMENTS];
    sqlite3_int64 id, said_scan, about_scan;
    char *account, *region, *kind, *rid, *name, *arn; /* of it */
    VEC(struct told) told;
    bool cut; /* more than INV_LINKS_MAX */
};

/* ---- the other one ---- */

static bool stands_on(struct detail *d, int statement, const char *text, const char *service,
                      const char *kind)
{
    sqlite3_stmt *st = d->st[statement];

    sqlite3_reset(st);
    inv_bind(st, 1, text);
    inv_bind(st, 3, service);
    inv_bind(st, 4, kind);
    inv_bind(st, 5, d->account);
    inv_bind(st, 6, d->region);
    return sqlite3_step(st) == SQLITE_ROW;
}

/* The service of an ARN: "arn:aws:sqs:...". */
static void arn_service(const char *arn, char out[INV_KIND_MAX])
{
    const char *at = strncmp(arn, "arn:", 4) == 0 ? strchr(arn + 4, ':') : NULL;
    const char *end = at ? strchr(at + 1, ':') : NULL;

    *out = '\0';
    if (end)
        (void)snprintf(out, INV_KIND_MAX, "%.*s", (int)(end - at - 1), at + 1);
}

/* The statement that stands on the other one; NULL: it was never seen. */
static sqlite3_stmt *resolve(struct detail *d, const char *target, const char *kind)
{
    char service[INV_KIND_MAX], only[INV_KIND_MAX];
    const char *tail = inv_tail(target);

    inv_split_kind(kind, service, only);
    if (stands_on(d, ST_EXACT, target, service, only))
        return d->st[ST_EXACT];
    if (stands_on(d, ST_ALIAS, target, service, only))
        return d->st[ST_ALIAS];
    if (!*service)
        arn_service(target, service);
    if (*service && tail != target && stands_on(d, ST_TAIL, tail, service, only))
        return d->st[ST_TAIL];
    return NULL;
}

/* A volume says whose it is, and the instance says it, too. */
static bool told_already(struct detail *d, sqlite3_int64 other, const char *type, bool inverse)
{
    struct told *t;

    VEC_EACH (it, &d->told)
        if (it->other == other && it->inverse == inverse && strcmp(it->type, type) == 0)
            return true;
    if (d->told.count == INV_LINKS_MAX) {
        d->cut = true;
        return true;
    }
    t = VEC_PUSH(&d->told);
    t->other = other;
    t->inverse = inverse;
    (void)snprintf(t->type, sizeof(t->type), "%s", type);
    return false;
}

static void tell_out(struct detail *d, sqlite3_stmt *st)
{
    struct inv_link l = {.type = inv_column(st, 0),
                         .inverse = sqlite3_column_int(st, 1) != 0,
                         .target = inv_column(st, 2),
                         .kind = inv_column(st, 3),
                         .first_ms = sqlite3_column_int64(st, 4)};
    sqlite3_stmt *other = resolve(d, l.target, l.kind);
    struct inv_kept k;

    if (other) {
        inv_read_kept(other, 1, &k);
        l.kept = &k;
        l.row = sqlite3_column_int64(other, 0);
        if (l.row == d->id || told_already(d, l.row, l.type, l.inverse))
            return;
    }
    d->cb->on_link(d->ctx, &l);
}

static void tell_in(struct detail *d, sqlite3_stmt *st)
{
    struct inv_link l = {.type = inv_column(st, 0),
                         .inverse = sqlite3_column_int(st, 1) == 0,
                         .target = "",
                         .kind = "",
                         .first_ms = sqlite3_column_int64(st, 2)};
    sqlite3_int64 other = sqlite3_column_int64(st, 3);
    struct inv_kept k;

    inv_read_kept(st, 4, &k);
    l.kept = &k;
    l.row = other;
    if (other != d->id && !told_already(d, other, l.type, l.inverse))
        d->cb->on_link(d->ctx, &l);
}

static enum err_code tell_links(struct detail *d, struct err *err)
{
    sqlite3_stmt *out = d->st[ST_OUT], *in = d->st[ST_IN];
    int rc;

    sqlite3_bind_int64(out, 1, d->id);
    sqlite3_bind_int64(out, 2, d->said_scan);
    sqlite3_bind_int64(out, 3, d->about_scan);
    while ((rc = sqlite3_step(out)) == SQLITE_ROW)
        tell_out(d, out);
    sqlite3_reset(out);
    if (rc != SQLITE_DONE)
        return db_error(d->sql, err, "inventory");
    inv_bind(in, 1, d->rid);
    inv_bind(in, 2, *d->arn ? d->arn : d->rid);
    inv_bind(in, 3, *d->name ? d->name : d->rid);
    inv_bind(in, 4, d->kind);
    inv_bind(in, 5, d->account);
    inv_bind(in, 6, d->region);
    sqlite3_bind_int64(in, 7, d->id);
    while ((rc = sqlite3_step(in)) == SQLITE_ROW)
        tell_in(d, in);
    sqlite3_reset(in);
    return rc == SQLITE_DONE ? ERR_OK : db_error(d->sql, err, "inventory");
}

/* ---- itself ---- */

static void forget_row(struct detail *d)
{
    free(d->account);
    free(d->region);
    free(d->kind);
    free(d->rid);
    free(d->name);
    free(d->arn);
    d->account = d->region = d->kind = d->rid = d->name = d->arn = NULL;
    d->told.count = 0;
}

/* Of ST_FIND and ST_ROW. */
static void take_row(struct detail *d, sqlite3_stmt *st, struct inv_kept *ret)
{
    forget_row(d);
    d->id = sqlite3_column_int64(st, 0);
    d->said_scan = sqlite3_column_int64(st, 1);
    d->about_scan = sqlite3_column_int64(st, 2);
    inv_read_kept(st, 3, ret);
    d->account = xstrdup(ret->r.account);
    d->region = xstrdup(ret->r.region);
    d->kind = xasprintf("%s:%s", ret->r.service, ret->r.kind);
    d->rid = xstrdup(ret->r.id);
    d->name = xstrdup(ret->r.name);
    d->arn = xstrdup(ret->r.arn);
}

static enum err_code tell_kept(struct detail *d, struct err *err)
{
    const struct inv_resource *k = d->key;
    sqlite3_stmt *st = d->st[ST_FIND], *record = d->st[ST_RECORD];
    struct inv_kept kept;
    int rc;

    inv_bind(st, 1, k->id);
    inv_bind(st, 2, k->account);
    inv_bind(st, 3, k->region);
    inv_bind(st, 4, k->service);
    inv_bind(st, 5, k->kind);
    rc = sqlite3_step(st);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "'%.100s' is not in the inventory", k->id);
    if (rc != SQLITE_ROW)
        return db_error(d->sql, err, "inventory");
    take_row(d, st, &kept);
    sqlite3_bind_int64(record, 1, d->id);
    if (sqlite3_step(record) == SQLITE_ROW)
        kept.r.record =
            (struct str){sqlite3_column_blob(record, 0), (size_t)sqlite3_column_bytes(record, 0)};
    d->cb->on_kept(d->ctx, &kept);
    return ERR_OK;
}

static enum err_code tell_changes(struct detail *d, struct err *err)
{
    sqlite3_stmt *st = d->st[ST_CHANGES];
    int rc;

    sqlite3_bind_int64(st, 1, d->id);
    sqlite3_bind_int(st, 2, CHANGES_MAX);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_change c = {.scan = sqlite3_column_int64(st, 0),
                               .at_ms = sqlite3_column_int64(st, 1),
                               .what = inv_column(st, 2),
                               .account = d->account,
                               .region = d->region,
                               .service = "",
                               .kind = d->kind,
                               .id = d->rid,
                               .name = d->name,
                               .field = inv_column(st, 3),
                               .before = inv_column(st, 4),
                               .after = inv_column(st, 5)};

        d->cb->on_change(d->ctx, &c);
    }
    return rc == SQLITE_DONE ? ERR_OK : db_error(d->sql, err, "inventory");
}

static enum err_code prepare(struct detail *d, sqlite3 *sql, struct err *err)
{
    d->sql = sql;
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v2(sql, texts[i], -1, &d->st[i], NULL) != SQLITE_OK)
            return db_error(sql, err, "inventory");
    return ERR_OK;
}

static void finish(struct detail *d)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(d->st[i]);
        d->st[i] = NULL;
    }
    forget_row(d);
    VEC_RELEASE(&d->told);
}

static enum err_code detail_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct detail *d = ctx;
    enum err_code rc = prepare(d, sql, err);

    if (!rc)
        rc = tell_kept(d, err);
    if (!rc && d->cb->on_link)
        rc = tell_links(d, err);
    if (!rc && d->cb->on_change)
        rc = tell_changes(d, err);
    finish(d);
    return rc;
}

enum err_code inventory_detail(const char *path, const struct inv_resource *key,
                               const struct inv_detail_callbacks *cb, void *ctx, struct err *err)
{
    struct detail d = {.key = key, .cb = cb, .ctx = ctx};

    return db_run_sync(path, &inventory_schema, detail_work, &d, NULL, err);
}

/* ---- what is around some of them ---- */

struct near {
    struct detail d;
    const struct inv_near *ask;
    inv_near_fn *kept;
    inv_pair_fn *pair;
    void *ctx;
    struct inv_near_end *ret;
    struct map *numbers;     /* row -> number + 1 */
    VEC(sqlite3_int64) todo; /* rows that are still to say what they name */
    VEC(size_t) todo_number; /* and their numbers */
    size_t at;               /* the number of the one that says it now */
};

static size_t meet(struct near *n, sqlite3_int64 row, const struct inv_kept *k, size_t from,
                   const char *type)
{
    struct str key = {(const char *)&row, sizeof(row)};
    size_t number = (size_t)map_get(n->numbers, key);

    if (number)
        return number - 1;
    number = n->ret->met++;
    map_set(n->numbers, key, (void *)(number + 1));
    if (!n->ret->oldest_ms || k->last_ms < n->ret->oldest_ms)
        n->ret->oldest_ms = k->last_ms;
    n->ret->newest_ms = k->last_ms > n->ret->newest_ms ? k->last_ms : n->ret->newest_ms;
    if (n->kept(n->ctx, k, from, type)) {
        *VEC_PUSH(&n->todo) = row;
        *VEC_PUSH(&n->todo_number) = number;
    }
    return number;
}

static void on_near_link(void *ctx, const struct inv_link *l)
{
    struct near *n = ctx;

    if (l->kept && !l->kept->gone_ms)
        n->pair(n->ctx, l->type, l->inverse, n->at, meet(n, l->row, l->kept, n->at, l->type));
}

/* All that go by that name: a function and its table may. */
static enum err_code meet_named(struct near *n, const char *name, struct err *err)
{
    sqlite3_stmt *st = n->d.st[ST_SEED];
    size_t before = n->ret->met;
    int rc;

    inv_bind(st, 1, name);
    inv_bind(st, 2, n->ask->account);
    inv_bind(st, 3, n->ask->number);
    inv_bind(st, 4, n->ask->region);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_kept k;

        inv_read_kept(st, 1, &k);
        meet(n, sqlite3_column_int64(st, 0), &k, SIZE_MAX, "");
    }
    sqlite3_reset(st);
    n->ret->named += n->ret->met > before;
    return rc == SQLITE_DONE ? ERR_OK : db_error(n->d.sql, err, "inventory");
}

/* Breadth first, so that what is near comes before what is far. */
static enum err_code walk(struct near *n, struct err *err)
{
    sqlite3_stmt *st = n->d.st[ST_ROW];
    struct inv_kept k;

    for (size_t i = 0; i < n->todo.count; i++) {
        int rc;

        if (n->ret->read == n->ask->most) {
            n->ret->cut = true;
            return ERR_OK;
        }
        n->ret->read++;
        n->at = n->todo_number.items[i];
        sqlite3_bind_int64(st, 1, n->todo.items[i]);
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            take_row(&n->d, st, &k);
        sqlite3_reset(st);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE)
            return db_error(n->d.sql, err, "inventory");
        if (rc == SQLITE_ROW && tell_links(&n->d, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code near_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct near *n = ctx;
    enum err_code rc = prepare(&n->d, sql, err);

    n->numbers = map_new();
    for (size_t i = 0; i < n->ask->count && !rc; i++)
        rc = meet_named(n, n->ask->names[i], err);
    if (!rc)
        rc = walk(n, err);
    n->ret->cut = n->ret->cut || n->d.cut;
    finish(&n->d);
    map_free(n->numbers);
    VEC_RELEASE(&n->todo);
    VEC_RELEASE(&n->todo_number);
    return rc;
}

enum err_code inventory_near(const char *path, const struct inv_near *ask, inv_near_fn *kept,
                             inv_pair_fn *pair, void *ctx, struct inv_near_end *ret,
                             struct err *err)
{
    static const struct inv_detail_callbacks cb = {.on_link = on_near_link};
    struct near n = {.ask = ask, .kept = kept, .pair = pair, .ctx = ctx, .ret = ret};

    n.d.cb = &cb;
    n.d.ctx = &n;
    *ret = (struct inv_near_end){0};
    return db_run_sync(path, &inventory_schema, near_work, &n, NULL, err);
}

/* inventory_graph.c - everything that is there, with what it says of each other. Names are resolved
 * in memory: of all of them that is faster than one question each. */
#include "src/store/inventory_priv.h"

#include <stdio.h>

#include "runbook/base/map.h"

#define KEY_MAX 2600

struct graph {
    inv_kept_fn *kept;
    inv_pair_fn *pair;
    void *ctx;
    struct map *places; /* every name that a resource goes by -> its number + 1 */
    struct map *rows;   /* row -> number + 1 */
};

static const char *place_key(char out[KEY_MAX], const char *account, const char *region,
                             const char *kind, const char *name)
{
    (void)snprintf(out, KEY_MAX, "%s/%s/%s/%s", account, region, kind, name);
    return out;
}

static void know(struct graph *g, const struct inv_kept *k, sqlite3_int64 row, size_t number)
{
    const struct inv_resource *r = &k->r;
    void *value = (void *)(number + 1);
    char key[KEY_MAX], kind[2 * INV_KIND_MAX];

    (void)snprintf(kind, sizeof(kind), "%s:%s", r->service, r->kind);
    if (*r->arn)
        map_set_c(g->places, r->arn, value);
    map_set_c(g->places, place_key(key, r->account, r->region, "", r->id), value);
    map_set_c(g->places, place_key(key, r->account, r->region, kind, r->id), value);
    if (*r->name && strcmp(r->name, r->id) != 0)
        map_set_c(g->places, place_key(key, r->account, r->region, kind, r->name), value);
    map_set(g->rows, (struct str){(const char *)&row, sizeof(row)}, value);
}

static size_t number_of_row(const struct graph *g, sqlite3_int64 row)
{
    return (size_t)map_get(g->rows, (struct str){(const char *)&row, sizeof(row)});
}

static size_t find_near(const struct graph *g, const char *account, const char *region,
                        const char *kind, const char *name)
{
    char key[KEY_MAX];
    size_t n = (size_t)map_get_c(g->places, place_key(key, account, region, kind, name));

    return n ? n : (size_t)map_get_c(g->places, place_key(key, account, "global", kind, name));
}

static size_t find_target(const struct graph *g, sqlite3_stmt *st)
{
    const char *target = inv_column(st, 4), *kind = inv_column(st, 3);
    const char *account = inv_column(st, 5), *region = inv_column(st, 6);
    const char *tail = inv_tail(target);
    size_t n = (size_t)map_get_c(g->places, target);

    if (!n)
        n = find_near(g, account, region, kind, target);
    if (!n && *kind && tail != target)
        n = find_near(g, account, region, kind, tail);
    return n;
}

static enum err_code tell_nodes(struct graph *g, sqlite3 *sql, struct err *err)
{
    sqlite3_stmt *st = NULL;
    size_t n = 0;
    int rc;

    if (sqlite3_prepare_v2(sql,
                           "SELECT id, " INV_COLUMNS " FROM resource WHERE gone_ms=0 ORDER BY id",
                           -1, &st, NULL) != SQLITE_OK)
        return db_error(sql, err, "inventory");
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct inv_kept k;

        inv_read_kept(st, 1, &k);
        know(g, &k, sqlite3_column_int64(st, 0), n++);
        g->kept(g->ctx, &k);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : db_error(sql, err, "inventory");
}

/* First who goes by which other name, then what they say. */
static enum err_code tell_pairs(struct graph *g, sqlite3 *sql, bool aliases, struct err *err)
{
    static const char text[] =
        "SELECT r.source, r.type, r.inverse, r.kind, r.target, s.account, s.region FROM relation r"
        " JOIN resource s ON s.id=r.source WHERE (r.type='alias')=?1"
        " AND r.last_scan>=iif(r.about, s.about_scan, s.said_scan)"
        " AND s.gone_ms=0 ORDER BY r.source, r.target";
    sqlite3_stmt *st = NULL;
    int rc;

    if (sqlite3_prepare_v2(sql, text, -1, &st, NULL) != SQLITE_OK)
        return db_error(sql, err, "inventory");
    sqlite3_bind_int(st, 1, aliases);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        size_t source = number_of_row(g, sqlite3_column_int64(st, 0)), target;

        if (aliases && source)
            map_set_c(g->places, inv_column(st, 4), (void *)source);
        target = aliases ? 0 : find_target(g, st);
        if (source && target && source != target)
            g->pair(g->ctx, inv_column(st, 1), sqlite3_column_int(st, 2) != 0, source - 1,
                    target - 1);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : db_error(sql, err, "inventory");
}

static enum err_code graph_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct graph *g = ctx;
    enum err_code rc;

    g->places = map_new();
    g->rows = map_new();
    rc = tell_nodes(g, sql, err);
    if (!rc)
        rc = tell_pairs(g, sql, true, err);
    if (!rc)
        rc = tell_pairs(g, sql, false, err);
    map_free(g->places);
    map_free(g->rows);
    return rc;
}

enum err_code inventory_graph(const char *path, inv_kept_fn *kept, inv_pair_fn *pair, void *ctx,
                              struct err *err)
{
    struct graph g = {.kept = kept, .pair = pair, .ctx = ctx};

    return db_run_sync(path, &inventory_schema, graph_work, &g, NULL, err);
}

/* inventory_says.c - see inventory_priv.h: what resources say of each other is written. */
#include "src/store/inventory_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

#define MANY 32  /* rows at once: a step of SQLite costs as much as the row that it writes */
#define OF_ROW 5 /* values of one: source, target, type, inverse, kind */

enum { ST_SOURCE, ST_RELATION, ST_MANY, ST_SAID, ST_SAYS, ST_ABOUT, ST_SILENT, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [ST_SOURCE] = "SELECT id FROM resource WHERE account=?1 AND region=?2 AND service=?3 AND"
                  " kind=?4 AND (rid=?5 OR rid=?6 OR arn=?5 OR name=?5) LIMIT 1",
    [ST_RELATION] = "INSERT INTO relation VALUES(?1,?2,?3,?4,?5,?6,?7,?6,?7,?8)"
                    " ON CONFLICT(source, target, type, inverse)"
                    " DO UPDATE SET kind=?5, last_ms=?6, last_scan=?7, about=?8",
    [ST_MANY] = "INSERT OR IGNORE INTO relation VALUES", /* put_rows() */
    [ST_SAID] = "SELECT said FROM resource WHERE id=?1",
    [ST_SAYS] = "UPDATE resource SET said=?1, said_scan=?2 WHERE id=?3",
    [ST_ABOUT] = "UPDATE resource SET about_scan=?1 WHERE id=?2",
    [ST_SILENT] = "UPDATE resource SET said=0, said_scan=?1 WHERE id=?2 AND said<>0",
};

struct says {
    struct inv_saving *v;
    sqlite3_stmt *st[STATEMENTS];
    size_t waiting; /* rows that ST_MANY has */
    const struct inv_relation *last;
    sqlite3_int64 last_source;
};

static void put_rows(struct buf *out)
{
    for (int i = 0, p = 3; i < MANY; i++, p += OF_ROW)
        buf_addf(out, "%s(?%d,?%d,?%d,?%d,?%d,?1,?2,?1,?2,0)", i ? "," : "", p, p + 1, p + 2, p + 3,
                 p + 4);
}

static enum err_code prepare(struct says *w)
{
    for (int i = 0; i < STATEMENTS; i++) {
        struct buf text = BUF_INIT(8192);
        int rc;

        buf_adds(&text, texts[i]);
        if (i == ST_MANY)
            put_rows(&text);
        rc = sqlite3_prepare_v2(w->v->sql, buf_cstr(&text), -1, &w->st[i], NULL);
        buf_release(&text);
        if (rc != SQLITE_OK)
            return inv_failed(w->v);
    }
    sqlite3_bind_int64(w->st[ST_MANY], 1, w->v->s->ended_ms);
    sqlite3_bind_int64(w->st[ST_MANY], 2, w->v->ret->scan);
    return ERR_OK;
}

/* ---- a relation ---- */

static void bind_relation(sqlite3_stmt *st, int at, const struct inv_relation *r,
                          sqlite3_int64 source)
{
    sqlite3_bind_int64(st, at, source);
    inv_bind(st, at + 1, r->target);
    inv_bind(st, at + 2, r->type);
    sqlite3_bind_int(st, at + 3, r->inverse);
    inv_bind(st, at + 4, r->kind);
}

static enum err_code save_relation(struct says *w, const struct inv_relation *r,
                                   sqlite3_int64 source, bool about)
{
    sqlite3_stmt *st = w->st[ST_RELATION];

    bind_relation(st, 1, r, source);
    sqlite3_bind_int64(st, 6, w->v->s->ended_ms);
    sqlite3_bind_int64(st, 7, w->v->ret->scan);
    sqlite3_bind_int(st, 8, about);
    return inv_step(w->v, st);
}

/* Of a source that has no rows yet. */
static enum err_code save_new(struct says *w, const struct inv_relation *r, sqlite3_int64 source)
{
    bind_relation(w->st[ST_MANY], 3 + (int)w->waiting * OF_ROW, r, source);
    w->last = r;
    w->last_source = source;
    if (++w->waiting < MANY)
        return ERR_OK;
    w->waiting = 0;
    return inv_step(w->v, w->st[ST_MANY]);
}

/* Those that wait. The last one fills what is left, and is ignored there. */
static enum err_code flush(struct says *w)
{
    while (w->waiting)
        if (save_new(w, w->last, w->last_source))
            return w->v->err->code;
    return ERR_OK;
}

static enum err_code set_scan(struct says *w, int statement, sqlite3_int64 a, sqlite3_int64 b,
                              sqlite3_int64 c)
{
    sqlite3_stmt *st = w->st[statement];

    sqlite3_bind_int64(st, 1, a);
    sqlite3_bind_int64(st, 2, b);
    if (statement == ST_SAYS)
        sqlite3_bind_int64(st, 3, c);
    return inv_step(w->v, st);
}

/* FNV-1a. It only saves work: equal numbers mean that nothing is written. */
static uint64_t add_text(uint64_t h, const char *s)
{
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return (h ^ 31) * UINT64_C(1099511628211);
}

static int64_t number_of(const struct inv_relation *r, size_t count)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < count; i++) {
        h = add_text(h, r[i].type);
        h = add_text(h, r[i].inverse ? "<" : ">");
        h = add_text(h, r[i].kind);
        h = add_text(h, r[i].target);
    }
    return (int64_t)(h >> 1) | 1;
}

/* ---- what one says itself ---- */

static enum err_code save_first(struct says *w, const struct inv_relation *r, size_t count)
{
    sqlite3_int64 source = w->v->ids[r->source];

    for (size_t i = 0; i < count; i++)
        if (save_new(w, &r[i], source))
            return w->v->err->code;
    return set_scan(w, ST_SAYS, number_of(r, count), w->v->ret->scan, source);
}

/* Nothing is written when it said the same before. */
static enum err_code save_again(struct says *w, const struct inv_relation *r, size_t count)
{
    sqlite3_int64 source = w->v->ids[r->source];
    sqlite3_stmt *st = w->st[ST_SAID];
    int64_t number = number_of(r, count), before = 0;

    sqlite3_bind_int64(st, 1, source);
    if (sqlite3_step(st) == SQLITE_ROW)
        before = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    if (before == number)
        return ERR_OK;
    for (size_t i = 0; i < count; i++)
        if (save_relation(w, &r[i], source, false))
            return w->v->err->code;
    return set_scan(w, ST_SAYS, number, w->v->ret->scan, source);
}

/* All that they say themselves comes before what others say of them, so that a row which both say
 * stays what others say. */
static enum err_code save_said(struct says *w, bool *says)
{
    const struct inv_scan *s = w->v->s;

    for (size_t i = 0, n; i < s->relation_count; i += n) {
        const struct inv_relation *r = &s->relations[i];
        sqlite3_int64 source = r->source == SIZE_MAX ? 0 : w->v->ids[r->source];

        n = 1;
        if (r->source == SIZE_MAX)
            continue;
        while (i + n < s->relation_count && r[n].source == r->source)
            n++;
        says[r->source] = true;
        if (source && (source < w->v->first_new ? save_again(w, r, n) : save_first(w, r, n)))
            return w->v->err->code;
    }
    return flush(w);
}

static enum err_code save_silent(struct says *w, const bool *says)
{
    for (size_t i = 0; i < w->v->s->resource_count; i++) {
        sqlite3_int64 id = w->v->ids[i];

        if (!says[i] && id && id < w->v->first_new &&
            set_scan(w, ST_SILENT, w->v->ret->scan, id, 0))
            return w->v->err->code;
    }
    return ERR_OK;
}

/* ---- what others say of one ---- */

static sqlite3_int64 source_row(struct says *w, const struct inv_relation *r)
{
    sqlite3_stmt *st = w->st[ST_SOURCE];
    char service[INV_KIND_MAX], kind[INV_KIND_MAX];
    sqlite3_int64 id = 0;

    inv_split_kind(r->source_kind, service, kind);
    inv_bind(st, 1, r->account);
    inv_bind(st, 2, r->region);
    inv_bind(st, 3, service);
    inv_bind(st, 4, kind);
    inv_bind(st, 5, r->source_name);
    inv_bind(st, 6, inv_tail(r->source_name));
    if (sqlite3_step(st) == SQLITE_ROW)
        id = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return id;
}

static enum err_code save_about(struct says *w)
{
    const struct inv_scan *s = w->v->s;

    for (size_t i = 0; i < s->relation_count; i++) {
        const struct inv_relation *r = &s->relations[i];
        sqlite3_int64 source = r->source == SIZE_MAX ? source_row(w, r) : 0;

        if (!source)
            continue;
        if (*r->type && save_relation(w, r, source, true))
            return w->v->err->code;
        if (set_scan(w, ST_ABOUT, w->v->ret->scan, source, 0))
            return w->v->err->code;
    }
    return ERR_OK;
}

enum err_code inv_save_relations(struct inv_saving *v)
{
    struct says w = {.v = v};
    bool *says = xcalloc(v->s->resource_count + 1, sizeof(*says));
    enum err_code rc = prepare(&w);

    if (!rc)
        rc = save_said(&w, says);
    if (!rc)
        rc = save_silent(&w, says);
    if (!rc)
        rc = save_about(&w);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(w.st[i]);
    free(says);
    return rc;
}

/* index.c - keeping the rows of the index as the journals are.
 * Reading a journal here knows a few event types and fields by name (session.opened, conclusion
 * ...); everything else about events belongs to the model. */
#include "runbook/store/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "index_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/log.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/store/blob.h"
#include "runbook/store/journal.h"

#define WORDS_MAX ((size_t)256 << 10) /* bytes of text of one session that can be searched */

static const char *const steps[] = {
    "CREATE TABLE session("
    " rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,"
    " title TEXT NOT NULL, query TEXT NOT NULL, host TEXT NOT NULL,"
    " opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
    " verdict TEXT NOT NULL, root_cause TEXT NOT NULL, category TEXT NOT NULL, confidence REAL,"
    " events INTEGER NOT NULL, problem TEXT NOT NULL,"
    " known_lines INTEGER NOT NULL, known_hash TEXT NOT NULL);"
    "CREATE INDEX session_newest ON session(opened_ms DESC, rowid DESC);"
    "CREATE TABLE blob_ref(session INTEGER NOT NULL, hash TEXT NOT NULL,"
    " PRIMARY KEY(session, hash)) WITHOUT ROWID;"
    "CREATE INDEX blob_ref_hash ON blob_ref(hash);"
    "CREATE VIRTUAL TABLE words USING fts5(title, query, statements);",
    NULL,
};

const struct db_schema index_schema = {.name = "session index", .steps = steps};

enum err_code sql_prepare(sqlite3 *sql, const char *text, sqlite3_stmt **ret, struct err *err)
{
    *ret = NULL;
    if (FAULT_POINT("index.prepare"))
        return err_set(err, ERR_IO, "session index: disk I/O error");
    if (sqlite3_prepare_v2(sql, text, -1, ret, NULL) != SQLITE_OK)
        return db_error(sql, err, "session index");
    return ERR_OK;
}

enum err_code sql_run(sqlite3 *sql, sqlite3_stmt *st, struct err *err)
{
    int rc;

    if (FAULT_POINT("index.step"))
        return err_set(err, ERR_IO, "session index: disk I/O error");
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        ;
    if (rc != SQLITE_DONE)
        db_error(sql, err, "session index");
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

void sql_bind(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text ? text : "", -1, SQLITE_TRANSIENT);
}

/* ---- one journal ---- */

struct digest {
    struct arena *arena;
    struct session_info info;
    struct buf words;
    struct map *blobs;    /* hash -> itself */
    uint64_t known_lines; /* as remembered before reading; 0: nothing */
    const char *known_hash;
    bool fits_memory;
};

static const char *keep(struct digest *d, const struct value *data, const char *key)
{
    return arena_str(d->arena, value_str_or(data, key, ""));
}

static void add_words(struct digest *d, struct str s)
{
    if (!s.len)
        return;
    buf_add_str(&d->words, s);
    buf_addc(&d->words, '\n');
}

static void note_opened(struct digest *d, const struct journal_record *r)
{
    if (d->info.opened_ms)
        return;
    d->info.opened_ms = r->ts_ms;
    d->info.title = keep(d, r->data, "title");
    d->info.query = keep(d, r->data, "query");
    d->info.host = keep(d, r->data, "host");
}

/* A new question: what was concluded before is not the answer to it. */
static void note_turn(struct digest *d, const struct journal_record *r)
{
    if (str_eq_c(value_str_or(r->data, "kind", ""), "answer")) {
        d->info.closed_ms = 0; /* about what is known: the verdict stays */
        return;
    }
    d->info.verdict = d->info.root_cause = d->info.category = "";
    d->info.confidence = NAN;
    d->info.closed_ms = 0;
}

static void note_conclusion(struct digest *d, const struct journal_record *r)
{
    d->info.verdict = keep(d, r->data, "verdict");
    if (!*d->info.root_cause)
        d->info.confidence = value_num_or(r->data, "confidence", NAN);
    add_words(d, value_str_or(r->data, "summary", ""));
}

static void note_renamed(struct digest *d, const struct journal_record *r)
{
    d->info.title = keep(d, r->data, "title");
    add_words(d, value_str_or(r->data, "title", ""));
}

/* A message comes in pieces, which may end inside of a word. */
static void note_said(struct digest *d, const struct journal_record *r)
{
    buf_add_str(&d->words, value_str_or(r->data, "text", ""));
    if (value_bool_or(r->data, "last", false))
        buf_addc(&d->words, '\n');
}

static void note_root_cause(struct digest *d, const struct journal_record *r)
{
    d->info.root_cause = keep(d, r->data, "statement");
    d->info.category = keep(d, r->data, "category");
    d->info.confidence = value_num_or(r->data, "confidence", NAN);
}

static void note_blob(struct digest *d, const struct value *data)
{
    struct str hash = value_str_or(data, "blob", "");
    char *copy;

    if (hash.len != SHA256_HEX - 1 || map_has(d->blobs, hash))
        return;
    copy = arena_str(d->arena, hash);
    map_set(d->blobs, hash, copy);
}

static bool on_record(void *ctx, const struct journal_record *r)
{
    struct digest *d = ctx;

    if (d->known_lines && r->seq == d->known_lines + 1)
        d->fits_memory = str_eq_c(r->prev, d->known_hash);
    d->info.last_ms = r->ts_ms;
    if (str_eq_c(r->type, "session.opened"))
        note_opened(d, r);
    else if (str_eq_c(r->type, "session.closed"))
        d->info.closed_ms = r->ts_ms;
    else if (str_eq_c(r->type, "turn.started"))
        note_turn(d, r);
    else if (str_eq_c(r->type, "session.renamed"))
        note_renamed(d, r);
    else if (str_eq_c(r->type, "agent.text"))
        note_said(d, r);
    else if (str_eq_c(r->type, "conclusion.reached"))
        note_conclusion(d, r);
    else if (str_eq_c(r->type, "rootcause.identified"))
        note_root_cause(d, r);
    else
        note_blob(d, r->data);
    add_words(d, value_str_or(r->data, "statement", ""));
    if (str_eq_c(r->type, "user.message"))
        add_words(d, value_str_or(r->data, "text", ""));
    return true;
}

static const char *problem_of(struct digest *d, const struct journal_report *rep)
{
    if (rep->bad_line)
        return arena_strdup(d->arena, rep->why);
    if (d->known_lines > rep->lines)
        return arena_printf(d->arena, "was cut: it had %llu lines, now %llu",
                            (unsigned long long)d->known_lines, (unsigned long long)rep->lines);
    if (!d->fits_memory)
        return arena_printf(d->arena, "line %llu was changed after it was written",
                            (unsigned long long)d->known_lines);
    if (rep->newer)
        return arena_printf(d->arena, "%llu lines are of a newer version",
                            (unsigned long long)rep->newer);
    return "";
}

static enum err_code digest_journal(const char *path, struct digest *d, struct journal_report *rep,
                                    struct err *err)
{
    d->info.title = d->info.query = d->info.host = d->info.verdict = "";
    d->info.root_cause = d->info.category = d->info.problem = "";
    d->info.confidence = NAN;
    d->fits_memory = true;
    if (journal_read(path, false, on_record, d, rep, err))
        return err->code;
    if (d->known_lines && d->known_lines == rep->lines)
        d->fits_memory = strcmp(rep->last_hash, d->known_hash) == 0;
    d->info.events = (int64_t)rep->lines;
    d->info.problem = problem_of(d, rep);
    return ERR_OK;
}

/* ---- writing rows ---- */

struct refresh {
    sqlite3 *sql;
    const char *dir;
    struct map *rows; /* id -> struct row, of the index */
    struct arena *arena;
    sqlite3_stmt *put, *words_put, *words_del, *blob_put, *blob_del, *session_del;
    size_t read;
};

struct row {
    int64_t rowid, size, mtime_ns, known_lines;
    const char *known_hash;
    bool seen;
};

static const char put_sql[] =
    "INSERT INTO session(rowid, id, size, mtime_ns, title, query, host, opened_ms, closed_ms, "
    "last_ms,"
    " verdict, root_cause, category, confidence, events, problem, known_lines, known_hash)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)"
    " ON CONFLICT(rowid) DO UPDATE SET size=?3, mtime_ns=?4, title=?5, query=?6, host=?7, "
    "opened_ms=?8,"
    " closed_ms=?9, last_ms=?10, verdict=?11, root_cause=?12, category=?13, confidence=?14, "
    "events=?15,"
    " problem=?16, known_lines=?17, known_hash=?18";

static void bind_info(sqlite3_stmt *st, const struct session_info *s)
{
    sql_bind(st, 5, *s->title ? s->title : s->query);
    sql_bind(st, 6, s->query);
    sql_bind(st, 7, s->host);
    sqlite3_bind_int64(st, 8, s->opened_ms);
    sqlite3_bind_int64(st, 9, s->closed_ms);
    sqlite3_bind_int64(st, 10, s->last_ms);
    sql_bind(st, 11, s->verdict);
    sql_bind(st, 12, s->root_cause);
    sql_bind(st, 13, s->category);
    sqlite3_bind_double(st, 14, s->confidence); /* NaN is stored as NULL */
    sqlite3_bind_int64(st, 15, s->events);
    sql_bind(st, 16, s->problem);
}

static enum err_code put_words(struct refresh *f, int64_t rowid, struct digest *d, struct err *err)
{
    sqlite3_bind_int64(f->words_put, 1, rowid);
    sql_bind(f->words_put, 2, d->info.title);
    sql_bind(f->words_put, 3, d->info.query);
    sql_bind(f->words_put, 4, buf_cstr(&d->words));
    return sql_run(f->sql, f->words_put, err);
}

static enum err_code put_blobs(struct refresh *f, int64_t rowid, struct digest *d, struct err *err)
{
    struct str hash;
    size_t it = 0;
    void *value;

    while (map_next(d->blobs, &it, &hash, &value)) {
        sqlite3_bind_int64(f->blob_put, 1, rowid);
        sql_bind(f->blob_put, 2, value);
        if (sql_run(f->sql, f->blob_put, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code drop_details(struct refresh *f, int64_t rowid, struct err *err)
{
    sqlite3_bind_int64(f->words_del, 1, rowid);
    sqlite3_bind_int64(f->blob_del, 1, rowid);
    if (sql_run(f->sql, f->words_del, err) || sql_run(f->sql, f->blob_del, err))
        return err->code;
    return ERR_OK;
}

static enum err_code put_session(struct refresh *f, const char *id, const struct stat *st,
                                 const struct row *old, struct digest *d,
                                 const struct journal_report *rep, struct err *err)
{
    /* A journal that does not fit what was remembered stays suspect until it is deleted. */
    bool trusted = d->fits_memory && d->known_lines <= rep->lines;
    int64_t rowid;

    if (old && drop_details(f, old->rowid, err))
        return err->code;
    if (old)
        sqlite3_bind_int64(f->put, 1, old->rowid);
    sql_bind(f->put, 2, id);
    sqlite3_bind_int64(f->put, 3, st->st_size);
    sqlite3_bind_int64(f->put, 4, st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec);
    bind_info(f->put, &d->info);
    sqlite3_bind_int64(f->put, 17, (int64_t)(trusted ? rep->lines : d->known_lines));
    sql_bind(f->put, 18, trusted ? rep->last_hash : d->known_hash);
    if (sql_run(f->sql, f->put, err))
        return err->code;
    rowid = old ? old->rowid : sqlite3_last_insert_rowid(f->sql);
    if (put_words(f, rowid, d, err) || put_blobs(f, rowid, d, err))
        return err->code;
    return ERR_OK;
}

static enum err_code refresh_one(struct refresh *f, const char *id, const char *path,
                                 const struct stat *found, struct row *old, struct err *err)
{
    struct stat st = *found;
    struct journal_report rep;
    struct digest d = {.arena = arena_new(0), .words = BUF_INIT(WORDS_MAX), .blobs = map_new()};
    enum err_code rc = ERR_OK;
    struct err unread = ERR_INIT;

    if (old) {
        d.known_lines = (uint64_t)old->known_lines;
        d.known_hash = old->known_hash;
    }
    if (digest_journal(path, &d, &rep,
                       &unread)) { /* listed with why, and tried again the next time */
        st.st_size = -1;
        memset(&rep, 0, sizeof(rep));
        d.known_lines = 0;
        d.known_hash = "";
        d.fits_memory = true;
        d.info.problem = arena_strdup(d.arena, unread.msg);
    }
    if (unread.code != ERR_NOT_FOUND)
        rc = put_session(f, id, &st, old, &d, &rep, err);
    f->read++;
    map_free(d.blobs);
    buf_release(&d.words);
    arena_free(d.arena);
    return rc;
}

/* ---- the folder against the rows ---- */

static enum err_code load_rows(struct refresh *f, struct err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (sql_prepare(f->sql,
                    "SELECT id, rowid, size, mtime_ns, known_lines, known_hash FROM session", &st,
                    err))
        return err->code;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct row *r = arena_alloc(f->arena, sizeof(*r));

        r->rowid = sqlite3_column_int64(st, 1);
        r->size = sqlite3_column_int64(st, 2);
        r->mtime_ns = sqlite3_column_int64(st, 3);
        r->known_lines = sqlite3_column_int64(st, 4);
        r->known_hash = arena_strdup(f->arena, (const char *)sqlite3_column_text(st, 5));
        map_set_c(f->rows, (const char *)sqlite3_column_text(st, 0), r);
    }
    if (rc != SQLITE_DONE)
        db_error(f->sql, err, "session index");
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

/* "x.jsonl" gives "x"; false for anything else. */
static bool id_of_name(const char *name, char id[160])
{
    struct str s = str_from(name);

    if (!str_ends(s, ".jsonl") || s.len >= 160)
        return false;
    memcpy(id, name, s.len - 6);
    id[s.len - 6] = '\0';
    return journal_id_valid(id);
}

static enum err_code refresh_name(struct refresh *f, int dirfd, const char *name, struct err *err)
{
    struct row *old;
    struct stat st;
    char id[160], *path;
    enum err_code rc;

    if (!id_of_name(name, id) || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) ||
        !S_ISREG(st.st_mode))
        return ERR_OK;
    old = map_get_c(f->rows, id);
    if (old)
        old->seen = true;
    if (old && old->size == st.st_size &&
        old->mtime_ns == st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec)
        return ERR_OK;
    path = xasprintf("%s/%s", f->dir, name);
    rc = refresh_one(f, id, path, &st, old, err);
    free(path);
    return rc;
}

static enum err_code drop_unseen(struct refresh *f, struct err *err)
{
    struct str id;
    size_t it = 0;
    void *value;

    while (map_next(f->rows, &it, &id, &value)) {
        struct row *r = value;

        if (r->seen)
            continue;
        sqlite3_bind_int64(f->session_del, 1, r->rowid);
        if (drop_details(f, r->rowid, err) || sql_run(f->sql, f->session_del, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code prepare_all(struct refresh *f, struct err *err)
{
    if (sql_prepare(f->sql, put_sql, &f->put, err) ||
        sql_prepare(f->sql, "INSERT INTO words(rowid, title, query, statements) VALUES(?,?,?,?)",
                    &f->words_put, err) ||
        sql_prepare(f->sql, "DELETE FROM words WHERE rowid=?", &f->words_del, err) ||
        sql_prepare(f->sql, "INSERT OR IGNORE INTO blob_ref(session, hash) VALUES(?,?)",
                    &f->blob_put, err) ||
        sql_prepare(f->sql, "DELETE FROM blob_ref WHERE session=?", &f->blob_del, err) ||
        sql_prepare(f->sql, "DELETE FROM session WHERE rowid=?", &f->session_del, err))
        return err->code;
    return ERR_OK;
}

static void finalize_all(struct refresh *f)
{
    sqlite3_finalize(f->put);
    sqlite3_finalize(f->words_put);
    sqlite3_finalize(f->words_del);
    sqlite3_finalize(f->blob_put);
    sqlite3_finalize(f->blob_del);
    sqlite3_finalize(f->session_del);
}

static enum err_code refresh_all(struct refresh *f, DIR *dir, struct err *err)
{
    struct dirent *e;

    if (load_rows(f, err) || prepare_all(f, err))
        return err->code;
    while (dir && (e = readdir(dir))) {
        if (refresh_name(f, dirfd(dir), e->d_name, err))
            return err->code;
    }
    return drop_unseen(f, err);
}

enum err_code index_refresh(struct sqlite3 *sql, const char *scratchpad, size_t *ret_read,
                            struct err *err)
{
    struct refresh f = {.sql = sql, .dir = scratchpad, .rows = map_new(), .arena = arena_new(0)};
    DIR *dir = opendir(scratchpad);
    enum err_code rc = ERR_OK;
    struct err ignored;

    if (!dir && errno != ENOENT)
        rc = err_errno(err, errno, "open %s", scratchpad);
    if (!rc)
        rc = db_exec(sql, "BEGIN IMMEDIATE", err);
    if (!rc) {
        rc = refresh_all(&f, dir, err);
        finalize_all(&f);
        if (rc)
            db_exec(sql, "ROLLBACK", &ignored);
        else
            rc = db_exec(sql, "COMMIT", err);
    }
    if (dir)
        closedir(dir);
    map_free(f.rows);
    arena_free(f.arena);
    *ret_read = f.read;
    return rc;
}

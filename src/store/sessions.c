/* sessions.c - listing, finding and deleting sessions, over the index where there is one. */
#include "runbook/store/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/store/blob.h"
#include "runbook/store/journal.h"

#define YOUNG_S 3600 /* a blob of the last hour may belong to a session that runs */

char *session_path(const char *state_dir, const char *id)
{
    return xasprintf("%s/scratchpad/%s.jsonl", state_dir, id);
}

static char *index_path(const char *state_dir)
{
    return xasprintf("%s/index.db", state_dir);
}

/* ---- listing ---- */

struct listing {
    const char *state_dir, *scratchpad;
    const struct session_query *q;
    struct session_list *out;
};

/* Each word in quotes as a prefix: nothing in it is query syntax. */
static void match_text(struct buf *out, const char *words)
{
    struct str rest = str_from(words), word;

    while (str_split(&rest, ' ', &word)) {
        if (!word.len)
            continue;
        buf_adds(out, out->len ? " \"" : "\"");
        for (size_t i = 0; i < word.len; i++) {
            if (word.ptr[i] == '"')
                buf_addc(out, '"');
            buf_addc(out, word.ptr[i]);
        }
        buf_adds(out, "\"*");
    }
}

static const char *column(struct listing *l, sqlite3_stmt *st, int at)
{
    const char *s = (const char *)sqlite3_column_text(st, at);

    return arena_strdup(l->out->arena, s ? s : "");
}

static void add_row(struct listing *l, sqlite3_stmt *st)
{
    struct session_info *s;

    l->out->total++;
    if (l->q->limit && l->out->items.count >= l->q->limit)
        return;
    s = VEC_PUSH(&l->out->items);
    s->id = column(l, st, 0);
    s->title = column(l, st, 1);
    s->query = column(l, st, 2);
    s->host = column(l, st, 3);
    s->opened_ms = sqlite3_column_int64(st, 4);
    s->closed_ms = sqlite3_column_int64(st, 5);
    s->last_ms = sqlite3_column_int64(st, 6);
    s->verdict = column(l, st, 7);
    s->root_cause = column(l, st, 8);
    s->category = column(l, st, 9);
    s->confidence =
        sqlite3_column_type(st, 10) == SQLITE_NULL ? NAN : sqlite3_column_double(st, 10);
    s->events = sqlite3_column_int64(st, 11);
    s->size_bytes = sqlite3_column_int64(st, 12);
    s->problem = column(l, st, 13);
    s->path = arena_printf(l->out->arena, "%s/%s.jsonl", l->scratchpad, s->id);
}

static enum err_code select_rows(sqlite3 *sql, struct listing *l, struct err *err)
{
    static const char text[] =
        "SELECT id, title, query, host, opened_ms, closed_ms, last_ms, verdict, root_cause, "
        "category,"
        " confidence, events, size, problem FROM session WHERE (?1='' OR verdict=?1)"
        " AND (?2='' OR rowid IN (SELECT rowid FROM words WHERE words MATCH ?2))"
        " ORDER BY opened_ms DESC, rowid DESC";
    struct buf match = BUF_INIT(65536);
    sqlite3_stmt *st;
    int rc;

    if (sql_prepare(sql, text, &st, err))
        return err->code;
    if (l->q->words)
        match_text(&match, l->q->words);
    sql_bind(st, 1, l->q->verdict);
    sql_bind(st, 2, buf_cstr(&match));
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        add_row(l, st);
    if (rc != SQLITE_DONE)
        db_error(sql, err, "search the session index");
    sqlite3_finalize(st);
    buf_release(&match);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

static enum err_code list_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct listing *l = ctx;

    l->out->items.count = l->out->total = 0;
    if (index_refresh(sql, l->scratchpad, &l->out->refreshed, err))
        return err->code;
    return select_rows(sql, l, err);
}

enum err_code session_list_load(const char *state_dir, const struct session_query *q,
                                struct session_list *ret, struct err *err)
{
    char *scratchpad = xasprintf("%s/scratchpad", state_dir), *path = index_path(state_dir);
    struct listing l = {state_dir, scratchpad, q, ret};
    enum err_code rc = ERR_OK;

    memset(ret, 0, sizeof(*ret));
    ret->arena = arena_new(0);
    if (file_exists(scratchpad)) {
        rc = db_run_sync(path, &index_schema, list_work, &l, &ret->notice, err);
        if (rc) { /* no place for an index: read everything, keep it in memory */
            ret->no_index = true;
            rc = db_run_sync(":memory:", &index_schema, list_work, &l, NULL, err);
        }
    }
    if (rc)
        session_list_release(ret);
    free(scratchpad);
    free(path);
    return rc;
}

void session_list_release(struct session_list *l)
{
    VEC_RELEASE(&l->items);
    arena_free(l->arena);
    l->arena = NULL;
}

/* ---- finding ---- */

struct finding {
    const char *text;
    bool last;
    char best[160], other[160];
    struct timespec best_time;
};

static void consider(struct finding *f, int dir, const char *name)
{
    struct str s = str_from(name);
    struct stat st;
    char id[160];

    if (!str_ends(s, ".jsonl") || s.len >= sizeof(id))
        return;
    snprintf(id, sizeof(id), "%.*s", (int)s.len - 6, name);
    if (!journal_id_valid(id))
        return;
    if (!f->last) {
        if (str_starts(str_from(id), f->text))
            snprintf(f->best[0] ? f->other : f->best, sizeof(f->best), "%s", id);
        return;
    }
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
        return;
    if (f->best[0] &&
        (st.st_mtim.tv_sec < f->best_time.tv_sec ||
         (st.st_mtim.tv_sec == f->best_time.tv_sec && st.st_mtim.tv_nsec <= f->best_time.tv_nsec)))
        return;
    f->best_time = st.st_mtim;
    snprintf(f->best, sizeof(f->best), "%s", id);
}

static enum err_code find_in(const char *dir, struct finding *f, struct err *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;

    if (!d && errno != ENOENT)
        return err_errno(err, errno, "open %s", dir);
    while (d && (e = readdir(d)))
        consider(f, dirfd(d), e->d_name);
    if (d)
        closedir(d);
    if (f->other[0])
        return err_set(err, ERR_INPUT, "'%s' may be %s or %s: give more of it", f->text, f->best,
                       f->other);
    if (f->best[0])
        return ERR_OK;
    if (f->last)
        return err_set(err, ERR_NOT_FOUND, "there is no session in %s yet", dir);
    return err_set(err, ERR_NOT_FOUND, "there is no session '%.80s' in %s (see 'runbook sessions')",
                   f->text, dir);
}

enum err_code session_find(const char *state_dir, const char *text, char **ret_id, struct err *err)
{
    struct finding f = {.text = text, .last = strcmp(text, "last") == 0};
    char *dir, *path;
    enum err_code rc;

    if (!journal_id_valid(text))
        return err_set(err, ERR_INPUT,
                       "'%.80s' is no session id: letters, digits, '-', '_' and '.'", text);
    path = session_path(state_dir, text);
    if (file_exists(path)) {
        free(path);
        *ret_id = xstrdup(text);
        return ERR_OK;
    }
    free(path);
    dir = xasprintf("%s/scratchpad", state_dir);
    rc = find_in(dir, &f, err);
    free(dir);
    if (!rc)
        *ret_id = xstrdup(f.best);
    return rc;
}

/* ---- remembering ---- */

void session_recall(const char *state_dir, const char *id, struct session_memory *ret)
{
    static const char text[] = "SELECT known_lines, known_hash FROM session WHERE id=?";
    char *path = index_path(state_dir);
    sqlite3_stmt *st = NULL;
    sqlite3 *sql = NULL;

    memset(ret, 0, sizeof(*ret));
    if (sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(sql, text, -1, &st, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(sql, 1000);
        sql_bind(st, 1, id);
        if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_bytes(st, 1) == SHA256_HEX - 1) {
            ret->known = sqlite3_column_int64(st, 0) > 0;
            ret->lines = (uint64_t)sqlite3_column_int64(st, 0);
            memcpy(ret->last_hash, sqlite3_column_text(st, 1), SHA256_HEX - 1);
        }
    }
    sqlite3_finalize(st);
    sqlite3_close(sql);
    free(path);
}

/* ---- deleting ---- */

struct removal {
    const char *state_dir, *scratchpad, *id;
    int64_t now_ms;
    struct session_removed *out;
    VEC(char *) blobs; /* cited by this session alone */
};

static enum err_code own_blobs_work(sqlite3 *sql, void *ctx, struct err *err)
{
    static const char text[] =
        "SELECT hash FROM blob_ref r JOIN session s ON s.rowid = r.session WHERE s.id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM blob_ref o WHERE o.hash = r.hash AND o.session <> "
        "r.session)";
    struct removal *r = ctx;
    sqlite3_stmt *st;
    size_t read;
    int rc;

    VEC_EACH (b, &r->blobs)
        free(*b);
    r->blobs.count = 0;
    if (index_refresh(sql, r->scratchpad, &read, err) || sql_prepare(sql, text, &st, err))
        return err->code;
    sql_bind(st, 1, r->id);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        *VEC_PUSH(&r->blobs) = xstrdup((const char *)sqlite3_column_text(st, 0));
    if (rc != SQLITE_DONE)
        db_error(sql, err, "session index");
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? ERR_OK : err->code;
}

static enum err_code refresh_work(sqlite3 *sql, void *ctx, struct err *err)
{
    struct removal *r = ctx;
    size_t read;

    return index_refresh(sql, r->scratchpad, &read, err);
}

static bool another_runs(const struct removal *r)
{
    DIR *d = opendir(r->scratchpad);
    struct dirent *e;
    bool found = false;

    while (d && !found && (e = readdir(d))) {
        char *path;

        if (!str_ends(str_from(e->d_name), ".jsonl"))
            continue;
        path = xasprintf("%s/%s", r->scratchpad, e->d_name);
        found = journal_in_use(path);
        free(path);
    }
    if (d)
        closedir(d);
    return found;
}

static enum err_code unlink_if_there(const char *path, struct err *err)
{
    if (FAULT_POINT("session.unlink"))
        return err_errno(err, EACCES, "delete %s", path);
    if (unlink(path) && errno != ENOENT)
        return err_errno(err, errno, "delete %s", path);
    return ERR_OK;
}

/* The journal first: a crash after it leaves blobs that nobody cites, never a citation of nothing.
 */
static enum err_code remove_files(struct removal *r, const char *path, struct err *err)
{
    int64_t limit_s = another_runs(r) ? r->now_ms / 1000 - YOUNG_S : INT64_MAX;
    char *torn = xasprintf("%s.torn", path);
    enum err_code rc = unlink_if_there(path, err);

    if (!rc)
        rc = unlink_if_there(torn, err);
    free(torn);
    VEC_EACH (b, &r->blobs) {
        bool removed = false;

        if (!rc)
            rc = blob_remove(r->state_dir, *b, limit_s, &removed, err);
        r->out->blobs += removed;
        r->out->kept += !removed;
    }
    return rc;
}

enum err_code session_remove(const char *state_dir, const char *id, int64_t now_ms,
                             struct session_removed *ret, struct err *err)
{
    char *scratchpad = xasprintf("%s/scratchpad", state_dir), *path = session_path(state_dir, id);
    char *db = index_path(state_dir);
    struct removal r = {
        .state_dir = state_dir, .scratchpad = scratchpad, .id = id, .now_ms = now_ms, .out = ret};
    struct err ignored;
    enum err_code rc = ERR_OK;

    memset(ret, 0, sizeof(*ret));
    if (!journal_id_valid(id) || !file_exists(path))
        rc = err_set(err, ERR_NOT_FOUND, "there is no session '%.80s'", id);
    else if (journal_in_use(path))
        rc = err_set(err, ERR_AGAIN, "session %s is open in another runbook", id);
    if (!rc && db_run_sync(db, &index_schema, own_blobs_work, &r, NULL, err))
        rc = db_run_sync(":memory:", &index_schema, own_blobs_work, &r, NULL, err);
    if (!rc)
        rc = remove_files(&r, path, err);
    if (!rc)
        db_run_sync(db, &index_schema, refresh_work, &r, NULL, &ignored);
    VEC_EACH (b, &r.blobs)
        free(*b);
    VEC_RELEASE(&r.blobs);
    free(scratchpad);
    free(path);
    free(db);
    return rc;
}

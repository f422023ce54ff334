/* db.c - see db.h: opening, migrating and rebuilding one SQLite file. */
#include "runbook/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define BUSY_MS 5000

struct db_conn {
    const char *path; /* borrowed */
    const struct db_schema *schema;
    sqlite3 *sql; /* NULL: not open */
    struct db_notice notice;
};

static const char setup[] = "PRAGMA journal_mode=WAL;"
                            "PRAGMA synchronous=NORMAL;"
                            "PRAGMA foreign_keys=ON;"
                            "PRAGMA trusted_schema=OFF;"
                            "PRAGMA cell_size_check=ON;";

enum err_code db_error(struct sqlite3 *sql, struct err *err, const char *what)
{
    const char *msg = sqlite3_errmsg(sql);

    switch (sqlite3_errcode(sql) & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_INPUT, "%s: %s", what, msg);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return err_set(err, ERR_DENIED, "%s: %s", what, msg);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_AGAIN, "%s: %s", what, msg);
    default:
        return err_set(err, ERR_IO, "%s: %s", what, msg);
    }
}

enum err_code db_exec(struct sqlite3 *sql, const char *text, struct err *err)
{
    if (sqlite3_exec(sql, text, NULL, NULL, NULL) != SQLITE_OK)
        return db_error(sql, err, "database");
    return ERR_OK;
}

static bool in_memory(const struct db_conn *c)
{
    return strcmp(c->path, ":memory:") == 0;
}

static void conn_close(struct db_conn *c)
{
    sqlite3_close(c->sql);
    c->sql = NULL;
}

/* The file and what WAL keeps beside it, under another name; an earlier one there is replaced. */
static enum err_code move_aside(struct db_conn *c, const char *ending, const char *why,
                                struct err *err)
{
    static const char *const parts[] = {"-wal", "-shm", ""};
    enum err_code rc = ERR_OK;

    conn_close(c);
    for (size_t i = 0; !rc && i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *from = xasprintf("%s%s", c->path, parts[i]);
        char *to = xasprintf("%s.%s%s", c->path, ending, parts[i]);

        if (FAULT_POINT("db.rename"))
            rc = err_errno(err, EACCES, "move %s aside", from);
        else if (rename(from, to) && errno != ENOENT)
            rc = err_errno(err, errno, "move %s aside", from);
        free(from);
        free(to);
    }
    snprintf(c->notice.text, sizeof(c->notice.text),
             "the %s %s; it was moved to %s.%s and is built again", c->schema->name, why, c->path,
             ending);
    return rc;
}

static enum err_code get_version(struct db_conn *c, int *ret, struct err *err)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc = ERR_OK;

    if (sqlite3_prepare_v2(c->sql, "PRAGMA user_version", -1, &st, NULL) != SQLITE_OK ||
        sqlite3_step(st) != SQLITE_ROW)
        rc = db_error(c->sql, err, "read the version");
    else
        *ret = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return rc;
}

static int newest_version(const struct db_schema *s)
{
    int n = 0;

    while (s->steps[n])
        n++;
    return n;
}

/* Under the write lock: another process may be migrating the same file. */
static enum err_code migrate_locked(struct db_conn *c, struct err *err)
{
    char set[64];
    int have;

    if (get_version(c, &have, err))
        return err->code;
    for (int v = have; c->schema->steps[v]; v++) {
        snprintf(set, sizeof(set), "PRAGMA user_version=%d", v + 1);
        if (FAULT_POINT("db.migrate"))
            return err_errno(err, ENOSPC, "migrate the %s", c->schema->name);
        if (db_exec(c->sql, c->schema->steps[v], err) || db_exec(c->sql, set, err))
            return err_wrap(err, "migrate the %s to version %d", c->schema->name, v + 1);
    }
    return ERR_OK;
}

static enum err_code migrate(struct db_conn *c, struct err *err)
{
    struct err ignored;

    if (db_exec(c->sql, "BEGIN IMMEDIATE", err))
        return err->code;
    if (migrate_locked(c, err)) {
        db_exec(c->sql, "ROLLBACK", &ignored);
        return err->code;
    }
    return db_exec(c->sql, "COMMIT", err);
}

/* Made by us, so that SQLite's files get the mode 0600 (the others take the main file's). */
static enum err_code make_file(struct db_conn *c, struct err *err)
{
    char *dir = path_dir(c->path);
    enum err_code rc = dir_make(dir, err);
    int fd;

    free(dir);
    if (rc)
        return rc;
    if (FAULT_POINT("db.open"))
        return err_errno(err, EACCES, "open %s", c->path);
    fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, errno, "open %s", c->path);
    close(fd);
    return ERR_OK;
}

static enum err_code open_once(struct db_conn *c, int *ret_version, struct err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_CREATE;

    if (!in_memory(c) && make_file(c, err))
        return err->code;
    if (sqlite3_open_v2(c->path, &c->sql, flags, NULL) != SQLITE_OK) {
        if (!c->sql)
            return err_set(err, ERR_IO, "open %s: no memory", c->path);
        return db_error(c->sql, err, c->path);
    }
    sqlite3_extended_result_codes(c->sql, 0);
    sqlite3_busy_timeout(c->sql, BUSY_MS);
    if (db_exec(c->sql, setup, err) || get_version(c, ret_version, err))
        return err_wrap(err, "open %s", c->path);
    return ERR_OK;
}

static bool is_corrupt(const struct db_conn *c)
{
    int code = c->sql ? sqlite3_errcode(c->sql) & 0xff : SQLITE_OK;

    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static enum err_code conn_open(struct db_conn *c, struct err *err)
{
    int newest = newest_version(c->schema), version = 0;
    enum err_code rc = open_once(c, &version, err);

    if (rc && is_corrupt(c)) {
        rc = move_aside(c, "damaged", "was damaged", err);
        if (!rc)
            rc = open_once(c, &version, err);
    } else if (!rc && version > newest) {
        rc = move_aside(c, "newer", "was of a newer version", err);
        if (!rc)
            rc = open_once(c, &version, err);
    }
    if (!rc && version < newest)
        rc = migrate(c, err);
    if (rc)
        conn_close(c);
    return rc;
}

/* Open, run, rebuild when corrupt. */
static enum err_code conn_run(struct db_conn *c, db_work_fn *work, void *ctx, struct err *err)
{
    enum err_code rc;

    if (conn_open(c, err))
        return err->code;
    err_clear(err);
    rc = work(c->sql, ctx, err);
    if (!rc || !is_corrupt(c) || in_memory(c))
        return rc;
    if (move_aside(c, "damaged", "was damaged", err) || conn_open(c, err))
        return err->code;
    err_clear(err);
    return work(c->sql, ctx, err);
}

enum err_code db_run_sync(const char *path, const struct db_schema *schema, db_work_fn *work,
                          void *ctx, struct db_notice *ret_notice, struct err *err)
{
    struct db_conn c = {.path = path, .schema = schema};
    enum err_code rc = conn_run(&c, work, ctx, err);

    conn_close(&c);
    if (ret_notice)
        *ret_notice = c.notice;
    return rc;
}

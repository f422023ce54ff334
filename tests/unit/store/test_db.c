/* test_db.c - migrations, files that are damaged, newer or gone. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/store/db.h"

static const char *const one[] = {"CREATE TABLE t(n INTEGER)", NULL};
static const char *const two[] = {"CREATE TABLE t(n INTEGER)", "ALTER TABLE t ADD COLUMN s TEXT",
                                  NULL};
static const char *const broken[] = {"CREATE TABLE t(n INTEGER)", "CREATE NONSENSE", NULL};
static const struct db_schema schema1 = {"test store", one}, schema2 = {"test store", two},
                              schema_broken = {"test store", broken};

struct fixture {
    char *dir, *path;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->path = xasprintf("%s/sub/test.db", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    tmpdir_free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static enum err_code insert(struct sqlite3 *sql, void *ctx, struct err *err)
{
    (void)ctx;
    return db_exec(sql, "INSERT INTO t(n) VALUES(7)", err);
}

static enum err_code count(struct sqlite3 *sql, void *ctx, struct err *err)
{
    sqlite3_stmt *st;
    int *n = ctx;

    if (sqlite3_prepare_v2(sql, "SELECT count(*) FROM t", -1, &st, NULL) != SQLITE_OK ||
        sqlite3_step(st) != SQLITE_ROW)
        db_error(sql, err, "count");
    else
        *n = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return err->code;
}

static int counted(struct fixture *f, const struct db_schema *schema, struct db_notice *notice)
{
    struct err err = ERR_INIT;
    int n = -1;

    assert_ok(db_run_sync(f->path, schema, count, &n, notice, &err), &err);
    return n;
}

static void put(struct fixture *f, const struct db_schema *schema)
{
    struct err err = ERR_INIT;

    assert_ok(db_run_sync(f->path, schema, insert, NULL, NULL, &err), &err);
}

static void test_migrates_and_keeps(void **state)
{
    struct fixture *f = *state;
    struct db_notice notice;
    struct stat st;

    put(f, &schema1);
    put(f, &schema1);
    assert_int_equal(counted(f, &schema2, &notice), 2);
    assert_string_equal(notice.text, "");
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(f->dir, &st), 0);
}

static void test_failed_migration_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    int n;

    put(f, &schema1);
    assert_int_equal(db_run_sync(f->path, &schema_broken, count, &n, NULL, &err), ERR_IO);
    assert_non_null(strstr(err.msg, "version 2"));
    assert_int_equal(counted(f, &schema2, NULL), 1);
}

static void test_newer_is_moved_aside(void **state)
{
    struct fixture *f = *state;
    char *aside = xasprintf("%s.newer", f->path);
    struct db_notice notice;

    put(f, &schema2);
    assert_int_equal(counted(f, &schema1, &notice), 0);
    assert_non_null(strstr(notice.text, "newer version"));
    assert_true(file_exists(aside));
    assert_int_equal(counted(f, &schema1, &notice), 0);
    assert_string_equal(notice.text, "");
    free(aside);
}

static void overwrite(const char *path, off_t at, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_true(pwrite(fd, text, strlen(text), at) > 0);
    close(fd);
}

static void test_damaged_is_moved_aside(void **state)
{
    struct fixture *f = *state;
    char *aside = xasprintf("%s.damaged", f->path);
    struct db_notice notice;

    put(f, &schema1);
    overwrite(f->path, 0, "this is no database at all, it is a text");
    assert_int_equal(counted(f, &schema1, &notice), 0);
    assert_non_null(strstr(notice.text, "damaged"));
    assert_true(file_exists(aside));
    free(aside);
}

/* The first page is sound, the table's page is not: seen only when the work reads it. */
static void test_damage_inside_is_found_by_the_work(void **state)
{
    struct fixture *f = *state;
    struct db_notice notice;

    put(f, &schema1);
    overwrite(f->path, 4096, "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
    assert_int_equal(counted(f, &schema1, &notice), 0);
    assert_non_null(strstr(notice.text, "damaged"));
}

static void test_deleted_between(void **state)
{
    struct fixture *f = *state;

    put(f, &schema1);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(counted(f, &schema1, NULL), 0);
    assert_true(file_exists(f->path));
}

static void test_no_place_for_it(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/file/x.db", f->dir), *file = xasprintf("%s/file", f->dir);
    int n;

    assert_ok(file_write_atomic(file, STR_LIT("x"), 0600, &err), &err);
    assert_int_not_equal(db_run_sync(path, &schema1, count, &n, NULL, &err), ERR_OK);
    free(path);
    free(file);
}

#ifdef RB_FAULT_INJECTION
static void test_every_fault(void **state)
{
    struct fixture *f = *state;

    put(f, &schema1);
    for (int nth = 1;; nth++) {
        struct err err = ERR_INIT;
        char spec[16];
        enum err_code rc;
        bool fired;

        overwrite(f->path, 0, "no database"); /* so that it is moved aside and migrated */
        snprintf(spec, sizeof(spec), "%d", nth);
        fault_arm(spec);
        rc = db_run_sync(f->path, &schema1, insert, NULL, NULL, &err);
        fired = fault_fired();
        fault_arm(NULL);
        assert_true(fired == (rc != ERR_OK));
        put(f, &schema1); /* and it works again */
        if (!fired)
            break;
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_migrates_and_keeps),
        T(test_failed_migration_changes_nothing),
        T(test_newer_is_moved_aside),
        T(test_damaged_is_moved_aside),
        T(test_damage_inside_is_found_by_the_work),
        T(test_deleted_between),
        T(test_no_place_for_it),
#ifdef RB_FAULT_INJECTION
        T(test_every_fault),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_blob.c - content-addressed results. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/store/blob.h"

static int set_up(void **state)
{
    *state = tmpdir_new();
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_free(*state);
    return 0;
}

static char *path_of(const char *dir, const char *hash)
{
    return xasprintf("%s/blobs/%.2s/%s", dir, hash, hash);
}

static void test_round_trip(void **state)
{
    struct str data = {"a\0b\n", 4};
    struct buf out = BUF_INIT(100);
    char hash[SHA256_HEX], *path;
    struct stat st;
    struct err err;

    assert_ok(blob_put(*state, data, hash, &err), &err);
    assert_ok(blob_put(*state, data, hash, &err), &err);
    buf_adds(&out, "x");
    assert_ok(blob_get(*state, hash, &out, &err), &err);
    assert_int_equal(out.len, 5);
    assert_memory_equal(out.ptr, "xa\0b\n", 5);
    path = path_of(*state, hash);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_ok(blob_put(*state, (struct str){NULL, 0}, hash, &err), &err);
    free(path);
    buf_release(&out);
}

static void test_damage_is_reported_and_healed(void **state)
{
    struct buf out = BUF_INIT(100);
    char hash[SHA256_HEX], *path;
    struct err err;
    int fd;

    assert_ok(blob_put(*state, STR_LIT("hello"), hash, &err), &err);
    path = path_of(*state, hash);
    fd = open(path, O_WRONLY);
    assert_int_equal(write(fd, "j", 1), 1);
    close(fd);
    assert_int_equal(blob_get(*state, hash, &out, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "is damaged"));
    assert_int_equal(out.len, 0);
    assert_ok(blob_put(*state, STR_LIT("hello"), hash, &err), &err);
    assert_ok(blob_get(*state, hash, &out, &err), &err);
    free(path);
    buf_release(&out);
}

static void test_bad_names_and_absent(void **state)
{
    struct buf out = BUF_INIT(100);
    char hash[SHA256_HEX];
    struct err err;
    bool removed;

    hash_sha256_hex(STR_LIT("never stored"), hash);
    assert_int_equal(blob_get(*state, hash, &out, &err), ERR_NOT_FOUND);
    assert_int_equal(blob_get(*state, "../../etc/passwd", &out, &err), ERR_INPUT);
    hash[3] = 'Z';
    assert_int_equal(blob_get(*state, hash, &out, &err), ERR_INPUT);
    assert_int_equal(blob_remove(*state, "x", 0, &removed, &err), ERR_INPUT);
    buf_release(&out);
}

static void test_only_old_ones_are_removed(void **state)
{
    struct buf out = BUF_INIT(100);
    char hash[SHA256_HEX];
    struct err err;
    bool removed;

    assert_ok(blob_put(*state, STR_LIT("hello"), hash, &err), &err);
    assert_ok(blob_remove(*state, hash, (int64_t)time(NULL) - 3600, &removed, &err), &err);
    assert_false(removed);
    assert_ok(blob_get(*state, hash, &out, &err), &err);
    assert_ok(blob_remove(*state, hash, INT64_MAX, &removed, &err), &err);
    assert_true(removed);
    assert_ok(blob_remove(*state, hash, INT64_MAX, &removed, &err), &err);
    assert_false(removed);
    buf_release(&out);
}

static void test_unwritable_place(void **state)
{
    char hash[SHA256_HEX], *blobs = xasprintf("%s/blobs", (char *)*state);
    struct err err;

    assert_ok(file_write_atomic(blobs, STR_LIT("a file"), 0600, &err), &err);
    assert_int_not_equal(blob_put(*state, STR_LIT("hello"), hash, &err), ERR_OK);
    free(blobs);
}

#ifdef RB_FAULT_INJECTION
static void test_every_fault(void **state)
{
    char hash[SHA256_HEX], spec[16];
    struct buf out = BUF_INIT(100);
    struct err err;

    for (int nth = 1;; nth++) {
        enum err_code rc;
        char text[16];
        bool fired;

        snprintf(spec, sizeof(spec), "%d", nth);
        snprintf(text, sizeof(text), "text %d", nth);
        fault_arm(spec);
        rc = blob_put(*state, str_from(text), hash, &err);
        fired = fault_fired();
        fault_arm(NULL);
        assert_true(fired == (rc != ERR_OK));
        hash_sha256_hex(str_from(text), hash);
        buf_clear(&out);
        assert_int_equal(blob_get(*state, hash, &out, &err), fired ? ERR_NOT_FOUND : ERR_OK);
        if (!fired)
            break;
    }
    buf_release(&out);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_round_trip),           T(test_damage_is_reported_and_healed),
        T(test_bad_names_and_absent), T(test_only_old_ones_are_removed),
        T(test_unwritable_place),
#ifdef RB_FAULT_INJECTION
        T(test_every_fault),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_history.c - questions that are kept between runs: private, bounded, without secrets, and
 * read from any file. */
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "src/app/history.h"

static char dir[] = "/tmp/runbook-history-XXXXXX";
static struct buf got;

static void collect(void *to, const char *text)
{
    (void)to;
    buf_addf(&got, "%s|", text);
}

static struct history open_history(const char *project)
{
    struct history h;
    struct redactor *r = redactor_new(STR_LIT("salt"));

    redactor_add(r, STR_LIT("hunter2-and-more"));
    history_init(&h, dir, project, r);
    return h;
}

static const char *load(const char *project)
{
    struct history h = open_history(project);
    struct err err = ERR_INIT;

    buf_clear(&got);
    assert_ok(history_load(&h, collect, NULL, &err), &err);
    history_release(&h);
    return buf_cstr(&got);
}

static void add(const char *project, const char *text)
{
    struct history h = open_history(project);
    struct err err = ERR_INIT;

    assert_ok(history_add(&h, text, 1770213803000, &err), &err);
    history_release(&h);
}

static char *path_of(void)
{
    return xasprintf("%s/history.jsonl", dir);
}

static void test_kept(void **state)
{
    struct stat st;
    char *path = path_of();

    (void)state;
    assert_string_equal(load("/a"), ""); /* nothing yet */
    add("/a", "why is it slow");
    add("/b", "another project");
    add("/a", "two\nlines \xE6\x9D\xB1");
    add("/a", "  ");
    assert_string_equal(load("/a"), "why is it slow|two\nlines \xE6\x9D\xB1|");
    assert_string_equal(load("/b"), "another project|");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    free(path);
}

/* U-15 */
static void test_secrets(void **state)
{
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char *path = path_of();

    (void)state;
    add("/a", "is password=correcthorse9 and hunter2-and-more wrong");
    assert_ok(file_read(path, &text, &err), &err);
    assert_true(str_find(buf_str(&text), STR_LIT("correcthorse9")) < 0);
    assert_true(str_find(buf_str(&text), STR_LIT("hunter2")) < 0);
    assert_true(str_find(buf_str(&text), STR_LIT("redacted-")) > 0);
    buf_release(&text);
    free(path);
}

static void test_bounded(void **state)
{
    char *big = xcalloc(1, HISTORY_TEXT_MAX + 2), *path = path_of();
    struct stat st;

    (void)state;
    memset(big, 'x', HISTORY_TEXT_MAX + 1);
    add("/long", big);
    assert_string_equal(load("/long"), ""); /* too long to keep */
    big[HISTORY_TEXT_MAX - 1] = '\0';
    for (int i = 0; i < 100; i++)
        add("/long", big);
    assert_int_equal(stat(path, &st), 0);
    assert_true((size_t)st.st_size <= HISTORY_FILE_MAX + HISTORY_TEXT_MAX + 200);
    assert_int_equal(st.st_mode & 0777, 0600);
    add("/long", "the last");
    load("/long");
    assert_true(str_ends(buf_str(&got), "|the last|"));
    unlink(path);
    for (int i = 0; i < HISTORY_ENTRIES + 20; i++)
        add("/many", i == 19 ? "too old" : "x");
    load("/many");
    assert_true(str_find(buf_str(&got), STR_LIT("too old")) < 0);
    assert_int_equal(got.len, 2 * HISTORY_ENTRIES);
    unlink(path);
    free(big);
    free(path);
}

static void test_hostile(void **state)
{
    static const char lines[] = "not json\n"
                                "{\"project\":\"/a\",\"text\":\"good\"}\n"
                                "{\"project\":\"/a\",\"text\":7}\n"
                                "{\"project\":\"/a\"}\n[]\n\n"
                                "{\"project\":\"/a\",\"text\":\"\\u001b[31m\"}\n"
                                "{\"project\":\"/a\",\"text\":\"half";
    struct history h = open_history("/a");
    struct err err = ERR_INIT;
    char *path = path_of();

    (void)state;
    assert_ok(file_write_atomic(path, str_from(lines), 0644, &err), &err);
    assert_string_equal(load("/a"), "good|\x1b[31m|"); /* the editor drops controls */
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_not_equal(history_load(&h, collect, NULL, &err), ERR_OK);
    assert_int_not_equal(history_add(&h, "x", 0, &err), ERR_OK);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* does not wait for a writer */
    assert_int_equal(history_load(&h, collect, NULL, &err), ERR_DENIED);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(history_add(&h, "x", 0, &err), ERR_OK);
    rmdir(path);
    history_release(&h);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_hostile),
    };
    int failed;

    buf_init(&got, 32 << 20);
    if (!mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(dir);
    buf_release(&got);
    return failed;
}

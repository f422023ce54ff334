/* test_mouse_pty.c - click and wheel in the palette and the completions, and marks of a list: what
 * is marked is what is copied. Driven on a pseudo-terminal. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static char *dir;

static struct pty *start(void)
{
    const char *build = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/tests/e2e/tui_demo", build ? build : ".");
    const char *argv[] = {path,   "--all", "--services", "--mouse", "--copy",
                          "file", "--run", dir,          NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 120});

    assert_non_null(p);
    if (!pty_wait_text(p, "Root cause", WAIT_MS))
        fail_msg("no screen:\n%s", pty_screen(p, false));
    free(path);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\":\n%s", text, pty_screen(p, false));
}

static void expect_gone(struct pty *p, const char *text)
{
    if (!pty_wait_no_text(p, text, WAIT_MS))
        fail_msg("still \"%s\":\n%s", text, pty_screen(p, false));
}

static void leave(struct pty *p)
{
    int status = 0;

    pty_send(p, "\003\003\003\003");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
}

/* The row and the column (in cells, from 1) where a text stands; ASCII before it would do, so
 * borders are counted as one cell each. */
static void find(struct pty *p, const char *text, int *ret_row, int *ret_col)
{
    for (int row = 0; row < 40; row++) {
        const char *line = pty_row(p, row), *at = strstr(line, text);

        if (!at)
            continue;
        *ret_row = row + 1;
        *ret_col = 1;
        for (const char *c = line; c < at; c++)
            *ret_col += ((unsigned char)*c & 0xC0) != 0x80;
        return;
    }
    fail_msg("\"%s\" is nowhere:\n%s", text, pty_screen(p, false));
}

/* Button 0 is the left one, 64 and 65 are the wheel. Source: xterm, ctlseqs, "Mouse Tracking". */
static void mouse(struct pty *p, int button, int row, int col)
{
    char text[64];

    snprintf(text, sizeof(text), "\033[<%d;%d;%dM\033[<%d;%d;%dm", button, col, row, button, col,
             row);
    pty_send(p, text);
}

static void click(struct pty *p, const char *text)
{
    int row = 0, col = 0;

    expect(p, text);
    find(p, text, &row, &col);
    mouse(p, 0, row, col);
}

static void test_palette_click(void **state)
{
    struct pty *p = start();

    (void)state;
    pty_send(p, ":");
    expect(p, "Palette");
    pty_send(p, "page.audit");
    expect(p, "1 of");
    click(p, "the page of decisions");
    expect_gone(p, "Palette");
    expect(p, "7 Audit \xE2\x94\x80\xE2\x94\x80");
    pty_send(p, ":");
    expect(p, "Palette");
    mouse(p, 0, 1, 1); /* beside it: closed, and nothing is done */
    expect_gone(p, "Palette");
    expect(p, "7 Audit \xE2\x94\x80\xE2\x94\x80");
    leave(p);
}

/* The wheel goes from theme to theme, each of which is previewed; a click takes one. */
static void test_palette_wheel(void **state)
{
    struct pty *p = start();
    int row = 0, col = 0;

    (void)state;
    pty_send(p, ":theme ");
    expect(p, "mono");
    find(p, "mono", &row, &col);
    mouse(p, 65, row, col);
    mouse(p, 65, row, col);
    mouse(p, 64, row, col);
    expect(p, "Palette"); /* it stays open */
    click(p, "mono");
    expect(p, "Theme mono");
    leave(p);
}

static void test_completion_click(void **state)
{
    struct pty *p = start();
    int row = 0, col = 0;

    (void)state;
    pty_send(p, "i/");
    expect(p, "/export");
    find(p, "/export", &row, &col);
    /* the list scrolls, and no pane behind it */
    for (int i = 0; i < 60 && !pty_wait_text(p, "/theme", 200); i++)
        mouse(p, 65, row, col);
    click(p, "/theme");
    expect(p, "\xE2\x9D\xAF /theme ");
    click(p, "mono");
    expect(p, "/theme mono");
    leave(p);
}

static size_t lines_of(const struct buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += b->ptr[i] == '\n';
    return n;
}

/* Three rows are marked, others stand between them; y gives exactly those. */
static void test_marks_are_copied(void **state)
{
    char *path = xasprintf("%s/copy.txt", dir);
    struct buf got = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    struct pty *p = start();

    (void)state;
    pty_send(p, "4");
    expect(p, "4 Resources \xE2\x94\x80\xE2\x94\x80");
    for (int i = 0; i < 3; i++) {
        pty_send(p, i == 0 ? "/nginx\r" : i == 1 ? "/\025cart\r" : "/\025payments.service\r");
        expect(p, i == 0 ? "/nginx" : i == 1 ? "/cart" : "/payments.service");
        pty_send(p, "g ");
        expect(p, i == 0 ? "1 marked" : i == 1 ? "2 marked" : "3 marked");
    }
    pty_send(p, "/\025\r"); /* the filter goes, the marks stay */
    expect(p, "/var");
    expect(p, "3 marked");
    pty_send(p, "y");
    expect(p, "wrote 3 lines");
    assert_ok(file_read(path, &got, &err), &err);
    assert_int_equal(lines_of(&got), 3);
    assert_non_null(strstr(buf_cstr(&got), "nginx"));
    assert_non_null(strstr(buf_cstr(&got), "cart:9100"));
    assert_non_null(strstr(buf_cstr(&got), "payments.service"));
    pty_send(p, "Y"); /* all rows, marked or not */
    expect(p, "wrote 8 lines");
    pty_send(p, "*y"); /* all are marked now */
    expect(p, "8 marked");
    leave(p);
    buf_release(&got);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_palette_click),
        cmocka_unit_test(test_palette_wheel),
        cmocka_unit_test(test_completion_click),
        cmocka_unit_test(test_marks_are_copied),
    };
    int failed;

    dir = tmpdir_new();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tmpdir_free(dir);
    return failed;
}

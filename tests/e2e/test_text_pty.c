/* test_text_pty.c - the investigation pane in a real terminal: text that streams in, and the keys
 * that search, fold and open. */
#include "tests/lib/unit.h"

#include "runbook/base/mem.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static struct pty *start(int rows, int cols)
{
    const char *dir = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/tests/e2e/tui_demo", dir ? dir : ".");
    const char *argv[] = {path, "--all", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});

    free(path);
    assert_non_null(p);
    if (!pty_wait_text(p, "Root cause", WAIT_MS))
        fail_msg("no screen:\n%s", pty_screen(p, false));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

static void fail_first(const char *a, const char *b)
{
    struct str x = str_from(a), y = str_from(b), one, other;
    size_t row = 0, at = 0;

    while (str_line(&x, &one) && str_line(&y, &other)) {
        row++;
        if (str_eq(one, other))
            continue;
        while (at < one.len && at < other.len && one.ptr[at] == other.ptr[at])
            at++;
        fail_msg("line %zu, byte %zu: \"%.60s\", drawn anew \"%.60s\"", row, at, one.ptr + at,
                 other.ptr + at);
    }
}

/* What is on the screen is what a full drawing gives. Text only: a blank's colour, which nobody
 * sees, is not sent. */
static void check_fresh(struct pty *p)
{
    char *before, *after;

    pty_wait_quiet(p, 300, WAIT_MS);
    before = pty_screen(p, false);
    pty_send(p, "\f");
    assert_true(pty_pump(p, WAIT_MS) > 0);
    assert_true(pty_wait_quiet(p, 200, WAIT_MS));
    after = pty_screen(p, false);
    fail_first(before, after);
    free(before);
    free(after);
}

/* 8 kB of Markdown at 2,000 tokens a second; at most 2.5 bytes to the terminal for each. */
static void test_streaming(void **state)
{
    struct pty *p = start(40, 120);
    size_t before;
    double ratio;

    (void)state;
    pty_send(p, "i");
    expect(p, "Enter ask");
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    before = pty_bytes(p);
    pty_send(p, "stream 8000\r");
    expect(p, "the stream ends");
    pty_wait_quiet(p, 300, WAIT_MS);
    ratio = (double)(pty_bytes(p) - before) / 8000;
    print_message("# %.2f bytes to the terminal for each byte of text\n", ratio);
    check_fresh(p);
    pty_free(p);
    assert_true(ratio < 3); /* budget: 2.5; a busy machine paints at odd times */
}

/* keys of the investigation pane. */
static void test_keys(void **state)
{
    struct pty *p = start(40, 120);

    (void)state;
    pty_send(p, "1g"); /* the first entry */
    expect(p, "checkout");
    pty_send(p, "/payments");
    expect(p, "/payments 1/");
    pty_send(p, "\r");
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    pty_send(p, "n");
    expect(p, "/payments 2/");
    pty_send(p, "N");
    expect(p, "/payments 1/");
    pty_send(p, "\033");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_false(pty_has(p, "/payments"));
    pty_send(p, "&gap");
    expect(p, "& gap");
    pty_send(p, "\033");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    pty_send(p, "gf");
    expect(p, "1 folded");
    pty_send(p, "f");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_false(pty_has(p, "1 folded"));
    pty_send(p, "O");
    expect(p, "took ");
    check_fresh(p);
    pty_send(p, "O");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_false(pty_has(p, "took "));
    check_fresh(p);
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

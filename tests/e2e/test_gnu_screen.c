/* test_gnu_screen.c - inside a real GNU screen: what is drawn, sizes, copying and the title, which
 * reach the terminal outside through it. A session of its own, with its socket in a folder of its
 * own. Skipped where there is no screen. */
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/str.h"
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000

struct session {
    struct pty *pty;
    char *dir, *conf;
};

static bool in_path(const char *name)
{
    struct str rest = str_from(getenv("PATH")), dir;

    while (str_split(&rest, ':', &dir)) {
        char *path = xasprintf("%.*s/%s", STR_FMT(dir), name);
        bool there = access(path, X_OK) == 0;

        free(path);
        if (there)
            return true;
    }
    return false;
}

static void begin(struct session *s, int rows, int cols)
{
    static const char conf[] = "startup_message off\n"
                               "defutf8 on\n"
                               "vbell off\n"
                               "msgwait 0\n"
                               "termcapinfo xterm* hs:ts=\\E]2;:fs=\\007:ds=\\E]2;\\007\n"
                               "defhstatus \"\"\n";
    const char *build = getenv("RB_BUILDDIR");
    char *demo = xasprintf("%s/tests/e2e/tui_demo", build ? build : ".");
    char *sockets, *home;
    struct err err = ERR_INIT;

    s->dir = tmpdir_new();
    assert_int_equal(chmod(s->dir, 0700), 0);
    s->conf = xasprintf("%s/screenrc", s->dir);
    sockets = xasprintf("SCREENDIR=%s", s->dir);
    home = xasprintf("HOME=%s", s->dir);
    assert_ok(file_write_atomic(s->conf, STR_LIT(conf), 0600, &err), &err);
    const char *argv[] = {"screen", "-U", "-c", s->conf, "-S", "test", demo, "--all", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", sockets, home, "TMUX=", "STY=", NULL};

    s->pty = pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});
    assert_non_null(s->pty);
    free(demo);
    free(sockets);
    free(home);
}

static void expect(struct session *s, const char *text)
{
    if (!pty_wait_text(s->pty, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(s->pty, false));
}

static void end(struct session *s)
{
    int status = 0;

    pty_send(s->pty, "q");
    assert_true(pty_wait_exit(s->pty, WAIT_MS, &status)); /* its only window: screen ends as well */
    pty_free(s->pty);
    free(s->conf);
    tmpdir_free(s->dir);
}

/* Painting every cell again changes no text, look or cell. */
static void expect_fresh(struct session *s)
{
    char *before, *after;

    assert_true(pty_wait_quiet(s->pty, 300, WAIT_MS));
    before = pty_screen(s->pty, true);
    pty_send(s->pty, "\f");
    pty_pump(s->pty, 2000);
    assert_true(pty_wait_quiet(s->pty, 300, WAIT_MS));
    after = pty_screen(s->pty, true);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

struct wanted {
    const char *bytes;
};

static bool arrived(struct pty *p, void *ctx)
{
    const struct wanted *w = ctx;
    size_t len;
    const char *raw = pty_raw(p, &len);

    return memmem(raw, len, w->bytes, strlen(w->bytes)) != NULL;
}

static void expect_bytes(struct session *s, const char *bytes)
{
    struct wanted w = {bytes};

    if (!pty_wait(s->pty, arrived, &w, WAIT_MS))
        fail_msg("these bytes never came out of screen: %s", bytes + 1);
}

static bool fills_the_screen(struct pty *p, void *ctx)
{
    (void)ctx;
    return strstr(pty_row(p, 0), "runbook") && strstr(pty_row(p, pty_rows(p) - 1), "keys");
}

/* drawn as outside of it, at two sizes. */
static void test_drawing(void **state)
{
    struct session s;

    (void)state;
    if (!in_path("screen"))
        skip();
    begin(&s, 40, 120);
    expect(&s, "Root cause");
    expect(&s, "2 Hypotheses");
    expect(&s, "\xE2\x94\x8C"); /* borders, not question marks */
    expect_fresh(&s);
    pty_resize(s.pty, 24, 80);
    assert_true(pty_wait(s.pty, fills_the_screen, NULL, WAIT_MS));
    expect_fresh(&s);
    pty_send(s.pty, "4jjj");
    expect(&s, "4 Resources");
    expect_fresh(&s);
    end(&s);
}

/* OSC 52 goes through to the terminal; screen itself would drop it. So does the title. */
static void test_through(void **state)
{
    struct session s;

    (void)state;
    if (!in_path("screen"))
        skip();
    begin(&s, 40, 120);
    expect(&s, "Root cause");
    expect_bytes(&s, "runbook: ");
    pty_send(s.pty, "2gy");
    expect_bytes(&s, "\033]52;c;SDEgcGF5bWVudHMtZGIg"); /* "H1 payments-db " */
    expect(&s, "it does not say whether it took them");
    pty_send(s.pty, "Y"); /* longer than what screen passes through at once */
    expect(&s, "lines to the terminal");
    pty_send(s.pty, "j"); /* the message goes, so that nothing but painting differs */
    expect_fresh(&s);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_screen_pty.c - the program itself on a terminal, investigating this machine: what a person
 * sees from the first key to the conclusion, a resize at any moment, a signal, kill -9 and resume,
 * replay. */
#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/rng.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static char *state; /* a folder of this run */

static struct pty *start(const char *a, const char *b, const char *c, const char *locale)
{
    const char *dir = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/runbook", dir ? dir : "."),
         *dir_arg = xasprintf("--state-dir=%s", state);
    char *lc = xasprintf("LC_ALL=%s", locale ? locale : "C.UTF-8");
    char *home = xasprintf("XDG_CONFIG_HOME=%s", state);
    const char *argv[] = {path, dir_arg, a, b, c, NULL};
    const char *env[] = {lc, home, NULL};
    struct pty *p = pty_spawn(&(struct pty_options){
        .argv = argv, .env = env, .term = locale ? "screen" : NULL, .rows = 40, .cols = 120});

    free(path);
    free(dir_arg);
    free(lc);
    free(home);
    assert_non_null(p);
    return p;
}

static bool concluded(struct pty *p, void *ctx)
{
    (void)ctx;
    return pty_has(p, "nothing wrong found") || pty_has(p, "root cause found") ||
           pty_has(p, "inconclusive");
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS)) {
        char *screen = pty_screen(p, false);

        fail_msg("no \"%s\" on\n%s", text, screen);
    }
}

static void leave(struct pty *p)
{
    int status = 0;

    pty_send(p, "q");
    expect(p, "session ");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_true(WIFEXITED(status));
    assert_false(pty_alt_screen(p));
    pty_free(p);
}

/* the first thing typed is the question. */
static void test_ask_and_resize(void **unused)
{
    struct pty *p = start("--no-color", NULL, NULL, NULL);
    struct rng r;
    char *before, *after;
    size_t bytes;

    (void)unused;
    rng_seed(&r, 1);
    expect(p, "What is wrong?");
    pty_send(p, "?"); /* with nothing typed it asks for the keys; then typing goes on */
    expect(p, "show the keys");
    pty_send(p, "q");
    expect(p, "Enter ask");
    pty_send(p, "is this machine well\r");
    expect(p, "is this machine well");
    for (int i = 0; i < 200; i++) {
        pty_resize(p, 3 + (int)rng_below(&r, 70), 10 + (int)rng_below(&r, 230));
        pty_pump(p, (int)rng_below(&r, 8));
    }
    pty_resize(p, 40, 120);
    assert_true(pty_wait(p, concluded, NULL, WAIT_MS));
    assert_true(pty_wait_quiet(p, 500, WAIT_MS));
    bytes = pty_bytes(p);
    before = pty_screen(p, true);
    assert_int_equal(pty_pump(p, 1500), 0); /* idle: no byte */
    assert_int_equal(pty_bytes(p), bytes);
    pty_send(p, "\f");
    assert_true(pty_pump(p, WAIT_MS) > 0);
    assert_true(pty_wait_quiet(p, 200, WAIT_MS));
    after = pty_screen(p, true);
    assert_string_equal(before, after);
    free(before);
    free(after);
    pty_send(p, "?");
    expect(p, "show the keys");
    pty_send(p, "\033");
    expect(p, "1 Investigation");
    leave(p);
}

static void test_replay_and_c_locale(void **unused)
{
    struct pty *p = start("replay", "last", "--step", "C");

    (void)unused;
    expect(p, "event 0 of");
    pty_send(p, "nnn");
    expect(p, "event 3 of");
    pty_send(p, "++++++ ");
    expect(p, "at the end");
    assert_true(pty_wait(p, concluded, NULL, WAIT_MS));
    leave(p);
}

static void test_kill_and_resume(void **unused)
{
    struct pty *p = start("--host", "local", NULL, NULL);
    int status = 0;

    (void)unused;
    expect(p, "running"); /* the first query is under way */
    kill(pty_pid(p), SIGKILL);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
    p = start("resume", "last", NULL, NULL);
    expect(p, "interrupted");
    expect(p, "What is wrong");
    leave(p);
}

static void test_term(void **unused)
{
    struct pty *p = start("--host", "local", NULL, NULL);
    int status = 0;

    (void)unused;
    expect(p, "running");
    kill(pty_pid(p), SIGTERM);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_false(pty_alt_screen(p));
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) != 0);
    pty_free(p);
}

/* Ctrl-C stops the turn; the conclusion so far stands; the same key again leaves. */
static void test_cancel(void **unused)
{
    struct pty *p = start("--host", "local", NULL, NULL);
    int status = 0;

    (void)unused;
    expect(p, "running");
    pty_send(p, "\003");
    expect(p, "Ctrl-C again leaves");
    expect(p, "cancel");
    pty_send(p, "\003");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_false(pty_alt_screen(p));
    pty_free(p);
}

static int make_state(void **unused)
{
    char template[] = "/tmp/rb-screen-XXXXXX";

    (void)unused;
    state = xstrdup(mkdtemp(template) ? template : "/tmp");
    return 0;
}

static int drop_state(void **unused)
{
    const char *argv[] = {"rm", "-rf", state, NULL};
    struct pty *p = pty_spawn(&(struct pty_options){.argv = argv});
    int status = 0;

    (void)unused;
    pty_wait_exit(p, WAIT_MS, &status);
    pty_free(p);
    free(state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ask_and_resize),  cmocka_unit_test(test_replay_and_c_locale),
        cmocka_unit_test(test_kill_and_resume), cmocka_unit_test(test_term),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests(tests, make_state, drop_state);
}

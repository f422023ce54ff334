/* test_steer_pty.c - the program itself on a terminal: a person adds, tests and rejects hypotheses
 * while this machine is investigated and after the conclusion, and the session remembers. U-05 */
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "runbook/base/mem.h"

#define WAIT_MS 60000

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS)) {
        print_error("no \"%s\" on\n%s\n", text, pty_screen(p, false));
        fail();
    }
}

static bool concluded(struct pty *p, void *ctx)
{
    (void)ctx;
    return pty_has(p, "nothing wrong found") || pty_has(p, "root cause found") ||
           pty_has(p, "inconclusive");
}

static void test_steering(void **unused)
{
    const char *dir = getenv("RB_BUILDDIR");
    char *state = tmpdir_new(), *path = xasprintf("%s/runbook", dir ? dir : ".");
    char *dir_arg = xasprintf("--state-dir=%s", state),
         *home = xasprintf("XDG_CONFIG_HOME=%s", state);
    const char *argv[] = {path, dir_arg, "--no-color", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", home, NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 50, .cols = 200});
    int status = 0;

    (void)unused;
    assert_non_null(p);
    expect(p, "What is wrong?");
    pty_send(p, "this machine is slow\r");
    expect(p, "looking around");
    pty_send(p, "A");
    expect(p, "Add a hypothesis");
    pty_send(p, "the disk is full @host:local\r");
    expect(p, "you the disk is full");
    pty_send(p, "A");
    expect(p, "Add a hypothesis");
    pty_send(p, "gremlins ate the oranges\r");
    expect(p, "a test of H2");
    expect(p, "H1 pruned"); /* after a second look at the disk */
    assert_true(pty_wait(p, concluded, NULL, WAIT_MS));
    pty_send(p, "2g"); /* the tree, its first node */
    pty_send(p, "X");
    expect(p, "Reject H1, because");
    pty_send(p, "it was cleaned this morning\r");
    expect(p, "rejected by you: it was cleaned");
    assert_true(pty_wait(p, concluded, NULL, WAIT_MS));
    pty_send(p, "T");
    expect(p, "H1 is rejected: X takes that back");
    pty_send(p, "X");
    expect(p, "is taken back");
    expect(p, "over 1.5 s"); /* it is tested once more, with another look */
    assert_true(pty_wait(p, concluded, NULL, WAIT_MS));
    assert_true(pty_wait_quiet(p, 300, WAIT_MS));
    pty_send(p, "q");
    expect(p, "session ");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_int_equal(WEXITSTATUS(status), 0);
    pty_free(p);
    free(path);
    free(dir_arg);
    free(home);
    tmpdir_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steering)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_plain_pty.c - plain mode on a terminal, the first run, the keys of a replay, and the
 * recordings, with the program itself. */
#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000

static char *home; /* a folder of this run; state and configuration are below it */

static struct pty *start(const char *term, const char *a, const char *b, const char *c,
                         const char *d)
{
    const char *dir = getenv("RB_BUILDDIR"), *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/runbook", dir ? dir : ".");
    char *demos = xasprintf("RUNBOOK_DEMO_DIR=%s/demos", src ? src : ".");
    char *home_env = xasprintf("HOME=%s", home), *config = xasprintf("XDG_CONFIG_HOME=%s/c", home);
    char *state = xasprintf("XDG_STATE_HOME=%s/s", home);
    const char *argv[] = {path, a, b, c, d, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8",       "TZ=UTC", demos, home_env, config, state,
                         "RUNBOOK_START_PORT=1", NULL};
    struct pty *p = pty_spawn(
        &(struct pty_options){.argv = argv, .env = env, .term = term, .rows = 40, .cols = 120});

    free(path);
    free(demos);
    free(home_env);
    free(config);
    free(state);
    assert_non_null(p);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

static int leave(struct pty *p, const char *keys)
{
    int status = 0;

    pty_send(p, keys);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_false(pty_alt_screen(p));
    assert_true(WIFEXITED(status));
    pty_free(p);
    return WEXITSTATUS(status);
}

static bool no_sequence(struct pty *p)
{
    size_t len;
    const char *raw = pty_raw(p, &len);

    return !memchr(raw, '\033', len);
}

/* A terminal that can only write lines gets lines; a person is asked; Ctrl-D leaves. */
static void test_dumb_terminal(void **unused)
{
    struct pty *p = start("dumb", NULL, NULL, NULL, NULL);

    (void)unused;
    expect(p, "Nothing is configured");
    expect(p, "1. look at this machine");
    expect(p, ">");
    pty_send(p, "help\r");
    expect(p, "hypotheses, h");
    pty_send(p, "1\r");
    expect(p, "you: is this machine well?");
    expect(p, "session  ");
    pty_send(p, "e\r");
    expect(p, "1. E");
    pty_send(p, "1\r");
    expect(p, "query  ");
    assert_true(no_sequence(p));
    assert_int_equal(leave(p, "\004"), 0);
}

/* Ctrl-C stops the investigation and one stays; without one it leaves. */
static void test_interrupt(void **unused)
{
    struct pty *p = start("dumb", "--host", "local", NULL, NULL);

    (void)unused;
    expect(p, "you: ");
    pty_send(p, "\003");
    expect(p, "ended: cancel");
    expect(p, "session  ");
    pty_send(p, "status\r");
    expect(p, "looks at");
    pty_send(p, "a once more\r");
    expect(p, "you: once more");
    pty_send(p, "stop\r");
    expect(p, "Stopping");
    assert_int_equal(leave(p, "q\r"), 0);
}

static void test_replay_keys(void **unused)
{
    struct pty *p = start(NULL, "replay", "last", "--step", NULL);

    (void)unused;
    expect(p, "event 0 of");
    pty_send(p, "....");
    expect(p, "event 4 of");
    pty_send(p, ",");
    expect(p, "event 3 of");
    pty_send(p, "J#7\r");
    expect(p, "event 7 of");
    pty_send(p, "Jnowhere\r");
    expect(p, "is no place of the recording");
    pty_send(p, "J100%\r");
    expect(p, "at the end");
    pty_send(p, "J0%\r");
    expect(p, "event 0 of");
    pty_send(p, "--");
    expect(p, " 0.25x ");
    pty_send(p, "++++++++++++");
    expect(p, " 1000x ");
    pty_send(p, "J#9\r");
    expect(p, "event 9 of");
    /* From here an investigation of one's own. */
    pty_send(p, "B");
    expect(p, "branched from 20");
    expect(p, "Ask about it");
    assert_int_equal(leave(p, "q"), 0);
}

/* U-06: a recording is exported from its screen, and another session is opened from it. */
static void test_replay_exports(void **unused)
{
    struct pty *p = start(NULL, "replay", "last", "--step", NULL);
    char *file = xasprintf("%s/replayed.md", home), *line = xasprintf("md %s\r", file);
    struct buf text = BUF_INIT((size_t)1 << 24);
    struct err err = ERR_INIT;

    (void)unused;
    expect(p, "event 0 of");
    pty_send(p, "J100%\r");
    expect(p, "at the end");
    pty_send(p, ":");
    expect(p, "Palette");
    pty_send(p, "export\r");
    expect(p, "/export [FORMAT] [FILE]");
    pty_send(p, line);
    expect(p, "replayed.md (md,");
    assert_ok(file_read(file, &text, &err), &err);
    assert_non_null(strstr(buf_cstr(&text), "#"));
    pty_send(p, ":export\r");
    expect(p, "/export [FORMAT] [FILE]");
    pty_send(p, line); /* nothing is written over */
    expect(p, "exists already");
    pty_send(p, ":session 20");
    expect(p, "session   20");
    pty_send(p, "\r");
    expect(p, "Ask about it");
    assert_int_equal(leave(p, "q"), 0);
    buf_release(&text);
    free(file);
    free(line);
}

static void test_plain_replay(void **unused)
{
    struct pty *p = start("dumb", "replay", "last", "--step", NULL);

    (void)unused;
    expect(p, ">");
    pty_send(p, "\r\r.\r");
    expect(p, "event 3 of");
    pty_send(p, "back\r");
    expect(p, "event 2 of");
    pty_send(p, "jump 100%\r");
    expect(p, "at the end");
    pty_send(p, "ask what\r");
    expect(p, "not possible in a recording");
    assert_int_equal(leave(p, "quit\r"), 0);
}

/* R-85: it says what it is all the time, also on its pages. */
static void test_demo(void **unused)
{
    struct pty *p = start(NULL, "demo", "disk-full", "--fast", NULL);

    (void)unused;
    expect(p, "recording of 20");
    expect(p, "nothing is touched");
    pty_send(p, "JE\r");
    expect(p, "is no place");
    pty_send(p, "J100%\r");
    expect(p, "root cause found");
    pty_send(p, "2\r");
    expect(p, "confidence  +30");
    expect(p, "recording of 20");
    pty_send(p, "\033");
    expect(p, "1 Investigation");
    pty_send(p, "B");
    expect(p, "cannot be branched");
    expect(p, "recording of 20");
    assert_int_equal(leave(p, "q"), 0);
}

/* A first run: what is here, and `init` one key away, which comes back. */
static void test_first_run(void **unused)
{
    char *saved = home, *file;
    struct pty *p;
    struct stat st;
    FILE *f;

    (void)unused;
    home = xasprintf("%s/first", saved);
    mkdir(home, 0700);
    file = xasprintf("%s/.ssh", home);
    mkdir(file, 0700);
    free(file);
    file = xasprintf("%s/.ssh/config", home);
    f = fopen(file, "w");
    assert_non_null(f);
    fputs("Host db-one\nHost evil\033[31m\n", f);
    fclose(f);
    free(file);
    p = start(NULL, NULL, NULL, NULL, NULL);
    expect(p, "Found here");
    expect(p, "db-one");
    assert_true(pty_wait_quiet(p, 300, WAIT_MS));
    assert_int_equal(pty_pump(p, 700), 0); /* idle: no byte */
    pty_send(p, "\033OP");                 /* F1 */
    expect(p, "show the keys");
    pty_send(p, "q\033[20~"); /* F9 */
    expect(p, "Step 1 of 4");
    pty_send(p, "G\r"); /* the last row: the questions of init */
    expect(p, "This makes ");
    pty_send(p, "\004");
    expect(p, "Nothing was written");
    expect(p, "Enter opens the screen again");
    pty_send(p, "\r");
    expect(p, "Found here");
    pty_send(p, "\033");
    expect(p, "q quit");
    leave(p, "q");
    file = xasprintf("%s/s", home);
    assert_true(stat(file, &st) != 0); /* looking leaves nothing behind */
    free(file);
    free(home);
    home = saved;
}

static int make_home(void **unused)
{
    (void)unused;
    home = tmpdir_new();
    return 0;
}

static int drop_home(void **unused)
{
    (void)unused;
    tmpdir_free(home);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dumb_terminal),  cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_replay_keys),    cmocka_unit_test(test_plain_replay),
        cmocka_unit_test(test_replay_exports), cmocka_unit_test(test_demo),
        cmocka_unit_test(test_first_run),
    };

    return cmocka_run_group_tests(tests, make_home, drop_home);
}

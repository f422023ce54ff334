/* test_tty_pty.c - the program as a citizen of its terminal: what is copied and said about it,
 * tmux, themes that change while it runs, modes, notifications. */
#include "tests/e2e/tty_run.h"

#include "runbook/base/file.h"
#include "tests/lib/tmpdir.h"

/* ---- copying ---- */

/* U-22: a terminal cannot confirm; the message says so, and the text has no borders. */
static void test_copy_to_terminal(void **state)
{
    struct pty *p = start("--all");

    (void)state;
    pty_send(p, "2gy");
    expect_bytes(p, "\033]52;c;SDEgcGF5bWVudHMtZGIg"); /* "H1 payments-db " */
    assert_true(pty_wait_text(p, "it does not say whether it took them", WAIT_MS));
    pty_free(p);
}

/* Where the terminal has no clipboard, a file is written and named. */
static void test_copy_to_file(void **state)
{
    char *dir = tmpdir_new();
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char *args, *path;
    struct pty *p;

    (void)state;
    args = xasprintf("--all --run %s", dir);
    path = xasprintf("%s/copy.txt", dir);
    p = start_as("linux", 40, 120, args, NULL);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    pty_send(p, "2Y");
    assert_true(pty_wait_text(p, "This terminal has no clipboard", WAIT_MS));
    assert_ok(file_read(path, &text, &err), &err);
    assert_true(str_find(buf_str(&text), STR_LIT("H1.2 one slow query")) >= 0);
    assert_true(str_find(buf_str(&text), STR_LIT("\xE2\x94\x82")) < 0); /* no border */
    pty_free(p);
    buf_release(&text);
    free(args);
    free(path);
    tmpdir_free(dir);
}

/* A tmux that fails is not said to have the text. */
static void test_copy_says_no(void **state)
{
    struct pty *p;
    char *command = xasprintf("PATH=/nonexistent; export PATH; exec %s --all", demo_path());
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    const char *environment[] = {"LC_ALL=C.UTF-8", "TMUX=/tmp/none,1,0",
                                 "ASAN_OPTIONS=detect_leaks=0", NULL};

    (void)state;
    p = pty_spawn(&(struct pty_options){.argv = argv, .env = environment, .rows = 40, .cols = 120});
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    pty_send(p, "2gy");
    if (!pty_wait_text(p, "it does not say whether it took them", WAIT_MS))
        fail_msg("%s", pty_screen(p, false));
    pty_free(p);
    free(command);
}

/* ---- real tmux ---- */

struct tmux {
    char *dir;
    char *socket;
};

static bool has_tmux(void)
{
    return run("command -v tmux >/dev/null") == 0;
}

static struct pty *tmux_client(const struct tmux *t, const char *rest, int rows, int cols)
{
    char *command = xasprintf("exec tmux -f /dev/null -S %s %s", t->socket, rest);
    const char *argv[] = {"sh", "-c", command, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});

    free(command);
    return p;
}

static void tmux_command(const struct tmux *t, const char *rest)
{
    char *command = xasprintf("tmux -S %s %s", t->socket, rest);

    assert_int_equal(run(command), 0);
    free(command);
}

/* inside tmux the copy is in its buffer when the message says so; a second client of another
 * size, detaching and attaching leave a right screen. */
static void test_in_tmux(void **state)
{
    struct tmux t;
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char *rest, *file;
    struct pty *a, *b;

    (void)state;
    if (!has_tmux())
        skip();
    t.dir = tmpdir_new();
    t.socket = xasprintf("%s/s", t.dir);
    file = xasprintf("%s/buffer", t.dir);
    rest = xasprintf("new-session -s main 'ASAN_OPTIONS=detect_leaks=0 %s --all'", demo_path());
    a = tmux_client(&t, rest, 41, 120);
    free(rest);
    assert_true(pty_wait_text(a, "Root cause", WAIT_MS));
    pty_send(a, "2gy");
    if (!pty_wait_text(a, "to the tmux buffer", WAIT_MS))
        fail_msg("%s", pty_screen(a, false));
    rest = xasprintf("save-buffer %s", file);
    tmux_command(&t, rest);
    free(rest);
    assert_ok(file_read(file, &text, &err), &err);
    assert_true(str_starts(buf_str(&text), "H1 payments-db is saturated"));
    b = tmux_client(&t, "attach -t main", 25, 80);
    assert_true(pty_wait_text(b, "runbook", WAIT_MS));
    pty_send(b, "\002d"); /* detach */
    pty_free(b);
    assert_true(pty_wait_text(a, "Hypotheses", WAIT_MS));
    tmux_command(&t, "detach-client -s main");
    pty_free(a);
    a = tmux_client(&t, "attach -t main", 41, 120);
    assert_true(pty_wait_text(a, "Hypotheses", WAIT_MS));
    assert_true(pty_wait_text(a, "Root cause", WAIT_MS) || pty_has(a, "H1.1"));
    tmux_command(&t, "kill-server");
    pty_free(a);
    buf_release(&text);
    free(file);
    free(t.socket);
    tmpdir_free(t.dir);
}

/* ---- themes ---- */

static void write_theme(const char *path, const char *color)
{
    char *text = xasprintf("name: mine\ncolors:\n  c: [\"%s\", red, red]\nstyles:\n  title: c\n"
                           "  status-strong: c\n  status-bar: on c\n",
                           color);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(text), 0644, &err), &err);
    free(text);
}

/* U-22: an edited theme is seen at once; one that is broken changes nothing and says its line. */
static void test_theme_reload(void **state)
{
    static const char *const env[] = {"COLORTERM=truecolor", NULL};
    char *dir = tmpdir_new();
    struct err err = ERR_INIT;
    char *path, *args, *before, *after;
    struct pty *p;

    (void)state;
    path = xasprintf("%s/mine.theme", dir);
    args = xasprintf("--all --theme %s", path);
    write_theme(path, "#102030");
    p = start_as(NULL, 40, 120, args, env);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    expect_bytes(p, "48;2;16;32;48");
    before = pty_screen(p, true);
    write_theme(path, "#405060");
    assert_true(pty_wait_text(p, "Theme mine read again", WAIT_MS));
    expect_bytes(p, "48;2;64;80;96");
    assert_ok(file_write_atomic(path, STR_LIT("name: mine\nstyles:\n  titel: bold\n"), 0644, &err),
              &err);
    assert_true(pty_wait_text(p, "line 3: 'titel': no such role; did you mean title?", WAIT_MS));
    pty_send(p, "\f");
    assert_true(pty_pump(p, WAIT_MS) > 0);
    pty_wait_quiet(p, 100, WAIT_MS);
    after = pty_screen(p, true);
    assert_string_not_equal(before, after);
    assert_true(sent(p, "48;2;64;80;96")); /* the one before the broken one */
    pty_free(p);
    free(before);
    free(after);
    free(path);
    free(args);
    tmpdir_free(dir);
}

/* ---- colours ---- */

/* U-22: what the environment and the description promise is used, and no more. */
static void test_color_levels(void **state)
{
    static const struct {
        const char *term, *env, *want, *never;
    } rows[] = {
        {"xterm-256color", "COLORTERM=truecolor", "38;2;", NULL},
        {"xterm-256color", "X=1", "38;5;", "38;2;"},
        {"screen-256color", "COLORTERM=truecolor", "38;5;", "38;2;"},
        {"xterm", "X=1", "\033[3", "38;5;"},
        {"xterm-256color", "NO_COLOR=1", "\033[1m", "38;5;"},
        {"xterm-256color", "CLICOLOR=0", "\033[1m", "38;5;"},
        {"vt100", "X=1", "\033[", "38;5;"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *env[] = {rows[i].env, NULL};
        struct pty *p = start_as(rows[i].term, 40, 120, "--all", env);
        struct seen s = {rows[i].want, BUF_INIT(1 << 20)};

        assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
        assert_true(pty_wait_quiet(p, 60, WAIT_MS));
        if (!wrote(p, &s))
            fail_msg("%s %s: no \"%s\"", rows[i].term, rows[i].env, rows[i].want + 1);
        if (rows[i].never && str_find(buf_str(&s.raw), str_from(rows[i].never)) >= 0)
            fail_msg("%s %s: has \"%s\"", rows[i].term, rows[i].env, rows[i].never);
        buf_release(&s.raw);
        pty_free(p);
    }
}

/* ---- manners ---- */

/* Everything that was switched on is switched off again, in any way out. */
static void test_modes_are_undone(void **state)
{
    static const char *const modes[] = {"?2004", "?1004", "?1002", "?1006", "?1049"};
    struct pty *p = start("--all --mouse");
    struct seen s = {"\033[?1049l", BUF_INIT(1 << 20)};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_true(sent(p, modes[i]) || i > 0);
    pty_send(p, "q");
    if (!pty_wait(p, wrote, &s, WAIT_MS))
        fail_msg("the screen was not given back");
    for (size_t i = 0; i < 4; i++) {
        char *off = xasprintf("\033[%sl", modes[i]);

        if (str_find(buf_str(&s.raw), str_from(off)) < 0)
            fail_msg("%s stays on", modes[i]);
        free(off);
    }
    buf_release(&s.raw);
    pty_free(p);
}

/* R-96: --no-alt-screen leaves the last frame where one can scroll back to it. */
static void test_no_alt_screen(void **state)
{
    char *command = xasprintf("echo before; %s --all --no-alt; echo after; read x", demo_path());
    const char *argv[] = {"sh", "-c", command, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 120});

    (void)state;
    free(command);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    assert_false(pty_alt_screen(p));
    pty_send(p, "q");
    assert_true(pty_wait_text(p, "after", WAIT_MS));
    assert_true(pty_has(p, "Ask about it")); /* the frame is still there */
    assert_true(pty_has(p, "session 2026"));
    pty_free(p);
}

/* The transcript goes to the program that PAGER names, and the screen comes back. */
static void test_pager(void **state)
{
    static const char *const env[] = {"PAGER=grep -c payments-db; read x </dev/tty", NULL};
    char *dir = tmpdir_new();
    char *args, *left;
    struct pty *p;

    (void)state;
    args = xasprintf("--all --run %s", dir);
    left = xasprintf("ls %s | grep -q transcript", dir);
    p = start_as(NULL, 40, 120, args, env);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    pty_send(p, "v");
    assert_true(pty_wait_no_text(p, "Hypotheses", WAIT_MS));
    assert_false(pty_alt_screen(p));
    pty_send(p, "\n");
    assert_true(pty_wait_text(p, "Hypotheses", WAIT_MS));
    assert_true(pty_alt_screen(p));
    assert_int_not_equal(run(left), 0); /* the file is gone */
    pty_free(p);
    free(args);
    free(left);
    tmpdir_free(dir);
}

/* Nobody looks: the bell, a notification and the title call; who looks is left alone. */
static void test_notification(void **state)
{
    struct pty *p = start("--notify --step-ms 12");

    (void)state;
    pty_send(p, "\033[O");
    expect_bytes(p, "\033]9;runbook: root cause");
    assert_true(str_starts(str_from(pty_title(p)), "* runbook") || pty_wait_quiet(p, 200, WAIT_MS));
    pty_send(p, "\033[I");
    pty_wait_quiet(p, 100, WAIT_MS);
    assert_true(str_starts(str_from(pty_title(p)), "runbook"));
    pty_free(p);
    p = start("--notify --step-ms 12");
    pty_send(p, "\033[I");
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    assert_false(sent(p, "\033]9;"));
    pty_free(p);
}

static void test_mouse_and_debug_keys(void **state)
{
    struct pty *p = start("--all");

    (void)state;
    pty_send(p, "M");
    expect_bytes(p, "\033[?1002h");
    pty_send(p, "\033[<0;90;4M\033[<0;90;4m");
    pty_send(p, "M");
    expect_bytes(p, "\033[?1002l");
    pty_send(p, "\033[24~");
    assert_true(pty_wait_text(p, "dropped", WAIT_MS));
    assert_true(pty_wait_text(p, "answers  in", WAIT_MS)); /* libvterm answers */
    pty_send(p, "\033[24~");
    assert_true(pty_wait_no_text(p, "dropped", WAIT_MS));
    pty_wait_quiet(p, 100, WAIT_MS);
    assert_int_equal(pty_pump(p, 1200), 0); /* idle again */
    pty_free(p);
}

/* U-22: synchronized output only for a terminal that says it knows it. */
static void test_synchronized_output(void **state)
{
    struct pty *p = start("--all");

    (void)state;
    pty_send(p, "\f");
    assert_true(pty_pump(p, WAIT_MS) > 0);
    pty_wait_quiet(p, 60, WAIT_MS);
    assert_false(sent(p, "\033[?2026h"));
    pty_send(p, "\033[?2026;2$y");
    pty_send(p, "\f");
    expect_bytes(p, "\033[?2026h");
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_to_terminal),
        cmocka_unit_test(test_copy_to_file),
        cmocka_unit_test(test_copy_says_no),
        cmocka_unit_test(test_in_tmux),
        cmocka_unit_test(test_theme_reload),
        cmocka_unit_test(test_color_levels),
        cmocka_unit_test(test_modes_are_undone),
        cmocka_unit_test(test_no_alt_screen),
        cmocka_unit_test(test_pager),
        cmocka_unit_test(test_notification),
        cmocka_unit_test(test_mouse_and_debug_keys),
        cmocka_unit_test(test_synchronized_output),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

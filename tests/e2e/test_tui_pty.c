/* test_tui_pty.c - the full-screen frontend in a real terminal: resizes, idling, keys, and leaving.
 */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static char *demo_path(void)
{
    const char *dir = getenv("RB_BUILDDIR");

    return xasprintf("%s/tests/e2e/tui_demo", dir ? dir : ".");
}

static struct pty *start(const char *term, int rows, int cols, const char *a, const char *b)
{
    char *path = demo_path();
    const char *argv[] = {path, a, b, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", NULL};
    struct pty *p = pty_spawn(
        &(struct pty_options){.argv = argv, .env = env, .term = term, .rows = rows, .cols = cols});

    free(path);
    assert_non_null(p);
    return p;
}

static struct pty *start_done(int rows, int cols)
{
    struct pty *p = start(NULL, rows, cols, "--all", NULL);

    if (!pty_wait_text(p, "Root cause", WAIT_MS))
        fail_msg("no screen:\n%s", pty_screen(p, false));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    return p;
}

/* no stale cell after 200 resizes: the screen is what a fresh redraw gives. */
static void test_resizes(void **state)
{
    struct pty *p = start(NULL, 24, 80, "--step-ms", "30");
    struct rng r;
    char *before, *after;

    (void)state;
    rng_seed(&r, 200);
    assert_true(pty_wait_text(p, "runbook", WAIT_MS));
    for (int i = 0; i < 200; i++) {
        pty_resize(p, 3 + (int)rng_below(&r, 70), 10 + (int)rng_below(&r, 230));
        pty_pump(p, (int)rng_below(&r, 6));
    }
    for (int i = 0; i < 4; i++) {
        static const int sizes[4][2] = {{50, 200}, {40, 120}, {24, 80}, {20, 60}};

        pty_resize(p, sizes[i][0], sizes[i][1]);
        assert_true(pty_wait_text(p, "runbook", WAIT_MS));
        assert_true(pty_wait_text(p, "quit", WAIT_MS) || pty_wait_text(p, "keys", 1));
        pty_wait_quiet(p, 700, WAIT_MS);
        before = pty_screen(p, true);
        pty_send(p, "\f"); /* Ctrl-L paints every cell again */
        assert_true(pty_pump(p, WAIT_MS) > 0);
        assert_true(pty_wait_quiet(p, 200, WAIT_MS));
        after = pty_screen(p, true);
        if (strcmp(before, after) != 0)
            fail_msg("stale cells at %dx%d:\n%s", sizes[i][1], sizes[i][0], before);
        free(before);
        free(after);
    }
    pty_free(p);
}

static void test_idle_is_silent(void **state)
{
    struct pty *p = start_done(40, 120);
    size_t bytes = pty_bytes(p);

    (void)state;
    assert_int_equal(pty_pump(p, 1500), 0);
    assert_int_equal(pty_bytes(p), bytes);
    pty_free(p);
}

/* A key is echoed at once, in few bytes. */
static void test_echo(void **state)
{
    struct pty *p = start_done(40, 120);
    int64_t worst = 0;

    (void)state;
    pty_send(p, "ix");
    assert_true(pty_wait_text(p, "> x", 1) || pty_wait_text(p, "\xE2\x9D\xAF x", WAIT_MS));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    for (int i = 0; i < 20; i++) {
        size_t bytes = pty_bytes(p);
        int64_t t0 = pty_now_ns();

        pty_send(p, "y");
        assert_true(pty_pump(p, WAIT_MS) > 0);
        if (pty_last_byte_ns(p) - t0 > worst)
            worst = pty_last_byte_ns(p) - t0;
        assert_true(pty_bytes(p) - bytes <= 20);
    }
    print_message("# slowest of 20 echoes: %d us\n", (int)(worst / 1000));
    pty_free(p);
}

static void check_restored(struct pty *p)
{
    int row, col;
    bool visible;

    pty_cursor(p, &row, &col, &visible);
    assert_true(visible);
    assert_false(pty_alt_screen(p));
}

/* Runs a shell that runs the demo, so that the terminal's modes can be looked at afterwards. */
static struct pty *start_in_shell(const char *args)
{
    char *path = demo_path(),
         *script = xasprintf("%s %s; echo \"left with $?\"; read x", path, args);
    const char *argv[] = {"sh", "-c", script, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8",
                         "ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_abort=0", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 24, .cols = 80});

    free(path);
    free(script);
    assert_non_null(p);
    assert_true(pty_wait_text(p, "runbook", WAIT_MS));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    assert_true(pty_alt_screen(p));
    assert_false(pty_cooked(p));
    return p;
}

static bool is_cooked(struct pty *p, void *ctx)
{
    (void)ctx;
    return pty_cooked(p) && !pty_alt_screen(p);
}

static void leave_and_check(const char *args, const char *keys, const char *expected)
{
    struct pty *p = start_in_shell(args);

    pty_send(p, keys);
    if (!pty_wait_text(p, expected, WAIT_MS))
        fail_msg("no \"%s\":\n%s", expected, pty_screen(p, false));
    assert_true(pty_wait(p, is_cooked, NULL, WAIT_MS));
    check_restored(p);
    pty_free(p);
}

static void test_quit_prints_conclusion(void **state)
{
    (void)state;
    leave_and_check("--all", "q", "left with 0");
    leave_and_check("--all", "q", "session 20260204-140210-k3x9");
    leave_and_check("--all", "q", "root cause (92 %)");
}

static void test_ctrl_c_twice(void **state)
{
    (void)state;
    leave_and_check("--all", "\003\003", "left with 0");
}

/* The hook of a crash; the exit code says that the signal went on. */
static void test_crash(void **state)
{
    (void)state;
    leave_and_check("--all", "icrash\r", "left with 139");
    leave_and_check("--all", "iabort\r", "left with 134");
}

static pid_t only_child(pid_t parent)
{
    char *path = xasprintf("/proc/%d/task/%d/children", (int)parent, (int)parent);
    char text[64] = "";
    uint64_t pid = 0;
    int fd = open(path, O_RDONLY);

    free(path);
    if (fd < 0)
        return 0;
    if (read(fd, text, sizeof(text) - 1) < 0)
        text[0] = '\0';
    close(fd);
    return num_u64(str_trim(str_from(text)), &pid) ? (pid_t)pid : 0;
}

static void test_signals(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGSEGV};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pty *p = start_in_shell("--all");
        pid_t child = only_child(pty_pid(p));
        char expected[32];

        if (child <= 1) {
            pty_free(p);
            skip();
        }
        kill(child, signals[i]);
        snprintf(expected, sizeof(expected), "left with %d", 128 + signals[i]);
        if (!pty_wait_text(p, expected, WAIT_MS))
            fail_msg("no \"%s\":\n%s", expected, pty_screen(p, false));
        assert_true(pty_wait(p, is_cooked, NULL, WAIT_MS));
        check_restored(p);
        pty_free(p);
    }
}

/* Ctrl-Z gives the terminal back to an interactive shell, fg takes it again. */
static void test_suspend(void **state)
{
    char *path = demo_path();
    const char *argv[] = {"sh", "-i", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "PS1=ready> ", "ENV=", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 24, .cols = 80});
    char *command = xasprintf("%s --all\r", path);

    (void)state;
    free(path);
    assert_true(pty_wait_text(p, "ready>", WAIT_MS));
    pty_send(p, command);
    free(command);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    pty_send(p, "\032");
    assert_true(pty_wait(p, is_cooked, NULL, WAIT_MS));
    assert_true(pty_wait_text(p, "Stopped", WAIT_MS)); /* the shell has the terminal */
    check_restored(p);
    pty_resize(p, 30, 100);
    pty_send(p, "fg\r");
    if (!pty_wait_text(p, "Root cause", 3 * WAIT_MS))
        fail_msg("not drawn after fg:\n%s", pty_screen(p, false));
    assert_true(pty_alt_screen(p));
    pty_send(p, "2");
    pty_send(p, "z");
    assert_true(pty_wait_no_text(p, "Root cause", WAIT_MS));
    pty_send(p, "q");
    assert_true(pty_wait(p, is_cooked, NULL, WAIT_MS));
    pty_send(p, "exit\r");
    pty_free(p);
}

/* The other end of the terminal goes away: the program ends, and does not spin. */
static void test_hangup(void **state)
{
    struct pty *p = start_done(24, 80);
    int status = 0;

    (void)state;
    pty_hang_up(p);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
}

/* Pasted text is one text: its line break asks nothing. */
static void test_paste_history_filter(void **state)
{
    struct pty *p = start_done(40, 120);

    (void)state;
    pty_send(p, "\033[200~disk full\non web-3\033[201~");
    assert_true(pty_wait_text(p, "\xE2\x9D\xAF disk full", WAIT_MS));
    assert_true(pty_wait_text(p, "  on web-3", WAIT_MS)); /* a row below */
    pty_send(p, "\r");
    assert_true(pty_wait_text(p, "looking around", WAIT_MS) || pty_wait_text(p, "complete", 100));
    pty_send(p, "\003"); /* stops the turn */
    assert_true(pty_wait_text(p, "turn canceled", WAIT_MS));
    pty_send(p, "i\033OA");
    assert_true(pty_wait_text(p, "\xE2\x9D\xAF disk full", WAIT_MS));
    pty_send(p, "\025\025\025caf\xC3\xA9 x\177\177!");
    assert_true(pty_wait_text(p, "\xE2\x9D\xAF caf\xC3\xA9!", WAIT_MS));
    pty_send(p, "\033");
    assert_true(pty_wait_text(p, "i ask", WAIT_MS)); /* Esc is over */
    pty_send(p, "3/nginx\r");
    assert_true(pty_wait_text(p, "/nginx 2 of 8", WAIT_MS));
    pty_send(p, "?");
    assert_true(pty_wait_text(p, "show the keys", WAIT_MS));
    pty_free(p);
}

/* Evidence opens with its raw result, cleaned. */
static void test_evidence_page(void **state)
{
    struct pty *p = start_done(40, 120);

    (void)state;
    pty_send(p, "2ge");
    assert_true(pty_wait_text(p, "histogram_quantile(0.99", WAIT_MS));
    assert_true(pty_wait_text(p, "\"resultType\": \"matrix\"", WAIT_MS));
    pty_send(p, "\033");
    assert_true(pty_wait_text(p, "Resources", WAIT_MS));
    pty_free(p);
}

static void test_terminals(void **state)
{
    static const char *const terms[] = {"xterm-256color", "xterm-16color", "xterm",        "linux",
                                        "vt100",          "screen",        "tmux-256color"};

    (void)state;
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        struct pty *p = start(terms[i], 24, 80, "--all", NULL);

        if (!pty_wait_text(p, "Root cause", WAIT_MS))
            fail_msg("%s:\n%s", terms[i], pty_screen(p, false));
        pty_send(p, "q");
        assert_true(pty_wait_text(p, "session 2026", WAIT_MS));
        pty_free(p);
    }
}

static void test_bad_terminal(void **state)
{
    struct pty *p = start("dumb", 24, 80, "--all", NULL);
    int status = 0;

    (void)state;
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_true(pty_has(p, "use --plain"));
    pty_free(p);
    p = start("no-such-terminal", 24, 80, "--all", NULL);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_true(pty_has(p, "is not known here"));
    pty_free(p);
}

static bool asked_background(struct pty *p, void *ctx)
{
    size_t len;
    bool *seen = ctx;

    *seen = *seen || strstr(pty_raw(p, &len), "\033]11;?") != NULL;
    return *seen;
}

static struct pty *start_asked(void)
{
    struct pty *p = start(NULL, 24, 80, "--idle", NULL);
    bool seen = false;

    assert_true(pty_wait(p, asked_background, &seen, WAIT_MS));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    return p;
}

/* U-22: the terminal's background decides the theme, and its answer never becomes text. */
static void test_background(void **state)
{
    static const char *const answers[] = {"\033]11;rgb:ffff/ffff/ffff\007",
                                          "\033]11;rgb:fa/fb/f0\033\\",
                                          "\033]11;rgb:1616/1616/1e1e\007", "\033]11;nonsense\007"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pty *p = start_asked();
        char *before = pty_screen(p, true), *after;
        size_t bytes = pty_bytes(p);

        if (i == 1) { /* in two pieces */
            pty_send_bytes(p, answers[i], 9);
            pty_pump(p, 20);
            pty_send(p, answers[i] + 9);
        } else {
            pty_send(p, answers[i]);
        }
        if (i < 2)
            assert_true(pty_pump(p, WAIT_MS) > 0);
        pty_wait_quiet(p, 150, WAIT_MS);
        after = pty_screen(p, true);
        if (i < 2)
            assert_string_not_equal(before, after);
        else
            assert_int_equal(pty_bytes(p), bytes);
        assert_false(pty_has(p, "rgb:"));
        assert_false(pty_has(p, "11;"));
        pty_send(p, "x");
        assert_true(pty_wait_text(p, "\xE2\x9D\xAF x", WAIT_MS)); /* nothing stands before it */
        free(before);
        free(after);
        pty_free(p);
    }
}

static void test_replay_keys(void **state)
{
    struct pty *p = start(NULL, 40, 120, "--replay", NULL);

    (void)state;
    assert_true(pty_wait_text(p, "replay: event 0 of", WAIT_MS));
    pty_send(p, "nn");
    assert_true(pty_wait_text(p, "replay: event 2 of", WAIT_MS));
    assert_true(pty_wait_text(p, "checkout is slow", WAIT_MS));
    pty_send(p, " ");
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quit_prints_conclusion),
        cmocka_unit_test(test_ctrl_c_twice),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_suspend),
        cmocka_unit_test(test_hangup),
        cmocka_unit_test(test_idle_is_silent),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_paste_history_filter),
        cmocka_unit_test(test_evidence_page),
        cmocka_unit_test(test_replay_keys),
        cmocka_unit_test(test_background),
        cmocka_unit_test(test_bad_terminal),
        cmocka_unit_test(test_terminals),
        cmocka_unit_test(test_resizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

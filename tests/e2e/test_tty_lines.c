/* test_tty_lines.c - lines that are slow, stuck or cut, what streaming costs on them, every size of
 * the screen, and answers that are garbage. */
#include "tests/e2e/tty_run.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "runbook/base/rng.h"
#include "tests/lib/tmpdir.h"

#define STREAM_BYTES 10000

/* ---- what it costs ---- */

/* U-22: 2,000 tokens a second, while a pane scrolls: at most 2.5 bytes to the terminal for one of
 * text, in each layout; a key in between is echoed at once and in few bytes. */
static void test_stream_costs(void **state)
{
    static const int sizes[][2] = {{40, 120}, {24, 80}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pty *p = start_as(NULL, sizes[i][0], sizes[i][1],
                                 "--idle --stream 10000" /* STREAM_BYTES */, NULL);
        size_t before;
        int64_t from;
        double cost, slow;

        assert_true(pty_wait_text(p, "callers", WAIT_MS));
        before = pty_bytes(p);
        from = pty_now_ns();
        assert_true(pty_wait_text(p, "End of stream.", 3 * WAIT_MS));
        cost = (double)(pty_bytes(p) - before) / STREAM_BYTES;
        /* A machine that others use streams slower, and has more frames for the same text. */
        slow = (double)(pty_now_ns() - from) / 1e9 / (STREAM_BYTES / 8000.0);
        print_message("# %dx%d: %.2f bytes for one of text, %.1f times as long\n", sizes[i][1],
                      sizes[i][0], cost, slow);
        assert_true(cost <= 2.5 * (slow > 1.1 ? slow : 1));
        pty_free(p);
    }
}

/* ---- slow and stuck ---- */

/* Full repaintings, asked for at typing speed, while the far side reads nothing. */
/* pty_send() would read when the program does not. */
static void ask_without_reading(struct pty *p)
{
    for (int i = 0; i < 60; i++) {
        pty_send(p, "\f");
        poll(NULL, 0, 4);
    }
}

/* The far side stops reading: nothing blocks, frames are dropped instead of queued, and when it
 * reads again it sees the newest state after what the kernel held and two frames at most. */
static void test_stuck_terminal(void **state)
{
    struct pty *p = start_as(NULL, 100, 400, "--all", NULL);
    size_t frame, before;

    (void)state;
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    before = pty_bytes(p);
    pty_send(p, "\f");
    assert_true(pty_pump(p, WAIT_MS) > 0);
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    frame = pty_bytes(p) - before;
    before = pty_bytes(p);
    ask_without_reading(p);
    pty_send(p, "?");
    assert_true(pty_wait_text(p, "show the keys", WAIT_MS));
    print_message("# a frame is %zu bytes, %zu were sent in all\n", frame, pty_bytes(p) - before);
    assert_true(pty_bytes(p) - before < 65536 + 6 * frame);
    pty_free(p);
}

/* Even a terminal that never reads again does not keep the program from ending. */
static void test_end_with_stuck_terminal(void **state)
{
    struct pty *p = start_as(NULL, 100, 400, "--all", NULL);
    int64_t until = pty_now_ns() + INT64_C(8000000000);
    siginfo_t info = {.si_pid = 0};

    (void)state;
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    ask_without_reading(p);
    kill(pty_pid(p), SIGTERM);
    while (info.si_pid == 0 && pty_now_ns() < until) {
        waitid(P_PID, (id_t)pty_pid(p), &info, WEXITED | WNOHANG | WNOWAIT);
        poll(NULL, 0, 10);
    }
    assert_int_equal(info.si_pid, pty_pid(p));
    pty_free(p);
}

/* whatever scrolls, by lines and pages, in wide and narrow layouts: the screen is what a full
 * painting gives. */
static void test_scrolled_screen_is_right(void **state)
{
    static const char *const keys[] = {"j", "k", "\033[6~", "\033[5~", "\004", "\025",   "G",
                                       "g", "z", "1",       "2",       "\r",   "\033[A", "\033[B"};
    static const int sizes[][2] = {{24, 80}, {40, 120}, {20, 60}};
    struct rng r;

    (void)state;
    rng_seed(&r, 96);
    for (size_t i = 0; i < 3; i++) {
        struct pty *p = start_as(NULL, sizes[i][0], sizes[i][1], "--all --events 400", NULL);

        assert_true(pty_wait_text(p, "runbook", WAIT_MS));
        for (int round = 0; round < 8; round++) {
            char *before, *after;

            for (int k = 0; k < 8; k++) {
                pty_send(p, keys[rng_below(&r, sizeof(keys) / sizeof(keys[0]))]);
                pty_pump(p, 2);
            }
            assert_true(pty_wait_quiet(p, 60, WAIT_MS));
            before = pty_screen(p, true);
            pty_send(p, "\f");
            assert_true(pty_pump(p, WAIT_MS) > 0);
            assert_true(pty_wait_quiet(p, 60, WAIT_MS));
            after = pty_screen(p, true);
            if (strcmp(before, after) != 0)
                fail_msg("round %d at %dx%d", round, sizes[i][1], sizes[i][0]);
            free(before);
            free(after);
        }
        pty_free(p);
    }
}

/* ---- losing the terminal ---- */

/* SIGTERM, SIGHUP and a line that is cut end the session in order: its journal is closed. */
static void test_state_is_saved(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, 0 /* hung up */};
    const char *dir = getenv("RB_BUILDDIR");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *home = tmpdir_new();
        char *program = xasprintf("%s/runbook", dir ? dir : ".");
        char *look = xasprintf("grep -q session.closed %s/scratchpad/*.jsonl", home);
        const char *argv[] = {program, "--state-dir", home, "what is wrong here", NULL};
        const char *env[] = {"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0", NULL};
        struct pty *p =
            pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 30, .cols = 100});
        int status = 0;

        assert_non_null(p);
        assert_true(pty_wait_text(p, "Hypotheses", WAIT_MS));
        if (signals[i])
            kill(pty_pid(p), signals[i]);
        else
            pty_hang_up(p);
        assert_true(pty_wait_exit(p, WAIT_MS, &status));
        assert_true(WIFEXITED(status));
        if (run(look) != 0)
            fail_msg("signal %d: the journal is not closed", signals[i]);
        pty_free(p);
        tmpdir_free(home);
        free(program);
        free(look);
    }
}

/* ---- widths ---- */

/* Every size from one cell up; the largest that terminals have. */
static void test_sizes(void **state)
{
    static const int sizes[][2] = {{1, 1},  {1, 80},     {2, 2},    {24, 1},  {3, 500},
                                   {8, 40}, {500, 1000}, {1, 1000}, {500, 1}, {40, 120}};
    struct pty *p = start("--all");

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        pty_resize(p, sizes[i][0], sizes[i][1]);
        assert_true(pty_pump(p, WAIT_MS) > 0);
        pty_wait_quiet(p, 40, WAIT_MS);
    }
    assert_true(pty_wait_text(p, "Hypotheses", WAIT_MS));
    pty_free(p);
}

/* ---- hostile answers ---- */

static void test_hostile_answers(void **state)
{
    struct rng r;
    struct pty *p = start("--idle");
    char *before, *after;

    (void)state;
    rng_seed(&r, 7);
    before = pty_screen(p, false);
    for (int i = 0; i < 40; i++) {
        char data[80];
        size_t len = 0;

        data[len++] = '\033';
        data[len++] = "]P_^X["[rng_below(&r, 6)];
        if (data[1] == '[')
            data[len++] = '?';
        for (size_t n = rng_below(&r, 60); n > 0; n--)
            data[len++] = "0123456789;:"[rng_below(&r, 12)];
        if (data[1] == '[')
            data[len++] = 'y';
        else
            data[len++] = '\007';
        for (size_t at = 0; at < len; at++) {
            pty_send_bytes(p, data + at, 1);
            pty_pump(p, 0);
        }
    }
    for (int i = 0; i < 2000; i++)
        pty_send(p, i ? "0123456789012345678901234567890123456789" : "\033]11;");
    pty_send(p, "\007");
    pty_wait_quiet(p, 100, WAIT_MS);
    after = pty_screen(p, false);
    assert_string_equal(before, after);
    pty_send(p, "x");
    assert_true(pty_wait_text(p, "\xE2\x9D\xAF x", WAIT_MS)); /* nothing stands before it */
    free(before);
    free(after);
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_costs),
        cmocka_unit_test(test_stuck_terminal),
        cmocka_unit_test(test_end_with_stuck_terminal),
        cmocka_unit_test(test_scrolled_screen_is_right),
        cmocka_unit_test(test_state_is_saved),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_hostile_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

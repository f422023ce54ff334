/* test_tmux.c - inside a real tmux: two clients of different size, detaching and attaching while an
 * investigation runs, and copying into its buffer. A server of its own, with a socket in a folder
 * of its own, so that nobody's session is touched. Skipped where there is no tmux. */
#include "tests/lib/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/str.h"
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000

struct server {
    char *dir, *conf, *socket_dir, *home;
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

/* What the test that runs now has started, for the teardown of one that fails. */
static struct server running;

static void server_make(struct server *s)
{
    static const char conf[] = "set -g status off\n"
                               "set -s escape-time 0\n"
                               "set -g default-terminal tmux-256color\n"
                               "set -g focus-events on\n"
                               "set -g window-size latest\n";
    struct err err = ERR_INIT;

    s->dir = tmpdir_new();
    s->conf = xasprintf("%s/tmux.conf", s->dir);
    s->socket_dir = xasprintf("TMUX_TMPDIR=%s", s->dir);
    s->home = xasprintf("HOME=%s", s->dir);
    running = *s;
    assert_ok(file_write_atomic(s->conf, STR_LIT(conf), 0600, &err), &err);
}

/* The output of a tmux command, or NULL when it failed. The caller frees. */
static char *ask(const struct server *s, const char *command)
{
    struct buf out = BUF_INIT((size_t)1 << 20);
    char bytes[4096];
    int fds[2], status = 0;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        putenv(s->socket_dir);
        unsetenv("TMUX");
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        execlp("tmux", "tmux", "-L", "test", "-f", s->conf, command, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    while ((n = read(fds[0], bytes, sizeof(bytes))) > 0)
        buf_add(&out, bytes, (size_t)n);
    close(fds[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        buf_release(&out);
        return NULL;
    }
    buf_addc(&out, '\n');
    return buf_detach(&out);
}

static void server_end(struct server *s)
{
    free(ask(s, "kill-server"));
    free(s->conf);
    free(s->socket_dir);
    free(s->home);
    tmpdir_free(s->dir);
    running = (struct server){0};
}

static int end_server(void **state)
{
    (void)state;
    if (running.dir)
        server_end(&running);
    return 0;
}

static struct pty *client(const struct server *s, int rows, int cols, const char *command)
{
    char *demo =
        xasprintf("%s/tests/e2e/tui_demo", getenv("RB_BUILDDIR") ? getenv("RB_BUILDDIR") : ".");
    char *run = xasprintf("%s --step-ms 40", demo), *all = xasprintf("%s --all", demo);
    const char *env[] = {"LC_ALL=C.UTF-8", s->socket_dir, s->home, NULL};
    const char *what = strcmp(command, "run") == 0 ? run : all;
    const char *attach[] = {"tmux", "-L", "test", "-f", s->conf, "attach", NULL};
    const char *fresh[] = {"tmux", "-L", "test", "-f", s->conf, "new-session", what, NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = strcmp(command, "attach") == 0 ? attach : fresh,
                                        .env = env,
                                        .rows = rows,
                                        .cols = cols});

    free(demo);
    free(run);
    free(all);
    assert_non_null(p);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

/* Painting every cell again changes nothing that this client shows. */
static void expect_fresh(struct pty *p)
{
    char *before, *after;

    assert_true(pty_wait_quiet(p, 300, WAIT_MS));
    before = pty_screen(p, true);
    pty_send(p, "\f");
    pty_pump(p, 2000);
    assert_true(pty_wait_quiet(p, 200, WAIT_MS));
    after = pty_screen(p, true);
    if (strcmp(before, after) != 0) {
        size_t at = 0;

        while (before[at] == after[at])
            at++;
        at -= at > 100 ? 100 : at;
        fail_msg("a full drawing gives\n%.300s\nand not\n%.300s", after + at, before + at);
    }
    free(before);
    free(after);
}

static bool both_show(struct pty *p, void *ctx)
{
    struct pty *other = ctx;

    pty_pump(other, 0);
    return pty_has(p, "root cause found") && pty_has(other, "runbook");
}

/* tmux tells a program of a new size up to 250 ms later. Source: tmux, window.c. */
static bool fills_the_screen(struct pty *p, void *ctx)
{
    (void)ctx;
    return strstr(pty_row(p, 0), "runbook") && strstr(pty_row(p, pty_rows(p) - 1), "keys");
}

/* the smaller client that came last decides the size; when it leaves, the larger one has its
 * size back. */
static void test_two_clients(void **state)
{
    struct server s;
    struct pty *large, *small;

    (void)state;
    if (!in_path("tmux"))
        skip();
    server_make(&s);
    large = client(&s, 40, 120, "run");
    expect(large, "1 Investigation");
    small = client(&s, 24, 80, "attach");
    expect(small, "1 Investigation");
    assert_true(pty_wait(small, both_show, large, WAIT_MS)); /* the run ends while both look */
    pty_wait_quiet(large, 100, WAIT_MS);
    expect_fresh(small);
    assert_true(strlen(pty_row(small, 1)) > 0);
    pty_hang_up(small); /* as a lost connection does */
    pty_send(large, "2");
    expect(large, "Root cause");
    pty_resize(large, 38, 118);
    pty_send(large, "1");
    if (!pty_wait(large, fills_the_screen, NULL, WAIT_MS))
        fail_msg("not resized:\n%s", pty_screen(large, false));
    expect_fresh(large);
    pty_free(small);
    pty_free(large);
    server_end(&s);
}

/* Detached while it runs, it runs on, and is found complete by a client of another size. */
static void test_detach_and_attach(void **state)
{
    struct server s;
    struct pty *p;
    char *out;
    int status;

    (void)state;
    if (!in_path("tmux"))
        skip();
    server_make(&s);
    p = client(&s, 40, 120, "run");
    expect(p, "1 Investigation");
    out = ask(&s, "detach-client");
    assert_non_null(out);
    free(out);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
    p = client(&s, 30, 100, "attach");
    expect(p, "Root cause");
    expect_fresh(p);
    pty_send(p, "tk");
    expect(p, "6 Timeline");
    expect_fresh(p);
    pty_free(p);
    server_end(&s);
}

/* What the message says was copied is in tmux's buffer, without a border. */
static void test_copy(void **state)
{
    struct server s;
    struct pty *p;
    char *out;

    (void)state;
    if (!in_path("tmux"))
        skip();
    server_make(&s);
    p = client(&s, 40, 120, "all");
    expect(p, "Root cause");
    pty_send(p, "2g"); /* the first hypothesis, whichever the pane stands on */
    pty_send(p, "y");
    expect(p, "to the tmux buffer");
    out = ask(&s, "show-buffer");
    assert_non_null(out);
    assert_non_null(strstr(out, "payments-db is saturated"));
    assert_null(strstr(out, "\xE2\x94\x82"));
    free(out);
    pty_send(p, "Y");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    expect(p, "to the tmux buffer");
    out = ask(&s, "show-buffer");
    assert_non_null(strstr(out, "H1.1"));
    assert_non_null(strstr(out, "H3"));
    free(out);
    pty_free(p);
    server_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_two_clients, end_server),
        cmocka_unit_test_teardown(test_detach_and_attach, end_server),
        cmocka_unit_test_teardown(test_copy, end_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_attack_pty.c - what must not approve a mutation, each as a case of its own, against the real
 * program in a terminal; the scene (attack_scene.sh) looks afterwards whether the process lives and
 * what journal, ledger and audit say. R-58 R-63 C-32 C-34 */
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"

#define WAIT_MS 60000

struct scene {
    struct pty *pty;
    char *dir;
};

static struct scene start(const char *name, int rows, int cols)
{
    const char *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/e2e/attack_scene.sh", src ? src : ".");
    struct scene s = {.dir = tmpdir_new()};
    char *where = xasprintf("ATTACK_DIR=%s", s.dir);
    const char *argv[] = {"sh", path, name, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "SSH_CLIENT=", "TMUX=", where, NULL};

    s.pty = pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});
    assert_non_null(s.pty);
    free(path);
    free(where);
    return s;
}

static void wait_for(struct scene *s, const char *text)
{
    if (!pty_wait_text(s->pty, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(s->pty, false));
}

static void quiet(struct scene *s)
{
    assert_true(pty_wait_quiet(s->pty, 120, WAIT_MS));
}

static void armed(struct scene *s)
{
    if (!pty_wait_no_text(s->pty, "Keys do not count yet", WAIT_MS))
        fail_msg("never armed:\n%s", pty_screen(s->pty, false));
}

static void dialog(struct scene *s)
{
    wait_for(s, "Esc rejects");
}

/* Key by key, as a person does. */
static void type(struct scene *s, const char *keys)
{
    for (; *keys; keys++) {
        pty_send_bytes(s->pty, keys, 1);
        pty_pump(s->pty, 300); /* its echo */
        if (!pty_wait_quiet(s->pty, 15, WAIT_MS))
            assert_true(pty_pump(s->pty, 0) < 0); /* it has ended meanwhile: what did it say? */
    }
}

/* It is still asked, nothing has started: then it is rejected, until the command ends. */
static void reject(struct scene *s)
{
    assert_true(pty_has(s->pty, "rejects"));
    for (int i = 0; i < 40 && !pty_has(s->pty, "scene "); i++) {
        pty_send(s->pty, "\033");
        pty_wait_text(s->pty, "scene ", 1500);
    }
}

static void safe(struct scene *s)
{
    int status = -1;

    wait_for(s, "scene ");
    if (!pty_has(s->pty, "scene ok"))
        fail_msg("%s", pty_screen(s->pty, false));
    assert_true(pty_wait_exit(s->pty, WAIT_MS, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    pty_free(s->pty);
    tmpdir_free(s->dir);
}

static void put(const struct scene *s, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", s->dir, name);
    struct err err;

    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
    free(path);
}

/* ---- the keyboard ---- */

static void test_early_keys(void **state)
{
    struct scene s = start("dialog", 40, 110);

    (void)state;
    pty_send(s.pty, "yes\ryes\r\r\ryyyy"); /* before anything is there */
    dialog(&s);
    pty_send(s.pty, "yes\r"); /* it is there, and not armed */
    quiet(&s);
    armed(&s);
    reject(&s);
    safe(&s);
}

static void test_bracketed_paste(void **state)
{
    struct scene s = start("dialog", 40, 110);

    (void)state;
    dialog(&s);
    armed(&s);
    pty_send(s.pty, "\033[200~yes\r\033[201~");
    wait_for(&s, "Pasted text is no answer");
    armed(&s);
    type(&s, "ye");
    pty_send(s.pty, "\033[200~s\033[201~");
    quiet(&s);
    armed(&s);
    pty_send(s.pty, "\033[200~\r\033[201~");
    quiet(&s);
    reject(&s);
    safe(&s);
}

static void test_plain_paste(void **state)
{
    struct scene s = start("dialog", 40, 110);

    (void)state;
    dialog(&s);
    for (int i = 0; i < 4; i++) {
        armed(&s);
        pty_send(s.pty, "yes\r"); /* all at once */
        quiet(&s);
    }
    reject(&s);
    safe(&s);
}

static void test_enter_storm(void **state)
{
    struct scene s = start("dialog", 40, 110);

    (void)state;
    for (int i = 0; i < 20; i++)
        pty_send(s.pty, "\r\n");
    dialog(&s);
    for (int i = 0; i < 200; i++)
        pty_send(s.pty, "\r");
    quiet(&s);
    armed(&s);
    for (int i = 0; i < 40; i++)
        type(&s, "\r");
    reject(&s);
    safe(&s);
}

/* A click that gives the window its focus, wheels, drags: none of them answers, nor does a key
 * that comes with them. */
static void test_mouse_and_focus(void **state)
{
    static const char *const events[] = {
        "\033[O\033[I", "\033[<0;20;33M\033[<0;20;33m", "\033[<64;20;10M",     "\033[<32;20;10M",
        "\033[Iyes\r",  "\033[<0;20;33Myes\r",          "\033[O\033[I\r\033[I"};
    struct scene s = start("dialog", 40, 110);

    (void)state;
    dialog(&s);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        armed(&s);
        pty_send(s.pty, events[i]);
        quiet(&s);
    }
    reject(&s);
    safe(&s);
}

static void test_other_words(void **state)
{
    struct scene s = start("dialog", 40, 110);

    (void)state;
    dialog(&s);
    armed(&s);
    type(&s, "y\r");
    type(&s, "YES\r");
    type(&s, "yess\r");
    type(&s, "ye s\r");
    type(&s, "y\xD0\xB5s\r"); /* a Cyrillic letter */
    type(&s, " yes\r");
    reject(&s);
    safe(&s);
}

/* ---- the window ---- */

/* A key right behind each size, while the dialog is drawn anew; too small to be read for a while.
 */
static void test_resized(void **state)
{
    static const int sizes[][2] = {{39, 100}, {8, 39}, {24, 40}, {5, 20}, {60, 200}, {8, 40}};
    struct scene s = start("dialog", 40, 110);

    (void)state;
    dialog(&s);
    armed(&s);
    type(&s, "ye");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        pty_resize(s.pty, sizes[i][0], sizes[i][1]);
        pty_send(s.pty, "s");
        pty_send(s.pty, "\r");
        quiet(&s);
    }
    pty_resize(s.pty, 40, 110);
    dialog(&s);
    reject(&s);
    safe(&s);
}

/* 40 columns: most of it is not on the screen, so nothing approves it, not even the right word. */
static void test_narrow(void **state)
{
    struct scene s = start("dialog", 12, 40);

    (void)state;
    dialog(&s);
    wait_for(&s, "Read to the end");
    quiet(&s);
    assert_true(pty_wait_quiet(s.pty, 400, WAIT_MS));
    type(&s, "yes\r");
    wait_for(&s, "Read to the end");
    reject(&s);
    safe(&s);
}

/* ---- names ---- */

static void test_look_alike(void **state)
{
    struct scene s = start("look_alike", 40, 110);
    char name[64];
    struct buf pid = BUF_INIT(64);
    char *path;
    struct err err;

    (void)state;
    dialog(&s);
    wait_for(&s, "<U+0455>"); /* what deceives is spelled out */
    wait_for(&s, "<U+202E>");
    armed(&s);
    path = xasprintf("%s/ready", s.dir);
    assert_ok(file_read(path, &pid, &err), &err);
    free(path);
    snprintf(name, sizeof(name), "slep[%.*s]\r", STR_FMT(str_trim(buf_str(&pid))));
    type(&s, name);
    snprintf(name, sizeof(name),
             "\xD1\x95l\xE2\x80\xAE"
             "ep[%.*s]\r",
             STR_FMT(str_trim(buf_str(&pid))));
    type(&s, name); /* the very bytes of it: pasted from a log, not read from here */
    type(&s, "yes\r");
    buf_release(&pid);
    reject(&s);
    safe(&s);
}

static void test_trailing_blanks(void **state)
{
    struct scene s = start("blanks", 40, 110);

    (void)state;
    dialog(&s);
    armed(&s);
    type(&s, "db\r");
    type(&s, "db  \r");
    type(&s, "yes\r");
    reject(&s);
    safe(&s);
}

static void test_name_of_critical(void **state)
{
    struct scene s = start("named", 40, 110);

    (void)state;
    dialog(&s);
    wait_for(&s, "CRITICAL");
    armed(&s);
    type(&s, "yes\r");
    type(&s, "y\r");
    type(&s, "sleep\r");
    reject(&s);
    safe(&s);
}

/* ---- time, and what changes meanwhile ---- */

static void test_expired(void **state)
{
    struct scene s = start("late", 40, 110);

    (void)state;
    dialog(&s);
    armed(&s);
    type(&s, "yes"); /* and no Enter until it is over */
    wait_for(&s, "scene ");
    pty_send(s.pty, "\r");
    safe(&s);
}

static void test_swapped(void **state)
{
    struct scene s = start("swapped", 40, 110);
    char *path;

    (void)state;
    dialog(&s);
    put(&s, "swap", "now");
    path = xasprintf("%s/swapped", s.dir);
    while (!file_exists(path))
        pty_pump(s.pty, 20);
    free(path);
    for (int i = 0; i < 20 && !pty_has(s.pty, "scene "); i++) {
        armed(&s);
        type(&s, "yes\r");
        pty_wait_text(s.pty, "scene ", 3000);
    }
    safe(&s);
}

/* ---- somebody else, who is not ---- */

/* A program of the scene's user, in a terminal of its own or none; its exit code. */
static int run_beside(const struct scene *s, const char *const *argv, bool terminal, char *out,
                      size_t size)
{
    char *state = xasprintf("RUNBOOK_STATE_DIR=%s/state", s->dir);
    char *config = xasprintf("XDG_CONFIG_HOME=%s/home/config", s->dir);
    char *home = xasprintf("HOME=%s/home", s->dir);
    const char *env[] = {"LC_ALL=C.UTF-8", "SSH_CLIENT=", state, config, home, NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 200});
    int status = -1;
    char *screen;

    assert_non_null(p);
    (void)terminal;
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    screen = pty_screen(p, false);
    snprintf(out, size, "%s", screen);
    free(screen);
    pty_free(p);
    free(state);
    free(config);
    free(home);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char *program(void)
{
    const char *dir = getenv("RB_BUILDDIR");

    return xasprintf("%s/runbook", dir ? dir : ".");
}

/* The id is the name of the request's file. */
static char *request_id(struct scene *s)
{
    char *cmd = xasprintf("%s/state/pending", s->dir);
    const char *argv[] = {"ls", cmd, NULL};
    char out[32768], *dot, *id;

    run_beside(s, argv, false, out, sizeof(out));
    dot = strstr(out, ".request");
    assert_non_null(dot);
    *dot = '\0';
    for (id = dot; id > out && id[-1] != ' ' && id[-1] != '\n'; id--)
        ;
    free(cmd);
    return xstrdup(id);
}

static void confirm(struct scene *s)
{
    for (int i = 0; i < 20; i++) {
        armed(s);
        type(s, "yes\r");
        if (pty_wait_text(s->pty, "waits for another person", 3000))
            return;
    }
    fail_msg("not confirmed:\n%s", pty_screen(s->pty, false));
}

/* Out of the queue again, and rejected. */
static void reject_waiting(struct scene *s)
{
    pty_send(s->pty, "a");
    wait_for(s, "1 waits");
    pty_send(s->pty, "\r");
    dialog(s);
    assert_true(pty_wait_quiet(s->pty, 500, WAIT_MS));
    reject(s);
}

static void test_second_terminal(void **state)
{
    struct scene s = start("again", 40, 110);
    char *rb = program(), *id, *file, *text;
    char out[32768];

    (void)state;
    dialog(&s);
    id = request_id(&s);
    confirm(&s);
    /* another terminal of the same person */
    const char *argv[] = {rb, "approve", id, NULL};

    assert_int_equal(run_beside(&s, argv, true, out, sizeof(out)), 4);
    assert_non_null(strstr(out, "open elsewhere"));
    /* and the file that another person would have put there, made by hand */
    file = xasprintf("state/pending/%s.aaaaaaaa.answer", id);
    text =
        xasprintf("{\"schema\":\"runbook.answer/1\",\"id\":\"%s\",\"answer\":\"approve\",\"by\":{"
                  "\"name\":\"%s\",\"uid\":%d}}",
                  id, getuid() ? "nobody" : "root", (int)getuid());
    put(&s, file, text);
    quiet(&s);
    if (getuid() == 0)
        wait_for(&s, "the one who asked");
    reject_waiting(&s);
    free(file);
    free(text);
    free(id);
    free(rb);
    safe(&s);
}

/* Signed by somebody, and not by the key that the policy knows. */
static void test_forged_token(void **state)
{
    static const char token[] =
        "rbt1.eyJpZCI6IjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYiIsIm11dGF0aW9uIjoibTEiLCJmaW5nZXJwcmludCI6"
        "IjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLC"
        "Jh"
        "cHByb3ZlciI6ImJvYiIsImhvc3QiOiJ4IiwiaXNzdWVkX21zIjoxLCJleHBpcmVzX21zIjo5OTk5OTk5OTk5OTk5fQ"
        "."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct scene s = start("forged", 40, 110);
    char *rb = program(), *id;
    char out[32768];

    (void)state;
    dialog(&s);
    id = request_id(&s);
    confirm(&s);
    const char *argv[] = {rb, "approve", id, "--token", token, NULL};

    assert_int_equal(run_beside(&s, argv, true, out, sizeof(out)), 0);
    wait_for(&s, "does not count");
    reject_waiting(&s);
    free(id);
    free(rb);
    safe(&s);
}

static void test_replayed_journal(void **state)
{
    struct scene s = start("replayed", 40, 110);

    (void)state;
    for (int i = 0; i < 40 && !pty_has(s.pty, "scene "); i++) {
        if (pty_wait_text(s.pty, "scene ", 1000))
            break;
        type(&s, "yes\r");
        pty_send(s.pty, "q");
    }
    safe(&s);
}

static void test_recording(void **state)
{
    struct scene s = start("recording", 40, 110);

    (void)state;
    wait_for(&s, "asked");
    type(&s, "a\r");
    type(&s, "yes\r");
    type(&s, "y");
    for (int i = 0; i < 40 && !pty_has(s.pty, "scene "); i++) {
        pty_send(s.pty, "q");
        pty_wait_text(s.pty, "scene ", 500);
    }
    safe(&s);
}

/* ---- tmux ---- */

static bool have_tmux(void)
{
    static const char *const paths[] = {"/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"};

    for (size_t i = 0; i < 3; i++) {
        if (access(paths[i], X_OK) == 0)
            return true;
    }
    return false;
}

/* send-keys of a script: before it is armed, and all at once afterwards. */
static void test_tmux_send_keys(void **state)
{
    const char *src = getenv("RB_SRCDIR");
    struct scene s = {.dir = tmpdir_new()};
    char *sock = xasprintf("%s/tmux", s.dir), *where = xasprintf("ATTACK_DIR=%s", s.dir);
    char *cmd = xasprintf("sh '%s/tests/e2e/attack_scene.sh' dialog; sleep 30", src ? src : ".");
    const char *argv[] = {"tmux", "-S",  sock, "-f", "/dev/null", "new-session",
                          "-x",   "110", "-y", "40", cmd,         NULL};
    const char *send[] = {"tmux", "-S", sock, "send-keys", "yes", "Enter", NULL};
    const char *stop[] = {"tmux", "-S", sock, "kill-server", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "SSH_CLIENT=", "TMUX=", where, NULL};
    char out[32768];
    int status;

    (void)state;
    if (!have_tmux())
        skip();
    s.pty = pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 41, .cols = 110});
    assert_non_null(s.pty);
    while (!pty_has(s.pty, "Esc rejects")) {
        run_beside(&s, send, false, out, sizeof(out)); /* the server may not be there yet */
        assert_true(pty_pump(s.pty, 10) >= 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(run_beside(&s, send, false, out, sizeof(out)), 0);
        armed(&s);
    }
    quiet(&s);
    reject(&s);
    wait_for(&s, "scene ok");
    run_beside(&s, stop, false, out, sizeof(out));
    pty_wait_exit(s.pty, WAIT_MS, &status);
    pty_free(s.pty);
    tmpdir_free(s.dir);
    free(sock);
    free(where);
    free(cmd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_early_keys),       cmocka_unit_test(test_bracketed_paste),
        cmocka_unit_test(test_plain_paste),      cmocka_unit_test(test_enter_storm),
        cmocka_unit_test(test_mouse_and_focus),  cmocka_unit_test(test_other_words),
        cmocka_unit_test(test_resized),          cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_look_alike),       cmocka_unit_test(test_trailing_blanks),
        cmocka_unit_test(test_name_of_critical), cmocka_unit_test(test_expired),
        cmocka_unit_test(test_swapped),          cmocka_unit_test(test_second_terminal),
        cmocka_unit_test(test_forged_token),     cmocka_unit_test(test_replayed_journal),
        cmocka_unit_test(test_recording),        cmocka_unit_test(test_tmux_send_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

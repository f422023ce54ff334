/* test_act_pty.c - real mutations on this machine, approved by typing in a terminal, and what does
 * not approve them: keys that came early, a paste, a storm of Enter, the mouse, the focus, other
 * words, 40 columns, a pipe. Runs act_scene.sh. R-58 R-63 A-49
 * C-10 C-31 T-10 */
#include "tests/lib/pty.h"
#include "tests/lib/unit.h"

#include <sys/wait.h>

#include "runbook/base/mem.h"

#define WAIT_MS 60000

static struct pty *start(const char *scene, int rows, int cols)
{
    const char *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/e2e/act_scene.sh", src ? src : ".");
    const char *argv[] = {"sh", path, scene, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "SSH_CLIENT=", "TMUX=", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});

    free(path);
    assert_non_null(p);
    return p;
}

static void wait_for(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

/* True: there is a dialog. False: the scene is skipped. */
static bool dialog(struct pty *p)
{
    while (!pty_has(p, "Esc rejects") && !pty_has(p, "scene ")) {
        if (pty_pump(p, WAIT_MS) <= 0)
            break;
    }
    if (pty_has(p, "scene skip"))
        return false;
    if (!pty_has(p, "Esc rejects"))
        fail_msg("no dialog on\n%s", pty_screen(p, false));
    return true;
}

static void armed(struct pty *p)
{
    if (!pty_wait_no_text(p, "Keys do not count yet", WAIT_MS))
        fail_msg("never armed:\n%s", pty_screen(p, false));
}

static void type(struct pty *p, const char *keys)
{
    for (; *keys; keys++) {
        char key[2] = {*keys, '\0'};

        pty_send(p, key);
        pty_pump(p, 500); /* its echo */
        if (!pty_wait_quiet(p, 15, WAIT_MS))
            return; /* it has ended: what it said at last is looked at next */
    }
}

/* Type it until something of it is seen: a key that came too early is rightly lost. */
static void answer(struct pty *p, const char *keys, const char *until)
{
    for (int i = 0; i < 20; i++) {
        armed(p);
        type(p, keys);
        if (pty_wait_text(p, until, 3000))
            return;
    }
    fail_msg("no \"%s\" on\n%s", until, pty_screen(p, false));
}

/* The scene cleans up behind itself: servers, mounts, processes. */
static void leave(struct pty *p)
{
    int status;

    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
}

static void done(struct pty *p)
{
    wait_for(p, "scene ");
    if (!pty_has(p, "scene ok"))
        fail_msg("%s", pty_screen(p, false));
    leave(p);
}

static void test_hog_is_stopped(void **state)
{
    struct pty *p = start("hog", 40, 110);

    (void)state;
    assert_true(dialog(p));
    wait_for(p, "none: this cannot be undone");
    answer(p, "yes\r", "scene ");
    done(p);
}

static void test_disk_is_freed(void **state)
{
    struct pty *p = start("full", 40, 110);

    (void)state;
    if (!dialog(p)) {
        leave(p);
        skip();
    }
    wait_for(p, "100 % full");
    answer(p, "yes\r", "scene ");
    done(p);
}

static void test_links_are_not_followed(void **state)
{
    (void)state;
    done(start("link", 24, 80));
}

static void test_restart_over_ssh(void **state)
{
    struct pty *p = start("over_ssh", 40, 110);

    (void)state;
    if (!dialog(p)) {
        leave(p);
        skip();
    }
    wait_for(p, "web-3");
    answer(p, "yes\r", "scene ");
    done(p);
}

static void test_silence(void **state)
{
    struct pty *p = start("silence", 40, 110);

    (void)state;
    if (!dialog(p)) {
        leave(p);
        skip();
    }
    answer(p, "y", "silence.expire");
    assert_true(dialog(p));
    answer(p, "yes\r", "scene ");
    done(p);
}

static void test_answered_elsewhere(void **state)
{
    struct pty *p = start("waits", 40, 110);

    (void)state;
    assert_true(dialog(p));
    answer(p, "yes\r", "scene ");
    done(p);
}

/* Nothing of this is an answer; at the end it is rejected. */
static void attack(int rows, int cols)
{
    struct pty *p = start("waits-no", rows, cols);

    pty_send(p, "yes\ryes\r\r\r"); /* before anything is there */
    assert_true(dialog(p));
    pty_send(p, "yes\r"); /* before it is armed */
    armed(p);
    pty_send(p, "\033[200~yes\r\033[201~");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    armed(p);
    pty_send(p, "yes\r"); /* all at once, as tmux send-keys does */
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    for (int i = 0; i < 40; i++)
        pty_send(p, "\r");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    pty_send(p, "\033[O\033[I\033[<0;20;10M\033[<0;20;10m");
    assert_true(pty_wait_quiet(p, 500, WAIT_MS));
    armed(p);
    type(p, "YES\r");
    type(p, "y\r");
    type(p, "y\xD0\xB5s\r"); /* a Cyrillic letter */
    type(p, "\r");
    assert_true(pty_has(p, "rejects"));
    pty_send(p, "\033");
    done(p);
}

static void test_attacks(void **state)
{
    (void)state;
    attack(40, 110);
    attack(24, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hog_is_stopped),
        cmocka_unit_test(test_disk_is_freed),
        cmocka_unit_test(test_links_are_not_followed),
        cmocka_unit_test(test_restart_over_ssh),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_answered_elsewhere),
        cmocka_unit_test(test_attacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

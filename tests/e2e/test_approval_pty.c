/* test_approval_pty.c - the approval dialog in a real terminal: what was typed ahead, pasted,
 * clicked or focused does not answer. R-58 */
#include "tests/lib/pty.h"
#include "tests/lib/unit.h"

#include <sys/wait.h>

#include "runbook/base/mem.h"

#define WAIT_MS 60000

static struct pty *start(int rows, int cols)
{
    const char *dir = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/tests/e2e/tui_demo", dir ? dir : ".");
    const char *argv[] = {path, "--all", "--mouse", NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols});

    free(path);
    assert_non_null(p);
    assert_true(pty_wait_text(p, "Root cause", WAIT_MS));
    return p;
}

static void wait_for(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

static void wait_gone(struct pty *p, const char *text)
{
    if (!pty_wait_no_text(p, text, WAIT_MS))
        fail_msg("still \"%s\" on\n%s", text, pty_screen(p, false));
}

static void request(struct pty *p, const char *what)
{
    char *text = xasprintf("irequest %s\r", what);

    pty_send(p, text);
    free(text);
    wait_for(p, "Esc rejects");
}

/* The dialog says so itself when keys count. */
static void wait_armed(struct pty *p)
{
    wait_gone(p, "Keys do not count yet");
}

/* Keys that were on their way before the frame was there are lost, however many. */
static void test_typed_ahead(void **state)
{
    struct pty *p = start(40, 120);

    (void)state;
    pty_send(p, "irequest medium\ryyyyyyyy\r\ry");
    wait_for(p, "Esc rejects");
    wait_armed(p);
    assert_true(pty_has(p, "1 approval"));
    assert_true(pty_has(p, "y approves"));
    pty_send(p, "\r");
    wait_for(p, "Enter does not approve");
    assert_true(pty_wait_quiet(p, 30, WAIT_MS));
    pty_send(p, "y");
    wait_gone(p, "y approves");
    wait_for(p, "approval A2 approved");
    assert_false(pty_has(p, "1 approval "));
    pty_free(p);
}

static void test_paste_burst_mouse_focus(void **state)
{
    struct pty *p = start(40, 120);

    (void)state;
    request(p, "medium");
    wait_armed(p);
    pty_send(p, "\033[200~y\033[201~");
    wait_for(p, "Pasted text is no answer");
    pty_send(p, "y"); /* too soon after it */
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_true(pty_has(p, "y approves"));
    /* armed again after the silence: a key clears the message */
    do
        pty_send(p, "\r");
    while (!pty_wait_text(p, "Enter does not approve", 400));
    assert_true(pty_wait_quiet(p, 30, WAIT_MS));
    pty_send(p, "yy"); /* both at once: nobody types that */
    wait_for(p, "Other keys came with it");
    do
        pty_send(p, "\r");
    while (!pty_wait_text(p, "Enter does not approve", 400));
    pty_send(p, "\033[<0;40;30M\033[<0;40;30m");
    wait_for(p, "The mouse does not answer");
    do
        pty_send(p, "\r");
    while (!pty_wait_text(p, "Enter does not approve", 400));
    pty_send(p, "\033[O\033[Iy"); /* the click that gives the window its focus, and a key with it */
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_true(pty_has(p, "y approves"));
    assert_false(pty_has(p, "approval A2 approved"));
    pty_free(p);
}

static void test_critical_and_queue(void **state)
{
    struct pty *p = start(24, 80);

    (void)state;
    request(p, "critical");
    wait_armed(p);
    pty_send(p, "\t");
    wait_for(p, "A1 waits in the queue");
    pty_send(p, "\033");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    pty_send(p, "a");
    wait_for(p, "1 waits");
    pty_send(p, "\r");
    wait_for(p, "Type payments-db");
    wait_armed(p);
    for (const char *k = "payments-db"; *k; k++) {
        char key[2] = {*k, '\0'};

        pty_send(p, key);
        pty_pump(p, 500); /* its echo */
        assert_true(pty_wait_quiet(p, 15, WAIT_MS));
    }
    wait_for(p, "payments-db");
    pty_send(p, "\r");
    wait_for(p, "0 wait");
    wait_for(p, "approved");
    pty_free(p);
}

static void test_esc_rejects(void **state)
{
    struct pty *p = start(24, 80);

    (void)state;
    request(p, "medium");
    wait_armed(p);
    pty_send(p, "\033");
    wait_for(p, "approval A2 rejected");
    pty_free(p);
}

/* The request changes under the person's eyes. */
static void test_changed(void **state)
{
    struct pty *p = start(40, 120);

    (void)state;
    request(p, "change");
    wait_for(p, "two at a time");
    wait_for(p, "all 12 pods restart at once");
    wait_for(p, "The request changed");
    pty_send(p, "y");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    assert_true(pty_has(p, "y approves"));
    assert_false(pty_has(p, "A3 approved"));
    pty_free(p);
}

/* A minute of countdown is sixty small frames, not a storm. */
static void test_countdown_is_cheap(void **state)
{
    struct pty *p = start(40, 120);
    size_t before;

    (void)state;
    request(p, "medium");
    wait_armed(p);
    wait_for(p, "4:58 left");
    before = pty_bytes(p);
    wait_for(p, "4:57 left");
    assert_true(pty_wait_quiet(p, 50, WAIT_MS));
    assert_in_range(pty_bytes(p) - before, 1, 120);
    pty_free(p);
}

/* Smaller than can be decided on: nothing answers; and the screen is whole again afterwards. */
static void test_resized(void **state)
{
    struct pty *p = start(40, 120);

    (void)state;
    request(p, "medium");
    wait_armed(p);
    pty_resize(p, 8, 39);
    wait_for(p, "needs 40x8");
    pty_send(p, "y");
    assert_true(pty_wait_quiet(p, 100, WAIT_MS));
    pty_resize(p, 8, 40);
    wait_for(p, "y approves");
    pty_resize(p, 30, 100);
    wait_for(p, "fingerprint");
    wait_armed(p);
    pty_send(p, "y");
    wait_for(p, "approval A2 approved");
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed_ahead),
        cmocka_unit_test(test_paste_burst_mouse_focus),
        cmocka_unit_test(test_critical_and_queue),
        cmocka_unit_test(test_esc_rejects),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_countdown_is_cheap),
        cmocka_unit_test(test_resized),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_pty.c - the test terminal itself: without it no screen test means anything. */
#include "tests/lib/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/pty.h"

static struct pty *sh(const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct pty *p = pty_spawn(&(struct pty_options){.argv = argv, .rows = 5, .cols = 30});

    assert_non_null(p);
    return p;
}

static void test_keys_and_exit(void **state)
{
    struct pty *p = sh("printf 'name? '; read x; printf 'got \\033[1m%s\\033[0m' \"$x\"; exit 3");
    int status = 0;

    (void)state;
    assert_true(pty_wait_text(p, "name?", 60000));
    assert_true(pty_cooked(p));
    assert_true(pty_send(p, "H\xC3\xA9\xE6\x97\xA5\r"));
    assert_true(pty_wait_exit(p, 60000, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_true(pty_has(p, "got H\xC3\xA9\xE6\x97\xA5"));
    assert_true(pty_bytes(p) > 10);
    pty_free(p);
}

static void test_alternate_screen_and_size(void **state)
{
    struct pty *p = sh("printf '\\033]2;hello\\007\\033[?1049hIN'; read x; stty size; read x;"
                       "printf '\\033[?1049lOUT'; stty -echo; read x");
    char *screen;

    (void)state;
    assert_true(pty_wait_text(p, "IN", 60000));
    assert_true(pty_alt_screen(p));
    assert_string_equal(pty_title(p), "hello");
    pty_resize(p, 9, 40);
    pty_send(p, "\r");
    assert_true(pty_wait_text(p, "9 40", 60000));
    pty_send(p, "\r");
    assert_true(pty_wait_text(p, "OUT", 60000));
    assert_false(pty_alt_screen(p));
    assert_true(pty_wait_quiet(p, 50, 60000));
    assert_false(pty_cooked(p));
    screen = pty_screen(p, true);
    assert_non_null(strstr(screen, "OUT"));
    free(screen);
    pty_free(p);
}

/* What is said of a crash, for build-aux/second-run. */
static void crash(const char *script, const char *says)
{
    struct pty *p = sh(script);
    int kept = dup(STDERR_FILENO), status;
    FILE *f = tmpfile();
    char text[1000] = "";
    size_t n;

    assert_non_null(f);
    dup2(fileno(f), STDERR_FILENO);
    assert_true(pty_wait_exit(p, 60000, &status));
    while (pty_pump(p, 100) >= 0)
        ;
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(f);
    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    if (says ? !strstr(text, says) : n > 0)
        fail_msg("\"%s\", wanted \"%s\"", text, says ? says : "");
    fclose(f);
    pty_free(p);
}

static void test_a_crash_is_told(void **state)
{
    (void)state;
    crash("ulimit -c 0; kill -SEGV $$", "terminated by signal 11\n");
    crash("ulimit -c 0; kill -ABRT $$", "terminated by signal 6\n");
    crash("echo '==7==ERROR: AddressSanitizer: heap-use'; exit 1",
          "==7==ERROR: AddressSanitizer: heap-use");
    crash("echo 'x.c:1:2: runtime error: bad'; exit 1", "runtime error: bad");
    crash("echo fine; exit 1", NULL);
    crash("kill -TERM $$", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_exit),
        cmocka_unit_test(test_alternate_screen_and_size),
        cmocka_unit_test(test_a_crash_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

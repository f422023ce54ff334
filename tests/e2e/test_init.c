/* test_init.c - the wizard in a terminal: R-82. */
#include "tests/lib/unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static char dir[] = "/tmp/runbook-init-XXXXXX";
static char file[64];
static char program[4096];

static struct pty *start(void)
{
    const char *argv[] = {program, "init", "--config", file, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "RUNBOOK_CONFIG=", "AWS_REGION=", "AWS_PROFILE=", NULL};
    struct pty_options o = {.argv = argv, .env = env, .rows = 60, .cols = 120};
    struct pty *p = pty_spawn(&o);

    assert_non_null(p);
    return p;
}

static void answer(struct pty *p, const char *wait_for, const char *keys)
{
    if (!pty_wait_text(p, wait_for, WAIT_MS))
        fail_msg("\"%s\" never came; the screen:\n%s", wait_for, pty_screen(p, false));
    assert_true(pty_send(p, keys));
}

static int end(struct pty *p)
{
    int status = -1;

    if (!pty_wait_exit(p, WAIT_MS, &status))
        fail_msg("it does not end; the screen:\n%s", pty_screen(p, false));
    pty_free(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_back(struct buf *text)
{
    struct err err;

    buf_clear(text);
    assert_ok(file_read(file, text, &err), &err);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(program, sizeof(program), "%s/runbook", getenv("RB_BUILDDIR"));
    if (!mkdtemp(dir))
        return 1;
    snprintf(file, sizeof(file), "%s/config.yaml", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(dir);
}

static void test_leaving_writes_nothing(void **state)
{
    struct pty *p = start();

    (void)state;
    answer(p, "Number or name", "2\r");
    answer(p, "Address of the Prometheus server", "\x04");
    assert_int_equal(end(p), 1);
    assert_false(file_exists(file));
}

static void test_step_by_step(void **state)
{
    struct buf text = BUF_INIT(65536);
    struct pty *p = start();
    struct stat st;

    (void)state;
    answer(p, "Number or name [host]", "nonsense\r");
    answer(p, "There is no 'nonsense'", "2\r");
    answer(p, "Address of the Prometheus server [http://localhost:9090]", "p:9090\r");
    answer(p, "must be a URL that begins with", "http://p:9090\r");
    answer(p, "Address of the Alertmanager", "\r");
    answer(p, "Machines to look at", "web-1,web-2\r");
    answer(p, "Step 4 of 4", "y\r");
    assert_int_equal(end(p), 0);
    read_back(&text);
    assert_non_null(strstr(buf_cstr(&text), "url: http://p:9090"));
    assert_non_null(strstr(buf_cstr(&text), "hosts: [\"web-1\", \"web-2\"]"));
    assert_null(strstr(buf_cstr(&text), "alertmanager"));
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    buf_release(&text);
}

/* A file with a profile, comments and a secret: kept, and the secret is not shown. */
static void test_second_run_keeps_all(void **state)
{
    static const char mine[] = "# mine\nproviders:\n  aws:\n    profile: payments # keep\n"
                               "llm:\n  api_key: sk-super-secret-value\n";
    struct buf once = BUF_INIT(65536), twice = BUF_INIT(65536);
    struct err err;
    struct pty *p;

    (void)state;
    assert_ok(file_write_atomic(file, STR_LIT(mine), 0600, &err), &err);
    p = start();
    answer(p, "Number or name", "ecs-rds\r");
    answer(p, "AWS regions, separated by commas [us-east-1]", "eu-west-1\r");
    if (!pty_wait_text(p, "AWS profile: payments (kept)", WAIT_MS))
        fail_msg("the profile was not kept:\n%s", pty_screen(p, false));
    answer(p, "Address of the Prometheus server", "\r");
    answer(p, "Machines to look at", "\r");
    assert_true(pty_wait_text(p, "Step 4 of 4", WAIT_MS));
    assert_false(pty_has(p, "sk-super-secret-value"));
    assert_true(pty_has(p, "****ue"));
    assert_true(pty_send(p, "y\r"));
    assert_int_equal(end(p), 0);
    read_back(&once);
    assert_non_null(strstr(buf_cstr(&once), "# mine\n"));
    assert_non_null(strstr(buf_cstr(&once), "profile: payments # keep\n"));
    assert_non_null(strstr(buf_cstr(&once), "sk-super-secret-value"));
    assert_non_null(strstr(buf_cstr(&once), "regions: eu-west-1"));
    p = start();
    answer(p, "Number or name", "ecs-rds\r");
    answer(p, "Address of the Prometheus server", "\r");
    answer(p, "Machines to look at", "\r");
    assert_true(pty_wait_text(p, "nothing to change", WAIT_MS));
    assert_int_equal(end(p), 0);
    read_back(&twice);
    assert_string_equal(buf_cstr(&twice), buf_cstr(&once));
    buf_release(&once);
    buf_release(&twice);
    snprintf(file, sizeof(file), "%s/services.yaml", dir);
    unlink(file);
    snprintf(file, sizeof(file), "%s/config.yaml", dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving_writes_nothing),
        cmocka_unit_test(test_step_by_step),
        cmocka_unit_test(test_second_run_keeps_all),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_setup_pty.c - what is set on the screen, as a person does it: an account of AWS is added
 * against an AWS by rules, verified, a permission is missing, it is removed; the setup goes from an
 * empty HOME to a configuration and an account; left by Esc at any step it leaves nothing. No key
 * of anything is drawn or written.. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "tests/lib/awsfake.h"
#include "tests/lib/pty.h"

#define WAIT_MS 120000
#define ACCOUNTS "\033[23~" /* F11 */
#define SETUP "\033[20~"    /* F9 */
#define MODEL_KEY "sk-not-to-be-seen-4711"
#define EXTERNAL "ext-5f3e"

static char *dir;
static struct awsfake *aws;

static const char rules[] =
    "[{\"service\":\"sts\",\"operation\":\"AssumeRole\",\"json\":{\"Credentials\":{\"AccessKeyId\":"
    "\"ASIAROLE\",\"SecretAccessKey\":\"Sown2yRoleKey\",\"SessionToken\":\"Sown2ySession\","
    "\"Expiration\":\"2099-01-01T00:00:00Z\"}}},"
    "{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"json\":{\"Account\":"
    "\"123456789012\",\"Arn\":\"arn:aws:sts::123456789012:assumed-role/reader/x\"}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeRegions\",\"json\":{\"regionInfo\":{\"item\":[{"
    "\"regionName\":\"eu-west-1\"}]}}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":{"
    "\"item\":[{\"instancesSet\":{\"item\":[{\"instanceId\":\"i-1\"}]}}]}}},"
    "{\"service\":\"dynamodb\",\"operation\":\"ListTables\",\"status\":400,\"error\":"
    "\"AccessDeniedException\",\"message\":\"no\"}]";

/* ---- the program ---- */

static char *env_of(const char *name, const char *value)
{
    return xasprintf("%s=%s", name, value);
}

static struct pty *start(int rows, int cols, const char *locale)
{
    const char *build = getenv("RB_BUILDDIR");
    char *path = build && *build == '/' ? xasprintf("%s/runbook", build)
                                        : realpath(build ? "runbook" : "./runbook", NULL);
    char *config = path_join(dir, "config"), *state = path_join(dir, "state");
    char *env[] = {env_of("HOME", dir),
                   env_of("XDG_CONFIG_HOME", config),
                   env_of("XDG_STATE_HOME", state),
                   env_of("LC_ALL", locale),
                   env_of("ANTHROPIC_API_KEY", MODEL_KEY),
                   env_of("RUNBOOK_START_PORT", "1"),
                   NULL};
    const char *argv[] = {path, NULL};
    struct pty *p;

    p = pty_spawn(&(struct pty_options){
        .argv = argv, .env = (const char *const *)env, .rows = rows, .cols = cols});
    assert_non_null(p);
    for (size_t i = 0; env[i]; i++)
        free(env[i]);
    free(path);
    free(config);
    free(state);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    char *screen;

    if (pty_wait_text(p, text, WAIT_MS))
        return;
    screen = pty_screen(p, false);
    fprintf(stderr, "no \"%s\":\n%s\n", text, screen);
    free(screen);
    fail();
}

static void expect_gone(struct pty *p, const char *text)
{
    char *screen;

    if (pty_wait_no_text(p, text, WAIT_MS))
        return;
    screen = pty_screen(p, false);
    fprintf(stderr, "still \"%s\":\n%s\n", text, screen);
    free(screen);
    fail();
}

static void send(struct pty *p, const char *keys)
{
    assert_true(pty_send(p, keys));
}

/* g, G, j, k as the keys that mean them everywhere: a letter would be written into a field. */
static void go(struct pty *p, const char *where)
{
    for (; *where; where++)
        send(p, *where == 'g'   ? "\033[H"
                : *where == 'G' ? "\033[F"
                : *where == 'j' ? "\033[B"
                                : "\033[A");
}

/* Enter on the selected field, its text, Enter: the next one is selected. */
static void write_field(struct pty *p, const char *text, const char *shown)
{
    send(p, "\r");
    expect(p, "Enter done");
    send(p, "\025");
    send(p, text);
    send(p, "\r");
    expect_gone(p, "Enter done");
    expect(p, shown);
}

static void leave(struct pty *p)
{
    int status = -1;

    send(p, "\003\003");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("ended with %d", status);
    pty_free(p);
}

/* ---- files ---- */

static char *text_of(const char *file)
{
    char *path = path_join(dir, file);
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    if (file_exists(path))
        assert_ok(file_read(path, &text, &err), &err);
    free(path);
    return text.ptr ? buf_detach(&text) : xstrdup("");
}

static void file_has(const char *file, const char *words)
{
    char *text = text_of(file);

    if (!strstr(text, words))
        fail_msg("%s has no \"%s\": %s", file, words, text);
    free(text);
}

static void file_has_not(const char *file, const char *words)
{
    char *text = text_of(file);

    if (strstr(text, words))
        fail_msg("%s has \"%s\": %s", file, words, text);
    free(text);
}

static void nowhere(const char *folder, const char *words)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    while (d && (e = readdir(d)) != NULL) {
        char *path;
        struct buf text = BUF_INIT(64 << 20);
        struct err err = ERR_INIT;

        if (*e->d_name == '.' && strcmp(e->d_name, ".runbook") != 0)
            continue;
        path = path_join(folder, e->d_name);
        if (e->d_type == DT_DIR)
            nowhere(path, words);
        else if (e->d_type == DT_REG && !file_read(path, &text, &err) &&
                 str_find(buf_str(&text), str_from(words)) >= 0)
            fail_msg("%s has \"%s\"", path, words);
        buf_release(&text);
        free(path);
    }
    if (d)
        closedir(d);
}

/* ---- accounts ---- */

static void add_prod(struct pty *p)
{
    write_field(p, "pr od", "is no name for an account");
    write_field(p, "--all", "'--all' is no name"); /* nor an option of the command */
    write_field(p, "prod", "prod");
    write_field(p, "arn:aws:s3:::x", "is no ARN of a role");
    write_field(p, "arn:aws:iam::123456789012:role/reader", "role/reader");
    write_field(p, EXTERNAL, EXTERNAL);
}

static void walk(int rows, int cols, const char *locale)
{
    struct pty *p = start(rows, cols, locale);

    expect(p, "ready");
    send(p, ACCOUNTS);
    expect(p, "Add an account");
    go(p, "gj");
    send(p, "\r"); /* behind the account of the environment */
    expect(p, "A new account of AWS");
    add_prod(p);
    go(p, "G");
    send(p, "\r"); /* only add it */
    expect(p, "Done.");
    send(p, "\r");
    expect(p, "never");
    file_has("config/runbook/services.yaml", "name: \"prod\"");
    file_has("config/runbook/services.yaml", "external_id: \"" EXTERNAL "\"");
    go(p, "gj");
    send(p, "\r"); /* behind the regions: verify */
    expect(p, "Permissions that are missing");
    expect(p, "dynamodb:ListTables");
    send(p, "\r");
    expect(p, "1 permission is missing");
    expect(p, "assumed-role/reader");
    go(p, "g");
    send(p, "\rMars\r"); /* regions */
    expect(p, "is no region of AWS");
    go(p, "g");
    send(p, "\r\025us-east-1 eu-west-1\r");
    expect(p, "us-east-1, eu-west-1");
    file_has("config/runbook/services.yaml", "regions: [us-east-1, eu-west-1]");
    go(p, "G");
    send(p, "\r");
    expect(p, "Remove prod?");
    send(p, "\r"); /* "Leave it as it is" */
    expect(p, "asks once");
    file_has("config/runbook/services.yaml", "prod");
    go(p, "G");
    send(p, "\r");
    expect(p, "Remove prod?");
    go(p, "j");
    send(p, "\r");
    expect(p, "Open the screen again");
    expect_gone(p, "prod");
    file_has_not("config/runbook/services.yaml", "prod");
    leave(p);
    nowhere(dir, "wJalrXUtn");
}

static void test_accounts_120(void **state)
{
    (void)state;
    walk(40, 120, "C.UTF-8");
}

static void test_accounts_80(void **state)
{
    (void)state;
    walk(24, 80, "C.UTF-8");
}

static void test_accounts_60_ascii(void **state)
{
    (void)state;
    walk(40, 72, "C");
}

/* The chain of A-01 on the screen, and a stage that fails: nothing is written. */
static void test_chain(void **state)
{
    struct pty *p = start(40, 120, "C.UTF-8");

    (void)state;
    awsfake_add(aws, "{\"service\":\"sts\",\"operation\":\"AssumeRole\",\"times\":1,\"status\":403,"
                     "\"error\":\"AccessDenied\",\"message\":\"not you\"}");
    expect(p, "ready");
    send(p, ACCOUNTS);
    expect(p, "Add an account");
    go(p, "gj");
    send(p, "\r");
    expect(p, "A new account of AWS");
    add_prod(p);
    go(p, "Gk");
    send(p, "\r");
    expect(p, "not you");
    expect(p, "It ended here. Nothing was written.");
    file_has_not("config/runbook/services.yaml", "prod");
    go(p, "G");
    send(p, "\r"); /* try it again: the role may be assumed now */
    expect(p, "Done.");
    expect(p, "permissions       ");
    expect(p, "is in ");
    go(p, "g");
    send(p, "\r");
    expect(p, "last scan");
    file_has("config/runbook/services.yaml", "name: \"prod\"");
    file_has("config/runbook/services.yaml", "services: [");
    leave(p);
}

/* Esc while AWS is asked: the child is ended, and nothing is kept. */
static void test_stopped(void **state)
{
    struct pty *p = start(24, 80, "C.UTF-8");

    (void)state;
    awsfake_add(aws, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"status\":429,"
                     "\"error\":\"ThrottlingException\",\"message\":\"Rate exceeded\","
                     "\"headers\":{\"Retry-After\":\"50\"}}");
    expect(p, "ready");
    send(p, ACCOUNTS);
    expect(p, "Add an account");
    go(p, "gj");
    send(p, "\r");
    expect(p, "A new account of AWS");
    add_prod(p);
    go(p, "Gk");
    send(p, "\r");
    expect(p, "account 123456789012"); /* the second stage waits */
    send(p, "\033");
    expect(p, "Stopped. Nothing was written.");
    file_has_not("config/runbook/services.yaml", "prod");
    go(p, "G");
    send(p, "\r"); /* again, and Ctrl-C */
    expect(p, "AWS is being asked");
    expect(p, "account 123456789012");
    send(p, "\003");
    expect(p, "Stopped. Nothing was written.");
    go(p, "j"); /* Ctrl-C is no longer armed */
    file_has_not("config/runbook/services.yaml", "prod");
    leave(p);
}

/* The digits of a device go to STS, once, and into no file. */
static void test_device(void **state)
{
    struct buf log = BUF_INIT((size_t)64 << 20);
    struct pty *p = start(40, 120, "C.UTF-8");

    (void)state;
    expect(p, "ready");
    send(p, ACCOUNTS);
    expect(p, "Add an account");
    go(p, "gj");
    send(p, "\r");
    expect(p, "A new account of AWS");
    add_prod(p);
    go(p, "j"); /* no profile */
    write_field(p, "arn:aws:iam::123456789012:mfa/me", "its 6 digits");
    write_field(p, "12", "a device shows 6 digits");
    write_field(p, "424242", "424242");
    go(p, "Gk");
    send(p, "\r");
    expect(p, "Done.");
    awsfake_log(aws, &log);
    assert_true(str_find(buf_str(&log), STR_LIT("TokenCode=424242")) >= 0);
    assert_true(str_find(buf_str(&log), STR_LIT("ExternalId=" EXTERNAL)) >= 0);
    buf_release(&log);
    leave(p);
    file_has("config/runbook/services.yaml", "mfa_serial: \"arn:aws:iam::123456789012:mfa/me\"");
    nowhere(dir, "424242");
}

/* What is watched is written as `accounts scope` does it. */
static void test_watched(void **state)
{
    struct pty *p = start(24, 80, "C.UTF-8");

    (void)state;
    expect(p, "ready");
    send(p, ACCOUNTS);
    expect(p, "What is watched");
    go(p, "gjj");
    send(p, "\r");
    expect(p, "Enter switches one");
    go(p, "Gk");
    send(p, "\rlamda\r");
    expect(p, "did you mean");
    send(p, "\r\025lambda\r");
    expect(p, "[x] lambda");
    go(p, "gj");
    send(p, " ");
    expect(p, "[ ] lambda");
    send(p, " ");
    expect(p, "[x] lambda");
    go(p, "G");
    send(p, "\r");
    expect(p, "What is watched  lambda");
    file_has("config/runbook/services.yaml", "lambda");
    leave(p);
}

/* ---- the setup ---- */

static void test_setup(void **state)
{
    struct pty *p = start(24, 80, "C.UTF-8");

    (void)state;
    expect(p, "F9 sets up");
    send(p, SETUP);
    expect(p, "Step 1 of 4");
    go(p, "j");
    send(p, "ftp://x\r"); /* who types in a form means its field */
    expect(p, "begins with http://");
    send(p, "http://127.0.0.1:9090\r"); /* instead of what was there */
    expect_gone(p, "begins with http://");
    go(p, "g");
    send(p, "\r");
    expect(p, "Step 2 of 4");
    expect(p, "its key is in ANTHROPIC_API_KEY");
    go(p, "gjj");
    send(p, "\r");
    expect(p, "[x] anthropic");
    go(p, "g");
    send(p, "\r");
    expect(p, "it needs a name"); /* and that is where one is now */
    send(p, "jamba-1\r");         /* whatever letter it begins with */
    expect(p, "jamba-1");
    go(p, "g");
    send(p, "\r");
    expect(p, "Step 3 of 4");
    expect(p, "the keys that are here");
    go(p, "gjj");
    add_prod(p);
    go(p, "G");
    send(p, "\r");
    expect(p, "Step 4 of 4");
    expect(p, "provider: anthropic");
    expect(p, "prod, into services.yaml");
    file_has_not("config/runbook/config.yaml", "anthropic");
    go(p, "g");
    send(p, "\r");
    expect(p, "Done");
    expect(p, "config.yaml");
    expect(p, "Open the screen with it");
    assert_false(pty_has(p, MODEL_KEY));
    file_has("config/runbook/config.yaml", "url: http://127.0.0.1:9090");
    file_has("config/runbook/config.yaml", "provider: anthropic");
    file_has("config/runbook/config.yaml", "model: jamba-1");
    file_has("config/runbook/services.yaml", "name: \"prod\"");
    nowhere(dir, MODEL_KEY);
    nowhere(dir, "wJalrXUtn");
    go(p, "g");
    send(p, "\r"); /* the screen with it */
    expect(p, "Nothing has been asked yet");
    send(p, SETUP); /* and again, whenever one likes */
    expect(p, "What it says already is kept");
    leave(p);
}

/* Esc leaves from each step, and nothing is there afterwards. */
static void test_setup_left(void **state)
{
    struct pty *p = start(20, 60, "C");

    (void)state;
    expect(p, "ready");
    send(p, SETUP);
    expect(p, "Step 1 of 4");
    send(p, "\033");
    expect_gone(p, "Step 1 of 4");
    send(p, SETUP);
    expect(p, "Step 1 of 4");
    go(p, "g");
    send(p, "\r");
    expect(p, "Step 2 of 4");
    go(p, "g");
    send(p, "\r");
    expect(p, "Step 3 of 4");
    go(p, "g");
    send(p, "\r");
    expect(p, "Step 4 of 4");
    expect(p, "Write it");
    send(p, "\033");
    expect(p, "Step 3 of 4");
    send(p, "\033");
    expect(p, "Step 2 of 4");
    send(p, "\033");
    expect(p, "Step 1 of 4");
    send(p, "\033");
    expect_gone(p, "Step 1 of 4");
    leave(p);
    file_has_not("config/runbook/config.yaml", "hosts");
    file_has_not("config/runbook/services.yaml", "aws");
}

/* ---- life ---- */

static int set_up(void **state)
{
    char *path;

    (void)state;
    dir = tmpdir_new();
    path = path_join(dir, "config");
    mkdir(path, 0700);
    free(path);
    unsetenv("RUNBOOK_CONFIG");
    unsetenv("RUNBOOK_STATE_DIR");
    aws = awsfake_open(rules);
    awsfake_env(aws);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_MAX_ATTEMPTS", "2", 1);
    return chdir(dir);
}

static int tear_down(void **state)
{
    (void)state;
    awsfake_close(aws);
    if (chdir("/"))
        return 1;
    tmpdir_free(dir);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_accounts_120), TEST(test_accounts_80), TEST(test_accounts_60_ascii),
        TEST(test_chain),        TEST(test_stopped),     TEST(test_watched),
        TEST(test_device),       TEST(test_setup),       TEST(test_setup_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

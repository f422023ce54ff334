/* test_mfa.c - a role that wants the digits of a device: a command and an investigation ask for
 * them at the terminal without drawing them, the screen asks in a line of its own, and without a
 * terminal the error names --mfa-code. Nowhere do they stay: not in the journal, the history or a
 * log. C-11 */
#include "tests/lib/pty.h"
#include "tests/lib/unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "tests/lib/awsfake.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000
#define DIGITS "730915"
#define SERIAL "arn:aws:iam::111111111111:mfa/ann"
#define CREDENTIALS                                                                                \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"       \
    "<SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken>"          \
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"               \
    "</AssumeRoleResponse>"

struct scene {
    char *dir;
    struct awsfake *fake;
};

static void write_file(const struct scene *s, const char *name, const char *text)
{
    char *path = path_join(s->dir, name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    free(path);
}

static int begin(void **state)
{
    struct scene *s = xcalloc(1, sizeof(*s));
    char *aws;

    s->dir = tmpdir_new();
    s->fake = awsfake_open(
        "[{\"service\":\"sts\",\"match\":[\"Action=AssumeRole\",\"TokenCode=" DIGITS
        "\"],\"body\":\"" CREDENTIALS "\"},"
        "{\"service\":\"sts\",\"match\":\"Action=AssumeRole\",\"status\":403,\"body\":"
        "\"<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication "
        "failed</Message></Error></ErrorResponse>\"},"
        "{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\",\"json\":{\"vpcSet\":{\"item\":{"
        "\"vpcId\":\"vpc-of-the-role\",\"state\":\"available\"}}}}]");
    aws = path_join(s->dir, ".aws");
    assert_int_equal(mkdir(aws, 0700), 0);
    free(aws);
    write_file(s, ".aws/config",
               "[profile base]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-1\nrole_arn = "
               "arn:aws:iam::111111111111:role/ops\nsource_profile = base\nmfa_serial = " SERIAL
               "\n");
    write_file(s, ".aws/credentials",
               "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = basesecret\n");
    *state = s;
    return 0;
}

static int finish(void **state)
{
    struct scene *s = *state;

    awsfake_close(s->fake);
    tmpdir_free(s->dir);
    free(s);
    return 0;
}

static struct pty *start_rows(const struct scene *s, const char *command, int rows)
{
    const char *build = getenv("RB_BUILDDIR");
    char *line = xasprintf("exec '%s/runbook' %s", build ? build : ".", command);
    char *home = xasprintf("HOME=%s", s->dir), *config = xasprintf("XDG_CONFIG_HOME=%s/c", s->dir);
    char *kept = xasprintf("XDG_STATE_HOME=%s/s", s->dir);
    char *url = xasprintf("AWS_ENDPOINT_URL=%s", awsfake_url(s->fake));
    const char *argv[] = {"sh", "-c", line, NULL};
    const char *env[] = {home,
                         config,
                         kept,
                         url,
                         "AWS_PROFILE=dev",
                         "AWS_EC2_METADATA_DISABLED=true",
                         "AWS_ACCESS_KEY_ID=",
                         "AWS_SECRET_ACCESS_KEY=",
                         "AWS_REGION=",
                         "RUNBOOK_AWS=",
                         "RUNBOOK_STATE_DIR=",
                         "RUNBOOK_CONFIG=",
                         "TMUX=",
                         "LC_ALL=C.UTF-8",
                         NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = 100});

    assert_non_null(p);
    free(line);
    free(home);
    free(config);
    free(kept);
    free(url);
    return p;
}

static struct pty *start(const struct scene *s, const char *command)
{
    return start_rows(s, command, 30);
}

static void wait_for(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("'%s' does not come:\n%s", text, pty_screen(p, false));
}

static void ends_with(struct pty *p, int code)
{
    int status = 0;

    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        fail_msg("it ended with %d, not %d:\n%s", status, code, pty_screen(p, false));
}

static void never_drawn(struct pty *p, const char *text)
{
    char *screen = pty_screen(p, false);

    assert_null(strstr(screen, text));
    free(screen);
}

/* Nothing below the home folder holds them, and the screen never drew them. */
static void not_kept(const struct scene *s, struct pty *p)
{
    const char *argv[] = {"grep", "-rlE", DIGITS, s->dir, NULL};
    struct pty *grep = pty_spawn(&(struct pty_options){.argv = argv});
    int status = 0;

    never_drawn(p, DIGITS);
    assert_true(pty_wait_exit(grep, WAIT_MS, &status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
        fail_msg("the digits are kept: %s", pty_screen(grep, false));
    pty_free(grep);
}

static size_t with_digits(struct scene *s)
{
    struct buf log = BUF_INIT((size_t)4 << 20);
    size_t n = 0;

    awsfake_log(s->fake, &log);
    for (const char *at = buf_cstr(&log); (at = strstr(at, "TokenCode=")) != NULL; at++)
        n++;
    buf_release(&log);
    return n;
}

/* A command: what is typed is not drawn, what is no code is asked again, and it is sent once. */
static void test_command(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "aws ec2 DescribeVpcs");

    wait_for(p, "The 6 digits of " SERIAL);
    pty_send(p, "12\r");
    wait_for(p, "Those are not 6 digits");
    never_drawn(p, "12\n");
    pty_send(p, "7309159\x7f\r");
    wait_for(p, "vpc-of-the-role");
    ends_with(p, 0);
    assert_int_equal(with_digits(s), 1);
    not_kept(s, p);
    pty_free(p);
}

/* Ctrl-C leaves the question. */
static void test_left(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "aws ec2 DescribeVpcs");

    wait_for(p, "The 6 digits of");
    pty_send(p, "73\x03");
    wait_for(p, "no digits of the device were given");
    ends_with(p, 1);
    assert_int_equal(with_digits(s), 0);
    pty_free(p);
}

/* The screen: a line of its own with stars; the calls that wait for it go on. */
static void test_screen(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "--aws default 'why is lambda mailer failing'");

    wait_for(p, "6 digits of");
    pty_send(p, "12\r");
    wait_for(p, "Not 6 digits");
    pty_send(p, DIGITS);
    wait_for(p, "******");
    never_drawn(p, DIGITS);
    pty_send(p, "\r");
    assert_true(pty_wait_no_text(p, "6 digits of", WAIT_MS));
    for (int i = 0; i < 1000 && with_digits(s) == 0; i++)
        (void)pty_pump(p, 50);
    assert_int_equal(with_digits(s), 1);
    not_kept(s, p);
    pty_send(p, "\x1b");
    pty_send(p, ":quit\r");
    pty_free(p);
    p = start(s, "sessions");
    ends_with(p, 0);
    not_kept(s, p);
    pty_free(p);
}

/* An investigation without the screen asks at its terminal. */
static void test_investigate(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "investigate --aws default 'why is lambda mailer failing'");

    wait_for(p, "The 6 digits of " SERIAL);
    pty_send(p, DIGITS "\r");
    for (int i = 0; i < 1000 && with_digits(s) == 0; i++)
        (void)pty_pump(p, 50);
    assert_int_equal(with_digits(s), 1);
    not_kept(s, p);
    pty_free(p);
}

/* Who leaves the question is asked no more for a while, and the gap is said. */
static void test_screen_left(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "--aws default 'why is lambda mailer failing'");

    wait_for(p, "6 digits of");
    pty_send(p, "\x1b");
    assert_true(pty_wait_no_text(p, "6 digits of", WAIT_MS));
    assert_int_equal(with_digits(s), 0);
    pty_free(p);
}

/* ---- line by line, at a terminal without the screen ---- */

#define QUESTION "The 6 digits of " SERIAL
#define WHY "'why is lambda mailer failing'"
#define ENOUGH_ROWS 700 /* all that it says stays in sight */

static size_t times(struct pty *p, const char *text)
{
    char *screen = pty_screen(p, false);
    size_t n = 0;

    for (const char *at = screen; (at = strstr(at, text)) != NULL; at++)
        n++;
    free(screen);
    return n;
}

struct often {
    const char *text;
    size_t times;
};

static bool so_often(struct pty *p, void *ctx)
{
    const struct often *o = ctx;

    return times(p, o->text) >= o->times;
}

/* Type when the question stands there for the n-th time. */
static void type_at(struct pty *p, size_t n, const char *keys)
{
    struct often o = {QUESTION, n};

    if (!pty_wait(p, so_often, &o, WAIT_MS))
        fail_msg("it is not asked %zu times:\n%s", n, pty_screen(p, false));
    pty_send(p, keys);
}

static void quit_plain(struct pty *p)
{
    wait_for(p, "session       ");
    assert_true(pty_cooked(p)); /* the terminal draws again what is typed */
    pty_send(p, "quit\r");
    ends_with(p, 0);
}

/* Once for all the calls of an investigation; lines are read after it. */
static void test_plain(void **state)
{
    struct scene *s = *state;
    struct pty *p = start_rows(s, "--plain --aws default " WHY, ENOUGH_ROWS);

    type_at(p, 1, DIGITS);
    assert_false(pty_cooked(p));
    pty_send(p, "\r");
    wait_for(p, "0 items of lambda ListFunctions"); /* AWS was asked */
    quit_plain(p);
    assert_int_equal(times(p, QUESTION), 1);
    assert_int_equal(with_digits(s), 1);
    not_kept(s, p);
    pty_free(p);
}

/* Left, empty, or no digits three times: said, nothing is sent, and nobody is asked by each of the
 * other calls. */
static void test_plain_left(void **state)
{
    static const char *const keys[][4] = {
        {"\x1b"}, {"73\x03"}, {"\x04"}, {"\r", "\r", "\r"}, {"12345\r", "73091a\r", "7309150\r"}};
    static const char *const modes[] = {"--plain --aws default " WHY,
                                        "investigate --aws default " WHY};

    for (size_t i = 0; i < 2 * sizeof(keys) / sizeof(keys[0]); i++) {
        const char *const *k = keys[i / 2];
        struct scene *s = *state;
        struct pty *p = start_rows(s, modes[i % 2], ENOUGH_ROWS);
        size_t n = 0;

        for (; k[n]; n++)
            type_at(p, n + 1, k[n]);
        wait_for(p, "no digits of the device were given");
        if (i % 2)
            assert_true(pty_wait_exit(p, WAIT_MS, &(int){0}));
        else
            quit_plain(p);
        assert_int_equal(times(p, QUESTION), n);
        assert_int_equal(times(p, "Those are not 6 digits"), n - 1);
        assert_int_equal(with_digits(s), 0);
        pty_free(p);
    }
}

/* AWS refuses the digits: it is asked once more, and no more after the third. */
static void test_plain_wrong(void **state)
{
    struct scene *s = *state;
    struct pty *p = start_rows(s, "--plain --aws default " WHY, ENOUGH_ROWS);

    type_at(p, 1, "111111\r");
    wait_for(p, "MultiFactorAuthentication");
    wait_for(p, "Once more, as it shows them now. " QUESTION);
    type_at(p, 2, DIGITS "\r");
    wait_for(p, "0 items of lambda ListFunctions");
    quit_plain(p);
    assert_int_equal(times(p, QUESTION), 2);
    assert_int_equal(with_digits(s), 2);
    not_kept(s, p);
    pty_free(p);

    p = start_rows(s, "--plain --aws default " WHY, ENOUGH_ROWS);
    for (size_t i = 1; i <= 3; i++)
        type_at(p, i, "111111\r");
    wait_for(p, "refused too often");
    quit_plain(p);
    assert_int_equal(times(p, QUESTION), 3);
    assert_int_equal(times(p, "of default:  ("), 0); /* each call says why */
    assert_int_equal(with_digits(s), 5);
    pty_free(p);
}

/* It has ended, and its terminal is still there to be looked at. */
static bool is_gone(const struct pty *p)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pty_pid(p), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
           info.si_pid == pty_pid(p);
}

/* Whoever ends it at the question leaves a terminal that draws. */
static void test_plain_ended(void **state)
{
    static const char *const commands[] = {
        "--plain --aws default " WHY, "investigate --aws default " WHY, "aws ec2 DescribeVpcs"};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct scene *s = *state;
        struct pty *p = start(s, commands[i]);
        int64_t until = pty_now_ns() + (int64_t)WAIT_MS * 1000000;
        int status;

        type_at(p, 1, "73");
        assert_false(pty_cooked(p));
        kill(pty_pid(p), SIGTERM);
        while (!is_gone(p) && pty_now_ns() < until)
            (void)poll(NULL, 0, 10);
        if (!pty_cooked(p))
            fail_msg("%s: what is typed is not drawn any more", commands[i]);
        assert_true(pty_wait_exit(p, WAIT_MS, &status));
        assert_int_equal(with_digits(s), 0);
        pty_free(p);
    }
}

/* Lines that come from elsewhere are no digits. */
static void test_plain_no_terminal(void **state)
{
    struct scene *s = *state;
    struct pty *p =
        start_rows(s, "--plain --aws default " WHY " 2>&1 <<'END'\n" DIGITS "\nEND\n", ENOUGH_ROWS);

    wait_for(p, "--mfa-code");
    assert_true(pty_wait_exit(p, WAIT_MS, &(int){0}));
    assert_int_equal(times(p, QUESTION), 0);
    assert_int_equal(with_digits(s), 0);
    pty_free(p);
}

/* Without a terminal: what to do is said. */
static void test_no_terminal(void **state)
{
    struct scene *s = *state;
    struct pty *p = start(s, "aws ec2 DescribeVpcs </dev/null");

    wait_for(p, "--mfa-code");
    ends_with(p, 1);
    pty_free(p);
    p = start(s, "investigate --aws default 'why is lambda mailer failing' </dev/null 2>&1 | cat");
    wait_for(p, "--mfa-code");
    assert_int_equal(with_digits(s), 0);
    pty_free(p);
    p = start(s, "aws ec2 DescribeVpcs --mfa-code " DIGITS " </dev/null");
    wait_for(p, "vpc-of-the-role");
    ends_with(p, 0);
    assert_int_equal(with_digits(s), 1);
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_command, begin, finish),
        cmocka_unit_test_setup_teardown(test_left, begin, finish),
        cmocka_unit_test_setup_teardown(test_investigate, begin, finish),
        cmocka_unit_test_setup_teardown(test_screen, begin, finish),
        cmocka_unit_test_setup_teardown(test_screen_left, begin, finish),
        cmocka_unit_test_setup_teardown(test_no_terminal, begin, finish),
        cmocka_unit_test_setup_teardown(test_plain, begin, finish),
        cmocka_unit_test_setup_teardown(test_plain_left, begin, finish),
        cmocka_unit_test_setup_teardown(test_plain_wrong, begin, finish),
        cmocka_unit_test_setup_teardown(test_plain_ended, begin, finish),
        cmocka_unit_test_setup_teardown(test_plain_no_terminal, begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_pty.c - the pages of AWS, as a person walks through them: the list, a filter by tag, one
 * resource with its metrics and what changed of it, what is not safe by service, and out. And that
 * a chosen scope is asked for by itself, exactly that, and nothing without one. Driven on a
 * pseudo-terminal against an AWS by rules.. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "tests/lib/awsfake.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000

static char *dir;
static struct awsfake *aws;

static const char rules[] =
    "[{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"json\":{\"Account\":"
    "\"123456789012\","
    "\"Arn\":\"arn:aws:iam::123456789012:user/x\",\"UserId\":\"A\"}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"after\":\"cloudwatch:"
    "GetMetricData\","
    "\"json\":{\"reservationSet\":{\"item\":[{\"reservationId\":\"r-1\",\"instancesSet\":{\"item\":"
    "["
    "{\"instanceId\":\"i-0aaaaaaaaaaaaaaa0\",\"instanceType\":\"t3.large\",\"instanceState\":{"
    "\"code\":"
    "\"16\",\"name\":\"running\"},\"tagSet\":{\"item\":[{\"key\":\"Name\",\"value\":\"web-1\"},{"
    "\"key\":"
    "\"team\",\"value\":\"shop\"}]}}]}}]}}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":{"
    "\"item\":[{"
    "\"reservationId\":\"r-1\",\"instancesSet\":{\"item\":["
    "{\"instanceId\":\"i-0aaaaaaaaaaaaaaa0\",\"instanceType\":\"t3.micro\",\"instanceState\":{"
    "\"code\":"
    "\"16\",\"name\":\"running\"},\"tagSet\":{\"item\":[{\"key\":\"Name\",\"value\":\"web-1\"},{"
    "\"key\":"
    "\"team\",\"value\":\"shop\"}]}},"
    "{\"instanceId\":\"i-0bbbbbbbbbbbbbbb0\",\"instanceType\":\"t3.large\",\"instanceState\":{"
    "\"code\":"
    "\"80\",\"name\":\"stopped\"},\"tagSet\":{\"item\":[{\"key\":\"Name\",\"value\":\"batch-7\"},{"
    "\"key\":\"team\",\"value\":\"data\"}]}}]}}]}}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeSecurityGroups\",\"json\":{\"securityGroupInfo\":"
    "{"
    "\"item\":[{\"groupId\":\"sg-0a1b2c3d\",\"groupName\":\"web\",\"ownerId\":\"123456789012\","
    "\"ipPermissions\":{\"item\":[{\"ipProtocol\":\"tcp\",\"fromPort\":\"22\",\"toPort\":\"22\","
    "\"ipRanges\":{\"item\":[{\"cidrIp\":\"0.0.0.0/0\"}]}}]}}]}}},"
    "{\"service\":\"iam\",\"operation\":\"GenerateCredentialReport\",\"error\":\"AccessDenied\","
    "\"message\":\"no\",\"status\":403},"
    "{\"service\":\"cloudwatch\",\"operation\":\"GetMetricData\",\"metrics\":[{\"metric\":"
    "\"AWS/EC2 CPUUtilization\",\"before\":12,\"after\":97,\"at_ms\":%lld}]}]";

/* ---- the program ---- */

static void put_services(const char *text)
{
    char *path = xasprintf("%s/config/runbook/services.yaml", dir);
    struct err err;

    assert_int_equal(file_write_atomic(path, str_from(text), 0600, &err), ERR_OK);
    free(path);
}

static char *env_of(const char *name, const char *value)
{
    return xasprintf("%s=%s", name, value);
}

static struct pty *start(const char *const *args, int rows, int cols, const char *locale)
{
    const char *build = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/runbook", build ? build : ".");
    char *config = path_join(dir, "config"), *state = path_join(dir, "state");
    char *env[] = {env_of("HOME", dir),
                   env_of("XDG_CONFIG_HOME", config),
                   env_of("XDG_STATE_HOME", state),
                   env_of("RUNBOOK_STATE_DIR", state),
                   env_of("LC_ALL", locale),
                   env_of("RUNBOOK_AWS", "default"),
                   NULL};
    const char *argv[8] = {path};
    struct pty *p;

    for (size_t i = 0; args && args[i]; i++)
        argv[i + 1] = args[i];
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
    fail();
}

static void expect_gone(struct pty *p, const char *text)
{
    char *screen;

    if (pty_wait_no_text(p, text, WAIT_MS))
        return;
    screen = pty_screen(p, false);
    fprintf(stderr, "still \"%s\":\n%s\n", text, screen);
    fail();
}

static void ends_well(struct pty *p)
{
    int status = -1;

    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("ended with %d", status);
    pty_free(p);
}

static void run(const char *const *args)
{
    ends_well(start(args, 24, 80, "C.UTF-8"));
}

/* ---- the walk ---- */

static void walk(int rows, int cols, const char *locale)
{
    static const char *const scan[] = {"scan", "--service", "ec2", NULL};
    struct pty *p;

    run(scan);
    p = start(NULL, rows, cols, locale);
    expect(p, "ready");
    pty_send(p, "\033");
    expect(p, "q quit");
    pty_send(p, "4");
    expect(p, "batch-7");
    expect(p, "web-1");
    pty_send(p, "/");
    pty_send(p, "tag:team=shop");
    expect_gone(p, "batch-7");
    pty_send(p, "\r");
    pty_send(p, "\r");
    expect(p, "Metrics");
    expect(p, "PAST ITS LIMIT");
    expect(p, "no data in CloudWatch");
    pty_send(p, "G");
    expect(p, "t3.micro");
    pty_send(p, "q"); /* back to the list, with its filter */
    expect(p, "tag:team=shop");
    pty_send(p, "\033");
    expect(p, "batch-7");
    pty_send(p, "r"); /* now there is one fewer, and the other has changed */
    expect(p, "~ 0m");
    pty_send(p, "/web-1\r\r");
    expect(p, "Changes");
    expect(p, "instanceType");
    pty_send(p, "q");
    expect(p, "/web-1");
    pty_send(p, "\033");
    expect(p, "batch-7"); /* it is gone, and says so */
    expect(p, "gone");
    pty_send(p, "9");
    expect(p, "r asks AWS what is not safe");
    pty_send(p, "r");
    expect(p, "security-group/");
    pty_send(p, "G");
    expect(p, "account/123456789012"); /* of s3, the last one */
    pty_send(p, "h");
    expect_gone(p, "account/123456789012");
    pty_send(p, "\r"); /* on the row of s3 */
    expect(p, "account/123456789012");
    pty_send(p, "/security-group\r");
    expect_gone(p, "account/123456789012");
    pty_send(p, "\r");
    expect(p, "aws.ec2.revoke-rule");
    pty_send(p, "q");
    expect(p, "77 checks");
    pty_send(p, "\003\003");
    ends_well(p);
}

static void test_walk_120(void **state)
{
    (void)state;
    walk(40, 120, "C.UTF-8");
}

static void test_walk_80(void **state)
{
    (void)state;
    walk(24, 80, "C.UTF-8");
}

static void test_walk_ascii(void **state)
{
    (void)state;
    walk(30, 100, "C");
}

/* ---- by itself ---- */

static size_t asked_of(const char *service)
{
    struct buf log = BUF_INIT((size_t)64 << 20);
    struct str rest, line;
    size_t n = 0;

    awsfake_log(aws, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line))
        n += line.len > strlen(service) && str_starts(line, service) &&
             line.ptr[strlen(service)] == ' ';
    buf_release(&log);
    return n;
}

static size_t asked(void)
{
    return awsfake_count(aws, NULL);
}

/* Exactly what was chosen; who we are (sts) is no service that is watched. */
static void test_scope(void **state)
{
    struct pty *p;

    (void)state;
    put_services("version: 1\naws:\n  services: [sqs, rds]\n");
    p = start(NULL, 40, 120, "C.UTF-8");
    expect(p, "ready");
    pty_send(p, "\033");
    expect(p, "q quit");
    pty_send(p, "4");
    expect(p, "sqs rds every 5 min");
    expect(p, "scan 1");
    assert_true(asked_of("sqs") > 0);
    assert_true(asked_of("rds") > 0);
    assert_int_equal(asked_of("sqs") + asked_of("rds") + asked_of("sts"), asked());
    pty_send(p, "\003\003");
    ends_well(p);
}

static void test_no_scope(void **state)
{
    struct pty *p = start(NULL, 40, 120, "C.UTF-8");

    (void)state;
    expect(p, "ready");
    pty_send(p, "\033");
    expect(p, "q quit");
    pty_send(p, "4");
    expect(p, "AWS was not looked at yet: r asks it.");
    pty_send(p, "9");
    expect(p, "Nobody looked yet");
    assert_int_equal(asked(), 0);
    pty_send(p, "\003\003");
    ends_well(p);
}

static void test_never(void **state)
{
    char *path = xasprintf("%s/config/runbook/config.yaml", dir);
    struct err err;
    struct pty *p;

    (void)state;
    put_services("version: 1\naws:\n  services: [sqs]\n");
    assert_int_equal(file_write_atomic(path,
                                       STR_LIT("version: 1\ncloud:\n  aws:\n    poll_seconds: 0\n"),
                                       0600, &err),
                     ERR_OK);
    free(path);
    p = start(NULL, 40, 120, "C.UTF-8");
    expect(p, "ready");
    pty_send(p, "\033");
    expect(p, "q quit");
    pty_send(p, "4");
    expect(p, "AWS was not looked at yet: r asks it.");
    assert_int_equal(asked(), 0);
    pty_send(p, "\003\003");
    ends_well(p);
}

/* ---- how far it is, while it is asked ---- */

static const char busy[] =
    "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\",\"status\":429,\"error\":"
    "\"ThrottlingException\",\"message\":\"Rate exceeded\",\"headers\":{\"Retry-After\":\"50\"}}";

static void ends_with(struct pty *p, int code)
{
    int status = -1;

    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        fail_msg("ended with %d", status);
    pty_free(p);
}

/* One line that is taken away again; Ctrl-C ends the command although the server is not ready. */
static void test_command_tells(void **state)
{
    static const char *const args[] = {"changes", "--since", "1h", NULL};
    struct pty *p;

    (void)state;
    awsfake_add(aws, busy);
    p = start(args, 24, 80, "C");
    expect(p, " calls; cloudtrail in eu-west-1 throttled");
    pty_send(p, "\003");
    expect_gone(p, " calls; cloudtrail in eu-west-1 throttled");
    ends_with(p, 130);
}

static void question_tells(int rows, int cols, const char *locale)
{
    struct pty *p;

    awsfake_add(aws, busy);
    p = start(NULL, rows, cols, locale);
    expect(p, "ready");
    pty_send(p, "what changed in aws since an hour ago?\r");
    expect(p, " calls"); /* of the status line */
    if (cols >= 120)
        expect(p, "cloudtrail in eu-west-1 thr"); /* of the query */
    pty_send(p, "\003");
    expect(p, "canceled");
    expect_gone(p, "cloudtrail in eu-west-1 thr");
    pty_send(p, "\003\003");
    ends_with(p, 0);
}

static void test_question_tells(void **state)
{
    (void)state;
    question_tells(40, 120, "C.UTF-8");
}

static void test_question_tells_narrow(void **state)
{
    (void)state;
    question_tells(20, 60, "C");
}

/* ---- */

static int setup(void **state)
{
    char *config, *sub, *text = xasprintf(rules, (long long)(time(NULL) - 2400) * 1000);

    (void)state;
    dir = tmpdir_new();
    config = path_join(dir, "config");
    sub = path_join(config, "runbook");
    assert_int_equal(mkdir(config, 0700), 0);
    assert_int_equal(mkdir(sub, 0700), 0);
    free(config);
    free(sub);
    aws = awsfake_open(text);
    awsfake_env(aws);
    setenv("AWS_REGION", "eu-west-1", 1);
    free(text);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    awsfake_close(aws);
    tmpdir_free(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walk_120, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk_80, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk_ascii, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scope, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_scope, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never, setup, teardown),
        cmocka_unit_test_setup_teardown(test_command_tells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_question_tells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_question_tells_narrow, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

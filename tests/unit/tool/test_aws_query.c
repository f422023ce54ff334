/* test_aws_query.c - the tool that asks AWS: what it answers from one place and from several, how
 * each way to fail is told, that nothing is asked for that is a secret. R-36 R-37 R-38 R-41 */
#include "tests/unit/net/netrun.h"

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

struct answer {
    int done;
    enum tool_status status;
    struct err err;
    char summary[256];
    int64_t rows;
    char body[1 << 16];
};

struct bench {
    struct net net;
    struct tool_env env;
    struct tool_runner *runner;
    struct arena *arena; /* of parsed answers */
    struct buf asked;    /* a line a request: region, body */
    char url[HTTPD_URL_MAX];
    unsigned many; /* instances on a page */
};

static char *env_url;

static char *env_of_test(const char *name)
{
    static char key[] = "AKIAIOSFODNN7EXAMPLE", none[] = "/nonexistent", once[] = "1";

    if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
        return env_url;
    if (strcmp(name, "AWS_MAX_ATTEMPTS") == 0)
        return once;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0 || strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return none;
    return strcmp(name, "AWS_ACCESS_KEY_ID") == 0 || strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0
               ? key
               : NULL;
}

static int by_region(const char *region, struct buf *body, unsigned many)
{
    static const struct {
        const char *region, *code;
        int status;
    } refusals[] = {
        {"eu-west-2", "UnauthorizedOperation", 403}, {"eu-west-3", "RequestLimitExceeded", 503},
        {"eu-south-1", "OptInRequired", 403},        {"eu-south-2", "InternalError", 500},
        {"sa-east-1", "InvalidParameterValue", 400}, {"us-west-1", "AuthFailure", 401},
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (strcmp(region, refusals[i].region) == 0) {
            buf_addf(body,
                     "<Response><Errors><Error><Code>%s</Code><Message>said</Message></Error>"
                     "</Errors></Response>",
                     refusals[i].code);
            return refusals[i].status;
        }
    buf_adds(body, "<DescribeInstancesResponse><reservationSet><item><instancesSet>");
    for (unsigned i = 0; strcmp(region, "ca-central-1") != 0 && i < many; i++)
        buf_addf(body, "<item><instanceId>i-%u-%s</instanceId></item>", i, region);
    buf_adds(body, "</instancesSet></item></reservationSet></DescribeInstancesResponse>");
    return 200;
}

/* The region is that of the signature's scope: ".../20260204/eu-west-1/ec2/aws4_request". */
static void serve(void *ctx, struct str request, struct buf *out)
{
    struct bench *b = ctx;
    ptrdiff_t at = str_find(request, STR_LIT("Credential=")),
              end = str_find(request, STR_LIT("\r\n\r\n"));
    struct str scope, part, text = {request.ptr + end + 4, request.len - (size_t)end - 4};
    char region[40];
    struct buf body = BUF_INIT(1 << 20);
    int status;

    assert_true(at > 0 && end > 0);
    scope = (struct str){request.ptr + at, request.len - (size_t)at};
    for (int i = 0; i < 3; i++)
        str_split(&scope, '/', &part);
    (void)snprintf(region, sizeof(region), "%.*s", STR_FMT(part));
    buf_addf(&b->asked, "%s %.*s\n", region, STR_FMT(text));
    if (str_find(text, STR_LIT("Action=DescribeRegions")) >= 0) {
        buf_adds(&body, "<DescribeRegionsResponse><regionInfo>"
                        "<item><regionName>eu-west-1</regionName></item>"
                        "<item><regionName>eu-west-2</regionName></item>"
                        "<item><regionName>ca-central-1</regionName></item>"
                        "</regionInfo></DescribeRegionsResponse>");
        status = 200;
    } else {
        status = by_region(region, &body, b->many);
    }
    buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, body.len,
             buf_cstr(&body));
    buf_release(&body);
}

static void add_account(struct bench *b, const char *name, const char *number, bool is_default)
{
    static const char *const regions[] = {"eu-west-1", NULL};
    struct aws_credentials_options keys = {.env = env_of_test,
                                           .machine_file = "/nonexistent/vendor"};

    (void)aws_estate_add(b->env.aws, &(struct aws_account_options){.name = name,
                                                                   .number = number,
                                                                   .regions = regions,
                                                                   .is_default = is_default,
                                                                   .keys = &keys});
}

static void bench_init(struct bench *b, bool configured)
{
    memset(b, 0, sizeof(*b));
    buf_init(&b->asked, 1 << 20);
    b->arena = arena_new(0);
    b->many = 2;
    net_init(&b->net);
    httpd_handle(b->net.server, serve, b);
    (void)httpd_url(b->net.server, "", b->url);
    env_url = b->url;
    b->env.loop = b->net.loop;
    if (configured) {
        b->env.aws = aws_estate_new(b->net.loop, b->net.client, aws_catalogue_new(NULL, 0));
        add_account(b, "stage", "111111111111", false);
        add_account(b, "prod", "222222222222", true);
    }
    b->runner = tool_runner_new(b->net.loop, &b->env);
}

static void bench_release(struct bench *b)
{
    tool_runner_free(b->runner);
    aws_estate_free(b->env.aws);
    net_release(&b->net);
    buf_release(&b->asked);
    arena_free(b->arena);
}

static void on_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms)
{
    struct answer *a = ctx;

    (void)id;
    (void)duration_ms;
    a->done++;
    a->status = r->status;
    a->err = r->err;
    a->rows = r->rows;
    (void)snprintf(a->summary, sizeof(a->summary), "%s", r->summary);
    (void)snprintf(a->body, sizeof(a->body), "%s", buf_cstr(&r->body));
}

static void run(struct bench *b, const char *args, struct answer *a)
{
    struct err err = ERR_INIT;
    tool_id id;

    memset(a, 0, sizeof(*a));
    assert_ok(tool_run(b->runner, "aws_query", str_from(args), on_done, a, &id, &err), &err);
    net_wait(&b->net, &a->done);
}

static const struct value *body_of(struct bench *b, const struct answer *a)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    assert_ok(json_parse(b->arena, str_from(a->body), &v, &err), &err);
    return v;
}

static unsigned times(const struct buf *b, const char *what)
{
    unsigned n = 0;

    for (const char *p = buf_cstr(b); (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void test_one_place(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v;

    (void)state;
    bench_init(&b, true);
    run(&b,
        "{\"service\":\"ec2\",\"operation\":\"describe-instances\",\"params\":{\"Filters\":[{"
        "\"Name\":"
        "\"vpc-id\",\"Values\":[\"vpc-1\"]}]}}",
        &a);
    assert_int_equal(a.status, TOOL_OK);
    assert_int_equal(a.rows, 2);
    assert_string_equal(a.summary, "2 items of ec2 DescribeInstances");
    v = body_of(&b, &a);
    assert_string_equal(value_cstr_or(v, "service", ""), "ec2");
    assert_string_equal(value_cstr_or(v, "operation", ""), "DescribeInstances");
    assert_string_equal(value_cstr_or(v, "account", ""), "prod"); /* the default one */
    assert_string_equal(value_cstr_or(v, "account_id", ""), "222222222222");
    assert_string_equal(value_cstr_or(v, "region", ""), "eu-west-1");
    assert_string_equal(value_cstr_or(v, "end", ""), "whole");
    assert_string_equal(value_cstr_or(value_path(v, "items.1"), "instanceId", ""), "i-1-eu-west-1");
    assert_null(value_get(v, "error"));
    assert_int_equal(times(&b.asked, "Filter.1.Name=vpc-id"), 1);
    assert_int_equal(times(&b.asked, "\n"), 1);
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"region\":\"ca-central-1\"}",
        &a);
    assert_int_equal(a.status, TOOL_EMPTY);
    bench_release(&b);
}

/* max holds from both sides: as many as there are, and one fewer. */
static void test_max(void **state)
{
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b, true);
    b.many = 5;
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"max\":5}", &a);
    assert_int_equal(a.rows, 5);
    assert_false(value_bool_or(body_of(&b, &a), "more", true));
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"max\":4}", &a);
    assert_int_equal(a.rows, 4);
    assert_true(value_bool_or(body_of(&b, &a), "more", false));
    assert_string_equal(a.summary, "4 items of ec2 DescribeInstances, there are more");
    b.many = 101; /* the default is 100 */
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\"}", &a);
    assert_int_equal(a.rows, 100);
    bench_release(&b);
}

/* two accounts in two regions are four results, each with its place. */
static void test_cells(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v, *cells;

    (void)state;
    bench_init(&b, true);
    run(&b,
        "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"region\":\"eu-west-1, "
        "us-east-1\","
        "\"account\":\"all\"}",
        &a);
    assert_int_equal(a.rows, 8);
    v = body_of(&b, &a);
    cells = value_get(v, "cells");
    assert_string_equal(value_cstr_or(v, "end", ""), "whole");
    assert_int_equal(value_count(cells), 4);
    assert_string_equal(value_cstr_or(value_at(cells, 0), "account", ""), "stage");
    assert_string_equal(value_cstr_or(value_at(cells, 1), "region", ""), "us-east-1");
    assert_string_equal(value_cstr_or(value_at(cells, 3), "account", ""), "prod");
    assert_int_equal(value_count(value_get(value_at(cells, 3), "items")), 2);

    /* Every region that is switched on: one is read, one is denied, one is empty. */
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"region\":\"all\"}", &a);
    assert_int_equal(a.status, TOOL_OK);
    assert_string_equal(
        a.summary,
        "2 items of ec2 DescribeInstances; 1 of 3 not read: not permitted in eu-west-2 of "
        "prod, it needs ec2:DescribeInstances");
    v = body_of(&b, &a);
    assert_string_equal(value_cstr_or(v, "end", ""), "partial");
    assert_string_equal(value_cstr_or(value_path(v, "cells.1"), "end", ""), "denied");
    assert_string_equal(value_cstr_or(value_path(v, "cells.1"), "action", ""),
                        "ec2:DescribeInstances");
    assert_non_null(value_path(v, "cells.1.error"));
    assert_int_equal(value_count(value_path(v, "cells.1.items")), 0);
    bench_release(&b);
}

static void test_ends(void **state)
{
    static const struct {
        const char *region, *end, *says;
        enum tool_status status;
        enum err_code code;
    } cases[] = {
        {"eu-west-2", "denied", "it needs ec2:DescribeInstances", TOOL_DENIED, ERR_DENIED},
        {"eu-west-3", "throttled", "throttled", TOOL_ERROR, ERR_AGAIN},
        {"eu-south-1", "not-enabled", "not switched on", TOOL_ERROR, ERR_NOT_FOUND},
        {"eu-south-2", "failed", "InternalError", TOOL_ERROR, ERR_REMOTE},
        {"sa-east-1", "refused", "InvalidParameterValue", TOOL_ERROR, ERR_REMOTE},
        {"us-west-1", "credentials", "AuthFailure", TOOL_DENIED, ERR_DENIED},
    };
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b, true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char args[200];

        (void)snprintf(
            args, sizeof(args),
            "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"region\":\"%s\"}",
            cases[i].region);
        run(&b, args, &a);
        if (a.status != cases[i].status || a.err.code != cases[i].code ||
            !strstr(a.err.msg, cases[i].says) || !strstr(a.err.msg, cases[i].region) ||
            strcmp(value_cstr_or(body_of(&b, &a), "end", ""), cases[i].end) != 0)
            fail_msg("%s: %d %s %s", cases[i].region, (int)a.status, a.err.msg, a.body);
    }
    bench_release(&b);
}

static void test_refused(void **state)
{
    static const struct {
        const char *args, *says;
        enum err_code code;
    } cases[] = {
        {"{\"service\":\"ec3\",\"operation\":\"x\"}", "ec2", ERR_NOT_FOUND},
        {"{\"service\":\"ec2\",\"operation\":\"TerminateInstances\"}",
         "runbook act aws.ec2.terminate", ERR_DENIED},
        {"{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\",\"account\":\"prd\"}", "prod",
         ERR_NOT_FOUND},
        {"{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\",\"region\":\"a.evil.com/\"}",
         "no region of AWS", ERR_INPUT},
        {"{\"service\":\"ssm\",\"operation\":\"GetParameter\",\"params\":{\"Name\":\"x\","
         "\"WithDecryption\":true}}",
         "secrets", ERR_DENIED},
        {"{\"service\":\"secretsmanager\",\"operation\":\"get-secret-value\",\"params\":"
         "{\"SecretId\":\"x\"}}",
         "is a secret", ERR_DENIED},
        {"{\"service\":\"sts\",\"operation\":\"AssumeRole\",\"params\":"
         "{\"RoleArn\":\"x\",\"RoleSessionName\":\"y\"}}",
         "is asked for nobody here: its answer is keys", ERR_DENIED},
    };
    struct bench b;
    struct answer a;
    struct err err = ERR_INIT;
    tool_id id;

    (void)state;
    bench_init(&b, true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run(&b, cases[i].args, &a);
        if (a.err.code != cases[i].code || !strstr(a.err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].args, a.err.msg);
    }
    assert_int_equal(b.asked.len, 0);
    assert_int_equal(tool_run(b.runner, "aws_query",
                              STR_LIT("{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\","
                                      "\"params\":\"x\"}"),
                              on_done, &a, &id, &err),
                     ERR_INPUT);
    assert_non_null(strstr(err.msg, "'params' must be an object"));
    bench_release(&b);
    bench_init(&b, false); /* not configured: it says how */
    run(&b, "{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\"}", &a);
    assert_int_equal(a.err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(a.err.msg, "accounts add"));
    assert_false(tool_find("aws_query")->available(&b.env));
    bench_release(&b);
}

static void test_cancel(void **state)
{
    struct bench b;
    struct answer a;
    struct err err = ERR_INIT;
    tool_id id;

    (void)state;
    bench_init(&b, true);
    for (int turns = 0; turns < 6; turns++) {
        memset(&a, 0, sizeof(a));
        assert_ok(tool_run(b.runner, "aws_query",
                           STR_LIT("{\"service\":\"ec2\",\"operation\":\"DescribeInstances\","
                                   "\"region\":\"all\",\"account\":\"all\"}"),
                           on_done, &a, &id, &err),
                  &err);
        for (int i = 0; i < turns; i++)
            loop_turn(b.net.loop, false);
        tool_run_cancel(b.runner, id);
        net_wait(&b.net, &a.done);
        assert_int_equal(a.done, 1);
        if (turns == 0)
            assert_int_equal(a.status, TOOL_CANCELED);
    }
    bench_release(&b); /* and gone while one is under way */
    bench_init(&b, true);
    assert_ok(tool_run(b.runner, "aws_query",
                       STR_LIT("{\"service\":\"ec2\",\"operation\":\"DescribeInstances\"}"),
                       on_done, &a, &id, &err),
              &err);
    bench_release(&b);
}

static void test_cite(void **state)
{
    struct arena *arena = arena_new(0);
    struct buf out = BUF_INIT(4096);
    const struct value *v;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(json_parse(arena,
                         STR_LIT("{\"service\":\"rds\",\"operation\":\"DescribeDBInstances\","
                                 "\"params\":{\"a\":1},\"region\":\"all\",\"account\":\"p\"}"),
                         &v, &err),
              &err);
    tool_find("aws_query")->query(v, &out);
    assert_string_equal(buf_cstr(&out),
                        "aws rds DescribeDBInstances {\"a\":1} region all account p");
    buf_release(&out);
    arena_free(arena);
}

/* IAM's names. */
static void test_actions(void **state)
{
    static const struct {
        const char *service, *operation, *action;
    } cases[] = {
        {"ec2", "DescribeInstances", "ec2:DescribeInstances"},
        {"s3", "ListBuckets", "s3:ListAllMyBuckets"},
        {"s3", "ListObjectsV2", "s3:ListBucket"},
        {"elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"},
        {"cloudwatch", "GetMetricData", "cloudwatch:GetMetricData"},
        {"apigateway", "GetRestApis", "apigateway:GET"},
        {"logs", "DescribeLogGroups", "logs:DescribeLogGroups"},
    };
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct aws_service *s;
        struct err err = ERR_INIT;
        char action[AWS_ACTION_MAX];

        assert_ok(aws_catalogue_get(c, str_from(cases[i].service), &s, &err), &err);
        aws_action_name(s, str_from(cases[i].operation), action);
        assert_string_equal(action, cases[i].action);
    }
    aws_catalogue_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_place), cmocka_unit_test(test_max),
        cmocka_unit_test(test_cells),     cmocka_unit_test(test_ends),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cite),      cmocka_unit_test(test_actions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

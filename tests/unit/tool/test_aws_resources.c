/* test_aws_resources.c - the tool that lists what is there: asked, or as it was kept; filters,
 * bounds, what was not read, what was chosen to be watched. R-36 R-37 A-51 */
#include "tests/lib/awsfake.h"
#include "tests/unit/net/netrun.h"

#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/kept.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"
#include "src/tool/aws_common.h"

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
    struct awsfake *fake;
    struct tool_env env;
    struct tool_runner *runner;
    struct arena *arena;
};

static const char rules[] =
    "[{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":{"
    "\"item\":"
    "[{\"instancesSet\":{\"item\":[{\"instanceId\":\"i-1\",\"vpcId\":\"vpc-1\",\"instanceState\":"
    "{\"name\":\"running\"},\"tagSet\":{\"item\":[{\"key\":\"team\",\"value\":\"pay\"}]}},"
    "{\"instanceId\":\"i-2\",\"vpcId\":\"vpc-2\",\"instanceState\":{\"name\":\"stopped\"}}]}}]}}},"
    "{\"service\":\"lambda\",\"operation\":\"ListFunctions\",\"status\":403,\"error\":"
    "\"AccessDeniedException\",\"message\":\"no\"},"
    "{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"json\":{\"Account\":"
    "\"111111111111\"}}]";

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

static enum err_code each_kept(void *ctx, kept_fn *fn, void *fn_ctx, struct err *err)
{
    static const struct kept_resource rows[] = {
        {"111111111111", "eu-west-1", "ec2", "instance", "i-7", "old", "", "running", "ok", "",
         "{\"team\":\"pay\"}", 1000, 1780000000000},
        {"111111111111", "us-east-1", "ec2", "volume", "vol-7", "", "", "available", "ok", "", "",
         1000, 1770000000000},
        {"222222222222", "eu-west-1", "rds", "db-instance", "db-7", "", "", "stopped", "off", "",
         "", 1000, 1780000000000},
    };

    (void)ctx;
    (void)err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        fn(fn_ctx, &rows[i]);
    return ERR_OK;
}

static struct kept_near near_asked;
static bool nothing_scanned;

static enum err_code near_kept(void *ctx, const struct kept_near *ask, struct buf *ret_graph,
                               struct kept_around *ret, struct err *err)
{
    (void)ctx;
    near_asked = *ask;
    if (nothing_scanned)
        return err_set(err, ERR_NOT_FOUND, "nothing was scanned yet");
    buf_addf(ret_graph, "{\"nodes\":[{\"id\":\"%s\"}],\"edges\":[]}\n", ask->names[0]);
    *ret = (struct kept_around){.named = 1,
                                .read = 3,
                                .nodes = 1,
                                .cut = true,
                                .oldest_ms = 1770000000000,
                                .newest_ms = 1780000000000};
    return ERR_OK;
}

static const struct kept_source kept = {.each = each_kept, .near = near_kept};

static void bench_init_clock(struct bench *b, struct clock *clock)
{
    static const char *const regions[] = {"eu-west-1", NULL};
    struct aws_credentials_options keys = {.machine_file = "/nonexistent/vendor"};

    memset(b, 0, sizeof(*b));
    b->fake = awsfake_open(rules);
    awsfake_env(b->fake);
    b->arena = arena_new(0);
    if (clock)
        net_init_clock(&b->net, clock, NULL);
    else
        net_init(&b->net);
    b->env.loop = b->net.loop;
    b->env.kept = &kept;
    b->env.aws = aws_estate_new(b->net.loop, b->net.client, aws_catalogue_new(NULL, 0));
    (void)aws_estate_add(b->env.aws, &(struct aws_account_options){.name = "prod",
                                                                   .number = "111111111111",
                                                                   .regions = regions,
                                                                   .keys = &keys});
    b->runner = tool_runner_new(b->net.loop, &b->env);
}

static void bench_init(struct bench *b)
{
    bench_init_clock(b, NULL);
}

static void bench_release(struct bench *b)
{
    tool_runner_free(b->runner);
    aws_estate_free(b->env.aws);
    net_release(&b->net);
    awsfake_close(b->fake);
    arena_free(b->arena);
}

static const struct value *run_tool(struct bench *b, const char *tool, const char *args,
                                    struct answer *a)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    tool_id id;

    memset(a, 0, sizeof(*a));
    assert_ok(tool_run(b->runner, tool, str_from(args), on_done, a, &id, &err), &err);
    net_wait(&b->net, &a->done);
    if (*a->body)
        assert_ok(json_parse(b->arena, str_from(a->body), &v, &err), &err);
    return v;
}

static const struct value *run(struct bench *b, const char *args, struct answer *a)
{
    return run_tool(b, "aws_resources", args, a);
}

static void test_filters(void **state)
{
    static const struct {
        const char *more, *id;
        int64_t rows;
    } cases[] = {
        {"", "i-1", 2},
        {",\"where\":\"state == 'stopped'\"", "i-2", 1},
        {",\"tag\":\"team=pay\"", "i-1", 1},
        {",\"tag\":\"team=pay,env\"", "", 0},
        {",\"health\":\"off\"", "i-2", 1},
        {",\"match\":\"I-2\"", "i-2", 1},
        {",\"mentions\":\"vpc-1\"", "i-1", 1},
        {",\"where\":\"record.vpcId == 'vpc-2'\"", "i-2", 1},
    };
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char args[300];
        const struct value *v;

        (void)snprintf(args, sizeof(args), "{\"service\":\"ec2:instance\"%s}", cases[i].more);
        v = run(&b, args, &a);
        if (a.rows != cases[i].rows || a.status != (a.rows ? TOOL_OK : TOOL_EMPTY) ||
            strcmp(value_cstr_or(value_path(v, "resources.0"), "id", ""), cases[i].id) != 0)
            fail_msg("%s: %s %s", args, a.summary, a.body);
    }
    assert_int_equal(awsfake_count(b.fake, "ec2:DescribeInstances"),
                     sizeof(cases) / sizeof(cases[0]));
    assert_int_equal(awsfake_count(b.fake, NULL), sizeof(cases) / sizeof(cases[0]));
    bench_release(&b);
}

static void test_bounds(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v;

    (void)state;
    bench_init(&b);
    v = run(&b, "{\"service\":\"ec2:instance\",\"max\":1}", &a);
    assert_int_equal(value_count(value_get(v, "resources")), 1);
    assert_int_equal(value_i64_or(v, "found", 0), 2);
    assert_true(value_bool_or(v, "more", false));
    assert_string_equal(a.summary, "2 resources, not all are shown");
    v = run(&b, "{\"service\":\"ec2:instance\",\"max\":2}", &a);
    assert_false(value_bool_or(v, "more", true));
    v = run(&b, "{\"service\":\"ec2:instance\",\"where\":\"state > 3\"}", &a);
    assert_int_equal(value_i64_or(v, "undecided", 0), 2);
    bench_release(&b);
}

/* What is denied is in the answer beside what was read; alone it is an error. */
static void test_partial(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v;

    (void)state;
    bench_init(&b);
    v = run(&b, "{\"service\":\"ec2:instance, lambda:function\"}", &a);
    assert_int_equal(a.status, TOOL_OK);
    assert_string_equal(value_cstr_or(v, "end", ""), "partial");
    assert_string_equal(value_cstr_or(value_path(v, "not_read.0"), "end", ""), "denied");
    assert_string_equal(value_cstr_or(value_path(v, "not_read.0"), "action", ""),
                        "lambda:ListFunctions");
    assert_non_null(
        strstr(a.summary, "not everything was read: lambda ListFunctions in eu-west-1"));
    run(&b, "{\"service\":\"lambda:function\"}", &a);
    assert_int_equal(a.status, TOOL_DENIED);
    bench_release(&b);
}

/* what was not picked gets no call, unless it is named. */
struct asked {
    struct awsfake *fake;
    const char *operation;
    size_t times;
    struct test_clock *clock; /* goes on by a second with every 300 looks; NULL: stands still */
    unsigned looks;
};

static bool was_asked(void *ctx)
{
    struct asked *a = ctx;

    if (a->clock && ++a->looks % 300 == 0)
        test_clock_step(a->clock, 1000);
    return awsfake_count(a->fake, a->operation) >= a->times;
}

static void wait_asked(struct bench *b, const char *operation, size_t times,
                       struct test_clock *clock)
{
    struct asked a = {b->fake, operation, times, clock, 0};

    if (!net_turn_until(&b->net, was_asked, &a)) {
        struct buf log = BUF_INIT(65536);

        awsfake_log(b->fake, &log);
        fail_msg("%s was not asked %zu times: %s", operation, times, buf_cstr(&log));
    }
    assert_int_equal(awsfake_count(b->fake, operation), times);
}

/* Time is over: what came is answered, what did not is named and counted, nothing waits on. */
static void test_late(void **state)
{
    struct test_clock clock;
    struct bench b;
    struct answer a = {0};
    const struct value *v;
    struct err err = ERR_INIT;
    tool_id id;

    (void)state;
    test_clock_init(&clock, INT64_C(1790000000000));
    bench_init_clock(&b, &clock.clock);
    awsfake_add(
        b.fake,
        "[{\"service\":\"lambda\",\"operation\":\"ListFunctions\",\"times\":1,\"status\":429,"
        "\"error\":\"TooManyRequestsException\",\"headers\":{\"Retry-After\":\"1\"}},"
        "{\"service\":\"lambda\",\"operation\":\"ListFunctions\",\"status\":429,"
        "\"error\":\"TooManyRequestsException\",\"headers\":{\"Retry-After\":\"60\"}}]");
    assert_ok(tool_run(b.runner, "aws_resources",
                       STR_LIT("{\"service\":\"ec2:instance,lambda:function\"}"), on_done, &a, &id,
                       &err),
              &err);
    wait_asked(&b, "ec2:DescribeInstances", 1, NULL);
    wait_asked(&b, "lambda:ListFunctions", 1, NULL);
    wait_asked(&b, "lambda:ListFunctions", 2, &clock);
    assert_int_equal(a.done, 0);
    test_clock_step(&clock, AWS_TOOL_ASK_MS);
    net_wait(&b.net, &a.done);
    assert_int_equal(a.status, TOOL_OK);
    assert_int_equal(a.rows, 2);
    assert_string_equal(a.summary,
                        "2 resources; not everything was read: 1 list was not read in time");
    assert_ok(json_parse(b.arena, str_from(a.body), &v, &err), &err);
    assert_string_equal(value_cstr_or(v, "end", ""), "partial");
    assert_int_equal(value_i64_or(v, "lists_not_read", 0), 1);
    assert_int_equal(awsfake_count(b.fake, "lambda:ListFunctions"), 2);
    bench_release(&b);
}

static void test_scope(void **state)
{
    static const char *const scope[] = {"lambda", NULL};
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b);
    b.env.aws->scope = scope;
    run(&b, "{}", &a);
    run(&b, "{\"category\":\"compute\"}", &a);
    assert_true(awsfake_count(b.fake, "lambda:ListFunctions") >= 2);
    assert_int_equal(awsfake_count(b.fake, "ec2:DescribeInstances"), 0);
    {
        struct buf log = BUF_INIT(1 << 20);
        struct str rest, line;

        awsfake_log(b.fake, &log);
        for (rest = buf_str(&log); str_line(&rest, &line);)
            if (!str_starts(line, "lambda "))
                fail_msg("asked: %.*s", STR_FMT(line));
        buf_release(&log);
    }
    run(&b, "{\"service\":\"ec2:instance\"}", &a);
    assert_int_equal(awsfake_count(b.fake, "ec2:DescribeInstances"), 1);
    bench_release(&b);
}

static void test_kept(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v;

    (void)state;
    bench_init(&b);
    v = run(&b, "{\"from\":\"inventory\"}", &a);
    assert_int_equal(a.rows, 3);
    assert_string_equal(value_cstr_or(v, "seen", ""), "2026-02-02T02:40:00.000Z");
    assert_string_equal(value_cstr_or(value_path(v, "resources.0"), "account", ""), "prod");
    run(&b, "{\"from\":\"inventory\",\"service\":\"ec2\"}", &a);
    assert_int_equal(a.rows, 2);
    run(&b, "{\"from\":\"inventory\",\"service\":\"ec2:volume\"}", &a);
    assert_int_equal(a.rows, 1);
    run(&b, "{\"from\":\"inventory\",\"region\":\"us-east-1\"}", &a);
    assert_int_equal(a.rows, 1);
    run(&b, "{\"from\":\"inventory\",\"account\":\"prod\"}", &a);
    assert_int_equal(a.rows, 2);
    run(&b, "{\"from\":\"inventory\",\"tag\":\"team=pay\",\"where\":\"region != 'x'\"}", &a);
    assert_int_equal(a.rows, 1);
    run(&b, "{\"from\":\"inventory\",\"mentions\":\"vpc-1\"}", &a);
    assert_int_equal(a.err.code, ERR_INPUT);
    assert_int_equal(awsfake_count(b.fake, NULL), 0);
    b.env.kept = NULL;
    run(&b, "{\"from\":\"inventory\"}", &a);
    assert_int_equal(a.err.code, ERR_NOT_FOUND);
    bench_release(&b);
}

static void test_refused(void **state)
{
    static const struct {
        const char *args, *says;
    } cases[] = {
        {"{\"service\":\"ec3\"}", "did you mean 'ec2'"},
        {"{\"service\":\"ec2:instanz\"}", "ec2 has no kind 'instanz'; it has:"},
        {"{\"category\":\"databases\"}", "there are:"},
        {"{\"where\":\"stat == 1\"}", "where: column 1: there is no field 'stat'"},
        {"{\"region\":\"Europe\"}", "no region of AWS"},
        {"{\"account\":\"prd\"}", "prod"},
    };
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run(&b, cases[i].args, &a);
        if (a.status != TOOL_ERROR || !strstr(a.err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].args, a.err.msg);
    }
    assert_int_equal(awsfake_count(b.fake, NULL), 0);
    bench_release(&b);
}

static void test_cancel(void **state)
{
    struct bench b;
    struct answer a;
    struct err err = ERR_INIT;
    tool_id id;

    (void)state;
    bench_init(&b);
    for (int i = 0; i < 4; i++) {
        memset(&a, 0, sizeof(a));
        assert_ok(tool_run(b.runner, "aws_resources",
                           str_from(i % 2 ? "{\"from\":\"inventory\"}" : "{}"), on_done, &a, &id,
                           &err),
                  &err);
        for (int k = 0; k < i; k++)
            loop_turn(b.net.loop, false);
        tool_run_cancel(b.runner, id);
        net_wait(&b.net, &a.done);
        assert_int_equal(a.done, 1);
    }
    bench_release(&b);
}

/* What is around some of them: nobody is asked, the account goes by both its spellings, and no scan
 * is an empty answer that says so. R-42 */
static void test_graph(void **state)
{
    struct bench b;
    struct answer a;
    const struct value *v;

    (void)state;
    bench_init(&b);
    v = run_tool(&b, "aws_graph",
                 "{\"names\":\" db-7 , web\",\"region\":\"eu-west-1\","
                 "\"account\":\"prod\"}",
                 &a);
    assert_int_equal(a.status, TOOL_OK);
    assert_int_equal(near_asked.count, 2);
    assert_int_equal(near_asked.most, 300);
    assert_true(value_bool_or(v, "scanned", false));
    assert_true(value_bool_or(v, "more", false));
    assert_string_equal(value_cstr_or(v, "seen", ""), "2026-05-28T20:26:40.000Z");
    assert_string_equal(value_cstr_or(value_path(v, "graph.nodes.0"), "id", ""), "db-7");
    assert_int_equal(awsfake_count(b.fake, NULL), 0);
    nothing_scanned = true;
    v = run_tool(&b, "aws_graph", "{\"names\":\"db-7\"}", &a);
    nothing_scanned = false;
    assert_int_equal(a.status, TOOL_EMPTY);
    assert_false(value_bool_or(v, "scanned", true));
    assert_non_null(strstr(a.summary, "nothing was scanned yet"));
    b.env.kept = NULL;
    (void)run_tool(&b, "aws_graph", "{\"names\":\"db-7\"}", &a);
    assert_int_equal(a.status, TOOL_EMPTY);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_partial), cmocka_unit_test(test_late),
        cmocka_unit_test(test_scope),   cmocka_unit_test(test_kept),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_graph),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

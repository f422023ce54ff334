/* test_aws_so_far.c - a look for what is not safe tells how far it is: who has answered, and
 * findings that the end confirms, never one that it takes back. */
#include "tests/lib/awsfake.h"
#include "tests/unit/net/netrun.h"

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

static const char rules[] =
    "[{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"json\":{\"Account\":"
    "\"111111111111\"}},"
    "{\"service\":\"ec2\",\"operation\":\"DescribeSecurityGroups\",\"json\":{\"securityGroupInfo\":"
    "{"
    "\"item\":[{\"groupId\":\"sg-0a1b2c3d\",\"groupName\":\"web\",\"ownerId\":\"111111111111\","
    "\"ipPermissions\":{\"item\":[{\"ipProtocol\":\"tcp\",\"fromPort\":\"22\",\"toPort\":\"22\","
    "\"ipRanges\":{\"item\":[{\"cidrIp\":\"0.0.0.0/0\"}]}}]}}]}}},"
    "{\"service\":\"iam\",\"operation\":\"GenerateCredentialReport\",\"error\":\"AccessDenied\","
    "\"message\":\"no\",\"status\":403}]";

struct look {
    struct arena *arena;
    int done;
    size_t told, last_done, last_known, most_found, denied;
    char early[64][80]; /* ids that were told before the end */
    size_t early_count;
    char body[1 << 20];
};

static void keep_early(struct look *l, struct str id)
{
    for (size_t i = 0; i < l->early_count; i++)
        if (str_eq_c(id, l->early[i]))
            return;
    if (l->early_count < 64)
        snprintf(l->early[l->early_count++], 80, "%.*s", STR_FMT(id));
}

static void on_told(void *ctx, tool_id id, const struct tool_progress *p)
{
    struct look *l = ctx;
    const struct value *v;
    struct err err = ERR_INIT;

    (void)id;
    assert_true(p->done <= p->known);
    assert_true(p->done >= l->last_done);
    assert_ok(json_parse(l->arena, p->body, &v, &err), &err);
    l->told++;
    l->last_done = p->done;
    l->last_known = p->known;
    VALUE_EACH (f, value_get(v, "findings"))
        keep_early(l, value_str_or(f, "id", ""));
    VALUE_EACH (place, value_get(v, "places")) {
        assert_true(value_i64_or(place, "done", 0) <= value_i64_or(place, "known", 0));
        l->denied += str_eq_c(value_str_or(place, "end", ""), "denied");
    }
}

static void on_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms)
{
    struct look *l = ctx;

    (void)id;
    (void)duration_ms;
    snprintf(l->body, sizeof(l->body), "%s", buf_cstr(&r->body));
    l->done++;
}

/* The time runs, and an hour goes by with each look at it: every answer is worth a word. */
static int64_t hours(struct clock *c)
{
    static int64_t ahead;

    (void)c;
    ahead += 600;
    return clock_system()->now_ms(clock_system()) + ahead;
}

static int64_t wall(struct clock *c)
{
    (void)c;
    return clock_system()->wall_ms(clock_system());
}

struct place {
    struct look *l;
    struct awsfake *fake;
    struct net net;
    struct tool_env env;
    struct tool_runner *runner;
};

/* One account, whose look has begun. */
static void begin(struct place *p, struct clock *clock)
{
    static const char *const regions[] = {"eu-west-1", NULL};
    static const struct aws_credentials_options keys = {.machine_file = "/nonexistent/vendor"};
    struct err err = ERR_INIT;
    tool_id id;

    *p = (struct place){.l = xcalloc(1, sizeof(*p->l)), .fake = awsfake_open(rules)};
    awsfake_env(p->fake);
    p->l->arena = arena_new(0);
    net_init_clock(&p->net, clock, NULL);
    p->env.loop = p->net.loop;
    p->env.aws = aws_estate_new(p->net.loop, p->net.client, aws_catalogue_new(NULL, 0));
    (void)aws_estate_add(p->env.aws, &(struct aws_account_options){.name = "prod",
                                                                   .number = "111111111111",
                                                                   .regions = regions,
                                                                   .keys = &keys});
    p->runner = tool_runner_new(p->net.loop, &p->env);
    tool_runner_watch(p->runner, on_told, p->l);
    assert_ok(tool_run(p->runner, "aws_findings", STR_LIT("{}"), on_done, p->l, &id, &err), &err);
}

static void end(struct place *p)
{
    tool_runner_free(p->runner);
    aws_estate_free(p->env.aws);
    net_release(&p->net);
    awsfake_close(p->fake);
    arena_free(p->l->arena);
    free(p->l);
}

/* What was told early is there at the end. */
static void all_confirmed(struct look *l)
{
    struct err err = ERR_INIT;
    const struct value *v;

    assert_ok(json_parse(l->arena, str_from(l->body), &v, &err), &err);
    for (size_t i = 0; i < l->early_count; i++) {
        bool confirmed = false;

        VALUE_EACH (f, value_get(v, "findings"))
            confirmed = confirmed || str_eq_c(value_str_or(f, "id", ""), l->early[i]);
        if (!confirmed)
            fail_msg("%s was told, and is none at the end", l->early[i]);
    }
}

static void test_so_far(void **state)
{
    struct clock clock = {hours, wall};
    struct place p;

    (void)state;
    begin(&p, &clock);
    net_wait(&p.net, &p.l->done);
    assert_true(p.l->told > 1);
    assert_true(p.l->last_known > 10);
    assert_true(p.l->denied > 0); /* said while it goes on */
    assert_true(p.l->early_count > 0);
    all_confirmed(p.l);
    end(&p);
}

/* A network whose flow log is on the second page, which comes later: half of the answers would say
 * that it has none. `of`: the network that the log is of. */
static void look_at_flow_logs(const char *of, bool found)
{
    struct clock clock = {hours, wall};
    char last[400];
    struct place p;

    begin(&p, &clock);
    awsfake_add(
        p.fake,
        "[{\"service\":\"ec2\",\"operation\":\"DescribeVpcs\",\"json\":{\"vpcSet\":{"
        "\"item\":{\"vpcId\":\"vpc-1\"}}}},{\"service\":\"ec2\",\"operation\":"
        "\"DescribeFlowLogs\",\"without\":\"NextToken\",\"json\":{\"flowLogSet\":{\"item\":{"
        "\"flowLogId\":\"fl-9\",\"resourceId\":\"vpc-9\"}},\"nextToken\":\"second\"}}]");
    snprintf(
        last, sizeof(last),
        "[{\"service\":\"ec2\",\"operation\":\"DescribeFlowLogs\",\"match\":\"NextToken=second\","
        "\"times\":2,\"status\":503,\"error\":\"Unavailable\"},{\"service\":\"ec2\","
        "\"operation\":\"DescribeFlowLogs\",\"match\":\"NextToken=second\",\"json\":{"
        "\"flowLogSet\":{\"item\":{\"flowLogId\":\"fl-1\",\"resourceId\":\"%s\"}}}}]",
        of);
    awsfake_add(p.fake, last);
    net_wait(&p.net, &p.l->done);
    assert_true(p.l->told > 1 && p.l->early_count > 0);
    assert_int_equal(awsfake_count(p.fake, "ec2:DescribeFlowLogs"), 4);
    if (!strstr(p.l->body, "ec2-vpc-flow-logs") == found)
        fail_msg("at the end it has %sa flow log", found ? "" : "no ");
    all_confirmed(p.l);
    end(&p);
}

static void test_half_of_the_answers(void **state)
{
    (void)state;
    look_at_flow_logs("vpc-1", false);
    look_at_flow_logs("vpc-2", true);
}

/* Everything was asked, and nothing more has come for a while: the last one waits for its time. */
static bool is_quiet(void *ctx)
{
    static size_t before, turns;
    struct place *p = ctx;
    size_t n = awsfake_count(p->fake, NULL);

    turns = n == before ? turns + 1 : 0;
    before = n;
    return awsfake_count(p->fake, "kms:ListKeys") > 0 && turns > 500;
}

/* Answers that come together with the first one are told, too, and not only with the last one. */
static void test_what_comes_at_once_is_told(void **state)
{
    struct test_clock clock;
    struct place p;
    size_t told, done;

    (void)state;
    test_clock_init(&clock, 1770199200000);
    begin(&p, &clock.clock);
    awsfake_add(p.fake, "{\"service\":\"kms\",\"operation\":\"ListKeys\",\"status\":503,\"error\":"
                        "\"ServiceUnavailable\",\"message\":\"later\"}");
    assert_true(net_turn_until(&p.net, is_quiet, &p));
    told = p.l->told;
    done = p.l->last_done;
    assert_int_equal(p.l->done, 0);
    test_clock_step(&clock, 1000);
    net_settle(&p.net);
    assert_int_equal(p.l->done, 0);
    assert_true(p.l->told > told);
    assert_true(p.l->last_done > done);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_so_far),
        cmocka_unit_test(test_half_of_the_answers),
        cmocka_unit_test(test_what_comes_at_once_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

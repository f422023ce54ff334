/* test_aws_alarms.c - alarms, their history, the rules of composite alarms, and which alarms came
 * together. A-05 R-43 */
#include "runbook/codec/json.h"
#include "runbook/service/aws/alarms.h"
#include "tests/unit/service/awsrun.h"

/* ---- rules ---- */

static bool one_in_alarm(void *ctx, const char *name, enum aws_alarm_state *ret)
{
    const char *in = ctx; /* "a b": those in alarm; "-": none is known */

    if (*in == '-')
        return false;
    *ret = strstr(in, name) ? AWS_ALARM_ALARM : AWS_ALARM_OK;
    return true;
}

static void test_rules(void **state)
{
    static const struct {
        const char *rule, *in;
        bool holds;
        size_t children;
    } cases[] = {
        {"ALARM(a)", "a", true, 1},
        {"ALARM(\"a\")", "b", false, 1},
        {"ALARM(a) AND ALARM(b)", "a", false, 2},
        {"ALARM(a) OR ALARM(b)", "b", true, 2},
        {"ALARM(a) OR ALARM(b) AND ALARM(c)", "a", true, 3},
        {"(ALARM(a) OR ALARM(b)) AND ALARM(c)", "a", false, 3},
        {"NOT ALARM(a) AND OK(b)", "-", false, 2},
        {"NOT ALARM(a)", "-", true, 1},
        {"not (alarm(a) or ok(b))", "b", true, 2},
        {"TRUE AND NOT FALSE", "-", true, 0},
        {"ALARM(\"with \\\"quotes\\\" (and more)\")", "with \"quotes\" (and more)", true, 1},
        {"ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:deep)", "deep", true, 1},
        {"AT_LEAST(2, ALARM, (a, b, c))", "a c", true, 3},
        {"AT_LEAST(2, ALARM, (a, b, c))", "c", false, 3},
        {"AT_LEAST(50%, ALARM, (a, b, c))", "a", false, 3},
        {"AT_LEAST(50%, ALARM, (a, b, c))", "a b", true, 3},
        {"INSUFFICIENT_DATA(a) OR ALARM(a)", "a", true, 2},
        {"ALARM(a) OR ALARM(a)", "a", true, 1},
    };
    static const char *const bad[] = {"",
                                      "ALARM",
                                      "ALARM(",
                                      "ALARM()",
                                      "ALARM(a",
                                      "ALARM(a) AND",
                                      "ALARM(a) b",
                                      "MAYBE(a)",
                                      "(ALARM(a)",
                                      "AT_LEAST(0, ALARM, (a))",
                                      "AT_LEAST(1, LOUD, (a))",
                                      "AT_LEAST(1, ALARM, a)",
                                      "ALARM(\"a)",
                                      "NOT"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *a = arena_new(0);
        const struct aws_rule *rule = NULL;
        struct err err = ERR_INIT;
        size_t n;

        if (aws_rule_parse(a, str_from(cases[i].rule), &rule, &err))
            fail_msg("%s: %s", cases[i].rule, err.msg);
        (void)aws_rule_children(rule, &n);
        if (n != cases[i].children)
            fail_msg("%s has %zu children", cases[i].rule, n);
        if (aws_rule_holds(rule, one_in_alarm, (void *)(uintptr_t)cases[i].in) != cases[i].holds)
            fail_msg("%s with %s", cases[i].rule, cases[i].in);
        arena_free(a);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena *a = arena_new(0);
        const struct aws_rule *rule = NULL;
        struct err err = ERR_INIT;

        if (aws_rule_parse(a, str_from(bad[i]), &rule, &err) != ERR_INPUT)
            fail_msg("'%s' was taken", bad[i]);
        arena_free(a);
    }
}

/* Depth has an end, and no rule makes it crash. */
static void test_deep_rule(void **state)
{
    struct buf text = BUF_INIT(1 << 16);
    struct arena *a = arena_new(0);
    const struct aws_rule *rule = NULL;
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < 2000; i++)
        buf_adds(&text, "NOT(");
    assert_int_equal(aws_rule_parse(a, buf_str(&text), &rule, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "too deep"));
    buf_release(&text);
    arena_free(a);
}

/* ---- storms ---- */

#define S INT64_C(1000)
#define T0 INT64_C(1795220000000)

static struct aws_alarm alarm_at(const char *name, int64_t t_ms, const char *dimensions)
{
    return (struct aws_alarm){.name = name,
                              .state = AWS_ALARM_ALARM,
                              .since_ms = t_ms,
                              .space = "AWS/RDS",
                              .dimensions = dimensions};
}

/* Five within five minutes of each other are one; four are none, and neither is a gap longer. */
static void test_storms(void **state)
{
    static const struct aws_rule_child children[] = {
        {"a", AWS_ALARM_ALARM}, {"b", AWS_ALARM_ALARM}, {"far", AWS_ALARM_ALARM}};
    struct arena *arena = arena_new(0);
    struct aws_alarm alarms[7];
    const struct aws_storm *storms;
    size_t n;

    (void)state;
    alarms[0] = alarm_at("e", T0 + 4 * AWS_STORM_GAP_MS, "Db=x");
    alarms[1] = alarm_at("a", T0, "Db=x");
    alarms[2] = alarm_at("b", T0 + AWS_STORM_GAP_MS, "Db=x, Role=r");
    alarms[3] = alarm_at("c", T0 + 2 * AWS_STORM_GAP_MS, "Db=y");
    alarms[4] = alarm_at("d", T0 + 3 * AWS_STORM_GAP_MS, "");
    alarms[5] = alarm_at("ok", T0, "Db=x");
    alarms[5].state = AWS_ALARM_OK;
    alarms[6] = alarm_at("all", T0 + 2 * AWS_STORM_GAP_MS + S, "");
    alarms[6].composite = true;
    alarms[6].space = "";
    alarms[6].children = children;
    alarms[6].child_count = 3;
    storms = aws_storms_find(arena, alarms, 7, &n);
    assert_int_equal(n, 1);
    assert_int_equal(storms[0].first, 0);
    assert_int_equal(storms[0].count, 6);
    assert_string_equal(storms[0].head, "all");
    assert_string_equal(storms[0].common, "AWS/RDS"); /* Db=x has three of six: not most */
    assert_string_equal(alarms[0].name, "a");
    assert_string_equal(alarms[6].name, "ok");
    for (size_t i = 0; i < 7; i++)
        if (strcmp(alarms[i].name, "d") == 0)
            alarms[i].since_ms -= S; /* e is then a second too far away */
    (void)aws_storms_find(arena, alarms, 7, &n);
    assert_int_equal(n, 1);
    storms = aws_storms_find(arena, alarms, 4, &n);
    assert_int_equal(n, 0);
    arena_free(arena);
}

/* ---- against a server ---- */

struct run {
    struct awsrun aws;
    struct aws_alarms *a;
    struct buf json;
    int done;
    size_t count, in_alarm, events, storms;
    bool more;
    enum aws_end end;
};

static void on_done(void *ctx, const struct aws_alarms_answer *a)
{
    struct run *r = ctx;

    r->done++;
    r->count = a->count;
    r->in_alarm = a->in_alarm;
    r->events = a->event_count;
    r->storms = a->storm_count;
    r->more = a->more;
    r->end = a->end;
    aws_alarms_json(a, "shop", &r->json);
}

static void fetch(struct run *r, const struct aws_alarms_request *q)
{
    struct err err = ERR_INIT;

    buf_init(&r->json, 16 << 20);
    r->a = aws_alarms_start(r->aws.estate, r->aws.account, q, on_done, r, &err);
    if (!r->a)
        fail_msg("%s", err.msg);
    net_wait(&r->aws.net, &r->done);
    aws_alarms_free(r->a);
}

static void has(const struct run *r, const char *text)
{
    if (!strstr(buf_cstr(&r->json), text))
        fail_msg("'%s' is not in %.3000s", text, buf_cstr(&r->json));
}

static void release(struct run *r)
{
    awsrun_release(&r->aws);
    buf_release(&r->json);
}

#define RESULT(op, inner) "<" op "Response><" op "Result>" inner "</" op "Result></" op "Response>"
#define METRIC(name, state)                                                                        \
    "<member><AlarmName>" name "</AlarmName><StateValue>" state "</StateValue>"                    \
    "<StateUpdatedTimestamp>2026-11-21T00:41:39.512Z</StateUpdatedTimestamp><StateReason>too "     \
    "much</StateReason><Namespace>AWS/RDS</Namespace><MetricName>CPU</MetricName><Threshold>80.0"  \
    "</Threshold><ComparisonOperator>GreaterThanThreshold</ComparisonOperator><Period>60</Period>" \
    "<EvaluationPeriods>3</EvaluationPeriods><Dimensions><member><Name>Db</Name><Value>x</Value>"  \
    "</member></Dimensions></member>"

static void test_list(void **state)
{
    struct run r = {0};
    struct aws_alarms_request q = {.state = "ALARM", .name = "or"};

    (void)state;
    awsrun_init(&r.aws);
    awsrun_answer(
        &r.aws, "Action=DescribeAlarms", 200,
        RESULT("DescribeAlarms",
               "<CompositeAlarms><member><AlarmName>all</AlarmName><StateValue>ALARM</StateValue>"
               "<AlarmRule>ALARM(one) OR ALARM(\"two\")</AlarmRule></member><member><AlarmName>odd"
               "</AlarmName><AlarmRule>what?</AlarmRule></member></CompositeAlarms>"
               "<MetricAlarms>" METRIC("one", "ALARM") "</MetricAlarms><NextToken>t</NextToken>"));
    awsrun_answer(&r.aws, "NextToken=t", 200,
                  RESULT("DescribeAlarms", "<CompositeAlarms/><MetricAlarms>" METRIC(
                                               "two\xc2\x9b", "OK") "</MetricAlarms>"));
    fetch(&r, &q);
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(r.count, 4);
    assert_int_equal(r.in_alarm, 2);
    assert_int_equal(awsrun_times(&r.aws, "StateValue=ALARM"), 2);
    assert_int_equal(awsrun_times(&r.aws, "AlarmTypes.member.2=CompositeAlarm"), 2);
    assert_int_equal(awsrun_times(&r.aws, "AlarmNamePrefix=or"), 2);
    has(&r, "\"children\":[{\"name\":\"one\",\"wants\":\"ALARM\"},{\"name\":\"two\"");
    has(&r, "\"comparison\":\">\",\"threshold\":80,\"period_s\":60,\"evaluations\":3");
    has(&r, "\"dimensions\":\"Db=x\"");
    has(&r, "\"rule_error\":\"character 1 of the rule");
    assert_null(strstr(buf_cstr(&r.json), "\xc2\x9b")); /* nothing that a terminal obeys */
    release(&r);
}

/* As many as were wanted, and it is said that there are more. */
static void test_cut(void **state)
{
    struct run r = {0};
    struct aws_alarms_request q = {.max = 1};

    (void)state;
    awsrun_init(&r.aws);
    awsrun_answer(&r.aws, "Action=DescribeAlarms", 200,
                  RESULT("DescribeAlarms", "<MetricAlarms>" METRIC("one", "OK")
                                               METRIC("two", "OK") "</MetricAlarms><NextToken>t"
                                                                   "</NextToken>"));
    fetch(&r, &q);
    assert_int_equal(r.count, 1);
    assert_true(r.more);
    assert_int_equal(r.end, AWS_END_CUT);
    has(&r, "\"more\":true");
    release(&r);
}

static void test_history(void **state)
{
    struct run r = {0};
    struct aws_alarms_request q = {.history = true,
                                   .name = "one",
                                   .since_ms = INT64_C(1795219200000),
                                   .until_ms = INT64_C(1795222800000)};

    (void)state;
    awsrun_init(&r.aws);
    awsrun_answer(
        &r.aws, "Action=DescribeAlarmHistory", 200,
        RESULT(
            "DescribeAlarmHistory",
            "<AlarmHistoryItems><member><AlarmName>one</AlarmName><Timestamp>2026-11-21T00:10:00Z"
            "</Timestamp><HistoryItemType>StateUpdate</HistoryItemType><HistorySummary>Alarm "
            "updated from OK to ALARM</HistorySummary><HistoryData>{\"oldState\":{\"stateValue\":"
            "\"OK\"},\"newState\":{\"stateValue\":\"ALARM\"}}</HistoryData></member><member>"
            "<AlarmName>one</AlarmName><Timestamp>2026-11-21T00:20:00Z</Timestamp>"
            "<HistoryItemType>Action</HistoryItemType><HistoryData>no json</HistoryData></member>"
            "</AlarmHistoryItems>"));
    fetch(&r, &q);
    assert_int_equal(r.events, 2);
    assert_int_equal(awsrun_times(&r.aws, "AlarmName=one"), 1);
    assert_int_equal(awsrun_times(&r.aws, "StartDate=2026-11-21T00%3A00%3A00"), 1);
    has(&r, "\"events\":[{\"time\":\"2026-11-21T00:20:00.000Z\"");
    has(&r, "\"from\":\"OK\",\"to\":\"ALARM\"");
    release(&r);
}

static void test_denied(void **state)
{
    struct run r = {0};
    struct aws_alarms_request q = {0};

    (void)state;
    awsrun_init(&r.aws);
    awsrun_answer(&r.aws, "Action=DescribeAlarms", 403,
                  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                  "</ErrorResponse>");
    fetch(&r, &q);
    assert_int_equal(r.end, AWS_END_DENIED);
    assert_int_equal(r.count, 0);
    has(&r, "\"end\":\"denied\"");
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),  cmocka_unit_test(test_deep_rule),
        cmocka_unit_test(test_storms), cmocka_unit_test(test_list),
        cmocka_unit_test(test_cut),    cmocka_unit_test(test_history),
        cmocka_unit_test(test_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

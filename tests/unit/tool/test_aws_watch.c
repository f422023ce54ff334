/* test_aws_watch.c - the tools that read CloudWatch and X-Ray: what is asked, what is answered, how
 * each way to fail is told. A-05 R-43 */
#include "tests/lib/awsbench.h"

#include "runbook/codec/json.h"
#include "runbook/service/prom_answer.h"

static void asked(struct bench *b, const char *text)
{
    struct buf log = BUF_INIT(64 << 20);

    awsfake_log(b->fake, &log);
    if (!strstr(buf_cstr(&log), text))
        fail_msg("'%s' was not asked: %.3000s", text, buf_cstr(&log));
    buf_release(&log);
}

/* ---- metrics ---- */

#define METRICS(result)                                                                            \
    "{\"service\":\"cloudwatch\",\"operation\":\"GetMetricData\",\"json\":{\"MetricDataResults\":" \
    "{\"member\":[" result "]}}}"
#define ONE(id, value, code)                                                                       \
    "{\"Id\":\"" id "\",\"Label\":\"L\",\"Timestamps\":{\"member\":[\"2026-11-21T00:00:00Z\"]},"   \
    "\"Values\":{\"member\":[\"" value "\"]},\"StatusCode\":\"" code "\"}"

static void test_metrics(void **state)
{
    struct bench b;
    struct arena *a = arena_new(0);
    struct prom_answer answer;
    struct err err = ERR_INIT;

    (void)state;
    bench_init(&b, METRICS(ONE("q1", "42.5", "Complete")));
    bench_run(
        &b, "aws_metrics",
        "{\"namespace\":\"AWS/EC2\",\"metric\":\"CPUUtilization\",\"dimensions\":{\"InstanceId\":"
        "\"i-1\"},\"stat\":\"p99\",\"period\":\"5m\",\"since\":\"2026-11-20T21:00:00Z\",\"until\":"
        "\"2026-11-21T00:00:00Z\"}");
    assert_int_equal(b.status, TOOL_OK);
    assert_int_equal(b.rows, 1);
    assert_string_equal(b.summary, "1 series, 1 points, period 300 s, 1 metrics billed");
    assert_ok(prom_decode(buf_str(&b.body), NULL, a, &answer, &err), &err);
    assert_string_equal(prom_label(answer.series[0].labels, "InstanceId"), "i-1");
    assert_string_equal(prom_label(answer.series[0].labels, "account"), "shop");
    assert_string_equal(prom_label(answer.series[0].labels, "stat"), "p99");
    assert_true(answer.series[0].points[0].value == 42.5);
    asked(&b, "MetricStat.Period=300");
    asked(&b, "StartTime=2026-11-20T21:00:00Z");
    arena_free(a);
    bench_release(&b);
}

static void test_metrics_several(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, METRICS(ONE("rate", "1", "Complete") "," ONE("errors", "2", "PartialData")));
    bench_run(
        &b, "aws_metrics",
        "{\"series\":{\"errors\":{\"namespace\":\"AWS/Lambda\",\"metric\":\"Errors\",\"stat\":"
        "\"Sum\"},\"calls\":{\"namespace\":\"AWS/Lambda\",\"metric\":\"Invocations\",\"stat\":"
        "\"Sum\",\"hidden\":true},\"rate\":{\"expression\":\"100 * errors / calls\"}},\"region\":"
        "\"us-east-1\",\"since\":\"30m\"}");
    assert_int_equal(b.status, TOOL_OK);
    assert_int_equal(b.rows, 2);
    bench_says(&b, "\"expression\":\"100 * errors / calls\"");
    bench_says(&b, "1 series are not whole");
    bench_says(&b, "1 of 2 series are partial");
    asked(&b, "cloudwatch GetMetricData us-east-1");
    bench_release(&b);
}

static void test_metrics_failures(void **state)
{
    static const struct {
        const char *args, *says;
    } bad[] = {
        {"{}", "namespace and metric"},
        {"{\"metric\":\"X\"}", "namespace"},
        {"{\"namespace\":\"A\",\"metric\":\"X\",\"since\":\"tomorrow\"}", "'since' must be"},
        {"{\"namespace\":\"A\",\"metric\":\"X\",\"dimensions\":{\"a\":1}}", "'a' must be a text"},
        {"{\"namespace\":\"A\",\"metric\":\"X\",\"account\":\"none\"}", "no account 'none'"},
        {"{\"namespace\":\"A\",\"metric\":\"X\",\"region\":\"../x\"}", "no region of AWS"},
        {"{\"series\":{\"a\":1}}", "'series.a' must be an object"},
        {"{\"series\":{\"a\":{\"namespace\":\"A\",\"metric\":\"X\",\"period\":\"x\"}}}",
         "series.a: 'period'"},
    };
    struct bench b;

    (void)state;
    bench_init(&b, "{\"operation\":\"GetMetricData\",\"status\":403,\"error\":\"AccessDenied\","
                   "\"message\":\"not you\"}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bench_run(&b, "aws_metrics", bad[i].args);
        assert_int_equal(b.status, TOOL_ERROR);
        bench_says(&b, bad[i].says);
    }
    assert_int_equal(awsfake_count(b.fake, NULL), 0);
    bench_run(&b, "aws_metrics", "{\"namespace\":\"A\",\"metric\":\"X\"}");
    assert_int_equal(b.status, TOOL_DENIED);
    bench_says(&b, "cloudwatch:GetMetricData");
    bench_release(&b);
}

/* Empty is no error, and says so. */
static void test_metrics_empty(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, METRICS("{\"Id\":\"q1\",\"Label\":\"L\",\"Timestamps\":{},\"Values\":{},"
                           "\"StatusCode\":\"Complete\"}"));
    bench_run(&b, "aws_metrics", "{\"namespace\":\"A\",\"metric\":\"X\"}");
    assert_int_equal(b.status, TOOL_EMPTY);
    bench_says(&b, "no data: 1 series, 0 points");
    aws_estate_free(b.env.aws);
    b.env.aws = NULL;
    bench_run(&b, "aws_metrics", "{\"namespace\":\"A\",\"metric\":\"X\"}");
    assert_int_equal(b.status, TOOL_ERROR);
    bench_says(&b, "AWS is not configured");
    bench_release(&b);
}

/* ---- alarms, logs, queries, traces ---- */

static void test_alarms(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[{\"operation\":\"DescribeAlarms\",\"json\":{\"MetricAlarms\":{\"member\":[{"
                   "\"AlarmName\":\"a\",\"StateValue\":\"ALARM\"},{\"AlarmName\":\"b\","
                   "\"StateValue\":\"INSUFFICIENT_DATA\"}]}}},{\"operation\":"
                   "\"DescribeAlarmHistory\",\"json\":{\"AlarmHistoryItems\":{}}}]");
    bench_run(&b, "aws_alarms", "{\"name\":\"or\"}");
    assert_int_equal(b.status, TOOL_OK);
    assert_string_equal(b.summary, "2 alarms: 1 in alarm, 1 without data");
    asked(&b, "StateValue=ALARM");
    asked(&b, "AlarmNamePrefix=or");
    bench_run(&b, "aws_alarms", "{\"history\":true}");
    assert_int_equal(b.status, TOOL_EMPTY);
    bench_says(&b, "0 events of alarms");
    awsfake_add(b.fake, "{\"operation\":\"DescribeAlarms\",\"status\":403,\"error\":"
                        "\"AccessDenied\",\"message\":\"no\"}");
    bench_run(&b, "aws_alarms", "{\"state\":\"any\"}");
    assert_int_equal(b.status, TOOL_DENIED);
    bench_says(&b, "cloudwatch:DescribeAlarms");
    bench_release(&b);
}

/* the limits stand in the summary and in the answer. */
static void test_logs(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[{\"operation\":\"FilterLogEvents\",\"json\":{\"events\":[{\"timestamp\":1,"
                   "\"message\":\"one\"}]}},{\"operation\":\"DescribeLogGroups\",\"json\":{"
                   "\"logGroups\":[{\"logGroupName\":\"/a\"}]}},{\"operation\":\"GetLogEvents\","
                   "\"json\":{\"events\":[]}}]");
    bench_run(&b, "aws_logs", "{\"group\":\"/a\",\"pattern\":\"ERROR\"}");
    assert_int_equal(b.status, TOOL_OK);
    assert_string_equal(b.summary,
                        "1 events (limits: newest 50, 500 characters each; 0 shortened)");
    bench_says(
        &b, "\"limits\":{\"events\":50,\"characters\":500,\"window_s\":900,\"kept\":\"newest\"}");
    bench_run(&b, "aws_logs", "{}");
    assert_string_equal(b.summary, "1 log groups");
    bench_run(&b, "aws_logs", "{\"group\":\"/a\",\"stream\":\"s\"}");
    assert_int_equal(b.status, TOOL_EMPTY);
    asked(&b, "logs GetLogEvents eu-west-1");
    awsfake_add(b.fake, "{\"operation\":\"FilterLogEvents\",\"status\":400,\"error\":"
                        "\"ResourceNotFoundException\",\"message\":\"no group\"}");
    bench_run(&b, "aws_logs", "{\"group\":\"/x\"}");
    assert_int_equal(b.status, TOOL_ERROR);
    bench_says(&b, "no group");
    bench_release(&b);
}

static void on_canceled(void *ctx)
{
    struct bench *b = ctx;

    tool_run_cancel(b->runner, b->id);
}

static void test_insights(void **state)
{
    struct bench b;
    struct err err = ERR_INIT;

    (void)state;
    bench_init(&b, "[{\"operation\":\"StartQuery\",\"json\":{\"queryId\":\"q\"}},{\"operation\":"
                   "\"GetQueryResults\",\"times\":1,\"json\":{\"status\":\"Complete\",\"results\":"
                   "[[{\"field\":\"n\",\"value\":\"7\"}]],\"statistics\":{\"bytesScanned\":"
                   "2000000000}}},{\"operation\":\"GetQueryResults\",\"json\":{\"status\":"
                   "\"Running\",\"results\":[]}},{\"operation\":\"StopQuery\",\"json\":{"
                   "\"success\":true}}]");
    bench_run(&b, "aws_insights", "{\"groups\":\"/a, /b\",\"query\":\"stats count()\"}");
    assert_int_equal(b.status, TOOL_OK);
    bench_says(&b, "1 rows, 1.86 GiB scanned, about 0.0100 USD");
    asked(&b, "\"logGroupNames\":[\"/a\",\"/b\"]");
    b.done = 0;
    assert_ok(tool_run(b.runner, "aws_insights",
                       STR_LIT("{\"groups\":\"/a\",\"query\":\"fields x\"}"), bench_done, &b, &b.id,
                       &err),
              &err);
    while (awsfake_count(b.fake, "logs:GetQueryResults") < 2 && loop_turn(b.loop, true))
        ;
    (void)loop_timer(b.loop, 0, on_canceled, &b);
    while ((!b.done || !awsfake_count(b.fake, "logs:StopQuery")) && loop_turn(b.loop, true))
        ;
    assert_int_equal(b.status, TOOL_CANCELED);
    assert_int_equal(awsfake_count(b.fake, "logs:StopQuery"), 1);
    bench_release(&b);
}

static void test_traces(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[{\"operation\":\"GetServiceGraph\",\"json\":{\"Services\":[{\"ReferenceId\":1,"
                   "\"Name\":\"web\",\"SummaryStatistics\":{\"FaultStatistics\":{\"TotalCount\":1}}"
                   "}]}},{\"operation\":\"GetTraceSummaries\",\"json\":{\"TraceSummaries\":[]}}]");
    bench_run(&b, "aws_traces", "{}");
    assert_string_equal(b.summary, "1 services, 0 calls between them, 1 services with faults");
    bench_run(&b, "aws_traces", "{\"what\":\"list\",\"filter\":\"fault = true\"}");
    assert_int_equal(b.status, TOOL_EMPTY);
    asked(&b, "fault = true");
    bench_run(&b, "aws_traces", "{\"what\":\"trace\"}");
    assert_int_equal(b.status, TOOL_ERROR);
    bench_says(&b, "name from 1 to 20 traces");
    bench_run(&b, "aws_traces", "{\"since\":\"7h\"}");
    assert_int_equal(b.status, TOOL_ERROR);
    bench_says(&b, "6 hours");
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),          cmocka_unit_test(test_metrics_several),
        cmocka_unit_test(test_metrics_failures), cmocka_unit_test(test_metrics_empty),
        cmocka_unit_test(test_alarms),           cmocka_unit_test(test_logs),
        cmocka_unit_test(test_insights),         cmocka_unit_test(test_traces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_tell.c - each tool that asks AWS many times says how far it is while it asks: so many of
 * so many calls, what came, who was throttled or refused; and it stops at once when it is canceled.
 * */
#include "tests/lib/awsfake.h"
#include "tests/unit/net/netrun.h"

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

/* The server is busy, for longer than the test lasts. */
#define BUSY(service, operation)                                                                   \
    "{\"service\":\"" service "\",\"operation\":\"" operation                                      \
    "\",\"status\":429,\"error\":\"ThrottlingException\",\"message\":\"Rate exceeded\","           \
    "\"headers\":{\"Retry-After\":\"40\"}}"
#define DENIED(service, operation)                                                                 \
    "{\"service\":\"" service "\",\"operation\":\"" operation                                      \
    "\",\"status\":403,\"error\":\"AccessDeniedException\",\"message\":\"no\"}"
#define ONCE(service, operation, json)                                                             \
    "{\"service\":\"" service "\",\"operation\":\"" operation "\",\"times\":1,\"json\":" json "}"

static const struct row {
    const char *tool, *args, *rules;
    const char *found, *trouble; /* what is said of it */
    size_t done, known;          /* at least */
} rows[] = {
    {"aws_changes",
     "{\"source\":\"cloudtrail,config,rds\",\"since\":\"2026-02-04T00:00:00Z\","
     "\"until\":\"2026-02-04T11:00:00Z\"}",
     "[" ONCE(
         "cloudtrail", "LookupEvents",
         "{\"Events\":[{\"EventId\":\"1\",\"EventName\":\"StopInstances\",\"EventTime\":"
         "1770199000,\"EventSource\":\"ec2.amazonaws.com\",\"ReadOnly\":\"false\"}]}") "," DENIED("config",
                                                                                                  "SelectResourceConfig") "," BUSY("rds",
                                                                                                                                   "DescribeEvents") "]",
     "1 change", "rds in eu-west-1 throttled, asked again", 2, 3},
    {"aws_cost", "{\"what\":\"cost\"}",
     "[" ONCE("ce", "GetCostAndUsage",
              "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-02-03\",\"End\":"
              "\"2026-02-04\"},\"Groups\":[]}]}") "," BUSY("ce",
                                                           "GetCostForecast") "," DENIED("ce",
                                                                                         "GetAnomal"
                                                                                         "ies") "]",
     "", "ce GetAnomalies", 2, 3},
    {"aws_metrics",
     "{\"namespace\":\"AWS/EC2\",\"metric\":\"CPUUtilization\",\"dimensions\":{\"InstanceId\":"
     "\"i-1\"}}",
     "[" ONCE("cloudwatch", "GetMetricData",
              "{\"MetricDataResults\":{\"member\":[{\"Id\":\"q0\",\"Label\":\"x\",\"StatusCode\":"
              "\"PartialData\"}]},\"NextToken\":\"t\"}") "," BUSY("cloudwatch",
                                                                  "GetMetricData") "]",
     "1 series", "cloudwatch in eu-west-1 throttled, asked again", 0, 1},
    {"aws_logs", "{\"group\":\"/app\",\"pattern\":\"ERROR\"}",
     "[" ONCE("logs", "FilterLogEvents",
              "{\"events\":[{\"timestamp\":1770199000000,\"message\":\"ERROR\",\"eventId\":\"1\","
              "\"logStreamName\":\"s\"}],\"nextToken\":\"t\"}") "," BUSY("logs",
                                                                         "FilterLogEvents") "]",
     "1 found in 1 page", "logs in eu-west-1 throttled, asked again", 0, 1},
    {"aws_insights", "{\"groups\":\"/app\",\"query\":\"stats count()\"}",
     "[" ONCE("logs", "StartQuery", "{\"queryId\":\"q-1\"}") "," ONCE(
         "logs", "GetQueryResults",
         "{\"status\":\"Running\",\"results\":[],\"statistics\":{\"bytesScanned\":2000000,"
         "\"recordsMatched\":7}}") "," BUSY("logs", "GetQueryResults") "]",
     "Running, 1.91 MiB scanned, 7 matched", "logs in eu-west-1 throttled, asked again", 2, 3},
    {"aws_events", "{}",
     "[" ONCE("health", "DescribeEvents",
              "{\"events\":[{\"arn\":\"arn:aws:health:eu-west-1::event/EC2/X/1\",\"service\":"
              "\"EC2\",\"eventTypeCode\":\"AWS_EC2_ISSUE\",\"eventTypeCategory\":\"issue\","
              "\"region\":\"eu-west-1\",\"statusCode\":\"open\",\"startTime\":1770199000}],"
              "\"nextToken\":\"t\"}") "," BUSY("health", "DescribeEvents") "]",
     "1 events", "health in us-east-1 throttled, asked again", 0, 1},
    {"aws_advisor", "{}",
     "[" ONCE("support", "DescribeTrustedAdvisorChecks",
              "{\"checks\":[{\"id\":\"c1\",\"name\":\"Ports\",\"category\":\"security\","
              "\"description\":\"\",\"metadata\":[]}]}") "," BUSY("support", "DescribeTrustedAdviso"
                                                                             "rCheckSummaries") "]",
     "1 checks", "support in us-east-1 throttled, asked again", 1, 2},
    {"aws_health", "{\"service\":\"sqs\"}", "[" BUSY("sqs", "ListQueues") "]", "",
     "sqs in eu-west-1 throttled, asked again", 0, 1},
    {"aws_query",
     "{\"service\":\"dynamodb\",\"operation\":\"ListTables\",\"region\":"
     "\"eu-west-1,eu-central-1\"}",
     "[{\"service\":\"dynamodb\",\"operation\":\"ListTables\",\"region\":\"eu-central-1\",\"json\":"
     "{"
     "\"TableNames\":[\"orders\"]}}," BUSY("dynamodb", "ListTables") "]",
     "1 items", "dynamodb in eu-west-1 throttled, asked again", 1, 2},
    {"aws_resources", "{\"service\":\"sqs,sns\"}",
     "[" BUSY("sqs", "ListQueues") "," DENIED("sns", "ListTopics") "]", "",
     "sns ListTopics in eu-west-1 not permitted", 1, 2},
    {"aws_alarms", "{}",
     "[" ONCE("cloudwatch", "DescribeAlarms",
              "{\"MetricAlarms\":{\"member\":[{\"AlarmName\":\"a\",\"StateValue\":\"ALARM\"}]},"
              "\"NextToken\":"
              "\"t\"}") "," BUSY("cloudwatch", "DescribeAlarms") "]",
     "1 alarms", "cloudwatch in eu-west-1 throttled, asked again", 0, 1},
};

/* ---- one look ---- */

struct look {
    const struct row *row;
    struct test_clock clock;
    struct awsfake *fake;
    struct net net;
    struct tool_env env;
    struct tool_runner *runner;
    struct arena *arena;
    int done;
    bool as_expected;
    enum tool_status status;
    size_t told, last_done, last_known;
    char found[400], trouble[700], why[600];
};

static void on_told(void *ctx, tool_id id, const struct tool_progress *p)
{
    struct look *l = ctx;
    const struct value *v;
    struct err err = ERR_INIT;

    (void)id;
    assert_true(p->done <= p->known);
    assert_true(p->known >= l->last_known); /* what is known is not forgotten */
    assert_ok(json_parse(l->arena, p->body, &v, &err), &err);
    assert_string_equal(value_cstr_or(v, "schema", ""), "runbook.progress/1");
    assert_int_equal(value_i64_or(v, "done", -1), (int64_t)p->done);
    l->told++;
    l->last_done = p->done;
    l->last_known = p->known;
    snprintf(l->found, sizeof(l->found), "%s", value_cstr_or(v, "found", ""));
    snprintf(l->trouble, sizeof(l->trouble), "%s", value_cstr_or(v, "trouble", ""));
    l->as_expected = strstr(l->found, l->row->found) && strstr(l->trouble, l->row->trouble) &&
                     p->done >= l->row->done && p->known >= l->row->known && p->done < p->known;
}

static void on_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms)
{
    struct look *l = ctx;

    (void)id;
    (void)duration_ms;
    l->status = r->status;
    snprintf(l->why, sizeof(l->why), "%s %s", r->summary, r->err.msg);
    l->done++;
}

static void begin(struct look *l, const struct row *row, const char *rules)
{
    static const char *const regions[] = {"eu-west-1", NULL};
    static const struct aws_credentials_options keys = {.machine_file = "/nonexistent/vendor"};

    *l = (struct look){.row = row, .fake = awsfake_open(rules), .arena = arena_new(0)};
    test_clock_init(&l->clock, 1770199200000);
    awsfake_env(l->fake);
    net_init_clock(&l->net, &l->clock.clock, NULL);
    l->env.loop = l->net.loop;
    l->env.aws = aws_estate_new(l->net.loop, l->net.client, aws_catalogue_new(NULL, 0));
    (void)aws_estate_add(l->env.aws, &(struct aws_account_options){.name = "prod",
                                                                   .number = "111111111111",
                                                                   .regions = regions,
                                                                   .keys = &keys});
    l->runner = tool_runner_new(l->net.loop, &l->env);
    tool_runner_watch(l->runner, on_told, l);
}

static void end(struct look *l)
{
    tool_runner_free(l->runner);
    aws_estate_free(l->env.aws);
    net_release(&l->net);
    awsfake_close(l->fake);
    arena_free(l->arena);
}

/* Time goes by while the server is waited for; far less than it asked us to wait. */
static bool has_said(void *ctx)
{
    struct look *l = ctx;

    if (!l->as_expected && !l->done)
        test_clock_step(&l->clock, 2);
    return l->as_expected || l->done;
}

/* A query that runs at AWS is stopped there, which is no question. */
static size_t questions(struct look *l)
{
    return awsfake_count(l->fake, NULL) - awsfake_count(l->fake, "logs:StopQuery");
}

static void try_row(const struct row *row)
{
    struct look *l = xcalloc(1, sizeof(*l));
    struct err err = ERR_INIT;
    size_t asked, told;
    tool_id id;

    begin(l, row, row->rules);
    assert_ok(tool_run(l->runner, row->tool, str_from(row->args), on_done, l, &id, &err), &err);
    if (!net_turn_until(&l->net, has_said, l) || l->done)
        fail_msg("%s: told %zu times, last %zu of %zu calls, \"%s\", \"%s\"; ended: %d %s",
                 row->tool, l->told, l->last_done, l->last_known, l->found, l->trouble, l->done,
                 l->why);
    tool_run_cancel(l->runner, id);
    net_settle(&l->net);
    assert_int_equal(l->done, 1); /* at once */
    assert_int_equal(l->status, TOOL_CANCELED);
    net_settle(&l->net);
    asked = questions(l);
    told = l->told;
    test_clock_step(&l->clock, 120000);
    net_settle(&l->net);
    assert_int_equal(questions(l), asked); /* and nothing is asked behind it */
    assert_int_equal(l->told, told);
    end(l);
    free(l);
}

static void test_every_tool_tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        try_row(&rows[i]);
}

/* An answer that comes at once is told once, as an answer. */
static void test_quick_answers_tell_nothing(void **state)
{
    static const struct row quick = {.found = "", .trouble = "nothing says this"};
    struct look *l = xcalloc(1, sizeof(*l));
    struct err err = ERR_INIT;
    tool_id id;

    (void)state;
    begin(l, &quick, "[]");
    assert_ok(tool_run(l->runner, "aws_changes", STR_LIT("{}"), on_done, l, &id, &err), &err);
    /* CloudTrail's turns are the clock's; all else answers without it. */
    net_wait(&l->net, &l->done);
    assert_int_equal(l->told, 0);
    end(l);
    free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_tool_tells),
        cmocka_unit_test(test_quick_answers_tell_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_xray.c - the graph of services, lists of traces and whole traces of X-Ray. A-05 */
#include "runbook/codec/json.h"
#include "runbook/service/aws/xray.h"
#include "tests/unit/service/awsrun.h"

#define T0 INT64_C(1795220000000)

struct run {
    struct awsrun aws;
    struct buf json, topology;
    int done;
    size_t services, edges, summaries, traces, missing;
    bool more;
    enum aws_end end;
};

static void on_done(void *ctx, const struct aws_xray_answer *a)
{
    struct run *r = ctx;

    r->done++;
    r->services = a->service_count;
    r->edges = a->edge_count;
    r->summaries = a->summary_count;
    r->traces = a->trace_count;
    r->missing = a->missing;
    r->more = a->more;
    r->end = a->end;
    aws_xray_json(a, "shop", &r->json);
    aws_xray_topology(a, &r->topology);
}

static void init(struct run *r)
{
    memset(r, 0, sizeof(*r));
    awsrun_init(&r->aws);
    buf_init(&r->json, 1 << 20);
    buf_init(&r->topology, 1 << 20);
}

static void fetch(struct run *r, struct aws_xray_request q)
{
    struct aws_xray *x;
    struct err err = ERR_INIT;

    q.since_ms = T0;
    q.until_ms = T0 + 3600000;
    x = aws_xray_start(r->aws.estate, r->aws.account, &q, on_done, r, &err);
    if (!x)
        fail_msg("%s", err.msg);
    net_wait(&r->aws.net, &r->done);
    aws_xray_free(x);
}

static void release(struct run *r)
{
    awsrun_release(&r->aws);
    buf_release(&r->json);
    buf_release(&r->topology);
}

static void has(const struct buf *b, const char *text)
{
    if (!strstr(buf_cstr(b), text))
        fail_msg("'%s' is not in %.3000s", text, buf_cstr(b));
}

/* An edge may lead to a service of a later page; who only calls is no node of the topology. */
static void test_graph(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(
        &r.aws, "POST /ServiceGraph", 200,
        "{\"Services\":[{\"ReferenceId\":0,\"Name\":\"web\",\"Type\":\"client\",\"Edges\":[{"
        "\"ReferenceId\":1}]},{\"ReferenceId\":1,\"Name\":\"web\",\"Type\":\"AWS::ECS::Container\","
        "\"Root\":true,\"SummaryStatistics\":{\"TotalCount\":10,\"OkCount\":7,\"ErrorStatistics\":{"
        "\"TotalCount\":1,\"ThrottleCount\":1},\"FaultStatistics\":{\"TotalCount\":2},"
        "\"TotalResponseTime\":5},\"Edges\":[{\"ReferenceId\":2},{\"ReferenceId\":9},{"
        "\"ReferenceId\":1}]}],\"NextToken\":\"more\"}");
    awsrun_answer(&r.aws, "\"NextToken\":\"more\"", 200,
                  "{\"Services\":[{\"ReferenceId\":2,\"Name\":\"orders\",\"Type\":"
                  "\"AWS::DynamoDB::Table\"},{\"ReferenceId\":4,\"Name\":"
                  "\"app@orders-db.abc.eu-west-1.rds.amazonaws.com\",\"Type\":"
                  "\"Database::SQL\"},{\"ReferenceId\":3,\"Name\":\"orders\",\"Type\":"
                  "\"remote\"}]}");
    fetch(&r, (struct aws_xray_request){.what = AWS_XRAY_GRAPH});
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(r.services, 5);
    assert_int_equal(r.edges, 3); /* 9 is not there */
    has(&r.json, "\"requests\":10,\"errors\":1,\"throttles\":1,\"faults\":2,\"mean_s\":0.5");
    assert_string_equal(
        buf_cstr(&r.topology),
        "{\"nodes\":[{\"id\":\"web\",\"name\":\"web\",\"type\":\"service\"},{\"id\":\"orders\","
        "\"name\":\"orders\",\"type\":\"database\"},{\"id\":"
        "\"app@orders-db.abc.eu-west-1.rds.amazonaws.com\",\"name\":\"orders-db\",\"type\":"
        "\"database\"},{\"id\":\"orders (remote)\",\"name\":"
        "\"orders (remote)\",\"type\":\"external\"}],\"edges\":[{\"source\":\"web\",\"target\":"
        "\"orders\",\"type\":\"database\"}]}");
    release(&r);
}

static void test_summaries(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(
        &r.aws, "POST /TraceSummaries", 200,
        "{\"TraceSummaries\":[{\"Id\":\"1-58406520-a006649127e371903a2de979\",\"Duration\":"
        "0.5,\"HasFault\":true,\"Http\":{\"HttpStatus\":500,\"HttpURL\":\"http://x/\","
        "\"HttpMethod\":\"GET\"}},{\"Id\":\"1-58406521-a006649127e371903a2de979\"},{"
        "\"Id\":\"odd\"}],\"NextToken\":\"t\"}");
    fetch(&r, (struct aws_xray_request){
                  .what = AWS_XRAY_SUMMARIES, .filter = "fault = true", .max = 2});
    assert_int_equal(r.summaries, 2);
    assert_true(r.more);
    assert_int_equal(awsrun_times(&r.aws, "\"FilterExpression\":\"fault = true\""), 1);
    has(&r.json, "\"traces\":[{\"id\":\"1-58406521-a006649127e371903a2de979\",\"time\":"
                 "\"2016-12-01T18:00:01.000Z\"");
    has(&r.json, "\"status\":500");
    release(&r);
}

/* Five at a time; spans of one trace come in any order and from several segments. */
static void test_traces(void **state)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(
        &r.aws, "\"TraceIds\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", 200,
        "{\"Traces\":[{\"Id\":\"a\",\"Duration\":2,\"Segments\":[{\"Id\":\"2\",\"Document\":"
        "\"{\\\"id\\\":\\\"s2\\\",\\\"name\\\":\\\"db\\\",\\\"parent_id\\\":\\\"sub\\\","
        "\\\"start_time\\\":11,\\\"end_time\\\":12,\\\"fault\\\":true,\\\"cause\\\":{"
        "\\\"exceptions\\\":[{\\\"type\\\":\\\"Timeout\\\",\\\"message\\\":\\\"late\\\"}]}}\"},{"
        "\"Id\":\"1\",\"Document\":\"{\\\"id\\\":\\\"s1\\\",\\\"name\\\":\\\"web\\\","
        "\\\"start_time\\\":10,\\\"end_time\\\":12,\\\"subsegments\\\":[{\\\"id\\\":\\\"sub\\\","
        "\\\"name\\\":\\\"call\\\",\\\"start_time\\\":10.5,\\\"end_time\\\":12}]}\"},{\"Id\":\"3\","
        "\"Document\":\"no json\"}]}]}");
    awsrun_answer(&r.aws, "\"TraceIds\":[\"f\"]", 200, "{\"Traces\":[]}");
    fetch(&r, (struct aws_xray_request){.what = AWS_XRAY_TRACES, .ids = ids, .id_count = 6});
    assert_int_equal(r.traces, 1);
    assert_int_equal(r.missing, 5);
    has(&r.json, "\"unread\":1,\"spans\":[{\"depth\":0,\"name\":\"web\"");
    has(&r.json, "{\"depth\":1,\"name\":\"call\"");
    has(&r.json, "{\"depth\":2,\"name\":\"db\",\"start\":11,\"seconds\":1,\"failed\":\"fault\","
                 "\"cause\":\"Timeout: late\"}");
    release(&r);
}

/* Segments that are each other's parents, and deep ones, end. */
static void test_hostile_segments(void **state)
{
    struct arena *a = arena_new(0);
    struct buf text = BUF_INIT(1 << 20);
    const struct value *v;
    struct aws_xray_trace t = {0};
    struct err err = ERR_INIT;

    (void)state;
    buf_adds(&text, "[{\"Document\":\"{\\\"id\\\":\\\"x\\\",\\\"parent_id\\\":\\\"y\\\"}\"},"
                    "{\"Document\":\"{\\\"id\\\":\\\"y\\\",\\\"parent_id\\\":\\\"x\\\"}\"},"
                    "{\"Document\":\"{\\\"id\\\":\\\"x\\\",\\\"parent_id\\\":\\\"x\\\"}\"},"
                    "{\"Document\":\"[1]\"},{\"Document\":\"");
    for (int i = 0; i < 62; i++)
        buf_adds(&text, "{\\\"subsegments\\\":[");
    for (int i = 0; i < 62; i++)
        buf_adds(&text, "]}");
    buf_adds(&text, "\"}]");
    assert_ok(json_parse(a, buf_str(&text), &v, &err), &err);
    aws_xray_spans(a, v, &t);
    assert_true(t.count >= 3);
    assert_true(t.cut);
    buf_release(&text);
    arena_free(a);
}

static void test_bad_requests(void **state)
{
    struct aws_xray_request q = {
        .what = AWS_XRAY_GRAPH, .since_ms = T0, .until_ms = T0 + AWS_XRAY_WINDOW_MS + 1};
    struct run r;
    struct err err = ERR_INIT;

    (void)state;
    init(&r);
    assert_null(aws_xray_start(r.aws.estate, r.aws.account, &q, on_done, &r, &err));
    assert_non_null(strstr(err.msg, "6 hours"));
    q.what = AWS_XRAY_TRACES;
    assert_null(aws_xray_start(r.aws.estate, r.aws.account, &q, on_done, &r, &err));
    q = (struct aws_xray_request){
        .what = AWS_XRAY_GRAPH, .since_ms = T0, .until_ms = T0 + AWS_XRAY_WINDOW_MS};
    awsrun_answer(&r.aws, "ServiceGraph", 403,
                  "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    fetch(&r, q);
    assert_int_equal(r.end, AWS_END_DENIED);
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph),        cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_traces),       cmocka_unit_test(test_hostile_segments),
        cmocka_unit_test(test_bad_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_metrics.c - GetMetricData: what is planned before anything is asked, and what comes of
 * pages, several calls, refusals and partial data. A-05 */
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/metrics.h"
#include "runbook/service/prom_answer.h"
#include "tests/unit/service/awsrun.h"

#define S INT64_C(1000)
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW INT64_C(1795220000000)

/* Retention as CloudWatch's user guide has it, from both sides of each border. */
static void test_periods(void **state)
{
    static const struct {
        int64_t age, window, period;
    } cases[] = {
        {HOUR, HOUR, 60},
        {DAY, DAY, 60},
        {DAY + MINUTE, DAY + MINUTE, 300},
        {15 * DAY, HOUR, 60},
        {15 * DAY + 1, HOUR, 300},
        {63 * DAY, HOUR, 300},
        {63 * DAY + 1, HOUR, 3600},
        {15 * DAY, 15 * DAY, 900},
        {15 * DAY + 1, 15 * DAY, 900},
        {60 * DAY, 60 * DAY, 3600},
        {60 * DAY + 1, 60 * DAY + 1, 3600},
        {61 * DAY, 61 * DAY, 21600},
        {455 * DAY, 455 * DAY, 86400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t start = NOW - cases[i].age;

        if (aws_metrics_period(start, start + cases[i].window, NOW) != cases[i].period)
            fail_msg("case %zu gives %lld", i,
                     (long long)aws_metrics_period(start, start + cases[i].window, NOW));
    }
    assert_int_equal(aws_metrics_kept_s(NOW - 3 * HOUR, NOW), 1);
    assert_int_equal(aws_metrics_kept_s(NOW - 3 * HOUR - 1, NOW), 60);
}

struct planned {
    struct arena *arena;
    struct aws_metrics_plan plan;
    struct err err;
    enum err_code rc;
};

static void plan(struct planned *p, const struct aws_metric_query *q, size_t n, int64_t window,
                 int64_t period_s)
{
    struct aws_metrics_request r = {
        .queries = q, .count = n, .start_ms = NOW - window, .end_ms = NOW, .period_s = period_s};

    p->arena = arena_new(0);
    p->err = (struct err)ERR_INIT;
    p->rc = aws_metrics_plan(p->arena, &r, NOW, &p->plan, &p->err);
}

static void refused(const struct aws_metric_query *q, size_t n, int64_t period_s, const char *says)
{
    struct planned p;

    plan(&p, q, n, HOUR, period_s);
    assert_int_equal(p.rc == ERR_OK, 0);
    if (!strstr(p.err.msg, says))
        fail_msg("'%s' does not say '%s'", p.err.msg, says);
    arena_free(p.arena);
}

static const struct aws_metric_query cpu = {.space = "AWS/EC2", .metric = "CPUUtilization"};

static void test_refusals(void **state)
{
    struct aws_metric_query two[2] = {cpu, cpu}, q = cpu;

    (void)state;
    q.id = "CPU";
    refused(&q, 1, 0, "small letter");
    q.id = "c-pu";
    refused(&q, 1, 0, "small letter");
    q.id = NULL;
    q.metric = NULL;
    refused(&q, 1, 0, "namespace and a metric");
    q = cpu;
    q.expression = "SUM(METRICS())";
    refused(&q, 1, 0, "not both");
    refused(&cpu, 1, 59, "multiple of 60");
    refused(&cpu, 1, 61, "multiple of 60");
    refused(&cpu, 1, 2 * 86400, "multiple of 60");
    refused(&cpu, 0, 0, "from 1 to");
    two[0].id = two[1].id = "a";
    refused(two, 2, 0, "two queries have the id 'a'");
}

/* 500 queries or 100,800 points a call, and not one more. */
static void test_batches(void **state)
{
    static struct aws_metric_query many[1001];
    struct planned p;

    (void)state;
    for (size_t i = 0; i < 1001; i++)
        many[i] = cpu;
    plan(&p, many, 500, HOUR, 0);
    assert_int_equal(p.plan.count, 1);
    arena_free(p.arena);
    plan(&p, many, 501, HOUR, 0);
    assert_int_equal(p.plan.count, 2);
    assert_int_equal(p.plan.calls[0].count, 500);
    assert_int_equal(p.plan.calls[1].count, 1);
    assert_int_equal(p.plan.metrics, 501);
    assert_true(p.plan.cost_usd > 0.00500 && p.plan.cost_usd < 0.00502);
    arena_free(p.arena);
    plan(&p, many, 1001, HOUR, 0);
    assert_int_equal(p.plan.count, 3);
    arena_free(p.arena);
    plan(&p, many, 70, DAY - HOUR, 60); /* 1,381 or 1,382 points each: 72 fit */
    assert_int_equal(p.plan.count, 1);
    arena_free(p.arena);
    plan(&p, many, 80, DAY - HOUR, 60);
    assert_int_equal(p.plan.count, 2);
    arena_free(p.arena);
}

/* An expression stays with what it names, wherever the cut would be; quoted words name nothing. */
static void test_expressions(void **state)
{
    static struct aws_metric_query many[503];
    struct planned p;
    size_t with = 0;

    (void)state;
    for (size_t i = 0; i < 502; i++)
        many[i] = cpu;
    many[0].id = "first";
    many[501].id = "last";
    many[502] = (struct aws_metric_query){.expression = "100 * first / last + FILL('q7', 0)"};
    plan(&p, many, 503, HOUR, 0);
    assert_int_equal(p.rc, ERR_OK);
    assert_int_equal(p.plan.count, 2);
    for (size_t i = 0; i < p.plan.calls[0].count; i++)
        with += p.plan.calls[0].queries[i] == 0 || p.plan.calls[0].queries[i] == 501 ||
                p.plan.calls[0].queries[i] == 502;
    assert_int_equal(with, 3);
    assert_int_equal(p.plan.metrics, 502);
    assert_false(p.plan.searches);
    arena_free(p.arena);
    many[502].expression = "SUM(METRICS())";
    plan(&p, many, 503, HOUR, 0);
    assert_int_equal(p.rc, ERR_LIMIT);
    arena_free(p.arena);
    many[0] = (struct aws_metric_query){.expression = "SEARCH('{AWS/EC2}', 'Average')"};
    plan(&p, many, 1, HOUR, 0);
    assert_true(p.plan.searches);
    arena_free(p.arena);
}

/* Borders of periods, and a period that is not kept of that time any more. */
static void test_alignment(void **state)
{
    struct planned p;

    (void)state;
    plan(&p, &cpu, 1, HOUR, 300);
    assert_int_equal(p.plan.start_ms % (300 * S), 0);
    assert_int_equal(p.plan.end_ms % (300 * S), 0);
    assert_true(p.plan.start_ms <= NOW - HOUR && p.plan.end_ms >= NOW);
    assert_false(p.plan.raised);
    arena_free(p.arena);
    plan(&p, &cpu, 1, 4 * HOUR, 10);
    assert_true(p.plan.raised);
    assert_int_equal(p.plan.period_s, 60);
    arena_free(p.arena);
}

/* ---- against a server ---- */

struct run {
    struct awsrun aws;
    struct aws_metrics *m;
    struct buf json;
    int done;
    enum aws_end end;
    size_t count, points;
    enum aws_metric_state states[8];
};

static void on_done(void *ctx, const struct aws_metrics_answer *a)
{
    struct run *r = ctx;

    r->done++;
    r->end = a->end;
    r->count = a->count;
    r->points = a->points;
    for (size_t i = 0; i < a->count && i < 8; i++)
        r->states[i] = a->series[i].state;
    aws_metrics_json(a, "shop", &r->json);
}

static void fetch(struct run *r, const struct aws_metric_query *q, size_t n)
{
    int64_t now = loop_wall_ms(r->aws.net.loop);
    struct aws_metrics_request req = {
        .queries = q, .count = n, .start_ms = now - HOUR, .end_ms = now};
    struct err err = ERR_INIT;

    buf_init(&r->json, 64 << 20);
    r->m = aws_metrics_start(r->aws.estate, r->aws.account, &req, on_done, r, &err);
    if (!r->m)
        fail_msg("%s", err.msg);
    net_wait(&r->aws.net, &r->done);
    aws_metrics_free(r->m);
}

static void release(struct run *r)
{
    awsrun_release(&r->aws);
    buf_release(&r->json);
}

#define HEAD "<GetMetricDataResponse><GetMetricDataResult><MetricDataResults>"
#define TAIL(more) "</MetricDataResults>" more "</GetMetricDataResult></GetMetricDataResponse>"
#define SERIES(id, label, times, values, code)                                                     \
    "<member><Id>" id "</Id><Label>" label "</Label><Timestamps>" times                            \
    "</Timestamps><Values>" values "</Values><StatusCode>" code "</StatusCode></member>"
#define T1 "<member>2026-11-21T00:00:00Z</member>"
#define T2 "<member>2026-11-21T00:01:00Z</member>"
#define T3 "<member>2026-11-21T00:02:00Z</member>"

/* A series over two pages is one; what a page repeats stands once; order is by time. */
static void test_pages(void **state)
{
    struct aws_metric_query q[] = {cpu, {.expression = "q1 * 2", .label = "twice"}};
    struct aws_dimension d[] = {{"InstanceId", "i-1"}, {"region", "x"}};
    struct run r = {0};
    struct arena *a = arena_new(0);
    struct prom_answer answer;
    struct err err = ERR_INIT;

    (void)state;
    awsrun_init(&r.aws);
    q[0].dimensions = d;
    q[0].dimension_count = 2;
    awsrun_answer(&r.aws, "Action=GetMetricData", 200,
                  HEAD SERIES("q2", "twice", T1, "<member>2.0</member>", "Complete")
                      SERIES("q1", "CPU &lt;x&gt;", T2 T1,
                             "<member>2.0</member><member>1.0</member>", "PartialData")
                          TAIL("<NextToken>more</NextToken>"));
    awsrun_answer(&r.aws, "NextToken=more", 200,
                  HEAD SERIES("q1", "CPU &lt;x&gt;", T2 T3,
                              "<member>2.0</member><member>3.5</member>", "Complete") TAIL(""));
    fetch(&r, q, 2);
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.points, 4);
    assert_int_equal(r.states[0], AWS_METRIC_WHOLE);
    assert_int_equal(awsrun_times(&r.aws, "MetricDataQueries.member.2.Expression=q1"), 2);
    assert_ok(prom_decode(buf_str(&r.json), NULL, a, &answer, &err), &err);
    assert_int_equal(answer.type, PROM_MATRIX);
    assert_int_equal(answer.series_count, 2);
    assert_string_equal(prom_label(answer.series[0].labels, "__name__"), "CPUUtilization");
    assert_string_equal(prom_label(answer.series[0].labels, "InstanceId"), "i-1");
    assert_string_equal(prom_label(answer.series[0].labels, "region"), "eu-west-1");
    assert_string_equal(prom_label(answer.series[0].labels, "dimension_region"), "x");
    assert_int_equal(answer.series[0].count, 3);
    assert_true(answer.series[0].points[2].value == 3.5);
    assert_string_equal(prom_label(answer.series[1].labels, "__name__"), "twice");
    assert_int_equal(answer.warnings.count, 0);
    arena_free(a);
    release(&r);
}

/* Nothing came is not: it failed; each series says what it is. */
static void test_partial(void **state)
{
    static const struct aws_metric_query q[] = {
        {.id = "a", .space = "X", .metric = "A"},
        {.id = "b", .space = "X", .metric = "B"},
        {.id = "c", .space = "X", .metric = "C"},
        {.id = "d", .space = "X", .metric = "D"},
        {.id = "e", .space = "X", .metric = "E", .hidden = true}};
    struct run r = {0};

    (void)state;
    awsrun_init(&r.aws);
    awsrun_answer(&r.aws, "GetMetricData", 200,
                  HEAD SERIES("a", "A", "", "", "Complete")
                      SERIES("b", "B", T1, "<member>1</member>",
                             "InternalError") SERIES("c", "C", "", "", "Forbidden")
                          SERIES("zz", "?", T1, "<member>1</member>", "Complete")
                              TAIL("<Messages><member><Code>X</Code><Value>no\xc2\x9b luck</Value>"
                                   "</member></Messages>"));
    fetch(&r, q, 5);
    assert_int_equal(r.count, 4);
    assert_int_equal(r.states[0], AWS_METRIC_WHOLE);
    assert_int_equal(r.states[1], AWS_METRIC_FAILED);
    assert_int_equal(r.states[2], AWS_METRIC_FORBIDDEN);
    assert_int_equal(r.states[3], AWS_METRIC_FAILED); /* nothing was said of it */
    assert_non_null(strstr(buf_cstr(&r.json), "2 of 4 series are failed"));
    assert_non_null(strstr(buf_cstr(&r.json), "1 of 4 series are forbidden"));
    assert_non_null(strstr(buf_cstr(&r.json), "\"cost_usd\":5e-05"));
    release(&r);
}

static void test_one_call_denied(void **state)
{
    static struct aws_metric_query q[501];
    struct run r = {0};

    (void)state;
    for (size_t i = 0; i < 501; i++)
        q[i] = cpu;
    awsrun_init(&r.aws);
    awsrun_answer(&r.aws, "Id=q501&", 403,
                  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                  "</ErrorResponse>");
    awsrun_answer(&r.aws, "Id=q1&", 200,
                  HEAD SERIES("q1", "CPU", T1, "<member>1</member>", "Complete") TAIL(""));
    fetch(&r, q, 501);
    assert_int_equal(r.end, AWS_END_DENIED);
    assert_int_equal(r.count, 501);
    assert_int_equal(r.points, 1);
    assert_non_null(strstr(buf_cstr(&r.json), "1 of 2 calls failed: "));
    release(&r);
}

/* Freed while it is under way: nobody is called. */
static void test_freed(void **state)
{
    struct run r = {0};
    struct aws_metrics_request req = {.queries = &cpu, .count = 1};
    struct err err = ERR_INIT;

    (void)state;
    awsrun_init(&r.aws);
    req.end_ms = loop_wall_ms(r.aws.net.loop);
    req.start_ms = req.end_ms - HOUR;
    r.m = aws_metrics_start(r.aws.estate, r.aws.account, &req, on_done, &r, &err);
    assert_non_null(r.m);
    aws_metrics_free(r.m);
    net_settle(&r.aws.net);
    assert_int_equal(r.done, 0);
    req.region = "no region";
    assert_null(aws_metrics_start(r.aws.estate, r.aws.account, &req, on_done, &r, &err));
    assert_int_equal(err.code, ERR_INPUT);
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_batches),   cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_alignment), cmocka_unit_test(test_pages),
        cmocka_unit_test(test_partial),   cmocka_unit_test(test_one_call_denied),
        cmocka_unit_test(test_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

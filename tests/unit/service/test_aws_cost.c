/* test_aws_cost.c - what is paid and what is unusual in it, what stands idle, what Health and
 * Trusted Advisor say; the numbers that decide from both sides, and what is refused. A-20 */
#include "tests/unit/net/netrun.h"

#include <math.h>

#include "runbook/base/timefmt.h"
#include "runbook/service/aws/advisor.h"
#include "runbook/service/aws/cost.h"
#include "runbook/service/aws/health_events.h"
#include "runbook/service/aws/idle.h"
#include "tests/lib/awsfake.h"

#define DAY_MS INT64_C(86400000)
#define assert_near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

struct bench {
    struct net net;
    struct awsfake *aws;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    int done;
};

static void bench_init(struct bench *b, const char *rules)
{
    memset(b, 0, sizeof(*b));
    net_init(&b->net);
    b->aws = awsfake_open(rules);
    awsfake_env(b->aws);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    b->credentials =
        aws_credentials_new(b->net.loop, b->net.client, &(struct aws_credentials_options){0});
    b->client = aws_client_new(&(struct aws_client_options){
        .loop = b->net.loop, .http = b->net.client, .credentials = b->credentials});
    b->catalogue = aws_catalogue_new(NULL, 0);
}

static void bench_release(struct bench *b)
{
    aws_client_free(b->client);
    aws_credentials_free(b->credentials);
    aws_catalogue_free(b->catalogue);
    awsfake_close(b->aws);
    net_release(&b->net);
}

static void on_done(void *ctx)
{
    ((struct bench *)ctx)->done++;
}

/* ---- the rule ---- */

/* Median 100, deviations 0 and 10 in equal parts: a robust deviation of 14.826 where it is not less
 * than 5 % of the median. */
static void test_rule(void **state)
{
    double calm[28], steady[28], small[28];
    struct aws_spend_verdict v;

    (void)state;
    for (int i = 0; i < 28; i++) {
        calm[i] = i % 2 ? 110 : 90;
        steady[i] = 100;
        small[i] = 0.1;
    }
    v = aws_spend_judge(calm, 28, 100);
    assert_near(v.median, 100, 1e-9);
    assert_near(v.deviation, 14.826, 1e-9);
    assert_false(v.unusual);
    assert_false(aws_spend_judge(calm, 28, 100 + 3.5 * 14.826 - 0.001).unusual);
    assert_true(aws_spend_judge(calm, 28, 100 + 3.5 * 14.826 + 0.001).unusual);
    assert_false(aws_spend_judge(calm, 28, 100 - 3.5 * 14.826 + 0.001).unusual);
    assert_true(aws_spend_judge(calm, 28, 100 - 3.5 * 14.826 - 0.001).unusual);
    /* What is the same each day: 5 % of the median is the least deviation. */
    assert_near(aws_spend_judge(steady, 28, 100).deviation, 5, 1e-9);
    assert_false(aws_spend_judge(steady, 28, 117.49).unusual);
    assert_true(aws_spend_judge(steady, 28, 117.51).unusual);
    /* Far off by deviations, but not by a dollar. */
    assert_false(aws_spend_judge(small, 28, 1.1).unusual);
    assert_true(aws_spend_judge(small, 28, 1.11).unusual);
    /* Six days before say nothing, seven do. */
    assert_false(aws_spend_judge(steady, 6, 1000).unusual);
    assert_true(isnan(aws_spend_judge(steady, 6, 1000).z));
    assert_true(aws_spend_judge(steady, 7, 1000).unusual);
    steady[3] = NAN;
    assert_false(aws_spend_judge(steady, 7, 1000).unusual);
    assert_false(aws_spend_judge(calm, 28, NAN).unusual);
}

static void test_prices(void **state)
{
    (void)state;
    for (size_t i = 0; aws_price_at(i); i++) {
        const struct aws_price *p = aws_price_at(i);

        assert_true(p->usd > 0 && p->usd < 10);
        assert_true(strcmp(p->unit, "hour") == 0 || strcmp(p->unit, "GiB-month") == 0);
        assert_true(strlen(p->source) > 10);
        assert_ptr_equal(aws_price_of(p->item), p);
    }
    assert_null(aws_price_of("gp9"));
}

/* ---- costs ---- */

static void day_text(int64_t ms, char out[11])
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    (void)snprintf(out, 11, "%.10s", text);
}

/* Each day as one wants it, on two pages; today costs nothing yet. */
static void cost_rules(struct buf *out, int64_t now, int days, int odd)
{
    for (int page = 1; page >= 0; page--) {
        buf_addf(out,
                 "%s{\"service\":\"ce\",\"operation\":\"GetCostAndUsage\",%s\"json\":{%s"
                 "\"ResultsByTime\":[",
                 page ? "[" : ",", page ? "\"match\":\"p2\"," : "",
                 page ? "" : "\"NextPageToken\":\"p2\",");
        for (int i = days - 1; i >= 0; i--) {
            char day[11];

            if ((i < days / 2) != page)
                continue;
            day_text(now - i * DAY_MS, day);
            buf_addf(out,
                     "%s{\"TimePeriod\":{\"Start\":\"%s\"},\"Groups\":[{\"Keys\":[\"Amazon S3\"],"
                     "\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"%s\",\"Unit\":\"USD\"}}},"
                     "{\"Keys\":[\"Bad\"],\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"much\"}}}]}",
                     i == days - 1 || (page && i == days / 2 - 1) ? "" : ",", day,
                     i == 0     ? "0"
                     : i == odd ? "50"
                                : "10");
        }
        buf_adds(out, "]}}");
    }
    buf_adds(out, ",{\"service\":\"ce\",\"operation\":\"GetCostForecast\",\"status\":400,\"error\":"
                  "\"DataUnavailableException\",\"message\":\"too little\"}]");
}

static void test_cost(void **state)
{
    struct buf rules = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    int64_t now = 0;
    struct aws_cost_query q = {.days = 35, .forecast = true, .anomalies = true};
    struct aws_cost_answer a;
    struct aws_cost *c;
    struct json_writer w;
    struct bench b;

    (void)state;
    bench_init(&b, "[]");
    now = loop_wall_ms(b.net.loop);
    cost_rules(&rules, now, 35, 7);
    awsfake_add(b.aws, buf_cstr(&rules));
    q.loop = b.net.loop;
    q.catalogue = b.catalogue;
    q.client = b.client;
    assert_int_equal(aws_cost_requests_of(&q), 3);
    c = aws_cost_start(&q, on_done, &b);
    net_wait(&b.net, &b.done);
    aws_cost_answer(c, &a);
    assert_int_equal(a.requests, 4); /* two pages, and two more */
    assert_near(a.paid_usd, 0.04, 1e-9);
    assert_int_equal(a.day_count, 35);
    assert_int_equal(a.spend_count, 1);
    assert_near(a.spend[0].total, 33 * 10 + 50, 1e-9);
    assert_near(a.total[33], 10, 1e-9);
    /* Seven days ago is judged, and so named; today is not judged though it cost nothing. */
    assert_int_equal(a.anomaly_count, 1);
    assert_string_equal(a.anomalies[0].from, a.days[27]);
    assert_near(a.anomalies[0].usd, 50, 1e-9);
    assert_near(a.anomalies[0].expected_usd, 10, 1e-9);
    assert_true(isfinite(a.month_to_date));
    assert_true(isnan(a.forecast));
    assert_int_equal(a.parts[1].end, AWS_END_REFUSED);
    assert_int_equal(a.parts[2].end, AWS_END_WHOLE);
    json_writer_init(&w, &out);
    aws_cost_write(c, &w);
    assert_non_null(strstr(buf_cstr(&out), "\"paid_usd\":0.04"));
    aws_cost_free(c);
    /* Eight days ago is not among the last seven. */
    buf_clear(&rules);
    cost_rules(&rules, now, 35, 8);
    awsfake_add(b.aws, buf_cstr(&rules));
    b.done = 0;
    q.forecast = q.anomalies = false;
    c = aws_cost_start(&q, on_done, &b);
    net_wait(&b.net, &b.done);
    aws_cost_answer(c, &a);
    assert_int_equal(a.anomaly_count, 0);
    aws_cost_free(c);
    c = aws_cost_start(&q, on_done, &b); /* freed while it is under way */
    aws_cost_free(c);
    buf_release(&rules);
    buf_release(&out);
    bench_release(&b);
}

/* ---- idle ---- */

static void search(struct bench *b, struct aws_idle_search **ret, int64_t now)
{
    struct aws_idle_query q = {.loop = b->net.loop,
                               .catalogue = b->catalogue,
                               .client = b->client,
                               .region = "eu-west-1",
                               .now_ms = now};

    b->done = 0;
    *ret = aws_idle_start(&q, on_done, b);
    net_wait(&b->net, &b->done);
}

static size_t count_of(const struct aws_idle_search *s, const char *kind)
{
    size_t n, found = 0;
    const struct aws_idle *list = aws_idle_list(s, &n);

    for (size_t i = 0; i < n; i++)
        found += strcmp(list[i].kind, kind) == 0;
    return found;
}

/* 180 days are not old, a second more is; a kind of volume without a price is named, not guessed; a
 * target group that cannot be read leaves all load balancers alone. */
static void test_idle(void **state)
{
    static const char rules[] =
        "[{\"service\":\"ec2\",\"operation\":\"DescribeSnapshots\",\"json\":{\"snapshotSet\":{"
        "\"item\":[{\"snapshotId\":\"snap-1\",\"startTime\":\"2026-01-01T00:00:00Z\","
        "\"volumeSize\":\"10\"}]}}},"
        "{\"service\":\"ec2\",\"operation\":\"DescribeVolumes\",\"json\":{\"volumeSet\":{\"item\":"
        "[{\"volumeId\":\"vol-1\",\"size\":\"7\",\"volumeType\":\"gp9\",\"status\":\"available\"}]"
        "}}},"
        "{\"service\":\"elbv2\",\"operation\":\"DescribeLoadBalancers\",\"json\":{"
        "\"LoadBalancers\":{\"member\":[{\"LoadBalancerArn\":\"arn:lb\",\"LoadBalancerName\":\"x\","
        "\"Type\":\"network\"}]}}},"
        "{\"service\":\"elbv2\",\"operation\":\"DescribeTargetGroups\",\"json\":{\"TargetGroups\":"
        "{\"member\":[{\"TargetGroupArn\":\"arn:tg\",\"LoadBalancerArns\":{\"member\":[\"arn:lb\"]}"
        "}]}}}]";
    const int64_t made = INT64_C(1767225600000), old = made + 180 * DAY_MS;
    struct aws_idle_search *s;
    struct bench b;
    size_t n;

    (void)state;
    bench_init(&b, rules);
    search(&b, &s, old);
    assert_int_equal(count_of(s, "snapshot"), 0);
    assert_int_equal(count_of(s, "load-balancer"), 1);
    assert_int_equal(count_of(s, "volume"), 1);
    aws_idle_list(s, &n);
    assert_true(isnan(aws_idle_list(s, &n)[1].usd_month));
    assert_string_equal(aws_idle_list(s, &n)[1].formula, "its price is not in the table");
    assert_near(aws_idle_sum(s), 730 * 0.0225, 1e-9);
    aws_idle_free(s);
    search(&b, &s, old + 1000);
    assert_int_equal(count_of(s, "snapshot"), 1);
    assert_near(aws_idle_sum(s), 730 * 0.0225 + 10 * 0.05, 1e-9);
    aws_idle_free(s);
    awsfake_add(b.aws, "{\"service\":\"elbv2\",\"operation\":\"DescribeTargetHealth\",\"status\":"
                       "403,\"error\":\"AccessDenied\",\"message\":\"no\"}");
    search(&b, &s, old);
    assert_int_equal(count_of(s, "load-balancer"), 0);
    aws_idle_free(s);
    bench_release(&b);
}

/* ---- Health and Trusted Advisor ---- */

static struct aws_health_events *health(struct bench *b)
{
    struct aws_health_query q = {.loop = b->net.loop,
                                 .catalogue = b->catalogue,
                                 .client = b->client,
                                 .region = "eu-west-1",
                                 .service = "ec2",
                                 .since_ms = 1795000000000};
    struct aws_health_events *h;

    b->done = 0;
    h = aws_health_events_start(&q, on_done, b);
    net_wait(&b->net, &b->done);
    return h;
}

static void test_health(void **state)
{
    static const char rules[] =
        "[{\"service\":\"health\",\"operation\":\"DescribeEvents\",\"match\":\"EC2\",\"json\":{"
        "\"events\":[{\"arn\":\"arn:1\",\"service\":\"EC2\",\"eventTypeCode\":\"AWS_EC2_TROUBLE\","
        "\"eventTypeCategory\":\"issue\",\"region\":\"eu-west-1\",\"availabilityZone\":"
        "\"eu-west-1a\",\"startTime\":1795221000,\"statusCode\":\"open\"},{\"arn\":\"arn:0\","
        "\"startTime\":1794000000,\"endTime\":1794999999,\"statusCode\":\"closed\"}]}},"
        "{\"service\":\"health\",\"operation\":\"DescribeAffectedEntities\",\"json\":{\"entities\":"
        "[{\"eventArn\":\"arn:1\",\"entityValue\":\"i-1\",\"statusCode\":\"IMPAIRED\"},{"
        "\"eventArn\":\"arn:9\",\"entityValue\":\"i-9\"}]}},"
        "{\"service\":\"health\",\"operation\":\"DescribeEventDetails\",\"json\":{"
        "\"successfulSet\":"
        "[{\"event\":{\"arn\":\"arn:1\"},\"eventDescription\":{\"latestDescription\":\"We look at "
        "it.\"}}]}}]";
    const struct aws_health_event *list;
    struct aws_health_events *h;
    struct err err;
    struct bench b;
    size_t n;

    (void)state;
    bench_init(&b, rules);
    h = health(&b);
    list = aws_health_events_list(h, &n);
    assert_int_equal(n, 1); /* the other one ended before */
    assert_string_equal(list[0].type, "AWS_EC2_TROUBLE");
    assert_string_equal(list[0].zone, "eu-west-1a");
    assert_string_equal(list[0].text, "We look at it.");
    assert_int_equal(list[0].entity_count, 1);
    assert_int_equal(list[0].impaired, 1);
    assert_int_equal(aws_health_events_end(h, &err), AWS_END_WHOLE);
    aws_health_events_free(h);
    awsfake_add(b.aws, "{\"service\":\"health\",\"operation\":\"DescribeEvents\",\"status\":400,"
                       "\"error\":\"SubscriptionRequiredException\",\"message\":\"plan\"}");
    h = health(&b);
    aws_health_events_list(h, &n);
    assert_int_equal(n, 0);
    assert_int_equal(aws_health_events_end(h, &err), AWS_END_NOT_ENABLED);
    assert_non_null(strstr(err.msg, "needs Business Support or higher"));
    aws_health_events_free(h);
    bench_release(&b);
}

static struct aws_advisor *advise(struct bench *b)
{
    struct aws_advisor_query q = {
        .loop = b->net.loop, .catalogue = b->catalogue, .client = b->client};
    struct aws_advisor *v;

    b->done = 0;
    v = aws_advisor_start(&q, on_done, b);
    net_wait(&b->net, &b->done);
    return v;
}

/* Where the Support API is refused, Trusted Advisor's own is asked; both refused: said. */
static void test_advisor(void **state)
{
    static const char rules[] =
        "[{\"service\":\"support\",\"operation\":\"DescribeTrustedAdvisorChecks\",\"status\":400,"
        "\"error\":\"SubscriptionRequiredException\",\"message\":\"plan\"},"
        "{\"service\":\"trustedadvisor\",\"operation\":\"ListRecommendations\",\"json\":{"
        "\"recommendationSummaries\":[{\"id\":\"r1\",\"name\":\"fine\",\"status\":\"ok\","
        "\"pillars\":"
        "[\"security\"]},{\"id\":\"r2\",\"name\":\"idle\",\"status\":\"warning\",\"pillars\":"
        "[\"cost_optimizing\"],\"resourcesAggregates\":{\"okCount\":1,\"warningCount\":2,"
        "\"errorCount\":0},\"pillarSpecificAggregates\":{\"costOptimizing\":{"
        "\"estimatedMonthlySavings\":12.5}}}]}},"
        "{\"service\":\"trustedadvisor\",\"operation\":\"ListRecommendationResources\",\"match\":"
        "\"r2\",\"json\":{\"recommendationResourceSummaries\":[{\"awsResourceId\":\"i-1\","
        "\"regionCode\":\"eu-west-1\",\"status\":\"warning\"}]}}]";
    const struct aws_advice *list;
    struct aws_advisor *v;
    struct err err;
    struct bench b;
    size_t n;

    (void)state;
    bench_init(&b, rules);
    v = advise(&b);
    list = aws_advisor_list(v, &n);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].name, "idle");
    assert_near(list[0].flagged, 2, 0);
    assert_near(list[0].processed, 3, 0);
    assert_near(list[0].savings_usd, 12.5, 1e-9);
    assert_int_equal(list[0].resource_count, 1);
    assert_string_equal(list[0].resources[0].id, "i-1");
    assert_string_equal(aws_advisor_source(v), "trustedadvisor");
    assert_int_equal(aws_advisor_end(v, &err), AWS_END_WHOLE);
    aws_advisor_free(v);
    awsfake_add(b.aws, "{\"service\":\"trustedadvisor\",\"operation\":\"ListRecommendations\","
                       "\"status\":403,\"error\":\"AccessDeniedException\",\"message\":\"no\"}");
    v = advise(&b);
    aws_advisor_list(v, &n);
    assert_int_equal(n, 0);
    assert_int_equal(aws_advisor_end(v, &err), AWS_END_NOT_ENABLED);
    assert_non_null(strstr(err.msg, "SubscriptionRequiredException"));
    assert_non_null(strstr(err.msg, "AccessDeniedException"));
    aws_advisor_free(v);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule), cmocka_unit_test(test_prices), cmocka_unit_test(test_cost),
        cmocka_unit_test(test_idle), cmocka_unit_test(test_health), cmocka_unit_test(test_advisor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

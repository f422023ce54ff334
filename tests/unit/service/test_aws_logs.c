/* test_aws_logs.c - log groups and events within R-43's limits, streams paged both ways, queries of
 * Insights from their start to their stop. A-05 R-43 */
#include "runbook/codec/json.h"
#include "runbook/service/aws/insights.h"
#include "runbook/service/aws/logs.h"
#include "tests/unit/service/awsrun.h"

#define T0 INT64_C(1795220000000)

struct run {
    struct awsrun aws;
    struct aws_logs *l;
    struct aws_insights *i;
    struct buf json, text;
    int done;
    size_t count, seen, shortened;
    bool more, partial, stopped, left;
    unsigned polls;
    double cost;
    enum aws_end end;
};

static void on_logs(void *ctx, const struct aws_logs_answer *a)
{
    struct run *r = ctx;

    r->done++;
    r->count = a->count + a->group_count;
    r->seen = a->seen;
    r->shortened = a->shortened;
    r->more = a->more;
    r->end = a->end;
    for (size_t i = 0; i < a->count; i++)
        buf_addf(&r->text, "%s,", a->events[i].text);
    aws_logs_json(a, "shop", &r->json);
}

static void init(struct run *r)
{
    memset(r, 0, sizeof(*r));
    awsrun_init(&r->aws);
    buf_init(&r->json, 16 << 20);
    buf_init(&r->text, 16 << 20);
}

static void release(struct run *r)
{
    awsrun_release(&r->aws);
    buf_release(&r->json);
    buf_release(&r->text);
}

static void fetch(struct run *r, struct aws_logs_request q)
{
    struct err err = ERR_INIT;

    q.since_ms = T0;
    q.until_ms = T0 + AWS_LOGS_WINDOW_MS;
    r->l = aws_logs_start(r->aws.estate, r->aws.account, &q, on_logs, r, &err);
    if (!r->l)
        fail_msg("%s", err.msg);
    net_wait(&r->aws.net, &r->done);
    aws_logs_free(r->l);
}

static void has(const struct run *r, const char *text)
{
    if (!strstr(buf_cstr(&r->json), text))
        fail_msg("'%s' is not in %.3000s", text, buf_cstr(&r->json));
}

static void cut_is(const char *text, size_t max, const char *head, size_t left)
{
    size_t n;
    struct str s = aws_log_cut(str_from(text), max, &n);

    assert_int_equal(n, left);
    assert_true(str_eq_c(s, head));
}

/* Characters, not bytes. */
static void test_cut(void **state)
{
    (void)state;
    cut_is("", 3, "", 0);
    cut_is("abc", 3, "abc", 0);
    cut_is("abcd", 3, "abc", 1);
    cut_is("\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9", 1);
    cut_is("\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9", 0);
}

/* 50 events of 500 characters: one below, and one above. */
static void test_limits(void **state)
{
    struct run r;
    struct buf body = BUF_INIT(1 << 20);
    char longest[502];

    (void)state;
    init(&r);
    memset(longest, 'x', 501);
    longest[501] = '\0';
    buf_addf(&body,
             "{\"events\":[{\"timestamp\":1,\"message\":\"%s\"},{\"timestamp\":2,\"message\":"
             "\"%.500s\"}",
             longest, longest);
    for (int i = 0; i < 49; i++)
        buf_addf(&body, ",{\"timestamp\":%d,\"logStreamName\":\"s\",\"message\":\"m\"}", i + 3);
    buf_adds(&body, "]}");
    awsrun_answer(&r.aws, "FilterLogEvents", 200, buf_cstr(&body));
    fetch(&r,
          (struct aws_logs_request){.what = AWS_LOGS_FILTER, .group = "/g", .pattern = "ERROR"});
    assert_int_equal(r.count, 50);
    assert_int_equal(r.seen, 51);
    assert_true(r.more);
    assert_int_equal(r.shortened, 1);
    has(&r, "\"limits\":{\"events\":50,\"characters\":500,\"window_s\":900,\"kept\":\"oldest\"}");
    has(&r, "\"characters_cut\":1");
    assert_int_equal(awsrun_times(&r.aws, "\"filterPattern\":\"ERROR\""), 1);
    assert_int_equal(awsrun_times(&r.aws, "\"limit\":50"), 1);
    assert_int_equal(awsrun_times(&r.aws, "\"startTime\":1795220000000"), 1);
    buf_release(&body);
    release(&r);
}

/* Empty pages are not the end; nothing at all is no error. */
static void test_filter_pages(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "FilterLogEvents", 200, "{\"events\":[],\"nextToken\":\"t1\"}");
    awsrun_answer(&r.aws, "t1", 200,
                  "{\"events\":[{\"timestamp\":5,\"message\":\"b\"},{\"timestamp\":4,\"message\":"
                  "\"a\"}],\"nextToken\":\"t2\"}");
    awsrun_answer(&r.aws, "t2", 200, "{\"events\":[]}");
    fetch(&r, (struct aws_logs_request){.what = AWS_LOGS_FILTER, .group = "/g"});
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_string_equal(buf_cstr(&r.text), "a,b,");
    assert_false(r.more);
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "FilterLogEvents", 200, "{\"events\":[]}");
    fetch(&r, (struct aws_logs_request){.what = AWS_LOGS_FILTER, .group = "/g"});
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(r.count, 0);
    has(&r, "\"events\":[]");
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "FilterLogEvents", 400,
                  "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no group\"}");
    fetch(&r, (struct aws_logs_request){.what = AWS_LOGS_FILTER, .group = "/g"});
    assert_int_equal(r.end, AWS_END_NOT_FOUND);
    has(&r, "\"error\":");
    release(&r);
}

/* The last of a window: the whole of it is read, and no more is kept than was wanted. */
static void test_newest(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "FilterLogEvents", 200,
                  "{\"events\":[{\"timestamp\":1,\"message\":\"a\"},{\"timestamp\":2,\"message\":"
                  "\"b\"},{\"timestamp\":3,\"message\":\"c\"}],\"nextToken\":\"t1\"}");
    awsrun_answer(&r.aws, "t1", 200, "{\"events\":[{\"timestamp\":4,\"message\":\"d\"}]}");
    fetch(&r, (struct aws_logs_request){
                  .what = AWS_LOGS_FILTER, .group = "/g", .newest = true, .max = 2});
    assert_string_equal(buf_cstr(&r.text), "c,d,");
    assert_true(r.more);
    has(&r, "\"kept\":\"newest\"");
    release(&r);
}

/* Both ways: the token that was asked with comes back at the end. */
static void test_stream(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "GetLogEvents", 200,
                  "{\"events\":[{\"timestamp\":1,\"message\":\"a\"},{\"timestamp\":1,\"message\":"
                  "\"b\"}],\"nextForwardToken\":\"f/1\",\"nextBackwardToken\":\"b/1\"}");
    awsrun_answer(&r.aws, "f/1", 200,
                  "{\"events\":[],\"nextForwardToken\":\"f/2\",\"nextBackwardToken\":\"b/2\"}");
    awsrun_answer(&r.aws, "f/2", 200,
                  "{\"events\":[{\"timestamp\":1,\"message\":\"c\"}],\"nextForwardToken\":\"f/2\","
                  "\"nextBackwardToken\":\"b/3\"}");
    fetch(&r, (struct aws_logs_request){.what = AWS_LOGS_STREAM, .group = "/g", .stream = "s"});
    assert_string_equal(buf_cstr(&r.text), "a,b,c,");
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(awsrun_times(&r.aws, "\"startFromHead\":true"), 3);
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "GetLogEvents", 200,
                  "{\"events\":[{\"timestamp\":1,\"message\":\"c\"},{\"timestamp\":1,\"message\":"
                  "\"d\"}],\"nextForwardToken\":\"f/1\",\"nextBackwardToken\":\"b/1\"}");
    awsrun_answer(&r.aws, "b/1", 200,
                  "{\"events\":[{\"timestamp\":1,\"message\":\"a\"},{\"timestamp\":1,\"message\":"
                  "\"b\"}],\"nextForwardToken\":\"f/2\",\"nextBackwardToken\":\"b/2\"}");
    fetch(&r, (struct aws_logs_request){
                  .what = AWS_LOGS_STREAM, .group = "/g", .stream = "s", .newest = true, .max = 3});
    assert_string_equal(buf_cstr(&r.text), "b,c,d,");
    assert_true(r.more);
    assert_int_equal(awsrun_times(&r.aws, "\"startFromHead\":false"), 2);
    release(&r);
}

static void test_groups(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(
        &r.aws, "DescribeLogGroups", 200,
        "{\"logGroups\":[{\"logGroupName\":\"/a\",\"arn\":\"arn:x:/a:*\",\"storedBytes\":"
        "12,\"retentionInDays\":30,\"creationTime\":1795220000000}],\"nextToken\":\"t\"}");
    awsrun_answer(&r.aws, "\"nextToken\":\"t\"", 200,
                  "{\"logGroups\":[{\"logGroupName\":\"/b\"}]}");
    fetch(&r, (struct aws_logs_request){.what = AWS_LOGS_GROUPS, .group = "/"});
    assert_int_equal(r.count, 2);
    has(&r, "\"bytes\":12,\"kept_days\":30");
    has(&r, "\"arn\":\"arn:x:/a\"");
    has(&r, "\"kept_days\":null");
    release(&r);
}

static void test_bad_requests(void **state)
{
    struct run r;
    struct aws_logs_request q = {.what = AWS_LOGS_FILTER, .since_ms = 1, .until_ms = 2};
    struct err err = ERR_INIT;

    (void)state;
    init(&r);
    assert_null(aws_logs_start(r.aws.estate, r.aws.account, &q, on_logs, &r, &err));
    assert_non_null(strstr(err.msg, "name the log group"));
    q.group = "/g";
    q.until_ms = 1;
    assert_null(aws_logs_start(r.aws.estate, r.aws.account, &q, on_logs, &r, &err));
    q.until_ms = 2;
    q.max = AWS_LOGS_EVENTS_MAX + 1;
    assert_null(aws_logs_start(r.aws.estate, r.aws.account, &q, on_logs, &r, &err));
    release(&r);
}

/* ---- Insights ---- */

static void on_insights(void *ctx, const struct aws_insights_answer *a)
{
    struct run *r = ctx;

    r->done++;
    r->count = a->count;
    r->partial = a->partial;
    r->stopped = a->stopped;
    r->left = a->left;
    r->polls = a->polls;
    r->cost = a->cost_usd;
    r->end = a->end;
    aws_insights_json(a, "shop", &r->json);
}

static void begin(struct run *r, int64_t deadline_ms)
{
    static const char *const groups[] = {"/a", "/b"};
    struct aws_insights_request q = {.groups = groups,
                                     .group_count = 2,
                                     .query = "fields @message",
                                     .since_ms = T0,
                                     .until_ms = T0 + 3600000,
                                     .deadline_ms = deadline_ms};
    struct err err = ERR_INIT;

    r->i = aws_insights_start(r->aws.estate, r->aws.account, &q, NULL, on_insights, r, &err);
    if (!r->i)
        fail_msg("%s", err.msg);
}

#define STATS                                                                                      \
    "\"statistics\":{\"bytesScanned\":2000000000,\"recordsScanned\":10,\"recordsMatched\":2}"

static void test_query(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "StartQuery", 200, "{\"queryId\":\"q-1\"}");
    awsrun_answer(&r.aws, "GetQueryResults", 200, "{\"status\":\"Running\",\"results\":[]}");
    awsrun_answer(&r.aws, "GetQueryResults", 200,
                  "{\"status\":\"Complete\",\"results\":[[{\"field\":\"@ptr\",\"value\":\"z\"},"
                  "{\"field\":\"@message\",\"value\":\"one\"}],[{\"field\":\"n\",\"value\":\"2\"}]"
                  "]," STATS "}");
    begin(&r, 0);
    net_wait(&r.aws.net, &r.done);
    assert_int_equal(r.end, AWS_END_WHOLE);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.polls, 2);
    assert_false(r.partial);
    assert_true(r.cost > 0.00999 && r.cost < 0.01001);
    has(&r, "\"rows\":[{\"@message\":\"one\"},{\"n\":\"2\"}]");
    has(&r, "\"bytes_scanned\":2000000000");
    assert_int_equal(awsrun_times(&r.aws, "\"logGroupNames\":[\"/a\",\"/b\"]"), 1);
    assert_int_equal(awsrun_times(&r.aws, "StopQuery"), 0);
    aws_insights_free(r.i);
    release(&r);
}

/* A deadline and a cancel both stop it at AWS, and what was scanned is said. */
static void test_stopped(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "StartQuery", 200, "{\"queryId\":\"q-1\"}");
    for (int i = 0; i < 20; i++)
        awsrun_answer(
            &r.aws, "GetQueryResults", 200,
            "{\"status\":\"Running\",\"results\":[[{\"field\":\"n\",\"value\":\"1\"}]]," STATS "}");
    awsrun_answer(&r.aws, "StopQuery", 200, "{\"success\":true}");
    begin(&r, 1000);
    net_wait(&r.aws.net, &r.done);
    assert_int_equal(r.end, AWS_END_TIMEOUT);
    assert_true(r.partial && r.stopped && !r.left);
    assert_int_equal(awsrun_times(&r.aws, "Logs_20140328.StopQuery"), 1);
    assert_int_equal(awsrun_times(&r.aws, "q-1") >= 2, 1);
    aws_insights_free(r.i);
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "StartQuery", 200, "{\"queryId\":\"q-2\"}");
    awsrun_answer(&r.aws, "StopQuery", 400, "{\"__type\":\"AccessDeniedException\"}");
    begin(&r, 0);
    aws_insights_cancel(r.i); /* before its id is known */
    net_wait(&r.aws.net, &r.done);
    assert_int_equal(r.end, AWS_END_CANCELED);
    assert_true(r.left); /* and it is said that it may run on */
    has(&r, "\"may_run_on\":true");
    aws_insights_free(r.i);
    release(&r);
}

static void test_query_fails(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "StartQuery", 400,
                  "{\"__type\":\"MalformedQueryException\",\"message\":\"unexpected symbol\"}");
    begin(&r, 0);
    net_wait(&r.aws.net, &r.done);
    assert_int_equal(r.end, AWS_END_REFUSED);
    has(&r, "unexpected symbol");
    aws_insights_free(r.i);
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "StartQuery", 200, "{\"queryId\":\"q-1\"}");
    awsrun_answer(&r.aws, "GetQueryResults", 200, "{\"status\":\"Failed\",\"results\":[]}");
    begin(&r, 0);
    net_wait(&r.aws.net, &r.done);
    assert_int_equal(r.end, AWS_END_FAILED);
    assert_true(r.partial);
    aws_insights_free(r.i);
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),          cmocka_unit_test(test_limits),
        cmocka_unit_test(test_filter_pages), cmocka_unit_test(test_newest),
        cmocka_unit_test(test_stream),       cmocka_unit_test(test_groups),
        cmocka_unit_test(test_bad_requests), cmocka_unit_test(test_query),
        cmocka_unit_test(test_stopped),      cmocka_unit_test(test_query_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

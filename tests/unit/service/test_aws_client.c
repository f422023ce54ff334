/* test_aws_client.c - the client against a scripted server: pages, repetitions, a clock that is
 * wrong, keys that end, cancel and deadlines. What a bad server can do: test_aws_client_bad.
 * R-37 R-38 */
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "tests/lib/tmpdir.h"
#include "tests/unit/service/aws_asked.h"

static void test_one_page(void **state)
{
    struct asked a;
    struct buf sent = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text(a.net.server, "/", 200, "Content-Type: text/html\r\n", CLUSTERS);
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 1);
    assert_int_equal(a.r.requests, 1);
    assert_true(httpd_request(a.net.server, 0, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "POST / HTTP/1.1\r\n"));
    assert_non_null(
        strstr(buf_cstr(&sent), "X-Amz-Target: AmazonEC2ContainerServiceV20141113.ListClusters"));
    assert_non_null(strstr(buf_cstr(&sent), "X-Amz-Date: 20261121T004140Z\r\n"));
    assert_non_null(strstr(buf_cstr(&sent),
                           "Credential=AKIAIOSFODNN7EXAMPLE/20261121/eu-west-1/ecs/aws4_request"));
    assert_null(strstr(buf_cstr(&sent), "wJalr"));
    buf_release(&sent);
    asked_release(&a);
}

static void test_pages(void **state)
{
    struct asked a;
    struct aws_query q;
    struct buf sent = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t1\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[],\"nextToken\":\"t2\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[\"b\"],\"nextToken\":null}");
    q = asked_query(&a, "ecs", "list-clusters");
    q.params = asked_json(&a, "{\"maxResults\":1}");
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.pages, 3);
    assert_string_equal(buf_cstr(&a.items), "\"a\"\n\"b\"\n");
    assert_true(httpd_request(a.net.server, 2, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "{\"maxResults\":1,\"nextToken\":\"t2\"}"));
    buf_release(&sent);
    asked_release(&a);
}

/* The same token for ever, a circle of two, one that is new each time. */
/* Each page's whole answer is an item, and the pages go on; limits count pages. */
static void test_answers(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    q = asked_query(&a, "ecs", "ListClusters");
    q.answers = true;
    for (int i = 0; i < 2; i++) {
        httpd_text_times(a.net.server, 1, "/", 200, "",
                         "{\"clusterArns\":[\"a\",\"b\"],\"nextToken\":\"t1\"}");
        httpd_text_times(a.net.server, 1, "/", 200, "",
                         "{\"clusterArns\":[],\"failures\":[\"c\"]}");
    }
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 2);
    assert_string_equal(buf_cstr(&a.items), "{\"clusterArns\":[\"a\",\"b\"],\"nextToken\":\"t1\"}\n"
                                            "{\"clusterArns\":[],\"failures\":[\"c\"]}\n");
    q.max_items = 1;
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_CUT, "");
    assert_int_equal(a.r.pages, 1);
    asked_release(&a);
}

static void test_endless(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[],\"nextToken\":\"t\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[],\"nextToken\":\"t\"}");
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, ""); /* unchanged: that is how some lists end */
    assert_int_equal(a.r.requests, 2);
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"u\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t\"}");
    asked_clusters(&a);
    asked_said(&a, AWS_END_BAD_ANSWER, "a second time after 3 pages");
    assert_int_equal(a.r.items, 3); /* what came is not lost */
    httpd_text(a.net.server, "/", 200, "", "{\"clusterArns\":[\"a\"],\"nextToken\":\"v\"}");
    q = asked_query(&a, "ecs", "ListClusters");
    q.max_items = 1;
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_CUT, "");
    asked_release(&a);
}

static unsigned endless;

static void count_up(void *ctx, struct str request, struct buf *out)
{
    char body[100];

    (void)ctx;
    (void)request;
    snprintf(body, sizeof(body), "{\"clusterArns\":[],\"nextToken\":\"%u\"}", ++endless);
    buf_addf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void test_pages_wanted(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_handle(a.net.server, count_up, NULL);
    q = asked_query(&a, "ecs", "ListClusters");
    q.max_pages = 40;
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_CUT, "");
    assert_int_equal(a.r.requests, 40);
    asked_release(&a);
}

static void test_retries(void **state)
{
    struct asked a;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 400, "", THROTTLED);
    httpd_text_times(a.net.server, 1, "/", 503, "", "");
    httpd_text_times(a.net.server, 1, "/", 200, "", CLUSTERS);
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.requests, 3);
    assert_int_equal(a.retries, 2);
    assert_true(a.waits_ms[0] <= 1000 && a.waits_ms[1] <= 2000);
    httpd_text_times(a.net.server, 3, "/", 400, "", THROTTLED);
    asked_clusters(&a);
    asked_said(&a, AWS_END_THROTTLED, "ThrottlingException: Rate exceeded");
    assert_int_equal(a.r.err.code, ERR_AGAIN);
    assert_int_equal(a.r.requests, 3);
    httpd_text_times(a.net.server, 1, "/", 429, "Retry-After: 7\r\n", "{}");
    httpd_text_times(a.net.server, 1, "/", 200, "", CLUSTERS);
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.waits_ms[0], 7000);
    asked_release(&a);
}

/* 500 points, 5 a repetition: after a hundred of them nothing is repeated any more. */
static void test_quota(void **state)
{
    struct asked a;
    unsigned requests = 0;

    (void)state;
    asked_init(&a);
    a.o.attempts = 10;
    asked_open(&a);
    httpd_text(a.net.server, "/", 503, "", "");
    for (int i = 0; i < 13; i++) {
        asked_clusters(&a);
        asked_said(&a, AWS_END_FAILED, "HTTP 503");
        requests += a.r.requests;
    }
    assert_int_equal(requests, 13 + 100);
    assert_int_equal(a.r.requests, 1);
    asked_release(&a);
}

static void test_clock(void **state)
{
    struct asked a;
    struct buf sent = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 403, "Date: Sat, 21 Nov 2026 09:00:00 GMT\r\n",
                     "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
                     "20261121T004140Z is now earlier than ...\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "", CLUSTERS);
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_true(httpd_request(a.net.server, 1, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "X-Amz-Date: 20261121T0900"));
    assert_true(aws_client_skew_ms(a.client) > 8 * 3600000);
    /* It does not help: said once, not for ever. */
    httpd_text(a.net.server, "/", 403, "Date: Sat, 21 Nov 2026 20:00:00 GMT\r\n",
               "{\"__type\":\"RequestTimeTooSkewed\",\"message\":\"no\"}");
    asked_clusters(&a);
    asked_said(&a, AWS_END_CLOCK, "clock right?");
    assert_int_equal(a.r.requests, 2);
    buf_release(&sent);
    asked_release(&a);
}

static void test_keys(void **state)
{
    struct asked a;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 400, "",
                     "{\"__type\":\"ExpiredTokenException\",\"message\":\"ended\"}");
    asked_clusters(&a);
    asked_said(&a, AWS_END_KEYS, "log in again");
    assert_int_equal(a.r.requests, 1); /* the same keys would end the same way */
    httpd_text_times(a.net.server, 1, "/", 400, "",
                     "{\"__type\":\"UnrecognizedClientException\",\"message\":\"\\u001b[31mno\"}");
    asked_clusters(&a);
    asked_said(&a, AWS_END_KEYS, "UnrecognizedClientException");
    assert_null(strchr(a.r.err.msg, 0x1b));
    envtable_set("AWS_SECRET_ACCESS_KEY", NULL);
    asked_clusters(&a);
    asked_said(&a, AWS_END_KEYS, "no AWS credentials");
    assert_int_equal(a.r.requests, 0);
    asked_release(&a);
}

/* Keys that were replaced meanwhile are used at once. */
static void renewing(void *ctx, struct str request, struct buf *out)
{
    bool old = str_find(request, STR_LIT("AKIAIOSFODNN7EXAMPLE")) >= 0;
    const char *body =
        old ? "{\"__type\":\"ExpiredTokenException\",\"message\":\"ended\"}" : CLUSTERS;

    (void)ctx;
    if (old)
        envtable_set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7NEWEST1");
    buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", old ? 400 : 200, strlen(body),
             body);
}

static void test_new_keys(void **state)
{
    struct asked a;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_handle(a.net.server, renewing, NULL);
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.requests, 2);
    asked_release(&a);
}

static void test_cancel(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t1\"}");
    a.cancel_on_page = true;
    asked_clusters(&a);
    asked_said(&a, AWS_END_CANCELED, "after 1 pages");
    assert_int_equal(httpd_count(a.net.server), 1);
    /* before it was sent, and twice */
    a.done = 0;
    q = asked_query(&a, "ecs", "ListClusters");
    a.id = aws_send(a.client, &q, &asked_callbacks, &a);
    aws_cancel(a.client, a.id);
    aws_cancel(a.client, a.id);
    net_wait(&a.net, &a.done);
    assert_int_equal(a.done, 1);
    assert_int_equal(httpd_count(a.net.server), 1);
    /* and with calls under way the client goes silently */
    httpd_add(a.net.server, &(struct httpd_answer){.path = "/", .gate = true});
    a.done = 0;
    aws_send(a.client, &q, &asked_callbacks, &a);
    aws_send(a.client, &q, &asked_callbacks, &a);
    net_settle(&a.net);
    asked_release(&a);
    assert_int_equal(a.done, 0);
}

/* The whole walk has a deadline, also while it waits. */
static void test_deadline(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    q = asked_query(&a, "ecs", "ListClusters");
    q.timeout_ms = 3000;
    httpd_text(a.net.server, "/", 429, "Retry-After: 40\r\n", "{}");
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_TIMEOUT, "not done after");
    asked_release(&a);
}

static void test_at_once(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    a.o.at_once = 3;
    asked_open(&a);
    httpd_add(a.net.server,
              &(struct httpd_answer){.path = "/",
                                     .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: "
                                                      "2\r\n\r\n{}"),
                                     .hold_ms = 2});
    q = asked_query(&a, "ecs", "ListClusters");
    for (int i = 0; i < 30; i++)
        aws_send(a.client, &q, &asked_callbacks, &a);
    while (a.done < 30)
        loop_turn(a.net.loop, false);
    assert_int_equal(httpd_count(a.net.server), 30);
    assert_true(httpd_peak(a.net.server) <= 3);
    asked_release(&a);
}

/* A bucket of another region, by header; never another host. */
static void test_bucket_elsewhere(void **state)
{
    static const char list[] = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k"
                               "</Key></Contents></ListBucketResult>";
    struct asked a;
    struct aws_query q;
    struct buf sent = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    q = asked_query(&a, "s3", "ListObjectsV2");
    q.params = asked_json(&a, "{\"Bucket\":\"logs\"}");
    httpd_text_times(a.net.server, 1, "/logs", 301, "x-amz-bucket-region: us-west-2\r\n",
                     "<Error><Code>PermanentRedirect</Code></Error>");
    httpd_text_times(a.net.server, 1, "/logs", 200, "", list);
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_true(httpd_request(a.net.server, 1, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "/us-west-2/s3/aws4_request"));
    assert_non_null(strstr(buf_cstr(&sent), "x-amz-content-sha256: e3b0c44298fc"));
    httpd_text_times(a.net.server, 1, "/logs", 301, "x-amz-bucket-region: evil.example/\r\n",
                     "<Error><Code>PermanentRedirect</Code></Error>");
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_REFUSED, "PermanentRedirect");
    buf_release(&sent);
    asked_release(&a);
}

static void test_presign(void **state)
{
    struct asked a;
    struct aws_query q;
    struct buf url = BUF_INIT(1 << 16);
    struct err err = ERR_INIT;

    (void)state;
    asked_init(&a);
    envtable_set("AWS_ENDPOINT_URL", NULL);
    asked_open(&a);
    q = asked_query(&a, "s3", "ListObjectsV2");
    q.params = asked_json(&a, "{\"Bucket\":\"logs\",\"Prefix\":\"a b\"}");
    assert_ok(aws_presign(a.client, &q, 900, &url, &err), &err);
    assert_true(str_starts(buf_str(&url), "https://logs.s3.eu-west-1.amazonaws.com/?list-type=2"));
    assert_non_null(strstr(buf_cstr(&url), "&X-Amz-Expires=900&X-Amz-Signature="));
    q = asked_query(&a, "ecs", "ListClusters");
    assert_int_equal(aws_presign(a.client, &q, 900, &url, &err), ERR_INPUT);
    buf_release(&url);
    asked_release(&a);
}

/* What nobody may ask is not sent, whoever holds its definition: no keys are asked for. */
static void test_closed(void **state)
{
    struct asked a;
    struct aws_query q;
    struct buf url = BUF_INIT(1 << 16);
    struct err err = ERR_INIT;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    assert_ok(aws_catalogue_get(a.catalogue, STR_LIT("sts"), &q.service, &err), &err);
    q = (struct aws_query){.service = q.service};
    assert_int_equal(
        aws_catalogue_operation(q.service, STR_LIT("get-session-token"), &q.list, &err),
        ERR_DENIED);
    assert_string_equal(err.msg,
                        "sts GetSessionToken is asked for nobody here: its answer is keys");
    assert_null(aws_service_list(q.service, STR_LIT("GetSessionToken")));
    q.list = aws_service_closed(q.service, STR_LIT("GetSessionToken"));
    assert_non_null(q.list);
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_INPUT, "asked for nobody here");
    assert_int_equal(a.r.requests, 0);
    a.done = 0;
    aws_change(a.client, &q, &asked_callbacks, &a);
    net_wait(&a.net, &a.done);
    asked_said(&a, AWS_END_INPUT, "asked for nobody here");
    assert_int_equal(aws_presign(a.client, &q, 900, &url, &err), ERR_DENIED);
    assert_int_equal(httpd_count(a.net.server), 0);
    buf_release(&url);
    asked_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_page),     cmocka_unit_test(test_pages),
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_endless),
        cmocka_unit_test(test_pages_wanted), cmocka_unit_test(test_retries),
        cmocka_unit_test(test_quota),        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_keys),         cmocka_unit_test(test_new_keys),
        cmocka_unit_test(test_cancel),       cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_at_once),      cmocka_unit_test(test_bucket_elsewhere),
        cmocka_unit_test(test_presign),      cmocka_unit_test(test_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

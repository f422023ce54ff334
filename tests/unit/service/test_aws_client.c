/* test_aws_client.c - the client against a scripted server: pages, repetitions, a clock that is
 * wrong, keys that end, and everything that a bad server can do. R-37 R-38 */
#include <zlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"
#include "src/service/aws/unpack.h"
#include "tests/lib/envtable.h"
#include "tests/lib/tmpdir.h"
#include "tests/unit/net/netrun.h"

/* A client, a server, and what came of one call. */
struct asked {
    struct net net;
    struct test_clock clock;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    struct arena *arena;
    char url[HTTPD_URL_MAX];
    aws_id id;
    int done;
    struct aws_result r;
    char code[129];
    struct buf items; /* one a line */
    unsigned retries;
    int64_t waits_ms[16];
    bool cancel_on_page;
    struct aws_client_options o;
};

static void asked_init(struct asked *a)
{
    memset(a, 0, sizeof(*a));
    envtable_clear();
    test_clock_init(&a->clock, 1795221700000); /* 2026-11-21T00:41:40Z */
    net_init_clock(&a->net, &a->clock.clock, NULL);
    a->arena = arena_new(0);
    a->catalogue = aws_catalogue_new(NULL, 0);
    buf_init(&a->items, (size_t)64 << 20);
    envtable_set("HOME", "/nonexistent");
    envtable_set("AWS_CONFIG_FILE", "/nonexistent/config");
    envtable_set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    envtable_set("AWS_ENDPOINT_URL", httpd_url(a->net.server, "", a->url));
    envtable_set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    envtable_set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    envtable_set("AWS_REGION", "eu-west-1");
    a->o = (struct aws_client_options){.rng = &a->net.rng};
}

static void asked_open(struct asked *a)
{
    struct aws_credentials_options c = {.env = envtable_get, .machine_file = "/nonexistent/vendor"};

    a->credentials = aws_credentials_new(a->net.loop, a->net.client, &c);
    a->o.loop = a->net.loop;
    a->o.http = a->net.client;
    a->o.credentials = a->credentials;
    a->client = aws_client_new(&a->o);
}

static void asked_release(struct asked *a)
{
    aws_client_free(a->client);
    aws_credentials_free(a->credentials);
    aws_catalogue_free(a->catalogue);
    arena_free(a->arena);
    buf_release(&a->items);
    net_release(&a->net);
}

static void on_page(void *ctx, const struct value *items)
{
    struct asked *a = ctx;

    VALUE_EACH (it, items) {
        struct json_writer w;

        json_writer_init(&w, &a->items);
        json_value(&w, it);
        buf_addc(&a->items, '\n');
    }
    if (a->cancel_on_page)
        aws_cancel(a->client, a->id);
}

/* The waits are jumped over. */
static void on_retry(void *ctx, unsigned attempt, int64_t wait_ms, const char *why)
{
    struct asked *a = ctx;

    (void)attempt;
    assert_true(strlen(why) > 0);
    if (a->retries < 16)
        a->waits_ms[a->retries] = wait_ms;
    a->retries++;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct asked *a = ctx;

    a->done++;
    a->r = *r;
    snprintf(a->code, sizeof(a->code), "%s", r->code);
}

static const struct aws_callbacks callbacks = {
    .on_page = on_page, .on_retry = on_retry, .on_done = on_done};

static const struct value *json(struct asked *a, const char *text)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a->arena, str_from(text), &v, &err), &err);
    return v;
}

static struct aws_query query(struct asked *a, const char *service, const char *operation)
{
    struct aws_query q = {0};
    struct err err = ERR_INIT;

    assert_ok(aws_catalogue_get(a->catalogue, str_from(service), &q.service, &err), &err);
    assert_ok(aws_catalogue_operation(q.service, str_from(operation), &q.list, &err), &err);
    return q;
}

static void ask(struct asked *a, const struct aws_query *q)
{
    unsigned seen = 0;
    struct clock *real = clock_system();
    int64_t end_ms = real->now_ms(real) + 60000;

    a->done = 0;
    a->retries = 0;
    buf_clear(&a->items);
    a->id = aws_send(a->client, q, &callbacks, a);
    assert_int_equal(a->done, 0); /* never nested */
    while (!a->done) {
        if (real->now_ms(real) > end_ms)
            fail_msg("nothing came within 60 s");
        if (seen < a->retries && seen < 16)
            test_clock_step(&a->clock, a->waits_ms[seen++]);
        loop_turn(a->net.loop, false);
    }
    assert_int_equal(a->done, 1);
    assert_int_equal(aws_under_way(a->client), 0);
}

static void ask_clusters(struct asked *a)
{
    struct aws_query q = query(a, "ecs", "ListClusters");

    ask(a, &q);
}

static void said(struct asked *a, enum aws_end end, const char *what)
{
    if (a->r.end != end)
        fail_msg("%s, not %s: %s", aws_end_name(a->r.end), aws_end_name(end), a->r.err.msg);
    if (!strstr(a->r.err.msg, what))
        fail_msg("'%s' is not in '%s'", what, a->r.err.msg);
}

#define CLUSTERS "{\"clusterArns\":[\"arn:aws:ecs:eu-west-1:123456789012:cluster/prod\"]}"
#define THROTTLED "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}"

static void test_one_page(void **state)
{
    struct asked a;
    struct buf sent = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text(a.net.server, "/", 200, "Content-Type: text/html\r\n", CLUSTERS);
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
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
    q = query(&a, "ecs", "list-clusters");
    q.params = json(&a, "{\"maxResults\":1}");
    ask(&a, &q);
    said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.pages, 3);
    assert_string_equal(buf_cstr(&a.items), "\"a\"\n\"b\"\n");
    assert_true(httpd_request(a.net.server, 2, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "{\"maxResults\":1,\"nextToken\":\"t2\"}"));
    buf_release(&sent);
    asked_release(&a);
}

/* The same token for ever, a circle of two, one that is new each time. */
static void test_endless(void **state)
{
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[],\"nextToken\":\"t\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "", "{\"clusterArns\":[],\"nextToken\":\"t\"}");
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, ""); /* unchanged: that is how some lists end */
    assert_int_equal(a.r.requests, 2);
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"u\"}");
    httpd_text_times(a.net.server, 1, "/", 200, "",
                     "{\"clusterArns\":[\"a\"],\"nextToken\":\"t\"}");
    ask_clusters(&a);
    said(&a, AWS_END_BAD_ANSWER, "a second time after 3 pages");
    assert_int_equal(a.r.items, 3); /* what came is not lost */
    httpd_text(a.net.server, "/", 200, "", "{\"clusterArns\":[\"a\"],\"nextToken\":\"v\"}");
    q = query(&a, "ecs", "ListClusters");
    q.max_items = 1;
    ask(&a, &q);
    said(&a, AWS_END_CUT, "");
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
    q = query(&a, "ecs", "ListClusters");
    q.max_pages = 40;
    ask(&a, &q);
    said(&a, AWS_END_CUT, "");
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
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.requests, 3);
    assert_int_equal(a.retries, 2);
    assert_true(a.waits_ms[0] <= 1000 && a.waits_ms[1] <= 2000);
    httpd_text_times(a.net.server, 3, "/", 400, "", THROTTLED);
    ask_clusters(&a);
    said(&a, AWS_END_THROTTLED, "ThrottlingException: Rate exceeded");
    assert_int_equal(a.r.err.code, ERR_AGAIN);
    assert_int_equal(a.r.requests, 3);
    httpd_text_times(a.net.server, 1, "/", 429, "Retry-After: 7\r\n", "{}");
    httpd_text_times(a.net.server, 1, "/", 200, "", CLUSTERS);
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
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
        ask_clusters(&a);
        said(&a, AWS_END_FAILED, "HTTP 503");
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
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
    assert_true(httpd_request(a.net.server, 1, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "X-Amz-Date: 20261121T0900"));
    assert_true(aws_client_skew_ms(a.client) > 8 * 3600000);
    /* It does not help: said once, not for ever. */
    httpd_text(a.net.server, "/", 403, "Date: Sat, 21 Nov 2026 20:00:00 GMT\r\n",
               "{\"__type\":\"RequestTimeTooSkewed\",\"message\":\"no\"}");
    ask_clusters(&a);
    said(&a, AWS_END_CLOCK, "clock right?");
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
    ask_clusters(&a);
    said(&a, AWS_END_KEYS, "log in again");
    assert_int_equal(a.r.requests, 1); /* the same keys would end the same way */
    httpd_text_times(a.net.server, 1, "/", 400, "",
                     "{\"__type\":\"UnrecognizedClientException\",\"message\":\"\\u001b[31mno\"}");
    ask_clusters(&a);
    said(&a, AWS_END_KEYS, "UnrecognizedClientException");
    assert_null(strchr(a.r.err.msg, 0x1b));
    envtable_set("AWS_SECRET_ACCESS_KEY", NULL);
    ask_clusters(&a);
    said(&a, AWS_END_KEYS, "no AWS credentials");
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
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.requests, 2);
    asked_release(&a);
}

static void test_refusals(void **state)
{
    static const struct {
        int status;
        const char *headers, *body, *said;
        enum aws_end end;
        enum err_code code;
    } cases[] = {
        {400, "", "{\"__type\":\"AccessDeniedException\",\"Message\":\"User x is not authorized\"}",
         "User x is not authorized", AWS_END_DENIED, ERR_DENIED},
        {400, "", "{\"__type\":\"ClusterNotFoundException\"}", "ClusterNotFound", AWS_END_NOT_FOUND,
         ERR_NOT_FOUND},
        {400, "", "{\"__type\":\"SubscriptionRequiredException\"}", "Subscription",
         AWS_END_NOT_ENABLED, ERR_DENIED},
        {400, "", "{\"__type\":\"com.x#ValidationException:http://y\",\"message\":\"bad\"}",
         "ValidationException: bad", AWS_END_REFUSED, ERR_REMOTE},
        {403, "", "<html>no</html>", "HTTP 403", AWS_END_DENIED, ERR_DENIED},
        {302, "Location: http://evil.example/\r\n", "", "redirect to http://evil.example/: not",
         AWS_END_REFUSED, ERR_REMOTE},
        {200, "", "<html><body>log in</body></html>", "a web page", AWS_END_BAD_ANSWER, ERR_REMOTE},
        {200, "", "{\"clusterArns\":[\"arn:aws:ec", "cannot be read", AWS_END_BAD_ANSWER,
         ERR_INPUT},
        {200, "", "\xff\xfe{}", "cannot be read", AWS_END_BAD_ANSWER, ERR_INPUT},
        {200, "Content-Encoding: gzip\r\n", "this is no gzip", "the compressed answer",
         AWS_END_BAD_ANSWER, ERR_REMOTE},
        {501, "", "{}", "HTTP 501", AWS_END_REFUSED, ERR_REMOTE},
    };
    struct asked a;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        httpd_text_times(a.net.server, 1, "/", cases[i].status, cases[i].headers, cases[i].body);
        ask_clusters(&a);
        said(&a, cases[i].end, cases[i].said);
        assert_int_equal(a.r.err.code, cases[i].code);
        assert_int_equal(a.r.requests, 1);
    }
    asked_release(&a);
}

/* XML: a bomb of entities, a document type, another charset, a tree too deep, a page of HTML. */
static void test_bad_xml(void **state)
{
    static const char *const bodies[] = {
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><x>&b;</x>",
        "<?xml version=\"1.0\" encoding=\"EBCDIC-XY\"?><DescribeVpcsResponse/>",
        "<DescribeVpcsResponse><vpcSet><item>",
        "<DescribeVpcsResponse>\xff\xfe</DescribeVpcsResponse>",
        "<html><head/><body/></html>",
        "<ListSomethingElse/>",
    };
    struct asked a;
    struct aws_query q;
    struct buf deep = BUF_INIT(1 << 20);

    (void)state;
    asked_init(&a);
    asked_open(&a);
    q = query(&a, "ec2", "DescribeVpcs");
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        httpd_text_times(a.net.server, 1, "/", 200, "", bodies[i]);
        ask(&a, &q);
        if (a.r.end != AWS_END_BAD_ANSWER)
            fail_msg("%s was taken: %s", bodies[i], aws_end_name(a.r.end));
    }
    for (int i = 0; i < 5000; i++)
        buf_adds(&deep, "<a>");
    httpd_text_times(a.net.server, 1, "/", 200, "", buf_cstr(&deep));
    ask(&a, &q);
    said(&a, AWS_END_BAD_ANSWER, "");
    buf_release(&deep);
    asked_release(&a);
}

static struct str gzip(const char *text, size_t len, struct buf *out)
{
    z_stream z = {0};
    char *to = buf_reserve(out, len / 100 + 1000);

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)(len / 100 + 1000);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += z.total_out;
    deflateEnd(&z);
    return buf_str(out);
}

static void answer_bytes(struct asked *a, const char *headers, struct str body)
{
    struct buf all = BUF_INIT((size_t)256 << 20);

    buf_addf(&all, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", body.len, headers);
    buf_add_str(&all, body);
    httpd_add(a->net.server,
              &(struct httpd_answer){.path = "/", .bytes = buf_str(&all), .times = 1});
    buf_release(&all);
}

static void test_gzip_and_size(void **state)
{
    struct asked a;
    struct buf packed = BUF_INIT((size_t)4 << 20);
    size_t size = (size_t)34 << 20; /* two more than the cap */
    char *huge;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    answer_bytes(&a, "Content-Encoding: gzip\r\n", gzip(CLUSTERS, strlen(CLUSTERS), &packed));
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 1);
    huge = xmalloc(size);
    memset(huge, ' ', size);
    buf_clear(&packed);
    answer_bytes(&a, "Content-Encoding: gzip\r\n", gzip(huge, size, &packed)); /* a bomb */
    ask_clusters(&a);
    said(&a, AWS_END_BAD_ANSWER, "");
    assert_int_equal(a.r.err.code, ERR_LIMIT);
    answer_bytes(&a, "", (struct str){huge, size});
    ask_clusters(&a);
    said(&a, AWS_END_BAD_ANSWER, "");
    assert_int_equal(a.r.err.code, ERR_LIMIT);
    free(huge);
    buf_release(&packed);
    asked_release(&a);
}

/* 100 MB of XML, well formed as far as it goes: it is given up at the cap, not read to its end. */
static void test_huge_xml(void **state)
{
    static const char item[] = "<item><vpcId>vpc-0123456789abcdef0</vpcId></item>";
    struct buf all = BUF_INIT((size_t)128 << 20);
    struct asked a;
    struct aws_query q;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    buf_adds(&all, "<DescribeVpcsResponse><vpcSet>");
    while (all.len < (size_t)100 << 20)
        buf_add(&all, item, sizeof(item) - 1);
    buf_adds(&all, "</vpcSet></DescribeVpcsResponse>");
    answer_bytes(&a, "", buf_str(&all));
    q = query(&a, "ec2", "DescribeVpcs");
    ask(&a, &q);
    said(&a, AWS_END_BAD_ANSWER, "");
    assert_int_equal(a.r.err.code, ERR_LIMIT);
    assert_int_equal(a.r.requests, 1);
    buf_release(&all);
    asked_release(&a);
}

static void test_broken(void **state)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"clusterArns\":[";
    struct asked a;

    (void)state;
    asked_init(&a);
    asked_open(&a);
    httpd_add(a.net.server,
              &(struct httpd_answer){
                  .path = "/", .bytes = str_from(half), .times = 1, .end = HTTPD_CLOSE});
    httpd_add(a.net.server, &(struct httpd_answer){.path = "/", .times = 1, .end = HTTPD_RESET});
    httpd_text_times(a.net.server, 1, "/", 200, "", CLUSTERS);
    ask_clusters(&a);
    said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 1);
    assert_int_equal(a.r.retries, 2);
    httpd_add(a.net.server, &(struct httpd_answer){.path = "/", .end = HTTPD_CLOSE});
    ask_clusters(&a);
    said(&a, AWS_END_UNREACHED, "without an answer");
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
    ask_clusters(&a);
    said(&a, AWS_END_CANCELED, "after 1 pages");
    assert_int_equal(httpd_count(a.net.server), 1);
    /* before it was sent, and twice */
    a.done = 0;
    q = query(&a, "ecs", "ListClusters");
    a.id = aws_send(a.client, &q, &callbacks, &a);
    aws_cancel(a.client, a.id);
    aws_cancel(a.client, a.id);
    net_wait(&a.net, &a.done);
    assert_int_equal(a.done, 1);
    assert_int_equal(httpd_count(a.net.server), 1);
    /* and with calls under way the client goes silently */
    httpd_add(a.net.server, &(struct httpd_answer){.path = "/", .gate = true});
    a.done = 0;
    aws_send(a.client, &q, &callbacks, &a);
    aws_send(a.client, &q, &callbacks, &a);
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
    q = query(&a, "ecs", "ListClusters");
    q.timeout_ms = 3000;
    httpd_text(a.net.server, "/", 429, "Retry-After: 40\r\n", "{}");
    ask(&a, &q);
    said(&a, AWS_END_TIMEOUT, "not done after");
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
    q = query(&a, "ecs", "ListClusters");
    for (int i = 0; i < 30; i++)
        aws_send(a.client, &q, &callbacks, &a);
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
    q = query(&a, "s3", "ListObjectsV2");
    q.params = json(&a, "{\"Bucket\":\"logs\"}");
    httpd_text_times(a.net.server, 1, "/logs", 301, "x-amz-bucket-region: us-west-2\r\n",
                     "<Error><Code>PermanentRedirect</Code></Error>");
    httpd_text_times(a.net.server, 1, "/logs", 200, "", list);
    ask(&a, &q);
    said(&a, AWS_END_WHOLE, "");
    assert_true(httpd_request(a.net.server, 1, &sent));
    assert_non_null(strstr(buf_cstr(&sent), "/us-west-2/s3/aws4_request"));
    assert_non_null(strstr(buf_cstr(&sent), "x-amz-content-sha256: e3b0c44298fc"));
    httpd_text_times(a.net.server, 1, "/logs", 301, "x-amz-bucket-region: evil.example/\r\n",
                     "<Error><Code>PermanentRedirect</Code></Error>");
    ask(&a, &q);
    said(&a, AWS_END_REFUSED, "PermanentRedirect");
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
    q = query(&a, "s3", "ListObjectsV2");
    q.params = json(&a, "{\"Bucket\":\"logs\",\"Prefix\":\"a b\"}");
    assert_ok(aws_presign(a.client, &q, 900, &url, &err), &err);
    assert_true(str_starts(buf_str(&url), "https://logs.s3.eu-west-1.amazonaws.com/?list-type=2"));
    assert_non_null(strstr(buf_cstr(&url), "&X-Amz-Expires=900&X-Amz-Signature="));
    q = query(&a, "ecs", "ListClusters");
    assert_int_equal(aws_presign(a.client, &q, 900, &url, &err), ERR_INPUT);
    buf_release(&url);
    asked_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_page), cmocka_unit_test(test_pages),
        cmocka_unit_test(test_endless),  cmocka_unit_test(test_pages_wanted),
        cmocka_unit_test(test_retries),  cmocka_unit_test(test_quota),
        cmocka_unit_test(test_clock),    cmocka_unit_test(test_keys),
        cmocka_unit_test(test_new_keys), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bad_xml),  cmocka_unit_test(test_gzip_and_size),
        cmocka_unit_test(test_huge_xml), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_cancel),   cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_at_once),  cmocka_unit_test(test_bucket_elsewhere),
        cmocka_unit_test(test_presign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

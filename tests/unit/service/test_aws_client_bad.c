/* test_aws_client_bad.c - what a server can answer that is no answer: refusals of every kind, pages
 * of HTML, bombs, documents that are too deep or too large, connections that break. R-37 R-38 */
#include <zlib.h>

#include "runbook/base/mem.h"
#include "src/service/aws/unpack.h"
#include "tests/unit/service/aws_asked.h"

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
        {200, "", "{\"clusterArns\":[\"arn:aws:ec", "was cut short", AWS_END_BAD_ANSWER, ERR_INPUT},
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
        asked_clusters(&a);
        asked_said(&a, cases[i].end, cases[i].said);
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
    q = asked_query(&a, "ec2", "DescribeVpcs");
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        httpd_text_times(a.net.server, 1, "/", 200, "", bodies[i]);
        asked_ask(&a, &q);
        if (a.r.end != AWS_END_BAD_ANSWER)
            fail_msg("%s was taken: %s", bodies[i], aws_end_name(a.r.end));
    }
    for (int i = 0; i < 5000; i++)
        buf_adds(&deep, "<a>");
    httpd_text_times(a.net.server, 1, "/", 200, "", buf_cstr(&deep));
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_BAD_ANSWER, "");
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
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 1);
    huge = xmalloc(size);
    memset(huge, ' ', size);
    buf_clear(&packed);
    answer_bytes(&a, "Content-Encoding: gzip\r\n", gzip(huge, size, &packed)); /* a bomb */
    asked_clusters(&a);
    asked_said(&a, AWS_END_BAD_ANSWER, "");
    assert_int_equal(a.r.err.code, ERR_LIMIT);
    answer_bytes(&a, "", (struct str){huge, size});
    asked_clusters(&a);
    asked_said(&a, AWS_END_BAD_ANSWER, "");
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
    q = asked_query(&a, "ec2", "DescribeVpcs");
    asked_ask(&a, &q);
    asked_said(&a, AWS_END_BAD_ANSWER, "");
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
    asked_clusters(&a);
    asked_said(&a, AWS_END_WHOLE, "");
    assert_int_equal(a.r.items, 1);
    assert_int_equal(a.r.retries, 2);
    httpd_add(a.net.server, &(struct httpd_answer){.path = "/", .end = HTTPD_CLOSE});
    asked_clusters(&a);
    asked_said(&a, AWS_END_UNREACHED, "without an answer");
    asked_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_bad_xml),
        cmocka_unit_test(test_gzip_and_size), cmocka_unit_test(test_huge_xml),
        cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

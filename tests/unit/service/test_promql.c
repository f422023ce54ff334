/* test_promql.c - queries are built, not pasted; steps; named expressions; what failures mean.
 * R-45, U-08 (escaping lives in the builder). */
#include "tests/lib/unit.h"

#include "runbook/service/prometheus.h"

static void test_values_cannot_break_out(void **state)
{
    struct buf b = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct promql_matcher m[] = {
        {"job", PROMQL_EQ, STR_LIT("a\"} or vector(1) #\\\n\x01")},
        {"x", PROMQL_NE, STR_LIT("\xFF")},
    };

    (void)state;
    assert_ok(promql_selector(&b, "up", m, 2, &err), &err);
    assert_string_equal(buf_cstr(&b),
                        "up{job=\"a\\\"} or vector(1) #\\\\\\n\\x01\",x!=\"\xEF\xBF\xBD\"}");
    m[0].label = "job=\"x\",y";
    assert_int_equal(promql_selector(&b, "up", m, 1, &err), ERR_INPUT);
    assert_int_equal(promql_selector(&b, "up{}", NULL, 0, &err), ERR_INPUT);
    assert_int_equal(promql_selector(&b, NULL, NULL, 0, &err), ERR_INPUT);
    buf_release(&b);
}

static void test_literals_in_a_regex(void **state)
{
    struct str values[] = {STR_LIT("a.b"), STR_LIT("https://x/y_AWS::S3"), STR_LIT("(|)")};
    struct buf b = BUF_INIT(4096);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        promql_regex_literal(&b, values[i]);
    assert_string_equal(buf_cstr(&b), "a\\.bhttps://x/y_AWS::S3\\(\\|\\)");
    buf_release(&b);
}

static void check_duration(int64_t ms, const char *expected)
{
    struct buf b = BUF_INIT(64);

    promql_duration(&b, ms);
    assert_string_equal(buf_cstr(&b), expected);
    buf_release(&b);
}

static void test_durations(void **state)
{
    (void)state;
    check_duration(90000, "90s");
    check_duration(900000, "15m");
    check_duration(86400000, "1d");
    check_duration(1500, "1500ms");
    check_duration(0, "1ms");
}

static void test_steps(void **state)
{
    const int64_t day = 86400000;

    (void)state;
    assert_int_equal(promql_step_ms(0, 3600000, 0, 0), 15000);
    assert_int_equal(promql_step_ms(0, 3600000, 1000, 0), 1000);
    assert_int_equal(promql_step_ms(0, 0, 60000, 0), 60000);
    assert_int_equal(promql_step_ms(0, 3600000, 15000, 100),
                     45000); /* a multiple of the interval */
    for (int64_t span = 1000; span < 4000 * day; span = span * 3 + 7) {
        int64_t step = promql_step_ms(0, span, 1000, 0);

        assert_true(span / step + 1 <= PROM_POINTS_MAX);
        assert_true(step >= 1000);
    }
}

static void test_expressions(void **state)
{
    const struct promql_matcher m = {"instance", PROMQL_EQ, STR_LIT("web\"1")};
    struct buf b = BUF_INIT(4096);
    struct err err = ERR_INIT;
    int n = 0;

    (void)state;
    assert_ok(promql_expr_build(&b, promql_expr_find("cpu_usage"), &m, 1, 300000, &err), &err);
    assert_string_equal(buf_cstr(&b),
                        "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\","
                        "instance=\"web\\\"1\"}[5m]))");
    for (const struct promql_expr *x = promql_expr_table(); x->name; x++, n++) {
        assert_ptr_equal(promql_expr_find(x->name), x);
        assert_int_equal(x->help[strlen(x->help) - 1], '.');
        buf_clear(&b);
        assert_ok(promql_expr_build(&b, x, &m, 1, 60000, &err), &err);
        assert_null(strchr(buf_cstr(&b), '$'));
        assert_non_null(strstr(buf_cstr(&b), "instance=\"web\\\"1\""));
    }
    assert_true(n >= 20);
    assert_null(promql_expr_find("nope"));
    buf_release(&b);
}

static void check_build(const struct prom_request *r, const char *path, const char *params)
{
    struct buf p = BUF_INIT(4096), q = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    int64_t step;
    bool post;

    assert_ok(prom_request_build(r, &p, &q, &post, &step, &err), &err);
    assert_string_equal(buf_cstr(&p), path);
    assert_string_equal(buf_cstr(&q), params);
    assert_false(post);
    buf_release(&p);
    buf_release(&q);
}

static void check_refused(const struct prom_request *r, enum err_code code, const char *part)
{
    struct buf p = BUF_INIT(4096), q = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    int64_t step;
    bool post;

    assert_int_equal(prom_request_build(r, &p, &q, &post, &step, &err), code);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    buf_release(&p);
    buf_release(&q);
}

static void test_requests(void **state)
{
    static const char *const matches[] = {"up", "x{a=\"b\"}"};

    (void)state;
    check_build(&(struct prom_request){PROM_API_QUERY, .query = "a + b", .time_ms = 1500},
                "/api/v1/query", "time=1.500&query=a%20%2B%20b");
    check_build(
        &(struct prom_request){PROM_API_RANGE, .query = "up", .start_ms = 1000, .end_ms = 61000},
        "/api/v1/query_range", "query=up&start=1.000&end=61.000&step=15.000");
    check_build(
        &(struct prom_request){PROM_API_SERIES, .matches = matches, .match_count = 2, .limit = 5},
        "/api/v1/series", "match%5B%5D=up&match%5B%5D=x%7Ba%3D%22b%22%7D&limit=5");
    check_build(&(struct prom_request){PROM_API_LABEL_VALUES, .label = "job"},
                "/api/v1/label/job/values", "");
    check_build(&(struct prom_request){PROM_API_TARGETS}, "/api/v1/targets", "state=active");
    check_refused(&(struct prom_request){PROM_API_QUERY, .query = " "}, ERR_INPUT, "empty");
    check_refused(&(struct prom_request){PROM_API_RANGE, .query = "up", .start_ms = 9, .end_ms = 1},
                  ERR_INPUT, "range");
    check_refused(&(struct prom_request){PROM_API_RANGE, .query = "up", .start_ms = 1,
                                         .end_ms = 20000000, .step_ms = 1},
                  ERR_LIMIT, "use at least");
    check_refused(&(struct prom_request){PROM_API_LABEL_VALUES, .label = "../x"}, ERR_INPUT,
                  "label name");
    check_refused(&(struct prom_request){PROM_API_SERIES}, ERR_INPUT, "selector");
}

static void test_long_queries_are_posted(void **state)
{
    struct buf p = BUF_INIT(4096), q = BUF_INIT(1 << 20), text = BUF_INIT(8192);
    struct prom_request r = {PROM_API_QUERY};
    struct err err = ERR_INIT;
    int64_t step;
    bool post;

    (void)state;
    for (int i = 0; i < 2000; i++)
        buf_addc(&text, 'a');
    r.query = buf_cstr(&text);
    assert_ok(prom_request_build(&r, &p, &q, &post, &step, &err), &err);
    assert_true(post);
    buf_release(&p);
    buf_release(&q);
    buf_release(&text);
}

static void check_failure(int status, const char *type, const char *body, enum err_code code,
                          const char *part)
{
    struct err err = ERR_INIT;

    assert_int_equal(prom_http_error(status, type, str_from(body), &err), code);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
}

static void test_failures_are_told_apart(void **state)
{
    (void)state;
    check_failure(
        400, "application/json",
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:3: parse error\"}",
        ERR_INPUT, "bad_data: 1:3: parse error");
    check_failure(503, "application/json",
                  "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}",
                  ERR_TIMEOUT, "timed out");
    check_failure(422, "application/json",
                  "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"query processing "
                  "would load too many samples into memory\"}",
                  ERR_LIMIT, "too many samples");
    check_failure(502, "text/html", "<html><head><TITLE> 502 Bad Gateway</title>", ERR_AGAIN,
                  "502 Bad Gateway");
    check_failure(200, "text/html; charset=utf-8", "<title>Sign in</title>", ERR_REMOTE,
                  "login page");
    check_failure(401, "text/plain", "Unauthorized\n", ERR_DENIED, "password or token");
    check_failure(404, "text/plain", "404 page not found", ERR_NOT_FOUND, "path prefix");
    check_failure(302, "", "", ERR_REMOTE, "redirects");
    check_failure(500, "text/plain", "\x1b[2J bad", ERR_REMOTE, "HTTP 500");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_cannot_break_out),
        cmocka_unit_test(test_literals_in_a_regex),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_long_queries_are_posted),
        cmocka_unit_test(test_failures_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

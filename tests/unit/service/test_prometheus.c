/* test_prometheus.c - the Prometheus and Alertmanager clients against a scripted server: the three
 * answers, answers split and cut at every byte, HTML, error JSON, credentials, POST, cancel. R-45,
 * U-08. */
#include "tests/unit/net/netrun.h"

#include "runbook/service/alertmanager.h"
#include "runbook/service/prometheus.h"

struct reply {
    int done;
    enum prom_state state;
    struct err err;
    struct buf body;
    size_t rows, samples;
    int http_status;
    char warning[80];
};

static void on_reply(void *ctx, const struct prom_reply *r)
{
    struct reply *g = ctx;

    g->done++;
    g->state = r->state;
    g->err = r->err;
    g->rows = r->rows;
    g->samples = r->samples;
    g->http_status = r->http_status;
    if (r->warnings.count)
        snprintf(g->warning, sizeof(g->warning), "%s", r->warnings.items[0]);
    g->body = *r->body;
    *r->body = (struct buf)BUF_INIT(0);
}

static struct prometheus *client(struct net *n, const struct prometheus_options *extra)
{
    struct prometheus_options o = extra ? *extra : (struct prometheus_options){0};
    char url[HTTPD_URL_MAX];
    struct prometheus *p;
    struct err err = ERR_INIT;

    o.url = httpd_url(n->server, "", url);
    assert_ok(prometheus_new(n->loop, n->client, &o, &p, &err), &err);
    return p;
}

static void get(struct net *n, struct prometheus *p, const struct prom_request *req,
                struct reply *g)
{
    memset(g, 0, sizeof(*g));
    buf_init(&g->body, 0);
    assert_true(prometheus_send(p, req, on_reply, g) > 0);
    assert_int_equal(g->done, 0); /* never nested */
    net_wait(n, &g->done);
    assert_int_equal(g->done, 1);
}

#define VECTOR                                                                                     \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__"    \
    "name__\":\"up\"},"                                                                            \
    "\"value\":[1,\"1\"]}]},\"warnings\":[\"slow store\"]}"
#define EMPTY "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"

static void test_three_answers(void **state)
{
    const struct prom_request q = {PROM_API_QUERY, .query = "up{a=\"b&c\"}"};
    struct buf seen = BUF_INIT(65536);
    struct prometheus *p;
    struct reply g;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    httpd_text_times(n.server, 1, "/api/v1/query", 200, "Content-Type: application/json\r\n",
                     VECTOR);
    httpd_text_times(n.server, 1, "/api/v1/query", 200, "Content-Type: application/json\r\n",
                     EMPTY);
    httpd_text_times(
        n.server, 1, "/api/v1/query", 400, "Content-Type: application/json\r\n",
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:2: parse error\"}");
    get(&n, p, &q, &g);
    assert_int_equal(g.state, PROM_DATA);
    assert_int_equal(g.rows, 1);
    assert_string_equal(g.warning, "slow store");
    assert_string_equal(buf_cstr(&g.body), VECTOR);
    buf_release(&g.body);
    get(&n, p, &q, &g);
    assert_int_equal(g.state, PROM_EMPTY);
    assert_int_equal(g.err.code, ERR_OK);
    buf_release(&g.body);
    get(&n, p, &q, &g);
    assert_int_equal(g.state, PROM_ERROR);
    assert_int_equal(g.err.code, ERR_INPUT);
    assert_non_null(strstr(g.err.msg, "1:2: parse error"));
    assert_non_null(strstr(g.err.msg, "Prometheus http://127.0.0.1:"));
    buf_release(&g.body);
    assert_true(httpd_request(n.server, 0, &seen));
    assert_non_null(strstr(buf_cstr(&seen), "GET /api/v1/query?query=up%7Ba%3D%22b%26c%22%7D "));
    buf_release(&seen);
    prometheus_free(p);
    net_release(&n);
}

/* Whatever way the bytes are cut into packets the answer is the same. */
static void test_split_at_every_byte(void **state)
{
    static const char raw[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    char text[1024];
    struct prometheus *p;
    struct reply g;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    snprintf(text, sizeof(text), raw, strlen(VECTOR), VECTOR);
    for (size_t piece = 1; piece <= 7; piece++)
        httpd_add(n.server, &(struct httpd_answer){.path = "/api/v1/query",
                                                   .bytes = str_from(text),
                                                   .piece_bytes = piece,
                                                   .times = 1});
    for (size_t piece = 1; piece <= 7; piece++) {
        get(&n, p, &(struct prom_request){PROM_API_QUERY, .query = "up"}, &g);
        assert_int_equal(g.state, PROM_DATA);
        assert_string_equal(buf_cstr(&g.body), VECTOR);
        buf_release(&g.body);
    }
    prometheus_free(p);
    net_release(&n);
}

/* Cut after every byte of the body: with a length it is a broken connection, without one broken
 * JSON. */
static void test_cut_answers(void **state)
{
    char text[1024];
    struct prometheus *p;
    struct reply g;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    for (size_t cut = 0; cut < strlen(VECTOR); cut += 7) {
        int len = snprintf(text, sizeof(text),
                           "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n%.*s",
                           (int)cut, VECTOR);

        httpd_add(n.server, &(struct httpd_answer){.path = "/api/v1/query",
                                                   .bytes = {text, (size_t)len},
                                                   .times = 1,
                                                   .end = HTTPD_CLOSE});
        get(&n, p, &(struct prom_request){PROM_API_QUERY, .query = "up"}, &g);
        assert_int_equal(g.state, PROM_ERROR);
        assert_int_equal(g.err.code, ERR_REMOTE);
        buf_release(&g.body);
    }
    prometheus_free(p);
    net_release(&n);
}

static void check_error(struct net *n, struct prometheus *p, enum err_code code, const char *part)
{
    struct reply g;

    get(n, p, &(struct prom_request){PROM_API_QUERY, .query = "up", .timeout_ms = 3000}, &g);
    assert_int_equal(g.state, PROM_ERROR);
    if (g.err.code != code || !strstr(g.err.msg, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", err_code_name(g.err.code), g.err.msg, part);
    buf_release(&g.body);
}

static void test_failures(void **state)
{
    struct prometheus *p;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    httpd_text_times(n.server, 1, "/api/v1/query", 200, "Content-Type: text/html\r\n",
                     "<html><title>Sign in</title></html>");
    check_error(&n, p, ERR_REMOTE, "an HTML page (Sign in)");
    httpd_text_times(n.server, 1, "/api/v1/query", 401, "Content-Type: text/plain\r\n",
                     "Unauthorized");
    check_error(&n, p, ERR_DENIED, "password or token");
    httpd_text_times(n.server, 1, "/api/v1/query", 404, "", "404 page not found");
    check_error(&n, p, ERR_NOT_FOUND, "path prefix");
    httpd_text_times(
        n.server, 1, "/api/v1/query", 422, "",
        "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many matching\"}");
    check_error(&n, p, ERR_REMOTE, "many-to-many");
    httpd_text_times(n.server, 1, "/api/v1/query", 200, "Content-Type: application/json\r\n",
                     "{\"status\":\"success\",\"data\":{}}");
    check_error(&n, p, ERR_REMOTE, "no 'result'");
    prometheus_free(p);
    net_release(&n);
}

static void test_auth_and_post(void **state)
{
    struct secret *token = secret_new(STR_LIT("tok3n"));
    struct prometheus_options o = {.auth = HTTP_AUTH_BEARER, .secret = token};
    struct buf seen = BUF_INIT(1 << 20), query = BUF_INIT(4096);
    struct prometheus *p;
    struct reply g;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, &o);
    secret_free(token);
    httpd_text(n.server, "/api/v1/query", 200, "Content-Type: application/json\r\n", EMPTY);
    for (int i = 0; i < 3000; i++)
        buf_addc(&query, 'x');
    get(&n, p, &(struct prom_request){PROM_API_QUERY, .query = buf_cstr(&query)}, &g);
    assert_int_equal(g.state, PROM_EMPTY);
    buf_release(&g.body);
    assert_true(httpd_request(n.server, 0, &seen));
    assert_non_null(strstr(buf_cstr(&seen), "POST /api/v1/query HTTP/"));
    assert_non_null(strstr(buf_cstr(&seen), "Authorization: Bearer tok3n"));
    assert_non_null(strstr(buf_cstr(&seen), "application/x-www-form-urlencoded"));
    assert_non_null(strstr(buf_cstr(&seen), "\r\n\r\nquery=xxx"));
    buf_release(&seen);
    buf_release(&query);
    prometheus_free(p);
    net_release(&n);
}

static void make_matrix(struct buf *b, size_t series, size_t points)
{
    buf_adds(b, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    for (size_t i = 0; i < series; i++) {
        buf_addf(b, "%s{\"metric\":{\"i\":\"%zu\"},\"values\":[", i ? "," : "", i);
        for (size_t k = 0; k < points; k++)
            buf_addf(b, "%s[%zu,\"0.25\"]", k ? "," : "", 1700000000 + k * 15);
        buf_adds(b, "]}");
    }
    buf_adds(b, "]}}");
}

/* A large answer is checked on the pool; over a cap it is a clear error. */
static void test_large_answers(void **state)
{
    struct buf b = BUF_INIT(64 << 20);
    struct prometheus_options o = {.max_body_bytes = 1 << 20};
    struct prometheus *p, *small;
    const struct prom_request q = {PROM_API_RANGE, .query = "x", .start_ms = 1000, .end_ms = 2000};
    struct reply g;
    struct net n;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    small = client(&n, &o);
    make_matrix(&b, 200, 500);
    httpd_text(n.server, "/api/v1/query_range", 200, "Content-Type: application/json\r\n",
               buf_cstr(&b));
    get(&n, p, &q, &g);
    assert_int_equal(g.state, PROM_DATA);
    assert_int_equal(g.rows, 200);
    assert_int_equal(g.samples, 100000);
    assert_int_equal(g.body.len, b.len);
    buf_release(&g.body);
    get(&n, small, &q, &g);
    assert_int_equal(g.err.code, ERR_LIMIT);
    buf_release(&g.body);
    buf_release(&b);
    prometheus_free(p);
    prometheus_free(small);
    net_release(&n);
}

/* Canceled and freed clients never call back; a request that is refused here sends nothing. */
static void test_cancel_and_refuse(void **state)
{
    struct prometheus *p;
    struct reply g, never = {0};
    struct net n;
    prom_id id;

    (void)state;
    net_init(&n);
    p = client(&n, NULL);
    httpd_add(n.server,
              &(struct httpd_answer){.path = "/api/v1/query", .gate = true, .end = HTTPD_CLOSE});
    id =
        prometheus_send(p, &(struct prom_request){PROM_API_QUERY, .query = "up"}, on_reply, &never);
    prometheus_send(p, &(struct prom_request){PROM_API_QUERY, .query = "down"}, on_reply, &never);
    prometheus_send(p, &(struct prom_request){PROM_API_QUERY, .query = ""}, on_reply, &never);
    net_settle(&n);
    assert_int_equal(never.done, 1); /* the refused one */
    buf_release(&never.body);
    prometheus_cancel(p, id);
    prometheus_cancel(p, 4711);
    net_settle(&n);
    prometheus_free(p);
    net_settle(&n);
    assert_int_equal(never.done, 1);
    p = client(&n, NULL);
    get(&n, p, &(struct prom_request){PROM_API_RANGE, .query = "up"}, &g);
    assert_int_equal(g.err.code, ERR_INPUT);
    buf_release(&g.body);
    prometheus_free(p);
    net_release(&n);
}

static void check_url(const char *url, const char *part)
{
    struct prometheus_options o = {.url = url};
    struct prometheus *p;
    struct err err = ERR_INIT;
    struct net n;

    net_init(&n);
    assert_int_equal(prometheus_new(n.loop, n.client, &o, &p, &err), ERR_INPUT);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    net_release(&n);
}

static void test_urls(void **state)
{
    (void)state;
    check_url("", "empty");
    check_url("localhost:9090", "http://");
    check_url("file:///etc/passwd", "http://");
    check_url("http:///x", "no host");
    check_url("http://u:p@h/", "user");
    check_url("http://h/?x=1", "must end");
    check_url("http://h/ x", "must end");
}

static void test_small_answers(void **state)
{
    static const char targets[] =
        "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{\"job\":\"a\","
        "\"instance\":\"x:1\"},"
        "\"scrapeUrl\":\"http://x:1/"
        "metrics\",\"health\":\"down\",\"lastError\":\"refused\",\"scrapeInterval\":\"15s\"},"
        "{\"labels\":{\"job\":\"b\"},\"health\":\"up\"}],\"droppedTargets\":[]}}";
    static const char alerts[] =
        "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Slow\"},"
        "\"annotations\":{},"
        "\"state\":\"firing\",\"activeAt\":\"2024-05-14T09:00:00Z\",\"value\":\"1e+00\"}]}}";
    static const char rules[] =
        "{\"status\":\"success\",\"data\":{\"groups\":[{\"name\":\"g\",\"file\":\"f\",\"rules\":[{"
        "\"name\":\"r\",\"type\":\"alerting\","
        "\"health\":\"err\",\"state\":\"firing\",\"query\":\"up\",\"alerts\":[{},{}]}]}]}}";
    struct arena *a = arena_new(0);
    struct prom_targets t;
    struct prom_alerts al;
    struct prom_rules r;
    struct prom_metas m;
    struct prom_build b;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(prom_decode_targets(str_from(targets), a, &t, &err), &err);
    assert_true(t.count == 2 && t.down == 1);
    assert_int_equal(t.items[0].interval_ms, 15000);
    assert_ok(prom_decode_alerts(str_from(alerts), a, &al, &err), &err);
    assert_string_equal(al.items[0].name, "Slow");
    assert_int_equal(al.items[0].active_at_ms, INT64_C(1715677200000));
    assert_ok(prom_decode_rules(str_from(rules), a, &r, &err), &err);
    assert_true(r.count == 1 && r.firing == 1 && r.broken == 1 && r.items[0].active == 2);
    assert_ok(
        prom_decode_metadata(
            STR_LIT(
                "{\"status\":\"success\",\"data\":{\"up\":[{\"type\":\"gauge\",\"help\":\"h\"}]}}"),
            a, &m, &err),
        &err);
    assert_string_equal(m.items[0].type, "gauge");
    assert_ok(
        prom_decode_build(STR_LIT("{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\"}}"), a,
                          &b, &err),
        &err);
    assert_string_equal(b.version, "2.42.0");
    assert_int_equal(prom_decode_targets(str_from(alerts), a, &t, &err), ERR_REMOTE);
    assert_int_equal(prom_decode_alerts(STR_LIT("[1"), a, &al, &err), ERR_REMOTE);
    for (size_t cut = 0; cut < sizeof(targets) - 1; cut++)
        assert_int_equal(prom_decode_targets((struct str){targets, cut}, a, &t, &err), ERR_REMOTE);
    arena_free(a);
}

static void test_alertmanager_answers(void **state)
{
    static const char alerts[] =
        "[{\"labels\":{\"alertname\":\"Slow\"},\"annotations\":{},\"status\":{\"state\":"
        "\"suppressed\",\"silencedBy\":[\"s1\"],"
        "\"inhibitedBy\":[]},\"startsAt\":\"2024-05-14T09:00:00.123Z\",\"fingerprint\":\"f\"}]";
    static const char silences[] =
        "[{\"id\":\"s1\",\"status\":{\"state\":\"active\"},\"createdBy\":\"me\",\"comment\":\"c\","
        "\"matchers\":[{\"name\":\"a\","
        "\"value\":\"b\\\"\",\"isRegex\":false},{\"name\":\"c\",\"value\":\"d.*\",\"isRegex\":true,"
        "\"isEqual\":false}]}]";
    struct arena *a = arena_new(0);
    struct am_alerts al;
    struct am_silences s;
    struct am_groups g;
    struct am_status st;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(am_decode_alerts(str_from(alerts), a, &al, &err), &err);
    assert_true(al.count == 1 && al.suppressed == 1 && al.items[0].silenced_by == 1);
    assert_ok(am_decode_silences(str_from(silences), a, &s, &err), &err);
    assert_string_equal(s.items[0].matchers, "{a=\"b\\\"\",c!~\"d.*\"}");
    assert_int_equal(s.active, 1);
    assert_ok(
        am_decode_groups(STR_LIT("[{\"labels\":{},\"receiver\":{\"name\":\"r\"},\"alerts\":[{}]}]"),
                         a, &g, &err),
        &err);
    assert_true(g.count == 1 && g.items[0].alerts.count == 1);
    assert_int_equal(am_decode_alerts(STR_LIT("{}"), a, &al, &err), ERR_REMOTE);
    assert_int_equal(am_decode_status(STR_LIT("{}"), a, &st, &err), ERR_REMOTE);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_answers),     cmocka_unit_test(test_split_at_every_byte),
        cmocka_unit_test(test_cut_answers),       cmocka_unit_test(test_failures),
        cmocka_unit_test(test_auth_and_post),     cmocka_unit_test(test_large_answers),
        cmocka_unit_test(test_cancel_and_refuse), cmocka_unit_test(test_urls),
        cmocka_unit_test(test_small_answers),     cmocka_unit_test(test_alertmanager_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

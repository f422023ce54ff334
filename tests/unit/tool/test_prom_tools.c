/* test_prom_tools.c - the rows for Prometheus and Alertmanager: their tables agree, the three
 * answers become statuses, the raw body comes along, a source that is not configured says how to,
 * cancel finishes. R-45, U-08. */
#include "tests/unit/net/netrun.h"

#include "runbook/codec/json.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/prometheus.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

struct answer {
    int done;
    enum tool_status status;
    struct err err;
    char summary[256];
    int64_t rows;
    char body[512];
};

static void on_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms)
{
    struct answer *a = ctx;

    (void)id;
    (void)duration_ms;
    a->done++;
    a->status = r->status;
    a->err = r->err;
    a->rows = r->rows;
    snprintf(a->summary, sizeof(a->summary), "%s", r->summary);
    snprintf(a->body, sizeof(a->body), "%s", buf_cstr(&r->body));
}

struct bench {
    struct net net;
    struct tool_env env;
    struct tool_runner *runner;
};

static void bench_init(struct bench *b, bool configured)
{
    struct prometheus_options po = {0};
    struct alertmanager_options ao = {0};
    char url[HTTPD_URL_MAX];
    struct err err = ERR_INIT;

    memset(b, 0, sizeof(*b));
    net_init(&b->net);
    b->env.loop = b->net.loop;
    po.url = ao.url = httpd_url(b->net.server, "", url);
    if (configured) {
        assert_ok(prometheus_new(b->net.loop, b->net.client, &po, &b->env.prometheus, &err), &err);
        assert_ok(alertmanager_new(b->net.loop, b->net.client, &ao, &b->env.alertmanager, &err),
                  &err);
    }
    b->runner = tool_runner_new(b->net.loop, &b->env);
}

static void bench_release(struct bench *b)
{
    tool_runner_free(b->runner);
    prometheus_free(b->env.prometheus);
    alertmanager_free(b->env.alertmanager);
    net_release(&b->net);
}

static void run(struct bench *b, const char *tool, const char *args, struct answer *a)
{
    struct err err = ERR_INIT;
    tool_id id;

    memset(a, 0, sizeof(*a));
    assert_ok(tool_run(b->runner, tool, str_from(args), on_done, a, &id, &err), &err);
    net_wait(&b->net, &a->done);
    assert_int_equal(a->done, 1);
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static void test_statuses(void **state)
{
    static const char data[] =
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
        "\"values\":[[1,\"1\"],[16,\"2\"]]}]}}";
    static const char args[] =
        "{\"query\":\"up\",\"start\":\"2024-05-14T09:00:00Z\",\"end\":\"2024-05-14T10:00:00Z\"}";
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b, true);
    httpd_text_times(b.net.server, 1, "/api/v1/query_range", 200, JSON_TYPE, data);
    httpd_text_times(b.net.server, 1, "/api/v1/query_range", 200, JSON_TYPE,
                     "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
    httpd_text_times(b.net.server, 1, "/api/v1/query_range", 403, "", "no");
    run(&b, "prometheus_range", args, &a);
    assert_int_equal(a.status, TOOL_OK);
    assert_int_equal(a.rows, 1);
    assert_string_equal(a.summary, "1 series, 2 samples, step 15s");
    assert_string_equal(a.body, data);
    run(&b, "prometheus_range", args, &a);
    assert_int_equal(a.status, TOOL_EMPTY);
    assert_int_equal(a.err.code, ERR_OK);
    run(&b, "prometheus_range", args, &a);
    assert_int_equal(a.status, TOOL_DENIED);
    bench_release(&b);
}

static void test_summaries(void **state)
{
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b, true);
    httpd_text(b.net.server, "/api/v1/alerts", 200, JSON_TYPE,
               "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Slow\"},"
               "\"state\":\"firing\"},"
               "{\"labels\":{\"alertname\":\"Soon\"},\"state\":\"pending\"}]}}");
    httpd_text(b.net.server, "/api/v1/targets", 200, JSON_TYPE,
               "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{},\"health\":"
               "\"down\"}],\"droppedTargets\":[]}}");
    httpd_text(b.net.server, "/api/v2/silences", 200, JSON_TYPE, "[]");
    httpd_text(b.net.server, "/api/v2/alerts", 200, JSON_TYPE,
               "[{\"labels\":{\"alertname\":\"Slow\"}}]");
    run(&b, "prometheus_alerts", "{}", &a);
    assert_string_equal(a.summary, "1 firing, 1 pending: Slow");
    run(&b, "prometheus_targets", "{}", &a);
    assert_string_equal(a.summary, "1 targets, 1 down");
    run(&b, "alertmanager_silences", "{}", &a);
    assert_int_equal(a.status, TOOL_EMPTY);
    run(&b, "alertmanager_alerts", "{\"filter\":\"a=\\\"b\\\"\"}", &a);
    assert_string_equal(a.summary, "1 alerts, 0 suppressed: Slow");
    bench_release(&b);
}

static void test_not_configured(void **state)
{
    struct bench b;
    struct answer a;

    (void)state;
    bench_init(&b, false);
    run(&b, "prometheus_targets", "{}", &a);
    assert_int_equal(a.status, TOOL_ERROR);
    assert_int_equal(a.err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(a.err.msg, "--prometheus"));
    run(&b, "alertmanager_alerts", "{}", &a);
    assert_int_equal(a.err.code, ERR_NOT_FOUND);
    bench_release(&b);
}

static void test_cancel_finishes(void **state)
{
    struct answer a = {0};
    struct err err = ERR_INIT;
    struct bench b;
    tool_id id;

    (void)state;
    bench_init(&b, true);
    httpd_add(b.net.server, &(struct httpd_answer){.gate = true, .end = HTTPD_CLOSE});
    assert_ok(tool_run(b.runner, "prometheus_targets", STR_LIT("{}"), on_done, &a, &id, &err),
              &err);
    net_settle(&b.net);
    tool_run_cancel(b.runner, id);
    assert_int_equal(a.done, 1);
    assert_int_equal(a.status, TOOL_CANCELED);
    net_settle(&b.net);
    assert_int_equal(tool_runner_busy(b.runner), 0);
    bench_release(&b);
}

/* The names of the expressions stand in the tool's row and in the service's table. */
static void test_expression_names(void **state)
{
    const struct tool_def *t = tool_find("prometheus_expr");
    const struct promql_expr *x = promql_expr_table();
    const char *const *o = t->params[0].options;
    struct buf cited = BUF_INIT(4096);
    struct arena *a = arena_new(0);
    const struct value *args;
    struct err err = ERR_INIT;

    (void)state;
    for (; x->name && *o; x++, o++)
        assert_string_equal(x->name, *o);
    assert_true(!x->name && !*o);
    assert_ok(json_parse(a,
                         STR_LIT("{\"name\":\"targets_down\",\"label\":\"job\",\"value\":\"x\\\"\","
                                 "\"window\":\"2h\"}"),
                         &args, &err),
              &err);
    t->query(args, &cited);
    assert_string_equal(buf_cstr(&cited), "up{job!=\"\",job=\"x\\\"\"} == 0 over 2h");
    buf_release(&cited);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),         cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_not_configured),   cmocka_unit_test(test_cancel_finishes),
        cmocka_unit_test(test_expression_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_rca_metric.c - what a metric is, by its name and by the labels of its series: latency,
 * errors, requests, use. */
#include "tests/lib/unit.h"

#include "src/engine/rca_metric.h"

static enum rca_kind kind_of(const char *name)
{
    struct rca_metric m;

    rca_metric_classify(name, &m);
    return m.kind;
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        enum rca_kind kind;
    } rows[] = {
        {"http_request_duration_seconds", RCA_LATENCY},
        {"requestLatencyP99", RCA_LATENCY},
        {"http_errors_total", RCA_ERRORS},
        {"container_cpu_usage_seconds_total", RCA_SATURATION},
        {"process_resident_memory_bytes", RCA_SATURATION},
        {"http_requests_total", RCA_TRAFFIC},
        {"up", RCA_AVAILABILITY},
        {"build_info", RCA_SKIP},
        {"http_request_duration_seconds_bucket", RCA_SKIP},
        {"temperature_of_the_tea", RCA_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (kind_of(rows[i].name) != rows[i].kind)
            fail_msg("%s is %s, not %s", rows[i].name, rca_kind_name(kind_of(rows[i].name)),
                     rca_kind_name(rows[i].kind));
    }
}

static enum rca_kind refined(const char *label, const char *value, bool *ret_caller)
{
    const struct prom_label labels[] = {{label, value}};
    struct rca_metric m;

    rca_metric_classify("http_requests_total", &m);
    rca_metric_refine((struct prom_labels){labels, 1}, &m);
    *ret_caller = m.caller_view;
    return m.kind;
}

/* Requests that failed on the server's side are errors; a client's mistakes are requests. */
static void test_labels(void **state)
{
    static const char *const failed[] = {
        "500", "503", "5xx", "SERVER_ERROR", "Unavailable", "STATUS_CODE_ERROR", "failure", NULL};
    static const char *const not_failed[] = {"200", "404",   "2xx",      "OK",
                                             "5",   "50000", "Canceled", NULL};
    bool caller;

    (void)state;
    for (const char *const *v = failed; *v; v++)
        assert_int_equal(refined("code", *v, &caller), RCA_ERRORS);
    for (const char *const *v = not_failed; *v; v++)
        assert_int_equal(refined("status", *v, &caller), RCA_TRAFFIC);
    assert_int_equal(refined("color", "500", &caller), RCA_TRAFFIC);
    assert_false(caller);
    refined("span_kind", "SPAN_KIND_CLIENT", &caller);
    assert_true(caller);
    refined("reporter", "source", &caller);
    assert_true(caller);
    refined("reporter", "destination", &caller);
    assert_false(caller);
}

/* A level is not refined: its labels say whose it is, not how it ended. */
static void test_only_requests_are_refined(void **state)
{
    const struct prom_label labels[] = {{"code", "500"}};
    struct rca_metric m;

    (void)state;
    rca_metric_classify("http_request_duration_seconds", &m);
    rca_metric_refine((struct prom_labels){labels, 1}, &m);
    assert_int_equal(m.kind, RCA_LATENCY);
    assert_int_equal(m.bad, 1);
    rca_metric_classify("http_requests_seconds", &m);
    rca_metric_latency(&m);
    assert_int_equal(m.kind, RCA_LATENCY);
    assert_true(m.min_rel > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_only_requests_are_refined),
    };

    return cmocka_run_group_tests_name("rca_metric", tests, NULL, NULL);
}

/* test_rca.c - the pure half of the metrics module with hand-computed cases: what a metric is
 * about, rates of counters, shifts against a history, ranking over calls.. */
#include "tests/lib/unit.h"
#include "tests/unit/engine/rca_scene.h"

#include <math.h>

#include "src/engine/rca_rank.h"

static void check_metric(const char *name, enum rca_kind kind, int bad, bool counter)
{
    struct rca_metric m;

    rca_metric_classify(name, &m);
    if (m.kind != kind || m.bad != bad || m.counter != counter)
        fail_msg("%s: %s, bad %d, counter %d", name, rca_kind_name(m.kind), m.bad, m.counter);
}

static void test_names_tell_kinds(void **state)
{
    (void)state;
    check_metric("http_request_duration_seconds", RCA_LATENCY, 1, false);
    check_metric("request_duration_seconds_count", RCA_TRAFFIC, 0, true);
    check_metric("http_requests_total", RCA_TRAFFIC, 0, true);
    check_metric("http_response_time_ms", RCA_LATENCY, 1, false);
    check_metric("grpc_server_handled_errors_total", RCA_ERRORS, 1, true);
    check_metric("container_cpu_usage_seconds_total", RCA_SATURATION, 1, true);
    check_metric("node_memory_MemAvailable_bytes", RCA_SATURATION, -1, false);
    check_metric("container_memory_usage_bytes", RCA_SATURATION, 1, false);
    check_metric("service_availability_average", RCA_AVAILABILITY, -1, false);
    check_metric("up", RCA_AVAILABILITY, -1, false);
    check_metric("PodSuccessRate", RCA_AVAILABILITY, -1, false);
    check_metric("http_request_duration_seconds_bucket", RCA_SKIP, 0, false);
    check_metric("go_build_info", RCA_SKIP, 0, false);
    check_metric("container_spec_memory_limit_bytes", RCA_SKIP, 0, false);
    check_metric("container_last_seen", RCA_SKIP, 0, false);
    check_metric("redis_commands_duration_seconds_total", RCA_SATURATION, 1, true);
    check_metric("kube_deployment_status_replicas_available", RCA_AVAILABILITY, -1, false);
    check_metric("frobnications", RCA_OTHER, 0, false);
    check_metric("", RCA_OTHER, 0, false);
}

static void test_what_is_counted(void **state)
{
    struct rca_metric m;

    (void)state;
    rca_metric_classify("request_duration_seconds_count", &m);
    assert_string_equal(m.unit, "count"); /* requests, not seconds */
    rca_metric_classify("request_duration_seconds", &m);
    assert_string_equal(m.unit, "seconds");
    rca_metric_classify("network_receive_bytes_total", &m);
    assert_string_equal(m.unit, "bytes");
}

static void test_labels_refine(void **state)
{
    const struct prom_label l = {"code", "503"};
    struct rca_metric m;

    (void)state;
    rca_metric_classify("http_requests_total", &m);
    rca_metric_refine((struct prom_labels){&l, 1}, &m);
    assert_int_equal(m.kind, RCA_ERRORS);
}

static void check_refined(const char *name, const char *label, const char *value,
                          enum rca_kind kind, int bad)
{
    const struct prom_label l = {label, value};
    struct rca_metric m;

    rca_metric_classify(name, &m);
    rca_metric_refine((struct prom_labels){&l, 1}, &m);
    if (m.kind != kind || m.bad != bad)
        fail_msg("%s{%s=%s}: %s, bad %d", name, label, value, rca_kind_name(m.kind), m.bad);
}

static void test_labels_turn_the_meaning_round(void **state)
{
    (void)state;
    check_refined("node_cpu_seconds_total", "mode", "idle", RCA_SATURATION, -1);
    check_refined("node_cpu_seconds_total", "mode", "user", RCA_SATURATION, 1);
    check_refined("kube_pod_status_ready", "condition", "true", RCA_AVAILABILITY, -1);
    check_refined("kube_pod_status_ready", "condition", "false", RCA_AVAILABILITY, 1);
    check_refined("container_memory_failures_total", "failure_type", "pgfault", RCA_SKIP, 1);
    check_refined("container_memory_failures_total", "failure_type", "pgmajfault", RCA_SATURATION,
                  1);
}

/* 10, 13, reset to 2, gap of 11 steps, 5: rates 3, 2 (all of it after the reset), none, none with
 * NaN. */
static void test_rates(void **state)
{
    struct prom_point p[] = {{0, 10}, {1000, 13}, {2000, 2}, {13001, 5}, {14001, NAN}, {15001, 9}};
    size_t n = rca_rates(p, 6, 1000);

    (void)state;
    assert_int_equal(n, 3);
    assert_true(p[0].value == 3 && p[0].t_ms == 1000);
    assert_true(p[1].value == 2 && p[1].t_ms == 2000);
    assert_true(p[2].value == 2 && p[2].t_ms == 15001); /* 4 more in 2 s */
}

static void test_monotonic(void **state)
{
    const struct prom_point gauge[] = {{0, 1}, {1, 3}, {2, 2}, {3, 4}, {4, 1}};
    struct prom_point counter[40];

    (void)state;
    assert_false(rca_is_monotonic(gauge, 5));
    for (size_t i = 0; i < 40; i++)
        counter[i] = (struct prom_point){(int64_t)i, (double)(i < 20 ? i : i - 20)};
    assert_true(rca_is_monotonic(counter, 40));
}

#define N 120
/* 100 samples of history that alternate 9, 11 (moving means of two are all 10), then 20 in the
 * window. */
static void make(struct prom_point *p, double window_value)
{
    for (int i = 0; i < N; i++)
        p[i] = (struct prom_point){i * 1000, i < 100 ? (i % 2 ? 11 : 9) : window_value};
}

static const struct rca_window window = {.settled = true,
                                         .base_start = 0,
                                         .base_end = 99999,
                                         .from = 100000,
                                         .until = 115000,
                                         .step = 1000};

static void test_shift_of_a_level(void **state)
{
    struct prom_point p[N];
    struct rca_shift s;

    (void)state;
    make(p, 15);
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    assert_true(s.before == 10 && s.after == 15);
    assert_true(fabs(s.z - 50) < 1e-9); /* the scale is its floor: one percent of 10 */
    assert_true(fabs(s.rel - 0.5) < 1e-9);
    assert_int_equal(s.onset_ms, 100000);
    assert_true(rca_shift_score(p, N, &window, -1, &s));
    assert_true(s.z <= 0); /* nothing fell */
    make(p, 5);
    assert_true(rca_shift_score(p, N, &window, 0, &s));
    assert_true(s.direction == -1 && s.before == 10 && s.after == 5);
}

static void test_no_shift(void **state)
{
    struct prom_point p[N];
    struct rca_shift s;

    (void)state;
    for (int i = 0; i < N; i++)
        p[i] = (struct prom_point){i * 1000, i % 2 ? 11 : 9};
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    assert_true(s.z < 1);
    for (int i = 0; i < N; i++)
        p[i].value = 7; /* constant */
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    assert_true(s.z == 0);
    for (int i = 0; i < N; i++)
        p[i].value = 0;
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    assert_true(s.z == 0 && s.rel == 0);
}

static void test_out_of_nothing(void **state)
{
    struct prom_point p[N];
    struct rca_shift s;

    (void)state;
    for (int i = 0; i < N; i++)
        p[i] = (struct prom_point){i * 1000, i < 105 ? 0 : 3};
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    assert_true(fabs(s.z - 50) < 1e-9);
    assert_int_equal(s.onset_ms, 105000);
}

static void test_too_little(void **state)
{
    struct prom_point p[N];
    struct rca_window w = window;
    struct rca_shift s;

    (void)state;
    make(p, 15);
    assert_false(rca_shift_score(p, 100, &w, 1, &s));     /* nothing in the window */
    assert_false(rca_shift_score(p + 90, 30, &w, 1, &s)); /* 10 samples of history */
    assert_false(rca_shift_score(p, 0, &w, 1, &s));
}

/* A level that was high already before the fault is what the fault is measured from. */
static void test_shifted_before(void **state)
{
    struct rca_window w = window;
    struct prom_point p[N];
    struct rca_shift s;

    (void)state;
    make(p, 15);
    w.pre_until = 107000;
    assert_true(rca_shift_score(p, N, &w, 1, &s));
    assert_true(s.before == 15 && s.z == 0);
    for (int i = 110; i < N; i++)
        p[i].value = 30;
    assert_true(rca_shift_score(p, N, &w, 1, &s));
    assert_true(s.before == 15 && s.after == 30);
}

static void test_gaps_and_other_steps(void **state)
{
    struct prom_point p[N];
    struct rca_shift s;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        if (i % 7 == 3)
            continue;
        p[n++] = (struct prom_point){i * 1000, i < 100 ? 10 : 20};
    }
    assert_true(rca_shift_score(p, n, &window, 1, &s));
    assert_true(s.before == 10 && s.after == 20);
}

/* web calls cart calls db; cache is called by web. Signals: latency with the given z. */
static const char graph[] = "{\"nodes\":[{\"id\":\"web\"},{\"id\":\"cart\"},{\"id\":\"db\"},{"
                            "\"id\":\"cache\"},{\"id\":\"other\"}],"
                            "\"edges\":[{\"from\":\"web\",\"to\":\"cart\"},{\"from\":\"cart\","
                            "\"to\":\"db\"},{\"from\":\"web\",\"to\":\"cache\"}]}";

static struct rca_signal latency(size_t service, double z)
{
    return (struct rca_signal){
        .service = service,
        .metric = "latency_seconds",
        .m = {.kind = RCA_LATENCY, .bad = 1, .min_rel = 0.1, .unit = "seconds"},
        .shift = {.z = z,
                  .z_fine = z,
                  .rel = 1,
                  .before = 1,
                  .after = 2,
                  .direction = 1,
                  .onset_ms = 1000000}};
}

static void rank(struct ranked *x, const struct rca_signal *signals, size_t count)
{
    static const char *const names[] = {"web", "cart", "db", "cache", "other"};

    rank_services(x, names, 5, graph, signals, count);
}

/* Callers inherit: the deepest service that moved is the origin, though its callers moved further.
 */
static void test_the_deepest_is_the_origin(void **state)
{
    const struct rca_signal s[] = {latency(0, 60), latency(1, 50), latency(2, 40), latency(3, 1)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 4);
    assert_true(x.r.anomalous);
    assert_int_equal(x.r.items[0].service, 2);
    assert_true(x.r.items[0].explained_by == SIZE_MAX);
    assert_int_equal(x.r.items[0].hops, 2);
    assert_int_equal(x.r.count, 3); /* cache has a strength of 0 */
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(x.r.items[i].explained_by, x.r.items[i].service + 1);
    rank_release(&x);
}

/* A callee that moved a little explains nothing. */
static void test_a_caller_on_its_own(void **state)
{
    const struct rca_signal s[] = {latency(0, 2), latency(1, 80), latency(2, 2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 3);
    assert_int_equal(x.r.items[0].service, 1);
    rank_release(&x);
}

/* What the alerting service cannot reach, and what only observes, comes behind. */
static void test_unreached_and_observers(void **state)
{
    const struct rca_signal s[] = {latency(0, 40), latency(3, 200), latency(4, 300)};
    struct ranked x = {0};

    (void)state;
    x.services[3].observer = true;
    rank(&x, s, 3);
    assert_int_not_equal(x.r.items[0].service, 4);
    rank_release(&x);
    x.services[3].observer = false;
    rank(&x, s, 3);
    assert_int_equal(x.r.items[0].service, 3);
    rank_release(&x);
    assert_true(rca_is_observer("Remote"));
    assert_false(rca_is_observer("database"));
    assert_false(rca_is_observer(NULL));
}

/* Nothing further from its usual range than in any other hour: not anomalous, whatever the order.
 */
static void test_healthy(void **state)
{
    struct rca_signal s[] = {latency(0, 2.5), latency(2, 3)};
    struct ranked x = {0};

    (void)state;
    for (size_t i = 0; i < RCA_CONTROLS; i++)
        s[0].shift.at[i] = s[1].shift.at[i] = 2.5;
    s[0].shift.scale = s[1].shift.scale = 0.4;
    rank(&x, s, 2);
    assert_false(x.r.anomalous);
    rank_release(&x);
    s[1] = latency(2, 90);
    s[1].shift.rel = 0.01; /* certain, and too small to matter */
    rank(&x, s, 2);
    assert_false(x.r.anomalous);
    rank_release(&x);
}

/* CPU that rises with the requests is explained by them; CPU that rises alone is not. */
static void test_load_explains(void **state)
{
    struct rca_signal s[] = {latency(1, 50), latency(1, 20), latency(2, 30)};
    struct ranked x = {0};

    (void)state;
    s[0].m = s[2].m =
        (struct rca_metric){.kind = RCA_SATURATION, .bad = 1, .min_rel = 0.1, .unit = "count"};
    s[0].metric = s[2].metric = "cpu";
    s[1].m = (struct rca_metric){.kind = RCA_TRAFFIC, .min_rel = 0.5, .unit = "count"};
    s[1].metric = "requests";
    s[1].shift.rel = 1.0;
    s[0].shift.rel = 1.2;
    x.in.alert_kind = RCA_OTHER;
    rank(&x, s, 3);
    x.in.alert_kind = RCA_OTHER;
    free(x.r.items);
    rca_rank(&x.in, &x.r);
    assert_int_equal(x.r.items[0].service, 2);
    assert_true(x.r.items[1].load);
    s[0].shift.rel = 9;
    free(x.r.items);
    rca_rank(&x.in, &x.r);
    assert_int_equal(x.r.items[0].service, 1);
    assert_false(x.r.items[0].load);
    rank_release(&x);
}

static void test_nothing(void **state)
{
    struct ranked x = {0};

    (void)state;
    rank(&x, NULL, 0);
    assert_int_equal(x.r.count, 0);
    assert_false(x.r.anomalous);
    rank_release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_tell_kinds),
        cmocka_unit_test(test_what_is_counted),
        cmocka_unit_test(test_labels_refine),
        cmocka_unit_test(test_labels_turn_the_meaning_round),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_shift_of_a_level),
        cmocka_unit_test(test_no_shift),
        cmocka_unit_test(test_out_of_nothing),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_shifted_before),
        cmocka_unit_test(test_gaps_and_other_steps),
        cmocka_unit_test(test_the_deepest_is_the_origin),
        cmocka_unit_test(test_a_caller_on_its_own),
        cmocka_unit_test(test_unreached_and_observers),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_load_explains),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

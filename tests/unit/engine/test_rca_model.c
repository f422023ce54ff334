/* test_rca_model.c - what the ranking is made of: whose series it is, which times are compared, the
 * healthy control. R-75. */
#include "tests/lib/unit.h"
#include "src/engine/rca_collect.h"
#include "src/engine/rca_plan.h"

#include <math.h>

/* ---- whose series is it ---- */

static void check_short(const char *name, const char *expect)
{
    assert_int_equal(rca_short_name(name, true), strlen(expect));
}

static void test_copies_of_a_service(void **state)
{
    (void)state;
    check_short("checkout-7d9f8b6c5d-x2k4p", "checkout");
    check_short("db-0", "db");
    check_short("db-12", "db");
    check_short("node-exporter-x7k2p", "node-exporter");
    check_short("10.0.0.7:9100", "10.0.0.7");
    check_short("[::1]:9100", "[::1]");
    check_short("checkout", "checkout");
    check_short("front-end", "front-end"); /* no digit: a word */
    check_short("order-queue", "order-queue");
    check_short("", "");
    check_short("-0", "-0");
    check_short("web-2024", "web-2024"); /* no ordinal of a StatefulSet */
    assert_int_equal(rca_short_name("checkout-7d9f8b6c5d-x2k4p", false), 25);
}

struct collected {
    struct arena *arena;
    struct rca_collect c;
};

static const char *taken_as(struct collected *x, const struct prom_label *labels, size_t count)
{
    struct rca_judged j = {.labels = {labels, count}};
    size_t before = x->c.signals.count;

    rca_collect_take(&x->c, "metric", 0, &j);
    if (x->c.signals.count == before)
        return NULL;
    return x->c.services.items[x->c.signals.items[before].service].name;
}

static void test_labels_name_the_service(void **state)
{
    const struct prom_label istio[] = {{"source_workload", "web"},
                                       {"destination_workload", "cart"}};
    const struct prom_label cadvisor[] = {{"container", "cart"}, {"pod", "cart-7d9f8b6c5d-x2k4p"}};
    const struct prom_label pod[] = {{"namespace", "x"}, {"pod", "cart-7d9f8b6c5d-x2k4p"}};
    const struct prom_label pause[] = {{"container", "POD"}, {"pod", "cart-7d9f8b6c5d-x2k4p"}};
    const struct prom_label lambda[] = {{"dimension_FunctionName", "resize"}, {"job", "cw"}};
    const struct prom_label none[] = {{"zone", "a"}};
    const struct prom_label unknown[] = {{"destination_workload", "unknown"}, {"app", "cart"}};
    const struct prom_label outside[] = {{"destination_workload", "PassthroughCluster"}};
    struct collected x = {.arena = arena_new(0)};

    (void)state;
    rca_collect_init(&x.c, x.arena);
    assert_string_equal(taken_as(&x, istio, 2), "cart");
    assert_string_equal(taken_as(&x, cadvisor, 2), "cart");
    assert_string_equal(taken_as(&x, pod, 2), "cart");
    assert_string_equal(taken_as(&x, pause, 2), "cart");
    assert_string_equal(taken_as(&x, lambda, 2), "resize");
    assert_null(taken_as(&x, none, 1));
    assert_string_equal(taken_as(&x, unknown, 2), "cart");
    assert_int_equal(x.c.services.count, 2);
    assert_string_equal(taken_as(&x, outside, 1), "PassthroughCluster");
    assert_true(x.c.services.items[2].observer);
    rca_collect_release(&x.c);
    arena_free(x.arena);
}

static void test_the_topology_names_the_service(void **state)
{
    static const char graph[] =
        "{\"nodes\":[{\"id\":\"svc-a\",\"labels\":{\"app\":\"a\",\"zone\":\"1\"}},"
        "{\"id\":\"svc-b\",\"labels\":{\"app\":\"b\",\"zone\":\"1\"}},{\"id\":\"db\",\"type\":"
        "\"remote\"}],"
        "\"edges\":[]}";
    const struct prom_label b[] = {{"zone", "1"}, {"app", "b"}};
    const struct prom_label db[] = {{"pod", "db-0"}};
    struct collected x = {.arena = arena_new(0)};
    const struct topology *t = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(topology_parse(str_from(graph), x.arena, &t, &err), &err);
    rca_collect_init(&x.c, x.arena);
    rca_collect_topology(&x.c, t);
    assert_string_equal(taken_as(&x, b, 2), "svc-b"); /* most of its own labels */
    assert_string_equal(taken_as(&x, db, 1), "db");
    assert_true(x.c.services.items[1].observer);
    rca_collect_release(&x.c);
    arena_free(x.arena);
}

/* Service meshes and tracing write both ends of a call; who is not in them stays outside. */
static void test_labels_tell_who_calls_whom(void **state)
{
    const struct prom_label mesh[] = {{"source_workload", "web"}, {"destination_workload", "cart"}};
    const struct prom_label traces[] = {{"client", "cart"}, {"job", "tempo"}, {"server", "db"}};
    const struct prom_label db[] = {{"service_name", "db"}};
    const struct prom_label apart[] = {{"service_name", "mail"}};
    struct collected x = {.arena = arena_new(0)};
    const struct topology *t;

    (void)state;
    rca_collect_init(&x.c, x.arena);
    assert_string_equal(taken_as(&x, mesh, 2), "cart");
    assert_string_equal(taken_as(&x, traces, 3), "db"); /* not "tempo" */
    assert_string_equal(taken_as(&x, db, 1), "db");
    assert_string_equal(taken_as(&x, apart, 1), "mail");
    t = rca_collect_calls(&x.c);
    assert_non_null(t);
    assert_int_equal(t->count, 3);
    assert_int_equal(t->edge_count, 2);
    assert_int_equal(x.c.services.items[1].node, topology_find(t, "db"));
    assert_true(x.c.services.items[2].node == SIZE_MAX);
    rca_collect_release(&x.c);
    rca_collect_init(&x.c, x.arena);
    assert_string_equal(taken_as(&x, db, 1), "db");
    assert_null(rca_collect_calls(&x.c)); /* no labels tell of a call */
    rca_collect_release(&x.c);
    arena_free(x.arena);
}

/* ---- what is asked, and over which times ---- */

static void test_what_a_name_is_asked_for(void **state)
{
    struct rca_metric m;
    bool mean;
    size_t base;

    (void)state;
    m = rca_plan_metric("http_server_requests_seconds_sum", true, &mean, &base);
    assert_true(mean && m.kind == RCA_LATENCY && m.bad == 1 && !m.counter);
    assert_int_equal(base, strlen("http_server_requests_seconds"));
    m = rca_plan_metric("rpc_duration_seconds_sum", true, &mean, &base);
    assert_true(mean && m.kind == RCA_LATENCY);
    m = rca_plan_metric("payload_bytes_sum", true, &mean, &base);
    assert_int_equal(m.kind, RCA_SKIP); /* the mean size of a message is not health */
    m = rca_plan_metric("http_request_bytes_sum", true, &mean, &base);
    assert_int_equal(m.kind, RCA_SKIP);
    m = rca_plan_metric("jvm_gc_pause_seconds_sum", true, &mean, &base);
    assert_true(!mean && m.kind == RCA_SATURATION && m.counter); /* time spent, a second */
    m = rca_plan_metric("aws_xray_requests_sum", false, &mean, &base);
    assert_true(!mean && m.kind == RCA_TRAFFIC);
    m = rca_plan_metric("rpc_duration_seconds_bucket", true, &mean, &base);
    assert_int_equal(m.kind, RCA_SKIP);
}

/* The buckets of how long things take are asked for a quantile; of sizes, and of pauses, not. */
static void test_buckets_are_asked_for_quantiles(void **state)
{
    struct rca_metric m = {.kind = RCA_SKIP};
    size_t base = 0;

    (void)state;
    assert_true(rca_plan_buckets("http_server_requests_seconds_bucket", &m, &base));
    assert_true(m.kind == RCA_LATENCY && m.bad == 1 && !m.counter);
    assert_int_equal(base, strlen("http_server_requests_seconds"));
    assert_true(rca_plan_buckets("rpc_duration_milliseconds_bucket", &m, &base));
    assert_false(rca_plan_buckets("http_request_size_bytes_bucket", &m, &base));
    assert_false(rca_plan_buckets("jvm_gc_pause_seconds_bucket", &m, &base));
    assert_false(rca_plan_buckets("rpc_duration_seconds_sum", &m, &base));
    assert_false(rca_plan_buckets("_bucket", &m, &base));
    assert_int_equal(rca_plan_alert_kind("rpc_duration_seconds_bucket"), RCA_LATENCY);
    assert_int_equal(rca_plan_alert_kind("http_request_size_bytes_bucket"), RCA_OTHER);
    assert_int_equal(rca_plan_alert_kind("request_errors_total"), RCA_ERRORS);
    assert_int_equal(rca_plan_alert_kind("build_info"), RCA_OTHER);
}

static void test_windows(void **state)
{
    const int64_t hour = 3600000;
    struct rca_window w;

    (void)state;
    rca_window_set(&w, &(struct rca_times){.now = 100 * hour});
    assert_true(w.until == 100 * hour && w.from == 100 * hour - hour / 2 && !w.pre_until);
    assert_true(w.base_end == w.from - 1 && w.base_start == w.from - 6 * hour);
    rca_window_set(&w, &(struct rca_times){.now = 100 * hour, .alert = 99 * hour});
    assert_true(w.from == 99 * hour - hour / 4);
    w.step = 15000;
    rca_window_fit(&w, 99 * hour, RCA_POINTS_MAX);
    assert_true(w.until == 99 * hour + hour / 4); /* not what happened hours later */
    rca_window_set(
        &w, &(struct rca_times){100 * hour, 99 * hour, 99 * hour - 60000, 90 * hour, 98 * hour});
    assert_true(w.from == 99 * hour - 60000 && w.pre_until == 99 * hour);
    assert_true(w.base_start == 90 * hour && w.base_end == 98 * hour);
    w.step = 1000;
    rca_window_fit(&w, 99 * hour, RCA_POINTS_MAX);
    assert_true((w.until - w.base_start) / w.step <= RCA_POINTS_MAX);
    assert_true(w.pre_until == 99 * hour - 1000);
    w.step = 0;
    rca_window_fit(&w, 0, RCA_POINTS_MAX);
    assert_int_equal(w.step, 15000);
    w.step = 277000; /* 13 samples counted in an hour */
    rca_window_fit(&w, 0, RCA_POINTS_MAX);
    assert_int_equal(w.step, 300000);
    w.step = 996;
    rca_window_fit(&w, 0, RCA_POINTS_MAX);
    assert_int_equal(w.step, 1000);
    w.step = 7400; /* nobody's step: a whole second */
    rca_window_fit(&w, 0, RCA_POINTS_MAX);
    assert_int_equal(w.step, 7000);
    w.step = 250;
    rca_window_fit(&w, 0, RCA_POINTS_MAX);
    assert_int_equal(w.step, 250);
}

/* ---- the healthy control ---- */

#define N 420

static const struct rca_window window = {
    .base_start = 0, .base_end = 399999, .from = 400000, .until = 419000, .step = 1000};

/* History that alternates; every `every` samples it stays high for a while, as the window does. */
static void series(struct prom_point *p, int every)
{
    for (int i = 0; i < N; i++) {
        bool high = i >= 405 || (every && i % every < 8 && i < 400);

        p[i] = (struct prom_point){i * 1000, (i % 2 ? 101 : 99) + (high ? 50 : 0)};
    }
}

static void test_a_history_that_looks_like_it_says_less(void **state)
{
    struct prom_point p[N];
    struct rca_shift quiet, restless;

    (void)state;
    series(p, 0);
    assert_true(rca_shift_score(p, N, &window, 1, &quiet));
    assert_true(quiet.z > 20 && quiet.control < 2.5);
    assert_true(rca_shift_z(&quiet) == quiet.z);
    series(p, 40);
    assert_true(rca_shift_score(p, N, &window, 1, &restless));
    assert_true(rca_shift_z(&restless) < 5);
}

/* The same test on windows of the history, the newest first, at the same times for all series. */
static void test_controls(void **state)
{
    struct prom_point p[N];
    struct rca_shift s;

    (void)state;
    series(p, 0);
    for (int i = 365; i < 375; i++) /* in the second window of 19 s back from the end */
        p[i].value += 50;
    assert_true(rca_shift_score(p + 100, N - 100, &window, 1, &s));
    assert_true(fabs((double)s.at[1] - s.z) < 0.1 * s.z);
    assert_true((double)s.at[0] < 1 && (double)s.at[2] < 1);
    assert_true(isnan(s.at[20])); /* nothing was sampled then */
    assert_true(rca_shift_control_z(&s, 1) <= (double)s.at[1]);
}

/* A rise within the noise of a sample that stays for the whole window is seen by the wide mean. */
static void test_what_is_small_and_stays(void **state)
{
    const struct rca_window w = {
        .base_start = 0, .base_end = 799999, .from = 800000, .until = 899000, .step = 1000};
    enum { LONG = 900 };
    struct prom_point p[LONG];
    struct rca_shift quiet, risen;
    uint32_t noise = 1;

    (void)state;
    for (int i = 0; i < LONG; i++) {
        noise = noise * 1664525 + 1013904223;
        p[i] = (struct prom_point){i * 1000, 100 + (double)(noise >> 16) / 65536 * 60};
    }
    assert_true(rca_shift_score(p, LONG, &w, 1, &quiet));
    for (int i = 805; i < LONG; i++)
        p[i].value += 20;
    assert_true(rca_shift_score(p, LONG, &w, 1, &risen));
    assert_true(rca_shift_z(&quiet) < 3 && rca_shift_z(&risen) > 5);
}

/* What belongs to the time of day is no fault: a peak that was there yesterday. */
static void test_the_same_time_yesterday(void **state)
{
    enum { STEPS = 300, DAY = 288, STEP_MS = 300000 };
    const struct rca_window w = {.base_start = 0,
                                 .base_end = (STEPS - 6) * (int64_t)STEP_MS,
                                 .from = (STEPS - 5) * (int64_t)STEP_MS,
                                 .until = (STEPS - 1) * (int64_t)STEP_MS,
                                 .step = STEP_MS};
    struct prom_point p[STEPS];
    struct rca_shift s;

    (void)state;
    for (int yesterday = 0; yesterday < 2; yesterday++) {
        for (int i = 0; i < STEPS; i++) {
            bool peak = i > STEPS - 4 || (yesterday && i > STEPS - 4 - DAY && i < STEPS - DAY);

            p[i] = (struct prom_point){i * (int64_t)STEP_MS, (i % 2 ? 101 : 99) + (peak ? 50 : 0)};
        }
        assert_true(rca_shift_score(p, STEPS, &w, 1, &s));
        assert_true(yesterday ? s.day > 0.9 * s.z && rca_shift_z(&s) < 5 : rca_shift_z(&s) > 10);
    }
}

/* Errors that come one by one: one is chance, twenty are not. */
static void test_few_events_are_chance(void **state)
{
    struct rca_window w = window;
    struct prom_point p[N];
    struct rca_shift one, many;

    (void)state;
    w.events = true;
    for (int i = 0; i < N; i++)
        p[i] = (struct prom_point){i * 1000, i == 410 ? 1 : 0};
    assert_true(rca_shift_score(p, N, &w, 1, &one));
    for (int i = 405; i < N; i++)
        p[i].value = 20;
    assert_true(rca_shift_score(p, N, &w, 1, &many));
    assert_true(one.z < 3 && many.z > 20);
}

/* A drift: what was nearly as far just before is no news, though no other window was. */
static void test_a_drift_says_less(void **state)
{
    struct prom_point p[N];
    struct rca_shift s, drift;

    (void)state;
    series(p, 0);
    assert_true(rca_shift_score(p, N, &window, 1, &s));
    for (int i = 385; i < 400; i++)
        p[i].value += 45;
    assert_true(rca_shift_score(p, N, &window, 1, &drift));
    assert_true(rca_shift_z(&drift) < rca_shift_z(&s) / 4);
}

/* Of an availability two in a thousand are noticed. */
static void test_availability_has_a_finer_floor(void **state)
{
    const struct rca_metric m = {.kind = RCA_AVAILABILITY, .bad = -1, .min_rel = 0.005};
    const struct rca_metric level = {.kind = RCA_LATENCY, .bad = -1, .min_rel = 0.005};
    const struct prom_label l = {"service", "web"};
    struct prom_point p[N];
    struct rca_judged fine, coarse;

    (void)state;
    for (int i = 0; i < N; i++)
        p[i] = (struct prom_point){i * 1000, i < 405 ? 100 : 98};
    assert_true(rca_judge(&m, (struct prom_labels){&l, 1}, p, N, &window, NULL, &fine));
    assert_true(rca_judge(&level, (struct prom_labels){&l, 1}, p, N, &window, NULL, &coarse));
    assert_true(fabs(fine.shift.z - 10) < 1e-6 && fabs(coarse.shift.z - 2) < 1e-6);
}

/* ---- did the fault begin before the alert ---- */

static void take_latency(struct rca_collect *c, const char *service, double z, double early)
{
    const struct prom_label l[] = {{"service", service}};
    struct rca_judged j = {.labels = {l, 1},
                           .m = {.kind = RCA_LATENCY, .min_rel = 0.1, .unit = "seconds"},
                           .shift = {.z = 0.5},
                           .whole = {.z = z, .rel = 1, .early = early}};

    rca_collect_take(c, "latency", 0, &j);
}

static void test_the_complaint_tells_when_it_began(void **state)
{
    struct collected x = {.arena = arena_new(0)};

    (void)state;
    for (int early = 0; early < 2; early++) {
        rca_collect_init(&x.c, x.arena);
        take_latency(&x.c, "web", 20, early ? 0.9 : 0.1);
        take_latency(&x.c, "db", 30, 1);
        take_latency(&x.c, "api", 30, 0.1);
        take_latency(&x.c, "auth", 30, 0.1);
        rca_collect_settle(&x.c, 0, RCA_LATENCY);
        assert_true(x.c.signals.items[1].shift.z == (early ? 30 : 0.5));
        rca_collect_release(&x.c);
    }
    rca_collect_init(&x.c, x.arena);
    take_latency(&x.c, "web", 20, 0.9);
    rca_collect_settle(&x.c, SIZE_MAX, RCA_OTHER); /* nobody complained */
    assert_true(x.c.signals.items[0].shift.z == 0.5);
    rca_collect_release(&x.c);
    arena_free(x.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_of_a_service),
        cmocka_unit_test(test_labels_name_the_service),
        cmocka_unit_test(test_the_topology_names_the_service),
        cmocka_unit_test(test_labels_tell_who_calls_whom),
        cmocka_unit_test(test_what_a_name_is_asked_for),
        cmocka_unit_test(test_buckets_are_asked_for_quantiles),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_a_history_that_looks_like_it_says_less),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_what_is_small_and_stays),
        cmocka_unit_test(test_the_same_time_yesterday),
        cmocka_unit_test(test_few_events_are_chance),
        cmocka_unit_test(test_a_drift_says_less),
        cmocka_unit_test(test_availability_has_a_finer_floor),
        cmocka_unit_test(test_the_complaint_tells_when_it_began),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

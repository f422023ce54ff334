/* test_rca_rank.c - the ranking of services: what explains what, and how probable it is. R-75,
 * U-11. */
#include "tests/lib/unit.h"
#include "src/engine/calibrate.h"
#include "src/engine/rca_collect.h"
#include "tests/unit/engine/rca_scene.h"

#include <math.h>

static const char graph[] =
    "{\"nodes\":[{\"id\":\"web\"},{\"id\":\"cart\"},{\"id\":\"db\"},{\"id\":\"mail\"}],"
    "\"edges\":[{\"from\":\"web\",\"to\":\"cart\"},{\"from\":\"cart\",\"to\":\"db\"},"
    "{\"from\":\"cart\",\"to\":\"mail\",\"type\":\"async\"}]}";

static struct rca_signal signal(size_t service, enum rca_kind kind, double z, double before,
                                double after)
{
    static const char *const names[] = {"latency_seconds", "errors", "availability", "cpu",
                                        "requests"};

    return (struct rca_signal){
        .service = service,
        .metric = names[kind],
        .m = {.kind = kind, .min_rel = 0.1, .unit = kind == RCA_LATENCY ? "seconds" : "count"},
        .shift = {.z = z,
                  .z_fine = z,
                  .before = before,
                  .after = after,
                  .rel = fabs(after - before) / before,
                  .direction = after > before ? 1 : -1,
                  .onset_ms = 1000000}};
}

static void rank(struct ranked *x, const struct rca_signal *signals, size_t count, bool topology)
{
    static const char *const names[] = {"web", "cart", "db", "mail"};

    memset(x, 0, sizeof(*x));
    rank_services(x, names, 4, topology ? graph : NULL, signals, count);
}

static const struct rca_candidate *of(const struct ranked *x, size_t service)
{
    static const struct rca_candidate none;

    for (size_t i = 0; i < x->r.count; i++) {
        if (x->r.items[i].service == service)
            return &x->r.items[i];
    }
    fail_msg("%s is not among the candidates", x->services[service].name);
    return &none;
}

static void test_what_callees_explain(void **state)
{
    const struct rca_signal s[] = {signal(0, RCA_LATENCY, 50, 0.5, 1.5),
                                   signal(1, RCA_LATENCY, 40, 0.3, 1.2),
                                   signal(2, RCA_LATENCY, 30, 0.1, 0.2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 3, true);
    assert_true(fabs(of(&x, 0)->x[RCA_X_SHARE] - 0.9) < 1e-9); /* 0.9 of 1.0 s come from cart */
    assert_true(fabs(of(&x, 1)->x[RCA_X_SHARE] - 0.1 / 0.9) < 1e-9);
    assert_true(of(&x, 2)->x[RCA_X_SHARE] == 0);
    assert_true(of(&x, 2)->x[RCA_X_EXPLAINS] < 0.2); /* they wait for db, but not much longer */
    assert_true(of(&x, 1)->x[RCA_X_EXPLAINS] > 0.4); /* web, not db */
    assert_true(of(&x, 0)->x[RCA_X_EXPLAINS] == 0);
    assert_true(of(&x, 0)->x[RCA_X_CALLEE] > 0.8 && of(&x, 0)->explained_by == 1);
    assert_true(of(&x, 0)->x[RCA_X_ALERTING] == 1 && of(&x, 1)->x[RCA_X_ALERTING] == 0);
    assert_int_equal(x.r.items[0].service, 1);
    rank_release(&x);
}

static void test_a_silent_callee(void **state)
{
    const struct rca_signal s[] = {signal(1, RCA_LATENCY, 40, 0.3, 1.2),
                                   signal(2, RCA_SATURATION, 40, 0.3, 1.2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 2, true);
    assert_true(of(&x, 1)->x[RCA_X_CALLEE_RES] > 0.9);
    assert_true(of(&x, 2)->x[RCA_X_SILENT] == 1 && of(&x, 1)->x[RCA_X_SILENT] == 0);
    assert_int_equal(x.r.items[0].service, 2);
    rank_release(&x);
}

/* Nobody waits for what is only sent to. */
static void test_async_calls_explain_nothing(void **state)
{
    const struct rca_signal s[] = {signal(1, RCA_LATENCY, 40, 0.3, 1.2),
                                   signal(3, RCA_LATENCY, 40, 0.3, 1.2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 2, true);
    assert_true(of(&x, 1)->x[RCA_X_CALLEE] == 0 && of(&x, 3)->x[RCA_X_EXPLAINS] == 0);
    rank_release(&x);
}

/* Requests that rose at a callee alone are its own; those that rose at its caller too are not. */
static void test_own_load(void **state)
{
    struct rca_signal s[] = {signal(1, RCA_TRAFFIC, 10, 10, 11), signal(2, RCA_TRAFFIC, 40, 10, 50),
                             signal(2, RCA_SATURATION, 20, 0.1, 0.3)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 3, true);
    assert_true(of(&x, 2)->x[RCA_X_TRAFFIC] > 3 && !of(&x, 2)->load);
    rank_release(&x);
    s[0] = signal(1, RCA_TRAFFIC, 40, 10, 50);
    rank(&x, s, 3, true);
    assert_true(of(&x, 2)->x[RCA_X_TRAFFIC] == 0 && of(&x, 2)->load);
    rank_release(&x);
}

/* Two percent of a hundred thousand requests are news, of forty they are one that failed. */
static void test_few_failures_are_chance(void **state)
{
    struct rca_signal s[] = {signal(0, RCA_LATENCY, 1, 0.5, 0.5),
                             signal(1, RCA_AVAILABILITY, 20, 100, 98),
                             signal(1, RCA_TRAFFIC, 1, 1e5, 1e5)};
    struct ranked x = {0};

    (void)state;
    s[1].m.min_rel = 0.005;
    rank(&x, s, 3, true);
    assert_true(of(&x, 1)->x[RCA_X_OTHER_KIND] > 2.5);
    rank_release(&x);
    s[2].shift.before = s[2].shift.after = 40;
    rank(&x, s, 3, true);
    assert_true(of(&x, 1)->x[RCA_X_OTHER_KIND] < 0.5);
    rank_release(&x);
}

/* Requests that one service does not serve any more while its callers send as many: it is gone.
 * Those that nobody sends any more are a consequence. */
static void test_lost_requests(void **state)
{
    struct rca_signal s[] = {signal(0, RCA_TRAFFIC, 1, 10, 9.9), signal(1, RCA_TRAFFIC, 40, 10, 2),
                             signal(2, RCA_TRAFFIC, 40, 10, 2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 3, true);
    assert_true(fabs(of(&x, 1)->x[RCA_X_LOST] - 0.8) < 1e-9); /* web still sends */
    assert_true(of(&x, 2)->x[RCA_X_LOST] == 0);               /* cart sends no more */
    assert_int_equal(of(&x, 1)->signal_count, 1);
    assert_int_equal(of(&x, 1)->signals[0], 1);
    rank_release(&x);
    rank(&x, s, 3, false); /* who sends is not known */
    assert_true(of(&x, 1)->x[RCA_X_LOST] == 0);
    rank_release(&x);
}

static void test_probabilities(void **state)
{
    struct rca_signal s[] = {signal(0, RCA_LATENCY, 50, 0.5, 1.5),
                             signal(1, RCA_LATENCY, 40, 0.3, 1.2)};
    struct ranked x = {0};
    double sum = 0, sure;

    (void)state;
    rank(&x, s, 2, true);
    for (size_t i = 0; i < x.r.count; i++)
        sum += x.r.items[i].probability;
    assert_true(fabs(sum - x.r.wrong) < 1e-9 && x.r.wrong < 1 && x.r.anomalous);
    sure = x.r.items[0].probability;
    rank_release(&x);
    rank(&x, s, 2, false); /* who calls whom is not known */
    assert_true(x.r.items[0].probability < sure);
    rank_release(&x);
    s[0] = signal(0, RCA_LATENCY, 1.2, 0.5, 0.6); /* the complaint does not stand */
    rank(&x, s, 2, true);
    assert_true(x.r.g[RCA_G_QUIET] > 0.8);
    rank_release(&x);
}

/* A shift that the history shows as often is no news, however far it is. */
static void test_a_restless_system_is_left_alone(void **state)
{
    struct rca_signal s[] = {signal(0, RCA_LATENCY, 8, 0.5, 0.9),
                             signal(1, RCA_LATENCY, 8, 0.3, 0.6)};
    struct ranked x = {0};
    double sure;

    (void)state;
    rank(&x, s, 2, true);
    sure = x.r.wrong;
    assert_true(x.r.g[RCA_G_UNUSUAL] > 2 && x.r.g[RCA_G_NEWS] > 2);
    rank_release(&x);
    for (size_t i = 0; i < RCA_CONTROLS; i++) {
        s[i % 2].shift.at[i] = 8;
        s[0].shift.scale = s[1].shift.scale = 0.05;
    }
    rank(&x, s, 2, true);
    assert_true(fabs(x.r.g[RCA_G_UNUSUAL]) < 1e-6 && x.r.g[RCA_G_NEWS] < 0.1);
    assert_true(x.r.wrong < sure);
    rank_release(&x);
}

/* What the alerting service does not wait for cannot be what it complains about. */
static void test_nobody_waits_for_what_is_sent_to(void **state)
{
    const struct rca_signal s[] = {signal(0, RCA_LATENCY, 1, 0.5, 0.5),
                                   signal(3, RCA_LATENCY, 40, 0.3, 1.2)};
    struct ranked x = {0};

    (void)state;
    rank(&x, s, 2, true);
    assert_false(x.r.anomalous);
    assert_true(of(&x, 3)->x[RCA_X_UNREACHED] == 1 && of(&x, 3)->x[RCA_X_TO_ALERT] == 0);
    assert_true(x.r.peak <= 1);
    rank_release(&x);
}

/* ---- calibration ---- */

static void test_calibration_is_monotonic_and_never_certain(void **state)
{
    double last_sum = -1, last_ranked = -1;

    (void)state;
    for (int i = 0; i <= 100; i++) {
        double s = calibrate_sum(i), r = calibrate_ranked(i / 100.0);

        assert_true(s >= last_sum && r >= last_ranked && s < 1 && r < 1);
        last_sum = s;
        last_ranked = r;
    }
    assert_true(calibrate_sum(70) == 0.70 && fabs(calibrate_sum(100) - CALIBRATE_MOST) < 1e-12);
    assert_true(calibrate_ranked(NAN) == 0 && calibrate_ranked(2) == CALIBRATE_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_callees_explain),
        cmocka_unit_test(test_a_silent_callee),
        cmocka_unit_test(test_async_calls_explain_nothing),
        cmocka_unit_test(test_own_load),
        cmocka_unit_test(test_few_failures_are_chance),
        cmocka_unit_test(test_lost_requests),
        cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_a_restless_system_is_left_alone),
        cmocka_unit_test(test_nobody_waits_for_what_is_sent_to),
        cmocka_unit_test(test_calibration_is_monotonic_and_never_certain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

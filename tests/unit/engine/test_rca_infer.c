/* test_rca_infer.c - who seems to call whom, from latencies that move together, and copies of a
 * service as a control for one another. R-75, U-11, U-12. */
#include "tests/lib/unit.h"

#include <math.h>
#include <string.h>

#include "src/engine/rca_infer.h"
#include "src/engine/rca_twin.h"

/* ---- who seems to call whom ---- */

static uint64_t seed;

static double noise(void) /* about normal */
{
    double sum = 0;

    for (int i = 0; i < 12; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(seed >> 40) / (double)(1 << 24);
    }
    return sum - 6;
}

struct world {
    float time[5][RCA_TRACE], requests[5][RCA_TRACE];
    struct rca_trace traces[5];
    struct rca_call calls[40];
    size_t count;
};

/* 0 waits for 1, and 1 for 2; 3 waits for nobody; 4 is slow and alone. All serve the same load. */
static void make(struct world *w, size_t samples)
{
    seed = 7;
    for (size_t i = 0; i < RCA_TRACE; i++) {
        bool known = i >= RCA_TRACE - samples;
        double load = 1 + 0.1 * noise(), c = 0.02 * (1 + 0.2 * noise());
        double b = 0.03 * (1 + 0.1 * noise()) + c, a = 0.01 * (1 + 0.1 * noise()) + b;
        double x[] = {a, b, c, 0.05 * (1 + 0.1 * noise()), 0.4 * (1 + 0.1 * noise())};

        for (int k = 0; k < 5; k++) {
            w->time[k][i] = known ? (float)(x[k] * (0.9 + 0.1 * load)) : NAN;
            w->requests[k][i] = known ? (float)(100 * load + noise()) : NAN;
        }
    }
    for (int k = 0; k < 5; k++)
        w->traces[k] = (struct rca_trace){w->time[k], w->requests[k]};
}

static bool found(const struct world *w, size_t caller, size_t callee)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->calls[i].caller == caller && w->calls[i].callee == callee)
            return true;
    }
    return false;
}

static void test_calls_are_found(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    (void)state;
    make(w, RCA_TRACE);
    w->count = rca_infer_calls(w->traces, 5, w->calls, 40);
    assert_int_equal(w->count,
                     2); /* not 0 -> 2: 1 tells all of it; nobody follows the load alone */
    assert_true(found(w, 0, 1));
    assert_true(found(w, 1, 2));
    assert_true(w->calls[0].z >= w->calls[1].z);
    assert_true(fabs(w->calls[0].calls - 1) < 0.2); /* once a request */
    test_free(w);
}

/* What changes slowly, and for all, is no call: a season is taken out. */
static void test_a_season_is_no_call(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    (void)state;
    seed = 3;
    for (size_t i = 0; i < RCA_TRACE; i++) {
        for (int k = 0; k < 5; k++)
            w->time[k][i] =
                (float)(0.1 * (k + 1) * (1 + 0.5 * sin((double)i / 80) + 0.05 * noise()));
    }
    for (int k = 0; k < 5; k++)
        w->traces[k] = (struct rca_trace){w->time[k], NULL};
    assert_int_equal(rca_infer_calls(w->traces, 5, w->calls, 40), 0);
    test_free(w);
}

static void test_too_little_to_say(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    (void)state;
    make(w, 59); /* one sample fewer than counts */
    assert_int_equal(rca_infer_calls(w->traces, 5, w->calls, 40), 0);
    make(w, RCA_TRACE);
    assert_int_equal(rca_infer_calls(w->traces, 5, w->calls, 1), 1); /* room for one */
    w->traces[1].time = NULL;
    w->count = rca_infer_calls(w->traces, 5, w->calls, 40);
    assert_true(!found(w, 0, 1) && !found(w, 1, 2));
    for (size_t i = 0; i < RCA_TRACE; i++)
        w->time[0][i] = 1; /* never moves */
    assert_true(isnan(rca_trace_noise(w->time[0])));
    w->count = rca_infer_calls(w->traces, 1, w->calls, 40);
    assert_int_equal(w->count, 0);
    assert_int_equal(rca_infer_calls(w->traces, 0, w->calls, 40), 0);
    test_free(w);
}

static void test_the_newest_of_the_history(void **state)
{
    struct rca_window w = {.base_start = 0, .base_end = 1000000, .step = 1000};
    struct prom_point p[] = {{0, 1}, {489000, 2}, {998000, 3}, {1000000, 4}, {1001000, 5}};
    float t[RCA_TRACE];
    size_t known = 0;

    (void)state;
    rca_trace_fill(p, 5, &w, t);
    for (size_t i = 0; i < RCA_TRACE; i++)
        known += isfinite(t[i]) != 0;
    assert_int_equal(known, 3); /* not what is too old, nor what is after the history */
    assert_true(t[RCA_TRACE - 1] == 4 && t[RCA_TRACE - 3] == 3 && t[0] == 2);
}

/* ---- twins ---- */

static void test_what_copies_have_in_common(void **state)
{
    const struct prom_label a[] = {{"app", "x"}, {"pod", "x-1"}},
                            b[] = {{"pod", "x-2"}, {"app", "x"}},
                            c[] = {{"app", "y"}, {"pod", "x-1"}}, none[] = {{"app", "x"}},
                            by_name[] = {{"app", "x"}, {"pod", "x-3"}, {"name", "k8s_x"}},
                            host[] = {{"instance", "h:1"}, {"name", "sda"}},
                            other[] = {{"instance", "h:1"}, {"name", "sdb"}};
    const char *copy;
    uint64_t family = rca_twin_family("m", (struct prom_labels){a, 2}, &copy);

    (void)state;
    assert_string_equal(copy, "x-1");
    assert_true(family == rca_twin_family("m", (struct prom_labels){b, 2}, &copy));
    assert_string_equal(copy, "x-2");
    assert_true(family != rca_twin_family("m", (struct prom_labels){c, 2}, &copy));
    assert_true(family != rca_twin_family("n", (struct prom_labels){a, 2}, &copy));
    assert_true(family == rca_twin_family("m", (struct prom_labels){by_name, 3}, &copy));
    assert_int_equal(rca_twin_family("m", (struct prom_labels){none, 1}, &copy), 0);
    assert_null(copy);
    assert_true(rca_twin_family("m", (struct prom_labels){host, 2}, &copy) !=
                rca_twin_family("m", (struct prom_labels){other, 2}, &copy));
}

static struct rca_signal copy_of(const char *name, double z, double rel)
{
    return (struct rca_signal){
        .metric = "m",
        .m = {.kind = RCA_SATURATION, .bad = 1},
        .shift = {.z = z, .rel = rel, .direction = 1, .at = {NAN}, .day = NAN},
        .family = 5,
        .copy = name};
}

static void test_twins_that_moved_too(void **state)
{
    struct rca_signal s[] = {copy_of("a", 20, 1), copy_of("b", 18, 0.5), copy_of("c", 1, 0.01),
                             copy_of("a", 30, 1), copy_of("d", 20, 0.49)};
    struct rca_input in = {.signals = s, .signal_count = 3};
    struct rca_twins t;

    (void)state;
    rca_twins_of(&in, 0, &t);
    assert_true(t.count == 2 && t.moved == 1 && t.furthest == 18);
    assert_true(rca_twin_apart(&in, 0) == 0); /* another moved the same way */
    s[1] = copy_of("b", 2.9, 1);              /* below what counts as moved */
    assert_true(fabs(rca_twin_apart(&in, 0) - (1 - 2.9 / 20)) < 1e-9);
    assert_true(rca_twin_apart(&in, 2) == 0); /* did not move itself */
    s[1] = copy_of("b", 20, 1);
    s[1].shift.direction = -1; /* the other way */
    assert_true(rca_twin_apart(&in, 0) > 0.9);
    s[1] = copy_of("b", 20, 1);
    s[1].service = 1; /* another service's */
    rca_twins_of(&in, 0, &t);
    assert_int_equal(t.count, 1);
    in.signal_count = 5;
    s[1].service = 0;
    rca_twins_of(&in, 0, &t);
    assert_true(t.count == 3 && t.moved == 1); /* not itself again; 0.49 is less than half */
    s[0].family = 0;
    assert_true(rca_twin_apart(&in, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_are_found),
        cmocka_unit_test(test_a_season_is_no_call),
        cmocka_unit_test(test_too_little_to_say),
        cmocka_unit_test(test_the_newest_of_the_history),
        cmocka_unit_test(test_what_copies_have_in_common),
        cmocka_unit_test(test_twins_that_moved_too),
    };

    return cmocka_run_group_tests_name("rca_infer", tests, NULL, NULL);
}

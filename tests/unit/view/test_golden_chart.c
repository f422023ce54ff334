/* test_golden_chart.c - the chart library as golden text at 80 and 200 columns, in braille, half
 * blocks and ASCII, and what hostile numbers do to it. R-49 */
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>

#include "runbook/view/chart.h"
#include "tests/lib/golden.h"

#define T0 INT64_C(1770213600000) /* 2026-02-04T14:00:00Z */
#define POINTS 240

struct data {
    int64_t times[POINTS];
    double a[POINTS], b[POINTS];
    struct chart_series series[2];
    struct chart_mark marks[3];
    struct chart_view view;
    struct chart chart;
};

/* Two latencies every 10 s; one rises at 14:20:00, has a spike of one point, a gap and a NaN. */
static void make(struct data *d)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < POINTS; i++) {
        double wave = 0.02 * sin(i * 0.7) + 0.01 * sin(i * 2.3);

        d->times[i] = T0 + i * 10000 + (i > 200 ? 120000 : 0);
        d->a[i] = (i < 120 ? 0.21 : 3.6) + wave * (i < 120 ? 1 : 8);
        d->b[i] = 1.1 + wave * 3 + i * 0.002;
    }
    d->a[40] = 2.4;
    d->a[90] = NAN;
    d->series[0] = (struct chart_series){"payments p99", d->times, d->a, POINTS};
    d->series[1] = (struct chart_series){"checkout p99", d->times, d->b, POINTS};
    d->marks[0] = (struct chart_mark){T0 + 1200000, CHART_ONSET, "onset"};
    d->marks[1] = (struct chart_mark){T0 + 1500000, CHART_ALERT, "alert"};
    d->marks[2] = (struct chart_mark){T0 + 1080000, CHART_DEPLOY, "deploy 1.4.2"};
    d->chart = (struct chart){.unit = "seconds",
                              .series = d->series,
                              .series_count = 2,
                              .span = {T0 + 1500000, T0 + 2400000, "incident"},
                              .marks = d->marks,
                              .mark_count = 3,
                              .view = &d->view};
}

static const struct kind {
    const char *name;
    enum glyph_set glyphs;
} kinds[] = {{"", GLYPHS_FULL}, {"-block", GLYPHS_BASIC}, {"-ascii", GLYPHS_ASCII}};

typedef void draw_fn(struct canvas *c, void *ctx);

static bool shoot_size(const char *name, int w, int h, draw_fn *fn, void *ctx)
{
    bool good = true;

    for (size_t k = 0; k < 3; k++) {
        struct canvas c;
        char file[96];

        canvas_init(&c, kinds[k].glyphs);
        canvas_resize(&c, w, h);
        fn(&c, ctx);
        snprintf(file, sizeof(file), "chart-%s-%d%s", name, w, kinds[k].name);
        good = golden_check(file, &c) && good;
        canvas_release(&c);
    }
    return good;
}

static bool shoot(const char *name, int h80, int h200, draw_fn *fn, void *ctx)
{
    bool good = shoot_size(name, 80, h80, fn, ctx);

    return shoot_size(name, 200, h200, fn, ctx) && good;
}

static void draw_chart(struct canvas *c, void *ctx)
{
    chart_draw(ctx, c, (struct rect){0, 0, c->width, c->height});
}

/* */
static void test_lines(void **state)
{
    struct data d;

    (void)state;
    make(&d);
    assert_true(shoot("lines", 16, 24, draw_chart, &d.chart));
}

static void test_cursor(void **state)
{
    struct data d;
    struct chart_span all;

    (void)state;
    make(&d);
    d.chart.series_count = 1;
    d.chart.focus = true;
    all = chart_extent(&d.chart);
    d.view.cursor = true;
    d.view.cursor_ms = T0 + 1210000;
    chart_zoom(&d.view, all, 0.25);
    assert_true(shoot("cursor", 12, 18, draw_chart, &d.chart));
}

/* ---- small pictures ---- */

static void draw_small(struct canvas *c, void *ctx)
{
    struct data *d = ctx;
    const struct chart_gauge gauges[] = {
        {"cpu", "ratio", 0.97, NAN, 0.8, 0.9},    {"/var", "bytes", 91e9, 100e9, 80e9, 95e9},
        {"memory", "percent", 41, NAN, NAN, NAN}, {"no limit", "count", 41, NAN, NAN, NAN},
        {"unknown", "ratio", NAN, NAN, NAN, NAN}, {"beyond", "ratio", 1e300, NAN, 0.8, 0.9},
    };
    const struct chart_bar bars[] = {{"before", 0.21, STYLE_BAR},
                                     {"after", 3.9, STYLE_WARNING},
                                     {"none", NAN, STYLE_BAR},
                                     {"small", 1e-9, STYLE_BAR},
                                     {"negative", -1.5, STYLE_DANGER}};
    int y = 0;

    for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
        chart_gauge(c, (struct rect){0, y++, c->width, 1}, &gauges[i]);
    y++;
    y += chart_bars(c, (struct rect){0, y, c->width, 5}, bars, 5, "seconds") + 1;
    y += chart_bars(c, (struct rect){0, y, c->width, 2}, bars, 5, "seconds") + 1;
    y += chart_histogram(c, (struct rect){0, y, c->width, 8}, d->a, POINTS, "seconds") + 1;
    chart_spark(c, 0, y++, c->width, d->a, POINTS, STYLE_BAR);
    chart_spark(c, 0, y++, 20, d->b, POINTS, STYLE_BAR);
}

static void test_small(void **state)
{
    struct data d;

    (void)state;
    make(&d);
    assert_true(shoot("small", 28, 28, draw_small, &d));
}

/* ---- what numbers can be ---- */

static const int64_t at[] = {T0, T0 + 60000, T0 + 120000, T0 + 180000};
static const double one[] = {3}, same[] = {7, 7, 7, 7}, zero[] = {0, 0, 0, 0};
static const double nan_only[] = {NAN, INFINITY, -INFINITY, NAN};
static const double huge[] = {1e300, -1e300, 1e300, 1e299}, tiny[] = {1e-300, 3e-300, 2e-300, 0};
static const double most[] = {1.7e308, -1.7e308, 0, 4.9e-324};
static const double mixed[] = {NAN, 2, INFINITY, 4};
static const struct edge {
    const char *name, *unit;
    const double *values;
    size_t count;
} edges[] = {
    {"nothing", "bytes", NULL, 0},          {"one point", "bytes", one, 1},
    {"constant", "ratio", same, 4},         {"zero", "count", zero, 4},
    {"not finite", "seconds", nan_only, 4}, {"huge", "", huge, 4},
    {"tiny", "seconds", tiny, 4},           {"the largest doubles", "bytes/s", most, 4},
    {"gaps", "percent", mixed, 4},
};

static void draw_edges(struct canvas *c, void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        struct chart_series s = {edges[i].name, at, edges[i].values, edges[i].count};
        struct chart ch = {.unit = edges[i].unit, .series = &s, .series_count = 1};

        chart_draw(&ch, c, (struct rect){0, (int)i * 8, c->width, 7});
    }
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(shoot("edges", 72, 72, draw_edges, NULL));
}

static void drawn(const int64_t *times, const double *values, size_t count, struct buf *out)
{
    struct chart_series s = {"x", times, values, count};
    struct chart ch = {.unit = "", .series = &s, .series_count = 1};
    struct canvas c;

    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 80, 20);
    chart_draw(&ch, &c, (struct rect){0, 0, 80, 20});
    canvas_dump(&c, out);
    canvas_release(&c);
}

/* A point that cannot be in time is left out. */
static void test_times(void **state)
{
    static const int64_t back[] = {T0, T0 + 1000, T0 + 500, T0 + 2000};
    static const int64_t good[] = {T0, T0 + 1000, T0 + 2000};
    static const double hill[] = {3, 5, 3}, back_hill[] = {3, 5, 4, 3}, far_hill[] = {4, 3, 5, 3};
    static const int64_t far[] = {INT64_MIN, T0, T0 + 1000, T0 + 2000};
    static const int64_t nowhere[] = {INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX};
    struct buf want = BUF_INIT(65536), got = BUF_INIT(65536);

    (void)state;
    drawn(good, hill, 3, &want);
    drawn(back, back_hill, 4, &got);
    assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    buf_clear(&got);
    drawn(far, far_hill, 4, &got);
    assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    buf_clear(&got);
    drawn(nowhere, far_hill, 4, &got);
    assert_string_not_equal(buf_cstr(&got), buf_cstr(&want));
    buf_release(&want);
    buf_release(&got);
}

/* Every size, every edge, zoomed and not: nothing outside of the rectangle. */
static void test_any_size(void **state)
{
    struct canvas c;
    struct data d;

    (void)state;
    make(&d);
    for (int set = 0; set < 3; set++) {
        canvas_init(&c, (enum glyph_set)set);
        for (int w = 0; w < 60; w += 3)
            for (int h = 0; h < 12; h++) {
                canvas_resize(&c, 62, 14);
                d.view = (struct chart_view){.cursor = true, .cursor_ms = T0 + w * 7000};
                if (w % 2)
                    chart_zoom(&d.view, chart_extent(&d.chart), 0.01);
                chart_draw(&d.chart, &c, (struct rect){1, 1, w, h});
                chart_histogram(&c, (struct rect){1, 1, w, h}, d.a, POINTS, "bytes");
                for (int y = 0; y < 14; y++)
                    for (int x = 0; x < 62; x++)
                        if (x < 1 || y < 1 || x >= 1 + w || y >= 1 + h)
                            assert_string_equal(canvas_at(&c, x, y)->text, " ");
            }
        canvas_release(&c);
    }
}

static int columns_at_top(const struct chart *ch)
{
    struct canvas c;
    int high = 0;

    canvas_init(&c, GLYPHS_ASCII);
    canvas_resize(&c, 80, 20);
    chart_draw(ch, &c, (struct rect){0, 0, 80, 20});
    for (int x = 0; x < 80; x++)
        high += canvas_at(&c, x, 1)->text[0] == '\'' || canvas_at(&c, x, 1)->text[0] == ':';
    canvas_release(&c);
    return high;
}

/* One point of 20,000 that is high is seen, wherever in its column it stands. */
static void test_spikes_survive(void **state)
{
    enum { N = 20000 };
    int64_t *times = calloc(N, sizeof(*times));
    double *values = calloc(N, sizeof(*values));
    struct chart_series s = {"x", times, values, N};
    struct chart ch = {.unit = "", .series = &s, .series_count = 1};

    (void)state;
    for (int i = 0; i < N; i++)
        times[i] = T0 + i * 1000;
    for (int spike = 5000; spike < 5600; spike += 23) {
        values[spike] = 100;
        assert_in_range(columns_at_top(&ch), 1, 2);
        values[spike] = 0;
    }
    free(times);
    free(values);
}

/* ---- words ---- */

static void check_sentence(const struct chart *ch, const char *want)
{
    struct buf out = BUF_INIT(65536);

    chart_sentence(ch, &out);
    assert_string_equal(buf_cstr(&out), want);
    buf_release(&out);
}

static void test_sentences(void **state)
{
    struct data d;
    struct chart_series s = {"size", at, same, 4};
    struct chart ch = {.unit = "bytes", .series = &s, .series_count = 1};

    (void)state;
    make(&d);
    d.chart.series_count = 1;
    check_sentence(&d.chart,
                   "payments p99 rose from 210 ms to 3.6 s at 14:20:00 UTC on 2026-02-04; min 181 "
                   "ms, median 3.37 s, max 3.83 s, last 3.49 s (239 values).\n");
    d.chart.mark_count = 0; /* the change is found in the values then */
    check_sentence(&d.chart,
                   "payments p99 rose from 210 ms to 3.6 s at 14:20:00 UTC on 2026-02-04; min 181 "
                   "ms, median 3.37 s, max 3.83 s, last 3.49 s (239 values).\n");
    check_sentence(&ch, "size stayed at 7 B; min 7 B, median 7 B, max 7 B, last 7 B (4 values).\n");
    s.values = nan_only;
    check_sentence(&ch, "size has no values.\n");
    s.values = one;
    s.count = 1;
    check_sentence(&ch, "size was 3 B (1 value).\n");
    ch.series_count = 0;
    check_sentence(&ch, "There are no values.\n");
}

/* ---- axes and keys ---- */

static void check_ticks(double lo, double hi, const char *unit, const char *first, const char *last)
{
    struct chart_ticks t;
    char text[48];

    chart_ticks(lo, hi, 6, unit, &t);
    assert_true(t.count >= 2 && t.count <= 6);
    assert_true(t.lo <= lo && t.hi >= hi && t.step > 0);
    chart_tick_text(&t, t.lo, true, text);
    assert_string_equal(text, first);
    chart_tick_text(&t, t.hi, true, text);
    assert_string_equal(text, last);
}

static void test_ticks(void **state)
{
    (void)state;
    check_ticks(0, 1, "ratio", "0 %", "100 %");
    check_ticks(0.21, 3.9, "seconds", "0 s", "4 s");
    check_ticks(0, 3e9, "bytes", "0 GiB", "3 GiB");
    check_ticks(0, 5e6, "bytes/s", "0 MiB/s", "5 MiB/s");
    check_ticks(-5, 5, "count", "-5", "5");
    check_ticks(0, 2.5e6, "requests/s", "0.0M requests/s", "2.5M requests/s");
    check_ticks(0.0002, 0.0009, "seconds", "0 us", "1000 us");
    check_ticks(7, 7, "", "6.0", "8.0");
    check_ticks(0, 0, "", "0.0", "1.0");
}

static void test_keys(void **state)
{
    struct chart_span all = {T0, T0 + 3600000, ""};
    struct chart_view v = {.columns = 101};

    (void)state;
    chart_zoom(&v, all, 2);
    assert_true(v.from_ms == v.to_ms); /* not wider than all */
    chart_move_cursor(&v, all, 1);
    assert_true(v.cursor && v.cursor_ms == T0 + 1800000);
    chart_move_cursor(&v, all, 1);
    assert_true(v.cursor_ms == T0 + 1836000);
    chart_zoom(&v, all, 0.5); /* the cursor stays where it is on the screen */
    assert_int_equal(v.to_ms - v.from_ms, 1800000);
    assert_true(v.from_ms == T0 + 918000);
    chart_pan(&v, all, 10); /* not past the end */
    assert_true(v.to_ms == all.to_ms);
    for (int i = 0; i < 40; i++)
        chart_zoom(&v, all, 0.5);
    assert_int_equal(v.to_ms - v.from_ms, 10);
    for (int i = 0; i < 500; i++)
        chart_move_cursor(&v, all, -100000);
    assert_true(v.cursor_ms == all.from_ms && v.from_ms == all.from_ms);
    chart_reset(&v);
    assert_true(!v.cursor && v.from_ms == 0 && v.columns == 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_small),     cmocka_unit_test(test_edges),
        cmocka_unit_test(test_times),     cmocka_unit_test(test_any_size),
        cmocka_unit_test(test_sentences), cmocka_unit_test(test_spikes_survive),
        cmocka_unit_test(test_ticks),     cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* chart.c - the line chart: legend, marks, plot with axes, and how much of time is seen.
 *
 *   A user 225 MiB  B user-db 285 MiB        2024-05-14 09:00:12 UTC   legend; the cursor's time
 *                     v onset  incident                                marks
 *   250 MiB |           ....:''''''                                    plot, the window shaded
 *         0 |...........:
 *           +------+====================                               the window heavy
 *                09:00        09:02                                                             */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define GAP_STEPS 3

enum style chart_series_style(size_t index)
{
    static const enum style styles[CHART_SERIES_MAX] = {
        STYLE_BAR,  STYLE_EVIDENCE, STYLE_OK,   STYLE_WARNING,
        STYLE_CODE, STYLE_USER,     STYLE_TEXT, STYLE_DIM,
    };

    return styles[index % CHART_SERIES_MAX];
}

/* ---- what is seen ---- */

static void pick_window(struct chart_frame *f)
{
    struct chart_span all = chart_extent(f->ch);
    const struct chart_view *v = f->ch->view;

    f->from = all.from_ms;
    f->to = all.to_ms;
    if (v && v->to_ms > v->from_ms && chart_time_good(v->from_ms) && chart_time_good(v->to_ms)) {
        f->from = v->from_ms;
        f->to = v->to_ms;
    }
    if (f->from == f->to) { /* one point stands in the middle */
        f->from -= 30000;
        f->to += 30000;
    }
}

/* Extremes of what is seen; false: no finite value. */
static bool find_extremes(const struct chart_frame *f, double *lo, double *hi)
{
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t i = 0; i < f->series; i++) {
        const struct chart_series *s = &f->ch->series[i];

        for (size_t k = chart_find(s, f->from); k < s->count && s->times_ms[k] <= f->to; k++) {
            if (!isfinite(s->values[k]))
                continue;
            *lo = fmin(*lo, s->values[k]);
            *hi = fmax(*hi, s->values[k]);
        }
    }
    return *lo <= *hi;
}

static int gutter_width(const struct chart_frame *f)
{
    int width = 1;

    for (int i = 0; i < f->ticks.count; i++) {
        char text[48];
        int w;

        chart_tick_text(&f->ticks, f->ticks.lo + i * f->ticks.step, true, text);
        w = text_width(str_from(text));
        width = w > width ? w : width;
    }
    return width + 1;
}

/* As many as there is room for; of those numbers one that leaves as many rows between all of them.
 */
static void pick_ticks(struct chart_frame *f, double lo, double hi)
{
    int most = f->plot.h / 3 + 2;

    for (int n = most; n >= (f->plot.h <= 6 ? 2 : 3); n--) {
        chart_ticks(lo, hi, n, f->ch->unit, &f->ticks);
        if (f->ticks.count > 1 && (f->plot.h - 1) % (f->ticks.count - 1) == 0)
            return;
    }
    chart_ticks(lo, hi, most, f->ch->unit, &f->ticks);
}

static void lay_out(struct chart_frame *f, struct rect r, double lo, double hi)
{
    bool axis = r.h >= 5, marks = r.h >= 7 && chart_has_marks(f);
    int gutter;

    f->legend_y = r.y;
    f->marks_y = marks ? r.y + 1 : -1;
    f->plot = (struct rect){r.x, r.y + 1 + marks, r.w, r.h - 1 - marks - (axis ? 2 : 0)};
    f->axis_y = axis ? f->plot.y + f->plot.h : -1;
    f->dx = f->c->glyphs == GLYPHS_FULL && f->ch->dots != CHART_BLOCKS ? 2 : 1;
    pick_ticks(f, lo, hi);
    gutter = gutter_width(f);
    if (gutter > r.w / 2)
        gutter = r.w / 2;
    f->plot.x += gutter + 1;
    f->plot.w -= gutter + 1 + (f->series > 1 ? 2 : 0);
    if (f->plot.w > CHART_COLS_MAX)
        f->plot.w = CHART_COLS_MAX;
}

/* The cell column of a time; outside of the plot when it is not seen. */
int chart_column(const struct chart_frame *f, int64_t ms)
{
    if (ms < f->from)
        return -1;
    if (ms > f->to)
        return f->plot.w;
    return (int)((double)(ms - f->from) / (double)(f->to - f->from) * (f->plot.w * f->dx - 1) +
                 0.5) /
           f->dx;
}

static double dot_row(const struct chart_frame *f, const struct dots *d, double v)
{
    double part = (f->ticks.hi - chart_clamp(v)) / (f->ticks.hi - f->ticks.lo);

    return part * (d->h * d->dy - 1);
}

/* ---- lines ---- */

struct pen {
    const struct chart_frame *f;
    struct dots *d;
    size_t series;
    bool down;   /* there is a point before */
    double x, y; /* of it, in dots */
    int64_t ms;
};

static int to_row(double y)
{
    return y < -1e6 ? -1000000 : y > 1e6 ? 1000000 : (int)lround(y);
}

/* A vertical run for each column between the points, so the line has no holes. */
static void line_to(struct pen *p, double x, double y)
{
    int last = p->d->w * p->d->dx - 1;
    int from = p->x < 0 ? 0 : (int)lround(p->x), to = x > last ? last : (int)lround(x);
    int was = to_row(p->y);

    for (int col = from; col <= to; col++) {
        double part = x > p->x ? (col - p->x) / (x - p->x) : 1;
        int row;

        /* Two points of one column: the second is reached all the same. */
        if (col == to && x <= last)
            part = 1;
        row = to_row(p->y + (y - p->y) * (part < 0 ? 0 : part > 1 ? 1 : part));

        dots_run(p->d, col, col == from && p->x < 0 ? row : was, row, p->series);
        was = row;
    }
}

static void point(struct pen *p, int64_t ms, double v, int64_t gap)
{
    const struct chart_frame *f = p->f;
    double x = (double)(ms - f->from) / (double)(f->to - f->from) * (p->d->w * p->d->dx - 1);
    double y = dot_row(f, p->d, v);

    if (!p->down || ms - p->ms > gap) {
        p->x = x;
        p->y = y;
    }
    line_to(p, x, y);
    p->down = true;
    p->x = x;
    p->y = y;
    p->ms = ms;
}

static void draw_line(const struct chart_frame *f, struct dots *d, size_t index)
{
    const struct chart_series *s = &f->ch->series[index];
    struct pen p = {.f = f, .d = d, .series = index};
    int64_t step = chart_usual_step(s), gap = step ? step * GAP_STEPS : INT64_MAX;
    size_t k = chart_find(s, f->from);

    for (k -= k > 0; k < s->count; k++) {
        int64_t ms = s->times_ms[k];

        if (!chart_time_good(ms) || (p.down && ms < p.ms))
            continue;
        if (!isfinite(s->values[k])) {
            p.down = false;
            continue;
        }
        point(&p, ms, s->values[k], gap);
        if (ms > f->to)
            break;
    }
}

/* The last series first: the first one lies on top. */
static void draw_lines(const struct chart_frame *f)
{
    struct rect was = canvas_clip(f->c, f->plot);
    struct dots d;

    dots_init(&d, f->plot.w, f->plot.h, f->ch->dots, f->c->glyphs, f->series > 1);
    for (size_t i = f->series; i-- > 0;)
        draw_line(f, &d, i);
    dots_draw(&d, f->c, f->plot.x, f->plot.y);
    dots_release(&d);
    canvas_unclip(f->c, was);
}

/* -1: none is left. */
static int nearest_free(const bool *taken, int row, int rows)
{
    for (int off = 0; off < rows; off++) {
        if (row - off >= 0 && !taken[row - off])
            return row - off;
        if (row + off < rows && !taken[row + off])
            return row + off;
    }
    return -1;
}

/* A letter at the end of each line, moved a little where two would meet. */
static void draw_letters(const struct chart_frame *f)
{
    bool taken[CHART_COLS_MAX] = {false};
    struct dots cell = {.h = f->plot.h, .dy = 1};

    for (size_t i = 0; f->series > 1 && i < f->series; i++) {
        const struct chart_series *s = &f->ch->series[i];
        size_t k = chart_find(s, f->to + 1);
        int row;

        while (k > 0 && !(isfinite(s->values[k - 1]) && chart_time_good(s->times_ms[k - 1])))
            k--;
        if (!k || s->times_ms[k - 1] < f->from)
            continue;
        row = to_row(dot_row(f, &cell, s->values[k - 1]));
        row = row < 0 ? 0 : row >= f->plot.h ? f->plot.h - 1 : row;
        row = nearest_free(taken, row, f->plot.h);
        if (row < 0)
            continue;
        taken[row] = true;
        canvas_printf(f->c, f->plot.x + f->plot.w + 1, f->plot.y + row, 1, chart_series_style(i),
                      "%c", (char)('A' + i));
    }
}

/* ---- axes ---- */

static void draw_value_axis(const struct chart_frame *f)
{
    struct canvas *c = f->c;
    int x = f->plot.x - 1;
    struct dots cell = {.h = f->plot.h, .dy = 1};

    canvas_vline(c, x, f->plot.y, f->plot.h, f->ch->focus ? STYLE_FRAME_FOCUS : STYLE_FRAME);
    for (int i = 0; i < f->ticks.count; i++) {
        double v = f->ticks.lo + i * f->ticks.step;
        int row = f->plot.y + to_row(dot_row(f, &cell, v));
        char text[48];

        chart_tick_text(&f->ticks, v, true, text);
        canvas_text_right(c, x - 1, row, x - 1, STYLE_DIM, str_from(text));
        canvas_glyph(c, x, row, f->ch->focus ? STYLE_FRAME_FOCUS : STYLE_FRAME, GLYPH_T_LEFT);
    }
}

static int label_width(int64_t step)
{
    return step >= 86400000 ? 10 : step >= 60000 ? 5 : step >= 1000 ? 8 : 12;
}

static int64_t pick_time_step(const struct chart_frame *f)
{
    int64_t step = chart_time_step(f->to - f->from, f->plot.w / 8);

    return chart_time_step(f->to - f->from, f->plot.w / (label_width(step) + 4));
}

static int64_t round_up(int64_t ms, int64_t step)
{
    int64_t rest = ms % step;

    return rest == 0 ? ms : rest > 0 ? ms + step - rest : ms - rest;
}

static bool in_span(const struct chart_frame *f, int col)
{
    const struct chart_span *span = &f->ch->span;

    return span->to_ms > span->from_ms && span->to_ms >= f->from && span->from_ms <= f->to &&
           col >= chart_column(f, span->from_ms) && col <= chart_column(f, span->to_ms);
}

/* Below its tick; the first may reach under the values. Returns where it ends; `free_x`: what is
 * not written on yet. */
static int draw_time_label(const struct chart_frame *f, int64_t ms, int64_t step, int free_x)
{
    static const char *const heavy[GLYPH_SETS] = {"┯", "╤", "+"};
    int col = chart_column(f, ms), x, width;
    char text[32];

    chart_time_text(ms, step, text);
    width = text_width(str_from(text));
    x = f->plot.x + col - width / 2;
    if (x + width > f->plot.x + f->plot.w)
        x = f->plot.x + f->plot.w - width;
    if (in_span(f, col))
        canvas_cstr(f->c, f->plot.x + col, f->axis_y, 1, STYLE_WARNING, heavy[f->c->glyphs]);
    else
        canvas_glyph(f->c, f->plot.x + col, f->axis_y, STYLE_FRAME, GLYPH_T_DOWN);
    if (x < free_x)
        return free_x;
    canvas_cstr(f->c, x, f->axis_y + 1, width, STYLE_DIM, text);
    return x + width + 1;
}

static void draw_time_axis(const struct chart_frame *f)
{
    static const char *const heavy[GLYPH_SETS] = {"━", "═", "="};
    int64_t step = pick_time_step(f);
    int free_x = f->c->clip.x;

    if (f->axis_y < 0)
        return;
    canvas_glyph(f->c, f->plot.x - 1, f->axis_y, STYLE_FRAME, GLYPH_BL);
    canvas_hline(f->c, f->plot.x, f->axis_y, f->plot.w, STYLE_FRAME);
    for (int col = 0; col < f->plot.w; col++)
        if (in_span(f, col))
            canvas_cstr(f->c, f->plot.x + col, f->axis_y, 1, STYLE_WARNING, heavy[f->c->glyphs]);
    for (int64_t ms = round_up(f->from, step); ms <= f->to; ms += step)
        free_x = draw_time_label(f, ms, step, free_x);
}

/* ---- all ---- */

static void draw_small(const struct chart *ch, struct canvas *c, struct rect r)
{
    if (ch->series_count && r.w > 0 && r.h > 0)
        chart_spark(c, r.x, r.y + r.h - 1, r.w, ch->series[0].values, ch->series[0].count,
                    STYLE_BAR);
}

void chart_draw(const struct chart *ch, struct canvas *c, struct rect r)
{
    struct chart_frame f = {.ch = ch, .c = c, .series = ch->series_count};
    struct rect was = canvas_clip(c, r);
    double lo, hi;

    if (f.series > CHART_SERIES_MAX)
        f.series = CHART_SERIES_MAX;
    pick_window(&f);
    if (!find_extremes(&f, &lo, &hi)) {
        canvas_cstr(c, r.x, r.y, r.w, STYLE_DIM,
                    ch->view && ch->view->to_ms > ch->view->from_ms ? "no values in this window"
                                                                    : "no values");
    } else if (r.w < 16 || r.h < 3) {
        draw_small(ch, c, r);
    } else {
        lay_out(&f, r, lo, hi);
        chart_draw_legend(&f, r);
        draw_value_axis(&f);
        draw_lines(&f);
        draw_letters(&f);
        draw_time_axis(&f);
        chart_draw_marks(&f);
        chart_draw_shade(&f); /* over the marks, too */
        chart_draw_cursor(&f);
        if (ch->view)
            ch->view->columns = f.plot.w;
    }
    canvas_unclip(c, was);
}

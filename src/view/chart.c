/* chart.c - the line chart: legend, marks, plot with axes, and how much of time is seen.
 *
 *   A user 225 MiB  B user-db 285 MiB            2024-05-14 09:00:12   legend; the cursor's time
 *                     v onset  incident                                marks
 *   250 MiB |           ....:''''''                                    plot, the window shaded
 *         0 |...........:
 *           +------+====================                               the window heavy
 *       UTC      09:00        09:02                                                             */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define GAP_STEPS 3
#define MARKS_MAX 32
#define COLS_MAX 1000

enum style chart_series_style(size_t index)
{
    static const enum style styles[CHART_SERIES_MAX] = {
        STYLE_BAR,  STYLE_EVIDENCE, STYLE_OK,   STYLE_WARNING,
        STYLE_CODE, STYLE_USER,     STYLE_TEXT, STYLE_DIM,
    };

    return styles[index % CHART_SERIES_MAX];
}

/* Where everything is. */
struct frame {
    const struct chart *ch;
    struct canvas *c;
    size_t series;                 /* drawn ones */
    struct rect plot;              /* cells of the lines */
    int legend_y, marks_y, axis_y; /* -1: not there */
    int dx;                        /* dots a cell has side by side */
    int64_t from, to;
    struct chart_ticks ticks;
};

static bool time_good(int64_t ms)
{
    return ms >= -CHART_TIME_MAX && ms <= CHART_TIME_MAX;
}

enum err_code chart_check(const struct chart *ch, struct err *err)
{
    for (size_t i = 0; i < ch->series_count; i++) {
        const struct chart_series *s = &ch->series[i];

        for (size_t k = 0; k < s->count; k++) {
            if (!time_good(s->times_ms[k]))
                return err_set(err, ERR_INPUT, "series %zu, point %zu: the time is out of range",
                               i + 1, k + 1);
            if (k && s->times_ms[k] < s->times_ms[k - 1])
                return err_set(err, ERR_INPUT, "series %zu, point %zu: the time goes backwards",
                               i + 1, k + 1);
        }
    }
    return ERR_OK;
}

struct chart_span chart_extent(const struct chart *ch)
{
    struct chart_span all = {INT64_MAX, INT64_MIN, ""};

    for (size_t i = 0; i < ch->series_count; i++) {
        const struct chart_series *s = &ch->series[i];

        for (size_t k = 0; k < s->count; k++) {
            if (!time_good(s->times_ms[k]))
                continue;
            all.from_ms = s->times_ms[k] < all.from_ms ? s->times_ms[k] : all.from_ms;
            all.to_ms = s->times_ms[k] > all.to_ms ? s->times_ms[k] : all.to_ms;
        }
    }
    if (all.from_ms > all.to_ms)
        all.from_ms = all.to_ms = 0;
    return all;
}

/* ---- what is seen ---- */

static void pick_window(struct frame *f)
{
    struct chart_span all = chart_extent(f->ch);
    const struct chart_view *v = f->ch->view;

    f->from = all.from_ms;
    f->to = all.to_ms;
    if (v && v->to_ms > v->from_ms && time_good(v->from_ms) && time_good(v->to_ms)) {
        f->from = v->from_ms;
        f->to = v->to_ms;
    }
    if (f->from == f->to) { /* one point stands in the middle */
        f->from -= 30000;
        f->to += 30000;
    }
}

/* Extremes of what is seen; false: no finite value. */
static bool find_extremes(const struct frame *f, double *lo, double *hi)
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

static int gutter_width(const struct frame *f)
{
    int width = 3; /* "UTC" */

    for (int i = 0; i < f->ticks.count; i++) {
        char text[48];
        int w;

        chart_tick_text(&f->ticks, f->ticks.lo + i * f->ticks.step, true, text);
        w = text_width(str_from(text));
        width = w > width ? w : width;
    }
    return width + 1;
}

static bool has_marks(const struct frame *f)
{
    const struct chart *ch = f->ch;

    if (ch->span.to_ms > ch->span.from_ms && ch->span.to_ms >= f->from && ch->span.from_ms <= f->to)
        return true;
    for (size_t i = 0; i < ch->mark_count; i++)
        if (ch->marks[i].at_ms >= f->from && ch->marks[i].at_ms <= f->to)
            return true;
    return false;
}

static void lay_out(struct frame *f, struct rect r, double lo, double hi)
{
    bool axis = r.h >= 5, marks = r.h >= 7 && has_marks(f);
    int gutter;

    f->legend_y = r.y;
    f->marks_y = marks ? r.y + 1 : -1;
    f->plot = (struct rect){r.x, r.y + 1 + marks, r.w, r.h - 1 - marks - (axis ? 2 : 0)};
    f->axis_y = axis ? f->plot.y + f->plot.h : -1;
    f->dx = f->c->glyphs == GLYPHS_FULL && f->ch->dots != CHART_BLOCKS ? 2 : 1;
    chart_ticks(lo, hi, f->plot.h / 3 + 2, f->ch->unit, &f->ticks);
    gutter = gutter_width(f);
    if (gutter > r.w / 2)
        gutter = r.w / 2;
    f->plot.x += gutter + 1;
    f->plot.w -= gutter + 1 + (f->series > 1 ? 2 : 0);
    if (f->plot.w > COLS_MAX)
        f->plot.w = COLS_MAX;
}

/* The cell column of a time; outside of the plot when it is not seen. */
static int column_of(const struct frame *f, int64_t ms)
{
    if (ms < f->from)
        return -1;
    if (ms > f->to)
        return f->plot.w;
    return (int)((double)(ms - f->from) / (double)(f->to - f->from) * (f->plot.w * f->dx - 1) +
                 0.5) /
           f->dx;
}

static double dot_row(const struct frame *f, const struct dots *d, double v)
{
    double part = (f->ticks.hi - chart_clamp(v)) / (f->ticks.hi - f->ticks.lo);

    return part * (d->h * d->dy - 1);
}

/* ---- lines ---- */

struct pen {
    const struct frame *f;
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
        int row = to_row(p->y + (y - p->y) * (part < 0 ? 0 : part > 1 ? 1 : part));

        dots_run(p->d, col, col == from && p->x < 0 ? row : was, row, p->series);
        was = row;
    }
}

static void point(struct pen *p, int64_t ms, double v, int64_t gap)
{
    const struct frame *f = p->f;
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

static void draw_line(const struct frame *f, struct dots *d, size_t index)
{
    const struct chart_series *s = &f->ch->series[index];
    struct pen p = {.f = f, .d = d, .series = index};
    int64_t step = chart_usual_step(s), gap = step ? step * GAP_STEPS : INT64_MAX;
    size_t k = chart_find(s, f->from);

    for (k -= k > 0; k < s->count; k++) {
        int64_t ms = s->times_ms[k];

        if (!time_good(ms) || (p.down && ms < p.ms))
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
static void draw_lines(const struct frame *f)
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

/* A letter at the end of each line, moved down where two would meet. */
static void draw_letters(const struct frame *f)
{
    bool taken[COLS_MAX] = {false};
    struct dots cell = {.h = f->plot.h, .dy = 1};

    for (size_t i = 0; f->series > 1 && i < f->series; i++) {
        const struct chart_series *s = &f->ch->series[i];
        size_t k = chart_find(s, f->to + 1);
        int row;

        while (k > 0 && !(isfinite(s->values[k - 1]) && time_good(s->times_ms[k - 1])))
            k--;
        if (!k || s->times_ms[k - 1] < f->from)
            continue;
        row = to_row(dot_row(f, &cell, s->values[k - 1]));
        row = row < 0 ? 0 : row >= f->plot.h ? f->plot.h - 1 : row;
        for (int n = 0; n < f->plot.h && taken[row]; n++)
            row = (row + 1) % f->plot.h;
        taken[row] = true;
        canvas_printf(f->c, f->plot.x + f->plot.w + 1, f->plot.y + row, 1, chart_series_style(i),
                      "%c", (char)('A' + i));
    }
}

/* ---- axes ---- */

static void draw_value_axis(const struct frame *f)
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

static int64_t pick_time_step(const struct frame *f)
{
    int64_t step = chart_time_step(f->to - f->from, f->plot.w / 8);

    return chart_time_step(f->to - f->from, f->plot.w / (label_width(step) + 4));
}

static int64_t round_up(int64_t ms, int64_t step)
{
    int64_t rest = ms % step;

    return rest == 0 ? ms : rest > 0 ? ms + step - rest : ms - rest;
}

static bool in_span(const struct frame *f, int col)
{
    const struct chart_span *span = &f->ch->span;

    return span->to_ms > span->from_ms && span->to_ms >= f->from && span->from_ms <= f->to &&
           col >= column_of(f, span->from_ms) && col <= column_of(f, span->to_ms);
}

static void draw_time_label(const struct frame *f, int64_t ms, int64_t step)
{
    static const char *const heavy[GLYPH_SETS] = {"┯", "╤", "+"};
    int col = column_of(f, ms), x, width;
    char text[32];

    chart_time_text(ms, step, text);
    width = text_width(str_from(text));
    x = f->plot.x + col - width / 2;
    if (x + width > f->plot.x + f->plot.w)
        x = f->plot.x + f->plot.w - width;
    if (x < f->plot.x)
        x = f->plot.x;
    if (in_span(f, col))
        canvas_cstr(f->c, f->plot.x + col, f->axis_y, 1, STYLE_WARNING, heavy[f->c->glyphs]);
    else
        canvas_glyph(f->c, f->plot.x + col, f->axis_y, STYLE_FRAME, GLYPH_T_DOWN);
    canvas_cstr(f->c, x, f->axis_y + 1, width, STYLE_DIM, text);
}

static void draw_time_axis(const struct frame *f)
{
    static const char *const heavy[GLYPH_SETS] = {"━", "═", "="};
    int64_t step = pick_time_step(f);

    if (f->axis_y < 0)
        return;
    canvas_glyph(f->c, f->plot.x - 1, f->axis_y, STYLE_FRAME, GLYPH_BL);
    canvas_hline(f->c, f->plot.x, f->axis_y, f->plot.w, STYLE_FRAME);
    for (int col = 0; col < f->plot.w; col++)
        if (in_span(f, col))
            canvas_cstr(f->c, f->plot.x + col, f->axis_y, 1, STYLE_WARNING, heavy[f->c->glyphs]);
    canvas_text_right(f->c, f->plot.x - 2, f->axis_y + 1, 3, STYLE_DIM, STR_LIT("UTC"));
    for (int64_t ms = round_up(f->from, step); ms <= f->to; ms += step)
        draw_time_label(f, ms, step);
}

/* ---- marks, shade, cursor ---- */

static void draw_vertical(const struct frame *f, int col, enum style style)
{
    static const char *const texts[GLYPH_SETS] = {"┊", "│", "|"};

    for (int y = f->plot.y; y < f->plot.y + f->plot.h; y++) {
        const struct cell *at = canvas_at(f->c, f->plot.x + col, y);

        if (at && at->text[0] == ' ')
            canvas_cstr(f->c, f->plot.x + col, y, 1, style, texts[f->c->glyphs]);
    }
}

static const char *mark_text(enum chart_mark_kind kind, enum glyph_set set)
{
    static const char *const texts[][GLYPH_SETS] = {
        [CHART_ONSET] = {"▾", "▼", "v"},
        [CHART_ALERT] = {"▲", "▲", "!"},
        [CHART_DEPLOY] = {"◆", "♦", "*"},
    };

    return texts[kind][set];
}

static enum style mark_style(enum chart_mark_kind kind)
{
    return kind == CHART_ALERT ? STYLE_DANGER : kind == CHART_DEPLOY ? STYLE_TOOL : STYLE_WARNING;
}

static bool is_free(const bool *taken, int from, int width, int total)
{
    if (from < 0 || from + width > total)
        return false;
    for (int i = from; i < from + width; i++)
        if (taken[i])
            return false;
    return true;
}

static void take(bool *taken, int from, int width)
{
    for (int i = from; i < from + width; i++)
        taken[i] = true;
}

/* Every mark has its place before any words are written. */
static void draw_mark(const struct frame *f, const struct chart_mark *m, bool *taken)
{
    int col = column_of(f, m->at_ms);

    draw_vertical(f, col, STYLE_DIM);
    if (f->marks_y < 0 || taken[col])
        return;
    canvas_cstr(f->c, f->plot.x + col, f->marks_y, 1, mark_style(m->kind),
                mark_text(m->kind, f->c->glyphs));
    take(taken, col, 1);
}

/* "v onset": to the right of the mark or, where that is taken, to its left. */
static void draw_mark_label(const struct frame *f, const struct chart_mark *m, bool *taken)
{
    int col = column_of(f, m->at_ms), width = text_width(str_from(m->label)), at = col + 2;

    if (f->marks_y < 0 || width == 0)
        return;
    if (is_free(taken, col + 1, width + 2, f->plot.w + 1)) {
        canvas_cstr(f->c, f->plot.x + at, f->marks_y, width, mark_style(m->kind), m->label);
        take(taken, at - 1, width + 1);
        return;
    }
    at = col - width - 1;
    if (!is_free(taken, at - 1, width + 2, f->plot.w))
        return;
    canvas_cstr(f->c, f->plot.x + at, f->marks_y, width, mark_style(m->kind), m->label);
    take(taken, at, width + 1);
}

static void draw_span_label(const struct frame *f, const bool *taken)
{
    const struct chart_span *span = &f->ch->span;
    int from = column_of(f, span->from_ms), to = column_of(f, span->to_ms);
    int width = span->label ? text_width(str_from(span->label)) : 0;

    if (from < 0)
        from = 0;
    for (int at = from; width && at + width + 2 <= to; at++)
        if (is_free(taken, at, width + 2, f->plot.w)) {
            canvas_cstr(f->c, f->plot.x + at + 1, f->marks_y, width, STYLE_WARNING, span->label);
            return;
        }
}

typedef void mark_fn(const struct frame *f, const struct chart_mark *m, bool *taken);

/* Alerts before deployments before onsets where they meet. */
static void each_mark(const struct frame *f, bool *taken, mark_fn *fn)
{
    static const enum chart_mark_kind order[] = {CHART_ALERT, CHART_DEPLOY, CHART_ONSET};
    const struct chart *ch = f->ch;
    size_t drawn = 0;

    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
        for (size_t i = 0; i < ch->mark_count && drawn < MARKS_MAX; i++) {
            const struct chart_mark *m = &ch->marks[i];

            if (m->kind != order[k] || m->at_ms < f->from || m->at_ms > f->to)
                continue;
            fn(f, m, taken);
            drawn++;
        }
}

static void draw_marks(const struct frame *f)
{
    bool taken[COLS_MAX + 2] = {false};

    each_mark(f, taken, draw_mark);
    each_mark(f, taken, draw_mark_label);
    if (f->marks_y >= 0 && f->ch->span.to_ms > f->ch->span.from_ms)
        draw_span_label(f, taken);
}

static void draw_shade(const struct frame *f)
{
    const struct chart_span *span = &f->ch->span;
    int from = column_of(f, span->from_ms), to = column_of(f, span->to_ms);

    if (span->to_ms <= span->from_ms || to < 0 || from >= f->plot.w)
        return;
    from = from < 0 ? 0 : from;
    to = to >= f->plot.w ? f->plot.w - 1 : to;
    canvas_overlay(f->c, (struct rect){f->plot.x + from, f->plot.y, to - from + 1, f->plot.h},
                   STYLE_SHADE);
}

static void draw_cursor(const struct frame *f)
{
    const struct chart_view *v = f->ch->view;
    int col;

    if (!v || !v->cursor || v->cursor_ms < f->from || v->cursor_ms > f->to)
        return;
    col = column_of(f, v->cursor_ms);
    draw_vertical(f, col, STYLE_ACCENT);
    canvas_overlay(f->c, (struct rect){f->plot.x + col, f->plot.y, 1, f->plot.h}, STYLE_SELECTED);
}

/* ---- legend ---- */

static int draw_date(const struct frame *f, struct rect r)
{
    const struct chart_view *v = f->ch->view;
    bool cursor = v && v->cursor;
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(cursor ? v->cursor_ms : f->from, text);
    text[10] = ' ';
    text[cursor ? 19 : 10] = '\0';
    if (r.w < 40)
        return 0;
    return canvas_text_right(f->c, r.x + r.w, f->legend_y, r.w, cursor ? STYLE_ACCENT : STYLE_DIM,
                             str_from(text)) +
           2;
}

/* One "A name 225 MiB" in at most `room` cells; returns the cells used. */
static int draw_entry(const struct frame *f, int x, int room, size_t i)
{
    const struct chart_series *s = &f->ch->series[i];
    const struct chart_view *v = f->ch->view;
    char value[48] = "";
    int from = x, width = 0;

    if (v && v->cursor) {
        double at = chart_value_at(s, v->cursor_ms);

        if (isfinite(at))
            chart_value_text(at, f->ch->unit, value);
        else
            snprintf(value, sizeof(value), "no value");
        width = text_width(str_from(value)) + 1;
    }
    if (f->series > 1)
        x += canvas_printf(f->c, x, f->legend_y, room, chart_series_style(i), "%c ",
                           (char)('A' + i));
    x += canvas_cstr(f->c, x, f->legend_y, room - width - (x - from), chart_series_style(i),
                     s->name && *s->name ? s->name : "value");
    if (width)
        x += 1 + canvas_cstr(f->c, x + 1, f->legend_y, room - 1 - (x - from), STYLE_STRONG, value);
    return x - from;
}

static void draw_legend(const struct frame *f, struct rect r)
{
    int end = r.x + r.w - draw_date(f, r), x = r.x;
    size_t left = f->series;

    if (f->ch->title && *f->ch->title) {
        x += canvas_cstr(f->c, x, f->legend_y, (end - x) / 2, STYLE_STRONG, f->ch->title);
        x += 2;
    }
    for (size_t i = 0; i < f->series; i++, left--) {
        int room = (end - x) / (int)left - 2;

        if (end - x < 10)
            break;
        x += draw_entry(f, x, room < 8 ? 8 : room, i) + 2;
    }
    left += f->ch->series_count - f->series;
    if (left && end - x > 4)
        canvas_printf(f->c, x, f->legend_y, end - x, STYLE_DIM, "+%zu", left);
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
    struct frame f = {.ch = ch, .c = c, .series = ch->series_count};
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
        draw_legend(&f, r);
        draw_value_axis(&f);
        draw_lines(&f);
        draw_letters(&f);
        draw_time_axis(&f);
        draw_shade(&f);
        draw_marks(&f);
        draw_cursor(&f);
        if (ch->view)
            ch->view->columns = f.plot.w;
    }
    canvas_unclip(c, was);
}

/* ---- keys ---- */

static struct chart_span seen(const struct chart_view *v, struct chart_span all)
{
    if (v->to_ms > v->from_ms)
        return (struct chart_span){v->from_ms, v->to_ms, ""};
    return all;
}

static void show(struct chart_view *v, struct chart_span all, int64_t from, int64_t span)
{
    if (span >= all.to_ms - all.from_ms) {
        v->from_ms = v->to_ms = 0;
        return;
    }
    if (from + span > all.to_ms)
        from = all.to_ms - span;
    if (from < all.from_ms)
        from = all.from_ms;
    v->from_ms = from;
    v->to_ms = from + span;
}

/* Around the cursor, else around the middle. Not closer than 10 ms. */
void chart_zoom(struct chart_view *v, struct chart_span all, double factor)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms, next = (int64_t)((double)span * factor);
    bool in = v->cursor && v->cursor_ms >= now.from_ms && v->cursor_ms <= now.to_ms;
    int64_t at = in ? v->cursor_ms : now.from_ms + span / 2;
    double part = span > 0 ? (double)(at - now.from_ms) / (double)span : 0.5;

    if (next < 10)
        next = 10;
    show(v, all, at - (int64_t)(part * (double)next), next);
}

void chart_pan(struct chart_view *v, struct chart_span all, double screens)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms;

    show(v, all, now.from_ms + (int64_t)((double)span * screens), span);
}

void chart_move_cursor(struct chart_view *v, struct chart_span all, int columns)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms, cols = v->columns > 1 ? v->columns - 1 : 1;
    int64_t by = (int64_t)((double)span * columns / (double)cols);

    if (by == 0 && columns)
        by = columns > 0 ? 1 : -1;
    if (!v->cursor || v->cursor_ms < all.from_ms || v->cursor_ms > all.to_ms) {
        v->cursor = true;
        v->cursor_ms = columns < 0 ? now.to_ms : now.from_ms + span / 2;
        return;
    }
    v->cursor_ms += by;
    v->cursor_ms = v->cursor_ms < all.from_ms ? all.from_ms
                   : v->cursor_ms > all.to_ms ? all.to_ms
                                              : v->cursor_ms;
    if (v->cursor_ms < now.from_ms)
        show(v, all, v->cursor_ms, span);
    else if (v->cursor_ms > now.to_ms)
        show(v, all, v->cursor_ms - span, span);
}

void chart_reset(struct chart_view *v)
{
    *v = (struct chart_view){.columns = v->columns};
}

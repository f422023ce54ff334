/* chart_marks.c - what lies over the lines of a chart: the shaded window, marks, the cursor; and
 * the legend above. */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define MARKS_MAX 32

bool chart_has_marks(const struct chart_frame *f)
{
    const struct chart *ch = f->ch;

    if (ch->span.to_ms > ch->span.from_ms && ch->span.to_ms >= f->from && ch->span.from_ms <= f->to)
        return true;
    for (size_t i = 0; i < ch->mark_count; i++)
        if (ch->marks[i].at_ms >= f->from && ch->marks[i].at_ms <= f->to)
            return true;
    return false;
}

/* ---- marks, shade, cursor ---- */

static void draw_vertical(const struct chart_frame *f, int col, enum style style)
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

static bool is_free(const char *taken, int from, int width, int total)
{
    if (from < 0 || from + width > total)
        return false;
    for (int i = from; i < from + width; i++)
        if (taken[i])
            return false;
    return true;
}

static void take(char *taken, int from, int width, char what)
{
    for (int i = from; i < from + width; i++)
        taken[i] = what;
}

static char mark_code(enum chart_mark_kind kind)
{
    return (char)(1 + (int)kind);
}

/* Every mark has its place before any words are written. */
static void draw_mark(const struct chart_frame *f, const struct chart_mark *m, char *taken)
{
    int col = chart_column(f, m->at_ms);

    draw_vertical(f, col, STYLE_DIM);
    if (f->marks_y < 0 || taken[col])
        return;
    canvas_cstr(f->c, f->plot.x + col, f->marks_y, 1, mark_style(m->kind),
                mark_text(m->kind, f->c->glyphs));
    take(taken, col, 1, mark_code(m->kind));
}

/* "v onset": to the right of the mark or, where that is taken, to its left. */
static void draw_mark_label(const struct chart_frame *f, const struct chart_mark *m, char *taken)
{
    int col = chart_column(f, m->at_ms), width = text_width(str_from(m->label)), at = col + 2;

    if (f->marks_y < 0 || width == 0 || taken[col] != mark_code(m->kind))
        return;
    if (is_free(taken, col + 1, width + 2, f->plot.w + 1)) {
        canvas_cstr(f->c, f->plot.x + at, f->marks_y, width, mark_style(m->kind), m->label);
        take(taken, at - 1, width + 1, 'x');
        return;
    }
    at = col - width - 1;
    if (!is_free(taken, at - 1, width + 2, f->plot.w))
        return;
    canvas_cstr(f->c, f->plot.x + at, f->marks_y, width, mark_style(m->kind), m->label);
    take(taken, at, width + 1, 'x');
}

static void draw_span_label(const struct chart_frame *f, const char *taken)
{
    const struct chart_span *span = &f->ch->span;
    int from = chart_column(f, span->from_ms), to = chart_column(f, span->to_ms);
    int width = span->label ? text_width(str_from(span->label)) : 0;

    if (from < 0)
        from = 0;
    for (int at = from; width && at + width + 2 <= to; at++)
        if (is_free(taken, at, width + 2, f->plot.w)) {
            canvas_cstr(f->c, f->plot.x + at + 1, f->marks_y, width, STYLE_WARNING, span->label);
            return;
        }
}

typedef void mark_fn(const struct chart_frame *f, const struct chart_mark *m, char *taken);

/* Alerts before deployments before onsets where they meet. */
static void each_mark(const struct chart_frame *f, char *taken, mark_fn *fn)
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

void chart_draw_marks(const struct chart_frame *f)
{
    char taken[CHART_COLS_MAX + 2] = {0};

    each_mark(f, taken, draw_mark);
    each_mark(f, taken, draw_mark_label);
    if (f->marks_y >= 0 && f->ch->span.to_ms > f->ch->span.from_ms)
        draw_span_label(f, taken);
}

void chart_draw_shade(const struct chart_frame *f)
{
    const struct chart_span *span = &f->ch->span;
    int from = chart_column(f, span->from_ms), to = chart_column(f, span->to_ms);

    if (span->to_ms <= span->from_ms || to < 0 || from >= f->plot.w)
        return;
    from = from < 0 ? 0 : from;
    to = to >= f->plot.w ? f->plot.w - 1 : to;
    canvas_overlay(f->c, (struct rect){f->plot.x + from, f->plot.y, to - from + 1, f->plot.h},
                   STYLE_SHADE);
}

void chart_draw_cursor(const struct chart_frame *f)
{
    const struct chart_view *v = f->ch->view;
    int col;

    if (!v || !v->cursor || v->cursor_ms < f->from || v->cursor_ms > f->to)
        return;
    col = chart_column(f, v->cursor_ms);
    draw_vertical(f, col, STYLE_ACCENT);
    canvas_overlay(f->c, (struct rect){f->plot.x + col, f->plot.y, 1, f->plot.h}, STYLE_SELECTED);
}

/* ---- legend ---- */

static int draw_date(const struct chart_frame *f, struct rect r)
{
    const struct chart_view *v = f->ch->view;
    bool cursor = v && v->cursor;
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(cursor ? v->cursor_ms : f->from, text);
    text[10] = ' ';
    snprintf(text + (cursor ? 19 : 10), 8, " UTC");
    if (r.w < 40)
        return 0;
    return canvas_text_right(f->c, r.x + r.w, f->legend_y, r.w, cursor ? STYLE_ACCENT : STYLE_DIM,
                             str_from(text)) +
           2;
}

/* One "A name 225 MiB" in at most `room` cells; returns the cells used. */
static int draw_entry(const struct chart_frame *f, int x, int room, size_t i)
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

/* What names and values need at most. */
static int entries_width(const struct chart_frame *f)
{
    bool cursor = f->ch->view && f->ch->view->cursor;
    int width = 0;

    for (size_t i = 0; i < f->series; i++) {
        const char *name = f->ch->series[i].name;

        width += (name ? text_width(str_from(name)) : 5) + 2 + (f->series > 1 ? 2 : 0) +
                 (cursor ? 10 : 0);
    }
    return width;
}

void chart_draw_legend(const struct chart_frame *f, struct rect r)
{
    int end = r.x + r.w - draw_date(f, r), x = r.x;
    int least = f->ch->view && f->ch->view->cursor ? 16 : 10; /* a name and a value to read */
    size_t left = f->series;

    if (f->ch->title && *f->ch->title) {
        int room = end - x - entries_width(f) - 2;

        room = room < (end - x) / 3 ? (end - x) / 3 : room;
        x += canvas_cstr(f->c, x, f->legend_y, room, STYLE_STRONG, f->ch->title);
        x += 2;
    }
    for (size_t i = 0; i < f->series; i++, left--) {
        int more = left > 1 || f->ch->series_count > f->series ? 5 : 0; /* "+12" */
        int room = (end - x - more) / (int)left - 2;

        room = room < least ? least : room;
        if (i > 0 && end - x - more < room)
            break;
        x += draw_entry(f, x, room < end - x ? room : end - x, i) + 2;
    }
    left += f->ch->series_count - f->series;
    if (left && end - x > 4)
        canvas_printf(f->c, x, f->legend_y, end - x, STYLE_DIM, "+%zu", left);
}

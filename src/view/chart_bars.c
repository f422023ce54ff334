/* chart_bars.c - small pictures: sparkline, gauge, bars, histogram. */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"

#define BINS_MAX 64

/* The value of [from, to) that is farthest from the middle of all: a spike survives. */
static double farthest(const double *values, size_t from, size_t to, double middle)
{
    double best = NAN;

    for (size_t i = from; i < to; i++)
        if (isfinite(values[i]) && !(fabs(values[i] - middle) <= fabs(best - middle)))
            best = values[i];
    return best;
}

void chart_spark(struct canvas *c, int x, int y, int cells, const double *values, size_t count,
                 enum style style)
{
    double merged[1000], lo = INFINITY, hi = -INFINITY;
    size_t columns = cells < 0 ? 0 : cells > 1000 ? 1000 : (size_t)cells;

    if (count <= columns) {
        canvas_spark(c, x, y, (int)columns, values, count, style);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            lo = fmin(lo, values[i]);
            hi = fmax(hi, values[i]);
        }
    for (size_t i = 0; i < columns; i++)
        merged[i] =
            farthest(values, count * i / columns, count * (i + 1) / columns, lo / 2 + hi / 2);
    canvas_spark(c, x, y, (int)columns, merged, columns, style);
}

/* ---- gauge ---- */

static enum style gauge_style(const struct chart_gauge *g)
{
    if (isfinite(g->critical) && g->value >= g->critical)
        return STYLE_DANGER;
    if (isfinite(g->warn) && g->value >= g->warn)
        return STYLE_WARNING;
    return STYLE_BAR;
}

static double gauge_limit(const struct chart_gauge *g)
{
    if (isfinite(g->limit) && g->limit > 0)
        return g->limit;
    return !g->unit                          ? NAN
           : strcmp(g->unit, "ratio") == 0   ? 1
           : strcmp(g->unit, "percent") == 0 ? 100
                                             : NAN;
}

void chart_gauge(struct canvas *c, struct rect r, const struct chart_gauge *g)
{
    struct rect was = canvas_clip(c, r);
    double limit = gauge_limit(g);
    char value[48] = "no value", of[48], text[112];
    int label = text_width(str_from(g->label)), room, x = r.x;

    if (isfinite(g->value))
        chart_value_text(g->value, g->unit, value);
    snprintf(text, sizeof(text), "%s", value);
    if (isfinite(g->limit) && g->limit > 0 && isfinite(g->value)) {
        chart_value_text(g->limit, g->unit, of);
        snprintf(text, sizeof(text), "%s of %s", value, of);
    }
    if (label > r.w / 3)
        label = r.w / 3;
    x += canvas_cstr(c, x, r.y, label, STYLE_TEXT, g->label);
    x = r.x + label + 2;
    room = r.x + r.w - x - text_width(str_from(text)) - 2;
    if (isfinite(limit) && isfinite(g->value) && room > 2) {
        canvas_fill(c, (struct rect){x, r.y, room, 1}, STYLE_BAR_EMPTY);
        canvas_bar(c, x, r.y, room, chart_clamp(g->value) / limit, gauge_style(g));
    }
    canvas_text_right(c, r.x + r.w, r.y, r.w, isfinite(g->value) ? STYLE_STRONG : STYLE_DIM,
                      str_from(text));
    canvas_unclip(c, was);
}

enum style chart_gauge_text(enum glyph_set set, const struct chart_gauge *g, int cells,
                            struct buf *out)
{
    double limit = gauge_limit(g);
    int full;

    if (!isfinite(limit) || !isfinite(g->value) || !(limit > 0))
        return STYLE_DIM;
    full = (int)lround(fmin(1, fmax(0, chart_clamp(g->value) / limit)) * cells);
    for (int i = 0; i < cells; i++)
        buf_adds(out, set == GLYPHS_ASCII ? (i < full ? "#" : ".")
                      : i < full          ? "\u2588"
                                          : "\u2591");
    return gauge_style(g);
}

/* ---- bars ---- */

struct bar_frame {
    struct canvas *c;
    struct rect r;
    int label, value; /* their widths */
    int room, zero;   /* cells of the bars, and of those left of zero */
    double lo, hi;
};

static void measure(struct bar_frame *f, const struct chart_bar *bars, size_t count,
                    const char *unit)
{
    for (size_t i = 0; i < count && i < (size_t)f->r.h; i++) {
        char text[48];
        int w = text_width(str_from(bars[i].label));

        chart_value_text(bars[i].value, unit, text);
        f->label = w > f->label ? w : f->label;
        w = text_width(str_from(text));
        f->value = w > f->value ? w : f->value;
        if (isfinite(bars[i].value)) {
            f->lo = fmin(f->lo, chart_clamp(bars[i].value));
            f->hi = fmax(f->hi, chart_clamp(bars[i].value));
        }
    }
    if (f->label > f->r.w / 3)
        f->label = f->r.w / 3;
    f->room = f->r.w - f->label - f->value - 4;
    f->zero = f->lo < 0 && f->room > 0 ? (int)lround(-f->lo / (f->hi - f->lo) * f->room) : 0;
}

static void draw_one_bar(const struct bar_frame *f, int y, const struct chart_bar *b,
                         const char *unit)
{
    int x = f->r.x + f->label + 2, right = f->room - f->zero;
    char text[48];

    canvas_cstr(f->c, f->r.x, y, f->label, STYLE_TEXT, b->label);
    chart_value_text(b->value, unit, text);
    canvas_text_right(f->c, f->r.x + f->r.w, y, f->value,
                      isfinite(b->value) ? STYLE_STRONG : STYLE_DIM, str_from(text));
    if (!isfinite(b->value) || f->room < 2)
        return;
    if (b->value < 0) {
        int cells = (int)lround(chart_clamp(b->value) / f->lo * f->zero);

        canvas_bar(f->c, x + f->zero - cells, y, cells, 1, b->style);
    } else if (right > 0 && f->hi > 0) {
        double part = chart_clamp(b->value) / f->hi;
        int cells = (int)ceil(part * right);

        /* Only the cells that it reaches: beside it stays empty, without a groove. */
        canvas_bar(f->c, x + f->zero, y, cells, cells ? part * right / cells : 0, b->style);
        if (b->value > 0 && part * right < 0.07)
            canvas_bar(f->c, x + f->zero, y, 1, 0.125, b->style);
    }
}

int chart_bars(struct canvas *c, struct rect r, const struct chart_bar *bars, size_t count,
               const char *unit)
{
    struct bar_frame f = {.c = c, .r = r};
    struct rect was;
    size_t fit = count;

    if (r.h < 1 || r.w < 1)
        return 0;
    if (!count) {
        canvas_cstr(c, r.x, r.y, r.w, STYLE_DIM, "no values");
        return 1;
    }
    if (fit > (size_t)r.h)
        fit = (size_t)r.h - (r.h > 1);
    was = canvas_clip(c, r);
    measure(&f, bars, fit, unit);
    for (size_t i = 0; i < fit; i++)
        draw_one_bar(&f, r.y + (int)i, &bars[i], unit);
    if (fit < count && r.h > 1)
        canvas_printf(c, r.x, r.y + r.h - 1, r.w, STYLE_DIM, "+%zu more", count - fit);
    canvas_unclip(c, was);
    return fit < count ? r.h : (int)fit;
}

/* ---- histogram ---- */

#define TEXT_ROWS 8
#define TEXT_CELLS 40

struct bins {
    struct chart_ticks ticks;
    size_t counts[BINS_MAX];
    int count;
    size_t other; /* NaN, infinities */
};

static void count_values(struct bins *b, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double at;

        if (!isfinite(values[i])) {
            b->other++;
            continue;
        }
        at = floor((chart_clamp(values[i]) - b->ticks.lo) / b->ticks.step);
        at = at < 0 ? 0 : at >= b->count ? b->count - 1 : at;
        b->counts[(int)at]++;
    }
}

static void bin_label(const struct bins *b, int i, char out[104])
{
    char from[48], to[48];

    chart_tick_text(&b->ticks, b->ticks.lo + i * b->ticks.step, false, from);
    chart_tick_text(&b->ticks, b->ticks.lo + (i + 1) * b->ticks.step, true, to);
    snprintf(out, 104, "%s to %s", from, to);
}

/* False: there is no finite value. */
static bool fill_bins(struct bins *b, const double *values, size_t count, int rows,
                      const char *unit)
{
    double lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            lo = fmin(lo, values[i]);
            hi = fmax(hi, values[i]);
        }
    if (!(lo <= hi))
        return false;
    chart_ticks(lo, hi, rows > BINS_MAX ? BINS_MAX : rows < 2 ? 2 : rows, unit, &b->ticks);
    b->count = b->ticks.count - 1 > BINS_MAX ? BINS_MAX : b->ticks.count - 1;
    count_values(b, values, count);
    return true;
}

int chart_histogram(struct canvas *c, struct rect r, const double *values, size_t count,
                    const char *unit)
{
    struct bins b = {.count = 0};
    struct chart_bar bars[BINS_MAX + 1];
    char labels[BINS_MAX][104];

    if (r.h < 1 || !fill_bins(&b, values, count, r.h, unit))
        return chart_bars(c, r, NULL, 0, unit);
    for (int i = 0; i < b.count; i++) {
        bin_label(&b, i, labels[i]);
        bars[i] = (struct chart_bar){labels[i], (double)b.counts[i], STYLE_BAR};
    }
    if (b.other)
        bars[b.count++] = (struct chart_bar){"no number", (double)b.other, STYLE_DIM};
    return chart_bars(c, r, bars, (size_t)b.count, "count");
}

void chart_histogram_text(enum glyph_set set, const double *values, size_t count, const char *unit,
                          struct buf *out)
{
    struct bins b = {.count = 0};
    size_t most = 1;

    if (!fill_bins(&b, values, count, TEXT_ROWS, unit))
        return;
    for (int i = 0; i < b.count; i++)
        most = b.counts[i] > most ? b.counts[i] : most;
    for (int i = 0; i < b.count; i++) {
        size_t cells = (b.counts[i] * TEXT_CELLS + most - 1) / most;
        char label[104];

        bin_label(&b, i, label);
        buf_addf(out, "%-18s ", label);
        for (size_t k = 0; k < cells; k++)
            buf_adds(out, set == GLYPHS_ASCII ? "#" : "\u2588");
        buf_addf(out, "%s%zu\n", cells ? " " : "", b.counts[i]);
    }
}

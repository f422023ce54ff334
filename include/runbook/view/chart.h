/* chart.h - numbers as pictures made of cells, and as a sentence.
 * Everything is pure and draws into a canvas. Lines are braille dots (2x4 a cell) where the glyphs
 * allow, half blocks (1x2) on a text console, characters in ASCII. NaN and infinities are gaps, so
 * is a pause of more than three usual steps; points are merged by minimum and maximum per column,
 * so that a spike is seen at any zoom. Drawing allocates one grid of dots, nothing per point.
 * Units are the words of num_human() (bytes, seconds, ratio, percent, count, or any other), with
 * "/s" behind for a rate. Times are Unix milliseconds, shown in UTC. */
#ifndef RUNBOOK_VIEW_CHART_H
#define RUNBOOK_VIEW_CHART_H

#include "runbook/view/canvas.h"

#define CHART_SERIES_MAX 8
#define CHART_TIME_MAX INT64_C(253402300799999) /* the end of the year 9999 */

/* One line. Times never decrease; `values` has as many numbers. Borrowed. */
struct chart_series {
    const char *name;
    const int64_t *times_ms;
    const double *values;
    size_t count;
};

struct chart_span { /* shaded; from == to: none */
    int64_t from_ms, to_ms;
    const char *label;
};

enum chart_mark_kind { CHART_ONSET, CHART_ALERT, CHART_DEPLOY };
struct chart_mark {
    int64_t at_ms;
    enum chart_mark_kind kind;
    const char *label;
};

/* What keys change. All zero: everything is seen, no cursor. */
struct chart_view {
    int64_t from_ms, to_ms; /* equal: all */
    int64_t cursor_ms;
    bool cursor;
    int columns; /* of the last drawing, for moves by one column */
};

enum chart_dots { CHART_DOTS_AUTO /* by the canvas's glyphs */, CHART_BRAILLE, CHART_BLOCKS };

struct chart {
    const char *title, *unit;
    const struct chart_series *series; /* the first is drawn over the others */
    size_t series_count;               /* more than CHART_SERIES_MAX are counted, not drawn */
    struct chart_span span;
    const struct chart_mark *marks;
    size_t mark_count;
    enum chart_dots dots;
    struct chart_view *view; /* NULL: everything, no cursor */
    bool focus;              /* keys go to it: its frame says so */
};

/* Into `r`; below 16x3 a sparkline or less. Without a finite point it says so; a point whose time
 * goes backwards or is out of range is left out. */
void chart_draw(const struct chart *ch, struct canvas *c, struct rect r);

/* Keys. `all` is what chart_extent() gave. */
struct chart_span chart_extent(const struct chart *ch);
void chart_zoom(struct chart_view *v, struct chart_span all, double factor); /* 0.5: closer */
void chart_pan(struct chart_view *v, struct chart_span all, double screens);
/* The cursor by columns of the last drawing; what it leaves behind is scrolled to. */
void chart_move_cursor(struct chart_view *v, struct chart_span all, int columns);
void chart_reset(struct chart_view *v);

/* Value of a series at a time: the nearest point within one usual step, NaN when none. */
double chart_value_at(const struct chart_series *s, int64_t ms);

struct chart_stats {
    size_t count; /* finite points */
    double min, median, max, first, last;
    int64_t min_ms, max_ms;
    bool shifted; /* the level changed at shift_ms from `before` to `after` */
    int64_t shift_ms;
    double before, after;
};
/* `onset_ms` 0: where the level changes most, if it does. */
void chart_stats(const struct chart_series *s, int64_t onset_ms, struct chart_stats *ret);
/* For plain mode: "p99 rose from 0.21 s to 3.9 s at 14:00:30 UTC; min 0.2 s, median 0.21 s, max 4.1
 * s, last 3.9 s." One sentence a series, each on its line. Not sanitised. */
void chart_sentence(const struct chart *ch, struct buf *out);

/* Axes. Ticks are multiples of 1, 2 or 5 times a power of ten of what the unit's prefix shows (for
 * bytes of 1024). */
struct chart_ticks {
    double lo, hi, step; /* the axis; lo < hi */
    int count;
    double scale; /* divide a value by it, then append `suffix` */
    char suffix[24];
    int decimals; /* -1: exponents are needed */
};
void chart_ticks(double min, double max, int max_ticks, const char *unit, struct chart_ticks *ret);
void chart_tick_text(const struct chart_ticks *t, double v, bool with_suffix, char out[48]);
/* "1.5 GiB/s", "97 %": num_human() that knows rates and survives 1e300. */
void chart_value_text(double v, const char *unit, char out[48]);
/* A step of round UTC times whose labels fit; at least 1 ms. */
int64_t chart_time_step(int64_t span_ms, int max_labels);
/* The label of a tick: "14:00", "14:00:30", "14:00:30.250", or the date at midnight. */
void chart_time_text(int64_t ms, int64_t step_ms, char out[32]);

/* The style of a series and the letter it has in legends. */
enum style chart_series_style(size_t index);

/* Small pictures. */
/* All values in `cells` columns between their own extremes, merged by the largest deviation. */
void chart_spark(struct canvas *c, int x, int y, int cells, const double *values, size_t count,
                 enum style style);
/* "label  ████░░░░  41 % of 100 %": coloured by its limits (NaN: none). One row. */
struct chart_gauge {
    const char *label, *unit;
    double value, limit; /* limit NaN or 0: of a ratio or percent itself, else no bar */
    double warn, critical;
};
void chart_gauge(struct canvas *c, struct rect r, const struct chart_gauge *g);
/* The bar alone as text, `cells` wide: "████░░░░". Nothing where chart_gauge() draws none. Returns
 * its style. */
enum style chart_gauge_text(enum glyph_set set, const struct chart_gauge *g, int cells,
                            struct buf *out);
/* A row each: label, bar from zero (to the left when negative), value; what does not fit is
 * counted. Returns the rows used. */
struct chart_bar {
    const char *label;
    double value;
    enum style style;
};
int chart_bars(struct canvas *c, struct rect r, const struct chart_bar *bars, size_t count,
               const char *unit);
/* How often values fall between round edges, a row a bin. Returns the rows used. */
/* The same as lines of text, ends with a newline; nothing without a finite value. */
void chart_histogram_text(enum glyph_set set, const double *values, size_t count, const char *unit,
                          struct buf *out);
int chart_histogram(struct canvas *c, struct rect r, const double *values, size_t count,
                    const char *unit);

#endif

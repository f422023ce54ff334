/* chart_priv.h - what the files of the chart library share. */
#ifndef RUNBOOK_VIEW_CHART_PRIV_H
#define RUNBOOK_VIEW_CHART_PRIV_H

#include "runbook/view/chart.h"

/* Beyond this a difference of two values would not be finite. */
#define CHART_HUGE 1e307
#define CHART_COLS_MAX 1000

static inline double chart_clamp(double v)
{
    return v > CHART_HUGE ? CHART_HUGE : v < -CHART_HUGE ? -CHART_HUGE : v;
}

/* chart_dots.c: a grid of dots, each cell of which knows the series that drew in it last. */
struct dots {
    int w, h;   /* cells */
    int dx, dy; /* dots a cell */
    enum chart_dots kind;
    bool ascii, letters;  /* letters: a character a series instead of a dot */
    unsigned char *bits;  /* w * h: dots set */
    unsigned char *owner; /* w * h: series + 1 */
};
void dots_init(struct dots *d, int w, int h, enum chart_dots kind, enum glyph_set glyphs,
               bool several);
void dots_release(struct dots *d);
/* A vertical run in dot column x from y0 to y1, any order, clipped; y counts downwards. */
void dots_run(struct dots *d, int x, int y0, int y1, size_t series);
void dots_draw(const struct dots *d, struct canvas *c, int x, int y);

/* chart_axis.c */
int64_t chart_usual_step(const struct chart_series *s);
/* First point at or after `ms`. */
size_t chart_find(const struct chart_series *s, int64_t ms);

/* Where everything is. */
struct chart_frame {
    const struct chart *ch;
    struct canvas *c;
    size_t series;                 /* drawn ones */
    struct rect plot;              /* cells of the lines */
    int legend_y, marks_y, axis_y; /* -1: not there */
    int dx;                        /* dots a cell has side by side */
    int64_t from, to;
    struct chart_ticks ticks;
};

/* chart.c: the cell column of a time; outside of the plot (-1, w) when it is not seen. */
int chart_column(const struct chart_frame *f, int64_t ms);
/* chart_marks.c */
bool chart_has_marks(const struct chart_frame *f);
void chart_draw_shade(const struct chart_frame *f);
void chart_draw_marks(const struct chart_frame *f);
void chart_draw_cursor(const struct chart_frame *f);
void chart_draw_legend(const struct chart_frame *f, struct rect r);
/* chart_view.c: may this time be drawn? */
bool chart_time_good(int64_t ms);

#endif

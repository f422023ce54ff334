/* canvas.h - a grid of cells that views draw into.
 * A cell holds one grapheme cluster, its width, a style role and an overlay role. Everything is
 * clipped to the current clip rectangle, a wide cluster is drawn whole or not at all, and all text
 * is sanitised on its way in, so no control byte can be in a cell (U-16). No curses: one file of ui
 * copies cells to the terminal, tests copy them to text. */
#ifndef RUNBOOK_VIEW_CANVAS_H
#define RUNBOOK_VIEW_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"
#include "runbook/base/vec.h"
#include "runbook/view/style.h"

#define CELL_TEXT_MAX 19 /* bytes of one cluster; a longer one is cut at a character */

struct cell {
    char text[CELL_TEXT_MAX + 1]; /* NUL-terminated UTF-8; "" in the right half of a wide cluster */
    uint8_t width;                /* 1 or 2; 0: the right half of the cell to the left */
    uint8_t style;                /* enum style */
    uint8_t overlay;              /* STYLE_SELECTED ..., STYLE_TEXT for none */
    uint8_t link;                 /* canvas_url() of it; 0: none */
};

struct rect {
    int x, y, w, h;
};
bool rect_has(struct rect r, int x, int y);

/* Which symbols the terminal can show. */
enum glyph_set { GLYPHS_FULL, GLYPHS_BASIC /* a text console's font */, GLYPHS_ASCII, GLYPH_SETS };

/* Symbols of the screen; canvas_glyph() draws the one of the canvas's set. */
enum glyph {
    GLYPH_H,
    GLYPH_V,
    GLYPH_TL,
    GLYPH_TR,
    GLYPH_BL,
    GLYPH_BR,
    GLYPH_T_DOWN,
    GLYPH_T_UP,
    GLYPH_T_RIGHT,
    GLYPH_T_LEFT,
    GLYPH_CROSS,
    GLYPH_OPEN,
    GLYPH_CLOSED,
    GLYPH_TREE_MID,
    GLYPH_TREE_END,
    GLYPH_TREE_BAR,
    GLYPH_PENDING,
    GLYPH_TESTING,
    GLYPH_SUPPORTED,
    GLYPH_CONFIRMED,
    GLYPH_PRUNED,
    GLYPH_OK,
    GLYPH_WARN,
    GLYPH_CRIT,
    GLYPH_UNKNOWN,
    GLYPH_RUNNING,
    GLYPH_EMPTY,
    GLYPH_CANCELED,
    GLYPH_PROMPT,
    GLYPH_ARROW,
    GLYPH_RISE,
    GLYPH_BULLET,
    GLYPH_DOT,
    GLYPH_ELLIPSIS,
    GLYPH_NEWLINE,
    GLYPH_SELECT,
    GLYPH_SCROLL,
    GLYPH_DASH,
    GLYPH_RISING, /* sorted from small to large */
    GLYPH_FALLING,
    GLYPHS
};

#define CANVAS_SCROLLS 4

struct canvas {
    int width, height;
    struct rect clip;
    enum glyph_set glyphs;
    bool keep_text;     /* symbols of ASCII, but text as it is */
    struct cell *cells; /* row by row */
    struct buf scratch; /* sanitised text on its way in */
    uint8_t link;       /* that text drawn now gets; 0: none */
    VEC(char *) urls;   /* of the links that are drawn; cleared by canvas_clear() */
    /* Parts whose rows move together from one drawing to the next: a terminal that can may move
     * them itself. Cleared by canvas_clear(). */
    struct rect scrolls[CANVAS_SCROLLS];
    int scroll_count;
};

void canvas_init(struct canvas *c, enum glyph_set glyphs);
void canvas_release(struct canvas *c);
void canvas_resize(struct canvas *c, int width,
                   int height); /* blank; at least 1x1, at most 1000x1000 */
void canvas_clear(struct canvas *c);
const struct cell *canvas_at(const struct canvas *c, int x, int y); /* NULL: outside */

void canvas_scrolls(struct canvas *c, struct rect r); /* see `scrolls` */
/* Narrow the clip to its intersection with `r`; returns the earlier one, to be put back. */
struct rect canvas_clip(struct canvas *c, struct rect r);
void canvas_unclip(struct canvas *c, struct rect earlier);

/* Draw text from x, at most `max_cells` wide, cut with an ellipsis. Returns the cells used. */
int canvas_text(struct canvas *c, int x, int y, int max_cells, enum style style, struct str text);
int canvas_cstr(struct canvas *c, int x, int y, int max_cells, enum style style, const char *text);
int canvas_printf(struct canvas *c, int x, int y, int max_cells, enum style style, const char *fmt,
                  ...) __attribute__((format(printf, 6, 7)));
/* Draw so that the text ends before x_end. Returns the cells used. */
int canvas_text_right(struct canvas *c, int x_end, int y, int max_cells, enum style style,
                      struct str text);
int canvas_glyph(struct canvas *c, int x, int y, enum style style, enum glyph g); /* 1 */
const char *glyph_text(enum glyph_set set, enum glyph g);
void canvas_hline(struct canvas *c, int x, int y, int len, enum style style);
void canvas_vline(struct canvas *c, int x, int y, int len, enum style style);
void canvas_fill(struct canvas *c, struct rect r, enum style style); /* blanks of this style */
/* Lay a role over cells that are drawn already: a selection, a match. */
void canvas_overlay(struct canvas *c, struct rect r, enum style overlay);
/* Text drawn from now on leads to this url, until canvas_link(c, NULL). Only http, https and mailto
 * urls of printable ASCII, at most CANVAS_URL_MAX bytes, 255 different ones; else it is no link. */
#define CANVAS_URL_MAX 2048
void canvas_link(struct canvas *c, const char *url);
bool canvas_url_ok(struct str url);
const char *canvas_url(const struct canvas *c, uint8_t link); /* NULL: none */
/* A bar of `fraction` (0-1, NaN draws nothing) in `cells` cells with eighths where glyphs allow. */
void canvas_bar(struct canvas *c, int x, int y, int cells, double fraction, enum style style);
/* The last `cells` values between their own minimum and maximum (a flat line is drawn low). */
void canvas_spark(struct canvas *c, int x, int y, int cells, const double *values, size_t count,
                  enum style style);
/* The same as text, a cell a value. */
void canvas_spark_text(enum glyph_set set, const double *values, size_t count, struct buf *out);

/* One cell filled to `fraction` (0-1) from below. */
void canvas_level(struct canvas *c, int x, int y, double fraction, enum style style);

/* Golden text: every row between bars, then a letter per cell for its role. */
void canvas_dump(const struct canvas *c, struct buf *out);

#endif

/* chart_dots.c - a grid of dots and how cells show it: braille, half blocks or ASCII. */
#include "src/view/chart_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

void dots_init(struct dots *d, int w, int h, enum chart_dots kind, enum glyph_set glyphs,
               bool several)
{
    size_t cells = (size_t)w * (size_t)h;

    if (kind == CHART_DOTS_AUTO)
        kind = glyphs == GLYPHS_FULL ? CHART_BRAILLE : CHART_BLOCKS;
    *d = (struct dots){.w = w, .h = h, .kind = kind, .ascii = glyphs == GLYPHS_ASCII};
    if (d->ascii)
        d->kind = CHART_BLOCKS;
    d->letters = d->ascii && several;
    d->dx = d->kind == CHART_BRAILLE ? 2 : 1;
    d->dy = d->kind == CHART_BRAILLE ? 4 : d->letters ? 1 : 2;
    d->bits = xcalloc(2, cells ? cells : 1);
    d->owner = d->bits + cells;
}

void dots_release(struct dots *d)
{
    free(d->bits);
    d->bits = d->owner = NULL;
}

static void set_dot(struct dots *d, int x, int y, size_t series)
{
    /* Source: Unicode 15, chapter 21.1: dots 1-3 and 7 on the left, 4-6 and 8 on the right. */
    static const unsigned char braille[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int at = y / d->dy * d->w + x / d->dx;

    d->bits[at] |=
        d->kind == CHART_BRAILLE ? braille[y % 4][x % 2] : (unsigned char)(1 << y % d->dy);
    d->owner[at] = (unsigned char)(series + 1);
}

void dots_run(struct dots *d, int x, int y0, int y1, size_t series)
{
    int from = y0 < y1 ? y0 : y1, to = y0 < y1 ? y1 : y0;

    if (x < 0 || x >= d->w * d->dx)
        return;
    if (from < 0)
        from = 0;
    if (to >= d->h * d->dy)
        to = d->h * d->dy - 1;
    for (int y = from; y <= to; y++)
        set_dot(d, x, y, series);
}

static void braille_text(unsigned bits, char out[8])
{
    out[0] = (char)0xE2;
    out[1] = (char)(0xA0 | bits >> 6);
    out[2] = (char)(0x80 | (bits & 0x3F));
    out[3] = '\0';
}

static void cell_text(const struct dots *d, int at, char out[8])
{
    static const char *const blocks[4] = {" ", "▀", "▄", "█"};
    static const char *const ascii[4] = {" ", "'", ".", ":"};

    if (d->kind == CHART_BRAILLE) {
        braille_text(d->bits[at], out);
    } else if (d->letters) {
        out[0] = (char)('A' + d->owner[at] - 1);
        out[1] = '\0';
    } else {
        const char *text = (d->ascii ? ascii : blocks)[d->bits[at] & 3];

        memcpy(out, text, strlen(text) + 1);
    }
}

#define RUN_CELLS 64

/* Neighbours of one series in one go: drawing text has its price per call. Returns the cells. */
static int draw_run(const struct dots *d, struct canvas *c, int x, int y, int row, int col)
{
    char run[RUN_CELLS * 4 + 8] = "";
    int first = row * d->w + col, n = 0;
    size_t len = 0;

    while (n < RUN_CELLS && col + n < d->w && d->bits[first + n] &&
           d->owner[first + n] == d->owner[first]) {
        cell_text(d, first + n++, run + len);
        len += strlen(run + len);
    }
    canvas_text(c, x + col, y + row, n, chart_series_style((size_t)d->owner[first] - 1),
                (struct str){run, len});
    return n;
}

void dots_draw(const struct dots *d, struct canvas *c, int x, int y)
{
    for (int row = 0; row < d->h; row++)
        for (int col = 0; col < d->w;)
            col += d->bits[row * d->w + col] ? draw_run(d, c, x, y, row, col) : 1;
}

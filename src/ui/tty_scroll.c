/* tty_scroll.c - rows that moved up or down are moved by the terminal.
 * A pane as wide as the screen that scrolls by a line would otherwise be written again as a whole:
 * on 80 columns, a hundred bytes in place of two thousand. Borders are left out of the comparison,
 * as a scroll bar changes them; what differs after the move is mended by the painting that follows.
 */
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "src/ui/tty_parts_priv.h"

#define ROWS_MIN 4 /* that are saved; fewer are not worth the move */

struct move {
    int top, bottom; /* rows of the region */
    int by;          /* up when positive */
    int saved;
};

static uint64_t hash_row(const struct cell *row, int width)
{
    const unsigned char *p = (const unsigned char *)(row + 1);
    size_t len = (size_t)(width - 2) * sizeof(*row);
    uint64_t h = UINT64_C(14695981039346656037), v;

    for (; len >= 8; len -= 8, p += 8) {
        memcpy(&v, p, 8);
        h = (h ^ v) * UINT64_C(1099511628211);
        h ^= h >> 29;
    }
    return h;
}

/* The longest run of rows that stand `by` rows lower on the screen. */
static void try_move(const uint64_t *want, const uint64_t *have, int height, int by,
                     struct move *best)
{
    int from = by < 0 ? -by : 0, to = by > 0 ? height - by : height;
    int start = -1, saved = 0;

    for (int y = from; y <= to; y++) {
        if (y < to && want[y] == have[y + by]) {
            start = start < 0 ? y : start;
            saved += want[y] != have[y];
            continue;
        }
        if (start >= 0 && saved > best->saved)
            *best = by > 0 ? (struct move){start, y - 1 + by, by, saved}
                           : (struct move){start + by, y - 1, by, saved};
        start = -1;
        saved = 0;
    }
}

static struct move find_move(const struct painter *p, const struct canvas *c)
{
    struct move best = {0, 0, 0, ROWS_MIN - 1};
    uint64_t *want = xcalloc((size_t)c->height * 2, sizeof(*want)), *have = want + c->height;
    int changed = 0;

    for (int y = 0; y < c->height; y++) {
        want[y] = hash_row(&c->cells[y * c->width], c->width);
        have[y] = hash_row(&p->shown[y * c->width], c->width);
        changed += want[y] != have[y];
    }
    for (int by = 1; changed >= ROWS_MIN && by < c->height / 2; by++) {
        try_move(want, have, c->height, by, &best);
        try_move(want, have, c->height, -by, &best);
    }
    free(want);
    return best;
}

/* The rows that come in are blank. */
static void move_shown(struct painter *p, const struct move *m)
{
    static const struct cell blank = {.text = " ", .width = 1};
    int rows = m->bottom - m->top + 1, by = m->by > 0 ? m->by : -m->by;
    struct cell *top = &p->shown[m->top * p->width], *clear;
    size_t kept = (size_t)(rows - by) * (size_t)p->width;

    if (m->by > 0)
        memmove(top, top + by * p->width, kept * sizeof(*top));
    else
        memmove(top + by * p->width, top, kept * sizeof(*top));
    clear = m->by > 0 ? top + kept : top;
    for (int i = 0; i < by * p->width; i++)
        clear[i] = blank;
}

bool tty_scroll(struct tty *t, const struct canvas *c, struct buf *out)
{
    struct painter *p = &t->paint;
    struct move m;

    if (!t->caps.ansi || !t->caps.scroll || c->width < 8 || c->height < ROWS_MIN + 2)
        return false;
    m = find_move(p, c);
    if (m.by == 0 || !tty_paint_blank_look(t, out))
        return false;
    buf_addf(out, "\033[%d;%dr", m.top + 1, m.bottom + 1);
    tty_caps_cup(&t->caps, 0, m.by > 0 ? m.bottom : m.top, out);
    for (int i = 0; i < (m.by > 0 ? m.by : -m.by); i++)
        buf_adds(out, m.by > 0 ? "\n" : "\033M");
    buf_adds(out, "\033[r"); /* the cursor goes somewhere */
    p->x = -1;
    move_shown(p, &m);
    return true;
}

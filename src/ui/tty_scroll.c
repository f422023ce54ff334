/* tty_scroll.c - rows that moved up or down are moved by the terminal.
 * A pane as wide as the screen that scrolls by a line would otherwise be written again as a whole:
 * on 80 columns, a hundred bytes in place of two thousand. Borders are left out of the comparison,
 * as a scroll bar changes them; what differs after the move is mended by the painting that follows.
 * A pane beside others is moved between left and right margins, where the terminal has said that it
 * knows them (DECLRMM; Source: VT510 programmer reference, DECSLRM; xterm, ctlseqs). */
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

static uint64_t hash_cells(const struct cell *row, int width)
{
    const unsigned char *p = (const unsigned char *)row;
    size_t len = (size_t)width * sizeof(*row);
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

/* Rows of the move are counted from the top of `r`. */
static struct move find_move(const struct painter *p, const struct canvas *c, struct rect r)
{
    struct move best = {0, 0, 0, ROWS_MIN - 1};
    uint64_t *want = xcalloc((size_t)r.h * 2, sizeof(*want)), *have = want + r.h;
    int changed = 0;

    for (int y = 0; y < r.h; y++) {
        want[y] = hash_cells(&c->cells[(r.y + y) * c->width + r.x], r.w);
        have[y] = hash_cells(&p->shown[(r.y + y) * c->width + r.x], r.w);
        changed += want[y] != have[y];
    }
    for (int by = 1; changed >= ROWS_MIN && by < r.h / 2; by++) {
        try_move(want, have, r.h, by, &best);
        try_move(want, have, r.h, -by, &best);
    }
    free(want);
    return best;
}

/* The rows that come in are blank. */
static void move_shown(struct painter *p, const struct move *m, struct rect r)
{
    static const struct cell blank = {.text = " ", .width = 1};
    int rows = m->bottom - m->top + 1, by = m->by > 0 ? m->by : -m->by;

    for (int i = 0; i < rows; i++) {
        int y = r.y + (m->by > 0 ? m->top + i : m->bottom - i);
        int from = m->by > 0 ? y + by : y - by;
        struct cell *to = &p->shown[y * p->width + r.x];

        if (i < rows - by)
            memcpy(to, &p->shown[from * p->width + r.x], (size_t)r.w * sizeof(*to));
        for (int x = 0; i >= rows - by && x < r.w; x++)
            to[x] = blank;
    }
}

/* The whole width; the borders move too. */
static bool scroll_rows(struct tty *t, const struct canvas *c, struct buf *out)
{
    struct painter *p = &t->paint;
    struct move m = find_move(p, c, (struct rect){1, 0, c->width - 2, c->height});

    if (m.by == 0 || !tty_paint_blank_look(t, out))
        return false;
    buf_addf(out, "\033[%d;%dr", m.top + 1, m.bottom + 1);
    tty_caps_cup(&t->caps, 0, m.by > 0 ? m.bottom : m.top, out);
    for (int i = 0; i < (m.by > 0 ? m.by : -m.by); i++)
        buf_adds(out, m.by > 0 ? "\n" : "\033M");
    buf_adds(out, "\033[r"); /* the cursor goes somewhere */
    p->x = -1;
    move_shown(p, &m, (struct rect){0, 0, c->width, c->height});
    return true;
}

/* No cluster may reach over an edge of the part: the terminal would cut it. */
static bool edges_are_clean(const struct cell *cells, int width, struct rect r)
{
    for (int y = r.y; y < r.y + r.h; y++)
        if (cells[y * width + r.x].width == 0 ||
            (r.x + r.w < width && cells[y * width + r.x + r.w].width == 0))
            return false;
    return true;
}

/* A part of the width, between margins. */
static bool scroll_part(struct tty *t, const struct canvas *c, struct rect r, struct buf *out)
{
    struct painter *p = &t->paint;
    struct move m;

    if (r.x < 0 || r.y < 0 || r.x + r.w > c->width || r.y + r.h > c->height ||
        r.w >= c->width - 2 || r.h < ROWS_MIN + 2)
        return false;
    m = find_move(p, c, r);
    if (m.by == 0 || !edges_are_clean(p->shown, c->width, r) || !tty_paint_blank_look(t, out))
        return false;
    buf_addf(out, "\033[?69h\033[%d;%ds\033[%d;%dr\033[%d%c\033[r\033[?69l", r.x + 1, r.x + r.w,
             r.y + m.top + 1, r.y + m.bottom + 1, m.by > 0 ? m.by : -m.by, m.by > 0 ? 'S' : 'T');
    p->x = -1;
    move_shown(p, &m, r);
    return true;
}

bool tty_scroll(struct tty *t, const struct canvas *c, struct buf *out)
{
    bool moved = false;

    if (!t->caps.ansi || !t->caps.scroll || c->width < 8 || c->height < ROWS_MIN + 2)
        return false;
    for (int i = 0; t->margins && i < c->scroll_count; i++)
        moved = scroll_part(t, c, c->scrolls[i], out) || moved;
    return moved || scroll_rows(t, c, out);
}

/* tty_paint.c - cells that changed, as few bytes.
 * The painter keeps what the terminal shows, cell by cell, and the cursor, colours and link that
 * are set. A cluster whose width terminals do not agree on (emoji sequences, combining marks,
 * right-to-left letters, ambiguous width) is written with its place before it and its place after
 * it, so that whatever a terminal makes of it, all other cells stay where they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "src/ui/sgr.h"
#include "src/ui/tty_parts_priv.h"

#define LINKS 256
#define GAP_MAX 4    /* unchanged cells that are cheaper to write again than to jump over */
#define ERASE_MIN 12 /* blanks that are cheaper to erase */
#define SYNC_MIN_BYTES 200
#define FRAME_MAX ((size_t)16 << 20)

/* Source: gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036 (mode 2026). */
#define SYNC_ON "\033[?2026h"
#define SYNC_OFF "\033[?2026l"

void painter_forget(struct painter *p)
{
    p->x = p->y = -1;
    p->look_known = false;
    p->link = 0;
    p->cursor_on = false;
}

void painter_release(struct painter *p)
{
    free(p->shown);
    free(p->links);
    p->shown = NULL;
    p->links = NULL;
}

/* ---- looks ---- */

static const struct look *look_of(struct tty *t, const struct cell *cell)
{
    struct painter *p = &t->paint;

    if (!p->looks[cell->style][cell->overlay].known) {
        p->looks[cell->style][cell->overlay].known = true;
        p->looks[cell->style][cell->overlay].look =
            theme_look(&t->theme, t->level, (enum style)cell->style, (enum style)cell->overlay);
    }
    return &p->looks[cell->style][cell->overlay].look;
}

static bool same_look(const struct look *a, const struct look *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->attrs == b->attrs;
}

static unsigned usable_attrs(const struct tty *t, unsigned attrs)
{
    attrs &= *t->caps.text[CAP_DIM] ? ~0u : ~(unsigned)ATTR_DIM;
    attrs &= *t->caps.text[CAP_SITM] ? ~0u : ~(unsigned)ATTR_ITALIC;
    attrs &= *t->caps.text[CAP_SMUL] ? ~0u : ~(unsigned)ATTR_UNDERLINE;
    return attrs;
}

/* A terminal without ECMA-48's codes is told everything anew. */
static void set_by_caps(struct tty *t, const struct look *to, struct buf *out)
{
    static const struct {
        unsigned attr;
        enum cap cap;
    } attrs[] = {{ATTR_BOLD, CAP_BOLD}, {ATTR_UNDERLINE, CAP_SMUL}, {ATTR_REVERSE, CAP_REV}};

    buf_adds(out, t->caps.text[CAP_SGR0]);
    for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
        if (to->attrs & attrs[i].attr)
            buf_adds(out, t->caps.text[attrs[i].cap]);
    if (to->fg >= 0)
        tty_caps_color(&t->caps, CAP_SETAF, to->fg, out);
    if (to->bg >= 0)
        tty_caps_color(&t->caps, CAP_SETAB, to->bg, out);
}

static void set_look(struct tty *t, const struct look *to, struct buf *out)
{
    static const struct {
        unsigned attr;
        const char *code;
    } codes[] = {{ATTR_BOLD, "1"},
                 {ATTR_DIM, "2"},
                 {ATTR_ITALIC, "3"},
                 {ATTR_UNDERLINE, "4"},
                 {ATTR_REVERSE, "7"}};
    struct painter *p = &t->paint;
    struct look was = p->look;
    bool any = false;

    if (p->look_known && same_look(&was, to))
        return;
    p->look = *to;
    if (!t->caps.ansi) {
        p->look_known = true;
        set_by_caps(t, to, out);
        return;
    }
    if (!p->look_known || was.attrs & ~to->attrs) { /* what is off goes by switching all off */
        sgr_code(out, &any, "0");
        was = (struct look){-1, -1, 0};
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (usable_attrs(t, to->attrs) & ~was.attrs & codes[i].attr)
            sgr_code(out, &any, codes[i].code);
    if (was.fg != to->fg)
        sgr_color(t->level, out, &any, to->fg, 30);
    if (was.bg != to->bg)
        sgr_color(t->level, out, &any, to->bg, 40);
    if (any)
        buf_addc(out, 'm');
    p->look_known = true;
}

/* ---- links ---- */

/* Source: gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda (OSC 8). */
static void set_link(struct tty *t, const struct canvas *c, unsigned link, struct buf *out)
{
    const char *url = link ? canvas_url(c, (uint8_t)link) : NULL;

    if (!t->caps.xterm_like || t->env.screen || link == t->paint.link)
        return;
    t->paint.link = link;
    /* The number lets a terminal light up all cells of a link that was written in pieces. */
    if (url)
        buf_addf(out, "\033]8;id=%u;%s\033\\", link, url);
    else
        buf_adds(out, "\033]8;;\033\\");
}

static uint64_t hash_text(const char *s)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; s && *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return h;
}

/* Which link numbers lead elsewhere than in the last frame? */
static bool note_links(struct painter *p, const struct canvas *c, bool changed[LINKS])
{
    bool any = false;

    if (!p->links)
        p->links = xcalloc(LINKS, sizeof(*p->links));
    for (int i = 1; i < LINKS; i++) {
        const char *url = canvas_url(c, (uint8_t)i);
        uint64_t h;

        changed[i] = false;
        if (!url)
            continue;
        h = hash_text(url);
        changed[i] = p->links[i] != 0 && p->links[i] != h;
        any = any || changed[i];
        p->links[i] = h;
    }
    return any;
}

/* ---- the cursor ---- */

static void go_right(struct buf *out, int by)
{
    if (by == 1)
        buf_adds(out, "\033[C");
    else
        buf_addf(out, "\033[%dC", by);
}

static void go_to(struct tty *t, int x, int y, struct buf *out)
{
    struct painter *p = &t->paint;

    if (p->x == x && p->y == y)
        return;
    if (p->x >= 0 && p->y == y && x < p->x && p->x - x <= 3)
        for (int i = x; i < p->x; i++)
            buf_addc(out, '\b');
    else if (p->x >= 0 && p->y == y && x == 0)
        buf_addc(out, '\r');
    else if (p->x >= 0 && p->y == y && x > p->x && t->caps.ansi)
        go_right(out, x - p->x);
    else
        tty_caps_cup(&t->caps, x, y, out);
    p->x = x;
    p->y = y;
}

/* ---- cells ---- */

static bool is_plain(const struct cell *cell)
{
    return cell->text[1] == '\0' && (unsigned char)cell->text[0] >= 0x20 && cell->text[0] != 0x7F;
}

/* Do all terminals agree on this width? One character alone, of a script that runs to the right,
 * and not of ambiguous width unless it is one that the screen is drawn with. */
static bool is_sure(const struct cell *cell)
{
    struct str s = str_from(cell->text);
    uint32_t cp;
    size_t n = text_decode(s, &cp);

    if (n != s.len || cp == TEXT_BAD)
        return false;
    if (cp < 0x300)
        return cell->width == 1;
    if (cp >= 0x2500 && cp < 0x2600)
        return true; /* boxes and blocks */
    if (cp >= 0x2800 && cp < 0x2900)
        return true;                                                /* braille */
    if ((cp >= 0x370 && cp < 0x483) || (cp >= 0x48A && cp < 0x590)) /* Greek, Cyrillic, Armenian */
        return cell->width == 1;
    if ((cp >= 0x3041 && cp < 0x3097) || (cp >= 0x30A1 && cp < 0x30FB) ||
        (cp >= 0x4E00 && cp < 0x9FFF) || (cp >= 0xAC00 && cp < 0xD7A4))
        return cell->width == 2; /* kana, Han, Hangul */
    return cp == 0x2026 || cp == 0x2192 || cp == 0x2013 || cp == 0x2014 || cp == 0x2022;
}

static void put_cell(struct tty *t, const struct canvas *c, int x, int y, const struct cell *cell,
                     struct buf *out)
{
    struct painter *p = &t->paint;
    bool sure = is_plain(cell) || is_sure(cell);

    go_to(t, x, y, out);
    set_look(t, look_of(t, cell), out);
    set_link(t, c, cell->link, out);
    if (!sure && cell->width == 2) { /* a terminal that takes it for one cell wide */
        buf_adds(out, "  ");
        p->x += 2;
        if (p->x >= c->width)
            p->x = -1;
        go_to(t, x, y, out);
    }
    buf_adds(out, cell->text);
    p->x += cell->width;
    if (!sure || p->x >= c->width)
        p->x = -1;
}

static bool is_blank(const struct cell *cell)
{
    return cell->text[0] == ' ' && cell->text[1] == '\0' && !cell->link;
}

/* How many cells from x on are blanks that look alike? */
static int blanks(struct tty *t, const struct cell *row, int x, int width)
{
    const struct look *look;
    int n = 0;

    if (!is_blank(&row[x]))
        return 0;
    look = look_of(t, &row[x]);
    if (look->attrs & (ATTR_REVERSE | ATTR_UNDERLINE) || (look->bg >= 0 && !t->caps.back_erase))
        return 0;
    while (x + n < width && is_blank(&row[x + n]) && same_look(look_of(t, &row[x + n]), look))
        n++;
    return n;
}

/* Erase instead of writing blanks; returns how many cells. */
static int erase(struct tty *t, const struct canvas *c, const struct cell *row, int x, int y,
                 struct buf *out)
{
    int n = blanks(t, row, x, c->width);
    bool tail = x + n == c->width && *t->caps.text[CAP_EL];

    if (n < (tail ? 4 : ERASE_MIN) || (!tail && !*t->caps.text[CAP_ECH]) || !t->caps.ansi)
        return 0;
    go_to(t, x, y, out);
    set_look(t, look_of(t, &row[x]), out);
    if (tail)
        buf_adds(out, t->caps.text[CAP_EL]);
    else
        buf_addf(out, "\033[%dX", n);
    return n;
}

struct row_change {
    const struct cell *row, *shown;
    const bool *links; /* NULL: all lead where they led */
    bool all;
};

static bool changed(const struct row_change *r, int x)
{
    return r->all || memcmp(&r->row[x], &r->shown[x], sizeof(r->row[x])) != 0 ||
           (r->links && r->row[x].link && r->links[r->row[x].link]);
}

/* A few cells between two changes are written again when that needs no other look. */
static bool bridge(struct tty *t, const struct row_change *r, int x, int width)
{
    int n = 0;

    if (t->paint.x != x || !t->paint.look_known)
        return false;
    while (x + n < width && n <= GAP_MAX && !changed(r, x + n)) {
        if (!is_plain(&r->row[x + n]) || r->row[x + n].link != t->paint.link ||
            !same_look(look_of(t, &r->row[x + n]), &t->paint.look))
            return false;
        n++;
    }
    return n <= GAP_MAX && x + n < width;
}

static void paint_row(struct tty *t, const struct canvas *c, int y, const struct row_change *r,
                      struct buf *out)
{
    for (int x = 0; x < c->width;) {
        const struct cell *cell = &r->row[x];
        int step = cell->width > 1 ? 2 : 1, erased;

        if (cell->width == 0 || (y == c->height - 1 && x + step >= c->width && !t->caps.corner)) {
            x++;
            continue;
        }
        if (!changed(r, x) && !(step == 2 && changed(r, x + 1)) &&
            !(t->paint.y == y && bridge(t, r, x, c->width))) {
            x += step;
            continue;
        }
        erased = erase(t, c, r->row, x, y, out);
        if (!erased)
            put_cell(t, c, x, y, cell, out);
        x += erased ? erased : step;
    }
}

static bool fit_shown(struct painter *p, const struct canvas *c)
{
    size_t count = (size_t)c->width * (size_t)c->height;

    if (p->shown && p->width == c->width && p->height == c->height)
        return false;
    p->shown = xreallocarray(p->shown, count, sizeof(*p->shown));
    p->width = c->width;
    p->height = c->height;
    return true;
}

static void clear_all(struct tty *t, struct buf *out)
{
    struct painter *p = &t->paint;
    struct cell blank = {.text = " ", .width = 1};
    bool cursor_on = p->cursor_on;

    painter_forget(p);
    p->cursor_on = cursor_on;
    p->looks[0][0].known = false;
    set_look(t, look_of(t, &blank), out);
    set_link(t, NULL, 0, out);
    buf_adds(out, t->caps.text[CAP_CLEAR]);
    for (int i = 0; i < p->width * p->height; i++)
        p->shown[i] = blank;
    p->x = p->y = 0;
}

bool tty_paint_blank_look(struct tty *t, struct buf *out)
{
    struct cell blank = {.text = " ", .width = 1};
    const struct look *look = look_of(t, &blank);

    if (look->bg >= 0 && !t->caps.back_erase)
        return false;
    set_look(t, look, out);
    return true;
}

static void show_cursor(struct tty *t, bool on, struct buf *out)
{
    if (on != t->paint.cursor_on)
        buf_adds(out, t->caps.text[on ? CAP_CNORM : CAP_CIVIS]);
    t->paint.cursor_on = on;
}

static void paint_rows(struct tty *t, const struct canvas *c, bool all, struct buf *out)
{
    struct painter *p = &t->paint;
    bool links[LINKS];
    bool relinked = note_links(p, c, links);
    bool bare = all && (p->looks[0][0].look.bg < 0 || t->caps.back_erase);

    if (!all && !relinked)
        tty_scroll(t, c, out);
    for (int y = 0; y < c->height; y++) {
        size_t row_bytes = (size_t)c->width * sizeof(*c->cells);
        struct row_change r = {&c->cells[y * c->width], &p->shown[y * c->width],
                               relinked ? links : NULL, all && !bare};

        if (!relinked && !r.all && memcmp(r.row, r.shown, row_bytes) == 0)
            continue;
        paint_row(t, c, y, &r, out);
        memcpy(&p->shown[y * c->width], r.row, row_bytes);
    }
    set_link(t, c, 0, out);
}

/* A frame that takes long to draw is drawn at once where the terminal can, else without a cursor
 * that runs about. */
static void send_frame(struct tty *t, struct buf *body, bool was_on, bool cursor)
{
    struct buf out = BUF_INIT(FRAME_MAX);

    if (body->len >= SYNC_MIN_BYTES && t->sync) {
        buf_adds(&out, SYNC_ON);
        buf_add_str(&out, buf_str(body));
        buf_adds(&out, SYNC_OFF);
        tty_send_buf(t, buf_str(&out));
    } else if (body->len >= SYNC_MIN_BYTES && was_on && cursor) {
        buf_adds(&out, t->caps.text[CAP_CIVIS]);
        buf_add_str(&out, buf_str(body));
        buf_adds(&out, t->caps.text[CAP_CNORM]);
        tty_send_buf(t, buf_str(&out));
    } else if (body->len) {
        tty_send_buf(t, buf_str(body));
    }
    buf_release(&out);
}

void tty_paint(struct tty *t, const struct canvas *c, int cursor_x, int cursor_y, bool all)
{
    struct buf out = BUF_INIT(FRAME_MAX);
    bool cursor = cursor_x >= 0 && cursor_x < c->width && cursor_y >= 0 && cursor_y < c->height;
    bool was_on = t->paint.cursor_on;
    int64_t from = tty_now_us();

    if (t->left || t->gone)
        return;
    all = fit_shown(&t->paint, c) || all;
    if (all)
        clear_all(t, &out);
    paint_rows(t, c, all, &out);
    if (cursor)
        go_to(t, cursor_x, cursor_y, &out);
    show_cursor(t, cursor, &out);
    t->meter.frame_bytes = out.len;
    t->meter.painted += out.len > 0;
    send_frame(t, &out, was_on, cursor);
    t->meter.paint_us = tty_now_us() - from;
    buf_release(&out);
}

void tty_set_theme(struct tty *t, const struct theme *theme)
{
    if (t->level == COLORS_NONE)
        return;
    t->theme = *theme;
    memset(t->paint.looks, 0, sizeof(t->paint.looks));
}

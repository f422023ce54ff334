/* palette.c - everything that can be done or opened, in one list over the screen. */
#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/view/fuzzy.h"

#define WIDTH_MAX 92
#define ROWS_MAX 18
#define KIND_CELLS 10

static struct rect box_of(const struct layout *l, const struct canvas *c)
{
    int w = c->width - 8 > WIDTH_MAX ? WIDTH_MAX : c->width - (c->width < 60 ? 2 : 8);
    int h = c->height - 6 > ROWS_MAX + 4 ? ROWS_MAX + 4 : c->height - (c->height < 20 ? 2 : 6);

    (void)l;
    return (struct rect){(c->width - w) / 2, (c->height - h) / 3 + 1, w, h};
}

/* The characters that were typed are marked where they are in the text. */
static void mark(struct canvas *c, int x, int y, int room, struct str text, struct str typed)
{
    struct fuzzy f;
    bool hit[256] = {0};
    struct str rest, cluster;
    int width, at = 0;

    if (text.len > sizeof(hit))
        text.len = sizeof(hit);
    fuzzy_parse(&f, typed);
    for (size_t i = 0; i < f.count; i++)
        fuzzy_mark(&f.terms[i], text, true, hit);
    rest = text;
    while (text_cluster(&rest, &cluster, &width) && at + width <= room) {
        if (hit[cluster.ptr - text.ptr])
            canvas_overlay(c, (struct rect){x + at, y, width, 1}, STYLE_MATCH);
        at += width;
    }
}

static void draw_row(const struct palette_view *p, struct canvas *c, struct rect in, int y,
                     const struct palette_row *row)
{
    int keys = row->keys ? text_width(str_from(row->keys)) : 0, x = in.x + 1;
    int room = in.w - 2 - (keys ? keys + 2 : 0), used;

    if (in.w > 44) {
        canvas_cstr(c, x, y, KIND_CELLS - 1, STYLE_DIM, row->kind);
        x += KIND_CELLS;
        room -= KIND_CELLS;
    }
    used = canvas_cstr(c, x, y, room, STYLE_TEXT, row->text);
    mark(c, x, y, used, str_from(row->text), p->typed);
    if (row->note && room - used > 8)
        canvas_cstr(c, x + used + 2, y, room - used - 2, STYLE_DIM, row->note);
    if (keys)
        canvas_text_right(c, in.x + in.w - 1, y, keys, STYLE_KEY, str_from(row->keys));
}

static void keep_in_sight(struct palette_view *p)
{
    size_t view = (size_t)p->view_h;

    if (p->selected < p->top)
        p->top = p->selected;
    if (p->selected >= p->top + view)
        p->top = p->selected - view + 1;
    if (p->top + view > p->count)
        p->top = p->count > view ? p->count - view : 0;
}

static void draw_rows(struct palette_view *p, struct canvas *c, struct rect in)
{
    p->view_h = in.h;
    keep_in_sight(p);
    for (int i = 0; i < in.h && p->top + (size_t)i < p->count; i++) {
        draw_row(p, c, in, in.y + i, &p->rows[p->top + (size_t)i]);
        if (p->top + (size_t)i == p->selected)
            canvas_overlay(c, (struct rect){in.x, in.y + i, in.w, 1}, STYLE_SELECTED);
    }
    if (!p->count && p->empty)
        canvas_cstr(c, in.x + 2, in.y + 1, in.w - 4, STYLE_WARNING, p->empty);
    draw_scroll(c, in, p->top, (size_t)in.h, p->count);
}

/* The line that is typed, and a rule below it. */
static void draw_head(struct screen *s, struct canvas *c, struct rect box)
{
    struct palette_view *p = &s->palette;
    struct str typed = p->typed;
    int room = box.w - 6, before = text_width((struct str){typed.ptr, p->cursor}), skip;
    int x = box.x + 4, y = box.y + 1, used;
    char count[48];

    canvas_cstr(c, box.x + 2, y, 1, STYLE_ACCENT, ":");
    skip = before >= room ? before - room + 1 : 0;
    if (skip > 0)
        typed = (struct str){typed.ptr + text_fit(typed, skip, &used).len,
                             typed.len - text_fit(typed, skip, &used).len};
    canvas_text(c, x, y, room, STYLE_INPUT, typed);
    if (!typed.len)
        canvas_cstr(c, x, y, room, STYLE_DIM, "a command, page, theme, session or resource");
    s->cursor_x = x + before - skip;
    s->cursor_y = y;
    canvas_hline(c, box.x + 1, y + 1, box.w - 2, STYLE_FRAME);
    canvas_glyph(c, box.x, y + 1, STYLE_FRAME, GLYPH_T_RIGHT);
    canvas_glyph(c, box.x + box.w - 1, y + 1, STYLE_FRAME, GLYPH_T_LEFT);
    snprintf(count, sizeof(count), " %zu of %zu ", p->count, p->total);
    canvas_text_right(c, box.x + box.w - 2, box.y, box.w / 3, STYLE_DIM, str_from(count));
    canvas_cstr(c, box.x + 2, box.y, box.w / 2, STYLE_TITLE_FOCUS, " Palette ");
}

void draw_palette(struct screen *s, const struct layout *l, struct canvas *c)
{
    struct rect box;

    s->palette.box = s->palette.rows_at = (struct rect){0};
    if (!s->palette.open)
        return;
    box = box_of(l, c);
    if (box.h < 5 || box.w < 20)
        return;
    s->palette.box = box;
    s->palette.rows_at = (struct rect){box.x + 1, box.y + 3, box.w - 2, box.h - 4};
    canvas_fill(c, box, STYLE_TEXT);
    draw_box(c, box);
    draw_head(s, c, box);
    draw_rows(&s->palette, c, s->palette.rows_at);
}

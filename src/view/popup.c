/* popup.c - completions: a small list over the input, its left edge at the word that is completed.
 */
#include "src/view/view_priv.h"

#include "runbook/base/text.h"

#define ROWS_MAX 8
#define NOTE_MAX 64

static int row_width(const struct popup_row *r)
{
    int note = r->note && *r->note ? text_width(str_from(r->note)) : 0;

    return text_width(str_from(r->text)) + (note ? 2 + (note > NOTE_MAX ? NOTE_MAX : note) : 0);
}

static int widest(const struct popup *p, int max)
{
    int width = 12;

    for (size_t i = 0; i < p->count; i++) {
        int w = row_width(&p->rows[i]);

        width = w > width ? w : width;
    }
    return width > max ? max : width;
}

/* Texts in one column, notes in the next. */
static int text_column(const struct popup *p, int max)
{
    int width = 0;

    for (size_t i = 0; i < p->count; i++) {
        int w = text_width(str_from(p->rows[i].text));

        width = w > width ? w : width;
    }
    return width > max ? max : width;
}

static void keep_in_sight(struct popup *p, size_t view)
{
    size_t at = p->selected < 0 ? 0 : (size_t)p->selected;

    if (at < p->top)
        p->top = at;
    if (at >= p->top + view)
        p->top = at - view + 1;
    if (p->top + view > p->count)
        p->top = p->count > view ? p->count - view : 0;
}

static void draw_rows(const struct popup *p, struct canvas *c, struct rect in)
{
    int column = text_column(p, in.w - 2);

    for (int i = 0; i < in.h; i++) {
        const struct popup_row *row = &p->rows[p->top + (size_t)i];
        int y = in.y + i;

        canvas_cstr(c, in.x + 1, y, row->note ? column : in.w - 2, STYLE_TEXT, row->text);
        if (row->note && in.w - 4 - column > 4)
            canvas_cstr(c, in.x + 3 + column, y, in.w - 4 - column, STYLE_DIM, row->note);
        if ((int)p->top + i == p->selected)
            canvas_overlay(c, (struct rect){in.x, y, in.w, 1}, STYLE_SELECTED);
    }
}

void draw_popup(struct screen *s, const struct layout *l, struct canvas *c)
{
    struct popup *p = &s->popup;
    int room = s->cursor_y - 2, view = p->count < ROWS_MAX ? (int)p->count : ROWS_MAX;
    struct rect box;
    int x = s->cursor_x + p->column - 2;

    p->rows_at = (struct rect){0};
    if (!p->count || s->palette.open || s->cursor_x < 0 || room < 3)
        return;
    view = view > room - 2 ? room - 2 : view;
    keep_in_sight(p, (size_t)view);
    box.w = widest(p, l->frame.w - 8) + 4;
    box.h = view + 2;
    x = x < l->frame.x + 1 ? l->frame.x + 1 : x;
    box.x = x + box.w > l->frame.w - 1 ? l->frame.w - 1 - box.w : x;
    box.y = l->divider_y - box.h;
    if (box.y < 1)
        box.y = 1;
    p->rows_at = (struct rect){box.x + 1, box.y + 1, box.w - 2, view};
    canvas_fill(c, box, STYLE_TEXT);
    draw_box(c, box);
    draw_rows(p, c, p->rows_at);
    draw_scroll(c, p->rows_at, p->top, (size_t)view, p->count);
    if (p->more)
        canvas_printf(c, box.x + 2, box.y + box.h - 1, box.w - 4, STYLE_DIM, " %zu more ", p->more);
}

/* debug.c - the overlay of F12: what the terminal costs, over everything else in the upper right.
 */
#include "src/view/view_priv.h"

#include "runbook/base/text.h"

void draw_debug(const struct screen *s, struct canvas *c)
{
    int width = 0, x, y = 2;

    if (!s->debug)
        return;
    for (size_t i = 0; i < s->debug_count; i++) {
        int w = text_width(str_from(s->debug[i]));

        width = w > width ? w : width;
    }
    width += 2;
    x = c->width - width - 2;
    if (x < 0)
        return;
    for (size_t i = 0; i < s->debug_count && y < c->height - 1; i++, y++) {
        canvas_fill(c, (struct rect){x, y, width, 1}, STYLE_STATUS);
        canvas_cstr(c, x + 1, y, width - 2, STYLE_STATUS, s->debug[i]);
        canvas_overlay(c, (struct rect){x, y, width, 1}, STYLE_STATUS_BAR);
    }
}

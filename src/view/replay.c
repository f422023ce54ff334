/* replay.c - where a replay stands: a bar, then the words, in the place of the input line. */
#include "src/view/view_priv.h"

#include "runbook/base/text.h"

#define BAR_MAX 40
#define BAR_MIN 8

void draw_replay(const struct screen *s, struct canvas *c, int x, int y, int room)
{
    const char *text = s->replay_text ? s->replay_text : "";
    int bar = room - text_width(str_from(text)) - 10, used;

    bar = bar > BAR_MAX ? BAR_MAX : bar;
    used = canvas_cstr(c, x, y, room, STYLE_ACCENT, "Replay  ");
    if (bar >= BAR_MIN) {
        canvas_hline(c, x + used, y, bar, STYLE_FRAME);
        canvas_bar(c, x + used, y, (int)(s->replay_progress * bar + 0.999), 1, STYLE_ACCENT);
        used += bar + 2;
    }
    canvas_cstr(c, x + used, y, room - used, STYLE_ACCENT, text);
}

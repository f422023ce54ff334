/* tui_timeline.c - the keys of the timeline page. */
#include "src/ui/tui_priv.h"

static void next_clock(struct tui *t)
{
    struct timeline *line = &t->screen.timeline;

    timeline_set_clock(line, (enum timeline_clock)((line->clock + 1) % TIMELINE_CLOCKS));
    tui_say(t, false, "%s", timeline_clock_words(line->clock));
}

void tui_timeline_command(struct tui *t, enum command c)
{
    struct timeline *line = &t->screen.timeline;

    switch ((int)c) {
    case CMD_TIMELINE_IN:
        timeline_zoom(line, t->model, 1);
        break;
    case CMD_TIMELINE_OUT:
        timeline_zoom(line, t->model, -1);
        break;
    case CMD_TIMELINE_LEFT:
        timeline_pan(line, t->model, -1);
        break;
    case CMD_TIMELINE_RIGHT:
        timeline_pan(line, t->model, 1);
        break;
    case CMD_TIMELINE_ALL:
        timeline_fit(line);
        break;
    case CMD_TIMELINE_CLOCK:
        next_clock(t);
        break;
    case CMD_TIMELINE_LANE_PREV:
        timeline_move_in_lane(line, t->model, -1);
        break;
    case CMD_TIMELINE_LANE_NEXT:
        timeline_move_in_lane(line, t->model, 1);
        break;
    default:
        break;
    }
}

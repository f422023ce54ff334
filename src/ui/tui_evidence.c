/* tui_evidence.c - what keys do on the page of an evidence or a query: its chart and its raw
 * result. */
#include "src/ui/tui_priv.h"

static void zoom(struct tui *t, int by)
{
    if (!screen_chart_zoom(&t->screen, by))
        tui_say(t, false, "There is no chart here: the raw result holds no series of numbers");
}

static void match(struct tui *t, int by)
{
    struct screen *s = &t->screen;
    size_t found = screen_raw_match(s, by);

    if (!*s->raw.search)
        tui_say(t, false, "Nothing is searched for: / begins a search");
    else if (!found)
        tui_say(t, false, "\"%s\" is not in the raw result", s->raw.search);
    else
        tui_say(t, false, "Match %zu of %zu", s->raw.match + 1, found);
}

static void pretty(struct tui *t)
{
    if (!t->screen.raw.json)
        tui_say(t, false, "The raw result is no JSON");
    else
        screen_raw_pretty(&t->screen);
}

static void clear(struct tui *t)
{
    if (*screen_filter(&t->screen))
        screen_set_filter(&t->screen, t->model, "");
    else
        tui_back(t);
}

void tui_run_evidence(struct tui *t, enum command c)
{
    struct screen *s = &t->screen;

    if (c == CMD_CHART_LEFT || c == CMD_CHART_RIGHT)
        screen_evidence_side(s, c == CMD_CHART_LEFT ? -1 : 1, false);
    else if (c == CMD_CHART_PAN_LEFT || c == CMD_CHART_PAN_RIGHT)
        screen_evidence_side(s, c == CMD_CHART_PAN_LEFT ? -1 : 1, true);
    else if (c == CMD_CHART_IN || c == CMD_CHART_OUT || c == CMD_CHART_RESET)
        zoom(t, c == CMD_CHART_IN ? 1 : c == CMD_CHART_OUT ? -1 : 0);
    else if (c == CMD_CHART_ALL)
        tui_say(t, false,
                screen_chart_all(s) ? "Every series of the result" : "What the evidence is about");
    else if (c == CMD_EVIDENCE_TAB)
        screen_evidence_tab(s);
    else if (c == CMD_EVIDENCE_UNFOLD)
        screen_evidence_unfold(s);
    else if (c == CMD_RAW_SEARCH)
        tui_begin_filter(t);
    else if (c == CMD_RAW_NEXT || c == CMD_RAW_PREV)
        match(t, c == CMD_RAW_NEXT ? 1 : -1);
    else if (c == CMD_RAW_HEX)
        screen_raw_hex(s);
    else if (c == CMD_RAW_PRETTY)
        pretty(t);
    else if (c == CMD_RAW_WRAP)
        tui_say(t, false,
                screen_raw_wrap(s) ? "Long lines are wrapped"
                                   : "Long lines are cut: Tab to the raw result, then h l");
    else if (c == CMD_RAW_CLEAR)
        clear(t);
}

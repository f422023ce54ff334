/* evidence_keys.c - what keys do on the page of an evidence or a query. */
#include "src/view/evidence_priv.h"

static struct detail_state *open_page(struct screen *s)
{
    return screen_on_evidence(s) ? &s->stack[s->depth - 1] : NULL;
}

bool screen_chart_zoom(struct screen *s, int by)
{
    if (!open_page(s) || !s->evidence.charted)
        return false;
    if (by == 0)
        chart_reset(&s->evidence.view);
    else
        chart_zoom(&s->evidence.view, s->evidence.extent, by > 0 ? 0.5 : 2);
    return true;
}

void screen_evidence_side(struct screen *s, int by, bool far)
{
    if (!open_page(s))
        return;
    if (s->evidence.raw || !s->evidence.charted) {
        if (s->raw.panned)
            raw_pan(s, far ? by * 8 : by);
    } else if (far) {
        chart_pan(&s->evidence.view, s->evidence.extent, by * 0.5);
    } else {
        chart_move_cursor(&s->evidence.view, s->evidence.extent, by);
    }
}

void screen_evidence_tab(struct screen *s)
{
    struct detail_state *p = open_page(s);

    if (!p)
        return;
    s->evidence.raw = !s->evidence.raw;
    p->top = s->evidence.raw && s->evidence.raw_at ? s->evidence.raw_at - 1 : 0;
}

bool screen_chart_all(struct screen *s)
{
    return s->evidence.all = !s->evidence.all;
}

/* What is seen stays about where it was; a raw result that is out of sight comes into it. */
static void change_mode(struct screen *s, enum raw_mode mode)
{
    struct detail_state *p = open_page(s);
    int width = s->body.w - 4;
    size_t at = s->evidence.raw_at, was;

    if (!p || width < 1)
        return;
    was = raw_lines(s, width);
    raw_set_mode(s, mode);
    if (p->top > at && was)
        p->top = at + (size_t)((double)(p->top - at) / (double)was * (double)raw_lines(s, width));
    else if (p->top + (size_t)s->body.h < at + 2 && at)
        p->top = at - 1;
}

void screen_raw_hex(struct screen *s)
{
    change_mode(s, s->raw.mode != RAW_HEX ? RAW_HEX : s->raw.json ? RAW_PRETTY : RAW_TEXT);
}

void screen_raw_pretty(struct screen *s)
{
    change_mode(s, s->raw.mode != RAW_PRETTY && s->raw.json ? RAW_PRETTY : RAW_TEXT);
}

void screen_evidence_unfold(struct screen *s)
{
    s->evidence.unfolded = !s->evidence.unfolded;
}

bool screen_raw_wrap(struct screen *s)
{
    s->raw.panned = !s->raw.panned;
    s->raw.pan_cells = 0;
    s->raw.lines_width = 0;
    return !s->raw.panned;
}

/* A third of the page above the match, so that one sees where it stands. */
static void show_match(struct screen *s)
{
    struct detail_state *p = open_page(s);
    size_t line = s->evidence.raw_at + raw_match_line(s), h = (size_t)s->body.h;

    if (!p || !s->raw.matches.count || (line >= p->top && line < p->top + h))
        return;
    p->top = line > h / 3 ? line - h / 3 : 0;
}

size_t screen_raw_match(struct screen *s, int by)
{
    size_t n = s->raw.matches.count;

    if (!open_page(s) || !n)
        return 0;
    s->raw.match = (s->raw.match + (by < 0 ? n - 1 : by > 0)) % n;
    show_match(s);
    return n;
}

char *evidence_search(struct screen *s)
{
    return open_page(s) ? s->raw.search : NULL;
}

void evidence_searched(struct screen *s)
{
    raw_search(s);
    show_match(s);
}

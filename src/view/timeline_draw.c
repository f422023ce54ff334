/* timeline_draw.c - the timeline as cells: lanes over an axis, and the list of events below.
 * Counts are drawn as numbers as long as they are few, then as heights: a lane says how much
 * happened when, without colour. The incident's window is a bar of its own above the lanes and a
 * shade behind them. */
#include "src/view/timeline_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "src/view/view_priv.h"

#define PLOT_MAX 1000
/* Behind the lanes where the incident's window is. */
#define TIMELINE_SHADE STYLE_SHADE
#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* What falls into one column of one lane. */
struct column {
    uint32_t count;
    uint8_t style, weight; /* of the event that matters most */
    bool busy;             /* a tool runs here that began further left */
};

struct axis {
    struct timeline *t;
    const struct model *m;
    struct canvas *c;
    struct rect r; /* the lanes' columns, without labels */
    int64_t from, to;
    int cursor; /* column of the selection, -1: not in sight */
};

/* ---- what an event looks like ---- */

struct look {
    enum style style;
    int weight; /* the heavier one colours a column */
};

static struct look tool_look(const struct tool_run *run)
{
    if (!run->ended)
        return (struct look){STYLE_ACCENT, 3};
    if (run->status == TOOL_OK || run->status == TOOL_EMPTY)
        return (struct look){STYLE_TOOL, 1};
    return (struct look){run->status == TOOL_ERROR ? STYLE_DANGER : STYLE_WARNING, 2};
}

static struct look hypothesis_look(const struct item *it)
{
    if (strcmp(it->tag, "confirmed") == 0)
        return (struct look){STYLE_CONFIRMED, 4};
    if (strcmp(it->tag, "supported") == 0)
        return (struct look){STYLE_OK, 3};
    if (strcmp(it->tag, "pruned") == 0)
        return (struct look){STYLE_PRUNED, 1};
    return (struct look){STYLE_TEXT, 2};
}

static struct look item_look(const struct model *m, const struct item *it)
{
    switch (it->kind) {
    case ITEM_TOOL:
        return tool_look(&m->tools.items[it->ref]);
    case ITEM_EVIDENCE: {
        enum evidence_strength s = m->evidence.items[it->ref].strength;

        return (struct look){strength_style(s), STRENGTHS - (int)s};
    }
    case ITEM_HYPOTHESIS:
        return hypothesis_look(it);
    case ITEM_USER:
        return (struct look){STYLE_USER, 2};
    case ITEM_CONCLUSION:
        return (struct look){m->conclusion.verdict == VERDICT_NONE
                                 ? STYLE_CONFIRMED
                                 : verdict_style(m->conclusion.verdict),
                             3};
    case ITEM_GAP:
        return (struct look){STYLE_WARNING, 2};
    case ITEM_ERROR:
        return (struct look){STYLE_DANGER, 3};
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
        break;
    }
    return (struct look){STYLE_DIM, 1};
}

static struct look change_look(const struct change *x)
{
    if (strcmp(x->outcome, "failed") == 0)
        return (struct look){STYLE_DANGER, 3};
    if (strcmp(x->outcome, "rolled-back") == 0)
        return (struct look){STYLE_WARNING, 3};
    return (struct look){strcmp(x->outcome, "running") == 0 ? STYLE_ACCENT : STYLE_TEXT, 2};
}

static struct look event_look(const struct model *m, const struct timeline_event *ev)
{
    if (ev->item == TIMELINE_ALERT)
        return (struct look){STYLE_DANGER, 1};
    if (ev->item >= TIMELINE_CHANGES)
        return change_look(timeline_change(m, ev));
    return item_look(m, &m->items.items[ev->item]);
}

/* ---- the axis ---- */

static int column_of(const struct axis *ch, int64_t ts)
{
    double at = (double)(ts - ch->from) / (double)(ch->to - ch->from) * (ch->r.w - 1);

    return at < -0.5 || at > ch->r.w - 0.5 ? -1 : (int)lround(at);
}

/* Milliseconds between two labels: the first of these that leaves room for them. */
static int64_t tick_step(const struct axis *ch, int cells)
{
    static const int64_t steps[] = {
        1,          2,           5,           10,           20,           50,     100,
        200,        500,         1000,        2000,         5000,         10000,  15000,
        30000,      60000,       120000,      300000,       600000,       900000, 1800000,
        3600000,    7200000,     10800000,    21600000,     43200000,     DAY_MS, 2 * DAY_MS,
        7 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS, 365 * DAY_MS, 3650 * DAY_MS};
    size_t i = 0, last = sizeof(steps) / sizeof(steps[0]) - 1;

    while (i < last &&
           (double)steps[i] * ch->r.w < (double)(ch->to - ch->from) * (double)(cells + 2))
        i++;
    return steps[i];
}

/* As exact as the step asks for: "02-04", "14:00", "14:00:30", "14:00:30.25". */
static void tick_text(int64_t ts, int64_t step, char out[TIME_TEXT_MAX])
{
    char all[TIME_TEXT_MAX];

    time_format_rfc3339(ts, all); /* 2026-02-04T10:00:00.123Z */
    if (step >= DAY_MS)
        snprintf(out, TIME_TEXT_MAX, "%.10s", all);
    else if (step >= 60000)
        snprintf(out, TIME_TEXT_MAX, "%.5s", all + 11);
    else if (step >= 1000)
        snprintf(out, TIME_TEXT_MAX, "%.8s", all + 11);
    else
        snprintf(out, TIME_TEXT_MAX, "%.12s", all + 11);
}

static int tick_cells(int64_t span)
{
    return span > 10 * DAY_MS ? 10 : span > 10 * 60000 ? 5 : span > 20000 ? 8 : 12;
}

static void draw_axis(const struct axis *ch, int y)
{
    int64_t step = tick_step(ch, tick_cells(ch->to - ch->from)), at;
    int free_from = ch->r.x, guard = 0;

    canvas_hline(ch->c, ch->r.x, y, ch->r.w, STYLE_FRAME);
    for (at = (ch->from / step + (ch->from % step > 0)) * step; at <= ch->to && guard++ < PLOT_MAX;
         at += step) {
        char text[TIME_TEXT_MAX];
        int col = column_of(ch, at), x = ch->r.x + col, len;

        if (col < 0)
            continue;
        canvas_glyph(ch->c, x, y, STYLE_FRAME, GLYPH_T_DOWN);
        tick_text(at, step, text);
        len = (int)strlen(text);
        x = x + len > ch->r.x + ch->r.w ? ch->r.x + ch->r.w - len : x;
        if (x < free_from)
            continue;
        free_from = x + len + 1;
        canvas_cstr(ch->c, x, y + 1, len, STYLE_DIM, text);
    }
}

/* ---- lanes ---- */

static size_t first_at(const struct timeline *t, int64_t ts)
{
    size_t lo = 0, hi = t->events.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (t->events.items[mid].ts_ms < ts)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* How long a tool ran, as a line after its mark. */
static void add_duration(const struct axis *ch, const struct timeline_event *ev,
                         struct column *columns, int col)
{
    const struct item *it = ev->item < ch->m->items.count ? &ch->m->items.items[ev->item] : NULL;
    const struct tool_run *run = it && it->kind == ITEM_TOOL ? &ch->m->tools.items[it->ref] : NULL;
    int64_t end = ch->to;
    int last;

    if (!run || (run->ended && run->duration_ms <= 0))
        return;
    if (run->ended && run->duration_ms < ch->to - ev->ts_ms)
        end = ev->ts_ms + run->duration_ms;
    else if (!run->ended && ch->m->last_ms < end)
        end = ch->m->last_ms;
    last = end > ev->ts_ms ? column_of(ch, end) : col;
    for (int i = col + 1; i <= last && !columns[i].busy; i++)
        columns[i].busy = true;
}

static void count_events(const struct axis *ch, struct column (*lanes)[PLOT_MAX])
{
    for (size_t i = first_at(ch->t, ch->from); i < ch->t->events.count; i++) {
        const struct timeline_event *ev = &ch->t->events.items[i];
        struct look look = event_look(ch->m, ev);
        int col = column_of(ch, ev->ts_ms);
        struct column *at;

        if (ev->ts_ms > ch->to || col < 0)
            break;
        at = &lanes[ev->lane][col];
        at->count++;
        if (look.weight >= at->weight) {
            at->weight = (uint8_t)look.weight;
            at->style = (uint8_t)look.style;
        }
        if (ev->lane == LANE_TOOLS)
            add_duration(ch, ev, lanes[ev->lane], col);
    }
}

static void draw_column(const struct axis *ch, int x, int y, const struct column *col,
                        uint32_t most)
{
    enum style style = (enum style)col->style;

    if (col->count == 0) {
        if (col->busy)
            canvas_glyph(ch->c, x, y, STYLE_TOOL, GLYPH_H);
    } else if (col->count == 1 && most < 10) {
        canvas_glyph(ch->c, x, y, style, GLYPH_SUPPORTED);
    } else if (most < 10) {
        canvas_printf(ch->c, x, y, 1, style, "%u", col->count);
    } else {
        /* On a logarithmic scale, so that a column that has little is still seen. */
        canvas_level(ch->c, x, y, log1p((double)col->count) / log1p((double)most), style);
    }
}

static void draw_lane(const struct axis *ch, int y, const struct column *columns)
{
    uint32_t most = 0;

    for (int i = 0; i < ch->r.w; i++)
        most = columns[i].count > most ? columns[i].count : most;
    for (int i = 0; i < ch->r.w; i++)
        draw_column(ch, ch->r.x + i, y, &columns[i], most);
}

/* ---- the incident's window ---- */

static bool incident_window(const struct axis *ch, int64_t *from, int64_t *to)
{
    const struct model *m = ch->m;

    if (!m->has_incident || ch->t->clock == TIMELINE_WALL)
        return false;
    *from = m->incident.window_start_ms ? m->incident.window_start_ms : m->incident.started_at_ms;
    *to = m->incident.window_end_ms ? m->incident.window_end_ms : m->now_ms;
    return *from > 0 && *to > *from && *from <= ch->to && *to >= ch->from;
}

/* Columns of the window, both inside the plot. */
static bool window_columns(const struct axis *ch, int *first, int *last)
{
    int64_t from, to;

    if (!incident_window(ch, &from, &to))
        return false;
    *first = column_of(ch, from < ch->from ? ch->from : from);
    *last = column_of(ch, to > ch->to ? ch->to : to);
    return *first >= 0 && *last >= *first;
}

/* Returns the rows used. */
static int draw_window(const struct axis *ch, int y)
{
    int first, last, room;
    const char *word;

    if (!window_columns(ch, &first, &last))
        return 0;
    room = last - first + 1;
    word = room >= 18 ? " incident window " : room >= 10 ? " window " : "";
    canvas_hline(ch->c, ch->r.x + first, y, room, STYLE_WARNING);
    if (room > 1) {
        canvas_glyph(ch->c, ch->r.x + first, y, STYLE_WARNING, GLYPH_T_RIGHT);
        canvas_glyph(ch->c, ch->r.x + last, y, STYLE_WARNING, GLYPH_T_LEFT);
    }
    canvas_cstr(ch->c, ch->r.x + first + (room - (int)strlen(word)) / 2, y, (int)strlen(word),
                STYLE_WARNING, word);
    return 1;
}

static void shade_window(const struct axis *ch, int y, int rows)
{
    int first, last;

    if (window_columns(ch, &first, &last))
        canvas_overlay(ch->c, (struct rect){ch->r.x + first, y, last - first + 1, rows},
                       TIMELINE_SHADE);
}

/* ---- the chart ---- */

static void draw_labels(const struct axis *ch, const int *lane_y, int x, int cells)
{
    static const char *const brief[TIMELINE_LANES] = {
        [LANE_ALERTS] = "alert",     [LANE_CHANGES] = "chng.", [LANE_EVIDENCE] = "evid.",
        [LANE_HYPOTHESES] = "hypo.", [LANE_ACTIONS] = "act.",  [LANE_TOOLS] = "tools",
        [LANE_NOTES] = "notes",
    };

    for (int lane = 0; lane < TIMELINE_LANES; lane++) {
        bool here = ch->t->row < ch->t->events.count &&
                    ch->t->events.items[ch->t->row].lane == (uint8_t)lane;

        if (lane_y[lane] >= 0)
            canvas_cstr(ch->c, x, lane_y[lane], cells, here ? STYLE_STRONG : STYLE_DIM,
                        cells < 10 ? brief[lane] : timeline_lane_name((enum timeline_lane)lane));
    }
}

/* Which lanes are drawn, and where: all of them where there is room, else those that have events.
 * Returns the rows used. */
static int place_lanes(const struct column (*lanes)[PLOT_MAX], int plot_w, int y, bool all,
                       int *lane_y)
{
    int rows = 0;

    for (int lane = 0; lane < TIMELINE_LANES; lane++) {
        bool used = all;

        for (int i = 0; i < plot_w && !used; i++)
            used = lanes[lane][i].count > 0;
        lane_y[lane] = used ? y + rows++ : -1;
    }
    return rows;
}

/* Returns the rows used. */
static int draw_chart(struct timeline *t, const struct model *m, struct canvas *c, struct rect r)
{
    struct column(*lanes)[PLOT_MAX] = xcalloc(TIMELINE_LANES, sizeof(*lanes));
    int label = r.w >= 80 ? 12 : 6, lane_y[TIMELINE_LANES], rows;
    struct axis ch = {.t = t, .m = m, .c = c};

    ch.r = (struct rect){r.x + 1 + label, r.y, r.w - label - 2, 0};
    ch.r.w = ch.r.w > PLOT_MAX ? PLOT_MAX : ch.r.w;
    t->plot_w = ch.r.w;
    timeline_extent(t, &ch.from, &ch.to);
    count_events(&ch, lanes);
    ch.r.y += draw_window(&ch, r.y);
    rows = place_lanes((const struct column(*)[PLOT_MAX])lanes, ch.r.w, ch.r.y, r.h >= 24, lane_y);
    for (int lane = 0; lane < TIMELINE_LANES; lane++)
        if (lane_y[lane] >= 0)
            draw_lane(&ch, lane_y[lane], lanes[lane]);
    draw_labels(&ch, lane_y, r.x + 1, label - 1);
    draw_axis(&ch, ch.r.y + rows);
    shade_window(&ch, ch.r.y, rows);
    ch.cursor = t->row < t->events.count ? column_of(&ch, t->events.items[t->row].ts_ms) : -1;
    if (ch.cursor >= 0)
        canvas_overlay(c, (struct rect){ch.r.x + ch.cursor, ch.r.y, 1, rows + 1}, STYLE_SELECTED);
    free(lanes);
    return ch.r.y - r.y + rows + 2;
}

/* ---- the list ---- */

struct list_columns {
    int time, offset, clock, lane, text, end; /* where each begins; clock -1: not shown */
    bool dates, whole;                        /* with dates; all of full seconds */
};

static void lay_columns(const struct timeline *t, struct rect r, struct list_columns *l)
{
    size_t n = t->events.count;

    l->whole = true;
    for (size_t i = 0; i < n && l->whole; i++)
        l->whole = t->events.items[i].ts_ms % 1000 == 0;
    l->dates = n && t->events.items[n - 1].ts_ms - t->events.items[0].ts_ms > DAY_MS;
    l->time = r.x + 2;
    l->offset = l->time + (l->dates ? 15 : l->whole ? 9 : 13);
    l->clock = t->clock == TIMELINE_BOTH && r.w >= 70 ? l->offset + 11 : -1;
    l->lane = l->clock >= 0 ? l->clock + 6 : l->offset + 11;
    l->text = l->lane + (r.w >= 70 ? 12 : 6);
    l->end = r.x + r.w - 1;
}

static void event_time(const struct list_columns *l, int64_t ts, char out[TIME_TEXT_MAX])
{
    char all[TIME_TEXT_MAX];

    time_format_rfc3339(ts, all);
    if (l->dates)
        snprintf(out, TIME_TEXT_MAX, "%.5s %.8s", all + 5, all + 11);
    else
        snprintf(out, TIME_TEXT_MAX, "%.*s", l->whole ? 8 : 12, all + 11);
}

/* Offsets count from the alert, where one is known; else from the first question. */
static int64_t zero_time(const struct timeline *t, const struct model *m)
{
    if (m->has_incident && m->incident.started_at_ms && t->clock != TIMELINE_WALL)
        return m->incident.started_at_ms;
    if (t->clock == TIMELINE_DATA && t->events.count)
        return t->events.items[0].ts_ms;
    return m->items.count ? m->items.items[0].ts_ms : m->opened_ms;
}

static int draw_item_text(const struct model *m, const struct item *it, struct canvas *c, int x,
                          int y, int room, enum style style)
{
    const struct evidence *e;
    const struct hypothesis *h;
    const struct tool_run *run;

    switch (it->kind) {
    case ITEM_TOOL:
        run = &m->tools.items[it->ref];
        return canvas_printf(c, x, y, room, style, "%.60s  %.300s  %.300s", run->tool, run->title,
                             !run->ended                 ? "running"
                             : *run->error               ? run->error
                             : run->status == TOOL_EMPTY ? "no data"
                                                         : run->summary);
    case ITEM_EVIDENCE:
        e = &m->evidence.items[it->ref];
        return canvas_printf(c, x, y, room, style, "%.60s %.900s", e->id, e->statement);
    case ITEM_HYPOTHESIS:
        h = &m->hypotheses.items[it->ref];
        return canvas_printf(c, x, y, room, style, "%.60s %s  %.900s", h->id, it->tag,
                             h->statement);
    case ITEM_GAP:
        return canvas_printf(c, x, y, room, style, "not looked at: %.900s",
                             m->gaps.items[it->ref].what);
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
    case ITEM_ERROR:
    case ITEM_CONCLUSION:
        break;
    }
    return canvas_cstr(c, x, y, room, style, it->text);
}

static void draw_change_text(const struct change *x, struct canvas *c, int at, int y, int room,
                             enum style style)
{
    canvas_printf(c, at, y, room, style, "%.40s  %.600s%s%.100s", x->kind, x->text,
                  *x->actor ? "  by " : "", x->actor);
}

static void draw_event(const struct timeline *t, const struct model *m, struct canvas *c,
                       const struct list_columns *l, int y, const struct timeline_event *ev)
{
    struct look look = event_look(m, ev);
    enum style style = look.style == STYLE_TOOL ? STYLE_TEXT : look.style;
    char time[TIME_TEXT_MAX], offset[24];

    event_time(l, ev->ts_ms, time);
    timeline_offset(ev->ts_ms - zero_time(t, m), offset);
    canvas_cstr(c, l->time, y, l->offset - l->time - 1, STYLE_DIM, time);
    canvas_text_right(c, l->offset + 9, y, 10, STYLE_DIM, str_from(offset));
    if (l->clock >= 0)
        canvas_cstr(c, l->clock, y, 5, STYLE_DIM, ev->data ? "data" : "inv.");
    canvas_cstr(c, l->lane, y, l->text - l->lane - 1, look.style,
                timeline_lane_name((enum timeline_lane)ev->lane));
    if (ev->item == TIMELINE_ALERT)
        canvas_printf(c, l->text, y, l->end - l->text, style, "%.300s began  %.100s %.100s",
                      *m->incident.title ? m->incident.title : "the incident", m->incident.service,
                      m->incident.metric);
    else if (ev->item >= TIMELINE_CHANGES)
        draw_change_text(timeline_change(m, ev), c, l->text, y, l->end - l->text, style);
    else
        draw_item_text(m, &m->items.items[ev->item], c, l->text, y, l->end - l->text, style);
}

static void draw_list_head(struct canvas *c, struct rect r, const struct list_columns *l)
{
    canvas_cstr(c, l->time, r.y, l->offset - l->time, STYLE_HEADING, "TIME UTC");
    canvas_text_right(c, l->offset + 9, r.y, 10, STYLE_HEADING, STR_LIT("OFFSET"));
    if (l->clock >= 0)
        canvas_cstr(c, l->clock, r.y, 5, STYLE_HEADING, "CLOCK");
    canvas_cstr(c, l->lane, r.y, l->text - l->lane, STYLE_HEADING, "LANE");
    canvas_cstr(c, l->text, r.y, 6, STYLE_HEADING, "EVENT");
}

static void draw_list(struct timeline *t, const struct model *m, struct canvas *c, struct rect r)
{
    struct list_columns l;
    size_t view = r.h > 1 ? (size_t)r.h - 1 : 0, n = t->events.count;

    lay_columns(t, r, &l);
    t->list_h = (int)view;
    t->list_y = r.y + 1;
    if (r.h < 1)
        return;
    draw_list_head(c, r, &l);
    if (view == 0)
        return;
    if (t->row < t->top)
        t->top = t->row;
    if (t->row >= t->top + view)
        t->top = t->row - view + 1;
    if (t->top + view > n)
        t->top = n > view ? n - view : 0;
    for (size_t i = 0; i < view && t->top + i < n; i++) {
        int y = r.y + 1 + (int)i;

        draw_event(t, m, c, &l, y, &t->events.items[t->top + i]);
        if (t->top + i == t->row) {
            canvas_glyph(c, r.x, y, STYLE_ACCENT, GLYPH_SELECT);
            canvas_overlay(c, (struct rect){r.x, y, r.w, 1}, STYLE_SELECTED);
        }
    }
    draw_scroll(c, (struct rect){r.x, r.y + 1, r.w, (int)view}, t->top, view, n);
}

/* ---- the page ---- */

/* Which clock is shown, how much of the time, and what the clock leaves out. */
static void draw_head(const struct timeline *t, struct canvas *c, struct rect r)
{
    int x = r.x + 1, end = r.x + r.w - 1;
    size_t n = t->events.count;
    char seen[TIME_TEXT_MAX], all[TIME_TEXT_MAX];

    x += canvas_cstr(c, x, r.y, end - x, STYLE_TEXT, timeline_clock_words(t->clock));
    if (n) {
        duration_format(t->events.items[n - 1].ts_ms - t->events.items[0].ts_ms, all);
        duration_format(t->to_ms - t->from_ms, seen);
        x += canvas_printf(c, x, r.y, end - x, STYLE_DIM, "  %s%s%s",
                           t->to_ms > t->from_ms ? seen : "", t->to_ms > t->from_ms ? " of " : "",
                           all);
    }
    if (t->timeless)
        canvas_printf(c, x, r.y, end - x, STYLE_WARNING, "  %zu more have no time in the data",
                      t->timeless);
}

static void draw_nothing(const struct timeline *t, const struct model *m, struct canvas *c,
                         struct rect r)
{
    static const char *const nothing[] = {"Nothing has happened yet.",
                                          "Events appear here as soon as you ask something."};
    static const char *const no_match[] = {"No event matches the filter."};
    static const char *const no_data[] = {"No event has a time in the data.",
                                          "The clock can be the investigation's own."};

    (void)m;
    draw_empty(c, r, t->all ? no_match : t->timeless ? no_data : nothing, t->all ? 1 : 2);
}

void timeline_draw(struct timeline *t, const struct model *m, struct canvas *c, struct rect r)
{
    struct rect was = canvas_clip(c, (struct rect){r.x, r.y, r.w + 1, r.h});
    int used = 1;

    timeline_update(t, m);
    draw_head(t, c, r);
    if (!t->events.count) {
        draw_nothing(t, m, c, r);
        canvas_unclip(c, was);
        return;
    }
    if (r.h >= 14)
        used += draw_chart(t, m, c, (struct rect){r.x, r.y + 1, r.w, r.h - 1});
    draw_list(t, m, c, (struct rect){r.x, r.y + used, r.w, r.h - used});
    canvas_unclip(c, was);
}

void timeline_click(struct timeline *t, const struct model *m, int y)
{
    if (y >= t->list_y && y < t->list_y + t->list_h)
        timeline_move(t, m, (long)t->top + (y - t->list_y) - (long)t->row);
}

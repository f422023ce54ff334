/* timeline.c - see timeline.h: which events there are, in order, and moving among them. */
#include "src/view/timeline_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/text.h"
#include "src/view/view_priv.h"

#define TIME_MAX_MS INT64_C(253402300799000) /* the end of the year 9999: later is no time */
#define FAR_APART_MS ((int64_t)24 * 3600 * 1000)
#define SPAN_MIN_MS 20
#define LONE_SPAN_MS 60000

void timeline_init(struct timeline *t)
{
    *t = (struct timeline){.selected = TIMELINE_NOTHING, .follow = true, .stale = true};
}

void timeline_release(struct timeline *t)
{
    VEC_RELEASE(&t->events);
    VEC_RELEASE(&t->open);
}

const char *timeline_lane_name(enum timeline_lane lane)
{
    static const char *const names[TIMELINE_LANES] = {
        [LANE_ALERTS] = "alerts",         [LANE_CHANGES] = "changes", [LANE_EVIDENCE] = "evidence",
        [LANE_HYPOTHESES] = "hypotheses", [LANE_ACTIONS] = "actions", [LANE_TOOLS] = "tools",
        [LANE_NOTES] = "notes",
    };

    return names[lane];
}

const char *timeline_clock_words(enum timeline_clock clock)
{
    static const char *const words[TIMELINE_CLOCKS] = {
        [TIMELINE_BOTH] = "data and investigation time",
        [TIMELINE_DATA] = "data time only",
        [TIMELINE_WALL] = "investigation time only",
    };

    return words[clock];
}

void timeline_offset(int64_t ms, char out[24])
{
    int64_t abs = ms < 0 ? -ms : ms, s = abs / 1000;
    char sign = ms < 0 ? '-' : '+';

    if (abs < 100 * 1000)
        snprintf(out, 24, "%c%d.%d s", sign, (int)s, (int)(abs % 1000 / 100));
    else if (s < 3600)
        snprintf(out, 24, "%c%d:%02d", sign, (int)(s / 60), (int)(s % 60));
    else if (s < 48 * 3600)
        snprintf(out, 24, "%c%d:%02d:%02d", sign, (int)(s / 3600), (int)(s / 60 % 60),
                 (int)(s % 60));
    else
        snprintf(out, 24, "%c%lld d %d h", sign, (long long)(s / 86400), (int)(s / 3600 % 24));
}

/* ---- one item as an event ---- */

static bool is_time(int64_t ms)
{
    return ms > 0 && ms <= TIME_MAX_MS;
}

static const struct evidence *evidence_of(const struct model *m, const struct item *it)
{
    return it->kind == ITEM_EVIDENCE ? &m->evidence.items[it->ref] : NULL;
}

/* Evidence for a change of the system (a deployment, an edited file) is a change. */
bool view_shows_change(const struct model *m, const struct evidence *e)
{
    const struct hypothesis *h = model_hypothesis(m, e->hypothesis);
    bool speaks_of_change = strcmp(e->metric, "changes") == 0;

    speaks_of_change =
        speaks_of_change || (h && (strcmp(h->kind, "deployment") == 0 ||
                                   strcmp(h->kind, "change") == 0 || strstr(h->pattern, "change")));
    return speaks_of_change && e->strength <= STRENGTH_WEAK;
}

enum timeline_lane timeline_lane_of(const struct model *m, const struct item *it)
{
    switch (it->kind) {
    case ITEM_EVIDENCE:
        return view_shows_change(m, &m->evidence.items[it->ref]) ? LANE_CHANGES : LANE_EVIDENCE;
    case ITEM_HYPOTHESIS: /* words with it are a person's, who steers */
        return *it->text ? LANE_ACTIONS : LANE_HYPOTHESES;
    case ITEM_NOTICE:
        return strcmp(it->tag, "approval") == 0 ? LANE_ACTIONS : LANE_NOTES;
    case ITEM_TOOL:
        return LANE_TOOLS;
    case ITEM_USER:
    case ITEM_CONCLUSION:
        return LANE_ACTIONS;
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_GAP:
    case ITEM_ERROR:
        break;
    }
    return LANE_NOTES;
}

static bool words_match(struct str filter, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_matches(words[i], filter))
            return true;
    return false;
}

static bool item_matches(const struct model *m, const struct item *it, struct str filter)
{
    if (text_matches(timeline_lane_name(timeline_lane_of(m, it)), filter))
        return true;
    if (it->kind == ITEM_TOOL) {
        const struct tool_run *r = &m->tools.items[it->ref];

        return words_match(filter, (const char *[]){r->tool, r->title, r->summary, r->error}, 4);
    }
    if (it->kind == ITEM_EVIDENCE) {
        const struct evidence *e = &m->evidence.items[it->ref];

        return words_match(
            filter, (const char *[]){e->id, e->statement, e->service, e->metric, e->resource}, 5);
    }
    if (it->kind == ITEM_HYPOTHESIS) {
        const struct hypothesis *h = &m->hypotheses.items[it->ref];

        return words_match(filter, (const char *[]){h->id, h->statement, it->tag}, 3);
    }
    if (it->kind == ITEM_GAP) {
        const struct gap *g = &m->gaps.items[it->ref];

        return words_match(filter, (const char *[]){g->what, g->why}, 2);
    }
    return text_matches(it->text, filter);
}

const struct change *timeline_change(const struct model *m, const struct timeline_event *ev)
{
    return &m->changes.items[ev->item - TIMELINE_CHANGES];
}

/* A running tool has no answer yet, and the last words may go on. */
static bool may_change(const struct model *m, size_t index)
{
    const struct item *it = &m->items.items[index];

    return (it->kind == ITEM_TOOL && !m->tools.items[it->ref].ended) ||
           (it->kind == ITEM_TEXT && index + 1 == m->items.count);
}

/* Its time on the chosen clock; false: it has none there. */
static bool place(const struct timeline *t, int64_t data_ms, int64_t wall_ms,
                  struct timeline_event *ev)
{
    ev->data = is_time(data_ms) && t->clock != TIMELINE_WALL;
    ev->ts_ms = ev->data ? data_ms : wall_ms;
    return ev->data || (t->clock != TIMELINE_DATA && is_time(wall_ms));
}

/* ---- taking over from the model ---- */

static int by_time(const void *a, const void *b)
{
    const struct timeline_event *x = a, *y = b;
    int order = (x->ts_ms > y->ts_ms) - (x->ts_ms < y->ts_ms);

    return order ? order : (x->item > y->item) - (x->item < y->item);
}

struct timeline_batch {
    VEC(struct timeline_event) events;
    bool unsorted;
};

static void offer(struct timeline *t, struct timeline_batch *b, struct timeline_event ev,
                  bool placed, bool matches)
{
    size_t n = b->events.count;

    t->timeless += !placed;
    t->all += placed;
    if (!placed || !matches)
        return;
    b->unsorted = b->unsorted || (n > 0 && by_time(&b->events.items[n - 1], &ev) > 0);
    *VEC_PUSH(&b->events) = ev;
}

static void offer_alert(struct timeline *t, const struct model *m, struct timeline_batch *b)
{
    struct timeline_event ev = {.item = TIMELINE_ALERT, .lane = LANE_ALERTS};
    struct str filter = str_from(t->filter);
    bool placed = place(t, m->incident.started_at_ms, m->incident.loaded_ms, &ev);

    t->alert_seen = true;
    t->alert_ms = m->incident.started_at_ms;
    if (is_time(m->incident.started_at_ms) && m->incident.started_at_ms > t->last_data_ms)
        t->last_data_ms = m->incident.started_at_ms;
    offer(t, b, ev, placed,
          words_match(filter,
                      (const char *[]){"alerts", m->incident.title, m->incident.service,
                                       m->incident.metric},
                      4));
}

static void offer_item(struct timeline *t, const struct model *m, size_t index,
                       struct timeline_batch *b)
{
    const struct item *it = &m->items.items[index];
    const struct evidence *e = evidence_of(m, it);
    struct timeline_event ev = {.item = (uint32_t)index, .lane = (uint8_t)timeline_lane_of(m, it)};
    struct str filter = str_from(t->filter);
    bool placed = place(t, e ? e->onset_ms : 0, it->ts_ms, &ev), matches;

    if (!t->first_wall_ms && is_time(it->ts_ms))
        t->first_wall_ms = it->ts_ms;
    if (e && is_time(e->onset_ms) && e->onset_ms > t->last_data_ms)
        t->last_data_ms = e->onset_ms;
    matches = !filter.len || item_matches(m, it, filter);
    offer(t, b, ev, placed, matches);
    if (placed && !matches && may_change(m, index))
        *VEC_PUSH(&t->open) = (uint32_t)index;
}

static void offer_change(struct timeline *t, const struct model *m, size_t index,
                         struct timeline_batch *b)
{
    const struct change *x = &m->changes.items[index];
    struct timeline_event ev = {.item = TIMELINE_CHANGES + (uint32_t)index, .lane = LANE_CHANGES};
    bool placed = place(t, x->at_ms, x->seen_ms, &ev);

    if (is_time(x->at_ms) && x->at_ms > t->last_data_ms)
        t->last_data_ms = x->at_ms;
    offer(t, b, ev, placed,
          words_match(str_from(t->filter),
                      (const char *[]){"changes", x->what, x->text, x->kind, x->actor, x->service,
                                       x->resource, x->outcome},
                      8));
}

/* What did not match before its answer came. */
static void offer_open(struct timeline *t, const struct model *m, struct timeline_batch *b)
{
    size_t count = t->open.count;

    t->open.count = 0; /* offering puts those back that still do not match */
    for (size_t i = 0; i < count; i++) {
        uint32_t index = t->open.items[i];

        t->all--;
        offer_item(t, m, index, b);
    }
}

/* Both are sorted: from the back, so that each moves once. */
static void merge(struct timeline *t, struct timeline_batch *b)
{
    size_t left = t->events.count, add = b->events.count, to;

    for (size_t i = 0; i < add; i++)
        *VEC_PUSH(&t->events) = b->events.items[i];
    if (!left || by_time(&t->events.items[left - 1], &b->events.items[0]) <= 0)
        return;
    for (to = left + add; add > 0; to--) {
        bool older = left > 0 && by_time(&t->events.items[left - 1], &b->events.items[add - 1]) > 0;

        t->events.items[to - 1] = older ? t->events.items[--left] : b->events.items[--add];
    }
}

static void forget(struct timeline *t)
{
    t->events.count = t->open.count = 0;
    t->items_seen = t->changes_seen = t->timeless = t->all = 0;
    t->alert_seen = false;
    t->first_wall_ms = t->last_data_ms = 0;
    t->stale = false;
}

static void take_over(struct timeline *t, const struct model *m)
{
    struct timeline_batch b = {0};
    size_t count = m->items.count < TIMELINE_CHANGES ? m->items.count : TIMELINE_CHANGES;

    if (m->has_incident && !t->alert_seen)
        offer_alert(t, m, &b);
    offer_open(t, m, &b);
    for (; t->items_seen < count; t->items_seen++)
        offer_item(t, m, t->items_seen, &b);
    for (; t->changes_seen < m->changes.count; t->changes_seen++)
        offer_change(t, m, t->changes_seen, &b);
    t->seq_seen = m->seq;
    if (b.unsorted)
        qsort(b.events.items, b.events.count, sizeof(*b.events.items), by_time);
    if (b.events.count)
        merge(t, &b);
    VEC_RELEASE(&b.events);
}

/* An investigation of old data is far away from it: on one axis both would be two dots. */
static enum timeline_clock fitting_clock(const struct timeline *t)
{
    bool far = t->last_data_ms && t->first_wall_ms &&
               llabs(t->first_wall_ms - t->last_data_ms) > FAR_APART_MS;

    return far ? TIMELINE_DATA : TIMELINE_BOTH;
}

static void find_row(struct timeline *t)
{
    size_t n = t->events.count;

    if (n && (t->follow || t->selected == TIMELINE_NOTHING)) {
        t->row = n - 1;
        t->selected = t->events.items[n - 1].item;
        return;
    }
    if (t->row < n && t->events.items[t->row].item == t->selected)
        return;
    for (size_t i = 0; i < n; i++)
        if (t->events.items[i].item == t->selected) {
            t->row = i;
            return;
        }
    /* It is filtered out: its neighbour stands for it. */
    t->row = n && t->row >= n ? n - 1 : t->row;
    t->selected = n ? t->events.items[t->row].item : TIMELINE_NOTHING;
}

void timeline_update(struct timeline *t, const struct model *m)
{
    bool other_alert = t->alert_seen && t->alert_ms != m->incident.started_at_ms;

    if (t->stale || m->items.count < t->items_seen || m->changes.count < t->changes_seen ||
        m->seq < t->seq_seen || other_alert)
        forget(t);
    take_over(t, m);
    if (!t->clock_chosen && t->clock != fitting_clock(t)) {
        t->clock = fitting_clock(t);
        t->from_ms = t->to_ms = 0;
        forget(t);
        take_over(t, m);
    }
    find_row(t);
}

/* ---- what keys do ---- */

void timeline_set_clock(struct timeline *t, enum timeline_clock clock)
{
    t->clock = clock;
    t->clock_chosen = t->stale = true;
    t->from_ms = t->to_ms = 0;
}

void timeline_extent(const struct timeline *t, int64_t *from, int64_t *to)
{
    size_t n = t->events.count;

    *from = n ? t->events.items[0].ts_ms : 0;
    *to = n ? t->events.items[n - 1].ts_ms : 0;
    if (t->to_ms > t->from_ms) {
        *from = t->from_ms;
        *to = t->to_ms;
        return;
    }
    if (*to - *from < SPAN_MIN_MS) { /* all at one time: that time in the middle */
        *from -= LONE_SPAN_MS / 2;
        *to = *from + LONE_SPAN_MS;
    }
}

/* The chart goes where the selection is. */
static void keep_in_sight(struct timeline *t)
{
    int64_t span = t->to_ms - t->from_ms, ts;

    if (span <= 0 || t->row >= t->events.count)
        return;
    ts = t->events.items[t->row].ts_ms;
    if (ts >= t->from_ms && ts <= t->to_ms)
        return;
    t->from_ms = ts - span / 2;
    t->to_ms = t->from_ms + span;
}

static void select_row(struct timeline *t, size_t row)
{
    t->row = row;
    t->selected = t->events.items[row].item;
    t->follow = row + 1 == t->events.count;
    keep_in_sight(t);
}

void timeline_move(struct timeline *t, const struct model *m, long by)
{
    size_t last;

    timeline_update(t, m);
    if (!t->events.count)
        return;
    last = t->events.count - 1;
    if (by < 0)
        select_row(t, (size_t)-by < t->row ? t->row - (size_t)-by : 0);
    else
        select_row(t, (size_t)by < last - t->row ? t->row + (size_t)by : last);
}

void timeline_move_in_lane(struct timeline *t, const struct model *m, int by)
{
    size_t at;

    timeline_update(t, m);
    for (at = t->row; by < 0 ? at > 0 : at + 1 < t->events.count;) {
        at = by < 0 ? at - 1 : at + 1;
        if (t->events.items[at].lane == t->events.items[t->row].lane) {
            select_row(t, at);
            return;
        }
    }
}

void timeline_zoom(struct timeline *t, const struct model *m, int by)
{
    int64_t from, to, all_from, all_to, at, span;

    timeline_update(t, m);
    if (!t->events.count)
        return;
    timeline_extent(t, &from, &to);
    at = t->events.items[t->row].ts_ms;
    if (at < from || at > to)
        at = from + (to - from) / 2;
    span = by > 0 ? (to - from) / 2 : (to - from) * 2;
    timeline_fit(t);
    timeline_extent(t, &all_from, &all_to);
    if (span >= all_to - all_from)
        return;
    span = span < SPAN_MIN_MS ? SPAN_MIN_MS : span;
    t->from_ms = at - span / 2;
    t->to_ms = t->from_ms + span;
}

void timeline_pan(struct timeline *t, const struct model *m, int by)
{
    int64_t all_from, all_to, span = t->to_ms - t->from_ms;

    timeline_update(t, m);
    if (span <= 0 || !t->events.count)
        return;
    all_from = t->events.items[0].ts_ms;
    all_to = t->events.items[t->events.count - 1].ts_ms;
    t->from_ms += by * (span / 4 + 1);
    if (t->from_ms > all_to - span / 4)
        t->from_ms = all_to - span / 4;
    if (t->from_ms < all_from - span * 3 / 4)
        t->from_ms = all_from - span * 3 / 4;
    t->to_ms = t->from_ms + span;
}

void timeline_fit(struct timeline *t)
{
    t->from_ms = t->to_ms = 0;
}

const struct timeline_event *timeline_selected(struct timeline *t, const struct model *m)
{
    timeline_update(t, m);
    return t->row < t->events.count ? &t->events.items[t->row] : NULL;
}

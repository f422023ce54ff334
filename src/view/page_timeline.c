/* page_timeline.c - the timeline as a root page of the screen, and the way from it into the war
 * room. */
#include "src/view/timeline_priv.h"

#include <stdio.h>

#include "src/view/view_priv.h"

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    timeline_draw(&s->timeline, m, c, r);
}

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    timeline_update(&s->timeline, m);
    if (*s->timeline.filter)
        snprintf(out, size, "/%.40s %zu of %zu", s->timeline.filter, s->timeline.events.count,
                 s->timeline.all);
    else
        snprintf(out, size, "%zu events", s->timeline.all);
}

static void move(struct screen *s, const struct model *m, long by)
{
    timeline_move(&s->timeline, m, by);
}

static int view_h(const struct screen *s)
{
    return s->timeline.list_h;
}

/* The hypothesis that an item is about, or "". */
static const char *hypothesis_of(const struct model *m, const struct item *it)
{
    switch (it->kind) {
    case ITEM_HYPOTHESIS:
        return m->hypotheses.items[it->ref].id;
    case ITEM_EVIDENCE:
        return m->evidence.items[it->ref].hypothesis;
    case ITEM_TOOL:
        return m->tools.items[it->ref].hypothesis;
    case ITEM_GAP:
        return m->gaps.items[it->ref].hypothesis;
    case ITEM_CONCLUSION:
        return m->conclusion.has_root_cause ? m->conclusion.root_cause.hypothesis : "";
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
    case ITEM_ERROR:
        break;
    }
    return "";
}

/* A branch that is closed above a node hides it. */
static void open_branches(struct screen *s, const struct model *m, size_t node)
{
    while (s->tree.closed && node < m->hypotheses.count) {
        node = m->hypotheses.items[node].parent_index;
        if (node < m->hypotheses.count)
            map_remove(s->tree.closed, str_from(m->hypotheses.items[node].id));
    }
}

bool screen_jump_to_item(struct screen *s, const struct model *m, size_t item)
{
    const char *id;
    size_t node;

    if (item >= m->items.count)
        return false;
    screen_go(s, ROOT_WAR_ROOM);
    screen_goto_item(s, m, item);
    id = hypothesis_of(m, &m->items.items[item]);
    node = model_index(m, 'h', id);
    if (node < m->hypotheses.count) {
        open_branches(s, m, node);
        id_copy(s->tree.list.selected, id);
    }
    return true;
}

/* To the query that told of it. */
static bool jump_to_call(struct screen *s, const struct model *m, const char *call)
{
    size_t tool = model_index(m, 'c', call);

    for (size_t i = 0; i < m->items.count && tool < m->tools.count; i++)
        if (m->items.items[i].kind == ITEM_TOOL && m->items.items[i].ref == tool)
            return screen_jump_to_item(s, m, i);
    return false;
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct timeline_event *ev = timeline_selected(&s->timeline, m);

    if (ev && ev->item >= TIMELINE_CHANGES && ev->item != TIMELINE_ALERT)
        return jump_to_call(s, m, timeline_change(m, ev)->call);
    /* The alert is what the first question is about. */
    return ev && screen_jump_to_item(s, m, ev->item == TIMELINE_ALERT ? 0 : ev->item);
}

static bool open_evidence(struct screen *s, const struct model *m)
{
    const struct timeline_event *ev = timeline_selected(&s->timeline, m);
    const struct item *it = ev && ev->item < m->items.count ? &m->items.items[ev->item] : NULL;

    return it && it->kind == ITEM_EVIDENCE &&
           screen_push(s, PAGE_EVIDENCE, m->evidence.items[it->ref].id);
}

static void click(struct screen *s, const struct model *m, int x, int y)
{
    (void)x;
    timeline_click(&s->timeline, m, y);
}

static char *filter(struct screen *s)
{
    return s->timeline.filter;
}

static void refilter(struct screen *s, const struct model *m)
{
    (void)m;
    s->timeline.stale = true;
}

const struct root_def root_timeline = {
    .name = "Timeline",
    .number = "6",
    .draw = draw,
    .note = note,
    .move = move,
    .view_h = view_h,
    .open = open_selected,
    .open_evidence = open_evidence,
    .click = click,
    .filter = filter,
    .refilter = refilter,
};

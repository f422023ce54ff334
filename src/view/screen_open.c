/* screen_open.c - what Enter and the evidence key open: of a pane what is selected, of a page where
 * its links lead, and the next evidence of the same hypothesis. */
#include "src/view/signals_priv.h"
#include "src/view/tree_priv.h"
#include "src/view/view_priv.h"

static struct detail_state *page_of(struct screen *s)
{
    return s->depth ? &s->stack[s->depth - 1] : NULL;
}

static bool open_newest(struct screen *s, const struct model *m)
{
    if (screen_has_answer(m))
        return screen_open_answer(s, m);
    return m->evidence.count &&
           screen_push(s, PAGE_EVIDENCE, m->evidence.items[m->evidence.count - 1].id);
}

static bool open_item(struct screen *s, const struct model *m)
{
    const struct item *it;

    if (s->transcript.selected >= m->items.count) /* nothing chosen: the answer, else the newest */
        return open_newest(s, m);
    it = &m->items.items[s->transcript.selected];
    switch (it->kind) {
    case ITEM_TOOL:
        return screen_push(s, PAGE_TOOL, m->tools.items[it->ref].call);
    case ITEM_EVIDENCE:
        return screen_push(s, PAGE_EVIDENCE, m->evidence.items[it->ref].id);
    case ITEM_HYPOTHESIS:
        return screen_push(s, PAGE_HYPOTHESIS, m->hypotheses.items[it->ref].id);
    case ITEM_CONCLUSION:
        return screen_open_answer(s, m);
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_GAP:
    case ITEM_NOTICE:
    case ITEM_ERROR:
        return false;
    }
    return false;
}

static const struct hypothesis *page_hypothesis(struct screen *s, const struct model *m)
{
    struct detail_state *p = page_of(s);

    return p && p->page == PAGE_HYPOTHESIS ? model_hypothesis(m, p->id) : NULL;
}

static bool open_link(struct screen *s, const struct model *m, const struct hypothesis *h)
{
    size_t row = s->stack[s->depth - 1].row;

    return row < h->evidence.count &&
           screen_push(s, PAGE_EVIDENCE, m->evidence.items[h->evidence.items[row]].id);
}

bool war_room_open(struct screen *s, const struct model *m)
{
    const struct hypothesis *h;
    const struct evidence *e;
    const struct resource *r;

    switch (s->focus) {
    case PANE_INVESTIGATION:
        return open_item(s, m);
    case PANE_HYPOTHESES:
        e = tree_selected_evidence(s, m);
        if (e)
            return screen_push(s, PAGE_EVIDENCE, e->id);
        h = tree_selected(s, m);
        return h && screen_push(s, PAGE_HYPOTHESIS, h->id);
    case PANE_RESOURCES:
        r = resources_selected(s, m);
        return r && screen_push(s, PAGE_RESOURCE, r->key);
    case PANES:
        break;
    }
    return false;
}

bool screen_open(struct screen *s, const struct model *m)
{
    const struct hypothesis *h = page_hypothesis(s, m);

    if (screen_list(s) && screen_list(s)->choosing) {
        list_choose(screen_list(s), false);
        return true;
    }

    if (h)
        return open_link(s, m, h);
    if (s->depth && page_of(s)->page == PAGE_ALERT)
        return alert_open_link(s, m, page_of(s)->id, page_of(s)->row);
    if (s->depth && page_of(s)->page == PAGE_FINDING)
        return finding_open_link(s, m, page_of(s)->id);
    if (s->depth && page_of(s)->page == PAGE_RESOURCE)
        return resource_open_link(s, m, page_of(s)->id, page_of(s)->row);
    if (s->depth && page_of(s)->page == PAGE_ANSWER)
        return answer_open_link(s, m, page_of(s)->row);
    if (s->depth && page_of(s)->page == PAGE_PROCEDURES)
        return procedures_open_link(s, m, page_of(s)->id, page_of(s)->row);
    return s->depth ? false : root_def(s->root)->open(s, m);
}

/* Asked of the data: the list itself learns of it when it is drawn. */
bool screen_list_is_empty(struct screen *s, const struct model *m)
{
    struct list *l = screen_list(s);

    return l && l->def->count(screen_list_data(s, m)) == 0;
}

bool screen_can_open(struct screen *s, const struct model *m)
{
    const struct detail_state *p = page_of(s);
    const struct hypothesis *h = page_hypothesis(s, m);

    if (screen_list(s))
        return !screen_list_is_empty(s, m);
    if (!p)
        return m->items.count > 0;
    switch (p->page) {
    case PAGE_ANSWER:
        return answer_has_links(m);
    case PAGE_RESOURCE:
        return resource_has_links(s, m, p->id);
    case PAGE_HYPOTHESIS:
        return h && h->evidence.count;
    case PAGE_PROCEDURES:
        return procedures_have_links(m);
    case PAGE_FINDING:
        return finding_has_links(m, p->id);
    case PAGE_ALERT:
    case PAGE_APPROVALS:
        return true;
    case PAGE_SHEET:
        return sheet_choices(s->sheet) > 0;
    case PAGE_WAR_ROOM:
    case PAGE_EVIDENCE:
    case PAGE_TOOL:
    case PAGE_APPROVAL:
    case PAGE_COST:
    case PAGE_CONTEXT:
    case PAGE_HELP:
    case PAGE_PASTED:
        break;
    }
    return false;
}

bool screen_has_next_evidence(const struct screen *s, const struct model *m)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;
    const struct evidence *e = p && p->page == PAGE_EVIDENCE ? model_evidence(m, p->id) : NULL;
    const struct hypothesis *h = e ? model_hypothesis(m, e->hypothesis) : NULL;

    return h && h->evidence.count > 1;
}

/* The evidence that says most: strong before weak, then the first. */
static const struct evidence *best_evidence(const struct model *m, const struct hypothesis *h)
{
    const struct evidence *best = NULL;

    for (size_t i = 0; h && i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (!best || e->strength < best->strength)
            best = e;
    }
    return best;
}

bool war_room_open_evidence(struct screen *s, const struct model *m)
{
    const struct evidence *e = NULL;
    const struct item *it;

    if (s->focus == PANE_HYPOTHESES) {
        e = tree_selected_evidence(s, m);
        e = e ? e : best_evidence(m, tree_selected(s, m));
    } else if (s->focus == PANE_INVESTIGATION && s->transcript.selected < m->items.count) {
        it = &m->items.items[s->transcript.selected];
        if (it->kind == ITEM_EVIDENCE)
            e = &m->evidence.items[it->ref];
        else if (it->kind == ITEM_HYPOTHESIS)
            e = best_evidence(m, &m->hypotheses.items[it->ref]);
        else
            return open_item(s, m);
    }
    if (!e && s->focus != PANE_HYPOTHESES && m->evidence.count)
        e = &m->evidence.items[m->evidence.count - 1];
    return e && screen_push(s, PAGE_EVIDENCE, e->id);
}

bool screen_open_evidence(struct screen *s, const struct model *m)
{
    const struct root_def *def = root_def(s->root);

    if (s->depth)
        return screen_open(s, m);
    return def->open_evidence && def->open_evidence(s, m);
}

/* Among the evidence of the same hypothesis, round and round. */
void screen_next_evidence(struct screen *s, const struct model *m, int by)
{
    struct detail_state *p = page_of(s);
    const struct evidence *e = p && p->page == PAGE_EVIDENCE ? model_evidence(m, p->id) : NULL;
    const struct hypothesis *h = e ? model_hypothesis(m, e->hypothesis) : NULL;
    size_t at = 0, n = h ? h->evidence.count : 0;

    if (!n)
        return;
    while (at < n && &m->evidence.items[h->evidence.items[at]] != e)
        at++;
    at = (at + n + (size_t)(by < 0 ? n - 1 : 1)) % n;
    id_copy(p->id, m->evidence.items[h->evidence.items[at]].id);
    p->top = 0;
}

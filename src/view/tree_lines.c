/* tree_lines.c - which lines the tree has, what is folded, and what is selected.
 * A node is closed (its branch is hidden), open (its evidence is one line of ids) or listed (each
 * evidence, what would refute it and whether it was looked for, a line each). Nodes, evidence and
 * gaps can be selected. The tree is small by design, so its lines are made anew each time. */
#include "src/view/tree_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/text.h"

static bool in(const struct map *set, const struct hypothesis *h)
{
    return set && map_has(set, str_from(h->id));
}

static void put(struct map **set, const char *id, bool there)
{
    if (!*set)
        *set = map_new();
    if (there)
        map_set_c(*set, id, set);
    else
        map_remove(*set, str_from(id));
}

bool tree_is_closed(const struct screen *s, const struct hypothesis *h)
{
    return in(s->tree.closed, h);
}

bool tree_is_listed(const struct screen *s, const struct hypothesis *h)
{
    return in(s->tree.listed, h);
}

bool tree_has_details(const struct hypothesis *h)
{
    return h->evidence.count || *h->refutes;
}

bool tree_told(const struct model *m, const char *hypothesis, char *out, size_t size)
{
    for (size_t i = m->tools.count; i > 0 && m->tools.count - i < TOLD_LOOKED_AT; i--)
        if (strcmp(m->tools.items[i - 1].hypothesis, hypothesis) == 0 &&
            tool_run_told(&m->tools.items[i - 1], out, size))
            return true;
    return false;
}

struct str tree_term(const struct hypothesis *h, size_t n)
{
    struct str rest = str_from(h->terms);

    for (;;) {
        ptrdiff_t comma = str_find(rest, STR_LIT(", "));
        struct str term = comma < 0 ? rest : (struct str){rest.ptr, (size_t)comma};

        if (n-- == 0)
            return term;
        if (comma < 0)
            return STR_LIT("");
        rest = (struct str){rest.ptr + comma + 2, rest.len - (size_t)comma - 2};
    }
}

/* ---- lines ---- */

static void add_details(const struct screen *s, const struct model *m, struct tree_lines *t,
                        struct tree_line l)
{
    const struct hypothesis *h = &m->hypotheses.items[l.hyp];
    char told[300];

#define ADD(kind_, ref_)                                                                           \
    *VEC_PUSH(&t->v) = (struct tree_line)                                                          \
    {                                                                                              \
        kind_, l.hyp, ref_, l.going, l.last                                                        \
    }
    if (in(s->tree.why, h)) {
        ADD(LINE_TERM, 0);
        for (size_t i = 1; tree_term(h, i).len; i++)
            ADD(LINE_TERM, i);
    }
    if (!tree_is_listed(s, h)) {
        if (h->evidence.count || *h->reason || tree_told(m, h->id, told, sizeof(told)))
            ADD(LINE_UNDER, 0);
    } else {
        if (*h->rejected_by || (h->status == HYP_PRUNED && !*h->refutes))
            ADD(LINE_UNDER, 0);
        for (size_t i = 0; i < h->evidence.count; i++)
            ADD(LINE_EVIDENCE, h->evidence.items[i]);
        if (*h->refutes) {
            ADD(LINE_REFUTES, 0);
            ADD(LINE_LOOKED, 0);
        }
    }
    for (size_t i = 0; i < h->gaps.count; i++)
        ADD(LINE_GAP, h->gaps.items[i]);
#undef ADD
}

static void add_node(const struct screen *s, const struct model *m, struct tree_lines *t,
                     size_t index, uint32_t going, bool last, int depth)
{
    const struct hypothesis *h = &m->hypotheses.items[index];
    uint32_t below = going | (last ? 0 : 1u << depth);

    *VEC_PUSH(&t->v) = (struct tree_line){LINE_NODE, index, 0, going, last};
    add_details(s, m, t, (struct tree_line){.hyp = index, .going = below, .last = last});
    if (tree_is_closed(s, h) || depth >= TREE_DEPTH_SHOWN)
        return;
    for (size_t i = 0; i < h->children.count; i++)
        add_node(s, m, t, h->children.items[i], below, i + 1 == h->children.count, depth + 1);
}

static bool is_general(const struct model *m, const struct gap *g)
{
    return !*g->hypothesis || model_index(m, 'h', g->hypothesis) == SIZE_MAX;
}

void tree_make_lines(const struct screen *s, const struct model *m, struct tree_lines *t)
{
    bool header = false;

    for (size_t i = 0; i < m->hypotheses.count; i++)
        if (m->hypotheses.items[i].parent_index == SIZE_MAX)
            add_node(s, m, t, i, 0, true, 0);
    for (size_t i = 0; i < m->gaps.count; i++) {
        if (!is_general(m, &m->gaps.items[i]))
            continue;
        if (!header)
            *VEC_PUSH(&t->v) = (struct tree_line){.kind = LINE_GAPS, .hyp = SIZE_MAX};
        header = true;
        *VEC_PUSH(&t->v) = (struct tree_line){.kind = LINE_GAP, .hyp = SIZE_MAX, .ref = i};
    }
}

/* ---- selection ---- */

static bool selectable(const struct tree_line *l)
{
    return l->kind == LINE_NODE || l->kind == LINE_EVIDENCE || l->kind == LINE_GAP;
}

static void line_id(const struct model *m, const struct tree_line *l, char out[SCREEN_ID_MAX])
{
    if (l->kind == LINE_GAP)
        snprintf(out, SCREEN_ID_MAX, "gap:%zu", l->ref);
    else if (l->kind == LINE_EVIDENCE)
        snprintf(out, SCREEN_ID_MAX, "evidence:%s", m->evidence.items[l->ref].id);
    else
        id_copy(out, m->hypotheses.items[l->hyp].id);
}

size_t tree_find_selected(const struct screen *s, const struct model *m, const struct tree_lines *t)
{
    /* Before anything was chosen: the root cause, when there is one. */
    const char *wanted = *s->tree.list.selected         ? s->tree.list.selected
                         : m->conclusion.has_root_cause ? m->conclusion.root_cause.hypothesis
                                                        : "";
    char id[SCREEN_ID_MAX];
    size_t near = SIZE_MAX;

    for (size_t i = 0; i < t->v.count; i++) {
        if (!selectable(&t->v.items[i]))
            continue;
        line_id(m, &t->v.items[i], id);
        if (strcmp(id, wanted) == 0)
            return i;
        if (near == SIZE_MAX || i <= s->tree.list.row)
            near = i;
    }
    return near;
}

static void select_line(struct screen *s, const struct model *m, const struct tree_lines *t,
                        size_t at)
{
    if (at == SIZE_MAX)
        return;
    line_id(m, &t->v.items[at], s->tree.list.selected);
    s->tree.list.row = at;
}

/* The line that is selected, and so what a key is about. */
static bool selected_line(struct screen *s, const struct model *m, struct tree_line *ret)
{
    struct tree_lines t = {0};
    size_t at;

    tree_make_lines(s, m, &t);
    at = tree_find_selected(s, m, &t);
    if (at != SIZE_MAX)
        *ret = t.v.items[at];
    VEC_RELEASE(&t.v);
    return at != SIZE_MAX;
}

const struct hypothesis *tree_selected(struct screen *s, const struct model *m)
{
    struct tree_line l;

    if (!selected_line(s, m, &l) || l.hyp == SIZE_MAX)
        return NULL;
    return &m->hypotheses.items[l.hyp];
}

const struct evidence *tree_selected_evidence(struct screen *s, const struct model *m)
{
    struct tree_line l;

    return selected_line(s, m, &l) && l.kind == LINE_EVIDENCE ? &m->evidence.items[l.ref] : NULL;
}

void tree_move(struct screen *s, const struct model *m, int by)
{
    struct tree_lines t = {0};
    size_t at;
    int step = by < 0 ? -1 : 1;

    tree_make_lines(s, m, &t);
    at = tree_find_selected(s, m, &t);
    for (int left = by < 0 ? -by : by; left > 0 && at != SIZE_MAX; left--) {
        size_t next = at;

        do
            next += (size_t)step;
        while (next < t.v.count && !selectable(&t.v.items[next]));
        if (next >= t.v.count)
            break;
        at = next;
    }
    select_line(s, m, &t, at);
    VEC_RELEASE(&t.v);
}

void tree_scroll(struct screen *s, const struct model *m, long lines)
{
    tree_move(s, m, (int)(lines > 1000 ? 1000 : lines < -1000 ? -1000 : lines));
}

void tree_click(struct screen *s, const struct model *m, int row)
{
    struct tree_lines t = {0};
    size_t at = s->tree.list.top + (size_t)row;

    tree_make_lines(s, m, &t);
    while (at > 0 && at < t.v.count && !selectable(&t.v.items[at]))
        at--;
    if (at < t.v.count && selectable(&t.v.items[at]))
        select_line(s, m, &t, at);
    VEC_RELEASE(&t.v);
}

/* ---- folding ---- */

/* Round: open, listed, closed. Without details or without children the step is left out. */
void tree_toggle(struct screen *s, const struct model *m)
{
    const struct hypothesis *h = tree_selected(s, m);

    if (!h)
        return;
    id_copy(s->tree.list.selected, h->id);
    if (tree_is_closed(s, h)) {
        put(&s->tree.closed, h->id, false);
    } else if (!tree_is_listed(s, h) && tree_has_details(h)) {
        put(&s->tree.listed, h->id, true);
    } else {
        put(&s->tree.listed, h->id, false);
        put(&s->tree.closed, h->id, h->children.count > 0);
    }
}

static void open_more(struct screen *s, const struct model *m, const struct hypothesis *h)
{
    if (tree_is_closed(s, h))
        put(&s->tree.closed, h->id, false);
    else if (!tree_is_listed(s, h) && tree_has_details(h))
        put(&s->tree.listed, h->id, true);
    else if (h->children.count || h->evidence.count)
        tree_move(s, m, 1);
}

static void open_less(struct screen *s, const struct hypothesis *h)
{
    bool on_node = strcmp(s->tree.list.selected, h->id) == 0;

    if (!on_node)
        id_copy(s->tree.list.selected, h->id);
    else if (tree_is_listed(s, h))
        put(&s->tree.listed, h->id, false);
    else if (h->children.count && !tree_is_closed(s, h))
        put(&s->tree.closed, h->id, true);
    else if (h->parent_index != SIZE_MAX)
        id_copy(s->tree.list.selected, h->parent);
}

void tree_open(struct screen *s, const struct model *m, bool open)
{
    const struct hypothesis *h = tree_selected(s, m);

    if (!h)
        return;
    if (!*s->tree.list.selected)
        id_copy(s->tree.list.selected, h->id);
    if (open)
        open_more(s, m, h);
    else
        open_less(s, h);
}

bool screen_tree_why(struct screen *s, const struct model *m)
{
    const struct hypothesis *h = tree_selected(s, m);

    if (!h)
        return false;
    put(&s->tree.why, h->id, !in(s->tree.why, h));
    return true;
}

void screen_tree_select(struct screen *s, const char *hyp)
{
    id_copy(s->tree.list.selected, hyp);
}

/* On a page about a hypothesis, that one; in the tree, the selected one. */
const struct hypothesis *screen_hypothesis(struct screen *s, const struct model *m)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;

    if (p && p->page == PAGE_HYPOTHESIS)
        return model_hypothesis(m, p->id);
    return screen_in_pane(s, PANE_HYPOTHESES) ? tree_selected(s, m) : NULL;
}

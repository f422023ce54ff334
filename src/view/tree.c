/* tree.c - pane 2: the tree of hypotheses with state, confidence and evidence, and what could not
 * be looked at. State is shown three times over (symbol, letter, colour), as colour alone is lost
 * on many. The tree is small by design (at most ten hypotheses), so its lines are made anew for
 * each drawing. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"

#define DEPTH_SHOWN 12

enum line_kind { LINE_NODE, LINE_UNDER, LINE_GAPS, LINE_GAP };

struct tree_line {
    enum line_kind kind;
    size_t index;   /* hypothesis or gap */
    uint32_t going; /* bit d: the ancestor of depth d has a sibling below */
    bool last;      /* of its parent's children */
};

struct tree_lines {
    VEC(struct tree_line) v;
};

enum glyph hyp_glyph(enum hyp_status s)
{
    static const enum glyph glyphs[HYP_STATUSES] = {
        [HYP_PENDING] = GLYPH_PENDING,     [HYP_TESTING] = GLYPH_TESTING,
        [HYP_SUPPORTED] = GLYPH_SUPPORTED, [HYP_CONFIRMED] = GLYPH_CONFIRMED,
        [HYP_PRUNED] = GLYPH_PRUNED,
    };

    return glyphs[s];
}

enum style hyp_style(enum hyp_status s)
{
    static const enum style styles[HYP_STATUSES] = {
        [HYP_PENDING] = STYLE_DIM,       [HYP_TESTING] = STYLE_ACCENT,
        [HYP_SUPPORTED] = STYLE_WARNING, [HYP_CONFIRMED] = STYLE_CONFIRMED,
        [HYP_PRUNED] = STYLE_PRUNED,
    };

    return styles[s];
}

char hyp_letter(enum hyp_status s)
{
    static const char letters[HYP_STATUSES] = {
        [HYP_PENDING] = 'P',   [HYP_TESTING] = 'T', [HYP_SUPPORTED] = 'S',
        [HYP_CONFIRMED] = 'C', [HYP_PRUNED] = 'X',
    };

    return letters[s];
}

enum style strength_style(enum evidence_strength s)
{
    static const enum style styles[STRENGTHS] = {
        [STRENGTH_STRONG] = STYLE_OK,
        [STRENGTH_WEAK] = STYLE_WARNING,
        [STRENGTH_NONE] = STYLE_DIM,
        [STRENGTH_CONTRADICTS] = STYLE_DANGER,
    };

    return styles[s];
}

static bool is_closed(const struct screen *s, const struct hypothesis *h)
{
    return s->tree.closed && map_has(s->tree.closed, str_from(h->id));
}

static void add_node(const struct screen *s, const struct model *m, struct tree_lines *t,
                     size_t index, uint32_t going, bool last, int depth)
{
    const struct hypothesis *h = &m->hypotheses.items[index];
    uint32_t below = going | (last ? 0 : 1u << depth);

    *VEC_PUSH(&t->v) = (struct tree_line){LINE_NODE, index, going, last};
    if (h->evidence.count || *h->reason)
        *VEC_PUSH(&t->v) = (struct tree_line){LINE_UNDER, index, below, last};
    if (is_closed(s, h) || depth >= DEPTH_SHOWN)
        return;
    for (size_t i = 0; i < h->children.count; i++)
        add_node(s, m, t, h->children.items[i], below, i + 1 == h->children.count, depth + 1);
}

static void make_lines(const struct screen *s, const struct model *m, struct tree_lines *t)
{
    for (size_t i = 0; i < m->hypotheses.count; i++)
        if (m->hypotheses.items[i].parent_index == SIZE_MAX)
            add_node(s, m, t, i, 0, true, 0);
    if (m->gaps.count)
        *VEC_PUSH(&t->v) = (struct tree_line){.kind = LINE_GAPS};
    for (size_t i = 0; i < m->gaps.count; i++)
        *VEC_PUSH(&t->v) = (struct tree_line){.kind = LINE_GAP, .index = i};
}

static bool selectable(const struct tree_line *l)
{
    return l->kind == LINE_NODE || l->kind == LINE_GAP;
}

static void line_id(const struct model *m, const struct tree_line *l, char out[SCREEN_ID_MAX])
{
    if (l->kind == LINE_GAP)
        snprintf(out, SCREEN_ID_MAX, "gap:%zu", l->index);
    else
        id_copy(out, m->hypotheses.items[l->index].id);
}

/* Line of the selection; the nearest one before where it was when its node is gone or hidden. */
static size_t find_selected(const struct screen *s, const struct model *m,
                            const struct tree_lines *t)
{
    char id[SCREEN_ID_MAX];
    size_t near = SIZE_MAX;

    for (size_t i = 0; i < t->v.count; i++) {
        if (!selectable(&t->v.items[i]))
            continue;
        line_id(m, &t->v.items[i], id);
        if (strcmp(id, s->tree.list.selected) == 0)
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

void tree_move(struct screen *s, const struct model *m, int by)
{
    struct tree_lines t = {0};
    size_t at;
    int step = by < 0 ? -1 : 1;

    make_lines(s, m, &t);
    at = find_selected(s, m, &t);
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

    make_lines(s, m, &t);
    while (at > 0 && at < t.v.count && !selectable(&t.v.items[at]))
        at--;
    if (at < t.v.count && selectable(&t.v.items[at]))
        select_line(s, m, &t, at);
    VEC_RELEASE(&t.v);
}

/* ---- drawing ---- */

/* Branch lines; returns the cells used. */
static int draw_branches(struct canvas *c, int x, int y, const struct tree_line *l, int depth)
{
    bool node = l->kind == LINE_NODE;

    for (int d = 1; d <= depth; d++) {
        bool own = d == depth && node;

        if (own)
            canvas_glyph(c, x + 2 * (d - 1), y, STYLE_FRAME,
                         l->last ? GLYPH_TREE_END : GLYPH_TREE_MID);
        else if (l->going & (1u << d))
            canvas_glyph(c, x + 2 * (d - 1), y, STYLE_FRAME, GLYPH_TREE_BAR);
    }
    return 2 * depth;
}

static enum style bar_style(enum hyp_status s)
{
    return s == HYP_CONFIRMED || s == HYP_PRUNED ? hyp_style(s) : STYLE_BAR;
}

static void draw_node(const struct screen *s, const struct model *m, struct canvas *c,
                      struct rect r, int y, const struct tree_line *l)
{
    const struct hypothesis *h = &m->hypotheses.items[l->index];
    int depth = h->depth > DEPTH_SHOWN ? DEPTH_SHOWN : h->depth - 1;
    int bar = r.w >= 60 ? 10 : r.w >= 36 ? 6 : 4, end = r.x + r.w - 1 - bar - 5, x = r.x + 1;
    enum style style = hyp_style(h->status);
    char letter[2] = {hyp_letter(h->status), '\0'};

    x += draw_branches(c, x, y, l, depth);
    if (h->children.count)
        canvas_glyph(c, x, y, STYLE_DIM, is_closed(s, h) ? GLYPH_CLOSED : GLYPH_OPEN);
    x += 2;
    x += canvas_glyph(c, x, y, style, hyp_glyph(h->status));
    x += canvas_cstr(c, x, y, 1, style, letter) + 1;
    x += canvas_cstr(c, x, y, end - x, STYLE_HEADING, h->id) + 1;
    canvas_cstr(c, x, y, end - x - 1,
                h->status == HYP_PRUNED      ? STYLE_PRUNED
                : h->status == HYP_CONFIRMED ? STYLE_CONFIRMED
                                             : STYLE_TEXT,
                h->statement);
    canvas_bar(c, end, y, bar, h->confidence, bar_style(h->status));
    if (isfinite(h->confidence))
        canvas_printf(c, end + bar + 1, y, 4, style, "%3.0f%%", h->confidence * 100);
}

static void draw_under(const struct model *m, struct canvas *c, struct rect r, int y,
                       const struct tree_line *l)
{
    const struct hypothesis *h = &m->hypotheses.items[l->index];
    int depth = h->depth > DEPTH_SHOWN ? DEPTH_SHOWN : h->depth - 1;
    int x = r.x + 1, end = r.x + r.w - 1;

    x += draw_branches(c, x, y, l, depth);
    x += 5;
    for (size_t i = 0; i < h->evidence.count && x < end - 4; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        x += canvas_cstr(c, x, y, end - x, strength_style(e->strength), e->id) + 1;
    }
    if (*h->reason)
        canvas_cstr(c, x, y, end - x, STYLE_DIM, h->reason);
}

static void draw_gap(const struct model *m, struct canvas *c, struct rect r, int y,
                     const struct tree_line *l)
{
    const struct gap *g = &m->gaps.items[l->index];
    int x = r.x + 1, end = r.x + r.w - 1;

    canvas_glyph(c, x + 2, y, STYLE_WARNING, GLYPH_UNKNOWN);
    x += 4;
    x += canvas_cstr(c, x, y, end - x, STYLE_TEXT, g->what) + 2;
    canvas_cstr(c, x, y, end - x, STYLE_DIM, g->why);
}

static void draw_tree_line(const struct screen *s, const struct model *m, struct canvas *c,
                           struct rect r, int y, const struct tree_line *l)
{
    switch (l->kind) {
    case LINE_NODE:
        draw_node(s, m, c, r, y, l);
        break;
    case LINE_UNDER:
        draw_under(m, c, r, y, l);
        break;
    case LINE_GAPS:
        canvas_printf(c, r.x + 1, y, r.w - 2, STYLE_HEADING, "Could not be looked at (%zu)",
                      m->gaps.count);
        break;
    case LINE_GAP:
        draw_gap(m, c, r, y, l);
        break;
    }
}

static void keep_in_sight(struct list_state *l, size_t at, size_t rows, size_t view)
{
    if (l->top + view > rows)
        l->top = rows > view ? rows - view : 0;
    if (at < l->top)
        l->top = at;
    else if (at >= l->top + view)
        l->top = at - view + 1;
}

void tree_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    static const char *const none[] = {"No hypotheses yet."};
    static const char *const early[] = {"Looking around first.", "Hypotheses follow."};
    struct rect was = canvas_clip(c, r);
    struct tree_lines t = {0};
    bool focused = s->focus == PANE_HYPOTHESES && !s->input_focus;
    size_t at;

    make_lines(s, m, &t);
    s->tree.view_h = r.h;
    at = find_selected(s, m, &t);
    if (t.v.count == 0) {
        draw_empty(c, r, m->turn_running ? early : none, m->turn_running ? 2 : 1);
    } else {
        size_t under = at != SIZE_MAX && at + 1 < t.v.count && t.v.items[at + 1].kind == LINE_UNDER;

        keep_in_sight(&s->tree.list, at == SIZE_MAX ? 0 : at + (r.h > 1 ? under : 0), t.v.count,
                      (size_t)r.h);
        if (at != SIZE_MAX && at < s->tree.list.top)
            s->tree.list.top = at;
    }
    for (int i = 0; i < r.h && s->tree.list.top + (size_t)i < t.v.count; i++) {
        size_t n = s->tree.list.top + (size_t)i;

        draw_tree_line(s, m, c, r, r.y + i, &t.v.items[n]);
        if (n == at && focused)
            canvas_overlay(c, (struct rect){r.x, r.y + i, r.w, 1}, STYLE_SELECTED);
    }
    canvas_unclip(c, was);
    draw_scroll(c, r, s->tree.list.top, (size_t)r.h, t.v.count);
    VEC_RELEASE(&t.v);
}

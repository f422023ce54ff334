/* tree.c - pane 2: how the tree of hypotheses looks: state, confidence, evidence, what would refute
 * each, and what could not be looked at. State is shown three times over (symbol, letter, colour),
 * as colour alone is lost on many. Which lines there are is in tree_lines.c. */
#include "src/view/tree_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/model/refutation.h"

#define IDS_SHOWN 4 /* ids of evidence under a node: the reason needs the room */

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

static int depth_of(const struct hypothesis *h)
{
    return h->depth > TREE_DEPTH_SHOWN ? TREE_DEPTH_SHOWN : h->depth - 1;
}

/* Whose it is and what a person wants of it. */
static int draw_marks(struct canvas *c, int x, int y, int end, const struct hypothesis *h)
{
    bool open = h->status == HYP_PENDING || h->status == HYP_TESTING;
    int from = x;

    if (end - x < 24) /* the statement needs the room */
        return 0;
    if (h->by_user)
        x += canvas_cstr(c, x, y, end - x, STYLE_USER, "you") + 1;
    if (h->promoted && open)
        x += canvas_cstr(c, x, y, end - x, STYLE_ACCENT, "next") + 1;
    return x - from;
}

/* The number says it: a bar is for panes with room, and never for a hypothesis that is gone. */
static int bar_cells(int width, const struct hypothesis *h)
{
    if (h->status == HYP_PRUNED || width < 50)
        return 0;
    return width >= 70 ? 11 : 7;
}

static void draw_node(const struct screen *s, const struct model *m, struct canvas *c,
                      struct rect r, int y, const struct tree_line *l)
{
    const struct hypothesis *h = &m->hypotheses.items[l->hyp];
    int bar = bar_cells(r.w, h), end = r.x + r.w - 1 - bar - 4, x = r.x + 1;
    bool more = h->children.count ? tree_is_closed(s, h) : !tree_is_listed(s, h);
    enum style style = hyp_style(h->status);
    char letter[2] = {*h->rejected_by ? 'R' : hyp_letter(h->status), '\0'};

    x += draw_branches(c, x, y, l, depth_of(h));
    if (h->children.count || tree_has_details(h))
        canvas_glyph(c, x, y, STYLE_DIM, more ? GLYPH_CLOSED : GLYPH_OPEN);
    x += 2;
    x += canvas_glyph(c, x, y, style, hyp_glyph(h->status));
    x += canvas_cstr(c, x, y, 1, style, letter) + 1;
    x += canvas_cstr(c, x, y, end - x, STYLE_HEADING, h->id) + 1;
    x += draw_marks(c, x, y, end - 1, h);
    canvas_cstr(c, x, y, end - x - 1,
                h->status == HYP_PRUNED      ? STYLE_PRUNED
                : h->status == HYP_CONFIRMED ? STYLE_CONFIRMED
                                             : STYLE_TEXT,
                h->statement);
    if (bar)
        canvas_bar(c, end, y, bar - 1, h->confidence, bar_style(h->status));
    if (isfinite(h->confidence))
        canvas_printf(c, end + bar, y, 4, style, "%3.0f%%", h->confidence * 100);
}

static void draw_under(const struct screen *s, const struct model *m, struct canvas *c, int x,
                       int end, int y, const struct hypothesis *h)
{
    size_t count = tree_is_listed(s, h) ? 0 : h->evidence.count;
    char told[300];

    for (size_t i = 0; i < count && i < IDS_SHOWN && x < end - 4; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        x += canvas_cstr(c, x, y, end - x, strength_style(e->strength), e->id) + 1;
    }
    if (count > IDS_SHOWN)
        x += canvas_printf(c, x, y, end - x, STYLE_DIM, "+%zu", count - IDS_SHOWN) + 1;
    if (strcmp(h->rejected_by, h->id) == 0)
        x += canvas_cstr(c, x, y, end - x, STYLE_USER, "rejected by you:") + 1;
    if (!*h->reason && tree_told(m, h->id, told, sizeof(told))) {
        canvas_cstr(c, x, y, end - x, STYLE_ACCENT, told);
        return;
    }
    canvas_cstr(c, x, y, end - x, STYLE_DIM, h->reason);
}

static void draw_term(struct canvas *c, int x, int end, int y, const struct hypothesis *h, size_t n)
{
    struct str term = tree_term(h, n), number = term;

    if (!term.len) {
        canvas_printf(c, x, y, end - x, STYLE_DIM,
                      "%.0f %% is what its state is worth; nothing is weighed yet",
                      isfinite(h->confidence) ? h->confidence * 100 : 0);
        return;
    }
    number.len = 0;
    while (number.len < term.len && term.ptr[number.len] != ' ')
        number.len++;
    canvas_text_right(c, x + 4, y, 4, term.ptr[0] == '-' ? STYLE_DANGER : STYLE_OK, number);
    canvas_text(c, x + 4, y, end - x - 4, STYLE_TEXT,
                (struct str){term.ptr + number.len, term.len - number.len});
}

static void draw_evidence(const struct model *m, struct canvas *c, int x, int end, int y,
                          const struct tree_line *l)
{
    const struct evidence *e = &m->evidence.items[l->ref];

    x += canvas_cstr(c, x, y, end - x, STYLE_EVIDENCE, e->id) + 1;
    x += canvas_cstr(c, x, y, end - x, strength_style(e->strength), strength_name(e->strength)) + 1;
    canvas_cstr(c, x, y, end - x, STYLE_TEXT, e->statement);
}

static void draw_refutation(const struct model *m, struct canvas *c, int x, int end, int y,
                            const struct tree_line *l)
{
    const struct hypothesis *h = &m->hypotheses.items[l->hyp];
    struct buf words = BUF_INIT(1024);
    const struct evidence *e;

    if (l->kind == LINE_REFUTES) {
        x += canvas_cstr(c, x, y, end - x, STYLE_DIM, "refuted by") + 1;
        canvas_cstr(c, x, y, end - x, STYLE_TEXT, h->refutes);
        return;
    }
    hyp_refutation_words(m, h, &words);
    canvas_text(c, x, y, end - x,
                hyp_refutation(m, h, &e) == REFUTATION_COULD_NOT ? STYLE_WARNING : STYLE_DIM,
                buf_str(&words));
    buf_release(&words);
}

static void draw_gap(const struct model *m, struct canvas *c, int x, int end, int y,
                     const struct tree_line *l)
{
    const struct gap *g = &m->gaps.items[l->ref];

    x += canvas_glyph(c, x, y, STYLE_WARNING, GLYPH_UNKNOWN) + 1;
    if (*g->code)
        x += canvas_cstr(c, x, y, end - x, STYLE_WARNING, g->code) + 1;
    x += canvas_cstr(c, x, y, end - x, STYLE_TEXT, g->what) + 2;
    canvas_cstr(c, x, y, end - x, STYLE_DIM, g->why);
}

static size_t count_general(const struct tree_lines *t)
{
    size_t n = 0;

    VEC_EACH (l, &t->v)
        n += l->kind == LINE_GAP && l->hyp == SIZE_MAX;
    return n;
}

static void draw_tree_line(const struct screen *s, const struct model *m, struct canvas *c,
                           struct rect r, int y, const struct tree_lines *t, size_t at)
{
    const struct tree_line *l = &t->v.items[at];
    const struct hypothesis *h = l->hyp == SIZE_MAX ? NULL : &m->hypotheses.items[l->hyp];
    int x = r.x + 1, end = r.x + r.w - 1;

    if (l->kind != LINE_NODE)
        x += h ? draw_branches(c, x, y, l, depth_of(h)) + 5 : 2;
    switch (l->kind) {
    case LINE_NODE:
        draw_node(s, m, c, r, y, l);
        break;
    case LINE_UNDER:
        draw_under(s, m, c, x, end, y, h);
        break;
    case LINE_TERM:
        draw_term(c, x, end, y, h, l->ref);
        break;
    case LINE_EVIDENCE:
        draw_evidence(m, c, x, end, y, l);
        break;
    case LINE_REFUTES:
    case LINE_LOOKED:
        draw_refutation(m, c, x, end, y, l);
        break;
    case LINE_GAPS:
        canvas_printf(c, r.x + 1, y, r.w - 2, STYLE_HEADING, "Could not be looked at (%zu)",
                      count_general(t));
        break;
    case LINE_GAP:
        draw_gap(m, c, x, end, y, l);
        break;
    }
}

/* Of a node: what belongs to it is to be seen with it. */
static size_t lines_below(const struct tree_lines *t, size_t at)
{
    size_t n = 0;

    while (t->v.items[at].kind == LINE_NODE && at + n + 1 < t->v.count &&
           t->v.items[at + n + 1].kind != LINE_NODE &&
           t->v.items[at + n + 1].hyp == t->v.items[at].hyp)
        n++;
    return n;
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

/* What the look around waits for, below its words. */
static void draw_told(const struct model *m, struct canvas *c, struct rect r)
{
    int y = r.y + r.h / 2 + 3;

    for (size_t i = 0; i < m->tools.count && y < r.y + r.h; i++) {
        const struct tool_run *t = &m->tools.items[i];
        char told[300];

        if (!tool_run_told(t, told, sizeof(told)))
            continue;
        canvas_printf(c, r.x + 2, y++, r.w - 3, STYLE_DIM, "%s %s", t->tool, told);
    }
}

void tree_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    static const char *const none[] = {"No hypotheses yet."};
    static const char *const early[] = {"Looking around first.", "Hypotheses follow."};
    struct rect was = canvas_clip(c, r);
    struct tree_lines t = {0};
    bool focused = s->focus == PANE_HYPOTHESES && !s->input_focus;
    bool looking = m->turn_running && !*m->turn_kind;
    size_t at;

    tree_make_lines(s, m, &t);
    s->tree.view_h = r.h;
    at = tree_find_selected(s, m, &t);
    if (t.v.count == 0) {
        draw_empty(c, r, looking ? early : none, looking ? 2 : 1);
        if (m->turn_running)
            draw_told(m, c, r);
    } else {
        size_t below = at == SIZE_MAX ? 0 : lines_below(&t, at);

        keep_in_sight(&s->tree.list,
                      at == SIZE_MAX        ? 0
                      : below < (size_t)r.h ? at + below
                                            : at + (size_t)r.h - 1,
                      t.v.count, (size_t)r.h);
        if (at != SIZE_MAX && at < s->tree.list.top)
            s->tree.list.top = at;
    }
    for (int i = 0; i < r.h && s->tree.list.top + (size_t)i < t.v.count; i++) {
        size_t n = s->tree.list.top + (size_t)i;

        draw_tree_line(s, m, c, r, r.y + i, &t, n);
        if (n == at && focused)
            canvas_overlay(c, (struct rect){r.x, r.y + i, r.w, 1}, STYLE_SELECTED);
    }
    canvas_unclip(c, was);
    draw_scroll(c, r, s->tree.list.top, (size_t)r.h, t.v.count);
    VEC_RELEASE(&t.v);
}

/* copy.c - what is selected, or a whole pane, as text without borders: for the clipboard.
 * Panes of the investigation are written from the model, so that all of them is copied and not only
 * what is seen; pages are drawn once more, unbounded, and read from the cells. All of it went
 * through sanitising: what was made visible on the screen is visible in the copy. */
#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define PAGE_ROWS_MAX 1000

static void add_clean(struct buf *out, const char *text)
{
    text_sanitize(out, str_from(text), true, false);
}

/* "name: text" on a line of its own; nothing for no text. */
static void add_field(struct buf *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    buf_adds(out, name);
    add_clean(out, text);
    buf_addc(out, '\n');
}

static void add_tool(struct buf *out, const struct tool_run *t)
{
    add_clean(out, t->tool);
    add_field(out, "  ", t->title);
    if (!t->title || !*t->title)
        buf_addc(out, '\n');
    if (!cstr_eq(t->query, t->title))
        add_field(out, "  ", t->query);
    add_field(out, "  ", t->summary);
    add_field(out, "  error: ", t->error);
}

static void add_evidence(struct buf *out, const struct evidence *e, const char *indent)
{
    buf_adds(out, indent);
    add_clean(out, e->id);
    buf_addc(out, ' ');
    add_field(out, "", e->statement);
    if (e->query && *e->query) {
        buf_adds(out, indent);
        add_field(out, "  ", e->query);
    }
}

static void add_hypothesis(struct buf *out, const struct model *m, const struct hypothesis *h)
{
    int indent = h->depth > 1 ? (h->depth - 1) * 2 : 0;
    char deeper[64];

    snprintf(deeper, sizeof(deeper), "%*s", indent < 60 ? indent + 2 : 62, "");
    buf_addf(out, "%*s", indent, "");
    add_clean(out, h->id);
    buf_addc(out, ' ');
    add_clean(out, h->statement);
    buf_addf(out, " (%s, %.0f %%)\n", hyp_status_name(h->status), h->confidence * 100);
    for (size_t i = 0; i < h->evidence.count; i++)
        add_evidence(out, &m->evidence.items[h->evidence.items[i]], deeper);
}

static void add_branch(struct buf *out, const struct model *m, const struct hypothesis *h)
{
    add_hypothesis(out, m, h);
    for (size_t i = 0; i < h->children.count; i++)
        add_branch(out, m, &m->hypotheses.items[h->children.items[i]]);
}

static void add_conclusion(struct buf *out, const struct model *m)
{
    const struct conclusion *c = &m->conclusion;

    add_field(out, c->has_root_cause ? "Root cause: " : "",
              c->has_root_cause ? c->root_cause.statement : view_verdict_words(c->verdict));
    if (!c->has_root_cause || !cstr_eq(c->summary, c->root_cause.statement))
        add_field(out, "", c->summary);
    for (size_t i = 0; i < c->also.count; i++)
        add_field(out, "Also: ", c->also.items[i]);
    VEC_EACH (r, &c->remediation) {
        add_field(out, "Proposal: ", r->action);
        if (*r->command)
            add_field(out, "", r->command);
    }
    for (size_t i = 0; i < c->next_checks.count; i++)
        add_field(out, "Next: ", c->next_checks.items[i]);
}

static void add_item(struct buf *out, const struct model *m, const struct item *it)
{
    switch (it->kind) {
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
        add_field(out, "", it->text);
        break;
    case ITEM_ERROR:
        add_field(out, "error: ", it->text);
        break;
    case ITEM_TOOL:
        add_tool(out, &m->tools.items[it->ref]);
        break;
    case ITEM_EVIDENCE:
        add_evidence(out, &m->evidence.items[it->ref], "");
        break;
    case ITEM_HYPOTHESIS:
        add_hypothesis(out, m, &m->hypotheses.items[it->ref]);
        break;
    case ITEM_GAP:
        add_field(out, "not looked at: ", m->gaps.items[it->ref].what);
        add_field(out, "  ", m->gaps.items[it->ref].why);
        break;
    case ITEM_CONCLUSION:
        add_conclusion(out, m);
        break;
    }
}

/* ---- what was drawn ---- */

static void add_cells(struct buf *out, const struct canvas *c, struct rect r)
{
    for (int y = r.y; y < r.y + r.h; y++) {
        size_t end = out->len;

        for (int x = r.x; x < r.x + r.w; x++) {
            const struct cell *at = canvas_at(c, x, y);

            if (at && at->width)
                buf_adds(out, at->text);
            if (at && at->width && !(at->text[0] == ' ' && at->text[1] == '\0'))
                end = out->len;
        }
        buf_truncate(out, end);
        buf_addc(out, '\n');
    }
    while (out->len > 1 && out->ptr[out->len - 1] == '\n' && out->ptr[out->len - 2] == '\n')
        buf_truncate(out, out->len - 1);
}

/* The open page from its first line to its last; where it stands comes back afterwards. */
static void add_page(struct buf *out, struct screen *s, const struct model *m,
                     enum glyph_set glyphs)
{
    struct detail_state *p = &s->stack[s->depth - 1];
    size_t top = p->top;
    struct canvas c;
    struct rect r = {0, 0, s->body.w > 20 ? s->body.w : 80, PAGE_ROWS_MAX};

    canvas_init(&c, glyphs);
    canvas_resize(&c, r.w, r.h);
    p->top = 0;
    page_draw(s, m, &c, r);
    p->top = top;
    add_cells(out, &c, r);
    canvas_release(&c);
}

/* A root page as it is seen. */
static void add_root(struct buf *out, struct screen *s, const struct model *m,
                     enum glyph_set glyphs, int width, int height)
{
    struct canvas c;

    canvas_init(&c, glyphs);
    canvas_resize(&c, width, height);
    view_draw(s, m, &c);
    add_cells(out, &c, s->body);
    canvas_release(&c);
}

static void add_pane(struct buf *out, const struct screen *s, const struct model *m)
{
    switch (s->focus) {
    case PANE_INVESTIGATION:
        for (size_t i = 0; i < m->items.count; i++)
            add_item(out, m, &m->items.items[i]);
        break;
    case PANE_HYPOTHESES:
        for (size_t i = 0; i < m->hypotheses.count; i++)
            if (m->hypotheses.items[i].parent_index == SIZE_MAX)
                add_branch(out, m, &m->hypotheses.items[i]);
        for (size_t i = 0; i < m->gaps.count; i++)
            add_field(out, "not looked at: ", m->gaps.items[i].what);
        break;
    case PANE_RESOURCES: /* a list: view_copy_text() */
    case PANES:
        break;
    }
}

static void add_selected(struct buf *out, struct screen *s, const struct model *m)
{
    const struct hypothesis *h;

    switch (s->focus) {
    case PANE_INVESTIGATION:
        if (s->transcript.selected < m->items.count)
            add_item(out, m, &m->items.items[s->transcript.selected]);
        else if (m->conclusion.verdict != VERDICT_NONE)
            add_conclusion(out, m);
        else if (m->items.count)
            add_item(out, m, &m->items.items[m->items.count - 1]);
        break;
    case PANE_HYPOTHESES:
        h = tree_selected(s, m);
        if (h)
            add_hypothesis(out, m, h);
        break;
    case PANE_RESOURCES:
    case PANES:
        break;
    }
}

static bool shows_raw(const struct screen *s)
{
    enum page page = s->stack[s->depth - 1].page;

    return (page == PAGE_EVIDENCE || page == PAGE_TOOL) && s->raw.text.len && !*s->raw.problem;
}

bool view_copy_text(struct screen *s, const struct model *m, const struct canvas *like,
                    enum copy_what what, struct buf *out)
{
    size_t before = out->len;

    if (what == COPY_TRANSCRIPT) {
        screen_transcript_text(s, m, like->width, like->glyphs == GLYPHS_ASCII, out);
    } else if (s->depth) {
        /* What one comes to a page of a query for is what it gave. */
        if (what == COPY_ITEM && shows_raw(s))
            buf_add_str(out, buf_str(&s->raw.text));
        else
            add_page(out, s, m, like->glyphs);
    } else if (screen_list(s)) {
        /* The filter may have changed since the list was drawn. */
        list_update(screen_list(s), screen_list_data(s, m), s->tick_ms);
        if (what == COPY_ITEM)
            list_copy(screen_list(s), screen_list_data(s, m), out);
        else
            list_copy_shown(screen_list(s), screen_list_data(s, m), out);
    } else if (s->root != ROOT_WAR_ROOM) {
        add_root(out, s, m, like->glyphs, like->width, like->height);
    } else if (what == COPY_ITEM) {
        add_selected(out, s, m);
    } else {
        add_pane(out, s, m);
    }
    return out->len > before;
}

/* pages.c - what Enter opens: a hypothesis, a resource, and the help page (evidence and queries are
 * in page_evidence.c). A page is styled paragraphs, some of them links. */
#include "src/view/signals_priv.h"
#include "src/view/tree_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/model/refutation.h"

static const struct detail_state *top_page(const struct screen *s)
{
    return &s->stack[s->depth - 1];
}

const char *page_title(const struct screen *s)
{
    switch (top_page(s)->page) {
    case PAGE_ANSWER:
        return "Answer";
    case PAGE_EVIDENCE:
        return "Evidence";
    case PAGE_HYPOTHESIS:
        return "Hypothesis";
    case PAGE_TOOL:
        return "Query";
    case PAGE_RESOURCE:
        return "Resource";
    case PAGE_ALERT:
        return "Alert";
    case PAGE_FINDING:
        return "Finding";
    case PAGE_APPROVALS:
        return "Approvals";
    case PAGE_APPROVAL:
        return "Approval";
    case PAGE_PROCEDURES:
        return "Run";
    case PAGE_COST:
        return "Cost";
    case PAGE_CONTEXT:
        return "Context";
    case PAGE_HELP:
        return "Keys";
    case PAGE_PASTED:
        return "Pasted text";
    case PAGE_SHEET:
        return s->sheet && s->sheet->title ? s->sheet->title : "Settings";
    case PAGE_WAR_ROOM:
        break;
    }
    return "";
}

/* ---- paragraphs ---- */

static void blank(struct rich *r)
{
    rich_para(r, 0, 0);
}

static void lay_missing(struct rich *r, const char *id)
{
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_DIM, "%s is not part of this investigation.", id);
}

static void add_evidence_links(const struct model *m, struct rich *r, const struct hypothesis *h)
{
    blank(r);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "Evidence");
    if (!h->evidence.count)
        rich_adds(r, STYLE_DIM, "  none yet");
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];
        struct para *p = rich_para(r, 2, 7);

        p->link = i + 1;
        rich_id(r, STYLE_EVIDENCE, e->id, 5);
        rich_addf(r, strength_style(e->strength), "%s  ", strength_name(e->strength));
        rich_adds(r, STYLE_TEXT, e->statement);
    }
}

static void add_gaps(const struct model *m, struct rich *r, const struct hypothesis *h)
{
    if (!h->gaps.count)
        return;
    blank(r);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "Could not be looked at");
    for (size_t i = 0; i < h->gaps.count; i++) {
        const struct gap *g = &m->gaps.items[h->gaps.items[i]];

        rich_para(r, 2, 4);
        rich_addf(r, STYLE_TEXT, "%s  ", g->what);
        rich_adds(r, STYLE_DIM, g->why);
    }
}

static void add_term(struct rich *r, bool first, struct str term)
{
    rich_para(r, 0, RICH_LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", RICH_LABEL_CELLS, first ? "confidence" : "");
    rich_addf(r, term.ptr[0] == '-' ? STYLE_DANGER : STYLE_TEXT, "%.*s", STR_FMT(term));
}

static void rejected(const struct screen *s, struct rich *r, const struct hypothesis *h)
{
    char key[SCREEN_KEY_MAX];

    if (strcmp(h->rejected_by, h->id) != 0) {
        rich_field(r, "rejected", STYLE_TEXT, h->rejected_by);
        return;
    }
    rich_field(r, "rejected", STYLE_TEXT, "by you");
    if (screen_key(s, "tree.reject", key))
        rich_addf(r, STYLE_TEXT, "; %s takes it back", key);
}

static void lay_hypothesis(const struct screen *s, const struct model *m, struct rich *r,
                           const char *id)
{
    const struct hypothesis *h = model_hypothesis(m, id);
    struct buf looked = BUF_INIT(1024);

    if (!h) {
        lay_missing(r, id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_HEADING, "%s  ", h->id);
    rich_adds(r, hyp_style(h->status), hyp_status_words(h));
    if (isfinite(h->confidence))
        rich_addf(r, STYLE_STRONG, "  %.0f %%", h->confidence * 100);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_STRONG, h->statement);
    blank(r);
    rich_field(r, "because", STYLE_TEXT, h->reason);
    if (*h->rejected_by)
        rejected(s, r, h);
    for (size_t i = 0; tree_term(h, i).len; i++)
        add_term(r, i == 0, tree_term(h, i));
    add_evidence_links(m, r, h);
    add_gaps(m, r, h);
    blank(r);
    rich_field(r, "proposed", STYLE_TEXT, h->rationale);
    rich_field(r, "refuted by", STYLE_TEXT, h->refutes);
    if (*h->refutes) {
        hyp_refutation_words(m, h, &looked);
        rich_field(r, "", STYLE_DIM, buf_cstr(&looked));
    }
    buf_release(&looked);
    rich_field(r, "kind", STYLE_TEXT, h->kind);
    rich_field(r, "category", STYLE_TEXT, category_name(h->category));
    rich_field(r, "pattern", STYLE_TEXT, h->pattern);
    rich_field(r, "resource", STYLE_TEXT, h->resource);
    rich_field(r, "service", STYLE_TEXT, h->service);
    rich_field(r, "metric", STYLE_TEXT, h->metric);
}

static void lay_help(const struct screen *s, struct rich *r)
{
    const char *context = "";

    for (size_t i = 0; i < s->help_count; i++) {
        const struct help_row *row = &s->help[i];

        if (strcmp(context, row->context) != 0) {
            if (i > 0)
                blank(r);
            rich_para(r, 0, 0);
            rich_adds(r, STYLE_HEADING, row->context);
            context = row->context;
        }
        rich_para(r, 2, 24);
        rich_addf(r, STYLE_KEY, "%s", row->keys);
        for (int pad = 22 - text_width(str_from(row->keys)); pad > 0; pad--)
            rich_adds(r, STYLE_TEXT, " ");
        if (text_width(str_from(row->keys)) > 22)
            rich_adds(r, STYLE_TEXT, "  ");
        rich_adds(r, STYLE_TEXT, row->text);
        if (s->body.w < 90)
            continue;
        for (int pad = 44 - text_width(str_from(row->text)); pad > 0; pad--)
            rich_adds(r, STYLE_TEXT, " ");
        rich_addf(r, STYLE_DIM, "  %s", row->name);
    }
}

static void page_lay(const struct screen *s, const struct model *m, struct rich *r)
{
    const struct detail_state *p = top_page(s);

    switch (p->page) {
    case PAGE_ANSWER:
        lay_answer(m, r);
        break;
    case PAGE_HYPOTHESIS:
        lay_hypothesis(s, m, r, p->id);
        break;
    case PAGE_RESOURCE:
        lay_resource(s, m, r, p->id);
        break;
    case PAGE_ALERT:
        lay_alert(m, r, p->id);
        break;
    case PAGE_FINDING:
        lay_finding(m, r, p->id);
        break;
    case PAGE_APPROVALS:
        lay_approvals(s, m, r);
        break;
    case PAGE_APPROVAL:
        lay_approval(s, m, r, p->id);
        break;
    case PAGE_PROCEDURES:
        lay_procedures(s, m, r, p->id, p->row);
        break;
    case PAGE_COST:
        lay_cost(m, r);
        break;
    case PAGE_CONTEXT:
        lay_context(m, r);
        break;
    case PAGE_HELP:
        lay_help(s, r);
        break;
    case PAGE_SHEET:
        lay_sheet(s, r);
        break;
    case PAGE_EVIDENCE:
    case PAGE_TOOL:
    case PAGE_PASTED:
    case PAGE_WAR_ROOM:
        break;
    }
}

/* ---- drawing ---- */

struct page_drawing {
    struct screen *s;
    struct canvas *c;
    struct rect r;
    const struct rich *rich;
    size_t line, top, links;
    size_t link_line; /* of the selected link */
    size_t selected;  /* its number, 0: none */
    bool draw;
};

static void on_page_line(void *ctx, const struct rich_line *line)
{
    struct page_drawing *d = ctx;
    size_t at = d->line++;
    int y = d->r.y + (int)(at - d->top);

    if (line->para->link > d->links)
        d->links = line->para->link;
    if (line->para->link && line->para->link == d->selected && line->first)
        d->link_line = at;
    if (!d->draw || at < d->top || at >= d->top + (size_t)d->r.h)
        return;
    rich_draw(d->rich, d->c, d->r.x + 2, y, d->r.w - 4, line);
    if (line->para->link && line->para->link == d->selected)
        canvas_overlay(d->c, (struct rect){d->r.x, y, d->r.w, 1}, STYLE_SELECTED);
}

void page_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    struct detail_state *p = &s->stack[s->depth - 1];
    struct rect was = canvas_clip(c, r);
    struct rich rich;
    struct page_drawing d = {.s = s, .c = c, .r = r, .rich = &rich, .selected = p->row + 1};
    size_t view, total;

    if (screen_on_evidence(s)) {
        evidence_page_draw(s, m, c, r);
        canvas_unclip(c, was);
        return;
    }
    if (p->page == PAGE_HYPOTHESIS)
        d.r.h = r.h -= evidence_dock(s, m, c, r);
    view = (size_t)r.h;
    s->page_view_h = r.h;
    rich_init(&rich, c->glyphs == GLYPHS_ASCII);
    page_lay(s, m, &rich);
    total = rich_lines(&rich, r.w - 4, on_page_line, &d);
    s->page_links = d.links;
    s->page_lines = total;
    if (d.links && p->row >= d.links)
        p->row = d.links - 1;
    if (p->top + view > total)
        p->top = total > view ? total - view : 0;
    s->page_link_line = d.link_line;
    if (d.links && p->moved && d.link_line < p->top)
        p->top = d.link_line;
    else if (d.links && p->moved && d.link_line >= p->top + view)
        p->top = d.link_line - view + 1;
    d.selected = p->row + 1;
    d.top = p->top;
    d.line = 0;
    d.draw = true;
    total = rich_lines(&rich, r.w - 4, on_page_line, &d);
    canvas_unclip(c, was);
    draw_scroll(c, r, p->top, view, s->page_lines);
    rich_release(&rich);
}

static void scroll(struct detail_state *p, long by)
{
    p->moved = false;
    if (by < 0)
        p->top -= (size_t)-by < p->top ? (size_t)-by : p->top;
    else
        p->top += (size_t)by; /* the next drawing knows where the end is */
}

/* From link to link; before the first and behind the last one, and where none is in sight, the page
 * itself moves. */
void page_move(struct screen *s, const struct model *m, long by)
{
    struct detail_state *p = &s->stack[s->depth - 1];
    size_t last = s->page_links ? s->page_links - 1 : 0;
    bool above = s->page_link_line < p->top;
    bool below = s->page_link_line >= p->top + (size_t)s->page_view_h;

    (void)m;
    if (!s->page_links || (by > 0 && p->row >= last && !below) || (by < 0 && above) ||
        (by < 0 && p->row == 0)) {
        scroll(p, by);
        return;
    }
    if (!p->moved && by > 0 && below) /* the first key goes to it */
        by--;
    p->moved = true;
    if (by < 0)
        p->row -= (size_t)-by < p->row ? (size_t)-by : p->row;
    else
        p->row = (size_t)by < last - (p->row < last ? p->row : last) ? p->row + (size_t)by : last;
    screen_sheet_moved(s);
}

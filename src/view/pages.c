/* pages.c - what Enter opens: evidence with its raw result, a hypothesis, a tool call, a resource;
 * and the help page. A page is styled paragraphs, some of them links, and then the lines of a raw
 * result. */
#include "src/view/tree_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/model/refutation.h"

#define LABEL_CELLS 12

static const struct detail_state *top_page(const struct screen *s)
{
    return &s->stack[s->depth - 1];
}

const char *page_title(const struct screen *s)
{
    switch (top_page(s)->page) {
    case PAGE_EVIDENCE:
        return "Evidence";
    case PAGE_HYPOTHESIS:
        return "Hypothesis";
    case PAGE_TOOL:
        return "Query";
    case PAGE_RESOURCE:
        return "Resource";
    case PAGE_APPROVALS:
        return "Approvals";
    case PAGE_APPROVAL:
        return "Approval";
    case PAGE_HELP:
        return "Keys";
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

/* "Label       text", the text hanging. */
static void field(struct rich *r, const char *label, enum style style, const char *text)
{
    if (!*text)
        return;
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, label);
    rich_adds(r, style, text);
}

static void field_number(struct rich *r, const char *label, double v, const char *unit)
{
    char text[48];

    if (!isfinite(v))
        return;
    num_human(v, unit, text);
    field(r, label, STYLE_TEXT, text);
}

static void field_time(struct rich *r, const char *label, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    field(r, label, STYLE_TEXT, text);
}

static void add_window(struct rich *r, const struct evidence *e)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], text[128], length[TIME_TEXT_MAX];

    if (!e->window_start_ms && !e->window_end_ms)
        return;
    time_format_rfc3339(e->window_start_ms, from);
    time_format_rfc3339(e->window_end_ms, to);
    duration_format(e->window_end_ms - e->window_start_ms, length);
    snprintf(text, sizeof(text), "%s to %s  (%s)", from, to, length);
    field(r, "window", STYLE_TEXT, text);
}

static void add_change(struct rich *r, const struct evidence *e)
{
    char before[48], after[48];

    if (!isfinite(e->after) && !isfinite(e->before))
        return;
    if (!isfinite(e->before) || !isfinite(e->after)) {
        field_number(r, "value", isfinite(e->after) ? e->after : e->before, e->unit);
        return;
    }
    num_human(e->before, e->unit, before);
    num_human(e->after, e->unit, after);
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "change");
    rich_adds(r, STYLE_TEXT, before);
    rich_adds(r, STYLE_DIM, r->ascii ? " > " : " → ");
    rich_adds(r, STYLE_STRONG, after);
    if (e->before != 0 && fabs(e->after / e->before) < 1e6)
        rich_addf(r, STYLE_DIM, "  (%.3g times)", e->after / e->before);
}

static void add_call(struct rich *r, const struct model *m, const char *call)
{
    const struct tool_run *t = model_tool(m, call);
    char took[TIME_TEXT_MAX];

    if (!t)
        return;
    duration_format(t->duration_ms, took);
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "from");
    rich_adds(r, STYLE_TOOL, t->tool);
    rich_addf(r, STYLE_TEXT, "  %s", t->title);
    rich_addf(r, STYLE_DIM, "  %s, %s", t->ended ? tool_status_name(t->status) : "running", took);
}

static void add_raw_header(const struct screen *s, struct rich *r, const char *blob,
                           const struct tool_run *t)
{
    char size[48];

    blank(r);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "Raw result");
    if (!*blob) {
        rich_adds(r, STYLE_DIM, "  none was kept");
        return;
    }
    if (t) {
        num_human((double)t->size_bytes, "bytes", size);
        rich_addf(r, STYLE_DIM, "  %s %s", size, t->content_type);
    }
    rich_addf(r, STYLE_DIM, "  sha256 %.12s", blob);
    if (strcmp(s->raw.hash, blob) == 0 && *s->raw.problem) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DANGER, s->raw.problem);
    }
}

static void lay_missing(struct rich *r, const char *id)
{
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_DIM, "%s is not part of this investigation.", id);
}

static void lay_evidence(const struct screen *s, const struct model *m, struct rich *r,
                         const char *id)
{
    const struct evidence *e = model_evidence(m, id);

    if (!e) {
        lay_missing(r, id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_EVIDENCE, "%s  ", e->id);
    rich_adds(r, strength_style(e->strength), strength_name(e->strength));
    if (*e->hypothesis)
        rich_addf(r, STYLE_DIM, "  for %s", e->hypothesis);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_STRONG, e->statement);
    blank(r);
    field(r, "query", STYLE_CODE, e->query);
    add_call(r, m, e->call);
    add_window(r, e);
    field_time(r, "onset", e->onset_ms);
    add_change(r, e);
    field(r, "service", STYLE_TEXT, e->service);
    field(r, "metric", STYLE_TEXT, e->metric);
    field(r, "resource", STYLE_TEXT, e->resource);
    field_number(r, "score", e->score, "");
    field(r, "shows", STYLE_TEXT,
          e->direct     ? "the cause itself"
          : e->temporal ? "a change at the incident's start"
                        : "");
    add_raw_header(s, r, e->blob, model_tool(m, e->call));
}

static void lay_tool(const struct screen *s, const struct model *m, struct rich *r, const char *id)
{
    const struct tool_run *t = model_tool(m, id);

    if (!t) {
        lay_missing(r, id);
        return;
    }
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_TOOL, t->tool);
    rich_addf(r, STYLE_DIM, "  %s", t->call);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_STRONG, t->title);
    blank(r);
    field(r, "query", STYLE_CODE, t->query);
    field(r, "arguments", STYLE_CODE, t->args);
    field(r, "tests", STYLE_TEXT, t->hypothesis);
    add_call(r, m, id);
    field(r, "answer", STYLE_TEXT, t->summary);
    field(r, "error", STYLE_DANGER, t->error);
    add_raw_header(s, r, t->blob, t);
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
        rich_addf(r, STYLE_EVIDENCE, "%-4s ", e->id);
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
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, first ? "confidence" : "");
    rich_addf(r, term.ptr[0] == '-' ? STYLE_DANGER : STYLE_TEXT, "%.*s", STR_FMT(term));
}

static void lay_hypothesis(const struct model *m, struct rich *r, const char *id)
{
    const struct hypothesis *h = model_hypothesis(m, id);
    struct buf looked = BUF_INIT(1024);

    if (!h) {
        lay_missing(r, id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_HEADING, "%s  ", h->id);
    rich_adds(r, hyp_style(h->status), *h->rejected_by ? "rejected" : hyp_status_name(h->status));
    if (isfinite(h->confidence))
        rich_addf(r, STYLE_STRONG, "  %.0f %%", h->confidence * 100);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_STRONG, h->statement);
    blank(r);
    field(r, "because", STYLE_TEXT, h->reason);
    if (*h->rejected_by)
        field(r, "rejected", STYLE_TEXT,
              strcmp(h->rejected_by, h->id) == 0 ? "by you; X takes it back" : h->rejected_by);
    for (size_t i = 0; tree_term(h, i).len; i++)
        add_term(r, i == 0, tree_term(h, i));
    field(r, "proposed", STYLE_TEXT, h->rationale);
    field(r, "refuted by", STYLE_TEXT, h->refutes);
    if (*h->refutes) {
        hyp_refutation_words(m, h, &looked);
        field(r, "", STYLE_DIM, buf_cstr(&looked));
    }
    buf_release(&looked);
    field(r, "kind", STYLE_TEXT, h->kind);
    field(r, "category", STYLE_TEXT, category_name(h->category));
    field(r, "pattern", STYLE_TEXT, h->pattern);
    field(r, "resource", STYLE_TEXT, h->resource);
    field(r, "service", STYLE_TEXT, h->service);
    field(r, "metric", STYLE_TEXT, h->metric);
    add_evidence_links(m, r, h);
    add_gaps(m, r, h);
}

static void lay_resource(const struct model *m, struct rich *r, const char *id)
{
    const struct resource *res = model_resource(m, id);

    if (!res) {
        lay_missing(r, id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_STRONG, "%s  ", res->name);
    rich_adds(r, health_style(res->health), health_name(res->health));
    blank(r);
    field(r, "kind", STYLE_TEXT, res->kind);
    field(r, "status", STYLE_TEXT, res->status);
    field(r, "detail", STYLE_TEXT, res->detail);
    field(r, "measured", STYLE_TEXT, res->metric);
    field_number(r, "value", res->value, res->unit);
    field_number(r, "limit", res->limit, res->unit);
    field(r, "part of", STYLE_TEXT, res->parent);
    field(r, "key", STYLE_CODE, res->key);
    field_time(r, "seen", res->seen_ms);
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
    case PAGE_EVIDENCE:
        lay_evidence(s, m, r, p->id);
        break;
    case PAGE_HYPOTHESIS:
        lay_hypothesis(m, r, p->id);
        break;
    case PAGE_TOOL:
        lay_tool(s, m, r, p->id);
        break;
    case PAGE_RESOURCE:
        lay_resource(m, r, p->id);
        break;
    case PAGE_APPROVALS:
        lay_approvals(s, m, r);
        break;
    case PAGE_APPROVAL:
        lay_approval(s, m, r, p->id);
        break;
    case PAGE_HELP:
        lay_help(s, r);
        break;
    case PAGE_WAR_ROOM:
        break;
    }
}

/* ---- the raw result ---- */

const char *screen_wants_blob(const struct screen *s, const struct model *m)
{
    const struct evidence *e;
    const struct tool_run *t;
    const char *blob = "";

    if (!s->depth)
        return NULL;
    if (top_page(s)->page == PAGE_EVIDENCE) {
        e = model_evidence(m, top_page(s)->id);
        blob = e ? e->blob : "";
    } else if (top_page(s)->page == PAGE_TOOL) {
        t = model_tool(m, top_page(s)->id);
        blob = t ? t->blob : "";
    }
    return *blob && strcmp(blob, s->raw.hash) != 0 ? blob : NULL;
}

static bool shows_raw(const struct screen *s, const struct model *m)
{
    const struct detail_state *p = top_page(s);
    const struct evidence *e = p->page == PAGE_EVIDENCE ? model_evidence(m, p->id) : NULL;
    const struct tool_run *t = p->page == PAGE_TOOL ? model_tool(m, p->id) : NULL;
    const char *blob = e ? e->blob : t ? t->blob : "";

    return *blob && strcmp(blob, s->raw.hash) == 0 && !*s->raw.problem;
}

/* JSON on one line is unreadable: break it after commas and brackets, for the eye only. */
static void break_json(struct buf *out, struct str text)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool open = c == '{' || c == '[', close = c == '}' || c == ']';
        bool hollow =
            open && i + 1 < text.len && (text.ptr[i + 1] == '}' || text.ptr[i + 1] == ']');

        if (quoted && c == '\\' && i + 1 < text.len) {
            buf_add(out, text.ptr + i++, 2);
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        if (quoted || c == '"') {
            buf_addc(out, c);
            continue;
        }
        if (hollow) {
            buf_add(out, text.ptr + i++, 2);
            continue;
        }
        depth += open - close;
        depth = depth < 0 ? 0 : depth;
        if (close)
            buf_addf(out, "\n%*s", 2 * (depth > 20 ? 20 : depth), "");
        buf_addc(out, c);
        if (c == ':')
            buf_addc(out, ' ');
        if (open || c == ',')
            buf_addf(out, "\n%*s", 2 * (depth > 20 ? 20 : depth), "");
    }
}

static bool one_line_json(struct str text)
{
    struct str t = str_trim(text);

    return t.len > 80 && (t.ptr[0] == '{' || t.ptr[0] == '[') && !memchr(t.ptr, '\n', t.len);
}

void screen_set_raw(struct screen *s, const char *hash, struct str text, const char *problem)
{
    struct buf broken = BUF_INIT(4 * SCREEN_RAW_MAX);

    snprintf(s->raw.hash, sizeof(s->raw.hash), "%s", hash);
    snprintf(s->raw.problem, sizeof(s->raw.problem), "%s", problem ? problem : "");
    buf_release(&s->raw.text);
    buf_init(&s->raw.text, 8 * SCREEN_RAW_MAX);
    s->raw.lines_width = 0;
    if (problem)
        return;
    if (text.len > SCREEN_RAW_MAX)
        text.len = SCREEN_RAW_MAX;
    if (one_line_json(text)) {
        break_json(&broken, str_trim(text));
        text = buf_str(&broken);
    }
    text_sanitize(&s->raw.text, text, true, false);
    buf_release(&broken);
}

struct raw_wrapping {
    struct screen *s;
};

static void on_raw_line(void *ctx, struct str line, int width_cells)
{
    struct raw_wrapping *w = ctx;

    (void)width_cells;
    *VEC_PUSH(&w->s->raw.lines) =
        (struct span){line.len ? (size_t)(line.ptr - w->s->raw.text.ptr) : 0, line.len};
}

void raw_wrap(struct screen *s, int width)
{
    struct raw_wrapping w = {s};

    if (s->raw.lines_width == width)
        return;
    s->raw.lines.count = 0;
    s->raw.lines_width = width;
    if (s->raw.text.len)
        text_wrap(buf_str(&s->raw.text), width, on_raw_line, &w);
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

static void draw_raw(struct screen *s, struct canvas *c, struct rect r, size_t before, size_t top)
{
    for (int i = 0; i < r.h; i++) {
        size_t at = top + (size_t)i;

        if (at < before || at - before >= s->raw.lines.count)
            continue;
        canvas_text(c, r.x + 2, r.y + i, r.w - 4, STYLE_CODE,
                    (struct str){s->raw.text.ptr + s->raw.lines.items[at - before].at,
                                 s->raw.lines.items[at - before].len});
    }
}

void page_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    struct detail_state *p = &s->stack[s->depth - 1];
    struct rect was = canvas_clip(c, r);
    struct rich rich;
    struct page_drawing d = {.s = s, .c = c, .r = r, .rich = &rich, .selected = p->row + 1};
    size_t view = (size_t)r.h, total;
    bool raw = shows_raw(s, m);

    rich_init(&rich, c->glyphs == GLYPHS_ASCII);
    page_lay(s, m, &rich);
    total = rich_lines(&rich, r.w - 4, on_page_line, &d);
    if (raw) {
        raw_wrap(s, r.w - 4);
        total += s->raw.lines.count;
    }
    s->page_links = d.links;
    s->page_lines = total;
    if (d.links && p->row >= d.links)
        p->row = d.links - 1;
    if (p->top + view > total)
        p->top = total > view ? total - view : 0;
    if (d.links && d.link_line < p->top)
        p->top = d.link_line;
    else if (d.links && d.link_line >= p->top + view)
        p->top = d.link_line - view + 1;
    d.selected = p->row + 1;
    d.top = p->top;
    d.line = 0;
    d.draw = true;
    total = rich_lines(&rich, r.w - 4, on_page_line, &d);
    if (raw)
        draw_raw(s, c, r, total, p->top);
    canvas_unclip(c, was);
    draw_scroll(c, r, p->top, view, s->page_lines);
    rich_release(&rich);
}

void page_move(struct screen *s, const struct model *m, long by)
{
    struct detail_state *p = &s->stack[s->depth - 1];
    size_t *at = s->page_links ? &p->row : &p->top;
    size_t last = s->page_links                       ? s->page_links - 1
                  : s->page_lines > (size_t)s->body.h ? s->page_lines - (size_t)s->body.h
                                                      : 0;

    (void)m;
    if (by < 0)
        *at -= (size_t)-by < *at ? (size_t)-by : *at;
    else
        *at = (size_t)by < last - (*at < last ? *at : last) ? *at + (size_t)by : last;
}

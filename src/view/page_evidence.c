/* page_evidence.c - an evidence, or a query: what it says, its chart, where it is from, and the raw
 * result. One page that scrolls: words, chart and facts (side by side on a wide screen), raw lines.
 * Keys go to the chart (cursor, zoom) or to the raw result (sideways), Tab changes; scrolling and
 * searching are the page's. */
#include "src/view/evidence_priv.h"

#include <math.h>
#include <stdio.h>

#define BESIDE_CELLS 130 /* facts and chart side by side from this width on */
#define HISTOGRAM_ROWS 8
#define BARS_SHOWN 14

/* The evidence that is selected on the page of a hypothesis. */
static bool find_selected(const struct model *m, const struct detail_state *p,
                          struct evidence_subject *ret)
{
    const struct hypothesis *h = model_hypothesis(m, p->id);

    if (!h || p->row >= h->evidence.count)
        return false;
    ret->e = &m->evidence.items[h->evidence.items[p->row]];
    ret->id = ret->e->id;
    ret->t = model_tool(m, ret->e->call);
    ret->blob = ret->e->blob;
    return true;
}

/* A pasted text is a result that no query gave. */
static const struct tool_run pasted = {.call = "",
                                       .tool = "pasted",
                                       .title = "goes with the question as it is",
                                       .hypothesis = "",
                                       .args = "",
                                       .query = "",
                                       .ended = true,
                                       .summary = "",
                                       .error = "",
                                       .blob = "",
                                       .content_type = ""};

static bool find_subject(const struct screen *s, const struct model *m,
                         struct evidence_subject *ret)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;

    *ret = (struct evidence_subject){.blob = ""};
    if (!p)
        return false;
    ret->id = p->id;
    if (p->page == PAGE_EVIDENCE) {
        ret->e = model_evidence(m, p->id);
        ret->t = ret->e ? model_tool(m, ret->e->call) : NULL;
        ret->blob = ret->e ? ret->e->blob : "";
        return ret->e != NULL;
    }
    if (p->page == PAGE_HYPOTHESIS)
        return find_selected(m, p, ret);
    if (p->page == PAGE_TOOL) {
        ret->t = model_tool(m, p->id);
        ret->blob = ret->t ? ret->t->blob : "";
    } else if (p->page == PAGE_PASTED) {
        ret->t = &pasted;
        ret->blob = p->id;
    }
    return ret->t != NULL;
}

bool screen_on_evidence(const struct screen *s)
{
    enum page page = s->depth ? s->stack[s->depth - 1].page : PAGE_WAR_ROOM;

    return page == PAGE_EVIDENCE || page == PAGE_TOOL || page == PAGE_PASTED;
}

const char *screen_wants_blob(const struct screen *s, const struct model *m)
{
    struct evidence_subject sub;

    if (!find_subject(s, m, &sub))
        return NULL;
    return *sub.blob && strcmp(sub.blob, s->raw.hash) != 0 ? sub.blob : NULL;
}

bool evidence_has_raw(const struct screen *s, const struct evidence_subject *sub)
{
    return *sub->blob && strcmp(sub->blob, s->raw.hash) == 0 && !*s->raw.problem;
}

/* The numbers of the raw result as this page sees them; NULL: none. Read once a page. */
static const struct series_set *numbers(struct screen *s, const struct evidence_subject *sub)
{
    struct series_hint hint = evidence_hint(sub->e, sub->t);

    if (!evidence_has_raw(s, sub))
        return NULL;
    if (strcmp(s->raw.series_of, sub->id) != 0) {
        series_read(&s->raw.series, buf_str(&s->raw.bytes), &hint);
        id_copy(s->raw.series_of, sub->id);
    }
    return s->raw.series.series.count || s->raw.series.bars.count || s->raw.series.values.count
               ? &s->raw.series
               : NULL;
}

/* ---- the chart ---- */

enum picture { PICTURE_NONE, PICTURE_LINES, PICTURE_BARS, PICTURE_HISTOGRAM, PICTURE_CHANGE };

/* Where the parts of the page are, in rows of the page. */
struct plan {
    struct evidence_subject sub;
    const struct series_set *set;
    enum picture picture;
    bool beside;
    int width, facts_width;
    size_t head, pic, facts, raw_head, raw; /* rows of each */
    struct rich words, details, header;
};

static enum picture pick_picture(const struct evidence_subject *sub, const struct series_set *set)
{
    if (set && set->series.count)
        return PICTURE_LINES;
    if (set && set->values.count)
        return PICTURE_HISTOGRAM;
    if (set && set->bars.count)
        return PICTURE_BARS;
    if (sub->e && isfinite(sub->e->before) && isfinite(sub->e->after))
        return PICTURE_CHANGE;
    return PICTURE_NONE;
}

static size_t picture_rows(const struct plan *p, int body_h)
{
    size_t bars = p->set ? p->set->bars.count : 0;
    int lines = body_h * 40 / 100;

    switch (p->picture) {
    case PICTURE_LINES:
        return (size_t)(lines < 8 ? 8 : lines < 11 && body_h >= 18 ? 11 : lines > 20 ? 20 : lines);
    case PICTURE_BARS:
        return (bars > BARS_SHOWN ? BARS_SHOWN : bars) + 1;
    case PICTURE_HISTOGRAM:
        return HISTOGRAM_ROWS + 2;
    case PICTURE_CHANGE:
        return 2;
    case PICTURE_NONE:
        break;
    }
    return 0;
}

static void draw_change(struct canvas *c, struct rect r, const struct evidence *e)
{
    const struct chart_bar bars[] = {{"before", e->before, STYLE_BAR},
                                     {"after", e->after, STYLE_WARNING}};

    chart_bars(c, r, bars, 2, e->unit);
}

static void draw_lines_chart(struct screen *s, const struct model *m, const struct plan *p,
                             struct canvas *c, struct rect r)
{
    struct evidence_chart chart;

    evidence_chart_make(&chart, m, p->sub.e, p->set, s->evidence.all);
    if (strcmp(s->evidence.of, p->sub.id) != 0) {
        evidence_first_view(&chart.chart, &s->evidence.view);
        s->evidence.raw = false;
        id_copy(s->evidence.of, p->sub.id);
    }
    chart.chart.view = &s->evidence.view;
    chart.chart.focus = !s->evidence.raw;
    s->evidence.extent = chart_extent(&chart.chart);
    s->evidence.charted = true;
    chart_draw(&chart.chart, c, r);
}

static void draw_picture(struct screen *s, const struct model *m, const struct plan *p,
                         struct canvas *c, struct rect r)
{
    struct buf words = BUF_INIT(400);

    switch (p->picture) {
    case PICTURE_LINES:
        draw_lines_chart(s, m, p, c, r);
        break;
    case PICTURE_BARS:
        canvas_cstr(c, r.x, r.y, r.w, STYLE_STRONG, p->set->title);
        chart_bars(c, (struct rect){r.x, r.y + 1, r.w, r.h - 1}, p->set->bars.items,
                   p->set->bars.count, p->set->unit);
        break;
    case PICTURE_HISTOGRAM:
        canvas_cstr(c, r.x, r.y, r.w, STYLE_STRONG, p->set->title);
        series_values_words(p->set, &words);
        canvas_cstr(c, r.x, r.y + 1, r.w, STYLE_DIM, buf_cstr(&words));
        chart_histogram(c, (struct rect){r.x, r.y + 2, r.w, r.h - 2}, p->set->values.items,
                        p->set->values.count, p->set->unit);
        break;
    case PICTURE_CHANGE:
        draw_change(c, r, p->sub.e);
        break;
    case PICTURE_NONE:
        break;
    }
    buf_release(&words);
}

/* ---- the page ---- */

static void make_plan(struct screen *s, const struct model *m, struct plan *p, int width,
                      int body_h)
{
    p->set = numbers(s, &p->sub);
    p->picture = pick_picture(&p->sub, p->set);
    p->beside = width >= BESIDE_CELLS && p->picture != PICTURE_NONE;
    p->width = width;
    p->facts_width = p->beside ? width * 42 / 100 : width;
    evidence_lay_head(&p->sub, &p->words);
    if (p->sub.e)
        evidence_lay_evidence_facts(s, m, &p->sub, &p->details, p->facts_width - LABEL_CELLS);
    else
        evidence_lay_query_facts(s, m, &p->sub, &p->details, p->facts_width - LABEL_CELLS);
    evidence_lay_raw_head(s, &p->sub, &p->header);
    p->head = rich_lines(&p->words, width, NULL, NULL);
    p->facts = rich_lines(&p->details, p->facts_width, NULL, NULL);
    p->pic = picture_rows(p, body_h);
    if (p->beside && p->picture == PICTURE_LINES && p->pic < p->facts)
        p->pic = p->facts < (size_t)body_h ? p->facts : p->pic;
    p->raw_head = rich_lines(&p->header, width, NULL, NULL);
    p->raw = evidence_has_raw(s, &p->sub) ? raw_lines(s, width) : 0;
}

/* Rows of chart and facts together; a blank row stands between them when they are stacked. */
static size_t middle_rows(const struct plan *p)
{
    if (p->beside)
        return p->pic > p->facts ? p->pic : p->facts;
    return p->pic + (p->pic > 0) + p->facts;
}

struct writing {
    const struct rich *rich;
    struct canvas *c;
    int x, y, width; /* y: of the first line */
    int at;
};

static void on_line(void *ctx, const struct rich_line *line)
{
    struct writing *w = ctx;

    rich_draw(w->rich, w->c, w->x, w->y + w->at++, w->width, line);
}

static void write_rich(struct canvas *c, const struct rich *r, int x, int y, int width)
{
    struct writing w = {r, c, x, y, width, 0};

    rich_lines(r, width, on_line, &w);
}

static void draw_middle(struct screen *s, const struct model *m, const struct plan *p,
                        struct canvas *c, int x, int y)
{
    int right = x + p->facts_width + 3;

    if (p->beside) {
        write_rich(c, &p->details, x, y, p->facts_width);
        draw_picture(s, m, p, c,
                     (struct rect){right, y, p->width - p->facts_width - 3, (int)p->pic});
        return;
    }
    draw_picture(s, m, p, c, (struct rect){x, y, p->width, (int)p->pic});
    write_rich(c, &p->details, x, y + (int)p->pic + (p->pic > 0), p->facts_width);
}

static void draw_raw_lines(const struct screen *s, struct canvas *c, struct rect r, int y,
                           size_t count)
{
    size_t skip = y < r.y ? (size_t)(r.y - y) : 0;

    for (size_t i = skip; i < count && y + (int)i < r.y + r.h; i++)
        raw_draw_line(s, c, (struct rect){r.x + 2, y + (int)i, r.w - 4, 1}, i);
}

static void draw_parts(struct screen *s, const struct model *m, const struct plan *p,
                       struct canvas *c, struct rect r, size_t top)
{
    /* Far above the edge nothing is drawn, so that rows fit an int. */
    long y = (long)r.y - (top > INT32_MAX / 2 ? INT32_MAX / 2 : (long)top);

    if (y + (long)(s->evidence.raw_at) > r.y) {
        write_rich(c, &p->words, r.x + 2, (int)y, p->width);
        draw_middle(s, m, p, c, r.x + 2, (int)y + (int)p->head);
        write_rich(c, &p->header, r.x + 2, (int)y + (int)(p->head + middle_rows(p)), p->width);
    }
    draw_raw_lines(s, c, r, (int)y + (int)s->evidence.raw_at, p->raw);
}

static void draw_missing(const struct screen *s, struct canvas *c, struct rect r)
{
    char text[SCREEN_ID_MAX + 64];

    snprintf(text, sizeof(text), "%s is not part of this investigation.",
             s->stack[s->depth - 1].id);
    canvas_cstr(c, r.x + 2, r.y, r.w - 4, STYLE_DIM, text);
}

void evidence_page_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    struct detail_state *page = &s->stack[s->depth - 1];
    struct plan p = {.picture = PICTURE_NONE};
    struct rect was = canvas_clip(c, r);
    bool ascii = c->glyphs == GLYPHS_ASCII;

    s->page_links = s->page_lines = 0;
    s->evidence.charted = false;
    if (!find_subject(s, m, &p.sub)) {
        draw_missing(s, c, r);
        canvas_unclip(c, was);
        return;
    }
    rich_init(&p.words, ascii);
    rich_init(&p.details, ascii);
    rich_init(&p.header, ascii);
    make_plan(s, m, &p, r.w - 4, r.h);
    s->evidence.raw_at = p.head + middle_rows(&p) + p.raw_head;
    s->page_lines = s->evidence.raw_at + p.raw;
    if (page->top + (size_t)r.h > s->page_lines)
        page->top = s->page_lines > (size_t)r.h ? s->page_lines - (size_t)r.h : 0;
    draw_parts(s, m, &p, c, r, page->top);
    canvas_unclip(c, was);
    draw_scroll(c, r, page->top, (size_t)r.h, s->page_lines);
    rich_release(&p.words);
    rich_release(&p.details);
    rich_release(&p.header);
}

/* ---- under a hypothesis ---- */

#define DOCK_BODY_MIN 24 /* rows of a page that has room for it */
#define DOCK_ROWS 11

int evidence_dock(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    const struct series_set *set;
    struct evidence_chart chart;
    struct chart_view view = {.columns = 0};
    struct evidence_subject sub;
    int y = r.y + r.h - DOCK_ROWS;

    if (r.h < DOCK_BODY_MIN || !find_subject(s, m, &sub))
        return 0;
    set = numbers(s, &sub);
    if (!set || !set->series.count)
        return 0;
    evidence_chart_make(&chart, m, sub.e, set, false);
    evidence_first_view(&chart.chart, &view);
    chart.chart.view = &view;
    canvas_hline(c, r.x + 2, y, r.w - 4, STYLE_FRAME);
    canvas_printf(c, r.x + 4, y, r.w - 8, STYLE_EVIDENCE, " %s ", sub.id);
    chart_draw(&chart.chart, c, (struct rect){r.x + 2, y + 1, r.w - 4, DOCK_ROWS - 1});
    return DOCK_ROWS;
}

/* answer.c - what was concluded: a band over the panes of the war room that is read in one look
 * (what is wrong, how sure, why, what to do, what was not seen, what was ruled out), and the page
 * of all of it. The band gives its few rows to what matters most; each row is cut at the edge, as
 * the page has it whole. While a question is being answered there is neither. */
#include "src/view/view_priv.h"

#include <math.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/model/refutation.h"

#define LABEL_CELLS 11
#define LEAST_ROWS 16 /* of a terminal that has room for a band */
#define IDS_MAX 4     /* evidence that the band cites */
#define RULED_MAX 4   /* hypotheses that the band names */
#define RANKS_MAX 5   /* candidates of the page */

static bool is_known(const struct model *m)
{
    return m->conclusion.verdict != VERDICT_NONE && !m->turn_running;
}

bool screen_has_answer(const struct model *m)
{
    return is_known(m);
}

/* ---- what the model says of it ---- */

static bool stands(const struct hypothesis *h)
{
    return h->status == HYP_SUPPORTED || h->status == HYP_CONFIRMED;
}

/* What the answer rests on: the cause, or what came nearest to one. */
static const struct hypothesis *subject(const struct model *m)
{
    const struct hypothesis *best = NULL;

    if (m->conclusion.has_root_cause)
        return model_hypothesis(m, m->conclusion.root_cause.hypothesis);
    if (m->candidates.count) /* the first of the ranking, as the verdict has it */
        best = model_hypothesis(m, m->candidates.items[0].hypothesis);
    if (best && stands(best))
        return best;
    best = NULL;
    for (size_t i = 0; i < m->hypotheses.count; i++) {
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (stands(h) && (!best || h->confidence > best->confidence))
            best = h;
    }
    return best;
}

/* Given up because nothing of it could be seen. */
static bool is_left_open(const struct model *m, const struct hypothesis *h)
{
    return h->status == HYP_PRUNED && !hyp_is_ruled_out(m, h);
}

static size_t cited(const struct model *m)
{
    const struct hypothesis *h = subject(m);

    return m->conclusion.has_root_cause ? m->conclusion.root_cause.evidence.count
           : h                          ? h->evidence.count
                                        : 0;
}

static const struct evidence *cited_at(const struct model *m, size_t i)
{
    return m->conclusion.has_root_cause
               ? model_evidence(m, m->conclusion.root_cause.evidence.items[i])
               : &m->evidence.items[subject(m)->evidence.items[i]];
}

/* The evidence that says most: strong before weak, then the first. */
static const struct evidence *best_cited(const struct model *m)
{
    const struct evidence *best = NULL;

    for (size_t i = 0; i < cited(m); i++) {
        const struct evidence *e = cited_at(m, i);

        if (e && (!best || e->strength < best->strength))
            best = e;
    }
    return best;
}

static const char *statement_of(const struct model *m)
{
    return m->conclusion.has_root_cause ? m->conclusion.root_cause.statement
                                        : m->conclusion.summary;
}

/* ---- rows ---- */

static void label(struct rich *r, enum style style, const char *words)
{
    rich_addf(r, style, "%-*s", LABEL_CELLS, words);
}

/* "latency_p99 33.5 ms → 494 ms since 08:56:09": what a long sentence says, in little room. */
static void put_change(struct rich *r, const struct evidence *e)
{
    char before[48], after[48], since[TIME_TEXT_MAX];

    num_human(e->before, e->unit, before);
    num_human(e->after, e->unit, after);
    if (*e->metric)
        rich_addf(r, STYLE_TEXT, "%s ", e->metric);
    if (*e->service)
        rich_addf(r, STYLE_TEXT, "of %s ", e->service);
    rich_addf(r, STYLE_TEXT, "%s ", before);
    rich_adds(r, STYLE_TEXT, glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, GLYPH_ARROW));
    rich_addf(r, STYLE_STRONG, " %s", after);
    if (e->onset_ms <= 0)
        return;
    time_format_hms(e->onset_ms, false, since);
    rich_addf(r, STYLE_TEXT, " since %s", since);
}

static bool has_change(const struct evidence *e)
{
    return isfinite(e->before) && isfinite(e->after) && e->before != e->after;
}

static void put_verdict(const struct model *m, struct rich *r, bool wrapped)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_NONE] = "",
        [VERDICT_ROOT_CAUSE] = "Root cause",
        [VERDICT_INCONCLUSIVE] = "Inconclusive",
        [VERDICT_NO_ACTION] = "Nothing wrong found",
        [VERDICT_FAILED] = "Failed",
    };
    const struct conclusion *k = &m->conclusion;
    struct para *p = rich_para(r, 0, 2);

    p->whole = !wrapped;
    rich_addf(r, verdict_style(k->verdict), "%s ",
              glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, verdict_glyph(k->verdict)));
    rich_adds(r, verdict_style(k->verdict), words[k->verdict]);
    if (k->verdict == VERDICT_ROOT_CAUSE && isfinite(k->confidence))
        rich_addf(r, STYLE_STRONG, " %.0f %%", k->confidence * 100);
    rich_adds(r, STYLE_STRONG, "  ");
    rich_adds(r, STYLE_STRONG, statement_of(m));
}

static bool put_likely(const struct model *m, struct rich *r, int width)
{
    const struct hypothesis *h = subject(m);

    if (m->conclusion.has_root_cause || !h)
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_DIM, "likeliest");
    rich_addf(r, STYLE_HEADING, "%s ", h->id);
    if (isfinite(h->confidence))
        rich_addf(r, hyp_style(h->status), "%.0f %% ", h->confidence * 100);
    rich_adds(r, STYLE_TEXT, h->statement);
    return true;
}

/* The reasoning, where no evidence says the same. */
static const char *reasoning(const struct model *m)
{
    const struct hypothesis *h = subject(m);

    if (!h || !stands(h))
        return "";
    for (size_t i = 0; i < cited(m); i++)
        if (cited_at(m, i) && strcmp(cited_at(m, i)->statement, h->reason) == 0)
            return "";
    return h->reason;
}

static bool put_why(const struct model *m, struct rich *r, int width)
{
    if (!*reasoning(m))
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_DIM, "why this");
    rich_adds(r, STYLE_TEXT, reasoning(m));
    return true;
}

static bool put_because(const struct model *m, struct rich *r, int width)
{
    const struct evidence *best = best_cited(m);
    size_t n = cited(m);

    if (!best)
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_DIM, "because");
    for (size_t i = 0; i < n && i < IDS_MAX; i++)
        if (cited_at(m, i)) {
            rich_id(r, STYLE_EVIDENCE, cited_at(m, i)->id, 0);
            rich_adds(r, STYLE_TEXT, " ");
        }
    if (n > IDS_MAX)
        rich_addf(r, STYLE_DIM, "+%zu ", n - IDS_MAX);
    if (has_change(best) && text_width(str_from(best->statement)) > width - LABEL_CELLS - 16)
        put_change(r, best);
    else
        rich_adds(r, STYLE_TEXT, best->statement);
    return true;
}

static bool put_proposal(const struct model *m, struct rich *r, int width)
{
    const struct remediation *d;

    if (!m->conclusion.remediation.count)
        return false;
    d = &m->conclusion.remediation.items[0];
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_DIM, "proposed");
    rich_adds(r, STYLE_TEXT, d->action);
    if (*d->command)
        rich_addf(r, STYLE_CODE, "  %s", d->command);
    if (*d->act)
        rich_addf(r, STYLE_DIM, "  runbook act %s", d->act);
    return true;
}

static bool put_unseen(const struct model *m, struct rich *r, int width)
{
    size_t n = m->gaps.count;

    if (!n)
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_WARNING, "not seen");
    if (n > 1)
        rich_addf(r, STYLE_WARNING, "%zu: ", n);
    for (size_t i = 0; i < n && i < RULED_MAX; i++) {
        const struct gap *g = &m->gaps.items[i];

        rich_adds(r, STYLE_TEXT, g->what);
        rich_addf(r, STYLE_DIM, "  %s%s", n == 1 || !*g->code ? g->why : g->code,
                  i + 1 < n ? "; " : "");
    }
    return true;
}

/* The first of several, without Markdown's marks. */
static bool put_first(struct rich *r, enum style style, const char *name, const char *const *texts,
                      size_t n)
{
    if (!n)
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, style, name);
    if (n > 1)
        rich_addf(r, STYLE_DIM, "1 of %zu: ", n);
    for (const char *p = texts[0]; *p;) {
        size_t len = strcspn(p, "`");

        rich_add(r, STYLE_TEXT, (struct str){p, len});
        p += len + (p[len] == '`');
    }
    return true;
}

static bool put_also(const struct model *m, struct rich *r, int width)
{
    return put_first(r, STYLE_WARNING, "also", m->conclusion.also.items, m->conclusion.also.count);
}

static bool put_next(const struct model *m, struct rich *r, int width)
{
    return put_first(r, STYLE_DIM, "next", m->conclusion.next_checks.items,
                     m->conclusion.next_checks.count);
}

static bool put_ruled_out(const struct model *m, struct rich *r, int width)
{
    size_t n = 0, named = 0;

    VEC_EACH (h, &m->hypotheses)
        n += hyp_is_ruled_out(m, h);
    if (!n)
        return false;
    rich_para(r, 0, 0)->whole = true;
    label(r, STYLE_DIM, "ruled out");
    if (n > 1)
        rich_addf(r, STYLE_DIM, "%zu: ", n);
    VEC_EACH (h, &m->hypotheses) {
        if (!hyp_is_ruled_out(m, h) || named++ >= RULED_MAX)
            continue;
        rich_addf(r, STYLE_HEADING, "%s ", h->id);
        rich_addf(r, STYLE_TEXT, "%s%s", h->statement, named < n ? "; " : "");
    }
    return true;
}

/* In the order of reading, and which of them go first when there is too little room. */
typedef bool row_fn(const struct model *m, struct rich *r, int width);
static const struct {
    row_fn *put;
    int rank;
} rows[] = {
    {put_likely, 1},   {put_because, 2}, {put_also, 3}, {put_why, 8},
    {put_proposal, 4}, {put_unseen, 6},  {put_next, 5}, {put_ruled_out, 7},
};
#define ROW_KINDS (sizeof(rows) / sizeof(rows[0]))

/* Which rows say something, so many of them as there is room for, and the verdict over them. */
static int lay_band(const struct model *m, struct rich *r, int room, int width)
{
    bool says[ROW_KINDS];
    int used, last = (int)ROW_KINDS;

    for (size_t i = 0; i < ROW_KINDS; i++) {
        struct rich_mark here = rich_mark(r);

        says[i] = rows[i].put(m, r, width);
        rich_rewind(r, here);
    }
    put_verdict(m, r, true);
    used = (int)rich_lines(r, width, NULL, NULL);
    for (int n = 0;; last--, n = 0) {
        for (size_t i = 0; i < ROW_KINDS; i++)
            n += says[i] && rows[i].rank <= last;
        if (used + n <= room || last == 0)
            break;
    }
    for (size_t i = 0; i < ROW_KINDS; i++)
        if (says[i] && rows[i].rank <= last && rows[i].put(m, r, width))
            used++;
    return used < room ? used : room;
}

static int room_of(int rows_of_terminal)
{
    return rows_of_terminal < 20 ? 2 : rows_of_terminal < 24 ? 3 : rows_of_terminal < 30 ? 5 : 8;
}

int answer_rows(const struct screen *s, const struct model *m, int cols, int rows_)
{
    struct rich r;
    int used;

    if (!is_known(m) || rows_ < LEAST_ROWS || s->zoomed || s->depth || s->root != ROOT_WAR_ROOM)
        return 0;
    rich_init(&r, false);
    used = lay_band(m, &r, room_of(rows_), cols - 4);
    rich_release(&r);
    return used;
}

struct band {
    const struct rich *rich;
    struct canvas *c;
    struct rect r;
    int at;
};

static void on_line(void *ctx, const struct rich_line *line)
{
    struct band *b = ctx;

    if (b->at < b->r.h)
        rich_draw(b->rich, b->c, b->r.x + 1, b->r.y + b->at++, b->r.w - 2, line);
}

void answer_draw(const struct model *m, struct canvas *c, struct rect r)
{
    struct rect was = canvas_clip(c, r);
    struct rich rich;
    struct band b = {&rich, c, r, 0};

    rich_init(&rich, c->glyphs == GLYPHS_ASCII);
    lay_band(m, &rich, r.h, r.w - 2);
    rich_lines(&rich, r.w - 2, on_line, &b);
    rich_release(&rich);
    canvas_unclip(c, was);
}

/* ---- the page ---- */

static void heading(struct rich *r, const char *words, const char *more)
{
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, words);
    if (*more)
        rich_addf(r, STYLE_DIM, "  %s", more);
}

static void lay_cited(const struct model *m, struct rich *r, size_t *link)
{
    if (cited(m))
        heading(r, "Because", "");
    if (*reasoning(m)) {
        rich_para(r, 2, 2);
        rich_adds(r, STYLE_STRONG, reasoning(m));
    }
    for (size_t i = 0; i < cited(m); i++) {
        const struct evidence *e = cited_at(m, i);

        if (!e)
            continue;
        rich_para(r, 2, 7)->link = ++*link;
        rich_id(r, STYLE_EVIDENCE, e->id, 5);
        rich_addf(r, strength_style(e->strength), "%s  ", strength_name(e->strength));
        rich_adds(r, STYLE_TEXT, e->statement);
    }
}

/* What would have spoken against it, and that it was looked for. */
static void lay_refutation(const struct model *m, struct rich *r)
{
    const struct hypothesis *h = subject(m);
    struct buf words = BUF_INIT(1024);

    if (h && *h->refutes) {
        hyp_refutation_words(m, h, &words);
        rich_para(r, 2, 2);
        rich_addf(r, STYLE_DIM, "Refuted by: %s; %s", h->refutes, buf_cstr(&words));
    }
    buf_release(&words);
}

static void lay_proposals(const struct model *m, struct rich *r)
{
    if (m->conclusion.remediation.count)
        heading(r, "Proposed", "nothing was done");
    VEC_EACH (d, &m->conclusion.remediation) {
        rich_bullet(r, STYLE_TEXT, 2, str_from(d->action));
        rich_addf(r, STYLE_DIM, "  risk %s", approval_risk_name(d->risk));
        if (*d->command) {
            rich_para(r, 4, 6);
            rich_adds(r, STYLE_CODE, d->command);
        }
        if (*d->act) {
            rich_para(r, 4, 10);
            rich_adds(r, STYLE_DIM, "act   ");
            rich_addf(r, STYLE_CODE, "runbook act %s", d->act);
        }
        if (*d->rollback) {
            rich_para(r, 4, 10);
            rich_addf(r, STYLE_DIM, "undo  %s", d->rollback);
        }
        if (*d->watch) {
            rich_para(r, 4, 11);
            rich_addf(r, STYLE_DIM, "watch  %s", d->watch);
        }
    }
}

static void lay_unseen(const struct model *m, struct rich *r)
{
    if (m->gaps.count)
        heading(r, "Could not be looked at", "");
    VEC_EACH (g, &m->gaps) {
        rich_para(r, 2, 4);
        rich_addf(r, STYLE_TEXT, "%s  ", g->what);
        rich_adds(r, STYLE_DIM, g->why);
    }
}

static void lay_list(struct rich *r, const char *title, const char *const *texts, size_t n)
{
    if (n)
        heading(r, title, "");
    for (size_t i = 0; i < n; i++)
        rich_bullet(r, STYLE_TEXT, 2, str_from(texts[i]));
}

typedef bool hyp_test(const struct model *m, const struct hypothesis *h);

static void lay_pruned(const struct model *m, struct rich *r, size_t *link, hyp_test *is,
                       const char *title, const char *note)
{
    bool any = false;

    VEC_EACH (h, &m->hypotheses) {
        if (!is(m, h))
            continue;
        if (!any)
            heading(r, title, note);
        any = true;
        rich_para(r, 2, 7)->link = ++*link;
        rich_addf(r, STYLE_HEADING, "%-4s ", h->id);
        rich_adds(r, STYLE_TEXT, h->statement);
        if (*h->reason)
            rich_addf(r, STYLE_DIM, ": %s", h->reason);
    }
}

static void lay_ranking(const struct model *m, struct rich *r)
{
    if (m->candidates.count > 1)
        heading(r, "Ranking", "the candidates behind it");
    for (size_t i = 0; m->candidates.count > 1 && i < m->candidates.count && i < RANKS_MAX; i++) {
        const struct candidate *k = &m->candidates.items[i];

        rich_para(r, 2, 10);
        rich_addf(r, STYLE_DIM, "%lld. ", (long long)k->rank);
        rich_addf(r, STYLE_STRONG, "%.2f ", k->score);
        rich_adds(r, STYLE_TEXT, k->statement);
    }
}

static void lay_affected(const struct model *m, struct rich *r)
{
    const char *gap = "";

    if (!m->conclusion.affected_services.count)
        return;
    rich_para(r, 0, LABEL_CELLS);
    label(r, STYLE_DIM, "affected");
    VEC_EACH (name, &m->conclusion.affected_services) {
        rich_addf(r, STYLE_TEXT, "%s%s", gap, *name);
        gap = ", ";
    }
}

static void lay_confidence(const struct model *m, struct rich *r)
{
    const struct hypothesis *h = subject(m);

    if (!h)
        return;
    if (!m->conclusion.has_root_cause)
        put_likely(m, r, 0);
    if (*h->terms) {
        rich_para(r, 0, LABEL_CELLS);
        label(r, STYLE_DIM, "confidence");
        rich_adds(r, STYLE_TEXT, h->terms);
    }
}

void lay_answer(const struct model *m, struct rich *r)
{
    size_t link = 0;

    if (!is_known(m)) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM,
                  m->turn_running ? "There is no answer yet." : "Nothing was asked yet.");
        return;
    }
    put_verdict(m, r, true);
    if (m->conclusion.has_root_cause &&
        strcmp(m->conclusion.summary, m->conclusion.root_cause.statement) != 0) {
        rich_markdown(r, STYLE_TEXT, 2, str_from(m->conclusion.summary));
    }
    rich_para(r, 0, 0);
    lay_confidence(m, r);
    lay_affected(m, r);
    lay_cited(m, r, &link);
    lay_list(r, "Also off", m->conclusion.also.items, m->conclusion.also.count);
    lay_refutation(m, r);
    lay_proposals(m, r);
    lay_unseen(m, r);
    lay_list(r, "Next checks", m->conclusion.next_checks.items, m->conclusion.next_checks.count);
    lay_pruned(m, r, &link, hyp_is_ruled_out, "Ruled out", "");
    lay_pruned(m, r, &link, is_left_open, "Not ruled out", "nothing of it could be seen");
    lay_ranking(m, r);
}

bool answer_has_links(const struct model *m)
{
    bool any = is_known(m) && cited(m) > 0;

    VEC_EACH (h, &m->hypotheses)
        any = any || (is_known(m) && h->status == HYP_PRUNED);
    return any;
}

/* The links of lay_answer(), in its order. */
bool answer_open_link(struct screen *s, const struct model *m, size_t row)
{
    for (size_t i = 0; is_known(m) && i < cited(m); i++)
        if (cited_at(m, i) && row-- == 0)
            return screen_push(s, PAGE_EVIDENCE, cited_at(m, i)->id);
    VEC_EACH (h, &m->hypotheses)
        if (hyp_is_ruled_out(m, h) && row-- == 0)
            return screen_push(s, PAGE_HYPOTHESIS, h->id);
    VEC_EACH (h, &m->hypotheses)
        if (is_left_open(m, h) && row-- == 0)
            return screen_push(s, PAGE_HYPOTHESIS, h->id);
    return false;
}

bool screen_open_answer(struct screen *s, const struct model *m)
{
    if (s->depth && s->stack[s->depth - 1].page == PAGE_ANSWER)
        return screen_back(s);
    return is_known(m) && screen_push(s, PAGE_ANSWER, "");
}

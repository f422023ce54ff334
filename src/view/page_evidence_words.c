/* page_evidence_words.c - the words of the page of an evidence or a query: its head, its facts with
 * their labels, and the head of the raw result. */
#include "src/view/evidence_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define FOLD_LINES 3

static void fact(struct rich *r, const char *label, enum style style, const char *text)
{
    if (!*text)
        return;
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, label);
    rich_adds(r, style, text);
}

/* What can be very long: whole lines of its own, folded after a few. */
struct folding {
    struct rich *r;
    const char *label;
    enum style style;
    size_t max, count;
};

static void on_long_line(void *ctx, struct str line, int width_cells)
{
    struct folding *f = ctx;

    (void)width_cells;
    if (f->count++ >= f->max)
        return;
    rich_para(f->r, f->count == 1 ? 0 : LABEL_CELLS, LABEL_CELLS)->whole = true;
    if (f->count == 1)
        rich_addf(f->r, STYLE_DIM, "%-*s", LABEL_CELLS, f->label);
    rich_add(f->r, f->style, line);
}

static void fact_long(const struct screen *s, struct rich *r, const char *label, const char *text,
                      int width)
{
    struct folding f = {r, label, STYLE_CODE, s->evidence.unfolded ? SIZE_MAX : FOLD_LINES, 0};
    struct buf clean = BUF_INIT(1 << 20);
    char key[SCREEN_KEY_MAX];

    text_sanitize(&clean, str_from(text), true, false);
    if (clean.len)
        text_wrap(buf_str(&clean), width > 20 ? width : 20, on_long_line, &f);
    if (f.count > f.max) {
        rich_para(r, LABEL_CELLS, LABEL_CELLS);
        rich_addf(r, STYLE_DIM, "… %zu more line%s", f.count - f.max,
                  f.count - f.max == 1 ? "" : "s");
        if (screen_key(s, "evidence.unfold", key))
            rich_addf(r, STYLE_DIM, ", %s unfolds", key);
    }
    buf_release(&clean);
}

static void fact_time(struct rich *r, const char *label, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_utc(ms, text);
    fact(r, label, STYLE_TEXT, text);
}

static void add_window(struct rich *r, const struct evidence *e)
{
    char span[TIME_SPAN_MAX], text[128], length[TIME_TEXT_MAX];

    if (!e->window_start_ms && !e->window_end_ms)
        return;
    time_format_span(e->window_start_ms, e->window_end_ms, span);
    duration_format(e->window_end_ms - e->window_start_ms, length);
    snprintf(text, sizeof(text), "%s  (%s)", span, length);
    fact(r, "window", STYLE_TEXT, text);
}

static void add_change(struct rich *r, const struct evidence *e)
{
    char before[48], after[48];

    if (!isfinite(e->after) && !isfinite(e->before))
        return;
    num_human(isfinite(e->before) ? e->before : e->after, e->unit, before);
    if (!isfinite(e->before) || !isfinite(e->after)) {
        fact(r, "value", STYLE_TEXT, before);
        return;
    }
    num_human(e->after, e->unit, after);
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "change");
    rich_adds(r, STYLE_TEXT, before);
    rich_adds(r, STYLE_DIM, r->ascii ? " > " : " → ");
    rich_adds(r, STYLE_STRONG, after);
    if (e->before != 0 && fabs(e->after / e->before) < 1e6)
        rich_addf(r, STYLE_DIM, "  (%.3g times)", e->after / e->before);
}

static void add_call(const struct screen *s, struct rich *r, const struct tool_run *t)
{
    char took[TIME_TEXT_MAX], age[TIME_TEXT_MAX];
    int64_t ended = t->started_ms + t->duration_ms;

    duration_format(t->duration_ms, took);
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "from");
    rich_adds(r, STYLE_TOOL, t->tool);
    rich_addf(r, STYLE_TEXT, "  %s", t->title);
    if (!*t->call) /* pasted: nobody asked for it */
        return;
    rich_addf(r, STYLE_DIM, "  %s, %s", t->ended ? tool_status_name(t->status) : "running", took);
    if (t->rows > 0)
        rich_addf(r, STYLE_DIM, ", %lld row%s", (long long)t->rows, t->rows == 1 ? "" : "s");
    if (t->ended && s->now_ms > ended) {
        duration_format(s->now_ms - ended, age);
        rich_addf(r, STYLE_DIM, ", read %s ago", age);
    }
}

static void add_hypothesis(struct rich *r, const struct model *m, const char *id)
{
    const struct hypothesis *h = *id ? model_hypothesis(m, id) : NULL;

    if (!h)
        return;
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "tests");
    rich_addf(r, STYLE_HEADING, "%s ", h->id);
    rich_addf(r, STYLE_TEXT, "%s  ", h->statement);
    rich_adds(r, hyp_style(h->status), hyp_status_name(h->status));
    if (isfinite(h->confidence))
        rich_addf(r, STYLE_DIM, " %.0f %%", h->confidence * 100);
}

static void add_about(struct rich *r, const struct evidence *e)
{
    if (!*e->service && !*e->metric)
        return;
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "about");
    rich_adds(r, STYLE_TEXT, e->service);
    rich_addf(r, STYLE_CODE, "%s%s", *e->service && *e->metric ? "  " : "", e->metric);
}

static void add_shows(struct rich *r, const struct evidence *e)
{
    const char *what = e->direct     ? "the cause itself"
                       : e->temporal ? "a change at the incident's start"
                                     : "";
    char score[48];

    if (!*what && !isfinite(e->score))
        return;
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "shows");
    rich_adds(r, STYLE_TEXT, what);
    if (!isfinite(e->score))
        return;
    num_human(e->score, "", score);
    rich_addf(r, STYLE_DIM, "%sscore %s", *what ? ", " : "", score);
}

void evidence_lay_head(const struct evidence_subject *sub, struct rich *r)
{
    const struct evidence *e = sub->e;

    rich_para(r, 0, 0);
    if (e) {
        rich_id(r, STYLE_EVIDENCE, e->id, 0);
        rich_adds(r, STYLE_TEXT, "  ");
        rich_adds(r, strength_style(e->strength), strength_name(e->strength));
        if (*e->hypothesis)
            rich_addf(r, STYLE_DIM, "  for %s", e->hypothesis);
    } else {
        rich_adds(r, STYLE_TOOL, sub->t->tool);
        rich_addf(r, STYLE_DIM, "  %s", sub->t->call);
    }
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_STRONG, e ? e->statement : sub->t->title);
    rich_para(r, 0, 0);
}

void evidence_lay_evidence_facts(const struct screen *s, const struct model *m,
                                 const struct evidence_subject *sub, struct rich *r, int width)
{
    const struct evidence *e = sub->e;

    add_hypothesis(r, m, e->hypothesis);
    add_change(r, e);
    if (sub->t)
        add_call(s, r, sub->t);
    add_window(r, e);
    fact_time(r, "onset", e->onset_ms);
    add_about(r, e);
    fact_long(s, r, "resource", e->resource, width);
    add_shows(r, e);
    fact_long(s, r, "query", e->query, width); /* last, as it can be long */
}

void evidence_lay_query_facts(const struct screen *s, const struct model *m,
                              const struct evidence_subject *sub, struct rich *r, int width)
{
    const struct tool_run *t = sub->t;

    add_hypothesis(r, m, t->hypothesis);
    fact(r, "answer", STYLE_TEXT, t->summary);
    fact(r, "error", STYLE_DANGER, t->error);
    add_call(s, r, t);
    fact_long(s, r, "query", t->query, width);
    fact_long(s, r, "arguments", t->args, width);
}

static void add_search_state(const struct screen *s, struct rich *r)
{
    if (!*s->raw.search)
        return;
    rich_addf(r, STYLE_ACCENT, "  /%s", s->raw.search);
    if (s->raw.matches.count)
        rich_addf(r, STYLE_DIM, " %zu of %zu", s->raw.match + 1, s->raw.matches.count);
    else
        rich_adds(r, STYLE_WARNING, " not found");
}

void evidence_lay_raw_head(const struct screen *s, const struct evidence_subject *sub,
                           struct rich *r)
{
    static const char *const modes[] = {
        [RAW_PRETTY] = "indented", [RAW_TEXT] = "as recorded", [RAW_HEX] = "bytes"};
    char size[48];

    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, s->evidence.raw && evidence_has_raw(s, sub) ? STYLE_TITLE_FOCUS : STYLE_HEADING,
              "Raw result");
    if (!*sub->blob) {
        rich_adds(r, STYLE_DIM, "  none was kept");
        return;
    }
    if (sub->t) {
        num_human((double)sub->t->size_bytes, "bytes", size);
        rich_addf(r, STYLE_DIM, "  %s %s", size, sub->t->content_type);
    }
    rich_addf(r, STYLE_DIM, "  sha256 %.12s", sub->blob);
    if (evidence_has_raw(s, sub)) {
        rich_addf(r, STYLE_DIM, "  %s%s", modes[s->raw.mode], s->raw.panned ? ", cut" : "");
        if (s->raw.size_bytes > SCREEN_RAW_MAX)
            rich_addf(r, STYLE_WARNING, "  the first 4 MiB are shown%s",
                      s->raw.size_bytes > SERIES_RAW_MAX ? ", too large to chart" : "");
        if (s->raw.series.left_out)
            rich_addf(r, STYLE_WARNING, "  %zu of its series cannot be charted",
                      s->raw.series.left_out);
        add_search_state(s, r);
    } else if (*s->raw.problem && strcmp(s->raw.hash, sub->blob) == 0) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DANGER, s->raw.problem);
    }
}

/* evidence_chart.c - what of an investigation goes into the chart of an evidence: the series it is
 * about, the incident's window, alert, onset and changes. */
#include <math.h>
#include "src/view/evidence_priv.h"

#include <stdio.h>

#define SLIVER 20 /* an incident shorter than this part of the whole cannot be seen */
#define AROUND 3  /* its lengths that are shown before and after it */

struct series_hint evidence_hint(const struct evidence *e, const struct tool_run *t)
{
    struct series_hint h = {.metric = "", .unit = "", .service = "", .resource = ""};

    if (t)
        h.base_ms = t->started_ms;
    if (e) {
        h.metric = e->metric;
        h.unit = e->unit;
        h.service = e->service;
        h.resource = e->resource;
    }
    return h;
}

static void add_mark(struct evidence_chart *c, int64_t at_ms, enum chart_mark_kind kind,
                     const char *label)
{
    if (!at_ms || c->chart.mark_count == EVIDENCE_MARKS_MAX)
        return;
    for (size_t i = 0; i < c->chart.mark_count; i++)
        if (c->marks[i].at_ms == at_ms && c->marks[i].kind == kind)
            return;
    c->marks[c->chart.mark_count++] = (struct chart_mark){at_ms, kind, label};
}

/* The window of the incident; that of the evidence when it is a part of what is drawn. */
static struct chart_span window_of(const struct model *m, const struct evidence *e,
                                   struct chart_span all)
{
    struct chart_span span = {0, 0, ""};

    if (m->has_incident && m->incident.window_end_ms > m->incident.window_start_ms)
        return (struct chart_span){m->incident.window_start_ms, m->incident.window_end_ms,
                                   "incident"};
    if (e && e->window_end_ms > e->window_start_ms)
        span = (struct chart_span){e->window_start_ms, e->window_end_ms, "window"};
    if (span.from_ms <= all.from_ms && span.to_ms >= all.to_ms)
        return (struct chart_span){0, 0, ""};
    return span;
}

static void add_marks(struct evidence_chart *c, const struct model *m, const struct evidence *e,
                      struct chart_span all)
{
    add_mark(c, m->has_incident ? m->incident.started_at_ms : 0, CHART_ALERT, "alert");
    VEC_EACH (other, &m->evidence)
        if (view_shows_change(m, other))
            add_mark(c, other->onset_ms, CHART_DEPLOY, "change");
    if (e)
        add_mark(c, e->onset_ms, CHART_ONSET, "onset");
    VEC_EACH (x, &m->changes)
        if (strcmp(x->kind, "deployment") == 0 && x->at_ms >= all.from_ms && x->at_ms <= all.to_ms)
            add_mark(c, x->at_ms, CHART_DEPLOY, x->what);
}

void evidence_chart_make(struct evidence_chart *ret, const struct model *m,
                         const struct evidence *e, const struct series_set *set, bool all)
{
    const char *title = e && *e->metric && set->subject ? e->metric : set->title;

    *ret = (struct evidence_chart){.title = ""};
    snprintf(ret->title, sizeof(ret->title), "%s", *title ? title : e ? e->metric : "");
    ret->chart = (struct chart){
        .title = ret->title,
        .unit = set->unit,
        .series = set->series.items,
        .series_count = set->subject && !all ? set->subject : set->series.count,
        .marks = ret->marks,
    };
    add_marks(ret, m, e, chart_extent(&ret->chart));
    ret->chart.span = window_of(m, e, chart_extent(&ret->chart));
}

void evidence_first_view(const struct chart *ch, struct chart_view *ret)
{
    struct chart_span all = chart_extent(ch), span = ch->span;
    int64_t length = span.to_ms - span.from_ms, lead = length * AROUND;

    chart_reset(ret);
    if (length <= 0 || span.from_ms > all.to_ms || span.to_ms < all.from_ms ||
        length > (all.to_ms - all.from_ms) / SLIVER)
        return;
    ret->from_ms = span.from_ms - lead < all.from_ms ? all.from_ms : span.from_ms - lead;
    ret->to_ms = span.to_ms + lead > all.to_ms ? all.to_ms : span.to_ms + lead;
}

static void say_bars(const struct series_set *set, struct buf *out)
{
    char value[48];

    buf_addf(out, "%s:", *set->title ? set->title : "values");
    for (size_t i = 0; i < set->bars.count && i < 8; i++) {
        chart_value_text(set->bars.items[i].value, set->unit, value);
        buf_addf(out, "%s %s %s", i ? "," : "", set->bars.items[i].label, value);
    }
    if (set->bars.count > 8)
        buf_addf(out, ", and %zu more", set->bars.count - 8);
    buf_adds(out, ".\n");
}

void evidence_sentence(const struct model *m, const struct evidence *e, struct str raw,
                       struct buf *out)
{
    struct series_hint hint = evidence_hint(e, model_tool(m, e->call));
    struct evidence_chart chart;
    struct series_set set;

    series_init(&set);
    if (series_read(&set, raw, &hint)) {
        evidence_chart_make(&chart, m, e, &set, false);
        if (set.series.count)
            chart_sentence(&chart.chart, out);
        else
            say_bars(&set, out);
    }
    series_release(&set);
}

/* ---- as text ---- */

#define CURVE_CELLS 40
#define CURVES_MAX 8

/* As many values as there are cells, each the one that is furthest from the middle of its part. */
static size_t thin_out(const struct chart_series *s, double *ret)
{
    struct chart_stats all;
    size_t cells = s->count < CURVE_CELLS ? s->count : CURVE_CELLS;

    chart_stats(s, 0, &all);
    for (size_t i = 0; i < cells; i++) {
        size_t from = i * s->count / cells, to = (i + 1) * s->count / cells;

        ret[i] = NAN;
        for (size_t k = from; k < to; k++)
            if (isnan(ret[i]) || fabs(s->values[k] - all.median) > fabs(ret[i] - all.median))
                ret[i] = s->values[k];
    }
    return cells;
}

static void put_curve(const struct chart_series *s, const char *unit, bool drawn, struct buf *out)
{
    struct chart_stats all;
    double values[CURVE_CELLS];
    char low[48], high[48], last[48];
    size_t n;

    chart_stats(s, 0, &all);
    if (!all.count)
        return;
    n = thin_out(s, values);
    chart_value_text(all.min, unit, low);
    chart_value_text(all.max, unit, high);
    chart_value_text(all.last, unit, last);
    if (drawn) {
        canvas_spark_text(GLYPHS_FULL, values, n, out);
        buf_adds(out, "  ");
    }
    buf_addf(out, "min %s, max %s, last %s  %s\n", low, high, last, s->name);
}

void picture_text(const struct model *m, const struct evidence *e, const struct tool_run *t,
                  struct str raw, bool drawn, struct buf *out)
{
    struct series_hint hint = evidence_hint(e, t);
    struct evidence_chart chart;
    struct series_set set;

    series_init(&set);
    if (series_read(&set, raw, &hint) && set.values.count) {
        buf_addf(out, "%s: ", set.title);
        series_values_words(&set, out);
        buf_adds(out, "\n");
        chart_histogram_text(drawn ? GLYPHS_FULL : GLYPHS_ASCII, set.values.items, set.values.count,
                             set.unit, out);
    } else if (set.series.count) {
        evidence_chart_make(&chart, m, e, &set, false);
        for (size_t i = 0; i < chart.chart.series_count && i < CURVES_MAX; i++)
            put_curve(&chart.chart.series[i], set.unit, drawn, out);
        if (chart.chart.series_count > CURVES_MAX)
            buf_addf(out, "and %zu more\n", chart.chart.series_count - CURVES_MAX);
    } else if (set.bars.count && !e) {
        say_bars(&set, out);
    }
    series_release(&set);
}

/* signals.c - what stands out in this investigation, as rows of a list: the incident it is about,
 * each alert that a server spoke of (one row an alert, known by its labels), the ranked candidates
 * for the cause, and every measurement that moved. The rows are made from the model when it
 * changed; they are few (an investigation has tens of them) and are only added. */
#include "src/view/signals_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

/* ---- rows ---- */

static void add(struct signals *s, enum signal_kind kind, size_t ref)
{
    static const char letters[] = {'i', 'a', 't', 'c', 'e'};
    struct signal *row = VEC_PUSH(&s->rows);

    row->kind = kind;
    row->ref = ref;
    snprintf(row->id, sizeof(row->id), "%c%zu", letters[kind], ref);
}

static bool asks_for_alerts(const struct tool_run *t)
{
    return strcmp(t->tool, "alertmanager_alerts") == 0 || strcmp(t->tool, "prometheus_alerts") == 0;
}

/* An answer whose alerts are not known one by one: it failed, or is of an older recording. */
static bool is_answer(const struct model *m, const struct tool_run *t)
{
    if (!asks_for_alerts(t) || t->status == TOOL_EMPTY)
        return false;
    VEC_EACH (a, &m->alerts)
        if (strcmp(a->source, t->tool) == 0)
            return false;
    return true;
}

/* Its alerts come right after an answer: it is judged when something else has followed. */
static bool settled(const struct model *m, size_t tool)
{
    const struct tool_run *t = &m->tools.items[tool];

    return !asks_for_alerts(t) || (t->ended && (tool + 1 < m->tools.count || !m->turn_running));
}

/* Something that moved, not the statement that nothing did. */
static bool is_anomaly(const struct evidence *e)
{
    return e->strength <= STRENGTH_WEAK;
}

/* Rows are only added: a list knows them by their numbers. */
static void add_rows(struct signals *s)
{
    const struct model *m = s->m;

    if (m->has_incident && !s->incident)
        add(s, SIGNAL_INCIDENT, 0);
    s->incident = m->has_incident;
    for (; s->alerts < m->alerts.count; s->alerts++)
        add(s, SIGNAL_ALERT, s->alerts);
    for (; s->tools < m->tools.count && settled(m, s->tools); s->tools++)
        if (is_answer(m, &m->tools.items[s->tools]))
            add(s, SIGNAL_ANSWER, s->tools);
    for (; s->candidates < m->candidates.count; s->candidates++)
        add(s, SIGNAL_CAUSE, s->candidates);
    for (; s->evidence < m->evidence.count; s->evidence++)
        if (is_anomaly(&m->evidence.items[s->evidence]))
            add(s, SIGNAL_ANOMALY, s->evidence);
    s->seq = m->seq;
    s->epoch = m->epoch;
    s->version++;
}

struct signals *signals_fresh(struct screen *s, const struct model *m)
{
    struct signals *d = s->signals.data;

    if (!d)
        d = s->signals.data = xcalloc(1, sizeof(*d));
    if (d->m != m || m->seq < d->seq ||
        m->epoch != d->epoch) { /* another one, or a replay went back */
        VEC_RELEASE(&d->rows);
        *d = (struct signals){.m = m, .version = d->version};
        list_forget(&s->signals.list);
        add_rows(d);
    } else if (d->seq != m->seq) {
        add_rows(d);
    }
    return d;
}

void signals_release(struct screen *s)
{
    list_release(&s->signals.list);
    if (s->signals.data)
        VEC_RELEASE(&s->signals.data->rows);
    free(s->signals.data);
    s->signals.data = NULL;
}

/* ---- what a row is about ---- */

static const struct signal *at(const void *data, size_t item)
{
    return &((const struct signals *)data)->rows.items[item];
}

static const struct model *model_of(const void *data)
{
    return ((const struct signals *)data)->m;
}

const struct alert *signal_alert(const struct signals *s, size_t item)
{
    const struct signal *x = &s->rows.items[item];

    return x->kind == SIGNAL_ALERT ? &s->m->alerts.items[x->ref] : NULL;
}

const struct candidate *signal_cause(const struct signals *s, size_t item)
{
    const struct signal *x = &s->rows.items[item];

    return x->kind == SIGNAL_CAUSE ? &s->m->candidates.items[x->ref] : NULL;
}

const struct evidence *signal_anomaly(const struct signals *s, size_t item)
{
    const struct signal *x = &s->rows.items[item];

    return x->kind == SIGNAL_ANOMALY ? &s->m->evidence.items[x->ref] : NULL;
}

const struct tool_run *signal_answer(const struct signals *s, size_t item)
{
    const struct signal *x = &s->rows.items[item];

    return x->kind == SIGNAL_ANSWER ? &s->m->tools.items[x->ref] : NULL;
}

const struct hypothesis *signal_hypothesis(const struct signals *s, size_t item)
{
    const struct candidate *c = signal_cause(s, item);
    const struct evidence *e = signal_anomaly(s, item);
    const struct alert *a = signal_alert(s, item);

    if (a)
        return alert_cause(s->m, a);
    if (s->rows.items[item].kind == SIGNAL_INCIDENT)
        return s->m->conclusion.has_root_cause
                   ? model_hypothesis(s->m, s->m->conclusion.root_cause.hypothesis)
                   : NULL;
    return c   ? model_hypothesis(s->m, c->hypothesis)
           : e ? model_hypothesis(s->m, e->hypothesis)
               : NULL;
}

/* ---- columns ---- */

static void cell_alert_state(const struct alert *a, struct list_cell *ret)
{
    static const enum glyph glyphs[ALERT_STATES] = {[ALERT_FIRING] = GLYPH_WARN,
                                                    [ALERT_PENDING] = GLYPH_PENDING,
                                                    [ALERT_SUPPRESSED] = GLYPH_UNKNOWN,
                                                    [ALERT_RESOLVED] = GLYPH_OK};
    bool firing = a->state == ALERT_FIRING;

    ret->glyph = glyphs[a->state];
    ret->style = !firing                  ? STYLE_DIM
                 : alert_severity(a) == 3 ? STYLE_DANGER
                 : alert_severity(a) == 2 ? STYLE_WARNING
                                          : STYLE_TEXT;
    buf_addc(ret->text, "FPSR"[a->state]);
}

static void cell_state(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct hypothesis *h = signal_hypothesis(data, item);
    const struct tool_run *t = signal_answer(data, item);
    const struct evidence *e = signal_anomaly(data, item);
    const struct alert *a = signal_alert(data, item);

    (void)width;
    ret->has_glyph = true;
    if (a) {
        cell_alert_state(a, ret);
    } else if (e) {
        ret->glyph = GLYPH_BULLET;
        ret->style = strength_style(e->strength);
        buf_addc(ret->text, e->strength == STRENGTH_STRONG ? 'S' : 'W');
    } else if (t) {
        ret->glyph = !t->ended ? GLYPH_RUNNING : t->status == TOOL_OK ? GLYPH_WARN : GLYPH_UNKNOWN;
        ret->style = t->ended && t->status == TOOL_OK ? STYLE_WARNING : STYLE_DIM;
    } else if (h && at(data, item)->kind == SIGNAL_CAUSE) {
        ret->glyph = hyp_glyph(h->status);
        ret->style = hyp_style(h->status);
        buf_addc(ret->text, hyp_letter(h->status));
    } else {
        ret->glyph = at(data, item)->kind == SIGNAL_INCIDENT ? GLYPH_WARN : GLYPH_PENDING;
        ret->style = at(data, item)->kind == SIGNAL_INCIDENT ? STYLE_DANGER : STYLE_DIM;
    }
}

static const char *text_kind(const void *data, size_t item)
{
    static const char *const words[] = {"incident", "alert", "alerts", "cause", "anomaly"};

    return words[at(data, item)->kind];
}

const char *signal_kind_word(const struct signals *s, size_t item)
{
    return text_kind(s, item);
}

/* In the order of reading: what it is about, what fires (the gravest first), what might have caused
 * it, what moved. */
static double number_kind(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);
    const struct alert *a = signal_alert(data, item);
    double within = c ? (double)c->rank : (double)at(data, item)->ref;

    if (a)
        within += a->state * 1e7 + (3 - alert_severity(a)) * 1e6;
    return (double)at(data, item)->kind * 1e9 + within;
}

static void cell_kind(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct candidate *c = signal_cause(data, item);

    (void)width;
    ret->style = c ? STYLE_STRONG : STYLE_DIM;
    buf_adds(ret->text, text_kind(data, item));
    if (c)
        buf_addf(ret->text, " %lld", (long long)c->rank);
}

static const char *text_service(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);
    const struct evidence *e = signal_anomaly(data, item);

    if (at(data, item)->kind == SIGNAL_INCIDENT)
        return model_of(data)->incident.service;
    if (signal_alert(data, item))
        return signal_alert(data, item)->service;
    return c   ? (*c->service ? c->service : c->resource)
           : e ? (*e->service ? e->service : e->resource)
               : "";
}

static void cell_service(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    buf_adds(ret->text, text_service(data, item));
}

static const char *text_metric(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);
    const struct evidence *e = signal_anomaly(data, item);

    if (at(data, item)->kind == SIGNAL_INCIDENT)
        return model_of(data)->incident.metric;
    return c ? c->metric : e ? e->metric : "";
}

static void cell_metric(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_CODE;
    buf_adds(ret->text, text_metric(data, item));
}

static const char *text_category(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);

    return c ? c->category : "";
}

static void cell_category(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text_category(data, item));
}

static double number_score(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);
    const struct evidence *e = signal_anomaly(data, item);

    return c ? c->score : e ? e->score : NAN;
}

/* A candidate's score is of 1; that of a measurement says how many times its usual spread. */
static void cell_score(const void *data, size_t item, int width, struct list_cell *ret)
{
    double v = number_score(data, item);

    (void)width;
    if (!isfinite(v))
        return;
    ret->style = signal_cause(data, item) ? STYLE_STRONG : STYLE_TEXT;
    if (signal_cause(data, item))
        buf_addf(ret->text, "%.2f", v);
    else
        buf_addf(ret->text, "%.3g", v);
}

/* The measurement of a row: a candidate's is the first that it rests on. */
static const struct evidence *measured(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);

    return c && c->evidence.count ? model_evidence(model_of(data), c->evidence.items[0])
                                  : signal_anomaly(data, item);
}

static double number_onset(const void *data, size_t item)
{
    const struct evidence *e = measured(data, item);
    const struct alert *a = signal_alert(data, item);
    int64_t ms = at(data, item)->kind == SIGNAL_INCIDENT ? model_of(data)->incident.started_at_ms
                 : a                                     ? a->started_ms
                 : e                                     ? e->onset_ms
                                                         : 0;

    return ms > 0 ? (double)ms : NAN;
}

static void cell_onset(const void *data, size_t item, int width, struct list_cell *ret)
{
    double ms = number_onset(data, item);
    char text[TIME_TEXT_MAX];

    (void)width;
    if (isnan(ms))
        return;
    time_format_hms((int64_t)ms, false, text);
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text);
}

static void cell_change(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct evidence *e = measured(data, item);
    char before[48], after[48];

    (void)width;
    if (!e || !isfinite(e->before) || !isfinite(e->after))
        return;
    num_human(e->before, e->unit, before);
    num_human(e->after, e->unit, after);
    buf_addf(ret->text, "%s → %s", before, after);
}

static double number_change(const void *data, size_t item)
{
    const struct evidence *e = measured(data, item);

    return !e || !isfinite(e->before) || !isfinite(e->after) || e->before == 0
               ? NAN
               : fabs(e->after / e->before);
}

static void cell_evidence(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct candidate *c = signal_cause(data, item);
    const struct evidence *e = signal_anomaly(data, item);

    (void)width;
    ret->style = STYLE_EVIDENCE;
    for (size_t i = 0; c && i < c->evidence.count; i++)
        buf_addf(ret->text, "%s%s", i ? " " : "", c->evidence.items[i]);
    if (e)
        buf_adds(ret->text, e->id);
}

static double number_evidence(const void *data, size_t item)
{
    const struct candidate *c = signal_cause(data, item);

    return c ? (double)c->evidence.count : signal_anomaly(data, item) ? 1 : NAN;
}

const char *signal_text(const struct signals *data, size_t item)
{
    const struct alert *a = signal_alert(data, item);
    const struct candidate *c = signal_cause(data, item);
    const struct evidence *e = signal_anomaly(data, item);
    const struct tool_run *t = signal_answer(data, item);

    if (a)
        return *a->summary ? a->summary : a->name;
    if (t)
        return *t->error ? t->error : *t->summary ? t->summary : t->title;
    return c ? c->statement : e ? e->statement : model_of(data)->incident.title;
}

static const char *text_what(const void *data, size_t item)
{
    return signal_text(data, item);
}

static void cell_what(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct alert *a = signal_alert(data, item);

    (void)width;
    if (a && *a->summary)
        buf_addf(ret->text, "%s: ", a->name);
    buf_adds(ret->text, text_what(data, item));
}

/* ---- an alert's severity, and what explains a row ---- */

static const char *text_severity(const void *data, size_t item)
{
    const struct alert *a = signal_alert(data, item);

    return a ? a->severity : "";
}

static double number_severity(const void *data, size_t item)
{
    const struct alert *a = signal_alert(data, item);

    return a ? alert_severity(a) : NAN;
}

static void cell_severity(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct alert *a = signal_alert(data, item);

    (void)width;
    if (!a)
        return;
    ret->style = a->state != ALERT_FIRING ? STYLE_DIM
                 : alert_severity(a) == 3 ? STYLE_DANGER
                                          : STYLE_TEXT;
    buf_adds(ret->text, a->severity);
}

static void cell_why(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct hypothesis *h = signal_hypothesis(data, item);

    (void)width;
    if (!h)
        return;
    ret->style = hyp_style(h->status);
    buf_addf(ret->text, "%s %c", h->id, hyp_letter(h->status));
    if (isfinite(h->confidence))
        buf_addf(ret->text, " %.0f%%", h->confidence * 100);
}

static double number_why(const void *data, size_t item)
{
    const struct hypothesis *h = signal_hypothesis(data, item);

    return h ? h->confidence : NAN;
}

enum { COLUMN_KIND = 1 };

static const struct list_column columns[] = {
    {"state", .title = "", .min = 2, .want = 2, .cell = cell_state},
    {"kind", .min = 8, .want = 9, .match = true,
     .orders = {"the incident first", "anomalies first"}, .cell = cell_kind, .number = number_kind},
    {"severity", .min = 8, .want = 8, .drop = 4, .match = true, .falls = true,
     .orders = {"the least first", "the gravest first"}, .cell = cell_severity,
     .text = text_severity, .number = number_severity},
    {"service", .min = 16, .want = 24, .grow = 1, .drop = 1, .middle = true, .match = true,
     .cell = cell_service, .text = text_service},
    {"metric", .min = 12, .want = 20, .grow = 1, .drop = 6, .middle = true, .match = true,
     .cell = cell_metric, .text = text_metric},
    {"category", .min = 10, .want = 12, .drop = 9, .match = true, .cell = cell_category,
     .text = text_category},
    {"score", .min = 6, .want = 7, .right = true, .drop = 2, .falls = true, .cell = cell_score,
     .number = number_score},
    {"since", .min = 8, .want = 8, .drop = 3, .orders = {"earliest first", "latest first"},
     .cell = cell_onset, .number = number_onset},
    {"change", .min = 18, .want = 20, .drop = 5, .falls = true, .cell = cell_change,
     .number = number_change},
    {"evidence", .min = 9, .want = 10, .drop = 7, .falls = true, .cell = cell_evidence,
     .number = number_evidence},
    {"why", .min = 10, .want = 11, .drop = 8, .falls = true, .cell = cell_why,
     .number = number_why},
    {"what", .min = 16, .want = 24, .grow = 3, .fuzzy = true, .cell = cell_what, .text = text_what},
};

/* ---- the list ---- */

static size_t count(const void *data)
{
    return ((const struct signals *)data)->rows.count;
}

static const char *id(const void *data, size_t item)
{
    return at(data, item)->id;
}

static size_t texts(const void *data, size_t item, const char *ret[LIST_TEXTS])
{
    ret[0] = text_what(data, item);
    ret[1] = text_kind(data, item);
    ret[2] = text_service(data, item);
    ret[3] = text_metric(data, item);
    ret[4] = text_category(data, item);
    ret[5] = signal_hypothesis(data, item) ? signal_hypothesis(data, item)->id : "";
    ret[6] =
        signal_alert(data, item) ? signal_alert(data, item)->labels : text_severity(data, item);
    return 7;
}

static uint64_t version(const void *data)
{
    return ((const struct signals *)data)->version;
}

static size_t empty(const void *data, const char *ret[3], enum style *ret_style)
{
    const struct model *m = model_of(data);

    (void)ret_style;
    if (m->turn_running) {
        ret[0] = "Nothing stands out so far.";
        return 1;
    }
    ret[0] = m->turn ? "Nothing stood out." : "No investigation yet.";
    ret[1] = "Anomalies, alerts and candidates for the cause come here.";
    return 2;
}

const struct list_def signal_list = {
    .name = "signals",
    .title = "Signals",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .sort = COLUMN_KIND,
    .count = count,
    .id = id,
    .texts = texts,
    .version = version,
    .empty = empty,
};

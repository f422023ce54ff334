/* page_signals.c - what stands out in this investigation: the incident it is about, what alert
 * servers answered, the ranked candidates for the cause, and every measurement that moved. Under
 * the list stands what the selected row rests on. The rows are made from the model when it
 * changed; they are few (an investigation has tens of them) and are only added. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define DETAIL_ROWS 5 /* under the list: a line, the statement in two, two of evidence */

enum signal_kind { SIGNAL_INCIDENT, SIGNAL_ALERTS, SIGNAL_CAUSE, SIGNAL_ANOMALY };

struct signal {
    enum signal_kind kind;
    size_t ref; /* into the model's tools, candidates or evidence */
    char id[24];
};

struct signals {
    const struct model *m;
    VEC(struct signal) rows;
    bool incident; /* it, and so many of the model's, were looked at */
    size_t tools, candidates, evidence;
    uint64_t seq, version;
};

/* ---- rows ---- */

static void add(struct signals *s, enum signal_kind kind, size_t ref)
{
    static const char letters[] = {'i', 'a', 'c', 'e'};
    struct signal *row = VEC_PUSH(&s->rows);

    row->kind = kind;
    row->ref = ref;
    snprintf(row->id, sizeof(row->id), "%c%zu", letters[kind], ref);
}

/* What a server that keeps alerts answered. */
static bool is_alerts(const struct tool_run *t)
{
    return strcmp(t->tool, "alertmanager_alerts") == 0 || strcmp(t->tool, "prometheus_alerts") == 0;
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
    for (; s->tools < m->tools.count; s->tools++)
        if (is_alerts(&m->tools.items[s->tools]))
            add(s, SIGNAL_ALERTS, s->tools);
    for (; s->candidates < m->candidates.count; s->candidates++)
        add(s, SIGNAL_CAUSE, s->candidates);
    for (; s->evidence < m->evidence.count; s->evidence++)
        if (is_anomaly(&m->evidence.items[s->evidence]))
            add(s, SIGNAL_ANOMALY, s->evidence);
    s->seq = m->seq;
    s->version++;
}

/* The rows of the model as it is now. */
static struct signals *fresh(struct screen *s, const struct model *m)
{
    struct signals *d = s->signals.data;

    if (!d)
        d = s->signals.data = xcalloc(1, sizeof(*d));
    if (d->m != m || m->seq < d->seq) { /* another one, or a replay went back */
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

static const struct candidate *cause_of(const void *data, size_t item)
{
    return at(data, item)->kind == SIGNAL_CAUSE
               ? &model_of(data)->candidates.items[at(data, item)->ref]
               : NULL;
}

static const struct evidence *anomaly_of(const void *data, size_t item)
{
    return at(data, item)->kind == SIGNAL_ANOMALY
               ? &model_of(data)->evidence.items[at(data, item)->ref]
               : NULL;
}

static const struct tool_run *alerts_of(const void *data, size_t item)
{
    return at(data, item)->kind == SIGNAL_ALERTS ? &model_of(data)->tools.items[at(data, item)->ref]
                                                 : NULL;
}

static const char *hypothesis_of(const void *data, size_t item)
{
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);
    const struct tool_run *t = alerts_of(data, item);

    return c ? c->hypothesis : e ? e->hypothesis : t ? t->hypothesis : "";
}

/* ---- columns ---- */

static void cell_state(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct hypothesis *h = model_hypothesis(model_of(data), hypothesis_of(data, item));
    const struct tool_run *t = alerts_of(data, item);
    const struct evidence *e = anomaly_of(data, item);

    (void)width;
    ret->has_glyph = true;
    if (e) {
        ret->glyph = GLYPH_BULLET;
        ret->style = strength_style(e->strength);
        buf_addc(ret->text, e->strength == STRENGTH_STRONG ? 'S' : 'W');
    } else if (t) {
        ret->glyph = !t->ended ? GLYPH_RUNNING : t->status == TOOL_OK ? GLYPH_WARN : GLYPH_UNKNOWN;
        ret->style = t->ended && t->status == TOOL_OK ? STYLE_WARNING : STYLE_DIM;
    } else if (h) {
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
    static const char *const words[] = {"incident", "alerts", "cause", "anomaly"};

    return words[at(data, item)->kind];
}

/* In the order of reading: what it is about, what might have caused it, what moved. */
static double number_kind(const void *data, size_t item)
{
    const struct candidate *c = cause_of(data, item);

    return (double)at(data, item)->kind * 1e9 + (c ? (double)c->rank : (double)at(data, item)->ref);
}

static void cell_kind(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct candidate *c = cause_of(data, item);

    (void)width;
    ret->style = c ? STYLE_STRONG : STYLE_DIM;
    buf_adds(ret->text, text_kind(data, item));
    if (c)
        buf_addf(ret->text, " %lld", (long long)c->rank);
}

static const char *text_service(const void *data, size_t item)
{
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);

    if (at(data, item)->kind == SIGNAL_INCIDENT)
        return model_of(data)->incident.service;
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
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);

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
    const struct candidate *c = cause_of(data, item);

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
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);

    return c ? c->score : e ? e->score : NAN;
}

/* A candidate's score is of 1; that of a measurement says how many times its usual spread. */
static void cell_score(const void *data, size_t item, int width, struct list_cell *ret)
{
    double v = number_score(data, item);

    (void)width;
    if (!isfinite(v))
        return;
    ret->style = cause_of(data, item) ? STYLE_STRONG : STYLE_TEXT;
    if (cause_of(data, item))
        buf_addf(ret->text, "%.2f", v);
    else
        buf_addf(ret->text, "%.3g", v);
}

static double number_onset(const void *data, size_t item)
{
    const struct evidence *e = anomaly_of(data, item);
    int64_t ms = at(data, item)->kind == SIGNAL_INCIDENT ? model_of(data)->incident.started_at_ms
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
    const struct evidence *e = anomaly_of(data, item);
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
    const struct evidence *e = anomaly_of(data, item);

    return !e || !isfinite(e->before) || !isfinite(e->after) || e->before == 0
               ? NAN
               : fabs(e->after / e->before);
}

static void cell_evidence(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);

    (void)width;
    ret->style = STYLE_EVIDENCE;
    for (size_t i = 0; c && i < c->evidence.count; i++)
        buf_addf(ret->text, "%s%s", i ? " " : "", c->evidence.items[i]);
    if (e)
        buf_adds(ret->text, e->id);
}

static double number_evidence(const void *data, size_t item)
{
    const struct candidate *c = cause_of(data, item);

    return c ? (double)c->evidence.count : anomaly_of(data, item) ? 1 : NAN;
}

static const char *text_what(const void *data, size_t item)
{
    const struct candidate *c = cause_of(data, item);
    const struct evidence *e = anomaly_of(data, item);
    const struct tool_run *t = alerts_of(data, item);

    if (t)
        return *t->error ? t->error : *t->summary ? t->summary : t->title;
    return c ? c->statement : e ? e->statement : model_of(data)->incident.title;
}

static void cell_what(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    buf_adds(ret->text, text_what(data, item));
}

enum { COLUMN_KIND = 1 };

static const struct list_column columns[] = {
    {"state", .title = "", .min = 2, .want = 2, .cell = cell_state},
    {"kind", .min = 8, .want = 9, .match = true,
     .orders = {"the incident first", "anomalies first"}, .cell = cell_kind, .number = number_kind},
    {"service", .min = 8, .want = 14, .grow = 1, .drop = 1, .match = true, .cell = cell_service,
     .text = text_service},
    {"metric", .min = 12, .want = 14, .grow = 1, .drop = 4, .match = true, .cell = cell_metric,
     .text = text_metric},
    {"category", .min = 10, .want = 12, .drop = 6, .match = true, .cell = cell_category,
     .text = text_category},
    {"score", .min = 6, .want = 7, .right = true, .drop = 2, .falls = true, .cell = cell_score,
     .number = number_score},
    {"onset", .min = 8, .want = 8, .drop = 3, .orders = {"earliest first", "latest first"},
     .cell = cell_onset, .number = number_onset},
    {"change", .min = 14, .want = 18, .drop = 7, .falls = true, .cell = cell_change,
     .number = number_change},
    {"evidence", .min = 8, .want = 10, .drop = 5, .falls = true, .cell = cell_evidence,
     .number = number_evidence},
    {"what", .min = 12, .want = 20, .grow = 3, .fuzzy = true, .cell = cell_what, .text = text_what},
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
    ret[5] = hypothesis_of(data, item);
    return 6;
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

/* ---- what the selected row rests on ---- */

struct wrapped {
    struct canvas *c;
    struct rect r;
    int y, end;
};

static void on_line(void *ctx, struct str line, int width_cells)
{
    struct wrapped *w = ctx;

    (void)width_cells;
    if (w->y < w->end)
        canvas_text(w->c, w->r.x + 1, w->y++, w->r.w - 2, STYLE_TEXT, line);
}

static void draw_evidence(const struct model *m, struct canvas *c, struct rect r, int y,
                          const char *evidence)
{
    const struct evidence *e = model_evidence(m, evidence);
    int x = r.x + 1;

    if (!e)
        return;
    x += canvas_cstr(c, x, y, 8, STYLE_EVIDENCE, e->id) + 1;
    x += canvas_cstr(c, x, y, 14, strength_style(e->strength), strength_name(e->strength)) + 2;
    canvas_cstr(c, x, y, r.x + r.w - 1 - x, STYLE_TEXT, e->statement);
}

static void draw_detail(const struct signals *s, size_t item, struct canvas *c, struct rect r)
{
    const struct candidate *k = cause_of(s, item);
    const struct evidence *e = anomaly_of(s, item);
    struct buf clean = BUF_INIT(65536);
    struct wrapped w = {c, r, r.y + 1, r.y + 3};

    canvas_hline(c, r.x, r.y, r.w, STYLE_FRAME);
    canvas_printf(c, r.x + 1, r.y, r.w - 2, STYLE_TITLE, " %s ",
                  *hypothesis_of(s, item) ? hypothesis_of(s, item) : text_kind(s, item));
    text_sanitize(&clean, str_from(text_what(s, item)), false, c->glyphs == GLYPHS_ASCII);
    text_wrap(buf_str(&clean), r.w > 3 ? r.w - 2 : 1, on_line, &w);
    buf_release(&clean);
    for (size_t i = 0; k && i < k->evidence.count && w.y < r.y + r.h; i++)
        draw_evidence(s->m, c, r, w.y++, k->evidence.items[i]);
    if (e && *e->query && w.y < r.y + r.h)
        canvas_cstr(c, r.x + 1, w.y, r.w - 2, STYLE_CODE, e->query);
}

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    const struct signals *data = fresh(s, m);
    bool roomy = r.h >= 3 * DETAIL_ROWS;
    struct rect detail = {r.x, r.y + r.h - DETAIL_ROWS, r.w, DETAIL_ROWS};
    size_t item;

    if (roomy)
        r.h -= DETAIL_ROWS;
    list_draw(&s->signals.list, data, s->tick_ms, c, r, screen_in_list(s) && !s->input_focus);
    s->late = s->late || s->signals.list.late;
    item = list_selected(&s->signals.list, data);
    if (roomy && item != SIZE_MAX)
        draw_detail(data, item, c, detail);
}

/* ---- the page ---- */

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    const struct signals *data = fresh(s, m);
    size_t anomalies = 0;

    list_note(&s->signals.list, out, size);
    if (*out || !data->rows.count)
        return;
    VEC_EACH (row, &data->rows)
        anomalies += row->kind == SIGNAL_ANOMALY;
    snprintf(out, size, "%zu candidates  %zu anomalies", m->candidates.count, anomalies);
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct signals *data = fresh(s, m);
    size_t item;

    list_update(&s->signals.list, data, s->tick_ms);
    item = list_selected(&s->signals.list, data);
    if (item == SIZE_MAX)
        return false;
    if (anomaly_of(data, item))
        return screen_push(s, PAGE_EVIDENCE, anomaly_of(data, item)->id);
    if (alerts_of(data, item))
        return screen_push(s, PAGE_TOOL, alerts_of(data, item)->call);
    return model_hypothesis(m, hypothesis_of(data, item)) &&
           screen_push(s, PAGE_HYPOTHESIS, hypothesis_of(data, item));
}

/* The first evidence that a candidate rests on. */
static bool open_evidence(struct screen *s, const struct model *m)
{
    const struct signals *data = fresh(s, m);
    const struct candidate *c;
    size_t item;

    list_update(&s->signals.list, data, s->tick_ms);
    item = list_selected(&s->signals.list, data);
    c = item == SIZE_MAX ? NULL : cause_of(data, item);
    if (c && c->evidence.count && model_evidence(m, c->evidence.items[0]))
        return screen_push(s, PAGE_EVIDENCE, c->evidence.items[0]);
    return !c && open_selected(s, m);
}

static struct list *list(struct screen *s)
{
    return &s->signals.list;
}

static const void *list_data(struct screen *s, const struct model *m)
{
    return fresh(s, m);
}

const struct root_def root_signals = {
    .name = "Signals",
    .number = "5",
    .draw = draw,
    .note = note,
    .open = open_selected,
    .open_evidence = open_evidence,
    .list = list,
    .list_data = list_data,
};

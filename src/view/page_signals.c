/* page_signals.c - the page of what stands out (signals.c); under the list stands what the selected
 * row rests on. */
#include "src/view/signals_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define DETAIL_ROWS 5 /* under the list: a line, the statement in two, two of evidence */

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

/* Its labels, and what explains it. */
static void draw_alert(const struct model *m, const struct alert *a, struct canvas *c,
                       struct rect r, int y)
{
    const struct hypothesis *h = alert_cause(m, a);

    if (y < r.y + r.h)
        canvas_cstr(c, r.x + 1, y++, r.w - 2, STYLE_CODE, a->labels);
    if (y < r.y + r.h && h)
        canvas_printf(c, r.x + 1, y, r.w - 2, hyp_style(h->status), "%s %s: %s", h->id,
                      hyp_status_words(h), h->statement);
}

static void draw_detail(const struct signals *s, size_t item, struct canvas *c, struct rect r)
{
    const struct candidate *k = signal_cause(s, item);
    const struct evidence *e = signal_anomaly(s, item);
    struct buf clean = BUF_INIT(65536);
    const struct hypothesis *h = signal_hypothesis(s, item);
    struct wrapped w = {c, r, r.y + 1, r.y + 3};

    canvas_hline(c, r.x, r.y, r.w, STYLE_FRAME);
    canvas_printf(c, r.x + 1, r.y, r.w - 2, STYLE_TITLE, " %s ",
                  signal_alert(s, item) ? signal_alert(s, item)->name
                  : h                   ? h->id
                                        : signal_kind_word(s, item));
    text_sanitize(&clean, str_from(signal_text(s, item)), false, c->glyphs == GLYPHS_ASCII);
    text_wrap(buf_str(&clean), r.w > 3 ? r.w - 2 : 1, on_line, &w);
    buf_release(&clean);
    for (size_t i = 0; k && i < k->evidence.count && w.y < r.y + r.h; i++)
        draw_evidence(s->m, c, r, w.y++, k->evidence.items[i]);
    if (signal_alert(s, item))
        draw_alert(s->m, signal_alert(s, item), c, r, w.y);
    if (e && *e->query && w.y < r.y + r.h)
        canvas_cstr(c, r.x + 1, w.y, r.w - 2, STYLE_CODE, e->query);
}

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    const struct signals *data = signals_fresh(s, m);
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
    const struct signals *data = signals_fresh(s, m);
    size_t anomalies = 0, firing = 0;

    list_note(&s->signals.list, out, size);
    if (*out || !data->rows.count)
        return;
    VEC_EACH (row, &data->rows)
        anomalies += row->kind == SIGNAL_ANOMALY;
    VEC_EACH (a, &m->alerts)
        firing += a->state == ALERT_FIRING;
    if (m->alerts.count)
        snprintf(out, size, "%zu firing  %zu candidates  %zu anomalies", firing,
                 m->candidates.count, anomalies);
    else
        snprintf(out, size, "%zu candidates  %zu anomalies", m->candidates.count, anomalies);
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct signals *data = signals_fresh(s, m);
    size_t item;

    list_update(&s->signals.list, data, s->tick_ms);
    item = list_selected(&s->signals.list, data);
    if (item == SIZE_MAX)
        return false;
    if (signal_alert(data, item))
        return screen_push(s, PAGE_ALERT, signal_alert(data, item)->fingerprint);
    if (signal_anomaly(data, item))
        return screen_push(s, PAGE_EVIDENCE, signal_anomaly(data, item)->id);
    if (signal_answer(data, item))
        return screen_push(s, PAGE_TOOL, signal_answer(data, item)->call);
    return signal_hypothesis(data, item) &&
           screen_push(s, PAGE_HYPOTHESIS, signal_hypothesis(data, item)->id);
}

/* The first evidence that a candidate rests on. */
static bool open_evidence(struct screen *s, const struct model *m)
{
    const struct signals *data = signals_fresh(s, m);
    const struct candidate *c;
    size_t item;

    list_update(&s->signals.list, data, s->tick_ms);
    item = list_selected(&s->signals.list, data);
    c = item == SIZE_MAX ? NULL : signal_cause(data, item);
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
    return signals_fresh(s, m);
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

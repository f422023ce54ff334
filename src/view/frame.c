/* frame.c - what is around the panes: status line, borders and titles, hints. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"

static const char *const pane_names[PANES] = {"Investigation", "Hypotheses", "Resources"};

/* ---- borders ---- */

void draw_box(struct canvas *c, struct rect r)
{
    int x1 = r.x + r.w - 1, y1 = r.y + r.h - 1;

    canvas_hline(c, r.x + 1, r.y, r.w - 2, STYLE_FRAME);
    canvas_hline(c, r.x + 1, y1, r.w - 2, STYLE_FRAME);
    canvas_vline(c, r.x, r.y + 1, r.h - 2, STYLE_FRAME);
    canvas_vline(c, x1, r.y + 1, r.h - 2, STYLE_FRAME);
    canvas_glyph(c, r.x, r.y, STYLE_FRAME, GLYPH_TL);
    canvas_glyph(c, x1, r.y, STYLE_FRAME, GLYPH_TR);
    canvas_glyph(c, r.x, y1, STYLE_FRAME, GLYPH_BL);
    canvas_glyph(c, x1, y1, STYLE_FRAME, GLYPH_BR);
}

/* A line from border to border with its joints. */
static void draw_divider(struct canvas *c, int x0, int x1, int y)
{
    canvas_hline(c, x0 + 1, y, x1 - x0 - 1, STYLE_FRAME);
    canvas_glyph(c, x0, y, STYLE_FRAME, GLYPH_T_RIGHT);
    canvas_glyph(c, x1, y, STYLE_FRAME, GLYPH_T_LEFT);
}

static void draw_upright(struct canvas *c, int x, int y0, int y1)
{
    canvas_vline(c, x, y0 + 1, y1 - y0 - 1, STYLE_FRAME);
    canvas_glyph(c, x, y0, STYLE_FRAME, GLYPH_T_DOWN);
    canvas_glyph(c, x, y1, STYLE_FRAME, GLYPH_T_UP);
}

static void restyle(struct canvas *c, int x, int y, enum style style)
{
    if (canvas_at(c, x, y))
        c->cells[y * c->width + x].style = (uint8_t)style;
}

static void light_up(struct canvas *c, struct rect r)
{
    for (int x = r.x - 1; x <= r.x + r.w; x++) {
        restyle(c, x, r.y - 1, STYLE_FRAME_FOCUS);
        restyle(c, x, r.y + r.h, STYLE_FRAME_FOCUS);
    }
    for (int y = r.y; y < r.y + r.h; y++) {
        restyle(c, r.x - 1, y, STYLE_FRAME_FOCUS);
        restyle(c, r.x + r.w, y, STYLE_FRAME_FOCUS);
    }
}

/* Returns the cells used: " 1 Investigation ". */
static int draw_title(struct canvas *c, int x, int y, int cells, const char *number,
                      const char *name, bool focused)
{
    enum style style = focused ? STYLE_TITLE_FOCUS : STYLE_TITLE;
    int used = 0;

    used += canvas_cstr(c, x + used, y, cells - used, style, " ");
    if (number && cells > 8) {
        used += canvas_cstr(c, x + used, y, cells - used, STYLE_KEY, number);
        used += canvas_cstr(c, x + used, y, cells - used, style, " ");
    }
    if (!*name)
        return used;
    used += canvas_cstr(c, x + used, y, cells - used, style, name);
    used += canvas_cstr(c, x + used, y, cells - used, style, " ");
    return used;
}

static const char *const pane_numbers[PANES] = {"1", "2", "3"};

static bool has_focus(const struct screen *s, enum pane p)
{
    return s->focus == p && !s->input_focus && !s->filter_focus && !s->prompt.label;
}

static void draw_tabs(const struct screen *s, const struct layout *l, struct canvas *c)
{
    int x = l->frame.x + 2, end = l->frame.x + l->frame.w - 2;

    for (int p = 0; p < PANES; p++) {
        bool focused = s->focus == (enum pane)p;
        int used = draw_title(c, x, l->panes_y, end - x, pane_numbers[p], pane_names[p], focused);

        if (focused)
            canvas_overlay(c, (struct rect){x, l->panes_y, used, 1}, STYLE_SELECTED_BLUR);
        x += used + 1;
    }
}

static void draw_joints(const struct layout *l, struct canvas *c)
{
    struct rect tr = l->panes[PANE_INVESTIGATION], hy = l->panes[PANE_HYPOTHESES];
    struct rect re = l->panes[PANE_RESOURCES];
    int last = l->frame.x + l->frame.w - 1;

    if (l->kind == LAYOUT_WIDE) {
        draw_upright(c, tr.x + tr.w, l->panes_y, l->divider_y);
        draw_divider(c, tr.x + tr.w, last, hy.y + hy.h);
    } else if (l->kind == LAYOUT_MEDIUM) {
        draw_divider(c, l->frame.x, last, tr.y + tr.h);
        draw_upright(c, re.x - 1, tr.y + tr.h, l->divider_y);
    }
}

void draw_frame(const struct screen *s, const struct layout *l, struct canvas *c)
{
    draw_box(c, l->frame);
    draw_divider(c, l->frame.x, l->frame.x + l->frame.w - 1, l->divider_y);
    if (s->depth > 0) {
        draw_title(c, l->frame.x + 2, l->frame.y, l->frame.w - 4, NULL, page_title(s), true);
        return;
    }
    if (s->root != ROOT_WAR_ROOM) {
        if (!s->input_focus && !s->filter_focus)
            light_up(c, l->body);
        draw_title(c, l->frame.x + 2, l->frame.y, l->frame.w - 4, root_def(s->root)->number,
                   screen_root_name(s->root), true);
        return;
    }
    if (l->answer.h) {
        draw_divider(c, l->frame.x, l->frame.x + l->frame.w - 1, l->panes_y);
        draw_title(c, l->frame.x + 2, l->frame.y, l->frame.w - 4, NULL, "Answer", false);
    }
    if (l->kind == LAYOUT_NARROW) {
        if (has_focus(s, s->focus))
            light_up(c, l->panes[s->focus]);
        draw_tabs(s, l, c);
        return;
    }
    draw_joints(l, c);
    if (has_focus(s, s->focus))
        light_up(c, l->panes[s->focus]);
    for (int p = 0; p < PANES; p++) {
        struct rect r = l->panes[p];

        draw_title(c, r.x + 1, r.y - 1, r.w - 2, pane_numbers[p], pane_names[p],
                   has_focus(s, (enum pane)p));
    }
}

void draw_note(const struct screen *s, const struct layout *l, struct canvas *c, enum pane pane,
               const char *text)
{
    struct rect r = l->panes[pane];
    int room = l->kind == LAYOUT_NARROW ? r.w - 46 : r.w - 20;
    char padded[160];

    if (room < 8 || !*text || s->depth > 0 || s->root != ROOT_WAR_ROOM)
        return;
    snprintf(padded, sizeof(padded), " %s ", text);
    canvas_text_right(c, r.x + r.w - 1, r.y - 1, room, STYLE_DIM, str_from(padded));
}

void draw_root_note(struct screen *s, const struct model *m, const struct layout *l,
                    struct canvas *c)
{
    const struct root_def *def = root_def(s->root);
    char text[160] = "", padded[168];
    int room = l->frame.w - 12 - text_width(str_from(def->name));

    if (s->depth || !def->note || room < 8)
        return;
    def->note(s, m, text, sizeof(text));
    snprintf(padded, sizeof(padded), " %s ", text);
    if (*text)
        canvas_text_right(c, l->frame.x + l->frame.w - 2, l->frame.y, room, STYLE_DIM,
                          str_from(padded));
}

/* The graph's tab is there with a graph, that of findings when somebody looked. */
static const struct root_def *tab(const struct screen *s, int r)
{
    bool hidden = (r == ROOT_SERVICES && !s->has_graph) || (r == ROOT_SECURITY && !s->has_security);

    return hidden && s->root != (enum root)r ? NULL : root_def((enum root)r);
}

/* What the tabs take: with names, or for others than the current one only their keys. */
static int tabs_width(const struct screen *s, bool names)
{
    int width = 0;

    for (int r = 0; r < ROOTS; r++) {
        const struct root_def *def = tab(s, r);

        if (def)
            width += text_width(str_from(def->number)) + 3 +
                     (names || (enum root)r == s->root ? text_width(str_from(def->name)) + 1 : 0);
    }
    return width;
}

void draw_root_tabs(const struct screen *s, const struct layout *l, struct canvas *c)
{
    int room = l->frame.w - 4, x = l->frame.x + 2;
    bool names = tabs_width(s, true) <= room;

    for (int r = 0; r < ROOTS; r++) {
        const struct root_def *def = tab(s, r);
        bool here = (enum root)r == s->root;
        int used;

        if (!def)
            continue;
        used = draw_title(c, x, l->divider_y, l->frame.x + l->frame.w - 2 - x, def->number,
                          names || here ? def->name : "", here);
        if (here)
            canvas_overlay(c, (struct rect){x, l->divider_y, used, 1}, STYLE_SELECTED_BLUR);
        x += used + 1;
    }
}

void draw_scroll(struct canvas *c, struct rect r, size_t top, size_t seen, size_t total)
{
    int len, at;

    if (total <= seen || r.h < 3)
        return;
    len = (int)((double)r.h * (double)seen / (double)total);
    len = len < 1 ? 1 : len;
    at = (int)((double)(r.h - len) * (double)top / (double)(total - seen) + 0.5);
    at = at < 0 ? 0 : at > r.h - len ? r.h - len : at;
    for (int i = 0; i < len; i++)
        canvas_glyph(c, r.x + r.w, r.y + at + i, STYLE_FRAME_FOCUS, GLYPH_SCROLL);
}

void draw_words(struct canvas *c, struct rect r, const char *const *lines, size_t count,
                enum style style)
{
    int y = r.y + (r.h - (int)count) / 2;

    if (y < r.y)
        y = r.y;
    for (size_t i = 0; i < count; i++) {
        int width = text_width(str_from(lines[i]));
        int x = r.x + (r.w - width) / 2;

        canvas_cstr(c, x < r.x + 1 ? r.x + 1 : x, y + (int)i, r.w - 2, style, lines[i]);
    }
}

void draw_empty(struct canvas *c, struct rect r, const char *const *lines, size_t count)
{
    draw_words(c, r, lines, count, STYLE_DIM);
}

/* ---- status line ---- */

enum style verdict_style(enum verdict v)
{
    static const enum style styles[VERDICTS] = {
        [VERDICT_NONE] = STYLE_STATUS,          [VERDICT_ROOT_CAUSE] = STYLE_CONFIRMED,
        [VERDICT_INCONCLUSIVE] = STYLE_WARNING, [VERDICT_NO_ACTION] = STYLE_OK,
        [VERDICT_FAILED] = STYLE_DANGER,
    };

    return styles[v];
}

enum glyph verdict_glyph(enum verdict v)
{
    static const enum glyph glyphs[VERDICTS] = {
        [VERDICT_NONE] = GLYPH_PENDING,      [VERDICT_ROOT_CAUSE] = GLYPH_CONFIRMED,
        [VERDICT_INCONCLUSIVE] = GLYPH_WARN, [VERDICT_NO_ACTION] = GLYPH_OK,
        [VERDICT_FAILED] = GLYPH_CRIT,
    };

    return glyphs[v];
}

static const char *const verdict_words[VERDICTS] = {
    [VERDICT_NONE] = "ready",
    [VERDICT_ROOT_CAUSE] = "root cause found",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_NO_ACTION] = "nothing wrong found",
    [VERDICT_FAILED] = "failed",
};

const char *view_verdict_words(enum verdict v)
{
    return verdict_words[v];
}

/* Words for people, in place of R-02's names. */
static const char *const phase_words[PHASES] = {
    [PHASE_IDLE] = "starting",         [PHASE_TRIAGE] = "looking around",
    [PHASE_HYPOTHESIZE] = "proposing", [PHASE_INVESTIGATE] = "testing",
    [PHASE_EVALUATE] = "weighing",     [PHASE_CONCLUDE] = "concluding",
    [PHASE_REMEDIATE] = "remediating", [PHASE_COMPLETE] = "complete",
};

struct segment {
    char text[160];
    enum style style;
    enum glyph glyph;
    bool has_glyph;
};

#define SEGMENTS_MAX 8

/* A question has no phases. */
static const char *running_words(const struct model *m)
{
    if (*m->asked)
        return "it asks you";
    if (!*m->turn_kind)
        return phase_words[m->phase];
    return strcmp(m->turn_kind, "compact") == 0 ? "summarising" : "answering";
}

/* "step 3/7" of a skill. */
static void add_run(const struct procedure_run *r, struct segment *g)
{
    size_t total = 0, over = 0;

    VEC_EACH (s, &r->steps) {
        if (*s->parent)
            continue;
        total++;
        over += s->state >= STEP_DONE;
    }
    g->glyph = r->state == PROCEDURE_WAITING ? GLYPH_WARN : GLYPH_SUPPORTED;
    g->style = r->state == PROCEDURE_WAITING ? STYLE_WARNING : STYLE_ACCENT;
    snprintf(g->text, sizeof(g->text), "%s %zu/%zu",
             r->failing                      ? "taking back"
             : r->state == PROCEDURE_WAITING ? "asks, step"
                                             : "step",
             over < total ? over + 1 : total, total);
}

/* Behind that: how many of the calls to AWS that are under way have ended. */
static void add_told(const struct model *m, struct segment *g)
{
    size_t at = strlen(g->text);
    int64_t done = 0, known = 0;

    for (size_t i = m->tools.count; i > 0 && m->tools.count - i < TOLD_LOOKED_AT; i--) {
        const struct tool_run *t = &m->tools.items[i - 1];

        done += t->ended ? 0 : t->done;
        known += t->ended ? 0 : t->known;
    }
    if (known)
        snprintf(g->text + at, sizeof(g->text) - at, ", %lld/%lld calls", (long long)done,
                 (long long)known);
}

static void add_phase(const struct model *m, struct segment *g)
{
    bool counted =
        m->hyp_total > 0 && m->phase >= PHASE_INVESTIGATE && !*m->turn_kind && !*m->asked;

    g->has_glyph = true;
    if (!m->turn_running && model_procedure_runs(m)) {
        add_run(model_procedure_open(m), g);
        return;
    }
    if (!m->turn_running) {
        g->glyph = verdict_glyph(m->conclusion.verdict);
        g->style = verdict_style(m->conclusion.verdict);
        snprintf(g->text, sizeof(g->text), "%s", verdict_words[m->conclusion.verdict]);
        return;
    }
    g->glyph = *m->asked ? GLYPH_WARN : GLYPH_SUPPORTED;
    g->style = *m->asked ? STYLE_WARNING : STYLE_ACCENT;
    if (counted)
        snprintf(g->text, sizeof(g->text), "%s %zu/%zu", running_words(m), m->hyp_tested,
                 m->hyp_total);
    else
        snprintf(g->text, sizeof(g->text), "%s", running_words(m));
    add_told(m, g);
}

static void add_elapsed(const struct screen *s, const struct model *m, struct segment *g)
{
    int64_t end = m->turn_running ? s->now_ms : m->turn_ended_ms;
    int64_t sec = end > m->turn_started_ms ? (end - m->turn_started_ms) / 1000 : 0;

    g->style = STYLE_STATUS;
    if (sec >= 3600)
        snprintf(g->text, sizeof(g->text), "%d:%02d:%02d", (int)(sec / 3600), (int)(sec / 60 % 60),
                 (int)(sec % 60));
    else
        snprintf(g->text, sizeof(g->text), "%02d:%02d", (int)(sec / 60), (int)(sec % 60));
}

static void add_targets(const struct model *m, struct segment *g)
{
    size_t at = 0;

    g->style = STYLE_STATUS;
    for (size_t i = 0; i < m->targets.count && at < sizeof(g->text) - 1; i++) {
        int n =
            snprintf(g->text + at, sizeof(g->text) - at, "%s%s", i ? " " : "", m->targets.items[i]);

        at += n > 0 ? (size_t)n : 0;
    }
}

/* "$0.04/$2", "$0.04+": some calls have no price that is known; "no price": none has. */
static void add_cost(const struct model *m, struct segment *g)
{
    bool some = m->cost.unpriced > 0;
    int at;

    g->style = STYLE_STATUS;
    if (some && m->cost.unpriced == m->cost.calls) {
        snprintf(g->text, sizeof(g->text), "no price");
        return;
    }
    at = snprintf(g->text, sizeof(g->text), "$%.2f%s", m->cost.usd, some ? "+" : "");
    if (m->cost.usd_limit >= 0) {
        snprintf(g->text + at, sizeof(g->text) - (size_t)at, "/$%g", m->cost.usd_limit);
        if (m->cost.usd > 0.8 * m->cost.usd_limit)
            g->style = STYLE_WARNING;
    }
}

static size_t make_segments(const struct screen *s, const struct model *m, struct segment *g)
{
    size_t n = 0;

    if (m->read_only) {
        snprintf(g[n].text, sizeof(g[n].text), "read-only");
        g[n++].style = STYLE_OK;
    }
    if (model_approvals_waiting(m)) {
        snprintf(g[n].text, sizeof(g[n].text), "%zu approval%s", model_approvals_waiting(m),
                 model_approvals_waiting(m) == 1 ? "" : "s");
        g[n].has_glyph = true;
        g[n].glyph = GLYPH_WARN;
        g[n++].style = STYLE_DANGER;
    }
    add_phase(m, &g[n++]);
    if (m->turn_started_ms)
        add_elapsed(s, m, &g[n++]);
    if (m->errors > 0) {
        snprintf(g[n].text, sizeof(g[n].text), "%zu error%s", m->errors, m->errors == 1 ? "" : "s");
        g[n].has_glyph = true;
        g[n].glyph = GLYPH_WARN;
        g[n++].style = STYLE_DANGER;
    }
    if (m->cost.usd > 0 || m->cost.input_tokens + m->cost.output_tokens > 0) {
        add_cost(m, &g[n++]);
    }
    if (m->targets.count > 0)
        add_targets(m, &g[n++]);
    if (*m->llm) { /* who answers; where there is room */
        snprintf(g[n].text, sizeof(g[n].text), "%.40s", m->llm);
        g[n++].style = STYLE_STATUS;
    }
    return n;
}

static int segment_width(const struct segment *g)
{
    return text_width(str_from(g->text)) + (g->has_glyph ? 2 : 0) + 3;
}

static int draw_segment(struct canvas *c, int x, int room, const struct segment *g)
{
    int from = x;

    if (g->has_glyph) {
        canvas_glyph(c, x, 0, g->style, g->glyph);
        x += 2;
    }
    x += canvas_cstr(c, x, 0, room - (x - from), g->style, g->text);
    return x - from;
}

void draw_status(const struct screen *s, const struct model *m, const struct layout *l,
                 struct canvas *c)
{
    struct segment segments[SEGMENTS_MAX] = {0};
    size_t count = make_segments(s, m, segments), keep = 0;
    const char *title = *m->title ? m->title : *m->query ? m->query : "this machine";
    int width = l->frame.w, room, total = 0, x = 1;
    int least = width / 3 < 18 ? 18 : width / 3;

    canvas_fill(c, (struct rect){0, 0, width, 1}, STYLE_STATUS);
    x += canvas_cstr(c, x, 0, width - x, STYLE_STATUS_STRONG, "runbook");
    x += 1 + canvas_glyph(c, x + 1, 0, STYLE_ACCENT, GLYPH_CLOSED) + 1;
    if (s->label) {
        /* Where there is little room, what it is; what follows a comma is for more room. */
        size_t len = strcspn(s->label, width < 60 ? " " : width < 90 ? "," : "");

        x += canvas_text(c, x, 0, width - x, STYLE_WARNING, (struct str){s->label, len});
        x += 2;
    }
    while (keep < count && total + segment_width(&segments[keep]) <= width - x - least)
        total += segment_width(&segments[keep++]);
    if (keep == 0 && count > 0)
        total += segment_width(&segments[keep++]);
    room = width - x - total - 1;
    canvas_cstr(c, x, 0, room, STYLE_STATUS_STRONG, title);
    x = width - total;
    for (size_t i = 0; i < keep; i++) {
        draw_segment(c, x + 1, width - x - 1, &segments[i]);
        x += segment_width(&segments[i]);
    }
    canvas_overlay(c, (struct rect){0, 0, width, 1}, STYLE_STATUS_BAR);
}

/* ---- hints in the lower border ---- */

void draw_hints(const struct screen *s, const struct layout *l, struct canvas *c)
{
    int x = l->frame.x + 2, end = l->frame.x + l->frame.w - 2, y = l->hints_y;

    if (s->message && *s->message) {
        x += canvas_cstr(c, x, y, 1, STYLE_DIM, " ");
        x += canvas_cstr(c, x, y, end - x - 1, s->message_danger ? STYLE_DANGER : STYLE_ACCENT,
                         s->message);
        canvas_cstr(c, x, y, 1, STYLE_DIM, " ");
        return;
    }
    for (size_t i = 0; i < s->hint_count; i++) {
        const struct hint *h = &s->hints[i];
        int need = text_width(str_from(h->keys)) + text_width(str_from(h->text)) + 3;

        if (!*h->keys || x + need > end)
            continue;
        x += canvas_cstr(c, x, y, 1, STYLE_DIM, " ");
        x += canvas_cstr(c, x, y, end - x, STYLE_KEY, h->keys);
        x += canvas_cstr(c, x, y, 1, STYLE_DIM, " ");
        x += canvas_cstr(c, x, y, end - x, STYLE_DIM, h->text);
        x += canvas_cstr(c, x, y, 1, STYLE_DIM, " ");
    }
}

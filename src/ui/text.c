/* text.c - see text.h. Lines made safe and wrapped, the tree, the conclusion, the sink; the lines
 * of an event are in text_event.c. */
#include "runbook/ui/text.h"

#include "src/ui/text_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define OUT_MAX ((size_t)16 << 20)
#define BAR_CELLS 10
#define IMPACT_NAMES_MAX 6
#define CAUSE_EVIDENCE_MAX 10 /* R-31 */

static const char *const tone_codes[] = {
    [TONE_PLAIN] = "",        [TONE_DIM] = "\033[2m",   [TONE_BOLD] = "\033[1m",
    [TONE_GOOD] = "\033[32m", [TONE_WARN] = "\033[33m", [TONE_BAD] = "\033[31m",
    [TONE_INFO] = "\033[36m",
};

static const char *code_of(const struct text_options *o, enum tone tone)
{
    return o->tones ? o->tones[tone] : tone_codes[tone];
}

/* Text from outside, safe for a terminal, and of ASCII alone where nothing else can be drawn. */
void text_clean(const struct text_options *o, const char *s, bool keep_newlines, struct buf *out)
{
    struct buf safe = BUF_INIT(OUT_MAX);

    if (!o->ascii) {
        text_sanitize(out, str_from(s), keep_newlines, false);
        return;
    }
    text_sanitize(&safe, str_from(s), keep_newlines, true);
    text_to_ascii(out, buf_str(&safe));
    buf_release(&safe);
}

/* Clean text in a tone. */
void text_add(const struct text_options *o, struct buf *out, enum tone tone, const char *s)
{
    bool colored = o->color && tone != TONE_PLAIN;

    if (colored)
        buf_adds(out, code_of(o, tone));
    text_clean(o, s, false, out);
    if (colored)
        buf_adds(out, "\033[0m");
}

struct wrap_ctx {
    const struct text_options *o;
    struct buf *out;
    int indent;
    enum tone tone;
    size_t lines;
};

static void wrap_line(void *ctx, struct str line, int width_cells)
{
    struct wrap_ctx *w = ctx;
    bool colored = w->o->color && w->tone != TONE_PLAIN;

    (void)width_cells;
    if (w->lines++ && line.len)
        buf_addf(w->out, "%*s", w->indent, "");
    if (!line.len) {
        buf_addc(w->out, '\n');
        return;
    }
    if (colored)
        buf_adds(w->out, code_of(w->o, w->tone));
    buf_add_str(w->out, line);
    if (colored)
        buf_adds(w->out, "\033[0m");
    buf_addc(w->out, '\n');
}

/* The cursor stands at `indent`: wrap there, further lines are indented as far, end with LF. */
void text_add_wrapped(const struct text_options *o, struct buf *out, int indent, enum tone tone,
                      const char *s)
{
    struct wrap_ctx w = {o, out, indent, tone, 0};
    struct buf text = BUF_INIT(OUT_MAX);
    int width = (o->width ? o->width : 100) - indent;

    text_clean(o, s, true, &text);
    text_wrap(buf_str(&text), width < 20 ? 20 : width, wrap_line, &w);
    buf_release(&text);
}

void text_add_label(const struct text_options *o, struct buf *out, const char *label,
                    enum tone tone, const char *s)
{
    buf_addf(out, "%-14s", label);
    text_add_wrapped(o, out, 14, tone, s);
}

/* The tree. */

static void add_bar(const struct text_options *o, struct buf *out, double confidence)
{
    int full = (int)lround(confidence * BAR_CELLS);

    for (int i = 0; i < BAR_CELLS; i++)
        buf_adds(out, i < full ? (o->ascii ? "#" : "█") : (o->ascii ? "." : "░"));
    buf_addf(out, " %.2f ", confidence);
}

static enum tone tone_of_hyp(enum hyp_status s)
{
    static const enum tone tones[HYP_STATUSES] = {[HYP_PENDING] = TONE_DIM,
                                                  [HYP_TESTING] = TONE_INFO,
                                                  [HYP_SUPPORTED] = TONE_WARN,
                                                  [HYP_CONFIRMED] = TONE_BAD,
                                                  [HYP_PRUNED] = TONE_DIM};

    return tones[s];
}

static void tree_node(const struct text_options *o, const struct model *m, size_t index,
                      struct buf *out)
{
    const struct hypothesis *h = &m->hypotheses.items[index];
    int indent = (h->depth - 1) * 2;
    char *line;

    buf_addf(out, "%*s", indent, "");
    add_bar(o, out, h->confidence);
    line = xasprintf("%s %s: %s%s%s", h->id, hyp_status_words(h), h->statement,
                     h->status == HYP_PRUNED && *h->reason ? " - " : "",
                     h->status == HYP_PRUNED ? h->reason : "");
    text_add_wrapped(o, out, indent + BAR_CELLS + 6, tone_of_hyp(h->status), line);
    free(line);
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        line = xasprintf("%s %s: %s", e->id, strength_name(e->strength), e->statement);
        buf_addf(out, "%*s", indent + BAR_CELLS + 6, "");
        text_add_wrapped(o, out, indent + BAR_CELLS + 6, text_tone_of_strength(e->strength), line);
        free(line);
    }
    for (size_t i = 0; i < h->children.count; i++)
        tree_node(o, m, h->children.items[i], out);
}

void text_tree(const struct text_options *o, const struct model *m, struct buf *out)
{
    for (size_t i = 0; i < m->hypotheses.count; i++) {
        if (m->hypotheses.items[i].parent_index == SIZE_MAX)
            tree_node(o, m, i, out);
    }
}

/* The conclusion. */

static enum tone tone_of_verdict(enum verdict v)
{
    static const enum tone tones[VERDICTS] = {[VERDICT_NONE] = TONE_WARN,
                                              [VERDICT_ROOT_CAUSE] = TONE_BAD,
                                              [VERDICT_INCONCLUSIVE] = TONE_WARN,
                                              [VERDICT_NO_ACTION] = TONE_GOOD,
                                              [VERDICT_FAILED] = TONE_BAD};

    return tones[v];
}

const char *text_verdict(enum verdict v)
{
    static const char *const words[VERDICTS] = {[VERDICT_NONE] = "NO VERDICT",
                                                [VERDICT_ROOT_CAUSE] = "ROOT CAUSE",
                                                [VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
                                                [VERDICT_NO_ACTION] = "NO ACTION",
                                                [VERDICT_FAILED] = "FAILED"};

    return words[v];
}

static void cause_lines(const struct text_options *o, const struct model *m, struct buf *out)
{
    const struct conclusion *c = &m->conclusion;
    const struct hypothesis *h = model_hypothesis(m, c->root_cause.hypothesis);
    char *line;

    if (*c->root_cause.resource)
        text_add_label(o, out, "culprit", TONE_BOLD, c->root_cause.resource);
    if (*c->root_cause.service)
        text_add_label(o, out, "service", TONE_BOLD, c->root_cause.service);
    if (*c->root_cause.service && *c->root_cause.metric)
        text_add_label(o, out, "seen in", TONE_PLAIN, c->root_cause.metric);
    line = xasprintf("%.2f (%s) = %s", c->root_cause.confidence, c->root_cause.hypothesis,
                     h ? h->terms : "");
    text_add_label(o, out, "confidence", TONE_PLAIN, line);
    free(line);
    for (size_t i = 0; i < c->root_cause.evidence.count && i < CAUSE_EVIDENCE_MAX; i++) {
        const struct evidence *e = model_evidence(m, c->root_cause.evidence.items[i]);

        if (!e)
            continue;
        line = xasprintf("%s %s", e->id, e->statement);
        text_add_label(o, out, i == 0 ? "evidence" : "", TONE_PLAIN, line);
        free(line);
        if (*e->query) {
            line = xasprintf("from %s", e->query);
            text_add_label(o, out, "", TONE_DIM, line);
            free(line);
        }
    }
}

static void impact_line(const struct text_options *o, const struct model *m, struct buf *out)
{
    struct buf line = BUF_INIT(4096);
    size_t n = m->conclusion.impact.services.count;

    model_impact_words(m, &line);
    for (size_t i = 0; line.len && i < n && i < IMPACT_NAMES_MAX; i++)
        buf_addf(&line, "%s%s", i ? ", " : ": ", m->conclusion.impact.services.items[i]);
    if (line.len && n > IMPACT_NAMES_MAX)
        buf_addf(&line, " and %zu more", n - IMPACT_NAMES_MAX);
    if (line.len)
        text_add_label(o, out, "impact", TONE_PLAIN, buf_cstr(&line));
    buf_release(&line);
}

static void candidate_lines(const struct text_options *o, const struct model *m, struct buf *out)
{
    for (size_t i = 0; i < m->candidates.count && i < 5; i++) {
        const struct candidate *c = &m->candidates.items[i];
        char *line = xasprintf("%d. %.2f %s", (int)c->rank, c->score, c->statement);

        text_add_label(o, out, i == 0 ? "candidates" : "", TONE_PLAIN, line);
        free(line);
    }
}

static void remediation_lines(const struct text_options *o, const struct model *m, struct buf *out)
{
    bool first = true;

    VEC_EACH (r, &m->conclusion.remediation) {
        char *line = xasprintf("%s (risk: %s)", r->action, approval_risk_name(r->risk));

        text_add_label(o, out, first ? "proposal" : "", TONE_PLAIN, line);
        free(line);
        first = false;
        if (*r->command)
            text_add_label(o, out, "", TONE_PLAIN, r->command);
        if (*r->act) {
            line = xasprintf("runbook act %s", r->act);
            text_add_label(o, out, "", TONE_PLAIN, line);
            free(line);
        }
        if (*r->skill) {
            line = xasprintf("runbook skill run %s", r->skill);
            text_add_label(o, out, "", TONE_PLAIN, line);
            free(line);
        }
        if (*r->rollback) {
            line = xasprintf("undo: %s", r->rollback);
            text_add_label(o, out, "", TONE_DIM, line);
            free(line);
        }
        if (*r->watch) {
            line = xasprintf("watch: %s", r->watch);
            text_add_label(o, out, "", TONE_DIM, line);
            free(line);
        }
    }
}

void text_conclusion(const struct text_options *o, const struct model *m, const char *journal,
                     struct buf *out)
{
    const struct conclusion *c = &m->conclusion;
    int64_t end = m->turn_ended_ms ? m->turn_ended_ms : m->last_ms;
    char took[TIME_TEXT_MAX], *line;

    text_add(o, out, tone_of_verdict(c->verdict), text_verdict(c->verdict));
    buf_addf(out, "%*s", (int)(14 - strlen(text_verdict(c->verdict))), "");
    text_add_wrapped(o, out, 14, TONE_BOLD,
                     *c->summary ? c->summary : "The investigation did not come to an end.");
    if (c->has_root_cause)
        cause_lines(o, m, out);
    for (size_t i = 0; i < c->also.count; i++)
        text_add_label(o, out, i == 0 ? "also" : "", TONE_BOLD, c->also.items[i]);
    impact_line(o, m, out);
    candidate_lines(o, m, out);
    for (size_t i = 0; i < m->gaps.count; i++) {
        line = xasprintf("%s: %s", m->gaps.items[i].what, m->gaps.items[i].why);
        text_add_label(o, out, i == 0 ? "not seen" : "", TONE_DIM, line);
        free(line);
    }
    remediation_lines(o, m, out);
    for (size_t i = 0; i < c->next_checks.count; i++)
        text_add_label(o, out, i == 0 ? "next" : "", TONE_PLAIN, c->next_checks.items[i]);
    duration_format(m->turn_started_ms ? end - m->turn_started_ms : 0, took);
    line = xasprintf("%s, %zu queries, %s%s", m->id, m->tools.count, took,
                     journal ? "" : ", not kept");
    text_add_label(o, out, "session", TONE_DIM, line);
    free(line);
}

struct text_sink {
    int fd;
    struct text_options o;
    struct buf out;
    bool broken;
};

struct text_sink *text_sink_new(int fd, const struct text_options *o)
{
    struct text_sink *s = xcalloc(1, sizeof(*s));

    s->fd = fd;
    s->o = *o;
    buf_init(&s->out, OUT_MAX);
    return s;
}

void text_sink_free(struct text_sink *s)
{
    if (!s)
        return;
    buf_release(&s->out);
    free(s);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct text_sink *s = self;
    struct err err;

    if (s->broken)
        return;
    buf_clear(&s->out);
    text_event(&s->o, m, ev, &s->out);
    if (s->out.len)
        s->broken = fd_write_all(s->fd, buf_str(&s->out), &err) != ERR_OK;
}

const struct sink_ops text_sink_ops = {.name = "text", .event = on_event};

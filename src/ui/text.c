/* text.c - see text.h. */
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
static void clean(const struct text_options *o, const char *s, bool keep_newlines, struct buf *out)
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
    clean(o, s, false, out);
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

    clean(o, s, true, &text);
    text_wrap(buf_str(&text), width < 20 ? 20 : width, wrap_line, &w);
    buf_release(&text);
}

void text_add_label(const struct text_options *o, struct buf *out, const char *label,
                    enum tone tone, const char *s)
{
    buf_addf(out, "%-14s", label);
    text_add_wrapped(o, out, 14, tone, s);
}

static void add_time(const struct text_options *o, struct buf *out, int64_t ts_ms)
{
    char when[TIME_TEXT_MAX];

    time_format_hms(ts_ms, true, when);
    text_add(o, out, TONE_DIM, when);
    buf_addc(out, ' ');
}

static enum tone tone_of_status(enum tool_status s)
{
    switch (s) {
    case TOOL_OK:
    case TOOL_EMPTY:
        return TONE_PLAIN;
    case TOOL_ERROR:
    case TOOL_DENIED:
    case TOOL_TIMEOUT:
        return TONE_BAD;
    case TOOL_CANCELED:
        break;
    }
    return TONE_DIM;
}

static void tool_line(const struct text_options *o, const struct model *m, const struct event *ev,
                      struct buf *out)
{
    const struct tool_run *t = model_tool(m, ev->u.tool_ended.call);
    const char *said;
    char took[TIME_TEXT_MAX], *line;

    if (!t)
        return;
    said = *t->summary ? t->summary : t->error;
    duration_format(t->duration_ms, took);
    add_time(o, out, ev->ts_ms);
    text_add(o, out, TONE_INFO, o->ascii ? "> " : "▸ ");
    line = xasprintf("%s%s%s (%s%s%s)", *t->title ? t->title : t->tool, *said ? ": " : "", said,
                     took, t->status == TOOL_OK ? "" : ", ",
                     t->status == TOOL_OK ? "" : tool_status_name(t->status));
    text_add_wrapped(o, out, 11, tone_of_status(t->status), line);
    free(line);
}

static enum tone tone_of_strength(enum evidence_strength s)
{
    static const enum tone tones[STRENGTHS] = {[STRENGTH_STRONG] = TONE_WARN,
                                               [STRENGTH_WEAK] = TONE_PLAIN,
                                               [STRENGTH_NONE] = TONE_DIM,
                                               [STRENGTH_CONTRADICTS] = TONE_GOOD};

    return tones[s];
}

static void evidence_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    const struct ev_evidence_added *e = &ev->u.evidence_added;
    char *line = xasprintf("%s for %s (%s): %s", e->id, *e->hypothesis ? e->hypothesis : "-",
                           strength_name((enum evidence_strength)e->strength), e->statement);

    add_time(o, out, ev->ts_ms);
    buf_adds(out, "  ");
    text_add_wrapped(o, out, 11, tone_of_strength((enum evidence_strength)e->strength), line);
    free(line);
}

static void hypothesis_line(const struct text_options *o, const struct model *m,
                            const struct event *ev, const char *id, const char *what,
                            enum tone tone, struct buf *out)
{
    const struct hypothesis *h = model_hypothesis(m, id);
    char *line;

    if (!h)
        return;
    if (strcmp(what, "proposed") == 0)
        line = xasprintf("%s? %s", h->id, h->statement);
    else if (strcmp(what, "pruned") == 0)
        line = xasprintf("%s pruned: %s", h->id, h->reason);
    else
        line = xasprintf("%s %s (%.2f): %s", h->id, what, h->confidence, h->statement);
    add_time(o, out, ev->ts_ms);
    text_add_wrapped(o, out, 9, tone, line);
    free(line);
}

static void simple_line(const struct text_options *o, const struct event *ev, enum tone tone,
                        const char *prefix, const char *text, struct buf *out)
{
    char *line = xasprintf("%s%s", prefix, text);

    add_time(o, out, ev->ts_ms);
    text_add_wrapped(o, out, 9, tone, line);
    free(line);
}

/* A message comes in pieces; a line of text cannot be taken back, so it is written when it is
 * whole. */
static void message_lines(const struct text_options *o, const struct model *m,
                          const struct event *ev, struct buf *out)
{
    if (o->stream) {
        clean(o, ev->u.agent_text.text, true, out);
        if (ev->u.agent_text.last)
            buf_addc(out, '\n');
        return;
    }
    if (!ev->u.agent_text.last)
        return;
    for (size_t i = m->items.count; i-- > 0;) {
        const struct item *it = &m->items.items[i];

        if (it->kind == ITEM_TEXT && strcmp(it->tag, ev->u.agent_text.message) == 0) {
            simple_line(o, ev, TONE_PLAIN, "", it->text, out);
            return;
        }
    }
}

static void gap_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    char *line = xasprintf("could not look at %s: %s", ev->u.gap_noted.what, ev->u.gap_noted.why);

    simple_line(o, ev, TONE_DIM, "", line, out);
    free(line);
}

static void error_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    const struct ev_error *e = &ev->u.error;
    char *line = xasprintf("%s%s%s", e->doing, *e->doing ? ": " : "", e->text);

    simple_line(o, ev, TONE_BAD, "error: ", line, out);
    free(line);
}

static void steered_line(const struct text_options *o, const struct model *m,
                         const struct event *ev, struct buf *out)
{
    static const char *const words[STEER_ACTS] = {[STEER_REJECT] = "reject",
                                                  [STEER_RESTORE] = "take back the rejection of",
                                                  [STEER_PROMOTE] = "test next",
                                                  [STEER_TEST] = "one more test of"};
    const struct ev_hypothesis_steered *s = &ev->u.hypothesis_steered;
    const struct hypothesis *h = model_hypothesis(m, s->id);
    char *line = xasprintf("%s %s%s%s%s%s", words[s->act], s->id, h ? " " : "",
                           h ? h->statement : "", *s->text ? ": " : "", s->text);

    simple_line(o, ev, TONE_BOLD, "you: ", line, out);
    free(line);
}

static void approval_line(const struct text_options *o, const struct model *m,
                          const struct event *ev, const char *id, struct buf *out)
{
    const struct approval *a = model_approval(m, id);
    char *line;

    if (!a)
        return;
    line = xasprintf("approval %s %s: %s%s%s (%s)%s%s", a->id, approval_state_name(a->state),
                     a->operation, *a->resource ? " of " : "", a->resource,
                     approval_risk_name(a->risk), *a->reason ? ": " : "", a->reason);
    simple_line(o, ev, TONE_WARN, "", line, out);
    free(line);
}

static void branched_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    char *line = xasprintf("branched from %s after its event %lld", ev->u.session_branched.from,
                           (long long)ev->u.session_branched.event);

    simple_line(o, ev, TONE_WARN, "note: ", line, out);
    free(line);
}

/* What became a notice of the model, the last of them. */
static void notice_line(const struct text_options *o, const struct model *m, const struct event *ev,
                        enum tone tone, struct buf *out)
{
    const struct item *last = m->items.count ? &m->items.items[m->items.count - 1] : NULL;

    if (last && last->kind == ITEM_NOTICE && last->seq == ev->seq)
        simple_line(o, ev, tone, "note: ", last->text, out);
}

void text_event(const struct text_options *o, const struct model *m, const struct event *ev,
                struct buf *out)
{
    switch (ev->type) {
    case EV_USER_MESSAGE:
        simple_line(o, ev, TONE_BOLD, "you: ", ev->u.user_message.text, out);
        break;
    case EV_AGENT_TEXT:
        message_lines(o, m, ev, out);
        break;
    case EV_TOOL_ENDED:
        tool_line(o, m, ev, out);
        break;
    case EV_LIMIT_WARNED:
        simple_line(o, ev, TONE_WARN, "note: ", ev->u.limit_warned.text, out);
        break;
    case EV_EVIDENCE_ADDED:
        evidence_line(o, ev, out);
        break;
    case EV_HYPOTHESIS_PROPOSED:
        hypothesis_line(o, m, ev, ev->u.hypothesis_proposed.id, "proposed", TONE_PLAIN, out);
        break;
    case EV_HYPOTHESIS_PRUNED:
        hypothesis_line(o, m, ev, ev->u.hypothesis_id.id, "pruned", TONE_DIM, out);
        break;
    case EV_HYPOTHESIS_SUPPORTED:
        hypothesis_line(o, m, ev, ev->u.hypothesis_scored.id, "supported", TONE_WARN, out);
        break;
    case EV_HYPOTHESIS_CONFIRMED:
        hypothesis_line(o, m, ev, ev->u.hypothesis_scored.id, "confirmed", TONE_BAD, out);
        break;
    case EV_HYPOTHESIS_STEERED:
        steered_line(o, m, ev, out);
        break;
    case EV_APPROVAL_REQUESTED:
        approval_line(o, m, ev, ev->u.approval_requested.id, out);
        break;
    case EV_APPROVAL_GRANTED:
    case EV_APPROVAL_REJECTED:
    case EV_APPROVAL_EXPIRED:
        approval_line(o, m, ev, ev->u.approval_decided.id, out);
        break;
    case EV_GAP_NOTED:
        gap_line(o, ev, out);
        break;
    case EV_ERROR:
        error_line(o, ev, out);
        break;
    case EV_SESSION_BRANCHED:
        branched_line(o, ev, out);
        break;
    case EV_AGENT_ASKED:
        notice_line(o, m, ev, TONE_BOLD, out);
        break;
    case EV_MODEL_SWITCHED:
    case EV_CONTEXT_COMPACTED:
    case EV_JUDGE_REFUSED:
    case EV_SESSION_RENAMED:
    case EV_MUTATION_PROPOSED:
    case EV_MUTATION_STARTED:
    case EV_MUTATION_UNKNOWN:
    case EV_MUTATION_ENDED:
    case EV_MUTATION_VERIFIED:
    case EV_READONLY_SET:
        notice_line(o, m, ev, TONE_WARN, out);
        break;
    case EV_MODEL_CALLED:
        break;
    case EV_TURN_ENDED:
        if (strcmp(ev->u.turn_ended.reason, "done") != 0)
            simple_line(o, ev, TONE_WARN, "ended: ", ev->u.turn_ended.reason, out);
        break;
    case EV_SESSION_OPENED:
    case EV_SESSION_CLOSED:
    case EV_INCIDENT_LOADED:
    case EV_TOPOLOGY_LOADED:
    case EV_TURN_STARTED:
    case EV_PHASE_CHANGED:
    case EV_AGENT_THINKING:
    case EV_TOOL_STARTED:
    case EV_HYPOTHESIS_TESTING:
    case EV_HYPOTHESIS_BRANCHED:
    case EV_CANDIDATE_RANKED:
    case EV_ROOTCAUSE_IDENTIFIED:
    case EV_REMEDIATION_PROPOSED:
    case EV_CONCLUSION_REACHED:
    case EV_RESOURCE_SEEN:
    case EV_ALERT_SEEN:
    case EV_COST_UPDATED:
    case EV_CONTEXT_MEASURED:
    case EV_POLICY_DECIDED:
    case EV_MUTATION_PLANNED:
    case EV_UNKNOWN:
        break;
    }
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
        text_add_wrapped(o, out, indent + BAR_CELLS + 6, tone_of_strength(e->strength), line);
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
    if (*c->root_cause.service) {
        line = xasprintf("%s%s%s", c->root_cause.service, *c->root_cause.metric ? " " : "",
                         c->root_cause.metric);
        text_add_label(o, out, "service", TONE_BOLD, line);
        free(line);
    }
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

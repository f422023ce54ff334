/* text_event.c - the lines of one event in a transcript, see text.h. */
#include "src/ui/text_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/ui/text.h"

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

enum tone text_tone_of_strength(enum evidence_strength s)
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
    text_add_wrapped(o, out, 11, text_tone_of_strength((enum evidence_strength)e->strength), line);
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
        text_clean(o, ev->u.agent_text.text, true, out);
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

/* One of several persons said yes, or somebody whose word does not count. */
static void second_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    const struct ev_approval_decided *d = &ev->u.approval_decided;
    char *line = ev->type == EV_APPROVAL_CONFIRMED
                     ? xasprintf("approval %s confirmed by %s", d->id, d->by)
                     : xasprintf("the word of %s for approval %s does not count: %s", d->by, d->id,
                                 d->reason);

    simple_line(o, ev, TONE_WARN, "", line, out);
    free(line);
}

/* Who waits for long hears every few seconds how far it is. */
static void told_line(const struct text_options *o, const struct model *m, const struct event *ev,
                      struct buf *out)
{
    const struct tool_run *t = model_tool(m, ev->u.tool_told.call);
    char told[700], *line;

    if (!t || !t->say || !tool_run_told(t, told, sizeof(told)))
        return;
    line = xasprintf("%s: so far %s", *t->title ? t->title : t->tool, told);
    simple_line(o, ev, TONE_DIM, o->ascii ? "> " : "▸ ", line, out);
    free(line);
}

static void rule_line(const struct text_options *o, const struct event *ev, struct buf *out)
{
    const struct ev_rule *r = &ev->u.rule;
    char *line =
        ev->type == EV_RULE_REVOKED
            ? xasprintf("%s is not remembered any more", r->id)
            : xasprintf("%s: %s of %s %s", r->id, r->operation, r->resource,
                        r->deny ? "is refused from here on" : "is not asked again in this session");

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
    case EV_TOOL_TOLD:
        told_line(o, m, ev, out);
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
    case EV_RULE_REMEMBERED:
    case EV_RULE_REVOKED:
        rule_line(o, ev, out);
        break;
    case EV_APPROVAL_CONFIRMED:
    case EV_APPROVAL_REFUSED:
        second_line(o, ev, out);
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
    case EV_SESSION_TARGET:
    case EV_MUTATION_PROPOSED:
    case EV_MUTATION_STARTED:
    case EV_MUTATION_UNKNOWN:
    case EV_MUTATION_ENDED:
    case EV_MUTATION_VERIFIED:
    case EV_READONLY_SET:
    case EV_PROCEDURE_STARTED:
    case EV_PROCEDURE_STOPPED:
    case EV_PROCEDURE_RESUMED:
    case EV_PROCEDURE_FINISHED:
    case EV_STEP_RETRIED:
    case EV_STEP_ASKED:
    case EV_STEP_ANSWERED:
    case EV_STEP_FINISHED:
        notice_line(o, m, ev, TONE_WARN, out);
        break;
    case EV_MODEL_CALLED:
    case EV_PLAN_CREATED: /* its card is said as text */
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
    case EV_INVENTORY_SEEN:
    case EV_FINDING_SEEN:
    case EV_SECURITY_LOOKED:
    case EV_CHANGE_SEEN:
    case EV_COST_UPDATED:
    case EV_CONTEXT_MEASURED:
    case EV_POLICY_DECIDED:
    case EV_MUTATION_PLANNED:
    case EV_STEP_STARTED:
    case EV_UNKNOWN:
        break;
    }
}

/* refutation.c - see refutation.h. What is off is judged first by what speaks against it, then by
 * what speaks for it, then by looks that came back with nothing. A look that found nothing says
 * something of a pruned hypothesis only: of one that stands it is a control that was clean. */
#include "runbook/model/refutation.h"

#include <string.h>

static bool answered(const struct tool_run *t)
{
    return t->ended && (t->status == TOOL_OK || t->status == TOOL_EMPTY);
}

/* Read from an answer; what is cited from a look that failed says that it failed, nothing else. */
static bool was_seen(const struct model *m, const struct evidence *e)
{
    const struct tool_run *t = *e->call ? model_tool(m, e->call) : NULL;

    return !t || answered(t);
}

/* The latest of that strength, of what was seen. */
static const struct evidence *latest(const struct model *m, const struct hypothesis *h,
                                     enum evidence_strength strength)
{
    for (size_t i = h->evidence.count; i-- > 0;) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength == strength && was_seen(m, e))
            return e;
    }
    return NULL;
}

/* Strong before weak. */
static const struct evidence *speaks_for(const struct model *m, const struct hypothesis *h)
{
    const struct evidence *e = latest(m, h, STRENGTH_STRONG);

    return e ? e : latest(m, h, STRENGTH_WEAK);
}

/* Nothing came of it but gaps, or its looks failed one and all. */
static bool could_not_be_seen(const struct model *m, const struct hypothesis *h)
{
    bool failed = false, seen = false;

    VEC_EACH (t, &m->tools) {
        if (strcmp(t->hypothesis, h->id) != 0)
            continue;
        if (!t->ended)
            return false;
        seen = seen || answered(t);
        failed = failed || !answered(t);
    }
    return h->gaps.count > 0 || (failed && !seen);
}

/* The rules look before they say anything; a model may name a hypothesis from what it has read. */
static bool was_looked_at(const struct model *m, const struct hypothesis *h)
{
    VEC_EACH (t, &m->tools) {
        if (strcmp(t->hypothesis, h->id) == 0 && answered(t))
            return true;
    }
    return !h->by_model;
}

static enum refutation of_pruned(const struct model *m, const struct hypothesis *h,
                                 const struct evidence **ret)
{
    *ret = speaks_for(m, h);
    if (*ret)
        return REFUTATION_OUTWEIGHED;
    *ret = latest(m, h, STRENGTH_NONE);
    if (*ret)
        return REFUTATION_NOTHING;
    if (*h->rejected_by)
        return REFUTATION_REJECTED;
    if (could_not_be_seen(m, h))
        return REFUTATION_COULD_NOT;
    return *h->reason ? REFUTATION_REASONED : REFUTATION_NOT_YET;
}

static enum refutation of_open(const struct model *m, const struct hypothesis *h,
                               const struct evidence **ret)
{
    const struct evidence *e = speaks_for(m, h);
    bool stands = h->status == HYP_SUPPORTED || h->status == HYP_CONFIRMED;

    if (e && was_looked_at(m, h)) {
        *ret = e;
        return REFUTATION_NOT_SHOWN;
    }
    if (!stands && (e = latest(m, h, STRENGTH_NONE))) {
        *ret = e;
        return REFUTATION_NOTHING;
    }
    return could_not_be_seen(m, h) ? REFUTATION_COULD_NOT : REFUTATION_NOT_YET;
}

enum refutation hyp_refutation(const struct model *m, const struct hypothesis *h,
                               const struct evidence **ret_evidence)
{
    *ret_evidence = latest(m, h, STRENGTH_CONTRADICTS);
    if (*ret_evidence)
        return REFUTATION_SHOWN;
    return h->status == HYP_PRUNED ? of_pruned(m, h, ret_evidence) : of_open(m, h, ret_evidence);
}

/* Why it was pruned, unless the evidence that was just named says it in the same words. */
static void add_reason(const struct hypothesis *h, const struct evidence *e, struct buf *out)
{
    if (h->status == HYP_PRUNED && *h->reason && (!e || strcmp(e->statement, h->reason) != 0))
        buf_addf(out, ": %s", h->reason);
}

static void against_words(const struct model *m, const struct hypothesis *h,
                          const struct evidence *e, struct buf *out)
{
    const struct evidence *rest = h->status == HYP_PRUNED ? NULL : speaks_for(m, h);

    buf_addf(out, "looked for: yes; %s speaks against %s", e->id, h->id);
    if (rest)
        buf_addf(out, ", %s for it", rest->id);
    add_reason(h, e, out);
}

void hyp_refutation_words(const struct model *m, const struct hypothesis *h, struct buf *out)
{
    const struct evidence *e;

    switch (hyp_refutation(m, h, &e)) {
    case REFUTATION_NOT_YET:
        buf_adds(out, "looked for: not yet");
        break;
    case REFUTATION_COULD_NOT:
        buf_addf(out, "looked for: could not be seen%s",
                 h->status == HYP_PRUNED ? "; it is not ruled out" : "");
        break;
    case REFUTATION_REJECTED:
        buf_addf(out, "looked for: no, %s was rejected first", h->rejected_by);
        break;
    case REFUTATION_REASONED:
        buf_addf(out, "looked for: %s", h->reason);
        break;
    case REFUTATION_NOT_SHOWN:
        buf_addf(out, "looked for: yes, not found; %s speaks for %s", e->id, h->id);
        break;
    case REFUTATION_OUTWEIGHED:
        buf_addf(out, "looked for: %s speaks for %s, yet it was %s", e->id, h->id,
                 *h->rejected_by ? "rejected" : "pruned");
        add_reason(h, NULL, out);
        break;
    case REFUTATION_NOTHING:
        buf_addf(out, "looked for: yes; %s does not speak for %s", e->id, h->id);
        add_reason(h, e, out);
        break;
    case REFUTATION_SHOWN:
        against_words(m, h, e, out);
        break;
    }
}

bool hyp_is_ruled_out(const struct model *m, const struct hypothesis *h)
{
    const struct evidence *e;

    return h->status == HYP_PRUNED && hyp_refutation(m, h, &e) != REFUTATION_COULD_NOT;
}

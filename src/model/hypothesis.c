/* hypothesis.c - the fold of evidence, of the tree it speaks for or against, and of gaps. */
#include "model_priv.h"

#include <math.h>
#include <string.h>

static void copy_evidence(struct model *m, struct evidence *e, const struct ev_evidence_added *a)
{
    e->id = model_keep(m, a->id);
    e->call = model_keep(m, a->call);
    e->hypothesis = model_keep(m, a->hypothesis);
    e->statement = model_keep(m, a->statement);
    e->query = model_keep(m, a->query);
    e->blob = model_keep(m, a->blob);
    e->service = model_keep(m, a->service);
    e->metric = model_keep(m, a->metric);
    e->resource = model_keep(m, a->resource);
    e->unit = model_keep(m, a->unit);
    e->strength = (enum evidence_strength)a->strength;
    e->before = a->before;
    e->after = a->after;
    e->score = a->score;
    e->window_start_ms = a->window_start_ms;
    e->window_end_ms = a->window_end_ms;
    e->onset_ms = a->onset_ms;
    e->direct = a->direct;
    e->temporal = a->temporal;
}

/* The best strength of a node's evidence, for its default score. */
static enum evidence_strength best_strength(const struct hypothesis *h)
{
    return h->best == STRENGTH_NONE && h->contradicted ? STRENGTH_CONTRADICTS : h->best;
}

void model_rescore(struct hypothesis *h)
{
    if (h->status == HYP_PENDING || h->status == HYP_TESTING || h->status == HYP_PRUNED)
        h->confidence =
            hyp_default_score(h->status, best_strength(h), h->evidence.count > 0) / 100.0;
}

void model_on_evidence_added(struct model *m, const struct event *ev)
{
    const struct ev_evidence_added *a = &ev->u.evidence_added;
    struct evidence *e = VEC_PUSH(&m->evidence);
    struct hypothesis *h;

    copy_evidence(m, e, a);
    e->ts_ms = ev->ts_ms;
    e->by_model = model_actor_is_llm(ev->actor);
    model_index_put(m, 'e', e->id, m->evidence.count - 1);
    model_add_item(m, ev, ITEM_EVIDENCE, m->evidence.count - 1, "");
    if (!*a->hypothesis)
        return;
    h = model_hyp_of(m, ev, a->hypothesis);
    if (h) {
        *VEC_PUSH(&h->evidence) = m->evidence.count - 1;
        h->contradicted = h->contradicted || e->strength == STRENGTH_CONTRADICTS;
        if (e->strength < h->best)
            h->best = e->strength;
        model_rescore(h);
    }
}

static void copy_hypothesis(struct model *m, struct hypothesis *h,
                            const struct ev_hypothesis_proposed *p)
{
    h->id = model_keep(m, p->id);
    h->best = STRENGTH_NONE;
    h->parent = model_keep(m, p->parent);
    h->statement = model_keep(m, p->statement);
    h->kind = model_keep(m, p->kind);
    h->resource = model_keep(m, p->resource);
    h->service = model_keep(m, p->service);
    h->metric = model_keep(m, p->metric);
    h->pattern = model_keep(m, p->pattern);
    h->rationale = model_keep(m, p->rationale);
    h->refutes = model_keep(m, p->refutes);
    h->category = (enum category)p->category;
    h->priority = p->priority;
}

static void add_hyp_item(struct model *m, const struct event *ev, size_t index, const char *what)
{
    model_add_item(m, ev, ITEM_HYPOTHESIS, index, "")->tag = what;
}

void model_on_hypothesis_proposed(struct model *m, const struct event *ev)
{
    const struct ev_hypothesis_proposed *p = &ev->u.hypothesis_proposed;
    size_t index = m->hypotheses.count, parent = model_index(m, 'h', p->parent);
    struct hypothesis *h;

    if (model_index(m, 'h', p->id) != SIZE_MAX) {
        model_notice(m, ev, arena_printf(m->arena, "hypothesis %s was proposed twice", p->id));
        return;
    }
    h = VEC_PUSH(&m->hypotheses);
    copy_hypothesis(m, h, p);
    h->terms = h->reason = h->rejected_by = "";
    h->by_user = strcmp(ev->actor, "user") == 0;
    h->by_model = model_actor_is_llm(ev->actor);
    h->parent_index = parent;
    h->depth = parent == SIZE_MAX ? 1 : m->hypotheses.items[parent].depth + 1;
    h->proposed_ms = h->changed_ms = ev->ts_ms;
    model_rescore(h);
    model_index_put(m, 'h', h->id, index);
    if (parent != SIZE_MAX)
        *VEC_PUSH(&m->hypotheses.items[parent].children) = index;
    m->hyp_total++;
    add_hyp_item(m, ev, index, "proposed");
}

void model_set_status(struct model *m, const struct event *ev, struct hypothesis *h,
                      enum hyp_status s)
{
    bool was_open = h->status == HYP_PENDING || h->status == HYP_TESTING;
    bool is_open = s == HYP_PENDING || s == HYP_TESTING;

    if (was_open && !is_open)
        m->hyp_tested++;
    else if (!was_open && is_open && m->hyp_tested)
        m->hyp_tested--;
    h->status = s;
    h->changed_ms = ev->ts_ms;
}

void model_on_hypothesis_testing(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (h && h->status == HYP_PENDING)
        model_set_status(m, ev, h, HYP_TESTING);
}

void model_on_hypothesis_branched(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (h)
        add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), "branched");
}

void model_on_hypothesis_pruned(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (!h || *h->rejected_by)
        return;
    model_set_status(m, ev, h, HYP_PRUNED);
    h->reason = model_keep(m, ev->u.hypothesis_id.reason);
    model_rescore(h);
    add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), "pruned");
}

static void scored(struct model *m, const struct event *ev, enum hyp_status s, const char *what)
{
    const struct ev_hypothesis_scored *x = &ev->u.hypothesis_scored;
    struct hypothesis *h = model_hyp_of(m, ev, x->id);

    if (!h)
        return;
    if (*h->rejected_by) { /* no writer does this; the person's word stands whatever a journal says
                            */
        model_notice(m, ev, arena_printf(m->arena, "%s stays rejected: it was %s", h->id, what));
        return;
    }
    model_set_status(m, ev, h, s);
    h->confidence =
        isnan(x->confidence) ? hyp_default_score(s, best_strength(h), true) / 100.0 : x->confidence;
    h->terms = model_keep(m, x->terms);
    h->reason = model_keep(m, x->reason);
    add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), what);
}

void model_on_hypothesis_supported(struct model *m, const struct event *ev)
{
    scored(m, ev, HYP_SUPPORTED, "supported");
}

void model_on_hypothesis_confirmed(struct model *m, const struct event *ev)
{
    scored(m, ev, HYP_CONFIRMED, "confirmed");
}

void model_on_gap_noted(struct model *m, const struct event *ev)
{
    const struct ev_gap_noted *n = &ev->u.gap_noted;
    struct gap *g = VEC_PUSH(&m->gaps);
    struct hypothesis *h;

    g->what = model_keep(m, n->what);
    g->why = model_keep(m, n->why);
    g->hypothesis = model_keep(m, n->hypothesis);
    g->code = model_keep(m, n->code);
    model_add_item(m, ev, ITEM_GAP, m->gaps.count - 1, "");
    if (*n->hypothesis) {
        h = model_hyp_of(m, ev, n->hypothesis);
        if (h)
            *VEC_PUSH(&h->gaps) = m->gaps.count - 1;
    }
}

const char *hyp_status_name(enum hyp_status s)
{
    static const char *const names[HYP_STATUSES] = {
        [HYP_PENDING] = "pending",     [HYP_TESTING] = "testing", [HYP_SUPPORTED] = "supported",
        [HYP_CONFIRMED] = "confirmed", [HYP_PRUNED] = "pruned",
    };

    return names[s];
}

const char *hyp_status_words(const struct hypothesis *h)
{
    return *h->rejected_by ? "rejected" : hyp_status_name(h->status);
}

int hyp_default_score(enum hyp_status s, enum evidence_strength best, bool has_evidence)
{
    static const int by_strength[STRENGTHS] = {[STRENGTH_STRONG] = 70,
                                               [STRENGTH_WEAK] = 40,
                                               [STRENGTH_NONE] = 20,
                                               [STRENGTH_CONTRADICTS] = 10};

    if (s == HYP_CONFIRMED)
        return 85;
    if (s == HYP_PRUNED)
        return 0;
    return has_evidence ? by_strength[best] : 30;
}

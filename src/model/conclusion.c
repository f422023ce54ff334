/* conclusion.c - the fold of the verdict: candidates, root cause, what a person could do. */
#include "model_priv.h"

void model_on_candidate_ranked(struct model *m, const struct event *ev)
{
    const struct ev_candidate_ranked *c = &ev->u.candidate_ranked;
    struct candidate *k = VEC_PUSH(&m->candidates);

    k->rank = c->rank;
    k->service = model_keep(m, c->service);
    k->metric = model_keep(m, c->metric);
    k->resource = model_keep(m, c->resource);
    k->category = model_keep(m, c->category);
    k->statement = model_keep(m, c->statement);
    k->hypothesis = model_keep(m, c->hypothesis);
    k->score = c->score;
    for (size_t i = 0; i < c->evidence.count; i++)
        *VEC_PUSH(&k->evidence) = model_keep(m, c->evidence.items[i]);
}

void model_on_rootcause_identified(struct model *m, const struct event *ev)
{
    const struct ev_rootcause_identified *r = &ev->u.rootcause_identified;

    m->conclusion.has_root_cause = true;
    m->conclusion.root_cause.hypothesis = model_keep(m, r->hypothesis);
    m->conclusion.root_cause.statement = model_keep(m, r->statement);
    m->conclusion.root_cause.category = model_keep(m, r->category);
    m->conclusion.root_cause.service = model_keep(m, r->service);
    m->conclusion.root_cause.metric = model_keep(m, r->metric);
    m->conclusion.root_cause.resource = model_keep(m, r->resource);
    m->conclusion.root_cause.confidence = r->confidence;
    m->conclusion.root_cause.evidence.count = 0;
    for (size_t i = 0; i < r->evidence.count; i++)
        *VEC_PUSH(&m->conclusion.root_cause.evidence) = model_keep(m, r->evidence.items[i]);
}

void model_on_remediation_proposed(struct model *m, const struct event *ev)
{
    const struct ev_remediation_proposed *p = &ev->u.remediation_proposed;
    struct remediation *r = VEC_PUSH(&m->conclusion.remediation);

    r->hypothesis = model_keep(m, p->hypothesis);
    r->action = model_keep(m, p->action);
    r->command = model_keep(m, p->command);
    r->rollback = model_keep(m, p->rollback);
    r->watch = model_keep(m, p->watch);
    r->act = model_keep(m, p->act);
    r->skill = model_keep(m, p->skill);
    r->risk = (enum approval_risk)p->risk;
}

void model_on_conclusion_reached(struct model *m, const struct event *ev)
{
    const struct ev_conclusion_reached *c = &ev->u.conclusion_reached;

    m->conclusion.verdict = (enum verdict)c->verdict;
    m->conclusion.summary = model_keep(m, c->summary);
    m->conclusion.confidence = c->confidence;
    m->conclusion.affected_services.count = m->conclusion.next_checks.count = 0;
    for (size_t i = 0; i < c->affected_services.count; i++)
        *VEC_PUSH(&m->conclusion.affected_services) = model_keep(m, c->affected_services.items[i]);
    for (size_t i = 0; i < c->next_checks.count; i++)
        *VEC_PUSH(&m->conclusion.next_checks) = model_keep(m, c->next_checks.items[i]);
    m->conclusion.also.count = 0;
    for (size_t i = 0; i < c->also.count; i++)
        *VEC_PUSH(&m->conclusion.also) = model_keep(m, c->also.items[i]);
    model_fold_impact(m);
    model_add_item(m, ev, ITEM_CONCLUSION, 0, m->conclusion.summary);
}

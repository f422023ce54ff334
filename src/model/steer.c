/* steer.c - the fold of what a person wants of the tree.
 * A rejection holds for the node and all below it, and nothing but the person's own word ends it.
 */
#include "model_priv.h"

#include <string.h>

static void reject(struct model *m, const struct event *ev, size_t index, const char *root,
                   const char *why)
{
    struct hypothesis *h = &m->hypotheses.items[index];

    if (!*h->rejected_by) {
        h->before_rejection = h->status;
        h->reason_before = h->reason;
        h->rejected_by = root;
        model_set_status(m, ev, h, HYP_PRUNED);
        h->reason = why;
        h->confidence = 0;
    }
    for (size_t i = 0; i < m->hypotheses.items[index].children.count; i++)
        reject(m, ev, m->hypotheses.items[index].children.items[i], root,
               arena_printf(m->arena, "%s above it was rejected", root));
}

static void restore(struct model *m, const struct event *ev, size_t index, const char *root)
{
    struct hypothesis *h = &m->hypotheses.items[index];

    if (strcmp(h->rejected_by, root) == 0) {
        /* What was confirmed is so again only when the engine weighs it anew; what had been pruned
         * is open again when it is the one that the person wants back. */
        bool reopen = h->before_rejection == HYP_PRUNED && strcmp(h->id, root) == 0;
        enum hyp_status s = h->before_rejection == HYP_CONFIRMED ? HYP_SUPPORTED
                            : reopen                             ? HYP_PENDING
                                                                 : h->before_rejection;

        h->rejected_by = "";
        h->reason = s == HYP_PENDING ? "" : h->reason_before;
        model_set_status(m, ev, h, s);
        model_rescore(h);
        if (s == HYP_SUPPORTED)
            h->confidence = hyp_default_score(s, h->best, h->evidence.count > 0) / 100.0;
    }
    for (size_t i = 0; i < m->hypotheses.items[index].children.count; i++)
        restore(m, ev, m->hypotheses.items[index].children.items[i], root);
}

static void add_words(struct model *m, const struct event *ev, size_t index, const char *what)
{
    struct item *it =
        model_add_item(m, ev, ITEM_HYPOTHESIS, index, model_keep(m, ev->u.hypothesis_steered.text));

    it->tag = what;
}

static void drop_root_cause(struct model *m)
{
    const struct hypothesis *h = model_hypothesis(m, m->conclusion.root_cause.hypothesis);

    if (m->conclusion.has_root_cause && h && *h->rejected_by) {
        m->conclusion.has_root_cause = false;
        m->conclusion.verdict = VERDICT_INCONCLUSIVE;
    }
}

void model_on_steered(struct model *m, const struct event *ev)
{
    const struct ev_hypothesis_steered *s = &ev->u.hypothesis_steered;
    struct hypothesis *h = model_hyp_of(m, ev, s->id);
    size_t index;

    if (!h)
        return;
    index = (size_t)(h - m->hypotheses.items);
    switch ((enum steer_act)s->act) {
    case STEER_REJECT:
        reject(m, ev, index, h->id, *s->text ? model_keep(m, s->text) : "rejected by you");
        drop_root_cause(m);
        add_words(m, ev, index, "rejected");
        break;
    case STEER_RESTORE:
        restore(m, ev, index, h->id);
        add_words(m, ev, index, "taken back");
        break;
    case STEER_PROMOTE:
        h->promoted = ++m->promotions;
        add_words(m, ev, index, "promoted");
        break;
    case STEER_TEST:
        add_words(m, ev, index, "one more test");
        break;
    }
}

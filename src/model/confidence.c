/* confidence.c - see confidence.h. */
#include "runbook/model/confidence.h"

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

int confidence_score(const struct confidence_input *in)
{
    int score = min_int(15 * in->depth, 30) + min_int(20 * in->corroborating, 40) -
                25 * in->contradicting + (in->temporal ? 15 : 0) + (in->history ? 15 : 0) +
                (in->direct ? 20 : 0);

    return score < 0 ? 0 : min_int(score, 100);
}

enum confidence_level confidence_level(int score)
{
    return score >= 70 ? CONFIDENCE_HIGH : score >= 40 ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}

/* Levels of the causal chain that are backed by evidence: this node, its ancestors, and the deepest
 * supported line below it, since a cause that was followed to its culprit is better understood. */
static int causal_depth(const struct model *m, size_t index)
{
    const struct hypothesis *h = &m->hypotheses.items[index];
    int below = 0;

    for (size_t i = 0; i < h->children.count; i++) {
        const struct hypothesis *c = &m->hypotheses.items[h->children.items[i]];

        if (c->status == HYP_SUPPORTED || c->status == HYP_CONFIRMED) {
            int d = causal_depth(m, h->children.items[i]) - h->depth;

            below = d > below ? d : below;
        }
    }
    return h->depth + below;
}

void confidence_gather(const struct model *m, size_t hyp_index, struct confidence_input *ret)
{
    const struct hypothesis *h = &m->hypotheses.items[hyp_index];
    struct confidence_input in = {0};

    in.depth = causal_depth(m, hyp_index);
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        switch (e->strength) {
        case STRENGTH_STRONG:
        case STRENGTH_WEAK:
            in.corroborating++;
            in.temporal = in.temporal || e->temporal;
            in.direct = in.direct || (e->direct && e->strength == STRENGTH_STRONG);
            break;
        case STRENGTH_CONTRADICTS:
            in.contradicting++;
            break;
        case STRENGTH_NONE:
            break;
        }
    }
    *ret = in;
}

static void add_ids(const struct model *m, const struct hypothesis *h, bool contradicting,
                    struct buf *out)
{
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength == STRENGTH_NONE || (e->strength == STRENGTH_CONTRADICTS) != contradicting)
            continue;
        buf_addf(out, " %s", e->id);
    }
}

void confidence_terms(const struct model *m, size_t hyp_index, const struct confidence_input *in,
                      struct buf *out)
{
    const struct hypothesis *h = &m->hypotheses.items[hyp_index];

    buf_addf(out, "+%d depth %d", min_int(15 * in->depth, 30), in->depth);
    if (in->corroborating) {
        buf_addf(out, ", +%d corroborating", min_int(20 * in->corroborating, 40));
        add_ids(m, h, false, out);
    }
    if (in->contradicting) {
        buf_addf(out, ", -%d contradicting", 25 * in->contradicting);
        add_ids(m, h, true, out);
    }
    if (in->temporal)
        buf_adds(out, ", +15 temporal");
    if (in->history)
        buf_adds(out, ", +15 history");
    if (in->direct)
        buf_adds(out, ", +20 direct");
}

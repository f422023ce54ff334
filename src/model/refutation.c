/* refutation.c - see refutation.h. */
#include "runbook/model/refutation.h"

#include <string.h>

static bool speaks_against(const struct evidence *e)
{
    return e->strength == STRENGTH_CONTRADICTS || e->strength == STRENGTH_NONE;
}

/* A contradiction before an absence, and the latest of equals. */
static const struct evidence *find(const struct model *m, const struct hypothesis *h, bool against)
{
    const struct evidence *best = NULL;

    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (speaks_against(e) != against)
            continue;
        if (!best || !against || e->strength >= best->strength)
            best = e;
    }
    return best;
}

static bool every_look_failed(const struct model *m, const struct hypothesis *h)
{
    bool failed = h->gaps.count > 0;

    VEC_EACH (t, &m->tools) {
        if (strcmp(t->hypothesis, h->id) != 0)
            continue;
        if (!t->ended || t->status == TOOL_OK || t->status == TOOL_EMPTY)
            return false;
        failed = true;
    }
    return failed;
}

enum refutation hyp_refutation(const struct model *m, const struct hypothesis *h,
                               const struct evidence **ret_evidence)
{
    *ret_evidence = find(m, h, true);
    if (*ret_evidence)
        return REFUTATION_SHOWN;
    *ret_evidence = find(m, h, false);
    if (*ret_evidence)
        return REFUTATION_NOT_SHOWN;
    return every_look_failed(m, h) ? REFUTATION_COULD_NOT : REFUTATION_NOT_YET;
}

void hyp_refutation_words(const struct model *m, const struct hypothesis *h, struct buf *out)
{
    const struct evidence *e;

    switch (hyp_refutation(m, h, &e)) {
    case REFUTATION_NOT_YET:
        buf_adds(out, "looked for: not yet");
        break;
    case REFUTATION_COULD_NOT:
        buf_adds(out, "looked for: could not, every look failed");
        break;
    case REFUTATION_NOT_SHOWN:
        buf_addf(out, "looked for: yes, %s shows none of it", e->id);
        break;
    case REFUTATION_SHOWN:
        buf_addf(out, "looked for: yes, %s shows it", e->id);
        break;
    }
}

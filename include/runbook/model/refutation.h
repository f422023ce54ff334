/* refutation.h - was what would refute a hypothesis looked for, and what came of it? Read from the
 * record alone: a look that answered could have shown it, one that failed could not. What is said
 * never disagrees with the state of the node: of a pruned one it is why, whatever speaks for it. */
#ifndef RUNBOOK_MODEL_REFUTATION_H
#define RUNBOOK_MODEL_REFUTATION_H

#include "runbook/model/model.h"

enum refutation {
    REFUTATION_NOT_YET,
    REFUTATION_COULD_NOT,  /* every look failed: it is not refuted, also when it was pruned */
    REFUTATION_REJECTED,   /* a person rejected it, or the one above it, before anything was seen */
    REFUTATION_REASONED,   /* pruned, and nothing is recorded but the reason */
    REFUTATION_NOT_SHOWN,  /* looked for: `ret_evidence` speaks for the hypothesis instead */
    REFUTATION_OUTWEIGHED, /* pruned although `ret_evidence` speaks for it: the reason says why */
    REFUTATION_NOTHING,    /* looked for: `ret_evidence` does not speak for the hypothesis */
    REFUTATION_SHOWN,      /* looked for: `ret_evidence` speaks against the hypothesis */
};

/* ret_evidence: NULL unless one of the last four. */
enum refutation hyp_refutation(const struct model *m, const struct hypothesis *h,
                               const struct evidence **ret_evidence);
/* "looked for: yes; E9 speaks against H2" */
void hyp_refutation_words(const struct model *m, const struct hypothesis *h, struct buf *out);

/* Pruned because something was seen; not so when it was only given up, as nothing could be seen. */
bool hyp_is_ruled_out(const struct model *m, const struct hypothesis *h);

#endif

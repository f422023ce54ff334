/* refutation.h - was what would refute a hypothesis looked for? Read from the record alone: a query
 * made for the hypothesis that answered could have shown it, one that failed could not. */
#ifndef RUNBOOK_MODEL_REFUTATION_H
#define RUNBOOK_MODEL_REFUTATION_H

#include "runbook/model/model.h"

enum refutation {
    REFUTATION_NOT_YET,
    REFUTATION_COULD_NOT, /* every look failed */
    REFUTATION_NOT_SHOWN, /* looked for: `ret_evidence` shows the hypothesis instead */
    REFUTATION_SHOWN,     /* looked for: `ret_evidence` shows what refutes it, or nothing of it */
};

/* ret_evidence: NULL unless one of the last two. */
enum refutation hyp_refutation(const struct model *m, const struct hypothesis *h,
                               const struct evidence **ret_evidence);
/* "looked for: E9 shows it" */
void hyp_refutation_words(const struct model *m, const struct hypothesis *h, struct buf *out);

#endif

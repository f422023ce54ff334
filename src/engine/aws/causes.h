/* causes.h - which finding explains which: causes before symptoms. Pure. */
#ifndef RUNBOOK_ENGINE_AWS_CAUSES_H
#define RUNBOOK_ENGINE_AWS_CAUSES_H

#include "pattern.h"

enum aws_tie {
    AWS_TIE_REGION, /* whenever both are seen in one region */
    AWS_TIE_NAME,   /* when both are about a resource of one name */
};

struct aws_cause {
    const char *cause, *effect; /* ids of patterns */
    enum aws_tie tie;
    const char *because; /* a clause */
};

const struct aws_cause *aws_cause_table(void); /* ends with a NULL cause */
/* The row by which `cause` explains `effect`, or NULL: only what is strong explains, and nothing
 * that began clearly later. */
const struct aws_cause *aws_explains(const struct aws_view *v, const struct aws_finding *cause,
                                     const struct aws_finding *effect);
/* For each finding the index of what explains it in the end, or its own. */
void aws_explain_all(const struct aws_view *v, const struct aws_finding *f, size_t count,
                     size_t *ret_cause);
extern const struct aws_limit aws_cause_limits[];

#endif

/* causes.h - which pattern explains which: causes before symptoms. Pure.
 * A full disk makes units fail, a stopped process makes its queue overflow: several findings of one
 * moment are often one cause and what follows from it. */
#ifndef RUNBOOK_ENGINE_HOST_CAUSES_H
#define RUNBOOK_ENGINE_HOST_CAUSES_H

#include "pattern.h"

/* When does `cause` explain `effect`? */
enum host_tie {
    TIE_HOST,    /* whenever both are seen on one machine */
    TIE_PROCESS, /* when both are about the same process */
    TIE_UNSEEN,  /* the same, or when whose sockets the effect is about cannot be seen */
};

struct host_cause {
    const char *cause, *effect; /* ids of patterns */
    enum host_tie tie;
    const char *because; /* a clause: "writes fail on a full disk" */
};

const struct host_cause *host_cause_table(void); /* ends with a NULL cause */
/* The row by which `cause` explains `effect`, or NULL. Only what is strong explains. */
const struct host_cause *host_explains(const struct host_finding *cause,
                                       const struct host_finding *effect);
/* For each of `count` findings the index of what explains it in the end (a chain is followed to its
 * first cause), or its own index. Of two causes the graver one counts. */
void host_explain_all(const struct host_finding *f, size_t count, size_t *ret_cause);

#endif

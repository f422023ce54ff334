/* rca_twin.h - the other copies of a service as a control.
 * Copies of one service do the same work on the same code behind the same callers. When they all
 * moved, it is load, a common cause or the service as a whole; when one moved alone, it is that
 * copy. Copies are told by labels that differ between series of one metric which are otherwise the
 * same (a pod, an instance). Pure. */
#ifndef RUNBOOK_ENGINE_RCA_TWIN_H
#define RUNBOOK_ENGINE_RCA_TWIN_H

#include "rca_rank.h"

/* What is the same for all copies of what this series measures, as a number; 0: it names no copy.
 * `ret_copy`: the label's value that names the copy, borrowed. */
uint64_t rca_twin_family(const char *metric, struct prom_labels labels, const char **ret_copy);

struct rca_twins {
    size_t count;    /* other copies that were judged */
    size_t moved;    /* of them, those that moved the same way, half as far at least */
    double furthest; /* z of the twin that moved furthest the same way */
};
void rca_twins_of(const struct rca_input *in, size_t signal, struct rca_twins *ret);
/* 0-1: it moved, and no twin came near; 0: there is none, or it did not move itself. */
double rca_twin_apart(const struct rca_input *in, size_t signal);

#endif

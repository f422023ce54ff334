/* rca_features.h - what is known about each service, as a handful of numbers.
 * Every number can be said in words, is about 0 to 5 and does not depend on a system's names or
 * scales. rca_rank.c weighs them; the weights are fitted (rca_weights.h). Pure. */
#ifndef RUNBOOK_ENGINE_RCA_FEATURES_H
#define RUNBOOK_ENGINE_RCA_FEATURES_H

#include "rca_rank.h"

struct rca_facts; /* opaque: what was worked out for one incident */

struct rca_facts *rca_facts_new(const struct rca_input *in);
void rca_facts_free(struct rca_facts *f);
/* Of one service; false when nothing of it moved. Fills service, signals, strength, x,
 * explained_by, hops, load. */
bool rca_facts_candidate(const struct rca_facts *f, size_t service, struct rca_candidate *ret);
/* Of the incident: is anything wrong at all? */
void rca_facts_global(const struct rca_facts *f, double ret_g[RCA_GLOBALS], double *ret_peak);

#endif

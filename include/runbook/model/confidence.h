/* confidence.h - the first confidence function, with its terms.
 * min(15*depth, 30) + min(20*corroborating, 40) - 25*contradicting + 15 temporal + 15 history
 * + 20 direct, cut to 0-100; >= 70 high, >= 40 medium, else low. Source: REQUIREMENTS R-07. */
#ifndef RUNBOOK_MODEL_CONFIDENCE_H
#define RUNBOOK_MODEL_CONFIDENCE_H

#include "runbook/base/str.h"
#include "runbook/model/model.h"

struct confidence_input {
    int depth; /* of causal reasoning: levels of the tree that are supported, 1 for a root */
    int corroborating, contradicting; /* strong and weak pieces; contradicting ones */
    bool temporal, history, direct;
};
enum confidence_level { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

int confidence_score(const struct confidence_input *in); /* 0-100 */
enum confidence_level confidence_level(int score);
/* Count the evidence of a hypothesis of the model. */
void confidence_gather(const struct model *m, size_t hyp_index, struct confidence_input *ret);
/* "+30 depth 2, +40 corroborating E4 E7, -25 contradicting E9, +15 temporal, +20 direct" */
void confidence_terms(const struct model *m, size_t hyp_index, const struct confidence_input *in,
                      struct buf *out);

#endif

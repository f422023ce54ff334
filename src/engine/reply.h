/* reply.h - a question answered without a model: the command that its words mean (phrase.h) is
 * carried out on what is recorded, or on one look at a source, and said in a few lines that cite
 * what they rest on. What was not understood is asked about, with examples. */
#ifndef RUNBOOK_ENGINE_REPLY_H
#define RUNBOOK_ENGINE_REPLY_H

#include "investigation_priv.h"
#include "runbook/engine/phrase.h"

/* Of a question in this session: names of its hosts, services and resources are known. */
void reply_parse(const struct engine *e, const char *question, struct arena *a, struct phrase *ret);
/* Is it a wish for an investigation? `asked`: it is meant as a question (`runbook ask`), else a
 * person typed it and it can be either. */
bool reply_wants_investigation(const struct model *m, const struct phrase *p, bool has_model,
                               bool asked);
/* The turn's only work; holds it open until the answer is said. */
void reply_start(struct investigation *inv, const char *question);

#endif

/* agent.h - a language model drives the investigation that the built-in one has begun: it is shown
 * the case (incident, tree, evidence, ranking), asks tools, proposes hypotheses, cites evidence and
 * concludes. It never writes a number: judge.h does. One a turn; it ends by itself, and whatever
 * becomes of it, what is recorded stays and the turn goes on by the rules. */
#ifndef RUNBOOK_ENGINE_AGENT_H
#define RUNBOOK_ENGINE_AGENT_H

#include "investigation_priv.h"

struct agent; /* opaque */

/* NULL, after saying why in one line, when no model can be asked now. */
struct agent *agent_new(struct investigation *inv);
void agent_free(struct agent *a);  /* NULL is fine; after its call has ended (inv->jobs) */
void agent_start(struct agent *a); /* the turn begins; the model is asked when there is a case */
void agent_wake(struct agent *a);  /* the built-in modules are through; NULL is fine */
bool agent_running(const struct agent *a); /* NULL: no */
void agent_cancel(struct agent *a);        /* at once; NULL is fine */

/* It waits for the person. */
bool agent_is_asking(const struct agent *a);
void agent_reply(struct agent *a, const char *text);

/* The hypothesis that it names as the cause, accepted by the judge; NULL: none. */
const char *agent_cause(const struct agent *a);

#endif

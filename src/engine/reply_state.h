/* reply_state.h - a question about the state of a machine, answered from one snapshot: what was
 * asked about first, then the list it comes from, sorted. Pure. */
#ifndef RUNBOOK_ENGINE_REPLY_STATE_H
#define RUNBOOK_ENGINE_REPLY_STATE_H

#include "runbook/codec/value.h"

/* `call` is cited in the first line. False: the question is about none of what a snapshot holds. */
bool reply_state(const char *host, const char *question, const struct value *snapshot,
                 const char *call, struct buf *out);

#endif

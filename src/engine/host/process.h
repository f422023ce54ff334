/* process.h - what the process patterns share. */
#ifndef RUNBOOK_ENGINE_HOST_PROCESS_H
#define RUNBOOK_ENGINE_HOST_PROCESS_H

#include "pattern.h"

/* "process 12 (name)" */
const char *process_name(struct host_view *v, const struct value *p);
/* The listener that this process serves, with the longest queue; NULL: none is known. */
const struct value *process_listener(struct host_view *v, const struct value *p);
/* A culprit that a watch of the process confirms; the rest is the caller's. */
struct host_culprit process_culprit(struct host_view *v, const struct value *p,
                                    const char *statement, const char *evidence);

extern const struct host_proposal process_proposals[]; /* look at it, restart it */

#endif

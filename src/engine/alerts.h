/* alerts.h - alerts of alert servers as events. */
#ifndef RUNBOOK_ENGINE_ALERTS_H
#define RUNBOOK_ENGINE_ALERTS_H

#include "investigation_priv.h"

/* After a query: what an alert server answered becomes alert.seen; other tools are none of ours. */
void alerts_read_answer(struct investigation *inv, const char *tool, const char *call,
                        struct str args, const struct tool_result *result);
/* Ask every alert server among the targets; how many answers are on their way. */
size_t alerts_ask(struct investigation *inv, inv_query_fn *fn, void *ctx);

#endif

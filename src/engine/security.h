/* security.h - findings of AWS as events. */
#ifndef RUNBOOK_ENGINE_SECURITY_H
#define RUNBOOK_ENGINE_SECURITY_H

#include "investigation_priv.h"

/* After a query: what aws_findings answered becomes finding.seen and security.looked; other tools
 * are none of ours. */
void security_read_answer(struct investigation *inv, const char *tool, const char *call,
                          struct str args, const struct tool_result *result);
/* Ask for them, of everything that is configured; is an answer on its way? */
bool security_ask_all(struct investigation *inv, inv_query_fn *fn, void *ctx);

#endif

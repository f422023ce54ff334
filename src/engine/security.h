/* security.h - findings of AWS as events. */
#ifndef RUNBOOK_ENGINE_SECURITY_H
#define RUNBOOK_ENGINE_SECURITY_H

#include "investigation_priv.h"

/* After a query: what aws_findings answered becomes finding.seen and security.looked; other tools
 * are none of ours. */
/* The same while the tool still asks: findings come as they are known, and how far it is. */
void security_read_progress(struct investigation *inv, const char *tool, const char *call,
                            struct str args, const struct tool_progress *p);
void security_read_answer(struct investigation *inv, const char *tool, const char *call,
                          struct str args, const struct tool_result *result);
/* It was stopped: what came until then stays, and the page says how far it was. */
void security_read_stopped(struct investigation *inv, const char *tool, const char *call,
                           struct str args);
/* Ask for them, of everything that is configured; is an answer on its way? */
bool security_ask_all(struct investigation *inv, inv_query_fn *fn, void *ctx);

#endif

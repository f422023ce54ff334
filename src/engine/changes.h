/* changes.h - changes of the system as events. */
#ifndef RUNBOOK_ENGINE_CHANGES_H
#define RUNBOOK_ENGINE_CHANGES_H

#include "investigation_priv.h"

/* After a query: what aws_changes answered becomes change.seen, whoever asked; other tools are none
 * of ours. */
void changes_read_answer(struct investigation *inv, const char *tool, const char *call,
                         const struct tool_result *result);

#endif

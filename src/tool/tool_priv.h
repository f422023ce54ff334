/* tool_priv.h - the rows of the table: one extern a tool, defined in a file of its own. */
#ifndef RUNBOOK_TOOL_PRIV_H
#define RUNBOOK_TOOL_PRIV_H

#include "runbook/tool/tool.h"

#endif

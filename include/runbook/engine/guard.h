/* guard.h - refuses queries that look at everything: a query tests a hypothesis, has a
 * target, and a window or a filter where its tool takes one. Pure. */
#ifndef RUNBOOK_ENGINE_GUARD_H
#define RUNBOOK_ENGINE_GUARD_H

#include "runbook/codec/value.h"
#include "runbook/tool/tool.h"

/* ERR_OK, or ERR_INPUT with what is missing and a suggestion. `triage`: the first look around,
 * which may be without a hypothesis. */
enum err_code guard_check(const struct tool_def *tool, const struct value *args,
                          const char *hypothesis, bool triage, struct err *err);

#endif

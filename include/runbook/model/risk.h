/* risk.h - how much a thing that somebody wants to do may break. One scale for tools, mutations,
 * policy and approvals, in order: a greater one is worse. What is not known is RISK_HIGH. */
#ifndef RUNBOOK_MODEL_RISK_H
#define RUNBOOK_MODEL_RISK_H

#include <stdbool.h>

#include "runbook/base/str.h"

enum risk { RISK_READ, RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_CRITICAL };
#define RISKS (RISK_CRITICAL + 1)

const char *risk_name(enum risk r); /* "read", "low", "medium", "high", "critical" */
/* Also the spellings "low_risk", "high_risk" ... of older configurations. */
bool risk_from_name(struct str name, enum risk *ret);

#endif

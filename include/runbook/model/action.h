/* action.h - does somebody have to do something (U-12)? Four answers beside the verdict: nothing is
 * wrong; a cause is known and can wait; a cause is known and people are hurt by it; not known. */
#ifndef RUNBOOK_MODEL_ACTION_H
#define RUNBOOK_MODEL_ACTION_H

#include "runbook/model/model.h"

enum action { ACTION_NO, ACTION_SUGGESTED, ACTION_REQUIRED, ACTION_INCONCLUSIVE };
#define ACTIONS (ACTION_INCONCLUSIVE + 1)

/* Required: a root cause, and an alert fired or the entry of the service graph feels it. */
enum action action_of(const struct model *m);
const char *action_name(enum action a); /* "no_action", "suggested", "required", "inconclusive" */

#endif

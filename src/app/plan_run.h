/* plan_run.h - run a plan step by step: headless, or with a dialog at this terminal for each step
 * that changes something. */
#ifndef RUNBOOK_SRC_APP_PLAN_RUN_H
#define RUNBOOK_SRC_APP_PLAN_RUN_H

#include "runbook/app/app.h"
#include "runbook/engine/plan.h"

/* Prints the record and what the facts mean; returns the exit code. `document` goes before them in
 * JSON. */
int plan_run(struct app *app, const struct cmd_args *args, const struct plan *p,
             struct str document);

#endif

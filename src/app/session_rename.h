/* session_rename.h - "runbook sessions rename". */
#ifndef RUNBOOK_SRC_APP_SESSION_RENAME_H
#define RUNBOOK_SRC_APP_SESSION_RENAME_H

#include "runbook/app/app.h"

/* Position 0 is the session, the rest its new title. Returns the exit code. */
int session_rename(struct app *app, const struct cmd_args *args);

#endif

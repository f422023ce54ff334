/* commands.h - the rows that commands.c lists: one a file, src/app/cmd_<name>.c. */
#ifndef RUNBOOK_SRC_APP_COMMANDS_H
#define RUNBOOK_SRC_APP_COMMANDS_H

#include "runbook/app/app.h"
#include "runbook/app/cmd.h"

extern const struct cmd_def cmd_completion_def;
extern const struct cmd_def cmd_help_def;

#endif

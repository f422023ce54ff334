/* cmd_skill.h - the commands below `runbook skill` that are in files of their own. */
#ifndef RUNBOOK_SRC_APP_CMD_SKILL_H
#define RUNBOOK_SRC_APP_CMD_SKILL_H

#include "runbook/app/cmd.h"

extern const struct cmd_def skill_new_def, skill_import_def; /* cmd_skill_new.c */
extern const struct cmd_def skill_run_def, skill_resume_def; /* cmd_skill_run.c */

#endif

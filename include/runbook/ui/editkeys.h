/* editkeys.h - which commands of the table change or move in a line editor, and how. */
#ifndef RUNBOOK_UI_EDITKEYS_H
#define RUNBOOK_UI_EDITKEYS_H

#include "runbook/ui/commands.h"
#include "runbook/ui/lineedit.h"

/* False: the command is none of these. */
bool editkeys_run(struct lineedit *e, enum command c);

#endif

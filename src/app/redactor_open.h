/* redactor_open.h - a redactor that knows the secrets of the configuration. */
#ifndef RUNBOOK_SRC_APP_REDACTOR_OPEN_H
#define RUNBOOK_SRC_APP_REDACTOR_OPEN_H

#include "runbook/app/config.h"
#include "runbook/policy/redact.h"
#include "src/app/commands.h"

/* With a salt of its own: its placeholders are nobody else's. The caller frees. */
struct redactor *redactor_open(struct app *app, const struct config *c);

#endif

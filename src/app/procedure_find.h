/* procedure_find.h - which session a run of a procedure belongs to. */
#ifndef RUNBOOK_SRC_APP_PROCEDURE_FIND_H
#define RUNBOOK_SRC_APP_PROCEDURE_FIND_H

#include "runbook/app/app.h"

/* `name`: a run (r4k2x9q), or a session. *ret_run is NULL when a session was named: the run of it
 * that is not over is meant. The caller frees both. */
enum err_code procedure_find_run(struct app *app, const char *name, char **ret_session,
                                 char **ret_run, struct err *err);

#endif

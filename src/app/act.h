/* act.h - what `act`, `approve`, `reject` and `undo` share. */
#ifndef RUNBOOK_SRC_APP_ACT_H
#define RUNBOOK_SRC_APP_ACT_H

#include "runbook/engine/mutate.h"
#include "src/app/session.h"

extern const struct opt_def act_opts[];

void act_request(const struct cmd_args *args, struct session_request *req);
/* Turn the loop until mutation `id` is over or waits for an answer, and print how it stands.
 * At a terminal an answer is asked for there, unless --no-ask. Frees the session; returns the exit
 * code. */
int act_run(struct app *app, struct session *s, const char *id, const struct cmd_args *args);
/* Ask a person at this terminal about a request that waits in a session that nobody has open. */
int act_ask(struct app *app, const char *session, const char *id, const struct cmd_args *args);

#endif

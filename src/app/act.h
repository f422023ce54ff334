/* act.h - what `act`, `approve`, `reject` and `undo` share. */
#ifndef RUNBOOK_SRC_APP_ACT_H
#define RUNBOOK_SRC_APP_ACT_H

#include "runbook/engine/mutate.h"
#include "src/app/session.h"

extern const struct opt_def act_opts[];

/* How the host or server of an operation is reached: the first rows of each of their options. */
#define ACT_REACH_OPTS                                                                             \
    {"ssh-config",                                                                                 \
     0,                                                                                            \
     ARG_FILE,                                                                                     \
     .value = "FILE",                                                                              \
     .env = "RUNBOOK_SSH_CONFIG",                                                                  \
     .help = "Give this configuration file to ssh instead of the user's."},                        \
        {"alertmanager",                                                                           \
         0,                                                                                        \
         ARG_URL,                                                                                  \
         .value = "URL",                                                                           \
         .env = "RUNBOOK_ALERTMANAGER_URL",                                                        \
         .help = "The Alertmanager whose silences are meant."},                                    \
        {"environment",                                                                            \
         0,                                                                                        \
         ARG_TEXT,                                                                                 \
         .value = "NAME",                                                                          \
         .env = "RUNBOOK_ENVIRONMENT",                                                             \
         .help =                                                                                   \
             "What the policy calls this place: prod, staging, dev, or a word of policy.scopes."}, \
    {                                                                                              \
        "read-only", 0, ARG_NONE, .env = "RUNBOOK_READ_ONLY",                                      \
                                  .help = "Change nothing, whatever is asked for."                 \
    }

void act_request(const struct cmd_args *args, struct session_request *req);
/* Turn the loop until mutation `id` is over or waits for an answer, and print how it stands.
 * At a terminal an answer is asked for there, unless --no-ask. Frees the session; returns the exit
 * code. */
int act_run(struct app *app, struct session *s, const char *id, const struct cmd_args *args);
/* Ask a person at this terminal about a request that waits in a session that nobody has open. */
int act_ask(struct app *app, const char *session, const char *id, const struct cmd_args *args);

#endif

/* investigate.h - what `runbook` and `runbook investigate` share: their options and the headless
 * run. */
#ifndef RUNBOOK_SRC_APP_INVESTIGATE_H
#define RUNBOOK_SRC_APP_INVESTIGATE_H

#include "src/app/session.h"

#define INVESTIGATE_TEXT_MAX 65536

/* What a session is about: of ask and chat; without its first row, --session, of what begins a new
 * one. */
extern const struct opt_def session_opts[];
#define INVESTIGATE_OPTS (session_opts + 1)
extern const struct pos_def investigate_pos[];

/* Read the command line; `text` holds the sentence. False after a message: EXIT_USAGE. */
bool investigate_request(struct app *app, const struct cmd_args *args, struct session_request *req,
                         struct buf *text);
void investigate_request_release(struct session_request *req);
/* Run it, print transcript and conclusion (or JSON); returns the exit code. */
int investigate_headless(struct app *app, const struct cmd_args *args,
                         const struct session_request *req);
/* Plain mode: the same, asked and answered line by line. Returns the exit code. */
int plain_session(struct app *app, const struct session_request *req);
/* --session: *ret_id is the session's id, for session_name_free(). True after a message: *ret_code.
 */
bool session_named(struct app *app, const char *name, const char **ret_id, int *ret_code);
void session_name_free(const char **id);
/* The screen on a session, until it is left. */
int screen_session(struct app *app, const struct session_request *req);
/* `runbook` without a command. */
int screen_main(struct app *app, const struct cmd_args *args);

#endif

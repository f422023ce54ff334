/* screen.h - what the screen of a live session and that of a replay share. */
#ifndef RUNBOOK_SRC_APP_SCREEN_H
#define RUNBOOK_SRC_APP_SCREEN_H

#include "runbook/app/app.h"
#include "runbook/ui/tui.h"
#include "src/app/session_ref.h"

/* Theme, keys, colours and mouse from the command line and the configuration. *ret_keys holds a
 * string that `ret` borrows; the caller frees it after tui_new(). */
enum err_code screen_options(struct app *app, struct tui_options *ret, char **ret_keys,
                             struct err *err);

/* Play a recorded session on the screen; events come `speed` times as fast as they did. Returns the
 * exit code. */
int replay_screen(struct app *app, struct session_ref *ref, double speed, bool step);

#endif

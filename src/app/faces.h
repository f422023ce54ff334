/* faces.h - what a headless run shows while it works: text, or events as JSON lines. */
#ifndef RUNBOOK_SRC_APP_FACES_H
#define RUNBOOK_SRC_APP_FACES_H

#include "runbook/app/cmd.h"
#include "runbook/ui/json.h"
#include "runbook/ui/text.h"
#include "src/app/session.h"

struct faces {
    bool quiet; /* set before faces_add: nothing is shown on the way */
    struct text_options text;
    struct text_sink *text_sink;
    struct json_sink *json_sink; /* with --json --events */
};

void faces_add(struct faces *f, struct app *app, const struct cmd_args *args, struct session *s);
void faces_release(struct faces *f); /* when the session is freed */

#endif

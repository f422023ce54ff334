/* desk.h - the pages of the screen on which things are set: accounts of AWS, and the setup step by
 * step (view/sheet.h). Whatever changes or asks something is a command of this program, run as a
 * child (`runbook accounts verify NAME --events`, `runbook init --yes`): there is one way to do it,
 * the loop never waits, and Esc ends it. Nothing here is part of a session or its journal. */
#ifndef RUNBOOK_SRC_APP_DESK_H
#define RUNBOOK_SRC_APP_DESK_H

#include "runbook/app/app.h"
#include "runbook/loop/loop.h"
#include "runbook/view/sheet.h"

struct desk; /* opaque */

struct desk_options {
    struct app *app; /* both borrowed */
    struct loop *loop;
    void (*changed)(void *ctx); /* another sheet is there: draw it */
    /* The configuration is another: open the screen again with it. NULL: not possible here. */
    void (*reopen)(void *ctx);
    /* A scan was kept: what is shown of the inventory is older. NULL: nothing is. */
    void (*scanned)(void *ctx);
    /* Leave the screen, and ask the questions of `init`. NULL: not possible here. */
    void (*ask_init)(void *ctx);
    void *ctx;
};
struct desk *desk_new(const struct desk_options *o);
void desk_free(struct desk *d); /* NULL is fine; ends what is under way */
/* Who draws comes after the desk was made: all but app and loop is taken. */
void desk_listen(struct desk *d, const struct desk_options *o);
const struct sheet_source *desk_sheets(const struct desk *d);

#endif

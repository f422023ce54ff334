/* branch.h - a session of one's own from any event of a recorded one.
 * The events up to that one are copied line by line (also of types that this version does not know)
 * into a new journal with a chain of its own; a session.branched event says where they are from,
 * and the raw results that they cite are put into the state folder. Opening it again goes on from
 * there.
 */
#ifndef RUNBOOK_SRC_APP_BRANCH_H
#define RUNBOOK_SRC_APP_BRANCH_H

#include "runbook/engine/engine.h"
#include "src/app/session_ref.h"

struct branch_request {
    const struct session_ref *from;
    const char *name; /* what the new journal calls it */
    uint64_t seq;     /* the last event to copy */
};

/* Blocking. ERR_INPUT when there is no such event or the chain up to it does not verify; nothing is
 * left behind then. */
enum err_code branch_session(struct app *app, const struct branch_request *req,
                             char ret_id[SESSION_ID_MAX], struct err *err);

#endif

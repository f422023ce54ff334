/* second.h - a request of somebody else, read from a box or a file, shown by the rules of the
 * dialog, and answered: what `approve` and `token` share. */
#ifndef RUNBOOK_SRC_APP_SECOND_H
#define RUNBOOK_SRC_APP_SECOND_H

#include "runbook/engine/mutate.h"
#include "runbook/app/app.h"

struct second_request {
    struct arena *arena;
    const char *id, *session;
    struct identity who;          /* in whose session it is */
    struct event ev;              /* approval.requested, as it was written */
    char fingerprint[SHA256_HEX]; /* computed from what is shown */
};

/* `name` is for messages. ERR_INPUT: it is no request, or one whose words and fingerprint differ.
 */
enum err_code second_read(struct str json, const char *name, struct second_request *ret,
                          struct err *err);
void second_release(struct second_request *r);

enum second_said { SECOND_NOTHING, SECOND_YES, SECOND_NO };
/* On the screen, or line by line. An exit code when it could not be asked, else 0. */
int second_ask(struct app *app, const struct second_request *r, enum second_said *ret);

/* The request `id` that waits in a box for somebody else than its owner: the one of this state
 * folder when it is another person's, or the policy's shared one. ERR_NOT_FOUND: there is none. */
enum err_code second_find(struct app *app, const char *id, struct second_request *ret,
                          char **ret_box, bool *ret_shared, struct err *err);
/* Show it, and put the answer beside it. Returns an exit code. */
int second_answer(struct app *app, const char *id, const char *why, bool reject);
/* The answer as it lies in a box. */
void second_put_answer(const char *id, const char *fingerprint, bool yes, const char *why,
                       struct buf *out);

#endif

/* plan_open.h - playbooks and plans of this user: where they are found, and where plans are kept.
 */
#ifndef RUNBOOK_SRC_APP_PLAN_OPEN_H
#define RUNBOOK_SRC_APP_PLAN_OPEN_H

#include "runbook/app/app.h"
#include "runbook/engine/plan.h"

/* Those that are compiled in, and those of `dir`; NULL: playbooks.folder of the configuration, else
 * playbooks/ in the nearest .runbook upward, else in the configuration's folder of the user. */
enum err_code plan_open_playbooks(struct app *app, const char *dir, struct playbooks **ret,
                                  struct err *err);

/* {"schema":"runbook.plan/1","intent","plan","policy","text"}, one line. `d` may be NULL. */
void plan_document(const struct plan *p, const struct policy_decision *d, struct buf *out);
/* Kept as plans/<id>.json in the state folder, so that `plan show` knows it. */
enum err_code plan_keep(struct app *app, const struct plan *p, struct str document,
                        struct err *err);
enum err_code plan_kept(struct app *app, const char *id, struct buf *out, struct err *err);
/* Ids of all that are kept, by name; the caller frees each and the list. */
char **plan_list_kept(struct app *app, size_t *ret_count, struct err *err);

#endif

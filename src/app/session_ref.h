/* session_ref.h - a session named on the command line, read into a model. */
#ifndef RUNBOOK_SRC_APP_SESSION_REF_H
#define RUNBOOK_SRC_APP_SESSION_REF_H

#include "runbook/app/app.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/store/journal.h"

struct session_ref {
    char *id;        /* NULL for a file elsewhere */
    char *path;      /* of the journal */
    char *state_dir; /* holds its blobs */
};

/* `text` is an id, a unique beginning of one, "last", or the path of a journal (it holds a slash or
 * ends in .jsonl). */
enum err_code session_ref_find(struct app *app, const char *text, struct session_ref *ret,
                               struct err *err);
void session_ref_release(struct session_ref *r);
/* Its id, or the name of the file. */
const char *session_ref_name(const struct session_ref *r);
/* Raw results of that session; `ret` borrows `r`. */
void session_ref_blobs(struct session_ref *r, struct blob_source *ret);

/* After an event was folded; false stops. */
typedef bool fold_fn(void *ctx, const struct model *m, const struct event *ev);
/* Fold the journal at `path` into `m` (initialised by the caller). A line whose data does not fit
 * its type becomes an error event, a type that is not known is skipped. `each` may be NULL. */
enum err_code journal_fold(const char *path, bool verify, struct model *m, fold_fn *each, void *ctx,
                           struct journal_report *report, struct err *err);

#endif

/* audit_log.h - what people answer to mutations goes to audit/approvals.jsonl, and the session's
 * head is signed: after each mutation, and when the session ends. A sink of the engine. */
#ifndef RUNBOOK_SRC_APP_AUDIT_LOG_H
#define RUNBOOK_SRC_APP_AUDIT_LOG_H

#include "runbook/app/app.h"
#include "runbook/engine/engine.h"

struct audit_log; /* opaque */

/* Borrows both. */
struct audit_log *audit_log_new(struct app *app, struct engine *e);
/* The session is closed: sign its head. What could not be recorded is told on stderr. */
void audit_log_end(struct audit_log *a);
void audit_log_free(struct audit_log *a); /* NULL is fine */
extern const struct sink_ops audit_log_ops;

#endif

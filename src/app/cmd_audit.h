/* cmd_audit.h - the sub-commands of "runbook audit" that have a file of their own. */
#ifndef RUNBOOK_SRC_APP_CMD_AUDIT_H
#define RUNBOOK_SRC_APP_CMD_AUDIT_H

#include "runbook/codec/json.h"
#include "src/app/commands.h"

/* The files of approvals and the signed heads: a line each into `out`, or an object into `w`. */
enum err_code audit_verify_files(struct app *app, const char *dir, struct json_writer *w,
                                 struct buf *out, size_t *count, size_t *bad, struct err *err);

extern const struct cmd_def audit_show_def;
extern const struct cmd_def audit_export_def;
extern const struct cmd_def audit_key_def;

#endif

/* helper_common.h - what the rows share that work on what is recorded: the text of a query's raw
 * result, and answering at once. */
#ifndef RUNBOOK_TOOL_HELPER_COMMON_H
#define RUNBOOK_TOOL_HELPER_COMMON_H

#include "runbook/model/model.h"
#include "tool_priv.h"

#define HELPER_TIMEOUT_MS 10000
#define HELPER_BODY_MAX ((size_t)32 << 20)

#define CALL_PARAM                                                                                 \
    {                                                                                              \
        .name = "call", .type = PARAM_STRING, .required = true,                                    \
        .help = "The id of a query, such as c12, or of an evidence, such as E4."                   \
    }

/* The query that `call` names, itself or through an evidence. */
enum err_code helper_call(struct tool_call *c, const struct tool_run **ret, struct err *err);
/* Append its raw result. ERR_NOT_FOUND: unknown, not ended, nothing kept. */
enum err_code helper_body(struct tool_call *c, struct buf *out, struct err *err);
/* Takes over `text`. */
void helper_finish(struct tool_call *c, struct buf *text, int64_t rows, const char *summary);
void helper_fail(struct tool_call *c, const struct err *err);
bool helper_has_results(const struct tool_env *env); /* of tool_def */

#endif

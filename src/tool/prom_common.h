/* prom_common.h - what the Prometheus and Alertmanager rows share: one request, one answer. */
#ifndef RUNBOOK_TOOL_PROM_COMMON_H
#define RUNBOOK_TOOL_PROM_COMMON_H

#include "runbook/service/alertmanager.h"
#include "runbook/service/prometheus.h"
#include "tool_priv.h"

#define PROM_TOOL_TIMEOUT_MS 30000

/* Write a summary of a good answer into `out`, one line for people; reply->body is there to decode.
 */
typedef void prom_summary_fn(const struct prom_reply *reply, char *out, size_t size);
typedef void am_summary_fn(const struct am_reply *reply, char *out, size_t size);

/* Send, and finish the call with what comes: data, empty or error. Finishes at once when no server
 * is configured. */
void prom_tool_send(struct tool_call *c, const struct prom_request *req, prom_summary_fn *summary);
void prom_tool_cancel(struct tool_call *c);
void am_tool_send(struct tool_call *c, const struct am_request *req, am_summary_fn *summary);
void am_tool_cancel(struct tool_call *c);
bool prom_tool_available(const struct tool_env *env);
bool am_tool_available(const struct tool_env *env);
/* Finish with an error (arguments that only the tool can judge). */
void prom_tool_fail(struct tool_call *c, const struct err *err);

/* A TIME or DURATION argument in milliseconds, or `fallback` when it is not given. */
int64_t prom_arg_time(const struct value *args, const char *name, int64_t fallback);
int64_t prom_arg_duration(const struct value *args, const char *name, int64_t fallback);
/* "3 series, 1,200 samples, step 15s". */
void prom_samples_summary(const struct prom_reply *reply, char *out, size_t size);
/* " from <start> to <end>" for a citation, for what is given. */
void prom_cite_window(const struct value *args, struct buf *out);

#endif

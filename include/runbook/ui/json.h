/* json.h - the machine-readable face: one object a conclusion, one line an event. */
#ifndef RUNBOOK_UI_JSON_H
#define RUNBOOK_UI_JSON_H

#include "runbook/base/str.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"

/* Append {"schema":"runbook.conclusion/1",...} without a newline. Every key is always there; what
 * is not known is null or an empty list. `journal` NULL: nothing was kept. */
void conclusion_json(const struct model *m, const char *journal, struct buf *out);
/* Append {"schema":"runbook.event/1","seq":..,"ts":..,"type":..,"actor":..,"data":{...}} without a
 * newline. */
void event_json(const struct event *ev, struct buf *out);

/* A sink that writes every event as a line to `fd` (borrowed). A closed pipe ends writing quietly.
 */
struct json_sink; /* opaque */
struct json_sink *json_sink_new(int fd);
void json_sink_free(struct json_sink *s);
extern const struct sink_ops json_sink_ops; /* self: struct json_sink */

#endif

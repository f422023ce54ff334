/* resource_detail.h - what the screen's page of a resource shows beside its row: read from
 * inventory.db by a worker, then its metrics from AWS, when AWS is configured. */
#ifndef RUNBOOK_SRC_APP_RESOURCE_DETAIL_H
#define RUNBOOK_SRC_APP_RESOURCE_DETAIL_H

#include "runbook/loop/loop.h"
#include "runbook/policy/redact.h"
#include "runbook/service/aws/estate.h"
#include "runbook/ui/tui.h"

struct detail_reader; /* opaque */

/* `estate` NULL: no metrics. `path` of inventory.db and `redactor` are taken over. */
struct detail_reader *detail_reader_new(struct loop *loop, char *path, struct redactor *redactor,
                                        struct aws_estate *estate);
void detail_reader_free(struct detail_reader *r); /* answers no more; NULL is fine */
/* For tui_services.resource: the first answer comes at once (reading), others later. `again`: what
 * is kept of it and its metrics are read anew, and what is shown stays until then. */
void detail_reader_ask(struct detail_reader *r, const char *key, bool again, tui_detail_fn *answer,
                       void *to);

#endif

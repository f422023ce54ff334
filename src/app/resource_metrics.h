/* resource_metrics.h - the metrics on a resource's page: asked of CloudWatch when the page is
 * opened, kept for the session (the last METRIC_LOOKS of them), asked again when a person says so.
 * CloudWatch bills them by the metric. */
#ifndef RUNBOOK_SRC_APP_RESOURCE_METRICS_H
#define RUNBOOK_SRC_APP_RESOURCE_METRICS_H

#include "runbook/loop/loop.h"
#include "runbook/service/aws/estate.h"
#include "runbook/store/inventory.h"
#include "runbook/view/resource_detail.h"

#define METRIC_LOOKS 32

struct metric_looks; /* opaque */

/* `changed` comes from the loop when more is known of `key`. `estate` NULL: nothing is asked. */
struct metric_looks *metric_looks_new(struct loop *loop, struct aws_estate *estate,
                                      void (*changed)(void *ctx, const char *key), void *ctx);
void metric_looks_free(struct metric_looks *l); /* ends silently what is under way */

/* Ask, unless it is known or being asked; `again`: also when it is known. `r` is the row (its texts
 * are copied), `item` its record (NULL: not kept), which lives in `arena`; that is taken over. */
void metric_looks_want(struct metric_looks *l, const char *key, const struct inv_resource *r,
                       const struct value *item, struct arena *arena, bool again);
/* Put what is known of `key` into `d`, copied into `arena`. */
void metric_looks_put(const struct metric_looks *l, const char *key, struct arena *arena,
                      struct resource_detail *d);

#endif

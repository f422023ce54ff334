/* health_events.h - AWS Health: what AWS says of its own troubles, maintenance and notices that
 * concern an account, and which of its resources are affected. Needs a support plan of Business or
 * higher: without it the service refuses (NOT_ENABLED), and that is said.
 * Source: AWS Health API Reference, DescribeEvents, DescribeAffectedEntities; AWS Health User
 * Guide, "Accessing the AWS Health API". */
#ifndef RUNBOOK_SERVICE_AWS_HEALTH_EVENTS_H
#define RUNBOOK_SERVICE_AWS_HEALTH_EVENTS_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/batch.h"

#define AWS_HEALTH_EVENTS_MAX 100  /* of an answer, the newest */
#define AWS_HEALTH_ENTITIES_MAX 50 /* of an event */

struct aws_health_event {
    const char *arn, *type; /* "AWS_EC2_OPERATIONAL_ISSUE" */
    const char *service;    /* as Health calls it: "EC2" */
    const char *category;   /* issue, accountNotification, scheduledChange, investigation */
    const char *scope, *status, *region, *zone;
    const char *text; /* AWS's own words; "" */
    int64_t start_ms, end_ms, updated_ms;
    const char **entities; /* ids or ARNs that are affected */
    size_t entity_count, impaired;
};

struct aws_health_query {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client; /* borrowed; the rest is copied */
    const char *region;        /* only this one and what is global; NULL: all */
    const char *service;       /* "ec2"; NULL */
    int64_t since_ms;          /* those that ended before are left out */
    bool open_only;
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

struct aws_health_events; /* opaque */
struct aws_health_events *aws_health_events_start(const struct aws_health_query *q,
                                                  void (*on_done)(void *ctx), void *ctx);
void aws_health_events_cancel(struct aws_health_events *h);
void aws_health_events_free(struct aws_health_events *h); /* NULL is fine */

const struct aws_health_event *aws_health_events_list(const struct aws_health_events *h,
                                                      size_t *ret_count); /* the newest first */
/* Why it is not whole: the worst end, and a line; ERR_OK: it is. */
enum aws_end aws_health_events_end(const struct aws_health_events *h, struct err *ret);
/* {"end","error","total","events":[...]}. */
void aws_health_events_write(const struct aws_health_events *h, struct json_writer *w);

#endif

/* throttling.h - the part of the throttling pattern that is about API Gateway. */
#ifndef RUNBOOK_ENGINE_AWS_THROTTLING_H
#define RUNBOOK_ENGINE_AWS_THROTTLING_H

#include "patterns.h"

struct aws_gateway_limits { /* values of the pattern's rows */
    double count, rise, share, used;
};
/* `s`: the 4XXError of an API. */
void aws_throttling_api(struct aws_view *v, struct aws_findings *out, const struct aws_series *s,
                        const struct aws_gateway_limits *l);
/* Its access log, asked for 429. */
void aws_throttling_api_read(struct aws_view *v, const struct value *items, struct aws_reading *r);

#endif

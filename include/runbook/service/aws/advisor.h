/* advisor.h - what Trusted Advisor advises: checks that are not green, with the resources they
 * flag. Asked of the Support API first; where the support plan does not allow that, of Trusted
 * Advisor's own API; where neither answers, both refusals are told.
 * Source: AWS Support API Reference, DescribeTrustedAdvisorChecks, -CheckSummaries, -CheckResult;
 * AWS Trusted Advisor API Reference, ListRecommendations; AWS Support User Guide, "AWS Support
 * API": it needs Business Support or higher. */
#ifndef RUNBOOK_SERVICE_AWS_ADVISOR_H
#define RUNBOOK_SERVICE_AWS_ADVISOR_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/batch.h"

#define AWS_ADVICE_RESOURCES_MAX 50 /* of a check */

struct aws_advised {
    const char *id, *region, *status, *text;
};
struct aws_advice {
    const char *id, *name, *category, *status; /* ok, warning, error, not_available */
    double flagged, processed;
    double savings_usd; /* a month, as AWS estimates; NAN: it says none */
    struct aws_advised *resources;
    size_t resource_count;
};

struct aws_advisor_query {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client; /* borrowed */
    const char *category;      /* cost_optimizing, security, ...; NULL: all; copied */
    unsigned details;          /* checks whose resources are read, the worst first; 0: 20 */
    struct aws_tally *tally;   /* where its calls are counted, borrowed; NULL */
};

struct aws_advisor; /* opaque */
struct aws_advisor *aws_advisor_start(const struct aws_advisor_query *q, void (*on_done)(void *ctx),
                                      void *ctx);
void aws_advisor_cancel(struct aws_advisor *v);
void aws_advisor_free(struct aws_advisor *v); /* NULL is fine */

/* Errors, then warnings, then the rest; each by what it flags. */
const struct aws_advice *aws_advisor_list(const struct aws_advisor *v, size_t *ret_count);
/* WHOLE, or why there is not all of it. NOT_ENABLED: the support plan. */
enum aws_end aws_advisor_end(const struct aws_advisor *v, struct err *ret);
const char *aws_advisor_source(const struct aws_advisor *v); /* "support" or "trustedadvisor" */
void aws_advisor_write(const struct aws_advisor *v, bool all, struct json_writer *w);

#endif

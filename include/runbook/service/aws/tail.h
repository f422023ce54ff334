/* tail.h - log events as they come in: a live tail of CloudWatch Logs, whose answer is a stream. A
 * connection that was cut is made anew, and what may be missing is told. Billed by the minute.
 * Source: CloudWatch Logs API Reference, "StartLiveTail", "LiveTailSessionUpdate"; CloudWatch Logs
 * User Guide, "Live Tail"; "Amazon CloudWatch Pricing". */
#ifndef RUNBOOK_SERVICE_AWS_TAIL_H
#define RUNBOOK_SERVICE_AWS_TAIL_H

#include "runbook/service/aws/estate.h"

#define AWS_TAIL_GROUPS_MAX 10       /* API Reference, StartLiveTail, logGroupIdentifiers */
#define AWS_TAIL_USD_PER_MINUTE 0.01 /* in most regions, above the free minutes */
#define AWS_TAIL_RETRIES 5           /* connections in a row that brought nothing */

struct aws_tail_request {
    const char *region;        /* NULL: the account's */
    const char *const *groups; /* names or ARNs */
    size_t group_count;
    const char *pattern; /* CloudWatch's filter pattern; NULL: everything */
    size_t max_chars;    /* of an event; 0: AWS_LOGS_CHARS */
    size_t max;          /* events, then it ends; 0: no limit */
    int64_t for_ms;      /* then it ends; 0: no limit of ours */
};

struct aws_tail_event {
    int64_t t_ms;
    const char *group, *stream; /* safe for a terminal */
    struct str text;            /* as it was logged, cut; not safe for a terminal */
    size_t left;
};

struct aws_tail_end {
    enum aws_end end; /* WHOLE: as long as was wanted; CUT: as many as were wanted */
    struct err err;
    size_t events, connections;
    bool sampled; /* there were more than CloudWatch sends: 500 a second */
    int64_t open_ms;
    double cost_usd;
};

struct aws_tail_callbacks {
    void (*on_event)(void *ctx, const struct aws_tail_event *e); /* borrowed */
    void (*on_note)(void *ctx, const char *text); /* it began, was cut, is sampled; may be NULL */
    void (*on_done)(void *ctx, const struct aws_tail_end *end); /* once, from the loop */
};

struct aws_tail; /* opaque */
struct aws_tail *aws_tail_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_tail_request *r,
                                const struct aws_tail_callbacks *cb, void *ctx, struct err *err);
void aws_tail_stop(struct aws_tail *t); /* on_done comes, WHOLE */
void aws_tail_free(struct aws_tail *t); /* ends silently; fine in on_done; NULL is fine */

#endif

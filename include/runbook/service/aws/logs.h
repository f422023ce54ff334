/* logs.h - CloudWatch Logs: groups, streams, and events of a group or of one stream, within limits
 * that the answer repeats.
 *
 * Source: CloudWatch Logs API Reference, "DescribeLogGroups", "DescribeLogStreams",
 * "FilterLogEvents", "GetLogEvents"; the limits are those of R-43. */
#ifndef RUNBOOK_SERVICE_AWS_LOGS_H
#define RUNBOOK_SERVICE_AWS_LOGS_H

#include "runbook/service/aws/estate.h"

#define AWS_LOGS_WINDOW_MS INT64_C(900000) /* 15 minutes */
#define AWS_LOGS_EVENTS 50                 /* */
#define AWS_LOGS_CHARS 500                 /* of an event */
#define AWS_LOGS_EVENTS_MAX 10000          /* of a page; API Reference */

enum aws_logs_what {
    AWS_LOGS_GROUPS,
    AWS_LOGS_STREAMS, /* of a group, the latest first */
    AWS_LOGS_FILTER,  /* events of a group */
    AWS_LOGS_STREAM,  /* events of one stream */
};

struct aws_logs_request {
    enum aws_logs_what what;
    const char *region;  /* NULL: the account's */
    const char *group;   /* of GROUPS a prefix; NULL: all */
    const char *stream;  /* of FILTER and STREAMS a prefix; NULL: all */
    const char *pattern; /* CloudWatch's filter pattern; NULL: everything */
    int64_t since_ms, until_ms;
    size_t max;       /* events, groups or streams; 0: AWS_LOGS_EVENTS, of groups 1000 */
    size_t max_chars; /* of an event; 0: AWS_LOGS_CHARS */
    bool newest;      /* keep the last ones, not the first: the whole window is read */
    int64_t timeout_ms;
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

struct aws_log_event {
    int64_t t_ms;
    const char *stream; /* safe for a terminal */
    const char *text;   /* as it was logged, cut; not safe for a terminal */
    size_t left;        /* characters that were cut off */
    int64_t order;      /* among events of one moment */
};

struct aws_log_group {
    const char *name, *arn, *class; /* safe for a terminal; the arn without ":*" */
    int64_t bytes, created_ms;
    int64_t kept_days; /* 0: for ever */
    int64_t last_ms;   /* of a stream: its last event; 0: none */
};

struct aws_logs_answer {
    const struct aws_logs_request *request; /* a copy with the limits that held */
    const char *region;
    const struct aws_log_event *events; /* ascending in time */
    size_t count, seen, shortened;      /* seen: events that came; shortened: were cut */
    const struct aws_log_group *groups; /* or streams */
    size_t group_count;
    bool more; /* than came */
    enum aws_end end;
    struct err err;
    unsigned requests;
};

struct aws_logs; /* opaque: one request under way */
typedef void aws_logs_fn(void *ctx, const struct aws_logs_answer *a);
/* NULL and *err: it cannot be asked. `done` comes once, from the loop, also with what came before a
 * failure; the answer lives until aws_logs_free(), which is fine in it. */
struct aws_logs *aws_logs_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_logs_request *r, aws_logs_fn *done, void *ctx,
                                struct err *err);
void aws_logs_cancel(struct aws_logs *l); /* what came is told */
void aws_logs_free(struct aws_logs *l);   /* ends silently; NULL is fine */
/* Events and pages that have come: for a progress line. */
void aws_logs_progress(const struct aws_logs *l, size_t *ret_events, unsigned *ret_pages);

/* Appends one object. */
void aws_logs_json(const struct aws_logs_answer *a, const char *account, struct buf *out);
/* The first `max` characters; *ret_left: how many more there are. */
struct str aws_log_cut(struct str text, size_t max, size_t *ret_left);

#endif

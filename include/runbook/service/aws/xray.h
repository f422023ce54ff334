/* xray.h - who calls whom, and where time goes: the service graph, traces and their segments of AWS
 * X-Ray.
 * Source: X-Ray API Reference, "GetServiceGraph", "GetTraceSummaries", "BatchGetTraces"; X-Ray
 * Developer Guide, "Segment documents". */
#ifndef RUNBOOK_SERVICE_AWS_XRAY_H
#define RUNBOOK_SERVICE_AWS_XRAY_H

#include "runbook/service/aws/estate.h"

#define AWS_XRAY_WINDOW_MS (6 * INT64_C(3600000)) /* API Reference: of a graph or of summaries */
#define AWS_XRAY_BATCH 5                          /* API Reference, BatchGetTraces, TraceIds */
#define AWS_XRAY_TRACES_MAX 20                    /* whole traces of one request of ours */
#define AWS_XRAY_SPANS_MAX 2000                   /* of a trace that are kept */

enum aws_xray_what { AWS_XRAY_GRAPH, AWS_XRAY_SUMMARIES, AWS_XRAY_TRACES };

struct aws_xray_request {
    enum aws_xray_what what;
    const char *region;         /* NULL: the account's */
    int64_t since_ms, until_ms; /* not of TRACES */
    const char *filter;         /* of SUMMARIES: X-Ray's filter expression; NULL: all */
    const char *group;          /* of a GRAPH: an X-Ray group; NULL: all */
    const char *const *ids;     /* of TRACES */
    size_t id_count;
    size_t max; /* summaries; 0: 100 */
    int64_t timeout_ms;
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

struct aws_xray_counts {
    int64_t total, ok, errors, throttles, faults; /* 4xx, 429, 5xx */
    double seconds;                               /* all response times together */
};

struct aws_xray_service {
    int64_t id;
    const char *name, *type, *state; /* safe for a terminal */
    struct aws_xray_counts counts;
    bool root, client;
};

struct aws_xray_edge {
    size_t from, to; /* of the services */
    struct aws_xray_counts counts;
};

struct aws_xray_summary {
    const char *id, *url, *method; /* safe for a terminal */
    int64_t t_ms;
    int status; /* HTTP; 0: none */
    double duration_s, response_s;
    bool fault, error, throttle, partial;
    const char *entry; /* the service that it came in at */
};

struct aws_xray_span {
    const char *id, *parent, *name, *origin, *cause; /* safe for a terminal; cause: an exception */
    double start_s, end_s;
    int status, depth;
    bool fault, error, throttle, running;
};

struct aws_xray_trace {
    const char *id;
    double duration_s;
    bool cut;                          /* X-Ray's or our limit was reached: spans are missing */
    const struct aws_xray_span *spans; /* a parent before its children, by time */
    size_t count;
    size_t unread; /* segments that are no JSON */
};

struct aws_xray_answer {
    const struct aws_xray_request *request;
    const char *region;
    const struct aws_xray_service *services;
    size_t service_count;
    const struct aws_xray_edge *edges;
    size_t edge_count;
    const struct aws_xray_summary *summaries; /* the newest first */
    size_t summary_count;
    const struct aws_xray_trace *traces;
    size_t trace_count;
    size_t missing; /* traces that X-Ray did not have or not process */
    bool more;
    enum aws_end end;
    struct err err;
    unsigned requests;
};

struct aws_xray; /* opaque: one request under way */
typedef void aws_xray_fn(void *ctx, const struct aws_xray_answer *a);
struct aws_xray *aws_xray_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_xray_request *r, aws_xray_fn *done, void *ctx,
                                struct err *err);
void aws_xray_free(struct aws_xray *x); /* ends silently; fine in `done`; NULL is fine */

void aws_xray_json(const struct aws_xray_answer *a, const char *account, struct buf *out);
/* The graph as service-graph.json has it, without those who only call from outside: what
 * topology_parse() reads. */
void aws_xray_topology(const struct aws_xray_answer *a, struct buf *out);

/* ---- pure, for tests ---- */

/* Spans of segment documents, in order; `documents` are strings. */
void aws_xray_spans(struct arena *arena, const struct value *segments, struct aws_xray_trace *ret);

#endif

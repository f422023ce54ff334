/* prometheus.h - the HTTP API of a Prometheus server (or of what speaks it: Thanos, Mimir,
 * VictoriaMetrics). A request is a struct; its answer is one of three: data, empty, error. Big
 * answers are checked on the thread pool, so the screen stays quick; the body is handed over as it
 * came, for the record, and prom_answer.h makes structs of it. Long queries go as POST. Requests
 * are repeated on connection errors and 5xx (all of them only read). Nothing here is specific to
 * one engine or one metric. */
#ifndef RUNBOOK_SERVICE_PROMETHEUS_H
#define RUNBOOK_SERVICE_PROMETHEUS_H

#include "runbook/net/http.h"
#include "runbook/service/prom_answer.h"
#include "runbook/service/promql.h"

struct prometheus;        /* opaque */
typedef uint64_t prom_id; /* 0 is never valid */

struct prometheus_options {
    const char *url; /* "http://127.0.0.1:9090"; a path prefix is kept */
    enum http_auth auth;
    const char *user;                  /* BASIC */
    const struct secret *secret;       /* copied */
    const struct http_tls *tls;        /* strings borrowed for the client's life; NULL: defaults */
    const struct http_header *headers; /* a tenant ...; borrowed likewise */
    size_t header_count;
    int64_t timeout_ms;    /* of one request; 0: 30 000 */
    size_t max_body_bytes; /* 0: 64 MiB */
    struct prom_caps caps;
};

/* ERR_INPUT: the URL is none, is not http(s), or holds a query or a password. */
enum err_code prometheus_new(struct loop *l, struct http_client *http,
                             const struct prometheus_options *opts, struct prometheus **ret,
                             struct err *err);
void prometheus_free(struct prometheus *p); /* cancels silently */
const char *
prometheus_url(const struct prometheus *p); /* without user information, no slash at the end */

enum prom_api {
    PROM_API_QUERY,        /* query, time_ms */
    PROM_API_RANGE,        /* query, start_ms, end_ms, step_ms */
    PROM_API_SERIES,       /* matches, start_ms, end_ms, limit */
    PROM_API_LABELS,       /* the same */
    PROM_API_LABEL_VALUES, /* label, and the same */
    PROM_API_METADATA,     /* filter: a metric; limit */
    PROM_API_ALERTS,
    PROM_API_RULES,   /* filter: "alert", "record" or NULL */
    PROM_API_TARGETS, /* filter: "active" (default), "dropped", "any" */
    PROM_API_BUILD,
    PROM_APIS
};

struct prom_request {
    enum prom_api api;
    const char *query;
    int64_t time_ms;                   /* 0: the server's now */
    int64_t start_ms, end_ms, step_ms; /* a range needs start and end; step 0: promql_step_ms() */
    int64_t interval_ms;               /* scrape interval, for that choice; 0: unknown */
    const char *const *matches;        /* series selectors */
    size_t match_count;
    const char *label, *filter;
    size_t limit;       /* 0: none; asked of the server (older ones ignore it) */
    int64_t timeout_ms; /* 0: the client's */
};

enum prom_state { PROM_DATA, PROM_EMPTY, PROM_ERROR };

struct prom_reply {
    enum prom_state state;
    struct err err; /* for PROM_ERROR */
    struct buf
        *body; /* the raw answer, also of an error when there was one; buf_detach() to keep */
    enum prom_type type;
    size_t rows, samples; /* series, names, alerts, rules, targets ... */
    struct prom_names warnings;
    int http_status;              /* 0: none */
    int64_t duration_ms, step_ms; /* step: of a range, as sent */
};

/* Exactly once, never nested in prometheus_send(). The reply lives during the call. */
typedef void prom_done_fn(void *ctx, const struct prom_reply *reply);
prom_id prometheus_send(struct prometheus *p, const struct prom_request *req, prom_done_fn *done,
                        void *ctx);
void prometheus_cancel(struct prometheus *p, prom_id id); /* done is not called any more */

/* Pure: path and parameters of a request ("/api/v1/query_range", "query=up&..."). ERR_INPUT says
 * which field is missing or wrong. Parameters longer than 1,500 bytes want a POST where the API
 * takes one. */
enum err_code prom_request_build(const struct prom_request *req, struct buf *ret_path,
                                 struct buf *ret_params, bool *ret_post, int64_t *ret_step_ms,
                                 struct err *err);
/* Pure: what an HTTP answer that is no success means. Fills *err, which always says what to do next
 * where that is known. */
enum err_code prom_http_error(int status, const char *content_type, struct str body,
                              struct err *err);

#endif

/* rca_metric.c - see rca_metric.h. The word lists are ordered: the first that matches decides. */
#include "rca_metric.h"

#include <ctype.h>
#include <string.h>

#include "runbook/base/str.h"

#define WORDS_MAX 24
#define WORD_BYTES 24

struct words {
    char text[WORDS_MAX][WORD_BYTES];
    size_t count;
};

/* "http_requestDuration:p99" gives http request duration p99. */
static void split(const char *name, struct words *w)
{
    size_t len = 0;

    w->count = 0;
    for (const char *p = name; w->count < WORDS_MAX; p++) {
        bool letter = isalnum((unsigned char)*p) != 0;
        bool boundary =
            !letter || (len && isupper((unsigned char)*p) && !isupper((unsigned char)p[-1]));

        if (boundary && len) {
            w->text[w->count++][len] = '\0';
            len = 0;
        }
        if (!*p)
            return;
        if (letter && w->count < WORDS_MAX && len < WORD_BYTES - 1)
            w->text[w->count][len++] = (char)tolower((unsigned char)*p);
    }
}

static bool has(const struct words *w, const char *const *list)
{
    for (; *list; list++) {
        for (size_t i = 0; i < w->count; i++) {
            if (strcmp(w->text[i], *list) == 0)
                return true;
        }
    }
    return false;
}

static bool last_is(const struct words *w, const char *word)
{
    return w->count && strcmp(w->text[w->count - 1], word) == 0;
}

static const char *const skip_words[] = {"info",   "created",  "timestamp", "bucket",
                                         "build",  "version",  "boot",      "start",
                                         "scrape", "promhttp", NULL};
static const char *const availability_words[] = {
    "availability", "success", "successes", "healthy", "ready", "up", "uptime", "apdex", NULL};
static const char *const error_words[] = {
    "error",    "errors", "err",         "errs",      "fail",       "failed",  "failure",
    "failures", "fault",  "faults",      "exception", "exceptions", "panics",  "5xx",
    "dropped",  "drops",  "timeouts",    "rejected",  "aborted",    "retries", "retransmits",
    "restarts", "oom",    "unavailable", NULL};
static const char *const resource_words[] = {
    "cpu",       "memory",     "mem",         "heap",        "rss",        "disk",     "filesystem",
    "fs",        "inode",      "inodes",      "swap",        "load1",      "load5",    "fds",
    "threads",   "goroutines", "connections", "pool",        "sockets",    "inflight", "flight",
    "queue",     "backlog",    "utilization", "utilisation", "saturation", "pressure", "iowait",
    "throttled", "throttling", "throttle",    "gc",          "conntrack",  "diskio",   "blkio",
    "socket",    NULL};
static const char *const in_flight_words[] = {"connections", "sockets", "inflight",   "flight",
                                              "threads",     "active",  "goroutines", "pending",
                                              "concurrency", "fds",     NULL};
static const char *const left_words[] = {"free", "available", "avail", "idle", "remaining", NULL};
static const char *const latency_words[] = {"latency", "duration", "delay", "lag",
                                            "elapsed", "ttfb",     "rtt",   NULL};
static const char *const fixed_words[] = {"limit", "limits",    "capacity",
                                          "quota", "threshold", NULL};
static const char *const replica_words[] = {"replicas", NULL};
static const char *const response_words[] = {"response", "wait", NULL};
static const char *const time_words[] = {"time", "seconds", "ms", "milliseconds", NULL};
static const char *const traffic_words[] = {
    "request",    "requests",    "calls",    "rps",     "qps",      "rate", "count",    "hits",
    "messages",   "queries",     "packets",  "network", "received", "sent", "transmit", "receive",
    "throughput", "invocations", "workload", "ops",     "traffic",  "load", "net",      NULL};
static const char *const client_words[] = {"client", "upstream", "outbound", "outgoing", NULL};
static const char *const byte_words[] = {"bytes", NULL};
static const char *const second_words[] = {"seconds", "latency", "duration", NULL};
static const char *const milli_words[] = {"milliseconds", "ms", "millis", NULL};

static enum rca_kind kind_of(const struct words *w)
{
    if (has(w, skip_words) || last_is(w, "seen"))
        return RCA_SKIP; /* "last_seen" */
    if (last_is(w, "count") && has(w, latency_words))
        return RCA_TRAFFIC; /* the count of a histogram or a summary */
    if (has(w, error_words))
        return RCA_ERRORS;
    if (has(w, availability_words) || (has(w, replica_words) && has(w, left_words)))
        return RCA_AVAILABILITY;
    if (has(w, fixed_words))
        return RCA_SKIP;
    if (has(w, resource_words))
        return RCA_SATURATION;
    if (has(w, latency_words) || (has(w, response_words) && has(w, time_words)))
        return RCA_LATENCY;
    if (has(w, traffic_words)) /* http_server_requests_seconds{quantile=...}, ..._max */
        return has(w, second_words) && !last_is(w, "count") && !last_is(w, "total") &&
                       !last_is(w, "sum")
                   ? RCA_LATENCY
                   : RCA_TRAFFIC;
    return RCA_OTHER;
}

static const char *unit_of(const struct words *w, enum rca_kind kind)
{
    if (last_is(w, "count"))
        return "count"; /* of a histogram of seconds: how many there were */
    if (has(w, byte_words))
        return "bytes";
    if ((kind == RCA_LATENCY || kind == RCA_TRAFFIC) && has(w, milli_words))
        return "ms";
    if ((kind == RCA_LATENCY || kind == RCA_TRAFFIC) && has(w, second_words))
        return "seconds";
    return "count";
}

void rca_metric_classify(const char *name, struct rca_metric *ret)
{
    static const double min_rel[RCA_KINDS] = {
        [RCA_LATENCY] = 0.1,    [RCA_ERRORS] = 0.2,  [RCA_AVAILABILITY] = 0.005,
        [RCA_SATURATION] = 0.1, [RCA_TRAFFIC] = 0.5, [RCA_OTHER] = 0.5};
    static const int bad[RCA_KINDS] = {
        [RCA_LATENCY] = 1, [RCA_ERRORS] = 1, [RCA_AVAILABILITY] = -1, [RCA_SATURATION] = 1};
    struct words w;

    split(name, &w);
    ret->kind = kind_of(&w);
    ret->counter = last_is(&w, "total") || last_is(&w, "count");
    ret->bad = bad[ret->kind];
    if (ret->kind == RCA_SATURATION && has(&w, left_words))
        ret->bad = -1;
    ret->min_rel = min_rel[ret->kind];
    ret->caller_view = has(&w, client_words);
    ret->in_flight = ret->kind == RCA_SATURATION && has(&w, in_flight_words);
    ret->unit = unit_of(&w, ret->kind);
    if (ret->kind == RCA_LATENCY && last_is(&w, "total")) {
        ret->kind = RCA_SATURATION; /* seconds spent a second: how many wait at a time */
        ret->in_flight = true;
    }
}

void rca_metric_latency(struct rca_metric *m)
{
    m->kind = RCA_LATENCY;
    m->bad = 1;
    m->min_rel = 0.1;
}

/* Labels that turn a metric's meaning round, or say that it has none. Sources: node_exporter
 * (node_cpu_seconds_total), kube-state-metrics (conditions), cAdvisor (page faults are called
 * failures). */
static void refine_direction(struct prom_labels labels, struct rca_metric *m)
{
    const char *mode = prom_label(labels, "mode"), *is = prom_label(labels, "condition"),
               *fault = prom_label(labels, "failure_type");

    if (m->kind == RCA_SATURATION && mode && strcmp(mode, "idle") == 0)
        m->bad = -1;
    if (m->kind == RCA_AVAILABILITY && is && strcmp(is, "true") != 0)
        m->bad = -m->bad;
    if (m->kind == RCA_ERRORS && fault && strncmp(fault, "pg", 2) == 0)
        m->kind = strcmp(fault, "pgmajfault") == 0 ? RCA_SATURATION : RCA_SKIP;
}

/* Values that say a request failed on the server's side: classes and codes of HTTP, outcomes of
 * Micrometer, statuses of OpenTelemetry, codes of gRPC (those that mean the server's failure). */
static bool says_failed(const char *v)
{
    static const char *const words[] = {
        "5xx",          "error",    "ERROR",       "STATUS_CODE_ERROR",
        "SERVER_ERROR", "Internal", "Unavailable", "DeadlineExceeded",
        "Unknown",      "DataLoss", "failure",     "failed",
        "exception",    NULL};

    if (v[0] == '5' && strlen(v) == 3 && isdigit((unsigned char)v[1]))
        return true;
    for (const char *const *w = words; *w; w++) {
        if (strcmp(v, *w) == 0)
            return true;
    }
    return false;
}

const char *const rca_outcome_labels[] = {"code",
                                          "status",
                                          "status_code",
                                          "http_status",
                                          "http_status_code",
                                          "status_class",
                                          "http_response_status_code",
                                          "response_code",
                                          "grpc_code",
                                          "grpc_status",
                                          "outcome",
                                          "result",
                                          "exception",
                                          "error",
                                          NULL};

void rca_metric_refine(struct prom_labels labels, struct rca_metric *m)
{
    static const char *const kinds[] = {"span_kind", "reporter", "direction", NULL};

    for (const char *const *n = kinds; *n; n++) {
        const char *v = prom_label(labels, *n);

        if (v && (strcmp(v, "SPAN_KIND_CLIENT") == 0 || strcmp(v, "client") == 0 ||
                  strcmp(v, "source") == 0 || strcmp(v, "outbound") == 0))
            m->caller_view = true;
    }
    refine_direction(labels, m);
    if (m->kind != RCA_TRAFFIC)
        return;
    for (const char *const *n = rca_outcome_labels; *n; n++) {
        const char *v = prom_label(labels, *n);

        if (v && says_failed(v)) {
            m->kind = RCA_ERRORS;
            m->bad = 1;
            m->min_rel = 0.2;
        }
    }
}

const char *rca_kind_name(enum rca_kind kind)
{
    static const char *const names[] = {"latency", "errors", "availability", "saturation",
                                        "traffic", "level",  "skipped"};

    return names[kind];
}

/* prom_answer.h - what a Prometheus server answers, as plain structs.
 * Samples, series lists and name lists are decoded in one pass over the bytes, without a JSON tree:
 * an answer of 20 MB costs its samples (16 bytes each) and no more. The pass is strict JSON with
 * Prometheus's shape; an answer that is cut anywhere, or of another shape, is ERR_REMOTE naming the
 * byte. Caps make a million series an ERR_LIMIT instead of a full memory. The smaller answers go
 * through codec's tree. Everything is copied to the arena; nothing points into the body. Source:
 * prometheus.io/docs/prometheus/latest/querying/api. */
#ifndef RUNBOOK_SERVICE_PROM_ANSWER_H
#define RUNBOOK_SERVICE_PROM_ANSWER_H

#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"

struct prom_label {
    const char *name, *value;
};

struct prom_labels {
    const struct prom_label *items; /* in the order of the answer */
    size_t count;
};

struct prom_point {
    int64_t t_ms;
    double value; /* may be NaN or infinite */
};

struct prom_series {
    struct prom_labels labels;
    const struct prom_point *points; /* by time, ascending */
    size_t count;
};

enum prom_type {
    PROM_NONE,
    PROM_VECTOR,
    PROM_MATRIX,
    PROM_SCALAR,
    PROM_STRING,
    PROM_SERIES,
    PROM_NAMES
};

struct prom_names {
    const char *const *items;
    size_t count;
};

struct prom_answer {
    enum prom_type type;
    const struct prom_series
        *series; /* VECTOR: one point each; SCALAR: one without labels; SERIES: none */
    size_t series_count;
    size_t sample_count;
    size_t histogram_count;     /* native histograms, which are not decoded */
    struct prom_names names;    /* NAMES; of STRING the one text */
    struct prom_names warnings; /* "warnings" and "infos" of the API */
};

struct prom_caps {      /* 0: the default */
    size_t max_series;  /* 50,000; also of names */
    size_t max_samples; /* 20,000,000 */
    bool count_only;    /* check all of it, keep the type, the counts and the warnings */
};

/* Decode the answer of query, query_range, series, labels or label values. `caps` may be NULL. An
 * error object of Prometheus is ERR_REMOTE. Pure; runs on any thread. */
enum err_code prom_decode(struct str body, const struct prom_caps *caps, struct arena *arena,
                          struct prom_answer *ret, struct err *err);

/* Value of a label, or NULL. */
const char *prom_label(struct prom_labels labels, const char *name);
/* {job="x",instance="y"} with the name before it, as people write it. */
void prom_labels_format(struct buf *out, struct prom_labels labels);

/* The error object {"status":"error","errorType":"bad_data","error":"..."}; false when `body` is
 * none. Strings go to the arena, cut to a readable length. */
bool prom_decode_error(struct str body, struct arena *arena, const char **ret_type,
                       const char **ret_text);

struct prom_alert {
    const char *name, *state; /* "firing", "pending" */
    struct prom_labels labels, annotations;
    int64_t active_at_ms; /* 0: unknown */
    double value;
};
struct prom_alerts {
    const struct prom_alert *items;
    size_t count;
};
enum err_code prom_decode_alerts(struct str body, struct arena *arena, struct prom_alerts *ret,
                                 struct err *err);

struct prom_target {
    const char *job, *instance, *url, *health, *error; /* health: "up", "down", "unknown" */
    struct prom_labels labels;
    int64_t last_scrape_ms, interval_ms, timeout_ms; /* 0: unknown */
    double scrape_seconds;
};
struct prom_targets {
    const struct prom_target *items;
    size_t count, down, dropped;
};
/* ERR_REMOTE: the server says an error, or it is no such answer. */
enum err_code prom_decode_targets(struct str body, struct arena *arena, struct prom_targets *ret,
                                  struct err *err);

struct prom_rule {
    const char *group, *file, *name, *kind; /* "alerting", "recording" */
    const char *query, *health, *error, *state;
    struct prom_labels labels, annotations;
    double for_seconds;
    size_t active; /* alerts of it */
};
struct prom_rules {
    const struct prom_rule *items;
    size_t count, firing, broken;
};
enum err_code prom_decode_rules(struct str body, struct arena *arena, struct prom_rules *ret,
                                struct err *err);

struct prom_meta {
    const char *metric, *type, *help, *unit;
};
struct prom_metas {
    const struct prom_meta *items;
    size_t count;
};
enum err_code prom_decode_metadata(struct str body, struct arena *arena, struct prom_metas *ret,
                                   struct err *err);

struct prom_build {
    const char *version, *revision;
};
enum err_code prom_decode_build(struct str body, struct arena *arena, struct prom_build *ret,
                                struct err *err);

#endif

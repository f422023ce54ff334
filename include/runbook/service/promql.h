/* promql.h - PromQL text is built, never pasted: names are checked, values are quoted.
 * Outside values (labels, service names, a user's words) reach a query only through these
 * functions, so no value can end its string and become code. Also the step of a range query, which
 * has one limit that the server enforces (11,000 points a series) and one that statistics want (no
 * finer than the scrape interval). Source: prometheus.io/docs/prometheus/latest/querying/basics. */
#ifndef RUNBOOK_SERVICE_PROMQL_H
#define RUNBOOK_SERVICE_PROMQL_H

#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define PROM_POINTS_MAX 11000 /* of one series in one answer; the server refuses more */

bool promql_is_metric_name(struct str s); /* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool promql_is_label_name(struct str s);  /* [a-zA-Z_][a-zA-Z0-9_]* */

/* Append `s` as a double-quoted PromQL string. Bad UTF-8 becomes U+FFFD. */
void promql_quote(struct buf *out, struct str s);
/* Append `s` with every character that RE2 treats specially escaped (not yet quoted). */
void promql_regex_literal(struct buf *out, struct str s);

enum promql_op { PROMQL_EQ, PROMQL_NE, PROMQL_RE, PROMQL_NRE };

struct promql_matcher {
    const char *label;
    enum promql_op op;
    struct str value; /* of RE and NRE: an RE2 expression */
};

/* metric{label="value",...}; `metric` may be NULL when there is a matcher that does not match the
 * empty string (the server demands one). ERR_INPUT names a bad label or metric name. */
enum err_code promql_selector(struct buf *out, const char *metric, const struct promql_matcher *m,
                              size_t count, struct err *err);

/* "90s", "15m", "2h", "1500ms": a duration as PromQL writes it, exact to the millisecond. */
void promql_duration(struct buf *out, int64_t ms);

/* The step for a window: the scrape interval (`interval_ms`, 0: 15 s), made longer in round numbers
 * until the answer has at most `max_points` points a series (0 or more than the server's limit:
 * PROM_POINTS_MAX). At least 1 ms. */
int64_t promql_step_ms(int64_t start_ms, int64_t end_ms, int64_t interval_ms, int64_t max_points);

/* The named expressions of R-45. A template holds $SEL (label matchers, with a leading comma where
 * it joins others) and $RANGE (a duration). */
struct promql_expr {
    const char *name; /* "http_latency_p99" */
    const char *help; /* a sentence */
    const char *unit; /* as num_human(): ratio, bytes, seconds ... */
    const char *text;
};
const struct promql_expr *promql_expr_table(void); /* ends with a NULL name */
const struct promql_expr *promql_expr_find(const char *name);
enum err_code promql_expr_build(struct buf *out, const struct promql_expr *x,
                                const struct promql_matcher *m, size_t count, int64_t range_ms,
                                struct err *err);

#endif

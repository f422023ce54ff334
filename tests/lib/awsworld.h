/* awsworld.h - an estate of AWS as a file: what its calls answer, its alarms, what CloudTrail has
 * seen, how its metrics went, and what an investigation is to conclude from that.
 *
 * {"about": "...", "base": "estate.json",   what is not said here is as it is there
 *  "question": "why ...", "incident": {"title", "service", "metric", "at": "-20m"},
 *  "alarms": [{"name", "metric": "AWS/RDS CPUUtilization", "dims": {...}, "at": "-18m"}],
 *  "trail": [{"at": "-21m", "call": "ec2 RevokeSecurityGroupIngress", "who": "role/deploy",
 *             "params": {...}, "error", "message", "read": true, "resources": [...],
 *             "times": 5, "every": "30s"}],
 *  "metrics": [{"metric": "AWS/RDS DatabaseConnections", "dims": {...}, "before": 40,
 *               "after": 480, "at": "-20m"}],   the first that fits counts
 *  "composites": [{"name", "rule", "at", "suppressed": true}],
 *  "graph": {"seen": "-3h", "nodes": [...], "edges": [...]},   of the inventory; absent: no scan
 *  "file": {"nodes": [...], "edges": [...]},                   a person's service-graph.json
 *  "traces": {"edges": [{"from", "to", "requests", "faults", "mean_s"}]}, or {"error": "..."}
 *  "calls": [rules of awsfake.h],
 *  "expect": {...}}
 * A time in an answer is a text such as "@-20m" (RFC 3339), "@s-20m" (seconds since 1970) or
 * "@ms-20m" (milliseconds); the last two become numbers. */
#ifndef RUNBOOK_TESTS_AWSWORLD_H
#define RUNBOOK_TESTS_AWSWORLD_H

#include "runbook/base/arena.h"
#include "runbook/codec/value.h"

struct awsworld; /* opaque */

/* Ends the program with a message when it cannot be read. `now_ms`: what times are counted from. */
struct awsworld *awsworld_open(const char *path, int64_t now_ms);
/* The same with some of the file's values replaced: pairs of a path ("metrics.0.after") and JSON,
 * ended by NULL. */
struct awsworld *awsworld_open_with(const char *path, int64_t now_ms, const char *const *edits);
void awsworld_close(struct awsworld *w);
const struct value *awsworld_doc(const struct awsworld *w); /* the file itself */
/* Rules for awsfake_open(), those of the metrics among them. */
const char *awsworld_rules(const struct awsworld *w);

/* In the process, without a server. `args` of aws_query: appends the tool's answer, or false and
 * the error's code in *ret_error. */
bool awsworld_query(struct awsworld *w, const struct value *args, struct str args_text,
                    struct buf *out, const char **ret_error);
/* Of aws_graph, aws_traces (its graph) and aws_alarms (composites). */
void awsworld_graph(const struct awsworld *w, struct buf *out);
bool awsworld_traces(const struct awsworld *w, struct buf *out, const char **ret_error);
bool awsworld_alarms(const struct awsworld *w, struct buf *out, const char **ret_error);
/* Of aws_metrics. */
void awsworld_metrics(struct awsworld *w, const struct value *args, struct buf *out);
/* `value` of a metric at a moment as rules say it; NAN: it has none. */
double awsworld_point(const struct value *metrics, const char *space, const char *name,
                      const struct value *dims, int64_t t_ms);

#endif

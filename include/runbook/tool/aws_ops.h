/* aws_ops.h - the operations matrix of AWS: for each kind of resource what makes its health, which
 * metrics matter and where they are too high, where its logs are, what is compared with the days
 * before, what can be done to it; or why a cell is empty. A table (src/tool/aws_ops), and its
 * evaluation, which is pure: a record and series in, verdicts out. Fetching is beside it
 * (ops_ask_start). */
#ifndef RUNBOOK_TOOL_AWS_OPS_H
#define RUNBOOK_TOOL_AWS_OPS_H

#include <math.h>

#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"
#include "runbook/service/aws/inventory.h"

enum ops_state { OPS_OK, OPS_UNKNOWN, OPS_WARNING, OPS_UNHEALTHY };
const char *ops_state_name(enum ops_state s); /* "unhealthy" */
const char *ops_severity(enum ops_state s);   /* "critical", "warning", "info" */

enum ops_compare { OPS_NEVER, OPS_ABOVE, OPS_AT_LEAST, OPS_BELOW, OPS_AT_MOST };
const char *ops_compare_sign(enum ops_compare c); /* ">" */

/* A number that decides. */
struct ops_limit {
    enum ops_compare compare; /* OPS_NEVER: there is none */
    double value;             /* in the unit of its row */
    enum ops_state state;
    const char *source; /* a requirement, or the title of a page of AWS's documentation */
};
#define OPS_LIMITS 2

/* What is read besides the list that the resource came from. Its items are `name` of a path. */
struct ops_read {
    const char *name;
    const char *operation, *service; /* NULL: the kind's */
    const char *param, *from; /* what is sent, and where it is in the record; NULL: nothing */
    const char *with;         /* JSON of more parameters; NULL */
    const char *join; /* asked once for a region: the path in each item that is the id; NULL */
    bool pairs;       /* items are {Name, Value}: they become one object */
    bool entire;      /* the answer itself is the item, whatever list the operation has */
    bool whole;       /* the path begins with all items; else with the first one */
};

/* How a number comes of a record. */
enum ops_how {
    OPS_WORDS,     /* no number: the text at `path` is one of `words` */
    OPS_GOOD,      /* the same, but `words` are those that are good */
    OPS_STATE,     /* the state, as aws_health_of() reads it; `words` are those that are gone */
    OPS_NUMBER,    /* at `path` */
    OPS_COUNT,     /* how many are there at `path`: of `words`, or all */
    OPS_SHARE,     /* the same in percent of all */
    OPS_MINUS,     /* `path` - `other` */
    OPS_AGE_DAYS,  /* since the time at `path` */
    OPS_LEFT_DAYS, /* until it */
};

struct ops_check {
    const char *id, *what; /* "system-status", "AWS's check of the machine below it" */
    enum ops_how how;
    const char *path, *other;
    const char *words; /* "impaired|failed" */
    const char *when;  /* "state=running|pending": judged only then; "#path": only when it is there;
                          "!#path": not */
    const char *skip;  /* COUNT: texts with this in them do not count */
    enum ops_state state; /* WORDS and GOOD: when it is bad */
    const char *source;   /* of the words */
    const char *unit;
    struct ops_limit limits[OPS_LIMITS];
    bool absent_bad; /* nothing at `path`, and the read was answered: that is bad as well */
};

/* The points of a window as one number. */
enum ops_fold { OPS_MAX, OPS_MIN, OPS_SUM, OPS_MEAN, OPS_LAST };
enum ops_way { OPS_NO_WAY, OPS_UP, OPS_DOWN, OPS_BOTH };
#define OPS_DIMENSIONS 3

struct ops_metric {
    const char *id, *what;
    const char *space, *name, *stat; /* namespace, metric, statistic */
    struct {
        const char *name, *from; /* a path in the record, or "=AllStorageTypes" */
    } dimensions[OPS_DIMENSIONS];
    const char *unit;
    double scale; /* of what comes into `unit`; 0: 1 */
    int period_s, window_s;
    enum ops_fold fold;
    const char
        *per;       /* in percent of that metric of the same kind; its own window is folded first */
    const char *of; /* in percent of the number there in the record ... */
    double of_scale; /* ... times this; 0: 1 */
    const char *when;
    struct ops_limit limits[OPS_LIMITS];
    enum ops_way anomaly; /* which way is compared with the days before */
    double least;         /* a smaller difference is none */
    bool zero;            /* no points mean zero */
};

struct ops_log {
    const char *id, *what;
    const char *group;     /* "/aws/lambda/{FunctionName}"; NULL: not a log group */
    const char *from;      /* a path in the record that names it instead, when it is there */
    const char *operation; /* what reads it otherwise: "ec2 GetConsoleOutput" */
    const char *when;
};

struct ops_kind {
    const char *service, *kind, *title; /* as in the catalogue: "ec2", "instance" */
    const struct ops_read *reads;       /* these end with a NULL name or id; NULL: none */
    const struct ops_check *checks;
    const struct ops_metric *metrics;
    const struct ops_log *logs;
    const char *const *acts; /* names of rows; ends with NULL; NULL: none */
    /* Why it is empty; NULL when it is not. */
    const char *no_health, *no_metrics, *no_logs, *no_anomalies, *no_acts;
    const char *metrics_region; /* where its metrics are, when not in its own; NULL */
    const char *region_path;    /* or where its record says so; nothing there: us-east-1 */
};

const struct ops_kind *const *ops_table(void); /* ends with NULL */
const struct ops_kind *ops_kind_find(struct str service, struct str kind);
/* Rows of "ec2", "ec2:instance", "all"; at most `max`. ERR_NOT_FOUND names the nearest. */
enum err_code ops_kinds_named(const char *name, const struct ops_kind **ret, size_t max,
                              size_t *ret_count, struct err *err);
/* Of what an ARN or an id ("i-0abc") is; none: 0. */
size_t ops_kinds_of(const char *id, const struct ops_kind **ret, size_t max);
size_t ops_count_reads(const struct ops_kind *k);
size_t ops_count_checks(const struct ops_kind *k);
size_t ops_count_metrics(const struct ops_kind *k);
size_t ops_count_anomalies(const struct ops_kind *k); /* metrics that are compared */

/* ---- what is judged ---- */

#define OPS_READS_MAX 6
#define OPS_METRICS_MAX 16
#define OPS_DAYS 7

struct ops_answer {
    const struct value *value; /* NULL: not answered */
    const char *why;           /* it was not; NULL */
};

struct ops_record {
    const struct ops_kind *kind;
    const char *id, *name, *arn, *state, *region;
    const char *account, *number; /* its name, and the 12 digits or "" */
    const struct value *item;
    struct ops_answer reads[OPS_READS_MAX];
    const char *no_series; /* why metrics were not answered; NULL */
};

/* Oldest first. */
struct ops_points {
    const double *v;
    size_t count;
};

struct ops_series {
    bool asked;
    bool compared; /* the days before were asked for as well */
    struct ops_points recent, days[OPS_DAYS];
};

struct ops_verdict {
    const char *check; /* the id of its row */
    enum ops_state state;
    bool judged;              /* there was something to judge */
    bool anomaly;             /* of the comparison with the days before */
    double value;             /* NAN: it is a text, or nothing */
    const char *said;         /* the text; "" */
    double threshold;         /* NAN: none */
    enum ops_compare compare; /* with it, it would be bad */
    const char *limit;        /* the threshold as a text with its unit; "" */
    const char *unit;         /* "" */
    const char *text;         /* a sentence */
    const char *evidence;     /* what was read */
    const char *source;       /* where the limit is from; "" */
};
typedef VEC(struct ops_verdict) ops_verdicts;

/* Judges a record. `series` has a member for each metric of its kind, or is NULL. Texts live in
 * `arena`; the records of the answer as well. Pure. */
void ops_judge(struct arena *arena, const struct ops_record *r, const struct ops_series *series,
               int64_t now_ms, ops_verdicts *out);
/* "91.3 %", "12.0 GiB" */
const char *ops_amount(struct arena *arena, double v, const char *unit);
/* The worst; OK when nothing was judged. */
enum ops_state ops_worst(const ops_verdicts *v);

/* A text of the record: "@id" (name, arn, state, region, number), a read's name and a path, or a
 * path in the item; behind it a filter: "clusterArn|tail", "|colon", "|group", "|after:X"
 * (record.c).
 * "" when there is none. For dimensions and log groups. */
const char *ops_text(struct arena *arena, const struct ops_record *r, const char *path);
bool ops_when(const struct ops_record *r, const char *when);
/* The log group, or NULL when it has none. */
const char *ops_log_group(struct arena *arena, const struct ops_log *l, const struct ops_record *r);

/* ---- the days before ---- */

struct ops_shift {
    bool judged, is;
    double recent, usual, spread, score;
    size_t days; /* that had points */
};
/* The median of the recent points against all points of the same windows of the days before, in
 * units of their spread (median absolute deviation). Pure. Source: Iglewicz and Hoaglin, How to
 * Detect and Handle Outliers, 1993. */
void ops_shift(const struct ops_metric *m, const struct ops_series *s, struct ops_shift *ret);
#define OPS_SHIFT_SCORE 3.5   /* the modified z-score above which they call a point an outlier */
#define OPS_SHIFT_DAYS 3      /* with points: fewer say nothing of what is usual */
#define OPS_SHIFT_SPREAD 0.05 /* of what is usual: a smaller spread is taken for that */

/* ---- asking ---- */

struct ops_subject {
    struct ops_record record;
    ops_verdicts verdicts;
    enum ops_state state;
};

/* A list, a read or a batch of metrics that did not come, as it was said. */
struct ops_gap {
    const char *service, *operation, *region, *account;
    enum aws_end end;
    const char *why;
    const char *action; /* of IAM, that permits it */
    size_t times;       /* alike ones */
};

struct ops_options {
    struct aws_estate *estate; /* borrowed until the end */
    const char *service;  /* "ec2", "ec2:instance", "all" (those of the estate's scope), or what
                             `resource` says; NULL */
    const char *resource; /* only what has this id, name or ARN; NULL: all */
    const char *account;  /* names or numbers with commas, "all"; NULL: the default one */
    const char *const *regions; /* "all": those that are switched on; none: the account's */
    size_t region_count;
    bool anomalies; /* compare with the days before: eight times as many metrics are asked for */
    int64_t now_ms; /* wall clock */
    size_t max;     /* resources of an account; 0: 5000 */
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

/* What one account came to. */
struct ops_report {
    const char *account;
    VEC(struct ops_subject) subjects;
    VEC(struct ops_gap) gaps;
    size_t left_out; /* resources beyond `max` */
    unsigned requests;
    size_t metrics; /* series that were asked for: AWS counts them */
    bool anomalies;
};

struct ops_ask; /* opaque */
/* ERR_INPUT, ERR_NOT_FOUND: it cannot be asked like this, and nothing was sent. Else `done` comes
 * once, from the loop. */
enum err_code ops_ask_start(const struct ops_options *o, void (*done)(void *ctx), void *ctx,
                            struct ops_ask **ret, struct err *err);
size_t ops_ask_reports(const struct ops_ask *a, const struct ops_report *const **ret);
void ops_ask_cancel(struct ops_ask *a); /* `done` comes with what has come until then */
void ops_ask_free(struct ops_ask *a);   /* ends silently what is under way; NULL is fine */

/* ---- showing ---- */

struct ops_show {
    const struct ops_report *const *reports;
    size_t count;
    bool all;   /* also verdicts that are fine, and numbers without a limit */
    size_t max; /* resources; the worst come first; 0: all of them */
};
struct ops_totals {
    size_t resources, states[OPS_UNHEALTHY + 1], gaps, left_out, metrics;
    unsigned requests;
};
void ops_total(const struct ops_report *const *reports, size_t count, struct ops_totals *ret);
/* The members of an answer: "summary", "resources", "anomalies" ({type, resource, value, threshold,
 * severity}), "gaps". */
void ops_report_json(struct json_writer *w, const struct ops_show *s);
/* Subjects, the worst first. */
const struct ops_subject **ops_sorted(struct arena *arena, const struct ops_report *const *reports,
                                      size_t count, size_t *ret_count);
/* The member "kinds": rows of the matrix with their cells. */
void ops_matrix_json(struct json_writer *w, const struct ops_kind *const *kinds, size_t count);
/* An answer of the tool as lines for people. */
void ops_report_text(const struct value *answer, struct buf *out);

#endif

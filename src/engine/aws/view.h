/* view.h - what was read about one region of an account, as patterns see it: answers of calls by
 * the name of their source, series that were judged against their own past, CloudTrail's events in
 * one form, and the words of the question. Pure: no clock, no query, no model.
 *
 * Answers differ by protocol: of XML every leaf is a string and a list of one is no list. The
 * readers here take both, so that a pattern need not know. */
#ifndef RUNBOOK_ENGINE_AWS_VIEW_H
#define RUNBOOK_ENGINE_AWS_VIEW_H

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "runbook/model/topology.h"

/* A number that decides, with its unit and where it is from. */
struct aws_limit {
    const char *name;
    double value;
    const char *unit; /* "ratio", "count", "bytes", "s", "ms", "percent" */
    const char *why;  /* the page of AWS's documentation, a requirement, or the reason */
};

/* Kinds of resources: what an alarm, a name or the question is about. */
enum aws_on {
    ON_EC2 = 1 << 0,
    ON_ASG = 1 << 1,
    ON_ECS = 1 << 2,
    ON_LAMBDA = 1 << 3,
    ON_ELB = 1 << 4,
    ON_RDS = 1 << 5,
    ON_DYNAMODB = 1 << 6,
    ON_KINESIS = 1 << 7,
    ON_SQS = 1 << 8,
    ON_API = 1 << 9,
    ON_DNS = 1 << 10,
    ON_TLS = 1 << 11,
    ON_IAM = 1 << 12,
    ON_FILES = 1 << 13, /* EBS and EFS */
    ON_DEPLOY = 1 << 14,
    ON_QUOTA = 1 << 15,
    ON_NETWORK = 1 << 16,
    ON_FLOW = 1 << 17, /* state machines */
};
#define ON_ALL 0x3ffffu

struct aws_source; /* source.h */
struct aws_metric;

struct aws_doc { /* the answer of one call */
    const struct aws_source *source;
    const char *of;             /* what it was asked for: an ARN, a name; "" */
    const struct value *parent; /* the item of another list that it was asked for; NULL */
    const struct value *items;  /* an array; NULL: no answer */
    uint64_t query;             /* the citation */
};

struct aws_point {
    int64_t t_ms;
    double v;
};

struct aws_series {
    const struct aws_metric *metric;
    const char *of;           /* the resource: the value of its first dimension */
    const struct value *item; /* of the source that the metric belongs to */
    const struct aws_point *points;
    size_t count;
    uint64_t query;
    /* Judged around the onset; NAN without a sample there. */
    double before;            /* median of what was before */
    double after;             /* median since */
    double high, low;         /* since */
    double total;             /* sum since */
    double mean_before, mean; /* means of both */
    double last;              /* the newest sample */
    int64_t turn_ms;          /* when it left what was before for good; 0: it did not */
    size_t since_count;       /* samples since */
};

struct aws_event { /* of CloudTrail */
    int64_t t_ms;
    const char *name, *source; /* "RevokeSecurityGroupIngress", "ec2.amazonaws.com" */
    const char *who;           /* the principal, short: "role/deploy", "user/alice" */
    const char *principal;     /* its ARN or id */
    const char *error, *message;
    const char *id;
    const char *resources;      /* names that it is about, separated by spaces */
    const struct value *params; /* requestParameters, or NULL */
    const struct value *whole;  /* the record */
    bool read_only;
    uint64_t query;
};

struct aws_alarm {
    const char *name, *metric, *space, *reason, *of; /* of: the value of its telling dimension */
    const struct value *dimensions, *item;
    int64_t since_ms;
    unsigned on; /* enum aws_on; 0: not known */
    bool composite;
    uint64_t query;
};

struct aws_rule;       /* service/aws/alarm_rule.h */
struct aws_composite { /* an alarm of alarms that is on */
    const char *name, *rule;
    int64_t since_ms;
    bool suppressed;               /* another alarm keeps it from telling anybody */
    const struct aws_rule *parsed; /* NULL: it could not be read */
    const char *const *firing;     /* metric alarms that make it hold; through others as well */
    size_t firing_count;
};

struct aws_traced { /* a call between services that X-Ray saw */
    const char *from, *to;
    double requests, faults, errors, throttles, mean_s; /* errors: of the caller */
};

struct aws_view {
    struct arena *arena;
    const char *account, *region;
    const char *text;                   /* the question, and what an incident says */
    int64_t now_ms, onset_ms, start_ms; /* start: of everything that is asked */
    int64_t period_ms;                  /* of the samples of metrics */
    bool onset_known;
    unsigned on; /* what it is about; 0: nothing was said and no alarm is on */
    VEC(struct aws_doc) docs;
    VEC(struct aws_series) series;
    VEC(struct aws_event) events;         /* by time */
    VEC(struct aws_alarm) alarms;         /* in ALARM, by time */
    const struct topology *graph;         /* who calls whom; NULL: not known */
    const char *graph_from;               /* "the inventory of 3 h ago"; NULL: not known */
    uint64_t graph_query;                 /* its citation; 0: a file, or none */
    VEC(struct aws_composite) composites; /* by time */
    VEC(struct aws_traced) traced;
    uint64_t traced_query, composite_query;
    const struct aws_limit *moved; /* of a test: this one is `moved_to` */
    double moved_to;
};

void aws_view_release(struct aws_view *v);

/* ---- values ---- */

double av_num(const struct value *v, const char *path);      /* also of a text; NAN when absent */
const char *av_str(const struct value *v, const char *path); /* "" when absent; scalars as text */
bool av_bool(const struct value *v, const char *path);
int64_t av_time(const struct value *v, const char *path); /* Unix ms; 0 when absent */
/* The items of a list in whatever way it came: an array, {"member": [...]}, {"X": {...}}, or one.
 * `ret_count` may be 0. */
const struct value *av_list(const struct value *v, const char *path, size_t *ret_count);
#define AV_EACH(it, v, path)                                                                       \
    for (size_t it##_n = 0, it##_i = 0, it##_1 = 1; it##_1; it##_1 = 0)                            \
        for (const struct value *it = av_list(v, path, &it##_n); it##_i < it##_n; it++, it##_i++)
const char *av_tail(const char *arn);            /* behind the last '/' or ':' */
bool av_has(const char *text, const char *word); /* ASCII case folded */
bool av_has_any(const char *text, const char *const *words);
/* Is `name` a word of `text`, by itself? */
bool av_names(const char *text, const char *name);
double av_number_at(const char *text, size_t *ret_len); /* at its beginning; NAN: none */
const char *av_human(struct aws_view *v, double n, const char *unit);
const char *av_clock(struct aws_view *v, int64_t ms); /* "10:02:11 UTC" */
/* " since 10:02:11 UTC" of a series that turned, with that word; else "". */
const char *av_turned(struct aws_view *v, const struct aws_series *s, const char *word);
const char *av_ago(struct aws_view *v, int64_t ms); /* "12 min", of a duration */
double av_limit(const struct aws_view *v, const struct aws_limit *l);
#define LIMIT(at) av_limit(v, &limits[at])

/* ---- what was read ---- */

/* The next answer of that source behind `after` (NULL: the first), or NULL. */
const struct aws_doc *av_doc(const struct aws_view *v, const char *source,
                             const struct aws_doc *after);
#define AV_DOCS(d, v, source)                                                                      \
    for (const struct aws_doc *d = av_doc(v, source, NULL); d; d = av_doc(v, source, d))
const struct aws_doc *av_doc_of(const struct aws_view *v, const char *source, const char *of);
const struct aws_series *av_series(const struct aws_view *v, const char *metric, const char *of);
#define AV_SERIES(s, v, name)                                                                      \
    for (const struct aws_series *s = (v)->series.items;                                           \
         s && s < (v)->series.items + (v)->series.count; s++)                                      \
        if (av_is_metric(s, name))
bool av_is_metric(const struct aws_series *s, const char *name);
/* The key of a resource: "aws:prod/eu-west-1/rds:orders". */
const char *av_key(struct aws_view *v, const char *kind, const char *name);
/* Is the question, or an alarm, about that name? */
bool av_is_meant(const struct aws_view *v, const char *name);
/* What people call the resource that a dimension means: "shop" of "app/shop/50dc6c495c0c9188". */
const char *av_plain(const struct aws_view *v, const char *dimension);
/* The node of what an alarm counts; SIZE_MAX: the graph does not know it. */
size_t av_node_of(const struct aws_view *v, const struct aws_alarm *a);
/* The first alarm about a resource of that name, or NULL. */
const struct aws_alarm *av_alarm_of(const struct aws_view *v, const char *name);
/* One of `names` (ends with NULL) that happened from..to, without an error; the last one, or NULL.
 */
const struct aws_event *av_change(const struct aws_view *v, const char *const *names,
                                  int64_t from_ms, int64_t to_ms);
bool av_is_event(const struct aws_event *e, const char *const *names);
/* Does the event name that resource? */
bool av_event_about(const struct aws_event *e, const char *name);
const char *av_event_text(struct aws_view *v, const struct aws_event *e); /* "X by role/a at ..." */

/* Calls that were refused with one of `errors` (a code that contains it), by who and what. */
struct aws_group {
    const struct aws_event *first, *last;
    size_t count, since; /* since: not long before the onset */
};
#define AWS_GROUPS 16
/* The largest first; returns how many. */
size_t av_group_errors(const struct aws_view *v, const char *const *errors,
                       struct aws_group out[AWS_GROUPS]);

/* ---- filling it ---- */

/* The sum of `of` in the time that `like` calls since. */
double av_total(const struct aws_view *v, const struct aws_series *of,
                const struct aws_series *like);
void av_judge(struct aws_view *v, struct aws_series *s); /* its numbers, from its points */
void av_take_events(struct aws_view *v, const struct aws_doc *d);
void av_take_alarms(struct aws_view *v, const struct aws_doc *d);
/* Composite alarms of an answer of the tool aws_alarms, behind av_take_alarms(). */
void av_take_composites(struct aws_view *v, const struct value *answer);
/* The composite that this alarm makes hold, or NULL. */
const struct aws_composite *av_composite_of(const struct aws_view *v, const struct aws_alarm *a);
/* When it began: what an incident says, else the first alarm of the last day. */
void av_set_onset(struct aws_view *v, int64_t incident_ms);
unsigned aws_on_namespace(const char *space); /* "AWS/RDS" */
unsigned aws_on_words(const char *text);
/* What may be behind trouble of these: a load balancer's is often its targets'. */
unsigned aws_on_behind(unsigned on);

#endif

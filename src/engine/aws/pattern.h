/* pattern.h - failure patterns of AWS. A row reads what was read about a region and adds what is
 * off as findings; without one, what it looked at is the evidence that prunes. What decides is in
 * the row's limits. A change alone is never a finding: something has to be off that it explains. */
#ifndef RUNBOOK_ENGINE_AWS_PATTERN_H
#define RUNBOOK_ENGINE_AWS_PATTERN_H

#include "runbook/model/event.h"
#include "view.h"

/* What a person could do. Words in braces are filled in from the variables of the culprit, then of
 * the finding; a proposal that needs a word that there is not is left out. {account} and {region}
 * are always there. */
struct aws_proposal {
    const char *action;  /* a sentence without a full stop */
    const char *command; /* for a shell; "": none */
    const char *rollback;
    enum approval_risk risk;
    const char *watch;
    const char *act; /* the operation of `runbook act` that does it; NULL: none */
};

struct aws_var {
    const char *name, *value;
};
#define AWS_VARS 8
#define AWS_NAMES 12
#define AWS_CULPRITS 2

/* A call that decides about a culprit. */
struct aws_follow {
    const char *service, *operation, *params; /* params: JSON, complete; service NULL: no call */
    const char *region;                       /* NULL: of the view */
    const char *title;                        /* NULL: the culprit's resource */
    int most;                                 /* 0: 50 */
};

struct aws_culprit {
    const char *statement, *resource, *service, *evidence, *metric, *unit;
    enum evidence_strength strength; /* of `evidence`, cited from `query` */
    uint64_t query;
    double before, after;
    int64_t at_ms; /* when it happened; 0: not known */
    struct aws_follow ask;
    const struct aws_event *event; /* for read() */
    const struct value *item;      /* the same */
    const char *name;              /* the same */
    int step;                      /* the same: which of its calls is answered, 0 first */
    struct aws_var vars[AWS_VARS];
    const struct aws_proposal *proposals; /* NULL: the pattern's */
};

struct aws_finding {
    const struct aws_pattern *pattern;
    enum evidence_strength strength;       /* NONE: normal */
    double severity;                       /* 0-1 */
    const char *claim;                     /* what is said to be wrong */
    const char *evidence, *second, *third; /* further looks at the same, or NULL */
    uint64_t query, second_query, third_query;
    const char *resource, *service, *metric, *unit;
    double value, before, threshold;
    int64_t at_ms;                /* when it began or happened; 0: not known */
    bool direct;                  /* what was seen is the failure itself */
    const char *names[AWS_NAMES]; /* of resources that it is about: these tie findings */
    struct aws_var vars[AWS_VARS];
    struct aws_culprit culprits[AWS_CULPRITS];
    int culprit_count;
    const struct aws_proposal *proposals; /* NULL: the pattern's */
    const char *const *checks;            /* NULL: the pattern's */
};

/* How the answer to a follow-up reads. */
struct aws_reading {
    enum evidence_strength strength;
    const char *evidence;
    double before, after;
    bool direct;
    const struct aws_proposal *proposals; /* NULL: as the culprit's */
    struct aws_follow next; /* strong so far, and this call decides; its answer comes to read() with
                             * `step` 1 */
};

#define AWS_FINDINGS 4 /* of one pattern */
struct aws_findings {
    struct aws_view *view;
    const struct aws_pattern *pattern;
    struct aws_finding list[AWS_FINDINGS];
    size_t count;
};

struct aws_pattern {
    const char *id, *kind;
    enum category category;
    unsigned on;              /* enum aws_on */
    int rank;                 /* order among equals, 1 first */
    const char *const *words; /* of a question that points here; ends with NULL */
    const char *claim;        /* when it is ruled out, and before it is known which */
    const char *rationale, *refutes;
    const char *quiet;              /* what was seen when nothing is off */
    const char *const *needs;       /* sources and metrics; the first is what it mostly reads */
    const struct aws_limit *limits; /* ends with a NULL name */
    void (*find)(struct aws_view *v, struct aws_findings *out);
    void (*read)(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r);  /* NULL: no follow-up */
    const struct aws_proposal *proposals; /* best first, ends with a NULL action */
    const char *const *checks;
};

/* A new finding, strong and with what the row says; NULL: there are enough. */
struct aws_finding *aws_find(struct aws_findings *out);
void aws_find_name(struct aws_finding *f, const char *name);
void aws_find_var(struct aws_finding *f, const char *name, const char *value);
/* A new culprit; NULL: there are enough. */
struct aws_culprit *aws_find_culprit(struct aws_finding *f);
void aws_culprit_var(struct aws_culprit *c, const char *name, const char *value);
/* What the numbers of a series say: value, before, unit, when it began, its citation. */
void aws_find_series(struct aws_finding *f, const struct aws_series *s, double value);
/* It is about that resource alone: its key, service and name. */
void aws_find_about(struct aws_view *v, struct aws_finding *f, const char *kind, const char *name);
/* Run a row: at least one finding comes, which is NONE when nothing is off. */
void aws_pattern_run(const struct aws_pattern *p, struct aws_view *v, struct aws_findings *ret);
/* Fill in the braces of `text`; NULL when a word is missing. */
const char *aws_fill(struct aws_view *v, const char *text, const struct aws_finding *f,
                     const struct aws_culprit *c);
/* The same for a shell or for `runbook act`: what names hold stays one word. */
const char *aws_fill_words(struct aws_view *v, const char *text, const struct aws_finding *f,
                           const struct aws_culprit *c);

/* ---- looks that several patterns share ---- */

/* What is off and looks like a connection that does not come about: unhealthy targets that time
 * out, alarms that count connection errors. NULL: nothing. */
struct aws_symptom {
    const char *text, *name;
    uint64_t query;
    int64_t at_ms;
};
bool aws_symptom_connections(struct aws_view *v, struct aws_symptom *ret);
/* One or more targets, functions or alarms that are off since then. */
bool aws_symptom_any(struct aws_view *v, int64_t since_ms, struct aws_symptom *ret);
/* When a change happened that explains what began at `at_ms`; 0: it is not known when it began, and
 * the last hour counts. */
void aws_change_span(const struct aws_view *v, int64_t at_ms, int64_t *ret_from, int64_t *ret_to);
/* FilterLogEvents of a group, since the onset: an aws_follow with its parameters. */
struct aws_follow aws_follow_logs(struct aws_view *v, const char *group, const char *pattern,
                                  int most);
/* What RDS noted of a database in the last day. */
struct aws_follow aws_follow_db_events(struct aws_view *v, const char *db);
/* A call with parameters that printf() makes; names are escaped by aws_json(). */
const char *aws_json(struct aws_view *v, const char *text); /* with its quotes */

/* Of the calls that X-Ray saw to what a finding is about the one that fails most; NULL: none does.
 */
const struct aws_traced *aws_traced_to(const struct aws_view *v, const struct aws_finding *f);
const char *aws_traced_text(struct aws_view *v, const struct aws_traced *c);

const struct aws_pattern *const *aws_pattern_table(void); /* NULL-terminated */
extern const struct aws_limit aws_shared_limits[], aws_traced_limits[];

#endif

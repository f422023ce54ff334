/* plan_priv.h - what the files of engine/plan share. */
#ifndef RUNBOOK_ENGINE_PLAN_PRIV_H
#define RUNBOOK_ENGINE_PLAN_PRIV_H

#include "runbook/engine/plan.h"

#define PLAN_STEPS_MAX 32
#define PLAYBOOK_PARAMS_MAX 32
#define PLAYBOOK_MAX_BYTES ((size_t)128 << 10)
#define PLAYBOOKS_MAX 512
#define STEP_SECONDS                                                                               \
    5 /* what a step is expected to take, when its playbook does not say (C-25)                    \
       */

/* Playbooks that are compiled in: made from playbooks/ by embed.awk. */
struct playbook_data {
    const char *name, *text;
};
extern const struct playbook_data playbook_data[]; /* ends with a NULL name */

/* ---- primitives ---- */

enum primitive_doc {
    DOC_SNAPSHOT = 1,
    DOC_LOGS = 2,
    DOC_SERVICES = 4,
    DOC_CHANGES = 8,
    DOC_ALERTS = 16, /* of Prometheus, and of Alertmanager */
    DOC_TARGETS = 32,
    DOC_AWS_COST = 64,
    DOC_AWS_CHANGES = 128,
    DOC_AWS_FINDINGS = 256,
};

struct primitive_expr {
    const char *name; /* of R-45; NULL ends the list */
    double limit;     /* above it is abnormal; NAN: only its change counts */
};
#define PRIMITIVE_EXPRS_MAX 6

struct primitive {
    const char *name, *help;
    const char *missing;  /* "AWS": nothing of it works yet */
    unsigned docs;        /* enum primitive_doc: what is asked, where it is configured */
    unsigned words;       /* enum host_words: what a person who asks this means */
    const char *patterns; /* patterns of a machine that read these, apart by blanks */
    const char *numbers;  /* "cpu.busy:ratio": numbers of the snapshot that are facts as they are */
    const char *kinds;    /* of changes; NULL: all */
    struct primitive_expr exprs[PRIMITIVE_EXPRS_MAX + 1];
    bool compares;                   /* that an expression changed is what is looked for */
    double usd;                      /* what asking costs; AWS takes money for some answers */
    const char *tool;                /* one more tool of the registry, with these parameters */
    const struct tool_param *params; /* NULL: host, window, label, value */
};
extern const struct primitive primitive_table[]; /* ends with a NULL name */

/* One query of a primitive, and its answer. */
struct primitive_query {
    const char *tool;
    const char *args; /* a JSON object */
    unsigned doc;     /* enum primitive_doc; 0: of `expr`, else of the primitive's own tool */
    const struct primitive_expr *expr;
    bool optional; /* its source is there, but that it holds nothing is no gap */
    /* filled in when it has ended */
    bool ended;
    enum tool_status status;
    struct buf answer;
    struct err err;
    char summary[256];
};
#define PRIMITIVE_QUERIES_MAX 16
#define FACT_GAPS_MAX 12 /* the last says that there are more */
/* What is asked with these arguments: only sources that are configured. Returns how many. */
size_t primitive_queries(const struct primitive *p, const struct tool_env *env,
                         const struct value *args, struct arena *a,
                         struct primitive_query ret[PRIMITIVE_QUERIES_MAX]);

/* From the answers to {"primitive","host","facts":[...],"abnormal","notable","culprit","missing"
 * ...}. Pure. `ret_summary` is a line for people. */
struct fact_count {
    size_t facts, notable, abnormal, missing;
};
void primitive_result(const struct primitive *p, const struct value *args,
                      const struct primitive_query *q, size_t count, struct arena *a,
                      struct json_writer *w, struct fact_count *ret_count, char *ret_summary,
                      size_t summary_size);

struct fact {
    const char *name, *subject, *text, *unit;
    double value, limit, before; /* NAN: not applicable */
    enum fact_state state;
    double severity;             /* 0-1 */
    const char *claim;           /* what it means, as a sentence; NULL */
    const char *culprit, *cause; /* resource and sentence of who is to blame; NULL */
    const char *remedy;          /* what a person could do; NULL */
    const char *source;          /* tool and query */
};
struct facts {
    struct arena *arena;
    const struct primitive *primitive;
    const char *host;
    struct fact *items;
    size_t count, cap;
    const struct primitive_query *reading; /* whose answer is being read */
    struct fact_gap {
        const struct primitive_query *query;
        const char *why;
    } gaps[FACT_GAPS_MAX];
    size_t gap_count;
};
void facts_add(struct facts *f, struct fact x); /* beyond 64: dropped */
/* The answer that is read lacks a part of what was asked. The same twice is said once. */
void facts_gap(struct facts *f, const char *why);
/* facts_host.c, facts_prom.c */
void facts_of_host(struct facts *f, const struct value *snapshot, const struct value *logs,
                   const struct value *services);
void facts_of_changes(struct facts *f, const struct value *doc);
void facts_of_files(struct facts *f, const struct value *doc);
enum err_code facts_of_series(struct facts *f, const struct primitive_expr *x, struct str answer,
                              struct err *err);
enum err_code facts_of_alerts(struct facts *f, bool alertmanager, struct str answer,
                              struct err *err);
/* facts_aws.c */
void facts_of_cost(struct facts *f, const struct value *doc);
void facts_of_provider_changes(struct facts *f, const struct value *doc);
void facts_of_findings(struct facts *f, const struct value *doc);
enum err_code facts_of_targets(struct facts *f, struct str answer, struct err *err);
/* {"resource","kind","host","name", and by kind "pid","command","unit","file" ...}; null without
 * one. */
void facts_put_culprit(const char *resource, struct arena *a, struct json_writer *w);

#endif

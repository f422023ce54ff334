/* metrics_priv.h - the metrics half of the builtin investigator, between its files:
 * metrics_module.c (the stages), metrics_names.c (which metrics there are), metrics_ranges.c (which
 * are looked at, their history), metrics_series.c (answers to signals), metrics_report.c (signals
 * to the tree, the evidence and the candidates), metrics_words.c (sentences). */
#ifndef RUNBOOK_ENGINE_METRICS_PRIV_H
#define RUNBOOK_ENGINE_METRICS_PRIV_H

#include "modules_priv.h"
#include "past.h"
#include "rca_collect.h"
#include "rca_plan.h"
#include "rca_rank.h"
#include "rca_twin.h"

#define METRICS_MAX 200       /* metric names looked at */
#define METRICS_OTHER_MAX 10  /* of them, those that no word explains */
#define SERIES_BUDGET 12000   /* of all of them */
#define POINTS_BUDGET 3000000 /* of all series: many series are judged by less history */
#define POINTS_MIN 240

/* The first hypotheses, one a family of metrics. */
enum metrics_root { ROOT_SERVICE, ROOT_RESOURCE, ROOT_LOAD, METRICS_ROOTS };

struct metrics;

struct metric_name {
    const char *name; /* of a summary or histogram: without _sum */
    struct rca_metric m;
    bool mean;         /* NAME_sum / NAME_count */
    bool buckets;      /* of a histogram: asked for a quantile */
    const char *label; /* its series are selected by this label; NULL: by name alone */
    size_t read;       /* series that the server reads for it, as counted; 0: unknown */
    size_t series;     /* of the answer */
    bool chosen;
    uint64_t query;
    size_t bytes; /* of an answer that is under way, as expected */
    struct metrics *mm;
};

struct series_job; /* an answer being decoded, on the thread pool when it is large */

struct metrics {
    struct investigation *inv;
    struct arena *arena; /* the investigation's */
    const struct topology *topology;
    struct rca_collect c; /* services and signals */
    const char *alert_service, *alert_metric, *alert_name;
    enum rca_kind alert_kind;
    int64_t alert_ms; /* 0: nobody pointed at a time */
    struct rca_window w;
    const char *roots[METRICS_ROOTS]; /* hypothesis ids */
    VEC(struct metric_name) names;
    size_t pending; /* queries and jobs of the current stage */
    void (*next)(struct metrics *mm);
    struct series_job *jobs;
    struct past_job *past_job; /* being read; NULL: read, or never */
    struct past past;          /* what earlier sessions found */
    size_t series_chosen;      /* as counted */
    size_t range_next;         /* of names: the next that is asked for its history */
    size_t bytes_asked;        /* of answers that are under way */
    size_t series_seen, series_judged, metrics_failed;
    uint64_t targets_query;
    struct prom_targets targets;
    bool live; /* "now" is about now: the state of targets tells something */
    bool done;
};

#define METRICS_CHILDREN_MAX 3 /* hypotheses about single services */

/* What was found, while it is told. */
struct report {
    struct rca_input in;
    struct rca_ranking rank;
    const char *children[METRICS_CHILDREN_MAX]; /* hypothesis ids */
    bool root_used[METRICS_ROOTS];
    VEC(const char *) evidence; /* ids of the candidate being reported */
};

/* metrics_module.c */

/* Arguments are pairs of name and text, ended by NULL; a pair whose text is NULL is left out. 0:
 * refused. */
uint64_t metrics_ask(struct metrics *mm, const char *tool, const char *hypothesis,
                     const char *title, const char *const *args, inv_query_fn *fn, void *ctx);
const char *metrics_time_text(struct metrics *mm, int64_t ms);
const char *metrics_duration_text(struct metrics *mm, int64_t ms);
/* False, and a gap noted, when the answer is an error. */
bool metrics_answered(struct metrics *mm, const char *hypothesis, const char *what,
                      const struct tool_result *r);
const char *metrics_triage(struct metrics *mm); /* the hypothesis of a query that has none yet */
void metrics_set_window(struct metrics *mm);
void metrics_step_done(struct metrics *mm); /* one of `pending` is over */
void metrics_finish(struct metrics *mm);    /* the last stage; the state may be gone then */

/* metrics_names.c */
void metrics_ask_names(struct metrics *mm); /* a stage; goes on with metrics_ask_interval */
struct metric_name *metrics_find_name(struct metrics *mm, const char *name);
/* The matcher for all nodes that carry this label, of a metric or NULL: metric{label=~"a|b|c"}. */
const char *metrics_nodes_selector(struct metrics *mm, const char *label, const char *metric);

/* metrics_ranges.c */
void metrics_ask_interval(struct metrics *mm); /* a stage; goes on with the ranges */
void metrics_ask_more(struct metrics *mm);     /* as many ranges as memory has room for */
void metrics_range_over(struct metrics *mm, struct metric_name *n); /* its answer is dropped */

/* metrics_series.c */
void metrics_take_answer(struct metrics *mm, struct metric_name *name, uint64_t query,
                         struct str body);
void metrics_drop_jobs(struct metrics *mm); /* what still runs frees itself */

/* metrics_report.c */
void metrics_propose_roots(struct metrics *mm);
enum metrics_root metrics_root_of(enum rca_kind kind);
void metrics_report(struct metrics *mm);

/* metrics_targets.c */
void metrics_see_targets(struct metrics *mm);
const struct prom_target *metrics_down_target(const struct metrics *mm); /* NULL: all answer */
void metrics_report_down(struct metrics *mm, const struct prom_target *x);

/* metrics_past.c */
void metrics_ask_past(struct metrics *mm); /* of the stage that runs; counts as pending */
void metrics_drop_past(struct metrics *mm);
/* What earlier sessions say of a candidate, as log odds; `ret_like` as past_odds() gives it. */
double metrics_past_odds(struct metrics *mm, const struct report *r, const struct rca_candidate *c,
                         const struct past_cause **ret_like);
/* "; seen on 2026-11-20 in SESSION (its cpu)", or "" */
const char *metrics_past_words(struct metrics *mm, const struct report *r,
                               const struct rca_candidate *c);

/* metrics_words.c: what people read; all strings live in the investigation's arena */
const struct rca_signal *metrics_signal_of(const struct report *r, const struct rca_candidate *c,
                                           size_t i);
const char *metrics_category_word(const struct rca_signal *s); /* "cpu", "memory", "latency" */
/* What the other copies of the service did. */
const char *metrics_twin_words(struct metrics *mm, const struct rca_signal *s,
                               const struct rca_twins *t);
const char *metrics_describe(struct metrics *mm, const struct rca_signal *s);
const char *metrics_why_first(struct metrics *mm, const struct report *r, bool decisive);
const char *metrics_why_not(struct metrics *mm, const struct report *r, size_t rank);
/* Why a family of metrics is not where it began, with what moved most there. */
/* Does any series tell of that family? */
bool metrics_is_measured(const struct report *r, enum metrics_root root);
const char *metrics_why_not_root(struct metrics *mm, const struct report *r,
                                 enum metrics_root root);
/* Nothing is wrong: what the alert's own series did, and how far anything went. */
const char *metrics_why_nothing(struct metrics *mm, const struct report *r, enum metrics_root root);

#endif

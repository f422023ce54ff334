/* eval.h - `runbook eval`: incidents whose cause is known, investigated and scored.
 * A case is a recorded incident (incident.json and OpenMetrics files), a folder of RCAEval, or one
 * entry of an eval fixture. Each is turned into an answer, by `runbook investigate --json` against
 * a Prometheus server of its own or from the fixture's mockResult, and the answer is scored against
 * what is known. Reading (eval_read.c, eval_rcaeval.c, eval_fixture.c), running (eval_run.c,
 * eval_load.c), scoring (eval_score.c, pure) and reporting (eval_report.c) meet in these structs;
 * strings live in the arena of the run. */
#ifndef RUNBOOK_SRC_APP_EVAL_H
#define RUNBOOK_SRC_APP_EVAL_H

#include "runbook/app/app.h"
#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"

#define EVAL_RANKS 5 /* AC@1 to AC@5 */

enum eval_kind { EVAL_UNKNOWN, EVAL_FAULT, EVAL_HEALTHY };
enum eval_source { EVAL_RECORDED, EVAL_RCAEVAL, EVAL_FIXTURE };

/* What is known of a case. */
struct eval_truth {
    enum eval_kind kind;
    const char *system, *group;   /* "" when not said */
    const char *service, *metric; /* NULL: not said */
    const char **accept;          /* other services that are right as well; may be empty */
    size_t accept_count;
};

struct eval_candidate {
    const char *service, *metric; /* "" when not said */
};

/* What an investigation said. */
struct eval_answer {
    const char *verdict; /* "" : none */
    double confidence;   /* 0-1; NAN when none */
    const char *cause;   /* "" : none */
    const char *service; /* of the cause */
    const struct eval_candidate *candidates;
    size_t candidate_count;
    const char *const *services; /* affected */
    size_t service_count;
    struct str words; /* all of it, for phrases */
};

/* "Eval fixture" of RunbookAI: what a case expects. Absent is NULL, empty, NAN. */
struct eval_expected {
    const char *root_cause;
    const char *const *keywords, *const *services, *const *required, *const *forbidden;
    size_t keyword_count, service_count, required_count, forbidden_count;
    double confidence;
};

enum eval_state { EVAL_WAITING, EVAL_RUNNING, EVAL_ANSWERED, EVAL_FAILED };

struct eval_case {
    const char *id;
    enum eval_source source;
    const char *folder, *incident; /* absolute; incident.json, or NULL */
    const char *topology;          /* absolute, or NULL */
    const char *const *metrics;    /* absolute paths, in order */
    size_t metric_count;
    struct eval_truth truth;
    struct eval_expected expected; /* of a fixture */
    const char *expects;           /* fixture file, "" otherwise */
    double pass_at;
    bool mocked; /* `answer` came with the fixture */
    int64_t inject_s;

    enum eval_state state;
    const char *error;
    struct eval_answer answer;
    int64_t took_ms, loaded_ms, peak_bytes;
    /* Scored: */
    bool hit[EVAL_RANKS], metric_hit[EVAL_RANKS];
    int rank; /* of the cause; 0: not among the candidates */
    bool quiet;
    double score, parts[4]; /* of a fixture: cause, services, confidence, phrases; NAN: not asked */
    bool passed;
};

enum eval_figure {
    EVAL_TOP1,
    EVAL_TOP3,
    EVAL_TOP5,
    EVAL_AVG5,
    EVAL_METRIC1,
    EVAL_HEALTHY_SHARE,
    EVAL_PASS,
    EVAL_FIGURES
};

struct eval_bar {
    const char *group; /* "" : all cases */
    enum eval_figure figure;
    double want, got; /* got NAN: there is nothing that it could be measured on */
    bool met;
};

/* One line of the totals. */
struct eval_total {
    const char *name; /* "petshop", "petshop high_traffic/latency", "all" */
    size_t faults, hits[EVAL_RANKS];
    size_t metrics, metric_hits[EVAL_RANKS];
    size_t healthy, quiet;
    size_t named, named_right; /* verdict root_cause, and of them right */
    size_t fixtures, passed;
};

struct eval {
    struct app *app;
    struct arena *arena;
    const char *dir;
    VEC(struct eval_case) cases;
    VEC(struct eval_total) totals; /* the last is "all" */
    VEC(struct eval_bar) bars;
    VEC(const char *) notes;
    const char *truth_file; /* NULL: beside the incidents */
    const char *only;
    const char *keep; /* folder for the journals; NULL: they go */
    int jobs;
    int64_t limit_ms;
    bool ran_prometheus;
    int64_t wall_ms;
    double before; /* pass rate of an earlier run; NAN: none */
};

/* eval_read.c. Find the cases below `dir` (or of one fixture file), with what is known of them.
 * ERR_INPUT names file, line and field. */
enum err_code eval_read(struct eval *ev, const char *dir, struct err *err);
bool eval_wanted(const struct eval *ev, const char *id);
enum err_code eval_json_file(struct eval *ev, const char *path, struct str *ret_text,
                             const struct value **ret, struct err *err);
/* "FILE line N: FIELD: why". */
enum err_code eval_bad(struct err *err, const char *path, struct str text, const char *field,
                       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
const char *eval_figure_name(enum eval_figure f);
bool eval_figure_find(struct str name, enum eval_figure *ret);
/* "top1=.8" or "petshop:top1=.8". */
bool eval_bar_parse(struct eval *ev, struct str text, struct err *err);

/* eval_fixture.c */
enum err_code eval_fixture_read(struct eval *ev, const char *path, struct str text,
                                const struct value *root, struct err *err);
void eval_fixture_score(struct eval_case *c);
/* eval_rcaeval.c: a folder with data.csv and inject_time.txt. */
bool eval_rcaeval_is(const char *folder);
enum err_code eval_rcaeval_read(struct eval *ev, const char *folder, struct err *err);
/* Turn its table into OpenMetrics at `to` and write its incident file; blocking, for a worker. */
enum err_code eval_rcaeval_convert(const struct eval_case *c, const char *to, const char *incident,
                                   struct err *err);

/* eval_answer.c. A conclusion (runbook.conclusion/1) or a mockResult; false: it is neither. */
bool eval_answer_read(struct arena *a, const struct value *v, struct eval_answer *ret);

/* eval_load.c. All OpenMetrics files of a case as one, at `to`; blocking, for a worker. */
enum err_code eval_load_metrics(const struct eval_case *c, const char *to, struct err *err);
void eval_remove_tree(const char *path);

/* eval_score.c */
void eval_score(struct eval_case *c);
void eval_sum(struct eval *ev);        /* totals of the scored cases */
bool eval_check_bars(struct eval *ev); /* fills `got`; true: all are met */
double eval_figure_of(const struct eval_total *t, enum eval_figure f);
/* cpu, mem, lat, lod, err, or the name itself. Appends. */
const char *eval_metric_class(const char *name);

/* eval_run.c. All cases that wait; each is handed to `done` as it ends. ERR_CANCELED after a
 * signal, ERR_NOT_FOUND when promtool or prometheus is missing. */
enum err_code eval_run(struct eval *ev, void (*done)(struct eval *ev, size_t index),
                       struct err *err);

/* eval_report.c */
void eval_print_case(const struct eval *ev, const struct eval_case *c, struct buf *out);
void eval_print_totals(const struct eval *ev, struct buf *out);
void eval_print_json(const struct eval *ev, bool met, struct buf *out);
void eval_print_predictions(const struct eval *ev, struct buf *out); /* what score.py reads */

#endif

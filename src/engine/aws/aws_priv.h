/* aws_priv.h - what the files of the AWS module share: scopes (a region of an account), what is
 * read of them, and findings on their way (trials). */
#ifndef RUNBOOK_ENGINE_AWS_PRIV_H
#define RUNBOOK_ENGINE_AWS_PRIV_H

#include "causes.h"
#include "runbook/engine/investigation.h"
#include "source.h"

#define AWS_SCOPES 6
#define AWS_SOURCES_MAX 96
#define AWS_PATTERNS_MAX 32
#define AWS_FINDINGS_MAX (AWS_PATTERNS_MAX * AWS_FINDINGS)

struct aws_state;

struct aws_scope {
    struct aws_state *st;
    struct aws_view view;
    int pending;                                          /* answers that this stage waits for */
    bool wanted[AWS_SOURCES_MAX], asked[AWS_SOURCES_MAX]; /* by index in the table of sources */
    bool behind[AWS_PATTERNS_MAX]; /* of one more test: what may explain it, by the table of causes
                                    */
    bool chosen[AWS_PATTERNS_MAX]; /* by index in the table of patterns */
    bool metrics_asked, looked, graph_asked;
    size_t denied;
    struct aws_finding *findings;
    size_t finding_count;
    size_t *cause; /* of each finding: index of what explains it, or its own */
    bool *tried;
};

struct aws_trial {
    struct aws_scope *s;
    const struct aws_finding *f;
    const char *root;
    int waiting, confirmed, refuted;
    double best; /* score of the best candidate that came of it */
};

struct aws_state {
    struct investigation *inv;
    struct aws_scope scopes[AWS_SCOPES];
    size_t scope_count;
    int waiting; /* answers that anybody waits for */
    const char
        *test;  /* a person's hypothesis that all of this is asked for; NULL: an investigation */
    bool again; /* one more test of it: what was not asked before, too */
    const char *open; /* the hypothesis of a look around when the triage is over; NULL: none */
    size_t supported;
    bool done;
    /* Who calls whom: what the session began with, the inventory, X-Ray, one over the other. */
    const struct topology *graph;
    const char *graph_file;          /* where the first is from; "" */
    bool graph_grew, graph_asked;    /* asked: of the inventory, and it answered */
    bool kept_cut;                   /* there is more in the inventory, further away */
    bool untraced;                   /* X-Ray answered, and had nothing */
    int64_t kept_ms, kept_oldest_ms; /* when the scan saw it; 0: there is none */
    size_t kept_nodes, traced_calls;
};

/* ask.c */
/* The next calls of this scope; true: some are on their way. */
bool aws_scope_ask(struct aws_scope *s);
/* A culprit's call. */
bool aws_scope_follow(struct aws_scope *s, const struct aws_culprit *c, const char *hyp,
                      inv_query_fn *fn, void *ctx);
/* What a dimension of a metric is for that item; "": it has none. */
const char *aws_dimension(struct aws_view *v, const struct value *item, const char *path,
                          enum aws_part_of_arn part);
/* The items of an answer, or NULL. */
const struct value *aws_answer_items(struct investigation *inv, const struct tool_result *r);
void aws_gap_of(struct aws_scope *s, const char *hyp, const char *what,
                const struct tool_result *r);

/* graph.c */
/* What is around the alarms, and what X-Ray saw of the window; their answers belong to the stage.
 */
void aws_graph_ask(struct aws_scope *s);
/* What is around the findings that the graph does not know. */
void aws_graph_findings(struct aws_scope *s);
/* Where it is from, for people; NULL: nothing is known. */
const char *aws_graph_source(struct aws_state *st);
void aws_graph_publish(struct aws_state *st);
const char *aws_look_hypothesis(struct aws_state *st); /* ask.c */

/* hypothesis.c */
/* A person's test; as inv_module.test says. */
size_t aws_test(struct investigation *inv, const char *hyp, bool again);
void aws_test_read(struct aws_scope *s); /* all that it needs was read */

/* plan.c */
void aws_plan(struct aws_scope *s);
void aws_plan_effects(struct aws_trial *tr, bool proven);

/* trial.c */
const char *aws_evidence(struct aws_scope *s, const char *hyp, uint64_t query,
                         enum evidence_strength strength, const char *statement,
                         struct inv_evidence e);
const char *aws_trial_start(struct aws_scope *s, const struct aws_finding *f); /* NULL: no room */
void aws_trial_effect(struct aws_trial *cause, const struct aws_finding *f, const char *because);

/* module.c */
void aws_add_scopes(struct aws_state *st);
void aws_state_free(void *state);
void aws_scope_start(struct aws_scope *s); /* the first calls are chosen */
/* A source or a metric is needed, and what it is asked for items of. */
void aws_want(struct aws_scope *s, const char *name);
void aws_check_done(struct aws_state *st);
void aws_stage_over(struct aws_scope *s);

#endif

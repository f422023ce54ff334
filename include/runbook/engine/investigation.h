/* investigation.h - what an investigator may do: the tree, queries, evidence, the verdict.
 * Every call publishes an event; the model (inv_model) shows its effect at once. Investigators hold
 * ids and indexes, never model pointers, across calls. The queue behind inv_query() runs queries in
 * parallel (8 at once), by priority of their hypothesis, and equal ones (tool and arguments) once:
 * all askers get the same result. A query without a hypothesis, a target or a window is
 * refused by the guard with a suggestion. */
#ifndef RUNBOOK_ENGINE_INVESTIGATION_H
#define RUNBOOK_ENGINE_INVESTIGATION_H

#include "runbook/model/model.h"
#include "runbook/tool/tool.h"

struct investigation; /* opaque */

struct inv_hypothesis {
    const char *parent; /* NULL or "": a root */
    const char *statement, *kind, *resource, *service, *metric, *pattern, *rationale, *refutes;
    enum category category;
    int priority; /* 1-5; 0: 3 */
    /* What is seen several times over (four full disks) names the same budget: together they take
     * the room of one. What they take beyond that is bounded, too. NULL: room of its own. */
    const char *budget;
};

struct inv_evidence {
    const char *hypothesis;
    uint64_t query; /* id from inv_query: the citation. Evidence without one is refused (our bug) */
    enum evidence_strength strength;
    const char *statement, *service, *metric, *resource, *unit;
    double before, after, score; /* NAN when not applicable */
    int64_t window_start_ms, window_end_ms, onset_ms;
    bool direct, temporal;
};

/* Delivered once; `result` lives during the call. `result->body` is the raw answer. */
typedef void inv_query_fn(void *ctx, struct investigation *inv, uint64_t query,
                          const struct tool_result *result);

struct inv_query {
    const char *tool;
    struct str args_json;
    const char *hypothesis; /* what it tests; "" only during triage */
    const char *title;      /* one line for people: "load and memory of web-3 over 1 s" */
    const char *actor;      /* who asks; NULL: "builtin" */
};

const struct model *inv_model(const struct investigation *inv);
struct arena *inv_arena(struct investigation *inv); /* lives as long as the investigation's turn */
struct loop *inv_loop(struct investigation *inv);
int64_t inv_now_ms(const struct investigation *inv); /* the investigation's "now", Unix ms */

/* Returns the new id, or NULL when it was declined: more than 10 hypotheses, depth above the limit,
 * or a duplicate statement. The string lives as long as the model. */
const char *inv_propose(struct investigation *inv, const struct inv_hypothesis *h);
void inv_testing(struct investigation *inv, const char *hyp); /* it is looked at now */
void inv_prune(struct investigation *inv, const char *hyp, const char *reason); /* it is out */
/* Confidence and its terms are computed from the evidence that was recorded. */
void inv_support(struct investigation *inv, const char *hyp, const char *reason);
void inv_confirm(struct investigation *inv, const char *hyp, const char *reason);

/* The same for what a fitted model ranked: the confidence is its probability, calibrated; the terms
 * stay beside it. Evidence is needed all the same. */
struct inv_odds {
    double probability; /* 0-1: this is the origin */
    double wrong;       /* 0-1: anything is wrong at all */
    size_t candidates;
};
void inv_weigh(struct investigation *inv, bool confirmed, const char *hyp,
               const struct inv_odds *odds, const char *reason);

/* Returns the query's id (0 when refused by the guard: the reason is published). `fn` comes later.
 */
uint64_t inv_query(struct investigation *inv, const struct inv_query *q, inv_query_fn *fn,
                   void *ctx);
const char *inv_add_evidence(struct investigation *inv, const struct inv_evidence *e);
void inv_gap(struct investigation *inv, const char *hyp, const char *what, const struct err *why);
/* A gap that leaves nothing to judge: an answer that cannot be read, or that holds too little. As
 * with a source that did not answer, nothing is called healthy then. */
void inv_blind(struct investigation *inv, const char *hyp, const char *what, const struct err *why);
void inv_resource(struct investigation *inv, const struct ev_resource_seen *r);
void inv_say(struct investigation *inv, const char *markdown);
/* Who calls whom is known better now: the whole graph, which replaces the one that there was. */
void inv_topology(struct investigation *inv, const struct topology *t, const char *source);
/* For the ranking: best first; the engine numbers them at the end over all modules by score. */
void inv_candidate(struct investigation *inv, const struct ev_candidate_ranked *c);

/* What a person could do about `hyp`, should it turn out to be the root cause; best first. */
void inv_propose_step(struct investigation *inv, const struct ev_remediation_proposed *step);
/* What a person could look at, should `hyp` not be proven. */
void inv_check(struct investigation *inv, const char *hyp, const char *check);

/* A module of the builtin investigator: one kind of source. Modules run side by side; each calls
 * inv_module_done() exactly once, after its last query has answered (or at once when it does not
 * apply). What it found stands in the tree, the evidence and the candidates. */
struct inv_module {
    const char *name;                                 /* "host", "metrics" */
    bool (*applies)(const struct investigation *inv); /* by model: targets, incident */
    void (*start)(struct investigation *inv, void **ret_state);
    void (*cancel)(struct investigation *inv, void *state); /* queries are canceled by the engine */
    void (*free)(void *state);                              /* after done or cancel */
    /* A person's test of one hypothesis (U-05): ask what this kind of source has for its words, or,
     * with `again`, one query that was not asked yet. Needs no start(). Returns how many answers
     * are on their way; each ends in inv_test_done(), after its evidence. NULL: has no tests. */
    size_t (*test)(struct investigation *inv, const char *hyp, bool again);
};
/* An answer led to further queries: so many more answers are on their way. */
void inv_test_more(struct investigation *inv, const char *hyp, size_t answers);
void inv_test_done(struct investigation *inv, const char *hyp);
void inv_module_done(struct investigation *inv, const struct inv_module *m);
const struct inv_module *const *inv_module_table(void); /* NULL-terminated: engine/modules.c */

#endif

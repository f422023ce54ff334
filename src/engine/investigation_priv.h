/* investigation_priv.h - the turn's own state, for investigation.c and conclude.c. */
#ifndef RUNBOOK_ENGINE_INVESTIGATION_PRIV_H
#define RUNBOOK_ENGINE_INVESTIGATION_PRIV_H

#include "engine_priv.h"
#include "runbook/codec/hash.h"

enum query_state { QUERY_WAITING, QUERY_RUNNING, QUERY_STORING, QUERY_DONE };

struct asker {
    const char *hypothesis; /* "" during triage */
    inv_query_fn *fn;
    void *ctx;
};

struct query {
    struct investigation *inv;
    uint64_t id; /* index in inv->queries + 1 */
    const struct tool_def *tool;
    struct str args;
    const char *actor;
    const char *key, *hypothesis, *title, *text; /* text: what is cited */
    const char *call, *blob;
    enum query_state state;
    bool waiting; /* done, with askers that came later */
    bool dropped; /* done, its body is only in the blob store */
    tool_id run;
    struct tool_result result;
    int64_t duration_ms, size_bytes;
    VEC(struct asker) askers;
    size_t told;
    /* Written by the worker while the state is QUERY_STORING: */
    const char *store_dir;
    struct redactor *redactor;
    char hash[SHA256_HEX];
    struct err store_err;
};

struct running_module {
    const struct inv_module *module;
    void *state;
    bool done;
};

/* A person's test of one hypothesis. */
struct steer_test {
    const char *hypothesis;
    bool again, started, done;
    size_t waiting, first_evidence; /* evidence that was there before */
};

/* What a test keeps until the turn is freed. */
struct inv_owned {
    void (*free)(void *what);
    void *what;
};

struct hand_check {
    const char *hypothesis, *text;
};

struct agent; /* agent.h */

/* How the ranking weighed a hypothesis: kept for when more evidence comes. */
struct weighed {
    const char *hypothesis;
    struct inv_odds odds;
};

struct investigation {
    struct engine *engine;
    struct arena *arena;
    const struct inv_module *const *engine_modules;
    VEC(struct running_module) modules;
    size_t active;
    bool starting, over, store_told;
    VEC(struct query *) queries;
    size_t running, jobs, messages;
    size_t builtin_queries;                    /* so far */
    size_t answered, informed, failed_queries; /* informed: answered, and not with nothing */
    VEC(struct ev_candidate_ranked) candidates;
    VEC(struct ev_remediation_proposed) steps;
    VEC(struct hand_check) checks;
    size_t first_hypothesis, first_evidence, first_gap; /* of this turn, in the model */
    VEC(const char *) budgets; /* of hypotheses that were proposed; see inv_hypothesis.budget */
    size_t shared;             /* hypotheses that took no room, as their budget had some already */
    VEC(struct steer_test) tests;
    VEC(struct weighed) weighed;
    VEC(struct inv_owned) owned;
    struct agent *agent; /* NULL: no model takes part */
    bool compact;        /* the conversation becomes a summary, and nothing else happens */
    bool answer;         /* a question is answered: no modules, no phases, no verdict */
    bool continuation;
    bool refresh;                    /* no turn: resources and alerts are read again (refresh.c) */
    bool security;                   /* refresh: what is not safe in AWS, nothing else */
    size_t refreshing;               /* answers that it waits for */
    void (*on_refreshed)(void *ctx); /* for who reads them in the course of a turn; NULL: nobody */
    void *refreshed_ctx;
    loop_id turn_timer, pump_timer, late_timer, test_timer;
};

void inv_own(struct investigation *inv, void (*free)(void *what), void *what);

/* steer_test.c */
void inv_want_test(struct investigation *inv, const char *hyp, bool again);
void inv_wake_tests(struct investigation *inv); /* the same on the loop's next turn */
bool inv_tests_done(struct investigation *inv);
void inv_pump_tests(struct investigation *inv); /* starts those whose time has come */
bool inv_is_rejected(const struct investigation *inv, const char *hyp);
/* Queries that only rejected hypotheses wait for. */
void inv_drop_waiting(struct investigation *inv, struct query *q); /* as canceled, before it ran */
void inv_cancel_rejected(struct investigation *inv);
const char *inv_propose_user(struct investigation *inv, const struct inv_hypothesis *h);
void inv_maybe_end(struct investigation *inv);
/* A model's, after the judge has looked. */
const char *inv_propose_as(struct investigation *inv, const struct inv_hypothesis *h,
                           const char *actor);
const char *inv_add_cited(struct investigation *inv, const struct inv_evidence *x,
                          const struct tool_run *t, const char *actor);
/* The confidence is computed anew; the ranking's share in it stays what it was. */
void inv_score_for_model(struct investigation *inv, bool confirmed, const char *hyp,
                         const char *reason);
/* The person is thinking: the turn's time stands still until inv_go_on(). */
void inv_hold_time(struct investigation *inv);
void inv_go_on(struct investigation *inv);
/* As inv_query(), but what is wrong is told to the caller and not published. */
enum err_code inv_query_try(struct investigation *inv, const struct inv_query *q, inv_query_fn *fn,
                            void *ctx, struct err *err);
void inv_publish_scored(struct investigation *inv, bool confirmed, const char *hyp,
                        const char *reason);

void inv_publish_alert(struct investigation *inv, const struct ev_alert_seen *s);
void inv_publish_change(struct investigation *inv, const struct ev_change_seen *s);
/* refresh.c */
void refresh_ask(struct investigation *inv);
void investigation_end_refresh(struct investigation *inv);

void inv_enter_phase(struct investigation *inv, enum phase to);
void inv_pump(struct investigation *inv);
/* Rank, judge, publish: candidates, root cause, conclusion. `reason`: done, canceled, timeout,
 * quit. */
void inv_conclude(struct investigation *inv, const char *reason);

/* investigation.c */
struct event inv_new_event(enum event_type type); /* by the actor "builtin" */
void inv_publish(struct investigation *inv, struct event *ev);
/* inv_tree.c */
void inv_advance_phase(struct investigation *inv, enum phase to); /* never back */
void inv_warn_limit(struct investigation *inv, const char *tool, const char *text);
/* inv_query.c */
struct query *inv_find_query(struct investigation *inv, uint64_t id);
/* What a call says of itself while it runs. */
void inv_tool_told(struct investigation *inv, tool_id id, const struct tool_progress *p);
void inv_publish_tool_ended(struct investigation *inv, struct query *q);

#endif

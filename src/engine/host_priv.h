/* host_priv.h - what the files of the host module share: targets, findings on their way (trials),
 * and their follow-ups. */
#ifndef RUNBOOK_ENGINE_HOST_PRIV_H
#define RUNBOOK_ENGINE_HOST_PRIV_H

#include "host/causes.h"
#include "host/patterns.h"
#include "host/several.h"
#include "runbook/codec/json.h"
#include "runbook/engine/investigation.h"

#define HOST_FINDINGS_MAX 128

struct host_state;

struct host_target {
    struct host_state *st;
    struct host_view view;
    uint64_t docs[HOST_DOCS]; /* queries of what was read: the citations */
    int docs_out;
    struct host_finding findings[HOST_FINDINGS_MAX];
    size_t finding_count;
    bool named;                      /* something that is off is what the question names */
    size_t cause[HOST_FINDINGS_MAX]; /* of each finding: index of what explains it, or its own */
    bool tried[HOST_FINDINGS_MAX];
};

/* A finding on its way: its hypothesis and how many follow-ups are out. */
struct host_trial {
    struct host_target *t;
    const struct host_finding *f;
    const char *root;
    int waiting, confirmed;
    double best; /* score of the best candidate that came of it */
};

struct host_probe {
    struct host_trial *trial;
    const struct host_culprit *c;
    const char *hyp; /* NULL: proposed when the answer names it */
    const char *links[LINKS_MAX];
    int link_count;
};

struct host_state {
    struct investigation *inv;
    struct host_target *targets;
    size_t target_count, looked_at, snapshots_out;
    int waiting, supported;
    struct host_probe *later[16]; /* follow-ups that need to know the other machines */
    size_t later_count;
    bool changes_asked, done;
};

/* host_trial.c */
/* NULL: there was no room for it. */
const char *host_trial_start(struct host_target *t, const struct host_finding *f);
/* What follows from a cause that was confirmed: a node below it, without follow-ups of its own. */
void host_trial_effect(struct host_trial *cause, const struct host_finding *f, const char *because);
/* All snapshots are there: follow-ups that lead to other machines can go on. */
void host_trials_meet(struct host_state *st);
void host_add_evidence(struct host_target *t, const char *hyp, uint64_t query,
                       enum evidence_strength strength, const char *statement,
                       struct inv_evidence e);
void host_add_candidate(struct host_trial *tr, const char *hyp, double points);
const struct value *host_parse_body(struct investigation *inv, const struct tool_result *result);
void host_gap_of(struct investigation *inv, const char *hyp, const char *what,
                 const struct tool_result *result);
/* `tool` with "host" and the arguments of the culprit's follow-up. 0: refused. */
const char *host_follow_tool(const struct host_culprit *c); /* NULL: there is nothing to ask */
uint64_t host_ask(struct host_target *t, const char *tool, const struct host_culprit *c,
                  const char *hyp, const char *title, inv_query_fn *fn, void *ctx);

/* host_plan.c: which findings are tested, in which order, and under which. */
void host_plan(struct host_target *t);
/* What was to be explained by this trial, now that it is decided. */
void host_plan_effects(struct host_trial *tr, bool proven);

/* host_changes.c: one hypothesis. */
void host_test_changes(struct host_target *t);
/* Is it likely that one explains what is off? Always when an incident or the sentence says so. */
bool host_changes_worth(struct host_target *t);
/* Over ssh each question is a way of its own: it is asked beside the follow-ups where it will
 * likely be wanted, and an equal query is then answered at once. */
void host_changes_ahead(struct host_target *t);

/* host_module.c */
void host_check_done(struct host_state *st);

#endif

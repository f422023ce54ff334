/* model_priv.h - what the files of the fold share. */
#ifndef RUNBOOK_MODEL_MODEL_PRIV_H
#define RUNBOOK_MODEL_MODEL_PRIV_H

#include "runbook/model/model.h"

const char *model_keep(struct model *m, const char *s); /* a copy in the arena; never NULL */
/* The same, or `old` when that is what it says: what often stays the same is not copied again. */
const char *model_keep_changed(struct model *m, const char *old, const char *s);
void model_index_put(struct model *m, char kind, const char *id, size_t index);
struct item *model_add_item(struct model *m, const struct event *ev, enum item_kind kind,
                            size_t ref, const char *text);
void model_notice(struct model *m, const struct event *ev, const char *text);
/* The hypothesis an event speaks of, or NULL after a notice. */
struct hypothesis *model_hyp_of(struct model *m, const struct event *ev, const char *id);
bool model_actor_is_llm(const char *actor); /* not the built-in investigator, not a person */
void model_rescore(struct hypothesis *h);
void model_set_status(struct model *m, const struct event *ev, struct hypothesis *h,
                      enum hyp_status s);

void model_on_topology_loaded(struct model *m, const struct event *ev); /* impact.c */
void model_fold_impact(struct model *m);
void model_note_decision(struct model *m, const struct event *ev); /* decision.c */
/* spend.c */
void model_spend_init(struct model *m);
void model_spend_turn(struct model *m);
void model_on_cost_updated(struct model *m, const struct event *ev);
void model_on_context_measured(struct model *m, const struct event *ev);
void model_on_resource_seen(struct model *m, const struct event *ev); /* resource.c */
void model_on_inventory_seen(struct model *m, const struct event *ev);
void model_on_alert_seen(struct model *m, const struct event *ev);         /* alert.c */
void model_on_finding_seen(struct model *m, const struct event *ev);       /* finding.c */
void model_on_security_looked(struct model *m, const struct event *ev);    /* finding.c */
void model_on_change_seen(struct model *m, const struct event *ev);        /* change.c */
void model_on_steered(struct model *m, const struct event *ev);            /* steer.c */
void model_on_approval_requested(struct model *m, const struct event *ev); /* approval.c */
void model_on_approval_decided(struct model *m, const struct event *ev);
void model_on_rule_remembered(struct model *m, const struct event *ev);
void model_on_rule_revoked(struct model *m, const struct event *ev);
/* mutation.c */
void model_on_policy_decided(struct model *m, const struct event *ev);
void model_on_mutation_proposed(struct model *m, const struct event *ev);
void model_on_mutation_planned(struct model *m, const struct event *ev);
void model_on_mutation_started(struct model *m, const struct event *ev);
void model_on_mutation_unknown(struct model *m, const struct event *ev);
void model_on_mutation_ended(struct model *m, const struct event *ev);
void model_on_mutation_verified(struct model *m, const struct event *ev);
void model_on_readonly_set(struct model *m, const struct event *ev);
void model_release_mutations(struct model *m);
/* procedure.c */
void model_on_procedure_started(struct model *m, const struct event *ev);
void model_on_procedure_stopped(struct model *m, const struct event *ev);
void model_on_procedure_resumed(struct model *m, const struct event *ev);
void model_on_procedure_finished(struct model *m, const struct event *ev);
void model_on_step_started(struct model *m, const struct event *ev);
void model_on_step_retried(struct model *m, const struct event *ev);
void model_on_step_asked(struct model *m, const struct event *ev);
void model_on_step_answered(struct model *m, const struct event *ev);
void model_on_step_finished(struct model *m, const struct event *ev);
void model_procedure_proposed(struct model *m, const char *origin, const char *mutation);
void model_release_procedures(struct model *m);
/* hypothesis.c */
void model_on_evidence_added(struct model *m, const struct event *ev);
void model_on_hypothesis_proposed(struct model *m, const struct event *ev);
void model_on_hypothesis_testing(struct model *m, const struct event *ev);
void model_on_hypothesis_branched(struct model *m, const struct event *ev);
void model_on_hypothesis_pruned(struct model *m, const struct event *ev);
void model_on_hypothesis_supported(struct model *m, const struct event *ev);
void model_on_hypothesis_confirmed(struct model *m, const struct event *ev);
void model_on_gap_noted(struct model *m, const struct event *ev);
/* conclusion.c */
void model_on_candidate_ranked(struct model *m, const struct event *ev);
void model_on_rootcause_identified(struct model *m, const struct event *ev);
void model_on_remediation_proposed(struct model *m, const struct event *ev);
void model_on_conclusion_reached(struct model *m, const struct event *ev);
/* talk.c */
void model_on_agent_text(struct model *m, const struct event *ev);
void model_on_agent_thinking(struct model *m, const struct event *ev);
void model_on_agent_asked(struct model *m, const struct event *ev);
void model_on_model_called(struct model *m, const struct event *ev);
void model_on_model_switched(struct model *m, const struct event *ev);
void model_on_context_compacted(struct model *m, const struct event *ev);
void model_on_judge_refused(struct model *m, const struct event *ev);

#endif

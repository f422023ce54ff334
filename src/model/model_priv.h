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
void model_on_alert_seen(struct model *m, const struct event *ev);         /* alert.c */
void model_on_steered(struct model *m, const struct event *ev);            /* steer.c */
void model_on_approval_requested(struct model *m, const struct event *ev); /* approval.c */
void model_on_approval_decided(struct model *m, const struct event *ev);
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

#endif

/* risk.h - how risky is an operation: one table, one answer.
 * The table gives each operation its risk; rules then only ever raise it: production by
 * environment, tag or name; the blast radius; what cannot be undone; force flags; the number of
 * targets; a change freeze; names that are made to look like others. A verb without a row is high,
 * one that destroys is critical. The result lists each rule that fired, in order, with the risk
 * after it. Pure. */
#ifndef RUNBOOK_POLICY_RISK_H
#define RUNBOOK_POLICY_RISK_H

#include "runbook/policy/operation.h"

/* What is known around the operation. Zeroes say that nothing is known to be worse. */
struct risk_facts {
    size_t blast_services; /* services that would feel it: model/topology.h */
    bool blast_entry;      /* one of them is where people come in */
    bool sole_instance;    /* nothing else does the same work */
    const char *freeze;    /* name of the change freeze that is on; NULL: none */
    /* Words that mean production, staging and development here, beside the usual ones. */
    const struct scope_words *words;
};

struct scope_words {
    const char *const *items[OP_SCOPES]; /* each ends with NULL; NULL: none */
};

#define RISK_FIRED_MAX 16
struct risk_fired {
    const char *rule; /* "table", "unknown", "production" ...; static */
    enum risk risk;   /* after it */
    char why[160];
};

struct risk_result {
    enum risk risk;
    enum op_kind kind;
    enum op_scope scope;
    bool known; /* the table has a row */
    struct risk_fired fired[RISK_FIRED_MAX];
    size_t count;
};

/* `facts` may be NULL. */
void risk_classify(const struct operation *op, const struct risk_facts *facts,
                   struct risk_result *ret);

/* What the environment, the tags and the name say, the worst of them. `words` may be NULL. */
enum op_scope operation_scope(const struct operation *op, const struct scope_words *words);

/* The table, for lists: `i` from 0; NULL beyond the end. */
struct risk_row {
    const char *provider, *service, *verb; /* "*" any; a verb may end in "*" */
    enum op_kind kind;
    enum risk risk;
    const char *why; /* a few words; NULL: the verb says it */
};
const struct risk_row *risk_row(size_t i);
const struct risk_row *risk_find(const struct operation *op); /* NULL: unknown */

#endif

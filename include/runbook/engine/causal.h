/* causal.h - which questions are asked for which kind of incident, in which order, and what each
 * answer would show. Two tables of classes over one table of queries: symptoms are what a person
 * says ("it is slow", R-09), incident classes are what it may turn out to be (C-27). Pure.
 *
 * A query names the tool that answers it and what reads the answer: patterns of a machine (their
 * ids) or kinds of metrics. A sentence orders the questions; it is no evidence, and what no word
 * means is asked all the same, later. */
#ifndef RUNBOOK_ENGINE_CAUSAL_H
#define RUNBOOK_ENGINE_CAUSAL_H

#include "runbook/base/str.h"

#define CAUSAL_RELEVANCE 0.8 /* of a query of a class that the sentence means */
#define CAUSAL_GENERIC 0.5   /* of the general ones, when it means none */

struct causal_query {
    const char *name;            /* "disk_room" */
    const char *asks;            /* the question, with its question mark */
    const char *tool;            /* that answers it */
    const char *shows, *refutes; /* when it is so, and when it is not: clauses */
    const char *const *patterns; /* ids of the host patterns that read the answer; NULL: none */
    const char *kind;            /* of metrics, "latency"; NULL: it is not about metrics */
};

#define CAUSAL_QUERIES_MAX 8 /* of one class */

struct causal_class {
    const char *name, *help;
    unsigned words;              /* enum host_words that mean it; 0: only its own keywords do */
    const char *const *keywords; /* further words that mean it; ends with NULL, or NULL */
    const char *queries[CAUSAL_QUERIES_MAX]; /* names, in the order in which they are asked */
};

const struct causal_query *causal_query_table(void);   /* ends with a NULL name */
const struct causal_class *causal_symptom_table(void); /* the same; R-09 */
const struct causal_class *causal_class_table(void);   /* the same; C-27 */
const struct causal_class *causal_generic(void);       /* for a sentence that means none */

const struct causal_query *causal_query_find(const char *name); /* NULL: there is none */
bool causal_means(const struct causal_class *c, struct str sentence);
/* Keyword number `i` of the class, NULL behind the last. */
const char *causal_keyword(const struct causal_class *c, size_t i);

#endif

/* context_priv.h - the items of a context, shared by its files. */
#ifndef RUNBOOK_CONTEXT_PRIV_H
#define RUNBOOK_CONTEXT_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/context/context.h"

struct item {
    uint64_t id;
    enum context_role role;
    enum context_tier tier;
    struct buf text;    /* as it is sent: of a result fenced, of its tier */
    struct buf compact; /* of a full result: what it becomes */
    char *call, *wire_call, *tool, *summary, *hypothesis; /* NULL: none */
    struct buf words;                                     /* of an assistant's: the visible part */
    size_t calls;                                         /* of an assistant's */
    void *data;
    void (*free_data)(void *data);
    int64_t tokens;
    double weight;
    unsigned round; /* which assistant message it follows */
    bool is_error, cited, names_service, is_dropped_before;
};

struct context {
    struct context_options opts;
    struct token_meter meter;
    struct item system, tools, state;
    struct buf summary_words; /* what the model or we wrote of the compacted rounds */
    struct buf said;          /* what the person said in them, word for word */
    struct item summary;      /* both, as sent */
    VEC(struct item) items;
    uint64_t next_id;
    unsigned round;
    char *question, *hypothesis, *service;
    int64_t fitted_tokens; /* estimate of the request that was fitted last */
};

void context_item_release(struct item *it);
/* Tokens of the item as it is now. */
void context_item_count(const struct context *c, struct item *it);
void context_item_set(const struct context *c, struct item *it, struct str text);
/* The model has not answered to it yet. */
bool context_is_fresh(const struct context *c, const struct item *it);
void context_result_shrink(struct context *c, struct item *it, enum context_tier tier);
void context_weigh(struct context *c);

#endif

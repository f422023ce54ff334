/* context.h - what a model is sent: it never grows beyond the window, and what is left out can be
 * asked for again.
 * Order: system, tools, summary of what was compacted, the messages, the state (tree and evidence).
 * All that comes first stays byte for byte the same from call to call, so that a provider's prompt
 * cache holds; what changes each time (the state) comes last. Tool results are data: they are
 * redacted, fenced, and cut to a budget when they are added. When the window fills, results go from
 * full to compact to dropped by weight, in one batch, down to well below the limit, so that
 * the prefix changes seldom; then older rounds become a summary. Never touched: the system prompt,
 * what a person said, the state, and results that the model has not seen yet.
 *
 *   for each call: context_set_state(); fit = context_fit();
 *   CONTEXT_SUMMARISE: send context_material() to a model with the prompt "compact", give its
 * answer (or nothing) to context_compact(), and fit again; then context_at(0 ... count - 1) is the
 * request; after the answer: context_observed(), context_add_assistant(), context_add_result() for
 * each call.
 *
 * Pure: no clock, no I/O. Ids of items are never reused. */
#ifndef RUNBOOK_CONTEXT_CONTEXT_H
#define RUNBOOK_CONTEXT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/json.h"
#include "runbook/context/fence.h"
#include "runbook/context/tokens.h"
#include "runbook/policy/redact.h"

enum context_role {
    CONTEXT_SYSTEM,
    CONTEXT_TOOLS,     /* the schemas */
    CONTEXT_SUMMARY,   /* of compacted rounds: goes out as a user's message */
    CONTEXT_USER,      /* a person's words */
    CONTEXT_ASSISTANT, /* the model's */
    CONTEXT_RESULT,    /* of a tool */
    CONTEXT_STATE,     /* tree and evidence: goes out at the end of the last user's message */
};
#define CONTEXT_ROLES (CONTEXT_STATE + 1)
enum context_tier { CONTEXT_FULL, CONTEXT_COMPACT, CONTEXT_DROPPED };
#define CONTEXT_TIERS (CONTEXT_DROPPED + 1)
/* What results are weighed by: an incident's recency and errors, or a question's words. */
enum context_preset { CONTEXT_INCIDENT, CONTEXT_RESEARCH };

struct context_options {   /* 0: the default */
    int64_t window_tokens; /* 100 000: the limit for all that is sent */
    int64_t answer_tokens; /* 4 096: kept free in it for the answer */
    int64_t result_tokens; /* 4 000: of one result */
    enum context_preset preset;
    enum token_family family;
    struct redactor *redactor; /* borrowed; NULL: every text is withheld (fails closed) */
    const struct fence *fence; /* borrowed; must be there */
};

struct context; /* opaque */
struct context *context_new(const struct context_options *opts);
void context_free(struct context *c); /* NULL is fine */

/* Replace; both belong to the stable prefix. `json` is counted, and handed out as it is. */
void context_set_system(struct context *c, struct str text);
void context_set_tools(struct context *c, struct str json);
/* The tree and the evidence in words; replaced before each call and never shortened. */
void context_set_state(struct context *c, struct str text);
/* What is being looked at: weighs the results. NULL or "": nothing in particular. */
void context_focus(struct context *c, const char *question, const char *hypothesis,
                   const char *service);

/* Each returns the item's id. Texts are copied and redacted. */
uint64_t context_add_user(struct context *c, struct str text);

struct context_assistant {
    struct str text;  /* all that will be sent back (words, thinking, calls), for counting */
    struct str words; /* the visible part, for a summary */
    size_t calls;     /* how many tool calls it makes: so many results belong to it */
    void *data;       /* the caller's message, to be sent back untouched; may be NULL */
    void (*free_data)(void *data); /* called once when the item goes; may be NULL */
};
uint64_t context_add_assistant(struct context *c, const struct context_assistant *a);

struct context_result {
    const char *call;      /* id of the call in the journal, by which it can be read again */
    const char *wire_call; /* the provider's id of the call */
    const char *tool;
    const char *summary;    /* one line: all that a dropped result leaves behind */
    const char *hypothesis; /* what it tested; "" or NULL: none */
    struct str text;
    uint64_t whole_bytes; /* of the stored result, when `text` is a part of it; 0: text.len */
    bool is_error;
    bool own; /* words of the program, which may tell the model what to do: not fenced */
};
/* `ret` (may be NULL) says what the fence had to do. */
uint64_t context_add_result(struct context *c, const struct context_result *r,
                            struct fence_report *ret);
/* An evidence cites this call: it weighs more. */
void context_cite(struct context *c, const char *call);

enum context_fit {
    CONTEXT_FITS,
    CONTEXT_SUMMARISE, /* nearly full: older rounds should become a summary before the call */
    CONTEXT_TOO_LARGE, /* what may not be touched is larger than the window: do not call; see err */
};
/* What was done to make it fit: for an event, so that a person sees it. */
struct context_change {
    int64_t before_tokens, after_tokens;
    size_t compacted, dropped,
        cut;           /* results that went to these tiers or lost more of their middle */
    size_t summarised; /* messages that became part of the summary */
    bool by_model;     /* a model wrote the summary */
};
bool context_changed(const struct context_change *ch);
/* "context compacted: 91 200 to 48 000 tokens; 12 results dropped, 34 messages summarised". */
void context_change_words(const struct context_change *ch, struct buf *out);

enum context_fit context_fit(struct context *c, struct context_change *ret, struct err *err);
/* What should be summarised: the text for the prompt "compact". */
void context_material(const struct context *c, struct buf *out);
/* Put `summary` in the place of what context_material() gave; an empty one: a list of what was
 * done, made without a model. What the person said there stays, word for word. */
void context_compact(struct context *c, struct str summary, struct context_change *ret);

/* For a conversation that is taken up again: what the person said in the part that is not added,
 * and what a model wrote of it (unfenced, as context_compact() got it); either may be empty. Before
 * anything is added. */
void context_resume(struct context *c, struct str said, struct str summary);
/* All that was added so far counts as older rounds. */
void context_end_round(struct context *c);

struct context_message {
    uint64_t id;
    enum context_role role;
    enum context_tier tier; /* of a result */
    struct str text; /* borrowed until the next change; of an assistant's: what was counted */
    const char *call, *wire_call, *tool; /* "" : none */
    bool is_error;
    void *data;      /* of an assistant's */
    bool cache_mark; /* the prefix up to and including it is worth caching; at most four in all */
    int64_t tokens;
    double weight; /* of a result, when it was last weighed */
};
size_t context_count(const struct context *c);
void context_at(const struct context *c, size_t index, struct context_message *ret);
int64_t context_tokens(const struct context *c); /* of all that would be sent */
int64_t context_limit(const struct context *c);  /* window less the room for the answer */
/* What the provider counted for the request that was last fitted: corrects the estimate. */
void context_observed(struct context *c, int64_t input_tokens);

/* What fills the window. Rows are in order of size. */
struct context_part {
    enum context_role role;
    const char *tool; /* of results and nothing else; "" */
    size_t items, tier[CONTEXT_TIERS];
    int64_t tokens;
};
#define CONTEXT_PARTS_MAX 48 /* further tools are counted as one row, "other" */
struct context_usage {
    int64_t window_tokens, answer_tokens, used_tokens;
    size_t parts_count;
    struct context_part parts[CONTEXT_PARTS_MAX];
};
void context_measure(const struct context *c, struct context_usage *ret);
/* Its parts as a JSON array: [{"role","tool","items","full","compact","dropped","tokens"}]. */
void context_usage_parts(const struct context_usage *u, struct json_writer *w);
const char *context_role_name(enum context_role role);
const char *context_tier_name(enum context_tier tier);

#endif

/* prompts.h - the words that models are given.
 * Files in prompts/, compiled in; a file of the same name in the user's folder replaces one. A text
 * may hold {{name}}, which is filled in once: what is filled in is not looked at again. The version
 * is a hash of all texts in use, and goes into the journal with each call, so that it can be said
 * later what a model had been told. */
#ifndef RUNBOOK_CONTEXT_PROMPTS_H
#define RUNBOOK_CONTEXT_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

enum prompt {
    PROMPT_INVESTIGATE, /* system: an investigation with tools */
    PROMPT_ASK,         /* system: one question, or a conversation */
    PROMPT_COMPACT,     /* turn older rounds into a summary */
    PROMPT_REPAIR,      /* a tool call's arguments were wrong */
    PROMPT_CONCLUDE,    /* no more queries: the final answer now */
    PROMPT_CHALLENGE,   /* what speaks against the leading hypothesis? */
};
#define PROMPTS (PROMPT_CHALLENGE + 1)

struct prompts; /* opaque */

/* `dir` may be NULL or missing. ERR_INPUT names a file that is not UTF-8, is larger than 64 KiB or
 * holds an unknown {{name}}. */
enum err_code prompts_load(const char *dir, struct prompts **ret, struct err *err);
void prompts_free(struct prompts *p);    /* NULL is fine */
const char *prompt_name(enum prompt id); /* "investigate": the file's name without ".md" */
struct str prompts_text(const struct prompts *p, enum prompt id);
bool prompts_replaced(const struct prompts *p, enum prompt id); /* by the user's file */
const char *prompts_version(const struct prompts *p);           /* 12 hexadecimal digits */

struct prompt_var {
    const char *name;
    struct str value;
};
/* Append the text with its variables; one that is not given becomes "". */
void prompts_fill(const struct prompts *p, enum prompt id, const struct prompt_var *vars,
                  size_t count, struct buf *out);
/* NULL-terminated: the names that this prompt may use. */
const char *const *prompt_vars(enum prompt id);

#endif

/* script_model.h - a language model in this process that says what a test wrote down: behind the
 * same interface as the real ones, with faults. */
#ifndef RUNBOOK_TESTS_SCRIPT_MODEL_H
#define RUNBOOK_TESTS_SCRIPT_MODEL_H

#include "runbook/llm/llm.h"

#define SCRIPT_CALLS 20

enum script_fault {
    SCRIPT_FINE,
    SCRIPT_FAILS,   /* with an error, after its text */
    SCRIPT_HANGS,   /* after its text, until it is canceled */
    SCRIPT_REFUSES, /* stop: refusal */
};

/* One answer. In `json`, "$1" is the id (c12) of the first source that answered this conversation,
 * "$2" of the second and so on. */
struct script_step {
    const char *thinking, *text;
    struct {
        const char *name, *json;
    } calls[SCRIPT_CALLS];
    enum script_fault fault;
};

struct script_model; /* opaque */

/* `steps` ends with one that is all zero; the last one is repeated for ever when `repeat`. */
struct script_model *script_model_new(struct loop *l, const struct script_step *steps, bool repeat);
struct llm *script_model_llm(struct script_model *s); /* frees the script, too */

size_t script_model_requests(const struct script_model *s);
/* The whole last request as text: system, messages, results. Lives until the next. */
const char *script_model_last(const struct script_model *s);
size_t script_model_canceled(const struct script_model *s);

#endif

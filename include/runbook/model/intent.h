/* intent.h - what a person wants, from a key, a flag or a line. Frontends make intents, the engine
 * carries them out. Strings are borrowed during the call that hands an intent over. */
#ifndef RUNBOOK_MODEL_INTENT_H
#define RUNBOOK_MODEL_INTENT_H

#include <stdbool.h>

enum intent_type {
    /* text: what a person typed: an alert or what is wrong starts an investigation, a question
     * about what is known is answered. */
    INTENT_ASK,
    INTENT_INVESTIGATE, /* text: an investigation, whatever the words could mean besides */
    /* text: a question about what is known, or a thing to look at: answered by a model, else by the
     * command that its words mean; no investigation. Also the answer to what a model asks. */
    INTENT_QUESTION,
    INTENT_RENAME,   /* text: the session's new title */
    INTENT_MODEL,    /* text: the model to ask from now on; "none": none */
    INTENT_COMPACT,  /* what was said becomes a summary in what a model is sent */
    INTENT_CANCEL,   /* end the running turn; the conclusion so far is written */
    INTENT_QUIT,     /* end the session; reason in text */
    INTENT_REFRESH,  /* read the resources again, no investigation */
    INTENT_SECURITY, /* look for what is not safe in AWS, no investigation */
    /* Steering (U-05), at any time: without a running turn it starts one that goes on from here. */
    INTENT_STEER_ADD,     /* text: a statement to test; target: what it is about, or NULL */
    INTENT_STEER_REJECT,  /* hypothesis; text: why */
    INTENT_STEER_RESTORE, /* hypothesis: the rejection is taken back */
    INTENT_STEER_PROMOTE, /* hypothesis: test it next */
    INTENT_STEER_TEST,    /* hypothesis: one more test */
    /* Answers to an approval: its id and the fingerprint of what was shown. */
    INTENT_APPROVE,
    INTENT_DISAPPROVE, /* text: why, or NULL */
    /* text: "session" (what was just approved is not asked again), "never" (nor ever done), both
     * with approval; or "never OPERATION [PATTERN]" without one. */
    INTENT_REMEMBER,
    INTENT_FORGET, /* text: the id of what was remembered */
    /* Mutations. text: "host.process.signal pid=7"; hypothesis: what for, or NULL. */
    INTENT_PROPOSE,
    INTENT_UNDO,             /* text: the id of a mutation */
    INTENT_PROCEDURE_RUN,    /* text: "free-disk path=/var --dry-run" */
    INTENT_PROCEDURE_ANSWER, /* target: the step that asks; text: the label of an option */
    INTENT_PROCEDURE_RESUME, /* text: the run, or NULL: the one that is not over */
    INTENT_PLAN,             /* text: what is wrong or to be done; "run", "dry-run": the last one */
    INTENT_READONLY,         /* nothing is changed from here on; there is no way back */
};

struct intent {
    enum intent_type type;
    const char *text;
    const char *hypothesis, *target;
    const char *approval, *fingerprint;
};

/* How a frontend reaches the engine without including it. */
struct intent_sink {
    void (*submit)(void *ctx, const struct intent *in);
    void *ctx;
};

/* Who is shown what happens. TUI, text, JSON and replay differ only in their sink. */
struct model;
struct event;
struct sink_ops {
    const char *name; /* "tui", "text", "json" */
    void (*event)(void *self, const struct model *m,
                  const struct event *ev);              /* after it was folded */
    void (*settled)(void *self, const struct model *m); /* queue empty: paint; NULL: not needed */
};

/* How a frontend reads a raw result without including store: appends the blob's bytes. */
struct err;
struct buf;
struct blob_source {
    bool (*read)(void *ctx, const char *hash, struct buf *out, struct err *err);
    void *ctx;
};

#endif

/* procedure.h - what a procedure's steps can be, and how a run of one stands: see
 * engine/procedure.h for what they do. A run is a fold of its events like all of the model. */
#ifndef RUNBOOK_MODEL_PROCEDURE_H
#define RUNBOOK_MODEL_PROCEDURE_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/vec.h"

enum procedure_type {
    PROCEDURE_STRING,
    PROCEDURE_NUMBER,
    PROCEDURE_INTEGER,
    PROCEDURE_BOOLEAN,
    PROCEDURE_ARRAY
};
#define PROCEDURE_TYPES (PROCEDURE_ARRAY + 1)

enum step_kind {
    STEP_TOOL,     /* a tool that only reads */
    STEP_ACT,      /* a mutation: proposed, approved, verified like any other */
    STEP_PROMPT,   /* a model is asked; without one its text is shown and the step is skipped */
    STEP_APPROVAL, /* a person is asked; the answer can lead to another step */
    STEP_WAIT,     /* seconds, or until a condition holds */
    STEP_GOTO,     /* to another step, so many times */
    STEP_PARALLEL, /* several TOOL steps at once */
};
#define STEP_KINDS (STEP_PARALLEL + 1)

enum step_on_error { ON_ERROR_ABORT, ON_ERROR_CONTINUE, ON_ERROR_RETRY };
#define STEP_ON_ERRORS (ON_ERROR_RETRY + 1)

enum step_state {
    STEP_PENDING,
    STEP_RUNNING,
    STEP_WAITING, /* for a person */
    STEP_DONE,
    STEP_SKIPPED, /* its condition did not hold, or nobody could answer it */
    STEP_FAILED,
    STEP_REFUSED, /* a person or the policy said no */
    STEP_CANCELED,
    STEP_ROLLED_BACK, /* it was done, and taken back */
};
#define STEP_STATES (STEP_ROLLED_BACK + 1)

enum procedure_state {
    PROCEDURE_RUNNING,
    PROCEDURE_WAITING, /* for a person */
    PROCEDURE_STOPPED, /* its process has ended: it can be gone on with */
    PROCEDURE_COMPLETED,
    PROCEDURE_PARTIAL, /* to its end, but a step failed or was left out that others went on from */
    PROCEDURE_FAILED,
    PROCEDURE_ROLLED_BACK, /* failed, and what was done is taken back */
    PROCEDURE_REFUSED,     /* a person or the policy said no */
    PROCEDURE_CANCELED,
};
#define PROCEDURE_STATES (PROCEDURE_CANCELED + 1)

struct step_run {
    const char *id, *name, *action;
    enum step_kind kind;
    enum step_state state;
    int depth;          /* 1: in a parallel group, or a rollback */
    bool is_rollback;   /* it takes `parent` back */
    const char *parent; /* "": none */
    int64_t attempt;    /* of the last visit, from 1; 0: not begun */
    int64_t visits;     /* a goto can come by again */
    bool failed_once;   /* of a retry: the try before failed */
    int64_t started_ms, ended_ms;
    const char *args; /* JSON, as it was run */
    const char *text; /* how it ended, or what it waits for */
    const char *call; /* the tool call whose answer is the result; "" */
    const char *mutation;
    const char *result; /* JSON, when it is small; "" */
    const char *question;
    VEC(const char *) options;
    const char *answer, *answered_by; /* of this visit; "": none yet */
    enum { STEP_NOT_BACK, STEP_GOING_BACK } back;
};

/* A step that was done, and so is to be taken back when a later one fails. */
struct step_done {
    size_t step; /* index into steps */
    const char *mutation;
    bool back; /* dealt with */
};

struct procedure_run {
    const char *run, *kind, *id, *name, *version, *source, *sha256, *by, *why, *hypothesis;
    const char *definition, *params; /* JSON */
    bool dry_run, mutates;
    enum procedure_state state;
    const char *text;
    const char *at;     /* the step that is under way, not one of a group; "" */
    size_t next;        /* index into steps of what follows; their number: the end */
    const char *failed; /* the step for which it ends; "" */
    bool failing;       /* what was done is being taken back */
    bool degraded;      /* a step failed, and others went on */
    int64_t started_ms, ended_ms, resumed_ms;
    VEC(struct step_run) steps; /* all of the definition, in its order */
    VEC(struct step_done) done; /* in order of their end */
};

const char *procedure_type_name(enum procedure_type t);   /* "string" */
const char *step_kind_name(enum step_kind k);             /* "tool" */
const char *step_on_error_name(enum step_on_error o);     /* "abort" */
const char *step_state_name(enum step_state s);           /* "done", "rolled back" */
const char *procedure_state_name(enum procedure_state s); /* "completed" */
bool procedure_is_over(const struct procedure_run *r);

#endif

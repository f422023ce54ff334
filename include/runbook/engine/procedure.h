/* procedure.h - a procedure: steps in order, built from a skill, an SOP or a plan, and the one
 * runner that executes it.
 *
 * Who builds one (engine/skill for YAML, SKILL.md and SOP files, engine/plan for playbooks) fills
 * plain structs through procedure_new(), procedure_add_param() and procedure_add_step(), and calls
 * procedure_check(), which names file, line and step of what is wrong. After that it is not changed
 * any more. Everything lives in the procedure's arena: strings that are set on it have to be there,
 * too (procedure_text(), arena_strdup(p->arena, ...)).
 *
 * What a run does is told by events (procedure.started, step.started, step.finished ...), folded
 * into model.procedures. procedure.started holds the whole definition, so a run that was cut goes
 * on without the file it came from. Nothing is changed in another way than engine_propose(): an ACT
 * step is a row of the table of mutations with its own research, plan card, policy and approval.
 *
 * Templates: {{param}}, {{steps.<id>.result.<path>}} and {{steps.<id>.status}} in a string of
 * `args`, and in the texts of PROMPT and APPROVAL steps. A string that is one template and nothing
 * else becomes the value with its type; an optional parameter that was not given drops the member
 * that it is the whole of. What is not known is an error, when it is checked or when the step
 * begins; it is never left as it is and never becomes part of a command line. */
#ifndef RUNBOOK_ENGINE_PROCEDURE_H
#define RUNBOOK_ENGINE_PROCEDURE_H

#include "runbook/codec/hash.h"
#include "runbook/codec/value.h"
#include "runbook/engine/engine.h"
#include "runbook/model/procedure.h"
#include "runbook/model/risk.h"

#define PROCEDURE_STEPS_MAX 200 /* with those of parallel groups and rollbacks */
#define PROCEDURE_PARAMS_MAX 64
#define PROCEDURE_TEXT_MAX 32768                /* bytes of one text or one template */
#define PROCEDURE_BYTES_MAX ((size_t)512 << 10) /* encoded */
#define PROCEDURE_RETRIES_MAX 20
#define PROCEDURE_GOTO_MAX 100
#define PROCEDURE_PARALLEL_MAX 8

struct expr; /* codec/expr.h */

struct procedure_param {
    const char *name, *description;
    enum procedure_type type;
    bool required;
    const struct value *fallback; /* NULL: none */
    const char *const *options;   /* enum: NULL-terminated texts; NULL: any */
    uint32_t line, col;           /* where it stands; 0: unknown */
};

struct procedure_option {
    const char *label;
    const char *target; /* the step to go to; "": the next one; "end": done; "abort": failed */
};

/* Pointers stay valid while more are added. */
struct procedure_steps {
    struct procedure_step **items;
    size_t count, cap;
};

struct procedure_step {
    const char *id;   /* unique in the procedure: letters, digits, _ and - */
    const char *name; /* one line for people; "": the id */
    const char *description;
    enum step_kind kind;
    /* TOOL: a row of the registry that only reads. ACT: a row of the table of mutations. WAIT: the
     * tool that is polled, or "". GOTO: the step to go to, or "end". */
    const char *action;
    const struct value *args;         /* of TOOL, ACT and WAIT: an object; NULL: {} */
    const char *text;                 /* PROMPT: what a model is asked. APPROVAL: the question */
    struct procedure_option *options; /* APPROVAL; none: "approve" and "reject" */
    size_t option_count;
    const char *condition;  /* codec/expr.h; "": always. False: the step is skipped */
    bool requires_approval; /* ask before the step; for ACT: ask also where policy allows */
    enum step_on_error on_error;
    int max_retries;    /* with ON_ERROR_RETRY, after the first try; 0: 3 */
    int64_t backoff_ms; /* before the first retry, doubled each time to 60 s; 0: 1 s */
    int64_t timeout_ms; /* of one try; 0: what the tool, or kind of step, has */
    int64_t wait_ms;    /* WAIT without `until`: so long. With: between two looks; 0: 2 s */
    const char *until;  /* WAIT: the condition that ends it; "": the time does. It sees the
                         * answer of the poll as `result` and all that a condition sees */
    int limit;          /* GOTO: how often it may jump; 0: 3 */
    int parallel;       /* PARALLEL: how many at once; 0: 4 */
    struct procedure_steps steps; /* PARALLEL: TOOL steps */
    /* What takes the step back (TOOL, ACT, WAIT; one after another) when a later one fails. Without
     * any an ACT is taken back as its plan says, when it can be, unless `no_undo`. */
    struct procedure_steps rollback;
    bool no_undo;
    uint32_t line, col; /* where it stands; 0: unknown */
    struct {
        uint32_t line, col;
    } condition_at, until_at;              /* where their texts begin; 0: unknown */
    const struct expr *when, *until_holds; /* set by procedure_check() */
};

struct procedure {
    struct arena *arena; /* owns all that hangs on it */
    const char *kind;    /* "skill", "sop" or "plan" */
    const char *id, *name, *version, *description;
    const char *source;      /* the file, or "built in" */
    char sha256[SHA256_HEX]; /* of the file's text; "": of the definition */
    enum risk risk;          /* what its author says; it raises nothing and lowers nothing */
    struct procedure_param *params;
    size_t param_count, param_cap;
    struct procedure_steps steps;
    int64_t timeout_ms; /* of a whole run without the time that it waits for people; 0: 1 h */
    bool no_rollback;   /* when a step fails, what was done stays */
};

/* `kind` and `id` are copied. All else is zero or "". */
struct procedure *procedure_new(const char *kind, const char *id);
void procedure_free(struct procedure *p);                      /* NULL is fine */
const char *procedure_text(struct procedure *p, struct str s); /* a copy in the arena */
struct procedure_param *procedure_add_param(struct procedure *p, const char *name,
                                            enum procedure_type type);
/* `to`: &p->steps, or `steps` or `rollback` of a step. All texts of the new one are "". */
/* Behind the others, in the procedure's memory; strings are copied. What is not given is empty; the
 * caller fills it in. */
struct procedure_step *procedure_add_step(struct procedure *p, struct procedure_steps *to,
                                          enum step_kind kind, const char *id);
struct procedure_option *procedure_add_option(struct procedure *p, struct procedure_step *s,
                                              const char *label, const char *target);
/* Ids, references (goto, options, templates, conditions), limits, tools and operations that exist.
 * `env` NULL: only the tools of the table are known. Fills sha256 when it is "". ERR_INPUT:
 * "FILE:LINE:COL: step 'x': ..." */
enum err_code procedure_check(struct procedure *p, const struct tool_env *env, struct err *err);
bool procedure_mutates(const struct procedure *p); /* has it an ACT step? */
const struct procedure_step *procedure_find(const struct procedure *p, const char *id);

/* The definition as JSON, and back (checked for its shape; procedure_check() is the caller's). */
void procedure_encode(const struct procedure *p, struct buf *out);
enum err_code procedure_decode(const struct value *v, struct procedure **ret, struct err *err);

/* "name=value" words to one JSON object of typed parameters, with the defaults. ERR_INPUT names the
 * parameter and what is allowed. What is required and not given stays out: its names go to
 * `missing`, each followed by a blank; may be NULL, then it is ERR_INPUT. */
enum err_code procedure_params(const struct procedure *p, const char *const *words, size_t count,
                               struct buf *ret_json, struct buf *missing, struct err *err);
/* One value as it is typed to JSON, for who asks for it. */
enum err_code procedure_param_read(const struct procedure_param *param, struct str text,
                                   struct buf *ret_json, struct err *err);

/* ---- running one ---- */

struct procedure_request {
    const struct procedure *procedure; /* checked; encoded, not kept */
    struct str params;                 /* an object, as procedure_params() makes it */
    const char *why;                   /* may be NULL */
    const char *actor;                 /* NULL: "user". "llm:...": refused when it mutates */
    const char *hypothesis;            /* what its mutations are for; may be NULL */
    bool dry_run;                      /* mutations show their calls and make none */
};

/* *ret_run lives as long as the model. One at a time: ERR_AGAIN. What follows is told by events. */
enum err_code engine_procedure_start(struct engine *e, const struct procedure_request *r,
                                     const char **ret_run, struct err *err);
/* Go on with a run that a process which is gone, or a wait for a person, left: at its step. `run`
 * NULL: the one that is not over. */
enum err_code engine_procedure_resume(struct engine *e, const char *run, struct err *err);
/* Answer the question of its step, by the option's label. */
enum err_code engine_procedure_answer(struct engine *e, const char *step, const char *label,
                                      struct err *err);
void engine_procedure_cancel(struct engine *e); /* what runs is waited for, what waits ends */
/* A run is under way; false also while it waits for a person. */
bool engine_procedure_busy(const struct engine *e);
bool engine_procedure_waits(const struct engine *e); /* for an answer, or an approval */

/* The record of a run: JSON (schema runbook.procedure/1, with the keys of C-26), and text. */
void procedure_run_json(const struct model *m, const struct procedure_run *r, struct buf *out);
void procedure_run_text(const struct model *m, const struct procedure_run *r, struct buf *out);

#endif

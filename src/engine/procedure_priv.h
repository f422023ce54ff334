/* procedure_priv.h - what the files of the step runner share. */
#ifndef RUNBOOK_ENGINE_PROCEDURE_PRIV_H
#define RUNBOOK_ENGINE_PROCEDURE_PRIV_H

#include "engine_priv.h"

#include "runbook/codec/expr.h"
#include "runbook/engine/procedure.h"

#define PROCEDURE_RUN_ID_MAX 16
#define PROCEDURE_ARGS_MAX ((size_t)256 << 10)  /* of one step, filled in */
#define PROCEDURE_RESULT_MAX ((size_t)4 << 20)  /* of one answer that is looked into */
#define PROCEDURE_KEPT_MAX ((size_t)16 << 20)   /* of answers in memory, where none are kept */
#define PROCEDURE_INLINE_MAX ((size_t)16 << 10) /* of a result in the journal */

/* Every path of a text with templates, or of a condition. False from `fn` ends it. */
typedef bool procedure_path_fn(void *ctx, const struct expr_path *path);
/* ERR_INPUT: "{{" without its end, or what is no path; *ret_at is where. */
enum err_code procedure_template_paths(struct str text, struct arena *a, procedure_path_fn *fn,
                                       void *ctx, struct err *err);

enum err_code procedure_param_fits(const struct procedure_param *q, const struct value *v,
                                   struct err *err);

struct procedure_live;

/* A step under way in this process. The model holds what is known of it. */
struct step_live {
    struct procedure_live *pl;
    const struct procedure_step *def;
    size_t index; /* in the steps of the run */
    enum step_doing {
        DOING_NOTHING,
        DOING_CALL,  /* a tool runs, or its answer is being stored */
        DOING_WAIT,  /* until a timer */
        DOING_RETRY, /* likewise */
        DOING_ASK,   /* a person */
        DOING_ACT,   /* a mutation has its way */
        DOING_PROMPT,
        DOING_GROUP,
    } doing;
    bool over, canceled, timed_out;
    int64_t visit, attempt, began_ms;
    loop_id timer, deadline, job;
    tool_id run;
    const char *call; /* lives as long as the model */
    const struct tool_def *tool;
    struct tool_result result;
    int64_t duration_ms;
    struct redactor *redactor;
    const char *store_dir;
    char hash[SHA256_HEX];
    struct err store_err;
    const char *next;           /* where an answer or a goto leads; NULL: on */
    size_t first_item;          /* of what a model says */
    bool asked_model, proposed; /* by this process */
};

struct kept_answer {
    const char *call;
    struct buf body;
};

struct procedure_live {
    struct engine *e;
    struct procedure_live *older; /* what is over, until the engine ends */
    char run[PROCEDURE_RUN_ID_MAX];
    struct procedure *p;
    VEC(struct step_live *) steps; /* under way, and over: freed with it */
    loop_id advance, whole;
    bool over, canceling, late; /* late: the time of the whole run is over */
    int64_t used_ms, since_ms;  /* time it ran without waiting for people; 0: it waits */
    VEC(struct kept_answer) kept;
    size_t kept_bytes;
    const char *actor;
    char undoing[16]; /* the mutation that takes a step back, proposed by this process */
};

const struct procedure_run *procedure_of(const struct procedure_live *pl);
const struct step_run *step_of_live(const struct step_live *sl);
/* Publish, by the run's name. */
void procedure_publish(struct procedure_live *pl, struct event *ev);
/* Later, on a turn of its own. */
void procedure_advance_soon(struct procedure_live *pl);

/* procedure_values.c: what templates and conditions see. `result` may be NULL. */
enum err_code procedure_holds(struct procedure_live *pl, const struct expr *x,
                              const struct value *result, bool *ret, struct err *err);
/* Append the object with its templates filled in. NULL: {}. */
enum err_code procedure_fill_args(struct procedure_live *pl, const struct value *args,
                                  struct buf *out, struct err *err);
/* Append the text; with `fence` what comes from a step's result is fenced. */
enum err_code procedure_fill_text(struct procedure_live *pl, const char *text, bool fence,
                                  struct buf *out, struct err *err);
/* The answer of a call as a value. */
enum err_code procedure_answer_value(struct procedure_live *pl, const char *call, struct arena *a,
                                     const struct value **ret, struct err *err);

/* procedure_steps.c: one kind each; ends in step_end(). */
void step_begin_kind(struct step_live *sl);
void step_cancel(struct step_live *sl);
void step_mutation_over(struct step_live *sl);
/* The run's end of a try: retries, or says how it ended. `text` is copied. */
void step_end(struct step_live *sl, enum step_state state, const char *text, struct str result);
void step_fail(struct step_live *sl, const struct err *err);
void step_ask(struct step_live *sl, const char *question, const char *const *options, size_t count);
void step_answered(struct step_live *sl);
void procedure_put_away(struct procedure_live *pl);
void procedure_cancel_undo(struct procedure_live *pl); /* what takes a step back is not asked for */
void step_begin(struct procedure_live *pl, size_t index);
void step_begin_again(struct procedure_live *pl, size_t index); /* the process ended in it */
/* procedure_back.c */
bool procedure_has_way_back(const struct procedure_live *pl, const struct step_done *d);
void procedure_back_one(struct procedure_live *pl, const struct step_done *d);
/* What can still be undone of it; NULL: nothing. */
const struct mutation *procedure_to_undo(const struct procedure_live *pl,
                                         const struct step_done *d);
/* procedure_call.c */
void step_call(struct step_live *sl, const char *tool, struct str args);
void step_call_release(struct step_live *sl);
void step_called(struct step_live *sl); /* procedure_steps.c: the answer is stored */

/* Was it refused only because the process that asked has ended? `mine`: this one proposed it. */
bool procedure_propose_again(const struct procedure_live *pl, const struct mutation *mu, bool mine);

/* Called by others of the engine. */
void procedure_mutation_over(struct engine *e, const char *id);
void procedure_turn_over(struct engine *e);
void procedure_reopened(struct engine *e); /* the journal holds a run that is not over */
void procedure_stop(struct engine *e, const char *why);
void procedure_free_all(struct engine *e);
void procedure_intent(struct engine *e, const struct intent *in);

#endif

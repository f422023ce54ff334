/* tool.h - one registry of tools, a const table row each.
 * A call is asynchronous: start() begins it and answers exactly once through tool_call_finish(), at
 * any time, also from inside start(); the answer is delivered from the loop, never nested. The
 * runner validates arguments against the row's parameters first (ERR_INPUT names the parameter and
 * what is allowed), gives each call an id and a deadline, and delivers TIMEOUT or CANCELED itself.
 * The call struct lives until tool_call_finish(): a tool that was canceled still finishes once,
 * when its request, child or job has reported; what it says then is ignored. */
#ifndef RUNBOOK_TOOL_TOOL_H
#define RUNBOOK_TOOL_TOOL_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"
#include "runbook/model/event.h"
#include "runbook/model/risk.h"

enum param_type {
    PARAM_STRING,
    PARAM_INT,
    PARAM_NUMBER,
    PARAM_BOOL,
    PARAM_TIME,
    PARAM_DURATION,
    PARAM_ENUM,
    PARAM_OBJECT /* a JSON object, as it is given */
};

struct tool_param {
    const char *name;
    enum param_type type;
    bool required;
    const char *fallback;       /* default as text; NULL: none */
    double min, max;            /* INT and NUMBER, when max > min */
    const char *const *options; /* ENUM: NULL-terminated */
    const char *help;           /* a sentence */
};

struct tool_call; /* opaque: one running call */
struct tool_env;  /* what tools may use: see toolenv.h (services, loop) */

struct tool_result {
    enum tool_status status;
    struct buf body;          /* the raw result, taken over by finish; goes to a blob */
    const char *content_type; /* "application/json", "text/plain"; static */
    char summary[256];        /* one line for people: "12 filesystems, /var 97 % full" */
    int64_t rows;             /* how many things; 0 with TOOL_EMPTY */
    struct err err;           /* for ERROR, DENIED, TIMEOUT */
};

struct tool_def {
    const char *name;                /* "prometheus_range" */
    const char *help;                /* a sentence */
    const struct tool_param *params; /* ends with a NULL name */
    enum risk risk;                  /* the floor: rules can raise it, never lower it */
    int64_t timeout_ms;
    /* Works on what is recorded already, or on its arguments alone: needs no hypothesis and is no
     * source. */
    bool helper;
    /* Is what it asks configured? NULL: always. */
    bool (*available)(const struct tool_env *env);
    /* What is cited for this call: the PromQL, the command line, the path. Appends to `out`. */
    void (*query)(const struct value *args, struct buf *out);
    void (*start)(struct tool_call *call);
    /* For rows whose parameters are somebody else's: a JSON schema in place of `params`, and what
     * checks the arguments (an object) by it. NULL: `params` says all. */
    const char *schema_json;
    enum err_code (*check)(const struct tool_def *t, const struct value *args, struct err *err);
    /* Ask the work to end early (http_cancel, proc_cancel, loop_job_cancel); may be NULL. Finish
     * must still come, once, from here or later. */
    void (*cancel)(struct tool_call *call);
};

const struct tool_def *const *tool_table(void); /* NULL-terminated; tool/table.c lists every row */
const struct tool_def *tool_find(const char *name);

/* Rows that are known at run time only, beside the table: a member of tool_env. The list changes
 * as servers come and go; a row lives as long as the list. */
struct tool_more {
    const struct tool_def *const *rows; /* NULL-terminated; NULL: none */
};
/* Of the table, else of env->own, else of env->more. */
const struct tool_def *tool_env_find(const struct tool_env *env, const char *name);
/* Check `given` against the row: unknown or missing parameters, types, ranges. *ret has the
 * defaults filled in and lives in `arena`. ERR_INPUT names the parameter and what is allowed. */
enum err_code tool_check_args(const struct tool_def *def, const struct value *given,
                              struct arena *arena, const struct value **ret, struct err *err);

/* For start(): */
const struct value *tool_call_args(const struct tool_call *c); /* validated, defaults filled in */
struct tool_env *tool_call_env(const struct tool_call *c);
struct loop *tool_call_loop(const struct tool_call *c);
const struct tool_def *tool_call_def(const struct tool_call *c);
void tool_call_set_data(struct tool_call *c, void *data); /* the tool's own state */
void *tool_call_data(const struct tool_call *c);
/* How far it has come, and what it has so far: for whoever watches it, never the answer. A call
 * that tells nothing is fine. */
struct tool_progress {
    size_t done, known; /* calls to a server, say: of so many that are known by now */
    struct str body;    /* JSON of the tool's own kind, as its answer's would be; may be empty */
};
void tool_call_tell(struct tool_call *c, const struct tool_progress *p);
/* Takes over result->body (the struct itself stays the caller's). Frees the call. */
void tool_call_finish(struct tool_call *c, struct tool_result *result);
void tool_result_fail(struct tool_result *r, const struct err *err); /* status from the code */

/* For the engine: */
struct tool_runner; /* opaque */
struct tool_runner *tool_runner_new(struct loop *l, struct tool_env *env);
/* Cancels what runs and turns the loop until it has ended (at most 3 s); done is not called. */
void tool_runner_free(struct tool_runner *r);
typedef uint64_t tool_id; /* 0 is never valid */
/* `result` lives during the call; its body may be moved out (copy the struct buf, then buf_init
 * it). */
typedef void tool_done_fn(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms);
/* `p` lives during the call. NULL: nobody watches. */
typedef void tool_progress_fn(void *ctx, tool_id id, const struct tool_progress *p);
void tool_runner_watch(struct tool_runner *r, tool_progress_fn *fn, void *ctx);
/* `args_json` is one JSON object. On ERR_OK `done` comes exactly once, later. */
enum err_code tool_run(struct tool_runner *r, const char *tool, struct str args_json,
                       tool_done_fn *done, void *ctx, tool_id *ret_id, struct err *err);
void tool_run_cancel(struct tool_runner *r, tool_id id); /* done comes with TOOL_CANCELED */
size_t tool_runner_busy(const struct tool_runner *r);

/* The row's parameters as a JSON schema object, for models, MCP and docs. */
void tool_schema(const struct tool_def *t, struct buf *out);

#endif

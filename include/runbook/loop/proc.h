/* proc.h - child processes: argv (never a shell of ours), own session and process group,
 * non-blocking pipes, a deadline, TERM then KILL, capped output. No descriptor of ours leaks into a
 * child, signals have their defaults in it, and it has no controlling terminal. What is left of its
 * group once the program itself has ended is killed: nothing stays behind, and a grandchild that
 * holds the pipe open delays the end by 250 ms at most. */
#ifndef RUNBOOK_LOOP_PROC_H
#define RUNBOOK_LOOP_PROC_H

#include "runbook/base/str.h"
#include "runbook/loop/loop.h"

struct proc_spec {
    const char *const *argv;    /* NULL-terminated; argv[0] is searched in PATH; copied */
    const char *const *env;     /* "NAME=value" that are added or replace; NULL: none */
    const char *const *inherit; /* names of our environment that it gets; NULL: all of it */
    struct str stdin_data;      /* written, then closed; copied; empty: /dev/null */
    bool keep_input;            /* not closed: proc_write() says more, until proc_end_input() */
    int64_t timeout_ms;         /* 0: none. At the end TERM to the group, KILL after 2 s */
    size_t max_output_bytes; /* of stdout and of stderr, each; more ends the child with ERR_LIMIT;
                              * 0: 1 MiB; BUF_NO_MAX for one that talks for long */
    /* Optional: stdout piece by piece as it comes (then result.out stays empty). */
    void (*on_output)(void *ctx, struct str piece);
    void (*on_err_output)(void *ctx, struct str piece); /* likewise stderr */
};

struct proc_result {
    struct err err;          /* ERR_OK when it ran and ended by itself, whatever its status */
    int exit_status;         /* -1 when it ended by a signal or never started */
    int term_signal;         /* 0 when none */
    struct str out, err_out; /* borrowed during the callback; also what came before an error */
    int64_t duration_ms;
};

typedef void proc_done_fn(void *ctx, const struct proc_result *result);

/* Starts it; `done` is called exactly once, never from inside this call, also when starting failed
 * (result->err: ERR_NOT_FOUND for a missing program). */
loop_id proc_start(struct loop *l, const struct proc_spec *spec, proc_done_fn *done, void *ctx);
/* More for its stdin. False when more than PROC_INPUT_MAX would wait to be read; what a child that
 * has closed its stdin is told is dropped, which is its right. */
#define PROC_INPUT_MAX ((size_t)32 << 20)
bool proc_write(struct loop *l, loop_id id, struct str data);
/* What was written is sent, then its stdin is closed. */
void proc_end_input(struct loop *l, loop_id id);
/* TERM, KILL after 2 s; done comes with ERR_CANCELED when the child has ended. Harmless when it
 * has. */
void proc_cancel(struct loop *l, loop_id id);
/* For an owner that goes away now: it is ended likewise, `done` does not run, and `ctx` is the
 * caller's again on return. */
void proc_drop(struct loop *l, loop_id id);

#endif

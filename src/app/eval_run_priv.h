/* eval_run_priv.h - a case under way, shared by its stages (eval_run.c) and by what serves its
 * samples (eval_serve.c). */
#ifndef RUNBOOK_SRC_APP_EVAL_RUN_PRIV_H
#define RUNBOOK_SRC_APP_EVAL_RUN_PRIV_H

#include "runbook/loop/proc.h"
#include "runbook/net/http.h"
#include "src/app/eval.h"

struct runner;

/* One case under way. */
struct slot {
    struct runner *r;
    struct eval_case *c;
    size_t index;
    char *dir; /* its part of the work folder */
    char *url;
    struct err err;
    loop_id server, poll, tool, job;
    xfer_id xfer;
    bool ready, serving, closing;
    int tries;
    int64_t from_ms, ready_by_ms, asked_ms;
};

struct runner {
    struct eval *ev;
    struct loop *loop;
    struct http_client *http;
    char *self, *work, *parent;
    struct slot *slots;
    size_t next, running;
    bool canceled;
    loop_id signals[3], watcher;
    void (*done)(struct eval *ev, size_t index);
};

#define ARGS_MAX 48

struct argv {
    const char *items[ARGS_MAX];
    size_t count;
};

/* eval_run.c */
char *eval_in_dir(const struct slot *s, const char *name); /* the caller frees */
void eval_arg(struct argv *a, const char *word);
/* Begins the command of a child that goes when we do; `usage` is a file for what it used, or NULL.
 */
void eval_guard_args(const struct slot *s, struct argv *a, const char *usage);
struct str eval_last_words(struct str text); /* of what a child said; borrows */
void eval_close_slot(struct slot *s);        /* ends what still runs of the case, then the case */
void eval_investigate(struct slot *s);
/* eval_serve.c. Samples to blocks to a server that is ready, then eval_investigate(). */
void eval_serve(struct slot *s);

#endif

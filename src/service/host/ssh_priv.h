/* ssh_priv.h - how a machine is reached by ssh, and one connection to it that its requests share.
 * A login costs both sides a fifth of a second of a processor, and asks each question its own round
 * trips; a session of an open connection costs next to nothing. */
#ifndef RUNBOOK_SERVICE_HOST_SSH_PRIV_H
#define RUNBOOK_SERVICE_HOST_SSH_PRIV_H

#include "runbook/base/arena.h"
#include "runbook/loop/proc.h"

/* What is run, borrowed. */
struct ssh_how {
    const char *program, *config; /* config: ssh -F; NULL: the user's own */
    int connect_s;
    int64_t idle_ms; /* a shared connection that nobody uses is closed after so long */
};

/* The argument list that runs `sh -s` at `host`. `control`: the socket of a shared connection, NULL
 * for none; `open`: it is to be opened there. In the arena. */
const char *const *ssh_argv(struct arena *a, const struct ssh_how *how, const char *host,
                            const char *control, bool open);
/* What went wrong, with what to do. Says whether no other attempt would get further. */
bool ssh_problem(const struct ssh_how *how, const char *host, const struct proc_result *r,
                 struct err *err);

struct ssh_shares; /* opaque: the open connections */
enum ssh_share {
    SHARE_CLOSED,  /* ssh_share_open() */
    SHARE_OPENING, /* wait for the callback */
    SHARE_OPEN,
    SHARE_NONE, /* it cannot be shared: a connection for each request */
};

/* Something has changed for that machine. *err is set when it cannot be reached at all. */
typedef void ssh_share_fn(void *ctx, const char *host, const struct err *err);
/* `how` is borrowed for as long as the set lives. */
struct ssh_shares *ssh_shares_new(struct loop *l, const struct ssh_how *how, ssh_share_fn *fn,
                                  void *ctx);
/* All connections are closed. */
void ssh_shares_free(struct ssh_shares *s);
/* *ret_control: the socket of an open one, valid until the next call. */
enum ssh_share ssh_share_state(struct ssh_shares *s, const char *host, const char **ret_control);
void ssh_share_open(struct ssh_shares *s, const char *host);
int ssh_shares_opening(const struct ssh_shares *s);
/* A request begins to use the open one (its number, or 0), and ends. Without any it is closed after
 * a while. */
unsigned ssh_share_enter(struct ssh_shares *s, const char *host);
void ssh_share_leave(struct ssh_shares *s, unsigned number);

/* ssh_rate.c: at most `most` requests to one machine within a minute. */
struct ssh_rate; /* opaque */
struct ssh_rate *ssh_rate_new(int most);
void ssh_rate_free(struct ssh_rate *r); /* NULL is fine */
/* False: there were too many, and ERR_AGAIN says when the next one may be. Else this one counts. */
bool ssh_rate_take(struct ssh_rate *r, const char *host, int64_t now_ms, struct err *err);

#endif

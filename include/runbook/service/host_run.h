/* host_run.h - one command on a machine: an argument vector, or a constant script with arguments.
 * No text is ever joined into a command. Here the vector is given to the program as it is; behind
 * ssh the only thing that the login shell sees is "sh -s", and sh reads the words that
 * host_quote_argv() wrote, so that it does not matter whether the login shell is bash, csh or fish.
 * What a script does is constant text of ours; what is outside comes as $1 $2 ...
 * A run ends in one of three ways: it has a status; it certainly never began; or nobody knows, as a
 * connection was lost or the time was over. Whoever changes something has to tell them apart. */
#ifndef RUNBOOK_SERVICE_HOST_RUN_H
#define RUNBOOK_SERVICE_HOST_RUN_H

#include "runbook/service/host.h"

#define HOST_RUN_OUTPUT_MAX ((size_t)4 << 20)

struct host_command {
    const char *host;        /* "local", or a name for ssh */
    const char *const *argv; /* NULL-terminated; with `script` its arguments, $1 and so on */
    const char *script;      /* for sh; NULL: argv[0] is a program */
    int64_t timeout_ms;      /* 0: 30 s */
    const char *const *env;  /* "NAME=value", for what nobody may see: it is in no argument of any
                              * process and in no log; NULL: none */
    bool sudo;               /* the script is run by "sudo -n sh" */
};

struct host_ran {
    struct err err;          /* ERR_OK: it ran to its end, with this status */
    bool maybe;              /* with an error: it may have run all the same, or half of it */
    int status;              /* 128 + n when a signal ended it */
    struct str out, err_out; /* borrowed during the call */
    int64_t duration_ms;
};
typedef void host_ran_fn(void *ctx, const struct host_ran *r);

/* Begin; `done` comes exactly once, never from inside this call. Copies all of `c`. */
uint64_t host_run(struct host_pool *p, const struct host_command *c, host_ran_fn *done, void *ctx);
/* Its `done` is not called any more; what runs behind ssh may go on. */
void host_run_cancel(struct host_pool *p, uint64_t id);

/* Send a signal to process `pid`, if it is still the one that started at `start` (field 22 of
 * /proc/PID/stat): here through a descriptor of the process, so that a number that is used again is
 * never hit; behind ssh sh looks and signals in one breath. Status 0: sent; 3: it is not that
 * process any more; 1: the kernel refused, err_out says why. */
uint64_t host_signal(struct host_pool *p, const char *host, int32_t pid, uint64_t start, int signo,
                     host_ran_fn *done, void *ctx);

/* Append the words so that a POSIX sh reads exactly them, whatever bytes they hold. False: there
 * was no room, and nothing is appended. */
bool host_quote_argv(const char *const *argv, struct buf *out);

#endif

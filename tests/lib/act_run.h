/* act_run.h - for tests that change something for real: an engine over a state folder of its own,
 * programs in front of the real ones that write down how they were called, and a clock that is
 * moved by hand. */
#ifndef RUNBOOK_TESTS_ACT_RUN_H
#define RUNBOOK_TESTS_ACT_RUN_H

#include "tests/lib/unit.h"

#include <sys/types.h>

#include "runbook/base/clock.h"
#include "runbook/base/mem.h"
#include "runbook/engine/mutate.h"
#include "runbook/policy/policy.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/aws/estate.h"
#include "runbook/service/host.h"
#include "runbook/tool/toolenv.h"

#define ACT_DEADLINE_MS 60000

struct moved_clock { /* the machine's clocks, and what a test adds to them */
    struct clock clock;
    int64_t wall_by, now_by;
};

struct world {
    struct loop *loop;
    struct moved_clock clock;
    struct rng rng;
    struct tool_env env;
    struct http_client *http;
    struct engine *engine;
    struct policy *policy;
    char *dir, *state, *bin; /* bin: what stands in front of the real programs */
    char args[1024];         /* of the scene's operation */
    const char *ssh_config;  /* knows web-3; NULL: there is no ssh */
    char am_url[64];
    bool keep;
    bool aws;                /* an account whose keys and address are in the environment */
    const char *environment; /* NULL: dev */
    const char *host;        /* "local", or a name that ssh knows */
    bool sudo;
    char meanwhile[1024]; /* for sh, between the end of the calls and the first look; once */
    int unknowns;         /* outcomes that were not known at first */
    bool jump; /* at an unknown outcome: its time to be found out is over at the first look */
    void (*turned)(void *ctx); /* after each turn of the loop; NULL */
    void *turned_ctx;
    enum event_type kill_at; /* we are killed at its kill_left-th event of this type */
    int kill_left;
    pid_t pids[8]; /* ended and waited for by world_free() */
    int pid_count;
};

struct world *world_new(void);
void world_free(struct world *w);
void world_open(struct world *w); /* loop, pool, engine and a session */
void world_close(struct world *w);
void world_resume(struct world *w, const char *session); /* instead of world_open() */
void world_keep_pid(struct world *w, pid_t pid);

/* Each is written down with its words, then the real one runs. BIN/spoil-NAME is read by it first:
 * shell text that may do something else and exit; BIN/kill-NAME holds a process that is killed
 * behind it. */
void world_shim(struct world *w, const char *const *names);
void world_spoil(struct world *w, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void world_kill_after(struct world *w, const char *name, pid_t pid);
void world_unspoil(struct world *w);
int world_count(const struct world *w, const char *words); /* lines of the log that hold them */
void world_clear_log(const struct world *w);

/* Runs /bin/sh -c; the status. Its output goes to the test's standard error. */
int world_sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The first line that it prints; "" when it fails. Valid until the next call. */
const char *world_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int world_number(const char *text); /* -1: it is none */
/* How long world_wait() waits; 0: as long as on a slow machine. For what is expected not to be. */
void world_patience(int64_t ms);
bool world_wait(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* until it is 0 */

void world_settle(struct world *w);
/* NULL args: w->args. NULL: refused at once, *err says why. */
const char *world_propose(struct world *w, const char *operation, const char *args, bool dry,
                          struct err *err);
void world_approve(struct world *w, const char *id);
const struct mutation *world_mutation(struct world *w, const char *id);
/* The session with something that was started and has not ended; NULL: none. The caller frees. */
char *world_unfinished(const struct world *w);

#endif

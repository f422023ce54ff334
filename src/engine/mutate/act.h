/* act.h - what a provider of mutations is: a row that says which calls read a resource, what would
 * be done to it and how that is undone, and whether it was reached.
 * A row never does anything. It writes calls into lists; mutate.c makes them, records them, or only
 * shows them (a dry run). So a row is tested with text, and a new provider is a new file. */
#ifndef RUNBOOK_ENGINE_MUTATE_ACT_H
#define RUNBOOK_ENGINE_MUTATE_ACT_H

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "runbook/model/event.h"
#include "runbook/policy/policy.h"
#include "runbook/tool/tool.h"

enum act_how {
    ACT_COMMAND, /* argv, or a script with arguments, on a machine */
    ACT_SIGNAL,  /* to a process that is still the one that was read */
    ACT_HTTP,    /* of a configured server: `method`, `path`, `body` */
};

/* What was answered to a call. */
struct act_answer {
    struct err err;          /* ERR_OK: it came to its end */
    bool maybe;              /* with an error: it may have been done all the same */
    int status;              /* exit status, or of HTTP */
    struct str out, err_out; /* in the arena */
};

struct act_call {
    enum act_how how;
    const char *const *argv; /* NULL-terminated, in the arena */
    const char *script;      /* constant; NULL: argv is a program */
    int64_t pid, signo;
    uint64_t start;
    const char *method, *path, *body;
    const char *shown; /* what a person would type for it; NULL: made from argv */
    int64_t timeout_ms;
    struct act_answer answer;
};
typedef VEC(struct act_call) act_calls;

struct act_plan {
    const char *resource; /* what a critical one is approved by: short, exact */
    const char *resource_id;
    const char *effect, *before, *after, *rollback, *blast, *cost, *watch;
    const char *facts; /* a JSON object: what identifies it, and what verify() compares with */
    const char *rollback_operation, *rollback_args; /* NULL: it cannot be undone */
    bool rolls_back;     /* by itself, when verify() says that it was not reached */
    const char *already; /* there is nothing to do: why; NULL: there is */
    size_t targets;
    unsigned flags; /* enum op_flags */
    const char *const *paths;
    size_t path_count;
    int64_t duration_ms; /* what is expected */
    size_t blast_services;
    bool sole_instance;
    bool classified; /* of a command: what the command parser says */
    struct operation command;
};

enum act_check { ACT_NOT_YET, ACT_HOLDS, ACT_FAILED };

/* One thing that is being looked at, planned or verified. */
struct act {
    const struct act_def *def;
    struct arena *arena;
    const struct value *args; /* checked */
    const char *host;         /* "local" */
    const struct command_limits *limits;
    act_calls reads, calls;
    struct act_plan plan;
    const struct value *facts; /* verify(): of the plan; NULL before */
    const char *said;          /* verify(): the state in words */
    int64_t since_ms;          /* verify(): since the calls have ended */
    int64_t now_ms;            /* wall clock */
    const char *id;            /* the mutation's */
    int64_t proposed_ms;
    bool ended_well; /* verify(): its calls are known to have ended with status 0 */
    const char *by;  /* the person, for what records an author */
    const char *why;
};

struct act_def {
    const char *name; /* "host.process.signal": provider, service, verb */
    const char *help, *undo;
    const char *resource_type;
    const struct tool_param *params;
    enum risk floor;
    int64_t verify_ms; /* how long what is to be reached may take */
    /* Which calls read the resource. */
    enum err_code (*read)(struct act *a, struct err *err);
    /* From their answers: what would be done. ERR_NOT_FOUND, ERR_DENIED ...: it is not there, or
     * must not be touched. */
    enum err_code (*plan)(struct act *a, struct err *err);
    /* From the answers of the same calls afterwards. */
    enum act_check (*verify)(struct act *a);
    bool (*available)(const struct tool_env *env, struct err *err); /* NULL: always */
};

/* ---- for rows: act.c ---- */

const char *act_arg(const struct act *a, const char *name); /* "" when not given */
int64_t act_arg_int(const struct act *a, const char *name, int64_t fallback);
bool act_arg_bool(const struct act *a, const char *name);
/* A call that reads or does: the words are copied. */
struct act_call *act_command(struct act *a, act_calls *to, const char *const *argv);
struct act_call *act_script(struct act *a, act_calls *to, const char *script,
                            const char *const *argv);
/* sudo -n in front, when the arguments ask for it. */
struct act_call *act_do(struct act *a, const char *const *argv);
const char *act_shown(struct act *a,
                      const struct act_call *c); /* for people, quoted where needed */
/* The n-th answer of the reads: "key value" lines of our scripts. NULL: no such line. */
const char *act_read_line(struct act *a, size_t call, const char *key);
int64_t act_read_int(struct act *a, size_t call, const char *key, int64_t fallback);
/* The reading failed, or its script said "error WHY". */
enum err_code act_read_failed(struct act *a, size_t call, struct err *err);
/* {"name":value,...} of pairs; a value is a string. Ends with NULL. A fact whose name begins with ~
 * may change between showing and doing; all others have to stay as they are. */
const char *act_object(struct act *a, const char *name, ...) __attribute__((sentinel));
const char *act_fact(const struct act *a, const char *name);
int64_t act_fact_int(const struct act *a, const char *name, int64_t fallback);
const char *act_bytes(struct act *a, int64_t bytes); /* "1.2 GiB" */
const char *act_on(const struct act *a);             /* "on this machine", "on web-3" */
/* May this path be changed, by its spelling and by what it resolves to? */
enum err_code act_path_ok(const struct act *a, const char *path, struct err *err);
bool act_word_ok(const char *word); /* no control characters, no leading "-" */

#define ACT_HOST_PARAMS                                                                            \
    {"host", PARAM_STRING, false, "local", 0, 0, NULL, "The machine: local, or a name for ssh."},  \
    {                                                                                              \
        "sudo", PARAM_BOOL, false, "false", 0, 0, NULL,                                            \
            "Put sudo -n in front of what changes something."                                      \
    }

#define ACT_ROWS(X)                                                                                \
    X(act_process_signal)                                                                          \
    X(act_process_renice)                                                                          \
    X(act_supervised_restart)                                                                      \
    X(act_unit_restart)                                                                            \
    X(act_unit_reload)                                                                             \
    X(act_unit_start)                                                                              \
    X(act_unit_stop)                                                                               \
    X(act_unit_enable)                                                                             \
    X(act_unit_disable)                                                                            \
    X(act_log_truncate)                                                                            \
    X(act_log_rotate)                                                                              \
    X(act_log_restore)                                                                             \
    X(act_file_delete)                                                                             \
    X(act_mount_rw)                                                                                \
    X(act_mount_ro)                                                                                \
    X(act_swap_add)                                                                                \
    X(act_swap_remove)                                                                             \
    X(act_resolver_flush)                                                                          \
    X(act_cgroup_limit)                                                                            \
    X(act_command_run)                                                                             \
    X(act_silence_create)                                                                          \
    X(act_silence_expire)                                                                          \
    X(act_git_revert)

#define ACT_EXTERN(name) extern const struct act_def name;
ACT_ROWS(ACT_EXTERN)
#undef ACT_EXTERN

#endif

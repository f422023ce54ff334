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
    ACT_AWS,     /* an operation of AWS: `aws` */
};

/* Among the reads it is one of the definition's operations, among the calls one of its changes:
 * never the other way round. A change is sent once. */
struct act_aws {
    const char *service, *operation;
    const char *region;  /* never "" but for services without regions */
    const char *account; /* of services.yaml; "": the only one */
    const char *params;  /* a JSON object */
    const char *shown;   /* the same with its secrets masked; NULL: it has none */
    bool whole;          /* of a read: the answer itself, not the items that the definition names */
    const char *may_miss; /* of a read: the error that says that there is none: []; NULL */
    size_t most;          /* of a read: so many items are enough; 0: all */
    bool trial;           /* AWS only says whether it would be permitted */
    bool who;             /* whose keys they are; known once it was asked */
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
    bool sudo;               /* of a script: run it by sudo -n */
    int64_t pid, signo;
    uint64_t start;
    const char *method, *path, *body;
    struct act_aws aws;
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
    const char *account, *region; /* of a cloud; NULL: none */
    const struct op_tag *tags;
    size_t tag_count;
    const char *verb; /* what policy calls it, this time; NULL: as the row says */
    bool classified;  /* of a command: what the command parser says */
    struct operation command;
};

enum act_check {
    ACT_NOT_YET,
    ACT_HOLDS,
    ACT_FAILED,
    ACT_UNKNOWN, /* reading will not tell any more: `said` is what is known, and what not */
};

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
    const char *held_by;       /* verify(), with stay_ms: what holds it, such as a process */
    bool after;                /* it is read to be verified */
    bool undo;                 /* a person takes back by it what was done before */
    bool back;                 /* this takes back, by itself, what was not reached */
    bool unread;  /* verify(): what decides could not be read: that its time is over decides nothing
                   */
    bool others;  /* verify(): somebody else set it meanwhile: nothing is taken back by itself */
    bool refused; /* verify(): its calls are known to have failed */
    int64_t since_ms;   /* verify(): since the calls have ended */
    int64_t started_ms; /* verify(): wall clock, when that it starts was recorded */
    int64_t skew_ms;    /* AWS's clock minus ours, as its answers said */
    int64_t now_ms;     /* wall clock */
    const char *id;     /* the mutation's */
    int64_t proposed_ms;
    const char *answer; /* verify(): what the change was answered, 300 bytes of it; "": not known */
    bool ended_well;    /* verify(): its calls are known to have ended with status 0 */
    const char *by;     /* the person, for what records an author */
    const char *why;
};

struct act_def {
    const char *name; /* "host.process.signal": provider, service, verb */
    const char *help, *undo;
    const char *resource_type;
    const struct tool_param *params;
    enum risk floor;
    const char *const *uses; /* of AWS: "ec2:StopInstances", all that it asks and changes */
    const char *risk;        /* what policy calls it: "aws.ec2.stop-instances"; NULL: its name */
    int64_t verify_ms;       /* how long what is to be reached may take */
    int64_t stay_ms;         /* and how long it has to stay, then */
    int64_t look_ms;         /* between two looks, at the most; 0: 500 */
    /* Which calls read the resource. */
    enum err_code (*read)(struct act *a, struct err *err);
    /* From the answers so far: what else has to be read; again until it adds nothing. NULL: none.
     */
    void (*more)(struct act *a);
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
/* The same with a constant script: it does what is to be done. */
struct act_call *act_do_script(struct act *a, const char *script, const char *const *argv);
/* In quotes where a shell, or act_parse_line(), would read it otherwise. */
void act_quote(struct buf *out, const char *word);
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
/* A working copy goes by the name of its top. What a link leads to is asked of the same rules. */
enum err_code act_top_ok(struct act *a, const char *repo, struct err *err);
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
    X(act_git_revert)                                                                              \
    X(act_git_checkout)                                                                            \
    X(act_ec2_start)                                                                               \
    X(act_ec2_stop)                                                                                \
    X(act_ec2_reboot)                                                                              \
    X(act_ec2_terminate)                                                                           \
    X(act_ec2_revoke_rule)                                                                         \
    X(act_ec2_authorize_rule)                                                                      \
    X(act_ecs_scale)                                                                               \
    X(act_ecs_redeploy)                                                                            \
    X(act_ecs_rollback)                                                                            \
    X(act_rds_reboot)                                                                              \
    X(act_rds_failover)                                                                            \
    X(act_rds_start)                                                                               \
    X(act_rds_stop)                                                                                \
    X(act_lambda_configure)                                                                        \
    X(act_lambda_invoke)                                                                           \
    X(act_lambda_concurrency)                                                                      \
    X(act_lambda_alias)                                                                            \
    X(act_autoscaling_capacity)                                                                    \
    X(act_elb_deregister)                                                                          \
    X(act_elb_register)                                                                            \
    X(act_ssm_run)                                                                                 \
    X(act_s3_block)                                                                                \
    X(act_stack_cancel)                                                                            \
    X(act_stack_continue)                                                                          \
    X(act_stack_rollback)                                                                          \
    X(act_cache_failover)                                                                          \
    X(act_dynamodb_capacity)                                                                       \
    X(act_route53_weight)                                                                          \
    X(act_rds_public)                                                                              \
    X(act_rds_sharing)                                                                             \
    X(act_ec2_snapshot_sharing)                                                                    \
    X(act_ec2_image_sharing)                                                                       \
    X(act_ec2_encryption)                                                                          \
    X(act_s3_encryption)                                                                           \
    X(act_s3_account_block)

#define ACT_EXTERN(name) extern const struct act_def name;
ACT_ROWS(ACT_EXTERN)
#undef ACT_EXTERN

#endif

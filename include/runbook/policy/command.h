/* command.h - what a user types as a command: one line to an argument vector, without a shell.
 * The grammar is smaller than any shell's, on purpose: words split at blanks; '...' is literal;
 * "..." is literal but for \" and \\; a backslash outside quotes takes the next character as it is.
 * Everything else that a shell would act on (pipes, lists, redirections, substitutions, globs,
 * braces, assignments, comments, history), control characters and characters that look like others
 * are refused, with the column and the reason. What starts another program (sudo, env, nice,
 * timeout ...) is unfolded to the program that really runs. Pure. */
#ifndef RUNBOOK_POLICY_COMMAND_H
#define RUNBOOK_POLICY_COMMAND_H

#include "runbook/base/arena.h"
#include "runbook/policy/operation.h"

#define COMMAND_LINE_MAX 4096
#define COMMAND_WORDS_MAX 256

/* How strict: each level refuses all that the one before it refuses, and more (T-11).
 * low: also programs that no list knows, at high risk; medium: programs that are known, and those
 * that policy.yaml allows; high: known programs alone, and never as another user; critical: of
 * these what only reads. An option that the table does not know is refused at every level, and so
 * is what is on the deny list. */
enum command_level { COMMAND_LOW, COMMAND_MEDIUM, COMMAND_HIGH, COMMAND_CRITICAL };
#define COMMAND_LEVELS (COMMAND_CRITICAL + 1)
const char *command_level_name(enum command_level l);
bool command_level_from_name(struct str name, enum command_level *ret);

struct command_limits {
    enum command_level level;
    const char *const *allow; /* further programs, "kubectl get"; each ends with NULL; NULL: none */
    const char *const *deny;  /* programs that are never run */
    const char *const *ssm_documents; /* of AWS that may be run on machines; NULL: none */
    const char *const *path_allow;    /* when there is one: only below these */
    const char *const *path_deny;     /* beside the built-in ones */
};

struct command_problem {
    size_t column;    /* in characters, from 1; 0: the whole */
    const char *rule; /* "pipe", "redirection", "program" ...; static */
    char reason[200];
};

struct command {
    const char *const *argv; /* as typed, wrappers included; ends with NULL */
    size_t argc;
    const size_t *columns; /* where each word began */
    size_t first;          /* index of the program that really runs */
    const char *program;   /* its name without folders */
    unsigned flags;        /* OP_PRIVILEGED from the wrappers */
};

/* False: it is refused, and `ret_problem` says where and why. All is in `arena`. */
bool command_parse(struct arena *arena, struct str line, struct command *ret,
                   struct command_problem *ret_problem);

/* What it would do, as an operation (borrows `c`, all else in `arena`). False: refused at this
 * level, by a list or by a path. `cwd` is where relative paths start, an absolute path on the
 * target, or NULL: then only absolute paths are taken. */
bool command_operation(struct arena *arena, const struct command *c,
                       const struct command_limits *limits, const char *cwd, struct operation *ret,
                       struct command_problem *ret_problem);

/* May this path be read or changed? It is looked at as it is spelled; symbolic links are resolved
 * on the target by whoever runs it, who asks again with what they resolve to. False says why. */
bool command_path_ok(const struct command_limits *limits, const char *path, bool change,
                     const char **ret_why);
/* Absolute, without ".", ".." and doubled slashes. False: it climbs above the root, or it is
 * relative and `cwd` is NULL. Appends. */
bool command_path_clean(struct buf *out, const char *path, const char *cwd);

#endif

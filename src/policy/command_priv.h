/* command_priv.h - what the files of the command parser share. */
#ifndef RUNBOOK_SRC_POLICY_COMMAND_PRIV_H
#define RUNBOOK_SRC_POLICY_COMMAND_PRIV_H

#include "runbook/policy/command.h"

/* Fills the problem; always false. `word` is an index into c->argv, SIZE_MAX: the whole. */
bool command_refuse(struct command_problem *p, size_t column, const char *rule, const char *fmt,
                    ...) __attribute__((format(printf, 4, 5)));
size_t command_column(const struct command *c, size_t word);

/* Find the program that really runs: c->first, c->program, c->flags. */
bool command_unwrap(struct command *c, struct command_problem *p);

/* Is this, in any case, a program that starts others? */
bool command_starts_others(const char *name);

/* The name without folders, as the table knows it; refuses what is no plain name. */
bool command_program_name(const struct command *c, size_t word, const char **ret,
                          struct command_problem *p);

/* A form of a program that is known.
 * `options`: words such as "-l", "-n=d", "--since=t", "-#" (a dash and a number), each with marks
 * behind it: ! forced, ^ recursive, @ everything, ~ without a safeguard. `operands`: a letter for
 * each word, the last one with * (any number) or + (at least one) or ? (may be missing) behind it.
 * Letters, of both: p a path that is read, c a path that is changed, u a unit, n a process, d a
 * number, h a host, k a name of a setting, r a kind of Kubernetes, b letters of ps, m a remount, t
 * any text. */
struct command_row {
    const char *program, *sub; /* sub: the words that must follow, "addr show"; "": none */
    const char *service, *verb, *type;
    const char *options, *operands;
    bool reversible;
};
extern const struct command_row command_rows[]; /* ends with a NULL program */

#define COMMAND_SUB_WORDS_MAX 2
/* A command while it is looked at. */
struct command_use {
    struct arena *arena;
    const struct command *c;
    const struct command_limits *limits;
    const char *cwd;
    struct command_problem *problem;
    const struct command_row *row;
    size_t sub_at[COMMAND_SUB_WORDS_MAX], sub_count; /* words that were the sub-command */
    size_t words[COMMAND_WORDS_MAX];                 /* operands, as indexes into argv */
    size_t word_count;
    unsigned flags;
    const char *paths[COMMAND_WORDS_MAX];
    size_t path_count;
    const char *names[COMMAND_WORDS_MAX]; /* what it is about */
    size_t name_count;
    bool secret;
};

/* The row of the table that fits; false: none, and *ret_program says whether the program is known.
 */
bool command_find_form(struct command_use *u, bool *ret_program);
/* Look at every option and word by that row. */
bool command_read_form(struct command_use *u);
bool command_take_path(struct command_use *u, size_t at, const char *word, bool change);

/* The AWS client: fills provider, service, verb and what it is about. */
bool command_aws(struct command_use *u, struct operation *ret);

/* Why a program is run at no level, or NULL. */
const char *command_denied(const char *program, const char **ret_rule);

#endif

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

/* The name without folders, as the table knows it; refuses what is no plain name. */
bool command_program_name(const struct command *c, size_t word, const char **ret,
                          struct command_problem *p);

#endif

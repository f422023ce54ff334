/* slash.h - the commands that are written in the input line: one const table from which parsing,
 * completion, help, palette and man page come. A command whose feature does not exist has no row.
 */
#ifndef RUNBOOK_UI_SLASH_H
#define RUNBOOK_UI_SLASH_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

enum slash_id {
    SLASH_ACCOUNTS,
    SLASH_SETUP,
    SLASH_INVESTIGATE,
    SLASH_ASK,
    SLASH_MODEL,
    SLASH_COMPACT,
    SLASH_SECRETS,
    SLASH_RENAME,
    SLASH_FORGET,
    SLASH_NEVER,
    SLASH_RESOURCES,
    SLASH_EXPORT,
    SLASH_RESUME,
    SLASH_SKILLS,
    SLASH_PROCEDURES,
    SLASH_SKILL,
    SLASH_THEME,
    SLASH_KEYS,
    SLASH_CONTEXT,
    SLASH_COST,
    SLASH_HELP,
    SLASH_PLAN,
    SLASH_QUIT,
    SLASHES
};

/* What an argument is, for its check and its completion. */
enum slash_arg {
    SLASH_ARG_NONE,
    SLASH_ARG_TEXT, /* the rest of the line */
    SLASH_ARG_RESOURCE,
    SLASH_ARG_FORMAT,
    SLASH_ARG_FILE,
    SLASH_ARG_SESSION,
    SLASH_ARG_THEME,
    SLASH_ARG_COMMAND,
    SLASH_ARG_MODEL,
};

#define SLASH_ARGS 2

struct slash_def {
    enum slash_id id;
    const char *name;  /* without the slash */
    const char *usage; /* "[FORMAT] [FILE]", "" for none */
    const char *help;  /* a sentence without its full stop */
    enum slash_arg args[SLASH_ARGS];
    bool needs; /* the first argument must be there */
};

struct slash_call {
    const struct slash_def *def;
    struct str args[SLASH_ARGS]; /* trimmed; empty when not given */
};

extern const struct slash_def slash_table[SLASHES]; /* by name */
extern const char *const slash_formats[];           /* "html" ..., NULL at the end */

const struct slash_def *slash_find(struct str name); /* NULL: unknown */
/* Is this line meant as a command? It begins with a slash and a word without another one; a
 * question about "/var/log" is none. */
bool slash_is_command(struct str line);
/* ERR_INPUT says what is wrong, and what was probably meant. The arguments point into `line`. */
enum err_code slash_parse(struct str line, struct slash_call *ret, struct err *err);
/* Which argument stands at `at` (0 ...), and where it begins; SLASH_ARG_NONE: there is none. */
enum slash_arg slash_arg_at(struct str line, size_t at, size_t *ret_begin);

#endif

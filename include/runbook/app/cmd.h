/* cmd.h - commands and options as const tables.
 * One row says all: parsing, --help, shell completion, the man page and "did you mean" are made
 * from it. A command is a row in a file of its own, listed once in src/app/commands.c. To add one:
 * define `const struct cmd_def cmd_x` in src/app/cmd_x.c, declare it in src/app/commands.h and list
 * it. Options may stand anywhere on the line, also before the command; "--" ends them. */
#ifndef RUNBOOK_APP_CMD_H
#define RUNBOOK_APP_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

/* What a value is: checked while parsing, and what a shell completes. */
enum arg_kind {
    ARG_NONE, /* a flag */
    ARG_TEXT,
    ARG_INT,    /* min ... max of the row */
    ARG_NUMBER, /* the same with a fraction */
    ARG_CHOICE, /* one of `choices` */
    ARG_FILE,
    ARG_DIR,
    ARG_URL,      /* http:// or https:// */
    ARG_DURATION, /* 90s, 15m, 2h30m */
    ARG_TIME,     /* RFC 3339 or a Unix time */
    ARG_WHEN,     /* a time, or a duration that means "so long ago" */
    ARG_HOST,     /* a machine: "local" or what ssh understands */
    ARG_SESSION,  /* the id of an investigation */
    ARG_KEY,      /* a configuration key */
    ARG_SKILL,    /* the id of a skill */
    ARG_COMMAND,  /* the name of a command */
};

struct opt_def {
    const char *name; /* long name without the dashes */
    char letter;      /* 0: none */
    enum arg_kind kind;
    bool repeat;                /* may be given more than once */
    const char *value;          /* what the help calls the value: "URL"; NULL for a flag */
    const char *env;            /* environment variable that stands in for the option; NULL: none */
    double min, max;            /* INT and NUMBER, when max > min */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *help;           /* a sentence */
};

struct pos_def {
    const char *name; /* "TEXT" */
    enum arg_kind kind;
    bool required;
    bool repeat; /* takes all that are left; only the last row */
    const char *const *choices;
    const char *help;
};

struct app;
struct cmd_args;

struct cmd_def {
    const char *name;
    const char *help;                  /* a sentence */
    const char *details;               /* paragraphs for --help and the man page; NULL: none */
    const struct opt_def *opts;        /* ends with a NULL name; NULL: none */
    const struct pos_def *pos;         /* the same */
    const struct cmd_def *const *subs; /* NULL-terminated; NULL: none */
    /* Returns an exit code. NULL: a sub-command must be named. */
    int (*run)(struct app *app, const struct cmd_args *args);
    const char *examples; /* command lines, one a line; NULL: none */
    bool hidden;          /* not in help, completion and the man page */
};

/* Exit codes, the same for every command. Source: DESIGN 5. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,    /* the command line, the configuration or an input file is wrong */
    EXIT_NO_CAUSE = 3, /* investigated, no root cause above the threshold */
    EXIT_APPROVAL = 4, /* an approval is needed, or was rejected */
    EXIT_REFUSED = 5,  /* refused by policy */
    EXIT_INTERRUPTED = 130,
};

extern const struct cmd_def cmd_root;      /* the program: its subs are the commands */
extern const struct opt_def global_opts[]; /* known to every command */

/* What a command line says. Borrows argv and the environment. */
struct cmd_args *cmd_args_new(const struct cmd_def *root, const struct opt_def *globals);
void cmd_args_free(struct cmd_args *a); /* NULL is fine */
/* ERR_INPUT names the option or argument and the nearest known one; args_cmd() is then the command
 * as far as it was understood. --help and --version end parsing: what follows is not looked at. */
enum err_code cmd_args_parse(struct cmd_args *a, int argc, char *const *argv, struct err *err);

const struct cmd_def *args_cmd(const struct cmd_args *a);
const char *args_cmd_path(const struct cmd_args *a); /* "config get"; "" for the root */
/* Options by long name; asking for one that the command does not have is a bug. An option that was
 * not given takes its environment variable. */
bool args_has(const struct cmd_args *a, const char *name);        /* of a flag: is it on? */
const char *args_get(const struct cmd_args *a, const char *name); /* NULL: not given */
size_t args_count(const struct cmd_args *a, const char *name);
const char *args_at(const struct cmd_args *a, const char *name, size_t index);
int64_t args_int(const struct cmd_args *a, const char *name, int64_t fallback);
double args_number(const struct cmd_args *a, const char *name, double fallback);
int64_t args_duration_ms(const struct cmd_args *a, const char *name, int64_t fallback_ms);
/* TIME and WHEN: Unix milliseconds; a duration counts back from `now_ms`. */
int64_t args_time_ms(const struct cmd_args *a, const char *name, int64_t now_ms,
                     int64_t fallback_ms);
size_t args_pos_count(const struct cmd_args *a);
const char *args_pos(const struct cmd_args *a, size_t index); /* NULL beyond the end */
/* All positional arguments joined by blanks, so that a sentence needs no quotes. Appends. */
void args_pos_text(const struct cmd_args *a, size_t from, struct buf *out);

/* The nearest of `names` (at most a third of the letters differ), or NULL. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

/* The --help text, wrapped to `width` cells. `path` as args_cmd_path(). */
void cmd_help_text(const struct cmd_def *c, const char *path, const struct opt_def *globals,
                   int width, struct buf *out);
/* One line: "runbook config get [options] KEY". */
void cmd_usage_line(const struct cmd_def *c, const char *path, struct buf *out);
/* Completion scripts: shell is bash, zsh or fish. */
void cmd_completion(const struct cmd_def *root, const struct opt_def *globals, const char *shell,
                    struct buf *out);
/* The man page's sections COMMANDS and OPTIONS, in mdoc. */
void cmd_man(const struct cmd_def *root, const struct opt_def *globals, struct buf *out);

#endif

/* app.h - what every command works with. Made in main; everything beyond the command line is read
 * on first use, so that a command pays only for what it needs (--version reads nothing at all). */
#ifndef RUNBOOK_APP_APP_H
#define RUNBOOK_APP_APP_H

#include "runbook/app/cmd.h"
#include "runbook/base/clock.h"
#include "runbook/base/rng.h"

struct config; /* app/config.h */

struct app {
    struct clock *clock;
    const struct cmd_args *args;
    bool json, plain; /* --json, --plain */
    bool events;      /* a command with --events: it tells how far it is, a JSON object a line */
    bool ascii;       /* --ascii, or the locale is not UTF-8 */
    bool color;       /* colours are wanted: no --no-color, no NO_COLOR, TERM is not dumb */
    bool no_alt_screen, slow;
    bool recovered;    /* mutations that were cut off were looked for */
    const char *theme; /* --theme; NULL: the configuration's */
    /* Behind the functions below: */
    struct config *config_;
    struct rng rng_;
    bool rng_ready_;
    char *state_dir_;
};

void app_init(struct app *app, const struct cmd_args *args);
void app_release(struct app *app);

/* The configuration, read once. Warnings (an unknown key, a world-readable secret) go to stderr the
 * first time. ERR_INPUT names file, line and column; ERR_NOT_FOUND only for a file named by
 * --config. */
enum err_code app_config(struct app *app, const struct config **ret, struct err *err);
/* Where sessions, journals and blobs are: --state-dir, RUNBOOK_STATE_DIR, the configuration's
 * state_dir, the project's .runbook, the XDG state folder. It is not made here. */
enum err_code app_state_dir(struct app *app, const char **ret, struct err *err);
struct rng *app_rng(struct app *app); /* seeded by the system on first use */

/* stdin and stdout are a terminal that can be talked to: prompts and the screen are possible. */
/* --plain, the configuration's ui.plain, or a terminal that can only write lines. */
bool app_plain(struct app *app);
/* May what is printed have colours? In plain text only when --color asks for them. */
bool app_text_color(const struct app *app);
bool app_interactive(const struct app *app);
/* Columns of the terminal on stdout, else 100. */
int app_width(void);

/* Run another command as if it had been typed with the same global options; returns its exit code.
 */
int app_run_command(struct app *app, const char *name);

/* Print "runbook: <message>" and return the exit code that fits: malformed input (ERR_INPUT) is
 * EXIT_USAGE, all else EXIT_FAILED. */
int app_fail(const struct err *err);
/* Print "runbook <command>: <message>" and where help is; returns EXIT_USAGE. */
int app_usage(const struct cmd_args *args, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Write to stdout; a closed pipe ends quietly, another error is reported. Returns an exit code. */
int app_print(struct str text);

#endif

/* app.c - what commands share, made on first use. */
#include "runbook/app/app.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"

static bool term_is_dumb(void)
{
    const char *term = getenv("TERM");

    return !term || !*term || strcmp(term, "dumb") == 0;
}

void app_init(struct app *app, const struct cmd_args *args)
{
    setlocale(LC_CTYPE, "");
    *app = (struct app){.clock = clock_system(), .args = args};
    app->json = args_has(args, "json");
    app->plain = args_has(args, "plain");
    app->ascii = args_has(args, "ascii") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    app->color = !args_has(args, "no-color") && !term_is_dumb();
    app->no_alt_screen = args_has(args, "no-alt-screen");
    app->slow = args_has(args, "slow");
    app->theme = args_get(args, "theme");
}

void app_release(struct app *app)
{
    free(app->state_dir_);
    app->state_dir_ = NULL;
    config_free(app->config_);
    app->config_ = NULL;
}

struct rng *app_rng(struct app *app)
{
    if (!app->rng_ready_)
        rng_seed_system(&app->rng_);
    app->rng_ready_ = true;
    return &app->rng_;
}

enum err_code app_state_dir(struct app *app, const char **ret, struct err *err)
{
    const char *given = args_get(app->args, "state-dir");
    const struct config *c;

    if (!app->state_dir_ && given)
        app->state_dir_ = path_expand_home(given);
    if (!app->state_dir_) {
        if (app_config(app, &c, err))
            return err->code;
        if (*config_str(c, "state_dir"))
            app->state_dir_ = path_expand_home(config_str(c, "state_dir"));
    }
    if (!app->state_dir_)
        app->state_dir_ = path_find_project(".");
    if (!app->state_dir_)
        app->state_dir_ = path_state_home();
    if (!app->state_dir_)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no home folder to keep state in; give --state-dir DIR");
    *ret = app->state_dir_;
    return ERR_OK;
}

bool app_interactive(const struct app *app)
{
    return !app->json && !app->plain && !term_is_dumb() && isatty(STDIN_FILENO) &&
           isatty(STDOUT_FILENO);
}

bool app_plain(struct app *app)
{
    const struct config *c;
    struct err err;

    /* Reads the configuration; what is wrong with it is said by who needs more of it. */
    if (!app->json && !app->plain && app_config(app, &c, &err))
        return false;
    return app->plain ||
           (!app->json && term_is_dumb() && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
}

bool app_text_color(const struct app *app)
{
    return args_has(app->args, "color") || (!app->plain && app->color && isatty(STDOUT_FILENO));
}

int app_width(void)
{
    struct winsize ws;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 20)
        return ws.ws_col;
    return 100;
}

/* A message can quote a file name or an answer from outside. */
static void put_safe(const char *prefix, const char *msg)
{
    struct buf line = BUF_INIT(16384);

    text_sanitize(&line, str_from(msg), true, false);
    fprintf(stderr, "%s: %s\n", prefix, buf_cstr(&line));
    buf_release(&line);
}

int app_fail(const struct err *err)
{
    put_safe("runbook", err->msg);
    return err->code == ERR_INPUT ? EXIT_USAGE : EXIT_FAILED;
}

int app_usage(const struct cmd_args *args, const char *fmt, ...)
{
    const char *path = args_cmd_path(args);
    char prefix[160];
    va_list ap;
    char *msg;

    va_start(ap, fmt);
    msg = xvasprintf(fmt, ap);
    va_end(ap);
    snprintf(prefix, sizeof(prefix), "runbook%s%s", *path ? " " : "", path);
    put_safe(prefix, msg);
    fprintf(stderr, "Try '%s --help'.\n", prefix);
    free(msg);
    return EXIT_USAGE;
}

int app_print(struct str text)
{
    struct err err;

    fflush(stdout);
    if (fd_write_all(STDOUT_FILENO, text, &err) == ERR_OK)
        return EXIT_DONE;
    if (errno == EPIPE)
        return EXIT_DONE;
    err_wrap(&err, "write to stdout");
    return app_fail(&err);
}

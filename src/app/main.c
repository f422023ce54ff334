/* main.c - a command line to a command. Nothing is read or initialised here that --version and
 * --help do not need. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/path.h"
#include "src/app/commands.h"

static enum err_code open_trace(struct app *app, struct err *err)
{
    const char *areas = args_get(app->args, "trace");
    const char *file = args_get(app->args, "trace-file");
    const char *dir;
    char *path;
    enum err_code rc;

    if (!areas)
        return ERR_OK;
    if (file)
        return log_open(areas, file, err);
    rc = app_state_dir(app, &dir, err);
    if (rc || (rc = dir_make(dir, err)))
        return rc;
    path = path_join(dir, "runbook-trace.log");
    rc = log_open(areas, path, err);
    free(path);
    return rc;
}

static int run(const struct cmd_args *args)
{
    const struct cmd_def *c = args_cmd(args);
    struct app app;
    struct err err;
    int rc;

    app_init(&app, args);
    if (app.json && app.plain)
        rc = app_usage(args, "--json and --plain exclude each other");
    else if (open_trace(&app, &err))
        rc = app_fail(&err);
    else
        rc = c->run(&app, args);
    app_release(&app);
    log_close();
    return rc;
}

static int show_help(const struct cmd_args *args)
{
    struct buf out = BUF_INIT(1 << 20);
    int width = app_width();
    int rc;

    cmd_help_text(args_cmd(args), args_cmd_path(args), global_opts, width < 100 ? width : 100,
                  &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* A result of some megabytes that is freed goes back to the system: otherwise glibc raises this
 * limit with each, and what workers take from arenas of their own stays there. A hundred results of
 * 5 MB: 32 MB at most instead of 78. */
static void keep_memory_small(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

int main(int argc, char **argv)
{
    struct cmd_args *args = cmd_args_new(&cmd_root, global_opts);
    struct err err;
    int rc;

    keep_memory_small();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(), not the end of the program */
    signal(SIGXFSZ, SIG_IGN); /* the same for a file beyond the size limit (ulimit -f) */
    if (cmd_args_parse(args, argc, argv, &err))
        rc = app_usage(args, "%s", err.msg);
    else if (args_has(args, "version"))
        rc = app_print(STR_LIT("runbook " PACKAGE_VERSION "\n"));
    else if (args_has(args, "help"))
        rc = show_help(args);
    else
        rc = run(args);
    cmd_args_free(args);
#ifdef RB_FAULT_INJECTION
    if (getenv("RUNBOOK_FAULT_REPORT"))
        fault_report(getenv("RUNBOOK_FAULT_REPORT"));
#endif
    return rc;
}

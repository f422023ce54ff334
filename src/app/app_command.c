/* app_command.c - one command run from inside another, with the same global options. */
#include "src/app/commands.h"

int app_run_command(struct app *app, const char *name)
{
    const char *config = args_get(app->args, "config");
    const char *state_dir = args_get(app->args, "state-dir");
    struct cmd_args *args = cmd_args_new(&cmd_root, global_opts);
    union {
        const char *given[7];
        char *argv[7];
    } line = {.given = {"runbook"}};
    int argc = 1, rc;
    struct app inner;
    struct err err;

    if (config) {
        line.given[argc++] = "--config";
        line.given[argc++] = config;
    }
    if (state_dir) {
        line.given[argc++] = "--state-dir";
        line.given[argc++] = state_dir;
    }
    line.given[argc++] = name;
    if (cmd_args_parse(args, argc, line.argv, &err)) {
        rc = app_fail(&err);
    } else {
        app_init(&inner, args);
        rc = args_cmd(args)->run(&inner, args);
        app_release(&inner);
    }
    cmd_args_free(args);
    return rc;
}

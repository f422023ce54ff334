/* app_config.c - the configuration, read when the first command asks for it. */
#include "runbook/app/app.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/app/config.h"
#include "src/app/commands.h"

enum err_code app_config(struct app *app, const struct config **ret, struct err *err)
{
    if (!app->config_) {
        if (config_load(args_get(app->args, "config"), ".", getenv, &app->config_, err))
            return err->code;
        for (size_t i = 0; i < config_problem_count(app->config_); i++)
            config_print_problem(app->config_, config_problem(app->config_, i), stderr);
        app->plain = app->plain || (config_bool(app->config_, "ui.plain") && !app->json);
        app->ascii = app->ascii || config_bool(app->config_, "ui.ascii");
    }
    *ret = app->config_;
    return ERR_OK;
}

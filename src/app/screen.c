/* screen.c - see screen.h. */
#include "src/app/screen.h"

#include <stdlib.h>

#include "runbook/app/config.h"
#include "runbook/base/path.h"

enum err_code screen_options(struct app *app, struct tui_options *ret, char **ret_keys,
                             struct err *err)
{
    const struct config *c;
    char *home;
    enum err_code rc = app_config(app, &c, err);

    if (rc)
        return rc;
    home = path_config_home();
    *ret_keys = home ? path_join(home, "keys.conf") : NULL;
    free(home);
    *ret = (struct tui_options){
        .theme = app->theme                  ? app->theme
                 : config_has(c, "ui.theme") ? config_str(c, "ui.theme")
                                             : NULL,
        .keymap_path = *ret_keys,
        .ascii = app->ascii,
        .no_color = !app->color,
        .mouse = config_bool(c, "ui.mouse"),
    };
    return ERR_OK;
}

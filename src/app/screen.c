/* screen.c - see screen.h. */
#include "src/app/screen.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

enum err_code screen_options(struct app *app, struct tui_options *ret,
                             struct screen_strings *strings, struct err *err)
{
    const struct config *c;
    const char *theme, *state;
    char *home;
    enum err_code rc = app_config(app, &c, err);

    *strings = (struct screen_strings){NULL, NULL, NULL};
    if (rc)
        return rc;
    theme = app->theme ? app->theme : config_has(c, "ui.theme") ? config_str(c, "ui.theme") : NULL;
    home = path_config_home();
    strings->keys = home ? path_join(home, "keys.conf") : NULL;
    strings->themes = home ? path_join(home, "themes") : NULL;
    strings->run = app_state_dir(app, &state, err) ? NULL : path_join(state, "run");
    free(home);
    *ret = (struct tui_options){
        .theme = theme,
        .theme_dirs = {strings->themes, RB_DATADIR "/themes"},
        .run_dir = strings->run,
        .keymap_path = strings->keys,
        .ascii = app->ascii,
        .no_color = !app->color,
        .mouse = config_bool(c, "ui.mouse"),
        .bell = config_bool(c, "ui.bell"),
        .notify = config_bool(c, "ui.notify"),
        .copy = config_str(c, "ui.copy"),
        .no_alt_screen = app->no_alt_screen || !config_bool(c, "ui.alt_screen"),
        .slow = app->slow || config_bool(c, "ui.slow"),
        .wide_ambiguous = config_int(c, "ui.ambiguous_width") == 2,
    };
    return ERR_OK;
}

void screen_strings_release(struct screen_strings *s)
{
    free(s->keys);
    free(s->themes);
    free(s->run);
}

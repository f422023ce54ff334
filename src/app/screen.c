/* screen.c - see screen.h. */
#include "src/app/screen.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

/* A theme of the user's own, then an installed one; NULL: a built-in name or a path. */
static char *theme_file(const char *home, const char *name)
{
    const char *const dirs[] = {home, RB_DATADIR};

    for (size_t i = 0; name && !strchr(name, '/') && i < 2; i++) {
        char *path = dirs[i] ? xasprintf("%s/themes/%s.theme", dirs[i], name) : NULL;

        if (path && file_exists(path))
            return path;
        free(path);
    }
    return NULL;
}

enum err_code screen_options(struct app *app, struct tui_options *ret,
                             struct screen_strings *strings, struct err *err)
{
    const struct config *c;
    const char *theme;
    char *home;
    enum err_code rc = app_config(app, &c, err);

    *strings = (struct screen_strings){NULL, NULL};
    if (rc)
        return rc;
    theme = app->theme ? app->theme : config_has(c, "ui.theme") ? config_str(c, "ui.theme") : NULL;
    home = path_config_home();
    strings->keys = home ? path_join(home, "keys.conf") : NULL;
    strings->theme = theme_file(home, theme);
    free(home);
    *ret = (struct tui_options){
        .theme = strings->theme ? strings->theme : theme,
        .keymap_path = strings->keys,
        .ascii = app->ascii,
        .no_color = !app->color,
        .mouse = config_bool(c, "ui.mouse"),
        .bell = config_bool(c, "ui.bell"),
    };
    return ERR_OK;
}

void screen_strings_release(struct screen_strings *s)
{
    free(s->keys);
    free(s->theme);
}

/* screen.c - see screen.h. */
#include "src/app/screen.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

/* What the screen remembers is in the state folder. A file that cannot be read is as good as none:
 * sizes of panes are not worth an error at the start or the end of a run. */
static char *state_path(struct app *app)
{
    const char *dir;
    struct err err;

    return app_state_dir(app, &dir, &err) ? NULL : path_join(dir, "screen.state");
}

static bool read_state(void *ctx, struct buf *ret)
{
    char *path = state_path(ctx);
    struct err err;
    bool there = path && file_exists(path) && !file_read(path, ret, &err);

    free(path);
    return there;
}

static void write_state(void *ctx, struct str text)
{
    char *path = state_path(ctx);
    struct err err;

    if (path && file_write_atomic(path, text, 0600, &err))
        LOG(LOG_APP, "the screen's state is not kept: %s", err.msg);
    free(path);
}

/* keys.yaml, else the keys.conf of earlier versions. */
static void find_keys(const char *home, struct screen_strings *strings)
{
    char *yaml = home ? path_join(home, "keys.yaml") : NULL;
    char *conf = home ? path_join(home, "keys.conf") : NULL;
    bool has_yaml = yaml && file_exists(yaml), has_conf = conf && file_exists(conf);

    if (has_yaml && has_conf)
        strings->notice = xasprintf("%s is read; the older keys.conf beside it is not", yaml);
    strings->keys = has_yaml || !has_conf ? yaml : conf;
    free(strings->keys == yaml ? conf : yaml);
}

enum err_code screen_options(struct app *app, struct tui_options *ret,
                             struct screen_strings *strings, struct err *err)
{
    const struct config *c;
    const char *theme, *state;
    char *home;
    enum err_code rc = app_config(app, &c, err);

    *strings = (struct screen_strings){NULL, NULL, NULL, NULL};
    if (rc)
        return rc;
    theme = app->theme ? app->theme : config_has(c, "ui.theme") ? config_str(c, "ui.theme") : NULL;
    home = path_config_home();
    find_keys(home, strings);
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
        .state = {app, read_state, write_state},
        .bell = config_bool(c, "ui.bell"),
        .notify = config_bool(c, "ui.notify"),
        .copy = config_str(c, "ui.copy"),
        .no_alt_screen = app->no_alt_screen || !config_bool(c, "ui.alt_screen"),
        .slow = app->slow || config_bool(c, "ui.slow"),
        .wide_ambiguous = config_int(c, "ui.ambiguous_width") == 2,
        .vi = strcmp(config_str(c, "ui.edit_mode"), "vi") == 0,
    };
    return ERR_OK;
}

void screen_strings_release(struct screen_strings *s)
{
    free(s->keys);
    free(s->themes);
    free(s->run);
    free(s->notice);
}

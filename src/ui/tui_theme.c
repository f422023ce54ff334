/* tui_theme.c - which theme is used: by name or file, changed while it runs, followed while its
 * file is edited. A file that does not parse changes nothing, and its line and problem are said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "src/ui/tui_priv.h"

#define SETTLE_MS 60 /* an editor writes in several steps */

/* A theme of the user's own stands before a built-in one of the same name. */
static char *find_file(const struct tui *t, const char *name)
{
    if (strchr(name, '/') || str_ends(str_from(name), ".theme"))
        return xstrdup(name);
    for (size_t i = 0; i < TUI_THEME_DIRS; i++) {
        char *path = t->theme_dirs[i] ? xasprintf("%s/%s.theme", t->theme_dirs[i], name) : NULL;

        if (path && file_exists(path))
            return path;
        free(path);
    }
    return NULL;
}

static void use(struct tui *t, const struct theme *theme)
{
    t->theme = *theme;
    if (!t->tty)
        return;
    tty_set_theme(t->tty, theme);
    tui_dirty(t, DIRTY_ALL);
}

static void on_settled_file(void *ctx)
{
    struct tui *t = ctx;
    struct theme theme;
    struct err err = ERR_INIT;

    t->theme_timer = 0;
    if (!t->theme_file || !file_exists(t->theme_file))
        return; /* replaced this very moment, or deleted: what is shown stays */
    if (theme_load(&theme, t->theme_file, &err)) {
        tui_say(t, true, "%s", err.msg);
    } else {
        use(t, &theme);
        tui_say(t, false, "Theme %s read again", theme.name);
    }
    tui_paint_when_due(t);
}

static void on_changed(void *ctx)
{
    struct tui *t = ctx;

    if (t->theme_timer)
        loop_timer_cancel(t->loop, t->theme_timer);
    t->theme_timer = loop_timer(t->loop, SETTLE_MS, on_settled_file, t);
}

static void follow(struct tui *t, char *path)
{
    struct err err = ERR_INIT;

    file_watch_free(t->theme_watch);
    t->theme_watch = NULL;
    free(t->theme_file);
    t->theme_file = path;
    if (path) /* a folder that cannot be watched: the theme is used as it was read */
        file_watch_new(t->loop, path, on_changed, t, &t->theme_watch, &err);
}

enum err_code tui_theme(struct tui *t, const char *name, bool keep, struct err *err)
{
    char *path = find_file(t, name);
    struct theme theme;
    enum err_code rc = theme_load(&theme, path ? path : name, err);

    if (rc) {
        free(path);
        return rc;
    }
    use(t, &theme);
    if (keep) {
        snprintf(t->theme_name, sizeof(t->theme_name), "%s", name);
        follow(t, path);
        return ERR_OK;
    }
    free(path);
    return ERR_OK;
}

void tui_theme_restore(struct tui *t)
{
    struct err err = ERR_INIT;

    if (*t->theme_name)
        tui_theme(t, t->theme_name, false, &err);
}

void tui_on_background(struct tui *t, bool light)
{
    struct err err = ERR_INIT;

    if (light && t->ask_background)
        tui_theme(t, "light", true, &err);
    t->ask_background = false;
}

void tui_theme_drop(struct tui *t)
{
    file_watch_free(t->theme_watch);
    t->theme_watch = NULL;
    free(t->theme_file);
    t->theme_file = NULL;
    if (t->theme_timer)
        loop_timer_cancel(t->loop, t->theme_timer);
    t->theme_timer = 0;
}

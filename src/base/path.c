/* path.c - see path.h. */
#include "runbook/base/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/mem.h"

char *path_join(const char *dir, const char *name)
{
    size_t len = strlen(dir);

    while (len > 1 && dir[len - 1] == '/')
        len--;
    return xasprintf("%.*s%s%s", (int)len, dir, len == 1 && dir[0] == '/' ? "" : "/", name);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xstrdup(".");
    if (slash == path)
        return xstrdup("/");
    return xstrndup(path, (size_t)(slash - path));
}

char *path_find_project(const char *start)
{
    char *dir = realpath(start, NULL);

    while (dir) {
        char *here = path_join(dir, ".runbook"), *up;
        struct stat st;

        if (stat(here, &st) == 0 && S_ISDIR(st.st_mode) &&
            (st.st_uid == geteuid() || st.st_uid == 0)) {
            free(dir);
            return here;
        }
        free(here);
        if (strcmp(dir, "/") == 0)
            break;
        up = path_dir(dir);
        free(dir);
        dir = up;
    }
    free(dir);
    return NULL;
}

static char *xdg(const char *variable, const char *below_home)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    char *dir, *path;

    if (base && base[0] == '/') /* the specification: a relative value is ignored */
        return path_join(base, "runbook");
    if (!home || !*home)
        return NULL;
    dir = path_join(home, below_home);
    path = path_join(dir, "runbook");
    free(dir);
    return path;
}

char *path_config_home(void)
{
    return xdg("XDG_CONFIG_HOME", ".config");
}

char *path_state_home(void)
{
    return xdg("XDG_STATE_HOME", ".local/state");
}

char *path_expand_home(const char *path)
{
    const char *home = getenv("HOME");

    if (path[0] == '~' && (path[1] == '/' || !path[1]) && home && *home)
        return xasprintf("%s%s", home, path + 1);
    return xstrdup(path);
}

/* skill_open.c - see skill_open.h. */
#include "src/app/skill_open.h"

#include <stdlib.h>

#include "runbook/base/path.h"

static char *in_folder(char *dir)
{
    char *path = dir ? path_join(dir, "skills") : NULL;

    free(dir);
    return path;
}

const char *const *skill_folders(struct arena *a)
{
    char *user = in_folder(path_config_home()), *project = in_folder(path_find_project("."));
    const char **folders = arena_array(a, 3, sizeof(*folders));
    size_t n = 0;

    if (user)
        folders[n++] = arena_strdup(a, user);
    if (project)
        folders[n++] = arena_strdup(a, project);
    free(user);
    free(project);
    return folders;
}

struct skills *skill_open(const struct tool_env *env)
{
    struct arena *a = arena_new(0);
    struct skills *r = skills_open(skill_folders(a), env);

    arena_free(a);
    return r;
}

char *skill_home(void)
{
    char *path = in_folder(path_find_project("."));

    return path ? path : in_folder(path_config_home());
}

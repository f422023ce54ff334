/* procedure_find.c - see procedure_find.h. Journals are looked through, the newest first: a run is
 * gone on with soon after it stopped, so the first ones hold it. */
#include "src/app/procedure_find.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/vec.h"
#include "src/app/session_ref.h"

#define JOURNALS_MAX 500
#define JOURNAL_BYTES_MAX ((size_t)64 << 20)
#define RUN_LETTERS 7 /* r and six */

static bool is_run(const char *name)
{
    size_t n = 0;

    for (; name[n]; n++) {
        if (!islower((unsigned char)name[n]) && !isdigit((unsigned char)name[n]))
            return false;
    }
    return n == RUN_LETTERS && name[0] == 'r';
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

/* Names of sessions sort by time. */
static bool holds(const char *path, const char *needle)
{
    struct buf text = BUF_INIT(JOURNAL_BYTES_MAX);
    struct err err;
    bool found = !file_read(path, &text, &err) && str_find(buf_str(&text), str_from(needle)) >= 0;

    buf_release(&text);
    return found;
}

static char *session_of(const char *state_dir, const char *run)
{
    char *dir = path_join(state_dir, "scratchpad"), *found = NULL;
    char *id = xasprintf("\"run\":\"%s\"", run);
    VEC(char *) names = {0};
    DIR *d = opendir(dir);

    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (str_ends(str_from(e->d_name), ".jsonl"))
            *VEC_PUSH(&names) = xstrdup(e->d_name);
    }
    if (d)
        closedir(d);
    if (names.count)
        qsort(names.items, names.count, sizeof(*names.items), newest_first);
    for (size_t i = 0; i < names.count; i++) {
        char *path = path_join(dir, names.items[i]);

        if (!found && i < JOURNALS_MAX && holds(path, id))
            found = xstrndup(names.items[i], strlen(names.items[i]) - strlen(".jsonl"));
        free(path);
        free(names.items[i]);
    }
    VEC_RELEASE(&names);
    free(id);
    free(dir);
    return found;
}

enum err_code procedure_find_run(struct app *app, const char *name, char **ret_session,
                                 char **ret_run, struct err *err)
{
    struct session_ref ref;
    const char *dir;

    *ret_run = NULL;
    if (app_state_dir(app, &dir, err))
        return err->code;
    *ret_session = is_run(name) ? session_of(dir, name) : NULL;
    if (*ret_session) {
        *ret_run = xstrdup(name);
        return ERR_OK;
    }
    if (is_run(name))
        return err_set(err, ERR_NOT_FOUND, "there is no run '%s' in the sessions of %s", name, dir);
    if (session_ref_find(app, name, &ref, err))
        return err->code;
    if (ref.id)
        *ret_session = xstrdup(ref.id);
    session_ref_release(&ref);
    return *ret_session ? ERR_OK
                        : err_set(err, ERR_INPUT, "'%s' lies outside the state folder", name);
}

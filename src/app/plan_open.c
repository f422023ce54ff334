/* plan_open.c - see plan_open.h. A plan's file is named by its id, which is a hash of what it says,
 * so writing it twice writes the same. */
#include "src/app/plan_open.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define KEPT_MAX 10000

/* ---- playbooks ---- */

static char *below(char *dir)
{
    char *path = dir ? path_join(dir, "playbooks") : NULL;

    free(dir);
    if (path && !file_exists(path)) {
        free(path);
        path = NULL;
    }
    return path;
}

static char *find_folder(void)
{
    char *cwd = getcwd(NULL, 0), *found = cwd ? below(path_find_project(cwd)) : NULL;

    free(cwd);
    return found ? found : below(path_config_home());
}

enum err_code plan_open_playbooks(struct app *app, const char *dir, struct playbooks **ret,
                                  struct err *err)
{
    const struct config *c;
    enum err_code rc = app_config(app, &c, err);
    char *found = NULL;

    if (rc)
        return rc;
    if (!dir && *config_str(c, "playbooks.folder"))
        dir = config_str(c, "playbooks.folder");
    if (!dir)
        found = find_folder();
    else if (!file_exists(dir))
        return err_set(err, ERR_NOT_FOUND, "there is no folder %s", dir);
    rc = playbooks_load(dir ? dir : found, ret, err);
    free(found);
    return rc;
}

/* ---- plans ---- */

static void put_decision(struct json_writer *w, const struct plan_step *s,
                         const struct policy_decision *d)
{
    json_object_begin(w);
    json_put_cstr(w, "step_id", s->id);
    json_put_cstr(w, "decision", policy_act_name(d->act));
    json_put_cstr(w, "risk", risk_name(d->risk.risk));
    json_key(w, "rules");
    json_array_begin(w);
    for (size_t i = 0; i < d->count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "rule", d->fired[i].rule);
        json_put_cstr(w, "says", policy_act_name(d->fired[i].act));
        json_put_bool(w, "decided", d->fired[i].decided);
        json_put_cstr(w, "why", d->fired[i].why);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

void plan_document(const struct plan *p, const struct policy_decision *d, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.plan/1");
    json_key(&w, "intent");
    intent_json(p->of, &w);
    json_key(&w, "plan");
    plan_json(p, &w);
    if (d) {
        json_key(&w, "policy");
        json_array_begin(&w);
        for (size_t i = 0; i < p->step_count; i++)
            put_decision(&w, &p->steps[i], &d[i]);
        json_array_end(&w);
    }
    json_object_end(&w);
}

static char *kept_path(struct app *app, const char *id, struct err *err)
{
    const char *state;
    char *dir, *path, *name;

    for (const char *c = id; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-')) {
            err_set(err, ERR_INPUT, "'%.60s' is no id of a plan", id);
            return NULL;
        }
    }
    if (app_state_dir(app, &state, err))
        return NULL;
    dir = path_join(state, "plans");
    name = xasprintf("%s.json", id);
    path = path_join(dir, name);
    free(name);
    free(dir);
    return path;
}

enum err_code plan_keep(struct app *app, const struct plan *p, struct str document, struct err *err)
{
    char *path = kept_path(app, p->id, err), *dir;
    enum err_code rc;

    if (!path)
        return err->code;
    dir = path_dir(path);
    rc = dir_make(dir, err);
    if (!rc)
        rc = file_write_atomic(path, document, 0600, err);
    free(dir);
    free(path);
    return rc;
}

enum err_code plan_kept(struct app *app, const char *id, struct buf *out, struct err *err)
{
    char *path = kept_path(app, id, err);
    enum err_code rc;

    if (!path)
        return err->code;
    rc = file_read(path, out, err);
    if (rc == ERR_NOT_FOUND)
        rc = err_set(err, ERR_NOT_FOUND, "there is no plan %s: runbook plan list", id);
    free(path);
    return rc;
}

static int is_kept(const struct dirent *d)
{
    struct str name = str_from(d->d_name);

    return str_starts(name, "plan-") && str_ends(name, ".json");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

char **plan_list_kept(struct app *app, size_t *ret_count, struct err *err)
{
    const char *state;
    struct dirent **names;
    char *dir, **list;
    int n;

    *ret_count = 0;
    err_clear(err);
    if (app_state_dir(app, &state, err))
        return NULL;
    dir = path_join(state, "plans");
    n = scandir(dir, &names, is_kept, by_bytes);
    if (n < 0 && errno != ENOENT)
        err_errno(err, errno, "read %s", dir);
    free(dir);
    if (n < 0)
        return NULL;
    list = xcalloc((size_t)n + 1, sizeof(*list));
    for (int i = 0; i < n; i++) {
        if (*ret_count < KEPT_MAX)
            list[(*ret_count)++] = xstrndup(names[i]->d_name, strlen(names[i]->d_name) - 5);
        free(names[i]);
    }
    free(names);
    return list;
}

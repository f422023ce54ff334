/* config_load.c - which file is read, and what is said about the file itself. */
#include "src/app/config_priv.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

static char *in_folder(char *dir)
{
    static const char *const names[] = {"config.yaml", "config.yml"};

    for (size_t i = 0; dir && i < 2; i++) {
        char *path = path_join(dir, names[i]);

        if (file_exists(path)) {
            free(dir);
            return path;
        }
        free(path);
    }
    free(dir);
    return NULL;
}

char *config_find(const char *explicit_path, const char *start_dir)
{
    char *found;

    if (explicit_path)
        return path_expand_home(explicit_path);
    found = in_folder(path_find_project(start_dir));
    if (!found)
        found = in_folder(path_config_home());
    if (!found)
        found = in_folder(path_expand_home("~/.runbook"));
    return found;
}

char *config_new_path(const char *start_dir)
{
    char *dir = path_find_project(start_dir);
    char *path;

    if (!dir)
        dir = path_config_home();
    path = dir ? path_join(dir, "config.yaml") : NULL;
    free(dir);
    return path;
}

char *config_services_path(const char *file)
{
    char *dir = path_dir(file);
    char *path = path_join(dir, "services.yaml");

    free(dir);
    return path;
}

/* A secret that others can read is said, whoever asks. */
static void check_mode(struct config *c, const char *file)
{
    struct config_problem *p;
    struct stat st;

    if (!config_holds_secret(c) || stat(file, &st) || !(st.st_mode & 077))
        return;
    p = VEC_PUSH(&c->problems);
    p->text = arena_printf(
        c->arena, "the file holds a secret and others can read it (mode %03o); run: chmod 600 %s",
        (unsigned)(st.st_mode & 0777), file);
}

static enum err_code read_file(const struct config_schema *s, const char *file, config_env_fn *env,
                               struct config **ret, struct err *err)
{
    struct buf text = BUF_INIT(CONFIG_MAX_BYTES);
    enum err_code rc = file_read(file, &text, err);

    if (!rc)
        rc = config_parse(s, file, buf_str(&text), env, ret, err);
    if (!rc)
        check_mode(*ret, file);
    if (text.ptr)
        secret_wipe(text.ptr, text.len);
    buf_release(&text);
    return rc;
}

static enum err_code refuse_fatal(struct config *c, struct err *err)
{
    VEC_EACH (p, &c->problems) {
        if (!p->fatal)
            continue;
        if (p->line)
            return err_set(err, ERR_INPUT, "%s line %u column %u: %s", c->file, (unsigned)p->line,
                           (unsigned)p->col, p->text);
        return err_set(err, ERR_INPUT, "%s", p->text);
    }
    return ERR_OK;
}

static enum err_code load(const struct config_schema *s, char *file, config_env_fn *env,
                          struct config **ret, struct err *err)
{
    struct config *c = NULL;
    enum err_code rc;

    if (file)
        rc = read_file(s, file, env, &c, err);
    else
        rc = config_parse(s, NULL, (struct str){NULL, 0}, env, &c, err);
    free(file);
    if (!rc && refuse_fatal(c, err)) {
        rc = err->code;
        config_free(c);
    } else if (!rc) {
        *ret = c;
    }
    return rc;
}

enum err_code config_load(const char *explicit_path, const char *start_dir, config_env_fn *env,
                          struct config **ret, struct err *err)
{
    return load(&config_schema, config_find(explicit_path, start_dir), env, ret, err);
}

enum err_code config_check_file(const struct config_schema *s, const char *file, config_env_fn *env,
                                struct config **ret, struct err *err)
{
    return read_file(s, file, env, ret, err);
}

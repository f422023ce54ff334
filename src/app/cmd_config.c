/* cmd_config.c - "runbook config": get, set, list, validate. Secrets are shown masked, always. */
#include "src/app/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"

#define VALUE_MAX_BYTES 65536

static const struct opt_def services_opt[] = {
    {"services", 0, ARG_NONE, .help = "Work on services.yaml beside the configuration."},
    {NULL},
};

static const struct config_schema *schema_of(const struct cmd_args *args)
{
    return args_has(args, "services") ? &services_schema : &config_schema;
}

/* The file of the schema that would be read (or made); the caller frees. NULL and *err without one.
 */
static char *file_of(const struct cmd_args *args, bool make, struct err *err)
{
    char *file = config_find(args_get(args, "config"), ".");

    if (!file && make)
        file = config_new_path(".");
    if (!file) {
        err_set(err, ERR_NOT_FOUND, "there is no configuration file; 'runbook init' makes one");
    } else if (args_has(args, "services")) {
        char *services = config_services_path(file);

        free(file);
        file = services;
    }
    return file;
}

/* What to read for get and list: problems do not stop them, they are reported on stderr. */
static enum err_code open_config(const struct cmd_args *args, struct config **ret, struct err *err)
{
    const struct config_schema *s = schema_of(args);
    struct err none;
    char *file = file_of(args, false, &none);
    enum err_code rc;

    if (file && (file_exists(file) || args_get(args, "config")))
        rc = config_check_file(s, file, getenv, ret, err);
    else
        rc = config_parse(s, NULL, (struct str){NULL, 0}, getenv, ret, err);
    free(file);
    return rc;
}

void config_print_problem(const struct config *c, const struct config_problem *p, FILE *to)
{
    struct buf line = BUF_INIT(8192), safe = BUF_INIT(32768);

    if (p->line)
        buf_addf(&line, "%s:%u:%u: ", config_file(c), (unsigned)p->line, (unsigned)p->col);
    else if (config_file(c))
        buf_addf(&line, "%s: ", config_file(c));
    buf_addf(&line, "%s: %s", p->fatal ? "error" : "warning", p->text);
    text_sanitize(&safe, buf_str(&line), false, false);
    fprintf(to, "%s\n", buf_cstr(&safe));
    buf_release(&line);
    buf_release(&safe);
}

static void print_problems(const struct config *c, FILE *to)
{
    for (size_t i = 0; i < config_problem_count(c); i++)
        config_print_problem(c, config_problem(c, i), to);
}

/* ---- values ---- */

static void json_config_value(struct json_writer *w, const struct config *c, const char *path,
                              const struct config_key *key)
{
    struct buf shown = BUF_INIT(VALUE_MAX_BYTES);
    const char *text;

    config_show(c, path, &shown);
    text = buf_cstr(&shown);
    if (key->type == CONFIG_BOOL && *text)
        json_bool(w, config_bool(c, path));
    else if ((key->type == CONFIG_INT || key->type == CONFIG_NUMBER) && *text)
        json_number(w, config_num(c, path));
    else if (key->type == CONFIG_STRINGS) {
        json_array_begin(w);
        for (size_t i = 0; i < config_count(c, path); i++)
            json_cstring(w, config_item(c, path, i));
        json_array_end(w);
    } else if (*text)
        json_cstring(w, text);
    else
        json_null(w);
    buf_release(&shown);
}

static void json_entry(struct json_writer *w, const struct config *c, const char *path,
                       const struct config_key *key)
{
    struct buf origin = BUF_INIT(256);

    config_origin(c, path, &origin);
    json_object_begin(w);
    json_put_cstr(w, "key", path);
    json_key(w, "value");
    json_config_value(w, c, path, key);
    json_put_bool(w, "secret", key->type == CONFIG_SECRET || key->type == CONFIG_SECRET_MAP);
    json_put_cstr(w, "origin", buf_cstr(&origin));
    json_object_end(w);
    buf_release(&origin);
}

static int unknown_key(const struct cmd_args *args, const char *path)
{
    struct buf near = BUF_INIT(512);
    int rc;

    if (config_key_nearest(schema_of(args), path, &near))
        rc = app_usage(args, "there is no key '%s'; did you mean '%s'?", path, buf_cstr(&near));
    else
        rc = app_usage(args, "there is no key '%s'; 'runbook config list --all' shows every key",
                       path);
    buf_release(&near);
    return rc;
}

/* The canonical path of a key as typed. False: no row. */
static bool known_path(const struct cmd_args *args, const char *typed, struct buf *ret)
{
    const struct config_key *k = config_key_find(schema_of(args), typed);

    if (!k || (strstr(k->path, "[]") && strstr(typed, "[]")))
        return false;
    config_canonical(typed, ret);
    return true;
}

static int run_get(struct app *app, const struct cmd_args *args)
{
    struct buf path = BUF_INIT(1024), out = BUF_INIT(VALUE_MAX_BYTES);
    struct config *c;
    struct err err;
    int rc;

    if (!known_path(args, args_pos(args, 0), &path)) {
        buf_release(&path);
        return unknown_key(args, args_pos(args, 0));
    }
    if (open_config(args, &c, &err)) {
        buf_release(&path);
        return app_fail(&err);
    }
    print_problems(c, stderr);
    if (app->json) {
        struct json_writer w;

        json_writer_init(&w, &out);
        json_entry(&w, c, buf_cstr(&path), config_key_find(schema_of(args), buf_cstr(&path)));
    } else {
        config_show(c, buf_cstr(&path), &out);
    }
    buf_addc(&out, '\n');
    rc = app_print(buf_str(&out));
    config_free(c);
    buf_release(&out);
    buf_release(&path);
    return rc;
}

/* ---- list ---- */

struct listing {
    const struct config *c;
    struct buf *out;
    struct json_writer *w;
};

static void list_one(void *ctx, const char *path, const struct config_key *key)
{
    struct listing *l = ctx;
    struct buf value = BUF_INIT(VALUE_MAX_BYTES), origin = BUF_INIT(256),
               safe = BUF_INIT(VALUE_MAX_BYTES * 4);

    if (l->w) {
        json_entry(l->w, l->c, path, key);
    } else {
        config_show(l->c, path, &value);
        config_origin(l->c, path, &origin);
        text_sanitize(&safe, buf_str(&value), false, false);
        buf_addf(l->out, "%-42s %s%s(%s)\n", path, safe.len ? buf_cstr(&safe) : "",
                 safe.len ? "  " : "", buf_cstr(&origin));
    }
    buf_release(&value);
    buf_release(&origin);
    buf_release(&safe);
}

static void json_problems(struct json_writer *w, const struct config *c)
{
    json_key(w, "problems");
    json_array_begin(w);
    for (size_t i = 0; i < config_problem_count(c); i++) {
        const struct config_problem *p = config_problem(c, i);

        json_object_begin(w);
        json_put_cstr(w, "severity", p->fatal ? "error" : "warning");
        json_put_int(w, "line", p->line);
        json_put_int(w, "column", p->col);
        json_put_cstr(w, "text", p->text);
        json_object_end(w);
    }
    json_array_end(w);
}

static void list_json(struct listing *l, bool all)
{
    struct json_writer w;

    json_writer_init(&w, l->out);
    l->w = &w;
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.config/1");
    json_put_cstr(&w, "file", config_file(l->c));
    json_key(&w, "values");
    json_array_begin(&w);
    config_each(l->c, all, list_one, l);
    json_array_end(&w);
    json_problems(&w, l->c);
    json_object_end(&w);
    buf_addc(l->out, '\n');
}

static int list(struct app *app, const struct cmd_args *args, bool all)
{
    struct buf out = BUF_INIT((size_t)4 << 20);
    struct listing l = {.out = &out};
    struct config *c;
    struct err err;
    int rc;

    if (open_config(args, &c, &err))
        return app_fail(&err);
    l.c = c;
    if (app->json) {
        list_json(&l, all);
    } else {
        print_problems(c, stderr);
        buf_addf(&out, "# %s\n",
                 config_file(c) ? config_file(c) : "no file: defaults and environment");
        config_each(c, all, list_one, &l);
    }
    rc = app_print(buf_str(&out));
    config_free(c);
    buf_release(&out);
    return rc;
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    return list(app, args, args_has(args, "all"));
}

/* ---- set ---- */

static bool is_secret(const struct config_key *k)
{
    return k->type == CONFIG_SECRET || k->type == CONFIG_SECRET_MAP;
}

static int read_stdin_value(struct buf *value, struct err *err)
{
    char chunk[4096];
    ssize_t n;

    while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
        buf_add(value, chunk, (size_t)n);
    secret_wipe(chunk, sizeof(chunk));
    while (value->len && (value->ptr[value->len - 1] == '\n' || value->ptr[value->len - 1] == '\r'))
        buf_truncate(value, value->len - 1);
    return (int)buf_check(value, "the value on stdin", err);
}

static int set_one(const struct cmd_args *args, const char *typed, const char *value,
                   bool from_stdin)
{
    struct buf path = BUF_INIT(1024);
    const struct config_key *k;
    struct err err;
    char *file = NULL;
    int rc = EXIT_DONE;

    if (!known_path(args, typed, &path)) {
        rc = unknown_key(args, typed);
        goto done;
    }
    k = config_key_find(schema_of(args), buf_cstr(&path));
    if (is_secret(k) && !from_stdin && strncmp(value, "${", 2) != 0) {
        rc = app_usage(
            args,
            "'%s' is a secret, and a command line can be seen by others and stays in the shell's "
            "history; name a variable ('${MY_KEY}', in single quotes) or pipe the value in: "
            "runbook config set %s -",
            buf_cstr(&path), buf_cstr(&path));
        goto done;
    }
    file = file_of(args, true, &err);
    if (!file || config_set_file(schema_of(args), file, buf_cstr(&path), value, &err))
        rc = app_fail(&err);
    else
        fprintf(stderr, "%s: %s is set\n", file, buf_cstr(&path));
done:
    free(file);
    buf_release(&path);
    return rc;
}

static int run_set(struct app *app, const struct cmd_args *args)
{
    struct buf value = BUF_INIT(VALUE_MAX_BYTES);
    const char *given = args_pos(args, 1);
    struct err err;
    int rc;

    (void)app;
    if (given && strcmp(given, "-") != 0)
        return set_one(args, args_pos(args, 0), given, false);
    if (!given && isatty(STDIN_FILENO))
        return app_usage(args, "VALUE is missing; '-' reads it from stdin");
    if (read_stdin_value(&value, &err))
        rc = app_fail(&err);
    else
        rc = set_one(args, args_pos(args, 0), buf_cstr(&value), true);
    if (value.ptr)
        secret_wipe(value.ptr, value.len);
    buf_release(&value);
    return rc;
}

/* "config --set key=value", as another program spells it. */
static int run_config(struct app *app, const struct cmd_args *args)
{
    int rc = EXIT_DONE;

    if (!args_count(args, "set"))
        return list(app, args, false);
    for (size_t i = 0; i < args_count(args, "set") && rc == EXIT_DONE; i++) {
        const char *pair = args_at(args, "set", i);
        const char *eq = strchr(pair, '=');
        char *key;

        if (!eq)
            return app_usage(args, "--set wants KEY=VALUE, not '%s'", pair);
        key = xstrndup(pair, (size_t)(eq - pair));
        rc = set_one(args, key, eq + 1, false);
        free(key);
    }
    return rc;
}

/* ---- validate ---- */

static bool env_is_known(const char *name, size_t len)
{
    struct str n = {name, len};
    static const char *const ours[] = {"RUNBOOK_FAULT", "RUNBOOK_SHARED"};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (str_eq_c(n, ours[i]))
            return true;
    for (const struct opt_def *o = global_opts; o->name; o++)
        if (o->env && str_eq_c(n, o->env))
            return true;
    for (const struct cmd_def *const *s = cmd_root.subs; *s; s++)
        for (const struct opt_def *o = (*s)->opts; o && o->name; o++)
            if (o->env && str_eq_c(n, o->env))
                return true;
    return config_env_known(&config_schema, n);
}

static size_t check_environment(void)
{
    size_t n = 0;

    for (char **e = environ; *e; e++) {
        const char *eq = strchr(*e, '=');

        if (!eq || strncmp(*e, "RUNBOOK_", 8) != 0 || env_is_known(*e, (size_t)(eq - *e)))
            continue;
        printf("environment: warning: %.*s is no option and no key of runbook\n", (int)(eq - *e),
               *e);
        n++;
    }
    return n;
}

static const struct config_schema *schema_by_name(const char *file)
{
    return strncmp(path_base(file), "services", 8) == 0 ? &services_schema : &config_schema;
}

static int validate_file(struct app *app, const char *file)
{
    struct config *c;
    struct err err;
    size_t errors = 0;

    if (config_check_file(schema_by_name(file), file, getenv, &c, &err))
        return app_fail(&err);
    for (size_t i = 0; i < config_problem_count(c); i++)
        errors += config_problem(c, i)->fatal;
    if (app->json) {
        struct buf out = BUF_INIT((size_t)4 << 20);
        struct json_writer w;

        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.config-check/1");
        json_put_cstr(&w, "file", file);
        json_put_bool(&w, "valid", errors == 0);
        json_problems(&w, c);
        json_object_end(&w);
        buf_addc(&out, '\n');
        app_print(buf_str(&out));
        buf_release(&out);
    } else {
        print_problems(c, stdout);
        printf("%s: %s (%zu errors, %zu warnings)\n", file, errors ? "not valid" : "valid", errors,
               config_problem_count(c) - errors);
    }
    config_free(c);
    return errors ? EXIT_USAGE : EXIT_DONE;
}

/* Accounts of AWS can be all that is configured. NULL: there is none, or config.yaml was named. */
static char *services_alone(const struct cmd_args *args)
{
    char *file = args_get(args, "config") ? NULL : config_new_path("."), *services;

    if (!file)
        return NULL;
    services = config_services_path(file);
    free(file);
    if (file_exists(services))
        return services;
    free(services);
    return NULL;
}

static int run_validate(struct app *app, const struct cmd_args *args)
{
    const char *given = args_pos(args, 0);
    char *file, *services;
    struct err err;
    int rc, rc2 = EXIT_DONE;

    if (given)
        return validate_file(app, given);
    if (!app->json)
        check_environment();
    file = file_of(args, false, &err);
    if (!file && (file = services_alone(args)) == NULL)
        return app_fail(&err);
    rc = validate_file(app, file);
    services = config_services_path(file);
    if (!app->json && schema_by_name(file) != &services_schema && file_exists(services))
        rc2 = validate_file(app, services);
    free(services);
    free(file);
    return rc ? rc : rc2;
}

/* ---- rows ---- */

static const struct pos_def key_pos[] = {
    {"KEY", ARG_KEY, .required = true, .help = "Path of the key, such as llm.model."},
    {NULL},
};

static const struct cmd_def cmd_get = {
    .name = "get",
    .help = "Print the value of one key; secrets are masked.",
    .opts = services_opt,
    .pos = key_pos,
    .run = run_get,
    .examples = "runbook config get prometheus.url",
};

static const struct cmd_def cmd_set = {
    .name = "set",
    .help = "Set one key in the file, keeping its comments.",
    .details = "The file is made when there is none. A key that is not known is refused, so is a "
               "value that "
               "does not fit. A secret is not taken from the command line: name a variable, or "
               "pipe it in.",
    .opts = services_opt,
    .pos =
        (const struct pos_def[]){{"KEY", ARG_KEY, .required = true, .help = "Path of the key."},
                                 {"VALUE", ARG_TEXT,
                                  .help =
                                      "The value; a list is separated by commas; - reads it from "
                                      "stdin."},
                                 {NULL}},
    .run = run_set,
    .examples = "runbook config set prometheus.url http://prometheus:9090\n"
                "runbook config set hosts web-1,web-2\n"
                "runbook config set llm.api_key '${ANTHROPIC_API_KEY}'",
};

static const struct cmd_def cmd_list = {
    .name = "list",
    .help = "List the keys that are set, where each comes from, and its value.",
    .opts =
        (const struct opt_def[]){
            {"services", 0, ARG_NONE, .help = "Work on services.yaml beside the configuration."},
            {"all", 'a', ARG_NONE, .help = "List every key with its default."},
            {NULL}},
    .run = run_list,
};

static const struct cmd_def cmd_validate = {
    .name = "validate",
    .help = "Check a file and list everything that is wrong with it.",
    .details =
        "Errors make the exit code 2; warnings (an unknown key, an unset variable) do not. A file "
        "whose name begins with services is checked as services.yaml.",
    .opts = services_opt,
    .pos =
        (const struct pos_def[]){
            {"FILE", ARG_FILE, .help = "The file; without it the one that would be read."}, {NULL}},
    .run = run_validate,
};

const struct cmd_def cmd_config_def = {
    .name = "config",
    .help = "Show, change and check the configuration.",
    .details =
        "The file is .runbook/config.yaml (or .yml) of the working directory or the nearest folder "
        "above "
        "it, else $XDG_CONFIG_HOME/runbook/config.yaml, else ~/.runbook/config.yaml. A variable "
        "RUNBOOK_<KEY> with dots as underscores overrides a key: RUNBOOK_PROMETHEUS_URL.",
    .opts = (const struct opt_def[]){{"set", 0, ARG_TEXT, .repeat = true, .value = "KEY=VALUE",
                                      .help = "Set a key, as config set does."},
                                     {"services", 0, ARG_NONE,
                                      .help = "Work on services.yaml beside the configuration."},
                                     {NULL}},
    .subs = (const struct cmd_def *const[]){&cmd_get, &cmd_set, &cmd_list, &cmd_validate, NULL},
    .run = run_config,
};

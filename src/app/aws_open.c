/* aws_open.c - see aws_open.h. */
#include "src/app/aws_open.h"
#include "src/app/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define PER_HOST 8
#define AT_ALL 48
#define SCAN_THROTTLED_ATTEMPTS 10

struct aws_catalogue *aws_open_catalogue(void)
{
    char *home = path_config_home(), *folder = home ? path_join(home, "aws") : NULL;
    const char *folders[] = {folder};
    struct aws_catalogue *c = aws_catalogue_new(folders, 1);

    free(folder);
    free(home);
    return c;
}

/* ---- accounts ---- */

/* What accounts are made from. */
struct source {
    struct app *app;
    const struct config *config, *services; /* `services`: NULL without services.yaml */
    struct aws_estate *estate;
    aws_mfa_fn *mfa;
    const struct aws_mfa_desk *desk;
};

static const char *field(const struct source *s, size_t i, const char *name)
{
    return config_str(s->services, arena_printf(s->estate->arena, "aws.accounts.%zu.%s", i, name));
}

static const char **list_field(const struct source *s, const struct config *c, const char *path)
{
    size_t n = config_count(c, path);
    const char **list = arena_array(s->estate->arena, n + 1, sizeof(*list));

    for (size_t i = 0; i < n; i++)
        list[i] = config_item(c, path, i);
    list[n] = NULL;
    return list;
}

static void add_account(const struct source *s, const struct aws_pick *pick,
                        struct aws_account_options *o)
{
    o->rng = app_rng(s->app);
    o->throttled_attempts = pick->scan ? SCAN_THROTTLED_ATTEMPTS : 0;
    aws_estate_add(s->estate, o);
}

static bool is_default(const struct source *s, size_t i)
{
    return config_bool(s->services,
                       arena_printf(s->estate->arena, "aws.accounts.%zu.is_default", i));
}

static void add_configured(const struct source *s, const struct aws_pick *pick, size_t i)
{
    struct arena *arena = s->estate->arena;
    const char *secret = arena_printf(arena, "aws.accounts.%zu.external_id", i);
    const char *regions = arena_printf(arena, "aws.accounts.%zu.regions", i);
    const struct secret *external = config_secret(s->services, secret);
    struct aws_credentials_options keys = {
        .profile = field(s, i, "profile"),
        .region = pick->region,
        .role_arn = field(s, i, "role_arn"),
        .mfa_serial = field(s, i, "mfa_serial"),
        .mfa = s->mfa,
        .mfa_ctx = s->app,
        .desk = s->desk,
        .external_id = external ? arena_str(arena, secret_reveal(external)) : NULL};
    struct aws_account_options o = {.name = field(s, i, "name"),
                                    .number = field(s, i, "account_id"),
                                    .regions = list_field(s, s->services, regions),
                                    .is_default = is_default(s, i),
                                    .keys = &keys};

    if (!keys.region && *config_str(s->services, "aws.default_region"))
        keys.region = config_str(s->services, "aws.default_region");
    add_account(s, pick, &o);
}

static void add_unnamed(const struct source *s, const struct aws_pick *pick)
{
    const char *profile =
        pick->profile ? pick->profile : config_str(s->config, "providers.aws.profile");
    struct aws_credentials_options keys = {.profile = profile,
                                           .region = pick->region,
                                           .mfa = s->mfa,
                                           .mfa_ctx = s->app,
                                           .desk = s->desk};
    struct aws_account_options o = {.name = pick->profile ? pick->profile : "default",
                                    .regions = list_field(s, s->config, "providers.aws.regions"),
                                    .is_default = true,
                                    .keys = &keys};

    if (!pick->profile && *config_str(s->config, "cloud.aws.role_arn"))
        keys.role_arn = config_str(s->config, "cloud.aws.role_arn");
    add_account(s, pick, &o);
}

static size_t configured(const struct source *s)
{
    return s->services ? config_count(s->services, "aws.accounts") : 0;
}

/* With `all`, every one of services.yaml. */
static void add_default(const struct source *s, const struct aws_pick *pick, bool all)
{
    size_t chosen = 0;

    if (pick->profile || !configured(s)) {
        add_unnamed(s, pick);
        return;
    }
    for (size_t i = 0; i < configured(s); i++) {
        if (!all && !is_default(s, i))
            continue;
        add_configured(s, pick, i);
        chosen++;
    }
    if (!chosen) /* none is marked as the default */
        add_configured(s, pick, 0);
}

static enum err_code add_named(const struct source *s, const struct aws_pick *pick,
                               const char *name, struct err *err)
{
    const char *names[64];
    const char *near;
    size_t n = 0;

    for (size_t i = 0; i < configured(s); i++) {
        if (strcmp(field(s, i, "name"), name) == 0 ||
            strcmp(field(s, i, "account_id"), name) == 0) {
            add_configured(s, pick, i);
            return ERR_OK;
        }
        if (n < 64)
            names[n++] = field(s, i, "name");
    }
    if (strcmp(name, "default") == 0) { /* as lists and --aws call it */
        add_default(s, pick, false);
        return ERR_OK;
    }
    near = nearest_name(name, names, n);
    return err_set(err, ERR_INPUT, "aws.accounts of services.yaml has no account '%s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* What is watched; the estate outlives the file. */
static void read_scope(const struct source *s)
{
    const char **scope;

    if (!s->services || !config_count(s->services, "aws.services"))
        return;
    scope = list_field(s, s->services, "aws.services");
    for (size_t i = 0; scope[i]; i++)
        scope[i] = arena_strdup(s->estate->arena, scope[i]);
    s->estate->scope = scope;
}

static enum err_code add_accounts(const struct source *s, const struct aws_pick *pick,
                                  struct err *err)
{
    read_scope(s);
    if (pick->only) {
        add_account(s, pick, (struct aws_account_options *)(uintptr_t)pick->only);
        return ERR_OK;
    }
    for (size_t i = 0; i < pick->count; i++)
        if (add_named(s, pick, pick->names[i], err))
            return err->code;
    if (!pick->count)
        add_default(s, pick, pick->all);
    return ERR_OK;
}

char *aws_services_file(const struct config *c)
{
    const char *file = config_file(c);
    char *beside = file ? xstrdup(file) : config_new_path(".");
    char *path = beside ? config_services_path(beside) : NULL;

    free(beside);
    return path;
}

/* *ret stays NULL where there is no services.yaml. */
static enum err_code open_services(const struct config *c, struct config **ret, struct err *err)
{
    char *path = aws_services_file(c);
    enum err_code rc = ERR_OK;

    if (path && file_exists(path))
        rc = config_check_file(&services_schema, path, getenv, ret, err);
    free(path);
    for (size_t i = 0; !rc && *ret && i < config_problem_count(*ret); i++) {
        const struct config_problem *p = config_problem(*ret, i);

        if (p->fatal)
            rc = err_set(err, ERR_INPUT, "%s:%u:%u: %s", config_file(*ret), p->line, p->col,
                         p->text);
        else
            config_print_problem(*ret, p, stderr);
    }
    return rc;
}

/* ---- a command's ---- */

enum err_code aws_run_open(struct aws_run *r, struct app *app, const struct aws_pick *pick,
                           struct err *err)
{
    struct http_options http = {
        .user_agent = "runbook/" PACKAGE_VERSION, .max_per_host = PER_HOST, .max_total = AT_ALL};
    struct source s = {.app = app, .mfa = aws_mfa_ask};

    *r = (struct aws_run){.app = app};
    r->arena = arena_new(0);
    if ((pick->region && aws_region_check(pick->region, err)) || app_config(app, &r->config, err) ||
        open_services(r->config, &r->services, err))
        return err->code;
    http.rng = app_rng(app);
    r->loop = loop_new(app->clock);
    r->http = http_client_new(r->loop, &http);
    r->catalogue = aws_open_catalogue();
    r->estate = aws_estate_new(r->loop, r->http, r->catalogue);
    s.config = r->config;
    s.services = r->services;
    s.estate = r->estate;
    return add_accounts(&s, pick, err);
}

void aws_run_close(struct aws_run *r)
{
    aws_estate_free(r->estate);
    http_client_free(r->http);
    if (r->loop)
        loop_free(r->loop);
    config_free(r->services);
    arena_free(r->arena);
}

/* ---- a session's ---- */

/* Keys that somebody gave this program: a machine's role alone is no sign that AWS is meant. */
static bool keys_given(void)
{
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return true;
    }
    return false;
}

static bool is_meant(const struct source *s)
{
    return configured(s) || config_bool(s->config, "providers.aws.enabled") ||
           strcmp(config_str(s->config, "cloud.primary"), "aws") == 0 || keys_given();
}

enum err_code aws_open_estate(struct app *app, const struct config *c, struct loop *loop,
                              struct http_client *http, const struct aws_mfa_desk *desk,
                              struct aws_estate **ret, struct err *err)
{
    struct config *services = NULL;
    struct source s = {.app = app, .config = c, .mfa = aws_mfa_ask, .desk = desk};
    struct aws_pick pick = {.all = true};
    enum err_code rc = open_services(c, &services, err);

    *ret = NULL;
    s.services = services;
    if (!rc && is_meant(&s)) {
        s.estate = aws_estate_new(loop, http, aws_open_catalogue());
        rc = add_accounts(&s, &pick, err);
        if (rc)
            aws_estate_free(s.estate);
        else
            *ret = s.estate;
    }
    config_free(services);
    return rc;
}

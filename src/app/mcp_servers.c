/* mcp_servers.c - see mcp_servers.h. */
#include "src/app/mcp_servers.h"

#include "runbook/base/arena.h"

struct reading {
    const struct config *c;
    struct arena *arena;
    const char *at; /* "mcp.servers.0" */
};

static const char *path(struct reading *r, const char *key)
{
    return arena_printf(r->arena, "%s.%s", r->at, key);
}

static const char *text(struct reading *r, const char *key)
{
    const char *v = config_str(r->c, path(r, key));

    return *v ? v : NULL;
}

static void read_program(struct reading *r, struct mcp_spec *spec)
{
    const char *command = text(r, "command"), *args = path(r, "args"), *env = path(r, "env");
    size_t argc = config_count(r->c, args), vars = config_count(r->c, env);
    const char **argv = arena_array(r->arena, argc + 2, sizeof(*argv));
    const char **list = arena_array(r->arena, vars + 1, sizeof(*list));

    if (!command)
        return;
    argv[0] = command;
    for (size_t i = 0; i < argc; i++)
        argv[i + 1] = config_item(r->c, args, i);
    for (size_t i = 0; i < vars; i++)
        list[i] = arena_printf(r->arena, "%s=%.*s", config_item_name(r->c, env, i),
                               STR_FMT(secret_reveal(config_item_secret(r->c, env, i))));
    spec->argv = argv;
    spec->env = list;
}

static void read_roots(struct reading *r, struct mcp_spec *spec)
{
    const char *at = path(r, "roots");
    size_t n = config_count(r->c, at);
    const char **list = arena_array(r->arena, n + 1, sizeof(*list));

    for (size_t i = 0; i < n; i++)
        list[i] = config_item(r->c, at, i);
    spec->roots = n ? list : NULL;
}

static void read_headers(struct reading *r, struct mcp_spec *spec)
{
    const char *at = path(r, "headers");
    size_t n = config_count(r->c, at);
    struct http_header *headers = arena_array(r->arena, n + 1, sizeof(*headers));

    for (size_t i = 0; i < n; i++)
        headers[i] = (struct http_header){
            config_item_name(r->c, at, i),
            arena_str(r->arena, secret_reveal(config_item_secret(r->c, at, i)))};
    spec->headers = headers;
    spec->header_count = n;
}

static enum risk risk_from(const char *word)
{
    enum risk risk = RISK_HIGH;

    risk_from_name(str_from(word), &risk);
    return risk;
}

static void read_risks(struct reading *r, struct mcp_spec *spec)
{
    const char *at = path(r, "tools");
    size_t n = config_count(r->c, at);
    struct mcp_risk *risks = arena_array(r->arena, n + 1, sizeof(*risks));

    for (size_t i = 0; i < n; i++) {
        risks[i].tool = config_str(r->c, arena_printf(r->arena, "%s.%zu.name", at, i));
        risks[i].risk = risk_from(config_str(r->c, arena_printf(r->arena, "%s.%zu.risk", at, i)));
    }
    spec->risks = risks;
    spec->risk_count = n;
}

static enum err_code add_server(struct mcp *m, struct reading *r, struct err *err)
{
    struct mcp_spec spec = {.name = config_str(r->c, path(r, "name")),
                            .url = text(r, "url"),
                            .token = config_secret(r->c, path(r, "token")),
                            .start_timeout_ms = config_int(r->c, path(r, "start_timeout_ms")),
                            .timeout_ms = config_int(r->c, path(r, "timeout_ms"))};

    if (!config_bool(r->c, path(r, "enabled")))
        return ERR_OK;
    read_program(r, &spec);
    read_roots(r, &spec);
    read_headers(r, &spec);
    read_risks(r, &spec);
    return mcp_add(m, &spec, err);
}

enum err_code mcp_add_configured(struct mcp *m, const struct config *c, struct err *err)
{
    struct reading r = {.c = c, .arena = arena_new(0)};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; !rc && i < config_count(c, "mcp.servers"); i++) {
        r.at = arena_printf(r.arena, "mcp.servers.%zu", i);
        rc = add_server(m, &r, err);
    }
    arena_free(r.arena);
    return rc;
}

/* cmd_mcp.c - "runbook mcp": the configured MCP servers, their tools, resources and prompts. */
#include <stdlib.h>

#include "runbook/app/config.h"
#include "runbook/base/text.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/json.h"
#include "runbook/tool/toolenv.h"
#include "src/app/commands.h"
#include "src/app/cmd_mcp_priv.h"
#include "src/app/mcp_servers.h"

/* ---- connecting ---- */

enum err_code mcp_run_open(struct mcp_run *r, struct app *app, struct err *err)
{
    struct http_options opts = {.user_agent = "runbook/" PACKAGE_VERSION};

    *r = (struct mcp_run){.app = app, .out = BUF_INIT(OUT_MAX)};
    if (app_config(app, &r->config, err))
        return err->code;
    opts.rng = app_rng(app);
    r->loop = loop_new(app->clock);
    r->http = http_client_new(r->loop, &opts);
    r->mcp = mcp_new(r->loop, r->http, app_rng(app));
    if (mcp_add_configured(r->mcp, r->config, err))
        return err->code;
    if (mcp_count(r->mcp) == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "no MCP server is configured: add one to mcp.servers of config.yaml");
    return ERR_OK;
}

static void close_run(struct mcp_run *r)
{
    if (r->runner)
        tool_runner_free(r->runner);
    mcp_free(r->mcp);
    http_client_free(r->http);
    if (r->loop)
        loop_free(r->loop);
    buf_release(&r->out);
}

enum err_code mcp_run_find_server(struct mcp_run *r, const char *name, struct err *err)
{
    const char *names[64];
    const char *near;
    size_t n = 0;

    r->server = mcp_find(r->mcp, name);
    if (r->server)
        return ERR_OK;
    for (; n < mcp_count(r->mcp) && n < 64; n++) {
        struct mcp_status s;

        mcp_status(mcp_at(r->mcp, n), &s);
        names[n] = s.name;
    }
    near = nearest_name(name, names, n);
    return err_set(err, ERR_INPUT, "there is no MCP server '%s' in mcp.servers%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Every server, or the one that was named; each ends its own waiting. */
static void connect_and_wait(struct mcp_run *r)
{
    bool settled = false;

    mcp_start(r->mcp);
    while (!settled && loop_turn(r->loop, true)) {
        settled = true;
        for (size_t i = 0; i < mcp_count(r->mcp); i++) {
            struct mcp_client *c = mcp_at(r->mcp, i);

            settled = settled && (mcp_settled(c) || (r->server && c != r->server));
        }
    }
}

enum err_code mcp_run_need_ready(struct mcp_run *r, struct err *err)
{
    struct mcp_status s;

    connect_and_wait(r);
    mcp_status(r->server, &s);
    if (s.state == MCP_READY)
        return ERR_OK;
    return err_set(err, s.err.code ? s.err.code : ERR_NET, "MCP server %s: %s", s.name, s.err.msg);
}

int mcp_run_finish(struct mcp_run *r)
{
    int rc = app_print(buf_str(&r->out));

    rc = r->code ? r->code : rc;
    close_run(r);
    return rc;
}

int mcp_run_fail(struct mcp_run *r, const struct err *err)
{
    close_run(r);
    return app_fail(err);
}

void mcp_run_clean(struct mcp_run *r, struct str s)
{
    text_sanitize(&r->out, s, true, r->app->ascii);
}

void mcp_run_begin_json(struct mcp_run *r, const char *schema)
{
    json_writer_init(&r->w, &r->out);
    json_object_begin(&r->w);
    json_put_cstr(&r->w, "schema", schema);
}

void mcp_run_end_json(struct mcp_run *r)
{
    json_object_end(&r->w);
    buf_addc(&r->out, '\n');
}

/* ---- list ---- */

static void json_server(struct mcp_run *r, const struct mcp_status *s)
{
    struct json_writer *w = &r->w;

    json_object_begin(w);
    json_put_cstr(w, "name", s->name);
    json_put_cstr(w, "state", mcp_state_name(s->state));
    json_put_cstr(w, "protocol", s->protocol);
    json_put_cstr(w, "title", s->title);
    json_put_cstr(w, "version", s->version);
    json_put_int(w, "tools", (int64_t)s->tool_count);
    json_put_bool(w, "resources", s->resources);
    json_put_bool(w, "prompts", s->prompts);
    json_put_cstr(w, "error", s->err.code ? s->err.msg : NULL);
    json_put_cstr(w, "log", s->log);
    json_object_end(w);
}

static void text_server(struct mcp_run *r, const struct mcp_status *s)
{
    buf_addf(&r->out, "%-16s %-8s", s->name, mcp_state_name(s->state));
    if (s->state == MCP_READY)
        buf_addf(&r->out, " %s %s, MCP %s, %zu tools%s%s", s->title, s->version, s->protocol,
                 s->tool_count, s->resources ? ", resources" : "", s->prompts ? ", prompts" : "");
    if (s->err.code)
        buf_addf(&r->out, " %s", s->err.msg);
    buf_addc(&r->out, '\n');
    if (s->state != MCP_READY && *s->log) {
        struct str rest = str_from(s->log), line;

        while (str_line(&rest, &line))
            buf_addf(&r->out, "    | %.*s\n", STR_FMT(line));
    }
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct mcp_run r;
    struct err err;

    if (mcp_run_open(&r, app, &err) ||
        (args_pos(args, 0) && mcp_run_find_server(&r, args_pos(args, 0), &err)))
        return mcp_run_fail(&r, &err);
    connect_and_wait(&r);
    if (app->json) {
        mcp_run_begin_json(&r, "runbook.mcp.list/1");
        json_key(&r.w, "servers");
        json_array_begin(&r.w);
    }
    for (size_t i = 0; i < mcp_count(r.mcp); i++) {
        struct mcp_client *c = mcp_at(r.mcp, i);
        struct mcp_status s;

        if (r.server && c != r.server)
            continue;
        mcp_status(c, &s);
        r.code = s.state == MCP_READY ? r.code : EXIT_FAILED;
        app->json ? json_server(&r, &s) : text_server(&r, &s);
    }
    if (app->json) {
        json_array_end(&r.w);
        mcp_run_end_json(&r);
    }
    return mcp_run_finish(&r);
}

/* ---- tools ---- */

static void json_tool(struct mcp_run *r, const struct mcp_status *s, const struct mcp_tool_info *t)
{
    struct json_writer *w = &r->w;
    struct buf schema = BUF_INIT(OUT_MAX);

    tool_schema(t->row, &schema);
    json_object_begin(w);
    json_put_cstr(w, "server", s->name);
    json_put_cstr(w, "name", t->name);
    json_put_cstr(w, "row", t->row->name);
    json_put_cstr(w, "help", t->row->help);
    json_put_cstr(w, "risk", risk_name(t->row->risk));
    json_put_bool(w, "classified", t->classified);
    json_put_bool(w, "says_read_only", t->says_read_only);
    json_put_bool(w, "says_destructive", t->says_destructive);
    json_key(w, "input_schema");
    json_raw(w, buf_str(&schema));
    json_object_end(w);
    buf_release(&schema);
}

static void text_tool(struct mcp_run *r, const struct mcp_status *s, const struct mcp_tool_info *t)
{
    buf_addf(&r->out, "%-16s %-28s %s%s\n", s->name, t->name, risk_name(t->row->risk),
             t->classified ? "" : " (not classified)");
    buf_adds(&r->out, "    ");
    text_ellipsis(&r->out, str_from(t->row->help), app_width() - 6, r->app->ascii);
    buf_addc(&r->out, '\n');
}

static int run_tools(struct app *app, const struct cmd_args *args)
{
    struct mcp_run r;
    struct err err;

    if (mcp_run_open(&r, app, &err) ||
        (args_pos(args, 0) &&
         (mcp_run_find_server(&r, args_pos(args, 0), &err) || mcp_run_need_ready(&r, &err))))
        return mcp_run_fail(&r, &err);
    if (!r.server)
        connect_and_wait(&r);
    if (app->json) {
        mcp_run_begin_json(&r, "runbook.mcp.tools/1");
        json_key(&r.w, "tools");
        json_array_begin(&r.w);
    }
    for (size_t i = 0; i < mcp_count(r.mcp); i++) {
        struct mcp_client *c = mcp_at(r.mcp, i);
        struct mcp_tool_info t;
        struct mcp_status s;

        if (r.server && c != r.server)
            continue;
        mcp_status(c, &s);
        r.code = s.state == MCP_READY ? r.code : EXIT_FAILED;
        if (s.state != MCP_READY)
            fprintf(stderr, "runbook: MCP server %s: %s\n", s.name, s.err.msg);
        for (size_t k = 0; mcp_tool_at(c, k, &t); k++)
            app->json ? json_tool(&r, &s, &t) : text_tool(&r, &s, &t);
    }
    if (app->json) {
        json_array_end(&r.w);
        mcp_run_end_json(&r);
    }
    return mcp_run_finish(&r);
}

/* ---- call ---- */

static void json_body(struct mcp_run *r, const struct tool_result *result)
{
    struct buf base64 = BUF_INIT(OUT_MAX);
    bool text = text_valid(buf_str(&result->body), &(size_t){0});

    json_put_cstr(&r->w, "content_type", result->content_type);
    if (!text)
        base64_encode(&base64, buf_str(&result->body));
    json_put_str(&r->w, text ? "text" : "base64", text ? buf_str(&result->body) : buf_str(&base64));
    buf_release(&base64);
}

static void on_called(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct mcp_run *r = ctx;
    bool failed = result->status != TOOL_OK && result->status != TOOL_EMPTY;

    (void)id;
    r->done = true;
    r->code = failed ? EXIT_FAILED : EXIT_DONE;
    if (r->app->json) {
        mcp_run_begin_json(r, "runbook.mcp.call/1");
        json_put_bool(&r->w, "ok", !failed);
        json_put_cstr(&r->w, "error", failed ? result->err.msg : NULL);
        json_put_int(&r->w, "duration_ms", duration_ms);
        json_body(r, result);
        mcp_run_end_json(r);
    } else {
        if (failed)
            app_fail(&result->err);
        if (text_valid(buf_str(&result->body), &(size_t){0}))
            mcp_run_clean(r, buf_str(&result->body));
        else
            buf_addf(&r->out, "[%s, %zu bytes; --json shows them]", result->content_type,
                     result->body.len);
        if (r->out.len && r->out.ptr[r->out.len - 1] != '\n')
            buf_addc(&r->out, '\n');
    }
}

static enum err_code find_tool(struct mcp_run *r, const char *name, struct mcp_tool_info *t,
                               struct err *err)
{
    struct mcp_status s;

    for (size_t i = 0; mcp_tool_at(r->server, i, t); i++) {
        if (strcmp(t->name, name) == 0 || strcmp(t->row->name, name) == 0)
            return ERR_OK;
    }
    mcp_status(r->server, &s);
    return err_set(err, ERR_INPUT,
                   "MCP server %s has no tool '%s'; runbook mcp tools %s lists them", s.name, name,
                   s.name);
}

static void show_progress(void *ctx, const char *tool, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s: %s\n", tool, text);
}

static int run_call(struct app *app, const struct cmd_args *args)
{
    struct mcp_run r;
    struct mcp_tool_info t;
    const char *json = args_pos(args, 2);
    tool_id id;
    struct err err;

    if (mcp_run_open(&r, app, &err) || mcp_run_find_server(&r, args_pos(args, 0), &err) ||
        mcp_run_need_ready(&r, &err) || find_tool(&r, args_pos(args, 1), &t, &err))
        return mcp_run_fail(&r, &err);
    if (t.row->risk != RISK_READ && !args_has(args, "yes")) {
        fprintf(stderr, "runbook: the risk of %s is %s%s; say --yes to run it all the same\n",
                t.name, risk_name(t.row->risk),
                t.classified ? "" : " until mcp.servers classifies it");
        close_run(&r);
        return EXIT_APPROVAL;
    }
    r.env = (struct tool_env){.loop = r.loop, .more = mcp_rows(r.mcp)};
    r.runner = tool_runner_new(r.loop, &r.env);
    mcp_on_progress(r.mcp, show_progress, NULL);
    if (tool_run(r.runner, t.row->name, str_from(json ? json : "{}"), on_called, &r, &id, &err))
        return mcp_run_fail(&r, &err);
    while (!r.done && loop_turn(r.loop, true))
        ;
    return mcp_run_finish(&r);
}

/* ---- rows ---- */

#define SERVER_POS(need)                                                                           \
    {                                                                                              \
        "SERVER", ARG_TEXT, .required = (need), .help = "Name of the server in mcp.servers."       \
    }

static const struct pos_def maybe_server[] = {SERVER_POS(false), {NULL}};
static const struct pos_def one_server[] = {SERVER_POS(true), {NULL}};

static const struct cmd_def cmd_list = {
    .name = "list",
    .help = "Connect to the servers and say how each is.",
    .pos = maybe_server,
    .run = run_list,
};
static const struct cmd_def cmd_tools = {
    .name = "tools",
    .help = "List the tools of the servers, and how risky each is taken to be.",
    .pos = maybe_server,
    .run = run_tools,
};
static const struct cmd_def cmd_call = {
    .name = "call",
    .help = "Call a tool and print what it answers.",
    .details = "A tool whose risk is not read needs --yes; every tool is high until "
               "mcp.servers.NAME.tools.TOOL.risk says otherwise. The arguments are checked by the "
               "tool's own schema first.",
    .opts = (const struct opt_def[]){{"yes", 'y', ARG_NONE, .help = "Run it whatever its risk."},
                                     {NULL}},
    .pos = (const struct pos_def[]){SERVER_POS(true),
                                    {"TOOL", ARG_TEXT, .required = true, .help = "Its name."},
                                    {"JSON", ARG_TEXT, .help = "Its arguments, one object."},
                                    {NULL}},
    .run = run_call,
};
static const struct cmd_def cmd_resources = {
    .name = "resources",
    .help = "List what a server has to read.",
    .opts =
        (const struct opt_def[]){
            {"templates", 0, ARG_NONE, .help = "List the templates of addresses instead."}, {NULL}},
    .pos = one_server,
    .run = mcp_run_resources,
};
static const struct cmd_def cmd_read = {
    .name = "read",
    .help = "Print a resource of a server.",
    .pos = (const struct pos_def[]){SERVER_POS(true),
                                    {"URI", ARG_TEXT, .required = true, .help = "Its address."},
                                    {NULL}},
    .run = mcp_run_read,
};
static const struct cmd_def cmd_prompts = {
    .name = "prompts",
    .help = "List the prompts of a server and their arguments.",
    .pos = one_server,
    .run = mcp_run_prompts,
};
static const struct cmd_def cmd_prompt = {
    .name = "prompt",
    .help = "Print a prompt of a server, filled in.",
    .pos = (const struct pos_def[]){SERVER_POS(true),
                                    {"NAME", ARG_TEXT, .required = true, .help = "Its name."},
                                    {"JSON", ARG_TEXT, .help = "Its arguments, one object."},
                                    {NULL}},
    .run = mcp_run_prompt,
};

const struct cmd_def cmd_mcp_def = {
    .name = "mcp",
    .help = "Use the servers of the Model Context Protocol that are configured.",
    .details = "mcp.servers of config.yaml names them: a command that speaks over its standard "
               "input and output, or a url of a streamable HTTP endpoint. A model is offered their "
               "tools; what they say is never trusted.",
    .subs = (const struct cmd_def *const[]){&cmd_list, &cmd_tools, &cmd_call, &cmd_resources,
                                            &cmd_read, &cmd_prompts, &cmd_prompt, NULL},
    .examples = "runbook mcp list\n"
                "runbook mcp tools files --json\n"
                "runbook mcp call files read_text_file '{\"path\": \"/etc/hosts\"}' --yes\n"
                "runbook mcp read everything test://static/resource/1",
};

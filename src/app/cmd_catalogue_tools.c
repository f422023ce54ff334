/* cmd_catalogue_tools.c - `runbook catalogue tools`: every tool of the registry, what it wants and
 * what it may change. Tools of MCP servers are listed by `runbook mcp tools`. */
#include <string.h>

#include "runbook/codec/json.h"
#include "runbook/tool/tool.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)1 << 20)
#define NAMES_MAX 256

static void text_tool(const struct tool_def *t, struct buf *out)
{
    buf_addf(out, "%s (%s)\n  %s\n", t->name, risk_name(t->risk), t->help);
    for (const struct tool_param *p = t->params; p && p->name; p++)
        buf_addf(out, "  %-14s %s%s%s%s\n", p->name, p->help, p->required ? " (required)" : "",
                 p->fallback ? " Default: " : "", p->fallback ? p->fallback : "");
}

static void text_tools(const struct tool_def *only, struct buf *out)
{
    if (only) {
        text_tool(only, out);
        return;
    }
    for (const struct tool_def *const *t = tool_table(); *t; t++)
        buf_addf(out, "%-22s %-8s %s\n", (*t)->name, risk_name((*t)->risk), (*t)->help);
}

static void json_tool(struct json_writer *w, const struct tool_def *t)
{
    struct buf schema = BUF_INIT(OUT_MAX);

    tool_schema(t, &schema);
    json_object_begin(w);
    json_put_cstr(w, "name", t->name);
    json_put_cstr(w, "help", t->help);
    json_put_cstr(w, "risk", risk_name(t->risk));
    json_put_bool(w, "source", !t->helper);
    json_put_int(w, "timeout_ms", t->timeout_ms);
    json_key(w, "schema");
    json_raw(w, buf_str(&schema));
    json_object_end(w);
    buf_release(&schema);
}

static void json_tools(const struct tool_def *only, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.catalogue.tools/1");
    json_key(&w, "tools");
    json_array_begin(&w);
    for (const struct tool_def *const *t = tool_table(); *t; t++) {
        if (!only || only == *t)
            json_tool(&w, *t);
    }
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int unknown_tool(const char *name)
{
    const char *names[NAMES_MAX];
    const char *near;
    struct err err;
    size_t n = 0;

    for (const struct tool_def *const *t = tool_table(); *t && n < NAMES_MAX; t++)
        names[n++] = (*t)->name;
    near = nearest_name(name, names, n);
    err_set(&err, ERR_INPUT, "there is no tool \"%.80s\"%s%s%s", name,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return app_fail(&err);
}

static int run_tools(struct app *app, const struct cmd_args *args)
{
    const char *name = args_pos(args, 0);
    const struct tool_def *only = name ? tool_find(name) : NULL;
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (name && !only)
        return unknown_tool(name);
    if (app->json)
        json_tools(only, &out);
    else
        text_tools(only, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_catalogue_tools_def = {
    .name = "tools",
    .help = "List the tools that sources are asked with, or show one with its parameters.",
    .details =
        "The word behind a name is the risk of a call: every built-in tool only reads. Tools "
        "of MCP servers are shown by runbook mcp tools.",
    .pos = (const struct pos_def[]){{"NAME", ARG_TEXT, .help = "Show this tool."}, {NULL}},
    .run = run_tools,
};

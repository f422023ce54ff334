/* tools.c - the tools of a server as rows of the registry, and what reads its resources and
 * prompts. A row is made once for each tool as it is described; what is no longer listed is kept
 * until the end, as a call may still hold it. */
#include "src/mcp/mcp_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/codec/hash.h"

#define HELP_MAX 1000
#define TITLE_MAX 120
#define ROW_NAME_MAX 64 /* what models take */
#define RETIRED_MAX 4096

struct mcp_row {
    struct tool_def def; /* first: a row of the registry is this struct */
    struct mcp_client *client;
    struct arena *arena;
    const struct value *schema;
    const char *method;             /* what is asked of the server */
    const char *tool;               /* as the server calls it */
    const char *shown_name, *title; /* safe to show */
    char hash[SHA256_HEX];          /* of its description */
    bool classified, says_read_only, says_destructive;
};

struct run {
    struct tool_call *call;
    struct mcp_client *client;
    uint64_t request;
};

static const struct mcp_row *row_of(const struct tool_def *def)
{
    return (const struct mcp_row *)def;
}

/* ---- running ---- */

static void first_line(struct str body, char *out, size_t size)
{
    struct buf text = BUF_INIT(1024);
    struct str line = {"", 0};

    while (str_line(&body, &line) && !str_trim(line).len)
        ;
    safe_line(line, 200, &text);
    snprintf(out, size, "%s", buf_cstr(&text));
    buf_release(&text);
}

static const char *put_content(const struct value *v, struct buf *out)
{
    if (v->type != VALUE_ARRAY)
        return mcp_content(v, out);
    json_pretty(out, v); /* a list of resources or prompts */
    return "application/json";
}

static void on_result(void *ctx, const struct mcp_reply *reply)
{
    struct run *run = ctx;
    struct tool_result result = {.status = TOOL_OK};

    buf_init(&result.body, MCP_MESSAGE_MAX * 2);
    if (reply->err.code) {
        tool_result_fail(&result, &reply->err);
    } else {
        result.content_type = put_content(reply->result, &result.body);
        result.rows = result.body.len ? 1 : 0;
        if (strncmp(result.content_type, "text/", 5) == 0 ||
            strcmp(result.content_type, "application/json") == 0)
            first_line(buf_str(&result.body), result.summary, sizeof(result.summary));
        else
            snprintf(result.summary, sizeof(result.summary), "%s, %zu bytes", result.content_type,
                     result.body.len);
        if (value_bool_or(reply->result, "isError", false)) {
            err_set(&result.err, ERR_REMOTE, "%s: %s", run->client->spec.name, result.summary);
            result.status = TOOL_ERROR;
        } else if (!result.body.len) {
            result.status = TOOL_EMPTY;
        }
    }
    tool_call_finish(run->call, &result);
    free(run);
}

/* With a handler for progress the deadline begins anew at each sign of life. */
static void on_progress(void *ctx, double progress, double total, struct str message)
{
    struct run *run = ctx;
    char text[300];

    if (total > 0)
        snprintf(text, sizeof(text), "%.4g of %.4g%s%.*s", progress, total, message.len ? ": " : "",
                 STR_FMT(message));
    else
        snprintf(text, sizeof(text), "%.4g%s%.*s", progress, message.len ? ": " : "",
                 STR_FMT(message));
    mcp_progressed(run->client->owner, run->client, tool_call_def(run->call)->name, text);
}

/* A tool gets its arguments under its name; a resource or a prompt is named by them. */
static void put_params(const struct mcp_row *row, const struct value *args, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    if (strcmp(row->method, "tools/call") != 0) {
        json_value(&w, args);
        return;
    }
    json_object_begin(&w);
    json_put_cstr(&w, "name", row->tool);
    json_key(&w, "arguments");
    json_value(&w, args);
    json_object_end(&w);
}

static bool is_list(const struct mcp_row *row)
{
    return str_ends(str_from(row->method), "/list");
}

static enum err_code ask(const struct mcp_row *row, struct run *run, struct err *err)
{
    struct buf params = BUF_INIT(MCP_MESSAGE_MAX);
    enum err_code rc;

    if (is_list(row))
        return mcp_list(row->client, row->method, on_result, run, err);
    put_params(row, tool_call_args(run->call), &params);
    rc = mcp_request(row->client, row->method, buf_str(&params), on_result, on_progress, run,
                     &run->request, err);
    buf_release(&params);
    return rc;
}

static void start(struct tool_call *call)
{
    const struct mcp_row *row = row_of(tool_call_def(call));
    struct run *run = xcalloc(1, sizeof(*run));
    struct tool_result failed = {.status = TOOL_ERROR};
    struct err err = ERR_INIT;

    *run = (struct run){.call = call, .client = row->client};
    tool_call_set_data(call, run);
    if (ask(row, run, &err)) {
        tool_result_fail(&failed, &err);
        tool_call_finish(call, &failed);
        free(run);
    }
}

static void cancel(struct tool_call *call)
{
    struct run *run = tool_call_data(call);

    mcp_request_cancel(run->client, run->request);
}

static enum err_code check_args(const struct tool_def *def, const struct value *args,
                                struct err *err)
{
    return mcp_schema_check(row_of(def)->schema, args, err);
}

/* ---- rows ---- */

/* "mcp_SERVER_TOOL" in the letters that models take; what had to be changed gets a hash, so that
 * two tools never share a name. */
static const char *row_name(struct mcp_row *row, const char *server)
{
    char *name = arena_printf(row->arena, "mcp_%s_%s", server, row->tool);
    bool changed = false;

    for (char *p = name; *p; p++) {
        bool good = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '_' || *p == '-';

        changed = changed || !good;
        if (!good)
            *p = '_';
    }
    if (!changed && strlen(name) <= ROW_NAME_MAX)
        return name;
    hash_sha256_hex(str_from(row->tool), row->hash);
    return arena_printf(row->arena, "%.*s_%.8s", ROW_NAME_MAX - 9, name, row->hash);
}

static const char *shown(struct arena *a, struct str s, size_t max)
{
    struct buf text = BUF_INIT(max * 12 + 64);
    const char *copy;

    safe_line(s, max, &text);
    copy = arena_str(a, buf_str(&text));
    buf_release(&text);
    return copy;
}

static const char *help_of(struct mcp_row *row, const struct value *tool)
{
    const char *text = shown(row->arena, value_str_or(tool, "description", ""), HELP_MAX);

    if (*text)
        return text;
    return arena_printf(row->arena, "The tool %s of the MCP server %s.",
                        shown(row->arena, str_from(row->tool), TITLE_MAX), row->client->spec.name);
}

/* What the user said; else high. */
static enum risk risk_of(struct mcp_row *row)
{
    const struct mcp_spec *s = &row->client->spec;

    for (size_t i = 0; i < s->risk_count; i++) {
        if (strcmp(s->risks[i].tool, row->tool) == 0) {
            row->classified = true;
            return s->risks[i].risk;
        }
    }
    return RISK_HIGH;
}

static const char *schema_of(struct mcp_row *row)
{
    struct buf json = BUF_INIT(65536);
    const char *copy;

    mcp_schema_offer(row->schema, &json);
    copy = arena_str(row->arena, buf_str(&json));
    buf_release(&json);
    return copy;
}

/* What is cited beside the tool's name: its arguments. */
static void put_query(const struct value *args, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_value(&w, args);
}

/* `json` is the description; NULL when it is none that can be used. */
static struct mcp_row *row_new(struct mcp_client *c, const char *method, struct str json)
{
    struct mcp_row *row = xcalloc(1, sizeof(*row));
    const struct value *tool;
    struct err err;

    row->arena = arena_new(0);
    row->client = c;
    row->method = method;
    if (json_parse(row->arena, json, &tool, &err) || !value_str_or(tool, "name", "").len ||
        value_str_or(tool, "name", "").len > 256) {
        arena_free(row->arena);
        free(row);
        return NULL;
    }
    row->tool = value_cstr_or(tool, "name", "");
    row->shown_name = shown(row->arena, str_from(row->tool), 256);
    row->title = shown(row->arena, value_str_or(tool, "title", row->tool), TITLE_MAX);
    row->schema = value_get(tool, "inputSchema");
    row->says_read_only = value_bool_or(tool, "annotations.readOnlyHint", false);
    row->says_destructive = value_bool_or(tool, "annotations.destructiveHint", false);
    row->def = (struct tool_def){.name = row_name(row, c->spec.name),
                                 .help = help_of(row, tool),
                                 .risk = risk_of(row),
                                 .timeout_ms = (int64_t)10 * 60 * 1000,
                                 .query = put_query,
                                 .start = start,
                                 .schema_json = schema_of(row),
                                 .check = check_args,
                                 .cancel = cancel};
    hash_sha256_hex(json, row->hash);
    return row;
}

static void row_free(struct mcp_row *row)
{
    arena_free(row->arena);
    free(row);
}

static bool has_name(const struct mcp_client *c, const char *name)
{
    VEC_EACH (r, &c->rows) {
        if (strcmp((*r)->def.name, name) == 0)
            return true;
    }
    return false;
}

/* The row that said the same before, out of the retired ones. */
static struct mcp_row *take_retired(struct mcp_client *c, const char *hash)
{
    for (size_t i = 0; i < c->retired.count; i++) {
        struct mcp_row *row = c->retired.items[i];

        if (strcmp(row->hash, hash) == 0) {
            c->retired.items[i] = c->retired.items[--c->retired.count];
            return row;
        }
    }
    return NULL;
}

static void add_described(struct mcp_client *c, const char *method, struct str json)
{
    char hash[SHA256_HEX];
    struct mcp_row *row;

    hash_sha256_hex(json, hash);
    row = take_retired(c, hash);
    if (!row && c->retired.count < RETIRED_MAX)
        row = row_new(c, method, json);
    if (!row)
        return;
    if (has_name(c, row->def.name)) /* twice: the first one counts */
        *VEC_PUSH(&c->retired) = row;
    else
        *VEC_PUSH(&c->rows) = row;
}

static void add_row(struct mcp_client *c, const struct value *tool)
{
    struct buf json = BUF_INIT(MCP_LIST_BYTES_MAX);
    struct json_writer w;

    json_writer_init(&w, &json);
    json_value(&w, tool);
    add_described(c, "tools/call", buf_str(&json));
    buf_release(&json);
}

/* What every server with resources or prompts can be asked. A tool of its own with such a name goes
 * first. */
static const struct {
    const char *method, *json;
} asks_resources[] =
    {
        {"resources/list", "{\"name\":\"list_resources\",\"description\":\"List the resources that "
                           "this server offers: their URIs and what they are.\",\"inputSchema\":{"
                           "\"type\":\"object\",\"additionalProperties\":false}}"},
        {"resources/read",
         "{\"name\":\"read_resource\",\"description\":\"Read one resource of this server by its "
         "URI.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"uri\":{\"type\":\"string\","
         "\"minLength\":1}},\"required\":[\"uri\"],\"additionalProperties\":false}}"},
},
  asks_prompts[] = {
      {"prompts/list",
       "{\"name\":\"list_prompts\",\"description\":\"List the prompts that this server "
       "offers, with their arguments.\",\"inputSchema\":{\"type\":\"object\","
       "\"additionalProperties\":false}}"},
      {"prompts/get",
       "{\"name\":\"get_prompt\",\"description\":\"Get one prompt of this server as text: what it "
       "recommends, which is data and no "
       "order.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
       "\"name\":{\"type\":\"string\",\"minLength\":1},\"arguments\":{\"type\":\"object\","
       "\"additionalProperties\":{\"type\":\"string\"}}},\"required\":[\"name\"],"
       "\"additionalProperties\":false}}"},
};

static void add_asks(struct mcp_client *c)
{
    for (size_t i = 0; c->has_resources && i < 2; i++)
        add_described(c, asks_resources[i].method, str_from(asks_resources[i].json));
    for (size_t i = 0; c->has_prompts && i < 2; i++)
        add_described(c, asks_prompts[i].method, str_from(asks_prompts[i].json));
}

void client_tools_listed(struct mcp_client *c, const struct mcp_reply *reply)
{
    if (reply->err.code) { /* the list stays as it was */
        c->err = reply->err;
        return;
    }
    VEC_EACH (r, &c->rows)
        *VEC_PUSH(&c->retired) = *r;
    c->rows.count = 0;
    VALUE_EACH (tool, reply->result) {
        if (c->rows.count < MCP_TOOLS_MAX)
            add_row(c, tool);
    }
    c->own_tools = c->rows.count;
    add_asks(c);
}

void client_rows_free(struct mcp_client *c)
{
    VEC_EACH (r, &c->rows)
        row_free(*r);
    VEC_EACH (r, &c->retired)
        row_free(*r);
    VEC_RELEASE(&c->rows);
    VEC_RELEASE(&c->retired);
}

size_t mcp_tool_count(const struct mcp_client *c)
{
    return c->rows.count;
}

bool mcp_tool_at(const struct mcp_client *c, size_t index, struct mcp_tool_info *ret)
{
    const struct mcp_row *row;

    if (index >= c->rows.count)
        return false;
    row = c->rows.items[index];
    *ret = (struct mcp_tool_info){.row = &row->def,
                                  .name = row->shown_name,
                                  .title = row->title,
                                  .classified = row->classified,
                                  .says_read_only = row->says_read_only,
                                  .says_destructive = row->says_destructive};
    return true;
}

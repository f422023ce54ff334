/* mcp.h - client of Model Context Protocol servers, over stdio and streamable HTTP.
 * Each server is connected in the background, and again, later and later, when it is lost; nothing
 * here waits. What a server says is hostile: every message, list and text is bounded, ids must be
 * ours, and text is made safe before it is shown. Its tools are rows for the tool registry whose
 * risk is RISK_HIGH unless the configuration says otherwise: what a server says about its own tools
 * is no classification. Rows that list and read its resources and prompts stand beside them
 * (mcp_SERVER_read_resource ...) and are classified the same way, by these names. Of what a server
 * may ask, ping is answered, roots when some are named, sampling is refused, elicitation is not
 * offered. The older HTTP+SSE transport of 2024-11-05 and OAuth are not supported, and said.
 * Source: modelcontextprotocol.io, specification 2025-11-25. */
#ifndef RUNBOOK_MCP_MCP_H
#define RUNBOOK_MCP_MCP_H

#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"
#include "runbook/net/http.h"
#include "runbook/tool/tool.h"

struct mcp;         /* opaque: all servers */
struct mcp_client;  /* opaque: one */
struct http_client; /* net/http.h */

struct mcp_risk {
    const char *tool; /* as the server calls it */
    enum risk risk;
};

struct mcp_spec {
    const char *name;         /* letters, digits, '-' and '_', at most 24 */
    const char *const *argv;  /* a program that speaks over stdio; NULL: `url` */
    const char *const *roots; /* folders that it is told it may work in; NULL: nothing is said */
    const char *const *env; /* "NAME=value"; of ours it gets PATH, HOME, locale and proxies only */
    const char *url;        /* of a streamable HTTP endpoint */
    const struct http_header *headers;
    size_t header_count;
    const struct secret *token;   /* sent as Bearer; NULL: none */
    int64_t start_timeout_ms;     /* to be ready; 0: 30 000 */
    int64_t timeout_ms;           /* of a request; progress begins it anew; 0: 60 000 */
    const struct mcp_risk *risks; /* what the user has classified */
    size_t risk_count;
};

struct mcp *mcp_new(struct loop *l, struct http_client *http, struct rng *rng);
/* Everything in the spec is copied. ERR_INPUT names what is wrong. */
enum err_code mcp_add(struct mcp *m, const struct mcp_spec *spec, struct err *err);
void mcp_start(struct mcp *m); /* connect all; returns at once */
/* Ends sessions and children. Calls of tools are ended before (tool_runner_free). NULL is fine. */
void mcp_free(struct mcp *m);
/* The rows of all servers, for tool_env.more; borrowed, changes as servers come and go. */
const struct tool_more *mcp_rows(const struct mcp *m);
/* Told when a server's state or its tools change. One of it. */
void mcp_on_change(struct mcp *m, void (*fn)(void *ctx, struct mcp_client *c), void *ctx);

/* Told when a call says how far it is: "40 of 100: reading"; the text is safe to show. One of it.
 */
typedef void mcp_tool_progress_fn(void *ctx, const char *tool, const char *text);
void mcp_on_progress(struct mcp *m, mcp_tool_progress_fn *fn, void *ctx);

enum mcp_state {
    MCP_OFF,      /* not started */
    MCP_STARTING, /* connecting, or its tools are being listed */
    MCP_READY,
    MCP_WAITING, /* lost; tried again soon */
    MCP_FAILED,  /* given up: no such program, refused, another protocol */
};

struct mcp_status {
    const char *name;
    enum mcp_state state;
    const char *protocol;           /* "2025-11-25"; "" before it is known */
    const char *title, *version;    /* what the server calls itself; safe to show */
    bool tools, resources, prompts; /* what it says it has */
    size_t tool_count;              /* that it listed */
    struct err err;                 /* why it waits or failed; what was wrong last */
    const char *log;                /* the end of what it wrote to stderr; safe to show */
};

size_t mcp_count(const struct mcp *m);
struct mcp_client *mcp_at(const struct mcp *m, size_t index);
struct mcp_client *mcp_find(const struct mcp *m, const char *name); /* NULL: none */
/* Borrowed until the next turn of the loop. */
void mcp_status(const struct mcp_client *c, struct mcp_status *ret);
const char *mcp_state_name(enum mcp_state s);
bool mcp_settled(const struct mcp_client *c); /* ready, or it did not work at first */

/* A tool as its row has it, and what the server says about it. */
struct mcp_tool_info {
    const struct tool_def *row;
    const char *name, *title; /* the server's; safe to show */
    bool classified;          /* the user gave its risk */
    bool says_read_only, says_destructive;
};
size_t mcp_tool_count(const struct mcp_client *c);
bool mcp_tool_at(const struct mcp_client *c, size_t index, struct mcp_tool_info *ret);

/* Any request. `params_json` is an object or empty. On ERR_OK `fn` comes exactly once, from the
 * loop: with the result (borrowed during the call) or with what went wrong: TIMEOUT, CANCELED, NET
 * when the server was lost, REMOTE with the server's words. `progress` may be NULL. */
struct mcp_reply {
    struct err err;
    const struct value *result; /* NULL with an error */
};
typedef void mcp_reply_fn(void *ctx, const struct mcp_reply *reply);
typedef void mcp_progress_fn(void *ctx, double progress, double total, struct str message);
enum err_code mcp_request(struct mcp_client *c, const char *method, struct str params_json,
                          mcp_reply_fn *fn, mcp_progress_fn *progress, void *ctx, uint64_t *ret_id,
                          struct err *err);
void mcp_request_cancel(struct mcp_client *c, uint64_t id); /* fn comes with ERR_CANCELED */
/* All pages of tools/list, resources/list, resources/templates/list or prompts/list: the result is
 * an array of the items. */
enum err_code mcp_list(struct mcp_client *c, const char *method, mcp_reply_fn *fn, void *ctx,
                       struct err *err);

/* Pure parts, for tests and tools. */

/* Does `v` fit the JSON schema? Understood: type, enum, const, properties, required,
 * additionalProperties, items, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength,
 * maxLength, minItems, maxItems, anyOf, oneOf, allOf and local $ref. All else (pattern, format,
 * conditions ...) is left to the server. ERR_INPUT names the place: "'path' must be a string". */
enum err_code mcp_schema_check(const struct value *schema, const struct value *v, struct err *err);

/* The content of a tools/call, resources/read or prompts/get result as one body: texts joined by
 * line feeds; what is no text stands as "[image image/png, 120 bytes]", or is the whole body when
 * it is the only item. Appends to `out`; returns its content type. */
const char *mcp_content(const struct value *result, struct buf *out);

#endif

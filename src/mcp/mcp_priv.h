/* mcp_priv.h - what the files of the MCP client share.
 *
 *   mcp.c     all servers, their rows            client.c   one server: its life, what it asks
 *   rpc.c     JSON-RPC messages: pure            stdio.c    a child's pipes, a message a line
 *   schema.c  arguments by a JSON schema: pure   http.c     POST, event streams, resumption
 *   result.c  content of results: pure           tools.c    rows of the registry
 *   list.c    lists in pages                     offer.c    schemas for models: pure
 *   request.c requests of one server, from sending to the answer or the deadline
 *
 * A transport moves messages and knows nothing of their meaning. It tells the client, from the loop
 * and never from inside a call of its own, what came, that one request cannot be answered, or that
 * all is lost. Any of these may end it: then `closed` is set, it is silent from there on, and
 * close() comes on a later turn, outside of every callback. */
#ifndef RUNBOOK_MCP_PRIV_H
#define RUNBOOK_MCP_PRIV_H

#include "runbook/base/rng.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/mcp/mcp.h"

#define MCP_MESSAGE_MAX ((size_t)16 << 20)
#define MCP_LOG_MAX ((size_t)8 << 10)
#define MCP_TOOLS_MAX 512
#define MCP_PAGES_MAX 100
#define MCP_ITEMS_MAX 10000
#define MCP_LIST_BYTES_MAX ((size_t)8 << 20)
#define MCP_REQUESTS_MAX 256

/* ---- transports ---- */

struct mcp_transport;
struct mcp_transport_ops {
    /* `request` is 0 for what gets no answer. False: it could not even be queued. */
    bool (*send)(struct mcp_transport *t, struct str json, uint64_t request);
    /* Nobody waits for that answer any more. May be NULL. */
    void (*forget)(struct mcp_transport *t, uint64_t request);
    /* The handshake is done: what the server says unasked may come now. May be NULL. */
    void (*ready)(struct mcp_transport *t);
    /* No more is to be sent: a child may begin to end. May be NULL. */
    void (*end)(struct mcp_transport *t);
    bool (*ended)(struct mcp_transport *t); /* has it? NULL: yes */
    void (*close)(struct mcp_transport *t); /* all of it, now; frees */
};

struct mcp_transport {
    const struct mcp_transport_ops *ops;
    struct mcp_client *client;
    bool closed;
};

struct mcp_transport *mcp_stdio_open(struct mcp_client *c);
struct mcp_transport *mcp_http_open(struct mcp_client *c);

/* From transports. A message is one JSON value; what is none is `false` and noise. */
bool client_on_message(struct mcp_client *c, struct str json);
void client_on_unanswered(struct mcp_client *c, uint64_t request, const struct err *err);
bool client_waits_for(const struct mcp_client *c, uint64_t request);
void client_on_lost(struct mcp_client *c, const struct err *err);
void client_on_log(struct mcp_client *c, struct str text);

/* ---- one server ---- */

struct mcp_call {
    uint64_t id;
    mcp_reply_fn *fn;
    mcp_progress_fn *progress;
    void *ctx;
    int64_t timeout_ms;
    loop_id timer;
    struct mcp_client *client;
    struct mcp_call *next;
    char method[48];
};

struct mcp_row; /* tools.c */

struct mcp_client {
    struct mcp *owner;
    struct arena *arena; /* the spec */
    struct mcp_spec spec;
    struct loop *loop;
    struct http_client *http;
    struct rng *rng;
    enum mcp_state state;
    struct mcp_transport *transport; /* NULL: none */
    struct mcp_call *calls;
    size_t call_count;
    uint64_t last_id;
    unsigned failures;                /* in a row */
    VEC(struct mcp_transport *) dead; /* closed on a later turn */
    loop_id retry_timer, start_timer, bury_timer;
    char protocol[16];
    char *title, *version;
    bool has_tools, has_resources, has_prompts;
    bool listing, list_again;
    struct err err;
    struct buf log, log_shown;
    size_t noise;                  /* messages that were none */
    VEC(struct mcp_row *) rows;    /* as last listed, then what reads resources and prompts */
    size_t own_tools;              /* of rows: those that the server listed */
    VEC(struct mcp_row *) retired; /* no longer listed; calls may still hold them */
};

struct mcp_client *client_new(struct mcp *owner, const struct mcp_spec *spec);
void client_start(struct mcp_client *c);
void client_end(struct mcp_client *c); /* before client_free: children may begin to end */
bool client_ended(const struct mcp_client *c);
void client_free(struct mcp_client *c);
void client_tools_listed(struct mcp_client *c, const struct mcp_reply *reply); /* tools.c */
void client_rows_free(struct mcp_client *c);
void client_list_tools(struct mcp_client *c);

/* request.c. NULL: no such request is under way. */
struct mcp_call *client_find_call(struct mcp_client *c, uint64_t id);
/* Takes it off the list, tells its function exactly once, frees it. */
void client_finish_call(struct mcp_client *c, struct mcp_call *call, const struct value *result,
                        const struct err *err);
void client_fail_all(struct mcp_client *c, const struct err *err);
enum err_code client_send_call(struct mcp_client *c, const char *method, struct str params,
                               mcp_reply_fn *fn, mcp_progress_fn *progress, void *ctx,
                               uint64_t *ret_id, struct err *err);
void client_on_progress(struct mcp_client *c, const struct value *p);

struct loop *mcp_loop(const struct mcp *m);
struct http_client *mcp_http(const struct mcp *m);
struct rng *mcp_rng(const struct mcp *m);
void mcp_changed(struct mcp *m, struct mcp_client *c); /* state or tools */
/* A call says how far it is. */
void mcp_progressed(struct mcp *m, struct mcp_client *c, const char *tool, const char *text);
/* A last request whose answer nobody needs: waited for a moment by mcp_free(). */
void mcp_goodbye(struct mcp *m, const struct http_request *req);

/* ---- pure ---- */

/* {"jsonrpc":"2.0","id":ID,"method":...,"params":{...}}; id 0: a notification. With `token` a
 * progress token is put into _meta. */
void rpc_request(struct buf *out, uint64_t id, const char *method, struct str params, bool token);
void rpc_result(struct buf *out, const struct value *id, const char *json);
void rpc_error(struct buf *out, const struct value *id, int code, const char *message);

enum rpc_kind { RPC_BAD, RPC_REQUEST, RPC_NOTIFICATION, RPC_RESULT, RPC_ERROR };
struct rpc_message {
    enum rpc_kind kind;
    const struct value *id; /* of a request, as it is to be sent back */
    uint64_t answers;       /* of a result or an error: our id; 0: not one of ours */
    const char *method;
    const struct value *params, *result;
    struct err err; /* of an error: the server's words, safe to show */
};
void rpc_read(const struct value *v, struct rpc_message *ret);

/* A schema for models: see offer.c. False when only a bare object could be offered. Appends. */
bool mcp_schema_offer(const struct value *schema, struct buf *out);

/* Text of a server for people: safe, one line, at most `max` bytes. */
void safe_line(struct str s, size_t max, struct buf *out);

#endif

/* wire_priv.h - what the files of the model clients share.
 *
 *   provider.c   the table of providers: addresses, keys, quirks
 *   wire.c       the table of wires
 *   request.c    a request copied and mended
 *   answer.c     pieces of an answer become events and, at the end, one message
 *   sse_reader.c the half of a stream reader that server-sent events share
 *   *_write.c    request to bytes, one file a wire: pure
 *   *_read.c     bytes to answer, one file a wire: pure
 *   refusal.c    HTTP status and body to a failure: pure
 *   effort.c     how long a model may think, in its family's words: pure
 *   breaker.c    who is not asked for a while: pure
 *   key.c        where a key comes from
 *   call.c       one call: requests, retries, cuts, switching
 *   llm.c        the client */
#ifndef RUNBOOK_SRC_LLM_WIRE_PRIV_H
#define RUNBOOK_SRC_LLM_WIRE_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/llm/wire.h"

/* ---- providers ---- */

enum provider_auth {
    AUTH_BEARER,
    AUTH_API_KEY, /* header "api-key" */
    AUTH_AWS,     /* SigV4, or Bearer with a Bedrock key */
    AUTH_NONE,    /* a key is sent as Bearer when there is one */
};

struct provider {
    const char *name, *title;
    const char *wire;
    const char *base_url; /* "{region}" is replaced; NULL: must be configured */
    enum provider_auth auth;
    const char *env[3];      /* variables that usually hold the key */
    const char *max_tokens;  /* what the chat wire calls it */
    bool no_usage_option;    /* refuses stream_options */
    bool short_ids;          /* ids of calls are 9 letters and digits */
    bool no_user_after_tool; /* words behind results go into the last result */
    bool one_choice;         /* knows tool_choice "auto" and "none" only */
    bool no_parallel_option; /* refuses parallel_tool_calls */
    bool wants_thoughts;     /* refuses calls without the thoughts that led to them */
    enum { EFFORT_WORD, EFFORT_OBJECT, EFFORT_SWITCH } effort; /* where the chat wire says it */
    bool local;                                                /* runs on this machine */
    const char *hint; /* how to get a key or an address: a sentence part */
};
const struct provider *provider_find(const char *name);
const struct provider *provider_at(size_t index); /* NULL past the end */

/* ---- answers ---- */

struct answer_block {
    enum llm_block_type type;
    uint64_t key; /* the wire's own number */
    unsigned part;
    bool closed;
    struct str id, name;
    struct buf text; /* of a TOOL_USE: its arguments as they come */
    struct buf signature;
    struct str raw;
    struct str json; /* of a closed TOOL_USE */
};

struct answer {
    struct arena *arena;
    llm_event_fn *fn;
    void *ctx;
    const char *provider, *model; /* who answers this part */
    struct str origin;
    VEC(struct answer_block) blocks;
    size_t bytes;       /* that all blocks hold */
    unsigned part;      /* how often it was cut */
    size_t resume_text; /* 1 + the block that the next text goes on with; 0: none */
    uint64_t salt;      /* makes ids of our own unique in a conversation that goes on tomorrow */
    bool started;       /* STARTED was told for this part */
    bool whole;         /* the wire said that this was all */
    struct llm_usage before, now; /* of the parts before; of this one */
    enum llm_stop stop;
    struct str stop_text, request_id;
    enum llm_failure failure; /* set with an error of a reader */
    struct str model_said;    /* the model's name in the stream */
};
#define ANSWER_MAX_BYTES ((size_t)16 << 20)
#define ANSWER_MAX_ARGS ((size_t)1 << 20)
#define ANSWER_MAX_BLOCKS 1024

struct answer *answer_new(const char *provider, const char *model, llm_event_fn *fn, void *ctx);
void answer_free(struct answer *a);
void answer_target(struct answer *a, const char *provider, const char *model);
void answer_start(struct answer *a);
/* Pieces; a block is made when `key` is new. ERR_LIMIT at the caps. */
enum err_code answer_text(struct answer *a, uint64_t key, struct str piece, struct err *err);
enum err_code answer_thinking(struct answer *a, uint64_t key, struct str piece, struct err *err);
enum err_code answer_signature(struct answer *a, uint64_t key, struct str piece, struct err *err);
enum err_code answer_raw(struct answer *a, uint64_t key, struct str json, struct err *err);
/* What else belongs to a call that has begun. */
enum err_code answer_call_raw(struct answer *a, uint64_t key, struct str json, struct err *err);
enum err_code answer_tool(struct answer *a, uint64_t key, struct str id, struct str name,
                          struct err *err);
enum err_code answer_args(struct answer *a, uint64_t key, struct str piece, struct err *err);
bool answer_has(const struct answer *a, uint64_t key);
struct answer_block *answer_block(struct answer *a, uint64_t key); /* NULL: none */
void answer_close(struct answer *a, uint64_t key); /* a call is READY; harmless twice */
void answer_close_all(struct answer *a);
void answer_usage(struct answer *a, const struct llm_usage *now);
void answer_stop(struct answer *a, enum llm_stop stop, struct str text);
/* Fill *err and note why. */
enum err_code answer_fail(struct answer *a, enum llm_failure f, enum err_code code, struct err *err,
                          const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The connection is lost: what is not whole is dropped, but not text. */
void answer_cut(struct answer *a);
bool answer_has_text(const struct answer *a);
bool answer_has_calls(const struct answer *a);
/* The message so far, in the answer's arena. */
struct llm_message answer_message(struct answer *a);
struct llm_usage answer_total(const struct answer *a);

/* ---- wires ---- */

struct wire_ops {
    const char *name;
    /* `req` has gone through llm_request_copy(). */
    void (*write)(const struct wire_target *t, const struct llm_request *req,
                  struct json_writer *w);
    void (*path)(const struct wire_target *t, struct buf *out); /* behind the base URL */
    void *(*open)(struct answer *a);
    enum err_code (*feed)(void *self, struct str bytes, struct err *err);
    /* The stream is over; ERR_NET when that was not all. */
    enum err_code (*end)(void *self, struct err *err);
    void (*close)(void *self);
};
const struct wire_ops *wire_find(const char *name);
extern const struct wire_ops wire_anthropic, wire_chat, wire_responses, wire_bedrock;

/* What server-sent events have in common: every event's data is one JSON object. `fn` gets its
 * type ("" when none was sent) and value, and NULL for "[DONE]". */
typedef enum err_code sse_value_fn(void *self, struct str type, const struct value *v,
                                   struct err *err);
struct sse_reader; /* opaque */
struct sse_reader *sse_reader_new(struct answer *a, sse_value_fn *fn, void *self);
void sse_reader_free(struct sse_reader *r);
enum err_code sse_reader_feed(struct sse_reader *r, struct str bytes, struct err *err);
/* The stream ended too early: says whether it was one at all. */
enum err_code sse_reader_cut(struct sse_reader *r, struct err *err);

/* ---- refusals ---- */

/* What a provider's error object or HTTP answer means. `type` is its word ("overloaded_error"). */
enum llm_failure refusal_kind(int status, struct str type, struct str message);
enum err_code refusal_code(enum llm_failure f);
bool refusal_may_retry(enum llm_failure f);
/* {"error": ...} in any of the shapes that are about. False: there is none in it. */
bool refusal_read(const struct value *v, struct str *ret_type, struct str *ret_message);
/* An error inside a stream. */
enum err_code refusal_in_stream(struct answer *a, struct str type, struct str message,
                                struct err *err);
/* An HTTP answer that is not 2xx. `ret_id`: request id in its body, in `arena`. */
enum llm_failure refusal_http(int status, const char *content_type, struct str body,
                              struct arena *arena, struct str *ret_id, struct err *err);

/* ---- effort.c: how long it may think ---- */

enum llm_thinking wire_thinking(const struct wire_target *t, const struct llm_request *req);
bool wire_is_claude(const struct wire_target *t); /* by its name */
bool wire_claude_asks(const struct wire_target *t, const struct llm_request *req);
/* The members "thinking" and "output_config", when there is anything to say. */
void wire_claude_thinking(struct json_writer *w, const struct wire_target *t,
                          const struct llm_request *req, bool forced);
int64_t wire_claude_tokens(const struct wire_target *t, const struct llm_request *req, bool forced);
/* *ret: the family's word, NULL for none. False: it does not reason, or is not known to. */
bool wire_effort(const struct wire_target *t, const struct llm_request *req, const char **ret);
int64_t wire_tokens(const struct wire_target *t, const struct llm_request *req);

/* Helpers of writers. */
/* The wish for tools as it can be sent: none is forced behind a cut, or where the server cannot. */
enum llm_tool_choice wire_choice(const struct wire_target *t, const struct llm_request *req);
bool wire_is_forced(const struct wire_target *t, const struct llm_request *req);
bool wire_is_own(const struct wire_target *t, const struct llm_block *b); /* from this model */
bool wire_knows_thinking(const struct wire_target *t, const struct llm_block *b);
bool wire_sends(const struct wire_target *t, const struct llm_block *b); /* to this model */
bool wire_sends_any(const struct wire_target *t, const struct llm_message *m);
/* "tool_choice" of both OpenAI wires; `nested`: the name stands inside of "function". */
void wire_put_choice(struct json_writer *w, const struct wire_target *t,
                     const struct llm_request *req, bool nested);
enum llm_stop wire_claude_stop(struct str word);
void wire_system_text(const struct llm_request *req, struct buf *out); /* joined with blank lines */
void wire_object(struct json_writer *w, struct str json);              /* "{}" when it is none */

#endif

/* llm.h - talk with language models: one interface, a row a wire (anthropic messages, openai chat
 * completions, openai responses, bedrock converse).
 * A request is copied when it is sent; its answer comes as events from the loop, never from inside
 * a call of this header, and ends with exactly one of DONE, FAILED, CANCELED. What a call was sent
 * to can change on the way: a request that failed before its answer began is repeated with jitter,
 * an answer that was cut goes on in a second request that holds what was said, and when a model
 * stays away the next configured one is asked. A circuit breaker for each model keeps a dead one
 * from being asked again and again; llm_ready() tells it before a turn begins, so that the built-in
 * investigator takes over. Everything in an event is borrowed during the callback; sending and
 * canceling in it is fine, freeing the client is not. Text of a model is hostile: it is valid UTF-8
 * here and nothing more. Keys are in no message of this layer. */
#ifndef RUNBOOK_LLM_LLM_H
#define RUNBOOK_LLM_LLM_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/rng.h"
#include "runbook/base/secret.h"
#include "runbook/codec/value.h"
#include "runbook/loop/loop.h"
#include "runbook/net/http.h"

struct llm;              /* opaque: the configured models, in order */
typedef uint64_t llm_id; /* of a call; 0 is never valid, never reused */

/* ---- what is asked ---- */

enum llm_block_type { LLM_TEXT, LLM_THINKING, LLM_TOOL_USE, LLM_TOOL_RESULT };

struct llm_block {
    enum llm_block_type type;
    struct str text;      /* TEXT, THINKING; the answer of a TOOL_RESULT */
    struct str id;        /* TOOL_USE, TOOL_RESULT: which call */
    struct str name;      /* TOOL_USE, TOOL_RESULT: of the tool */
    struct str json;      /* TOOL_USE: the arguments, always a JSON object */
    struct str signature; /* THINKING: the model's own proof; sent back as it came */
    struct str raw;       /* THINKING, TOOL_USE: what else its wire needs to get it back, JSON */
    struct str origin;    /* "provider/model" of thoughts and raw: no other model gets them */
    bool is_error;        /* TOOL_RESULT */
    bool cache;           /* the request up to here is worth caching; at most 4 marks are sent */
};

enum llm_role { LLM_USER, LLM_ASSISTANT };

struct llm_message {
    enum llm_role role;
    const struct llm_block *blocks;
    size_t count;
};

struct llm_tool {
    const char *name;       /* [a-zA-Z0-9_-], at most 64 */
    const char *help;       /* what it does, for the model */
    struct str schema_json; /* JSON schema of the arguments: an object */
    bool cache;             /* the tools up to here are worth caching */
};

enum llm_tool_choice {
    LLM_TOOLS_AUTO,
    LLM_TOOLS_NONE, /* the tools stay in the request (and in the cache) and must not be called */
    LLM_TOOLS_ANY,  /* some tool must be called */
    LLM_TOOLS_ONE,  /* the tool `tool_name` must be called */
};

/* ai.reasoning: fast, balanced, deep. Each model is told in its family's words, or nothing that it
 * would refuse; where thoughts count as output, max_tokens grows by the room for them. */
enum llm_thinking {
    LLM_THINKING_DEFAULT, /* as configured for the target; there: nothing is said */
    LLM_THINKING_OFF,
    LLM_THINKING_ON,
    LLM_THINKING_DEEP,
};

struct llm_request {
    const char *model; /* NULL: the configured ones, in order; else "name" of a target's
                        * model or "provider/model": that one first */
    const struct llm_block *system; /* TEXT */
    size_t system_count;
    const struct llm_message *messages; /* the first is the user's; a TOOL_USE without its result
                                         * gets one that says so, runs of a role are joined */
    size_t message_count;
    const struct llm_tool *tools;
    size_t tool_count;
    enum llm_tool_choice tool_choice;
    const char *tool_name;
    int64_t max_tokens; /* of the answer; 0: as configured */
    enum llm_thinking thinking;
    bool one_tool; /* at most one call in an answer, where the wire can say so */
    bool no_fallback;
};

/* ---- what comes ---- */

enum llm_event_type {
    LLM_EV_STARTED,      /* an answer has begun: provider, model */
    LLM_EV_TEXT,         /* text: a piece of block `block` */
    LLM_EV_THINKING,     /* text: the same; can be a summary, or not come at all */
    LLM_EV_TOOL_STARTED, /* id, name */
    LLM_EV_TOOL_ARGS,    /* text: a piece of its arguments, id */
    LLM_EV_TOOL_READY, /* id, name, text: the arguments as they came; args, or err when they are no
                        * JSON object: answer the model with that text, is_error */
    LLM_EV_USAGE,      /* usage: of the whole call so far, never to be added up */
    LLM_EV_RETRYING,   /* err: why; wait_ms, attempt (2 is the first repetition); with `cut` the
                        * answer goes on behind what was said */
    LLM_EV_SWITCHED,   /* provider, model: who is asked now; err: why */
    LLM_EV_DONE,       /* answer */
    LLM_EV_FAILED,     /* err, failure; answer: what was said so far */
    LLM_EV_CANCELED,   /* answer: what was said so far */
};

/* Tokens. All that was read is input + cache_read + cache_write, whatever the wire counts. */
struct llm_usage {
    int64_t input;      /* read at the full price */
    int64_t cache_read; /* read from the cache */
    int64_t cache_write;
    int64_t output;   /* with what was thought */
    int64_t thinking; /* part of output, where the wire tells */
};

enum llm_stop {
    LLM_STOP_NONE, /* it did not come to an end */
    LLM_STOP_END,
    LLM_STOP_MAX_TOKENS,
    LLM_STOP_SEQUENCE,
    LLM_STOP_TOOL_USE,
    LLM_STOP_PAUSE,   /* send the message back as it is: the model goes on */
    LLM_STOP_REFUSAL, /* the provider's filter or the model declined */
    LLM_STOP_CONTEXT, /* the window is full */
    LLM_STOP_CUT,   /* the connection was lost behind whole tool calls: answer these, and it goes on
                     */
    LLM_STOP_OTHER, /* stop_text says */
};

/* Why a call failed, by what the caller can do about it. */
enum llm_failure {
    LLM_FAIL_NONE,
    LLM_FAIL_CONFIG,   /* nothing to ask: no model, no key; err says what is missing */
    LLM_FAIL_AUTH,     /* the key is refused */
    LLM_FAIL_BILLING,  /* no money left */
    LLM_FAIL_MODEL,    /* the model is not there for us */
    LLM_FAIL_CONTEXT,  /* the request is too long: make it shorter */
    LLM_FAIL_REQUEST,  /* the request is refused for another reason */
    LLM_FAIL_RATE,     /* too many requests or tokens */
    LLM_FAIL_OVERLOAD, /* the provider is overloaded or broken */
    LLM_FAIL_NET,      /* no connection, cut */
    LLM_FAIL_TIMEOUT,
    LLM_FAIL_PROTOCOL, /* what came is not what the wire promises */
    LLM_FAIL_PAUSED,   /* every model's breaker is open: err says until when */
};

struct llm_answer {
    struct llm_message message; /* whole blocks only, fit to be sent back untouched; the text of an
                                 * answer that was cut is there up to the cut */
    enum llm_stop stop;
    struct str stop_text; /* the wire's word */
    struct llm_usage usage;
    const char *provider, *model; /* who answered; "" when nobody did */
    struct str request_id;        /* the provider's, for support; "" when none */
    unsigned requests;            /* that were sent, repetitions included */
    int64_t first_byte_ms;        /* of the last request that was answered; -1: none */
    int64_t duration_ms;
    bool continued; /* the connection was lost on the way, and the answer was put together */
};

struct llm_event {
    enum llm_event_type type;
    size_t block; /* pieces with the same number belong together */
    struct str text, id, name;
    const struct value *args;
    const struct err *err;
    const struct llm_usage *usage;
    const struct llm_answer *answer;
    const char *provider, *model;
    int64_t wait_ms;
    unsigned attempt;
    bool cut;
    enum llm_failure failure;
};
typedef void llm_event_fn(void *ctx, const struct llm_event *ev);

const char *llm_stop_name(enum llm_stop s);       /* "end", "tool_use" ... for journals */
const char *llm_failure_name(enum llm_failure f); /* "auth", "overload" ... */

/* ---- the configured models ---- */

enum llm_key_source {
    LLM_KEY_ANY,      /* key, key_cmd, key_file, key_env, then the provider's usual variables */
    LLM_KEY_ENV,      /* variables only */
    LLM_KEY_KEYCHAIN, /* `secret-tool lookup service runbook provider NAME` */
    LLM_KEY_SKIP,     /* none is sent */
};

struct llm_target_options {
    const char *provider;     /* a row of the table in llm_providers() */
    const char *model;        /* as the provider calls it */
    const char *wire;         /* NULL or "": the provider's; "openai_responses" and so on */
    const char *base_url;     /* NULL or "": the provider's */
    const char *region;       /* bedrock, vertex; NULL or "": from the environment */
    const char *api_version;  /* anthropic; NULL or "": 2026-10-21 */
    const struct secret *key; /* copied */
    const char *key_cmd;      /* run without a shell; the first line of its output is the key */
    const char *key_file;     /* must be ours, and readable by us alone */
    const char *key_env;      /* a variable that holds the key */
    enum llm_key_source key_source;
    int64_t max_tokens;         /* of an answer; 0: 4 096 */
    double temperature;         /* negative: not sent; never sent where the wire refuses it */
    enum llm_thinking thinking; /* of requests that leave it open */
};

struct llm_options {
    const struct llm_target_options *targets; /* in order of preference; copied */
    size_t target_count;
    unsigned retries;               /* of one target, before the answer begins; see LLM_RETRIES */
    int64_t first_byte_ms;          /* 0: 120 000 */
    int64_t idle_ms;                /* between bytes; 0: 60 000 */
    int64_t total_ms;               /* of one request; 0: 900 000 */
    char *(*env)(const char *name); /* getenv() or a test's; NULL: getenv() */
    const char *aws_profile; /* of bedrock's credentials; NULL or "": see aws_credentials.h */
    struct rng *rng;         /* jitter; NULL: its own */
};
enum { LLM_RETRIES = 2 };

/* What can be known without the network is checked here: ERR_INPUT and ERR_NOT_FOUND name the
 * field. A missing key is no error here: llm_ready() tells it. Borrows loop and http. */
enum err_code llm_new(struct loop *l, struct http_client *http, const struct llm_options *opts,
                      struct llm **ret, struct err *err);
void llm_free(struct llm *m); /* NULL is fine; calls under way end silently */

llm_id llm_send(struct llm *m, const struct llm_request *req, llm_event_fn *fn, void *ctx);
void llm_cancel(struct llm *m, llm_id id); /* CANCELED comes soon; harmless when it has ended */

enum llm_health { LLM_CLOSED, LLM_OPEN, LLM_HALF_OPEN };

struct llm_target {
    const char *provider, *title, *model, *wire, *base_url;
    const char *key_from;   /* "ANTHROPIC_API_KEY", "llm.api_key", "a command" ...; "" when none */
    bool usable;            /* nothing is missing */
    struct err missing;     /* what is, in one line that says what to do */
    enum llm_health health; /* of the circuit breaker: OPEN is not asked until `until_ms` */
    int64_t until_ms;       /* wall clock; 0: closed */
    struct err reason;      /* why it is open */
    bool local;             /* runs on this machine: nothing leaves it */
};
size_t llm_count(const struct llm *m);
/* False past the end. Strings live as long as the client. */
bool llm_target(const struct llm *m, size_t index, struct llm_target *ret);
/* Can a call be tried now? ERR_OK, or one line that says what is missing or until when all models
 * are paused (ERR_NOT_FOUND, ERR_AGAIN). */
enum err_code llm_ready(const struct llm *m, struct err *err);
/* A person's wish (/model): ask this one first from now on. False: there is no such target. `name`
 * is a model, or provider/model. */
bool llm_prefer(struct llm *m, const char *name);
/* Tells `fn` every key that is known without running anything, and from then on each one that is
 * obtained (of a command, the keychain, a file that has changed ...) before it is used, so that it
 * can be hidden wherever it turns up. One listener; no key is told twice. */
void llm_on_secret(struct llm *m, void (*fn)(void *ctx, struct str secret), void *ctx);
size_t llm_first(const struct llm *m); /* which target that is: an index for llm_target() */
void llm_breaker_reset(struct llm *m); /* a person says: try again now */

/* ---- for models that are no server: the scripted one of tests ---- */

struct llm_ops {
    llm_id (*send)(void *self, const struct llm_request *req, llm_event_fn *fn, void *ctx);
    void (*cancel)(void *self, llm_id id);
    bool (*target)(void *self, size_t index, struct llm_target *ret);
    void (*free)(void *self);
};
struct llm *llm_new_custom(const struct llm_ops *ops, void *self);

/* Deep copy in an arena, made fit to be sent: runs of a role are joined, empty blocks dropped, a
 * call without result gets one, a result without call becomes text. */
const struct llm_request *llm_request_copy(struct arena *a, const struct llm_request *req);

#endif

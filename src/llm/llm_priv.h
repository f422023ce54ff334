/* llm_priv.h - what the files of the client share: targets, keys, breakers, calls. */
#ifndef RUNBOOK_SRC_LLM_LLM_PRIV_H
#define RUNBOOK_SRC_LLM_LLM_PRIV_H

#include "runbook/base/idtab.h"
#include "runbook/loop/proc.h"
#include "runbook/net/aws_credentials.h"
#include "src/llm/wire_priv.h"

/* ---- breaker.c: pure ---- */

struct breaker {
    unsigned failures; /* requests in a row */
    unsigned opened;   /* times in a row */
    int64_t until_ms;  /* monotonic; 0: closed */
    bool probing;      /* one call tries whether it works again */
    struct err reason;
};
enum llm_health breaker_health(const struct breaker *b, int64_t now_ms);
/* May a call begin? With `begin` it does: half open, it is the only one. */
bool breaker_allows(struct breaker *b, int64_t now_ms, bool begin);
void breaker_worked(struct breaker *b);
/* `wait_ms` > 0: the provider says when it may be asked again. */
void breaker_failed(struct breaker *b, enum llm_failure f, const struct err *why, int64_t wait_ms,
                    int64_t now_ms);
void breaker_released(struct breaker *b); /* the probe ended without saying anything */

/* ---- key.c ---- */

/* What a request is authorised with. All NULL: nothing. */
struct key_set {
    struct secret *key;
    struct secret *aws_id, *aws_secret, *aws_token;
    bool renewable; /* those of AWS end, and can be asked for anew */
    char from[96];  /* "ANTHROPIC_API_KEY", "a file" ... */
};
void key_set_clear(struct key_set *k);

enum key_state { KEY_FOUND, KEY_NONE_NEEDED, KEY_ASK_COMMAND, KEY_ASK_AWS, KEY_MISSING };

struct target;
/* Looks without waiting: KEY_ASK_COMMAND when a command has to be run, KEY_ASK_AWS when m->aws has
 * to ask, KEY_MISSING with *err. */
enum key_state key_find(const struct target *t, struct key_set *ret, struct err *err);
void key_take_aws(struct key_set *ret, const struct aws_keys *keys);
/* What a command printed; takes the first line. */
struct secret *key_of_output(struct str out);
/* A key was obtained: told to who wants to hide it, unless it was before. */
void key_obtained(struct llm *m, const struct secret *key);
/* Stars over every key that was ever obtained, in place. */
void key_hide(const struct llm *m, char *text, size_t len);

/* ---- target.c ---- */

struct target {
    struct llm *m;
    const struct provider *provider;
    const struct wire_ops *wire;
    const char *model, *origin, *base_url, *region, *api_version;
    const char *key_cmd, *key_file, *key_env;
    char key_from[96]; /* as it was shown last */
    struct secret *key;
    enum llm_key_source key_source;
    int64_t max_tokens;
    double temperature;
    enum llm_thinking thinking;
    struct breaker breaker;
    struct secret *cmd_key; /* what the command printed */
    int64_t cmd_key_until_ms;
};

struct llm {
    const struct llm_ops *ops; /* NULL: our own */
    void *self;
    struct loop *loop;
    struct http_client *http;
    struct arena *arena;
    struct target *targets;
    size_t count, preferred;
    unsigned retries;
    int64_t first_byte_ms, idle_ms, total_ms;
    char *(*env)(const char *name);
    struct rng own_rng, *rng;
    struct idtab *calls;
    struct aws_credentials *aws;    /* of those that sign as AWS wants it */
    VEC(struct attempt *) attempts; /* also those that nobody waits for any more */
    VEC(struct secret *) secrets;   /* every key that was ever obtained */
    void (*on_secret)(void *ctx, struct str secret);
    void *on_secret_ctx;
};

enum err_code target_init(struct llm *m, struct target *t, const struct llm_target_options *o,
                          struct err *err);
void target_release(struct target *t);
void target_show(struct target *t, struct llm_target *ret);
bool target_named(const struct target *t, const char *name);
const char *llm_env(const struct llm *m, const char *name); /* NULL when unset or empty */

/* ---- call.c, call_send.c ---- */

/* One HTTP request. It outlives its call when that is done with it. */
struct attempt {
    struct llm *m;
    struct call *call; /* NULL: nobody waits */
    xfer_id xfer;
    loop_id linger;
};

struct call {
    struct llm *m;
    llm_id id;
    struct arena *arena;
    const struct llm_request *req;
    llm_event_fn *fn;
    void *ctx;
    size_t *order;  /* of the targets */
    size_t at;      /* in order; m->count: past the end */
    bool asked;     /* some target was sent a request */
    unsigned tries; /* of this target, in this part */
    unsigned cuts;
    bool fresh_key;
    bool probing; /* holds the breaker's probe */
    struct answer *answer;
    void *reader;
    const struct wire_ops *wire;
    struct attempt *attempt;
    loop_id timer, watch, proc;
    aws_ask asked_aws;
    struct key_set key;
    int64_t started_ms, sent_ms, byte_ms, first_byte_ms; /* first_byte_ms: -1 none */
    unsigned requests;
    bool canceled;
    struct err err; /* the last failure */
    enum llm_failure failure;
};

llm_id call_new(struct llm *m, const struct llm_request *req, llm_event_fn *fn, void *ctx);
void call_cancel(struct call *c);
void call_free(struct call *c);
struct target *call_target(struct call *c);
/* One request was refused, lost or broken. `wait_ms`: what the server asks for, -1 nothing; `word`:
 * of x-should-retry: 1 yes, 0 no, -1 unsaid. */
void call_failed(struct call *c, enum llm_failure f, const struct err *why, int64_t wait_ms,
                 int word);
void call_finished(struct call *c); /* the answer is whole */

/* call_send.c: send one request to the target; its end comes through the two above. */
void call_send(struct call *c);
void call_orphan(struct call *c, bool stop); /* the attempt is nobody's any more */
void attempt_free(struct attempt *at);
int64_t retry_after_ms(const char *ms, const char *after, int64_t wall_ms); /* -1: none said */

#endif

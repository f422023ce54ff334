/* client_priv.h - what the files of the client share.
 *
 *   client.c         calls, their gates, keys, pages and ends
 *   client_send.c    one request: address, headers, signature
 *   client_stream.c  answers of events, without end
 *   client_answer.c  what an answer means, and whether it is asked again
 *   trouble.c        codes of refusals: pure */
#ifndef RUNBOOK_SRC_SERVICE_AWS_CLIENT_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_CLIENT_PRIV_H

#include "runbook/base/idtab.h"
#include "runbook/base/map.h"
#include "runbook/base/rng.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/client.h"
#include "runbook/service/aws/tally.h"

/* Requests to one service of one region share a limit, which throttling lowers. */
struct gate {
    char *key;
    unsigned active, coming; /* coming: let in on the next turn */
    double limit;
    VEC(aws_id) waiting;
};

/* An operation of a region that may be asked so often a second. */
struct pace {
    const struct aws_list *list;
    char *region;
    int64_t next_ms; /* when the next request may leave */
};

enum call_state { CALL_GATE, CALL_KEYS, CALL_SENT, CALL_WAITING, CALL_ENDING };

struct call {
    struct aws_client *client;
    aws_id id;
    enum call_state state;
    struct aws_callbacks cb;
    void *ctx;
    const struct aws_service *service;
    const struct aws_list *list;
    struct gate *gate;
    bool holds_place, coming, paced; /* paced: its turn has come */

    char *region;
    struct arena *params_arena;
    const struct value *params; /* of the page that is asked for */
    struct map *tokens;         /* page tokens that were sent */
    size_t max_items;
    unsigned max_pages;
    bool pages_wanted; /* the caller's limit: reaching it is no error */
    bool whole, answers;
    bool once;   /* a change: no second attempt */
    bool unsent; /* no connection came to be: nothing of it was sent */
    bool repeat; /* ... except after throttling: a token makes both the same */

    aws_ask ask;
    xfer_id xfer;
    loop_id timer, deadline;
    int64_t start_ms;
    unsigned attempts;       /* of this page */
    unsigned paid;           /* for the last repetition */
    struct aws_tally *tally; /* NULL: nobody counts */
    bool again_waits;        /* the tally was told that it waits, throttled */
    bool silent;             /* nobody waits for it any more */
    bool skew_tried, keys_tried, redirected;
    char key_hint[12]; /* the end of the access key that was refused */
    struct aws_result result;
    char code[129];
};

struct aws_client {
    struct loop *loop;
    struct http_client *http;
    struct aws_credentials *credentials;
    struct rng own_rng, *rng;
    struct arena *arena;
    unsigned attempts, throttled_attempts, at_once;
    int64_t wait_ms;
    size_t max_body_bytes;
    struct http_tls tls;
    bool has_tls;
    struct aws_settings settings;
    struct map *endpoints; /* service's id to the configured URL; "": none */
    int64_t skew_ms;
    unsigned quota;
    struct idtab *calls;
    struct aws_tally *tally; /* of calls that name none; NULL: none */
    VEC(struct gate *) gates;
    VEC(struct pace) paces;
    VEC(aws_id) ending;
    loop_id end_timer;
};

/* client.c */
void aws_call_ended(struct call *k, enum aws_end end); /* result.err is set; the rest comes later */
void aws_call_next(struct call *k); /* ask for the page in params, when there is room */
void aws_call_next_page(struct call *k, const struct value *next);
void aws_call_give_back(struct call *k);
void aws_call_again(struct call *k, int64_t wait_ms); /* the same page, later */
void aws_call_goes_on(struct call *k);                /* it waits no more, for the tally */
enum err_code aws_call_where(struct aws_client *c, const struct aws_service *s, const char *region,
                             struct aws_where *ret, struct err *err);

/* client_ends.c */
bool aws_end_leaves_open(enum aws_end end, unsigned requests); /* of a change */

/* client_send.c; `keys` NULL: without a signature */
void aws_call_send(struct call *k, const struct aws_keys *keys);

/* For client_stream.c: signed and sent; the answer comes piece by piece. */
enum err_code aws_stream_send(struct aws_client *c, const struct aws_query *q,
                              const struct aws_keys *keys, const struct http_callbacks *cb,
                              void *ctx, xfer_id *ret, struct err *err);

/* client_answer.c */
void aws_call_answered(struct call *k, const struct http_result *r);

/* trouble.c */
enum trouble {
    TROUBLE_OTHER,
    TROUBLE_THROTTLED,
    TROUBLE_TRANSIENT,
    TROUBLE_CLOCK,
    TROUBLE_ENDED_KEYS,
    TROUBLE_KEYS,
    TROUBLE_DENIED,
    TROUBLE_NOT_ENABLED,
    TROUBLE_NOT_FOUND,
};
enum trouble aws_trouble_of(int status, struct str code, struct str message);

#endif

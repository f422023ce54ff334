/* client.h - asking AWS: lists, page after page, as one account.
 *
 * A call is signed anew for each request, so nothing of it is repeated by the HTTP client. It is
 * tried again here, as the SDKs' standard mode does: throttling, 5xx, broken connections; jittered
 * exponential waits, Retry-After; a quota of repetitions that all calls of a client share. A server
 * that is throttled is asked by fewer at once for a while. A wrong clock is corrected by the
 * server's Date, keys that ended are asked for once more, a bucket elsewhere is asked there. Walks
 * end: a page token that came before, too many pages, items or minutes are named in the result.
 * Everything comes from the loop; a call ends exactly once.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior". */
#ifndef RUNBOOK_SERVICE_AWS_CLIENT_H
#define RUNBOOK_SERVICE_AWS_CLIENT_H

#include "runbook/net/aws_credentials.h"
#include "runbook/service/aws/endpoint.h"

struct aws_client;       /* opaque: one account */
typedef uint64_t aws_id; /* 0 is never valid */

struct aws_client_options {
    struct loop *loop;
    struct http_client *http;
    struct aws_credentials *credentials; /* all three borrowed */
    struct rng *rng;                     /* jitter; NULL: the system's */
    unsigned attempts;                   /* 0: as the settings say, else 3 */
    unsigned throttled_attempts;         /* the same when throttled; 0: `attempts` */
    unsigned at_once;                    /* requests to a service of a region; 0: 8 */
    int64_t wait_ms;                     /* the first step of the waits; 0: 1000 */
    size_t max_body_bytes;               /* of an answer, unpacked; 0: 32 MiB */
    const struct http_tls *tls;          /* NULL: the system's */
};
struct aws_client *aws_client_new(const struct aws_client_options *o);
void aws_client_free(struct aws_client *c); /* calls under way end silently; NULL is fine */

struct aws_tally; /* tally.h */

struct aws_query {
    const struct aws_service *service; /* both live until the end */
    const struct aws_list *list;
    const struct value *params; /* copied; NULL: none */
    const char *region;         /* copied; NULL: the credentials' */
    size_t max_items;           /* 0: no limit; the last page is whole */
    unsigned max_pages;         /* 0: 10,000; reached otherwise than by this it is an error */
    int64_t timeout_ms;         /* of the whole walk; 0: 5 minutes */
    bool whole;                 /* the answer itself is the one item, not what the list names */
    bool answers;               /* likewise of each page; pages are items */
    /* Where the call is counted, borrowed until it has ended; NULL: the client's own, if any. */
    struct aws_tally *tally;
};

/* Why there is no more. */
enum aws_end {
    AWS_END_WHOLE,       /* all pages came */
    AWS_END_CUT,         /* as many came as were wanted; there are more */
    AWS_END_DENIED,      /* the keys are good, the permission is missing */
    AWS_END_KEYS,        /* no keys, or they were refused: wrong, ended, unknown here */
    AWS_END_THROTTLED,   /* on every attempt */
    AWS_END_NOT_ENABLED, /* the service is switched off for this account or region */
    AWS_END_ABSENT,      /* the service is not in this region */
    AWS_END_NOT_FOUND,   /* what was asked about does not exist */
    AWS_END_CLOCK,       /* ours and theirs differ, also after the correction */
    AWS_END_REFUSED,     /* any other refusal */
    AWS_END_FAILED,      /* the server failed on every attempt */
    AWS_END_UNREACHED,   /* no connection, or it broke each time */
    AWS_END_BAD_ANSWER,  /* cannot be read, is too large, or walks in a circle */
    AWS_END_INPUT,       /* the call cannot be made as it was asked for */
    AWS_END_TIMEOUT,
    AWS_END_CANCELED,
};
#define AWS_ENDS (AWS_END_CANCELED + 1)
const char *aws_end_name(enum aws_end e);     /* "not-enabled", for JSON */
const char *aws_end_sentence(enum aws_end e); /* "not enabled" */

struct aws_result {
    enum aws_end end;
    struct err err;   /* one line, safe for a terminal; of WHOLE and CUT: ERR_OK */
    const char *code; /* the service's own word: "AccessDenied"; "" */
    int status;       /* of the last answer; 0: none came */
    size_t items;
    unsigned pages, requests, retries;
    int64_t duration_ms;
    bool maybe; /* of a change that failed: it may have been done all the same */
};

struct aws_callbacks {
    /* Items of one page, borrowed during the call; may be none. Canceling in it is fine. */
    void (*on_page)(void *ctx, const struct value *items);
    void (*on_retry)(void *ctx, unsigned attempt, int64_t wait_ms, const char *why); /* or NULL */
    void (*on_done)(void *ctx, const struct aws_result *r); /* exactly once, from the loop */
    /* Before on_page: the whole answer, for what it says beside its items. NULL: not wanted. */
    void (*on_answer)(void *ctx, const struct value *whole);
    /* Behind on_page: items of the page's further list `n` (aws_list.also). NULL: not wanted. */
    void (*on_also)(void *ctx, size_t n, const struct value *items);
};

/* A closed operation (aws_service.closed) ends with AWS_END_INPUT and ERR_DENIED, and nothing is
 * sent. */
aws_id aws_send(struct aws_client *c, const struct aws_query *q, const struct aws_callbacks *cb,
                void *ctx);
/* A change (`q->list` is of aws_service.changes; for aws_send() it is ERR_INPUT): sent once, on a
 * connection of its own. It is sent again only when it was throttled, which is before anything is
 * done, and only when a parameter of it makes the second request the same as the first. */
aws_id aws_change(struct aws_client *c, const struct aws_query *q, const struct aws_callbacks *cb,
                  void *ctx);
void aws_cancel(struct aws_client *c, aws_id id); /* ends with CANCELED, from the loop */
/* End it silently: no callback comes. For an owner that goes away; not from inside a callback. */
void aws_abandon(struct aws_client *c, aws_id id);
size_t aws_under_way(const struct aws_client *c);
/* From now on calls that name no tally are counted here (borrowed; NULL: nowhere). */
void aws_client_count(struct aws_client *c, struct aws_tally *t);

/* Milliseconds that are added to our clock, as AWS's says. */
int64_t aws_client_skew_ms(const struct aws_client *c);
const char *aws_client_region(struct aws_client *c); /* the credentials', or NULL */

/* The address of a first page, signed for `expires_s` seconds; whoever has it can ask. Only with
 * keys that are known already (ERR_AGAIN: make a call first), only for GET. */
enum err_code aws_presign(struct aws_client *c, const struct aws_query *q, unsigned expires_s,
                          struct buf *out, struct err *err);

#endif

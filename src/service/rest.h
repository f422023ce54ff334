/* rest.h - the part that clients of JSON APIs share: one base URL, credentials, calls under way.
 * A call's answer is checked (decoded once, counted) before it is delivered; a big one on the
 * thread pool, so the screen stays quick. What the pool works on cannot be freed, so a canceled
 * call is cut off from its client and frees itself when it comes back. Private to src/service. */
#ifndef RUNBOOK_SERVICE_REST_H
#define RUNBOOK_SERVICE_REST_H

#include "runbook/base/arena.h"
#include "runbook/net/http.h"

struct rest;              /* opaque */
typedef uint64_t rest_id; /* 0 is never valid */

struct rest_options {
    const char *name; /* "Prometheus", for messages; static */
    const char *url;
    enum http_auth auth;
    const char *user;
    const struct secret *secret;       /* copied */
    const struct http_tls *tls;        /* the struct is copied, its strings are borrowed */
    const struct http_header *headers; /* borrowed */
    size_t header_count;
    int64_t timeout_ms;
    size_t max_body_bytes;
};

enum err_code rest_new(struct loop *l, struct http_client *http, const struct rest_options *opts,
                       struct rest **ret, struct err *err);
void rest_free(struct rest *r); /* cancels silently; NULL is fine */
const char *rest_url(const struct rest *r);

struct rest_request {
    struct str path, params;   /* "/api/v1/query", "a=b&c=d" */
    bool post;                 /* params as a form */
    const char *method;        /* one that changes something, never sent twice; NULL: GET or POST */
    struct str json;           /* its body; "": none */
    int64_t timeout_ms;        /* 0: the client's */
    const struct err *refused; /* set: nothing is sent, this error is delivered on a later turn */
};

struct rest_reply {
    struct err err;
    struct buf body;     /* as it came, also of an error */
    struct arena *arena; /* lives as long as the reply */
    int http_status;     /* 0: none */
    int64_t duration_ms;
};

struct rest_ops {
    /* A 2xx answer: decode it; sets reply->err when it is none. On any thread; touches only its
     * arguments. */
    void (*check)(void *ctx, struct rest_reply *reply);
    /* Exactly once unless canceled, never nested in rest_send(). */
    void (*done)(void *ctx, struct rest_reply *reply);
    void (*free)(void *ctx); /* always, at the very end */
    /* An answer that is no 2xx, or is HTML. */
    void (*fail)(int status, const char *content_type, struct str body, struct err *err);
};
rest_id rest_send(struct rest *r, const struct rest_request *req, const struct rest_ops *ops,
                  void *ctx);
void rest_cancel(struct rest *r, rest_id id); /* done is not called any more, free is */

/* What an HTTP answer that is no success means when its body says nothing in the API's own words.
 * `text` (may be "") is put behind the status. */
enum err_code rest_http_error(const char *name, int status, const char *content_type,
                              struct str body, struct err *err);
enum err_code rest_status_code(int status);
/* "; check the user and ..." for a status, or "". */
const char *rest_advice(int status);

#endif

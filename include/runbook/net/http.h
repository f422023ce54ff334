/* http.h - HTTP client on curl multi, driven by the loop.
 * Every request has an id, an overall deadline, a cap on its body, and finishes exactly once.
 * Retries happen before any body byte was handed out, for requests that may be repeated only: 408,
 * 425, 429, 500, 502, 503, 504, 529, and connection errors; Retry-After is honoured (both forms, at
 * most a minute), else exponential backoff with full jitter; a wait that could only end in the
 * deadline is not begun. Proxies come from the environment (http_proxy, https_proxy, all_proxy,
 * no_proxy). Only http and https; redirects are not followed unless asked for, and never to another
 * host. Callbacks come from the loop, never from inside a call of this header: sending and
 * canceling in them is fine, freeing the client is not. libcurl is loaded and initialised by the
 * first request; without it that request ends with ERR_NOT_FOUND, naming the package. */
#ifndef RUNBOOK_NET_HTTP_H
#define RUNBOOK_NET_HTTP_H

#include "runbook/base/rng.h"
#include "runbook/base/secret.h"
#include "runbook/base/str.h"
#include "runbook/loop/loop.h"

struct http_client;       /* opaque */
typedef uint64_t xfer_id; /* 0 is never valid */

struct http_tls {
    const char *ca_file;   /* NULL: the system's */
    const char *cert_file; /* client certificate (PEM) */
    const char *key_file;
    bool insecure;           /* no verification; the config says so loudly */
    const char *server_name; /* SNI and the name to verify, when it differs from the URL's host */
};

enum http_auth { HTTP_AUTH_NONE, HTTP_AUTH_BASIC, HTTP_AUTH_BEARER };

struct http_header {
    const char *name;
    const char *value;
};

struct http_request {
    const char *method; /* "GET" when NULL */
    const char *url;    /* absolute */
    const struct http_header *headers;
    size_t header_count;
    struct str body; /* copied */
    const char *content_type;
    enum http_auth auth;
    const char *user;            /* BASIC */
    const struct secret *secret; /* password or token; copied, wiped */
    const struct http_tls *tls;  /* copied; NULL: defaults */
    int64_t connect_timeout_ms;  /* 0: 5 000 */
    int64_t timeout_ms;          /* overall, retries included; 0: 30 000 */
    int64_t idle_timeout_ms;     /* between bytes; 0: none */
    size_t max_body_bytes;       /* 0: 16 MiB; more is ERR_LIMIT */
    unsigned retries;            /* 0: none */
    bool may_repeat;             /* GET and HEAD always may; what may not is never sent twice */
    bool stream;                 /* bodies of 2xx go to on_data instead of into result.body */
    bool follow_redirects;       /* same host only, at most 3; any other is ERR_REMOTE */
    bool direct;                 /* no proxy, whatever the environment says */
};

struct http_result {
    struct err err;  /* ERR_OK: a whole HTTP answer came, whatever its status */
    long status;     /* 0 when none */
    struct str body; /* borrowed during the callback; of a streamed request only when not 2xx */
    const char *content_type; /* "" when none */
    int64_t duration_ms;
    int64_t first_byte_ms; /* since the start; -1: none */
    unsigned attempts;
    /* A response header by name (any case), or NULL. Valid during the callback. */
    const char *(*header)(const struct http_result *r, const char *name);
    void *priv;
};

struct http_callbacks {
    void (*on_data)(void *ctx, struct str piece); /* streamed 2xx bodies */
    void (*on_retry)(void *ctx, unsigned attempt, int64_t wait_ms,
                     const char *why); /* may be NULL */
    void (*on_done)(void *ctx,
                    const struct http_result *result); /* exactly once, never nested in http_send */
    /* Of a streamed 2xx answer, just before the first on_data: status and headers. May be NULL. */
    void (*on_head)(void *ctx, const struct http_result *head);
};

struct http_options {
    const char *user_agent; /* "runbook/<version>" */
    unsigned max_per_host;  /* concurrent transfers to one host; 0: 8 */
    unsigned max_total;     /* 0: 64 */
    struct rng *rng;        /* jitter */
};

struct http_client *http_client_new(struct loop *l, const struct http_options *opts);
void http_client_free(struct http_client *c); /* cancels silently what is under way */
xfer_id http_send(struct http_client *c, const struct http_request *req,
                  const struct http_callbacks *cb, void *ctx);
void http_cancel(struct http_client *c, xfer_id id); /* on_done comes with ERR_CANCELED */
/* End it silently: on_done does not come. For an owner that goes away; not from inside a callback.
 */
void http_abandon(struct http_client *c, xfer_id id);

/* "7.88.1, OpenSSL/3.0.17" of the library that requests would use; loads it. For diagnosis. */
enum err_code http_library_version(char *out, size_t size, struct err *err);

/* Percent-encode into a query or path piece (RFC 3986 unreserved stay). */
void url_encode(struct buf *out, struct str s);
/* "http://u:p@host" with the user information cut out, and **** for query parameters whose name
 * says that they are secret (token, api_key, ...): for messages and journals. */
void url_redact(struct buf *out, const char *url);

#endif

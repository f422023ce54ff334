/* http_priv.h - what the files of the HTTP client share.
 *
 *   http.c        the client: queue, pump, deadlines, retries, results
 *   http_wire.c   one attempt on a curl handle; sockets and the timer of curl multi
 *   http_error.c  curl's codes as lines that a tired person understands
 *   http_policy.c retry and redirect decisions: pure
 *
 * Rule of the house: nothing of a caller's runs inside a curl call. Curl's callbacks store bytes
 * and mark a transfer ready; the pump, which runs from a timer of the loop, hands out data, decides
 * and finishes. So callers may send and cancel from any callback of theirs. */
#ifndef RUNBOOK_NET_HTTP_PRIV_H
#define RUNBOOK_NET_HTTP_PRIV_H

#include "runbook/base/idtab.h"
#include "runbook/base/vec.h"
#include "runbook/net/http.h"
#include "src/net/curl_api_priv.h"

enum xfer_state {
    XFER_QUEUED,  /* waits for a place */
    XFER_ACTIVE,  /* holds a place; a curl handle works for it */
    XFER_WAITING, /* for its next attempt */
    XFER_FAILED,  /* was never fit to be sent */
};

/* Requests to one scheme, host and port share a limit and a queue. */
struct http_host {
    char *key; /* "https://example.org:443" */
    unsigned active;
    VEC(xfer_id) waiting; /* first come, first served; ids of gone ones are skipped */
};

struct xfer {
    struct http_client *client;
    xfer_id id;
    enum xfer_state state;
    struct http_callbacks cb;
    void *ctx;

    /* the request */
    char *method, *url;
    char *scheme, *name, *port; /* of `url` */
    char *peer;                 /* "name:port" for messages */
    struct curl_slist *headers; /* holds the credentials: wiped */
    struct curl_slist *connect_to;
    struct buf body;
    struct http_tls tls; /* owned copies */
    int64_t connect_timeout_ms, timeout_ms, idle_timeout_ms;
    size_t max_body_bytes;
    unsigned retries, redirects;
    bool repeatable, stream, follow, direct;

    /* the attempt under way */
    CURL *easy;
    bool in_multi, connected, curl_done;
    CURLcode code;
    char curl_text[CURL_ERROR_SIZE];
    long status;
    bool head_ended; /* curl takes an answer that ends inside its headers for whole: we do not */
    struct buf head; /* name NUL value NUL ... */
    struct buf answer;
    struct buf piece; /* streamed bytes that wait for on_data */
    size_t answer_bytes;
    int64_t first_byte_ms, last_byte_ms;

    /* the whole */
    struct http_host *host;
    unsigned attempts;
    int64_t start_ms;
    loop_id overall_timer, connect_timer, idle_timer, retry_timer;
    struct err err; /* our own verdict on this attempt: a deadline, a cap, a refused redirect */
    bool err_may_retry;
    struct err last_err; /* why the attempt before was not enough */
    bool handed_out;     /* on_data was called: no other attempt may follow */
    bool canceled, ready;
};

struct http_client {
    struct loop *loop;
    struct rng own_rng, *rng;
    char *user_agent;
    unsigned max_per_host, max_total;
    struct curl_api api;
    CURLM *multi; /* NULL until the first request */
    struct idtab *xfers, *socks;
    VEC(struct http_host *) hosts;
    size_t host_cursor;
    unsigned active;
    VEC(xfer_id) ready;
    loop_id pump_timer, curl_timer;
};

/* http.c */
void xfer_ready(struct xfer *x);
/* This attempt is over for a reason of ours; the first reason stands. */
void xfer_fail(struct xfer *x, bool may_retry, const struct err *err);

/* http_wire.c */
enum err_code wire_open(struct http_client *c, struct err *err); /* loads libcurl, once */
void wire_close(struct http_client *c);
void wire_start(struct xfer *x); /* failures come through xfer_fail() */
void wire_stop(struct xfer *x);  /* out of curl's hands, whatever it was doing */
const char *wire_header(const struct xfer *x, const char *name);

/* http_request.c */
enum err_code request_copy(struct xfer *x, const struct http_request *req, struct err *err);
enum err_code request_set_url(struct xfer *x, const char *url, struct err *err);
void request_release(struct xfer *x);

/* http_error.c: *ret_may_retry says whether another attempt could end differently. */
enum err_code error_describe(struct xfer *x, bool *ret_may_retry, struct err *err);
void error_deadline(const struct xfer *x, struct err *err);
void error_connect_deadline(const struct xfer *x, struct err *err);

/* http_policy.c */
bool policy_retry_status(long status);
int64_t policy_backoff_ms(unsigned attempt, struct rng *rng);
/* Capped; false when the header is absent or unreadable. */
bool policy_retry_after(const struct curl_api *api, const char *value, int64_t wall_ms,
                        int64_t *ret_wait_ms);
/* Where the answer sends us: changes method, body and URL of the request. False: it does not, and
 * *err is set when it should have but must not. */
bool policy_redirect(struct xfer *x, struct err *err);

#endif

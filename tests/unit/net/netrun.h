/* netrun.h - one loop, one client, one server; requests whose result is kept. */
#ifndef RUNBOOK_TESTS_NETRUN_H
#define RUNBOOK_TESTS_NETRUN_H

#include "tests/lib/httpd.h"
#include "tests/lib/unit.h"

#include "runbook/net/http.h"

struct net {
    struct loop *loop;
    struct http_client *client;
    struct rng rng;
    struct httpd *server;
    char url[HTTPD_URL_MAX];
};

/* What came of one request. */
struct got {
    struct net *net;
    xfer_id id;
    int done;
    struct err err;
    long status;
    struct buf body, data; /* data: streamed */
    char content_type[80], seen_header[80];
    const char *want_header; /* kept in seen_header */
    unsigned attempts, retries;
    int64_t retry_wait_ms[8];
    char why[200];
    int64_t duration_ms, first_byte_ms;
    bool cancel_on_data, cancel_on_retry, cancel_on_head;
    int heads; /* on_head came so often, before any data */
};

void net_init(struct net *n);
void net_init_clock(struct net *n, struct clock *clock, const struct http_options *opts);
void net_release(struct net *n);
void got_init(struct got *g, struct net *n);
void got_release(struct got *g);
extern const struct http_callbacks got_callbacks;
/* Send and return at once; `req->url` NULL: the server's `path`. */
void net_send(struct net *n, struct got *g, struct http_request req, const char *path);
/* Send, and turn the loop until it is done; fails the test after 20 s. */
void net_get(struct net *n, struct got *g, struct http_request req, const char *path);
void net_wait(struct net *n, int *flag);
bool net_turn_until(struct net *n, bool (*cond)(void *ctx), void *ctx); /* false after 20 s */
void net_settle(struct net *n); /* turns enough for all that can happen without waiting */

#endif

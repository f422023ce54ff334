/* netrun.c - see netrun.h. */
#include "tests/unit/net/netrun.h"

#include <poll.h>

static void on_data(void *ctx, struct str piece)
{
    struct got *g = ctx;

    assert_int_equal(g->done, 0);
    buf_add_str(&g->data, piece);
    if (g->cancel_on_data)
        http_cancel(g->net->client, g->id);
}

static void on_retry(void *ctx, unsigned attempt, int64_t wait_ms, const char *why)
{
    struct got *g = ctx;

    assert_int_equal(attempt, g->retries + 1);
    if (g->retries < 8)
        g->retry_wait_ms[g->retries] = wait_ms;
    g->retries++;
    snprintf(g->why, sizeof(g->why), "%s", why);
    if (g->cancel_on_retry)
        http_cancel(g->net->client, g->id);
}

static void on_head(void *ctx, const struct http_result *head)
{
    struct got *g = ctx;

    assert_int_equal(g->data.len, 0);
    assert_int_equal(head->status, 200);
    if (g->want_header)
        assert_non_null(head->header(head, g->want_header));
    g->heads++;
    if (g->cancel_on_head)
        http_cancel(g->net->client, g->id);
}

static void on_done(void *ctx, const struct http_result *r)
{
    struct got *g = ctx;
    const char *seen = g->want_header ? r->header(r, g->want_header) : NULL;

    g->done++;
    g->err = r->err;
    g->status = r->status;
    g->attempts = r->attempts;
    g->duration_ms = r->duration_ms;
    g->first_byte_ms = r->first_byte_ms;
    buf_add_str(&g->body, r->body);
    snprintf(g->content_type, sizeof(g->content_type), "%s", r->content_type);
    snprintf(g->seen_header, sizeof(g->seen_header), "%s", seen ? seen : "(none)");
}

const struct http_callbacks got_callbacks = {
    .on_data = on_data, .on_retry = on_retry, .on_done = on_done, .on_head = on_head};

void net_init_clock(struct net *n, struct clock *clock, const struct http_options *opts)
{
    struct http_options o = opts ? *opts : (struct http_options){0};

    memset(n, 0, sizeof(*n));
    rng_seed(&n->rng, 7);
    o.rng = &n->rng;
    n->loop = loop_new(clock);
    n->client = http_client_new(n->loop, &o);
    n->server = httpd_start();
}

void net_init(struct net *n)
{
    net_init_clock(n, clock_system(), NULL);
}

void net_release(struct net *n)
{
    http_client_free(n->client);
    loop_free(n->loop);
    httpd_stop(n->server);
}

void got_init(struct got *g, struct net *n)
{
    memset(g, 0, sizeof(*g));
    g->net = n;
    buf_init(&g->body, (size_t)64 << 20);
    buf_init(&g->data, (size_t)64 << 20);
}

void got_release(struct got *g)
{
    buf_release(&g->body);
    buf_release(&g->data);
}

void net_send(struct net *n, struct got *g, struct http_request req, const char *path)
{
    if (!req.url)
        req.url = httpd_url(n->server, path, n->url);
    g->id = http_send(n->client, &req, &got_callbacks, g);
    assert_int_not_equal(g->id, 0);
    assert_int_equal(g->done, 0); /* never nested */
}

/* By real time, whatever the loop's clock says. */
bool net_turn_until(struct net *n, bool (*cond)(void *ctx), void *ctx)
{
    struct clock *c = clock_system();
    int64_t end_ms = c->now_ms(c) + 60000;

    while (!cond(ctx)) {
        if (c->now_ms(c) > end_ms)
            return false;
        loop_turn(n->loop, false);
        if (!cond(ctx))
            poll(NULL, 0, 1);
    }
    return true;
}

static bool is_set(void *ctx)
{
    return *(const int *)ctx != 0;
}

void net_wait(struct net *n, int *flag)
{
    if (!net_turn_until(n, is_set, flag))
        fail_msg("nothing came within 60 s");
}

void net_settle(struct net *n)
{
    for (int i = 0; i < 50; i++)
        loop_turn(n->loop, false);
}

void net_get(struct net *n, struct got *g, struct http_request req, const char *path)
{
    net_send(n, g, req, path);
    net_wait(n, &g->done);
    assert_int_equal(g->done, 1);
}

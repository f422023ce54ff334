/* http.c - the client: who may send now, what a finished attempt means, and the one end of each
 * request. See http_priv.h for the parts.
 *
 * Fairness: hosts take turns for the places that are free; within a host it is first come, first
 * served. A request that waits for its next attempt holds no place. */
#include "src/net/http_priv.h"

#include <stdlib.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

#define DEFAULT_PER_HOST 8
#define DEFAULT_TOTAL 64

static void pump(void *ctx);

static void schedule_pump(struct http_client *c)
{
    if (!c->pump_timer)
        c->pump_timer = loop_timer(c->loop, 0, pump, c);
}

void xfer_ready(struct xfer *x)
{
    if (x->ready)
        return;
    x->ready = true;
    *VEC_PUSH(&x->client->ready) = x->id;
    schedule_pump(x->client);
}

void xfer_fail(struct xfer *x, bool may_retry, const struct err *err)
{
    if (!x->err.code) {
        x->err = *err;
        x->err_may_retry = may_retry;
    }
    xfer_ready(x);
}

/* ---- deadlines ---- */

static void on_overall_deadline(void *ctx)
{
    struct xfer *x = ctx;
    struct err err = ERR_INIT;

    x->overall_timer = 0;
    error_deadline(x, &err);
    xfer_fail(x, false, &err);
}

static void on_connect_deadline(void *ctx)
{
    struct xfer *x = ctx;
    struct err err = ERR_INIT;

    x->connect_timer = 0;
    error_connect_deadline(x, &err);
    xfer_fail(x, true, &err);
}

/* Armed once an attempt; bytes only note the time, so that a busy stream costs no timers. */
static void on_idle(void *ctx)
{
    struct xfer *x = ctx;
    int64_t left_ms = x->last_byte_ms + x->idle_timeout_ms - loop_now_ms(x->client->loop);
    char within[TIME_TEXT_MAX];
    struct err err = ERR_INIT;

    if (left_ms > 0 || !x->connected) { /* before that it is the connect deadline's */
        x->idle_timer =
            loop_timer(x->client->loop, left_ms > 0 ? left_ms : x->idle_timeout_ms, on_idle, x);
        return;
    }
    x->idle_timer = 0;
    duration_format(x->idle_timeout_ms, within);
    err_set(&err, ERR_TIMEOUT, "%s sent nothing for %s (%zu bytes came before)", x->peer, within,
            x->answer_bytes);
    xfer_fail(x, true, &err);
}

static void cancel_timer(struct xfer *x, loop_id *timer)
{
    loop_timer_cancel(x->client->loop, *timer);
    *timer = 0;
}

static void cancel_attempt_timers(struct xfer *x)
{
    cancel_timer(x, &x->connect_timer);
    cancel_timer(x, &x->idle_timer);
    cancel_timer(x, &x->retry_timer);
}

/* ---- places ---- */

static struct http_host *host_of(struct http_client *c, const struct xfer *x)
{
    char *key = xasprintf("%s://%s", x->scheme, x->peer);
    struct http_host *h;

    VEC_EACH (it, &c->hosts) {
        if (strcmp((*it)->key, key) == 0) {
            free(key);
            return *it;
        }
    }
    h = xcalloc(1, sizeof(*h));
    h->key = key;
    *VEC_PUSH(&c->hosts) = h;
    return h;
}

static void host_free(struct http_host *h)
{
    VEC_RELEASE(&h->waiting);
    free(h->key);
    free(h);
}

static void enqueue(struct xfer *x)
{
    x->state = XFER_QUEUED;
    *VEC_PUSH(&x->host->waiting) = x->id;
    schedule_pump(x->client);
}

static void give_place_back(struct xfer *x)
{
    if (x->state != XFER_ACTIVE)
        return;
    x->host->active--;
    x->client->active--;
    schedule_pump(x->client); /* somebody may be waiting for it */
}

static struct xfer *next_waiting(struct http_client *c, struct http_host *h)
{
    struct xfer *x = NULL;
    size_t gone = 0;

    while (!x && gone < h->waiting.count) {
        x = idtab_get(c->xfers, h->waiting.items[gone++]);
        if (x && (x->state != XFER_QUEUED || x->canceled || x->err.code))
            x = NULL;
    }
    if (gone) {
        h->waiting.count -= gone;
        memmove(h->waiting.items, h->waiting.items + gone,
                h->waiting.count * sizeof(*h->waiting.items));
    }
    return x;
}

static void start_attempt(struct xfer *x)
{
    struct loop *l = x->client->loop;

    LOG(LOG_NET, "#%llu %s %s://%s attempt %u", (unsigned long long)x->id, x->method, x->scheme,
        x->peer, x->attempts);
    x->connect_timer = loop_timer(l, x->connect_timeout_ms, on_connect_deadline, x);
    if (x->idle_timeout_ms > 0)
        x->idle_timer = loop_timer(l, x->idle_timeout_ms, on_idle, x);
    wire_start(x);
}

/* One more of this host's, if it may. */
static bool start_one(struct http_client *c, struct http_host *h)
{
    struct xfer *x = h->active < c->max_per_host ? next_waiting(c, h) : NULL;

    if (!x)
        return false;
    x->state = XFER_ACTIVE;
    h->active++;
    c->active++;
    x->attempts++;
    start_attempt(x);
    return true;
}

static bool host_is_idle(const struct http_client *c, const struct http_host *h)
{
    size_t it = 0;
    struct xfer *x;

    if (h->active || h->waiting.count)
        return false;
    while ((x = idtab_next(c->xfers, &it))) {
        if (x->host == h) /* waits for its next attempt */
            return false;
    }
    return true;
}

static void drop_idle_hosts(struct http_client *c)
{
    for (size_t i = c->hosts.count; i-- > 0;) {
        if (!host_is_idle(c, c->hosts.items[i]))
            continue;
        host_free(c->hosts.items[i]);
        c->hosts.items[i] = c->hosts.items[--c->hosts.count];
    }
}

static void start_waiting(struct http_client *c)
{
    size_t idle = 0;

    while (idle < c->hosts.count && c->active < c->max_total) {
        struct http_host *h = c->hosts.items[c->host_cursor++ % c->hosts.count];

        idle = start_one(c, h) ? 0 : idle + 1;
    }
    if (c->hosts.count > 32)
        drop_idle_hosts(c);
}

/* ---- the end of a request ---- */

static const char *result_header(const struct http_result *r, const char *name)
{
    return wire_header(r->priv, name);
}

static void xfer_free(struct xfer *x)
{
    wire_stop(x);
    cancel_attempt_timers(x);
    cancel_timer(x, &x->overall_timer);
    idtab_remove(x->client->xfers, x->id);
    request_release(x);
    free(x);
}

static struct http_result result_of(struct xfer *x, const struct err *err)
{
    const char *type = wire_header(x, "content-type");

    return (struct http_result){
        .err = *err,
        .status = x->status,
        .body = buf_str(&x->answer),
        .content_type = type ? type : "",
        .duration_ms = loop_now_ms(x->client->loop) - x->start_ms,
        .first_byte_ms = x->first_byte_ms,
        .attempts = x->attempts,
        .header = result_header,
        .priv = x,
    };
}

static void complete(struct xfer *x, const struct err *err)
{
    struct http_result r = result_of(x, err);

    give_place_back(x);
    idtab_remove(x->client->xfers, x->id); /* from here on http_cancel() does not know it */
    LOG(LOG_NET, "#%llu ended: HTTP %ld, %zu bytes, %lld ms %s", (unsigned long long)x->id,
        r.status, x->answer_bytes, (long long)r.duration_ms, r.err.msg);
    x->cb.on_done(x->ctx, &r);
    xfer_free(x);
}

static void on_retry_due(void *ctx)
{
    struct xfer *x = ctx;

    x->retry_timer = 0;
    enqueue(x);
}

/* Wait and try again? False when this was the last word. */
static bool try_again(struct xfer *x, bool may_retry, const struct err *err)
{
    struct http_client *c = x->client;
    int64_t wait_ms, now_ms = loop_now_ms(c->loop);

    if (!may_retry || !x->repeatable || x->handed_out || x->attempts > x->retries)
        return false;
    if (err->code || !policy_retry_after(&c->api, wire_header(x, "retry-after"),
                                         loop_wall_ms(c->loop), &wait_ms))
        wait_ms = policy_backoff_ms(x->attempts, c->rng);
    if (now_ms + wait_ms >= x->start_ms + x->timeout_ms)
        return false; /* it could only end in the deadline: tell what is known now */
    if (err->code)
        x->last_err = *err;
    else
        err_set(&x->last_err, ERR_REMOTE, "%s answered HTTP %ld", x->peer, x->status);
    wire_stop(x);
    give_place_back(x);
    x->state = XFER_WAITING;
    x->curl_done = false;
    err_clear(&x->err);
    cancel_attempt_timers(x);
    x->retry_timer = loop_timer(c->loop, wait_ms, on_retry_due, x);
    if (x->cb.on_retry)
        x->cb.on_retry(x->ctx, x->attempts, wait_ms, x->last_err.msg);
    return true;
}

/* The attempt is over: with an answer, or without. */
static void evaluate(struct xfer *x)
{
    struct err err = x->err;
    bool may_retry = x->err_may_retry;

    if (!err.code && !x->code && !x->head_ended)
        x->code = CURLE_PARTIAL_FILE;
    if (!err.code && x->code)
        error_describe(x, &may_retry, &err);
    if (!err.code && policy_redirect(x, &err)) {
        cancel_attempt_timers(x);
        start_attempt(x);
        return;
    }
    if (!err.code)
        may_retry = policy_retry_status(x->status);
    else if (!x->err.code && !x->code)
        may_retry = false; /* a redirect that must not be followed */
    if (!try_again(x, may_retry, &err))
        complete(x, &err);
}

/* ---- the pump ---- */

static void hand_out(struct xfer *x)
{
    struct buf piece = x->piece;

    if (!piece.len || x->canceled)
        return;
    buf_init(&x->piece, piece.max);
    if (!x->handed_out && x->cb.on_head) {
        struct http_result head = result_of(x, &(struct err)ERR_INIT);

        x->cb.on_head(x->ctx, &head);
    }
    x->handed_out = true;
    if (x->cb.on_data && !x->canceled)
        x->cb.on_data(x->ctx, buf_str(&piece));
    if (x->piece.ptr || x->canceled) {
        buf_release(&piece);
    } else { /* keep the memory for the next one */
        buf_clear(&piece);
        x->piece = piece;
    }
}

static void handle(struct xfer *x)
{
    struct err err = ERR_INIT;

    x->ready = false;
    hand_out(x);
    if (x->canceled) {
        err_set(&err, ERR_CANCELED, "the request to %s was canceled",
                x->peer ? x->peer : "a server");
        complete(x, &err);
    } else if (x->err.code || x->curl_done) {
        evaluate(x);
    }
}

static void pump(void *ctx)
{
    struct http_client *c = ctx;
    xfer_id *ids = c->ready.items;
    size_t count = c->ready.count;

    c->pump_timer = 0;
    c->ready.items = NULL; /* what gets ready meanwhile has the next turn */
    c->ready.count = c->ready.cap = 0;
    for (size_t i = 0; i < count; i++) {
        struct xfer *x = idtab_get(c->xfers, ids[i]);

        if (x)
            handle(x);
    }
    free(ids);
    start_waiting(c);
}

/* ---- public ---- */

struct http_client *http_client_new(struct loop *l, const struct http_options *opts)
{
    struct http_client *c = xcalloc(1, sizeof(*c));

    c->loop = l;
    c->user_agent =
        xstrdup(opts && opts->user_agent ? opts->user_agent : "runbook/" PACKAGE_VERSION);
    c->max_per_host = opts && opts->max_per_host ? opts->max_per_host : DEFAULT_PER_HOST;
    c->max_total = opts && opts->max_total ? opts->max_total : DEFAULT_TOTAL;
    c->rng = opts && opts->rng ? opts->rng : &c->own_rng;
    if (c->rng == &c->own_rng)
        rng_seed_system(&c->own_rng);
    c->xfers = idtab_new();
    c->socks = idtab_new();
    return c;
}

void http_client_free(struct http_client *c)
{
    struct xfer *x;
    size_t it = 0;

    if (!c)
        return;
    while ((x = idtab_next(c->xfers, &it)))
        xfer_free(x);
    wire_close(c);
    loop_timer_cancel(c->loop, c->pump_timer);
    VEC_EACH (h, &c->hosts)
        host_free(*h);
    VEC_RELEASE(&c->hosts);
    VEC_RELEASE(&c->ready);
    idtab_free(c->xfers);
    idtab_free(c->socks);
    free(c->user_agent);
    free(c);
}

xfer_id http_send(struct http_client *c, const struct http_request *req,
                  const struct http_callbacks *cb, void *ctx)
{
    struct xfer *x = xcalloc(1, sizeof(*x));
    struct err err = ERR_INIT;

    x->client = c;
    x->id = idtab_add(c->xfers, x);
    x->cb = *cb;
    x->ctx = ctx;
    x->start_ms = loop_now_ms(c->loop);
    x->first_byte_ms = -1;
    x->state = XFER_FAILED;
    if (request_copy(x, req, &err)) {
        xfer_fail(x, false, &err);
        return x->id;
    }
    x->host = host_of(c, x);
    x->overall_timer = loop_timer(c->loop, x->timeout_ms, on_overall_deadline, x);
    enqueue(x);
    return x->id;
}

void http_abandon(struct http_client *c, xfer_id id)
{
    struct xfer *x = idtab_get(c->xfers, id);

    if (!x)
        return;
    give_place_back(x);
    xfer_free(x);
}

void http_cancel(struct http_client *c, xfer_id id)
{
    struct xfer *x = idtab_get(c->xfers, id);

    if (!x)
        return;
    x->canceled = true;
    xfer_ready(x);
}

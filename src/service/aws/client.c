/* client.c - see client.h and client_priv.h. Nothing ends inside of a call of the caller's: what is
 * over is put on a list that the loop delivers from. */
#include "client_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"

#define DEFAULT_ATTEMPTS 3
#define DEFAULT_AT_ONCE 8
#define DEFAULT_WAIT_MS 1000
#define DEFAULT_BODY_MAX ((size_t)32 << 20)
#define DEFAULT_TIMEOUT_MS 300000
#define DEFAULT_PAGES_MAX 10000
#define QUOTA 500
#define DEPTH_MAX 64

/* ---- the client ---- */

struct aws_client *aws_client_new(const struct aws_client_options *o)
{
    struct aws_client *c = xcalloc(1, sizeof(*c));

    c->loop = o->loop;
    c->http = o->http;
    c->credentials = o->credentials;
    c->arena = arena_new(0);
    c->rng = o->rng ? o->rng : &c->own_rng;
    if (!o->rng)
        rng_seed_system(&c->own_rng);
    aws_credentials_settings(c->credentials, &c->settings);
    c->attempts = o->attempts ? o->attempts : c->settings.attempts;
    if (!c->attempts)
        c->attempts = DEFAULT_ATTEMPTS;
    c->throttled_attempts = o->throttled_attempts ? o->throttled_attempts : c->attempts;
    c->at_once = o->at_once ? o->at_once : DEFAULT_AT_ONCE;
    c->wait_ms = o->wait_ms > 0 ? o->wait_ms : DEFAULT_WAIT_MS;
    c->max_body_bytes = o->max_body_bytes ? o->max_body_bytes : DEFAULT_BODY_MAX;
    c->has_tls = o->tls != NULL;
    if (o->tls)
        c->tls = *o->tls;
    c->endpoints = map_new();
    c->quota = QUOTA;
    c->calls = idtab_new();
    return c;
}

static void call_free(struct call *k)
{
    map_free(k->tokens);
    arena_free(k->params_arena);
    free(k->region);
    free(k);
}

/* What is under way for it comes no more. */
static void call_stop(struct call *k)
{
    if (k->ask)
        aws_credentials_cancel(k->client->credentials, k->ask);
    if (k->xfer)
        http_abandon(k->client->http, k->xfer);
    loop_timer_cancel(k->client->loop, k->timer);
    loop_timer_cancel(k->client->loop, k->deadline);
    if (k->coming)
        k->gate->coming--;
    k->coming = false;
    k->ask = k->xfer = k->timer = k->deadline = 0;
}

void aws_client_free(struct aws_client *c)
{
    struct call *k;
    size_t it = 0;

    if (!c)
        return;
    while ((k = idtab_next(c->calls, &it))) {
        call_stop(k);
        call_free(k);
    }
    VEC_EACH (g, &c->gates) {
        VEC_RELEASE(&(*g)->waiting);
        free((*g)->key);
        free(*g);
    }
    VEC_RELEASE(&c->gates);
    VEC_EACH (p, &c->paces)
        free(p->region);
    VEC_RELEASE(&c->paces);
    VEC_RELEASE(&c->ending);
    loop_timer_cancel(c->loop, c->end_timer);
    map_free(c->endpoints);
    idtab_free(c->calls);
    arena_free(c->arena);
    free(c);
}

size_t aws_under_way(const struct aws_client *c)
{
    return idtab_count(c->calls);
}

void aws_client_count(struct aws_client *c, struct aws_tally *t)
{
    c->tally = t;
}

int64_t aws_client_skew_ms(const struct aws_client *c)
{
    return c->skew_ms;
}

const char *aws_client_region(struct aws_client *c)
{
    return aws_credentials_region(c->credentials);
}

enum err_code aws_call_where(struct aws_client *c, const struct aws_service *s, const char *region,
                             struct aws_where *ret, struct err *err)
{
    const char *url = map_get(c->endpoints, s->id);

    if (!map_has(c->endpoints, s->id)) {
        url = aws_credentials_endpoint(c->credentials, aws_service_sdk_id(c->arena, s));
        map_set(c->endpoints, s->id, (void *)(uintptr_t)url);
    }
    *ret = (struct aws_where){.region = region,
                              .url = url,
                              .fips = c->settings.fips,
                              .dualstack = c->settings.dualstack,
                              .path_style = c->settings.path_style};
    if (!region)
        return err_set(err, ERR_INPUT,
                       "no region: name one (--region), or set AWS_REGION or the profile's region");
    return ERR_OK;
}

void aws_call_goes_on(struct call *k)
{
    if (k->again_waits)
        aws_tally_sent(k->tally, k->service->id, k->region);
    k->again_waits = false;
}

/* ---- the ends ---- */

static void deliver(void *ctx)
{
    struct aws_client *c = ctx;
    size_t count = c->ending.count;

    c->end_timer = 0;
    for (size_t i = 0; i < count; i++) {
        struct call *k = idtab_remove(c->calls, c->ending.items[i]);

        k->result.code = k->code;
        k->result.duration_ms = loop_now_ms(c->loop) - k->start_ms;
        if (!k->silent) {
            aws_call_goes_on(k);
            aws_tally_end(k->tally, k->service->id, k->region, k->list->name, k->result.end);
        }
        if (!k->silent)
            k->cb.on_done(k->ctx, &k->result);
        call_free(k);
    }
    c->ending.count -= count;
    memmove(c->ending.items, c->ending.items + count, c->ending.count * sizeof(*c->ending.items));
    if (c->ending.count && !c->end_timer)
        c->end_timer = loop_timer(c->loop, 0, deliver, c);
}

void aws_call_ended(struct call *k, enum aws_end end)
{
    struct aws_client *c = k->client;

    if (k->state == CALL_ENDING)
        return;
    call_stop(k);
    k->state = CALL_ENDING;
    aws_call_give_back(k);
    k->result.end = end;
    k->result.maybe = k->once && !k->unsent && aws_end_leaves_open(end, k->result.requests);
    *VEC_PUSH(&c->ending) = k->id;
    if (!c->end_timer)
        c->end_timer = loop_timer(c->loop, 0, deliver, c);
}

static void on_deadline(void *ctx)
{
    struct call *k = ctx;
    char after[TIME_TEXT_MAX];

    k->deadline = 0;
    duration_format(loop_now_ms(k->client->loop) - k->start_ms, after);
    if (!k->result.err.code)
        err_set(&k->result.err, ERR_TIMEOUT, "not done after %s, %u pages came", after,
                k->result.pages);
    else
        err_wrap(&k->result.err, "not done after %s", after);
    aws_call_ended(k, AWS_END_TIMEOUT);
}

/* ---- keys and places ---- */

static void on_keys(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct call *k = ctx;

    k->ask = 0;
    if (keys) {
        aws_call_send(k, keys);
        return;
    }
    k->result.err = *err;
    aws_call_ended(k, AWS_END_KEYS);
}

static void ask_keys(struct call *k)
{
    struct aws_keys keys;
    struct err err = ERR_INIT;

    k->state = CALL_KEYS;
    if (k->list->no_keys) {
        aws_call_send(k, NULL);
        return;
    }
    switch (aws_credentials_peek(k->client->credentials, &keys, &err)) {
    case AWS_KNOWN:
        aws_call_send(k, &keys);
        break;
    case AWS_ASKING:
        k->ask = aws_credentials_get(k->client->credentials, on_keys, k);
        break;
    case AWS_MISSING:
        k->result.err = err;
        aws_call_ended(k, AWS_END_KEYS);
        break;
    }
}

static struct gate *gate_of(struct aws_client *c, const struct aws_service *s, const char *region)
{
    char *key = xasprintf("%.*s/%s", STR_FMT(s->id), region ? region : "");
    struct gate *g;

    VEC_EACH (it, &c->gates)
        if (strcmp((*it)->key, key) == 0) {
            free(key);
            return *it;
        }
    g = xcalloc(1, sizeof(*g));
    g->key = key;
    g->limit = c->at_once;
    *VEC_PUSH(&c->gates) = g;
    return g;
}

static bool has_room(const struct gate *g)
{
    return g->active + g->coming < (unsigned)g->limit;
}

static void enter(struct call *k)
{
    k->gate->active++;
    k->holds_place = true;
    ask_keys(k);
}

static void let_in(void *ctx)
{
    struct call *k = ctx;

    k->timer = 0;
    k->coming = false;
    k->gate->coming--;
    enter(k);
}

/* Those that wait, first come, first served; who is gone is skipped. */
static void pump(struct aws_client *c, struct gate *g)
{
    size_t gone = 0;

    while (has_room(g) && gone < g->waiting.count) {
        struct call *next = idtab_get(c->calls, g->waiting.items[gone++]);

        if (!next || next->state != CALL_GATE || next->coming)
            continue;
        next->coming = true;
        g->coming++;
        next->timer = loop_timer(c->loop, 0, let_in, next);
    }
    g->waiting.count -= gone;
    if (gone)
        memmove(g->waiting.items, g->waiting.items + gone,
                g->waiting.count * sizeof(*g->waiting.items));
}

static struct pace *pace_of(struct call *k)
{
    const char *region = k->region ? k->region : "";
    struct pace *p;

    VEC_EACH (it, &k->client->paces)
        if (it->list == k->list && strcmp(it->region, region) == 0)
            return it;
    p = VEC_PUSH(&k->client->paces);
    p->list = k->list;
    p->region = xstrdup(region);
    return p;
}

static void on_wait_over(void *ctx);

/* Each request takes the next turn; false: it waits for it. */
static bool has_turn(struct call *k)
{
    int64_t now = loop_now_ms(k->client->loop), at;
    struct pace *p;

    if (k->paced || k->list->rate <= 0) {
        k->paced = false;
        return true;
    }
    p = pace_of(k);
    at = p->next_ms > now ? p->next_ms : now;
    p->next_ms = at + (int64_t)(1000 / k->list->rate);
    if (at == now)
        return true;
    k->paced = true;
    k->state = CALL_WAITING;
    k->timer = loop_timer(k->client->loop, at - now, on_wait_over, k);
    return false;
}

void aws_call_next(struct call *k)
{
    if (!has_turn(k))
        return;
    k->state = CALL_GATE;
    if (has_room(k->gate) && !k->gate->waiting.count)
        enter(k);
    else
        *VEC_PUSH(&k->gate->waiting) = k->id;
}

void aws_call_give_back(struct call *k)
{
    if (k->holds_place)
        k->gate->active--;
    k->holds_place = false;
    pump(k->client, k->gate);
}

static void on_wait_over(void *ctx)
{
    struct call *k = ctx;

    k->timer = 0;
    aws_call_goes_on(k);
    aws_call_next(k);
}

void aws_call_again(struct call *k, int64_t wait_ms)
{
    aws_call_give_back(k);
    k->state = CALL_WAITING;
    k->timer = loop_timer(k->client->loop, wait_ms, on_wait_over, k);
}

/* ---- pages ---- */

static void copy_value(struct arena *a, const struct value *from, struct value *to, int depth)
{
    *to = *from;
    if (from->key.ptr)
        to->key.ptr = arena_str(a, from->key);
    if (from->type == VALUE_STRING) {
        to->u.string.ptr = arena_str(a, from->u.string);
    } else if (value_items(from)) {
        size_t n = value_count(from), i = 0;

        to->u.list.items = arena_array(a, n, sizeof(*to));
        to->u.list.count = depth < DEPTH_MAX ? n : 0;
        for (; i < to->u.list.count; i++)
            copy_value(a, value_at(from, i), &to->u.list.items[i], depth + 1);
    }
}

/* Into memory of its own: what it was made from goes with the page. */
static void set_params(struct call *k, const struct value *params)
{
    struct arena *a = arena_new(0);
    struct value *copy = arena_alloc(a, sizeof(*copy));

    if (params)
        copy_value(a, params, copy, 0);
    else
        copy->type = VALUE_OBJECT;
    arena_free(k->params_arena);
    k->params_arena = a;
    k->params = copy;
}

/* What says which page `params` asks for; empty: the first. */
static void token_text(const struct call *k, const struct value *params, struct buf *out)
{
    VALUE_EACH (it, params)
        for (size_t i = 0; i < k->list->page_count; i++)
            if (str_eq(it->key, k->list->send[i])) {
                struct json_writer w;

                buf_addf(out, "%.*s=", STR_FMT(it->key));
                json_writer_init(&w, out);
                json_value(&w, it);
                buf_addc(out, '\n');
            }
}

static bool page_is_new(struct call *k, const struct value *next)
{
    struct buf text = BUF_INIT((size_t)1 << 20);
    bool is_new;

    token_text(k, next, &text);
    is_new = !text.full && !map_has(k->tokens, buf_str(&text));
    if (is_new)
        map_set(k->tokens, buf_str(&text), k);
    buf_release(&text);
    return is_new;
}

/* Is it the page that was just asked for? Some lists say so that they have ended. */
static bool same_page(const struct call *k, const struct value *next)
{
    struct buf a = BUF_INIT((size_t)1 << 20), b = BUF_INIT((size_t)1 << 20);
    bool same;

    token_text(k, k->params, &a);
    token_text(k, next, &b);
    same = a.len && str_eq(buf_str(&a), buf_str(&b));
    buf_release(&a);
    buf_release(&b);
    return same;
}

void aws_call_next_page(struct call *k, const struct value *next)
{
    struct aws_result *r = &k->result;

    if (!next) {
        aws_call_ended(k, AWS_END_WHOLE);
    } else if (k->max_items && r->items >= k->max_items) {
        aws_call_ended(k, AWS_END_CUT);
    } else if (k->pages_wanted && r->pages >= k->max_pages) {
        aws_call_ended(k, AWS_END_CUT);
    } else if (r->pages >= k->max_pages) {
        err_set(&r->err, ERR_LIMIT, "more than %u pages: given up", k->max_pages);
        aws_call_ended(k, AWS_END_BAD_ANSWER);
    } else if (same_page(k, next)) {
        aws_call_ended(k, AWS_END_WHOLE);
    } else if (!page_is_new(k, next)) {
        err_set(&r->err, ERR_REMOTE,
                "a page token came a second time after %u pages: the pages "
                "would never end",
                r->pages);
        aws_call_ended(k, AWS_END_BAD_ANSWER);
    } else {
        set_params(k, next);
        k->attempts = 0;
        aws_call_give_back(k);
        aws_call_next(k);
    }
}

/* ---- public ---- */

static void on_begin(void *ctx)
{
    struct call *k = ctx;

    k->timer = 0;
    if (!aws_closed_guard(k->service, k->list, &k->result.err) && k->list->changes == k->once) {
        aws_call_next(k);
        return;
    }
    if (!k->result.err.code)
        err_set(&k->result.err, ERR_INPUT, "%.*s %.*s %s", STR_FMT(k->service->id),
                STR_FMT(k->list->name),
                k->once ? "is no change" : "changes something: it is not sent as a question");
    aws_call_ended(k, AWS_END_INPUT);
}

static struct call *begin(struct aws_client *c, const struct aws_query *q,
                          const struct aws_callbacks *cb, void *ctx)
{
    struct call *k = xcalloc(1, sizeof(*k));
    const char *region = q->region ? q->region : aws_client_region(c);

    k->client = c;
    k->id = idtab_add(c->calls, k);
    k->cb = *cb;
    k->ctx = ctx;
    k->service = q->service;
    k->list = q->list;
    k->region = region ? xstrdup(region) : NULL;
    k->gate = gate_of(c, q->service, region);
    k->tokens = map_new();
    k->max_items = q->max_items;
    k->pages_wanted = q->max_pages > 0;
    k->max_pages = q->max_pages ? q->max_pages : DEFAULT_PAGES_MAX;
    k->start_ms = loop_now_ms(c->loop);
    k->result.code = "";
    set_params(k, q->params);
    k->state = CALL_WAITING;
    k->timer = loop_timer(c->loop, 0, on_begin, k);
    k->deadline =
        loop_timer(c->loop, q->timeout_ms > 0 ? q->timeout_ms : DEFAULT_TIMEOUT_MS, on_deadline, k);
    k->whole = q->whole;
    k->answers = q->answers;
    k->tally = q->tally ? q->tally : c->tally;
    aws_tally_begin(k->tally, k->service->id, k->region);
    return k;
}

aws_id aws_send(struct aws_client *c, const struct aws_query *q, const struct aws_callbacks *cb,
                void *ctx)
{
    return begin(c, q, cb, ctx)->id;
}

aws_id aws_change(struct aws_client *c, const struct aws_query *q, const struct aws_callbacks *cb,
                  void *ctx)
{
    struct call *k = begin(c, q, cb, ctx);

    k->once = true;
    VALUE_EACH (it, k->params)
        k->repeat = k->repeat || (q->list->token.len && str_eq(it->key, q->list->token));
    return k->id;
}

void aws_cancel(struct aws_client *c, aws_id id)
{
    struct call *k = idtab_get(c->calls, id);

    if (!k || k->state == CALL_ENDING)
        return;
    err_set(&k->result.err, ERR_CANCELED, "canceled after %u pages", k->result.pages);
    aws_call_ended(k, AWS_END_CANCELED);
}

void aws_abandon(struct aws_client *c, aws_id id)
{
    struct call *k = idtab_get(c->calls, id);

    if (!k)
        return;
    if (k->state != CALL_ENDING)
        aws_call_ended(k, AWS_END_CANCELED);
    k->silent = true;
    k->tally = NULL;
}

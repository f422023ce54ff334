/* aws_credentials.c - see aws_credentials.h. One question is under way at a time, for all who wait.
 */
#include "src/net/aws_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

#define RENEW_MS 300000 /* before they end: what is signed now may be on its way for a while */
#define RETRY_MS 30000

static char *env_of_process(const char *name)
{
    return getenv(name);
}

static const char *copy(struct arena *a, const char *s)
{
    return s && *s ? arena_strdup(a, s) : NULL;
}

struct aws_credentials *aws_credentials_new(struct loop *l, struct http_client *http,
                                            const struct aws_credentials_options *opts)
{
    struct aws_credentials *c = xcalloc(1, sizeof(*c));

    c->loop = l;
    c->http = http;
    c->arena = arena_new(0);
    c->profile = copy(c->arena, opts->profile);
    c->region = copy(c->arena, opts->region);
    c->role_arn = copy(c->arena, opts->role_arn);
    c->external_id = copy(c->arena, opts->external_id);
    c->mfa_serial = copy(c->arena, opts->mfa_serial);
    c->mfa = opts->mfa;
    c->mfa_ctx = opts->mfa_ctx;
    c->desk = opts->desk;
    c->machine_file = copy(c->arena, opts->machine_file);
    c->env = opts->env ? opts->env : env_of_process;
    return c;
}

void aws_credentials_free(struct aws_credentials *c)
{
    if (!c)
        return;
    aws_fetch_drop(c->fetch);
    loop_timer_cancel(c->loop, c->tell_timer);
    VEC_RELEASE(&c->waiters);
    aws_own_clear(&c->keys);
    arena_free(c->arena);
    free(c);
}

/* ---- what is known ---- */

static void tell_secret(const struct aws_credentials *c, const struct secret *s)
{
    if (c->on_secret && s)
        c->on_secret(c->secret_ctx, secret_reveal(s));
}

static void tell_secrets(const struct aws_credentials *c)
{
    tell_secret(c, c->keys.secret_key);
    tell_secret(c, c->keys.session_token);
}

void aws_credentials_on_secret(struct aws_credentials *c, aws_secret_fn *fn, void *ctx)
{
    c->on_secret = fn;
    c->secret_ctx = ctx;
    if (fn && c->external_id)
        fn(ctx, str_from(c->external_id));
    tell_secrets(c);
}

/* They are read again each time: only those that are new are told. */
static bool is_known(const struct aws_credentials *c, const struct aws_own_keys *k)
{
    return c->keys.secret_key && k->secret_key &&
           str_eq(secret_reveal(c->keys.secret_key), secret_reveal(k->secret_key));
}

static void show(const struct aws_credentials *c, struct aws_keys *ret)
{
    *ret = (struct aws_keys){.access_key = c->keys.access_key,
                             .secret_key = c->keys.secret_key,
                             .session_token = c->keys.session_token,
                             .expires_ms = c->keys.expires_ms,
                             .from = c->from};
}

static bool have(const struct aws_credentials *c, int64_t margin_ms)
{
    return c->keys.access_key &&
           (!c->keys.expires_ms || c->keys.expires_ms - margin_ms > loop_wall_ms(c->loop));
}

/* Not to be renewed yet, or that was tried in vain a moment ago. */
static bool is_fresh(const struct aws_credentials *c)
{
    return have(c, RENEW_MS) || (have(c, 0) && loop_now_ms(c->loop) < c->retry_ms);
}

/* Keys that only stand in a variable or a file are read again each time: who changes them means it.
 */
static enum aws_way look(struct aws_credentials *c, struct err *err)
{
    struct aws_plan plan;
    enum aws_way way;

    aws_plan_make(c, &plan);
    way = plan.way;
    if (way == AWS_BY_KEYS) {
        bool known = is_known(c, &plan.keys);

        aws_own_clear(&c->keys);
        c->keys = plan.keys;
        plan.keys = (struct aws_own_keys){0};
        if (!known)
            tell_secrets(c);
    } else if (way == AWS_BY_NOTHING) {
        *err = plan.err;
    }
    snprintf(c->from, sizeof(c->from), "%s", plan.from);
    aws_plan_release(&plan);
    return way;
}

enum aws_state aws_credentials_peek(struct aws_credentials *c, struct aws_keys *ret,
                                    struct err *err)
{
    enum aws_way way;

    *ret = (struct aws_keys){.from = ""};
    if (!(c->keys.expires_ms && is_fresh(c))) {
        way = look(c, err);
        if (way == AWS_BY_NOTHING)
            return AWS_MISSING;
        ret->from = c->from;
        if (way != AWS_BY_KEYS)
            return AWS_ASKING;
    }
    show(c, ret);
    return AWS_KNOWN;
}

void aws_credentials_forget(struct aws_credentials *c)
{
    aws_own_clear(&c->keys);
    c->retry_ms = 0;
}

/* ---- who waits ---- */

/* Those who ask meanwhile wait for the next answer. */
static void tell_all(void *ctx)
{
    struct aws_credentials *c = ctx;
    aws_ask last = c->last_id;
    struct err err = c->err;
    struct aws_keys keys;

    c->tell_timer = 0;
    while (c->waiters.count && c->waiters.items[0].id <= last) {
        struct aws_waiter w = c->waiters.items[0];

        c->waiters.count--;
        memmove(c->waiters.items, c->waiters.items + 1, c->waiters.count * sizeof(w));
        show(c, &keys);
        w.fn(w.ctx, have(c, 0) ? &keys : NULL, &err);
    }
}

static void tell_soon(struct aws_credentials *c)
{
    if (!c->tell_timer)
        c->tell_timer = loop_timer(c->loop, 0, tell_all, c);
}

void aws_fetched(struct aws_credentials *c, struct aws_own_keys *keys, const char *from,
                 const struct err *err)
{
    c->fetch = NULL;
    err_clear(&c->err);
    if (keys) {
        aws_own_clear(&c->keys);
        c->keys = *keys;
        tell_secrets(c);
        if (!c->keys.expires_ms) /* of a program that says nothing: asked again in an hour */
            c->keys.expires_ms = loop_wall_ms(c->loop) + 3600000;
        snprintf(c->from, sizeof(c->from), "%s", from);
        if (!have(c, 0))
            err_set(&c->err, ERR_INPUT, "the keys that came have ended already");
    } else {
        c->err = *err;
        c->retry_ms = loop_now_ms(c->loop) + RETRY_MS;
    }
    if (c->err.code)
        err_wrap(&c->err, "%s", from);
    tell_soon(c);
}

aws_ask aws_credentials_get(struct aws_credentials *c, aws_keys_fn *fn, void *ctx)
{
    struct aws_keys known;

    *VEC_PUSH(&c->waiters) = (struct aws_waiter){++c->last_id, fn, ctx};
    if (c->fetch || c->tell_timer) /* what is about to be told is theirs, too */
        return c->last_id;
    err_clear(&c->err);
    if (aws_credentials_peek(c, &known, &c->err) == AWS_ASKING)
        c->fetch = aws_fetch_start(c);
    else
        tell_soon(c);
    return c->last_id;
}

void aws_credentials_cancel(struct aws_credentials *c, aws_ask id)
{
    for (size_t i = 0; i < c->waiters.count; i++) {
        if (c->waiters.items[i].id != id)
            continue;
        c->waiters.count--;
        memmove(c->waiters.items + i, c->waiters.items + i + 1,
                (c->waiters.count - i) * sizeof(c->waiters.items[0]));
        return;
    }
}

/* llm.c - the client: the configured models in order, and the calls under way. */
#include "src/llm/llm_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

static char *env_of_process(const char *name)
{
    return getenv(name);
}

enum err_code llm_new(struct loop *l, struct http_client *http, const struct llm_options *opts,
                      struct llm **ret, struct err *err)
{
    struct llm *m = xcalloc(1, sizeof(*m));

    m->loop = l;
    m->http = http;
    m->arena = arena_new(0);
    m->env = opts->env ? opts->env : env_of_process;
    m->retries = opts->retries;
    m->first_byte_ms = opts->first_byte_ms > 0 ? opts->first_byte_ms : 120000;
    m->idle_ms = opts->idle_ms > 0 ? opts->idle_ms : 60000;
    m->total_ms = opts->total_ms > 0 ? opts->total_ms : 900000;
    m->rng = opts->rng ? opts->rng : &m->own_rng;
    if (m->rng == &m->own_rng)
        rng_seed_system(&m->own_rng);
    m->calls = idtab_new();
    m->aws = aws_credentials_new(
        l, http, &(struct aws_credentials_options){.profile = opts->aws_profile, .env = m->env});
    m->targets = arena_array(m->arena, opts->target_count + 1, sizeof(*m->targets));
    for (; m->count < opts->target_count; m->count++) {
        if (!target_init(m, &m->targets[m->count], &opts->targets[m->count], err))
            continue;
        m->count++;
        llm_free(m);
        return err->code;
    }
    *ret = m;
    return ERR_OK;
}

struct llm *llm_new_custom(const struct llm_ops *ops, void *self)
{
    struct llm *m = xcalloc(1, sizeof(*m));

    m->ops = ops;
    m->self = self;
    return m;
}

static void free_own(struct llm *m)
{
    struct call *c;
    size_t it = 0;

    while ((c = idtab_next(m->calls, &it)))
        call_free(c);
    while (m->attempts.count)
        attempt_free(m->attempts.items[m->attempts.count - 1]);
    VEC_RELEASE(&m->attempts);
    VEC_EACH (s, &m->secrets)
        secret_free(*s);
    VEC_RELEASE(&m->secrets);
    for (size_t i = 0; i < m->count; i++)
        target_release(&m->targets[i]);
    idtab_free(m->calls);
    aws_credentials_free(m->aws);
    arena_free(m->arena);
}

void llm_free(struct llm *m)
{
    if (!m)
        return;
    if (!m->ops)
        free_own(m);
    else if (m->ops->free)
        m->ops->free(m->self);
    free(m);
}

llm_id llm_send(struct llm *m, const struct llm_request *req, llm_event_fn *fn, void *ctx)
{
    return m->ops ? m->ops->send(m->self, req, fn, ctx) : call_new(m, req, fn, ctx);
}

void llm_cancel(struct llm *m, llm_id id)
{
    struct call *c;

    if (m->ops) {
        m->ops->cancel(m->self, id);
        return;
    }
    c = idtab_get(m->calls, id);
    if (c)
        call_cancel(c);
}

bool llm_target(const struct llm *m, size_t index, struct llm_target *ret)
{
    if (m->ops)
        return m->ops->target && m->ops->target(m->self, index, ret);
    if (index >= m->count)
        return false;
    target_show(&m->targets[index], ret);
    return true;
}

size_t llm_count(const struct llm *m)
{
    struct llm_target t;
    size_t n = 0;

    if (!m->ops)
        return m->count;
    while (llm_target(m, n, &t))
        n++;
    return n;
}

static enum err_code paused(const struct llm_target *t, struct err *err)
{
    char until[TIME_TEXT_MAX];

    time_format_hms(t->until_ms, false, until);
    return err_set(err, ERR_AGAIN, "%s/%s is not asked until %s UTC: %s", t->provider, t->model,
                   until, t->reason.msg);
}

/* The first one that can be asked; else what is wrong with the first. */
enum err_code llm_ready(const struct llm *m, struct err *err)
{
    struct err first = ERR_INIT;
    struct llm_target t;

    for (size_t i = 0; llm_target(m, i, &t); i++) {
        if (t.usable && t.health != LLM_OPEN)
            return ERR_OK;
        if (first.code)
            continue;
        if (t.usable)
            paused(&t, &first);
        else
            first = t.missing;
    }
    if (!first.code)
        err_set(&first, ERR_NOT_FOUND, "no language model is configured: set llm.provider");
    *err = first;
    return err->code;
}

bool llm_prefer(struct llm *m, const char *name)
{
    struct llm_target t;

    if (m->ops) {
        for (size_t i = 0; llm_target(m, i, &t); i++)
            if (cstr_eq(t.model, name))
                return true;
        return false;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (!target_named(&m->targets[i], name))
            continue;
        m->preferred = i;
        return true;
    }
    return false;
}

size_t llm_first(const struct llm *m)
{
    return m->preferred;
}

void llm_breaker_reset(struct llm *m)
{
    for (size_t i = 0; i < m->count; i++)
        breaker_worked(&m->targets[i].breaker);
}

void llm_on_secret(struct llm *m, void (*fn)(void *ctx, struct str secret), void *ctx)
{
    struct err ignored = ERR_INIT;
    struct key_set key;

    m->on_secret = NULL;
    for (size_t i = 0; i < m->count; i++) {
        key_find(&m->targets[i], &key, &ignored);
        key_set_clear(&key);
    }
    VEC_EACH (s, &m->secrets)
        fn(ctx, secret_reveal(*s));
    m->on_secret = fn;
    m->on_secret_ctx = ctx;
}

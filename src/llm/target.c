/* target.c - one configured model: its options checked, what is missing told, its state shown. */
#include "src/llm/llm_priv.h"

#include <stdio.h>

#include "runbook/base/mem.h"
#include "runbook/base/words.h"

#define MAX_TOKENS 4096

const char *llm_env(const struct llm *m, const char *name)
{
    const char *v = m->env(name);

    return v && *v ? v : NULL;
}

static const char *copy(const struct target *t, const char *s)
{
    return s && *s ? arena_strdup(t->m->arena, s) : NULL;
}

static enum err_code unknown_provider(const char *name, struct err *err)
{
    struct buf known = BUF_INIT(4096);

    for (size_t i = 0; provider_at(i); i++)
        buf_addf(&known, "%s%s", i ? ", " : "", provider_at(i)->name);
    err_set(err, ERR_INPUT, "llm.provider: '%s' is not known; known are %s", name ? name : "",
            buf_cstr(&known));
    buf_release(&known);
    return err->code;
}

/* "{region}" in an address becomes the region. */
static enum err_code set_address(struct target *t, const char *configured, struct err *err)
{
    const char *base = configured && *configured ? configured : t->provider->base_url;
    struct buf url = BUF_INIT(2048);
    struct str rest;
    ptrdiff_t at;

    if (!base)
        return err_set(err, ERR_NOT_FOUND, "llm.base_url is missing: %s needs it, %s",
                       t->provider->title, t->provider->hint);
    rest = str_from(base);
    at = str_find(rest, STR_LIT("{region}"));
    if (at >= 0 && !t->region)
        return err_set(err, ERR_NOT_FOUND, "llm.region is missing: %s needs it (or set AWS_REGION)",
                       t->provider->title);
    if (at >= 0) {
        buf_add(&url, rest.ptr, (size_t)at);
        buf_adds(&url, t->region);
        rest = (struct str){rest.ptr + at + 8, rest.len - (size_t)at - 8};
    }
    while (rest.len && rest.ptr[rest.len - 1] == '/')
        rest.len--;
    buf_add_str(&url, rest);
    /* An address of Anthropic with the version in it is meant without. */
    if (t->wire == &wire_anthropic && str_ends(buf_str(&url), "/v1"))
        buf_truncate(&url, url.len - 3);
    t->base_url = arena_str(t->m->arena, buf_str(&url));
    buf_release(&url);
    if (!str_starts(str_from(t->base_url), "http://") &&
        !str_starts(str_from(t->base_url), "https://"))
        return err_set(err, ERR_INPUT, "llm.base_url: it must begin with https:// or http://");
    return ERR_OK;
}

static void set_region(struct target *t, const char *configured)
{
    t->region = copy(t, configured);
    if (!t->region)
        t->region = copy(t, llm_env(t->m, "AWS_REGION"));
    if (!t->region)
        t->region = copy(t, llm_env(t->m, "AWS_DEFAULT_REGION"));
    if (!t->region && t->provider->auth == AUTH_AWS)
        t->region = copy(t, aws_credentials_region(t->m->aws));
}

enum err_code target_init(struct llm *m, struct target *t, const struct llm_target_options *o,
                          struct err *err)
{
    const char *wire;

    t->m = m;
    t->provider = provider_find(o->provider);
    if (!t->provider)
        return unknown_provider(o->provider, err);
    t->model = copy(t, o->model);
    if (!t->model)
        return err_set(err, ERR_NOT_FOUND,
                       "llm.model is missing: name one of the models of %s that you may use",
                       t->provider->title);
    wire = o->wire && *o->wire ? o->wire : t->provider->wire;
    t->wire = wire_find(wire);
    if (!t->wire)
        return err_set(err, ERR_INPUT,
                       "llm.wire: '%s' is not known; known are anthropic, openai_chat, "
                       "openai_responses, bedrock",
                       wire);
    t->origin = arena_printf(m->arena, "%s/%s", t->provider->name, t->model);
    t->api_version = copy(t, o->api_version);
    t->key = secret_dup(o->key);
    t->key_cmd = copy(t, o->key_cmd);
    t->key_file = copy(t, o->key_file);
    t->key_env = copy(t, o->key_env);
    t->key_source = o->key_source;
    t->max_tokens = o->max_tokens > 0 ? o->max_tokens : MAX_TOKENS;
    t->temperature = o->temperature;
    t->thinking = o->thinking;
    set_region(t, o->region);
    if (t->key_cmd && !words_split(m->arena, t->key_cmd))
        return err_set(err, ERR_INPUT, "llm.api_key_cmd: a quote does not end");
    return set_address(t, o->base_url, err);
}

void target_release(struct target *t)
{
    secret_free(t->key);
    secret_free(t->cmd_key);
}

bool target_named(const struct target *t, const char *name)
{
    return cstr_eq(t->model, name) || cstr_eq(t->origin, name) || cstr_eq(t->provider->name, name);
}

static bool is_local(const char *url)
{
    static const char *const places[] = {"http://127.",  "http://localhost",  "http://[::1]",
                                         "https://127.", "https://localhost", "https://[::1]"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (str_starts(str_from(url), places[i]))
            return true;
    return false;
}

void target_show(struct target *t, struct llm_target *ret)
{
    int64_t now_ms = loop_now_ms(t->m->loop);
    struct key_set key;

    *ret = (struct llm_target){.provider = t->provider->name,
                               .title = t->provider->title,
                               .model = t->model,
                               .wire = t->wire->name,
                               .base_url = t->base_url,
                               .health = breaker_health(&t->breaker, now_ms),
                               .reason = t->breaker.reason,
                               .local = is_local(t->base_url)};
    if (t->breaker.until_ms)
        ret->until_ms = loop_wall_ms(t->m->loop) + t->breaker.until_ms - now_ms;
    ret->usable = key_find(t, &key, &ret->missing) != KEY_MISSING;
    snprintf(t->key_from, sizeof(t->key_from), "%s", ret->usable ? key.from : "");
    ret->key_from = t->key_from;
    key_set_clear(&key);
}

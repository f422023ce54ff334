/* model_open.c - see model_open.h. Two documents spell the same differently: llm.* is read first,
 * ai.* fills what it leaves open. */
#include "src/app/model_open.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

static const char *text(const struct config *c, const char *path)
{
    const char *v = config_str(c, path);

    return *v ? v : NULL;
}

static const char *either(const struct config *c, const char *path, const char *other)
{
    const char *v = text(c, path);

    return v || !other ? v : text(c, other);
}

const char *model_provider(const struct config *c)
{
    const char *other = text(c, "ai.provider");

    if (!config_has(c, "llm.provider") && other)
        return other;
    return config_str(c, "llm.provider");
}

static enum llm_key_source source_of(const char *word)
{
    if (word && strcmp(word, "env") == 0)
        return LLM_KEY_ENV;
    if (word && strcmp(word, "keychain") == 0)
        return LLM_KEY_KEYCHAIN;
    return word && strcmp(word, "skip") == 0 ? LLM_KEY_SKIP : LLM_KEY_ANY;
}

static enum llm_thinking thinking_of(const char *word)
{
    if (cstr_eq(word, "fast"))
        return LLM_THINKING_OFF;
    if (cstr_eq(word, "deep"))
        return LLM_THINKING_DEEP;
    return cstr_eq(word, "balanced") ? LLM_THINKING_ON : LLM_THINKING_DEFAULT;
}

static void read_first(const struct config *c, struct llm_target_options *t)
{
    *t = (struct llm_target_options){
        .provider = model_provider(c),
        .model = either(c, "llm.model", "ai.model"),
        .wire = text(c, "llm.wire"),
        .base_url = either(c, "llm.base_url", "ai.base_url"),
        .region = either(c, "llm.region", "ai.region"),
        .api_version = text(c, "llm.api_version"),
        .key = config_secret(c, "llm.api_key"),
        .key_cmd = text(c, "llm.api_key_cmd"),
        .key_file = text(c, "llm.api_key_file"),
        .key_env = either(c, "llm.api_key_env", "ai.credentials.env_var"),
        .key_source = source_of(either(c, "llm.api_key_source", "ai.credentials.source")),
        .max_tokens = config_int(c, "llm.max_tokens"),
        .temperature = config_has(c, "llm.temperature") ? config_num(c, "llm.temperature") : -1,
        .thinking = thinking_of(text(c, "ai.reasoning")),
    };
}

static const char *of_list(const struct config *c, struct arena *a, size_t i, const char *key)
{
    return text(c, arena_printf(a, "llm.fallback.%zu.%s", i, key));
}

static void read_other(const struct config *c, struct arena *a, size_t i,
                       const struct llm_target_options *first, struct llm_target_options *t)
{
    *t = (struct llm_target_options){
        .provider = of_list(c, a, i, "provider"),
        .model = of_list(c, a, i, "model"),
        .wire = of_list(c, a, i, "wire"),
        .base_url = of_list(c, a, i, "base_url"),
        .region = of_list(c, a, i, "region"),
        .api_version = of_list(c, a, i, "api_version"),
        .key = config_secret(c, arena_printf(a, "llm.fallback.%zu.api_key", i)),
        .key_cmd = of_list(c, a, i, "api_key_cmd"),
        .key_file = of_list(c, a, i, "api_key_file"),
        .key_env = of_list(c, a, i, "api_key_env"),
        .key_source = source_of(of_list(c, a, i, "api_key_source")),
        .max_tokens = first->max_tokens,
        .temperature = first->temperature,
        .thinking = first->thinking,
    };
    if (t->provider || !first->provider)
        return;
    /* Another model of the same provider needs its name only. */
    t->provider = first->provider;
    if (!t->wire)
        t->wire = first->wire;
    if (!t->base_url)
        t->base_url = first->base_url;
    if (!t->region)
        t->region = first->region;
    if (t->key || t->key_cmd || t->key_file || t->key_env)
        return;
    t->key = first->key;
    t->key_cmd = first->key_cmd;
    t->key_file = first->key_file;
    t->key_env = first->key_env;
    t->key_source = first->key_source;
}

enum err_code model_open(const struct config *c, struct loop *l, struct http_client *http,
                         struct rng *rng, struct llm **ret, struct err *err)
{
    size_t others = config_count(c, "llm.fallback");
    struct llm_target_options *targets;
    struct llm_options opts = {.retries = (unsigned)config_int(c, "llm.retries"),
                               .first_byte_ms = config_int(c, "llm.first_byte_timeout_ms"),
                               .idle_ms = config_int(c, "llm.idle_timeout_ms"),
                               .total_ms = config_int(c, "llm.timeout_ms"),
                               .aws_profile = config_str(c, "providers.aws.profile"),
                               .rng = rng};
    struct arena *arena;
    enum err_code rc;

    *ret = NULL;
    if (strcmp(model_provider(c), "none") == 0)
        return ERR_OK;
    arena = arena_new(0);
    targets = arena_array(arena, others + 1, sizeof(*targets));
    read_first(c, &targets[0]);
    for (size_t i = 0; i < others; i++)
        read_other(c, arena, i, &targets[0], &targets[i + 1]);
    opts.targets = targets;
    opts.target_count = others + 1;
    rc = llm_new(l, http, &opts, ret, err);
    arena_free(arena);
    return rc;
}

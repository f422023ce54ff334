/* provider.c - the table of providers: where they are, which wire they speak, and in what they
 * differ from what they are compatible with. */
#include "src/llm/wire_priv.h"

#define CHAT "openai_chat"

static const struct provider providers[] = {
    {.name = "anthropic",
     .title = "Anthropic",
     .wire = "anthropic",
     .base_url = "https://api.anthropic.com",
     .env = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"},
     .max_tokens = "max_tokens"},
    {.name = "openai",
     .title = "OpenAI",
     .wire = CHAT,
     .base_url = "https://api.openai.com/v1",
     .env = {"OPENAI_API_KEY"},
     .max_tokens = "max_completion_tokens"}, /* its reasoning models refuse max_tokens */
    {.name = "google",
     .title = "Google Gemini",
     .wire = CHAT,
     .base_url = "https://generativelanguage.googleapis.com/v1beta/openai",
     .env = {"GEMINI_API_KEY", "GOOGLE_API_KEY"},
     .max_tokens = "max_tokens",
     .no_parallel_option = true},
    {.name = "mistral",
     .title = "Mistral",
     .wire = CHAT,
     .base_url = "https://api.mistral.ai/v1",
     .env = {"MISTRAL_API_KEY"},
     .max_tokens = "max_tokens",
     .no_usage_option = true, /* usage comes anyway */
     .short_ids = true,
     .no_user_after_tool = true},
    {.name = "groq",
     .title = "Groq",
     .wire = CHAT,
     .base_url = "https://api.groq.com/openai/v1",
     .env = {"GROQ_API_KEY"},
     .max_tokens = "max_completion_tokens"},
    {.name = "xai",
     .title = "xAI",
     .wire = CHAT,
     .base_url = "https://api.x.ai/v1",
     .env = {"XAI_API_KEY"},
     .max_tokens = "max_completion_tokens"},
    {.name = "openrouter",
     .title = "OpenRouter",
     .wire = CHAT,
     .base_url = "https://openrouter.ai/api/v1",
     .env = {"OPENROUTER_API_KEY"},
     .effort = EFFORT_OBJECT,
     .max_tokens = "max_tokens"},
    {.name = "bedrock",
     .title = "AWS Bedrock",
     .wire = "bedrock",
     .base_url = "https://bedrock-runtime.{region}.amazonaws.com",
     .auth = AUTH_AWS,
     .env = {"AWS_BEARER_TOKEN_BEDROCK"},
     .max_tokens = "max_tokens",
     .hint = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"},
    {.name = "azure",
     .title = "Azure OpenAI",
     .wire = CHAT,
     .auth = AUTH_API_KEY,
     .env = {"AZURE_OPENAI_API_KEY"},
     .max_tokens = "max_completion_tokens",
     .hint = "such as https://NAME.openai.azure.com/openai/v1"},
    {.name = "vertex",
     .title = "Google Vertex AI",
     .wire = CHAT,
     .env = {"VERTEX_ACCESS_TOKEN"},
     .max_tokens = "max_tokens",
     .no_parallel_option = true,
     .hint =
         "such as https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/"
         "endpoints/openapi, and llm.api_key_cmd: gcloud auth print-access-token"},
    {.name = "cerebras",
     .title = "Cerebras",
     .wire = CHAT,
     .base_url = "https://api.cerebras.ai/v1",
     .env = {"CEREBRAS_API_KEY"},
     .max_tokens = "max_completion_tokens"},
    {.name = "github",
     .title = "GitHub Models",
     .wire = CHAT,
     .base_url = "https://models.github.ai/inference",
     .env = {"GITHUB_TOKEN", "GITHUB_MODELS_TOKEN"},
     .max_tokens = "max_tokens"},
    {.name = "deepseek",
     .title = "DeepSeek",
     .wire = CHAT,
     .base_url = "https://api.deepseek.com/v1",
     .env = {"DEEPSEEK_API_KEY"},
     .max_tokens = "max_tokens",
     .wants_thoughts = true,
     .effort = EFFORT_SWITCH,
     .no_parallel_option = true},
    {.name = "ollama",
     .title = "Ollama",
     .wire = CHAT,
     .base_url = "http://127.0.0.1:11434/v1",
     .auth = AUTH_NONE,
     .max_tokens = "max_tokens", /* the other name is ignored */
     .one_choice = true,
     .no_parallel_option = true,
     .local = true},
    {.name = "vllm",
     .title = "vLLM",
     .wire = CHAT,
     .base_url = "http://127.0.0.1:8000/v1",
     .auth = AUTH_NONE,
     .env = {"VLLM_API_KEY"},
     .max_tokens = "max_tokens",
     .local = true},
    {.name = "lmstudio",
     .title = "LM Studio",
     .wire = CHAT,
     .base_url = "http://127.0.0.1:1234/v1",
     .auth = AUTH_NONE,
     .max_tokens = "max_tokens",
     .one_choice = true,
     .no_parallel_option = true,
     .local = true},
    {.name = "local",
     .title = "a local server",
     .wire = CHAT,
     .base_url = "http://127.0.0.1:11434/v1",
     .auth = AUTH_NONE,
     .max_tokens = "max_tokens",
     .one_choice = true,
     .no_parallel_option = true,
     .local = true},
};

const struct provider *provider_at(size_t index)
{
    return index < sizeof(providers) / sizeof(providers[0]) ? &providers[index] : NULL;
}

const struct provider *provider_find(const char *name)
{
    const struct provider *p;

    for (size_t i = 0; (p = provider_at(i)); i++)
        if (cstr_eq(p->name, name))
            return p;
    return NULL;
}

const char *llm_provider_name(size_t index)
{
    const struct provider *p = provider_at(index);

    return p ? p->name : NULL;
}

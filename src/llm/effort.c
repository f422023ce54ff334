/* effort.c - how long a model may think, in the words of its family. A model that is not known here
 * is told nothing it could refuse; what a family cannot do is left out, and the nearest it can do
 * is asked for. Sources: AWS, "Adaptive thinking" (Bedrock's user guide); OpenAI's API reference,
 * reasoning_effort; Ollama's OpenAI compatibility. */
#include "src/llm/wire_priv.h"

#include <fnmatch.h>
#include <stdio.h>

/* Room for thoughts beside the answer, in tokens: they count as output on every wire. */
#define ROOM_ON 4096
#define ROOM_DEEP 16000

enum llm_thinking wire_thinking(const struct wire_target *t, const struct llm_request *req)
{
    return req->thinking == LLM_THINKING_DEFAULT ? t->thinking : req->thinking;
}

static int64_t room_of(enum llm_thinking level)
{
    return level == LLM_THINKING_DEEP ? ROOM_DEEP : level == LLM_THINKING_ON ? ROOM_ON : 0;
}

static int64_t answer_max(const struct wire_target *t, const struct llm_request *req)
{
    return req->max_tokens > 0 ? req->max_tokens : t->max_tokens;
}

/* ---- Claude ---- */

enum claude {
    CLAUDE_UNKNOWN,  /* another name for one: what the present ones take */
    CLAUDE_NONE,     /* does not think */
    CLAUDE_BUDGET,   /* a number of tokens */
    CLAUDE_ADAPTIVE, /* on or off, and how hard */
    CLAUDE_ALWAYS,   /* cannot be told not to */
};

/* What stands behind "claude-"; the first that fits. */
static const struct {
    const char *begins;
    enum claude kind;
} claudes[] = {
    {"3-7", CLAUDE_BUDGET},
    {"3", CLAUDE_NONE},
    {"2", CLAUDE_NONE},
    {"instant", CLAUDE_NONE},
    {"opus-4-6", CLAUDE_ADAPTIVE},
    {"opus-4-7", CLAUDE_ADAPTIVE},
    {"opus-4-8", CLAUDE_ADAPTIVE},
    {"opus-4-9", CLAUDE_ADAPTIVE},
    {"opus-4", CLAUDE_BUDGET},
    {"sonnet-4-6", CLAUDE_ADAPTIVE},
    {"sonnet-4", CLAUDE_BUDGET},
    {"haiku-4", CLAUDE_BUDGET},
    {"haiku-3", CLAUDE_NONE},
    {"fable", CLAUDE_ALWAYS},
    {"mythos", CLAUDE_ALWAYS},
    {"", CLAUDE_ADAPTIVE},
};

static enum claude claude_of(const char *model)
{
    ptrdiff_t at = str_find(str_from(model), STR_LIT("claude-"));

    for (size_t i = 0; at >= 0 && i < sizeof(claudes) / sizeof(claudes[0]); i++)
        if (str_starts(str_from(model + at + 7), claudes[i].begins))
            return claudes[i].kind;
    return CLAUDE_UNKNOWN;
}

bool wire_is_claude(const struct wire_target *t)
{
    return claude_of(t->model) != CLAUDE_UNKNOWN;
}

static void put_type(struct json_writer *w, const char *type, int64_t budget)
{
    json_key(w, "thinking");
    json_object_begin(w);
    json_put_cstr(w, "type", type);
    if (budget)
        json_put_int(w, "budget_tokens", budget);
    json_object_end(w);
}

static void put_effort(struct json_writer *w, const char *effort)
{
    json_key(w, "output_config");
    json_object_begin(w);
    json_put_cstr(w, "effort", effort);
    json_object_end(w);
}

bool wire_claude_asks(const struct wire_target *t, const struct llm_request *req)
{
    return wire_thinking(t, req) != LLM_THINKING_DEFAULT && claude_of(t->model) != CLAUDE_NONE;
}

/* A forced tool and thinking exclude each other. */
void wire_claude_thinking(struct json_writer *w, const struct wire_target *t,
                          const struct llm_request *req, bool forced)
{
    enum llm_thinking level = forced ? LLM_THINKING_OFF : wire_thinking(t, req);
    enum claude kind = claude_of(t->model);

    if (!wire_claude_asks(t, req))
        return;
    if (kind == CLAUDE_ALWAYS) {
        if (!forced)
            put_type(w, "adaptive", 0);
        if (level != LLM_THINKING_DEEP) /* deep is what they do unasked */
            put_effort(w, level == LLM_THINKING_OFF ? "low" : "medium");
    } else if (level == LLM_THINKING_OFF) {
        put_type(w, "disabled", 0);
    } else if (kind == CLAUDE_BUDGET) {
        put_type(w, "enabled", room_of(level));
    } else {
        put_type(w, "adaptive", 0);
        if (kind == CLAUDE_ADAPTIVE && level == LLM_THINKING_ON)
            put_effort(w, "medium");
    }
}

int64_t wire_claude_tokens(const struct wire_target *t, const struct llm_request *req, bool forced)
{
    return answer_max(t, req) + (!forced && wire_claude_asks(t, req) && wire_is_claude(t)
                                     ? room_of(wire_thinking(t, req))
                                     : 0);
}

/* ---- all others ---- */

/* Of "provider/model", the first that fits: what fast, balanced and deep are called; NULL: nothing
 * is said. */
static const struct {
    const char *pattern;
    const char *words[3];
} efforts[] = {
    {"openai/gpt-5*-codex*", {"low", "medium", "high"}},
    {"openai/gpt-5*-pro*", {NULL, NULL, "high"}},
    {"openai/gpt-5*-chat*", {NULL, NULL, NULL}},
    {"openai/gpt-5.*", {"none", "medium", "high"}},
    {"openai/gpt-5*", {"minimal", "medium", "high"}},
    {"openai/gpt-oss*", {"low", "medium", "high"}},
    {"openai/o1-mini*", {NULL, NULL, NULL}},
    {"openai/o1-preview*", {NULL, NULL, NULL}},
    {"openai/o[0-9]*", {"low", "medium", "high"}},
    {"openai/gpt-*", {NULL, NULL, NULL}},
    {"openai/chatgpt-*", {NULL, NULL, NULL}},
    {"google/gemini-2.5-pro*", {"low", "medium", "high"}},
    {"google/gemini-2.5*", {"none", "medium", "high"}},
    {"google/gemini-3*", {"low", NULL, "high"}},
    {"groq/*gpt-oss*", {"low", "medium", "high"}},
    {"groq/*qwen3*", {"none", "default", "default"}},
    {"cerebras/*gpt-oss*", {"low", "medium", "high"}},
    {"xai/grok-3-mini*", {"low", NULL, "high"}},
    {"deepseek/*reasoner*", {NULL, NULL, NULL}},
    {"deepseek/*", {"disabled", "enabled", "enabled"}},
    {"openrouter/*", {"low", "medium", "high"}},
    {"ollama/gpt-oss*", {"low", "medium", "high"}},
    {"ollama/*", {"none", NULL, NULL}}, /* what can think does; what cannot refuses to be asked */
};

/* Azure's and GitHub's are OpenAI's models; a maker's name before the model's is cut off there. */
static void name_of(const struct wire_target *t, char *out, size_t size)
{
    const char *provider = t->provider->name, *slash;
    const char *model = t->model;

    if (cstr_eq(provider, "azure") || cstr_eq(provider, "github")) {
        provider = "openai";
        slash = strrchr(model, '/');
        model = slash ? slash + 1 : model;
    }
    snprintf(out, size, "%s/%s", provider, model);
}

bool wire_effort(const struct wire_target *t, const struct llm_request *req, const char **ret)
{
    enum llm_thinking level = wire_thinking(t, req);
    size_t word = level == LLM_THINKING_OFF ? 0 : level == LLM_THINKING_ON ? 1 : 2;
    char name[300];

    *ret = NULL;
    name_of(t, name, sizeof(name));
    for (size_t i = 0; i < sizeof(efforts) / sizeof(efforts[0]); i++) {
        if (fnmatch(efforts[i].pattern, name, 0) != 0)
            continue;
        if (level != LLM_THINKING_DEFAULT)
            *ret = efforts[i].words[word];
        return efforts[i].words[0] || efforts[i].words[2];
    }
    return level != LLM_THINKING_DEFAULT && req->thinking != LLM_THINKING_DEFAULT;
}

int64_t wire_tokens(const struct wire_target *t, const struct llm_request *req)
{
    const char *word;

    wire_effort(t, req, &word);
    return answer_max(t, req) + (word ? room_of(wire_thinking(t, req)) : 0);
}

/* check_chat.c - what OpenAI's chat completions refuse: unknown arguments, calls without their
 * answers, sampling settings and max_tokens for models that reason. The servers that only speak
 * the same wire ("dialect") refuse less. */
#include "tests/standin/standin.h"

static const char *const top_keys[] = {"model",
                                       "messages",
                                       "stream",
                                       "stream_options",
                                       "tools",
                                       "tool_choice",
                                       "parallel_tool_calls",
                                       "max_tokens",
                                       "max_completion_tokens",
                                       "temperature",
                                       "top_p",
                                       "n",
                                       "stop",
                                       "seed",
                                       "user",
                                       "metadata",
                                       "store",
                                       "response_format",
                                       "reasoning_effort",
                                       "service_tier",
                                       "logprobs",
                                       "top_logprobs",
                                       "presence_penalty",
                                       "frequency_penalty",
                                       "logit_bias",
                                       "prediction",
                                       "modalities",
                                       "audio",
                                       "verbosity",
                                       "prompt_cache_key",
                                       "safety_identifier",
                                       "prompt_cache_retention",
                                       "web_search_options",
                                       NULL};
static const char *const message_keys[] = {"role",    "content", "name",         "tool_calls",
                                           "refusal", "audio",   "tool_call_id", NULL};

struct walk {
    struct refusal *f;
    size_t at;
    const struct value *calls; /* of the assistant message that waits for its answers */
    unsigned answered;
};

#define BAD(w, what, ...)                                                                          \
    ((w)->f->param = (what), refuse((w)->f, 400, "invalid_request_error", __VA_ARGS__))

/* gpt-5 and the o series think before they speak. */
static bool reasons(const char *model)
{
    return str_starts(str_from(model), "gpt-5") ||
           (model[0] == 'o' && model[1] >= '1' && model[1] <= '9');
}

static int check_settings(struct walk *w, const struct request *r)
{
    const struct value *v = r->json, *bad = first_unknown(v, top_keys);

    if (bad)
        return BAD(w, NULL, "there is no request argument %.*s", STR_FMT(bad->key));
    if (!*r->model)
        return BAD(w, "model", "a model is required");
    if (value_get(v, "stream_options") && !r->stream)
        return BAD(w, "stream_options", "stream_options is for streams only");
    if (!reasons(r->model))
        return 0;
    if (value_get(v, "max_tokens")) {
        w->f->code = "unsupported_parameter";
        return BAD(w, "max_tokens", "this model wants max_completion_tokens, not max_tokens");
    }
    if (value_num_or(v, "temperature", 1) != 1 || value_num_or(v, "top_p", 1) != 1) {
        w->f->code = "unsupported_value";
        return BAD(w, "temperature", "this model has its own temperature and top_p");
    }
    return 0;
}

static int check_tools(struct walk *w, const struct request *r)
{
    const struct value *tools = value_get(r->json, "tools");

    if (tools && !value_count(tools))
        return BAD(w, "tools", "tools must not be empty");
    VALUE_EACH (t, tools) {
        const struct value *parameters = value_path(t, "function.parameters");

        if (!str_eq_c(value_str_or(t, "type", ""), "function"))
            return BAD(w, "tools[].type", "a tool must be a function");
        if (!tool_name_ok(value_str_or(t, "function.name", ""), 64))
            return BAD(w, "tools[].function.name", "a function's name is wrong");
        if (parameters && !str_eq_c(value_str_or(parameters, "type", ""), "object"))
            return BAD(w, "tools[].function.parameters", "parameters must be of type object");
    }
    if (value_get(r->json, "parallel_tool_calls") && !tools)
        return BAD(w, "parallel_tool_calls", "parallel_tool_calls needs tools");
    return 0;
}

static int check_call(struct walk *w, const struct value *c)
{
    if (!value_str_or(c, "id", "").len || !str_eq_c(value_str_or(c, "type", ""), "function") ||
        !value_str_or(c, "function.name", "").len)
        return BAD(w, "messages", "messages[%zu]: a tool call needs id, type and function.name",
                   w->at);
    if (!value_path(c, "function.arguments") ||
        value_path(c, "function.arguments")->type != VALUE_STRING)
        return BAD(w, "messages", "messages[%zu]: function.arguments must be a string", w->at);
    return 0;
}

static int check_answer(struct walk *w, const struct value *m)
{
    struct str id = value_str_or(m, "tool_call_id", "");

    VALUE_EACH (c, w->calls) {
        if (str_eq(value_str_or(c, "id", ""), id)) {
            w->answered++;
            return 0;
        }
    }
    return BAD(w, "messages", "messages[%zu]: role tool must answer a tool call before it", w->at);
}

static int check_content(struct walk *w, const struct value *m, const char *role)
{
    const struct value *content = value_get(m, "content");
    bool optional = strcmp(role, "assistant") == 0 && value_get(m, "tool_calls");

    if (optional && (!content || content->type == VALUE_NULL))
        return 0;
    if (!content || (content->type != VALUE_STRING && content->type != VALUE_ARRAY))
        return BAD(w, "messages", "messages[%zu].content: must be text or parts", w->at);
    VALUE_EACH (part, content) {
        if (!value_str_or(part, "type", "").len)
            return BAD(w, "messages", "messages[%zu].content: a part needs a type", w->at);
    }
    return 0;
}

static int check_message(struct walk *w, const struct value *m, bool strict)
{
    static const char *const roles[] = {"developer", "system", "user", "assistant", "tool", NULL};
    const char *role = value_cstr_or(m, "role", "");
    const struct value *bad = first_unknown(m, message_keys);
    int rc;

    if (!one_of(str_from(role), roles))
        return BAD(w, "messages", "messages[%zu].role: '%s' is none", w->at, role);
    if (bad && strict)
        return BAD(w, "messages", "messages[%zu]: there is no '%.*s'", w->at, STR_FMT(bad->key));
    if ((rc = check_content(w, m, role)))
        return rc;
    if (strcmp(role, "tool") == 0)
        return check_answer(w, m);
    if (w->answered < value_count(w->calls))
        return BAD(w, "messages", "messages[%zu]: each tool call must be answered before", w->at);
    w->calls = value_get(m, "tool_calls");
    w->answered = 0;
    VALUE_EACH (c, w->calls) {
        if ((rc = check_call(w, c)))
            return rc;
    }
    return 0;
}

int check_chat(const struct request *r, const char *dialect, struct refusal *f)
{
    const struct value *all = value_get(r->json, "messages");
    bool strict = strcmp(dialect, "openai") == 0 || strcmp(dialect, "azure") == 0;
    struct walk w = {.f = f};
    int rc;

    if (strict && ((rc = check_settings(&w, r)) || (rc = check_tools(&w, r))))
        return rc;
    if (!all || all->type != VALUE_ARRAY || !value_count(all))
        return BAD(&w, "messages", "messages are required");
    for (; w.at < value_count(all); w.at++) {
        if ((rc = check_message(&w, value_at(all, w.at), strict)))
            return rc;
    }
    if (w.answered < value_count(w.calls))
        return BAD(&w, "messages", "each tool call must be answered");
    return 0;
}

/* check_responses.c - what OpenAI's Responses refuse: unknown parameters, calls without output and
 * outputs without call, a response to go on from that nobody gave. */
#include "tests/standin/standin.h"

static const char *const top_keys[] = {"model",
                                       "input",
                                       "instructions",
                                       "stream",
                                       "stream_options",
                                       "tools",
                                       "tool_choice",
                                       "parallel_tool_calls",
                                       "max_output_tokens",
                                       "max_tool_calls",
                                       "temperature",
                                       "top_p",
                                       "reasoning",
                                       "text",
                                       "include",
                                       "store",
                                       "metadata",
                                       "user",
                                       "previous_response_id",
                                       "truncation",
                                       "service_tier",
                                       "prompt_cache_key",
                                       "safety_identifier",
                                       "background",
                                       "conversation",
                                       "prompt",
                                       "top_logprobs",
                                       "prompt_cache_retention",
                                       "context_management",
                                       NULL};

struct walk {
    const struct request *r;
    struct refusal *f;
    const struct value *input;
    size_t at;
};

#define BAD(w, what, ...)                                                                          \
    ((w)->f->param = (what), refuse((w)->f, 400, "invalid_request_error", __VA_ARGS__))

static bool is_type(const struct value *item, const char *type)
{
    return str_eq_c(value_str_or(item, "type", ""), type);
}

/* How many items of a type carry this call_id, in front of `before`. */
static unsigned count_calls(const struct walk *w, const char *type, struct str id, size_t before)
{
    unsigned n = 0;

    for (size_t i = 0; i < value_count(w->input) && i < before; i++) {
        const struct value *item = value_at(w->input, i);

        n += is_type(item, type) && str_eq(value_str_or(item, "call_id", ""), id);
    }
    return n;
}

static int check_call(struct walk *w, const struct value *item)
{
    struct str id = value_str_or(item, "call_id", "");
    const struct value *arguments = value_get(item, "arguments");

    if (!id.len || !value_str_or(item, "name", "").len)
        return BAD(w, "input", "input[%zu]: a function_call needs call_id and name", w->at);
    if (!arguments || arguments->type != VALUE_STRING)
        return BAD(w, "input", "input[%zu].arguments: must be a string", w->at);
    if (!count_calls(w, "function_call_output", id, SIZE_MAX))
        return BAD(w, "input", "there is no output for the function call %.*s", STR_FMT(id));
    return 0;
}

static int check_output(struct walk *w, const struct value *item)
{
    struct str id = value_str_or(item, "call_id", "");
    const struct value *output = value_get(item, "output");

    if (!count_calls(w, "function_call", id, w->at) &&
        !value_get(w->r->json, "previous_response_id"))
        return BAD(w, "input", "there is no function call for the output %.*s", STR_FMT(id));
    if (!output || (output->type != VALUE_STRING && output->type != VALUE_ARRAY))
        return BAD(w, "input", "input[%zu].output: must be text or parts", w->at);
    return 0;
}

static int check_message(struct walk *w, const struct value *item)
{
    static const char *const roles[] = {"user", "assistant", "system", "developer", NULL};
    const struct value *content = value_get(item, "content");
    struct str role = value_str_or(item, "role", "");

    if (!one_of(role, roles))
        return BAD(w, "input", "input[%zu].role: '%.*s' is none", w->at, STR_FMT(role));
    if (!content || (content->type != VALUE_STRING && content->type != VALUE_ARRAY))
        return BAD(w, "input", "input[%zu].content: must be text or parts", w->at);
    VALUE_EACH (part, content) {
        bool said = is_type(part, "output_text") || is_type(part, "refusal");

        if (said != str_eq_c(role, "assistant"))
            return BAD(w, "input", "input[%zu].content: a part's type does not fit the role",
                       w->at);
    }
    return 0;
}

static int check_item(struct walk *w, const struct value *item)
{
    struct str type = value_str_or(item, "type", "message");

    if (str_eq_c(type, "message"))
        return check_message(w, item);
    if (str_eq_c(type, "function_call"))
        return check_call(w, item);
    if (str_eq_c(type, "function_call_output"))
        return check_output(w, item);
    if (str_eq_c(type, "reasoning"))
        return value_get(item, "summary")
                   ? 0
                   : BAD(w, "input", "input[%zu].summary: is required", w->at);
    if (str_eq_c(type, "item_reference"))
        return 0;
    return BAD(w, "input", "input[%zu].type: '%.*s' is none", w->at, STR_FMT(type));
}

static int check_tools(struct walk *w)
{
    VALUE_EACH (t, value_get(w->r->json, "tools")) {
        const struct value *parameters = value_get(t, "parameters");

        if (!is_type(t, "function"))
            continue; /* a tool of the vendor's own */
        if (!tool_name_ok(value_str_or(t, "name", ""), 64))
            return BAD(w, "tools[].name", "a function's name is missing or wrong");
        if (!parameters || (parameters->type == VALUE_OBJECT &&
                            !str_eq_c(value_str_or(parameters, "type", ""), "object")))
            return BAD(w, "tools[].parameters", "parameters must be of type object");
    }
    return 0;
}

int check_responses(const struct request *r, struct refusal *f)
{
    struct walk w = {.r = r, .f = f, .input = value_get(r->json, "input")};
    const struct value *bad = first_unknown(r->json, top_keys);
    int rc;

    if (bad) {
        f->code = "unknown_parameter";
        return BAD(&w, arena_str(r->arena, bad->key), "unknown parameter: '%.*s'",
                   STR_FMT(bad->key));
    }
    if (!*r->model)
        return BAD(&w, "model", "a model is required");
    if (value_num_or(r->json, "max_output_tokens", 16) < 16)
        return BAD(&w, "max_output_tokens", "max_output_tokens: at least 16");
    if (str_starts(value_str_or(r->json, "previous_response_id", "resp_standin_"),
                   "resp_standin_") == false)
        return BAD(&w, "previous_response_id", "there is no such response");
    if (!w.input || (w.input->type != VALUE_STRING && w.input->type != VALUE_ARRAY))
        return BAD(&w, "input", "input must be text or a list of items");
    if ((rc = check_tools(&w)))
        return rc;
    for (; w.at < value_count(w.input); w.at++) {
        if ((rc = check_item(&w, value_at(w.input, w.at))))
            return rc;
    }
    return 0;
}

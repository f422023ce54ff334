/* check_anthropic.c - what the Messages API refuses, on API version 2026-10-21: sampling parameters
 * even at their defaults, documents of the assistant, citations on the user's text, prefill; and on
 * every version: calls without results, results that do not come first, more than four cache marks,
 * changed thinking, fields that nobody knows. */
#include <math.h>

#include "tests/standin/standin.h"

#include "runbook/base/map.h"

struct walk {
    const struct request *r;
    struct refusal *f;
    bool new_version;
    unsigned marks;
    size_t at;                  /* which message */
    const struct value *before; /* the message before, when it is the assistant's */
};

static const char *const versions[] = {"2023-01-01", "2023-06-01", "2026-10-21", NULL};
static const char *const top_keys[] = {"model",
                                       "max_tokens",
                                       "messages",
                                       "system",
                                       "tools",
                                       "stream",
                                       "tool_choice",
                                       "stop_sequences",
                                       "metadata",
                                       "thinking",
                                       "temperature",
                                       "top_p",
                                       "top_k",
                                       "service_tier",
                                       "cache_control",
                                       "container",
                                       "context_management",
                                       "output_config",
                                       "inference_geo",
                                       "mcp_servers",
                                       "speed",
                                       NULL};
static const char *const text_keys[] = {"type", "text", "cache_control", "citations", NULL};
static const char *const thinking_keys[] = {"type", "thinking", "signature", NULL};
static const char *const redacted_keys[] = {"type", "data", NULL};
static const char *const use_keys[] = {"type",          "id",     "name", "input",
                                       "cache_control", "caller", NULL};
static const char *const result_keys[] = {"type",     "tool_use_id",   "content",
                                          "is_error", "cache_control", NULL};
static const char *const tool_keys[] = {"type",
                                        "name",
                                        "description",
                                        "input_schema",
                                        "strict",
                                        "cache_control",
                                        "input_examples",
                                        "defer_loading",
                                        "allowed_callers",
                                        "eager_input_streaming",
                                        NULL};

#define BAD(w, ...) refuse((w)->f, 400, "invalid_request_error", __VA_ARGS__)

static int check_mark(struct walk *w, const struct value *block)
{
    const struct value *mark = value_get(block, "cache_control");
    struct str ttl = value_str_or(mark, "ttl", "5m");

    if (!mark || mark->type == VALUE_NULL)
        return 0;
    if (!str_eq_c(value_str_or(mark, "type", ""), "ephemeral") ||
        (!str_eq_c(ttl, "5m") && !str_eq_c(ttl, "1h")))
        return BAD(w, "cache_control: must be ephemeral with a ttl of 5m or 1h");
    if (++w->marks > 4)
        return BAD(w, "at most 4 blocks may have cache_control, there are more");
    return 0;
}

static int check_keys(struct walk *w, const struct value *v, const char *const *names,
                      const char *where)
{
    const struct value *bad = first_unknown(v, names);

    if (bad)
        return BAD(w, "%s.%.*s: extra inputs are not permitted", where, STR_FMT(bad->key));
    return 0;
}

static int check_text(struct walk *w, const struct value *b, const char *role)
{
    struct str text;
    struct err err;

    if (value_need_str(b, "text", &text, &err))
        return BAD(w, "messages.%zu: %s", w->at, err.msg);
    if (!text.len)
        return BAD(w, "messages.%zu: text content blocks must not be empty", w->at);
    if (value_count(value_get(b, "citations")) && w->new_version && strcmp(role, "user") == 0)
        return BAD(w, "messages.%zu: citations are not permitted on the user's text", w->at);
    return check_keys(w, b, text_keys, "text");
}

static int check_thinking(struct walk *w, const struct value *b, const char *role)
{
    struct str text, signature;
    struct err err;

    if (strcmp(role, "assistant") != 0)
        return BAD(w, "messages.%zu: thinking is the assistant's alone", w->at);
    if (value_need_str(b, "thinking", &text, &err) ||
        value_need_str(b, "signature", &signature, &err))
        return BAD(w, "messages.%zu: %s", w->at, err.msg);
    if (!str_eq_c(signature, thinking_signature(text, w->r->arena)))
        return BAD(w, "messages.%zu: invalid `signature` in `thinking` block", w->at);
    return check_keys(w, b, thinking_keys, "thinking");
}

static int check_use(struct walk *w, const struct value *b, const char *role)
{
    const struct value *input = value_get(b, "input");

    if (strcmp(role, "assistant") != 0)
        return BAD(w, "messages.%zu: tool_use is the assistant's alone", w->at);
    if (!value_str_or(b, "id", "").len || !tool_name_ok(value_str_or(b, "name", ""), 200))
        return BAD(w, "messages.%zu: tool_use needs id and name", w->at);
    if (!input || input->type != VALUE_OBJECT)
        return BAD(w, "messages.%zu: tool_use.input must be an object", w->at);
    return check_keys(w, b, use_keys, "tool_use");
}

static int check_result(struct walk *w, const struct value *b, const char *role)
{
    struct str id = value_str_or(b, "tool_use_id", "");

    if (strcmp(role, "user") != 0)
        return BAD(w, "messages.%zu: tool_result is the user's alone", w->at);
    VALUE_EACH (use, value_get(w->before, "content")) {
        if (str_eq_c(value_str_or(use, "type", ""), "tool_use") &&
            str_eq(value_str_or(use, "id", ""), id))
            return check_keys(w, b, result_keys, "tool_result");
    }
    return BAD(w, "messages.%zu: tool_result '%.*s' answers no tool_use of the message before",
               w->at, STR_FMT(id));
}

static int check_block(struct walk *w, const struct value *b, const char *role)
{
    struct str type = value_str_or(b, "type", "");
    int rc = check_mark(w, b);

    if (rc)
        return rc;
    if (str_eq_c(type, "text"))
        return check_text(w, b, role);
    if (str_eq_c(type, "thinking"))
        return check_thinking(w, b, role);
    if (str_eq_c(type, "redacted_thinking"))
        return check_keys(w, b, redacted_keys, "redacted_thinking");
    if (str_eq_c(type, "tool_use"))
        return check_use(w, b, role);
    if (str_eq_c(type, "tool_result"))
        return check_result(w, b, role);
    if (str_eq_c(type, "document") && w->new_version && strcmp(role, "assistant") == 0)
        return BAD(w, "messages.%zu: documents of the assistant are not permitted", w->at);
    if (str_eq_c(type, "document") || str_eq_c(type, "image"))
        return 0;
    return BAD(w, "messages.%zu: there is no content block of type '%.*s'", w->at, STR_FMT(type));
}

static bool is_result(const struct value *b)
{
    return str_eq_c(value_str_or(b, "type", ""), "tool_result");
}

/* Each tool_use of the message before has one result here, and results come first. */
static int check_answers(struct walk *w, const struct value *content)
{
    bool others = false;

    VALUE_EACH (b, content) {
        if (is_result(b) && others)
            return BAD(w, "messages.%zu: tool_result blocks must come first in the content", w->at);
        others = others || !is_result(b);
    }
    VALUE_EACH (use, value_get(w->before, "content")) {
        unsigned results = 0;
        struct str id = value_str_or(use, "id", "");

        if (!str_eq_c(value_str_or(use, "type", ""), "tool_use"))
            continue;
        VALUE_EACH (b, content)
            results += is_result(b) && str_eq(value_str_or(b, "tool_use_id", ""), id);
        if (results != 1)
            return BAD(w, "messages.%zu: tool_use '%.*s' has %u tool_result blocks right after it",
                       w->at, STR_FMT(id), results);
    }
    return 0;
}

static int check_message(struct walk *w, const struct value *m)
{
    static const char *const keys[] = {"role", "content", NULL};
    static const char *const roles[] = {"user", "assistant", "system", NULL};
    const struct value *content = value_get(m, "content");
    const char *role = value_cstr_or(m, "role", "");
    int rc;

    if (!one_of(str_from(role), roles))
        return BAD(w, "messages.%zu.role: '%s' is none", w->at, role);
    if ((rc = check_keys(w, m, keys, "messages")))
        return rc;
    if (!content || (content->type != VALUE_STRING && content->type != VALUE_ARRAY) ||
        (content->type == VALUE_STRING && !content->u.string.len) ||
        (content->type == VALUE_ARRAY && !content->u.list.count))
        return BAD(w, "messages.%zu.content: must be text or blocks, and not empty", w->at);
    VALUE_EACH (b, content) {
        if ((rc = check_block(w, b, role)))
            return rc;
    }
    rc = check_answers(w, content);
    w->before = strcmp(role, "assistant") == 0 ? m : NULL;
    return rc;
}

static int check_messages(struct walk *w)
{
    const struct value *all, *ids_in;
    struct map *ids = map_new();
    struct err err;
    int rc = 0;

    if (value_need_array(w->r->json, "messages", &all, &err) || !value_count(all))
        rc = BAD(w, "messages: at least one message is required");
    else if (!str_eq_c(value_str_or(value_at(all, 0), "role", ""), "user"))
        rc = BAD(w, "messages: the first message must be the user's");
    for (; !rc && w->at < value_count(all); w->at++) {
        rc = check_message(w, value_at(all, w->at));
        ids_in = value_get(value_at(all, w->at), "content");
        VALUE_EACH (b, ids_in) {
            struct str id = value_str_or(b, "id", "");

            if (!rc && id.len && map_set(ids, id, ids))
                rc = BAD(w, "messages.%zu: tool_use ids must be unique, '%.*s' is not", w->at,
                         STR_FMT(id));
        }
    }
    map_free(ids);
    if (!rc && w->before)
        rc = BAD(w, "messages: the conversation must end with the user; there is no prefill");
    return rc;
}

static int check_tools(struct walk *w)
{
    const struct value *tools = value_get(w->r->json, "tools");
    struct str choice = value_str_or(w->r->json, "tool_choice.type", "auto");
    static const char *const choices[] = {"auto", "any", "tool", "none", NULL};
    struct map *names = map_new();
    int rc = 0;

    VALUE_EACH (t, tools) {
        struct str name = value_str_or(t, "name", "");
        const struct value *schema = value_get(t, "input_schema");

        if (rc || (rc = check_keys(w, t, tool_keys, "tools")) || (rc = check_mark(w, t)))
            break;
        if (!tool_name_ok(name, 128))
            rc = BAD(w, "tools: '%.*s' is no name", STR_FMT(name));
        else if (map_set(names, name, names))
            rc = BAD(w, "tools: names must be unique, '%.*s' is not", STR_FMT(name));
        else if (!str_eq_c(value_str_or(schema, "type", ""), "object"))
            rc = BAD(w, "tools.%.*s.input_schema.type: must be \"object\"", STR_FMT(name));
    }
    if (!rc && !one_of(choice, choices))
        rc = BAD(w, "tool_choice.type: '%.*s' is none", STR_FMT(choice));
    if (!rc && !value_count(tools) && value_get(w->r->json, "tool_choice"))
        rc = BAD(w, "tool_choice needs tools");
    map_free(names);
    return rc;
}

static int check_thinking_setting(struct walk *w)
{
    static const char *const types[] = {"adaptive", "enabled", "disabled", "between_tools", NULL};
    const struct value *t = value_get(w->r->json, "thinking");
    struct str type = value_str_or(t, "type", "");
    double budget = value_num_or(t, "budget_tokens", 0);
    struct str choice = value_str_or(w->r->json, "tool_choice.type", "auto");

    if (!t)
        return 0;
    if (!one_of(type, types))
        return BAD(w, "thinking.type: '%.*s' is none", STR_FMT(type));
    if (str_eq_c(type, "enabled") &&
        (budget < 1024 || budget >= value_num_or(w->r->json, "max_tokens", 0)))
        return BAD(w, "thinking.budget_tokens: must be at least 1024 and less than max_tokens");
    if (!str_eq_c(type, "disabled") && (str_eq_c(choice, "any") || str_eq_c(choice, "tool")))
        return BAD(w, "thinking: not together with a forced tool_choice");
    return 0;
}

static int check_top(struct walk *w)
{
    const struct value *v = w->r->json;
    const struct value *system = value_get(v, "system");
    static const char *const sampling[] = {"temperature", "top_p", "top_k", NULL};
    double max = value_num_or(v, "max_tokens", -1);
    int rc = check_keys(w, v, top_keys, "request");

    if (rc)
        return rc;
    for (const char *const *s = sampling; w->new_version && *s; s++) {
        if (value_get(v, *s))
            return BAD(w, "%s: not supported on this API version", *s);
    }
    if (!value_str_or(v, "model", "").len)
        return BAD(w, "model: is required");
    if (!str_ends(str_from(w->r->path), "/count_tokens") && (max < 0 || max != floor(max)))
        return BAD(w, "max_tokens: a whole number is required");
    if (system && system->type != VALUE_STRING && system->type != VALUE_ARRAY)
        return BAD(w, "system: must be text or blocks");
    VALUE_EACH (b, system) {
        if (!str_eq_c(value_str_or(b, "type", ""), "text"))
            return BAD(w, "system: only text blocks");
        if ((rc = check_mark(w, b)) || (rc = check_text(w, b, "system")))
            return rc;
    }
    return check_mark(w, v);
}

int check_anthropic(const struct request *r, struct refusal *f)
{
    const char *version = request_header(r, "anthropic-version");
    struct walk w = {.r = r, .f = f};
    int rc;

    if (!version || !one_of(str_from(version), versions))
        return BAD(&w, "anthropic-version: '%s' is not a valid version", version ? version : "");
    w.new_version = strcmp(version, "2026-10-21") == 0;
    /* Tools, system and messages, in the order of the cached prefix. */
    if ((rc = check_tools(&w)) || (rc = check_top(&w)) || (rc = check_thinking_setting(&w)))
        return rc;
    return check_messages(&w);
}

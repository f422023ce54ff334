/* check_bedrock.c - what Converse refuses: a signature that is wrong, members that it does not
 * know, tool uses without results. */
#include "tests/standin/standin.h"

static const char *const top_keys[] = {"messages",
                                       "system",
                                       "inferenceConfig",
                                       "toolConfig",
                                       "additionalModelRequestFields",
                                       "additionalModelResponseFieldPaths",
                                       "guardrailConfig",
                                       "promptVariables",
                                       "requestMetadata",
                                       "performanceConfig",
                                       "serviceTier",
                                       "outputConfig",
                                       NULL};
static const char *const block_keys[] = {"text",       "toolUse", "toolResult", "reasoningContent",
                                         "cachePoint", "image",   "document",   "guardContent",
                                         NULL};

struct walk {
    const struct request *r;
    struct refusal *f;
    size_t at;
    const struct value *before; /* what the assistant said in the message before */
};

#define BAD(w, ...) refuse((w)->f, 400, "ValidationException", __VA_ARGS__)

static int check_key(const struct request *r, const char *secret, struct refusal *f)
{
    const char *auth = request_header(r, "authorization");
    char why[200];

    if (!secret || !auth || !str_starts(str_from(auth), "AWS4-HMAC-SHA256"))
        return 0;
    if (sigv4_ok(r, secret, why))
        return 0;
    return refuse(f, 403, "InvalidSignatureException", "the signature is wrong: %s", why);
}

static int check_block(struct walk *w, const struct value *b, bool assistant)
{
    const struct value *use = value_get(b, "toolUse"), *result = value_get(b, "toolResult");
    const struct value *reason = value_path(b, "reasoningContent.reasoningText");
    struct str text = value_str_or(reason, "text", "");

    if (b->type != VALUE_OBJECT || value_count(b) != 1 || first_unknown(b, block_keys))
        return BAD(w, "messages.%zu: a content block has one known member", w->at);
    if (value_get(b, "text") && !value_str_or(b, "text", "").len)
        return BAD(w, "messages.%zu: text must not be empty", w->at);
    if (use && (!assistant || !value_str_or(use, "toolUseId", "").len ||
                !tool_name_ok(value_str_or(use, "name", ""), 64) || !value_get(use, "input") ||
                value_get(use, "input")->type != VALUE_OBJECT))
        return BAD(w, "messages.%zu: toolUse is wrong", w->at);
    if (result && (assistant || !value_str_or(result, "toolUseId", "").len ||
                   !value_count(value_get(result, "content"))))
        return BAD(w, "messages.%zu: toolResult is wrong", w->at);
    if (reason &&
        !str_eq_c(value_str_or(reason, "signature", ""), thinking_signature(text, w->r->arena)))
        return BAD(w, "messages.%zu: the signature of reasoningText does not fit", w->at);
    return 0;
}

static unsigned count_results(const struct value *content, struct str id)
{
    unsigned n = 0;

    VALUE_EACH (b, content)
        n += str_eq(value_str_or(b, "toolResult.toolUseId", ""), id);
    return n;
}

static int check_answers(struct walk *w, const struct value *content)
{
    unsigned uses = 0, results = 0;

    VALUE_EACH (b, w->before) {
        struct str id = value_str_or(b, "toolUse.toolUseId", "");

        if (!value_get(b, "toolUse"))
            continue;
        uses++;
        if (count_results(content, id) != 1)
            return BAD(w, "messages.%zu: toolUse %.*s needs one toolResult", w->at, STR_FMT(id));
    }
    VALUE_EACH (b, content)
        results += value_get(b, "toolResult") != NULL;
    if (results != uses)
        return BAD(w, "messages.%zu: there are more toolResult blocks than toolUse blocks", w->at);
    return 0;
}

static int check_message(struct walk *w, const struct value *m)
{
    struct str role = value_str_or(m, "role", "");
    bool assistant = str_eq_c(role, "assistant");
    const struct value *content = value_get(m, "content");
    int rc;

    if (!assistant && !str_eq_c(role, "user"))
        return BAD(w, "messages.%zu: the role '%.*s' is none", w->at, STR_FMT(role));
    if (w->at ? assistant == (w->before != NULL) : assistant)
        return BAD(w, "messages.%zu: user and assistant must take turns", w->at);
    if (!content || content->type != VALUE_ARRAY || !value_count(content))
        return BAD(w, "messages.%zu: content must be a list that is not empty", w->at);
    VALUE_EACH (b, content) {
        if ((rc = check_block(w, b, assistant)))
            return rc;
    }
    rc = check_answers(w, content);
    w->before = assistant ? content : NULL;
    return rc;
}

static int check_tools(struct walk *w)
{
    const struct value *tools = value_path(w->r->json, "toolConfig.tools");

    if (value_get(w->r->json, "toolConfig") && !value_count(tools))
        return BAD(w, "toolConfig.tools must not be empty");
    VALUE_EACH (t, tools) {
        const struct value *spec = value_get(t, "toolSpec");

        if (value_get(t, "cachePoint"))
            continue;
        if (!tool_name_ok(value_str_or(spec, "name", ""), 64) ||
            !str_eq_c(value_str_or(spec, "inputSchema.json.type", ""), "object"))
            return BAD(w, "toolConfig: a toolSpec needs name and inputSchema.json");
        if (value_get(spec, "description") && !value_str_or(spec, "description", "").len)
            return BAD(w, "toolConfig: a description must not be empty");
    }
    return 0;
}

int check_bedrock(const struct request *r, const char *secret, struct refusal *f)
{
    struct walk w = {.r = r, .f = f};
    const struct value *all = value_get(r->json, "messages");
    const struct value *bad = first_unknown(r->json, top_keys);
    bool tools = value_get(r->json, "toolConfig") != NULL;
    int rc = check_key(r, secret, f);

    if (rc || (rc = check_tools(&w)))
        return rc;
    if (bad)
        return BAD(&w, "there is no member '%.*s'", STR_FMT(bad->key));
    if (!*r->model)
        return BAD(&w, "a model id is required");
    if (!value_count(all))
        return BAD(&w, "messages must not be empty");
    for (; w.at < value_count(all); w.at++) {
        const struct value *m = value_at(all, w.at);

        if ((rc = check_message(&w, m)))
            return rc;
        VALUE_EACH (b, value_get(m, "content")) {
            if (!tools && (value_get(b, "toolUse") || value_get(b, "toolResult")))
                return BAD(&w, "toolConfig is required with toolUse and toolResult blocks");
        }
    }
    return w.before ? BAD(&w, "the conversation must end with the user") : 0;
}

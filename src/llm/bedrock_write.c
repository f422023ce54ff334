/* bedrock_write.c - the body of POST /model/ID/converse-stream. Source: AWS, Bedrock runtime API
 * reference. A cache point is a block of its own behind what it marks. */
#include "src/llm/bedrock_priv.h"

#include "runbook/net/http.h"

#define CACHE_POINTS_MAX 4

static void put_cache_point(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "cachePoint");
    json_object_begin(w);
    json_put_cstr(w, "type", "default");
    json_object_end(w);
    json_object_end(w);
}

static void put_text(struct json_writer *w, struct str text)
{
    json_object_begin(w);
    json_put_str(w, "text", text);
    json_object_end(w);
}

static void put_call(struct json_writer *w, const struct llm_block *b)
{
    json_object_begin(w);
    json_key(w, "toolUse");
    json_object_begin(w);
    json_put_str(w, "toolUseId", b->id);
    json_put_str(w, "name", b->name);
    json_key(w, "input");
    wire_object(w, b->json);
    json_object_end(w);
    json_object_end(w);
}

static void put_result(struct json_writer *w, const struct llm_block *b)
{
    json_object_begin(w);
    json_key(w, "toolResult");
    json_object_begin(w);
    json_put_str(w, "toolUseId", b->id);
    json_key(w, "content");
    json_array_begin(w);
    put_text(w, b->text.len ? b->text : STR_LIT("(no output)"));
    json_array_end(w);
    json_put_cstr(w, "status", b->is_error ? "error" : "success");
    json_object_end(w);
    json_object_end(w);
}

static void put_thinking(struct json_writer *w, const struct llm_block *b)
{
    json_object_begin(w);
    json_key(w, "reasoningContent");
    json_object_begin(w);
    if (b->raw.len) {
        json_key(w, "redactedContent");
        json_raw(w, b->raw);
    } else {
        json_key(w, "reasoningText");
        json_object_begin(w);
        json_put_str(w, "text", b->text);
        json_put_str(w, "signature", b->signature);
        json_object_end(w);
    }
    json_object_end(w);
    json_object_end(w);
}

static void put_block(struct json_writer *w, const struct llm_block *b)
{
    switch (b->type) {
    case LLM_TEXT:
        put_text(w, b->text);
        break;
    case LLM_THINKING:
        put_thinking(w, b);
        break;
    case LLM_TOOL_USE:
        put_call(w, b);
        break;
    case LLM_TOOL_RESULT:
        put_result(w, b);
        break;
    }
}

/* How many marks there are; those of the messages give way, from the front. */
static size_t count_marks(const struct llm_request *req, size_t *ret_messages)
{
    size_t fixed = 0, messages = 0;

    for (size_t i = 0; i < req->tool_count; i++)
        fixed += req->tools[i].cache;
    for (size_t i = 0; i < req->system_count; i++)
        fixed += req->system[i].cache;
    for (size_t i = 0; i < req->message_count; i++)
        for (size_t j = 0; j < req->messages[i].count; j++)
            messages +=
                req->messages[i].blocks[j].cache && req->messages[i].blocks[j].type != LLM_THINKING;
    *ret_messages = messages;
    return fixed;
}

static void put_messages(struct json_writer *w, const struct wire_target *t,
                         const struct llm_request *req, size_t skip)
{
    json_key(w, "messages");
    json_array_begin(w);
    for (size_t i = 0; i < req->message_count; i++) {
        const struct llm_message *m = &req->messages[i];

        if (!wire_sends_any(t, m))
            continue;
        json_object_begin(w);
        json_put_cstr(w, "role", m->role == LLM_USER ? "user" : "assistant");
        json_key(w, "content");
        json_array_begin(w);
        for (size_t j = 0; j < m->count; j++) {
            if (!wire_sends(t, &m->blocks[j]))
                continue;
            put_block(w, &m->blocks[j]);
            if (!m->blocks[j].cache || m->blocks[j].type == LLM_THINKING)
                continue;
            if (skip)
                skip--;
            else
                put_cache_point(w);
        }
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_system(struct json_writer *w, const struct llm_request *req, size_t *points)
{
    if (!req->system_count)
        return;
    json_key(w, "system");
    json_array_begin(w);
    for (size_t i = 0; i < req->system_count; i++) {
        put_text(w, req->system[i].text);
        if (req->system[i].cache && *points) {
            (*points)--;
            put_cache_point(w);
        }
    }
    json_array_end(w);
}

static void put_choice(struct json_writer *w, const struct wire_target *t,
                       const struct llm_request *req)
{
    bool one = req->tool_choice == LLM_TOOLS_ONE;

    if (!wire_is_forced(t, req))
        return;
    json_key(w, "toolChoice");
    json_object_begin(w);
    json_key(w, one ? "tool" : "any");
    json_object_begin(w);
    if (one)
        json_put_cstr(w, "name", req->tool_name);
    json_object_end(w);
    json_object_end(w);
}

/* The wire has no "none": tools stay out, except when the messages hold calls, which need them. */
static bool needs_tools(const struct llm_request *req)
{
    if (req->tool_choice != LLM_TOOLS_NONE)
        return req->tool_count > 0;
    for (size_t i = 0; i < req->message_count; i++)
        for (size_t j = 0; j < req->messages[i].count; j++)
            if (req->messages[i].blocks[j].type == LLM_TOOL_USE)
                return req->tool_count > 0;
    return false;
}

static void put_tools(struct json_writer *w, const struct wire_target *t,
                      const struct llm_request *req, size_t *points)
{
    if (!needs_tools(req))
        return;
    json_key(w, "toolConfig");
    json_object_begin(w);
    json_key(w, "tools");
    json_array_begin(w);
    for (size_t i = 0; i < req->tool_count; i++) {
        json_object_begin(w);
        json_key(w, "toolSpec");
        json_object_begin(w);
        json_put_cstr(w, "name", req->tools[i].name);
        json_put_cstr(w, "description", *req->tools[i].help ? req->tools[i].help : "A tool.");
        json_key(w, "inputSchema");
        json_object_begin(w);
        json_key(w, "json");
        wire_object(w, req->tools[i].schema_json);
        json_object_end(w);
        json_object_end(w);
        json_object_end(w);
        if (req->tools[i].cache && *points) {
            (*points)--;
            put_cache_point(w);
        }
    }
    json_array_end(w);
    put_choice(w, t, req);
    json_object_end(w);
}

/* Claude's own fields go through as they are; of other makers' nothing is known here. */
static void put_thinking_wish(struct json_writer *w, const struct wire_target *t,
                              const struct llm_request *req)
{
    if (!wire_is_claude(t) || !wire_claude_asks(t, req))
        return;
    json_key(w, "additionalModelRequestFields");
    json_object_begin(w);
    wire_claude_thinking(w, t, req, wire_is_forced(t, req));
    json_object_end(w);
}

void bedrock_write(const struct wire_target *t, const struct llm_request *req,
                   struct json_writer *w)
{
    size_t messages, fixed = count_marks(req, &messages), skip;

    if (fixed > CACHE_POINTS_MAX)
        fixed = CACHE_POINTS_MAX;
    skip = messages > CACHE_POINTS_MAX - fixed ? messages - (CACHE_POINTS_MAX - fixed) : 0;
    json_object_begin(w);
    json_key(w, "inferenceConfig");
    json_object_begin(w);
    json_put_int(w, "maxTokens", wire_claude_tokens(t, req, wire_is_forced(t, req)));
    json_object_end(w);
    put_thinking_wish(w, t, req);
    put_tools(w, t, req, &fixed);
    put_system(w, req, &fixed);
    put_messages(w, t, req, skip);
    json_object_end(w);
}

/* An id holds ":" and, as an ARN, "/": one segment, encoded. */
void bedrock_path(const struct wire_target *t, struct buf *out)
{
    buf_adds(out, "/model/");
    url_encode(out, str_from(t->model));
    buf_adds(out, "/converse-stream");
}

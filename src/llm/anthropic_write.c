/* anthropic_write.c - the body of POST /v1/messages. No sampling parameters: API version 2026-10-21
 * refuses them even at their defaults. Source: the official SDK, 1.11.0. */
#include "src/llm/anthropic_priv.h"

#define CACHE_MARKS_MAX 4

/* Marks are given to tools and system first, as they are what stays; of the messages' the last
 * ones count, so that the prefix grows from request to request. */
struct marks {
    size_t fixed;   /* may be set on tools and system */
    size_t skipped; /* of the messages', from the front */
};

static struct marks count_marks(const struct llm_request *req)
{
    struct marks m = {0};
    size_t messages = 0;

    for (size_t i = 0; i < req->tool_count; i++)
        m.fixed += req->tools[i].cache;
    for (size_t i = 0; i < req->system_count; i++)
        m.fixed += req->system[i].cache;
    for (size_t i = 0; i < req->message_count; i++)
        for (size_t j = 0; j < req->messages[i].count; j++)
            messages +=
                req->messages[i].blocks[j].cache && req->messages[i].blocks[j].type != LLM_THINKING;
    if (m.fixed > CACHE_MARKS_MAX)
        m.fixed = CACHE_MARKS_MAX;
    if (messages > CACHE_MARKS_MAX - m.fixed)
        m.skipped = messages - (CACHE_MARKS_MAX - m.fixed);
    return m;
}

static void put_mark(struct json_writer *w)
{
    json_key(w, "cache_control");
    json_object_begin(w);
    json_put_cstr(w, "type", "ephemeral");
    json_object_end(w);
}

static void put_fixed_mark(struct json_writer *w, bool wanted, struct marks *m)
{
    if (!wanted || !m->fixed)
        return;
    m->fixed--;
    put_mark(w);
}

static void put_message_mark(struct json_writer *w, bool wanted, struct marks *m)
{
    if (!wanted)
        return;
    if (m->skipped)
        m->skipped--;
    else
        put_mark(w);
}

static void put_thinking(struct json_writer *w, const struct llm_block *b)
{
    if (b->raw.len) { /* a redacted one: as it came */
        json_raw(w, b->raw);
        return;
    }
    json_object_begin(w);
    json_put_cstr(w, "type", "thinking");
    json_put_str(w, "thinking", b->text);
    json_put_str(w, "signature", b->signature);
    json_object_end(w);
}

static void put_block(struct json_writer *w, const struct llm_block *b, struct marks *m)
{
    if (b->type == LLM_THINKING) {
        put_thinking(w, b);
        return;
    }
    json_object_begin(w);
    if (b->type == LLM_TEXT) {
        json_put_cstr(w, "type", "text");
        json_put_str(w, "text", b->text);
    } else if (b->type == LLM_TOOL_USE) {
        json_put_cstr(w, "type", "tool_use");
        json_put_str(w, "id", b->id);
        json_put_str(w, "name", b->name);
        json_key(w, "input");
        wire_object(w, b->json);
    } else {
        json_put_cstr(w, "type", "tool_result");
        json_put_str(w, "tool_use_id", b->id);
        json_put_str(w, "content", b->text);
        if (b->is_error)
            json_put_bool(w, "is_error", true);
    }
    put_message_mark(w, b->cache, m);
    json_object_end(w);
}

static void put_messages(struct json_writer *w, const struct wire_target *t,
                         const struct llm_request *req, struct marks *marks)
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
        for (size_t j = 0; j < m->count; j++)
            if (wire_sends(t, &m->blocks[j]))
                put_block(w, &m->blocks[j], marks);
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_system(struct json_writer *w, const struct llm_request *req, struct marks *marks)
{
    if (!req->system_count)
        return;
    json_key(w, "system");
    json_array_begin(w);
    for (size_t i = 0; i < req->system_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "type", "text");
        json_put_str(w, "text", req->system[i].text);
        put_fixed_mark(w, req->system[i].cache, marks);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_tools(struct json_writer *w, const struct llm_request *req, struct marks *marks)
{
    json_key(w, "tools");
    json_array_begin(w);
    for (size_t i = 0; i < req->tool_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "name", req->tools[i].name);
        json_put_cstr(w, "description", req->tools[i].help);
        json_key(w, "input_schema");
        wire_object(w, req->tools[i].schema_json);
        put_fixed_mark(w, req->tools[i].cache, marks);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_choice(struct json_writer *w, const struct wire_target *t,
                       const struct llm_request *req)
{
    static const char *const names[] = {[LLM_TOOLS_AUTO] = "auto",
                                        [LLM_TOOLS_NONE] = "none",
                                        [LLM_TOOLS_ANY] = "any",
                                        [LLM_TOOLS_ONE] = "tool"};
    enum llm_tool_choice c = wire_choice(t, req);

    if (c == LLM_TOOLS_AUTO && !req->one_tool)
        return;
    json_key(w, "tool_choice");
    json_object_begin(w);
    json_put_cstr(w, "type", names[c]);
    if (c == LLM_TOOLS_ONE)
        json_put_cstr(w, "name", req->tool_name);
    if (req->one_tool && c != LLM_TOOLS_NONE)
        json_put_bool(w, "disable_parallel_tool_use", true);
    json_object_end(w);
}

void anthropic_write(const struct wire_target *t, const struct llm_request *req,
                     struct json_writer *w)
{
    struct marks marks = count_marks(req);
    bool forced = wire_is_forced(t, req);

    json_object_begin(w);
    json_put_cstr(w, "model", t->model);
    json_put_int(w, "max_tokens", wire_claude_tokens(t, req, forced));
    json_put_bool(w, "stream", true);
    wire_claude_thinking(w, t, req, forced);
    if (req->tool_count) {
        put_tools(w, req, &marks);
        put_choice(w, t, req);
    }
    put_system(w, req, &marks);
    put_messages(w, t, req, &marks);
    json_object_end(w);
}

void anthropic_path(const struct wire_target *t, struct buf *out)
{
    (void)t;
    buf_adds(out, "/v1/messages");
}

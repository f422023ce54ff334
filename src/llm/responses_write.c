/* responses_write.c - the body of POST /responses. Nothing is stored at the provider: what the
 * model thought goes back and forth encrypted. */
#include "src/llm/responses_priv.h"

static void put_words(struct json_writer *w, bool user, struct str text)
{
    json_object_begin(w);
    json_put_cstr(w, "type", "message");
    json_put_cstr(w, "role", user ? "user" : "assistant");
    json_key(w, "content");
    json_array_begin(w);
    json_object_begin(w);
    json_put_cstr(w, "type", user ? "input_text" : "output_text");
    json_put_str(w, "text", text);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static void put_call(struct json_writer *w, const struct llm_block *b)
{
    json_object_begin(w);
    json_put_cstr(w, "type", "function_call");
    json_put_str(w, "call_id", b->id);
    json_put_str(w, "name", b->name);
    json_put_str(w, "arguments", b->json);
    json_object_end(w);
}

static void put_result(struct json_writer *w, const struct llm_block *b)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);

    if (b->is_error)
        buf_adds(&text, "ERROR: ");
    buf_add_str(&text, b->text);
    json_object_begin(w);
    json_put_cstr(w, "type", "function_call_output");
    json_put_str(w, "call_id", b->id);
    json_put_str(w, "output", buf_str(&text));
    json_object_end(w);
    buf_release(&text);
}

static void put_block(struct json_writer *w, const struct wire_target *t, enum llm_role role,
                      const struct llm_block *b)
{
    switch (b->type) {
    case LLM_TEXT:
        put_words(w, role == LLM_USER, b->text);
        break;
    case LLM_THINKING:
        if (wire_knows_thinking(t, b) && b->raw.len)
            json_raw(w, b->raw);
        break;
    case LLM_TOOL_USE:
        put_call(w, b);
        break;
    case LLM_TOOL_RESULT:
        put_result(w, b);
        break;
    }
}

static void put_tools(struct json_writer *w, const struct llm_request *req)
{
    json_key(w, "tools");
    json_array_begin(w);
    for (size_t i = 0; i < req->tool_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "type", "function");
        json_put_cstr(w, "name", req->tools[i].name);
        json_put_cstr(w, "description", req->tools[i].help);
        json_key(w, "parameters");
        wire_object(w, req->tools[i].schema_json);
        json_put_bool(w, "strict", false);
        json_object_end(w);
    }
    json_array_end(w);
}

/* Models that do not reason refuse both fields. */
static void put_thinking(struct json_writer *w, const struct wire_target *t,
                         const struct llm_request *req)
{
    bool on = wire_thinking(t, req) >= LLM_THINKING_ON;
    const char *word;

    if (!wire_effort(t, req, &word) || (!on && !word))
        return;
    json_key(w, "reasoning");
    json_object_begin(w);
    if (word)
        json_put_cstr(w, "effort", word);
    if (on)
        json_put_cstr(w, "summary", "auto");
    json_object_end(w);
    json_key(w, "include");
    json_array_begin(w);
    json_cstring(w, "reasoning.encrypted_content");
    json_array_end(w);
}

void responses_write(const struct wire_target *t, const struct llm_request *req,
                     struct json_writer *w)
{
    struct buf system = BUF_INIT(BUF_NO_MAX);

    wire_system_text(req, &system);
    json_object_begin(w);
    json_put_cstr(w, "model", t->model);
    json_put_int(w, "max_output_tokens", wire_tokens(t, req));
    json_put_bool(w, "stream", true);
    json_put_bool(w, "store", false);
    if (t->temperature >= 0)
        json_put_num(w, "temperature", t->temperature);
    if (system.len)
        json_put_str(w, "instructions", buf_str(&system));
    put_thinking(w, t, req);
    json_key(w, "input");
    json_array_begin(w);
    for (size_t i = 0; i < req->message_count; i++)
        for (size_t j = 0; j < req->messages[i].count; j++)
            put_block(w, t, req->messages[i].role, &req->messages[i].blocks[j]);
    json_array_end(w);
    if (req->tool_count) {
        put_tools(w, req);
        wire_put_choice(w, t, req, false);
        if (req->one_tool)
            json_put_bool(w, "parallel_tool_calls", false);
    }
    json_object_end(w);
    buf_release(&system);
}

void responses_path(const struct wire_target *t, struct buf *out)
{
    (void)t;
    buf_adds(out, "/responses");
}

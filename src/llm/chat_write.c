/* chat_write.c - the body of POST /chat/completions, as OpenAI takes it and as the servers that are
 * compatible with it do: their differences are columns of the table in provider.c. */
#include "src/llm/chat_priv.h"

#include "runbook/codec/hash.h"

#define SHORT_ID 9

/* Mistral: an id is nine letters and digits. Another one is hashed, the same way each time. */
static void put_id(struct json_writer *w, const struct wire_target *t, const char *key,
                   struct str id)
{
    char hex[SHA256_HEX];
    bool plain = id.len == SHORT_ID;

    for (size_t i = 0; plain && i < id.len; i++)
        plain = (id.ptr[i] >= '0' && id.ptr[i] <= '9') || (id.ptr[i] >= 'a' && id.ptr[i] <= 'z') ||
                (id.ptr[i] >= 'A' && id.ptr[i] <= 'Z');
    if (!t->provider->short_ids || plain) {
        json_put_str(w, key, id);
        return;
    }
    hash_sha256_hex(id, hex);
    json_put_str(w, key, (struct str){hex, SHORT_ID});
}

static void put_words(struct json_writer *w, const char *role, struct str text)
{
    json_object_begin(w);
    json_put_cstr(w, "role", role);
    json_put_str(w, "content", text);
    json_object_end(w);
}

static void put_call(struct json_writer *w, const struct wire_target *t, const struct llm_block *b)
{
    json_object_begin(w);
    put_id(w, t, "id", b->id);
    json_put_cstr(w, "type", "function");
    json_key(w, "function");
    json_object_begin(w);
    json_put_str(w, "name", b->name);
    json_put_str(w, "arguments", b->json);
    json_object_end(w);
    if (b->raw.len && wire_is_own(t, b)) {
        json_key(w, "extra_content");
        json_raw(w, b->raw);
    }
    json_object_end(w);
}

/* Blocks of one type, joined: this wire has one content a message. */
static size_t join(const struct llm_message *m, enum llm_block_type type, struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < m->count; i++) {
        if (m->blocks[i].type != type)
            continue;
        if (n++ && type == LLM_TEXT)
            buf_adds(out, "\n\n");
        if (type == LLM_TEXT)
            buf_add_str(out, m->blocks[i].text);
    }
    return n;
}

/* DeepSeek, in its thinking mode: calls come with the thoughts that led to them, be they empty. */
static void put_thoughts(struct json_writer *w, const struct wire_target *t,
                         const struct llm_message *m)
{
    struct buf text = BUF_INIT(ANSWER_MAX_BYTES);

    for (size_t i = 0; i < m->count; i++)
        if (wire_knows_thinking(t, &m->blocks[i]))
            buf_add_str(&text, m->blocks[i].text);
    json_put_str(w, "reasoning_content", buf_str(&text));
    buf_release(&text);
}

static void put_assistant(struct json_writer *w, const struct wire_target *t,
                          const struct llm_message *m)
{
    struct buf text = BUF_INIT(ANSWER_MAX_BYTES);
    size_t calls, texts = join(m, LLM_TEXT, &text);

    calls = join(m, LLM_TOOL_USE, &text);
    if (!texts && !calls) {
        buf_release(&text);
        return;
    }
    json_object_begin(w);
    json_put_cstr(w, "role", "assistant");
    json_put_str(w, "content", buf_str(&text)); /* "" is taken everywhere, null is not */
    if (calls && t->provider->wants_thoughts)
        put_thoughts(w, t, m);
    if (calls) {
        json_key(w, "tool_calls");
        json_array_begin(w);
        for (size_t i = 0; i < m->count; i++)
            if (m->blocks[i].type == LLM_TOOL_USE)
                put_call(w, t, &m->blocks[i]);
        json_array_end(w);
    }
    json_object_end(w);
    buf_release(&text);
}

/* An error is told in words: the wire has no field for it. */
static void put_result(struct json_writer *w, const struct wire_target *t,
                       const struct llm_block *b, struct str behind)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);

    if (b->is_error)
        buf_adds(&text, "ERROR: ");
    buf_add_str(&text, b->text);
    if (behind.len) {
        buf_adds(&text, "\n\n");
        buf_add_str(&text, behind);
    }
    json_object_begin(w);
    json_put_cstr(w, "role", "tool");
    put_id(w, t, "tool_call_id", b->id);
    json_put_str(w, "content", buf_str(&text));
    json_object_end(w);
    buf_release(&text);
}

static void put_user(struct json_writer *w, const struct wire_target *t,
                     const struct llm_message *m)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    size_t last = m->count;
    bool joined;

    join(m, LLM_TEXT, &text);
    for (size_t i = 0; i < m->count; i++)
        if (m->blocks[i].type == LLM_TOOL_RESULT)
            last = i;
    joined = last < m->count && t->provider->no_user_after_tool;
    for (size_t i = 0; i < m->count; i++)
        if (m->blocks[i].type == LLM_TOOL_RESULT)
            put_result(w, t, &m->blocks[i],
                       joined && i == last ? buf_str(&text) : (struct str){"", 0});
    if (text.len && !joined)
        put_words(w, "user", buf_str(&text));
    buf_release(&text);
}

static void put_messages(struct json_writer *w, const struct wire_target *t,
                         const struct llm_request *req)
{
    struct buf system = BUF_INIT(BUF_NO_MAX);

    json_key(w, "messages");
    json_array_begin(w);
    wire_system_text(req, &system);
    if (system.len)
        put_words(w, "system", buf_str(&system));
    for (size_t i = 0; i < req->message_count; i++) {
        if (req->messages[i].role == LLM_USER)
            put_user(w, t, &req->messages[i]);
        else
            put_assistant(w, t, &req->messages[i]);
    }
    json_array_end(w);
    buf_release(&system);
}

static void put_tools(struct json_writer *w, const struct llm_request *req)
{
    json_key(w, "tools");
    json_array_begin(w);
    for (size_t i = 0; i < req->tool_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "type", "function");
        json_key(w, "function");
        json_object_begin(w);
        json_put_cstr(w, "name", req->tools[i].name);
        json_put_cstr(w, "description", req->tools[i].help);
        json_key(w, "parameters");
        wire_object(w, req->tools[i].schema_json);
        json_object_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_effort(struct json_writer *w, const struct wire_target *t,
                       const struct llm_request *req)
{
    bool object = t->provider->effort == EFFORT_OBJECT;
    const char *word;

    wire_effort(t, req, &word);
    if (!word)
        return;
    if (t->provider->effort == EFFORT_WORD) {
        json_put_cstr(w, "reasoning_effort", word);
        return;
    }
    json_key(w, object ? "reasoning" : "thinking");
    json_object_begin(w);
    json_put_cstr(w, object ? "effort" : "type", word);
    json_object_end(w);
}

void chat_write(const struct wire_target *t, const struct llm_request *req, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "model", t->model);
    json_put_int(w, t->provider->max_tokens, wire_tokens(t, req));
    json_put_bool(w, "stream", true);
    put_effort(w, t, req);
    if (!t->provider->no_usage_option) {
        json_key(w, "stream_options");
        json_object_begin(w);
        json_put_bool(w, "include_usage", true);
        json_object_end(w);
    }
    if (t->temperature >= 0)
        json_put_num(w, "temperature", t->temperature);
    put_messages(w, t, req);
    if (req->tool_count) {
        put_tools(w, req);
        wire_put_choice(w, t, req, true);
        if (req->one_tool && !t->provider->no_parallel_option)
            json_put_bool(w, "parallel_tool_calls", false);
    }
    json_object_end(w);
}

void chat_path(const struct wire_target *t, struct buf *out)
{
    (void)t;
    buf_adds(out, "/chat/completions");
}

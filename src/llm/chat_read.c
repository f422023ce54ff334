/* chat_read.c - the stream of POST /chat/completions. Calls are told apart by their index, and
 * where a server gives every call the same one (older Ollama, Google) by a new id. An answer is
 * whole when a finish_reason came and then [DONE] or the end; usage comes in between, in a chunk
 * without choices or in the last one. Sources: the official SDK, 7.55.0; Ollama's openai.go. */
#include "src/llm/chat_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

enum { KEY_TEXT = 1, KEY_THINKING = 2, KEY_CALLS = 16 };

struct slot {
    int64_t index; /* the server's */
    struct str id; /* "" until one came */
};

struct chat {
    struct answer *answer;
    struct sse_reader *sse;
    VEC(struct slot) slots; /* a call each: key = KEY_CALLS + its place */
    bool finished;
};

static struct str text_of(const struct value *v, const char *key)
{
    return value_str_or(v, key, "");
}

/* The call that a delta belongs to: the last of its index, or a new one. */
static size_t slot_of(struct chat *r, const struct value *delta)
{
    int64_t index = value_i64_or(delta, "index", -1);
    struct str id = text_of(delta, "id");
    bool named = text_of(value_get(delta, "function"), "name").len > 0;

    for (size_t i = r->slots.count; i-- > 0;) {
        struct slot *s = &r->slots.items[i];

        if (index >= 0 && s->index != index)
            continue;
        if (named && (index < 0 || (id.len && !str_eq(id, s->id))))
            break; /* another call under the same index, or without any */
        return i;
    }
    *VEC_PUSH(&r->slots) = (struct slot){index, {arena_str(r->answer->arena, id), id.len}};
    return r->slots.count - 1;
}

/* Google signs calls with what it thought, and wants that back as it came. */
static enum err_code on_extra(struct chat *r, uint64_t key, const struct value *extra,
                              struct err *err)
{
    struct buf text = BUF_INIT(ANSWER_MAX_ARGS);
    struct json_writer w;
    enum err_code rc;

    if (!extra || extra->type != VALUE_OBJECT)
        return ERR_OK;
    json_writer_init(&w, &text);
    json_value(&w, extra);
    rc = answer_call_raw(r->answer, key, buf_str(&text), err);
    buf_release(&text);
    return rc;
}

static enum err_code on_call(struct chat *r, const struct value *delta, struct err *err)
{
    const struct value *f = value_get(delta, "function"), *args = value_get(f, "arguments");
    uint64_t key;
    enum err_code rc = ERR_OK;
    struct buf text = BUF_INIT(ANSWER_MAX_ARGS);
    struct json_writer w;

    if (r->slots.count >= ANSWER_MAX_BLOCKS)
        return answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer has more than %d calls", ANSWER_MAX_BLOCKS);
    key = KEY_CALLS + slot_of(r, delta);
    if (!answer_has(r->answer, key))
        rc = answer_tool(r->answer, key, text_of(delta, "id"), text_of(f, "name"), err);
    if (!rc)
        rc = on_extra(r, key, value_get(delta, "extra_content"), err);
    if (rc || !args || args->type == VALUE_NULL)
        return rc;
    if (args->type == VALUE_STRING)
        return answer_args(r->answer, key, args->u.string, err);
    json_writer_init(&w, &text); /* some servers send the object itself */
    json_value(&w, args);
    rc = answer_args(r->answer, key, buf_str(&text), err);
    buf_release(&text);
    return rc;
}

/* Mistral's reasoning models send content as a list of parts. */
static enum err_code on_part(struct chat *r, const struct value *part, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (str_eq_c(text_of(part, "type"), "text"))
        return answer_text(r->answer, KEY_TEXT, text_of(part, "text"), err);
    if (str_eq_c(text_of(part, "type"), "thinking"))
        VALUE_EACH (p, value_get(part, "thinking"))
            if (!rc)
                rc = answer_thinking(r->answer, KEY_THINKING, text_of(p, "text"), err);
    return rc;
}

static enum err_code on_content(struct chat *r, const struct value *content, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (content && content->type == VALUE_STRING)
        return answer_text(r->answer, KEY_TEXT, content->u.string, err);
    if (content && content->type == VALUE_ARRAY)
        VALUE_EACH (part, content)
            if (!rc)
                rc = on_part(r, part, err);
    return rc;
}

static enum err_code on_delta(struct chat *r, const struct value *delta, struct err *err)
{
    struct str thought = text_of(delta, "reasoning");
    enum err_code rc;

    if (!thought.len)
        thought = text_of(delta, "reasoning_content");
    rc = answer_thinking(r->answer, KEY_THINKING, thought, err);
    if (!rc)
        rc = on_content(r, value_get(delta, "content"), err);
    if (!rc)
        rc = answer_text(r->answer, KEY_TEXT, text_of(delta, "refusal"), err);
    VALUE_EACH (call, value_get(delta, "tool_calls"))
        if (!rc)
            rc = on_call(r, call, err);
    return rc;
}

static enum llm_stop stop_of(const struct chat *r, struct str word)
{
    if (str_eq_c(word, "length"))
        return LLM_STOP_MAX_TOKENS;
    if (str_eq_c(word, "content_filter"))
        return LLM_STOP_REFUSAL;
    /* Several servers say "stop" behind calls. */
    if (str_eq_c(word, "tool_calls") || str_eq_c(word, "function_call") || r->slots.count)
        return LLM_STOP_TOOL_USE;
    return str_eq_c(word, "stop") ? LLM_STOP_END : LLM_STOP_OTHER;
}

/* prompt_tokens holds what came from the cache. Groq has an object of its own around it. */
static void read_usage(struct chat *r, const struct value *v)
{
    const struct value *u = value_get(v, "usage");
    struct llm_usage usage = {0};

    if (!u || u->type != VALUE_OBJECT)
        u = value_get(value_get(v, "x_groq"), "usage");
    if (!u || u->type != VALUE_OBJECT)
        return;
    usage.cache_read = value_i64_or(value_get(u, "prompt_tokens_details"), "cached_tokens", 0);
    if (!usage.cache_read)
        usage.cache_read = value_i64_or(u, "prompt_cache_hit_tokens", 0);
    usage.input = value_i64_or(u, "prompt_tokens", 0) - usage.cache_read;
    usage.output = value_i64_or(u, "completion_tokens", 0);
    usage.thinking = value_i64_or(value_get(u, "completion_tokens_details"), "reasoning_tokens", 0);
    answer_usage(r->answer, &usage);
}

static enum err_code on_choice(struct chat *r, const struct value *choice, struct err *err)
{
    struct str finish = text_of(choice, "finish_reason");
    enum err_code rc = on_delta(r, value_get(choice, "delta"), err);

    if (rc || !finish.len)
        return rc;
    if (str_eq_c(finish, "error"))
        return answer_fail(r->answer, LLM_FAIL_OVERLOAD, ERR_REMOTE, err,
                           "the answer broke off: the model's server failed");
    r->finished = true;
    answer_stop(r->answer, stop_of(r, finish), finish);
    answer_close_all(r->answer);
    return ERR_OK;
}

static enum err_code on_value(void *self, struct str type, const struct value *v, struct err *err)
{
    struct chat *r = self;
    struct str kind, message;
    const struct value *choice;
    enum err_code rc = ERR_OK;

    (void)type;
    if (r->answer->whole)
        return ERR_OK;
    if (!v) { /* [DONE] */
        r->answer->whole = r->finished;
        return ERR_OK;
    }
    if (value_get(v, "error") && value_get(v, "error")->type != VALUE_NULL) {
        refusal_read(v, &kind, &message);
        return refusal_in_stream(r->answer, kind, message, err);
    }
    choice = value_at(value_get(v, "choices"), 0);
    if (choice) {
        answer_start(r->answer);
        if (!r->finished)
            rc = on_choice(r, choice, err);
    }
    if (!rc)
        read_usage(r, v);
    return rc;
}

static void *chat_open(struct answer *a)
{
    struct chat *r = xcalloc(1, sizeof(*r));

    r->answer = a;
    r->sse = sse_reader_new(a, on_value, r);
    return r;
}

static enum err_code chat_feed(void *self, struct str bytes, struct err *err)
{
    return sse_reader_feed(((struct chat *)self)->sse, bytes, err);
}

static enum err_code chat_end(void *self, struct err *err)
{
    struct chat *r = self;

    if (r->finished) {
        r->answer->whole = true;
        return ERR_OK;
    }
    return sse_reader_cut(r->sse, err);
}

static void chat_close(void *self)
{
    struct chat *r = self;

    sse_reader_free(r->sse);
    VEC_RELEASE(&r->slots);
    free(r);
}

const struct wire_ops wire_chat = {
    .name = "openai_chat",
    .write = chat_write,
    .path = chat_path,
    .open = chat_open,
    .feed = chat_feed,
    .end = chat_end,
    .close = chat_close,
};

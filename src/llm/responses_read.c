/* responses_read.c - the stream of POST /responses: named events, the first of which must be
 * response.created. What comes is told from the deltas; a part that sent none (a whole answer out
 * of a cache) is read from its item at the end. Source: the official SDK, 7.55.0. */
#include "src/llm/responses_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

#define PARTS_MAX 4096 /* of one item */

struct responses {
    struct answer *answer;
    struct sse_reader *sse;
    bool created;
};

static struct str text_of(const struct value *v, const char *key)
{
    return value_str_or(v, key, "");
}

/* An item's block: calls and thoughts have one an item, texts one a part. */
static uint64_t key_of(const struct value *v, bool parts)
{
    int64_t item = value_i64_or(v, "output_index", 0), part = value_i64_or(v, "content_index", 0);

    if (item < 0 || item > 1000000)
        item = 0;
    if (!parts || part < 0 || part >= PARTS_MAX - 1)
        part = 0;
    return (uint64_t)item * PARTS_MAX + (uint64_t)part;
}

static enum err_code on_item_added(struct responses *r, const struct value *v, struct err *err)
{
    const struct value *item = value_get(v, "item");

    if (!str_eq_c(text_of(item, "type"), "function_call"))
        return ERR_OK;
    return answer_tool(r->answer, key_of(v, false), text_of(item, "call_id"), text_of(item, "name"),
                       err);
}

static enum err_code on_thought_done(struct responses *r, const struct value *v,
                                     const struct value *item, struct err *err)
{
    struct buf raw = BUF_INIT(ANSWER_MAX_ARGS);
    struct json_writer w;
    enum err_code rc = ERR_OK;

    if (text_of(item, "encrypted_content").len) { /* without it, it cannot be sent back */
        json_writer_init(&w, &raw);
        json_value(&w, item);
        rc = answer_raw(r->answer, key_of(v, false), buf_str(&raw), err);
        buf_release(&raw);
    }
    answer_close(r->answer, key_of(v, false));
    return rc;
}

/* The text of a part whose deltas did not come. */
static enum err_code on_message_done(struct responses *r, const struct value *v,
                                     const struct value *item, struct err *err)
{
    const struct value *content = value_get(item, "content");
    uint64_t key = key_of(v, false);
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < value_count(content) && i < PARTS_MAX - 1 && !rc; i++) {
        const struct value *part = value_at(content, i);
        struct str text = text_of(part, "text");

        if (!answer_has(r->answer, key + i) && !r->answer->resume_text)
            rc = answer_text(r->answer, key + i, text.len ? text : text_of(part, "refusal"), err);
        answer_close(r->answer, key + i);
    }
    return rc;
}

static enum err_code on_item_done(struct responses *r, const struct value *v, struct err *err)
{
    const struct value *item = value_get(v, "item");
    struct str type = text_of(item, "type");
    uint64_t key = key_of(v, false);
    struct answer_block *b;
    enum err_code rc = ERR_OK;

    if (str_eq_c(type, "reasoning"))
        return on_thought_done(r, v, item, err);
    if (str_eq_c(type, "message"))
        return on_message_done(r, v, item, err);
    if (!str_eq_c(type, "function_call"))
        return ERR_OK;
    if (!answer_has(r->answer, key))
        rc = on_item_added(r, v, err);
    b = answer_block(r->answer, key);
    if (!rc && b && !b->text.len)
        rc = answer_args(r->answer, key, text_of(item, "arguments"), err);
    if (!rc)
        answer_close(r->answer, key);
    return rc;
}

static void read_usage(struct responses *r, const struct value *response)
{
    const struct value *u = value_get(response, "usage");
    struct llm_usage usage = {0};

    if (!u || u->type != VALUE_OBJECT)
        return;
    usage.cache_read = value_i64_or(value_get(u, "input_tokens_details"), "cached_tokens", 0);
    usage.input = value_i64_or(u, "input_tokens", 0) - usage.cache_read;
    usage.output = value_i64_or(u, "output_tokens", 0);
    usage.thinking = value_i64_or(value_get(u, "output_tokens_details"), "reasoning_tokens", 0);
    answer_usage(r->answer, &usage);
}

static enum llm_stop stop_of(const struct responses *r, struct str why)
{
    if (str_eq_c(why, "max_output_tokens"))
        return LLM_STOP_MAX_TOKENS;
    if (str_eq_c(why, "content_filter"))
        return LLM_STOP_REFUSAL;
    if (why.len)
        return LLM_STOP_OTHER;
    return answer_has_calls(r->answer) ? LLM_STOP_TOOL_USE : LLM_STOP_END;
}

static void on_end(struct responses *r, const struct value *response)
{
    struct str why = text_of(value_get(response, "incomplete_details"), "reason");

    read_usage(r, response);
    answer_close_all(r->answer);
    answer_stop(r->answer, stop_of(r, why), why.len ? why : STR_LIT("completed"));
    r->answer->whole = true;
}

static enum err_code on_failed(struct responses *r, const struct value *v, struct err *err)
{
    const struct value *response = value_get(v, "response");
    struct str type = {"", 0}, message = {"", 0};

    if (!refusal_read(response ? response : v, &type, &message)) { /* an `error` event is flat */
        type = text_of(v, "code");
        message = text_of(v, "message");
    }
    return refusal_in_stream(r->answer, type, message, err);
}

static enum err_code on_delta(struct responses *r, struct str type, const struct value *v,
                              struct err *err)
{
    struct str delta = text_of(v, "delta");

    if (str_ends(type, "output_text.delta") || str_ends(type, "refusal.delta"))
        return answer_text(r->answer, key_of(v, true), delta, err);
    if (str_ends(type, "reasoning_summary_text.delta") || str_ends(type, "reasoning_text.delta"))
        return answer_thinking(r->answer, key_of(v, false), delta, err);
    if (str_ends(type, "function_call_arguments.delta"))
        return answer_args(r->answer, key_of(v, false), delta, err);
    return ERR_OK;
}

static enum err_code on_value(void *self, struct str type, const struct value *v, struct err *err)
{
    struct responses *r = self;

    if (!v || r->answer->whole)
        return ERR_OK;
    if (!type.len)
        type = text_of(v, "type");
    if (str_eq_c(type, "keepalive"))
        return ERR_OK;
    if (str_eq_c(type, "error") || str_eq_c(type, "response.failed"))
        return on_failed(r, v, err);
    if (str_eq_c(type, "response.created")) {
        r->created = true;
        answer_start(r->answer);
        return ERR_OK;
    }
    if (!r->created)
        return answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer's stream does not begin with response.created");
    if (str_eq_c(type, "response.output_item.added"))
        return on_item_added(r, v, err);
    if (str_eq_c(type, "response.output_item.done"))
        return on_item_done(r, v, err);
    if (str_eq_c(type, "response.completed") || str_eq_c(type, "response.incomplete")) {
        on_end(r, value_get(v, "response"));
        return ERR_OK;
    }
    return on_delta(r, type, v, err);
}

static void *responses_open(struct answer *a)
{
    struct responses *r = xcalloc(1, sizeof(*r));

    r->answer = a;
    r->sse = sse_reader_new(a, on_value, r);
    return r;
}

static enum err_code responses_feed(void *self, struct str bytes, struct err *err)
{
    return sse_reader_feed(((struct responses *)self)->sse, bytes, err);
}

static enum err_code responses_end(void *self, struct err *err)
{
    struct responses *r = self;

    return r->answer->whole ? ERR_OK : sse_reader_cut(r->sse, err);
}

static void responses_close(void *self)
{
    struct responses *r = self;

    sse_reader_free(r->sse);
    free(r);
}

const struct wire_ops wire_responses = {
    .name = "openai_responses",
    .write = responses_write,
    .path = responses_path,
    .open = responses_open,
    .feed = responses_feed,
    .end = responses_end,
    .close = responses_close,
};

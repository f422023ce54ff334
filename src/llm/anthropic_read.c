/* anthropic_read.c - the stream of POST /v1/messages. Usage in it is cumulative and overwrites;
 * events and deltas of an unknown kind are skipped; without message_stop it was not all.
 * Source: the official SDK, 1.11.0, which drops events without an `event:` line as well. */
#include "src/llm/anthropic_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

struct anthropic {
    struct answer *answer;
    struct sse_reader *sse;
    struct llm_usage usage;
};

static struct str text_of(const struct value *v, const char *key)
{
    return value_str_or(v, key, "");
}

static int64_t count_or(const struct value *u, const char *key, int64_t before)
{
    const struct value *v = value_get(u, key);

    return v && v->type == VALUE_NUMBER ? value_i64_or(u, key, before) : before;
}

static void read_usage(struct anthropic *r, const struct value *u)
{
    if (!u || u->type != VALUE_OBJECT)
        return;
    r->usage.input = count_or(u, "input_tokens", r->usage.input);
    r->usage.output = count_or(u, "output_tokens", r->usage.output);
    r->usage.cache_read = count_or(u, "cache_read_input_tokens", r->usage.cache_read);
    r->usage.cache_write = count_or(u, "cache_creation_input_tokens", r->usage.cache_write);
    answer_usage(r->answer, &r->usage);
}

static enum err_code on_block_start(struct anthropic *r, uint64_t index, const struct value *block,
                                    struct err *err)
{
    struct str type = text_of(block, "type");
    struct buf raw = BUF_INIT(ANSWER_MAX_ARGS);
    struct json_writer w;
    enum err_code rc = ERR_OK;

    if (str_eq_c(type, "text"))
        return answer_text(r->answer, index, text_of(block, "text"), err);
    if (str_eq_c(type, "tool_use"))
        return answer_tool(r->answer, index, text_of(block, "id"), text_of(block, "name"), err);
    if (str_eq_c(type, "thinking")) {
        rc = answer_thinking(r->answer, index, text_of(block, "thinking"), err);
        return rc ? rc : answer_signature(r->answer, index, text_of(block, "signature"), err);
    }
    if (str_eq_c(type, "redacted_thinking")) {
        json_writer_init(&w, &raw);
        json_value(&w, block);
        rc = answer_raw(r->answer, index, buf_str(&raw), err);
        buf_release(&raw);
    }
    return rc;
}

static enum err_code on_delta(struct anthropic *r, uint64_t index, const struct value *delta,
                              struct err *err)
{
    struct str type = text_of(delta, "type");

    if (str_eq_c(type, "text_delta"))
        return answer_text(r->answer, index, text_of(delta, "text"), err);
    if (str_eq_c(type, "thinking_delta"))
        return answer_thinking(r->answer, index, text_of(delta, "thinking"), err);
    if (str_eq_c(type, "signature_delta"))
        return answer_signature(r->answer, index, text_of(delta, "signature"), err);
    if (str_eq_c(type, "input_json_delta") && answer_has(r->answer, index))
        return answer_args(r->answer, index, text_of(delta, "partial_json"), err);
    return ERR_OK;
}

static void on_message_delta(struct anthropic *r, const struct value *v)
{
    struct str stop = text_of(value_get(v, "delta"), "stop_reason");

    if (stop.len)
        answer_stop(r->answer, wire_claude_stop(stop), stop);
    read_usage(r, value_get(v, "usage"));
}

static bool index_of(const struct value *v, uint64_t *ret)
{
    int64_t i = value_i64_or(v, "index", -1);

    *ret = (uint64_t)i;
    return i >= 0;
}

static enum err_code on_event(void *self, struct str type, const struct value *v, struct err *err)
{
    struct anthropic *r = self;
    uint64_t index;

    if (!v || r->answer->whole)
        return ERR_OK;
    if (str_eq_c(type, "message_start")) {
        answer_start(r->answer);
        read_usage(r, value_get(value_get(v, "message"), "usage"));
    } else if (str_eq_c(type, "content_block_start") && index_of(v, &index)) {
        return on_block_start(r, index, value_get(v, "content_block"), err);
    } else if (str_eq_c(type, "content_block_delta") && index_of(v, &index)) {
        return on_delta(r, index, value_get(v, "delta"), err);
    } else if (str_eq_c(type, "content_block_stop") && index_of(v, &index)) {
        answer_close(r->answer, index);
    } else if (str_eq_c(type, "message_delta")) {
        on_message_delta(r, v);
    } else if (str_eq_c(type, "message_stop")) {
        answer_close_all(r->answer);
        r->answer->whole = true;
    } else if (str_eq_c(type, "error")) {
        struct str kind = {"", 0}, message = {"", 0};

        refusal_read(v, &kind, &message);
        return refusal_in_stream(r->answer, kind, message, err);
    }
    return ERR_OK;
}

static void *anthropic_open(struct answer *a)
{
    struct anthropic *r = xcalloc(1, sizeof(*r));

    r->answer = a;
    r->sse = sse_reader_new(a, on_event, r);
    return r;
}

static enum err_code anthropic_feed(void *self, struct str bytes, struct err *err)
{
    return sse_reader_feed(((struct anthropic *)self)->sse, bytes, err);
}

static enum err_code anthropic_end(void *self, struct err *err)
{
    struct anthropic *r = self;

    if (r->answer->whole)
        return ERR_OK;
    return sse_reader_cut(r->sse, err);
}

static void anthropic_close(void *self)
{
    struct anthropic *r = self;

    sse_reader_free(r->sse);
    free(r);
}

const struct wire_ops wire_anthropic = {
    .name = "anthropic",
    .write = anthropic_write,
    .path = anthropic_path,
    .open = anthropic_open,
    .feed = anthropic_feed,
    .end = anthropic_end,
    .close = anthropic_close,
};

/* bedrock_read.c - the stream of POST /model/ID/converse-stream: binary frames with JSON in them.
 * Errors are frames of their own; usage comes in `metadata`, behind messageStop. */
#include "src/llm/bedrock_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/codec/eventstream.h"

struct bedrock {
    struct answer *answer;
    struct aws_frames frames;
    struct arena *arena; /* of one frame */
    struct err err;
    bool stopped, dead;
};

static struct str text_of(const struct value *v, const char *key)
{
    return value_str_or(v, key, "");
}

static uint64_t index_of(const struct value *v)
{
    int64_t i = value_i64_or(v, "contentBlockIndex", 0);

    return i < 0 ? 0 : (uint64_t)i;
}

static enum err_code on_start(struct bedrock *r, const struct value *v, struct err *err)
{
    const struct value *call = value_get(value_get(v, "start"), "toolUse");

    if (!call)
        return ERR_OK;
    return answer_tool(r->answer, index_of(v), text_of(call, "toolUseId"), text_of(call, "name"),
                       err);
}

static enum err_code on_thought(struct bedrock *r, uint64_t key, const struct value *t,
                                struct err *err)
{
    const struct value *redacted = value_get(t, "redactedContent");
    struct buf raw = BUF_INIT(ANSWER_MAX_ARGS);
    struct json_writer w;
    enum err_code rc = answer_thinking(r->answer, key, text_of(t, "text"), err);

    if (!rc && text_of(t, "signature").len)
        rc = answer_signature(r->answer, key, text_of(t, "signature"), err);
    if (!rc && redacted) {
        json_writer_init(&w, &raw);
        json_value(&w, redacted);
        rc = answer_raw(r->answer, key, buf_str(&raw), err);
        buf_release(&raw);
    }
    return rc;
}

static enum err_code on_delta(struct bedrock *r, const struct value *v, struct err *err)
{
    const struct value *d = value_get(v, "delta");
    uint64_t key = index_of(v);

    if (value_get(d, "text"))
        return answer_text(r->answer, key, text_of(d, "text"), err);
    if (value_get(d, "toolUse"))
        return answer_args(r->answer, key, text_of(value_get(d, "toolUse"), "input"), err);
    if (value_get(d, "reasoningContent"))
        return on_thought(r, key, value_get(d, "reasoningContent"), err);
    return ERR_OK;
}

static void on_metadata(struct bedrock *r, const struct value *v)
{
    const struct value *u = value_get(v, "usage");
    struct llm_usage usage = {.input = value_i64_or(u, "inputTokens", 0),
                              .output = value_i64_or(u, "outputTokens", 0),
                              .cache_read = value_i64_or(u, "cacheReadInputTokens", 0),
                              .cache_write = value_i64_or(u, "cacheWriteInputTokens", 0)};

    if (u && u->type == VALUE_OBJECT)
        answer_usage(r->answer, &usage);
    r->answer->whole = r->stopped;
}

static enum err_code on_event(struct bedrock *r, struct str type, const struct value *v,
                              struct err *err)
{
    if (str_eq_c(type, "metadata")) {
        on_metadata(r, v);
        return ERR_OK;
    }
    if (r->stopped)
        return ERR_OK;
    if (str_eq_c(type, "messageStart")) {
        answer_start(r->answer);
    } else if (str_eq_c(type, "contentBlockStart")) {
        return on_start(r, v, err);
    } else if (str_eq_c(type, "contentBlockDelta")) {
        return on_delta(r, v, err);
    } else if (str_eq_c(type, "contentBlockStop")) {
        answer_close(r->answer, index_of(v));
    } else if (str_eq_c(type, "messageStop")) {
        answer_close_all(r->answer);
        answer_stop(r->answer, wire_claude_stop(text_of(v, "stopReason")),
                    text_of(v, "stopReason"));
        r->stopped = true;
    }
    return ERR_OK;
}

static enum err_code on_frame(void *ctx, const struct aws_frame *f, struct err *err)
{
    struct bedrock *r = ctx;
    struct str kind = STR_LIT("event"), type = {"", 0}, message = {"", 0};
    const struct value *v = NULL;
    struct err bad = ERR_INIT;

    arena_reset(r->arena);
    aws_frame_header(f, ":message-type", &kind);
    if (json_parse(r->arena, f->payload, &v, &bad))
        v = NULL;
    if (str_eq_c(kind, "exception") && aws_frame_header(f, ":exception-type", &type)) {
        message = text_of(v, "message");
        return refusal_in_stream(r->answer, type, message, err);
    }
    if (str_eq_c(kind, "error")) {
        aws_frame_header(f, ":error-code", &type);
        aws_frame_header(f, ":error-message", &message);
        return refusal_in_stream(r->answer, type, message, err);
    }
    if (!str_eq_c(kind, "event") || !aws_frame_header(f, ":event-type", &type))
        return ERR_OK;
    if (!v)
        return answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer's stream holds what is no JSON: %s", bad.msg);
    return on_event(r, type, v, err);
}

static void *bedrock_open(struct answer *a)
{
    struct bedrock *r = xcalloc(1, sizeof(*r));

    r->answer = a;
    r->arena = arena_new(0);
    aws_frames_init(&r->frames, on_frame, r);
    return r;
}

static enum err_code bedrock_feed(void *self, struct str bytes, struct err *err)
{
    struct bedrock *r = self;
    char why[ERR_MSG_MAX];

    if (!r->err.code && aws_frames_feed(&r->frames, bytes, &r->err) && !r->answer->failure) {
        snprintf(why, sizeof(why), "%s", r->err.msg);
        answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_REMOTE, &r->err,
                    "the answer's stream is damaged: %s", why);
    }
    *err = r->err;
    return r->err.code;
}

/* A stream that stopped without its metadata is whole all the same: only the count is missing. */
static enum err_code bedrock_end(void *self, struct err *err)
{
    struct bedrock *r = self;

    if (r->stopped) {
        r->answer->whole = true;
        return ERR_OK;
    }
    return answer_fail(r->answer, LLM_FAIL_NET, ERR_NET, err, "%s",
                       r->frames.count ? "the answer was cut off before its end"
                                       : "the answer is empty");
}

static void bedrock_close(void *self)
{
    struct bedrock *r = self;

    aws_frames_release(&r->frames);
    arena_free(r->arena);
    free(r);
}

const struct wire_ops wire_bedrock = {
    .name = "bedrock",
    .write = bedrock_write,
    .path = bedrock_path,
    .open = bedrock_open,
    .feed = bedrock_feed,
    .end = bedrock_end,
    .close = bedrock_close,
};

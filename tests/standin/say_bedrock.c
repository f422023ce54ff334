/* say_bedrock.c - Converse: messageStart, per block contentBlockStart (tools only), deltas and
 * contentBlockStop, messageStop, and metadata with the usage after it. */
#include "tests/standin/standin.h"

struct saying {
    struct talk *t;
    const struct answer *a;
    int index;
    enum { DELTA_TEXT, DELTA_THINKING, DELTA_SIGNATURE, DELTA_INPUT } kind;
};

static const char *stop_of(const struct answer *a)
{
    return strcmp(a->stop, "end") == 0       ? "end_turn"
           : strcmp(a->stop, "tool") == 0    ? "tool_use"
           : strcmp(a->stop, "max") == 0     ? "max_tokens"
           : strcmp(a->stop, "refusal") == 0 ? "guardrail_intervened"
           : strcmp(a->stop, "context") == 0 ? "model_context_window_exceeded"
                                             : a->stop;
}

static void put_usage(struct json_writer *w, const struct usage *u)
{
    json_key(w, "usage");
    json_object_begin(w);
    json_put_int(w, "inputTokens", u->input);
    json_put_int(w, "outputTokens", u->output);
    json_put_int(w, "totalTokens", u->input + u->output + u->cache_read + u->cache_write);
    json_put_int(w, "cacheReadInputTokens", u->cache_read);
    json_put_int(w, "cacheWriteInputTokens", u->cache_write);
    json_object_end(w);
    json_key(w, "metrics");
    json_raw(w, STR_LIT("{\"latencyMs\":12}"));
}

static bool say(struct saying *s, const char *name, struct buf *out)
{
    bool go_on;

    /* Every event is padded, so that its length tells nothing. */
    buf_adds(out, out->len > 1 ? ",\"p\":\"abcdefg\"}" : "\"p\":\"abcdefg\"}");
    go_on = strcmp(name, "contentBlockDelta") == 0 ? talk_delta(s->t, name, buf_str(out))
                                                   : talk_event(s->t, name, buf_str(out));
    buf_clear(out);
    return go_on;
}

static bool say_delta(void *ctx, struct str piece)
{
    static const char *const before[] = {
        "{\"text\":", "{\"reasoningContent\":{\"text\":", "{\"reasoningContent\":{\"signature\":",
        "{\"toolUse\":{\"input\":"};
    static const char *const after[] = {"}", "}}", "}}", "}}"};
    struct saying *s = ctx;
    struct buf out = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    buf_addf(&out, "{\"contentBlockIndex\":%d,\"delta\":%s", s->index, before[s->kind]);
    json_writer_init(&w, &out);
    json_string(&w, piece);
    buf_adds(&out, after[s->kind]);
    go_on = say(s, "contentBlockDelta", &out);
    buf_release(&out);
    return go_on;
}

static bool say_part(struct saying *s, const struct part *p)
{
    struct buf out = BUF_INIT(65536);
    bool go_on = true;

    if (p->type == PART_TOOL) {
        buf_addf(&out,
                 "{\"contentBlockIndex\":%d,\"start\":{\"toolUse\":{\"toolUseId\":\"%s\","
                 "\"name\":\"%s\"}}",
                 s->index, p->id, p->name);
        go_on = say(s, "contentBlockStart", &out);
        s->kind = DELTA_INPUT;
        if (go_on)
            text_deltas(str_from(p->json), s->a->faults, say_delta, s);
    } else {
        s->kind = p->type == PART_TEXT ? DELTA_TEXT : DELTA_THINKING;
        part_deltas(p, s->a->faults, say_delta, s);
        s->kind = DELTA_SIGNATURE;
        if (p->type == PART_THINKING && !s->t->over)
            say_delta(s, str_from(p->signature));
    }
    buf_addf(&out, "{\"contentBlockIndex\":%d", s->index++);
    go_on = go_on && !s->t->over && say(s, "contentBlockStop", &out);
    buf_release(&out);
    return go_on;
}

void say_bedrock(struct talk *t, const struct request *r, const struct answer *a)
{
    struct saying s = {.t = t, .a = a};
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    bool go_on;

    (void)r;
    buf_adds(&out, "{\"role\":\"assistant\"");
    go_on = say(&s, "messageStart", &out);
    for (size_t i = 0; go_on && i < a->parts.count; i++)
        go_on = say_part(&s, &a->parts.items[i]);
    buf_addf(&out, "{\"stopReason\":\"%s\"", stop_of(a));
    if (go_on && !a->faults->no_stop && say(&s, "messageStop", &out)) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        put_usage(&w, &a->usage);
        say(&s, "metadata", &out);
    }
    buf_release(&out);
}

static void put_content(struct json_writer *w, const struct part *p)
{
    struct buf text = BUF_INIT((size_t)64 << 20);

    part_text(p, &text);
    json_object_begin(w);
    if (p->type == PART_TEXT) {
        json_put_str(w, "text", buf_str(&text));
    } else if (p->type == PART_TOOL) {
        json_key(w, "toolUse");
        json_object_begin(w);
        json_put_cstr(w, "toolUseId", p->id);
        json_put_cstr(w, "name", p->name);
        json_key(w, "input");
        json_raw(w, str_from(p->json));
        json_object_end(w);
    } else {
        json_key(w, "reasoningContent");
        json_object_begin(w);
        json_key(w, "reasoningText");
        json_object_begin(w);
        json_put_str(w, "text", buf_str(&text));
        json_put_cstr(w, "signature", p->signature);
        json_object_end(w);
        json_object_end(w);
    }
    json_object_end(w);
    buf_release(&text);
}

void body_bedrock(const struct request *r, const struct answer *a, struct buf *out)
{
    struct json_writer w;

    (void)r;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "output");
    json_object_begin(&w);
    json_key(&w, "message");
    json_object_begin(&w);
    json_put_cstr(&w, "role", "assistant");
    json_key(&w, "content");
    json_array_begin(&w);
    for (size_t i = 0; i < a->parts.count; i++)
        put_content(&w, &a->parts.items[i]);
    json_array_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    json_put_cstr(&w, "stopReason", stop_of(a));
    put_usage(&w, &a->usage);
    json_object_end(&w);
}

/* say_anthropic.c - answers of the Messages API: message_start, the blocks, message_delta with the
 * stop reason and the usage so far, message_stop. */
#include "tests/standin/standin.h"

struct saying {
    struct talk *t;
    const struct answer *a;
    int index;
    const char *delta, *member; /* "text_delta", "text" */
};

static const char *stop_of(const struct answer *a)
{
    static const struct {
        const char *word, *stop;
    } table[] = {{"end", "end_turn"},     {"tool", "tool_use"},
                 {"max", "max_tokens"},   {"stop_sequence", "stop_sequence"},
                 {"pause", "pause_turn"}, {"context", "model_context_window_exceeded"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].word, a->stop) == 0)
            return table[i].stop;
    }
    return a->stop; /* "refusal", or one that nobody knows yet */
}

static void put_usage(struct json_writer *w, const struct usage *u, int64_t output)
{
    json_key(w, "usage");
    json_object_begin(w);
    json_put_int(w, "input_tokens", u->input);
    json_put_int(w, "cache_creation_input_tokens", u->cache_write);
    json_put_int(w, "cache_read_input_tokens", u->cache_read);
    json_key(w, "cache_creation");
    json_object_begin(w);
    json_put_int(w, "ephemeral_5m_input_tokens", u->cache_write);
    json_put_int(w, "ephemeral_1h_input_tokens", 0);
    json_object_end(w);
    json_put_int(w, "output_tokens", output);
    json_put_cstr(w, "service_tier", "standard");
    json_object_end(w);
}

static void put_stop(struct json_writer *w, const struct answer *a)
{
    json_put_cstr(w, "stop_reason", stop_of(a));
    json_key(w, "stop_sequence");
    if (strcmp(a->stop, "stop_sequence") == 0)
        json_cstring(w, "STOP");
    else
        json_null(w);
    if (strcmp(a->stop, "refusal") == 0) {
        json_key(w, "stop_details");
        json_object_begin(w);
        json_put_cstr(w, "type", "refusal");
        json_put_cstr(w, "category", "cyber");
        json_put_cstr(w, "explanation", "the stand-in declines, as it was told");
        json_object_end(w);
    }
}

static void put_head(struct json_writer *w, const struct request *r, const struct answer *a)
{
    json_put_cstr(w, "id", arena_printf(r->arena, "msg_%s", a->id));
    json_put_cstr(w, "type", "message");
    json_put_cstr(w, "role", "assistant");
    json_put_cstr(w, "model", r->model);
}

/* A block as it starts (empty) or as it is in an answer that does not stream (whole). */
static void put_block(struct json_writer *w, const struct part *p, bool whole)
{
    static const char *const types[] = {"text", "thinking", "redacted_thinking", "tool_use"};
    struct buf text = BUF_INIT((size_t)64 << 20);

    if (whole)
        part_text(p, &text);
    json_object_begin(w);
    json_put_cstr(w, "type", types[p->type]);
    switch (p->type) {
    case PART_TEXT:
        json_put_str(w, "text", buf_str(&text));
        break;
    case PART_THINKING:
        json_put_str(w, "thinking", buf_str(&text));
        json_put_cstr(w, "signature", whole ? p->signature : "");
        break;
    case PART_REDACTED:
        json_put_cstr(w, "data", p->text);
        break;
    case PART_TOOL:
        json_put_cstr(w, "id", p->id);
        json_put_cstr(w, "name", p->name);
        json_key(w, "input");
        json_raw(w, whole ? str_from(p->json) : STR_LIT("{}"));
        break;
    }
    json_object_end(w);
    buf_release(&text);
}

static void begin_event(struct json_writer *w, struct buf *out, const char *type)
{
    buf_clear(out);
    json_writer_init(w, out);
    json_object_begin(w);
    json_put_cstr(w, "type", type);
}

static bool say_delta(void *ctx, struct str piece)
{
    struct saying *s = ctx;
    struct buf out = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    begin_event(&w, &out, "content_block_delta");
    json_put_int(&w, "index", s->index);
    json_key(&w, "delta");
    json_object_begin(&w);
    json_put_cstr(&w, "type", s->delta);
    json_put_str(&w, s->member, piece);
    json_object_end(&w);
    json_object_end(&w);
    go_on = talk_delta(s->t, "content_block_delta", buf_str(&out));
    buf_release(&out);
    return go_on;
}

static void say_deltas(struct saying *s, const struct part *p)
{
    switch (p->type) {
    case PART_TEXT:
        s->delta = "text_delta";
        s->member = "text";
        part_deltas(p, s->a->faults, say_delta, s);
        break;
    case PART_THINKING:
        s->delta = "thinking_delta";
        s->member = "thinking";
        part_deltas(p, s->a->faults, say_delta, s);
        s->delta = "signature_delta";
        s->member = "signature";
        say_delta(s, str_from(p->signature));
        break;
    case PART_REDACTED:
        break;
    case PART_TOOL:
        if (strcmp(p->json, "{}") == 0)
            break;
        s->delta = "input_json_delta";
        s->member = "partial_json";
        if (say_delta(s, (struct str){"", 0}))
            text_deltas(str_from(p->json), s->a->faults, say_delta, s);
        break;
    }
}

static bool say_part(struct saying *s, const struct part *p)
{
    struct buf out = BUF_INIT((size_t)1 << 20);
    struct json_writer w;
    bool go_on;

    begin_event(&w, &out, "content_block_start");
    json_put_int(&w, "index", s->index);
    json_key(&w, "content_block");
    put_block(&w, p, false);
    json_object_end(&w);
    go_on = talk_event(s->t, "content_block_start", buf_str(&out));
    if (go_on)
        say_deltas(s, p);
    begin_event(&w, &out, "content_block_stop");
    json_put_int(&w, "index", s->index++);
    json_object_end(&w);
    go_on = go_on && talk_event(s->t, "content_block_stop", buf_str(&out));
    buf_release(&out);
    return go_on;
}

static bool say_start(struct saying *s, const struct request *r)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    bool go_on;

    begin_event(&w, &out, "message_start");
    json_key(&w, "message");
    json_object_begin(&w);
    put_head(&w, r, s->a);
    json_key(&w, "content");
    json_raw(&w, STR_LIT("[]"));
    json_key(&w, "stop_reason");
    json_null(&w);
    json_key(&w, "stop_sequence");
    json_null(&w);
    put_usage(&w, &s->a->usage, 1);
    json_object_end(&w);
    json_object_end(&w);
    go_on = talk_event(s->t, "message_start", buf_str(&out));
    buf_release(&out);
    return go_on;
}

void say_anthropic(struct talk *t, const struct request *r, const struct answer *a)
{
    struct saying s = {.t = t, .a = a};
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    bool go_on = say_start(&s, r);

    for (size_t i = 0; go_on && i < a->parts.count; i++)
        go_on = say_part(&s, &a->parts.items[i]);
    begin_event(&w, &out, "message_delta");
    json_key(&w, "delta");
    json_object_begin(&w);
    put_stop(&w, a);
    json_object_end(&w);
    put_usage(&w, &a->usage, a->usage.output);
    json_object_end(&w);
    if (go_on && talk_event(t, "message_delta", buf_str(&out)) && !a->faults->no_stop)
        talk_event(t, "message_stop", STR_LIT("{\"type\":\"message_stop\"}"));
    buf_release(&out);
}

void body_anthropic(const struct request *r, const struct answer *a, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    put_head(&w, r, a);
    json_key(&w, "content");
    json_array_begin(&w);
    for (size_t i = 0; i < a->parts.count; i++)
        put_block(&w, &a->parts.items[i], true);
    json_array_end(&w);
    put_stop(&w, a);
    put_usage(&w, &a->usage, a->usage.output);
    json_object_end(&w);
}

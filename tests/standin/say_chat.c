/* say_chat.c - chat completions: chunks without event names, calls keyed by index, the usage in a
 * chunk of its own without choices, [DONE]. Dialects: Ollama gives a call whole and the role in
 * each chunk, vLLM and Ollama say "reasoning", DeepSeek "reasoning_content", Azure begins with a
 * chunk about its filter. */
#include "tests/standin/standin.h"

struct saying {
    struct talk *t;
    const struct request *r;
    const struct answer *a;
    bool usage; /* was asked for */
    const char *member;
    int call;
};

static bool is(const struct saying *s, const char *dialect)
{
    return strcmp(s->a->dialect, dialect) == 0;
}

static const char *finish_of(const struct answer *a)
{
    return strcmp(a->stop, "end") == 0       ? "stop"
           : strcmp(a->stop, "tool") == 0    ? "tool_calls"
           : strcmp(a->stop, "max") == 0     ? "length"
           : strcmp(a->stop, "refusal") == 0 ? "content_filter"
                                             : a->stop;
}

static const char *reasoning_key(const struct saying *s)
{
    return is(s, "deepseek") ? "reasoning_content" : "reasoning";
}

static void begin(struct saying *s, struct json_writer *w, struct buf *out, const char *object)
{
    json_writer_init(w, out);
    json_object_begin(w);
    json_put_cstr(w, "id", arena_printf(s->r->arena, "chatcmpl-%s", s->a->id));
    json_put_cstr(w, "object", object);
    json_put_int(w, "created", 1792540800);
    json_put_cstr(w, "model", s->r->model);
    json_put_cstr(w, "system_fingerprint", "fp_standin");
}

static void put_usage(struct saying *s, struct json_writer *w)
{
    const struct usage *u = &s->a->usage;
    int64_t in = u->input + u->cache_read + u->cache_write;

    json_key(w, "usage");
    json_object_begin(w);
    json_put_int(w, "prompt_tokens", in);
    json_put_int(w, "completion_tokens", u->output);
    json_put_int(w, "total_tokens", in + u->output);
    if (!is(s, "ollama")) {
        json_key(w, "prompt_tokens_details");
        json_object_begin(w);
        json_put_int(w, "cached_tokens", u->cache_read);
        json_object_end(w);
        json_key(w, "completion_tokens_details");
        json_object_begin(w);
        json_put_int(w, "reasoning_tokens", u->reasoning);
        json_object_end(w);
    }
    json_object_end(w);
}

/* A chunk whose delta is the members in `delta`. */
static bool say_chunk(struct saying *s, const char *delta, const char *finish)
{
    struct buf out = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    begin(s, &w, &out, "chat.completion.chunk");
    json_key(&w, "choices");
    json_array_begin(&w);
    json_object_begin(&w);
    json_put_int(&w, "index", 0);
    json_key(&w, "delta");
    json_raw(&w, str_from(delta));
    json_key(&w, "logprobs");
    json_null(&w);
    json_put_cstr(&w, "finish_reason", finish);
    json_object_end(&w);
    json_array_end(&w);
    if (s->usage && !is(s, "ollama")) {
        json_key(&w, "usage");
        json_null(&w);
    }
    if (is(s, "openai"))
        json_put_cstr(&w, "obfuscation", "k3Fq");
    json_object_end(&w);
    go_on = talk_delta(s->t, finish ? "finish" : "chunk", buf_str(&out));
    buf_release(&out);
    return go_on;
}

static bool say_text(void *ctx, struct str piece)
{
    struct saying *s = ctx;
    struct buf delta = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    json_writer_init(&w, &delta);
    json_object_begin(&w);
    if (is(s, "ollama")) {
        json_put_cstr(&w, "role", "assistant");
        if (strcmp(s->member, "content") != 0)
            json_put_cstr(&w, "content", "");
    }
    json_put_str(&w, s->member, piece);
    json_object_end(&w);
    go_on = say_chunk(s, buf_cstr(&delta), NULL);
    buf_release(&delta);
    return go_on;
}

static bool say_call(struct saying *s, const struct part *p, const char *arguments)
{
    struct buf delta = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    json_writer_init(&w, &delta);
    json_object_begin(&w);
    if (is(s, "ollama")) {
        json_put_cstr(&w, "role", "assistant");
        json_put_cstr(&w, "content", "");
    }
    json_key(&w, "tool_calls");
    json_array_begin(&w);
    json_object_begin(&w);
    json_put_int(&w, "index", s->call);
    json_put_cstr(&w, "id", p->id);
    json_put_cstr(&w, "type", "function");
    json_key(&w, "function");
    json_object_begin(&w);
    json_put_cstr(&w, "name", p->name);
    json_put_cstr(&w, "arguments", arguments);
    json_object_end(&w);
    json_object_end(&w);
    json_array_end(&w);
    json_object_end(&w);
    go_on = say_chunk(s, buf_cstr(&delta), NULL);
    buf_release(&delta);
    return go_on;
}

static bool say_arguments(void *ctx, struct str piece)
{
    struct saying *s = ctx;
    struct buf delta = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    bool go_on;

    buf_addf(&delta, "{\"tool_calls\":[{\"index\":%d,\"function\":{\"arguments\":", s->call);
    json_writer_init(&w, &delta);
    json_string(&w, piece);
    buf_adds(&delta, "}}]}");
    go_on = say_chunk(s, buf_cstr(&delta), NULL);
    buf_release(&delta);
    return go_on;
}

static bool say_tool(struct saying *s, const struct part *p)
{
    bool whole = s->a->faults->whole_calls || is(s, "ollama"), go_on;

    go_on = say_call(s, p, whole ? p->json : "");
    if (go_on && !whole)
        text_deltas(str_from(p->json), s->a->faults, say_arguments, s);
    s->call++;
    return go_on && !s->t->over;
}

static bool say_part(struct saying *s, const struct part *p)
{
    if (p->type == PART_TOOL)
        return say_tool(s, p);
    if (p->type != PART_TEXT && (is(s, "openai") || is(s, "azure")))
        return true; /* these think in secret */
    s->member = p->type == PART_TEXT ? "content" : reasoning_key(s);
    part_deltas(p, s->a->faults, say_text, s);
    return !s->t->over;
}

static void say_usage(struct saying *s)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;

    begin(s, &w, &out, "chat.completion.chunk");
    json_key(&w, "choices");
    json_raw(&w, STR_LIT("[]"));
    put_usage(s, &w);
    json_object_end(&w);
    talk_event(s->t, "usage", buf_str(&out));
    buf_release(&out);
}

void say_chat(struct talk *t, const struct request *r, const struct answer *a)
{
    struct saying s = {.t = t, .r = r, .a = a};
    bool go_on = true;

    s.usage = value_path(r->json, "stream_options.include_usage") &&
              value_path(r->json, "stream_options.include_usage")->u.boolean;
    if (is(&s, "azure"))
        go_on = talk_event(t, "",
                           STR_LIT("{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\","
                                   "\"object\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0,"
                                   "\"content_filter_results\":{}}]}"));
    if (go_on && !is(&s, "ollama"))
        go_on = say_chunk(&s, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", NULL);
    for (size_t i = 0; go_on && i < a->parts.count; i++)
        go_on = say_part(&s, &a->parts.items[i]);
    if (!go_on || a->faults->no_stop)
        return;
    if (!say_chunk(&s, is(&s, "ollama") ? "{\"role\":\"assistant\",\"content\":\"\"}" : "{}",
                   finish_of(a)))
        return;
    if (s.usage)
        say_usage(&s);
    talk_event(t, "done", STR_LIT("[DONE]"));
}

static void put_calls(struct json_writer *w, const struct answer *a)
{
    json_key(w, "tool_calls");
    json_array_begin(w);
    for (size_t i = 0; i < a->parts.count; i++) {
        const struct part *p = &a->parts.items[i];

        if (p->type != PART_TOOL)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "id", p->id);
        json_put_cstr(w, "type", "function");
        json_key(w, "function");
        json_object_begin(w);
        json_put_cstr(w, "name", p->name);
        json_put_cstr(w, "arguments", p->json);
        json_object_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

void body_chat(const struct request *r, const struct answer *a, struct buf *out)
{
    struct saying s = {.r = r, .a = a};
    struct buf text = BUF_INIT((size_t)64 << 20), thought = BUF_INIT((size_t)64 << 20);
    struct json_writer w;

    for (size_t i = 0; i < a->parts.count; i++) {
        if (a->parts.items[i].type != PART_TOOL)
            part_text(&a->parts.items[i], a->parts.items[i].type == PART_TEXT ? &text : &thought);
    }
    begin(&s, &w, out, "chat.completion");
    json_key(&w, "choices");
    json_array_begin(&w);
    json_object_begin(&w);
    json_put_int(&w, "index", 0);
    json_key(&w, "message");
    json_object_begin(&w);
    json_put_cstr(&w, "role", "assistant");
    json_put_cstr(&w, "content", text.len ? buf_cstr(&text) : NULL);
    if (thought.len && !is(&s, "openai"))
        json_put_str(&w, reasoning_key(&s), buf_str(&thought));
    json_put_cstr(&w, "refusal", NULL);
    if (strcmp(a->stop, "tool") == 0)
        put_calls(&w, a);
    json_object_end(&w);
    json_put_cstr(&w, "finish_reason", finish_of(a));
    json_object_end(&w);
    json_array_end(&w);
    put_usage(&s, &w);
    json_object_end(&w);
    buf_release(&text);
    buf_release(&thought);
}

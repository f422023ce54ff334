/* say_responses.c - OpenAI Responses: named, numbered events. response.created first; an item is
 * added, filled part by part, done; the last event carries the whole response and its usage. */
#include "tests/standin/standin.h"

struct saying {
    struct talk *t;
    const struct request *r;
    const struct answer *a;
    unsigned number, item; /* sequence_number, output_index */
    const char *id;        /* of the item */
    const char *event;     /* of its deltas */
    const char *index;     /* "content_index", "summary_index", NULL */
};

static const char *status_of(const struct answer *a)
{
    return strcmp(a->stop, "max") == 0      ? "incomplete"
           : strcmp(a->stop, "failed") == 0 ? "failed"
                                            : "completed";
}

static void put_usage(struct json_writer *w, const struct usage *u)
{
    int64_t in = u->input + u->cache_read + u->cache_write;

    json_key(w, "usage");
    json_object_begin(w);
    json_put_int(w, "input_tokens", in);
    json_key(w, "input_tokens_details");
    json_object_begin(w);
    json_put_int(w, "cached_tokens", u->cache_read);
    json_object_end(w);
    json_put_int(w, "output_tokens", u->output);
    json_key(w, "output_tokens_details");
    json_object_begin(w);
    json_put_int(w, "reasoning_tokens", u->reasoning);
    json_object_end(w);
    json_put_int(w, "total_tokens", in + u->output);
    json_object_end(w);
}

static const char *item_id(const struct request *r, const struct part *p, unsigned index)
{
    const char *prefix = p->type == PART_TEXT ? "msg" : p->type == PART_TOOL ? "fc" : "rs";

    return arena_printf(r->arena, "%s_standin_%u_%u", prefix, r->number, index);
}

static void put_part(struct json_writer *w, const char *type, struct str text)
{
    json_object_begin(w);
    json_put_cstr(w, "type", type);
    json_put_str(w, "text", text);
    if (strcmp(type, "output_text") == 0) {
        json_key(w, "annotations");
        json_raw(w, STR_LIT("[]"));
        json_key(w, "logprobs");
        json_raw(w, STR_LIT("[]"));
    }
    json_object_end(w);
}

static void put_item(struct json_writer *w, const struct part *p, const char *id, bool whole)
{
    struct buf text = BUF_INIT((size_t)64 << 20);

    if (whole)
        part_text(p, &text);
    json_object_begin(w);
    json_put_cstr(w, "id", id);
    if (p->type == PART_TOOL) {
        json_put_cstr(w, "type", "function_call");
        json_put_cstr(w, "status", whole ? "completed" : "in_progress");
        json_put_cstr(w, "call_id", p->id);
        json_put_cstr(w, "name", p->name);
        json_put_cstr(w, "arguments", whole ? p->json : "");
    } else {
        bool message = p->type == PART_TEXT;

        json_put_cstr(w, "type", message ? "message" : "reasoning");
        if (message) {
            json_put_cstr(w, "role", "assistant");
            json_put_cstr(w, "status", whole ? "completed" : "in_progress");
        } else if (whole) {
            json_put_cstr(w, "encrypted_content", p->signature);
        }
        json_key(w, message ? "content" : "summary");
        json_array_begin(w);
        if (whole)
            put_part(w, message ? "output_text" : "summary_text", buf_str(&text));
        json_array_end(w);
    }
    json_object_end(w);
    buf_release(&text);
}

static void put_response(struct json_writer *w, const struct request *r, const struct answer *a,
                         bool whole)
{
    const char *status = whole ? status_of(a) : "in_progress";

    json_object_begin(w);
    json_put_cstr(w, "id", arena_printf(r->arena, "resp_%s", a->id));
    json_put_cstr(w, "object", "response");
    json_put_int(w, "created_at", 1792540800);
    json_put_cstr(w, "status", status);
    json_put_cstr(w, "model", r->model);
    json_key(w, "error");
    if (strcmp(status, "failed") == 0)
        json_raw(w, STR_LIT("{\"code\":\"server_error\",\"message\":\"the stand-in fails here\"}"));
    else
        json_null(w);
    json_key(w, "incomplete_details");
    if (strcmp(status, "incomplete") == 0)
        json_raw(w, STR_LIT("{\"reason\":\"max_output_tokens\"}"));
    else
        json_null(w);
    json_key(w, "instructions");
    json_null(w);
    json_key(w, "metadata");
    json_raw(w, STR_LIT("{}"));
    json_put_bool(w, "parallel_tool_calls", true);
    json_key(w, "tools");
    json_raw(w, STR_LIT("[]"));
    json_put_cstr(w, "tool_choice", "auto");
    json_key(w, "output");
    json_array_begin(w);
    for (unsigned i = 0; whole && i < a->parts.count; i++)
        put_item(w, &a->parts.items[i], item_id(r, &a->parts.items[i], i), true);
    json_array_end(w);
    if (whole)
        put_usage(w, &a->usage);
    else
        json_put_cstr(w, "usage", NULL);
    json_object_end(w);
}

static void begin(struct saying *s, struct json_writer *w, struct buf *out, const char *type)
{
    buf_clear(out);
    json_writer_init(w, out);
    json_object_begin(w);
    json_put_cstr(w, "type", type);
    json_put_int(w, "sequence_number", s->number++);
}

static bool say_response(struct saying *s, const char *type, bool whole)
{
    struct buf out = BUF_INIT((size_t)64 << 20);
    struct json_writer w;
    bool go_on;

    begin(s, &w, &out, type);
    json_key(&w, "response");
    put_response(&w, s->r, s->a, whole);
    json_object_end(&w);
    go_on = talk_event(s->t, type, buf_str(&out));
    buf_release(&out);
    return go_on;
}

static bool say_item(struct saying *s, const struct part *p, bool whole)
{
    const char *type = whole ? "response.output_item.done" : "response.output_item.added";
    struct buf out = BUF_INIT((size_t)64 << 20);
    struct json_writer w;
    bool go_on;

    begin(s, &w, &out, type);
    json_put_int(&w, "output_index", s->item);
    json_key(&w, "item");
    put_item(&w, p, s->id, whole);
    json_object_end(&w);
    go_on = talk_event(s->t, type, buf_str(&out));
    buf_release(&out);
    return go_on;
}

static void put_place(struct saying *s, struct json_writer *w)
{
    json_put_cstr(w, "item_id", s->id);
    json_put_int(w, "output_index", s->item);
    if (s->index)
        json_put_int(w, s->index, 0);
}

/* content_part.added/done, reasoning_summary_part.added/done */
static bool say_part_event(struct saying *s, const struct part *p, const char *end)
{
    bool message = p->type == PART_TEXT, whole = strcmp(end, "done") == 0, go_on;
    const char *type = arena_printf(s->r->arena, "response.%s.%s",
                                    message ? "content_part" : "reasoning_summary_part", end);
    struct buf out = BUF_INIT((size_t)64 << 20), text = BUF_INIT((size_t)64 << 20);
    struct json_writer w;

    if (whole)
        part_text(p, &text);
    begin(s, &w, &out, type);
    put_place(s, &w);
    json_key(&w, "part");
    put_part(&w, message ? "output_text" : "summary_text", buf_str(&text));
    json_object_end(&w);
    go_on = talk_event(s->t, type, buf_str(&out));
    buf_release(&out);
    buf_release(&text);
    return go_on;
}

static bool say_delta(void *ctx, struct str piece)
{
    struct saying *s = ctx;
    struct buf out = BUF_INIT((size_t)16 << 20);
    const char *type = arena_printf(s->r->arena, "response.%s.delta", s->event);
    struct json_writer w;
    bool go_on;

    begin(s, &w, &out, type);
    put_place(s, &w);
    json_put_str(&w, "delta", piece);
    if (strcmp(s->event, "output_text") == 0) {
        json_key(&w, "logprobs");
        json_raw(&w, STR_LIT("[]"));
    }
    json_put_cstr(&w, "obfuscation", "x1Yz");
    json_object_end(&w);
    go_on = talk_delta(s->t, type, buf_str(&out));
    buf_release(&out);
    return go_on;
}

static bool say_done(struct saying *s, const char *member, struct str text)
{
    struct buf out = BUF_INIT((size_t)64 << 20);
    const char *type = arena_printf(s->r->arena, "response.%s.done", s->event);
    struct json_writer w;
    bool go_on;

    begin(s, &w, &out, type);
    put_place(s, &w);
    json_put_str(&w, member, text);
    if (strcmp(s->event, "output_text") == 0) {
        json_key(&w, "logprobs");
        json_raw(&w, STR_LIT("[]"));
    }
    json_object_end(&w);
    go_on = talk_event(s->t, type, buf_str(&out));
    buf_release(&out);
    return go_on;
}

static bool say_words(struct saying *s, const struct part *p)
{
    struct buf text = BUF_INIT((size_t)64 << 20);
    bool go_on;

    s->event = p->type == PART_TEXT ? "output_text" : "reasoning_summary_text";
    s->index = p->type == PART_TEXT ? "content_index" : "summary_index";
    part_text(p, &text);
    go_on = say_part_event(s, p, "added");
    if (go_on)
        part_deltas(p, s->a->faults, say_delta, s);
    go_on = go_on && say_done(s, "text", buf_str(&text)) && say_part_event(s, p, "done");
    buf_release(&text);
    return go_on;
}

static bool say_part(struct saying *s, const struct part *p)
{
    bool go_on;

    s->id = item_id(s->r, p, s->item);
    go_on = say_item(s, p, false);
    if (go_on && p->type == PART_TOOL) {
        s->event = "function_call_arguments";
        s->index = NULL;
        text_deltas(str_from(p->json), s->a->faults, say_delta, s);
        go_on = !s->t->over && say_done(s, "arguments", str_from(p->json));
    } else if (go_on) {
        go_on = say_words(s, p);
    }
    go_on = go_on && say_item(s, p, true);
    s->item++;
    return go_on;
}

void say_responses(struct talk *t, const struct request *r, const struct answer *a)
{
    struct saying s = {.t = t, .r = r, .a = a};
    bool go_on = say_response(&s, "response.created", false) &&
                 say_response(&s, "response.in_progress", false);

    for (size_t i = 0; go_on && i < a->parts.count; i++)
        go_on = say_part(&s, &a->parts.items[i]);
    if (go_on && !a->faults->no_stop)
        say_response(&s, arena_printf(r->arena, "response.%s", status_of(a)), true);
}

void body_responses(const struct request *r, const struct answer *a, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    put_response(&w, r, a, true);
}

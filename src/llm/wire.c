/* wire.c - the table of wires, and their pure halves for whoever has no network. */
#include "src/llm/wire_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

static const struct wire_ops *const wires[] = {&wire_anthropic, &wire_chat, &wire_responses,
                                               &wire_bedrock};
#define WIRES (sizeof(wires) / sizeof(wires[0]))

const char *llm_wire_name(size_t index)
{
    return index < WIRES ? wires[index]->name : NULL;
}

const struct wire_ops *wire_find(const char *name)
{
    for (size_t i = 0; i < WIRES; i++)
        if (cstr_eq(wires[i]->name, name))
            return wires[i];
    return NULL;
}

bool llm_wire_target(const char *provider, const char *model, const char *origin,
                     struct wire_target *ret)
{
    const struct provider *p = provider_find(provider);

    if (!p)
        return false;
    *ret = (struct wire_target){
        .provider = p, .model = model, .origin = origin, .max_tokens = 4096, .temperature = -1};
    return true;
}

static enum err_code need(const char *wire, const struct wire_ops **ret, struct err *err)
{
    *ret = wire_find(wire);
    if (!*ret)
        return err_set(err, ERR_NOT_FOUND, "there is no wire '%s'", wire ? wire : "");
    return ERR_OK;
}

enum err_code llm_wire_write(const char *wire, const struct wire_target *t,
                             const struct llm_request *req, struct buf *out, struct err *err)
{
    struct arena *arena = arena_new(0);
    const struct wire_ops *ops;
    struct json_writer w;
    enum err_code rc = need(wire, &ops, err);

    if (!rc) {
        json_writer_init(&w, out);
        ops->write(t, llm_request_copy(arena, req), &w);
        rc = buf_check(out, "the request to the model", err);
    }
    arena_free(arena);
    return rc;
}

enum err_code llm_wire_path(const char *wire, const struct wire_target *t, struct buf *out,
                            struct err *err)
{
    const struct wire_ops *ops;
    enum err_code rc = need(wire, &ops, err);

    if (!rc)
        ops->path(t, out);
    return rc;
}

/* ---- helpers of writers ---- */

enum llm_tool_choice wire_choice(const struct wire_target *t, const struct llm_request *req)
{
    bool forced = req->tool_choice == LLM_TOOLS_ANY || req->tool_choice == LLM_TOOLS_ONE;

    return forced && (t->cut || t->provider->one_choice) ? LLM_TOOLS_AUTO : req->tool_choice;
}

bool wire_is_forced(const struct wire_target *t, const struct llm_request *req)
{
    enum llm_tool_choice c = wire_choice(t, req);

    return req->tool_count && (c == LLM_TOOLS_ANY || c == LLM_TOOLS_ONE);
}

bool wire_is_own(const struct wire_target *t, const struct llm_block *b)
{
    return str_eq_c(b->origin, t->origin);
}

bool wire_knows_thinking(const struct wire_target *t, const struct llm_block *b)
{
    return b->type == LLM_THINKING && wire_is_own(t, b);
}

/* Thoughts of another model, or without their proof, are left out. */
bool wire_sends(const struct wire_target *t, const struct llm_block *b)
{
    return b->type != LLM_THINKING ||
           (wire_knows_thinking(t, b) && (b->signature.len || b->raw.len));
}

bool wire_sends_any(const struct wire_target *t, const struct llm_message *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (wire_sends(t, &m->blocks[i]))
            return true;
    return false;
}

void wire_system_text(const struct llm_request *req, struct buf *out)
{
    for (size_t i = 0; i < req->system_count; i++) {
        if (out->len)
            buf_adds(out, "\n\n");
        buf_add_str(out, req->system[i].text);
    }
}

void wire_object(struct json_writer *w, struct str json)
{
    struct arena *arena = arena_new(0);
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (json_parse(arena, json, &v, &err) == ERR_OK && v->type == VALUE_OBJECT) {
        json_value(w, v);
    } else {
        json_object_begin(w);
        json_object_end(w);
    }
    arena_free(arena);
}

void wire_put_choice(struct json_writer *w, const struct wire_target *t,
                     const struct llm_request *req, bool nested)
{
    enum llm_tool_choice c = wire_choice(t, req);

    if (c == LLM_TOOLS_AUTO)
        return;
    json_key(w, "tool_choice");
    if (c != LLM_TOOLS_ONE) {
        json_cstring(w, c == LLM_TOOLS_NONE ? "none" : "required");
        return;
    }
    json_object_begin(w);
    json_put_cstr(w, "type", "function");
    if (nested) {
        json_key(w, "function");
        json_object_begin(w);
    }
    json_put_cstr(w, "name", req->tool_name);
    if (nested)
        json_object_end(w);
    json_object_end(w);
}

/* ---- helpers of readers ---- */

/* The words of Claude, on its own wire and on Bedrock's, which has some of its own. */
enum llm_stop wire_claude_stop(struct str word)
{
    static const struct {
        const char *word;
        enum llm_stop stop;
    } words[] = {
        {"end_turn", LLM_STOP_END},
        {"max_tokens", LLM_STOP_MAX_TOKENS},
        {"stop_sequence", LLM_STOP_SEQUENCE},
        {"tool_use", LLM_STOP_TOOL_USE},
        {"guardrail_intervened", LLM_STOP_REFUSAL},
        {"content_filtered", LLM_STOP_REFUSAL},
        {"refusal", LLM_STOP_REFUSAL},
        {"pause_turn", LLM_STOP_PAUSE},
        {"model_context_window_exceeded", LLM_STOP_CONTEXT},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_eq_c(word, words[i].word))
            return words[i].stop;
    return LLM_STOP_OTHER;
}

/* ---- reading without a network ---- */

struct llm_reader {
    const struct wire_ops *ops;
    void *self;
    struct answer *answer;
    struct llm_answer last;
};

struct llm_reader *llm_reader_new(const char *wire, llm_event_fn *fn, void *ctx)
{
    const struct wire_ops *ops = wire_find(wire);
    struct llm_reader *r;

    if (!ops)
        return NULL;
    r = xcalloc(1, sizeof(*r));
    r->ops = ops;
    r->answer = answer_new("", "", fn, ctx);
    r->self = ops->open(r->answer);
    return r;
}

void llm_reader_free(struct llm_reader *r)
{
    if (!r)
        return;
    r->ops->close(r->self);
    answer_free(r->answer);
    free(r);
}

enum err_code llm_reader_feed(struct llm_reader *r, struct str bytes, struct err *err)
{
    return r->ops->feed(r->self, bytes, err);
}

enum err_code llm_reader_end(struct llm_reader *r, struct err *err)
{
    return r->ops->end(r->self, err);
}

enum llm_failure llm_reader_failure(const struct llm_reader *r)
{
    return r->answer->failure;
}

const struct llm_answer *llm_reader_answer(struct llm_reader *r)
{
    struct answer *a = r->answer;

    r->last = (struct llm_answer){.message = answer_message(a),
                                  .stop = a->stop,
                                  .stop_text = a->stop_text,
                                  .usage = answer_total(a),
                                  .provider = "",
                                  .model = "",
                                  .request_id = a->request_id,
                                  .requests = 1,
                                  .first_byte_ms = -1};
    return &r->last;
}

const char *llm_stop_name(enum llm_stop s)
{
    switch (s) {
    case LLM_STOP_NONE:
        return "none";
    case LLM_STOP_END:
        return "end";
    case LLM_STOP_MAX_TOKENS:
        return "max_tokens";
    case LLM_STOP_SEQUENCE:
        return "stop_sequence";
    case LLM_STOP_TOOL_USE:
        return "tool_use";
    case LLM_STOP_PAUSE:
        return "pause";
    case LLM_STOP_REFUSAL:
        return "refusal";
    case LLM_STOP_CONTEXT:
        return "context";
    case LLM_STOP_CUT:
        return "cut";
    case LLM_STOP_OTHER:
        return "other";
    }
    return "";
}

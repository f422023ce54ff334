/* answer.c - pieces of an answer, as a wire names them, become events and at the end one message.
 * A wire's own number of a block (`key`) counts within one part: when the connection is cut, the
 * next request's blocks are a new part, whose first text goes on with the text that was cut. */
#include "src/llm/wire_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

struct answer *answer_new(const char *provider, const char *model, llm_event_fn *fn, void *ctx)
{
    struct answer *a = xcalloc(1, sizeof(*a));

    a->arena = arena_new(0);
    a->fn = fn;
    a->ctx = ctx;
    answer_target(a, provider, model);
    return a;
}

void answer_target(struct answer *a, const char *provider, const char *model)
{
    a->provider = provider;
    a->model = model;
    a->origin = str_from(arena_printf(a->arena, "%s/%s", provider, model));
}

static void block_release(struct answer_block *b)
{
    buf_release(&b->text);
    buf_release(&b->signature);
}

void answer_free(struct answer *a)
{
    if (!a)
        return;
    VEC_EACH (b, &a->blocks)
        block_release(b);
    VEC_RELEASE(&a->blocks);
    arena_free(a->arena);
    free(a);
}

static void emit(struct answer *a, struct llm_event *ev)
{
    ev->provider = a->provider;
    ev->model = a->model;
    if (a->fn)
        a->fn(a->ctx, ev);
}

void answer_start(struct answer *a)
{
    struct llm_event ev = {.type = LLM_EV_STARTED};

    if (a->started)
        return;
    a->started = true;
    emit(a, &ev);
}

enum err_code answer_fail(struct answer *a, enum llm_failure f, enum err_code code, struct err *err,
                          const char *fmt, ...)
{
    char text[ERR_MSG_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    a->failure = f;
    return err_set(err, code, "%s", text);
}

struct answer_block *answer_block(struct answer *a, uint64_t key)
{
    for (size_t i = a->blocks.count; i-- > 0;) {
        struct answer_block *b = &a->blocks.items[i];

        if (b->part != a->part)
            return NULL;
        if (b->key == key)
            return b;
    }
    return NULL;
}

bool answer_has(const struct answer *a, uint64_t key)
{
    return answer_block((struct answer *)(uintptr_t)a, key) != NULL;
}

static enum err_code add_block(struct answer *a, enum llm_block_type type, uint64_t key,
                               struct answer_block **ret, struct err *err)
{
    struct answer_block *b;

    if (a->blocks.count == ANSWER_MAX_BLOCKS)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer has more than %d blocks", ANSWER_MAX_BLOCKS);
    answer_start(a);
    b = VEC_PUSH(&a->blocks);
    b->type = type;
    b->key = key;
    b->part = a->part;
    buf_init(&b->text, type == LLM_TOOL_USE ? ANSWER_MAX_ARGS : ANSWER_MAX_BYTES);
    buf_init(&b->signature, ANSWER_MAX_ARGS);
    *ret = b;
    return ERR_OK;
}

/* The block of a piece: one that is there, the text that was cut, or a new one. */
static enum err_code block_for(struct answer *a, enum llm_block_type type, uint64_t key,
                               struct answer_block **ret, struct err *err)
{
    struct answer_block *b = answer_block(a, key);

    if (b && b->type != type)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer's block %llu changes its kind", (unsigned long long)key);
    if (b && b->closed)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer's block %llu goes on behind its end",
                           (unsigned long long)key);
    if (b) {
        *ret = b;
        return ERR_OK;
    }
    if (type == LLM_TEXT && a->resume_text) {
        answer_start(a);
        *ret = &a->blocks.items[a->resume_text - 1];
        return ERR_OK;
    }
    return add_block(a, type, key, ret, err);
}

static enum err_code take(struct answer *a, struct buf *to, struct str piece, struct err *err)
{
    a->bytes += piece.len;
    if (a->bytes > ANSWER_MAX_BYTES || !buf_add_str(to, piece))
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer is larger than %zu bytes",
                           to->max < ANSWER_MAX_BYTES ? to->max : ANSWER_MAX_BYTES);
    return ERR_OK;
}

static enum err_code add_piece(struct answer *a, enum llm_block_type type,
                               enum llm_event_type event, uint64_t key, struct str piece,
                               struct err *err)
{
    struct answer_block *b;
    struct llm_event ev = {.type = event, .text = piece};
    enum err_code rc;

    if (!piece.len && type != LLM_TOOL_USE)
        return ERR_OK;
    rc = block_for(a, type, key, &b, err);
    if (!rc)
        rc = take(a, &b->text, piece, err);
    if (rc || !piece.len)
        return rc;
    ev.block = (size_t)(b - a->blocks.items);
    ev.id = b->id;
    ev.name = b->name;
    emit(a, &ev);
    return ERR_OK;
}

enum err_code answer_text(struct answer *a, uint64_t key, struct str piece, struct err *err)
{
    return add_piece(a, LLM_TEXT, LLM_EV_TEXT, key, piece, err);
}

enum err_code answer_thinking(struct answer *a, uint64_t key, struct str piece, struct err *err)
{
    return add_piece(a, LLM_THINKING, LLM_EV_THINKING, key, piece, err);
}

enum err_code answer_signature(struct answer *a, uint64_t key, struct str piece, struct err *err)
{
    struct answer_block *b;
    enum err_code rc = block_for(a, LLM_THINKING, key, &b, err);

    return rc ? rc : take(a, &b->signature, piece, err);
}

enum err_code answer_raw(struct answer *a, uint64_t key, struct str json, struct err *err)
{
    struct answer_block *b;
    enum err_code rc = block_for(a, LLM_THINKING, key, &b, err);

    if (rc)
        return rc;
    a->bytes += json.len;
    if (a->bytes > ANSWER_MAX_BYTES)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer is larger than %zu bytes", ANSWER_MAX_BYTES);
    b->raw = (struct str){arena_str(a->arena, json), json.len};
    return ERR_OK;
}

enum err_code answer_call_raw(struct answer *a, uint64_t key, struct str json, struct err *err)
{
    struct answer_block *b = answer_block(a, key);

    a->bytes += json.len;
    if (a->bytes > ANSWER_MAX_BYTES)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer is larger than %zu bytes", ANSWER_MAX_BYTES);
    if (b)
        b->raw = (struct str){arena_str(a->arena, json), json.len};
    return ERR_OK;
}

enum err_code answer_tool(struct answer *a, uint64_t key, struct str id, struct str name,
                          struct err *err)
{
    struct answer_block *b;
    struct llm_event ev = {.type = LLM_EV_TOOL_STARTED};
    enum err_code rc;

    if (id.len > 256 || name.len > 256)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_LIMIT, err,
                           "the answer names a tool with more than 256 bytes");
    if (!name.len)
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer calls a tool without a name");
    rc = add_block(a, LLM_TOOL_USE, key, &b, err);
    if (rc)
        return rc;
    ev.block = a->blocks.count - 1;
    if (!id.len) /* some servers send none */
        id = str_from(arena_printf(a->arena, "call_%llx_%u_%zu", (unsigned long long)a->salt,
                                   a->part, ev.block));
    b->id = (struct str){arena_str(a->arena, id), id.len};
    b->name = (struct str){arena_str(a->arena, name), name.len};
    ev.id = b->id;
    ev.name = b->name;
    emit(a, &ev);
    return ERR_OK;
}

enum err_code answer_args(struct answer *a, uint64_t key, struct str piece, struct err *err)
{
    if (!answer_has(a, key))
        return answer_fail(a, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                           "the answer has arguments of a call that did not begin");
    return add_piece(a, LLM_TOOL_USE, LLM_EV_TOOL_ARGS, key, piece, err);
}

/* Arguments as a value: nothing and null are {}, and an object that a small model wrote as a
 * string is an object. */
static enum err_code read_args(struct arena *arena, struct str text, const struct value **ret,
                               struct err *err)
{
    const struct value *v = NULL;

    if (!str_trim(text).len)
        text = STR_LIT("{}");
    if (json_parse(arena, text, &v, err))
        return err_wrap(err, "the arguments cannot be read");
    if (v->type == VALUE_NULL)
        json_parse(arena, STR_LIT("{}"), &v, err);
    if (v->type == VALUE_STRING && str_starts(str_trim(v->u.string), "{") &&
        json_parse(arena, v->u.string, &v, err))
        return err_wrap(err, "the arguments cannot be read");
    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "the arguments must be a JSON object, not %s",
                       v->type == VALUE_ARRAY ? "an array" : "one value");
    *ret = v;
    return ERR_OK;
}

static void tell_ready(struct answer *a, struct answer_block *b)
{
    struct buf json = BUF_INIT(4 * ANSWER_MAX_ARGS);
    struct llm_event ev = {.type = LLM_EV_TOOL_READY,
                           .block = (size_t)(b - a->blocks.items),
                           .id = b->id,
                           .name = b->name,
                           .text = buf_str(&b->text)};
    struct err err = ERR_INIT;

    if (read_args(a->arena, buf_str(&b->text), &ev.args, &err)) {
        ev.args = NULL;
        ev.err = &err;
        buf_adds(&json, "{}"); /* what is sent back must be an object */
    } else {
        struct json_writer w;

        json_writer_init(&w, &json);
        json_value(&w, ev.args);
    }
    b->json = (struct str){arena_str(a->arena, buf_str(&json)), json.len};
    buf_release(&json);
    emit(a, &ev);
}

static void close_block(struct answer *a, struct answer_block *b)
{
    if (b->closed)
        return;
    b->closed = true;
    if (b->type == LLM_TOOL_USE)
        tell_ready(a, b);
}

void answer_close(struct answer *a, uint64_t key)
{
    struct answer_block *b = answer_block(a, key);

    if (b)
        close_block(a, b);
    else
        a->resume_text = 0; /* the text that went on has ended */
}

void answer_close_all(struct answer *a)
{
    VEC_EACH (b, &a->blocks)
        if (b->part == a->part)
            close_block(a, b);
}

struct llm_usage answer_total(const struct answer *a)
{
    return (struct llm_usage){.input = a->before.input + a->now.input,
                              .cache_read = a->before.cache_read + a->now.cache_read,
                              .cache_write = a->before.cache_write + a->now.cache_write,
                              .output = a->before.output + a->now.output,
                              .thinking = a->before.thinking + a->now.thinking};
}

static int64_t sane(int64_t tokens)
{
    return tokens < 0 || tokens > 1000000000 ? 0 : tokens;
}

void answer_usage(struct answer *a, const struct llm_usage *now)
{
    struct llm_usage total;
    struct llm_event ev = {.type = LLM_EV_USAGE, .usage = &total};

    a->now = (struct llm_usage){sane(now->input), sane(now->cache_read), sane(now->cache_write),
                                sane(now->output), sane(now->thinking)};
    total = answer_total(a);
    emit(a, &ev);
}

void answer_stop(struct answer *a, enum llm_stop stop, struct str text)
{
    a->stop = stop;
    a->stop_text = (struct str){arena_str(a->arena, text), text.len};
}

bool answer_has_text(const struct answer *a)
{
    VEC_EACH (b, &a->blocks)
        if (b->type == LLM_TEXT && str_trim(buf_str(&b->text)).len)
            return true;
    return false;
}

bool answer_has_calls(const struct answer *a)
{
    VEC_EACH (b, &a->blocks)
        if (b->type == LLM_TOOL_USE && b->closed)
            return true;
    return false;
}

/* What is not whole cannot be sent back: half a call, thoughts without their proof. */
static bool survives(const struct answer_block *b)
{
    switch (b->type) {
    case LLM_TEXT:
        return true;
    case LLM_THINKING:
    case LLM_TOOL_USE:
        return b->closed;
    case LLM_TOOL_RESULT:
        return false;
    }
    return false;
}

void answer_cut(struct answer *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->blocks.count; i++) {
        if (survives(&a->blocks.items[i]))
            a->blocks.items[n++] = a->blocks.items[i];
        else
            block_release(&a->blocks.items[i]);
    }
    a->blocks.count = n;
    for (a->resume_text = n; a->resume_text; a->resume_text--)
        if (a->blocks.items[a->resume_text - 1].type == LLM_TEXT)
            break;
    a->before = answer_total(a);
    a->now = (struct llm_usage){0};
    a->part++;
    a->started = a->whole = false;
    a->stop = LLM_STOP_NONE;
    a->stop_text = (struct str){"", 0};
    a->failure = LLM_FAIL_NONE;
}

static struct llm_block block_of(struct answer *a, const struct answer_block *b)
{
    struct llm_block r = {
        .type = b->type, .id = b->id, .name = b->name, .json = b->json, .raw = b->raw};

    r.text = (struct str){arena_str(a->arena, buf_str(&b->text)), b->text.len};
    r.signature = (struct str){arena_str(a->arena, buf_str(&b->signature)), b->signature.len};
    if (b->type == LLM_THINKING || b->raw.len)
        r.origin = a->origin;
    return r;
}

/* Thoughts of an earlier part belong to a request that nobody continues; those of the last one
 * stand first, where the model put them. */
static bool is_kept(const struct answer *a, const struct answer_block *b, bool thoughts)
{
    if (b->type == LLM_THINKING)
        return thoughts && b->closed && b->part == a->part;
    if (thoughts && a->part)
        return false;
    if (b->type == LLM_TOOL_USE)
        return b->closed;
    return str_trim(buf_str(&b->text)).len > 0;
}

struct llm_message answer_message(struct answer *a)
{
    struct llm_block *blocks = arena_array(a->arena, a->blocks.count + 1, sizeof(*blocks));
    size_t n = 0;

    VEC_EACH (b, &a->blocks)
        if (is_kept(a, b, true))
            blocks[n++] = block_of(a, b);
    if (a->part)
        VEC_EACH (b, &a->blocks)
            if (is_kept(a, b, false))
                blocks[n++] = block_of(a, b);
    return (struct llm_message){LLM_ASSISTANT, blocks, n};
}

/* script_model.c - see script_model.h. */
#include "tests/lib/script_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define IDS_MAX 64

struct script_model {
    struct loop *loop;
    const struct script_step *steps;
    bool repeat;
    size_t at, requests, canceled;
    struct buf last;
    char ids[IDS_MAX][16];
    size_t id_count;
    llm_event_fn *fn;
    void *ctx;
    llm_id call;
    loop_id timer;
};

static void keep_id(struct script_model *s, struct str id)
{
    for (size_t i = 0; i < s->id_count; i++) {
        if (str_eq_c(id, s->ids[i]))
            return;
    }
    if (s->id_count < IDS_MAX && id.len < sizeof(s->ids[0]))
        snprintf(s->ids[s->id_count++], sizeof(s->ids[0]), "%.*s", STR_FMT(id));
}

/* "c12 ok" at the beginning of a line of a result: a source has answered. */
static void note_id(struct script_model *s, struct str result)
{
    struct str line;

    while (str_line(&result, &line)) {
        size_t n = 1;

        while (n < line.len && line.ptr[n] >= '0' && line.ptr[n] <= '9')
            n++;
        if (line.len > n && line.ptr[0] == 'c' && n > 1 && line.ptr[n] == ' ') {
            keep_id(s, (struct str){line.ptr, n});
            return;
        }
    }
}

static void read_request(struct script_model *s, const struct llm_request *req)
{
    buf_clear(&s->last);
    s->id_count = 0;
    for (size_t i = 0; i < req->system_count; i++)
        buf_add_str(&s->last, req->system[i].text);
    for (size_t i = 0; i < req->message_count; i++) {
        const struct llm_message *m = &req->messages[i];

        for (size_t k = 0; k < m->count; k++) {
            buf_addf(&s->last, "\n[%s%s] %.*s", m->role == LLM_USER ? "user" : "assistant",
                     m->blocks[k].is_error ? " error" : "", STR_FMT(m->blocks[k].name));
            buf_add_str(&s->last, m->blocks[k].json);
            buf_add_str(&s->last, m->blocks[k].text);
            if (m->blocks[k].type == LLM_TOOL_RESULT && !m->blocks[k].is_error)
                note_id(s, m->blocks[k].text);
        }
    }
    buf_addf(&s->last, "\n[choice %d]", (int)req->tool_choice);
    for (size_t i = 0; i < req->tool_count; i++)
        buf_addf(&s->last, " %s%.*s", req->tools[i].name, STR_FMT(req->tools[i].schema_json));
}

static void put_json(const struct script_model *s, const char *json, struct buf *out)
{
    for (; *json; json++) {
        size_t n = json[0] == '$' && json[1] >= '1' && json[1] <= '9' ? (size_t)(json[1] - '0') : 0;

        if (n)
            json++;
        if (n && n <= s->id_count)
            buf_adds(out, s->ids[n - 1]);
        else
            buf_addc(out, *json);
    }
}

static void say(struct script_model *s, enum llm_event_type type, const char *text)
{
    struct llm_event ev = {
        .type = type, .text = str_from(text), .provider = "script", .model = "scripted"};

    if (text)
        s->fn(s->ctx, &ev);
}

struct said {
    struct llm_block blocks[SCRIPT_CALLS + 1];
    size_t count;
    struct arena *arena;
};

static void say_calls(struct script_model *s, const struct script_step *step, struct said *said)
{
    for (size_t i = 0; i < SCRIPT_CALLS && step->calls[i].name; i++) {
        struct llm_event ev = {.type = LLM_EV_TOOL_READY, .name = str_from(step->calls[i].name)};
        struct llm_block *b = &said->blocks[said->count++];
        struct buf json = BUF_INIT(1 << 20);
        struct err err;

        put_json(s, step->calls[i].json, &json);
        ev.id = str_from(arena_printf(said->arena, "t%zu.%zu", s->requests, i));
        ev.text = (struct str){arena_str(said->arena, buf_str(&json)), json.len};
        buf_release(&json);
        if (json_parse(said->arena, ev.text, &ev.args, &err))
            ev.err = &err;
        *b = (struct llm_block){.type = LLM_TOOL_USE,
                                .id = ev.id,
                                .name = ev.name,
                                .json = ev.err ? STR_LIT("{}") : ev.text};
        s->fn(s->ctx, &ev);
    }
}

static void end(struct script_model *s, const struct script_step *step, struct said *said)
{
    struct err err = ERR_INIT;
    struct llm_answer answer = {.message = {LLM_ASSISTANT, said->blocks, said->count},
                                .provider = "script",
                                .model = "scripted",
                                .usage = {.input = 1000, .output = 50},
                                .stop = step->fault == SCRIPT_REFUSES ? LLM_STOP_REFUSAL
                                        : step->calls[0].name         ? LLM_STOP_TOOL_USE
                                                                      : LLM_STOP_END};
    struct llm_event ev = {.type = LLM_EV_DONE, .answer = &answer};

    if (step->fault == SCRIPT_FAILS) {
        err_set(&err, ERR_REMOTE, "the provider is broken");
        ev.type = LLM_EV_FAILED;
        ev.err = &err;
        ev.failure = LLM_FAIL_OVERLOAD;
    }
    s->call = 0;
    s->fn(s->ctx, &ev);
}

static void answer(void *ctx)
{
    struct script_model *s = ctx;
    const struct script_step *step = &s->steps[s->at];
    bool end_here = !step->text && !step->calls[0].name && !step->fault; /* beyond the script */
    const struct script_step *next = end_here ? step : step + 1;
    struct said said = {.arena = arena_new(0)};

    s->timer = 0;
    if (!end_here && (next->text || next->calls[0].name || next->fault || !s->repeat))
        s->at++;
    say(s, LLM_EV_STARTED, "");
    say(s, LLM_EV_THINKING, step->thinking);
    say(s, LLM_EV_TEXT, step->text);
    if (step->text)
        said.blocks[said.count++] =
            (struct llm_block){.type = LLM_TEXT, .text = str_from(step->text)};
    say_calls(s, step, &said);
    if (step->fault != SCRIPT_HANGS)
        end(s, step, &said);
    arena_free(said.arena);
}

static llm_id script_send(void *self, const struct llm_request *req, llm_event_fn *fn, void *ctx)
{
    struct script_model *s = self;

    read_request(s, req);
    s->fn = fn;
    s->ctx = ctx;
    s->call = ++s->requests;
    s->timer = loop_timer(s->loop, 0, answer, s);
    return s->call;
}

static void canceled(void *ctx)
{
    struct script_model *s = ctx;
    struct llm_answer nothing = {.provider = "script", .model = "scripted"};
    struct llm_event ev = {.type = LLM_EV_CANCELED, .answer = &nothing};

    s->timer = 0;
    s->fn(s->ctx, &ev);
}

static void script_cancel(void *self, llm_id id)
{
    struct script_model *s = self;

    if (!id || id != s->call)
        return;
    s->call = 0;
    s->canceled++;
    if (s->timer)
        loop_timer_cancel(s->loop, s->timer);
    s->timer = loop_timer(s->loop, 0, canceled, s);
}

static bool script_target(void *self, size_t index, struct llm_target *ret)
{
    (void)self;
    *ret = (struct llm_target){.provider = "script",
                               .title = "Script",
                               .model = "scripted",
                               .wire = "script",
                               .base_url = "",
                               .key_from = "",
                               .usable = true,
                               .local = true};
    return index == 0;
}

static void script_free(void *self)
{
    struct script_model *s = self;

    if (s->timer)
        loop_timer_cancel(s->loop, s->timer);
    buf_release(&s->last);
    free(s);
}

struct script_model *script_model_new(struct loop *l, const struct script_step *steps, bool repeat)
{
    struct script_model *s = xcalloc(1, sizeof(*s));

    s->loop = l;
    s->steps = steps;
    s->repeat = repeat;
    buf_init(&s->last, (size_t)16 << 20);
    return s;
}

struct llm *script_model_llm(struct script_model *s)
{
    static const struct llm_ops ops = {script_send, script_cancel, script_target, script_free};

    return llm_new_custom(&ops, s);
}

size_t script_model_requests(const struct script_model *s)
{
    return s->requests;
}

const char *script_model_last(const struct script_model *s)
{
    return buf_cstr(&s->last);
}

size_t script_model_canceled(const struct script_model *s)
{
    return s->canceled;
}

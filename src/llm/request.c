/* request.c - a request copied and made fit to be sent: what providers refuse is mended here, once,
 * so that a session that was killed between a tool's call and its result goes on. */
#include "runbook/llm/llm.h"

#include "runbook/base/vec.h"

#define NO_RESULT "There is no result: the call did not come to its end."

struct copying {
    struct arena *a;
    VEC(struct llm_message) messages;
    VEC(struct llm_block) blocks; /* of the message that is being made */
    VEC(struct str) open;         /* calls of the message before that have no result yet */
    VEC(struct str) names;        /* their tools */
    enum llm_role role;
};

static struct str copy_str(struct arena *a, struct str s)
{
    return s.len ? (struct str){arena_str(a, s), s.len} : (struct str){"", 0};
}

static struct llm_block copy_block(struct arena *a, const struct llm_block *b)
{
    struct llm_block c = *b;

    c.text = copy_str(a, b->text);
    c.id = copy_str(a, b->id);
    c.name = copy_str(a, b->name);
    c.json = copy_str(a, b->json.len ? b->json : STR_LIT("{}"));
    c.signature = copy_str(a, b->signature);
    c.raw = copy_str(a, b->raw);
    c.origin = copy_str(a, b->origin);
    return c;
}

static void end_message(struct copying *c)
{
    struct llm_message *m;
    struct llm_block *blocks;

    if (!c->blocks.count)
        return;
    blocks = arena_array(c->a, c->blocks.count, sizeof(*blocks));
    memcpy(blocks, c->blocks.items, c->blocks.count * sizeof(*blocks));
    m = VEC_PUSH(&c->messages);
    *m = (struct llm_message){c->role, blocks, c->blocks.count};
    c->blocks.count = 0;
}

/* A call that nothing answered gets an answer that says so. */
static void answer_open(struct copying *c)
{
    if (!c->open.count)
        return;
    if (c->role != LLM_USER) {
        end_message(c);
        c->role = LLM_USER;
    }
    for (size_t i = 0; i < c->open.count; i++)
        *VEC_PUSH(&c->blocks) = (struct llm_block){.type = LLM_TOOL_RESULT,
                                                   .text = STR_LIT(NO_RESULT),
                                                   .id = c->open.items[i],
                                                   .name = c->names.items[i],
                                                   .is_error = true};
    c->open.count = c->names.count = 0;
}

/* Is it the result of an open call? It is open no longer then. */
static bool take_open(struct copying *c, struct llm_block *result)
{
    for (size_t i = 0; i < c->open.count; i++) {
        if (!str_eq(c->open.items[i], result->id))
            continue;
        if (!result->name.len)
            result->name = c->names.items[i];
        c->open.items[i] = c->open.items[--c->open.count];
        c->names.items[i] = c->names.items[--c->names.count];
        return true;
    }
    return false;
}

static bool is_empty(const struct llm_block *b)
{
    switch (b->type) {
    case LLM_TEXT:
        return str_trim(b->text).len == 0;
    case LLM_THINKING:
        return !b->signature.len && !b->raw.len && !b->text.len;
    case LLM_TOOL_USE:
        return !b->id.len || !b->name.len;
    case LLM_TOOL_RESULT:
        return false;
    }
    return false;
}

static void add_result(struct copying *c, const struct llm_block *b)
{
    struct llm_block r = copy_block(c->a, b);

    if (!take_open(c, &r)) { /* of a call that is not in the request: its words only */
        r.type = LLM_TEXT;
        r.is_error = false;
        if (is_empty(&r))
            return;
    }
    *VEC_PUSH(&c->blocks) = r;
}

/* Results stand first in a user's message, and in the message after the calls. */
static void add_user(struct copying *c, const struct llm_message *m)
{
    if (c->role != LLM_USER) {
        end_message(c);
        c->role = LLM_USER;
    }
    for (size_t i = 0; i < m->count; i++)
        if (m->blocks[i].type == LLM_TOOL_RESULT)
            add_result(c, &m->blocks[i]);
    answer_open(c);
    for (size_t i = 0; i < m->count; i++)
        if (m->blocks[i].type == LLM_TEXT && !is_empty(&m->blocks[i]))
            *VEC_PUSH(&c->blocks) = copy_block(c->a, &m->blocks[i]);
}

static void add_assistant(struct copying *c, const struct llm_message *m)
{
    if (c->role != LLM_ASSISTANT || c->open.count) {
        answer_open(c);
        end_message(c);
        c->role = LLM_ASSISTANT;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (m->blocks[i].type == LLM_TOOL_RESULT || is_empty(&m->blocks[i]))
            continue;
        *VEC_PUSH(&c->blocks) = copy_block(c->a, &m->blocks[i]);
        if (m->blocks[i].type != LLM_TOOL_USE)
            continue;
        *VEC_PUSH(&c->open) = c->blocks.items[c->blocks.count - 1].id;
        *VEC_PUSH(&c->names) = c->blocks.items[c->blocks.count - 1].name;
    }
}

static const struct llm_block *copy_system(struct arena *a, const struct llm_request *req,
                                           size_t *ret_count)
{
    struct llm_block *blocks = arena_array(a, req->system_count + 1, sizeof(*blocks));
    size_t n = 0;

    for (size_t i = 0; i < req->system_count; i++)
        if (req->system[i].type == LLM_TEXT && !is_empty(&req->system[i]))
            blocks[n++] = copy_block(a, &req->system[i]);
    *ret_count = n;
    return blocks;
}

static const struct llm_tool *copy_tools(struct arena *a, const struct llm_request *req)
{
    struct llm_tool *tools = arena_array(a, req->tool_count + 1, sizeof(*tools));

    for (size_t i = 0; i < req->tool_count; i++) {
        tools[i] = req->tools[i];
        tools[i].name = arena_strdup(a, req->tools[i].name);
        tools[i].help = arena_strdup(a, req->tools[i].help ? req->tools[i].help : "");
        tools[i].schema_json = copy_str(
            a, req->tools[i].schema_json.len ? req->tools[i].schema_json
                                             : STR_LIT("{\"type\":\"object\",\"properties\":{}}"));
    }
    return tools;
}

const struct llm_request *llm_request_copy(struct arena *a, const struct llm_request *req)
{
    struct llm_request *r = arena_alloc(a, sizeof(*r));
    struct copying c = {.a = a, .role = LLM_USER};
    struct llm_message *messages;

    *r = *req;
    r->model = arena_strdup(a, req->model);
    r->tool_name = arena_strdup(a, req->tool_name);
    r->system = copy_system(a, req, &r->system_count);
    r->tools = copy_tools(a, req);
    for (size_t i = 0; i < req->message_count; i++) {
        if (req->messages[i].role == LLM_USER)
            add_user(&c, &req->messages[i]);
        else
            add_assistant(&c, &req->messages[i]);
    }
    answer_open(&c);
    end_message(&c);
    messages = arena_array(a, c.messages.count + 1, sizeof(*messages));
    if (c.messages.count)
        memcpy(messages, c.messages.items, c.messages.count * sizeof(*messages));
    r->messages = messages;
    r->message_count = c.messages.count;
    VEC_RELEASE(&c.messages);
    VEC_RELEASE(&c.blocks);
    VEC_RELEASE(&c.open);
    VEC_RELEASE(&c.names);
    return r;
}

/* context_use.c - what fills the window, by role and tool. */
#include <stdlib.h>

#include "context_priv.h"

const char *context_role_name(enum context_role role)
{
    static const char *const names[CONTEXT_ROLES] = {"system",    "tools",  "summary", "user",
                                                     "assistant", "result", "state"};

    return names[role];
}

const char *context_tier_name(enum context_tier tier)
{
    static const char *const names[CONTEXT_TIERS] = {"full", "compact", "dropped"};

    return names[tier];
}

static struct context_part *part_of(struct context_usage *u, enum context_role role,
                                    const char *tool)
{
    for (size_t i = 0; i < u->parts_count; i++) {
        if (u->parts[i].role == role && strcmp(u->parts[i].tool, tool) == 0)
            return &u->parts[i];
    }
    if (u->parts_count == CONTEXT_PARTS_MAX - 1 && strcmp(tool, "other") != 0)
        return part_of(u, role, "other");
    if (u->parts_count == CONTEXT_PARTS_MAX)
        return &u->parts[CONTEXT_PARTS_MAX - 1];
    u->parts[u->parts_count] = (struct context_part){.role = role, .tool = tool};
    return &u->parts[u->parts_count++];
}

static void add(struct context_usage *u, const struct item *it)
{
    struct context_part *p;

    if (!it->text.len)
        return;
    p = part_of(u, it->role, it->role == CONTEXT_RESULT && it->tool ? it->tool : "");
    p->items++;
    p->tier[it->tier]++;
    p->tokens += it->tokens;
    u->used_tokens += it->tokens;
}

static int by_tokens(const void *a, const void *b)
{
    const struct context_part *x = a, *y = b;

    if (x->tokens != y->tokens)
        return x->tokens > y->tokens ? -1 : 1;
    return x->role != y->role ? (int)x->role - (int)y->role : strcmp(x->tool, y->tool);
}

void context_measure(const struct context *c, struct context_usage *ret)
{
    struct context_usage *u = ret;

    *u = (struct context_usage){.window_tokens = c->opts.window_tokens,
                                .answer_tokens = c->opts.answer_tokens};
    add(u, &c->system);
    add(u, &c->tools);
    add(u, &c->summary);
    add(u, &c->state);
    VEC_EACH (it, &c->items)
        add(u, it);
    qsort(u->parts, u->parts_count, sizeof(u->parts[0]), by_tokens);
}

void context_usage_parts(const struct context_usage *u, struct json_writer *w)
{
    json_array_begin(w);
    for (size_t i = 0; i < u->parts_count; i++) {
        const struct context_part *p = &u->parts[i];

        json_object_begin(w);
        json_put_cstr(w, "role", context_role_name(p->role));
        json_put_cstr(w, "tool", p->tool);
        json_put_int(w, "items", (int64_t)p->items);
        for (int t = 0; t < CONTEXT_TIERS; t++)
            json_put_int(w, context_tier_name((enum context_tier)t), (int64_t)p->tier[t]);
        json_put_int(w, "tokens", p->tokens);
        json_object_end(w);
    }
    json_array_end(w);
}

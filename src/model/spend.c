/* spend.c - what a language model has cost so far, and what fills its window. */
#include "model_priv.h"

#include <math.h>
#include <string.h>

#include "runbook/codec/json.h"

void model_spend_init(struct model *m)
{
    m->cost.usd_day = m->cost.usd_limit = m->cost.usd_day_limit = NAN;
}

void model_spend_turn(struct model *m)
{
    m->cost.usd_turn = m->cost.usd;
    m->cost.tokens_turn = m->cost.input_tokens + m->cost.output_tokens;
}

void model_on_cost_updated(struct model *m, const struct event *ev)
{
    const struct ev_cost_updated *e = &ev->u.cost_updated;

    m->cost.usd = e->usd;
    m->cost.usd_day = e->usd_day;
    m->cost.usd_limit = e->usd_limit;
    m->cost.usd_day_limit = e->usd_day_limit;
    m->cost.input_tokens = e->input_tokens;
    m->cost.output_tokens = e->output_tokens;
    m->cost.cache_read_tokens = e->cache_read_tokens;
    m->cost.cache_write_tokens = e->cache_write_tokens;
    m->cost.calls = e->calls;
    m->cost.unpriced = e->unpriced;
}

static void take_part(struct model *m, const struct value *v)
{
    struct context_part_seen *p;

    if (m->context.count == CONTEXT_PARTS_SEEN_MAX || v->type != VALUE_OBJECT)
        return;
    p = &m->context.parts[m->context.count++];
    p->role = model_keep_changed(m, p->role, value_cstr_or(v, "role", ""));
    p->tool = model_keep_changed(m, p->tool, value_cstr_or(v, "tool", ""));
    p->items = value_i64_or(v, "items", 0);
    p->full = value_i64_or(v, "full", 0);
    p->compact = value_i64_or(v, "compact", 0);
    p->dropped = value_i64_or(v, "dropped", 0);
    p->tokens = value_i64_or(v, "tokens", 0);
}

/* Parts that are no list of objects leave the sums alone. */
void model_on_context_measured(struct model *m, const struct event *ev)
{
    const struct ev_context_measured *e = &ev->u.context_measured;
    struct arena *a = arena_new(4096);
    const struct value *parts;
    struct err ignored;

    m->context.window_tokens = e->window_tokens > 0 ? e->window_tokens : 0;
    m->context.answer_tokens = e->answer_tokens;
    m->context.used_tokens = e->used_tokens;
    m->context.measured_ms = ev->ts_ms;
    m->context.count = 0;
    if (e->parts.len && json_parse(a, e->parts, &parts, &ignored) == ERR_OK &&
        parts->type == VALUE_ARRAY) {
        VALUE_EACH (v, parts)
            take_part(m, v);
    }
    arena_free(a);
}

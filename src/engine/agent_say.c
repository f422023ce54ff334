/* agent_say.c - what a model's part of a turn looks like in the journal: its words in pieces, its
 * requests with their cost, another model that goes on, what was not accepted. */
#include "agent_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FLUSH_MS 50 /* pieces of text are published together */

void agent_name_model(struct agent *a, const char *provider, const char *model)
{
    if (!model || !*model || strcmp(model, a->model) == 0)
        return;
    a->provider = arena_strdup(agent_arena(a), provider ? provider : "");
    a->model = arena_strdup(agent_arena(a), model);
    a->actor = arena_printf(agent_arena(a), "llm:%.100s", a->model);
}

static struct event new_event(const struct agent *a, enum event_type type)
{
    return (struct event){.type = type, .actor = a->actor};
}

void agent_refuse(struct agent *a, const char *what, const char *why, const char *hyp,
                  const char *call, bool warning)
{
    struct event ev = new_event(a, EV_JUDGE_REFUSED);

    ev.actor = "engine";
    ev.u.judge_refused.what = what;
    ev.u.judge_refused.why = why;
    ev.u.judge_refused.hypothesis = hyp;
    ev.u.judge_refused.call = call;
    ev.u.judge_refused.warning = warning;
    inv_publish(a->inv, &ev);
}

void agent_limit(struct agent *a, const char *tool, const char *text)
{
    inv_warn_limit(a->inv, tool, text);
}

void agent_say_switched(struct agent *a, const char *to, const char *why)
{
    struct event ev = new_event(a, EV_MODEL_SWITCHED);

    ev.actor = "engine";
    ev.u.model_switched.from = a->model;
    ev.u.model_switched.to = to;
    ev.u.model_switched.why = why;
    inv_publish(a->inv, &ev);
}

static void publish_text(struct agent *a, struct buf *piece, bool last)
{
    struct event ev = new_event(a, EV_AGENT_TEXT);

    if (!piece->len && !(last && a->said_text))
        return;
    ev.u.agent_text.text = buf_cstr(piece);
    ev.u.agent_text.message = a->message;
    ev.u.agent_text.last = last;
    a->said_text = true;
    inv_publish(a->inv, &ev);
    buf_clear(piece);
}

static void publish_thinking(struct agent *a)
{
    struct event ev = new_event(a, EV_AGENT_THINKING);
    char id[32];

    if (!a->thinking.len)
        return;
    snprintf(id, sizeof(id), "%s.t", a->message);
    ev.u.agent_thinking.text = buf_cstr(&a->thinking);
    ev.u.agent_thinking.message = id;
    inv_publish(a->inv, &ev);
    buf_clear(&a->thinking);
}

/* Whole characters only: the end of a piece can be the middle of one. */
void agent_flush(struct agent *a, bool last)
{
    if (a->flush_timer)
        loop_timer_cancel(inv_loop(a->inv), a->flush_timer);
    a->flush_timer = 0;
    if (a->inv->over && !last)
        return;
    publish_thinking(a);
    publish_text(a, &a->text, last);
}

static void on_flush(void *ctx)
{
    struct agent *a = ctx;

    a->flush_timer = 0;
    agent_flush(a, false);
}

void agent_take_piece(struct agent *a, struct buf *to, struct str piece)
{
    if (a->said_bytes + piece.len > AGENT_TEXT_MAX)
        return;
    a->said_bytes += piece.len;
    if (!a->first_ms)
        a->first_ms = loop_now_ms(inv_loop(a->inv));
    buf_add_str(to, piece);
    if (!a->flush_timer)
        a->flush_timer = loop_timer(inv_loop(a->inv), FLUSH_MS, on_flush, a);
}

void agent_say_called(struct agent *a, const char *purpose, const struct llm_answer *answer,
                      const char *stop, const char *error)
{
    struct event ev = new_event(a, EV_MODEL_CALLED);
    struct ev_model_called *c = &ev.u.model_called;
    int64_t now = loop_now_ms(inv_loop(a->inv));

    c->message = a->message;
    c->purpose = purpose;
    c->provider = answer && *answer->provider ? answer->provider : a->provider;
    c->model = answer && *answer->model ? answer->model : a->model;
    c->stop = stop;
    c->error = error;
    if (answer)
        a->usage = answer->usage;
    c->input_tokens = a->usage.input;
    c->output_tokens = a->usage.output;
    c->cache_read_tokens = a->usage.cache_read;
    c->cache_write_tokens = a->usage.cache_write;
    c->duration_ms = now - a->sent_ms;
    c->first_ms = a->first_ms ? a->first_ms - a->sent_ms : 0;
    c->tools = (int64_t)a->call_count;
    c->prompt = prompts_version(a->inv->engine->opts.prompts);
    c->context_tokens = a->context_tokens;
    c->usd = agent_settle(a);
    inv_publish(a->inv, &ev);
}

void agent_begin_message(struct agent *a)
{
    struct engine *e = a->inv->engine;

    snprintf(a->message, sizeof(a->message), "a%" PRIu64, e->model.seq + 1);
    a->said_text = a->said_thinking = false;
    a->said_bytes = 0;
    a->call_count = a->open_calls = 0;
    a->first_ms = 0;
    a->sent_ms = loop_now_ms(inv_loop(a->inv));
    a->usage = (struct llm_usage){0};
}

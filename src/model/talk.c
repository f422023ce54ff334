/* talk.c - the fold of what models and the investigator say and ask: words, thoughts, questions,
 * another model, a window that was made smaller. */
#include "model_priv.h"

#include <string.h>

/* Streamed text comes in thousands of pieces: the room is doubled, so that a message costs twice
 * its bytes, not their square. */
static void text_grow(struct model *m, struct item *it, struct str more)
{
    char *text;

    if (it->len + more.len + 1 > it->cap) {
        it->cap = (it->len + more.len + 1) * (it->len ? 2 : 1);
        text = arena_alloc(m->arena, it->cap);
        memcpy(text, it->text, it->len);
        it->text = text;
    }
    text = (char *)(uintptr_t)it->text; /* allocated above: ours to write */
    memcpy(text + it->len, more.ptr, more.len);
    it->len += more.len;
    text[it->len] = '\0';
}

void model_on_agent_text(struct model *m, const struct event *ev)
{
    const struct ev_agent_text *t = &ev->u.agent_text;
    struct item *last = m->items.count ? &m->items.items[m->items.count - 1] : NULL;

    if (last && last->kind == ITEM_TEXT && *t->message && strcmp(last->tag, t->message) == 0) {
        text_grow(m, last, str_from(t->text));
        last->whole = t->last;
        return;
    }
    last = model_add_item(m, ev, ITEM_TEXT, 0, "");
    last->tag = model_keep(m, t->message);
    last->whole = t->last;
    text_grow(m, last, str_from(t->text));
}

void model_on_agent_thinking(struct model *m, const struct event *ev)
{
    const struct ev_agent_thinking *t = &ev->u.agent_thinking;
    struct item *last = m->items.count ? &m->items.items[m->items.count - 1] : NULL;

    if (!last || last->kind != ITEM_THINKING || !*t->message ||
        strcmp(last->tag, t->message) != 0) {
        last = model_add_item(m, ev, ITEM_THINKING, 0, "");
        last->tag = model_keep(m, t->message);
    }
    text_grow(m, last, str_from(t->text));
}

void model_on_agent_asked(struct model *m, const struct event *ev)
{
    const struct ev_agent_asked *a = &ev->u.agent_asked;
    struct buf all = BUF_INIT(8192);

    m->asked = model_keep(m, a->text);
    m->asked_options.count = 0;
    buf_addf(&all, "the model asks: %.4000s", a->text);
    for (size_t i = 0; i < a->options.count; i++) {
        *VEC_PUSH(&m->asked_options) = model_keep(m, a->options.items[i]);
        buf_addf(&all, "%s%.200s", i ? ", " : " (", a->options.items[i]);
    }
    buf_adds(&all, a->options.count ? ")" : "");
    model_notice(m, ev, arena_str(m->arena, buf_str(&all)));
    buf_release(&all);
}

void model_on_model_called(struct model *m, const struct event *ev)
{
    const struct ev_model_called *c = &ev->u.model_called;

    m->llm_calls++;
    if (*c->model && !*c->purpose)
        m->llm = model_keep_changed(m, m->llm, c->model);
}

void model_on_model_switched(struct model *m, const struct event *ev)
{
    const struct ev_model_switched *s = &ev->u.model_switched;

    m->llm = strcmp(s->to, "builtin") == 0 ? "" : model_keep(m, s->to);
    model_notice(m, ev,
                 strcmp(s->to, "builtin") == 0
                     ? arena_printf(m->arena,
                                    "without a model from here on: %s; the built-in "
                                    "investigator's findings stand",
                                    s->why)
                     : arena_printf(m->arena, "the model is now %s%s%s", s->to, *s->why ? ": " : "",
                                    s->why));
}

void model_on_context_compacted(struct model *m, const struct event *ev)
{
    if (*ev->u.context_compacted.summary) {
        m->compacted.summary = model_keep(m, ev->u.context_compacted.summary);
        m->compacted.items = m->items.count;
    }
    model_notice(m, ev, model_keep(m, ev->u.context_compacted.text));
}

void model_on_judge_refused(struct model *m, const struct event *ev)
{
    const struct ev_judge_refused *r = &ev->u.judge_refused;

    m->refusals++;
    model_notice(m, ev,
                 arena_printf(m->arena, "%s%s: %s",
                              r->warning ? "warning: " : "not accepted: ", r->what, r->why));
}

/* change.c - what somebody changed of the system: one entry a change, known by its key. */
#include "model_priv.h"

void model_on_change_seen(struct model *m, const struct event *ev)
{
    const struct ev_change_seen *s = &ev->u.change_seen;
    size_t at = model_index(m, 'k', s->key);
    struct change *x;

    if (at == SIZE_MAX) {
        at = m->changes.count;
        x = VEC_PUSH(&m->changes);
        x->key = model_keep(m, s->key);
        x->at_ms = s->at_ms; /* it stays where it began */
        model_index_put(m, 'k', s->key, at);
    }
    x = &m->changes.items[at];
    x->kind = model_keep_changed(m, x->kind, s->kind);
    x->what = model_keep_changed(m, x->what, s->what);
    x->resource = model_keep_changed(m, x->resource, s->resource);
    x->service = model_keep_changed(m, x->service, s->service);
    x->region = model_keep_changed(m, x->region, s->region);
    x->account = model_keep_changed(m, x->account, s->account);
    x->actor = model_keep_changed(m, x->actor, s->actor);
    x->text = model_keep_changed(m, x->text, s->text);
    x->outcome = model_keep_changed(m, x->outcome, s->outcome);
    x->error = model_keep_changed(m, x->error, s->error);
    x->source = model_keep_changed(m, x->source, s->source);
    x->call = model_keep_changed(m, x->call, s->call);
    x->seen_ms = ev->ts_ms;
}

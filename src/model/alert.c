/* alert.c - alerts of alert servers: one entry an alert, known by the fingerprint of its labels,
 * and what the investigation has to say about it. */
#include "model_priv.h"

#include <string.h>

void model_on_alert_seen(struct model *m, const struct event *ev)
{
    const struct ev_alert_seen *s = &ev->u.alert_seen;
    size_t at = model_index(m, 'a', s->fingerprint);
    struct alert *a;

    if (at == SIZE_MAX) {
        at = m->alerts.count;
        a = VEC_PUSH(&m->alerts);
        a->fingerprint = model_keep(m, s->fingerprint);
        model_index_put(m, 'a', s->fingerprint, at);
    }
    a = &m->alerts.items[at];
    a->name = model_keep_changed(m, a->name, s->name);
    a->severity = model_keep_changed(m, a->severity, s->severity);
    a->service = model_keep_changed(m, a->service, s->service);
    a->summary = model_keep_changed(m, a->summary, s->summary);
    a->labels = model_keep_changed(m, a->labels, s->labels);
    a->source = model_keep_changed(m, a->source, s->source);
    a->call = model_keep_changed(m, a->call, s->call);
    a->state = (enum alert_state)s->state;
    a->started_ms = s->started_ms;
    a->seen_ms = ev->ts_ms;
}

const struct alert *model_alert(const struct model *m, const char *fingerprint)
{
    size_t at = model_index(m, 'a', fingerprint);

    return at == SIZE_MAX ? NULL : &m->alerts.items[at];
}

int alert_severity(const struct alert *a)
{
    static const struct {
        const char *word;
        int rank;
    } words[] = {{"critical", 3}, {"page", 3}, {"error", 3}, {"info", 1}, {"none", 0}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(a->severity, words[i].word) == 0)
            return words[i].rank;
    return 2;
}

bool alert_is_incident(const struct model *m, const struct alert *a)
{
    bool same_service =
        !*m->incident.service || !*a->service || strcmp(m->incident.service, a->service) == 0;

    if (!m->has_incident)
        return false;
    if (*m->incident.id && strcmp(m->incident.id, a->fingerprint) == 0)
        return true;
    return same_service && *a->name && strstr(m->incident.title, a->name) != NULL;
}

const struct hypothesis *alert_cause(const struct model *m, const struct alert *a)
{
    const struct conclusion *c = &m->conclusion;
    bool ours = alert_is_incident(m, a) ||
                (*a->service && (strcmp(c->root_cause.service, a->service) == 0 ||
                                 strcmp(m->incident.service, a->service) == 0));

    if (c->has_root_cause && ours)
        return model_hypothesis(m, c->root_cause.hypothesis);
    VEC_EACH (k, &m->candidates)
        if (*a->service && strcmp(k->service, a->service) == 0 &&
            model_hypothesis(m, k->hypothesis))
            return model_hypothesis(m, k->hypothesis);
    return NULL;
}

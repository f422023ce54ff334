/* plain_signals.c - the list of signals: the incident, alerts that fire, candidates, and what
 * moved. */
#include "src/ui/plain_list_priv.h"

#include <math.h>

#include "runbook/base/timefmt.h"

/* A row's number is 4 * index + kind, so that it stays what it is while others come. */
enum signal_kind { SIGNAL_INCIDENT, SIGNAL_ALERT, SIGNAL_CAUSE, SIGNAL_MOVED, SIGNAL_KINDS };

size_t plain_count_signals(const struct model *m)
{
    size_t most = m->alerts.count > m->candidates.count ? m->alerts.count : m->candidates.count;

    most = most > m->evidence.count ? most : m->evidence.count;
    return SIGNAL_KINDS * (most ? most : 1);
}

static const struct alert *alert_of(const struct model *m, size_t row)
{
    return row % SIGNAL_KINDS == SIGNAL_ALERT && row / SIGNAL_KINDS < m->alerts.count
               ? &m->alerts.items[row / SIGNAL_KINDS]
               : NULL;
}

static const struct candidate *cause_of(const struct model *m, size_t row)
{
    return row % SIGNAL_KINDS == SIGNAL_CAUSE && row / SIGNAL_KINDS < m->candidates.count
               ? &m->candidates.items[row / SIGNAL_KINDS]
               : NULL;
}

static const struct evidence *moved_of(const struct model *m, size_t row)
{
    const struct evidence *e =
        row % SIGNAL_KINDS == SIGNAL_MOVED && row / SIGNAL_KINDS < m->evidence.count
            ? &m->evidence.items[row / SIGNAL_KINDS]
            : NULL;

    return e && e->strength <= STRENGTH_WEAK ? e : NULL; /* else it says that nothing moved */
}

/* What fires first, the gravest of it first. */
int plain_compare_signals(const struct model *m, size_t a, size_t b)
{
    const struct alert *x = alert_of(m, a), *y = alert_of(m, b);
    int by = (int)(a % SIGNAL_KINDS) - (int)(b % SIGNAL_KINDS);

    if (!by && x && y)
        by = (int)x->state - (int)y->state;
    if (!by && x && y)
        by = alert_severity(y) - alert_severity(x);
    return by ? by : a < b ? -1 : 1;
}

static bool words_incident(const struct model *m, struct buf *out)
{
    if (!m->has_incident)
        return false;
    buf_addf(out, "incident %s%s%s%s%s", m->incident.title, *m->incident.service ? ", " : "",
             m->incident.service, *m->incident.metric ? " " : "", m->incident.metric);
    return true;
}

static void words_alert(const struct model *m, const struct alert *a, struct buf *out)
{
    const struct hypothesis *h = alert_cause(m, a);
    char when[TIME_TEXT_MAX];

    buf_addf(out, "alert %s%s%s %s", a->severity, *a->severity ? " " : "",
             alert_state_name(a->state), a->name);
    if (*a->service)
        buf_addf(out, ", %s", a->service);
    if (a->started_ms) {
        time_format_hms(a->started_ms, true, when);
        buf_addf(out, ", since %s", when);
    }
    if (*a->summary)
        buf_addf(out, ": %s", a->summary);
    if (h)
        buf_addf(out, " (%s %s)", h->id, hyp_status_words(h));
}

bool plain_words_signal(const struct model *m, size_t row, struct buf *out)
{
    const struct alert *a = alert_of(m, row);
    const struct candidate *c = cause_of(m, row);

    if (row == SIGNAL_INCIDENT)
        return words_incident(m, out);
    if (a)
        words_alert(m, a, out);
    if (c)
        buf_addf(out, "cause %d, %.2f: %s", (int)c->rank, c->score, c->statement);
    if (moved_of(m, row)) {
        buf_adds(out, "moved ");
        return plain_words_evidence(m, row / SIGNAL_KINDS, out);
    }
    return a || c;
}

static void open_incident(struct plain *p)
{
    const struct model *m = p->model;

    plain_field(p, "incident", m->incident.title);
    plain_field(p, "id", m->incident.id);
    plain_field(p, "service", m->incident.service);
    plain_field(p, "metric", m->incident.metric);
    plain_field(p, "direction", m->incident.direction);
    plain_field(p, "from", m->incident.source);
}

/* In a replay that went back the row may be gone. */
void plain_open_signal(struct plain *p, size_t row)
{
    const struct model *m = p->model;

    if (row == SIGNAL_INCIDENT)
        open_incident(p);
    else if (alert_of(m, row))
        plain_open_id(p, alert_of(m, row)->fingerprint);
    else if (cause_of(m, row))
        plain_open_id(p, cause_of(m, row)->hypothesis);
    else if (moved_of(m, row))
        plain_open_evidence(p, row / SIGNAL_KINDS);
}

double plain_signal_severity(const struct model *m, size_t row)
{
    return alert_of(m, row) ? alert_severity(alert_of(m, row)) : NAN;
}

double plain_signal_since(const struct model *m, size_t row)
{
    const struct alert *a = alert_of(m, row);
    const struct evidence *e = moved_of(m, row);
    int64_t ms = a                        ? a->started_ms
                 : e                      ? e->onset_ms
                 : row == SIGNAL_INCIDENT ? m->incident.started_at_ms
                                          : 0;

    return ms ? (double)ms : NAN;
}

double plain_signal_score(const struct model *m, size_t row)
{
    return cause_of(m, row)   ? cause_of(m, row)->score
           : moved_of(m, row) ? moved_of(m, row)->score
                              : NAN;
}

const char *plain_signal_service(const struct model *m, size_t row)
{
    return alert_of(m, row)   ? alert_of(m, row)->service
           : cause_of(m, row) ? cause_of(m, row)->service
           : moved_of(m, row) ? moved_of(m, row)->service
                              : m->incident.service;
}

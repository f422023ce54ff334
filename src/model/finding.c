/* finding.c - what is not safe in the accounts that were looked at: one entry a finding, known by
 * its id, and how far the last look came. */
#include "model_priv.h"

#include <stdio.h>
#include <string.h>

/* A list is sorted by this text: services by name, the worst of each first, what is over last. */
static const char *order_of(struct model *m, const struct ev_finding_seen *s)
{
    return arena_printf(m->arena, "%s %d%d %s", s->service, s->gone || *s->suppressed,
                        (int)(FINDING_CRITICAL - s->severity), s->check);
}

void model_on_finding_seen(struct model *m, const struct event *ev)
{
    const struct ev_finding_seen *s = &ev->u.finding_seen;
    size_t at = model_index(m, 'f', s->id);
    struct finding *f;

    if (at == SIZE_MAX) {
        at = m->findings.count;
        f = VEC_PUSH(&m->findings);
        f->id = model_keep(m, s->id);
        f->first_ms = ev->ts_ms;
        model_index_put(m, 'f', s->id, at);
    }
    f = &m->findings.items[at];
    f->check = model_keep_changed(m, f->check, s->check);
    f->service = model_keep_changed(m, f->service, s->service);
    f->source = model_keep_changed(m, f->source, s->source);
    f->resource = model_keep_changed(m, f->resource, s->resource);
    f->account = model_keep_changed(m, f->account, s->account);
    f->region = model_keep_changed(m, f->region, s->region);
    f->title = model_keep_changed(m, f->title, s->title);
    f->evidence = model_keep_changed(m, f->evidence, s->evidence);
    f->why = model_keep_changed(m, f->why, s->why);
    f->fix = model_keep_changed(m, f->fix, s->fix);
    f->act = model_keep_changed(m, f->act, s->act);
    f->rollback = model_keep_changed(m, f->rollback, s->rollback);
    f->reference = model_keep_changed(m, f->reference, s->reference);
    f->also = model_keep_changed(m, f->also, s->also);
    f->status = model_keep_changed(m, f->status, s->status);
    f->suppressed = model_keep_changed(m, f->suppressed, s->suppressed);
    f->call = model_keep_changed(m, f->call, s->call);
    f->order = order_of(m, s);
    f->severity = (enum finding_severity)s->severity;
    f->gone = s->gone;
    f->seen_ms = ev->ts_ms;
    m->security.changes++;
}

/* The next piece of a line; what is not there is empty. What stays as it was is not kept again. */
static const char *piece(struct model *m, struct str *rest, const char *old)
{
    struct str one = {"", 0};
    char text[400];

    (void)str_split(rest, '\t', &one);
    (void)snprintf(text, sizeof(text), "%.*s", STR_FMT(one));
    return model_keep_changed(m, old, text);
}

static int64_t number(struct str *rest)
{
    struct str one = {"", 0};
    int64_t n = 0;

    (void)str_split(rest, '\t', &one);
    for (size_t i = 0; i < one.len && i < 9 && one.ptr[i] >= '0' && one.ptr[i] <= '9'; i++)
        n = n * 10 + (one.ptr[i] - '0');
    return n;
}

static struct security_place read_place(struct model *m, const char *line,
                                        struct security_place was)
{
    struct str rest = str_from(line);

    was.service = piece(m, &rest, was.service);
    was.region = piece(m, &rest, was.region);
    was.account = piece(m, &rest, was.account);
    was.done = number(&rest);
    was.known = number(&rest);
    was.end = piece(m, &rest, was.end);
    was.operation = piece(m, &rest, was.operation);
    was.why = piece(m, &rest, was.why);
    return was;
}

/* How far it is. The first word of a look, without a number, begins it. */
static void note_progress(struct model *m, const struct ev_security_looked *s, int64_t ts_ms)
{
    if (s->state == SECURITY_READING && !s->known)
        m->security.begun_ms = ts_ms;
    if (s->state != SECURITY_READING)
        return;
    m->security.done = s->done;
    m->security.known = s->known;
    for (size_t i = 0; i < s->places.count && i < SECURITY_PLACES_MAX; i++) {
        if (i == m->security.places.count)
            *VEC_PUSH(&m->security.places) = (struct security_place){"", "", "", "", "", "", 0, 0};
        m->security.places.items[i] =
            read_place(m, s->places.items[i], m->security.places.items[i]);
    }
    m->security.places.count =
        s->places.count < SECURITY_PLACES_MAX ? s->places.count : SECURITY_PLACES_MAX;
}

void model_on_security_looked(struct model *m, const struct event *ev)
{
    const struct ev_security_looked *s = &ev->u.security_looked;

    m->security.state = (enum security_state)s->state;
    m->security.changes++;
    m->security.text = model_keep(m, s->text);
    m->security.off = model_keep(m, s->off);
    m->security.call = model_keep(m, s->call);
    note_progress(m, s, ev->ts_ms);
    if (s->state == SECURITY_READING) /* what the last look said stays until this one ends */
        return;
    m->security.checks = s->checks;
    m->security.judged = s->judged;
    m->security.unjudged = s->unjudged;
    m->security.failed = s->failed;
    m->security.left_out = s->left_out;
    m->security.looked_ms = ev->ts_ms;
}

const struct finding *model_finding(const struct model *m, const char *id)
{
    size_t at = model_index(m, 'f', id);

    return at == SIZE_MAX ? NULL : &m->findings.items[at];
}

void model_findings_count(const struct model *m, size_t ret[FINDING_SEVERITIES])
{
    memset(ret, 0, FINDING_SEVERITIES * sizeof(*ret));
    VEC_EACH (f, &m->findings)
        ret[f->severity] += !f->gone && !*f->suppressed;
}

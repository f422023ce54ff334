/* approvals.c - what a mutation has to pass before anything starts: a person's answer to exactly
 * what was shown. An answer that carries another fingerprint, comes too late or is the second one
 * grants nothing and says so. Silence is a refusal. What was asked for is mutate.c's; it is told.
 */
#include "mutate_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/model/approval.h"

#define ANSWER_MS 300000

static void on_due(void *ctx)
{
    struct engine *e = ctx;

    e->approval_timer = 0;
    engine_expire_approvals(e, false, "nobody answered in time");
}

static void arm(struct engine *e)
{
    int64_t next = 0, now = loop_wall_ms(e->opts.loop);

    if (e->approval_timer)
        loop_timer_cancel(e->opts.loop, e->approval_timer);
    e->approval_timer = 0;
    VEC_EACH (a, &e->model.approvals) {
        if (a->state == APPROVAL_WAITING && (!next || a->expires_ms < next))
            next = a->expires_ms;
    }
    second_wait(e);
    if (next)
        e->approval_timer = loop_timer(e->opts.loop, next > now ? next - now : 0, on_due, e);
}

const char *engine_request_approval(struct engine *e, struct ev_approval_requested *r)
{
    struct event ev = {.type = EV_APPROVAL_REQUESTED, .actor = "engine"};
    char fingerprint[SHA256_HEX], id[32];

    if (!r->id) {
        snprintf(id, sizeof(id), "A%zu", e->model.approvals.count + 1);
        r->id = id;
    }
    if (!r->expires_ms)
        r->expires_ms = loop_wall_ms(e->opts.loop) + ANSWER_MS;
    ev.u.approval_requested = *r;
    event_normalize(&ev);
    approval_fingerprint(&ev.u.approval_requested, fingerprint);
    ev.u.approval_requested.fingerprint = fingerprint;
    engine_publish(e, &ev);
    second_asked(e, &ev);
    arm(e);
    return model_approval(&e->model, r->id)->id;
}

static void publish(struct engine *e, enum event_type type, const struct approval *a,
                    const char *actor, const char *by, const char *reason, struct strings seconds)
{
    struct event ev = {.type = type, .actor = actor};

    ev.u.approval_decided.id = a->id;
    ev.u.approval_decided.fingerprint = a->fingerprint;
    ev.u.approval_decided.reason = reason;
    ev.u.approval_decided.by = by;
    ev.u.approval_decided.seconds = seconds;
    engine_publish(e, &ev);
    second_decided(e, a);
    mutate_answered(e, a);
}

static void decide(struct engine *e, enum event_type type, const struct approval *a,
                   const char *actor, const char *reason)
{
    publish(e, type, a, actor, strcmp(actor, "user") == 0 ? e->mutate->by : "", reason,
            (struct strings){NULL, 0});
}

void engine_grant(struct engine *e, const struct approval *a, struct strings seconds)
{
    publish(e, EV_APPROVAL_GRANTED, a, "user", e->mutate->by, "", seconds);
    arm(e);
}

void engine_reject(struct engine *e, const struct approval *a, const char *by, const char *why)
{
    publish(e, EV_APPROVAL_REJECTED, a, "second", by, why, (struct strings){NULL, 0});
    arm(e);
}

void engine_expire_approvals(struct engine *e, bool all, const char *why)
{
    int64_t now = loop_wall_ms(e->opts.loop);

    for (size_t i = 0; i < e->model.approvals.count; i++) {
        const struct approval *a = &e->model.approvals.items[i];

        if (a->state == APPROVAL_WAITING && (all || now >= a->expires_ms))
            decide(e, EV_APPROVAL_EXPIRED, a, "engine", why);
    }
    arm(e);
}

/* Why an answer grants nothing, or NULL. */
static const char *refused(const struct engine *e, const struct approval *a,
                           const struct intent *in)
{
    if (!a)
        return "no such request waits for an answer";
    if (a->state != APPROVAL_WAITING)
        return "it was answered already";
    if (loop_wall_ms(e->opts.loop) >= a->expires_ms)
        return "the time to answer is over";
    if (in->type == INTENT_DISAPPROVE)
        return NULL;
    if (a->forged)
        return "the request does not match its own fingerprint";
    if (!in->fingerprint || strcmp(in->fingerprint, a->fingerprint) != 0)
        return "the request changed after it was shown: read it again";
    return NULL;
}

void engine_answer_approval(struct engine *e, const struct intent *in)
{
    const struct approval *a = model_approval(&e->model, in->approval);
    const char *why = refused(e, a, in);
    struct err err = ERR_INIT;
    bool several = a && a->persons > 1 && in->type == INTENT_APPROVE;

    if (!why && several)
        why = second_confirm(e, a);
    if (why) {
        err_set(&err, ERR_DENIED, "%s: %s", in->approval ? in->approval : "approval", why);
        engine_say_error(e, "the answer does not count", &err);
        return;
    }
    if (several)
        return;
    decide(e, in->type == INTENT_APPROVE ? EV_APPROVAL_GRANTED : EV_APPROVAL_REJECTED, a, "user",
           in->text ? in->text : "");
    arm(e);
}

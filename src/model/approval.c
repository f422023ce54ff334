/* approval.c - the fold of approvals, and their fingerprint. */
#include "runbook/model/approval.h"

#include <stdio.h>
#include <string.h>

#include "model_priv.h"

static void put(struct buf *b, const char *name, struct str value)
{
    buf_addf(b, "%s %zu:", name, value.len);
    buf_add_str(b, value);
    buf_addc(b, '\n');
}

static void put_cstr(struct buf *b, const char *name, const char *value)
{
    put(b, name, str_from(value ? value : ""));
}

static void put_int(struct buf *b, const char *name, int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    put_cstr(b, name, text);
}

void approval_fingerprint(const struct ev_approval_requested *r, char ret[SHA256_HEX])
{
    struct buf b = BUF_INIT(BUF_NO_MAX);

    put_cstr(&b, "id", r->id);
    put_cstr(&b, "operation", r->operation);
    put_cstr(&b, "resource", r->resource);
    put_cstr(&b, "account", r->account);
    put_cstr(&b, "region", r->region);
    put_cstr(&b, "environment", r->environment);
    put_cstr(&b, "risk", approval_risk_name((enum approval_risk)r->risk));
    put(&b, "args", r->args.len ? r->args : STR_LIT("{}"));
    put_cstr(&b, "why", r->why);
    put_cstr(&b, "hypothesis", r->hypothesis);
    put_int(&b, "evidence", (int64_t)r->evidence.count);
    for (size_t i = 0; i < r->evidence.count; i++)
        put_cstr(&b, "e", r->evidence.items[i]);
    put_cstr(&b, "effect", r->effect);
    put_cstr(&b, "before", r->before);
    put_int(&b, "before_ms", r->before_ms);
    put_cstr(&b, "after", r->after);
    put_cstr(&b, "rollback", r->rollback);
    put_cstr(&b, "blast", r->blast);
    put_cstr(&b, "cost", r->cost);
    put_cstr(&b, "watch", r->watch);
    put_int(&b, "calls", (int64_t)r->calls.count);
    for (size_t i = 0; i < r->calls.count; i++)
        put_cstr(&b, "c", r->calls.items[i]);
    put_cstr(&b, "policy", r->policy);
    put_cstr(&b, "limits", r->limits);
    put_int(&b, "expires_ms", r->expires_ms);
    if (r->persons > 1) /* journals of earlier versions know neither */
        put_int(&b, "persons", r->persons);
    if (r->proposer && *r->proposer)
        put_cstr(&b, "proposer", r->proposer);
    hash_sha256_hex(buf_str(&b), ret);
    buf_release(&b);
}

static size_t find(const struct model *m, const char *id)
{
    for (size_t i = 0; i < m->approvals.count; i++) {
        if (strcmp(m->approvals.items[i].id, id) == 0)
            return i;
    }
    return SIZE_MAX;
}

const struct approval *model_approval(const struct model *m, const char *id)
{
    size_t at = id ? find(m, id) : SIZE_MAX;

    return at == SIZE_MAX ? NULL : &m->approvals.items[at];
}

size_t model_approvals_waiting(const struct model *m)
{
    size_t n = 0;

    VEC_EACH (a, &m->approvals)
        n += a->state == APPROVAL_WAITING;
    return n;
}

const char *approval_state_name(enum approval_state s)
{
    static const char *const names[APPROVAL_STATES] = {[APPROVAL_WAITING] = "waiting",
                                                       [APPROVAL_GRANTED] = "approved",
                                                       [APPROVAL_REJECTED] = "rejected",
                                                       [APPROVAL_EXPIRED] = "expired"};

    return names[s];
}

static void copy_request(struct model *m, struct approval *a, const struct ev_approval_requested *r)
{
    a->operation = model_keep(m, r->operation);
    a->resource = model_keep(m, r->resource);
    a->account = model_keep(m, r->account);
    a->region = model_keep(m, r->region);
    a->environment = model_keep(m, r->environment);
    a->args = r->args.len ? arena_str(m->arena, r->args) : "{}";
    a->why = model_keep(m, r->why);
    a->hypothesis = model_keep(m, r->hypothesis);
    a->effect = model_keep(m, r->effect);
    a->before = model_keep(m, r->before);
    a->before_ms = r->before_ms;
    a->after = model_keep(m, r->after);
    a->rollback = model_keep(m, r->rollback);
    a->blast = model_keep(m, r->blast);
    a->cost = model_keep(m, r->cost);
    a->watch = model_keep(m, r->watch);
    a->policy = model_keep(m, r->policy);
    a->limits = model_keep(m, r->limits);
    a->risk = (enum approval_risk)r->risk;
    a->expires_ms = r->expires_ms;
    a->persons = r->persons > 1 ? (int)(r->persons < 9 ? r->persons : 9) : 1;
    a->proposer = model_keep(m, r->proposer);
    a->confirmed.count = 0;
    a->yours = false;
    a->evidence.count = 0;
    for (size_t i = 0; i < r->evidence.count; i++)
        *VEC_PUSH(&a->evidence) = model_keep(m, r->evidence.items[i]);
    a->calls.count = 0;
    for (size_t i = 0; i < r->calls.count; i++)
        *VEC_PUSH(&a->calls) = model_keep(m, r->calls.items[i]);
    approval_fingerprint(r, a->fingerprint);
    a->forged = strcmp(a->fingerprint, r->fingerprint) != 0;
}

static void say(struct model *m, const struct event *ev, const struct approval *a, const char *what)
{
    model_notice(m, ev,
                 arena_printf(m->arena, "approval %s %s: %s%s%s (%s)%s%s", a->id, what,
                              a->operation, *a->resource ? " of " : "", a->resource,
                              approval_risk_name(a->risk), *a->reason ? ": " : "", a->reason));
    m->items.items[m->items.count - 1].tag = "approval";
}

void model_on_approval_requested(struct model *m, const struct event *ev)
{
    const struct ev_approval_requested *r = &ev->u.approval_requested;
    size_t at = find(m, r->id);
    struct approval *a;
    bool again = at != SIZE_MAX;

    if (again && m->approvals.items[at].state != APPROVAL_WAITING) { /* an answer is final */
        model_notice(m, ev, arena_printf(m->arena, "approval %s was answered already", r->id));
        return;
    }
    a = again ? &m->approvals.items[at] : VEC_PUSH(&m->approvals);
    a->id = again ? a->id : model_keep(m, r->id);
    a->decided_by = a->reason = "";
    a->revision += again;
    a->requested_ms = ev->ts_ms;
    copy_request(m, a, r);
    say(m, ev, a, again ? "changed" : "asked");
}

static void say_refused(struct model *m, const struct event *ev, const struct approval *a)
{
    const struct ev_approval_decided *d = &ev->u.approval_decided;

    model_notice(m, ev,
                 arena_printf(m->arena, "the word of %.128s for approval %s does not count: %s",
                              d->by, a->id, d->reason));
    m->items.items[m->items.count - 1].tag = "approval";
}

void model_forget_confirmed(struct model *m)
{
    VEC_EACH (a, &m->approvals) {
        a->confirmed.count = 0;
        a->yours = false;
    }
    m->kept.count = 0;
}

static void drop_rule(struct model *m, const char *id)
{
    for (size_t i = 0; i < m->kept.count; i++) {
        if (strcmp(m->kept.items[i].id, id) != 0)
            continue;
        memmove(&m->kept.items[i], &m->kept.items[i + 1],
                (m->kept.count - i - 1) * sizeof(*m->kept.items));
        m->kept.count--;
        return;
    }
}

void model_on_rule_remembered(struct model *m, const struct event *ev)
{
    const struct ev_rule *r = &ev->u.rule;
    struct kept_rule k = {.id = model_keep(m, r->id),
                          .operation = model_keep(m, r->operation),
                          .resource = model_keep(m, r->resource),
                          .params = r->params.len ? arena_str(m->arena, r->params) : "{}",
                          .approval = model_keep(m, r->approval),
                          .by = model_keep(m, r->by),
                          .deny = r->deny,
                          .since_ms = ev->ts_ms};

    drop_rule(m, r->id);
    *VEC_PUSH(&m->kept) = k;
    model_notice(
        m, ev,
        arena_printf(m->arena, "%s: %s of %s %s", k.id, k.operation, k.resource,
                     k.deny ? "is refused from here on" : "is not asked again in this session"));
}

void model_on_rule_revoked(struct model *m, const struct event *ev)
{
    drop_rule(m, ev->u.rule.id);
    model_notice(m, ev, arena_printf(m->arena, "%s is not remembered any more", ev->u.rule.id));
}

void model_on_approval_decided(struct model *m, const struct event *ev)
{
    const struct ev_approval_decided *d = &ev->u.approval_decided;
    size_t at = find(m, d->id);
    struct approval *a;

    if (at == SIZE_MAX) {
        model_notice(
            m, ev, arena_printf(m->arena, "%s: no approval %s", event_type_name(ev->type), d->id));
        return;
    }
    a = &m->approvals.items[at];
    if (ev->type == EV_APPROVAL_REFUSED) {
        say_refused(m, ev, a);
        return;
    }
    if (a->state != APPROVAL_WAITING ||
        ((ev->type == EV_APPROVAL_GRANTED || ev->type == EV_APPROVAL_CONFIRMED) &&
         (a->forged || strcmp(d->fingerprint, a->fingerprint) != 0))) {
        model_notice(m, ev,
                     arena_printf(m->arena, "%s of %s does not fit what was asked",
                                  event_type_name(ev->type), d->id));
        return;
    }
    if (ev->type == EV_APPROVAL_CONFIRMED) {
        *VEC_PUSH(&a->confirmed) = model_keep(m, d->by);
        a->yours = a->yours || strcmp(ev->actor, "user") == 0;
        say(m, ev, a, arena_printf(m->arena, "confirmed by %.128s", d->by));
        return;
    }
    a->state = ev->type == EV_APPROVAL_GRANTED    ? APPROVAL_GRANTED
               : ev->type == EV_APPROVAL_REJECTED ? APPROVAL_REJECTED
                                                  : APPROVAL_EXPIRED;
    a->decided_ms = ev->ts_ms;
    a->decided_by = model_keep(m, ev->actor);
    a->reason = model_keep(m, d->reason);
    say(m, ev, a, approval_state_name(a->state));
}

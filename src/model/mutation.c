/* mutation.c - the fold of what was to be changed. An event that does not fit what stands becomes a
 * notice: a journal that somebody composed shows as what it is, and nothing acts on a fold alone.
 */
#include <string.h>

#include "model_priv.h"

static struct mutation *find(struct model *m, const char *id)
{
    VEC_EACH (mu, &m->mutations) {
        if (strcmp(mu->id, id) == 0)
            return mu;
    }
    return NULL;
}

const struct mutation *model_mutation(const struct model *m, const char *id)
{
    VEC_EACH (mu, &m->mutations) {
        if (id && strcmp(mu->id, id) == 0)
            return mu;
    }
    return NULL;
}

const struct mutation *model_mutation_of(const struct model *m, const char *origin)
{
    for (size_t i = m->mutations.count; *origin && i-- > 0;) {
        if (strcmp(m->mutations.items[i].origin, origin) == 0)
            return &m->mutations.items[i];
    }
    return NULL;
}

const char *mutation_state_name(enum mutation_state s)
{
    static const char *const names[MUTATION_STATES] = {
        [MUTATION_PROPOSED] = "proposed", [MUTATION_PLANNED] = "planned",
        [MUTATION_RUNNING] = "running",   [MUTATION_UNKNOWN] = "unknown",
        [MUTATION_DONE] = "done",         [MUTATION_VERIFIED] = "verified",
        [MUTATION_FAILED] = "failed",     [MUTATION_ROLLED_BACK] = "rolled back",
        [MUTATION_REFUSED] = "refused",   [MUTATION_DRY_RUN] = "dry run"};

    return names[s];
}

bool mutation_is_over(const struct mutation *mu)
{
    switch (mu->state) {
    case MUTATION_PROPOSED:
    case MUTATION_PLANNED:
    case MUTATION_RUNNING:
    case MUTATION_DONE:
        return false;
    case MUTATION_UNKNOWN:
        if (!mu->ended) /* it is being found out */
            return false;
        break;
    case MUTATION_VERIFIED:
    case MUTATION_FAILED:
    case MUTATION_ROLLED_BACK:
    case MUTATION_REFUSED:
    case MUTATION_DRY_RUN:
        break;
    }
    return !mu->back_started || mu->back_ended;
}

void model_release_mutations(struct model *m)
{
    VEC_EACH (mu, &m->mutations) {
        VEC_RELEASE(&mu->evidence);
        VEC_RELEASE(&mu->calls);
    }
    VEC_RELEASE(&m->mutations);
}

static void say(struct model *m, const struct event *ev, const struct mutation *mu,
                const char *what, const char *text)
{
    model_notice(m, ev,
                 arena_printf(m->arena, "%s %s: %s%s%s%s%s", mu->id, what, mu->operation,
                              *mu->resource ? " of " : "", mu->resource, *text ? ": " : "", text));
    m->items.items[m->items.count - 1].tag = "mutation";
}

/* The one that an event speaks of; NULL after a notice. */
static struct mutation *subject(struct model *m, const struct event *ev, const char *id)
{
    struct mutation *mu = find(m, id);

    if (!mu)
        model_notice(m, ev,
                     arena_printf(m->arena, "%s: no mutation %s", event_type_name(ev->type), id));
    return mu;
}

static bool odd(struct model *m, const struct event *ev, const struct mutation *mu, bool fits)
{
    if (!fits)
        model_notice(m, ev,
                     arena_printf(m->arena, "%s of %s does not fit what it is: %s",
                                  event_type_name(ev->type), mu->id,
                                  mutation_state_name(mu->state)));
    return !fits;
}

void model_on_mutation_proposed(struct model *m, const struct event *ev)
{
    const struct ev_mutation_proposed *p = &ev->u.mutation_proposed;
    struct mutation *mu = find(m, p->id);

    if (mu) {
        odd(m, ev, mu, false);
        return;
    }
    mu = VEC_PUSH(&m->mutations);
    mu->id = model_keep(m, p->id);
    mu->operation = model_keep(m, p->operation);
    mu->target = model_keep(m, p->target);
    mu->args = p->args.len ? arena_str(m->arena, p->args) : "{}";
    mu->why = model_keep(m, p->why);
    mu->hypothesis = model_keep(m, p->hypothesis);
    mu->by = model_keep(m, p->by);
    mu->undo = model_keep(m, p->undo);
    mu->origin = model_keep(m, p->origin);
    mu->dry_run = p->dry_run;
    mu->ask = p->ask;
    mu->who = p->who.len ? arena_str(m->arena, p->who) : "{}";
    for (size_t i = 0; i < p->evidence.count; i++)
        *VEC_PUSH(&mu->evidence) = model_keep(m, p->evidence.items[i]);
    mu->resource = mu->effect = mu->before = mu->after = mu->rollback = mu->blast = mu->cost =
        mu->watch = mu->rollback_operation = mu->decision = mu->decided_by = mu->text =
            mu->back_text = mu->undone_by = "";
    mu->facts = mu->rollback_args = mu->back_facts = "{}";
    mu->proposed_ms = ev->ts_ms;
    model_procedure_proposed(m, mu->origin, mu->id);
    say(m, ev, mu, "proposed", "");
}

void model_on_mutation_planned(struct model *m, const struct event *ev)
{
    const struct ev_mutation_planned *p = &ev->u.mutation_planned;
    struct mutation *mu = subject(m, ev, p->id);

    if (!mu || odd(m, ev, mu, mu->state == MUTATION_PROPOSED || mu->state == MUTATION_PLANNED))
        return;
    mu->planned = true;
    mu->state = MUTATION_PLANNED;
    mu->resource = model_keep(m, p->resource);
    mu->effect = model_keep(m, p->effect);
    mu->before = model_keep(m, p->before);
    mu->after = model_keep(m, p->after);
    mu->rollback = model_keep(m, p->rollback);
    mu->blast = model_keep(m, p->blast);
    mu->cost = model_keep(m, p->cost);
    mu->watch = model_keep(m, p->watch);
    mu->facts = p->facts.len ? arena_str(m->arena, p->facts) : "{}";
    mu->rollback_operation = model_keep(m, p->rollback_operation);
    mu->rollback_args = p->rollback_args.len ? arena_str(m->arena, p->rollback_args) : "{}";
    mu->rolls_back = p->rolls_back;
    mu->calls.count = 0;
    for (size_t i = 0; i < p->calls.count; i++)
        *VEC_PUSH(&mu->calls) = model_keep(m, p->calls.items[i]);
}

void model_on_policy_decided(struct model *m, const struct event *ev)
{
    const struct ev_policy_decided *p = &ev->u.policy_decided;
    struct mutation *mu = subject(m, ev, p->mutation);

    if (!mu)
        return;
    mu->risk = (enum approval_risk)p->risk;
    mu->decision = model_keep(m, p->decision);
    mu->decided_by = p->rules.count ? model_keep(m, p->rules.items[0]) : "";
}

static bool is_back(const char *what)
{
    return strcmp(what, "rollback") == 0;
}

void model_on_mutation_started(struct model *m, const struct event *ev)
{
    const struct ev_mutation_started *s = &ev->u.mutation_started;
    struct mutation *mu = subject(m, ev, s->id);

    if (!mu)
        return;
    if (is_back(s->what)) {
        if (odd(m, ev, mu, mu->started && !mu->back_started))
            return;
        mu->back_started = true;
        mu->back_facts = s->facts.len ? arena_str(m->arena, s->facts) : "{}";
        say(m, ev, mu, "is being taken back", "");
        return;
    }
    if (odd(m, ev, mu, mu->state == MUTATION_PLANNED && !mu->started))
        return;
    mu->started = true;
    mu->started_ms = ev->ts_ms;
    mu->state = MUTATION_RUNNING;
    say(m, ev, mu, "started", "");
}

void model_on_mutation_unknown(struct model *m, const struct event *ev)
{
    const struct ev_mutation_unknown *u = &ev->u.mutation_unknown;
    struct mutation *mu = subject(m, ev, u->id);

    if (!mu || odd(m, ev, mu, mu->started && (is_back(u->what) || !mu->verified)))
        return;
    if (!is_back(u->what))
        mu->state = MUTATION_UNKNOWN;
    if (!is_back(u->what) && mu->ended) /* it stays so */
        mu->text = model_keep(m, u->why);
    say(m, ev, mu, is_back(u->what) ? "rollback: outcome unknown" : "outcome unknown", u->why);
}

static void end_back(struct model *m, const struct event *ev, struct mutation *mu)
{
    const struct ev_mutation_ended *e = &ev->u.mutation_ended;
    bool done = strcmp(e->outcome, "done") == 0;

    mu->back_ended = true;
    mu->back_text = model_keep(m, e->text);
    if (done)
        mu->state = MUTATION_ROLLED_BACK;
    say(m, ev, mu,
        done                                 ? "taken back"
        : strcmp(e->outcome, "unknown") == 0 ? "perhaps taken back"
                                             : "could not be taken back",
        e->text);
}

void model_on_mutation_ended(struct model *m, const struct event *ev)
{
    const struct ev_mutation_ended *e = &ev->u.mutation_ended;
    struct mutation *mu = subject(m, ev, e->id);
    const char *o = e->outcome;

    if (!mu)
        return;
    if (is_back(e->what)) {
        if (!odd(m, ev, mu, mu->back_started && !mu->back_ended))
            end_back(m, ev, mu);
        return;
    }
    if (odd(m, ev, mu, !mu->ended))
        return;
    mu->ended = true;
    mu->ended_ms = ev->ts_ms;
    mu->duration_ms = e->duration_ms;
    mu->text = model_keep(m, e->text);
    mu->state = strcmp(o, "done") == 0                                   ? MUTATION_DONE
                : strcmp(o, "dry_run") == 0                              ? MUTATION_DRY_RUN
                : strcmp(o, "unknown") == 0                              ? MUTATION_UNKNOWN
                : strcmp(o, "refused") == 0 || strcmp(o, "already") == 0 ? MUTATION_REFUSED
                                                                         : MUTATION_FAILED;
    mu->already = strcmp(o, "already") == 0;
    say(m, ev, mu, mutation_state_name(mu->state), mu->text);
}

void model_on_mutation_verified(struct model *m, const struct event *ev)
{
    const struct ev_mutation_verified *v = &ev->u.mutation_verified;
    struct mutation *mu = subject(m, ev, v->id), *undone;

    if (!mu || is_back(v->what))
        return;
    if (odd(m, ev, mu, mu->started && !mu->verified))
        return;
    mu->verified = true;
    mu->holds = v->holds;
    mu->ended = true;
    mu->text = model_keep(m, v->text);
    mu->state = v->holds ? MUTATION_VERIFIED : MUTATION_FAILED;
    undone = v->holds && *mu->undo ? find(m, mu->undo) : NULL;
    if (undone)
        undone->undone_by = mu->id;
    say(m, ev, mu, v->holds ? "verified" : "not reached", v->text);
}

void model_on_readonly_set(struct model *m, const struct event *ev)
{
    const char *why = ev->u.readonly_set.why;

    m->read_only = true;
    model_notice(m, ev,
                 arena_printf(m->arena, "read-only: this session changes nothing from here on%s%s",
                              *why ? ": " : "", why));
}

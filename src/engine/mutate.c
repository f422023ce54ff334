/* mutate.c - the way of one mutation, step by step: see mutate.h; how it comes to be is in
 * mutate_begin.c.
 * Each step ends in an event before the next one begins, and only mutation.started, on disk, lets
 * calls out. A process that ends in between leaves a journal that says how far it came; the next
 * one reads the resource and never makes the calls again. */
#include "mutate_priv.h"
#include "procedure_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/model/approval.h"
#include "runbook/tool/toolenv.h"

struct live *live_find(struct engine *e, const char *id)
{
    for (struct live *l = e->mutate->live; l; l = l->next) {
        if (strcmp(l->id, id) == 0 && l->step != LIVE_OVER)
            return l;
    }
    return NULL;
}

struct live *live_new(struct engine *e, const char *id)
{
    struct live *l = xcalloc(1, sizeof(*l));

    l->e = e;
    snprintf(l->id, sizeof(l->id), "%s", id);
    l->next = e->mutate->live;
    e->mutate->live = l;
    return l;
}

const struct mutation *live_mutation(const struct live *l)
{
    return model_mutation(&l->e->model, l->id);
}

static void reap(void *ctx)
{
    struct live *l = ctx, **at = &l->e->mutate->live;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    live_close_act(l);
    free(l);
}

/* A run that was cut may have recorded the end in the journal only. */
void mutate_close_ledger(struct engine *e, const char *id)
{
    struct err err = ERR_INIT;

    if (e->opts.state_dir && ledger_is_open(e->opts.state_dir, id) &&
        ledger_note(e->opts.state_dir, "ended", id, e->model.id, &err))
        engine_say_error(e, "the ledger of mutations", &err);
}

void live_over(struct live *l)
{
    if (l->recovering)
        mutate_close_ledger(l->e, l->id);
    live_stop(l);
    l->step = LIVE_OVER;
    procedure_mutation_over(l->e, l->id);
    l->timer = loop_timer(l->e->opts.loop, 0, reap, l);
}

/* ---- what is recorded ---- */

bool live_is_back(const struct live *l)
{
    return l->step >= LIVE_BACK_READ && l->step < LIVE_OVER;
}

const char *live_what(const struct live *l)
{
    return live_is_back(l) ? "rollback" : "execute";
}

void mutate_ended(struct live *l, const char *what, const char *outcome, const char *text)
{
    struct event ev = {.type = EV_MUTATION_ENDED};
    struct err err = ERR_INIT;

    ev.u.mutation_ended.id = l->id;
    ev.u.mutation_ended.what = what;
    ev.u.mutation_ended.outcome = outcome;
    ev.u.mutation_ended.text = text;
    if (l->started_ms)
        ev.u.mutation_ended.duration_ms = loop_now_ms(l->e->opts.loop) - l->started_ms;
    engine_publish(l->e, &ev);
    MUTATE_STEP("mutate.ended");
    if (strcmp(what, "execute") == 0 && l->e->opts.state_dir &&
        ledger_note(l->e->opts.state_dir, "ended", l->id, l->e->model.id, &err))
        engine_say_error(l->e, "the ledger of mutations", &err);
}

void live_refuse(struct live *l, const char *text)
{
    mutate_ended(l, "execute", "refused", text);
    live_over(l);
}

static void refuse_err(struct live *l, const char *doing, const struct err *err)
{
    char text[ERR_MSG_MAX + 64];

    snprintf(text, sizeof(text), "%s%s%s", doing, *doing ? ": " : "", err->msg);
    live_refuse(l, text);
}

void mutate_unknown(struct live *l, const char *why)
{
    struct event ev = {.type = EV_MUTATION_UNKNOWN};

    ev.u.mutation_unknown.id = l->id;
    ev.u.mutation_unknown.what = live_what(l);
    ev.u.mutation_unknown.why = why;
    engine_publish(l->e, &ev);
    MUTATE_STEP("mutate.unknown");
}

/* ---- read and plan ---- */

void live_read(struct live *l, enum live_step step)
{
    bool back = step >= LIVE_BACK_READ;
    struct err err = ERR_INIT;

    l->step = step;
    if (live_open_act(l, back, &err) || l->act.def->read(&l->act, &err)) {
        if (back) {
            mutate_ended(l, "rollback", "failed", err.msg);
            live_over(l);
        } else {
            refuse_err(l, "not planned", &err);
        }
        return;
    }
    live_make(l, &l->act.reads);
}

static void on_counted(void *ctx, bool canceled);

/* What was done before, and so what policy says: with `reserve` this one counts from now on. */
static void ask_ledger(struct live *l, enum live_step step)
{
    struct engine *e = l->e;
    struct ledger_job *j = xcalloc(1, sizeof(*j));

    l->step = step;
    l->counting = j;
    j->live = l;
    j->path = ledger_file(e->opts.state_dir);
    j->id = l->id;
    j->session = e->model.id;
    j->operation = l->act.def->name;
    j->resource = l->act.plan.resource;
    j->now_ms = loop_wall_ms(e->opts.loop);
    j->uid = e->mutate->who.uid;
    j->loose = e->mutate->loose;
    j->reserve = step == LIVE_RESERVE;
    j->policy = mutate_policy(e);
    live_operation(l, &j->op);
    j->facts.blast_services = l->act.plan.blast_services;
    j->facts.sole_instance = l->act.plan.sole_instance;
    j->who = identity_user(&e->mutate->who);
    j->read_only = e->model.read_only;
    remember_job(e, j);
    l->job = loop_job(e->opts.loop, ledger_work, on_counted, j);
}

static void planned(struct live *l)
{
    const struct mutation *mu = live_mutation(l);
    struct err err = ERR_INIT;

    if (l->act.def->plan(&l->act, &err)) {
        refuse_err(l, "", &err);
        return;
    }
    live_publish_plan(l);
    MUTATE_STEP("mutate.planned");
    if (l->act.plan.already)
        mutate_ended(l, "execute", "already", l->act.plan.already);
    else if (mu->dry_run)
        mutate_ended(l, "execute", "dry_run", "nothing was done: this was a dry run");
    else if (!l->e->opts.state_dir || !l->e->journal)
        mutate_ended(l, "execute", "refused",
                     "nothing of this session is kept, and what is not recorded is not done");
    else
        ask_ledger(l, LIVE_COUNT);
    if (l->step != LIVE_COUNT)
        live_over(l);
}

/* Approved: what would be done now has to be what was shown then. */
static void planned_again(struct live *l)
{
    struct err err = ERR_INIT;

    if (l->act.def->plan(&l->act, &err)) {
        refuse_err(l, "approved, but not any more", &err);
        return;
    }
    if (l->act.plan.already) {
        mutate_ended(l, "execute", "already", l->act.plan.already);
        live_over(l);
    } else if (!live_is_as_shown(l))
        live_refuse(l, "its state changed after it was shown: propose it again");
    else
        ask_ledger(l, LIVE_RESERVE);
}

/* ---- policy ---- */

static const char *denied_by(const struct policy_decision *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->fired[i].decided && d->fired[i].act == POLICY_DENY)
            return d->fired[i].why;
    }
    return "a rule of the policy";
}

static void counted(struct live *l, struct policy_decision *d)
{
    const struct mutation *mu = live_mutation(l);
    char text[320];

    /* What a model proposes is seen by a person, whatever the rules say. */
    if (d->act == POLICY_ALLOW && (mu->ask || strncmp(mu->by, "llm:", 4) == 0)) {
        d->act = POLICY_APPROVE;
        d->confirm = CONFIRM_KEY;
    }
    live_publish_decision(l, d);
    MUTATE_STEP("mutate.decided");
    if (d->act == POLICY_DENY) {
        snprintf(text, sizeof(text), "refused by policy: %s", denied_by(d));
        live_refuse(l, text);
        return;
    }
    l->approved = d->act;
    if (d->act == POLICY_ALLOW) {
        ask_ledger(l, LIVE_RESERVE);
        return;
    }
    l->step = LIVE_WAIT;
    live_ask(l, d);
    MUTATE_STEP("mutate.asked");
}

/* Under the ledger's lock the rules were asked once more; the place is taken when they agree. */
static void reserved(struct live *l, const struct policy_decision *d)
{
    char text[320];

    if (d->act > l->approved) {
        snprintf(text, sizeof(text), "approved, but policy says %s now: %s",
                 policy_act_name(d->act), d->act == POLICY_DENY ? denied_by(d) : "");
        live_refuse(l, text);
        return;
    }
    MUTATE_STEP("mutate.reserved");
    live_sync_started(l);
}

static void on_counted(void *ctx, bool canceled)
{
    struct ledger_job *j = ctx;
    struct live *l = j->live;
    struct policy_decision d = j->decision;
    struct err err = j->err;

    l->job = 0;
    l->counting = NULL;
    arena_free(j->kept);
    free(j->path);
    free(j);
    if (canceled)
        live_refuse(l, "canceled");
    else if (err.code)
        refuse_err(l, "the ledger of mutations", &err);
    else if (l->step == LIVE_COUNT)
        counted(l, &d);
    else
        reserved(l, &d);
}

void mutate_answered(struct engine *e, const struct approval *a)
{
    const struct mutation *mu = model_mutation(&e->model, a->id);
    struct live *l = mu ? live_find(e, a->id) : NULL;

    if (!l || l->step != LIVE_WAIT)
        return;
    MUTATE_STEP("mutate.answered");
    if (a->state == APPROVAL_GRANTED)
        live_read(l, LIVE_REREAD);
    else if (a->state == APPROVAL_EXPIRED)
        live_refuse(l, *a->reason ? a->reason : "nobody answered in time");
    else
        live_refuse(l, *a->reason ? a->reason : "it was not approved");
}

/* ---- execute ---- */

static void execute(struct live *l)
{
    MUTATE_STEP("mutate.started");
    l->step = live_is_back(l) ? LIVE_BACK_EXECUTE : LIVE_EXECUTE;
    l->started_ms = loop_now_ms(l->e->opts.loop);
    live_make(l, &l->act.calls);
}

static void on_synced_turn(void *ctx)
{
    struct live *l = ctx;

    l->timer = 0;
    if (l->sync_err.code) {
        mutate_ended(l, live_what(l), live_is_back(l) ? "failed" : "refused",
                     "that it starts could not be written to the disk, so it was not started");
        live_over(l);
    } else {
        execute(l);
    }
}

static void on_synced(void *ctx, const struct err *err)
{
    struct live *l = ctx;

    l->sync_err = *err;
    l->timer = loop_timer(l->e->opts.loop, 0, on_synced_turn, l);
}

void live_sync_started(struct live *l)
{
    struct event ev = {.type = EV_MUTATION_STARTED};
    const char *shown[64];
    size_t n = l->act.calls.count < 64 ? l->act.calls.count : 64;

    for (size_t i = 0; i < n; i++)
        shown[i] = act_shown(&l->act, &l->act.calls.items[i]);
    l->step = live_is_back(l) ? LIVE_BACK_SYNC : LIVE_SYNC;
    ev.u.mutation_started.id = l->id;
    ev.u.mutation_started.what = live_what(l);
    ev.u.mutation_started.token = l->id;
    ev.u.mutation_started.facts = str_from(l->act.plan.facts ? l->act.plan.facts : "{}");
    ev.u.mutation_started.calls = (struct strings){shown, n};
    engine_publish_durable(l->e, &ev, on_synced, l);
}

/* ---- after it ---- */

/* What the calls answered: the first that failed, or the last one's words. */
static const char *calls_said(struct live *l, const struct act_call *c)
{
    struct str s = str_trim(c->answer.err_out.len ? c->answer.err_out : c->answer.out);

    if (c->answer.err.code)
        return arena_strdup(l->act.arena, c->answer.err.msg);
    s.len = s.len < 300 ? s.len : 300;
    return c->answer.status ? arena_printf(l->act.arena, "status %d%s%.*s", c->answer.status,
                                           s.len ? ": " : "", STR_FMT(s))
                            : arena_printf(l->act.arena, "%.*s", STR_FMT(s));
}

static void executed(struct live *l)
{
    const struct act_call *c =
        &l->act.calls.items[l->at < l->act.calls.count ? l->at : l->act.calls.count - 1];
    const char *text = calls_said(l, c);

    MUTATE_STEP("mutate.executed");
    l->failed = c->answer.err.code || c->answer.status != 0;
    snprintf(l->failed_text, sizeof(l->failed_text), "%s", l->failed ? text : "");
    snprintf(l->answered, sizeof(l->answered), "%s", l->failed ? "" : text);
    if (c->answer.err.code && c->answer.maybe) {
        l->lost = true;
        mutate_unknown(l, text);
        live_verify(l, false);
        return;
    }
    if (live_is_back(l) && !l->failed) { /* taken back is what was read to be so */
        live_verify(l, false);
        return;
    }
    mutate_ended(l, live_what(l), l->failed ? "failed" : "done", text);
    if (live_is_back(l))
        live_over(l);
    else
        live_verify(l, l->failed);
}

void live_made(struct live *l)
{
    switch (l->step) {
    case LIVE_READ:
        planned(l);
        break;
    case LIVE_REREAD:
        planned_again(l);
        break;
    case LIVE_EXECUTE:
    case LIVE_BACK_EXECUTE:
        executed(l);
        break;
    case LIVE_VERIFY:
    case LIVE_BACK_VERIFY:
        live_judge(l);
        break;
    case LIVE_BACK_READ:
        live_back_planned(l);
        break;
    case LIVE_COUNT:
    case LIVE_WAIT:
    case LIVE_RESERVE:
    case LIVE_SYNC:
    case LIVE_BACK_SYNC:
    case LIVE_OVER:
        break;
    }
}

static void on_begin(void *ctx)
{
    struct live *l = ctx;

    l->timer = 0;
    live_read(l, LIVE_READ);
}

void live_begin(struct live *l)
{
    l->timer = loop_timer(l->e->opts.loop, 0, on_begin, l);
}

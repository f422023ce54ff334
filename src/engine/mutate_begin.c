/* mutate_begin.c - how a mutation comes to be: proposed, taken back, or found in the journal of a
 * run that was cut. */
#include "mutate_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/tool/toolenv.h"

enum err_code engine_propose(struct engine *e, const struct mutate_request *r, const char **ret_id,
                             struct err *err)
{
    const struct act_def *d = act_find(r->operation);
    struct event ev = {.type = EV_MUTATION_PROPOSED, .actor = r->actor ? r->actor : "user"};
    struct ev_mutation_proposed *p = &ev.u.mutation_proposed;
    struct buf args = BUF_INIT(65536), who = BUF_INIT(4096);
    struct json_writer w;
    struct arena *a = arena_new(4096);
    const struct value *checked;
    char id[MUTATION_ID_MAX] = "m";
    enum err_code rc = ERR_OK;

    if (!d)
        rc = err_set(err, ERR_NOT_FOUND, "there is no operation '%.80s': runbook act --list",
                     r->operation);
    else if (e->mutate->kept_err.code)
        rc = err_set(err, ERR_DENIED, "what is never to be done cannot be read: %.300s",
                     e->mutate->kept_err.msg);
    else if (e->model.read_only)
        rc = err_set(err, ERR_DENIED, "this session is read-only: it changes nothing");
    else
        rc = act_coerce(d, r->args, a, &checked, &args, err);
    if (!rc && d->available && !d->available(e->opts.tools, err))
        rc = err->code;
    if (rc)
        goto done;
    engine_open_deferred(e, r->why && *r->why ? r->why : d->name);
    rng_id(e->opts.rng, id + 1, 6);
    p->id = id;
    p->operation = d->name;
    p->target = value_cstr_or(checked, "host", value_cstr_or(checked, "region", ""));
    p->args = buf_str(&args);
    p->why = r->why;
    p->hypothesis = r->hypothesis;
    p->evidence = r->evidence;
    p->by = r->actor && strncmp(r->actor, "llm:", 4) == 0 ? r->actor : e->mutate->by;
    p->undo = r->undo;
    p->origin = r->origin;
    p->dry_run = r->dry_run;
    p->ask = r->ask;
    json_writer_init(&w, &who);
    identity_json(&e->mutate->who, &w);
    p->who = buf_str(&who);
    engine_publish(e, &ev);
    *ret_id = model_mutation(&e->model, id)->id;
    live_begin(live_new(e, id));
done:
    arena_free(a);
    buf_release(&args);
    buf_release(&who);
    return rc;
}

enum err_code engine_undo_for(struct engine *e, const char *id, const char *origin,
                              const char **ret_id, struct err *err)
{
    const struct mutation *mu = model_mutation(&e->model, id);
    struct mutate_request r = {0};

    if (!mu)
        return err_set(err, ERR_NOT_FOUND, "there is no mutation %.32s in this session", id);
    if (!mu->started || mu->state == MUTATION_ROLLED_BACK)
        return err_set(err, ERR_INPUT, "%s was not done: there is nothing to undo", id);
    if (!mutation_is_over(mu))
        return err_set(err, ERR_AGAIN, "%s is not over yet", id);
    if (*mu->undone_by)
        return err_set(err, ERR_INPUT, "%s was undone by %s already", id, mu->undone_by);
    if (!*mu->rollback_operation)
        return err_set(err, ERR_INPUT, "%s cannot be undone, as was said before it was approved",
                       id);
    r.operation = mu->rollback_operation;
    r.args = str_from(mu->rollback_args);
    r.why = "undo";
    r.undo = mu->id;
    r.origin = origin;
    return engine_propose(e, &r, ret_id, err);
}

enum err_code engine_undo(struct engine *e, const char *id, const char **ret_id, struct err *err)
{
    return engine_undo_for(e, id, NULL, ret_id, err);
}

void mutate_intent(struct engine *e, const struct intent *in)
{
    struct mutate_request r = {.hypothesis = in->hypothesis};
    struct buf args = BUF_INIT(65536);
    const struct hypothesis *h = model_hypothesis(&e->model, in->hypothesis);
    const struct act_def *d;
    const char *id;
    struct err err = ERR_INIT;

    if (!act_parse_line(in->text, &d, &args, &err)) {
        r.operation = d->name;
        r.args = buf_str(&args);
        r.why = h ? h->statement : "a person asked for it";
        engine_propose(e, &r, &id, &err);
    }
    if (err.code)
        engine_say_error(e, "not proposed", &err);
    buf_release(&args);
}

void mutate_undo_intent(struct engine *e, const struct intent *in)
{
    const char *id;
    struct err err = ERR_INIT;

    if (engine_undo(e, in->text, &id, &err))
        engine_say_error(e, "not undone", &err);
}

bool engine_mutating(const struct engine *e)
{
    /* While the engine ends, the loop still turns for jobs under way. */
    for (const struct live *l = e->mutate ? e->mutate->live : NULL; l; l = l->next) {
        if (l->step != LIVE_WAIT && l->step != LIVE_OVER)
            return true;
    }
    return false;
}

void engine_set_readonly(struct engine *e, const char *why)
{
    struct event ev = {.type = EV_READONLY_SET, .actor = "user"};

    if (e->model.read_only)
        return;
    engine_open_deferred(e, "read-only");
    ev.u.readonly_set.why = why;
    engine_publish(e, &ev);
    engine_expire_approvals(e, true, "the session is read-only from here on");
}

/* ---- sessions that were cut ---- */

static void recover(struct engine *e, const struct mutation *mu)
{
    struct live *l = live_new(e, mu->id);
    bool back = mu->back_started && !mu->back_ended;

    if (mu->started)
        live_find_out(l, back, mu->state == MUTATION_RUNNING || back);
    else {
        l->recovering = true;
        live_refuse(l, "the program ended before it was started: nothing was done");
    }
}

/* What waits for an answer goes on waiting when somebody comes to answer it. */
static void wait_on(struct engine *e, const struct mutation *mu, const struct approval *a)
{
    struct live *l = live_new(e, mu->id);

    l->step = LIVE_WAIT;
    l->approved = a->persons > 1             ? POLICY_TWO_PERSON
                  : a->risk >= APPROVAL_HIGH ? POLICY_TYPED
                                             : POLICY_APPROVE;
    second_wait(e);
}

void mutate_resume(struct engine *e)
{
    model_forget_confirmed(&e->model);
    for (size_t i = 0; i < e->model.mutations.count; i++) {
        const struct mutation *mu = &e->model.mutations.items[i];
        const struct approval *a = model_approval(&e->model, mu->id);

        if (mutation_is_over(mu))
            mutate_close_ledger(e, mu->id);
        else if (e->opts.keep_requests && a && a->state == APPROVAL_WAITING && live_is_of(mu, a))
            wait_on(e, mu, a);
        else
            recover(e, mu);
    }
}

void mutate_open(struct engine *e)
{
    struct buf by = BUF_INIT(sizeof(e->mutate->by) - 1);

    e->mutate = xcalloc(1, sizeof(*e->mutate));
    identity_read(&e->mutate->who);
    identity_words(&e->mutate->who, &by);
    snprintf(e->mutate->by, sizeof(e->mutate->by), "%s", buf_cstr(&by));
    e->mutate->loose = e->opts.loose;
    remember_open(e);
    buf_release(&by);
}

void mutate_free(struct engine *e)
{
    second_free(e);
    never_release(&e->mutate->kept);
    while (e->mutate->live) {
        struct live *l = e->mutate->live;

        e->mutate->live = l->next;
        live_stop(l);
        live_close_act(l);
        free(l);
    }
    policy_free(e->mutate->own_policy);
    free(e->mutate);
    e->mutate = NULL;
}

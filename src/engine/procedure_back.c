/* procedure_back.c - a step that was done is taken back: by its own rollback steps, else by the way
 * back of its mutation, which is proposed, approved and verified like any other. */
#include "procedure_priv.h"

#include <stdio.h>
#include <string.h>

#include "mutate_priv.h"

const struct mutation *procedure_to_undo(const struct procedure_live *pl, const struct step_done *d)
{
    const struct mutation *mu = model_mutation(&pl->e->model, d->mutation);

    return mu && mu->started && mu->state != MUTATION_ROLLED_BACK && !*mu->undone_by ? mu : NULL;
}

bool procedure_has_way_back(const struct procedure_live *pl, const struct step_done *d)
{
    const struct procedure_run *r = procedure_of(pl);
    const struct procedure_step *def = procedure_find(pl->p, r->steps.items[d->step].id);

    if (d->back || r->dry_run || !def)
        return false;
    if (r->steps.items[d->step].back == STEP_GOING_BACK)
        return true;
    return def->rollback.count ||
           (def->kind == STEP_ACT && !def->no_undo && procedure_to_undo(pl, d));
}

static void publish_back(struct procedure_live *pl, const char *step, enum event_type type, bool ok,
                         const char *text, const char *mutation)
{
    struct event ev = {.type = type, .actor = pl->actor};

    if (type == EV_STEP_STARTED) {
        ev.u.step_started.run = pl->run;
        ev.u.step_started.step = step;
        ev.u.step_started.rollback = true;
    } else {
        ev.u.step_finished.run = pl->run;
        ev.u.step_finished.step = step;
        ev.u.step_finished.rollback = true;
        ev.u.step_finished.state = ok ? STEP_ROLLED_BACK : STEP_FAILED;
        ev.u.step_finished.text = text;
        ev.u.step_finished.mutation = mutation;
    }
    procedure_publish(pl, &ev);
}

/* The next of a step's own rollback steps; false: all have ended. */
static bool back_step(struct procedure_live *pl, const struct step_run *of, bool *ret_failed)
{
    const struct procedure_run *r = procedure_of(pl);

    for (size_t i = 0; i < r->steps.count; i++) {
        const struct step_run *s = &r->steps.items[i];

        if (!s->is_rollback || strcmp(s->parent, of->id) != 0)
            continue;
        if (s->state == STEP_PENDING) {
            step_begin(pl, i);
            return true;
        }
        if (s->state == STEP_RUNNING || s->state == STEP_WAITING) {
            step_begin_again(pl, i);
            return true;
        }
        *ret_failed = *ret_failed || (s->state != STEP_DONE && s->state != STEP_SKIPPED);
    }
    return false;
}

static void back_origin(const struct procedure_live *pl, const struct step_done *d, char *out,
                        size_t size)
{
    const struct procedure_run *r = procedure_of(pl);

    snprintf(out, size, "%s/%s/back %s", pl->run, r->steps.items[d->step].id, d->mutation);
}

/* By the mutation's own way back. */
static void back_undo(struct procedure_live *pl, const struct step_done *d)
{
    const struct procedure_run *r = procedure_of(pl);
    const char *step = r->steps.items[d->step].id, *id;
    char origin[160], text[ERR_MSG_MAX];
    const struct mutation *mu;
    struct err err = ERR_INIT;

    back_origin(pl, d, origin, sizeof(origin));
    mu = model_mutation_of(&pl->e->model, origin);
    if (mu && !mutation_is_over(mu))
        return; /* procedure_mutation_over() */
    if (mu && !procedure_propose_again(pl, mu, strcmp(pl->undoing, mu->id) == 0)) {
        snprintf(text, sizeof(text), "%s", mu->text);
        publish_back(pl, step, EV_STEP_FINISHED, mu->state == MUTATION_VERIFIED, text, mu->id);
        procedure_advance_soon(pl);
        return;
    }
    if (engine_undo_for(pl->e, d->mutation, origin, &id, &err)) {
        publish_back(pl, step, EV_STEP_FINISHED, false, err.msg, "");
        procedure_advance_soon(pl);
        return;
    }
    snprintf(pl->undoing, sizeof(pl->undoing), "%s", id);
}

void procedure_cancel_undo(struct procedure_live *pl)
{
    const struct approval *a = model_procedure_approval(&pl->e->model, procedure_of(pl));
    struct intent in = {.type = INTENT_DISAPPROVE, .text = "its run was canceled"};

    if (!a)
        return;
    in.approval = a->id;
    engine_answer_approval(pl->e, &in);
}

void procedure_back_one(struct procedure_live *pl, const struct step_done *d)
{
    const struct step_run *s = &procedure_of(pl)->steps.items[d->step];
    const char *step = s->id;
    bool failed = false;

    if (s->back != STEP_GOING_BACK)
        publish_back(pl, step, EV_STEP_STARTED, false, "", "");
    if (!procedure_find(pl->p, step)->rollback.count) {
        back_undo(pl, d);
        return;
    }
    if (back_step(pl, procedure_step_run(procedure_of(pl), step), &failed))
        return;
    publish_back(pl, step, EV_STEP_FINISHED, !failed, failed ? "a step of its rollback failed" : "",
                 "");
    procedure_advance_soon(pl);
}

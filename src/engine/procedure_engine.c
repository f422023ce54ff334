/* procedure_engine.c - how a run begins, is gone on with, answered, canceled and put away: the half
 * of engine/procedure.h that others call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate_priv.h"
#include "procedure_priv.h"
#include "runbook/base/mem.h"
#include "runbook/base/words.h"
#include "runbook/engine/skill.h"
#include "runbook/codec/json.h"

#define RUN_DEFINITION_MAX ((size_t)700 << 10) /* of one line of the journal */

static struct procedure_live *live(const struct engine *e)
{
    return e->procedure && !e->procedure->over ? e->procedure : NULL;
}

static struct procedure_live *new_live(struct engine *e, const char *run, struct procedure *p)
{
    struct procedure_live *pl = xcalloc(1, sizeof(*pl));

    pl->e = e;
    pl->p = p;
    pl->actor = p->kind;
    snprintf(pl->run, sizeof(pl->run), "%s", run);
    pl->older = e->procedure;
    e->procedure = pl;
    return pl;
}

/* A copy of its own: the definition as the journal will hold it. */
static enum err_code copy_of(const struct engine *e, struct str definition, struct procedure **ret,
                             struct err *err)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    enum err_code rc;

    rc = json_parse(a, definition, &v, err);
    rc = rc ? rc : procedure_decode(v, ret, err);
    arena_free(a);
    if (!rc && procedure_check(*ret, e->opts.tools, err)) {
        procedure_free(*ret);
        rc = err->code;
    }
    return rc;
}

/* What looks like a secret is refused: a run is kept, and its parameters with it. */
static enum err_code check_request(struct engine *e, const struct procedure_request *r,
                                   struct err *err)
{
    struct buf clean = BUF_INIT((size_t)1 << 20);
    size_t secrets = redactor_apply(e->redactor, &clean, r->params);

    buf_release(&clean);
    if (live(e) || model_procedure_open(&e->model))
        return err_set(err, ERR_AGAIN, "%s is not over: wait for it, go on with it or cancel it",
                       model_procedure_open(&e->model) ? model_procedure_open(&e->model)->run
                                                       : live(e)->run);
    if (secrets)
        return err_set(err, ERR_INPUT,
                       "a parameter looks like a secret: a run is kept in the journal with its "
                       "parameters, and secrets are not");
    if (r->actor && strncmp(r->actor, "llm:", 4) == 0 && procedure_mutates(r->procedure))
        return err_set(err, ERR_DENIED,
                       "a model can suggest a procedure that changes something; a "
                       "person starts it");
    return ERR_OK;
}

static void publish_begun(struct engine *e, const struct procedure_request *r, const char *run,
                          struct str definition)
{
    struct event ev = {.type = EV_PROCEDURE_STARTED, .actor = r->actor ? r->actor : "user"};
    struct ev_procedure_started *s = &ev.u.procedure_started;
    const struct procedure *p = r->procedure;

    s->run = run;
    s->kind = p->kind;
    s->id = p->id;
    s->name = p->name;
    s->version = p->version;
    s->source = p->source;
    s->sha256 = p->sha256;
    s->by = e->mutate->by;
    s->why = r->why;
    s->hypothesis = r->hypothesis;
    s->definition = definition;
    s->params = r->params.len ? r->params : STR_LIT("{}");
    s->dry_run = r->dry_run;
    s->mutates = procedure_mutates(p);
    procedure_publish(e->procedure, &ev);
}

enum err_code engine_procedure_start(struct engine *e, const struct procedure_request *r,
                                     const char **ret_run, struct err *err)
{
    struct buf definition = BUF_INIT(RUN_DEFINITION_MAX);
    char run[PROCEDURE_RUN_ID_MAX] = "r";
    struct procedure *p = NULL;
    enum err_code rc = check_request(e, r, err);

    if (rc)
        return rc;
    procedure_encode(r->procedure, &definition);
    rc = buf_check(&definition, "the procedure", err);
    rc = rc ? rc : copy_of(e, buf_str(&definition), &p, err);
    if (!rc) {
        engine_open_deferred(e, *p->name ? p->name : p->id);
        rng_id(e->opts.rng, run + 1, 6);
        new_live(e, run, p);
        publish_begun(e, r, run, buf_str(&definition));
        *ret_run = procedure_of(e->procedure)->run;
        procedure_advance_soon(e->procedure);
    }
    buf_release(&definition);
    return rc;
}

/* ---- again ---- */

static void publish_moved(struct engine *e, enum event_type type, const char *run, const char *why)
{
    struct event ev = {.type = type, .actor = "engine"};

    ev.u.procedure_moved.run = run;
    ev.u.procedure_moved.why = why;
    ev.u.procedure_moved.by = type == EV_PROCEDURE_RESUMED ? e->mutate->by : "";
    engine_publish(e, &ev);
}

void procedure_reopened(struct engine *e)
{
    VEC_EACH (r, &e->model.procedures) {
        if (!procedure_is_over(r) && r->state != PROCEDURE_STOPPED)
            publish_moved(e, EV_PROCEDURE_STOPPED, r->run, "the program ended while it ran");
    }
}

enum err_code engine_procedure_resume(struct engine *e, const char *run, struct err *err)
{
    const struct procedure_run *r =
        run && *run ? model_procedure(&e->model, run) : model_procedure_open(&e->model);
    struct procedure *p;

    if (!r)
        return err_set(err, ERR_NOT_FOUND, "%s",
                       run && *run ? "there is no such run in this session"
                                   : "no run of this session waits to be gone on with");
    if (live(e))
        return err_set(err, ERR_AGAIN, "%s is under way", live(e)->run);
    if (procedure_is_over(r))
        return err_set(err, ERR_INPUT, "%s is over: %s", r->run, procedure_state_name(r->state));
    if (copy_of(e, str_from(r->definition), &p, err))
        return err_wrap(err, "%s cannot be gone on with", r->run);
    new_live(e, r->run, p);
    publish_moved(e, EV_PROCEDURE_RESUMED, r->run, "");
    procedure_advance_soon(e->procedure);
    return ERR_OK;
}

/* ---- people ---- */

static struct step_live *asking(struct procedure_live *pl, const char *step)
{
    VEC_EACH (sl, &pl->steps) {
        if (!(*sl)->over && (*sl)->doing == DOING_ASK &&
            (!step || !*step || strcmp((*sl)->def->id, step) == 0))
            return *sl;
    }
    return NULL;
}

static bool is_option(const struct step_run *s, const char *label)
{
    VEC_EACH (o, &s->options) {
        if (strcmp(*o, label) == 0)
            return true;
    }
    return false;
}

static void publish_answered(struct step_live *sl, const char *label)
{
    struct event ev = {.type = EV_STEP_ANSWERED, .actor = "user"};

    ev.u.step_answered.run = sl->pl->run;
    ev.u.step_answered.step = sl->def->id;
    ev.u.step_answered.answer = label;
    ev.u.step_answered.by = sl->pl->e->mutate->by;
    procedure_publish(sl->pl, &ev);
}

enum err_code engine_procedure_answer(struct engine *e, const char *step, const char *label,
                                      struct err *err)
{
    struct step_live *sl = live(e) ? asking(live(e), step) : NULL;

    if (!sl)
        return err_set(err, ERR_NOT_FOUND, "no step waits for an answer");
    if (!label || !is_option(step_of_live(sl), label))
        return err_set(err, ERR_INPUT, "'%.80s' is none of its answers", label ? label : "");
    publish_answered(sl, label);
    step_answered(sl);
    return ERR_OK;
}

/* "ID NAME=VALUE ... --dry-run", as it is typed. */
static enum err_code run_line(struct engine *e, const char *line, struct err *err)
{
    struct buf params = BUF_INIT((size_t)1 << 20);
    struct arena *a = arena_new(0);
    struct procedure_request r = {0};
    const struct skill *skill;
    const char **words = words_split(a, line ? line : ""), *run;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    while (words && words[count])
        count++;
    if (!count)
        rc = err_set(err, ERR_INPUT,
                     words ? "name a skill: runbook skill list"
                           : "the line cannot be read: a quote is open");
    for (size_t i = 1; !rc && i < count; i++) {
        if (strcmp(words[i], "--dry-run") == 0) {
            r.dry_run = true;
            words[i--] = words[--count];
        }
    }
    rc = rc ? rc : skills_need(engine_skills(e), words[0], &skill, err);
    rc = rc ? rc : procedure_params(skill->procedure, words + 1, count - 1, &params, NULL, err);
    if (!rc) {
        r.procedure = skill->procedure;
        r.params = buf_str(&params);
        rc = engine_procedure_start(e, &r, &run, err);
    }
    buf_release(&params);
    arena_free(a);
    return rc;
}

void procedure_intent(struct engine *e, const struct intent *in)
{
    struct err err = ERR_INIT;

    if (in->type == INTENT_PROCEDURE_RUN) {
        if (run_line(e, in->text, &err))
            engine_say_error(e, "not run", &err);
    } else if (in->type == INTENT_PROCEDURE_ANSWER) {
        if (engine_procedure_answer(e, in->target, in->text, &err))
            engine_say_error(e, "the answer does not count", &err);
    } else if (engine_procedure_resume(e, in->text, &err)) {
        engine_say_error(e, "not gone on with", &err);
    }
}

static void publish_canceled(struct engine *e, const struct procedure_run *r)
{
    struct event ev = {.type = EV_PROCEDURE_FINISHED, .actor = "user"};

    ev.u.procedure_finished.run = r->run;
    ev.u.procedure_finished.state = PROCEDURE_CANCELED;
    ev.u.procedure_finished.text = "it was not gone on with";
    engine_publish(e, &ev);
}

void engine_procedure_cancel(struct engine *e)
{
    struct procedure_live *pl = live(e);
    const struct procedure_run *r = model_procedure_open(&e->model);

    if (!pl) {
        if (r)
            publish_canceled(e, r);
        return;
    }
    pl->canceling = true;
    for (size_t i = 0; i < pl->steps.count; i++)
        step_cancel(pl->steps.items[i]);
    if (procedure_of(pl)->failing)
        procedure_cancel_undo(pl);
    procedure_advance_soon(pl);
}

/* ---- how it stands ---- */

bool engine_procedure_waits(const struct engine *e)
{
    const struct procedure_live *pl = live(e);

    if (!pl || pl->canceling)
        return false;
    if (procedure_of(pl)->state == PROCEDURE_WAITING)
        return true;
    return model_procedure_approval(&e->model, procedure_of(pl)) && !engine_mutating(e);
}

bool engine_procedure_busy(const struct engine *e)
{
    return live(e) && !engine_procedure_waits(e);
}

void procedure_mutation_over(struct engine *e, const char *id)
{
    struct procedure_live *pl = live(e);
    const struct mutation *mu = model_mutation(&e->model, id);

    if (!pl || !mu || strncmp(mu->origin, pl->run, strlen(pl->run)) != 0)
        return;
    for (size_t i = 0; i < pl->steps.count; i++) {
        if (!pl->steps.items[i]->over && pl->steps.items[i]->doing == DOING_ACT)
            step_mutation_over(pl->steps.items[i]);
    }
    procedure_advance_soon(pl);
}

/* ---- the end ---- */

void procedure_stop(struct engine *e, const char *why)
{
    struct procedure_live *pl = live(e);

    if (!pl)
        return;
    for (size_t i = 0; i < pl->steps.count; i++) {
        if (pl->steps.items[i]->run)
            tool_run_cancel(e->runner, pl->steps.items[i]->run);
    }
    procedure_put_away(pl);
    publish_moved(e, EV_PROCEDURE_STOPPED, pl->run, why);
}

void procedure_free_all(struct engine *e)
{
    while (e->procedure) {
        struct procedure_live *pl = e->procedure;

        e->procedure = pl->older;
        VEC_EACH (sl, &pl->steps) {
            step_call_release(*sl);
            free(*sl);
        }
        VEC_RELEASE(&pl->steps);
        VEC_EACH (k, &pl->kept)
            buf_release(&k->body);
        VEC_RELEASE(&pl->kept);
        procedure_free(pl->p);
        free(pl);
    }
}

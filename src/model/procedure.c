/* procedure.c - the fold of a procedure's run: which steps there are, how each stands, which one is
 * next. The runner decides from this and from nothing else what it does next, so that a run that
 * was cut goes on like one that was not. An event that does not fit becomes a notice. */
#include <stdio.h>
#include <string.h>

#include "model_priv.h"
#include "runbook/codec/json.h"

#define SHOWN_TEXT 240 /* bytes of a step's words in a notice */

const char *procedure_type_name(enum procedure_type t)
{
    static const char *const names[PROCEDURE_TYPES] = {
        [PROCEDURE_STRING] = "string",   [PROCEDURE_NUMBER] = "number",
        [PROCEDURE_INTEGER] = "integer", [PROCEDURE_BOOLEAN] = "boolean",
        [PROCEDURE_ARRAY] = "array",
    };

    return names[t];
}

const char *step_kind_name(enum step_kind k)
{
    static const char *const names[STEP_KINDS] = {
        [STEP_TOOL] = "tool",         [STEP_ACT] = "act",   [STEP_PROMPT] = "prompt",
        [STEP_APPROVAL] = "approval", [STEP_WAIT] = "wait", [STEP_GOTO] = "goto",
        [STEP_PARALLEL] = "parallel",
    };

    return names[k];
}

const char *step_on_error_name(enum step_on_error o)
{
    static const char *const names[STEP_ON_ERRORS] = {
        [ON_ERROR_ABORT] = "abort", [ON_ERROR_CONTINUE] = "continue", [ON_ERROR_RETRY] = "retry"};

    return names[o];
}

bool procedure_is_over(const struct procedure_run *r)
{
    return r->state >= PROCEDURE_COMPLETED;
}

const struct procedure_run *model_procedure(const struct model *m, const char *run)
{
    VEC_EACH (r, &m->procedures) {
        if (run && strcmp(r->run, run) == 0)
            return r;
    }
    return NULL;
}

const struct procedure_run *model_procedure_open(const struct model *m)
{
    for (size_t i = m->procedures.count; i-- > 0;) {
        if (!procedure_is_over(&m->procedures.items[i]))
            return &m->procedures.items[i];
    }
    return NULL;
}

bool model_procedure_runs(const struct model *m)
{
    const struct procedure_run *r = model_procedure_open(m);

    return r && r->state != PROCEDURE_STOPPED;
}

static struct step_run *find_step(const struct procedure_run *r, const char *step)
{
    VEC_EACH (s, &r->steps) {
        if (strcmp(s->id, step) == 0)
            return s;
    }
    return NULL;
}

const struct step_run *procedure_step_run(const struct procedure_run *r, const char *step)
{
    return find_step(r, step);
}

/* "r4k2x9q/restart/1.1": of that run, that step. */
static bool origin_is(const char *origin, const char *run, const char **ret_step)
{
    size_t n = strlen(run);

    if (strncmp(origin, run, n) != 0 || origin[n] != '/')
        return false;
    *ret_step = origin + n + 1;
    return true;
}

const struct approval *model_procedure_approval(const struct model *m,
                                                const struct procedure_run *r)
{
    const char *step;

    VEC_EACH (a, &m->approvals) {
        const struct mutation *mu = model_mutation(m, a->id);

        if (a->state == APPROVAL_WAITING && mu && origin_is(mu->origin, r->run, &step))
            return a;
    }
    return NULL;
}

void model_procedure_proposed(struct model *m, const char *origin, const char *mutation)
{
    const char *step;

    VEC_EACH (r, &m->procedures) {
        if (!origin_is(origin, r->run, &step))
            continue;
        VEC_EACH (s, &r->steps) {
            size_t n = strlen(s->id);

            if (strncmp(step, s->id, n) == 0 && step[n] == '/' &&
                strncmp(step + n, "/back ", 6) != 0)
                s->mutation = mutation;
        }
    }
}

void model_release_procedures(struct model *m)
{
    VEC_EACH (r, &m->procedures) {
        VEC_EACH (s, &r->steps)
            VEC_RELEASE(&s->options);
        VEC_RELEASE(&r->steps);
        VEC_RELEASE(&r->done);
    }
    VEC_RELEASE(&m->procedures);
}

/* ---- the definition ---- */

static enum step_kind kind_of(const char *name)
{
    for (int k = 0; k < STEP_KINDS; k++) {
        if (strcmp(step_kind_name((enum step_kind)k), name) == 0)
            return (enum step_kind)k;
    }
    return STEP_TOOL;
}

static void add_steps(struct model *m, struct procedure_run *r, const struct value *steps,
                      const char *parent, bool rollback)
{
    VALUE_EACH (v, steps) {
        struct step_run *s = VEC_PUSH(&r->steps);
        const char *id = model_keep(m, value_cstr_or(v, "id", ""));

        s->id = id;
        s->name = model_keep(m, value_cstr_or(v, "name", id));
        s->action = model_keep(m, value_cstr_or(v, "action", ""));
        s->kind = kind_of(value_cstr_or(v, "kind", ""));
        s->depth = *parent ? 1 : 0;
        s->is_rollback = rollback;
        s->parent = parent;
        s->args = s->text = s->call = s->mutation = s->result = s->question = s->answer =
            s->answered_by = "";
        add_steps(m, r, value_get(v, "steps"), id, false);
        add_steps(m, r, value_get(v, "rollback"), id, true);
    }
}

static void read_definition(struct model *m, struct procedure_run *r)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err;

    if (!json_parse(a, str_from(r->definition), &v, &err))
        add_steps(m, r, value_get(v, "steps"), "", false);
    arena_free(a);
}

/* ---- what is said ---- */

static void say(struct model *m, const struct event *ev, const char *text)
{
    model_notice(m, ev, text);
    m->items.items[m->items.count - 1].tag = "procedure";
}

static struct procedure_run *subject(struct model *m, const struct event *ev, const char *run)
{
    VEC_EACH (r, &m->procedures) {
        if (strcmp(r->run, run) == 0)
            return r;
    }
    model_notice(m, ev, arena_printf(m->arena, "%s: no run %s", event_type_name(ev->type), run));
    return NULL;
}

static struct step_run *step_of(struct model *m, const struct event *ev, struct procedure_run *r,
                                const char *step)
{
    struct step_run *s = r ? find_step(r, step) : NULL;

    if (r && !s)
        model_notice(m, ev,
                     arena_printf(m->arena, "%s: %s has no step %s", event_type_name(ev->type),
                                  r->run, step));
    return s;
}

/* ---- events ---- */

void model_on_procedure_started(struct model *m, const struct event *ev)
{
    const struct ev_procedure_started *p = &ev->u.procedure_started;
    struct procedure_run *r;

    if (model_procedure(m, p->run)) {
        model_notice(m, ev, arena_printf(m->arena, "procedure.started: %s again", p->run));
        return;
    }
    r = VEC_PUSH(&m->procedures);
    r->run = model_keep(m, p->run);
    r->kind = model_keep(m, p->kind);
    r->id = model_keep(m, p->id);
    r->name = model_keep(m, *p->name ? p->name : p->id);
    r->version = model_keep(m, p->version);
    r->source = model_keep(m, p->source);
    r->sha256 = model_keep(m, p->sha256);
    r->by = model_keep(m, p->by);
    r->why = model_keep(m, p->why);
    r->hypothesis = model_keep(m, p->hypothesis);
    r->definition = p->definition.len ? arena_str(m->arena, p->definition) : "{}";
    r->params = p->params.len ? arena_str(m->arena, p->params) : "{}";
    r->dry_run = p->dry_run;
    r->mutates = p->mutates;
    r->state = PROCEDURE_RUNNING;
    r->text = r->at = r->failed = "";
    r->started_ms = ev->ts_ms;
    read_definition(m, r);
    say(m, ev,
        arena_printf(m->arena, "%s %s started: %s%s", r->kind, r->run, r->name,
                     r->dry_run ? " (dry run)" : ""));
}

void model_on_procedure_stopped(struct model *m, const struct event *ev)
{
    struct procedure_run *r = subject(m, ev, ev->u.procedure_moved.run);

    if (!r || procedure_is_over(r))
        return;
    r->state = PROCEDURE_STOPPED;
    r->text = model_keep(m, ev->u.procedure_moved.why);
    say(m, ev, arena_printf(m->arena, "%s %s stopped: %s", r->kind, r->run, r->text));
}

void model_on_procedure_resumed(struct model *m, const struct event *ev)
{
    struct procedure_run *r = subject(m, ev, ev->u.procedure_moved.run);

    if (!r || procedure_is_over(r))
        return;
    r->state = PROCEDURE_RUNNING;
    r->text = "";
    r->resumed_ms = ev->ts_ms;
    say(m, ev,
        arena_printf(m->arena, "%s %s goes on%s%s", r->kind, r->run, *r->at ? " at " : "", r->at));
}

void model_on_procedure_finished(struct model *m, const struct event *ev)
{
    const struct ev_procedure_finished *f = &ev->u.procedure_finished;
    struct procedure_run *r = subject(m, ev, f->run);

    if (!r || procedure_is_over(r))
        return;
    r->state = (enum procedure_state)f->state;
    r->text = model_keep(m, f->text);
    r->at = "";
    r->ended_ms = ev->ts_ms;
    say(m, ev,
        arena_printf(m->arena, "%s %s %s%s%s", r->kind, r->run,
                     r->state == PROCEDURE_ROLLED_BACK ? "rolled back"
                                                       : procedure_state_name(r->state),
                     *r->text ? ": " : "", r->text));
}

static bool is_top(const struct step_run *s)
{
    return !*s->parent;
}

/* Where a step that is taken back has steps for it, they begin anew. */
static void begin_back(struct procedure_run *r, struct step_run *s)
{
    s->back = STEP_GOING_BACK;
    VEC_EACH (o, &r->steps) {
        if (o->is_rollback && strcmp(o->parent, s->id) == 0)
            o->state = STEP_PENDING;
    }
}

static void begin(struct procedure_run *r, struct step_run *s, const struct event *ev)
{
    const struct ev_step_started *b = &ev->u.step_started;
    bool anew = b->attempt <= 1 && (s->visits != b->visit || s->state == STEP_PENDING);

    if (anew) {
        s->answer = s->answered_by = s->question = s->mutation = s->call = s->result = "";
        s->options.count = 0;
        s->started_ms = ev->ts_ms;
        VEC_EACH (o, &r->steps) { /* of a group */
            if (!o->is_rollback && strcmp(o->parent, s->id) == 0)
                o->state = STEP_PENDING;
        }
    }
    s->state = STEP_RUNNING;
    s->visits = b->visit;
    s->attempt = b->attempt;
    s->failed_once = false;
    s->ended_ms = 0;
}

void model_on_step_started(struct model *m, const struct event *ev)
{
    const struct ev_step_started *b = &ev->u.step_started;
    struct procedure_run *r = subject(m, ev, b->run);
    struct step_run *s = step_of(m, ev, r, b->step);

    if (!s || procedure_is_over(r))
        return;
    if (b->rollback) {
        begin_back(r, s);
        return;
    }
    begin(r, s, ev);
    s->text = "";
    s->args = b->args.len ? arena_str(m->arena, b->args) : "";
    if (is_top(s))
        r->at = s->id;
    r->state = PROCEDURE_RUNNING;
}

void model_on_step_retried(struct model *m, const struct event *ev)
{
    const struct ev_step_retried *t = &ev->u.step_retried;
    struct procedure_run *r = subject(m, ev, t->run);
    struct step_run *s = step_of(m, ev, r, t->step);

    if (!s || procedure_is_over(r))
        return;
    s->failed_once = true;
    s->text = model_keep(m, t->text);
    say(m, ev,
        arena_printf(m->arena, "%s: try %lld failed: %.*s; again in %lld.%lld s", s->id,
                     (long long)t->attempt, SHOWN_TEXT, t->text, (long long)(t->wait_ms / 1000),
                     (long long)(t->wait_ms % 1000 / 100)));
}

void model_on_step_asked(struct model *m, const struct event *ev)
{
    const struct ev_step_asked *a = &ev->u.step_asked;
    struct procedure_run *r = subject(m, ev, a->run);
    struct step_run *s = step_of(m, ev, r, a->step);

    if (!s || procedure_is_over(r))
        return;
    s->state = STEP_WAITING;
    s->question = model_keep(m, a->question);
    s->answer = "";
    s->options.count = 0;
    for (size_t i = 0; i < a->options.count; i++)
        *VEC_PUSH(&s->options) = model_keep(m, a->options.items[i]);
    r->state = PROCEDURE_WAITING;
    say(m, ev, arena_printf(m->arena, "%s asks: %s", s->id, s->question));
}

void model_on_step_answered(struct model *m, const struct event *ev)
{
    const struct ev_step_answered *a = &ev->u.step_answered;
    struct procedure_run *r = subject(m, ev, a->run);
    struct step_run *s = step_of(m, ev, r, a->step);

    if (!s || procedure_is_over(r))
        return;
    s->state = STEP_RUNNING;
    s->answer = model_keep(m, a->answer);
    s->answered_by = model_keep(m, a->by);
    r->state = PROCEDURE_RUNNING;
    say(m, ev, arena_printf(m->arena, "%s: %s answered", s->id, s->answer));
}

/* The last time that it was done and not taken back yet. */
static struct step_done *to_take_back(struct procedure_run *r, const struct step_run *s)
{
    for (size_t i = r->done.count; i-- > 0;) {
        if (&r->steps.items[r->done.items[i].step] == s && !r->done.items[i].back)
            return &r->done.items[i];
    }
    return NULL;
}

static void end_back(struct procedure_run *r, struct step_run *s, const struct ev_step_finished *f)
{
    struct step_done *d = to_take_back(r, s);

    s->back = STEP_NOT_BACK;
    if (d)
        d->back = true;
    if (f->state == STEP_ROLLED_BACK)
        s->state = STEP_ROLLED_BACK;
}

static void follow(struct model *m, const struct event *ev, struct procedure_run *r,
                   const struct step_run *s)
{
    const char *next = ev->u.step_finished.next;
    size_t i = (size_t)(s - r->steps.items);

    r->at = "";
    if (strcmp(next, "fail") == 0 || strcmp(next, "stop") == 0) {
        r->failed = s->id;
        r->failing = true;
        if (strcmp(next, "stop") == 0) /* what was done stays */
            VEC_EACH (d, &r->done)
                d->back = true;
        return;
    }
    if (strcmp(next, "end") == 0) {
        r->next = r->steps.count;
        return;
    }
    if (*next) {
        for (size_t k = 0; k < r->steps.count; k++) {
            if (is_top(&r->steps.items[k]) && strcmp(r->steps.items[k].id, next) == 0) {
                r->next = k;
                return;
            }
        }
        model_notice(m, ev, arena_printf(m->arena, "%s has no step %s", r->run, next));
    }
    for (i++; i < r->steps.count && !is_top(&r->steps.items[i]); i++)
        ;
    r->next = i;
}

static void say_finished(struct model *m, const struct event *ev, const struct step_run *s)
{
    const struct ev_step_finished *f = &ev->u.step_finished;
    const char *what = f->state == STEP_ROLLED_BACK ? "rolled back"
                       : f->rollback                ? "NOT rolled back"
                                                    : step_state_name((enum step_state)f->state);

    say(m, ev,
        arena_printf(m->arena, "%s %s%s%.*s", s->id, what, *f->text ? ": " : "", SHOWN_TEXT,
                     f->text));
}

void model_on_step_finished(struct model *m, const struct event *ev)
{
    const struct ev_step_finished *f = &ev->u.step_finished;
    struct procedure_run *r = subject(m, ev, f->run);
    struct step_run *s = step_of(m, ev, r, f->step);

    if (!s || procedure_is_over(r))
        return;
    say_finished(m, ev, s);
    if (f->rollback) {
        end_back(r, s, f);
        return;
    }
    s->state = (enum step_state)f->state;
    s->text = model_keep(m, f->text);
    s->call = model_keep(m, f->call);
    s->mutation = model_keep(m, f->mutation);
    s->result = f->result.len > 2 ? arena_str(m->arena, f->result) : ""; /* {}: none */
    if (r->state == PROCEDURE_WAITING)
        r->state = PROCEDURE_RUNNING;
    s->ended_ms = ev->ts_ms;
    if (s->state == STEP_DONE && is_top(s))
        *VEC_PUSH(&r->done) = (struct step_done){(size_t)(s - r->steps.items), s->mutation, false};
    if (s->state == STEP_FAILED || s->state == STEP_REFUSED)
        r->degraded = true;
    if (is_top(s))
        follow(m, ev, r, s);
}

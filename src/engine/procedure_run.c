/* procedure_run.c - the way of a run: which step is next, how one ends, what is taken back.
 * What comes next is read from the model each time, never remembered here: a run that is gone on
 * with after a kill -9 takes the same way as one that was not cut. */
#include "procedure_priv.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutate_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"

#define RUN_MS 3600000
#define BACKOFF_MS 1000
#define BACKOFF_MAX_MS 60000
#define RETRIES 3

const struct procedure_run *procedure_of(const struct procedure_live *pl)
{
    return model_procedure(&pl->e->model, pl->run);
}

const struct step_run *step_of_live(const struct step_live *sl)
{
    return &procedure_of(sl->pl)->steps.items[sl->index];
}

void procedure_publish(struct procedure_live *pl, struct event *ev)
{
    engine_publish(pl->e, ev);
    if (FAULT_POINT("procedure.event")) /* a test that is killed here, in turn at each event */
        kill(getpid(), SIGKILL);
}

/* ---- time: of a whole run, without what people take ---- */

static void on_whole(void *ctx);

static int64_t whole_ms(const struct procedure_live *pl)
{
    return pl->p->timeout_ms ? pl->p->timeout_ms : RUN_MS;
}

static void clock_go(struct procedure_live *pl)
{
    int64_t left = whole_ms(pl) - pl->used_ms;

    if (pl->since_ms || pl->over)
        return;
    pl->since_ms = loop_now_ms(pl->e->opts.loop) + 1;
    pl->whole = loop_timer(pl->e->opts.loop, left > 0 ? left : 0, on_whole, pl);
}

static void clock_stop(struct procedure_live *pl)
{
    if (pl->since_ms)
        pl->used_ms += loop_now_ms(pl->e->opts.loop) + 1 - pl->since_ms;
    pl->since_ms = 0;
    if (pl->whole)
        loop_timer_cancel(pl->e->opts.loop, pl->whole);
    pl->whole = 0;
}

/* ---- steps under way ---- */

static struct step_live *live_of(struct procedure_live *pl, size_t index)
{
    VEC_EACH (sl, &pl->steps) {
        if (!(*sl)->over && (*sl)->index == index)
            return *sl;
    }
    return NULL;
}

static size_t live_count(const struct procedure_live *pl)
{
    size_t n = 0;

    VEC_EACH (sl, &pl->steps)
        n += !(*sl)->over;
    return n;
}

static void drop_timers(struct step_live *sl)
{
    struct loop *l = sl->pl->e->opts.loop;

    if (sl->timer)
        loop_timer_cancel(l, sl->timer);
    if (sl->deadline)
        loop_timer_cancel(l, sl->deadline);
    sl->timer = sl->deadline = 0;
}

/* What is over goes when nothing of it is under way any more. */
static void reap_steps(struct procedure_live *pl)
{
    size_t kept = 0;

    for (size_t i = 0; i < pl->steps.count; i++) {
        struct step_live *sl = pl->steps.items[i];

        if (sl->over && !sl->run && !sl->job) {
            step_call_release(sl);
            free(sl);
        } else {
            pl->steps.items[kept++] = sl;
        }
    }
    pl->steps.count = kept;
}

static struct step_live *new_live(struct procedure_live *pl, size_t index)
{
    struct step_live *sl = xcalloc(1, sizeof(*sl));
    const struct step_run *s = &procedure_of(pl)->steps.items[index];

    *VEC_PUSH(&pl->steps) = sl;
    sl->pl = pl;
    sl->index = index;
    sl->def = procedure_find(pl->p, s->id);
    sl->began_ms = loop_now_ms(pl->e->opts.loop);
    return sl;
}

static void publish_started(struct step_live *sl, struct str args)
{
    struct event ev = {.type = EV_STEP_STARTED, .actor = sl->pl->actor};
    struct ev_step_started *b = &ev.u.step_started;

    b->run = sl->pl->run;
    b->step = sl->def->id;
    b->visit = sl->visit;
    b->attempt = sl->attempt;
    b->args = args;
    procedure_publish(sl->pl, &ev);
}

static void publish_finished(struct step_live *sl, enum step_state state, const char *text,
                             struct str result, const char *next)
{
    struct event ev = {.type = EV_STEP_FINISHED, .actor = sl->pl->actor};
    struct ev_step_finished *f = &ev.u.step_finished;
    const struct step_run *s = step_of_live(sl);
    char copy[ERR_MSG_MAX + 128];

    snprintf(copy, sizeof(copy), "%s", text);
    sl->over = true;
    drop_timers(sl);
    f->run = sl->pl->run;
    f->step = sl->def->id;
    f->state = state;
    f->text = copy;
    f->call = sl->call;
    f->mutation = s->mutation;
    f->result = result;
    f->next = next;
    f->duration_ms = loop_now_ms(sl->pl->e->opts.loop) - sl->began_ms;
    procedure_publish(sl->pl, &ev);
    procedure_advance_soon(sl->pl);
}

/* ---- the end of a try ---- */

static void try_again(void *ctx);

static int64_t backoff_ms(const struct step_live *sl)
{
    int64_t ms = sl->def->backoff_ms ? sl->def->backoff_ms : BACKOFF_MS;

    for (int64_t i = 1; i < sl->attempt && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

static bool may_retry(const struct step_live *sl)
{
    int most = sl->def->max_retries ? sl->def->max_retries : RETRIES;

    return sl->def->on_error == ON_ERROR_RETRY && sl->attempt <= most && !sl->pl->canceling &&
           !sl->pl->late && !sl->canceled;
}

static void retry(struct step_live *sl, const char *text)
{
    struct event ev = {.type = EV_STEP_RETRIED, .actor = sl->pl->actor};

    ev.u.step_retried.run = sl->pl->run;
    ev.u.step_retried.step = sl->def->id;
    ev.u.step_retried.text = text;
    ev.u.step_retried.attempt = sl->attempt;
    ev.u.step_retried.wait_ms = backoff_ms(sl);
    drop_timers(sl);
    procedure_publish(sl->pl, &ev);
    sl->doing = DOING_RETRY;
    sl->timer = loop_timer(sl->pl->e->opts.loop, backoff_ms(sl), try_again, sl);
}

static bool in_group(const struct step_live *sl)
{
    return *step_of_live(sl)->parent != '\0';
}

/* A person said that the step may run, or not. */
static void on_leave(void *ctx)
{
    struct step_live *sl = ctx;
    const char *answer = step_of_live(sl)->answer;

    sl->timer = 0;
    sl->doing = DOING_NOTHING;
    clock_go(sl->pl);
    if (sl->def->kind == STEP_APPROVAL || strcmp(answer, "run") == 0)
        step_begin_kind(sl);
    else if (strcmp(answer, "skip") == 0)
        step_end(sl, STEP_SKIPPED, "a person skipped it", (struct str){NULL, 0});
    else
        step_end(sl, STEP_REFUSED, "a person said no", (struct str){NULL, 0});
}

void step_answered(struct step_live *sl)
{
    sl->doing = DOING_WAIT;
    sl->timer = loop_timer(sl->pl->e->opts.loop, 0, on_leave, sl);
}

static const char *next_after(const struct step_live *sl, enum step_state state)
{
    switch (state) {
    case STEP_FAILED:
    case STEP_REFUSED:
        if (sl->pl->late || sl->def->on_error != ON_ERROR_CONTINUE)
            return sl->pl->p->no_rollback ? "stop" : "fail";
        return "";
    case STEP_CANCELED:
        return "stop";
    case STEP_PENDING:
    case STEP_RUNNING:
    case STEP_WAITING:
    case STEP_DONE:
    case STEP_SKIPPED:
    case STEP_ROLLED_BACK:
        break;
    }
    return sl->next ? sl->next : "";
}

void step_end(struct step_live *sl, enum step_state state, const char *text, struct str result)
{
    if (sl->over)
        return;
    if (state == STEP_FAILED && may_retry(sl)) {
        retry(sl, text);
        return;
    }
    if (state == STEP_FAILED && sl->canceled && !sl->timed_out)
        state = STEP_CANCELED;
    publish_finished(sl, state, text, result, in_group(sl) ? "" : next_after(sl, state));
}

void step_fail(struct step_live *sl, const struct err *err)
{
    step_end(sl, err->code == ERR_DENIED ? STEP_REFUSED : STEP_FAILED, err->msg,
             (struct str){NULL, 0});
}

/* ---- the beginning ---- */

void step_ask(struct step_live *sl, const char *question, const char *const *options, size_t count)
{
    struct event ev = {.type = EV_STEP_ASKED, .actor = sl->pl->actor};

    ev.u.step_asked.run = sl->pl->run;
    ev.u.step_asked.step = sl->def->id;
    ev.u.step_asked.question = question;
    ev.u.step_asked.options = (struct strings){options, count};
    sl->doing = DOING_ASK;
    clock_stop(sl->pl);
    procedure_publish(sl->pl, &ev);
}

static void on_deadline(void *ctx)
{
    struct step_live *sl = ctx;

    sl->deadline = 0;
    sl->timed_out = true;
    step_cancel(sl);
}

static bool needs_leave(const struct step_live *sl)
{
    return sl->def->requires_approval && sl->def->kind != STEP_ACT &&
           sl->def->kind != STEP_APPROVAL && !procedure_of(sl->pl)->dry_run &&
           !*step_of_live(sl)->answer;
}

static void ask_leave(struct step_live *sl)
{
    static const char *const options[] = {"run", "skip", "abort"};
    char question[256];

    snprintf(question, sizeof(question), "Run the step %.80s (%.80s)?", sl->def->id,
             *sl->def->name ? sl->def->name : step_kind_name(sl->def->kind));
    step_ask(sl, question, options, 3);
}

/* Before the process ended. */
static bool was_told_no(const struct step_live *sl)
{
    const char *answer = step_of_live(sl)->answer;

    return sl->def->kind != STEP_APPROVAL && *answer && strcmp(answer, "run") != 0;
}

static bool has_args(const struct procedure_step *s)
{
    return s->kind == STEP_TOOL || s->kind == STEP_ACT || s->kind == STEP_WAIT;
}

/* One try: its parameters, its event, and then whatever its kind is. */
static void begin_try(struct step_live *sl)
{
    struct buf args = BUF_INIT(PROCEDURE_ARGS_MAX);
    struct err err = ERR_INIT;

    clock_go(sl->pl);
    if (has_args(sl->def) && procedure_fill_args(sl->pl, sl->def->args, &args, &err)) {
        publish_started(sl, (struct str){NULL, 0});
        step_fail(sl, &err);
    } else {
        publish_started(sl, buf_str(&args));
        if (sl->def->timeout_ms)
            sl->deadline = loop_timer(sl->pl->e->opts.loop, sl->def->timeout_ms, on_deadline, sl);
        if (needs_leave(sl))
            ask_leave(sl);
        else if (was_told_no(sl))
            step_answered(sl);
        else
            step_begin_kind(sl);
    }
    buf_release(&args);
}

static void try_again(void *ctx)
{
    struct step_live *sl = ctx;

    sl->timer = 0;
    sl->doing = DOING_NOTHING;
    sl->attempt++;
    sl->timed_out = false;
    sl->call = NULL;
    begin_try(sl);
}

void step_begin(struct procedure_live *pl, size_t index)
{
    struct step_live *sl = new_live(pl, index);
    struct err err = ERR_INIT;
    bool holds = true;

    sl->visit = step_of_live(sl)->visits + 1;
    sl->attempt = 1;
    if (sl->def->when && procedure_holds(pl, sl->def->when, NULL, &holds, &err)) {
        err_wrap(&err, "its condition");
        publish_started(sl, (struct str){NULL, 0});
        step_fail(sl, &err);
    } else if (!holds) {
        publish_finished(sl, STEP_SKIPPED, "its condition does not hold", (struct str){NULL, 0},
                         "");
    } else {
        begin_try(sl);
    }
}

/* It was under way when the process ended. */
void step_begin_again(struct procedure_live *pl, size_t index)
{
    struct step_live *sl = new_live(pl, index);
    const struct step_run *s = step_of_live(sl);

    sl->visit = s->visits;
    sl->attempt = s->attempt + (s->failed_once ? 1 : 0);
    begin_try(sl);
}

/* ---- groups ---- */

static size_t group_limit(const struct procedure_step *s)
{
    return s->parallel ? (size_t)s->parallel : 4;
}

/* Begin what there is room for; when all have ended, so has the group. */
static void group_advance(struct step_live *group)
{
    struct procedure_live *pl = group->pl;
    const struct procedure_run *r = procedure_of(pl);
    size_t running = live_count(pl) - 1, failed = 0, canceled = 0, total = 0;
    char text[96];

    for (size_t i = 0; i < r->steps.count; i++) {
        const struct step_run *s = &r->steps.items[i];

        if (s->is_rollback || strcmp(s->parent, group->def->id) != 0)
            continue;
        total++;
        failed += s->state == STEP_FAILED || s->state == STEP_REFUSED;
        canceled += s->state == STEP_CANCELED;
        if (live_of(pl, i) || pl->canceling || group->timed_out)
            continue;
        if (s->state == STEP_PENDING && running < group_limit(group->def)) {
            running++;
            step_begin(pl, i);
        } else if (s->state == STEP_RUNNING && running < group_limit(group->def)) {
            running++;
            step_begin_again(pl, i);
        }
    }
    if (live_count(pl) > 1)
        return;
    snprintf(text, sizeof(text), "%zu of %zu answered", total - failed - canceled, total);
    if (pl->canceling || canceled || group->timed_out)
        step_end(group, group->timed_out ? STEP_FAILED : STEP_CANCELED, text,
                 (struct str){NULL, 0});
    else
        step_end(group, failed ? STEP_FAILED : STEP_DONE, text, (struct str){NULL, 0});
}

/* ---- the whole ---- */

static void count_back(const struct procedure_live *pl, size_t *ret_back, size_t *ret_left,
                       struct buf *left)
{
    const struct procedure_run *r = procedure_of(pl);

    VEC_EACH (d, &r->done) {
        const struct step_run *s = &r->steps.items[d->step];
        const struct procedure_step *def = procedure_find(pl->p, s->id);
        bool changed =
            !r->dry_run && def && (def->rollback.count || (def->kind == STEP_ACT && *d->mutation));

        if (s->state == STEP_ROLLED_BACK) {
            ++*ret_back;
        } else if (changed && d->back) {
            ++*ret_left;
            buf_addf(left, "%s%s", left->len ? ", " : "", s->id);
        } else if (changed && model_mutation(&pl->e->model, d->mutation) &&
                   procedure_to_undo(pl, d)) {
            ++*ret_left;
            buf_addf(left, "%s%s", left->len ? ", " : "", s->id);
        }
    }
}

static enum procedure_state state_of_failure(const struct procedure_run *r, size_t back,
                                             size_t left)
{
    const struct step_run *s = procedure_step_run(r, r->failed);

    if (s && s->state == STEP_CANCELED)
        return PROCEDURE_CANCELED;
    if (s && s->state == STEP_REFUSED)
        return PROCEDURE_REFUSED;
    return back && !left ? PROCEDURE_ROLLED_BACK : PROCEDURE_FAILED;
}

void procedure_put_away(struct procedure_live *pl)
{
    clock_stop(pl);
    if (pl->advance)
        loop_timer_cancel(pl->e->opts.loop, pl->advance);
    pl->advance = 0;
    pl->over = true;
    VEC_EACH (sl, &pl->steps)
        drop_timers(*sl);
}

static void finish(struct procedure_live *pl)
{
    struct event ev = {.type = EV_PROCEDURE_FINISHED, .actor = pl->actor};
    const struct procedure_run *r = procedure_of(pl);
    struct buf left_names = BUF_INIT(512), text = BUF_INIT(1024);
    size_t back = 0, left = 0;

    ev.u.procedure_finished.state = r->degraded ? PROCEDURE_PARTIAL : PROCEDURE_COMPLETED;
    if (r->failing || pl->canceling) {
        const struct step_run *s = procedure_step_run(r, r->failed);

        count_back(pl, &back, &left, &left_names);
        ev.u.procedure_finished.state =
            r->failing ? state_of_failure(r, back, left) : PROCEDURE_CANCELED;
        if (s)
            buf_addf(&text, "at %s: %.300s", s->id, s->text);
        if (back)
            buf_addf(&text, "%s%zu step%s rolled back", text.len ? "; " : "", back,
                     back == 1 ? "" : "s");
        if (left)
            buf_addf(&text, "%sNOT rolled back: %s", text.len ? "; " : "", buf_cstr(&left_names));
    }
    ev.u.procedure_finished.run = pl->run;
    ev.u.procedure_finished.text = buf_cstr(&text);
    ev.u.procedure_finished.duration_ms = loop_wall_ms(pl->e->opts.loop) - r->started_ms;
    procedure_put_away(pl);
    procedure_publish(pl, &ev);
    plan_over(pl);
    buf_release(&text);
    buf_release(&left_names);
}

static void way_back(struct procedure_live *pl)
{
    const struct procedure_run *r = procedure_of(pl);

    clock_stop(pl); /* it is not cut short */
    for (size_t i = r->done.count; i-- > 0 && !pl->canceling;) {
        if (procedure_has_way_back(pl, &r->done.items[i])) {
            procedure_back_one(pl, &r->done.items[i]);
            return;
        }
    }
    finish(pl);
}

static struct step_live *group_of(struct procedure_live *pl)
{
    VEC_EACH (sl, &pl->steps) {
        if (!(*sl)->over && (*sl)->doing == DOING_GROUP)
            return *sl;
    }
    return NULL;
}

static void advance(void *ctx)
{
    struct procedure_live *pl = ctx;
    const struct procedure_run *r = procedure_of(pl);
    struct step_live *group;

    pl->advance = 0;
    if (pl->over)
        return;
    reap_steps(pl);
    group = group_of(pl);
    if (group)
        group_advance(group);
    else if (live_count(pl))
        return;
    else if (r->failing)
        way_back(pl);
    else if (*r->at)
        step_begin_again(pl, (size_t)(procedure_step_run(r, r->at) - r->steps.items));
    else if (pl->canceling || r->next >= r->steps.count)
        finish(pl);
    else
        step_begin(pl, r->next);
}

void procedure_advance_soon(struct procedure_live *pl)
{
    if (!pl->advance && !pl->over)
        pl->advance = loop_timer(pl->e->opts.loop, 0, advance, pl);
}

static void on_whole(void *ctx)
{
    struct procedure_live *pl = ctx;

    pl->whole = 0;
    pl->late = true;
    for (size_t i = 0; i < pl->steps.count; i++) {
        pl->steps.items[i]->timed_out = true;
        step_cancel(pl->steps.items[i]);
    }
}

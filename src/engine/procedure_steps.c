/* procedure_steps.c - what each kind of step does. A step that changes something only proposes: the
 * mutation engine has its own way (mutate.h), and what becomes of it is the step's result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate_priv.h"
#include "procedure_priv.h"
#include "runbook/codec/json.h"
#include "runbook/llm/llm.h"

#define POLL_MS 2000
#define POLLS_MAX 2000  /* of one condition: each one is in the journal */
#define UNTIL_MS 600000 /* how long a condition is waited for */
#define PROMPT_MS 300000
#define LOOK_MS 100 /* at a mutation that is to be given up */
#define GOTO_LIMIT 3
#define NO_RESULT ((struct str){NULL, 0})

static struct engine *engine_of(const struct step_live *sl)
{
    return sl->pl->e;
}

static bool dry(const struct step_live *sl)
{
    return procedure_of(sl->pl)->dry_run;
}

static void after(struct step_live *sl, int64_t ms, void (*fn)(void *ctx))
{
    sl->timer = loop_timer(engine_of(sl)->opts.loop, ms, fn, sl);
}

/* ---- tools ---- */

/* What the answer of a call says: data and nothing at all are both answers. */
static enum step_state state_of_answer(const struct tool_run *t)
{
    switch (t->status) {
    case TOOL_OK:
    case TOOL_EMPTY:
        return STEP_DONE;
    case TOOL_CANCELED:
        return STEP_CANCELED;
    case TOOL_ERROR:
    case TOOL_DENIED:
    case TOOL_TIMEOUT:
        break;
    }
    return STEP_FAILED;
}

static void end_timed_out(struct step_live *sl)
{
    char text[128];

    if (sl->pl->late)
        snprintf(text, sizeof(text), "the time of the whole run is over");
    else
        snprintf(text, sizeof(text), "it took longer than %lld s",
                 (long long)((sl->def->timeout_ms + 999) / 1000));
    step_end(sl, STEP_FAILED, text, NO_RESULT);
}

static void polled(struct step_live *sl, const struct tool_run *t);

void step_called(struct step_live *sl)
{
    const struct tool_run *t = model_tool(&engine_of(sl)->model, sl->call);
    enum step_state state = state_of_answer(t);

    sl->doing = DOING_NOTHING;
    if (sl->timed_out)
        end_timed_out(sl);
    else if (sl->canceled)
        step_end(sl, STEP_CANCELED, "canceled", NO_RESULT);
    else if (sl->def->kind == STEP_WAIT)
        polled(sl, t);
    else
        step_end(sl, state, *t->summary ? t->summary : t->error, NO_RESULT);
}

/* What it asks is not configured, and the step may do without: nothing has failed. */
static bool can_do_without(const struct step_live *sl)
{
    const struct tool_env *env = engine_of(sl)->opts.tools;
    const struct tool_def *t = env ? tool_env_find(env, sl->def->action) : NULL;

    return sl->def->on_error == ON_ERROR_CONTINUE && t && t->available && !t->available(env);
}

static void begin_tool(struct step_live *sl)
{
    if (can_do_without(sl)) {
        step_end(sl, STEP_SKIPPED, "what it asks is not configured here", NO_RESULT);
        return;
    }
    step_call(sl, sl->def->action, str_from(step_of_live(sl)->args));
}

/* ---- waiting ---- */

static int64_t since_begun_ms(const struct step_live *sl)
{
    return loop_wall_ms(engine_of(sl)->opts.loop) - step_of_live(sl)->started_ms;
}

static void on_waited(void *ctx)
{
    struct step_live *sl = ctx;

    sl->timer = 0;
    sl->doing = DOING_NOTHING;
    step_end(sl, STEP_DONE, "", NO_RESULT);
}

static void poll_again(void *ctx);

/* The condition does not hold yet. */
static void wait_on(struct step_live *sl, const char *why)
{
    int64_t every = sl->def->wait_ms ? sl->def->wait_ms : POLL_MS;
    int64_t most = sl->def->timeout_ms ? sl->def->timeout_ms : UNTIL_MS;
    char text[ERR_MSG_MAX + 64];

    if (dry(sl)) {
        step_end(sl, STEP_DONE, "dry run: its condition does not hold yet, and is not waited for",
                 NO_RESULT);
    } else if (since_begun_ms(sl) >= most) {
        snprintf(text, sizeof(text), "its condition did not hold within %lld s%s%s",
                 (long long)((most + 999) / 1000), *why ? ": " : "", why);
        step_end(sl, STEP_FAILED, text, NO_RESULT);
    } else {
        int64_t least = most / POLLS_MAX > 100 ? most / POLLS_MAX : 100;

        sl->doing = DOING_WAIT;
        after(sl, every < least ? least : every, poll_again);
    }
}

static void look(struct step_live *sl, const struct value *result)
{
    struct err err = ERR_INIT;
    bool holds = false;

    if (procedure_holds(sl->pl, sl->def->until_holds, result, &holds, &err))
        wait_on(sl, err.msg); /* what it asks for may not be there yet */
    else if (holds)
        step_end(sl, STEP_DONE, "its condition holds", NO_RESULT);
    else
        wait_on(sl, "");
}

static void polled(struct step_live *sl, const struct tool_run *t)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err = ERR_INIT;

    if (state_of_answer(t) != STEP_DONE)
        wait_on(sl, t->error);
    else if (procedure_answer_value(sl->pl, t->call, a, &v, &err))
        wait_on(sl, err.msg);
    else
        look(sl, v);
    arena_free(a);
}

static void poll_again(void *ctx)
{
    struct step_live *sl = ctx;

    sl->timer = 0;
    sl->doing = DOING_NOTHING;
    if (*sl->def->action)
        step_call(sl, sl->def->action, str_from(step_of_live(sl)->args));
    else
        look(sl, NULL);
}

static void begin_wait(struct step_live *sl)
{
    int64_t left = sl->def->wait_ms - since_begun_ms(sl);

    if (sl->deadline) { /* it has a better word than the deadline's */
        loop_timer_cancel(engine_of(sl)->opts.loop, sl->deadline);
        sl->deadline = 0;
    }
    if (*sl->def->until) {
        poll_again(sl);
    } else if (dry(sl)) {
        step_end(sl, STEP_DONE, "dry run: it is not waited", NO_RESULT);
    } else {
        sl->doing = DOING_WAIT;
        after(sl, left > 0 ? left : 0, on_waited);
    }
}

/* ---- people ---- */

static const char *const yes_no[] = {"approve", "reject"};

static const struct procedure_option *option_of(const struct procedure_step *s, const char *label)
{
    for (size_t i = 0; i < s->option_count; i++) {
        if (strcmp(s->options[i].label, label) == 0)
            return &s->options[i];
    }
    return NULL;
}

static void answer_is(struct step_live *sl, const char *label)
{
    const struct procedure_option *o = option_of(sl->def, label);
    const char *target = o ? o->target : strcmp(label, "reject") == 0 ? "abort" : "";
    struct buf result = BUF_INIT(1024);
    struct json_writer w;

    json_writer_init(&w, &result);
    json_object_begin(&w);
    json_put_cstr(&w, "answer", label);
    json_object_end(&w);
    sl->doing = DOING_NOTHING;
    if (strcmp(target, "abort") == 0) {
        sl->next = NULL;
        step_end(sl, STEP_REFUSED, label, buf_str(&result));
    } else {
        sl->next = *target ? target : NULL;
        step_end(sl, STEP_DONE, label, buf_str(&result));
    }
    buf_release(&result);
}

static void begin_approval(struct step_live *sl)
{
    const struct procedure_step *s = sl->def;
    struct buf question = BUF_INIT(PROCEDURE_TEXT_MAX);
    const char *labels[16];
    struct err err = ERR_INIT;

    for (size_t i = 0; i < s->option_count; i++)
        labels[i] = s->options[i].label;
    if (*step_of_live(sl)->answer)
        answer_is(sl, step_of_live(sl)->answer);
    else if (dry(sl))
        answer_is(sl, s->option_count ? labels[0] : yes_no[0]);
    else if (procedure_fill_text(sl->pl, s->text, false, &question, &err))
        step_fail(sl, &err);
    else
        step_ask(sl, buf_cstr(&question), s->option_count ? labels : yes_no,
                 s->option_count ? s->option_count : 2);
    buf_release(&question);
}

/* ---- goto ---- */

static void begin_goto(struct step_live *sl)
{
    int most = sl->def->limit ? sl->def->limit : GOTO_LIMIT;
    char text[96];

    if (sl->visit > most) {
        snprintf(text, sizeof(text), "it jumped %d times, which is its limit", most);
        step_end(sl, STEP_FAILED, text, NO_RESULT);
        return;
    }
    snprintf(text, sizeof(text), "to %.64s (%lld of %d)", sl->def->action, (long long)sl->visit,
             most);
    sl->next = sl->def->action;
    step_end(sl, STEP_DONE, text, NO_RESULT);
}

/* ---- mutations ---- */

static void origin_of(const struct step_live *sl, char *out, size_t size)
{
    snprintf(out, size, "%s/%s/%lld.%lld", sl->pl->run, sl->def->id, (long long)sl->visit,
             (long long)sl->attempt);
}

bool procedure_propose_again(const struct procedure_live *pl, const struct mutation *mu, bool mine)
{
    const struct approval *a = model_approval(&pl->e->model, mu->id);

    return !mine && !mu->started && mu->state == MUTATION_REFUSED && !mu->already &&
           strcmp(mu->decision, "deny") != 0 && !(a && a->state == APPROVAL_REJECTED) &&
           !pl->canceling;
}

static void mutation_result(const struct mutation *mu, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "mutation", mu->id);
    json_put_cstr(&w, "outcome", mu->already ? "already" : mutation_state_name(mu->state));
    json_put_cstr(&w, "operation", mu->operation);
    json_put_cstr(&w, "resource", mu->resource);
    json_put_cstr(&w, "before", mu->before);
    json_put_cstr(&w, "after", mu->after);
    json_put_cstr(&w, "text", mu->text);
    json_key(&w, "calls");
    json_array_begin(&w);
    VEC_EACH (c, &mu->calls)
        json_cstring(&w, *c);
    json_array_end(&w);
    json_object_end(&w);
}

static enum step_state state_of_mutation(const struct mutation *mu)
{
    switch (mu->state) {
    case MUTATION_VERIFIED:
        return STEP_DONE;
    case MUTATION_DRY_RUN: /* so that what looks for its effect is left out as well */
        return STEP_SKIPPED;
    case MUTATION_REFUSED:
        return mu->already ? STEP_DONE : STEP_REFUSED;
    case MUTATION_PROPOSED:
    case MUTATION_PLANNED:
    case MUTATION_RUNNING:
    case MUTATION_UNKNOWN:
    case MUTATION_DONE:
    case MUTATION_FAILED:
    case MUTATION_ROLLED_BACK:
        break;
    }
    return STEP_FAILED;
}

static void end_act(struct step_live *sl, const struct mutation *mu)
{
    struct buf result = BUF_INIT(PROCEDURE_INLINE_MAX);
    enum step_state state = state_of_mutation(mu);
    const char *text = *mu->text ? mu->text : mu->effect;

    mutation_result(mu, &result);
    sl->doing = DOING_NOTHING;
    if (state == STEP_REFUSED && (sl->canceled || sl->pl->canceling) && !mu->started)
        state = STEP_CANCELED;
    if (state == STEP_REFUSED && sl->timed_out)
        state = STEP_FAILED;
    step_end(sl, state, text, result.full ? NO_RESULT : buf_str(&result));
    buf_release(&result);
}

static void propose(struct step_live *sl, const char *origin)
{
    const struct procedure_run *r = procedure_of(sl->pl);
    struct mutate_request m = {.operation = sl->def->action};
    char why[512];
    const char *id;
    struct err err = ERR_INIT;

    snprintf(why, sizeof(why), "%s %s, step %s%s%s", r->kind, r->id, sl->def->id,
             *r->why ? ": " : "", r->why);
    m.args = str_from(step_of_live(sl)->args);
    m.why = why;
    m.hypothesis = r->hypothesis;
    m.origin = origin;
    m.dry_run = r->dry_run;
    /* A second try of a change is never made without somebody who wants it. */
    m.ask = sl->def->requires_approval || sl->attempt > 1;
    sl->doing = DOING_ACT;
    sl->proposed = true;
    if (engine_propose(engine_of(sl), &m, &id, &err))
        step_fail(sl, &err);
}

static void begin_act(struct step_live *sl)
{
    const struct mutation *mu;
    char origin[160];

    origin_of(sl, origin, sizeof(origin));
    mu = model_mutation_of(&engine_of(sl)->model, origin);
    if (!mu || procedure_propose_again(sl->pl, mu, sl->proposed))
        propose(sl, origin);
    else if (mutation_is_over(mu))
        end_act(sl, mu);
    else
        sl->doing = DOING_ACT; /* it is being found out how it ended */
}

void step_mutation_over(struct step_live *sl)
{
    const struct mutation *mu;
    char origin[160];

    origin_of(sl, origin, sizeof(origin));
    mu = model_mutation_of(&engine_of(sl)->model, origin);
    if (mu && mutation_is_over(mu))
        end_act(sl, mu);
}

/* What waits for an answer is refused; what runs has to come to its end. */
static void give_up_act(void *ctx)
{
    struct step_live *sl = ctx;
    const struct mutation *mu;
    const struct approval *a;
    char origin[160];

    sl->timer = 0;
    origin_of(sl, origin, sizeof(origin));
    mu = model_mutation_of(&engine_of(sl)->model, origin);
    a = mu ? model_approval(&engine_of(sl)->model, mu->id) : NULL;
    if (a && a->state == APPROVAL_WAITING) {
        struct intent in = {.type = INTENT_DISAPPROVE,
                            .approval = a->id,
                            .text = sl->timed_out ? "the time of its step is over"
                                                  : "its run was canceled"};

        engine_answer_approval(engine_of(sl), &in);
    } else if (!sl->over && sl->doing == DOING_ACT) {
        after(sl, LOOK_MS, give_up_act);
    }
}

/* ---- a model ---- */

static bool has_model(const struct engine *e)
{
    return e->opts.llm && !e->llm_off && llm_count(e->opts.llm);
}

static void skip_prompt(struct step_live *sl, const char *why, struct str text)
{
    struct buf result = BUF_INIT(PROCEDURE_INLINE_MAX), said = BUF_INIT(ERR_MSG_MAX);
    struct json_writer w;

    json_writer_init(&w, &result);
    json_object_begin(&w);
    json_put_str(&w, "prompt", text);
    json_object_end(&w);
    buf_addf(&said, "%s: its text is for you: %.*s", why, text.len < 300 ? (int)text.len : 300,
             text.ptr);
    step_end(sl, STEP_SKIPPED, buf_cstr(&said), result.full ? NO_RESULT : buf_str(&result));
    buf_release(&result);
    buf_release(&said);
}

static void on_prompt_time(void *ctx)
{
    struct step_live *sl = ctx;

    sl->deadline = 0;
    sl->timed_out = true;
    step_cancel(sl);
}

static void ask_model(void *ctx);

static void start_turn(struct step_live *sl, struct str text)
{
    struct event ev = {.type = EV_USER_MESSAGE, .actor = sl->pl->actor};
    struct engine *e = engine_of(sl);
    char *copy = arena_str(sl->pl->p->arena, text);

    sl->asked_model = true;
    if (!sl->deadline)
        sl->deadline = loop_timer(e->opts.loop, PROMPT_MS, on_prompt_time, sl);
    ev.u.user_message.text = copy;
    engine_publish(e, &ev);
    sl->first_item = e->model.items.count;
    investigation_answer(e);
}

static void ask_model(void *ctx)
{
    struct step_live *sl = ctx;
    struct buf text = BUF_INIT(PROCEDURE_ARGS_MAX);
    struct err err = ERR_INIT;

    sl->timer = 0;
    /* Words of others are fenced for a model; a person reads them as they are. */
    if (procedure_fill_text(sl->pl, sl->def->text, has_model(engine_of(sl)), &text, &err)) {
        step_fail(sl, &err);
    } else if (!has_model(engine_of(sl))) {
        skip_prompt(sl, "no model is configured", buf_str(&text));
    } else if (dry(sl)) {
        skip_prompt(sl, "dry run", buf_str(&text));
    } else if (engine_of(sl)->inv || engine_of(sl)->ended) { /* another turn comes first */
        sl->doing = DOING_WAIT;
        after(sl, 200, ask_model);
    } else {
        sl->doing = DOING_PROMPT;
        start_turn(sl, buf_str(&text));
    }
    buf_release(&text);
}

/* What it said in that turn. */
static void prompt_answered(struct step_live *sl)
{
    const struct model *m = &engine_of(sl)->model;
    struct buf text = BUF_INIT(PROCEDURE_INLINE_MAX / 2), result = BUF_INIT(PROCEDURE_INLINE_MAX);
    struct json_writer w;

    for (size_t i = sl->first_item; i < m->items.count; i++) {
        const struct item *it = &m->items.items[i];

        if (it->kind == ITEM_TEXT)
            buf_addf(&text, "%s%.6000s", text.len ? "\n" : "", it->text);
    }
    json_writer_init(&w, &result);
    json_object_begin(&w);
    json_put_str(&w, "text", buf_str(&text));
    json_object_end(&w);
    sl->doing = DOING_NOTHING;
    if (sl->timed_out)
        end_timed_out(sl);
    else if (sl->canceled)
        step_end(sl, STEP_CANCELED, "canceled", NO_RESULT);
    else if (!text.len)
        step_end(sl, STEP_FAILED, "the model said nothing", NO_RESULT);
    else
        step_end(sl, STEP_DONE, buf_cstr(&text), result.full ? NO_RESULT : buf_str(&result));
    buf_release(&text);
    buf_release(&result);
}

void procedure_turn_over(struct engine *e)
{
    struct procedure_live *pl = e->procedure;

    if (!pl || pl->over)
        return;
    VEC_EACH (sl, &pl->steps) {
        if (!(*sl)->over && (*sl)->doing == DOING_PROMPT) {
            prompt_answered(*sl);
            return;
        }
    }
}

/* ---- all kinds ---- */

void step_begin_kind(struct step_live *sl)
{
    switch (sl->def->kind) {
    case STEP_TOOL:
        begin_tool(sl);
        break;
    case STEP_ACT:
        begin_act(sl);
        break;
    case STEP_PROMPT:
        ask_model(sl);
        break;
    case STEP_APPROVAL:
        begin_approval(sl);
        break;
    case STEP_WAIT:
        begin_wait(sl);
        break;
    case STEP_GOTO:
        begin_goto(sl);
        break;
    case STEP_PARALLEL:
        sl->doing = DOING_GROUP;
        procedure_advance_soon(sl->pl);
        break;
    }
}

void step_cancel(struct step_live *sl)
{
    if (sl->over)
        return;
    sl->canceled = true;
    switch (sl->doing) {
    case DOING_CALL:
        if (sl->run)
            tool_run_cancel(engine_of(sl)->runner, sl->run);
        break; /* step_called() */
    case DOING_PROMPT:
        if (engine_of(sl)->inv)
            investigation_cancel(engine_of(sl)->inv, "canceled");
        break; /* procedure_turn_over() */
    case DOING_ACT:
        if (!sl->timer)
            after(sl, 0, give_up_act);
        break; /* step_mutation_over() */
    case DOING_GROUP:
        procedure_advance_soon(sl->pl);
        break;
    case DOING_NOTHING:
    case DOING_WAIT:
    case DOING_RETRY:
    case DOING_ASK:
        if (sl->timed_out)
            end_timed_out(sl);
        else
            step_end(sl, STEP_CANCELED, "canceled", NO_RESULT);
        break;
    }
}

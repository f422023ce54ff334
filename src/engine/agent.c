/* agent.c - rounds: a request, what the model says and asks for, its calls, the next request.
 * Invariants: every request ends in exactly one of done, failed, canceled, and until then inv->jobs
 * counts it, so that nothing it points to goes away; nothing is published once the turn is over;
 * each round makes the rounds that are left fewer. A reply that cannot be used gets one chance to
 * be mended, a round without effect two; then the rules go on alone, with all that was recorded. */
#include "agent_priv.h"
#include "reply.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define HEAD_START_MS 15000 /* of the built-in modules */
#define STALE_ROUNDS 2
#define BAD_ROUNDS 2

static void next_round(struct agent *a);

struct arena *agent_arena(struct agent *a)
{
    return a->inv->arena;
}

const char *agent_cause(const struct agent *a)
{
    return a ? a->cause : NULL;
}

bool agent_running(const struct agent *a)
{
    return a && a->state != AGENT_DONE;
}

bool agent_is_asking(const struct agent *a)
{
    return a && a->state == AGENT_ASKS;
}

struct measure_times agent_times(const struct agent *a)
{
    const struct model *m = inv_model(a->inv);

    return (struct measure_times){m->has_incident ? m->incident.started_at_ms : 0};
}

/* ---- messages ---- */

static struct str keep(struct agent *a, struct str s)
{
    return (struct str){arena_str(agent_arena(a), s), s.len};
}

static void tell(struct agent *a, struct str text)
{
    context_add_user(a->window, text);
}

/* A prompt of the program, filled in. */
static void tell_prompt(struct agent *a, enum prompt id, const char *name, const char *value)
{
    struct prompt_var var = {name, str_from(value)};
    struct buf text = BUF_INIT((size_t)1 << 18);

    prompts_fill(a->inv->engine->opts.prompts, id, &var, 1, &text);
    tell(a, buf_str(&text));
    buf_release(&text);
}

static struct llm_message *copy_message(struct agent *a, const struct llm_message *m)
{
    struct llm_message *copy = arena_alloc(agent_arena(a), sizeof(*copy));
    struct llm_block *b = arena_array(agent_arena(a), m->count, sizeof(*b));

    for (size_t i = 0; i < m->count; i++) {
        b[i] = m->blocks[i];
        b[i].text = keep(a, b[i].text);
        b[i].id = keep(a, b[i].id);
        b[i].name = keep(a, b[i].name);
        b[i].json = keep(a, b[i].json);
        b[i].signature = keep(a, b[i].signature);
        b[i].raw = keep(a, b[i].raw);
        b[i].origin = keep(a, b[i].origin);
    }
    *copy = (struct llm_message){m->role, b, m->count};
    return copy;
}

static void add_answer(struct agent *a, const struct llm_message *m)
{
    struct buf all = BUF_INIT(BUF_NO_MAX), words = BUF_INIT(BUF_NO_MAX);
    struct context_assistant said = {.calls = a->call_count};

    for (size_t i = 0; i < m->count; i++) {
        if (m->blocks[i].type == LLM_TEXT)
            buf_add_str(&words, m->blocks[i].text);
        buf_add_str(&all, m->blocks[i].text);
        buf_add_str(&all, m->blocks[i].json);
        buf_add_str(&all, m->blocks[i].signature);
    }
    said.text = buf_str(&all);
    said.words = buf_str(&words);
    said.data = copy_message(a, m);
    if (m->count)
        context_add_assistant(a->window, &said);
    buf_release(&all);
    buf_release(&words);
}

/* The answers to its calls, in their order. */
static void add_results(struct agent *a)
{
    int left = a->inv->engine->opts.limits.max_iterations - a->round;

    for (size_t i = 0; i < a->call_count; i++) {
        const struct agent_call *c = &a->calls[i];
        struct context_result r = {.call = c->query,
                                   .wire_call = c->id,
                                   .tool = c->name,
                                   .summary = c->summary,
                                   .hypothesis = c->hypothesis,
                                   .text = c->answer,
                                   .is_error = c->failed,
                                   .own = !*c->query};
        struct fence_report report = {0};

        context_add_result(a->window, &r, &report);
        if (report.forged)
            agent_refuse(a, arena_printf(agent_arena(a), "the answer of %s", c->query),
                         "it holds this session's own mark, which nobody outside can know", "",
                         c->query, true);
        if (c->note)
            tell(a, str_from(arena_printf(agent_arena(a), "Note on %s: %s", c->query, c->note)));
    }
    if (left <= 3 && left > 0)
        tell(a, str_from(arena_printf(agent_arena(a), "%d round%s left.", left,
                                      left == 1 ? " is" : "s are")));
}

/* ---- the end ---- */

/* The turn ends on the loop's next turn: we may be inside a callback of a query. */
static void on_finished(void *ctx)
{
    struct agent *a = ctx;

    a->timer = 0;
    if (a->inv->answer && a->gave_up && !a->inv->over && !a->inv->compact)
        reply_start(a->inv, model_last_question(inv_model(a->inv)));
    else
        inv_maybe_end(a->inv);
}

static void set_timer(struct agent *a, int64_t delay_ms, void (*fn)(void *ctx))
{
    if (a->timer)
        loop_timer_cancel(inv_loop(a->inv), a->timer);
    a->timer = fn ? loop_timer(inv_loop(a->inv), delay_ms, fn, a) : 0;
}

void agent_finish(struct agent *a)
{
    if (a->state == AGENT_DONE)
        return;
    a->state = AGENT_DONE;
    set_timer(a, 0, on_finished);
}

/* The rules go on alone. */
static void give_up(struct agent *a, const char *why)
{
    agent_say_switched(a, "builtin", why);
    a->gave_up = true;
    agent_finish(a);
}

/* ---- after an answer ---- */

/* Words alone: in an investigation it has to conclude, which is asked for once. */
static void after_words(struct agent *a)
{
    if (a->inv->answer || a->concluded || a->nudges++) {
        if (!a->inv->answer && !a->concluded)
            agent_refuse(a, "the model's answer", "it ended without a conclusion", "", "", false);
        agent_finish(a);
        return;
    }
    a->forced = true;
    tell_prompt(a, PROMPT_CONCLUDE, "why", "the answer ended without a conclusion");
    next_round(a);
}

static size_t effects_of(const struct agent *a)
{
    const struct model *m = inv_model(a->inv);
    size_t n = m->evidence.count + m->hypotheses.count + m->hyp_tested;

    /* A result that nobody has seen before counts, a repeated one does not. */
    for (size_t i = 0; i < m->tools.count; i++) {
        bool again = !*m->tools.items[i].blob;

        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(m->tools.items[k].blob, m->tools.items[i].blob) == 0;
        n += !again;
    }
    return n;
}

static void count_round(struct agent *a)
{
    size_t rejected = 0, effects = effects_of(a);

    for (size_t i = 0; i < a->call_count; i++)
        rejected += a->calls[i].rejected;
    a->bad_rounds = rejected == a->call_count ? a->bad_rounds + 1 : 0;
    a->stale_rounds = effects == a->effects ? a->stale_rounds + 1 : 0;
    a->effects = effects;
}

static void tell_end(struct agent *a, const char *why)
{
    if (a->inv->answer)
        tell(a, str_from(arena_printf(agent_arena(a), "Answer now: %s.", why)));
    else
        tell_prompt(a, PROMPT_CONCLUDE, "why", why);
}

static void round_done(struct agent *a)
{
    if (a->inv->over || a->state == AGENT_DONE)
        return;
    count_round(a);
    if (a->concluded) {
        agent_finish(a);
        return;
    }
    if (a->bad_rounds >= BAD_ROUNDS) {
        give_up(a, "its calls could not be used, also after they were explained");
        return;
    }
    add_results(a);
    if (a->forced) {
        if (!a->inv->answer && a->nudges++ < 2) { /* one more, to mend a refused conclusion */
            next_round(a);
            return;
        }
        agent_refuse(a, "the model's answer", "it did not come to a conclusion", "", "", false);
        agent_finish(a);
        return;
    }
    if (a->stale_rounds >= STALE_ROUNDS) {
        a->forced = true;
        agent_limit(a, "", "the model asks without learning anything new: it has to answer now");
        tell_end(a, "the last calls brought nothing new");
    }
    next_round(a);
}

static void on_round_done(void *ctx)
{
    struct agent *a = ctx;

    a->timer = 0;
    round_done(a);
}

void agent_call_answer(struct agent_call *c, bool failed, struct str text)
{
    struct agent *a = c->agent;

    if (c->answered)
        return;
    c->answered = true;
    c->failed = failed;
    c->answer = keep(a, text);
    if (--a->open_calls == 0 && !a->inv->over)
        set_timer(a, 0, on_round_done); /* never from inside the callback of a query */
}

/* ---- the wire ---- */

static void take_call(struct agent *a, const struct llm_event *ev)
{
    struct agent_call *c;

    if (a->call_count == AGENT_CALLS_MAX) {
        agent_limit(a, "", "the model asks for more than 16 calls at once: the rest is left out");
        return;
    }
    c = &a->calls[a->call_count++];
    *c = (struct agent_call){.agent = a, .query = "", .summary = "", .hypothesis = ""};
    c->id = arena_str(agent_arena(a), ev->id);
    c->name = arena_str(agent_arena(a), ev->name);
    c->args = keep(a, ev->text);
    c->bad = ev->err ? arena_strdup(agent_arena(a), ev->err->msg) : NULL;
}

static void say_retrying(struct agent *a, const struct llm_event *ev)
{
    char wait[TIME_TEXT_MAX];

    duration_format(ev->wait_ms, wait);
    agent_limit(a, "",
                arena_printf(agent_arena(a), "the model %s: %s; asked again in %s",
                             ev->cut ? "was cut off" : "did not answer",
                             ev->err ? ev->err->msg : "", wait));
}

/* A call that is in the answer and was too many gets an answer, too: every wire demands it. The
 * client gives a call without one an answer that says so. */
static void on_done(struct agent *a, const struct llm_answer *answer)
{
    agent_flush(a, true);
    agent_say_called(a, "", answer, llm_stop_name(answer->stop), "");
    context_observed(a->window, a->usage.input + a->usage.cache_read + a->usage.cache_write);
    add_answer(a, &answer->message);
    if (a->call_count) {
        a->state = AGENT_WORKS;
        agent_run_calls(a);
    } else if (answer->stop == LLM_STOP_PAUSE) {
        next_round(a);
    } else if (answer->stop == LLM_STOP_REFUSAL) {
        give_up(a, "the model declined to answer");
    } else {
        after_words(a);
    }
}

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct agent *a = ctx;
    bool over = a->inv->over || a->state == AGENT_DONE;

    if (ev->type == LLM_EV_DONE || ev->type == LLM_EV_FAILED || ev->type == LLM_EV_CANCELED) {
        a->call = 0;
        a->inv->jobs--;
    }
    if (over)
        return;
    switch (ev->type) {
    case LLM_EV_TEXT:
        agent_take_piece(a, &a->text, ev->text);
        break;
    case LLM_EV_THINKING:
        agent_take_piece(a, &a->thinking, ev->text);
        break;
    case LLM_EV_TOOL_READY:
        take_call(a, ev);
        break;
    case LLM_EV_USAGE:
        a->usage = *ev->usage;
        break;
    case LLM_EV_RETRYING:
        agent_flush(a, false);
        say_retrying(a, ev);
        break;
    case LLM_EV_SWITCHED:
        agent_flush(a, false);
        agent_say_switched(a, arena_strdup(agent_arena(a), ev->model), ev->err ? ev->err->msg : "");
        agent_name_model(a, ev->provider, ev->model);
        break;
    case LLM_EV_DONE:
        on_done(a, ev->answer);
        break;
    case LLM_EV_FAILED:
        agent_flush(a, true);
        agent_say_called(a, "", ev->answer, "failed", ev->err->msg);
        give_up(a, ev->err->msg);
        break;
    case LLM_EV_CANCELED:
        agent_flush(a, true);
        agent_say_called(a, "", ev->answer, "canceled", "");
        agent_finish(a);
        break;
    case LLM_EV_STARTED:
        agent_name_model(a, ev->provider, ev->model);
        break;
    case LLM_EV_TOOL_STARTED:
    case LLM_EV_TOOL_ARGS:
        break;
    }
}

static void send_fitted(struct agent *a)
{
    struct llm_request req = {.tools = a->tools.items, .tool_count = a->tools.count};
    struct err err = ERR_INIT;

    if (agent_book(a, &err)) {
        give_up(a, err.msg);
        return;
    }
    agent_fill_request(a, &req);
    if (a->forced && a->inv->answer) {
        req.tool_choice = LLM_TOOLS_NONE;
    } else if (a->forced) {
        req.tool_choice = LLM_TOOLS_ONE;
        req.tool_name = "conclude";
    }
    agent_begin_message(a);
    a->state = AGENT_SPEAKS;
    a->inv->jobs++;
    a->call = llm_send(a->llm, &req, on_event, a);
}

static void send(struct agent *a, bool may_compact)
{
    struct err err = ERR_INIT;

    switch (agent_fit(a, &err)) {
    case CONTEXT_FITS:
        send_fitted(a);
        break;
    case CONTEXT_SUMMARISE:
        if (may_compact)
            agent_compact(a);
        else
            give_up(a, "its window is full, also after what is older was summarised");
        break;
    case CONTEXT_TOO_LARGE:
        give_up(a, err.msg);
        break;
    }
}

void agent_compacted(struct agent *a)
{
    if (a->inv->over || a->state == AGENT_DONE)
        return;
    if (a->inv->compact)
        agent_finish(a);
    else
        send(a, false);
}

static void next_round(struct agent *a)
{
    int most = a->inv->engine->opts.limits.max_iterations;

    if (++a->round >= most && !a->forced) {
        a->forced = true;
        agent_limit(
            a, "",
            arena_printf(agent_arena(a), "%d rounds are over: the model has to answer now", most));
        tell_end(a, "this is the last round");
    }
    send(a, true);
}

/* ---- the beginning ---- */

static void begin(struct agent *a)
{
    set_timer(a, 0, NULL);
    if (a->state != AGENT_IDLE || a->inv->over)
        return;
    if (!a->inv->compact)
        agent_offer_tools(a);
    agent_open_window(a);
    if (a->inv->compact) {
        agent_compact(a);
        return;
    }
    a->effects = effects_of(a);
    next_round(a);
}

static void on_head_start_over(void *ctx)
{
    struct agent *a = ctx;

    a->timer = 0;
    begin(a);
}

void agent_wake(struct agent *a)
{
    if (a && a->state == AGENT_IDLE && !a->inv->active)
        set_timer(a, 0, on_head_start_over);
}

void agent_start(struct agent *a)
{
    set_timer(a, a->inv->active ? HEAD_START_MS : 0, on_head_start_over);
}

void agent_reply(struct agent *a, const char *text)
{
    for (size_t i = 0; i < a->call_count; i++) {
        struct agent_call *c = &a->calls[i];

        if (c->answered || strcmp(c->name, "ask_user") != 0)
            continue;
        a->state = AGENT_WORKS;
        agent_call_answer(c, false,
                          str_from(arena_printf(agent_arena(a), "The person says: %s", text)));
        return;
    }
}

void agent_cancel(struct agent *a)
{
    if (!agent_running(a))
        return;
    a->state = AGENT_DONE;
    set_timer(a, 0, NULL);
    if (a->call) {
        agent_flush(a, true);
        agent_say_called(a, a->compacting ? "summary" : "", NULL, "canceled", "");
        llm_cancel(a->llm, a->call);
    }
    if (a->flush_timer)
        loop_timer_cancel(inv_loop(a->inv), a->flush_timer);
    a->flush_timer = 0;
}

struct agent *agent_new(struct investigation *inv)
{
    struct engine *e = inv->engine;
    struct llm_target target;
    struct agent *a;
    struct err err;

    if (!e->opts.llm || !e->opts.prompts || e->llm_off || !llm_count(e->opts.llm))
        return NULL;
    a = xcalloc(1, sizeof(*a));
    a->inv = inv;
    a->llm = e->opts.llm;
    a->actor = "llm:";
    a->provider = a->model = "";
    buf_init(&a->text, AGENT_TEXT_MAX);
    buf_init(&a->thinking, AGENT_TEXT_MAX);
    if (llm_target(a->llm, llm_first(a->llm), &target))
        agent_name_model(a, target.provider, target.model);
    if (llm_ready(a->llm, &err)) {
        agent_say_switched(a, "builtin", err.msg);
        agent_free(a);
        return NULL;
    }
    return a;
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    if (a->timer)
        loop_timer_cancel(inv_loop(a->inv), a->timer);
    context_free(a->window);
    arena_free(a->request);
    VEC_RELEASE(&a->tools);
    VEC_RELEASE(&a->used);
    VEC_RELEASE(&a->challenged);
    agent_compact_clear(a);
    buf_release(&a->text);
    buf_release(&a->thinking);
    free(a);
}

/* investigation.c - one turn on behalf of the modules: begins them, ends with them, with a person's
 * cancel or with the time. The tree is in inv_tree.c, the queue of queries in inv_query.c, the
 * verdict in conclude.c. */
#include "investigation_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "reply.h"
#include "reply_skill.h"
#include "runbook/base/mem.h"
#include "runbook/llm/llm.h"

struct event inv_new_event(enum event_type type)
{
    struct event ev = {.type = type, .actor = "builtin"};

    return ev;
}

void inv_publish(struct investigation *inv, struct event *ev)
{
    engine_publish(inv->engine, ev);
}

const struct model *inv_model(const struct investigation *inv)
{
    return &inv->engine->model;
}

struct arena *inv_arena(struct investigation *inv)
{
    return inv->arena;
}

struct loop *inv_loop(struct investigation *inv)
{
    return inv->engine->opts.loop;
}

int64_t inv_now_ms(const struct investigation *inv)
{
    int64_t now = inv->engine->model.now_ms;

    return now ? now : loop_wall_ms(inv->engine->opts.loop);
}

/* The turn. */

static void end_queries(struct investigation *inv)
{
    for (size_t i = 0; i < inv->queries.count; i++) {
        struct query *q = inv->queries.items[i];

        if (q->state == QUERY_STORING) /* the answer is here, only its raw copy is not */
            inv_publish_tool_ended(inv, q);
        if (q->run)
            tool_run_cancel(inv->engine->runner, q->run);
    }
}

static void end_turn(struct investigation *inv, const char *reason)
{
    struct event ev = inv_new_event(EV_TURN_ENDED);

    if (inv->over)
        return;
    inv->over = true;
    agent_cancel(inv->agent);
    end_queries(inv);
    if (inv->late_timer)
        loop_timer_cancel(inv_loop(inv), inv->late_timer);
    if (inv->pump_timer)
        loop_timer_cancel(inv_loop(inv), inv->pump_timer);
    if (inv->turn_timer)
        loop_timer_cancel(inv_loop(inv), inv->turn_timer);
    if (inv->test_timer)
        loop_timer_cancel(inv_loop(inv), inv->test_timer);
    inv->late_timer = inv->pump_timer = inv->turn_timer = inv->test_timer = 0;
    if (inv->refresh) {
        engine_turn_over(inv->engine);
        return;
    }
    if (!inv->answer)
        inv_conclude(inv, reason);
    ev.actor = "engine";
    ev.u.turn_ended.turn = inv_model(inv)->turn;
    ev.u.turn_ended.reason = reason;
    inv_publish(inv, &ev);
    engine_turn_over(inv->engine);
}

void inv_module_done(struct investigation *inv, const struct inv_module *m)
{
    for (size_t i = 0; i < inv->modules.count; i++) {
        struct running_module *r = &inv->modules.items[i];

        if (r->module != m || r->done)
            continue;
        r->done = true;
        assert(inv->active > 0);
        inv->active--;
    }
    agent_wake(inv->agent);
    inv_maybe_end(inv);
}

/* Modules may be done before the next one has started: `starting` holds the turn open. So do tests
 * that a person asked for. */
void inv_maybe_end(struct investigation *inv)
{
    if (inv->active || inv->starting || inv->over || inv->refresh || agent_running(inv->agent))
        return;
    inv_pump_tests(inv);
    if (inv_tests_done(inv))
        end_turn(inv, "done");
}

void investigation_cancel(struct investigation *inv, const char *reason)
{
    if (inv->over)
        return;
    for (size_t i = 0; i < inv->modules.count; i++) {
        struct running_module *r = &inv->modules.items[i];

        if (!r->done && r->module->cancel)
            r->module->cancel(inv, r->state);
    }
    end_turn(inv, reason);
}

static void on_turn_timeout(void *ctx)
{
    struct investigation *inv = ctx;

    inv->turn_timer = 0;
    investigation_cancel(inv, "timeout");
}

static void begin(void *ctx)
{
    struct investigation *inv = ctx;

    inv->pump_timer = 0;
    inv->starting = true;
    for (const struct inv_module *const *m = inv->engine_modules; *m; m++) {
        struct running_module *r;
        void *state = NULL;

        if (inv->over || inv->continuation || inv->answer || !(*m)->applies(inv))
            continue;
        r = VEC_PUSH(&inv->modules);
        r->module = *m;
        inv->active++;
        (*m)->start(inv, &state);
        inv->modules.items[inv->modules.count - 1].state = state;
    }
    if (inv->agent && !inv->over)
        agent_start(inv->agent);
    else if (inv->answer && !inv->compact && !inv->over)
        reply_start(inv, model_last_question(inv_model(inv)));
    inv->starting = false;
    inv_maybe_end(inv);
}

/* What the earlier turn of the same question knew: its ranking, and how its sources answered. */
static void take_over(struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    VEC_EACH (c, &m->candidates) {
        struct ev_candidate_ranked k = {.service = c->service,
                                        .metric = c->metric,
                                        .resource = c->resource,
                                        .category = c->category,
                                        .statement = c->statement,
                                        .hypothesis = c->hypothesis,
                                        .score = c->score,
                                        .evidence = {c->evidence.items, c->evidence.count}};

        inv_candidate(inv, &k);
    }
    VEC_EACH (t, &m->tools) {
        if (t->ended && (t->status == TOOL_OK || t->status == TOOL_EMPTY))
            inv->answered++;
        else if (t->ended && t->status != TOOL_CANCELED)
            inv->failed_queries++;
        inv->informed += t->ended && t->status == TOOL_OK;
    }
    /* What was proposed for a cause holds as long as it is the cause. */
    VEC_EACH (r, &m->conclusion.remediation)
        *VEC_PUSH(&inv->steps) = (struct ev_remediation_proposed){.hypothesis = r->hypothesis,
                                                                  .action = r->action,
                                                                  .command = r->command,
                                                                  .rollback = r->rollback,
                                                                  .watch = r->watch,
                                                                  .risk = (int)r->risk,
                                                                  .act = r->act,
                                                                  .skill = r->skill};
}

enum turn { TURN_INVESTIGATE, TURN_GO_ON, TURN_ANSWER, TURN_COMPACT };

static void start_turn(struct engine *e, enum turn kind)
{
    struct investigation *inv = xcalloc(1, sizeof(*inv));
    struct event ev = inv_new_event(EV_TURN_STARTED);
    bool rules = kind == TURN_GO_ON ||
                 (kind == TURN_ANSWER && reply_skills_only(model_last_question(&e->model)));

    inv->engine = e;
    inv->arena = arena_new(8192);
    inv->engine_modules = inv_module_table();
    inv->continuation = kind == TURN_GO_ON;
    inv->compact = kind == TURN_COMPACT;
    inv->answer = kind == TURN_ANSWER || inv->compact;
    if (inv->continuation) {
        take_over(inv);
    } else if (!inv->answer) {
        e->first_hypothesis = e->model.hypotheses.count;
        e->first_evidence = e->model.evidence.count;
        e->first_gap = e->model.gaps.count;
    }
    inv->first_hypothesis = e->first_hypothesis;
    inv->first_evidence = e->first_evidence;
    inv->first_gap = e->first_gap;
    e->inv = inv;
    ev.actor = "engine";
    ev.u.turn_started.turn = e->model.turn + 1;
    ev.u.turn_started.investigator =
        e->opts.llm && !e->llm_off && llm_count(e->opts.llm) && !rules ? "llm" : "builtin";
    ev.u.turn_started.kind = inv->compact ? "compact" : inv->answer ? "answer" : "";
    inv_publish(inv, &ev);
    if (!inv->answer)
        inv_enter_phase(inv, PHASE_TRIAGE);
    if (!rules) /* a person's wish is tested by the rules alone */
        inv->agent = agent_new(inv);
    inv_go_on(inv);
    inv->pump_timer = loop_timer(e->opts.loop, 0, begin, inv);
}

void inv_go_on(struct investigation *inv)
{
    struct engine *e = inv->engine;

    if (!inv->over && !inv->turn_timer)
        inv->turn_timer =
            loop_timer(e->opts.loop, e->opts.limits.turn_timeout_ms, on_turn_timeout, inv);
}

void inv_hold_time(struct investigation *inv)
{
    if (inv->turn_timer)
        loop_timer_cancel(inv_loop(inv), inv->turn_timer);
    inv->turn_timer = 0;
}

static void begin_refresh(void *ctx)
{
    struct investigation *inv = ctx;

    inv->pump_timer = 0;
    refresh_ask(inv);
}

void investigation_refresh(struct engine *e)
{
    struct investigation *inv = xcalloc(1, sizeof(*inv));

    inv->engine = e;
    inv->arena = arena_new(8192);
    inv->engine_modules = inv_module_table();
    inv->refresh = true;
    e->inv = inv;
    inv->turn_timer =
        loop_timer(e->opts.loop, e->opts.limits.turn_timeout_ms, on_turn_timeout, inv);
    inv->pump_timer = loop_timer(e->opts.loop, 0, begin_refresh, inv);
}

void investigation_end_refresh(struct investigation *inv)
{
    end_turn(inv, "done");
}

void investigation_start(struct engine *e)
{
    start_turn(e, TURN_INVESTIGATE);
}

void investigation_answer(struct engine *e)
{
    start_turn(e, TURN_ANSWER);
}

void investigation_compact(struct engine *e)
{
    start_turn(e, TURN_COMPACT);
}

void investigation_continue(struct engine *e)
{
    start_turn(e, TURN_GO_ON);
}

size_t investigation_jobs(const struct investigation *inv)
{
    size_t n = inv ? inv->jobs : 0;

    return n;
}

void inv_own(struct investigation *inv, void (*free_it)(void *what), void *what)
{
    *VEC_PUSH(&inv->owned) = (struct inv_owned){free_it, what};
}

void investigation_free(struct investigation *inv)
{
    if (!inv)
        return;
    assert(inv->jobs == 0);
    VEC_EACH (r, &inv->modules) {
        if (r->module->free)
            r->module->free(r->state);
    }
    for (size_t i = 0; i < inv->queries.count; i++) {
        buf_release(&inv->queries.items[i]->result.body);
        VEC_RELEASE(&inv->queries.items[i]->askers);
        free(inv->queries.items[i]);
    }
    VEC_RELEASE(&inv->queries);
    VEC_RELEASE(&inv->modules);
    VEC_RELEASE(&inv->candidates);
    VEC_RELEASE(&inv->steps);
    VEC_RELEASE(&inv->checks);
    VEC_RELEASE(&inv->tests);
    VEC_RELEASE(&inv->weighed);
    VEC_RELEASE(&inv->budgets);
    VEC_EACH (o, &inv->owned)
        o->free(o->what);
    VEC_RELEASE(&inv->owned);
    agent_free(inv->agent);
    arena_free(inv->arena);
    free(inv);
}

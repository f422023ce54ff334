/* engine.c - the session: its journal, its model, its sinks, and the turns that intents start.
 * Invariant: no event reaches a sink that was not handed to the journal before. */
#include "engine_priv.h"
#include "inventory_priv.h"

#include "agent.h"
#include "mutate_priv.h"
#include "procedure_priv.h"
#include "runbook/engine/plan.h"
#include "reply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/engine/skill.h"
#include "runbook/store/blob.h"
#include "runbook/tool/toolenv.h"
#include "runbook/llm/llm.h"

#define REAP_AGAIN_MS 20

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    const struct engine *e = ctx;

    if (!e->opts.state_dir) {
        err_set(err, ERR_NOT_FOUND, "nothing of this session is kept");
        return false;
    }
    return blob_get(e->opts.state_dir, hash, out, err) == ERR_OK;
}

/* What a model is told and what it costs: read when there is one. */
static void open_models(struct engine *e)
{
    struct err err;

    if (e->opts.fuses)
        e->fuses = *e->opts.fuses;
    else
        cost_limits_default(&e->fuses);
    if (!e->opts.prompts && !prompts_load(NULL, &e->own_prompts, &err))
        e->opts.prompts = e->own_prompts;
    if (!e->opts.prices)
        e->opts.prices = e->own_prices = price_table_new();
    if (e->opts.state_dir)
        e->ledger = ledger_new(e->opts.state_dir);
}

/* A tool says how far it has come. */
static void on_tool_told(void *ctx, tool_id id, const struct tool_progress *p)
{
    struct engine *e = ctx;

    if (e->inv)
        inv_tool_told(e->inv, id, p);
}

struct engine *engine_new(const struct engine_options *opts)
{
    struct engine *e = xcalloc(1, sizeof(*e));
    struct engine_limits *l = &e->opts.limits;

    e->opts = *opts;
    if (!l->max_depth)
        l->max_depth = 4;
    if (!l->max_hypotheses)
        l->max_hypotheses = 10;
    if (!l->max_parallel)
        l->max_parallel = 8;
    if (!(l->threshold > 0))
        l->threshold = 0.70;
    if (!l->turn_timeout_ms)
        l->turn_timeout_ms = 120000;
    if (!l->max_iterations)
        l->max_iterations = 10;
    if (!l->calls_per_tool)
        l->calls_per_tool = 5;
    if (!l->builtin_queries)
        l->builtin_queries = 2000;
    if (!l->context_tokens)
        l->context_tokens = 100000;
    e->blobs = (struct blob_source){read_blob, e};
    model_init(&e->model);
    fence_init(&e->fence, opts->rng);
    if (opts->llm)
        open_models(e);
    for (size_t i = 0; i < sizeof(e->salt); i++)
        e->salt[i] = (char)rng_next(opts->rng);
    e->redactor = engine_new_redactor(e);
    if (opts->tools) {
        opts->tools->model = &e->model;
        opts->tools->blobs = opts->tools->blobs ? opts->tools->blobs : &e->blobs;
    }
    if (opts->tools)
        e->runner = tool_runner_new(opts->loop, opts->tools);
    if (e->runner)
        tool_runner_watch(e->runner, on_tool_told, e);
    if (opts->tools)
        e->primitives = primitives_new(opts->loop, opts->tools);
    mutate_open(e);
    return e;
}

struct redactor *engine_new_redactor(const struct engine *e)
{
    struct redactor *r = redactor_new((struct str){e->salt, sizeof(e->salt)});

    redactor_set_email(r, e->opts.redact_email);
    if (e->opts.reveal)
        redactor_keep(r);
    VEC_EACH (s, &e->secrets)
        redactor_add(r, secret_reveal(*s));
    return r;
}

void engine_add_secret(struct engine *e, struct str secret)
{
    struct secret *s;

    VEC_EACH (known, &e->secrets) {
        if (str_eq(secret_reveal(*known), secret))
            return;
    }
    s = secret_new(secret);
    if (!s)
        return;
    *VEC_PUSH(&e->secrets) = s;
    redactor_add(e->redactor, secret);
}

void engine_free(struct engine *e)
{
    struct err err;

    if (!e)
        return;
    inventory_free(e);
    engine_close(e, "exit", 0, &err);
    mutate_free(e);
    while (e->ended && investigation_jobs(e->ended))
        loop_turn(e->opts.loop, true);
    if (e->reap_timer)
        loop_timer_cancel(e->opts.loop, e->reap_timer);
    investigation_free(e->ended);
    tool_runner_free(e->runner);
    primitives_free(e->primitives);
    plan_free(e);
    procedure_free_all(e);
    model_release(&e->model);
    VEC_RELEASE(&e->sinks);
    redactor_free(e->redactor);
    prompts_free(e->own_prompts);
    price_table_free(e->own_prices);
    ledger_free(e->ledger);
    skills_free(e->skills);
    VEC_EACH (s, &e->secrets)
        secret_free(*s);
    VEC_RELEASE(&e->secrets);
    arena_free(e->deferred);
    free(e->journal_path);
    free(e);
}

void engine_add_sink(struct engine *e, const struct sink_ops *ops, void *self)
{
    *VEC_PUSH(&e->sinks) = (struct sink){ops, self};
}

const struct model *engine_model(const struct engine *e)
{
    return &e->model;
}

const char *engine_journal_path(const struct engine *e)
{
    return e->journal_path;
}

void engine_journal_head(const struct engine *e, uint64_t *ret_lines, char *ret_hash)
{
    *ret_lines = e->journal ? journal_seq(e->journal) : e->head_lines;
    snprintf(ret_hash, SHA256_HEX, "%s", e->journal ? journal_hash(e->journal) : e->head_hash);
}

const struct err *engine_journal_error(const struct engine *e)
{
    return e->journal ? journal_error(e->journal) : &e->journal_err;
}

bool engine_busy(const struct engine *e)
{
    return e->inv != NULL;
}

void engine_settled(struct engine *e)
{
    for (size_t i = 0; i < e->sinks.count; i++) {
        if (e->sinks.items[i].ops->settled)
            e->sinks.items[i].ops->settled(e->sinks.items[i].self, &e->model);
    }
}

bool engine_without_model(const struct engine *e)
{
    return e->llm_off;
}

size_t engine_reveal(const struct engine *e, struct str text, struct buf *out)
{
    if (e->opts.reveal)
        return redactor_restore(e->redactor, out, text);
    buf_add_str(out, text);
    return 0;
}

static void tell_journal_error(struct engine *e)
{
    struct err err;

    if (e->journal_err_told)
        return;
    e->journal_err_told = true;
    err = *engine_journal_error(e);
    engine_say_error(e, "the journal is not being written; it is kept in memory", &err);
}

static void on_durable(void *ctx, const struct err *err)
{
    struct engine *e = ctx;

    if (err->code && e->open)
        tell_journal_error(e);
}

/* `fn` NULL: durable events tell on_durable. Returns whether `fn` will be told. */
static bool journal_put(struct engine *e, struct event *ev,
                        void (*fn)(void *ctx, const struct err *err), void *ctx)
{
    struct buf data = BUF_INIT(EVENT_MAX);
    struct err err = ERR_INIT;
    enum err_code rc;

    if (!e->journal) {
        ev->seq = ++e->seq;
        return false;
    }
    event_encode(ev, &data);
    if (data.full) { /* only a text of ours can be that long, and none is */
        buf_clear(&data);
        buf_adds(&data, "{}");
    }
    if (!fn && event_is_durable(ev->type)) {
        fn = on_durable;
        ctx = e;
    }
    rc = journal_append(e->journal, event_type_name(ev->type), ev->actor, ev->ts_ms, buf_str(&data),
                        fn, ctx, &ev->seq, &err);
    buf_release(&data);
    if (rc)
        LOG(LOG_ENGINE, "journal: %s", err.msg);
    return rc != ERR_INPUT && rc != ERR_LIMIT;
}

static bool publish(struct engine *e, struct event *ev,
                    void (*fn)(void *ctx, const struct err *err), void *ctx)
{
    bool told;

    if (!ev->actor)
        ev->actor = "engine";
    if (!ev->ts_ms)
        ev->ts_ms = loop_wall_ms(e->opts.loop);
    event_normalize(ev);
    told = journal_put(e, ev, fn, ctx);
    model_apply(&e->model, ev);
    for (size_t i = 0; i < e->sinks.count; i++)
        e->sinks.items[i].ops->event(e->sinks.items[i].self, &e->model, ev);
    if (e->journal && journal_error(e->journal)->code)
        tell_journal_error(e);
    return told;
}

void engine_publish(struct engine *e, struct event *ev)
{
    publish(e, ev, NULL, NULL);
}

void engine_publish_durable(struct engine *e, struct event *ev,
                            void (*fn)(void *ctx, const struct err *err), void *ctx)
{
    struct err err;

    if (publish(e, ev, fn, ctx))
        return;
    err_set(&err, ERR_IO, "nothing of this session is kept");
    fn(ctx, &err);
}

void engine_say_error(struct engine *e, const char *doing, const struct err *err)
{
    struct event ev = {.type = EV_ERROR};

    ev.u.error.text = err->msg;
    ev.u.error.code = err_code_name(err->code);
    ev.u.error.doing = doing;
    engine_publish(e, &ev);
}

static void reap(void *ctx)
{
    struct engine *e = ctx;

    e->reap_timer = 0;
    if (investigation_jobs(e->ended)) { /* a worker still stores a result: look again soon */
        e->reap_timer = loop_timer(e->opts.loop, REAP_AGAIN_MS, reap, e);
        return;
    }
    investigation_free(e->ended);
    e->ended = NULL;
}

void engine_turn_over(struct engine *e)
{
    /* We are inside a callback of the turn: free it when the stack has unwound. */
    assert(!e->ended);
    e->ended = e->inv;
    e->inv = NULL;
    if (!e->reap_timer)
        e->reap_timer = loop_timer(e->opts.loop, 0, reap, e);
    procedure_turn_over(e);
}

static bool wants_investigation(struct engine *e, const char *question, enum intent_type how)
{
    bool has_model = e->opts.llm && !e->llm_off && llm_count(e->opts.llm);
    struct arena *a = arena_new(0);
    struct phrase p;
    bool wants;

    reply_parse(e, question, a, &p);
    wants = how == INTENT_INVESTIGATE ||
            reply_wants_investigation(&e->model, &p, has_model, how == INTENT_QUESTION);
    arena_free(a);
    return wants;
}

static void ask(struct engine *e, const char *question, enum intent_type how)
{
    struct event ev = {.type = EV_USER_MESSAGE, .actor = "user"};
    struct buf clean = BUF_INIT(EVENT_MAX);
    struct err err;
    bool reply = e->inv && agent_is_asking(e->inv->agent), wants;

    if ((e->inv || e->ended) && !reply) {
        err_set(&err, ERR_AGAIN, "%s",
                engine_refreshing(e)
                    ? "the resources are being read again: ask in a moment"
                    : "an investigation is running: cancel it first, or wait for it");
        engine_say_error(e, "not started", &err);
        return;
    }
    redactor_apply(e->redactor, &clean, str_from(question));
    wants = !reply && wants_investigation(e, buf_cstr(&clean), how);
    if (wants)
        engine_open_asked(e, buf_cstr(&clean));
    else
        engine_open_deferred(e, buf_cstr(&clean));
    ev.u.user_message.text = buf_cstr(&clean);
    engine_publish(e, &ev);
    if (reply) {
        agent_reply(e->inv->agent, buf_cstr(&clean));
        inv_go_on(e->inv);
    } else if (wants) {
        investigation_start(e);
    } else {
        investigation_answer(e);
    }
    buf_release(&clean);
}

#define TITLE_MAX 200

static void rename_session(struct engine *e, const char *title)
{
    struct event ev = {.type = EV_SESSION_RENAMED, .actor = "user"};
    struct buf clean = BUF_INIT(4096);
    struct str t = str_trim(str_from(title));
    struct err err;

    if (!e->open || !t.len || t.len > TITLE_MAX) {
        err_set(&err, ERR_INPUT, "%s",
                !e->open ? "ask something first: there is no session yet"
                         : "a title has 1 to 200 bytes");
        engine_say_error(e, "not renamed", &err);
        return;
    }
    redactor_apply(e->redactor, &clean, t);
    ev.u.session_renamed.title = buf_cstr(&clean);
    engine_publish(e, &ev);
    buf_release(&clean);
}

static void choose_model(struct engine *e, const char *name)
{
    struct event ev = {.type = EV_MODEL_SWITCHED, .actor = "user"};
    bool none = strcmp(name, "none") == 0;
    struct err err;

    if (none ? !e->opts.llm : !e->opts.llm || !llm_prefer(e->opts.llm, name)) {
        err_set(&err, ERR_NOT_FOUND, "%s",
                e->opts.llm ? "no such model is configured"
                            : "no model is configured (llm.provider)");
        engine_say_error(e, "the model stays as it is", &err);
        return;
    }
    e->llm_off = none;
    if (!none)
        llm_breaker_reset(e->opts.llm);
    if (!e->open)
        return;
    ev.u.model_switched.to = none ? "builtin" : name;
    ev.u.model_switched.why = none ? "the person wants none" : "the person chose it";
    engine_publish(e, &ev);
}

static bool has_answers(const struct model *m)
{
    VEC_EACH (it, &m->items) {
        if (it->kind == ITEM_TEXT || it->kind == ITEM_CONCLUSION)
            return true;
    }
    return false;
}

static void compact(struct engine *e)
{
    struct err err = ERR_INIT;

    if (e->inv || e->ended)
        err_set(&err, ERR_AGAIN, "something is running: wait for it, or stop it");
    else if (!e->opts.llm || e->llm_off || !llm_count(e->opts.llm))
        err_set(&err, ERR_NOT_FOUND,
                "no model is asked here, so there is no window to make room "
                "in");
    else if (!e->open || !has_answers(&e->model))
        err_set(&err, ERR_NOT_FOUND, "nothing was answered yet");
    if (err.code)
        engine_say_error(e, "not compacted", &err);
    else
        investigation_compact(e);
}

static void submit(void *ctx, const struct intent *in)
{
    struct engine *e = ctx;

    switch (in->type) {
    case INTENT_ASK:
    case INTENT_INVESTIGATE:
    case INTENT_QUESTION:
        ask(e, in->text, in->type);
        break;
    case INTENT_RENAME:
        rename_session(e, in->text);
        break;
    case INTENT_MODEL:
        choose_model(e, in->text);
        break;
    case INTENT_COMPACT:
        compact(e);
        break;
    case INTENT_CANCEL:
        if (e->inv)
            investigation_cancel(e->inv, "canceled");
        engine_procedure_cancel(e);
        break;
    case INTENT_QUIT:
        if (e->inv)
            investigation_cancel(e->inv, "quit");
        loop_stop(e->opts.loop);
        break;
    case INTENT_REFRESH:
        engine_refresh(e);
        break;
    case INTENT_SECURITY:
        engine_security(e);
        break;
    case INTENT_STEER_ADD:
    case INTENT_STEER_REJECT:
    case INTENT_STEER_RESTORE:
    case INTENT_STEER_PROMOTE:
    case INTENT_STEER_TEST:
        engine_steer(e, in);
        break;
    case INTENT_APPROVE:
    case INTENT_DISAPPROVE:
        engine_answer_approval(e, in);
        break;
    case INTENT_REMEMBER:
        remember_intent(e, in);
        break;
    case INTENT_FORGET:
        forget_intent(e, in);
        break;
    case INTENT_PROPOSE:
        mutate_intent(e, in);
        break;
    case INTENT_UNDO:
        mutate_undo_intent(e, in);
        break;
    case INTENT_PROCEDURE_RUN:
    case INTENT_PROCEDURE_ANSWER:
    case INTENT_PROCEDURE_RESUME:
        procedure_intent(e, in);
        break;
    case INTENT_PLAN:
        engine_open_deferred(e, in->text ? in->text : "a plan");
        plan_intent_in(e, in);
        break;
    case INTENT_READONLY:
        engine_set_readonly(e, "the person asked for it");
        break;
    }
}

struct intent_sink engine_intents(struct engine *e)
{
    return (struct intent_sink){submit, e};
}

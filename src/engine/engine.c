/* engine.c - the session: its journal, its model, its sinks, and the turns that intents start.
 * Invariant: no event reaches a sink that was not handed to the journal before. */
#include "engine_priv.h"

#include "agent.h"
#include "mutate_priv.h"
#include "reply.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/store/blob.h"
#include "runbook/tool/toolenv.h"
#include "runbook/llm/llm.h"

#define EVENT_MAX ((size_t)1 << 20)
#define REAP_AGAIN_MS 20
#define TOPOLOGY_MAX ((size_t)900 << 10)

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
    engine_close(e, "exit", 0, &err);
    mutate_free(e);
    while (e->ended && investigation_jobs(e->ended))
        loop_turn(e->opts.loop, true);
    if (e->reap_timer)
        loop_timer_cancel(e->opts.loop, e->reap_timer);
    investigation_free(e->ended);
    tool_runner_free(e->runner);
    model_release(&e->model);
    VEC_RELEASE(&e->sinks);
    redactor_free(e->redactor);
    prompts_free(e->own_prompts);
    price_table_free(e->own_prices);
    ledger_free(e->ledger);
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

void session_make_id(struct rng *rng, int64_t unix_ms, char out[SESSION_ID_MAX])
{
    time_t t = (time_t)(unix_ms / 1000);
    char random[8];
    struct tm tm;

    gmtime_r(&t, &tm);
    rng_id(rng, random, 6);
    snprintf(out, SESSION_ID_MAX, "%04d-%02d-%02d-%02d%02d%02d-%s", (tm.tm_year + 1900) % 10000,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, random);
}

static void start_journal(struct engine *e, const char *id)
{
    char *dir;

    if (!e->opts.state_dir)
        return;
    dir = path_join(e->opts.state_dir, "scratchpad");
    if (journal_create(e->opts.loop, dir, id, &e->journal, &e->journal_err) &&
        e->opts.fallback_dir) {
        free(dir);
        dir = path_join(e->opts.fallback_dir, "scratchpad");
        if (journal_create(e->opts.loop, dir, id, &e->journal, &(struct err)ERR_INIT))
            e->journal = NULL;
    }
    if (e->journal) {
        free(e->journal_path);
        e->journal_path = xstrdup(journal_path(e->journal));
    }
    free(dir);
}

static const char *user_name(void)
{
    const struct passwd *pw = getpwuid(getuid());

    return pw ? pw->pw_name : "";
}

static void publish_opened(struct engine *e, const struct session_spec *spec, const char *id)
{
    struct event ev = {.type = EV_SESSION_OPENED};
    struct ev_session_opened *s = &ev.u.session_opened;
    struct buf title = BUF_INIT(EVENT_MAX), query = BUF_INIT(EVENT_MAX);
    char host[256] = "", cwd[4096];
    size_t n = 0;

    gethostname(host, sizeof(host) - 1);
    while (spec->targets && spec->targets[n])
        n++;
    s->id = id;
    /* What a person typed can hold a secret, here as in the question itself. */
    redactor_apply(e->redactor, &title, str_from(spec->title));
    redactor_apply(e->redactor, &query, str_from(spec->query));
    s->title = buf_cstr(&title);
    s->query = buf_cstr(&query);
    s->version = e->opts.version;
    s->user = user_name();
    s->host = host;
    s->cwd = getcwd(cwd, sizeof(cwd)) ? cwd : "";
    s->targets = (struct strings){spec->targets, n};
    s->now_ms = spec->now_ms;
    engine_publish(e, &ev);
    buf_release(&title);
    buf_release(&query);
}

/* The graph is in the journal, so that a replay draws it; a line has its limit. */
static void publish_topology(struct engine *e, const struct session_spec *spec)
{
    struct event ev = {.type = EV_TOPOLOGY_LOADED};
    struct buf graph = BUF_INIT(TOPOLOGY_MAX);

    topology_encode(spec->topology, &graph);
    ev.u.topology_loaded.source = spec->topology_source;
    ev.u.topology_loaded.nodes = (int64_t)spec->topology->count;
    ev.u.topology_loaded.edges = (int64_t)spec->topology->edge_count;
    ev.u.topology_loaded.graph = graph.full ? STR_LIT("{}") : buf_str(&graph);
    engine_publish(e, &ev);
    buf_release(&graph);
}

enum err_code engine_open(struct engine *e, const struct session_spec *spec, struct err *err)
{
    char id[SESSION_ID_MAX];

    if (e->open)
        return err_set(err, ERR_AGAIN, "a session is open already");
    session_make_id(e->opts.rng, loop_wall_ms(e->opts.loop), id);
    e->open = true;
    start_journal(e, id);
    publish_opened(e, spec, id);
    if (e->journal_err.code && !e->journal)
        engine_say_error(e, "nothing of this session is kept", &e->journal_err);
    else if (e->journal_err.code)
        engine_say_error(e, "the session is kept in memory-backed storage only", &e->journal_err);
    if (spec->incident) {
        struct event ev = {.type = EV_INCIDENT_LOADED};

        ev.u.incident_loaded = *spec->incident;
        engine_publish(e, &ev);
    }
    if (spec->topology)
        publish_topology(e, spec);
    if (e->opts.read_only)
        engine_set_readonly(e, "asked for at the start");
    return ERR_OK;
}

static const char *const *copy_targets(struct arena *a, const char *const *targets)
{
    const char **copy;
    size_t n = 0;

    while (targets && targets[n])
        n++;
    copy = arena_array(a, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = arena_strdup(a, targets[i]);
    return copy;
}

void engine_open_on_ask(struct engine *e, const struct session_spec *spec)
{
    struct arena *a;

    arena_free(e->deferred); /* what was said before is meant no longer */
    a = e->deferred = arena_new(0);
    e->spec = *spec;
    e->spec.title = arena_strdup(a, spec->title);
    e->spec.query = arena_strdup(a, spec->query);
    e->spec.targets = copy_targets(a, spec->targets);
    e->spec.topology_source = arena_strdup(a, spec->topology_source);
    if (spec->incident) {
        struct ev_incident_loaded *i = &e->incident;

        *i = *spec->incident;
        i->id = arena_strdup(a, i->id);
        i->title = arena_strdup(a, i->title);
        i->service = arena_strdup(a, i->service);
        i->metric = arena_strdup(a, i->metric);
        i->direction = arena_strdup(a, i->direction);
        i->source = arena_strdup(a, i->source);
        e->spec.incident = i;
    }
    e->open_on_ask = true;
}

void engine_open_deferred(struct engine *e, const char *question)
{
    struct session_spec spec = e->spec;
    struct err err;

    if (!e->open_on_ask)
        return;
    e->open_on_ask = false;
    if (!spec.title)
        spec.title = question;
    if (!spec.query)
        spec.query = question;
    if (engine_open(e, &spec, &err))
        engine_say_error(e, "open the session", &err);
}

struct fold_ctx {
    struct engine *e;
    struct arena *arena;
    uint64_t skipped;
};

static void fold_record(void *ctx, const struct journal_record *r)
{
    struct fold_ctx *f = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev;
    struct err err;

    if (type == EV_UNKNOWN)
        return;
    arena_reset(f->arena);
    if (event_decode(type, r->data, f->arena, &ev, &err)) {
        f->skipped++;
        return;
    }
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(f->arena, r->actor);
    model_apply(&f->e->model, &ev);
}

/* A run that was killed left calls without an end, and perhaps half a sentence. */
static void end_what_was_cut(struct engine *e)
{
    for (size_t i = 0; i < e->model.tools.count; i++) {
        struct event ev = {.type = EV_TOOL_ENDED};

        if (e->model.tools.items[i].ended)
            continue;
        ev.u.tool_ended.call = e->model.tools.items[i].call;
        ev.u.tool_ended.status = TOOL_CANCELED;
        ev.u.tool_ended.error = "the program ended before it answered";
        engine_publish(e, &ev);
    }
    for (size_t i = e->model.items.count; i-- > 0;) {
        const struct item *it = &e->model.items.items[i];
        struct event ev = {.type = EV_AGENT_TEXT};

        if (it->kind != ITEM_TEXT || it->whole)
            continue;
        if (i + 1 == e->model.items.count) {
            ev.u.agent_text.message = it->tag;
            ev.u.agent_text.last = true;
            engine_publish(e, &ev);
        }
        return;
    }
}

enum err_code engine_resume(struct engine *e, const char *id, struct journal_report *ret_report,
                            struct err *err)
{
    struct fold_ctx f = {e, NULL, 0};
    enum err_code rc;
    char *dir;

    if (e->open)
        return err_set(err, ERR_AGAIN, "a session is open already");
    if (!e->opts.state_dir)
        return err_set(err, ERR_NOT_FOUND, "there is no state directory to resume from");
    f.arena = arena_new(8192);
    dir = path_join(e->opts.state_dir, "scratchpad");
    rc = journal_open(e->opts.loop, dir, id, fold_record, &f, &e->journal, ret_report, err);
    free(dir);
    arena_free(f.arena);
    if (rc)
        return rc;
    e->first_hypothesis = e->first_evidence = e->first_gap = 0;
    e->open = true;
    free(e->journal_path);
    e->journal_path = xstrdup(journal_path(e->journal));
    end_what_was_cut(e);
    if (e->model.turn_running) {
        struct event ev = {.type = EV_TURN_ENDED};

        ev.u.turn_ended.turn = e->model.turn;
        ev.u.turn_ended.reason = "interrupted";
        engine_publish(e, &ev);
    }
    engine_expire_approvals(e, !e->opts.keep_requests, "the run that asked has ended");
    mutate_resume(e);
    return ERR_OK;
}

enum err_code engine_close(struct engine *e, const char *reason, int exit_code, struct err *err)
{
    struct event ev = {.type = EV_SESSION_CLOSED};
    char *elsewhere = NULL;
    enum err_code rc = ERR_OK;

    if (!e->open)
        return ERR_OK;
    if (e->inv)
        investigation_cancel(e->inv, "quit");
    engine_expire_approvals(e, !e->opts.keep_requests, "the session was closed");
    ev.u.session_closed.reason = reason;
    ev.u.session_closed.exit_code = exit_code;
    engine_publish(e, &ev);
    e->open = false;
    if (!e->journal)
        return ERR_OK;
    engine_journal_head(e, &e->head_lines, e->head_hash);
    rc = journal_close(e->journal, e->opts.fallback_dir, &elsewhere, err);
    e->journal = NULL;
    if (rc || elsewhere)
        e->head_lines = 0;
    if (rc) {
        e->journal_err = *err;
        free(e->journal_path);
        e->journal_path = NULL;
    }
    if (elsewhere) {
        free(e->journal_path);
        e->journal_path = elsewhere;
    }
    return rc;
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
}

static bool wants_investigation(struct engine *e, const char *question, enum intent_type how)
{
    bool has_model = e->opts.llm && !e->llm_off && llm_count(e->opts.llm);
    struct arena *a = arena_new(0);
    struct phrase p;
    bool wants;

    reply_parse(&e->model, question, a, &p);
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
        break;
    case INTENT_QUIT:
        if (e->inv)
            investigation_cancel(e->inv, "quit");
        loop_stop(e->opts.loop);
        break;
    case INTENT_REFRESH:
        engine_refresh(e);
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
    case INTENT_PROPOSE:
        mutate_intent(e, in);
        break;
    case INTENT_UNDO:
        mutate_undo_intent(e, in);
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

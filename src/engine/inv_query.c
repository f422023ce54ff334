/* inv_query.c - the queue of queries. A query goes through: guard, deduplication, the queue (triage
 * first, then by its hypothesis' confidence and priority), the tool, the blob store (a job, as it
 * syncs), tool.ended, its askers. Nothing is told to an asker after the turn has ended. */
#include "investigation_priv.h"

#include "alerts.h"
#include "inventory_priv.h"
#include "security.h"
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/engine/guard.h"
#include "runbook/store/blob.h"

#define KEEP_BODY_BYTES                                                                            \
    ((size_t)256 << 10) /* of an answered query, for an equal one later in the turn */

struct query *inv_find_query(struct investigation *inv, uint64_t id)
{
    return id && id <= inv->queries.count ? inv->queries.items[id - 1] : NULL;
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(const struct value *const *)a)->key, (*(const struct value *const *)b)->key);
}

/* "tool {args, keys sorted}": equal queries have equal keys. */
static const char *query_key(struct investigation *inv, const char *tool, const struct value *args)
{
    size_t n = value_count(args);
    const struct value **members = arena_array(inv->arena, n, sizeof(*members));
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;
    const char *key;

    for (size_t i = 0; i < n; i++)
        members[i] = value_at(args, i);
    if (n)
        qsort(members, n, sizeof(*members), compare_members);
    buf_addf(&text, "%s ", tool);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    for (size_t i = 0; i < n; i++) {
        json_key_str(&w, members[i]->key);
        json_value(&w, members[i]);
    }
    json_object_end(&w);
    key = arena_str(inv->arena, buf_str(&text));
    buf_release(&text);
    return key;
}

static void add_asker(struct query *q, const char *hyp, inv_query_fn *fn, void *ctx)
{
    struct asker *a = VEC_PUSH(&q->askers);

    a->hypothesis = hyp ? arena_strdup(q->inv->arena, hyp) : "";
    a->fn = fn;
    a->ctx = ctx;
}

static void tell_askers(struct investigation *inv, struct query *q)
{
    q->waiting = false;
    while (q->told < q->askers.count && !inv->over) {
        struct asker a = q->askers.items[q->told++];

        a.fn(a.ctx, inv, q->id, &q->result);
    }
}

static void tell_late_askers(void *ctx)
{
    struct investigation *inv = ctx;

    inv->late_timer = 0;
    for (size_t i = 0; i < inv->queries.count && !inv->over; i++) {
        if (inv->queries.items[i]->state == QUERY_DONE && inv->queries.items[i]->waiting)
            tell_askers(inv, inv->queries.items[i]);
    }
}

void inv_publish_tool_ended(struct investigation *inv, struct query *q)
{
    struct event ev = inv_new_event(EV_TOOL_ENDED);
    struct ev_tool_ended *t = &ev.u.tool_ended;

    t->call = q->call;
    t->status = q->result.status;
    t->summary = q->result.summary;
    t->error = q->result.err.code ? q->result.err.msg : "";
    t->blob = q->blob;
    t->content_type = q->result.content_type;
    t->size_bytes = q->size_bytes;
    t->duration_ms = q->duration_ms;
    t->rows = q->result.rows;
    inv_publish(inv, &ev);
}

/* How far it is: shown, and not written down. What it quotes may be a secret. */
static void show_told(struct investigation *inv, const struct query *q,
                      const struct tool_progress *p)
{
    struct event ev = inv_new_event(EV_TOOL_TOLD);
    struct buf found = BUF_INIT(1024), trouble = BUF_INIT(4096);
    struct arena *arena = arena_new(0);
    const struct value *body = NULL;
    struct err ignored = ERR_INIT;

    (void)json_parse(arena, p->body, &body, &ignored);
    (void)redactor_apply(inv->engine->redactor, &found, value_str_or(body, "found", ""));
    (void)redactor_apply(inv->engine->redactor, &trouble, value_str_or(body, "trouble", ""));
    ev.u.tool_told = (struct ev_tool_told){.call = q->call,
                                           .done = (int64_t)p->done,
                                           .known = (int64_t)p->known,
                                           .found = buf_cstr(&found),
                                           .trouble = buf_cstr(&trouble)};
    inventory_show(inv->engine, &ev);
    buf_release(&found);
    buf_release(&trouble);
    arena_free(arena);
}

void inv_tool_told(struct investigation *inv, tool_id id, const struct tool_progress *p)
{
    for (size_t i = 0; i < inv->queries.count && !inv->over; i++) {
        struct query *q = inv->queries.items[i];

        if (q->state != QUERY_RUNNING || q->run != id)
            continue;
        show_told(inv, q, p);
        security_read_progress(inv, q->tool->name, q->call, q->args, p);
    }
}

static void end_query(struct investigation *inv, struct query *q)
{
    q->state = QUERY_DONE;
    inv_publish_tool_ended(inv, q);
    alerts_read_answer(inv, q->tool->name, q->call, q->args, &q->result);
    security_read_answer(inv, q->tool->name, q->call, q->args, &q->result);
    changes_read_answer(inv, q->tool->name, q->call, &q->result);
    if (q->tool->helper) { /* no source has answered */
    } else if (q->result.status == TOOL_OK || q->result.status == TOOL_EMPTY) {
        inv->answered++;
        inv->informed += q->result.status == TOOL_OK;
    } else if (q->result.status != TOOL_CANCELED) {
        inv->failed_queries++;
    }
    tell_askers(inv, q);
    if (q->result.body.len > KEEP_BODY_BYTES) { /* an equal query is then run again */
        buf_release(&q->result.body);
        q->dropped = true;
    }
}

/* Storing the raw result: on a worker, as it hashes and syncs. */

/* In place; a result that does not fit its cap any more is dropped rather than kept with a secret
 * in it. */
static void redact_body(struct query *q)
{
    struct buf clean = BUF_INIT(q->result.body.len * 2 + 4096);

    if (redactor_apply(q->redactor, &clean, buf_str(&q->result.body)) && !clean.full) {
        buf_release(&q->result.body);
        q->result.body = clean;
        return;
    }
    if (clean.full)
        buf_clear(&q->result.body);
    buf_release(&clean);
}

static void store_work(void *ctx)
{
    struct query *q = ctx;
    struct str body;

    redact_body(q);
    body = buf_str(&q->result.body);
    if (!q->store_dir || blob_put(q->store_dir, body, q->hash, &q->store_err))
        hash_sha256_hex(body, q->hash);
}

static void store_done(void *ctx, bool canceled)
{
    struct query *q = ctx;
    struct investigation *inv = q->inv;

    inv->jobs--;
    if (inv->engine->opts.reveal)
        redactor_learn(inv->engine->redactor, q->redactor);
    redactor_free(q->redactor);
    q->redactor = NULL;
    if (inv->over)
        return;
    q->size_bytes = (int64_t)q->result.body.len;
    if (!canceled)
        q->blob = arena_strdup(inv->arena, q->hash);
    if (q->store_err.code && !inv->store_told) {
        inv->store_told = true;
        engine_say_error(inv->engine, "raw results are not kept", &q->store_err);
    }
    inv->running--;
    end_query(inv, q);
    inv_pump(inv);
}

/* The one line that a tool writes about its result, and its error, may quote it. */
static void redact_words(struct investigation *inv, struct tool_result *r)
{
    struct buf clean = BUF_INIT(4096);

    if (redactor_apply(inv->engine->redactor, &clean, str_from(r->summary)))
        snprintf(r->summary, sizeof(r->summary), "%s", buf_cstr(&clean));
    buf_clear(&clean);
    if (redactor_apply(inv->engine->redactor, &clean, str_from(r->err.msg)))
        snprintf(r->err.msg, sizeof(r->err.msg), "%s", buf_cstr(&clean));
    buf_release(&clean);
}

static void on_tool_done(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct query *q = ctx;
    struct investigation *inv = q->inv;

    (void)id;
    q->result = *result;
    buf_init(&result->body, result->body.max);
    q->duration_ms = duration_ms;
    q->size_bytes = (int64_t)q->result.body.len;
    q->run = 0;
    redact_words(inv, &q->result);
    if (q->result.body.len && !inv->over) {
        q->state = QUERY_STORING;
        q->store_dir = inv->engine->opts.state_dir;
        q->redactor = engine_new_redactor(inv->engine);
        inv->jobs++;
        loop_job(inv_loop(inv), store_work, store_done, q);
        return;
    }
    inv->running--;
    if (inv->over) {
        q->state = QUERY_DONE;
        inv_publish_tool_ended(inv, q);
        security_read_stopped(inv, q->tool->name, q->call, q->args);
        return;
    }
    end_query(inv, q);
    inv_pump(inv);
}

static void publish_tool_started(struct investigation *inv, struct query *q)
{
    struct event ev = inv_new_event(EV_TOOL_STARTED);
    struct ev_tool_started *t = &ev.u.tool_started;

    ev.actor = q->actor;
    t->call = q->call;
    t->tool = q->tool->name;
    t->title = q->title;
    t->hypothesis = q->hypothesis;
    t->args = q->args;
    t->query = q->text;
    inv_publish(inv, &ev);
}

static void start_query(struct investigation *inv, struct query *q)
{
    struct err err = ERR_INIT;

    q->state = QUERY_RUNNING;
    q->call = arena_printf(inv->arena, "c%zu", inv_model(inv)->tools.count + 1);
    inv->running++;
    publish_tool_started(inv, q);
    if (tool_run(inv->engine->runner, q->tool->name, q->args, on_tool_done, q, &q->run, &err)) {
        inv->running--;
        q->result.status = TOOL_ERROR;
        tool_result_fail(&q->result, &err);
        end_query(inv, q);
    }
}

/* What a person promoted first, then triage, then the more likely hypothesis, then its priority,
 * then the order of asking. */
static double rank_of(const struct investigation *inv, const struct query *q)
{
    const struct hypothesis *h =
        *q->hypothesis ? model_hypothesis(inv_model(inv), q->hypothesis) : NULL;

    for (const struct hypothesis *p = h; p;
         p = p->parent_index == SIZE_MAX ? NULL
                                         : &inv_model(inv)->hypotheses.items[p->parent_index])
        if (p->promoted)
            return 2000.0 + p->promoted;
    if (!h)
        return 1000.0;
    return h->confidence * 100 - (double)h->priority * 0.1 - h->depth * 0.01;
}

static struct query *next_query(struct investigation *inv)
{
    struct query *best = NULL;

    for (size_t i = 0; i < inv->queries.count; i++) {
        struct query *q = inv->queries.items[i];

        if (q->state == QUERY_WAITING && (!best || rank_of(inv, q) > rank_of(inv, best)))
            best = q;
    }
    return best;
}

void inv_pump(struct investigation *inv)
{
    struct query *q;

    while (!inv->over && inv->running < (size_t)inv->engine->opts.limits.max_parallel &&
           (q = next_query(inv)))
        start_query(inv, q);
}

static void on_pump(void *ctx)
{
    struct investigation *inv = ctx;

    inv->pump_timer = 0;
    inv_pump(inv);
}

static struct query *new_query(struct investigation *inv, const struct inv_query *spec,
                               const struct tool_def *tool, const struct value *args,
                               const char *key)
{
    struct query *q = xcalloc(1, sizeof(*q));
    struct buf text = BUF_INIT(8192);

    q->inv = inv;
    q->tool = tool;
    q->args = (struct str){arena_str(inv->arena, spec->args_json), spec->args_json.len};
    q->hypothesis = spec->hypothesis ? arena_strdup(inv->arena, spec->hypothesis) : "";
    q->title = arena_strdup(inv->arena, spec->title);
    q->actor = spec->actor ? arena_strdup(inv->arena, spec->actor) : "builtin";
    q->key = key;
    q->blob = "";
    if (tool->query)
        tool->query(args, &text);
    q->text = arena_str(inv->arena, buf_str(&text));
    buf_release(&text);
    *VEC_PUSH(&inv->queries) = q;
    q->id = inv->queries.count;
    q->call = "";
    return q;
}

static struct query *find_equal(struct investigation *inv, const char *key)
{
    for (size_t i = 0; i < inv->queries.count; i++) {
        if (!inv->queries.items[i]->dropped && strcmp(inv->queries.items[i]->key, key) == 0)
            return inv->queries.items[i];
    }
    return NULL;
}

static enum err_code check_query(struct investigation *inv, const struct inv_query *spec,
                                 const struct tool_def *tool, const struct value **ret_args,
                                 struct err *err)
{
    enum err_code rc;

    if (!tool)
        return err_set(err, ERR_NOT_FOUND, "there is no tool '%s'", spec->tool);
    rc = json_parse(inv->arena, spec->args_json, ret_args, err);
    if (rc)
        return err_wrap(err, "%s: arguments", spec->tool);
    return guard_check(
        tool, *ret_args, spec->hypothesis,
        inv->refresh || inv->answer || tool->helper || inv_model(inv)->phase <= PHASE_TRIAGE, err);
}

static uint64_t queue_query(struct investigation *inv, const struct inv_query *spec,
                            const struct tool_def *tool, const struct value *args, inv_query_fn *fn,
                            void *ctx)
{
    struct query *q;
    const char *key;

    if (spec->hypothesis && *spec->hypothesis)
        inv_testing(inv, spec->hypothesis);
    key = query_key(inv, spec->tool, args);
    q = find_equal(inv, key);
    if (q && q->state == QUERY_DONE) {
        q->waiting = true;
        if (!inv->late_timer)
            inv->late_timer = loop_timer(inv_loop(inv), 0, tell_late_askers, inv);
    } else if (!q) {
        q = new_query(inv, spec, tool, args, key);
        if (!inv->pump_timer)
            inv->pump_timer = loop_timer(inv_loop(inv), 0, on_pump, inv);
    }
    add_asker(q, spec->hypothesis, fn, ctx);
    return q->id;
}

/* A bound of its own: the fuse of a model's calls does not count these. */
static bool is_one_too_many(struct investigation *inv, const struct inv_query *spec)
{
    size_t most = (size_t)inv->engine->opts.limits.builtin_queries;

    if (inv->builtin_queries++ < most)
        return false;
    if (inv->builtin_queries == most + 1)
        inv_warn_limit(inv, spec->tool,
                       arena_printf(inv->arena,
                                    "the built-in investigator asked %zu queries in this turn: no "
                                    "more are made; agent.builtin_queries raises it",
                                    most));
    return true;
}

uint64_t inv_query(struct investigation *inv, const struct inv_query *spec, inv_query_fn *fn,
                   void *ctx)
{
    const struct tool_def *tool = tool_env_find(inv->engine->opts.tools, spec->tool);
    const struct value *args;
    struct err err;

    if (inv->over || inv_is_rejected(inv, spec->hypothesis))
        return 0;
    if (check_query(inv, spec, tool, &args, &err)) {
        inv_warn_limit(inv, spec->tool, err.msg);
        return 0;
    }
    if (is_one_too_many(inv, spec))
        return 0;
    return queue_query(inv, spec, tool, args, fn, ctx);
}

enum err_code inv_query_try(struct investigation *inv, const struct inv_query *spec,
                            inv_query_fn *fn, void *ctx, struct err *err)
{
    const struct tool_def *tool = tool_env_find(inv->engine->opts.tools, spec->tool);
    const struct value *args;

    if (inv->over)
        return err_set(err, ERR_CANCELED, "the turn is over");
    if (inv_is_rejected(inv, spec->hypothesis))
        return err_set(err, ERR_DENIED, "the person rejected %s: leave it", spec->hypothesis);
    if (check_query(inv, spec, tool, &args, err))
        return err->code;
    queue_query(inv, spec, tool, args, fn, ctx);
    return ERR_OK;
}

void inv_drop_waiting(struct investigation *inv, struct query *q)
{
    q->state = QUERY_DONE;
    q->result.status = TOOL_CANCELED;
    err_set(&q->result.err, ERR_CANCELED, "its hypothesis was rejected");
    q->waiting = q->dropped = true;
    if (!inv->late_timer)
        inv->late_timer = loop_timer(inv_loop(inv), 0, tell_late_askers, inv);
}

/* investigation.c - one turn: the tree and the queue of queries, on behalf of the modules.
 * A query goes through: guard, deduplication, the queue (triage first, then by its hypothesis'
 * confidence and priority), the tool, the blob store (a job, as it syncs), tool.ended, its askers.
 * Nothing is told to an asker after the turn has ended. The verdict is in conclude.c. */
#include "investigation_priv.h"

#include "alerts.h"
#include "calibrate.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/engine/guard.h"
#include "runbook/model/confidence.h"
#include "runbook/store/blob.h"

#define TEMPORAL_MS 300000 /* a change within 5 minutes of the incident's start */
#define KEEP_BODY_BYTES                                                                            \
    ((size_t)256 << 10) /* of an answered query, for an equal one later in the turn */

static struct event new_event(enum event_type type)
{
    struct event ev = {.type = type, .actor = "builtin"};

    return ev;
}

static void publish(struct investigation *inv, struct event *ev)
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

/* Phases: each once, in order. */

void inv_enter_phase(struct investigation *inv, enum phase to)
{
    const struct model *m = inv_model(inv);

    while (m->phase != to) {
        struct event ev = new_event(EV_PHASE_CHANGED);
        enum phase next = to;

        if (!phase_may_change(m->phase, to)) { /* one step towards it: the phases are in order */
            if (m->phase > to && m->phase != PHASE_COMPLETE)
                return;
            next = m->phase == PHASE_COMPLETE ? PHASE_TRIAGE : (enum phase)(m->phase + 1);
        }
        ev.actor = "engine";
        ev.u.phase_changed.from = m->phase;
        ev.u.phase_changed.to = next;
        publish(inv, &ev);
        if (m->phase != next)
            return;
    }
}

static void advance_phase(struct investigation *inv, enum phase to)
{
    if (inv_model(inv)->phase < to) {
        inv_enter_phase(inv, to);
        inv_wake_tests(inv);
    }
}

/* The tree. */

static void warn_limit(struct investigation *inv, const char *tool, const char *text)
{
    struct event ev = new_event(EV_LIMIT_WARNED);

    ev.actor = "engine";
    ev.u.limit_warned.tool = tool;
    ev.u.limit_warned.text = text;
    publish(inv, &ev);
}

static bool is_duplicate(const struct model *m, const struct inv_hypothesis *h, size_t from)
{
    for (size_t i = from; i < m->hypotheses.count; i++) {
        const struct hypothesis *o = &m->hypotheses.items[i];

        if (strcmp(o->statement, h->statement) == 0 &&
            strcmp(o->parent, h->parent ? h->parent : "") == 0)
            return true;
    }
    return false;
}

static size_t count_roots(const struct model *m)
{
    size_t n = 0;

    VEC_EACH (h, &m->hypotheses)
        n += h->depth == 1;
    return n;
}

/* What a person added does not take room from the investigator. */
static size_t count_own(const struct investigation *inv)
{
    const struct model *m = inv_model(inv);
    size_t n = 0;

    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++)
        n += !m->hypotheses.items[i].by_user;
    return n;
}

/* Why a proposal is declined, or NULL. */
static const char *declined(struct investigation *inv, const struct inv_hypothesis *h)
{
    const struct engine_limits *l = &inv->engine->opts.limits;
    const struct model *m = inv_model(inv);
    const struct hypothesis *parent =
        h->parent && *h->parent ? model_hypothesis(m, h->parent) : NULL;

    if (parent && *parent->rejected_by)
        return arena_printf(inv->arena, "hypothesis declined, %s is rejected: %s", parent->id,
                            h->statement);
    if (count_own(inv) >= (size_t)l->max_hypotheses)
        return arena_printf(inv->arena, "hypothesis declined, %d are in the tree already: %s",
                            l->max_hypotheses, h->statement);
    if (parent && parent->depth >= l->max_depth)
        return arena_printf(inv->arena, "hypothesis declined, the tree is %d deep already: %s",
                            l->max_depth, h->statement);
    return NULL;
}

static void publish_proposed(struct investigation *inv, const struct inv_hypothesis *h,
                             const char *id, const char *actor)
{
    struct event ev = new_event(EV_HYPOTHESIS_PROPOSED);
    struct ev_hypothesis_proposed *p = &ev.u.hypothesis_proposed;

    ev.actor = actor;
    p->id = id;
    p->parent = h->parent;
    p->statement = h->statement;
    p->kind = h->kind;
    p->resource = h->resource;
    p->service = h->service;
    p->metric = h->metric;
    p->pattern = h->pattern;
    p->rationale = h->rationale;
    p->refutes = h->refutes;
    p->category = h->category;
    p->priority = h->priority ? h->priority : 3;
    publish(inv, &ev);
}

const char *inv_propose(struct investigation *inv, const struct inv_hypothesis *h)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *parent =
        h->parent && *h->parent ? model_hypothesis(m, h->parent) : NULL;
    const char *why = declined(inv, h), *id;

    if (is_duplicate(m, h, inv->first_hypothesis))
        return NULL;
    if (why) {
        warn_limit(inv, "", why);
        return NULL;
    }
    advance_phase(inv, PHASE_HYPOTHESIZE);
    if (parent)
        id = arena_printf(inv->arena, "%s.%zu", parent->id, parent->children.count + 1);
    else
        id = arena_printf(inv->arena, "H%zu", count_roots(m) + 1);
    if (parent && parent->children.count == 0) {
        struct event ev = new_event(EV_HYPOTHESIS_BRANCHED);

        ev.u.hypothesis_id.id = parent->id;
        ev.u.hypothesis_id.reason = h->rationale;
        publish(inv, &ev);
    }
    publish_proposed(inv, h, id, "builtin");
    return model_hypothesis(m, id)->id;
}

/* The phase stays: the first look around goes on as it was. */
const char *inv_propose_user(struct investigation *inv, const struct inv_hypothesis *h)
{
    const struct model *m = inv_model(inv);
    const char *id = arena_printf(inv->arena, "H%zu", count_roots(m) + 1);

    publish_proposed(inv, h, id, "user");
    return model_hypothesis(m, id)->id;
}

static void publish_id(struct investigation *inv, enum event_type type, const char *hyp,
                       const char *reason)
{
    struct event ev = new_event(type);

    ev.u.hypothesis_id.id = hyp;
    ev.u.hypothesis_id.reason = reason;
    publish(inv, &ev);
}

void inv_testing(struct investigation *inv, const char *hyp)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), hyp);

    advance_phase(inv, PHASE_INVESTIGATE);
    if (h && h->status == HYP_PENDING)
        publish_id(inv, EV_HYPOTHESIS_TESTING, hyp, "");
}

void inv_prune(struct investigation *inv, const char *hyp, const char *reason)
{
    advance_phase(inv, PHASE_INVESTIGATE);
    if (!inv_is_rejected(inv, hyp))
        publish_id(inv, EV_HYPOTHESIS_PRUNED, hyp, reason);
}

/* Confidence comes from the recorded evidence alone; without any, nothing is supported or
 * confirmed. */
static void score(struct investigation *inv, enum event_type type, const char *hyp,
                  const char *reason, const struct inv_odds *odds)
{
    const struct model *m = inv_model(inv);
    struct buf terms = BUF_INIT(2048);
    struct confidence_input in;
    size_t at = model_index(m, 'h', hyp);
    struct event ev = new_event(type);

    if (at == SIZE_MAX)
        return;
    confidence_gather(m, at, &in);
    if (inv_is_rejected(inv, hyp)) {
        if (type == EV_HYPOTHESIS_CONFIRMED)
            warn_limit(
                inv, "",
                arena_printf(inv->arena,
                             "%s stays rejected, though its evidence would confirm it (%d %%)", hyp,
                             confidence_score(&in)));
        return;
    }
    if (!in.corroborating) {
        warn_limit(inv, "",
                   arena_printf(inv->arena, "%s is not %s: no evidence is recorded for it", hyp,
                                type == EV_HYPOTHESIS_CONFIRMED ? "confirmed" : "supported"));
        return;
    }
    advance_phase(inv, PHASE_INVESTIGATE);
    confidence_terms(m, at, &in, &terms);
    if (odds)
        buf_addf(&terms, ", %.2f of %zu candidates, %.2f that anything is wrong",
                 odds->probability / fmax(odds->wrong, 1e-9), odds->candidates, odds->wrong);
    ev.u.hypothesis_scored.id = hyp;
    ev.u.hypothesis_scored.confidence =
        odds ? calibrate_ranked(odds->probability) : calibrate_sum(confidence_score(&in));
    ev.u.hypothesis_scored.terms = buf_cstr(&terms);
    ev.u.hypothesis_scored.reason = reason;
    publish(inv, &ev);
    buf_release(&terms);
}

void inv_support(struct investigation *inv, const char *hyp, const char *reason)
{
    score(inv, EV_HYPOTHESIS_SUPPORTED, hyp, reason, NULL);
}

void inv_confirm(struct investigation *inv, const char *hyp, const char *reason)
{
    score(inv, EV_HYPOTHESIS_CONFIRMED, hyp, reason, NULL);
}

void inv_weigh(struct investigation *inv, bool confirmed, const char *hyp,
               const struct inv_odds *odds, const char *reason)
{
    score(inv, confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED, hyp, reason, odds);
}

void inv_publish_scored(struct investigation *inv, bool confirmed, const char *hyp,
                        const char *reason)
{
    score(inv, confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED, hyp, reason, NULL);
}

void inv_gap(struct investigation *inv, const char *hyp, const char *what, const struct err *why)
{
    struct event ev = new_event(EV_GAP_NOTED);

    if (why->code == ERR_CANCELED && inv_is_rejected(inv, hyp)) /* nobody wants to know any more */
        return;

    VEC_EACH (g, &inv_model(inv)->gaps) {
        if (strcmp(g->what, what) == 0 && strcmp(g->hypothesis, hyp ? hyp : "") == 0)
            return;
    }
    ev.u.gap_noted.what = what;
    ev.u.gap_noted.why = why->msg;
    ev.u.gap_noted.hypothesis = hyp;
    ev.u.gap_noted.code = err_code_name(why->code);
    publish(inv, &ev);
}

void inv_resource(struct investigation *inv, const struct ev_resource_seen *r)
{
    struct event ev = new_event(EV_RESOURCE_SEEN);

    ev.u.resource_seen = *r;
    publish(inv, &ev);
}

void inv_publish_alert(struct investigation *inv, const struct ev_alert_seen *s)
{
    struct event ev = new_event(EV_ALERT_SEEN);

    ev.u.alert_seen = *s;
    publish(inv, &ev);
}

void inv_say(struct investigation *inv, const char *markdown)
{
    struct event ev = new_event(EV_AGENT_TEXT);
    char id[32];

    snprintf(id, sizeof(id), "m%zu", ++inv->messages);
    ev.u.agent_text.text = markdown;
    ev.u.agent_text.message = id;
    ev.u.agent_text.last = true;
    publish(inv, &ev);
}

static const char *const *copy_list(struct arena *a, const struct strings *list)
{
    const char **items = arena_array(a, list->count, sizeof(*items));

    for (size_t i = 0; i < list->count; i++)
        items[i] = arena_strdup(a, list->items[i]);
    return items;
}

void inv_candidate(struct investigation *inv, const struct ev_candidate_ranked *c)
{
    struct ev_candidate_ranked *k = VEC_PUSH(&inv->candidates);
    struct arena *a = inv->arena;

    *k = *c;
    k->service = arena_strdup(a, c->service);
    k->metric = arena_strdup(a, c->metric);
    k->resource = arena_strdup(a, c->resource);
    k->category = arena_strdup(a, c->category);
    k->statement = arena_strdup(a, c->statement);
    k->hypothesis = arena_strdup(a, c->hypothesis);
    k->evidence.items = copy_list(a, &c->evidence);
}

void inv_propose_step(struct investigation *inv, const struct ev_remediation_proposed *step)
{
    struct ev_remediation_proposed *s = VEC_PUSH(&inv->steps);
    struct arena *a = inv->arena;

    *s = *step;
    s->hypothesis = arena_strdup(a, step->hypothesis);
    s->action = arena_strdup(a, step->action);
    s->command = arena_strdup(a, step->command ? step->command : "");
    s->rollback = arena_strdup(a, step->rollback ? step->rollback : "");
    s->watch = arena_strdup(a, step->watch ? step->watch : "");
}

void inv_check(struct investigation *inv, const char *hyp, const char *check)
{
    struct hand_check *c = VEC_PUSH(&inv->checks);

    c->hypothesis = arena_strdup(inv->arena, hyp);
    c->text = arena_strdup(inv->arena, check);
}

static struct query *find_query(struct investigation *inv, uint64_t id)
{
    return id && id <= inv->queries.count ? inv->queries.items[id - 1] : NULL;
}

static bool near_incident(const struct investigation *inv, int64_t onset_ms)
{
    const struct model *m = inv_model(inv);
    int64_t started = m->has_incident ? m->incident.started_at_ms : 0;

    return onset_ms && started && llabs(onset_ms - started) <= TEMPORAL_MS;
}

const char *inv_add_evidence(struct investigation *inv, const struct inv_evidence *x)
{
    const struct query *q = find_query(inv, x->query);
    struct event ev = new_event(EV_EVIDENCE_ADDED);
    struct ev_evidence_added *e = &ev.u.evidence_added;
    char id[32];

    assert(q && q->state == QUERY_DONE);
    if (q->result.status == TOOL_CANCELED) /* it was taken back before it could say anything */
        return "";
    snprintf(id, sizeof(id), "E%zu", inv_model(inv)->evidence.count + 1);
    e->id = id;
    e->call = q->call;
    e->hypothesis = x->hypothesis;
    e->strength = x->strength;
    e->statement = x->statement;
    e->query = q->text;
    e->blob = q->blob;
    e->service = x->service;
    e->metric = x->metric;
    e->resource = x->resource;
    e->unit = x->unit;
    e->before = x->before;
    e->after = x->after;
    e->score = x->score;
    e->window_start_ms = x->window_start_ms;
    e->window_end_ms = x->window_end_ms;
    e->onset_ms = x->onset_ms;
    e->direct = x->direct;
    e->temporal = x->temporal || near_incident(inv, x->onset_ms);
    advance_phase(inv, PHASE_INVESTIGATE);
    publish(inv, &ev);
    return model_evidence(inv_model(inv), id)->id;
}

/* Queries. */

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

static void publish_tool_ended(struct investigation *inv, struct query *q)
{
    struct event ev = new_event(EV_TOOL_ENDED);
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
    publish(inv, &ev);
}

static void end_query(struct investigation *inv, struct query *q)
{
    q->state = QUERY_DONE;
    publish_tool_ended(inv, q);
    alerts_read_answer(inv, q->tool->name, q->call, q->args, &q->result);
    if (q->result.status == TOOL_OK || q->result.status == TOOL_EMPTY)
        inv->answered++;
    else if (q->result.status != TOOL_CANCELED)
        inv->failed_queries++;
    inv->informed += q->result.status == TOOL_OK;
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
        publish_tool_ended(inv, q);
        return;
    }
    end_query(inv, q);
    inv_pump(inv);
}

static void publish_tool_started(struct investigation *inv, struct query *q)
{
    struct event ev = new_event(EV_TOOL_STARTED);
    struct ev_tool_started *t = &ev.u.tool_started;

    t->call = q->call;
    t->tool = q->tool->name;
    t->title = q->title;
    t->hypothesis = q->hypothesis;
    t->args = q->args;
    t->query = q->text;
    publish(inv, &ev);
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
    return guard_check(tool, *ret_args, spec->hypothesis,
                       inv->refresh || inv_model(inv)->phase <= PHASE_TRIAGE, err);
}

uint64_t inv_query(struct investigation *inv, const struct inv_query *spec, inv_query_fn *fn,
                   void *ctx)
{
    const struct tool_def *tool = tool_find(spec->tool);
    const struct value *args;
    struct query *q;
    struct err err;
    const char *key;

    if (inv->over || inv_is_rejected(inv, spec->hypothesis))
        return 0;
    if (check_query(inv, spec, tool, &args, &err)) {
        warn_limit(inv, spec->tool, err.msg);
        return 0;
    }
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

void inv_drop_waiting(struct investigation *inv, struct query *q)
{
    q->state = QUERY_DONE;
    q->result.status = TOOL_CANCELED;
    err_set(&q->result.err, ERR_CANCELED, "its hypothesis was rejected");
    q->waiting = q->dropped = true;
    if (!inv->late_timer)
        inv->late_timer = loop_timer(inv_loop(inv), 0, tell_late_askers, inv);
}

/* The turn. */

static void end_queries(struct investigation *inv)
{
    for (size_t i = 0; i < inv->queries.count; i++) {
        struct query *q = inv->queries.items[i];

        if (q->state == QUERY_STORING) /* the answer is here, only its raw copy is not */
            publish_tool_ended(inv, q);
        if (q->run)
            tool_run_cancel(inv->engine->runner, q->run);
    }
}

static void end_turn(struct investigation *inv, const char *reason)
{
    struct event ev = new_event(EV_TURN_ENDED);

    if (inv->over)
        return;
    inv->over = true;
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
    inv_conclude(inv, reason);
    ev.actor = "engine";
    ev.u.turn_ended.turn = inv_model(inv)->turn;
    ev.u.turn_ended.reason = reason;
    publish(inv, &ev);
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
    inv_maybe_end(inv);
}

/* Modules may be done before the next one has started: `starting` holds the turn open. So do tests
 * that a person asked for. */
void inv_maybe_end(struct investigation *inv)
{
    if (inv->active || inv->starting || inv->over || inv->refresh)
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

        if (inv->over || inv->continuation || !(*m)->applies(inv))
            continue;
        r = VEC_PUSH(&inv->modules);
        r->module = *m;
        inv->active++;
        (*m)->start(inv, &state);
        inv->modules.items[inv->modules.count - 1].state = state;
    }
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
}

static void start_turn(struct engine *e, bool continuation)
{
    struct investigation *inv = xcalloc(1, sizeof(*inv));
    struct event ev = new_event(EV_TURN_STARTED);

    inv->engine = e;
    inv->arena = arena_new(8192);
    inv->engine_modules = inv_module_table();
    inv->continuation = continuation;
    if (continuation) {
        take_over(inv);
    } else {
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
    ev.u.turn_started.investigator = "builtin";
    publish(inv, &ev);
    inv_enter_phase(inv, PHASE_TRIAGE);
    inv->turn_timer =
        loop_timer(e->opts.loop, e->opts.limits.turn_timeout_ms, on_turn_timeout, inv);
    inv->pump_timer = loop_timer(e->opts.loop, 0, begin, inv);
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
    start_turn(e, false);
}

void investigation_continue(struct engine *e)
{
    start_turn(e, true);
}

size_t investigation_jobs(const struct investigation *inv)
{
    size_t n = inv ? inv->jobs : 0;

    return n;
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
    arena_free(inv->arena);
    free(inv);
}

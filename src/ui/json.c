/* json.c - see json.h. */
#include "runbook/ui/json.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/model/action.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)

/* "" is "not known" in the model, null in JSON. */
static void put_or_null(struct json_writer *w, const char *key, const char *s)
{
    json_put_cstr(w, key, s && *s ? s : NULL);
}

static void put_ids(struct json_writer *w, const char *key, const char *const *ids, size_t count)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_cstring(w, ids[i]);
    json_array_end(w);
}

static void put_time(struct json_writer *w, const char *key, int64_t unix_ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(unix_ms, text);
    json_put_cstr(w, key, unix_ms ? text : NULL);
}

static void put_root_cause(struct json_writer *w, const struct conclusion *c)
{
    json_key(w, "root_cause");
    if (!c->has_root_cause) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_put_cstr(w, "statement", c->root_cause.statement);
    put_or_null(w, "category", c->root_cause.category);
    put_or_null(w, "service", c->root_cause.service);
    put_or_null(w, "metric", c->root_cause.metric);
    put_or_null(w, "resource", c->root_cause.resource);
    json_put_num(w, "confidence", c->root_cause.confidence);
    json_put_cstr(w, "hypothesis", c->root_cause.hypothesis);
    put_ids(w, "evidence", c->root_cause.evidence.items, c->root_cause.evidence.count);
    json_object_end(w);
}

static void put_candidates(struct json_writer *w, const struct model *m)
{
    json_key(w, "candidates");
    json_array_begin(w);
    VEC_EACH (c, &m->candidates) {
        json_object_begin(w);
        json_put_int(w, "rank", c->rank);
        put_or_null(w, "service", c->service);
        put_or_null(w, "metric", c->metric);
        put_or_null(w, "resource", c->resource);
        put_or_null(w, "category", c->category);
        put_or_null(w, "statement", c->statement);
        json_put_num(w, "score", c->score);
        put_or_null(w, "hypothesis", c->hypothesis);
        put_ids(w, "evidence", c->evidence.items, c->evidence.count);
        json_object_end(w);
    }
    json_array_end(w);
}

/* Other explanations that evidence speaks for. */
static void put_alternatives(struct json_writer *w, const struct model *m)
{
    json_key(w, "alternatives");
    json_array_begin(w);
    VEC_EACH (h, &m->hypotheses) {
        if (h->status != HYP_SUPPORTED && h->status != HYP_CONFIRMED)
            continue;
        if (m->conclusion.has_root_cause && cstr_eq(h->id, m->conclusion.root_cause.hypothesis))
            continue;
        json_object_begin(w);
        json_put_cstr(w, "hypothesis", h->id);
        json_put_cstr(w, "statement", h->statement);
        json_put_cstr(w, "status", hyp_status_name(h->status));
        json_put_num(w, "confidence", h->confidence);
        put_or_null(w, "resource", h->resource);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_unknowns(struct json_writer *w, const struct model *m)
{
    json_key(w, "unknowns");
    json_array_begin(w);
    VEC_EACH (g, &m->gaps) {
        json_object_begin(w);
        json_put_cstr(w, "what", g->what);
        json_put_cstr(w, "why", g->why);
        put_or_null(w, "hypothesis", g->hypothesis);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_evidence(struct json_writer *w, const struct model *m)
{
    json_key(w, "evidence");
    json_array_begin(w);
    VEC_EACH (e, &m->evidence) {
        json_object_begin(w);
        json_put_cstr(w, "id", e->id);
        put_or_null(w, "hypothesis", e->hypothesis);
        json_put_cstr(w, "strength", strength_name(e->strength));
        json_put_cstr(w, "statement", e->statement);
        json_put_num(w, "before", e->before);
        json_put_num(w, "after", e->after);
        put_or_null(w, "unit", e->unit);
        put_time(w, "onset", e->onset_ms);
        json_put_cstr(w, "call", e->call);
        put_or_null(w, "query", e->query);
        put_or_null(w, "blob", e->blob);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_impact(struct json_writer *w, const struct model *m)
{
    const struct conclusion *c = &m->conclusion;

    json_key(w, "impact");
    if (c->impact.node == SIZE_MAX) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_put_int(w, "affected", (int64_t)c->impact.affected);
    json_put_int(w, "affected_without_redundancy", (int64_t)c->impact.affected_fully);
    json_put_int(w, "total", (int64_t)c->impact.total);
    json_put_num(w, "ratio", c->impact.ratio);
    json_put_bool(w, "entry", c->impact.entry);
    put_ids(w, "services", c->impact.services.items, c->impact.services.count);
    json_object_end(w);
}

static void put_cost(struct json_writer *w, const struct model *m)
{
    int64_t end = m->turn_ended_ms ? m->turn_ended_ms : m->last_ms;

    json_key(w, "cost");
    json_object_begin(w);
    json_put_num(w, "usd", m->cost.usd);
    json_put_int(w, "input_tokens", m->cost.input_tokens);
    json_put_int(w, "output_tokens", m->cost.output_tokens);
    json_put_int(w, "cache_read_tokens", m->cost.cache_read_tokens);
    json_put_int(w, "cache_write_tokens", m->cost.cache_write_tokens);
    json_put_int(w, "model_calls", m->cost.calls);
    json_put_int(w, "calls_without_price", m->cost.unpriced);
    json_put_num(w, "usd_today", m->cost.usd_day);
    json_put_int(w, "tool_calls", (int64_t)m->tools.count);
    json_put_int(w, "wall_ms", m->turn_started_ms ? end - m->turn_started_ms : 0);
    json_object_end(w);
}

static void put_context(struct json_writer *w, const struct model *m)
{
    json_key(w, "context");
    if (!m->context.window_tokens) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_put_int(w, "window_tokens", m->context.window_tokens);
    json_put_int(w, "answer_tokens", m->context.answer_tokens);
    json_put_int(w, "used_tokens", m->context.used_tokens);
    json_key(w, "parts");
    json_array_begin(w);
    for (size_t i = 0; i < m->context.count; i++) {
        const struct context_part_seen *p = &m->context.parts[i];

        json_object_begin(w);
        json_put_cstr(w, "role", p->role);
        put_or_null(w, "tool", p->tool);
        json_put_int(w, "items", p->items);
        json_put_int(w, "full", p->full);
        json_put_int(w, "compact", p->compact);
        json_put_int(w, "dropped", p->dropped);
        json_put_int(w, "tokens", p->tokens);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static void put_remediation(struct json_writer *w, const struct conclusion *c)
{
    json_key(w, "remediation");
    json_array_begin(w);
    VEC_EACH (r, &c->remediation) {
        json_object_begin(w);
        json_put_cstr(w, "action", r->action);
        put_or_null(w, "command", r->command);
        put_or_null(w, "rollback", r->rollback);
        json_put_cstr(w, "risk", approval_risk_name(r->risk));
        put_or_null(w, "watch", r->watch);
        put_or_null(w, "hypothesis", r->hypothesis);
        put_or_null(w, "act", r->act);
        json_key(w, "matching_skill");
        if (*r->skill)
            json_string(w, (struct str){r->skill, strcspn(r->skill, " ")});
        else
            json_null(w);
        put_or_null(w, "skill", r->skill);
        json_object_end(w);
    }
    json_array_end(w);
}

void conclusion_json(const struct model *m, const char *journal, struct buf *out)
{
    const struct conclusion *c = &m->conclusion;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.conclusion/1");
    json_put_cstr(&w, "id", m->id);
    put_or_null(&w, "title", m->title);
    json_put_cstr(&w, "verdict",
                  c->verdict == VERDICT_NONE ? "inconclusive" : verdict_name(c->verdict));
    json_put_cstr(&w, "action", action_name(action_of(m)));
    put_or_null(&w, "summary", c->summary);
    put_root_cause(&w, c);
    put_candidates(&w, m);
    put_alternatives(&w, m);
    put_unknowns(&w, m);
    put_evidence(&w, m);
    put_ids(&w, "affected_services", c->affected_services.items, c->affected_services.count);
    put_impact(&w, m);
    put_ids(&w, "also", c->also.items, c->also.count);
    put_ids(&w, "next_checks", c->next_checks.items, c->next_checks.count);
    put_remediation(&w, c);
    put_cost(&w, m);
    put_context(&w, m);
    put_or_null(&w, "journal", journal);
    json_object_end(&w);
}

void event_json(const struct event *ev, struct buf *out)
{
    struct buf data = BUF_INIT(LINE_MAX_BYTES);
    struct json_writer w;

    event_encode(ev, &data);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.event/1");
    json_put_int(&w, "seq", (int64_t)ev->seq);
    put_time(&w, "ts", ev->ts_ms);
    json_put_cstr(&w, "type", event_type_name(ev->type));
    put_or_null(&w, "actor", ev->actor);
    json_key(&w, "data");
    json_raw(&w, buf_str(&data));
    json_object_end(&w);
    buf_release(&data);
}

struct json_sink {
    int fd;
    struct buf line;
    bool broken;
};

struct json_sink *json_sink_new(int fd)
{
    struct json_sink *s = xcalloc(1, sizeof(*s));

    s->fd = fd;
    buf_init(&s->line, LINE_MAX_BYTES);
    return s;
}

void json_sink_free(struct json_sink *s)
{
    if (!s)
        return;
    buf_release(&s->line);
    free(s);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct json_sink *s = self;
    struct err err;

    (void)m;
    if (s->broken || ev->type >= EV_TYPES)
        return;
    buf_clear(&s->line);
    event_json(ev, &s->line);
    buf_addc(&s->line, '\n');
    s->broken = fd_write_all(s->fd, buf_str(&s->line), &err) != ERR_OK;
}

const struct sink_ops json_sink_ops = {.name = "json", .event = on_event};

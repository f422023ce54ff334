/* export_json.c - the whole session as one JSON document. */
#include "src/app/export_priv.h"

#include <math.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/ui/json.h"

static void put_time(struct json_writer *w, const char *key, int64_t unix_ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(unix_ms, text);
    json_put_cstr(w, key, unix_ms ? text : NULL);
}

static void put_text(struct json_writer *w, const char *key, const char *s)
{
    json_put_cstr(w, key, *s ? s : NULL);
}

static void begin_list(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_array_begin(w);
}

static void put_head(struct json_writer *w, const struct model *m, const struct export_options *o)
{
    json_put_cstr(w, "schema", "runbook.session/1");
    json_put_cstr(w, "id", m->id);
    put_text(w, "title", m->title);
    put_text(w, "query", m->query);
    put_text(w, "user", m->user);
    put_text(w, "host", m->host);
    put_text(w, "version", m->version);
    put_time(w, "opened", m->opened_ms);
    put_time(w, "closed", m->closed ? m->closed_ms : 0);
    put_time(w, "now", m->now_ms);
    json_put_cstr(w, "phase", phase_name(m->phase));
    json_put_cstr(w, "journal", o->journal);
    json_put_cstr(w, "integrity", o->integrity);
    begin_list(w, "targets");
    for (size_t i = 0; i < m->targets.count; i++)
        json_cstring(w, m->targets.items[i]);
    json_array_end(w);
}

static void put_incident(struct json_writer *w, const struct model *m)
{
    json_key(w, "incident");
    if (!m->has_incident) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    put_text(w, "id", m->incident.id);
    put_text(w, "title", m->incident.title);
    put_text(w, "service", m->incident.service);
    put_text(w, "metric", m->incident.metric);
    put_text(w, "direction", m->incident.direction);
    put_text(w, "source", m->incident.source);
    put_time(w, "started_at", m->incident.started_at_ms);
    put_time(w, "window_start", m->incident.window_start_ms);
    put_time(w, "window_end", m->incident.window_end_ms);
    json_object_end(w);
}

static void put_hypothesis(struct json_writer *w, const struct model *m, const struct hypothesis *h)
{
    json_object_begin(w);
    json_put_cstr(w, "id", h->id);
    put_text(w, "parent", h->parent);
    json_put_cstr(w, "statement", h->statement);
    json_put_cstr(w, "status", hyp_status_name(h->status));
    json_put_num(w, "confidence", h->confidence);
    put_text(w, "terms", h->terms);
    put_text(w, "reason", h->reason);
    put_text(w, "added_by", h->by_user ? "user" : "");
    put_text(w, "rejected_by_user", h->rejected_by);
    put_text(w, "kind", h->kind);
    json_put_cstr(w, "category", category_name(h->category));
    put_text(w, "resource", h->resource);
    put_text(w, "service", h->service);
    put_text(w, "metric", h->metric);
    put_text(w, "pattern", h->pattern);
    put_text(w, "rationale", h->rationale);
    put_text(w, "refutes", h->refutes);
    json_put_int(w, "priority", h->priority);
    begin_list(w, "children");
    for (size_t i = 0; i < h->children.count; i++)
        json_cstring(w, m->hypotheses.items[h->children.items[i]].id);
    json_array_end(w);
    begin_list(w, "evidence");
    for (size_t i = 0; i < h->evidence.count; i++)
        json_cstring(w, m->evidence.items[h->evidence.items[i]].id);
    json_array_end(w);
    json_object_end(w);
}

static void put_evidence(struct json_writer *w, const struct evidence *e)
{
    json_object_begin(w);
    json_put_cstr(w, "id", e->id);
    json_put_cstr(w, "call", e->call);
    put_text(w, "hypothesis", e->hypothesis);
    json_put_cstr(w, "strength", strength_name(e->strength));
    json_put_cstr(w, "statement", e->statement);
    put_text(w, "query", e->query);
    put_text(w, "blob", e->blob);
    put_text(w, "service", e->service);
    put_text(w, "metric", e->metric);
    put_text(w, "resource", e->resource);
    put_text(w, "unit", e->unit);
    json_put_num(w, "before", e->before); /* NaN gives null */
    json_put_num(w, "after", e->after);
    json_put_num(w, "score", e->score);
    put_time(w, "window_start", e->window_start_ms);
    put_time(w, "window_end", e->window_end_ms);
    put_time(w, "onset", e->onset_ms);
    json_put_bool(w, "direct", e->direct);
    json_put_bool(w, "temporal", e->temporal);
    json_object_end(w);
}

static void put_tool(struct json_writer *w, const struct tool_run *t, struct export_raw *raw,
                     struct buf *body)
{
    char note[160];
    bool have = export_raw_get(raw, t, body, note);

    json_object_begin(w);
    json_put_cstr(w, "call", t->call);
    json_put_cstr(w, "tool", t->tool);
    put_text(w, "title", t->title);
    put_text(w, "hypothesis", t->hypothesis);
    put_text(w, "query", t->query);
    json_put_cstr(w, "status", t->ended ? tool_status_name(t->status) : NULL);
    put_text(w, "summary", t->summary);
    put_text(w, "error", t->error);
    put_time(w, "started", t->started_ms);
    json_put_int(w, "duration_ms", t->duration_ms);
    json_put_int(w, "rows", t->rows);
    put_text(w, "blob", t->blob);
    put_text(w, "content_type", t->content_type);
    json_put_int(w, "size_bytes", t->size_bytes);
    json_key(w, "result");
    if (have)
        json_string(w, buf_str(body));
    else
        json_null(w);
    put_text(w, "result_note", note);
    json_object_end(w);
}

static void put_resource(struct json_writer *w, const struct resource *r)
{
    json_object_begin(w);
    json_put_cstr(w, "key", r->key);
    put_text(w, "kind", r->kind);
    put_text(w, "name", r->name);
    put_text(w, "parent", r->parent);
    put_text(w, "status", r->status);
    put_text(w, "detail", r->detail);
    json_put_cstr(w, "health", health_name(r->health));
    json_put_num(w, "value", r->value);
    json_put_num(w, "limit", r->limit);
    put_text(w, "unit", r->unit);
    json_object_end(w);
}

static void put_timeline(struct json_writer *w, const struct model *m)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);

    begin_list(w, "timeline");
    VEC_EACH (it, &m->items) {
        buf_clear(&text);
        export_item_text(m, it, &text);
        json_object_begin(w);
        json_put_int(w, "seq", (int64_t)it->seq);
        put_time(w, "ts", it->ts_ms);
        json_put_cstr(w, "kind", export_item_label(it));
        json_put_str(w, "text", buf_str(&text));
        json_object_end(w);
    }
    json_array_end(w);
    buf_release(&text);
}

static void put_approval(struct json_writer *w, const struct approval *a)
{
    json_object_begin(w);
    json_put_cstr(w, "id", a->id);
    json_put_cstr(w, "state", approval_state_name(a->state));
    json_put_cstr(w, "risk", approval_risk_name(a->risk));
    json_put_cstr(w, "operation", a->operation);
    put_text(w, "resource", a->resource);
    put_text(w, "account", a->account);
    put_text(w, "region", a->region);
    put_text(w, "environment", a->environment);
    json_key(w, "args");
    json_raw(w, str_from(a->args));
    put_text(w, "effect", a->effect);
    put_text(w, "rollback", a->rollback);
    put_text(w, "decided_by", a->decided_by);
    put_text(w, "reason", a->reason);
    json_put_cstr(w, "fingerprint", a->fingerprint);
    json_object_end(w);
}

void export_json(const struct model *m, const struct export_options *o, struct buf *out)
{
    struct export_raw raw = {.o = o};
    struct buf body = BUF_INIT(BUF_NO_MAX), conclusion = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    put_head(&w, m, o);
    put_incident(&w, m);
    conclusion_json(m, o->journal, &conclusion);
    json_key(&w, "conclusion");
    json_raw(&w, buf_str(&conclusion));
    begin_list(&w, "hypotheses");
    VEC_EACH (h, &m->hypotheses)
        put_hypothesis(&w, m, h);
    json_array_end(&w);
    begin_list(&w, "evidence");
    VEC_EACH (e, &m->evidence)
        put_evidence(&w, e);
    json_array_end(&w);
    begin_list(&w, "queries");
    VEC_EACH (t, &m->tools)
        put_tool(&w, t, &raw, &body);
    json_array_end(&w);
    begin_list(&w, "approvals");
    VEC_EACH (a, &m->approvals)
        put_approval(&w, a);
    json_array_end(&w);
    begin_list(&w, "resources");
    VEC_EACH (r, &m->resources)
        put_resource(&w, r);
    json_array_end(&w);
    put_timeline(&w, m);
    json_object_end(&w);
    buf_release(&conclusion);
    buf_release(&body);
}

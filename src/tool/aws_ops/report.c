/* report.c - what a look at health came to, as JSON and as lines; and the matrix itself. */
#include <stdlib.h>

#include "ops_priv.h"
#include "runbook/base/text.h"

/* ---- in order ---- */

static int by_state(const void *a, const void *b)
{
    const struct ops_subject *x = *(const struct ops_subject *const *)a;
    const struct ops_subject *y = *(const struct ops_subject *const *)b;
    int d = (int)y->state - (int)x->state;

    if (!d)
        d = strcmp(x->record.kind->service, y->record.kind->service);
    if (!d)
        d = strcmp(x->record.kind->kind, y->record.kind->kind);
    if (!d)
        d = strcmp(x->record.account, y->record.account);
    if (!d)
        d = strcmp(x->record.region, y->record.region);
    return d ? d : strcmp(x->record.name, y->record.name);
}

const struct ops_subject **ops_sorted(struct arena *arena, const struct ops_report *const *reports,
                                      size_t count, size_t *ret_count)
{
    const struct ops_subject **out;
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += reports[i]->subjects.count;
    out = arena_array(arena, n + 1, sizeof(*out));
    n = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < reports[i]->subjects.count; k++)
            out[n++] = &reports[i]->subjects.items[k];
    if (n)
        qsort(out, n, sizeof(*out), by_state);
    *ret_count = n;
    return out;
}

void ops_total(const struct ops_report *const *reports, size_t count, struct ops_totals *ret)
{
    *ret = (struct ops_totals){0};
    for (size_t i = 0; i < count; i++) {
        const struct ops_report *r = reports[i];

        for (size_t k = 0; k < r->subjects.count; k++)
            ret->states[r->subjects.items[k].state]++;
        ret->resources += r->subjects.count;
        ret->gaps += r->gaps.count;
        ret->left_out += r->left_out;
        ret->metrics += r->metrics;
        ret->requests += r->requests;
    }
}

/* ---- as JSON ---- */

static void put_number(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    if (isnan(v))
        json_null(w);
    else
        json_number(w, v);
}

static void put_verdict(struct json_writer *w, const struct ops_verdict *v)
{
    json_object_begin(w);
    json_put_cstr(w, "check", v->check);
    json_put_cstr(w, "state", ops_state_name(v->state));
    json_put_cstr(w, "severity", ops_severity(v->state));
    if (isnan(v->value))
        json_put_cstr(w, "value", *v->said ? v->said : NULL);
    else
        json_put_num(w, "value", v->value);
    put_number(w, "threshold", v->threshold);
    json_put_cstr(w, "unit", *v->unit ? v->unit : NULL);
    json_put_bool(w, "anomaly", v->anomaly);
    json_put_cstr(w, "text", v->text);
    json_put_cstr(w, "evidence", v->evidence);
    json_put_cstr(w, "source", *v->source ? v->source : NULL);
    json_object_end(w);
}

static void put_logs(struct json_writer *w, struct arena *arena, const struct ops_record *r)
{
    json_key(w, "logs");
    json_array_begin(w);
    for (size_t i = 0; r->kind->logs && r->kind->logs[i].id; i++) {
        const char *group = ops_log_group(arena, &r->kind->logs[i], r);

        if (group)
            json_cstring(w, group);
    }
    json_array_end(w);
}

static void put_subject(struct json_writer *w, struct arena *arena, const struct ops_subject *s,
                        bool all)
{
    const struct ops_record *r = &s->record;

    json_object_begin(w);
    json_put_cstr(w, "service", r->kind->service);
    json_put_cstr(w, "kind", r->kind->kind);
    json_put_cstr(w, "id", r->id);
    json_put_cstr(w, "name", r->name);
    json_put_cstr(w, "arn", *r->arn ? r->arn : NULL);
    json_put_cstr(w, "region", r->region);
    json_put_cstr(w, "account", r->account);
    json_put_cstr(w, "state", *r->state ? r->state : NULL);
    json_put_cstr(w, "health", ops_state_name(s->state));
    put_logs(w, arena, r);
    json_key(w, "checks");
    json_array_begin(w);
    VEC_EACH (v, &s->verdicts)
        if (all || v->state != OPS_OK)
            put_verdict(w, v);
    json_array_end(w);
    json_object_end(w);
}

static void put_anomalies(struct json_writer *w, const struct ops_subject *s)
{
    VEC_EACH (v, &s->verdicts) {
        if (v->state < OPS_WARNING)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "type", v->check);
        json_put_cstr(w, "resource", *s->record.arn ? s->record.arn : s->record.id);
        if (isnan(v->value))
            json_put_cstr(w, "value", v->said);
        else
            json_put_num(w, "value", v->value);
        put_number(w, "threshold", v->threshold);
        json_put_cstr(w, "severity", ops_severity(v->state));
        json_put_bool(w, "unusual", v->anomaly);
        json_object_end(w);
    }
}

static void put_gap(struct json_writer *w, const struct ops_gap *g)
{
    json_object_begin(w);
    json_put_cstr(w, "service", g->service);
    json_put_cstr(w, "operation", g->operation);
    json_put_cstr(w, "region", *g->region ? g->region : NULL);
    json_put_cstr(w, "account", g->account);
    json_put_cstr(w, "end", aws_end_name(g->end));
    json_put_cstr(w, "error", g->why);
    json_put_cstr(w, "action", g->end == AWS_END_DENIED && *g->action ? g->action : NULL);
    json_put_int(w, "times", (int64_t)g->times);
    json_object_end(w);
}

static void put_summary(struct json_writer *w, const struct ops_totals *t)
{
    json_key(w, "summary");
    json_object_begin(w);
    json_put_int(w, "resources", (int64_t)t->resources);
    for (int i = OPS_UNHEALTHY; i >= OPS_OK; i--)
        json_put_int(w, ops_state_name((enum ops_state)i), (int64_t)t->states[i]);
    json_put_int(w, "not_read", (int64_t)t->gaps);
    json_put_int(w, "left_out", (int64_t)t->left_out);
    json_put_int(w, "requests", t->requests);
    json_put_int(w, "metrics", (int64_t)t->metrics);
    json_object_end(w);
}

void ops_report_json(struct json_writer *w, const struct ops_show *s)
{
    struct arena *arena = arena_new(0);
    struct ops_totals t;
    size_t n;
    const struct ops_subject **sorted = ops_sorted(arena, s->reports, s->count, &n);

    ops_total(s->reports, s->count, &t);
    put_summary(w, &t);
    json_put_int(w, "more", s->max && n > s->max ? (int64_t)(n - s->max) : 0);
    n = s->max && n > s->max ? s->max : n;
    json_key(w, "resources");
    json_array_begin(w);
    for (size_t i = 0; i < n; i++)
        put_subject(w, arena, sorted[i], s->all);
    json_array_end(w);
    json_key(w, "anomalies");
    json_array_begin(w);
    for (size_t i = 0; i < n; i++)
        put_anomalies(w, sorted[i]);
    json_array_end(w);
    json_key(w, "gaps");
    json_array_begin(w);
    for (size_t i = 0; i < s->count; i++)
        VEC_EACH (g, &s->reports[i]->gaps)
            put_gap(w, g);
    json_array_end(w);
    arena_free(arena);
}

/* ---- as lines ---- */

/* Words of AWS stand in it. */
static void put_word(struct buf *out, const char *before, const struct value *v, const char *key)
{
    buf_adds(out, before);
    text_sanitize(out, value_str_or(v, key, ""), false, false);
}

static void put_line(struct buf *out, const struct value *r)
{
    put_word(out, "", r, "health");
    put_word(out, " ", r, "service");
    put_word(out, ":", r, "kind");
    put_word(out, " ", r, "name");
    put_word(out, " in ", r, "region");
    buf_addc(out, '\n');
    VALUE_EACH (c, value_get(r, "checks")) {
        put_word(out, "  ", c, "state");
        put_word(out, ": ", c, "text");
        buf_addc(out, '\n');
    }
}

void ops_report_text(const struct value *answer, struct buf *out)
{
    const struct value *sum = value_get(answer, "summary");
    int64_t more = value_i64_or(answer, "more", 0);

    buf_addf(out, "%lld resources: %lld unhealthy, %lld with a warning, %lld not known, %lld ok\n",
             (long long)value_i64_or(sum, "resources", 0),
             (long long)value_i64_or(sum, "unhealthy", 0),
             (long long)value_i64_or(sum, "warning", 0), (long long)value_i64_or(sum, "unknown", 0),
             (long long)value_i64_or(sum, "ok", 0));
    VALUE_EACH (r, value_get(answer, "resources"))
        if (value_count(value_get(r, "checks")))
            put_line(out, r);
    if (more)
        buf_addf(out, "%lld more resources are not shown\n", (long long)more);
    VALUE_EACH (g, value_get(answer, "gaps")) {
        put_word(out, "not read: ", g, "service");
        put_word(out, " ", g, "operation");
        put_word(out, *value_cstr_or(g, "action", "") ? ", it needs " : ": ", g,
                 *value_cstr_or(g, "action", "") ? "action" : "error");
        buf_addc(out, '\n');
    }
}

/* ---- the matrix ---- */

static void put_limits(struct json_writer *w, const struct ops_limit *l)
{
    json_key(w, "limits");
    json_array_begin(w);
    for (size_t i = 0; i < OPS_LIMITS; i++) {
        if (l[i].compare == OPS_NEVER)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "compare", ops_compare_sign(l[i].compare));
        json_put_num(w, "value", l[i].value);
        json_put_cstr(w, "state", ops_state_name(l[i].state));
        json_put_cstr(w, "source", l[i].source);
        json_object_end(w);
    }
    json_array_end(w);
}

static void begin_cell(struct json_writer *w, const char *name, const char *why)
{
    json_key(w, name);
    json_object_begin(w);
    json_put_cstr(w, "why_none", why);
    json_key(w, "rows");
    json_array_begin(w);
}

static void end_cell(struct json_writer *w)
{
    json_array_end(w);
    json_object_end(w);
}

static void put_health_cell(struct json_writer *w, const struct ops_kind *k)
{
    begin_cell(w, "health", k->no_health);
    for (size_t i = 0; k->checks && k->checks[i].id; i++) {
        json_object_begin(w);
        json_put_cstr(w, "id", k->checks[i].id);
        json_put_cstr(w, "what", k->checks[i].what);
        json_put_cstr(w, "source", k->checks[i].source);
        put_limits(w, k->checks[i].limits);
        json_object_end(w);
    }
    end_cell(w);
}

static void put_metric_cell(struct json_writer *w, const struct ops_kind *k)
{
    begin_cell(w, "metrics", k->no_metrics);
    for (size_t i = 0; k->metrics && k->metrics[i].id; i++) {
        const struct ops_metric *m = &k->metrics[i];

        json_object_begin(w);
        json_put_cstr(w, "id", m->id);
        json_put_cstr(w, "what", m->what);
        json_put_cstr(w, "namespace", m->space);
        json_put_cstr(w, "metric", m->name);
        json_put_cstr(w, "statistic", m->stat);
        json_put_cstr(w, "unit", m->unit);
        json_put_int(w, "period_s", m->period_s);
        json_put_int(w, "window_s", m->window_s);
        put_limits(w, m->limits);
        json_object_end(w);
    }
    end_cell(w);
}

static void put_log_cell(struct json_writer *w, const struct ops_kind *k)
{
    begin_cell(w, "logs", k->no_logs);
    for (size_t i = 0; k->logs && k->logs[i].id; i++) {
        json_object_begin(w);
        json_put_cstr(w, "id", k->logs[i].id);
        json_put_cstr(w, "what", k->logs[i].what);
        json_put_cstr(w, "group", k->logs[i].group ? k->logs[i].group : k->logs[i].from);
        json_put_cstr(w, "operation", k->logs[i].operation);
        json_object_end(w);
    }
    end_cell(w);
}

static void put_name_cells(struct json_writer *w, const struct ops_kind *k)
{
    static const char *const ways[] = {"", "up", "down", "both"};

    begin_cell(w, "anomalies", k->no_anomalies);
    for (size_t i = 0; k->metrics && k->metrics[i].id; i++) {
        if (k->metrics[i].anomaly == OPS_NO_WAY)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "id", k->metrics[i].id);
        json_put_cstr(w, "direction", ways[k->metrics[i].anomaly]);
        json_put_num(w, "least", k->metrics[i].least);
        json_object_end(w);
    }
    end_cell(w);
    begin_cell(w, "changes", k->no_acts);
    for (size_t i = 0; k->acts && k->acts[i]; i++)
        json_cstring(w, k->acts[i]);
    end_cell(w);
}

void ops_matrix_json(struct json_writer *w, const struct ops_kind *const *kinds, size_t count)
{
    json_key(w, "kinds");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "service", kinds[i]->service);
        json_put_cstr(w, "kind", kinds[i]->kind);
        json_put_cstr(w, "title", kinds[i]->title);
        put_health_cell(w, kinds[i]);
        put_metric_cell(w, kinds[i]);
        put_log_cell(w, kinds[i]);
        put_name_cells(w, kinds[i]);
        json_object_end(w);
    }
    json_array_end(w);
}

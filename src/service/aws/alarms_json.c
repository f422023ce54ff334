/* alarms_json.c - alarms as JSON, for tools and commands. */
#include <math.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/alarms.h"

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (ms)
        time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (*text)
        json_put_cstr(w, key, text);
}

static void put_composite(struct json_writer *w, const struct aws_alarm *a)
{
    json_put_cstr(w, "rule", a->rule);
    put_text(w, "rule_error", a->rule_error);
    json_key(w, "children");
    json_array_begin(w);
    for (size_t i = 0; i < a->child_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "name", a->children[i].name);
        json_put_cstr(w, "wants", aws_alarm_state_name(a->children[i].wants));
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_metric(struct json_writer *w, const struct aws_alarm *a)
{
    put_text(w, "namespace", a->space);
    put_text(w, "metric", a->metric);
    put_text(w, "stat", a->stat);
    put_text(w, "dimensions", a->dimensions);
    put_text(w, "comparison", a->comparison);
    if (!isnan(a->threshold))
        json_put_num(w, "threshold", a->threshold);
    if (a->period_s)
        json_put_int(w, "period_s", a->period_s);
    if (a->evaluations)
        json_put_int(w, "evaluations", a->evaluations);
}

static void put_alarm(struct json_writer *w, const struct aws_alarm *a)
{
    json_object_begin(w);
    json_put_cstr(w, "name", a->name);
    json_put_cstr(w, "kind", a->composite ? "composite" : "metric");
    json_put_cstr(w, "state", aws_alarm_state_name(a->state));
    put_time(w, "since", a->since_ms);
    put_text(w, "reason", a->reason);
    put_text(w, "description", a->description);
    if (a->composite)
        put_composite(w, a);
    else
        put_metric(w, a);
    json_put_bool(w, "actions", a->actions);
    if (a->suppressed)
        json_put_bool(w, "suppressed", true);
    put_text(w, "arn", a->arn);
    json_object_end(w);
}

static void put_storm(struct json_writer *w, const struct aws_alarms_answer *a,
                      const struct aws_storm *s)
{
    json_object_begin(w);
    put_time(w, "from", s->from_ms);
    put_time(w, "to", s->to_ms);
    put_text(w, "head", s->head);
    put_text(w, "common", s->common);
    json_key(w, "alarms");
    json_array_begin(w);
    for (size_t i = s->first; i < s->first + s->count; i++)
        json_cstring(w, a->alarms[i].name);
    json_array_end(w);
    json_object_end(w);
}

static void put_event(struct json_writer *w, const struct aws_alarm_event *e)
{
    json_object_begin(w);
    put_time(w, "time", e->t_ms);
    json_put_cstr(w, "alarm", e->name);
    json_put_cstr(w, "kind", e->kind);
    put_text(w, "from", e->from);
    put_text(w, "to", e->to);
    put_text(w, "summary", e->summary);
    json_put_bool(w, "composite", e->composite);
    json_object_end(w);
}

static void put_alarms(struct json_writer *w, const struct aws_alarms_answer *a)
{
    json_put_int(w, "in_alarm", (int64_t)a->in_alarm);
    json_put_int(w, "no_data", (int64_t)a->no_data);
    json_key(w, "alarms");
    json_array_begin(w);
    for (size_t i = 0; i < a->count; i++)
        put_alarm(w, &a->alarms[i]);
    json_array_end(w);
    json_key(w, "storms");
    json_array_begin(w);
    for (size_t i = 0; i < a->storm_count; i++)
        put_storm(w, a, &a->storms[i]);
    json_array_end(w);
}

void aws_alarms_json(const struct aws_alarms_answer *a, const char *account, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema",
                  a->request->history ? "runbook.alarm_history/1" : "runbook.alarms/1");
    json_put_cstr(&w, "account", account);
    json_put_cstr(&w, "region", a->region);
    json_put_cstr(&w, "end", aws_end_name(a->end));
    json_put_bool(&w, "more", a->more);
    if (a->err.code)
        json_put_cstr(&w, "error", a->err.msg);
    if (a->request->history) {
        json_key(&w, "events");
        json_array_begin(&w);
        for (size_t i = 0; i < a->event_count; i++)
            put_event(&w, &a->events[i]);
        json_array_end(&w);
    } else {
        put_alarms(&w, a);
    }
    json_object_end(&w);
}

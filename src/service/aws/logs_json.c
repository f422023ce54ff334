/* logs_json.c - groups, streams and events as JSON, with the limits that held. */
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/logs.h"

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (ms)
        time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

static void put_limits(struct json_writer *w, const struct aws_logs_answer *a)
{
    json_key(w, "limits");
    json_object_begin(w);
    json_put_int(w, "events", (int64_t)a->request->max);
    json_put_int(w, "characters", (int64_t)a->request->max_chars);
    json_put_int(w, "window_s", (a->request->until_ms - a->request->since_ms) / 1000);
    json_put_cstr(w, "kept", a->request->newest ? "newest" : "oldest");
    json_object_end(w);
    json_put_int(w, "shortened", (int64_t)a->shortened);
    json_put_int(w, "seen", (int64_t)a->seen);
}

static void put_event(struct json_writer *w, const struct aws_log_event *e)
{
    json_object_begin(w);
    put_time(w, "time", e->t_ms);
    json_put_cstr(w, "stream", e->stream);
    json_put_cstr(w, "message", e->text);
    if (e->left)
        json_put_int(w, "characters_cut", (int64_t)e->left);
    json_object_end(w);
}

static void put_events(struct json_writer *w, const struct aws_logs_answer *a)
{
    json_put_cstr(w, "group", a->request->group);
    put_time(w, "since", a->request->since_ms);
    put_time(w, "until", a->request->until_ms);
    if (a->request->pattern && *a->request->pattern)
        json_put_cstr(w, "pattern", a->request->pattern);
    put_limits(w, a);
    json_key(w, "events");
    json_array_begin(w);
    for (size_t i = 0; i < a->count; i++)
        put_event(w, &a->events[i]);
    json_array_end(w);
}

static void put_group(struct json_writer *w, const struct aws_log_group *g, bool stream)
{
    json_object_begin(w);
    json_put_cstr(w, "name", g->name);
    if (stream) {
        put_time(w, "last_event", g->last_ms);
    } else {
        json_put_int(w, "bytes", g->bytes);
        json_key(w, "kept_days");
        if (g->kept_days)
            json_int(w, g->kept_days);
        else
            json_null(w);
    }
    put_time(w, "created", g->created_ms);
    if (*g->class)
        json_put_cstr(w, "class", g->class);
    json_put_cstr(w, "arn", g->arn);
    json_object_end(w);
}

void aws_logs_json(const struct aws_logs_answer *a, const char *account, struct buf *out)
{
    bool groups = a->request->what == AWS_LOGS_GROUPS,
         streams = a->request->what == AWS_LOGS_STREAMS;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema",
                  groups    ? "runbook.log_groups/1"
                  : streams ? "runbook.log_streams/1"
                            : "runbook.log_events/1");
    json_put_cstr(&w, "account", account);
    json_put_cstr(&w, "region", a->region);
    json_put_cstr(&w, "end", aws_end_name(a->end));
    json_put_bool(&w, "more", a->more);
    if (a->err.code)
        json_put_cstr(&w, "error", a->err.msg);
    if (groups || streams) {
        json_key(&w, groups ? "groups" : "streams");
        json_array_begin(&w);
        for (size_t i = 0; i < a->group_count; i++)
            put_group(&w, &a->groups[i], streams);
        json_array_end(&w);
    } else {
        put_events(&w, a);
    }
    json_object_end(&w);
}

/* awsworld.c - see awsworld.h. */
#include "tests/lib/awsworld.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"

#define FILE_MAX_BYTES ((size_t)4 << 20)
#define TEXT_MAX ((size_t)32 << 20)

/* Definitions are read once for all worlds, and kept to the end of the program. */
static struct aws_catalogue *catalogue;

static void forget(void)
{
    aws_catalogue_free(catalogue);
}

struct awsworld {
    struct arena *arena;
    int64_t now_ms;
    const struct value *doc, *base; /* base: NULL when there is none */
    const char *rules;
    const struct value *parsed;
    const struct value *metrics;
};

__attribute__((noreturn)) static void die(const char *what, const char *why)
{
    fprintf(stderr, "awsworld: %s: %s\n", what, why);
    abort();
}

/* ---- times ---- */

/* "-20m", "+3d", "0s" */
static int64_t when(const struct awsworld *w, struct str text)
{
    bool minus = text.len && text.ptr[0] == '-';
    int64_t ms;

    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        text = (struct str){text.ptr + 1, text.len - 1};
    if (!duration_parse(text, &ms))
        die("no time", text.ptr ? text.ptr : "");
    return w->now_ms + (minus ? -ms : ms);
}

static void put_time(const struct awsworld *w, struct buf *out, struct str text)
{
    char t[TIME_TEXT_MAX];

    if (str_starts(text, "ms")) {
        buf_addf(out, "%lld", (long long)when(w, (struct str){text.ptr + 2, text.len - 2}));
    } else if (str_starts(text, "s")) {
        buf_addf(out, "%lld", (long long)when(w, (struct str){text.ptr + 1, text.len - 1}) / 1000);
    } else {
        time_format_rfc3339(when(w, text), t);
        buf_addf(out, "\"%s\"", t);
    }
}

static void put_with_times(const struct awsworld *w, struct buf *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        const char *end = at[0] == '"' && at[1] == '@' ? strchr(at + 2, '"') : NULL;

        if (!end) {
            buf_addc(out, *at);
            continue;
        }
        put_time(w, out, (struct str){at + 2, (size_t)(end - at) - 2});
        at = end;
    }
}

static const struct value *load(struct awsworld *w, const char *path)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES), whole = BUF_INIT(TEXT_MAX);
    const struct value *v;
    struct err err = ERR_INIT;

    if (file_read(path, &text, &err))
        die(path, err.msg);
    put_with_times(w, &whole, buf_cstr(&text));
    if (json_parse(w->arena, buf_str(&whole), &v, &err))
        die(path, err.msg);
    buf_release(&whole);
    buf_release(&text);
    return v;
}

/* ---- rules ---- */

static void put_identity(struct json_writer *out, const char *who)
{
    const char *name = strchr(who, '/');
    bool role = strncmp(who, "role/", 5) == 0;
    char arn[512];

    (void)snprintf(arn, sizeof(arn),
                   role ? "arn:aws:sts::123456789012:assumed-role/%s/session"
                        : "arn:aws:iam::123456789012:user/%s",
                   name ? name + 1 : who);
    json_key(out, "userIdentity");
    json_object_begin(out);
    json_put_cstr(out, "type", role ? "AssumedRole" : "IAMUser");
    json_put_cstr(out, "arn", arn);
    json_object_end(out);
}

static void put_event(const struct awsworld *w, struct json_writer *out, const struct value *e,
                      int64_t at_ms, int n)
{
    const char *call = value_cstr_or(e, "call", ""), *name = strchr(call, ' ');
    const char *who = value_cstr_or(e, "who", "role/app");
    struct buf whole = BUF_INIT(TEXT_MAX);
    struct json_writer in;
    char source[128], id[160];

    (void)w;
    (void)snprintf(source, sizeof(source), "%.*s.amazonaws.com", (int)(name ? name - call : 0),
                   call);
    (void)snprintf(id, sizeof(id), "%s-%s-%lld-%d", name ? name + 1 : "", who, (long long)at_ms, n);
    json_writer_init(&in, &whole);
    json_object_begin(&in);
    put_identity(&in, who);
    if (*value_cstr_or(e, "error", ""))
        json_put_cstr(&in, "errorCode", value_cstr_or(e, "error", ""));
    if (*value_cstr_or(e, "message", ""))
        json_put_cstr(&in, "errorMessage", value_cstr_or(e, "message", ""));
    json_key(&in, "requestParameters");
    json_value(&in, value_get(e, "params"));
    json_object_end(&in);
    json_object_begin(out);
    json_put_cstr(out, "EventId", id);
    json_put_cstr(out, "EventName", name ? name + 1 : "");
    json_put_cstr(out, "EventSource", source);
    json_put_int(out, "EventTime", at_ms / 1000);
    json_put_cstr(out, "ReadOnly", value_bool_or(e, "read", false) ? "true" : "false");
    json_key(out, "Resources");
    json_array_begin(out);
    VALUE_EACH (r, value_get(e, "resources")) {
        json_object_begin(out);
        json_put_str(out, "ResourceName", r->u.string);
        json_object_end(out);
    }
    json_array_end(out);
    json_put_str(out, "CloudTrailEvent", buf_str(&whole));
    json_object_end(out);
    buf_release(&whole);
}

static void put_events(const struct awsworld *w, struct json_writer *out, const struct value *trail,
                       bool read)
{
    VALUE_EACH (e, trail) {
        int64_t at = when(w, value_str_or(e, "at", "-1m")), every = 0;
        int times = (int)value_i64_or(e, "times", 1);

        if (value_bool_or(e, "read", false) != read)
            continue;
        (void)duration_parse(value_str_or(e, "every", "10s"), &every);
        for (int i = 0; i < times; i++)
            put_event(w, out, e, at + i * every, i);
    }
}

static void put_trail(const struct awsworld *w, struct json_writer *out, bool read)
{
    json_object_begin(out);
    json_put_cstr(out, "service", "cloudtrail");
    json_put_cstr(out, "operation", "LookupEvents");
    json_put_cstr(out, "match", read ? "true" : "false");
    json_key(out, "json");
    json_object_begin(out);
    json_key(out, "Events");
    json_array_begin(out);
    put_events(w, out, value_get(w->doc, "trail"), read);
    put_events(w, out, value_get(w->base, "trail"), read);
    json_array_end(out);
    json_object_end(out);
    json_object_end(out);
}

static void put_alarm(const struct awsworld *w, struct json_writer *out, const struct value *a)
{
    struct str metric = value_str_or(a, "metric", ""), space = metric;
    char at[TIME_TEXT_MAX];

    str_split(&metric, ' ', &space);
    time_format_rfc3339(when(w, value_str_or(a, "at", "-15m")), at);
    json_object_begin(out);
    json_put_str(out, "AlarmName", value_str_or(a, "name", ""));
    json_put_cstr(out, "StateValue", "ALARM");
    json_put_str(out, "StateReason", value_str_or(a, "reason", "Threshold Crossed"));
    json_put_cstr(out, "StateUpdatedTimestamp", at);
    json_put_cstr(out, "StateTransitionedTimestamp", at);
    json_put_str(out, "MetricName", metric);
    json_put_str(out, "Namespace", space);
    json_key(out, "Dimensions");
    json_object_begin(out);
    json_key(out, "member");
    json_array_begin(out);
    VALUE_EACH (d, value_get(a, "dims")) {
        json_object_begin(out);
        json_put_str(out, "Name", d->key);
        json_put_str(out, "Value", d->u.string);
        json_object_end(out);
    }
    json_array_end(out);
    json_object_end(out);
    json_object_end(out);
}

static void put_composite(const struct awsworld *w, struct json_writer *out, const struct value *c)
{
    char at[TIME_TEXT_MAX];

    time_format_rfc3339(when(w, value_str_or(c, "at", "-15m")), at);
    json_object_begin(out);
    json_put_str(out, "AlarmName", value_str_or(c, "name", ""));
    json_put_str(out, "AlarmRule", value_str_or(c, "rule", ""));
    json_put_cstr(out, "StateValue", "ALARM");
    json_put_cstr(out, "StateUpdatedTimestamp", at);
    json_put_cstr(out, "StateTransitionedTimestamp", at);
    if (value_bool_or(c, "suppressed", false))
        json_put_cstr(out, "ActionsSuppressedBy", "Alarm");
    json_object_end(out);
}

static void put_alarms(const struct awsworld *w, struct json_writer *out)
{
    json_object_begin(out);
    json_put_cstr(out, "service", "cloudwatch");
    json_put_cstr(out, "operation", "DescribeAlarms");
    json_key(out, "json");
    json_object_begin(out);
    json_key(out, "MetricAlarms");
    json_object_begin(out);
    json_key(out, "member");
    json_array_begin(out);
    VALUE_EACH (a, value_get(w->doc, "alarms"))
        put_alarm(w, out, a);
    json_array_end(out);
    json_object_end(out);
    json_key(out, "CompositeAlarms");
    json_object_begin(out);
    json_key(out, "member");
    json_array_begin(out);
    VALUE_EACH (c, value_get(w->doc, "composites"))
        put_composite(w, out, c);
    json_array_end(out);
    json_object_end(out);
    json_object_end(out);
    json_object_end(out);
}

static void put_metrics_of(const struct awsworld *w, struct json_writer *out,
                           const struct value *metrics)
{
    VALUE_EACH (m, metrics) {
        json_object_begin(out);
        json_put_str(out, "metric", value_str_or(m, "metric", ""));
        json_key(out, "dims");
        json_value(out, value_get(m, "dims"));
        json_put_num(out, "before", value_num_or(m, "before", 0));
        json_put_num(out, "after", value_num_or(m, "after", value_num_or(m, "before", 0)));
        json_put_int(out, "at_ms", when(w, value_str_or(m, "at", "-20m")));
        json_object_end(out);
    }
}

static void put_metrics(const struct awsworld *w, struct json_writer *out)
{
    json_object_begin(out);
    json_put_cstr(out, "service", "cloudwatch");
    json_put_cstr(out, "operation", "GetMetricData");
    json_key(out, "metrics");
    json_array_begin(out);
    put_metrics_of(w, out, value_get(w->doc, "metrics"));
    put_metrics_of(w, out, value_get(w->base, "metrics"));
    json_array_end(out);
    json_object_end(out);
}

static const char *make_rules(struct awsworld *w)
{
    struct buf text = BUF_INIT(TEXT_MAX);
    struct json_writer out;
    const char *ret;

    json_writer_init(&out, &text);
    json_array_begin(&out);
    VALUE_EACH (c, value_get(w->doc, "calls"))
        json_value(&out, c);
    put_alarms(w, &out);
    put_trail(w, &out, false);
    put_trail(w, &out, true);
    put_metrics(w, &out);
    VALUE_EACH (c, value_get(w->base, "calls"))
        json_value(&out, c);
    json_array_end(&out);
    ret = arena_strdup(w->arena, buf_cstr(&text));
    buf_release(&text);
    return ret;
}

static void edit(struct awsworld *w, const char *where, const char *json)
{
    struct buf text = BUF_INIT(TEXT_MAX);
    const struct value *at = value_path(w->doc, where), *v;
    struct err err = ERR_INIT;
    union {
        const struct value *read;
        struct value *write;
    } u = {.read = at};

    put_with_times(w, &text, json);
    if (!at || json_parse(w->arena, buf_str(&text), &v, &err))
        die(where, err.msg);
    u.write->type = v->type;
    u.write->u = v->u;
    buf_release(&text);
}

struct awsworld *awsworld_open(const char *path, int64_t now_ms)
{
    static const char *const none[] = {NULL};

    return awsworld_open_with(path, now_ms, none);
}

struct awsworld *awsworld_open_with(const char *path, int64_t now_ms, const char *const *edits)
{
    struct awsworld *w = xcalloc(1, sizeof(*w));
    const char *slash = strrchr(path, '/');
    struct err err = ERR_INIT;

    w->arena = arena_new(0);
    w->now_ms = now_ms;
    if (!catalogue) {
        catalogue = aws_catalogue_new(NULL, 0);
        (void)atexit(forget);
    }
    w->doc = load(w, path);
    for (; *edits; edits += 2)
        edit(w, edits[0], edits[1]);
    if (value_get(w->doc, "base"))
        w->base = load(w, arena_printf(w->arena, "%.*s%s", (int)(slash ? slash - path + 1 : 0),
                                       path, value_cstr_or(w->doc, "base", "")));
    w->rules = make_rules(w);
    if (json_parse(w->arena, str_from(w->rules), &w->parsed, &err))
        die(path, err.msg);
    VALUE_EACH (r, w->parsed) {
        if (value_get(r, "metrics"))
            w->metrics = value_get(r, "metrics");
    }
    return w;
}

void awsworld_close(struct awsworld *w)
{
    arena_free(w->arena);
    free(w);
}

const struct value *awsworld_doc(const struct awsworld *w)
{
    return w->doc;
}

const char *awsworld_rules(const struct awsworld *w)
{
    return w->rules;
}

/* ---- in the process ---- */

static bool is_matched(const struct value *v, struct str text)
{
    if (!v)
        return true;
    if (v->type == VALUE_STRING)
        return str_find(text, v->u.string) >= 0;
    VALUE_EACH (it, v)
        if (str_find(text, it->u.string) < 0)
            return false;
    return true;
}

/* Lists on the way are walked through, as the client does. */
static void gather(const struct value *v, struct str path, struct json_writer *out)
{
    struct str piece;

    if (!v)
        return;
    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (it, v)
            gather(it, path, out);
        return;
    }
    if (!path.len) {
        json_value(out, v);
        return;
    }
    str_split(&path, '.', &piece);
    VALUE_EACH (it, v) {
        if (str_eq(it->key, piece))
            gather(it, path, out);
    }
}

bool awsworld_query(struct awsworld *w, const struct value *args, struct str args_text,
                    struct buf *out, const char **ret_error)
{
    const struct value *found = NULL;
    const struct aws_service *s;
    const struct aws_list *l;
    struct json_writer j;
    struct err err = ERR_INIT;

    if (aws_catalogue_get(catalogue, value_str_or(args, "service", ""), &s, &err) ||
        aws_catalogue_operation(s, value_str_or(args, "operation", ""), &l, &err))
        die("no such call", err.msg);
    VALUE_EACH (r, w->parsed) {
        if (!found && str_eq(value_str_or(r, "service", ""), s->id) &&
            str_eq(value_str_or(r, "operation", ""), l->name) &&
            is_matched(value_get(r, "match"), args_text))
            found = r;
    }
    *ret_error = value_cstr_or(found, "error", "");
    if (**ret_error)
        return false;
    json_writer_init(&j, out);
    json_object_begin(&j);
    json_put_str(&j, "service", s->id);
    json_put_str(&j, "operation", l->name);
    json_put_cstr(&j, "end", "whole");
    json_key(&j, "items");
    json_array_begin(&j);
    gather(value_get(found, "json"), l->items, &j);
    json_array_end(&j);
    json_object_end(&j);
    return true;
}

void awsworld_graph(const struct awsworld *w, struct buf *out)
{
    const struct value *g = value_get(w->doc, "graph");
    char seen[TIME_TEXT_MAX];
    struct json_writer j;

    time_format_rfc3339(when(w, value_str_or(g, "seen", "-3h")), seen);
    json_writer_init(&j, out);
    json_object_begin(&j);
    json_put_bool(&j, "scanned", g != NULL);
    if (g) {
        json_put_cstr(&j, "seen", seen);
        json_put_cstr(&j, "oldest", seen);
        json_put_bool(&j, "more", value_bool_or(g, "more", false));
        json_key(&j, "graph");
        json_value(&j, g);
    }
    json_object_end(&j);
}

/* As aws_xray_json() writes it. */
bool awsworld_traces(const struct awsworld *w, struct buf *out, const char **ret_error)
{
    const struct value *t = value_get(w->doc, "traces");
    struct json_writer j;

    *ret_error = value_cstr_or(t, "error", "");
    if (**ret_error)
        return false;
    json_writer_init(&j, out);
    json_object_begin(&j);
    json_key(&j, "edges");
    if (value_get(t, "edges"))
        json_value(&j, value_get(t, "edges"));
    else
        json_raw(&j, STR_LIT("[]"));
    if (value_get(t, "topology")) {
        json_key(&j, "topology");
        json_value(&j, value_get(t, "topology"));
    }
    json_object_end(&j);
    return true;
}

/* As aws_alarms_json() writes it. */
bool awsworld_alarms(const struct awsworld *w, struct buf *out, const char **ret_error)
{
    struct json_writer j;

    *ret_error = value_cstr_or(w->doc, "composites_error", "");
    if (**ret_error)
        return false;
    json_writer_init(&j, out);
    json_object_begin(&j);
    json_key(&j, "alarms");
    json_array_begin(&j);
    VALUE_EACH (c, value_get(w->doc, "composites")) {
        char at[TIME_TEXT_MAX];

        time_format_rfc3339(when(w, value_str_or(c, "at", "-15m")), at);
        json_object_begin(&j);
        json_put_str(&j, "name", value_str_or(c, "name", ""));
        json_put_cstr(&j, "kind", "composite");
        json_put_cstr(&j, "state", "ALARM");
        json_put_cstr(&j, "since", at);
        json_put_str(&j, "rule", value_str_or(c, "rule", ""));
        json_put_bool(&j, "suppressed", value_bool_or(c, "suppressed", false));
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    return true;
}

static bool has_dims(const struct value *wanted, const struct value *dims)
{
    VALUE_EACH (d, wanted) {
        const struct value *have = value_get(dims, d->key.ptr);

        if (!have || have->type != VALUE_STRING || !str_eq(have->u.string, d->u.string))
            return false;
    }
    return true;
}

double awsworld_point(const struct value *metrics, const char *space, const char *name,
                      const struct value *dims, int64_t t_ms)
{
    VALUE_EACH (m, metrics) {
        struct str metric = value_str_or(m, "metric", ""), own;

        str_split(&metric, ' ', &own);
        if (str_eq_c(own, space) && str_eq_c(metric, name) && has_dims(value_get(m, "dims"), dims))
            return value_num_or(m, t_ms >= value_i64_or(m, "at_ms", 0) ? "after" : "before", NAN);
    }
    return NAN;
}

void awsworld_metrics(struct awsworld *w, const struct value *args, struct buf *out)
{
    int64_t from = 0, to = 0, period = 60000;
    struct json_writer j;

    (void)time_parse(value_str_or(args, "since", ""), &from);
    (void)time_parse(value_str_or(args, "until", ""), &to);
    (void)duration_parse(value_str_or(args, "period", "1m"), &period);
    from -= from % period;
    json_writer_init(&j, out);
    json_object_begin(&j);
    json_key(&j, "data");
    json_object_begin(&j);
    json_key(&j, "result");
    json_array_begin(&j);
    VALUE_EACH (s, value_get(args, "series")) {
        json_object_begin(&j);
        json_key(&j, "metric");
        json_object_begin(&j);
        json_put_str(&j, "id", s->key);
        json_object_end(&j);
        json_key(&j, "values");
        json_array_begin(&j);
        for (int64_t t = from; t + period <= to; t += period) {
            double x =
                awsworld_point(w->metrics, value_cstr_or(s, "namespace", ""),
                               value_cstr_or(s, "metric", ""), value_get(s, "dimensions"), t);
            char text[32];

            if (isnan(x))
                continue;
            (void)snprintf(text, sizeof(text), "%.10g", x);
            json_array_begin(&j);
            json_int(&j, t / 1000);
            json_cstring(&j, text);
            json_array_end(&j);
        }
        json_array_end(&j);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    json_object_end(&j);
}

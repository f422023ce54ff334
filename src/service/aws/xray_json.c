/* xray_json.c - graph, summaries and traces as JSON; the graph also as service-graph.json. */
#include <stdio.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/xray.h"

#define TOPOLOGY_BYTES ((size_t)4 << 20)

static void put_counts(struct json_writer *w, const struct aws_xray_counts *c)
{
    json_put_int(w, "requests", c->total);
    json_put_int(w, "errors", c->errors);
    json_put_int(w, "throttles", c->throttles);
    json_put_int(w, "faults", c->faults);
    if (c->total > 0)
        json_put_num(w, "mean_s", c->seconds / (double)c->total);
}

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (ms)
        time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

/* The same for who draws it or walks over it: without those who only call from outside. */
static void put_topology(struct json_writer *w, const struct aws_xray_answer *a)
{
    struct buf text = BUF_INIT(TOPOLOGY_BYTES);

    aws_xray_topology(a, &text);
    if (!text.full) {
        json_key(w, "topology");
        json_raw(w, buf_str(&text));
    }
    buf_release(&text);
}

static void put_graph(struct json_writer *w, const struct aws_xray_answer *a)
{
    json_key(w, "services");
    json_array_begin(w);
    for (size_t i = 0; i < a->service_count; i++) {
        const struct aws_xray_service *s = &a->services[i];

        json_object_begin(w);
        json_put_cstr(w, "name", s->name);
        json_put_cstr(w, "type", s->type);
        json_put_bool(w, "root", s->root);
        put_counts(w, &s->counts);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "edges");
    json_array_begin(w);
    for (size_t i = 0; i < a->edge_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "from", a->services[a->edges[i].from].name);
        json_put_cstr(w, "to", a->services[a->edges[i].to].name);
        put_counts(w, &a->edges[i].counts);
        json_object_end(w);
    }
    json_array_end(w);
    put_topology(w, a);
}

static void put_summaries(struct json_writer *w, const struct aws_xray_answer *a)
{
    json_key(w, "traces");
    json_array_begin(w);
    for (size_t i = 0; i < a->summary_count; i++) {
        const struct aws_xray_summary *s = &a->summaries[i];

        json_object_begin(w);
        json_put_cstr(w, "id", s->id);
        put_time(w, "time", s->t_ms);
        json_put_cstr(w, "entry", s->entry);
        json_put_num(w, "duration_s", s->duration_s);
        json_put_num(w, "response_s", s->response_s);
        json_put_bool(w, "fault", s->fault);
        json_put_bool(w, "error", s->error);
        json_put_bool(w, "throttle", s->throttle);
        json_put_bool(w, "partial", s->partial);
        if (s->status)
            json_put_int(w, "status", s->status);
        if (*s->url) {
            json_put_cstr(w, "method", s->method);
            json_put_cstr(w, "url", s->url);
        }
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_span(struct json_writer *w, const struct aws_xray_span *p)
{
    json_object_begin(w);
    json_put_int(w, "depth", p->depth);
    json_put_cstr(w, "name", p->name);
    if (*p->origin)
        json_put_cstr(w, "origin", p->origin);
    json_put_num(w, "start", p->start_s);
    json_put_num(w, "seconds", p->end_s - p->start_s);
    if (p->status)
        json_put_int(w, "status", p->status);
    if (p->fault || p->error || p->throttle)
        json_put_cstr(w, "failed", p->fault ? "fault" : p->throttle ? "throttle" : "error");
    if (p->running)
        json_put_bool(w, "running", true);
    if (*p->cause)
        json_put_cstr(w, "cause", p->cause);
    json_object_end(w);
}

static void put_traces(struct json_writer *w, const struct aws_xray_answer *a)
{
    json_put_int(w, "missing", (int64_t)a->missing);
    json_key(w, "traces");
    json_array_begin(w);
    for (size_t i = 0; i < a->trace_count; i++) {
        const struct aws_xray_trace *t = &a->traces[i];

        json_object_begin(w);
        json_put_cstr(w, "id", t->id);
        json_put_num(w, "duration_s", t->duration_s);
        json_put_bool(w, "cut", t->cut);
        json_put_int(w, "unread", (int64_t)t->unread);
        json_key(w, "spans");
        json_array_begin(w);
        for (size_t k = 0; k < t->count; k++)
            put_span(w, &t->spans[k]);
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

void aws_xray_json(const struct aws_xray_answer *a, const char *account, struct buf *out)
{
    static const char *const schemas[] = {"runbook.trace_graph/1", "runbook.trace_list/1",
                                          "runbook.traces/1"};
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", schemas[a->request->what]);
    json_put_cstr(&w, "account", account);
    json_put_cstr(&w, "region", a->region);
    json_put_cstr(&w, "end", aws_end_name(a->end));
    json_put_bool(&w, "more", a->more);
    if (a->err.code)
        json_put_cstr(&w, "error", a->err.msg);
    switch (a->request->what) {
    case AWS_XRAY_GRAPH:
        put_graph(&w, a);
        break;
    case AWS_XRAY_SUMMARIES:
        put_summaries(&w, a);
        break;
    case AWS_XRAY_TRACES:
        put_traces(&w, a);
        break;
    }
    json_object_end(&w);
}

/* ---- as a topology ---- */

/* Source: X-Ray Developer Guide, "AWS resource data" and "Tracing SQL queries": the types. */
static const struct {
    const char *part, *node, *edge;
} kinds[] = {
    {"DynamoDB", "database", "database"},
    {"RDS", "database", "database"},
    {"Database::", "database", "database"},
    {"Redshift", "database", "database"},
    {"OpenSearch", "database", "database"},
    {"ElastiCache", "cache", "cache"},
    {"Redis", "cache", "cache"},
    {"SQS", "queue", "queue"},
    {"SNS", "queue", "queue"},
    {"Kinesis", "queue", "queue"},
    {"EventBridge", "queue", "queue"},
    {"Events", "queue", "queue"},
    {"remote", "external", "external"},
};

static const char *kind_of(const char *type, bool edge)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strstr(type, kinds[i].part))
            return edge ? kinds[i].edge : kinds[i].node;
    return edge ? "sync" : "service";
}

/* One name may be of several services: those after the first have their type behind it, and those
 * of the same type a number. */
static void put_id(struct json_writer *w, const char *key, const struct aws_xray_answer *a,
                   size_t at)
{
    const struct aws_xray_service *s = &a->services[at];
    struct buf id = BUF_INIT(4096);
    bool name = false, type = false;

    for (size_t i = 0; i < at; i++)
        if (!a->services[i].client && strcmp(a->services[i].name, s->name) == 0) {
            name = true;
            type = type || strcmp(a->services[i].type, s->type) == 0;
        }
    buf_adds(&id, *s->name ? s->name : "unnamed");
    if (name)
        buf_addf(&id, " (%s)", s->type);
    if (type || !*s->name)
        buf_addf(&id, " %zu", at);
    json_put_str(w, key, buf_str(&id));
    buf_release(&id);
}

/* A database is called by its address, "orders@orders-db.abc.eu-west-1.rds.amazonaws.com": its name
 * is the first part of the host's. Source: X-Ray Developer Guide, "Tracing SQL queries". */
static void put_name(struct json_writer *w, const struct aws_xray_answer *a, size_t i)
{
    const char *name = a->services[i].name, *at = strchr(name, '@');
    struct str host = str_from(at ? at + 1 : name), first = host;

    if (!str_ends(host, ".rds.amazonaws.com")) {
        put_id(w, "name", a, i);
        return;
    }
    str_split(&host, '.', &first);
    json_put_str(w, "name", first);
}

static bool edge_again(const struct aws_xray_answer *a, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (a->edges[i].from == a->edges[at].from && a->edges[i].to == a->edges[at].to)
            return true;
    return false;
}

void aws_xray_topology(const struct aws_xray_answer *a, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "nodes");
    json_array_begin(&w);
    for (size_t i = 0; i < a->service_count; i++) {
        if (a->services[i].client)
            continue;
        json_object_begin(&w);
        put_id(&w, "id", a, i);
        put_name(&w, a, i);
        json_put_cstr(&w, "type", kind_of(a->services[i].type, false));
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "edges");
    json_array_begin(&w);
    for (size_t i = 0; i < a->edge_count; i++) {
        const struct aws_xray_edge *e = &a->edges[i];

        if (a->services[e->from].client || a->services[e->to].client || e->from == e->to ||
            edge_again(a, i))
            continue;
        json_object_begin(&w);
        put_id(&w, "source", a, e->from);
        put_id(&w, "target", a, e->to);
        json_put_cstr(&w, "type", kind_of(a->services[e->to].type, true));
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}

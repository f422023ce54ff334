/* test_limits.c - every number that decides in a pattern of AWS has a case on each side of it: an
 * estate with one value a little over and a little under, and the limit itself moved across. Run on
 * the patterns alone, without an engine. */
#include "tests/lib/awsworld.h"
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/clock.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/uses.h"
#include "src/engine/aws/aws_priv.h"

/* One estate, as the patterns see it. */
struct seen {
    struct awsworld *world;
    struct aws_view view;
};

static const struct value *ask(struct seen *s, const char *service, const char *operation,
                               const char *text)
{
    struct buf body = BUF_INIT((size_t)8 << 20), args = BUF_INIT(1 << 16);
    const struct value *a, *doc = NULL;
    const char *error;
    struct err err = ERR_INIT;

    buf_addf(&args, "{\"service\":\"%s\",\"operation\":\"%s\"}", service, operation);
    assert_ok(json_parse(s->view.arena, buf_str(&args), &a, &err), &err);
    if (awsworld_query(s->world, a, str_from(text), &body, &error))
        assert_ok(json_parse(s->view.arena, buf_str(&body), &doc, &err), &err);
    buf_release(&args);
    buf_release(&body);
    return value_get(doc, "items");
}

static void add_doc(struct seen *s, const struct aws_source *src, const char *of,
                    const struct value *parent)
{
    const char *text = arena_printf(s->view.arena, "%s %s", src->params, of);
    const struct value *items = ask(s, src->service, src->operation, text);

    *VEC_PUSH(&s->view.docs) = (struct aws_doc){
        .source = src, .of = of, .parent = parent, .items = items, .query = s->view.docs.count};
}

static void read_source(struct seen *s, const struct aws_source *src)
{
    size_t n = s->view.docs.count;

    if (!src->each) {
        add_doc(s, src, "", NULL);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct aws_doc d = s->view.docs.items[i];

        if (strcmp(d.source->name, src->each) != 0)
            continue;
        if (src->batch)
            add_doc(s, src,
                    arena_printf(s->view.arena, "%s %s", d.of, av_str(value_at(d.items, 0), ".")),
                    NULL);
        VALUE_EACH (item, src->batch ? NULL : d.items)
            add_doc(s, src, av_str(item, src->id), item);
    }
}

static const struct value *metric_rows(const struct seen *s)
{
    const struct value *rules = NULL, *rows = NULL;
    struct err err = ERR_INIT;

    assert_ok(json_parse(s->view.arena, str_from(awsworld_rules(s->world)), &rules, &err), &err);
    VALUE_EACH (r, rules) {
        if (value_get(r, "metrics"))
            rows = value_get(r, "metrics");
    }
    return rows;
}

static void add_series(struct seen *s, const struct aws_metric *m, const struct value *item,
                       const struct value *rows)
{
    struct aws_view *v = &s->view;
    const char *of = aws_dimension(v, item, m->path, m->part),
               *space = m->usage ? av_str(item, "UsageMetric.MetricNamespace") : m->space,
               *name = m->usage ? av_str(item, "UsageMetric.MetricName") : m->metric;
    size_t n = (size_t)((v->now_ms - v->start_ms) / v->period_ms);
    struct aws_point *points = arena_array(v->arena, n, sizeof(*points));
    struct aws_series x = {.metric = m, .of = of, .item = item, .points = points, .query = 1};
    const struct value *dims = NULL;
    struct err err = ERR_INIT;
    const char *json =
        arena_printf(v->arena, "{\"%s\":%s%s%s%s}", m->dimension, aws_json(v, of),
                     m->path2 ? arena_printf(v->arena, ",\"%s\":", m->dimension2) : "",
                     m->path2 ? aws_json(v, aws_dimension(v, item, m->path2, m->part2)) : "", "");

    assert_ok(json_parse(v->arena, str_from(json), &dims, &err), &err);
    if (m->usage)
        dims = value_path(item, "UsageMetric.MetricDimensions");
    for (size_t i = 0; i < n; i++) {
        int64_t t = v->start_ms + (int64_t)i * v->period_ms;
        double value = awsworld_point(rows, space, name, dims, t);

        if (!isnan(value))
            points[x.count++] = (struct aws_point){t, value};
    }
    if (!x.count)
        return;
    av_judge(v, &x);
    *VEC_PUSH(&v->series) = x;
}

/* The graph that the inventory would give, and the composite alarms that are on. */
static void read_around(struct seen *s)
{
    const struct value *graph = value_get(awsworld_doc(s->world), "graph"), *doc;
    struct buf text = BUF_INIT(1 << 20), body = BUF_INIT(1 << 20);
    struct json_writer w;
    const char *error;
    struct err err = ERR_INIT;

    json_writer_init(&w, &text);
    if (graph) {
        json_value(&w, graph);
        assert_ok(topology_parse(buf_str(&text), s->view.arena, &s->view.graph, &err), &err);
    }
    if (awsworld_alarms(s->world, &body, &error)) {
        assert_ok(json_parse(s->view.arena, buf_str(&body), &doc, &err), &err);
        av_take_composites(&s->view, doc);
    }
    buf_release(&text);
    buf_release(&body);
}

static void open_world(struct seen *s, const char *name, const char *const *edits)
{
    const char *src = getenv("RB_SRCDIR");
    char path[2048];

    memset(s, 0, sizeof(*s));
    (void)snprintf(path, sizeof(path), "%s/tests/cases/aws/%s.json", src ? src : ".", name);
    s->view.now_ms = clock_system()->wall_ms(clock_system());
    s->view.now_ms -= s->view.now_ms % 60000; /* samples begin with a minute */
    s->world = awsworld_open_with(path, s->view.now_ms, edits);
    s->view.arena = arena_new(0);
    s->view.account = "prod";
    s->view.region = "eu-west-1";
    s->view.text = value_cstr_or(awsworld_doc(s->world), "question", "");
    for (const struct aws_source *src_at = aws_source_table(); src_at->name; src_at++)
        read_source(s, src_at);
    AV_DOCS(d, &s->view, "alarms")
    av_take_alarms(&s->view, d);
    read_around(s);
    AV_DOCS(d, &s->view, "trail")
    av_take_events(&s->view, d);
    AV_DOCS(d, &s->view, "trail.reads")
    av_take_events(&s->view, d);
    av_set_onset(&s->view, 0);
    for (const struct aws_metric *m = aws_metric_table(); m->name; m++) {
        const struct value *rows = metric_rows(s);

        AV_DOCS(d, &s->view, m->source)
        {
            VALUE_EACH (item, d->items) {
                if (*aws_dimension(&s->view, item, m->path, m->part) &&
                    (!m->usage || *av_str(item, "UsageMetric.MetricName")))
                    add_series(s, m, item, rows);
            }
        }
    }
}

static void close_world(struct seen *s)
{
    aws_view_release(&s->view);
    arena_free(s->view.arena);
    awsworld_close(s->world);
}

/* `runbook policy print` names what is asked. A-17 */
static bool is_used(const char *service, const char *operation)
{
    char name[160];

    (void)snprintf(name, sizeof(name), "%s:%s", service, operation);
    for (const struct aws_use *u = aws_uses; u->feature; u++) {
        for (const char *const *o = u->operations; strcmp(u->feature, "patterns") == 0 && *o; o++) {
            if (strcmp(*o, name) == 0)
                return true;
        }
    }
    return false;
}

/* What is decided; numbers and times in sentences are left out. */
static char *describe(struct seen *s, const struct aws_pattern *p, const struct aws_limit *moved,
                      double to)
{
    struct buf out = BUF_INIT(1 << 16);
    struct aws_findings all;
    char *text;

    s->view.moved = moved;
    s->view.moved_to = to;
    aws_pattern_run(p, &s->view, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct aws_finding *f = &all.list[i];

        buf_addf(&out, "%d %.2f %d %d %s %d;", (int)f->strength, f->severity, f->direct,
                 f->second != NULL, f->resource, f->culprit_count);
        for (int k = 0; k < f->culprit_count; k++) {
            const struct aws_culprit *c = &f->culprits[k];
            struct aws_reading r = {.strength = STRENGTH_NONE};
            const struct value *items =
                c->ask.service ? ask(s, c->ask.service, c->ask.operation, c->ask.params) : NULL;

            if (c->ask.service && !is_used(c->ask.service, c->ask.operation))
                fail_msg("%s %s is not among the uses of patterns", c->ask.service,
                         c->ask.operation);
            if (items && p->read)
                p->read(&s->view, c, items, &r);
            buf_addf(&out, " %s %.24s %d %d;", c->resource, c->statement, (int)r.strength,
                     r.direct);
        }
    }
    s->view.moved = NULL;
    text = xstrdup(buf_cstr(&out));
    buf_release(&out);
    return text;
}

struct side {
    const char *pattern, *limit, *world, *path, *over, *under;
    const char *set[5]; /* further edits for both: pairs */
};

#define TARGET(state)                                                                              \
    "{\"Target\":{\"Id\":\"10.0.0.1\"},\"TargetHealth\":{\"State\":\"" state "\"}}"
#define TARGETS(list) "{\"TargetHealthDescriptions\":{\"member\":[" list "]}}"
#define BAD TARGET("unhealthy")
#define WELL TARGET("healthy")
#define STATUS(id, zone, status)                                                                   \
    "{\"instanceId\":\"" id "\",\"availabilityZone\":\"" zone                                      \
    "\",\"systemStatus\":{\"status\":\"" status "\"}}"
#define MACHINES(list) "{\"instanceStatusSet\":{\"item\":[" list "]}}"
#define NO_TARGETS "calls.1.json", TARGETS(""), "calls.1.match", "\"targetgroup\""
#define CHECK(text) "{\"StatusReport\":{\"Status\":\"" text "\"}}"
#define CHECKS(list) "{\"HealthCheckObservations\":{\"HealthCheckObservation\":[" list "]}}"
#define ALARM(name, at)                                                                            \
    "{\"name\":\"" name "\",\"metric\":\"AWS/ApplicationELB X\",\"dims\":{\"LoadBalancer\":"       \
    "\"app/" name "/1\"},\"at\":\"" at "\"}"
#define NODE(name) "{\"id\":\"" name "\",\"type\":\"load-balancer\"}"
#define ON_A(name) "{\"source\":\"" name "\",\"target\":\"a\"}"
#define EIGHT_NODES                                                                                \
    "[" NODE("a") "," NODE("b") "," NODE("c") "," NODE("d") "," NODE("e") "," NODE("f") "," NODE(  \
        "g") "," NODE("h") "]"
#define EIGHT_ALARMS                                                                               \
    "[" ALARM("b", "-20m") "," ALARM("a", "-19m") "," ALARM("c", "-18m") "," ALARM(                \
        "d", "-18m") "," ALARM("e",                                                                \
                               "-18m") "," ALARM("f",                                              \
                                                 "-18m") "," ALARM("g",                            \
                                                                   "-18m") "," ALARM("h",          \
                                                                                     "-18m") "]"
#define DENIED(at, times)                                                                          \
    "{\"at\":\"" at "\",\"call\":\"s3 PutObject\",\"who\":\"role/uploader\",\"error\":"            \
    "\"AccessDenied\",\"times\":" times ",\"every\":\"5s\"}"

static const char *lines(char *out, size_t size, int n, int starts, int init);
static char two_of_20[8192], two_of_21[8192], quick[8192], slow[8192], ten[8192], nine[8192];

static const struct side sides[] = {
    {"sg_change", "change_before", "sg_change", "trail.0.at", "\"-48m\"", "\"-50m\"", {NULL}},
    {"sg_change", "change_after", "sg_change", "trail.0.at", "\"-17m10s\"", "\"-16m50s\"", {NULL}},
    {"throttling", "count", "throttling_dynamodb", "metrics.0.after", "1.3", "1.0", {NULL}},
    {"throttling", "share", "throttling_lambda", "metrics.0.after", "2.15", "1.85", {NULL}},
    {"throttling",
     "rise",
     "throttling_dynamodb",
     "metrics.0.after",
     "31",
     "29",
     {"metrics.0.before", "10", NULL}},
    {"throttling", "used", "throttling_lambda", "metrics.1.after", "41", "39", {NULL}},
    {"throttling", "api", "throttling_api", "trail.0.times", "10", "9", {NULL}},
    {"capacity", "busy", "capacity_cpu", "metrics.0.after", "91", "89", {NULL}},
    {"capacity",
     "memory",
     "capacity_cpu",
     "metrics.0.after",
     "91",
     "89",
     {"metrics.0.metric", "\"AWS/ECS MemoryUtilization\"", NULL}},
    {"capacity",
     "rise",
     "capacity_cpu",
     "metrics.0.after",
     "96",
     "94",
     {"metrics.0.before", "75", NULL}},
    {"failed_deploy", "error_share", "deploy_lambda", "metrics.0.after", "10.4", "9.6", {NULL}},
    {"failed_deploy",
     "error_rise",
     "deploy_lambda",
     "metrics.0.after",
     "12.4",
     "11.6",
     {"metrics.0.before", "4", NULL}},
    {"failed_deploy",
     "errors",
     "deploy_lambda",
     "metrics",
     "[{\"metric\":\"AWS/Lambda Errors\",\"dims\":{\"FunctionName\":\"mailer\"},\"before\":0,"
     "\"after\":0.6,\"at\":\"-19m\"},{\"metric\":\"AWS/Lambda "
     "Invocations\",\"dims\":{},\"before\":5}]",
     "[{\"metric\":\"AWS/Lambda Errors\",\"dims\":{\"FunctionName\":\"mailer\"},\"before\":0,"
     "\"after\":0.48,\"at\":\"-19m\"},{\"metric\":\"AWS/Lambda "
     "Invocations\",\"dims\":{},\"before\":5}]",
     {NULL}},
    {"failed_deploy",
     "failed_tasks",
     "deploy_ecs",
     "calls.0.json.services.0.deployments.0.failedTasks",
     "3",
     "2",
     {"calls.0.json.services.0.deployments.0.rolloutState", "\"IN_PROGRESS\"",
      "calls.0.json.services.0.events", "[]", NULL}},
    {"target_health",
     "bad_share",
     "target_health_weak",
     "calls.0.json",
     TARGETS(BAD "," WELL),
     TARGETS(BAD "," BAD "," BAD "," BAD "," WELL "," WELL "," WELL "," WELL "," WELL),
     {NULL}},
    {"connections", "near", "connections", "metrics.0.after", "406", "404", {NULL}},
    {"connections",
     "rise",
     "connections",
     "metrics.0.after",
     "414",
     "411",
     {"metrics.0.before", "275", NULL}},
    {"iam_deny", "denied", "iam_deny", "trail.1.times", "3", "2", {NULL}},
    {"iam_deny",
     "chronic",
     "iam_deny",
     "trail",
     "[" DENIED("-15m", "10") "," DENIED("-100m", "4") "]",
     "[" DENIED("-15m", "10") "," DENIED("-100m", "5") "]",
     {NULL}},
    {"credentials", "refused", "credentials_key", "trail.0.times", "3", "2", {NULL}},
    {"credentials", "errors", "credentials_secret", "metrics.0.after", "0.62", "0.5", {NULL}},
    {"quota", "at", "quota_usage", "metrics.0.after", "64", "63.5", {NULL}},
    {"quota", "near", "quota_usage", "metrics.0.after", "57.7", "57.5", {NULL}},
    {"az_event",
     "bad",
     "az_event",
     "calls.0.json",
     MACHINES(STATUS("i-1", "a", "impaired") "," STATUS("i-2", "a", "impaired") "," STATUS(
         "i-3", "b", "ok") "," STATUS("i-4", "b", "ok")),
     MACHINES(
         STATUS("i-1", "a", "impaired") "," STATUS("i-3", "b", "ok") "," STATUS("i-4", "b", "ok")),
     {NO_TARGETS, NULL}},
    {"az_event",
     "share",
     "az_event",
     "calls.0.json",
     MACHINES(STATUS("i-1", "a", "impaired") "," STATUS("i-2", "a", "impaired") "," STATUS(
         "i-5", "a", "ok") "," STATUS("i-6", "a", "ok") "," STATUS("i-3", "b",
                                                                   "ok") "," STATUS("i-4", "b",
                                                                                    "ok")),
     MACHINES(STATUS("i-1", "a", "impaired") "," STATUS("i-2", "a", "impaired") "," STATUS(
         "i-5", "a", "ok") "," STATUS("i-6", "a",
                                      "ok") "," STATUS("i-7", "a",
                                                       "ok") "," STATUS("i-3", "b",
                                                                        "ok") "," STATUS("i-4", "b",
                                                                                         "ok")),
     {NO_TARGETS, NULL}},
    {"az_event",
     "well",
     "az_event",
     "calls.0.json",
     MACHINES(STATUS("i-1", "z", "impaired") "," STATUS("i-2", "z", "impaired") "," STATUS(
         "i-3", "y", "ok") "," STATUS("i-4", "y", "ok")),
     MACHINES(STATUS("i-1", "z", "impaired") "," STATUS("i-2", "z",
                                                        "impaired") "," STATUS("i-3", "y", "ok")),
     {NO_TARGETS, NULL}},
    {"dns",
     "failing",
     "dns_check",
     "calls.0.json",
     CHECKS(CHECK("Failure: x") "," CHECK("Success: y")),
     CHECKS(CHECK("Failure: x") "," CHECK("Failure: x") "," CHECK("Failure: x") "," CHECK(
         "Success: y") "," CHECK("Success: y") "," CHECK("Success: y") "," CHECK("Success: y")),
     {NULL}},
    {"certificate",
     "soon",
     "certificate_soon",
     "calls.0.json.CertificateSummaryList.0.NotAfter",
     "\"@s+71h\"",
     "\"@s+73h\"",
     {NULL}},
    {"cold_starts",
     "slower",
     "cold_starts",
     "metrics.0.after",
     "802",
     "798",
     {"metrics.0.before", "400", NULL}},
    {"cold_starts",
     "slow",
     "cold_starts",
     "metrics.0.after",
     "502",
     "498",
     {"metrics.0.before", "100", NULL}},
    {"cold_starts", "share", "cold_starts", "calls.0.json.events", two_of_20, two_of_21, {NULL}},
    {"cold_starts", "init", "cold_starts", "calls.0.json.events", slow, quick, {NULL}},
    {"cold_starts", "lines", "cold_starts", "calls.0.json.events", ten, nine, {NULL}},
    {"replication_lag", "lag", "replication_lag", "metrics.0.after", "31", "29", {NULL}},
    {"replication_lag",
     "rise",
     "replication_lag",
     "metrics.0.after",
     "36.6",
     "35.4",
     {"metrics.0.before", "12", NULL}},
    {"replication_lag", "writes", "replication_lag", "metrics.1.after", "622", "618", {NULL}},
    {"replication_lag", "busy", "replication_restart", "metrics.1.after", "91", "89", {NULL}},
    {"storage",
     "free",
     "storage_rds",
     "metrics.0.after",
     "10700000000",
     "10800000000",
     {"calls.0.json.DBInstances.DBInstance.0.DBInstanceStatus", "\"available\"", NULL}},
    {"storage",
     "fell",
     "storage_rds",
     "metrics.0.after",
     "9590000000",
     "9610000000",
     {"calls.0.json.DBInstances.DBInstance.0.DBInstanceStatus", "\"available\"", "metrics.0.before",
      "12000000000", NULL}},
    {"storage", "burst", "storage_ebs", "metrics.0.after", "19.8", "20.2", {NULL}},
    {"storage", "queue", "storage_ebs", "metrics.1.after", "1.62", "1.58", {NULL}},
    {"storage", "io", "storage_efs", "metrics.0.after", "95.5", "94.5", {NULL}},
    {"dead_letter", "rise", "dead_letter", "metrics.0.after", "13.2", "12.8", {NULL}},
    {"dead_letter", "fails", "dead_letter", "metrics.1.after", "41", "39", {NULL}},
    {"alarm_storm",
     "alarms",
     "alarm_storm",
     "alarms",
     "[" ALARM("a", "-20m") "," ALARM("b", "-15m") "," ALARM("c", "-15m") "," ALARM("d",
                                                                                    "-15m") "]",
     "[" ALARM("a", "-20m") "," ALARM("b", "-15m") "," ALARM("c", "-15m") "]",
     {NULL}},
    {"alarm_storm",
     "within",
     "alarm_storm",
     "alarms",
     "[" ALARM("a", "-40m") "," ALARM("b", "-15m") "," ALARM("c", "-15m") "," ALARM("d",
                                                                                    "-11m") "]",
     "[" ALARM("a", "-40m") "," ALARM("b", "-15m") "," ALARM("c", "-15m") "," ALARM("d", "-9m") "]",
     {NULL}},
    {"alarm_storm", "ahead", "alarm_storm", "alarms.1.at", "\"-18m58s\"", "\"-19m2s\"", {NULL}},
    {"alarm_storm",
     "share",
     "storm_graph",
     "graph.edges",
     "[" ON_A("b") "," ON_A("c") "," ON_A("d") "," ON_A("e") "," ON_A("f") "," ON_A("g") "]",
     "[" ON_A("b") "," ON_A("c") "," ON_A("d") "," ON_A("e") "," ON_A("f") "]",
     {"graph.nodes", EIGHT_NODES, "alarms", EIGHT_ALARMS, NULL}},
    {"workflow",
     "failed",
     "workflow",
     "metrics.0.after",
     "0.27",
     "0.23",
     {"metrics.1.before", "1", "metrics.1.after", "1", NULL}},
    {"workflow", "share", "workflow", "metrics.0.after", "2.1", "1.9", {NULL}},
    {"workflow",
     "rise",
     "workflow",
     "metrics.0.after",
     "12.4",
     "11.6",
     {"metrics.0.before", "4", NULL}},
    {"credentials",
     "missing",
     "credentials_tasks",
     "calls.0.json.services.0.runningCount",
     "3",
     "4",
     {"alarms", "[]", NULL}},
    {"throttling", "gateway", "throttling_gateway", "metrics.1.after", "340", "320", {NULL}},
    {"throttling", "gateway_used", "throttling_gateway", "metrics.0.after", "4860", "4740", {NULL}},
    {"alarm_storm",
     "known",
     "storm_graph",
     "graph.nodes",
     "[" NODE("a") "," NODE("b") "," NODE("c") "," NODE("d") "," NODE("e") "]",
     "[" NODE("a") "," NODE("b") "," NODE("c") "," NODE("d") "]",
     {"graph.edges", "[" ON_A("b") "," ON_A("c") "]", "alarms", EIGHT_ALARMS, NULL}},
    {"alarm_storm", "late", "storm_graph", "alarms.2.at", "\"-15m10s\"", "\"-14m50s\"", {NULL}},
    {NULL, NULL, NULL, NULL, NULL, NULL, {NULL}},
};

static const char *lines(char *out, size_t size, int n, int starts, int init)
{
    struct buf b = BUF_INIT(size - 1);

    buf_addc(&b, '[');
    for (int i = 0; i < n; i++) {
        buf_addf(&b, "%s{\"timestamp\":\"@ms-10m\",\"message\":\"REPORT Duration: 9 ms",
                 i ? "," : "");
        if (i < starts)
            buf_addf(&b, " Init Duration: %d ms", init);
        buf_adds(&b, "\"}");
    }
    buf_addc(&b, ']');
    (void)snprintf(out, size, "%s", buf_cstr(&b));
    buf_release(&b);
    return out;
}

static const struct aws_pattern *pattern_of(const char *id)
{
    for (const struct aws_pattern *const *p = aws_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return *p;
    }
    fail_msg("there is no pattern %s", id);
    abort();
}

static const struct aws_limit *limit_of(const struct aws_pattern *p, const char *name)
{
    for (const struct aws_limit *l = p->limits; l && l->name; l++) {
        if (strcmp(l->name, name) == 0)
            return l;
    }
    fail_msg("%s has no limit %s", p->id, name);
    abort();
}

/* As it is, with the limit higher, and lower. */
static void run(const struct side *s, const char *value, const struct aws_limit *l, char *says[3])
{
    double step = strcmp(l->unit, "count") == 0 && l->value < 8 ? 1 : 0.2 * l->value;
    const char *edits[8] = {s->path, value};
    struct seen seen;
    size_t n = 2;

    for (size_t i = 0; s->set[i]; i++)
        edits[n++] = s->set[i];
    edits[n] = NULL;
    open_world(&seen, s->world, edits);
    says[0] = describe(&seen, pattern_of(s->pattern), NULL, 0);
    says[1] = describe(&seen, pattern_of(s->pattern), l, l->value + step);
    says[2] = describe(&seen, pattern_of(s->pattern), l, l->value - step);
    close_world(&seen);
}

static int wrongs;

#define wrong(...)                                                                                 \
    do {                                                                                           \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        wrongs++;                                                                                  \
    } while (0)

/* Moved across what either side has, the limit lets the two change places. */
static void check_side(const struct side *s)
{
    const struct aws_limit *l = limit_of(pattern_of(s->pattern), s->limit);
    char *over[3], *under[3];

    run(s, s->over, l, over);
    run(s, s->under, l, under);
    if (strcmp(over[0], under[0]) == 0)
        wrong("%s.%s: both sides say %s", s->pattern, s->limit, over[0]);
    if (strcmp(over[0], over[1]) == 0 && strcmp(over[0], over[2]) == 0)
        wrong("%s.%s: moved, it is the same over it: %s", s->pattern, s->limit, over[0]);
    if (strcmp(under[0], under[1]) == 0 && strcmp(under[0], under[2]) == 0)
        wrong("%s.%s: moved, it is the same under it: %s", s->pattern, s->limit, under[0]);
    for (int i = 0; i < 3; i++) {
        free(over[i]);
        free(under[i]);
    }
}

static void test_both_sides(void **state)
{
    (void)state;
    (void)lines(two_of_20, sizeof(two_of_20), 20, 2, 400);
    (void)lines(two_of_21, sizeof(two_of_21), 21, 2, 400);
    (void)lines(slow, sizeof(slow), 12, 4, 301);
    (void)lines(quick, sizeof(quick), 12, 4, 299);
    (void)lines(ten, sizeof(ten), 10, 4, 400);
    (void)lines(nine, sizeof(nine), 9, 4, 400);
    for (const struct side *s = sides; s->pattern; s++)
        check_side(s);
    assert_int_equal(wrongs, 0);
}

/* A new limit comes with its two cases; each says where it is from. */
static void test_every_limit_has_sides(void **state)
{
    (void)state;
    for (const struct aws_pattern *const *p = aws_pattern_table(); *p; p++) {
        assert_true((*p)->claim && (*p)->rationale && (*p)->refutes && (*p)->quiet && (*p)->on);
        for (const struct aws_limit *l = (*p)->limits; l && l->name; l++) {
            bool found = false;

            for (const struct side *s = sides; s->pattern; s++)
                found =
                    found || (strcmp(s->pattern, (*p)->id) == 0 && strcmp(s->limit, l->name) == 0);
            if (!found)
                fail_msg("%s.%s has no case", (*p)->id, l->name);
            assert_true(*l->unit && *l->why);
        }
    }
}

/* Names in the tables are names of the tables. */
static void test_tables(void **state)
{
    (void)state;
    for (const struct aws_source *s = aws_source_table(); s->name; s++) {
        const struct aws_source *parent = s->each ? aws_source_find(s->each) : NULL;

        if (s->each && (!parent || parent > s))
            fail_msg("%s is asked for items of %s, which is not before it", s->name, s->each);
        assert_true(!s->each || (s->id && s->calls));
        if (!is_used(s->service, s->operation))
            fail_msg("%s %s is not among the uses of patterns", s->service, s->operation);
    }
    for (const struct aws_metric *m = aws_metric_table(); m->name; m++)
        assert_non_null(aws_source_find(m->source));
    for (const struct aws_pattern *const *p = aws_pattern_table(); *p; p++) {
        for (const char *const *n = (*p)->needs; *n; n++) {
            if (!aws_source_find(*n) && !aws_metric_find(*n))
                fail_msg("%s needs %s, which is nothing", (*p)->id, *n);
        }
    }
    for (const struct aws_cause *c = aws_cause_table(); c->cause; c++) {
        assert_non_null(pattern_of(c->cause));
        assert_non_null(pattern_of(c->effect));
    }
}

static struct aws_finding finding_at(const char *pattern, int64_t at_ms)
{
    return (struct aws_finding){
        .pattern = pattern_of(pattern), .strength = STRENGTH_STRONG, .at_ms = at_ms};
}

/* What begins later explains nothing; where both have to be of one name, another one does not. */
static void test_causes(void **state)
{
    struct aws_view v = {.now_ms = 1};
    struct aws_finding sg = finding_at("sg_change", 1000000),
                       health = finding_at("target_health", 0), disk = finding_at("storage", 0),
                       full = finding_at("connections", 0);

    (void)state;
    assert_non_null(aws_explains(&v, &sg, &health));
    assert_null(aws_explains(&v, &health, &sg));
    health.at_ms = 1000000 - 299000;
    assert_non_null(aws_explains(&v, &sg, &health));
    health.at_ms = 1000000 - 301000;
    assert_null(aws_explains(&v, &sg, &health));
    sg.strength = STRENGTH_WEAK;
    health.at_ms = 0;
    assert_null(aws_explains(&v, &sg, &health));
    aws_find_name(&disk, "orders");
    aws_find_name(&full, "billing");
    assert_null(aws_explains(&v, &disk, &full));
    aws_find_name(&full, "orders");
    assert_non_null(aws_explains(&v, &disk, &full));
}

/* A name of AWS is one word in a command, whatever it holds. */
static void test_fill(void **state)
{
    struct aws_view v = {.arena = arena_new(0), .account = "prod", .region = "eu-west-1"};
    struct aws_finding f = {.pattern = pattern_of("capacity")};

    (void)state;
    aws_find_var(&f, "group", "web; rm -rf '/'");
    assert_string_equal(aws_fill(&v, "{group} in {region}", &f, NULL),
                        "web; rm -rf '/' in eu-west-1");
    assert_string_equal(aws_fill_words(&v, "x --g {group}", &f, NULL),
                        "x --g 'web; rm -rf '\\''/'\\'''");
    assert_null(aws_fill(&v, "{nobody}", &f, NULL));
    assert_string_equal(aws_fill(&v, "{} {1}", &f, NULL), "{} {1}");
    arena_free(v.arena);
}

/* What X-Ray saw fail is said from a share and a number of calls on. */
static void test_traced(void **state)
{
    struct aws_view v = {.arena = arena_new(0)};
    struct aws_finding f = {.service = "pricing"};
    struct aws_traced *c = VEC_PUSH(&v.traced);

    (void)state;
    *c = (struct aws_traced){.from = "shop", .to = "pricing", .requests = 100, .faults = 5};
    assert_ptr_equal(aws_traced_to(&v, &f), c);
    c->faults = 4;
    assert_null(aws_traced_to(&v, &f));
    c->throttles = 1;
    assert_non_null(aws_traced_to(&v, &f));
    *c = (struct aws_traced){.from = "shop", .to = "pricing", .requests = 20, .faults = 20};
    assert_non_null(aws_traced_to(&v, &f));
    c->requests = c->faults = 19;
    assert_null(aws_traced_to(&v, &f));
    *c = (struct aws_traced){.from = "pricing", .to = "shop", .requests = 100, .faults = 90};
    assert_null(aws_traced_to(&v, &f)); /* who calls is not what fails */
    VEC_RELEASE(&v.traced);
    arena_free(v.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_traced),
                                       cmocka_unit_test(test_both_sides),
                                       cmocka_unit_test(test_every_limit_has_sides),
                                       cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_causes),
                                       cmocka_unit_test(test_fill)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_metrics.c - the metrics module against a Prometheus that is made up: a service that is at
 * fault is named with the evidence that was read, what is healthy is left alone, and what the
 * server does not say becomes a gap., U-11, U-12 */
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include <math.h>

#include "runbook/model/refutation.h"
#include "runbook/base/timefmt.h"
#include "runbook/engine/investigation.h"
#include "runbook/model/topology.h"

#define ALERT_MS INT64_C(1770213600000)
#define MINUTE_MS INT64_C(60000)

/* ---- a world: four services, who calls whom, and one that is at fault ---- */

static const char *const services[] = {"front", "cart", "pay", "store", NULL};
static const char graph[] = "{\"nodes\":[{\"id\":\"front\",\"labels\":{\"service\":\"front\"}},"
                            "{\"id\":\"cart\",\"labels\":{\"service\":\"cart\"}},"
                            "{\"id\":\"pay\",\"labels\":{\"service\":\"pay\"}},"
                            "{\"id\":\"store\",\"labels\":{\"service\":\"store\"}}],"
                            "\"edges\":[{\"source\":\"front\",\"target\":\"cart\"},{\"source\":"
                            "\"front\",\"target\":\"pay\"},"
                            "{\"source\":\"cart\",\"target\":\"store\"}]}";

static struct {
    const char *culprit; /* its latency and processors rise; who calls it waits */
    int64_t onset_ms;
    bool names_fail, names_broken, no_names, ranges_fail, ranges_broken, alerts_fail;
    bool fires, down, load;
    size_t more_names, more_series;
    bool buckets, mean_too;
    size_t ranges, quantiles;
} world;

static bool calls(const char *service, const char *culprit)
{
    return strcmp(service, "front") == 0 ||
           (strcmp(service, "cart") == 0 && strcmp(culprit, "store") == 0);
}

static double noise(const char *service, const char *metric, int64_t t)
{
    uint64_t h = (uint64_t)t * UINT64_C(0x9e3779b97f4a7c15);

    for (const char *c = service; *c; c++)
        h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    for (const char *c = metric; *c; c++)
        h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    h ^= h >> 29;
    return (double)(h % 1000) / 1000 - 0.5;
}

static double level(const char *metric)
{
    if (strstr(metric, "latency"))
        return 0.08;
    if (strstr(metric, "errors"))
        return 0.4;
    return strstr(metric, "cpu") ? 0.3 : 50;
}

static double value(const char *service, const char *metric, int64_t t_ms)
{
    double v = level(metric) * (1 + 0.06 * noise(service, metric, t_ms / MINUTE_MS));

    if (t_ms < world.onset_ms || !world.culprit)
        return v;
    if (world.load)
        return strstr(metric, "requests") || strstr(metric, "cpu") ? v * 3 : v;
    if (strcmp(service, world.culprit) == 0 && !strstr(metric, "requests"))
        return v * 6;
    return calls(service, world.culprit) && strstr(metric, "latency") ? v * 3 : v;
}

/* ---- the tools ---- */

static void labels_start(struct tool_call *c)
{
    struct buf body = BUF_INIT((size_t)1 << 20);

    if (world.names_fail) {
        tool_refuse(c, TOOL_ERROR, ERR_REMOTE, "HTTP 503: overloaded");
        return;
    }
    buf_adds(&body, world.names_broken ? "{\"status\":"
                                       : "{\"status\":\"success\",\"data\":[\"build_info\"");
    for (size_t i = 0; i < world.more_names; i++)
        buf_addf(&body, ",\"app_cpu_%zu_usage\"", i);
    if (world.buckets)
        buf_adds(&body, ",\"rpc_duration_seconds_bucket\"");
    if (world.mean_too)
        buf_adds(&body, ",\"rpc_duration_seconds_count\",\"rpc_duration_seconds_sum\"");
    if (world.no_names)
        buf_adds(&body, "]}");
    else if (!world.names_broken)
        buf_adds(&body, ",\"app_latency_seconds\",\"app_errors\",\"app_cpu_usage\","
                        "\"app_requests\"]}");
    tool_answer_buf(c, &body);
}

static void query_start(struct tool_call *c)
{
    const char *query = value_cstr_or(tool_call_args(c), "query", "");
    struct buf body = BUF_INIT((size_t)1 << 20);

    buf_adds(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[");
    if (strncmp(query, "count by", 8) == 0)
        buf_addf(&body,
                 "{\"metric\":{\"__name__\":\"app_latency_seconds\"},\"value\":[1,\"4\"]},"
                 "{\"metric\":{\"__name__\":\"app_cpu_usage\"},\"value\":[1,\"%zu\"]}",
                 4 + world.more_series);
    else
        buf_adds(&body, "{\"metric\":{},\"value\":[1,\"60\"]}");
    buf_adds(&body, "]}}");
    tool_answer_buf(c, &body);
}

static void add_series(struct buf *body, const char *service, const char *metric, int64_t from,
                       int64_t until, int64_t step)
{
    buf_addf(body, "{\"metric\":{\"__name__\":\"%s\",\"service\":\"%s\"},\"values\":[", metric,
             service);
    for (int64_t t = from; t <= until; t += step)
        buf_addf(body, "%s[%.3f,\"%.6g\"]", t == from ? "" : ",", (double)t / 1000,
                 value(service, metric, t));
    buf_adds(body, "]}");
}

static const char *metric_in(const char *query)
{
    static const char *const names[] = {"app_latency_seconds", "app_errors", "app_cpu_usage",
                                        "app_requests", NULL};

    for (const char *const *n = names; *n; n++) {
        if (strstr(query, *n))
            return *n;
    }
    return "app_cpu_usage";
}

static void range_start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const char *metric = metric_in(value_cstr_or(args, "query", ""));
    struct buf body = BUF_INIT((size_t)16 << 20);
    int64_t from = 0, until = 0, step = MINUTE_MS;

    world.ranges++;
    world.quantiles += strstr(value_cstr_or(args, "query", ""),
                              "histogram_quantile(0.99, sum without (code, ") != NULL;
    if (world.ranges_fail) {
        tool_refuse(c, TOOL_ERROR, ERR_REMOTE, "HTTP 503: overloaded");
        return;
    }
    time_parse(str_from(value_cstr_or(args, "start", "")), &from);
    time_parse(str_from(value_cstr_or(args, "end", "")), &until);
    duration_parse(str_from(value_cstr_or(args, "step", "")), &step);
    buf_adds(&body, world.ranges_broken
                        ? "no JSON"
                        : "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","
                          "\"result\":[");
    for (size_t i = 0; services[i] && !world.ranges_broken; i++) {
        if (i)
            buf_addc(&body, ',');
        add_series(&body, services[i], metric, from, until, step);
    }
    if (!world.ranges_broken)
        buf_adds(&body, "]}}");
    tool_answer_buf(c, &body);
}

static void alerts_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(10000);

    if (world.alerts_fail) {
        tool_refuse(c, TOOL_ERROR, ERR_REMOTE, "HTTP 503: overloaded");
        return;
    }
    buf_adds(&body, "{\"status\":\"success\",\"data\":{\"alerts\":[");
    if (world.fires)
        buf_adds(&body,
                 "{\"labels\":{\"alertname\":\"Watchdog\",\"severity\":\"none\"},\"annotations\":"
                 "{},\"state\":\"firing\",\"activeAt\":\"2026-02-01T00:00:00Z\",\"value\":\"1\"},"
                 "{\"labels\":{\"alertname\":\"Slow\",\"severity\":\"critical\",\"service\":"
                 "\"front\"},\"annotations\":{},\"state\":\"firing\",\"activeAt\":"
                 "\"2026-02-04T14:00:00Z\",\"value\":\"1\"},"
                 "{\"labels\":{\"alertname\":\"Note\",\"severity\":\"info\",\"service\":\"pay\"},"
                 "\"annotations\":{},\"state\":\"firing\",\"activeAt\":\"2026-02-04T14:01:00Z\","
                 "\"value\":\"1\"}");
    buf_adds(&body, "]}}");
    tool_answer_buf(c, &body);
}

static void targets_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(10000);

    buf_addf(&body,
             "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{\"job\":\"store\","
             "\"instance\":\"a:9100\"},\"discoveredLabels\":{},\"scrapePool\":\"store\","
             "\"scrapeUrl\":\"http://a:9100/metrics\",\"health\":\"%s\",\"lastError\":\"%s\","
             "\"lastScrape\":\"2026-02-04T14:00:00Z\",\"lastScrapeDuration\":0.1}],"
             "\"droppedTargets\":[]}}",
             world.down ? "down" : "up", world.down ? "connection refused" : "");
    tool_answer_buf(c, &body);
}

static void cite(const struct value *args, struct buf *out)
{
    buf_adds(out, value_cstr_or(args, "query", ""));
}

#define TEXT(name_)                                                                                \
    {                                                                                              \
        .name = name_, .type = PARAM_STRING, .help = "A text."                                     \
    }
static const struct tool_param labels_params[] = {
    TEXT("label"), TEXT("match"), TEXT("start"), TEXT("end"), {.name = NULL}};
static const struct tool_param query_params[] = {TEXT("query"), TEXT("time"), {.name = NULL}};
static const struct tool_param range_params[] = {
    TEXT("query"), TEXT("start"), TEXT("end"), TEXT("step"), {.name = NULL}};
static const struct tool_param none[] = {{.name = NULL}};
#define TOOL(id, fn, p)                                                                            \
    static const struct tool_def id = {.name = #id,                                                \
                                       .help = "Answers.",                                         \
                                       .params = p,                                                \
                                       .timeout_ms = 20000,                                        \
                                       .query = cite,                                              \
                                       .start = fn}
TOOL(prometheus_labels, labels_start, labels_params);
TOOL(prometheus_query, query_start, query_params);
TOOL(prometheus_range, range_start, range_params);
TOOL(prometheus_alerts, alerts_start, none);
TOOL(prometheus_targets, targets_start, none);
static const struct tool_def *const table[] = {&prometheus_labels,  &prometheus_query,
                                               &prometheus_range,   &prometheus_alerts,
                                               &prometheus_targets, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

/* ---- a run ---- */

static int setup(void **state)
{
    memset(&world, 0, sizeof(world));
    world.onset_ms = ALERT_MS - 3 * MINUTE_MS;
    *state = engine_run_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

static void open_session(struct engine_run *f, const char *service, bool with_graph, int64_t now_ms)
{
    static const char *const targets[] = {"prometheus:http://p", NULL};
    struct ev_incident_loaded incident = {.title = "front is slow",
                                          .service = service,
                                          .metric = "app_latency_seconds",
                                          .started_at_ms = ALERT_MS};
    struct session_spec spec = {.title = "slow",
                                .query = "why",
                                .targets = targets,
                                .now_ms = now_ms,
                                .incident = service ? &incident : NULL};
    struct err err = ERR_INIT;

    if (with_graph)
        assert_ok(topology_parse(str_from(graph), f->arena, &spec.topology, &err), &err);
    spec.topology_source = with_graph ? "graph.json" : NULL;
    engine_run_open(f, &spec);
}

static void investigate(struct engine_run *f, const char *service, bool with_graph)
{
    open_session(f, service, with_graph, ALERT_MS + 10 * MINUTE_MS);
    engine_run_submit(f, INTENT_ASK, NULL, "why");
    engine_run_wait(f);
}

static const char *first(const struct engine_run *f)
{
    return f->m->candidates.count ? f->m->candidates.items[0].service : "";
}

/* ---- what is found ---- */

static void test_names_the_origin(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    investigate(f, "front", true);
    assert_string_equal(first(f), "store");
    assert_int_equal(f->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_true(f->m->conclusion.confidence >= 0.7);
    assert_true(f->m->evidence.count >= 3);
    VEC_EACH (e, &f->m->evidence)
        assert_true(*e->query != '\0'); /* each is read from a query */
}

/* The largest of what moved, where nobody says who calls whom; a doubt is told as one. */
static void test_without_a_graph(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "pay";
    investigate(f, "front", false);
    assert_string_equal(first(f), "pay");
}

static void test_leaves_the_healthy_alone(void **state)
{
    struct engine_run *f = *state;

    investigate(f, "front", true);
    assert_int_equal(f->m->candidates.count, 0);
    assert_int_equal(f->m->conclusion.verdict, VERDICT_NO_ACTION);
    VEC_EACH (h, &f->m->hypotheses)
        assert_int_equal(h->status, HYP_PRUNED);
}

/* Requests of all services rose, and their processors with them: nobody is at fault. */
static void test_load_is_no_fault_of_one(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "front";
    world.load = true;
    investigate(f, "front", true);
    VEC_EACH (h, &f->m->hypotheses) {
        if (h->status == HYP_CONFIRMED)
            assert_string_not_equal(h->service, "store");
    }
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_FAILED);
}

/* Without an incident the gravest alert that fires is one; notes and watchdogs are none. */
static void test_firing_alert_stands_in(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.fires = true;
    investigate(f, NULL, true);
    assert_string_equal(first(f), "store");
}

static void test_target_that_is_down(void **state)
{
    struct engine_run *f = *state;

    world.down = true;
    open_session(f, NULL, false, 0); /* now: only then a target that is down explains anything */
    engine_run_submit(f, INTENT_ASK, NULL, "why");
    engine_run_wait(f);
    assert_string_equal(first(f), "store");
    assert_non_null(model_resource(f->m, "target:store/a:9100"));
    assert_non_null(strstr(f->m->candidates.items[0].statement, "connection refused"));
}

/* ---- what the server does not say ---- */

static size_t gaps(const struct engine_run *f, const char *words)
{
    size_t n = 0;

    VEC_EACH (g, &f->m->gaps)
        n += strstr(g->what, words) != NULL;
    return n;
}

static void test_names_cannot_be_had(void **state)
{
    struct engine_run *f = *state;

    world.names_fail = world.alerts_fail = true;
    investigate(f, NULL, false);
    assert_int_equal(gaps(f, "metric names"), 1);
    assert_int_equal(gaps(f, "firing alerts"), 1);
    assert_int_equal(world.ranges, 0);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_NO_ACTION);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

static void test_names_are_broken(void **state)
{
    struct engine_run *f = *state;

    world.names_broken = true;
    investigate(f, "front", false);
    assert_int_equal(gaps(f, "metric names"), 1);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_NO_ACTION);
}

/* A server that holds no metric of ours says nothing about their health. */
static void test_no_names(void **state)
{
    struct engine_run *f = *state;

    world.no_names = true;
    investigate(f, "front", false);
    assert_int_equal(gaps(f, "metrics of the services"), 1);
    assert_int_equal(gaps(f, "requests of the services"), 1);
    assert_int_equal(gaps(f, "resource use of the services"), 1);
    VEC_EACH (h, &f->m->hypotheses) /* what nobody saw is not ruled out */
        assert_false(hyp_is_ruled_out(f->m, h));
    assert_int_equal(world.ranges, 0);
    assert_int_equal(f->m->conclusion.verdict, VERDICT_INCONCLUSIVE);
}

static void test_ranges_cannot_be_had(void **state)
{
    struct engine_run *f = *state;

    world.ranges_fail = true;
    investigate(f, "front", true);
    assert_true(gaps(f, "app_latency_seconds") >= 1);
    assert_int_equal(f->m->candidates.count, 0);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_NO_ACTION);
}

static void test_ranges_are_broken(void **state)
{
    struct engine_run *f = *state;

    world.ranges_broken = true;
    investigate(f, "front", true);
    assert_true(gaps(f, "app_latency_seconds") >= 1);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

/* More metrics than are looked at: those that say most come first, the rest is a gap. */
static void test_more_than_the_budget(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.more_names = 300;
    investigate(f, "front", false);
    assert_int_equal(gaps(f, "further metrics"), 1);
    assert_true(world.ranges <= 200);
}

/* One metric of more series than all may have is not fetched. */
static void test_a_huge_metric(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.more_series = 50000;
    investigate(f, "front", true);
    assert_string_equal(first(f), "store");
    assert_int_equal(gaps(f, "further metrics"), 1);
}

/* What is too much to hold at once is asked one after the other, and all of it is. */
static void test_answers_that_are_large(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.more_series = 5000;
    investigate(f, "front", true);
    assert_string_equal(first(f), "store");
    assert_int_equal(world.ranges, 4);
    assert_int_equal(gaps(f, "further metrics"), 0);
}

/* The tail of a histogram is asked when its buckets are all that there is. */
static void test_buckets_without_a_mean(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.buckets = true;
    investigate(f, "front", true);
    assert_int_equal(world.quantiles, 1);
    assert_string_equal(first(f), "store");
}

static void test_buckets_beside_a_mean(void **state)
{
    struct engine_run *f = *state;

    world.culprit = "store";
    world.buckets = world.mean_too = true;
    investigate(f, "front", true);
    assert_int_equal(world.quantiles, 0);
    assert_true(world.ranges > 5);
}

static bool ranges_asked(const struct model *m)
{
    (void)m;
    return world.ranges > 0;
}

/* Answers that come after the end are dropped, also those that a thread works on. */
static void test_canceled(void **state)
{
    struct engine_run *f = *state;
    world.culprit = "store";
    open_session(f, "front", true, ALERT_MS + 10 * MINUTE_MS);
    engine_run_submit(f, INTENT_ASK, NULL, "why");
    engine_run_until(f, ranges_asked);
    engine_run_submit(f, INTENT_CANCEL, NULL, "");
    engine_run_wait(f);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_names_the_origin),
        T(test_without_a_graph),
        T(test_leaves_the_healthy_alone),
        T(test_load_is_no_fault_of_one),
        T(test_firing_alert_stands_in),
        T(test_target_that_is_down),
        T(test_names_cannot_be_had),
        T(test_names_are_broken),
        T(test_no_names),
        T(test_ranges_cannot_be_had),
        T(test_ranges_are_broken),
        T(test_more_than_the_budget),
        T(test_a_huge_metric),
        T(test_answers_that_are_large),
        T(test_buckets_without_a_mean),
        T(test_buckets_beside_a_mean),
        T(test_canceled),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}

/* test_primitives.c - each diagnostic primitive over what real machines said while real faults
 * stood (tests/data/host), and over answers of Prometheus: the fact that it is for is there, and on
 * a healthy machine nothing is abnormal. C-27, C-28, C-29. */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/service/promql.h"
#include "src/engine/host/patterns.h"
#include "src/engine/plan/plan_priv.h"
#include "src/tool/host_common.h"

typedef enum err_code render_fn(struct host_answer *a, struct err *err);

static int64_t recorded_ms(const struct buf *bundle)
{
    struct host_bundle b;
    struct err err = ERR_INIT;
    const struct host_section *end;
    int64_t s = 0;

    assert_ok(host_bundle_read(&b, buf_str(bundle), &err), &err);
    end = host_bundle_find(&b, "clock/end", 1);
    if (end)
        num_i64(str_trim(end->data), &s);
    host_bundle_release(&b);
    return s * 1000;
}

/* What a host tool answers about a recording; false: it has no such part. */
static bool recorded(const char *name, const char *suffix, render_fn *render, struct buf *out)
{
    const char *dir = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/data/host/%s.%s", dir ? dir : ".", name, suffix);
    struct arena *a = arena_new(0);
    struct buf bundle = BUF_INIT(1 << 22);
    char summary[256];
    struct json_writer w;
    struct host_answer answer = {.host = "web-3", .arena = a, .out = &w, .summary = summary};
    struct err err = ERR_INIT;
    bool there = !file_read(path, &bundle, &err);

    if (there) {
        answer.bundle = buf_str(&bundle);
        answer.now_ms = recorded_ms(&bundle);
        json_writer_init(&w, out);
        assert_ok(render(&answer, &err), &err);
    }
    buf_release(&bundle);
    arena_free(a);
    free(path);
    return there;
}

struct run {
    struct arena *arena;
    struct primitive_query q[PRIMITIVE_QUERIES_MAX];
    size_t count;
};

static struct primitive_query *add(struct run *r, const char *tool, unsigned doc)
{
    struct primitive_query *q = &r->q[r->count++];

    *q = (struct primitive_query){.tool = tool, .doc = doc, .args = "{}", .ended = true};
    buf_init(&q->answer, 1 << 22);
    return q;
}

static void add_machine(struct run *r, const struct primitive *p, const char *name)
{
    static const struct {
        unsigned doc;
        const char *tool, *suffix;
        render_fn *render;
    } docs[] = {{DOC_SNAPSHOT, "host_snapshot", "bundle", host_snapshot_render},
                {DOC_LOGS, "host_log", "logs", host_log_render},
                {DOC_SERVICES, "host_services", "services", host_services_render}};

    for (size_t i = 0; i < 3; i++) {
        struct primitive_query *q;

        if (!(p->docs & docs[i].doc))
            continue;
        q = add(r, docs[i].tool, docs[i].doc);
        if (!recorded(name, docs[i].suffix, docs[i].render, &q->answer))
            q->status = TOOL_EMPTY;
    }
}

/* The result, parsed. */
static const struct value *finish(struct run *r, const struct primitive *p)
{
    struct buf out = BUF_INIT(1 << 22);
    struct json_writer w;
    struct fact_count n;
    const struct value *args, *v;
    char summary[256];
    struct err err = ERR_INIT;

    assert_ok(json_parse(r->arena, STR_LIT("{\"host\":\"web-3\"}"), &args, &err), &err);
    json_writer_init(&w, &out);
    primitive_result(p, args, r->q, r->count, r->arena, &w, &n, summary, sizeof(summary));
    assert_ok(json_parse(r->arena, buf_str(&out), &v, &err), &err);
    assert_int_equal(n.facts, value_count(value_get(v, "facts")));
    for (size_t i = 0; i < r->count; i++)
        buf_release(&r->q[i].answer);
    buf_release(&out);
    return v;
}

static const struct value *fact_of(const struct value *result, const char *name)
{
    const struct value *normal = NULL;

    VALUE_EACH (f, value_get(result, "facts")) {
        if (strcmp(value_cstr_or(f, "fact", ""), name) != 0)
            continue;
        if (strcmp(value_cstr_or(f, "state", ""), "normal") != 0)
            return f;
        normal = f;
    }
    return normal;
}

/* The fault that each primitive is to find. */
static const struct {
    const char *primitive, *recording, *fact, *culprit;
} faults[] = {
    {"analyze_utilization", "cpu-hog", "cpu_saturated", "(hog)"},
    {"compare_baseline", "log-new", "log_errors", "(ingest)"},
    {"trace_dependencies", "log-refused", "log_dependency", "port:52735"},
    {"check_scaling_behavior", "cpu-throttled", "cpu_throttled", "cgroup:/hostlab-"},
    {"check_processor", "cpu-hog", "cpu_saturated", "(hog)"},
    {"check_memory", "memory-all", "memory_host", "(hoarder)"},
    {"check_disk_space", "disk-full", "disk_full", "hostlab-"},
    {"check_disk_speed", "disk-saturated", "disk_io", "("},
    {"check_storage_health", "disk-read-only", "mount_readonly", "hostlab-"},
    {"check_network", "lossy-link", "retransmits", "peer:10.99.0.2:5000"},
    {"check_name_resolution", "dns-slow", "dns", "resolver:127.0.0.79"},
    {"check_connections", "accept-backlog", "accept_backlog", "port:"},
    {"check_endpoints", "answers-500", "error_answer", "(shop-api)"},
    {"check_certificates", "certificate-ended", "certificate", "(openssl)"},
    {"check_units", "unit-failed", "failed_unit", "unit:hostlab-77-2.service"},
    {"check_processes", "deadlock", "deadlock", "(service)"},
    {"check_scheduled_jobs", "job-overlap", "duplicate_runs", "(sh)"},
    {"check_limits", "fds-used-up", "file_handles", "(opener)"},
    {"check_kernel", "kernel-lockup", "kernel_lockup", "host:"},
    {"check_clock", "clock-set", "clock_jump", "host:"},
    {"check_logs", "log-config", "log_config", "(search)"},
    {"check_permissions", "log-denied", "log_permission", "(mailer)"},
    {"check_configuration", "log-config", "log_config", "(search)"},
    {"check_availability", "restarts", "reboot_loop", "host:"},
    {"measure_traffic", "syn-flood", "syn_flood", "port:"},
    {"measure_latency", "answers-slowly", "slow_answer", "(shop-front)"},
    {"measure_errors", "answers-500", "error_answer", "(shop-api)"},
    {"check_containers", "group-full", "memory_group", "cgroup:/hostlab-"},
};
/* Those that read no machine's state: their tests are below. */
static const char *const others[] = {"check_recent_changes",
                                     "find_large_files",
                                     "check_alerts",
                                     "inspect_cost",
                                     "inspect_access_rules",
                                     "list_provider_changes",
                                     NULL};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        const struct primitive *p = primitive_find(faults[i].primitive);
        struct run r = {.arena = arena_new(0)};
        const struct value *v, *f;

        assert_non_null(p);
        add_machine(&r, p, faults[i].recording);
        v = finish(&r, p);
        f = fact_of(v, faults[i].fact);
        if (!f || strcmp(value_cstr_or(f, "state", ""), "normal") == 0 ||
            !strstr(value_cstr_or(f, "culprit", ""), faults[i].culprit))
            fail_msg("%s on %s: %s, %s, culprit %s", faults[i].primitive, faults[i].recording,
                     faults[i].fact, f ? value_cstr_or(f, "text", "") : "no such fact",
                     f ? value_cstr_or(f, "culprit", "") : "");
        assert_string_equal(value_cstr_or(value_get(v, "culprit"), "host", "web-3"), "web-3");
        arena_free(r.arena);
    }
}

/* Machines that only work hard. */
static void test_healthy(void **state)
{
    static const char *const machines[] = {"idle", "busy-server", "web-404", "idle-connections"};
    const struct primitive *p;

    (void)state;
    for (size_t m = 0; m < sizeof(machines) / sizeof(machines[0]); m++) {
        for (size_t i = 0; (p = primitive_at(i)) != NULL; i++) {
            struct run r = {0};
            const struct value *v;

            if (p->missing)
                continue;
            r.arena = arena_new(0);
            add_machine(&r, p, machines[m]);
            v = finish(&r, p);
            VALUE_EACH (f, value_get(v, "facts")) {
                if (strcmp(value_cstr_or(f, "state", ""), "abnormal") == 0)
                    fail_msg("%s on %s: %s", p->name, machines[m], value_cstr_or(f, "text", ""));
            }
            arena_free(r.arena);
        }
    }
}

/* C-27: the table. Every class has four that work, every primitive a fixture test. */
static void test_table(void **state)
{
    size_t working = 0, classes = 0;
    const struct primitive *p;

    (void)state;
    for (size_t i = 0; (p = primitive_at(i)) != NULL; i++) {
        size_t tested = 0;

        working += !p->missing;
        assert_true(p->help && p->help[strlen(p->help) - 1] == '?');
        for (size_t k = 0; k < sizeof(faults) / sizeof(faults[0]); k++)
            tested += strcmp(faults[k].primitive, p->name) == 0;
        for (size_t k = 0; others[k]; k++)
            tested += strcmp(others[k], p->name) == 0;
        if (tested != (p->missing ? 0 : 1))
            fail_msg("%s has %zu fixture tests", p->name, tested);
    }
    assert_true(working >= 28);
    for (size_t c = 0; plan_class_names[c]; c++, classes++) {
        size_t n = 0;

        assert_non_null(class_primitives(plan_class_names[c]));
        assert_non_null(class_help(plan_class_names[c]));
        for (const char *const *name = class_primitives(plan_class_names[c]); *name; name++) {
            p = primitive_find(*name);
            assert_non_null(p);
            n += !p->missing && strstr(primitive_sources(p), "host");
        }
        if (n < 4)
            fail_msg("%s has %zu primitives that work on a machine", plan_class_names[c], n);
    }
    assert_int_equal(classes, 12);
}

/* A misspelled pattern or expression would silently see nothing. */
static void test_names_exist(void **state)
{
    const struct primitive *p;

    (void)state;
    for (size_t i = 0; (p = primitive_at(i)) != NULL; i++) {
        struct str rest = str_from(p->patterns), one;

        while (str_split(&rest, ' ', &one)) {
            bool found = false;

            for (const struct host_pattern *const *h = host_pattern_table(); *h; h++) {
                unsigned doc = (*h)->doc == HOST_DOC_LOGS       ? DOC_LOGS
                               : (*h)->doc == HOST_DOC_SERVICES ? DOC_SERVICES
                                                                : DOC_SNAPSHOT;

                if (!str_eq_c(one, (*h)->id))
                    continue;
                found = true;
                if (!(p->docs & doc))
                    fail_msg("%s does not ask what %s reads", p->name, (*h)->id);
            }
            if (!found)
                fail_msg("%s: there is no pattern %.*s", p->name, STR_FMT(one));
        }
        for (const struct primitive_expr *x = p->exprs; x->name; x++)
            assert_non_null(promql_expr_find(x->name));
        if (p->tool)
            assert_non_null(tool_find(p->tool));
    }
}

/* ---- Prometheus ---- */

/* 40 points a minute apart: the first 32 are `before`, the rest is `now`. */
static void put_series(struct buf *out, const char *job, double before, double now)
{
    buf_addf(out, "{\"metric\":{\"job\":\"%s\"},\"values\":[", job);
    for (int i = 0; i < 40; i++)
        buf_addf(out, "%s[%d,\"%g\"]", i ? "," : "", 1700000000 + i * 60,
                 (i < 32 ? before : now) * (i % 2 ? 1.01 : 0.99));
    buf_adds(out, "]}");
}

static const struct value *ask_series(struct run *r, const char *primitive, const char *expr,
                                      double before, double now)
{
    const struct primitive *p = primitive_find(primitive);
    struct primitive_query *q = add(r, "prometheus_expr", 0);

    for (const struct primitive_expr *x = p->exprs; x->name; x++) {
        if (strcmp(x->name, expr) == 0)
            q->expr = x;
    }
    assert_non_null(q->expr);
    buf_adds(&q->answer,
             "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    put_series(&q->answer, "steady", before, before);
    buf_addc(&q->answer, ',');
    put_series(&q->answer, "checkout", before, now);
    buf_adds(&q->answer, "]}}");
    return finish(r, p);
}

static void test_series(void **state)
{
    static const struct {
        const char *primitive, *expr;
        double before, now;
        const char *state; /* of checkout */
    } table[] = {
        {"compare_baseline", "http_latency_p99", 0.2, 3.9, "abnormal"},
        {"compare_baseline", "http_latency_p99", 0.2, 0.21, "normal"},
        {"measure_errors", "http_errors", 0.001, 0.30, "abnormal"},
        {"measure_errors", "http_errors", 0.001, 0.04, "notable"},
        {"analyze_utilization", "cpu_usage", 0.5, 0.97, "abnormal"},
        {"analyze_utilization", "cpu_usage", 0.5, 0.52, "normal"},
        {"measure_traffic", "http_rate", 100, 900, "abnormal"},
        {"check_scaling_behavior", "container_throttling", 0.01, 0.6, "abnormal"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct run r = {.arena = arena_new(0)};
        const struct value *v =
            ask_series(&r, table[i].primitive, table[i].expr, table[i].before, table[i].now);

        assert_int_equal(value_count(value_get(v, "facts")), 2);
        VALUE_EACH (f, value_get(v, "facts")) {
            bool own = strstr(value_cstr_or(f, "subject", ""), "checkout") != NULL;
            const char *want = own ? table[i].state : "normal";

            if (strcmp(value_cstr_or(f, "state", ""), want) != 0)
                fail_msg("%s: %s is %s", table[i].primitive, value_cstr_or(f, "text", ""),
                         value_cstr_or(f, "state", ""));
        }
        arena_free(r.arena);
    }
}

static const struct value *ask_one(struct run *r, const char *primitive, const char *tool,
                                   unsigned doc, const char *answer)
{
    struct primitive_query *q = add(r, tool, doc);

    buf_adds(&q->answer, answer);
    return finish(r, primitive_find(primitive));
}

static void test_other_sources(void **state)
{
    struct run r = {.arena = arena_new(0)};
    const struct value *v;

    (void)state;
    v = ask_one(
        &r, "check_recent_changes", "host_changes", DOC_CHANGES,
        "{\"host\":\"web-3\",\"now_ms\":1700000000000,\"total\":2,\"changes\":["
        "{\"ts_ms\":1699999400000,\"kind\":\"config\",\"what\":\"/etc/app.conf\",\"detail\":"
        "\"\"},{\"ts_ms\":1699900000000,\"kind\":\"package\",\"what\":\"nginx\",\"detail\":"
        "\"1.2\"}]}");
    assert_string_equal(value_cstr_or(fact_of(v, "change.config"), "state", ""), "notable");
    assert_string_equal(value_cstr_or(fact_of(v, "change.package"), "state", ""), "normal");
    r.count = 0;
    v = ask_one(&r, "check_configuration", "host_changes", DOC_CHANGES,
                "{\"host\":\"web-3\",\"now_ms\":1700000000000,\"total\":1,\"changes\":["
                "{\"ts_ms\":1699999400000,\"kind\":\"package\",\"what\":\"x\",\"detail\":\"\"}]}");
    assert_null(fact_of(v, "change.package")); /* not of its kinds */
    r.count = 0;
    v = ask_one(
        &r, "find_large_files", "host_disk_usage", 0,
        "{\"path\":\"/var\",\"used\":0.97,\"files\":[{\"path\":\"/var/log/app.log\",\"bytes\":"
        "5e9,\"share\":0.6,\"deleted\":false}]}");
    assert_string_equal(value_cstr_or(value_get(v, "culprit"), "file", ""), "/var/log/app.log");
    r.count = 0;
    v = ask_one(&r, "check_alerts", "prometheus_alerts", DOC_ALERTS,
                "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Down\","
                "\"severity\":\"critical\"},\"annotations\":{},\"state\":\"firing\",\"activeAt\":"
                "\"2026-02-04T10:00:00Z\",\"value\":\"1\"}]}}");
    assert_string_equal(value_cstr_or(fact_of(v, "alert"), "state", ""), "abnormal");
    r.count = 0;
    v = ask_one(
        &r, "check_availability", "prometheus_targets", DOC_TARGETS,
        "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{\"job\":\"api\","
        "\"instance\":\"a:1\"},\"scrapePool\":\"api\",\"scrapeUrl\":\"http://a:1\",\"health\":"
        "\"down\",\"lastError\":\"refused\"}],\"droppedTargets\":[]}}");
    assert_string_equal(value_cstr_or(fact_of(v, "target_down"), "state", ""), "abnormal");
    arena_free(r.arena);
}

/* C-29: one source does not answer: the others' facts stand, and it is named. */
/* What AWS says, as its tools answer. */
static const struct value *aws_result(struct run *r, const char *primitive, const char *tool,
                                      unsigned doc, const char *answer)
{
    const struct primitive *p = primitive_find(primitive);

    assert_non_null(p);
    *r = (struct run){.arena = arena_new(0)};
    buf_adds(&add(r, tool, doc)->answer, answer);
    return finish(r, p);
}

static void test_aws(void **state)
{
    const struct value *v, *f;
    struct run r;

    (void)state;
    v = aws_result(&r, "inspect_cost", "aws_cost", DOC_AWS_COST,
                   "{\"cost\":{\"month\":\"2026-11\",\"month_to_date\":123.5,\"days\":[1,2],"
                   "\"services\":[{\"service\":\"Amazon RDS\",\"total\":100}],\"anomalies\":[{"
                   "\"service\":\"Amazon RDS\",\"source\":\"rule\",\"from\":\"2026-11-19\","
                   "\"usd\":400,\"expected_usd\":100,\"z\":60}]},\"idle\":{\"resources\":[{"
                   "\"kind\":\"volume\",\"id\":\"vol-1\",\"why\":\"attached to nothing\","
                   "\"usd_month\":8,\"formula\":\"100 GiB\"}]}}");
    f = fact_of(v, "cost.anomaly");
    assert_non_null(f);
    assert_string_equal(value_cstr_or(f, "state", ""), "abnormal");
    assert_int_equal(value_num_or(f, "before", 0), 100);
    assert_int_equal(value_num_or(fact_of(v, "cost.month"), "value", 0) * 10, 1235);
    assert_string_equal(value_cstr_or(fact_of(v, "cost.idle"), "state", ""), "notable");
    arena_free(r.arena);
    v = aws_result(&r, "list_provider_changes", "aws_changes", DOC_AWS_CHANGES,
                   "{\"until\":\"2026-11-21T01:00:00Z\",\"total\":2,\"changes\":[{\"ts_ms\":"
                   "1795222200000,\"kind\":\"deployment\",\"what\":\"web\",\"detail\":"
                   "\"deployment of web\",\"outcome\":\"failed\",\"actor\":\"alice\"},{"
                   "\"ts_ms\":1795222000000,\"kind\":\"network\",\"what\":\"sg-1\",\"detail\":"
                   "\"x\",\"outcome\":\"ok\"}]}");
    f = fact_of(v, "change.deployment");
    assert_non_null(f);
    assert_string_equal(value_cstr_or(f, "state", ""), "abnormal");
    assert_string_equal(value_cstr_or(f, "text", ""), "10 min ago: deployment of web, by alice");
    assert_string_equal(value_cstr_or(fact_of(v, "change.network"), "state", ""), "normal");
    arena_free(r.arena);
    v = aws_result(&r, "inspect_access_rules", "aws_findings", DOC_AWS_FINDINGS,
                   "{\"findings\":[{\"check\":\"open\",\"severity\":\"high\",\"resource\":"
                   "\"sg-1\",\"title\":\"port 22\",\"evidence\":\"0.0.0.0/0\",\"fix\":\"close\"},"
                   "{\"check\":\"old\",\"severity\":\"medium\",\"resource\":\"key\"},{\"check\":"
                   "\"known\",\"severity\":\"high\",\"suppressed\":\"accepted\"}]}");
    assert_string_equal(value_cstr_or(fact_of(v, "finding.open"), "state", ""), "abnormal");
    assert_string_equal(value_cstr_or(fact_of(v, "finding.open"), "remedy", ""), "close");
    assert_string_equal(value_cstr_or(fact_of(v, "finding.old"), "state", ""), "notable");
    assert_null(fact_of(v, "finding.known"));
    arena_free(r.arena);
}

static void test_missing_source(void **state)
{
    const struct primitive *p = primitive_find("check_logs");
    struct run r = {.arena = arena_new(0)};
    struct buf said = BUF_INIT(65536);
    const struct value *v, *missing;

    (void)state;
    add_machine(&r, p, "log-config");
    for (size_t i = 0; i < r.count; i++) {
        if (r.q[i].doc == DOC_LOGS) {
            r.q[i].status = TOOL_TIMEOUT;
            err_set(&r.q[i].err, ERR_TIMEOUT, "no answer within 30 s");
        }
    }
    v = finish(&r, p);
    missing = value_get(v, "missing");
    assert_int_equal(value_count(missing), 1);
    assert_string_equal(value_cstr_or(value_at(missing, 0), "tool", ""), "host_log");
    assert_false(facts_interpret("availability_loss", &v, 1, &said));
    assert_non_null(strstr(buf_cstr(&said), "host_log for check_logs: no answer within 30 s"));
    buf_release(&said);
    arena_free(r.arena);
}

static void test_interpret(void **state)
{
    const struct primitive *p = primitive_find("check_memory"),
                           *q = primitive_find("analyze_utilization");
    struct run r = {.arena = arena_new(0)};
    struct buf said = BUF_INIT(65536);
    const struct value *v[2];

    (void)state;
    add_machine(&r, p, "memory-all");
    v[0] = finish(&r, p);
    r.count = 0;
    add_machine(&r, q, "memory-all");
    v[1] = finish(&r, q);
    assert_true(facts_interpret("resource_saturation", v, 2, &said));
    assert_non_null(strstr(buf_cstr(&said), "hoarder"));
    assert_non_null(strstr(buf_cstr(&said), "could help"));
    /* one thing that two primitives saw is said once */
    assert_null(
        strstr(strstr(buf_cstr(&said), "(check_memory)") + 1, "(analyze_utilization)\n  - could"));
    assert_true(value_get(value_get(v[0], "culprit"), "pid")->type == VALUE_NUMBER);
    buf_release(&said);
    arena_free(r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),    cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_table),     cmocka_unit_test(test_names_exist),
        cmocka_unit_test(test_series),    cmocka_unit_test(test_other_sources),
        cmocka_unit_test(test_aws),       cmocka_unit_test(test_missing_source),
        cmocka_unit_test(test_interpret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_refresh.c - what is read without an investigation (r), alerts as one entry each, and the
 * logs and changes of a machine as tests that a person asks for. U-05 */
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include "runbook/engine/investigation.h"
#include "src/engine/modules_priv.h"
#include "src/engine/steer_priv.h"

/* ---- the tools ---- */

static size_t snapshots, alerts_asked, logs_asked, changes_asked;
static bool fewer_alerts, deny, broken;
static size_t many_alerts;

static void finish(struct tool_call *c, const char *json)
{
    if (deny)
        tool_refuse(c, TOOL_DENIED, ERR_DENIED, "HTTP 403");
    else
        tool_answer(c, broken ? "{\"status\":" : json);
}

static void snapshot_start(struct tool_call *c)
{
    snapshots++;
    finish(c, "{\"host\":\"web\",\"taken_ms\":1700000000000,\"window_s\":1,\"processes\":[],"
              "\"filesystems\":[{\"mount\":\"/var\",\"known\":true,\"read_only\":false,"
              "\"total\":1e11,\"free\":1e10,\"available\":1e10,\"used\":0.9,"
              "\"inodes_used\":0.1}]}");
}

#define ALERT(name, severity, service)                                                             \
    "{\"labels\":{\"alertname\":\"" name "\",\"severity\":\"" severity "\",\"service\":\"" service \
    "\"},\"annotations\":{\"summary\":\"it is so\"},\"state\":\"firing\","                         \
    "\"activeAt\":\"2026-02-04T14:00:00Z\",\"value\":\"1\"}"

static void alerts_start(struct tool_call *c)
{
    alerts_asked++;
    finish(c, fewer_alerts
                  ? "{\"status\":\"success\",\"data\":{\"alerts\":[" ALERT("Slow", "critical",
                                                                           "cart") "]}}"
                  : "{\"status\":\"success\",\"data\":{\"alerts\":[" ALERT(
                        "Slow", "critical", "cart") "," ALERT("Full", "warning", "db") "]}}");
}

#define AM_ALERT(name, state)                                                                      \
    "{\"labels\":{\"alertname\":\"" name "\",\"service\":\"cart\"},\"annotations\":{\"summary\":"  \
    "\"so\"},\"startsAt\":\"2026-02-04T14:00:00Z\",\"endsAt\":\"2026-02-04T15:00:00Z\","           \
    "\"fingerprint\":\"1\",\"receivers\":[],\"updatedAt\":\"2026-02-04T14:00:00Z\","               \
    "\"status\":{\"state\":\"" state "\",\"silencedBy\":[],\"inhibitedBy\":[]}}"

static void am_start(struct tool_call *c)
{
    struct buf all = BUF_INIT((size_t)1 << 20);

    buf_adds(&all, "[" AM_ALERT("Late", "active") "," AM_ALERT("Quiet", "suppressed"));
    for (size_t i = 0; i < many_alerts; i++)
        buf_addf(&all,
                 ",{\"labels\":{\"alertname\":\"A%zu\"},\"annotations\":{},\"startsAt\":"
                 "\"2026-02-04T14:00:00Z\",\"status\":{\"state\":\"active\"}}",
                 i);
    buf_adds(&all, "]");
    finish(c, buf_cstr(&all));
    buf_release(&all);
}

static void targets_start(struct tool_call *c)
{
    finish(c,
           "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{\"job\":\"node\","
           "\"instance\":\"a:9100\"},\"discoveredLabels\":{},\"scrapePool\":\"node\","
           "\"scrapeUrl\":\"http://a:9100/metrics\",\"health\":\"down\",\"lastError\":\"refused\","
           "\"lastScrape\":\"2026-02-04T14:00:00Z\",\"lastScrapeDuration\":0.1}],"
           "\"droppedTargets\":[]}}");
}

static void log_start(struct tool_call *c)
{
    logs_asked++;
    finish(c, "{\"host\":\"web\",\"lines\":900,\"families\":[{\"family\":\"timeout\","
              "\"hypothesis\":\"something it waits for does not answer\",\"count\":90,"
              "\"source\":\"/var/log/app.log\",\"spread\":[2,10,78],\"first_ms\":1700000000000,"
              "\"samples\":[\"ledger-7 gave up after 5 s\"]}]}");
}

static void changes_start(struct tool_call *c)
{
    changes_asked++;
    finish(c, "{\"host\":\"web\",\"total\":1,\"changes\":[{\"ts_ms\":1600000000000,"
              "\"kind\":\"package\",\"what\":\"nginx\",\"detail\":\"1.2 to 1.3\"}]}");
}

#define FINDING(id, severity, evidence)                                                            \
    "{\"id\":\"" id "\",\"check\":\"s3-public-acl\",\"service\":\"s3\",\"severity\":\"" severity   \
    "\",\"source\":\"runbook\",\"resource\":\"arn:aws:s3:::" id                                    \
    "\",\"title\":\"t\",\"evidence\":\"" evidence "\",\"suppressed\":null}"

static const char *findings, *cells;
static size_t findings_total, findings_failed;

static void findings_start(struct tool_call *c)
{
    struct buf all = BUF_INIT((size_t)1 << 20);

    buf_addf(&all,
             "{\"schema\":\"runbook.security/1\",\"checks\":77,\"judged\":9,\"unjudged\":1,"
             "\"failed\":%zu,\"total\":%zu,\"findings\":[%s],\"cells\":[%s]}",
             findings_failed, findings_total, findings, cells);
    finish(c, buf_cstr(&all));
    buf_release(&all);
}

static const char *aws_answer; /* NULL: the module asks for no changes */

static void aws_start(struct tool_call *c)
{
    finish(c, aws_answer);
}

static const struct tool_param host_params[] = {
    {.name = "host", .type = PARAM_STRING, .required = true, .help = "The host."},
    {.name = "since", .type = PARAM_DURATION, .fallback = "1h", .help = "How far back."},
    {.name = "window_ms",
     .type = PARAM_INT,
     .fallback = "1000",
     .min = 50,
     .max = 60000,
     .help = "How long."},
    {.name = NULL},
};
static const struct tool_param none[] = {{.name = NULL}};
#define TOOL(id, fn, p)                                                                            \
    static const struct tool_def id = {                                                            \
        .name = #id, .help = "Answers.", .params = p, .timeout_ms = 20000, .start = fn}
TOOL(host_snapshot, snapshot_start, host_params);
TOOL(host_log, log_start, host_params);
static const struct tool_param max_params[] = {
    {.name = "max", .type = PARAM_INT, .fallback = "500", .help = "How many."}, {.name = NULL}};
TOOL(aws_findings, findings_start, max_params);
TOOL(host_changes, changes_start, host_params);
TOOL(prometheus_alerts, alerts_start, none);
TOOL(alertmanager_alerts, am_start, none);
TOOL(prometheus_targets, targets_start, none);
TOOL(aws_changes, aws_start, none);
static const struct tool_def *const table[] = {
    &host_snapshot,     &host_log,           &host_changes,
    &prometheus_alerts, &prometheus_targets, &alertmanager_alerts,
    &aws_findings,      &aws_changes,        NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

/* ---- the module: looks at nothing by itself ---- */

static const struct inv_module module;

static bool always(const struct investigation *inv)
{
    (void)inv;
    return true;
}

static void on_changes(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    (void)ctx;
    (void)query;
    (void)result;
    inv_module_done(inv, &module);
}

static void start_nothing(struct investigation *inv, void **ret_state)
{
    struct inv_query q = {"aws_changes", STR_LIT("{}"), "", "changes in AWS"};

    *ret_state = NULL;
    if (!aws_answer || !inv_query(inv, &q, on_changes, NULL))
        inv_module_done(inv, &module);
}

static const struct inv_module module = {
    .name = "test", .applies = always, .start = start_nothing, .test = steer_test_host};
static const struct inv_module *const modules[] = {&module, &inv_module_alerts, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

static int setup(void **state)
{
    static const char *const targets[] = {"host:web", "prometheus:http://p", NULL};
    struct session_spec spec = {.targets = targets};
    struct engine_run *f = engine_run_new(NULL);

    snapshots = alerts_asked = logs_asked = changes_asked = 0;
    fewer_alerts = deny = broken = false;
    many_alerts = 0;
    aws_answer = NULL;
    engine_open_on_ask(f->engine, &spec);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

static void submit(struct engine_run *f, enum intent_type type, const char *hyp, const char *text)
{
    engine_run_submit(f, type, hyp, text);
    engine_run_wait(f);
}

/* ---- r ---- */

/* Before anything is asked and after a conclusion: read, recorded as queries, no turn, no verdict.
 */
static void test_refresh(void **state)
{
    struct engine_run *f = *state;

    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(f->m->turn, 0);
    assert_int_equal(f->m->conclusion.verdict, VERDICT_NONE);
    assert_int_equal(f->m->errors, 0);
    assert_int_equal(snapshots, 1);
    assert_int_equal(f->m->tools.count, 3);
    assert_non_null(model_resource(f->m, "host:web/fs:/var"));
    assert_non_null(model_resource(f->m, "target:node/a:9100"));
    assert_int_equal(f->m->alerts.count, 2);
    submit(f, INTENT_ASK, NULL, "why");
    assert_int_equal(f->m->turn, 1);
    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(snapshots, 2);
    assert_int_equal(f->m->turn, 1);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_NONE); /* it stays */
    assert_int_equal(f->m->alerts.count, 2);
}

static void test_refresh_fails(void **state)
{
    struct engine_run *f = *state;

    deny = true;
    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(f->m->errors, 3);
    assert_int_equal(f->m->tools.items[0].status, TOOL_DENIED);
    assert_int_equal(f->m->alerts.count, 0);
}

/* ---- what is not safe ---- */

/* Where AWS is not configured, that is said and nothing is asked. */
static void test_security_none(void **state)
{
    struct engine_run *f = *state;

    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->security.state, SECURITY_NOT_CONFIGURED);
    assert_int_equal(f->m->tools.count, 0);
    assert_int_equal(snapshots, 0);
}

/* Findings are entries; what a whole look does not list any more is gone, what was not read stays.
 */
static void test_security(void **state)
{
    struct engine_run *f = *state;
    uint64_t changes;

    f->env.aws = (struct aws_estate *)&f->env; /* it is only asked whether there is one */
    findings = FINDING("a", "critical", "x") "," FINDING("b", "low", "y");
    cells = "{\"service\":\"securityhub\",\"operation\":\"GetFindings\",\"region\":\"eu-west-1\","
            "\"end\":\"not-enabled\"}";
    findings_total = 2, findings_failed = 0;
    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->turn, 0);
    assert_int_equal(f->m->security.state, SECURITY_READ);
    assert_string_equal(f->m->security.off, "Security Hub in eu-west-1");
    assert_int_equal(f->m->security.checks, 77);
    assert_int_equal(f->m->findings.count, 2);
    assert_int_equal(model_finding(f->m, "a")->severity, FINDING_CRITICAL);
    assert_int_equal(snapshots, 0); /* nothing else is read */

    findings = FINDING("a", "critical", "x");
    cells = "{\"service\":\"s3\",\"operation\":\"GetBucketAcl\",\"region\":\"global\",\"end\":"
            "\"denied\"}";
    findings_total = findings_failed = 1;
    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->security.state, SECURITY_PARTLY_READ);
    assert_string_equal(f->m->security.text, "s3 GetBucketAcl denied in global");
    assert_false(model_finding(f->m, "b")->gone);

    cells = "";
    findings_failed = 0, findings_total = 3; /* two more than are listed */
    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->security.left_out, 2);
    assert_false(model_finding(f->m, "b")->gone);

    findings_total = 1;
    submit(f, INTENT_SECURITY, NULL, "");
    assert_true(model_finding(f->m, "b")->gone);
    assert_false(model_finding(f->m, "a")->gone);
    changes = f->m->security.changes;
    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->security.changes, changes + 2); /* that it began and ended */

    deny = true;
    submit(f, INTENT_SECURITY, NULL, "");
    assert_int_equal(f->m->security.state, SECURITY_UNREAD);
    assert_non_null(strstr(f->m->security.text, "403"));
    assert_int_equal(f->m->findings.count, 2);
    f->env.aws = NULL;
}

/* ---- alerts ---- */

/* One entry an alert, with what is known of it; one that is no longer said has resolved. */
static void test_alerts(void **state)
{
    struct engine_run *f = *state;
    const struct alert *slow, *full;

    submit(f, INTENT_REFRESH, NULL, "");
    slow = &f->m->alerts.items[0];
    full = &f->m->alerts.items[1];
    assert_string_equal(slow->name, "Slow");
    assert_string_equal(slow->severity, "critical");
    assert_string_equal(slow->service, "cart");
    assert_string_equal(slow->summary, "it is so");
    assert_int_equal(slow->started_ms, INT64_C(1770213600000));
    assert_int_equal(strlen(slow->fingerprint), 16);
    assert_string_not_equal(slow->fingerprint, full->fingerprint);
    fewer_alerts = true;
    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(f->m->alerts.count, 2);
    assert_int_equal(f->m->alerts.items[0].state, ALERT_FIRING);
    assert_int_equal(f->m->alerts.items[1].state, ALERT_RESOLVED);
    fewer_alerts = false;
    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(f->m->alerts.items[1].state, ALERT_FIRING);
}

/* Alertmanager says who is silenced as well. */
static void test_alertmanager(void **state)
{
    static const char *const targets[] = {"alertmanager:http://a", NULL};
    struct session_spec spec = {.targets = targets};
    struct engine_run *f = *state;

    engine_open_on_ask(f->engine, &spec);
    submit(f, INTENT_ASK, NULL, "why");
    assert_int_equal(f->m->alerts.count, 2);
    assert_string_equal(f->m->alerts.items[0].name, "Late");
    assert_string_equal(f->m->alerts.items[0].service, "cart");
    assert_int_equal(f->m->alerts.items[0].state, ALERT_FIRING);
    assert_int_equal(f->m->alerts.items[1].state, ALERT_SUPPRESSED);
    many_alerts = 1200; /* more than are kept */
    submit(f, INTENT_REFRESH, NULL, "");
    assert_int_equal(f->m->alerts.count, 1000);
}

/* Alerts that cannot be read are no alerts that do not fire. */
static void test_alerts_are_broken(void **state)
{
    static const char *const targets[] = {"prometheus:http://p", "alertmanager:http://a", NULL};
    struct session_spec spec = {.targets = targets};
    struct engine_run *f = *state;

    engine_open_on_ask(f->engine, &spec);
    broken = true;
    submit(f, INTENT_ASK, NULL, "why");
    assert_int_equal(f->m->alerts.count, 0);
    assert_int_equal(f->m->gaps.count, 2);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_NO_ACTION);
}

static void test_alerts_are_denied(void **state)
{
    static const char *const targets[] = {"prometheus:http://p", NULL};
    struct session_spec spec = {.targets = targets};
    struct engine_run *f = *state;

    engine_open_on_ask(f->engine, &spec);
    deny = true;
    submit(f, INTENT_ASK, NULL, "why");
    assert_int_equal(f->m->gaps.count, 1);
    assert_int_equal(f->m->conclusion.verdict, VERDICT_FAILED);
}

/* ---- logs and changes on request ---- */

/* Nothing in the answer, or no answer: said as such, and no evidence for it. */
static void test_nothing_said(void **state)
{
    struct engine_run *f = *state;

    submit(f, INTENT_ASK, NULL, "why");
    submit(f, INTENT_STEER_ADD, NULL, "the log says that the turbine melted");
    submit(f, INTENT_STEER_ADD, NULL, "the log says so");
    broken = true;
    submit(f, INTENT_STEER_TEST, "H1", "");
    assert_true(f->m->gaps.count > 0);
    VEC_EACH (h, &f->m->hypotheses)
        assert_int_not_equal(h->status, HYP_CONFIRMED);
}

static const struct evidence *evidence_of(const struct engine_run *f, const char *hyp, size_t at)
{
    const struct hypothesis *h = model_hypothesis(f->m, hyp);

    assert_non_null(h);
    assert_true(at < h->evidence.count);
    return &f->m->evidence.items[h->evidence.items[at]];
}

static void test_logs(void **state)
{
    struct engine_run *f = *state;

    submit(f, INTENT_ASK, NULL, "why");
    submit(f, INTENT_STEER_ADD, NULL, "the log says that the ledger gave up");
    assert_int_equal(logs_asked, 1);
    assert_int_equal(changes_asked, 0);
    assert_int_equal(evidence_of(f, "H1", 0)->strength, STRENGTH_WEAK);
    assert_non_null(strstr(evidence_of(f, "H1", 0)->statement, "90 lines of timeout"));
    assert_int_equal(model_hypothesis(f->m, "H1")->status, HYP_SUPPORTED); /* not confirmed */
    submit(f, INTENT_STEER_TEST, "H1", "");
    submit(f, INTENT_STEER_TEST, "H1", "");
    assert_int_equal(logs_asked, 3);
    assert_non_null(strstr(f->m->tools.items[3].args, "24h")); /* behind the alerts */
    submit(f, INTENT_STEER_TEST, "H1", "");
    assert_int_equal(logs_asked, 3); /* none is left */
}

static void test_changes(void **state)
{
    struct engine_run *f = *state;
    size_t at;

    submit(f, INTENT_ASK, NULL, "why");
    submit(f, INTENT_STEER_ADD, NULL, "the upgrade of nginx broke it");
    submit(f, INTENT_STEER_ADD, NULL, "a deployment of postgres broke it");
    assert_int_equal(changes_asked, 2);
    for (at = 0; at < model_hypothesis(f->m, "H1")->evidence.count; at++) {
        if (strstr(evidence_of(f, "H1", at)->statement, "package nginx 1.2 to 1.3"))
            break; /* what else its words ask of the machine says nothing */
    }
    assert_true(at < model_hypothesis(f->m, "H1")->evidence.count);
    assert_int_equal(evidence_of(f, "H1", at)->strength, STRENGTH_WEAK);
    assert_int_equal(evidence_of(f, "H2", 0)->strength, STRENGTH_NONE);
    assert_int_equal(model_hypothesis(f->m, "H2")->status, HYP_PRUNED);
}

/* ---- changes in AWS ---- */

#define CHANGE(id, at, outcome, source)                                                            \
    "{\"ts_ms\":" at ",\"kind\":\"deployment\",\"what\":\"web\",\"detail\":\"deployment of web\"," \
    "\"outcome\":\"" outcome                                                                       \
    "\",\"actor\":\"alice\",\"service\":\"ecs\",\"region\":\"r\",\"account\":"                     \
    "\"1\",\"source\":\"" source "\",\"id\":\"" id "\"}"

/* What aws_changes answers becomes entries of the model: the same mark again replaces, also when a
 * second source was found for it since. What is no mark is left out. */
static void test_aws_changes(void **state)
{
    struct engine_run *f = *state;

    aws_answer = "{\"changes\":[" CHANGE("d2", "1700000300000", "failed", "ecs:X") "," CHANGE(
        "d1", "1700000000000", "running", "ecs:X") ",{\"ts_ms\":5},7]}";
    submit(f, INTENT_ASK, NULL, "why");
    assert_int_equal(f->m->changes.count, 2);
    assert_string_equal(f->m->changes.items[0].outcome, "failed");
    assert_string_equal(f->m->changes.items[0].actor, "alice");
    assert_int_equal(f->m->changes.items[1].at_ms, 1700000000000);
    assert_string_equal(f->m->changes.items[1].call, f->m->tools.items[0].call);
    aws_answer =
        "{\"changes\":[" CHANGE("d1", "1700000000000", "rolled-back", "ecs:X + cloudtrail:Y") "]}";
    submit(f, INTENT_ASK, NULL, "why again");
    assert_int_equal(f->m->changes.count, 2);
    assert_string_equal(f->m->changes.items[1].outcome, "rolled-back");
    aws_answer = "{\"changes\":"; /* no JSON: said as something that could not be looked at */
    submit(f, INTENT_ASK, NULL, "and again");
    assert_int_equal(f->m->changes.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refresh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_security_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_security, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refresh_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alerts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alertmanager, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alerts_are_broken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alerts_are_denied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_aws_changes, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

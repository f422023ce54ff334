/* test_reply.c - questions that are answered without a model: from what is recorded, or from one
 * look at a source, with what each rests on; what is not understood is asked about. R-97 */
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include "runbook/engine/investigation.h"
#include "src/engine/modules_priv.h"

/* ---- one machine whose disk is full, and a Prometheus ---- */

static bool refuse, busy;

static void answer(struct tool_call *c, const char *json)
{
    if (refuse)
        tool_refuse(c, TOOL_DENIED, ERR_DENIED, "not to be seen");
    else
        tool_answer(c, json);
}

static const char busy_machine[] =
    "{\"host\":\"web-3\",\"taken_ms\":1700000000000,\"window_s\":1,\"cpu\":{\"busy\":0.97},"
    "\"memory\":{\"total\":8e9,\"available\":2e9,\"swap_total\":1e9,\"swap_free\":5e8},"
    "\"processes\":[{\"pid\":7,\"command\":\"idle-one\",\"cpu\":0,\"rss\":1e6},"
    "{\"pid\":8,\"command\":\"java\",\"cpu\":1.5,\"rss\":3e9},"
    "{\"pid\":9,\"command\":\"nginx\",\"cpu\":0.2,\"rss\":4e9}],"
    "\"filesystems\":[{\"mount\":\"/\",\"used\":0.2,\"available\":8e9,\"total\":1e10},"
    "{\"mount\":\"/var\",\"used\":0.95,\"available\":5e8,\"total\":1e10}],"
    "\"listeners\":[{\"proto\":\"tcp\",\"addr\":\"0.0.0.0\",\"port\":443,\"command\":\"nginx\"}]}";

static void snapshot_start(struct tool_call *c)
{
    if (busy) {
        answer(c, busy_machine);
        return;
    }
    answer(c, "{\"host\":\"web-3\",\"taken_ms\":1700000000000,\"window_s\":1,\"processes\":[],"
              "\"filesystems\":[{\"mount\":\"/var\",\"known\":true,\"read_only\":false,"
              "\"total\":1e11,\"free\":1,\"available\":1,\"used\":1,\"inodes_used\":0.1}]}");
}

static void log_start(struct tool_call *c)
{
    answer(c, "{\"mined\":[{\"count\":9,\"level\":\"error\",\"text\":\"no space left\"}]}");
}

static void changes_start(struct tool_call *c)
{
    answer(c, "{\"total\":0,\"changes\":[]}");
}

static void usage_start(struct tool_call *c)
{
    answer(c, "{\"files\":[{\"path\":\"/var/huge\",\"bytes\":9e10,\"share\":0.9}]}");
}

static void query_start(struct tool_call *c)
{
    answer(c, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":"
              "{\"__name__\":\"up\",\"job\":\"checkout\"},\"value\":[1,\"1\"]}]}}");
}

static void alerts_start(struct tool_call *c)
{
    answer(c, "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Slow\","
              "\"severity\":\"critical\",\"service\":\"cart\"},\"annotations\":{},\"state\":"
              "\"firing\",\"activeAt\":\"2026-02-04T14:00:00Z\",\"value\":\"1\"}]}}");
}

static const struct tool_param any[] = {
    {.name = "host", .type = PARAM_STRING, .help = "The host."},
    {.name = "window_ms", .type = PARAM_INT, .max = 60000, .help = "How long."},
    {.name = "path", .type = PARAM_STRING, .help = "A path."},
    {.name = "since", .type = PARAM_STRING, .help = "How far back."},
    {.name = "query", .type = PARAM_STRING, .help = "PromQL."},
    {.name = "time", .type = PARAM_STRING, .help = "When."},
    {.name = NULL},
};
#define TOOL(id, fn)                                                                               \
    static const struct tool_def id = {                                                            \
        .name = #id, .help = "Answers.", .params = any, .timeout_ms = 5000, .start = fn}
TOOL(host_snapshot, snapshot_start);
TOOL(host_log, log_start);
TOOL(host_changes, changes_start);
TOOL(host_disk_usage, usage_start);
TOOL(prometheus_query, query_start);
TOOL(prometheus_alerts, alerts_start);
static const struct tool_def *const tools[] = {
    &host_snapshot,    &host_log,          &host_changes, &host_disk_usage,
    &prometheus_query, &prometheus_alerts, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return tools;
}

static const struct inv_module *const modules[] = {&inv_module_alerts, &inv_module_host, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

/* ---- a session ---- */

static int setup(void **state)
{
    static const char *const targets[] = {"host:web-3", "prometheus:http://p", NULL};
    struct session_spec spec = {.title = "t", .query = "it fails", .targets = targets};
    struct engine_run *r = engine_run_new(NULL);

    refuse = busy = false;
    engine_run_open(r, &spec);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

/* What was said last. */
static const char *said(const struct engine_run *r)
{
    const char *last = "";

    VEC_EACH (i, &r->m->items) {
        if (i->kind == ITEM_TEXT)
            last = i->text;
    }
    return last;
}

static const char *ask(struct engine_run *r, const char *question)
{
    engine_run_submit(r, INTENT_QUESTION, NULL, question);
    engine_run_wait(r);
    return said(r);
}

#define SAYS(question, words)                                                                      \
    do {                                                                                           \
        const char *text_ = ask(r, question);                                                      \
                                                                                                   \
        if (!strstr(text_, words))                                                                 \
            fail_msg("\"%s\" does not say \"%s\": %s", question, words, text_);                    \
    } while (0)

/* Before anything was investigated there is nothing to say, and that is what it says. */
static void test_nothing_yet(void **state)
{
    struct engine_run *r = *state;

    SAYS("what is the root cause?", "Nothing was investigated yet");
    SAYS("list services", "No resource was seen yet");
    SAYS("list alerts", "No alert is known");
    SAYS("what is missing?", "could be looked at");
    SAYS("how do I fix it?", "Nothing is proposed");
    SAYS("list evidence", "Nothing of the kind is known");
    assert_int_equal(r->m->conclusion.verdict, VERDICT_NONE);
}

static void test_from_the_record(void **state)
{
    struct engine_run *r = *state;

    engine_run_submit(r, INTENT_INVESTIGATE, NULL, "the disk is full");
    engine_run_wait(r);
    assert_int_equal(r->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    SAYS("what is the root cause?", "Confidence");
    SAYS("list evidence", "E1 ");
    SAYS("show hypotheses", "/var");
    SAYS("show E1", "from c2");
    SAYS("show H1", "because ");
    SAYS("show c2", "host_snapshot");
    SAYS("show E99", "There is no E99");
    SAYS("list queries", "c2 ");
    SAYS("how do I fix it?", "undo: ");
    SAYS("list filesystems", "filesystem /var");
    SAYS("generate health report", "Last verdict: ");
    SAYS("list alerts", "Slow of cart");
    ask(r, "who is affected?");
    assert_true(*said(r) != '\0');
}

static void test_one_look(void **state)
{
    struct engine_run *r = *state;

    SAYS("check memory on web-3", "memory is available");
    SAYS("which disks of web-3 are full?", "the fullest is /var");
    SAYS("check the status of web-3", "filesystem /var");
    SAYS("show logs of web-3", "9 times error: no space left");
    SAYS("what changed on web-3?", "changes on web-3");
    SAYS("show metrics of checkout", "1 series");
    SAYS("scan all", "Health: ");
    assert_int_equal(r->m->conclusion.verdict, VERDICT_NONE);
    refuse = true;
    SAYS("show logs of web-3 of the last 2 hours", "not to be seen");
    SAYS("show metrics of cart", "not to be seen");
    SAYS("check cpu on web-3", "not to be seen");
}

/* The one tool a question is put to, and about what: an answer's title alone would not tell. */
static void test_the_tool_that_is_asked(void **state)
{
    static const struct {
        const char *question, *tool, *args;
    } rows[] = {
        {"check the status of web-3", "host_snapshot", "{\"host\":\"web-3\"}"},
        {"show logs of web-3", "host_log", "{\"host\":\"web-3\",\"since\":\"3600s\"}"},
        {"show logs of web-3 of the last 2 hours", "host_log",
         "{\"host\":\"web-3\",\"since\":\"7200s\"}"},
        {"what changed on web-3?", "host_changes", "{\"host\":\"web-3\",\"since\":\"3600s\"}"},
        {"show metrics of checkout", "prometheus_query",
         "{\"query\":\"{service=\\\"checkout\\\"} or {job=\\\"checkout\\\"} or "
         "{app=\\\"checkout\\\"} or {container=\\\"checkout\\\"} or "
         "{name=\\\"checkout\\\"}\",\"time\":\""},
    };
    struct engine_run *r = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tool_run *asked;

        ask(r, rows[i].question);
        assert_int_equal(r->m->tools.count, i + 1);
        asked = &r->m->tools.items[i];
        assert_string_equal(asked->tool, rows[i].tool);
        assert_true(asked->ended && asked->status == TOOL_OK);
        if (strncmp(asked->args, rows[i].args, strlen(rows[i].args)) != 0)
            fail_msg("\"%s\" asks %s about %s", rows[i].question, asked->tool, asked->args);
    }
}

/* Nothing is changed, and what is not there yet is not pretended. */
static void test_what_is_not_done(void **state)
{
    struct engine_run *r = *state;

    SAYS("restart checkout", "A sentence changes nothing");
    SAYS("search the knowledge base", "not supported yet");
    SAYS("help", "are understood");
    SAYS("xyzzy plugh", "not understood");
    assert_int_equal(r->m->tools.count, 0);
}

/* A question about a state is answered in its first line, from one look, the most first. */
static void test_state_of_a_machine(void **state)
{
    struct engine_run *r = *state;

    busy = true;
    SAYS("what burns cpu?",
         "web-3: the processors are 97 % busy; most is used by java (8) 1.50 cores");
    SAYS("what burns cpu?", "- nginx (9)");
    SAYS("how much memory is free?", "1.86 GiB of 7.45 GiB memory is available (75 % used)");
    SAYS("how much memory is free?", "477 MiB of 954 MiB swap are free");
    SAYS("which disks are nearly full?", "web-3: the fullest is /var 95 % full");
    SAYS("which disks are nearly full?", "- / 20 % full");
    SAYS("which ports are listening?", "- tcp 0.0.0.0:443 nginx");
    SAYS("list sessions", "t");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_nothing_yet),        T(test_from_the_record),  T(test_one_look),
        T(test_state_of_a_machine), T(test_what_is_not_done), T(test_the_tool_that_is_asked),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}

/* test_plan.c - several findings of one machine, and of two: one root cause with what follows from
 * it below, links from who waits to the culprit, what was refuted, what there was no room for. The
 * tools answer with the documents that a test gives them. */
#include "cases_network.h"
#include "tests/lib/engine_run.h"

#include "runbook/engine/investigation.h"
#include "runbook/model/refutation.h"
#include "src/engine/modules_priv.h"

/* ---- tools ---- */

struct machine {
    const char *first, *second; /* what is seen at once, and two seconds later */
    const char *probe, *process, *changes, *services;
};
static struct machine here, there;
static size_t snapshots, probes;
static const char *question;

static const struct machine *asked(struct tool_call *c)
{
    return strcmp(value_cstr_or(tool_call_args(c), "host", ""), "db-1") == 0 ? &there : &here;
}

static void finish(struct tool_call *c, const char *json)
{
    if (json)
        tool_answer(c, json);
    else
        tool_refuse(c, TOOL_ERROR, ERR_DENIED, "not to be seen");
}

static void snapshot_start(struct tool_call *c)
{
    const struct machine *m = asked(c);
    bool later = value_num_or(tool_call_args(c), "window_ms", 1000) > 1000;

    snapshots++;
    finish(c, later && m->second ? m->second : m->first);
}

static void probe_start(struct tool_call *c)
{
    probes++;
    finish(c, asked(c)->probe);
}

static void process_start(struct tool_call *c)
{
    finish(c,
           asked(c)->process
               ? asked(c)->process
               : "{\"cpu_mean\":0.98,\"cpu_min\":0.9,\"window_s\":2.5,\"ended\":false,\"rss_rate\":"
                 "2e6,"
                 "\"rss_rising\":1,\"rss_start\":3e8,\"rss\":3.1e8,\"vm_rate\":2e6,\"vm_rising\":1,"
                 "\"vm_start\":3e8,\"vm\":3.1e8,\"samples\":[]}");
}

static void changes_start(struct tool_call *c)
{
    finish(c, asked(c)->changes ? asked(c)->changes : "{}");
}

static void services_start(struct tool_call *c)
{
    finish(c, asked(c)->services);
}

static void nothing_start(struct tool_call *c)
{
    finish(c, "{}");
}

static const struct tool_param any[] = {
    {.name = "host", .type = PARAM_STRING, .fallback = "local", .help = "The host."},
    {.name = "window_ms", .type = PARAM_INT, .fallback = "1000", .max = 60000, .help = "How long."},
    {.name = "pid", .type = PARAM_INT, .help = "A process."},
    {.name = "samples", .type = PARAM_INT, .help = "How often."},
    {.name = "addr", .type = PARAM_STRING, .help = "An address."},
    {.name = "port", .type = PARAM_INT, .help = "A port."},
    {.name = "path", .type = PARAM_STRING, .help = "A path."},
    {.name = "timeout_ms", .type = PARAM_INT, .help = "How long at most."},
    {.name = "since", .type = PARAM_STRING, .help = "How far back."},
    {.name = "servers", .type = PARAM_STRING, .help = "Name servers."},
    {.name = NULL},
};
#define TOOL(symbol, text, fn)                                                                     \
    static const struct tool_def symbol = {                                                        \
        .name = text, .help = "Answers.", .params = any, .timeout_ms = 5000, .start = fn}
TOOL(snapshot_tool, "host_snapshot", snapshot_start);
TOOL(probe_tool, "host_probe", probe_start);
TOOL(process_tool, "host_process", process_start);
TOOL(disk_tool, "host_disk_usage", nothing_start);
TOOL(log_tool, "host_log", nothing_start);
TOOL(changes_tool, "host_changes", changes_start);
TOOL(services_tool, "host_services", services_start);
TOOL(resolve_tool, "host_resolve", nothing_start);
static const struct tool_def *const tools[] = {&snapshot_tool, &probe_tool,    &process_tool,
                                               &disk_tool,     &log_tool,      &changes_tool,
                                               &resolve_tool,  &services_tool, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return tools;
}

static const struct inv_module *const modules[] = {&inv_module_host, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

/* ---- a run ---- */

static int setup(void **state)
{
    here = there = (struct machine){.services = "{\"listeners\":[]}"};
    question = "users complain";
    snapshots = probes = 0;
    *state = engine_run_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

static const struct model *run(struct engine_run *f, bool both)
{
    static const char *const one[] = {"host:local", NULL}, *const two[] = {"host:local",
                                                                           "host:db-1", NULL};
    struct session_spec spec = {.title = "t", .query = question, .targets = both ? two : one};

    engine_run_open(f, &spec);
    engine_run_submit(f, INTENT_ASK, NULL, question);
    engine_run_wait(f);
    return f->m;
}

static const char *document(struct engine_run *f, const char *host, struct parts p)
{
    struct parts all = cases_merge(&p);
    struct buf text = BUF_INIT(1 << 16);
    const char *out;

    cases_write(&text, host, &all);
    out = arena_strdup(f->arena, buf_cstr(&text));
    buf_release(&text);
    return out;
}

static const struct hypothesis *of(const struct model *m, const char *pattern, int depth)
{
    static const struct hypothesis none = {.id = "", .parent = "", .resource = ""};

    VEC_EACH (h, &m->hypotheses) {
        if (strcmp(h->pattern, pattern) == 0 && h->depth == depth)
            return h;
    }
    fail_msg("no hypothesis of %s at depth %d", pattern, depth);
    return &none;
}

/* What the tree says of whether its refutation was looked for. */
static void check_looked_for(struct engine_run *f, const struct hypothesis *h, const char *words)
{
    struct buf out = BUF_INIT(1000);

    hyp_refutation_words(f->m, h, &out);
    if (!strstr(buf_cstr(&out), words))
        fail_msg("%s: \"%s\", not \"%s\"", h->id, buf_cstr(&out), words);
    buf_release(&out);
}

/* ---- tests ---- */

#define FAILED                                                                                     \
    "{\"systemd\":true,\"list\":[{\"name\":\"a.service\",\"active\":\"failed\",\"sub\":"           \
    "\"failed\","                                                                                  \
    "\"changed_ms\":1699999000000,\"restarts\":0}]}"

/* A full disk makes a unit fail: the disk is the cause, the unit stands below it. */
static void test_effect_below_cause(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;
    const struct hypothesis *unit;

    here.first = document(f, "local",
                          (struct parts){.filesystems = FS("1", "0.1", "false"), .units = FAILED});
    m = run(f, false);
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/fs:/var");
    unit = of(m, "failed_unit", 2);
    assert_non_null(unit);
    assert_string_equal(unit->parent, of(m, "disk_full", 1)->id);
    assert_int_equal(unit->status, HYP_SUPPORTED);
    assert_true(m->candidates.count >= 2);
    assert_true(m->candidates.items[0].score > m->candidates.items[1].score);
}

#define CHAIN_OF(state)                                                                            \
    CONNS(HOP("3", "mid", "4", "db", "5432", state) "," HOP(                                       \
        "2", "web", "3", "mid", "8081", "S") "," HOP("1000", "curl", "2", "web", "80", "S"))

static void test_links(void **state)
{
    struct engine_run *f = *state;
    const struct resource *db;
    const struct model *m;

    here.first = here.second = document(f, "local", (struct parts){.more = CHAIN_OF("T")});
    m = run(f, false);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/process:4(db)");
    assert_string_equal(of(m, "dependency", 1)->resource, "host:local/process:1000(curl)");
    assert_string_equal(of(m, "dependency", 2)->resource, "host:local/process:2(web)");
    assert_string_equal(of(m, "dependency", 3)->resource, "host:local/process:3(mid)");
    assert_string_equal(of(m, "dependency", 4)->resource, "host:local/process:4(db)");
    assert_int_equal(of(m, "dependency", 4)->status, HYP_CONFIRMED);
    check_looked_for(f, of(m, "dependency", 4), "not found");
    check_looked_for(f, &(struct hypothesis){.id = "H9"}, "not yet");
    check_looked_for(f, &(struct hypothesis){.id = "H9", .gaps.count = 1}, "could not be seen");
    db = model_resource(m, "host:local/process:4(db)");
    assert_true(db && db->health == HEALTH_CRITICAL);
    assert_int_equal(m->conclusion.remediation.count, 1);
    assert_string_equal(m->conclusion.remediation.items[0].command, "kill -CONT 4");
}

/* a tree that may be two deep has no node below, and still names the one at the end. */
static void test_two_deep(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    engine_run_again(f, &(struct engine_limits){.max_depth = 2});
    here.first = here.second = document(f, "local", (struct parts){.more = CHAIN_OF("T")});
    m = run(f, false);
    VEC_EACH (h, &m->hypotheses)
        assert_true(h->depth <= 2);
    assert_string_equal(m->candidates.items[0].resource, "host:local/process:4(db)");
}

/* The process at the end is seen to be stopped: that is the cause, and who waits stands below. */
static void test_links_below_cause(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = here.second = document(
        f, "local",
        (struct parts){.more = CHAIN_OF("T"),
                       .processes = "[{\"pid\":4,\"ppid\":1,\"command\":\"db\",\"state\":\"T\","
                                    "\"cpu\":0,\"tree_cpu\":0,\"age_s\":90}]"});
    here.process = "{\"window_s\":2.5,\"samples\":[{\"state\":\"T\"},{\"state\":\"T\"}]}";
    m = run(f, false);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/process:4(db)");
    assert_string_equal(of(m, "dependency", 2)->parent, of(m, "stopped", 1)->id);
    assert_string_equal(of(m, "dependency", 3)->resource, "host:local/process:2(web)");
    assert_string_equal(of(m, "dependency", 4)->resource, "host:local/process:3(mid)");
}

/* A second look that sees nothing: the whole chain is pruned, and nobody is blamed. */
static void test_refuted(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(f, "local", (struct parts){.more = CHAIN_OF("T")});
    here.second = document(f, "local", (struct parts){.more = "\"connections\":[]"});
    m = run(f, false);
    assert_int_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
    for (int depth = 1; depth <= 4; depth++)
        assert_int_equal(of(m, "dependency", depth)->status, HYP_PRUNED);
    check_looked_for(f, of(m, "dependency", 4), "speaks against");
}

/* What was to be explained by something that was refuted is tried for itself. */
static void test_effect_alone(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(
        f, "local",
        (struct parts){.more = CONNS(HOP("7", "web", "42", "app", "8080", "T")),
                       .listeners = "[{\"port\":8080,\"queue\":129,\"backlog\":128,\"pid\":42,"
                                    "\"command\":\"app\"}]"});
    here.second = document(
        f, "local",
        (struct parts){.listeners = "[{\"port\":8080,\"queue\":129,\"backlog\":128,\"pid\":42,"
                                    "\"command\":\"app\"}]"});
    m = run(f, false);
    assert_int_equal(of(m, "dependency", 1)->status, HYP_PRUNED);
    assert_int_equal(of(m, "accept_backlog", 1)->status, HYP_CONFIRMED);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/port:8080");
}

#define REMOTE                                                                                     \
    "\"connections\":[{\"direction\":\"out\",\"near\":false,\"addr\":\"10.0.0.9\",\"port\":443,"   \
    "\"count\":2,\"syn_sent\":2,\"syn_s\":3,\"own\":{\"pid\":7,\"command\":\"web\",\"state\":"     \
    "\"S\"}}]"

/* The peer is another machine that is looked at: its own process is named, and nothing is probed.
 */
static void test_to_another_machine(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(f, "local", (struct parts){.more = REMOTE});
    there.first = document(
        f, "db-1",
        (struct parts){
            .listeners = "[{\"port\":443,\"queue\":1,\"backlog\":5,\"pid\":9,\"command\":\"db\"}]",
            .more = "\"addresses\":[\"10.0.0.9\"],\"connections\":[{\"direction\":\"in\",\"addr\":"
                    "\"10.0.0.9\",\"port\":443,\"count\":2,\"lasting\":2,\"unaccepted\":2,\"own\":{"
                    "\"pid\":9,\"command\":\"db\",\"state\":\"T\"}}]"});
    m = run(f, true);
    assert_int_equal(probes, 0);
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.resource, "host:db-1/process:9(db)");
}

/* It is no machine of ours: the way there is tried once. */
static void test_probe(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(f, "local", (struct parts){.more = REMOTE});
    here.probe = "{\"result\":\"timeout\",\"ms\":2000}";
    m = run(f, false);
    assert_int_equal(probes, 1);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/peer:10.0.0.9:443");
}

/* A probe that may not be made is a gap, not a proof. */
static void test_probe_denied(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(f, "local", (struct parts){.more = REMOTE});
    m = run(f, false);
    assert_false(m->conclusion.has_root_cause);
    assert_true(m->gaps.count > 0);
    VEC_EACH (h, &m->hypotheses) {
        if (h->gaps.count && !h->evidence.count)
            check_looked_for(f, h, "could not be seen");
    }
}

/* More is off than there is room for: what is left out is named. */
static void test_no_room(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;
    size_t left_out = 0;

    here.first = document(
        f, "local",
        (struct parts){
            .cpu = CPU("0.3", "0.15"),
            .events = EVENT("io_error", "100"),
            .cgroups = "[{\"path\":\"/web\",\"throttled\":0.5,\"throttled_rate\":0.4,"
                       "\"cpu_quota\":0.5}]",
            .units = FAILED,
            .memory = "{\"total\":8e9,\"available\":3e8,\"swap_free\":0,\"swap_total\":0}",
            .filesystems = FS("0.98", "0.1", "false"),
            .clock = "{\"synced\":false,\"skew_s\":-70}",
            .limits = "{\"conntrack\":990,\"conntrack_max\":1000,\"threads\":30000,\"pid_max\":"
                      "32768,\"threads_max\":60000,\"ports\":28000}",
            .network = "{\"attempt_fail_rate\":30,\"open_rate\":30}",
            .nics = "[{\"name\":\"eth0\",\"rx_packets\":1000,\"tx_packets\":0,\"rx_errors\":20,"
                    "\"tx_errors\":0,\"rx_drops\":0,\"tx_drops\":0}]",
            .more = TAKEN("8080", "0", "web[77]: port 8080: in use") "," WAITED("27000")});
    m = run(f, false);
    VEC_EACH (g, &m->gaps)
        left_out += strstr(g->why, "no room") != NULL;
    assert_true(left_out > 0);
    assert_true(m->hypotheses.count <= 10);
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

/* What explains it explains it through a third: the growth, the kill, the unit. */
static void test_through_another(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = here.second =
        document(f, "local",
                 (struct parts){.processes = GROWER("2e6", "3e8", "4e8"),
                                .events = EVENT("oom_kill", "60"),
                                .units = "{\"systemd\":true,\"list\":[{\"name\":\"a.service\","
                                         "\"active\":\"activating\",\"sub\":\"auto-restart\","
                                         "\"restarts\":4}]}"});
    m = run(f, false);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/process:9(leaky)");
    assert_string_equal(of(m, "oom_kill", 2)->parent, of(m, "memory_limit", 1)->id);
    assert_string_equal(of(m, "flapping_unit", 2)->parent, of(m, "memory_limit", 1)->id);
    assert_non_null(strstr(of(m, "flapping_unit", 2)->reason, "a killed process ends its unit"));
}

/* A process of ten minutes that keeps a core busy, and what changed before it started. */
#define YOUNG                                                                                      \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"report\",\"exe\":\"/opt/report\","         \
    "\"cmdline\":\"/opt/report --all\",\"cpu\":0.99,\"tree_cpu\":0.99,\"age_s\":600,"              \
    "\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}]"
#define CHANGED(what, ts)                                                                          \
    "{\"total\":1,\"changes\":[{\"ts_ms\":" ts ",\"kind\":\"file\",\"what\":\"" what               \
    "\",\"detail\":\"1.2 to 1.3\"}]}"

static const struct model *with_change(struct engine_run *f, const char *changes)
{
    question = "it is slow since the deployment";
    here.first = here.second = document(f, "local", (struct parts){.processes = YOUNG});
    here.changes = changes;
    return run(f, false);
}

static void test_change_of_what_is_off(void **state)
{
    const struct model *m = with_change(*state, CHANGED("/opt/report", "1699999300000"));
    const struct hypothesis *h = of(m, "recent_change", 1);
    bool named = false;

    assert_int_equal(h->status, HYP_SUPPORTED);
    VEC_EACH (c, &m->candidates)
        named = named || strstr(c->statement, "recent change");
    assert_true(named);
}

static void test_change_of_something_else(void **state)
{
    const struct model *m = with_change(*state, CHANGED("/etc/motd", "1699999300000"));
    const struct hypothesis *h = of(m, "recent_change", 1);

    assert_int_equal(h->status, HYP_SUPPORTED); /* it stands before the onset, and no more */
    VEC_EACH (c, &m->candidates)
        assert_null(strstr(c->statement, "recent change"));
}

/* The clock of a file and of a start are read at different moments. */
static void test_change_just_after(void **state)
{
    const struct model *m = with_change(*state, CHANGED("/opt/report", "1699999420000"));
    bool said = false;

    assert_int_equal(of(m, "recent_change", 1)->status, HYP_SUPPORTED);
    VEC_EACH (e, &m->evidence)
        said = said || strstr(e->statement, "changed 20 s after the onset");
    assert_true(said);
}

static void test_change_long_before(void **state)
{
    const struct model *m = with_change(*state, CHANGED("/opt/report", "1699990000000"));

    assert_int_equal(of(m, "recent_change", 1)->status, HYP_PRUNED);
}

/* The pattern that the one question for changes was asked for. */
static const char *asked_for(const struct model *m)
{
    const struct hypothesis *h = NULL;

    VEC_EACH (t, &m->tools) {
        if (strcmp(t->tool, "host_changes") == 0) {
            assert_null(h);
            h = model_hypothesis(m, t->hypothesis);
        }
    }
    return h ? h->pattern : "none";
}

static const struct model *young_at(struct engine_run *f, const char *host, const char *target)
{
    const char *const targets[] = {target, NULL};
    struct machine m = here;

    m.first = document(f, host, (struct parts){.processes = YOUNG});
    m.changes = CHANGED("/opt/report", "1699999300000");
    here = there = m;
    engine_run_open(f, &(struct session_spec){.title = "t", .query = question, .targets = targets});
    engine_run_submit(f, INTENT_ASK, NULL, question);
    engine_run_wait(f);
    return f->m;
}

/* Behind ssh they are asked for while the first finding is tried, here once all else is known. */
static void test_changes_beside_follow_ups(void **state)
{
    const struct model *m = young_at(*state, "db-1", "host:db-1");

    assert_string_equal(asked_for(m), "cpu_core");
    assert_int_equal(of(m, "recent_change", 1)->status, HYP_SUPPORTED);
}

static void test_changes_at_the_end(void **state)
{
    const struct model *m = young_at(*state, "local", "host:local");

    assert_string_equal(asked_for(m), "recent_change");
    assert_int_equal(of(m, "recent_change", 1)->status, HYP_SUPPORTED);
}

static size_t gaps_of(const struct model *m, const char *what)
{
    size_t n = 0;

    VEC_EACH (g, &m->gaps)
        n += strstr(g->what, what) != NULL;
    return n;
}

/* What a machine does not show is said, and a machine that shows nothing is not healthy. */
static void test_gaps(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    here.first = document(f, "local",
                          (struct parts){.filesystems = "[{\"mount\":\"/srv\",\"known\":false}]",
                                         .more = "\"gaps\":[{\"what\":\"open files\",\"code\":"
                                                 "\"denied\",\"why\":\"for root to see\"},"
                                                 "{\"what\":\"raids\",\"code\":\"odd\",\"why\":"
                                                 "\"no\"}]"});
    here.services = NULL;
    m = run(f, false);
    assert_int_equal(gaps_of(m, "host:local filesystems"), 1);
    assert_int_equal(gaps_of(m, "host:local open files"), 1);
    assert_int_equal(gaps_of(m, "host:local raids"), 1);
    assert_int_equal(gaps_of(m, "host:local listeners"), 1);
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
}

static void test_no_snapshot(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = run(f, false);

    assert_int_equal(gaps_of(m, "host:local"), 1);
    assert_false(m->conclusion.has_root_cause);
    assert_int_not_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
}

/* Strong before weak, what the words mean before what they do not. */
static void test_order_of_findings(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    question = "the clock is odd";
    here.first = document(f, "local",
                          (struct parts){.clock = "{\"synced\":false,\"skew_s\":-7}",
                                         .filesystems = FS("1", "0.1", "false"),
                                         .cpu = CPU("0.3", "0.15"),
                                         .more = "\"uptime_s\":500"});
    m = run(f, false);
    assert_string_equal(m->hypotheses.items[0].pattern, "clock");
    assert_string_equal(m->hypotheses.items[1].pattern, "disk_full");
    assert_int_equal(of(m, "reboot_loop", 1)->status, HYP_SUPPORTED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest all[] = {
        TEST(test_effect_below_cause),
        TEST(test_changes_beside_follow_ups),
        TEST(test_changes_at_the_end),
        TEST(test_links),
        TEST(test_links_below_cause),
        TEST(test_two_deep),
        TEST(test_refuted),
        TEST(test_effect_alone),
        TEST(test_to_another_machine),
        TEST(test_probe),
        TEST(test_probe_denied),
        TEST(test_no_room),
        TEST(test_through_another),
        TEST(test_change_of_what_is_off),
        TEST(test_change_of_something_else),
        TEST(test_change_just_after),
        TEST(test_change_long_before),
        TEST(test_gaps),
        TEST(test_no_snapshot),
        TEST(test_order_of_findings),
    };

    return cmocka_run_group_tests_name("host_plan", all, NULL, NULL);
}

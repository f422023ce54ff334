/* test_several.c - two full filesystems, three failed units, two programs that crash: each has a
 * finding of its own, the one that the question names comes first, what is beyond the bound is a
 * gap, and the conclusion says the others with their evidence and proposals. */
#include "cases.h"
#include "tests/lib/engine_run.h"

#include "runbook/engine/investigation.h"
#include "src/engine/host/several.h"
#include "src/engine/modules_priv.h"

/* ---- the patterns ---- */

#define DISK(mount, device, used, inodes)                                                          \
    "{\"mount\":\"" mount "\",\"device\":\"" device "\",\"type\":\"ext4\",\"known\":true,"         \
    "\"total\":1e9,\"free\":1,\"available\":1e6,\"used\":" used ",\"inodes\":1000,"                \
    "\"inodes_used\":" inodes ",\"growth_rate\":1e5}"
#define MOUNTS(var, pg, srv, i_var, i_pg, i_srv)                                                   \
    "[" DISK("/", "/dev/sda1", "0.3", "0.1") "," DISK("/var", "/dev/sda2", var, i_var) "," DISK(   \
        "/var/lib/pg", "/dev/sdb1", pg, i_pg) "," DISK("/srv", "/dev/sdc1", srv, i_srv) "]"
#define DISKS(var, pg, srv) MOUNTS(var, pg, srv, "0.1", "0.1", "0.1")
#define MEMORY_FS(mount, used)                                                                     \
    "{\"mount\":\"" mount "\",\"device\":\"tmpfs\",\"type\":\"tmpfs\",\"known\":true,"             \
    "\"total\":1e9,\"free\":1,\"available\":1,\"used\":" used "}"
#define UNIT(name, members) "{\"name\":\"" name ".service\"," members "}"
#define UNITS(members)                                                                             \
    "{\"systemd\":true,\"list\":[" UNIT("a", members) "," UNIT("b", members) "," UNIT(             \
        "c", members) "]}"
#define FAILED "\"active\":\"failed\",\"sub\":\"failed\",\"changed_ms\":1699999000000"
#define CRASH(name, age)                                                                           \
    "{\"kind\":\"segfault\",\"age_s\":" age ",\"text\":\"" name "[7]: segfault at 0\"}"
#define THRICE(name) CRASH(name, "9") "," CRASH(name, "8") "," CRASH(name, "7")
#define LISTENER(port, pid, name, members)                                                         \
    "{\"port\":" port ",\"pid\":" pid ",\"command\":\"" name "\"," members "}"
#define LISTENERS(members)                                                                         \
    "{\"now_ms\":1700000000000,\"listeners\":[" LISTENER(                                          \
        "8080", "41", "web", members) "," LISTENER("8081", "42", "api", members) "]}"
#define PAGES                                                                                      \
    "\"pages\":[{\"path\":\"/\",\"status\":500,\"ms\":900},{\"path\":\"/"                          \
    "health\",\"status\":500,\"ms\":900}]"
#define CERT(port, pid, who, until)                                                                \
    LISTENER(port, pid, who,                                                                       \
             "\"certs\":[{\"index\":0,\"not_before_ms\":1,\"not_after_ms\":" until                 \
             ",\"names\":\"" who ".example\",\"subject\":\"" who "\"}]")
#define WANT(port, pid, who)                                                                       \
    "{\"port\":" port ",\"pid\":" pid ",\"command\":\"" who                                        \
    "\",\"where\":\"its command line\",\"listening\":false}"
#define GROWS(pid, name, rate)                                                                     \
    "{\"pid\":" pid ",\"ppid\":1,\"command\":\"" name "\",\"cpu\":0.1,\"tree_cpu\":0.1,"           \
    "\"age_s\":60,\"rss\":1e8,\"rss_rate\":" rate ",\"vm\":3e8,\"vm_rate\":" rate                  \
    ",\"cgroup\":\"/x\",\"state\":\"S\"}"
#define BURNS(pid, name, cpu)                                                                      \
    "{\"pid\":" pid ",\"ppid\":1,\"command\":\"" name "\",\"cpu\":" cpu ",\"tree_cpu\":" cpu       \
    ",\"age_s\":90,\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}"
#define AGAIN(pid, child, name)                                                                    \
    "{\"pid\":" pid ",\"command\":\"runsv\",\"child\":" child ",\"child_command\":\"" name         \
    "\",\"child_age_s\":1,\"age_s\":900,\"ended\":1,\"children\":1,\"cpu\":0}"
#define FSTAB(mount, device)                                                                       \
    "{\"trouble\":\"read_only\",\"mount\":\"" mount "\",\"device\":\"" device                      \
    "\",\"type\":\"ext4\",\"detail\":\"rw\"}"

/* What two of the kind are, without a question and with one that names the second; how many. */
static const struct {
    const char *id;
    struct parts parts;
    size_t count;
    const char *first, *question, *named; /* parts of resource or claim */
} kinds[] = {
    {"disk_full", WITH(filesystems, DISKS("0.98", "0.975", "0.99")), 3, "/srv",
     "writes to /var/lib/pg/base/17 fail", "fs:/var/lib/pg"},
    {"disk_full", WITH(filesystems, DISKS("0.98", "0.975", "0.99")), 3, "/srv", "sda2 is full",
     "fs:/var"},
    {"disk_inodes", WITH(filesystems, MOUNTS("0.1", "0.1", "0.1", "0.98", "0.975", "0.99")), 3,
     "/srv", "no inodes on /var/lib/pg.", "fs:/var/lib/pg"},
    {"disk_filling", WITH(filesystems, DISKS("0.85", "0.9", "0.3")), 2, "fs:/var",
     "(/var/lib/pg) grows", "fs:/var/lib/pg"},
    {"tmpfs_full",
     WITH(filesystems, "[" MEMORY_FS("/dev/shm", "0.99") "," MEMORY_FS("/run", "0.98") "]"), 2,
     "/dev/shm", "cannot write to /run/x.pid", "fs:/run"},
    {"mount_readonly",
     WITH(more, "\"mounts\":[" FSTAB("/srv", "/dev/sdc1") "," FSTAB("/var", "/dev/sda2") "]"), 2,
     "fs:/srv", NULL, NULL},
    {"failed_unit", WITH(units, UNITS(FAILED)), 3, "unit:a.", "B.service is down since noon",
     "unit:b."},
    {"flapping_unit", WITH(units, UNITS("\"active\":\"activating\",\"sub\":\"auto-restart\"")), 3,
     "unit:a.", "why does c.service restart", "unit:c."},
    {"activating_unit",
     WITH(units, UNITS("\"active\":\"activating\",\"sub\":\"start\",\"type\":\"notify\","
                       "\"started_ms\":1699999900000")),
     3, "unit:a.", "c.service hangs", "unit:c."},
    {"stopped_unit",
     {.units = UNITS("\"active\":\"inactive\",\"wanted_by\":\"multi-user.target\","
                     "\"file_state\":\"enabled\",\"changed_ms\":1699999000000"),
      .more = "\"uptime_s\":90000"},
     3,
     "unit:a.",
     "c.service does not run",
     "unit:c."},
    {"crash_loop",
     WITH(events, "[" THRICE("flaky") "," CRASH("billing", "12") "," THRICE("billing") "]"), 2,
     "program:billing", "flaky crashes", "program:flaky"},
    {"restart_loop",
     WITH(more, "\"restarts\":[" AGAIN("7", "8", "billing") "," AGAIN("9", "10", "mail") "]"), 2,
     "process:7(", "mail restarts", "process:9("},
    {"error_answer", WITH(services, LISTENERS(PAGES)), 2, "(web)", "port 8081 gives 500", "(api)"},
    {"slow_answer", WITH(services, LISTENERS(PAGES)), 2, "(web)", "the api is slow", "(api)"},
    {"certificate",
     WITH(services, "{\"now_ms\":1700000000000,\"listeners\":[" CERT(
                        "443", "41", "web", "1699990000000") "," CERT("8443", "42", "api",
                                                                      "1699999999999") "]}"),
     2, "(web)", "the certificate of api.example", "(api)"},
    {"not_listening",
     WITH(services, "{\"listeners\":[],\"wants\":[" WANT("5432", "9", "db") "," WANT("6379", "8",
                                                                                     "cache") "]}"),
     2, "(db)", "localhost:6379 refuses", "(cache)"},
    {"memory_leak",
     WITH(processes, "[" GROWS("9", "leaky", "9e7") "," GROWS("8", "other", "5e7") "]"), 2,
     "(leaky)", "other needs memory", "(other)"},
    {"cpu_core",
     {.processes = "[" BURNS("9", "one", "1.0") "," BURNS("8", "two", "0.95") "]"},
     2,
     "(one)",
     NULL,
     NULL},
    {"thin_pool",
     WITH(more, "\"thin_pools\":[{\"name\":\"vg-a\",\"data_used\":1.0,\"meta_used\":0.1},"
                "{\"name\":\"vg-b\",\"data_used\":0.97,\"meta_used\":0.1}]"),
     2, "pool:vg-a", "vg-b is full", "pool:vg-b"},
    {"quota",
     WITH(more, "\"quotas\":[{\"who\":\"ann\",\"device\":\"/dev/sda1\",\"used\":100,\"hard\":100},"
                "{\"who\":\"bob\",\"device\":\"/dev/sda1\",\"used\":99,\"hard\":100}]"),
     2, "quota:ann", "bob cannot write", "quota:bob"},
};

static size_t run_all(struct arena *a, const char *id, const struct parts *over,
                      const char *question, struct host_finding *ret, struct host_finding *more)
{
    struct parts p = cases_merge(over);
    struct host_view *v = arena_alloc(a, sizeof(*v));

    *v = cases_view(a, &p, 0);
    v->question = str_from(question);
    return host_pattern_all(cases_pattern(id), v, ret, HOST_SAME_MAX, more);
}

/* Equal ones would be declined by the tree. */
static const char *claim_of(const struct host_finding *f)
{
    return f->claim ? f->claim : f->pattern->claim;
}

static void test_each_of_several(void **unused)
{
    struct arena *a = arena_new(0);

    (void)unused;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        struct host_finding f[HOST_SAME_MAX], more;
        size_t n = run_all(a, kinds[i].id, &kinds[i].parts, "", f, &more);

        if (n != kinds[i].count || !strstr(f[0].resource, kinds[i].first))
            fail_msg("%s: %zu findings, the first of %s", kinds[i].id, n, f[0].resource);
        for (size_t k = 0; k < n; k++) {
            assert_true(f[k].strength <= STRENGTH_WEAK);
            for (size_t o = 0; o < k; o++)
                assert_string_not_equal(claim_of(&f[k]), claim_of(&f[o]));
        }
        assert_int_equal(more.strength, STRENGTH_NONE);
        if (!kinds[i].question)
            continue;
        assert_int_equal(run_all(a, kinds[i].id, &kinds[i].parts, kinds[i].question, f, &more), n);
        if (!f[0].named || !strstr(f[0].resource, kinds[i].named))
            fail_msg("%s: '%s' is about %s", kinds[i].id, kinds[i].question, f[0].resource);
    }
    arena_free(a);
}

/* Every pattern that may have several has a row above. */
static void test_all_are_tested(void **unused)
{
    (void)unused;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        bool found = !(*p)->several;

        assert_in_range((*p)->several, 0, HOST_SAME_MAX);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
            found = found || strcmp(kinds[i].id, (*p)->id) == 0;
        if (!found)
            fail_msg("%s has no row", (*p)->id);
    }
}

/* What is named and has room is told, and what is full beside it. */
static void test_named_is_normal(void **unused)
{
    static const struct parts p = WITH(filesystems, DISKS("0.98", "0.4", "0.5"));
    struct host_finding f[HOST_SAME_MAX], more;
    struct arena *a = arena_new(0);

    (void)unused;
    assert_int_equal(run_all(a, "disk_full", &p, "is /var/lib/pg full?", f, &more), 2);
    assert_int_equal(f[0].strength, STRENGTH_NONE);
    assert_string_equal(f[0].evidence, "/var/lib/pg is 40 % used (limit 97 %)");
    assert_string_equal(f[1].resource, "host:web-3/fs:/var");
    arena_free(a);
}

/* The same device mounted twice is one filesystem. */
static void test_bind_mount(void **unused)
{
    static const struct parts p =
        WITH(filesystems, "[" DISK("/data", "/dev/sdb1", "1",
                                   "0") "," DISK("/mnt/data", "/dev/sdb1", "1", "0") "]");
    struct host_finding f[HOST_SAME_MAX], more;
    struct arena *a = arena_new(0);

    (void)unused;
    assert_int_equal(run_all(a, "disk_full", &p, "", f, &more), 1);
    assert_int_equal(run_all(a, "disk_full", &p, "/mnt/data is full", f, &more), 1);
    assert_string_equal(f[0].resource, "host:web-3/fs:/mnt/data");
    arena_free(a);
}

static void test_beyond_the_bound(void **unused)
{
    static const struct parts p =
        WITH(units, "{\"systemd\":true,\"list\":[" UNIT("a", FAILED) "," UNIT("b", FAILED) "," UNIT(
                        "c", FAILED) "," UNIT("d", FAILED) "," UNIT("e", FAILED) "]}");
    struct host_finding f[HOST_SAME_MAX], more;
    struct arena *a = arena_new(0);

    (void)unused;
    assert_int_equal(run_all(a, "failed_unit", &p, "", f, &more), HOST_SAME_MAX);
    assert_string_equal(more.resource, "host:web-3/unit:e.service");
    arena_free(a);
}

/* Paths and names in sentences as people write them. */
static void test_names(void **unused)
{
    static const struct {
        const char *text, *path;
    } paths[] = {
        {"/var/lib/pg is full", "/var/lib/pg"},
        {"is `/srv/` full?", "/srv"},
        {"disk full on web-3:/srv.", "/srv"},
        {"mountpoint=\"/data\" 97", "/data"},
        {"/ is full", "/"},
        {"I/O and/or https://x/y", NULL},
        {"", NULL},
    };
    struct arena *a = arena_new(0);
    struct host_view v = {.arena = a};
    const char *path;

    (void)unused;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        size_t at = 0;
        bool found;

        v.question = str_from(paths[i].text);
        found = hv_next_path(&v, a, &at, &path);
        assert_int_equal(found, paths[i].path != NULL);
        if (found)
            assert_string_equal(path, paths[i].path);
    }
    v.question = STR_LIT("NGINX on port 8443, pgbouncer-2");
    assert_true(hv_names(&v, "nginx.service") && hv_names(&v, "pgbouncer-2"));
    assert_false(hv_names(&v, "pgbouncer"));
    assert_true(hv_names_port(&v, 8443));
    assert_false(hv_names_port(&v, 844));
    arena_free(a);
}

/* Alerts as they are pasted: of Alertmanager, its mail, a page. */
static void test_alert_host(void **unused)
{
    static const struct {
        const char *text, *host;
    } cases[] = {
        {"{\"labels\":{\"alertname\":\"HostOutOfDiskSpace\",\"instance\":\"web-3:9100\"}}",
         "web-3"},
        {"[FIRING:1] HostHighCpuLoad (instance=db-1.example.net:9100 severity=warning)",
         "db-1.example.net"},
        {"{\\\"instance\\\": \\\"web-4\\\"}", "web-4"},
        {"instance=localhost:9100", NULL},
        {"the instance i-0abc is slow, instance=i-0abc", NULL},
        {"[PagerDuty] INCIDENT #4711 High disk usage on db-2 (urgency: high)", "db-2"},
        {"[Triggered] [P2] CPU load is high on host:web-1 - Datadog monitor", "web-1"},
        {"[Triggered on {host:web-1.example.net,role:api}] CPU", "web-1.example.net"},
        {"** PROBLEM alert - Host: db-2 Service: disk is CRITICAL **", "db-2"},
        {"CRITICAL: disk full on host db-2", "db-2"},
        {"ALERT: 5xx on eu-west-1", NULL},
        {"ALERT: errors on i-0abc12", NULL},
        {"ALERT: backlog on port 8080", NULL},
        {"INCIDENT #4711: errors on checkout", NULL}, /* a service */
        {"disk usage is high on db-2", NULL},         /* nobody's alert: any word may stand here */
        {"my host: it is slow", NULL},
        {"no machine", NULL},
        {"", NULL},
    };
    struct arena *a = arena_new(0);

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *host = hv_alert_host(a, str_from(cases[i].text));

        if (!cstr_eq(host, cases[i].host))
            fail_msg("%s: %s", cases[i].text, host ? host : "none");
    }
    arena_free(a);
}

/* ---- a whole investigation ---- */

static const char *snapshot;

static void snapshot_start(struct tool_call *c)
{
    tool_answer(c, snapshot);
}

static void disk_start(struct tool_call *c)
{
    const char *path = value_cstr_or(tool_call_args(c), "path", "");
    char *json = xasprintf("{\"total\":1e9,\"used\":1,\"bytes_seen\":9e8,\"files\":[{\"path\":"
                           "\"%s/big.log\",\"bytes\":8e8,\"share\":0.8}],\"folders\":[]}",
                           strcmp(path, "/") == 0 ? "" : path);

    tool_answer(c, json);
    free(json);
}

static void nothing_start(struct tool_call *c)
{
    tool_answer(c, "{}");
}

static const struct tool_param any[] = {
    {.name = "host", .type = PARAM_STRING, .fallback = "local", .help = "The host."},
    {.name = "window_ms", .type = PARAM_INT, .fallback = "1000", .max = 60000, .help = "How long."},
    {.name = "path", .type = PARAM_STRING, .help = "A path."},
    {.name = "timeout_ms", .type = PARAM_INT, .help = "How long at most."},
    {.name = "since", .type = PARAM_STRING, .help = "How far back."},
    {.name = NULL},
};
#define TOOL(symbol, text, fn)                                                                     \
    static const struct tool_def symbol = {                                                        \
        .name = text, .help = "Answers.", .params = any, .timeout_ms = 5000, .start = fn}
TOOL(snapshot_tool, "host_snapshot", snapshot_start);
TOOL(disk_tool, "host_disk_usage", disk_start);
TOOL(log_tool, "host_log", nothing_start);
TOOL(changes_tool, "host_changes", nothing_start);
TOOL(services_tool, "host_services", nothing_start);
static const struct tool_def *const tools[] = {&snapshot_tool, &disk_tool,     &log_tool,
                                               &changes_tool,  &services_tool, NULL};

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

static int setup(void **state)
{
    *state = engine_run_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

static const struct model *ask(struct engine_run *f, const char *question, struct parts over)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = question, .targets = targets};
    struct parts all = cases_merge(&over);
    struct buf text = BUF_INIT(1 << 16);

    cases_write(&text, "local", &all);
    snapshot = arena_strdup(f->arena, buf_cstr(&text));
    buf_release(&text);
    engine_run_open(f, &spec);
    engine_run_submit(f, INTENT_ASK, NULL, question);
    engine_run_wait(f);
    return f->m;
}

static bool proposes(const struct model *m, const char *act)
{
    VEC_EACH (r, &m->conclusion.remediation) {
        if (strcmp(r->act, act) == 0)
            return true;
    }
    return false;
}

/* The question names the one that is less full: it is the answer, the other one is said. */
static void test_named_first_others_said(void **state)
{
    const struct model *m = ask(*state, "/var/lib/pg is full",
                                (struct parts)WITH(filesystems, DISKS("0.3", "0.975", "0.999")));

    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/file:/var/lib/pg/big.log");
    assert_int_equal(m->conclusion.also.count, 1);
    assert_non_null(
        strstr(m->conclusion.also.items[0],
               "/srv of local is full: /srv is 99.9 % used (limit 97 %); /srv/big.log"));
    assert_true(proposes(m, "host.log.truncate path=/var/lib/pg/big.log"));
    assert_true(proposes(m, "host.log.truncate path=/srv/big.log") ||
                proposes(m, "host.file.delete path=/srv/big.log"));
}

/* Without a name the fullest is the answer. */
static void test_fullest_first(void **state)
{
    const struct model *m = ask(*state, "writes fail",
                                (struct parts)WITH(filesystems, DISKS("0.98", "0.975", "0.999")));

    assert_string_equal(m->conclusion.root_cause.resource, "host:local/file:/srv/big.log");
    assert_int_equal(m->conclusion.also.count, 2);
    assert_true(m->hypotheses.count <= 10);
}

/* Deleted files on one filesystem do not fill another one. */
static void test_causes_stay_on_their_filesystem(void **state)
{
    const struct model *m =
        ask(*state, "disk full",
            (struct parts){
                .filesystems = DISKS("0.98", "0.3", "0.999"),
                .more = "\"unlinked\":[{\"mount\":\"/var\",\"pid\":42,\"command\":\"app\",\"path\":"
                        "\"/var/x\",\"bytes\":9e8}]"});

    VEC_EACH (h, &m->hypotheses) {
        if (strcmp(h->resource, "host:local/fs:/srv") == 0)
            assert_string_equal(h->parent, "");
        if (strcmp(h->resource, "host:local/fs:/var") == 0)
            assert_string_not_equal(h->parent, "");
    }
}

/* Each disk that is full has its cause in the tree, confirmed, and is no gap. */
static void all_found(const struct model *m, const char *const *mounts)
{
    for (; *mounts; mounts++) {
        char file[80], fs[80];
        bool found = false;

        snprintf(file, sizeof(file), "host:local/file:%s/big.log",
                 strcmp(*mounts, "/") == 0 ? "" : *mounts);
        snprintf(fs, sizeof(fs), "host:local/fs:%s", *mounts);
        VEC_EACH (h, &m->hypotheses)
            found |= h->status == HYP_CONFIRMED && strcmp(h->resource, file) == 0;
        VEC_EACH (g, &m->gaps)
            if (strstr(g->what, fs))
                fail_msg("%s is a gap: %s", fs, g->why);
        if (!found)
            fail_msg("%s has no cause", *mounts);
    }
}

#define FULL_DISKS                                                                                 \
    "[" DISK("/", "/dev/sda1", "0.991", "0.1") "," DISK(                                           \
        "/var", "/dev/sda2", "0.98", "0.1") "," DISK("/data", "/dev/sdb1", "0.999",                \
                                                     "0.1") "," DISK("/srv", "/dev/sdc1", "0.985", \
                                                                     "0.1") "]"

static void test_two_full_disks(void **state)
{
    static const char *const mounts[] = {"/var", "/srv", NULL};
    const struct model *m =
        ask(*state, "writes fail", (struct parts)WITH(filesystems, DISKS("0.98", "0.3", "0.999")));

    all_found(m, mounts);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/file:/srv/big.log");
    assert_int_equal(m->conclusion.also.count, 1);
}

/* Beside units that failed, programs that crash and processes that burn: none of the disks is left
 * out for want of room, and the tree stays readable. */
static void test_four_full_disks(void **state)
{
    static const char *const mounts[] = {"/", "/var", "/data", "/srv", NULL};
    const struct model *m =
        ask(*state, "writes fail",
            (struct parts){.filesystems = FULL_DISKS,
                           .units = UNITS(FAILED),
                           .events = "[" THRICE("flaky") "," THRICE("billing") "]"});

    all_found(m, mounts);
    assert_string_equal(m->conclusion.root_cause.resource, "host:local/file:/data/big.log");
    assert_true(m->hypotheses.count <= 20);
}

/* What is beyond the room is a gap, by name. */
static void test_rest_is_a_gap(void **state)
{
    bool told = false;
    const struct model *m = ask(
        *state, "units fail",
        (struct parts)WITH(
            units, "{\"systemd\":true,\"list\":[" UNIT("a", FAILED) "," UNIT("b", FAILED) "," UNIT(
                       "c", FAILED) "," UNIT("d", FAILED) "," UNIT("e", FAILED) "]}"));

    VEC_EACH (g, &m->gaps)
        told |= strstr(g->what, "unit:e.service") != NULL;
    assert_true(told);
    assert_int_equal(m->conclusion.also.count, 3);
}

/* This machine is well, the one of the alert was not looked at: that is no health. */
static void test_alert_about_another(void **state)
{
    const struct model *m =
        ask(*state, "[FIRING:1] HostDown (instance=elsewhere-7:9100)", (struct parts){.cpu = NULL});

    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(m->gaps.count, 1);
    assert_string_equal(m->gaps.items[0].what, "host:elsewhere-7");
    assert_non_null(strstr(m->conclusion.next_checks.items[0], "--host elsewhere-7"));
}

/* So it is with a question about AWS where none is asked. */
static void test_aws_is_not_asked(void **state)
{
    const struct model *m =
        ask(*state, "lambda throttles in eu-west-1", (struct parts){.cpu = NULL});

    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(m->gaps.items[0].what, "aws");
    assert_non_null(strstr(m->conclusion.next_checks.items[0], "runbook accounts add"));
    assert_true(hv_speaks_of_aws(STR_LIT("arn:aws:rds:eu-west-1:1:db:x")));
    assert_true(hv_speaks_of_aws(STR_LIT("{\"Namespace\":\"AWS/RDS\"}")));
    assert_false(hv_speaks_of_aws(STR_LIT("the lambdas of my code are slow in ecstasy")));
}

#define RUN(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_each_of_several),
        cmocka_unit_test(test_all_are_tested),
        cmocka_unit_test(test_named_is_normal),
        cmocka_unit_test(test_bind_mount),
        cmocka_unit_test(test_beyond_the_bound),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_alert_host),
        RUN(test_alert_about_another),
        RUN(test_aws_is_not_asked),
        RUN(test_named_first_others_said),
        RUN(test_fullest_first),
        RUN(test_two_full_disks),
        RUN(test_four_full_disks),
        RUN(test_causes_stay_on_their_filesystem),
        RUN(test_rest_is_a_gap),
    };

    return cmocka_run_group_tests_name("host_several", all, NULL, NULL);
}

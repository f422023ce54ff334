/* test_policy.c - who has to say yes: defaults, rules, limits, the blacklist.
 * C-06 C-30 C-32 R-60 A-31 U-03 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/policy/policy.h"

#define NOW 1767225600000 /* 2026-01-01T00:00:00Z, a Thursday */
#define HOUR 3600000

static struct policy *load(const char *text)
{
    struct policy *p;
    struct err err;

    if (policy_load(str_from(text), "policy.yaml", &p, &err))
        fail_msg("%s", err.msg);
    return p;
}

#define NAMED(p, s, v, name, n, ...)                                                               \
    ((struct operation){.provider = (p),                                                           \
                        .service = (s),                                                            \
                        .verb = (v),                                                               \
                        .resource_name = (name),                                                   \
                        .environment = "dev",                                                      \
                        .targets = (n),                                                            \
                        .reversible = true,                                                        \
                        __VA_ARGS__})
#define OP(p, s, v, ...) NAMED(p, s, v, "web-1", 1, __VA_ARGS__)

static struct policy_decision decide_at(const struct policy *p, struct operation op, int64_t now,
                                        const struct policy_counters *c)
{
    struct policy_user who = {.name = "alice", .host = "bastion", .uid = 1000};
    struct policy_decision d;
    size_t decided = 0;

    policy_decide_facts(p, &op, NULL, &who, now, c, &d);
    for (size_t i = 0; i < d.count; i++) {
        decided += d.fired[i].decided;
        assert_true(d.fired[i].why[0]);
    }
    assert_int_equal(decided, 1);
    return d;
}

static enum policy_act act(const struct policy *p, struct operation op)
{
    return decide_at(p, op, NOW, NULL).act;
}

/* Three kinds by three scopes (C-06), and where nobody said: as production. */
static void test_matrix(void **state)
{
    static const char *const environments[] = {"prod", "staging", "dev", ""};
    static const enum policy_act expected[3][4] = {
        {POLICY_ALLOW, POLICY_ALLOW, POLICY_ALLOW, POLICY_ALLOW},
        {POLICY_TYPED, POLICY_APPROVE, POLICY_APPROVE, POLICY_APPROVE},
        {POLICY_DENY, POLICY_TYPED, POLICY_TYPED, POLICY_DENY},
    };
    struct policy *p = load("");

    (void)state;
    for (size_t e = 0; e < 4; e++) {
        struct operation ops[3] = {OP("aws", "rds", "describe-db-instances"),
                                   OP("alertmanager", "silence", "create"),
                                   OP("aws", "rds", "delete-db-instance")};

        for (size_t k = 0; k < 3; k++) {
            ops[k].environment = environments[e];
            if (act(p, ops[k]) != expected[k][e])
                fail_msg("%s in '%s' is %s", ops[k].verb, environments[e],
                         policy_act_name(act(p, ops[k])));
        }
    }
    policy_free(p);
}

static void test_confirm(void **state)
{
    struct policy *p = load("");
    struct policy_decision d;

    (void)state;
    d = decide_at(p, OP("host", "process", "renice"), NOW, NULL);
    assert_int_equal(d.confirm, CONFIRM_KEY);
    assert_int_equal(d.persons, 1);
    d = decide_at(p, OP("host", "unit", "restart"), NOW, NULL);
    assert_int_equal(d.confirm, CONFIRM_YES);
    assert_string_equal(d.confirm_text, "yes");
    d = decide_at(p, OP("host", "machine", "reboot"), NOW, NULL);
    assert_int_equal(d.confirm, CONFIRM_NAME);
    assert_string_equal(d.confirm_text, "web-1");
    d = decide_at(p, OP("host", "unit", "status"), NOW, NULL);
    assert_int_equal(d.confirm, CONFIRM_NONE);
    assert_int_equal(d.expires_ms, 300000);
    policy_free(p);
}

static void test_rules(void **state)
{
    struct policy *p =
        load("version: 1\n"
             "rules:\n"
             "  - name: web is ours\n"
             "    match: {operation: host.unit.*, resource: \"web-*\", environment: dev}\n"
             "    decide: allow\n"
             "  - name: night\n"
             "    match: {time: {hours: \"22:00-06:00\"}, kind: write}\n"
             "    decide: two_person\n"
             "  - match: {user: [mallory, eve]}\n"
             "    decide: deny\n"
             "    reason: not these\n");
    struct operation op = OP("host", "unit", "reload");

    (void)state;
    assert_int_equal(decide_at(p, op, NOW + 12 * HOUR, NULL).act, POLICY_ALLOW);
    assert_int_equal(decide_at(p, op, NOW + 23 * HOUR, NULL).act, POLICY_TWO_PERSON);
    assert_int_equal(decide_at(p, op, NOW + 23 * HOUR, NULL).persons, 2);
    assert_int_equal(decide_at(p, op, NOW + 6 * HOUR, NULL).act, POLICY_ALLOW);
    assert_int_equal(decide_at(p, op, NOW + 6 * HOUR - 1, NULL).act, POLICY_TWO_PERSON);
    op.resource_name = "WEB-1"; /* looks like what is allowed, and is not */
    assert_int_equal(decide_at(p, op, NOW + 12 * HOUR, NULL).act, POLICY_APPROVE);
    op = OP("host", "unit", "restart"); /* high: a rule can take the typing away, not the asking */
    assert_int_equal(decide_at(p, op, NOW + 12 * HOUR, NULL).act, POLICY_APPROVE);
    policy_free(p);
}

static void test_floor(void **state)
{
    struct policy *p = load("rules:\n  - match: {}\n    decide: allow\n");
    struct operation op = OP("aws", "rds", "delete-db-instance");

    (void)state;
    assert_int_equal(act(p, op), POLICY_TYPED);
    op.environment = "prod";
    assert_int_equal(act(p, op), POLICY_TYPED);
    op = OP("nobody", "knows", "it");
    op.environment = "";
    assert_int_equal(act(p, op), POLICY_TYPED);
    policy_free(p);
}

static void test_loose_only_tightens(void **state)
{
    struct policy *p = load("rules:\n"
                            "  - match: {resource: payments-db}\n    decide: deny\n"
                            "  - match: {risk: high}\n    decide: two_person\n");
    struct operation op = OP("host", "process", "renice");
    static const char *const same[] = {"payments-db",
                                       "PAYMENTS-DB",
                                       "payments db",
                                       " payments-db ",
                                       "p\xD0\xB0yments-db",
                                       "payment5-db",
                                       "pay\xE2\x80\x8Bments-db"};

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        op.resource_name = same[i];
        assert_int_equal(act(p, op), POLICY_DENY);
    }
    op.resource_name = "other";
    assert_int_equal(act(p, op), POLICY_APPROVE);
    op.floor = RISK_CRITICAL; /* a rule for high holds for critical too */
    assert_int_equal(act(p, op), POLICY_TWO_PERSON);
    policy_free(p);
}

/* the blacklist wins for every configuration. */
static void test_blacklist(void **state)
{
    static const char *const configs[] = {
        "", "rules:\n  - match: {}\n    decide: allow\n",
        ("rules:\n  - match: {operation: \"*\"}\n    decide: approve\n"
         "limits: {mutations: 1000, cooldown: 0s}\nenvironments: {dev: [prod]}\n")};
    static const char *const root[] = {"/"}, *const deep[] = {"/var/log/app/old"},
                             *const shadow[] = {"/etc/../etc//shadow"};
    const struct operation ops[] = {
        OP("host", "machine", "power-off"),
        OP("host", "machine", "PowerOff"),
        OP("host", "disk", "wipe"),
        OP("host", "filesystem", "make"),
        NAMED("host", "process", "kill", "1", 1),
        NAMED("host", "process", "signal", "-1", 1),
        OP("host", "file", "delete-tree", .paths = root, .path_count = 1, .flags = OP_RECURSIVE),
        OP("host", "file", "delete", .paths = shadow, .path_count = 1),
        OP("host", "file", "read", .paths = shadow, .path_count = 1),
        OP("git", "branch", "push", .flags = OP_FORCE),
        NAMED("alertmanager", "silence", "create", "web-1", 0),
        OP("aws", "iam", "create-user"),
        OP("aws", "cloudtrail", "stop-logging"),
        NAMED("kubernetes", "namespace", "delete", "kube-system", 1),
        OP("runbook", "journal", "delete"),
        OP("runbook", "approval", "grant"),
    };
    const struct operation fine[] = {
        OP("host", "machine", "show"),
        NAMED("host", "process", "kill", "1234", 1),
        OP("host", "file", "delete", .paths = deep, .path_count = 1),
        OP("git", "branch", "push"),
        OP("alertmanager", "silence", "create"),
        OP("aws", "iam", "list-users"),
    };
    const char *rule;

    (void)state;
    for (size_t c = 0; c < sizeof(configs) / sizeof(configs[0]); c++) {
        struct policy *p = load(configs[c]);

        for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
            if (act(p, ops[i]) != POLICY_DENY || !policy_blacklisted(&ops[i], &rule))
                fail_msg("%s.%s.%s passes", ops[i].provider, ops[i].service, ops[i].verb);
        }
        policy_free(p);
    }
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_null(policy_blacklisted(&fine[i], &rule));
}

static void test_limits(void **state)
{
    struct policy *p = load("limits: {mutations: 5, cooldown: 60s, targets: 3}\n");
    struct operation op = OP("host", "process", "renice"),
                     critical = OP("host", "machine", "reboot");
    struct policy_counters c = {.session_mutations = 4};
    struct policy_decision d;

    (void)state;
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_APPROVE);
    assert_int_equal(decide_at(p, op, NOW, &c).mutations_left, 1);
    c.session_mutations = 5;
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_DENY);
    c = (struct policy_counters){.resource_mutations = 3};
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_DENY);
    c = (struct policy_counters){.last_critical_ms = NOW - 59999};
    d = decide_at(p, critical, NOW, &c);
    assert_int_equal(d.act, POLICY_DENY);
    assert_int_equal(d.retry_ms, 1);
    c.last_critical_ms = NOW - 60000;
    assert_int_equal(decide_at(p, critical, NOW, &c).act, POLICY_TYPED);
    c.last_critical_ms = NOW + 5000; /* the clock was set back */
    assert_int_equal(decide_at(p, critical, NOW, &c).act, POLICY_DENY);
    c = (struct policy_counters){.read_only = true};
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_DENY);
    assert_int_equal(decide_at(p, OP("host", "unit", "status"), NOW, &c).act, POLICY_ALLOW);
    op.targets = 3;
    assert_int_equal(act(p, op), POLICY_APPROVE);
    op.targets = 4;
    assert_int_equal(act(p, op), POLICY_DENY);
    policy_free(p);
}

static void test_restrict(void **state)
{
    struct policy *p = load("limits: {mutations: 2, cooldown: 10s}\n");
    struct policy_limits l = {.mutations = 100,
                              .resource_mutations = SIZE_MAX,
                              .targets = SIZE_MAX,
                              .cooldown_ms = 60000};

    (void)state;
    policy_restrict(p, &l);
    assert_int_equal(policy_limits(p).mutations, 2);
    assert_int_equal(policy_limits(p).cooldown_ms, 60000);
    assert_false(policy_limits(p).read_only);
    l.read_only = true;
    policy_restrict(p, &l);
    l.read_only = false;
    policy_restrict(p, &l);
    assert_true(policy_limits(p).read_only);
    policy_free(p);
}

static void test_freeze(void **state)
{
    struct policy *p = load("freeze:\n"
                            "  - name: new year\n"
                            "    from: \"2026-01-01T00:00:00Z\"\n"
                            "    to: \"2026-01-02T00:00:00Z\"\n"
                            "    environment: prod\n"
                            "    deny: true\n"
                            "  - name: weekend\n"
                            "    days: [sat, sun]\n");
    struct operation op = OP("host", "process", "renice");
    struct policy_decision d;

    (void)state;
    assert_int_equal(act(p, op), POLICY_APPROVE);
    op.environment = "prod";
    assert_int_equal(act(p, op), POLICY_DENY);
    op.environment = "";
    assert_int_equal(act(p, op), POLICY_DENY);
    assert_int_equal(decide_at(p, op, NOW - 1, NULL).act, POLICY_APPROVE);
    op.environment = "dev";
    d = decide_at(p, op, NOW + 48 * HOUR, NULL); /* Saturday: raised to high */
    assert_int_equal(d.risk.risk, RISK_HIGH);
    assert_int_equal(d.act, POLICY_TYPED);
    policy_free(p);
}

/* U-03: what was said once holds for exactly that, and never for what is dangerous. */
static void test_remembered(void **state)
{
    static const char *const argv[] = {"systemctl", "reload", "web-1"};
    struct policy_remembered yes = {"host.unit.reload", "web-*", "systemctl\nreload\nweb-1", false};
    struct policy_counters c = {.remembered = &yes, .remembered_count = 1};
    struct operation op = OP("host", "unit", "reload", .argv = argv, .argc = 3);
    struct policy *p = load("");

    (void)state;
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_ALLOW);
    op.argc = 2;
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_APPROVE);
    op.argc = 3, op.resource_name = "db-1";
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_APPROVE);
    op.resource_name = "web-1", op.environment = "prod"; /* high */
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_TYPED);
    yes.deny = true, op.environment = "dev", op.argc = 1;
    assert_int_equal(decide_at(p, op, NOW, &c).act, POLICY_DENY);
    policy_free(p);
}

static void test_second_person(void **state)
{
    const struct policy_user alice = {.name = "alice", .host = "b", .uid = 1000};
    static const struct {
        struct policy_user other;
        bool ok;
    } rows[] = {
        {{.name = "bob", .host = "b", .uid = 1001}, true},
        {{.name = "alice", .host = "b", .uid = 1001}, false},
        {{.name = "bob", .host = "b", .uid = 1000}, false},
        {{.name = "bob", .host = "c", .uid = 1000}, true},
        {{.name = "bob", .host = "b", .uid = -1}, false},
        {{.name = "", .host = "b", .uid = 1001}, false},
        {{.name = "root", .host = "b", .uid = 0, .sudo_user = "alice"}, false},
        {{.name = "root", .host = "b", .uid = 0, .sudo_user = "bob"}, true},
    };
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(policy_second_person(&alice, &rows[i].other, &why), rows[i].ok);
}

static void test_bad_files(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"rulez: []\n", "line 1 column 8: 'rulez' is not known here"},
        {"rules:\n  - match: {}\n", "a rule needs 'decide'"},
        {"rules:\n  - decide: maybe\n", "line 2 column"},
        {"rules:\n  - match: {risk: huge}\n    decide: deny\n", "'huge' is no risk"},
        {"rules:\n  - match: {resource: []}\n    decide: deny\n", "leave 'resource' out"},
        {"rules:\n  - match: {time: {hours: \"25:00-26:00\"}}\n    decide: deny\n", "hours are"},
        {"rules:\n  - match: {time: {days: [monday]}}\n    decide: deny\n", "days are"},
        {"freeze:\n  - {from: \"2026-01-02T00:00:00Z\", to: \"2026-01-01T00:00:00Z\", name: x}\n",
         "'from' is not before 'to'"},
        {"limits: {mutations: -1}\n", "whole number"},
        {"limits: {expires: 0s}\n", "'expires' is"},
        {"paths: {allow: [var]}\n", "no absolute path"},
        {"commands: {level: none}\n", "'level' is"},
        {"version: 2\n", "version 1"},
        {"a: &x 1\n", "policy.yaml"},
        {"[]\n", "here stands a mapping"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy *p;
        struct err err;

        if (!policy_load(str_from(rows[i].text), "policy.yaml", &p, &err))
            fail_msg("accepted: %s", rows[i].text);
        if (!strstr(err.msg, rows[i].says) || !strstr(err.msg, "policy.yaml"))
            fail_msg("'%s' does not say '%s'", err.msg, rows[i].says);
    }
}

static void test_paths(void **state)
{
    static const struct {
        const char *path;
        bool read, change;
    } rows[] = {
        {"/var/log/syslog", true, true},
        {"/etc/hosts", true, false},
        {"/etc/shadow", false, false},
        {"/etc//shadow", false, false},
        {"/etc/./shadow", false, false},
        {"/var/../etc/shadow", false, false},
        {"/ETC/Shadow", false, false},
        {"/etc/shadows", true, false},
        {"/etc/passwd/", false, false},
        {"/boot/vmlinuz", false, false},
        {"/bootstrap/x", true, true},
        {"/home/a/.ssh/config", false, false},
        {"/proc/1/environ", false, false},
        {"/proc/self/root/etc/shadow", false, false},
        {"/proc/1/stat", true, false},
        {"/dev/sda", false, false},
        {"/dev/null", true, true},
        {"/", true, false},
        {"/..", false, false},
        {"relative", false, false},
        {"", false, false},
        {"/srv/.runbook/audit/approvals.jsonl", false, false},
        {"/usr/bin/ls", true, false},
        {"/tmp/x", true, true},
    };
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (command_path_ok(NULL, rows[i].path, false, &why) != rows[i].read ||
            command_path_ok(NULL, rows[i].path, true, &why) != rows[i].change)
            fail_msg("%s", rows[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_confirm),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_loose_only_tightens),
        cmocka_unit_test(test_blacklist),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_restrict),
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_second_person),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

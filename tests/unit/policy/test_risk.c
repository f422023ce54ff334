/* test_risk.c - the table of risks and what raises it. R-56 R-57 U-04 A-30 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/base/map.h"
#include "runbook/base/rng.h"
#include "runbook/policy/policy.h"

static enum risk risk_of(struct operation op, const struct risk_facts *facts)
{
    struct risk_result r;

    risk_classify(&op, facts, &r);
    assert_true(r.count > 0);
    assert_int_equal(r.fired[r.count - 1].risk, r.risk);
    for (size_t i = 1; i < r.count; i++)
        assert_true(r.fired[i].risk > r.fired[i - 1].risk);
    return r.risk;
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

static void test_table(void **state)
{
    static const struct {
        const char *p, *s, *v;
        enum risk risk;
    } rows[] = {
        {"host", "unit", "status", RISK_READ},
        {"host", "unit", "restart", RISK_HIGH},
        {"host", "process", "renice", RISK_LOW},
        {"host", "file", "delete", RISK_HIGH},
        {"alertmanager", "silence", "create", RISK_MEDIUM},
        {"alertmanager", "silence", "expire", RISK_LOW},
        {"aws", "ec2", "DescribeInstances", RISK_READ},
        {"aws", "ec2", "describe-instances", RISK_READ},
        {"aws", "ec2", "terminate-instances", RISK_CRITICAL},
        {"aws", "ec2", "reboot_instances", RISK_HIGH},
        {"aws", "rds", "DeleteDBInstance", RISK_CRITICAL},
        {"aws", "lambda", "update-function-configuration", RISK_MEDIUM},
        {"aws", "secretsmanager", "get-secret-value", RISK_HIGH},
        {"aws", "secretsmanager", "list-secrets", RISK_READ},
        {"aws", "iam", "list-users", RISK_READ},
        {"aws", "iam", "create-access-key", RISK_CRITICAL},
        {"aws", "organizations", "leave-organization", RISK_CRITICAL},
        {"aws", "newservice", "list-things", RISK_READ},
        {"aws", "newservice", "list-deleted-things", RISK_READ},
        {"aws", "newservice", "describe-and-delete", RISK_CRITICAL},
        {"aws", "newservice", "get-secret-thing", RISK_HIGH},
        {"aws", "newservice", "frobnicate", RISK_HIGH},
        {"nobody", "knows", "list", RISK_HIGH},
        {"nobody", "knows", "destroy-all", RISK_CRITICAL},
        {"kubernetes", "pod", "get", RISK_READ},
        {"kubernetes", "pod", "delete", RISK_MEDIUM},
        {"kubernetes", "secret", "get", RISK_HIGH},
        {"kubernetes", "deployment", "scale-down", RISK_HIGH},
        {"", "", "", RISK_HIGH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum risk r = risk_of(OP(rows[i].p, rows[i].s, rows[i].v), NULL);

        if (r != rows[i].risk)
            fail_msg("%s.%s.%s is %s, not %s", rows[i].p, rows[i].s, rows[i].v, risk_name(r),
                     risk_name(rows[i].risk));
    }
}

/* Names unique, folded as they are compared, every part known. */
static void test_rows(void **state)
{
    struct map *seen = map_new();
    const struct risk_row *r;

    (void)state;
    for (size_t i = 0; (r = risk_row(i)); i++) {
        struct operation op = OP(r->provider, r->service, r->verb);
        struct buf name = BUF_INIT(BUF_NO_MAX);

        operation_name(&op, &name);
        if (map_has(seen, buf_str(&name)))
            fail_msg("%s stands twice", buf_cstr(&name));
        map_set(seen, buf_str(&name), seen);
        assert_true(r->kind != OP_UNKNOWN);
        assert_true(r->kind == OP_READ || r->risk >= RISK_LOW);
        buf_release(&name);
    }
    assert_true(map_count(seen) > 500);
    map_free(seen);
}

static void test_raised(void **state)
{
    const struct operation restart = OP("alertmanager", "silence", "create");
    struct operation op;

    (void)state;
    assert_int_equal(risk_of(restart, NULL), RISK_MEDIUM);
    op = restart, op.environment = "prod";
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
    op = restart, op.resource_name = "payments-PROD-1";
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
    op = restart, op.resource_name = "products";
    assert_int_equal(risk_of(op, NULL), RISK_MEDIUM);
    op = restart, op.tags = (struct op_tag[]){{"Env", "Production"}}, op.tag_count = 1;
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
    op = restart, op.reversible = false;
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
    op = restart, op.flags = OP_FORCE;
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
    op = restart, op.flags = OP_ALL;
    assert_int_equal(risk_of(op, NULL), RISK_CRITICAL);
    op = restart, op.floor = RISK_CRITICAL;
    assert_int_equal(risk_of(op, NULL), RISK_CRITICAL);
    op = restart, op.floor = RISK_LOW;
    assert_int_equal(risk_of(op, NULL), RISK_MEDIUM);
    op = restart, op.namespace = "kube-system";
    assert_int_equal(risk_of(op, NULL), RISK_HIGH);
}

static void test_targets(void **state)
{
    static const struct {
        size_t targets;
        enum risk risk;
    } rows[] = {{1, RISK_LOW},   {2, RISK_MEDIUM},    {4, RISK_MEDIUM}, {5, RISK_HIGH},
                {19, RISK_HIGH}, {20, RISK_CRITICAL}, {0, RISK_HIGH}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct operation op = OP("host", "process", "renice");

        op.targets = rows[i].targets;
        assert_int_equal(risk_of(op, NULL), rows[i].risk);
    }
}

static void test_facts(void **state)
{
    static const struct {
        struct risk_facts facts;
        enum risk risk;
    } rows[] = {
        {{.blast_services = 0}, RISK_LOW},    {{.blast_services = 1}, RISK_MEDIUM},
        {{.blast_services = 2}, RISK_MEDIUM}, {{.blast_services = 3}, RISK_HIGH},
        {{.blast_services = 9}, RISK_HIGH},   {{.blast_services = 10}, RISK_CRITICAL},
        {{.blast_entry = true}, RISK_HIGH},   {{.sole_instance = true}, RISK_HIGH},
        {{.freeze = "holidays"}, RISK_HIGH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(risk_of(OP("host", "process", "renice"), &rows[i].facts), rows[i].risk);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) /* reading is not made worse */
        assert_int_equal(risk_of(OP("host", "unit", "status"), &rows[i].facts), RISK_READ);
}

static void test_scope(void **state)
{
    static const char *const mine[] = {"blue", NULL};
    const struct scope_words words = {{[SCOPE_PROD] = mine}};
    static const struct {
        const char *environment, *name;
        enum op_scope scope;
    } rows[] = {
        {"prod", "x", SCOPE_PROD},
        {"PRODUCTION", "x", SCOPE_PROD},
        {" Prod ", "x", SCOPE_PROD},
        {"pr\xD0\xBE"
         "d",
         "x", SCOPE_PROD},
        {"dev", "x", SCOPE_DEV},
        {"dev", "prod-db", SCOPE_PROD},
        {"dev", "p.r.o.d", SCOPE_PROD},
        {"dev", "pr0d-1", SCOPE_PROD},
        {"dev", "product-db", SCOPE_DEV},
        {"dev", "nonprod-db", SCOPE_STAGING},
        {"", "db", SCOPE_UNKNOWN},
        {"", "dev-db", SCOPE_UNKNOWN},
        {"", "db-production", SCOPE_PROD},
        {"staging", "dev-db", SCOPE_STAGING},
        {"dev", "staging-db", SCOPE_STAGING},
        {"Blue", "x", SCOPE_PROD},
        {"qa", "x", SCOPE_STAGING},
        {"elsewhere", "x", SCOPE_UNKNOWN},
        {"prod-eu-1", "x", SCOPE_PROD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct operation op = OP("host", "unit", "restart");

        op.environment = rows[i].environment;
        op.resource_name = rows[i].name;
        if (operation_scope(&op, &words) != rows[i].scope)
            fail_msg("%s %s is %s", rows[i].environment, rows[i].name,
                     op_scope_name(operation_scope(&op, &words)));
    }
}

static void test_names(void **state)
{
    enum risk r;

    (void)state;
    assert_true(risk_from_name(STR_LIT("high_risk"), &r));
    assert_int_equal(r, RISK_HIGH);
    assert_false(risk_from_name(STR_LIT("extreme"), &r));
    for (int i = 0; i < RISKS; i++) {
        assert_true(risk_from_name(str_from(risk_name((enum risk)i)), &r));
        assert_int_equal(r, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),   cmocka_unit_test(test_rows),  cmocka_unit_test(test_raised),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_facts), cmocka_unit_test(test_scope),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_ops.c - the operations matrix: every cell is a capability or a reason, and what
 * requirements say of EC2, RDS, Lambda, S3, EKS and IAM holds (tests/data/aws_ops/cases.json).
 * A-09 A-10 A-11 A-12 A-13 A-24 A-25 A-26 A-27 A-52 A-54 */
#include "tests/lib/unit.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "src/tool/aws_ops/ops_priv.h"

#define NOW_MS INT64_C(1775001600000) /* 2026-04-01 */

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct ops_verdict *verdict(const ops_verdicts *v, const char *check, bool anomaly)
{
    VEC_EACH (it, v)
        if (strcmp(it->check, check) == 0 && it->anomaly == anomaly)
            return it;
    return NULL;
}

/* ---- the table ---- */

static void cell(const struct ops_kind *k, const char *name, bool filled, const char *why)
{
    if (filled == (why != NULL))
        fail_msg("%s:%s: the cell %s is %s", k->service, k->kind, name,
                 filled ? "filled and has a reason to be empty" : "empty without a reason");
}

/* no cell is unfinished. */
static void every_cell(void **state)
{
    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++) {
        cell(*k, "health", ops_count_checks(*k) > 0, (*k)->no_health);
        cell(*k, "metrics", ops_count_metrics(*k) > 0, (*k)->no_metrics);
        cell(*k, "logs", (*k)->logs && (*k)->logs[0].id, (*k)->no_logs);
        cell(*k, "anomalies", ops_count_anomalies(*k) > 0, (*k)->no_anomalies);
        cell(*k, "changes", (*k)->acts && (*k)->acts[0], (*k)->no_acts);
        assert_true(ops_count_reads(*k) <= OPS_READS_MAX);
        assert_true(ops_count_metrics(*k) <= OPS_METRICS_MAX);
        assert_ptr_equal(ops_kind_find(str_from((*k)->service), str_from((*k)->kind)), *k);
    }
}

static void services_are_there(void **state)
{
    static const char *const services[] = {"ec2",
                                           "rds",
                                           "lambda",
                                           "s3",
                                           "eks",
                                           "ecs",
                                           "dynamodb",
                                           "elasticache",
                                           "elbv2",
                                           "elb",
                                           "iam",
                                           "sqs",
                                           "sns",
                                           "apigateway",
                                           "cloudfront",
                                           "kinesis",
                                           "stepfunctions",
                                           "opensearch",
                                           "redshift",
                                           "efs",
                                           "kafka",
                                           "docdb",
                                           "autoscaling",
                                           "events",
                                           "acm",
                                           "backup",
                                           "ec2:nat-gateway",
                                           "ec2:transit-gateway"};
    const struct ops_kind *kinds[64];
    struct err err = ERR_INIT;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        assert_ok(ops_kinds_named(services[i], kinds, 64, &n, &err), &err);
    assert_ok(ops_kinds_named("all", kinds, 64, &n, &err), &err);
    assert_true(n >= 30);
    assert_int_equal(ops_kinds_named("lamda", kinds, 64, &n, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "'lambda'"));
    assert_int_equal(ops_kinds_named("ec2:thing", kinds, 64, &n, &err), ERR_NOT_FOUND);
}

static void limits_have_sources(const char *id, const struct ops_limit *l)
{
    for (size_t i = 0; i < OPS_LIMITS; i++)
        if (l[i].compare != OPS_NEVER) {
            if (!l[i].source || !*l[i].source)
                fail_msg("%s has a limit without a source", id);
            assert_true(l[i].state == OPS_WARNING || l[i].state == OPS_UNHEALTHY);
        }
}

static void rows_are_well_made(void **state)
{
    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++) {
        for (size_t i = 0; i < ops_count_checks(*k); i++) {
            const struct ops_check *c = &(*k)->checks[i];

            assert_true(c->what && *c->what);
            assert_true(c->how == OPS_STATE || c->path);
            limits_have_sources(c->id, c->limits);
            if (c->how <= OPS_GOOD)
                assert_true(c->words && c->source && c->state >= OPS_WARNING);
            for (size_t n = 0; n < i; n++)
                assert_string_not_equal(c->id, (*k)->checks[n].id);
        }
        for (size_t i = 0; i < ops_count_metrics(*k); i++) {
            const struct ops_metric *m = &(*k)->metrics[i];
            bool found = !m->per;

            assert_true(m->what && m->space && m->name && m->stat && m->dimensions[0].name);
            assert_true(m->period_s >= 60 && m->window_s >= m->period_s &&
                        m->window_s % m->period_s == 0);
            limits_have_sources(m->id, m->limits);
            for (size_t n = 0; n < ops_count_metrics(*k); n++) {
                found = found || strcmp(m->per, (*k)->metrics[n].id) == 0;
                if (n < i)
                    assert_string_not_equal(m->id, (*k)->metrics[n].id);
            }
            assert_true(found);
        }
    }
}

/* Each list and each read is an operation of the definitions. */
static void operations_are_defined(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++) {
        const struct aws_service *s, *other;
        const struct aws_list *l;
        struct err err = ERR_INIT;
        bool found = false;

        assert_ok(aws_catalogue_get(c, str_from((*k)->service), &s, &err), &err);
        for (size_t i = 0; i < s->list_count; i++)
            found = found || str_eq_c(s->lists[i].resource, (*k)->kind);
        if (!found)
            fail_msg("%s has no resource %s", (*k)->service, (*k)->kind);
        for (size_t i = 0; i < ops_count_reads(*k); i++) {
            const struct ops_read *r = &(*k)->reads[i];

            other = s;
            if (r->service)
                assert_ok(aws_catalogue_get(c, str_from(r->service), &other, &err), &err);
            assert_ok(aws_catalogue_operation(other, str_from(r->operation), &l, &err), &err);
            for (size_t n = 0; n < l->need_count; n++)
                if (!r->param || !str_eq_c(l->needs[n], r->param))
                    fail_msg("%s wants %.*s", r->operation, STR_FMT(l->needs[n]));
        }
    }
    aws_catalogue_free(c);
}

/* ---- cases ---- */

static void read_series(const struct ops_kind *k, const struct value *given,
                        struct ops_series *series)
{
    VALUE_EACH (it, given) {
        bool found = false;

        for (size_t i = 0; i < ops_count_metrics(k); i++) {
            double *v = arena_array(arena, value_count(it) + 1, sizeof(*v));

            if (!str_eq_c(it->key, k->metrics[i].id))
                continue;
            for (size_t n = 0; n < value_count(it); n++)
                v[n] = value_at(it, n)->u.number;
            series[i] = (struct ops_series){.asked = true, .recent = {v, value_count(it)}};
            found = true;
        }
        if (!found)
            fail_msg("%s has no metric %.*s", k->kind, STR_FMT(it->key));
    }
}

static void run_case(const struct value *c)
{
    static const struct value none = {.type = VALUE_OBJECT};
    struct ops_series *series = arena_array(arena, OPS_METRICS_MAX, sizeof(*series));
    const struct value *item = value_get(c, "item"), *reads = value_get(c, "reads");
    struct str rest = value_str_or(c, "kind", ""), service;
    const struct ops_kind *k;
    struct ops_record r = {
        .id = "r", .name = "r", .arn = "", .region = "x", .account = "a", .number = ""};
    ops_verdicts out = {0};
    int64_t now = NOW_MS;

    str_split(&rest, ':', &service);
    k = ops_kind_find(service, rest);
    assert_non_null(k);
    r.kind = k;
    r.item = item ? item : &none;
    r.state = value_cstr_or(c, "state", "");
    for (size_t i = 0; i < ops_count_reads(k); i++) {
        const struct value *read = value_get(reads, k->reads[i].name);

        r.reads[i].value = read && read->type != VALUE_NULL ? read : NULL;
        if (!read)
            r.reads[i].why = value_cstr_or(c, "why", NULL);
    }
    (void)time_parse(value_str_or(c, "now", "2026-04-01T00:00:00Z"), &now);
    read_series(k, value_get(c, "series"), series);
    ops_judge(arena, &r, series, now, &out);
    VALUE_EACH (it, value_get(c, "expect")) {
        const struct ops_verdict *v = verdict(&out, it->key.ptr, false);
        const char *is = v ? ops_state_name(v->state) : "none";

        if (str_eq_c(it->key, "*"))
            is = ops_state_name(ops_worst(&out));
        if (!str_eq_c(it->u.string, is) && str_eq_c(it->key, "*"))
            VEC_EACH (each, &out)
                print_message("%s: %s\n", ops_state_name(each->state), each->text);
        if (!str_eq_c(it->u.string, is))
            fail_msg("%s: %.*s is %s, not %.*s", value_cstr_or(c, "name", ""), STR_FMT(it->key), is,
                     STR_FMT(it->u.string));
    }
    VEC_RELEASE(&out);
}

static void cases(void **state)
{
    char *path = xasprintf("%s/tests/data/aws_ops/cases.json", getenv("RB_SRCDIR"));
    struct buf text_of_file = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    const struct value *all;

    (void)state;
    assert_ok(file_read(path, &text_of_file, &err), &err);
    assert_ok(json_parse(arena, buf_str(&text_of_file), &all, &err), &err);
    assert_true(value_count(all) > 60);
    VALUE_EACH (c, all)
        run_case(c);
    buf_release(&text_of_file);
    free(path);
}

/* ---- odds and ends ---- */

static void log_groups(void **state)
{
    const struct ops_kind *k = ops_kind_find(STR_LIT("lambda"), STR_LIT("function"));
    const struct ops_kind *rds = ops_kind_find(STR_LIT("rds"), STR_LIT("instance"));
    const struct value *item;
    struct err err = ERR_INIT;
    struct ops_record r = {.kind = k, .id = "f", .name = "f", .arn = "", .state = ""};

    (void)state;
    assert_ok(json_parse(arena, STR_LIT("{\"FunctionName\":\"orders\"}"), &item, &err), &err);
    r.item = item;
    assert_string_equal(ops_log_group(arena, &k->logs[0], &r), "/aws/lambda/orders");
    assert_ok(
        json_parse(arena, STR_LIT("{\"LoggingConfig\":{\"LogGroup\":\"/mine\"}}"), &item, &err),
        &err);
    r.item = item;
    assert_string_equal(ops_log_group(arena, &k->logs[0], &r), "/mine");
    assert_ok(json_parse(arena,
                         STR_LIT("{\"DBInstanceIdentifier\":\"db\","
                                 "\"EnabledCloudwatchLogsExports\":[\"slowquery\"]}"),
                         &item, &err),
              &err);
    r = (struct ops_record){.kind = rds, .item = item};
    assert_null(ops_log_group(arena, &rds->logs[0], &r)); /* the error log is not exported */
    assert_string_equal(ops_log_group(arena, &rds->logs[1], &r), "/aws/rds/instance/db/slowquery");
}

static void kinds_of_ids(void **state)
{
    static const char *const ids[][2] = {
        {"i-0abc", "instance"},
        {"vol-0abc", "volume"},
        {"arn:aws:lambda:eu-west-1:1:function:orders", "function"},
        {"arn:aws:s3:::bucket", "bucket"},
        {"arn:aws:sqs:eu-west-1:1:orders", "queue"},
        {"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1", "load-balancer"},
        {"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1", "target-group"},
        {"arn:aws:rds:eu-west-1:1:db:orders", "instance"},
        {"arn:aws:rds:eu-west-1:1:cluster:orders", "cluster"},
    };
    const struct ops_kind *k;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(ops_kinds_of(ids[i][0], &k, 1), 1);
        assert_string_equal(k->kind, ids[i][1]);
    }
    assert_int_equal(ops_kinds_of("i-xyz", &k, 1), 0);
    assert_int_equal(ops_kinds_of("arn:aws:lambda", &k, 1), 0);
    assert_int_equal(ops_kinds_of("orders", &k, 1), 0);
}

static void connections(void **state)
{
    (void)state;
    assert_true(ops_max_connections("db.t3.medium", "mysql") == 341);
    assert_true(ops_max_connections("db.m5.large", "postgres") == 901);
    assert_true(ops_max_connections("db.r6g.16xlarge", "aurora-postgresql") == 5000);
    assert_true(isnan(ops_max_connections("db.m5.large", "sqlserver-ee")));
    assert_true(isnan(ops_max_connections("db.", "mysql")));
    assert_true(isnan(ops_max_connections("", "mysql")));
    assert_true(isnan(ops_max_connections("db.serverless", "mysql")));
}

/* Whatever a record looks like, it is judged without a fall. */
static void strange_records(void **state)
{
    static const char *const records[] = {
        "null",
        "\"\"",
        "[]",
        "{}",
        "3",
        "[[[[]]]]",
        "{\"health\":{\"issues\":\"\"},\"Instances\":3,\"deployments\":{\"rolloutState\":[]}}",
        "{\"DesiredCapacity\":\"x\",\"Timeout\":{},\"NotAfter\":\"never\"}"};

    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
            struct ops_series *s = arena_array(arena, OPS_METRICS_MAX, sizeof(*s));
            ops_verdicts out = {0};
            const struct value *v;
            struct err err = ERR_INIT;
            struct ops_record r = {.kind = *k,
                                   .id = "r",
                                   .name = "r",
                                   .arn = "x",
                                   .state = "x",
                                   .region = "x",
                                   .account = "x",
                                   .number = "x"};

            assert_ok(json_parse(arena, str_from(records[i]), &v, &err), &err);
            r.item = v;
            for (size_t n = 0; n < OPS_READS_MAX; n++)
                r.reads[n].value = v;
            for (size_t n = 0; n < OPS_METRICS_MAX; n++)
                s[n].asked = s[n].compared = true;
            ops_judge(arena, &r, s, NOW_MS, &out);
            for (size_t n = 0; (*k)->logs && (*k)->logs[n].id; n++)
                (void)ops_log_group(arena, &(*k)->logs[n], &r);
            VEC_RELEASE(&out);
        }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_cell),
        TEST(services_are_there),
        TEST(rows_are_well_made),
        TEST(operations_are_defined),
        TEST(cases),
        TEST(log_groups),
        TEST(kinds_of_ids),
        TEST(connections),
        TEST(strange_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

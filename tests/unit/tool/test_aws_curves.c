/* test_aws_curves.c - the metrics of one resource as curves: what is asked and how often, where
 * points stand in time, what is judged by which limit, and how nothing, a refusal and a failure are
 * told. R-42 A-15 */
#include "tests/lib/awsbench.h"

#include <math.h>

#include "runbook/codec/json.h"
#include "runbook/tool/aws_curves.h"

#define NOW INT64_C(1795219500000) /* a border of five minutes */
#define METRICS "{\"service\":\"cloudwatch\",\"operation\":\"GetMetricData\","

struct look {
    struct bench b;
    struct arena *arena;
    struct ops_record record;
    struct ops_curves *curves;
    const struct ops_curves_answer *answer;
    bool done;
};

static void on_done(void *ctx)
{
    struct look *l = ctx;

    assert_false(l->done);
    l->done = true;
    l->answer = ops_curves_answer(l->curves);
}

static void ask(struct look *l, const char *rules, const char *service, const char *kind,
                const char *state)
{
    static const struct value empty = {.type = VALUE_OBJECT};
    struct ops_curves_options o = {.now_ms = NOW};
    struct err err = ERR_INIT;

    *l = (struct look){.done = false};
    bench_init(&l->b, rules);
    o.estate = l->b.env.aws;
    assert_int_equal(aws_estate_account(o.estate, NULL, &o.account, &err), ERR_OK);
    l->record = (struct ops_record){.kind = ops_kind_find(str_from(service), str_from(kind)),
                                    .id = "x-1",
                                    .name = "ship",
                                    .arn = "",
                                    .state = state,
                                    .region = "eu-west-1",
                                    .account = "shop",
                                    .number = "123456789012",
                                    .item = &empty};
    assert_non_null(l->record.kind);
    o.record = &l->record;
    l->curves = ops_curves_start(&o, on_done, l);
    assert_false(l->done); /* never from within the call */
    while (!l->done)
        loop_turn(l->b.loop, true);
}

static void leave(struct look *l)
{
    ops_curves_free(l->curves);
    bench_release(&l->b);
}

static const struct ops_curve *curve(const struct look *l, const char *id)
{
    for (size_t i = 0; i < l->answer->count; i++)
        if (strcmp(l->answer->curves[i].id, id) == 0)
            return &l->answer->curves[i];
    fail_msg("no %s", id);
    return NULL;
}

static void test_read(void **state)
{
    const struct ops_curve *c;
    struct look l;

    (void)state;
    ask(&l,
        "[" METRICS
        "\"metrics\":[{\"metric\":\"AWS/EC2 CPUUtilization\",\"before\":12,\"after\":97,"
        "\"at_ms\":1795217700000}]}]",
        "ec2", "instance", "running");
    c = curve(&l, "cpu");
    assert_int_equal(c->end, OPS_CURVE_READ);
    assert_int_equal(c->count, 36);
    assert_int_equal(c->period_s, 300);
    assert_true(fabs(c->values[0] - 12) < 1e-9);
    assert_true(fabs(c->values[35] - 97) < 1e-9);
    assert_true(fabs(c->now - 97) < 1e-9);
    assert_int_equal(c->state, OPS_WARNING);
    assert_string_equal(c->limit, "> 90 %");
    assert_int_equal(l.answer->window_s, 3 * 3600);
    c = curve(&l, "cpu-credits");
    assert_int_equal(c->end, OPS_CURVE_EMPTY);
    assert_true(isnan(c->now));
    assert_int_equal(awsfake_count(l.b.fake, NULL), 1); /* all rows in one call */
    leave(&l);
}

/* At its limit nothing is passed; a machine that stopped keeps its curves and is not judged. */
static void test_limit(void **state)
{
    static const char rules[] =
        "[" METRICS "\"metrics\":[{\"metric\":\"AWS/EC2 CPUUtilization\",\"before\":90,"
        "\"after\":90,\"at_ms\":1795217700000}]}]";
    struct look l;

    (void)state;
    ask(&l, rules, "ec2", "instance", "running");
    assert_int_equal(curve(&l, "cpu")->state, OPS_OK);
    leave(&l);
    ask(&l, rules, "ec2", "instance", "stopped");
    assert_int_equal(curve(&l, "cpu")->end, OPS_CURVE_READ);
    assert_true(fabs(curve(&l, "cpu")->values[35] - 90) < 1e-9);
    leave(&l);
}

static size_t times(const struct buf *log, const char *text)
{
    size_t n = 0;

    for (const char *at = strstr(buf_cstr(log), text); at; at = strstr(at + 1, text))
        n++;
    return n;
}

/* A share is of the points at the same time; what two rows have in common is asked once. */
static void test_share(void **state)
{
    struct buf log = BUF_INIT(1 << 20);
    const struct ops_curve *c;
    struct look l;

    (void)state;
    ask(&l,
        "[" METRICS "\"metrics\":[{\"metric\":\"AWS/Lambda Invocations\",\"before\":100,\"after\":"
        "100,\"at_ms\":1795215800000},{\"metric\":\"AWS/Lambda Errors\",\"before\":2,\"after\":30,"
        "\"at_ms\":1795215800000}]}]",
        "lambda", "function", "Active");
    c = curve(&l, "error-rate");
    assert_true(fabs(c->values[0] - 2) < 1e-9);
    assert_true(fabs(c->values[35] - 30) < 1e-9);
    assert_string_equal(c->limit, ">= 20 %");
    assert_int_equal(c->state, OPS_UNHEALTHY);
    assert_true(fabs(curve(&l, "errors")->values[35] - 30) < 1e-9);
    awsfake_log(l.b.fake, &log);
    assert_int_equal(times(&log, "MetricName=Errors"), 1);
    buf_release(&log);
    leave(&l);
}

static void test_refused(void **state)
{
    struct look l;

    (void)state;
    ask(&l, "[" METRICS "\"status\":403,\"error\":\"AccessDenied\",\"message\":\"not you\"}]",
        "ec2", "instance", "running");
    assert_int_equal(curve(&l, "cpu")->end, OPS_CURVE_DENIED);
    assert_int_equal(l.answer->end, AWS_END_DENIED);
    assert_string_equal(l.answer->action, "cloudwatch:GetMetricData");
    leave(&l);
    ask(&l, "[" METRICS "\"status\":400,\"error\":\"ValidationError\",\"message\":\"bad\"}]", "ec2",
        "instance", "running");
    assert_int_equal(curve(&l, "cpu")->end, OPS_CURVE_FAILED);
    assert_non_null(strstr(curve(&l, "cpu")->why, "ValidationError: bad"));
    leave(&l);
}

/* Nothing to ask: nothing is sent, and it is said why. */
static void test_none(void **state)
{
    struct look l;

    (void)state;
    ask(&l, "[]", "iam", "user", "");
    assert_int_equal(l.answer->count, 0);
    assert_true(*l.answer->none != '\0');
    assert_int_equal(awsfake_count(l.b.fake, NULL), 0);
    leave(&l);
}

/* Whoever leaves while it is being asked hears nothing more. */
static void test_leave(void **state)
{
    struct ops_curves_options o = {.now_ms = NOW};
    struct err err = ERR_INIT;
    struct look l;

    (void)state;
    ask(&l, "[]", "ec2", "instance", "running");
    o.estate = l.b.env.aws;
    assert_int_equal(aws_estate_account(o.estate, NULL, &o.account, &err), ERR_OK);
    o.record = &l.record;
    ops_curves_free(ops_curves_start(&o, on_done, &l));
    leave(&l);
}

/* A bucket's metrics are where the bucket is, and not where its list was asked. */
static void test_place(void **state)
{
    static const char *const rules[] = {
        "[{\"service\":\"s3\",\"operation\":\"GetBucketLocation\",\"body\":\"<LocationConstraint>"
        "ap-south-1</LocationConstraint>\"}," METRICS "\"region\":\"ap-south-1\",\"metrics\":[{"
        "\"metric\":\"AWS/S3 NumberOfObjects\",\"before\":7,\"after\":7,"
        "\"at_ms\":1795217700000}]}]",
        "[{\"service\":\"s3\",\"operation\":\"GetBucketLocation\",\"status\":403,\"error\":"
        "\"AccessDenied\"}]",
    };
    struct look l;

    (void)state;
    ask(&l, rules[0], "s3", "bucket", "");
    assert_int_equal(curve(&l, "objects")->end, OPS_CURVE_READ);
    assert_true(fabs(curve(&l, "objects")->now - 7) < 1e-9);
    leave(&l);
    ask(&l, rules[1], "s3", "bucket", ""); /* never another region's nothing */
    assert_int_equal(curve(&l, "objects")->end, OPS_CURVE_DENIED);
    assert_string_equal(l.answer->action, "s3:GetBucketLocation");
    assert_int_equal(awsfake_count(l.b.fake, "cloudwatch:GetMetricData"), 0);
    leave(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),  cmocka_unit_test(test_place),   cmocka_unit_test(test_limit),
        cmocka_unit_test(test_share), cmocka_unit_test(test_refused), cmocka_unit_test(test_none),
        cmocka_unit_test(test_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

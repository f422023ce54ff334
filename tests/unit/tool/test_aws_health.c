/* test_aws_health.c - the health of resources asked of a server: what is read once and what for
 * each resource, how values, refusals and gaps are told, the days before, what is left alone.
 * A-09 A-12 A-24 A-27 A-51 */
#include "tests/lib/awsbench.h"

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/tool/aws_ops.h"

static void run(struct bench *b, const char *args)
{
    bench_run(b, "aws_health", args);
}

/* i-1 runs and its system is impaired, i-2 is stopped. */
#define INSTANCES                                                                                  \
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":"       \
    "{\"item\":[{\"instancesSet\":{\"item\":[{\"instanceId\":\"i-1\",\"instanceState\":{\"name\":" \
    "\"running\"}},{\"instanceId\":\"i-2\",\"instanceState\":{\"name\":\"stopped\"}}]}}]}}}"
#define STATUS                                                                                     \
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstanceStatus\",\"json\":{"                     \
    "\"instanceStatusSet\":{\"item\":[{\"instanceId\":\"i-1\",\"instanceStatus\":{\"status\":"     \
    "\"ok\",\"details\":{\"item\":[{\"name\":\"reachability\",\"status\":\"passed\"}]}},"          \
    "\"systemStatus\":{\"status\":\"impaired\"}}]}}}"
#define METRIC(match, id, value)                                                                   \
    "{\"service\":\"cloudwatch\",\"operation\":\"GetMetricData\"" match                            \
    ",\"json\":{\"MetricDataResults\":{\"member\":[{\"Id\":\"" id "\",\"Label\":\"L\","            \
    "\"Timestamps\":{\"member\":[\"2026-11-21T00:00:00Z\"]},\"Values\":{\"member\":[\"" value      \
    "\"]},\"StatusCode\":\"Complete\"}]}}}"

static void test_instances(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[" INSTANCES "," STATUS "," METRIC("", "q1", "90.1") "]");
    run(&b, "{\"service\":\"ec2:instance\"}");
    assert_int_equal(b.status, TOOL_OK);
    assert_string_equal(b.summary, "2 resources: 1 unhealthy, 1 with a warning, 0 not known");
    bench_says(&b, "\"check\":\"system-status\",\"state\":\"unhealthy\",\"severity\":\"critical\"");
    bench_says(&b,
               "\"check\":\"cpu\",\"state\":\"warning\",\"severity\":\"warning\",\"value\":90.1,"
               "\"threshold\":90");
    bench_says(&b,
               "\"text\":\"CPU: 90.1 % (> 90 %)\",\"evidence\":\"AWS/EC2 CPUUtilization Maximum");
    bench_says(&b,
               "{\"type\":\"state\",\"resource\":\"i-2\",\"value\":\"stopped\",\"threshold\":null,"
               "\"severity\":\"warning\"");
    assert_false(bench_said(&b, "instance-reachability")); /* it is fine */
    assert_int_equal(awsfake_count(b.fake, "ec2:DescribeInstanceStatus"), 1);
    assert_int_equal(awsfake_count(b.fake, "cloudwatch:GetMetricData"), 1);
    run(&b, "{\"resource\":\"i-2\",\"all\":true}");
    bench_says(&b, "1 resources: 0 unhealthy, 1 with a warning"); /* its form says what it is */
    bench_release(&b);
}

static void test_one(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[" INSTANCES "," STATUS "," METRIC("", "q1", "90") "]");
    run(&b, "{\"service\":\"ec2:instance\",\"resource\":\"i-1\",\"all\":true}");
    bench_says(&b, "1 resources: 1 unhealthy");
    bench_says(&b, "\"check\":\"cpu\",\"state\":\"ok\"");
    bench_says(&b, "\"check\":\"instance-reachability\",\"state\":\"ok\"");
    run(&b, "{\"service\":\"ec2\",\"resource\":\"i-9\"}");
    assert_int_equal(b.status, TOOL_EMPTY);
    run(&b, "{\"service\":\"lamda\"}");
    bench_says(&b, "did you mean 'lambda'");
    run(&b, "{\"resource\":\"orders\"}");
    bench_says(&b, "does not say which service");
    run(&b, "{}");
    bench_says(&b, "say what to look at");
    run(&b, "{\"service\":\"ec2\",\"region\":\"nowhere; drop\"}");
    bench_says(&b, "is no region of AWS");
    run(&b, "{\"service\":\"ec2\",\"account\":\"other\"}");
    bench_says(&b, "no account 'other'");
    bench_release(&b);
}

#define DENIED(service, operation)                                                                 \
    "{\"service\":\"" service "\",\"operation\":\"" operation                                      \
    "\",\"status\":403,\"error\":\"AccessDenied\",\"message\":\"not you\"}"

/* What was not read is not known, it is never fine. */
static void test_denied(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, "[" INSTANCES "," DENIED("ec2", "DescribeInstanceStatus") "," DENIED(
                       "cloudwatch", "GetMetricData") "]");
    run(&b, "{\"service\":\"ec2:instance\",\"resource\":\"i-1\"}");
    bench_says(&b,
               "1 resources: 0 unhealthy, 0 with a warning, 1 not known; not all could be read");
    bench_says(&b, "\"check\":\"system-status\",\"state\":\"unknown\"");
    bench_says(&b, "\"end\":\"denied\"");
    bench_says(&b, "\"action\":\"ec2:DescribeInstanceStatus\"");
    bench_says(&b, "\"action\":\"cloudwatch:GetMetricData\"");
    bench_says(&b, "metrics: not known");
    awsfake_add(b.fake, DENIED("ec2", "DescribeInstances"));
    run(&b, "{\"service\":\"ec2:instance\"}");
    assert_int_equal(b.status, TOOL_DENIED);
    bench_says(&b, "it needs ec2:DescribeInstances");
    bench_release(&b);
}

/* A read that nobody may do is not tried for each of many resources; those in flight are. */
static void test_denied_often(void **state)
{
    struct bench b;
    struct buf rules = BUF_INIT(1 << 20);
    size_t asked;

    (void)state;
    buf_adds(&rules, "[{\"service\":\"sqs\",\"operation\":\"ListQueues\",\"json\":{\"QueueUrl\":[");
    for (int i = 0; i < 300; i++)
        buf_addf(&rules, "%s\"https://sqs.eu-west-1.amazonaws.com/123456789012/q%d\"", i ? "," : "",
                 i);
    buf_adds(&rules, "]}}," DENIED("sqs", "GetQueueAttributes") "]");
    bench_init(&b, buf_cstr(&rules));
    run(&b, "{\"service\":\"sqs\"}");
    bench_says(&b, "300 resources: 0 unhealthy, 0 with a warning, 300 not known");
    bench_says(&b, "\"action\":\"sqs:GetQueueAttributes\",\"times\":300");
    asked = awsfake_count(b.fake, "sqs:GetQueueAttributes");
    assert_true(asked >= 5 && asked < 150);
    assert_int_equal(awsfake_count(b.fake, "sqs:ListDeadLetterSourceQueues"), 300);
    bench_release(&b);
    buf_release(&rules);
}

/* A bucket whose settings are not there: that is an answer, and a bad one. */
static void test_bucket(void **state)
{
    struct bench b;

    (void)state;
    bench_init(
        &b,
        "[{\"service\":\"s3\",\"operation\":\"ListBuckets\",\"root\":\"ListAllMyBucketsResult\","
        "\"json\":{\"Buckets\":{\"Bucket\":[{\"Name\":\"open-door\"}]}}},"
        "{\"service\":\"s3\",\"operation\":\"GetPublicAccessBlock\",\"status\":404,\"error\":"
        "\"NoSuchPublicAccessBlockConfiguration\"},"
        "{\"service\":\"s3\",\"operation\":\"GetBucketEncryption\",\"status\":404,\"error\":"
        "\"ServerSideEncryptionConfigurationNotFoundError\"},"
        "{\"service\":\"s3\",\"operation\":\"GetBucketPolicyStatus\",\"root\":\"PolicyStatus\","
        "\"json\":{\"IsPublic\":\"TRUE\"}},"
        "{\"service\":\"s3\",\"operation\":\"GetBucketLocation\",\"body\":"
        "\"<LocationConstraint>eu-central-1</LocationConstraint>\"}]");
    run(&b, "{\"service\":\"s3\"}");
    bench_says(&b, "1 resources: 1 unhealthy");
    bench_says(&b, "{\"type\":\"public-access-block\",\"resource\":\"open-door\",\"value\":0,"
                   "\"threshold\":4,\"severity\":\"warning\"");
    bench_says(&b, "{\"type\":\"encryption\",\"resource\":\"open-door\",\"value\":\"not set\"");
    bench_says(&b, "{\"type\":\"public-policy\",\"resource\":\"open-door\",\"value\":\"TRUE\","
                   "\"threshold\":null,\"severity\":\"critical\"");
    buf_clear(&b.body);
    awsfake_log(b.fake, &b.body); /* metrics are where the bucket is */
    bench_says(&b, "cloudwatch GetMetricData eu-central-1");
    assert_null(strstr(buf_cstr(&b.body), "GetMetricData eu-west-1"));
    bench_release(&b);
}

#define BUCKET(operation, name, rest)                                                              \
    "{\"service\":\"s3\",\"operation\":\"" operation "\",\"match\":\"" name "\"," rest "}"
#define SHUT                                                                                       \
    "\"root\":\"PublicAccessBlockConfiguration\",\"json\":{\"BlockPublicAcls\":\"true\","          \
    "\"IgnorePublicAcls\":\"true\",\"BlockPublicPolicy\":\"true\",\"RestrictPublicBuckets\":"      \
    "\"true\"}"
#define SEALED                                                                                     \
    "\"root\":\"ServerSideEncryptionConfiguration\",\"json\":{\"Rule\":{"                          \
    "\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}}"

/* of three buckets the one whose ACL lets everybody in and the one without encryption are
 * flagged and the third is not; objects, bytes and refused and failed requests are measured; all
 * that is sent reads; what changes S3 at all closes it or encrypts it, and takes that back: nothing
 * writes an object, an ACL or a policy. */
static void test_buckets_are_read(void **state)
{
    static const char *const may[] = {"PutPublicAccessBlock", "PutBucketEncryption",
                                      "DeleteBucketEncryption"};
    const struct aws_service *s3;
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    struct buf log = BUF_INIT(1 << 20);
    struct str rest, line, word;
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_init(&b, "[{\"service\":\"s3\",\"operation\":\"ListBuckets\",\"root\":"
                   "\"ListAllMyBucketsResult\","
                   "\"json\":{\"Buckets\":{\"Bucket\":[{\"Name\":\"fine\"},{\"Name\":\"lent\"},{"
                   "\"Name\":"
                   "\"bare\"}]}}}," BUCKET("GetPublicAccessBlock", "fine",
                                           SHUT) "," BUCKET("GetPublicAccessBlock", "bare", SHUT) "," BUCKET("GetPublicAccessBlock",
                                                                                                             "lent",
                                                                                                             "\"root\":\"PublicAccessBlockConfiguration\",\"json\":{\"BlockPublicAcls\":\"false\","
                                                                                                             "\"IgnorePublicAcls\":\"false\",\"BlockPublicPolicy\":\"true\","
                                                                                                             "\"RestrictPublicBuckets\":\"true\"}") "," BUCKET("GetBucketEncryption",
                                                                                                                                                               "fine",
                                                                                                                                                               SEALED) "," BUCKET("GetBucketEncryption", "lent", SEALED) "," BUCKET("GetBucketEncryption", "bare", "\"status\":404,\"error\":\"ServerSideEncryptionConfigurationNotFoundError\"") "," BUCKET("GetBucketAcl",
                                                                                                                                                                                                                                                                                                                                                             "lent",
                                                                                                                                                                                                                                                                                                                                                             "\"root\":\"AccessControlPolicy\",\"json\":{\"AccessControlList\":{\"Grant\":{\"Grantee\":{"
                                                                                                                                                                                                                                                                                                                                                             "\"URI\":\"http://acs.amazonaws.com/groups/global/AllUsers\"},\"Permission\":"
                                                                                                                                                                                                                                                                                                                                                             "\"READ\"}}}") "," BUCKET("GetBucketMetricsConfiguration",
                                                                                                                                                                                                                                                                                                                                                                                       "fine",
                                                                                                                                                                                                                                                                                                                                                                                       "\"root\":\"ListMetricsConfigurationsResult\",\"json\":{\"MetricsConfiguration\":{"
                                                                                                                                                                                                                                                                                                                                                                                       "\"Id\":\"all\"}}") ","
                                                                                                                                                                                                                                                                                                                                                                                                           "{\"service\":\"cloudwatch\",\"operation\":\"GetMetricData\",\"metrics\":["
                                                                                                                                                                                                                                                                                                                                                                                                           "{\"metric\":\"AWS/S3 NumberOfObjects\",\"before\":12,\"after\":12,\"at_ms\":0},"
                                                                                                                                                                                                                                                                                                                                                                                                           "{\"metric\":\"AWS/S3 BucketSizeBytes\",\"before\":4096,\"after\":4096,\"at_ms\":0},"
                                                                                                                                                                                                                                                                                                                                                                                                           "{\"metric\":\"AWS/S3 4xxErrors\",\"before\":0.06,\"after\":0.06,\"at_ms\":0},"
                                                                                                                                                                                                                                                                                                                                                                                                           "{\"metric\":\"AWS/S3 5xxErrors\",\"before\":0.25,\"after\":0.25,\"at_ms\":0}]}]");
    run(&b, "{\"service\":\"s3\",\"all\":true}");
    bench_says(&b, "{\"type\":\"public-acl\",\"resource\":\"lent\"");
    bench_says(&b, "{\"type\":\"encryption\",\"resource\":\"bare\",\"value\":\"not set\"");
    assert_false(bench_said(&b, "{\"type\":\"public-acl\",\"resource\":\"bare\""));
    assert_false(bench_said(&b, "{\"type\":\"encryption\",\"resource\":\"lent\""));
    assert_false(bench_said(&b, "{\"type\":\"public-access-block\",\"resource\":\"fine\""));
    bench_says(&b, "{\"type\":\"errors-4xx\",\"resource\":\"fine\",\"value\":6,");
    bench_says(&b, "{\"type\":\"errors-5xx\",\"resource\":\"fine\",\"value\":25,");
    awsfake_log(b.fake, &log);
    assert_non_null(strstr(buf_cstr(&log), "MetricName=NumberOfObjects"));
    assert_non_null(strstr(buf_cstr(&log), "MetricName=BucketSizeBytes"));
    rest = buf_str(&log);
    while (str_line(&rest, &line)) {
        str_split(&line, ' ', &word);
        str_split(&line, ' ', &word);
        if (!str_starts(word, "Get") && !str_starts(word, "List"))
            fail_msg("%.*s was sent", STR_FMT(word));
    }
    assert_ok(aws_catalogue_get(c, STR_LIT("s3"), &s3, &err), &err);
    assert_int_equal(s3->change_count, 3);
    for (size_t i = 0; i < s3->change_count; i++)
        assert_true(str_eq_c(s3->changes[i].name, may[0]) ||
                    str_eq_c(s3->changes[i].name, may[1]) || str_eq_c(s3->changes[i].name, may[2]));
    aws_catalogue_free(c);
    buf_release(&log);
    bench_release(&b);
}

struct asked {
    struct ops_ask *ask;
    int done;
};

static void on_asked(void *ctx)
{
    ((struct asked *)ctx)->done++;
}

/* The recent window and the same windows of the days before are asked for, and told apart. */
static void test_days_before(void **state)
{
    int64_t now = clock_system()->wall_ms(clock_system());
    struct ops_options o = {.service = "ec2:instance", .resource = "i-1", .anomalies = true};
    struct asked a = {0};
    struct bench b;
    char at[TIME_TEXT_MAX], rule[1024];
    const struct ops_report *const *reports;
    struct err err = ERR_INIT;
    bool found = false;

    (void)state;
    bench_init(&b, "[" INSTANCES "," STATUS "," METRIC("", "q1", "5") "]");
    time_format_rfc3339(now / 300000 * 300000 - 1800000, at);
    at[19] = '\0';
    (void)snprintf(rule, sizeof(rule), METRIC(",\"match\":\"StartTime=%s\"", "q1", "60"), at);
    awsfake_add(b.fake, rule);
    o.estate = b.env.aws;
    o.now_ms = now;
    assert_ok(ops_ask_start(&o, on_asked, &a, &a.ask, &err), &err);
    while (!a.done && loop_turn(b.loop, true))
        ;
    assert_int_equal(a.done, 1);
    assert_int_equal(ops_ask_reports(a.ask, &reports), 1);
    assert_int_equal(awsfake_count(b.fake, "cloudwatch:GetMetricData"), 1 + OPS_DAYS);
    VEC_EACH (v, &reports[0]->subjects.items[0].verdicts)
        if (v->anomaly && strcmp(v->check, "cpu") == 0) {
            assert_int_equal(v->state, OPS_WARNING);
            assert_string_equal(v->text, "CPU: 60 %, usually 5 % at this time of day (7 days)");
            found = true;
        }
    assert_true(found);
    awsfake_log(b.fake, &b.body);
    for (int day = 0; day <= OPS_DAYS; day++) { /* each of them, at the same time of day */
        char want[64];

        time_format_rfc3339(now / 300000 * 300000 - 1800000 - day * INT64_C(86400000), at);
        at[19] = '\0';
        (void)snprintf(want, sizeof(want), "StartTime=%s", at);
        bench_says(&b, want);
    }
    ops_ask_free(a.ask);
    bench_release(&b);
}

/* Services that were not chosen get no call; one that is named does. */
static void test_scope(void **state)
{
    static const char *const scope[] = {"sqs", NULL};
    struct bench b;

    (void)state;
    bench_init(&b, "[" INSTANCES "]");
    b.env.aws->scope = scope;
    run(&b, "{\"service\":\"all\"}");
    assert_int_equal(b.status, TOOL_EMPTY);
    assert_int_equal(awsfake_count(b.fake, "sqs:ListQueues"), 1);
    assert_int_equal(awsfake_count(b.fake, NULL), 1);
    run(&b, "{\"service\":\"ec2:instance\"}");
    assert_int_equal(awsfake_count(b.fake, "ec2:DescribeInstances"), 1);
    bench_release(&b);
}

/* Canceled or freed at any moment it ends, once. */
static void test_cancel(void **state)
{
    struct ops_options o = {.service = "all", .anomalies = true, .now_ms = 1};
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_init(&b, "[" INSTANCES "," STATUS "]");
    o.estate = b.env.aws;
    o.now_ms = clock_system()->wall_ms(clock_system());
    for (int turns = 0; turns < 24; turns += 2) {
        struct asked a = {0};

        assert_ok(ops_ask_start(&o, on_asked, &a, &a.ask, &err), &err);
        for (int i = 0; i < turns && !a.done; i++)
            loop_turn(b.loop, true);
        if (turns % 4 == 0) {
            ops_ask_cancel(a.ask);
            while (!a.done && loop_turn(b.loop, true))
                ;
            assert_int_equal(a.done, 1);
        }
        ops_ask_free(a.ask);
    }
    bench_release(&b);
}

/* The answer as lines. */
static void test_text(void **state)
{
    struct bench b;
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(1 << 16);
    const struct value *answer;
    struct err err = ERR_INIT;

    (void)state;
    bench_init(&b, "[" INSTANCES "," STATUS "]");
    run(&b, "{\"service\":\"ec2:instance\"}");
    assert_ok(json_parse(a, buf_str(&b.body), &answer, &err), &err);
    ops_report_text(answer, &out);
    assert_non_null(strstr(buf_cstr(&out), "2 resources: 1 unhealthy, 1 with a warning"));
    assert_non_null(strstr(buf_cstr(&out), "unhealthy ec2:instance i-1 in eu-west-1\n"
                                           "  unhealthy: status check of the system below it: "
                                           "impaired\n"));
    buf_release(&out);
    arena_free(a);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances),   cmocka_unit_test(test_one),
        cmocka_unit_test(test_denied),      cmocka_unit_test(test_denied_often),
        cmocka_unit_test(test_bucket),      cmocka_unit_test(test_buckets_are_read),
        cmocka_unit_test(test_days_before), cmocka_unit_test(test_scope),
        cmocka_unit_test(test_cancel),      cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

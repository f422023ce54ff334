/* test_aws_changes.c - change marks: what each source says, what two say of one change, what is cut
 * off, refused or left out. The server answers by rules. */
#include "tests/unit/net/netrun.h"

#include "runbook/base/timefmt.h"
#include "runbook/service/aws/changes.h"
#include "src/service/aws/changes_priv.h"
#include "tests/lib/awsfake.h"

#define NOW_MS INT64_C(1795222800000) /* 2026-11-21 01:00:00 UTC */
#define HOUR_MS INT64_C(3600000)

/* It is always one o'clock; deadlines go on. */
static int64_t real_now(struct clock *self)
{
    (void)self;
    return clock_system()->now_ms(clock_system());
}

static int64_t one_oclock(struct clock *self)
{
    (void)self;
    return NOW_MS;
}
static struct clock stands = {real_now, one_oclock};

struct bench {
    struct net net;
    struct awsfake *aws;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    struct aws_changes *changes;
    struct buf text;
    int done;
};

static void bench_init(struct bench *b, const char *rules)
{
    memset(b, 0, sizeof(*b));
    net_init_clock(&b->net, &stands, NULL);
    buf_init(&b->text, 1 << 20);
    b->aws = awsfake_open(rules);
    awsfake_env(b->aws);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    b->credentials =
        aws_credentials_new(b->net.loop, b->net.client, &(struct aws_credentials_options){0});
    b->client = aws_client_new(&(struct aws_client_options){
        .loop = b->net.loop, .http = b->net.client, .credentials = b->credentials});
    b->catalogue = aws_catalogue_new(NULL, 0);
}

static void bench_release(struct bench *b)
{
    aws_changes_free(b->changes);
    aws_client_free(b->client);
    aws_credentials_free(b->credentials);
    aws_catalogue_free(b->catalogue);
    awsfake_close(b->aws);
    buf_release(&b->text);
    net_release(&b->net);
}

static void on_done(void *ctx)
{
    ((struct bench *)ctx)->done++;
}

static struct aws_changes_query query(struct bench *b)
{
    return (struct aws_changes_query){.loop = b->net.loop,
                                      .catalogue = b->catalogue,
                                      .client = b->client,
                                      .account = "main",
                                      .number = "123456789012",
                                      .region = "eu-west-1",
                                      .since_ms = NOW_MS - HOUR_MS,
                                      .until_ms = NOW_MS};
}

static void ask(struct bench *b, struct aws_changes_query q)
{
    struct err err = ERR_INIT;

    b->done = 0;
    if (aws_changes_start(&q, on_done, b, &b->changes, &err))
        fail_msg("%s", err.msg);
    net_wait(&b->net, &b->done);
}

/* A line a mark, the newest first. */
static const char *lines(struct bench *b)
{
    size_t n;
    const struct aws_change *x = aws_changes_list(b->changes, &n);

    buf_clear(&b->text);
    for (size_t i = 0; i < n; i++) {
        char at[TIME_TEXT_MAX];

        time_format_hms(x[i].ts_ms, false, at);
        buf_addf(&b->text, "%s %s %s %s %s|%s|%s|%s\n", at, x[i].kind, x[i].service, x[i].name,
                 aws_outcome_name(x[i].outcome), x[i].actor, x[i].summary, x[i].source);
    }
    return buf_cstr(&b->text);
}

static const struct aws_change_source *source(struct bench *b, const char *name)
{
    size_t n;
    const struct aws_change_source *s = aws_changes_sources(b->changes, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(s[i].name, name) == 0)
            return &s[i];
    fail_msg("no source %s", name);
    return NULL;
}

static const char *only(const char *name)
{
    return name;
}

/* ---- pure parts ---- */

static void test_names(void **state)
{
    static const char *const cases[][2] = {
        {"web", "web"},
        {"arn:aws:ecs:eu-west-1:1:service/prod/web", "web"},
        {"arn:aws:lambda:eu-west-1:1:function:pay:12", "pay"},
        {"arn:aws:lambda:eu-west-1:1:function:pay", "pay"},
        {"arn:aws:cloudformation:eu-west-1:1:stack/orders/0e7f-8426", "orders"},
        {"arn:aws:ecs:eu-west-1:1:task-definition/web:12", "web:12"},
        {"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/tg/50dc6", "tg"},
        {"arn:aws:rds:eu-west-1:1:db:orders", "orders"},
        {"", ""},
        {"ends/", "ends/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str s = aws_resource_tail(str_from(cases[i][0]));

        if (!str_eq_c(s, cases[i][1]))
            fail_msg("%s: %.*s", cases[i][0], STR_FMT(s));
    }
    assert_true(aws_text_mentions(STR_LIT("update of web: done"), STR_LIT("web")));
    assert_true(aws_text_mentions(STR_LIT("service/prod/web"), STR_LIT("web")));
    assert_true(aws_text_mentions(STR_LIT("failed at web."), STR_LIT("web")));
    assert_false(aws_text_mentions(STR_LIT("web-2 and my-web"), STR_LIT("web")));
    assert_true(aws_text_mentions(STR_LIT("web-2 and web"), STR_LIT("web")));
    assert_false(aws_text_mentions(STR_LIT("web.example"), STR_LIT("web")));
    assert_false(aws_text_mentions(STR_LIT("anything"), STR_LIT("")));
}

static void test_times(void **state)
{
    struct value v = {.type = VALUE_STRING};

    (void)state;
    v.u.string = STR_LIT("2026-11-21T00:41:34.172155000Z");
    assert_int_equal(aws_time_ms(&v), 1795221694172);
    v.u.string = STR_LIT("2026-11-21T00:41:34.172+0000");
    assert_int_equal(aws_time_ms(&v), 1795221694172);
    v.u.string = STR_LIT("2026-11-21 00:41:34.172831+00:00");
    assert_int_equal(aws_time_ms(&v), 1795221694172);
    v.u.string = STR_LIT("yesterday");
    assert_int_equal(aws_time_ms(&v), 0);
    v = (struct value){.type = VALUE_NUMBER, .u.number = 1795221694.5};
    assert_int_equal(aws_time_ms(&v), 1795221694500);
    v.u.number = 1e300;
    assert_int_equal(aws_time_ms(&v), 0);
    v.u.number = -5;
    assert_int_equal(aws_time_ms(&v), 0);
    assert_int_equal(aws_time_ms(NULL), 0);
}

/* One change in two sources: two minutes apart at most, of one service, by name. */
static void test_merge(void **state)
{
    struct arena *a = arena_new(0);
    struct mark trail = {.x = {.ts_ms = 1000000,
                               .service = "ecs",
                               .name = "web",
                               .actor = "alice",
                               .from = "1.2.3.4",
                               .call = "UpdateService",
                               .source = "t",
                               .kind = "deployment",
                               .resource = "web",
                               .id = "e1"},
                         .trail = true};
    struct mark record = {.x = {.ts_ms = 1120000,
                                .service = "ecs",
                                .name = "web",
                                .actor = "",
                                .from = "",
                                .call = "",
                                .source = "r",
                                .kind = "deployment",
                                .resource = "arn:x/web",
                                .id = "d1"}};
    struct mark m[2] = {trail, record};

    (void)state;
    changes_merge(m, 2, a);
    assert_true(m[0].gone);
    assert_string_equal(m[1].x.actor, "alice");
    assert_string_equal(m[1].x.call, "UpdateService");
    assert_string_equal(m[1].x.source, "r + t");
    m[0] = trail;
    m[1] = record;
    m[1].x.ts_ms++; /* 120,001 ms */
    changes_merge(m, 2, a);
    assert_false(m[0].gone);
    m[1] = record;
    m[1].x.service = "rds";
    changes_merge(m, 2, a);
    assert_false(m[0].gone);
    m[1] = record;
    m[1].x.name = "api";
    changes_merge(m, 2, a);
    assert_false(m[0].gone);
    m[1] = record;
    m[1].alone = true;
    changes_merge(m, 2, a);
    assert_false(m[0].gone);
    m[1] = record;
    m[0].x.outcome = AWS_OUTCOME_FAILED; /* a refused call causes nothing */
    changes_merge(m, 2, a);
    assert_false(m[0].gone);
    arena_free(a);
}

/* ---- sources ---- */

/* clang-format off */
#define TRAIL(events)                                                                              \
    "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\",\"json\":{\"Events\":[" events "]" \
    "}" \
    "}"
#define EVENT(id, at, name, source, user, detail)                                                  \
    "{\"EventId\":\"" id "\",\"EventName\":\"" name "\",\"EventTime\":" at                         \
    ",\"EventSource\":\"" source "\",\"Username\":\"" user                                         \
    "\",\"Resources\":[],\"CloudTrailEvent\":\"" detail "\"}"
#define WHO                                                                                        \
    "\\\"userIdentity\\\":{\\\"type\\\":\\\"AssumedRole\\\",\\\"sessionContext\\\":{"              \
    "\\\"sessionIssuer\\\":{\\\"userName\\\":\\\"deployer\\\"}}},\\\"sourceIPAddress\\\":\\\"203." \
    "0.113.7\\\""

static const char
    ecs_rules[] =
        "[" TRAIL(
            EVENT("e1", "1795221000", "UpdateService", "ecs.amazonaws.com", "alice", "{" WHO ",\\\"requestParameters\\\":{\\\"cluster\\\":\\\"prod\\\",\\\"service\\\":\\\"web\\\"}}") "," EVENT(
                "e2", "1795221100", "CreateLogStream", "logs.amazonaws.com", "bot",
                "{}") "," EVENT("e3", "1795221200", "DescribeThings", "ecs.amazonaws.com", "bot",
    "{\\\"readOnly\\\":true}") "," EVENT("e4", "1795221300",
    "RevokeSecurityGroupIngress",
    "ec2.amazonaws.com", "bob",
    "{\\\"userIdentity\\\":{"
    "\\\"type\\\":\\\"IAMUser\\\","
    "\\\"userName\\\":\\\"bob\\\"}"
    ","
    "\\\"requestParameters\\\":{"
    "\\\"groupId\\\":\\\"sg-1\\\"}"
    "}") "," EVENT("e5",
    "1795221400",
    "DeleteBucket",
    "s3.amazonaws."
    "com",
    "eve",
    "{\\\"errorCode"
    "\\\":"
    "\\\"AccessDeni"
    "ed\\\","
    "\\\"errorMessa"
    "ge\\\":"
    "\\\"no\\\","
    "\\\"requestPar"
    "ameters\\\":{"
    "\\\"bucketName"
    "\\\":"
    "\\\"logs\\\"}"
    "}") "," EVENT("e6",
    "1795221500",
    "PutThing",
    "iot.amazonaws.com",
    "x",
    "no JSON at all")) ","
    "{\"service\":\"ecs\",\"operation\":\"ListClusters\",\"json\":{\"clusterArns\":[\"arn:aws:ecs:eu-west-1:1:cluster/prod\"]}},"
    "{\"service\":\"ecs\",\"operation\":\"ListServices\",\"json\":{\"serviceArns\":[\"arn:aws:ecs:eu-west-1:1:service/prod/web\"]}},"
    "{\"service\":\"ecs\",\"operation\":\"DescribeServices\",\"json\":{\"services\":[{\"serviceArn\":"
    "\"arn:aws:ecs:eu-west-1:1:service/prod/web\",\"deployments\":[{\"id\":\"ecs-svc/2\",\"createdAt\":1795221002.5,"
    "\"taskDefinition\":\"arn:aws:ecs:eu-west-1:1:task-definition/web:12\",\"desiredCount\":3,\"runningCount\":0,"
    "\"failedTasks\":9,\"rolloutState\":\"FAILED\",\"rolloutStateReason\":\"ECS deployment circuit breaker: task failed to start.\"},"
    "{\"id\":\"ecs-svc/3\",\"createdAt\":1795221602,\"taskDefinition\":\"arn:aws:ecs:eu-west-1:1:task-definition/web:11\","
    "\"desiredCount\":3,\"runningCount\":3,\"failedTasks\":0,\"rolloutState\":\"COMPLETED\","
    "\"rolloutStateReason\":\"ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.\"}],"
    "\"events\":[{\"id\":\"v1\",\"createdAt\":1795221700,\"message\":\"(service web) has reached a steady state.\"},"
    "{\"id\":\"v2\",\"createdAt\":1795221300,\"message\":\"(service web) was unable to place a task.\"}]}]}}]";

/* clang-format on */
static void test_ecs_and_trail(void **state)
{
    struct bench b;
    size_t n;

    (void)state;
    bench_init(&b, ecs_rules);
    ask(&b, query(&b));
    assert_string_equal(
        lines(&b),
        "00:40:02 deployment ecs web rolled-back||deployment of web: web:11, 3 of 3 tasks run, 0 "
        "failed: ECS deployment "
        "circuit breaker: rolling back to deploymentId ecs-svc/1.|ecs:DescribeServices\n"
        "00:38:20 configuration iot  ok|x|PutThing|cloudtrail:LookupEvents\n"
        "00:36:40 deletion s3 logs failed|eve|DeleteBucket of logs refused: AccessDenied "
        "no|cloudtrail:LookupEvents\n"
        "00:35:00 event ecs web failed||(service web) was unable to place a "
        "task.|ecs:DescribeServices\n"
        "00:35:00 network ec2 sg-1 ok|bob|RevokeSecurityGroupIngress of "
        "sg-1|cloudtrail:LookupEvents\n"
        "00:30:02 deployment ecs web failed|alice (role deployer)|deployment of web: web:12, 0 of "
        "3 tasks run, 9 "
        "failed: ECS deployment circuit breaker: task failed to start.|ecs:DescribeServices + "
        "cloudtrail:LookupEvents\n");
    assert_int_equal(source(&b, "cloudtrail")->routine, 1);
    assert_int_equal(source(&b, "ecs")->routine, 1);
    assert_int_equal(source(&b, "ecs")->end, AWS_END_WHOLE);
    assert_string_equal(aws_changes_list(b.changes, &n)[5].from, "203.0.113.7");
    assert_string_equal(aws_changes_list(b.changes, &n)[5].call, "UpdateService");
    bench_release(&b);
}

/* clang-format off */
static const char deploy_rules[] =
    "[{\"service\":\"codedeploy\",\"operation\":\"ListDeployments\",\"json\":{\"deployments\":[\"d-"
    "1\",\"d-2\"]}},"
    "{\"service\":\"codedeploy\",\"operation\":\"BatchGetDeployments\",\"match\":\"d-1\",\"json\":{"
    "\"deploymentsInfo\":["
    "{\"deploymentId\":\"d-1\",\"applicationName\":\"shop\",\"deploymentGroupName\":\"prod\","
    "\"status\":\"Failed\",\"createTime\":1795221000,"
    "\"creator\":\"user\",\"errorInformation\":{\"message\":\"too many "
    "failed\"},\"rollbackInfo\":{\"rollbackDeploymentId\":\"d-2\"}},"
    "{\"deploymentId\":\"d-2\",\"applicationName\":\"shop\",\"deploymentGroupName\":\"prod\","
    "\"status\":\"Succeeded\",\"createTime\":1795221060,"
    "\"creator\":\"codeDeployRollback\"}]}},"
    "{\"service\":\"codepipeline\",\"operation\":\"ListPipelines\",\"json\":{\"pipelines\":[{"
    "\"name\":\"release\"}]}},"
    "{\"service\":\"codepipeline\",\"operation\":\"ListPipelineExecutions\",\"json\":{"
    "\"pipelineExecutionSummaries\":["
    "{\"pipelineExecutionId\":\"x1\",\"status\":\"Succeeded\",\"startTime\":1795220400,"
    "\"sourceRevisions\":[{\"revisionId\":"
    "\"0123456789abcdef\",\"revisionSummary\":\"fix the "
    "cart\"}],\"trigger\":{\"triggerType\":\"Webhook\",\"triggerDetail\":\"carol\"}},"
    "{\"pipelineExecutionId\":\"x0\",\"status\":\"Succeeded\",\"startTime\":1795000000}],"
    "\"nextToken\":\"more\"}},"
    "{\"service\":\"lambda\",\"operation\":\"ListFunctions\",\"json\":{\"Functions\":[{"
    "\"FunctionName\":\"pay\",\"FunctionArn\":"
    "\"arn:aws:lambda:eu-west-1:1:function:pay\",\"LastModified\":\"2026-11-21T00:20:00.000+0000\","
    "\"Version\":\"$LATEST\"},"
    "{\"FunctionName\":\"old\",\"FunctionArn\":\"arn:aws:lambda:eu-west-1:1:function:old\","
    "\"LastModified\":\"2025-11-21T00:20:00.000+0000\"}]}},"
    "{\"service\":\"lambda\",\"operation\":\"ListVersionsByFunction\",\"json\":{\"Versions\":[{"
    "\"FunctionName\":\"pay\",\"FunctionArn\":"
    "\"arn:aws:lambda:eu-west-1:1:function:pay:7\",\"Version\":\"7\",\"LastModified\":\"2026-11-"
    "21T00:21:00.000+0000\",\"Description\":\"r7\"}]}},"
    "{\"service\":\"lambda\",\"operation\":\"ListAliases\",\"json\":{\"Aliases\":[{\"Name\":"
    "\"live\",\"FunctionVersion\":\"7\"}]}},"
    "{\"service\":\"cloudformation\",\"operation\":\"DescribeStacks\",\"json\":{\"Stacks\":{"
    "\"member\":[{\"StackName\":\"net\",\"StackId\":"
    "\"arn:aws:cloudformation:eu-west-1:1:stack/net/"
    "u\",\"CreationTime\":\"2025-01-01T00:00:00Z\",\"LastUpdatedTime\":\"2026-11-21T00:30:00Z\"},"
    "{\"StackName\":\"calm\",\"StackId\":\"arn:aws:cloudformation:eu-west-1:1:stack/calm/"
    "u\",\"CreationTime\":\"2025-01-01T00:00:00Z\"}]}}},"
    "{\"service\":\"cloudformation\",\"operation\":\"DescribeStackEvents\",\"json\":{"
    "\"StackEvents\":{\"member\":["
#define STACK_EVENT(id, at, status, logical, physical, why)                                        \
    "{\"StackId\":\"S\",\"EventId\":\"" id "\",\"Timestamp\":\"2026-11-21T00:" at                  \
    "Z\",\"ResourceStatus\":\"" status "\",\"LogicalResourceId\":\"" logical                       \
    "\",\"PhysicalResourceId\":\"" physical "\",\"ResourceStatusReason\":\"" why "\"}"
    STACK_EVENT("6", "33:00", "UPDATE_ROLLBACK_COMPLETE", "net", "S", "") "," STACK_EVENT(
        "5", "32:00", "UPDATE_ROLLBACK_IN_PROGRESS", "net", "S",
        "") "," STACK_EVENT("4", "31:30", "UPDATE_FAILED", "Other", "p",
    "Resource update cancelled") "," STACK_EVENT("3", "31:00",
    "UPDATE_FAILED", "Table",
    "t",
    "no such key") "," STACK_EVENT("2",
    "30:30",
    "UPDATE_IN_PROGRESS",
    "Table",
    "t",
    "") "," STACK_EVENT("1",
    "30:00",
    "UPDATE_IN_PROGRESS",
    "net",
    "S",
    "User Initiated") "]}}}]";

/* clang-format on */
static void test_deployments(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, deploy_rules);
    ask(&b, query(&b));
    assert_string_equal(lines(&b),
                        "00:31:00 deployment codedeploy shop ok|codeDeployRollback|deployment of "
                        "shop to prod: Succeeded|"
                        "codedeploy:BatchGetDeployments\n"
                        "00:30:00 deployment codedeploy shop rolled-back|user|deployment of shop "
                        "to prod: Failed: too many failed|"
                        "codedeploy:BatchGetDeployments\n"
                        "00:30:00 deployment cloudformation net rolled-back||UPDATE of stack net: "
                        "UPDATE_ROLLBACK_COMPLETE, Table: no such "
                        "key|cloudformation:DescribeStackEvents\n"
                        "00:21:00 deployment lambda pay ok||version 7 of pay was published: r7; "
                        "alias live points to it|"
                        "lambda:ListVersionsByFunction\n"
                        "00:20:00 deployment lambda pay ok||code or configuration of pay was "
                        "changed|lambda:ListFunctions\n"
                        "00:20:00 deployment codepipeline release ok|carol|pipeline release: "
                        "Succeeded, revision 0123456789ab fix the "
                        "cart|codepipeline:ListPipelineExecutions\n");
    /* What began before the window ends a walk; what was not touched is not asked about. */
    assert_int_equal(awsfake_count(b.aws, "codepipeline:ListPipelineExecutions"), 1);
    assert_int_equal(awsfake_count(b.aws, "cloudformation:DescribeStackEvents"), 1);
    assert_int_equal(awsfake_count(b.aws, "lambda:ListVersionsByFunction"), 1);
    bench_release(&b);
}

/* clang-format off */
static const char event_rules[] =
    "[{\"service\":\"autoscaling\",\"operation\":\"DescribeScalingActivities\",\"json\":{"
    "\"Activities\":{\"member\":["
    "{\"ActivityId\":\"a1\",\"AutoScalingGroupName\":\"web\",\"StartTime\":\"2026-11-21T00:50:"
    "00Z\",\"StatusCode\":\"Failed\","
    "\"Description\":\"Launching a new EC2 instance\",\"StatusMessage\":\"no capacity\"}]}}},"
    "{\"service\":\"rds\",\"operation\":\"DescribeEvents\",\"json\":{\"Events\":{\"Event\":["
    "{\"SourceIdentifier\":\"orders\",\"SourceType\":\"db-instance\",\"Date\":\"2026-11-21T00:40:"
    "00Z\",\"Message\":\"Multi-AZ instance failover completed\"},"
    "{\"SourceIdentifier\":\"orders\",\"SourceType\":\"db-instance\",\"Date\":\"2026-11-21T00:41:"
    "00Z\",\"Message\":\"Backing up DB instance\"},"
    "{\"SourceIdentifier\":\"orders\",\"SourceType\":\"db-instance\",\"Date\":\"2026-11-21T00:42:"
    "00Z\",\"Message\":\"The DB instance has run out of storage\"}]}}},"
    "{\"service\":\"health\",\"operation\":\"DescribeEvents\",\"status\":400,\"error\":"
    "\"SubscriptionRequiredException\",\"message\":\"plan\"},"
    "{\"service\":\"config\",\"operation\":\"SelectResourceConfig\",\"json\":{\"Results\":[\"{"
    "\\\"resourceId\\\":\\\"sg-1\\\","
    "\\\"resourceType\\\":\\\"AWS::EC2::SecurityGroup\\\",\\\"arn\\\":\\\"arn:aws:ec2:eu-west-1:1:"
    "security-group/sg-1\\\","
    "\\\"configurationItemCaptureTime\\\":\\\"2026-11-21T00:10:00.000Z\\\"}\",\"not json\"]}},"
    "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\",\"status\":400,\"error\":"
    "\"AccessDeniedException\",\"message\":\"not you\"},"
    "{\"service\":\"elasticache\",\"operation\":\"DescribeEvents\",\"status\":500,\"error\":"
    "\"InternalFailure\",\"message\":\"oops\"}]";

/* clang-format on */
static void test_events_and_refusals(void **state)
{
    struct bench b;
    struct buf words = BUF_INIT(4000);

    (void)state;
    bench_init(&b, event_rules);
    ask(&b, query(&b));
    assert_string_equal(
        lines(&b),
        "00:50:00 scaling autoscaling web failed||web: Launching a new EC2 instance: no capacity|"
        "autoscaling:DescribeScalingActivities\n"
        "00:42:00 event rds orders failed||db-instance orders: The DB instance has run out of "
        "storage|rds:DescribeEvents\n"
        "00:40:00 event rds orders ok||db-instance orders: Multi-AZ instance failover "
        "completed|rds:DescribeEvents\n"
        "00:10:00 configuration ec2 sg-1 ok||configuration of AWS::EC2::SecurityGroup sg-1 was "
        "recorded|"
        "config:SelectResourceConfig\n");
    assert_int_equal(source(&b, "cloudtrail")->end, AWS_END_DENIED);
    assert_true(aws_change_source_failed(source(&b, "cloudtrail")));
    assert_int_equal(source(&b, "elasticache")->end, AWS_END_FAILED);
    assert_int_equal(source(&b, "rds")->end, AWS_END_WHOLE);
    assert_false(aws_change_source_failed(source(&b, "rds")));
    /* The support plan: said, and no failure. */
    assert_int_equal(source(&b, "health")->end, AWS_END_NOT_ENABLED);
    assert_false(aws_change_source_failed(source(&b, "health")));
    aws_change_source_words(source(&b, "health"), &words);
    assert_non_null(strstr(buf_cstr(&words), "SubscriptionRequiredException"));
    buf_release(&words);
    bench_release(&b);
}

/* Both ends of the window belong to it; a millisecond outside does not. */
static void test_window(void **state)
{
    static const char rules[] =
        "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\",\"json\":{\"Events\":[" EVENT(
            "a", "1795222800.001", "PutA", "x.amazonaws.com", "u",
            "{}") "," EVENT("b", "1795222800", "PutB", "x.amazonaws.com", "u",
                            "{}") "," EVENT("c", "1795219200", "PutC", "x.amazonaws.com", "u",
                                            "{}") "," EVENT("d", "1795219199.999", "PutD",
                                                            "x.amazonaws.com", "u", "{}") "]}}";
    const char *names[] = {only("cloudtrail"), NULL};
    struct aws_changes_query q;
    struct aws_changes *none;
    struct err err = ERR_INIT;
    struct bench b;
    size_t n;

    (void)state;
    bench_init(&b, rules);
    q = query(&b);
    q.sources = names;
    ask(&b, q);
    assert_string_equal(aws_changes_list(b.changes, &n)[0].call, "PutB");
    assert_int_equal(n, 2);
    assert_string_equal(aws_changes_list(b.changes, &n)[1].call, "PutC");
    assert_int_equal(awsfake_count(b.aws, NULL), 1); /* only what was named is asked */
    q.since_ms = q.until_ms;
    assert_int_equal(aws_changes_start(&q, on_done, &b, &none, &err), ERR_INPUT);
    q = query(&b);
    names[0] = "cloudtrial";
    q.sources = names;
    assert_int_equal(aws_changes_start(&q, on_done, &b, &none, &err), ERR_INPUT);
    q = query(&b);
    q.region = "nowhere at all";
    assert_int_equal(aws_changes_start(&q, on_done, &b, &none, &err), ERR_INPUT);
    bench_release(&b);
}

/* A source is asked from where it remembers on, and not at all for what lies before; a question
 * that asks nothing ends, too. */
static void test_reach(void **state)
{
    const char *names[] = {only("rds"), NULL};
    const int64_t day = 24 * HOUR_MS;
    struct aws_changes_query q;
    struct bench b;

    (void)state;
    bench_init(&b, "[]");
    q = query(&b);
    q.sources = names;
    q.since_ms = NOW_MS - 14 * day - 1;
    ask(&b, q);
    assert_int_equal(awsfake_count(b.aws, "rds:DescribeEvents"), 1);
    assert_int_equal(source(&b, "rds")->end, AWS_END_CUT);
    aws_changes_free(b.changes);
    q.until_ms = NOW_MS - 14 * day;
    ask(&b, q);
    assert_int_equal(awsfake_count(b.aws, "rds:DescribeEvents"), 1);
    assert_int_equal(source(&b, "rds")->end, AWS_END_CUT);
    aws_changes_free(b.changes);
    q.until_ms = NOW_MS;
    q.since_ms = NOW_MS - 14 * day;
    ask(&b, q);
    assert_int_equal(source(&b, "rds")->end, AWS_END_WHOLE);
    aws_changes_free(b.changes);
    names[0] = "config";
    q.resource = "it's";
    ask(&b, q);
    assert_int_equal(source(&b, "config")->end, AWS_END_INPUT);
    bench_release(&b);
}

/* A resource: looked up by its name, too; an event that both lookups give is one mark. */
static void test_resource(void **state)
{
    struct aws_changes_query q;
    struct bench b;

    (void)state;
    bench_init(&b, ecs_rules);
    q = query(&b);
    q.resource = "sg-1";
    ask(&b, q);
    assert_string_equal(lines(&b), "00:35:00 network ec2 sg-1 ok|bob|RevokeSecurityGroupIngress of "
                                   "sg-1|cloudtrail:LookupEvents\n");
    assert_int_equal(awsfake_count(b.aws, "cloudtrail:LookupEvents"), 2);
    aws_changes_free(b.changes);
    q.resource = NULL;
    q.service = "s3";
    ask(&b, q);
    assert_string_equal(lines(&b),
                        "00:36:40 deletion s3 logs failed|eve|DeleteBucket of logs refused: "
                        "AccessDenied no|cloudtrail:LookupEvents\n");
    assert_false(source(&b, "ecs")->asked);
    bench_release(&b);
}

/* Two lookups a second: three pages take a second, and what is cut is said. */
static void test_pace(void **state)
{
    static const char rules[] = "[{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\","
                                "\"match\":\"t2\",\"json\":{\"Events\":[],\"NextToken\":\"t3\"}},"
                                "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\","
                                "\"match\":\"t1\",\"json\":{\"Events\":[],\"NextToken\":\"t2\"}},"
                                "{\"service\":\"cloudtrail\",\"operation\":\"LookupEvents\","
                                "\"json\":{\"Events\":[],\"NextToken\":\"t1\"}}]";
    const char *names[] = {only("cloudtrail"), NULL};
    struct aws_changes_query q;
    struct buf words = BUF_INIT(1000);
    struct bench b;
    int64_t begun;

    (void)state;
    bench_init(&b, rules);
    q = query(&b);
    q.sources = names;
    q.trail_pages = 3;
    begun = loop_now_ms(b.net.loop);
    ask(&b, q);
    assert_in_range(loop_now_ms(b.net.loop) - begun, 990, 30000);
    assert_int_equal(source(&b, "cloudtrail")->requests, 3);
    assert_int_equal(source(&b, "cloudtrail")->end, AWS_END_CUT);
    aws_change_source_words(source(&b, "cloudtrail"), &words);
    assert_string_equal(buf_cstr(&words), "not all of it");
    buf_release(&words);
    bench_release(&b);
}

static void test_json_and_cancel(void **state)
{
    struct buf out = BUF_INIT(1 << 20);
    struct json_writer w;
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err = ERR_INIT;
    struct aws_changes_query q;
    struct bench b;

    (void)state;
    bench_init(&b, ecs_rules);
    ask(&b, query(&b));
    json_writer_init(&w, &out);
    aws_changes_write(b.changes, 2, &w);
    assert_int_equal(json_parse(a, buf_str(&out), &v, &err), ERR_OK);
    assert_int_equal(value_i64_or(v, "total", 0), 6);
    assert_int_equal(value_count(value_get(v, "changes")), 2);
    assert_string_equal(value_cstr_or(v, "changes.0.what", ""), "web");
    assert_string_equal(value_cstr_or(v, "changes.0.outcome", ""), "rolled-back");
    assert_int_equal(value_count(value_get(v, "sources")), 11);
    aws_changes_free(b.changes);
    q = query(&b);
    b.done = 0;
    assert_int_equal(aws_changes_start(&q, on_done, &b, &b.changes, &err), ERR_OK);
    aws_changes_cancel(b.changes);
    net_wait(&b.net, &b.done);
    assert_int_equal(source(&b, "cloudtrail")->end, AWS_END_CANCELED);
    aws_changes_free(b.changes);
    assert_int_equal(aws_changes_start(&q, on_done, &b, &b.changes, &err), ERR_OK);
    buf_release(&out); /* freed while it is under way: nothing comes */
    arena_free(a);
    b.done = 0;
    bench_release(&b);
    assert_int_equal(b.done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_times),
        cmocka_unit_test(test_merge),           cmocka_unit_test(test_ecs_and_trail),
        cmocka_unit_test(test_deployments),     cmocka_unit_test(test_events_and_refusals),
        cmocka_unit_test(test_window),          cmocka_unit_test(test_resource),
        cmocka_unit_test(test_reach),           cmocka_unit_test(test_pace),
        cmocka_unit_test(test_json_and_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_aws_relations.c - what records say of other resources, in the words of the definitions that
 * are compiled in; records that are kept, and what differs between two. R-42 */
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/record.h"
#include "runbook/service/aws/relations.h"
#include "tests/lib/unit.h"

struct said {
    struct arena *arena;
    struct buf text;
};

static void on_relation(void *ctx, const struct aws_relation *r)
{
    struct said *s = ctx;

    buf_addf(&s->text, "%s%s %.*s %.*s\n", r->inverse ? "< " : "", r->type, STR_FMT(r->kind),
             STR_FMT(r->target));
}

static const struct value *parse(struct arena *a, const char *json)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a, str_from(json), &v, &err), &err);
    return v;
}

/* Items as they are read from the wire. Sources: Amazon EC2, Elastic Load Balancing, Lambda, ECS,
 * RDS, EKS, SQS, SNS, API Gateway, CloudFront, Route 53 and Step Functions API References. */
static const struct {
    const char *service, *operation, *params, *item, *says;
} cases[] = {
    {"ec2", "DescribeInstances", NULL,
     "{\"instanceId\":\"i-1\",\"subnetId\":\"subnet-0a\",\"vpcId\":\"vpc-0a\",\"groupSet\":{"
     "\"item\":"
     "[{\"groupId\":\"sg-1\"},{\"groupId\":\"sg-2\"}]},\"blockDeviceMapping\":{\"item\":{\"ebs\":{"
     "\"volumeId\":\"vol-1\"}}},\"iamInstanceProfile\":{\"arn\":\"arn:aws:iam::1:instance-profile/"
     "web\"}}",
     "runs-in ec2:subnet subnet-0a\nruns-in ec2:vpc vpc-0a\nuses ec2:security-group sg-1\n"
     "uses ec2:security-group sg-2\nuses ec2:volume vol-1\n"
     "uses iam:instance-profile arn:aws:iam::1:instance-profile/web\n"},
    {"autoscaling", "DescribeAutoScalingGroups", NULL,
     "{\"Instances\":[{\"InstanceId\":\"i-1\"}],\"VPCZoneIdentifier\":\"subnet-a, "
     "subnet-b\",\"TargetGroupARNs\":[\"arn:aws:elasticloadbalancing:r:1:targetgroup/t/"
     "1\"]}",
     "< member-of ec2:instance i-1\n"
     "< routes-to elbv2:target-group arn:aws:elasticloadbalancing:r:1:targetgroup/t/1\n"
     "runs-in ec2:subnet subnet-a\nruns-in ec2:subnet subnet-b\n"},
    {"elbv2", "DescribeTargetHealth", "{\"TargetGroupArn\":\"arn:tg\"}",
     "{\"Target\":{\"Id\":\"i-0123456789abcdef0\",\"Port\":\"80\"}}",
     "routes-to  i-0123456789abcdef0\n"},
    {"elbv2", "DescribeTargetHealth", NULL, "{\"Target\":{\"Id\":\"10.0.0.7\"}}", ""},
    {"ecs", "DescribeServices", NULL,
     "{\"clusterArn\":\"arn:aws:ecs:r:1:cluster/prod\",\"taskDefinition\":\"arn:aws:ecs:r:1:task-"
     "definition/pay:12\",\"loadBalancers\":[{\"targetGroupArn\":\"arn:tg\"}]}",
     "member-of ecs:cluster arn:aws:ecs:r:1:cluster/prod\n"
     "uses ecs:task-definition-family pay\n< routes-to elbv2:target-group arn:tg\n"},
    {"ecs", "DescribeTasks", NULL,
     "{\"group\":\"service:pay\",\"taskDefinitionArn\":\"arn:aws:ecs:r:1:task-definition/pay:12\"}",
     "member-of ecs:service pay\nuses ecs:task-definition-family pay\n"},
    {"ecs", "DescribeTaskDefinition", NULL,
     "{\"taskDefinition\":{\"taskRoleArn\":\"arn:aws:iam::1:role/pay\"}}",
     "uses iam:role arn:aws:iam::1:role/pay\n"},
    {"lambda", "ListFunctions", NULL,
     "{\"FunctionName\":\"pay\",\"Role\":\"arn:aws:iam::1:role/pay\",\"VpcConfig\":{\"SubnetIds\":["
     "\"subnet-a\"],\"SecurityGroupIds\":[],\"VpcId\":\"\"}}",
     "uses iam:role arn:aws:iam::1:role/pay\nruns-in ec2:subnet subnet-a\n"
     "uses logs:log-group /aws/lambda/pay\n"},
    {"lambda", "ListEventSourceMappings", NULL,
     "{\"FunctionArn\":\"arn:aws:lambda:r:1:function:pay:live\",\"EventSourceArn\":\"arn:aws:sqs:r:"
     "1:orders\"}",
     "< uses lambda:function arn:aws:lambda:r:1:function:pay\nreads-from  "
     "arn:aws:sqs:r:1:orders\n"},
    {"rds", "DescribeDBInstances", NULL,
     "{\"DBSubnetGroup\":{\"DBSubnetGroupName\":\"db\",\"VpcId\":\"vpc-1\"},\"VpcSecurityGroups\":{"
     "\"VpcSecurityGroupMembership\":{\"VpcSecurityGroupId\":\"sg-1\"}},\"DBClusterIdentifier\":"
     "\"orders\",\"Endpoint\":{\"Address\":\"DB.x.r.rds.amazonaws.com\"}}",
     "runs-in rds:subnet-group db\nruns-in ec2:vpc vpc-1\nuses ec2:security-group sg-1\n"
     "member-of rds:cluster orders\nalias  db.x.r.rds.amazonaws.com\n"},
    {"eks", "DescribeNodegroup", NULL,
     "{\"clusterName\":\"prod\",\"resources\":{\"autoScalingGroups\":[{\"name\":\"eks-1\"}]}}",
     "member-of eks:cluster prod\nuses autoscaling:group eks-1\n"},
    {"sqs", "GetQueueAttributes", "{\"QueueUrl\":\"https://sqs.r/1/orders\"}",
     "{\"Name\":\"RedrivePolicy\",\"Value\":\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:r:1:dlq"
     "\\\",\\\"maxReceiveCount\\\":3}\"}",
     "routes-to sqs:queue arn:aws:sqs:r:1:dlq\n"},
    {"sns", "ListSubscriptions", NULL,
     "{\"TopicArn\":\"arn:aws:sns:r:1:t\",\"Endpoint\":\"arn:aws:sqs:r:1:orders\"}",
     "< routes-to sns:topic arn:aws:sns:r:1:t\nroutes-to  arn:aws:sqs:r:1:orders\n"},
    {"sns", "ListSubscriptions", NULL, "{\"Endpoint\":\"ops@example.com\"}", ""},
    {"apigateway", "GetResources", "{\"restApiId\":\"a1\"}",
     "{\"resourceMethods\":{\"POST\":{\"methodIntegration\":{\"uri\":\"arn:aws:apigateway:r:lambda:"
     "path/2015-03-31/functions/arn:aws:lambda:r:1:function:pay/invocations\"}}}}",
     "routes-to  arn:aws:lambda:r:1:function:pay\n"},
    {"cloudfront", "ListDistributions", NULL,
     "{\"Origins\":{\"Items\":{\"Origin\":[{\"DomainName\":\"assets.s3.eu-west-1.amazonaws.com\"},{"
     "\"DomainName\":\"a1b2.execute-api.r.amazonaws.com\"},{\"DomainName\":\"Web-1.r.elb.amazonaws."
     "com\"}]}}}",
     "routes-to s3:bucket assets\nroutes-to  a1b2\nroutes-to  web-1.r.elb.amazonaws.com\n"},
    {"route53", "ListResourceRecordSets", NULL,
     "{\"AliasTarget\":{\"DNSName\":\"dualstack.web-1.r.elb.amazonaws.com.\"}}",
     "routes-to  web-1.r.elb.amazonaws.com\n"},
    {"stepfunctions", "DescribeStateMachine", NULL,
     "{\"definition\":\"{\\\"States\\\":{\\\"A\\\":{\\\"Resource\\\":\\\"arn:aws:lambda:r:1:"
     "function:charge\\\"}}}\",\"roleArn\":\"arn:aws:iam::1:role/sfn\"}",
     "uses  arn:aws:lambda:r:1:function:charge\nuses iam:role arn:aws:iam::1:role/sfn\n"},
    {"iam", "ListInstanceProfiles", NULL, "{\"Roles\":[{\"Arn\":\"arn:aws:iam::1:role/web\"}]}",
     "uses iam:role arn:aws:iam::1:role/web\n"},
    {"kms", "ListAliases", NULL, "{\"TargetKeyId\":\"k1\"}", "uses kms:key k1\n"},
};

static void test_records(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    struct said s = {.arena = arena_new(0)};
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&s.text, 1 << 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct aws_service *service;
        const struct aws_list *l;

        assert_ok(aws_catalogue_get(c, str_from(cases[i].service), &service, &err), &err);
        assert_ok(aws_catalogue_operation(service, str_from(cases[i].operation), &l, &err), &err);
        buf_clear(&s.text);
        aws_relations_read(s.arena, l, cases[i].params ? parse(s.arena, cases[i].params) : NULL,
                           parse(s.arena, cases[i].item), on_relation, &s);
        if (strcmp(buf_cstr(&s.text), cases[i].says) != 0)
            fail_msg("%s %s says\n%snot\n%s", cases[i].service, cases[i].operation,
                     buf_cstr(&s.text), cases[i].says);
        if (l->about.len && cases[i].params)
            assert_true(aws_relation_source(l, parse(s.arena, cases[i].params)).len > 0);
    }
    buf_release(&s.text);
    arena_free(s.arena);
    aws_catalogue_free(c);
}

/* Every relation of a definition leads to a kind that some definition lists. */
static void test_kinds(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    struct err err = ERR_INIT;
    size_t said = 0;

    (void)state;
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_service *s, *other;

        assert_ok(aws_catalogue_get(c, str_from(aws_catalogue_entry(c, i)->id), &s, &err), &err);
        for (size_t k = 0; k < s->list_count; k++)
            for (size_t r = 0; r < s->lists[k].relation_count; r++) {
                struct str kind = s->lists[k].relations[r].kind, service;
                bool listed = !kind.len;

                said++;
                str_split(&kind, ':', &service);
                if (listed)
                    continue;
                assert_ok(aws_catalogue_get(c, service, &other, &err), &err);
                for (size_t n = 0; n < other->list_count; n++)
                    listed = listed || str_eq(other->lists[n].resource, kind);
                if (!listed)
                    fail_msg("%.*s %.*s: nothing lists %.*s:%.*s", STR_FMT(s->id),
                             STR_FMT(s->lists[k].name), STR_FMT(service), STR_FMT(kind));
            }
    }
    assert_true(said > 200);
    aws_catalogue_free(c);
}

/* ---- records ---- */

static struct str pack(struct arena *a, const char *json)
{
    struct buf out = BUF_INIT(1 << 20);
    struct aws_packer *p = aws_packer_new();
    struct str kept;

    aws_record_pack(p, parse(a, json), &out);
    aws_packer_free(p);
    kept = (struct str){arena_str(a, buf_str(&out)), out.len};
    buf_release(&out);
    return kept;
}

static void on_differs(void *ctx, const char *field, const char *before, const char *after)
{
    buf_addf(ctx, "%s: %s > %s\n", field, before, after);
}

static void test_kept(void **state)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    struct err err = ERR_INIT;
    struct str packed = pack(
        a,
        "{\"FunctionName\":\"pay\",\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"hunter2\"}},"
        "\"environment\":[{\"name\":\"KEY\",\"value\":\"s3cret\"}],\"UserData\":\"I2Nsb3Vk\","
        "\"SecretArn\":\"arn:s\",\"n\":3}");

    (void)state;
    assert_ok(aws_record_unpack(a, packed, &v, &err), &err);
    json_writer_init(&w, &out);
    json_value(&w, v);
    assert_string_equal(
        buf_cstr(&out),
        "{\"FunctionName\":\"pay\",\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"[not "
        "kept]\"}},"
        "\"environment\":[{\"name\":\"KEY\",\"value\":\"[not kept]\"}],\"UserData\":\"[not kept]\","
        "\"SecretArn\":\"arn:s\",\"n\":3}");
    packed.len /= 2;
    assert_int_equal(aws_record_unpack(a, packed, &v, &err), ERR_INPUT);
    buf_release(&out);
    arena_free(a);
}

/* A record of before, packed by zlib: it is read, and a scan after that finds no difference. */
static void test_kept_before(void **state)
{
    static const char old[] = /* zlib level 1 of {"state":"running","n":3} */
        "\x48\x0d\xab\x56\x2a\x2e\x49\x2c\x49\x55\xb2\x52\x2a\x2a\xcd\xcb\xcb\xcc\x4b\x57\xd2\x51"
        "\xca\x53\xb2\x32\xae\x05\x00\x70\x0a\x08\x28";
    struct arena *a = arena_new(0);
    struct str before = {old, sizeof(old) - 1};
    struct buf out = BUF_INIT(4096);
    const struct value *v;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(aws_record_unpack(a, before, &v, &err), &err);
    assert_str(value_str_or(v, "state", ""), "running");
    aws_record_diff(before, pack(a, "{\"state\":\"running\",\"n\":3}"), on_differs, &out);
    assert_string_equal(buf_cstr(&out), "");
    aws_record_diff(before, pack(a, "{\"state\":\"stopped\",\"n\":3}"), on_differs, &out);
    assert_string_equal(buf_cstr(&out), "state: running > stopped\n");
    buf_release(&out);
    arena_free(a);
}

/* Each byte of a record broken, and each shorter one: never another record, never a crash. (One bit
 * of a frame's header says nothing: the same record then.) */
static void test_broken(void **state)
{
    static const char json[] = "{\"state\":\"running\",\"tags\":[\"a\",\"b\",\"a\",\"b\"],\"n\":3}";
    struct arena *a = arena_new(0);
    struct str whole = pack(a, json);

    (void)state;
    for (size_t i = 0; i < whole.len; i++) {
        struct buf bytes = BUF_INIT(4096), out = BUF_INIT(4096);
        struct json_writer w;
        const struct value *v;
        struct err err = ERR_INIT;

        buf_add_str(&bytes, whole);
        bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x10);
        json_writer_init(&w, &out);
        if (!aws_record_unpack(a, buf_str(&bytes), &v, &err)) {
            json_value(&w, v);
            assert_string_equal(buf_cstr(&out), json);
        }
        buf_truncate(&bytes, i);
        err = (struct err)ERR_INIT;
        assert_int_not_equal(aws_record_unpack(a, buf_str(&bytes), &v, &err), ERR_OK);
        buf_release(&bytes);
        buf_release(&out);
    }
    arena_free(a);
}

/* What moves by itself is no change; a list in another order is none. */
static void test_differs(void **state)
{
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(4096);

    (void)state;
    aws_record_diff(
        pack(a, "{\"type\":\"t3.micro\",\"LastUsedDate\":\"1\",\"ItemCount\":3,\"l\":[\"a\","
                "\"b\"],\"c\":{\"min\":1},\"gone\":true}"),
        pack(a, "{\"type\":\"t3.large\",\"LastUsedDate\":\"2\",\"ItemCount\":9,\"l\":[\"b\","
                "\"a\"],\"c\":{\"min\":4},\"new\":\"x\"}"),
        on_differs, &out);
    assert_string_equal(buf_cstr(&out), "type: t3.micro > t3.large\nc.min: 1 > 4\ngone: true > \n"
                                        "new:  > x\n");
    buf_release(&out);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records), cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_kept),    cmocka_unit_test(test_kept_before),
        cmocka_unit_test(test_broken),  cmocka_unit_test(test_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

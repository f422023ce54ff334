/* test_aws_relations.c - what records say of other resources, in the words of the definitions that
 * are compiled in. R-42 */
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

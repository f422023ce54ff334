/* test_aws_phrase.c - each sentence about AWS is one typed call, is asked back, or is none of
 * AWS's. A-16 C-03 R-36 R-37 */
#include "tests/lib/unit.h"

#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/where.h"
#include "runbook/tool/tool.h"
#include "runbook/engine/mutate.h"
#include "src/engine/aws_phrase_priv.h"
#include "src/engine/modules_priv.h"
#include "src/engine/mutate_priv.h"

static struct arena *arena;

static bool is_account(void *ctx, struct str word)
{
    (void)ctx;
    return str_eq_c(word, "prod") || str_eq_c(word, "123456789012");
}

static struct aws_phrase parse(const char *text, bool configured)
{
    struct aws_phrase p;

    aws_phrase_parse(str_from(text), configured, is_account, NULL, arena, &p);
    return p;
}

static const struct {
    const char *text, *tool, *args;
} calls[] = {
    {"list ec2 instances in eu-west-1", "aws_resources",
     "{\"service\":\"ec2:instance\",\"region\":\"eu-west-1\"}"},
    {"show stopped instances", "aws_resources",
     "{\"service\":\"ec2:instance\",\"where\":\"state in [\\\"stopped\\\", \\\"STOPPED\\\", "
     "\\\"Stopped\\\"]\"}"},
    {"check rds", "aws_health", "{\"service\":\"rds\"}"},
    {"which security groups of vpc-1", "aws_resources",
     "{\"service\":\"ec2:security-group\",\"mentions\":\"vpc-1\"}"},
    {"list lambda functions tagged team=payments", "aws_resources",
     "{\"service\":\"lambda:function\",\"tag\":\"team=payments\"}"},
    {"scan aws", "aws_resources", "{}"},
    {"scan everything in aws", "aws_resources", "{}"},
    {"scan all aws resources in all regions of all accounts", "aws_resources",
     "{\"region\":\"all\",\"account\":\"all\"}"},
    {"List EC2", "aws_resources", "{\"service\":\"ec2:instance\"}"},
    {"list instances", "aws_resources", "{\"service\":\"ec2:instance\"}"},
    {"show me all running ec2 instances", "aws_resources",
     "{\"service\":\"ec2:instance\",\"where\":\"state in [\\\"running\\\", \\\"RUNNING\\\", "
     "\\\"Running\\\"]\"}"},
    {"how many instances are there in ireland?", "aws_resources",
     "{\"service\":\"ec2:instance\",\"region\":\"eu-west-1\"}"},
    {"list instances in eu-west-1 and us-east-1", "aws_resources",
     "{\"service\":\"ec2:instance\",\"region\":\"eu-west-1,us-east-1\"}"},
    {"list instances of account prod", "aws_resources",
     "{\"service\":\"ec2:instance\",\"account\":\"prod\"}"},
    {"list the s3 buckets of prod", "aws_resources",
     "{\"service\":\"s3:bucket\",\"account\":\"prod\"}"},
    {"list buckets in account 123456789012", "aws_resources",
     "{\"service\":\"s3:bucket\",\"account\":\"123456789012\"}"},
    {"list rds instances in every region", "aws_resources",
     "{\"service\":\"rds:instance\",\"region\":\"all\"}"},
    {"show rds snapshots", "aws_resources", "{\"service\":\"rds:snapshot\"}"},
    {"show ebs snapshots", "aws_resources", "{\"service\":\"ec2:snapshot\"}"},
    {"list ebs volumes without tag owner", "aws_resources",
     "{\"service\":\"ec2:volume\",\"where\":\"not (exists tags[\\\"owner\\\"])\"}"},
    {"which volumes are available?", "aws_resources",
     "{\"service\":\"ec2:volume\",\"where\":\"state in [\\\"available\\\", \\\"AVAILABLE\\\", "
     "\\\"Available\\\"]\"}"},
    {"list subnets of vpc-0a1b", "aws_resources",
     "{\"service\":\"ec2:subnet\",\"mentions\":\"vpc-0a1b\"}"},
    {"which instances use sg-12ab", "aws_resources",
     "{\"service\":\"ec2:instance\",\"mentions\":\"sg-12ab\"}"},
    {"describe i-0123abc", "aws_resources",
     "{\"service\":\"ec2:instance\",\"match\":\"i-0123abc\"}"},
    {"show instance i-0123abc in frankfurt", "aws_resources",
     "{\"service\":\"ec2:instance\",\"region\":\"eu-central-1\",\"match\":\"i-0123abc\"}"},
    {"show vpc-1", "aws_resources", "{\"service\":\"ec2:vpc\",\"match\":\"vpc-1\"}"},
    {"show arn:aws:sqs:eu-west-1:123456789012:orders of sqs", "aws_resources",
     "{\"service\":\"sqs:queue\",\"match\":\"arn:aws:sqs:eu-west-1:123456789012:orders\"}"},
    {"list ec2 security groups", "aws_resources", "{\"service\":\"ec2:security-group\"}"},
    {"list vpcs", "aws_resources", "{\"service\":\"ec2:vpc\"}"},
    {"list nat gateways", "aws_resources", "{\"service\":\"ec2:nat-gateway\"}"},
    {"list route tables of vpc-1", "aws_resources",
     "{\"service\":\"ec2:route-table\",\"mentions\":\"vpc-1\"}"},
    {"list elastic ips", "aws_resources", "{\"service\":\"ec2:address\"}"},
    {"list auto scaling groups", "aws_resources", "{\"service\":\"autoscaling:group\"}"},
    {"list target groups", "aws_resources", "{\"service\":\"elbv2:target-group\"}"},
    {"list load balancers in us-east-1", "aws_resources",
     "{\"service\":\"elbv2:load-balancer\",\"region\":\"us-east-1\"}"},
    {"list classic load balancers", "aws_resources", "{\"service\":\"elb:load-balancer\"}"},
    {"list ecs services", "aws_resources", "{\"service\":\"ecs:service\"}"},
    {"list ecs clusters", "aws_resources", "{\"service\":\"ecs:cluster\"}"},
    {"list eks clusters in oregon", "aws_resources",
     "{\"service\":\"eks:cluster\",\"region\":\"us-west-2\"}"},
    {"list node groups", "aws_resources", "{\"service\":\"eks:nodegroup\"}"},
    {"list dynamodb tables", "aws_resources", "{\"service\":\"dynamodb:table\"}"},
    {"list tables", "aws_resources", "{\"service\":\"dynamodb:table\"}"},
    {"list databases", "aws_resources", "{\"category\":\"database\"}"},
    {"show unhealthy databases everywhere", "aws_resources",
     "{\"category\":\"database\",\"region\":\"all\",\"health\":\"bad\"}"},
    {"list redis", "aws_resources", "{\"service\":\"elasticache:replication-group\"}"},
    {"list cache clusters", "aws_resources", "{\"service\":\"elasticache:cluster\"}"},
    {"list sqs queues named orders", "aws_resources",
     "{\"service\":\"sqs:queue\",\"match\":\"orders\"}"},
    {"list sns topics", "aws_resources", "{\"service\":\"sns:topic\"}"},
    {"list iam users", "aws_resources", "{\"service\":\"iam:user\"}"},
    {"list iam roles called deploy", "aws_resources",
     "{\"service\":\"iam:role\",\"match\":\"deploy\"}"},
    {"list cloudfront distributions", "aws_resources", "{\"service\":\"cloudfront:distribution\"}"},
    {"list state machines", "aws_resources", "{\"service\":\"stepfunctions:state-machine\"}"},
    {"list kinesis streams", "aws_resources", "{\"service\":\"kinesis:stream\"}"},
    {"list opensearch domains", "aws_resources", "{\"service\":\"opensearch:domain\"}"},
    {"list redshift clusters", "aws_resources", "{\"service\":\"redshift:cluster\"}"},
    {"list hosted zones", "aws_resources", "{\"service\":\"route53:hosted-zone\"}"},
    {"list failed cloudformation stacks", "aws_resources",
     "{\"service\":\"cloudformation:stack\",\"health\":\"bad\"}"},
    {"list cloudwatch alarms", "aws_resources", "{\"service\":\"cloudwatch:alarm\"}"},
    {"which cloudwatch alarms are firing", "aws_resources",
     "{\"service\":\"cloudwatch:alarm\",\"where\":\"state == \\\"ALARM\\\"\"}"},
    {"list log groups", "aws_resources", "{\"service\":\"logs:log-group\"}"},
    {"list kms keys", "aws_resources", "{\"service\":\"kms:key\"}"},
    {"list acm certificates", "aws_resources", "{\"service\":\"acm:certificate\"}"},
    {"list ecr repositories", "aws_resources", "{\"service\":\"ecr:repository\"}"},
    {"list efs file systems", "aws_resources", "{\"service\":\"efs:file-system\"}"},
    {"list functions tagged env=prod in eu-west-1", "aws_resources",
     "{\"service\":\"lambda:function\",\"region\":\"eu-west-1\",\"tag\":\"env=prod\"}"},
    {"list instances tagged team=pay env=prod", "aws_resources",
     "{\"service\":\"ec2:instance\",\"tag\":\"team=pay,env=prod\"}"},
    {"show bucket my-logs", "aws_resources", "{\"service\":\"s3:bucket\",\"match\":\"my-logs\"}"},
    {"check ec2 health", "aws_health", "{\"service\":\"ec2\"}"},
    {"check ec2 instance i-12", "aws_health", "{\"service\":\"ec2\",\"resource\":\"i-12\"}"},
    {"health of lambda", "aws_health", "{\"service\":\"lambda\"}"},
    {"check sqs in eu-west-1", "aws_health", "{\"service\":\"sqs\",\"region\":\"eu-west-1\"}"},
    {"check aws", "aws_health", "{\"service\":\"all\"}"},
    {"check dynamodb table orders", "aws_health",
     "{\"service\":\"dynamodb\",\"resource\":\"orders\"}"},
    {"show lambda metrics for checkout", "aws_health",
     "{\"service\":\"lambda\",\"resource\":\"checkout\",\"all\":true}"},
    {"check metrics of rds orders-db", "aws_health",
     "{\"service\":\"rds\",\"resource\":\"orders-db\",\"all\":true}"},
    {"list ecs metrics", "aws_health", "{\"service\":\"ecs\",\"all\":true}"},
    {"detect ec2 anomalies", "aws_health", "{\"service\":\"ec2\",\"anomalies\":true}"},
    {"detect anomalies in rds", "aws_health", "{\"service\":\"rds\",\"anomalies\":true}"},
    {"detect aws anomalies", "aws_health", "{\"service\":\"all\",\"anomalies\":true}"},
    {"generate aws health report", "aws_health", "{\"service\":\"all\",\"anomalies\":true}"},
    {"show logs of lambda checkout", "aws_logs", "{\"group\":\"/aws/lambda/checkout\"}"},
    {"check lambda logs of checkout of the last 2 hours", "aws_logs",
     "{\"group\":\"/aws/lambda/checkout\",\"since\":\"2h\"}"},
    {"show logs of log group /ecs/web", "aws_logs", "{\"group\":\"/ecs/web\"}"},
    {"what changed in ecs?", "aws_changes", "{\"service\":\"ecs\"}"},
    {"show changes of lambda checkout in eu-west-1", "aws_changes",
     "{\"service\":\"lambda\",\"resource\":\"checkout\",\"region\":\"eu-west-1\"}"},
    {"show security findings of s3", "aws_findings", "{\"service\":\"s3\"}"},
    {"list aws findings", "aws_findings", "{}"},
};

/* Every sentence is one call, whose tool and arguments are these and no others. */
static void test_calls(void **state)
{
    (void)state;
    assert_true(sizeof(calls) / sizeof(calls[0]) >= 80);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct aws_phrase p = parse(calls[i].text, true);

        if (p.is != AWS_PHRASE_CALL || strcmp(p.tool, calls[i].tool) != 0 ||
            strcmp(p.args, calls[i].args) != 0)
            fail_msg("%s: %d %s %s %s", calls[i].text, (int)p.is, p.tool, p.args,
                     p.missing ? p.missing : "");
    }
}

/* A call is one that its tool takes; what it makes of a state or a tag is a condition that can be
 * read. */
static void test_conditions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct aws_phrase p = parse(calls[i].text, true);
        const struct tool_def *tool = tool_find(p.tool);
        const struct value *v, *checked;
        struct aws_where *w = NULL;
        struct err err = ERR_INIT;

        assert_ok(json_parse(arena, str_from(p.args), &v, &err), &err);
        if (!tool || tool_check_args(tool, v, arena, &checked, &err))
            fail_msg("%s: %s %s", calls[i].text, tool ? "" : "there is no tool", err.msg);
        if (value_get(v, "where"))
            assert_ok(aws_where_new(value_str_or(v, "where", ""), &w, &err), &err);
        aws_where_free(w);
    }
}

static void test_asks(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"list clusters", "Which clusters: of ecs"},
        {"show snapshots", "Which snapshots"},
        {"list gateways", "Which gateways"},
        {"list groups", "Which groups"},
        {"list keys", "Which keys"},
        {"list ec2 instances flibber wobble", "\"wobble\" is not understood"},
        {"show lambda logs", "Logs of which of them"},
        {"show rds logs of orders", "Which log group"},
        {"stop instances", "Which one"},
        {"scale lambda checkout", "not known"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_phrase p = parse(cases[i].text, true);

        if (p.is != AWS_PHRASE_ASK || !strstr(p.missing, cases[i].says))
            fail_msg("%s: %d %s %s", cases[i].text, (int)p.is, p.args, p.missing);
    }
}

/* A change is a line that asks for approval; the values stand in the order of the operation's
 * parameters. */
static const struct {
    const char *text, *act;
} changes[] = {
    {"stop instance i-12 in eu-west-1", "aws.ec2.stop instance=i-12 region=eu-west-1"},
    {"start ec2 instance i-12 in ireland", "aws.ec2.start instance=i-12 region=eu-west-1"},
    {"please reboot i-12 in eu-west-1 of account prod",
     "aws.ec2.reboot instance=i-12 region=eu-west-1 account=prod"},
    {"terminate instance i-12 in eu-west-1", "aws.ec2.terminate instance=i-12 region=eu-west-1"},
    {"revoke rule sgr-0a1 of security group sg-0a1 in eu-west-1",
     "aws.ec2.revoke-rule group=sg-0a1 rule=sgr-0a1 region=eu-west-1"},
    {"close port 22 from 0.0.0.0/0 of sg-0a1 in eu-west-1",
     "aws.ec2.revoke-rule group=sg-0a1 from=22 source=0.0.0.0/0 region=eu-west-1"},
    {"close udp port 53 of sg-0a1 for ::/0 in eu-west-1",
     "aws.ec2.revoke-rule group=sg-0a1 protocol=udp from=53 source=::/0 region=eu-west-1"},
    {"allow port 443 from 10.0.0.0/8 in sg-0a1 in eu-west-1",
     "aws.ec2.authorize-rule group=sg-0a1 from=443 source=10.0.0.0/8 region=eu-west-1"},
    {"stop sharing snap-0a1 in eu-west-1",
     "aws.ec2.snapshot-sharing snapshot=snap-0a1 region=eu-west-1"},
    {"unshare ami ami-0a1 in eu-west-1", "aws.ec2.image-sharing image=ami-0a1 region=eu-west-1"},
    {"encrypt new ebs volumes in eu-west-1", "aws.ec2.ebs-encryption region=eu-west-1"},
    {"scale ecs service web in cluster prod1 to 4 tasks in eu-west-1",
     "aws.ecs.scale cluster=prod1 service=web desired=4 region=eu-west-1"},
    {"set desired count of service web of cluster main to 4 in eu-west-1",
     "aws.ecs.scale cluster=main service=web desired=4 region=eu-west-1"},
    {"restart ecs service web in cluster main in eu-west-1",
     "aws.ecs.redeploy cluster=main service=web region=eu-west-1"},
    {"restart the web ecs service in ecs cluster main in eu-west-1",
     "aws.ecs.redeploy cluster=main service=web region=eu-west-1"},
    {"force a new deployment of service web cluster=main region=eu-west-1",
     "aws.ecs.redeploy cluster=main service=web region=eu-west-1"},
    {"roll back ecs service web in cluster main in eu-west-1",
     "aws.ecs.rollback cluster=main service=web region=eu-west-1"},
    {"roll back ecs service web in cluster main to task definition web:41 in eu-west-1",
     "aws.ecs.rollback cluster=main service=web task_definition=web:41 region=eu-west-1"},
    {"reboot rds orders in us-east-1", "aws.rds.reboot instance=orders region=us-east-1"},
    {"reboot db instance orders with failover in us-east-1",
     "aws.rds.reboot instance=orders failover=true region=us-east-1"},
    {"fail over rds instance orders in us-east-1",
     "aws.rds.reboot instance=orders failover=true region=us-east-1"},
    {"fail over aurora cluster orders to orders-2 in us-east-1",
     "aws.rds.failover cluster=orders target=orders-2 region=us-east-1"},
    {"start rds orders in us-east-1", "aws.rds.start instance=orders region=us-east-1"},
    {"stop aurora cluster orders in us-east-1", "aws.rds.stop cluster=orders region=us-east-1"},
    {"close public access to rds orders in us-east-1",
     "aws.rds.public-access instance=orders region=us-east-1"},
    {"unshare rds snapshot nightly in us-east-1",
     "aws.rds.snapshot-sharing snapshot=nightly region=us-east-1"},
    {"stop sharing db cluster snapshot nightly in us-east-1",
     "aws.rds.snapshot-sharing cluster_snapshot=nightly region=us-east-1"},
    {"set memory of lambda pay to 512mb in eu-west-1",
     "aws.lambda.configure function=pay memory=512 region=eu-west-1"},
    {"set the timeout of function pay to 30s in eu-west-1",
     "aws.lambda.configure function=pay timeout=30 region=eu-west-1"},
    {"set variable LEVEL of lambda pay from NEW_LEVEL in eu-west-1",
     "aws.lambda.configure function=pay variable=LEVEL value_from=NEW_LEVEL region=eu-west-1"},
    {"invoke lambda pay version 7 in eu-west-1",
     "aws.lambda.invoke function=pay qualifier=7 region=eu-west-1"},
    {"invoke billing-export with {\"dry\":true} in eu-west-1",
     "aws.lambda.invoke function=billing-export payload='{\"dry\":true}' region=eu-west-1"},
    {"call lambda pay alias live with {\"who\": \"it's { me\", \"n\": [1, {}]} in eu-west-1",
     "aws.lambda.invoke function=pay payload='{\"who\": \"it'\\''s { me\", \"n\": [1, {}]}' "
     "qualifier=live region=eu-west-1"},
    {"invoke pay with {\"say\":\"a \\\"}] b\"} in eu-west-1",
     "aws.lambda.invoke function=pay payload='{\"say\":\"a \\\"}] b\"}' region=eu-west-1"},
    {"invoke function pay payload={\"a b\":1} region=eu-west-1",
     "aws.lambda.invoke function=pay payload='{\"a b\":1}' region=eu-west-1"},
    {"set reserved concurrency of lambda pay to 10 in eu-west-1",
     "aws.lambda.concurrency function=pay reserved=10 region=eu-west-1"},
    {"remove concurrency of lambda pay in eu-west-1",
     "aws.lambda.concurrency function=pay reserved=-1 region=eu-west-1"},
    {"roll back lambda pay alias live in eu-west-1",
     "aws.lambda.alias function=pay alias=live region=eu-west-1"},
    {"point alias live of lambda pay to version 7 in eu-west-1",
     "aws.lambda.alias function=pay alias=live version=7 region=eu-west-1"},
    {"set desired capacity of asg web to 4 in eu-west-1",
     "aws.autoscaling.capacity group=web desired=4 region=eu-west-1"},
    {"scale auto scaling group web to 4 in eu-west-1",
     "aws.autoscaling.capacity group=web desired=4 region=eu-west-1"},
    {"drain i-0a1 from target group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 in "
     "eu-west-1",
     "aws.elb.deregister target_group=arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 "
     "target=i-0a1 region=eu-west-1"},
    {"deregister target 10.0.0.5 port 8080 from target group "
     "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 in eu-west-1",
     "aws.elb.deregister target_group=arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 "
     "target=10.0.0.5 port=8080 region=eu-west-1"},
    {"register i-0a1 in target group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 "
     "region=eu-west-1",
     "aws.elb.register target_group=arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0 "
     "target=i-0a1 region=eu-west-1"},
    {"run document AWS-RestartService on i-0a1 in eu-west-1",
     "aws.ssm.run instance=i-0a1 document=AWS-RestartService region=eu-west-1"},
    {"run AWS-RestartService on i-0a1 with {\"ServiceName\":[\"nginx\"]} in eu-west-1",
     "aws.ssm.run instance=i-0a1 document=AWS-RestartService "
     "parameters='{\"ServiceName\":[\"nginx\"]}' region=eu-west-1"},
    {"run document ours on mi-0a1 with {\"x\":[\"1 2\"]} in eu-west-1",
     "aws.ssm.run instance=mi-0a1 document=ours parameters='{\"x\":[\"1 2\"]}' "
     "region=eu-west-1"},
    {"block public access of bucket reports in eu-west-1",
     "aws.s3.public-access-block bucket=reports region=eu-west-1"},
    {"block public access to all buckets in eu-west-1",
     "aws.s3.account-public-access-block region=eu-west-1"},
    {"encrypt bucket reports in eu-west-1", "aws.s3.encryption bucket=reports region=eu-west-1"},
    {"cancel the update of stack web in eu-west-1",
     "aws.cloudformation.cancel-update stack=web region=eu-west-1"},
    {"continue rollback of stack web skipping Queue in eu-west-1",
     "aws.cloudformation.continue-rollback stack=web skip=Queue region=eu-west-1"},
    {"roll back cloudformation stack web in eu-west-1",
     "aws.cloudformation.rollback stack=web region=eu-west-1"},
    {"fail over cache sessions in eu-west-1",
     "aws.elasticache.failover group=sessions region=eu-west-1"},
    {"fail over redis sessions shard 0002 in eu-west-1",
     "aws.elasticache.failover group=sessions shard=0002 region=eu-west-1"},
    {"set capacity of dynamodb table carts to read 50 write 20 in eu-west-1",
     "aws.dynamodb.capacity table=carts read=50 write=20 region=eu-west-1"},
    {"scale table carts to 50 read and 20 write units in eu-west-1",
     "aws.dynamodb.capacity table=carts read=50 write=20 region=eu-west-1"},
    {"shift weight of record www.example.org in zone Z1 set blue to 0",
     "aws.route53.weight zone=Z1 record=www.example.org set=blue weight=0"},
    {"set weight of dns record www.example.org type CNAME zone Z1 set blue weight 10",
     "aws.route53.weight zone=Z1 record=www.example.org type=CNAME set=blue weight=10"},
};

/* Each is taken by the operation as it stands: no parameter that it does not know, none missing. */
static void test_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct aws_phrase p = parse(changes[i].text, true);
        struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
        const struct act_def *d;
        const struct value *v;
        struct err err = ERR_INIT;

        if (p.is != AWS_PHRASE_ACT || strcmp(p.act, changes[i].act) != 0)
            fail_msg("%s: %d %s %s", changes[i].text, (int)p.is, p.act ? p.act : "",
                     p.missing ? p.missing : "");
        assert_ok(act_parse_line(p.act, &d, &args, &err), &err);
        assert_ok(act_coerce(d, buf_str(&args), arena, &v, &json, &err), &err);
        buf_release(&args);
        buf_release(&json);
    }
}

/* Every operation of AWS can be said. One that cannot stands here with the reason. */
static void test_every_act(void **state)
{
    static const struct {
        const char *act, *why;
    } unsaid[] = {{NULL, NULL}};
    size_t said = 0, rows;

    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        const char *name = act_name(*d);
        bool found = false;

        if (strncmp(name, "aws.", 4) != 0)
            continue;
        for (size_t i = 0; unsaid[i].act; i++)
            found = found || strcmp(unsaid[i].act, name) == 0;
        for (size_t i = 0; !found && i < sizeof(changes) / sizeof(changes[0]); i++)
            found = strncmp(changes[i].act, name, strlen(name)) == 0 &&
                    strchr(" ", changes[i].act[strlen(name)]);
        if (!found)
            fail_msg("no sentence of the test asks for %s: add a row to aws_phrase_rows.c and one "
                     "here",
                     name);
        said++;
    }
    assert_true(said >= 28);
    /* And a row of the phrases is of an operation, whose parameters it names. */
    for (size_t i = 0; i < (aws_act_phrases(&rows), rows); i++) {
        const struct aws_act_phrase *r = &aws_act_phrases(&rows)[i];
        const struct tool_param *p;

        if (!r->act) {
            assert_non_null(r->ask);
            continue;
        }
        if (!act_find(r->act))
            fail_msg("there is no operation %s", r->act);
        for (size_t k = 0; k <= AWS_ACT_SLOTS; k++) {
            const char *name = k ? r->slots[k - 1].param : r->param;

            if (!name)
                continue;
            for (p = act_params(act_find(r->act)); p->name && strcmp(p->name, name) != 0; p++)
                ;
            if (!p->name)
                fail_msg("%s has no parameter %s", r->act, name);
        }
    }
}

/* What is missing is asked for by its name, and nothing else; what is not understood is named. */
static void test_acts_ask(void **state)
{
    static const char start[] = "invoke pay in eu-west-1 with {\"a\":\"";
    char text[6000] = "invoke pay in eu-west-1 with {\"a\":\"";
    static const struct {
        const char *text, *says, *not_says;
    } cases[] = {
        {"stop instance i-12", "region (the region", "instance ("},
        {"stop i-12", "aws.ec2.stop instance=i-12 region=...", NULL},
        {"restart ecs service web in eu-west-1", "Please say also: cluster (the cluster",
         "region ("},
        {"scale ecs service web", "cluster (the cluster's name or ARN); desired (how many", NULL},
        {"roll back lambda pay in eu-west-1", "alias (the alias", "function ("},
        {"set desired capacity of asg web in eu-west-1", "desired (how many", "group ("},
        {"set desired capacity of asg web to lots in eu-west-1", "\"lots\" is not understood",
         NULL},
        {"set desired capacity of asg web to 99999999 in eu-west-1", "desired", NULL},
        {"set desired capacity of asg web to 4", "region", "desired ("},
        {"fail over rds orders in eu-west-1", "Which kind is it?", NULL},
        {"fail over aurora in eu-west-1", "Which one? cluster", NULL},
        {"close port 22 of sg-0a1 in eu-west-1", "source", "group ("},
        {"stop i-12 in all regions", "one region", NULL},
        {"stop i-12 in eu-west-1 and us-east-1", "one region", NULL},
        {"stop i-12 of all accounts", "one region", NULL},
        {"stop i-12 in eu-west-1 gently", "\"gently\" is not understood", NULL},
        {"stop i-12 i-13 in eu-west-1", "\"i-13\" is not understood", NULL},
        {"set capacity of table carts to read 50 in eu-west-1", "write (write", "read ("},
        {"invoke pay with {\"a\":1 in eu-west-1", "payload: ", NULL},
        {"invoke pay with {\"a\":1,} in eu-west-1", "payload: ", NULL},
        {"invoke pay with {\"a\":1} and {\"b\":2} in eu-west-1", "\"{\"b\":2}\" is not understood",
         NULL},
        {"invoke {\"a\":1} in eu-west-1", "Which one? function", NULL},
        {"stop i-12 with {\"force\":true} in eu-west-1", "\"{\"force\":true}\" is not understood",
         NULL},
        {"run AWS-RestartService with {\"ServiceName\":[\"nginx\"]} in eu-west-1", "instance (",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_phrase p = parse(cases[i].text, true);

        if (p.is != AWS_PHRASE_ASK || !strstr(p.missing, cases[i].says) ||
            (cases[i].not_says && strstr(p.missing, cases[i].not_says)))
            fail_msg("%s: %d %s %s", cases[i].text, (int)p.is, p.act ? p.act : "",
                     p.missing ? p.missing : "");
    }
    (void)memset(text + sizeof(start) - 1, 'x', 5000);
    memcpy(text + sizeof(start) - 1 + 5000, "\"}", 3);
    assert_non_null(strstr(parse(text, true).missing, "too long for a sentence")); /* not cut */
}

/* Sentences about machines, sessions and trouble stay what they are. */
static void test_others(void **state)
{
    static const char *const never[] = {"is AWS well?",
                                        "is aws healthy",
                                        "are the rds databases ok?",
                                        "how is aws doing?",
                                        "is everything in aws all right?",
                                        "list metrics of checkout",
                                        "show logs of web-3",
                                        "why is lambda slow",
                                        "list services",
                                        "what is the cause?",
                                        "checkout is slow",
                                        "detect anomalies",
                                        "generate health report",
                                        "scan all",
                                        "list alerts",
                                        "users cannot log in",
                                        "investigate rds",
                                        "help",
                                        "",
                                        "the lambda is there",
                                        "what changed on web-3?",
                                        "list hosts",
                                        "restart checkout",
                                        "restart service nginx",
                                        "stop service web on web-3",
                                        "roll back",
                                        "scale checkout to 4",
                                        "fail over"};
    static const char *const without[] = {"list instances", "list tables",
                                          "show volumes",   "list databases",
                                          "show i-12",      "list groups",
                                          "stop i-12",      "restart instance i-12",
                                          "run document x", "close port 22 of sg-0a1"};

    (void)state;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (parse(never[i], true).is != AWS_PHRASE_NONE)
            fail_msg("%s is taken for AWS's: %s", never[i], parse(never[i], true).args);
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        if (parse(without[i], false).is != AWS_PHRASE_NONE)
            fail_msg("%s is taken for AWS's where there is none", without[i]);
    assert_int_equal(parse("list ec2 instances", false).is, AWS_PHRASE_CALL);
}

/* Each noun is a kind that a definition has, or a category. */
static void test_nouns(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    const struct aws_noun *nouns;
    size_t count;

    (void)state;
    nouns = aws_nouns(&count);
    for (size_t i = 0; i < count; i++) {
        const struct aws_service *s;
        const char *colon = nouns[i].service ? strchr(nouns[i].service, ':') : NULL;
        struct err err = ERR_INIT;
        bool there = !colon;

        if (!nouns[i].service || !*nouns[i].service) {
            assert_true(nouns[i].ask || nouns[i].category || nouns[i].service);
            continue;
        }
        assert_ok(aws_catalogue_get(
                      c, (struct str){nouns[i].service, strcspn(nouns[i].service, ":")}, &s, &err),
                  &err);
        for (size_t k = 0; colon && k < s->list_count; k++)
            there = there || str_eq_c(s->lists[k].resource, colon + 1);
        if (!there)
            fail_msg("no definition has %s", nouns[i].service);
    }
    aws_catalogue_free(c);
}

/* Hostile words: nothing of them becomes more than a value. */
static void test_hostile(void **state)
{
    static const char *const texts[] = {"list instances tagged a\"]==1",
                                        "list instances without tag a\"]",
                                        "list buckets named \"}",
                                        "list instances account ../../x",
                                        "list ec2 \x1b[31m",
                                        "list s3 \xff\xfe"};
    char longest[9000];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct aws_phrase p = parse(texts[i], true);
        const struct value *v;
        struct err err = ERR_INIT;

        assert_ok(json_parse(arena, str_from(p.args), &v, &err), &err);
    }
    memset(longest, 'a', sizeof(longest) - 1);
    memcpy(longest, "list instances tagged ", 22);
    longest[sizeof(longest) - 1] = '\0';
    (void)parse(longest, true);
    for (size_t i = 0; i + 1 < sizeof(longest); i += 2)
        longest[i] = ' ';
    (void)parse(longest, true);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),     cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_asks),      cmocka_unit_test(test_acts),
        cmocka_unit_test(test_every_act), cmocka_unit_test(test_acts_ask),
        cmocka_unit_test(test_others),    cmocka_unit_test(test_nouns),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

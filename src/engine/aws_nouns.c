/* aws_nouns.c - words for what is in AWS. A noun of more words wins over one of fewer at the same
 * place, so that "rds snapshots" is no question and "snapshots" is one. */
#include <ctype.h>
#include <string.h>

#include "aws_phrase.h"

static const struct aws_noun nouns[] = {
    {.words = "ec2|ec2 instance|ec2 server", .service = "ec2:instance"},
    {.words = "instance|virtual machine|vm", .service = "ec2:instance", .common = true},
    {.words = "security group|sg", .service = "ec2:security-group"},
    {.words = "vpc|virtual private cloud", .service = "ec2:vpc"},
    {.words = "subnet", .service = "ec2:subnet", .common = true},
    {.words = "ebs|ebs volume|ec2 volume", .service = "ec2:volume"},
    {.words = "volume", .service = "ec2:volume", .common = true},
    {.words = "ebs snapshot|ec2 snapshot|volume snapshot", .service = "ec2:snapshot"},
    {.words = "ami|machine image|ec2 image", .service = "ec2:image"},
    {.words = "route table", .service = "ec2:route-table", .common = true},
    {.words = "nat gateway|nat gw", .service = "ec2:nat-gateway"},
    {.words = "internet gateway|igw", .service = "ec2:internet-gateway"},
    {.words = "transit gateway|tgw", .service = "ec2:transit-gateway"},
    {.words = "vpc endpoint", .service = "ec2:vpc-endpoint"},
    {.words = "vpc peering|peering connection", .service = "ec2:vpc-peering"},
    {.words = "network acl|nacl", .service = "ec2:network-acl"},
    {.words = "network interface|eni", .service = "ec2:network-interface", .common = true},
    {.words = "elastic ip|elastic address|eip", .service = "ec2:address"},
    {.words = "key pair|keypair", .service = "ec2:key-pair"},
    {.words = "launch template", .service = "ec2:launch-template"},
    {.words = "vpn connection|vpn", .service = "ec2:vpn-connection"},
    {.words = "flow log|vpc flow log", .service = "ec2:flow-log"},
    {.words = "auto scaling group|autoscaling group|asg|autoscaling|auto scaling",
     .service = "autoscaling:group"},
    {.words = "rds|rds instance|db instance|database instance|rds database",
     .service = "rds:instance"},
    {.words = "aurora|aurora cluster|rds cluster|db cluster", .service = "rds:cluster"},
    {.words = "rds snapshot|db snapshot", .service = "rds:snapshot"},
    {.words = "rds proxy|db proxy", .service = "rds:proxy"},
    {.words = "database", .common = true, .category = "database"},
    {.words = "docdb|documentdb|docdb cluster", .service = "docdb:cluster"},
    {.words = "neptune|neptune cluster", .service = "neptune:cluster"},
    {.words = "lambda|lambda function", .service = "lambda:function"},
    {.words = "function", .service = "lambda:function", .common = true},
    {.words = "event source mapping", .service = "lambda:event-source-mapping"},
    {.words = "s3|s3 bucket", .service = "s3:bucket"},
    {.words = "bucket", .service = "s3:bucket", .common = true},
    {.words = "eks|eks cluster|kubernetes cluster", .service = "eks:cluster"},
    {.words = "node group|nodegroup|eks nodegroup|eks node group", .service = "eks:nodegroup"},
    {.words = "ecs|ecs service", .service = "ecs:service"},
    {.words = "ecs cluster", .service = "ecs:cluster"},
    {.words = "task definition|ecs task definition", .service = "ecs:task-definition-family"},
    {.words = "ecr|ecr repository|ecr repositorie", .service = "ecr:repository"},
    {.words = "dynamodb|dynamo|dynamodb table|dynamo table", .service = "dynamodb:table"},
    {.words = "table", .service = "dynamodb:table", .common = true},
    {.words = "elasticache|elasticache cluster|cache cluster|memcached",
     .service = "elasticache:cluster"},
    {.words = "redis|valkey|replication group|elasticache replication group",
     .service = "elasticache:replication-group"},
    {.words = "memorydb|memorydb cluster", .service = "memorydb:cluster"},
    {.words = "load balancer|alb|nlb|elb|elbv2|application load balancer|network load balancer",
     .service = "elbv2:load-balancer"},
    {.words = "classic load balancer|classic elb", .service = "elb:load-balancer"},
    {.words = "target group", .service = "elbv2:target-group"},
    {.words = "iam role|role", .service = "iam:role"},
    {.words = "iam user", .service = "iam:user"},
    {.words = "iam group", .service = "iam:group"},
    {.words = "iam", .service = "iam"},
    {.words = "sqs|sqs queue", .service = "sqs:queue"},
    {.words = "queue", .service = "sqs:queue", .common = true},
    {.words = "sns|sns topic", .service = "sns:topic"},
    {.words = "topic", .service = "sns:topic", .common = true},
    {.words = "api gateway|rest api|apigateway|api gateway api", .service = "apigateway:rest-api"},
    {.words = "http api|websocket api|apigatewayv2", .service = "apigatewayv2:api"},
    {.words = "cloudfront|cloudfront distribution|distribution",
     .service = "cloudfront:distribution"},
    {.words = "step function|state machine|stepfunction|stepfunctions state machine",
     .service = "stepfunctions:state-machine"},
    {.words = "kinesis|kinesis stream|data stream", .service = "kinesis:stream"},
    {.words = "firehose|delivery stream", .service = "firehose:delivery-stream"},
    {.words = "opensearch|opensearch domain|elasticsearch domain", .service = "opensearch:domain"},
    {.words = "redshift|redshift cluster", .service = "redshift:cluster"},
    {.words = "msk|kafka cluster|msk cluster", .service = "kafka:cluster"},
    {.words = "emr|emr cluster", .service = "emr:cluster"},
    {.words = "route53|route 53|hosted zone|dns zone", .service = "route53:hosted-zone"},
    {.words = "route53 health check|route 53 health check", .service = "route53:health-check"},
    {.words = "cloudformation|cloudformation stack|cfn stack", .service = "cloudformation:stack"},
    {.words = "stack", .service = "cloudformation:stack", .common = true},
    {.words = "cloudwatch alarm|aws alarm", .service = "cloudwatch:alarm"},
    {.words = "alarm", .service = "cloudwatch:alarm", .common = true},
    {.words = "cloudwatch dashboard", .service = "cloudwatch:dashboard"},
    {.words = "log group|cloudwatch log group", .service = "logs:log-group"},
    {.words = "secretsmanager|aws secret|secrets manager|secret manager secret",
     .service = "secretsmanager:secret"},
    {.words = "kms|kms key", .service = "kms:key"},
    {.words = "acm|acm certificate|aws certificate", .service = "acm:certificate"},
    {.words = "waf|web acl", .service = "wafv2:web-acl"},
    {.words = "ssm parameter|parameter store", .service = "ssm:parameter"},
    {.words = "cloudtrail|cloudtrail trail", .service = "cloudtrail:trail"},
    {.words = "codepipeline|aws pipeline", .service = "codepipeline:pipeline"},
    {.words = "codebuild|codebuild project", .service = "codebuild:project"},
    {.words = "codedeploy|codedeploy application", .service = "codedeploy:application"},
    {.words = "efs|efs file system|efs filesystem", .service = "efs:file-system"},
    {.words = "fsx|fsx file system|fsx filesystem", .service = "fsx:file-system"},
    {.words = "aws backup|backup vault", .service = "backup:vault"},
    {.words = "backup plan", .service = "backup:plan"},
    {.words = "athena|athena workgroup", .service = "athena:workgroup"},
    {.words = "glue|glue job", .service = "glue:job"},
    {.words = "glue crawler", .service = "glue:crawler"},
    {.words = "sagemaker|sagemaker endpoint", .service = "sagemaker:endpoint"},
    {.words = "eventbridge|eventbridge rule|event rule", .service = "events:rule"},
    {.words = "event bus|event buse", .service = "events:bus"},
    {.words = "batch job queue|aws batch", .service = "batch:job-queue"},
    {.words = "beanstalk|elastic beanstalk|beanstalk environment",
     .service = "elasticbeanstalk:environment"},
    {.words = "app runner|apprunner|app runner service", .service = "apprunner:service"},
    {.words = "amplify|amplify app", .service = "amplify:app"},
    {.words = "cognito|user pool|cognito user pool", .service = "cognito-idp:user-pool"},
    {.words = "mq broker|amazon mq", .service = "mq:broker"},
    {.words = "aws resource|cloud resource|aws", .service = ""},
    {.words = "cluster",
     .common = true,
     .ask = "Which clusters: of ecs, eks, rds, elasticache, redshift, msk or emr?"},
    {.words = "snapshot", .common = true, .ask = "Which snapshots: of ebs, or of rds?"},
    {.words = "gateway",
     .common = true,
     .ask = "Which gateways: nat gateways, internet gateways, transit gateways or api gateways?"},
    {.words = "group",
     .common = true,
     .ask = "Which groups: security groups, target groups, log groups, auto scaling groups or iam "
            "groups?"},
    {.words = "key", .common = true, .ask = "Which keys: kms keys, or key pairs of ec2?"},
    {.words = "endpoint",
     .common = true,
     .ask = "Which endpoints: vpc endpoints, or sagemaker endpoints?"},
};

const struct aws_noun *aws_nouns(size_t *ret_count)
{
    *ret_count = sizeof(nouns) / sizeof(nouns[0]);
    return nouns;
}

/* Source: Amazon EC2 User Guide, "Resource IDs". */
static const struct {
    const char *prefix, *kind;
} ids[] = {
    {"i-", "ec2:instance"},
    {"vpc-", "ec2:vpc"},
    {"subnet-", "ec2:subnet"},
    {"sg-", "ec2:security-group"},
    {"vol-", "ec2:volume"},
    {"snap-", "ec2:snapshot"},
    {"ami-", "ec2:image"},
    {"rtb-", "ec2:route-table"},
    {"nat-", "ec2:nat-gateway"},
    {"igw-", "ec2:internet-gateway"},
    {"eni-", "ec2:network-interface"},
    {"eipalloc-", "ec2:address"},
    {"acl-", "ec2:network-acl"},
    {"vpce-", "ec2:vpc-endpoint"},
    {"pcx-", "ec2:vpc-peering"},
    {"tgw-", "ec2:transit-gateway"},
    {"lt-", "ec2:launch-template"},
};

const char *aws_id_kind(struct str word)
{
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        size_t n = strlen(ids[i].prefix);
        bool tail = word.len > n && str_starts(word, ids[i].prefix);

        for (size_t k = n; tail && k < word.len; k++)
            tail = isxdigit((unsigned char)word.ptr[k]) != 0;
        if (tail)
            return ids[i].kind;
    }
    return NULL;
}

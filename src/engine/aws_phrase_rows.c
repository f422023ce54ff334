/* aws_phrase_rows.c - how people say the operations that change something in AWS: a row is a verb,
 * a thing, and the words that stand in front of each further value. Every row of the act table with
 * "aws." has at least one here; a test walks them. */
#include <stddef.h>

#include "aws_phrase_priv.h"

#define INSTANCE "ec2 instance|ec2|instance*|vm*|#ec2:instance"
#define SERVICE "ecs service|ecs|fargate service|service~"
#define DATABASE "rds instance|db instance|database instance|rds database|rds"
#define CLUSTER "aurora cluster|rds cluster|db cluster|aurora"
#define FUNCTION "lambda function|lambda|function*"
#define GROUP "auto scaling group|autoscaling group|asg"
#define TARGETS "target group|tg"
#define BUCKET "s3 bucket|bucket*|s3"
#define STACK "cloudformation stack|cfn stack|stack*|cloudformation"
#define CACHE                                                                                      \
    "elasticache replication group|replication group|elasticache|redis|valkey|cache "              \
    "cluster|cache*"
#define TABLE "dynamodb table|dynamo table|dynamodb|table*"
#define RECORD "route53 record|route 53 record|dns record|record set|record*"
#define RULE_SLOTS                                                                                 \
    {"group", "security group|sg|group|#ec2:security-group", true}, {"source", "#cidr", true},     \
        {"protocol", "protocol"},                                                                  \
    {                                                                                              \
        "direction", "direction"                                                                   \
    }
#define SLOT_CLUSTER                                                                               \
    {                                                                                              \
        "cluster", "ecs cluster|cluster"                                                           \
    }

static const struct aws_act_phrase rows[] = {
    {"aws.ec2.start", "start|boot|power on", INSTANCE, "instance"},
    {"aws.ec2.stop", "stop|shut down|power off|halt", INSTANCE, "instance"},
    {"aws.ec2.reboot", "reboot|restart", INSTANCE, "instance"},
    {"aws.ec2.terminate", "terminate|delete|destroy", INSTANCE, "instance"},
    {"aws.ec2.revoke-rule", "revoke|remove|delete|take away|take out",
     "security group rule|sg rule|rule*", "rule",
     .slots = {{"group", "security group|sg|group|#ec2:security-group", true}}},
    {"aws.ec2.revoke-rule", "revoke|close|shut", "tcp port|port*", "from", .slots = {RULE_SLOTS}},
    {"aws.ec2.revoke-rule", "revoke|close|shut", "udp port", "from", .fixed = "protocol=udp",
     .slots = {RULE_SLOTS}},
    {"aws.ec2.authorize-rule", "authorize|authorise|allow|open", "tcp port|port*", "from",
     .slots = {RULE_SLOTS}},
    {"aws.ec2.authorize-rule", "authorize|authorise|allow|open", "udp port", "from",
     .fixed = "protocol=udp", .slots = {RULE_SLOTS}},
    {"aws.ec2.snapshot-sharing", "unshare|stop sharing|make private",
     "ebs snapshot|ec2 snapshot|#ec2:snapshot", "snapshot"},
    {"aws.ec2.image-sharing", "unshare|stop sharing|make private", "ami|machine image|#ec2:image",
     "image"},
    {"aws.ec2.ebs-encryption",
     "encrypt new ebs volumes|enable ebs encryption by default|switch on ebs encryption|"
     "enable ebs encryption",
     "", NULL},
    {"aws.ecs.scale", "scale|set desired count of|set the desired count of|set task count of",
     SERVICE, "service", .slots = {SLOT_CLUSTER, {"desired", "to|desired|count"}}},
    {"aws.ecs.redeploy",
     "restart|redeploy|bounce|force new deployment of|force a new deployment of", SERVICE,
     "service", .slots = {SLOT_CLUSTER}},
    {"aws.ecs.rollback", "roll back|rollback|revert", SERVICE, "service",
     .slots = {SLOT_CLUSTER, {"task_definition", "to task definition|task definition|to"}}},
    {"aws.rds.reboot", "reboot|restart", DATABASE, "instance",
     .flags = "failover=with failover|with a failover|to the other zone"},
    {"aws.rds.reboot", "fail over|failover", "rds instance|db instance|database instance",
     "instance", .fixed = "failover=true"},
    {"aws.rds.failover", "fail over|failover|move the writer of", CLUSTER, "cluster",
     .slots = {{"target", "to|target|to instance"}}},
    {NULL, "fail over|failover", "rds database|rds", NULL,
     .ask = "Which kind is it? \"fail over rds instance NAME\" moves a Multi-AZ instance to its "
            "other zone, \"fail over aurora cluster NAME\" makes another member the writer."},
    {"aws.rds.start", "start", DATABASE, "instance"},
    {"aws.rds.start", "start", CLUSTER, "cluster"},
    {"aws.rds.stop", "stop", DATABASE, "instance"},
    {"aws.rds.stop", "stop", CLUSTER, "cluster"},
    {"aws.rds.public-access",
     "make private|close public access to|close public access of|stop public access to|"
     "disable public access of|disable public access to",
     DATABASE, "instance"},
    {"aws.rds.snapshot-sharing", "unshare|stop sharing|make private",
     "rds cluster snapshot|db cluster snapshot", "cluster_snapshot"},
    {"aws.rds.snapshot-sharing", "unshare|stop sharing|make private", "rds snapshot|db snapshot",
     "snapshot"},
    {"aws.lambda.configure", "set memory of|set the memory of|change memory of|raise memory of",
     FUNCTION, "function", .slots = {{"memory", "to", true}}},
    {"aws.lambda.configure", "set timeout of|set the timeout of|change timeout of|raise timeout of",
     FUNCTION, "function", .slots = {{"timeout", "to", true}}},
    {"aws.lambda.configure", "set|change", FUNCTION, "function",
     .slots = {{"variable", "environment variable|variable", true}, {"value_from", "from", true}}},
    {"aws.lambda.invoke", "invoke|call", FUNCTION, "function",
     .slots = {{"qualifier", "qualifier|version|alias"}, {"payload", "#json"}}},
    {"aws.lambda.invoke", "invoke", "*", "function",
     .slots = {{"qualifier", "qualifier|version|alias"}, {"payload", "#json"}}},
    {"aws.lambda.concurrency",
     "set concurrency of|set reserved concurrency of|reserve concurrency of|limit concurrency of|"
     "set the concurrency of",
     FUNCTION, "function", .slots = {{"reserved", "to|at"}}},
    {"aws.lambda.concurrency",
     "remove concurrency of|remove reserved concurrency of|remove the concurrency limit of|"
     "unlimit",
     FUNCTION, "function", .fixed = "reserved=-1"},
    {"aws.lambda.alias", "roll back|rollback|revert|point|move", FUNCTION, "function",
     .slots = {{"alias", "alias"}, {"version", "to version|version|to"}}},
    {"aws.autoscaling.capacity",
     "set desired capacity of|set the desired capacity of|set capacity of|scale", GROUP, "group",
     .slots = {{"desired", "to|desired"}}},
    {"aws.elb.deregister", "deregister|drain|remove|take out", TARGETS, "target_group",
     .slots = {{"target", "#ec2:instance|target"}, {"port", "port"}}},
    {"aws.elb.register", "register|add|put back", TARGETS, "target_group",
     .slots = {{"target", "#ec2:instance|target"}, {"port", "port"}}},
    {"aws.ssm.run", "run|execute", "ssm document|document*|#ssm:document", "document",
     .slots = {{"instance", "#ec2:instance|on"}, {"parameters", "#json"}}},
    {"aws.s3.public-access-block",
     "block public access of|block public access to|stop public access to|make private", BUCKET,
     "bucket"},
    {"aws.s3.account-public-access-block",
     "block public access of all buckets|block public access to all buckets|"
     "block public access of the account|block public access to s3",
     "", NULL},
    {"aws.s3.encryption",
     "encrypt|enable encryption of|enable default encryption of|switch on encryption of", BUCKET,
     "bucket"},
    {"aws.cloudformation.cancel-update",
     "cancel update of|cancel the update of|cancel updating|cancel", STACK, "stack"},
    {"aws.cloudformation.continue-rollback",
     "continue rollback of|continue the rollback of|continue update rollback of|"
     "continue rolling back",
     STACK, "stack", .slots = {{"skip", "skipping|skip|without"}}},
    {"aws.cloudformation.rollback", "roll back|rollback", STACK, "stack"},
    {"aws.elasticache.failover", "fail over|failover|promote a replica of", CACHE, "group",
     .slots = {{"shard", "shard|node group"}, {"target", "to|target"}}},
    {"aws.dynamodb.capacity",
     "set capacity of|set the capacity of|set throughput of|provision|scale", TABLE, "table",
     .slots = {{"read", "read capacity|reads|read"}, {"write", "write capacity|writes|write"}}},
    {"aws.route53.weight", "set weight of|set the weight of|change weight of|shift weight of",
     RECORD, "record",
     .slots = {{"zone", "hosted zone|zone"},
               {"set", "set identifier|set|identifier"},
               {"type", "type"},
               {"weight", "weight|to"}}},
};

const struct aws_act_phrase *aws_act_phrases(size_t *ret_count)
{
    *ret_count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

/* test_mutate_aws_after.c - what AWS says right after a change: an older state, an event that is no
 * longer listed, somebody else's change, an end of its own. None of it is taken for success, nor
 * for a failure before its time. R-39 A-09 A-10 A-11 */
#include <string.h>

#include "tests/unit/engine/aws_play.h"

#define INSTANCE(times, state)                                                                     \
    "{\"service\":\"ec2\",\"operation\":\"DescribeInstances\"," times                              \
    "\"json\":{\"reservationSet\":{\"item\":{\"instancesSet\":{\"item\":{\"instanceId\":"          \
    "\"i-0123456789abcdef0\",\"instanceType\":\"m5.large\",\"rootDeviceType\":\"ebs\","            \
    "\"instanceState\":{\"name\":\"" state "\"}}}}}}}"
#define RESTARTED(date)                                                                            \
    "{\"service\":\"rds\",\"operation\":\"DescribeEvents\",\"json\":{\"Events\":{\"Event\":{"      \
    "\"Message\":\"DB instance restarted\",\"Date\":\"" date "\"}}}}"
#define SERVICE(count, task, more)                                                                 \
    "{\"service\":\"ecs\",\"operation\":\"DescribeServices\",\"json\":{\"services\":[{"            \
    "\"serviceName\":\"orders\",\"status\":\"ACTIVE\",\"desiredCount\":" count                     \
    ",\"runningCount\":3,\"taskDefinition\":\"t/orders:" task "\",\"deployments\":[{\"id\":"       \
    "\"ecs-svc/9\",\"status\":\"PRIMARY\",\"taskDefinition\":\"t/orders:" task "\","               \
    "\"desiredCount\":3,\"runningCount\":3" more "}]}]}}"
#define TARGET(why)                                                                                \
    "{\"service\":\"elbv2\",\"operation\":\"DescribeTargetHealth\",\"json\":{"                     \
    "\"TargetHealthDescriptions\":{\"member\":[{\"Target\":{\"Id\":\"i-1\",\"Port\":\"8080\"},"    \
    "\"TargetHealth\":{\"State\":\"unused\",\"Reason\":\"" why "\"}}]}}}"
#define ALIAS(times, version, more)                                                                \
    "{\"service\":\"lambda\",\"operation\":\"GetAlias\"," times "\"json\":{\"Name\":\"live\","     \
    "\"AliasArn\":\"arn:aws:lambda:eu-west-1:123456789012:function:pay:live\","                    \
    "\"FunctionVersion\":\"" version "\",\"RevisionId\":\"q\"" more "}}"
#define SPLIT ",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"6\":0.1}}"
#define CONFIGURED(revision, value)                                                                \
    "{\"service\":\"lambda\",\"operation\":\"GetFunctionConfiguration\",\"json\":{"                \
    "\"FunctionName\":\"pay\",\"MemorySize\":128,\"Timeout\":3,\"LastUpdateStatus\":"              \
    "\"Successful\",\"RevisionId\":\"" revision "\",\"Environment\":{\"Variables\":{\"MODE\":"     \
    "\"" value "\"}}}}"
#define STACK(status)                                                                              \
    "{\"service\":\"cloudformation\",\"operation\":\"DescribeStacks\",\"json\":{\"Stacks\":{"      \
    "\"member\":{\"StackName\":\"net\",\"StackStatus\":\"" status "\"}}}}"
#define DOCUMENT(times, status)                                                                    \
    "{\"service\":\"ssm\",\"operation\":\"ListCommands\"," times "\"json\":{\"Commands\":[{"       \
    "\"CommandId\":\"c-1\",\"Comment\":\"(runbook @ID)\",\"Status\":\"" status "\"}]}}"
#define DNS(times, status)                                                                         \
    "{\"service\":\"route53\",\"operation\":\"GetChange\"," times                                  \
    "\"match\":\"/change/C0123456789ABC\",\"json\":{\"ChangeInfo\":{\"Id\":"                       \
    "\"/change/C0123456789ABC\",\"Status\":\"" status "\"}}}"
#define TIMES(n) "\"times\":" #n ","

static const struct after {
    const char *what, *operation, *args; /* args NULL: those of the scene */
    const char *before, *after; /* rules until it starts, on top of the scene's; from then on */
    bool late;                  /* its time is over at the first look */
    enum mutation_state end;
    const char *words;
} rows[] = {
    {"stopped while it starts", "aws.ec2.stop", NULL, INSTANCE("", "pending"),
     "[" INSTANCE(TIMES(1), "running") "," INSTANCE(TIMES(1),
                                                    "stopping") "," INSTANCE("", "stopped") "]",
     false, MUTATION_VERIFIED, "stopped"},
    {"an older state first", "aws.ec2.start", NULL, "[]",
     "[" INSTANCE(TIMES(1), "stopping") "," INSTANCE(TIMES(1),
                                                     "pending") "," INSTANCE("", "running") "]",
     false, MUTATION_VERIFIED, "running"},
    {"it is gone", "aws.ec2.start", NULL, "[]", INSTANCE("", "shutting-down"), false,
     MUTATION_FAILED, "shutting-down"},
    {"a restart that is no longer listed", "aws.rds.reboot", NULL,
     RESTARTED("2026-03-01T09:05:00.000Z"), RESTARTED("2026-03-01T10:00:05.000Z"), false,
     MUTATION_VERIFIED, "restarted"},
    {"an earlier restart only", "aws.rds.reboot", NULL, RESTARTED("2026-03-01T09:05:00.000Z"),
     RESTARTED("2026-03-01T09:05:00.000Z"), true, MUTATION_FAILED, "no restart"},
    {"its events are denied", "aws.rds.reboot", NULL, "[]",
     "{\"service\":\"rds\",\"operation\":\"DescribeEvents\",\"status\":403,\"error\":"
     "\"AccessDenied\",\"message\":\"no\"}",
     true, MUTATION_UNKNOWN, "cannot be read"},
    {"the circuit breaker goes back", "aws.ecs.redeploy", NULL, "[]",
     SERVICE("3", "42",
             ",\"rolloutState\":\"IN_PROGRESS\",\"rolloutStateReason\":\"ECS deployment circuit "
             "breaker: rolling back to deploymentId ecs-svc/1.\""),
     false, MUTATION_FAILED, "rolling back"},
    {"the circuit breaker went back", "aws.ecs.redeploy", NULL, "[]",
     SERVICE("3", "42",
             ",\"rolloutState\":\"COMPLETED\",\"rolloutStateReason\":\"ECS deployment circuit "
             "breaker: rolling back to deploymentId ecs-svc/1.\""),
     false, MUTATION_FAILED, "rolling back"},
    {"a target that is stopped", "aws.elb.register", NULL, "[]", TARGET("Target.InvalidState"),
     true, MUTATION_ROLLED_BACK, "Target.InvalidState"},
    {"a group that nobody leads to", "aws.elb.register", NULL, "[]", TARGET("Target.NotInUse"),
     false, MUTATION_VERIFIED, "unused"},
    {"a part leads elsewhere still", "aws.lambda.alias",
     "{\"function\":\"pay\",\"alias\":\"live\",\"version\":\"7\",\"region\":\"eu-west-1\"}",
     ALIAS("", "7", SPLIT), ALIAS("", "7", SPLIT), true, MUTATION_ROLLED_BACK, "a part to another"},
    {"no part leads elsewhere", "aws.lambda.alias",
     "{\"function\":\"pay\",\"alias\":\"live\",\"version\":\"7\",\"region\":\"eu-west-1\"}",
     ALIAS("", "7", SPLIT), "[" ALIAS(TIMES(1), "7", SPLIT) "," ALIAS("", "7", "") "]", false,
     MUTATION_VERIFIED, "version 7"},
    {"somebody else's value", "aws.lambda.configure",
     "{\"function\":\"pay\",\"variable\":\"MODE\",\"value_from\":\"RB_MODE\",\"region\":"
     "\"eu-west-1\"}",
     CONFIGURED("r1", "slow"), CONFIGURED("r2", "other"), true, MUTATION_FAILED, "MB"},
    {"the value", "aws.lambda.configure",
     "{\"function\":\"pay\",\"variable\":\"MODE\",\"value_from\":\"RB_MODE\",\"region\":"
     "\"eu-west-1\"}",
     CONFIGURED("r1", "slow"), CONFIGURED("r2", "fast"), false, MUTATION_VERIFIED, "MB"},
    {"the update was over before", "aws.cloudformation.cancel-update", NULL, "[]",
     STACK("UPDATE_COMPLETE"), false, MUTATION_FAILED, "UPDATE_COMPLETE"},
    {"a document that is being canceled", "aws.ssm.run", NULL, "[]",
     "[" DOCUMENT(TIMES(1), "Cancelling") "," DOCUMENT("", "Success") "]", false, MUTATION_VERIFIED,
     "Success"},
    {"a document that was canceled", "aws.ssm.run", NULL, "[]",
     "[" DOCUMENT(TIMES(1), "Cancelling") "," DOCUMENT("", "Cancelled") "]", false, MUTATION_FAILED,
     "Cancelled"},
    /* A record is set at once, and is answered everywhere a minute later. */
    {"name servers one after another", "aws.route53.weight", NULL, "[]",
     "[" DNS(TIMES(3), "PENDING") "," DNS("", "INSYNC") "]", false, MUTATION_VERIFIED,
     "its weight is 0 of 50, and all name servers have it"},
    {"name servers that do not have it in time", "aws.route53.weight", NULL, "[]",
     DNS("", "PENDING"), true, MUTATION_UNKNOWN,
     "not yet in sync: not all name servers have it (change C0123456789ABC is PENDING)"},
    {"a change that may not be read", "aws.route53.weight", NULL, "[]",
     "{\"service\":\"route53\",\"operation\":\"GetChange\",\"status\":403,\"error\":"
     "\"AccessDenied\",\"message\":\"not you\"}",
     false, MUTATION_VERIFIED, "whether all name servers have it is not known: "},
    {"a change that cannot be read", "aws.route53.weight", NULL, "[]",
     "{\"service\":\"route53\",\"operation\":\"GetChange\",\"status\":400,\"error\":"
     "\"InvalidInput\",\"message\":\"odd\"}",
     true, MUTATION_UNKNOWN, "whether all name servers have it is not known: "},
    /* What somebody else set since then is not taken back. */
    {"scaled by somebody else", "aws.ecs.scale", NULL, "[]", SERVICE("9", "42", ""), true,
     MUTATION_FAILED, "somebody else"},
    {"deployed by somebody else", "aws.ecs.rollback", NULL, "[]", SERVICE("3", "77", ""), true,
     MUTATION_FAILED, "somebody else"},
    {"reserved by somebody else", "aws.lambda.concurrency", NULL, "[]",
     "{\"service\":\"lambda\",\"operation\":\"GetFunctionConcurrency\",\"json\":{"
     "\"ReservedConcurrentExecutions\":9}}",
     true, MUTATION_FAILED, "somebody else"},
    {"led elsewhere by somebody else", "aws.lambda.alias", NULL, "[]", ALIAS("", "5", ""), true,
     MUTATION_FAILED, "somebody else"},
    {"the group was set by somebody else", "aws.autoscaling.capacity", NULL, "[]",
     "{\"service\":\"autoscaling\",\"operation\":\"DescribeAutoScalingGroups\",\"json\":{"
     "\"AutoScalingGroups\":{\"member\":{\"AutoScalingGroupName\":\"web\",\"MinSize\":\"1\","
     "\"MaxSize\":\"9\",\"DesiredCapacity\":\"8\"}}}}",
     true, MUTATION_FAILED, "somebody else"},
    {"the table was set by somebody else", "aws.dynamodb.capacity", NULL, "[]",
     "{\"service\":\"dynamodb\",\"operation\":\"DescribeTable\",\"json\":{\"Table\":{"
     "\"TableName\":\"carts\",\"TableArn\":\"arn:aws:dynamodb:x\",\"TableStatus\":\"ACTIVE\","
     "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":12,\"WriteCapacityUnits\":20}}}}",
     true, MUTATION_FAILED, "somebody else"},
};

static void test_after(void **state)
{
    (void)state;
    setenv("RB_MODE", "fast", 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct after *r = &rows[i];
        struct scene s = *play_scene(r->operation);
        const struct mutation *mu;
        struct play p;
        const char *id;

        s.name = r->what;
        s.args = r->args ? r->args : s.args;
        s.stays = "";
        print_message("# %s\n", r->what);
        play_begin(&p, &s, "");
        awsfake_add(p.fake, r->before);
        p.late = r->late;
        /* The scene tells what the way back finds. */
        p.stuck = r->late && s.rolls_back && r->end == MUTATION_ROLLED_BACK;
        if (p.stuck)
            s.stuck = r->after;
        else
            p.meanwhile = r->after;
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_is(&p, id, r->end);
        mu = world_mutation(p.world, id);
        play_has(&s, "the end", mu->text, r->words);
        play_end(&p);
    }
}

/* Where somebody else set it, one change goes out: none takes it back. */
static void test_others_are_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct after *r = &rows[i];
        struct play p;
        const char *id;

        if (strcmp(r->words, "somebody else") != 0)
            continue;
        play_begin(&p, play_scene(r->operation), "");
        assert_true(p.scene->rolls_back);
        p.meanwhile = r->after;
        p.late = true;
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_sent(&p, play_once(p.scene));
        play_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_others_are_left_alone),
    };

    return cmocka_run_group_tests(tests, play_load, play_free);
}

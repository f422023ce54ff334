/* test_mutate_aws_rows.c - what single rows of AWS do: what they refuse, whose keys they take, what
 * they keep to themselves, how risky they are, which command lines become them. R-39 R-40 R-57 A-09
 * A-10 A-11 A-17 */
#include <string.h>

#include "runbook/codec/json.h"
#include "runbook/policy/risk.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/unit/engine/aws_play.h"

/* AWS's own dry run says no: the change itself is not sent. */
static void test_trial_refused(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    play_begin(&p, play_scene("aws.ec2.stop"), "");
    awsfake_add(p.fake, "{\"service\":\"ec2\",\"match\":\"DryRun=true\",\"status\":403,\"error\":"
                        "\"UnauthorizedOperation\",\"message\":\"no\"}");
    id = play_propose(&p, false);
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_FAILED);
    play_has(p.scene, "the end", world_mutation(p.world, id)->text, "UnauthorizedOperation");
    play_sent(&p, 1);
    play_end(&p);
}

/* no region, or none that is one; of several accounts none; keys of another account. */
static void test_places(void **state)
{
    struct aws_credentials_options keys = {.profile = NULL};
    struct play p;

    (void)state;
    play_begin(&p, play_scene("aws.ec2.stop"), "");
    play_refused(&p, "aws.ec2.stop", "{\"instance\":\"i-0123456789abcdef0\"}",
                 "'region' is missing");
    play_refused(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"evil.example/\"}",
                 "is no region");
    play_refused(&p, "aws.ec2.stop", "{\"instance\":\"i-1; x\",\"region\":\"eu-west-1\"}",
                 "is no id of an instance");
    assert_int_equal(awsfake_count(p.fake, NULL), 0);
    play_refused(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"eu-west-1\",\"account\":"
                 "\"111111111111\"}",
                 "belong to 123456789012, not to 111111111111");
    play_sent(&p, 0);
    aws_estate_add(p.world->env.aws, &(struct aws_account_options){
                                         .name = "prod", .number = "999999999999", .keys = &keys});
    play_refused(&p, "aws.ec2.stop", p.scene->args, "which account? account= one of default, prod");
    play_refused(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"eu-west-1\",\"account\":"
                 "\"prod\"}",
                 "belong to 123456789012, not to 999999999999");
    play_sent(&p, 0);
    play_end(&p);
}

/* What the row itself refuses, before anybody is asked. */
static void test_row_refusals(void **state)
{
    struct play p;

    (void)state;
    play_begin(&p, play_scene("aws.ssm.run"), "");
    play_refused(
        &p, "aws.ssm.run",
        "{\"instance\":\"i-1\",\"document\":\"AWS-RunShellScript\",\"region\":\"eu-west-1\"}",
        "is not allowed: policy.yaml");
    assert_int_equal(awsfake_count(p.fake, NULL), 0);
    play_end(&p);
    play_begin(&p, play_scene("aws.s3.public-access-block"), "");
    awsfake_add(p.fake, "{\"operation\":\"GetPublicAccessBlock\",\"json\":{\"BlockPublicPolicy\":"
                        "\"true\"}}");
    play_refused(&p, "aws.s3.public-access-block",
                 "{\"bucket\":\"reports\",\"block_policy\":false,\"region\":\"eu-west-1\"}",
                 "it would open the bucket");
    play_sent(&p, 0);
    play_end(&p);
    play_begin(&p, play_scene("aws.rds.public-access"), "");
    awsfake_add(p.fake, "{\"operation\":\"DescribeDBInstances\",\"json\":{\"DBInstances\":{"
                        "\"DBInstance\":{\"DBInstanceStatus\":\"available\","
                        "\"PubliclyAccessible\":\"false\"}}}}");
    play_refused(&p, "aws.rds.public-access",
                 "{\"instance\":\"orders\",\"public\":true,\"region\":\"eu-west-1\"}",
                 "it would be opened");
    play_refused(&p, "aws.rds.snapshot-sharing", "{\"region\":\"eu-west-1\"}",
                 "name the snapshot, or the cluster_snapshot");
    play_sent(&p, 0);
    play_end(&p);
    play_begin(&p, play_scene("aws.autoscaling.capacity"), "");
    play_refused(&p, "aws.autoscaling.capacity",
                 "{\"group\":\"web\",\"desired\":10,\"region\":\"eu-west-1\"}",
                 "10 is not within the group's limits, 1 to 9");
    play_end(&p);
}

/* Its state changed between the question and the answer: nothing is sent. */
static void test_changed_meanwhile(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    play_begin(&p, play_scene("aws.route53.weight"), "");
    id = play_propose(&p, false);
    awsfake_add(p.fake,
                "{\"operation\":\"ListResourceRecordSets\",\"json\":{\"ResourceRecordSets\":{"
                "\"ResourceRecordSet\":{\"Name\":\"www.example.org.\",\"Type\":\"A\","
                "\"SetIdentifier\":\"blue\",\"Weight\":\"7\",\"TTL\":\"60\"}}}}");
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_REFUSED);
    play_has(p.scene, "the end", world_mutation(p.world, id)->text, "changed after it was shown");
    play_sent(&p, 0);
    play_end(&p);
}

/* An alias is written back whole: where it leads, whether its health counts, and its weight. */
static void test_alias_undone(void **state)
{
    struct err err = ERR_INIT;
    const char *id, *back;
    struct play p;

    (void)state;
    for (const struct scene *s = play_scenes; s < play_scenes + play_scene_count; s++) {
        if (strcmp(s->name, "move the weight of an alias") != 0)
            continue;
        play_begin(&p, s, "");
        id = play_propose(&p, false);
        world_approve(p.world, id);
        play_is(&p, id, MUTATION_VERIFIED);
        assert_ok(engine_undo(p.world->engine, id, &back, &err), &err);
        world_settle(p.world);
        awsfake_add(p.fake, s->rules); /* until it starts it is as it was set */
        world_approve(p.world, back);
        play_is(&p, back, MUTATION_VERIFIED);
        play_wire_has(&p, s->wire);
        play_wire_has(&p,
                      "<SetIdentifier>blue</SetIdentifier><Weight>50</Weight><AliasTarget>"
                      "<HostedZoneId>Z32O12XQLNTSW2</HostedZoneId><DNSName>blue-1.eu-west-1.elb."
                      "amazonaws.com.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth>"
                      "</AliasTarget><HealthCheckId>0f1e2d3c");
        play_has(s, "the end", world_mutation(p.world, back)->text, "all name servers have it");
        play_end(&p);
        return;
    }
    fail_msg("the scene is gone");
}

/* Values of a function's environment go to AWS, and nowhere else. */
static void test_secret(void **state)
{
    struct buf log = BUF_INIT(PLAY_TEXT_MAX), out = BUF_INIT(PLAY_TEXT_MAX);
    const struct mutation *mu;
    struct play p;
    const char *id;
    struct err err;

    (void)state;
    setenv("RB_NEW_VALUE", "s3cr3t-of-today", 1);
    play_begin(&p, play_scene("aws.lambda.configure"), "");
    id = world_propose(p.world, "aws.lambda.configure",
                       "{\"function\":\"pay\",\"variable\":\"TOKEN\",\"value_from\":"
                       "\"RB_NEW_VALUE\",\"region\":\"eu-west-1\"}",
                       false, &err);
    assert_non_null(id);
    awsfake_add(p.fake, "{\"operation\":\"GetFunctionConfiguration\",\"after\":\"lambda:"
                        "UpdateFunctionConfiguration\",\"json\":{\"MemorySize\":128,\"Timeout\":3,"
                        "\"RevisionId\":\"r2\",\"Environment\":{\"Variables\":{\"TOKEN\":"
                        "\"s3cr3t-of-today\"}}}}");
    world_approve(p.world, id);
    play_is(&p, id, MUTATION_VERIFIED);
    awsfake_log(p.fake, &log);
    assert_non_null(strstr(buf_cstr(&log), "s3cr3t-of-today"));
    assert_non_null(strstr(buf_cstr(&log), "hunter2hunter2")); /* AWS replaces all of them */
    mu = world_mutation(p.world, id);
    mutation_json(engine_model(p.world->engine), mu, &out);
    assert_null(strstr(buf_cstr(&out), "s3cr3t-of-today"));
    assert_null(strstr(buf_cstr(&out), "hunter2hunter2"));
    assert_int_equal(world_sh("! grep -rqE 's3cr3t-of-today|hunter2hunter2' '%s'", p.world->state),
                     0);
    play_end(&p);
    buf_release(&log);
    buf_release(&out);
}

/* Tags and what a row knows raise the risk; without them it is what the table says. R-57 */
static void test_risk(void **state)
{
    static const struct {
        const char *operation, *more, *args;
        enum approval_risk risk;
    } cases[] = {
        {"aws.ec2.start", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.ec2.start",
         "{\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":{\"item\":{"
         "\"instancesSet\":{\"item\":{\"instanceState\":{\"name\":\"stopped\"},\"tagSet\":{"
         "\"item\":{"
         "\"key\":\"env\",\"value\":\"prod\"}}}}}}}}",
         NULL, APPROVAL_HIGH},
        {"aws.ecs.scale", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.ecs.scale", NULL,
         "{\"cluster\":\"main\",\"service\":\"orders\",\"desired\":2,\"region\":\"eu-west-1\"}",
         APPROVAL_HIGH},
        {"aws.lambda.concurrency", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.lambda.concurrency", NULL,
         "{\"function\":\"pay\",\"reserved\":0,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.dynamodb.capacity", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.dynamodb.capacity", NULL,
         "{\"table\":\"carts\",\"read\":9,\"write\":5,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.autoscaling.capacity", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.autoscaling.capacity", NULL,
         "{\"group\":\"web\",\"desired\":1,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.rds.failover", NULL, NULL, APPROVAL_HIGH}, /* */
        {"aws.ec2.terminate", NULL, NULL, APPROVAL_CRITICAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct play p;
        const struct mutation *mu;
        const char *id;
        struct err err = ERR_INIT;

        play_begin(&p, play_scene(cases[i].operation), "");
        if (cases[i].more)
            awsfake_add(p.fake, cases[i].more);
        id = world_propose(p.world, cases[i].operation,
                           cases[i].args ? cases[i].args : p.scene->args, false, &err);
        assert_non_null(id);
        mu = world_mutation(p.world, id);
        if (mu->risk != cases[i].risk)
            fail_msg("%s (%zu): risk %d, not %d: %s", cases[i].operation, i, (int)mu->risk,
                     (int)cases[i].risk, mu->text);
        play_end(&p);
    }
}

/* A command line of the AWS client becomes the row that does the same, or none. */
static void test_from_command(void **state)
{
    static const struct {
        const char *command, *line; /* "": none */
    } cases[] = {
        {"aws ec2 stop-instances --instance-ids i-0abc12345 --region eu-west-1",
         "aws.ec2.stop instance=i-0abc12345 region=eu-west-1"},
        {"aws ec2 stop-instances --region eu-west-1 --instance-ids i-0abc12345",
         "aws.ec2.stop instance=i-0abc12345 region=eu-west-1"},
        {"aws ecs update-service --cluster main --service a --desired-count 4 --region eu-west-1",
         "aws.ecs.scale cluster=main service=a desired=4 region=eu-west-1"},
        {"aws ecs update-service --cluster main --service a --force-new-deployment --region "
         "eu-west-1",
         "aws.ecs.redeploy cluster=main service=a region=eu-west-1"},
        {"aws rds reboot-db-instance --db-instance-identifier d --force-failover --region r-1",
         "aws.rds.reboot instance=d failover=true region=r-1"},
        {"aws ec2 revoke-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr "
         "0.0.0.0/0 --region eu-west-1",
         "aws.ec2.revoke-rule group=sg-1 protocol=tcp from=22 source=0.0.0.0/0 region=eu-west-1"},
        {"aws ec2 stop-instances --instance-ids i-0abc12345", ""}, /* */
        {"aws ec2 stop-instances --instance-ids i-1 i-2 --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids i-1 --force --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids i-1 --region eu-west-1 --endpoint-url x", ""},
        {"aws ec2 stop-instances --instance-ids --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids $(id) --region eu-west-1", ""},
        {"aws ecs update-service --service a --desired-count 4 --region eu-west-1", ""},
        {"aws ec2 describe-instances --region eu-west-1", ""},
        {"aws ec2", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(4096), args = BUF_INIT(4096);
        const struct act_def *d;
        struct err err;

        assert_int_equal(act_from_command(cases[i].command, "local", &out), *cases[i].line != 0);
        assert_string_equal(buf_cstr(&out), cases[i].line);
        if (*cases[i].line)
            assert_ok(act_parse_line(buf_cstr(&out), &d, &args, &err), &err);
        buf_release(&args);
        buf_release(&out);
    }
}

/* The row that a definition names for a change says that it makes it. */
static void used_by(const struct aws_service *s, const struct aws_list *l, struct str act)
{
    char name[100], use[200];
    const struct act_def *d;
    bool found = false;

    snprintf(name, sizeof(name), "%.*s", STR_FMT(act));
    snprintf(use, sizeof(use), "%.*s:%.*s", STR_FMT(s->id), STR_FMT(l->name));
    d = act_find(name);
    if (!d)
        fail_msg("%s: there is no operation %s", use, name);
    for (const char *const *u = act_uses(d); *u; u++)
        found = found || strcmp(*u, use) == 0;
    if (!found)
        fail_msg("%s does not say that it changes %s", name, use);
}

/* Each row has a scene, names what it sends, and every change of a definition is somebody's. */
static void test_rows(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        if (strncmp(act_name(*d), "aws.", 4) != 0)
            continue;
        assert_non_null(play_scene(act_name(*d)));
        assert_non_null(act_uses(*d));
    }
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_service *s = NULL;
        struct err err = ERR_INIT;

        assert_ok(aws_catalogue_get(c, str_from(aws_catalogue_entry(c, i)->id), &s, &err), &err);
        for (size_t k = 0; k < s->change_count; k++)
            for (size_t n = 0; n < s->changes[k].act_count; n++)
                used_by(s, &s->changes[k], s->changes[k].acts[n]);
    }
    aws_catalogue_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trial_refused), cmocka_unit_test(test_places),
        cmocka_unit_test(test_row_refusals),  cmocka_unit_test(test_changed_meanwhile),
        cmocka_unit_test(test_alias_undone),  cmocka_unit_test(test_secret),
        cmocka_unit_test(test_risk),          cmocka_unit_test(test_rows),
        cmocka_unit_test(test_from_command),
    };

    return cmocka_run_group_tests(tests, play_load, play_free);
}

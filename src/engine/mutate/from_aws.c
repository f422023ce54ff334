/* from_aws.c - a command line of the AWS client that changes something, as an operation of the
 * table: only where a row does exactly that, all options are known, and the region is said. What
 * only reads, or does more, stays words. Source: AWS CLI Command Reference. */
#include "act.h"

#include <string.h>

#include "from_priv.h"
#include "runbook/engine/mutate.h"

#define WORDS_MAX 40

/* "option=parameter" each; "option!" is a flag that has to be there, "option!=parameter" one that
 * sets it to true; a * behind it: it has to be there. */
struct aws_form {
    const char *service, *verb, *operation, *options;
};

static const struct aws_form forms[] = {
    {"ec2", "start-instances", "aws.ec2.start", "instance-ids=instance*"},
    {"ec2", "stop-instances", "aws.ec2.stop", "instance-ids=instance*"},
    {"ec2", "reboot-instances", "aws.ec2.reboot", "instance-ids=instance*"},
    {"ec2", "terminate-instances", "aws.ec2.terminate", "instance-ids=instance*"},
    {"ec2", "revoke-security-group-ingress", "aws.ec2.revoke-rule",
     "group-id=group* security-group-rule-ids=rule*"},
    {"ec2", "revoke-security-group-ingress", "aws.ec2.revoke-rule",
     "group-id=group* protocol=protocol* port=from* cidr=source*"},
    {"ec2", "authorize-security-group-ingress", "aws.ec2.authorize-rule",
     "group-id=group* protocol=protocol* port=from* cidr=source*"},
    {"ecs", "update-service", "aws.ecs.scale",
     "cluster=cluster* service=service* desired-count=desired*"},
    {"ecs", "update-service", "aws.ecs.redeploy",
     "cluster=cluster* service=service* force-new-deployment!*"},
    {"ecs", "update-service", "aws.ecs.rollback",
     "cluster=cluster* service=service* task-definition=task_definition*"},
    {"rds", "reboot-db-instance", "aws.rds.reboot",
     "db-instance-identifier=instance* force-failover!=failover"},
    {"rds", "failover-db-cluster", "aws.rds.failover",
     "db-cluster-identifier=cluster* target-db-instance-identifier=target"},
    {"rds", "start-db-instance", "aws.rds.start", "db-instance-identifier=instance*"},
    {"rds", "start-db-cluster", "aws.rds.start", "db-cluster-identifier=cluster*"},
    {"rds", "stop-db-instance", "aws.rds.stop", "db-instance-identifier=instance*"},
    {"rds", "stop-db-cluster", "aws.rds.stop", "db-cluster-identifier=cluster*"},
    {"lambda", "update-function-configuration", "aws.lambda.configure",
     "function-name=function* memory-size=memory timeout=timeout"},
    {"lambda", "put-function-concurrency", "aws.lambda.concurrency",
     "function-name=function* reserved-concurrent-executions=reserved*"},
    {"lambda", "update-alias", "aws.lambda.alias",
     "function-name=function* name=alias* function-version=version*"},
    {"autoscaling", "set-desired-capacity", "aws.autoscaling.capacity",
     "auto-scaling-group-name=group* desired-capacity=desired*"},
    {"cloudformation", "cancel-update-stack", "aws.cloudformation.cancel-update",
     "stack-name=stack*"},
    {"cloudformation", "continue-update-rollback", "aws.cloudformation.continue-rollback",
     "stack-name=stack*"},
    {"cloudformation", "rollback-stack", "aws.cloudformation.rollback", "stack-name=stack*"},
    {"elasticache", "test-failover", "aws.elasticache.failover",
     "replication-group-id=group* node-group-id=shard*"},
};

struct aws_words {
    struct str word[WORDS_MAX];
    bool used[WORDS_MAX];
    size_t count;
};

/* The place of "--name" among the words; 0: it is not there. */
static size_t find(struct aws_words *w, struct str name)
{
    for (size_t i = 3; i < w->count; i++)
        if (!w->used[i] && w->word[i].len == name.len + 2 && str_starts(w->word[i], "--") &&
            memcmp(w->word[i].ptr + 2, name.ptr, name.len) == 0)
            return i;
    return 0;
}

/* One "option=parameter*". False: it has to be there, and is not, or has no value. */
static bool take(struct aws_words *w, struct str option, struct buf *out)
{
    bool needed = str_ends(option, "*"), flag;
    struct str param = {option.ptr, option.len - needed}, name;
    size_t at;

    str_split(&param, '=', &name);
    flag = str_ends(name, "!");
    name.len -= flag;
    at = find(w, name);
    if (!at)
        return !needed;
    w->used[at] = true;
    if (flag) {
        if (param.len)
            buf_addf(out, " %.*s=true", STR_FMT(param));
        return true;
    }
    if (at + 1 >= w->count || w->used[at + 1] || str_starts(w->word[at + 1], "-"))
        return false;
    w->used[at + 1] = true;
    buf_addf(out, " %.*s=%.*s", STR_FMT(param), STR_FMT(w->word[at + 1]));
    return true;
}

static bool matches(const struct aws_form *f, const struct aws_words *words, struct buf *out)
{
    struct aws_words w = *words;
    struct str rest = str_from(f->options), option;

    if (!str_eq_c(w.word[1], f->service) || !str_eq_c(w.word[2], f->verb))
        return false;
    while (str_split(&rest, ' ', &option))
        if (!take(&w, option, out))
            return false;
    if (!take(&w, STR_LIT("region=region*"), out))
        return false;
    for (size_t i = 3; i < w.count; i++)
        if (!w.used[i])
            return false;
    return true;
}

bool act_from_aws(const char *command, struct buf *out)
{
    struct str rest = str_trim(str_from(command)), word;
    struct aws_words w = {.count = 0};

    while (str_split(&rest, ' ', &word)) {
        if (w.count == WORDS_MAX || !act_plain_word(word))
            return false;
        w.word[w.count++] = word;
    }
    if (w.count < 3 || !str_eq_c(w.word[0], "aws"))
        return false;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        struct buf args = BUF_INIT(4096);
        bool found = matches(&forms[i], &w, &args) && !args.full;

        if (found) {
            buf_adds(out, forms[i].operation);
            buf_add_str(out, buf_str(&args));
        }
        buf_release(&args);
        if (found)
            return true;
    }
    return false;
}

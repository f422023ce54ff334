/* logs.c - see logs.h. Sources: Lambda Developer Guide, "Using CloudWatch Logs with Lambda"; ECS
 * Developer Guide, "Send Amazon ECS logs to CloudWatch" (the driver awslogs); Step Functions API
 * Reference, LoggingConfiguration; API Gateway API Reference, AccessLogSettings; EKS User Guide,
 * "Send control plane logs to CloudWatch Logs". */
#include "logs.h"

#include <math.h>
#include <string.h>

/* "arn:aws:logs:eu-west-1:1:log-group:/ecs/web:*" is /ecs/web. */
static const char *group_of_arn(struct aws_view *v, const char *arn)
{
    const char *at = strstr(arn, ":log-group:");

    if (!at)
        return "";
    at += strlen(":log-group:");
    return arena_strndup(v->arena, at, strcspn(at, ":"));
}

const char *aws_log_of_stage(struct aws_view *v, const struct value *stage)
{
    return group_of_arn(v, av_str(stage, "accessLogSettings.destinationArn"));
}

/* ---- what is asked ---- */

static struct aws_follow describe(struct aws_view *v, const char *service, const char *operation,
                                  const char *param, const char *name, const char *what)
{
    return (struct aws_follow){
        .service = service,
        .operation = operation,
        .params = arena_printf(v->arena, "{\"%s\":%s}", param, aws_json(v, name)),
        .title = arena_printf(v->arena, "where %s %s writes its log", what, av_tail(name))};
}

struct aws_follow aws_log_ask(struct aws_view *v, enum aws_log_of of, const char *name,
                              const char *pattern, int most)
{
    switch (of) {
    case AWS_LOG_FUNCTION:
        break;
    case AWS_LOG_TASKS:
        return describe(v, "ecs", "DescribeTaskDefinition", "taskDefinition", name,
                        "task definition");
    case AWS_LOG_MACHINE:
        return describe(v, "stepfunctions", "DescribeStateMachine", "stateMachineArn", name,
                        "state machine");
    case AWS_LOG_CLUSTER:
        return describe(v, "eks", "DescribeCluster", "name", name, "cluster");
    }
    return aws_follow_logs(v, arena_printf(v->arena, "/aws/lambda/%s", name), pattern, most);
}

/* ---- descriptions ---- */

/* The first container that writes to CloudWatch; "" : none does, and *ret_driver says how it logs.
 */
static const char *group_of_tasks(const struct value *d, const char **ret_driver)
{
    AV_EACH(c, d, "taskDefinition.containerDefinitions")
    {
        const struct value *log = value_get(c, "logConfiguration");
        const char *group = av_str(value_get(log, "options"), "awslogs-group");

        *ret_driver = av_str(log, "logDriver");
        if (strcmp(*ret_driver, "awslogs") == 0 && *group)
            return group;
    }
    return "";
}

static const char *group_of_machine(struct aws_view *v, const struct value *d)
{
    AV_EACH(to, d, "loggingConfiguration.destinations")
    {
        const char *group = group_of_arn(v, av_str(to, "cloudWatchLogsLogGroup.logGroupArn"));

        if (*group)
            return group;
    }
    return "";
}

static const char *group_of_cluster(struct aws_view *v, const struct value *d)
{
    AV_EACH(l, d, "logging.clusterLogging")
    {
        if (av_bool(l, "enabled"))
            return arena_printf(v->arena, "/aws/eks/%s/cluster", av_str(d, "name"));
    }
    return "";
}

bool aws_log_read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                  const char *pattern, struct aws_reading *r)
{
    const struct value *d = value_at(items, 0);
    const char *group, *driver = "";

    if (c->step || strcmp(c->ask.service, "logs") == 0)
        return false;
    group = strcmp(c->ask.service, "ecs") == 0   ? group_of_tasks(d, &driver)
            : strcmp(c->ask.service, "eks") == 0 ? group_of_cluster(v, d)
                                                 : group_of_machine(v, d);
    r->strength = STRENGTH_WEAK;
    if (*group) {
        r->evidence = arena_printf(v->arena, "it writes to the log group %s", group);
        r->next = aws_follow_logs(v, group, pattern, 50);
        return true;
    }
    r->evidence =
        *driver ? arena_printf(v->arena, "it logs by %s, not to CloudWatch: look there", driver)
                : "it writes no log to CloudWatch";
    return true;
}

/* ---- lines ---- */

void aws_log_lines(struct aws_view *v, const struct value *items, const struct aws_log_words *w,
                   struct aws_reading *r)
{
    size_t n = value_count(items);

    r->strength = n ? STRENGTH_STRONG : w->without;
    r->direct = n > 0;
    r->evidence = n ? arena_printf(v->arena, "%s, %zu time%s%s: %.160s", w->whose, n,
                                   n == 1 ? "" : "s", w->most && n >= w->most ? " and more" : "",
                                   av_str(value_at(items, 0), "message"))
                    : w->none;
}

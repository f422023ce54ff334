/* aws_cache.c - a replication group of ElastiCache fails over to a replica. Source: ElastiCache API
 * Reference, TestFailover, ModifyReplicationGroup. */
#include <string.h>

#include "aws_act.h"

static const struct tool_param failover_params[] = {
    {"group", PARAM_STRING, true, NULL, 0, 0, NULL, "The replication group's id."},
    {"shard", PARAM_STRING, false, "0001", 0, 0, NULL, "The shard (node group)."},
    {"target", PARAM_STRING, false, "", 0, 0, NULL,
     "The member that becomes the primary; only where failover is not automatic."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_group(struct act *a, struct err *err)
{
    const char *target = act_arg(a, "target"), *group = act_arg(a, "group");

    if (act_aws_word_ok("group", group, err) ||
        act_aws_word_ok("shard", act_arg(a, "shard"), err) ||
        (*target && act_aws_word_ok("target", target, err)) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "elasticache", "DescribeReplicationGroups",
                act_aws_params(a, "ReplicationGroupId", group, (char *)NULL));
    act_aws_ask(a, "elasticache", "DescribeEvents",
                act_aws_params(a, "SourceIdentifier", group, "SourceType", "replication-group",
                               "Duration:", "60", (char *)NULL));
    return ERR_OK;
}

static const struct value *group(struct act *a, struct err *err)
{
    return act_aws_one(a, 1,
                       arena_printf(a->arena, "replication group %s in %s", act_arg(a, "group"),
                                    act_arg(a, "region")),
                       err);
}

static const struct value *shard(struct act *a, const struct value *v)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, "NodeGroups", &items);

    for (size_t i = 0; i < n; i++)
        if (strcmp(act_aws_text(a, &items[i], "NodeGroupId"), act_arg(a, "shard")) == 0)
            return &items[i];
    return NULL;
}

/* "" where the group is a cluster: then the service does not say. */
static const char *primary_of(struct act *a, const struct value *s, size_t *ret_members)
{
    const struct value *items;
    const char *found = "";

    *ret_members = act_aws_list_at(a, s, "NodeGroupMembers", &items);
    for (size_t i = 0; i < *ret_members; i++)
        if (strcmp(act_aws_text(a, &items[i], "CurrentRole"), "primary") == 0)
            found = act_aws_text(a, &items[i], "CacheClusterId");
    return found;
}

/* When the last failover was of which the events of the last hour tell. */
static const char *last_failover(struct act *a)
{
    return act_aws_last_event(a, 2, "ailover", "completed");
}

static enum err_code plan_failover(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v = group(a, err), *s;
    const char *target = act_arg(a, "target"), *primary, *last = last_failover(a);
    bool automatic;
    size_t members;

    if (!v)
        return err->code;
    s = shard(a, v);
    if (!s)
        return err_set(err, ERR_NOT_FOUND, "it has no shard %s", act_arg(a, "shard"));
    primary = primary_of(a, s, &members);
    automatic = strcmp(act_aws_text(a, v, "AutomaticFailover"), "enabled") == 0;
    if (members < 2)
        return err_set(err, ERR_DENIED, "the shard has no replica to fail over to");
    if (!automatic && !*target)
        return err_set(err, ERR_DENIED,
                       "its failover is not automatic: name the new primary, "
                       "target=");
    if (automatic && *target)
        return err_set(err, ERR_DENIED,
                       "its failover is automatic: ElastiCache chooses the primary");
    act_aws_place(a, act_arg(a, "group"), act_aws_text(a, v, "ARN"));
    if (*target && strcmp(target, primary) == 0)
        p->already = arena_printf(a->arena, "%s is the primary already", primary);
    p->before = arena_printf(a->arena, "%s, shard %s of %zu members, primary %s",
                             act_aws_text(a, v, "Status"), act_arg(a, "shard"), members,
                             *primary ? primary : "not said");
    p->after = *target ? arena_printf(a->arena, "%s is the primary", target)
                       : "another member is the primary";
    p->effect = "writes fail until the new primary is there; what was not replicated yet is lost";
    p->blast = "everything that reads and writes this cache";
    p->cost = "no money";
    p->watch = "errors of its clients, replication lag";
    p->facts = act_object(a, "account", act_aws_number(a), "primary", primary, "~failover",
                          last ? last : "", (char *)NULL);
    p->rollback = *target ? "the old primary is made the primary again" : "";
    p->duration_ms = AWS_MINUTE;
    if (!*target) {
        act_aws_do(a, "elasticache", "TestFailover",
                   act_aws_params(a, "ReplicationGroupId", act_arg(a, "group"), "NodeGroupId",
                                  act_arg(a, "shard"), (char *)NULL));
        return ERR_OK;
    }
    p->verb = "modify-replication-group";
    p->rollback_operation = "aws.elasticache.failover";
    p->rollback_args = act_aws_back_args(a, "group", act_arg(a, "group"), "shard",
                                         act_arg(a, "shard"), "target", primary, (char *)NULL);
    act_aws_do(a, "elasticache", "ModifyReplicationGroup",
               act_aws_params(a, "ReplicationGroupId", act_arg(a, "group"), "PrimaryClusterId",
                              target, "ApplyImmediately:", "true", (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_failover(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = group(a, &err);
    const char *target = act_arg(a, "target"), *primary, *before = act_fact(a, "primary");
    const char *last = NULL;
    size_t members;
    bool moved;

    if (!v) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    primary = primary_of(a, shard(a, v), &members);
    moved = *target    ? strcmp(primary, target) == 0
            : *primary ? strcmp(primary, before) != 0
                       : (last = last_failover(a)) && strcmp(last, act_fact(a, "~failover")) > 0;
    a->said = arena_printf(a->arena, "it is %s, the primary is %s%s", act_aws_text(a, v, "Status"),
                           *primary ? primary : "not said",
                           moved || *primary ? ""
                           : last            ? "; its events tell of no failover"
                                             : "; its events cannot be read");
    return moved && strcmp(act_aws_text(a, v, "Status"), "available") == 0 ? ACT_HOLDS
                                                                           : ACT_NOT_YET;
}

const struct act_def act_cache_failover = {
    .name = "aws.elasticache.failover",
    .risk = "aws.elasticache.test-failover",
    .uses = AWS_USES("elasticache:DescribeEvents", "elasticache:DescribeReplicationGroups",
                     "elasticache:ModifyReplicationGroup", "elasticache:TestFailover"),
    .help = "Make a replica of an ElastiCache shard its primary.",
    .undo = "where the new primary was named, the old one is made it again; else it cannot be",
    .resource_type = "replication-group",
    .params = failover_params,
    .floor = RISK_HIGH,
    .verify_ms = 15 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_group,
    .plan = plan_failover,
    .verify = verify_failover,
    .available = act_aws_available,
};

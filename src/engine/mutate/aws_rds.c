/* aws_rds.c - databases: reboot, failover, start, stop; instances, and clusters of Aurora.
 * Source: RDS API Reference; RDS User Guide, "Rebooting a DB instance", "Stopping an Amazon RDS DB
 * instance temporarily", "Amazon RDS event messages". */
#include <string.h>

#include "aws_act.h"

static enum err_code read_instance(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "instance");

    if (act_aws_word_ok("instance", id, err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "rds", "DescribeDBInstances",
                act_aws_params(a, "DBInstanceIdentifier", id, (char *)NULL));
    return ERR_OK;
}

static enum err_code read_cluster(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "cluster");

    if (act_aws_word_ok("cluster", id, err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "rds", "DescribeDBClusters",
                act_aws_params(a, "DBClusterIdentifier", id, (char *)NULL));
    return ERR_OK;
}

static bool of_cluster(const struct act *a)
{
    return *act_arg(a, "cluster") != '\0';
}

static const struct value *database(struct act *a, struct err *err)
{
    bool cluster = of_cluster(a);

    return act_aws_one(a, 1,
                       arena_printf(a->arena, "%s %s in %s", cluster ? "cluster" : "database",
                                    act_arg(a, cluster ? "cluster" : "instance"),
                                    act_arg(a, "region")),
                       err);
}

static const char *status_of(struct act *a, const struct value *v)
{
    return act_aws_text(a, v, of_cluster(a) ? "Status" : "DBInstanceStatus");
}

static enum err_code begin_plan(struct act *a, const struct value **ret, struct err *err)
{
    struct act_plan *p = &a->plan;
    bool cluster = of_cluster(a);
    const struct value *v = database(a, err);
    const char *class;

    if (!v)
        return err->code;
    act_aws_take_tags(a, v, "TagList");
    act_aws_place(a, act_arg(a, cluster ? "cluster" : "instance"),
                  act_aws_text(a, v, cluster ? "DBClusterArn" : "DBInstanceArn"));
    class = act_aws_text(a, v, "DBInstanceClass");
    p->before =
        arena_printf(a->arena, "%s, %s%s%s%s", status_of(a, v), act_aws_text(a, v, "Engine"),
                     *class ? ", " : "", class, act_aws_flag(a, v, "MultiAZ") ? ", Multi-AZ" : "");
    p->facts = act_object(a, "account", act_aws_number(a), "status", status_of(a, v), (char *)NULL);
    p->blast = "everything that is connected to it";
    p->cost = "no money";
    p->watch = "connections, errors of its clients, replica lag";
    *ret = v;
    return ERR_OK;
}

/* ---- reboot ---- */

static const struct tool_param reboot_params[] = {
    {"instance", PARAM_STRING, true, NULL, 0, 0, NULL, "The database instance's name."},
    {"failover", PARAM_BOOL, false, "false", 0, 0, NULL,
     "Move to the other zone with it; of Multi-AZ only."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_reboot(struct act *a, struct err *err)
{
    if (read_instance(a, err))
        return err->code;
    act_aws_ask(a, "rds", "DescribeEvents",
                act_aws_params(a, "SourceIdentifier", act_arg(a, "instance"), "SourceType",
                               "db-instance", "Duration:", "60", (char *)NULL));
    return ERR_OK;
}

/* When it was restarted or failed over last, in the hour behind us; NULL: that cannot be read. */
static const char *last_restart(struct act *a)
{
    const char *restart = act_aws_last_event(a, 2, "restarted", ""),
               *failover = act_aws_last_event(a, 2, "failover completed", "");

    return restart && failover && strcmp(failover, restart) > 0 ? failover : restart;
}

static enum err_code plan_reboot(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    bool failover = act_arg_bool(a, "failover");
    const struct value *v;
    const char *last;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(status_of(a, v), "available") != 0)
        return err_set(err, ERR_DENIED, "it is %s: only one that is available can be rebooted",
                       status_of(a, v));
    if (failover && !act_aws_flag(a, v, "MultiAZ"))
        return err_set(err, ERR_DENIED, "it is not Multi-AZ: there is nowhere to fail over to");
    last = last_restart(a);
    p->facts =
        act_object(a, "account", act_aws_number(a), "~restarted", last ? last : "", (char *)NULL);
    p->after = "available, restarted";
    p->effect = failover ? "it fails over to its other zone; connections break, usually for one or "
                           "two minutes"
                         : "it restarts; connections break until it is available again";
    p->rollback = "";
    p->sole_instance =
        !act_aws_flag(a, v, "MultiAZ") && !*act_aws_text(a, v, "DBClusterIdentifier") && !failover;
    p->duration_ms = 5 * (int64_t)AWS_MINUTE;
    act_aws_do(a, "rds", "RebootDBInstance",
               act_aws_params(a, "DBInstanceIdentifier", act_arg(a, "instance"),
                              "ForceFailover:", failover ? "true" : NULL, (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_reboot(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = database(a, &err);
    const char *now = last_restart(a);

    if (!v) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    a->said =
        arena_printf(a->arena, "it is %s; its events %s", status_of(a, v),
                     !now                                         ? "cannot be read"
                     : strcmp(now, act_fact(a, "~restarted")) > 0 ? "say that it was restarted"
                                                                  : "tell of no restart");
    return now && strcmp(now, act_fact(a, "~restarted")) > 0 &&
                   strcmp(status_of(a, v), "available") == 0
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_rds_reboot = {
    .name = "aws.rds.reboot",
    .risk = "aws.rds.reboot-db-instance",
    .uses = AWS_USES("rds:DescribeDBInstances", "rds:DescribeEvents", "rds:RebootDBInstance"),
    .help = "Reboot a database instance, or fail it over to its other zone.",
    .undo = "it cannot be undone; connections come back by themselves",
    .resource_type = "database",
    .params = reboot_params,
    .floor = RISK_HIGH,
    .verify_ms = 20 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_reboot,
    .plan = plan_reboot,
    .verify = verify_reboot,
    .available = act_aws_available,
};

/* ---- failover ---- */

static const struct tool_param failover_params[] = {
    {"cluster", PARAM_STRING, true, NULL, 0, 0, NULL, "The cluster's name."},
    {"target", PARAM_STRING, false, "", 0, 0, NULL,
     "The instance that becomes the writer; without it the service chooses."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static const char *writer_of(struct act *a, const struct value *v, size_t *ret_readers,
                             bool *ret_has_target)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, "DBClusterMembers", &items);
    const char *writer = "";

    *ret_readers = 0;
    *ret_has_target = false;
    for (size_t i = 0; i < n; i++) {
        const char *id = act_aws_text(a, &items[i], "DBInstanceIdentifier");

        if (act_aws_flag(a, &items[i], "IsClusterWriter"))
            writer = id;
        else
            ++*ret_readers;
        *ret_has_target = *ret_has_target || strcmp(id, act_arg(a, "target")) == 0;
    }
    return writer;
}

static enum err_code plan_failover(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *target = act_arg(a, "target"), *writer;
    const struct value *v;
    bool has_target;
    size_t readers;

    if (begin_plan(a, &v, err))
        return err->code;
    writer = writer_of(a, v, &readers, &has_target);
    if (!readers)
        return err_set(err, ERR_DENIED, "it has no reader to fail over to");
    if (*target && !has_target)
        return err_set(err, ERR_NOT_FOUND, "%.80s is no member of this cluster", target);
    if (strcmp(status_of(a, v), "available") != 0)
        return err_set(err, ERR_DENIED, "it is %s", status_of(a, v));
    if (*target && strcmp(target, writer) == 0)
        p->already = arena_printf(a->arena, "%s is the writer already", writer);
    p->before =
        arena_printf(a->arena, "%s; the writer is %s, %zu readers", p->before, writer, readers);
    p->after = *target ? arena_printf(a->arena, "%s is the writer", target)
                       : "another member is the writer";
    p->effect = "connections break while the writer moves, usually for less than a minute";
    p->facts = act_object(a, "account", act_aws_number(a), "writer", writer, (char *)NULL);
    p->rollback =
        arena_printf(a->arena, "%s is made the writer again, by another failover", writer);
    p->rollback_operation = "aws.rds.failover";
    p->rollback_args =
        act_aws_back_args(a, "cluster", act_arg(a, "cluster"), "target", writer, (char *)NULL);
    p->duration_ms = AWS_MINUTE;
    act_aws_do(a, "rds", "FailoverDBCluster",
               act_aws_params(a, "DBClusterIdentifier", act_arg(a, "cluster"),
                              "TargetDBInstanceIdentifier", *target ? target : NULL, (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_failover(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = database(a, &err);
    const char *writer, *target = act_arg(a, "target");
    size_t readers;
    bool has;

    if (!v) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    writer = writer_of(a, v, &readers, &has);
    a->said = arena_printf(a->arena, "it is %s, the writer is %s", status_of(a, v), writer);
    if (!*writer || strcmp(status_of(a, v), "available") != 0)
        return ACT_NOT_YET;
    return (*target ? strcmp(writer, target) == 0 : strcmp(writer, act_fact(a, "writer")) != 0)
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_rds_failover = {
    .name = "aws.rds.failover",
    .risk = "aws.rds.failover-db-cluster",
    .uses = AWS_USES("rds:DescribeDBClusters", "rds:FailoverDBCluster"),
    .help = "Make another member of a database cluster its writer.",
    .undo = "the old writer is made the writer again",
    .resource_type = "database",
    .params = failover_params,
    .floor = RISK_HIGH,
    .verify_ms = 10 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_cluster,
    .plan = plan_failover,
    .verify = verify_failover,
    .available = act_aws_available,
};

/* ---- start and stop ---- */

static const struct tool_param either_params[] = {
    {"instance", PARAM_STRING, false, "", 0, 0, NULL, "The database instance's name,"},
    {"cluster", PARAM_STRING, false, "", 0, 0, NULL, "Or that of an Aurora cluster."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_either(struct act *a, struct err *err)
{
    if (of_cluster(a) == (*act_arg(a, "instance") != '\0'))
        return err_set(err, ERR_INPUT, "name the instance, or the cluster");
    return of_cluster(a) ? read_cluster(a, err) : read_instance(a, err);
}

static const char *same(struct act *a)
{
    const char *what = of_cluster(a) ? "cluster" : "instance";

    return act_aws_back_args(a, what, act_arg(a, what), (char *)NULL);
}

static void do_either(struct act *a, const char *instance, const char *cluster)
{
    if (of_cluster(a))
        act_aws_do(a, "rds", cluster,
                   act_aws_params(a, "DBClusterIdentifier", act_arg(a, "cluster"), (char *)NULL));
    else
        act_aws_do(a, "rds", instance,
                   act_aws_params(a, "DBInstanceIdentifier", act_arg(a, "instance"), (char *)NULL));
}

static enum act_check verify_status(struct act *a, const char *wanted, const char *broken)
{
    struct err err = ERR_INIT;
    const struct value *v = database(a, &err);

    a->said =
        v ? arena_printf(a->arena, "it is %s", status_of(a, v)) : arena_strdup(a->arena, err.msg);
    if (!v)
        return ACT_NOT_YET;
    if (strcmp(status_of(a, v), broken) == 0)
        return ACT_FAILED;
    return strcmp(status_of(a, v), wanted) == 0 ? ACT_HOLDS : ACT_NOT_YET;
}

static enum err_code plan_start(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(status_of(a, v), "available") == 0 || strcmp(status_of(a, v), "starting") == 0)
        p->already = arena_printf(a->arena, "it is %s already", status_of(a, v));
    else if (strcmp(status_of(a, v), "stopped") != 0)
        return err_set(err, ERR_DENIED, "it is %s: only a stopped one can be started",
                       status_of(a, v));
    p->after = "available";
    p->effect = "it starts; its address stays the same";
    p->cost = "its hours are paid from now on";
    p->rollback = "it is stopped again: runbook undo";
    p->rollback_operation = "aws.rds.stop";
    p->rollback_args = same(a);
    p->verb = of_cluster(a) ? "start-db-cluster" : NULL;
    p->duration_ms = 10 * (int64_t)AWS_MINUTE;
    do_either(a, "StartDBInstance", "StartDBCluster");
    return ERR_OK;
}

static enum act_check verify_start(struct act *a)
{
    return verify_status(a, "available", "failed");
}

const struct act_def act_rds_start = {
    .name = "aws.rds.start",
    .risk = "aws.rds.start-db-instance",
    .uses = AWS_USES("rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:StartDBCluster",
                     "rds:StartDBInstance"),
    .help = "Start a stopped database instance or cluster.",
    .undo = "it is stopped again",
    .resource_type = "database",
    .params = either_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 30 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_either,
    .plan = plan_start,
    .verify = verify_start,
    .available = act_aws_available,
};

static enum err_code plan_stop(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v, *items;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(status_of(a, v), "stopped") == 0 || strcmp(status_of(a, v), "stopping") == 0)
        p->already = arena_printf(a->arena, "it is %s already", status_of(a, v));
    else if (strcmp(status_of(a, v), "available") != 0)
        return err_set(err, ERR_DENIED, "it is %s: it cannot be stopped", status_of(a, v));
    if (*act_aws_text(a, v, "ReadReplicaSourceDBInstanceIdentifier") ||
        act_aws_list_at(a, v, "ReadReplicaDBInstanceIdentifiers", &items))
        return err_set(err, ERR_DENIED, "one that replicates, or is replicated, is not stopped");
    if (!of_cluster(a) && *act_aws_text(a, v, "DBClusterIdentifier"))
        return err_set(err, ERR_DENIED, "it belongs to cluster %s: that can be stopped",
                       act_aws_text(a, v, "DBClusterIdentifier"));
    p->after = "stopped";
    p->effect = "nobody can connect to it any more; AWS starts it by itself after seven days";
    p->cost = "its storage is paid on";
    p->rollback = "it is started again: runbook undo";
    p->rollback_operation = "aws.rds.start";
    p->rollback_args = same(a);
    p->verb = of_cluster(a) ? "stop-db-cluster" : NULL;
    p->duration_ms = 10 * (int64_t)AWS_MINUTE;
    do_either(a, "StopDBInstance", "StopDBCluster");
    return ERR_OK;
}

static enum act_check verify_stop(struct act *a)
{
    return verify_status(a, "stopped", "failed");
}

const struct act_def act_rds_stop = {
    .name = "aws.rds.stop",
    .risk = "aws.rds.stop-db-instance",
    .uses = AWS_USES("rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:StopDBCluster",
                     "rds:StopDBInstance"),
    .help = "Stop a database instance or cluster; its data stays.",
    .undo = "it is started again",
    .resource_type = "database",
    .params = either_params,
    .floor = RISK_CRITICAL,
    .verify_ms = 30 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_either,
    .plan = plan_stop,
    .verify = verify_stop,
    .available = act_aws_available,
};

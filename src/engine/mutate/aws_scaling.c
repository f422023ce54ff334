/* aws_scaling.c - how much there is: instances of an Auto Scaling group, provisioned capacity of a
 * table. Source: EC2 Auto Scaling API Reference, SetDesiredCapacity; DynamoDB API Reference,
 * UpdateTable. */
#include <inttypes.h>
#include <string.h>

#include "aws_act.h"

/* ---- Auto Scaling ---- */

static const struct tool_param group_params[] = {
    {"group", PARAM_STRING, true, NULL, 0, 0, NULL, "The Auto Scaling group's name."},
    {"desired", PARAM_INT, true, NULL, 0, 10000, NULL, "How many instances are to run."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_group(struct act *a, struct err *err)
{
    if (act_aws_word_ok("group", act_arg(a, "group"), err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "autoscaling", "DescribeAutoScalingGroups",
                act_aws_params(a, "AutoScalingGroupNames[]", act_arg(a, "group"), (char *)NULL));
    return ERR_OK;
}

static const struct value *group(struct act *a, struct err *err)
{
    return act_aws_one(
        a, 1, arena_printf(a->arena, "group %s in %s", act_arg(a, "group"), act_arg(a, "region")),
        err);
}

static int64_t in_service(struct act *a, const struct value *v)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, "Instances", &items);
    int64_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += strcmp(act_aws_text(a, &items[i], "LifecycleState"), "InService") == 0;
    return found;
}

static enum err_code plan_group(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t want = act_arg_int(a, "desired", 0), have, least, most;
    const struct value *v = group(a, err);

    if (!v)
        return err->code;
    act_aws_take_tags(a, v, "Tags");
    act_aws_place(a, act_arg(a, "group"), act_aws_text(a, v, "AutoScalingGroupARN"));
    have = act_aws_int(a, v, "DesiredCapacity", -1);
    least = act_aws_int(a, v, "MinSize", 0);
    most = act_aws_int(a, v, "MaxSize", 0);
    if (want < least || want > most)
        return err_set(err, ERR_DENIED,
                       "%" PRId64 " is not within the group's limits, %" PRId64 " to %" PRId64,
                       want, least, most);
    if (want == have)
        p->already = arena_printf(a->arena, "%" PRId64 " are wanted already", want);
    p->before = arena_printf(
        a->arena, "%" PRId64 " wanted (%" PRId64 " to %" PRId64 "), %" PRId64 " in service", have,
        least, most, in_service(a, v));
    p->after = arena_printf(a->arena, "%" PRId64 " wanted and in service", want);
    p->effect = want > have
                    ? arena_printf(a->arena, "%" PRId64 " instances are launched", want - have)
                    : arena_printf(a->arena,
                                   "%" PRId64 " instances are terminated; the group chooses "
                                   "which",
                                   have - want);
    p->blast = "what runs on the group's instances";
    p->cost = want > have ? "the instances are paid while they run" : "no money";
    p->watch = "the group's activities; a scaling policy may set it otherwise again";
    p->verb = want < have ? "set-desired-capacity-down" : NULL;
    p->facts =
        act_object(a, "account", act_aws_number(a), "desired", act_aws_num(a, have), (char *)NULL);
    p->rollback = arena_printf(a->arena, "back to %" PRId64, have);
    p->rollback_operation = "aws.autoscaling.capacity";
    p->rollback_args = act_aws_back_args(a, "group", act_arg(a, "group"),
                                         "desired:", act_aws_num(a, have), (char *)NULL);
    p->rolls_back = want > have;
    p->duration_ms = 3 * (int64_t)AWS_MINUTE;
    act_aws_do(a, "autoscaling", "SetDesiredCapacity",
               act_aws_params(a, "AutoScalingGroupName", act_arg(a, "group"), "DesiredCapacity:",
                              act_aws_num(a, want), "HonorCooldown:", "false", (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_group(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = group(a, &err);
    int64_t want = act_arg_int(a, "desired", 0);

    a->said = v ? arena_printf(a->arena, "%s wanted, %" PRId64 " in service",
                               act_aws_text(a, v, "DesiredCapacity"), in_service(a, v))
                : arena_strdup(a->arena, err.msg);
    if (v)
        act_aws_others(a, act_aws_text(a, v, "DesiredCapacity"), act_fact(a, "desired"),
                       act_aws_num(a, want));
    return v && act_aws_int(a, v, "DesiredCapacity", -1) == want && in_service(a, v) == want
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_autoscaling_capacity = {
    .name = "aws.autoscaling.capacity",
    .risk = "aws.autoscaling.set-desired-capacity",
    .uses = AWS_USES("autoscaling:DescribeAutoScalingGroups", "autoscaling:SetDesiredCapacity"),
    .help = "Set how many instances of an Auto Scaling group run.",
    .undo = "the number that it was is set again",
    .resource_type = "auto-scaling-group",
    .params = group_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 15 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_group,
    .plan = plan_group,
    .verify = verify_group,
    .available = act_aws_available,
};

/* ---- DynamoDB ---- */

static const struct tool_param table_params[] = {
    {"table", PARAM_STRING, true, NULL, 0, 0, NULL, "The table's name."},
    {"read", PARAM_INT, true, NULL, 1, 40000, NULL, "Read capacity units."},
    {"write", PARAM_INT, true, NULL, 1, 40000, NULL, "Write capacity units."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_table(struct act *a, struct err *err)
{
    if (act_aws_word_ok("table", act_arg(a, "table"), err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "dynamodb", "DescribeTable",
                act_aws_params(a, "TableName", act_arg(a, "table"), (char *)NULL));
    return ERR_OK;
}

static const struct value *table(struct act *a, struct err *err)
{
    return act_aws_one(
        a, 1, arena_printf(a->arena, "table %s in %s", act_arg(a, "table"), act_arg(a, "region")),
        err);
}

static int64_t units(struct act *a, const struct value *v, bool read)
{
    return act_aws_int(a, v,
                       read ? "ProvisionedThroughput.ReadCapacityUnits"
                            : "ProvisionedThroughput.WriteCapacityUnits",
                       0);
}

static enum err_code plan_table(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t r = act_arg_int(a, "read", 0), w = act_arg_int(a, "write", 0), r0, w0;
    const struct value *v = table(a, err);

    if (!v)
        return err->code;
    if (strcmp(act_aws_text(a, v, "BillingModeSummary.BillingMode"), "PAY_PER_REQUEST") == 0)
        return err_set(err, ERR_DENIED, "the table is billed on demand: it has no capacity to set");
    if (strcmp(act_aws_text(a, v, "TableStatus"), "ACTIVE") != 0)
        return err_set(err, ERR_DENIED, "the table is %s", act_aws_text(a, v, "TableStatus"));
    r0 = units(a, v, true);
    w0 = units(a, v, false);
    act_aws_place(a, act_arg(a, "table"), act_aws_text(a, v, "TableArn"));
    if (r == r0 && w == w0)
        p->already = "it has this capacity already";
    p->before = arena_printf(a->arena, "%" PRId64 " read and %" PRId64 " write units", r0, w0);
    p->after = arena_printf(a->arena, "%" PRId64 " read and %" PRId64 " write units", r, w);
    p->effect = r < r0 || w < w0 ? "requests above that are throttled; a table can be lowered only "
                                   "a few times a day"
                                 : "more requests pass before they are throttled";
    p->blast = "whoever reads and writes this table";
    p->cost = r > r0 || w > w0 ? "each unit is paid by the hour from now on" : "less by the hour";
    p->watch = "throttled requests; auto scaling may set it otherwise again";
    p->verb = r < r0 || w < w0 ? "update-table-down" : NULL;
    p->facts = act_object(a, "account", act_aws_number(a), "read", act_aws_num(a, r0), "write",
                          act_aws_num(a, w0), (char *)NULL);
    p->rollback = arena_printf(a->arena, "back to %" PRId64 " and %" PRId64, r0, w0);
    p->rollback_operation = "aws.dynamodb.capacity";
    p->rollback_args =
        act_aws_back_args(a, "table", act_arg(a, "table"), "read:", act_aws_num(a, r0),
                          "write:", act_aws_num(a, w0), (char *)NULL);
    p->rolls_back = true;
    p->duration_ms = AWS_MINUTE;
    act_aws_do(a, "dynamodb", "UpdateTable",
               act_aws_params(a, "TableName", act_arg(a, "table"), "ProvisionedThroughput:",
                              arena_printf(a->arena,
                                           "{\"ReadCapacityUnits\":%" PRId64
                                           ",\"WriteCapacityUnits\":%" PRId64 "}",
                                           r, w),
                              (char *)NULL));
    return ERR_OK;
}

static const char *both(struct act *a, int64_t read, int64_t write)
{
    return arena_printf(a->arena, "%" PRId64 "/%" PRId64, read, write);
}

static enum act_check verify_table(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = table(a, &err);

    a->said =
        v ? arena_printf(a->arena, "it is %s with %" PRId64 " and %" PRId64,
                         act_aws_text(a, v, "TableStatus"), units(a, v, true), units(a, v, false))
          : arena_strdup(a->arena, err.msg);
    if (v)
        act_aws_others(a, both(a, units(a, v, true), units(a, v, false)),
                       arena_printf(a->arena, "%s/%s", act_fact(a, "read"), act_fact(a, "write")),
                       both(a, act_arg_int(a, "read", 0), act_arg_int(a, "write", 0)));
    return v && strcmp(act_aws_text(a, v, "TableStatus"), "ACTIVE") == 0 &&
                   units(a, v, true) == act_arg_int(a, "read", 0) &&
                   units(a, v, false) == act_arg_int(a, "write", 0)
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_dynamodb_capacity = {
    .name = "aws.dynamodb.capacity",
    .risk = "aws.dynamodb.update-table",
    .uses = AWS_USES("dynamodb:DescribeTable", "dynamodb:UpdateTable"),
    .help = "Set the provisioned capacity of a table.",
    .undo = "the capacity that it had is set again",
    .resource_type = "table",
    .params = table_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 15 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_table,
    .plan = plan_table,
    .verify = verify_table,
    .available = act_aws_available,
};

/* aws_ec2.c - instances: start, stop, reboot, terminate. Each is tried by AWS's own DryRun first,
 * after the approval. Source: EC2 API Reference; EC2 User Guide, "Instance lifecycle". */
#include <inttypes.h>
#include <string.h>

#include "aws_act.h"

static const struct tool_param instance_params[] = {
    {"instance", PARAM_STRING, true, NULL, 0, 0, NULL, "Its id, such as i-0123456789abcdef0."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_instance(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "instance");

    if (strncmp(id, "i-", 2) != 0 || strspn(id + 2, "0123456789abcdef") != strlen(id) - 2 ||
        strlen(id) > 21 || strlen(id) < 10)
        return err_set(err, ERR_INPUT, "'%.40s' is no id of an instance", id);
    if (act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "ec2", "DescribeInstances",
                act_aws_params(a, "InstanceIds[]", id, (char *)NULL));
    return ERR_OK;
}

static const struct value *instance(struct act *a, struct err *err)
{
    return act_aws_one(
        a, 1,
        arena_printf(a->arena, "instance %s in %s", act_arg(a, "instance"), act_arg(a, "region")),
        err);
}

static const char *state_of(struct act *a, const struct value *v)
{
    return act_aws_text(a, v, "instanceState.name");
}

static const char *called(struct act *a, const struct value *v)
{
    const char *name = act_aws_tag(a, "Name"), *ip = act_aws_text(a, v, "privateIpAddress");

    return arena_printf(a->arena, "%s%s%s, %s in %s%s%s", state_of(a, v), *name ? ", " : "", name,
                        act_aws_text(a, v, "instanceType"),
                        act_aws_text(a, v, "placement.availabilityZone"), *ip ? ", " : "", ip);
}

/* Who else has to do with it, as its tags say. Source: EC2 Auto Scaling and EKS User Guides. */
static const char *felt_by(struct act *a, bool goes_away)
{
    const char *group = act_aws_tag(a, "aws:autoscaling:groupName");
    const char *nodes = act_aws_tag(a, "eks:nodegroup-name");
    const char *base = *nodes ? arena_printf(a->arena, "pods on this node of node group %s", nodes)
                              : "what runs on it";

    if (!*group || !goes_away)
        return base;
    return arena_printf(
        a->arena, "%s; Auto Scaling group %s takes it for unhealthy and replaces it", base, group);
}

/* What all four have in common. */
static enum err_code begin_plan(struct act *a, const struct value **ret, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *id = act_arg(a, "instance"), *name;
    const struct value *v = instance(a, err);

    if (!v)
        return err->code;
    act_aws_take_tags(a, v, "tagSet");
    name = act_aws_tag(a, "Name");
    act_aws_place(a, *name ? name : id,
                  act_aws_arn(a, "ec2", arena_printf(a->arena, "instance/%s", id)));
    if (strcmp(state_of(a, v), "terminated") == 0)
        return err_set(err, ERR_NOT_FOUND, "%s is terminated: there is nothing left to act on", id);
    p->before = called(a, v);
    p->facts = act_object(a, "account", act_aws_number(a), "id", id, "state", state_of(a, v),
                          (char *)NULL);
    p->cost = "no money";
    p->watch = "the checks of what runs on it, and its targets' health";
    *ret = v;
    return ERR_OK;
}

static const char *instance_call(struct act *a)
{
    return act_aws_params(a, "InstanceIds[]", act_arg(a, "instance"), (char *)NULL);
}

static const char *same_instance(struct act *a)
{
    return act_aws_back_args(a, "instance", act_arg(a, "instance"), (char *)NULL);
}

/* Right after the call AWS may still tell an older state than the one that was planned from, so
 * only what there is no way back from has failed before its time is over. */
static enum act_check verify_state(struct act *a, const char *wanted)
{
    struct err err = ERR_INIT;
    const struct value *v = instance(a, &err);
    const char *state = v ? state_of(a, v) : "", *why;

    if (!v) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    why = strcmp(state, wanted) == 0 ? "" : act_aws_text(a, v, "stateReason.message");
    a->said = arena_printf(a->arena, "it is %s%s%s", state, *why ? ": " : "", why);
    if (strcmp(state, wanted) == 0)
        return ACT_HOLDS;
    return strcmp(state, "terminated") == 0 || strcmp(state, "shutting-down") == 0 ? ACT_FAILED
                                                                                   : ACT_NOT_YET;
}

/* ---- start ---- */

static enum err_code plan_start(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;
    const char *state;

    if (begin_plan(a, &v, err))
        return err->code;
    state = state_of(a, v);
    if (strcmp(state, "running") == 0 || strcmp(state, "pending") == 0)
        p->already = arena_printf(a->arena, "it is %s already", state);
    else if (strcmp(state, "stopped") != 0)
        return err_set(err, ERR_DENIED, "it is %s: only a stopped instance can be started", state);
    p->after = "running";
    p->effect = "it boots; an address of its own that is no Elastic IP is another one than before";
    p->blast = felt_by(a, false);
    p->cost = "its hours are paid from now on";
    p->rollback = "it is stopped again: runbook undo";
    p->rollback_operation = "aws.ec2.stop";
    p->rollback_args = same_instance(a);
    p->duration_ms = AWS_MINUTE;
    act_aws_try_and_do(a, "ec2", "StartInstances", instance_call(a));
    return ERR_OK;
}

static enum act_check verify_start(struct act *a)
{
    return verify_state(a, "running");
}

const struct act_def act_ec2_start = {
    .name = "aws.ec2.start",
    .risk = "aws.ec2.start-instances",
    .uses = AWS_USES("ec2:DescribeInstances", "ec2:StartInstances"),
    .help = "Start a stopped EC2 instance.",
    .undo = "it is stopped again",
    .resource_type = "instance",
    .params = instance_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 5 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_instance,
    .plan = plan_start,
    .verify = verify_start,
    .available = act_aws_available,
};

/* ---- stop ---- */

static enum err_code plan_stop(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;
    const char *state, *ip;

    if (begin_plan(a, &v, err))
        return err->code;
    state = state_of(a, v);
    ip = act_aws_text(a, v, "ipAddress");
    if (strcmp(state, "stopped") == 0 || strcmp(state, "stopping") == 0)
        p->already = arena_printf(a->arena, "it is %s already", state);
    else if (strcmp(state, "running") != 0 && strcmp(state, "pending") != 0)
        return err_set(err, ERR_DENIED, "it is %s: it cannot be stopped", state);
    if (strcmp(act_aws_text(a, v, "rootDeviceType"), "instance-store") == 0)
        return err_set(err, ERR_DENIED, "its root is an instance store: it can only be terminated");
    p->after = "stopped";
    p->effect = arena_printf(a->arena,
                             "it shuts down; what is in memory and on instance stores is "
                             "gone%s%s",
                             *ip ? ", and with it the address " : "", ip);
    p->blast = felt_by(a, true);
    p->cost = "its volumes are paid on";
    p->rollback = "it is started again: runbook undo; memory and instance stores stay empty";
    p->rollback_operation = "aws.ec2.start";
    p->rollback_args = same_instance(a);
    p->duration_ms = AWS_MINUTE;
    act_aws_try_and_do(a, "ec2", "StopInstances", instance_call(a));
    return ERR_OK;
}

static enum act_check verify_stop(struct act *a)
{
    return verify_state(a, "stopped");
}

const struct act_def act_ec2_stop = {
    .name = "aws.ec2.stop",
    .risk = "aws.ec2.stop-instances",
    .uses = AWS_USES("ec2:DescribeInstances", "ec2:StopInstances"),
    .help = "Stop a running EC2 instance; its volumes stay.",
    .undo = "it is started again",
    .resource_type = "instance",
    .params = instance_params,
    .floor = RISK_HIGH,
    .verify_ms = 10 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_instance,
    .plan = plan_stop,
    .verify = verify_stop,
    .available = act_aws_available,
};

/* ---- reboot ---- */

/* A reboot leaves no trace in the state: its checks are read, and, when the answer was lost, what
 * CloudTrail recorded. */
static enum err_code read_reboot(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "instance");

    if (read_instance(a, err))
        return err->code;
    act_aws_ask(
        a, "ec2", "DescribeInstanceStatus",
        act_aws_params(a, "InstanceIds[]", id, "IncludeAllInstances:", "true", (char *)NULL));
    if (act_aws_answer_lost(a))
        act_aws_ask_trail(a, id);
    return ERR_OK;
}

static const char *checks_of(struct act *a)
{
    struct err ignored = ERR_INIT;
    const struct value *v = act_aws_one(a, 2, "status", &ignored);
    const char *machine = act_aws_text(a, v, "systemStatus.status");
    const char *own = act_aws_text(a, v, "instanceStatus.status");

    return strcmp(machine, own) == 0 ? own : arena_printf(a->arena, "%s/%s", machine, own);
}

static enum err_code plan_reboot(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(state_of(a, v), "running") != 0)
        return err_set(err, ERR_DENIED, "it is %s: only a running instance can be rebooted",
                       state_of(a, v));
    p->before = arena_printf(a->arena, "%s, checks %s", p->before, checks_of(a));
    p->after = "running, checks ok";
    p->effect = "its operating system restarts; it keeps its addresses and its volumes";
    p->blast = felt_by(a, false);
    p->rollback = "";
    p->duration_ms = 3 * (int64_t)AWS_MINUTE;
    act_aws_try_and_do(a, "ec2", "RebootInstances", instance_call(a));
    return ERR_OK;
}

static enum act_check verify_reboot(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = instance(a, &err);
    const char *checks = checks_of(a);

    if (!v || !*checks) {
        a->said = v ? "its checks cannot be read" : arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    a->said = arena_printf(a->arena, "it is %s, checks %s", state_of(a, v), checks);
    if (act_aws_answer_lost(a) && !act_aws_trail_has(a, 3, "RebootInstances")) {
        a->said = arena_printf(a->arena, "%s; CloudTrail has recorded no reboot", a->said);
        return ACT_NOT_YET;
    }
    return strcmp(state_of(a, v), "running") == 0 && strcmp(checks, "ok") == 0 ? ACT_HOLDS
                                                                               : ACT_NOT_YET;
}

const struct act_def act_ec2_reboot = {
    .name = "aws.ec2.reboot",
    .risk = "aws.ec2.reboot-instances",
    .uses = AWS_USES("cloudtrail:LookupEvents", "ec2:DescribeInstanceStatus",
                     "ec2:DescribeInstances", "ec2:RebootInstances"),
    .help = "Reboot a running EC2 instance.",
    .undo = "it cannot be undone; what the machine had in memory is gone",
    .resource_type = "instance",
    .params = instance_params,
    .floor = RISK_HIGH,
    .verify_ms = 15 * AWS_MINUTE, /* CloudTrail delivers within about that */
    /* Its checks are those of before at first: AWS makes them once a minute. */
    .stay_ms = 2 * AWS_MINUTE,
    .look_ms = 2 * AWS_LOOK_MS,
    .read = read_reboot,
    .plan = plan_reboot,
    .verify = verify_reboot,
    .available = act_aws_available,
};

/* ---- terminate ---- */

/* Volumes that go with it. */
static size_t volumes_lost(struct act *a, const struct value *v)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, "blockDeviceMapping", &items), lost = 0;

    for (size_t i = 0; i < n; i++)
        lost += act_aws_flag(a, &items[i], "ebs.deleteOnTermination");
    return lost;
}

static enum err_code plan_terminate(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(state_of(a, v), "shutting-down") == 0)
        p->already = "it is being terminated already";
    p->after = "terminated";
    p->effect = arena_printf(a->arena,
                             "it is gone for good, with %zu of its volumes and what is on "
                             "instance stores",
                             volumes_lost(a, v));
    p->blast = felt_by(a, true);
    p->rollback = "";
    p->duration_ms = 2 * (int64_t)AWS_MINUTE;
    act_aws_try_and_do(a, "ec2", "TerminateInstances", instance_call(a));
    return ERR_OK;
}

static enum act_check verify_terminate(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = instance(a, &err);
    const char *state = v ? state_of(a, v) : "";

    a->said = v ? arena_printf(a->arena, "it is %s", state) : arena_strdup(a->arena, err.msg);
    return strcmp(state, "terminated") == 0 || strcmp(state, "shutting-down") == 0 ||
                   (!v && err.code == ERR_NOT_FOUND)
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_ec2_terminate = {
    .name = "aws.ec2.terminate",
    .risk = "aws.ec2.terminate-instances",
    .uses = AWS_USES("ec2:DescribeInstances", "ec2:TerminateInstances"),
    .help = "Terminate an EC2 instance: it is gone for good.",
    .undo = "it cannot be undone",
    .resource_type = "instance",
    .params = instance_params,
    .floor = RISK_CRITICAL,
    .verify_ms = 5 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_instance,
    .plan = plan_terminate,
    .verify = verify_terminate,
    .available = act_aws_available,
};

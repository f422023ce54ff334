/* aws_elb.c - targets of a load balancer: out of it, and into it again. Source: Elastic Load
 * Balancing API Reference 2015-12-01, DeregisterTargets, RegisterTargets, TargetHealth. */
#include <string.h>

#include "aws_act.h"

static const struct tool_param target_params[] = {
    {"target_group", PARAM_STRING, true, NULL, 0, 0, NULL, "The target group's ARN."},
    {"target", PARAM_STRING, true, NULL, 0, 0, NULL, "An instance's id, an address, or an ARN."},
    {"port", PARAM_INT, false, "0", 0, 65535, NULL, "Its port; without it any."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_targets(struct act *a, struct err *err)
{
    const char *arn = act_arg(a, "target_group");

    if (act_aws_word_ok("target_group", arn, err) ||
        act_aws_word_ok("target", act_arg(a, "target"), err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "elbv2", "DescribeTargetHealth",
                act_aws_params(a, "TargetGroupArn", arn, (char *)NULL));
    return ERR_OK;
}

struct targets {
    const struct value *it; /* the one that was named; NULL: it is not there */
    size_t healthy, count;
    const char *state;
};

static bool look(struct act *a, struct targets *ret, struct err *err)
{
    const struct value *items = act_aws_items(a, 1, err);
    int64_t port = act_arg_int(a, "port", 0);

    *ret = (struct targets){.state = ""};
    VALUE_EACH (it, items) {
        const char *state = act_aws_text(a, it, "TargetHealth.State");

        ret->count++;
        ret->healthy += strcmp(state, "healthy") == 0;
        if (strcmp(act_aws_text(a, it, "Target.Id"), act_arg(a, "target")) == 0 &&
            (!port || act_aws_int(a, it, "Target.Port", 0) == port)) {
            ret->it = it;
            ret->state = state;
        }
    }
    return items != NULL;
}

/* "targetgroup/orders/6d0e" */
static const char *short_name(struct act *a)
{
    const char *arn = act_arg(a, "target_group"), *at = strstr(arn, "targetgroup/");

    return at ? arena_strdup(a->arena, at) : arn;
}

static void plan_common(struct act *a, const struct targets *t)
{
    struct act_plan *p = &a->plan;

    act_aws_place(a, arena_printf(a->arena, "%s in %s", act_arg(a, "target"), short_name(a)),
                  act_arg(a, "target_group"));
    p->before = arena_printf(a->arena, "%s; %zu of %zu targets are healthy",
                             t->it ? t->state : "not registered", t->healthy, t->count);
    p->facts =
        act_object(a, "account", act_aws_number(a), "there", t->it ? "yes" : "no", (char *)NULL);
    p->cost = "no money";
    p->watch = "healthy targets, errors and latency of the load balancer";
    p->duration_ms = AWS_MINUTE;
}

/* The port that it has, so that the way back is the same. */
static const char *port_of(struct act *a, const struct targets *t)
{
    const char *port = act_aws_text(a, t->it, "Target.Port");

    if (*port)
        return port;
    return act_arg_int(a, "port", 0) ? act_aws_num(a, act_arg_int(a, "port", 0)) : NULL;
}

static const char *target_call(struct act *a, const char *port)
{
    return act_aws_params(
        a, "TargetGroupArn", act_arg(a, "target_group"), "Targets:",
        arena_printf(a->arena, "[%s]",
                     act_aws_params(a, "Id", act_arg(a, "target"), "Port:", port, (char *)NULL)),
        (char *)NULL);
}

static const char *back_args(struct act *a, const char *port)
{
    return act_aws_back_args(a, "target_group", act_arg(a, "target_group"), "target",
                             act_arg(a, "target"), "port:", port, (char *)NULL);
}

static bool is_leaving(const struct targets *t)
{
    return strcmp(t->state, "draining") == 0;
}

/* ---- deregister ---- */

static enum err_code plan_deregister(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    struct targets t;
    const char *port;
    bool healthy;

    if (!look(a, &t, err))
        return err->code;
    plan_common(a, &t);
    port = port_of(a, &t);
    healthy = strcmp(t.state, "healthy") == 0;
    if (!t.it || is_leaving(&t))
        p->already = t.it ? "it is leaving already" : "it is not registered";
    p->after = "no requests go to it";
    p->effect = "it gets no new requests; those under way may end";
    p->blast =
        arena_printf(a->arena, "%zu healthy targets take over what it did", t.healthy - healthy);
    p->sole_instance = healthy && t.healthy == 1;
    p->rollback = "it is registered again: runbook undo";
    p->rollback_operation = "aws.elb.register";
    p->rollback_args = back_args(a, port);
    act_aws_do(a, "elbv2", "DeregisterTargets", target_call(a, port));
    return ERR_OK;
}

static enum act_check verify_deregister(struct act *a)
{
    struct err err = ERR_INIT;
    struct targets t;

    if (!look(a, &t, &err)) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    a->said = t.it ? arena_printf(a->arena, "it is %s", t.state) : "it is not registered any more";
    return !t.it || is_leaving(&t) ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_elb_deregister = {
    .name = "aws.elb.deregister",
    .risk = "aws.elbv2.deregister-targets",
    .uses = AWS_USES("elbv2:DeregisterTargets", "elbv2:DescribeTargetHealth"),
    .help = "Take a target out of a load balancer's target group.",
    .undo = "it is registered again",
    .resource_type = "target",
    .params = target_params,
    .floor = RISK_HIGH,
    .verify_ms = 5 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_targets,
    .plan = plan_deregister,
    .verify = verify_deregister,
    .available = act_aws_available,
};

/* ---- register ---- */

static enum err_code plan_register(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    struct targets t;

    if (!look(a, &t, err))
        return err->code;
    plan_common(a, &t);
    if (t.it && !is_leaving(&t))
        p->already = "it is registered already";
    p->after = "registered and healthy";
    p->effect = "it gets its share of the requests when its checks pass";
    p->blast = "callers of the load balancer";
    p->rollback = "it is taken out again";
    p->rollback_operation = "aws.elb.deregister";
    p->rollback_args = back_args(a, port_of(a, &t));
    p->rolls_back = true;
    act_aws_do(a, "elbv2", "RegisterTargets", target_call(a, port_of(a, &t)));
    return ERR_OK;
}

static enum act_check verify_register(struct act *a)
{
    struct err err = ERR_INIT;
    struct targets t;
    const char *why;

    if (!look(a, &t, &err)) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    why = act_aws_text(a, t.it, "TargetHealth.Reason");
    a->said = t.it ? arena_printf(a->arena, "it is %s%s%s", t.state, *why ? ": " : "", why)
                   : "it is not registered";
    /* "unused": no listener leads to the group, and there is nothing more to come; or the instance
     * is stopped, or its address cannot be used. */
    return strcmp(t.state, "healthy") == 0 ||
                   (strcmp(t.state, "unused") == 0 && strcmp(why, "Target.NotInUse") == 0)
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_elb_register = {
    .name = "aws.elb.register",
    .risk = "aws.elbv2.register-targets",
    /* It is taken out by itself again when it does not become healthy. */
    .uses =
        AWS_USES("elbv2:DeregisterTargets", "elbv2:DescribeTargetHealth", "elbv2:RegisterTargets"),
    .help = "Put a target into a load balancer's target group.",
    .undo = "it is taken out again",
    .resource_type = "target",
    .params = target_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 10 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_targets,
    .plan = plan_register,
    .verify = verify_register,
    .available = act_aws_available,
};

/* aws_stack.c - stacks of CloudFormation that hang: an update is canceled, a rollback goes on, a
 * failed one is rolled back. Each carries a token of this mutation, so that AWS takes a second
 * request for the first. Source: CloudFormation API Reference; User Guide, "Stack status codes". */
#include <string.h>

#include "aws_act.h"

static const struct tool_param stack_params[] = {
    {"stack", PARAM_STRING, true, NULL, 0, 0, NULL, "The stack's name or ARN."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static const struct tool_param continue_params[] = {
    {"stack", PARAM_STRING, true, NULL, 0, 0, NULL, "The stack's name or ARN."},
    {"skip", PARAM_STRING, false, "", 0, 0, NULL,
     "Logical ids that are left as they are, with commas between."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_stack(struct act *a, struct err *err)
{
    if (act_aws_word_ok("stack", act_arg(a, "stack"), err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "cloudformation", "DescribeStacks",
                act_aws_params(a, "StackName", act_arg(a, "stack"), (char *)NULL));
    return ERR_OK;
}

/* A stack that is not there is a ValidationError; so it is said as AWS says it. */
static const struct value *stack(struct act *a, struct err *err)
{
    return act_aws_one(
        a, 1, arena_printf(a->arena, "stack %s in %s", act_arg(a, "stack"), act_arg(a, "region")),
        err);
}

static const char *status_of(struct act *a, const struct value *v)
{
    return act_aws_text(a, v, "StackStatus");
}

static enum err_code begin_plan(struct act *a, const struct value **ret, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v = stack(a, err);
    const char *why;

    if (!v)
        return err->code;
    act_aws_take_tags(a, v, "Tags");
    act_aws_place(a, act_aws_text(a, v, "StackName"), act_aws_text(a, v, "StackId"));
    why = act_aws_text(a, v, "StackStatusReason");
    p->before = arena_printf(a->arena, "%s%s%s", status_of(a, v), *why ? ": " : "", why);
    p->facts = act_object(a, "account", act_aws_number(a), "id", act_aws_text(a, v, "StackId"),
                          "status", status_of(a, v), (char *)NULL);
    p->rollback = "";
    p->blast = "every resource of the stack";
    p->cost = "no money";
    p->watch = "the stack's events";
    p->duration_ms = 10 * (int64_t)AWS_MINUTE;
    *ret = v;
    return ERR_OK;
}

static const char *token(struct act *a)
{
    return arena_printf(a->arena, "runbook-%s", a->id);
}

static enum act_check verify_end(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = stack(a, &err);
    const char *status = v ? status_of(a, v) : "";

    a->said = v ? arena_printf(a->arena, "it is %s", status) : arena_strdup(a->arena, err.msg);
    if (strcmp(status, "UPDATE_ROLLBACK_COMPLETE") == 0 || strcmp(status, "ROLLBACK_COMPLETE") == 0)
        return ACT_HOLDS;
    /* Another end than the one that was to be: the update was over before it was canceled, say. */
    return *status && !strstr(status, "IN_PROGRESS") && strcmp(status, act_fact(a, "status")) != 0
               ? ACT_FAILED
               : ACT_NOT_YET;
}

/* ---- cancel ---- */

static enum err_code plan_cancel(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strncmp(status_of(a, v), "UPDATE_ROLLBACK", 15) == 0)
        p->already = arena_printf(a->arena, "it is %s already", status_of(a, v));
    else if (strcmp(status_of(a, v), "UPDATE_IN_PROGRESS") != 0)
        return err_set(err, ERR_DENIED, "it is %s: no update is under way", status_of(a, v));
    p->after = "UPDATE_ROLLBACK_COMPLETE";
    p->effect = "the update stops, and what it did is taken back";
    act_aws_do(a, "cloudformation", "CancelUpdateStack",
               act_aws_params(a, "StackName", act_arg(a, "stack"), "ClientRequestToken", token(a),
                              (char *)NULL));
    return ERR_OK;
}

const struct act_def act_stack_cancel = {
    .name = "aws.cloudformation.cancel-update",
    .risk = "aws.cloudformation.cancel-update-stack",
    .uses = AWS_USES("cloudformation:CancelUpdateStack", "cloudformation:DescribeStacks"),
    .help = "Cancel the update of a stack: it is rolled back.",
    .undo = "it cannot be undone; the update can be started again",
    .resource_type = "stack",
    .params = stack_params,
    .floor = RISK_HIGH,
    .verify_ms = 60 * AWS_MINUTE,
    .look_ms = 2 * AWS_LOOK_MS,
    .read = read_stack,
    .plan = plan_cancel,
    .verify = verify_end,
    .available = act_aws_available,
};

/* ---- continue ---- */

static const char *skipped(struct act *a)
{
    struct str rest = str_from(act_arg(a, "skip")), one;
    struct buf out = BUF_INIT(8192);
    const char *text;

    buf_addc(&out, '[');
    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (one.len)
            buf_addf(&out, "%s\"%.*s\"", out.len > 1 ? "," : "", STR_FMT(one));
    }
    buf_addc(&out, ']');
    text = out.len > 2 ? arena_strdup(a->arena, buf_cstr(&out)) : NULL;
    buf_release(&out);
    return text;
}

static enum err_code plan_continue(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *skip = act_arg(a, "skip");
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strspn(skip, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789., ") !=
        strlen(skip))
        return err_set(err, ERR_INPUT, "skip: logical ids, with commas between");
    if (strcmp(status_of(a, v), "UPDATE_ROLLBACK_COMPLETE") == 0)
        p->already = "its rollback is complete";
    else if (strcmp(status_of(a, v), "UPDATE_ROLLBACK_FAILED") != 0)
        return err_set(err, ERR_DENIED, "it is %s: no rollback has failed", status_of(a, v));
    p->after = "UPDATE_ROLLBACK_COMPLETE";
    p->effect = *skip ? arena_printf(a->arena,
                                     "the rollback goes on without %s, which stay as they "
                                     "are, and unlike the template",
                                     skip)
                      : "the rollback is tried again";
    p->flags = *skip ? OP_NO_CHECKS : 0;
    act_aws_do(a, "cloudformation", "ContinueUpdateRollback",
               act_aws_params(a, "StackName", act_arg(a, "stack"), "ResourcesToSkip:", skipped(a),
                              "ClientRequestToken", token(a), (char *)NULL));
    return ERR_OK;
}

const struct act_def act_stack_continue = {
    .name = "aws.cloudformation.continue-rollback",
    .risk = "aws.cloudformation.continue-update-rollback",
    .uses = AWS_USES("cloudformation:ContinueUpdateRollback", "cloudformation:DescribeStacks"),
    .help = "Go on with the rollback of a stack that failed.",
    .undo = "it cannot be undone",
    .resource_type = "stack",
    .params = continue_params,
    .floor = RISK_HIGH,
    .verify_ms = 60 * AWS_MINUTE,
    .look_ms = 2 * AWS_LOOK_MS,
    .read = read_stack,
    .plan = plan_continue,
    .verify = verify_end,
    .available = act_aws_available,
};

/* ---- roll back ---- */

static enum err_code plan_rollback(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;
    const char *status;

    if (begin_plan(a, &v, err))
        return err->code;
    status = status_of(a, v);
    if (strstr(status, "ROLLBACK_COMPLETE"))
        p->already = arena_printf(a->arena, "it is %s already", status);
    else if (strcmp(status, "CREATE_FAILED") != 0 && strcmp(status, "UPDATE_FAILED") != 0)
        return err_set(err, ERR_DENIED,
                       "it is %s: only a stack whose creation or update failed "
                       "can be rolled back",
                       status);
    p->after = "ROLLBACK_COMPLETE or UPDATE_ROLLBACK_COMPLETE";
    p->effect = "what the failed operation did is taken back";
    act_aws_do(a, "cloudformation", "RollbackStack",
               act_aws_params(a, "StackName", act_arg(a, "stack"), "ClientRequestToken", token(a),
                              (char *)NULL));
    return ERR_OK;
}

const struct act_def act_stack_rollback = {
    .name = "aws.cloudformation.rollback",
    .risk = "aws.cloudformation.rollback-stack",
    .uses = AWS_USES("cloudformation:DescribeStacks", "cloudformation:RollbackStack"),
    .help = "Roll back a stack whose creation or update failed.",
    .undo = "it cannot be undone",
    .resource_type = "stack",
    .params = stack_params,
    .floor = RISK_HIGH,
    .verify_ms = 60 * AWS_MINUTE,
    .look_ms = 2 * AWS_LOOK_MS,
    .read = read_stack,
    .plan = plan_rollback,
    .verify = verify_end,
    .available = act_aws_available,
};

/* aws_ecs.c - services of ECS: how many tasks, all of them anew, the task definition before.
 * Source: ECS API Reference, UpdateService and DescribeServices; ECS Developer Guide, "Amazon ECS
 * service deployments". */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aws_act.h"
#include "runbook/base/num.h"

#define SERVICE_PARAMS                                                                             \
    {"cluster", PARAM_STRING, true, NULL, 0, 0, NULL, "The cluster's name or ARN."},               \
    {                                                                                              \
        "service", PARAM_STRING, true, NULL, 0, 0, NULL, "The service's name."                     \
    }

static enum err_code read_service(struct act *a, struct err *err)
{
    const char *cluster = act_arg(a, "cluster"), *service = act_arg(a, "service");

    if (act_aws_word_ok("cluster", cluster, err) || act_aws_word_ok("service", service, err) ||
        act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "ecs", "DescribeServices",
                act_aws_params(a, "cluster", cluster, "services[]", service, "include[]", "TAGS",
                               (char *)NULL));
    return ERR_OK;
}

static const struct value *service_of(struct act *a, struct err *err)
{
    return act_aws_one(a, 1,
                       arena_printf(a->arena, "service %s in cluster %s of %s",
                                    act_arg(a, "service"), act_arg(a, "cluster"),
                                    act_arg(a, "region")),
                       err);
}

/* The deployment that is to stay, or the one before it that still runs. */
static const struct value *deployment(struct act *a, const struct value *v, bool primary)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, "deployments", &items);

    for (size_t i = 0; i < n; i++)
        if ((strcmp(act_aws_text(a, &items[i], "status"), "PRIMARY") == 0) == primary)
            return &items[i];
    return NULL;
}

static const char *tail(struct act *a, const char *arn)
{
    const char *at = strrchr(arn, '/');

    return arena_strdup(a->arena, at ? at + 1 : arn);
}

static enum err_code begin_plan(struct act *a, const struct value **ret, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v = service_of(a, err);
    const char *status;

    if (!v)
        return err->code;
    status = act_aws_text(a, v, "status");
    if (strcmp(status, "ACTIVE") != 0)
        return err_set(err, ERR_NOT_FOUND, "the service is %s", status);
    act_aws_take_tags(a, v, "tags");
    act_aws_place(
        a, arena_printf(a->arena, "%s/%s", tail(a, act_arg(a, "cluster")), act_arg(a, "service")),
        act_aws_text(a, v, "serviceArn"));
    p->before = arena_printf(a->arena, "%s tasks wanted, %s run, %s come; %s",
                             act_aws_text(a, v, "desiredCount"), act_aws_text(a, v, "runningCount"),
                             act_aws_text(a, v, "pendingCount"),
                             tail(a, act_aws_text(a, v, "taskDefinition")));
    p->facts =
        act_object(a, "account", act_aws_number(a), "desired", act_aws_text(a, v, "desiredCount"),
                   "definition", act_aws_text(a, v, "taskDefinition"), "deployment",
                   act_aws_text(a, deployment(a, v, true), "id"), (char *)NULL);
    p->blast = "whoever calls this service";
    p->watch = "its targets' health, errors and latency, the deployment's events";
    p->cost = "no money";
    *ret = v;
    return ERR_OK;
}

/* Only ECS's own rolling deployments are ours to start. */
static enum err_code rolls(struct act *a, const struct value *v, struct err *err)
{
    const char *by = act_aws_text(a, v, "deploymentController.type");

    if (*by && strcmp(by, "ECS") != 0)
        return err_set(err, ERR_DENIED, "its deployments are made by %s: it is done there", by);
    return ERR_OK;
}

/* A deployment is over: ECS says so, or, where it says nothing, it is the only one and complete. */
static enum act_check rolled_out(struct act *a, const struct value *v)
{
    const struct value *d = deployment(a, v, true), *items;
    const char *state = act_aws_text(a, d, "rolloutState"),
               *why = act_aws_text(a, d, "rolloutStateReason");
    size_t n = act_aws_list_at(a, v, "deployments", &items);
    bool whole = act_aws_int(a, d, "runningCount", -1) == act_aws_int(a, d, "desiredCount", -2);

    a->said =
        arena_printf(a->arena, "%s of %s tasks of %s run%s%s", act_aws_text(a, d, "runningCount"),
                     act_aws_text(a, d, "desiredCount"),
                     tail(a, act_aws_text(a, d, "taskDefinition")), *state ? ", " : "", state);
    if (strcmp(state, "FAILED") == 0 || strstr(why, "rolling back")) { /* by its circuit breaker */
        a->said = arena_printf(a->arena, "%s: %s", a->said, why);
        return ACT_FAILED;
    }
    if (*state)
        return strcmp(state, "COMPLETED") == 0 ? ACT_HOLDS : ACT_NOT_YET;
    return n == 1 && whole ? ACT_HOLDS : ACT_NOT_YET;
}

static const struct value *read_again(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = service_of(a, &err);

    if (!v)
        a->said = arena_strdup(a->arena, err.msg);
    return v;
}

static const char *update(struct act *a, const char *name, const char *value)
{
    return act_aws_params(a, "cluster", act_arg(a, "cluster"), "service", act_arg(a, "service"),
                          name, value, (char *)NULL);
}

/* ---- scale ---- */

static const struct tool_param scale_params[] = {
    SERVICE_PARAMS,
    {"desired", PARAM_INT, true, NULL, 0, 5000, NULL, "How many tasks are to run."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code plan_scale(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t want = act_arg_int(a, "desired", 0), have;
    const struct value *v;

    if (begin_plan(a, &v, err))
        return err->code;
    if (strcmp(act_aws_text(a, v, "schedulingStrategy"), "DAEMON") == 0)
        return err_set(err, ERR_DENIED, "it is a daemon: one task on every instance");
    have = act_aws_int(a, v, "desiredCount", -1);
    if (have == want)
        p->already = arena_printf(a->arena, "%" PRId64 " tasks are wanted already", want);
    p->after = arena_printf(a->arena, "%" PRId64 " tasks wanted and running", want);
    p->effect = want > have ? arena_printf(a->arena, "%" PRId64 " more tasks start", want - have)
                : want      ? arena_printf(a->arena, "%" PRId64 " tasks end", have - want)
                            : "all tasks end: nobody answers any more";
    p->cost = want > have ? "the tasks are paid while they run" : "no money";
    p->verb = want > have ? "update-service-scale-up" : "update-service-scale-down";
    p->rollback = arena_printf(a->arena, "back to %" PRId64 " tasks", have);
    p->rollback_operation = "aws.ecs.scale";
    p->rollback_args =
        act_aws_back_args(a, "cluster", act_arg(a, "cluster"), "service", act_arg(a, "service"),
                          "desired:", act_aws_num(a, have), (char *)NULL);
    p->rolls_back = want > have;
    p->duration_ms = 2 * (int64_t)AWS_MINUTE;
    act_aws_do(a, "ecs", "UpdateService", update(a, "desiredCount:", act_aws_num(a, want)));
    return ERR_OK;
}

static enum act_check verify_scale(struct act *a)
{
    const struct value *v = read_again(a);
    int64_t want = act_arg_int(a, "desired", 0);

    if (!v)
        return ACT_NOT_YET;
    a->said = arena_printf(a->arena, "%s tasks wanted, %s run", act_aws_text(a, v, "desiredCount"),
                           act_aws_text(a, v, "runningCount"));
    act_aws_others(a, act_aws_text(a, v, "desiredCount"), act_fact(a, "desired"),
                   act_aws_num(a, want));
    return act_aws_int(a, v, "desiredCount", -1) == want &&
                   act_aws_int(a, v, "runningCount", -1) == want
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_ecs_scale = {
    .name = "aws.ecs.scale",
    .risk = "aws.ecs.update-service",
    .uses = AWS_USES("ecs:DescribeServices", "ecs:UpdateService"),
    .help = "Set how many tasks of an ECS service run.",
    .undo = "the number that it was is set again",
    .resource_type = "service",
    .params = scale_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 10 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_service,
    .plan = plan_scale,
    .verify = verify_scale,
    .available = act_aws_available,
};

/* ---- redeploy ---- */

static const struct tool_param redeploy_params[] = {SERVICE_PARAMS, AWS_PLACE_PARAMS, {NULL}};

static enum err_code plan_redeploy(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;

    if (begin_plan(a, &v, err) || rolls(a, v, err))
        return err->code;
    p->after = "a new deployment of the same task definition, completed";
    p->effect = "all tasks are replaced by new ones, a few at a time";
    p->rollback = "";
    p->duration_ms = 5 * (int64_t)AWS_MINUTE;
    act_aws_do(a, "ecs", "UpdateService", update(a, "forceNewDeployment:", "true"));
    return ERR_OK;
}

static enum act_check verify_redeploy(struct act *a)
{
    const struct value *v = read_again(a);

    if (!v)
        return ACT_NOT_YET;
    if (strcmp(act_aws_text(a, deployment(a, v, true), "id"), act_fact(a, "deployment")) == 0) {
        a->said = "there is no new deployment";
        return ACT_NOT_YET;
    }
    return rolled_out(a, v);
}

const struct act_def act_ecs_redeploy = {
    .name = "aws.ecs.redeploy",
    .risk = "aws.ecs.force-new-deployment",
    .uses = AWS_USES("ecs:DescribeServices", "ecs:UpdateService"),
    .help = "Replace all tasks of an ECS service by new ones of the same definition.",
    .undo = "it cannot be undone; the tasks are the same as before",
    .resource_type = "service",
    .params = redeploy_params,
    .floor = RISK_HIGH,
    .verify_ms = 20 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_service,
    .plan = plan_redeploy,
    .verify = verify_redeploy,
    .available = act_aws_available,
};

/* ---- rollback ---- */

static const struct tool_param rollback_params[] = {
    SERVICE_PARAMS,
    {"task_definition", PARAM_STRING, false, "", 0, 0, NULL,
     "FAMILY:REVISION or its ARN; without it the one before this."},
    AWS_PLACE_PARAMS,
    {NULL},
};

/* "arn:...:task-definition/orders:42": its family and revision. */
static bool split_definition(struct act *a, const char *arn, const char **ret_family,
                             int64_t *ret_revision)
{
    const char *name = tail(a, arn), *colon = strrchr(name, ':');

    if (!colon || !num_i64(str_from(colon + 1), ret_revision))
        return false;
    *ret_family = arena_str(a->arena, (struct str){name, (size_t)(colon - name)});
    return true;
}

/* What is to run: what was named, what still runs beside a deployment under way, or the newest
 * revision below the one of now. */
static const char *target(struct act *a, const struct value *v)
{
    const char *named = act_arg(a, "task_definition"), *now = act_aws_text(a, v, "taskDefinition");
    const char *beside = act_aws_text(a, deployment(a, v, false), "taskDefinition"), *family;
    const struct value *items;
    struct err ignored = ERR_INIT;
    int64_t revision, best = -1, n;
    const char *found = "";

    if (*named)
        return named;
    if (*beside && strcmp(beside, now) != 0)
        return beside;
    items = act_aws_items(a, 2, &ignored);
    if (!split_definition(a, now, &family, &revision))
        return "";
    VALUE_EACH (it, items) {
        const char *arn = it->type == VALUE_STRING ? it->u.string.ptr : "", *other;

        if (split_definition(a, arn, &other, &n) && strcmp(other, family) == 0 && n < revision &&
            n > best) {
            best = n;
            found = arn;
        }
    }
    return found;
}

/* The family's revisions, then the two definitions: what differs is shown. */
static void more_rollback(struct act *a)
{
    struct err ignored = ERR_INIT;
    const struct value *v = service_of(a, &ignored);
    const char *family, *to;
    int64_t revision;

    if (!v || a->after)
        return;
    if (a->reads.count == 2 &&
        split_definition(a, act_aws_text(a, v, "taskDefinition"), &family, &revision)) {
        act_aws_ask(a, "ecs", "ListTaskDefinitions",
                    act_aws_params(a, "familyPrefix", family, "status", "ACTIVE", "sort", "DESC",
                                   (char *)NULL));
    } else if (a->reads.count == 3) {
        to = target(a, v);
        if (!*to)
            return;
        act_aws_ask(
            a, "ecs", "DescribeTaskDefinition",
            act_aws_params(a, "taskDefinition", act_aws_text(a, v, "taskDefinition"), (char *)NULL))
            ->aws.whole = true;
        act_aws_ask(a, "ecs", "DescribeTaskDefinition",
                    act_aws_params(a, "taskDefinition", to, (char *)NULL))
            ->aws.whole = true;
    }
}

static const char *images(struct act *a, size_t call)
{
    struct err ignored = ERR_INIT;
    const struct value *v = act_aws_one(a, call, "definition", &ignored), *items;
    size_t n = act_aws_list_at(a, v, "taskDefinition.containerDefinitions", &items);
    struct buf out = BUF_INIT(2000);
    const char *text;

    for (size_t i = 0; i < n; i++)
        buf_addf(&out, "%s%s", i ? ", " : "", act_aws_text(a, &items[i], "image"));
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static enum err_code plan_rollback(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v;
    const char *to, *now;

    if (begin_plan(a, &v, err) || rolls(a, v, err))
        return err->code;
    now = act_aws_text(a, v, "taskDefinition");
    to = target(a, v);
    if (!*to)
        return err_set(err, ERR_NOT_FOUND, "there is no revision before %s", tail(a, now));
    if (act_aws_word_ok("task_definition", to, err) || !act_aws_one(a, 4, "definition", err))
        return err->code ? err_wrap(err, "the task definition %.200s", to) : err->code;
    if (strcmp(tail(a, to), tail(a, now)) == 0)
        p->already = "it runs this definition already";
    p->after = arena_printf(a->arena, "%s, deployed", tail(a, to));
    p->effect = arena_printf(a->arena, "all tasks are replaced: %s instead of %s", images(a, 4),
                             images(a, 3));
    p->rollback = arena_printf(a->arena, "%s is deployed again", tail(a, now));
    p->rollback_operation = "aws.ecs.rollback";
    p->rollback_args =
        act_aws_back_args(a, "cluster", act_arg(a, "cluster"), "service", act_arg(a, "service"),
                          "task_definition", now, (char *)NULL);
    p->rolls_back = true;
    p->duration_ms = 5 * (int64_t)AWS_MINUTE;
    p->facts =
        act_object(a, "account", act_aws_number(a), "definition", now, "to", to, (char *)NULL);
    act_aws_do(a, "ecs", "UpdateService", update(a, "taskDefinition", to));
    return ERR_OK;
}

static enum act_check verify_rollback(struct act *a)
{
    const struct value *v = read_again(a);
    const char *now = v ? act_aws_text(a, v, "taskDefinition") : "";

    if (!v)
        return ACT_NOT_YET;
    if (strcmp(tail(a, now), tail(a, act_fact(a, "to"))) != 0) {
        a->said = arena_printf(a->arena, "%s is deployed", tail(a, now));
        act_aws_others(a, tail(a, now), tail(a, act_fact(a, "definition")),
                       tail(a, act_fact(a, "to")));
        return ACT_NOT_YET;
    }
    return rolled_out(a, v);
}

const struct act_def act_ecs_rollback = {
    .name = "aws.ecs.rollback",
    .risk = "aws.ecs.update-service",
    .uses = AWS_USES("ecs:DescribeServices", "ecs:DescribeTaskDefinition",
                     "ecs:ListTaskDefinitions", "ecs:UpdateService"),
    .help = "Deploy the task definition before the one that runs.",
    .undo = "the definition that ran is deployed again",
    .resource_type = "service",
    .params = rollback_params,
    .floor = RISK_HIGH,
    .verify_ms = 20 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_service,
    .more = more_rollback,
    .plan = plan_rollback,
    .verify = verify_rollback,
    .available = act_aws_available,
};

/* failed_deploy.c - something new does not work: a deployment of ECS that its circuit breaker ended
 * or whose tasks fail, a new version of a function with errors since, a deployment of CodeDeploy or
 * a stack of CloudFormation that failed. What the new version says is asked afterwards. */
#include <math.h>
#include <string.h>

#include "logs.h"
#include "patterns.h"

static const struct aws_limit limits[] = {
    {"error_share", 0.05, "ratio", "A-26: of a function's calls"},
    {"error_rise", 3.0, "times", "of the share before"},
    {"errors", 10.0, "count", "of a function since the onset; fewer are chance"},
    {"failed_tasks", 3.0, "count",
     "the least at which the circuit breaker ends a deployment (Amazon ECS Developer Guide, "
     "Deployment circuit breaker)"},
    {.name = NULL},
};
#define ERROR_SHARE LIMIT(0)
#define ERROR_RISE LIMIT(1)
#define ERRORS LIMIT(2)
#define FAILED_TASKS LIMIT(3)

/* ---- ECS ---- */

/* "arn:...:task-definition/orders:42" is orders:42. */
static const char *task_name(const char *arn)
{
    const char *slash = strrchr(arn, '/');

    return slash ? slash + 1 : arn;
}

static const struct value *failing_deployment(struct aws_view *v, const struct value *s)
{
    AV_EACH(d, s, "deployments")
    {
        int64_t at = av_time(d, "updatedAt") ? av_time(d, "updatedAt") : av_time(d, "createdAt");
        bool failed = strcmp(av_str(d, "rolloutState"), "FAILED") == 0;

        if (at && at < v->start_ms)
            continue;
        if (failed || (strcmp(av_str(d, "rolloutState"), "COMPLETED") != 0 &&
                       av_num(d, "failedTasks") >= FAILED_TASKS))
            return d;
    }
    return NULL;
}

static const struct value *event_with(const struct aws_view *v, const struct value *s,
                                      const char *const *texts)
{
    AV_EACH(e, s, "events")
    {
        if (av_time(e, "createdAt") >= v->start_ms && av_has_any(av_str(e, "message"), texts))
            return e;
    }
    return NULL;
}

static void ecs_culprit(struct aws_view *v, struct aws_finding *f, const struct value *s,
                        const struct value *deployment)
{
    const char *name = av_str(s, "serviceName"),
               *task = task_name(av_str(deployment ? deployment : s, "taskDefinition"));
    struct aws_culprit *c = aws_find_culprit(f);

    c->statement = arena_printf(v->arena, "the deployment of %s fails: its tasks do not stay up",
                                *task ? task : name);
    c->evidence = f->evidence;
    c->name = name;
    c->item = s;
    c->resource = av_key(v, "task-definition", *task ? task : name);
    c->at_ms = f->at_ms;
    c->ask = (struct aws_follow){
        .service = "ecs",
        .operation = "ListTasks",
        .params = arena_printf(v->arena,
                               "{\"cluster\":%s,\"serviceName\":%s,\"desiredStatus\":\"STOPPED\"}",
                               aws_json(v, av_str(s, "clusterArn")), aws_json(v, name)),
        .title = arena_printf(v->arena, "stopped tasks of %s", name),
        .most = 10};
}

static void look_service(struct aws_view *v, struct aws_findings *out, const struct aws_doc *doc,
                         const struct value *s)
{
    static const char *const gave_up[] = {"deployment failed", "rolling back to", NULL};
    static const char *const trouble[] = {"failed container health checks", "unhealthy in",
                                          "failed to launch", "unable to consistently start", NULL};
    const struct value *d = failing_deployment(v, s), *e = event_with(v, s, gave_up),
                       *why = event_with(v, s, trouble);
    const char *name = av_str(s, "serviceName");
    struct aws_finding *f;

    if ((!d && !e) || !(f = aws_find(out)))
        return;
    f->severity = 0.9;
    f->direct = true;
    f->query = f->second_query = doc->query;
    f->at_ms = d ? av_time(d, "createdAt") : av_time(e, "createdAt");
    f->metric = "failedTasks";
    f->unit = "count";
    f->value = av_num(d, "failedTasks");
    f->resource = av_key(v, "ecs", name);
    f->service = name;
    f->claim = arena_printf(v->arena, "the deployment of %s fails", name);
    f->evidence =
        d ? arena_printf(v->arena, "deployment of %s (%s): %s%s%s", name,
                         task_name(av_str(d, "taskDefinition")), av_str(d, "rolloutState"),
                         *av_str(d, "rolloutStateReason") ? ", " : "",
                         av_str(d, "rolloutStateReason"))
          : arena_printf(v->arena, "%.200s", av_str(e, "message"));
    if (why || (d && e))
        f->second =
            arena_printf(v->arena, "%s: %.200s", av_clock(v, av_time(why ? why : e, "createdAt")),
                         av_str(why ? why : e, "message"));
    aws_find_name(f, name);
    AV_EACH(lb, s, "loadBalancers")
    aws_find_name(f, av_str(lb, "targetGroupArn"));
    aws_find_var(f, "service", name);
    aws_find_var(f, "cluster", av_tail(av_str(s, "clusterArn")));
    ecs_culprit(v, f, s, d);
}

/* ---- Lambda ---- */

static const char *const code_events[] = {"UpdateFunctionCode",  "UpdateFunctionConfiguration",
                                          "UpdateAlias",         "PublishVersion",
                                          "PublishLayerVersion", NULL};

static const struct aws_event *change_of(struct aws_view *v, const struct aws_series *s)
{
    int64_t before = (int64_t)(av_limit(v, &aws_shared_limits[0]) * 1000),
            at = s->turn_ms ? s->turn_ms : v->onset_ms;
    const struct aws_event *last = NULL;

    VEC_EACH (e, &v->events) {
        if (!*e->error && av_is_event(e, code_events) && av_event_about(e, s->of) &&
            e->t_ms >= at - before && e->t_ms <= at + v->period_ms)
            last = e;
    }
    return last;
}

static void look_function(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const struct aws_series *calls = av_series(v, "lambda.invocations", s->of);
    double all = calls ? av_total(v, calls, s) : 0, share = all > 0 ? fmin(1, s->total / all) : 0,
           was = calls && calls->mean_before > 0 ? s->mean_before / calls->mean_before : 0;
    const struct aws_event *e;
    struct aws_finding *f;
    struct aws_culprit *c;

    if (s->total < ERRORS || share < ERROR_SHARE || share < ERROR_RISE * was)
        return;
    e = change_of(v, s);
    if (!e || !(f = aws_find(out)))
        return;
    aws_find_series(f, s, share * 100);
    f->unit = "percent";
    f->before = was * 100;
    f->severity = 0.9;
    f->direct = true;
    f->at_ms = e->t_ms;
    aws_find_about(v, f, "lambda", s->of);
    f->claim = arena_printf(v->arena, "the new version of function %s fails", s->of);
    f->evidence = arena_printf(v->arena, "errors of %s rose from %.1f %% to %.0f %% of its calls%s",
                               s->of, was * 100, share * 100, av_turned(v, s, " at"));
    f->second = av_event_text(v, e);
    f->second_query = e->query;
    aws_find_name(f, s->of);
    aws_find_var(f, "function", s->of);
    if (strncmp(e->name, "UpdateAlias", 11) == 0)
        aws_find_var(f, "alias", av_str(e->params, "name"));
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "the change of %s at %s broke it (%s by %s)", s->of,
                                av_clock(v, e->t_ms), e->name, e->who);
    c->evidence = av_event_text(v, e);
    c->query = e->query;
    c->at_ms = e->t_ms;
    c->event = e;
    c->ask = aws_log_ask(v, AWS_LOG_FUNCTION, s->of,
                         "?ERROR ?Exception ?\"Task timed out\" ?Traceback ?errorType", 20);
}

/* ---- CodeDeploy, CloudFormation ---- */

static void look_deployment(struct aws_view *v, struct aws_findings *out, const struct aws_doc *doc,
                            const struct value *d)
{
    const char *app = av_str(d, "applicationName"), *code = av_str(d, "errorInformation.code");
    struct aws_finding *f;

    if (strcmp(av_str(d, "status"), "Failed") != 0 || av_time(d, "createTime") < v->start_ms ||
        !(f = aws_find(out)))
        return;
    f->severity = 0.85;
    f->direct = true;
    f->query = f->second_query = doc->query;
    f->at_ms = av_time(d, "createTime");
    f->metric = "deployment";
    f->resource = av_key(v, "codedeploy", app);
    f->service = app;
    f->claim = arena_printf(v->arena, "the deployment of %s to %s failed", app,
                            av_str(d, "deploymentGroupName"));
    f->evidence = arena_printf(v->arena, "CodeDeploy, %s at %s: %s", av_str(d, "deploymentId"),
                               av_clock(v, f->at_ms), *code ? code : "failed");
    f->second =
        arena_printf(v->arena, "%.200s",
                     *av_str(d, "errorInformation.message") ? av_str(d, "errorInformation.message")
                                                            : "it gives no reason");
    aws_find_name(f, app);
    aws_find_name(f, av_str(d, "deploymentGroupName"));
    aws_find_var(f, "app", app);
}

static void look_stack(struct aws_view *v, struct aws_findings *out, const struct aws_doc *doc,
                       const struct value *s)
{
    const char *state = av_str(s, "StackStatus"), *name = av_str(s, "StackName");
    int64_t at =
        av_time(s, "LastUpdatedTime") ? av_time(s, "LastUpdatedTime") : av_time(s, "CreationTime");
    struct aws_finding *f;
    struct aws_culprit *c;

    if ((!strstr(state, "ROLLBACK") && !strstr(state, "FAILED")) || at < v->start_ms ||
        !(f = aws_find(out)))
        return;
    f->severity = 0.85;
    f->direct = true;
    f->query = doc->query;
    f->at_ms = at;
    f->metric = "StackStatus";
    f->resource = av_key(v, "stack", name);
    f->service = name;
    f->claim = arena_printf(v->arena, "the update of stack %s failed (%s)", name, state);
    f->evidence =
        arena_printf(v->arena, "stack %s: %s since %s%s%s", name, state, av_clock(v, at),
                     *av_str(s, "StackStatusReason") ? ": " : "", av_str(s, "StackStatusReason"));
    aws_find_name(f, name);
    aws_find_var(f, "stack", name);
    if (strcmp(state, "UPDATE_ROLLBACK_FAILED") == 0)
        aws_find_var(f, "stuck_stack", name);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "a resource of stack %s cannot be made or changed", name);
    c->evidence = f->evidence;
    c->name = name;
    c->at_ms = at;
    c->ask = (struct aws_follow){
        .service = "cloudformation",
        .operation = "DescribeStackEvents",
        .params = arena_printf(v->arena, "{\"StackName\":%s}", aws_json(v, name)),
        .title = arena_printf(v->arena, "events of stack %s", name),
        .most = 100};
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_DOCS(d, v, "ecs.services")
    {
        VALUE_EACH (s, d->items)
            look_service(v, out, d, s);
    }
    AV_SERIES(s, v, "lambda.errors")
    look_function(v, out, s);
    AV_DOCS(d, v, "codedeploy.deployments")
    {
        VALUE_EACH (x, d->items)
            look_deployment(v, out, d, x);
    }
    AV_DOCS(d, v, "cfn.stacks")
    {
        VALUE_EACH (s, d->items)
            look_stack(v, out, d, s);
    }
}

/* ---- what the new version says ---- */

static void read_tasks(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                       struct aws_reading *r)
{
    struct buf arns = BUF_INIT(65536);

    if (!value_count(items)) { /* they are forgotten after an hour */
        r->strength = STRENGTH_WEAK;
        r->evidence = "no task that stopped is remembered any more";
        return;
    }
    VALUE_EACH (t, items)
        buf_addf(&arns, "%s%s", arns.len ? "," : "", aws_json(v, av_str(t, ".")));
    r->strength = STRENGTH_WEAK;
    r->evidence =
        arena_printf(v->arena, "%zu tasks of %s have stopped", value_count(items), c->name);
    r->next = (struct aws_follow){
        .service = "ecs",
        .operation = "DescribeTasks",
        .params = arena_printf(v->arena, "{\"cluster\":%s,\"tasks\":[%s]}",
                               aws_json(v, av_str(c->item, "clusterArn")), buf_cstr(&arns)),
        .title = arena_printf(v->arena, "why tasks of %s stopped", c->name)};
    buf_release(&arns);
}

static void read_stops(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                       struct aws_reading *r)
{
    VALUE_EACH (t, items) {
        const char *why = av_str(t, "stoppedReason");

        if (!*why || av_has(why, "Scaling activity"))
            continue;
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->evidence = arena_printf(v->arena, "a task of %s stopped: %.160s", c->name, why);
        AV_EACH(box, t, "containers")
        {
            double exit_code = av_num(box, "exitCode");
            const char *reason = av_str(box, "reason");

            if (*reason || (!isnan(exit_code) && exit_code != 0))
                r->evidence = arena_printf(v->arena, "%s; container %s: %.160s%s%s", r->evidence,
                                           av_str(box, "name"), reason,
                                           isnan(exit_code) ? ""
                                           : *reason        ? ", exit code "
                                                            : "exit code ",
                                           isnan(exit_code) ? "" : av_human(v, exit_code, "count"));
        }
        return;
    }
    r->evidence = "no task stopped by itself";
}

static void read_events(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                        struct aws_reading *r)
{
    const struct value *first = NULL;

    VALUE_EACH (e, items) { /* the newest stands first; the first failure is the reason */
        if (strstr(av_str(e, "ResourceStatus"), "FAILED") &&
            av_time(e, "Timestamp") >= v->start_ms &&
            !av_has(av_str(e, "ResourceStatusReason"), "cancelled") &&
            (!first || av_time(e, "Timestamp") <= av_time(first, "Timestamp")))
            first = e;
    }
    if (!first) {
        r->evidence =
            arena_printf(v->arena, "no event of %s names a resource that failed", c->name);
        return;
    }
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->evidence = arena_printf(v->arena, "%s (%s) %s: %.200s", av_str(first, "LogicalResourceId"),
                               av_str(first, "ResourceType"), av_str(first, "ResourceStatus"),
                               av_str(first, "ResourceStatusReason"));
}

static void read_log(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                     struct aws_reading *r)
{
    size_t n = 0;
    const char *line = "";

    VALUE_EACH (e, items) {
        if (av_time(e, "timestamp") < c->event->t_ms - v->period_ms)
            continue;
        n++;
        line = *line ? line : av_str(e, "message");
    }
    r->strength = n ? STRENGTH_STRONG : STRENGTH_NONE;
    r->direct = n > 0;
    r->evidence =
        n ? arena_printf(v->arena, "its log since then, %zu times and more: %.160s", n, line)
          : "its log has no errors since then";
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    if (c->event)
        read_log(v, c, items, r);
    else if (!c->item)
        read_events(v, c, items, r);
    else if (c->step == 0)
        read_tasks(v, c, items, r);
    else
        read_stops(v, c, items, r);
}

static const char *const needs[] = {
    "ecs.services", "trail", "lambda.errors", "lambda.invocations", "codedeploy.deployments",
    "cfn.stacks",   NULL};
static const char *const words[] = {"deploy", "release", "rollout", "version", "rollback",
                                    "update", "stack",   "upgrade", "error",   NULL};
static const struct aws_proposal proposals[] = {
    {.action = "take {service} back to the task definition before",
     .command = "",
     .rollback = "deploy the new task definition again",
     .risk = APPROVAL_HIGH,
     .watch = "the deployment of {service} is COMPLETED and its targets are healthy",
     .act = "aws.ecs.rollback cluster={cluster} service={service} region={region} "
            "account={account}"},
    {.action = "take {function} back to the version before",
     .command = "",
     .rollback = "publish the new code again",
     .risk = APPROVAL_HIGH,
     .watch = "Errors of {function} go to 0",
     .act = "aws.lambda.alias function={function} alias={alias} region={region} "
            "account={account}"},
    {.action = "redeploy the last good revision of {app}",
     .command = "aws deploy list-deployments --application-name {app} --include-only-statuses "
                "Succeeded --region {region}",
     .rollback = "deploy the new revision again",
     .risk = APPROVAL_HIGH,
     .watch = "the deployment succeeds"},
    {.action = "let the rollback of stack {stuck_stack} go on",
     .command = "aws cloudformation continue-update-rollback --stack-name {stuck_stack} --region "
                "{region}",
     .rollback = "none possible: a rollback goes to its end",
     .risk = APPROVAL_HIGH,
     .watch = "the stack is UPDATE_ROLLBACK_COMPLETE",
     .act = "aws.cloudformation.continue-rollback stack={stuck_stack} region={region} "
            "account={account}"},
    {.action = "let stack {stack} roll back to the end, mend the template and update again",
     .command = "aws cloudformation describe-stack-events --stack-name {stack} --region {region}",
     .rollback = "none possible while a rollback runs",
     .risk = APPROVAL_HIGH,
     .watch = "the stack is UPDATE_ROLLBACK_COMPLETE, then UPDATE_COMPLETE"},
    {.action = NULL},
};
static const char *const checks[] = {"what differs between the new version and the one before",
                                     NULL};

const struct aws_pattern aws_pattern_failed_deploy = {
    .id = "failed_deploy",
    .kind = "deployment",
    .category = CATEGORY_APPLICATION,
    .on = ON_DEPLOY | ON_ECS | ON_LAMBDA,
    .rank = 2,
    .words = words,
    .claim = "a deployment failed",
    .rationale = "what was deployed last is the first suspect",
    .refutes = "deployments completed, and errors are as before them",
    .quiet = "no deployment failed, and no new version brought errors",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

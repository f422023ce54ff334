/* changes_deploy.c - deployments as the services that make them tell it: CodeDeploy, CodePipeline,
 * ECS, Lambda. Source: the API references of these services. */
#include "changes_priv.h"

#define DETAILS_MAX 50 /* pipelines, functions: asked one by one */
#define SERVICES_MAX 400

/* ---- CodeDeploy ---- */

static enum aws_outcome codedeploy_outcome(const struct value *d)
{
    struct str status = value_str_or(d, "status", "");

    if (str_eq_c(status, "Failed") || str_eq_c(status, "Stopped"))
        return *value_cstr_or(d, "rollbackInfo.rollbackDeploymentId", "") ? AWS_OUTCOME_ROLLED_BACK
                                                                          : AWS_OUTCOME_FAILED;
    return str_eq_c(status, "Succeeded") ? AWS_OUTCOME_OK : AWS_OUTCOME_RUNNING;
}

static void codedeploy_mark(struct source *s, const struct value *d)
{
    struct arena *a = s->c->arena;
    const char *app = aws_text(a, d, "applicationName"), *id = aws_text(a, d, "deploymentId");
    const char *group = aws_text(a, d, "deploymentGroupName");
    struct mark *m = changes_add(s, aws_time_ms(value_get(d, "createTime")), id, app);

    if (!m)
        return;
    m->x.kind = "deployment";
    m->x.source = "codedeploy:BatchGetDeployments";
    m->x.actor = aws_text(a, d, "creator");
    m->x.outcome = codedeploy_outcome(d);
    m->x.error = aws_text(a, d, "errorInformation.message");
    m->x.summary = arena_printf(a, "deployment of %s to %s: %s%s%.160s", app, group,
                                aws_text(a, d, "status"), *m->x.error ? ": " : "", m->x.error);
}

static bool codedeploy_details(void *ctx, const struct value *items)
{
    VALUE_EACH (d, items)
        codedeploy_mark(ctx, d);
    return true;
}

/* At most 25 of them in a call. */
static bool codedeploy_ids(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    const char *ids[25];
    size_t n = 0, left = value_count(items);

    VALUE_EACH (id, items) {
        if (id->type == VALUE_STRING)
            ids[n++] = arena_str(s->c->arena, id->u.string);
        if (n == 25 || (--left == 0 && n)) {
            changes_ask(s, "BatchGetDeployments",
                        arena_printf(s->c->arena, "{\"deploymentIds\":%s}",
                                     changes_list(s->c->arena, ids, n)),
                        &(struct aws_batch_call){.on_page = codedeploy_details});
            n = 0;
        }
    }
    return true;
}

static void codedeploy_start(struct source *s)
{
    const struct aws_changes_query *q = &s->c->q;

    changes_ask(s, "ListDeployments",
                arena_printf(s->c->arena, "{\"createTimeRange\":{\"start\":%.3f,\"end\":%.3f}}",
                             (double)q->since_ms / 1000, (double)q->until_ms / 1000),
                &(struct aws_batch_call){.on_page = codedeploy_ids, .max_pages = 10});
}

const struct source_row changes_codedeploy_row = {.name = "codedeploy",
                                                  .service = "codedeploy",
                                                  .concerns = "codedeploy ecs lambda ec2",
                                                  .start = codedeploy_start};

/* ---- CodePipeline ---- */

struct one_of { /* a pipeline or a function whose history is read */
    struct source *source;
    const char *name, *arn;
};

static enum aws_outcome pipeline_outcome(struct str status)
{
    if (str_eq_c(status, "Failed"))
        return AWS_OUTCOME_FAILED;
    if (str_eq_c(status, "InProgress") || str_eq_c(status, "Stopping"))
        return AWS_OUTCOME_RUNNING;
    return str_eq_c(status, "Succeeded") ? AWS_OUTCOME_OK : AWS_OUTCOME_FAILED;
}

static void pipeline_mark(const struct one_of *p, const struct value *e, int64_t at)
{
    struct source *s = p->source;
    struct arena *a = s->c->arena;
    const char *revision = aws_text(a, e, "sourceRevisions.0.revisionSummary");
    const char *id = aws_text(a, e, "sourceRevisions.0.revisionId");
    struct mark *m = changes_add(s, at, aws_text(a, e, "pipelineExecutionId"), p->name);

    if (!m)
        return;
    m->x.kind = "deployment";
    m->x.source = "codepipeline:ListPipelineExecutions";
    m->x.actor = aws_text(a, e, "trigger.triggerDetail");
    if (!*m->x.actor)
        m->x.actor = aws_text(a, e, "trigger.triggerType");
    m->x.outcome = pipeline_outcome(value_str_or(e, "status", ""));
    m->x.summary =
        arena_printf(a, "pipeline %s: %s%s%.12s%s%.120s", p->name, aws_text(a, e, "status"),
                     *id ? ", revision " : "", id, *revision ? " " : "", revision);
}

/* The newest first: what began before the window ends the walk. */
static bool pipeline_executions(void *ctx, const struct value *items)
{
    const struct one_of *p = ctx;

    VALUE_EACH (e, items) {
        int64_t at = aws_time_ms(value_get(e, "startTime"));

        if (at && at < p->source->c->q.since_ms)
            return false;
        pipeline_mark(p, e, at);
    }
    return true;
}

static void cut(struct source *s, const char *what)
{
    if (s->told.end != AWS_END_WHOLE)
        return;
    s->told.end = AWS_END_CUT;
    s->told.why = what;
}

static struct one_of *one_more(struct source *s, const struct value *item, const char *name,
                               const char *arn)
{
    size_t *count = s->state;
    struct one_of *o;

    if (!count)
        s->state = count = arena_alloc(s->c->arena, sizeof(*count));
    if ((*count)++ >= DETAILS_MAX) {
        cut(s, arena_printf(s->c->arena, "only the first %d were looked into", DETAILS_MAX));
        return NULL;
    }
    o = arena_alloc(s->c->arena, sizeof(*o));
    *o = (struct one_of){s, aws_text(s->c->arena, item, name), aws_text(s->c->arena, item, arn)};
    return o;
}

static bool pipelines(void *ctx, const struct value *items)
{
    struct source *s = ctx;

    VALUE_EACH (item, items) {
        struct one_of *p = one_more(s, item, "name", "");

        if (!p)
            return false;
        changes_ask(
            s, "ListPipelineExecutions",
            arena_printf(s->c->arena, "{\"pipelineName\":%s}",
                         changes_quoted(s->c->arena, p->name)),
            &(struct aws_batch_call){.on_page = pipeline_executions, .max_pages = 5, .ctx = p});
    }
    return true;
}

static void codepipeline_start(struct source *s)
{
    changes_ask(s, "ListPipelines", NULL, &(struct aws_batch_call){.on_page = pipelines});
}

const struct source_row changes_codepipeline_row = {
    .name = "codepipeline",
    .service = "codepipeline",
    .concerns = "codepipeline codedeploy ecs lambda cloudformation",
    .start = codepipeline_start};

/* ---- ECS ---- */

/* Messages of a service that say more than that it works. Source: ECS Developer Guide, "Amazon ECS
 * service event messages". */
static const struct {
    const char *words;
    enum aws_outcome outcome;
} ecs_messages[] = {
    {"rolling back", AWS_OUTCOME_ROLLED_BACK},
    {"deployment failed", AWS_OUTCOME_FAILED},
    {"unable to", AWS_OUTCOME_FAILED},
    {"is unhealthy", AWS_OUTCOME_FAILED},
    {"operations are being throttled", AWS_OUTCOME_FAILED},
    {"was stopped", AWS_OUTCOME_FAILED},
    {"failed", AWS_OUTCOME_FAILED},
};

static enum aws_outcome ecs_outcome(const struct value *d)
{
    struct str state = value_str_or(d, "rolloutState", ""),
               why = value_str_or(d, "rolloutStateReason", "");

    if (str_ifind(why, STR_LIT("rolling back")) >= 0 || str_ifind(why, STR_LIT("rolled back")) >= 0)
        return AWS_OUTCOME_ROLLED_BACK;
    if (str_eq_c(state, "FAILED"))
        return AWS_OUTCOME_FAILED;
    return str_eq_c(state, "IN_PROGRESS") ? AWS_OUTCOME_RUNNING : AWS_OUTCOME_OK;
}

static void ecs_deployment(struct source *s, const struct value *service, const struct value *d)
{
    struct arena *a = s->c->arena;
    const char *what = aws_text(a, d, "taskDefinition");
    const char *why = aws_text(a, d, "rolloutStateReason");
    struct mark *m = changes_add(s, aws_time_ms(value_get(d, "createdAt")), aws_text(a, d, "id"),
                                 aws_text(a, service, "serviceArn"));

    if (!m)
        return;
    m->x.kind = "deployment";
    m->x.source = "ecs:DescribeServices";
    m->x.outcome = ecs_outcome(d);
    m->x.error = m->x.outcome == AWS_OUTCOME_OK || m->x.outcome == AWS_OUTCOME_RUNNING ? "" : why;
    m->x.summary =
        arena_printf(a, "deployment of %s: %.*s, %.0f of %.0f tasks run, %.0f failed%s%.160s",
                     m->x.name, STR_FMT(aws_resource_tail(str_from(what))),
                     value_num_or(d, "runningCount", 0), value_num_or(d, "desiredCount", 0),
                     value_num_or(d, "failedTasks", 0), *m->x.error ? ": " : "", m->x.error);
}

static void ecs_event(struct source *s, const struct value *service, const struct value *e)
{
    struct arena *a = s->c->arena;
    struct str text = value_str_or(e, "message", "");

    for (size_t i = 0; i < sizeof(ecs_messages) / sizeof(ecs_messages[0]); i++) {
        struct mark *m;

        if (str_ifind(text, str_from(ecs_messages[i].words)) < 0)
            continue;
        m = changes_add(s, aws_time_ms(value_get(e, "createdAt")), aws_text(a, e, "id"),
                        aws_text(a, service, "serviceArn"));
        if (!m)
            return;
        m->alone = true;
        m->x.source = "ecs:DescribeServices";
        m->x.outcome = ecs_messages[i].outcome;
        m->x.summary = arena_printf(a, "%.*s", (int)(text.len < 300 ? text.len : 300), text.ptr);
        m->x.error = m->x.summary;
        return;
    }
    s->told.routine++;
}

static bool ecs_services(void *ctx, const struct value *items)
{
    VALUE_EACH (service, items) {
        VALUE_EACH (d, value_get(service, "deployments"))
            ecs_deployment(ctx, service, d);
        VALUE_EACH (e, value_get(service, "events"))
            if (changes_in_window(((struct source *)ctx)->c,
                                  aws_time_ms(value_get(e, "createdAt"))))
                ecs_event(ctx, service, e);
    }
    return true;
}

struct cluster {
    struct source *source;
    const char *arn;
};

/* Of a resource that is named only those services are read; ten in a call. */
static bool ecs_arns(void *ctx, const struct value *items)
{
    struct cluster *k = ctx;
    struct aws_changes *c = k->source->c;
    size_t *total = k->source->state, left = value_count(items), n = 0;
    const char *arns[10];

    if (!total)
        k->source->state = total = arena_alloc(c->arena, sizeof(*total));
    VALUE_EACH (arn, items) {
        if (arn->type == VALUE_STRING && *total < SERVICES_MAX) {
            arns[n++] = arena_str(c->arena, arn->u.string);
            (*total)++;
        }
        if ((--left == 0 || n == 10) && n) {
            changes_ask(k->source, "DescribeServices",
                        arena_printf(c->arena, "{\"cluster\":%s,\"services\":%s}",
                                     changes_quoted(c->arena, k->arn),
                                     changes_list(c->arena, arns, n)),
                        &(struct aws_batch_call){.on_page = ecs_services});
            n = 0;
        }
    }
    if (*total >= SERVICES_MAX)
        cut(k->source, arena_printf(c->arena, "only %d services were read", SERVICES_MAX));
    return *total < SERVICES_MAX;
}

static bool ecs_clusters(void *ctx, const struct value *items)
{
    struct source *s = ctx;

    VALUE_EACH (arn, items) {
        struct cluster *k = arena_alloc(s->c->arena, sizeof(*k));

        if (arn->type != VALUE_STRING)
            continue;
        *k = (struct cluster){s, arena_str(s->c->arena, arn->u.string)};
        changes_ask(s, "ListServices",
                    arena_printf(s->c->arena, "{\"cluster\":%s,\"maxResults\":100}",
                                 changes_quoted(s->c->arena, k->arn)),
                    &(struct aws_batch_call){.on_page = ecs_arns, .ctx = k});
    }
    return true;
}

static void ecs_start(struct source *s)
{
    changes_ask(s, "ListClusters", NULL, &(struct aws_batch_call){.on_page = ecs_clusters});
}

const struct source_row changes_ecs_row = {
    .name = "ecs", .service = "ecs", .concerns = "ecs", .start = ecs_start};

/* ---- Lambda ---- */

static void lambda_mark(const struct one_of *f, const struct value *v)
{
    struct source *s = f->source;
    struct arena *a = s->c->arena;
    const char *version = aws_text(a, v, "Version"), *text = aws_text(a, v, "Description");
    bool latest = strcmp(version, "$LATEST") == 0 || !*version;
    struct mark *m =
        changes_add(s, aws_time_ms(value_get(v, "LastModified")),
                    arena_printf(a, "%s:%s", f->name, version), aws_text(a, v, "FunctionArn"));

    if (!m)
        return;
    m->x.kind = "deployment";
    m->x.source = latest ? "lambda:ListFunctions" : "lambda:ListVersionsByFunction";
    if (str_eq_c(value_str_or(v, "LastUpdateStatus", ""), "Failed")) {
        m->x.outcome = AWS_OUTCOME_FAILED;
        m->x.error = aws_text(a, v, "LastUpdateStatusReason");
    }
    m->x.summary = latest ? arena_printf(a, "code or configuration of %s was changed%s%.160s",
                                         f->name, *m->x.error ? ", and failed: " : "", m->x.error)
                          : arena_printf(a, "version %s of %s was published%s%.100s", version,
                                         f->name, *text ? ": " : "", text);
}

static bool lambda_versions(void *ctx, const struct value *items)
{
    VALUE_EACH (v, items)
        if (!str_eq_c(value_str_or(v, "Version", ""), "$LATEST"))
            lambda_mark(ctx, v);
    return true;
}

/* To which version an alias points has no time of its own; it is said of the version's mark. */
static bool lambda_aliases(void *ctx, const struct value *items)
{
    struct one_of *f = ctx;
    struct arena *a = f->source->c->arena;

    VALUE_EACH (alias, items) {
        const char *id = arena_printf(a, "%s:%s", f->name, aws_text(a, alias, "FunctionVersion"));

        VEC_EACH (m, &f->source->c->marks)
            if (strcmp(m->x.id, id) == 0 && strcmp(m->x.service, "lambda") == 0)
                m->x.summary = arena_printf(a, "%s; alias %.64s points to it", m->x.summary,
                                            aws_text(a, alias, "Name"));
    }
    return true;
}

static void ask_aliases(void *ctx, const struct aws_result *r)
{
    struct one_of *f = ctx;
    struct arena *a = f->source->c->arena;

    if (r->end != AWS_END_WHOLE && r->end != AWS_END_CUT)
        return;
    changes_ask(f->source, "ListAliases",
                arena_printf(a, "{\"FunctionName\":%s}", changes_quoted(a, f->name)),
                &(struct aws_batch_call){.on_page = lambda_aliases, .ctx = f});
}

/* A function that was not changed since the window began has no version since then: publishing one
 * needs a change. */
static bool lambda_functions(void *ctx, const struct value *items)
{
    struct source *s = ctx;

    VALUE_EACH (item, items) {
        struct one_of *f;

        if (aws_time_ms(value_get(item, "LastModified")) < s->c->q.since_ms)
            continue;
        f = one_more(s, item, "FunctionName", "FunctionArn");
        if (!f)
            return false;
        lambda_mark(f, item);
        changes_ask(
            s, "ListVersionsByFunction",
            arena_printf(s->c->arena, "{\"FunctionName\":%s}",
                         changes_quoted(s->c->arena, f->name)),
            &(struct aws_batch_call){.on_page = lambda_versions, .on_end = ask_aliases, .ctx = f});
    }
    return true;
}

static void lambda_start(struct source *s)
{
    changes_ask(s, "ListFunctions", NULL, &(struct aws_batch_call){.on_page = lambda_functions});
}

const struct source_row changes_lambda_row = {
    .name = "lambda", .service = "lambda", .concerns = "lambda", .start = lambda_start};

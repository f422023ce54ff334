/* view_events.c - CloudTrail's events and CloudWatch's alarms in one form, and what the words of a
 * question and the namespaces of metrics are about. */
#include <stdlib.h>
#include <string.h>

#include "runbook/codec/json.h"
#include "view.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define MINUTE_MS INT64_C(60000)

/* ---- CloudTrail ---- */

/* "arn:aws:sts::1:assumed-role/deploy/session" is role/deploy: sessions have names of their own. */
static const char *short_principal(struct arena *a, const struct value *who)
{
    const char *arn = av_str(who, "arn"), *at = strstr(arn, ":assumed-role/"), *end;

    if (at) {
        at += strlen(":assumed-role/");
        end = strchr(at, '/');
        return arena_printf(a, "role/%.*s", (int)(end ? (size_t)(end - at) : strlen(at)), at);
    }
    at = strrchr(arn, ':');
    if (at && at[1])
        return at + 1;
    if (*av_str(who, "userName"))
        return arena_printf(a, "user/%s", av_str(who, "userName"));
    if (*av_str(who, "invokedBy"))
        return av_str(who, "invokedBy");
    return *av_str(who, "principalId") ? av_str(who, "principalId") : "somebody";
}

static const char *resource_names(struct aws_view *v, const struct value *item)
{
    struct buf out = BUF_INIT(8192);
    const char *text;

    AV_EACH(r, item, "Resources")
    buf_addf(&out, "%s ", av_str(r, "ResourceName"));
    text = arena_strdup(v->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static void take_event(struct aws_view *v, const struct value *item, uint64_t query)
{
    const char *text = av_str(item, "CloudTrailEvent");
    const struct value *whole = NULL, *who;
    struct err err = ERR_INIT;
    struct aws_event *e;

    if (!*av_str(item, "EventName") || !av_time(item, "EventTime"))
        return;
    if (*text && json_parse(v->arena, str_from(text), &whole, &err))
        whole = NULL; /* what the list says of it is left */
    e = VEC_PUSH(&v->events);
    who = value_get(whole, "userIdentity");
    e->t_ms = av_time(item, "EventTime");
    e->name = av_str(item, "EventName");
    e->source = av_str(item, "EventSource");
    e->who = who                         ? short_principal(v->arena, who)
             : *av_str(item, "Username") ? av_str(item, "Username")
                                         : "somebody";
    e->principal = *av_str(who, "sessionContext.sessionIssuer.arn")
                       ? av_str(who, "sessionContext.sessionIssuer.arn")
                       : av_str(who, "arn");
    e->error = av_str(whole, "errorCode");
    e->message = av_str(whole, "errorMessage");
    e->id = av_str(item, "EventId");
    e->resources = resource_names(v, item);
    e->params = value_get(whole, "requestParameters");
    e->whole = whole;
    e->read_only = strcmp(av_str(item, "ReadOnly"), "true") == 0;
    e->query = query;
}

static int by_time(const void *a, const void *b)
{
    const struct aws_event *x = a, *y = b;

    return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

static bool is_known(const struct aws_view *v, const struct value *item)
{
    const char *id = av_str(item, "EventId");

    VEC_EACH (e, &v->events) {
        if (*id && strcmp(e->id, id) == 0)
            return true;
    }
    return false;
}

void av_take_events(struct aws_view *v, const struct aws_doc *d)
{
    VALUE_EACH (item, d->items) {
        if (!is_known(v, item))
            take_event(v, item, d->query);
    }
    if (v->events.count)
        qsort(v->events.items, v->events.count, sizeof(*v->events.items), by_time);
}

bool av_is_event(const struct aws_event *e, const char *const *names)
{
    for (; *names; names++) {
        if (str_starts(str_from(e->name), *names)) /* "UpdateFunctionCode20150331v2" */
            return true;
    }
    return false;
}

const struct aws_event *av_change(const struct aws_view *v, const char *const *names,
                                  int64_t from_ms, int64_t to_ms)
{
    const struct aws_event *last = NULL;

    VEC_EACH (e, &v->events) {
        if (!*e->error && e->t_ms >= from_ms && e->t_ms <= to_ms && av_is_event(e, names))
            last = e;
    }
    return last;
}

static bool params_name(const struct value *p, const char *name)
{
    if (!p)
        return false;
    if (p->type == VALUE_STRING)
        return strcmp(p->u.string.ptr, name) == 0 || strcmp(av_tail(p->u.string.ptr), name) == 0;
    VALUE_EACH (it, p) {
        if (params_name(it, name))
            return true;
    }
    return false;
}

bool av_event_about(const struct aws_event *e, const char *name)
{
    return av_names(e->resources, name) || params_name(e->params, name);
}

const char *av_event_text(struct aws_view *v, const struct aws_event *e)
{
    return arena_printf(v->arena, "%s by %s at %s", e->name, e->who, av_clock(v, e->t_ms));
}

static bool has_error(const struct aws_event *e, const char *const *errors)
{
    return *e->error && av_has_any(e->error, errors);
}

static struct aws_group *group_of(struct aws_group *all, size_t *count, const struct aws_event *e)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(all[i].first->who, e->who) == 0 && strcmp(all[i].first->name, e->name) == 0)
            return &all[i];
    }
    if (*count == AWS_GROUPS)
        return NULL;
    all[*count] = (struct aws_group){.first = e};
    return &all[(*count)++];
}

static int by_since_count(const void *a, const void *b)
{
    const struct aws_group *x = a, *y = b;

    return (x->since < y->since) - (x->since > y->since);
}

size_t av_group_errors(const struct aws_view *v, const char *const *errors,
                       struct aws_group out[AWS_GROUPS])
{
    size_t n = 0;

    VEC_EACH (e, &v->events) {
        struct aws_group *g = has_error(e, errors) ? group_of(out, &n, e) : NULL;

        if (!g)
            continue;
        g->last = e;
        g->count++;
        g->since += e->t_ms >= v->onset_ms - 10 * MINUTE_MS;
    }
    if (n)
        qsort(out, n, sizeof(*out), by_since_count);
    return n;
}

/* ---- alarms ---- */

/* The dimension that tells which one it is; others tell where it is. */
static const char *telling_dimension(const struct aws_alarm *a)
{
    static const char *const where[] = {"ClusterName", "LoadBalancer",     "Resource", "ApiStage",
                                        "Stage",       "AvailabilityZone", NULL};
    const char *other = "";

    AV_EACH(d, a->dimensions, ".")
    {
        bool is_where = false;

        for (const char *const *w = where; *w; w++)
            is_where = is_where || strcmp(av_str(d, "Name"), *w) == 0;
        if (!is_where)
            return av_str(d, "Value");
        if (!*other || strcmp(av_str(d, "Name"), "LoadBalancer") == 0)
            other = av_str(d, "Value");
    }
    return other;
}

/* "app/shop/50dc6c495c0c9188", "targetgroup/web/0123": the middle is the name. */
const char *av_plain(const struct aws_view *v, const char *dimension)
{
    const char *first = strchr(dimension, '/'), *last = strrchr(dimension, '/');

    if (first && first != last && strncmp(dimension, "arn:", 4) != 0)
        return arena_strndup(v->arena, first + 1, (size_t)(last - first - 1));
    return av_tail(dimension);
}

/* Which service's resources a kind of alarm is about. */
static const struct {
    unsigned on;
    const char *service;
} services_on[] = {
    {ON_ELB, "elbv2"},      {ON_RDS, "rds"},         {ON_LAMBDA, "lambda"},
    {ON_ECS, "ecs"},        {ON_SQS, "sqs"},         {ON_DYNAMODB, "dynamodb"},
    {ON_API, "apigateway"}, {ON_KINESIS, "kinesis"}, {ON_ASG, "autoscaling"},
    {ON_EC2, "ec2"},
};

size_t av_node_of(const struct aws_view *v, const struct aws_alarm *a)
{
    const char *service = "", *name = *a->of ? av_plain(v, a->of) : "";
    size_t at;

    if (!v->graph || !*name)
        return SIZE_MAX;
    for (size_t i = 0; i < sizeof(services_on) / sizeof(services_on[0]); i++)
        if (a->on & services_on[i].on)
            service = services_on[i].service;
    at = topology_find_resource(
        v->graph, arena_printf(v->arena, "aws:%s/%s/%s:%s", v->account, v->region, service, name));
    return at != SIZE_MAX ? at : topology_find(v->graph, a->of);
}

static int by_since(const void *a, const void *b)
{
    const struct aws_alarm *x = a, *y = b;

    return (x->since_ms > y->since_ms) - (x->since_ms < y->since_ms);
}

void av_take_alarms(struct aws_view *v, const struct aws_doc *d)
{
    VALUE_EACH (item, d->items) {
        struct aws_alarm *a;

        if (strcmp(av_str(item, "StateValue"), "ALARM") != 0)
            continue;
        a = VEC_PUSH(&v->alarms);
        a->item = item;
        a->query = d->query;
        a->name = av_str(item, "AlarmName");
        a->metric = av_str(item, "MetricName");
        a->space = av_str(item, "Namespace");
        a->reason = av_str(item, "StateReason");
        a->dimensions = value_get(item, "Dimensions");
        a->composite = value_get(item, "AlarmRule") != NULL;
        a->since_ms = av_time(item, "StateTransitionedTimestamp");
        if (!a->since_ms)
            a->since_ms = av_time(item, "StateUpdatedTimestamp");
        a->on = aws_on_namespace(a->space);
        a->of = telling_dimension(a);
    }
    if (v->alarms.count)
        qsort(v->alarms.items, v->alarms.count, sizeof(*v->alarms.items), by_since);
}

const struct aws_alarm *av_alarm_of(const struct aws_view *v, const char *name)
{
    VEC_EACH (a, &v->alarms) {
        AV_EACH(d, a->dimensions, ".")
        {
            const char *value = av_str(d, "Value");

            if (*name && (strcmp(value, name) == 0 || strcmp(av_tail(value), name) == 0 ||
                          av_names(value, name)))
                return a;
        }
    }
    return NULL;
}

void av_set_onset(struct aws_view *v, int64_t incident_ms)
{
    v->onset_ms = incident_ms;
    VEC_EACH (a, &v->alarms) {
        if (!v->onset_ms && a->since_ms > v->now_ms - DAY_MS && a->since_ms <= v->now_ms)
            v->onset_ms = a->since_ms;
    }
    v->onset_known = v->onset_ms != 0;
    if (!v->onset_known)
        v->onset_ms = v->now_ms - 30 * MINUTE_MS;
    v->start_ms = v->onset_ms - 150 * MINUTE_MS;
    /* One minute is kept for 15 days, and a call gives 100,800 samples of it. Source: CloudWatch
     * API Reference, GetMetricData. */
    v->period_ms = v->now_ms - v->start_ms <= 6 * 60 * MINUTE_MS ? MINUTE_MS : 5 * MINUTE_MS;
}

/* ---- what it is about ---- */

static const struct {
    const char *space;
    unsigned on;
} spaces[] = {
    {"AWS/EC2", ON_EC2},
    {"AWS/AutoScaling", ON_ASG},
    {"AWS/ECS", ON_ECS},
    {"ECS/ContainerInsights", ON_ECS},
    {"AWS/Lambda", ON_LAMBDA},
    {"AWS/ApplicationELB", ON_ELB},
    {"AWS/NetworkELB", ON_ELB},
    {"AWS/ELB", ON_ELB},
    {"AWS/RDS", ON_RDS},
    {"AWS/DynamoDB", ON_DYNAMODB},
    {"AWS/Kinesis", ON_KINESIS},
    {"AWS/SQS", ON_SQS},
    {"AWS/ApiGateway", ON_API},
    {"AWS/Route53", ON_DNS},
    {"AWS/CertificateManager", ON_TLS},
    {"AWS/EBS", ON_FILES},
    {"AWS/EFS", ON_FILES},
    {"AWS/Usage", ON_QUOTA},
    {"AWS/TrustedAdvisor", ON_QUOTA},
    {"AWS/NATGateway", ON_NETWORK},
    {"AWS/CodeDeploy", ON_DEPLOY},
    {"AWS/States", ON_FLOW},
};

unsigned aws_on_namespace(const char *space)
{
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        if (strcmp(spaces[i].space, space) == 0)
            return spaces[i].on;
    }
    return 0;
}

/* A word that starts with this. */
static const struct {
    const char *word;
    unsigned on;
} words[] = {
    {"ec2", ON_EC2},
    {"instance", ON_EC2 | ON_RDS},
    {"asg", ON_ASG},
    {"autoscaling", ON_ASG},
    {"auto scaling", ON_ASG},
    {"scale", ON_ASG | ON_ECS},
    {"capacity", ON_ASG | ON_ECS | ON_DYNAMODB | ON_QUOTA},
    {"ecs", ON_ECS},
    {"fargate", ON_ECS},
    {"task", ON_ECS},
    {"lambda", ON_LAMBDA},
    {"function", ON_LAMBDA},
    {"cold start", ON_LAMBDA},
    {"load balancer", ON_ELB},
    {"alb", ON_ELB},
    {"nlb", ON_ELB},
    {"target group", ON_ELB},
    {"target health", ON_ELB},
    {"unhealthy", ON_ELB | ON_ECS | ON_EC2},
    {"5xx", ON_ELB | ON_API | ON_LAMBDA | ON_ECS},
    {"502", ON_ELB | ON_API | ON_LAMBDA | ON_ECS},
    {"503", ON_ELB | ON_API | ON_LAMBDA | ON_ECS},
    {"504", ON_ELB | ON_API | ON_LAMBDA | ON_ECS},
    {"rds", ON_RDS},
    {"aurora", ON_RDS},
    {"database", ON_RDS | ON_DYNAMODB},
    {"postgres", ON_RDS},
    {"mysql", ON_RDS},
    {"replica", ON_RDS},
    {"dynamo", ON_DYNAMODB},
    {"kinesis", ON_KINESIS},
    {"stream", ON_KINESIS},
    {"sqs", ON_SQS},
    {"queue", ON_SQS},
    {"dlq", ON_SQS},
    {"dead letter", ON_SQS},
    {"dead-letter", ON_SQS},
    {"api gateway", ON_API},
    {"dns", ON_DNS},
    {"route 53", ON_DNS},
    {"route53", ON_DNS},
    {"resolve", ON_DNS},
    {"nxdomain", ON_DNS},
    {"certificate", ON_TLS},
    {"tls", ON_TLS},
    {"ssl", ON_TLS},
    {"iam", ON_IAM},
    {"denied", ON_IAM},
    {"permission", ON_IAM},
    {"credential", ON_IAM},
    {"token", ON_IAM},
    {"secret", ON_IAM},
    {"ebs", ON_FILES},
    {"efs", ON_FILES},
    {"volume", ON_FILES},
    {"storage", ON_FILES | ON_RDS},
    {"disk", ON_FILES | ON_RDS},
    {"deploy", ON_DEPLOY | ON_ECS | ON_LAMBDA},
    {"rollout", ON_DEPLOY | ON_ECS | ON_LAMBDA},
    {"release", ON_DEPLOY | ON_ECS | ON_LAMBDA},
    {"stack", ON_DEPLOY},
    {"step function", ON_FLOW},
    {"state machine", ON_FLOW},
    {"workflow", ON_FLOW},
    {"cloudformation", ON_DEPLOY},
    {"quota", ON_QUOTA},
    {"limit exceeded", ON_QUOTA},
    {"security group", ON_NETWORK},
    {"connection", ON_NETWORK | ON_RDS},
    {"timeout", ON_NETWORK | ON_ELB},
    {"timed out", ON_NETWORK | ON_ELB},
    {"unreachable", ON_NETWORK | ON_ELB},
};

static bool starts_a_word(const char *text, const char *word)
{
    const char *at = text;
    ptrdiff_t found;

    while ((found = str_ifind(str_from(at), str_from(word))) >= 0) {
        const char *hit = at + found;

        if (hit == text || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", hit[-1]))
            return true;
        at = hit + 1;
    }
    return false;
}

unsigned aws_on_words(const char *text)
{
    unsigned on = 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (starts_a_word(text, words[i].word))
            on |= words[i].on;
    }
    return on;
}

/* Who calls whom in general. What everybody stands on (permissions, quotas, the network, what was
 * deployed) is behind all of them. */
static const struct {
    unsigned of, behind;
} behind_table[] = {
    {ON_ELB, ON_EC2 | ON_ASG | ON_ECS | ON_LAMBDA | ON_RDS | ON_DYNAMODB | ON_TLS | ON_DNS},
    {ON_API, ON_LAMBDA | ON_ELB | ON_ECS | ON_RDS | ON_DYNAMODB | ON_TLS},
    {ON_DNS, ON_ELB | ON_TLS},
    {ON_ECS, ON_EC2 | ON_ASG | ON_ELB | ON_RDS | ON_DYNAMODB | ON_SQS | ON_FILES},
    {ON_EC2, ON_ASG | ON_ELB | ON_RDS | ON_DYNAMODB | ON_FILES},
    {ON_ASG, ON_EC2},
    {ON_LAMBDA, ON_SQS | ON_KINESIS | ON_DYNAMODB | ON_RDS | ON_API},
    {ON_SQS, ON_LAMBDA | ON_ECS | ON_RDS | ON_DYNAMODB},
    {ON_KINESIS, ON_LAMBDA},
    {ON_FLOW, ON_LAMBDA | ON_ECS | ON_SQS | ON_DYNAMODB},
    {ON_RDS, ON_FILES},
    {ON_DEPLOY, ON_ECS | ON_LAMBDA | ON_ASG},
    {ON_NETWORK, ON_ELB | ON_RDS | ON_EC2 | ON_ECS},
    {ON_QUOTA, ON_ASG | ON_LAMBDA | ON_EC2},
    {ON_IAM, ON_LAMBDA | ON_ECS},
};

unsigned aws_on_behind(unsigned on)
{
    unsigned all = on;

    for (size_t i = 0; i < sizeof(behind_table) / sizeof(behind_table[0]); i++) {
        if (on & behind_table[i].of)
            all |= behind_table[i].behind;
    }
    return on ? all | ON_IAM | ON_QUOTA | ON_NETWORK | ON_DEPLOY : ON_ALL;
}

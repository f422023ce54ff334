/* target_health.c - targets of a load balancer that are not healthy, with the reason it gives. It
 * is a symptom more often than a cause: what explains it stands above it. What is only starting,
 * leaving or not used is no trouble. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"bad_share", 0.5, "ratio", "of a group's targets; fewer is a rolling restart, or one machine"},
    {.name = NULL},
};
#define BAD_SHARE LIMIT(0)

struct group {
    const struct aws_doc *doc;
    const char *name, *reason, *zone, *text;
    size_t bad, all;
    bool one_zone;
};

/* Source: Elastic Load Balancing API Reference, TargetHealth: State. */
static bool counts(const char *state)
{
    return strcmp(state, "healthy") == 0 || strcmp(state, "unhealthy") == 0 ||
           strcmp(state, "unavailable") == 0;
}

static const char *zone_of(const struct aws_view *v, const struct value *t)
{
    const char *id = av_str(t, "Target.Id");

    if (*av_str(t, "Target.AvailabilityZone"))
        return av_str(t, "Target.AvailabilityZone");
    AV_DOCS(d, v, "ec2.instances")
    {
        VALUE_EACH (i, d->items) {
            if (strcmp(av_str(i, "instanceId"), id) == 0 ||
                strcmp(av_str(i, "privateIpAddress"), id) == 0)
                return av_str(i, "placement.availabilityZone");
        }
    }
    return "";
}

static struct group look(const struct aws_view *v, const struct aws_doc *d)
{
    struct group g = {.doc = d, .name = av_str(d->parent, "TargetGroupName"), .one_zone = true};

    g.reason = g.text = g.zone = "";
    VALUE_EACH (t, d->items) {
        const char *state = av_str(t, "TargetHealth.State"), *zone = zone_of(v, t);

        if (!counts(state))
            continue;
        g.all++;
        if (strcmp(state, "healthy") == 0)
            continue;
        g.one_zone = g.one_zone && *zone && (!g.bad || strcmp(zone, g.zone) == 0);
        g.bad++;
        g.reason = av_str(t, "TargetHealth.Reason");
        g.text = av_str(t, "TargetHealth.Description");
        g.zone = zone;
    }
    return g;
}

/* Source: Elastic Load Balancing, "Health checks for your target groups": reason codes. */
static const struct {
    const char *code, *means;
} reasons[] = {
    {"Target.Timeout", "no answer in time"},
    {"Target.ResponseCodeMismatch", "another status than the check wants"},
    {"Target.FailedHealthChecks", "the connection failed or the answer was malformed"},
    {"Target.InvalidState", "the instance does not run"},
    {"Target.IpUnusable", "the address cannot be used"},
    {"Elb.InternalError", "an error of the load balancer"},
    {NULL, NULL},
};

static const char *means(const char *code)
{
    for (size_t i = 0; reasons[i].code; i++) {
        if (strcmp(reasons[i].code, code) == 0)
            return reasons[i].means;
    }
    return "";
}

/* Only the health check was changed: the targets may be as well as before. */
static void check_changed(struct aws_view *v, struct aws_finding *f, const struct group *g)
{
    static const char *const names[] = {"ModifyTargetGroup", NULL};
    const char *arn = av_str(g->doc->parent, "TargetGroupArn");
    struct aws_culprit *c;

    VEC_EACH (e, &v->events) {
        if (*e->error || !av_is_event(e, names) || !av_event_about(e, arn))
            continue;
        c = aws_find_culprit(f);
        if (!c)
            return;
        c->statement =
            arena_printf(v->arena, "the health check of %s was changed by %s", g->name, e->who);
        c->evidence = arena_printf(
            v->arena, "%s: path %s, codes %s", av_event_text(v, e),
            *av_str(e->params, "healthCheckPath") ? av_str(e->params, "healthCheckPath")
                                                  : "as before",
            *av_str(e->params, "matcher.httpCode") ? av_str(e->params, "matcher.httpCode")
                                                   : "as before");
        c->query = e->query;
        c->event = e;
        c->name = g->name;
        c->at_ms = e->t_ms;
        c->ask = (struct aws_follow){
            .service = "elbv2",
            .operation = "DescribeTargetGroups",
            .params = arena_printf(v->arena, "{\"TargetGroupArns\":[%s]}", aws_json(v, arn)),
            .title = arena_printf(v->arena, "the health check of %s as it is now", g->name)};
    }
}

static void found(struct aws_view *v, struct aws_findings *out, const struct group *g)
{
    const char *dimension = strstr(av_str(g->doc->parent, "TargetGroupArn"), "targetgroup/");
    const struct aws_series *s = av_series(v, "elb.unhealthy", dimension ? dimension : "");
    struct aws_finding *f = aws_find(out);

    if (!f)
        return;
    if ((double)g->bad < BAD_SHARE * (double)g->all)
        f->strength = STRENGTH_WEAK;
    f->severity = f->strength == STRENGTH_STRONG ? 0.6 : 0.3;
    f->direct = true;
    f->metric = "UnHealthyHostCount";
    f->unit = "count";
    f->value = (double)g->bad;
    f->query = g->doc->query;
    f->resource = av_key(v, "target-group", g->name);
    f->service = g->name;
    f->claim = arena_printf(v->arena, "%zu of %zu targets of %s are not healthy%s%s%s%s", g->bad,
                            g->all, g->name, *g->reason ? ": " : "", g->reason,
                            g->one_zone && g->bad > 1 ? ", all in " : "",
                            g->one_zone && g->bad > 1 ? g->zone : "");
    f->evidence = arena_printf(v->arena, "%zu of %zu targets of %s: %s (%s)", g->bad, g->all,
                               g->name, *g->text ? g->text : g->reason, means(g->reason));
    if (s && s->high > 0 && !(s->before >= s->high)) {
        f->before = s->before;
        f->at_ms = s->turn_ms;
        f->second =
            arena_printf(v->arena, "unhealthy targets of %s rose from %.0f to %.0f%s", g->name,
                         isnan(s->before) ? 0 : s->before, s->high, av_turned(v, s, " at"));
        f->second_query = s->query;
    }
    aws_find_name(f, g->name);
    aws_find_name(f, av_str(g->doc->parent, "TargetGroupArn"));
    VALUE_EACH (t, g->doc->items) {
        if (strcmp(av_str(t, "TargetHealth.State"), "healthy") != 0)
            aws_find_name(f, av_str(t, "Target.Id"));
    }
    aws_find_var(f, "group", g->name);
    aws_find_var(f, "arn", av_str(g->doc->parent, "TargetGroupArn"));
    check_changed(v, f, g);
}

/* Nobody is there to answer. */
static void found_empty(struct aws_view *v, struct aws_findings *out, const struct aws_doc *d)
{
    static const char *const names[] = {"DeregisterTargets", NULL};
    const char *arn = av_str(d->parent, "TargetGroupArn"),
               *name = av_str(d->parent, "TargetGroupName");

    VEC_EACH (e, &v->events) {
        struct aws_finding *f;

        if (*e->error || !av_is_event(e, names) || !av_event_about(e, arn))
            continue;
        f = aws_find(out);
        if (!f)
            return;
        f->direct = true;
        f->severity = 0.9;
        f->resource = av_key(v, "target-group", name);
        f->service = name;
        f->query = d->query;
        f->at_ms = e->t_ms;
        f->claim = arena_printf(v->arena, "%s has no targets: they were deregistered by %s at %s",
                                name, e->who, av_clock(v, e->t_ms));
        f->evidence = arena_printf(v->arena, "no target is registered in %s", name);
        f->second = av_event_text(v, e);
        f->second_query = e->query;
        aws_find_name(f, name);
        aws_find_var(f, "group", name);
        aws_find_var(f, "arn", arn);
        return;
    }
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_DOCS(d, v, "elb.health")
    {
        struct group g = look(v, d);

        if (g.bad)
            found(v, out, &g);
        else if (!value_count(d->items))
            found_empty(v, out, d);
    }
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const struct value *group = value_at(items, 0);
    const char *path = av_str(c->event->params, "healthCheckPath"),
               *codes = av_str(c->event->params, "matcher.httpCode"),
               *port = av_str(c->event->params, "healthCheckPort");
    bool same = (!*path || strcmp(path, av_str(group, "HealthCheckPath")) == 0) &&
                (!*codes || strcmp(codes, av_str(group, "Matcher.HttpCode")) == 0) &&
                (!*port || strcmp(port, av_str(group, "HealthCheckPort")) == 0);

    r->strength = group && same ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = group && same;
    r->evidence =
        group ? arena_printf(v->arena, "%s checks %s on port %s and wants %s now", c->name,
                             av_str(group, "HealthCheckPath"), av_str(group, "HealthCheckPort"),
                             av_str(group, "Matcher.HttpCode"))
              : "the target group is not there any more";
}

static const char *const needs[] = {"elb.groups",    "elb.health", "elb.unhealthy",
                                    "ec2.instances", "trail",      NULL};
static const char *const words[] = {"target", "unhealthy", "load balancer", "alb", "nlb",
                                    "5xx",    "502",       "503",           "504", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "look at what a target of {group} answers to its health check",
     .command = "aws elbv2 describe-target-health --target-group-arn {arn} --region {region}",
     .rollback = "nothing is changed",
     .risk = APPROVAL_LOW,
     .watch = "UnHealthyHostCount of {group} goes to 0"},
    {.action = NULL},
};
static const char *const checks[] = {
    "what a target answers on its health check's path, asked from inside its subnet",
    "whether the targets' security group admits the load balancer on the health check's port",
    NULL};

const struct aws_pattern aws_pattern_target_health = {
    .id = "target_health",
    .kind = "availability",
    .category = CATEGORY_INFRASTRUCTURE,
    .on = ON_ELB,
    .rank = 20,
    .words = words,
    .claim = "targets of a load balancer are not healthy",
    .rationale = "a load balancer sends requests to healthy targets only, and fails without any",
    .refutes = "all targets that are in service are healthy",
    .quiet = "all targets in service are healthy",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

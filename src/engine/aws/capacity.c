/* capacity.c - there is not enough to run on: a group that cannot launch, tasks that find no place,
 * processors or memory that are used up. A group is short only while it has fewer than it wants. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"busy", 90.0, "percent", "A-24: CPU above 90 % over 30 minutes"},
    {"memory", 90.0, "percent", "of the task's memory: above it the kernel kills soon"},
    {"rise", 20.0, "percent", "points above what was usual: what is always busy is not the news"},
    {.name = NULL},
};
#define BUSY LIMIT(0)
#define MEMORY LIMIT(1)
#define RISE LIMIT(2)

static const char *const no_capacity[] = {"InsufficientInstanceCapacity",
                                          "do not have sufficient",
                                          "Insufficient capacity",
                                          "InsufficientFreeAddresses",
                                          "UnfulfillableCapacity",
                                          "no Spot capacity",
                                          NULL};

static const struct value *newest_of(const struct aws_doc *d, const char *group)
{
    const struct value *newest = NULL;

    VALUE_EACH (a, d->items) {
        if (strcmp(av_str(a, "AutoScalingGroupName"), group) == 0 &&
            (!newest || av_time(a, "StartTime") > av_time(newest, "StartTime")))
            newest = a;
    }
    return newest;
}

static bool is_short_of_machines(const struct aws_doc *d, const struct value *a)
{
    const struct value *newest = newest_of(d, av_str(a, "AutoScalingGroupName"));

    return strcmp(av_str(a, "StatusCode"), "Failed") == 0 &&
           av_has_any(av_str(a, "StatusMessage"), no_capacity) &&
           strcmp(av_str(newest, "StatusCode"), "Failed") == 0;
}

static size_t failures_of(const struct aws_doc *d, const char *group, int64_t *ret_first)
{
    size_t n = 0;

    VALUE_EACH (a, d->items) {
        int64_t at = av_time(a, "StartTime");

        if (strcmp(av_str(a, "AutoScalingGroupName"), group) != 0 || !is_short_of_machines(d, a))
            continue;
        if (!n || at < *ret_first)
            *ret_first = at;
        n++;
    }
    return n;
}

static bool is_named(const struct aws_findings *out, const char *name)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->list[i].names[0] && strcmp(out->list[i].names[0], name) == 0)
            return true;
    }
    return false;
}

static void launch_failed(struct aws_view *v, struct aws_findings *out, const struct aws_doc *d,
                          const struct value *a)
{
    const char *group = av_str(a, "AutoScalingGroupName");
    struct aws_finding *f;
    struct aws_culprit *c;
    int64_t first = 0;
    size_t n = failures_of(d, group, &first);

    if (is_named(out, group) || !(f = aws_find(out)))
        return;
    f->severity = 0.85;
    f->direct = true;
    f->query = d->query;
    f->at_ms = first;
    f->metric = "GroupInServiceInstances";
    f->unit = "count";
    f->value = (double)n;
    f->resource = av_key(v, "asg", group);
    f->service = group;
    f->claim = arena_printf(v->arena, "group %s cannot launch instances", group);
    f->evidence =
        arena_printf(v->arena, "%zu launch%s of %s failed since %s: %.200s", n, n == 1 ? "" : "es",
                     group, av_clock(v, first), av_str(a, "StatusMessage"));
    aws_find_name(f, group);
    aws_find_var(f, "group", group);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "AWS has no capacity for what %s wants to launch", group);
    c->evidence = f->evidence;
    c->name = group;
    c->at_ms = first;
    c->ask = (struct aws_follow){
        .service = "autoscaling",
        .operation = "DescribeAutoScalingGroups",
        .params = arena_printf(v->arena, "{\"AutoScalingGroupNames\":[%s]}", aws_json(v, group)),
        .title = arena_printf(v->arena, "what %s wants and has", group)};
}

/* ECS says so in the service's events, every few hours as long as it lasts. */
static void no_place(struct aws_view *v, struct aws_findings *out, const struct aws_doc *d,
                     const struct value *s)
{
    const char *name = av_str(s, "serviceName");
    double running = av_num(s, "runningCount"), wanted = av_num(s, "desiredCount");
    struct aws_finding *f;

    if (!(running < wanted))
        return;
    AV_EACH(e, s, "events")
    {
        int64_t at = av_time(e, "createdAt");

        if (!av_has(av_str(e, "message"), "unable to place a task") || at < v->start_ms)
            continue;
        f = aws_find(out);
        if (!f)
            return;
        f->severity = 0.85;
        f->direct = true;
        f->query = f->second_query = d->query;
        f->at_ms = at;
        f->metric = "runningCount";
        f->unit = "count";
        f->value = running;
        f->threshold = wanted;
        f->resource = av_key(v, "ecs", name);
        f->service = name;
        f->claim = arena_printf(v->arena, "ECS finds no place for tasks of %s", name);
        f->evidence = arena_printf(v->arena, "%.0f of %.0f tasks of %s run", running, wanted, name);
        f->second = arena_printf(v->arena, "%s: %.200s", av_clock(v, at), av_str(e, "message"));
        aws_find_name(f, name);
        aws_find_var(f, "service", name);
        aws_find_var(f, "cluster", av_tail(av_str(s, "clusterArn")));
        return;
    }
}

static const struct {
    const char *metric, *kind, *what;
    bool memory;
} used[] = {
    {"ec2.cpu", "ec2", "CPU", false}, {"ecs.cpu", "ecs", "CPU", false},
    {"rds.cpu", "rds", "CPU", false}, {"ecs.memory", "ecs", "memory", true},
    {NULL, NULL, NULL, false},
};

/* Another measure that is off as well: an alarm on something else than the processors. */
static const struct aws_alarm *other_alarm(const struct aws_view *v)
{
    VEC_EACH (a, &v->alarms) {
        if (strcmp(a->metric, "CPUUtilization") != 0 && strcmp(a->metric, "MemoryUtilization") != 0)
            return a;
    }
    return NULL;
}

static void saturated(struct aws_view *v, struct aws_findings *out, const struct aws_series *s,
                      int row)
{
    double limit = used[row].memory ? MEMORY : BUSY;
    const struct aws_alarm *alarm = other_alarm(v);
    struct aws_finding *f;

    if (!(s->after >= limit) || s->after < (isnan(s->before) ? 0 : s->before) + RISE)
        return;
    f = aws_find(out);
    if (!f)
        return;
    aws_find_series(f, s, s->after);
    f->threshold = limit;
    f->severity = 0.7;
    f->direct = true;
    aws_find_about(v, f, used[row].kind, s->of);
    f->claim = arena_printf(v->arena, "%s of %s is used up", used[row].what, s->of);
    f->evidence =
        arena_printf(v->arena, "%s of %s rose from %.0f %% to %.0f %%%s", used[row].what, s->of,
                     isnan(s->before) ? 0 : s->before, s->after, av_turned(v, s, " at"));
    if (alarm) {
        f->second = arena_printf(v->arena, "alarm %s is on since %s", alarm->name,
                                 av_clock(v, alarm->since_ms));
        f->second_query = alarm->query;
    }
    aws_find_name(f, s->of);
    aws_find_var(f, "name", s->of);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_DOCS(d, v, "asg.activities")
    {
        VALUE_EACH (a, d->items) {
            if (is_short_of_machines(d, a) && av_time(a, "StartTime") >= v->start_ms)
                launch_failed(v, out, d, a);
        }
    }
    AV_DOCS(d, v, "ecs.services")
    {
        VALUE_EACH (s, d->items)
            no_place(v, out, d, s);
    }
    for (int i = 0; used[i].metric; i++) {
        AV_SERIES(s, v, used[i].metric)
        saturated(v, out, s, i);
    }
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const struct value *g = value_at(items, 0);
    double wanted = av_num(g, "DesiredCapacity"), have = 0;

    AV_EACH(i, g, "Instances")
    have += strcmp(av_str(i, "LifecycleState"), "InService") == 0;
    if (isnan(wanted)) {
        r->evidence = "the group is not there any more";
        return;
    }
    r->before = wanted;
    r->after = have;
    r->direct = have < wanted;
    r->strength = have < wanted ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->evidence =
        arena_printf(v->arena, "%s has %.0f of %.0f instances in service", c->name, have, wanted);
}

static const char *const needs[] = {"asg.activities", "ecs.services", "ec2.cpu", "ecs.cpu",
                                    "rds.cpu",        "ecs.memory",   NULL};
static const char *const words[] = {"capacity", "scal",      "launch", "insufficient", "place",
                                    "cpu",      "memory",    "slow",   "busy",         "load",
                                    "latency",  "saturated", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "let {group} use further instance types or zones (mixed instances policy)",
     .command = "",
     .rollback = "the former launch template and subnets",
     .risk = APPROVAL_MEDIUM,
     .watch = "{group} reaches the capacity that it wants"},
    {.action = "give cluster {cluster} more instances, or let tasks of {service} reserve less",
     .command = "aws ecs describe-services --cluster {cluster} --services {service} --region "
                "{region}",
     .rollback = "the former number",
     .risk = APPROVAL_MEDIUM,
     .watch = "runningCount of {service} reaches desiredCount"},
    {.action = "find out what keeps {name} busy, and give it more",
     .command = "",
     .rollback = "the former size",
     .risk = APPROVAL_MEDIUM,
     .watch = "utilization of {name} falls"},
    {.action = NULL},
};
static const char *const checks[] = {"what runs on it that did not before, and what it is asked",
                                     NULL};

const struct aws_pattern aws_pattern_capacity = {
    .id = "capacity",
    .kind = "capacity",
    .category = CATEGORY_CAPACITY,
    .on = ON_ASG | ON_ECS | ON_EC2 | ON_RDS,
    .rank = 9,
    .words = words,
    .claim = "there is too little to run on",
    .rationale = "without machines, places or processors requests wait",
    .refutes = "what is wanted runs, and processors and memory have room",
    .quiet = "what is wanted runs, with room left",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

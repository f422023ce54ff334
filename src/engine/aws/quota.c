/* quota.c - a quota of the account is used up: a call was refused for it, a group could not launch
 * for it, or CloudWatch's usage is at the quota's value. A quota of calls is one for a second or a
 * minute, and usage is counted over a sample: they are set against each other in the same time. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"at", 1.0, "ratio", "of the quota"},
    {"near", 0.9, "ratio", "of the quota: worth an increase before it is used up"},
    {.name = NULL},
};
#define AT LIMIT(0)
#define NEAR LIMIT(1)

static const char *const codes[] = {"LimitExceeded", "QuotaExceeded", "LimitExceeded.",
                                    "MaxSpotInstanceCount", NULL};
static const char *const rates[] = {"RequestLimitExceeded", "Throttl", "TooManyRequests", NULL};
static const char *const messages[] = {"quota", "vCPU limit", "LimitExceeded", "limit of", NULL};

/* "ec2.amazonaws.com" in Service Quotas. */
static const char *quota_code(struct aws_view *v, const struct aws_event *e)
{
    const char *dot = strchr(e->source, '.');

    return dot ? arena_strndup(v->arena, e->source, (size_t)(dot - e->source)) : e->source;
}

/* The last number of the message that is not part of a word: "... limit of 32 allows for ...". */
static double number_in(const char *text)
{
    double found = NAN;

    for (const char *at = text; *at; at++) {
        if (at[0] >= '0' && at[0] <= '9' && (at == text || at[-1] == ' ')) {
            size_t len;

            found = av_number_at(at, &len);
            at += len - 1;
        }
    }
    return found;
}

static void ask_quotas(struct aws_view *v, struct aws_finding *f, const char *service,
                       const char *message)
{
    struct aws_culprit *c = aws_find_culprit(f);

    c->statement = isnan(number_in(message))
                       ? arena_printf(v->arena, "a quota of %s is used up", service)
                       : arena_printf(v->arena, "a quota of %s is used up, its limit is %.0f",
                                      service, number_in(message));
    c->resource = av_key(v, "quota", service);
    c->evidence = f->evidence;
    c->name = message;
    c->at_ms = f->at_ms;
    c->ask = (struct aws_follow){
        .service = "service-quotas",
        .operation = "ListServiceQuotas",
        .params = arena_printf(v->arena, "{\"ServiceCode\":%s}", aws_json(v, service)),
        .title = arena_printf(v->arena, "quotas of %s", service),
        .most = 300};
    aws_culprit_var(c, "quota_service", service);
}

static void refused(struct aws_view *v, struct aws_findings *out, const struct aws_group *g)
{
    const struct aws_event *e = g->last;
    struct aws_finding *f;

    if (av_has_any(e->error, rates) || !(f = aws_find(out)))
        return;
    f->severity = 0.9;
    f->direct = true;
    f->query = e->query;
    f->at_ms = g->first->t_ms;
    f->metric = e->error;
    f->unit = "count";
    f->value = (double)g->count;
    f->resource = av_key(v, "quota", quota_code(v, e));
    f->service = e->who;
    f->claim = arena_printf(v->arena, "%s is refused: a quota is used up (%s)", e->name, e->error);
    f->evidence = arena_printf(v->arena, "%zu calls of %s by %s refused since %s: %s", g->count,
                               e->name, e->who, av_clock(v, f->at_ms), e->error);
    f->second = *e->message ? arena_printf(v->arena, "AWS says: %.200s", e->message) : NULL;
    f->second_query = e->query;
    aws_find_name(f, e->who);
    aws_find_var(f, "call", e->name);
    aws_find_var(f, "quota_service", quota_code(v, e));
    ask_quotas(v, f, quota_code(v, e), e->message);
}

static void launch_refused(struct aws_view *v, struct aws_findings *out)
{
    AV_DOCS(d, v, "asg.activities")
    {
        VALUE_EACH (a, d->items) {
            const char *group = av_str(a, "AutoScalingGroupName"),
                       *message = av_str(a, "StatusMessage");
            struct aws_finding *f;

            if (strcmp(av_str(a, "StatusCode"), "Failed") != 0 || !av_has_any(message, messages) ||
                av_time(a, "StartTime") < v->start_ms)
                continue;
            f = aws_find(out);
            if (!f)
                return;
            f->severity = 0.9;
            f->direct = true;
            f->query = d->query;
            f->at_ms = av_time(a, "StartTime");
            f->metric = "quota";
            f->resource = av_key(v, "asg", group);
            f->service = group;
            f->claim = arena_printf(v->arena, "group %s cannot launch: a quota is used up", group);
            f->evidence = arena_printf(v->arena, "a launch of %s failed at %s: %.200s", group,
                                       av_clock(v, f->at_ms), message);
            aws_find_name(f, group);
            aws_find_var(f, "quota_service", "ec2");
            ask_quotas(v, f, "ec2", message);
            return;
        }
    }
}

/* Every service whose quotas are read. */
static const char *const usages[] = {
    "quota.ec2",     "quota.lambda",   "quota.vpc",     "quota.elb", "quota.rds", "quota.ecs",
    "quota.fargate", "quota.dynamodb", "quota.kinesis", "quota.api", "quota.ebs", NULL};

/* Source: Service Quotas API Reference, QuotaPeriod. */
static double period_ms(const struct value *quota)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"MICROSECOND", 0.001}, {"MILLISECOND", 1}, {"SECOND", 1e3},  {"MINUTE", 6e4},
                 {"HOUR", 3.6e6},        {"DAY", 8.64e7},    {"WEEK", 6.048e8}};
    const char *unit = av_str(quota, "Period.PeriodUnit");
    double n = av_num(quota, "Period.PeriodValue");

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].unit) == 0)
            return (n > 0 ? n : 1) * units[i].ms;
    }
    return NAN;
}

/* What a sample may hold of it; NAN: a sample is shorter than what the quota is for. */
static double allowed(const struct aws_view *v, const struct value *quota)
{
    double value = av_num(quota, "Value"), each = period_ms(quota);
    bool sum = strcmp(av_str(quota, "UsageMetric.MetricStatisticRecommendation"), "Sum") == 0;

    if (isnan(each) || !sum)
        return value;
    return each > (double)v->period_ms ? NAN : value * (double)v->period_ms / each;
}

static void used_up(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    double value = allowed(v, s->item), share = s->high / value;
    const char *name = av_str(s->item, "QuotaName");
    bool rate = value != av_num(s->item, "Value");
    struct aws_finding *f;

    if (!(value > 0) || !(share >= NEAR) || out->count || !(f = aws_find(out)))
        return;
    aws_find_series(f, s, s->high);
    f->threshold = value;
    f->strength = share >= AT ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->severity = share >= AT ? 0.7 : 0.3;
    f->direct = share >= AT;
    f->metric = name;
    f->resource = av_key(v, "quota", av_str(s->item, "QuotaCode"));
    f->claim = arena_printf(v->arena, "quota \"%s\" is %s", name,
                            share >= AT ? "used up" : "nearly used up");
    f->evidence = arena_printf(v->arena, "%s: %.0f of %.0f used%s%s", name, s->high, value,
                               rate ? " in " : "", rate ? av_ago(v, v->period_ms) : "");
    aws_find_var(f, "quota_service", av_str(s->item, "ServiceCode"));
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct aws_group groups[AWS_GROUPS];
    size_t n = av_group_errors(v, codes, groups);

    for (size_t i = 0; i < n; i++) {
        if (groups[i].since)
            refused(v, out, &groups[i]);
    }
    if (!out->count) /* else it is the same, seen from the group */
        launch_refused(v, out);
    for (const char *const *u = usages; *u; u++) {
        AV_SERIES(s, v, *u)
        used_up(v, out, s);
    }
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    double said = number_in(c->name);

    VALUE_EACH (q, items) {
        double value = av_num(q, "Value");

        if (isnan(said) || value != said)
            continue;
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->before = value;
        r->evidence = arena_printf(v->arena, "quota \"%s\" (%s) is %.0f", av_str(q, "QuotaName"),
                                   av_str(q, "QuotaCode"), value);
        if (av_has(c->name, "vCPU") == av_has(av_str(q, "QuotaName"), "On-Demand"))
            return;
    }
    if (r->strength != STRENGTH_STRONG) {
        r->strength = STRENGTH_WEAK;
        r->evidence = "which quota it is, is not told by its number";
    }
}

static const char *const needs[] = {"trail",         "asg.activities",
                                    "quota.ec2",     "quota.lambda",
                                    "quota.vpc",     "quota.elb",
                                    "quota.rds",     "quota.ecs",
                                    "quota.fargate", "quota.dynamodb",
                                    "quota.kinesis", "quota.api",
                                    "quota.ebs",     NULL};
static const char *const words[] = {"quota", "limit", "exceeded", "launch", "scal", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "ask for a higher quota of {quota_service}, or free what is not needed",
     .command = "aws service-quotas list-service-quotas --service-code {quota_service} --region "
                "{region}",
     .rollback = "a higher quota need not be taken back",
     .risk = APPROVAL_LOW,
     .watch = "the refused call goes through"},
    {.action = NULL},
};
static const char *const checks[] = {
    "what takes most of the quota, and whether all of it is needed", NULL};

const struct aws_pattern aws_pattern_quota = {
    .id = "quota",
    .kind = "capacity",
    .category = CATEGORY_CAPACITY,
    .on = ON_QUOTA,
    .rank = 6,
    .words = words,
    .claim = "a quota of the account is used up",
    .rationale = "beyond a quota AWS refuses what it granted an hour ago",
    .refutes = "no call was refused for a limit, and usage is below the quotas",
    .quiet = "no call was refused for a quota",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

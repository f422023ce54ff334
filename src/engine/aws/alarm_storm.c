/* alarm_storm.c - many alarms, one root: the one that the others stand on. Who stands on whom is
 * known from the graph (relations of the inventory, X-Ray, service-graph.json); of what that does
 * not know the usual order counts (a database before the service that asks it, a service before its
 * load balancer), and then the root has to be the first as well. Where the two disagree the root
 * stays open. A composite alarm is no root: its children are. What explains an alarm by itself
 * stands above the storm. */
#include <stdlib.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"alarms", 4.0, "count", "fewer can be read one by one"},
    {"within", 1800.0, "s", "of the first: what comes later is another story"},
    {"ahead", 60.0, "s", "of the second: a period, which alarms are late by"},
    {"share", 0.8, "ratio", "of the others stand on it; the rest may be another story"},
    {"known", 0.5, "ratio",
     "of the pairs have to stand in the graph, else the order of kinds counts"},
    {"late", 300.0, "s",
     "behind the first: an alarm waits for its periods, five of a minute by default"},
    {.name = NULL},
};
#define ALARMS LIMIT(0)
#define WITHIN_MS ((int64_t)(LIMIT(1) * 1000))
#define AHEAD_MS ((int64_t)(LIMIT(2) * 1000))
#define SHARE LIMIT(3)
#define KNOWN LIMIT(4)
#define LATE_MS ((int64_t)(LIMIT(5) * 1000))

#define ALARMS_MAX 100 /* of a storm that are set against each other */

struct storm {
    const struct aws_alarm *list[ALARMS_MAX]; /* by time */
    size_t nodes[ALARMS_MAX];                 /* of the graph; SIZE_MAX: it does not know it */
    size_t count, base;
    bool by_graph; /* the graph knows at least one pair with the base */
    double share;  /* of the others that stand on the base */
};

/* What stands on what: those who answer stand below those who ask. */
static int layer(unsigned on)
{
    if (on & (ON_NETWORK | ON_DNS | ON_TLS))
        return 0;
    if (on & (ON_FILES | ON_QUOTA))
        return 1;
    if (on & (ON_RDS | ON_DYNAMODB))
        return 2;
    if (on & (ON_SQS | ON_KINESIS))
        return 3;
    if (on & (ON_EC2 | ON_ASG))
        return 4;
    if (on & (ON_ECS | ON_LAMBDA))
        return 5;
    if (on & (ON_ELB | ON_API))
        return 6;
    return 7;
}

static const char *about(struct aws_view *v, const struct aws_alarm *a)
{
    return *a->of ? av_plain(v, a->of) : a->metric;
}

/* ---- who stands on whom ---- */

enum standing { STANDS, APART, UNKNOWN };

static bool leads_to(const struct aws_view *v, size_t from, size_t to)
{
    size_t *path = arena_array(v->arena, v->graph->count + 1, sizeof(*path));

    return from == to || topology_path(v->graph, from, to, path) > 0;
}

/* A queue that fills is what its consumer does not take: it stands on who reads it, whatever way
 * the call goes. */
static enum standing stands_on(const struct aws_view *v, const struct storm *s, size_t on,
                               size_t base)
{
    size_t a = s->nodes[on], b = s->nodes[base];
    bool queue = s->list[on]->on & (ON_SQS | ON_KINESIS),
         base_queue = s->list[base]->on & (ON_SQS | ON_KINESIS);

    if (a == SIZE_MAX || b == SIZE_MAX)
        return UNKNOWN;
    if (base_queue && !queue)
        return APART;
    if (leads_to(v, a, b) || (queue && leads_to(v, b, a)))
        return STANDS;
    return APART;
}

/* How many of the others stand on that one; by the usual order where the graph knows nothing. */
static double share_on(const struct aws_view *v, const struct storm *s, size_t base,
                       bool *ret_by_graph)
{
    size_t n = 0, known = 0, others = s->count - 1;

    for (size_t i = 0; i < s->count; i++) {
        enum standing how = i == base ? UNKNOWN : stands_on(v, s, i, base);

        known += how != UNKNOWN;
        n += how == STANDS ||
             (how == UNKNOWN && i != base && layer(s->list[base]->on) < layer(s->list[i]->on));
    }
    *ret_by_graph = known && (double)known >= KNOWN * (double)others;
    return others ? (double)n / (double)others : 0;
}

/* The first of those that most stand on. */
static void choose_base(const struct aws_view *v, struct storm *s)
{
    s->base = 0;
    s->by_graph = false;
    for (size_t i = 0; i < s->count; i++)
        s->nodes[i] = av_node_of(v, s->list[i]);
    for (size_t i = 0; i < s->count; i++) {
        bool by_graph;
        double share = share_on(v, s, i, &by_graph);

        if (!by_graph || s->list[i]->since_ms > s->list[0]->since_ms + LATE_MS)
            continue;
        if (!s->by_graph || share > s->share) {
            s->base = i;
            s->share = share;
        }
        s->by_graph = true;
    }
}

/* Without a graph: the first, when nothing that came later is below it and it was clearly first. */
static bool usual_order(const struct aws_view *v, const struct storm *s)
{
    for (size_t i = 1; i < s->count; i++) {
        if (layer(s->list[0]->on) > layer(s->list[i]->on))
            return false;
    }
    return s->list[1]->since_ms - s->list[0]->since_ms >= AHEAD_MS;
}

/* ---- the storm ---- */

static bool is_member(const struct aws_composite *c, const struct aws_alarm *a)
{
    for (size_t i = 0; i < c->firing_count; i++) {
        if (strcmp(c->firing[i], a->name) == 0)
            return true;
    }
    return false;
}

/* The members of the first composite that has enough of them. */
static void gather_members(const struct aws_view *v, struct storm *s)
{
    s->count = 0;
    VEC_EACH (c, &v->composites) {
        if (c->firing_count < 2) /* one is not together */
            continue;
        VEC_EACH (a, &v->alarms) {
            if (s->count < ALARMS_MAX && !a->composite && is_member(c, a))
                s->list[s->count++] = a;
        }
        return;
    }
}

static bool gather(const struct aws_view *v, struct storm *s)
{
    *s = (struct storm){.count = 0};
    VEC_EACH (a, &v->alarms) {
        if (a->composite || s->count == ALARMS_MAX ||
            (s->count && a->since_ms > s->list[0]->since_ms + WITHIN_MS))
            continue;
        s->list[s->count++] = a;
    }
    if ((double)s->count < ALARMS)
        gather_members(v, s);
    return s->count >= 2;
}

static const char *list_names(struct aws_view *v, const struct storm *s)
{
    struct buf out = BUF_INIT(4096);
    const char *text;
    size_t shown = 0;

    for (size_t i = 0; i < s->count && shown < 4; i++) {
        if (i != s->base)
            buf_addf(&out, "%s%s", shown++ ? ", " : "", s->list[i]->name);
    }
    if (s->count - 1 > shown)
        buf_addf(&out, " and %zu more", s->count - 1 - shown);
    text = arena_strdup(v->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

/* "composite alarm shop-down is made of them (its actions are suppressed)". */
static const char *composites_text(struct aws_view *v)
{
    struct buf out = BUF_INIT(4096);
    const char *text;

    VEC_EACH (c, &v->composites)
        buf_addf(&out, "%scomposite alarm %s is made of %zu of those that are on%s",
                 out.len ? "; " : "", c->name, c->firing_count,
                 c->suppressed ? ", and its actions are suppressed" : "");
    text = out.len ? arena_strdup(v->arena, buf_cstr(&out)) : NULL;
    buf_release(&out);
    return text;
}

static void culprit(struct aws_view *v, struct aws_finding *f, const struct aws_alarm *base)
{
    struct aws_culprit *c = aws_find_culprit(f);

    c->statement = arena_printf(v->arena, "%s, which alarm %s counts, is where it began",
                                about(v, base), base->name);
    c->resource = av_key(v, "alarm", base->name);
    c->service = *base->of ? av_plain(v, base->of) : "";
    c->evidence = arena_printf(v->arena, "%s at %s: %.200s", base->name,
                               av_clock(v, base->since_ms), base->reason);
    c->query = base->query;
    c->name = base->name;
    c->at_ms = base->since_ms;
    c->item = base->item;
    c->ask = (struct aws_follow){
        .service = "cloudwatch",
        .operation = "DescribeAlarmHistory",
        .params = arena_printf(v->arena, "{\"AlarmName\":%s,\"HistoryItemType\":\"StateUpdate\"}",
                               aws_json(v, base->name)),
        .title = arena_printf(v->arena, "history of alarm %s", base->name)};
    aws_culprit_var(c, "alarm", base->name);
}

/* Why it is that one. */
static const char *order_text(struct aws_view *v, const struct storm *s, bool strong)
{
    size_t others = s->count - 1, on = (size_t)(s->share * (double)others + 0.5);

    if (s->by_graph && strong)
        return arena_printf(v->arena, "what %zu of the %zu others count stands on %s (%s)", on,
                            others, about(v, s->list[s->base]),
                            v->graph_from ? v->graph_from : "the service graph");
    if (s->by_graph)
        return arena_printf(v->arena, "they do not stand on one of them (%s)",
                            v->graph_from ? v->graph_from : "the service graph");
    if (strong)
        return arena_printf(v->arena,
                            "it was %s ahead of the next, and what the others count "
                            "stands on it by its kind",
                            av_ago(v, s->list[1]->since_ms - s->list[0]->since_ms));
    return NULL;
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    const struct aws_alarm *base;
    struct aws_finding *f;
    struct storm s;
    bool strong;

    if (!gather(v, &s) || !(f = aws_find(out)))
        return;
    choose_base(v, &s);
    strong = s.by_graph ? s.share >= SHARE : usual_order(v, &s);
    s.base = strong ? s.base : 0;
    base = s.list[s.base];
    f->strength = strong ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->severity = 0.4;
    f->query = base->query;
    f->at_ms = base->since_ms;
    f->metric = "alarms";
    f->unit = "count";
    f->value = (double)s.count;
    f->service = *base->of ? av_plain(v, base->of) : "";
    f->resource = av_key(v, "alarm", base->name);
    f->claim = arena_printf(v->arena, "%zu alarms came together", s.count);
    f->evidence = arena_printf(v->arena, "%s at %s, with %s", base->name,
                               av_clock(v, base->since_ms), list_names(v, &s));
    f->second = order_text(v, &s, strong);
    f->second_query = s.by_graph && v->graph_query ? v->graph_query : base->query;
    f->third = v->composite_query ? composites_text(v) : NULL;
    f->third_query = v->composite_query;
    for (size_t i = 0; i < s.count; i++)
        aws_find_name(f, *s.list[i]->of ? av_plain(v, s.list[i]->of) : s.list[i]->name);
    aws_find_var(f, "alarm", base->name);
    if (strong)
        culprit(v, f, base);
}

/* One that goes on and off all the time began nothing. */
static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    size_t turns = 0;

    VALUE_EACH (h, items) {
        if (av_has(av_str(h, "HistorySummary"), "to ALARM") &&
            av_time(h, "Timestamp") < c->at_ms - WITHIN_MS / 30 &&
            av_time(h, "Timestamp") > c->at_ms - INT64_C(24) * 3600000)
            turns++;
    }
    r->strength = turns > 3 ? STRENGTH_CONTRADICTS : STRENGTH_STRONG;
    r->evidence = turns > 3
                      ? arena_printf(v->arena, "%s was on %zu times in the day before as well",
                                     c->name, turns)
                      : arena_printf(v->arena, "%s was %s the day before", c->name,
                                     turns ? "hardly on" : "not on");
}

static const char *const needs[] = {"alarms", NULL};
static const char *const words[] = {"alarm", "alert", "everything", "storm", "many", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "begin with what alarm {alarm} counts; leave the other alarms until it is OK",
     .command = "aws cloudwatch describe-alarms --alarm-names {alarm} --region {region}",
     .rollback = "nothing is changed",
     .risk = APPROVAL_LOW,
     .watch = "the other alarms go back to OK after it"},
    {.action = NULL},
};
static const char *const checks[] = {"what the first alarm counts, and what stands on it", NULL};

const struct aws_pattern aws_pattern_alarm_storm = {
    .id = "alarm_storm",
    .kind = "availability",
    .category = CATEGORY_UNKNOWN,
    .on = ON_ALL,
    .rank = 30,
    .words = words,
    .claim = "many alarms have one root",
    .rationale = "what stands on something fails with it, a little later",
    .refutes = "the alarms have nothing in common, or the first one is on all the time",
    .quiet = "no storm of alarms",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

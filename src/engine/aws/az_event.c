/* az_event.c - what fails stands in one availability zone, and the same kind of thing is well in
 * the others. Whether AWS knows of it is asked of AWS Health afterwards: not every account may, and
 * AWS may be late, so its silence refutes nothing. */
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"bad", 2.0, "count", "things that fail in the zone; one is one machine"},
    {"share", 0.5, "ratio", "of what stands in the zone"},
    {"well", 2.0, "count", "things that are well in other zones: else it is not the zone"},
    {.name = NULL},
};
#define BAD LIMIT(0)
#define SHARE LIMIT(1)
#define WELL LIMIT(2)

#define ZONES 8
struct zone {
    const char *name, *first; /* of the things that fail */
    size_t bad, all;
};
struct zones {
    struct zone list[ZONES];
    size_t count;
    uint64_t status, targets; /* what was read */
    size_t bad_status, bad_targets;
};

static struct zone *zone_at(struct zones *z, const char *name)
{
    for (size_t i = 0; i < z->count; i++) {
        if (strcmp(z->list[i].name, name) == 0)
            return &z->list[i];
    }
    if (!*name || z->count == ZONES)
        return NULL;
    z->list[z->count] = (struct zone){.name = name, .first = ""};
    return &z->list[z->count++];
}

static void count(struct zones *z, const char *zone, const char *id, bool bad)
{
    struct zone *at = zone_at(z, zone);

    if (!at)
        return;
    at->all++;
    at->bad += bad;
    if (bad && !*at->first)
        at->first = id;
}

static void count_instances(struct aws_view *v, struct zones *z)
{
    AV_DOCS(d, v, "ec2.status")
    {
        VALUE_EACH (s, d->items) {
            bool bad = strcmp(av_str(s, "systemStatus.status"), "impaired") == 0 ||
                       strcmp(av_str(s, "instanceStatus.status"), "impaired") == 0;

            count(z, av_str(s, "availabilityZone"), av_str(s, "instanceId"), bad);
            z->bad_status += bad;
            z->status = d->query;
        }
    }
}

static const char *zone_of(const struct aws_view *v, const struct value *t)
{
    AV_DOCS(d, v, "ec2.instances")
    {
        VALUE_EACH (i, d->items) {
            if (strcmp(av_str(i, "instanceId"), av_str(t, "Target.Id")) == 0)
                return av_str(i, "placement.availabilityZone");
        }
    }
    return strcmp(av_str(t, "Target.AvailabilityZone"), "all") == 0
               ? ""
               : av_str(t, "Target.AvailabilityZone");
}

static void count_targets(struct aws_view *v, struct zones *z)
{
    AV_DOCS(d, v, "elb.health")
    {
        VALUE_EACH (t, d->items) {
            const char *state = av_str(t, "TargetHealth.State");
            bool bad = strcmp(state, "unhealthy") == 0 || strcmp(state, "unavailable") == 0;

            if (!bad && strcmp(state, "healthy") != 0)
                continue;
            count(z, zone_of(v, t), av_str(t, "Target.Id"), bad);
            z->bad_targets += bad;
            z->targets = d->query;
        }
    }
}

static struct aws_follow ask_health(struct aws_view *v)
{
    return (struct aws_follow){
        .service = "health",
        .operation = "DescribeEvents",
        .params = arena_printf(v->arena,
                               "{\"filter\":{\"eventStatusCodes\":[\"open\"],"
                               "\"eventTypeCategories\":[\"issue\"],\"regions\":[%s]}}",
                               aws_json(v, v->region)),
        .region = "us-east-1",
        .title = "what AWS Health says"};
}

static void found(struct aws_view *v, struct aws_findings *out, const struct zones *z,
                  const struct zone *bad, size_t elsewhere)
{
    struct aws_finding *f = aws_find(out);
    struct aws_culprit *c;

    if (!f)
        return;
    f->severity = 0.95;
    f->direct = true;
    f->query = z->bad_status ? z->status : z->targets;
    f->metric = "AvailabilityZone";
    f->unit = "count";
    f->value = (double)bad->bad;
    f->threshold = (double)bad->all;
    f->resource = av_key(v, "zone", bad->name);
    f->claim = arena_printf(v->arena, "availability zone %s has a problem", bad->name);
    f->evidence = arena_printf(v->arena, "%zu of %zu in %s fail (%s first), none of %zu elsewhere",
                               bad->bad, bad->all, bad->name, bad->first, elsewhere);
    if (z->bad_status && z->bad_targets) {
        f->second = arena_printf(v->arena, "%zu targets of load balancers there fail as well",
                                 z->bad_targets);
        f->second_query = z->targets;
    }
    if (v->onset_known)
        f->at_ms = v->onset_ms;
    aws_find_name(f, bad->name);
    aws_find_var(f, "zone", bad->name);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "AWS has an open issue in %s", bad->name);
    c->evidence = f->evidence;
    c->name = bad->name;
    c->ask = ask_health(v);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct zones z = {.count = 0};
    const struct zone *bad = NULL;
    size_t bad_zones = 0, elsewhere = 0;

    count_instances(v, &z);
    count_targets(v, &z);
    for (size_t i = 0; i < z.count; i++) {
        bad_zones += z.list[i].bad > 0;
        if (z.list[i].bad)
            bad = &z.list[i];
        else
            elsewhere += z.list[i].all;
    }
    if (bad_zones != 1 || bad->bad < BAD || elsewhere < WELL ||
        (double)bad->bad < SHARE * (double)bad->all)
        return;
    found(v, out, &z, bad, elsewhere);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    VALUE_EACH (e, items) {
        const char *zone = av_str(e, "availabilityZone");

        if (*zone && strcmp(zone, c->name) != 0)
            continue;
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->evidence = arena_printf(
            v->arena, "AWS Health: %s (%s) open since %s%s%s", av_str(e, "eventTypeCode"),
            av_str(e, "service"), av_clock(v, av_time(e, "startTime")), *zone ? ", in " : "", zone);
        return;
    }
    r->evidence = "AWS Health shows no open issue there";
}

static const char *const needs[] = {"ec2.status", "elb.health", "ec2.instances", NULL};
static const char *const words[] = {
    "zone", " az ", "availability zone", "outage", "impaired", "unreachable", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "take {zone} out: shift traffic away from it (zonal shift), and let groups launch "
               "in other zones",
     .command = "aws arc-zonal-shift list-zonal-shifts --region {region}",
     .rollback = "cancel the zonal shift when the zone is well",
     .risk = APPROVAL_HIGH,
     .watch = "no unhealthy targets, while the other zones carry the load"},
    {.action = NULL},
};
static const char *const checks[] = {
    "the AWS Health Dashboard, as AWS Health's API wants a support plan",
    "whether the other zones have the capacity for all", NULL};

const struct aws_pattern aws_pattern_az_event = {
    .id = "az_event",
    .kind = "availability",
    .category = CATEGORY_INFRASTRUCTURE,
    .on = ON_EC2 | ON_ELB | ON_ASG,
    .rank = 5,
    .words = words,
    .claim = "an availability zone has a problem",
    .rationale = "zones fail one at a time, with all that stands in them",
    .refutes = "what fails stands in several zones, or the zone's other things are well",
    .quiet = "nothing fails in one zone alone",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

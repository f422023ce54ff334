/* sg_change.c - somebody took a way away in the network: a rule of a security group, an entry of a
 * network ACL, a route; and since then connections do not come about. Whether it is still gone and
 * whether anything uses the group is read afterwards. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const char *const events[] = {"RevokeSecurityGroupIngress",
                                     "RevokeSecurityGroupEgress",
                                     "ModifySecurityGroupRules",
                                     "ModifyNetworkInterfaceAttribute",
                                     "DeleteNetworkAclEntry",
                                     "CreateNetworkAclEntry",
                                     "ReplaceNetworkAclEntry",
                                     "ReplaceNetworkAclAssociation",
                                     "DeleteRoute",
                                     "ReplaceRoute",
                                     "DeleteNatGateway",
                                     "DetachInternetGateway",
                                     "DeleteVpcPeeringConnection",
                                     NULL};

struct rule { /* of a security group, as an event or an answer says it */
    const char *protocol, *source;
    double from, to;
};

static const char *first_source(const struct value *p)
{
    static const char *const paths[][2] = {{"ipRanges", "cidrIp"},
                                           {"groups", "groupId"},
                                           {"ipv6Ranges", "cidrIpv6"},
                                           {"prefixListIds", "prefixListId"}};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        AV_EACH(one, p, paths[i][0])
        {
            if (*av_str(one, paths[i][1]))
                return av_str(one, paths[i][1]);
        }
    }
    return "";
}

static struct rule rule_of(const struct value *p)
{
    return (struct rule){av_str(p, "ipProtocol"), first_source(p), av_num(p, "fromPort"),
                         av_num(p, "toPort")};
}

static bool event_rule(const struct aws_event *e, struct rule *ret)
{
    AV_EACH(p, e->params, "ipPermissions")
    {
        *ret = rule_of(p);
        return *ret->protocol != '\0';
    }
    return false;
}

static bool has_source(const struct value *p, const char *source)
{
    static const char *const paths[][2] = {{"ipRanges", "cidrIp"},
                                           {"groups", "groupId"},
                                           {"ipv6Ranges", "cidrIpv6"},
                                           {"prefixListIds", "prefixListId"}};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        AV_EACH(one, p, paths[i][0])
        {
            if (strcmp(av_str(one, paths[i][1]), source) == 0)
                return true;
        }
    }
    return false;
}

/* Does `p` still let through what the rule let through? */
static bool covers(const struct value *p, const struct rule *r)
{
    struct rule have = rule_of(p);
    bool all = strcmp(have.protocol, "-1") == 0;

    if (!has_source(p, r->source) && !has_source(p, "0.0.0.0/0"))
        return false;
    return all ||
           (strcmp(have.protocol, r->protocol) == 0 && have.from <= r->from && have.to >= r->to);
}

static const char *where_of(const struct aws_event *e)
{
    static const char *const keys[] = {"groupId",      "networkAclId",       "routeTableId",
                                       "natGatewayId", "networkInterfaceId", NULL};

    for (const char *const *k = keys; *k; k++) {
        if (*av_str(e->params, *k))
            return av_str(e->params, *k);
    }
    return av_str(e->params, "ModifySecurityGroupRulesRequest.GroupId");
}

static const char *rule_text(struct aws_view *v, const struct aws_event *e)
{
    struct rule r;

    if (event_rule(e, &r))
        return isnan(r.from) ? arena_printf(v->arena, "all of %s from %s", r.protocol, r.source)
                             : arena_printf(v->arena, "%s %.0f from %s", r.protocol, r.from,
                                            *r.source ? r.source : "a source that is not told");
    if (*av_str(e->params, "destinationCidrBlock"))
        return arena_printf(v->arena, "the route to %s", av_str(e->params, "destinationCidrBlock"));
    if (!isnan(av_num(e->params, "ruleNumber")))
        return arena_printf(v->arena, "rule %.0f", av_num(e->params, "ruleNumber"));
    return "a rule";
}

/* What only opens closes nothing. */
static bool may_close(const struct aws_event *e)
{
    return strcmp(e->name, "CreateNetworkAclEntry") != 0 ||
           strcmp(av_str(e->params, "ruleAction"), "deny") == 0;
}

static struct aws_follow ask_group(struct aws_view *v, const struct aws_event *e, const char *where)
{
    const char *json = aws_json(v, where);
    struct aws_follow a = {.service = "ec2"};

    if (strncmp(where, "sg-", 3) == 0) {
        a.operation = "DescribeSecurityGroups";
        a.params = arena_printf(v->arena, "{\"GroupIds\":[%s]}", json);
    } else if (strncmp(where, "acl-", 4) == 0) {
        a.operation = "DescribeNetworkAcls";
        a.params = arena_printf(v->arena, "{\"NetworkAclIds\":[%s]}", json);
    } else if (strncmp(where, "rtb-", 4) == 0) {
        a.operation = "DescribeRouteTables";
        a.params = arena_printf(v->arena, "{\"RouteTableIds\":[%s]}", json);
    } else {
        a.service = NULL;
    }
    a.title = arena_printf(v->arena, "%s as it is now (%s)", where, e->name);
    return a;
}

/* The rule as `runbook act` says it, where the event says it whole. */
static void rule_vars(struct aws_view *v, struct aws_culprit *c, const struct aws_event *e)
{
    struct rule r;

    if (strncmp(c->name, "sg-", 3) != 0 || !event_rule(e, &r) || !*r.source)
        return;
    aws_culprit_var(c, "direction", strstr(e->name, "Egress") ? "egress" : "ingress");
    aws_culprit_var(c, "protocol", r.protocol);
    aws_culprit_var(c, "from", arena_printf(v->arena, "%.0f", isnan(r.from) ? -1 : r.from));
    aws_culprit_var(c, "to", arena_printf(v->arena, "%.0f", isnan(r.to) ? -1 : r.to));
    aws_culprit_var(c, "source", r.source);
}

static void blame(struct aws_view *v, struct aws_findings *out, const struct aws_event *e,
                  const struct aws_symptom *symptom)
{
    const char *where = where_of(e), *what = rule_text(v, e);
    struct aws_finding *f = aws_find(out);
    struct aws_culprit *c;

    if (!f)
        return;
    f->severity = 0.95;
    f->resource = av_key(v, "network", where);
    f->service = symptom->name ? symptom->name : "";
    f->metric = e->name;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->claim = arena_printf(v->arena, "a way through the network was closed at %s: %s on %s",
                            av_clock(v, e->t_ms), what, where);
    f->evidence = arena_printf(v->arena, "%s: %s on %s", av_event_text(v, e), what, where);
    f->second = arena_printf(v->arena, "since then: %s", symptom->text);
    f->second_query = symptom->query;
    aws_find_name(f, where);
    aws_find_name(f, symptom->name);
    aws_find_var(f, "group", where);
    aws_find_var(f, "what", what);
    aws_find_var(f, "who", e->who);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "%s keeps %s out: %s", where, what, av_event_text(v, e));
    c->evidence = f->evidence;
    c->event = e;
    c->name = where;
    c->at_ms = e->t_ms;
    c->ask = ask_group(v, e, where);
    rule_vars(v, c, e);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct aws_symptom symptom;
    int64_t from, to;

    if (!aws_symptom_connections(v, &symptom))
        return;
    aws_change_span(v, symptom.at_ms, &from, &to);
    for (size_t i = v->events.count; i-- > 0;) {
        const struct aws_event *e = &v->events.items[i];

        if (*e->error || !av_is_event(e, events) || !may_close(e) || !*where_of(e))
            continue;
        if (e->t_ms >= from && e->t_ms <= to)
            blame(v, out, e, &symptom);
    }
}

static void read_group(struct aws_view *v, const struct aws_culprit *c, const struct value *group,
                       struct aws_reading *r)
{
    bool out = strstr(c->event->name, "Egress") != NULL;
    struct rule rule;

    if (!event_rule(c->event, &rule)) {
        r->strength = STRENGTH_WEAK;
        r->evidence = "the event does not say which rule it was";
        return;
    }
    AV_EACH(p, group, out ? "ipPermissionsEgress" : "ipPermissions")
    {
        if (covers(p, &rule)) {
            r->strength = STRENGTH_CONTRADICTS;
            r->evidence =
                arena_printf(v->arena, "%s lets %s through again", c->name, rule_text(v, c->event));
            return;
        }
    }
    r->strength = STRENGTH_STRONG;
    r->evidence =
        arena_printf(v->arena, "%s still has no rule for %s", c->name, rule_text(v, c->event));
    r->next = (struct aws_follow){
        .service = "ec2",
        .operation = "DescribeNetworkInterfaces",
        .params = arena_printf(v->arena, "{\"Filters\":[{\"Name\":\"group-id\",\"Values\":[%s]}]}",
                               aws_json(v, c->name)),
        .title = arena_printf(v->arena, "who uses %s", c->name)};
}

static void read_use(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                     struct aws_reading *r)
{
    size_t n = value_count(items);
    const char *what = n ? av_str(value_at(items, 0), "description") : "";

    r->strength = n ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = n > 0;
    r->evidence =
        n ? arena_printf(v->arena, "%zu network interface%s use%s %s%s%s", n, n == 1 ? "" : "s",
                         n == 1 ? "s" : "", c->name, *what ? ": " : "", what)
          : arena_printf(v->arena, "nothing uses %s", c->name);
}

/* Of a route or an entry of an ACL: is it as the event left it? */
static void read_other(struct aws_view *v, const struct aws_culprit *c, const struct value *item,
                       struct aws_reading *r)
{
    const char *cidr = av_str(c->event->params, "destinationCidrBlock");
    double number = av_num(c->event->params, "ruleNumber");
    bool removed = strncmp(c->event->name, "Delete", 6) == 0, there = false;

    AV_EACH(route, item, "routeSet")
    there = there || (*cidr && strcmp(av_str(route, "destinationCidrBlock"), cidr) == 0);
    AV_EACH(entry, item, "entrySet")
    there = there || av_num(entry, "ruleNumber") == number;
    r->strength = there != removed ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = there != removed;
    r->evidence = arena_printf(v->arena, "%s: %s is %s", c->name, rule_text(v, c->event),
                               there ? "there" : "not there");
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    if (c->step == 1) {
        read_use(v, c, items, r);
        return;
    }
    if (!value_count(items)) {
        r->strength = STRENGTH_WEAK;
        r->evidence = arena_printf(v->arena, "%s is not there any more", c->name);
        return;
    }
    if (strncmp(c->name, "sg-", 3) == 0)
        read_group(v, c, value_at(items, 0), r);
    else
        read_other(v, c, value_at(items, 0), r);
}

static const char *const needs[] = {"trail", "elb.health", "elb.unhealthy", "alarms", NULL};
static const char *const words[] = {"security group", "connection", "timeout",
                                    "timed out",      "refused",    "network",
                                    "unreachable",    "unhealthy",  NULL};
static const struct aws_proposal proposals[] = {
    {.action = "put the rule back ({what} on {group}), after a word with {who}",
     .command = "",
     .rollback = "take it out again (aws.ec2.revoke-rule)",
     .risk = APPROVAL_HIGH,
     .watch = "targets become healthy, alarms go back to OK",
     .act = "aws.ec2.authorize-rule group={group} direction={direction} protocol={protocol} "
            "from={from} to={to} source={source} region={region} account={account}"},
    {.action = NULL},
};
static const char *const checks[] = {
    "the last changes of security groups, network ACLs and routes in CloudTrail",
    "a reachability analysis from a client to the target (VPC Reachability Analyzer)", NULL};

const struct aws_pattern aws_pattern_sg_change = {
    .id = "sg_change",
    .kind = "configuration",
    .category = CATEGORY_CONFIGURATION,
    .on = ON_NETWORK,
    .rank = 1,
    .words = words,
    .claim = "a change of the network keeps connections out",
    .rationale = "connections that fail from one minute to the next follow a change of rules",
    .refutes = "the rule is there, nothing uses the group, or connections failed before",
    .quiet = "no way through the network was closed shortly before connections failed",
    .needs = needs,
    .limits = aws_shared_limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

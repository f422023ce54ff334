/* aws_rules.c - rules of security groups: one is revoked, or authorized again as it was. A rule is
 * what it says (direction, protocol, ports, source), whatever its id is: the id of one that is
 * authorized again is another. Source: EC2 API Reference, SecurityGroupRule. */
#include <stdlib.h>
#include <string.h>

#include "aws_act.h"

static const char *const directions[] = {"ingress", "egress", NULL};

/* As security groups write them. A rule that is in the group already needs only its id. */
static const struct tool_param rule_params[] = {
    {"group", PARAM_STRING, true, NULL, 0, 0, NULL,
     "The group's id, such as sg-0123456789abcdef0."},
    {"rule", PARAM_STRING, false, "", 0, 0, NULL,
     "The rule's id (sgr-...); without it the rule is what the parameters below say."},
    {"direction", PARAM_ENUM, false, "ingress", 0, 0, directions, "ingress or egress."},
    {"protocol", PARAM_STRING, false, "tcp", 0, 0, NULL,
     "tcp, udp, icmp, a number, or -1 for all."},
    {"from", PARAM_INT, false, "-1", -1, 65535, NULL, "The first port; -1: all."},
    {"to", PARAM_INT, false, "-1", -1, 65535, NULL, "The last port."},
    {"source", PARAM_STRING, false, "", 0, 0, NULL,
     "Who: a network (CIDR, IPv4 or IPv6), sg-... or pl-..."},
    {"description", PARAM_STRING, false, "", 0, 0, NULL, "What it is there for."},
    AWS_PLACE_PARAMS,
    {NULL},
};

/* A rule as it was asked for or read. */
struct rule {
    const char *id, *protocol, *from, *to, *source, *description;
    bool egress;
};

static enum err_code read_rules(struct act *a, struct err *err)
{
    const char *group = act_arg(a, "group"), *rule = act_arg(a, "rule");
    const char *source = act_arg(a, "source"), *filter;

    if (act_aws_word_ok("group", group, err) || act_aws_begin(a, err))
        return err->code;
    if (strncmp(group, "sg-", 3) != 0)
        return err_set(err, ERR_INPUT, "'%.40s' is no id of a security group", group);
    if (!*rule == !*source)
        return err_set(err, ERR_INPUT, "name the rule by its id, or by its source");
    if (act_aws_word_ok("rule", *rule ? rule : source, err) ||
        act_aws_word_ok("protocol",
                        strcmp(act_arg(a, "protocol"), "-1") == 0 ? "all" : act_arg(a, "protocol"),
                        err))
        return err->code;
    filter = arena_printf(a->arena, "[{\"Name\":\"group-id\",\"Values\":[\"%s\"]}]", group);
    act_aws_ask(a, "ec2", "DescribeSecurityGroupRules",
                act_aws_params(a, "Filters:", filter, (char *)NULL));
    act_aws_ask(a, "ec2", "DescribeNetworkInterfaces",
                act_aws_params(a, "Filters:", filter, (char *)NULL));
    return ERR_OK;
}

static const char *first_of(struct act *a, const struct value *v, const char *const *paths)
{
    for (; *paths; paths++)
        if (*act_aws_text(a, v, *paths))
            return act_aws_text(a, v, *paths);
    return "";
}

static struct rule rule_of(struct act *a, const struct value *v)
{
    static const char *const sources[] = {"cidrIpv4", "cidrIpv6", "referencedGroupInfo.groupId",
                                          "prefixListId", NULL};

    return (struct rule){.id = act_aws_text(a, v, "securityGroupRuleId"),
                         .protocol = act_aws_text(a, v, "ipProtocol"),
                         .from = act_aws_text(a, v, "fromPort"),
                         .to = act_aws_text(a, v, "toPort"),
                         .source = first_of(a, v, sources),
                         .description = act_aws_text(a, v, "description"),
                         .egress = act_aws_flag(a, v, "isEgress")};
}

static struct rule wanted(struct act *a)
{
    int64_t to = act_arg_int(a, "to", -1), from = act_arg_int(a, "from", -1);

    return (struct rule){.id = "",
                         .protocol = act_arg(a, "protocol"),
                         .from = act_aws_num(a, from),
                         .to = act_aws_num(a, to < 0 && from >= 0 ? from : to),
                         .source = act_arg(a, "source"),
                         .description = act_arg(a, "description"),
                         .egress = strcmp(act_arg(a, "direction"), "egress") == 0};
}

/* Of "all" there are no ports. */
static bool same_ports(const struct rule *x, const struct rule *y)
{
    if (strcmp(x->protocol, "-1") == 0)
        return true;
    return strcmp(*x->from ? x->from : "-1", *y->from ? y->from : "-1") == 0 &&
           strcmp(*x->to ? x->to : "-1", *y->to ? y->to : "-1") == 0;
}

static bool same_rule(const struct rule *x, const struct rule *y)
{
    return x->egress == y->egress && strcmp(x->protocol, y->protocol) == 0 && same_ports(x, y) &&
           strcmp(x->source, y->source) == 0;
}

/* The one that was asked for. False: the group has none such, or it could not be read. */
static bool find(struct act *a, struct rule *ret, struct err *err)
{
    const struct value *items = act_aws_items(a, 1, err);
    struct rule want = wanted(a);
    const char *id = act_arg(a, "rule");

    VALUE_EACH (it, items) {
        struct rule r = rule_of(a, it);

        if (*id ? strcmp(r.id, id) == 0 : same_rule(&r, &want)) {
            *ret = r;
            return true;
        }
    }
    return false;
}

static const char *words_of(struct act *a, const struct rule *r)
{
    const char *ports = strcmp(r->protocol, "-1") == 0 || !*r->from || *r->from == '-' ? "all ports"
                        : strcmp(r->from, r->to) == 0
                            ? arena_printf(a->arena, "port %s", r->from)
                            : arena_printf(a->arena, "ports %s-%s", r->from, r->to);

    return arena_printf(a->arena, "%s %s %s %s%s%s%s", r->egress ? "out" : "in",
                        strcmp(r->protocol, "-1") == 0 ? "all" : r->protocol, ports,
                        r->egress ? "to " : "from ", r->source, *r->description ? ": " : "",
                        r->description);
}

static const char *users_of(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *items = act_aws_items(a, 2, &err);

    if (!items)
        return "who uses the group could not be read";
    return arena_printf(a->arena, "%zu network interface%s in this group", value_count(items),
                        value_count(items) == 1 ? "" : "s");
}

static const char *back_args(struct act *a, const struct rule *r)
{
    return act_aws_back_args(
        a, "group", act_arg(a, "group"), "direction", r->egress ? "egress" : "ingress", "protocol",
        r->protocol, "from:", *r->from ? r->from : "-1", "to:", *r->to ? r->to : "-1", "source",
        r->source, "description", *r->description ? r->description : NULL, (char *)NULL);
}

static void plan_common(struct act *a, const struct rule *r)
{
    struct act_plan *p = &a->plan;
    const char *group = act_arg(a, "group");

    act_aws_place(a, arena_printf(a->arena, "%s %s", group, words_of(a, r)),
                  act_aws_arn(a, "ec2", arena_printf(a->arena, "security-group/%s", group)));
    p->facts = act_object(a, "account", act_aws_number(a), "rule", words_of(a, r), (char *)NULL);
    p->cost = "no money";
    p->blast = users_of(a);
    p->duration_ms = 5000;
}

/* ---- revoke ---- */

static enum err_code plan_revoke(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *group = act_arg(a, "group");
    struct rule r;

    if (!find(a, &r, err)) {
        if (err->code)
            return err->code;
        if (*act_arg(a, "rule"))
            return err_set(err, ERR_NOT_FOUND, "%s has no rule %s", group, act_arg(a, "rule"));
        r = wanted(a);
        p->already = "the group has no such rule";
    }
    plan_common(a, &r);
    p->before = words_of(a, &r);
    p->after = "the rule is gone";
    p->effect = arena_printf(a->arena,
                             "new connections by it are refused; those that are open "
                             "may stay. %s",
                             r.egress ? "What goes out by it stops"
                                      : "Who came in by it does not "
                                        "any more");
    p->watch = "connections that are refused now and should not be";
    p->rollback = "the same rule is authorized again, under another id: runbook undo";
    p->rollback_operation = "aws.ec2.authorize-rule";
    p->rollback_args = back_args(a, &r);
    p->verb = r.egress ? "revoke-security-group-egress" : NULL;
    act_aws_try_and_do(
        a, "ec2", r.egress ? "RevokeSecurityGroupEgress" : "RevokeSecurityGroupIngress",
        act_aws_params(a, "GroupId", group, "SecurityGroupRuleIds[]", r.id, (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_revoke(struct act *a)
{
    struct err err = ERR_INIT;
    struct rule r;
    bool there = find(a, &r, &err);

    a->said = err.code ? arena_strdup(a->arena, err.msg)
              : there  ? "the rule is still there"
                       : "the rule is gone";
    return !there && !err.code ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_ec2_revoke_rule = {
    .name = "aws.ec2.revoke-rule",
    .risk = "aws.ec2.revoke-security-group-ingress",
    .uses = AWS_USES("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroupRules",
                     "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
    .help = "Take a rule out of a security group.",
    .undo = "the same rule is authorized again",
    .resource_type = "security-group",
    .params = rule_params,
    .floor = RISK_HIGH,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_rules,
    .plan = plan_revoke,
    .verify = verify_revoke,
    .available = act_aws_available,
};

/* ---- authorize ---- */

/* The list's members by their names on the wire: what a source is decides where it stands. */
static const char *permission(struct act *a, const struct rule *r)
{
    const char *source = strncmp(r->source, "sg-", 3) == 0   ? "IpPermissions.1.Groups.1.GroupId"
                         : strncmp(r->source, "pl-", 3) == 0 ? "IpPermissions.1.PrefixListIds.1."
                                                               "PrefixListId"
                         : strchr(r->source, ':')            ? "IpPermissions.1.Ipv6Ranges.1."
                                                               "CidrIpv6"
                                                             : "IpPermissions.1.IpRanges.1.CidrIp";
    struct str entry = str_from(source);
    bool ports = strcmp(r->protocol, "-1") != 0;

    while (entry.len && entry.ptr[entry.len - 1] != '.')
        entry.len--;
    return act_aws_params(a, "GroupId", act_arg(a, "group"), "IpPermissions.1.IpProtocol",
                          r->protocol, "IpPermissions.1.FromPort", ports ? r->from : NULL,
                          "IpPermissions.1.ToPort", ports ? r->to : NULL, source, r->source,
                          arena_printf(a->arena, "%.*sDescription", STR_FMT(entry)),
                          *r->description ? r->description : NULL, (char *)NULL);
}

static enum err_code plan_authorize(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    struct rule r, there;

    if (*act_arg(a, "rule"))
        return err_set(err, ERR_INPUT, "a new rule has no id yet: say its source");
    r = wanted(a);
    if (find(a, &there, err))
        p->already = "the group has this rule already";
    else if (err->code)
        return err->code;
    plan_common(a, &r);
    p->before = "the group has no such rule";
    p->after = words_of(a, &r);
    p->effect = "who comes by it gets through";
    p->watch = "who connects now";
    p->rollback = "the rule is revoked: runbook undo";
    p->rollback_operation = "aws.ec2.revoke-rule";
    p->rollback_args = back_args(a, &r);
    p->verb = r.egress ? "authorize-security-group-egress" : NULL;
    act_aws_try_and_do(a, "ec2",
                       r.egress ? "AuthorizeSecurityGroupEgress" : "AuthorizeSecurityGroupIngress",
                       permission(a, &r));
    return ERR_OK;
}

static enum act_check verify_authorize(struct act *a)
{
    struct err err = ERR_INIT;
    struct rule r;
    bool there = find(a, &r, &err);

    a->said = err.code ? arena_strdup(a->arena, err.msg)
              : there  ? arena_printf(a->arena, "it is there as %s", r.id)
                       : "the group has no such rule";
    return there ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_ec2_authorize_rule = {
    .name = "aws.ec2.authorize-rule",
    .risk = "aws.ec2.authorize-security-group-ingress",
    .uses = AWS_USES("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroupRules",
                     "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"),
    .help = "Put a rule into a security group, such as one that was revoked.",
    .undo = "the rule is revoked",
    .resource_type = "security-group",
    .params = rule_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_rules,
    .plan = plan_authorize,
    .verify = verify_authorize,
    .available = act_aws_available,
};

/* iam_deny.c - somebody who was allowed is not any more: calls that are denied since a change of a
 * policy. What was always denied is how somebody works. Whether the permission is still gone is
 * read afterwards. */
#include <string.h>

#include "logs.h"
#include "patterns.h"

static const struct aws_limit limits[] = {
    {"denied", 3.0, "count", "calls of one kind of one principal; one is a mistake at a console"},
    {"chronic", 0.5, "ratio", "denied before the onset, of those since: then it is not new"},
    {.name = NULL},
};
#define DENIED LIMIT(0)
#define CHRONIC LIMIT(1)

static const char *const codes[] = {"AccessDenied", "UnauthorizedOperation", "NotAuthorized",
                                    "Forbidden", NULL};
static const char *const changes[] = {"DetachRolePolicy",
                                      "DeleteRolePolicy",
                                      "PutRolePolicy",
                                      "DetachUserPolicy",
                                      "DeleteUserPolicy",
                                      "PutUserPolicy",
                                      "DetachGroupPolicy",
                                      "RemoveUserFromGroup",
                                      "CreatePolicyVersion",
                                      "SetDefaultPolicyVersion",
                                      "DeletePolicy",
                                      "UpdateAssumeRolePolicy",
                                      "PutRolePermissionsBoundary",
                                      "DeleteRole",
                                      "PutBucketPolicy",
                                      "DeleteBucketPolicy",
                                      "PutKeyPolicy",
                                      "RevokeGrant",
                                      "RemovePermission",
                                      "SetQueueAttributes",
                                      "AttachPolicy",
                                      "DetachPolicy",
                                      NULL};
/* Policies of a resource or of the whole organisation: whoever is denied may be denied by them. */
static const char *const of_others[] = {
    "PutBucketPolicy",  "DeleteBucketPolicy", "PutKeyPolicy",        "RevokeGrant",
    "RemovePermission", "SetQueueAttributes", "CreatePolicyVersion", "SetDefaultPolicyVersion",
    "DeletePolicy",     "AttachPolicy",       "DetachPolicy",        NULL};

static const char *name_of(const struct aws_event *e)
{
    static const char *const keys[] = {"roleName",     "userName",   "groupName",
                                       "policyArn",    "bucketName", "keyId",
                                       "functionName", "queueUrl",   NULL};

    for (const char *const *k = keys; *k; k++) {
        if (*av_str(e->params, *k))
            return av_str(e->params, *k);
    }
    return "";
}

static bool concerns(const struct aws_event *change, const struct aws_event *denied)
{
    const char *name = name_of(change);

    return av_is_event(change, of_others) ||
           (*name && (av_names(denied->who, name) || av_names(denied->principal, name)));
}

static const struct aws_event *change_before(struct aws_view *v, const struct aws_event *denied)
{
    int64_t before = (int64_t)(av_limit(v, &aws_shared_limits[0]) * 1000),
            after = (int64_t)(av_limit(v, &aws_shared_limits[1]) * 1000);
    const struct aws_event *last = NULL;

    VEC_EACH (e, &v->events) {
        if (!*e->error && av_is_event(e, changes) && e->t_ms >= denied->t_ms - before &&
            e->t_ms <= denied->t_ms + after && concerns(e, denied))
            last = e;
    }
    return last;
}

static struct aws_follow ask_policy(struct aws_view *v, const struct aws_event *e)
{
    const char *role = av_str(e->params, "roleName"), *bucket = av_str(e->params, "bucketName");
    struct aws_follow a = {.title = arena_printf(v->arena, "what %s may now", name_of(e))};

    if (*role && strcmp(e->name, "DetachRolePolicy") == 0) {
        a.service = "iam";
        a.operation = "ListAttachedRolePolicies";
        a.params = arena_printf(v->arena, "{\"RoleName\":%s}", aws_json(v, role));
    } else if (*role && *av_str(e->params, "policyName")) {
        a.service = "iam";
        a.operation = "ListRolePolicies";
        a.params = arena_printf(v->arena, "{\"RoleName\":%s}", aws_json(v, role));
    } else if (*bucket) {
        a.service = "s3";
        a.operation = "GetBucketPolicy";
        a.params = arena_printf(v->arena, "{\"Bucket\":%s}", aws_json(v, bucket));
    }
    return a;
}

static void blame_change(struct aws_view *v, struct aws_finding *f, const struct aws_event *e)
{
    struct aws_culprit *c = aws_find_culprit(f);
    const char *policy = *av_str(e->params, "policyArn") ? av_tail(av_str(e->params, "policyArn"))
                                                         : av_str(e->params, "policyName");

    c->statement = arena_printf(v->arena, "%s by %s took the permission away (%s%s%s)", e->name,
                                e->who, name_of(e), *policy ? ", " : "", policy);
    c->resource = av_key(v, "iam", av_tail(name_of(e)));
    c->evidence =
        arena_printf(v->arena, "%s: %s%s%s, %s before the first denied call", av_event_text(v, e),
                     name_of(e), *policy ? ", policy " : "", policy, av_ago(v, f->at_ms - e->t_ms));
    c->query = e->query;
    c->event = e;
    c->at_ms = e->t_ms;
    c->ask = ask_policy(v, e);
    aws_culprit_var(c, "change", e->name);
    aws_culprit_var(c, "by", e->who);
    aws_culprit_var(c, "policy", policy);
    aws_culprit_var(c, "policy_arn", av_str(e->params, "policyArn"));
    aws_culprit_var(c, "role", av_str(e->params, "roleName"));
}

/* The first of them since it began; earlier ones are another story. */
static const struct aws_event *first_since(const struct aws_view *v, const struct aws_event *like)
{
    VEC_EACH (e, &v->events) {
        if (*e->error && av_has_any(e->error, codes) && strcmp(e->who, like->who) == 0 &&
            strcmp(e->name, like->name) == 0 && e->t_ms >= v->onset_ms - INT64_C(600000))
            return e;
    }
    return like;
}

static void found(struct aws_view *v, struct aws_findings *out, const struct aws_group *g)
{
    const struct aws_event *first = first_since(v, g->first), *change = change_before(v, first);
    struct aws_finding *f = aws_find(out);

    if (!f)
        return;
    f->severity = change ? 0.9 : 0.6;
    f->strength = change ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = true;
    f->query = first->query;
    f->at_ms = first->t_ms;
    f->metric = "AccessDenied";
    f->unit = "count";
    f->value = (double)g->since;
    f->before = (double)(g->count - g->since);
    f->resource = av_key(v, "iam", av_tail(first->who));
    f->service = av_tail(first->who);
    f->claim = arena_printf(v->arena, "%s is denied %s", first->who, first->name);
    f->evidence = arena_printf(v->arena, "%zu calls of %s by %s denied since %s: %.160s", g->since,
                               first->name, first->who, av_clock(v, first->t_ms),
                               *first->message ? first->message : first->error);
    aws_find_name(f, av_tail(first->who));
    aws_find_name(f, first->who);
    aws_find_var(f, "who", first->who);
    aws_find_var(f, "call", first->name);
    if (change) {
        f->second =
            arena_printf(v->arena, "a policy was changed before: %s", av_event_text(v, change));
        f->second_query = change->query;
        blame_change(v, f, change);
    }
}

/* Who may what in a cluster of EKS stands in entries of its own, and who is refused is in the log
 * of its control plane, not in CloudTrail. Source: EKS User Guide, "Grant IAM users access to
 * Kubernetes with EKS access entries". */
static const char *const entry_events[] = {"DeleteAccessEntry", "UpdateAccessEntry",
                                           "DisassociateAccessPolicy", NULL};
#define DENIED_WORDS "?\"access denied\" ?Unauthorized ?Forbidden"

static void find_cluster(struct aws_view *v, struct aws_findings *out)
{
    struct aws_symptom sign;
    int64_t from, to;
    const struct aws_event *e;
    const char *cluster;
    struct aws_finding *f;
    struct aws_culprit *c;

    aws_change_span(v, v->onset_known ? v->onset_ms : 0, &from, &to);
    e = av_change(v, entry_events, from, to);
    cluster = e ? av_str(e->params, "name") : "";
    if (!*cluster || !aws_symptom_any(v, e->t_ms - (to - from), &sign) || !(f = aws_find(out)))
        return;
    f->strength = STRENGTH_WEAK; /* two things at one time: the log decides */
    f->severity = 0.7;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->metric = e->name;
    aws_find_about(v, f, "eks", cluster);
    f->claim = arena_printf(v->arena, "access to cluster %s was taken from %s", cluster,
                            av_tail(av_str(e->params, "principalArn")));
    f->evidence = arena_printf(v->arena, "%s (cluster %s, %s)", av_event_text(v, e), cluster,
                               av_tail(av_str(e->params, "principalArn")));
    f->second = sign.text;
    f->second_query = sign.query;
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "%s by %s keeps somebody out of cluster %s", e->name,
                                e->who, cluster);
    c->evidence = f->evidence;
    c->name = cluster;
    c->event = e;
    c->at_ms = e->t_ms;
    c->ask = aws_log_ask(v, AWS_LOG_CLUSTER, cluster, DENIED_WORDS, 20);
    aws_culprit_var(c, "change", e->name);
    aws_culprit_var(c, "by", e->who);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct aws_group groups[AWS_GROUPS];
    size_t n = av_group_errors(v, codes, groups);

    for (size_t i = 0; i < n; i++) {
        double before = (double)(groups[i].count - groups[i].since);

        if (groups[i].since >= DENIED && before < CHRONIC * (double)groups[i].since)
            found(v, out, &groups[i]);
    }
    find_cluster(v, out);
}

static void read_cluster(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                         struct aws_reading *r)
{
    if (!aws_log_read(v, c, items, DENIED_WORDS, r))
        aws_log_lines(v, items,
                      &(struct aws_log_words){"the log of its control plane",
                                              "the log of its control plane refuses nobody", 20,
                                              STRENGTH_CONTRADICTS},
                      r);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const char *arn = av_str(c->event->params, "policyArn"),
               *name = av_str(c->event->params, "policyName");
    bool there = false, put = strncmp(c->event->name, "Put", 3) == 0;

    if (strcmp(c->ask.service, "eks") == 0 || strcmp(c->ask.service, "logs") == 0) {
        read_cluster(v, c, items, r);
        return;
    }

    VALUE_EACH (p, items)
        there = there || (*arn && strcmp(av_str(p, "PolicyArn"), arn) == 0) ||
                (*name && (strcmp(av_str(p, "."), name) == 0 ||
                           strcmp(av_str(p, "PolicyName"), name) == 0)) ||
                *av_str(c->event->params, "bucketName");
    r->strength = there == put ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = there == put;
    r->evidence = arena_printf(v->arena, "%s %s %s",
                               *name  ? name
                               : *arn ? av_tail(arn)
                                      : "the policy",
                               there ? "stands in the policies of" : "is not among the policies of",
                               name_of(c->event));
}

static const char *const needs[] = {"trail", "trail.reads", NULL};
static const char *const words[] = {"denied", "permission", "unauthorized", "forbidden", "403",
                                    "iam",    "policy",     "role",         NULL};
static const struct aws_proposal proposals[] = {
    {.action = "attach {policy} to {role} again, after a word with {by}",
     .command = "aws iam attach-role-policy --role-name {role} --policy-arn {policy_arn}",
     .rollback = "aws iam detach-role-policy --role-name {role} --policy-arn {policy_arn}",
     .risk = APPROVAL_HIGH,
     .watch = "no more AccessDenied of {who} in CloudTrail"},
    {.action = "give {who} the permission for {call} back, after a word with who changed it",
     .command = "",
     .rollback = "take it away again",
     .risk = APPROVAL_HIGH,
     .watch = "no more AccessDenied of {who} in CloudTrail"},
    {.action = NULL},
};
static const char *const checks[] = {
    "what the IAM policy simulator says of the denied call",
    "organisation policies (SCP), boundaries and resource policies: they deny as well", NULL};

const struct aws_pattern aws_pattern_iam_deny = {
    .id = "iam_deny",
    .kind = "permission",
    .category = CATEGORY_CONFIGURATION,
    .on = ON_IAM,
    .rank = 3,
    .words = words,
    .claim = "calls are denied since a policy was changed",
    .rationale = "who is denied what was allowed an hour ago met another policy",
    .refutes = "the permission is there, or the same was denied before",
    .quiet = "nobody is denied what was allowed before",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

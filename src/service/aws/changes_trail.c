/* changes_trail.c - CloudTrail: who called what. Only what changes something is asked for
 * (ReadOnly=false); with a resource its name is looked up, too, which finds what lies behind the
 * newest events. Two lookups a second are allowed, which the definition says and the client keeps.
 * Source: CloudTrail API Reference, LookupEvents; CloudTrail User Guide, "CloudTrail record
 * contents". */
#include "changes_priv.h"

#define DAY_MS ((int64_t)86400000)
#define PAGES 20
#define NAME_TEXT_MAX 512

/* Calls that machines make all day and that change nothing for anybody: counted, not listed. */
static const char *const routine[] = {"AssumeRole",
                                      "AssumeRoleWithSAML",
                                      "AssumeRoleWithWebIdentity",
                                      "BatchPutMessage",
                                      "CreateLogStream",
                                      "CreateGrant",
                                      "Decrypt",
                                      "DiscoverPollEndpoint",
                                      "Encrypt",
                                      "ExecuteStatement",
                                      "FilterLogEvents",
                                      "GenerateDataKey",
                                      "GetLogEvents",
                                      "GetQueryResults",
                                      "OpenControlChannel",
                                      "OpenDataChannel",
                                      "Poll",
                                      "PollForTask",
                                      "PutComplianceItems",
                                      "PutEvaluations",
                                      "PutInventory",
                                      "PutLogEvents",
                                      "PutMetricData",
                                      "PutTraceSegments",
                                      "SendHeartbeat",
                                      "SendSSHPublicKey",
                                      "SharedSnapshotVolumeCreated",
                                      "StartLiveTail",
                                      "StartQuery",
                                      "StopQuery",
                                      "SubmitTaskStateChange",
                                      "SubmitContainerStateChange",
                                      "UpdateInstanceAssociationStatus",
                                      "UpdateInstanceInformation",
                                      NULL};

/* What a call is, by words of its name; the first that fits. */
static const struct {
    const char *word, *kind;
    bool begins;
} kinds[] = {
    {"SecurityGroup", "network", false},
    {"NetworkAcl", "network", false},
    {"Route", "network", false},
    {"ResourceRecordSets", "network", false},
    {"Vpc", "network", false},
    {"Subnet", "network", false},
    {"Gateway", "network", false},
    {"AccessKey", "access", false},
    {"Policy", "access", false},
    {"Role", "access", false},
    {"User", "access", false},
    {"Permission", "access", false},
    {"Grant", "access", false},
    {"LoginProfile", "access", false},
    {"MFADevice", "access", false},
    {"PublicAccessBlock", "access", false},
    {"ConsoleLogin", "access", false},
    {"UpdateService", "deployment", true},
    {"UpdateFunction", "deployment", true},
    {"PublishVersion", "deployment", true},
    {"UpdateAlias", "deployment", true},
    {"CreateAlias", "deployment", true},
    {"CreateDeployment", "deployment", true},
    {"StopDeployment", "deployment", true},
    {"StartPipelineExecution", "deployment", true},
    {"RegisterTaskDefinition", "deployment", true},
    {"UpdateStack", "deployment", true},
    {"CreateStack", "deployment", true},
    {"ExecuteChangeSet", "deployment", true},
    {"RollbackStack", "deployment", true},
    {"PutImage", "deployment", true},
    {"UpdateEnvironment", "deployment", true},
    {"StartInstanceRefresh", "deployment", true},
    {"SetDesiredCapacity", "scaling", true},
    {"UpdateAutoScalingGroup", "scaling", true},
    {"RegisterScalableTarget", "scaling", true},
    {"PutScaling", "scaling", true},
    {"Concurrency", "scaling", false},
    {"Delete", "deletion", true},
    {"Terminate", "deletion", true},
    {"Remove", "deletion", true},
    {"Start", "operation", true},
    {"Stop", "operation", true},
    {"Reboot", "operation", true},
    {"Failover", "operation", true},
    {"Restore", "operation", true},
    {"Run", "creation", true},
    {"Create", "creation", true},
};

/* Event sources that are called otherwise in the catalogue. */
static const struct {
    const char *source, *service;
} services[] = {
    {"monitoring", "cloudwatch"},
    {"elasticloadbalancing", "elbv2"},
    {"states", "stepfunctions"},
    {"email", "ses"},
    {"elasticfilesystem", "efs"},
    {"elasticmapreduce", "emr"},
    {"signin", "iam"},
    {"application-autoscaling", "application-autoscaling"},
    {"tagging", "resourcegroupstaggingapi"},
};

static bool is_routine(const char *call)
{
    for (size_t i = 0; routine[i]; i++)
        if (strcmp(routine[i], call) == 0)
            return true;
    return false;
}

static const char *kind_of(const char *call)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *at = strstr(call, kinds[i].word);

        if (at && (!kinds[i].begins || at == call))
            return kinds[i].kind;
    }
    return "configuration";
}

static const char *service_of(struct arena *a, struct str source)
{
    struct str first = source, rest = source;

    str_split(&rest, '.', &first);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        if (str_eq_c(first, services[i].source))
            return services[i].service;
    return arena_str(a, first);
}

/* "alice", "deploy (role ci)": the session of a role, and the role. */
static const char *actor_of(struct arena *a, const struct value *identity, const char *username)
{
    const char *type = value_cstr_or(identity, "type", "");
    const char *role = value_cstr_or(identity, "sessionContext.sessionIssuer.userName", "");
    const char *by = value_cstr_or(identity, "invokedBy", "");
    const char *name = value_cstr_or(identity, "userName", username);

    if (strcmp(type, "Root") == 0)
        return "root";
    if (strcmp(type, "AssumedRole") == 0 && *role)
        return arena_printf(a, "%s (role %s)", *username ? username : role, role);
    if (!*name && *by)
        return arena_strdup(a, by);
    return arena_strdup(a, *name ? name : value_cstr_or(identity, "principalId", ""));
}

/* ---- which resource ---- */

static bool ends_with_any(struct str key)
{
    static const char *const ends[] = {"Arn", "ARN", "Name", "Id", "ID", "Identifier", NULL};

    for (size_t i = 0; ends[i]; i++)
        if (str_ends(key, ends[i]))
            return true;
    return false;
}

/* Members that name what is changed where their form does not say so. */
static bool names_it(struct str key)
{
    static const char *const keys[] = {"service", "cluster", "stackName", "name",
                                       "bucket",  "id",      NULL};

    for (size_t i = 0; keys[i]; i++)
        if (str_eq_c(key, keys[i]))
            return true;
    return ends_with_any(key);
}

static void add_name(struct mark *m, struct arena *a, struct str text)
{
    if (text.len && text.len <= NAME_TEXT_MAX && m->name_count < NAMES_MAX)
        m->names[m->name_count++] = arena_str(a, text);
}

/* Names in a request or an answer, three levels deep ("instancesSet.items.0.instanceId"). */
static void add_names(struct mark *m, struct arena *a, const struct value *v, int depth)
{
    VALUE_EACH (it, v) {
        if (it->type == VALUE_STRING && (v->type == VALUE_ARRAY || names_it(it->key)))
            add_name(m, a, it->u.string);
        else if (depth < 3)
            add_names(m, a, it, depth + 1);
    }
}

/* The member of a request that names what is changed: "service" before "cluster", a thing before
 * the role it runs as. */
static struct str requested(const struct value *request)
{
    static const char *const first[] = {"service",
                                        "functionName",
                                        "dBInstanceIdentifier",
                                        "dBClusterIdentifier",
                                        "replicationGroupId",
                                        "cacheClusterId",
                                        "autoScalingGroupName",
                                        "stackName",
                                        "groupId",
                                        "bucketName",
                                        "tableName",
                                        "pipelineName",
                                        "applicationName",
                                        "userName",
                                        "roleName",
                                        "instanceId",
                                        "targetGroupArn",
                                        "loadBalancerArn",
                                        "hostedZoneId",
                                        "queueUrl",
                                        "topicArn",
                                        "name",
                                        "family",
                                        "cluster"};

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        struct str s = value_str_or(request, first[i], "");

        if (s.len)
            return s;
    }
    VALUE_EACH (it, request)
        if (it->type == VALUE_STRING && it->u.string.len && ends_with_any(it->key))
            return it->u.string;
    return value_str_or(request, "instancesSet.items.0.instanceId", "");
}

static const char *resource_of(struct arena *a, const struct value *event, const struct value *item)
{
    struct str s = requested(value_get(event, "requestParameters"));
    const struct value *list = value_get(item, "Resources");

    VALUE_EACH (it, list) {
        struct str name = value_str_or(it, "ResourceName", "");

        if (!s.len || (str_starts(name, "arn:") && str_eq(aws_resource_tail(name), s)))
            s = name;
    }
    return arena_str(a, s);
}

/* ---- one event ---- */

static void say(struct arena *a, struct mark *m, const char *call)
{
    struct str name = str_from(m->x.name);

    m->x.summary = arena_printf(a, "%s%s%.*s%s%.160s", call, name.len ? " of " : "", STR_FMT(name),
                                *m->x.error ? " refused: " : "", m->x.error);
}

static void read_event(struct source *s, const struct value *item, const struct value *event)
{
    struct arena *a = s->c->arena;
    const char *call = aws_text(a, item, "EventName"), *code = aws_text(a, event, "errorCode");
    const char *id = aws_text(a, item, "EventId");
    struct mark *m;

    if (!*call || value_bool_or(event, "readOnly", false))
        return;
    if (is_routine(call)) {
        s->told.routine++;
        return;
    }
    m = changes_add(s, aws_time_ms(value_get(item, "EventTime")), id, resource_of(a, event, item));
    if (!m)
        return;
    m->trail = true;
    m->x.kind = kind_of(call);
    m->x.call = call;
    m->x.service = service_of(a, value_str_or(item, "EventSource", ""));
    m->x.actor = actor_of(a, value_get(event, "userIdentity"), value_cstr_or(item, "Username", ""));
    m->x.from = aws_text(a, event, "sourceIPAddress");
    m->x.source = "cloudtrail:LookupEvents";
    if (*code) {
        m->x.outcome = AWS_OUTCOME_FAILED;
        m->x.error = arena_printf(a, "%s %s", code, aws_text(a, event, "errorMessage"));
    }
    VALUE_EACH (r, value_get(item, "Resources"))
        add_name(m, a, value_str_or(r, "ResourceName", ""));
    add_names(m, a, value_get(event, "requestParameters"), 0);
    add_names(m, a, value_get(event, "responseElements"), 0);
    say(a, m, call);
}

static bool on_events(void *ctx, const struct value *items)
{
    struct source *s = ctx;

    VALUE_EACH (item, items) {
        struct arena *scratch = arena_new(0);
        const struct value *event = NULL;
        struct err ignored = ERR_INIT;

        (void)json_parse(scratch, value_str_or(item, "CloudTrailEvent", ""), &event, &ignored);
        read_event(s, item, event);
        arena_free(scratch);
    }
    return true;
}

static void lookup(struct source *s, const char *key, const char *value, unsigned pages)
{
    const struct aws_changes_query *q = &s->c->q;
    const char *params =
        arena_printf(s->c->arena,
                     "{\"StartTime\":%.3f,\"EndTime\":%.3f,\"MaxResults\":50,\"LookupAttributes\":"
                     "[{\"AttributeKey\":\"%s\",\"AttributeValue\":%s}]}",
                     (double)changes_since(s) / 1000, (double)q->until_ms / 1000, key,
                     changes_quoted(s->c->arena, value));

    changes_ask(s, "LookupEvents", params,
                &(struct aws_batch_call){.max_pages = pages, .on_page = on_events});
}

static void start(struct source *s)
{
    const struct aws_changes_query *q = &s->c->q;

    if (q->resource) /* by the name as it was given: CloudTrail compares it whole */
        lookup(s, "ResourceName", q->resource, 4);
    lookup(s, "ReadOnly", "false", q->trail_pages ? q->trail_pages : PAGES);
}

const struct source_row changes_trail_row = {
    .name = "cloudtrail", .service = "cloudtrail", .reach_ms = 90 * DAY_MS, .start = start};

/* changes_events.c - what services say happened to their resources: Config's history, activities of
 * Auto Scaling groups, events of RDS and ElastiCache, and AWS Health. Source: the API references of
 * these services. */
#include "changes_priv.h"

#include <ctype.h>

#include "runbook/base/timefmt.h"

#define DAY_MS ((int64_t)86400000)

/* ---- AWS Config ---- */

/* "AWS::EC2::SecurityGroup": the service as the catalogue has it. */
static const char *service_of_type(struct arena *a, const char *type)
{
    static const char *const others[][2] = {{"elasticloadbalancingv2", "elbv2"},
                                            {"elasticloadbalancing", "elb"},
                                            {"certificatemanager", "acm"}};
    const char *at = strncmp(type, "AWS::", 5) == 0 ? type + 5 : type;
    char *name = arena_strndup(a, at, strcspn(at, ":"));

    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(others[i][0], name) == 0)
            return others[i][1];
    return *name ? name : "config";
}

static bool config_items(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;

    VALUE_EACH (item, items) {
        const char *status = aws_text(a, item, "configurationItemStatus");
        const char *type = aws_text(a, item, "resourceType"), *arn = aws_text(a, item, "arn");
        const char *id = aws_text(a, item, "resourceId"), *name = aws_text(a, item, "resourceName");
        int64_t at = aws_time_ms(value_get(item, "configurationItemCaptureTime"));
        struct mark *m = changes_add(s, at, arena_printf(a, "%s %s %lld", type, id, (long long)at),
                                     *arn ? arn : id);

        if (!m)
            continue;
        m->x.kind = strstr(status, "Deleted")      ? "deletion"
                    : strstr(status, "Discovered") ? "creation"
                                                   : "configuration";
        m->x.service = service_of_type(a, type);
        m->x.source = "config:GetResourceConfigHistory";
        m->x.summary = arena_printf(a, "configuration of %s %s was recorded: %s", type,
                                    *name ? name : id, *status ? status : "changed");
    }
    return true;
}

/* The kind of a resource that was named by id, name or ARN; then its history. */
static bool config_found(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;
    const struct aws_changes_query *q = &s->c->q;

    VALUE_EACH (item, items) {
        const struct value *row = NULL;
        struct err ignored = ERR_INIT;

        if (item->type != VALUE_STRING || json_parse(a, item->u.string, &row, &ignored))
            continue;
        changes_ask(s, "GetResourceConfigHistory",
                    arena_printf(a,
                                 "{\"resourceType\":%s,\"resourceId\":%s,\"laterTime\":%.3f,"
                                 "\"earlierTime\":%.3f,\"limit\":20}",
                                 changes_quoted(a, aws_text(a, row, "resourceType")),
                                 changes_quoted(a, aws_text(a, row, "resourceId")),
                                 (double)q->until_ms / 1000, (double)q->since_ms / 1000),
                    &(struct aws_batch_call){.on_page = config_items, .max_pages = 5});
    }
    return true;
}

/* Config's rows are texts of JSON. */
static bool config_rows(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;

    VALUE_EACH (item, items) {
        const struct value *row = NULL;
        struct err ignored = ERR_INIT;
        const char *type, *name;
        struct mark *m;
        int64_t at;

        if (item->type != VALUE_STRING || json_parse(a, item->u.string, &row, &ignored))
            continue;
        at = aws_time_ms(value_get(row, "configurationItemCaptureTime"));
        type = aws_text(a, row, "resourceType");
        name = aws_text(a, row, "resourceName");
        m = changes_add(
            s, at,
            arena_printf(a, "%s %s %lld", type, aws_text(a, row, "resourceId"), (long long)at),
            aws_text(a, row, "arn"));
        if (!m)
            continue;
        m->x.kind = "configuration";
        m->x.service = service_of_type(a, type);
        m->x.source = "config:SelectResourceConfig";
        m->x.summary =
            arena_printf(a, "configuration of %s %s was recorded", type, *name ? name : m->x.name);
    }
    return true;
}

/* The language has quotes of one kind and no way to escape them: a name with one is asked without
 * Config. */
static void config_start(struct source *s)
{
    const struct aws_changes_query *q = &s->c->q;
    struct arena *a = s->c->arena;
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    const char *what;

    time_format_rfc3339(q->since_ms, from);
    time_format_rfc3339(q->until_ms, to);
    if (q->resource && strchr(q->resource, '\'')) {
        s->told.end = AWS_END_INPUT;
        s->told.why = "a name with a quote cannot be asked for";
        return;
    }
    what = q->resource
               ? arena_printf(a,
                              "SELECT resourceId, resourceType WHERE resourceId = '%s' OR "
                              "resourceName = '%s' OR arn = '%s'",
                              q->resource, q->resource, q->resource)
               : arena_printf(a,
                              "SELECT resourceId, resourceName, resourceType, arn, "
                              "configurationItemCaptureTime WHERE configurationItemCaptureTime "
                              "BETWEEN '%s' AND '%s'",
                              from, to);
    changes_ask(s, "SelectResourceConfig",
                arena_printf(a, "{\"Expression\":%s,\"Limit\":100}", changes_quoted(a, what)),
                &(struct aws_batch_call){.on_page = q->resource ? config_found : config_rows,
                                         .max_pages = q->resource ? 1 : 5});
}

const struct source_row changes_config_row = {
    .name = "config", .service = "config", .start = config_start};

/* ---- Auto Scaling ---- */

static enum aws_outcome activity_outcome(struct str status)
{
    if (str_eq_c(status, "Successful"))
        return AWS_OUTCOME_OK;
    return str_eq_c(status, "Failed") || str_eq_c(status, "Cancelled") ? AWS_OUTCOME_FAILED
                                                                       : AWS_OUTCOME_RUNNING;
}

/* The newest first. */
static bool activities(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;

    VALUE_EACH (item, items) {
        int64_t at = aws_time_ms(value_get(item, "StartTime"));
        struct mark *m;

        if (at && at < s->c->q.since_ms)
            return false;
        m = changes_add(s, at, aws_text(a, item, "ActivityId"),
                        aws_text(a, item, "AutoScalingGroupName"));
        if (!m)
            continue;
        m->x.kind = "scaling";
        m->x.source = "autoscaling:DescribeScalingActivities";
        m->x.outcome = activity_outcome(value_str_or(item, "StatusCode", ""));
        m->x.error = m->x.outcome == AWS_OUTCOME_FAILED ? aws_text(a, item, "StatusMessage") : "";
        m->x.summary =
            arena_printf(a, "%s: %.160s%s%.160s", m->x.name, aws_text(a, item, "Description"),
                         *m->x.error ? ": " : "", m->x.error);
        if (m->name_count < NAMES_MAX)
            m->names[m->name_count++] = aws_text(a, item, "Cause");
    }
    return true;
}

static void scaling_start(struct source *s)
{
    changes_ask(s, "DescribeScalingActivities", "{\"MaxRecords\":100}",
                &(struct aws_batch_call){.on_page = activities, .max_pages = 10});
}

const struct source_row changes_scaling_row = {.name = "autoscaling",
                                               .service = "autoscaling",
                                               .reach_ms = 42 * DAY_MS,
                                               .concerns = "autoscaling ec2",
                                               .start = scaling_start};

/* ---- RDS and ElastiCache ---- */

/* What is done every day is no change. Source: RDS User Guide, "Amazon RDS event categories and
 * event messages". */
static const char *const daily[] = {
    "Backing up",         "Finished DB Instance backup", "backup", "automated snapshot",
    "Automated snapshot", "Snapshot succeeded",          NULL};
static const char *const bad_words[] = {"fail",         "error",    "unable",  "out of",
                                        "low storage",  "no space", "stopped", "crash",
                                        "inaccessible", NULL};

static bool has_any(struct str text, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (str_ifind(text, str_from(words[i])) >= 0)
            return true;
    return false;
}

/* A failover is no failure: it is what was to happen then. */
static bool is_bad(struct str text)
{
    return has_any(text, bad_words) &&
           (str_ifind(text, STR_LIT("failover")) < 0 || str_ifind(text, STR_LIT("failed")) >= 0);
}

static void database_event(struct source *s, const struct value *item, const char *origin)
{
    struct arena *a = s->c->arena;
    struct str text = value_str_or(item, "Message", "");
    const char *arn = aws_text(a, item, "SourceArn"), *id = aws_text(a, item, "SourceIdentifier");
    int64_t at = aws_time_ms(value_get(item, "Date"));
    struct mark *m;

    if (has_any(text, daily)) {
        s->told.routine += changes_in_window(s->c, at);
        return;
    }
    m = changes_add(s, at, arena_printf(a, "%s %lld %.80s", id, (long long)at, arena_str(a, text)),
                    *arn ? arn : id);
    if (!m)
        return;
    m->x.source = origin;
    m->x.outcome = is_bad(text) ? AWS_OUTCOME_FAILED : AWS_OUTCOME_OK;
    m->x.summary =
        arena_printf(a, "%s %s: %.300s", aws_text(a, item, "SourceType"), id, arena_str(a, text));
    m->x.error = m->x.outcome == AWS_OUTCOME_FAILED ? m->x.summary : "";
}

static bool rds_events(void *ctx, const struct value *items)
{
    VALUE_EACH (item, items)
        database_event(ctx, item, "rds:DescribeEvents");
    return true;
}

static bool elasticache_events(void *ctx, const struct value *items)
{
    VALUE_EACH (item, items)
        database_event(ctx, item, "elasticache:DescribeEvents");
    return true;
}

/* Both keep events for 14 days and refuse an older beginning. */
static const char *event_window(struct source *s)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    time_format_rfc3339(changes_since(s), from);
    time_format_rfc3339(s->c->q.until_ms, to);
    return arena_printf(s->c->arena, "{\"StartTime\":\"%s\",\"EndTime\":\"%s\",\"MaxRecords\":100}",
                        from, to);
}

static void rds_start(struct source *s)
{
    changes_ask(s, "DescribeEvents", event_window(s),
                &(struct aws_batch_call){.on_page = rds_events, .max_pages = 20});
}

static void elasticache_start(struct source *s)
{
    changes_ask(s, "DescribeEvents", event_window(s),
                &(struct aws_batch_call){.on_page = elasticache_events, .max_pages = 20});
}

const struct source_row changes_rds_row = {.name = "rds",
                                           .service = "rds",
                                           .reach_ms = 14 * DAY_MS,
                                           .concerns = "rds docdb neptune",
                                           .start = rds_start};
const struct source_row changes_elasticache_row = {.name = "elasticache",
                                                   .service = "elasticache",
                                                   .reach_ms = 14 * DAY_MS,
                                                   .concerns = "elasticache",
                                                   .start = elasticache_start};

/* ---- AWS Health ---- */

/* What AWS itself did or will do: a problem of theirs, maintenance. */
static bool health_events(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;

    VALUE_EACH (item, items) {
        const char *zone = aws_text(a, item, "availabilityZone"), *arn = aws_text(a, item, "arn");
        const char *status = aws_text(a, item, "statusCode");
        bool issue = str_eq_c(value_str_or(item, "eventTypeCategory", ""), "issue");
        struct mark *m = changes_add(s, aws_time_ms(value_get(item, "startTime")), arn, arn);

        if (!m)
            continue;
        m->alone = true;
        m->x.kind = "provider";
        m->x.actor = "AWS";
        m->x.source = "health:DescribeEvents";
        m->x.region = aws_text(a, item, "region");
        m->x.name = aws_text(a, item, "eventTypeCode");
        m->x.outcome = !issue                          ? AWS_OUTCOME_OK
                       : strcmp(status, "closed") == 0 ? AWS_OUTCOME_FAILED
                                                       : AWS_OUTCOME_RUNNING;
        m->x.summary = arena_printf(a, "%s %s: %s, %s%s%s", aws_text(a, item, "service"),
                                    aws_text(a, item, "eventTypeCategory"), m->x.name, status,
                                    *zone ? " in " : "", zone);
    }
    return true;
}

static void health_start(struct source *s)
{
    const struct aws_changes_query *q = &s->c->q;

    changes_ask(
        s, "DescribeEvents",
        arena_printf(s->c->arena,
                     "{\"filter\":{\"regions\":[\"%s\",\"global\"],\"startTimes\":[{\"from\":"
                     "%.3f,\"to\":%.3f}]},\"maxResults\":100}",
                     q->region, (double)q->since_ms / 1000, (double)q->until_ms / 1000),
        &(struct aws_batch_call){.on_page = health_events, .max_pages = 5});
}

const struct source_row changes_health_row = {
    .name = "health", .service = "health", .reach_ms = 90 * DAY_MS, .start = health_start};

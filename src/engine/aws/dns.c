/* dns.c - a name leads nowhere: a record that was changed shortly before it began, or a health
 * check of Route 53 that takes an answer away. Whether the record is still as the change left it is
 * read afterwards. */
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"failing", 0.5, "ratio",
     "of the checkers: Route 53 calls an endpoint healthy while more than 18 % of them do (Route "
     "53 "
     "Developer Guide, How Route 53 determines whether a health check is healthy)"},
    {.name = NULL},
};
#define FAILING LIMIT(0)

static const char *const events[] = {"ChangeResourceRecordSets", NULL};

static const struct value *change_in(const struct aws_event *e, const char **ret_action)
{
    const struct value *best = NULL;

    AV_EACH(c, e->params, "changeBatch.changes")
    {
        if (!best || strcmp(av_str(c, "action"), "DELETE") == 0) {
            best = value_get(c, "resourceRecordSet");
            *ret_action = av_str(c, "action");
        }
    }
    return best;
}

static void blame(struct aws_view *v, struct aws_findings *out, const struct aws_event *e,
                  const struct aws_symptom *symptom)
{
    const char *action = "", *name, *zone = av_tail(av_str(e->params, "hostedZoneId"));
    const struct value *record = change_in(e, &action);
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!record || strcmp(action, "CREATE") == 0 || !(f = aws_find(out)))
        return;
    name = av_str(record, "name");
    f->severity = 0.9;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->metric = "ChangeResourceRecordSets";
    f->resource = av_key(v, "dns", name);
    f->service = name;
    f->claim =
        arena_printf(v->arena, "record %s %s was %s at %s", name, av_str(record, "type"),
                     strcmp(action, "DELETE") == 0 ? "deleted" : "changed", av_clock(v, e->t_ms));
    f->evidence = arena_printf(v->arena, "%s: %s %s %s", av_event_text(v, e), action, name,
                               av_str(record, "type"));
    f->second = arena_printf(v->arena, "since then: %s", symptom->text);
    f->second_query = symptom->query;
    aws_find_name(f, name);
    aws_find_var(f, "record", name);
    aws_find_var(f, "zone_id", zone);
    aws_find_var(f, "who", e->who);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "%s of %s by %s", action, name, e->who);
    c->evidence = f->evidence;
    c->event = e;
    c->item = record;
    c->name = action;
    c->at_ms = e->t_ms;
    c->ask = (struct aws_follow){
        .service = "route53",
        .operation = "ListResourceRecordSets",
        .params = arena_printf(v->arena, "{\"HostedZoneId\":%s,\"StartRecordName\":%s}",
                               aws_json(v, zone), aws_json(v, name)),
        .title = arena_printf(v->arena, "record %s as it is now", name),
        .most = 20};
}

static void look_at_check(struct aws_view *v, struct aws_findings *out, const struct aws_doc *d)
{
    size_t bad = 0, all = 0;
    const char *why = "", *id = av_str(d->parent, "Id");
    const char *name = av_str(d->parent, "HealthCheckConfig.FullyQualifiedDomainName");
    const struct aws_alarm *alarm = av_alarm_of(v, id);
    struct aws_finding *f;

    VALUE_EACH (o, d->items) {
        const char *text = av_str(o, "StatusReport.Status");

        all++;
        if (!str_starts(str_from(text), "Success")) {
            bad++;
            why = text;
        }
    }
    if (!all || (double)bad < FAILING * (double)all || !(f = aws_find(out)))
        return;
    name = *name ? name : av_str(d->parent, "HealthCheckConfig.IPAddress");
    f->severity = 0.6;
    f->direct = true;
    f->query = d->query;
    f->metric = "HealthCheckStatus";
    f->unit = "count";
    f->value = (double)bad;
    f->threshold = (double)all;
    f->resource = av_key(v, "health-check", *name ? name : id);
    f->service = name;
    f->claim = arena_printf(v->arena, "the health check of %s fails: Route 53 leaves it out",
                            *name ? name : id);
    f->evidence = arena_printf(v->arena, "%zu of %zu checkers: %.160s", bad, all, why);
    if (alarm) {
        f->at_ms = alarm->since_ms;
        f->second = arena_printf(v->arena, "alarm %s is on since %s", alarm->name,
                                 av_clock(v, alarm->since_ms));
        f->second_query = alarm->query;
    }
    aws_find_name(f, name);
    aws_find_var(f, "record", *name ? name : id);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct aws_symptom symptom;
    int64_t from, to;

    if (aws_symptom_any(v, v->onset_ms, &symptom)) {
        aws_change_span(v, symptom.at_ms, &from, &to);
        for (size_t i = v->events.count; i-- > 0;) {
            const struct aws_event *e = &v->events.items[i];

            if (!*e->error && av_is_event(e, events) && e->t_ms >= from && e->t_ms <= to)
                blame(v, out, e, &symptom);
        }
    }
    AV_DOCS(d, v, "dns.status")
    look_at_check(v, out, d);
}

static bool same_name(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);

    n -= n && a[n - 1] == '.';
    m -= m && b[m - 1] == '.';
    return n == m && strncmp(a, b, n) == 0;
}

/* Is every value that the change wrote still there? */
static bool as_written(const struct value *wanted, const struct value *have)
{
    AV_EACH(w, wanted, "resourceRecords")
    {
        bool found = false;

        AV_EACH(h, have, "ResourceRecords")
        found = found || strcmp(av_str(h, "Value"), av_str(w, "value")) == 0;
        if (!found)
            return false;
    }
    return true;
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const char *name = av_str(c->item, "name"), *type = av_str(c->item, "type");
    const struct value *have = NULL;
    bool deleted = strcmp(c->name, "DELETE") == 0, so;

    VALUE_EACH (record, items) {
        if (same_name(av_str(record, "Name"), name) && strcmp(av_str(record, "Type"), type) == 0)
            have = record;
    }
    so = deleted ? !have : have && as_written(c->item, have);
    r->strength = so ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = so;
    r->evidence = arena_printf(v->arena, "the zone %s %s %s%s", have ? "has" : "has no", name, type,
                               !have     ? ""
                               : deleted ? " again"
                               : so      ? ", as the change left it"
                                         : ", with another value by now");
}

static const char *const needs[] = {"trail", "dns.checks", "dns.status", "alarms", NULL};
static const char *const words[] = {"dns",    "resolve", "nxdomain",  "route 53",       "route53",
                                    "record", "name",    "enotfound", "host not found", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "put record {record} back as it was (zone {zone_id}), after a word with {who}",
     .command = "aws route53 list-resource-record-sets --hosted-zone-id {zone_id}",
     .rollback = "make the change again",
     .risk = APPROVAL_HIGH,
     .watch = "the name resolves; caches keep the old answer for the record's TTL"},
    {.action = "look at what {record} answers on its health check's path",
     .command = "",
     .rollback = "nothing is changed",
     .risk = APPROVAL_LOW,
     .watch = "HealthCheckStatus is 1"},
    {.action = NULL},
};
static const char *const checks[] = {"what the name resolves to from inside and outside", NULL};

const struct aws_pattern aws_pattern_dns = {
    .id = "dns",
    .kind = "network",
    .category = CATEGORY_CONFIGURATION,
    .on = ON_DNS,
    .rank = 10,
    .words = words,
    .claim = "a name leads nowhere",
    .rationale = "who does not find a name does not connect",
    .refutes = "the record is as before, and health checks succeed",
    .quiet = "no record was changed before it began, and health checks succeed",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};

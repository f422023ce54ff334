/* causes.c - see causes.h. Rows state mechanisms; what merely often comes together has no row. */
#include "causes.h"

#include <string.h>

#define CHAIN_MAX 8

const struct aws_limit aws_cause_limits[] = {
    {"late", 300.0, "s", "the clocks of two looks: periods of five minutes and late deliveries"},
    {.name = NULL},
};
#define LATE_MS ((int64_t)(av_limit(v, &aws_cause_limits[0]) * 1000))

static const struct aws_cause table[] = {
    {"az_event", "capacity", AWS_TIE_REGION, "what is gone with a zone cannot be launched there"},
    {"az_event", "target_health", AWS_TIE_REGION, "targets of a zone that fails do not answer"},
    {"az_event", "replication_lag", AWS_TIE_REGION, "a replica in the zone cannot follow"},
    {"az_event", "connections", AWS_TIE_REGION, "clients try again and again"},
    {"quota", "capacity", AWS_TIE_REGION, "beyond a quota nothing is launched"},
    {"quota", "throttling", AWS_TIE_NAME, "beyond a quota calls are refused"},
    {"quota", "failed_deploy", AWS_TIE_REGION, "what a quota refuses is not deployed"},
    {"capacity", "target_health", AWS_TIE_REGION, "who has no capacity does not answer in time"},
    {"capacity", "failed_deploy", AWS_TIE_NAME, "what cannot be placed does not become stable"},
    {"capacity", "dead_letter", AWS_TIE_NAME, "a consumer without capacity gives messages back"},
    {"sg_change", "target_health", AWS_TIE_REGION, "health checks do not get through"},
    {"sg_change", "failed_deploy", AWS_TIE_REGION, "what cannot connect does not become healthy"},
    {"sg_change", "dead_letter", AWS_TIE_REGION, "a consumer that cannot connect fails"},
    {"dns", "target_health", AWS_TIE_REGION, "a name that is not found is no connection"},
    {"dns", "dead_letter", AWS_TIE_REGION, "a consumer that finds no name fails"},
    {"dns", "failed_deploy", AWS_TIE_REGION, "what finds no name does not become healthy"},
    {"failed_deploy", "target_health", AWS_TIE_REGION, "what does not start is not healthy"},
    {"failed_deploy", "dead_letter", AWS_TIE_NAME, "a version that fails gives messages back"},
    {"failed_deploy", "cold_starts", AWS_TIE_NAME, "a new version starts anew everywhere"},
    {"failed_deploy", "throttling", AWS_TIE_NAME, "failing and repeated calls take the capacity"},
    {"failed_deploy", "connections", AWS_TIE_REGION, "tasks that start over leave connections"},
    {"iam_deny", "dead_letter", AWS_TIE_REGION, "a consumer that may not, fails"},
    {"iam_deny", "failed_deploy", AWS_TIE_REGION, "what may not read its secrets does not start"},
    {"iam_deny", "target_health", AWS_TIE_REGION, "what may not read what it needs is not healthy"},
    {"credentials", "iam_deny", AWS_TIE_NAME, "refused credentials are counted as denied"},
    {"credentials", "dead_letter", AWS_TIE_REGION, "a consumer that cannot sign in fails"},
    {"credentials", "failed_deploy", AWS_TIE_REGION, "what cannot sign in does not start"},
    {"credentials", "target_health", AWS_TIE_REGION, "what cannot sign in is not healthy"},
    {"connections", "target_health", AWS_TIE_REGION, "requests wait for a connection"},
    {"connections", "dead_letter", AWS_TIE_REGION, "a consumer without a connection fails"},
    {"storage", "connections", AWS_TIE_NAME, "on a full disk sessions wait and pile up"},
    {"storage", "replication_lag", AWS_TIE_NAME, "a full or slow disk takes writes late"},
    {"storage", "target_health", AWS_TIE_REGION, "requests wait for a disk"},
    {"storage", "dead_letter", AWS_TIE_REGION, "a consumer that cannot write fails"},
    {"iam_deny", "workflow", AWS_TIE_REGION, "a step that may not, fails"},
    {"credentials", "workflow", AWS_TIE_REGION, "a step that cannot sign in fails"},
    {"failed_deploy", "workflow", AWS_TIE_REGION, "a version that fails ends its executions"},
    {"throttling", "workflow", AWS_TIE_REGION, "a step whose call is refused fails"},
    {"connections", "workflow", AWS_TIE_REGION, "a step without a connection fails"},
    {"dns", "workflow", AWS_TIE_REGION, "a step that finds no name fails"},
    {"throttling", "dead_letter", AWS_TIE_REGION, "calls that are refused give messages back"},
    {"cold_starts", "throttling", AWS_TIE_NAME, "slow starts hold concurrency"},
    {"certificate", "target_health", AWS_TIE_REGION, "a handshake that fails is no answer"},
    /* Alarms count what everything else is: they are behind whatever else is off. */
    {"az_event", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"quota", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"capacity", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"sg_change", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"dns", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"failed_deploy", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"iam_deny", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"credentials", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"connections", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"storage", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"throttling", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"cold_starts", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"certificate", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"replication_lag", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"dead_letter", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"workflow", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {"target_health", "alarm_storm", AWS_TIE_REGION, "alarms count what it breaks"},
    {NULL, NULL, AWS_TIE_REGION, NULL},
};

const struct aws_cause *aws_cause_table(void)
{
    return table;
}

static bool share_a_name(const struct aws_finding *a, const struct aws_finding *b)
{
    for (int i = 0; i < AWS_NAMES && a->names[i]; i++) {
        for (int k = 0; k < AWS_NAMES && b->names[k]; k++) {
            if (strcmp(a->names[i], b->names[k]) == 0)
                return true;
        }
    }
    return false;
}

const struct aws_cause *aws_explains(const struct aws_view *v, const struct aws_finding *cause,
                                     const struct aws_finding *effect)
{
    if (cause == effect || cause->strength != STRENGTH_STRONG || effect->strength > STRENGTH_WEAK)
        return NULL;
    if (cause->at_ms && effect->at_ms && cause->at_ms > effect->at_ms + LATE_MS)
        return NULL;
    for (const struct aws_cause *row = table; row->cause; row++) {
        if (strcmp(row->cause, cause->pattern->id) == 0 &&
            strcmp(row->effect, effect->pattern->id) == 0 &&
            (row->tie == AWS_TIE_REGION || share_a_name(cause, effect)))
            return row;
    }
    return NULL;
}

static size_t direct_cause(const struct aws_view *v, const struct aws_finding *f, size_t count,
                           size_t of)
{
    size_t best = of;

    for (size_t i = 0; i < count; i++) {
        if (aws_explains(v, &f[i], &f[of]) && (best == of || f[i].severity > f[best].severity))
            best = i;
    }
    return best;
}

void aws_explain_all(const struct aws_view *v, const struct aws_finding *f, size_t count,
                     size_t *ret_cause)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i, next = direct_cause(v, f, count, i);

        for (int steps = 0; next != at && steps < CHAIN_MAX; steps++) {
            at = next;
            next = direct_cause(v, f, count, at);
        }
        ret_cause[i] = at;
    }
}

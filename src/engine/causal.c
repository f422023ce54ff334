/* causal.c - see causal.h: the classes. */
#include "runbook/engine/causal.h"

#include <string.h>

#include "host/view.h"

/* What a person says; the words are those that order the patterns of a machine. */
static const struct causal_class symptoms[] = {
    {"high_latency",
     "Answers come late, or never.",
     WORDS_LATENCY,
     NULL,
     {"latency_shift", "answers", "peers", "cpu_pressure", "disk_wait", "memory_shortage"}},
    {"high_error_rate",
     "Answers are errors.",
     WORDS_ERRORS,
     NULL,
     {"error_shift", "error_lines", "answers", "units", "disk_room"}},
    {"memory_issues",
     "Memory runs out, or something was killed for it.",
     WORDS_MEMORY,
     NULL,
     {"memory_growth", "memory_shortage", "killed_for_memory", "saturation_shift"}},
    {"cpu_issues",
     "Processors are busy, or too few.",
     WORDS_CPU,
     NULL,
     {"cpu_pressure", "cpu_second_look", "process_churn", "saturation_shift"}},
    {"connectivity_issues",
     "Connections fail, are lost or refused.",
     WORDS_NETWORK,
     NULL,
     {"peers", "peer_reach", "names", "loss", "accept_queues", "port_owner", "tables"}},
    {"deployment_issues",
     "It began with a deployment or an upgrade.",
     WORDS_DEPLOY,
     NULL,
     {"changes", "error_lines", "units", "error_shift", "port_owner"}},
    {"database_issues",
     "A database is slow or odd.",
     WORDS_DATABASE,
     NULL,
     {"disk_wait", "latency_shift", "refused_lines", "devices", "peers"}},
    {"scaling_issues",
     "There is more to do than before.",
     WORDS_SCALING,
     NULL,
     {"traffic_shift", "cpu_pressure", "accept_queues", "tables", "saturation_shift"}},
    {"storage_issues",
     "A disk is full, slow or failing.",
     WORDS_DISK,
     NULL,
     {"disk_room", "disk_usage", "disk_wait", "mounts", "devices"}},
    {"time_issues",
     "The time is wrong, or something has expired.",
     WORDS_CLOCK,
     NULL,
     {"clock", "certificates", "changes"}},
    {"service_issues",
     "A service is down or restarts.",
     WORDS_SERVICE,
     NULL,
     {"units", "crashes", "error_lines", "port_owner", "killed_for_memory", "stuck_processes"}},
    {.name = NULL},
};

static const char *const resource_words[] = {"saturat", "exhaust", "full", "out of", NULL};
static const char *const load_words[] = {"spike", "burst", "surge", "more requests", NULL};
static const char *const drift_words[] = {"config", "setting", "drift", "changed", NULL};
static const char *const dependency_words[] = {"depend", "upstream", "backend", "third party",
                                               NULL};
static const char *const scaling_words[] = {"autoscal", "replica", "limit", "quota", NULL};
static const char *const access_words[] = {"permission", "denied", "forbidden", "unauthori",
                                           "401",        "403",    "login",     NULL};
static const char *const cost_words[] = {"cost", "bill", "spend", "expensive", NULL};
static const char *const regression_words[] = {"regress", "rollback", "new build", NULL};
static const char *const outage_words[] = {"down", "outage", "unavailable", "not reachable", NULL};
static const char *const data_words[] = {"inconsisten", "corrupt", "stale", "lost data",
                                         "data loss",   "missing", NULL};

/* What it may turn out to be. */
static const struct causal_class classes[] = {
    {"resource_saturation",
     "A processor, memory, a disk or a table is used up.",
     WORDS_CPU | WORDS_MEMORY | WORDS_DISK,
     resource_words,
     {"saturation_shift", "cpu_pressure", "memory_shortage", "disk_room", "tables"}},
    {"load_spike",
     "There is more to do than there was.",
     WORDS_SCALING,
     load_words,
     {"traffic_shift", "accept_queues", "cpu_pressure", "tables", "process_churn"}},
    {"configuration_drift",
     "Something is set otherwise than it was.",
     WORDS_DEPLOY,
     drift_words,
     {"changes", "config_lines", "mounts", "port_owner", "certificates"}},
    {"dependency_failure",
     "What a service depends on fails.",
     WORDS_DATABASE,
     dependency_words,
     {"peers", "peer_reach", "refused_lines", "names", "latency_shift"}},
    {"scaling_failure",
     "It cannot grow: a limit, a quota, a table.",
     WORDS_SCALING,
     scaling_words,
     {"tables", "memory_growth", "accept_queues", "disk_room", "saturation_shift"}},
    {"network_connectivity",
     "Packets, names or connections are lost.",
     WORDS_NETWORK,
     NULL,
     {"peer_reach", "names", "loss", "peers", "tables"}},
    {"permission_failure",
     "Access is refused.",
     0,
     access_words,
     {"access_lines", "certificates", "refused_lines", "clock", "changes"}},
    {"cost_anomaly",
     "It takes more than before: requests, bytes, processors.",
     0,
     cost_words,
     {"traffic_shift", "log_growth", "cpu_pressure", "process_churn", "disk_usage"}},
    {"deployment_regression",
     "The new version is worse than the old one.",
     WORDS_DEPLOY,
     regression_words,
     {"changes", "error_shift", "latency_shift", "error_lines", "crashes"}},
    {"availability_loss",
     "It does not serve at all.",
     WORDS_SERVICE,
     outage_words,
     {"availability_shift", "targets", "units", "port_owner", "crashes", "restarts"}},
    {"performance_degradation",
     "It serves, but slower than before.",
     WORDS_LATENCY,
     NULL,
     {"latency_shift", "answers", "cpu_pressure", "disk_wait", "stuck_processes"}},
    {"data_inconsistency",
     "Data are wrong, old or gone.",
     0,
     data_words,
     {"devices", "mounts", "clock", "disk_room", "disk_wait"}},
    {.name = NULL},
};

static const struct causal_class generic = {
    .name = "generic",
    .help = "Nothing in the sentence says what it is about.",
    .queries = {"alerts", "error_lines", "targets", "changes"},
};

const struct causal_class *causal_symptom_table(void)
{
    return symptoms;
}

const struct causal_class *causal_class_table(void)
{
    return classes;
}

const struct causal_class *causal_generic(void)
{
    return &generic;
}

const struct causal_query *causal_query_find(const char *name)
{
    for (const struct causal_query *q = causal_query_table(); q->name; q++) {
        if (strcmp(q->name, name) == 0)
            return q;
    }
    return NULL;
}

bool causal_means(const struct causal_class *c, struct str sentence)
{
    if (host_words(sentence) & c->words)
        return true;
    for (const char *const *k = c->keywords; k && *k; k++) {
        if (str_ifind(sentence, str_from(*k)) >= 0)
            return true;
    }
    return false;
}

const char *causal_keyword(const struct causal_class *c, size_t i)
{
    const char *word;
    size_t at = 0;

    for (; (word = host_word(at, c->words)) != NULL; at++) {
        if (at == i)
            return word;
    }
    for (const char *const *k = c->keywords; k && *k; k++, at++) {
        if (at == i)
            return *k;
    }
    return NULL;
}

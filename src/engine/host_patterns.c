/* host_patterns.c - the table of host patterns, the words that point at them, and shared readers.
 */
#include "host_patterns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

static const struct host_pattern patterns[] = {
    {.id = "cpu_saturated",
     .kind = "cpu",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
     .rank = 1,
     .claim = "the processors of %s are saturated",
     .rationale = "work waits for a processor when all of them are busy",
     .refutes = "idle processors, or no task waiting for one (pressure below 10 %)",
     .find = pattern_cpu_saturated,
     .read = read_cpu},
    {.id = "memory_limit",
     .kind = "memory",
     .category = CATEGORY_APPLICATION,
     .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SERVICE,
     .rank = 2,
     .claim = "a process of %s grows towards its memory limit",
     .rationale = "a leak ends at the limit of its group or of the process",
     .refutes = "memory that stays level while it is watched",
     .find = pattern_memory_limit,
     .read = read_memory},
    {.id = "disk_full",
     .kind = "disk",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_DISK | WORDS_ERRORS | WORDS_DATABASE,
     .rank = 3,
     .claim = "a filesystem of %s is full",
     .rationale = "writes fail when no block or no inode is left",
     .refutes = "free blocks and free inodes on every filesystem",
     .find = pattern_disk_full,
     .read = read_disk},
    {.id = "accept_backlog",
     .kind = "network",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_NETWORK | WORDS_LATENCY | WORDS_ERRORS | WORDS_SCALING,
     .rank = 4,
     .claim = "a listener of %s does not accept its connections",
     .rationale =
         "connections beyond the accept queue are dropped and retried by clients after a second",
     .refutes = "accept queues below their limits and no overflow counted",
     .find = pattern_backlog,
     .read = read_backlog},
    {.id = "failed_unit",
     .kind = "service",
     .category = CATEGORY_APPLICATION,
     .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
     .rank = 5,
     .claim = "a unit of %s has failed or keeps restarting",
     .rationale = "what a failed unit served is not served",
     .refutes = "no unit in the state failed or auto-restart",
     .find = pattern_units},
    {.id = "oom_kill",
     .kind = "memory",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_MEMORY | WORDS_SERVICE | WORDS_ERRORS,
     .rank = 6,
     .claim = "the kernel of %s kills processes for want of memory",
     .rationale = "an OOM kill ends a process without a word of its own",
     .refutes = "no OOM kill in the kernel's counters and log",
     .find = pattern_oom},
    {.id = "cpu_core",
     .kind = "cpu",
     .category = CATEGORY_APPLICATION,
     .words = WORDS_CPU | WORDS_LATENCY,
     .rank = 7,
     .claim = "one process of %s is bound by a single core",
     .rationale = "a single thread cannot go faster than one core, however many are idle",
     .refutes = "no process that keeps a core busy for seconds",
     .find = pattern_cpu_core,
     .read = read_cpu},
    {.id = "memory_host",
     .kind = "memory",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SCALING,
     .rank = 8,
     .claim = "%s runs out of memory",
     .rationale = "reclaim and swapping stall every process",
     .refutes = "available memory above 10 % and no memory pressure",
     .find = pattern_memory_host,
     .read = read_memory},
    {.id = "disk_io",
     .kind = "disk",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_DISK | WORDS_LATENCY | WORDS_DATABASE,
     .rank = 9,
     .claim = "a disk of %s is saturated",
     .rationale = "processes wait for their reads and writes",
     .refutes = "idle time on every disk, or no I/O pressure",
     .find = pattern_disk_io},
    {.id = "cpu_throttled",
     .kind = "cpu",
     .category = CATEGORY_CONFIGURATION,
     .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
     .rank = 10,
     .claim = "a group of %s is throttled by its processor quota",
     .rationale = "a group that has used its quota stands still until the next period",
     .refutes = "no throttled period in any group",
     .find = pattern_cpu_throttled},
    {.id = "kernel_errors",
     .kind = "infrastructure",
     .category = CATEGORY_INFRASTRUCTURE,
     .words = WORDS_ERRORS | WORDS_DISK | WORDS_SERVICE,
     .rank = 11,
     .claim = "the kernel of %s reports failing hardware or a failing filesystem",
     .rationale = "hardware and filesystem errors surface as random failures above",
     .refutes = "no such message in the kernel log of the last 30 minutes",
     .find = pattern_kernel},
    {.id = "stuck_processes",
     .kind = "disk",
     .category = CATEGORY_INFRASTRUCTURE,
     .words = WORDS_DISK | WORDS_LATENCY,
     .rank = 12,
     .claim = "processes of %s are stuck in the kernel",
     .rationale = "a process in uninterruptible sleep waits for a device or a remote filesystem",
     .refutes = "no process in state D for the whole window",
     .find = pattern_stuck},
    {.id = "file_handles",
     .kind = "limits",
     .category = CATEGORY_CONFIGURATION,
     .words = WORDS_ERRORS | WORDS_NETWORK | WORDS_SERVICE,
     .rank = 13,
     .claim = "a process of %s has used up its file descriptors",
     .rationale = "open() and accept() fail at the limit",
     .refutes = "descriptors below 95 % of every limit",
     .find = pattern_files},
    {.id = "conntrack",
     .kind = "network",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_NETWORK | WORDS_SCALING,
     .rank = 14,
     .claim = "the connection table of %s is full",
     .rationale = "packets of new connections are dropped when conntrack is full",
     .refutes = "conntrack below 95 % of its maximum",
     .find = pattern_conntrack},
    {.id = "ports",
     .kind = "network",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_NETWORK | WORDS_SCALING,
     .rank = 15,
     .claim = "%s runs out of local ports",
     .rationale = "connect() fails when every local port is in use or in TIME-WAIT",
     .refutes = "sockets below 90 % of the port range",
     .find = pattern_ports},
    {.id = "processes",
     .kind = "limits",
     .category = CATEGORY_CAPACITY,
     .words = WORDS_ERRORS | WORDS_SERVICE,
     .rank = 16,
     .claim = "%s runs out of process ids",
     .rationale = "fork() fails at the limit",
     .refutes = "threads below 90 % of the limits, few zombies",
     .find = pattern_pids},
    {.id = "retransmits",
     .kind = "network",
     .category = CATEGORY_INFRASTRUCTURE,
     .words = WORDS_NETWORK | WORDS_LATENCY,
     .rank = 17,
     .claim = "TCP of %s loses segments",
     .rationale = "each loss costs a round trip or a timeout",
     .refutes = "fewer than 5 % of segments sent again",
     .find = pattern_retransmits},
    {.id = "nic_errors",
     .kind = "network",
     .category = CATEGORY_INFRASTRUCTURE,
     .words = WORDS_NETWORK,
     .rank = 18,
     .claim = "an interface of %s drops packets",
     .rationale = "a full ring or a bad link loses packets",
     .refutes = "no errors and less than 1 % drops on every interface",
     .find = pattern_nic},
    {.id = "steal",
     .kind = "cpu",
     .category = CATEGORY_INFRASTRUCTURE,
     .words = WORDS_CPU | WORDS_LATENCY,
     .rank = 19,
     .claim = "the hypervisor takes processor time from %s",
     .rationale = "stolen time slows everything, and no process of the machine is to blame",
     .refutes = "steal below 10 %",
     .find = pattern_steal},
    {.id = "clock",
     .kind = "time",
     .category = CATEGORY_CONFIGURATION,
     .words = WORDS_CLOCK,
     .rank = 20,
     .claim = "the clock of %s is wrong",
     .rationale = "a wrong clock breaks certificates, tokens and leases",
     .refutes = "a difference of less than 5 s to this machine",
     .find = pattern_clock},
    {.id = NULL},
};

const struct host_pattern *host_pattern_table(void)
{
    return patterns;
}

static const struct {
    const char *word;
    unsigned words;
} word_table[] = {
    {"latency", WORDS_LATENCY},
    {"slow", WORDS_LATENCY},
    {"timeout", WORDS_LATENCY | WORDS_NETWORK},
    {"timed out", WORDS_LATENCY | WORDS_NETWORK},
    {"response time", WORDS_LATENCY},
    {"p99", WORDS_LATENCY},
    {"lag", WORDS_LATENCY},
    {"hang", WORDS_LATENCY},
    {"stuck", WORDS_LATENCY},
    {"error", WORDS_ERRORS},
    {"5xx", WORDS_ERRORS},
    {"500", WORDS_ERRORS},
    {"502", WORDS_ERRORS},
    {"503", WORDS_ERRORS},
    {"exception", WORDS_ERRORS},
    {"fail", WORDS_ERRORS},
    {"memory", WORDS_MEMORY},
    {"oom", WORDS_MEMORY},
    {"heap", WORDS_MEMORY},
    {"leak", WORDS_MEMORY},
    {"swap", WORDS_MEMORY},
    {" ram", WORDS_MEMORY},
    {"cpu", WORDS_CPU},
    {"processor", WORDS_CPU},
    {"load", WORDS_CPU},
    {"core", WORDS_CPU},
    {"throttl", WORDS_CPU},
    {"connect", WORDS_NETWORK},
    {"network", WORDS_NETWORK},
    {"refused", WORDS_NETWORK},
    {"unreachable", WORDS_NETWORK},
    {"packet", WORDS_NETWORK},
    {"dns", WORDS_NETWORK},
    {"resolve", WORDS_NETWORK},
    {"socket", WORDS_NETWORK},
    {"port ", WORDS_NETWORK},
    {"backlog", WORDS_NETWORK},
    {"deploy", WORDS_DEPLOY},
    {"release", WORDS_DEPLOY},
    {"rollout", WORDS_DEPLOY},
    {"upgrade", WORDS_DEPLOY},
    {"version", WORDS_DEPLOY},
    {"database", WORDS_DATABASE},
    {"postgres", WORDS_DATABASE},
    {"mysql", WORDS_DATABASE},
    {"query", WORDS_DATABASE},
    {"scal", WORDS_SCALING},
    {"capacity", WORDS_SCALING},
    {"traffic", WORDS_SCALING},
    {"disk", WORDS_DISK},
    {"filesystem", WORDS_DISK},
    {"no space", WORDS_DISK},
    {"storage", WORDS_DISK},
    {"inode", WORDS_DISK},
    {"i/o", WORDS_DISK},
    {"volume", WORDS_DISK},
    {"write", WORDS_DISK},
    {"clock", WORDS_CLOCK},
    {"ntp", WORDS_CLOCK},
    {"certificate", WORDS_CLOCK},
    {"token", WORDS_CLOCK},
    {"restart", WORDS_SERVICE},
    {"crash", WORDS_SERVICE},
    {"service is down", WORDS_SERVICE},
    {"unit", WORDS_SERVICE},
    {"killed", WORDS_SERVICE | WORDS_MEMORY},
};

unsigned host_words(struct str text)
{
    unsigned words = 0;

    for (size_t i = 0; i < sizeof(word_table) / sizeof(*word_table); i++) {
        if (str_ifind(text, str_from(word_table[i].word)) >= 0)
            words |= word_table[i].words;
    }
    return words;
}

void host_pattern_run(const struct host_pattern *p, struct host_view *v, struct host_finding *ret)
{
    *ret = (struct host_finding){
        .pattern = p, .strength = STRENGTH_NONE, .value = NAN, .threshold = NAN};
    p->find(v, ret);
    if (!ret->evidence)
        ret->evidence = "nothing of the kind was seen";
    if (!ret->resource)
        ret->resource = arena_printf(v->arena, "host:%s", v->host);
    if (!ret->metric)
        ret->metric = p->id;
    if (!ret->unit)
        ret->unit = "";
    for (int i = 0; i < ret->culprit_count; i++) {
        struct host_culprit *c = &ret->culprits[i];

        c->metric = c->metric ? c->metric : ret->metric;
        c->unit = c->unit ? c->unit : ret->unit;
    }
}

double hv_num(const struct value *v, const char *path)
{
    const struct value *at = value_path(v, path);

    return at && at->type == VALUE_NUMBER ? at->u.number : NAN;
}

const char *hv_str(const struct value *v, const char *key)
{
    return value_cstr_or(v, key, "");
}

const char *hv_human(struct arena *a, double v, const char *unit)
{
    char text[48];

    num_human(v, unit, text);
    return arena_strdup(a, text);
}

const char *hv_key(struct host_view *v, const char *kind, const char *name)
{
    return arena_printf(v->arena, "host:%s/%s:%s", v->host, kind, name);
}

const char *hv_process_key(struct host_view *v, const struct value *p)
{
    return arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(p, "pid"),
                        hv_str(p, "command"));
}

const struct value *hv_process(struct host_view *v, double pid)
{
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "pid") == pid)
            return p;
    }
    return NULL;
}

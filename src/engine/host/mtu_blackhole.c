/* mtu_blackhole.c - small packets pass, large ones vanish: a connection is established and then
 * repeats a send that is larger than one segment, again and again, while a new connection to the
 * same peer is made at once. Happens where a router drops what does not fit and its ICMP message is
 * dropped as well (RFC 2923, 2.1). */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"repeats", 2.0, "count", "of one segment; a single one is ordinary loss"},
    {"connect", 500.0, "ms", "small packets pass"},
    {.name = NULL},
};
#define REPEATS LIMIT(0)
#define CONNECT_MS LIMIT(1)

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;

    f->metric = "stuck_large_sends";
    f->unit = "connections";
    f->value = 0;
    f->threshold = 1;
    f->evidence = "no connection repeats a large send without progress";
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (value_bool_or(g, "near", false) || net_count(g, "retries") < REPEATS)
            continue;
        if (net_count(g, "big_stuck") > f->value) {
            f->value = net_count(g, "big_stuck");
            worst = g;
        }
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.8;
    f->pids[0] = net_pid(value_get(worst, "own"));
    f->resource = hv_key(v, "peer", net_place(v, worst));
    f->evidence = arena_printf(
        v->arena,
        "%.0f connections of %s with %s repeat a send of more than one segment "
        "(%.0f bytes), %.0f times so far, path MTU %.0f",
        f->value, net_who(v, value_get(worst, "own")), net_place(v, worst), net_count(worst, "mss"),
        net_count(worst, "retries"), net_count(worst, "pmtu"));
    if (net_count(value_get(v->snapshot, "network"), "frag_fail_rate") > 0)
        f->second = arena_printf(v->arena, "%.1f packets a second do not fit their way",
                                 hv_num(v->snapshot, "network.frag_fail_rate"));
    f->culprits[f->culprit_count++] = (struct host_culprit){
        .statement = arena_printf(v->arena, "large packets of %s do not reach %s", v->host,
                                  net_place(v, worst)),
        .resource = f->resource,
        .evidence = f->evidence,
        .metric = f->metric,
        .unit = f->unit,
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = f->value,
        .threshold = 1,
        .follow = FOLLOW_TOOL,
        .tool = "host_probe",
        .args = arena_printf(v->arena, "\"addr\":\"%s\",\"port\":%.0f", hv_str(worst, "addr"),
                             net_count(worst, "port")),
        .weight = 1};
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const char *word = hv_str(answer, "result");
    double ms = hv_num(answer, "ms");
    bool passes = strcmp(word, "connected") == 0 && ms <= CONNECT_MS;

    (void)c;
    r->after = ms;
    r->direct = passes;
    r->strength = passes ? STRENGTH_STRONG : *word ? STRENGTH_CONTRADICTS : STRENGTH_NONE;
    r->evidence = passes
                      ? arena_printf(v->arena,
                                     "the small packets of a new connection pass: "
                                     "connected after %.1f ms",
                                     ms)
                      : arena_printf(v->arena, "small packets do not pass either: %s after %.1f ms",
                                     word, ms);
}

static const struct host_proposal proposals[] = {
    {.action = "let the kernel of {host} find a size that passes",
     .command = "sysctl -w net.ipv4.tcp_mtu_probing=1",
     .rollback = "sysctl -w net.ipv4.tcp_mtu_probing=0 (or what it was before)",
     .risk = APPROVAL_MEDIUM,
     .watch = "the send queues of the connections to {peer} empty"},
    {.action = NULL},
};

static const char *const checks[] = {
    "what size passes from {host}: ping -M do -s 1472 PEER, then smaller", NULL};

const struct host_pattern host_pattern_mtu_blackhole = {
    .id = "mtu_blackhole",
    .kind = "network",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_NETWORK | WORDS_LATENCY,
    .rank = 18,
    .claim = "large packets of %s vanish on their way",
    .rationale = "a router drops what does not fit, and nobody hears of it",
    .refutes = "large sends that are acknowledged, or a peer that cannot be reached at all",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};

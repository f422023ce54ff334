/* syn_flood.c - more connection requests than can be finished: half-open connections fill the queue
 * of a listener, and the kernel answers with cookies or not at all.
 * Source: Linux Documentation/networking/ip-sysctl.rst, tcp_syncookies; snmp_counter.rst. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"half_open", 64.0, "count", "a listener with as many at one moment is not merely popular"},
    {"refused_min", 10.0, "1/s", "cookies, or requests dropped for a full queue, a second"},
    {.name = NULL},
};
#define HALF_OPEN LIMIT(0)
#define REFUSED_MIN LIMIT(1)

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *n = value_get(v->snapshot, "network"), *worst = NULL;
    double cookies = net_count(n, "syn_cookies_rate"),
           full = net_count(n, "request_queue_full_rate");

    f->metric = "half_open_connections";
    f->unit = "connections";
    f->value = 0;
    f->threshold = HALF_OPEN;
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (net_is_in(g) && net_count(g, "syn_recv") > f->value) {
            f->value = net_count(g, "syn_recv");
            worst = g;
        }
    }
    f->evidence = arena_printf(v->arena,
                               "at most %.0f half-open connections at one port (limit %.0f), %.1f "
                               "cookies and %.1f drops a second for a full queue of requests",
                               f->value, HALF_OPEN, cookies, full);
    if (f->value < HALF_OPEN || cookies + full < REFUSED_MIN)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.9;
    f->resource = hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(worst, "port")));
    f->claim = arena_printf(v->arena, "port %.0f of %s is flooded with connection requests",
                            hv_num(worst, "port"), v->host);
    f->second = arena_printf(v->arena, "%s listens there", net_who(v, value_get(worst, "own")));
    f->pids[0] = net_pid(value_get(worst, "own"));
}

static const struct host_proposal proposals[] = {
    {.action = "see where the half-open connections to port {port} come from, before anything is "
               "blocked",
     .command = "ss -tn state syn-recv 'sport = :{port}'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "TcpExt SyncookiesSent stands still"},
    {.action = NULL},
};

const struct host_pattern host_pattern_syn_flood = {
    .id = "syn_flood",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_SCALING,
    .rank = 16,
    .claim = "a port of %s is flooded with connection requests",
    .rationale = "a queue full of requests that are never finished has no room for real ones",
    .refutes = "few half-open connections, no cookies sent",
    .limits = limits,
    .find = find,
    .proposals = proposals,
};

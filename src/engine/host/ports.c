/* ports.c - local ports for connections to one peer are used up: each connection to the same
 * address and port needs a local port of its own, also for a minute after its end (TIME-WAIT).
 * Source: Linux Documentation/networking/ip-sysctl.rst, ip_local_port_range. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"used", 0.90, "ratio", "connect() searches longer and longer, and then fails"},
    {"gone", 0.98, "ratio", "connect() fails"},
    {.name = NULL},
};
#define USED LIMIT(0)
#define GONE LIMIT(1)

static double open_to(const struct value *s, const char *addr, double port,
                      const struct value **ret_most)
{
    double sum = 0, most = 0;

    VALUE_EACH (g, value_get(s, "connections")) {
        if (net_is_in(g) || hv_num(g, "port") != port || strcmp(hv_str(g, "addr"), addr) != 0)
            continue;
        sum += net_count(g, "count");
        if (net_count(g, "count") > most) {
            most = net_count(g, "count");
            *ret_most = g;
        }
    }
    return sum;
}

struct use {
    const char *addr;
    double port, waiting, open;
    const struct value *group; /* who has most of them, or NULL */
};

static void consider(const struct value *s, struct use *best, const char *addr, double port,
                     double waiting)
{
    struct use u = {.addr = addr, .port = port, .waiting = waiting};

    u.open = open_to(s, addr, port, &u.group);
    if (u.open + u.waiting > best->open + best->waiting)
        *best = u;
}

static struct use busiest_peer(const struct value *s)
{
    struct use best = {.addr = NULL};

    VALUE_EACH (w, value_get(s, "time_wait")) {
        if (*hv_str(w, "addr"))
            consider(s, &best, hv_str(w, "addr"), hv_num(w, "port"), net_count(w, "count"));
    }
    VALUE_EACH (g, value_get(s, "connections")) {
        if (!net_is_in(g))
            consider(s, &best, hv_str(g, "addr"), hv_num(g, "port"), 0);
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct use u = busiest_peer(v->snapshot);
    double range = hv_num(v->snapshot, "limits.ports"), used = u.open + u.waiting;

    f->metric = "local_ports";
    f->unit = "ratio";
    f->threshold = USED;
    f->value = range > 0 ? used / range : 0;
    f->evidence =
        u.addr
            ? arena_printf(v->arena,
                           "%.0f of %.0f local ports are in use for %s port %.0f (limit %.0f %%)",
                           used, range, u.addr, u.port, USED * 100)
            : "no local port is in use for a connection";
    if (!(f->value >= USED))
        return;
    /* What merely waits for its minute to end, of programs that are gone, is over. */
    f->strength = u.group ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = u.group != NULL;
    f->severity = f->value >= GONE ? 0.95 : 0.85;
    f->resource = u.group ? net_key(v, value_get(u.group, "own"), u.group)
                          : hv_key(v, "peer", arena_printf(v->arena, "%s:%.0f", u.addr, u.port));
    f->pids[0] = u.group ? net_pid(value_get(u.group, "own")) : 0;
    f->claim = arena_printf(v->arena, "%s runs out of local ports for %s port %.0f", v->host,
                            u.addr, u.port);
    f->second = u.group
                    ? arena_printf(v->arena, "%.0f are in TIME-WAIT, %.0f open, %.0f of them by %s",
                                   u.waiting, u.open, net_count(u.group, "count"),
                                   net_who(v, value_get(u.group, "own")))
                    : arena_printf(v->arena, "%.0f are in TIME-WAIT, %.0f open", u.waiting, u.open);
}

static const struct host_proposal proposals[] = {
    {.action = "let process {pid} ({command}) keep its connections instead of making new ones",
     .command = "",
     .rollback = "go back to the former setting of the pool",
     .risk = APPROVAL_MEDIUM,
     .watch = "ss -s: TIME-WAIT falls within a minute"},
    {.action = "widen the range of local ports of {host} until the program is mended",
     .command = "sysctl -w net.ipv4.ip_local_port_range='15000 64999'",
     .rollback = "sysctl -w net.ipv4.ip_local_port_range='32768 60999' (or what it was before)",
     .risk = APPROVAL_MEDIUM,
     .watch = "new connections are made again"},
    {.action = NULL},
};

static const char *const checks[] = {
    "who makes the connections of {host}, and to whom: ss -tanp, ss -s", NULL};

const struct host_pattern host_pattern_ports = {
    .id = "ports",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_SCALING | WORDS_ERRORS,
    .rank = 15,
    .claim = "%s runs out of local ports",
    .rationale = "connect() fails when every local port is in use or in TIME-WAIT for that peer",
    .refutes = "fewer than 90 % of the local ports in use for any peer",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};

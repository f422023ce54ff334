/* net_peer.c - what a peer is found to be when it is looked at from its own machine, or tried from
 * here: the answers that FOLLOW_PEER gets. */
#include <math.h>
#include <string.h>

#include "net.h"

const struct host_limit net_limits[] = {
    {"soft", 1.0, "s", "a request that is older than this waits"},
    {"slow", 200.0, "ms", "to connect: no network of one region is that slow"},
    {"busy_cores", 0.9, "cores", "bound by a core"},
    {.name = NULL},
};
#define SLOW_MS hv_limit(v, &net_limits[1])
#define BUSY_CORES hv_limit(v, &net_limits[2])

bool net_is_stuck(const struct value *end)
{
    return net_has_state(end, 'T') || net_has_state(end, 't') || net_has_state(end, 'D');
}

const char *net_condition(struct host_view *v, const struct value *peer)
{
    double cpu = net_count(peer, "cpu");

    if (net_has_state(peer, 'T'))
        return "is stopped";
    if (net_has_state(peer, 't'))
        return "is held by a debugger";
    if (net_has_state(peer, 'D'))
        return "is stuck in the kernel";
    if (cpu >= BUSY_CORES)
        return arena_printf(v->arena, "is busy with %.2f cores and answers late", cpu);
    return "does not answer";
}

/* On the other machine: who listens there, and how is it? */
static void read_there(struct host_view *v, const struct host_culprit *c,
                       const struct value *answer, struct host_reading *r)
{
    struct host_view there = {
        .arena = v->arena, .snapshot = answer, .host = hv_str(answer, "host")};
    const struct value *l = net_listener(answer, (double)c->port);

    r->direct = true;
    r->strength = STRENGTH_STRONG;
    if (!l) {
        r->evidence = arena_printf(v->arena, "on %s nothing listens on port %lld", there.host,
                                   (long long)c->port);
        r->statement = r->evidence;
        r->resource = hv_key(&there, "port", arena_printf(v->arena, "%lld", (long long)c->port));
        return;
    }
    VALUE_EACH (g, value_get(answer, "connections")) {
        const struct value *own = value_get(g, "own");

        if (!net_is_in(g) || hv_num(g, "port") != (double)c->port)
            continue;
        if (net_is_stuck(own) || net_count(g, "recv_stuck") > 0 || net_count(g, "unaccepted") > 0) {
            r->resource = net_key(&there, own, g);
            r->evidence = arena_printf(
                v->arena,
                "on %s %s serves it and %s: %.0f connections with unread bytes, %.0f not "
                "accepted",
                there.host, net_who(&there, own), net_condition(&there, own),
                net_count(g, "recv_stuck"), net_count(g, "unaccepted"));
            return;
        }
    }
    r->strength =
        strcmp(c->path, "hard") == 0 && net_queue_full(l) ? STRENGTH_STRONG : STRENGTH_NONE;
    r->resource = hv_key(&there, "port", arena_printf(v->arena, "%lld", (long long)c->port));
    r->evidence =
        arena_printf(v->arena, "on %s process %.0f (%s) listens there, %.0f connections wait",
                     there.host, hv_num(l, "pid"), hv_str(l, "command"), hv_num(l, "queue"));
}

static void read_reach(struct host_view *v, const struct host_culprit *c,
                       const struct value *answer, struct host_reading *r)
{
    const char *word = hv_str(answer, "result");
    double ms = hv_num(answer, "ms");
    bool connected = strcmp(word, "connected") == 0;

    r->after = ms;
    r->evidence = arena_printf(v->arena, "a connection from %s to %s port %lld: %s after %.1f ms",
                               v->host, c->addr, (long long)c->port, word, ms);
    if (!connected && *word && strcmp(word, "failed") != 0) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else if (connected && ms >= SLOW_MS) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else if (connected && strcmp(c->path, "soft") == 0 && c->threshold >= 2 * NET_SOFT_S) {
        r->strength = STRENGTH_STRONG; /* it is there, takes connections, and does not answer */
        r->evidence = arena_printf(v->arena, "%s, but a request has been there for %.1f s",
                                   r->evidence, c->threshold);
    } else {
        r->strength = connected ? STRENGTH_CONTRADICTS : STRENGTH_NONE;
    }
}

void net_read_peer(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                   struct host_reading *r)
{
    if (value_get(answer, "result"))
        read_reach(v, c, answer, r);
    else
        read_there(v, c, answer, r);
}

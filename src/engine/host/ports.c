/* ports.c - local ports are used up. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    double used =
        hv_num(v->snapshot, "limits.time_wait") + hv_num(v->snapshot, "network.established");

    f->metric = "local_ports";
    hv_table_full(v, f, "sockets in TIME-WAIT or established, of the local port range", used,
                  hv_num(v->snapshot, "limits.ports"), 0.90);
    if (f->strength == STRENGTH_STRONG && hv_num(v->snapshot, "network.attempt_fail_rate") >= 1)
        f->second = arena_printf(v->arena, "%.1f connection attempts a second fail",
                                 hv_num(v->snapshot, "network.attempt_fail_rate"));
    else if (f->strength == STRENGTH_STRONG) /* one port serves many peers: not yet a failure */
        f->strength = STRENGTH_NONE;
}

const struct host_pattern host_pattern_ports = {
    .id = "ports",
    .kind = "network",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_NETWORK | WORDS_SCALING,
    .rank = 15,
    .claim = "%s runs out of local ports",
    .rationale = "connect() fails when every local port is in use or in TIME-WAIT",
    .refutes = "sockets below 90 % of the port range",
    .find = find,
};

/* port_conflict.c - a program that ends because its port is taken, and who has it. Its own words in
 * a log of the last half hour say so; who listens there now is in the kernel. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"recent", 900000.0, "ms", "an older line was a start that went wrong and is over"},
    {.name = NULL},
};
#define RECENT_MS LIMIT(0)

static bool is_recent(struct host_view *v, const struct value *e)
{
    double ts = net_count(e, "ts_ms");

    return ts <= 0 || hv_num(v->snapshot, "taken_ms") - ts <= RECENT_MS;
}

/* The holder itself may have failed at first and then got its port. */
static bool is_own_line(const struct value *e, const struct value *l)
{
    char mark[32];

    snprintf(mark, sizeof(mark), "[%.0f]", hv_num(l, "pid"));
    return strstr(hv_str(e, "text"), mark) != NULL;
}

static const struct value *conflict(struct host_view *v, const struct value **ret_holder)
{
    VALUE_EACH (e, value_get(v->snapshot, "bind_errors")) {
        const struct value *l =
            net_count(e, "port") > 0 ? net_listener(v->snapshot, net_count(e, "port")) : NULL;

        if (!l || !is_recent(v, e) || is_own_line(e, l))
            continue;
        *ret_holder = l;
        return e;
    }
    return NULL;
}

static const char *holder_words(struct host_view *v, const struct value *l)
{
    if (hv_num(l, "pid") > 0)
        return arena_printf(v->arena, "process %.0f (%s)", hv_num(l, "pid"), hv_str(l, "command"));
    return "a process that cannot be seen";
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *l = NULL, *e = conflict(v, &l);
    const char *port;

    f->metric = "bind_errors";
    f->unit = "lines";
    f->value = e ? net_count(e, "count") : 0;
    f->threshold = 1;
    f->evidence = "no log of the last 30 minutes says that a port that is in use was taken";
    if (!e)
        return;
    port = arena_printf(v->arena, "%.0f", hv_num(l, "port"));
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.9;
    f->resource = hv_key(v, "port", port);
    f->claim = arena_printf(v->arena, "a program of %s cannot start: port %s is taken by %s",
                            v->host, port, holder_words(v, l));
    f->evidence = arena_printf(v->arena, "a log says: %s", hv_str(e, "text"));
    f->second = arena_printf(v->arena, "port %s belongs to %s", port, holder_words(v, l));
    f->pids[0] = (int64_t)net_count(l, "pid");
}

static const struct host_proposal proposals[] = {
    {.action = "see who holds port {port}, and give one of the two another port",
     .command = "ss -ltnp 'sport = :{port}'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the program that failed stays up"},
    {.action = NULL},
};

const struct host_pattern host_pattern_port_conflict = {
    .id = "port_conflict",
    .kind = "network",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_NETWORK | WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 8,
    .claim = "a program of %s cannot start because its port is taken",
    .rationale = "bind() fails on a port that another process listens on",
    .refutes = "no such line in a log, or nobody on that port",
    .limits = limits,
    .find = find,
    .proposals = proposals,
};

/* host_patterns_net.c - accept queues, tables and limits, loss, the clock, units. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host_patterns.h"

#define UNIT_RECENT_MS 3600000.0 /* a unit that failed before has not failed just now */

/* A queue is full at its limit; the kernel takes one more before it drops (Linux,
 * sk_acceptq_is_full). */
static bool queue_full(const struct value *l)
{
    double backlog = hv_num(l, "backlog");

    return hv_num(l, "queue") > 0 && hv_num(l, "queue") >= backlog && !isnan(backlog);
}

static const struct value *fullest_listener(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (queue_full(l) && (!best || hv_num(l, "queue") > hv_num(best, "queue")))
            best = l;
    }
    return best;
}

/* Where the limits cannot be seen (no ss on the machine) but queues overflow: the one that waits
 * most. */
static bool may_be_full(const struct value *l)
{
    double backlog = hv_num(l, "backlog");

    return hv_num(l, "queue") > 0 && !(backlog >= 0);
}

static const struct value *longest_queue(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (may_be_full(l) && (!best || hv_num(l, "queue") > hv_num(best, "queue")))
            best = l;
    }
    return best;
}

static const char *limit_words(struct host_view *v, const struct value *l)
{
    if (may_be_full(l))
        return "the limit is not known without ss (package iproute2)";
    return arena_printf(v->arena, "the limit is %.0f", hv_num(l, "backlog"));
}

static const char *owner(struct host_view *v, const struct value *l)
{
    if (hv_num(l, "pid") > 0)
        return arena_printf(v->arena, " of process %.0f (%s)", hv_num(l, "pid"),
                            hv_str(l, "command"));
    return "";
}

static const char *port_key(struct host_view *v, const struct value *l)
{
    return hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(l, "port")));
}

static struct host_culprit full_listener(struct host_view *v, const struct value *l)
{
    return (struct host_culprit){
        .statement = arena_printf(
            v->arena,
            "the accept queue of port %.0f%s of %s overflows: connections are not accepted",
            hv_num(l, "port"), owner(v, l), v->host),
        .resource = port_key(v, l),
        .evidence =
            arena_printf(v->arena, "port %.0f%s: %.0f connections wait for accept(), %s",
                         hv_num(l, "port"), owner(v, l), hv_num(l, "queue"), limit_words(v, l)),
        .metric = "accept_queue",
        .unit = "connections",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = hv_num(l, "queue"),
        .threshold = hv_num(l, "backlog"),
        .follow = FOLLOW_TREE,
        .pid = (int64_t)hv_num(l, "pid"),
        .port = (int64_t)hv_num(l, "port"),
        .weight = 1,
    };
}

void pattern_backlog(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *l = fullest_listener(v);
    double rate = hv_num(s, "network.listen_overflow_rate");

    f->metric = "listen_overflows";
    f->unit = "connections/s";
    f->value = isnan(rate) ? 0 : rate;
    f->threshold = 0;
    f->evidence =
        arena_printf(v->arena, "no accept queue is full, %.1f overflows a second", f->value);
    if (!l && rate >= 1)
        l = longest_queue(v);
    if (!l && !(rate >= 1))
        return;
    if (!l) { /* it overflows in bursts: nobody can be named from here */
        f->strength = STRENGTH_WEAK;
        f->severity = 0.5;
        f->evidence =
            arena_printf(v->arena, "%.1f connections a second overflowed an accept queue", rate);
        return;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = rate > 0 ? 0.95 : 0.75;
    f->resource = port_key(v, l);
    f->evidence =
        arena_printf(v->arena, "port %.0f%s: %.0f connections are in the accept queue, %s",
                     hv_num(l, "port"), owner(v, l), hv_num(l, "queue"), limit_words(v, l));
    f->second =
        rate > 0
            ? arena_printf(v->arena,
                           "%.1f connections a second overflowed (TcpExt ListenOverflows)", rate)
            : NULL;
    f->culprits[f->culprit_count++] = full_listener(v, l);
}

void read_backlog(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                  struct host_reading *r)
{
    bool full;

    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second look: port %lld is not listening any more",
                               (long long)c->port);
    VALUE_EACH (l, value_get(answer, "listeners")) {
        if (hv_num(l, "port") != (double)c->port)
            continue;
        r->after = hv_num(l, "queue");
        r->evidence = arena_printf(v->arena, "%.1f s later %.0f connections wait on port %lld, %s",
                                   hv_num(answer, "window_s"), r->after, (long long)c->port,
                                   limit_words(v, l));
        full = queue_full(l) || may_be_full(l);
        r->strength = full ? STRENGTH_STRONG : STRENGTH_NONE;
        r->direct = full;
        if (full)
            return;
    }
}

/* A table with a maximum: strong from `limit` of it on. */
static void table_full(struct host_view *v, struct host_finding *f, const char *what, double used,
                       double max, double limit)
{
    double share = max > 0 ? used / max : 0;

    f->unit = "ratio";
    f->value = isnan(share) ? 0 : share;
    f->threshold = limit;
    if (isnan(used) || isnan(max)) {
        f->evidence = arena_printf(v->arena, "%s: not in use here", what);
        return;
    }
    f->evidence = arena_printf(v->arena, "%s: %.0f of %.0f, %.0f %% (limit %.0f %%)", what, used,
                               max, share * 100, limit * 100);
    if (share < limit)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
}

static const struct value *event_of(struct host_view *v, const char *kind)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (strcmp(hv_str(e, "kind"), kind) == 0 && hv_num(e, "age_s") <= 1800)
            last = e;
    }
    return last;
}

static void with_event(struct host_view *v, struct host_finding *f, const char *kind)
{
    const struct value *e = event_of(v, kind);

    if (!e)
        return;
    f->second = arena_printf(v->arena, "kernel, %s ago: %s",
                             hv_human(v->arena, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"));
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
}

void pattern_conntrack(struct host_view *v, struct host_finding *f)
{
    f->metric = "conntrack_used";
    table_full(v, f, "tracked connections", hv_num(v->snapshot, "limits.conntrack"),
               hv_num(v->snapshot, "limits.conntrack_max"), 0.95);
    with_event(v, f, "conntrack_full");
}

void pattern_files(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    double share = 0;

    f->metric = "file_descriptors";
    table_full(v, f, "open files of the machine", hv_num(v->snapshot, "limits.files"),
               hv_num(v->snapshot, "limits.files_max"), 0.95);
    with_event(v, f, "files_full");
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double x = hv_num(p, "fds") / hv_num(p, "fd_limit");

        if (isfinite(x) && x > share && hv_num(p, "fd_limit") >= 16) {
            share = x;
            worst = p;
        }
    }
    if (!worst || share < 0.95)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->resource = hv_process_key(v, worst);
    f->claim = arena_printf(v->arena, "process %.0f (%s) of %s has used up its file descriptors",
                            hv_num(worst, "pid"), hv_str(worst, "command"), v->host);
    f->second =
        arena_printf(v->arena, "process %.0f (%s) has %.0f descriptors open, its limit is %.0f",
                     hv_num(worst, "pid"), hv_str(worst, "command"), hv_num(worst, "fds"),
                     hv_num(worst, "fd_limit"));
}

void pattern_ports(struct host_view *v, struct host_finding *f)
{
    double used =
        hv_num(v->snapshot, "limits.time_wait") + hv_num(v->snapshot, "network.established");

    f->metric = "local_ports";
    table_full(v, f, "sockets in TIME-WAIT or established, of the local port range", used,
               hv_num(v->snapshot, "limits.ports"), 0.90);
    if (f->strength == STRENGTH_STRONG && hv_num(v->snapshot, "network.attempt_fail_rate") >= 1)
        f->second = arena_printf(v->arena, "%.1f connection attempts a second fail",
                                 hv_num(v->snapshot, "network.attempt_fail_rate"));
    else if (f->strength == STRENGTH_STRONG) /* one port serves many peers: not yet a failure */
        f->strength = STRENGTH_NONE;
}

void pattern_pids(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double max = fmin(hv_num(s, "limits.pid_max"), hv_num(s, "limits.threads_max"));

    f->metric = "threads";
    table_full(v, f, "threads", hv_num(s, "limits.threads"), max, 0.90);
    with_event(v, f, "pids_limit");
    if (f->strength == STRENGTH_STRONG && !f->second && hv_num(s, "limits.zombies") >= 100)
        f->second =
            arena_printf(v->arena, "%.0f of them are zombies that their parents do not reap",
                         hv_num(s, "limits.zombies"));
    VALUE_EACH (c, value_get(s, "cgroups")) {
        if (hv_num(c, "pids") >= 0.95 * hv_num(c, "pids_limit") && hv_num(c, "pids_limit") > 0) {
            f->strength = STRENGTH_STRONG;
            f->direct = true;
            f->severity = 0.8;
            f->resource = hv_key(v, "cgroup", hv_str(c, "path"));
            f->claim = arena_printf(v->arena, "group %s of %s has reached its limit of processes",
                                    hv_str(c, "path"), v->host);
            f->second = arena_printf(v->arena, "group %s: %.0f tasks of %.0f", hv_str(c, "path"),
                                     hv_num(c, "pids"), hv_num(c, "pids_limit"));
        }
    }
}

void pattern_retransmits(struct host_view *v, struct host_finding *f)
{
    double again = hv_num(v->snapshot, "network.retransmit_rate"),
           out = hv_num(v->snapshot, "network.out_rate");
    double share = out > 0 ? again / out : 0;

    f->metric = "tcp_retransmits";
    f->unit = "ratio";
    f->value = isnan(share) ? 0 : share;
    f->threshold = 0.05;
    f->evidence = arena_printf(
        v->arena, "%.1f of %.0f segments a second were sent again, %.1f %% (limit 5 %%)",
        isnan(again) ? 0 : again, isnan(out) ? 0 : out, f->value * 100);
    if (!(again >= 20) || f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.8, 0.5 + share);
    if (hv_num(v->snapshot, "network.syn_retransmit_rate") >= 5)
        f->second = arena_printf(v->arena, "%.1f of them are connection requests without an answer",
                                 hv_num(v->snapshot, "network.syn_retransmit_rate"));
}

void pattern_nic(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    double softnet = hv_num(v->snapshot, "network.softnet_drop_rate");

    f->metric = "nic_drops";
    f->unit = "packets/s";
    f->threshold = 10;
    f->value = 0;
    VALUE_EACH (n, value_get(v->snapshot, "nics")) {
        double errors = hv_num(n, "rx_errors") + hv_num(n, "tx_errors");
        double drops = hv_num(n, "rx_drops") + hv_num(n, "tx_drops");
        double packets = hv_num(n, "rx_packets") + hv_num(n, "tx_packets");
        double bad = errors + (drops >= 0.01 * packets ? drops : 0);

        if (bad > f->value) {
            f->value = bad;
            worst = n;
        }
    }
    f->evidence = arena_printf(v->arena, "%.1f errors and drops a second on %s (limit 10)",
                               f->value, worst ? hv_str(worst, "name") : "any interface");
    if (!worst || f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.6;
    f->resource = hv_key(v, "nic", hv_str(worst, "name"));
    f->claim =
        arena_printf(v->arena, "interface %s of %s drops packets", hv_str(worst, "name"), v->host);
    if (softnet >= 1)
        f->second = arena_printf(
            v->arena, "%.1f packets a second are dropped before the stack (softnet)", softnet);
}

void pattern_clock(struct host_view *v, struct host_finding *f)
{
    double skew = hv_num(v->snapshot, "clock.skew_s");
    const struct value *synced = value_path(v->snapshot, "clock.synced");
    bool unsynced = synced && synced->type == VALUE_BOOL && !synced->u.boolean;

    f->metric = "clock_skew";
    f->unit = "seconds";
    f->value = isnan(skew) ? 0 : skew;
    f->threshold = 5;
    f->evidence =
        isnan(skew)
            ? arena_printf(v->arena,
                           "the clock is %s; its error cannot be told without a reference",
                           unsynced ? "not synchronised" : "synchronised")
            : arena_printf(v->arena, "the clock differs by %.1f s from this machine's (limit 5 s)",
                           skew);
    /* The way to the machine and back takes seconds at most. */
    if (!(fabs(skew) >= 5))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fabs(skew) >= 60 ? 0.8 : 0.5;
    if (unsynced)
        f->second = "and it is not synchronised";
}

static double unit_score(const struct value *u, double now_ms)
{
    double age = now_ms - hv_num(u, "changed_ms");

    if (strcmp(hv_str(u, "sub"), "auto-restart") == 0)
        return 1;
    if (hv_num(u, "changed_ms") > 0 && age > UNIT_RECENT_MS)
        return 0;
    if (strcmp(hv_str(u, "active"), "failed") == 0)
        return 0.8;
    return hv_num(u, "restarts") >= 3 ? 0.6 : 0;
}

void pattern_units(struct host_view *v, struct host_finding *f)
{
    double now_ms = hv_num(v->snapshot, "taken_ms");
    const struct value *worst = NULL;

    f->metric = "unit_state";
    f->unit = "count";
    f->value = 0;
    f->threshold = 0;
    f->evidence = value_bool_or(value_get(v->snapshot, "units"), "systemd", false)
                      ? "no unit failed or restarted in the last hour"
                      : "there is no systemd to ask";
    VALUE_EACH (u, value_path(v->snapshot, "units.list")) {
        if (unit_score(u, now_ms) > f->value) {
            f->value = unit_score(u, now_ms);
            worst = u;
        }
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value;
    f->resource = hv_key(v, "unit", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "unit %s of %s %s", hv_str(worst, "name"), v->host,
                            f->value < 0.8 ? "keeps restarting"
                            : f->value < 1 ? "has failed"
                                           : "crashes in a loop");
    f->evidence = arena_printf(v->arena, "%s is %s (%s), result %s, exit status %.0f",
                               hv_str(worst, "name"), hv_str(worst, "active"), hv_str(worst, "sub"),
                               hv_str(worst, "result"), hv_num(worst, "exit_status"));
    if (hv_num(worst, "restarts") > 0)
        f->second =
            arena_printf(v->arena, "it was restarted %.0f times", hv_num(worst, "restarts"));
}

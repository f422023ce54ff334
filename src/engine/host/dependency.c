/* dependency.c - a process that waits for another one: its connections are followed to the peer
 * that does not take, read or answer, and from there on, at most three steps, to the process or the
 * address at the end.
 *
 * A wait is hard when the kernel shows it: a request for a connection without an answer for a
 * second, bytes that the other end did not read during the whole window, a connection that nobody
 * accepted. It is soft when a request is merely without an answer: that is normal for who waits for
 * work, so it counts only where the process that waits owes an answer itself to somebody who asked
 * it. Only a hard wait, or a peer that is stopped or stuck, is blamed without a look from there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

#define HOPS_MAX 3
static const struct host_limit limits[] = {
    {"syn", 1.0, "s", "the first repeat of a connection request (RFC 6298)"},
    {"moment", 0.1, "s", "waits that began in one moment belong together where owners are unseen"},
    {.name = NULL},
};
#define SYN_S LIMIT(0)
#define MOMENT_S LIMIT(1)

enum wait { WAIT_NONE, WAIT_SOFT, WAIT_HARD };

struct chain {
    const struct value *hops[HOPS_MAX]; /* groups, from who waits to the last one */
    int count;
    enum wait last;
    double score;
};

/* Whose connections cannot be seen: a request was taken here in the moment in which the other one
 * was sent, and both are without an answer. */
static bool began_together(struct host_view *v, const struct value *in, const struct value *out)
{
    return !net_pid(value_get(in, "own")) && !net_pid(value_get(out, "own")) &&
           hv_num(in, "port") != hv_num(out, "port") && net_count(in, "owed_s") > 0 &&
           net_count(out, "unanswered") <= net_count(in, "owed") && /* else they are many clients */
           fabs(net_count(in, "owed_s") - net_count(out, "unanswered_s")) <= MOMENT_S;
}

/* Seconds for which the process that waits has owed an answer itself, to who asked it. */
static double owes_s(struct host_view *v, const struct value *s, const struct value *out)
{
    int64_t pid = net_pid(value_get(out, "own"));
    double most = 0;

    VALUE_EACH (g, value_get(s, "connections")) {
        if (net_is_in(g) && (pid ? net_pid(value_get(g, "own")) == pid : began_together(v, g, out)))
            most = fmax(most, net_count(g, "owed_s"));
    }
    return most;
}

/* A queue that is full while its process is at work is told by accept_backlog. */
static bool only_backlog(const struct value *s, const struct value *g)
{
    const struct value *l =
        value_bool_or(g, "near", false) ? net_listener(s, net_count(g, "port")) : NULL;

    return l && net_queue_full(l) && !net_is_stuck(value_get(g, "peer")) &&
           net_count(g, "peer_stuck") == 0;
}

static enum wait wait_of(struct host_view *v, const struct value *s, const struct value *g)
{
    const struct value *peer = value_get(g, "peer");
    bool near = value_bool_or(g, "near", false);
    double unanswered_s = net_count(g, "unanswered_s");

    if (net_is_in(g) || only_backlog(s, g))
        return WAIT_NONE;
    if (net_count(g, "syn_sent") > 0 && net_count(g, "syn_s") >= SYN_S)
        return WAIT_HARD;
    if (near && net_count(g, "lasting") > 0 &&
        (net_count(g, "peer_stuck") > 0 ||
         (net_is_stuck(peer) && (net_count(g, "peer_unread") > 0 || unanswered_s >= NET_SOFT_S))))
        return WAIT_HARD;
    if (net_count(g, "unanswered") > 0 && unanswered_s >= NET_SOFT_S &&
        owes_s(v, s, g) >= NET_SOFT_S)
        return WAIT_SOFT;
    return WAIT_NONE;
}

static bool visited(const struct chain *c, int64_t pid)
{
    for (int i = 0; i < c->count; i++) {
        if (pid && net_pid(value_get(c->hops[i], "own")) == pid)
            return true;
    }
    return false;
}

/* Is `out` a wait of what serves the port that the last hop leads to? */
static bool goes_on(struct host_view *v, const struct value *s, const struct chain *c,
                    const struct value *out)
{
    const struct value *last = c->hops[c->count - 1];
    int64_t pid = net_pid(value_get(last, "peer"));

    if (pid)
        return net_pid(value_get(out, "own")) == pid;
    for (int i = 0; i < c->count; i++) {
        if (c->hops[i] == out)
            return false;
    }
    VALUE_EACH (in, value_get(s, "connections")) {
        if (net_is_in(in) && hv_num(in, "port") == hv_num(last, "port") &&
            began_together(v, in, out))
            return value_bool_or(last, "near", false);
    }
    return false;
}

/* What the process waits for in turn; the harder wait, then the longer one. */
static const struct value *next_wait(struct host_view *v, const struct value *s,
                                     const struct chain *c)
{
    const struct value *best = NULL;
    enum wait best_wait = WAIT_NONE;

    if (visited(c, net_pid(value_get(c->hops[c->count - 1], "peer"))))
        return NULL;
    VALUE_EACH (g, value_get(s, "connections")) {
        enum wait w;

        if (net_is_in(g) || !goes_on(v, s, c, g))
            continue;
        w = wait_of(v, s, g);
        if (w > best_wait || (w && w == best_wait &&
                              net_count(g, "unanswered_s") > net_count(best, "unanswered_s"))) {
            best = g;
            best_wait = w;
        }
    }
    return best;
}

static struct chain follow_from(struct host_view *v, const struct value *s,
                                const struct value *first)
{
    struct chain c = {.hops = {first}, .count = 1};
    const struct value *last = first, *next, *peer;
    double waiters;

    while (c.count < HOPS_MAX) {
        peer = value_get(last, "peer");
        next = net_is_stuck(peer) ? NULL : next_wait(v, s, &c);
        if (!next)
            break;
        last = c.hops[c.count++] = next;
    }
    c.last = wait_of(v, s, last);
    waiters = net_count(last, "count");
    c.score = (c.last == WAIT_HARD ? 10 : 0) + (net_is_stuck(value_get(last, "peer")) ? 5 : 0) +
              c.count + 0.001 * fmin(waiters, 500);
    return c;
}

static struct chain worst_chain(struct host_view *v)
{
    struct chain best = {.count = 0};

    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        struct chain c;

        if (wait_of(v, v->snapshot, g) == WAIT_NONE)
            continue;
        c = follow_from(v, v->snapshot, g);
        if (!best.count || c.score > best.score)
            best = c;
    }
    return best;
}

/* ---- words ---- */

static const char *what_waits(struct host_view *v, const struct value *g)
{
    struct arena *a = v->arena;

    if (net_count(g, "syn_sent") > 0)
        return arena_printf(a, "%.0f connection request%s without an answer, repeated for %.0f s",
                            net_count(g, "syn_sent"), net_count(g, "syn_sent") == 1 ? "" : "s",
                            net_count(g, "syn_s"));
    if (net_count(g, "peer_unaccepted") > 0)
        return arena_printf(a, "%.0f of %.0f connections were not accepted",
                            net_count(g, "peer_unaccepted"), net_count(g, "count"));
    if (net_count(g, "peer_unread") > 0)
        return arena_printf(a, "%s lie unread at the other end of %.0f connection%s",
                            hv_human(a, net_count(g, "peer_unread"), "bytes"),
                            net_count(g, "count"), net_count(g, "count") == 1 ? "" : "s");
    return arena_printf(a, "%.0f of %.0f requests without an answer, the oldest for %.1f s",
                        net_count(g, "unanswered"), net_count(g, "count"),
                        net_count(g, "unanswered_s"));
}

static const char *waits(struct host_view *v, const struct value *g)
{
    return arena_printf(v->arena, "%s waits for %s: %s", net_who(v, value_get(g, "own")),
                        net_place(v, g), what_waits(v, g));
}

static const struct host_proposal stopped_steps[] = {
    {.action = "let process {pid} ({command}) go on if nobody holds it on purpose",
     .command = "kill -CONT {pid}",
     .rollback = "kill -STOP {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "the queues of its connections empty"},
    {.action = NULL},
};

static const struct host_proposal stuck_steps[] = {
    {.action = "find out what process {pid} ({command}) is doing before it is restarted",
     .command =
         "cat /proc/{pid}/wchan; ls -l /proc/{pid}/fd; gdb -p {pid} -batch -ex 'thread apply "
         "all bt'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = "look at the service behind {peer}, and at the way there",
     .command = "",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the requests to {peer} are answered"},
    {.action = NULL},
};

static const struct host_proposal *steps_for(const struct value *end)
{
    return net_has_state(end, 'T') ? stopped_steps : stuck_steps;
}

static struct host_culprit culprit_of(struct host_view *v, const struct chain *c)
{
    const struct value *g = c->hops[c->count - 1], *peer = value_get(g, "peer");
    bool seen = net_pid(peer) > 0;
    struct host_culprit out = {
        .resource = net_key(v, peer, g),
        .evidence = waits(v, g),
        .metric = "waiting_connections",
        .unit = "connections",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = net_count(g, "count"),
        .threshold = c->last == WAIT_HARD ? 1 : net_count(g, "unanswered_s"),
        .pid = net_pid(peer),
        .port = (int64_t)net_count(g, "port"),
        .addr = hv_str(g, "addr"),
        .follow = value_bool_or(g, "near", false) ? FOLLOW_TREE : FOLLOW_PEER,
        .path = c->last == WAIT_HARD ? "hard" : "soft",
        .proposals = steps_for(peer),
        .weight = 1,
    };

    if (seen)
        out.statement =
            arena_printf(v->arena, "%s of %s, which serves port %.0f, %s", net_who(v, peer),
                         v->host, net_count(g, "port"), net_condition(v, peer));
    else
        out.statement = arena_printf(v->arena, "%s does not answer %s", net_place(v, g), v->host);
    for (int i = 1; i < c->count && out.link_count < LINKS_MAX; i++)
        out.links[out.link_count++] =
            (struct host_link){.statement = arena_printf(v->arena, "%s of %s waits for %s",
                                                         net_who(v, value_get(c->hops[i], "own")),
                                                         v->host, net_place(v, c->hops[i])),
                               .resource = net_key(v, value_get(c->hops[i], "own"), c->hops[i]),
                               .evidence = waits(v, c->hops[i])};
    return out;
}

static const char *others_wait(struct host_view *v, const struct chain *c)
{
    const struct value *end = c->hops[c->count - 1];
    int processes = 0;

    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (!net_is_in(g) && hv_num(g, "port") == hv_num(end, "port") &&
            strcmp(hv_str(g, "addr"), hv_str(end, "addr")) == 0 &&
            wait_of(v, v->snapshot, g) != WAIT_NONE)
            processes++;
    }
    if (processes > 1)
        return arena_printf(v->arena, "%d processes wait for %s", processes, net_place(v, end));
    return NULL;
}

/* A server that is stopped or stuck while what it was sent lies unread: its clients are elsewhere.
 */
static const struct value *dead_server(struct host_view *v)
{
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (net_is_in(g) && net_is_stuck(value_get(g, "own")) &&
            (net_count(g, "recv_stuck") > 0 || net_count(g, "unaccepted") > 0) &&
            net_count(g, "lasting") > 0)
            return g;
    }
    return NULL;
}

static void blame_server(struct host_view *v, struct host_finding *f, const struct value *g)
{
    const struct value *own = value_get(g, "own");
    const char *seen = arena_printf(
        v->arena, "%s serves %s and %s: %.0f connections with unread bytes, %.0f not accepted",
        net_who(v, own), net_place(v, g), net_condition(v, own), net_count(g, "recv_stuck"),
        net_count(g, "unaccepted"));

    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.95;
    f->resource = net_key(v, own, g);
    f->value = net_count(g, "count");
    f->claim = arena_printf(v->arena, "clients of port %.0f of %s wait for nothing",
                            net_count(g, "port"), v->host);
    f->evidence = seen;
    f->culprits[f->culprit_count++] = (struct host_culprit){
        .statement = arena_printf(v->arena, "%s of %s, which serves port %.0f, %s", net_who(v, own),
                                  v->host, net_count(g, "port"), net_condition(v, own)),
        .resource = f->resource,
        .evidence = seen,
        .metric = "waiting_connections",
        .unit = "connections",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = f->value,
        .threshold = 1,
        .pid = net_pid(own),
        .port = (int64_t)net_count(g, "port"),
        .addr = hv_str(g, "addr"),
        .follow = FOLLOW_TREE,
        .path = "in",
        .proposals = steps_for(own),
        .weight = 1};
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct chain c = worst_chain(v);
    const struct value *server = dead_server(v);

    f->metric = "waiting_connections";
    f->unit = "connections";
    f->value = 0;
    f->threshold = 1;
    f->evidence = isnan(hv_num(v->snapshot, "network.connections"))
                      ? "the connections of this machine could not be seen"
                      : arena_printf(v->arena, "of %.0f connections none waits for its peer",
                                     hv_num(v->snapshot, "network.connections"));
    if (!c.count && !server)
        return;
    if (!c.count || (c.last == WAIT_SOFT && server)) {
        blame_server(v, f, server);
        return;
    }
    f->value = net_count(c.hops[0], "count");
    f->strength = c.last == WAIT_HARD ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->severity = c.last == WAIT_HARD ? 0.9 : 0.5;
    f->direct = c.last == WAIT_HARD;
    f->tentative = true;
    f->resource = net_key(v, value_get(c.hops[0], "own"), c.hops[0]);
    f->claim =
        arena_printf(v->arena, "%s of %s waits for %s", net_who(v, value_get(c.hops[0], "own")),
                     v->host, net_place(v, c.hops[0]));
    f->evidence = waits(v, c.hops[0]);
    f->second = others_wait(v, &c);
    for (int i = 0; i < c.count; i++)
        f->pids[i] = net_pid(value_get(c.hops[i], "own"));
    f->culprits[f->culprit_count++] = culprit_of(v, &c);
}

/* ---- the second look ---- */

/* Here again: does the same peer still keep somebody waiting? */
static void read_again(struct host_view *v, const struct host_culprit *c,
                       const struct value *answer, struct host_reading *r)
{
    struct host_view later = *v;

    later.snapshot = answer;
    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "%.1f s later nobody waits for port %lld any more",
                               hv_num(answer, "window_s"), (long long)c->port);
    VALUE_EACH (g, value_get(answer, "connections")) {
        bool in = strcmp(c->path, "in") == 0;
        const struct value *end = value_get(g, in ? "own" : "peer");
        bool waiting = in ? net_is_stuck(end) : wait_of(v, answer, g) != WAIT_NONE;

        if (net_is_in(g) != in || hv_num(g, "port") != (double)c->port ||
            strcmp(hv_str(g, "addr"), c->addr) != 0 || !waiting)
            continue;
        r->after = net_count(g, "count");
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->evidence =
            arena_printf(v->arena, "%.1f s later it is the same: %s; %s %s",
                         hv_num(answer, "window_s"), in ? net_place(&later, g) : waits(&later, g),
                         net_who(&later, end), net_condition(&later, end));
        return;
    }
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    if (c->follow == FOLLOW_PEER || value_get(answer, "result"))
        net_read_peer(v, c, answer, r);
    else
        read_again(v, c, answer, r);
}

static const char *const checks[] = {
    "connections of {host} that wait: ss -tnpoi, Recv-Q, Send-Q and lastrcv",
    "the log of the peer for the same minutes",
    NULL,
};

const struct host_pattern host_pattern_dependency = {
    .id = "dependency",
    .kind = "network",
    .category = CATEGORY_DEPENDENCY,
    .words = WORDS_NETWORK | WORDS_LATENCY | WORDS_ERRORS | WORDS_DATABASE,
    .rank = 4,
    .claim = "a process of %s waits for a peer that does not answer",
    .rationale = "a service is as slow as what it waits for",
    .refutes = "no connection whose peer leaves requests unread or unanswered",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = stuck_steps,
    .checks = checks,
};

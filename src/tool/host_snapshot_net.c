/* host_snapshot_net.c - the network's part of the host_snapshot document.
 *
 *  "network":{... counters, see host_snapshot.c ...}
 *  "addresses":["192.0.2.2"],                              of this machine, without loopback
 *  "resolvers":["10.0.0.2"], "hosts_dns":bool,
 *  "resolving":[{"pid","command","addr","count"}],         who has a question to a name server open
 *  "connections":[{"direction":"in"|"out","near","addr","port","count","established","syn_sent",
 *         "syn_recv","close_wait","fin_wait","last_ack","lasting","unaccepted",
 *         "unaccepted_s","recv_queue","send_queue","recv_stuck","send_stuck","retransmitting",
 *         "retries","retransmits","repeated",
 *         "unanswered","unanswered_s","owed","owed_s","close_wait_lasting","syn_s","peer_unread","peer_stuck","peer_unaccepted","pmtu",
 *         "mss","big_stuck","own":PROCESS,"peer":PROCESS|null}],   in trouble first
 *  "time_wait":[{"addr","port","count"}],
 *  "unix_listeners":[{"path","queue","backlog","pid","command"}],
 *  "bind_errors":[{"port","ts_ms","count","text"}]
 * PROCESS: {"pid","command","state","cpu","threads","uid","ppid"}; pid 0: not known. "out": addr
 * and port are the peer's; "in": our own. "near": the peer is this machine, "peer" is who listens.
 */
#include "host_common.h"

#include <math.h>

#define CONNECTIONS_SHOWN 150
#define TIME_WAITS_SHOWN 20
#define UNIX_SHOWN 60

static void put_strings(struct json_writer *w, const char *key, const char *const *items,
                        size_t count)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_cstring(w, items[i]);
    json_array_end(w);
}

static void put_process(struct json_writer *w, const char *key, const struct host_snapshot *s,
                        int32_t pid)
{
    const struct host_process *p = pid > 0 ? host_snapshot_process(s, pid) : NULL;
    char state[2] = {p ? p->state : '\0', '\0'};

    json_key(w, key);
    json_object_begin(w);
    json_put_int(w, "pid", pid);
    if (p) {
        json_put_cstr(w, "command", p->comm);
        json_put_cstr(w, "state", state);
        json_put_int(w, "ppid", p->ppid);
        json_put_int(w, "threads", p->threads);
        host_put_num(w, "cpu", p->cpu);
        host_put_num(w, "uid", p->uid < 0 ? NAN : (double)p->uid);
    }
    json_object_end(w);
}

static void put_counts(struct json_writer *w, const struct host_conns *g)
{
    const struct {
        const char *key;
        double value;
    } counts[] = {
        {"count", g->total},
        {"established", g->established},
        {"syn_sent", g->syn_sent},
        {"syn_recv", g->syn_recv},
        {"close_wait", g->close_wait},
        {"fin_wait", g->fin_wait},
        {"last_ack", g->last_ack},
        {"lasting", g->lasting},
        {"unaccepted", g->unaccepted},
        {"unaccepted_s", g->unaccepted_s},
        {"recv_queue", g->recv_queue},
        {"send_queue", g->send_queue},
        {"recv_stuck", g->recv_stuck},
        {"send_stuck", g->send_stuck},
        {"retransmitting", g->retransmitting},
        {"retries", g->retries},
        {"retransmits", g->retransmits},
        {"repeated", g->repeated},
        {"unanswered", g->unanswered},
        {"unanswered_s", g->unanswered_s},
        {"owed", g->owed},
        {"owed_s", g->owed_s},
        {"close_wait_lasting", g->close_wait_lasting},
        {"syn_s", g->syn_s},
        {"peer_unread", g->peer_unread},
        {"peer_stuck", g->peer_stuck},
        {"peer_unaccepted", g->peer_unaccepted},
        {"pmtu", g->pmtu},
        {"mss", g->mss},
        {"big_stuck", g->big_stuck},
    };

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        if (counts[i].value > 0) /* what is not there is zero: most are */
            host_put_num(w, counts[i].key, counts[i].value);
    }
}

static void put_connections(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "connections");
    json_array_begin(w);
    for (size_t i = 0; i < s->conns.count && i < CONNECTIONS_SHOWN; i++) {
        const struct host_conns *g = &s->conns.items[i];

        json_object_begin(w);
        json_put_cstr(w, "direction", g->in ? "in" : "out");
        json_put_bool(w, "near", g->near);
        json_put_cstr(w, "addr", g->addr);
        json_put_int(w, "port", g->port);
        put_counts(w, g);
        put_process(w, "own", s, g->pid);
        if (g->near && !g->in)
            put_process(w, "peer", s, g->peer_pid);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_lists(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "time_wait");
    json_array_begin(w);
    for (size_t i = 0; i < s->time_waits.count && i < TIME_WAITS_SHOWN; i++) {
        json_object_begin(w);
        json_put_cstr(w, "addr", s->time_waits.items[i].addr);
        json_put_int(w, "port", s->time_waits.items[i].port);
        host_put_num(w, "count", s->time_waits.items[i].count);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "unix_listeners");
    json_array_begin(w);
    for (size_t i = 0; i < s->unix_listeners.count && i < UNIX_SHOWN; i++) {
        const struct host_unix_listener *u = &s->unix_listeners.items[i];

        json_object_begin(w);
        json_put_cstr(w, "path", u->path);
        host_put_num(w, "queue", u->queue);
        host_put_num(w, "backlog", u->backlog);
        json_put_int(w, "pid", u->pid);
        json_put_cstr(w, "command", u->comm);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_names(struct json_writer *w, const struct host_snapshot *s)
{
    put_strings(w, "addresses", s->addresses.items, s->addresses.count);
    put_strings(w, "resolvers", s->resolvers.items, s->resolvers.count);
    json_put_bool(w, "hosts_dns", s->hosts_dns);
    json_key(w, "resolving");
    json_array_begin(w);
    VEC_EACH (r, &s->resolving) {
        json_object_begin(w);
        json_put_int(w, "pid", r->pid);
        json_put_cstr(w, "command", r->comm);
        json_put_cstr(w, "addr", r->addr);
        json_put_int(w, "count", r->count);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "bind_errors");
    json_array_begin(w);
    VEC_EACH (b, &s->bind_errors) {
        json_object_begin(w);
        json_put_int(w, "port", b->port);
        json_put_int(w, "ts_ms", b->ts_ms);
        json_put_int(w, "count", b->count);
        json_put_cstr(w, "text", b->text);
        json_object_end(w);
    }
    json_array_end(w);
}

void host_put_network(struct json_writer *w, const struct host_snapshot *s)
{
    put_names(w, s);
    put_connections(w, s);
    put_lists(w, s);
}

/* conns_group.c - connections by process and peer: who waits for whom, and what does not move. */
#include "conns_priv.h"

#include <stdlib.h>

#define GROUPS_MAX 4000
#define GROUPS_KEPT 400
#define WAIT_MS 500.0 /* no answer for longer than a round trip and some work */

struct keyed {
    bool in, near;
    int32_t pid;
    struct conn_end end; /* out: the peer; in: our side */
    const struct conn *conn;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->in != y->in)
        return x->in ? 1 : -1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return conn_end_cmp(&x->end, &y->end);
}

static int by_ends(const void *a, const void *b)
{
    const struct conn *x = a, *y = b;
    int c = conn_end_cmp(&x->local, &y->local);

    return c ? c : conn_end_cmp(&x->peer, &y->peer);
}

static const struct host_listener *listener_at(const struct host_snapshot *s, int port)
{
    VEC_EACH (l, &s->listeners) {
        if (l->port == port)
            return l;
    }
    return NULL;
}

static bool is_own(const conn_vec *all, const struct conn_end *e)
{
    if (conn_is_loopback(e))
        return true;
    VEC_EACH (c, all) {
        if (memcmp(c->local.addr, e->addr, sizeof(e->addr)) == 0)
            return true;
    }
    return false;
}

static const struct conn *other_end(const conn_vec *all, const struct conn *c)
{
    struct conn key = {.local = c->peer, .peer = c->local};

    return bsearch(&key, all->items, all->count, sizeof(key), by_ends);
}

/* Bytes wait at both ends of the window, and none was taken in between. A queue that is full all
 * the time may still move: then the bytes that went through tell. */
static bool recv_stuck(const struct conn *c)
{
    double end = c->state == CONN_CLOSE_WAIT ? 1 : 0; /* the peer's FIN is counted as a byte */

    if (!(c->recv_queue > end && c->recv_before > end))
        return false;
    if (isnan(c->received) || isnan(c->received_before))
        return c->recv_queue == c->recv_before;
    return c->received - c->recv_queue == c->received_before - c->recv_before;
}

static bool send_stuck(const struct conn *c)
{
    if (!(c->send_queue > 0 && c->send_before > 0) || c->state == CONN_SYN_SENT)
        return false;
    if (isnan(c->acked) || isnan(c->acked_before))
        return c->send_queue == c->send_before;
    return c->acked == c->acked_before;
}

static void count_state(struct host_conns *g, const struct conn *c)
{
    switch (c->state) {
    case CONN_ESTABLISHED:
        g->established++;
        if (g->in && !c->inode && !c->pid) { /* nobody has sent: so old it is */
            g->unaccepted++;
            g->unaccepted_s = fmax(g->unaccepted_s, c->last_sent_ms / 1000);
        }
        break;
    case CONN_SYN_SENT:
        g->syn_sent++;
        break;
    case CONN_SYN_RECV:
        g->syn_recv++;
        break;
    case CONN_FIN_WAIT:
        g->fin_wait++;
        break;
    case CONN_CLOSE_WAIT:
        g->close_wait++;
        break;
    case CONN_LAST_ACK:
        g->last_ack++;
        break;
    case CONN_OTHER:
        break;
    }
}

/* Who sent last, and has waited since? A connection on which one side never said anything counts as
 * well: its times are those of its beginning. An acknowledged SYN counts as one byte. */
static void count_unanswered(struct host_conns *g, const struct conn *c)
{
    double sent = c->last_sent_ms, received = c->last_received_ms;

    if (c->state != CONN_ESTABLISHED)
        return;
    if (!g->in && sent >= WAIT_MS &&
        (received > sent + 1 || (c->received == 0 && c->acked + c->send_queue > 1))) {
        g->unanswered++;
        g->unanswered_s = fmax(g->unanswered_s, sent / 1000);
    }
    if (g->in && c->inode && received >= WAIT_MS && c->received > 0 &&
        (sent > received + 1 || c->acked + c->send_queue <= 1)) {
        g->owed++;
        g->owed_s = fmax(g->owed_s, received / 1000);
    }
}

/* Doubling waits of one second (RFC 6298): so long it has asked at least. */
static void count_syn(struct host_conns *g, const struct conn *c)
{
    double asked_s = 0;

    if (c->state != CONN_SYN_SENT)
        return;
    for (int i = 0; i < c->retries && i < 8; i++)
        asked_s += (double)(1 << i);
    g->syn_s = fmax(g->syn_s, asked_s);
}

static void add(struct host_conns *g, const struct conn *c, const struct conn *far)
{
    bool stands = send_stuck(c);

    g->total++;
    g->lasting += !isnan(c->recv_before);
    g->recv_queue += c->recv_queue;
    g->send_queue += c->state == CONN_SYN_SENT ? 0 : c->send_queue;
    g->recv_stuck += recv_stuck(c);
    g->send_stuck += stands;
    g->close_wait_lasting += c->state == CONN_CLOSE_WAIT && c->state_before == (int)CONN_CLOSE_WAIT;
    g->big_stuck += c->state == CONN_ESTABLISHED && stands && c->timer_on && c->retries > 0 &&
                    c->mss > 0 && c->send_queue > c->mss;
    g->retransmitting += c->timer_on && c->retries > 0;
    g->retries = c->timer_on && c->retries > g->retries ? c->retries : g->retries;
    g->retransmits += isnan(c->retransmits) ? 0 : c->retransmits;
    if (c->retransmits > c->retransmits_before)
        g->repeated += c->retransmits - c->retransmits_before;
    if (c->pmtu > 0 && (!g->pmtu || c->pmtu < g->pmtu))
        g->pmtu = c->pmtu;
    if (c->mss > 0 && (!g->mss || c->mss < g->mss))
        g->mss = c->mss;
    count_state(g, c);
    count_unanswered(g, c);
    count_syn(g, c);
    if (far && !g->in && c->state == CONN_ESTABLISHED) {
        g->peer_unread += far->recv_queue;
        g->peer_stuck += recv_stuck(far);
        g->peer_unaccepted += far->state == CONN_ESTABLISHED && !far->inode && !far->pid;
    }
}

static struct keyed key_of(const struct host_snapshot *s, const conn_vec *all, const struct conn *c)
{
    const struct host_listener *l = listener_at(s, c->local.port);
    struct keyed k = {.conn = c, .pid = c->pid, .end = c->peer};

    k.in = l && c->state != CONN_SYN_SENT && !listener_at(s, c->peer.port);
    if (l && !k.in && c->state != CONN_SYN_SENT) /* both ports listen: the owner decides */
        k.in = !c->pid || l->pid == c->pid;
    if (k.in) {
        k.end = c->local;
        if (!k.pid)
            k.pid = l->pid;
    }
    k.near = is_own(all, &c->peer);
    return k;
}

static double trouble(const struct host_conns *g)
{
    return 4.0 * g->unaccepted + 3.0 * g->peer_unaccepted + 2.0 * g->peer_stuck + g->recv_stuck +
           g->send_stuck + 2.0 * g->syn_sent + g->close_wait + g->retransmitting +
           0.5 * g->unanswered + 0.001 * g->total;
}

static int by_trouble(const void *a, const void *b)
{
    double x = trouble(a), y = trouble(b);

    return (x < y) - (x > y);
}

static const char *name_of(const struct host_snapshot *s, int32_t pid)
{
    const struct host_process *p = pid > 0 ? host_snapshot_process(s, pid) : NULL;

    return p ? p->comm : NULL;
}

static struct host_conns *open_group(struct parse *p, struct host_snapshot *s,
                                     const struct keyed *k)
{
    struct host_conns *g = VEC_PUSH(&s->conns);
    const struct host_listener *l = k->near && !k->in ? listener_at(s, k->end.port) : NULL;

    g->in = k->in;
    g->near = k->near;
    g->pid = k->pid;
    g->comm = name_of(s, k->pid);
    g->uid = k->conn->uid;
    g->addr = conn_addr_text(p, &k->end);
    g->port = k->end.port;
    g->peer_pid = l ? l->pid : 0;
    g->peer_comm = name_of(s, g->peer_pid);
    return g;
}

void conns_group(struct parse *p, struct host_snapshot *s, conn_vec *all)
{
    struct keyed *keys = arena_array(p->arena, all->count + 1, sizeof(*keys));
    struct host_conns *g = NULL;

    if (!all->count)
        return;
    qsort(all->items, all->count, sizeof(*all->items), by_ends);
    for (size_t i = 0; i < all->count; i++)
        keys[i] = key_of(s, all, &all->items[i]);
    qsort(keys, all->count, sizeof(*keys), by_key);
    for (size_t i = 0; i < all->count; i++) {
        if (i == 0 || by_key(&keys[i - 1], &keys[i]) != 0) {
            if (s->conns.count == GROUPS_MAX)
                break;
            g = open_group(p, s, &keys[i]);
        }
        add(g, keys[i].conn, keys[i].near ? other_end(all, keys[i].conn) : NULL);
    }
    qsort(s->conns.items, s->conns.count, sizeof(*s->conns.items), by_trouble);
    if (s->conns.count > GROUPS_KEPT)
        s->conns.count = GROUPS_KEPT;
}

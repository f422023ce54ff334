/* conns_priv.h - one TCP connection as it was read, before connections are grouped. */
#ifndef RUNBOOK_SERVICE_HOST_CONNS_PRIV_H
#define RUNBOOK_SERVICE_HOST_CONNS_PRIV_H

#include "parse_priv.h"

enum conn_state {
    CONN_ESTABLISHED,
    CONN_SYN_SENT,
    CONN_SYN_RECV,
    CONN_FIN_WAIT,
    CONN_CLOSE_WAIT,
    CONN_LAST_ACK,
    CONN_OTHER,
};

struct conn_end {
    uint8_t addr[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};

struct conn {
    struct conn_end local, peer;
    enum conn_state state;
    bool timer_on; /* it waits for an answer to what was sent again */
    int retries;
    uint64_t inode;
    int64_t uid;
    int32_t pid;
    double recv_queue, send_queue, recv_before, send_before; /* before: NAN when it is new */
    double retransmits_before; /* when the window began; NAN: not told, or not there yet */
    double retransmits, unacked, last_sent_ms, last_received_ms, timer_ms; /* NAN: not told */
    double received, acked, received_before, acked_before; /* bytes; NAN: not told */
    int state_before;                                      /* enum conn_state, -1: it is new */
    int pmtu, mss;                                         /* 0: not told */
};

typedef VEC(struct conn) conn_vec;

/* "127.0.0.1:80", "[::1]:80", "10.0.0.1%eth0:80"; false when it is none. */
bool conn_end_read(struct str text, struct conn_end *ret);
const char *conn_addr_text(struct parse *p, const struct conn_end *e);
bool conn_is_loopback(const struct conn_end *e);
int conn_end_cmp(const struct conn_end *a, const struct conn_end *b);
/* By process and peer; what is in trouble first. Sorts `all`. */
void conns_group(struct parse *p, struct host_snapshot *s, conn_vec *all);

#endif

/* local_net.c - the sockets of this machine (NETLINK_SOCK_DIAG) as lines that ss(8) would write,
 * and who holds them (/proc/PID/fd). Listeners at the end of the window, connections at both ends:
 * what did not move in between is what matters. Sockets in TIME-WAIT are only counted by their
 * peer. Without sock_diag /proc/net/tcp says less: no limits of queues, no times. */
#include "collect_priv.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define LISTEN_MAX 2000
#define CONNS_MAX 20000
#define UNIX_MAX 2000
#define PEERS_MAX 512 /* of TIME-WAIT that are told apart */
#define FDS_MAX 200000
#define PROC_NET_MAX ((size_t)4 << 20)
#define BYTES_AT 120 /* of tcpi_bytes_acked in the kernel's struct, which glibc's ends before */

struct peer {
    int family;
    uint32_t addr[4];
    uint16_t port;
    uint32_t count;
};

struct scan {
    struct local *l;
    VEC(uint64_t) inodes;
    VEC(struct peer) peers;
    size_t conns, others;
};

static const char *state_name(int state)
{
    static const char *const names[] = {
        [TCP_ESTABLISHED] = "ESTAB",    [TCP_SYN_SENT] = "SYN-SENT",
        [TCP_SYN_RECV] = "SYN-RECV",    [TCP_FIN_WAIT1] = "FIN-WAIT-1",
        [TCP_FIN_WAIT2] = "FIN-WAIT-2", [TCP_TIME_WAIT] = "TIME-WAIT",
        [TCP_CLOSE] = "UNCONN",         [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
        [TCP_LAST_ACK] = "LAST-ACK",    [TCP_LISTEN] = "LISTEN",
        [TCP_CLOSING] = "CLOSING",
    };

    return state > 0 && (size_t)state < sizeof(names) / sizeof(*names) && names[state]
               ? names[state]
               : "UNKNOWN";
}

static void add_addr(struct local *l, int family, const void *addr, uint16_t port)
{
    char text[INET6_ADDRSTRLEN] = "?";
    bool six = family == AF_INET6;

    inet_ntop(family, addr, text, sizeof(text));
    buf_addf(&l->out, " %s%s%s:%u", six ? "[" : "", text, six ? "]" : "", ntohs(port));
}

static void add_info(struct local *l, struct inet_diag_msg *m, size_t len)
{
    struct rtattr *a = (void *)(m + 1);

    for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
        struct tcp_info i = {0};
        uint64_t bytes[2] = {0}; /* acknowledged, received */
        size_t n = RTA_PAYLOAD(a);

        if (a->rta_type != INET_DIAG_INFO)
            continue;
        memcpy(&i, RTA_DATA(a), n < sizeof(i) ? n : sizeof(i));
        if (n >= BYTES_AT + sizeof(bytes))
            memcpy(bytes, (const char *)RTA_DATA(a) + BYTES_AT, sizeof(bytes));
        buf_addf(&l->out,
                 " mss:%u pmtu:%u unacked:%u retrans:%u/%u lastsnd:%u lastrcv:%u "
                 "bytes_acked:%llu bytes_received:%llu",
                 i.tcpi_snd_mss, i.tcpi_pmtu, i.tcpi_unacked, i.tcpi_retrans, i.tcpi_total_retrans,
                 i.tcpi_last_data_sent, i.tcpi_last_data_recv, (unsigned long long)bytes[0],
                 (unsigned long long)bytes[1]);
    }
}

static void connection(struct scan *sc, struct inet_diag_msg *m, size_t len)
{
    static const char *const timers[] = {"off", "on", "keepalive", "timewait", "persist"};
    struct local *l = sc->l;
    unsigned t = m->idiag_timer < 5 ? m->idiag_timer : 0;

    if (sc->conns++ >= CONNS_MAX)
        return;
    buf_addf(&l->out, "%s %u %u", state_name(m->idiag_state), m->idiag_rqueue, m->idiag_wqueue);
    add_addr(l, m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
    add_addr(l, m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);
    if (t)
        buf_addf(&l->out, " timer:(%s,%ums,%u)", timers[t], m->idiag_expires, m->idiag_retrans);
    buf_addf(&l->out, " uid:%u ino:%u", m->idiag_uid, m->idiag_inode);
    add_info(l, m, len);
    buf_addc(&l->out, '\n');
    if (m->idiag_inode)
        *VEC_PUSH(&sc->inodes) = m->idiag_inode;
}

static void listener(struct scan *sc, const struct inet_diag_msg *m)
{
    struct local *l = sc->l;

    if (sc->inodes.count >= LISTEN_MAX)
        return;
    buf_addf(&l->out, "LISTEN %u %u", m->idiag_rqueue, m->idiag_wqueue);
    add_addr(l, m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
    buf_addf(&l->out, " *:* uid:%u ino:%u\n", m->idiag_uid, m->idiag_inode);
    *VEC_PUSH(&sc->inodes) = m->idiag_inode;
}

static void count_peer(struct scan *sc, const struct inet_diag_msg *m)
{
    struct peer p = {.family = m->idiag_family, .port = m->id.idiag_dport, .count = 1};

    memcpy(p.addr, m->id.idiag_dst, sizeof(p.addr));
    VEC_EACH (q, &sc->peers) {
        if (q->port == p.port && q->family == p.family &&
            !memcmp(q->addr, p.addr, sizeof(p.addr))) {
            q->count++;
            return;
        }
    }
    if (sc->peers.count < PEERS_MAX)
        *VEC_PUSH(&sc->peers) = p;
    else
        sc->others++;
}

/* Only who asks a name server matters: the sockets themselves are in /proc/net/udp. */
static void udp_message(struct scan *sc, struct nlmsghdr *h)
{
    struct inet_diag_msg *m = NLMSG_DATA(h);

    if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(*m)) && m->id.idiag_dport == htons(53) &&
        sc->conns++ < CONNS_MAX)
        *VEC_PUSH(&sc->inodes) = m->idiag_inode;
}

static void tcp_message(struct scan *sc, struct nlmsghdr *h)
{
    struct inet_diag_msg *m = NLMSG_DATA(h);

    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
        return;
    if (m->idiag_state == TCP_LISTEN)
        listener(sc, m);
    else if (m->idiag_state == TCP_TIME_WAIT)
        count_peer(sc, m);
    else
        connection(sc, m, h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
}

/* A name in the abstract space begins with a NUL byte, which is shown as "@". */
static void add_unix_name(struct local *l, const char *name, size_t n)
{
    for (size_t i = 0; i < n && i < 108; i++) {
        unsigned char c = (unsigned char)name[i];

        if (!c && i)
            break;
        buf_addc(&l->out, !c ? '@' : c <= ' ' || c == 0x7f ? '?' : (char)c);
    }
}

static void unix_message(struct scan *sc, struct nlmsghdr *h)
{
    struct unix_diag_msg *m = NLMSG_DATA(h);
    size_t len = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
    const struct unix_diag_rqlen *q = NULL;
    struct rtattr *name = NULL;

    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) || sc->conns++ >= UNIX_MAX)
        return;
    for (struct rtattr *a = (void *)(m + 1); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
        if (a->rta_type == UNIX_DIAG_RQLEN && RTA_PAYLOAD(a) >= sizeof(*q))
            q = RTA_DATA(a);
        else if (a->rta_type == UNIX_DIAG_NAME)
            name = a;
    }
    if (!q || !name)
        return;
    buf_addf(&sc->l->out, "LISTEN %u %u ", q->udiag_rqueue, q->udiag_wqueue);
    add_unix_name(sc->l, RTA_DATA(name), RTA_PAYLOAD(name));
    buf_addf(&sc->l->out, " ino:%u\n", m->udiag_ino);
    *VEC_PUSH(&sc->inodes) = m->udiag_ino;
}

typedef void message_fn(struct scan *sc, struct nlmsghdr *h);

/* False at the end of the answer. */
static bool messages(struct scan *sc, message_fn *fn, char *data, size_t len)
{
    for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)data; NLMSG_OK(h, len);
         h = NLMSG_NEXT(h, len)) {
        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
            return false;
        fn(sc, h);
    }
    return local_now_ms() < sc->l->deadline_ms;
}

static void receive(struct scan *sc, int fd, message_fn *fn)
{
    _Alignas(struct nlmsghdr) char data[32768];
    ssize_t n;

    do {
        n = recv(fd, data, sizeof(data), 0);
    } while (n > 0 && messages(sc, fn, data, (size_t)n));
}

static void ask_inet(struct scan *sc, int fd, uint8_t protocol, uint32_t states, message_fn *fn)
{
    static const int families[] = {AF_INET, AF_INET6};

    for (size_t i = 0; i < 2; i++) {
        struct {
            struct nlmsghdr h;
            struct inet_diag_req_v2 r;
        } req = {
            .h = {.nlmsg_len = sizeof(req),
                  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
            .r = {.sdiag_family = (uint8_t)families[i],
                  .sdiag_protocol = protocol,
                  .idiag_ext = 1u << (INET_DIAG_INFO - 1),
                  .idiag_states = states},
        };

        if (send(fd, &req, sizeof(req), 0) >= 0)
            receive(sc, fd, fn);
    }
}

static void ask_unix(struct scan *sc, int fd)
{
    struct {
        struct nlmsghdr h;
        struct unix_diag_req r;
    } req = {
        .h = {.nlmsg_len = sizeof(req),
              .nlmsg_type = SOCK_DIAG_BY_FAMILY,
              .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .r = {.sdiag_family = AF_UNIX,
              .udiag_states = 1u << TCP_LISTEN,
              .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN},
    };

    if (send(fd, &req, sizeof(req), 0) >= 0)
        receive(sc, fd, unix_message);
}

static int diag_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    struct timeval patience = {.tv_sec = 2};

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void ask_connections(struct scan *sc, int fd, int phase)
{
    uint32_t all = 0xFFF & ~(1u << TCP_LISTEN) & ~(1u << TCP_TIME_WAIT) & ~(1u << TCP_CLOSE) & ~1u;

    local_section(sc->l, "conns", phase, ERR_OK);
    sc->conns = 0;
    ask_inet(sc, fd, IPPROTO_TCP, all, tcp_message);
    if (sc->conns > CONNS_MAX)
        local_section(sc->l, "conns/cut", phase, ERR_LIMIT);
}

static void add_time_wait(struct scan *sc, int fd)
{
    local_section(sc->l, "timewait", 1, ERR_OK);
    ask_inet(sc, fd, IPPROTO_TCP, 1u << TCP_TIME_WAIT, tcp_message);
    VEC_EACH (p, &sc->peers) {
        buf_addf(&sc->l->out, "%u", p->count);
        add_addr(sc->l, p->family, p->addr, p->port);
        buf_addc(&sc->l->out, '\n');
    }
    if (sc->others)
        buf_addf(&sc->l->out, "%zu others\n", sc->others);
}

/* ---- who holds them ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

struct owner_scan {
    struct scan *sc;
    struct buf deleted; /* files without a name that are met on the way */
    bool first;         /* the first holder of each socket is enough */
    bool *found;        /* of each inode; NULL unless `first` */
    size_t missing;
    int left, seen, denied;
};

static void found(struct owner_scan *os, uint64_t inode, int32_t pid)
{
    uint64_t *at = os->sc->inodes.count ? bsearch(&inode, os->sc->inodes.items,
                                                  os->sc->inodes.count, sizeof(inode), by_value)
                                        : NULL;

    if (!at)
        return;
    buf_addf(&os->sc->l->out, "%llu %d\n", (unsigned long long)inode, pid);
    if (os->first && !os->found[at - os->sc->inodes.items]) {
        os->found[at - os->sc->inodes.items] = true;
        os->missing--;
    }
}

static void owner_fd(struct owner_scan *os, int dir_fd, const char *name, int32_t pid)
{
    char target[2048];
    ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);
    uint64_t inode;

    if (n > 0 && target[0] == '/' && !os->first)
        local_deleted_fd(&os->deleted, dir_fd, name, pid, (struct str){target, (size_t)n});
    if (n < 10 || strncmp(target, "socket:[", 8) || target[n - 1] != ']' ||
        !num_u64((struct str){target + 8, (size_t)n - 9}, &inode))
        return;
    found(os, inode, pid);
}

static bool owner_pid(void *ctx, int proc_fd, int32_t pid)
{
    struct owner_scan *os = ctx;
    char path[24];
    struct dirent *de;
    DIR *dir;
    int fd;

    snprintf(path, sizeof(path), "%d/fd", pid);
    fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    os->seen++;
    os->denied += fd < 0 && (errno == EACCES || errno == EPERM);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    while ((de = readdir(dir)) != NULL && os->left-- > 0) {
        if (de->d_name[0] != '.')
            owner_fd(os, fd, de->d_name, pid);
    }
    closedir(dir);
    return os->left > 0 && (!os->first || os->missing);
}

static void add_owners(struct scan *sc, bool first)
{
    struct owner_scan os = {.sc = sc, .first = first, .left = FDS_MAX};

    if (sc->inodes.count)
        qsort(sc->inodes.items, sc->inodes.count, sizeof(*sc->inodes.items), by_value);
    local_section(sc->l, "sockets", 1, ERR_OK);
    buf_init(&os.deleted, (size_t)1 << 20);
    os.missing = sc->inodes.count;
    os.found = first ? xcalloc(os.missing ? os.missing : 1, sizeof(*os.found)) : NULL;
    local_each_pid(sc->l, owner_pid, &os);
    free(os.found);
    if (!first) {
        local_section(sc->l, "unlinked", 1, ERR_OK);
        buf_add_str(&sc->l->out, buf_str(&os.deleted));
    }
    local_section(sc->l, "fdscan", 1, ERR_OK);
    buf_addf(&sc->l->out, "%d %d %s", os.seen, os.denied, os.left > 0 ? "whole" : "cut");
    buf_release(&os.deleted);
    if (os.denied) {
        local_section(sc->l, "sockets/denied", 1, ERR_OK);
        buf_addf(&sc->l->out, "%d", os.denied);
    }
}

static void proc_files(struct local *l, int phase)
{
    local_file(l, NULL, "proc/net/tcp", phase, PROC_NET_MAX);
    local_file(l, NULL, "proc/net/tcp6", phase, PROC_NET_MAX);
}

static void add_listeners(struct scan *sc, int fd)
{
    local_section(sc->l, "listen", 1, ERR_OK);
    ask_inet(sc, fd, IPPROTO_TCP, 1u << TCP_LISTEN, tcp_message);
}

void local_listeners(struct local *l)
{
    int fd = local_is_real(l) ? diag_socket() : -1;
    struct scan sc = {.l = l};

    if (fd < 0) {
        proc_files(l, 1);
        return;
    }
    add_listeners(&sc, fd);
    add_owners(&sc, true);
    close(fd);
    VEC_RELEASE(&sc.inodes);
}

void local_sockets(struct local *l, int phase)
{
    int fd = local_is_real(l) ? diag_socket() : -1;
    struct scan sc = {.l = l};

    if (fd < 0) {
        proc_files(l, phase);
        return;
    }
    if (phase == 1)
        add_listeners(&sc, fd);
    ask_connections(&sc, fd, phase);
    if (phase == 1) {
        add_time_wait(&sc, fd);
        local_section(l, "unix", 1, ERR_OK);
        sc.conns = 0;
        ask_unix(&sc, fd);
        sc.conns = 0;
        ask_inet(&sc, fd, IPPROTO_UDP, 1u << TCP_ESTABLISHED, udp_message);
        add_owners(&sc, false);
    }
    close(fd);
    VEC_RELEASE(&sc.inodes);
    VEC_RELEASE(&sc.peers);
}

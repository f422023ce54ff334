/* fault_link.c - links that lose packets, swallow the large ones or take none; floods of connection
 * requests, full tables, attempts that are refused; and links that are well although they lose a
 * little. A link is a pair of devices in two networks of the lab's own, its wire a process. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"

#define NEAR_ADDR "10.99.0.1"
#define FAR_ADDR "10.99.0.2"
#define LINK_MASK "255.255.255.252"
#define PORT 5000

static const char *need_tun(void)
{
    if (!lab_root())
        return "only root can make a link";
    return access("/dev/net/tun", R_OK | W_OK) ? "this kernel has no tun devices" : NULL;
}

/* ---- the wire ---- */

struct wire {
    unsigned lose_one_in; /* 0: none is lost */
    ssize_t most;         /* bytes; larger packets vanish; 0: any size */
};

static void pass(int from, int to, const struct wire *w)
{
    static char packet[65536];
    ssize_t n = read(from, packet, sizeof(packet));

    if (n <= 0 || (w->most && n > w->most) || (w->lose_one_in && lab_dice() % w->lose_one_in == 0))
        return;
    if (write(to, packet, (size_t)n) < 0)
        lab_nap_ms(1);
}

static _Noreturn void carry(int near, int far, const struct wire *w)
{
    struct pollfd p[] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};

    lab_name("lab-wire");
    for (;;) {
        if (poll(p, 2, -1) < 0)
            continue;
        if (p[0].revents & POLLIN)
            pass(near, far, w);
        if (p[1].revents & POLLIN)
            pass(far, near, w);
    }
}

static int listen_far(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, 128))
        return -1;
    return fd;
}

/* Reads all that comes; answers each piece with a byte. */
static _Noreturn void take_all(int listener)
{
    static char data[65536];

    lab_name("lab-sink");
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0 || lab_fork())
            continue;
        while (read(fd, data, sizeof(data)) > 0 && send(fd, "k", 1, MSG_NOSIGNAL) == 1)
            ;
        _exit(0);
    }
}

static bool can_connect(void)
{
    for (int i = 0; i < 200; i++) {
        int fd = lab_connect_to(FAR_ADDR, PORT);

        if (fd >= 0) {
            close(fd);
            return true;
        }
        lab_nap_ms(20);
    }
    return false;
}

/* A link with a server at its other end. */
static void make_link(struct lab_run *r, const struct wire *w)
{
    int near = lab_tun("lab0", NEAR_ADDR, LINK_MASK);

    if (near < 0)
        lab_skip(r, "no link can be made");
    if (lab_fork() == 0) {
        int far, listener;

        if (!lab_own_network() || (far = lab_tun("lab1", FAR_ADDR, LINK_MASK)) < 0 ||
            (listener = listen_far()) < 0)
            _exit(1);
        if (lab_fork() == 0)
            take_all(listener);
        close(listener);
        carry(near, far, w);
    }
    close(near);
    if (!can_connect())
        lab_skip(r, "the other end of the link does not answer");
}

/* Sends `size` bytes, waits for the answer and a moment, for ever. */
static _Noreturn void upload(size_t size, long pause_ms)
{
    static char data[65536];
    int fd;
    char c;

    lab_name("lab-upload");
    for (;; lab_nap_ms(100)) {
        fd = lab_connect_to(FAR_ADDR, PORT);
        while (fd >= 0 && write(fd, data, size) == (ssize_t)size && read(fd, &c, 1) == 1)
            lab_nap_ms(pause_ms);
        close(fd);
    }
}

static void uploads(int count, size_t size, long pause_ms)
{
    for (int i = 0; i < count; i++) {
        if (lab_fork() == 0)
            upload(size, pause_ms);
    }
}

static bool stood_4_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 4000);
}

static void lossy_link(struct lab_run *r)
{
    static const struct wire w = {.lose_one_in = 6};

    make_link(r, &w);
    uploads(24, 24000, 100);
    lab_expect(r, "peer:%s:%d", FAR_ADDR, PORT);
    lab_stands(r);
    lab_stay();
}

/* Small packets pass: the connection is made, a first word is answered; the rest never arrives. */
static void black_hole(struct lab_run *r)
{
    static const struct wire w = {.most = 1000};
    static char data[8000];

    make_link(r, &w);
    for (int i = 0; i < 3; i++) {
        int fd;
        char c;

        if (lab_fork())
            continue;
        lab_name("lab-sync");
        fd = lab_connect_to(FAR_ADDR, PORT);
        if (write(fd, "hello", 5) == 5 && read(fd, &c, 1) == 1 && write(fd, data, sizeof(data)) > 0)
            lab_stay();
        lab_stay();
    }
    lab_expect(r, "peer:%s:%d", FAR_ADDR, PORT);
    lab_stands(r);
    lab_stay();
}

/* A device that takes nothing: its queue is full, and what comes is dropped. */
static void dropping_nic(struct lab_run *r)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    int near = lab_tun("lab0", NEAR_ADDR, LINK_MASK), s = socket(AF_INET, SOCK_DGRAM, 0);

    if (near < 0)
        lab_skip(r, "no link can be made");
    inet_pton(AF_INET, FAR_ADDR, &to.sin_addr);
    lab_name("lab-sender");
    lab_expect(r, "nic:lab0");
    lab_stands(r);
    for (;;) {
        for (int i = 0; i < 10; i++) {
            if (sendto(s, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
                lab_nap_ms(1);
        }
        lab_nap_ms(10);
    }
}

/* ---- connection requests that nobody finishes ---- */

static uint16_t checksum(uint32_t sum, const void *data, size_t size)
{
    const uint8_t *at = data;

    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static void make_request(uint32_t from, uint16_t from_port, int port, struct iphdr *ip,
                         struct tcphdr *tcp)
{
    uint32_t sum = IPPROTO_TCP + sizeof(*tcp);

    *ip = (struct iphdr){.version = 4,
                         .ihl = 5,
                         .ttl = 64,
                         .protocol = IPPROTO_TCP,
                         .tot_len = htons(sizeof(*ip) + sizeof(*tcp)),
                         .saddr = htonl(from),
                         .daddr = inet_addr(NEAR_ADDR)};
    ip->check = checksum(0, ip, sizeof(*ip));
    *tcp = (struct tcphdr){.source = htons(from_port),
                           .dest = htons((uint16_t)port),
                           .seq = htonl(lab_dice()),
                           .doff = 5,
                           .syn = 1,
                           .window = htons(64240)};
    sum += (from >> 16) + (from & 0xFFFF) + (ntohl(ip->daddr) >> 16) + (ntohl(ip->daddr) & 0xFFFF);
    tcp->check = checksum(sum, tcp, sizeof(*tcp));
}

static _Noreturn void flood(int device, int port)
{
    struct {
        struct iphdr ip;
        struct tcphdr tcp;
    } packet;
    static char answer[2048];

    lab_name("lab-wire");
    for (;; lab_nap_ms(10)) {
        for (int i = 0; i < 5; i++) {
            make_request(0x0A630000u + 16 + lab_dice() % 60000,
                         (uint16_t)(1024 + lab_dice() % 60000), port, &packet.ip, &packet.tcp);
            if (write(device, &packet, sizeof(packet)) < 0)
                lab_nap_ms(1);
        }
        while (read(device, answer, sizeof(answer)) > 0)
            ;
    }
}

static void syn_flood(struct lab_run *r)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    int device = lab_tun("lab0", NEAR_ADDR, "255.255.0.0"), fd = socket(AF_INET, SOCK_STREAM, 0);
    int flags = device >= 0 ? fcntl(device, F_GETFL) : -1;

    if (flags < 0 || fcntl(device, F_SETFL, flags | O_NONBLOCK))
        lab_skip(r, "no link can be made");
    inet_pton(AF_INET, NEAR_ADDR, &at.sin_addr);
    if (bind(fd, (const struct sockaddr *)&at, len) || listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        lab_skip(r, "nothing can listen on the link");
    if (lab_fork() == 0) {
        lab_name("lab-server");
        for (;;)
            close(accept(fd, NULL, NULL));
    }
    close(fd);
    if (lab_fork() == 0)
        flood(device, ntohs(at.sin_port));
    lab_expect(r, "port:%d", ntohs(at.sin_port));
    lab_stands(r);
    lab_stay();
}

/* ---- attempts that are refused, connections that are reset ---- */

static void refused(struct lab_run *r)
{
    int port = 0, fd = lab_listen(1, &port);

    close(fd);
    lab_name("lab-tries");
    lab_expect(r, "host"); /* nothing of an attempt that was refused is left to be seen */
    lab_stands(r);
    for (;;) {
        close(lab_connect(port));
        lab_nap_ms(10);
    }
}

/* A server that closes with a reset, as one does that ends with unread requests. */
static void reset(struct lab_run *r)
{
    int port = 0, l = lab_listen(64, &port);
    const struct linger at_once = {.l_onoff = 1};

    if (lab_fork() == 0) {
        lab_name("lab-server");
        for (;;) {
            int fd = accept(l, NULL, NULL);

            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
            close(fd);
        }
    }
    close(l);
    lab_name("lab-tries");
    lab_expect(r, "host");
    lab_expect(r, "port:%d", port);
    lab_stands(r);
    for (;;) {
        int fd = lab_connect(port);
        char c;

        if (write(fd, "x", 1) == 1 && read(fd, &c, 1) < 0)
            lab_nap_ms(10);
        close(fd);
    }
}

/* ---- the table of connections ---- */

static const char *need_conntrack(void)
{
    char text[64];
    int64_t most = 0;

    if (!lab_root())
        return "only root can fill the table of connections";
    if (!lab_read("/proc/sys/net/netfilter/nf_conntrack_max", text, sizeof(text)) ||
        !num_i64(str_trim(str_from(text)), &most))
        return "this kernel does not track connections";
    if (!lab_has("nft") && !lab_has("iptables"))
        return "connections are tracked for a firewall's rules only, and neither nft nor iptables "
               "is here";
    return most > 300000 ? "the table of connections is too large to be filled" : NULL;
}

static bool track(struct lab_run *r)
{
    if (lab_has("nft"))
        return lab_command(r, (const char *const[]){
                                  "nft",
                                  "table ip lab { chain in { type filter hook input priority 0; "
                                  "ct state established accept; }; }",
                                  NULL}) == 0;
    return lab_command(r, (const char *const[]){"iptables", "-A", "INPUT", "-m", "conntrack",
                                                "--ctstate", "ESTABLISHED", "-j", "ACCEPT",
                                                NULL}) == 0;
}

/* Datagrams to ever new addresses: each is a connection of its own for half a minute. */
static _Noreturn void fill_table(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    uint32_t n = 0;

    lab_name("lab-scanner");
    for (;;) {
        n++;
        to.sin_addr.s_addr = htonl(0x7F010000u + (n >> 6) % 60000);
        to.sin_port = htons((uint16_t)(10000 + (n & 63)));
        if (sendto(s, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
            lab_nap_ms(1);
        if (n > 300000 && n % 100 == 0) /* it stays full */
            lab_nap_ms(5);
    }
}

static bool table_is_full(const struct lab_run *r)
{
    char count[64], most[64];
    int64_t used = 0, max = 1;

    (void)r;
    return lab_read("/proc/sys/net/netfilter/nf_conntrack_count", count, sizeof(count)) &&
           lab_read("/proc/sys/net/netfilter/nf_conntrack_max", most, sizeof(most)) &&
           num_i64(str_trim(str_from(count)), &used) && num_i64(str_trim(str_from(most)), &max) &&
           used >= max * 97 / 100;
}

static void full_table(struct lab_run *r)
{
    if (!track(r))
        lab_skip(r, "this kernel takes no firewall rule that tracks connections");
    if (lab_fork() == 0)
        fill_table();
    lab_expect(r, "host");
    lab_stands(r);
    lab_stay();
}

const struct lab_fault link_faults[] = {
    {.id = "lossy-link",
     .family = "network",
     .sentence = "users say it is slow",
     .kinds = "network",
     .need = need_tun,
     .ready = stood_4_s,
     .start = lossy_link},
    {.id = "mtu-black-hole",
     .family = "network",
     .sentence = "some things never finish",
     .kinds = "network",
     .need = need_tun,
     .ready = stood_4_s,
     .start = black_hole},
    {.id = "dropping-nic",
     .family = "network",
     .sentence = "users see gaps",
     .kinds = "network",
     .need = need_tun,
     .ready = stood_4_s,
     .start = dropping_nic},
    {.id = "syn-flood",
     .family = "network",
     .sentence = "users cannot get in",
     .kinds = "network",
     .need = need_tun,
     .ready = stood_4_s,
     .start = syn_flood},
    {.id = "refused",
     .family = "network",
     .sentence = "users see errors",
     .kinds = "network",
     .ready = stood_4_s,
     .start = refused},
    {.id = "reset",
     .family = "network",
     .sentence = "users see errors now and then",
     .kinds = "network",
     .ready = stood_4_s,
     .start = reset},
    {.id = "conntrack-full",
     .family = "network",
     .sentence = "new users cannot get in",
     .kinds = "network",
     .need = need_conntrack,
     .ready = table_is_full,
     .start = full_table},
    {.id = NULL},
};

/* ---- what is well ---- */

/* One packet of two hundred is lost, as on any long way. */
static void good_link(struct lab_run *r)
{
    static const struct wire w = {.lose_one_in = 200};

    make_link(r, &w);
    uploads(8, 24000, 100);
    lab_stands(r);
    lab_stay();
}

/* It asks, is refused, waits longer and asks again; when it is let in, all is well. */
static void patient_client(struct lab_run *r)
{
    int port = 0, l = lab_listen(16, &port);

    if (lab_fork() == 0) {
        lab_name("lab-server");
        for (int n = 0;; n++) {
            int fd = accept(l, NULL, NULL);
            char c;

            while (fd >= 0 && read(fd, &c, 1) == 1 && write(fd, &c, 1) == 1)
                ;
            close(fd);
        }
    }
    close(l);
    for (int i = 0; i < 4; i++) {
        if (lab_fork())
            continue;
        lab_name("lab-client");
        for (long wait = 50;; wait = wait > 800 ? 50 : wait * 2) {
            int fd = lab_connect(wait > 50 && wait < 400 ? 1 : port);
            char c = 'x';

            if (fd >= 0 && write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1)
                lab_nap_ms(20);
            close(fd);
            lab_nap_ms(wait);
        }
    }
    lab_stands(r);
    lab_stay();
}

const struct lab_fault link_controls[] = {
    {.id = "good-link",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .need = need_tun,
     .ready = stood_4_s,
     .start = good_link},
    {.id = "patient-client",
     .family = "control",
     .control = true,
     .sentence = "users see errors now and then",
     .ready = stood_4_s,
     .start = patient_client},
    {.id = NULL},
};

/* fault_dns.c - name servers that are silent, fail or take long, asked as a library asks them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

static struct sockaddr_in loopback(const char *addr, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    inet_pton(AF_INET, addr, &to.sin_addr);
    return to;
}

static const char *need_root(void)
{
    return lab_root() ? NULL : "only root may use port 53";
}

enum dns { DNS_SILENT, DNS_FAILS, DNS_SLOW };

static void answer_dns(int s, enum dns how)
{
    unsigned char data[512];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n = recvfrom(s, data, sizeof(data), 0, (struct sockaddr *)&from, &len);

    if (how == DNS_SILENT || n < 12)
        return;
    data[2] |= 0x80;
    data[3] = (unsigned char)((data[3] & 0xF0) | (how == DNS_FAILS ? 2 : 0));
    if (how == DNS_SLOW && lab_fork())
        return;
    if (how == DNS_SLOW)
        lab_nap_ms(1400);
    sendto(s, data, (size_t)n, 0, (const struct sockaddr *)&from, len);
    if (how == DNS_SLOW)
        _exit(0);
}

static void resolver(struct lab_run *r, const char *addr, enum dns how)
{
    struct sockaddr_in at = loopback(addr, 53);
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    if (s < 0 || bind(s, (const struct sockaddr *)&at, sizeof(at)))
        lab_skip(r, "port 53 of %s is taken", addr);
    if (lab_fork() == 0) {
        lab_name("lab-resolver");
        signal(SIGCHLD, SIG_IGN);
        for (;;)
            answer_dns(s, how);
    }
    close(s);
    for (int i = 0; i < 3; i++) { /* as a resolver library: ask, wait, ask again */
        static const unsigned char question[] = {1,   2,   1,   0, 0,   1,   0,   0, 0,
                                                 0,   0,   0,   3, 'l', 'a', 'b', 4, 't',
                                                 'e', 's', 't', 0, 0,   1,   0,   1};

        if (lab_fork())
            continue;
        lab_name("lab-asker");
        for (;;) {
            int fd = socket(AF_INET, SOCK_DGRAM, 0);
            unsigned char data[512];

            if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
                send(fd, question, sizeof(question), 0) > 0 && how != DNS_SILENT)
                recv(fd, data, sizeof(data), 0);
            lab_nap_ms(how == DNS_SLOW ? 100 : 2000);
            close(fd);
        }
    }
    lab_expect(r, "resolver:%s", addr);
    lab_stands(r);
    lab_stay();
}

static void dns_silent(struct lab_run *r)
{
    resolver(r, "127.0.0.77", DNS_SILENT);
}

static void dns_fails(struct lab_run *r)
{
    resolver(r, "127.0.0.78", DNS_FAILS);
}

static void dns_slow(struct lab_run *r)
{
    resolver(r, "127.0.0.79", DNS_SLOW);
}

const struct lab_fault dns_faults[] = {
    {.id = "dns-silent",
     .family = "network",
     .sentence = "everything takes five seconds longer",
     .kinds = "network",
     .need = need_root,
     .start = dns_silent},
    {.id = "dns-fails",
     .family = "network",
     .sentence = "users see errors",
     .kinds = "network",
     .need = need_root,
     .start = dns_fails},
    {.id = "dns-slow",
     .family = "network",
     .sentence = "logging in takes long",
     .kinds = "network",
     .need = need_root,
     .start = dns_slow},
    {.id = NULL},
};

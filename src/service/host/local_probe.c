/* local_probe.c - can a peer be reached from here, and do the name servers answer? A probe connects
 * and closes without a byte, or asks one question; it is bounded in time and made once. It runs on
 * a worker thread. */
#include "collect_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_MS 2000
#define ANSWER_MS 1000 /* a try; two are made, as a datagram may be lost */
#define SERVERS_MAX 4
#define DNS_PORT 53

struct place {
    struct sockaddr_storage addr;
    socklen_t len;
};

static bool place_of(const char *text, int port, struct place *ret)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(&ret->addr, &v4, ret->len = sizeof(v4));
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(&ret->addr, &v6, ret->len = sizeof(v6));
        return true;
    }
    return false;
}

static int open_to(const struct place *p, int type)
{
    int fd = socket(p->addr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&p->addr, p->len) && errno != EINPROGRESS) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static double elapsed_ms(const struct timespec *from)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1000 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

static const char *word_of(int error)
{
    switch (error) {
    case 0:
        return "connected";
    case ECONNREFUSED:
        return "refused";
    case ETIMEDOUT:
    case EINPROGRESS:
        return "timeout";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "unreachable";
    default:
        return "failed";
    }
}

static int connect_error(const struct place *p)
{
    int fd = open_to(p, SOCK_STREAM), error = errno;
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    socklen_t len = sizeof(error);

    if (fd < 0)
        return error;
    if (poll(&pfd, 1, CONNECT_MS) <= 0)
        error = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
        error = errno;
    close(fd);
    return error;
}

void local_probe(struct local *l)
{
    struct timespec from;
    struct place p;
    int error = EINVAL;

    local_conf(l);
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (place_of(l->req.path ? l->req.path : "", l->req.port, &p))
        error = connect_error(&p);
    local_section(l, "probe", 1, ERR_OK);
    buf_addf(&l->out, "%s %.3f", word_of(error), elapsed_ms(&from));
}

/* ---- name servers ---- */

/* The name servers of the root: every resolver has them, and no name of anybody is given away. */
static size_t question(unsigned char out[17], uint16_t id)
{
    static const unsigned char rest[15] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

    out[0] = (unsigned char)(id >> 8);
    out[1] = (unsigned char)id;
    memcpy(out + 2, rest, sizeof(rest));
    return 17;
}

static const char *rcode_word(unsigned char code)
{
    switch (code & 15) {
    case 0:
        return "answered";
    case 2:
        return "servfail";
    case 3:
        return "nxdomain";
    case 5:
        return "denied";
    default:
        return "failed";
    }
}

/* One try; NULL: no answer in time. Foreign answers are skipped. */
static const char *ask_once(int fd, const struct timespec *from, int until_ms)
{
    unsigned char q[17] = {0}, a[512];
    uint16_t id = 0;
    size_t len;

    if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
        return "failed";
    len = question(q, id);
    if (send(fd, q, len, MSG_NOSIGNAL) < 0)
        return errno == ECONNREFUSED ? "unreachable" : "failed";
    for (;;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        int left = until_ms - (int)elapsed_ms(from);
        ssize_t n;

        if (left <= 0 || poll(&pfd, 1, left) <= 0)
            return NULL;
        n = recv(fd, a, sizeof(a), 0);
        if (n < 0)
            return errno == ECONNREFUSED ? "unreachable" : "failed";
        if (n >= 12 && a[0] == q[0] && a[1] == q[1] && (a[2] & 0x80))
            return rcode_word(a[3]);
    }
}

static void ask_server(struct local *l, const char *addr)
{
    struct timespec from;
    struct place p;
    const char *word = "failed";
    int fd;

    clock_gettime(CLOCK_MONOTONIC, &from);
    fd = place_of(addr, DNS_PORT, &p) ? open_to(&p, SOCK_DGRAM) : -1;
    if (fd >= 0) {
        word = ask_once(fd, &from, ANSWER_MS);
        if (!word)
            word = ask_once(fd, &from, 2 * ANSWER_MS);
        close(fd);
    } else if (errno == ENETUNREACH || errno == EHOSTUNREACH) {
        word = "unreachable";
    }
    buf_addf(&l->out, "%s %s %.3f\n", addr, word ? word : "timeout", elapsed_ms(&from));
}

/* The addresses in `path`, blank between, or those of /etc/resolv.conf. */
void local_resolve(struct local *l)
{
    const char *list = l->req.path ? l->req.path : "";
    struct str rest = str_from(list), one;
    char addr[64];

    local_conf(l);
    local_section(l, "resolve", 1, ERR_OK);
    for (int i = 0; i < SERVERS_MAX && str_split(&rest, ' ', &one); i++) {
        if (!one.len || one.len >= sizeof(addr) || local_now_ms() > l->deadline_ms)
            continue;
        memcpy(addr, one.ptr, one.len);
        addr[one.len] = '\0';
        ask_server(l, addr);
    }
}

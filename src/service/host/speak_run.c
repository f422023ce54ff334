/* speak_run.c - many listeners spoken to side by side on one worker thread, with poll().
 * An attempt is one connection: connect, listen for a greeting, say one thing, read the first piece
 * of the answer. What the first attempt shows decides about the next: a GET that is answered by TLS
 * is asked again over TLS, and something that speaks HTTP is asked for its health pages. An attempt
 * that gets no answer is the last one, and the kernel is asked how far the request came. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "speak_priv.h"
#include "runbook/base/mem.h"
#include "runbook/net/tls_look.h"

#define GET(path)                                                                                  \
    "GET " path " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " SPEAK_AGENT "\r\nAccept: */*\r\n"   \
    "Connection: close\r\n\r\n"

static const struct {
    const char *path, *request;
} pages[] = {{"/", GET("/")}, {"/healthz", GET("/healthz")}, {"/health", GET("/health")}};
#define PAGES (int)(sizeof(pages) / sizeof(*pages))

enum step { STEP_CONNECT, STEP_GREET, STEP_HANDSHAKE, STEP_SEND, STEP_RECEIVE, STEP_END };

struct talk {
    const struct speak_target *t;
    struct tls_look *tls;
    const char *name;
    struct tls_look_conn *conn;
    enum speak_first kind;
    enum step step;
    int fd, page, attempts;
    bool secure, described, refused_plain, expected;
    short events;
    int64_t begun_us, deadline_us;
    struct str hello;
    size_t sent, got;
    char in[1024];
    struct buf out;
};

static int64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static double since_ms(const struct talk *k)
{
    return (double)(now_us() - k->begun_us) / 1000;
}

static void add_text(struct talk *k, struct str s)
{
    for (size_t i = 0; i < s.len && i < 160 && s.ptr[i] != '\n'; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c != '\r')
            buf_addc(&k->out, c < 0x20 || c >= 0x7f ? '.' : (char)c);
    }
}

static void hang_up(struct talk *k)
{
    tls_look_close(k->conn);
    k->conn = NULL;
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
}

static void finish(struct talk *k)
{
    hang_up(k);
    k->step = STEP_END;
}

static struct str hello_of(const struct talk *k)
{
    switch (k->kind) {
    case SPEAK_POSTGRES: /* SSLRequest: length 8, code 80877103 */
        return (struct str){"\0\0\0\10\4\322\26\57", 8};
    case SPEAK_REDIS:
        return STR_LIT("PING\r\n");
    case SPEAK_MEMCACHED:
        return STR_LIT("version\r\n");
    case SPEAK_HTTP:
    case SPEAK_TLS:
    case SPEAK_GREET:
    case SPEAK_NEVER:
        break;
    }
    return str_from(pages[k->page].request);
}

static socklen_t address(const struct speak_target *t, struct sockaddr_storage *ret)
{
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
    struct sockaddr_in *four = (struct sockaddr_in *)ret;

    memset(ret, 0, sizeof(*ret));
    if (t->six) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)t->port);
        inet_pton(AF_INET6, t->addr, &six->sin6_addr);
        return sizeof(*six);
    }
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)t->port);
    inet_pton(AF_INET, t->addr, &four->sin_addr);
    return sizeof(*four);
}

static void begin(struct talk *k)
{
    struct sockaddr_storage to;
    socklen_t len = address(k->t, &to);

    hang_up(k);
    k->attempts++;
    k->sent = k->got = 0;
    k->hello = hello_of(k);
    k->begun_us = now_us();
    k->deadline_us = k->begun_us + SPEAK_DEADLINE_MS * 1000;
    k->step = STEP_CONNECT;
    k->events = POLLOUT;
    k->fd = socket(k->t->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (k->fd < 0 ||
        (connect(k->fd, (const struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS)) {
        buf_addf(&k->out, "connect\t%s\t0\n", errno == ECONNREFUSED ? "refused" : strerror(errno));
        finish(k);
    }
}

/* How much of what we sent the other side has read, and whether it took the connection at all: a
 * connection that was not accepted has a socket without an inode. False when it cannot be told. */
static bool peer_state(const struct talk *k, unsigned *ret_unread, bool *ret_accepted)
{
    struct {
        struct nlmsghdr h;
        struct inet_diag_req_v2 r;
    } req = {.h = {.nlmsg_len = sizeof(req),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
             .r = {.sdiag_family = k->t->six ? AF_INET6 : AF_INET,
                   .sdiag_protocol = IPPROTO_TCP,
                   .idiag_states = ~0u,
                   .id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
    struct sockaddr_storage us = {0}, them = {0};
    socklen_t len = sizeof(us), len2 = sizeof(them);
    _Alignas(struct nlmsghdr) char data[4096];
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)data;
    const struct inet_diag_msg *m = NLMSG_DATA(h);
    struct timeval patience = {.tv_usec = 200000};
    int fd;
    ssize_t n;

    if (getsockname(k->fd, (struct sockaddr *)&us, &len) ||
        getpeername(k->fd, (struct sockaddr *)&them, &len2))
        return false;
    if (k->t->six) {
        memcpy(req.r.id.idiag_src, &((struct sockaddr_in6 *)&them)->sin6_addr, 16);
        memcpy(req.r.id.idiag_dst, &((struct sockaddr_in6 *)&us)->sin6_addr, 16);
        req.r.id.idiag_sport = ((struct sockaddr_in6 *)&them)->sin6_port;
        req.r.id.idiag_dport = ((struct sockaddr_in6 *)&us)->sin6_port;
    } else {
        memcpy(req.r.id.idiag_src, &((struct sockaddr_in *)&them)->sin_addr, 4);
        memcpy(req.r.id.idiag_dst, &((struct sockaddr_in *)&us)->sin_addr, 4);
        req.r.id.idiag_sport = ((struct sockaddr_in *)&them)->sin_port;
        req.r.id.idiag_dport = ((struct sockaddr_in *)&us)->sin_port;
    }
    fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    n = send(fd, &req, sizeof(req), 0) > 0 ? recv(fd, data, sizeof(data), 0) : -1;
    close(fd);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(*m)) || h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    *ret_unread = m->idiag_rqueue;
    *ret_accepted = m->idiag_inode != 0;
    return true;
}

static void give_up(struct talk *k)
{
    unsigned unread = 0;
    bool accepted = true, known;

    if (k->step == STEP_CONNECT) {
        buf_addf(&k->out, "connect\ttimeout\t%.0f\n", since_ms(k));
        finish(k);
        return;
    }
    known = peer_state(k, &unread, &accepted);
    if (k->step == STEP_HANDSHAKE)
        buf_addf(&k->out, "tls\tno answer to the handshake\t%.0f\n", since_ms(k));
    else if (k->kind == SPEAK_HTTP || k->kind == SPEAK_TLS)
        buf_addf(&k->out, "http\t%s\t0\t%.0f\n", pages[k->page].path, since_ms(k));
    buf_addf(&k->out, "stuck\t%s\t%.0f\t%u\n",
             known && !accepted ? "accept"
             : known && unread  ? "read"
                                : "answer",
             since_ms(k), unread);
    if (k->attempts == 1)
        buf_adds(&k->out, "proto\tsilent\n");
    finish(k);
}

/* One that is slow is not asked for more; nor is one that answers well and that neither its name
 * nor its port promise to be a web server: it may count what it is asked. */
static void next_page(struct talk *k, int status)
{
    bool more = k->expected || status >= 500 || k->page > 0;

    if (++k->page < PAGES && more && since_ms(k) < SPEAK_SLOW_MS)
        begin(k);
    else
        finish(k);
}

static void retry_with_tls(struct talk *k)
{
    if (!k->tls || k->secure) {
        if (!k->secure)
            buf_adds(&k->out, "proto\tother\n");
        finish(k);
        return;
    }
    k->secure = true;
    begin(k);
}

/* It answered, or closed (`got` 0). */
static void read_answer(struct talk *k, bool closed)
{
    struct str in = {k->in, k->got};
    int status = speak_http_status(in);
    bool alert = in.len >= 2 && in.ptr[0] == 0x15 && in.ptr[1] == 0x03;

    if (k->kind != SPEAK_HTTP && k->kind != SPEAK_TLS) {
        static const char *const names[] = {"http",  "http",      "other", "postgres",
                                            "redis", "memcached", "other"};

        buf_addf(&k->out, "proto\t%s\nsay\t", in.len ? names[k->kind] : "closed");
        add_text(k, in);
        buf_addf(&k->out, "\nanswer\t%.3f\n", since_ms(k));
        finish(k);
        return;
    }
    if (!status && !closed && in.len < 12 && !alert && (!in.len || in.ptr[0] == 'H'))
        return; /* not enough yet */
    if (status) {
        if (status == 400 && !k->secure && k->page == 0 && k->tls && !k->refused_plain) {
            k->refused_plain = true; /* perhaps it wants TLS */
            buf_addf(&k->out, "proto\thttp\nhttp\t/\t400\t%.3f\n", since_ms(k));
            retry_with_tls(k);
            return;
        }
        if (k->page == 0)
            buf_adds(&k->out, "proto\thttp\n");
        buf_addf(&k->out, "http\t%s\t%d\t%.3f\n", pages[k->page].path, status, since_ms(k));
        next_page(k, status);
        return;
    }
    if (!k->secure && (alert || !in.len)) {
        retry_with_tls(k);
        return;
    }
    buf_addf(&k->out, "proto\t%s\n", speak_greeting(in)); /* one that greets late, too */
    finish(k);
}

static void on_greeting(struct talk *k)
{
    struct str in = {k->in, k->got};

    if (speak_http_status(in)) {
        read_answer(k, false);
        return;
    }
    buf_addf(&k->out, "greet\t%.3f\t", since_ms(k));
    add_text(k, in);
    buf_addf(&k->out, "\nproto\t%s\n", speak_greeting(in));
    finish(k);
}

static void receive(struct talk *k)
{
    size_t n = 0;

    if (k->conn) {
        enum tls_step s = tls_look_read(k->conn, k->in + k->got, sizeof(k->in) - k->got, &n);

        if (s == TLS_STEP_READ || s == TLS_STEP_WRITE) {
            k->events = s == TLS_STEP_READ ? POLLIN : POLLOUT;
            return;
        }
    } else {
        ssize_t got = recv(k->fd, k->in + k->got, sizeof(k->in) - k->got, 0);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        n = got > 0 ? (size_t)got : 0;
    }
    k->got += n;
    if (k->step == STEP_GREET && n)
        on_greeting(k);
    else
        read_answer(k, n == 0 || k->got == sizeof(k->in));
}

static void start_sending(struct talk *k)
{
    k->step = STEP_SEND;
    k->events = POLLOUT;
    k->deadline_us = now_us() + SPEAK_DEADLINE_MS * 1000;
}

static void send_hello(struct talk *k)
{
    size_t n = 0;
    struct str rest = {k->hello.ptr + k->sent, k->hello.len - k->sent};

    if (k->conn) {
        enum tls_step s = tls_look_write(k->conn, rest, &n);

        if (s == TLS_STEP_READ || s == TLS_STEP_WRITE) {
            k->events = s == TLS_STEP_READ ? POLLIN : POLLOUT;
            return;
        }
        if (s == TLS_STEP_FAILED) {
            read_answer(k, true);
            return;
        }
    } else {
        ssize_t out = send(k->fd, rest.ptr, rest.len, MSG_NOSIGNAL);

        if (out < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (out < 0) {
            read_answer(k, true);
            return;
        }
        n = (size_t)out;
    }
    k->sent += n;
    if (k->sent < k->hello.len)
        return;
    k->step = STEP_RECEIVE;
    k->events = POLLIN;
    k->begun_us = now_us();
    k->deadline_us = k->begun_us + SPEAK_DEADLINE_MS * 1000;
}

static void handshake(struct talk *k)
{
    enum tls_step s = tls_look_handshake(k->conn);

    if (s == TLS_STEP_READ || s == TLS_STEP_WRITE) {
        k->events = s == TLS_STEP_READ ? POLLIN : POLLOUT;
        return;
    }
    if (s == TLS_STEP_FAILED) {
        if (!k->described) {
            buf_addf(&k->out, "tls\t%s\t%.3f\n", tls_look_error(k->conn), since_ms(k));
            if (k->kind == SPEAK_HTTP && !k->refused_plain)
                buf_adds(&k->out, "proto\tother\n");
        }
        if (k->refused_plain) { /* it is plain HTTP after all, and says 400 */
            k->secure = false;
            next_page(k, 400);
            return;
        }
        finish(k);
        return;
    }
    if (!k->described) {
        buf_addf(&k->out, "tls\tok\t%.3f\n", since_ms(k));
        tls_look_describe(k->conn, &k->out);
        k->described = true;
    }
    start_sending(k);
}

static void connected(struct talk *k)
{
    int problem = 0;
    socklen_t len = sizeof(problem);

    getsockopt(k->fd, SOL_SOCKET, SO_ERROR, &problem, &len);
    if (problem) {
        if (k->attempts == 1)
            buf_addf(&k->out, "connect\t%s\t%.3f\n",
                     problem == ECONNREFUSED ? "refused" : strerror(problem), since_ms(k));
        finish(k);
        return;
    }
    if (k->attempts == 1)
        buf_addf(&k->out, "connect\tok\t%.3f\n", since_ms(k));
    k->events = POLLIN;
    if (k->secure) {
        k->step = STEP_HANDSHAKE;
        k->conn = tls_look_open(k->tls, k->fd, k->name);
        if (k->conn)
            handshake(k);
        else
            finish(k);
    } else if (k->attempts == 1 && (k->kind == SPEAK_HTTP || k->kind == SPEAK_GREET)) {
        k->step = STEP_GREET;
        k->deadline_us =
            now_us() + (k->kind == SPEAK_GREET ? SPEAK_DEADLINE_MS : SPEAK_GREETING_MS) * 1000;
    } else {
        start_sending(k);
    }
}

static void advance(struct talk *k)
{
    switch (k->step) {
    case STEP_CONNECT:
        connected(k);
        break;
    case STEP_HANDSHAKE:
        handshake(k);
        break;
    case STEP_SEND:
        send_hello(k);
        break;
    case STEP_GREET:
    case STEP_RECEIVE:
        receive(k);
        break;
    case STEP_END:
        break;
    }
}

static void expired(struct talk *k)
{
    if (k->step == STEP_GREET && k->kind == SPEAK_HTTP)
        start_sending(k);
    else
        give_up(k);
}

static void open_talk(struct talk *k, const struct speak_target *t, struct tls_look *tls,
                      const char *name)
{
    *k = (struct talk){.t = t, .tls = tls, .name = name, .fd = -1};
    buf_init(&k->out, 65536);
    k->kind = speak_first_of(t->port, t->comm);
    k->secure = k->kind == SPEAK_TLS && tls;
    buf_addf(&k->out, "target\t%s\t%d\t%d\t%s\n", t->addr, t->port, t->pid,
             *t->comm ? t->comm : "-");
    k->expected = speak_expects_http(t->port, t->comm);
    if (k->expected)
        buf_adds(&k->out, "expect\thttp\n");
    if (k->kind == SPEAK_NEVER || (k->kind == SPEAK_HTTP && !k->expected && t->aside))
        k->step = STEP_END;
    else
        begin(k);
}

static bool poll_once(struct talk *talks, size_t count, int64_t until_us)
{
    struct pollfd fds[SPEAK_MAX];
    struct talk *of[SPEAK_MAX];
    int64_t now = now_us(), wake = until_us;
    nfds_t n = 0;

    for (size_t i = 0; i < count; i++) {
        struct talk *k = &talks[i];

        if (k->step == STEP_END)
            continue;
        wake = k->deadline_us < wake ? k->deadline_us : wake;
        of[n] = k;
        fds[n++] = (struct pollfd){.fd = k->fd, .events = k->events};
    }
    if (!n || now >= until_us)
        return false;
    poll(fds, n, wake > now ? (int)((wake - now) / 1000 + 1) : 0);
    now = now_us();
    for (nfds_t i = 0; i < n; i++) {
        if (fds[i].revents)
            advance(of[i]);
        else if (now >= of[i]->deadline_us)
            expired(of[i]);
    }
    return true;
}

void speak_run(struct speak_target *targets, size_t count, int64_t deadline_ms, const char *name,
               struct buf *out)
{
    struct err err = ERR_INIT;
    struct tls_look *tls = tls_look_new(&err);
    struct talk *talks = xcalloc(count ? count : 1, sizeof(*talks));

    if (!tls)
        buf_addf(out, "gap\t%s\n", err.msg);
    for (size_t i = 0; i < count; i++)
        open_talk(&talks[i], &targets[i], tls, name);
    while (poll_once(talks, count, deadline_ms * 1000))
        ;
    for (size_t i = 0; i < count; i++) {
        if (talks[i].step != STEP_END)
            give_up(&talks[i]);
        buf_add_str(out, buf_str(&talks[i].out));
        buf_release(&talks[i].out);
    }
    free(talks);
    tls_look_free(tls);
}

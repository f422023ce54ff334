/* httpd.c - see httpd.h. Blocking sockets and threads on purpose: it shares nothing with the code
 * that it tests. */
#include "tests/lib/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/vec.h"
#include "tests/lib/visit.h"

#define REQUEST_MAX ((size_t)64 << 20)

struct answer {
    struct httpd_answer a; /* path and bytes are owned */
    unsigned given;
};

struct conn {
    struct httpd *h;
    int fd;
    bool spoke; /* something that is no visit */
    pthread_t thread;
};

struct httpd {
    int listener, stop_pipe[2], gate_pipe[2]; /* closing the write end wakes all who wait */
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock; /* all below */
    VEC(struct answer *) answers;
    VEC(struct conn *) conns;
    VEC(char *) requests;
    VEC(size_t) request_lens;
    unsigned busy, peak;
    bool released;
    pthread_mutex_t handling;
    httpd_fn *fn;
    void *fn_ctx;
};

/* Wait for a descriptor or the server's end. True: the descriptor. */
static bool wait_for(struct httpd *h, int fd, short events, int timeout_ms)
{
    struct pollfd p[2] = {{h->stop_pipe[0], POLLIN, 0}, {fd, events, 0}};

    int n;

    do /* a child of the test that ends interrupts any thread */
        n = poll(p, fd < 0 ? 1 : 2, timeout_ms);
    while (n < 0 && errno == EINTR);
    return n > 0 && !p[0].revents;
}

static void pause_ms(struct httpd *h, int ms)
{
    if (ms > 0)
        wait_for(h, -1, 0, ms);
}

static void wait_gate(struct httpd *h)
{
    wait_for(h, h->gate_pipe[0], POLLIN, -1);
}

static bool path_matches(const char *pattern, struct str path)
{
    size_t len = pattern ? strlen(pattern) : 0;

    if (!pattern)
        return true;
    if (len && pattern[len - 1] == '*')
        return path.len >= len - 1 && memcmp(path.ptr, pattern, len - 1) == 0;
    return str_eq_c(path, pattern);
}

/* "GET /path?query HTTP/1.1" or, to a proxy, "GET http://host/path HTTP/1.1". */
static struct str path_of(struct str request)
{
    struct str line, method, target;
    ptrdiff_t at;

    str_line(&request, &line);
    str_split(&line, ' ', &method);
    if (!str_split(&line, ' ', &target))
        return (struct str){"", 0};
    at = str_find(target, STR_LIT("?"));
    if (at >= 0)
        target.len = (size_t)at;
    return target;
}

static struct answer *pick(struct httpd *h, struct str request)
{
    struct answer *found = NULL;

    pthread_mutex_lock(&h->lock);
    VEC_EACH (a, &h->answers) {
        if (!path_matches((*a)->a.path, path_of(request)) ||
            ((*a)->a.times && (*a)->given >= (*a)->a.times))
            continue;
        (*a)->given++;
        found = *a;
        break;
    }
    pthread_mutex_unlock(&h->lock);
    return found;
}

static bool send_all(struct httpd *h, int fd, struct str bytes, size_t piece_bytes, int pause)
{
    while (bytes.len) {
        size_t n = piece_bytes && piece_bytes < bytes.len ? piece_bytes : bytes.len;
        ssize_t sent;

        if (!wait_for(h, fd, POLLOUT, -1))
            return false;
        sent = send(fd, bytes.ptr, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent > 0) {
            bytes.ptr += sent;
            bytes.len -= (size_t)sent;
            if (bytes.len)
                pause_ms(h, pause);
        }
    }
    return true;
}

/* How long the request in `in` is, or 0 while it is not complete. */
static size_t request_len(struct str in)
{
    ptrdiff_t head = str_find(in, STR_LIT("\r\n\r\n"));
    struct str headers;
    ptrdiff_t at;
    size_t body = 0;
    uint64_t n;

    if (head < 0)
        return 0;
    headers = (struct str){in.ptr, (size_t)head + 2};
    at = str_ifind(headers, STR_LIT("\r\nContent-Length:"));
    if (at >= 0) {
        struct str rest = {in.ptr + at + 17, (size_t)(head - at) - 15}, line;

        if (str_line(&rest, &line) && num_u64(str_trim(line), &n))
            body = (size_t)n;
    }
    return in.len >= (size_t)head + 4 + body ? (size_t)head + 4 + body : 0;
}

static void record(struct conn *c, struct str request)
{
    struct httpd *h = c->h;

    pthread_mutex_lock(&h->lock);
    c->spoke = true;
    *VEC_PUSH(&h->requests) = xstrndup(request.ptr, request.len);
    *VEC_PUSH(&h->request_lens) = request.len;
    h->busy++;
    if (h->busy > h->peak)
        h->peak = h->busy;
    pthread_mutex_unlock(&h->lock);
}

static void reset(int fd)
{
    struct linger l = {1, 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* False: there is no handler, or it has nothing to say. */
static bool handle(struct conn *c, struct str request, bool *ret_keep)
{
    struct httpd *h = c->h;
    struct buf out = BUF_INIT(REQUEST_MAX);
    bool said;

    pthread_mutex_lock(&h->handling);
    if (h->fn)
        h->fn(h->fn_ctx, request, &out);
    pthread_mutex_unlock(&h->handling);
    said = out.len > 0;
    if (said)
        *ret_keep = send_all(h, c->fd, buf_str(&out), 0, 0) &&
                    str_find(buf_str(&out), STR_LIT("\r\nConnection: close\r\n")) < 0;
    buf_release(&out);
    return said;
}

static const char none[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

/* False: the connection ends. */
static bool answer(struct conn *c, struct str request)
{
    struct httpd *h = c->h;
    struct answer *a = pick(h, request);
    bool keep;

    if (!a && handle(c, request, &keep))
        return keep;
    if (!a)
        return send_all(h, c->fd, STR_LIT(none), 0, 0);
    if (a->a.gate)
        wait_gate(h);
    pause_ms(h, a->a.hold_ms);
    keep = send_all(h, c->fd, a->a.bytes, a->a.piece_bytes, a->a.pause_ms);
    if (a->a.end == HTTPD_STALL)
        wait_gate(h);
    if (a->a.end == HTTPD_RESET)
        reset(c->fd);
    return keep && a->a.end == HTTPD_KEEP;
}

static void serve(struct conn *c, struct buf *in)
{
    static const char no_tls[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

    for (;;) {
        size_t len = request_len(buf_str(in));
        char *room;
        ssize_t n;
        bool more;

        if (len && is_visit((struct str){in->ptr, len})) {
            send_all(c->h, c->fd, STR_LIT(none), 0, 0);
            return;
        }
        if (len) {
            record(c, (struct str){in->ptr, len});
            more = answer(c, (struct str){in->ptr, len});
            pthread_mutex_lock(&c->h->lock);
            c->h->busy--;
            pthread_mutex_unlock(&c->h->lock);
            if (!more)
                return;
            buf_cut(in, 0, len);
            continue;
        }
        if (!wait_for(c->h, c->fd, POLLIN, -1) || !(room = buf_reserve(in, 65536)))
            return;
        n = recv(c->fd, room, 65536, 0);
        if (n <= 0)
            return;
        in->len += (size_t)n;
        in->ptr[in->len] = '\0';
        if (in->ptr[0] == 0x16) { /* a TLS handshake: what servers usually say to that */
            send_all(c->h, c->fd, STR_LIT(no_tls), 0, 0);
            return;
        }
    }
}

static void *conn_main(void *ctx)
{
    struct conn *c = ctx;
    struct buf in = BUF_INIT(REQUEST_MAX);

    serve(c, &in);
    buf_release(&in);
    close(c->fd);
    return NULL;
}

static void *accept_main(void *ctx)
{
    struct httpd *h = ctx;

    while (wait_for(h, h->listener, POLLIN, -1)) {
        int one = 1, fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
        struct conn *c;

        if (fd < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* pieces stay pieces */
        c = xcalloc(1, sizeof(*c));
        c->h = h;
        c->fd = fd;
        pthread_mutex_lock(&h->lock);
        *VEC_PUSH(&h->conns) = c;
        pthread_mutex_unlock(&h->lock);
        if (pthread_create(&c->thread, NULL, conn_main, c))
            mem_fatal("httpd: no thread");
    }
    return NULL;
}

struct httpd *httpd_start(void)
{
    struct httpd *h = xcalloc(1, sizeof(*h));
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    pthread_mutex_init(&h->lock, NULL);
    pthread_mutex_init(&h->handling, NULL);
    h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(h->listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(h->listener, 256) ||
        getsockname(h->listener, (struct sockaddr *)&addr, &len) ||
        pipe2(h->stop_pipe, O_CLOEXEC) || pipe2(h->gate_pipe, O_CLOEXEC))
        mem_fatal("httpd: cannot listen on 127.0.0.1");
    h->port = ntohs(addr.sin_port);
    if (pthread_create(&h->thread, NULL, accept_main, h))
        mem_fatal("httpd: no thread");
    return h;
}

void httpd_stop(struct httpd *h)
{
    close(h->stop_pipe[1]);
    pthread_join(h->thread, NULL);
    VEC_EACH (c, &h->conns) {
        pthread_join((*c)->thread, NULL);
        free(*c);
    }
    VEC_EACH (a, &h->answers) {
        free((void *)(uintptr_t)(*a)->a.path);
        free((void *)(uintptr_t)(*a)->a.bytes.ptr);
        free(*a);
    }
    VEC_EACH (r, &h->requests)
        free(*r);
    VEC_RELEASE(&h->conns);
    VEC_RELEASE(&h->answers);
    VEC_RELEASE(&h->requests);
    VEC_RELEASE(&h->request_lens);
    httpd_release(h);
    close(h->listener);
    close(h->stop_pipe[0]);
    close(h->gate_pipe[0]);
    pthread_mutex_destroy(&h->lock);
    pthread_mutex_destroy(&h->handling);
    free(h);
}

void httpd_handle(struct httpd *h, httpd_fn *fn, void *ctx)
{
    pthread_mutex_lock(&h->handling);
    h->fn = fn;
    h->fn_ctx = ctx;
    pthread_mutex_unlock(&h->handling);
}

unsigned httpd_port(const struct httpd *h)
{
    return h->port;
}

const char *httpd_url(const struct httpd *h, const char *path, char out[HTTPD_URL_MAX])
{
    snprintf(out, HTTPD_URL_MAX, "http://127.0.0.1:%u%s", h->port, path);
    return out;
}

void httpd_add(struct httpd *h, const struct httpd_answer *from)
{
    struct answer *a = xcalloc(1, sizeof(*a));

    a->a = *from;
    a->a.path = from->path ? xstrdup(from->path) : NULL;
    a->a.bytes.ptr = xstrndup(from->bytes.ptr ? from->bytes.ptr : "", from->bytes.len);
    pthread_mutex_lock(&h->lock);
    *VEC_PUSH(&h->answers) = a;
    pthread_mutex_unlock(&h->lock);
}

void httpd_text_times(struct httpd *h, unsigned times, const char *path, int status,
                      const char *headers, const char *body)
{
    char *bytes = xasprintf("HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n%s", status,
                            strlen(body), headers, body);

    httpd_add(h, &(struct httpd_answer){.path = path, .bytes = str_from(bytes), .times = times});
    free(bytes);
}

void httpd_text(struct httpd *h, const char *path, int status, const char *headers,
                const char *body)
{
    httpd_text_times(h, 0, path, status, headers, body);
}

size_t httpd_count(struct httpd *h)
{
    size_t n;

    pthread_mutex_lock(&h->lock);
    n = h->requests.count;
    pthread_mutex_unlock(&h->lock);
    return n;
}

bool httpd_request(struct httpd *h, size_t n, struct buf *out)
{
    bool there;

    pthread_mutex_lock(&h->lock);
    there = n < h->requests.count;
    if (there)
        buf_add(out, h->requests.items[n], h->request_lens.items[n]);
    pthread_mutex_unlock(&h->lock);
    return there;
}

size_t httpd_connections(struct httpd *h)
{
    size_t n = 0;

    pthread_mutex_lock(&h->lock);
    VEC_EACH (c, &h->conns)
        n += (*c)->spoke;
    pthread_mutex_unlock(&h->lock);
    return n;
}

unsigned httpd_peak(struct httpd *h)
{
    unsigned n;

    pthread_mutex_lock(&h->lock);
    n = h->peak;
    pthread_mutex_unlock(&h->lock);
    return n;
}

void httpd_release(struct httpd *h)
{
    pthread_mutex_lock(&h->lock);
    if (!h->released)
        close(h->gate_pipe[1]);
    h->released = true;
    pthread_mutex_unlock(&h->lock);
}

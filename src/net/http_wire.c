/* http_wire.c - one attempt on a curl handle, and curl multi on the loop.
 * Curl's callbacks store and mark; none calls curl and none calls a caller. */
#include "src/net/http_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "runbook/base/fault.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define IDLE_CONNECTIONS_MAX 16L
#define FAR_MS 3600000L /* deadlines are the client's: curl's own stay out of the way */

struct sock {
    struct http_client *client;
    uint64_t id;
    curl_socket_t fd;
    loop_id watch;
};

/* ---- multi ---- */

static struct xfer *xfer_of(struct http_client *c, CURL *easy)
{
    char *x = NULL;

    c->api.easy_getinfo(easy, CURLINFO_PRIVATE, &x);
    return (struct xfer *)(void *)x;
}

/* Take what curl has finished out of its hands. */
static void collect(struct http_client *c)
{
    CURLMsg *msg;
    int left;

    while ((msg = c->api.multi_info_read(c->multi, &left))) {
        CURL *easy = msg->easy_handle;
        CURLcode code = msg->data.result;
        struct xfer *x = xfer_of(c, easy);

        c->api.multi_remove_handle(c->multi, easy); /* msg is gone from here on */
        x->in_multi = false;
        x->curl_done = true;
        x->code = code;
        xfer_ready(x);
    }
}

static void act(struct http_client *c, curl_socket_t fd, int flags)
{
    int running;

    c->api.multi_socket_action(c->multi, fd, flags, &running);
    collect(c);
}

static void on_sock(void *ctx, unsigned events)
{
    struct sock *s = ctx; /* may be freed inside */

    act(s->client, s->fd,
        ((events & LOOP_READ) ? CURL_CSELECT_IN : 0) |
            ((events & LOOP_WRITE) ? CURL_CSELECT_OUT : 0));
}

static void sock_free(struct http_client *c, struct sock *s)
{
    loop_watch_cancel(c->loop, s->watch);
    idtab_remove(c->socks, s->id);
    free(s);
}

static struct sock *sock_new(struct http_client *c, curl_socket_t fd, unsigned events,
                             struct err *err)
{
    struct sock *s = xcalloc(1, sizeof(*s));

    s->client = c;
    s->fd = fd;
    s->id = idtab_add(c->socks, s);
    s->watch = loop_watch(c->loop, fd, events, on_sock, s, err);
    if (s->watch)
        return s;
    sock_free(c, s);
    return NULL;
}

static int on_socket_change(CURL *easy, curl_socket_t fd, int what, void *client, void *sock)
{
    struct http_client *c = client;
    struct sock *s = sock;
    struct err err = ERR_INIT;
    unsigned events =
        ((what & CURL_POLL_IN) ? LOOP_READ : 0u) | ((what & CURL_POLL_OUT) ? LOOP_WRITE : 0u);

    if (what == CURL_POLL_REMOVE || events == 0) {
        if (s)
            sock_free(c, s);
        c->api.multi_assign(c->multi, fd, NULL);
    } else if (s) {
        loop_watch_events(c->loop, s->watch, events);
    } else {
        s = sock_new(c, fd, events, &err);
        c->api.multi_assign(c->multi, fd, s);
        if (!s && xfer_of(c, easy)) /* curl's own handles have none */
            xfer_fail(xfer_of(c, easy), false, &err);
    }
    return 0;
}

static void on_curl_timer(void *ctx)
{
    struct http_client *c = ctx;

    c->curl_timer = 0;
    act(c, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_change(CURLM *multi, long wait_ms, void *client)
{
    struct http_client *c = client;

    (void)multi;
    loop_timer_cancel(c->loop, c->curl_timer);
    c->curl_timer = wait_ms < 0 ? 0 : loop_timer(c->loop, wait_ms, on_curl_timer, c);
    return 0;
}

enum err_code wire_open(struct http_client *c, struct err *err)
{
    enum err_code rc;

    if (c->multi)
        return ERR_OK;
    rc = curl_api_load(&c->api, err);
    if (rc)
        return rc;
    c->multi = c->api.multi_init();
    if (!c->multi)
        mem_fatal("out of memory");
    c->api.multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
    c->api.multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    c->api.multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
    c->api.multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    c->api.multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX);
    return ERR_OK;
}

void wire_close(struct http_client *c)
{
    struct sock *s;
    size_t it = 0;

    if (!c->multi)
        return;
    c->api.multi_cleanup(c->multi);
    c->multi = NULL;
    while ((s = idtab_next(c->socks, &it)))
        sock_free(c, s);
    loop_timer_cancel(c->loop, c->curl_timer);
    c->curl_timer = 0;
    curl_api_release(&c->api);
}

/* ---- what curl tells about one transfer ---- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
    int type = addr->socktype;

    (void)ctx;
    (void)purpose;
    if (FAULT_POINT("http.connect")) {
        errno = ENETUNREACH;
        return CURL_SOCKET_BAD;
    }
#ifdef SOCK_CLOEXEC
    type |= SOCK_CLOEXEC;
#endif
    return socket(addr->family, type, addr->protocol);
}

static int on_connected(void *ctx, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    struct xfer *x = ctx;

    (void)own_ip;
    (void)own_port;
    LOG(LOG_NET, "#%llu connected to %s port %d", (unsigned long long)x->id, peer_ip, peer_port);
    x->connected = true;
    loop_timer_cancel(x->client->loop, x->connect_timer);
    x->connect_timer = 0;
    x->last_byte_ms = loop_now_ms(x->client->loop);
    return CURL_PREREQFUNC_OK;
}

static void note_bytes(struct xfer *x)
{
    x->last_byte_ms = loop_now_ms(x->client->loop);
    if (x->first_byte_ms < 0)
        x->first_byte_ms = x->last_byte_ms - x->start_ms;
}

static void store_header(struct xfer *x, struct str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct str value;

    if (!colon || memchr(line.ptr, '\0', line.len))
        return;
    value = str_trim((struct str){colon + 1, line.len - (size_t)(colon + 1 - line.ptr)});
    buf_add(&x->head, line.ptr, (size_t)(colon - line.ptr));
    buf_addc(&x->head, '\0');
    buf_add_str(&x->head, value);
    buf_addc(&x->head, '\0');
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": 0 when it is neither. */
static long status_of(struct str line)
{
    struct str version, code;
    uint64_t status;

    if (!str_split(&line, ' ', &version) || !str_split(&line, ' ', &code) ||
        !num_u64(str_trim(code), &status) || status > 999)
        return 0;
    return (long)status;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct xfer *x = ctx;
    struct str line = {data, size * count};
    struct err err = ERR_INIT;

    note_bytes(x);
    if (str_starts(line, "HTTP/")) { /* 1xx answers come first: the last status line counts */
        buf_clear(&x->head);
        x->head_ended = false;
        x->status = status_of(line);
        return line.len;
    }
    x->head_ended = x->head_ended || str_trim(line).len == 0;
    store_header(x, line);
    if (!x->head.full)
        return line.len;
    err_set(&err, ERR_LIMIT, "the headers of %s are larger than %zu bytes", x->peer, x->head.max);
    xfer_fail(x, false, &err);
    return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct xfer *x = ctx;
    size_t len = size * count;
    bool streamed = x->stream && x->status >= 200 && x->status < 300;
    struct err err = ERR_INIT;

    note_bytes(x);
    if (x->canceled || x->err.code)
        return 0;
    if (len > x->max_body_bytes - x->answer_bytes || FAULT_POINT("http.body")) {
        err_set(&err, ERR_LIMIT, "the answer of %s is larger than %zu bytes", x->peer,
                x->max_body_bytes);
        xfer_fail(x, false, &err);
        return 0;
    }
    x->answer_bytes += len;
    buf_add(streamed ? &x->piece : &x->answer, data, len);
    if (streamed)
        xfer_ready(x);
    return len;
}

/* ---- one attempt ---- */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        CURLcode set_ = x->client->api.easy_setopt(x->easy, (option), (value));                    \
        if (set_ && !*ret)                                                                         \
            *ret = set_;                                                                           \
    } while (0)
/* An option that an older libcurl does not know. */
#define TRY_SET(option, value) (void)x->client->api.easy_setopt(x->easy, (option), (value))

static void set_callbacks(struct xfer *x, CURLcode *ret)
{
    SET(CURLOPT_PRIVATE, x);
    SET(CURLOPT_ERRORBUFFER, x->curl_text);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_PREREQFUNCTION, on_connected);
    SET(CURLOPT_PREREQDATA, x);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, x);
}

static void set_connection(struct xfer *x, CURLcode *ret)
{
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, FAR_MS);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    /* A name server that does not answer must not hold the loop when the request is given up. */
#if LIBCURL_VERSION_NUM >= 0x075700
    TRY_SET(CURLOPT_QUICK_EXIT, 1L);
#endif
#if LIBCURL_VERSION_NUM >= 0x075500
    TRY_SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    /* On a reused connection that the server closes, curl sends a request again by itself. What
     * must not be sent twice gets a connection of its own. */
    SET(CURLOPT_FRESH_CONNECT, x->repeatable ? 0L : 1L);
    /* Requests that start together wait for the first handshake: they may share its connection. */
    SET(CURLOPT_PIPEWAIT, x->repeatable && strcmp(x->scheme, "https") == 0 ? 1L : 0L);
    if (x->connect_to)
        SET(CURLOPT_CONNECT_TO, x->connect_to);
    if (x->direct)
        SET(CURLOPT_NOPROXY, "*");
}

static void set_tls(struct xfer *x, CURLcode *ret)
{
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, x->tls.insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, x->tls.insecure ? 0L : 2L);
    if (x->tls.ca_file)
        SET(CURLOPT_CAINFO, x->tls.ca_file);
    if (x->tls.cert_file)
        SET(CURLOPT_SSLCERT, x->tls.cert_file);
    if (x->tls.key_file)
        SET(CURLOPT_SSLKEY, x->tls.key_file);
}

static void set_request(struct xfer *x, CURLcode *ret)
{
    bool get = strcmp(x->method, "GET") == 0, head = strcmp(x->method, "HEAD") == 0;

    SET(CURLOPT_URL, x->url);
    SET(CURLOPT_USERAGENT, x->client->user_agent);
    SET(CURLOPT_HTTPHEADER, x->headers);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    if (head) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (x->body.len || (!get && strcmp(x->method, "DELETE") != 0)) {
        SET(CURLOPT_POSTFIELDS, buf_cstr(&x->body));
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
        SET(CURLOPT_CUSTOMREQUEST, x->method);
    } else if (!get) {
        SET(CURLOPT_CUSTOMREQUEST, x->method);
    }
}

static void forget_attempt(struct xfer *x)
{
    x->connected = x->curl_done = x->head_ended = false;
    x->code = CURLE_OK;
    x->curl_text[0] = '\0';
    x->status = 0;
    x->answer_bytes = 0;
    x->first_byte_ms = -1;
    x->last_byte_ms = loop_now_ms(x->client->loop);
    err_clear(&x->err);
    x->err_may_retry = false;
    buf_clear(&x->head);
    x->head.full = false;
    buf_clear(&x->answer);
    buf_clear(&x->piece);
}

void wire_start(struct xfer *x)
{
    struct http_client *c = x->client;
    CURLcode code = CURLE_OK;
    struct err err = ERR_INIT;

    forget_attempt(x);
    if (!x->easy)
        x->easy = c->api.easy_init();
    else
        c->api.easy_reset(x->easy);
    if (!x->easy)
        mem_fatal("out of memory");
    set_callbacks(x, &code);
    set_connection(x, &code);
    set_tls(x, &code);
    set_request(x, &code);
    if (FAULT_POINT("http.start"))
        code = CURLE_FAILED_INIT;
    if (!code) {
        x->in_multi = c->api.multi_add_handle(c->multi, x->easy) == CURLM_OK;
        if (x->in_multi)
            return;
        code = CURLE_FAILED_INIT;
    }
    err_set(&err, ERR_NET, "%s: the request cannot be set up: %s", x->peer,
            c->api.easy_strerror(code));
    xfer_fail(x, false, &err);
}

void wire_stop(struct xfer *x)
{
    if (x->in_multi)
        x->client->api.multi_remove_handle(x->client->multi, x->easy);
    x->in_multi = false;
    if (x->easy)
        x->client->api.easy_cleanup(x->easy);
    x->easy = NULL;
}

const char *wire_header(const struct xfer *x, const char *name)
{
    const char *p = x->head.ptr, *end = p ? p + x->head.len : p;

    while (p && p < end) {
        const char *value = p + strlen(p) + 1;

        if (strcasecmp(p, name) == 0)
            return value;
        p = value + strlen(value) + 1;
    }
    return NULL;
}

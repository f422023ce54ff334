/* http.c - connections of the stand-in: HTTP/1.1 requests in, bytes out. A connection has a thread
 * of its own and blocks in it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/num.h"
#include "tests/standin/standin.h"

#define HEAD_MAX ((size_t)64 << 10)
#define BODY_MAX ((size_t)64 << 20)

bool conn_send(struct conn *c, struct str bytes)
{
    while (bytes.len && !c->gone) {
        ssize_t n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            c->gone = true;
            break;
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return !c->gone;
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool conn_wait(struct conn *c, int64_t ms)
{
    int64_t until = ms < 0 ? INT64_MAX : now_ms() + ms;

    while (!c->gone && now_ms() < until) {
        struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};
        int64_t left = until - now_ms();

        if (left <= 0)
            break;
        if (poll(&p, 1, left > 60000 ? 60000 : (int)left) > 0)
            c->gone = true;
    }
    return c->gone;
}

/* More bytes into c->in; false at the end. */
static bool fill(struct conn *c)
{
    char *to = buf_reserve(&c->in, 65536);
    ssize_t n;

    if (!to)
        return false;
    do
        n = recv(c->fd, to, 65536, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    c->in.len += (size_t)n;
    return true;
}

const char *request_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    }
    return NULL;
}

static bool parse_target(struct request *r, struct str line)
{
    struct str word;

    if (!str_split(&line, ' ', &word))
        return false;
    r->method = arena_str(r->arena, word);
    if (!str_split(&line, ' ', &word) || !str_starts(line, "HTTP/1."))
        return false;
    r->path = r->query = "";
    line = word;
    if (str_split(&line, '?', &word))
        r->path = arena_str(r->arena, word);
    r->query = arena_str(r->arena, line);
    return true;
}

static bool parse_head(struct request *r, struct str head)
{
    VEC(struct header) headers = {0};
    struct str line;
    bool good = str_line(&head, &line) && parse_target(r, line);

    while (good && str_line(&head, &line) && line.len) {
        ptrdiff_t colon = str_find(line, STR_LIT(":"));

        if (colon <= 0) {
            good = false;
            break;
        }
        *VEC_PUSH(&headers) = (struct header){
            arena_str(r->arena, (struct str){line.ptr, (size_t)colon}),
            arena_str(r->arena,
                      str_trim((struct str){line.ptr + colon + 1, line.len - (size_t)colon - 1}))};
    }
    r->headers = arena_array(r->arena, headers.count + 1, sizeof(*r->headers));
    r->header_count = headers.count;
    if (headers.count)
        memcpy(r->headers, headers.items, headers.count * sizeof(*r->headers));
    VEC_RELEASE(&headers);
    return good;
}

/* `len` bytes of the connection, which are then cut off it. */
static bool take(struct conn *c, size_t len, struct buf *out)
{
    while (c->in.len < len) {
        if (!fill(c))
            return false;
    }
    buf_add(out, c->in.ptr, len);
    buf_cut(&c->in, 0, len);
    return !out->full;
}

static bool take_line(struct conn *c, struct arena *a, struct str *ret)
{
    ptrdiff_t at;
    struct str rest, line;

    while ((at = str_find(buf_str(&c->in), STR_LIT("\n"))) < 0) {
        if (c->in.len > HEAD_MAX || !fill(c))
            return false;
    }
    rest = (struct str){c->in.ptr, (size_t)at + 1};
    str_line(&rest, &line);
    *ret = str_from(arena_str(a, line));
    buf_cut(&c->in, 0, (size_t)at + 1);
    return true;
}

static bool take_chunks(struct conn *c, struct arena *a, struct buf *out)
{
    for (;;) {
        struct str line, size;
        uint64_t n;

        if (!take_line(c, a, &line) || !str_split(&line, ';', &size) ||
            !num_u64_base(str_trim(size), 16, &n) || n > BODY_MAX || !take(c, (size_t)n, out) ||
            !take_line(c, a, &line))
            return false;
        if (n == 0)
            return true;
    }
}

static bool read_body(struct conn *c, struct request *r)
{
    const char *length = request_header(r, "content-length");
    const char *coding = request_header(r, "transfer-encoding");
    const char *expect = request_header(r, "expect");
    struct buf body = BUF_INIT(BODY_MAX);
    uint64_t n = 0;
    bool good;

    if (expect && strcasecmp(expect, "100-continue") == 0)
        conn_send(c, STR_LIT("HTTP/1.1 100 Continue\r\n\r\n"));
    if (coding && strcasecmp(coding, "chunked") == 0)
        good = take_chunks(c, r->arena, &body);
    else
        good = !length ||
               (num_u64(str_from(length), &n) && n <= BODY_MAX && take(c, (size_t)n, &body));
    r->body = (struct str){arena_strndup(r->arena, buf_cstr(&body), body.len), body.len};
    buf_release(&body);
    return good;
}

bool conn_read(struct conn *c, struct request *r)
{
    ptrdiff_t end;
    bool good;

    while ((end = str_find(buf_str(&c->in), STR_LIT("\r\n\r\n"))) < 0) {
        if (c->in.len > HEAD_MAX || !fill(c))
            return false;
    }
    good = parse_head(r, (struct str){c->in.ptr, (size_t)end + 2});
    buf_cut(&c->in, 0, (size_t)end + 4);
    return good && read_body(c, r);
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } table[] = {{200, "OK"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {413, "Request Entity Too Large"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {529, "Overloaded"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].status == status)
            return table[i].words;
    }
    return "Status";
}

void conn_answer(struct conn *c, int status, const char *headers, const char *content_type,
                 struct str body)
{
    struct buf out = BUF_INIT(BODY_MAX + HEAD_MAX);

    buf_addf(&out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", status,
             reason(status), content_type, body.len, headers);
    buf_add_str(&out, body);
    conn_send(c, buf_str(&out));
    buf_release(&out);
}

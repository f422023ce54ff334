/* sse.c - see sse.h. A line is gathered until its end is seen; a CR ends a line at once and an LF
 * right after it, in whichever feed it comes, is dropped. */
#include "runbook/net/sse.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

struct sse_parser {
    sse_event_fn *fn;
    void *ctx;
    size_t max;
    struct buf line, data, type, id;
    int bom;         /* bytes of a byte order mark seen at the start, -1: past it */
    bool after_cr;   /* drop one LF */
    bool in_comment; /* the line started with ':' */
    bool has_data;   /* a data field came, be it empty */
    bool dead;
    int64_t retry_ms;
};

struct sse_parser *sse_new(size_t max_event_bytes, sse_event_fn *fn, void *ctx)
{
    struct sse_parser *p = xcalloc(1, sizeof(*p));

    p->fn = fn;
    p->ctx = ctx;
    p->max = max_event_bytes;
    p->retry_ms = -1;
    buf_init(&p->line, max_event_bytes);
    buf_init(&p->data, max_event_bytes);
    buf_init(&p->type, max_event_bytes);
    buf_init(&p->id, max_event_bytes);
    return p;
}

void sse_free(struct sse_parser *p)
{
    if (!p)
        return;
    buf_release(&p->line);
    buf_release(&p->data);
    buf_release(&p->type);
    buf_release(&p->id);
    free(p);
}

int64_t sse_retry_ms(const struct sse_parser *p)
{
    return p->retry_ms;
}

static void dispatch(struct sse_parser *p)
{
    if (p->has_data) {
        struct sse_event ev = {buf_str(&p->type), buf_str(&p->data), buf_str(&p->id)};

        p->fn(p->ctx, &ev);
    }
    p->has_data = false;
    buf_clear(&p->data);
    buf_clear(&p->type);
}

static void set(struct buf *b, struct str value)
{
    buf_clear(b);
    buf_add_str(b, value);
}

static void field(struct sse_parser *p, struct str name, struct str value)
{
    int64_t ms;

    if (str_eq_c(name, "data")) {
        if (p->has_data)
            buf_addc(&p->data, '\n');
        buf_add_str(&p->data, value);
        p->has_data = true;
    } else if (str_eq_c(name, "event")) {
        set(&p->type, value);
    } else if (str_eq_c(name, "id")) {
        if (!value.len || !memchr(value.ptr, '\0', value.len))
            set(&p->id, value);
    } else if (str_eq_c(name, "retry")) {
        if (value.len && value.ptr[0] >= '0' && value.ptr[0] <= '9' && num_i64(value, &ms))
            p->retry_ms = ms;
    }
}

static void end_line(struct sse_parser *p)
{
    struct str rest = buf_str(&p->line), name;

    if (p->in_comment) {
        p->in_comment = false;
    } else if (rest.len == 0) {
        dispatch(p);
    } else if (str_split(&rest, ':', &name)) {
        if (rest.len && rest.ptr[0] == ' ') {
            rest.ptr++;
            rest.len--;
        }
        field(p, name, rest);
    }
    buf_clear(&p->line);
}

/* Bytes of the stream's first character; true while they belong to a byte order mark. */
static bool skip_bom(struct sse_parser *p, char c)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (c == mark[p->bom]) {
        p->bom = p->bom == 2 ? -1 : p->bom + 1;
        return true;
    }
    buf_add(&p->line, mark, (size_t)p->bom); /* it was something else */
    p->bom = -1;
    return false;
}

static bool is_over(const struct sse_parser *p)
{
    return p->line.full || p->data.full || p->data.len + p->line.len + p->type.len > p->max;
}

/* Take bytes up to the end of the line; returns how many. */
static size_t take(struct sse_parser *p, struct str bytes)
{
    size_t n = 0;

    if (p->line.len == 0 && !p->in_comment && bytes.ptr[0] == ':')
        p->in_comment = true;
    while (n < bytes.len && bytes.ptr[n] != '\n' && bytes.ptr[n] != '\r')
        n++;
    if (!p->in_comment)
        buf_add(&p->line, bytes.ptr, n);
    if (n < bytes.len) {
        p->after_cr = bytes.ptr[n] == '\r';
        if (!is_over(p)) /* before the line is used: a cut inside it must not matter */
            end_line(p);
        n++;
    }
    return n;
}

enum err_code sse_feed(struct sse_parser *p, struct str bytes, struct err *err)
{
    while (bytes.len && !p->dead) {
        size_t n = 1;

        if (p->after_cr) {
            p->after_cr = false;
            n = bytes.ptr[0] == '\n';
        } else if (p->bom < 0 || !skip_bom(p, bytes.ptr[0])) {
            n = take(p, bytes);
        }
        bytes.ptr += n;
        bytes.len -= n;
        p->dead = is_over(p);
    }
    if (p->dead)
        return err_set(err, ERR_LIMIT, "an event of the stream is larger than %zu bytes", p->max);
    return ERR_OK;
}

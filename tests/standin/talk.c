/* talk.c - how a stream leaves: framed for its wire, split, slow, cut and spoiled as the faults
 * ask. Faults that are about events work on whole events, faults that are about bytes on the bytes
 * of the body; a piece is a chunk of HTTP and a write of its own, so that the client sees it alone.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/standin/standin.h"

#define PENDING_MAX ((size_t)64 << 20)
#define FLUSH_BYTES 32768

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void cut(struct talk *t, const char *why)
{
    struct linger now = {1, 0};

    if (t->faults->reset)
        setsockopt(t->conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    t->over = true;
    t->end = why;
    t->conn->gone = true; /* the connection is closed by its thread */
}

static void send_piece(struct talk *t, struct str piece)
{
    char head[32];
    struct buf out = BUF_INIT(PENDING_MAX);

    if (!piece.len || t->over)
        return;
    snprintf(head, sizeof(head), "%zx\r\n", piece.len);
    if (!t->faults->close_delimited)
        buf_adds(&out, head);
    buf_add_str(&out, piece);
    if (!t->faults->close_delimited)
        buf_adds(&out, "\r\n");
    if (!conn_send(t->conn, buf_str(&out))) {
        t->over = true;
        t->end = "gone";
    }
    t->sent_bytes += (int64_t)piece.len;
    buf_release(&out);
    if (t->faults->pause_ms && conn_wait(t->conn, t->faults->pause_ms)) {
        t->over = true;
        t->end = "gone";
    }
}

/* How long the next piece of `s` is. */
static size_t piece_length(const struct faults *f, struct str s)
{
    size_t n = s.len;

    if (f->split && n > (size_t)f->split)
        n = (size_t)f->split;
    if (f->split_utf8) {
        for (size_t i = 0; i < n; i++) {
            if ((s.ptr[i] & 0xc0) == 0xc0) /* one byte into the character */
                return i + 1;
        }
    }
    return n;
}

/* Bytes of the body up to where something happens to them. */
static void send_bytes(struct talk *t, struct str s)
{
    const struct faults *f = t->faults;

    while (s.len && !t->over) {
        size_t n = piece_length(f, s);

        if (f->stall_at >= t->sent_bytes && f->stall_at < t->sent_bytes + (int64_t)n)
            n = (size_t)(f->stall_at - t->sent_bytes);
        if (f->cut_at >= t->sent_bytes && f->cut_at < t->sent_bytes + (int64_t)n)
            n = (size_t)(f->cut_at - t->sent_bytes);
        send_piece(t, (struct str){s.ptr, n});
        s.ptr += n;
        s.len -= n;
        if (f->cut_at == t->sent_bytes && !t->over)
            cut(t, "cut");
        else if (f->stall_at == t->sent_bytes && !t->over &&
                 conn_wait(t->conn, f->stall_ms ? f->stall_ms : -1)) {
            t->over = true;
            t->end = "gone";
        } else if (f->stall_at == t->sent_bytes && s.len && !t->over) {
            n = piece_length(f, s); /* past the place of the stall */
            send_piece(t, (struct str){s.ptr, n});
            s.ptr += n;
            s.len -= n;
        }
    }
}

static void flush(struct talk *t)
{
    send_bytes(t, buf_str(&t->pending));
    buf_clear(&t->pending);
}

void talk_begin(struct talk *t, struct conn *c, const struct request *r, const struct answer *a)
{
    struct buf head = BUF_INIT(4096);
    const char *type = r->wire == WIRE_BEDROCK ? "application/vnd.amazon.eventstream"
                                               : "text/event-stream; charset=utf-8";

    *t = (struct talk){.conn = c, .faults = a->faults, .wire = r->wire, .end = "done"};
    buf_init(&t->pending, PENDING_MAX);
    if (t->faults->hold_ms && conn_wait(c, t->faults->hold_ms))
        t->over = true;
    buf_addf(&head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-cache\r\n", type);
    buf_addf(&head, "%s: req_standin_%u\r\n",
             r->wire == WIRE_ANTHROPIC ? "request-id" : "x-request-id", r->number);
    buf_adds(&head, t->faults->close_delimited ? "Connection: close\r\n\r\n"
                                               : "Transfer-Encoding: chunked\r\n\r\n");
    conn_send(c, buf_str(&head));
    buf_release(&head);
    if (t->faults->first_byte_ms && conn_wait(c, t->faults->first_byte_ms))
        t->over = true;
    if (t->faults->comments && t->wire != WIRE_BEDROCK)
        buf_adds(&t->pending, "\xef\xbb\xbf: a comment\n\n:\n\n");
    t->began_ns = now_ns();
}

static void put_event(struct talk *t, const char *name, struct str data)
{
    const char *eol = t->faults->eol;

    if (t->wire == WIRE_BEDROCK) {
        frame_write(&t->pending, "event", name, data);
        return;
    }
    if (t->faults->comments && t->wire != WIRE_BEDROCK)
        buf_addf(&t->pending, ": working%s", eol);
    if (*name && t->wire != WIRE_CHAT)
        buf_addf(&t->pending, "event: %s%s", name, eol);
    buf_addf(&t->pending, "data: %.*s%s%s", STR_FMT(data), eol, eol);
}

static void put_unknown(struct talk *t)
{
    switch (t->wire) {
    case WIRE_NONE:
        break;
    case WIRE_ANTHROPIC:
        put_event(
            t, "shiny_new_event",
            STR_LIT("{\"type\":\"shiny_new_event\",\"index\":99,\"delta\":{\"text\":\"?\"}}"));
        break;
    case WIRE_CHAT:
        put_event(t, "",
                  STR_LIT("{\"id\":\"chatcmpl-x\",\"object\":\"chat.completion.chunk\","
                          "\"created\":1,\"model\":\"m\",\"shiny\":{\"new\":[1]},"
                          "\"choices\":[]}"));
        break;
    case WIRE_RESPONSES:
        put_event(t, "response.shiny_new.delta",
                  STR_LIT("{\"type\":\"response.shiny_new.delta\",\"sequence_number\":999,"
                          "\"delta\":\"?\"}"));
        break;
    case WIRE_BEDROCK:
        put_event(t, "shinyNewEvent", STR_LIT("{\"shiny\":true}"));
        break;
    }
}

static void put_ping(struct talk *t)
{
    switch (t->wire) {
    case WIRE_ANTHROPIC:
        put_event(t, "ping", STR_LIT("{\"type\":\"ping\"}"));
        break;
    case WIRE_CHAT:
        buf_addf(&t->pending, ": keep-alive%s%s", t->faults->eol, t->faults->eol);
        break;
    case WIRE_RESPONSES:
        if (t->faults->ping_every)
            put_event(t, "keepalive", STR_LIT("{\"type\":\"keepalive\",\"sequence_number\":0}"));
        break;
    case WIRE_NONE:
    case WIRE_BEDROCK:
        break;
    }
}

/* An error that comes although the head said 200. */
static void put_error(struct talk *t)
{
    struct refusal f = {.status = 529, .type = t->faults->error_type};
    struct buf body = BUF_INIT(4096);

    snprintf(f.message, sizeof(f.message), "the stand-in fails here, as it was told");
    error_body(t->wire, &f, "req_standin_stream", &body);
    switch (t->wire) {
    case WIRE_ANTHROPIC:
    case WIRE_CHAT:
        put_event(t, "error", buf_str(&body));
        break;
    case WIRE_RESPONSES:
        buf_clear(&body);
        buf_addf(&body,
                 "{\"type\":\"error\",\"code\":\"%s\",\"message\":\"%s\",\"param\":null,"
                 "\"sequence_number\":%u}",
                 t->faults->error_type, f.message, t->events);
        put_event(t, "error", buf_str(&body));
        break;
    case WIRE_BEDROCK:
        frame_write(&t->pending, "exception", t->faults->error_type, buf_str(&body));
        break;
    case WIRE_NONE:
        break;
    }
    buf_release(&body);
    flush(t);
    t->over = true;
    t->end = "error";
}

/* What the faults put around an event, before it. False: the stream ends here. */
static bool before_event(struct talk *t, const char *name)
{
    const struct faults *f = t->faults;

    if (t->over)
        return false;
    if (f->error_at == (int64_t)t->events) {
        put_error(t);
        return false;
    }
    if (f->cut_event && strcmp(f->cut_event, name) == 0) {
        flush(t);
        cut(t, "cut");
        return false;
    }
    if (f->unknown_events && t->events)
        put_unknown(t);
    if (f->bad_json && t->events == 2)
        put_event(t, name, STR_LIT("{\"type\": \"content_block_delta\", oops"));
    return true;
}

bool talk_event(struct talk *t, const char *name, struct str data)
{
    if (!before_event(t, name))
        return false;
    put_event(t, name, data);
    t->events++;
    if (t->faults->ping_every ? t->events % (unsigned)t->faults->ping_every == 0 : t->events == 2)
        put_ping(t);
    if (t->faults->rate <= 0 || t->pending.len > FLUSH_BYTES)
        flush(t);
    return !t->over;
}

/* With a rate each delta has its moment; those whose moment has passed go out in one write. */
bool talk_delta(struct talk *t, const char *name, struct str data)
{
    if (t->faults->rate > 0) {
        int64_t due = t->began_ns + (int64_t)((double)t->paced++ * 1e9 / t->faults->rate);
        int64_t early = due - now_ns();

        if (early > 0) {
            flush(t);
            if (t->over || conn_wait(t->conn, early / 1000000 + 1)) {
                t->over = true;
                t->end = "gone";
            }
        }
    }
    return talk_event(t, name, data);
}

void talk_end(struct talk *t)
{
    flush(t);
    if (t->conn->gone && strcmp(t->end, "done") == 0)
        t->end = "gone";
    if (!t->conn->gone && !t->faults->close_delimited)
        conn_send(t->conn, STR_LIT("0\r\n\r\n"));
    if (t->faults->close_delimited)
        t->conn->gone = true;
    buf_release(&t->pending);
}

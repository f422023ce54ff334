/* redact_stream.c - redaction of text that comes in pieces. What was not settled yet is held back,
 * after a little of what was, so that the rules see what stands before it. A walk stops short of
 * the end by more than any rule looks ahead; where a rule takes text up to the very end, the walk
 * is undone back to where that rule began, and waits for more. */
#include <stdlib.h>

#include "redact_scan.h"
#include "runbook/base/mem.h"
#include "runbook/base/secret.h"

#define AHEAD ((size_t)10240) /* beyond what a rule of bounded reach looks at */
#define WALK_AT ((size_t)64 << 10)
#define CONTEXT ((size_t)4096)

struct redact_stream {
    struct redactor *r;
    struct buf held;
    size_t done;       /* of `held`: context that was appended already */
    size_t walk_at;    /* held bytes at which the next walk is worth it */
    size_t least;      /* it never is at fewer */
    enum open swallow; /* inside a secret that was too long to hold */
    size_t indent;
    bool began; /* something was appended */
};

struct redact_stream *redact_stream_new_at(struct redactor *r, size_t walk_at)
{
    struct redact_stream *s = xcalloc(1, sizeof(*s));

    s->r = r;
    buf_init(&s->held, BUF_NO_MAX);
    s->walk_at = s->least = walk_at;
    return s;
}

struct redact_stream *redact_stream_new(struct redactor *r)
{
    return redact_stream_new_at(r, WALK_AT);
}

static void wipe(struct redact_stream *s)
{
    if (s->held.ptr)
        secret_wipe(s->held.ptr, s->held.len);
    buf_clear(&s->held);
    s->done = 0;
    s->walk_at = s->least;
    s->swallow = OPEN_NONE;
    s->began = false;
}

void redact_stream_free(struct redact_stream *s)
{
    if (!s)
        return;
    wipe(s);
    buf_release(&s->held);
    free(s);
}

/* Keep what follows `at`, and two lines or CONTEXT bytes before it. */
static void settle(struct redact_stream *s, size_t at)
{
    size_t from = at;
    bool second = false;

    for (; from > 0 && at - from < CONTEXT; from--) {
        bool line = s->held.ptr[from - 1] == '\n';

        if (line && second)
            break;
        second = second || line;
    }
    if (from > 0) /* the end of the line before, as "what stands before" */
        from--;
    buf_cut(&s->held, 0, from);
    s->done = at - from;
    s->began = true;
}

static size_t line_start(const struct redact_stream *s)
{
    size_t at = s->done;

    while (at > 0 && s->held.ptr[at - 1] != '\n')
        at--;
    return at;
}

static struct scan scan_of(struct redact_stream *s, struct buf *out, bool partial)
{
    return (struct scan){.r = s->r,
                         .out = out,
                         .text = buf_str(&s->held),
                         .at = s->done,
                         .copied = s->done,
                         .line = line_start(s),
                         .partial = partial};
}

/* Does the secret that is swallowed go on at `at`? */
static bool swallows(const struct redact_stream *s, size_t at, size_t *ret_len)
{
    struct str text = buf_str(&s->held);
    size_t deep = 0;

    *ret_len = 1;
    switch (s->swallow) {
    case OPEN_NONE:
        return false;
    case OPEN_LINE:
        return text.ptr[at] != '\n';
    case OPEN_PEM:
        *ret_len = redact_pem_step(text, at);
        return *ret_len > 0;
    case OPEN_BLOCK:
        if (at > 0 && text.ptr[at - 1] == '\n') {
            while (at + deep < text.len && is_blank(text.ptr[at + deep]))
                deep++;
            return deep > s->indent || at + deep == text.len || text.ptr[at + deep] == '\n';
        }
        return true;
    }
    return false;
}

/* Drop what belongs to the secret; one byte stays, as context. */
static void swallow(struct redact_stream *s)
{
    size_t at = s->done, len;

    while (at < s->held.len && swallows(s, at, &len))
        at += len;
    if (at < s->held.len)
        s->swallow = OPEN_NONE;
    settle(s, at);
}

/* A secret longer than what may be held: one placeholder, and nothing of it. */
static void give_up(struct redact_stream *s, struct buf *out, const struct scan *open)
{
    redact_placeholder(s->r, out, (struct str){s->held.ptr + s->done, s->held.len - s->done},
                       REDACT_SECRET);
    s->swallow = open->open;
    s->indent = open->open_indent;
    settle(s, s->held.len);
}

static size_t walk(struct redact_stream *s, struct buf *out)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);
    struct scan scan = scan_of(s, &clean, true);
    uint64_t counts[REDACT_KINDS];
    size_t open_from;

    redactor_counts(s->r, counts);
    redact_walk(&scan, scan.text.len > AHEAD ? scan.text.len - AHEAD : 0);
    if (scan.open) {
        struct scan first = scan;

        open_from = scan.open_from;
        redactor_set_counts(s->r, counts);
        buf_clear(&clean);
        scan = scan_of(s, &clean, true);
        redact_walk(&scan, open_from);
        buf_add_str(out, buf_str(&clean));
        settle(s, scan.at);
        if (s->held.len - s->done > REDACT_HELD_MAX) {
            give_up(s, out, &first);
            scan.count++;
        }
    } else {
        buf_add_str(out, buf_str(&clean));
        settle(s, scan.at);
    }
    s->walk_at = 2 * (s->held.len - s->done);
    if (s->walk_at < s->least)
        s->walk_at = s->least;
    if (s->walk_at > REDACT_HELD_MAX)
        s->walk_at = REDACT_HELD_MAX + 1;
    out->full = out->full || clean.full;
    buf_release(&clean);
    return scan.count;
}

size_t redact_stream_feed(struct redact_stream *s, struct buf *out, struct str piece)
{
    size_t count = 0;

    while (piece.len) {
        size_t n = piece.len < REDACT_HELD_MAX ? piece.len : REDACT_HELD_MAX;

        buf_add(&s->held, piece.ptr, n);
        piece = (struct str){piece.ptr + n, piece.len - n};
        if (s->swallow)
            swallow(s);
        if (!s->swallow && s->held.len - s->done >= s->walk_at)
            count += walk(s, out);
    }
    return count;
}

size_t redact_stream_end(struct redact_stream *s, struct buf *out)
{
    size_t count = 0;

    if (!s->began) {
        count = redactor_apply(s->r, out, buf_str(&s->held));
    } else if (!s->swallow) {
        struct scan scan = scan_of(s, out, false);

        redact_walk(&scan, scan.text.len);
        count = scan.count;
    }
    wipe(s);
    return count;
}

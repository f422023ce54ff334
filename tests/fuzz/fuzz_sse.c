/* fuzz_sse.c - the events do not depend on how the stream is cut. The first byte says where. */
#include "tests/fuzz/targets.h"

#include "runbook/net/sse.h"

#define MAX_EVENT 512

static void record(void *ctx, const struct sse_event *ev)
{
    FUZZ_CHECK(ev->type.len + ev->data.len <= 2 * MAX_EVENT);
    buf_addf(ctx, "[%zu|%zu|%zu]", ev->type.len, ev->data.len, ev->id.len);
    buf_add_str(ctx, ev->type);
    buf_add_str(ctx, ev->data);
    buf_add_str(ctx, ev->id);
}

static enum err_code feed(struct str stream, size_t piece, struct buf *out, int64_t *ret_retry)
{
    struct sse_parser *p = sse_new(MAX_EVENT, record, out);
    struct err err = ERR_INIT;
    enum err_code rc = ERR_OK;

    while (stream.len && !rc) {
        size_t n = piece < stream.len ? piece : stream.len;

        rc = sse_feed(p, (struct str){stream.ptr, n}, &err);
        stream.ptr += n;
        stream.len -= n;
    }
    *ret_retry = sse_retry_ms(p);
    sse_free(p);
    return rc;
}

void fuzz_sse(struct str input)
{
    struct buf whole = BUF_INIT(BUF_NO_MAX), cut = BUF_INIT(BUF_NO_MAX);
    int64_t retry_whole, retry_cut;
    enum err_code rc;

    if (input.len > 1) {
        size_t piece = (unsigned char)input.ptr[0] % 16 + 1u;

        input.ptr++;
        input.len--;
        rc = feed(input, input.len, &whole, &retry_whole);
        FUZZ_CHECK(feed(input, piece, &cut, &retry_cut) == rc);
        FUZZ_CHECK(str_eq(buf_str(&whole), buf_str(&cut)));
        FUZZ_CHECK(retry_whole == retry_cut);
    }
    buf_release(&whole);
    buf_release(&cut);
}

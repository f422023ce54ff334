/* fuzz_eventstream.c - frames do not depend on how the bytes are cut, and no header leads out of
 * its frame. The first byte says where it is cut. */
#include "runbook/codec/eventstream.h"
#include "tests/fuzz/targets.h"

struct seen {
    struct buf text;
};

static enum err_code on_frame(void *ctx, const struct aws_frame *f, struct err *err)
{
    static const char *const names[] = {":message-type", ":event-type", ":exception-type", "a", ""};
    struct seen *s = ctx;

    (void)err;
    buf_addf(&s->text, "[%zu|%zu]", f->headers.len, f->payload.len);
    buf_add_str(&s->text, f->payload);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct str value;

        if (!aws_frame_header(f, names[i], &value))
            continue;
        FUZZ_CHECK(value.ptr >= f->headers.ptr &&
                   value.ptr + value.len <= f->headers.ptr + f->headers.len);
        buf_add_str(&s->text, value);
    }
    return ERR_OK;
}

static enum err_code feed(struct str bytes, size_t piece, struct seen *s)
{
    struct aws_frames frames;
    struct err err = ERR_INIT;
    enum err_code rc = ERR_OK;

    aws_frames_init(&frames, on_frame, s);
    while (bytes.len && !rc) {
        size_t n = piece < bytes.len ? piece : bytes.len;

        rc = aws_frames_feed(&frames, (struct str){bytes.ptr, n}, &err);
        bytes.ptr += n;
        bytes.len -= n;
    }
    aws_frames_release(&frames);
    return rc;
}

/* As it is, and as a frame whose checksums are right: else nothing would be seen behind them. */
static void look(struct str input, size_t piece)
{
    struct seen whole = {.text = BUF_INIT(BUF_NO_MAX)}, cut = {.text = BUF_INIT(BUF_NO_MAX)};
    enum err_code rc = feed(input, input.len, &whole);

    FUZZ_CHECK(feed(input, piece, &cut) == rc);
    FUZZ_CHECK(str_eq(buf_str(&whole.text), buf_str(&cut.text)));
    buf_release(&whole.text);
    buf_release(&cut.text);
}

static void put_u32(struct buf *out, size_t v)
{
    char b[4] = {(char)(v >> 24 & 255), (char)(v >> 16 & 255), (char)(v >> 8 & 255),
                 (char)(v & 255)};

    buf_add(out, b, 4);
}

void fuzz_eventstream(struct str input)
{
    struct buf framed = BUF_INIT(BUF_NO_MAX);
    size_t piece, headers;

    if (input.len < 3)
        return;
    piece = (unsigned char)input.ptr[0] % 32 + 1u;
    headers = (unsigned char)input.ptr[1];
    input.ptr += 2;
    input.len -= 2;
    look(input, piece);
    headers = headers < input.len ? headers : input.len;
    put_u32(&framed, 16 + input.len);
    put_u32(&framed, headers);
    put_u32(&framed, aws_crc32(0, (struct str){framed.ptr, 8}));
    buf_add_str(&framed, input);
    put_u32(&framed, aws_crc32(0, buf_str(&framed)));
    look(buf_str(&framed), piece);
    buf_release(&framed);
}

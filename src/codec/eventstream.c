/* eventstream.c - see eventstream.h. */
#include "runbook/codec/eventstream.h"

#define PRELUDE 12 /* both lengths and their checksum */
#define TAIL 4
#define HEADERS_MAX ((size_t)128 << 10)

/* CRC-32 of IEEE 802.3, four bits a step: small, and fast enough for text. */
uint32_t aws_crc32(uint32_t crc, struct str bytes)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};

    crc = ~crc;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static uint32_t get_u32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;

    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* Length of a header's value by its type; false for a type that is not known or too few bytes. */
static bool value_len(unsigned type, struct str rest, size_t *ret_skip, size_t *ret_len)
{
    static const size_t fixed[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};

    *ret_skip = 0;
    if (type > 9)
        return false;
    *ret_len = fixed[type];
    if (type == 6 || type == 7) { /* bytes, string */
        if (rest.len < 2)
            return false;
        *ret_skip = 2;
        *ret_len = (size_t)(unsigned char)rest.ptr[0] << 8 | (unsigned char)rest.ptr[1];
    }
    return rest.len >= *ret_skip + *ret_len;
}

bool aws_frame_header(const struct aws_frame *f, const char *name, struct str *ret)
{
    struct str rest = f->headers;

    while (rest.len >= 2) {
        size_t name_len = (unsigned char)rest.ptr[0], skip, len;
        struct str key = {rest.ptr + 1, name_len};
        unsigned type;

        if (rest.len < name_len + 2)
            return false;
        type = (unsigned char)rest.ptr[1 + name_len];
        rest.ptr += name_len + 2;
        rest.len -= name_len + 2;
        if (!value_len(type, rest, &skip, &len))
            return false;
        if (type == 7 && str_eq_c(key, name)) {
            *ret = (struct str){rest.ptr + skip, len};
            return true;
        }
        rest.ptr += skip + len;
        rest.len -= skip + len;
    }
    return false;
}

void aws_frames_init(struct aws_frames *s, aws_frame_fn *fn, void *ctx)
{
    *s = (struct aws_frames){.fn = fn, .ctx = ctx};
    buf_init(&s->in, AWS_FRAME_MAX + PRELUDE);
}

void aws_frames_release(struct aws_frames *s)
{
    buf_release(&s->in);
}

static enum err_code check_prelude(struct str in, size_t *ret_total, size_t *ret_headers,
                                   struct err *err)
{
    *ret_total = get_u32(in.ptr);
    *ret_headers = get_u32(in.ptr + 4);
    if (aws_crc32(0, (struct str){in.ptr, 8}) != get_u32(in.ptr + 8))
        return err_set(err, ERR_INPUT, "a frame's lengths do not fit their checksum");
    if (*ret_total > AWS_FRAME_MAX || *ret_headers > HEADERS_MAX ||
        *ret_total < PRELUDE + TAIL + *ret_headers)
        return err_set(err, ERR_INPUT, "a frame has impossible lengths (%zu, %zu)", *ret_total,
                       *ret_headers);
    return ERR_OK;
}

/* One frame off the front of *in; *ret_used stays 0 while it is not complete. */
static enum err_code take_frame(struct aws_frames *s, struct str in, size_t *ret_used,
                                struct err *err)
{
    struct aws_frame f;
    size_t total, headers;
    enum err_code rc;

    *ret_used = 0;
    if (in.len < PRELUDE)
        return ERR_OK;
    rc = check_prelude(in, &total, &headers, err);
    if (rc || in.len < total)
        return rc;
    if (aws_crc32(0, (struct str){in.ptr, total - TAIL}) != get_u32(in.ptr + total - TAIL))
        return err_set(err, ERR_INPUT, "a frame does not fit its checksum");
    f.headers = (struct str){in.ptr + PRELUDE, headers};
    f.payload = (struct str){in.ptr + PRELUDE + headers, total - PRELUDE - TAIL - headers};
    s->count++;
    *ret_used = total;
    return s->fn(s->ctx, &f, err);
}

enum err_code aws_frames_feed(struct aws_frames *s, struct str bytes, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (bytes.len && !rc) {
        size_t room = s->in.max - s->in.len, n = bytes.len < room ? bytes.len : room;
        size_t at = 0, used = 1;

        buf_add(&s->in, bytes.ptr, n);
        bytes.ptr += n;
        bytes.len -= n;
        while (used && !rc) {
            rc = take_frame(s, (struct str){s->in.ptr + at, s->in.len - at}, &used, err);
            at += used;
        }
        buf_cut(&s->in, 0, at);
    }
    return rc;
}

/* ---- the other direction, for tests ---- */

static void put_u32(struct buf *out, size_t v)
{
    char b[4] = {(char)(v >> 24 & 255), (char)(v >> 16 & 255), (char)(v >> 8 & 255),
                 (char)(v & 255)};

    buf_add(out, b, 4);
}

static void put_header(struct buf *out, struct str name, struct str value)
{
    buf_addc(out, (char)name.len);
    buf_add_str(out, name);
    buf_addc(out, 7);
    buf_addc(out, (char)(value.len >> 8 & 255));
    buf_addc(out, (char)(value.len & 255));
    buf_add_str(out, value);
}

void aws_frame_write(struct buf *out, const char *const *headers, struct str payload)
{
    struct buf head = BUF_INIT(HEADERS_MAX);
    size_t start = out->len;

    for (; headers[0]; headers += 2)
        put_header(&head, str_from(headers[0]), str_from(headers[1]));
    put_u32(out, PRELUDE + head.len + payload.len + TAIL);
    put_u32(out, head.len);
    put_u32(out, aws_crc32(0, (struct str){out->ptr + start, 8}));
    buf_add_str(out, buf_str(&head));
    buf_add_str(out, payload);
    put_u32(out, aws_crc32(0, (struct str){out->ptr + start, out->len - start}));
    buf_release(&head);
}

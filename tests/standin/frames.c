/* frames.c - frames of application/vnd.amazon.eventstream: total length, headers length, CRC-32 of
 * these two, headers (name, type 7 = string, value), payload, CRC-32 of all before it. Numbers are
 * big-endian. Source: AWS, Event stream encoding (Transcribe developer guide). */
#include "tests/standin/standin.h"

static uint32_t crc32_of(struct str s)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < s.len; i++) {
        crc ^= (unsigned char)s.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void put_u32(struct buf *out, uint32_t v)
{
    char bytes[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};

    buf_add(out, bytes, 4);
}

static void put_header(struct buf *out, const char *name, const char *value)
{
    size_t len = strlen(value);

    buf_addc(out, (char)strlen(name));
    buf_adds(out, name);
    buf_addc(out, 7);
    buf_addc(out, (char)(len >> 8));
    buf_addc(out, (char)len);
    buf_adds(out, value);
}

void frame_write(struct buf *out, const char *message_type, const char *event_type,
                 struct str payload)
{
    struct buf headers = BUF_INIT(65536), frame = BUF_INIT((size_t)16 << 20);
    bool exception = strcmp(message_type, "exception") == 0;

    put_header(&headers, exception ? ":exception-type" : ":event-type", event_type);
    put_header(&headers, ":content-type", "application/json");
    put_header(&headers, ":message-type", message_type);
    put_u32(&frame, (uint32_t)(12 + headers.len + payload.len + 4));
    put_u32(&frame, (uint32_t)headers.len);
    put_u32(&frame, crc32_of(buf_str(&frame)));
    buf_add_str(&frame, buf_str(&headers));
    buf_add_str(&frame, payload);
    put_u32(&frame, crc32_of(buf_str(&frame)));
    buf_add_str(out, buf_str(&frame));
    buf_release(&headers);
    buf_release(&frame);
}

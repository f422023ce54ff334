/* unpack.c - see unpack.h. */
#include "unpack.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define PIECE ((size_t)64 << 10)
#define ANY_HEAD (15 + 32) /* gzip's or zlib's. Source: zlib.h, inflateInit2 */

static enum err_code inflate_all(z_stream *z, struct buf *out, struct err *err)
{
    int rc = Z_OK;

    while (rc == Z_OK) {
        size_t room = out->max - out->len < PIECE ? out->max - out->len : PIECE;
        char *to = room ? buf_reserve(out, room) : NULL;

        if (!to)
            return err_set(err, ERR_LIMIT, "unpacked it is larger than %zu bytes", out->max);
        z->next_out = (Bytef *)to;
        z->avail_out = (uInt)room;
        rc = inflate(z, Z_NO_FLUSH);
        if (rc == Z_OK || rc == Z_STREAM_END)
            out->len += room - z->avail_out;
        if (rc == Z_OK && z->avail_out && !z->avail_in)
            rc = Z_BUF_ERROR;
    }
    if (out->ptr)
        out->ptr[out->len] = '\0';
    return rc == Z_STREAM_END
               ? ERR_OK
               : err_set(err, ERR_INPUT, "the compressed bytes are damaged or cut off");
}

/* RFC 8878, 3.1.1: a frame begins with 0xFD2FB528, little-endian. */
static bool is_zstd(struct str packed)
{
    return packed.len >= 4 && memcmp(packed.ptr, "\x28\xb5\x2f\xfd", 4) == 0;
}

/* One frame that says how much is in it, as ours do. */
static enum err_code unpack_zstd(struct str packed, struct buf *out, struct err *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    char *to;
    size_t got;

    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        return err_set(err, ERR_INPUT, "the compressed bytes do not say how many they were");
    to = size <= out->max ? buf_reserve(out, (size_t)size) : NULL;
    if (!to)
        return err_set(err, ERR_LIMIT, "unpacked it is larger than %zu bytes", out->max);
    got = ZSTD_decompress(to, (size_t)size, packed.ptr, packed.len);
    if (ZSTD_isError(got)) {
        *to = '\0';
        return err_set(err, ERR_INPUT, "the compressed bytes are damaged or cut off");
    }
    out->len += got;
    out->ptr[out->len] = '\0';
    return ERR_OK;
}

enum err_code aws_unpack(struct str packed, struct buf *out, struct err *err)
{
    z_stream z = {0};
    enum err_code rc;

    if (is_zstd(packed))
        return unpack_zstd(packed, out, err);
    if (packed.len > UINT32_MAX)
        return err_set(err, ERR_LIMIT, "too many compressed bytes");
    z.next_in = (Bytef *)(uintptr_t)packed.ptr; /* only read */
    z.avail_in = (uInt)packed.len;
    if (inflateInit2(&z, ANY_HEAD) != Z_OK)
        return err_set(err, ERR_IO, "zlib cannot be used");
    rc = inflate_all(&z, out, err);
    (void)inflateEnd(&z);
    return rc;
}

/* unpack.c - see unpack.h. */
#include "unpack.h"

#include <stdint.h>
#include <zlib.h>

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

enum err_code aws_unpack(struct str packed, struct buf *out, struct err *err)
{
    z_stream z = {0};
    enum err_code rc;

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

/* eventstream.h - frames of application/vnd.amazon.eventstream: length, headers, payload, two
 * CRC32. Pure: feed bytes in any split, get frames. Source: AWS, "Amazon event stream" encoding. */
#ifndef RUNBOOK_CODEC_EVENTSTREAM_H
#define RUNBOOK_CODEC_EVENTSTREAM_H

#include <stdint.h>

#include "runbook/base/str.h"

#define AWS_FRAME_MAX ((size_t)16 << 20) /* the format's own limit */

struct aws_frame {
    struct str headers, payload;
};
/* Slices live during the call. Not ERR_OK ends the feed with that error. */
typedef enum err_code aws_frame_fn(void *ctx, const struct aws_frame *f, struct err *err);

/* A header of type string; false when it is not there. */
bool aws_frame_header(const struct aws_frame *f, const char *name, struct str *ret);

struct aws_frames {
    struct buf in;
    aws_frame_fn *fn;
    void *ctx;
    size_t count;
};
void aws_frames_init(struct aws_frames *s, aws_frame_fn *fn, void *ctx);
void aws_frames_release(struct aws_frames *s);
/* ERR_INPUT: the stream is damaged, or none of this kind. */
enum err_code aws_frames_feed(struct aws_frames *s, struct str bytes, struct err *err);

/* One frame; headers are name and value, all strings, NULL behind the last. */
void aws_frame_write(struct buf *out, const char *const *headers, struct str payload);

uint32_t aws_crc32(uint32_t crc, struct str bytes); /* start with 0 */

#endif

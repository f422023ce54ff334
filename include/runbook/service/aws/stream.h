/* stream.h - a call of AWS whose answer is events without end (application/vnd.amazon.eventstream):
 * one connection, each frame checked by its checksums, exceptions among the events. Nothing is
 * repeated here: what was missed between two connections only the caller can tell.
 * Source: "Amazon event stream" of the Smithy specifications. */
#ifndef RUNBOOK_SERVICE_AWS_STREAM_H
#define RUNBOOK_SERVICE_AWS_STREAM_H

#include "runbook/service/aws/client.h"

struct aws_stream; /* opaque */

struct aws_stream_callbacks {
    void (*on_event)(void *ctx, struct str type, const struct value *payload); /* borrowed */
    /* Once, from the loop. WHOLE: the server ended it behind a whole frame; UNREACHED: it was cut;
     * BAD_ANSWER: damaged, or no events. Freeing the stream in it is fine. */
    void (*on_done)(void *ctx, enum aws_end end, const struct err *err);
};

struct aws_stream *aws_stream_start(struct aws_client *c, const struct aws_query *q,
                                    const struct aws_stream_callbacks *cb, void *ctx);
void aws_stream_free(struct aws_stream *s); /* ends silently; NULL is fine */

#endif

/* sse.h - Server-Sent Events, any split of bytes, CR, LF and CRLF, BOM, comments.
 * Source: WHATWG HTML, 9.2.6. Pure: feed bytes, get events. */
#ifndef RUNBOOK_NET_SSE_H
#define RUNBOOK_NET_SSE_H

#include <stdint.h>

#include "runbook/base/str.h"
#include "runbook/base/err.h"

struct sse_parser; /* opaque */

struct sse_event {
    struct str type; /* "" when no event: line came (a "message") */
    struct str data; /* lines joined with LF */
    struct str id;   /* last event id */
};
typedef void sse_event_fn(void *ctx, const struct sse_event *ev); /* slices live during the call */

struct sse_parser *sse_new(size_t max_event_bytes, sse_event_fn *fn, void *ctx);
void sse_free(struct sse_parser *p);
/* ERR_LIMIT when one event grows beyond the cap; the parser is then unusable. */
enum err_code sse_feed(struct sse_parser *p, struct str bytes, struct err *err);
int64_t sse_retry_ms(const struct sse_parser *p); /* -1: none was sent */

#endif

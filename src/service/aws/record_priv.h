/* record_priv.h - the two halves of packing a record: its text, and that made small. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_RECORD_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_RECORD_PRIV_H

#include <zstd.h>

#include "runbook/service/aws/record.h"

struct record_writer; /* opaque */
struct record_writer *record_writer_new(void);
void record_writer_free(struct record_writer *w); /* NULL is fine */
/* JSON without what is not kept; until the next call. Empty: it is too large. */
struct str record_text(struct record_writer *w, const struct value *item);
ZSTD_CCtx *record_zstd_new(void); /* NULL: there is no memory for it, and nothing is packed */
void record_pack_text(ZSTD_CCtx *c, struct str text, struct buf *out); /* appends */

#endif

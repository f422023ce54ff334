/* unpack.h - what gzip, zlib or zstd packed, up to the cap of a buffer: a bomb ends there. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_UNPACK_H
#define RUNBOOK_SRC_SERVICE_AWS_UNPACK_H

#include "runbook/base/str.h"

/* Appends. ERR_LIMIT: it would be larger than out->max; ERR_INPUT: damaged, or cut off. */
enum err_code aws_unpack(struct str packed, struct buf *out, struct err *err);

#endif

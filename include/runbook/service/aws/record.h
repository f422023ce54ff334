/* record.h - all that came of a resource, small enough to be kept: JSON, packed, without what
 * nobody should find on a disk. Values of environment variables, user data and whatever is called
 * a secret are not in it. Pure. */
#ifndef RUNBOOK_SERVICE_AWS_RECORD_H
#define RUNBOOK_SERVICE_AWS_RECORD_H

#include "runbook/codec/value.h"

#define AWS_RECORD_MAX ((size_t)1 << 20) /* of JSON; what is larger is not kept */

/* What packing one after the other shares. */
struct aws_packer; /* opaque */
struct aws_packer *aws_packer_new(void);
void aws_packer_free(struct aws_packer *p); /* NULL is fine */
/* Appends; nothing when it is too large. The same item gives the same bytes. */
void aws_record_pack(struct aws_packer *p, const struct value *item, struct buf *out);
/* ERR_INPUT: damaged. *ret lives in `arena`. */
enum err_code aws_record_unpack(struct arena *arena, struct str packed, const struct value **ret,
                                struct err *err);

/* What differs between two packed records, as paths of members. Members that move by themselves
 * (times, counts, sizes, tokens) are no difference, nor is the order of a list of plain values.
 * At most AWS_RECORD_DIFFS. */
#define AWS_RECORD_DIFFS 16
typedef void aws_record_diff_fn(void *to, const char *field, const char *before, const char *after);
void aws_record_diff(struct str before, struct str after, aws_record_diff_fn *fn, void *to);

#endif

/* record.h - all that came of a resource, small enough to be kept: JSON, packed, without what
 * nobody should find on a disk. Values of environment variables, user data and whatever is called
 * a secret are not in it. Pure. */
#ifndef RUNBOOK_SERVICE_AWS_RECORD_H
#define RUNBOOK_SERVICE_AWS_RECORD_H

#include "runbook/codec/value.h"

#define AWS_RECORD_MAX ((size_t)1 << 20) /* of JSON; what is larger is not kept */

/* Items are packed one after the other. When there are many, on a thread of its own, as it takes
 * longer than reading them: it begins with the first hundred or so; fewer are packed at the end. */
struct aws_packing; /* opaque */
struct aws_packing *aws_packing_new(void);
void aws_packing_add(struct aws_packing *p, const struct value *item); /* may wait for the thread */
/* Waits until all are packed; nothing can be added then. On any thread, and again. */
void aws_packing_finish(struct aws_packing *p);
/* Of the n-th that was added, after _finish(); lives as long as `p`. Empty: too large. */
struct str aws_packing_get(const struct aws_packing *p, size_t n);
void aws_packing_free(struct aws_packing *p); /* NULL is fine */

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

/* secret.h - a value that is never printed and is wiped when freed.
 * There is no conversion to a string on purpose: secret_reveal() is the one greppable place. */
#ifndef RUNBOOK_BASE_SECRET_H
#define RUNBOOK_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"

struct secret; /* opaque */

struct secret *secret_new(struct str value); /* copies; NULL for an empty value */
struct secret *secret_dup(const struct secret *s);
void secret_free(struct secret *s);               /* wipes; NULL is fine */
struct str secret_reveal(const struct secret *s); /* only for building a request; NULL gives "" */
void secret_wipe(void *ptr, size_t len);          /* not optimised away */
void buf_wipe(struct buf *b);                     /* the same, and releases */
/* What may be shown: "****" and the last two characters of a value of 12 or more, else "****". The
 * result is NUL-terminated in `out`. */
void secret_mask(struct str value, char out[16]);

#endif

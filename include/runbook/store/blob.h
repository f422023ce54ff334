/* blob.h - content-addressed bytes: <dir>/blobs/<aa>/<sha256>, written once, never changed. */
#ifndef RUNBOOK_STORE_BLOB_H
#define RUNBOOK_STORE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/hash.h"

#define BLOB_MAX ((size_t)256 << 20)

bool blob_hash_valid(const char *hash); /* 64 lower-case hexadecimal digits */
/* Store `data` (fsync unless it is there already, undamaged) below `dir`; its name goes to
 * `ret_hash`. ERR_LIMIT above BLOB_MAX. Blocking: call it from a job for large data. */
enum err_code blob_put(const char *dir, struct str data, char ret_hash[SHA256_HEX],
                       struct err *err);
/* Read back and check the hash: ERR_NOT_FOUND, or ERR_INPUT when the bytes do not match the name.
 */
enum err_code blob_get(const char *dir, const char *hash, struct buf *out, struct err *err);
/* Delete one that is older than that time (a younger one may be cited by an event that is not
 * written yet: storing the same bytes again makes a blob young). Absent is fine. */
enum err_code blob_remove(const char *dir, const char *hash, int64_t older_than_unix_s,
                          bool *ret_removed, struct err *err);

#endif

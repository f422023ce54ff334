/* blob.h - content-addressed bytes: <dir>/blobs/<aa>/<sha256>, written once, never changed. */
#ifndef RUNBOOK_STORE_BLOB_H
#define RUNBOOK_STORE_BLOB_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/hash.h"

/* Store `data` (fsync unless it is there already) below `dir`; its name goes to `ret_hash`. Blocking:
 * call it from a job for large data. */
enum err_code blob_put(const char *dir, struct str data, char ret_hash[SHA256_HEX], struct err *err);
/* Read back and check the hash: ERR_NOT_FOUND, or ERR_INPUT when the bytes do not match the name. */
enum err_code blob_get(const char *dir, const char *hash, struct buf *out, struct err *err);

#endif

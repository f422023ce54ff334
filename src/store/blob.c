/* blob.c - see blob.h. A blob is written beside its place and renamed into it, so that a crash
 * leaves either all of it or nothing that has its name. */
#include "runbook/store/blob.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <errno.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

bool blob_hash_valid(const char *hash)
{
    return strspn(hash, "0123456789abcdef") == SHA256_HEX - 1 && !hash[SHA256_HEX - 1];
}

static char *blob_path(const char *dir, const char *hash)
{
    return xasprintf("%s/blobs/%.2s/%s", dir, hash, hash);
}

/* Is it there, with these bytes? One that was damaged is written again. */
static bool have_same(const char *path, struct str data)
{
    struct buf there = BUF_INIT(data.len + 1);
    struct err err;
    struct stat st;
    bool same;

    if (lstat(path, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != data.len)
        return false;
    same = file_read(path, &there, &err) == ERR_OK && str_eq(buf_str(&there), data);
    buf_release(&there);
    return same;
}

/* The folder <dir>/blobs/<aa>, itself safe on disk. */
static enum err_code make_fan(const char *dir, const char *path, struct err *err)
{
    char *fan = path_dir(path), *blobs = path_dir(fan);
    enum err_code rc = ERR_OK;

    if (!file_exists(fan)) {
        rc = dir_make(fan, err);
        if (!rc)
            rc = dir_sync(blobs, err);
        if (!rc)
            rc = dir_sync(dir, err);
    }
    free(blobs);
    free(fan);
    return rc;
}

enum err_code blob_put(const char *dir, struct str data, char ret_hash[SHA256_HEX], struct err *err)
{
    char hash[SHA256_HEX], *path;
    enum err_code rc = ERR_OK;

    if (data.len > BLOB_MAX)
        return err_set(err, ERR_LIMIT, "a result of more than %zu bytes is not kept", BLOB_MAX);
    hash_sha256_hex(data, hash);
    path = blob_path(dir, hash);
    if (have_same(path, data)) {
        utimensat(AT_FDCWD, path, NULL, 0); /* young again: see blob_remove() */
    } else {
        rc = make_fan(dir, path, err);
        if (!rc && FAULT_POINT("blob.put"))
            rc = err_errno(err, ENOSPC, "write %s", path);
        if (!rc)
            rc = file_write_atomic(path, data, 0600, err);
    }
    free(path);
    if (rc)
        return err_wrap(err, "keep a result");
    memcpy(ret_hash, hash, SHA256_HEX);
    return ERR_OK;
}

enum err_code blob_get(const char *dir, const char *hash, struct buf *out, struct err *err)
{
    size_t before = out->len;
    char found[SHA256_HEX], *path;
    enum err_code rc;

    if (!blob_hash_valid(hash))
        return err_set(err, ERR_INPUT, "'%.80s' is no blob name (64 hexadecimal digits)", hash);
    path = blob_path(dir, hash);
    rc = file_read(path, out, err);
    if (!rc) {
        hash_sha256_hex((struct str){out->ptr + before, out->len - before}, found);
        if (strcmp(found, hash) != 0)
            rc = err_set(err, ERR_INPUT, "%s is damaged: its bytes have the hash %s", path, found);
    }
    if (rc)
        buf_truncate(out, before);
    free(path);
    return rc;
}

enum err_code blob_remove(const char *dir, const char *hash, int64_t older_than_unix_s,
                          bool *ret_removed, struct err *err)
{
    char *path;
    struct stat st;
    enum err_code rc = ERR_OK;

    *ret_removed = false;
    if (!blob_hash_valid(hash))
        return err_set(err, ERR_INPUT, "'%.80s' is no blob name (64 hexadecimal digits)", hash);
    path = blob_path(dir, hash);
    if (lstat(path, &st) == 0 && st.st_mtime < older_than_unix_s) {
        if (FAULT_POINT("blob.remove") || unlink(path))
            rc = err_errno(err, errno, "delete %s", path);
        *ret_removed = rc == ERR_OK;
    }
    free(path);
    return rc;
}

/* file.c - see file.h. */
#include "runbook/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define READ_CHUNK 16384

static enum err_code read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    for (;;) {
        size_t room = out->max - out->len;
        char *at;
        ssize_t n;

        if (room == 0) {
            char probe;

            if (read(fd, &probe, 1) == 1)
                return err_set(err, ERR_LIMIT, "read %s: larger than %zu bytes", path, out->max);
            return ERR_OK;
        }
        if (room > READ_CHUNK)
            room = READ_CHUNK;
        if (FAULT_POINT("file.read"))
            return err_errno(err, EIO, "read %s", path);
        at = buf_reserve(out, room);
        n = read(fd, at, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "read %s", path);
        if (n == 0)
            return ERR_OK;
        out->len += (size_t)n;
        out->ptr[out->len] = '\0';
    }
}

enum err_code file_read_at(int dirfd, const char *path, struct buf *out, struct err *err)
{
    enum err_code rc;
    int fd;

    if (FAULT_POINT("file.open"))
        return err_errno(err, EMFILE, "open %s", path);
    fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, errno, "open %s", path);
    rc = read_all(fd, path, out, err);
    close(fd);
    return rc;
}

enum err_code file_read(const char *path, struct buf *out, struct err *err)
{
    return file_read_at(AT_FDCWD, path, out, err);
}

enum err_code fd_write_all(int fd, struct str data, struct err *err)
{
    while (data.len) {
        ssize_t n;

        if (FAULT_POINT("file.write"))
            return err_errno(err, ENOSPC, "write");
        n = write(fd, data.ptr, data.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "write");
        data.ptr += n;
        data.len -= (size_t)n;
    }
    return ERR_OK;
}

static enum err_code write_new(int fd, const char *path, struct str data, struct err *err)
{
    enum err_code rc = fd_write_all(fd, data, err);

    if (rc)
        return err_wrap(err, "write %s", path);
    if (FAULT_POINT("file.fsync"))
        return err_errno(err, ENOSPC, "write %s", path);
    if (fsync(fd))
        return err_errno(err, errno, "sync %s", path);
    return ERR_OK;
}

enum err_code file_write_atomic(const char *path, struct str data, unsigned mode, struct err *err)
{
    char *tmp = xasprintf("%s.XXXXXX", path), *dir = path_dir(path);
    enum err_code rc;
    int fd = mkostemp(tmp, O_CLOEXEC);

    if (fd < 0) {
        rc = err_errno(err, errno, "create a file beside %s", path);
        goto done;
    }
    rc = write_new(fd, path, data, err);
    if (!rc && fchmod(fd, mode))
        rc = err_errno(err, errno, "set the mode of %s", path);
    if (close(fd) && !rc)
        rc = err_errno(err, errno, "close %s", path);
    if (!rc && rename(tmp, path))
        rc = err_errno(err, errno, "rename to %s", path);
    if (rc)
        unlink(tmp);
    else
        rc = dir_sync(dir, err);
done:
    free(tmp);
    free(dir);
    return rc;
}

bool file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

enum err_code dir_sync(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err_code rc = ERR_OK;

    if (fd < 0)
        return err_errno(err, errno, "open %s", path);
    if (fsync(fd) && errno != EINVAL && errno != EROFS)
        rc = err_errno(err, errno, "sync %s", path);
    close(fd);
    return rc;
}

enum err_code dir_make(const char *path, struct err *err)
{
    char *copy = xstrdup(path);
    enum err_code rc = ERR_OK;
    struct stat st;

    if (FAULT_POINT("dir.make"))
        rc = err_errno(err, ENOSPC, "create the folder %s", path);
    for (char *p = copy + 1; !rc; p++) {
        char c = *p;

        if (c != '/' && c)
            continue;
        *p = '\0';
        if (mkdir(copy, 0700) && errno != EEXIST && stat(copy, &st))
            rc = err_errno(err, errno, "create the folder %s", copy);
        *p = c;
        if (!c)
            break;
    }
    if (!rc && (stat(path, &st) || !S_ISDIR(st.st_mode)))
        rc = err_set(err, ERR_IO, "%s is not a folder", path);
    free(copy);
    return rc;
}

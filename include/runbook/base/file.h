/* file.h - small blocking file helpers for start-up, configuration and workers; never on the loop's
 * thread for anything that can be large or remote. Directories are made 0700, files 0600. */
#ifndef RUNBOOK_BASE_FILE_H
#define RUNBOOK_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

/* Read a whole file (also a /proc file, whose size reads 0) up to out->max. Appends to `out`. */
enum err_code file_read(const char *path, struct buf *out, struct err *err);
/* The same relative to an open directory. */
enum err_code file_read_at(int dirfd, const char *path, struct buf *out, struct err *err);
/* Write a temporary file beside it, fsync, rename, fsync the folder: the old or the new content,
 * never half of it. `mode` e.g. 0600. */
enum err_code file_write_atomic(const char *path, struct str data, unsigned mode, struct err *err);
/* All bytes to a descriptor; short writes and EINTR are handled. */
enum err_code fd_write_all(int fd, struct str data, struct err *err);
bool file_exists(const char *path);
/* Create `path` and its parents with 0700. An existing folder is fine. */
enum err_code dir_make(const char *path, struct err *err);
enum err_code dir_sync(const char *path, struct err *err); /* fsync of the folder itself */

#endif

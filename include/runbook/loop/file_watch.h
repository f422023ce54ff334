/* file_watch.h - tells when a file was written, replaced, made or deleted.
 * The folder is watched, as editors replace files instead of writing them. A change may be told
 * more than once, and before the writer is done: wait a moment before reading. */
#ifndef RUNBOOK_LOOP_FILE_WATCH_H
#define RUNBOOK_LOOP_FILE_WATCH_H

#include "runbook/loop/loop.h"

struct file_watch; /* opaque */

/* ERR_IO when the folder cannot be watched. `path` is copied. */
enum err_code file_watch_new(struct loop *l, const char *path, void (*fn)(void *ctx), void *ctx,
                             struct file_watch **ret, struct err *err);
void file_watch_free(struct file_watch *w); /* NULL is fine */

#endif

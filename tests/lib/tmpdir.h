/* tmpdir.h - a folder of its own for a test, removed with all that is in it. */
#ifndef RUNBOOK_TESTS_TMPDIR_H
#define RUNBOOK_TESTS_TMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runbook/base/mem.h"

/* The caller frees with tmpdir_free(). */
static inline char *tmpdir_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = xasprintf("%s/runbook-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");

    if (!mkdtemp(dir))
        mem_fatal("no temporary folder");
    return dir;
}

static inline int tmpdir_visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void tmpdir_free(char *dir)
{
    nftw(dir, tmpdir_visit, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

#endif

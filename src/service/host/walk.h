/* walk.h - walks over the files of this machine, for the collectors. A walk never leaves its
 * filesystem, follows no link, and ends at its deadline or its count. */
#ifndef RUNBOOK_SERVICE_HOST_WALK_H
#define RUNBOOK_SERVICE_HOST_WALK_H

#include <sys/stat.h>

#include "collect_priv.h"

#define WALK_ENTRIES 4000000

struct walk_sum {
    double entries, files, bytes; /* entries: names directly in it, or in all below it */
    int64_t newest_s;             /* of its files; whose the newest one is */
    int64_t uid;
};

struct walk {
    struct local *l;
    dev_t dev;
    int depth_max;
    int64_t left;
    int64_t deadline_ms; /* 0: that of the collection */
    bool partial;
    int64_t denied; /* folders that may not be opened */
    void (*file)(struct walk *w, const char *path, const struct stat *st);
    /* A folder was left: what is directly in it, and with all below it. NULL: not wanted. */
    void (*dir)(struct walk *w, const char *path, const struct walk_sum *own,
                const struct walk_sum *all);
    void *ctx;
};

/* `path` is absolute, below the root option. False with errno when it cannot be opened. */
bool walk_start(struct walk *w, const char *path);

#endif

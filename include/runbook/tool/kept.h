/* kept.h - what the last scans of a cloud found, for tools: given by app, as what keeps it is the
 * store. */
#ifndef RUNBOOK_TOOL_KEPT_H
#define RUNBOOK_TOOL_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"
#include "runbook/base/err.h"

struct kept_resource {
    const char *account, *region, *service, *kind, *id;
    const char *name, *arn, *state, *health, *created;
    const char *tags;          /* JSON of an object, or "" */
    int64_t first_ms, last_ms; /* seen */
};
typedef void kept_fn(void *ctx, const struct kept_resource *r);

/* What stands around some resources: who calls them, whom they call. */
struct kept_near {
    const char *account, *number, *region; /* both spellings of the account; "": any */
    const char *const *names;              /* ids, ARNs or names */
    size_t count, most;                    /* most: resources that are read */
};
struct kept_around {
    size_t named, read, nodes, edges; /* named: of the names those that are kept */
    bool cut;                         /* there is more around them */
    int64_t oldest_ms, newest_ms;     /* when what is in it was last seen */
};

struct kept_source {
    /* What was there at the last look. Blocks: for a worker; one call at a time. */
    enum err_code (*each)(void *ctx, kept_fn *fn, void *fn_ctx, struct err *err);
    void *ctx;
    /* The neighbourhood as service-graph.json. Blocks. ERR_NOT_FOUND: nothing was scanned yet. */
    enum err_code (*near)(void *ctx, const struct kept_near *ask, struct buf *ret_graph,
                          struct kept_around *ret, struct err *err);
};

#endif

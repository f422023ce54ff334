/* memory.h - what the memory patterns share.
 *
 * Growing is normal while a program starts or compiles. A leak is growth that goes on while it is
 * watched and that would reach a limit that exists: of the control group, of the process
 * (RLIMIT_AS, RLIMIT_DATA), or the machine's own memory. */
#ifndef RUNBOOK_ENGINE_HOST_MEMORY_H
#define RUNBOOK_ENGINE_HOST_MEMORY_H

#include "pattern.h"

extern const struct host_limit memory_limits[]; /* ends with a NULL name */
#define MEMORY_LIMIT(at) hv_limit(v, &memory_limits[at])
#define MEMORY_GROWTH_MIN MEMORY_LIMIT(0)

struct memory_limit {
    const char *name, *kind;
    double used, max, rate;
};

struct host_culprit memory_grower(struct host_view *v, const struct value *p,
                                  const struct memory_limit *l, double eta);
/* Is `path` the group `group`, or one above it? */
bool memory_is_or_holds(const char *group, const char *path);
/* The largest process of that group; NULL: none is known. */
const struct value *memory_largest_in(struct host_view *v, const char *group);
extern const struct host_proposal memory_proposals[];
extern const char *const memory_checks[];
void memory_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r);

#endif

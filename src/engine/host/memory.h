/* memory.h - what the memory patterns share.
 *
 * Growing is normal while a program starts or compiles. A leak is growth that goes on while it is
 * watched and that would reach a limit that exists: of the control group, of the process
 * (RLIMIT_AS, RLIMIT_DATA), or the machine's own memory. */
#ifndef RUNBOOK_ENGINE_HOST_MEMORY_H
#define RUNBOOK_ENGINE_HOST_MEMORY_H

#include "pattern.h"

#define MEMORY_GROWTH_MIN 65536.0 /* bytes a second */

struct memory_limit {
    const char *name, *kind;
    double used, max, rate;
};

struct host_culprit memory_grower(struct host_view *v, const struct value *p,
                                  const struct memory_limit *l, double eta);
void memory_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r);

#endif

/* kernel.h - what the patterns over the kernel's messages share. */
#ifndef RUNBOOK_ENGINE_HOST_KERNEL_H
#define RUNBOOK_ENGINE_HOST_KERNEL_H

#include "pattern.h"

extern const struct host_limit kernel_limits[]; /* ends with a NULL name */
#define KERNEL_LIMIT(at) hv_limit(v, &kernel_limits[at])
#define KERNEL_RECENT_S KERNEL_LIMIT(0)

/* How many recent messages are of one of these kinds (ends with NULL); the last one in *ret. */
int kernel_count(struct host_view *v, const char *const *kinds, const struct value **ret);
/* The usual finding: strong and direct when there is one, with the message as evidence. */
void kernel_finding(struct host_view *v, struct host_finding *f, const char *const *kinds,
                    const char *quiet, double severity);

#endif

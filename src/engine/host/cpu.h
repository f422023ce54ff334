/* cpu.h - what the processor patterns share.
 *
 * A machine that works hard is not ill. Saturated means that work waits: nearly all time is busy
 * *and* tasks wait for a processor (PSI, or more runnable tasks than processors). One process on
 * one core of an otherwise idle machine matters when slowness is asked about or the machine is
 * small, and only when it lasts.
 *
 * Work that somebody wants looks like this: it gives way to others (nice), it moves data while it
 * computes, or it is a step of a finite job, whose runner starts one short process after another.
 * Such work is blamed only when something outside of it waits for a processor, a *victim*. */
#ifndef RUNBOOK_ENGINE_HOST_CPU_H
#define RUNBOOK_ENGINE_HOST_CPU_H

#include "pattern.h"

extern const struct host_limit cpu_limits[]; /* ends with a NULL name */
#define CPU_LIMIT(at) hv_limit(v, &cpu_limits[at])
#define CPU_BUSY_SATURATED CPU_LIMIT(0)
#define CPU_PRESSURE_SATURATED CPU_LIMIT(1)
#define CPU_VICTIM_WAIT CPU_LIMIT(2)
#define CPU_AT_WORK_BYTES CPU_LIMIT(3)
#define CPU_AT_WORK_SLICES CPU_LIMIT(4)

bool cpu_is_saturated(struct host_view *v);
bool cpu_may_blame(const struct value *p); /* not init, not a kernel thread */
/* Work that takes only what nobody else wants: nice 10 or more, SCHED_BATCH or SCHED_IDLE. */
bool cpu_gives_way(struct host_view *v, const struct value *p);
/* The runner of the finite job that `p` is a step of, or runs itself; NULL: none. */
const struct value *cpu_job_of(struct host_view *v, const struct value *p);
/* Is `p` above `child`, as far as the list knows the processes in between? */
bool cpu_is_ancestor(struct host_view *v, const struct value *p, const struct value *child);
/* Who waits most for a processor outside of the tree below `p` (NULL: anywhere); NULL: nobody. */
const struct value *cpu_victim(struct host_view *v, const struct value *p);
const char *cpu_label(struct host_view *v, const struct value *p);
/* One that was there before: what started a moment ago is somebody's work, not a culprit. */
/* The one that uses most and of which no finding tells. */
const struct value *cpu_busiest(struct host_view *v);
/* Could it be blamed at all: there for a while, of no finding yet, no kernel thread. */
bool cpu_counts(struct host_view *v, const struct value *p);
/* What hides behind `p`: the one of at least `least` cores that uses most of those that have
 * nothing to do with it (no parent, child, sibling, step of its session, or the same program) and
 * that nobody wants: no job, nothing that gives way. NULL: there is none. */
const struct value *cpu_behind(struct host_view *v, const struct value *p, double least);
/* `lasting`: how many cores it must use on average while it is watched. */
struct host_culprit cpu_single(struct host_view *v, const struct value *p, double cpus,
                               double lasting);
void cpu_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
              struct host_reading *r);

extern const struct host_proposal cpu_proposals[];
extern const char *const cpu_checks[];

#endif

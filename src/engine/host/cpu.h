/* cpu.h - what the processor patterns share.
 *
 * A machine that works hard is not ill. Saturated means that work waits: nearly all time is busy
 * *and* tasks wait for a processor (PSI, or more runnable tasks than processors). One process on
 * one core of an otherwise idle machine matters when slowness is asked about or the machine is
 * small, and only when it lasts: a compiler's process is gone before the watch ends. */
#ifndef RUNBOOK_ENGINE_HOST_CPU_H
#define RUNBOOK_ENGINE_HOST_CPU_H

#include "pattern.h"

#define CPU_BUSY_SATURATED 0.90
#define CPU_PRESSURE_SATURATED 0.10

bool cpu_is_saturated(struct host_view *v);
bool cpu_may_blame(const struct value *p); /* not init, not a kernel thread */
/* Work that takes only what nobody else wants: nice 10 or more, SCHED_BATCH or SCHED_IDLE. */
bool cpu_gives_way(const struct value *p);
const char *cpu_label(struct host_view *v, const struct value *p);
/* One that was there before: what started a moment ago is somebody's work, not a culprit. */
const struct value *cpu_busiest(struct host_view *v);
/* `lasting`: how many cores it must use on average while it is watched. */
struct host_culprit cpu_single(struct host_view *v, const struct value *p, double cpus,
                               double lasting);
void cpu_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
              struct host_reading *r);

#endif

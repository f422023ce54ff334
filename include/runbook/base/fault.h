/* fault.h - named places where a test makes an operation fail.
 * if (FAULT_POINT("journal.write")) return err_errno(err, ENOSPC, ...); compiled in only with
 * --enable-fault-injection; then RUNBOOK_FAULT="N" fails the Nth point passed, and
 * RUNBOOK_FAULT="name:N" the Nth pass of that one. */
#ifndef RUNBOOK_BASE_FAULT_H
#define RUNBOOK_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef RB_FAULT_INJECTION
#define FAULT_POINT(name) fault_hit(name)
#else
#define FAULT_POINT(name) false
#endif

bool fault_hit(const char *name); /* thread-safe */
void fault_arm(const char *spec); /* as RUNBOOK_FAULT; NULL disarms and resets the counters */
uint64_t fault_count(void);       /* points passed since it was armed */
/* Write "name passes" lines of every point that was passed, for a test that then fails each. */
void fault_report(const char *path);
bool fault_fired(void); /* the armed point was reached */

#endif

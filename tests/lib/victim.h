/* victim.h - a process that waits to be changed by a test, and a renice that counts how often it
 * ran. */
#ifndef RUNBOOK_TESTS_LIB_VICTIM_H
#define RUNBOOK_TESTS_LIB_VICTIM_H

#include <sys/types.h>

pid_t victim_start(void); /* ends with the test; its nice value leaves room above */
void victim_end(pid_t pid);
int victim_nice(pid_t pid);

/* Writes `bin`/renice: it adds to the file `count` and then does it; with RENICE_FAILS in the
 * environment it fails before, with KILL_AFTER the program that called it is killed after. */
void victim_count_renices(const char *bin, const char *count);
int victim_renices(const char *count); /* so often it ran */

#endif

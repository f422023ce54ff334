/* killer.h - kill -9 at the n-th event of an engine, in a process of its own. */
#ifndef RUNBOOK_TESTS_LIB_KILLER_H
#define RUNBOOK_TESTS_LIB_KILLER_H

#include "runbook/engine/engine.h"

/* This process is killed at the engine's event `at`, from 1; 0: at none. Only one engine at a time.
 */
void killer_watch(struct engine *e, int at);
/* Forks; the child runs `run`, which ends it by _exit(). Returns what waitpid() says of it. */
int killer_run(void (*run)(void *ctx, int at), void *ctx, int at);

#endif

/* proc_priv.h - how a child comes to be: proc_spawn.c makes it, proc.c watches it. */
#ifndef RUNBOOK_SRC_LOOP_PROC_PRIV_H
#define RUNBOOK_SRC_LOOP_PROC_PRIV_H

#include <sys/types.h>

#include "runbook/loop/proc.h"

enum pipe_no { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPES };

/* Both ends close on exec, ours does not block. False: errno says why. */
bool proc_make_pipe(enum pipe_no no, int *ret_ours, int *ret_theirs);
/* `theirs`: the descriptors it gets as 0, 1 and 2; -1: /dev/null. Returns 0 or an errno. */
int proc_spawn(const struct proc_spec *spec, const int theirs[PIPES], pid_t *ret_pid);

#endif

/* aws_progress.h - the line on stderr while a command asks AWS: how many of how many calls have
 * ended, what was throttled, denied or failed. Only for people: not with --json, and not where
 * stderr is no terminal. */
#ifndef RUNBOOK_SRC_APP_AWS_PROGRESS_H
#define RUNBOOK_SRC_APP_AWS_PROGRESS_H

#include "src/app/aws_open.h"

/* From now on, for all accounts of `r`; ends with the run, at the latest. */
void aws_progress_begin(struct aws_run *r);
/* Take the line away: before anything else is written. Harmless without a line. */
void aws_progress_end(struct aws_run *r);

#endif

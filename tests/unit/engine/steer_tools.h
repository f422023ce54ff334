/* steer_tools.h - tools of test_steer: "slow" answers after some ms (a negative number: never),
 * host_snapshot says how full the disk is, and a Prometheus with three metrics. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_STEER_TOOLS_H
#define RUNBOOK_TESTS_UNIT_ENGINE_STEER_TOOLS_H

#include "tests/lib/unit.h"

#include "runbook/tool/tool.h"

extern size_t steer_starts, steer_cancels; /* of "slow" */
extern const char *steer_started[32];      /* tags, in order */
extern double steer_disk_used;             /* percent */
extern size_t steer_ranges;                /* queries of series */

#endif

/* engine_tools.h - tools of test_engine: "slow" answers {"ms":N} after N ms, "fail" is denied,
 * "never" does not answer, "leaky" repeats secrets. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_ENGINE_TOOLS_H
#define RUNBOOK_TESTS_UNIT_ENGINE_ENGINE_TOOLS_H

#include "tests/lib/unit.h"

#include "runbook/tool/tool.h"

extern size_t tools_starts;  /* of "slow" */
extern size_t tools_peak;    /* so many of "slow" were under way at once */
extern char tools_order[32]; /* tags of "slow", as they were started */

#endif

/* rows.h - how rows of the matrix are written. */
#ifndef RUNBOOK_TOOL_AWS_OPS_ROWS_H
#define RUNBOOK_TOOL_AWS_OPS_ROWS_H

#include "ops_priv.h"

#define WARN(compare, value, source)                                                               \
    {                                                                                              \
        OPS_##compare, value, OPS_WARNING, source                                                  \
    }
#define BAD(compare, value, source)                                                                \
    {                                                                                              \
        OPS_##compare, value, OPS_UNHEALTHY, source                                                \
    }
/* No page of AWS names a number: it is chosen here. */
#define OWN "chosen by runbook"

/* The state of the resource; `gone`: words of those that are on their way out. */
#define STATE(gone, from)                                                                          \
    {                                                                                              \
        .id = "state", .what = "state", .how = OPS_STATE, .words = gone, .source = from            \
    }
#define END                                                                                        \
    {                                                                                              \
        .id = NULL                                                                                 \
    }

#define MINUTES(n) ((n)*60)
#define HOURS(n) ((n)*3600)
#define DAYS(n) ((n)*86400)
/* Five-minute points of half an hour, of an hour; daily points. */
#define HALF_HOUR .period_s = MINUTES(5), .window_s = MINUTES(30)
#define HOUR .period_s = MINUTES(5), .window_s = HOURS(1)
#define DAILY .period_s = DAYS(1), .window_s = DAYS(2)

/* Reasons that several kinds share. */
#define UNCHANGED "the program has no operation that changes it"
#define NO_LOGS_TRAIL "it writes no logs; calls are in CloudTrail (runbook changes)"

#endif

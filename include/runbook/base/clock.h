/* clock.h - time comes in through a struct, so that a test steps it by hand and a replay is exact.
 */
#ifndef RUNBOOK_BASE_CLOCK_H
#define RUNBOOK_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*now_ms)(struct clock *self);  /* monotonic, milliseconds, for deadlines */
    int64_t (*wall_ms)(struct clock *self); /* Unix time, milliseconds, for records */
};

struct clock *clock_system(void); /* shared, never freed, stateless */

/* A clock that stands still until it is moved. */
struct test_clock {
    struct clock clock;
    int64_t now_ms;
    int64_t wall_ms;
};
void test_clock_init(struct test_clock *tc, int64_t wall_ms);
void test_clock_step(struct test_clock *tc, int64_t by_ms); /* both times */

#endif

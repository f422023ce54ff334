/* clock.c - see clock.h. */
#include "runbook/base/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_now_ms(struct clock *self)
{
    (void)self;
    return read_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall_ms(struct clock *self)
{
    (void)self;
    return read_ms(CLOCK_REALTIME);
}

struct clock *clock_system(void)
{
    static struct clock c = {system_now_ms, system_wall_ms};

    return &c;
}

static int64_t test_now_ms(struct clock *self)
{
    return ((struct test_clock *)self)->now_ms;
}

static int64_t test_wall_ms(struct clock *self)
{
    return ((struct test_clock *)self)->wall_ms;
}

void test_clock_init(struct test_clock *tc, int64_t wall_ms)
{
    tc->clock.now_ms = test_now_ms;
    tc->clock.wall_ms = test_wall_ms;
    tc->now_ms = 1000;
    tc->wall_ms = wall_ms;
}

void test_clock_step(struct test_clock *tc, int64_t by_ms)
{
    tc->now_ms += by_ms;
    tc->wall_ms += by_ms;
}

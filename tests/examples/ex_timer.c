/* ex_timer.c - a timer that a test steps by hand: no sleep, no race. */
#include <stdio.h>

#include "runbook/loop/loop.h"

static void ring(void *ctx)
{
    ++*(int *)ctx;
}

int main(void)
{
    struct test_clock clock;
    struct loop *l;
    int rings = 0;

    test_clock_init(&clock, 0);
    l = loop_new(&clock.clock);
    loop_timer(l, 60000, ring, &rings);
    test_clock_step(&clock, 59999);
    loop_turn(l, false); /* not yet */
    test_clock_step(&clock, 1);
    loop_turn(l, false); /* now */
    printf("1..1\n%s 1 - one ring after a minute\n", rings == 1 ? "ok" : "not ok");
    loop_free(l);
    return rings != 1;
}

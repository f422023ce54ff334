/* test_golden_debug.c - the overlay of F12 over the war room. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void show(struct screen *s, const struct model *m)
{
    static const char *const lines[] = {
        "bytes    812/s  total 27187  queued 0", "frames   9/s  painted 112  dropped 3",
        "paint    0.05 ms  783 bytes", "answers  in 240.3 ms  (slow line)",
        "terminal 24-bit colours  120x40  sync"};

    (void)m;
    s->debug = lines;
    s->debug_count = 5;
}

/* U-22 */
static void test_debug(void **state)
{
    (void)state;
    assert_true(golden_shoot("debug", SIZE_MAX, show));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_debug)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

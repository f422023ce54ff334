/* test_screen_poll.c - how long the screen waits before it asks AWS by itself again. A-51 */
#include "tests/lib/unit.h"

#include "src/app/screen_poll.h"

#define EVERY 300000

static void test_wait(void **state)
{
    int64_t wait = EVERY;

    (void)state;
    assert_int_equal(screen_poll_wait_ms(EVERY, EVERY, false), EVERY);
    wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 2 * EVERY);
    wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 4 * EVERY);
    for (int i = 0; i < 10; i++)
        wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 8 * EVERY);
    assert_int_equal(screen_poll_wait_ms(EVERY, wait, false), EVERY);
}

/* Nobody chose anything, or AWS is not configured: there is nothing to ask. */
static void test_nothing(void **state)
{
    static const char *const none[] = {NULL};
    struct aws_estate estate = {.scope = NULL};
    struct screen_poll_options o = {.every_ms = EVERY, .estate = NULL};

    (void)state;
    assert_null(screen_poll_new(&o));
    o.estate = &estate;
    assert_null(screen_poll_new(&o));
    estate.scope = none;
    assert_null(screen_poll_new(&o));
    screen_poll_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wait), cmocka_unit_test(test_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_golden_lists.c - the root pages that are lists, against tests/golden/<name>.screen. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void at_resources(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_RESOURCES));
    screen_move(s, m, 2);
}

/* */
static void test_resources(void **state)
{
    (void)state;
    assert_true(golden_shoot("resources", SIZE_MAX, at_resources));
}

/* A number key leaves detail pages, and a page without a row is not there. */
static void test_roots(void **state)
{
    struct screen s;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    golden_screen(&s);
    screen_open_help(&s);
    assert_true(screen_go(&s, ROOT_RESOURCES));
    assert_int_equal(s.depth, 0);
    assert_true(screen_in_list(&s));
    for (int r = 0; r < ROOTS; r++) {
        bool there = screen_has_root((enum root)r);

        assert_int_equal(screen_go(&s, (enum root)r), there);
        assert_int_equal(*screen_root_name((enum root)r) != '\0', there);
    }
    screen_focus(&s, PANE_HYPOTHESES);
    assert_int_equal(s.root, ROOT_WAR_ROOM);
    model_release(&m);
    screen_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_resources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_golden_lists.c - the root pages that are lists, against tests/golden/<name>.screen. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void at_resources(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_RESOURCES));
    screen_move(s, m, 2);
}

static void at_fuzzy(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    screen_set_filter(s, m, "pay srv");
    screen_mark(s, m, false);
    s->filter_focus = true;
    s->filter_input = STR_LIT("pay srv");
    s->input_cursor = 7;
}

static void at_columns(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    list_sort_by(screen_list(s), 4);
    list_choose(screen_list(s), true);
    screen_move(s, m, 5);
    screen_mark(s, m, false);
}

static void at_nothing(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    screen_set_filter(s, m, "no such thing");
}

static void at_none(struct screen *s, const struct model *m)
{
    (void)m;
    assert_true(screen_go(s, ROOT_RESOURCES));
}

static void test_states(void **state)
{
    (void)state;
    assert_true(golden_shoot("resources-fuzzy", SIZE_MAX, at_fuzzy));
    assert_true(golden_shoot("resources-columns", SIZE_MAX, at_columns));
    assert_true(golden_shoot_at("resources-unmatched", SIZE_MAX, at_nothing, 80, 24));
    assert_true(golden_shoot_at("resources-none", 0, at_none, 80, 24));
    assert_true(golden_shoot_at("resources-reading", 4, at_none, 80, 24));
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
        cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

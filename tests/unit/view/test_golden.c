/* test_golden.c - whole screens against tests/golden/<name>.screen. `make update-golden` writes
 * them anew. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void at_input(struct screen *s, const struct model *m)
{
    s->input_focus = true;
    s->input = STR_LIT("why is caf\xC3\xA9 slow");
    s->input_cursor = 10;
}

static void at_tree(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, m);
    screen_move(s, m, 1);
}

static void at_filtered(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_RESOURCES);
    screen_set_filter(s, m, "process");
    screen_move(s, m, 1);
}

static void at_evidence(struct screen *s, const struct model *m)
{
    const char *hash;

    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, m);
    screen_open_evidence(s, m);
    hash = screen_wants_blob(s, m);
    if (hash)
        screen_set_raw(s, hash, str_from(demo_blob(hash)), NULL);
}

static void at_hypothesis(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, m);
    screen_open(s, m);
}

static void at_help(struct screen *s, const struct model *m)
{
    screen_open_help(s);
}

static void at_answer(struct screen *s, const struct model *m)
{
    assert_true(screen_open_answer(s, m));
}

/* */
static void test_empty(void **state)
{
    (void)state;
    assert_true(golden_shoot("empty", 0, at_input));
}

static void test_running(void **state)
{
    (void)state;
    assert_true(golden_shoot("running", 35, at_input));
}

/* U-16 */
static void test_done(void **state)
{
    (void)state;
    assert_true(golden_shoot("done", SIZE_MAX, NULL));
}

/* The page of the answer: all of it, and what it cites can be opened. R-16 */
static void test_answer(void **state)
{
    struct screen s;
    struct model m;

    (void)state;
    assert_true(golden_shoot("answer", SIZE_MAX, at_answer));
    golden_screen(&s);
    demo_model(&m, 20);
    assert_false(screen_open_answer(&s, &m)); /* nothing is concluded yet */
    model_release(&m);
    demo_model(&m, SIZE_MAX);
    assert_true(screen_open_answer(&s, &m));
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[1].page, PAGE_EVIDENCE);
    assert_string_equal(s.stack[1].id, "E4");
    screen_back(&s);
    s.stack[0].row = 2; /* behind the two that are cited: what was ruled out */
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[1].page, PAGE_HYPOTHESIS);
    screen_back(&s);
    s.stack[0].row = 99;
    assert_false(screen_open(&s, &m));
    model_release(&m);
    screen_release(&s);
}

static size_t drawn_top(struct screen *s, const struct model *m, struct canvas *c)
{
    view_draw(s, m, c);
    return s->stack[0].top;
}

/* A page begins at its beginning; keys go to its links, and on to what stands before and behind. */
static void test_page_moves(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;
    size_t end;

    (void)state;
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 60, 12);
    assert_true(screen_open_answer(&s, &m));
    assert_int_equal(drawn_top(&s, &m, &c), 0);
    screen_move(&s, &m, 1); /* its first link was not in sight */
    assert_true(drawn_top(&s, &m, &c) > 0);
    assert_int_equal(s.stack[0].row, 0);
    for (int i = 0; i < 40; i++) {
        screen_move(&s, &m, 1);
        view_draw(&s, &m, &c);
    }
    assert_int_equal(s.stack[0].row, s.page_links - 1);
    end = s.stack[0].top;
    assert_int_equal(end + 7, s.page_lines); /* the last line is seen */
    for (int i = 0; i < 60; i++) {
        screen_move(&s, &m, -1);
        view_draw(&s, &m, &c);
    }
    assert_int_equal(s.stack[0].row, 0);
    assert_int_equal(s.stack[0].top, 0);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

static void test_tree(void **state)
{
    (void)state;
    assert_true(golden_shoot("tree", SIZE_MAX, at_tree));
}

static void test_filtered(void **state)
{
    (void)state;
    assert_true(golden_shoot("filtered", SIZE_MAX, at_filtered));
}

static void test_evidence(void **state)
{
    (void)state;
    assert_true(golden_shoot("evidence", SIZE_MAX, at_evidence));
}

static void test_hypothesis(void **state)
{
    (void)state;
    assert_true(golden_shoot("hypothesis", SIZE_MAX, at_hypothesis));
}

static void test_help(void **state)
{
    (void)state;
    assert_true(golden_shoot("help", SIZE_MAX, at_help));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),      cmocka_unit_test(test_running),
        cmocka_unit_test(test_done),       cmocka_unit_test(test_tree),
        cmocka_unit_test(test_filtered),   cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_hypothesis), cmocka_unit_test(test_help),
        cmocka_unit_test(test_answer),     cmocka_unit_test(test_page_moves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_golden_text.c - the investigation pane's states against tests/golden. */
#include "tests/lib/unit.h"

#include "runbook/base/mem.h"
#include "tests/lib/golden.h"
#include "tests/lib/text_model.h"

typedef void text_setup_fn(struct screen *s, struct model *m);

static void give_excerpts(struct screen *s)
{
    const char *hash;

    while ((hash = screen_wants_excerpt(s)) != NULL)
        screen_set_excerpt(s, hash, str_from(text_blob(hash)), NULL);
}

static void shoot_one(const char *name, bool second_turn, text_setup_fn *setup, int w, int h,
                      enum glyph_set glyphs)
{
    char *file = xasprintf("%s-%dx%d%s", name, w, h, glyphs == GLYPHS_ASCII ? "-ascii" : "");
    struct canvas c;
    struct screen s;
    struct model m;

    canvas_init(&c, glyphs);
    canvas_resize(&c, w, h);
    golden_screen(&s);
    text_model(&m, second_turn);
    view_draw(&s, &m, &c);
    if (setup)
        setup(&s, &m);
    view_draw(&s, &m, &c);
    give_excerpts(&s);
    view_draw(&s, &m, &c);
    assert_true(golden_check(file, &c));
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
    free(file);
}

static void shoot(const char *name, bool second_turn, text_setup_fn *setup)
{
    static const int sizes[][2] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int ascii = 0; ascii < 2; ascii++)
            shoot_one(name, second_turn, setup, sizes[i][0], sizes[i][1],
                      ascii ? GLYPHS_ASCII : GLYPHS_FULL);
}

/* Select the first item of a kind. */
static size_t select_kind(struct screen *s, const struct model *m, enum item_kind kind)
{
    size_t i = 0;

    while (i < m->items.count && m->items.items[i].kind != kind)
        i++;
    screen_goto_item(s, m, i);
    return i;
}

static void opened(struct screen *s, struct model *m)
{
    select_kind(s, m, ITEM_TOOL);
    assert_true(screen_toggle_item(s, m));
}

static void searched(struct screen *s, struct model *m)
{
    screen_focus(s, PANE_INVESTIGATION);
    screen_search_begin(s);
    screen_home(s, m);
    screen_search_begin(s);
    assert_int_equal(screen_search(s, m, "pool"), FIND_FOUND);
    assert_int_equal(screen_search_next(s, m, 1), FIND_FOUND);
}

static void folded(struct screen *s, struct model *m)
{
    select_kind(s, m, ITEM_TEXT);
    assert_true(screen_fold(s, m, false));
}

static void below(struct screen *s, struct model *m)
{
    screen_home(s, m);
    screen_focus(s, PANE_INVESTIGATION);
    text_query(m, 61000, "c4", "who holds the pool", "2 series");
    text_query(m, 62000, "c5", "and for how long", "2 series");
}

static void filtered(struct screen *s, struct model *m)
{
    screen_focus(s, PANE_INVESTIGATION);
    screen_set_filter(s, m, "payments");
}

static void all_open(struct screen *s, struct model *m)
{
    screen_focus(s, PANE_INVESTIGATION);
    screen_toggle_all(s, m);
}

static void test_answer(void **state)
{
    (void)state;
    shoot("text-answer", false, NULL);
}

static void test_streaming(void **state)
{
    (void)state;
    shoot("text-streaming", true, NULL);
}

static void test_opened(void **state)
{
    (void)state;
    shoot("text-open", false, opened);
}

static void test_all_open(void **state)
{
    (void)state;
    shoot("text-all-open", true, all_open);
}

static void test_searched(void **state)
{
    (void)state;
    shoot("text-search", true, searched);
}

static void test_folded(void **state)
{
    (void)state;
    shoot("text-folded", true, folded);
}

static void test_below(void **state)
{
    (void)state;
    shoot("text-below", true, below);
}

static void test_filtered(void **state)
{
    (void)state;
    shoot("text-filtered", true, filtered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),   cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_opened),   cmocka_unit_test(test_all_open),
        cmocka_unit_test(test_searched), cmocka_unit_test(test_folded),
        cmocka_unit_test(test_below),    cmocka_unit_test(test_filtered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

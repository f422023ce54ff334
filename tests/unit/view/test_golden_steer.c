/* test_golden_steer.c - the tree as a person works with it: what is listed, weighed, added,
 * rejected and promoted, and what could not be looked at. U-05 */
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

#include <math.h>

static void apply(const struct model *m, struct event ev)
{
    ev.actor = ev.actor ? ev.actor : "user";
    ev.ts_ms = GOLDEN_NOW_MS - 60000;
    event_normalize(&ev);
    model_apply((struct model *)(uintptr_t)m, &ev);
}

static void steer(const struct model *m, const char *id, enum steer_act act, const char *text)
{
    apply(m, (struct event){.type = EV_HYPOTHESIS_STEERED,
                            .u.hypothesis_steered = {.id = id, .act = act, .text = text}});
}

static void in_tree(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, m);
}

/* The first node with its evidence, its terms, and what would refute it. */
static void list_first(struct screen *s, const struct model *m)
{
    in_tree(s, m);
    screen_toggle_node(s, m);
    screen_tree_why(s, m);
    s->zoomed = true;
}

static void wishes(struct screen *s, const struct model *m)
{
    steer(m, "H1", STEER_REJECT, "we tuned the pool yesterday");
    apply(m, (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                            .u.hypothesis_proposed = {.id = "H9",
                                                      .statement = "the disk of web-3 is full",
                                                      .refutes = "free blocks",
                                                      .priority = 1}});
    steer(m, "H9", STEER_PROMOTE, "");
    apply(m, (struct event){.type = EV_GAP_NOTED,
                            .actor = "builtin",
                            .u.gap_noted = {.hypothesis = "H9",
                                            .what = "host:web-3",
                                            .why = "ssh: Permission denied",
                                            .code = "denied"}});
    in_tree(s, m);
    screen_tree_select(s, "H9");
    screen_toggle_node(s, m);
}

static void rejected_page(struct screen *s, const struct model *m)
{
    steer(m, "H1", STEER_REJECT, "we tuned the pool yesterday");
    in_tree(s, m);
    screen_open(s, m);
}

static void test_listed(void **state)
{
    (void)state;
    assert_true(golden_shoot("tree-listed", SIZE_MAX, list_first));
}

static void test_wishes(void **state)
{
    (void)state;
    assert_true(golden_shoot("tree-steered", SIZE_MAX, wishes));
}

static void test_rejected_page(void **state)
{
    (void)state;
    assert_true(golden_shoot("hypothesis-rejected", SIZE_MAX, rejected_page));
}

/* Enter on a line of evidence opens it; left goes from it to its node, and folds step by step. */
static void test_folding(void **state)
{
    struct screen s;
    struct canvas c;
    struct model m;

    (void)state;
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    view_draw(&s, &m, &c);
    in_tree(&s, &m);
    screen_open_node(&s, &m, true);
    screen_open_node(&s, &m, true);
    assert_true(strncmp(s.tree.list.selected, "evidence:E", 10) == 0);
    assert_string_equal(screen_hypothesis(&s, &m)->id, "H1");
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[0].page, PAGE_EVIDENCE);
    screen_back(&s);
    screen_open_node(&s, &m, false);
    assert_string_equal(s.tree.list.selected, "H1");
    screen_open_node(&s, &m, false);
    screen_open_node(&s, &m, true);
    assert_string_equal(s.tree.list.selected, "H1");
    screen_release(&s);
    model_release(&m);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listed),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_rejected_page),
        cmocka_unit_test(test_folding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

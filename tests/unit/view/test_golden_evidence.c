/* test_golden_evidence.c - the page of an evidence in its states: the chart with its cursor, the
 * raw result searched, as bytes, cut, missing; a query whose result is text. R-49 */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void load(struct screen *s, const struct model *m)
{
    const char *hash = screen_wants_blob(s, m);

    if (hash)
        screen_set_raw(s, hash, str_from(demo_blob(hash)), NULL);
}

/* Keys work on what was drawn. */
static void redraw(struct screen *s, const struct model *m)
{
    struct canvas c;

    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, s->body.w + 2, s->body.h + 5);
    view_draw(s, m, &c);
    canvas_release(&c);
}

static void open_best(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_open_evidence(s, m);
    load(s, m);
    redraw(s, m);
}

/* All series of the result, zoomed in, the cursor on the change. */
static void at_cursor(struct screen *s, const struct model *m)
{
    open_best(s, m);
    screen_chart_all(s);
    for (int i = 0; i < 6; i++)
        screen_evidence_side(s, 1, false);
    assert_true(screen_chart_zoom(s, 1));
    redraw(s, m);
    screen_evidence_side(s, 1, true);
}

static void at_search(struct screen *s, const struct model *m)
{
    open_best(s, m);
    screen_evidence_tab(s);
    screen_set_filter(s, m, "177021357");
    assert_int_equal(screen_raw_match(s, 1), 2);
    screen_set_filter(s, m, "PAYMENTS");
}

static void at_hex(struct screen *s, const struct model *m)
{
    open_best(s, m);
    screen_set_filter(s, m, "success");
    screen_raw_hex(s);
}

static void at_missing(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_open_evidence(s, m);
    screen_set_raw(s, screen_wants_blob(s, m), STR_LIT(""),
                   "open blobs/5d/5d41402a: No such file or directory");
}

/* The second query of the transcript: lines of a log, one of them hostile. */
static void at_query(struct screen *s, const struct model *m)
{
    s->stack[0] = (struct detail_state){.page = PAGE_TOOL, .id = "c2"};
    s->depth = 1;
    load(s, m);
    redraw(s, m);
    screen_raw_wrap(s);
}

/* The chart of the evidence that is selected under its hypothesis. */
static void at_dock(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_open(s, m);
    load(s, m);
}

#define GOLDEN_TEST(name)                                                                          \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        assert_true(golden_shoot("evidence-" #name, SIZE_MAX, at_##name));                         \
    }

GOLDEN_TEST(cursor)
GOLDEN_TEST(search)
GOLDEN_TEST(hex)
GOLDEN_TEST(missing)
GOLDEN_TEST(query)
GOLDEN_TEST(dock)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor),  cmocka_unit_test(test_search), cmocka_unit_test(test_hex),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_query),  cmocka_unit_test(test_dock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

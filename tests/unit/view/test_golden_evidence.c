/* test_golden_evidence.c - the page of an evidence in its states: the chart with its cursor, the
 * raw result searched, as bytes, cut, missing; a query whose result is text. R-49 */
#include "tests/lib/unit.h"

#include <stdio.h>

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
    screen_home(s, m);
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
    screen_home(s, m);
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

/* What X-Ray lists: most traces are quick, some wait for a second, one for four. */
static void at_histogram(struct screen *s, const struct model *m)
{
    struct buf raw = BUF_INIT(1 << 16);
    const char *hash;

    s->stack[0] = (struct detail_state){.page = PAGE_TOOL, .id = "c2"};
    s->depth = 1;
    buf_adds(&raw, "{\"traces\":[");
    for (int i = 0; i < 120; i++)
        buf_addf(&raw, "%s{\"id\":\"1-%d\",\"response_s\":%.3f}", i ? "," : "", i,
                 i == 60       ? 4.1
                 : i % 10 == 0 ? 1.0 + i * 0.002
                               : 0.08 + i % 7 * 0.03);
    buf_adds(&raw, "]}");
    hash = screen_wants_blob(s, m);
    if (hash)
        screen_set_raw(s, hash, buf_str(&raw), NULL);
    redraw(s, m);
    buf_release(&raw);
}

/* A resource: how much of its limit is used, and how it moved. */
static void at_gauge(struct screen *s, const struct model *m)
{
    VEC_EACH (r, &m->resources)
        if (r->history_count > 2 && !s->depth) {
            s->stack[0] = (struct detail_state){.page = PAGE_RESOURCE};
            snprintf(s->stack[0].id, sizeof(s->stack[0].id), "%s", r->key);
            s->depth = 1;
        }
    assert_int_equal(s->depth, 1);
}

/* The chart of the evidence that is selected under its hypothesis. */
static void at_dock(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, m);
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
GOLDEN_TEST(histogram)
GOLDEN_TEST(gauge)

/* ---- any key, any size ---- */

static void press(struct screen *s, const struct model *m, unsigned key)
{
    static const char *const words[] = {"", "p", "17702", "\"", "nothing", "}"};

    switch (key % 14) {
    case 0:
        screen_chart_zoom(s, (int)(key / 14 % 3) - 1);
        break;
    case 1:
        screen_evidence_side(s, key / 14 % 2 ? 1 : -1, key / 28 % 2);
        break;
    case 2:
        screen_evidence_tab(s);
        break;
    case 3:
        screen_raw_hex(s);
        break;
    case 4:
        screen_raw_pretty(s);
        break;
    case 5:
        screen_raw_wrap(s);
        break;
    case 6:
        screen_set_filter(s, m, words[key / 14 % 6]);
        break;
    case 7:
        screen_raw_match(s, key / 14 % 2 ? 1 : -1);
        break;
    case 8:
        screen_move(s, m, (int)(key / 14 % 40) - 20);
        break;
    case 9:
        screen_page(s, m, key / 14 % 2 ? 2 : -2);
        break;
    case 10:
        screen_next_evidence(s, m, 1);
        break;
    case 11:
        screen_chart_all(s);
        break;
    case 12:
        screen_end(s, m);
        break;
    default:
        screen_evidence_unfold(s);
        break;
    }
}

static void test_any_key(void **state)
{
    struct screen *s = calloc(1, sizeof(*s));
    unsigned rnd = 12345;
    struct canvas c;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    golden_screen(s);
    screen_focus(s, PANE_HYPOTHESES);
    screen_home(s, &m);
    screen_open_evidence(s, &m);
    for (int i = 0; i < 1500; i++) {
        rnd = rnd * 1103515245U + 12345U;
        if (i % 10 == 0) {
            canvas_init(&c, (enum glyph_set)(rnd / 7 % GLYPH_SETS));
            canvas_resize(&c, 40 + (int)(rnd / 65536 % 170), 8 + (int)(rnd / 256 % 50));
        }
        load(s, &m);
        press(s, &m, rnd / 65536);
        view_draw(s, &m, &c);
        assert_true(s->evidence.raw_at <= s->page_lines);
        if (i % 10 == 9)
            canvas_release(&c);
    }
    model_release(&m);
    screen_release(s);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor),  cmocka_unit_test(test_search),
        cmocka_unit_test(test_hex),     cmocka_unit_test(test_missing),
        cmocka_unit_test(test_query),   cmocka_unit_test(test_dock),
        cmocka_unit_test(test_any_key), cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_gauge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

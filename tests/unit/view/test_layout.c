/* test_layout.c - panes at every size, moved by keys and by the mouse, and what is remembered. */
#include "tests/lib/unit.h"

#include "runbook/base/rng.h"
#include "runbook/view/screen.h"
#include "tests/lib/demo_model.h"

static struct canvas canvas;
static struct screen screen;
static struct model model;

static int make(void **state)
{
    (void)state;
    demo_model(&model, SIZE_MAX);
    screen_init(&screen);
    canvas_init(&canvas, GLYPHS_FULL);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    model_release(&model);
    screen_release(&screen);
    canvas_release(&canvas);
    return 0;
}

static void draw(int w, int h)
{
    canvas_resize(&canvas, w, h);
    view_draw(&screen, &model, &canvas);
}

/* Panes lie inside the frame and beside each other, with a line between. */
static void check_panes(void)
{
    for (int p = 0; p < PANES; p++) {
        struct rect a = screen.panes[p];

        if (!a.w)
            continue;
        assert_true(a.w > 0 && a.h >= 0);
        assert_true(a.x >= screen.body.x && a.x + a.w <= screen.body.x + screen.body.w);
        assert_true(a.y >= screen.body.y && a.y + a.h <= screen.body.y + screen.body.h);
        for (int q = 0; q < p; q++) {
            struct rect b = screen.panes[q];

            assert_true(!b.w || a.x > b.x + b.w || b.x > a.x + a.w || a.y > b.y + b.h ||
                        b.y > a.y + a.h);
        }
    }
}

static void any_key(struct rng *r)
{
    switch (rng_below(r, 9)) {
    case 0:
        screen_resize(&screen, (int)rng_below(r, 40) - 20, 0);
        break;
    case 1:
        screen_resize(&screen, 0, (int)rng_below(r, 20) - 10);
        break;
    case 2:
        screen_grab(&screen, (int)rng_below(r, 200), (int)rng_below(r, 60));
        break;
    case 3:
        screen_drag(&screen, (int)rng_below(r, 2000) - 500, (int)rng_below(r, 2000) - 500);
        break;
    case 4:
        screen_focus(&screen, (enum pane)rng_below(r, PANES));
        break;
    case 5:
        screen.zoomed = !screen.zoomed;
        break;
    case 6:
        screen_go(&screen, (enum root)rng_below(r, ROOTS));
        if (screen_list(&screen))
            list_choose(screen_list(&screen), rng_below(r, 2));
        break;
    case 7:
        screen_mark(&screen, &model, rng_below(r, 2));
        break;
    default:
        if (screen_list(&screen))
            list_sort_by(screen_list(&screen), (int)rng_below(r, 5));
        break;
    }
}

/* every size, with the sizes that any keys left behind. */
static void test_any_size(void **state)
{
    static const int edges[][2] = {{1, 1},    {2, 2},   {39, 7},   {40, 8},    {79, 16},
                                   {80, 16},  {80, 15}, {119, 17}, {120, 16},  {120, 500},
                                   {1000, 8}, {1, 500}, {1000, 1}, {1000, 500}};
    struct rng r;

    (void)state;
    rng_seed(&r, 77);
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        draw(edges[i][0], edges[i][1]);
        check_panes();
    }
    for (int i = 0; i < 3000; i++) {
        any_key(&r);
        draw(1 + (int)rng_below(&r, i % 50 ? 220 : 1000), 1 + (int)rng_below(&r, 70));
        check_panes();
    }
}

/* A key moves a line by exactly its cells, whatever was rounded before. */
static void test_exact(void **state)
{
    int before;

    (void)state;
    for (int w = 120; w < 240; w += 7) {
        screen_reset_sizes(&screen);
        screen_focus(&screen, PANE_INVESTIGATION);
        draw(w, 40);
        before = screen.panes[PANE_INVESTIGATION].w;
        for (int i = 1; i <= 10; i++) {
            assert_true(screen_resize(&screen, 2, 0));
            draw(w, 40);
            assert_int_equal(screen.panes[PANE_INVESTIGATION].w, before + 2 * i);
        }
        screen_focus(&screen, PANE_RESOURCES);
        before = screen.panes[PANE_RESOURCES].h;
        assert_true(screen_resize(&screen, 0, 1));
        assert_true(screen_resize(&screen, 4, 0));
        draw(w, 40);
        assert_int_equal(screen.panes[PANE_RESOURCES].h, before + 1);
    }
    screen_focus(&screen, PANE_INVESTIGATION);
    draw(120, 40);
    assert_false(screen_resize(&screen, 0, 1)); /* it has the whole height */
    draw(100, 40);
    assert_false(screen_resize(&screen, 2, 0)); /* and here the whole width */
    before = screen.panes[PANE_INVESTIGATION].h;
    assert_true(screen_resize(&screen, 0, -1));
    screen_focus(&screen, PANE_HYPOTHESES);
    draw(100, 40);
    assert_int_equal(screen.panes[PANE_INVESTIGATION].h, before - 1);
    before = screen.panes[PANE_HYPOTHESES].w;
    assert_true(screen_resize(&screen, 2, 0));
    draw(100, 40);
    assert_int_equal(screen.panes[PANE_HYPOTHESES].w, before + 2);
    draw(60, 40);
    assert_false(screen_resize(&screen, 2, 0)); /* one pane alone */
}

/* The neighbour keeps a little, however long the key is held. */
static void test_least(void **state)
{
    (void)state;
    screen_focus(&screen, PANE_INVESTIGATION);
    draw(120, 40);
    for (int i = 0; i < 200; i++) {
        screen_resize(&screen, 2, 0);
        draw(120, 40);
    }
    assert_true(screen.panes[PANE_HYPOTHESES].w >= 10);
    for (int i = 0; i < 200; i++) {
        screen_resize(&screen, -2, 0);
        draw(120, 40);
    }
    assert_true(screen.panes[PANE_INVESTIGATION].w >= 10);
}

static void test_drag(void **state)
{
    struct rect tr;

    (void)state;
    draw(120, 40);
    tr = screen.panes[PANE_INVESTIGATION];
    assert_false(screen_grab(&screen, tr.x + 3, tr.y + 3));
    assert_false(screen_drag(&screen, 30, 10));
    assert_true(screen_grab(&screen, tr.x + tr.w, tr.y + 5));
    assert_true(screen_drag(&screen, 50, 5));
    draw(120, 40);
    assert_int_equal(screen.panes[PANE_INVESTIGATION].w, 50 - tr.x);
    screen_drop(&screen);
    assert_false(screen_drag(&screen, 90, 5));
    tr = screen.panes[PANE_HYPOTHESES];
    assert_true(screen_grab(&screen, tr.x + 2, tr.y + tr.h));
    assert_true(screen_drag(&screen, 0, 30));
    draw(120, 40);
    assert_int_equal(screen.panes[PANE_HYPOTHESES].y + screen.panes[PANE_HYPOTHESES].h, 30);
    screen_drop(&screen);
    screen_go(&screen, ROOT_RESOURCES); /* no lines there */
    draw(120, 40);
    assert_false(screen_grab(&screen, 50, 10));
}

static void test_remembered(void **state)
{
    struct screen other;
    struct buf saved = BUF_INIT(65536), again = BUF_INIT(65536);

    (void)state;
    screen_focus(&screen, PANE_INVESTIGATION);
    draw(120, 40);
    screen_resize(&screen, 10, 0);
    screen.zoomed = true;
    list_sort_by(&screen.resources, 4);
    screen.resources.hidden ^= 1 << 3;
    screen_save(&screen, &saved);
    screen_init(&other);
    screen_load(&other, buf_str(&saved));
    screen_save(&other, &again);
    assert_string_equal(buf_cstr(&saved), buf_cstr(&again));
    assert_true(other.zoomed);
    assert_int_equal(other.sizes[SIZE_WIDE_LEFT], screen.sizes[SIZE_WIDE_LEFT]);
    assert_int_equal(other.resources.sort, 4);
    buf_release(&saved);
    buf_release(&again);
    screen_release(&other);
}

/* A state file is a file like any other: it may hold anything. */
static void test_hostile_state(void **state)
{
    static const char *const texts[] = {
        ("panes.wide_left = 99999999999999999999\npanes.wide_left = -5\n"
         "panes.wide_left = 0\npanes.wide_left = 1000\n"),
        "panes.wide_left\n=\n= =\npanes.=\npanes.wide_left =\n",
        "resources.columns = \x1b[31m ../../etc\nresources.sort = trend trend\n",
        "\xff\xfe\n",
        "panes.wide_left = 540 extra\n",
    };
    struct buf before = BUF_INIT(65536), after = BUF_INIT(65536);
    struct rng r;
    char junk[400];

    (void)state;
    screen_save(&screen, &before);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        screen_load(&screen, str_from(texts[i]));
    screen_load(&screen, (struct str){"panes.wide_left = 1\0", 20});
    screen_save(&screen, &after);
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    rng_seed(&r, 9);
    for (int i = 0; i < 3000; i++) {
        size_t n = (size_t)rng_below(&r, sizeof(junk));

        for (size_t k = 0; k < n; k++)
            junk[k] = rng_below(&r, 3) ? "panes.wid_leftrsouc=oln 0123\n"[rng_below(&r, 29)]
                                       : (char)rng_below(&r, 256);
        screen_load(&screen, (struct str){junk, n});
        for (int k = 0; k < SIZES; k++)
            assert_in_range(screen.sizes[k], 1, 999);
    }
    buf_release(&before);
    buf_release(&after);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_any_size), TEST(test_exact),      TEST(test_least),
        TEST(test_drag),     TEST(test_remembered), TEST(test_hostile_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

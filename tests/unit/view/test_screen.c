/* test_screen.c - properties that hold for any size, any key and any text; and the cost of drawing.
 */
#include "tests/lib/unit.h"

#include <time.h>

#include "runbook/base/rng.h"
#include "runbook/base/text.h"
#include "runbook/view/screen.h"
#include "tests/lib/demo_model.h"

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Every cell holds one clean cluster of its width; wide ones are whole. */
static void check_cells(const struct canvas *c)
{
    for (int y = 0; y < c->height; y++) {
        for (int x = 0; x < c->width; x++) {
            const struct cell *at = canvas_at(c, x, y);
            const struct cell *right = canvas_at(c, x + 1, y);

            assert_in_range(at->width, 0, 2);
            assert_true(at->style < STYLES && at->overlay < STYLES);
            assert_true(text_valid(str_from(at->text), &(size_t){0}));
            for (const char *p = at->text; *p; p++)
                assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
            if (at->width == 2)
                assert_true(right && right->width == 0);
            if (at->width == 0)
                assert_true(x > 0 && canvas_at(c, x - 1, y)->width == 2);
            else
                assert_int_equal(text_width(str_from(at->text)), at->width);
        }
    }
}

static void random_key(struct rng *r, struct screen *s, const struct model *m)
{
    switch (rng_below(r, 19)) {
    case 0:
        screen_move(s, m, -1);
        break;
    case 1:
        screen_move(s, m, 1);
        break;
    case 2:
        screen_page(s, m, 2);
        break;
    case 3:
        screen_page(s, m, -2);
        break;
    case 4:
        screen_home(s, m);
        break;
    case 5:
        screen_end(s, m);
        break;
    case 6:
        screen_focus_next(s, 1);
        break;
    case 7:
        screen_focus(s, (enum pane)rng_below(r, PANES));
        break;
    case 8:
        screen_toggle_node(s, m);
        break;
    case 9:
        screen_open(s, m);
        break;
    case 10:
        screen_open_evidence(s, m);
        break;
    case 11:
        screen_back(s);
        break;
    case 12:
        s->zoomed = !s->zoomed;
        break;
    case 13:
        if (screen_can_filter(s))
            screen_set_filter(s, m, rng_below(r, 2) ? "p" : "");
        break;
    case 14:
        screen_click(s, m, (int)rng_below(r, 250), (int)rng_below(r, 80));
        break;
    case 15:
    case 16:
        screen_go(s, (enum root)rng_below(r, ROOT_SERVICES + 1));
        break;
    case 17:
        screen_set_filter(s, m, rng_below(r, 3) ? "" : "h");
        break;
    default:
        screen_open_node(s, m, rng_below(r, 2));
        break;
    }
}

static void give_raw(struct screen *s, const struct model *m)
{
    const char *hash = screen_wants_blob(s, m);

    if (hash)
        screen_set_raw(s, hash, str_from(demo_blob(hash)), demo_blob(hash) ? NULL : "not there");
}

/* Drawing is a fold: the same state drawn again is the same. */
static void check_again(struct screen *s, const struct model *m, const struct canvas *c)
{
    struct buf a = BUF_INIT(BUF_NO_MAX), b = BUF_INIT(BUF_NO_MAX);
    struct canvas again;

    canvas_init(&again, c->glyphs);
    canvas_resize(&again, c->width, c->height);
    view_draw(s, m, &again);
    canvas_dump(c, &a);
    canvas_dump(&again, &b);
    assert_string_equal(buf_cstr(&a), buf_cstr(&b));
    canvas_release(&again);
    buf_release(&a);
    buf_release(&b);
}

/* A key in the input line repaints that alone: what stands then is what a full drawing gives, also
 * where rows scroll. */
static void test_input_alone(void **state)
{
    static const char text[] = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\n"
                               "twelve\nthirteen\nfourteen\nfifteen\nsixteen\nseventeen\n";
    struct canvas c;
    struct screen s;
    struct model m;
    struct rng r;
    size_t alone = 0;

    (void)state;
    rng_seed(&r, 12);
    demo_model(&m, SIZE_MAX);
    canvas_init(&c, GLYPHS_FULL);
    screen_init(&s);
    s.input_focus = true;
    s.edit_mode = "normal";
    for (int i = 0; i < 2000; i++) {
        if (i % 50 == 0) {
            canvas_resize(&c, 40 + (int)rng_below(&r, 120), 10 + (int)rng_below(&r, 50));
            view_draw(&s, &m, &c);
        }
        s.input = (struct str){text, (size_t)rng_below(&r, sizeof(text))};
        s.input_cursor = (size_t)rng_below(&r, s.input.len + 1);
        if (!view_draw_input(&s, &m, &c))
            view_draw(&s, &m, &c);
        else
            alone++;
        check_again(&s, &m, &c);
    }
    assert_true(alone > 500);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

static void test_any_size_any_key(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;
    struct event ev;
    struct rng r;
    size_t applied = 0;

    (void)state;
    rng_seed(&r, 4211);
    canvas_init(&c, GLYPHS_FULL);
    screen_init(&s);
    model_init(&m);
    for (int i = 0; i < 3000; i++) {
        if (rng_below(&r, 8) == 0 && demo_event(applied, &ev)) {
            model_apply(&m, &ev);
            applied++;
        }
        if (rng_below(&r, 3) == 0)
            canvas_resize(&c, 10 + (int)rng_below(&r, 241), 3 + (int)rng_below(&r, 78));
        c.glyphs = (enum glyph_set)rng_below(&r, GLYPH_SETS);
        random_key(&r, &s, &m);
        give_raw(&s, &m);
        view_draw(&s, &m, &c);
        check_again(&s, &m, &c);
        if (i % 7 == 0)
            check_cells(&c);
    }
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

/* Drawing depends on state only: what was shown before leaves no trace. */
static void test_no_trace_of_earlier_sizes(void **state)
{
    struct canvas c, fresh;
    struct screen s, t;
    struct model m;
    struct buf a = BUF_INIT(BUF_NO_MAX), b = BUF_INIT(BUF_NO_MAX);
    struct rng r;

    (void)state;
    rng_seed(&r, 7);
    demo_model(&m, SIZE_MAX);
    screen_init(&s);
    canvas_init(&c, GLYPHS_FULL);
    for (int i = 0; i < 50; i++) {
        int w = 10 + (int)rng_below(&r, 241), h = 3 + (int)rng_below(&r, 78);

        canvas_resize(&c, w, h);
        view_draw(&s, &m, &c);
        screen_init(&t);
        canvas_init(&fresh, GLYPHS_FULL);
        canvas_resize(&fresh, w, h);
        view_draw(&t, &m, &fresh);
        buf_clear(&a);
        buf_clear(&b);
        canvas_dump(&c, &a);
        canvas_dump(&fresh, &b);
        assert_string_equal(buf_cstr(&a), buf_cstr(&b));
        screen_release(&t);
        canvas_release(&fresh);
    }
    buf_release(&a);
    buf_release(&b);
    screen_release(&s);
    canvas_release(&c);
    model_release(&m);
}

/* A model of as many events that says something else; what the first said is gone from memory. */
static void other_model(struct model *m, uint64_t epoch)
{
    struct event ev;

    model_release(m);
    model_init(m);
    m->epoch = epoch;
    for (size_t i = 0; demo_event(i, &ev); i++) {
        if (ev.type == EV_EVIDENCE_ADDED)
            ev.u.evidence_added.statement = "the other investigation saw this";
        if (ev.type == EV_TOOL_ENDED)
            ev.u.tool_ended.summary = "another answer";
        if (ev.type == EV_RESOURCE_SEEN)
            ev.u.resource_seen.name = "another-one";
        if (ev.type == EV_HYPOTHESIS_PROPOSED)
            ev.u.hypothesis_proposed.statement = "another guess";
        if (i % 5 == 3 || (ev.type == EV_EVIDENCE_ADDED && i % 2)) {
            ev.type = EV_AGENT_TEXT;
            ev.u.agent_text = (struct ev_agent_text){.text = "otherwise", .message = "x"};
        }
        model_apply(m, &ev);
    }
}

/* A replay that went back and on to the same event before it was drawn: no page remembers the model
 * that was (U-22). */
static void test_no_trace_of_earlier_model(void **state)
{
    static const enum root roots[] = {ROOT_WAR_ROOM, ROOT_RESOURCES, ROOT_SIGNALS, ROOT_TIMELINE,
                                      ROOT_AUDIT};
    struct buf a = BUF_INIT(BUF_NO_MAX), b = BUF_INIT(BUF_NO_MAX);

    (void)state;
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        struct canvas c, fresh;
        struct screen s, t;
        struct model m;

        demo_model(&m, SIZE_MAX);
        screen_init(&s);
        screen_init(&t);
        canvas_init(&c, GLYPHS_FULL);
        canvas_init(&fresh, GLYPHS_FULL);
        canvas_resize(&c, 120, 40);
        canvas_resize(&fresh, 120, 40);
        screen_go(&s, roots[i]);
        view_draw(&s, &m, &c);
        other_model(&m, m.epoch + 1);
        view_draw(&s, &m, &c);
        screen_go(&t, roots[i]);
        view_draw(&t, &m, &fresh);
        buf_clear(&a);
        buf_clear(&b);
        canvas_dump(&c, &a);
        canvas_dump(&fresh, &b);
        assert_string_equal(buf_cstr(&a), buf_cstr(&b));
        model_release(&m);
        screen_release(&s);
        screen_release(&t);
        canvas_release(&c);
        canvas_release(&fresh);
    }
    buf_release(&a);
    buf_release(&b);
}

static void test_wide_and_clip(void **state)
{
    struct canvas c;
    struct rect was;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 6, 2);
    canvas_cstr(&c, 0, 0, 6, STYLE_TEXT, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E");
    check_cells(&c);
    canvas_cstr(&c, 1, 0, 1, STYLE_TEXT, "x"); /* takes half of the first: both halves go */
    assert_string_equal(canvas_at(&c, 0, 0)->text, " ");
    check_cells(&c);
    was = canvas_clip(&c, (struct rect){0, 1, 3, 1});
    canvas_cstr(&c, 0, 1, 6, STYLE_TEXT, "a\xE6\x97\xA5\xE6\x9C\xAC");
    canvas_unclip(&c, was);
    assert_string_equal(canvas_at(&c, 3, 1)->text, " ");
    check_cells(&c);
    assert_int_equal(canvas_cstr(&c, 0, 1, 6, STYLE_TEXT, "abcdefgh"), 6);
    assert_string_equal(canvas_at(&c, 5, 1)->text, "\xE2\x80\xA6");
    canvas_release(&c);
}

/* U-16: no byte of an escape sequence reaches a cell. */
static void test_hostile_text(void **state)
{
    struct canvas c;
    char junk[256];
    struct rng r;

    (void)state;
    rng_seed(&r, 99);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 40, 1);
    for (int i = 0; i < 2000; i++) {
        size_t len = (size_t)rng_below(&r, sizeof(junk));

        for (size_t k = 0; k < len; k++)
            junk[k] = (char)rng_below(&r, 256);
        c.glyphs = (enum glyph_set)rng_below(&r, GLYPH_SETS);
        canvas_clear(&c);
        canvas_text(&c, (int)rng_below(&r, 40), 0, (int)rng_below(&r, 60), STYLE_TEXT,
                    (struct str){junk, len});
        check_cells(&c);
    }
    canvas_release(&c);
}

/* scrolling through ten thousand events and a hundred thousand resources costs a screenful.
 */
static void test_cost(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;
    int64_t t0, first, keys;

    (void)state;
    demo_model(&m, SIZE_MAX);
    demo_bulk(&m, 20000, 100000);
    screen_init(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    t0 = cpu_us();
    view_draw(&s, &m, &c);
    first = cpu_us() - t0;
    t0 = cpu_us();
    for (int i = 0; i < 100; i++) {
        screen_page(&s, &m, -2);
        view_draw(&s, &m, &c);
    }
    screen_focus(&s, PANE_RESOURCES);
    for (int i = 0; i < 100; i++) {
        screen_page(&s, &m, 2);
        view_draw(&s, &m, &c);
    }
    keys = (cpu_us() - t0) / 200;
    print_message("# first drawing %d us, a page key %d us\n", (int)first, (int)keys);
    t0 = cpu_us();
    screen_set_filter(&s, &m, "worker-9999");
    view_draw(&s, &m, &c);
    print_message("# filter of 100,000 resources %d us\n", (int)(cpu_us() - t0));
    assert_int_equal(list_shown(&s.resources), 11);
#ifndef RB_SANITIZED
    assert_true(first < 100000);
    assert_true(keys < 10000);
#endif
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

/* A selection is an id: rows that come before it do not move it. */
static void test_selection_stays(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;
    struct event ev = {.type = EV_RESOURCE_SEEN, .seq = 9999, .actor = "host"};
    char before[SCREEN_ID_MAX];

    (void)state;
    demo_model(&m, SIZE_MAX);
    screen_init(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    screen_focus(&s, PANE_RESOURCES);
    view_draw(&s, &m, &c);
    screen_move(&s, &m, 4);
    snprintf(before, sizeof(before), "%s", s.resources.selected);
    ev.u.resource_seen = (struct ev_resource_seen){.key = "new",
                                                   .kind = "unit",
                                                   .name = "aaa",
                                                   .parent = "",
                                                   .status = "failed",
                                                   .detail = "",
                                                   .unit = "",
                                                   .metric = "",
                                                   .health = HEALTH_CRITICAL,
                                                   .value = 1,
                                                   .limit = 1};
    model_apply(&m, &ev);
    view_draw(&s, &m, &c);
    assert_string_equal(s.resources.selected, before);
    assert_int_equal(s.resources.row, 5);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_and_clip),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_input_alone),
        cmocka_unit_test(test_any_size_any_key),
        cmocka_unit_test(test_no_trace_of_earlier_sizes),
        cmocka_unit_test(test_no_trace_of_earlier_model),
        cmocka_unit_test(test_selection_stays),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

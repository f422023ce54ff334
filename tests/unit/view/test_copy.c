/* test_copy.c - what y and Y give: text without borders, all of a pane and not only what is seen.
 */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

struct bench {
    struct model m;
    struct screen s;
    struct canvas c;
    struct buf out;
};

static void begin(struct bench *b)
{
    demo_model(&b->m, SIZE_MAX);
    golden_screen(&b->s);
    canvas_init(&b->c, GLYPHS_FULL);
    canvas_resize(&b->c, 80, 24);
    buf_init(&b->out, 1 << 20);
    view_draw(&b->s, &b->m, &b->c);
}

static void end(struct bench *b)
{
    model_release(&b->m);
    screen_release(&b->s);
    canvas_release(&b->c);
    buf_release(&b->out);
}

static const char *copy(struct bench *b, enum copy_what what)
{
    buf_clear(&b->out);
    assert_true(view_copy_text(&b->s, &b->m, &b->c, what, &b->out));
    assert_null(strstr(buf_cstr(&b->out), "\xE2\x94\x82")); /* no border */
    assert_null(strchr(buf_cstr(&b->out), '\033'));
    return buf_cstr(&b->out);
}

static size_t lines(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += *s == '\n';
    return n;
}

/* U-22: the whole pane, also what is scrolled away; an item alone is that item. */
static void test_panes(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    assert_true(strstr(copy(&b, COPY_PANE), "checkout is slow since 14:00"));
    assert_true(strstr(copy(&b, COPY_TRANSCRIPT), "Root cause"));
    screen_focus(&b.s, PANE_HYPOTHESES);
    screen_home(&b.s, &b.m);
    assert_true(str_starts(str_from(copy(&b, COPY_ITEM)), "H1 payments-db is saturated ("));
    assert_true(strstr(copy(&b, COPY_PANE), "\n  H1.2 one slow query"));
    end(&b);
}

static void test_lists(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    screen_focus(&b.s, PANE_RESOURCES);
    view_draw(&b.s, &b.m, &b.c);
    screen_home(&b.s, &b.m);
    assert_int_equal(lines(copy(&b, COPY_ITEM)), 1);
    assert_true(strstr(copy(&b, COPY_ITEM), "postgres: payments\t"));
    assert_int_equal(lines(copy(&b, COPY_PANE)), 8);
    screen_mark(&b.s, &b.m, false);
    screen_move(&b.s, &b.m, 1);
    screen_mark(&b.s, &b.m, false);
    assert_int_equal(lines(copy(&b, COPY_ITEM)), 2); /* the marked ones */
    end(&b);
}

/* A window too small to draw in: the rows were made before the filter was typed. */
static void test_filter_not_drawn_yet(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    screen_focus(&b.s, PANE_RESOURCES);
    view_draw(&b.s, &b.m, &b.c);
    screen_set_filter(&b.s, &b.m, "postgres");
    assert_int_equal(lines(copy(&b, COPY_PANE)), 1);
    assert_true(strstr(copy(&b, COPY_PANE), "postgres: payments"));
    end(&b);
}

/* A page is copied from its first line to its last, and stands where it stood. */
static void test_pages(void **state)
{
    struct bench b;
    size_t top;

    (void)state;
    begin(&b);
    screen_focus(&b.s, PANE_HYPOTHESES);
    screen_home(&b.s, &b.m);
    assert_true(screen_open_evidence(&b.s, &b.m));
    screen_set_raw(&b.s, screen_wants_blob(&b.s, &b.m), STR_LIT("{\"raw\": 1}\n"), NULL);
    view_draw(&b.s, &b.m, &b.c);
    assert_true(str_starts(str_from(copy(&b, COPY_ITEM)), "{\"raw\": 1}"));
    screen_move(&b.s, &b.m, 2);
    top = b.s.stack[0].top;
    assert_true(strstr(copy(&b, COPY_PANE), "payments p99 rose"));
    assert_int_equal(b.s.stack[0].top, top);
    end(&b);
}

static const char *const also_off[] = {"web-3: the disk is 97 % full", "web-4: swap is used"};

/* The same conclusion, which names what else is off. */
static void conclude_also(struct model *m)
{
    struct event ev = {.type = EV_CONCLUSION_REACHED, .actor = "builtin", .ts_ms = m->last_ms};

    ev.u.conclusion_reached.verdict = VERDICT_ROOT_CAUSE;
    ev.u.conclusion_reached.summary = "The pool is empty.";
    ev.u.conclusion_reached.confidence = 0.92;
    ev.u.conclusion_reached.also = (struct strings){also_off, 2};
    model_apply(m, &ev);
}

/* What else is off is in the answer's page, in its block and in the transcript. */
static void test_also(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    conclude_also(&b.m);
    view_draw(&b.s, &b.m, &b.c);
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(copy(&b, COPY_PANE), also_off[i]));
    assert_non_null(strstr(copy(&b, COPY_TRANSCRIPT), "Also web-3: the disk is 97 % full"));
    assert_true(screen_open_answer(&b.s, &b.m));
    view_draw(&b.s, &b.m, &b.c);
    assert_non_null(strstr(copy(&b, COPY_PANE), "Also off"));
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(copy(&b, COPY_PANE), also_off[i]));
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panes), cmocka_unit_test(test_also),
        cmocka_unit_test(test_lists), cmocka_unit_test(test_filter_not_drawn_yet),
        cmocka_unit_test(test_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

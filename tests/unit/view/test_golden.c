/* test_golden.c - whole screens against tests/golden/<name>.screen. `make update-golden` writes
 * them anew. */
#include "tests/lib/unit.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/view/screen.h"
#include "tests/lib/demo_model.h"

#define T_END INT64_C(1770213803000)

static const struct help_row help[] = {
    {"Everywhere", "?", "show the keys", "app.help"},
    {"Everywhere", "Tab  Shift-Tab", "next or previous pane", "pane.next"},
    {"Panes", "j  Down", "one row down", "list.down"},
};
static const struct hint hints[] = {
    {"?", "keys"},     {"Tab", "pane"}, {"Enter", "open"},
    {"e", "evidence"}, {"/", "filter"}, {"q", "quit"},
};

/* Returns false when the golden file differs. */
static bool check(const char *name, const struct canvas *c)
{
    const char *src = getenv("RB_SRCDIR");
    struct buf got = BUF_INIT(BUF_NO_MAX), want = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/tests/golden/%s.screen", src ? src : ".", name);
    bool same = true;

    canvas_dump(c, &got);
    if (getenv("RUNBOOK_UPDATE_GOLDEN")) {
        assert_ok(file_write_atomic(path, buf_str(&got), 0644, &err), &err);
    } else {
        file_read(path, &want, &err);
        same = str_eq(buf_str(&got), buf_str(&want));
        if (!same)
            print_error("%s differs; the screen is now\n%s", path, buf_cstr(&got));
    }
    buf_release(&got);
    buf_release(&want);
    free(path);
    return same;
}

static void prepare(struct screen *s)
{
    screen_init(s);
    s->now_ms = T_END;
    s->help = help;
    s->help_count = 3;
    s->hints = hints;
    s->hint_count = 6;
}

static const struct {
    int w, h;
} sizes[] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};

typedef void setup_fn(struct screen *s, const struct model *m);

static bool shoot(const char *name, size_t events, setup_fn *setup)
{
    bool good = true;

    for (size_t i = 0; i < 4; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct canvas c;
            struct screen s;
            struct model m;
            char file[128];

            canvas_init(&c, ascii ? GLYPHS_ASCII : GLYPHS_FULL);
            canvas_resize(&c, sizes[i].w, sizes[i].h);
            prepare(&s);
            demo_model(&m, events);
            view_draw(&s, &m, &c); /* keys work on what was drawn */
            if (setup)
                setup(&s, &m);
            view_draw(&s, &m, &c);
            snprintf(file, sizeof(file), "%s-%dx%d%s", name, sizes[i].w, sizes[i].h,
                     ascii ? "-ascii" : "");
            good = check(file, &c) && good;
            model_release(&m);
            screen_release(&s);
            canvas_release(&c);
        }
    }
    return good;
}

static void at_input(struct screen *s, const struct model *m)
{
    s->input_focus = true;
    s->input = STR_LIT("why is caf\xC3\xA9 slow");
    s->input_cursor = 10;
}

static void at_tree(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_move(s, m, 1);
}

static void at_filtered(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_RESOURCES);
    screen_set_filter(s, m, "PROCESS");
    screen_move(s, m, 1);
}

static void at_evidence(struct screen *s, const struct model *m)
{
    const char *hash;

    screen_focus(s, PANE_HYPOTHESES);
    screen_open_evidence(s, m);
    hash = screen_wants_blob(s, m);
    if (hash)
        screen_set_raw(s, hash, str_from(demo_blob(hash)), NULL);
}

static void at_hypothesis(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_open(s, m);
}

static void at_help(struct screen *s, const struct model *m)
{
    screen_open_help(s);
}

/* */
static void test_empty(void **state)
{
    (void)state;
    assert_true(shoot("empty", 0, at_input));
}

static void test_running(void **state)
{
    (void)state;
    assert_true(shoot("running", 35, at_input));
}

/* U-16 */
static void test_done(void **state)
{
    (void)state;
    assert_true(shoot("done", SIZE_MAX, NULL));
}

static void test_tree(void **state)
{
    (void)state;
    assert_true(shoot("tree", SIZE_MAX, at_tree));
}

static void test_filtered(void **state)
{
    (void)state;
    assert_true(shoot("filtered", SIZE_MAX, at_filtered));
}

static void test_evidence(void **state)
{
    (void)state;
    assert_true(shoot("evidence", SIZE_MAX, at_evidence));
}

static void test_hypothesis(void **state)
{
    (void)state;
    assert_true(shoot("hypothesis", SIZE_MAX, at_hypothesis));
}

static void test_help(void **state)
{
    (void)state;
    assert_true(shoot("help", SIZE_MAX, at_help));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),      cmocka_unit_test(test_running),
        cmocka_unit_test(test_done),       cmocka_unit_test(test_tree),
        cmocka_unit_test(test_filtered),   cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_hypothesis), cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

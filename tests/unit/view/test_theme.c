/* test_theme.c - the built-in themes parse, name every role they should, and stay readable; bad
 * ones say why. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/view/theme.h"

static void refused(const char *text, const char *message)
{
    struct theme t;
    struct err err = ERR_INIT;

    assert_int_equal(theme_parse(&t, "my.theme", str_from(text), &err), ERR_INPUT);
    if (!strstr(err.msg, message))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, message);
}

static void test_bad_themes(void **state)
{
    (void)state;
    refused("name: x\n", "my.theme: a theme needs 'styles:'");
    refused("styles:\n  titel: bold\n", "line 2: 'titel': no such role; did you mean title?");
    refused("styles:\n  title: bleu\n",
            "line 2: 'title': there is no colour and no attribute \"bleu\"");
    refused("colors:\n  b: [\"#12\", blue, blue]\nstyles:\n  title: b\n",
            "must look like \"#7aa2f7\"");
    refused("colors:\n  b: [\"#123456\", bleu, blue]\nstyles:\n  title: b\n", "the second colour");
    refused("background: red\nstyles:\n  text: bold\n",
            "line 1: 'background': a background looks like");
    refused("styles: [\n", "my.theme: line");
}

static double luminance(uint32_t rgb)
{
    double l = 0;
    static const double weight[3] = {0.2126, 0.7152, 0.0722};

    for (int i = 0; i < 3; i++) {
        double v = ((rgb >> (16 - 8 * i)) & 0xFF) / 255.0;

        l += weight[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return l;
}

/* Source: WCAG 2.1, contrast ratio. */
static double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a), y = luminance(b);

    return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

/* What is not text: borders and the empty part of bars must be seen, not read. */
static bool is_line(int s)
{
    return s == STYLE_FRAME || s == STYLE_BAR_EMPTY;
}

static bool is_laid_over(int s)
{
    return s == STYLE_STATUS_BAR || s == STYLE_SELECTED || s == STYLE_SELECTED_BLUR ||
           s == STYLE_SHADE;
}

static void check_on(const struct theme *t, int s, uint32_t under, const char *where, double least)
{
    double c = contrast(t->styles[s].fg.rgb, under);

    if (c < least)
        fail_msg("%s: %s %s has a contrast of %.2f, not %.1f", t->name, style_name((enum style)s),
                 where, c, least);
}

/* U-22: text can be read on the background that a theme is for, on the status bar and on a
 * selection; with high contrast twice as well. */
static void check_contrast(const struct theme *t)
{
    bool high = strncmp(t->name, "high-contrast", 13) == 0;
    double least = high ? 7 : 4.5;

    assert_true(t->has_background);
    for (int s = 0; s < STYLES; s++) {
        const struct theme_style *st = &t->styles[s];

        if (!st->fg.set || is_laid_over(s))
            continue;
        assert_false(st->fg.palette);
        if (is_line(s)) {
            check_on(t, s, t->background, "on the background", high ? 3 : 1.5);
            continue;
        }
        check_on(t, s, t->background, "on the background", least);
        if (st->bg.set && s != STYLE_MATCH && s != STYLE_MATCH_CURRENT)
            check_on(t, s, st->bg.rgb, "on its own background", least);
        check_on(t, s, t->styles[STYLE_STATUS_BAR].bg.rgb, "on the status bar", least);
        check_on(t, s, t->styles[STYLE_SELECTED].bg.rgb, "on a selection", 4.5);
        check_on(t, s, t->styles[STYLE_SELECTED_BLUR].bg.rgb, "on a dim selection", 4.5);
        check_on(t, s, t->styles[STYLE_SHADE].bg.rgb, "on a shade", 4.5);
    }
}

/* A selection and the status bar must be told from the background, where colour alone does it. */
static void check_lifted(const struct theme *t)
{
    assert_true(contrast(t->styles[STYLE_SELECTED].bg.rgb, t->background) >= 1.25);
    assert_true(contrast(t->styles[STYLE_SELECTED_BLUR].bg.rgb, t->background) >= 1.08);
}

static void test_builtin(void **state)
{
    struct err err = ERR_INIT;
    struct theme t;
    size_t colored = 0, count = 0;

    (void)state;
    for (; theme_name_at(count); count++) {
        const char *name = theme_name_at(count);

        assert_ok(theme_load(&t, name, &err), &err);
        assert_string_equal(t.name, name);
        if (strcmp(name, "mono") == 0 || strcmp(name, "terminal") == 0)
            continue;
        check_contrast(&t);
        check_lifted(&t);
        colored++;
    }
    assert_true(colored >= 7 && count >= 9);
    assert_int_equal(theme_load(&t, "darkk", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "use dark, light, aurora"));
    assert_string_equal(theme_guess("0;15"), "light");
    assert_string_equal(theme_guess("15;0"), "dark");
    assert_string_equal(theme_guess(NULL), "dark");
}

/* U-22: "terminal" uses sixteen colours only, by their numbers, whatever the terminal could show;
 * "mono" none at all. */
static void test_terminal_and_mono(void **state)
{
    struct err err = ERR_INIT;
    struct theme t;

    (void)state;
    assert_ok(theme_load(&t, "terminal", &err), &err);
    for (int s = 0; s < STYLES; s++) {
        struct look look = theme_look(&t, COLORS_DIRECT, (enum style)s, STYLE_TEXT);

        assert_true(look.fg < 0 || (look.fg >= LOOK_PALETTE && look.fg < LOOK_PALETTE + 16));
        look = theme_look(&t, COLORS_256, (enum style)s, STYLE_TEXT);
        assert_true(look.fg < 16 && look.bg < 16);
    }
    assert_ok(theme_load(&t, "mono", &err), &err);
    for (int s = 0; s < STYLES; s++)
        assert_false(t.styles[s].fg.set || t.styles[s].bg.set);
}

/* A role takes the background of `text`; what is laid over cells does not. */
static void test_painted_background(void **state)
{
    struct err err = ERR_INIT;
    struct theme t;

    (void)state;
    assert_ok(theme_load(&t, "aurora", &err), &err);
    assert_int_equal(theme_look(&t, COLORS_DIRECT, STYLE_TOOL, STYLE_TEXT).bg, t.background);
    assert_int_equal(theme_look(&t, COLORS_DIRECT, STYLE_TOOL, STYLE_SELECTED).bg,
                     t.styles[STYLE_SELECTED].bg.rgb);
    assert_int_equal(theme_look(&t, COLORS_DIRECT, STYLE_TOOL, STYLE_MATCH).bg, t.background);
}

static void test_levels(void **state)
{
    struct err err = ERR_INIT;
    struct theme t;
    struct look look;

    (void)state;
    assert_ok(theme_parse(&t, "t",
                          STR_LIT("colors:\n  b: [\"#0000ff\", bright-blue, blue]\n"
                                  "styles:\n  title: b bold\n  selected: on b\n"),
                          &err),
              &err);
    assert_int_equal(theme_look(&t, COLORS_DIRECT, STYLE_TITLE, STYLE_TEXT).fg, 0x0000ff);
    assert_int_equal(theme_look(&t, COLORS_256, STYLE_TITLE, STYLE_TEXT).fg, 21);
    assert_int_equal(theme_look(&t, COLORS_16, STYLE_TITLE, STYLE_TEXT).fg, 12);
    assert_int_equal(theme_look(&t, COLORS_8, STYLE_TITLE, STYLE_TEXT).fg, 4);
    look = theme_look(&t, COLORS_NONE, STYLE_TITLE, STYLE_TEXT);
    assert_int_equal(look.fg, -1);
    assert_int_equal(look.attrs, ATTR_BOLD);
    look = theme_look(&t, COLORS_8, STYLE_TITLE, STYLE_SELECTED); /* blue on blue is not drawn */
    assert_int_equal(look.fg, -1);
    assert_int_equal(look.bg, 4);
    assert_ok(theme_parse(&t, "t",
                          STR_LIT("colors:\n  k: [\"#000000\", black, black]\n"
                                  "styles:\n  title: k bold\n  selected: reverse\n"),
                          &err),
              &err);
    assert_int_equal(theme_look(&t, COLORS_8, STYLE_TITLE, STYLE_TEXT).attrs, 0);
    assert_int_equal(theme_look(&t, COLORS_256, STYLE_TITLE, STYLE_TEXT).attrs, ATTR_BOLD);
    look = theme_look(&t, COLORS_256, STYLE_TITLE, STYLE_SELECTED); /* one bar, of one colour */
    assert_int_equal(look.fg, -1);
    assert_int_equal(theme_nearest_256(0xffffff), 231);
    assert_int_equal(theme_nearest_256(0x808080), 244);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_terminal_and_mono),
        cmocka_unit_test(test_painted_background),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_bad_themes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

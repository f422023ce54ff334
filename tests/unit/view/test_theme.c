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

/* U-22: text can be read on the background that a theme is for, and on the selection. */
static void check_contrast(const char *name, uint32_t background)
{
    struct theme t;
    struct err err = ERR_INIT;

    assert_ok(theme_load(&t, name, &err), &err);
    for (int s = 0; s < STYLES; s++) {
        const struct theme_style *st = &t.styles[s];
        uint32_t under = st->bg.set ? st->bg.rgb : background;

        if (!st->fg.set || s == STYLE_FRAME || s == STYLE_BAR_EMPTY)
            continue;
        if (contrast(st->fg.rgb, under) < (s == STYLE_DIM || s == STYLE_PRUNED ? 3.5 : 4.5))
            fail_msg("%s: %s has a contrast of %.2f", name, style_name((enum style)s),
                     contrast(st->fg.rgb, under));
    }
}

static void test_builtin(void **state)
{
    struct err err = ERR_INIT;
    struct theme t;

    (void)state;
    for (size_t i = 0; theme_name_at(i); i++) {
        assert_ok(theme_load(&t, theme_name_at(i), &err), &err);
        assert_string_equal(t.name, theme_name_at(i));
    }
    check_contrast("dark", 0x16161e);
    check_contrast("light", 0xffffff);
    assert_int_equal(theme_load(&t, "darkk", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "use dark, light, mono"));
    assert_string_equal(theme_guess("0;15"), "light");
    assert_string_equal(theme_guess("15;0"), "dark");
    assert_string_equal(theme_guess(NULL), "dark");
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
    assert_int_equal(theme_nearest_256(0xffffff), 231);
    assert_int_equal(theme_nearest_256(0x808080), 244);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_bad_themes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_list_widths.c - how wide the columns of a list are, and what is cut of names. */
#include "tests/lib/unit.h"

#include "runbook/view/screen.h"

static const char *const names[] = {"nginx", "lambda_step_priceGreaterThan55_AWS::Lambda::Function",
                                    "lambda_step_priceGreaterThan55_AWS::Lambda", "cart"};

static size_t named_count(const void *data)
{
    (void)data;
    return sizeof(names) / sizeof(names[0]);
}

static const char *named_id(const void *data, size_t item)
{
    (void)data;
    return names[item];
}

static void named_cell(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)data;
    (void)width;
    buf_adds(ret->text, names[item]);
}

static void kind_cell(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)data;
    (void)item;
    (void)width;
    buf_adds(ret->text, "service");
}

static void said_cell(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)data;
    (void)item;
    (void)width;
    buf_adds(ret->text,
             "words that are longer than any screen is wide, and say what the name says, "
             "too, and so on, until there is no room left for anything at all");
}

static uint64_t same_version(const void *data)
{
    (void)data;
    return 1;
}

static const struct list_column named_columns[] = {
    {"kind", .min = 7, .want = 12, .drop = 1, .cell = kind_cell, .text = named_id},
    {"name", .min = 8, .want = 24, .grow = 1, .middle = true, .cell = named_cell, .text = named_id},
    {"said", .min = 8, .want = 20, .grow = 3, .drop = 2, .cell = said_cell, .text = named_id},
};
static const struct list_def named_list = {
    .name = "named",
    .title = "Named",
    .columns = named_columns,
    .column_count = 3,
    .sort = -1,
    .count = named_count,
    .id = named_id,
    .version = same_version,
};

/* Row 0 is the header. */
static void named_row(int width, int row, char out[256])
{
    struct canvas c;
    struct list l;
    int at = 0;

    list_init(&l, &named_list);
    canvas_init(&c, GLYPHS_ASCII);
    canvas_resize(&c, width, 6);
    list_draw(&l, names, 0, &c, (struct rect){0, 0, width, 6}, false);
    for (int x = 0; x < width && at < 200; x++)
        at += snprintf(out + at, (size_t)(256 - at), "%s", canvas_at(&c, x, row)->text);
    canvas_release(&c);
    list_release(&l);
}

/* A column is as wide as its texts; the most elastic gives first; names lose their middle; what
 * says least goes first. */
static void test_widths(void **state)
{
    char text[256];

    (void)state;
    named_row(140, 2, text);
    assert_true(
        strstr(text, "service  lambda_step_priceGreaterThan55_AWS::Lambda::Function  words"));
    named_row(90, 2, text); /* `said` is at its wish, and the name still whole */
    assert_true(strstr(text, "service lambda_step_priceGreaterThan55_AWS::Lambda::Function words"));
    named_row(60, 2, text);
    assert_non_null(strstr(text, "service lambda_step_pr")); /* both ends are seen */
    assert_non_null(strstr(text, "~"));
    assert_non_null(strstr(text, "Function words"));
    named_row(60, 3, text);
    assert_non_null(strstr(text, "::Lambda words"));
    named_row(40, 2, text); /* first the words go, then the kind; the name stays */
    assert_null(strstr(text, "words"));
    assert_non_null(strstr(text, "service lambda_step"));
    named_row(20, 2, text);
    assert_null(strstr(text, "service"));
    assert_non_null(strstr(text, "lambda"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

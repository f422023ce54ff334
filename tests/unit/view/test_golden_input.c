/* test_golden_input.c - the input area and what opens over it, as whole screens; and its rows. */
#include "tests/lib/unit.h"

#include "runbook/view/input.h"
#include "tests/lib/golden.h"

static void at_rows(struct screen *s, const struct model *m)
{
    static const char text[] = "Since 14:00 the checkout is slow for customers in \xE6\x9D\xB1"
                               "\xE4\xBA\xAC and in caf\xC3\xA9s.\nWhat I saw:\n- p99 is 3.9 s\n"
                               "- no deploy since Friday, as far as the release channel knows, and "
                               "nobody changed flags either\n\nWho holds the connections?";

    (void)m;
    s->input_focus = true;
    s->input = STR_LIT(text);
    s->input_cursor = sizeof(text) - 1;
}

static void at_prompt(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_move(s, m, 1);
    s->prompt.label = "Reject H2, because";
    s->prompt.text = STR_LIT("the pool was resized on Friday");
    s->prompt.cursor = 8;
}

static void test_rows(void **state)
{
    (void)state;
    assert_true(golden_shoot("input-rows", 35, at_rows));
}

static void test_prompt(void **state)
{
    (void)state;
    assert_true(golden_shoot("prompt", 35, at_prompt));
}

static void check_wrap(const char *text, int width, const char *want)
{
    struct input_rows r = {0};
    struct buf got = BUF_INIT(4096);

    input_wrap(&r, str_from(text), width);
    VEC_EACH (row, &r.rows)
        buf_addf(&got, "%.*s|", (int)row->len, text + row->at);
    assert_string_equal(buf_cstr(&got), want);
    buf_release(&got);
    input_rows_release(&r);
}

static void test_wrap(void **state)
{
    (void)state;
    check_wrap("", 10, "|");
    check_wrap("one", 10, "one|");
    check_wrap("one\n", 10, "one||");
    check_wrap("one two three", 8, "one two |three|");
    check_wrap("abcdefghij", 4, "abcd|efgh|ij|");
    check_wrap("ab \xE6\x9D\xB1\xE4\xBA\xAC", 4, "ab |\xE6\x9D\xB1\xE4\xBA\xAC|");
    check_wrap("a\n\nb", 4, "a||b|");
}

/* Up and down and back: a column keeps its offset where the row is long enough. */
static void test_columns(void **state)
{
    struct str text = STR_LIT("one two three\ncaf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC xx");
    struct input_rows r = {0};

    (void)state;
    input_wrap(&r, text, 9);
    assert_int_equal(r.rows.count, 3 + 1);
    for (size_t i = 0; i <= text.len; i++) {
        size_t row = input_row_at(&r, i);
        int column = input_column(&r, text, row, i);

        if ((text.ptr[i < text.len ? i : 0] & 0xC0) == 0x80)
            continue;
        assert_int_equal(input_offset(&r, text, row, column), i);
    }
    assert_int_equal(input_offset(&r, text, 0, 99), 7); /* a broken row ends before its break */
    input_rows_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

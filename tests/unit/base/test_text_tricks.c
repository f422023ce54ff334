/* test_text_tricks.c - what deceives is spelled out, what people write is left alone. */
#include "runbook/base/text_tricks.h"
#include "tests/lib/unit.h"

static void shows(const char *text, bool identifier, const char *expected)
{
    struct buf out = BUF_INIT(10000);

    text_show_tricks(&out, str_from(text), identifier);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_prose(void **state)
{
    (void)state;
    shows("restart 3 pods, 10 % of them", false, "restart 3 pods, 10 % of them");
    shows("\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", false,
          "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"); /* a Russian word */
    shows("\xE6\x97\xA5\xE6\x9C\xAC caf\xC3\xA9 \xC3\xBC"
          "ber",
          false,
          "\xE6\x97\xA5\xE6\x9C\xAC caf\xC3\xA9 \xC3\xBC"
          "ber");
    shows("p\xD0\xB0yments", false, "p<U+0430>yments"); /* mixed with Latin */
    shows("\xD1\x80\xD0\xB0\xD1\x81\xD0\xB5", false,
          "<U+0440><U+0430><U+0441><U+0435>");                           /* "pace" */
    shows("\xEF\xBD\x81 \xF0\x9D\x90\x9A", false, "<U+FF41> <U+1D41A>"); /* made to look like a */
    shows("a \xE2\x80\x90\xE2\x80\x90"
          "force",
          false, "a <U+2010><U+2010>force");
}

static void test_hidden(void **state)
{
    (void)state;
    shows("a\xE2\x80\xAEz", false, "a<U+202E>z"); /* right to left override */
    shows("a\xE2\x80\x8Bz", false, "a<U+200B>z"); /* zero width space */
    shows("a\xC2\xADz", false, "a<U+00AD>z");     /* soft hyphen */
    shows("a\xC2\xA0z", false, "a<U+00A0>z");     /* a space that is none */
    shows("a\xE3\x85\xA4z", false, "a<U+3164>z"); /* a letter that is drawn as nothing */
    shows("a\xEF\xB8\x8Fz", false, "a<U+FE0F>z"); /* variation selector */
    shows("a\033[2Jz\x7F", false, "a<U+001B>[2Jz<U+007F>");
    shows("a\xFFz", false, "a<U+FFFD>z");
}

static void test_identifier(void **state)
{
    (void)state;
    shows("payments-db_2/x:y", true, "payments-db_2/x:y");
    shows("caf\xC3\xA9", true, "caf<U+00E9>");
    shows("\xD0\xBF\xD1\x80\xD0\xB8", true, "<U+043F><U+0440><U+0438>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_identifier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_regex.c - matches, groups, bad patterns, and limits that hold. */
#include <time.h>

#include "tests/lib/unit.h"

#include "runbook/codec/regex.h"

static struct regex *compile(const char *pattern, unsigned flags)
{
    struct err err = ERR_INIT;
    struct regex *re = NULL;

    assert_ok(regex_compile(pattern, flags, &re, &err), &err);
    return re;
}

static void test_match(void **state)
{
    struct regex *re = compile("(\\w+)=(\\d+)?(;)?", 0);
    struct str subject = STR_LIT("a=1; bb= c");
    struct regex_match m;

    assert_true(regex_match(re, subject, 0, &m, NULL));
    assert_int_equal(m.count, 4);
    assert_str(m.group[0], "a=1;");
    assert_str(m.group[2], "1");
    assert_true(regex_match(re, subject, 4, &m, NULL));
    assert_str(m.group[1], "bb");
    assert_null(m.group[2].ptr);
    assert_false(regex_match(re, subject, 9, &m, NULL));
    assert_false(regex_match(re, subject, 11, &m, NULL));
    assert_false(regex_match(re, (struct str){NULL, 0}, 0, NULL, NULL));
    regex_free(re);
    regex_free(NULL);
}

static void test_flags(void **state)
{
    struct regex *re = compile("^error\\b", REGEX_ICASE | REGEX_MULTILINE);

    assert_true(regex_match(re, STR_LIT("ok\nERROR x"), 0, NULL, NULL));
    regex_free(re);
    re = compile("^error", 0);
    assert_false(regex_match(re, STR_LIT("ok\nerror"), 0, NULL, NULL));
    regex_free(re);
}

static void test_bytes(void **state)
{
    struct regex *re = compile("b\xc3\xa9", 0);
    struct regex_match m;

    assert_true(regex_match(re,
                            STR_LIT("\xff\xfe"
                                    "a\xc3"
                                    "b\xc3\xa9\xff"),
                            0, &m, NULL));
    assert_str(m.group[0], "b\xc3\xa9");
    assert_false(regex_match(re, STR_LIT("\xff"), 0, &m, NULL));
    regex_free(re);
    re = compile("a.c", 0);
    assert_true(regex_match(re, STR_LIT("a\0c"), 0, NULL, NULL));
    regex_free(re);
}

static void test_many_groups(void **state)
{
    struct regex *re = compile("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)(r)", 0);
    struct regex_match m;

    assert_true(regex_match(re, STR_LIT("abcdefghijklmnopqr"), 0, &m, NULL));
    assert_int_equal(m.count, REGEX_GROUPS_MAX);
    assert_str(m.group[15], "o");
    regex_free(re);
}

static void test_bad_patterns(void **state)
{
    struct err err = ERR_INIT;
    struct regex *re = NULL;
    char *big = malloc(20001);

    assert_int_equal(regex_compile("a(b", 0, &re, &err), ERR_INPUT);
    assert_string_equal(err.msg, "pattern \"a(b\": at offset 3: missing closing parenthesis");
    assert_int_equal(regex_compile("\\C", 0, &re, &err), ERR_INPUT);
    assert_int_equal(regex_compile("\xff", 0, &re, &err), ERR_INPUT);
    memset(big, '(', 20000);
    big[20000] = '\0';
    assert_int_equal(regex_compile(big, 0, &re, &err), ERR_INPUT);
    assert_null(re);
    free(big);
}

/* A pattern with exponential backtracking gives up, and says so. */
static void test_limit(void **state)
{
    struct regex *re = compile("^(a+)+$", 0);
    char subject[64];
    bool limited = false;
    clock_t started = clock();

    memset(subject, 'a', sizeof(subject));
    subject[63] = '!';
    assert_false(regex_match(re, (struct str){subject, 64}, 0, NULL, &limited));
    assert_true(limited);
    assert_true(clock() - started < CLOCKS_PER_SEC);
    assert_false(regex_match(re, STR_LIT("b"), 0, NULL, &limited));
    assert_false(limited);
    assert_true(regex_match(re, STR_LIT("aa"), 0, NULL, &limited));
    regex_free(re);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_bad_patterns), cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}

/* test_logtime.c - times at the head of log lines. */
#include "tests/lib/unit.h"

#include "runbook/codec/logtime.h"

#define NOW INT64_C(1795239000000) /* 2026-11-21T05:30:00Z */

/* Times from `date -u -d ... +%s`. */
static void test_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        size_t len;
    } cases[] = {
        {"2026-11-21T05:26:13Z x", INT64_C(1795238773000), 20},
        {"2026-11-21T05:26:13.250Z x", INT64_C(1795238773250), 24},
        {"2026-11-21 05:26:13,25 x", INT64_C(1795238773250), 22},
        {"2026/11/21 05:26:13 [error]", INT64_C(1795238773000), 19},
        {"2026-11-21T06:26:13+01:00 x", INT64_C(1795238773000), 25},
        {"2026-11-21T00:26:13-0500 x", INT64_C(1795238773000), 24},
        {"[2026-11-21 05:26:13] x", INT64_C(1795238773000), 21},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000), 20},
        {"Nov 21 05:26:13 host", INT64_C(1795238773000), 15},
        {"Nov  1 05:26:13 host", INT64_C(1793510773000), 15},
        {"Dec 31 23:59:59 host", INT64_C(1767225599000), 15}, /* of last year */
        {"I1121 05:26:13.000250 1 main.go:1]", INT64_C(1795238773000), 21},
        {"[21/Nov/2026:06:26:13 +0100] \"GET", INT64_C(1795238773000), 28},
        {"1795238773 x", INT64_C(1795238773000), 10},
        {"1795238773.5 x", INT64_C(1795238773500), 12},
        {"1795238773250 x", INT64_C(1795238773250), 13},
        {"hello 2026", 0, 0},
        {"12345 x", 0, 0},
        {"2026-13-21T05:26:13Z", 0, 0},
        {"2026-11-21T25:26:13Z", 0, 0},
        {"Now 21 05:26:13", 0, 0},
        {"17952387730000000 x", 0, 0},
        {"2026-11-21", 0, 0},
        {"", 0, 0},
        {"[", 0, 0},
        {"I", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = 0;
        size_t n = logtime_read(str_from(cases[i].text), NOW, &ms);

        if (n != cases[i].len || (n && ms != cases[i].ms))
            fail_msg("%s: %zu bytes, %lld", cases[i].text, n, (long long)ms);
    }
}

static void test_in_brackets(void **state)
{
    const char *line = "10.0.0.1 - - [21/Nov/2026:05:26:13 +0000] \"GET / HTTP/1.1\" 500 12";
    int64_t ms = 0;
    size_t at = 0;

    (void)state;
    assert_int_equal(logtime_find(str_from(line), NOW, &at, &ms), 28);
    assert_int_equal(at, 13);
    assert_int_equal(ms, INT64_C(1795238773000));
    assert_int_equal(logtime_find(STR_LIT("no [time] here"), NOW, &at, &ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_in_brackets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

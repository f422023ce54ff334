/* test_basics.c - errors, strings, numbers, times, maps, arenas. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/base/arena.h"
#include "runbook/base/map.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "runbook/base/secret.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

static void test_err_wrap_cuts_at_character(void **state)
{
    struct err err = ERR_INIT;
    char big[600];

    (void)state;
    assert_int_equal(err_set(&err, ERR_INPUT, "bad %d", 7), ERR_INPUT);
    assert_int_equal(err_wrap(&err, "read %s", "x"), ERR_INPUT);
    assert_string_equal(err.msg, "read x: bad 7");
    for (size_t i = 0; i < sizeof(big) - 2; i += 2)
        memcpy(big + i, "\xC3\xA9", 2);
    big[sizeof(big) - 2] = '\0';
    err_set(&err, ERR_IO, "a%s", big);
    assert_true(strlen(err.msg) < ERR_MSG_MAX);
    assert_int_equal((strlen(err.msg) - 1) % 2, 0);
}

static void test_buf_caps(void **state)
{
    struct buf b = BUF_INIT(10);
    struct err err;

    (void)state;
    assert_true(buf_adds(&b, "12345"));
    assert_false(buf_adds(&b, "678901"));
    assert_true(b.full);
    assert_string_equal(buf_cstr(&b), "12345");
    assert_int_equal(buf_check(&b, "the answer", &err), ERR_LIMIT);
    assert_string_equal(err.msg, "the answer is larger than 10 bytes");
    buf_clear(&b);
    assert_true(buf_addf(&b, "%d-%s", 12, "ab"));
    assert_string_equal(buf_cstr(&b), "12-ab");
    buf_cut(&b, 2, 1);
    assert_string_equal(buf_cstr(&b), "12ab");
    buf_release(&b);
}

static void test_str_split_and_lines(void **state)
{
    struct str rest = STR_LIT("a,,b"), piece;

    (void)state;
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "a");
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "");
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "b");
    assert_false(str_split(&rest, ',', &piece));
    rest = STR_LIT("x\r\n\ny\n");
    assert_true(str_line(&rest, &piece));
    assert_str(piece, "x");
    assert_true(str_line(&rest, &piece));
    assert_str(piece, "");
    assert_true(str_line(&rest, &piece));
    assert_str(piece, "y");
    assert_false(str_line(&rest, &piece));
}

static void test_numbers(void **state)
{
    static const double round[] = {0.1, 1.0 / 3, 1e300, 123456789.25, -0.5, 1e-9, 5e-324, 1e21};
    char text[48];
    int64_t i;
    double d;

    (void)state;
    assert_true(num_i64(STR_LIT("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_false(num_i64(STR_LIT("9223372036854775808"), &i));
    assert_false(num_i64(STR_LIT("12x"), &i));
    assert_false(num_f64(STR_LIT("0x10"), &d));
    assert_false(num_f64(STR_LIT(""), &d));
    assert_true(num_f64(STR_LIT("NaN"), &d) && isnan(d));
    assert_true(num_f64(STR_LIT("0.045"), &d) && d == 0.045);
    for (size_t k = 0; k < sizeof(round) / sizeof(round[0]); k++) {
        num_format_f64(round[k], text);
        assert_true(num_f64(str_from(text), &d) && d == round[k]);
    }
    num_human(1536.0 * 1024, "bytes", text);
    assert_string_equal(text, "1.50 MiB");
    num_human(0.0045, "seconds", text);
    assert_string_equal(text, "4.50 ms");
}

static void test_times(void **state)
{
    char text[TIME_TEXT_MAX];
    int64_t ms;

    (void)state;
    assert_true(time_parse(STR_LIT("2026-02-04T10:00:00.123Z"), &ms));
    time_format_rfc3339(ms, text);
    assert_string_equal(text, "2026-02-04T10:00:00.123Z");
    assert_true(time_parse(STR_LIT("2024-02-29T23:30:00+01:30"), &ms));
    time_format_rfc3339(ms, text);
    assert_string_equal(text, "2024-02-29T22:00:00.000Z");
    assert_false(time_parse(STR_LIT("2023-02-29T00:00:00Z"), &ms));
    assert_false(time_parse(STR_LIT("2023-02-28T00:00:00"), &ms));
    assert_true(duration_parse(STR_LIT("2h30m"), &ms) && ms == 9000000);
    assert_true(duration_parse(STR_LIT("90"), &ms) && ms == 90000);
    assert_false(duration_parse(STR_LIT("5y"), &ms));
    assert_false(duration_parse(STR_LIT("99999999999999w"), &ms));
    time_format_rfc3339(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void test_map_keeps_order(void **state)
{
    struct map *m = map_new();
    struct str key;
    void *value;
    size_t it = 0, n = 0;
    char name[16];

    (void)state;
    for (uintptr_t i = 1; i <= 1000; i++) {
        snprintf(name, sizeof(name), "k%u", (unsigned)i);
        map_set_c(m, name, (void *)i);
    }
    assert_ptr_equal(map_remove(m, STR_LIT("k500")), (void *)500);
    assert_false(map_has(m, STR_LIT("k500")));
    assert_ptr_equal(map_set_c(m, "k7", (void *)7777), (void *)7);
    assert_int_equal(map_count(m), 999);
    while (map_next(m, &it, &key, &value)) {
        n++;
        if (n == 1)
            assert_str(key, "k1");
    }
    assert_int_equal(n, 999);
    for (uintptr_t i = 1; i <= 1000; i++) {
        snprintf(name, sizeof(name), "k%u", (unsigned)i);
        if (i != 500)
            assert_ptr_equal(map_get_c(m, name), i == 7 ? (void *)7777 : (void *)i);
    }
    map_free(m);
}

static void test_arena_zeroes_and_aligns(void **state)
{
    struct arena *a = arena_new(64);

    (void)state;
    for (int i = 1; i < 300; i++) {
        unsigned char *p = arena_alloc(a, (size_t)i);

        assert_int_equal((uintptr_t)p % 16, 0);
        for (int k = 0; k < i; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xAA, (size_t)i);
    }
    arena_reset(a);
    assert_string_equal(arena_printf(a, "%s-%d", "x", 5), "x-5");
    arena_free(a);
}

static void test_secret_masks(void **state)
{
    char out[16];
    struct secret *s = secret_new(STR_LIT("sk-1234567890"));

    (void)state;
    secret_mask(secret_reveal(s), out);
    assert_string_equal(out, "****90");
    secret_mask(STR_LIT("short"), out);
    assert_string_equal(out, "****");
    secret_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_wrap_cuts_at_character),
        cmocka_unit_test(test_buf_caps),
        cmocka_unit_test(test_str_split_and_lines),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_map_keeps_order),
        cmocka_unit_test(test_arena_zeroes_and_aligns),
        cmocka_unit_test(test_secret_masks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_prom_decode.c - the streaming decoder of samples: shapes, odd numbers, cuts, caps.
 * R-45, U-08: data, empty and error are three answers. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/service/prom_answer.h"

static const char matrix[] =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
    "{\"metric\":{\"__name__\":\"up\",\"job\":\"a\\u00e9\\ud83d\\ude00\\\"\\n\"},"
    "\"values\":[[1715500500,\"1\"],[1715500515.25,\"NaN\"],[1715500530,\"+Inf\"],[1715500545,\"-"
    "1e-05\"]]},"
    "{\"metric\":{},\"values\":[[1715500500.001,\"0.1\"]]}]},"
    "\"warnings\":[\"w\\t1\"],\"infos\":[\"i1\"]}";

static void test_matrix(void **state)
{
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT(1024);

    (void)state;
    assert_ok(prom_decode(str_from(matrix), NULL, a, &ans, &err), &err);
    assert_int_equal(ans.type, PROM_MATRIX);
    assert_int_equal(ans.series_count, 2);
    assert_int_equal(ans.sample_count, 5);
    assert_string_equal(prom_label(ans.series[0].labels, "job"), "a\xC3\xA9\xF0\x9F\x98\x80\"\n");
    assert_null(prom_label(ans.series[0].labels, "instance"));
    assert_int_equal(ans.series[0].count, 4);
    assert_true(ans.series[0].points[1].t_ms == 1715500515250);
    assert_true(isnan(ans.series[0].points[1].value));
    assert_true(isinf(ans.series[0].points[2].value));
    assert_true(ans.series[0].points[3].value == -1e-05);
    assert_true(ans.series[1].points[0].t_ms == 1715500500001);
    assert_int_equal(ans.warnings.count, 2);
    assert_string_equal(ans.warnings.items[0], "w\t1");
    prom_labels_format(&text, ans.series[1].labels);
    assert_string_equal(buf_cstr(&text), "{}");
    buf_release(&text);
    arena_free(a);
}

/* Cut after every byte: always an error, never a crash, never half an answer. */
static void test_every_cut_is_an_error(void **state)
{
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t n = 0; n < sizeof(matrix) - 1; n++) {
        char *exact = malloc(n ? n : 1); /* so that ASan sees a read behind the cut */

        memcpy(exact, matrix, n);
        assert_int_equal(prom_decode((struct str){exact, n}, NULL, a, &ans, &err), ERR_REMOTE);
        assert_non_null(strstr(err.msg, "JSON byte"));
        free(exact);
    }
    arena_free(a);
}

static void test_the_type_may_come_last(void **state)
{
    static const char text[] =
        "{\"data\":{\"result\":[{\"value\":[1,\"2\"],\"metric\":{\"a\":\"b\"}}],"
        "\"x\":{\"y\":[1,true,null]},\"resultType\":\"vector\"},\"status\":\"success\"}";
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(prom_decode(str_from(text), NULL, a, &ans, &err), &err);
    assert_int_equal(ans.type, PROM_VECTOR);
    assert_true(ans.series[0].points[0].value == 2);
    arena_free(a);
}

static void test_other_shapes(void **state)
{
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;

    (void)state;
#define DECODE(data)                                                                               \
    prom_decode(STR_LIT("{\"status\":\"success\",\"data\":" data "}"), NULL, a, &ans, &err)
    assert_ok(DECODE("{\"resultType\":\"scalar\",\"result\":[1.5,\"7\"]}"), &err);
    assert_true(ans.type == PROM_SCALAR && ans.series[0].points[0].value == 7);
    assert_ok(DECODE("{\"resultType\":\"string\",\"result\":[1.5,\"x\"]}"), &err);
    assert_string_equal(ans.names.items[0], "x");
    assert_ok(DECODE("{\"resultType\":\"vector\",\"result\":[]}"), &err);
    assert_int_equal(ans.series_count, 0);
    assert_ok(DECODE("[\"a\",\"b\\\\c\"]"), &err);
    assert_true(ans.type == PROM_NAMES && ans.names.count == 2);
    assert_string_equal(ans.names.items[1], "b\\c");
    assert_ok(DECODE("[{\"__name__\":\"up\"},{\"__name__\":\"down\"}]"), &err);
    assert_true(ans.type == PROM_SERIES && ans.series_count == 2);
    assert_ok(DECODE("[]"), &err);
    assert_int_equal(ans.names.count, 0);
    assert_ok(DECODE("{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"histogram\":[1,{"
                     "\"count\":\"3\"}]}]}"),
              &err);
    assert_int_equal(ans.histogram_count, 1);
    arena_free(a);
}

static void test_wrong_shapes_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "<html>",
        "{}",
        "{\"status\":\"success\"}",
        "{\"status\":\"success\",\"data\":3}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"cube\",\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\"}}",
        "{\"status\":\"success\",\"data\":{\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[3]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[]}]}"
        "}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{}}]}"
        "}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
        "\"values\":[[1,2]]}]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
        "\"values\":[[1,\"x\"]]}]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
        "\"values\":[[2,\"1\"],[1,\"1\"]]}]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
        "\"a\":1},\"values\":[]}]}}",
        "{\"status\":\"success\",\"data\":[1]}",
        "{\"status\":\"success\",\"data\":[\"a\",{}]}",
        "{\"status\":\"success\",\"data\":[\"\\ud800\"]}",
        "{\"status\":\"success\",\"data\":[\"\\u0000\"]}",
        "{\"status\":\"success\",\"data\":[\"\xFF\"]}",
        "{\"status\":\"success\",\"data\":[\"a\"],}",
        "{\"status\":\"success\",\"data\":[\"a\"]}x",
        "{\"status\":\"success\",\"data\":[\"a\"],\"data\":[]}",
        "{\"status\":\"success\",\"data\":[\"a\" \"b\"]}",
        "{\"status\":\"success\",\"x\":01,\"data\":[]}",
    };
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (prom_decode(str_from(bad[i]), NULL, a, &ans, &err) != ERR_REMOTE)
            fail_msg("accepted: %s", bad[i]);
        assert_true(err.msg[0]);
    }
    arena_free(a);
}

static void test_depth_is_bounded(void **state)
{
    struct buf b = BUF_INIT(1 << 20);
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;

    (void)state;
    buf_adds(&b, "{\"x\":");
    for (int i = 0; i < 100000; i++)
        buf_addc(&b, '[');
    assert_int_equal(prom_decode(buf_str(&b), NULL, a, &ans, &err), ERR_REMOTE);
    assert_non_null(strstr(err.msg, "nested too deep"));
    buf_release(&b);
    arena_free(a);
}

static void make_series(struct buf *b, int n)
{
    buf_adds(b, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[");
    for (int i = 0; i < n; i++)
        buf_addf(b, "%s{\"metric\":{\"i\":\"%d\"},\"value\":[1,\"1\"]}", i ? "," : "", i);
    buf_adds(b, "]}}");
}

/* A million series: a clear error, and no memory for more than the cap. */
static void test_too_many_series(void **state)
{
    struct buf b = BUF_INIT(64 << 20);
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;
    struct prom_caps caps = {.max_series = 1000000, .count_only = true};

    (void)state;
    make_series(&b, 1000000);
    assert_int_equal(prom_decode(buf_str(&b), NULL, a, &ans, &err), ERR_LIMIT);
    assert_non_null(strstr(err.msg, "more than 50000 series: narrow"));
    assert_true(arena_used(a) < (8 << 20));
    assert_ok(prom_decode(buf_str(&b), &caps, a, &ans, &err), &err);
    assert_int_equal(ans.series_count, 1000000);
    assert_null(ans.series);
    caps = (struct prom_caps){.max_samples = 9};
    assert_int_equal(prom_decode(buf_str(&b), &caps, a, &ans, &err), ERR_LIMIT);
    buf_release(&b);
    arena_free(a);
}

static void test_error_object(void **state)
{
    static const char text[] =
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse \\u001b[31m error\"}";
    struct arena *a = arena_new(0);
    struct prom_answer ans;
    struct err err = ERR_INIT;
    const char *type, *message;

    (void)state;
    assert_int_equal(prom_decode(str_from(text), NULL, a, &ans, &err), ERR_REMOTE);
    assert_non_null(strstr(err.msg, "bad_data: parse"));
    assert_null(strchr(err.msg, 27));
    assert_true(prom_decode_error(str_from(text), a, &type, &message));
    assert_string_equal(type, "bad_data");
    assert_false(prom_decode_error(STR_LIT("{\"status\":\"success\"}"), a, &type, &message));
    assert_false(prom_decode_error(STR_LIT("nonsense"), a, &type, &message));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_every_cut_is_an_error),
        cmocka_unit_test(test_the_type_may_come_last),
        cmocka_unit_test(test_other_shapes),
        cmocka_unit_test(test_wrong_shapes_are_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_too_many_series),
        cmocka_unit_test(test_error_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_json.c - strict JSON in, typed getters, JSON out. */
#include <math.h>

#include "tests/lib/unit.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"

static struct arena *arena;

static int setup(void **state)
{
    arena = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    arena_free(arena);
    return 0;
}

static const struct value *parse(const char *text)
{
    struct err err = ERR_INIT;
    const struct value *v = NULL;

    assert_ok(json_parse(arena, str_from(text), &v, &err), &err);
    return v;
}

static void test_accepts(void **state)
{
    static const char *const texts[] = {
        "null",
        " true ",
        "\t\r\n[]",
        "{}",
        "-0",
        "0.5",
        "1e-999",
        "-1.5E+300",
        "\"\"",
        "[1,[2,[3]],{\"a\":{}}]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\ud83d\\ude00\"",
        "\xef\xbb\xbf{\"bom\":1}",
        "\"\x7f\"",
        "\"\xf4\x8f\xbf\xbf\"",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        parse(texts[i]);
    assert_str(parse("\"\\ud83d\\ude00\\u00e9\"")->u.string, "\xf0\x9f\x98\x80\xc3\xa9");
    assert_true(parse("1e-999")->u.number == 0);
    assert_true(parse("12345678901")->u.number == 12345678901.0);
}

/* Each text is refused, and the message says where. */
static void test_refuses(void **state)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "JSON line 1 column 1: the text is empty"},
        {"   ", "JSON line 1 column 4: the text ends too early"},
        {"{\"a\":1", "JSON line 1 column 7: the text ends too early"},
        {"[1,\n 2,\n  x]", "JSON line 3 column 3: expected a value"},
        {"[1 2]", "JSON line 1 column 4: expected ',' or ']'"},
        {"{\"a\" 1}", "JSON line 1 column 6: expected ':' after the key"},
        {"{a:1}", "JSON line 1 column 2: expected a key in double quotes"},
        {"{\"a\":1,}", "JSON line 1 column 8: expected a key in double quotes"},
        {"[1,]", "JSON line 1 column 4: expected a value"},
        {"1 2", "JSON line 1 column 3: something follows the end of the value"},
        {"01", "JSON line 1 column 1: a number must not start with 0"},
        {"-", "JSON line 1 column 2: the text ends too early"},
        {"-x", "JSON line 1 column 2: expected a digit"},
        {"1.", "JSON line 1 column 3: the text ends too early"},
        {"1.x", "JSON line 1 column 3: expected a digit after the point"},
        {"1e+", "JSON line 1 column 4: the text ends too early"},
        {"+1", "JSON line 1 column 1: expected a value"},
        {"1e999", "JSON line 1 column 1: this number is too large"},
        {"NaN", "JSON line 1 column 1: expected a value"},
        {"Infinity", "JSON line 1 column 1: expected a value"},
        {"tru", "JSON line 1 column 1: expected a value"},
        {"\f1", "JSON line 1 column 1: expected a value"},
        {"\"a\nb\"", "JSON line 1 column 3: a control character in a string must be escaped"},
        {"\"abc", "JSON line 1 column 1: this string does not end"},
        {"\"\\x\"", "JSON line 1 column 2: no such escape in JSON"},
        {"\"\\u12g4\"", "JSON line 1 column 2: \\u needs four hexadecimal digits"},
        {"\"\\u0000\"", "JSON line 1 column 2: NUL characters are not accepted in strings"},
        {"\"\\ud800\"", "JSON line 1 column 2: half of a surrogate pair"},
        {"\"\\ud800\\ud800\"", "JSON line 1 column 2: half of a surrogate pair"},
        {"\"\\udc00\"", "JSON line 1 column 2: half of a surrogate pair"},
        {"\"\xc3\xa9\xff\"", "JSON line 1 column 3: not valid UTF-8"},
        {"\"\xed\xa0\x80\"", "JSON line 1 column 2: not valid UTF-8"},
        {"\"\xc0\x80\"", "JSON line 1 column 2: not valid UTF-8"},
        {"{\"a\":1,\n \"b\":{\"a\":2},\n \"a\":3}",
         "JSON line 3 column 2: this key stands twice in the same object"},
        {"[{\"k\":1},{\"k\":1,\"\\u006b\":2}]",
         "JSON line 1 column 17: this key stands twice in the same object"},
        {"1234567890123456789012345678901234567890123456789012345678901234",
         "JSON line 1 column 1: a number of more than 63 characters"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;
        const struct value *v = NULL;

        if (json_parse(arena, str_from(bad[i].text), &v, &err) != ERR_INPUT)
            fail_msg("accepted: %s", bad[i].text);
        assert_string_equal(err.msg, bad[i].message);
        assert_null(v);
    }
}

static void test_nul_byte(void **state)
{
    struct err err = ERR_INIT;
    const struct value *v;

    assert_int_equal(json_parse(arena, STR_LIT("1\0"), &v, &err), ERR_INPUT);
    assert_int_equal(json_parse(arena, STR_LIT("\"a\0b\""), &v, &err), ERR_INPUT);
    assert_string_equal(err.msg,
                        "JSON line 1 column 3: a control character in a string must be escaped");
}

static void nested(struct buf *text, int depth)
{
    for (int i = 0; i < depth; i++)
        buf_addc(text, '[');
    for (int i = 0; i < depth; i++)
        buf_addc(text, ']');
}

static void test_depth(void **state)
{
    struct buf text = BUF_INIT(100000), out = BUF_INIT(100000);
    struct err err = ERR_INIT;
    const struct value *v;
    struct json_writer w;

    nested(&text, JSON_DEPTH_MAX);
    assert_ok(json_parse(arena, buf_str(&text), &v, &err), &err);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "deep");
    json_value(&w, v);
    json_object_end(&w);
    assert_int_equal(out.len, text.len + 9);
    buf_clear(&text);
    nested(&text, JSON_DEPTH_MAX + 1);
    assert_int_equal(json_parse(arena, buf_str(&text), &v, &err), ERR_INPUT);
    assert_string_equal(err.msg, "JSON line 1 column 129: nested deeper than 128 levels");
    buf_clear(&text);
    for (int i = 0; i < 50000; i++)
        buf_addc(&text, '[');
    assert_int_equal(json_parse(arena, buf_str(&text), &v, &err), ERR_INPUT);
    buf_release(&text);
    buf_release(&out);
}

static void test_many_keys(void **state)
{
    struct buf text = BUF_INIT(1000000);
    struct err err = ERR_INIT;
    const struct value *v;

    buf_addc(&text, '{');
    for (int i = 0; i < 1000; i++)
        buf_addf(&text, "%s\"k%d\":%d", i ? "," : "", i, i);
    buf_addc(&text, '}');
    assert_ok(json_parse(arena, buf_str(&text), &v, &err), &err);
    assert_int_equal(value_count(v), 1000);
    assert_int_equal(value_i64_or(v, "k777", 0), 777);
    buf_truncate(&text, text.len - 1);
    buf_adds(&text, ",\n\"k500\":0}");
    assert_int_equal(json_parse(arena, buf_str(&text), &v, &err), ERR_INPUT);
    assert_string_equal(err.msg, "JSON line 2 column 1: this key stands twice in the same object");
    buf_release(&text);
}

static void test_getters(void **state)
{
    const struct value *v =
        parse("{\"s\":\"x\",\"n\":1.5,\"i\":-7,\"b\":true,\"z\":null,\"a\":[{\"q\":3},4],"
              "\"alert\":{\"service\":5,\"name\":\"n\"},\"x.y\":1}");
    struct str s;
    double d;
    int64_t i;
    bool b;
    const struct value *sub;
    struct err err = ERR_INIT;

    assert_ok(value_need_str(v, "s", &s, &err), &err);
    assert_str(s, "x");
    assert_ok(value_need_num(v, "n", &d, &err), &err);
    assert_ok(value_need_i64(v, "i", &i, &err), &err);
    assert_int_equal(i, -7);
    assert_ok(value_need_bool(v, "b", &b, &err), &err);
    assert_ok(value_need_array(v, "a", &sub, &err), &err);
    assert_int_equal(value_count(sub), 2);
    assert_ok(value_need_str(v, "alert.name", &s, &err), &err);
    assert_ok(value_need_num(v, "x.y", &d, &err), &err);
    assert_int_equal(value_path(v, "a.0.q")->u.number, 3);
    assert_null(value_path(v, "a.2"));
    assert_null(value_path(v, "a.x"));
    assert_null(value_path(v, "s.x"));
    assert_non_null(value_get(v, "z"));
    assert_int_equal(value_need_str(v, "alert.service", &s, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'alert.service' must be a string, not a number");
    assert_int_equal(value_need_str(value_get(v, "alert"), "service", &s, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'alert.service' must be a string, not a number");
    assert_int_equal(value_need_i64(v, "n", &i, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'n' must be a whole number, not 1.5");
    assert_int_equal(value_need_bool(v, "gone", &b, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'gone' is missing: it must be true or false");
    assert_int_equal(value_need_object(NULL, "gone", &sub, &err), ERR_INPUT);
    assert_str(value_str_or(v, "n", "fb"), "fb");
    assert_string_equal(value_cstr_or(v, "s", NULL), "x");
    assert_int_equal(value_i64_or(v, "n", 9), 9);
    assert_true(value_bool_or(v, "gone", true));
    assert_true(value_num_or(NULL, "n", 2) == 2);
}

static void test_line(void **state)
{
    static const char text[] = "{\n\"a\": [1, {\"x\\\"]\": \"}\"},\n {\"b\":\n [true,\n null]}],\n"
                               "\"c\": {}, \"d\": -1e3 }";

    (void)state;
    assert_int_equal(json_line(STR_LIT(text), ""), 1);
    assert_int_equal(json_line(STR_LIT(text), "a"), 2);
    assert_int_equal(json_line(STR_LIT(text), "a.1"), 2);
    assert_int_equal(json_line(STR_LIT(text), "a.2"), 3);
    assert_int_equal(json_line(STR_LIT(text), "a.2.b"), 4);
    assert_int_equal(json_line(STR_LIT(text), "a.2.b.1"), 5);
    assert_int_equal(json_line(STR_LIT(text), "a.2.nowhere.x"), 3); /* the last on the way */
    assert_int_equal(json_line(STR_LIT(text), "c.x"), 6);
    assert_int_equal(json_line(STR_LIT(text), "d"), 6);
    assert_int_equal(json_line(STR_LIT(""), "d"), 1);
    assert_int_equal(json_line(STR_LIT("\n7"), "d.1"), 2);
}

static void test_round_trip(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5,1e+100,0.1,true,false,null,\"q\\\"\\\\\\n\\u0001\xc3\xa9\"],"
        "\"\":{},\"b\":[]}";
    struct buf out = BUF_INIT(1000);
    struct json_writer w;

    json_writer_init(&w, &out);
    json_value(&w, parse(text));
    assert_string_equal(buf_cstr(&out), text);
    buf_clear(&out);
    json_pretty(&out, parse("{\"a\":[1,{}],\"b\":\"x\"}"));
    assert_string_equal(buf_cstr(&out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}");
    buf_release(&out);
}

/* Whatever bytes go in, what comes out is JSON that we read. */
static void test_writer_hostile(void **state)
{
    struct buf out = BUF_INIT(10000);
    struct json_writer w;
    char all[256];
    const struct value *v;
    struct err err = ERR_INIT;

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_put_str(&w, "all", (struct str){all, sizeof(all)});
    json_put_num(&w, "nan", NAN);
    json_put_num(&w, "inf", -INFINITY);
    json_put_int(&w, "min", INT64_MIN);
    json_put_cstr(&w, "none", NULL);
    json_put_bool(&w, "yes", true);
    json_key(&w, "raw");
    json_raw(&w, STR_LIT("[1]"));
    json_object_end(&w);
    assert_true(text_valid(buf_str(&out), NULL));
    assert_null(strchr(buf_cstr(&out), '\n'));
    assert_ok(json_parse(arena, buf_str(&out), &v, &err), &err);
    assert_int_equal(value_get(v, "nan")->type, VALUE_NULL);
    assert_int_equal(value_get(v, "inf")->type, VALUE_NULL);
    assert_int_equal(value_get(v, "none")->type, VALUE_NULL);
    assert_true(value_num_or(v, "min", 0) == -0x1p63);
    /* 127 ASCII characters, and U+FFFD for NUL and for each of the 128 bad bytes. */
    assert_int_equal(value_get(v, "all")->u.string.len, 127 + 129 * 3);
    buf_release(&out);
}

/* Integers that a double does not hold are written again as they stood, wherever they stand. */
static void test_exact(void **state)
{
    static const char text[] =
        "{\"a\":9007199254740993,\"b\":[1,-9223372036854775807,9007199254740991,{\"c\":"
        "18446744073709551615}],\"d\":1e20,\"e\":123456789012345678901234567890,\"f\":"
        "9007199254740995}";
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    const struct value *v;
    struct value changed;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(json_parse(arena, str_from(text), &v, &err), &err);
    json_writer_init(&w, &out);
    json_value(&w, v);
    assert_string_equal(buf_cstr(&out),
                        "{\"a\":9007199254740993,\"b\":[1,-9223372036854775807,9007199254740991,"
                        "{\"c\":18446744073709551615}],\"d\":1e+20,\"e\":"
                        "123456789012345678901234567890,\"f\":9007199254740995}");
    assert_true(value_num_or(v, "a", 0) > 9007199254740990.0); /* and it counts as a number */
    assert_null(value_exact(value_path(v, "b.0")));
    assert_null(value_exact(value_get(v, "d")));
    changed = *value_get(v, "a");
    changed.u.exact = "9007199254740992"; /* the same double */
    assert_false(value_same_scalar(&changed, value_get(v, "a")));
    assert_true(value_same_scalar(value_get(v, "a"), value_get(v, "a")));
    /* A text where a number stood, and a number where a text stood, have none. */
    changed = (struct value){.type = VALUE_STRING, .u.string = STR_LIT("a text")};
    changed.type = VALUE_NUMBER;
    changed.u.number = 9.1e15;
    assert_null(value_exact(&changed));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nul_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_getters, setup, teardown),
        cmocka_unit_test(test_line),
        cmocka_unit_test_setup_teardown(test_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writer_hostile, setup, teardown),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

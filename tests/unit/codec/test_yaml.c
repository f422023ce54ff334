/* test_yaml.c - YAML into values with their places, and edits that keep all other bytes. R-84 */
#include "tests/lib/unit.h"

#include "runbook/codec/json.h"
#include "runbook/codec/yaml.h"

/* The parsed text as compact JSON. */
static void check(const char *text, const char *json)
{
    struct arena *arena = arena_new(0);
    struct buf out = BUF_INIT(100000);
    struct err err = ERR_INIT;
    struct json_writer w;
    const struct value *v;

    assert_ok(yaml_parse(arena, str_from(text), &v, &err), &err);
    json_writer_init(&w, &out);
    json_value(&w, v);
    assert_string_equal(buf_cstr(&out), json);
    buf_release(&out);
    arena_free(arena);
}

static void test_values(void **state)
{
    check("", "null");
    check("# only a comment\n", "null");
    check("---\n...\n", "null");
    check("a: 1\nb: [x, 'y', \"z\\n\"]\nc:\n  d: true\n",
          "{\"a\":1,\"b\":[\"x\",\"y\",\"z\\n\"],\"c\":{\"d\":true}}");
    check("[null, Null, NULL, ~, ]", "[null,null,null,null]");
    check("[true, True, FALSE, yes, no, on, tRue]",
          "[true,true,false,\"yes\",\"no\",\"on\",\"tRue\"]");
    check("[0, -7, +8, 0x1F, 0o17, 1e3, .5, 5., -1.5E-1, 007]",
          "[0,-7,8,31,15,1000,0.5,5,-0.15,7]");
    check("[1.2.3, 1_000, 0x, 0xg, -, +, ., e5, 1e, 12:30:45, 2001-01-01]",
          "[\"1.2.3\",\"1_000\",\"0x\",\"0xg\",\"-\",\"+\",\".\",\"e5\",\"1e\",\"12:30:45\",\"2001-"
          "01-01\"]");
    check("['1', \"true\", 'null', !!str 5, ! 6]", "[\"1\",\"true\",\"null\",\"5\",\"6\"]");
    check("!!int 5", "5");
    check("!!map {a: !!seq [1]}", "{\"a\":[1]}");
    check("a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}");
    check("- a: 1\n  b: 2\n- c\n", "[{\"a\":1,\"b\":2},\"c\"]");
    check("k\xc3\xa9y: \xe4\xb8\xad\n", "{\"k\xc3\xa9y\":\"\xe4\xb8\xad\"}");
    check("\xef\xbb\xbf"
          "a: 1\n",
          "{\"a\":1}");
    check("token: ${TOKEN}\n", "{\"token\":\"${TOKEN}\"}");
    check("'404': x\n", "{\"404\":\"x\"}");
}

static void test_places(void **state)
{
    struct arena *arena = arena_new(0);
    struct err err = ERR_INIT;
    const struct value *v;
    int64_t n;

    assert_ok(yaml_parse(arena,
                         STR_LIT("# head\nllm:\n  model: x\n  \xc3\xa9t\xc3\xa9: [1,\n   2]\n"), &v,
                         &err),
              &err);
    assert_int_equal(v->line, 2);
    assert_int_equal(value_path(v, "llm.model")->line, 3);
    assert_int_equal(value_path(v, "llm.model")->col, 10);
    assert_int_equal(value_path(v, "llm.\xc3\xa9t\xc3\xa9")->col, 8);
    assert_int_equal(value_path(v, "llm.\xc3\xa9t\xc3\xa9.1")->line, 5);
    assert_int_equal(value_need_i64(v, "llm.model", &n, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'llm.model' must be a whole number, not a string (line 3)");
    assert_int_equal(value_need_i64(value_get(v, "llm"), "tokens", &n, &err), ERR_INPUT);
    assert_string_equal(err.msg, "'llm.tokens' is missing: it must be a whole number (line 3)");
    arena_free(arena);
}

static void test_refuses(void **state)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"a: @x\n", "line 1 column 4: found character that cannot start any token"},
        {"a: 'x\n", "line 2 column 1: found unexpected end of stream"},
        {"a: [1\nb: 2\n", NULL},
        {"a: 1\na: 2\n", "line 2 column 1: this key stands twice in the same mapping"},
        {"a: &x 1\nb: *x\n", "line 1 column 4: anchors and aliases are not supported"},
        {"a: *x\n", "line 1 column 4: anchors and aliases are not supported"},
        {"&x a: 1\n", "line 1 column 1: anchors and aliases are not supported"},
        {"a: &x {}\n", "line 1 column 4: anchors and aliases are not supported"},
        {"1: x\n", "line 1 column 1: a key must be a string: put it in quotes"},
        {": x\n", NULL},
        {"? \n: x\n", "line 1 column 2: a key must be a string: put it in quotes"},
        {"[a]: x\n", "line 1 column 1: a key must be a string"},
        {"a: !python/object x\n", "line 1 column 4: this tag is not supported"},
        {"a: !!int x\n", "line 1 column 4: the value does not fit its tag"},
        {"a: !!set {}\n", "line 1 column 4: this tag is not supported"},
        {"a: .nan\n", "line 1 column 4: this number is not finite or too large"},
        {"a: -.Inf\n", "line 1 column 4: this number is not finite or too large"},
        {"a: 1e999\n", "line 1 column 4: this number is not finite or too large"},
        {"a: 1\n---\nb: 2\n", "line 2 column 1: a second document: only one is taken"},
        {"a: \"x\\0y\"\n", "line 1 column 4: NUL characters are not accepted in strings"},
        {"a: 1\nb: \xff\n", "line 2 column 4: not valid UTF-8"},
        {"a: 1\nb: x\x01\n", "line 2 column 5: control characters are not allowed"},
        {"a:\n\tb: 1\n", NULL},
        {"a: b: c\n", NULL},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena *arena = arena_new(0);
        struct err err = ERR_INIT;
        const struct value *v;

        if (yaml_parse(arena, str_from(bad[i].text), &v, &err) != ERR_INPUT)
            fail_msg("accepted: %s", bad[i].text);
        if (bad[i].message)
            assert_string_equal(err.msg, bad[i].message);
        else if (strncmp(err.msg, "line ", 5) != 0)
            fail_msg("no place in: %s", err.msg);
        arena_free(arena);
    }
}

static void test_limits(void **state)
{
    struct buf text = BUF_INIT(YAML_MAX_BYTES + 10);
    struct arena *arena = arena_new(0);
    struct err err = ERR_INIT;
    const struct value *v;

    for (int i = 0; i < YAML_DEPTH_MAX + 1; i++)
        buf_addc(&text, '[');
    assert_int_equal(yaml_parse(arena, buf_str(&text), &v, &err), ERR_INPUT);
    assert_string_equal(err.msg, "line 1 column 65: nested deeper than 64 levels");
    while (text.len <= YAML_MAX_BYTES)
        buf_adds(&text, "#");
    assert_int_equal(yaml_parse(arena, buf_str(&text), &v, &err), ERR_LIMIT);
    buf_clear(&text);
    for (int i = 0; i < 200; i++)
        buf_addf(&text, "k%d: %d\n", i, i);
    assert_ok(yaml_parse(arena, buf_str(&text), &v, &err), &err);
    assert_int_equal(value_count(v), 200);
    buf_adds(&text, "k77: 1\n");
    assert_int_equal(yaml_parse(arena, buf_str(&text), &v, &err), ERR_INPUT);
    assert_string_equal(err.msg, "line 201 column 1: this key stands twice in the same mapping");
    buf_release(&text);
    arena_free(arena);
}

static void edit(const char *text, const char *path, const char *value, const char *wanted)
{
    struct buf out = BUF_INIT(100000);
    struct err err = ERR_INIT;

    assert_ok(yaml_edit(&out, str_from(text), path, str_from(value), &err), &err);
    assert_string_equal(buf_cstr(&out), wanted);
    buf_release(&out);
}

static void test_edit_replaces(void **state)
{
    edit("# top\na: 1   # one\nb: 2\n", "a", "5", "# top\na: 5   # one\nb: 2\n");
    edit("a: 1\nb: 2", "b", "x", "a: 1\nb: x");
    edit("llm:\n  # which\n  model: \"old\" # m\n  max: 3\n\n# end\n", "llm.model", "new-2.1",
         "llm:\n  # which\n  model: new-2.1 # m\n  max: 3\n\n# end\n");
    edit("a: 'x'\n", "a", "it's: # \"odd\"", "a: \"it's: # \\\"odd\\\"\"\n");
    edit("a: x\n", "a", "", "a: \"\"\n");
    edit("a: x\n", "a", "true", "a: true\n");
    edit("a: x\n", "a", "${TOKEN}", "a: \"${TOKEN}\"\n");
    edit("a: x\n", "a", "http://h:9090/p", "a: http://h:9090/p\n");
    edit("a: x\n", "a", "line1\nline2\t\x01", "a: \"line1\\nline2\\t\\u0001\"\n");
    edit("a: x\n", "a", "- b", "a: \"- b\"\n");
    edit("a: x\n", "a", "b: c", "a: \"b: c\"\n");
    edit("a: x\n", "a", "b #c", "a: \"b #c\"\n");
    edit("a: x\n", "a", "-5", "a: -5\n");
    edit("a: x\n", "a", ".nan", "a: \".nan\"\n");
    edit("a: |\n  one\n  two\n\nb: 2\n", "a", "x", "a: x\n\nb: 2\n");
    edit("a: one\n  two\nb: 2\n", "a", "x", "a: x\nb: 2\n");
    edit("a: {b: 1, c: 2}\n", "a.b", "7", "a: {b: 7, c: 2}\n");
    edit("a:   # nothing yet\nb: 1\n", "a", "x", "a: x   # nothing yet\nb: 1\n");
    edit("a:", "a", "x", "a: x");
    edit("\xc3\xa9: 1 # \xe4\xb8\xad\r\nb: 2\r\n", "b", "3",
         "\xc3\xa9: 1 # \xe4\xb8\xad\r\nb: 3\r\n");
}

static void test_edit_adds(void **state)
{
    edit("", "a.b", "1", "a:\n  b: 1\n");
    edit("# mine\n", "a", "1", "# mine\na: 1\n");
    edit("# mine", "a", "1", "# mine\na: 1\n");
    edit("a: 1\n", "b", "2", "a: 1\nb: 2\n");
    edit("a: 1", "b", "2", "a: 1\nb: 2\n");
    edit("a: 1\r\n", "b.c", "2", "a: 1\r\nb:\r\n  c: 2\r\n");
    edit("llm:\n    model: x # m\n\n# next\nb: 1\n", "llm.max", "9",
         "llm:\n    model: x # m\n    max: 9\n\n# next\nb: 1\n");
    edit("llm:\n  a:\n    b: 1\nz: 2\n", "llm.c.d", "9",
         "llm:\n  a:\n    b: 1\n  c:\n    d: 9\nz: 2\n");
    edit("llm:  # empty\nz: 2\n", "llm.model", "x", "llm:  # empty\n  model: x\nz: 2\n");
    edit("llm: null # no\nz: 2\n", "llm.model", "x", "llm:  # no\n  model: x\nz: 2\n");
    edit("llm: {} # no\nz: 2\n", "llm.model", "x", "llm:  # no\n  model: x\nz: 2\n");
    edit("a:\n  - 1\n  - 2 # two\nb: 1\n", "c", "x", "a:\n  - 1\n  - 2 # two\nb: 1\nc: x\n");
    edit("b: 1\na:\n  - 1\n  - {x: 2} # two\n", "c", "x",
         "b: 1\na:\n  - 1\n  - {x: 2} # two\nc: x\n");
    edit("a: |\n  text\n\n\n", "b", "x", "a: |\n  text\nb: x\n\n\n");
    edit("a: 1\n", "404.true", "x", "a: 1\n\"404\":\n  \"true\": x\n");
    edit("---\na: 1\n...\n", "b", "2", "---\na: 1\nb: 2\n...\n");
}

static void test_edit_refuses(void **state)
{
    static const struct {
        const char *text, *path, *value, *message;
    } bad[] = {
        {"a: 1\n", "a.b", "x",
         "line 1 column 4: cannot set 'a.b': 'a' is a single value, not a mapping"},
        {"a:\n  b: 1\n", "a", "x",
         "line 2 column 3: cannot set 'a': 'a' is a mapping, not a single value"},
        {"a: [1]\n", "a", "x",
         "line 1 column 4: cannot set 'a': 'a' is a list, not a single value"},
        {"a: [1]\n", "a.0", "x", "line 1 column 4: cannot set 'a.0': 'a' is a list"},
        {"a: {b: 1}\n", "a.c", "x",
         "line 1: cannot set 'a.c' inside braces: write them over several lines first"},
        {"- 1\n", "x", "1", "cannot set 'x': the text is no mapping of keys"},
        {"a: @\n", "a", "x", "line 1 column 4: found character that cannot start any token"},
        {"a: 1\n", "", "x", "'' is no path of keys"},
        {"a: 1\n", "a..b", "x", "'a..b' is no path of keys"},
        {"a: 1\n", "a", "\xff", "the value for 'a' is not valid text"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out = BUF_INIT(1000);
        struct err err = ERR_INIT;

        buf_adds(&out, "kept");
        assert_int_equal(
            yaml_edit(&out, str_from(bad[i].text), bad[i].path, str_from(bad[i].value), &err),
            ERR_INPUT);
        assert_string_equal(err.msg, bad[i].message);
        assert_string_equal(buf_cstr(&out), "kept");
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refuses),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_edit_replaces), cmocka_unit_test(test_edit_adds),
        cmocka_unit_test(test_edit_refuses),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}

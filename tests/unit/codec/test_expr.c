/* test_expr.c - conditions: what they say of values, and what is refused when they are loaded.
 * */
#include "tests/lib/unit.h"

#include "runbook/codec/expr.h"
#include "runbook/codec/json.h"

static const char world[] =
    "{\"n\":5,\"z\":-0.5,\"s\":\"web-3\",\"t\":true,\"f\":false,\"nil\":null,\"l\":[1,\"a\",null,["
    "2]],"
    "\"o\":{\"a\":{\"b\":[{\"c\":7},{\"c\":\"x\"}]},\"x y\":1,\"0\":\"zero\"},"
    "\"steps\":{\"check-disk\":{\"status\":\"done\",\"result\":{\"used\":97}}}}";

static enum err_code run(const char *text, bool *ret, struct err *err, struct expr_at *at)
{
    struct arena *arena = arena_new(0);
    const struct value *root = NULL;
    const struct expr *e = NULL;
    enum err_code rc;

    assert_ok(json_parse(arena, str_from(world), &root, err), err);
    *at = (struct expr_at){1, 1};
    rc = expr_parse(arena, str_from(text), at, &e, err);
    if (!rc) {
        at->line = 0;
        rc = expr_holds(e, root, ret, err);
    }
    arena_free(arena);
    return rc;
}

static void says(const char *text, bool want)
{
    struct expr_at at;
    struct err err = ERR_INIT;
    bool got = !want;

    if (run(text, &got, &err, &at))
        fail_msg("%s: %s", text, err.msg);
    if (got != want)
        fail_msg("%s: %d, not %d", text, got, want);
}

static void test_says(void **state)
{
    static const char *const yes[] = {
        "n == 5",
        "n != 6",
        "n < 5.5",
        "n <= 5",
        "n > 4",
        "n >= 5.0",
        "z < 0",
        "z == -0.5",
        "s == 'web-3'",
        "s == \"web-3\"",
        "s < 'web-4'",
        "'web' in s",
        "'db' not in s",
        "t",
        "not f",
        "t == true",
        "f != t",
        "nil == null",
        "null == nil",
        "n != null",
        "not nil != null",
        "n in [1, 5]",
        "'a' in l",
        "null in l",
        "[2] in l",
        "6 not in l",
        "'5' not in [5]",
        "l == [1, 'a', null, [2]]",
        "l != [1]",
        "[] == []",
        "o.a.b[0].c == 7",
        "o.a.b.1.c == 'x'",
        "o[\"x y\"] == 1",
        "o['x y'] == 1",
        "o.0 == 'zero'",
        "exists n",
        "exists(o.a)",
        "exists ( o.a.b[1] )",
        "not exists nil",
        "not exists q.r.s",
        "not exists o.a.b[2]",
        "not exists n.x",
        "exists {{n}}",
        "{{n}} == 5",
        "{{ s }} == 'web-3'",
        "steps.check-disk.result.used >= 90 and steps.check-disk.status == 'done'",
        "f or t",
        "t and t",
        "f and t or t",
        "t or t and f",
        "not f and t",
        "not (f and t)",
        "(n > 1) == true",
        "t or q",
        "not (f and q)",
        "exists q and q > 1 or t",
        "1 < 2",
        "true",
        " \t\n(((t)))\n ",
        "'it\\'s' == \"it's\"",
        "'\\n' != 'n'",
        "n==5 and t",
        NULL,
    };

    for (size_t i = 0; yes[i]; i++) {
        char no[200];

        says(yes[i], true);
        snprintf(no, sizeof(no), "not (%s)", yes[i]);
        says(no, false);
    }
}

/* What the values say too late: an error, never an answer. */
static void test_values_that_do_not_fit(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"n == '5'", "'==' compares two of one type: n is a number, the other side is a string"},
        {"n != '5'", "'!=' compares two of one type"},
        {"t == 1", "'==' compares"},
        {"s > 3", "'>' compares two numbers or two texts: s is a string"},
        {"nil > 3", "nil is null"},
        {"t < f", "'<' compares two numbers or two texts: t is a boolean, f is a boolean"},
        {"l < l", "l is an array"},
        {"o == o", "members, not whole objects"},
        {"n in o", "looks into a list"},
        {"n in s", "looks into a list, or for a text in a text"},
        {"n", "n must be true or false here; it is: number"},
        {"not s", "s must be true or false"},
        {"t and nil", "nil must be true or false"},
        {"q", "q is not there: it has n, z, s, t, f, nil, l, o and 1 more; there is no 'q'"},
        {"o.a.x == 1", "o.a.x is not there: in o.a it has b; there is no 'x'"},
        {"o.a.b[2].c == 1", "in o.a.b it is a list of 2; there is no [2]"},
        {"n.x == 1", "in n it is a number; there is no 'x'"},
        {"q > 1 or t", "q is not there"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct expr_at at;
        bool got = false;

        if (!run(rows[i].text, &got, &err, &at))
            fail_msg("%s: %d, not an error", rows[i].text, got);
        assert_int_equal(at.line, 0); /* it did load */
        if (!strstr(err.msg, rows[i].why))
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].text, err.msg, rows[i].why);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned line, col;
        const char *why;
    } rows[] = {
        {"", 1, 1, "the condition is empty"},
        {" \n ", 2, 2, "the condition is empty"},
        {"n = 5", 1, 3, "'=' is not known here: write =="},
        {"n === 5", 1, 3, "'===' is not known here: write =="},
        {"t && f", 1, 3, "'&&' is not known here: write and"},
        {"t || f", 1, 3, "write or"},
        {"!t", 1, 1, "write not"},
        {"n <> 5", 1, 3, "'<>' is not known here: write !="},
        {"n + 1 == 2", 1, 3, "'+' stands where and, or, or the end is expected"},
        {"n ==", 1, 5, "it ends where a value or a path is expected"},
        {"== 5", 1, 1, "'=' is not known"},
        {"(n == 5", 1, 1, "'(' is not closed"},
        {"(n == 5 t", 1, 9, "'t' stands where ')', and or or is expected"},
        {"n == 5)", 1, 7, "')' stands where"},
        {"1 < n < 9", 1, 7, "comparisons do not follow each other"},
        {"n == 5 t", 1, 8, "'t' stands where and, or, or the end is expected"},
        {"t and", 1, 6, "it ends where"},
        {"t and or f", 1, 7, "'or' stands where a value or a path is expected"},
        {"in [1]", 1, 1, "'in' stands where"},
        {"t\nand é", 2, 5, "'é' stands where"},
        {"'x", 1, 1, "the quote is not closed"},
        {"'a\\q'", 1, 4, "after a backslash"},
        {"s == '{{env}}'", 1, 6, "a template in quotes"},
        {"{{n == 5", 1, 5, "'=' is not known here"},
        {"exists 5", 1, 8, "'5' stands where a path"},
        {"exists (n == 5)", 1, 11, "'=' is not known"},
        {"n in [1, x]", 1, 10, "'x' stands where a text in quotes, a number"},
        {"n in [1", 1, 6, "'[' is not closed"},
        {"n in 5", 1, 3, "after 'in' comes a list or a text, not a number"},
        {"5 in 'abc'", 1, 3, "only a text can be in a text, not a number"},
        {"n < true", 1, 3, "'<' compares numbers or texts, not a boolean"},
        {"5 == 'a'", 1, 3, "a number and a string are never equal"},
        {"5 < 'a'", 1, 3, "a number and a string have no order"},
        {"n == 5 == t", 1, 8, "comparisons do not follow"},
        {"5", 1, 1, "a condition is true or false, not a number"},
        {"t and 5", 1, 7, "'and' joins what is true or false, not a number"},
        {"'x' or t", 1, 1, "'or' joins what is true or false, not a string"},
        {"not 'x'", 1, 5, "after 'not' comes true or false, not a string"},
        {"n == 1.2.3", 1, 6, "'1.2.3' is no number"},
        {"n == 5x", 1, 6, "'5x' is no number"},
        {"n == 1e999", 1, 6, "is no number"},
        {"o. == 1", 1, 3, "after '.' comes a name"},
        {"o[-1] == 1", 1, 3, "in [] stands a number"},
        {"o[1 == 1", 1, 5, "']' is missing"},
        {"f(n) == 1", 1, 2, "'(' stands where"},
        {"n == $x", 1, 6, "'$' stands where"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct expr_at at;
        bool got = false;

        if (!run(rows[i].text, &got, &err, &at))
            fail_msg("%s: %d, not an error", rows[i].text, got);
        if (at.line != rows[i].line || at.col != rows[i].col || !strstr(err.msg, rows[i].why))
            fail_msg("%s: %u:%u \"%s\", not %u:%u \"%s\"", rows[i].text, at.line, at.col, err.msg,
                     rows[i].line, rows[i].col, rows[i].why);
    }
}

static void bounded(const char *open, const char *close, size_t times, const char *why)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    struct expr_at at;
    bool got;

    for (size_t i = 0; i < times; i++)
        buf_adds(&text, open);
    buf_adds(&text, "t");
    for (size_t i = 0; i < times; i++)
        buf_adds(&text, close);
    if (why)
        assert_int_not_equal(run(buf_cstr(&text), &got, &err, &at), 0);
    else
        assert_ok(run(buf_cstr(&text), &got, &err, &at), &err);
    if (why && !strstr(err.msg, why))
        fail_msg("%s: not %s", err.msg, why);
    buf_release(&text);
}

static void test_bounds(void **state)
{
    bounded("(", ")", EXPR_DEPTH_MAX, NULL);
    bounded("(", ")", EXPR_DEPTH_MAX + 1, "nested deeper than 32");
    bounded("not ", "", EXPR_DEPTH_MAX, NULL);
    bounded("not ", "", EXPR_DEPTH_MAX + 1, "nested deeper than 32");
    bounded("t or ", "", 120, NULL);
    bounded("t or ", "", 200, "more than 256 parts");
    bounded("1 in [[[[[1,2]]]]] or ", "", 50, "parts");
    bounded(" ", "", EXPR_TEXT_MAX, "at most 4096");
}

static void test_paths(void **state)
{
    struct arena *arena = arena_new(0);
    struct expr_at at = {7, 12};
    struct err err = ERR_INIT;
    const struct expr_path *p;
    const struct expr *e;
    bool exists;

    assert_ok(expr_path_parse(arena, STR_LIT(" steps.a-b.result[0]['x y'] "), &at, &p, &err), &err);
    assert_int_equal(p->count, 5);
    assert_string_equal(p->text, "steps.a-b.result[0]['x y']");
    assert_string_equal(p->steps[1].key.ptr, "a-b");
    assert_int_equal(p->steps[3].index, 0);
    assert_true(p->at.line == 7 && p->at.col == 13);
    at = (struct expr_at){7, 12};
    assert_int_equal(expr_path_parse(arena, STR_LIT("a b"), &at, &p, &err), ERR_INPUT);
    assert_true(at.line == 7 && at.col == 14);
    at = (struct expr_at){2, 5};
    assert_ok(expr_parse(arena, STR_LIT("exists a.b and\n {{c}} > 1"), &at, &e, &err), &err);
    assert_int_equal(expr_path_count(e), 2);
    assert_string_equal(expr_path_at(e, 0, &exists)->text, "a.b");
    assert_true(exists);
    p = expr_path_at(e, 1, &exists);
    assert_true(!exists && p->at.line == 3 && p->at.col == 4);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says),    cmocka_unit_test(test_values_that_do_not_fit),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

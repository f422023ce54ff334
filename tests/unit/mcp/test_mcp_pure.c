/* JSON-RPC, arguments by schema, content of results: without a server. */
#include "tests/lib/unit.h"

#include "src/mcp/mcp_priv.h"

static struct arena *arena;

static const struct value *parse(const char *json)
{
    const struct value *v;
    struct err err;

    assert_ok(json_parse(arena, str_from(json), &v, &err), &err);
    return v;
}

static void check(const char *schema, const char *args, const char *wrong)
{
    struct err err = ERR_INIT;
    enum err_code rc = mcp_schema_check(parse(schema), parse(args), &err);

    if (!wrong && rc)
        fail_msg("%s against %s: %s", args, schema, err.msg);
    if (wrong && (!rc || !strstr(err.msg, wrong)))
        fail_msg("%s against %s: '%s', not '%s'", args, schema, err.msg, wrong);
}

static void test_schema_objects(void **state)
{
    const char *s =
        "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"n\":{\"type\":"
        "\"integer\"},\"deep\":{\"type\":\"object\",\"required\":[\"x\"]},\"any\":true},"
        "\"required\":[\"path\"],\"additionalProperties\":false}";

    (void)state;
    check(s, "{\"path\":\"x\",\"n\":3,\"any\":[1]}", NULL);
    check(s, "{}", "'path' is missing");
    check(s, "[]", "must be of type object, not array");
    check(s, "{\"path\":5}", "'path' must be of type string, not number");
    check(s, "{\"path\":\"x\",\"n\":3.5}", "'n' must be of type integer");
    check(s, "{\"path\":\"x\",\"q\":1}", "there is no parameter 'q'");
    check(s, "{\"path\":\"x\",\"deep\":{}}", "'deep.x' is missing");
    check("{\"properties\":{\"a\":false}}", "{\"a\":1}", "'a' is not allowed");
    check("{\"additionalProperties\":{\"type\":\"number\"}}", "{\"a\":\"b\"}",
          "'a' must be of type number");
}

static void test_schema_values(void **state)
{
    (void)state;
    check("{\"enum\":[\"a\",\"b\",3]}", "\"c\"", "one of: a, b");
    check("{\"enum\":[\"a\",3,{\"x\":[1]}]}", "{\"x\":[1]}", NULL);
    check("{\"const\":5}", "6", "only one possible value");
    check("{\"minimum\":1,\"maximum\":3}", "0", "too small");
    check("{\"minimum\":1,\"maximum\":3}", "3", NULL);
    check("{\"minimum\":1,\"maximum\":3}", "4", "too large");
    check("{\"exclusiveMinimum\":1}", "1", "too small");
    check("{\"exclusiveMaximum\":1}", "1", "too large");
    check("{\"minLength\":2,\"maxLength\":3}", "\"ä\"", "too short");
    check("{\"minLength\":2,\"maxLength\":3}", "\"äöü\"", NULL);
    check("{\"minLength\":2,\"maxLength\":3}", "\"äöüß\"", "too long");
    check("{\"items\":{\"type\":\"string\"},\"maxItems\":2}", "[\"a\",1]", "[1]");
    check("{\"items\":{\"type\":\"string\"},\"maxItems\":2}", "[\"a\",\"b\",\"c\"]", "too long");
    check("{\"type\":[\"string\",\"null\"]}", "null", NULL);
    check("{\"type\":[\"string\",\"null\"]}", "1", "string or null");
}

static void test_schema_combinations(void **state)
{
    (void)state;
    check("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}", "1", NULL);
    check("{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}", "true",
          "fits none of its 2 forms");
    check("{\"allOf\":[{\"type\":\"string\"},{\"minLength\":3}]}", "\"a\"", "too short");
    check("{\"$ref\":\"#/$defs/p\",\"$defs\":{\"p\":{\"type\":\"string\"}}}", "1",
          "must be of type string");
    /* What is not understood does not stop anything; what has no end is left to the server. */
    check("{\"pattern\":\"^a$\",\"if\":{\"type\":\"string\"}}", "\"b\"", NULL);
    check("{\"$ref\":\"#\"}", "1", NULL);
    check("{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1", NULL);
    check("{\"type\":7,\"properties\":5,\"required\":\"x\",\"enum\":{},\"items\":1}", "{\"a\":1}",
          NULL);
}

static void offer(const char *schema, const char *expected)
{
    struct buf out = BUF_INIT(100000);

    mcp_schema_offer(parse(schema), &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

/* One odd schema must not make a vendor refuse every request. */
static void test_offer(void **state)
{
    static const char bare[] = "{\"type\":\"object\",\"properties\":{}}";

    (void)state;
    offer(
        "{\"$schema\":\"x\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"string\","
        "\"pattern\":\"^[\","
        "\"description\":\"x\\u001by\"}},\"type\":\"object\",\"additionalProperties\":false}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"description\":\"x␛y\"}},"
        "\"required\":[\"a\"]}");
    offer("{\"type\":\"object\"}", bare);
    offer("{\"anyOf\":[{\"type\":\"object\"}]}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a b\":{}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":7}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"text\"}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"items\":[1]}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[]}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"}}}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[]}}}", bare);
    offer("{\"type\":\"object\",\"required\":[\"a\",\"a\"]}", bare);
    offer("{\"type\":\"object\",\"properties\":{\"a\":{\"minimum\":\"1\"}}}", bare);
    offer("{\"type\":\"object\",\"properties\":5}", bare);
    offer("7", bare);
}

static void test_rpc(void **state)
{
    struct buf out = BUF_INIT(1000);
    struct rpc_message m;

    (void)state;
    rpc_request(&out, 7, "tools/call", STR_LIT("{\"name\":\"x\"}"), true);
    assert_string_equal(
        buf_cstr(&out),
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
        "\"progressToken\":7},\"name\":\"x\"}}");
    buf_clear(&out);
    rpc_request(&out, 8, "tools/call", STR_LIT("{}"), true);
    parse(buf_cstr(&out));
    buf_clear(&out);
    rpc_request(&out, 0, "notifications/initialized", (struct str){"", 0}, false);
    assert_string_equal(buf_cstr(&out),
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    buf_release(&out);
    rpc_read(parse("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}"), &m);
    assert_int_equal(m.kind, RPC_RESULT);
    assert_int_equal(m.answers, 3);
    rpc_read(parse("{\"jsonrpc\":\"2.0\",\"id\":\"3\",\"result\":{}}"), &m);
    assert_int_equal(m.answers, 0);
    rpc_read(parse("{\"jsonrpc\":\"2.0\",\"id\":1e300,\"result\":{}}"), &m);
    assert_int_equal(m.answers, 0);
    rpc_read(parse("{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":"
                   "\"a\\u001b[2Jb\"}}"),
             &m);
    assert_int_equal(m.kind, RPC_ERROR);
    assert_int_equal(m.err.code, ERR_NOT_FOUND);
    assert_null(strchr(m.err.msg, 27));
    rpc_read(parse("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}"), &m);
    assert_int_equal(m.kind, RPC_NOTIFICATION);
    rpc_read(parse("{\"id\":2,\"result\":{}}"), &m);
    assert_int_equal(m.kind, RPC_BAD);
    rpc_read(parse("[]"), &m);
    assert_int_equal(m.kind, RPC_BAD);
}

static void content(const char *json, const char *type, const char *expected)
{
    struct buf out = BUF_INIT(100000);
    const char *got = mcp_content(parse(json), &out);

    assert_string_equal(got, type);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_content(void **state)
{
    (void)state;
    content("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}",
            "text/plain", "a\nb");
    content("{\"content\":[{\"type\":\"image\",\"mimeType\":\"image/png\",\"data\":\"aGk=\"}]}",
            "image/png", "hi");
    content("{\"content\":[{\"type\":\"image\",\"mimeType\":\"x/\\u001by\",\"data\":\"aGk=\"}]}",
            "application/octet-stream", "hi");
    content("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\",\"mimeType\":"
            "\"image/png\","
            "\"data\":\"aGk=\"}]}",
            "text/plain", "a\n[image image/png, 2 bytes]\n");
    content("{\"content\":[{\"type\":\"image\",\"data\":\"%%%\"},{\"type\":\"hologram\"}]}",
            "text/plain",
            "[image that is not what it says it is]\n[content of type hologram, which is not "
            "supported]\n");
    content("{\"content\":[],\"structuredContent\":{\"a\":1}}", "application/json",
            "{\n  \"a\": 1\n}");
    content("{\"contents\":[{\"uri\":\"a:b\",\"mimeType\":\"text/markdown\",\"text\":\"# x\"}]}",
            "text/markdown", "# x");
    content("{\"contents\":[{\"uri\":\"a:b\",\"blob\":\"aGk=\"}]}", "application/octet-stream",
            "hi");
    content("{\"content\":[{\"type\":\"resource_link\",\"uri\":\"a:\\u001bb\"}]}", "text/plain",
            "[resource a:␛b]\n");
    content("{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"q\"}}]}",
            "text/plain", "user:\nq");
    content("{\"content\":7}", "text/plain", "");
    content("[1]", "text/plain", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_objects),
        cmocka_unit_test(test_schema_values),
        cmocka_unit_test(test_schema_combinations),
        cmocka_unit_test(test_rpc),
        cmocka_unit_test(test_offer),
        cmocka_unit_test(test_content),
    };
    int rc;

    arena = arena_new(0);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}

/* test_xml.c - elements in, bombs and broken documents refused with their place. R-36 */
#include "runbook/codec/xml.h"
#include "tests/lib/unit.h"

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

static const struct xml_node *parse(const char *text)
{
    struct err err = ERR_INIT;
    const struct xml_node *n = NULL;

    assert_ok(xml_parse(arena, str_from(text), &n, &err), &err);
    return n;
}

static void test_elements(void **state)
{
    const struct xml_node *n =
        parse("<?xml version=\"1.0\"?>\n<a xmlns=\"u:x\" xmlns:q=\"u:y\" q:k=\"v &amp; w\">\n"
              "  <b> 1 </b><q:c/><b>2&#x20AC;</b><d><![CDATA[<x>]]></d>text</a>");
    const struct xml_node *b = xml_child(n, STR_LIT("b"));

    assert_str(n->name, "a");
    assert_int_equal(n->attr_count, 1);
    assert_str(n->attrs[0].name, "k");
    assert_str(n->attrs[0].value, "v & w");
    assert_str(b->text, " 1 ");
    assert_str(xml_again(b)->text, "2\xe2\x82\xac");
    assert_null(xml_again(xml_again(b)));
    assert_str(xml_child(n, STR_LIT("c"))->text, "");
    assert_str(xml_text(n, "d"), "<x>");
    assert_str(xml_text(n, "e"), "");
    assert_str(n->text, "");
    assert_null(xml_child(NULL, STR_LIT("b")));
    assert_str(parse("<a><b:/></a>")->first->name, "b:"); /* no name is empty */
}

static void test_encodings(void **state)
{
    assert_str(parse("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>")->text,
               "\xc3\xa9");
    assert_str(parse("\xef\xbb\xbf<a>x</a>")->text, "x");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "XML line 1 column 1: no element found"},
        {"<a>", "XML line 1 column 4: no element found"},
        {"<a>\n<b></a>", "XML line 2 column 6: mismatched tag"},
        {"<a/><b/>", "XML line 1 column 5: junk after document element"},
        {"<a>\xff</a>", "XML line 1 column 4: not well-formed (invalid token)"},
        {"<a b='1' b='2'/>", "XML line 1 column 10: duplicate attribute"},
        {"<a>&x;</a>", "XML line 1 column 4: undefined entity"},
        {"{\"a\": 1}", "XML line 1 column 1: not well-formed (invalid token)"},
        /* the bombs: what would grow, what would read files or ask other machines */
        {"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;&x;\">]><a>&z;</a>",
         "a document type declaration is not accepted"},
        {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
         "a document type declaration is not accepted"},
        {"<?xml version=\"1.0\" encoding=\"x-none\"?><a/>", "unknown encoding"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct xml_node *n = NULL;

        err = (struct err)ERR_INIT;
        assert_int_equal(xml_parse(arena, str_from(cases[i].text), &n, &err), ERR_INPUT);
        assert_null(n);
        if (!strstr(err.msg, cases[i].why))
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, err.msg, cases[i].why);
    }
}

static void nested(struct buf *b, int depth)
{
    buf_clear(b);
    for (int i = 0; i < depth; i++)
        buf_adds(b, "<a>");
    for (int i = 0; i < depth; i++)
        buf_adds(b, "</a>");
}

static void test_depth(void **state)
{
    struct buf b = BUF_INIT(1 << 16);
    const struct xml_node *n = NULL;
    struct err err = ERR_INIT;

    nested(&b, XML_DEPTH_MAX);
    assert_ok(xml_parse(arena, buf_str(&b), &n, &err), &err);
    nested(&b, XML_DEPTH_MAX + 1);
    assert_int_equal(xml_parse(arena, buf_str(&b), &n, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "elements are nested too deeply"));
    buf_release(&b);
}

/* What is escaped is read back, as text and as an attribute. */
static void test_escape(void **state)
{
    static const char text[] = "a<b>&\"'\r\n\t\xc3\xa9]]>";
    struct buf b = BUF_INIT(4096);
    const struct xml_node *n;

    buf_adds(&b, "<a k=\"");
    xml_escape(&b, str_from(text));
    buf_adds(&b, "\">");
    xml_escape(&b, str_from(text));
    buf_adds(&b, "</a>");
    n = parse(buf_cstr(&b));
    assert_str(n->text, text);
    assert_str(n->attrs[0].value, text);
    buf_clear(&b);
    xml_escape(&b, (struct str){"a\0\x01", 3});
    assert_string_equal(buf_cstr(&b), "a\xef\xbf\xbd\xef\xbf\xbd");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_elements, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encodings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_escape, setup, teardown),
    };

    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}

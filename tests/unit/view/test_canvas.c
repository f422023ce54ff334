/* test_canvas.c - links in cells: which urls are let in, and that they go with a new drawing. */
#include "tests/lib/unit.h"

#include "runbook/view/canvas.h"

/* U-16 */
static void test_urls(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"https://example.com/a?b=c#d", true},
        {"HTTP://example.com", true},
        {"mailto:a@example.com", true},
        {"https://", false},
        {"javascript:alert(1)", false},
        {"file:///etc/passwd", false},
        {"ftp://example.com", false},
        {"https://a b", false},
        {"https://a\x1b\\b", false},
        {"https://a\x07", false},
        {"https://b\xC3\xBC"
         "cher.example",
         false},
        {"", false},
    };
    char *big = malloc(CANVAS_URL_MAX + 2);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (canvas_url_ok(str_from(cases[i].url)) != cases[i].good)
            fail_msg("%s", cases[i].url);
    memset(big, 'a', CANVAS_URL_MAX + 1);
    memcpy(big, "https://", 8);
    assert_true(canvas_url_ok((struct str){big, CANVAS_URL_MAX}));
    assert_false(canvas_url_ok((struct str){big, CANVAS_URL_MAX + 1}));
    free(big);
}

static void test_cells(void **state)
{
    struct canvas c;
    char url[64];

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 20, 1);
    canvas_link(&c, "https://example.com/");
    canvas_cstr(&c, 0, 0, 4, STYLE_LINK, "a\xE6\x97\xA5");
    canvas_link(&c, "javascript:x");
    canvas_cstr(&c, 4, 0, 4, STYLE_LINK, "b");
    canvas_link(&c, "https://example.com/");
    canvas_cstr(&c, 6, 0, 4, STYLE_LINK, "c");
    canvas_link(&c, NULL);
    canvas_cstr(&c, 8, 0, 4, STYLE_TEXT, "d");
    assert_int_equal(c.urls.count, 1);
    assert_string_equal(canvas_url(&c, canvas_at(&c, 0, 0)->link), "https://example.com/");
    assert_int_equal(canvas_at(&c, 2, 0)->link, 1); /* the right half too */
    assert_int_equal(canvas_at(&c, 4, 0)->link, 0);
    assert_int_equal(canvas_at(&c, 6, 0)->link, 1);
    assert_int_equal(canvas_at(&c, 8, 0)->link, 0);
    assert_null(canvas_url(&c, 0));
    for (int i = 0; i < 300; i++) {
        snprintf(url, sizeof(url), "https://example.com/%d", i);
        canvas_link(&c, url);
    }
    assert_int_equal(c.urls.count, 255);
    assert_int_equal(c.link, 0);
    canvas_clear(&c);
    assert_int_equal(c.urls.count, 0);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

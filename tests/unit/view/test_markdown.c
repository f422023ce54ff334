/* test_markdown.c - Markdown to cells: each construct as a case, the same drawing however a text
 * was cut into pieces, what is drawn while a text is unfinished, and hostile texts in bounded time.
 */
#include "tests/lib/unit.h"

#include <time.h>

#include "runbook/base/rng.h"
#include "runbook/base/text.h"
#include "src/view/highlight_priv.h"
#include "src/view/markdown_priv.h"
#include "tests/lib/golden.h"

#define ROWS_MAX 900

static void draw(const struct rich *r, struct canvas *c, int width)
{
    size_t rows = r->lines.count < ROWS_MAX ? r->lines.count : ROWS_MAX;

    canvas_resize(c, width, rows ? (int)rows : 1);
    for (size_t i = 0; i < rows; i++) {
        struct rich_line line = rich_line_at(r, i);

        rich_draw(r, c, 0, (int)i, width, &line);
    }
}

/* Rows without trailing blanks, LF behind each but the last. */
static void rows_text(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->height; y++) {
        if (y)
            buf_addc(out, '\n');
        for (int x = 0; x < c->width; x++)
            buf_adds(out, canvas_at(c, x, y)->text);
        while (out->len && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
    }
}

static void lay(struct md_stream *st, struct rich *r, int width, struct str text, bool open)
{
    r->width = width;
    md_stream_update(st, r, text, open);
    rich_wrap(r, width);
}

/* Text and roles of a text that is whole, or open. */
static void dump_as(struct str text, int width, bool open, bool roles, struct buf *out)
{
    struct md_stream st;
    struct rich r;
    struct canvas c;

    rich_init(&r, false);
    md_stream_init(&st, STYLE_TEXT, 0);
    canvas_init(&c, GLYPHS_FULL);
    lay(&st, &r, width, text, open);
    draw(&r, &c, width);
    if (roles)
        canvas_dump(&c, out);
    else
        rows_text(&c, out);
    canvas_release(&c);
    md_stream_release(&st);
    rich_release(&r);
}

static void check_rows(const char *markdown, int width, bool open, const char *want)
{
    struct buf got = BUF_INIT(BUF_NO_MAX);

    dump_as(str_from(markdown), width, open, false, &got);
    if (strcmp(buf_cstr(&got), want) != 0)
        fail_msg("%s\nbecomes\n%s\nnot\n%s", markdown, buf_cstr(&got), want);
    buf_release(&got);
}

static void test_blocks(void **state)
{
    static const struct {
        const char *markdown;
        int width;
        const char *rows;
    } cases[] = {
        {"", 20, ""},
        {"one\n\n\n\ntwo", 20, "one\n\ntwo"},
        {"one\ntwo", 20, "one\ntwo"}, /* who breaks a line in a chat means it */
        {"# Head\ntext\n## Next\nmore", 20, "Head\ntext\n\nNext\nmore"},
        {"Setext\n===\ntext", 20, "Setext\ntext"},
        {"intro:\n\n- a\n- b\n\nafter", 20, "intro:\n• a\n• b\n\nafter"},
        {"- a\n\n- b\n\n- c", 20, "• a\n• b\n• c"},
        {"- a\n  - b\n    - c", 20, "• a\n  – b\n    • c"},
        {"3. a\n4. b", 20, "3. a\n4. b"},
        {"1. a long text that wraps", 14, "1. a long text\n   that wraps"},
        {"- [x] done\n- [ ] open", 20, "[✓] done\n[ ] open"},
        {"1. code:\n   ```\n   x\n   ```\n2. b", 20, "1. code:\n     x\n2. b"},
        {"> said\n> twice\n\nend", 20, "│ said\n│ twice\n\nend"},
        {"> a\n> > b", 20, "│ a\n│\n│ │ b"},
        {"a\n\n***\n\nb", 6, "a\n\n──────\n\nb"},
        {"```\na\n\n  b\n```", 20, "  a\n\n    b"},
        {"```\n# no heading", 20, "  # no heading"},
        {"    indented", 20, "  indented"},
        {"|a|b|\n|---|---|\n|1|22|", 20, "a │ b\n──┼───\n1 │ 22"},
        {"|a|b|\n|-|:-:|\n|1|22|", 20, "a │ b\n──┼───\n1 │ 22"},
        {"|a|b|\n|---:|:---:|\n|1|2|\n|333|444|", 20, "  a │  b\n────┼────\n  1 │  2\n333 │ 444"},
        {"|name|text|\n|---|---|\n|x|one two three|\n|y|z|", 16,
         "name │ text\n─────┼──────────\nx    │ one two\n     │ three\n╌╌╌╌╌│╌╌╌╌╌╌╌╌╌╌\ny    │ z"},
        {"|name|text|more|\n|---|---|---|\n|x|one two|abcdef|\n|y|z|w|", 14,
         "name: x\ntext: one two\nmore: abcdef\n\nname: y\ntext: z\nmore: w"},
        {"|a|\n|---|\n|日本|", 20, "a\n────\n日本"},
        {"|a|b|\n|---|---|\n|1<br>2|3|", 20, "a │ b\n──┼──\n1 │ 3\n2 │"},
        {"<div>html</div>", 20, "<div>html</div>"},
        {"a &amp; b &#65; &nope;", 30, "a & b A &nope;"},
        {"\\*not\\*", 20, "*not*"},
        {"~~gone~~", 20, "~~gone~~"},
        {"[text](https://example.com/a)", 40, "text (example.com)"},
        {"<https://example.com/a>", 40, "https://example.com/a"},
        {"[example.com](https://example.com/a)", 40, "example.com"},
        {"[x](javascript:alert)", 40, "x (javascript:alert)"},
        {"[good.com](https://good.com@evil.example/)", 40, "good.com (evil.example)"},
        {"[a][r] b\n\n[r]: https://example.com", 40, "a (example.com) b"},
        {"![alt](https://e.x/i.png)", 40, "[image: alt (e.x)]"},
        {"x\x1b[31my\xE2\x80\xAEz", 40, "x␛[31my<U+202E>z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_rows(cases[i].markdown, cases[i].width, false, cases[i].rows);
}

/* What is unfinished is drawn as what it will be. */
static void test_loose_ends(void **state)
{
    static const struct {
        const char *markdown, *rows;
    } cases[] = {
        {"some **bo", "some bo"},
        {"some **bold*", "some bold"},
        {"some **", "some"},
        {"some *a **b", "some a b"},
        {"a_b", "a_b"},
        {"run `ls -l", "run ls -l"},
        {"~~str", "~~str~~"},
        {"see [the docs](https://exa", "see the docs"},
        {"- ", ""},
        {"- a\n- ", "• a"},
        {"text\n-", "text"},
        {"text\n--", "text"},
        {"text\n=", "text"},
        {"text\n\n#", "text"},
        {"text\n\n1", "text"},
        {"text\n\n1.", "text"},
        {"* item *em", "• item em"},
        {"```sh\nls\n``", "  ls"},
        {"``", ""},
        {"| a | b", "a │ b\n──┼──"},
        {"| a | b |\n", "a │ b\n──┼──"},
        {"| a | b |\n|--", "a │ b\n──┼──"},
        {"| a | b |\n|---|---|\n| 1", "a │ b\n──┼──\n1 │"},
        {"> quo **te", "│ quo te"},
        {"a * b", "a * b"},
        {"2 * 3 = 6, 4 *", "2 * 3 = 6, 4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_rows(cases[i].markdown, 40, true, cases[i].rows);
}

static const char document[] =
    "# Summary of the *incident*\n"
    "The service is **slow** since `14:00`, see [the board](https://grafana.example.com/d/1).\n"
    "Second line with ~~struck~~ text and <https://auto.example>, caf\xC3\xA9 "
    "\xE6\x97\xA5\xE6\x9C\xAC.\n"
    "\n"
    "1. Look at the pool:\n"
    "   ```sql\n"
    "   SELECT count(*) FROM pg_stat_activity -- all\n"
    "\n"
    "   WHERE wait_event_type = 'Lock';\n"
    "   ```\n"
    "2. Then restart\n"
    "   - nested one that must be wrapped at the width of the pane\n"
    "\n"
    "   - nested two\n"
    "3. - [x] done\n"
    "   - [ ] open\n"
    "\n"
    "| service | p99 | what happened in words |\n"
    "|:--------|----:|:-----------------------|\n"
    "| payments | 3.9 s | The pool was exhausted by sessions idle in transaction |\n"
    "| checkout | 4.2 s | waits for payments<br>second |\n"
    "\n"
    "> Quoted text\n"
    "> over two lines\n"
    ">\n"
    "> - with a list\n"
    "\n"
    "---\n"
    "```json\n"
    "{\"a\": 1.5, \"b\": [true, null, \"x\\\"y\"]}\n"
    "\n"
    "# not a heading\n"
    "```\n"
    "Setext\n"
    "------\n"
    "By [name][ref] and [again][ref].\n"
    "\n"
    "[ref]: https://example.com/ref\n"
    "\n"
    "```diff\n"
    "-old\n"
    "+new\n"
    "```\n"
    "The ***end*** is near, 2 * 3 = 6, a_b_c.";

static void feed_at_every_byte(int width)
{
    struct buf whole = BUF_INIT(BUF_NO_MAX), got = BUF_INIT(BUF_NO_MAX);
    struct str all = {document, sizeof(document) - 1};
    struct md_stream grown;
    struct rich grown_rich;
    struct canvas c;

    canvas_init(&c, GLYPHS_FULL);
    rich_init(&grown_rich, false);
    md_stream_init(&grown, STYLE_TEXT, 0);
    dump_as(all, width, false, true, &whole);
    for (size_t i = 0; i <= all.len; i++) {
        struct md_stream st;
        struct rich r;

        rich_init(&r, false);
        md_stream_init(&st, STYLE_TEXT, 0);
        lay(&st, &r, width, (struct str){document, i}, true);
        lay(&st, &r, width, all, false);
        draw(&r, &c, width);
        buf_clear(&got);
        canvas_dump(&c, &got);
        if (!str_eq(buf_str(&got), buf_str(&whole)))
            fail_msg("cut at byte %zu, the drawing is\n%s", i, buf_cstr(&got));
        md_stream_release(&st);
        rich_release(&r);
        lay(&grown, &grown_rich, width, (struct str){document, i}, i < all.len);
    }
    draw(&grown_rich, &c, width);
    buf_clear(&got);
    canvas_dump(&c, &got);
    assert_string_equal(buf_cstr(&got), buf_cstr(&whole));
    md_stream_release(&grown);
    rich_release(&grown_rich);
    buf_release(&whole);
    buf_release(&got);
    canvas_release(&c);
}

static void test_every_split(void **state)
{
    (void)state;
    feed_at_every_byte(72);
    feed_at_every_byte(24);
}

/* Byte by byte, what stands above the last block stays as it is: no line of it flickers. */
static void test_steady(void **state)
{
    struct buf before = BUF_INIT(BUF_NO_MAX), now = BUF_INIT(BUF_NO_MAX);
    struct md_stream st;
    struct rich r;
    struct canvas c;
    size_t shrunk = 0;
    int rows = 0;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    rich_init(&r, false);
    md_stream_init(&st, STYLE_TEXT, 0);
    for (size_t i = 1; i < sizeof(document); i++) {
        struct str a, b, line_a, line_b;

        lay(&st, &r, 60, (struct str){document, i}, true);
        draw(&r, &c, 60);
        buf_clear(&now);
        rows_text(&c, &now);
        shrunk += c.height < rows;
        rows = c.height;
        a = buf_str(&before);
        b = buf_str(&now);
        for (int y = 0; y < 6 && str_line(&a, &line_a) && str_line(&b, &line_b); y++)
            /* The first lines, once four more stand under them, are never drawn otherwise. */
            if (a.len > 0 && y + 4 < rows && !str_eq(line_a, line_b) && y < 3)
                fail_msg("byte %zu changes line %d from \"%.*s\" to \"%.*s\"", i, y,
                         STR_FMT(line_a), STR_FMT(line_b));
        buf_clear(&before);
        buf_add_str(&before, buf_str(&now));
    }
    print_message("# of %zu bytes %zu made the drawing shorter\n", sizeof(document) - 1, shrunk);
    assert_true(shrunk < 12);
    md_stream_release(&st);
    rich_release(&r);
    buf_release(&before);
    buf_release(&now);
    canvas_release(&c);
}

static void golden_at(const char *name, int width, enum glyph_set glyphs)
{
    struct rich r;
    struct canvas c;

    rich_init(&r, glyphs == GLYPHS_ASCII);
    r.width = width;
    rich_markdown(&r, STYLE_TEXT, 0, (struct str){document, sizeof(document) - 1});
    rich_wrap(&r, width);
    canvas_init(&c, glyphs);
    draw(&r, &c, width);
    assert_true(golden_check(name, &c));
    canvas_release(&c);
    rich_release(&r);
}

static void test_golden_document(void **state)
{
    (void)state;
    golden_at("markdown-72", 72, GLYPHS_FULL);
    golden_at("markdown-72-ascii", 72, GLYPHS_ASCII);
    golden_at("markdown-32", 32, GLYPHS_FULL);
}

/* ---- hostile texts ---- */

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void repeat(struct buf *out, const char *piece, size_t bytes)
{
    while (out->len < bytes)
        buf_adds(out, piece);
}

static void check_cells(const struct canvas *c)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const char *text = canvas_at(c, x, y)->text;

            assert_true(text_valid(str_from(text), NULL));
            for (; *text; text++)
                assert_true((unsigned char)*text >= 0x20 && *text != 0x7F);
        }
}

/* U-16, U-22: a megabyte of marks costs no more than a megabyte of text, whole and in pieces. */
static void test_hostile(void **state)
{
    static const char *const pieces[] = {
        "a",
        "word ",
        "[",
        "[a](",
        "![",
        "*a ",
        "**a_",
        "`",
        "` `` ",
        "~a",
        "_a",
        "<",
        "<a ",
        "&#",
        "\\*",
        "a@b.c",
        "http://a.b/",
        "www.",
        "> ",
        "> > > x\n",
        "- ",
        "  - a\n",
        "1. ",
        "|",
        "|a|b|\n|---|---|\n",
        "#",
        "# a\n",
        "```\n",
        "~~~\n```\n",
        "\n",
        "\n\n",
        "[a]: b\n\n",
        "\t",
        "\xE6\x97\xA5",
        "a\xCC\x81",
        "\x1b[31m",
        "\xE2\x80\xAE",
        "\xF0\x9F\x91\xA8\xE2\x80\x8D",
        "---\n",
        "a\n===\n",
        "<br>",
    };
    struct canvas c;
    int64_t worst = 0;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct buf text = BUF_INIT(BUF_NO_MAX);
        struct md_stream st;
        struct rich r;
        int64_t t0 = cpu_us(), took;

        repeat(&text, pieces[i], 256 * 1024);
        rich_init(&r, false);
        md_stream_init(&st, STYLE_TEXT, 0);
        for (size_t at = 10000; at < text.len; at += 10000)
            lay(&st, &r, 80, (struct str){text.ptr, at}, true);
        lay(&st, &r, 80, buf_str(&text), false);
        took = cpu_us() - t0;
        worst = took > worst ? took : worst;
#ifndef RB_SANITIZED
        if (took > 1500000)
            fail_msg("256 KiB of \"%s\" take %d ms", pieces[i], (int)(took / 1000));
#endif
        draw(&r, &c, 80);
        if (i % 4 == 0)
            check_cells(&c);
        md_stream_release(&st);
        rich_release(&r);
        buf_release(&text);
    }
    print_message("# the worst of them takes %d ms\n", (int)(worst / 1000));
    canvas_release(&c);
}

/* Random marks: cut anywhere, the drawing is the same; nothing unclean gets through. */
static void test_random(void **state)
{
    static const char *const marks[] = {"*",
                                        "**",
                                        "_",
                                        "`",
                                        "```",
                                        "\n",
                                        "\n\n",
                                        "- ",
                                        "1. ",
                                        "> ",
                                        "# ",
                                        "|",
                                        "|---|---|\n",
                                        "[",
                                        "](",
                                        ")",
                                        "~~",
                                        "a",
                                        "b c",
                                        "  ",
                                        "    ",
                                        "<br>",
                                        "&amp;",
                                        "\\",
                                        "\xE6\x97\xA5",
                                        "\x1b",
                                        "http://a.b ",
                                        "[r]: http://c.d\n"};
    struct rng rng;
    struct canvas c;

    (void)state;
    rng_seed(&rng, 31);
    canvas_init(&c, GLYPHS_FULL);
    for (int n = 0; n < 400; n++) {
        struct buf text = BUF_INIT(BUF_NO_MAX), a = BUF_INIT(BUF_NO_MAX), b = BUF_INIT(BUF_NO_MAX);
        int width = 8 + (int)rng_below(&rng, 80);
        struct md_stream st;
        struct rich r;

        for (size_t k = rng_below(&rng, 120); k > 0; k--)
            buf_adds(&text, marks[rng_below(&rng, sizeof(marks) / sizeof(marks[0]))]);
        dump_as(buf_str(&text), width, false, true, &a);
        rich_init(&r, false);
        md_stream_init(&st, STYLE_TEXT, 0);
        for (size_t at = 0; at < text.len; at += 1 + rng_below(&rng, 9))
            lay(&st, &r, width, (struct str){text.ptr, at}, true);
        lay(&st, &r, width, buf_str(&text), false);
        draw(&r, &c, width);
        check_cells(&c);
        canvas_dump(&c, &b);
        if (!str_eq(buf_str(&a), buf_str(&b)))
            fail_msg("in pieces \"%s\" becomes\n%s\nnot\n%s", buf_cstr(&text), buf_cstr(&b),
                     buf_cstr(&a));
        md_stream_release(&st);
        rich_release(&r);
        buf_release(&text);
        buf_release(&a);
        buf_release(&b);
    }
    canvas_release(&c);
}

static void test_too_long(void **state)
{
    struct buf text = BUF_INIT(BUF_NO_MAX), got = BUF_INIT(BUF_NO_MAX);
    struct md_stream st;
    struct rich r;
    struct rich_line last;

    (void)state;
    repeat(&text, "a paragraph\n\n", MARKDOWN_MAX_BYTES + 100);
    rich_init(&r, false);
    md_stream_init(&st, STYLE_TEXT, 0);
    lay(&st, &r, 80, buf_str(&text), false);
    last = rich_line_at(&r, r.lines.count - 1);
    buf_addf(&got, "%zu more bytes are not drawn here", text.len - MARKDOWN_MAX_BYTES);
    assert_true(str_eq(last.text, buf_str(&got)));
    md_stream_release(&st);
    rich_release(&r);
    buf_release(&text);
    buf_release(&got);
}

/* ---- code ---- */

static void keep_roles(void *ctx, enum style style, struct str piece)
{
    char letter = style == STYLE_SYNTAX_COMMENT   ? 'c'
                  : style == STYLE_SYNTAX_STRING  ? 's'
                  : style == STYLE_SYNTAX_NUMBER  ? 'n'
                  : style == STYLE_SYNTAX_KEYWORD ? 'k'
                  : style == STYLE_DANGER         ? 'D'
                  : style == STYLE_WARNING        ? 'W'
                  : style == STYLE_OK             ? 'O'
                                                  : '.';

    for (size_t i = 0; i < piece.len; i++)
        buf_addc(ctx, letter);
}

static void test_highlight(void **state)
{
    static const struct {
        const char *lang, *code, *roles; /* lines one after the other */
    } cases[] = {
        {"json", "{\"a\": 1.5, \"b\": \"x\\\"\", \"c\": true}",
         ".kkk..nnn..kkk..sssss..kkk..kkkk."},
        {"yaml", "name: 'x' # c", "kkkk..sss.ccc"},
        {"sh", "if [ -f x ]; then echo \"$a\" # c", "kk...kk......kkkk......ssss.ccc"},
        {"sh", "echo ${x#y}", "..........."},
        {"sql", "select 1 -- c", "kkkkkk.n.cccc"},
        {"SQL", "WHERE a = 'b'", "kkkkk.....sss"},
        {"promql", "sum by (x) (rate(a{b=\"c\"}[5m]))", "kkk.kk......kkkk.....sss..nn..."},
        {"c", "int a = 1; /* x", "kkk.....n..cccc"},
        {"c", "/* x\ny */ int", "cccccccc.kkk"},
        {"python", "def f(): return '''x", "kkk......kkkkkk.ssss"},
        {"diff", "+new", "OOOO"},
        {"diff", "-old", "DDDD"},
        {"diff", "@@ -1 +1 @@", "kkkkkkkkkkk"},
        {"log", "ERROR x WARN y", "DDDDD...WWWW.."},
        {"", "{\"a\": 1}", ".kkk..n."},
        {"nosuch", "int a = 1", "........."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf roles = BUF_INIT(4096);
        struct highlighter h;
        struct str rest = str_from(cases[i].code), line;
        size_t len = 0;

        highlight_begin(&h, str_from(cases[i].lang), rest);
        while (str_line(&rest, &line)) {
            highlight_line(&h, line, keep_roles, &roles);
            len += line.len;
        }
        assert_int_equal(roles.len, len); /* every byte is told once */
        if (strcmp(buf_cstr(&roles), cases[i].roles) != 0)
            fail_msg("%s is\n%s, not\n%s", cases[i].code, buf_cstr(&roles), cases[i].roles);
        buf_release(&roles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),          cmocka_unit_test(test_loose_ends),
        cmocka_unit_test(test_every_split),     cmocka_unit_test(test_steady),
        cmocka_unit_test(test_golden_document), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_random),          cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_highlight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

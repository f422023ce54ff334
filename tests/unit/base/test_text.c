/* test_text.c - clusters, widths, cutting, wrapping and cleaning of any bytes. R-96 */
#include "tests/lib/unit.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "runbook/base/text.h"

static void add_utf8(struct buf *out, uint32_t cp)
{
    if (cp < 0x80) {
        buf_addc(out, (char)cp);
    } else if (cp < 0x800) {
        buf_addc(out, (char)(0xc0 | cp >> 6));
        buf_addc(out, (char)(0x80 | (cp & 63)));
    } else if (cp < 0x10000) {
        buf_addc(out, (char)(0xe0 | cp >> 12));
        buf_addc(out, (char)(0x80 | (cp >> 6 & 63)));
        buf_addc(out, (char)(0x80 | (cp & 63)));
    } else {
        buf_addc(out, (char)(0xf0 | cp >> 18));
        buf_addc(out, (char)(0x80 | (cp >> 12 & 63)));
        buf_addc(out, (char)(0x80 | (cp >> 6 & 63)));
        buf_addc(out, (char)(0x80 | (cp & 63)));
    }
}

/* The left side of a case: bytes, and where clusters end. */
static size_t read_clusters(struct str left, struct buf *bytes, size_t ends[32])
{
    struct str word;
    size_t count = 0;
    uint64_t cp;

    while (str_split(&left, ' ', &word)) {
        if (word.len == 0)
            continue;
        if (str_eq_c(word, "/")) {
            ends[count++] = bytes->len;
        } else if (word.ptr[0] == 'x') {
            assert_true(num_u64_base((struct str){word.ptr + 1, word.len - 1}, 16, &cp));
            buf_addc(bytes, (char)cp);
        } else {
            assert_true(num_u64_base(word, 16, &cp));
            add_utf8(bytes, (uint32_t)cp);
        }
    }
    ends[count++] = bytes->len;
    return count;
}

static void check_case(struct str line)
{
    struct buf bytes = BUF_INIT(1000);
    struct str left, rest, cluster, number;
    size_t ends[32], count, at = 0;
    int width, total = 0;
    int64_t wanted;

    assert_true(str_split(&line, '=', &left));
    line = str_trim(line);
    count = read_clusters(left, &bytes, ends);
    rest = buf_str(&bytes);
    for (size_t i = 0; i < count; i++) {
        assert_true(str_split(&line, ' ', &number));
        assert_true(num_i64(number, &wanted));
        if (!text_cluster(&rest, &cluster, &width) || (at += cluster.len) != ends[i] ||
            width != wanted)
            fail_msg("%.*s: cluster %zu is %zu bytes, %d cells", STR_FMT(left), i + 1, cluster.len,
                     width);
        total += width;
    }
    assert_false(text_cluster(&rest, &cluster, &width));
    assert_false(str_split(&line, ' ', &number));
    assert_int_equal(text_width(buf_str(&bytes)), total);
    buf_release(&bytes);
}

static void test_cluster_file(void **state)
{
    const char *srcdir = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/unit/base/clusters.case", srcdir ? srcdir : ".");
    struct buf text = BUF_INIT(100000);
    struct err err = ERR_INIT;
    struct str rest, line;
    int cases = 0;

    assert_ok(file_read(path, &text, &err), &err);
    rest = buf_str(&text);
    while (str_line(&rest, &line)) {
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        check_case(line);
        cases++;
    }
    assert_true(cases > 60);
    buf_release(&text);
    free(path);
}

static void test_valid(void **state)
{
    static const struct {
        const char *text;
        size_t bad_at; /* 99: none */
    } cases[] = {
        {"", 99},
        {"abc\xc3\xa9", 99},
        {"\xf4\x8f\xbf\xbf", 99},
        {"\xef\xbf\xbf", 99},
        {"ab\xff", 2},
        {"\xc3", 0},
        {"a\xe2\x82", 1},
        {"\xed\xa0\x80", 0},
        {"\xed\xbf\xbf", 0},
        {"\xc0\xaf", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf8\x88\x80\x80\x80", 0},
        {"\xc3\xa9\x80", 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t bad_at = 99;

        assert_int_equal(text_valid(str_from(cases[i].text), &bad_at), cases[i].bad_at == 99);
        assert_int_equal(bad_at, cases[i].bad_at);
    }
    assert_true(text_valid(STR_LIT("a\0b"), NULL));
}

static void test_fit(void **state)
{
    int w;

    assert_str(text_fit(STR_LIT("hello"), 3, &w), "hel");
    assert_int_equal(w, 3);
    assert_str(text_fit(STR_LIT("hello"), 9, &w), "hello");
    assert_int_equal(w, 5);
    assert_str(text_fit(STR_LIT("\xe4\xb8\xad\xe6\x96\x87"), 3, &w), "\xe4\xb8\xad");
    assert_int_equal(w, 2);
    assert_str(text_fit(STR_LIT("ae\xcc\x81z"), 2, &w), "ae\xcc\x81");
    assert_str(text_fit(STR_LIT("x"), 0, &w), "");
    assert_str(text_fit(STR_LIT("x"), -3, &w), "");
    assert_str(text_fit((struct str){NULL, 0}, 3, &w), "");
}

static void test_ellipsis(void **state)
{
    struct buf out = BUF_INIT(1000);

    text_ellipsis(&out, STR_LIT("abcdef"), 6, false);
    text_ellipsis(&out, STR_LIT("abcdef"), 4, false);
    text_ellipsis(&out, STR_LIT("abcdef"), 4, true);
    text_ellipsis(&out, STR_LIT("\xe4\xb8\xad\xe6\x96\x87"), 3, true);
    text_ellipsis(&out, STR_LIT("abc"), 1, true);
    text_ellipsis(&out, STR_LIT("abc"), 0, true);
    assert_string_equal(buf_cstr(&out), "abcdefabc\xe2\x80\xa6"
                                        "abc~\xe4\xb8\xad~~");
    buf_release(&out);
}

static void check_clean(const char *in, size_t in_len, bool newlines, bool ascii,
                        const char *wanted, size_t replaced)
{
    struct buf out = BUF_INIT(10000), again = BUF_INIT(10000);
    size_t n = text_sanitize(&out, (struct str){in, in_len}, newlines, ascii);

    assert_string_equal(buf_cstr(&out), wanted);
    assert_int_equal(n, replaced);
    assert_int_equal(text_sanitize(&again, buf_str(&out), newlines, ascii), 0);
    assert_string_equal(buf_cstr(&again), wanted);
    buf_release(&out);
    buf_release(&again);
}

#define CLEAN(in, newlines, ascii, wanted, replaced)                                               \
    check_clean(in, sizeof(in) - 1, newlines, ascii, wanted, replaced)

static void test_sanitize(void **state)
{
    CLEAN("plain text", false, false, "plain text", 0);
    CLEAN("\033[2J\033]0;x\a", false, false, "\xe2\x90\x9b[2J\xe2\x90\x9b]0;x\xe2\x90\x87", 3);
    CLEAN("\033[2J\177\0", false, true, "^[[2J^?^@", 3);
    CLEAN("\177\0", false, false, "\xe2\x90\xa1\xe2\x90\x80", 2);
    CLEAN("\xc2\x9b"
          "31m\xc2\x85",
          false, false, "<U+009B>31m<U+0085>", 2);
    CLEAN("\x9b"
          "31m",
          false, false,
          "\xef\xbf\xbd"
          "31m",
          1);
    CLEAN("\xe2\x82", false, true, "?", 1);
    CLEAN("a\xe2\x80\xae"
          "b\xe2\x81\xa6"
          "c\xe2\x81\xa9",
          false, false, "a<U+202E>b<U+2066>c<U+2069>", 3);
    CLEAN("\xef\xbb\xbf"
          "a\xe2\x80\x8b"
          "b\xc2\xad\xe2\x80\xa8",
          false, false, "<U+FEFF>a<U+200B>b<U+00AD><U+2028>", 4);
    CLEAN("a\r\nb\nc\rd", true, false,
          "a\nb\nc\xe2\x90\x8d"
          "d",
          1);
    CLEAN("a\r\nb\nc", false, false, "a b c", 0);
    CLEAN("a\tb\n\tc", true, false, "a       b\n        c", 0);
    CLEAN("\xe4\xb8\xad\tb\tc", true, false, "\xe4\xb8\xad      b       c", 0);
    CLEAN("a\nb\tc", false, false, "a b     c", 0);
    /* tags and stray joiners hide text; those inside emoji and words are part of it */
    CLEAN("\xf3\xa0\x81\xa1", false, false, "<U+E0061>", 1);
    CLEAN("pay\xe2\x80\x8d"
          "ments\xe2\x80\x8c",
          false, false, "pay<U+200D>ments<U+200C>", 2);
    CLEAN("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", false, false,
          "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", 0);
    CLEAN("\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5", false, false,
          "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5", 0);
    CLEAN("\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f", false, false, "\xe2\x9d\xa4\xef\xb8\x8f<U+FE0F>",
          1);
    CLEAN("1\xef\xb8\x8f\xe2\x83\xa3 1\xef\xb8\x8f", false, false,
          "1\xef\xb8\x8f\xe2\x83\xa3 1<U+FE0F>", 1);
    CLEAN("\xd9\x85\xe2\x80\x8c\xd9\x86", false, false, "\xd9\x85\xe2\x80\x8c\xd9\x86", 0);
    /* marks: without a base, and too many */
    CLEAN("\xcc\x81"
          "a",
          false, false,
          "\xe2\x97\x8c\xcc\x81"
          "a",
          1);
    CLEAN("b\n\xcc\x81", true, false, "b\n\xe2\x97\x8c\xcc\x81", 1);
    CLEAN("\xcc\x81"
          "a",
          false, true, "<U+0301>a", 1);
    CLEAN("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", false, false,
          "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81<U+0301>", 1);
    /* a cluster has two cells at most: U+0E33 stands beside its base, once */
    CLEAN("\xe0\xb8\x81\xe0\xb8\xb3\xe0\xb8\xb3", false, false, "\xe0\xb8\x81\xe0\xb8\xb3<U+0E33>",
          1);
    CLEAN("\xd8\x80"
          "1 \xef\xbf\xbe \xe3\x85\xa4",
          false, false,
          "\xd8\x80"
          "1 <U+FFFE> <U+3164>",
          2);
}

/* Whatever the bytes: valid UTF-8, no control, no cluster without width, stable, bounded. */
static void test_sanitize_random(void **state)
{
    static const uint32_t spice[] = {
        0x1b, 0x202e, 0x200d, 0x200b,  0xfe0f, 0x301, 0x1f600, 0x20e3, 0x1f1e6, 0x9b, 0x0a, 0x0d,
        0x09, 0x600,  0x1100, 0xe0100, 0x4e2d, 0x915, 0x94d,   0x25cc, 0x1f3fb, 0x31, 0x3e, 0xfdd0};
    struct buf in = BUF_INIT(1000), out = BUF_INIT(20000), again = BUF_INIT(20000);
    struct rng r;

    rng_seed(&r, 7);
    for (int round = 0; round < 3000; round++) {
        bool newlines = rng_below(&r, 2), ascii = rng_below(&r, 2);
        struct str rest, cluster;
        int w;

        buf_clear(&in);
        buf_clear(&out);
        buf_clear(&again);
        for (uint64_t n = rng_below(&r, 40); n; n--) {
            if (rng_below(&r, 4) == 0)
                buf_addc(&in, (char)rng_below(&r, 256));
            else
                add_utf8(&in, spice[rng_below(&r, sizeof(spice) / sizeof(spice[0]))]);
        }
        text_sanitize(&out, buf_str(&in), newlines, ascii);
        assert_true(text_valid(buf_str(&out), NULL));
        rest = buf_str(&out);
        while (text_cluster(&rest, &cluster, &w)) {
            if (w == 0 && !(newlines && str_eq_c(cluster, "\n")))
                fail_msg("round %d: a control is left", round);
        }
        text_sanitize(&again, buf_str(&out), newlines, ascii);
        if (!str_eq(buf_str(&out), buf_str(&again)))
            fail_msg("round %d: not idempotent: '%s' '%s'", round, buf_cstr(&out),
                     buf_cstr(&again));
    }
    buf_release(&in);
    buf_release(&out);
    buf_release(&again);
}

static void test_sanitize_full(void **state)
{
    struct buf out = BUF_INIT(10);

    text_sanitize(&out, STR_LIT("\033\033\033\033\033\033\033"), false, false);
    assert_true(out.full);
    assert_int_equal(out.len, 9);
    buf_release(&out);
}

static void add_line(void *ctx, struct str line, int width)
{
    buf_addf(ctx, "%.*s|%d\n", STR_FMT(line), width);
}

static void check_wrap(const char *text, int width, const char *wanted)
{
    struct buf out = BUF_INIT(10000);
    size_t lines = text_wrap(str_from(text), width, add_line, &out), newlines = 0;

    assert_string_equal(buf_cstr(&out), wanted);
    for (const char *p = wanted; *p; p++)
        newlines += *p == '\n';
    assert_int_equal(lines, newlines);
    buf_release(&out);
}

static void test_wrap(void **state)
{
    check_wrap("", 5, "|0\n");
    check_wrap("\n", 5, "|0\n");
    check_wrap("a\n", 5, "a|1\n");
    check_wrap("a\n\nb", 5, "a|1\n|0\nb|1\n");
    check_wrap("one two three", 7, "one two|7\nthree|5\n");
    check_wrap("one two three", 8, "one two|7\nthree|5\n");
    check_wrap("one   two", 4, "one|3\ntwo|3\n");
    check_wrap("  indented text", 10, "  indented|10\ntext|4\n");
    check_wrap("abcdefgh", 3, "abc|3\ndef|3\ngh|2\n");
    check_wrap("x abcdefgh", 3, "x|1\nabc|3\ndef|3\ngh|2\n");
    check_wrap("trailing   ", 8, "trailing|8\n");
    check_wrap("    ", 2, "|0\n");
    check_wrap("a\r\nb", 2, "a|1\nb|1\n");
    check_wrap("ab cd", 1, "a|1\nb|1\nc|1\nd|1\n");
    check_wrap("\xe4\xb8\xad\xe6\x96\x87", 1, "\xe4\xb8\xad|2\n\xe6\x96\x87|2\n");
    check_wrap("ab \xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97", 6,
               "ab \xe4\xb8\xad|5\n\xe6\x96\x87\xe5\xad\x97|4\n");
    check_wrap("\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82", 4,
               "\xe4\xb8\xad|2\n\xe6\x96\x87\xe3\x80\x82|4\n");
    check_wrap("ae\xcc\x81i", 2, "ae\xcc\x81|2\ni|1\n");
}

static void check_ascii(const char *in, const char *wanted)
{
    struct buf out = BUF_INIT(1000);

    text_to_ascii(&out, str_from(in));
    assert_string_equal(buf_cstr(&out), wanted);
    assert_int_equal(text_width(buf_str(&out)), text_width(str_from(in)));
    buf_release(&out);
}

static void test_to_ascii(void **state)
{
    check_ascii("plain ~ text", "plain ~ text");
    check_ascii("┌─┬┐│└┘├┤┼ ╭╮╰╯ ═║╬", "+-++|+++++ ++++ -|+");
    check_ascii("▁▂▃▄▅▆▇█ ████▌ ░▒▓ ▏", "_.-=+*## ####- .:# |");
    check_ascii("✔ ✖ ▸ ▾ ● ○ ❯ … → ⚠ • · ×", "v x > v * o > ~ > ! * . x");
    check_ascii("é ü ñ Å e\xcc\x81", "e u n A e");
    check_ascii("中 😀 ⚠️", "?? ?? ! ");
    check_ascii("⠀⠁⠿⣿", " .*#");
    check_ascii("日\xff", "???");
}

static void test_distance(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned limit, wanted;
    } cases[] = {
        {"", "", 5, 0},
        {"abc", "", 5, 3},
        {"kitten", "sitting", 5, 3},
        {"model", "modle", 5, 1},
        {"ca", "abc", 5, 3},
        {"prometheus", "promethues", 3, 1},
        {"abcdef", "uvwxyz", 3, 3},
        {"a", "abcdefgh", 3, 3},
        {"caf\xc3\xa9", "cafe", 5, 1},
        {"x", "y", 1, 1},
        {"x", "x", 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str a = str_from(cases[i].a), b = str_from(cases[i].b);

        assert_int_equal(text_distance(a, b, cases[i].limit), cases[i].wanted);
        assert_int_equal(text_distance(b, a, cases[i].limit), cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cluster_file),  cmocka_unit_test(test_valid),
        cmocka_unit_test(test_fit),           cmocka_unit_test(test_ellipsis),
        cmocka_unit_test(test_sanitize),      cmocka_unit_test(test_sanitize_random),
        cmocka_unit_test(test_sanitize_full), cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_to_ascii),      cmocka_unit_test(test_distance),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
